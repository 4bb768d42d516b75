package rule

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/source"
)

// sound is a rule that loads; the cases below change a line of it.
const sound = `id: sample
title: A sample
since: v0.1
on: flow
kinds: [tool-call]
to: [tool]
when: flow.to.effects.exec
message: "{flow.from.name} reaches {flow.to.name}"
success: {pert: [0.1, 0.2, 0.3], evidence: judgement}
requires: ["hijack@flow.from"]
grants: ["execute@flow.to.host"]
maps: {maestro: [L3], owasp-asi: [T11]}
controls: [sandbox]
doc: what happens
avoid: this
prefer: that
false_positives: never
`

const soundControl = `id: sandbox
title: Sandbox
gist: It is kept apart.
effect: blocks
efficacy: {pert: [0.5, 0.7, 0.9], evidence: judgement}
defeated_by: [execute]
where: [tool, runtime]
doc: what it is
`

// entries is a resolver of a few ids.
type entries map[string]string

func (e entries) Has(namespace, id string) bool { return strings.Contains(e[namespace], "|"+id+"|") }

func (e entries) Suggest(namespace, id string) string {
	return source.Suggest(id, strings.Split(strings.Trim(e[namespace], "|"), "|"))
}

var someEntries = entries{"maestro": "|L1|L3|", "owasp-asi": "|T1|T11|", "atlas": "|AML.T0050|"}

func ruleTree(rule string) fstest.MapFS {
	return fstest.MapFS{
		"l3-agent-frameworks/sample/rule.yaml":       {Data: []byte(rule)},
		"l3-agent-frameworks/sample/rule_test.txtar": {Data: []byte("-- a.yaml --\n")},
	}
}

func someControls(t testing.TB) Controls {
	t.Helper()
	controls, troubles := LoadControls(Options{}, Source{FS: fstest.MapFS{"sandbox/control.yaml": {Data: []byte(soundControl)}}, Name: "controls"})
	noTrouble(t, troubles)
	return controls
}

func loadOne(t testing.TB, tree fs.FS) (*Set, []string) {
	t.Helper()
	options := Options{Resolver: someEntries, Rows: rows{"C001": true}, Controls: someControls(t)}
	set, troubles := Load(options, Source{FS: tree, Name: "rules", Check: true})
	var said []string
	for _, d := range troubles {
		said = append(said, strings.TrimPrefix(d.String(), "rules/l3-agent-frameworks/sample/"))
	}
	return set, said
}

func TestLoadSound(t *testing.T) {
	set, said := loadOne(t, ruleTree(sound))
	if len(said) > 0 || len(set.Rules) != 1 {
		t.Fatalf("%d rules, %q", len(set.Rules), said)
	}
	r := set.Rule("sample")
	if r == nil || r.Layer != "l3-agent-frameworks" || r.Condition() {
		t.Errorf("%+v", r)
	}
}

// TestLoadRefuses changes one thing of a sound rule and expects one sentence at one place.
func TestLoadRefuses(t *testing.T) {
	cases := []struct {
		name, old, new string
		want           []string
	}{
		{"unknown key", "avoid: this", "avoids: this\navoid: this", []string{
			`rule.yaml:15:1: "avoids" is not a key of a rule (did you mean avoid?)`,
		}},
		{"missing keys", "title: A sample\n", "", []string{`rule.yaml:1:1: the rule has no title`}},
		{"missing false_positives", "false_positives: never\n", "", []string{
			`rule.yaml:1:1: the rule has no false_positives (say where the rule would be wrong)`,
		}},
		{"missing success", "success: {pert: [0.1, 0.2, 0.3], evidence: judgement}\n", "", []string{
			`rule.yaml:1:1: the rule has no success (give pert: [least, most likely, most] and evidence: rows or judgement)`,
		}},
		{"missing kinds", "kinds: [tool-call]\n", "", []string{
			`rule.yaml:1:1: the rule has no kinds (kinds are the index by which a rule is asked)`,
		}},
		{"ends of a step", "controls: [sandbox]", "controls: [{control: sandbox, ends: true}]", []string{
			`rule.yaml:13:31: only a condition is ended by a control; this rule requires and grants (whether a control blocks or weakens a step stands in its control.yaml)`,
		}},
		{"relayed at both ends", "message: ", "bind:\n  - {name: answer, kinds: [completion], from: flow.from, to: flow.to, relayed: true}\nmessage: ", []string{
			`rule.yaml:9:71: bind answer is relayed, so it is joined at its start alone (name whose words are passed on by from, and the other end by to_kinds)`,
		}},
		{"empty value", "doc: what happens", "doc:", []string{`rule.yaml:14:5: doc is empty`}},
		{"duplicate key", "avoid: this", "avoid: this\navoid: these", []string{`rule.yaml:16:1: key "avoid" stands twice in this map`}},
		{"not a list", "kinds: [tool-call]", "kinds: tool-call", []string{`rule.yaml:5:8: kinds must be a list`, `rule.yaml:5:8: kinds is empty`}},
		{"id and folder", "id: sample", "id: samples", []string{
			`rule.yaml:1:5: rule samples stands in folder sample (the folder's name is the id)`,
		}},
		{"bad id", "id: sample", "id: Sample_1", []string{
			`rule.yaml:1:5: "Sample_1" is not an id (use lower case words joined by hyphens)`,
		}},
		{"bad since", "since: v0.1", "since: 1", []string{`rule.yaml:3:8: "1" is not a version (for example v0.1)`}},
		{"bad on", "on: flow", "on: flows", []string{
			`rule.yaml:4:5: a rule cannot be on "flows" (did you mean flow?)`,
			`rule.yaml:6:1: a rule on: flows has no to (to belongs to on: flow)`,
			`rule.yaml:8:12: nothing is named "flow" here`,
			`rule.yaml:10:20: nothing is named "flow" here`,
			`rule.yaml:11:19: nothing is named "flow" here`,
		}},
		{"unknown kind", "kinds: [tool-call]", "kinds: [toolcall]", []string{
			`rule.yaml:5:9: "toolcall" is not a kind that kinds may name (did you mean tool-call?)`,
		}},
		{"element kind on a flow", "kinds: [tool-call]", "kinds: [tool]", []string{
			`rule.yaml:5:9: "tool" is not a kind that kinds may name (did you mean tool-call?)`,
		}},
		{"share on a flow", "to: [tool]", "share: {kinds: [memory-read], of: [memory]}", []string{
			`rule.yaml:6:1: a rule on: flow has no share (share belongs to on: pair)`,
		}},
		{"misspelt fact", "when: flow.to.effects.exec", "when: flow.to.facts.shard", []string{
			`rule.yaml:7:21: "shard" is not one of the facts of an element (did you mean shared?)`,
		}},
		{"hyphen in a fact", "when: flow.to.effects.exec", "when: flow.to.facts.third-party", []string{
			`rule.yaml:7:21: "third" is not one of the facts of an element (did you mean third_party?)`,
		}},
		{"fact of the other kind", "when: flow.to.effects.exec", "when: flow.facts.shared", []string{
			`rule.yaml:7:18: "shared" is not one of the facts of a flow`,
		}},
		{"misspelt name", "when: flow.to.effects.exec", "when: flwo.to.effects.exec", []string{
			`rule.yaml:7:7: nothing is named "flwo" here (did you mean flow?)`,
		}},
		{"controls in when", "when: flow.to.effects.exec", "when: flow.to.controls == 1", []string{
			`rule.yaml:7:15: "controls" is not one of the fields of an element`,
		}},
		{"block scalar", "when: flow.to.effects.exec", "when: |\n  flow.to.effects.exec\n    && flow.to.facts.shard", []string{
			`rule.yaml:9:22: "shard" is not one of the facts of an element (did you mean shared?)`,
		}},
		{"folded scalar", "when: flow.to.effects.exec", "when: >-\n  flow.to.effects.exec\n  && flow.from.facts.lopps", []string{
			`rule.yaml:9:22: "lopps" is not one of the facts of an element (did you mean loops?)`,
		}},
		{"quoted scalar", "when: flow.to.effects.exec", `when: "flow.to.kind == \"tool\" && flow.to.effects.exek"`, []string{
			`rule.yaml:7:52: "exek" is not one of the effects of an element (did you mean exec?)`,
		}},
		{"syntax", "when: flow.to.effects.exec", "when: flow.to.effects.exec &&", []string{
			`rule.yaml:7:30: the expression ends too early`,
		}},
		{"stray word", "when: flow.to.effects.exec", "when: flow.to.effects.exec flow", []string{`rule.yaml:7:28: flow is not expected here`}},
		{"types", "when: flow.to.effects.exec", `when: flow.to.effects.exec == "yes"`, []string{
			`rule.yaml:7:28: == cannot be applied to bool, string (facts and effects are yes or no unless docs/rule-language.md says that they are words)`,
		}},
		{"not a truth", "when: flow.to.effects.exec", "when: flow.to.name", []string{
			`rule.yaml:7:7: the expression is a text and not a yes or no (compare it with something)`,
		}},
		{"no truth by CEL", "when: flow.to.effects.exec", "when: size(flow.to.name)", []string{
			`rule.yaml:7:7: the expression is int and not a yes or no (compare it with something)`,
		}},
		{"unknown function", "when: flow.to.effects.exec", "when: corsses(flow)", []string{
			`rule.yaml:7:14: there is no function "corsses" (the functions are crosses, same_system, those of rules about code and those of CEL on texts; loops are exists and all)`,
		}},
		{"loop over a text", "when: flow.to.effects.exec", `when: "[1, 2].exists(n, n == 2)"`, []string{
			`rule.yaml:7:8: only the members and flows of a cycle can be looped over`,
		}},
		{"map macro", "when: flow.to.effects.exec", `when: "[1].map(n, n)[0] == 1"`, []string{`rule.yaml:7:16: nothing is named "n" here (the only choice is flow)`}},
		{"message path", `"{flow.from.name} reaches`, `"{flow.from.nane} reaches`, []string{
			`rule.yaml:8:22: "nane" is not one of the fields of an element (did you mean name?)`,
		}},
		{"message of an element", `"{flow.from.name} reaches`, `"{flow.from} reaches`, []string{
			`rule.yaml:8:12: {flow.from} is an element and not a text (name a field of it, such as .name)`,
		}},
		{"message brace", `"{flow.from.name} reaches {flow.to.name}"`, `"{flow.from.name reaches"`, []string{
			`rule.yaml:8:11: { without }`,
		}},
		{"power form", `"hijack@flow.from"`, `hijack`, []string{
			`rule.yaml:10:12: "hijack" is not of the form capability@path (for example hijack@flow.to)`,
		}},
		{"capability", `"hijack@flow.from"`, `"hijak@flow.from"`, []string{
			`rule.yaml:10:13: "hijak" is not a capability (did you mean hijack?)`,
		}},
		{"scope", `"hijack@flow.from"`, `"hijack:mine@flow.from"`, []string{
			`rule.yaml:10:20: "mine" is not a scope (the scopes are own and all)`,
		}},
		{"power over a text", `"hijack@flow.from"`, `"hijack@flow.from.name"`, []string{
			`rule.yaml:10:20: flow.from.name is a text; a power is over an element or a flow`,
		}},
		{"half a step", "requires: [\"hijack@flow.from\"]\n", "", []string{
			`rule.yaml:10:1: the rule has grants and no requires (a step needs both, a condition has neither)`,
		}},
		{"range", "pert: [0.1, 0.2, 0.3]", "pert: [0.1, 0.5, 0.3]", []string{
			`rule.yaml:9:17: pert of success must rise from 0 to at most 1`,
		}},
		{"two numbers", "pert: [0.1, 0.2, 0.3]", "pert: [0.1, 0.2]", []string{
			`rule.yaml:9:17: pert of success needs three numbers: least, most likely, most`,
		}},
		{"unknown row", "evidence: judgement", "evidence: [C001, C999]", []string{
			`rule.yaml:9:51: "C999" is not a row of the evidence table (rows are listed by fermata evidence)`,
		}},
		{"unknown entry", "owasp-asi: [T11]", "owasp-asi: [T111]", []string{
			`rule.yaml:12:35: "T111" is not an entry of owasp-asi (did you mean T11?)`,
		}},
		{"maestro only", "maps: {maestro: [L3], owasp-asi: [T11]}", "maps: {maestro: [L3]}", []string{
			`rule.yaml:12:1: the rule is mapped to maestro only (name the layer and at least one other framework, such as maestro: [L3] and owasp-asi: [T6])`,
		}},
		{"no layer", "maps: {maestro: [L3], owasp-asi: [T11]}", "maps: {atlas: [AML.T0050], owasp-asi: [T11]}", []string{
			`rule.yaml:12:1: the rule is mapped to no layer of maestro (name the layer and at least one other framework, such as maestro: [L3] and owasp-asi: [T6])`,
		}},
		{"unknown control", "controls: [sandbox]", "controls: [sandbx]", []string{
			`rule.yaml:13:12: there is no control "sandbx" (did you mean sandbox?)`,
		}},
		{"no control", "controls: [sandbox]", "controls: []", []string{
			`rule.yaml:13:1: the rule lists no control (say in controls_why why nothing helps)`,
		}},
		{"control twice", "controls: [sandbox]", "controls: [sandbox, {control: sandbox, on: [flow.to]}]", []string{
			`rule.yaml:13:31: control sandbox is listed twice`,
		}},
		{"control on a text", "controls: [sandbox]", "controls: [{control: sandbox, on: [flow.to.name]}]", []string{
			`rule.yaml:13:36: flow.to.name is a text; a control stands on an element or a flow`,
		}},
		{"severity of a step", "doc: what happens", "severity: low\ndoc: what happens", []string{
			`rule.yaml:14:1: only a condition has a severity (severity is computed from what the step leads to)`,
		}},
		{"bind to nothing", "when: flow.to.effects.exec", "bind:\n  - {name: sender, kinds: [tool-call]}\nwhen: flow.to.effects.exec", []string{
			`rule.yaml:8:5: bind sender is joined to nothing (give from or to an element that is bound already, such as flow.to)`,
		}},
		{"bind to a text", "when: flow.to.effects.exec", "bind:\n  - {name: sender, kinds: [tool-call], from: flow.from.name}\nwhen: flow.to.effects.exec", []string{
			`rule.yaml:8:46: flow.from.name is a text; a flow is joined to an element`,
		}},
		{"bind to a later bind", "when: flow.to.effects.exec", "bind:\n  - {name: sender, kinds: [tool-call], from: next.from}\n  - {name: next, kinds: [tool-call], from: flow.from}\nwhen: flow.to.effects.exec", []string{
			`rule.yaml:8:46: nothing is named "next" here (the only choice is flow)`,
		}},
		{"bind name", "when: flow.to.effects.exec", "bind:\n  - {name: flow, kinds: [tool-call], from: flow.from}\nwhen: flow.to.effects.exec", []string{
			`rule.yaml:8:12: "flow" cannot be the name of a bind (use a lower case word of your own)`,
		}},
		{"set in when", "when: flow.to.effects.exec", "bind:\n  - {name: others, kinds: [tool-call], from: flow.from, set: 2}\nwhen: others.to.effects.exec", []string{
			`rule.yaml:9:7: nothing is named "others" here (the only choice is flow)`,
		}},
		{"set and absent", "when: flow.to.effects.exec", "bind:\n  - {name: others, kinds: [tool-call], from: flow.from, set: 2, absent: true}\nwhen: flow.to.effects.exec", []string{
			`rule.yaml:8:65: a bind cannot be a set and absent`,
		}},
		{"set and each", "when: flow.to.effects.exec", "bind:\n  - {name: others, kinds: [tool-call], from: flow.from, set: 2, each: true}\nwhen: flow.to.effects.exec", []string{
			`rule.yaml:8:65: a bind cannot be a set and each (a set is what a step needs, each what it gives)`,
		}},
		{"each that gives nothing", "when: flow.to.effects.exec", "bind:\n  - {name: others, kinds: [tool-call], from: flow.from, each: true}\nwhen: flow.to.effects.exec", []string{
			`rule.yaml:7:1: bind others is each, and no grant is over it (give powers over it, such as hijack@others.to)`,
		}},
		{"each, at both ends", "when: flow.to.effects.exec", "bind:\n  - {name: others, kinds: [tool-call], from: flow.from, to: flow.to, each: true}\nwhen: flow.to.effects.exec", []string{
			`rule.yaml:7:1: bind others is each, and no grant is over it (give powers over it, such as hijack@others.to)`,
			`rule.yaml:8:70: bind others names both ends, so there is nothing that each could be (give from or to, not both)`,
		}},
		{"each, and on", "when: flow.to.effects.exec", "bind:\n  - {name: others, kinds: [tool-call], from: flow.from, each: true}\n  - {name: next, kinds: [tool-call], from: flow.from}\nwhen: flow.to.effects.exec", []string{
			`rule.yaml:7:1: bind others is each, and another bind follows (put it last; what it finds is told in one finding)`,
			`rule.yaml:7:1: bind others is each, and no grant is over it (give powers over it, such as hijack@others.to)`,
		}},
		{"each, needed", "when: flow.to.effects.exec\nmessage: \"{flow.from.name} reaches {flow.to.name}\"\nsuccess: {pert: [0.1, 0.2, 0.3], evidence: judgement}\nrequires: [\"hijack@flow.from\"]\ngrants: [\"execute@flow.to.host\"]", "bind:\n  - {name: others, kinds: [tool-call], from: flow.from, each: true}\nwhen: flow.to.effects.exec\nmessage: \"{others.names}\"\nsuccess: {pert: [0.1, 0.2, 0.3], evidence: judgement}\nrequires: [\"hijack@others.to\"]\ngrants: [\"execute@others.from\"]", []string{
			`rule.yaml:12:20: a requirement cannot be over each of the matches (bind them as a set, and the step needs that many of them)`,
			`rule.yaml:13:9: others.from leads to the end that all matches share (write others.to)`,
		}},
		{"no set", "when: flow.to.effects.exec", "bind:\n  - {name: others, kinds: [tool-call], from: flow.from, set: 0}\nwhen: flow.to.effects.exec", []string{
			`rule.yaml:8:62: set must be at least 1 (set: 1 means one of the matches is enough)`,
		}},
		{
			"all of a cycle", sound[strings.Index(sound, "on: flow"):strings.Index(sound, "success")] + sound[strings.Index(sound, "success"):strings.Index(sound, "maps")],
			"on: cycle\nkinds: [delegation]\nwhen: cycle.size > 1\nmessage: circle of {cycle.names}\nsuccess: {pert: [0.1, 0.2, 0.3], evidence: judgement}\nrequires: [\"hijack@cycle.all\"]\ngrants: [\"hijack@cycle.any\"]\n",
			[]string{
				`rule.yaml:9:26: a requirement cannot be over all of the members (write cycle.any)`,
				`rule.yaml:10:24: a grant cannot be over any of the members (write cycle.all)`,
			},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(sound, c.old) {
				t.Fatalf("the sound rule has no %q", c.old)
			}
			set, said := loadOne(t, ruleTree(strings.Replace(sound, c.old, c.new, 1)))
			if len(set.Rules) != 0 {
				t.Error("the rule loaded all the same")
			}
			if diff := cmp.Diff(c.want, said); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestLoadTree(t *testing.T) {
	t.Run("no fixture", func(t *testing.T) {
		tree := ruleTree(sound)
		delete(tree, "l3-agent-frameworks/sample/rule_test.txtar")
		_, said := loadOne(t, tree)
		want := []string{`rule.yaml:1:1: the rule has no rule_test.txtar beside it (put examples that it finds and passes over into rule_test.txtar)`}
		if diff := cmp.Diff(want, said); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("folder", func(t *testing.T) {
		_, said := loadOne(t, fstest.MapFS{
			"layer3/sample/rule.yaml":       {Data: []byte(sound)},
			"layer3/sample/rule_test.txtar": {Data: []byte("-- a.yaml --\n")},
		})
		want := []string{`rules/layer3/sample/rule.yaml:1:1: the rule stands in "layer3", which is not a layer's folder (the choices are ` + strings.Join(Layers, ", ") + ")"}
		if diff := cmp.Diff(want, said); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("not yaml", func(t *testing.T) {
		set, said := loadOne(t, ruleTree("- a\n- b\n"))
		want := []string{`rule.yaml:1:1: a rule must be a map of keys`}
		if diff := cmp.Diff(want, said); diff != "" || len(set.Rules) != 0 {
			t.Error(diff)
		}
	})
	t.Run("twice", func(t *testing.T) {
		tree := ruleTree(sound)
		set, troubles := Load(Options{}, Source{FS: tree, Name: "rules"}, Source{FS: tree, Name: "mine", Check: true})
		if len(set.Rules) != 1 || len(troubles) != 1 {
			t.Fatalf("%d rules, %v", len(set.Rules), troubles)
		}
		want := "mine/l3-agent-frameworks/sample/rule.yaml:1:1: rule sample exists already in rules/l3-agent-frameworks/sample/rule.yaml (give it an id of its own)"
		if diff := cmp.Diff(want, troubles[0].String()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("other rules stay", func(t *testing.T) {
		tree := ruleTree(strings.Replace(sound, "flow.to.effects.exec", "flow.to.effects.exek", 1))
		tree["l1-foundation-models/other/rule.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(sound, "id: sample", "id: other", 1))}
		tree["l1-foundation-models/other/rule_test.txtar"] = &fstest.MapFile{Data: []byte("-- a.yaml --\n")}
		set, said := loadOne(t, tree)
		if len(set.Rules) != 1 || set.Rules[0].ID != "other" || len(said) != 1 {
			t.Errorf("%v, %q", set.Rules, said)
		}
	})
	t.Run("no such folder", func(t *testing.T) {
		_, troubles := Load(Options{}, Source{FS: broken{}, Name: "mine"})
		if len(troubles) != 1 || troubles[0].String() != "mine: cannot read this folder: file does not exist" {
			t.Errorf("%v", troubles)
		}
	})
}

type broken struct{}

func (broken) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func TestLoadControlRefuses(t *testing.T) {
	cases := []struct{ name, old, new, want string }{
		{"unknown key", "gist:", "jist: x\ngist:", `3:1: "jist" is not a key of a control (did you mean gist?)`},
		{"effect", "effect: blocks", "effect: block", `4:9: a control cannot have the effect "block" (did you mean blocks?)`},
		{"capability", "defeated_by: [execute]", "defeated_by: [exec]", `6:15: "exec" is not a capability (the choices`},
		{"where", "where: [tool, runtime]", "where: [tools]", `7:9: "tools" is not a kind that where may name (did you mean tool?)`},
		{"empty where", "where: [tool, runtime]", "where: []", `7:8: where is empty (name the kinds that it may stand on)`},
		{"folder", "id: sandbox", "id: sandboxes", `1:5: control sandboxes stands in folder sandbox (the folder's name is the id)`},
		{"entry", "doc: what", "maps: {atlas: [AML.M9999]}\ndoc: what", `8:16: "AML.M9999" is not an entry of atlas`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tree := fstest.MapFS{"sandbox/control.yaml": {Data: []byte(strings.Replace(soundControl, c.old, c.new, 1))}}
			controls, troubles := LoadControls(Options{Resolver: someEntries}, Source{FS: tree, Name: "controls"})
			if len(controls) != 0 || len(troubles) != 1 {
				t.Fatalf("%d controls, %v", len(controls), troubles)
			}
			if got := troubles[0].String(); !strings.HasPrefix(got, "controls/sandbox/control.yaml:"+strings.TrimSuffix(c.want, " (the choices")) {
				t.Errorf("got %s", got)
			}
		})
	}
}

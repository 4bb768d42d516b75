package rule

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
)

// load makes a set of one rule from the keys that matter to a test; the rest is filled in.
func load(t testing.TB, keys string) *Set {
	t.Helper()
	text := "id: sample\ntitle: A sample\nsince: v0.1\nmaps: {maestro: [L3], owasp-asi: [T11]}\ndoc: d\navoid: a\nprefer: p\nfalse_positives: f\n" + keys
	for key, line := range map[string]string{
		"message:":  "message: \"it applies\"\n",
		"controls:": "controls: [sandbox]\n",
	} {
		if !strings.Contains(keys, key) {
			text += line
		}
	}
	switch {
	case strings.Contains(keys, "requires:"):
		text += "success: {pert: [0.1, 0.2, 0.3], evidence: judgement}\n"
	default:
		text += "severity: low\n"
	}
	set, said := loadOne(t, ruleTree(text))
	if len(said) > 0 {
		t.Fatalf("%s", strings.Join(said, "\n"))
	}
	return set
}

// system reads a written model; tabs are not needed because flow maps are used.
func system(t testing.TB, text string) *model.System {
	t.Helper()
	s, troubles := model.ReadSystem(source.NewFile("fermata.yaml", []byte(text)))
	noTrouble(t, troubles)
	return s
}

func evaluate(t testing.TB, set *Set, s *model.System) *Outcome {
	t.Helper()
	outcome, err := Evaluate(context.Background(), set, s, EvaluateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range outcome.Failed {
		t.Errorf("rule %s failed: %s", f.Rule, f.Reason)
	}
	return outcome
}

// ids lists the ids of findings without the rule, and the ids of questions.
func ids(o *Outcome) (findings, questions []string) {
	for _, f := range o.Findings {
		findings = append(findings, strings.TrimPrefix(f.ID, f.Rule+"@"))
	}
	for _, q := range o.Questions {
		questions = append(questions, q.ID)
	}
	return findings, questions
}

// TestUnknown fixes how what nobody said goes through CEL's operators: decided where it can be, asked where not.
func TestUnknown(t *testing.T) {
	// yes, no: said so; a, b, c: nobody said.
	const facts = `facts: {shared: yes, exposed: no}`
	name := strings.NewReplacer("yes", "element.facts.shared", "no", "element.facts.exposed",
		"a", "element.facts.loops", "b", "element.facts.autonomous", "c", "element.facts.consequential")
	cases := []struct{ when, want string }{
		{"yes", "finding"},
		{"no", ""},
		{"a", "loops"},
		{"!a", "loops"},
		{"a && b", "autonomous loops"},
		{"a && no", ""},
		{"no && a", ""},
		{"a && yes", "loops"},
		{"a || yes", "finding"},
		{"yes || a", "finding"},
		{"a || no", "loops"},
		{"a || b || c", "autonomous consequential loops"},
		{"a || b || yes", "finding"},
		{"(a && no) || b", "autonomous"},
		{"(a || yes) && b", "autonomous"},
		{"!(a && no)", "finding"},
		{"a == b", "autonomous loops"},
		{"a == yes", "loops"},
		{"a != yes", "loops"},
		{"a ? yes : no", "loops"},
		{"yes ? a : b", "loops"},
		{"no ? a : b", "autonomous"},
		{"(yes ? a : b) || c", "consequential loops"},
		{"a in [yes, no]", "loops"},
		{"a || a", "loops"},
		{`element.facts.role == ""`, "finding"}, // a label that nobody gave is empty
		{`element.kind == "agent"`, "finding"},
		{`element.facts.sensitive`, ""}, // not asked of agents: no
		{`!element.facts.sensitive`, "finding"},
		{`element.effects.exec`, ""}, // agents have no effects of their own
		{`element.host.present || element.host.facts.shared`, ""},
		{`element.host.facts.role == "" && !element.host.facts.privileged`, "finding"},
		{`element.server.host.facts.shared`, ""},
		{`element == element && element.host != element`, "finding"},
	}
	for _, c := range cases {
		t.Run(c.when, func(t *testing.T) {
			when := c.when
			if !strings.Contains(when, "element") {
				when = name.Replace(when)
			}
			set := load(t, "on: element\nkinds: [agent]\nwhen: '"+when+"'\n")
			o := evaluate(t, set, system(t, "elements:\n  - {id: x, kind: agent, "+facts+"}\n"))
			var said []string
			if len(o.Findings) > 0 {
				said = append(said, "finding")
			}
			for _, q := range o.Questions {
				said = append(said, strings.TrimPrefix(q.Fact, "facts."))
			}
			if got := strings.Join(said, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestQuestions(t *testing.T) {
	set := load(t, `on: flow
kinds: [tool-call]
when: flow.to.effects.exec && flow.facts.principal == "own" && flow.from.facts.model_name == "x"
`)
	o := evaluate(t, set, system(t, `elements:
  - {id: p, name: The planner, kind: agent}
  - {id: q, kind: agent}
  - {id: sh, kind: tool, name: shell}
flows:
  - {kind: tool-call, from: p, to: sh}
  - {kind: tool-call, from: q, to: sh}
`))
	var got []string
	for _, q := range o.Questions {
		got = append(got, fmt.Sprintf("%s | %s | %s | %s | %v | %v | %d", q.ID, q.Text, q.Subject, q.Fact, q.Values, q.Elements, q.Hangs))
		if diff := cmp.Diff([]string{"sample"}, q.Rules); diff != "" {
			t.Error(diff)
		}
	}
	// The model's name is a label, which nobody is asked for: here it is empty, so nothing is left to decide.
	if len(got) != 0 {
		t.Errorf("%q", got)
	}
	set = load(t, "on: flow\nkinds: [tool-call]\nwhen: flow.to.effects.exec && flow.facts.principal == \"own\"\n")
	o = evaluate(t, set, system(t, `elements:
  - {id: p, name: The planner, kind: agent}
  - {id: q, kind: agent}
  - {id: sh, kind: tool, name: shell}
flows:
  - {kind: tool-call, from: p, to: sh}
  - {kind: tool-call, from: q, to: sh, facts: {principal: own}}
`))
	for _, q := range o.Questions {
		got = append(got, fmt.Sprintf("%s | %s | %s | %s | %v | %v | %d", q.ID, q.Text, q.Subject, q.Fact, q.Values, q.Elements, q.Hangs))
	}
	want := []string{
		"sh.effects.exec | can shell run code or commands? | sh | effects.exec | [yes no] | [sh] | 2",
		"tool-call:p->sh.facts.principal | whose rights apply when The planner calls shell: the caller's or its own? | tool-call:p->sh | facts.principal | [caller own] | [p sh] | 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s := o.Stats[0]; s.Visited != 2 || s.Undecided != 2 || s.Findings != 0 {
		t.Errorf("%+v", s)
	}
}

const team = `elements:
  - {id: a, kind: agent, facts: {loops: yes}}
  - {id: b, kind: agent, facts: {loops: no}}
  - {id: c, kind: agent}
  - {id: reader, kind: tool, effects: {net-read: yes, net-write: no, exec: no}}
  - {id: sender, kind: tool, effects: {net-read: no, net-write: yes, exec: no}}
  - {id: shell, kind: tool, effects: {exec: yes, net-read: no}}
  - {id: notes, kind: memory}
  - {id: box, kind: runtime}
flows:
  - {kind: tool-call, from: a, to: reader}
  - {kind: tool-call, from: a, to: sender}
  - {kind: tool-call, from: b, to: reader}
  - {kind: tool-call, from: b, to: shell}
  - {kind: tool-call, from: c, to: shell}
  - {kind: memory-write, from: a, to: notes}
  - {kind: memory-read, from: notes, to: b}
  - {kind: memory-read, from: notes, to: c}
  - {kind: hosts, from: box, to: shell}
`

func TestBinds(t *testing.T) {
	cases := []struct {
		name, rule      string
		want, questions []string
	}{
		{"two flows of one agent", `on: flow
kinds: [tool-call]
bind:
  - {name: out, kinds: [tool-call], from: flow.from, to_kinds: [tool], when: out.to.effects.net_write && out.id != flow.id}
when: flow.to.effects.net_read
`, []string{"tool-call:a->reader,tool-call:a->sender"}, []string{"shell.effects.net-write"}},
		{"bind to the end", `on: element
kinds: [agent]
bind:
  - {name: read, kinds: [memory-read], to: element}
  - {name: write, kinds: [memory-write], to: read.from}
when: write.from != element
`, []string{"b,memory-read:notes->b,memory-write:a->notes", "c,memory-read:notes->c,memory-write:a->notes"}, nil},
		{"both ends joined", `on: flow
kinds: [memory-write]
bind:
  - {name: call, kinds: [tool-call], from: flow.from}
  - {name: same, kinds: [tool-call], from: flow.from, to: call.to}
when: call.to.effects.net_read
`, []string{"memory-write:a->notes,tool-call:a->reader,tool-call:a->reader"}, nil},
		{"absent, certain", `on: element
kinds: [agent]
bind:
  - {name: call, kinds: [tool-call], from: element, when: call.to.effects.exec, absent: true}
when: "true"
`, []string{"a"}, nil},
		{"absent, open", `on: element
kinds: [agent]
bind:
  - {name: call, kinds: [tool-call], from: element, when: call.to.effects.net_write, absent: true}
when: element.facts.loops || !element.facts.loops
`, nil, []string{"c.facts.loops", "shell.effects.net-write"}},
		{"absent without candidates", `on: element
kinds: [agent]
bind:
  - {name: read, kinds: [memory-read], to: element, absent: true}
when: "true"
`, []string{"a"}, nil},
		{"set", `on: element
kinds: [agent]
bind:
  - {name: calls, kinds: [tool-call], from: element, set: 2}
when: "true"
`, []string{"a", "b"}, nil},
		{"set, open members", `on: element
kinds: [agent]
bind:
  - {name: calls, kinds: [tool-call], from: element, when: calls.to.effects.net_write, set: 1}
when: "true"
`, []string{"a"}, []string{"shell.effects.net-write"}},
		{"host of a tool", `on: flow
kinds: [tool-call]
when: flow.to.host.present && flow.from.facts.loops
`, nil, []string{"c.facts.loops"}},
		{"index by ends", `on: flow
kinds: [tool-call]
from: [orchestrator]
when: "true"
`, nil, nil},
		{"no join to what is missing", `on: flow
kinds: [tool-call]
bind:
  - {name: host, kinds: [hosts], from: flow.to.host}
when: "true"
`, []string{"tool-call:b->shell,hosts:box->shell", "tool-call:c->shell,hosts:box->shell"}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			findings, questions := ids(evaluate(t, load(t, c.rule), system(t, team)))
			if diff := cmp.Diff(c.want, findings); diff != "" {
				t.Errorf("findings (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.questions, questions); diff != "" {
				t.Errorf("questions (-want +got)\n%s", diff)
			}
		})
	}
}

// TestEach fixes what one finding says of several things alike: all of them are given, each is told, and one that cannot be
// decided is asked about without holding up the others.
func TestEach(t *testing.T) {
	const rule = `on: element
kinds: [runtime]
bind:
  - {name: runs, kinds: [hosts], from: element, to_kinds: [agent, tool], when: runs.to.facts.exposed, each: true}
when: element.facts.shared
message: "{element.name} holds {runs.names}, {runs.size} in all"
requires: ["execute@element"]
grants: ["hijack@runs.to"]
`
	const world = `elements:
  - {id: box, kind: runtime, facts: {shared: yes}}
  - {id: crate, kind: runtime, facts: {shared: no}}
  - {id: a, kind: agent, facts: {exposed: yes}}
  - {id: b, kind: agent, facts: {exposed: yes}}
  - {id: c, kind: agent}
  - {id: d, kind: agent, facts: {exposed: no}}
  - {id: e, kind: model}
flows:
  - {kind: hosts, from: box, to: a}
  - {kind: hosts, from: box, to: b}
  - {kind: hosts, from: box, to: c}
  - {kind: hosts, from: box, to: d}
  - {kind: hosts, from: crate, to: a}
`
	set := load(t, rule)
	outcome := evaluate(t, set, system(t, world))
	findings, questions := ids(outcome)
	if diff := cmp.Diff([]string{"box"}, findings); diff != "" {
		t.Fatalf("findings (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"c.facts.exposed"}, questions); diff != "" {
		t.Errorf("questions (-want +got)\n%s", diff)
	}
	f := outcome.Findings[0]
	if f.Message != "box holds a, b, 2 in all" || f.Told != "box holds "+result.Here+", 2 in all" {
		t.Errorf("message %q, told %q", f.Message, f.Told)
	}
	if diff := cmp.Diff([]string{"a", "b"}, f.Each); diff != "" {
		t.Errorf("each (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "b", "box"}, f.Elements); diff != "" {
		t.Errorf("elements (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"box"}, f.Core()); diff != "" {
		t.Errorf("core (-want +got)\n%s", diff)
	}
	want := []result.Step{
		{Needs: []result.Need{{Powers: []string{"execute@box"}, K: 1}}, Gives: []string{"hijack@a", "hijack@b"}},
		{Needs: []result.Need{{Powers: []string{"execute:own@box"}, K: 1}}, Gives: []string{"hijack:own@a", "hijack:own@b"}},
	}
	if diff := cmp.Diff(want, f.Steps); diff != "" {
		t.Errorf("steps (-want +got)\n%s", diff)
	}
	// Nothing is decided of any: no finding, and a question.
	findings, questions = ids(evaluate(t, set, system(t, strings.ReplaceAll(world, "agent, facts: {exposed: yes}", "agent"))))
	if diff := cmp.Diff([]string{"a.facts.exposed", "b.facts.exposed", "c.facts.exposed"}, questions); len(findings) > 0 || diff != "" {
		t.Errorf("findings %q, questions (-want +got)\n%s", findings, diff)
	}
	// What a step gives by itself to an assumed thing is told as assumed, of some of many.
	many := system(t, world)
	many.Element("a").Origin = model.Assumed
	if f := evaluate(t, set, many).Findings[0]; len(f.Assumes) != 1 || f.Assumes[0] != "a" {
		t.Errorf("assumes %q", f.Assumes)
	}
}

func TestSteps(t *testing.T) {
	const world = `elements:
  - {id: p, kind: agent}
  - {id: sh, kind: tool, facts: {shared: %s}}
  - {id: other, kind: tool}
  - {id: box, kind: runtime}
flows:
  - {kind: tool-call, from: p, to: sh}
  - {kind: tool-call, from: p, to: other}
  - {kind: hosts, from: box, to: sh}
`
	base := "on: flow\nkinds: [tool-call]\nwhen: flow.to.id == \"sh\"\n"
	step := func(needs string, gives ...string) result.Step {
		return result.Step{Needs: []result.Need{{Powers: []string{needs}, K: 1}}, Gives: gives}
	}
	cases := []struct {
		name, rule, shared string
		want               []result.Step
		questions          []string
	}{
		{
			"carried", "requires: ['hijack@flow.from']\ngrants: ['invoke@flow.to', 'execute@flow.to.host']\n", "no",
			[]result.Step{step("hijack@p", "invoke@sh", "execute@box"), step("hijack:own@p", "invoke:own@sh", "execute:own@box")},
			nil,
		},
		{
			"widened", "requires: ['hijack@flow.from']\ngrants: ['invoke@flow.to']\nwidens: flow.to.facts.shared\n", "yes",
			[]result.Step{step("hijack:own@p", "invoke@sh")},
			nil,
		},
		{
			"not widened", "requires: ['hijack@flow.from']\ngrants: ['invoke@flow.to']\nwidens: flow.to.facts.shared\n", "no",
			[]result.Step{step("hijack@p", "invoke@sh"), step("hijack:own@p", "invoke:own@sh")},
			nil,
		},
		{
			"widening open", "requires: ['hijack@flow.from']\ngrants: ['invoke@flow.to']\nwidens: flow.to.facts.shared\n", "unknown",
			[]result.Step{step("hijack@p", "invoke@sh"), step("hijack:own@p", "invoke:own@sh")},
			[]string{"sh.facts.shared"},
		},
		{
			"literal", "requires: ['hijack:own@flow.from']\ngrants: ['invoke:own@flow.to', 'read@flow.to']\n", "no",
			[]result.Step{step("hijack:own@p", "invoke:own@sh", "read@sh")},
			nil,
		},
		{
			"literal grants", "requires: ['hijack@flow.from']\ngrants: ['invoke:all@flow.to']\n", "no",
			[]result.Step{step("hijack:own@p", "invoke@sh")},
			nil,
		},
		{
			"over the flow", "requires: ['reach@flow']\ngrants: ['read@flow']\n", "no",
			[]result.Step{step("reach@tool-call:p->sh", "read@tool-call:p->sh"), step("reach:own@tool-call:p->sh", "read:own@tool-call:p->sh")},
			nil,
		},
		{
			"part leads nowhere", "requires: ['hijack@flow.from']\ngrants: ['invoke@flow.to', 'execute@flow.to.server']\n", "no",
			[]result.Step{step("hijack@p", "invoke@sh"), step("hijack:own@p", "invoke:own@sh")},
			nil,
		},
		{"all lead nowhere", "requires: ['hijack@flow.from']\ngrants: ['execute@flow.to.server']\n", "no", nil, nil},
		{
			"k of a set", "bind:\n  - {name: calls, kinds: [tool-call], from: flow.from, set: 2}\nrequires: ['invoke@calls.to']\ngrants: ['misact@flow.from']\n", "no",
			[]result.Step{
				{Needs: []result.Need{{Powers: []string{"invoke@other", "invoke@sh"}, K: 2}}, Gives: []string{"misact@p"}},
				{Needs: []result.Need{{Powers: []string{"invoke:own@other", "invoke:own@sh"}, K: 2}}, Gives: []string{"misact:own@p"}},
			},
			nil,
		},
		{"k of one and the same", "bind:\n  - {name: calls, kinds: [tool-call], from: flow.from, set: 2}\nrequires: ['hijack@calls.from']\ngrants: ['misact@flow.from']\n", "no", nil, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := evaluate(t, load(t, base+c.rule), system(t, fmt.Sprintf(world, c.shared)))
			var got []result.Step
			for _, f := range o.Findings {
				got = append(got, f.Steps...)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if _, questions := ids(o); !cmp.Equal(c.questions, questions) {
				t.Errorf("questions %q", questions)
			}
		})
	}
}

// TestFinding looks at every field of one finding.
func TestFinding(t *testing.T) {
	set := load(t, `on: flow
kinds: [tool-call]
when: flow.to.effects.exec
message: "{flow.from.name} reaches {flow.to.name}"
requires: ["hijack@flow.from"]
grants: ["execute@flow.to.host"]
controls: [{control: sandbox, on: [flow.to, flow.to.host]}]
`)
	s := system(t, `elements:
  - {id: p, name: planner, kind: agent}
  - {id: sh, kind: tool, effects: {exec: yes}, controls: [{control: sandbox, state: evidenced}]}
  - {id: box, kind: runtime}
flows:
  - {kind: tool-call, from: p, to: sh}
  - {kind: hosts, from: box, to: sh}
`)
	s.Element("sh").Effects["exec"] = model.Fact{Value: model.Yes, Origin: model.Assumed, Reason: "by its name"}
	s.Element("p").Origin = model.Assumed
	o := evaluate(t, set, s)
	if len(o.Findings) != 1 {
		t.Fatalf("%d findings", len(o.Findings))
	}
	got := o.Findings[0]
	places := got.Evidence
	got.Evidence, got.Steps = nil, nil
	for i := range got.Controls {
		got.Controls[i].Evidence = nil
	}
	want := result.Finding{
		ID: "sample@tool-call:p->sh", Rule: "sample", Title: "A sample", Message: "planner reaches sh",
		Layers: []string{"L3"}, Maps: map[string][]string{"maestro": {"L3"}, "owasp-asi": {"T11"}},
		Elements: []string{"box", "p", "sh"}, Flows: []string{"tool-call:p->sh"},
		Requires: []string{"hijack@p"}, Grants: []string{"execute@box"},
		Controls: []result.Control{{Control: "sandbox", On: "sh", State: model.Evidenced, Effect: "blocks"}},
		Success:  &result.Range{Low: 0.1, Mode: 0.2, High: 0.3},
		Assumes:  []string{"p", "sh effects.exec: yes (by its name)"},
		Group:    "sample@tool-call:p->sh",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var lines []int
	for _, e := range places {
		lines = append(lines, e.Line)
	}
	if diff := cmp.Diff([]int{6, 2, 3, 4}, lines); diff != "" {
		t.Errorf("evidence: the flow first, then its ends, then the host\n%s", diff)
	}
	// Without a placement the control is listed where it would stand.
	s.Controls = nil
	o = evaluate(t, set, s)
	unseen := []result.Control{{Control: "sandbox", On: "sh", State: model.Unseen, Effect: "blocks"}}
	if diff := cmp.Diff(unseen, o.Findings[0].Controls); diff != "" {
		t.Error(diff)
	}
}

// TestEvidenceOfPeople holds that a finding about one way of a person's cites that way, and not the person's other ones; who
// was only assumed stays so.
func TestEvidenceOfPeople(t *testing.T) {
	set := load(t, "on: flow\nkinds: [prompt]\nwhen: flow.from.kind == 'human'\n")
	s := system(t, `elements:
  - {id: caller, kind: human}
  - {id: guest, kind: human}
  - {id: desk, kind: agent}
flows:
  - {kind: prompt, from: caller, to: desk}
  - {kind: prompt, from: guest, to: desk}
`)
	at := func(line int) []model.Evidence { return []model.Evidence{{File: "app.py", Line: line}} }
	s.Element("caller").Evidence = slices.Concat(at(10), at(20), []model.Evidence{{Excerpt: "assumed"}})
	s.Element("guest").Evidence = at(40)
	s.Element("desk").Evidence = at(30)
	for _, f := range s.Flows {
		f.Evidence = nil
		if f.From == "caller" {
			f.Evidence = at(20)
		}
	}
	var got []string
	for _, f := range evaluate(t, set, s).Findings {
		line := f.Flows[0] + ":"
		for _, e := range f.Evidence {
			line += fmt.Sprintf(" %s%d", e.Excerpt, e.Line)
		}
		got = append(got, line)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"prompt:caller->desk: 20 assumed0 30", "prompt:guest->desk: 40 30"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFailures(t *testing.T) {
	t.Run("a rule that does not compile", func(t *testing.T) {
		tree := ruleTree(strings.Replace(sound, "flow.to.effects.exec", "flow.to.effects.exek", 1))
		set, troubles := Load(Options{}, Source{FS: tree, Name: "rules"}) // not checked at load, as rules that ship
		noTrouble(t, troubles)
		o, err := Evaluate(context.Background(), set, system(t, team), EvaluateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		want := []Failure{{"sample", `rules/l3-agent-frameworks/sample/rule.yaml:7:23: "exek" is not one of the effects of an element (did you mean exec?)`}}
		if diff := cmp.Diff(want, o.Failed); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("not asked, not compiled", func(t *testing.T) {
		tree := ruleTree(strings.Replace(sound, "flow.to.effects.exec", "flow.to.effects.exek", 1))
		set, _ := Load(Options{}, Source{FS: tree, Name: "rules"})
		if o := evaluate(t, set, system(t, "elements:\n  - {id: a, kind: agent}\n")); len(o.Failed) != 0 {
			t.Errorf("%v", o.Failed)
		}
	})
	t.Run("too many combinations", func(t *testing.T) {
		var b strings.Builder
		b.WriteString("elements:\n  - {id: hub, kind: agent}\n")
		for i := range 120 {
			fmt.Fprintf(&b, "  - {id: t%d, kind: tool}\n", i)
		}
		b.WriteString("flows:\n")
		for i := range 120 {
			fmt.Fprintf(&b, "  - {kind: tool-call, from: hub, to: t%d}\n", i)
		}
		rule := "on: element\nkinds: [agent]\nbind:\n"
		for _, name := range []string{"k", "l", "m", "n"} {
			rule += "  - {name: " + name + ", kinds: [tool-call], from: element}\n"
		}
		set := load(t, rule+"when: k.to.id == n.to.id && k.to.id == 'none'\n")
		o, err := Evaluate(context.Background(), set, system(t, b.String()), EvaluateOptions{MaxVisits: 100_000})
		if err != nil {
			t.Fatal(err)
		}
		if len(o.Failed) != 1 || o.Failed[0].Reason != errTooMany.Error() {
			t.Errorf("%+v", o.Failed)
		}
	})
	t.Run("context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := Evaluate(ctx, load(t, "on: element\nkinds: [agent]\nwhen: 'true'\n"), system(t, team), EvaluateOptions{}); err == nil {
			t.Error("no error")
		}
	})
	t.Run("cost", func(t *testing.T) {
		inner := "cycle.members.exists(m, m.facts.loops)"
		for range 2 {
			inner = "cycle.members.exists(m, " + inner + ")"
		}
		tree := ruleTree("id: sample\ntitle: A\nsince: v0.1\non: cycle\nkinds: [delegation]\nwhen: " + inner + "\nmessage: m\nseverity: low\nmaps: {maestro: [L3], owasp-asi: [T11]}\ncontrols: [sandbox]\ndoc: d\navoid: a\nprefer: p\nfalse_positives: f\n")
		_, said := loadOne(t, tree)
		want := []string{"rule.yaml:6:7: the expression can cost too much (loop over the members of a cycle once, and not inside another loop)"}
		if diff := cmp.Diff(want, said); diff != "" {
			t.Error(diff)
		}
	})
}

package model_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fermata/internal/model"
	"fermata/internal/source"
)

// observe makes a system as discovery would: read from a file, then said to be seen.
func observe(t *testing.T, text string) *model.System {
	t.Helper()
	s := read(t, text)
	seen := func(facts map[string]model.Fact) {
		for name, fact := range facts {
			fact.Origin = model.Observed
			fact.Evidence = []model.Evidence{{File: "app.py", Line: 1, Col: 1, EndLine: 1, EndCol: 2, Excerpt: "seen"}}
			facts[name] = fact
		}
	}
	for _, e := range s.Elements {
		e.Origin = model.Observed
		e.Evidence = []model.Evidence{{File: "app.py", Line: 1, Col: 1, EndLine: 1, EndCol: 2, Excerpt: "seen"}}
		seen(e.Facts)
		seen(e.Effects)
	}
	for _, f := range s.Flows {
		f.Origin = model.Observed
		seen(f.Facts)
	}
	for i := range s.Boundaries {
		s.Boundaries[i].Origin = model.Observed
	}
	for i := range s.Controls {
		s.Controls[i].Origin = model.Observed
	}
	return s
}

const app = `
name: app
elements:
  - {id: "app.py:planner", kind: agent, name: Planner, aliases: [planner], facts: {loops: yes}}
  - {id: "app.py:shell", kind: tool, aliases: [shell, sh], effects: {exec: yes, net-read: unknown, fs-read: yes}, facts: {pinned: no}, controls: [{control: sandbox, state: evidenced}, limits]}
  - {id: "b.py:search", kind: tool, aliases: [search]}
  - {id: "c.py:search", kind: tool, aliases: [search]}
flows:
  - {kind: tool-call, from: planner, to: shell, facts: {principal: own}}
  - {kind: tool-call, from: planner, to: "b.py:search"}
boundaries:
  - {id: inside, members: [planner, shell]}
`

// merge reads a document and merges it over the app.
func merge(t *testing.T, text string) (*model.System, string) {
	t.Helper()
	observed := observe(t, app)
	document, diagnostics := model.Read(source.NewFile("fermata.yaml", []byte(text)))
	s, more := model.Merge(observed, document)
	if diff := cmp.Diff(observe(t, app), observed); diff != "" {
		t.Errorf("merging changed what was observed:\n%s", diff)
	}
	if wrong := model.Validate(s); len(wrong) > 0 {
		t.Errorf("not a valid system:\n%s", lines(wrong))
	}
	return s, lines(append(diagnostics, more...))
}

// summary is what a merge test looks at: a line for each element, flow and control.
func summary(s *model.System) string {
	var b strings.Builder
	facts := func(facts map[string]model.Fact, names ...string) {
		for _, name := range names {
			if f, ok := facts[name]; ok {
				b.WriteString(" " + name + "=" + f.Value + "/" + string(f.Origin))
				if f.Reason != "" {
					b.WriteString("(" + f.Reason + ")")
				}
			}
		}
	}
	for _, e := range s.Elements {
		b.WriteString(string(e.Origin) + " " + string(e.Kind) + " " + e.ID + " " + e.Layer + " " + strings.Join(e.Aliases, ","))
		facts(e.Effects, "exec", "fs-read", "net-read")
		facts(e.Facts, "loops", "pinned", "shared", "holds-secrets")
		b.WriteString("\n")
	}
	for _, f := range s.Flows {
		b.WriteString(string(f.Origin) + " " + f.ID)
		facts(f.Facts, "principal", "authenticated")
		b.WriteString("\n")
	}
	for _, x := range s.Boundaries {
		b.WriteString(string(x.Origin) + " boundary " + x.ID + ": " + strings.Join(x.Members, " ") + "\n")
	}
	for _, a := range s.Attackers {
		if a.Origin == model.Declared {
			b.WriteString("attacker " + a.ID)
			for _, start := range a.Starts {
				b.WriteString(" " + start.Capability)
			}
			b.WriteString("\n")
		}
	}
	for _, c := range s.Controls {
		b.WriteString(string(c.Origin) + " control " + c.Control + " on " + c.On + " is " + string(c.State))
		if c.By != "" {
			b.WriteString(" by " + c.By)
		}
		if c.Reason != "" {
			b.WriteString(" (" + c.Reason + ")")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// changes shows which lines of the summary a document takes away and adds.
func changes(before, after string) string {
	var b strings.Builder
	have := map[string]bool{}
	for _, line := range strings.Split(before, "\n") {
		have[line] = true
	}
	now := map[string]bool{}
	for _, line := range strings.Split(after, "\n") {
		now[line] = true
	}
	for _, line := range strings.Split(before, "\n") {
		if !now[line] {
			b.WriteString("- " + line + "\n")
		}
	}
	for _, line := range strings.Split(after, "\n") {
		if !have[line] {
			b.WriteString("+ " + line + "\n")
		}
	}
	return b.String()
}

func TestMerge(t *testing.T) {
	var all strings.Builder
	for _, test := range []struct{ name, text string }{
		{"nothing", `name: app`},
		{"a declared fact overrides", `replace: [{id: shell, effects: {exec: no, net-read: yes, fs-read: yes}, facts: {pinned: {value: yes, reason: lock file}}}]`},
		{"an element of the same kind is added to", `elements: [{id: shell, kind: tool, effects: {exec: no}, aliases: [terminal]}, {id: "b.py:search", kind: tool, facts: {shared: yes}}]`},
		{"an element of another kind is its own", `elements: [{id: planner, kind: human}]
flows: [{kind: prompt, from: planner, to: "app.py:planner"}]`},
		{"an element of two", `elements: [{id: search, kind: tool}]`},
		{"an element found as something else", `elements: [{id: "app.py:shell", kind: agent}]`},
		{"one element written twice", `elements: [{id: shell, kind: tool}, {id: sh, kind: tool}]`},
		{"flows by short names", `flows: [{kind: tool-call, from: Planner, to: sh, facts: {authenticated: yes, principal: caller}}, {kind: tool-call, from: planner, to: search}]`},
		{"remove an element", `remove: [sh]`},
		{"remove a flow", `remove: ["tool-call:planner->shell", inside]`},
		{"remove and use", "remove: [shell]\nflows: [{kind: tool-call, from: planner, to: shell}]\nreplace: [{id: shell, name: x}]"},
		{"remove nothing", `remove: [shel, search, "tool-call:planner->shel", assumed:host]`},
		{"a corrected kind", `replace: [{id: shell, kind: agent, aliases: [worker]}]`},
		{"a corrected kind that a flow does not allow", `replace: [{id: shell, kind: human}]`},
		{"replace nothing", `replace: [{id: plannr, name: x}, {id: search, name: x}]`},
		{"replace twice", "replace:\n  - {id: shell, name: x}\n  - {id: sh, name: y}"},
		{"controls", `elements: [{id: bob, kind: human}]
controls: [{control: sandbox, on: sh, by: planner}, {control: limits, on: sh, state: absent}, {control: human-approval, on: "tool-call:planner->sh", by: bob}]`},
		{"a claim does not lower what was seen", `controls: [{control: sandbox, on: sh}]`},
		{"a test counts more than what was seen", `controls: [{control: sandbox, on: sh, state: tested, evidence: t, date: 2026-05-01, reason: probe of May}]`},
		{"answers", `answers:
  - {question: "app.py:shell.effects.exec", answer: no, by: the architect, on: 2026-01-31}
  - {question: sh.effects.net_read, answer: yes, reason: read the code}
  - {question: planner.facts.shared, answer: no, by: me}
  - {question: "tool-call:planner->shell.facts.principal", answer: caller}
  - {question: shell.control.sandbox, answer: no, by: me}
  - {question: planner.control.human-approval, answer: yes}
  - {question: planner.control.limits, answer: tested, on: 2026-05-01, by: Ann}`},
		{"tools that were not seen", "replace: [{id: planner, facts: {unseen-tools: yes}}]\nanswers: [{question: planner.tools, answer: [exec, net-read], by: Ann}]"},
		{"no tools beside those seen", "answers: [{question: planner.tools, answer: none}, {question: planner.tools, answer: unknown}]"},
		{"tools of what has none", "answers: [{question: shell.tools, answer: none}, {question: planner.tools, answer: everything}]"},
		{"a stale answer", `answers: [{question: shel.effects.exec, answer: yes}]`},
		{"an answer that agrees", "replace: [{id: shell, effects: {net-read: yes}, controls: [filter]}]\nanswers: [{question: shell.effects.net-read, answer: yes}, {question: shell.control.filter, answer: tested, on: 2026-05-01, by: Ann}]"},
		{"starts", `attackers: [{id: user, starts: [influence:own@planner, "reach@tool-call:planner->sh"]}, {id: mishap, starts: []}]`},
		{"members join", `boundaries: [{id: inside, members: ["b.py:search", sh]}]`},
	} {
		s, said := merge(t, test.text)
		all.WriteString("# " + test.name + "\n" + said + changes(summary(observe(t, app)), summary(s)) + "\n")
	}
	golden(t, "merge.golden", all.String())
}

func TestMergeKeepsBothEvidence(t *testing.T) {
	s, said := merge(t, `replace: [{id: shell, effects: {exec: no}}]`)
	fact := s.Element("app.py:shell").Effects["exec"]
	if said != "" || len(fact.Evidence) != 2 || fact.Evidence[0].File != "fermata.yaml" || fact.Evidence[1].File != "app.py" {
		t.Errorf("%s%+v", said, fact)
	}
}

// TestMergeOrder: neither the order of documents nor that of their lists counts.
func TestMergeOrder(t *testing.T) {
	texts := []string{
		"elements: [{id: bob, kind: human}, {id: carol, kind: human, facts: {role: operator}}]\nremove: [\"c.py:search\"]",
		"flows: [{kind: prompt, from: bob, to: planner}, {kind: message, from: carol, to: bob}]\nreplace: [{id: shell, effects: {exec: no}}]",
		"answers: [{question: shell.effects.net-read, answer: yes}]\nboundaries: [{id: people, members: [carol, bob]}]\nelements: [{id: search, kind: tool}]",
	}
	merged := func(order []int) *model.System {
		var documents []*model.Document
		for _, i := range order {
			d, _ := model.Read(source.NewFile(string(rune('a'+i))+".yaml", []byte(texts[i])))
			documents = append(documents, d)
		}
		s, diagnostics := model.Merge(observe(t, app), documents...)
		if len(diagnostics) > 0 {
			t.Fatal(lines(diagnostics))
		}
		return s
	}
	want := merged([]int{0, 1, 2})
	rapid.Check(t, func(t *rapid.T) {
		got := merged(rapid.Permutation([]int{0, 1, 2}).Draw(t, "order"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestAssemble: a document may speak of what completion assumes, and completion goes by it.
func TestAssemble(t *testing.T) {
	assemble := func(text string) (*model.System, string) {
		document, first := model.Read(source.NewFile("fermata.yaml", []byte(text)))
		s, more := model.Assemble(observe(t, app), document)
		if wrong := model.Validate(s); len(wrong) > 0 {
			t.Errorf("not a valid system:\n%s", lines(wrong))
		}
		return s, lines(append(first, more...))
	}
	base, said := assemble("")
	before := summary(base)
	if !strings.Contains(before, "assumed runtime assumed:host") {
		t.Fatalf("nothing was assumed:\n%s%s", said, before)
	}
	var all strings.Builder
	for _, test := range []struct{ name, text string }{
		{"answers about what is assumed", `answers: [{question: "assumed:host.facts.shared", answer: yes}, {question: "tool-result:shell->planner.facts.authenticated", answer: no}, {question: user.facts.shared, answer: yes}]`},
		{"a control on what is assumed", `controls: [{control: hardening, on: assumed:host, by: host}, {control: filter, on: "prompt:user->planner"}]`},
		{"a flow from what is assumed", `flows: [{kind: tool-call, from: planner, to: "c.py:search"}, {kind: message, from: assumed:user, to: planner}]`},
		{"what is assumed, corrected", `replace: [{id: host, name: the worker, facts: {holds-secrets: yes}}]`},
		{"what is assumed keeps its kind", `replace: [{id: host, kind: agent}]
elements: [{id: assumed:user, kind: agent}]`},
		{"remove what is assumed", `remove: [assumed:host, "completion:planner->assumed:user"]`},
		{"a removal of nothing", `remove: [assumed:hots]`},
		{"a name of nothing", `flows: [{kind: message, from: assumed:usr, to: planner}]
answers: [{question: assumed:hots.facts.shared, answer: yes}]`},
		{"an own host and user", `elements: [{id: box, kind: runtime}, {id: alice, kind: human}]
flows: [{kind: hosts, from: box, to: planner}, {kind: prompt, from: alice, to: planner}]
attackers: [{id: user, starts: [influence:own@alice, read@assumed:host]}]`},
	} {
		s, said := assemble(test.text)
		all.WriteString("# " + test.name + "\n" + said + changes(before, summary(s)) + "\n")
	}
	golden(t, "assemble.golden", all.String())
}

package model_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fermata/internal/model"
)

// tell writes changes one a line.
func tell(c model.Changes) string {
	var b strings.Builder
	for _, list := range []struct {
		what    string
		changes []model.Change
	}{{"element", c.Elements}, {"flow", c.Flows}, {"boundary", c.Boundaries}, {"asset", c.Assets}, {"attacker", c.Attackers}, {"control", c.Controls}} {
		for _, x := range list.changes {
			fmt.Fprintf(&b, "%s %s %s", list.what, x.How, x.ID)
			if x.Was != "" {
				fmt.Fprintf(&b, " was %s", x.Was)
			}
			if x.How == model.Changed {
				for _, f := range x.Fields {
					fmt.Fprintf(&b, "; %s: %q to %q", f.Field, f.Old, f.New)
				}
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func TestDiff(t *testing.T) {
	const before = `
elements:
  - {id: "app.py:planner", kind: agent, facts: {loops: yes}}
  - {id: "app.py:shell", kind: tool, detail: runs commands, effects: {exec: yes}, controls: [sandbox]}
  - {id: "app.py:bob", kind: human}
flows:
  - {kind: tool-call, from: planner, to: shell, facts: {principal: own}, controls: [{control: human-approval, by: bob}]}
  - {kind: prompt, from: bob, to: planner}
boundaries:
  - {id: inside, members: [planner, shell]}
assets:
  - {id: "assumed:execute@app.py:shell", element: shell, capability: execute, loss: host}
attackers:
  - {id: user, starts: [influence:own@bob]}
`
	for _, test := range []struct{ name, edit, want string }{
		{"nothing", "", ""},
		{"unknown is as good as not said", "{loops: yes}|{loops: yes, shared: unknown}", ""},
		{"a fact and an effect", "{loops: yes}|{loops: no, shared: yes}|{exec: yes}|{money: yes}", `
element changed app.py:planner; facts.loops: "yes" to "no"; facts.shared: "" to "yes"
element changed app.py:shell; effects.exec: "yes" to ""; effects.money: "" to "yes"`},
		{"a new tool", "flows:|  - {id: mail, kind: tool}\nflows:\n  - {kind: tool-call, from: planner, to: mail}", `
element added mail
flow added tool-call:app.py:planner->mail`},
		{"moved to another file: nothing else changes", "app.py:shell|lib/tools.py:shell", `
element changed lib/tools.py:shell was app.py:shell
flow changed tool-call:app.py:planner->lib/tools.py:shell was tool-call:app.py:planner->app.py:shell`},
		{"renamed in its file", `app.py:shell|app.py:run|: shell|: run|, shell|, run`, `
element changed app.py:run was app.py:shell
flow changed tool-call:app.py:planner->app.py:run was tool-call:app.py:planner->app.py:shell`},
		{"another tool in its place is not a new name", `app.py:shell|app.py:run|: shell|: run|, shell|, run|detail: runs commands, |detail: runs code, `, `
element added app.py:run
element removed app.py:shell
flow added tool-call:app.py:planner->app.py:run
flow removed tool-call:app.py:planner->app.py:shell
boundary changed inside; members: "app.py:planner app.py:shell" to "app.py:planner app.py:run"
asset added assumed:execute@app.py:run
asset removed assumed:execute@app.py:shell
control added human-approval@tool-call:app.py:planner->app.py:run/app.py:bob
control removed human-approval@tool-call:app.py:planner->app.py:shell/app.py:bob
control added sandbox@app.py:run
control removed sandbox@app.py:shell`},
		{"a control and what an attacker starts with", "[sandbox]|[{control: sandbox, state: tested, evidence: t, date: 2026-05-01}]|[influence:own@bob]|[influence@bob]|own}, controls: [{control: human-approval, by: bob}]|caller}", `
flow changed tool-call:app.py:planner->app.py:shell; facts.principal: "own" to "caller"
attacker changed user; starts: "influence:own@app.py:bob" to "influence@app.py:bob"
control removed human-approval@tool-call:app.py:planner->app.py:shell/app.py:bob
control changed sandbox@app.py:shell; state: "declared" to "tested"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			after := before
			if test.edit != "" {
				after = strings.NewReplacer(strings.Split(test.edit, "|")...).Replace(before)
			}
			older, newer := inFile(read(t, before)), inFile(read(t, after))
			if got, want := tell(model.Diff(older, newer)), strings.TrimPrefix(test.want, "\n"); strings.TrimSpace(got) != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
	}
}

// inFile gives elements evidence in the file that their id begins with.
func inFile(s *model.System) *model.System {
	for _, e := range s.Elements {
		file, _, _ := strings.Cut(e.ID, ":")
		e.Evidence = []model.Evidence{{File: file, Line: 1, Col: 1}}
	}
	return s
}

// TestDiffMirrors: a system does not differ from itself, and what is added one way is removed the other way.
func TestDiffMirrors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anySystem(t), anySystem(t)
		if c := model.Diff(a, a); !c.Empty() {
			t.Fatalf("a system differs from itself:\n%s", tell(c))
		}
		there, back := model.Diff(a, b), model.Diff(b, a)
		for _, list := range [][2][]model.Change{{there.Elements, back.Elements}, {there.Flows, back.Flows}, {there.Boundaries, back.Boundaries}, {there.Assets, back.Assets}, {there.Controls, back.Controls}} {
			added, removed := map[string]bool{}, map[string]bool{}
			for _, c := range list[0] {
				if c.How == model.Added {
					added[c.ID] = true
				}
			}
			for _, c := range list[1] {
				if c.How == model.Removed {
					removed[c.ID] = true
				}
			}
			if fmt.Sprint(added) != fmt.Sprint(removed) {
				t.Fatalf("added %v, but removed %v on the way back", added, removed)
			}
		}
	})
}

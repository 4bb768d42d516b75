package rule

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/result"
)

func TestPairsCyclesChanges(t *testing.T) {
	t.Run("pair", func(t *testing.T) {
		set := load(t, "on: pair\nkinds: [agent]\nshare: {kinds: [memory-read, memory-write], of: [memory]}\nwhen: a.facts.loops || b.facts.loops\nmessage: '{a.name} and {b.name} share {shared.name}'\n")
		o := evaluate(t, set, system(t, team))
		findings, questions := ids(o)
		if diff := cmp.Diff([]string{"a,b,notes", "a,c,notes"}, findings); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"c.facts.loops"}, questions); diff != "" {
			t.Error(diff)
		}
		if o.Findings[0].Message != "a and b share notes" {
			t.Error(o.Findings[0].Message)
		}
	})
	circle := `elements:
  - {id: a, kind: agent, facts: {loops: no}}
  - {id: b, kind: agent, facts: {loops: yes}}
  - {id: c, kind: orchestrator, facts: {loops: no}}
  - {id: d, kind: agent}
  - {id: e, kind: agent, facts: {loops: yes}}
  - {id: t, kind: tool}
flows:
  - {kind: delegation, from: a, to: b}
  - {kind: delegation, from: b, to: c}
  - {kind: message, from: c, to: a}
  - {kind: message, from: c, to: d}
  - {kind: message, from: e, to: e}
  - {kind: tool-call, from: d, to: t}
  - {kind: tool-result, from: t, to: d}
`
	t.Run("cycle", func(t *testing.T) {
		set := load(t, "on: cycle\nkinds: [delegation, message, tool-call, tool-result]\nwhen: cycle.members.exists(m, m.facts.loops) && cycle.flows.all(f, !f.facts.persistent || f.facts.persistent)\nmessage: '{cycle.names} ({cycle.size})'\nrequires: ['corrupt@cycle.any']\ngrants: ['misact@cycle.all']\n")
		o := evaluate(t, set, system(t, circle))
		findings, questions := ids(o)
		if len(findings) != 0 {
			t.Errorf("%q", findings)
		}
		want := []string{"delegation:a->b.facts.persistent", "delegation:b->c.facts.persistent", "message:c->a.facts.persistent", "message:e->e.facts.persistent"}
		if diff := cmp.Diff(want, questions); diff != "" {
			t.Error(diff)
		}
		set = load(t, "on: cycle\nkinds: [delegation, message]\nwhen: cycle.members.exists(m, m.facts.loops)\nmessage: '{cycle.names} ({cycle.size})'\nrequires: ['corrupt@cycle.any']\ngrants: ['misact@cycle.all']\n")
		o = evaluate(t, set, system(t, circle))
		findings, _ = ids(o)
		if diff := cmp.Diff([]string{"a,b,c", "e"}, findings); diff != "" {
			t.Error(diff)
		}
		if o.Findings[0].Message != "a, b, c (3)" {
			t.Error(o.Findings[0].Message)
		}
		wantSteps := []result.Step{
			{Needs: []result.Need{{Powers: []string{"corrupt@a", "corrupt@b", "corrupt@c"}, K: 1}}, Gives: []string{"misact@a", "misact@b", "misact@c"}},
			{Needs: []result.Need{{Powers: []string{"corrupt:own@a", "corrupt:own@b", "corrupt:own@c"}, K: 1}}, Gives: []string{"misact:own@a", "misact:own@b", "misact:own@c"}},
		}
		if diff := cmp.Diff(wantSteps, o.Findings[0].Steps); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"1 of (corrupt@a | corrupt@b | corrupt@c)"}, o.Findings[0].Requires); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("change", func(t *testing.T) {
		set := load(t, "on: change\nkinds: [agent]\nwhen: '!old.present || !new.present || old.facts.loops != new.facts.loops'\nmessage: '{old.name}>{new.name}'\n")
		now := system(t, "elements:\n  - {id: a, kind: agent, facts: {loops: yes}}\n  - {id: n, kind: agent}\n  - {id: s, kind: agent, facts: {loops: no}}\n  - {id: u, kind: agent}\n")
		old := system(t, "elements:\n  - {id: a, kind: agent, facts: {loops: no}}\n  - {id: g, kind: agent}\n  - {id: s, kind: agent, facts: {loops: no}}\n  - {id: u, kind: agent, facts: {loops: no}}\n")
		if o := evaluate(t, set, now); len(o.Findings)+len(o.Questions) != 0 {
			t.Errorf("a change without an older system: %+v", o)
		}
		o, err := Evaluate(context.Background(), set, now, EvaluateOptions{Old: old})
		if err != nil {
			t.Fatal(err)
		}
		findings, questions := ids(o)
		if diff := cmp.Diff([]string{"a", "g", "n"}, findings); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"u.facts.loops"}, questions); diff != "" {
			t.Error(diff)
		}
		flows := load(t, "on: change\nkinds: [tool-call]\nwhen: '!old.present'\nmessage: '{new.from.name} gained {new.to.name}'\n")
		o, err = Evaluate(context.Background(), flows, system(t, team), EvaluateOptions{Old: system(t, strings.Replace(team, "  - {kind: tool-call, from: c, to: shell}\n", "", 1))})
		if err != nil {
			t.Fatal(err)
		}
		if len(o.Findings) != 1 || o.Findings[0].Message != "c gained shell" {
			t.Errorf("%+v", o.Findings)
		}
	})
}

// TestChangesAcrossRenames: what was moved or renamed is the same still, and a bind at an element that was looks at what
// stands there now.
func TestChangesAcrossRenames(t *testing.T) {
	old := system(t, `elements:
  - {id: "a.py:desk", kind: agent}
  - {id: clerk, kind: agent}
  - {id: key, kind: credential}
  - {id: spare, kind: credential}
  - {id: gone, kind: credential}
flows:
  - {kind: credential-use, from: "a.py:desk", to: key}
  - {kind: credential-use, from: clerk, to: key}
  - {kind: credential-use, from: clerk, to: spare}
  - {kind: credential-use, from: clerk, to: gone}
`)
	now := system(t, `elements:
  - {id: "b.py:desk", kind: agent}
  - {id: key, kind: credential}
  - {id: spare, kind: credential}
flows:
  - {kind: credential-use, from: "b.py:desk", to: key}
`)
	const rule = "on: change\nkinds: [credential-use]\nwhen: old.present && !new.present && stays(old.to)\nmessage: '{old.to.name}'\n"
	for _, c := range []struct {
		bind string
		want []string
	}{
		{"", []string{"credential-use:clerk->key", "credential-use:clerk->spare"}},
		{"bind: [{name: still, kinds: [credential-use], to: old.to, absent: true}]\n", []string{"credential-use:clerk->spare"}},
	} {
		o, err := Evaluate(context.Background(), load(t, rule+c.bind), now, EvaluateOptions{Old: old})
		if err != nil {
			t.Fatal(err)
		}
		if findings, _ := ids(o); !cmp.Equal(c.want, findings) {
			t.Errorf("%q: %s", c.bind, cmp.Diff(c.want, findings))
		}
	}
}

// TestTogether: a fact that whoever knows one knows all is asked once of each system, and alone where there is one only.
func TestTogether(t *testing.T) {
	set := load(t, "on: flow\nkinds: [credential-use]\nwhen: flow.from.facts.retired\nmessage: x\n")
	const world = `elements:
  - {id: a, kind: agent, system: one}
  - {id: b, kind: agent, system: one}
  - {id: c, kind: agent, system: two}
  - {id: k, kind: credential}
flows:
  - {kind: credential-use, from: a, to: k}
  - {kind: credential-use, from: b, to: k}
  - {kind: credential-use, from: c, to: k}
`
	o := evaluate(t, set, system(t, world))
	_, questions := ids(o)
	if diff := cmp.Diff([]string{"*:one.facts.retired", "c.facts.retired"}, questions); diff != "" {
		t.Fatal(diff)
	}
	one := o.Questions[0]
	if one.Text != "is any of these no longer in use: a, b?" || one.Hangs != 2 || !cmp.Equal(one.Elements, []string{"a", "b"}) {
		t.Errorf("%+v", one)
	}
	// The answer holds where nobody says otherwise.
	answered := system(t, strings.Replace(world, "b, kind: agent, system: one", "b, kind: agent, system: one, facts: {retired: yes}", 1)+
		"answers:\n  - {question: \"*:one.facts.retired\", answer: no}\n")
	findings, questions := ids(evaluate(t, set, answered))
	if diff := cmp.Diff([]string{"credential-use:b->k"}, findings); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"c.facts.retired"}, questions); diff != "" {
		t.Error(diff)
	}
}

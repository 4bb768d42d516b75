package attack

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fermata/internal/model"
	"fermata/internal/result"
)

// world is a small system: a page that strangers write, an agent that reads it through a tool and can run a shell.
func world() Input {
	s := &model.System{
		Elements: []*model.Element{
			{ID: "agent", Kind: model.Agent, Name: "agent", Layer: "L3"},
			{ID: "boss", Kind: model.Reviewer, Name: "boss", Layer: "L5"},
			{ID: "host", Kind: model.Runtime, Name: "host", Layer: "L4"},
			{ID: "reader", Kind: model.Tool, Name: "reader", Layer: "L3"},
			{ID: "shell", Kind: model.Tool, Name: "shell", Layer: "L3"},
			{ID: "web", Kind: model.External, Name: "web", Layer: "L7"},
		},
		Assets:    []model.Asset{{ID: "machine", Name: "the machine", Element: "host", Capability: model.Execute, Loss: "host"}},
		Attackers: []model.Attacker{{ID: "content-author", Starts: []model.Start{{Capability: "influence@web", Reason: "writes pages"}}}},
	}
	s.Sort()
	return Input{
		System: s,
		Findings: []result.Finding{
			finding("enters", 0.5, "influence@web", "influence@reader"),
			finding("exec", 0.5, "invoke@shell", "execute@host"),
			finding("inject", 0.25, "influence@reader", "hijack@agent"),
			finding("misuse", 1, "hijack@agent", "invoke@shell"),
		},
		Controls: map[string]Control{
			"approval":  {ID: "approval", Blocks: true, Efficacy: 1, DefeatedBy: []model.Capability{model.Deceive}},
			"spotlight": {ID: "spotlight", Efficacy: 0.5},
		},
	}
}

func finding(id string, p float64, needs, gives string) result.Finding {
	f := result.Finding{
		ID: id, Rule: id, Title: id, Layers: []string{"L3"}, Maps: map[string][]string{"atlas": {"AML.T0051"}},
		Elements: []string{"agent"}, Success: &result.Range{Low: p, Mode: p, High: p},
		Requires: []string{needs}, Grants: []string{gives},
	}
	broad := result.Step{Gives: strings.Split(gives, " ")}
	for _, n := range strings.Split(needs, " ") {
		broad.Needs = append(broad.Needs, result.Need{Powers: []string{n}, K: 1})
	}
	f.Steps = []result.Step{broad, own(broad)}
	return f
}

// own is the same step in the attacker's own scope.
func own(s result.Step) result.Step {
	narrow := func(p string) string { return strings.Replace(p, "@", ":own@", 1) }
	out := result.Step{}
	for _, n := range s.Needs {
		out.Needs = append(out.Needs, result.Need{Powers: []string{narrow(n.Powers[0])}, K: n.K})
	}
	for _, g := range s.Gives {
		out.Gives = append(out.Gives, narrow(g))
	}
	return out
}

// failer is what *testing.T and *rapid.T share.
type failer interface{ Fatal(args ...any) }

func analyse(t failer, in Input) *Output {
	out, err := Analyse(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func statusOf(out *Output, id string) (result.Status, string) {
	for _, f := range out.Findings {
		if f.ID == id {
			return f.Status, f.Why
		}
	}
	return "", ""
}

func TestChainIsLive(t *testing.T) {
	out := analyse(t, world())
	for _, f := range out.Findings {
		if f.Status != result.Live || f.Severity != "critical" {
			t.Errorf("%s is %s %s, want live critical", f.ID, f.Status, f.Severity)
		}
	}
	if len(out.Paths) != 1 {
		t.Fatalf("%d paths, want 1", len(out.Paths))
	}
	p := out.Paths[0]
	var hops []string
	for _, h := range p.Steps {
		hops = append(hops, h.Finding+" "+h.Layer+" "+strings.Join(h.Gains, ","))
	}
	want := []string{"enters L3 influence@reader", "inject L3 hijack@agent", "misuse L3 invoke@shell", "exec L4 execute@host"}
	if !reflect.DeepEqual(hops, want) {
		t.Errorf("hops %q, want %q", hops, want)
	}
	if cost := -math.Log(0.5 * 0.25 * 0.5); math.Abs(p.Cost-cost) > 1e-9 {
		t.Errorf("cost %v, want %v", p.Cost, cost)
	}
	if !reflect.DeepEqual(p.Layers, []string{"L3", "L4"}) || p.Start[0].Power != "influence@web" || p.Start[0].Reason != "writes pages" {
		t.Errorf("layers %v, start %v", p.Layers, p.Start)
	}
}

// A finding about several things one by one is one step; a path says which of them it passes, and is of their part of the
// tree only.
func TestPathTellsWhatItPasses(t *testing.T) {
	in := world()
	in.System.Elements = append(in.System.Elements, &model.Element{ID: "twin", Kind: model.Agent, Name: "twin", Layer: "L3", Scope: "test"})
	in.System.Sort()
	f := &in.Findings[2] // inject
	f.Elements, f.Each = []string{"agent", "reader", "twin"}, []string{"agent", "twin"}
	f.Message, f.Told = "reader steers agent, twin", "reader steers "+result.Here
	for i := range f.Steps {
		f.Steps[i].Gives = append(f.Steps[i].Gives, strings.Replace(f.Steps[i].Gives[0], "agent", "twin", 1))
	}
	out := analyse(t, in)
	if len(out.Paths) != 1 {
		t.Fatalf("%d paths, want 1", len(out.Paths))
	}
	p := out.Paths[0]
	if h := p.Steps[1]; h.Message != "reader steers agent" || !reflect.DeepEqual(h.Each, []string{"agent"}) {
		t.Errorf("the step says %q and passes %q", h.Message, h.Each)
	}
	if h := p.Steps[0]; h.Message != "" || h.Each != nil {
		t.Errorf("a step about one thing says %q and passes %q", h.Message, h.Each)
	}
	if p.Scope != "main" {
		t.Errorf("the path is of %s", p.Scope)
	}
	r := result.Result{System: *in.System}
	if at := r.At(&p.Steps[1], f); at.Message != "reader steers agent" || !reflect.DeepEqual(at.Elements, []string{"agent", "reader"}) {
		t.Errorf("the step is %q, about %q", at.Message, at.Elements)
	}
	if f.Elements[2] != "twin" {
		t.Error("the finding itself was changed")
	}
}

// Ways through one step to several things are several ways, and ways that take a step more for nothing are none.
func TestWaysThroughEach(t *testing.T) {
	in := world()
	in.System.Elements = append(in.System.Elements, &model.Element{ID: "twin", Kind: model.Agent, Name: "twin", Layer: "L3"})
	in.System.Sort()
	f := &in.Findings[2]
	f.Elements, f.Each = []string{"agent", "reader", "twin"}, []string{"agent", "twin"}
	for i := range f.Steps {
		f.Steps[i].Gives = append(f.Steps[i].Gives, strings.Replace(f.Steps[i].Gives[0], "agent", "twin", 1))
	}
	in.Findings = append(in.Findings, finding("misuse-too", 1, "hijack@twin", "invoke@shell"), finding("talk", 1, "hijack@agent", "hijack@twin"))
	var passed []string
	for _, p := range analyse(t, in).Paths {
		passed = append(passed, strings.Join(p.Steps[1].Each, ","))
	}
	if !reflect.DeepEqual(passed, []string{"agent", "twin"}) {
		t.Errorf("the ways pass %q", passed)
	}
}

func place(in *Input, finding, control, by, effect string, state model.State) {
	for i := range in.Findings {
		if in.Findings[i].ID == finding {
			in.Findings[i].Controls = append(in.Findings[i].Controls, result.Control{Control: control, On: "shell", By: by, State: state, Effect: effect})
		}
	}
}

func TestBlockingControl(t *testing.T) {
	in := world()
	place(&in, "misuse", "approval", "boss", "blocks", model.DeclaredOnly)
	out := analyse(t, in)
	if s, why := statusOf(out, "misuse"); s != result.Blocked || why != "blocked by approval on shell" {
		t.Errorf("misuse is %s: %s", s, why)
	}
	if s, _ := statusOf(out, "exec"); s != result.Blocked {
		t.Errorf("exec is %s, want blocked: what follows from a blocked step is blocked", s)
	}
	if s, _ := statusOf(out, "inject"); s != result.Live {
		t.Errorf("inject is %s, want live: it comes before the control", s)
	}
	if len(out.Paths) != 0 {
		t.Errorf("paths remain: %v", out.Paths)
	}

	in.Trust = model.Evidenced // a claim is not enough now
	if s, _ := statusOf(analyse(t, in), "misuse"); s != result.Live {
		t.Errorf("misuse is %s at trust evidenced, want live", s)
	}
	for _, state := range []model.State{model.Unseen, model.Absent, model.Refuted} {
		in := world()
		place(&in, "misuse", "approval", "boss", "blocks", state)
		if s, _ := statusOf(analyse(t, in), "misuse"); s != result.Live {
			t.Errorf("misuse is %s with a control that is %s, want live", s, state)
		}
	}
}

func TestDefeatedControl(t *testing.T) {
	in := world()
	place(&in, "misuse", "approval", "boss", "blocks", model.Tested)
	in.Findings = append(in.Findings, finding("flatter", 0.5, "hijack@agent", "deceive@boss"))
	out := analyse(t, in)
	if s, why := statusOf(out, "exec"); s != result.Live {
		t.Fatalf("exec is %s (%s), want live: the approver is deceived", s, why)
	}
	found := false
	for _, h := range out.Paths[0].Steps {
		found = found || h.Finding == "flatter"
	}
	if !found {
		t.Error("the path does not show how the approver is defeated")
	}
}

// TestConditionEnded: a control that ends a condition does so where it stands, is trusted, and is not defeated. One that is
// merely listed does not.
func TestConditionEnded(t *testing.T) {
	condition := func(effect string, state model.State) Input {
		in := world()
		f := finding("gap", 1, "", "")
		f.Steps, f.Requires, f.Grants, f.Severity = nil, nil, nil, "medium"
		in.Findings = append(in.Findings, f)
		place(&in, "gap", "approval", "boss", effect, state)
		return in
	}
	if s, why := statusOf(analyse(t, condition("ends", model.Tested)), "gap"); s != result.Blocked || why != "ended by approval on shell" {
		t.Errorf("gap is %s: %s", s, why)
	}
	for _, in := range []Input{condition("blocks", model.Tested), condition("ends", model.Unseen)} {
		if s, _ := statusOf(analyse(t, in), "gap"); s != result.Condition {
			t.Errorf("gap is %s, want a condition", s)
		}
	}
	in := condition("ends", model.Tested)
	in.Findings = append(in.Findings, finding("flatter", 0.5, "hijack@agent", "deceive@boss"))
	if s, _ := statusOf(analyse(t, in), "gap"); s != result.Condition {
		t.Errorf("gap is %s, want a condition: who ends it is deceived", s)
	}
	claimed := condition("ends", model.DeclaredOnly)
	claimed.Trust = model.Evidenced
	if s, _ := statusOf(analyse(t, claimed), "gap"); s != result.Condition {
		t.Errorf("gap is %s, want a condition: a claim is not enough", s)
	}
}

func TestWeakeningControlCosts(t *testing.T) {
	in := world()
	before := analyse(t, in).Paths[0].Cost
	place(&in, "inject", "spotlight", "", "weakens", model.Tested)
	after := analyse(t, in).Paths[0].Cost
	if math.Abs(after-before-math.Ln2) > 1e-9 {
		t.Errorf("cost went from %v to %v, want ln 2 more", before, after)
	}
}

func TestOnePlacementCountsOnce(t *testing.T) {
	// The same placement guards two steps of one chain: in the graph it is one node, and the chain fails or holds with it.
	in := world()
	place(&in, "misuse", "approval", "boss", "blocks", model.Tested)
	place(&in, "exec", "approval", "boss", "blocks", model.Tested)
	in.Findings = append(in.Findings, finding("flatter", 0.5, "hijack@agent", "deceive@boss"))
	out := analyse(t, in)
	count := 0
	for _, h := range out.Paths[0].Steps {
		if h.Finding == "flatter" {
			count++
		}
	}
	if count != 1 {
		t.Errorf("the approver is deceived %d times on one path, want once", count)
	}
}

func TestUnreachableSaysWhatIsMissing(t *testing.T) {
	in := world()
	in.System.Attackers = nil
	if s, why := statusOf(analyse(t, in), "inject"); s != result.Unreachable || why != "no source of harm gains influence over reader" {
		t.Errorf("inject is %s: %s", s, why)
	}
}

func TestOwnScopeIsNoLoss(t *testing.T) {
	in := world()
	in.System.Attackers[0].Starts[0].Capability = "influence:own@web"
	out := analyse(t, in)
	if s, _ := statusOf(out, "exec"); s != result.Live {
		t.Errorf("exec is %s, want live in the attacker's own session", s)
	}
	if len(out.Paths) != 0 {
		t.Error("harm to one's own session is listed as a loss")
	}
	in.System.Assets[0].Scope = model.ScopeOwn
	if len(analyse(t, in).Paths) == 0 {
		t.Error("an asset with scope own has no path")
	}
}

func TestTogetherOnly(t *testing.T) {
	in := world()
	in.Findings = append(in.Findings, finding("both", 0.5, "influence@web corrupt@agent", "blind@boss"))
	in.System.Assets = append(in.System.Assets, model.Asset{ID: "sight", Name: "sight", Element: "boss", Capability: model.Blind, Loss: "oversight"})
	in.System.Attackers = append(in.System.Attackers, model.Attacker{ID: "mishap", Starts: []model.Start{{Capability: "corrupt@agent", Reason: "errs"}}})
	in.System.Sort()
	for _, p := range analyse(t, in).Paths {
		if p.Goal.Asset == "sight" && p.Attacker != "content-author+mishap" {
			t.Errorf("attacker %s, want both", p.Attacker)
		}
	}
}

func TestChokesAndBlast(t *testing.T) {
	in := world()
	place(&in, "misuse", "approval", "", "blocks", model.Unseen)
	out := analyse(t, in)
	var names []string
	for _, c := range out.Chokes {
		names = append(names, c.Finding+c.Control)
	}
	if want := []string{"enters", "exec", "inject", "misuse", "approval"}; !reflect.DeepEqual(names, want) {
		t.Errorf("choke points %v, want %v", names, want)
	}
	if len(out.Blast) != 2 || out.Blast[0].Element != "agent" || !reflect.DeepEqual(out.Blast[0].Elements, []string{"host", "shell"}) ||
		!reflect.DeepEqual(out.Blast[0].Assets, []string{"machine"}) || out.Blast[0].ByLayer["L4"] != 1 || out.Blast[0].Depth != 2 {
		t.Errorf("blast %+v", out.Blast)
	}
}

func TestAccepted(t *testing.T) {
	in := world()
	in.Accepted = map[string]string{"exec": "the machine is thrown away after each run"}
	if s, why := statusOf(analyse(t, in), "exec"); s != result.Accepted || !strings.HasPrefix(why, "the machine") {
		t.Errorf("exec is %s: %s", s, why)
	}
}

// random draws a system of findings over a few powers.
func random(t *rapid.T) Input {
	in := world()
	in.Findings = nil
	subjects := []string{"agent", "boss", "host", "reader", "shell", "web"}
	capabilities := []string{"influence", "hijack", "invoke", "execute", "deceive"}
	power := func(label string) string {
		return rapid.SampledFrom(capabilities).Draw(t, label) + "@" + rapid.SampledFrom(subjects).Draw(t, label+" on")
	}
	for i := range rapid.IntRange(1, 12).Draw(t, "findings") {
		needs := power("need")
		if rapid.Bool().Draw(t, "two") {
			needs += " " + power("second need")
		}
		f := finding(fmt.Sprintf("f%02d", i), rapid.SampledFrom([]float64{0.1, 0.5, 0.9}).Draw(t, "p"), needs, power("grant"))
		f.Elements = []string{rapid.SampledFrom(subjects).Draw(t, "element")}
		in.Findings = append(in.Findings, f)
	}
	return in
}

func pathCosts(out *Output) map[string]float64 {
	costs := map[string]float64{}
	for _, p := range out.Paths {
		key := p.Attacker + ">" + p.Goal.Asset
		if old, ok := costs[key]; !ok || p.Cost < old {
			costs[key] = p.Cost
		}
	}
	return costs
}

// TestControlsNeverHelpAttackers: adding a control never adds a path, makes one cheaper, or brings a finding to life;
// leaving a finding out neither.
func TestControlsNeverHelpAttackers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := random(t)
		before := analyse(t, in)
		with := in
		with.Findings = append([]result.Finding(nil), in.Findings...)
		i := rapid.IntRange(0, len(in.Findings)-1).Draw(t, "guarded")
		control, effect := "spotlight", "weakens"
		if rapid.Bool().Draw(t, "blocks") {
			control, effect = "approval", "blocks"
		}
		with.Findings[i].Controls = []result.Control{{Control: control, On: "shell", By: "boss", State: model.Tested, Effect: effect}}
		without := in
		without.Findings = append(append([]result.Finding(nil), in.Findings[:i]...), in.Findings[i+1:]...)
		for name, after := range map[string]*Output{"control": analyse(t, with), "removal": analyse(t, without)} {
			old := pathCosts(before)
			for key, cost := range pathCosts(after) {
				if was, ok := old[key]; !ok || cost < was-1e-9 {
					t.Fatalf("%s: path %s costs %v, was %v (%v)", name, key, cost, was, ok)
				}
			}
			for _, f := range after.Findings {
				if s, _ := statusOf(before, f.ID); f.Status == result.Live && s != result.Live {
					t.Fatalf("%s: %s came to life", name, f.ID)
				}
			}
		}
	})
}

// TestWorkersDoNotMatter asks the same of one worker and of many.
func TestWorkersDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := guarded(t)
		in.Workers = 1
		one := analyse(t, in)
		in.Workers = 8
		if !reflect.DeepEqual(one, analyse(t, in)) {
			t.Fatal("another number of workers gave another answer")
		}
	})
}

// TestOrderDoesNotMatter: findings and system in another order give the same output.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := random(t)
		want := analyse(t, in)
		shuffled := in
		shuffled.Findings = rapid.Permutation(in.Findings).Draw(t, "order")
		got := analyse(t, shuffled)
		if !reflect.DeepEqual(got.Paths, want.Paths) || !reflect.DeepEqual(got.Chokes, want.Chokes) || !reflect.DeepEqual(got.Blast, want.Blast) {
			t.Fatal("another order of findings gave another answer")
		}
	})
}

// TestPathsHold replays every path: each step's needs are met by what the attacker starts with and gained before.
func TestPathsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := random(t)
		out := analyse(t, in)
		byID := map[string]*result.Finding{}
		for i := range out.Findings {
			byID[out.Findings[i].ID] = &out.Findings[i]
		}
		for _, p := range out.Paths {
			have := map[string]bool{}
			gain := func(text string) {
				q, err := model.ParsePower(text)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range append([]model.Capability{q.Capability}, implied[q.Capability]...) {
					have[model.Power{Capability: c, Scope: q.Scope, On: q.On}.String()] = true
					have[model.Power{Capability: c, Scope: model.ScopeOwn, On: q.On}.String()] = true
				}
			}
			for _, s := range p.Start {
				gain(s.Power)
			}
			for _, h := range p.Steps {
				met := false
				for _, step := range byID[h.Finding].Steps {
					ok := true
					for _, n := range step.Needs {
						ok = ok && have[n.Powers[0]]
					}
					met = met || ok
				}
				if !met {
					t.Fatalf("path %s: %s is taken before its needs are met", p.ID, h.Finding)
				}
				for _, g := range h.Gains {
					gain(g)
				}
			}
			if !have[p.Goal.Capability+"@"+p.Goal.Element] {
				t.Fatalf("path %s does not end at its goal", p.ID)
			}
		}
	})
}

// TestChokesWeighSeverity has a finding that holds two losses of availability, and one that holds the machine: the graver
// one comes first, although it is one.
func TestChokesWeighSeverity(t *testing.T) {
	in := world()
	in.Findings = []result.Finding{
		finding("grave", 1, "influence@web", "execute@host"),
		finding("petty", 1, "influence@web", "exhaust@agent exhaust@reader"),
	}
	for _, on := range []string{"agent", "reader"} {
		in.System.Assets = append(in.System.Assets, model.Asset{ID: "service of " + on, Name: on, Element: on, Capability: model.Exhaust, Loss: "availability"})
	}
	in.System.Sort()
	out := analyse(t, in)
	if len(out.Chokes) != 2 || out.Chokes[0].Finding != "grave" || len(out.Chokes[1].Goals) != 2 {
		t.Errorf("choke points %+v, want grave before petty", out.Chokes)
	}
}

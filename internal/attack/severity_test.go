package attack

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fermata/internal/model"
	"fermata/internal/result"
)

// guarded draws a small and dense system: several losses, steps that share premises, sets of which K are needed, controls.
func guarded(t *rapid.T) Input {
	in := world()
	in.Findings = nil
	power := func(label string) string {
		return rapid.SampledFrom([]string{"influence", "hijack", "invoke", "deceive"}).Draw(t, label) + "@" + rapid.SampledFrom([]string{"agent", "boss", "web"}).Draw(t, label+" on")
	}
	in.System.Assets = nil
	for i, loss := range []string{"host", "money", "oversight", "availability"} {
		p, _ := model.ParsePower(power("loss"))
		in.System.Assets = append(in.System.Assets, model.Asset{ID: fmt.Sprintf("asset%d", i), Name: loss, Element: p.On, Capability: p.Capability, Loss: loss})
	}
	in.System.Attackers = append(in.System.Attackers, model.Attacker{ID: "user", Starts: []model.Start{{Capability: power("start"), Reason: "asks"}}})
	in.System.Sort()
	for i := range rapid.IntRange(4, 18).Draw(t, "findings") {
		needs := power("need")
		if rapid.Bool().Draw(t, "two") {
			needs += " " + power("second need")
		}
		p := rapid.SampledFrom([]float64{0.14, 0.3, 0.5, 0.7, 0.9}).Draw(t, "chance")
		f := finding(fmt.Sprintf("f%02d", i), p, needs, power("grant"))
		if rapid.IntRange(0, 4).Draw(t, "set") == 0 {
			powers := []string{power("a"), power("b"), power("c")}
			f.Steps = []result.Step{{Needs: []result.Need{{Powers: powers, K: rapid.IntRange(1, 3).Draw(t, "k")}}, Gives: f.Steps[0].Gives}}
		}
		if rapid.IntRange(0, 3).Draw(t, "has control") == 0 {
			f.Controls = append(f.Controls, drawControl(t))
		}
		in.Findings = append(in.Findings, f)
	}
	return in
}

func drawControl(t *rapid.T) result.Control {
	c := result.Control{
		Control: "spotlight", Effect: "weakens", State: model.Tested,
		On: rapid.SampledFrom([]string{"shell", "reader"}).Draw(t, "on"), By: rapid.SampledFrom([]string{"", "boss"}).Draw(t, "by"),
	}
	if rapid.Bool().Draw(t, "blocks") {
		c.Control, c.Effect = "approval", "blocks"
	}
	return c
}

// TestSharedStepIsNoGraver: a way that uses one step twice looks likelier once each step counts once. A control on the other way
// turns the search to it, and no severity may rise by that.
func TestSharedStepIsNoGraver(t *testing.T) {
	in := world()
	in.Findings = []result.Finding{
		finding("direct", 0.015, "influence@web", "execute@host"),
		finding("inject", 0.13, "influence@web", "hijack@agent"),
		finding("misuse", 0.9, "hijack@agent", "invoke@shell"),
		finding("flatter", 0.9, "hijack@agent", "deceive@boss"),
		finding("exec", 0.9, "invoke@shell deceive@boss", "execute@host"),
	}
	before := analyse(t, in)
	place(&in, "direct", "spotlight", "", "weakens", model.Tested)
	after := analyse(t, in)
	for _, out := range []*Output{before, after} {
		if out.Losses[0].Severity != "high" || out.Paths[0].Severity != "high" {
			t.Errorf("the loss is %s and its path %s, want high", out.Losses[0].Severity, out.Paths[0].Severity)
		}
		for _, f := range out.Findings {
			if f.Severity != "high" {
				t.Errorf("%s is %s, want high", f.ID, f.Severity)
			}
		}
	}
	if p := after.Paths[0]; len(p.Steps) != 4 || chance(p.Cost) < likely {
		t.Errorf("the path has %d steps and a chance of %g; the test is about one that looks likely", len(p.Steps), chance(p.Cost))
	}
}

// leadsTo lists the findings from whose grants a power can be gained, at the least by name.
func leadsTo(in Input, power string) map[string]bool {
	wanted, found := map[string]bool{}, map[string]bool{}
	add := func(text string) {
		p, _ := model.ParsePower(text)
		wanted[string(p.Capability)+"@"+p.On] = true
		for from, to := range implied {
			if slices.Contains(to, p.Capability) {
				wanted[string(from)+"@"+p.On] = true
			}
		}
	}
	add(power)
	for grew := true; grew; {
		grew = false
		for _, f := range in.Findings {
			gives := slices.ContainsFunc(f.Steps, func(s result.Step) bool {
				return slices.ContainsFunc(s.Gives, func(g string) bool {
					p, _ := model.ParsePower(g)
					return wanted[string(p.Capability)+"@"+p.On]
				})
			})
			if found[f.ID] || !gives {
				continue
			}
			found[f.ID], grew = true, true
			for _, s := range f.Steps {
				for _, n := range s.Needs {
					for _, p := range n.Powers {
						add(p)
					}
				}
			}
			for _, c := range f.Controls {
				if c.By != "" {
					add("deceive@" + c.By)
				}
			}
		}
	}
	return found
}

// TestControlNeverRaisesSeverity: with one control more no loss, no path and no finding is graver than before, and there is
// no path that was not there. The one exception is what defeats that control: it gets a part in what the control guards, and
// is then no graver than the guarded steps were without it.
func TestControlNeverRaisesSeverity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := guarded(t)
		before := analyse(t, in)
		with := in
		with.Findings = slices.Clone(in.Findings)
		placed := drawControl(t)
		worst := severityIndex("info") // of the steps that it is placed at
		some := false
		for i := range with.Findings {
			if rapid.IntRange(0, 2).Draw(t, "placed") == 0 {
				some = true
				with.Findings[i].Controls = append(slices.Clone(in.Findings[i].Controls), placed)
				if before.Findings[i].Status == result.Live {
					worst = min(worst, severityIndex(before.Findings[i].Severity))
				}
			}
		}
		if !some {
			return
		}
		after := analyse(t, with)
		defeats := map[string]bool{}
		if placed.By != "" {
			defeats = leadsTo(with, "deceive@"+placed.By)
		}
		for i := range after.Findings {
			x, y := &before.Findings[i], &after.Findings[i]
			if y.Status != result.Live {
				continue
			}
			if x.Status != result.Live {
				t.Fatalf("%s comes to life", y.ID)
			}
			was, is := severityIndex(x.Severity), severityIndex(y.Severity)
			if defeats[y.ID] {
				was = min(was, worst)
			}
			if is < was {
				t.Fatalf("%s is %s with %s by %q, and was %s", y.ID, y.Severity, placed.Control, placed.By, x.Severity)
			}
		}
		losses := map[string]int{}
		for _, l := range before.Losses {
			losses[l.Asset] = severityIndex(l.Severity)
		}
		for _, l := range after.Losses {
			if was, ok := losses[l.Asset]; !ok || severityIndex(l.Severity) < was {
				t.Fatalf("the loss %s is %s and was %d", l.Asset, l.Severity, was)
			}
		}
		paths := worstPaths(before)
		for key, severity := range worstPaths(after) {
			was, ok := paths[key]
			if asset, together := strings.CutPrefix(key, "+>"); together { // who is stopped alone may go on with others, as before
				was, ok = losses[asset]
			}
			if !ok || severity < was {
				t.Fatalf("the path %s is %s and was not (%v)", key, result.Severities[severity], ok)
			}
		}
	})
}

// worstPaths is the severity of the first way of each source of harm to each loss.
func worstPaths(out *Output) map[string]int {
	worst := map[string]int{}
	for i := range out.Paths {
		p := &out.Paths[i]
		key := fmt.Sprintf("%s>%s", p.Attacker, p.Goal.Asset)
		if strings.Contains(p.Attacker, "+") {
			key = "+>" + p.Goal.Asset
		}
		if old, ok := worst[key]; !ok || severityIndex(p.Severity) < old {
			worst[key] = severityIndex(p.Severity)
		}
	}
	return worst
}

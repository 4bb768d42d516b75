package pipeline

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fermata/internal/attack"
	"fermata/internal/devtool/casestudy"
	"fermata/internal/model"
	"fermata/internal/result"
)

// cases are the folders of the guide's case studies, by the ids of the catalogue.
var cases = map[string]string{"CASE-rpa": "rpa-expense", "CASE-eliza": "eliza-os", "CASE-mcp": "mcp"}

func scanExample(t *testing.T, e *Engine, name string) *result.Result {
	t.Helper()
	r, err := e.Scan(context.Background(), Input{Path: filepath.Join("..", "..", "examples", name), Questions: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Diagnostics {
		t.Errorf("%s: %s", name, d.Message)
	}
	return r
}

// TestCases: every threat that the guide names for a case is found in the model of the case (live, or a condition where
// it can only be one), and nothing at all is live or lacking in the hardened
// twin. In both, no fact is left to ask.
func TestCases(t *testing.T) {
	e := shipped(t)
	seen := 0
	for _, c := range e.Catalog().Cases() {
		seen++
		t.Run(c.Entry.ID, func(t *testing.T) {
			folder := cases[c.Entry.ID]
			open, hard := scanExample(t, e, folder), scanExample(t, e, folder+"-hardened")
			for _, row := range c.Rows {
				for _, threat := range row.Threats {
					if !slices.ContainsFunc(open.Findings, func(f result.Finding) bool {
						return (f.Status == result.Live || f.Status == result.Condition) && slices.Contains(f.Maps["owasp-asi"], threat.ID)
					}) {
						t.Errorf("%s (%s) is not found in %s", threat.ID, threat.Title, folder)
					}
				}
			}
			mended(t, open, hard)
		})
	}
	if seen != len(cases) {
		t.Errorf("the catalogue has %d cases, the examples %d", seen, len(cases))
	}
}

// mended holds that nothing is live or lacking in the hardened twin of a case, and that no fact of either is left to ask.
func mended(t *testing.T, open, hard *result.Result) {
	t.Helper()
	for _, f := range hard.Findings {
		if f.Status == result.Live || f.Status == result.Condition {
			t.Errorf("%s: live: %s: %s", hard.System.Name, f.ID, f.Message)
		}
	}
	for _, r := range []*result.Result{open, hard} {
		for _, q := range r.Questions {
			if !strings.HasPrefix(q.Fact, "control.") {
				t.Errorf("%s: open question: %s", r.System.Name, q.Text)
			}
		}
	}
}

// desk is the written case of our own, and deskShows the threats that it is there to show, by the rules that find them: those
// to models of one's own, to registries and prices, and to guards that can be talked to. No published case has them.
const desk = "buying-desk"

var deskShows = []string{
	"agent-approver-steered", "agents-train-on-own-output", "asked-partner-tells", "bargained-into-bad-deal", "capability-claims-unchecked",
	"card-swapped-in-registry", "context-handed-outside", "exposed-model-endpoint", "guard-fails-open", "guardrail-evasion",
	"hidden-context-exposure", "instructions-sent-away", "learning-loop-poisoning", "long-lived-key-in-traces", "model-copied-by-asking",
	"monitor-tells-what-it-saw", "offer-priced-to-deceive", "poisoned-runtime-image", "rogue-agent-joins", "steered-guard-lets-pass",
	"trained-in-data-comes-out", "training-data-poisoning",
}

// TestBuyingDesk: what the buying desk is there to show is live in it. What ends in a loss comes out as a path; a guard that
// is deceived is no loss by itself, and a model errs untaught too: there a live step is enough.
func TestBuyingDesk(t *testing.T) {
	e := shipped(t)
	open, hard := scanExample(t, e, desk), scanExample(t, e, desk+"-hardened")
	onPath := map[string]bool{}
	for _, p := range open.Paths {
		for _, s := range p.Steps {
			rule, _, _ := strings.Cut(s.Finding, "@")
			onPath[rule] = true
		}
	}
	noPath := []string{"agent-approver-steered", "agents-train-on-own-output", "guard-fails-open", "guardrail-evasion", "steered-guard-lets-pass"}
	for _, id := range deskShows {
		if !slices.ContainsFunc(open.Findings, func(f result.Finding) bool { return f.Rule == id && f.Status == result.Live }) {
			t.Errorf("%s is not live", id)
		}
		if want := !slices.Contains(noPath, id); onPath[id] != want {
			t.Errorf("%s: stands on a path: %v, want %v", id, onPath[id], want)
		}
	}
	mended(t, open, hard)
}

// enforcers are the kinds of elements that a hardened twin may have beside those of its original.
var enforcers = []model.Kind{model.Guardrail, model.Monitor, model.Reviewer, model.Policy, model.IdentityProvider}

// TestTwins: a hardened twin is its original and controls. Elements, flows, facts, boundaries, assets and sources of harm
// are the same; what is more are controls, and elements that enforce or watch, with their flows. So what ends the threats
// are the controls, and not other facts.
func TestTwins(t *testing.T) {
	e := shipped(t)
	for _, folder := range append(slices.Sorted(maps.Values(cases)), desk) {
		t.Run(folder, func(t *testing.T) {
			open, hard := scanExample(t, e, folder).System, scanExample(t, e, folder+"-hardened").System
			added := map[string]bool{}
			was := map[string]string{}
			for _, x := range open.Elements {
				was[x.ID] = told(t, x)
			}
			for _, x := range hard.Elements {
				added[x.ID] = was[x.ID] == ""
			}
			for _, x := range hard.Elements {
				serves := x.Kind == model.Runtime && !slices.ContainsFunc(hard.Flows, func(f *model.Flow) bool { return f.From == x.ID && !added[f.To] })
				if added[x.ID] && !slices.Contains(enforcers, x.Kind) && !serves {
					t.Errorf("%s is added, and a %s enforces nothing", x.ID, x.Kind)
				}
			}
			asItWas(t, was, hard.Elements, func(x *model.Element) (string, bool) { return x.ID, added[x.ID] })
			was = map[string]string{}
			for _, x := range open.Flows {
				was[x.ID] = told(t, x)
			}
			asItWas(t, was, hard.Flows, func(x *model.Flow) (string, bool) { return x.ID, added[x.From] || added[x.To] })
			was = map[string]string{}
			for _, x := range open.Boundaries {
				was[x.ID] = told(t, x)
			}
			asItWas(t, was, hard.Boundaries, func(x model.Boundary) (string, bool) { return x.ID, false })
			was = map[string]string{}
			for _, x := range open.Assets {
				was[x.ID] = told(t, x)
			}
			asItWas(t, was, hard.Assets, func(x model.Asset) (string, bool) { return x.ID, added[x.Element] })
			starts := func(s model.System) (out []string) {
				for _, x := range s.Attackers {
					for _, y := range x.Starts {
						out = append(out, x.ID+" "+y.Capability)
					}
				}
				return out
			}
			was = map[string]string{}
			for _, x := range starts(open) {
				was[x] = told(t, x)
			}
			asItWas(t, was, starts(hard), func(x string) (string, bool) {
				_, on, _ := strings.Cut(x, "@")
				return x, added[on]
			})
			was = map[string]string{}
			for _, x := range open.Controls {
				was[x.Control+"@"+x.On] = told(t, x)
			}
			if len(hard.Controls) <= len(open.Controls) {
				t.Error("the twin has no control more")
			}
			asItWas(t, was, hard.Controls, func(x model.Placement) (string, bool) { return x.Control + "@" + x.On, true })
		})
	}
}

// asItWas holds that the twin has every part of its original as it was, and beside these only such as may be added.
func asItWas[T any](t *testing.T, was map[string]string, twin []T, name func(T) (id string, more bool)) {
	t.Helper()
	for _, x := range twin {
		id, more := name(x)
		old, there := was[id]
		if now := told(t, x); there && now != old {
			t.Errorf("%s is another in the twin:\n%s\n%s", id, old, now)
		}
		if !there && !more {
			t.Errorf("%s is added, and is no control", id)
		}
		delete(was, id)
	}
	for id := range was {
		t.Errorf("the twin lacks %s", id)
	}
}

// told is a part of a system as text, without the places in files.
func told(t *testing.T, part any) string {
	t.Helper()
	text, err := json.Marshal(part)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	var strip func(v any)
	strip = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "evidence")
			for _, w := range v {
				strip(w)
			}
		case []any:
			for _, w := range v {
				strip(w)
			}
		}
	}
	strip(tree)
	if text, err = json.Marshal(tree); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestScenarios follows the guide's six chains across layers through the live findings of the expense case: each step
// is a finding of a rule that needs what the step before gave. Each chain stands in one path of the result, or the
// scenario says why it does not.
func TestScenarios(t *testing.T) {
	r := scanExample(t, shipped(t), "rpa-expense")
	for i := range casestudy.Scenarios {
		s := &casestudy.Scenarios[i]
		if _, missing := s.Findings(r); missing >= 0 {
			t.Errorf("scenario %s: no live finding of %s leads to %s", s.Name, s.Steps[missing].Rule, s.Steps[missing].Gains)
			continue
		}
		switch p := s.Path(r); {
		case p == nil && s.Why == "":
			t.Errorf("scenario %s: no path of the result holds it", s.Name)
		case p != nil && s.Why != "":
			t.Errorf("scenario %s: %s holds it, and yet it is said that none does", s.Name, p.ID)
		case p == nil:
			for _, leg := range s.Legs() {
				derive(t, r, &leg)
			}
		}
	}
}

// derive holds that the analysis itself makes a path of the chain, where its steps are all that there is: from the
// power that it starts from to the last that it gives.
func derive(t *testing.T, r *result.Result, s *casestudy.Scenario) {
	t.Helper()
	found, _ := s.Findings(r)
	alone := make([]result.Finding, len(found))
	for i, f := range found {
		alone[i] = *f
	}
	power := func(text string) model.Power {
		capability, on, _ := strings.Cut(text, "@")
		return model.Power{Capability: model.Capability(capability), Scope: model.ScopeAll, On: on}
	}
	end := power(s.Steps[len(s.Steps)-1].Gains)
	system := r.System
	system.Attackers = []model.Attacker{{ID: "mishap", Starts: []model.Start{{Capability: power(s.Start).String()}}}}
	system.Assets = []model.Asset{{ID: "end", Element: end.On, Capability: end.Capability, Loss: "decision"}}
	out, err := attack.Analyse(context.Background(), attack.Input{System: &system, Findings: alone})
	if err != nil {
		t.Fatal(err)
	}
	again := result.Result{Findings: out.Findings, Paths: out.Paths}
	if s.Path(&again) == nil {
		t.Errorf("scenario %s: its findings make no path from %s to %s", s.Name, s.Start, end)
	}
}

// TestAtlasCases: the chain that ATLAS published for a case comes out as one path of the case's model, from the stated
// source of harm to the stated loss; what no hop shows is explained, and nothing is called missing that the path shows.
// Each remedy takes the path away or makes it less likely.
func TestAtlasCases(t *testing.T) {
	e := shipped(t)
	scan := func(dir string) (*result.Result, error) {
		return e.Scan(context.Background(), Input{Path: dir, Questions: -1})
	}
	cases, err := casestudy.Load(filepath.Join("..", "..", filepath.FromSlash(casestudy.Folder)), e.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 12 {
		t.Errorf("%d case studies are modelled, and twelve at the least are promised", len(cases))
	}
	for _, c := range cases {
		t.Run(filepath.Base(c.Dir), func(t *testing.T) {
			t.Parallel()
			r, err := scan(c.Dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range r.Diagnostics {
				t.Error(d.Message)
			}
			shown, err := c.Follow(r)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Remedied(shown, scan); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestBadChains: a chain that is not the catalogue's, or that leaves something open, is refused with the place.
func TestBadChains(t *testing.T) {
	catalog := shipped(t).Catalog()
	good, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(casestudy.Folder), "cs0039-jira-mcp", "chain.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ old, with, want string }{
		"as it stands":      {"", "", ""},
		"no such case":      {"AML.CS0039", "AML.CS9999", "chain.yaml:1:7: the catalogue knows no steps of AML.CS9999"},
		"another technique": {"AML.T0095", "AML.T0096", "chain.yaml:10:17: step 2 is AML.T0095, not AML.T0096"},
		"a misspelt key":    {"from:", "form:", `"form" is not a key of a chain`},
		"unknown reason":    {"not: outside", "not: boring", `"boring" is none of the reasons`},
		"no sentence":       {", why: the text of the ticket is written at home", "", `"outside" needs a sentence`},
		"a step too few":    {"  - {technique: AML.T0093, hop: untrusted-content-enters}\n", "", "step 4 is AML.T0093, not AML.T0051.001"},
		"neither":           {", hop: tool-misuse", "", "a step has a hop, or a word"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "cs0039-jira-mcp")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			text := strings.Replace(string(good), test.old, test.with, 1)
			if err := os.WriteFile(filepath.Join(dir, "chain.yaml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			switch _, err := casestudy.Read(dir, catalog); {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

package pipeline

import (
	"fmt"
	"slices"
	"testing"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/score"
)

// scoredExamples are systems with agents, tools, stores, people and controls of all kinds.
var scoredExamples = []string{"support-desk", "rpa-expense"}

// deriving are the systems that between them look at every fact.
var deriving = []string{score.AIVSS05, score.AIVSS08}

// scoresOf scores the first live finding of each rule by these systems, by "finding system".
func scoresOf(d *score.Deriver, r *result.Result) map[string]*result.Score {
	out := map[string]*result.Score{}
	done := map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Status != result.Live || f.Severity == "info" || done[f.Rule] {
			continue
		}
		done[f.Rule] = true
		for _, system := range deriving {
			if s, _ := d.Finding(f, system, ""); s != nil {
				out[f.ID+" "+system] = s
			}
		}
	}
	return out
}

// judgedFacts are the facts that scores look at.
var judgedFacts = []string{
	"autonomous", "loops", "bounded", "open-delegation", "self-modifying", "untrusted-output", "untrusted-writers", "persistent", "sensitive",
	"personal-data", "irreversible", "typed-input", "fixed-commands", "complete", "open-registration", "content", "authenticated", "remote",
	"principal", "auto-update",
}

// judgedFlows are the kinds of flows whose facts scores look at.
var judgedFlows = map[string][]model.FlowKind{
	"content": {model.PromptFlow, model.Handoff, model.Delegation}, "authenticated": {model.PromptFlow}, "remote": {model.PromptFlow},
	"principal": {model.ToolCall}, "auto-update": {model.Supply},
}

// TestScoresUnknown holds, for each fact and effect of each element and flow, that the range of a score while the fact
// is not known contains the range of each answer.
func TestScoresUnknown(t *testing.T) {
	for _, name := range scoredExamples[:1] {
		r := scanExample(t, shipped(t), name)
		d := score.NewDeriver(r)
		changed := 0
		try := func(what string, facts map[string]model.Fact, fact string, values []string) {
			old, had := facts[fact]
			defer func() {
				if delete(facts, fact); had {
					facts[fact] = old
				}
			}()
			facts[fact] = model.Fact{Value: model.Unknown, Origin: model.Assumed}
			open := scoresOf(d, r)
			for _, v := range values {
				facts[fact] = model.Fact{Value: v, Origin: model.Declared}
				for key, s := range scoresOf(d, r) {
					wide := open[key]
					if wide == nil {
						t.Fatalf("%s: %s has no score while %s is unknown", name, key, what)
					}
					if s.Low < wide.Low || s.High > wide.High {
						t.Errorf("%s: %s is %v to %v with %s %s, and %v to %v while it is unknown", name, key, s.Low, s.High, what, v, wide.Low, wide.High)
					}
					if s.Low != wide.Low || s.High != wide.High {
						changed++
					}
				}
				if t.Failed() {
					t.FailNow()
				}
			}
		}
		for _, info := range model.Facts {
			if !slices.Contains(judgedFacts, info.Name) {
				continue
			}
			values := info.Values
			switch {
			case values == nil:
				values = []string{model.Yes, model.No}
			case len(values) == 0:
				continue
			}
			if info.On == "element" {
				for _, e := range r.System.Elements {
					if info.Kinds == nil || slices.Contains(info.Kinds, e.Kind) {
						try(e.ID+"."+info.Name, e.Facts, info.Name, values)
					}
				}
				continue
			}
			for _, f := range r.System.Flows {
				if kinds := judgedFlows[info.Name]; !slices.Contains(kinds, f.Kind) {
					continue
				}
				try(f.ID+"."+info.Name, f.Facts, info.Name, values)
			}
		}
		for _, e := range r.System.Elements {
			if e.Kind != model.Tool && e.Kind != model.MCPServer {
				continue
			}
			for _, effect := range []string{"exec", "db-read", "money", "message-send", "identity-admin"} {
				try(e.ID+"."+effect, e.Effects, effect, []string{model.Yes, model.No})
			}
		}
		if changed == 0 {
			t.Errorf("%s: no fact narrows any score", name)
		}
	}
}

func askedOf(fact string, kind model.Kind) bool {
	for _, info := range model.Facts {
		if info.Name == fact && info.On == "element" {
			return info.Kinds == nil || slices.Contains(info.Kinds, kind)
		}
	}
	return false
}

// TestScoresControls holds that no control raises a score as its presence becomes better shown.
func TestScoresControls(t *testing.T) {
	states := []model.State{model.Refuted, model.Absent, model.Unseen, model.DeclaredOnly, model.Evidenced, model.Tested}
	for _, name := range scoredExamples {
		r := scanExample(t, shipped(t), name)
		d := score.NewDeriver(r)
		lowered := 0
		for i := range r.Findings {
			f := &r.Findings[i]
			for c := range f.Controls {
				old := f.Controls[c].State
				last := map[string]*result.Score{}
				for _, state := range states {
					f.Controls[c].State = state
					for _, system := range score.IDs() {
						s, _ := d.Finding(f, system, "")
						if s == nil {
							continue
						}
						if before := last[system]; before != nil {
							if s.High > before.High || s.Low > before.Low {
								t.Errorf("%s: %s by %s: %v to %v with %s %s, before %v to %v", name, f.ID, system, s.Low, s.High, f.Controls[c].Control, state, before.Low, before.High)
							}
							if s.High < before.High {
								lowered++
							}
						}
						last[system] = s
					}
				}
				f.Controls[c].State = old
			}
		}
		if lowered == 0 {
			t.Errorf("%s: no control lowers any score", name)
		}
	}
}

// TestScoresWorse holds that facts which make things worse never lower a score.
func TestScoresWorse(t *testing.T) {
	for _, name := range scoredExamples {
		r := scanExample(t, shipped(t), name)
		d := score.NewDeriver(r)
		raised := 0
		for fact, worse := range map[string]string{
			"autonomous": model.Yes, "loops": model.Yes, "bounded": model.No, "open-delegation": model.Yes, "self-modifying": model.Yes,
			"untrusted-output": model.Yes, "untrusted-writers": model.Yes, "persistent": model.Yes, "sensitive": model.Yes,
			"personal-data": model.Yes, "irreversible": model.Yes, "typed-input": model.No, "fixed-commands": model.No, "complete": model.No,
		} {
			better := map[string]string{model.Yes: model.No, model.No: model.Yes}[worse]
			for _, e := range r.System.Elements {
				if !askedOf(fact, e.Kind) {
					continue
				}
				old, had := e.Facts[fact]
				e.Facts[fact] = model.Fact{Value: better, Origin: model.Declared}
				before := scoresOf(d, r)
				e.Facts[fact] = model.Fact{Value: worse, Origin: model.Declared}
				for key, s := range scoresOf(d, r) {
					if b := before[key]; s.High < b.High || s.Low < b.Low {
						t.Errorf("%s: %s falls from %v to %v with %s of %s %s", name, key, b.High, s.High, fact, e.ID, worse)
					} else if s.High > b.High {
						raised++
					}
				}
				if delete(e.Facts, fact); had {
					e.Facts[fact] = old
				}
			}
		}
		if raised == 0 {
			t.Errorf("%s: no fact raises any score", name)
		}
	}
}

// TestScoresSame holds that scores depend on the result alone: a second deriver says the same, whatever was asked first.
func TestScoresSame(t *testing.T) {
	r := scanExample(t, shipped(t), "support-desk")
	first := scoresOf(score.NewDeriver(r), r)
	d := score.NewDeriver(r)
	for i := len(r.Findings) - 1; i >= 0; i-- {
		f := &r.Findings[i]
		for _, system := range deriving {
			s, _ := d.Finding(f, system, "")
			want, scored := first[f.ID+" "+system]
			if got, want := fmt.Sprintf("%+v", s), fmt.Sprintf("%+v", want); scored && got != want {
				t.Fatalf("%s by %s: %s, and before %s", f.ID, system, got, want)
			}
		}
	}
}

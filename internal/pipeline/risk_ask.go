package pipeline

import (
	"context"
	"slices"
	"sort"

	"fermata/internal/result"
	"fermata/internal/risk"
	"fermata/internal/rule"
)

// How many questions are solved again for their risk: each costs an evaluation and a sketch for every answer.
const (
	riskAsked     = 24  // of a small system
	riskAskedMany = 8   // of one with more than riskSmall findings
	riskSmall     = 300 // findings
)

// Weighed says how many questions, those of one make as one, AskRisk has solved again, and of how many.
type Weighed struct {
	Done, Of int
	Notes    []string
}

// AskRisk ranks the open questions of a result by what their answers do to the expected loss a year. The first ones in the
// order of the result are solved again under each answer; the others keep their order behind them. Ranks go by the first
// unit, money before units; the next decides where that does not differ.
func (e *Engine) AskRisk(ctx context.Context, r *result.Result, o RiskOptions) (*Weighed, error) {
	groups := QuestionGroups(r.Questions, &r.System)
	done := &Weighed{Of: len(groups)}
	if len(groups) == 0 {
		return done, nil
	}
	if err := e.checkRisk(r); err != nil {
		return nil, err
	}
	t, err := e.try(ctx, r)
	if err != nil {
		return nil, err
	}
	done.Notes = t.notes()
	if len(t.findings) > comparedFindings {
		done.Notes = append(done.Notes, "the system is too large to solve its risk again under answers; the order is that of fermata ask")
		return done, nil
	}
	in, err := t.riskInput(&r.System, t.findings, o, false)
	if err != nil {
		return nil, err
	}
	if err := currencyKnown(in, o.Currency); err != nil {
		return nil, err
	}
	now, err := risk.Estimate(ctx, *in)
	if err != nil {
		return nil, err
	}
	most := riskAsked
	if len(t.findings) > riskSmall {
		most = riskAskedMany
	}
	except := notAssumed(&r.System)
	for i := range groups {
		if done.Done == most {
			break
		}
		var names []string
		var under []risk.Sketch
		for _, value := range riskAnswers(groups[i].Questions[0]) {
			s, ok, err := t.riskUnder(ctx, groups[i].Questions, value, except, o)
			if err != nil {
				return nil, err
			}
			if ok {
				names, under = append(names, value), append(under, s)
			}
		}
		if len(under) < 2 {
			continue // nothing to compare
		}
		done.Done++
		if o.Progress != nil {
			o.Progress("solving under answers", done.Done, min(most, len(groups)))
		}
		for _, q := range groups[i].Questions {
			q.Risk = risk.Answers(now, names, under)
		}
	}
	sort.SliceStable(r.Questions, func(i, j int) bool { return riskier(r.Questions[i].Risk, r.Questions[j].Risk) })
	return done, nil
}

// riskier tells whether the answers of one question differ more than those of another; one that was not solved differs least.
func riskier(a, b []result.QuestionRisk) bool {
	if (a == nil) != (b == nil) {
		return b == nil
	}
	difference := func(list []result.QuestionRisk, unit string) float64 {
		for i := range list {
			if list[i].Unit == unit {
				return list[i].Difference.Mean
			}
		}
		return 0
	}
	units := risk.Sketch{}
	for _, x := range append(slices.Clone(a), b...) {
		units[x.Unit] = nil
	}
	for _, unit := range units.Units() {
		if x, y := difference(a, unit), difference(b, unit); x != y {
			return x > y
		}
	}
	return false
}

// riskAnswers are the answers that are compared: for a question about all effects, all of them and none.
func riskAnswers(q *result.Question) []string {
	out := answers(*q)
	if q.Lists() {
		out = append(out, noEffects)
	}
	return out
}

// riskUnder sketches the system as if questions had been answered, all alike. It reports false for an answer that cannot be
// put into the model.
func (t *trial) riskUnder(ctx context.Context, alike []*result.Question, value string, except map[string]bool, o RiskOptions) (risk.Sketch, bool, error) {
	system := t.r.System.Clone()
	for _, q := range alike {
		if !answer(system, *q, value) {
			return nil, false, nil
		}
	}
	assumeAnew(system, except)
	outcome, err := rule.Evaluate(ctx, t.engine.rules, system, rule.EvaluateOptions{EveryPlace: true})
	if err != nil {
		return nil, false, err
	}
	findings := slices.Concat(outcome.Findings, t.carried)
	sort.SliceStable(findings, func(i, j int) bool { return findings[i].ID < findings[j].ID })
	under, err := t.riskInput(system, findings, o, false)
	if err != nil {
		return nil, false, err
	}
	s, err := risk.Estimate(ctx, *under)
	return s, true, err
}

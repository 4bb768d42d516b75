package pipeline

import (
	"context"

	"fermata/internal/result"
	"fermata/internal/risk"
)

// HardenRisk chooses the controls that leave the least expected loss a year for a budget of effort; with a budget of 0, as
// long as a further one is worth its effort. Where losses are in several units, the one named by the currency counts, else
// money before units.
func (e *Engine) HardenRisk(ctx context.Context, r *result.Result, budget float64, o RiskOptions) (*result.RiskPlan, error) {
	t, in, err := e.reckoning(ctx, r, o, true)
	if err != nil {
		return nil, err
	}
	unit, units := o.Currency, risk.UnitsOf(in)
	if unit == "" && len(units) > 0 {
		unit = units[0] // currencies are capital letters, and come before units
	}
	in.Progress = o.stage("weighing controls")
	plan, err := risk.Choose(ctx, *in, unit, budget)
	if err != nil {
		return nil, err
	}
	plan.System, plan.Trust = r.System.Name, r.Trust
	for i := range plan.Steps {
		if p := e.Pattern(plan.Steps[i].Control); p != nil {
			plan.Steps[i].Breaks = p.Breaks
		}
	}
	if plan.Ways, err = e.otherwise(ctx, r, plan, budget, o); err != nil {
		return nil, err
	}
	plan.Notes = append(t.notes(), plan.Notes...)
	if len(units) > 1 && o.Currency == "" {
		plan.Notes = append(plan.Notes, "losses in other units than "+unit+" are not counted here; --currency chooses")
	}
	return plan, nil
}

// otherwise tells with what a plan by ways begins where that is not how a plan by risk does; nil where both begin alike or one
// of them has no step.
func (e *Engine) otherwise(ctx context.Context, r *result.Result, plan *result.RiskPlan, budget float64, o RiskOptions) (*result.RiskWays, error) {
	ways, err := e.Harden(ctx, r, "", budget, o.Scopes...)
	if err != nil || len(ways.Steps) == 0 || len(plan.Steps) == 0 {
		return nil, err
	}
	first := &ways.Steps[0]
	if first.Control == plan.Steps[0].Control && first.On == plan.Steps[0].On {
		return nil, nil
	}
	out := &result.RiskWays{Control: first.Control, On: first.On}
	for i := range plan.Steps {
		if plan.Steps[i].Control == first.Control && plan.Steps[i].On == first.On {
			out.Step = i + 1
		}
	}
	return out, nil
}

// BesideRisk says in a plan by ways where it stands beside one by expected loss. A plan with a goal is not compared, since expected loss is
// that of all losses; nor is one of a large system, which would wait for it.
func (e *Engine) BesideRisk(ctx context.Context, r *result.Result, plan *result.Plan, o RiskOptions) error {
	if plan.Goal != "" || len(plan.Steps) == 0 {
		return nil
	}
	if len(r.Findings) > comparedFindings {
		plan.Notes = append(plan.Notes, "the system is too large to hold this plan against expected loss beside it; fermata harden --by risk plans by that")
		return nil
	}
	_, in, err := e.reckoning(ctx, r, o, true)
	if err != nil {
		return err
	}
	units := risk.UnitsOf(in)
	if len(units) == 0 {
		return nil
	}
	var ids []string
	for i := range plan.Steps {
		ids = append(ids, plan.Steps[i].Control+"@"+plan.Steps[i].On)
	}
	in.Progress = o.stage("weighing the plan")
	plan.Risk, plan.ByRisk, err = risk.Beside(ctx, *in, units[0], ids)
	return err
}

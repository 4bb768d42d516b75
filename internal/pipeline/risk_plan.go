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
	t, err := e.try(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := e.checkRisk(r); err != nil {
		return nil, err
	}
	in, err := t.riskInput(&r.System, t.findings, o, true)
	if err != nil {
		return nil, err
	}
	if err := currencyKnown(in, o.Currency); err != nil {
		return nil, err
	}
	unit, units := o.Currency, risk.UnitsOf(in)
	if unit == "" && len(units) > 0 {
		unit = units[0] // currencies are capital letters, and come before units
	}
	plan, err := risk.Choose(ctx, *in, unit, budget)
	if err != nil {
		return nil, err
	}
	plan.System, plan.Trust = r.System.Name, r.Trust
	plan.Notes = append(t.notes(), plan.Notes...)
	if len(units) > 1 && o.Currency == "" {
		plan.Notes = append(plan.Notes, "losses in other units than "+unit+" are not counted here; --currency chooses")
	}
	return plan, nil
}

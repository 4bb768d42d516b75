package pipeline

import (
	"context"

	"fermata/internal/result"
	"fermata/internal/risk"
)

// BlastRisk says how far the fall of each element reaches by chance, and which agents are worth containing.
func (e *Engine) BlastRisk(ctx context.Context, r *result.Result, o RiskOptions) (*result.BlastRisks, error) {
	t, err := e.try(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := e.checkRisk(r); err != nil {
		return nil, err
	}
	in, err := t.riskInput(&r.System, t.findings, o, false)
	if err != nil {
		return nil, err
	}
	if err := currencyKnown(in, o.Currency); err != nil {
		return nil, err
	}
	out, err := risk.Blast(ctx, *in)
	if err != nil {
		return nil, err
	}
	out.System, out.Trust = r.System.Name, r.Trust
	out.Notes = append(append(t.notes(), unseen(r)...), out.Notes...)
	return out, nil
}

package pipeline

import (
	"context"
	"slices"

	"fermata/internal/result"
	"fermata/internal/risk"
)

// BlastRisk says how far the fall of each element reaches by chance, and which agents are worth containing.
func (e *Engine) BlastRisk(ctx context.Context, r *result.Result, o RiskOptions) (*result.BlastRisks, error) {
	t, in, err := e.reckoning(ctx, r, o, false)
	if err != nil {
		return nil, err
	}
	in.Progress = o.stage("letting elements fall")
	out, err := risk.Blast(ctx, *in)
	if err != nil {
		return nil, err
	}
	out.System, out.Trust = r.System.Name, r.Trust
	out.Notes = slices.Concat(t.notes(), unseen(r, o.Scopes), out.Notes)
	return out, nil
}

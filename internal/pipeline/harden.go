package pipeline

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"fermata/internal/attack"
	"fermata/internal/model"
	"fermata/internal/result"
)

// Harden plans which controls to place, in which order. The goal is the name of an asset, of an element whose losses are
// meant, of a class of loss, or a severity: that one and what is worse; empty means every loss. Only the parts of the
// tree that scopes names count; see [result.Result.Scopes].
func (e *Engine) Harden(ctx context.Context, r *result.Result, goal string, budget float64, scopes ...string) (*result.Plan, error) {
	parts := r.Scopes(scopes)
	named, err := wantedLosses(r, goal, parts)
	if err != nil {
		return nil, err
	}
	t, err := e.try(ctx, r)
	if err != nil {
		return nil, err
	}
	wanted := func(a *model.Asset, severity string) bool {
		return parts.Has(parts.Of(a.Element)) && (named == nil || named(a, severity))
	}
	t.findings = slices.DeleteFunc(slices.Clone(t.findings), func(f result.Finding) bool { return !parts.Has(parts.OfFinding(&f)) })
	plan, err := attack.Harden(ctx, t.input(t.findings), attack.Hardening{Offers: t.offers(), Wanted: wanted, Budget: budget})
	if err != nil {
		return nil, err
	}
	if err := t.afterPlan(ctx, plan); err != nil {
		return nil, err
	}
	plan.Goal = goal
	plan.Notes = append(t.notes(), plan.Notes...)
	return plan, nil
}

// afterPlan counts what is live with the whole plan in place, as whatif does, so that both say the same of the same controls.
func (t *trial) afterPlan(ctx context.Context, plan *result.Plan) error {
	if len(plan.Steps) == 0 {
		plan.After.Live = plan.Before.Live
		return nil
	}
	findings := slices.Clone(t.findings)
	for i := range findings {
		findings[i].Controls = slices.Clone(findings[i].Controls)
	}
	for i := range plan.Steps {
		if err := t.add(findings, &result.Change{Add: true, Control: plan.Steps[i].Control, On: plan.Steps[i].On}); err != nil {
			return err
		}
	}
	in := t.input(findings)
	in.Limits = attack.Limits{Paths: 1, Alternatives: 1, Goals: 1, Blast: 1}
	out, err := attack.Analyse(ctx, in)
	if err != nil {
		return err
	}
	t.conditions(out)
	plan.After.Live = result.CountStill(t.findings, out.Findings)
	if note := joinedAnew(plan.After.Live, out.Findings); note != "" {
		plan.Notes = append(plan.Notes, note)
	}
	return nil
}

// offers lists the controls that could be placed where a finding would look for them: on the kinds that each stands on.
func (t *trial) offers() []attack.Offer {
	type spot struct{ control, on string }
	seen := map[spot]bool{}
	var out []attack.Offer
	costs := map[string]float64{}
	for i := range t.findings {
		f := &t.findings[i]
		if len(f.Steps) == 0 {
			continue
		}
		for _, c := range f.Controls {
			at := spot{c.Control, c.On}
			definition := t.engine.rules.Controls.Get(c.Control)
			if seen[at] || definition == nil || !definition.StandsOn(t.kind(c.On)) {
				continue
			}
			seen[at] = true
			if _, ok := costs[c.Control]; !ok {
				costs[c.Control] = t.engine.effort(c.Control)
			}
			out = append(out, attack.Offer{Control: c.Control, On: c.On, Cost: costs[c.Control]})
		}
	}
	sort.Slice(out, func(i, j int) bool {
		return out[i].Control < out[j].Control || out[i].Control == out[j].Control && out[i].On < out[j].On
	})
	return out
}

// wantedLosses reads a goal.
func wantedLosses(r *result.Result, goal string, parts *result.Scopes) (func(*model.Asset, string) bool, error) {
	if goal == "" {
		return nil, nil
	}
	if at := slices.Index(result.Severities, goal); at >= 0 {
		return func(_ *model.Asset, severity string) bool { return slices.Index(result.Severities, severity) <= at }, nil
	}
	v := newView(r)
	element := ""
	if e := v.element(goal); e != nil {
		element = e.ID
	}
	ids := map[string]bool{}
	names := slices.Clone(result.Severities)
	for i := range r.System.Assets {
		a := &r.System.Assets[i]
		names = append(names, a.ID, a.Name, a.Loss)
		if a.ID == goal || strings.EqualFold(a.Name, goal) || a.Loss == goal || a.Element == element {
			ids[a.ID] = true
		}
	}
	if len(ids) > 0 {
		elsewhere := ""
		for i := range r.System.Assets {
			if a := &r.System.Assets[i]; ids[a.ID] {
				if scope := parts.Of(a.Element); !parts.Has(scope) {
					elsewhere = scope
					continue
				}
				elsewhere = ""
				break
			}
		}
		if elsewhere != "" {
			return nil, &AskError{fmt.Sprintf("--goal: %q is lost only in a part of the tree that is left out", goal), fmt.Sprintf("--scope %s counts it", elsewhere)}
		}
		return func(a *model.Asset, _ string) bool { return ids[a.ID] }, nil
	}
	if ids := v.called(goal); len(ids) > 1 {
		return nil, v.ambiguous(goal, ids)
	}
	for name := range v.aliases {
		names = append(names, name)
	}
	const otherwise = "say an asset, an element, a class of loss or a severity"
	if element != "" {
		return nil, &AskError{fmt.Sprintf("--goal: nothing is lost with %s", v.name(element)), otherwise}
	}
	return nil, notCalled(fmt.Sprintf("--goal: nothing that can be lost is called %q", goal), goal, names, otherwise)
}

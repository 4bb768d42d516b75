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
	"fermata/internal/rule"
)

// trial is a result whose controls can be moved. Controls never decide whether a rule applies, so the findings of a result
// are all that has to be solved again, its system is asked only where each control would count.
type trial struct {
	engine   *Engine
	r        *result.Result
	view     *view
	findings []result.Finding // with every place of their controls
	accepted map[string]string
	carried  []result.Finding // those that its system alone does not give: about code, or of other rules
	strange  int              // findings of rules that this program does not have, or has otherwise
}

func (e *Engine) try(ctx context.Context, r *result.Result) (*trial, error) {
	t := &trial{engine: e, r: r, view: newView(r), accepted: map[string]string{}}
	outcome, err := rule.Evaluate(ctx, e.rules, &r.System, rule.EvaluateOptions{EveryPlace: true})
	if err != nil {
		return nil, err
	}
	known := make(map[string]*result.Finding, len(outcome.Findings))
	for i := range outcome.Findings {
		known[outcome.Findings[i].ID] = &outcome.Findings[i]
	}
	for _, f := range r.Findings {
		if same := known[f.ID]; same != nil {
			f.Controls = same.Controls
			if len(f.Steps) == 0 {
				f.Severity = same.Severity // a condition's own; what controls make of it is worked out anew
			}
		} else {
			f.Controls = slices.Clone(f.Controls)
			if f.Code == nil {
				t.strange++
			} else {
				f.Controls = everyPlace(&f)
			}
		}
		if known[f.ID] == nil {
			t.carried = append(t.carried, f)
		}
		if f.Status == result.Accepted {
			t.accepted[f.ID] = f.Why
		}
		t.findings = append(t.findings, f)
	}
	return t, nil
}

// notes says what the answer rests on.
func (t *trial) notes() []string {
	out := []string{}
	if t.strange > 0 {
		out = append(out, fmt.Sprintf("%s of rules that this program does not have or has otherwise; for them a control counts only in the place that the result names", plural(t.strange, "finding is", "findings are")))
	}
	if t.r.Tool.Failed > 0 {
		out = append(out, "the analysis that this rests on is incomplete: "+plural(t.r.Tool.Failed, "part", "parts")+" of it failed")
	}
	return out
}

func (t *trial) input(findings []result.Finding) attack.Input {
	return attack.Input{System: &t.r.System, Findings: findings, Controls: t.engine.controls, Trust: model.State(t.r.Trust), Accepted: t.accepted}
}

// kind is what a control may stand on: the kind of an element or flow.
func (t *trial) kind(id string) string {
	if e, ok := t.view.elements[id]; ok {
		return string(e.Kind)
	}
	if f, ok := t.view.flows[id]; ok {
		return string(f.Kind)
	}
	return ""
}

// effort is what a control costs, as an ordinal: 1 for none to 4 for high. A control without a pattern costs 1.
func (e *Engine) effort(control string) float64 {
	if i := slices.Index(rule.CostWords, e.costs(control).Effort); i >= 0 {
		return float64(i + 1)
	}
	return 1
}

// friction is what a control costs those who use the system: 0 (none) to 3 (high).
func (e *Engine) friction(control string) float64 {
	return float64(max(slices.Index(rule.CostWords, e.costs(control).Friction), 0))
}

// costs is what a control's page says that it costs. It is kept: plans and risk ask for every place where a control could stand.
func (e *Engine) costs(control string) rule.Costs {
	if known, ok := e.costly.Load(control); ok {
		return known.(rule.Costs)
	}
	var costs rule.Costs
	if p := e.Pattern(control); p != nil {
		costs = p.Costs
	}
	e.costly.Store(control, costs)
	return costs
}

// control finds a control by its id or title.
func (e *Engine) control(name string) (*rule.Control, error) {
	if c := e.rules.Controls.Get(name); c != nil {
		return c, nil
	}
	names := e.controlIDs()
	for _, c := range e.rules.Controls {
		if strings.EqualFold(c.Title, name) {
			return c, nil
		}
		names = append(names, c.Title)
	}
	return nil, notCalled(fmt.Sprintf("no control is called %q", name), name, names, "fermata controls lists them")
}

// place finds an element or flow by its id, a short name, or FROM->TO for a flow. A name that several have is refused, with
// where each is written.
func (t *trial) place(name string) (string, error) {
	if _, ok := t.view.flows[name]; ok {
		return name, nil
	}
	if from, to, ok := strings.Cut(name, "->"); ok && t.view.elements[name] == nil {
		return t.flow(name, from, to)
	}
	ids := t.view.called(name)
	switch len(ids) {
	case 1:
		return ids[0], nil
	case 0:
		_, err := Element(t.r, name)
		if err == nil {
			err = &AskError{Message: fmt.Sprintf("no element is called %q", name)}
		}
		return "", err
	}
	return "", t.view.ambiguous(name, ids)
}

// called lists the elements of an id, name or alias; an id wins.
func (v *view) called(name string) []string {
	if _, ok := v.elements[name]; ok {
		return []string{name}
	}
	ids := slices.Clone(v.aliases[name])
	sort.Strings(ids)
	return slices.Compact(ids)
}

func (t *trial) flow(name, from, to string) (string, error) {
	ends := make([][]string, 2)
	for i, end := range []string{strings.TrimSpace(from), strings.TrimSpace(to)} {
		if ends[i] = t.view.called(end); len(ends[i]) == 0 {
			_, err := t.place(end)
			return "", err
		}
	}
	var ids []string
	for _, f := range t.r.System.Flows {
		if slices.Contains(ends[0], f.From) && slices.Contains(ends[1], f.To) {
			ids = append(ids, f.ID)
		}
	}
	switch len(ids) {
	case 1:
		return ids[0], nil
	case 0:
		return "", &AskError{Message: fmt.Sprintf("nothing flows from %s to %s", strings.TrimSpace(from), strings.TrimSpace(to))}
	}
	return "", t.view.ambiguous(name, ids)
}

// ambiguous lists what a name may mean.
func (v *view) ambiguous(name string, ids []string) error {
	var list []string
	for i, id := range ids {
		if i == 5 {
			list = append(list, fmt.Sprintf("and %d more", len(ids)-i))
			break
		}
		at := v.placeOf(id)
		if _, where, ok := strings.Cut(at, "  ["); ok {
			id += " (" + strings.TrimSuffix(where, "]") + ")"
		}
		list = append(list, id)
	}
	return &AskError{fmt.Sprintf("%q may mean %s", name, strings.Join(list, ", ")), "say which by its id"}
}

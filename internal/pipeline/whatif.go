package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"fermata/internal/attack"
	"fermata/internal/model"
	"fermata/internal/result"
)

// ParseChange takes +CONTROL@ELEMENT or -CONTROL@ELEMENT apart.
func ParseChange(text string) (add bool, control, on string, ok bool) {
	rest, add := strings.CutPrefix(text, "+")
	if !add {
		if rest, ok = strings.CutPrefix(text, "-"); !ok {
			return false, "", "", false
		}
	}
	control, on, ok = strings.Cut(rest, "@")
	return add, control, on, ok && control != "" && on != ""
}

// WhatIf solves a result again with controls placed, as if they were seen in code or configuration, or taken away. The
// whole is solved; what is told is of the parts of the tree that count.
func (e *Engine) WhatIf(ctx context.Context, r *result.Result, changes []string, scopes ...string) (*result.WhatIf, error) {
	t, err := e.try(ctx, r)
	if err != nil {
		return nil, err
	}
	doc, findings, err := t.solve(ctx, changes, scopes)
	if err != nil {
		return nil, err
	}
	return doc, t.compareRisk(ctx, doc, findings, scopes)
}

// solve is WhatIf without the expected loss, which takes most of the time. It gives the findings as they are with the changes,
// too.
func (t *trial) solve(ctx context.Context, changes, scopes []string) (*result.WhatIf, []result.Finding, error) {
	e, r := t.engine, t.r
	doc := &result.WhatIf{
		Schema: result.WhatIfSchema, System: r.System.Name, Trust: r.Trust, Notes: t.notes(),
		Losses: []result.LossChange{}, Ways: []result.WayChange{}, Findings: []result.FindingChange{}, Blast: []result.BlastChange{},
	}
	findings := slices.Clone(t.findings)
	for i := range findings {
		findings[i].Controls = slices.Clone(findings[i].Controls)
	}
	said := map[string]bool{}
	for _, text := range changes {
		add, name, where, ok := ParseChange(text)
		if !ok {
			return nil, nil, &InputError{Message: fmt.Sprintf("%q is no change; write +CONTROL@ELEMENT or -CONTROL@ELEMENT", text)}
		}
		control, err := e.control(name)
		if err != nil {
			return nil, nil, err
		}
		on, err := t.place(where)
		if err != nil {
			return nil, nil, err
		}
		key := control.ID + "@" + on
		if said[key] {
			return nil, nil, &InputError{Message: fmt.Sprintf("%s on %s is named twice", control.ID, on)}
		}
		said[key] = true
		change := result.Change{Add: add, Control: control.ID, On: on}
		if add {
			err = t.add(findings, &change)
		} else {
			err = t.takeAway(findings, &change)
		}
		if err != nil {
			return nil, nil, err
		}
		doc.Changes = append(doc.Changes, change)
	}
	limits := attack.Limits{Paths: 1 << 30, Alternatives: 1, Goals: 1}
	var out [2]*attack.Output
	var err error
	for i, list := range [][]result.Finding{t.findings, findings} {
		in := t.input(list)
		in.Limits = limits
		if out[i], err = attack.Analyse(ctx, in); err != nil {
			return nil, nil, err
		}
		if err = e.pathChances(&r.System, out[i]); err != nil {
			return nil, nil, err
		}
		t.conditions(out[i])
		t.narrow(out[i], r.Scopes(scopes))
	}
	compare(doc, out[0], out[1])
	return doc, findings, nil
}

// add puts a control in place for every finding for which it would count there.
func (t *trial) add(findings []result.Finding, change *result.Change) error {
	stands := 0
	for i := range findings {
		f := &findings[i]
		here := slices.IndexFunc(f.Controls, func(c result.Control) bool { return c.Control == change.Control && c.On == change.On })
		if here < 0 {
			continue
		}
		if t.counts(f.Controls[here].State) {
			stands++
			continue
		}
		placed := f.Controls[here]
		placed.State, placed.By, placed.Evidence = model.Evidenced, "", nil
		if t.r.Trust == string(model.Tested) {
			placed.State = model.Tested
		}
		f.Controls = append(slices.DeleteFunc(f.Controls, func(c result.Control) bool {
			return c.Control == change.Control && c.On == change.On && !t.counts(c.State)
		}), placed)
		change.Guards++
	}
	definition := t.engine.rules.Controls.Get(change.Control)
	kind := t.kind(change.On)
	switch {
	case stands > 0 && change.Guards == 0:
		change.Note = "it stands there already"
	case change.Guards == 0:
		change.Note = "no rule asks for it there, so it changes nothing"
		if !definition.StandsOn(kind) {
			change.Note += fmt.Sprintf("; it stands on %s, and this is of the kind %s", strings.Join(definition.Where, ", "), kind)
		}
	case !definition.StandsOn(kind):
		change.Note = fmt.Sprintf("it stands on %s, and this is of the kind %s, where it guards little", strings.Join(definition.Where, ", "), kind)
	}
	return nil
}

// counts tells whether a control in a state guards anything at the level of trust of the result.
func (t *trial) counts(state model.State) bool { return attack.Counts(state, model.State(t.r.Trust)) }

// takeAway removes a control that stands on a place.
func (t *trial) takeAway(findings []result.Finding, change *result.Change) error {
	there := slices.ContainsFunc(t.r.System.Controls, func(p model.Placement) bool {
		return p.Control == change.Control && p.On == change.On && stands(p.State)
	})
	if !there {
		return t.notThere(change)
	}
	for i := range findings {
		f := &findings[i]
		guards := false
		for k := range f.Controls {
			if c := &f.Controls[k]; c.Control == change.Control && c.On == change.On {
				guards = guards || t.counts(c.State)
				c.State = model.Absent
			}
		}
		if guards {
			change.Guards++
		}
	}
	if change.Guards == 0 {
		change.Note = "it guards no finding there, so nothing changes"
	}
	return nil
}

// notThere says that a control cannot be taken away, and where it could.
func (t *trial) notThere(change *result.Change) error {
	var places, controls []string
	for _, p := range t.r.System.Controls {
		if !stands(p.State) {
			continue
		}
		if p.Control == change.Control {
			places = append(places, p.On)
		}
		if p.On == change.On {
			controls = append(controls, p.Control)
		}
	}
	message, otherwise := fmt.Sprintf("%s does not stand on %s", change.Control, change.On), ""
	switch {
	case len(places) > 0:
		otherwise = "it stands on " + strings.Join(firstDistinct(places, 4), ", ")
	case len(controls) > 0:
		otherwise = "what stands there is " + strings.Join(firstDistinct(controls, 4), ", ")
	default:
		message += ", nor anywhere else"
	}
	return notCalled(message, change.On, places, otherwise)
}

// conditions gives accepted conditions their status: the attack graph does not know them.
func (t *trial) conditions(out *attack.Output) {
	for i := range out.Findings {
		f := &out.Findings[i]
		if why, ok := t.accepted[f.ID]; ok && f.Status == result.Condition {
			f.Status, f.Why = result.Accepted, why
		}
	}
}

// narrow leaves of an answer what lies in the parts of the tree that count.
func (t *trial) narrow(out *attack.Output, scopes *result.Scopes) {
	owner := map[string]string{}
	for i := range t.r.System.Assets {
		owner[t.r.System.Assets[i].ID] = t.r.System.Assets[i].Element
	}
	out.Findings = slices.DeleteFunc(out.Findings, func(f result.Finding) bool { return !scopes.Has(scopes.OfFinding(&f)) })
	out.Paths = slices.DeleteFunc(out.Paths, func(p result.Path) bool { return !scopes.Has(p.Scope) })
	out.Losses = slices.DeleteFunc(out.Losses, func(l attack.Loss) bool { return !scopes.Has(scopes.Of(owner[l.Asset])) })
	out.Blast = slices.DeleteFunc(out.Blast, func(b result.Blast) bool { return !scopes.Has(scopes.Of(b.Element)) })
}

// compare fills in what differs between two analyses of the same findings.
func compare(doc *result.WhatIf, before, after *attack.Output) {
	doc.Before, doc.After = standingOf(before), standingOf(after)
	doc.After.Live = result.CountStill(before.Findings, after.Findings)
	if note := joinedAnew(doc.After.Live, after.Findings); note != "" {
		doc.Notes = append(doc.Notes, note)
	}
	for i := range before.Findings {
		x, y := &before.Findings[i], &after.Findings[i]
		if x.Status != y.Status || x.Severity != y.Severity {
			doc.Findings = append(doc.Findings, result.FindingChange{
				Finding: x.ID, Before: x.Status, After: y.Status, SeverityBefore: x.Severity, SeverityAfter: y.Severity, Why: y.Why,
			})
		}
	}
	compareWays(doc, before, after)
	compareBlast(doc, before, after)
}

// joinedAnew says what a scan would count with changes in place, where that is not what is counted here: by the causes of today.
func joinedAnew(still map[string]int, after []result.Finding) string {
	var words []string
	same, n := true, 0
	fresh := result.CountLive(after)
	for _, s := range result.Severities {
		if s == "info" {
			continue // leads to no loss
		}
		same = same && fresh[s] == still[s]
		if n += fresh[s]; fresh[s] > 0 {
			words = append(words, fmt.Sprintf("%d %s", fresh[s], s))
		}
	}
	if same {
		return ""
	}
	says := plural(n, "live finding", "live findings")
	if n > 0 {
		says += " (" + strings.Join(words, ", ") + ")"
	}
	return "live findings are counted by the causes of today; a scan with all of it in place finds the causes anew and says " + says
}

// wayKey names a way: what several sources of harm do together is one way, whoever they are.
func wayKey(p *result.Path) string {
	if strings.Contains(p.Attacker, "+") {
		return "+>" + p.Goal.Asset
	}
	return p.Attacker + ">" + p.Goal.Asset
}

func standingOf(out *attack.Output) result.Standing {
	s := result.Standing{Live: result.CountLive(out.Findings), Losses: map[string]int{}}
	for _, l := range out.Losses {
		s.Losses[l.Severity]++
	}
	s.Ways = len(waysOf(out))
	return s
}

func waysOf(out *attack.Output) map[string]*result.Path {
	ways := map[string]*result.Path{}
	for i := range out.Paths {
		ways[wayKey(&out.Paths[i])] = &out.Paths[i]
	}
	return ways
}

func compareWays(doc *result.WhatIf, before, after *attack.Output) {
	old, now := waysOf(before), waysOf(after)
	keys := map[string]bool{}
	for k := range old {
		keys[k] = true
	}
	for k := range now {
		keys[k] = true
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		x, y := old[key], now[key]
		if x != nil && y != nil && x.Cost == y.Cost && x.Severity == y.Severity {
			continue
		}
		attacker, asset, _ := strings.Cut(key, ">")
		way := result.WayChange{Attacker: attacker, Asset: asset}
		if x != nil {
			way.Attacker, way.Before = x.Attacker, wayOf(x)
		}
		if y != nil {
			way.Attacker, way.After = y.Attacker, wayOf(y)
		}
		doc.Ways = append(doc.Ways, way)
	}
	worst := func(w *result.WayChange) int {
		rank := len(result.Severities)
		for _, side := range []*result.Way{w.Before, w.After} {
			if side != nil {
				rank = min(rank, slices.Index(result.Severities, side.Severity))
			}
		}
		return rank
	}
	sort.SliceStable(doc.Ways, func(i, j int) bool { return worst(&doc.Ways[i]) < worst(&doc.Ways[j]) })
	lost, still := map[string]string{}, map[string]string{}
	for _, l := range before.Losses {
		lost[l.Asset] = l.Severity
	}
	for _, l := range after.Losses {
		still[l.Asset] = l.Severity
		if _, ok := lost[l.Asset]; !ok {
			lost[l.Asset] = ""
		}
	}
	for _, id := range slices.Sorted(maps.Keys(lost)) {
		if lost[id] != still[id] {
			doc.Losses = append(doc.Losses, result.LossChange{Asset: id, Before: lost[id], After: still[id]})
		}
	}
	rank := func(l *result.LossChange) int {
		name := l.Before
		if name == "" {
			name = l.After
		}
		return slices.Index(result.Severities, name)
	}
	sort.SliceStable(doc.Losses, func(i, j int) bool { return rank(&doc.Losses[i]) < rank(&doc.Losses[j]) })
}

func wayOf(p *result.Path) *result.Way {
	w := &result.Way{Severity: p.Severity, Cost: p.Cost, Probability: p.Probability, Findings: []string{}}
	for _, h := range p.Steps {
		w.Findings = append(w.Findings, h.Finding)
	}
	return w
}

// compareBlast compares what falls with each element. Where the widest only are listed, the others are not compared.
func compareBlast(doc *result.WhatIf, before, after *attack.Output) {
	now := map[string]*result.Blast{}
	for i := range after.Blast {
		now[after.Blast[i].Element] = &after.Blast[i]
	}
	for i := range before.Blast {
		x := &before.Blast[i]
		y := now[x.Element]
		if y == nil || len(x.Elements) == len(y.Elements) && len(x.Assets) == len(y.Assets) {
			continue
		}
		doc.Blast = append(doc.Blast, result.BlastChange{
			Element: x.Element, ElementsBefore: len(x.Elements), ElementsAfter: len(y.Elements), LossesBefore: len(x.Assets), LossesAfter: len(y.Assets),
		})
	}
	sort.Slice(doc.Blast, func(i, j int) bool { return doc.Blast[i].Element < doc.Blast[j].Element })
	for _, t := range append(slices.Clone(before.Truncated), after.Truncated...) {
		if strings.HasPrefix(t, "the blast radius") && !slices.Contains(doc.Notes, t) {
			doc.Notes = append(doc.Notes, t)
		}
	}
}

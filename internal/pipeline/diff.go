package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"fermata/internal/attack"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
)

// Diff compares two systems: what changed, which threats became live or died by it, and what the rules about change say.
// Each input is a tree, a written model or a saved result. A saved result gives its system and what was accepted; it is
// analysed anew, so that a change of the rules is never taken for a change of the system.
func (e *Engine) Diff(ctx context.Context, before, after Input) (*result.Diff, error) {
	old, err := e.side(ctx, before)
	if err != nil {
		return nil, err
	}
	now, err := e.side(ctx, after)
	if err != nil {
		return nil, err
	}
	return e.diff(ctx, old, now)
}

// side analyses one of two systems.
func (e *Engine) side(ctx context.Context, in Input) (*scan, error) {
	in.Scheme, in.Questions = DefaultScheme, -1
	if in.Trust == "" {
		in.Trust = model.DeclaredOnly
	}
	s := &scan{engine: e, in: in, r: newResult(DefaultScheme)}
	s.r.Trust = string(in.Trust)
	if !IsResult(in.Path) {
		if err := s.read(ctx); err != nil {
			return nil, err
		}
		return s, s.conclude(ctx)
	}
	saved, err := LoadResult(ctx, in.Path)
	if err != nil {
		return nil, err
	}
	if err := whole(in.Path, &saved.System); err != nil {
		return nil, err
	}
	s.r.System = saved.System
	s.failed = saved.Tool.Failed
	s.accepted = map[string]string{}
	s.carry(saved)
	for i := range saved.Findings {
		if f := &saved.Findings[i]; f.Status == result.Accepted {
			s.accepted[f.ID] = f.Why
		}
	}
	for _, d := range saved.Diagnostics {
		if d.Severity == "error" && d.Code != "rule-failed" {
			s.r.Diagnostics = append(s.r.Diagnostics, d)
		}
	}
	return s, s.conclude(ctx)
}

// conclude runs what comes after reading.
func (s *scan) conclude(ctx context.Context) error {
	if err := s.analyse(ctx); err != nil {
		return err
	}
	s.finish()
	return nil
}

// whole refuses a saved system whose flows lead nowhere: rules and paths take it for granted that they do not.
func whole(name string, s *model.System) error {
	s.Sort()
	for i, e := range s.Elements {
		if e.ID == "" || i > 0 && s.Elements[i-1].ID == e.ID {
			return &InputError{Message: fmt.Sprintf("%s is not a saved result: two elements have the id %q", name, e.ID)}
		}
	}
	for _, f := range s.Flows {
		for _, end := range []string{f.From, f.To} {
			if s.Element(end) == nil {
				return &InputError{Message: fmt.Sprintf("%s is not a saved result: the flow %s has an end that is no element", name, f.ID)}
			}
		}
	}
	return nil
}

// differ is a comparison on its way.
type differ struct {
	engine   *Engine
	old, now *result.Result
	pairing  *model.Pairing
	back     map[string]string // id in the newer system → in the older one
	topics   map[string][]*result.DiffChange
	touching map[string][]*result.DiffChange // by id of an element, flow or attacker
	d        *result.Diff
}

func (e *Engine) diff(ctx context.Context, old, now *scan) (*result.Diff, error) {
	x := &differ{
		engine: e, old: old.r, now: now.r, pairing: model.Match(&old.r.System, &now.r.System),
		back: map[string]string{}, topics: map[string][]*result.DiffChange{}, touching: map[string][]*result.DiffChange{},
		d: &result.Diff{
			Schema: result.DiffSchema, Tool: now.r.Tool, AsOf: cmp.Or(now.r.AsOf, old.r.AsOf), Trust: now.r.Trust,
			Old: sideOf(old.r), New: sideOf(now.r), Parts: partsOf(old.r, now.r), Renames: []result.Rename{}, Ambiguous: []model.Ambiguous{},
			Topics: []result.DiffTopic{}, Live: []result.ThreatChange{}, Died: []result.ThreatChange{}, Shifted: []result.ThreatChange{},
			Conditions: []result.ThreatChange{}, Arose: []result.ThreatChange{}, Diagnostics: []result.Diagnostic{},
		},
	}
	x.d.Tool.Failed = old.r.Tool.Failed + now.r.Tool.Failed
	for _, r := range []*result.Result{old.r, now.r} {
		for _, d := range r.Diagnostics {
			if d.Severity == "error" {
				x.d.Diagnostics = append(x.d.Diagnostics, d)
			}
		}
	}
	changes := model.DiffBy(x.pairing, &old.r.System, &now.r.System) // the pairing knows flows from here on
	for was, id := range x.pairing.To {
		x.back[id] = was
	}
	x.renames()
	x.collect(changes)
	x.threats()
	if err := x.arose(ctx, now.accepted); err != nil {
		return nil, err
	}
	x.close()
	return x.d, nil
}

func sideOf(r *result.Result) result.DiffSide {
	side := result.DiffSide{Name: r.System.Name, Elements: len(r.System.Elements), Flows: len(r.System.Flows), Live: map[string]int{}, Threats: map[string]map[string]int{}}
	scopes := r.Scopes(nil)
	worst := map[[2]string]string{} // part and condition → severity
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Status != result.Live {
			continue
		}
		side.Live[f.Severity]++
		key := [2]string{scopes.OfFinding(f), cmp.Or(f.Group, f.ID)}
		if had, ok := worst[key]; !ok || severityRank(f.Severity) < severityRank(had) {
			worst[key] = f.Severity
		}
	}
	for key, severity := range worst {
		if side.Threats[key[0]] == nil {
			side.Threats[key[0]] = map[string]int{}
		}
		side.Threats[key[0]][severity]++
	}
	return side
}

func partsOf(old, now *result.Result) []string {
	had, has := old.Parts(), now.Parts()
	return slices.DeleteFunc(slices.Clone(result.ScopeNames), func(name string) bool { return !slices.Contains(had, name) && !slices.Contains(has, name) })
}

// renames lists what is the same thing under another id.
func (x *differ) renames() {
	for was, by := range x.pairing.By {
		e := x.now.System.Element(x.pairing.To[was])
		if e == nil || e.Origin == model.Assumed {
			continue
		}
		x.d.Renames = append(x.d.Renames, result.Rename{Kind: e.Kind, Old: was, New: e.ID, Name: e.Name, By: by, Scope: e.Scope})
	}
	slices.SortFunc(x.d.Renames, func(a, b result.Rename) int { return cmp.Compare(a.New, b.New) })
	x.d.Ambiguous = append(x.d.Ambiguous, x.pairing.Ambiguous...)
}

// key is a finding's id in terms of the newer system: the ids that it is bound to are replaced by what they are now. A
// ring may begin with another member once one of them has another name, so the members of cycles are put in order.
func (x *differ) key(f *result.Finding, translate bool) string {
	_, rest, _ := strings.Cut(f.ID, "@")
	if f.Code != nil {
		return f.Rule + "@" + x.place(f, rest, translate)
	}
	ids := append(slices.Clone(f.Elements), f.Flows...)
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var parts []string
	for rest != "" {
		part, _, _ := strings.Cut(rest, ",")
		for _, id := range ids { // an id may hold a comma
			if strings.HasPrefix(rest, id) && (len(rest) == len(id) || rest[len(id)] == ',') {
				part = id
				break
			}
		}
		rest = strings.TrimPrefix(rest[len(part):], ",")
		if to := x.pairing.To[part]; translate && to != "" {
			part = to
		}
		parts = append(parts, part)
	}
	if r := x.engine.rules.Rule(f.Rule); r != nil && r.On == rule.OnCycle {
		slices.Sort(parts)
	}
	return f.Rule + "@" + strings.Join(parts, ",")
}

// place names a place in code by the element it is part of and by what stands there: a tool that is moved to another file
// or renamed takes its code along.
func (x *differ) place(f *result.Finding, id string, translate bool) string {
	element := f.Code.Element
	_, symbol, named := strings.Cut(element, ":")
	_, inside, placed := strings.Cut(id, ":")
	if element == "" || !named || !placed {
		return id
	}
	inside = strings.TrimSuffix(inside, "@"+element)
	if to := x.pairing.To[element]; translate && to != "" {
		element = to
	}
	return element + " " + strings.TrimPrefix(inside, symbol+".")
}

// both is a finding on the two sides; one of them may be nil.
type both struct{ old, now *result.Finding }

// pairs joins the findings of both sides.
func (x *differ) pairs() []both {
	byKey := map[string]*both{}
	var order []string
	note := func(key string) *both {
		if byKey[key] == nil {
			byKey[key] = &both{}
			order = append(order, key)
		}
		return byKey[key]
	}
	for i := range x.now.Findings {
		note(x.key(&x.now.Findings[i], false)).now = &x.now.Findings[i]
	}
	for i := range x.old.Findings {
		note(x.key(&x.old.Findings[i], true)).old = &x.old.Findings[i]
	}
	slices.Sort(order)
	x.grown(byKey, order)
	out := make([]both, 0, len(order))
	for _, key := range order {
		if b := byKey[key]; b.old != nil || b.now != nil {
			out = append(out, *b)
		}
	}
	return out
}

// grown joins the rings that have a member more or less: a ring is the same while a member is.
func (x *differ) grown(byKey map[string]*both, order []string) {
	for _, key := range order {
		was := byKey[key]
		if was.old == nil || was.now != nil {
			continue
		}
		if r := x.engine.rules.Rule(was.old.Rule); r == nil || r.On != rule.OnCycle {
			continue
		}
		members := map[string]bool{}
		for _, id := range was.old.Elements {
			members[cmp.Or(x.pairing.To[id], id)] = true
		}
		for _, other := range order {
			is := byKey[other]
			if is.now == nil || is.old != nil || is.now.Rule != was.old.Rule {
				continue
			}
			if slices.ContainsFunc(is.now.Elements, func(id string) bool { return members[id] }) {
				is.old, was.old = was.old, nil
				break
			}
		}
	}
}

func live(f *result.Finding) bool { return f != nil && f.Status == result.Live }

func statusOf(f *result.Finding) result.Status {
	if f == nil {
		return ""
	}
	return f.Status
}

// threats compares what is live, and the conditions.
func (x *differ) threats() {
	pairs := x.pairs()
	changed := map[*result.Finding]bool{} // live on this side only
	for _, b := range pairs {
		if live(b.old) != live(b.now) {
			changed[b.old], changed[b.now] = live(b.old), live(b.now)
		}
	}
	was, is := x.ways(x.old), x.ways(x.now)
	for _, b := range pairs {
		switch {
		case live(b.now) && !live(b.old):
			c := x.threat(b, b.now, x.now)
			x.explain(&c, b.now, is, changed, model.Added)
			x.d.Live = append(x.d.Live, c)
		case live(b.old) && !live(b.now):
			c := x.threat(b, b.old, x.old)
			x.explain(&c, b.old, was, changed, model.Removed)
			x.d.Died = append(x.d.Died, c)
		case live(b.now) && b.now.Severity != b.old.Severity:
			c := x.threat(b, b.now, x.now)
			c.Before = b.old.Severity
			x.d.Shifted = append(x.d.Shifted, c)
		case statusOf(b.now) == result.Condition && statusOf(b.old) != result.Condition:
			x.d.Conditions = append(x.d.Conditions, x.threat(b, b.now, x.now))
		case statusOf(b.old) == result.Condition && statusOf(b.now) != result.Condition:
			x.d.Conditions = append(x.d.Conditions, x.threat(b, b.old, x.old))
		case live(b.now):
			x.d.Unchanged.Live++
		case statusOf(b.now) == result.Blocked && statusOf(b.old) == result.Blocked:
			x.d.Unchanged.Blocked++
		default:
			x.d.Unchanged.Other++
		}
	}
	for _, list := range [][]result.ThreatChange{x.d.Live, x.d.Died, x.d.Shifted, x.d.Conditions} {
		worstFirst(list)
	}
}

func worstFirst(list []result.ThreatChange) {
	slices.SortStableFunc(list, func(a, b result.ThreatChange) int {
		return cmp.Or(cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Finding, b.Finding))
	})
}

func severityRank(severity string) int {
	if i := slices.Index(result.Severities, severity); i >= 0 {
		return i
	}
	return len(result.Severities)
}

// threat tells a finding of one side.
func (x *differ) threat(b both, f *result.Finding, side *result.Result) result.ThreatChange {
	c := result.ThreatChange{
		Finding: f.ID, Group: f.Group, Rule: f.Rule, Title: f.Title, Message: f.Message, Severity: f.Severity, From: statusOf(b.old), To: statusOf(b.now),
		Layers: nonNil(f.Layers), Maps: f.Maps, Elements: nonNil(f.Elements), Flows: nonNil(f.Flows), Evidence: nonNil(f.Evidence),
		Scope: scopeOfFinding(&side.System, f), Because: []result.ChangeRef{},
	}
	if b.old != nil && b.now != nil {
		if b.old.ID != f.ID {
			c.Was = b.old.ID
		}
		other := b.old
		if f == b.old {
			other = b.now
		}
		if c.Why = other.Why; other.Status == result.Accepted {
			c.Why = "accepted: " + other.Why
		}
	}
	c.Because = x.because(f, x.engine.onChange(f.Rule))
	return c
}

// scopeOfFinding is the least serious part of the tree among what a finding is about; of what its step gives powers over one
// by one the most serious counts.
func scopeOfFinding(s *model.System, f *result.Finding) string {
	scope := scopeOf(s, f.Core())
	best := len(result.ScopeNames)
	for _, id := range f.Each {
		best = min(best, slices.Index(result.ScopeNames, scopeOf(s, []string{id})))
	}
	if len(f.Each) > 0 && best > slices.Index(result.ScopeNames, scope) {
		scope = result.ScopeNames[best]
	}
	return scope
}

// scopeOf is the least serious part of the tree among elements.
func scopeOf(s *model.System, ids []string) string {
	rank := map[string]int{"": 0, "main": 0, "example": 1, "test": 2, "vendored": 3}
	scope := "main"
	for _, id := range ids {
		if e := s.Element(id); e != nil && rank[e.Scope] > rank[scope] {
			scope = e.Scope
		}
	}
	return scope
}

// onChange tells a rule about change.
func (e *Engine) onChange(id string) bool {
	r := e.rules.Rule(id)
	return r != nil && r.On == rule.OnChange
}

// because lists the changes of what a finding is about. That an agent or tool is called or described otherwise brings
// nothing to life, so it counts only where asked for.
func (x *differ) because(f *result.Finding, worded bool) []result.ChangeRef {
	out := []result.ChangeRef{}
	for _, id := range append(slices.Clone(f.Flows), f.Elements...) {
		for _, c := range x.touching[id] {
			if !worded && c.How == model.Changed && c.Part == "element" && !slices.ContainsFunc(c.Fields, func(f model.FieldChange) bool {
				return strings.Contains(f.Field, ".")
			}) {
				continue
			}
			if ref := (result.ChangeRef{Part: c.Part, ID: c.ID}); !slices.Contains(out, ref) {
				out = append(out, ref)
			}
		}
	}
	return out
}

// ways are the first path through each finding, the worst and then the cheapest, on one side.
type ways struct {
	through  map[string]*result.Path
	findings map[string]*result.Finding
	side     *result.Result
}

func (x *differ) ways(r *result.Result) *ways {
	w := &ways{through: map[string]*result.Path{}, findings: map[string]*result.Finding{}, side: r}
	for i := range r.Findings {
		w.findings[r.Findings[i].ID] = &r.Findings[i]
	}
	for i := range r.Paths {
		for _, hop := range r.Paths[i].Steps {
			if w.through[hop.Finding] == nil {
				w.through[hop.Finding] = &r.Paths[i]
			}
		}
	}
	return w
}

// explain adds the path of a threat with the hops that only one side has, and the changes behind them.
func (x *differ) explain(c *result.ThreatChange, f *result.Finding, w *ways, changed map[*result.Finding]bool, how model.How) {
	p := w.through[f.ID]
	if p == nil {
		return
	}
	c.Path = &result.ChangedPath{ID: p.ID, Attacker: p.Attacker, Goal: p.Goal, Loss: p.Goal.Asset, Severity: p.Severity}
	for i := range w.side.System.Assets {
		if w.side.System.Assets[i].ID == p.Goal.Asset {
			c.Path.Loss = w.side.System.Assets[i].Name
		}
	}
	var starts []result.ChangeRef
	for _, part := range strings.Split(p.Attacker, "+") {
		for _, change := range x.touching["attacker "+part] {
			if slices.ContainsFunc(change.Fields, func(field model.FieldChange) bool { return startsDiffer(field, p.Start, how) }) {
				starts = append(starts, result.ChangeRef{Part: change.Part, ID: change.ID})
			}
		}
	}
	refs := slices.Clone(starts)
	for i, hop := range p.Steps {
		g := w.findings[hop.Finding]
		if g == nil {
			continue
		}
		step := result.ChangedHop{Finding: hop.Finding, Message: cmp.Or(hop.Message, g.Message)}
		if changed[g] {
			step.How, step.Because = how, x.because(g, false)
			if i == 0 {
				step.Because = append(step.Because, starts...)
			}
			refs = append(refs, step.Because...)
		}
		c.Path.Steps = append(c.Path.Steps, step)
	}
	if len(c.Because) == 0 { // what it is about is as it was: a hop before it is not
		for _, ref := range refs {
			if !slices.Contains(c.Because, ref) {
				c.Because = append(c.Because, ref)
			}
		}
	}
}

// startsDiffer tells whether a path begins with what only one side's attacker has.
func startsDiffer(field model.FieldChange, starts []result.Start, how model.How) bool {
	had, has := strings.Fields(field.Old), strings.Fields(field.New)
	if how == model.Removed {
		had, has = has, had
	}
	return slices.ContainsFunc(starts, func(s result.Start) bool { return slices.Contains(has, s.Power) && !slices.Contains(had, s.Power) })
}

// arose asks the rules about change, and places what they find among the findings of the newer system: some of them
// are steps of their own.
func (x *differ) arose(ctx context.Context, accepted map[string]string) error {
	outcome, err := rule.Evaluate(ctx, x.engine.rules.Only(rule.OnChange), &x.now.System, rule.EvaluateOptions{Old: &x.old.System})
	if err != nil {
		return err
	}
	for _, f := range outcome.Failed {
		x.d.Tool.Failed++
		x.d.Diagnostics = append(x.d.Diagnostics, result.Diagnostic{Severity: "error", Code: "rule-failed", Message: fmt.Sprintf("rule %s stopped: %s", f.Rule, f.Reason)})
	}
	found := map[string]bool{}
	steps := false
	for i := range outcome.Findings {
		found[outcome.Findings[i].ID] = true
		steps = steps || len(outcome.Findings[i].Steps) > 0
	}
	all := outcome.Findings
	if steps {
		out, err := attack.Analyse(ctx, attack.Input{
			System: &x.now.System, Findings: append(slices.Clone(x.now.Findings), outcome.Findings...), Controls: x.engine.controls,
			Trust: model.State(x.now.Trust), Accepted: accepted,
		})
		if err != nil {
			return err
		}
		all = out.Findings
	}
	for i := range all {
		f := &all[i]
		if !found[f.ID] {
			continue
		}
		if reason, ok := accepted[f.ID]; ok {
			f.Status, f.Why = result.Accepted, reason
		}
		side := x.now
		if !slices.ContainsFunc(f.Elements, func(id string) bool { return x.now.System.Element(id) != nil }) {
			side = x.old // it speaks of what went
		}
		c := x.threat(both{now: f}, f, side)
		c.Why = f.Why
		x.d.Arose = append(x.d.Arose, c)
	}
	worstFirst(x.d.Arose)
	return nil
}

// close marks changes with the worst that they did, and puts them under their topics.
func (x *differ) close() {
	worst := map[result.ChangeRef]string{}
	for _, list := range [][]result.ThreatChange{x.d.Live, x.d.Died, x.d.Arose} {
		for i := range list {
			if list[i].To == result.Accepted {
				continue
			}
			for _, ref := range list[i].Because {
				if have, ok := worst[ref]; !ok || severityRank(list[i].Severity) < severityRank(have) {
					worst[ref] = list[i].Severity
				}
			}
		}
	}
	for _, t := range result.DiffTopics {
		list := x.topics[t.ID]
		if len(list) == 0 {
			continue
		}
		topic := result.DiffTopic{Topic: t.ID, Changes: []result.DiffChange{}}
		for _, c := range list {
			c.Severity = worst[result.ChangeRef{Part: c.Part, ID: c.ID}]
			topic.Changes = append(topic.Changes, *c)
		}
		slices.SortStableFunc(topic.Changes, func(a, b result.DiffChange) int {
			return cmp.Or(cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)), cmp.Compare(a.How, b.How), cmp.Compare(a.ID, b.ID))
		})
		x.d.Topics = append(x.d.Topics, topic)
	}
}

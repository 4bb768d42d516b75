package attack

import (
	"slices"
	"sort"

	"fermata/internal/graph"
	"fermata/internal/result"
)

// group gathers live findings into conditions. A rule says by itself which of its findings are about the same thing;
// beyond that, findings of one rule that say the same words of the same line are one (a factory that is called three
// times makes three agents, and one mistake), so are findings of two rules that take the same step over the same elements,
// and a finding that only carries on what another brings about counts with that one.
//
// The cause of a finding that follows is looked for where the attacker comes from: at each power that its step needs,
// the step that gives it most cheaply, and so on back. Where the attacker starts with the power there is no such step;
// then it counts with what it leads to.
func (a *analysis) group(all *graph.Solution) {
	a.alike()
	live := func(i int) bool {
		s := a.out.Findings[i].Status
		return s == result.Live || s == result.Accepted
	}
	from := a.entries(a.everybody())
	entry := make(map[int32]bool, len(from))
	for _, node := range from {
		if _, ok := a.powerAt(node); ok {
			entry[node] = true
		}
	}
	head := map[int]int{} // finding that follows → its cause; -1 when there is none
	var cause func(i int, seen map[int]bool) int
	cause = func(i int, seen map[int]bool) int {
		if !a.out.Findings[i].Follows {
			return i
		}
		if h, ok := head[i]; ok {
			return h
		}
		seen[i] = true
		for _, before := range a.before(all, entry, i) {
			if seen[before] {
				continue
			}
			if h := cause(before, seen); h >= 0 && !a.out.Findings[h].Follows {
				head[i] = h
				return h
			}
		}
		return -1
	}
	for i := range a.out.Findings {
		if f := &a.out.Findings[i]; f.Follows && live(i) {
			seen := map[int]bool{}
			h := cause(i, seen)
			if h < 0 {
				for j := range seen { // none of those on the way has a cause: they are not walked again
					head[j] = -1
				}
				h = a.after(all, i)
			}
			if h >= 0 {
				f.Group = a.out.Findings[h].Group
				if f.Status == result.Live && a.out.Findings[h].Status == result.Accepted {
					f.CountsAs = result.Accepted // somebody lives with its cause: it is no condition of its own
				}
			}
		}
	}
}

// already lets a condition count with a live finding that tells it already: the model shows that the call of a tool is not
// approved, and the code shows the line that says so. The finding is of a rule that the condition's rule names, is about
// the same element or rests on the same line first, and is at least as grave.
func (a *analysis) already() {
	byRule := map[string][]*result.Finding{}
	for i := range a.out.Findings {
		if f := &a.out.Findings[i]; f.Status == result.Live && !f.Harmless() {
			byRule[f.Rule] = append(byRule[f.Rule], f)
		}
	}
	same := func(c, f *result.Finding) bool {
		if slices.ContainsFunc(c.Elements, func(id string) bool { return slices.Contains(f.Elements, id) }) {
			return true
		}
		if len(c.Evidence) == 0 || len(f.Evidence) == 0 || c.Evidence[0].File == "" {
			return false
		}
		return c.Evidence[0].File == f.Evidence[0].File && c.Evidence[0].Line == f.Evidence[0].Line
	}
	for i := range a.out.Findings {
		c := &a.out.Findings[i]
		if c.Status != result.Condition {
			continue
		}
		var by *result.Finding
		for _, rule := range c.ToldBy {
			for _, f := range byRule[rule] {
				if rank(f.Severity) <= rank(c.Severity) && same(c, f) && (by == nil || rank(f.Severity) < rank(by.Severity)) {
					by = f
				}
			}
		}
		if by != nil {
			c.Group, c.Follows, c.CountsAs = by.Group, true, result.Live
		}
	}
}

// rank is the place of a severity, the worst first.
func rank(severity string) int { return slices.Index(result.Severities, severity) }

// alike gives one group to findings of a rule that have the same message and first place, and to findings of any rules
// that say the same step of the same elements.
func (a *analysis) alike() {
	renamed := map[string]string{}
	root := func(group string) string {
		for renamed[group] != "" {
			group = renamed[group]
		}
		return group
	}
	join := func(one, other *result.Finding) {
		if x, y := root(one.Group), root(other.Group); x != y {
			renamed[max(x, y)] = min(x, y) // towards the lesser, so that it ends
		}
	}
	type words struct {
		rule, message, file string
		status              result.Status
		line, col           int
	}
	// Steps are looked up by the ends of their lists: the lists of two that agree in these are compared.
	type ends struct {
		status                        result.Status
		first, last, requires, grants string
	}
	said, steps := make(map[words]*result.Finding, len(a.out.Findings)), map[ends][]*result.Finding{}
	for i := range a.out.Findings {
		f := &a.out.Findings[i]
		if f.Group == "" {
			f.Group = f.ID
		}
		for _, e := range f.Evidence {
			if e.File != "" {
				key := words{f.Rule, f.Message, e.File, f.Status, e.Line, e.Col}
				if had := said[key]; had != nil {
					join(had, f)
				} else {
					said[key] = f
				}
				break
			}
		}
		if len(f.Steps) > 0 && !f.Follows && len(f.Elements)*len(f.Requires)*len(f.Grants) > 0 {
			key := ends{f.Status, f.Elements[0], f.Elements[len(f.Elements)-1], f.Requires[0], f.Grants[0]}
			same := slices.IndexFunc(steps[key], func(had *result.Finding) bool {
				return slices.Equal(had.Elements, f.Elements) && slices.Equal(had.Requires, f.Requires) && slices.Equal(had.Grants, f.Grants)
			})
			if same >= 0 {
				join(steps[key][same], f)
			} else {
				steps[key] = append(steps[key], f)
			}
		}
	}
	for i := range a.out.Findings {
		f := &a.out.Findings[i]
		f.Group = root(f.Group)
	}
}

// before lists the findings that give most cheaply what a finding needs, the dearest need first: it is the one that
// decides.
func (a *analysis) before(all *graph.Solution, entry map[int32]bool, finding int) []int {
	step := a.cheapest(all, finding)
	if step < 0 {
		return nil
	}
	var out []int
	needs := append([]int32(nil), a.g.Preds(step)...)
	sort.SliceStable(needs, func(i, j int) bool { return all.Cost(needs[i]) > all.Cost(needs[j]) })
	for _, need := range needs {
		node, passed := need, map[int32]bool{}
		for !entry[node] && !passed[node] {
			passed[node] = true
			best := int32(-1)
			for _, p := range a.g.Preds(node) {
				if all.Reached(p) && (best < 0 || a.sooner(all, p, best)) {
					best = p
				}
			}
			if best < 0 {
				break
			}
			if i, ok := a.stepAt(best); ok {
				out = append(out, i)
				break
			}
			node = best
		}
	}
	return out
}

// sooner tells which of two steps gives a power: the cheaper one, but one that nobody lives with before one that is accepted,
// since what follows from both is not settled by that decision.
func (a *analysis) sooner(all *graph.Solution, x, y int32) bool {
	if p, q := a.livedWith(x), a.livedWith(y); p != q {
		return q
	}
	return all.Cost(x) < all.Cost(y)
}

// livedWith tells of a node that it is the step of an accepted finding.
func (a *analysis) livedWith(node int32) bool {
	i, ok := a.stepAt(node)
	return ok && a.out.Findings[i].Status == result.Accepted
}

// mostSteps bounds how far the finding that another leads to is sought.
const mostSteps = 64

// after is the nearest finding that needs what a finding gives and does not itself only follow; -1 when there is none.
func (a *analysis) after(all *graph.Solution, finding int) int {
	step := a.cheapest(all, finding)
	if step < 0 {
		return -1
	}
	queue, seen := []int32{step}, map[int32]bool{step: true}
	for n := 0; n < len(queue) && n < mostSteps; n++ {
		next := append([]int32(nil), a.g.Succs(queue[n])...)
		sort.Slice(next, func(i, j int) bool { return next[i] < next[j] })
		for _, node := range next {
			if seen[node] || !all.Reached(node) {
				continue
			}
			seen[node] = true
			if i, ok := a.stepAt(node); ok && !a.out.Findings[i].Follows {
				return i
			}
			queue = append(queue, node)
		}
	}
	return -1
}

// cheapest is the step of a finding that is reached most cheaply, one that leads to a loss before others; -1 when none
// is reached. What an attacker may do in their own session may be cheap and harmless.
func (a *analysis) cheapest(all *graph.Solution, finding int) int32 {
	best := int32(-1)
	for _, node := range a.stepsOf[finding] {
		switch {
		case !all.Reached(node):
		case best < 0, a.useful[node] && !a.useful[best], a.useful[node] == a.useful[best] && all.Cost(node) < all.Cost(best):
			best = node
		}
	}
	return best
}

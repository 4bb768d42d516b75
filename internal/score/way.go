package score

import (
	"container/heap"
	"math"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// way is how somebody gets to a finding, and from it to a loss.
type way struct {
	attackers []string // more than one when only together they get there
	starts    []result.Start
	before    []*result.Finding // steps up to the finding, itself the last
	after     []*result.Finding // steps from it to the loss
	gains     []string          // powers that the finding gives on this way
	asset     *model.Asset      // the loss; nil when the way leads to none
	cost      float64           // sum of −ln of the most likely chances
	path      string            // id of the path of the result, when it is one
}

func (w *way) steps() []*result.Finding { return append(slices.Clone(w.before), w.after...) }

// mishap is the source of harm that is nobody: no scoring system of this package scores what nobody does.
const mishap = "mishap"

// way finds the way that a finding is scored by: the worst listed path through it that somebody takes; else the
// cheapest way of somebody to it, and from it the nearest of the worst losses. The second value says why there is none.
func (d *Deriver) way(f *result.Finding) (*way, string) {
	if had, ok := d.ways[f.ID]; ok {
		return had.way, had.why
	}
	w, why := d.findWay(f)
	d.ways[f.ID] = wayOrWhy{w, why}
	return w, why
}

// wayOrWhy is a way, or why there is none.
type wayOrWhy struct {
	way *way
	why string
}

func (d *Deriver) findWay(f *result.Finding) (*way, string) {
	if len(f.Steps) == 0 {
		return nil, "a condition is no attack: nobody exploits it by itself"
	}
	for _, at := range d.pathsOf[f.ID] {
		p := &d.r.Paths[at]
		if p.Attacker == mishap {
			continue
		}
		w := &way{attackers: strings.Split(p.Attacker, "+"), starts: p.Start, cost: p.Cost, path: p.ID, asset: d.assets[p.Goal.Asset]}
		met := false
		for i := range p.Steps {
			of := d.findings[p.Steps[i].Finding]
			if of == nil {
				continue
			}
			step := d.r.At(&p.Steps[i], of)
			switch {
			case met:
				w.after = append(w.after, step)
			default:
				w.before = append(w.before, step)
				if of == f {
					met, w.gains = true, p.Steps[i].Gains
				}
			}
		}
		if slices.Index(result.Severities, p.Severity) > slices.Index(result.Severities, f.Severity) {
			// What makes it as grave as it is lies on a way that is not listed, since another is cheaper.
			if other := d.search(f); other != nil && other.asset != nil && (w.asset == nil || lossClass(other.asset.Loss) < lossClass(w.asset.Loss)) {
				return other, ""
			}
		}
		return w, ""
	}
	if f.Status == result.Live && f.Severity == "info" {
		return nil, "it leads to no loss"
	}
	if w := d.search(f); w != nil {
		if w.asset == nil {
			return nil, "nobody gets by it to a loss: where it leads to one, a mishap does"
		}
		return w, ""
	}
	switch f.Status {
	case result.Unreachable:
		return nil, "no source of harm reaches it"
	case result.Blocked:
		return nil, "no single source of harm would reach it"
	}
	return nil, "only a mishap or several together reach it, and what nobody does by intent has no score"
}

// reach is what one source of harm reaches, by the cheapest ways, with every control out of the way: the status of a
// finding has judged those already.
type reach struct {
	attacker string
	power    map[string]float64
	by       map[string]int // power → the step that gives it first; absent for starts
	step     []float64      // by step; infinite when it is not reached
	uses     [][]string     // by step: the powers that its needs are met by
}

// move is one step of a finding.
type move struct {
	finding *result.Finding
	step    *result.Step
	cost    float64
}

// moves lists the steps of findings that somebody can take: live and accepted ones, and blocked ones for those.
func (d *Deriver) allMoves() []move {
	var out []move
	for i := range d.r.Findings {
		f := &d.r.Findings[i]
		cost := 0.0
		if f.Success != nil {
			cost = -math.Log(min(1, max(f.Success.Mode, 1e-9)))
		}
		for k := range f.Steps {
			out = append(out, move{f, &f.Steps[k], cost})
		}
	}
	return out
}

type reached struct {
	power string
	cost  float64
	by    int
}

// frontier is a heap of powers, cheapest first, then by name so that every run is the same.
type frontier []reached

func (q frontier) Len() int { return len(q) }
func (q frontier) Less(i, j int) bool {
	if q[i].cost != q[j].cost {
		return q[i].cost < q[j].cost
	}
	return q[i].power < q[j].power
}
func (q frontier) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *frontier) Push(x any)   { *q = append(*q, x.(reached)) }
func (q *frontier) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// implies lists a power and what it implies: the narrow scope, and lesser capabilities over the same.
func implies(text string) []string {
	p, err := model.ParsePower(text)
	if err != nil {
		return nil
	}
	capabilities := []model.Capability{p.Capability}
	switch p.Capability {
	case model.Influence:
		capabilities = append(capabilities, model.Corrupt)
	case model.Hijack, model.Invoke:
		capabilities = append(capabilities, model.Misact)
	}
	scopes := []string{p.Scope}
	if p.Scope == model.ScopeAll {
		scopes = append(scopes, model.ScopeOwn)
	}
	var out []string
	for _, c := range capabilities {
		for _, s := range scopes {
			out = append(out, model.Power{Capability: c, Scope: s, On: p.On}.String())
		}
	}
	return out
}

// spread computes what an attacker reaches, cheapest first, as Knuth's generalisation of Dijkstra's algorithm does.
func (d *Deriver) spread(a *model.Attacker) *reach {
	r := &reach{attacker: a.ID, power: map[string]float64{}, by: map[string]int{}, step: make([]float64, len(d.moves)), uses: make([][]string, len(d.moves))}
	got := make([][]int, len(d.moves)) // by step and need: how many powers of it are reached
	for i, m := range d.moves {
		r.step[i] = math.Inf(1)
		got[i] = make([]int, len(m.step.Needs))
	}
	sum := make([]float64, len(d.moves))
	q := &frontier{}
	for _, s := range a.Starts {
		for _, p := range implies(s.Capability) {
			heap.Push(q, reached{p, 0, -1})
		}
	}
	take := func(i int) {
		r.step[i] = sum[i] + d.moves[i].cost
		for _, g := range d.moves[i].step.Gives {
			for _, p := range implies(g) {
				heap.Push(q, reached{p, r.step[i], i})
			}
		}
	}
	for q.Len() > 0 {
		x := heap.Pop(q).(reached)
		if _, done := r.power[x.power]; done {
			continue
		}
		r.power[x.power] = x.cost
		if x.by >= 0 {
			r.by[x.power] = x.by
		}
		for _, at := range d.needed[x.power] {
			k := max(1, d.moves[at.step].step.Needs[at.need].K)
			if got[at.step][at.need]++; got[at.step][at.need] > k {
				continue
			}
			sum[at.step] += x.cost
			r.uses[at.step] = append(r.uses[at.step], x.power)
			met := true
			for n, count := range got[at.step] {
				met = met && count >= max(1, d.moves[at.step].step.Needs[n].K)
			}
			if met {
				take(at.step)
			}
		}
	}
	return r
}

type needAt struct{ step, need int }

// search finds the cheapest way of anybody but chance to a finding, and on to a loss.
func (d *Deriver) search(f *result.Finding) *way {
	if d.reaches == nil {
		d.moves = d.allMoves()
		d.needed = map[string][]needAt{}
		for i, m := range d.moves {
			for n, need := range m.step.Needs {
				for _, p := range need.Powers {
					d.needed[p] = append(d.needed[p], needAt{i, n})
				}
			}
		}
		d.reaches = []*reach{}
		for i := range d.r.System.Attackers {
			if a := &d.r.System.Attackers[i]; a.ID != mishap {
				d.reaches = append(d.reaches, d.spread(a))
			}
		}
	}
	// Somebody who gets on to a loss comes before somebody who gets there more cheaply and no further.
	var best *way
	for _, r := range d.reaches {
		for i, m := range d.moves {
			if m.finding != f || math.IsInf(r.step[i], 1) {
				continue
			}
			w := d.through(r, i)
			if best == nil || w.asset != nil && best.asset == nil || (w.asset == nil) == (best.asset == nil) && w.cost < best.cost {
				best = w
			}
		}
	}
	return best
}

// through tells the way to a step and from it to a loss.
func (d *Deriver) through(r *reach, at int) *way {
	w := &way{attackers: []string{r.attacker}, cost: r.step[at], gains: d.moves[at].step.Gives}
	steps, starts := map[int]bool{}, map[string]bool{}
	var back func(i int)
	back = func(i int) {
		if steps[i] {
			return
		}
		steps[i] = true
		for _, p := range r.uses[i] {
			if by, ok := r.by[p]; ok {
				back(by)
			} else {
				starts[p] = true
			}
		}
	}
	back(at)
	order := make([]int, 0, len(steps))
	for i := range steps {
		order = append(order, i)
	}
	slices.SortFunc(order, func(x, y int) int {
		switch {
		case x == at, y == at && x != at:
			if x == at {
				return 1
			}
			return -1
		case r.step[x] != r.step[y]:
			if r.step[x] < r.step[y] {
				return -1
			}
			return 1
		}
		return x - y
	})
	for _, i := range order {
		w.before = append(w.before, d.moves[i].finding)
	}
	for _, a := range d.r.System.Attackers {
		if a.ID != r.attacker {
			continue
		}
		for _, s := range a.Starts {
			if slices.ContainsFunc(implies(s.Capability), func(p string) bool { return starts[p] }) {
				w.starts = append(w.starts, result.Start{Power: s.Capability, Reason: s.Reason})
			}
		}
	}
	d.onward(r, at, w)
	return w
}

// onward walks from a step to the nearest of the worst losses, over steps that the attacker takes.
func (d *Deriver) onward(r *reach, at int, w *way) {
	from := map[int]int{at: -1}
	queue := []int{at}
	bestClass, bestStep := len(result.Severities), -1
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, g := range d.moves[i].step.Gives {
			for _, p := range implies(g) {
				for _, asset := range d.losses[p] {
					if class := lossClass(asset.Loss); class < bestClass {
						bestClass, bestStep, w.asset = class, i, asset
					}
				}
				for _, next := range d.needed[p] {
					if _, seen := from[next.step]; !seen && !math.IsInf(r.step[next.step], 1) {
						from[next.step] = i
						queue = append(queue, next.step)
					}
				}
			}
		}
	}
	for i := bestStep; i >= 0 && i != at; i = from[i] {
		w.after = append(w.after, d.moves[i].finding)
		w.cost += d.moves[i].cost
	}
	slices.Reverse(w.after)
}

// lossClass is the grade of a class of loss, as an index into result.Severities.
func lossClass(loss string) int {
	for _, l := range model.Losses {
		if l.Name == loss {
			return slices.Index(result.Severities, l.Severity)
		}
	}
	return slices.Index(result.Severities, "medium")
}

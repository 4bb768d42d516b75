package risk

import (
	"cmp"
	"slices"
)

// One event counts once. Losses are names of one event if the model says so (the key event of an asset), or if they are of one class and on one
// element and differ only by the power that brings them about: the money in a wallet is one, whether the key or the call is what the attacker has.
// What falls together in one attempt then costs what the dearest of its names costs.
//
// The names of an event are put in the order of what a case costs on average. For each but the first a node is watched that says that it or a
// dearer one is lost; cases of a name are those less the cases of the next dearer one. So the cost of an event is a sum over its names of
// what each costs more than the next, times how often that node holds: a control, which makes none of these hold more often,
// never raises it. For that no name may cost more than one before it in any draw, which boundSizes sees to.

// eventKey is what losses of one event have in common besides their unit; empty where a loss is an event of its own.
func (l *loss) eventKey() string {
	switch {
	case l.Event != "":
		return "event " + l.Event
	case l.On != "":
		return "on " + l.On + " " + l.Class
	}
	return ""
}

// settleEvents finds the names of each event, and extends the graph by what is watched for them. Entries for the chance of a name by
// itself are appended to the losses.
func (e *engine) settleEvents() error {
	groups := map[string][]int{}
	var order []string
	for i := range e.losses {
		l := &e.losses[i]
		key := l.eventKey()
		if key == "" {
			continue
		}
		key += " " + l.size.Unit
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], i)
	}
	var lists [][]int32
	var names []int // for each list
	for _, key := range order {
		group := e.oneOfEachPower(groups[key])
		if len(group) < 2 {
			continue
		}
		slices.SortStableFunc(group, func(a, b int) int {
			x, y := &e.losses[a], &e.losses[b]
			return cmp.Or(cmp.Compare(y.size.mean(), x.size.mean()), cmp.Compare(x.Asset, y.Asset))
		})
		var nodes []int32
		repeats := 0
		for _, i := range group {
			repeats = max(repeats, e.losses[i].repeats)
		}
		for k, i := range group {
			e.losses[i].repeats = repeats
			nodes = append(nodes, e.losses[i].Node)
			if k > 0 {
				e.losses[i].dearer = group[k-1]
				lists, names = append(lists, slices.Clone(nodes)), append(names, i)
			}
		}
		e.events = append(e.events, group)
	}
	if len(lists) == 0 {
		return nil
	}
	g, added, err := e.in.Graph.WithAny(lists)
	if err != nil {
		return err
	}
	e.in.Graph = g
	for k, i := range names {
		own := e.losses[i]
		own.unit, own.dearer = -1, -1
		own.own = len(e.losses)
		e.losses[i].node, e.losses[i].own = added[k], own.own
		e.losses = append(e.losses, own)
	}
	return nil
}

// oneOfEachPower leaves out of a group that the model did not make those that are taken by the same power: the model then names several things
// that lie in one place, and each is lost.
func (e *engine) oneOfEachPower(group []int) []int {
	if e.losses[group[0]].Event != "" {
		return group
	}
	count := map[string]int{}
	for _, i := range group {
		count[e.losses[i].Power]++
	}
	for _, n := range count {
		if n > 1 {
			return nil
		}
	}
	return group
}

// boundSizes sees to it that no name of an event costs more than a dearer one.
func (e *engine) boundSizes(size []float64) {
	for _, group := range e.events {
		for k, i := range group[1:] {
			most := float64(size[group[k]] * caseMean(e.losses[group[k]].size.Chance))
			size[i] = min(size[i], most/caseMean(e.losses[i].size.Chance))
		}
	}
}

// mean is what a case costs on average.
func (q *Quantity) mean() float64 { return float64(q.Dist.Mean() * caseMean(q.Chance)) }

// typical is what a case of a loss costs on average in a draw.
func (d *drawn) typical(l *loss, i int) float64 { return float64(d.size[i] * caseMean(l.size.Chance)) }

// alone is how often a year a row has a loss without a dearer name of the same event.
func (e *engine) alone(row []float64, i int) float64 {
	if d := e.losses[i].dearer; d >= 0 {
		return max(row[i]-row[d], 0)
	}
	return row[i]
}

// excess is by how much a case of a loss costs more, on average, than one of the next cheaper name of its event.
func (e *engine) excess(i int) float64 {
	for _, group := range e.events {
		if k := slices.Index(group, i); k >= 0 && k+1 < len(group) {
			return max(e.losses[i].size.mean()-e.losses[group[k+1]].size.mean(), 0)
		}
	}
	return e.losses[i].size.mean()
}

// dearerNames are the assets of the same event that cost more, the dearest first.
func (e *engine) dearerNames(i int) []string {
	var out []string
	for d := e.losses[i].dearer; d >= 0; d = e.losses[d].dearer {
		out = append(out, e.losses[d].Asset)
	}
	slices.Reverse(out)
	return out
}

package risk

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"fermata/internal/model"
	"fermata/internal/result"
)

// Use is what a row of the evidence table is to a quantity.
type Use struct {
	Row      *Row
	Share    float64 // as a chance of success, or as an efficacy
	N        float64 // trials after the design effect
	Counts   bool    // it goes into the fit against the attacker that it was measured on
	Why      string  // why it does not count
	Adaptive bool
}

// Describe settles one quantity, and says what each of its rows is to it.
func Describe(in Input, of, name string) (result.RiskQuantity, []Use, error) {
	q, err := settle(&Input{Rules: in.Rules, Controls: in.Controls, Rows: in.Rows, Given: in.Given, Mode: in.Mode})
	if err != nil {
		return result.RiskQuantity{}, nil, err
	}
	var one *Quantity
	var measure func(*Row) (Study, bool)
	var rows []string
	switch of {
	case model.SuccessOf:
		one, err = q.success(name)
		measure, rows = (*Row).Success, in.Rules[name].Evidence
	case model.EfficacyOf:
		one, err = q.efficacy(name)
		measure, rows = (*Row).Efficacy, append(slices.Clone(in.Controls[name].Efficacy.Evidence), in.Controls[name].Adaptive...)
	case model.TogetherOf:
		one, err = q.together(name)
	case model.AttemptsOf:
		one, err = q.attempts(name)
	default:
		return result.RiskQuantity{}, nil, fmt.Errorf("nothing is known of %s", of)
	}
	if err != nil {
		return result.RiskQuantity{}, nil, err
	}
	if one.Basis == Given && len(one.Rows) > 0 {
		rows = one.Rows
	}
	var uses []Use
	for _, id := range sorted(rows) {
		r := q.table[id]
		if r == nil {
			continue
		}
		u := Use{Row: r, Adaptive: r.Adaptive}
		if s, ok := measure(r); ok {
			u.Share, u.N, u.Counts = s.Share, s.N, true
		} else {
			u.Why = "it measured something else, and supports the judgement only"
		}
		uses = append(uses, u)
	}
	return one.told(), uses, nil
}

func (q *Quantity) told() result.RiskQuantity {
	value := q.Range()
	if q.Chance > 0 {
		value = result.Band{Mean: float64(value.Mean * caseMean(q.Chance)), Low: q.low, High: q.high}
	}
	return result.RiskQuantity{ID: q.ID, Of: q.Of, Name: q.Name, Unit: q.Unit, Value: value, Basis: q.Basis, Rows: q.Rows, Text: q.Text}
}

// Sketch is the expected loss a year in each of few draws: for comparing systems that differ by little, under the same
// random numbers.
type Sketch map[string][]float64 // by unit

// Estimate sketches quickly.
func Estimate(ctx context.Context, in Input) (Sketch, error) {
	list, err := Along(ctx, in, nil)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// Along sketches the system as it is, and then with the first, the first two, … of some offers ("control@on") placed.
func Along(ctx context.Context, in Input, offers []string) ([]Sketch, error) {
	sets := [][]string{nil}
	for i := range offers {
		sets = append(sets, offers[:i+1])
	}
	return sketches(ctx, in, sets)
}

// sketches sketches the system with each of some sets of offers ("control@on") placed, all in the same draws.
func sketches(ctx context.Context, in Input, sets [][]string) ([]Sketch, error) {
	in.Quick = true
	e, err := newEngine(&in)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i := range in.Offers {
		at[in.Offers[i].id()] = i
	}
	var worlds []*scenario
	for _, set := range sets {
		s := &scenario{placed: map[int]bool{}}
		for _, id := range set {
			if i, ok := at[id]; ok {
				s.placed[i] = true
			}
		}
		worlds = append(worlds, s)
	}
	for range quickBatches {
		e.extend()
	}
	n := len(e.values)
	out := make([]Sketch, len(worlds))
	for k := range out {
		out[k] = Sketch{}
		for _, unit := range e.units {
			out[k][unit] = make([]float64, n)
		}
	}
	var done atomic.Int64
	return out, each(ctx, n, func() func(int) {
		w := e.worker()
		return func(at int) {
			d := e.draw(at)
			for k, s := range worlds {
				m := e.moments(d, w.sample(at, d, s, false))
				for u, unit := range e.units {
					out[k][unit][at] = m.total[u]
				}
			}
			in.Progress.say(int(done.Add(1)), n)
		}
	})
}

// Units are those of a sketch, money first.
func (s Sketch) Units() []string {
	var out []string
	for unit := range s {
		if unit != Units {
			out = append(out, unit)
		}
	}
	slices.Sort(out)
	if _, ok := s[Units]; ok {
		out = append(out, Units)
	}
	return out
}

// Band is the expected loss in a unit.
func (s Sketch) Band(unit string) result.Band {
	if len(s[unit]) == 0 {
		return result.Band{}
	}
	return band(s[unit])
}

// Change compares two sketches, draw by draw, in every unit of either. Where one took more draws, the others count for its
// own mean only.
func Change(before, after Sketch) []result.RiskChange {
	both := Sketch{}
	for _, s := range []Sketch{before, after} {
		for unit, list := range s {
			n := len(list)
			if known, ok := both[unit]; ok {
				n = min(n, len(known))
			}
			both[unit] = make([]float64, n)
		}
	}
	var out []result.RiskChange
	for _, unit := range both.Units() {
		for i := range both[unit] {
			if list := before[unit]; list != nil {
				both[unit][i] += list[i]
			}
			if list := after[unit]; list != nil {
				both[unit][i] -= list[i]
			}
		}
		c := result.RiskChange{Unit: unit, Before: before.Band(unit), After: after.Band(unit), Cut: band(both[unit])}
		if len(before[unit]) != len(after[unit]) {
			c.Cut.Mean = c.Before.Mean - c.After.Mean
		}
		out = append(out, c)
	}
	return out
}

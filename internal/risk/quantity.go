package risk

import (
	"fmt"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/stat"
)

// Quantity is a number that goes into the reckoning and that nobody knows exactly.
type Quantity struct {
	ID     string // sort and name: "success:tool-misuse"
	Of     string // one of the sorts of [model.RiskInput]
	Name   string // rule, control, attacker, asset or class of loss
	Unit   string // of a loss
	Dist   stat.Dist
	Calm   stat.Dist // for mishap, which adapts to nothing; nil: the same
	Chance float64   // of a loss: standard deviation of the logarithm from one case to the next
	Basis  string    // one of the bases
	Rows   []string  // rows that it rests on
	Text   string    // how it came about, one or two plain sentences
	Warn   string    // what somebody gave and what could not be used as they may think; empty: nothing
	stream uint64

	low, high float64 // of a loss: of which one case in twenty is below, and one above
}

// Where a quantity can come from.
const (
	Fitted    = "fitted"    // to rows of the evidence table
	Judgement = "judgement" // of the rule, the control or this program
	Given     = "given"     // by the user
)

// Range is the mean of a quantity and the middle nine tenths.
func (q *Quantity) Range() result.Band {
	return result.Band{Mean: q.Dist.Mean(), Low: q.Dist.Quantile(0.05), High: q.Dist.Quantile(0.95)}
}

// usualAttempts are what is taken for the number of serious attempts at one system a year. There is no count of them for
// agent systems; the ranges are held against how many organisations had an incident with an AI application within a year
// (row C264: 13 %) and a significant event of any sort (C266: 9 %).
var usualAttempts = []struct {
	attacker  string
	low, high float64
	why       string
}{
	{"outsider", 0.1, 4, "whoever can reach it without an account; an open interface is probed all the time and seldom by somebody who means it"},
	{"user", 0.05, 2, "somebody with an account who turns on the system"},
	{"content-author", 0.05, 3, "somebody who plants text in what the system reads, for it or for systems like it"},
	{"supplier", 0.005, 0.1, "a delivery that was tampered with reaches this system"},
	{"insider", 0.005, 0.05, "somebody with rightful access turns on the system"},
	{"peer", 0.02, 1, "a remote agent that is hostile or was taken over"},
	{Mishap, 0.5, 12, "an occasion on which a model, a store or timing errs where it matters"},
}

// unitsOf is what a loss counts where nobody said what it costs: a hundred for a typical critical one.
var unitsOf = map[string][2]float64{"critical": {30, 300}, "high": {10, 100}, "medium": {3, 30}, "low": {1, 10}}

// quantities settles every input. Order is that of their ids.
type quantities struct {
	in    *Input
	table table
	given map[string]model.RiskInput // sort and name
	list  []*Quantity
	byID  map[string]*Quantity
}

// settle makes the quantities that the input speaks of. Who does not say whom it is against means attackers who do not adapt.
func settle(in *Input) (*quantities, error) {
	if in.Mode == "" {
		in.Mode = Static
	}
	q := &quantities{in: in, table: newTable(in.Rows), given: map[string]model.RiskInput{}, byID: map[string]*Quantity{}}
	for _, g := range in.Given {
		q.given[g.Of+":"+g.Name] = g
	}
	var wanted []func() (*Quantity, error)
	for i := range in.Steps {
		rule := in.Steps[i].Rule
		wanted = append(wanted, func() (*Quantity, error) { return q.success(rule) })
	}
	for _, list := range [][]Guard{in.Guards, in.Offers} {
		for i := range list {
			control := list[i].Control
			wanted = append(wanted, func() (*Quantity, error) { return q.efficacy(control) })
		}
	}
	for i := range in.Together {
		control := in.Together[i].Control
		wanted = append(wanted, func() (*Quantity, error) { return q.efficacy(control) }, func() (*Quantity, error) { return q.together(control) })
	}
	for i := range in.Attackers {
		attacker := in.Attackers[i].ID
		wanted = append(wanted, func() (*Quantity, error) { return q.attempts(attacker) })
	}
	for i := range in.Losses {
		loss := &in.Losses[i]
		wanted = append(wanted, func() (*Quantity, error) { return q.loss(loss) })
	}
	for _, make := range wanted {
		if _, err := make(); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(q.list, func(a, b *Quantity) int { return strings.Compare(a.ID, b.ID) })
	return q, nil
}

// once makes a quantity at the first question about it.
func (q *quantities) once(of, name string, fill func(*Quantity) error) (*Quantity, error) {
	id := of + ":" + name
	if had := q.byID[id]; had != nil {
		return had, nil
	}
	made := &Quantity{ID: id, Of: of, Name: name, stream: stat.Stream(id)}
	if err := fill(made); err != nil {
		return nil, fmt.Errorf("%s of %s: %w", of, name, err)
	}
	q.byID[id] = made
	q.list = append(q.list, made)
	return made, nil
}

// said is what the user gave, with references followed. The name is that at the end of them.
func (q *quantities) said(of, name string) (in model.RiskInput, at string, ok bool) {
	first, ok := q.given[of+":"+name]
	if !ok {
		return in, name, false
	}
	in, at = first, name
	for range len(q.given) + 1 {
		if in.Like == "" {
			return in, at, true
		}
		at = in.Like
		next, more := q.given[of+":"+at]
		if !more {
			return first, at, true // the program's own number of that name
		}
		in = next
	}
	return first, name, false // a ring, which reading refuses
}

func (q *quantities) success(rule string) (*Quantity, error) {
	return q.once(model.SuccessOf, rule, func(out *Quantity) error {
		base, name := q.in.Rules[rule], rule
		given, at, said := q.said(model.SuccessOf, rule)
		switch {
		case said && given.Like != "":
			name, base = at, q.in.Rules[at]
		case said && len(given.Rows) > 0:
			base.Evidence = given.Rows
		case said:
			return q.range3(out, given)
		}
		err := q.chance(out, base, (*Row).Success, said && len(given.Rows) > 0)
		if said && out.Warn == "" {
			out.Basis = Given
			out.Text = fmt.Sprintf("given: %s; %s", given.Reason, out.Text)
			if name != rule {
				out.Text = fmt.Sprintf("as for %s; %s", name, out.Text)
			}
		}
		return err
	})
}

// range3 is a range that the user gave.
func (q *quantities) range3(out *Quantity, given model.RiskInput) (err error) {
	out.Basis, out.Text = Given, fmt.Sprintf("given: %s", given.Reason)
	if given.Low == given.High {
		out.Dist, err = stat.Point(given.Low)
		return err
	}
	out.Dist, err = stat.PERT(given.Low, given.Mode, given.High)
	return err
}

// chance fits a chance of success to rows, or takes the judgement of the rule.
// asked says that the rows are of the user's choice: one is then enough.
func (q *quantities) chance(out *Quantity, base result.Range, use func(*Row) (Study, bool), asked bool) error {
	static := q.table.studies(base.Evidence, use, false)
	judged, err := judgement(base)
	if err != nil {
		return err
	}
	out.Basis, out.Rows, out.Dist = Judgement, base.Evidence, judged
	out.Text = fmt.Sprintf("judgement of the rule: least %g, most likely %g, most %g", base.Low, base.Mode, base.High)
	switch {
	case len(static) == 0 && asked:
		out.unused(base.Evidence)
	case len(static) == 0:
	case len(static) == 1 && !asked:
		out.Text += fmt.Sprintf("; one row measured it (%s: %s), which does not show how settings differ", static[0].Row, percent(static[0].Share))
	default:
		pool := Fit(static)
		if out.Dist, err = stat.LogitNormal(pool.Mu, pool.deviation()); err != nil {
			return err
		}
		out.Basis = Fitted
		out.Text = fitText(pool)
	}
	if q.in.Mode != Adaptive {
		return nil
	}
	out.Calm = out.Dist
	adaptive := q.table.studies(base.Evidence, use, true)
	mean, spread := q.table.lift()
	switch {
	case len(adaptive) > 1:
		pool := Fit(adaptive)
		var fitted stat.Dist
		if fitted, err = stat.LogitNormal(pool.Mu, pool.deviation()); err != nil {
			return err
		}
		out.Dist = between{fitted, out.Calm, true}
		out.Basis, out.Text = Fitted, "attackers who adapt, at least as well as those who do not: "+fitText(pool)
	case len(static) > 1:
		pool := Fit(static)
		pool.Spread = sqrtSum(pool.Spread, spread)
		out.Dist, err = stat.LogitNormal(pool.Mu+mean, pool.deviation())
		out.Text += fmt.Sprintf("; raised by %.2g in log-odds (standard deviation %.2g) for an attacker who adapts, as %d paired rows show", mean, spread, len(adaptivePairs))
	default:
		out.Dist = upper{judged}
		out.Text += "; its upper half, for an attacker who adapts"
	}
	return err
}

// unused tells that rows which somebody chose say nothing about this, so that the judgement counts as before.
func (q *Quantity) unused(rows []string) {
	q.Warn = fmt.Sprintf("the evidence given for the %s of %s (%s) measured something else or other attackers, so the judged range counts as if nothing were given", q.Of, q.Name, strings.Join(rows, ", "))
	q.Text += "; " + q.Warn
}

func judgement(r result.Range) (stat.Dist, error) {
	if r.Low == r.High {
		return stat.Point(r.Low)
	}
	return stat.PERT(r.Low, r.Mode, r.High)
}

func fitText(p Pool) string {
	mean, low, high := p.Interval()
	if len(p.Studies) == 1 {
		return fmt.Sprintf("fitted to one row (%s), which does not show how settings differ: the usual spread between them is taken; typical %s, and between %s and %s in nine of ten settings",
			rowNames(p.Studies), percent(mean), percent(low), percent(high))
	}
	return fmt.Sprintf("fitted to %d rows (%s) by random effects on the log-odds: typical %s, and between %s and %s in nine of ten settings",
		len(p.Studies), rowNames(p.Studies), percent(mean), percent(low), percent(high))
}

func (q *quantities) efficacy(control string) (*Quantity, error) {
	return q.once(model.EfficacyOf, control, func(out *Quantity) error {
		definition := q.in.Controls[control]
		given, at, said := q.said(model.EfficacyOf, control)
		switch {
		case said && given.Like != "":
			definition = q.in.Controls[at]
		case said && len(given.Rows) > 0:
			definition.Efficacy.Evidence = given.Rows
		case said:
			return q.range3(out, given)
		}
		base := definition.Efficacy
		rows := base.Evidence
		judged, err := judgement(base)
		if err != nil {
			return err
		}
		out.Basis, out.Rows, out.Dist = Judgement, rows, judged
		out.Text = fmt.Sprintf("judgement of the catalogue: least %g, most likely %g, most %g", base.Low, base.Mode, base.High)
		static := q.table.studies(rows, (*Row).Efficacy, false)
		asked := said && len(given.Rows) > 0
		switch {
		case len(static) == 0 && asked:
			out.unused(rows)
		case len(static) == 1 && !asked:
			out.Text += fmt.Sprintf("; one row measured it (%s: %s), which does not show how settings differ", static[0].Row, percent(static[0].Share))
		}
		if len(static) > 1 || len(static) == 1 && asked {
			pool := Fit(static)
			if out.Dist, err = stat.LogitNormal(pool.Mu, pool.deviation()); err != nil {
				return err
			}
			out.Basis, out.Text = Fitted, fitText(pool)
		}
		if q.in.Mode == Adaptive {
			adaptive := q.table.studies(append(slices.Clone(rows), definition.Adaptive...), (*Row).Efficacy, true)
			if len(adaptive) > 0 {
				pool := Fit(adaptive)
				out.Calm = out.Dist
				fitted, err := stat.LogitNormal(pool.Mu, pool.deviation())
				if err != nil {
					return err
				}
				out.Dist = between{fitted, out.Calm, false}
				out.Basis, out.Text = Fitted, "attackers who adapt, against whom it stops no more than against others: "+fitText(pool)
				for _, s := range adaptive {
					if !slices.Contains(out.Rows, s.Row) {
						out.Rows = append(slices.Clone(out.Rows), s.Row)
					}
				}
			} else {
				out.Text += "; no row says how an attacker who adapts fares against it"
			}
		}
		if said && out.Warn == "" {
			out.Basis = Given
			out.Text = fmt.Sprintf("given: %s; %s", given.Reason, out.Text)
		}
		return nil
	})
}

// The share of its failing that befalls all placements of a control alike. Repeated attempts at one target are a neighbour of
// it that was measured: 17.8 % succeed once and 78.6 % in 200 (C231, C232), which is a correlation of 0.38 if susceptibility
// is beta-distributed. One attempt that meets the same filter twice resembles itself at least as much.
const togetherLow, togetherMode, togetherHigh = 0.1, 0.4, 0.9

func (q *quantities) together(control string) (*Quantity, error) {
	return q.once(model.TogetherOf, control, func(out *Quantity) (err error) {
		if given, _, said := q.said(model.TogetherOf, control); said {
			return q.range3(out, given)
		}
		out.Basis, out.Rows = Judgement, []string{"C231", "C232"}
		out.Text = fmt.Sprintf("judgement, the same for every control: least %g, most likely %g, most %g; repeated attempts at one target correlate by 0.38 (C231, C232)",
			togetherLow, togetherMode, togetherHigh)
		out.Dist, err = stat.PERT(togetherLow, togetherMode, togetherHigh)
		return err
	})
}

func (q *quantities) attempts(attacker string) (*Quantity, error) {
	return q.once(model.AttemptsOf, attacker, func(out *Quantity) (err error) {
		given, at, said := q.said(model.AttemptsOf, attacker)
		if said && given.Like == "" {
			out.Basis, out.Text = Given, "given: "+given.Reason
			out.Dist, err = spread(given.Low, given.High)
			return err
		}
		out.Basis = Judgement
		for _, u := range usualAttempts {
			if u.attacker != at {
				continue
			}
			out.Text = fmt.Sprintf("judgement: %g to %g serious attempts a year; %s; held against the incidents that organisations report (C264, C266)", u.low, u.high, u.why)
			out.Rows = []string{"C264", "C266"}
			if said {
				out.Basis, out.Text = Given, fmt.Sprintf("given: as for %s; %s; %s", at, given.Reason, out.Text)
			}
			out.Dist, err = stat.LogNormal90(u.low, u.high)
			return err
		}
		return fmt.Errorf("nobody said how often it tries")
	})
}

// spread is a range of which one case in twenty lies below and one above.
func spread(low, high float64) (stat.Dist, error) {
	switch {
	case low == high:
		return stat.Point(low)
	case low == 0:
		return stat.Uniform(0, high)
	}
	return stat.LogNormal90(low, high)
}

// money gives what a loss costs, in which unit, how often a year it can repeat, and the name under which that was said.
func (q *quantities) money(l *Loss) (name string, low, high float64, unit string, repeats int, why, basis string) {
	repeats = 1
	given, ok := q.given[model.LossOf+":"+l.Asset]
	name = l.Asset
	if !ok && l.High == 0 {
		given, ok = q.given[model.LossOf+":"+l.Class]
		name = l.Class
	}
	if class, said := q.given[model.LossOf+":"+l.Class]; said && class.Repeats > 0 {
		repeats = class.Repeats
	}
	switch {
	case ok:
		if given.Repeats > 0 {
			repeats = given.Repeats
		}
		unit = given.Currency
		if unit == "" {
			unit = Units
		}
		return name, given.Low, given.High, unit, repeats, "given: " + given.Reason, Given
	case l.High > 0:
		unit = l.Currency
		if unit == "" {
			unit = Units
		}
		return l.Asset, l.Low, l.High, unit, repeats, "given with the asset in the model", Given
	}
	u := unitsOf[l.Severity]
	return l.Class, u[0], u[1], Units, repeats, fmt.Sprintf("nobody said what it costs: ordinal units, in which a typical loss of the grade critical counts 100; this class is %s", l.Severity), Judgement
}

func (q *quantities) loss(l *Loss) (*Quantity, error) {
	name, low, high, unit, repeats, why, basis := q.money(l)
	return q.once(model.LossOf, name, func(out *Quantity) (err error) {
		out.Unit, out.Basis, out.low, out.high = unit, basis, low, high
		out.Text = fmt.Sprintf("%s to %s %s a case; %s", amount(low), amount(high), unit, why)
		if repeats > 1 {
			out.Text += fmt.Sprintf("; up to %d times a year", repeats)
		}
		if low == high || low == 0 {
			out.Dist, err = spread(low, high)
			return err
		}
		// Half of the spread is not knowing what such a loss costs here, half is that cases differ.
		mu := float64(0.5 * (stat.Log(low) + stat.Log(high)))
		sigma := (stat.Log(high) - stat.Log(low)) / (2 * 1.6448536269514722) * halfRoot
		out.Chance = sigma
		out.Dist, err = stat.LogNormal(mu, sigma)
		return err
	})
}

// halfRoot is the square root of one half.
const halfRoot = 0.7071067811865476

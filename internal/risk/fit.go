package risk

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"fermata/internal/stat"
)

// Assumptions of fitting, each told where a figure rests on it.
const (
	designEffect  = 5   // trials of one study resemble each other: so many count as one
	assumedTrials = 100 // of a row that does not say how many there were
	usualSpread   = 1.0 // how much chances differ between settings, in log-odds: 0.8 to 1.2 in the large tables
	spreadWorth   = 2   // studies that the usual spread counts as, where few studies show their own
	least         = 0.005
)

// Study is a row as a fit uses it.
type Study struct {
	Row   string
	Share float64 // of attempts, or of those that a control stopped
	N     float64 // trials after the design effect
}

// Pool is a random-effects fit on the log-odds: Mu is their mean, Error its standard error, Spread the standard deviation
// between settings.
type Pool struct {
	Mu, Error, Spread float64
	Studies           []Study
}

// deviation is that of a new setting like these.
func (p Pool) deviation() float64 {
	return math.Sqrt(float64(p.Error*p.Error) + float64(p.Spread*p.Spread))
}

// Interval is the middle nine tenths of what a new setting would show.
func (p Pool) Interval() (mean, low, high float64) {
	d := p.deviation()
	return expit(p.Mu), expit(p.Mu - float64(1.6448536269514722*d)), expit(p.Mu + float64(1.6448536269514722*d))
}

// Fit pools studies by the method of DerSimonian and Laird. Where they are few, the spread between them leans on the usual
// one: three studies that happen to agree do not show that settings do.
func Fit(studies []Study) Pool {
	p := Pool{Studies: studies}
	var y, v []float64
	for _, s := range studies {
		share := s.Share
		if share <= 0 || share >= 1 {
			share = (float64(share*s.N) + 0.5) / (s.N + 1) // none of n is no proof of never
		}
		share = min(max(share, least), 1-least)
		y = append(y, logit(share))
		v = append(v, 1/float64(s.N*float64(share*(1-share))))
	}
	k := float64(len(studies))
	var w, wy, ww float64
	for i := range y {
		w += 1 / v[i]
		wy += y[i] / v[i]
		ww += 1 / float64(v[i]*v[i])
	}
	mean, q := wy/w, 0.0
	for i := range y {
		d := y[i] - mean
		q += float64(d*d) / v[i]
	}
	between := 0.0
	if c := w - ww/w; c > 0 && k > 1 {
		between = max(0, (q-(k-1))/c)
	}
	own := k - 1
	between = (float64(own*between) + spreadWorth*usualSpread*usualSpread) / (own + spreadWorth)
	var r, ry float64
	for i := range y {
		r += 1 / (v[i] + between)
		ry += y[i] / (v[i] + between)
	}
	p.Mu, p.Error, p.Spread = ry/r, math.Sqrt(1/r), math.Sqrt(between)
	return p
}

func logit(p float64) float64 { return stat.Log(p / (1 - p)) }

func expit(x float64) float64 {
	if x < 0 {
		e := stat.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + stat.Exp(-x))
}

// has tells whether one of some words stands in a text.
func has(text string, words ...string) bool {
	text = strings.ToLower(text)
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// study makes one of a share of trials.
func (r *Row) study(share float64) Study {
	n := r.N
	if n == 0 {
		n = assumedTrials
	}
	return Study{r.ID, share, max(n/designEffect, 1)}
}

// share is the row's value where that is a share of trials, and neither a difference nor the worst of several.
func (r *Row) share() (float64, bool) {
	ok := r.HasValue && r.Value >= 0 && r.Value <= 1 && !has(r.Metric, "increase", "drop", "reduction", "gain", "accuracy", "utility", "needed", "per exfiltration", "maximum", "prevented", "recovered", "divergence", "missed", "defences that")
	return r.Value, ok
}

// stopped tells of metrics that count what was stopped.
func (r *Row) stopped() bool {
	return has(r.Metric, "block rate", "blocking rate", "detection rate", "recall") && !has(r.Metric, "1-recall")
}

// Success is the chance that one attempt gets through as the row measured it; false where it measured something else.
func (r *Row) Success() (Study, bool) {
	share, ok := r.share()
	switch {
	case !ok || r.Kind == "prevalence" || r.Kind == "loss" || r.Kind == "control_cost":
		return Study{}, false
	case r.stopped():
		return r.study(1 - share), true
	case r.Kind == "control" && r.HasBaseline:
		return r.study(r.Baseline), true // what got through without the control
	case r.Kind == "control" && !r.Adaptive && !has(r.Metric, "miss rate"):
		return Study{}, false // what got through a defence says nothing about where there is none
	}
	return r.study(share), true
}

// Efficacy is the share of what would have got through that a control stopped; false where the row does not say.
func (r *Row) Efficacy() (Study, bool) {
	share, ok := r.share()
	switch {
	case !ok && has(r.Metric, "defences that") && r.HasValue: // share of defences that failed in the end
		return r.study(1 - r.Value), true
	case !ok || r.Kind != "control" && r.Kind != "detector" && r.Kind != "human":
		return Study{}, false
	case r.stopped():
		return r.study(share), true
	case r.HasBaseline && r.Baseline > 0:
		return r.study(1 - min(share/r.Baseline, 1)), true
	case has(r.Metric, "miss rate", "approval rate", "click-through"):
		return r.study(1 - share), true
	case r.Adaptive && has(r.Metric, "residual", "leaks"):
		return r.study(1 - share), true // an attacker who adapts gets through nearly always where nothing stands
	}
	return Study{}, false
}

// adaptivePairs are rows that measured the same model once with an attack as it is and once with an attacker who picks or
// repeats until one works. What they add to the log-odds is what an adaptive attacker is worth.
var adaptivePairs = [][2]string{{"C001", "C023"}, {"C002", "C022"}, {"C017", "C025"}, {"C021", "C024"}, {"C231", "C232"}, {"C235", "C236"}}

// table finds rows.
type table map[string]*Row

func newTable(rows []Row) table {
	t := table{}
	for i := range rows {
		t[rows[i].ID] = &rows[i]
	}
	return t
}

// lift is the mean and standard deviation of what the pairs show.
func (t table) lift() (mean, deviation float64) {
	var all []float64
	for _, pair := range adaptivePairs {
		a, b := t[pair[0]], t[pair[1]]
		if a != nil && b != nil && a.Value > 0 && b.Value < 1 {
			all = append(all, logit(b.Value)-logit(a.Value))
		}
	}
	if len(all) < 2 {
		return 2, 1
	}
	for _, x := range all {
		mean += x
	}
	mean /= float64(len(all))
	for _, x := range all {
		deviation += float64((x - mean) * (x - mean))
	}
	return mean, math.Sqrt(deviation / float64(len(all)-1))
}

// studies are the usable ones of some rows, in the order of their ids.
func (t table) studies(ids []string, use func(*Row) (Study, bool), adaptive bool) []Study {
	var out []Study
	for _, id := range sorted(ids) {
		r := t[id]
		if r == nil || r.Adaptive != adaptive {
			continue
		}
		if s, ok := use(r); ok {
			out = append(out, s)
		}
	}
	return out
}

// sorted puts ids in order, each once.
func sorted(ids []string) []string {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}

// upper is the upper half of a judgement: an attacker who adapts is among the better ones that its range is meant for.
type upper struct{ stat.Dist }

func (d upper) Quantile(u float64) float64 { return d.Dist.Quantile(float64(0.5*u) + 0.5) }

func (d upper) Mean() float64 { return meanOf(d.Quantile) }

// meanOf is the mean of a distribution of which only quantiles are known.
func meanOf(quantile func(float64) float64) float64 {
	sum := 0.0
	const n = 200
	for i := range n {
		sum += quantile((float64(i) + 0.5) / n)
	}
	return sum / n
}

// between keeps one distribution at or above another, or below it, quantile by quantile: an attacker who adapts does at
// least as well as one who does not.
type between struct {
	stat.Dist
	limit stat.Dist
	above bool
}

func (d between) Quantile(u float64) float64 {
	if d.above {
		return max(d.Dist.Quantile(u), d.limit.Quantile(u))
	}
	return min(d.Dist.Quantile(u), d.limit.Quantile(u))
}

func (d between) Mean() float64 { return meanOf(d.Quantile) }

func rowNames(studies []Study) string {
	var ids []string
	for _, s := range studies {
		ids = append(ids, s.Row)
	}
	return strings.Join(ids, ", ")
}

func percent(x float64) string { return fmt.Sprintf("%.3g %%", 100*x) }

func sqrtSum(a, b float64) float64 { return math.Sqrt(float64(a*a) + float64(b*b)) }

// amount writes an amount shortly.
func amount(x float64) string {
	switch {
	case x >= 1e9:
		return fmt.Sprintf("%.3gbn", x/1e9)
	case x >= 1e6:
		return fmt.Sprintf("%.3gm", x/1e6)
	case x >= 1e4:
		return fmt.Sprintf("%.3gk", x/1e3)
	}
	return fmt.Sprintf("%.3g", x)
}

package score

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// Deriver scores the findings of one result. It is not for several goroutines at once.
type Deriver struct {
	r        *result.Result
	findings map[string]*result.Finding
	elements map[string]*model.Element
	flows    map[string]*model.Flow
	from, to map[string][]*model.Flow // flows by their ends
	assets   map[string]*model.Asset
	losses   map[string][]*model.Asset // by the power that is the loss
	pathsOf  map[string][]int          // finding → places of its paths, the worst first

	moves   []move
	needed  map[string][]needAt
	ways    map[string]wayOrWhy // by finding: ways rest on steps, not on facts
	reaches []*reach            // nil until a finding on no listed path is asked for
}

// NewDeriver prepares a result. The result is read only, and must not change while the deriver is used.
func NewDeriver(r *result.Result) *Deriver {
	d := &Deriver{
		r: r, findings: map[string]*result.Finding{}, elements: map[string]*model.Element{}, flows: map[string]*model.Flow{},
		from: map[string][]*model.Flow{}, to: map[string][]*model.Flow{}, assets: map[string]*model.Asset{},
		losses: map[string][]*model.Asset{}, pathsOf: map[string][]int{}, ways: map[string]wayOrWhy{},
	}
	for i := range r.Findings {
		d.findings[r.Findings[i].ID] = &r.Findings[i]
	}
	for _, e := range r.System.Elements {
		d.elements[e.ID] = e
	}
	for _, f := range r.System.Flows {
		d.flows[f.ID] = f
		d.from[f.From] = append(d.from[f.From], f)
		d.to[f.To] = append(d.to[f.To], f)
	}
	for i := range r.System.Assets {
		a := &r.System.Assets[i]
		d.assets[a.ID] = a
		scope := model.ScopeAll
		if a.Scope == model.ScopeOwn {
			scope = model.ScopeOwn
		}
		power := model.Power{Capability: a.Capability, Scope: scope, On: a.Element}.String()
		d.losses[power] = append(d.losses[power], a)
	}
	for i := range r.Paths {
		for _, h := range r.Paths[i].Steps {
			if list := d.pathsOf[h.Finding]; len(list) == 0 || list[len(list)-1] != i {
				d.pathsOf[h.Finding] = append(list, i)
			}
		}
	}
	return d
}

// Finding scores a finding by a system. Threat is one of [Threats], or empty for the default; it matters to AIVSS, and
// to CVSS when it is given. Without a score the second value says why.
func (d *Deriver) Finding(f *result.Finding, system, threat string) (*result.Score, string) {
	w, why := d.way(f)
	if w == nil {
		return nil, why
	}
	if threat == "" && system != CVSS40 {
		threat = Threats[0]
	}
	var s result.Score
	switch system {
	case CVSS40, AIVSS09:
		s = d.cvss(f, w, system, threat)
	case AIVSS08, AIVSS05:
		s = d.aivss(f, w, system, threat)
	case RiskRR:
		s = d.rating(f, w)
	case Matrix:
		s = d.matrix(f, w)
	default:
		return nil, "there is no such scoring system"
	}
	s.Source, s.Path = strings.Join(w.attackers, "+"), w.path
	if w.asset != nil {
		s.Loss = w.asset.ID
	}
	return &s, ""
}

// value is one input while it is made: places in its list of values, from the least to the worst.
type value struct {
	low, high int
	reason    string
	origin    string
	on, fact  string
	evidence  []model.Evidence
}

// known is a value that is settled.
func known(at int, origin model.Origin, reason string) value {
	return value{low: at, high: at, origin: string(origin), reason: reason}
}

// worse keeps what is worse of two values: the worst that either may be, and at least what both are at least.
func worse(a, b value) value {
	out := a
	if b.high > a.high || b.high == a.high && (b.low > a.low || b.low == a.low && firmer(b, a)) {
		out = b
	}
	out.low = max(a.low, b.low)
	return out
}

// firmer tells whether a value rests on what somebody saw or said, and the other does not.
func firmer(a, b value) bool {
	seen := func(v value) bool { return v.origin == string(model.Observed) || v.origin == string(model.Declared) }
	return seen(a) && !seen(b)
}

// harder keeps what is harder of two values, for things that must all be done.
func harder(a, b value) value {
	out := a
	if b.low < a.low || b.low == a.low && b.high < a.high {
		out = b
	}
	out.low, out.high = min(a.low, b.low), min(a.high, b.high)
	return out
}

// judged turns a fact into a value: the place for yes, and that for no; unknown spans both.
func judged(on, name string, f model.Fact, yes, no int, said string) value {
	v := value{origin: string(f.Origin), on: on, fact: name, evidence: f.Evidence, reason: said}
	switch f.Value {
	case model.Yes:
		v.low, v.high = yes, yes
	case model.No:
		v.low, v.high = no, no
	default:
		v.low, v.high = min(yes, no), max(yes, no)
		v.origin = unknown
	}
	return v
}

// The origins of inputs that are none of the model's.
const (
	unknown   = "unknown"
	unseen    = "unseen"
	judgement = "judgement"
	derived   = "derived" // from the inputs that follow
)

// input turns a value into an input of a score.
func input(name, meaning string, v value, values []string) result.ScoreInput {
	return result.ScoreInput{
		Name: name, Meaning: meaning, Low: values[v.low], High: values[v.high], Reason: v.reason,
		Origin: v.origin, On: v.on, Fact: v.fact, Evidence: v.evidence,
	}
}

// name is an element or flow for people.
func (d *Deriver) name(id string) string {
	if e := d.elements[id]; e != nil {
		return e.Name
	}
	if f := d.flows[id]; f != nil {
		return fmt.Sprintf("the %s from %s to %s", f.Kind, d.name(f.From), d.name(f.To))
	}
	return id
}

// says is a fact in words: "autonomous of planner is yes".
func (d *Deriver) says(on, fact string, f model.Fact) string {
	switch f.Value {
	case model.Unknown:
		return fmt.Sprintf("%s of %s is not known", fact, d.name(on))
	}
	return fmt.Sprintf("%s of %s is %s", fact, d.name(on), f.Value)
}

// ofElement judges a fact of an element.
func (d *Deriver) ofElement(e *model.Element, name string, yes, no int) value {
	f := e.Fact(name)
	return judged(e.ID, "facts."+name, f, yes, no, d.says(e.ID, name, f))
}

// ofFlow judges a fact of a flow.
func (d *Deriver) ofFlow(fl *model.Flow, name string, yes, no int) value {
	f := fl.Fact(name)
	return judged(fl.ID, "facts."+name, f, yes, no, d.says(fl.ID, name, f))
}

// aivss derives an AIVSS score.
func (d *Deriver) aivss(f *result.Finding, w *way, system, threat string) result.Score {
	metrics := d.base(f, w)
	low, high := metrics.vector(false), metrics.vector(true)
	baseLow, baseHigh := low.score(), high.score()
	inputs := []result.ScoreInput{{
		Name: "CVSS base", Meaning: "CVSS v4.0 base score", Low: baseLow.FloatString(1), High: baseHigh.FloatString(1),
		Reason: "by the metrics below", Origin: derived,
	}}
	sumLow, sumHigh := new(big.Rat), new(big.Rat)
	half := big.NewRat(1, 2)
	agents := d.agents(w)
	for _, factor := range factorsOf(system) {
		v := d.factor(factor.key, agents)
		sumLow.Add(sumLow, new(big.Rat).Mul(half, big.NewRat(int64(v.low), 1)))
		sumHigh.Add(sumHigh, new(big.Rat).Mul(half, big.NewRat(int64(v.high), 1)))
		inputs = append(inputs, input(factor.name, "", v, []string{"0.0", "0.5", "1.0"}))
	}
	mitigation := d.mitigation(f, w)
	if system == AIVSS08 {
		in := input("Mitigation", levelNames(mitigations)[mitigation.high], mitigation, []string{"1.00", "0.83", "0.67"})
		inputs = append(inputs, in)
	}
	inputs = append(inputs, metrics.inputs()...)
	name := mitigations[mitigation.high].name
	return aivssScore(system, baseLow, baseHigh, sumLow, sumHigh, threat, []string{name, name}, inputs, low.text, high.text)
}

// mitigation judges what stands against a finding, from the states of its controls: a claim counts less than what was
// seen, and what only weakens less than what stops. Controls that nobody saw do not count. A control at work never
// raises a score. What blocks a finding may stand on another step of its way.
func (d *Deriver) mitigation(f *result.Finding, w *way) value {
	best := value{origin: unseen, reason: "no control of this finding is seen to stand"}
	controls := f.Controls
	if f.Status == result.Blocked {
		controls = nil
		for _, step := range w.steps() {
			controls = append(controls, step.Controls...)
		}
	}
	for _, c := range controls {
		at := 0
		switch c.State {
		case model.Evidenced, model.Tested, model.Attested:
			if at = 1; c.Effect == "blocks" {
				at = 2
			}
		case model.DeclaredOnly:
			if c.Effect == "blocks" {
				at = 1
			}
		}
		if at <= best.high {
			continue
		}
		best = value{
			low: at, high: at, origin: string(c.State), on: c.On, fact: "control." + c.Control, evidence: c.Evidence,
			reason: fmt.Sprintf("%s on %s %s it, and is %s", c.Control, d.name(c.On), c.Effect, c.State),
		}
	}
	return best
}

// matrix derives the matrix: the chance of the way and the class of the loss.
func (d *Deriver) matrix(f *result.Finding, w *way) result.Score {
	likelihood := chanceOf(w.cost)
	severity := len(result.Severities) - 2
	consequence := value{origin: judgement, reason: "it leads to no loss"}
	if w.asset != nil {
		severity = min(severity, lossClass(w.asset.Loss))
		consequence = value{origin: string(w.asset.Origin), on: w.asset.Element, reason: fmt.Sprintf("the loss is %s, of the class %s", w.asset.Name, w.asset.Loss)}
	}
	word := result.Severities[severity]
	at := slices.Index(consequences, word)
	consequence.low, consequence.high = at, at
	mitigation := d.mitigation(f, w)
	// What is done against a finding that is live all the same is partial.
	status := min(mitigation.high, 1)
	if f.Status == result.Blocked {
		status = mitigation.high
	}
	mitigation.low, mitigation.high = status, status
	s := matrixScore(likelihoods[likelihood.high], word, statuses[status].name)
	s.Inputs = []result.ScoreInput{
		input("likelihood", "", likelihood, likelihoods),
		input("consequence", "", consequence, consequences),
		input("implementation", "", mitigation, levelNames(statuses)),
	}
	return s
}

// chances are the costs (−ln of a chance) at which a likelihood ends: 1 in 5, 1 in 50, 1 in 500 tries.
var chances = []struct {
	most float64
	text string
}{{1.6094379124341003, "at least 1 in 5 tries"}, {3.912023005428146, "at least 1 in 50 tries"}, {6.214608098422191, "at least 1 in 500 tries"}}

// chanceOf is the likelihood of a way, as a place in likelihoods.
func chanceOf(cost float64) value {
	for i, c := range chances {
		if cost <= c.most {
			at := len(likelihoods) - 1 - i
			return value{low: at, high: at, origin: judgement, reason: "by the chances of its steps, the cheapest way works in " + c.text}
		}
	}
	return value{origin: judgement, reason: "by the chances of its steps, the cheapest way works in less than 1 in 500 tries"}
}

// rating derives OWASP Risk Rating; what the model does not know stays open.
func (d *Deriver) rating(f *result.Finding, w *way) result.Score {
	metrics := d.base(f, w)
	low, high := map[string]int{}, map[string]int{}
	var inputs []result.ScoreInput
	for _, factor := range ratingFactors {
		if factor.group == "business" {
			continue
		}
		a, b, v := d.ratingFactor(factor.key, w, metrics)
		if v.origin == unknown && v.reason == "" {
			a, b = factor.options[0], factor.options[len(factor.options)-1]
			v.reason = "no fact of the model says it; give it with --inputs"
		}
		low[factor.key], high[factor.key] = a, b
		inputs = append(inputs, result.ScoreInput{
			Name: factor.key, Meaning: factor.group, Low: strconv.Itoa(a), High: strconv.Itoa(b), Reason: v.reason, Origin: v.origin,
			On: v.on, Fact: v.fact, Evidence: v.evidence,
		})
	}
	s := ratingScore(rate(low), rate(high))
	s.Inputs = inputs
	return s
}

// Opportunity and size of each source of harm: judgement, by the words of the page.
var ratingSources = map[string]struct {
	opportunity, size int
	why               string
}{
	"outsider":       {9, 9, "anybody on the network, with no access"},
	"content-author": {9, 9, "anybody who writes what is read, with no access"},
	"user":           {7, 6, "authenticated users, with some access"},
	"peer":           {7, 5, "partners, with some access"},
	"supplier":       {4, 5, "suppliers, with special access"},
	"insider":        {4, 2, "operators, with special access"},
}

func (d *Deriver) ratingFactor(key string, w *way, metrics *baseMetrics) (low, high int, v value) {
	v.origin = judgement
	source := ratingSources[w.attackers[0]]
	for _, a := range w.attackers[1:] {
		if s, ok := ratingSources[a]; ok && (source.size == 0 || s.size < source.size) {
			source = s
		}
	}
	impact := func(names ...string) (int, int, value) {
		v := worse(metrics.at(names[0]), metrics.at(names[1]))
		places := map[string][3][2]int{"confidentiality": {{0, 0}, {2, 6}, {7, 9}}, "integrity": {{0, 0}, {1, 3}, {5, 9}}, "availability": {{0, 0}, {1, 5}, {7, 9}}}[key]
		return places[v.low][0], places[v.high][1], v
	}
	switch key {
	case "opportunity":
		v.reason = source.why
		return source.opportunity, source.opportunity, v
	case "size":
		v.reason = source.why
		return source.size, source.size, v
	case "exploit":
		at := chanceOf(w.cost)
		v.reason = at.reason
		exploit := []int{1, 3, 3, 5}[at.high]
		return exploit, exploit, v
	case "detection":
		v := d.factor("opacity", d.agents(w))
		places := []int{3, 8, 9}
		return places[v.low], places[v.high], v
	case "accountability":
		v := d.factor("opacity", d.agents(w))
		places := []int{1, 7, 9}
		return places[v.low], places[v.high], v
	case "confidentiality":
		return impact("VC", "SC")
	case "integrity":
		return impact("VI", "SI")
	case "availability":
		return impact("VA", "SA")
	}
	return 0, 0, value{origin: unknown}
}

// Order puts the worst score first: by the highest, then by the lowest, then by severity, then by id.
func Order(a, b *result.ScoredFinding) int {
	return cmp.Or(
		cmp.Compare(b.Score.High, a.Score.High), cmp.Compare(b.Score.Low, a.Score.Low),
		slices.Index(result.Severities, a.Severity)-slices.Index(result.Severities, b.Severity), strings.Compare(a.Finding, b.Finding),
	)
}

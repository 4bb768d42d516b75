package score

import (
	"fmt"
	"slices"
	"strings"

	gocvss40 "github.com/pandatix/go-cvss/40"

	"fermata/internal/model"
	"fermata/internal/result"
)

// baseMetrics are the base metrics of one finding. A place counts from the least severe value of its metric, so that
// higher is worse everywhere.
type baseMetrics struct{ values map[string]value }

func (m *baseMetrics) at(name string) value { return m.values[name] }

// words are the values of a metric from the least severe.
func words(m metric) []string {
	out := make([]string, len(m.values))
	for i, v := range m.values {
		out[len(out)-1-i] = v
	}
	return out
}

// vector is the vector of the highest or of the lowest score. No worse metric lowers a score (a test walks them all),
// so these are the ends of each metric.
func (m *baseMetrics) vector(highest bool) *cvss {
	v := &gocvss40.CVSS40{}
	for _, b := range cvssBase {
		at := m.values[b.name].low
		if highest {
			at = m.values[b.name].high
		}
		if err := v.Set(b.name, words(b)[at]); err != nil {
			panic("score: " + err.Error()) // the values are those of the table above
		}
	}
	return &cvss{v, v.Vector()}
}

func (m *baseMetrics) inputs() []result.ScoreInput {
	var out []result.ScoreInput
	for _, b := range cvssBase {
		out = append(out, input(b.name, b.doc, m.values[b.name], words(b)))
	}
	return out
}

// cvss derives a CVSS score, and the one of the AIVSS draft, which is CVSS-BTE.
func (d *Deriver) cvss(f *result.Finding, w *way, system, threat string) result.Score {
	metrics := d.base(f, w)
	low, high := metrics.vector(false), metrics.vector(true)
	inputs := metrics.inputs()
	if threat != "" {
		for _, c := range []*cvss{low, high} {
			if err := c.v.Set("E", maturity[threat]); err != nil {
				panic("score: " + err.Error())
			}
			c.text = c.v.Vector()
		}
		inputs = append(inputs, result.ScoreInput{Name: "E", Meaning: "exploit maturity", Low: maturity[threat], High: maturity[threat], Reason: "chosen: " + threat, Origin: "given"})
	}
	s := cvssScore(high)
	least := low.score()
	s.System, s.Inputs, s.Low, s.BandLow = system, inputs, number(least), band(cvssBands, least)
	if low.text != high.text {
		s.VectorLow = low.text
	}
	if system == AIVSS09 {
		s.Name = "AIVSS 0.9 draft, Mode 1"
		s.Notes = append(s.Notes, "the AI metrics are not derived: Mode 1 scores CVSS-BTE whatever they are")
	}
	return s
}

// Places of the exploitability metrics, from the least severe.
const (
	avLocal, avNetwork    = 1, 3
	acHigh, acLow         = 0, 1
	atPresent, atNone     = 0, 1
	prHigh, prLow, prNone = 0, 1, 2
	uiActive, uiPassive   = 0, 1
	uiNone                = 2
	impactNone, impactLow = 0, 1
	impactHigh            = 2
	rareStep              = 0.1 // a step that works less often than this needs more than the attacker's effort
)

// base derives the base metrics of a finding on a way.
func (d *Deriver) base(f *result.Finding, w *way) *baseMetrics {
	m := &baseMetrics{map[string]value{}}
	d.access(w, m)
	m.values["AC"] = d.complexity(w)
	d.impacts(f, w, m)
	return m
}

// access derives AV, AT, PR and UI from what the way starts with. What needs several starts is as hard as the hardest.
func (d *Deriver) access(w *way, m *baseMetrics) {
	first := true
	for _, s := range w.starts {
		p, err := model.ParsePower(s.Power)
		if err != nil {
			continue
		}
		for _, attacker := range w.attackers {
			if attacker == mishap || !d.startsWith(attacker, s.Power) {
				continue
			}
			for name, v := range d.source(attacker, p, s.Reason, w) {
				if !first {
					v = harder(m.values[name], v)
				}
				m.values[name] = v
			}
			first = false
			break
		}
	}
	if first { // a saved result may name attackers that its system does not have
		for name, at := range map[string]int{"AV": avNetwork, "AT": atNone, "PR": prNone, "UI": uiNone} {
			m.values[name] = value{low: 0, high: at, origin: unknown, reason: "the way does not say what it starts with"}
		}
	}
	if len(w.attackers) > 1 {
		m.values["AT"] = harder(m.values["AT"], known(atPresent, judgement, "it takes several together: "+strings.Join(w.attackers, " and ")))
	}
	for _, step := range w.steps() {
		if step.Success != nil && step.Success.Mode < rareStep {
			m.values["AT"] = harder(m.values["AT"], value{
				origin: judgement, on: step.ID, evidence: step.Evidence,
				reason: fmt.Sprintf("a step works in %.3g of 1 tries at best guess, so more than effort decides: %s", step.Success.Mode, step.Message),
			})
			break
		}
	}
}

func (d *Deriver) startsWith(attacker, power string) bool {
	for i := range d.r.System.Attackers {
		if a := &d.r.System.Attackers[i]; a.ID == attacker {
			for _, s := range a.Starts {
				if s.Capability == power {
					return true
				}
			}
		}
	}
	return false
}

// source derives the metrics of one start of one source of harm.
func (d *Deriver) source(attacker string, p model.Power, reason string, w *way) map[string]value {
	out := map[string]value{
		"AV": known(avNetwork, judgement, fmt.Sprintf("%s: %s", d.name(p.On), reason)),
		"AT": known(atNone, judgement, "nothing but the steps themselves is needed"),
		"PR": known(prNone, judgement, fmt.Sprintf("%s needs no account", attacker)),
		"UI": known(uiNone, judgement, "nobody has to do anything for it"),
	}
	e, fl := d.elements[p.On], d.flows[p.On]
	if fl != nil && p.Capability == model.Reach {
		v := known(atPresent, judgement, "the attacker must stand on the way of "+d.name(p.On))
		v.on, v.evidence = fl.ID, fl.Evidence
		out["AT"] = v
	}
	switch attacker {
	case "user", "outsider":
		if e == nil || e.Kind != model.Human {
			break
		}
		out["AV"] = d.channel(e, w)
		if attacker == "user" {
			out["PR"] = d.gate(e, w, prLow, prNone)
		}
	case "peer":
		if e != nil {
			out["PR"] = d.gate(e, w, prLow, prNone)
		}
	case "insider":
		out["PR"] = known(prHigh, judgement, fmt.Sprintf("an insider has rights over it: %s: %s", d.name(p.On), reason))
		out["AV"] = value{low: avLocal, high: avNetwork, origin: unknown, on: p.On, reason: fmt.Sprintf("nothing says from where %s is operated", d.name(p.On))}
	case "content-author":
		out["UI"] = d.reading(w)
	case "supplier":
		out["AT"] = known(atPresent, judgement, fmt.Sprintf("the attacker must first hold what delivers: %s", d.name(p.On)))
		out["UI"] = d.updating(p.On)
	}
	return out
}

// channels are the ways in that discovery names in the id of the party, by whether they come over a network.
var channels = map[string]bool{
	"http": true, "webhook": true, "mailbox": true, "slack": true, "teams": true, "discord": true, "telegram": true, "whatsapp": true,
	"page": true, "voice": true, "terminal": false,
}

// channel derives AV for somebody who talks to the system: by the kind of way in that was seen, else by whether what
// they send leaves their machine.
func (d *Deriver) channel(e *model.Element, w *way) value {
	if e.Origin == model.Observed {
		at := strings.LastIndexByte(e.ID, ':')
		if network, ok := channels[e.ID[at+1:]]; ok {
			v := known(avLocal, model.Observed, fmt.Sprintf("%s comes in at a terminal", e.Name))
			if network {
				v = known(avNetwork, model.Observed, fmt.Sprintf("%s comes in over a network", e.Name))
			}
			v.on, v.evidence = e.ID, e.Evidence
			return v
		}
	}
	return d.sent(e, w, "remote", avNetwork, avLocal)
}

// gate derives PR from whether who sends is asked who he is.
func (d *Deriver) gate(e *model.Element, w *way, checked, open int) value {
	return d.sent(e, w, "authenticated", checked, open)
}

// sent judges a fact of the flows that a party sends on the way, else of all that it sends: of several the easiest counts.
func (d *Deriver) sent(e *model.Element, w *way, fact string, yes, no int) value {
	var out *value
	for _, onWay := range []bool{true, false} {
		for _, fl := range d.from[e.ID] {
			if !content(fl.Kind) || onWay && !uses(w, fl.ID) {
				continue
			}
			v := d.ofFlow(fl, fact, yes, no)
			if out != nil {
				v = worse(*out, v)
			}
			out = &v
		}
		if out != nil {
			return *out
		}
	}
	return value{low: min(yes, no), high: max(yes, no), origin: unknown, on: e.ID, reason: "no flow shows how " + e.Name + " comes in"}
}

func content(kind model.FlowKind) bool {
	for _, k := range model.FlowKinds {
		if k.Kind == kind {
			return k.Content
		}
	}
	return false
}

func uses(w *way, flow string) bool {
	for _, f := range w.before {
		for _, id := range f.Flows {
			if id == flow {
				return true
			}
		}
	}
	return false
}

// reading derives UI for content that lies somewhere until it is read: an agent that works by itself reads it, for one
// that a person starts somebody has to ask.
func (d *Deriver) reading(w *way) value {
	for _, f := range w.before {
		for _, id := range f.Elements {
			if e := d.elements[id]; e != nil && isAgent(e) {
				return d.ofElement(e, "autonomous", uiNone, uiPassive)
			}
		}
	}
	return value{low: uiPassive, high: uiNone, origin: unknown, reason: "nothing shows who makes it be read"}
}

// updating derives UI for what is delivered: new versions come by themselves, or somebody takes them.
func (d *Deriver) updating(supplier string) value {
	var out *value
	for _, fl := range d.from[supplier] {
		if fl.Kind != model.Supply {
			continue
		}
		v := d.ofFlow(fl, "auto-update", uiNone, uiPassive)
		if out != nil {
			v = worse(*out, v)
		}
		out = &v
	}
	if out == nil {
		return value{low: uiPassive, high: uiNone, origin: unknown, reason: "no flow shows how it is delivered"}
	}
	return *out
}

func isAgent(e *model.Element) bool { return e.Kind == model.Agent || e.Kind == model.Orchestrator }

// complexity derives AC: a control that makes a step less likely has to be evaded. One that is only claimed may stand or
// not.
func (d *Deriver) complexity(w *way) value {
	out := value{low: acLow, high: acLow, origin: unseen, reason: "no control that would have to be evaded is seen to stand"}
	for _, f := range w.steps() {
		for _, c := range f.Controls {
			v := value{on: c.On, fact: "control." + c.Control, evidence: c.Evidence, origin: string(c.State), reason: fmt.Sprintf("%s on %s has to be evaded, and is %s", c.Control, d.name(c.On), c.State)}
			switch c.State {
			case model.Evidenced, model.Tested, model.Attested:
				v.low, v.high = acHigh, acHigh
			case model.DeclaredOnly:
				v.low, v.high = acHigh, acLow
			default:
				continue
			}
			out = harder(out, v)
		}
	}
	return out
}

// impacts derives the six impact metrics: what the finding gives by itself falls on the vulnerable system, the elements
// that it binds and what they run in, without people and outside parties; the loss at the end of the way falls where it
// stands.
func (d *Deriver) impacts(f *result.Finding, w *way, m *baseMetrics) {
	inside := map[string]bool{}
	for _, id := range f.Elements {
		if e := d.elements[id]; e != nil && e.Kind != model.Human && e.Kind != model.External {
			inside[id] = true
			for _, fl := range d.to[id] {
				if fl.Kind == model.Hosts {
					inside[fl.From] = true
				}
			}
		}
	}
	for _, id := range f.Flows {
		inside[id] = true
	}
	for _, name := range []string{"VC", "VI", "VA", "SC", "SI", "SA"} {
		m.values[name] = known(impactNone, judgement, "the way loses nothing of it")
	}
	add := func(on string, effect [3]value) {
		side := "S"
		if inside[on] {
			side = "V"
		}
		for i, letter := range []string{"C", "I", "A"} {
			if effect[i].high > impactNone || effect[i].reason != "" {
				m.values[side+letter] = worse(m.values[side+letter], effect[i])
			}
		}
	}
	for _, g := range w.gains {
		if p, err := model.ParsePower(g); err == nil {
			add(p.On, d.power(p))
		}
	}
	if w.asset != nil {
		add(w.asset.Element, d.loss(w.asset))
	}
}

// power says what a power over an element takes from it: confidentiality, integrity, availability. In the attacker's own
// scope a loss is low: it is the attacker's own session, row or tenant.
func (d *Deriver) power(p model.Power) [3]value {
	most := impactHigh
	if p.Scope == model.ScopeOwn {
		most = impactLow
	}
	reason := fmt.Sprintf("it gives %s over %s", p.Capability, d.name(p.On))
	if p.Scope == model.ScopeOwn {
		reason += ", in the attacker's own sessions"
	}
	set := func(at int) value {
		v := known(min(at, most), judgement, reason)
		v.on = p.On
		return v
	}
	var out [3]value
	switch p.Capability {
	case model.Execute:
		out = [3]value{set(impactHigh), set(impactHigh), set(impactHigh)}
	case model.ReadCap:
		out[0] = d.secrecy(p.On, most)
	case model.UseCred:
		out[0] = set(impactHigh)
	case model.WriteCap, model.Hijack, model.Impersonate:
		out[1] = set(impactHigh)
	case model.Misact, model.Influence, model.Corrupt, model.Deceive:
		out[1] = set(impactLow)
	case model.Exhaust:
		out[2] = set(impactHigh)
	case model.Blind:
		out[1], out[2] = set(impactLow), set(impactLow)
	case model.Invoke:
		out = d.effects(p, most)
	}
	return out
}

// secrecy derives C from whether what is read is public: high for what is not, low for what is.
func (d *Deriver) secrecy(on string, most int) value {
	e := d.elements[on]
	if e == nil {
		return value{low: min(impactLow, most), high: most, origin: unknown, on: on, reason: "whether what passes is public is not known"}
	}
	low := min(impactLow, most)
	v := d.ofElement(e, "sensitive", most, low)
	if asked("personal-data", e.Kind) {
		v = worse(v, d.ofElement(e, "personal-data", most, low))
	}
	for _, fl := range d.to[on] {
		if store := d.elements[fl.From]; store != nil && fl.Kind == model.DataRead && asked("personal-data", store.Kind) {
			v = worse(v, worse(d.ofElement(store, "sensitive", most, low), d.ofElement(store, "personal-data", most, low)))
		}
	}
	return v
}

// asked tells whether a fact is one of a kind of element.
func asked(fact string, kind model.Kind) bool {
	for _, info := range model.Facts {
		if info.Name == fact && info.On == "element" {
			return info.Kinds == nil || slices.Contains(info.Kinds, kind)
		}
	}
	return false
}

// effectImpact is what each effect of a tool takes, as confidentiality, integrity and availability.
var effectImpact = map[string][3]int{
	"exec": {impactHigh, impactHigh, impactHigh}, "fs-read": {impactHigh}, "fs-write": {0, impactHigh, impactLow}, "net-read": {}, "net-write": {0, impactLow},
	"db-read": {impactHigh}, "db-write": {0, impactHigh, impactLow}, "message-send": {0, impactLow}, "money": {0, impactHigh},
	"code-change": {0, impactHigh}, "identity-admin": {0, impactHigh}, "physical": {0, impactHigh, impactHigh},
}

// effects derives what calling a tool takes from what it can do. An effect that nobody knows may or may not be there.
func (d *Deriver) effects(p model.Power, most int) [3]value {
	e := d.elements[p.On]
	var out [3]value
	for i := range out {
		out[i] = known(impactNone, judgement, fmt.Sprintf("no effect of %s takes anything of it", d.name(p.On)))
		if e == nil {
			out[i] = value{high: most, origin: unknown, on: p.On, reason: "what is called is not known"}
		}
	}
	if e == nil {
		return out
	}
	for _, info := range model.Effects {
		f := e.Effect(info.Name)
		for i, at := range effectImpact[info.Name] {
			if at == impactNone {
				continue
			}
			v := judged(e.ID, "effects."+info.Name, f, min(at, most), impactNone, fmt.Sprintf("calling %s can %s: %s", e.Name, info.Doc, f.Value))
			if i == 0 && f.Value == model.Yes && info.Name != "exec" {
				v = d.secrecy(e.ID, min(at, most))
			}
			out[i] = worse(out[i], v)
		}
	}
	return out
}

// loss says what a loss takes where it stands, by its class.
func (d *Deriver) loss(a *model.Asset) [3]value {
	most := impactHigh
	if a.Scope == model.ScopeOwn {
		most = impactLow
	}
	set := func(at int) value {
		return value{low: min(at, most), high: min(at, most), origin: string(a.Origin), on: a.Element, evidence: a.Evidence, reason: fmt.Sprintf("the way ends in a loss: %s (%s)", a.Name, a.Loss)}
	}
	var out [3]value
	switch a.Loss {
	case "host":
		out = [3]value{set(impactHigh), set(impactHigh), set(impactHigh)}
	case "money", "code", "identity", "integrity":
		out[1] = set(impactHigh)
	case "physical":
		out[1], out[2] = set(impactHigh), set(impactHigh)
	case "credentials":
		out[0] = set(impactHigh)
	case "records":
		if a.Origin == model.Declared {
			out[0] = set(impactHigh) // its owner says that reading it is the loss
		} else {
			out[0] = d.secrecy(a.Element, most)
		}
	case "files":
		out[1] = set(impactHigh)
		if e := d.elements[a.Element]; e != nil {
			out[2] = d.ofElement(e, "irreversible", most, impactLow)
		}
	case "messages", "decision":
		out[1] = set(impactLow)
	case "oversight":
		out[1], out[2] = set(impactLow), set(impactLow)
	case "availability":
		out[2] = set(impactHigh)
	}
	return out
}

package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fermata/internal/syntax"
)

// riskPart is a number for risk as written.
type riskPart struct {
	input RiskInput
	name  Ref
	like  Ref
	key   string // of the name: "attacker", "rule", "control", "asset" or "loss"
}

// Bounds of what can be said. Beyond them somebody mistyped.
const (
	maxRepeats  = 1000
	maxAttempts = 10000
)

// riskLists are the lists of the key risk.
var riskLists = []struct {
	key, of, name string
	info          *mapInfo
}{
	{"attempts", AttemptsOf, "attacker", &attemptsMap},
	{"success", SuccessOf, "rule", &successMap},
	{"efficacy", EfficacyOf, "control", &efficacyMap},
	{"together", TogetherOf, "control", &togetherMap},
	{"losses", LossOf, "asset", &lossMap},
}

// risk reads the numbers that somebody gives for risk.
func (r *reader) risk(n syntax.Node) {
	m, ok := r.open(n, &riskMap)
	if !ok {
		return
	}
	for _, list := range riskLists {
		said := map[string]bool{}
		r.each(m, list.key, func(item syntax.Node) {
			p, ok := r.riskInput(item, list.of, list.name, list.info)
			if !ok {
				return
			}
			if said[p.key+p.input.Name] {
				r.errorAt(p.name.At, "said-twice", fmt.Sprintf("%s of %s is given twice", list.key, quote(p.input.Name)), "keep one of them")
				return
			}
			said[p.key+p.input.Name] = true
			r.document.risk = append(r.document.risk, p)
		})
	}
}

func (r *reader) riskInput(n syntax.Node, of, key string, info *mapInfo) (riskPart, bool) {
	m, ok := r.open(n, info)
	if !ok {
		return riskPart{}, false
	}
	p := riskPart{key: key, input: RiskInput{Of: of, Evidence: evidenceOf(n.Span())}}
	switch of {
	case AttemptsOf:
		_, ok = r.requiredWord(m, key, "an attacker", attackerNames)
		if _, given := m.field("like"); given {
			_, fine := r.word(m, "like", "an attacker", attackerNames)
			ok = ok && fine
		}
	case LossOf:
		_, asset := m.field("asset")
		_, class := m.field("loss")
		switch {
		case asset == class:
			r.error(m.node, "missing-key", "a loss needs either the key asset or the key loss", "name an asset by its id, or a class of loss such as records")
			return p, false
		case class:
			p.key = "loss"
			_, ok = r.word(m, "loss", "a class of loss", lossNames)
		}
	default:
		_, ok = r.required(m, key)
	}
	if !ok {
		return p, false
	}
	p.name, ok = r.ref(m, p.key)
	p.input.Name = p.name.Name
	if _, given := r.required(m, "reason"); !given {
		ok = false
	}
	p.input.Reason = r.text(m, "reason")
	if like, given := r.ref(m, "like"); given {
		p.like, p.input.Like = like, like.Name
	}
	for _, row := range r.texts(m, "evidence") {
		p.input.Rows = append(p.input.Rows, row)
	}
	if of == LossOf {
		p.input.Currency = r.currency(m)
		repeats, fine := r.count(m, "repeats")
		p.input.Repeats, ok = repeats, ok && fine
	}
	return p, r.riskRange(m, &p.input) && ok
}

// riskRange reads low, mode and high, and sees that exactly one way of saying the number is used.
func (r *reader) riskRange(m openMap, in *RiskInput) bool {
	_, low := m.field("low")
	mode, peaked := m.field("mode")
	_, high := m.field("high")
	ways := 0
	for _, given := range []bool{low || peaked || high, in.Like != "", len(in.Rows) > 0} {
		if given {
			ways++
		}
	}
	say := "low and high"
	switch in.Of {
	case SuccessOf, EfficacyOf:
		say = "low, mode and high, or evidence"
	case TogetherOf:
		say = "low, mode and high"
	}
	if in.Of != LossOf && in.Of != TogetherOf {
		say += ", or like"
	}
	switch {
	case ways == 0:
		r.error(m.node, "missing-key", m.info.what+" says no number", "give "+say)
		return false
	case ways > 1:
		r.error(m.node, "several-ways", m.info.what+" says its number in more than one way", "keep one of "+say)
		return false
	case !low && !peaked && !high:
		return true
	}
	var three [3]float64
	names := []string{"low", "mode", "high"}
	for i, name := range names {
		if i == 1 && !isShare(in.Of) {
			continue
		}
		if _, ok := r.required(m, name); !ok {
			return false
		}
		f, _ := m.field(name)
		if x, err := strconv.ParseFloat(f.value.Text(), 64); in.Of != LossOf && f.value.Is(syntax.Number) && err == nil && x < 0 {
			message, hint := fmt.Sprintf("%s must not be below 0 attempts a year", name), "write 0.01 for once in a hundred years"
			if isShare(in.Of) {
				message, hint = fmt.Sprintf("%s is a chance, and must be from 0 to 1, not %s", name, f.value.Text()), "0 is what never happens"
			}
			r.error(f.value, "bad-range", message, hint)
			return false
		}
		x, ok := r.number(m, name)
		if !ok {
			return false
		}
		if i, share := i, isShare(in.Of); share && x > 1 {
			r.error(f.value, "bad-range", fmt.Sprintf("%s is a chance, and must be from 0 to 1, not %s", names[i], f.value.Text()), "write 25 % as 0.25")
			return false
		}
		if in.Of == AttemptsOf && x > maxAttempts {
			r.error(f.value, "bad-range", fmt.Sprintf("%s must be at most %d attempts a year", name, maxAttempts), "an attempt is a serious try at this system; probes that everybody gets are none")
			return false
		}
		three[i] = x
	}
	in.Low, in.Mode, in.High = three[0], three[1], three[2]
	lowField, _ := m.field("low")
	switch {
	case in.Low > in.High:
		r.error(lowField.value, "bad-range", fmt.Sprintf("low (%s) is above high (%s)", numberText(in.Low), numberText(in.High)), "swap them")
		return false
	case peaked && (in.Mode < in.Low || in.Mode > in.High):
		r.error(mode.value, "bad-range", fmt.Sprintf("mode (%s) is not between low (%s) and high (%s)", numberText(in.Mode), numberText(in.Low), numberText(in.High)), "")
		return false
	case in.Of == AttemptsOf && in.Low == 0 && in.High > 0:
		r.error(lowField.value, "bad-range", "low must be above 0 attempts a year where high is", "write 0.01 for once in a hundred years, or 0 for both when there are none")
		return false
	}
	return true
}

// isShare tells of the sorts of number that are shares, with a most likely one.
func isShare(of string) bool { return of == SuccessOf || of == EfficacyOf || of == TogetherOf }

// count is a whole number of at least 1; 0 when it is not given.
func (r *reader) count(m openMap, name string) (int, bool) {
	f, given := m.field(name)
	if !given {
		return 0, true
	}
	x, ok := r.number(m, name)
	if !ok {
		return 0, false
	}
	if x != float64(int(x)) || x < 1 || x > maxRepeats {
		r.error(f.value, "bad-range", fmt.Sprintf("%s must be a whole number from 1 to %d", name, maxRepeats), "")
		return 0, false
	}
	return int(x), true
}

func numberText(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// risk takes the numbers of a document over: a later document wins. Whether rules, controls and rows exist is known to who
// has the catalogue; that no number rests on itself is seen here.
func (m *merger) risk(d *Document) {
	for _, p := range d.risk {
		m.s.Risk = slices.DeleteFunc(m.s.Risk, func(had RiskInput) bool { return had.Of == p.input.Of && had.Name == p.input.Name })
		m.s.Risk = append(m.s.Risk, p.input)
	}
	said := map[string]string{}
	for _, in := range m.s.Risk {
		said[in.Of+" "+in.Name] = in.Like
	}
	for _, p := range d.risk {
		ring := []string{p.input.Name}
		for at := p.input.Like; at != ""; at = said[p.input.Of+" "+at] {
			if ring = append(ring, at); at == p.input.Name || len(ring) > len(said)+1 {
				m.error(p.like.At, "rests-on-itself", fmt.Sprintf("%s of %s rests on itself: %s", p.input.Of, quote(p.input.Name), strings.Join(ring, " → ")), "give one of them numbers of its own")
				break
			}
		}
	}
}

// riskYAML writes one input of a list, whose entries have their name under a key.
func riskYAML(in RiskInput, key string) yamlMap {
	if in.Of == LossOf && slices.Contains(lossNames, in.Name) {
		key = "loss"
	}
	m := yamlMap{{key, scalarText(in.Name)}}
	switch {
	case in.Like != "":
		m.text("like", in.Like)
	case len(in.Rows) > 0:
		var rows yamlList
		for _, row := range in.Rows {
			rows = append(rows, scalarText(row))
		}
		m.list("evidence", rows)
	default:
		m = append(m, yamlPair{"low", numberText(in.Low)})
		if isShare(in.Of) {
			m = append(m, yamlPair{"mode", numberText(in.Mode)})
		}
		m = append(m, yamlPair{"high", numberText(in.High)})
	}
	m.text("currency", in.Currency)
	if in.Repeats > 0 {
		m = append(m, yamlPair{"repeats", strconv.Itoa(in.Repeats)})
	}
	m.text("reason", in.Reason)
	return m
}

func writeRisk(b *strings.Builder, inputs []RiskInput) {
	if len(inputs) == 0 {
		return
	}
	b.WriteString("\nrisk:\n")
	for _, list := range riskLists {
		first := true
		for _, in := range inputs {
			if in.Of != list.of {
				continue
			}
			if first {
				b.WriteString("  " + list.key + ":\n")
				first = false
			}
			writeItem(b, riskYAML(in, list.name), 4)
		}
	}
}

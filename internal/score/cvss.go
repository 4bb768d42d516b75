package score

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"

	gocvss40 "github.com/pandatix/go-cvss/40"

	"fermata/internal/result"
)

// metric is a metric of CVSS v4.0 with its values from the worst.
type metric struct {
	name   string
	values []string
	doc    string
}

// cvssBase are the base metrics in the order of a vector.
var cvssBase = []metric{
	{"AV", []string{"N", "A", "L", "P"}, "attack vector"},
	{"AC", []string{"L", "H"}, "attack complexity"},
	{"AT", []string{"N", "P"}, "attack requirements"},
	{"PR", []string{"N", "L", "H"}, "privileges required"},
	{"UI", []string{"N", "P", "A"}, "user interaction"},
	{"VC", []string{"H", "L", "N"}, "confidentiality of the vulnerable system"},
	{"VI", []string{"H", "L", "N"}, "integrity of the vulnerable system"},
	{"VA", []string{"H", "L", "N"}, "availability of the vulnerable system"},
	{"SC", []string{"H", "L", "N"}, "confidentiality of subsequent systems"},
	{"SI", []string{"H", "L", "N"}, "integrity of subsequent systems"},
	{"SA", []string{"H", "L", "N"}, "availability of subsequent systems"},
}

// cvssOther are the metrics after the base, in the order of a vector.
var cvssOther = []metric{
	{"E", []string{"X", "A", "P", "U"}, "exploit maturity"},
	{"CR", []string{"X", "H", "M", "L"}, "confidentiality requirement"},
	{"IR", []string{"X", "H", "M", "L"}, "integrity requirement"},
	{"AR", []string{"X", "H", "M", "L"}, "availability requirement"},
	{"MAV", []string{"X", "N", "A", "L", "P"}, "modified attack vector"},
	{"MAC", []string{"X", "L", "H"}, "modified attack complexity"},
	{"MAT", []string{"X", "N", "P"}, "modified attack requirements"},
	{"MPR", []string{"X", "N", "L", "H"}, "modified privileges required"},
	{"MUI", []string{"X", "N", "P", "A"}, "modified user interaction"},
	{"MVC", []string{"X", "H", "L", "N"}, "modified confidentiality of the vulnerable system"},
	{"MVI", []string{"X", "H", "L", "N"}, "modified integrity of the vulnerable system"},
	{"MVA", []string{"X", "H", "L", "N"}, "modified availability of the vulnerable system"},
	{"MSC", []string{"X", "H", "L", "N"}, "modified confidentiality of subsequent systems"},
	{"MSI", []string{"X", "S", "H", "L", "N"}, "modified integrity of subsequent systems"},
	{"MSA", []string{"X", "S", "H", "L", "N"}, "modified availability of subsequent systems"},
	{"S", []string{"X", "N", "P"}, "safety"},
	{"AU", []string{"X", "N", "Y"}, "automatable"},
	{"R", []string{"X", "A", "U", "I"}, "recovery"},
	{"V", []string{"X", "D", "C"}, "value density"},
	{"RE", []string{"X", "L", "M", "H"}, "response effort"},
	{"U", []string{"X", "Clear", "Green", "Amber", "Red"}, "provider urgency"},
}

func cvssMetric(name string) *metric {
	for _, list := range [][]metric{cvssBase, cvssOther} {
		for i := range list {
			if list[i].name == name {
				return &list[i]
			}
		}
	}
	return nil
}

// InputError is an input that a system cannot take: which one, and what it could be.
type InputError struct {
	Input   string // the metric, factor or key
	Message string
}

func (e *InputError) Error() string { return e.Message }

func refuse(input, format string, args ...any) error {
	return &InputError{input, fmt.Sprintf(format, args...)}
}

// cvss is a vector that was read.
type cvss struct {
	v    *gocvss40.CVSS40
	text string
}

// parseCVSS reads a CVSS v4.0 vector. What is wrong is said by metric; the library only says that something is.
func parseCVSS(text string) (*cvss, error) {
	head, rest, _ := strings.Cut(text, "/")
	switch {
	case head == "CVSS:4.0":
	case strings.HasPrefix(head, "CVSS:"):
		return nil, refuse("vector", "%s is not CVSS:4.0; vectors of other versions are not comparable and are refused", head)
	default:
		return nil, refuse("vector", "a vector begins with CVSS:4.0/, and this with %q", clip(head))
	}
	if len(text) > 400 {
		return nil, refuse("vector", "no CVSS vector is %d characters long", len(text))
	}
	given := map[string]bool{}
	last := -1
	for _, part := range strings.Split(rest, "/") {
		name, value, ok := strings.Cut(part, ":")
		if !ok {
			return nil, refuse("vector", "%q is no metric; a metric is written as AV:N", clip(part))
		}
		m := cvssMetric(name)
		switch {
		case m == nil:
			return nil, refuse(name, "CVSS 4.0 has no metric %q", clip(name))
		case given[name]:
			return nil, refuse(name, "the metric %s stands twice", name)
		case !slices.Contains(m.values, value):
			return nil, refuse(name, "%s (%s) is %s, not %q", name, m.doc, either(m.values), clip(value))
		}
		at := metricOrder(name)
		if at < last {
			return nil, refuse(name, "%s stands too late: metrics follow the order AV AC AT PR UI VC VI VA SC SI SA, then E, then CR …", name)
		}
		given[name], last = true, at
	}
	for _, m := range cvssBase {
		if !given[m.name] {
			return nil, refuse(m.name, "the vector has no %s (%s)", m.name, m.doc)
		}
	}
	v, err := gocvss40.ParseVector(text)
	if err != nil {
		return nil, refuse("vector", "the vector is not right: %v", err)
	}
	return &cvss{v, v.Vector()}, nil
}

func metricOrder(name string) int {
	for i := range cvssBase {
		if cvssBase[i].name == name {
			return i
		}
	}
	for i := range cvssOther {
		if cvssOther[i].name == name {
			return len(cvssBase) + i
		}
	}
	return -1
}

// score is the vector's score, an exact number of tenths.
func (c *cvss) score() *big.Rat { return big.NewRat(int64(math.Round(c.v.Score()*10)), 10) }

// base is the score of the base metrics alone.
func (c *cvss) base() *big.Rat {
	parts := []string{"CVSS:4.0"}
	for _, m := range cvssBase {
		parts = append(parts, m.name+":"+c.get(m.name))
	}
	v, err := gocvss40.ParseVector(strings.Join(parts, "/"))
	if err != nil {
		panic("score: " + err.Error()) // made of values that the library gave
	}
	return (&cvss{v: v}).score()
}

func (c *cvss) get(name string) string {
	value, err := c.v.Get(name)
	if err != nil {
		return "X"
	}
	return value
}

// effective is the value of a metric with its modified form and the default of what is not given.
func (c *cvss) effective(name string) string {
	if m := c.get("M" + name); len(name) == 2 && m != "X" && cvssMetric("M"+name) != nil {
		return m
	}
	value := c.get(name)
	if value == "X" {
		switch name {
		case "E":
			return "A"
		case "CR", "IR", "AR":
			return "H"
		}
	}
	return value
}

// macro gives the six equivalence classes of the vector, as section 8 of the specification defines them.
func (c *cvss) macro() [6]int {
	is := func(name, value string) bool { return c.effective(name) == value }
	var eq [6]int
	switch n := is("AV", "N"); {
	case n && is("PR", "N") && is("UI", "N"):
	case (n || is("PR", "N") || is("UI", "N")) && !is("AV", "P"):
		eq[0] = 1
	default:
		eq[0] = 2
	}
	if !is("AC", "L") || !is("AT", "N") {
		eq[1] = 1
	}
	switch {
	case is("VC", "H") && is("VI", "H"):
	case is("VC", "H") || is("VI", "H") || is("VA", "H"):
		eq[2] = 1
	default:
		eq[2] = 2
	}
	switch {
	case is("SI", "S") || is("SA", "S"):
	case is("SC", "H") || is("SI", "H") || is("SA", "H"):
		eq[3] = 1
	default:
		eq[3] = 2
	}
	eq[4] = slices.Index([]string{"A", "P", "U"}, c.effective("E"))
	if !(is("CR", "H") && is("VC", "H") || is("IR", "H") && is("VI", "H") || is("AR", "H") && is("VA", "H")) {
		eq[5] = 1
	}
	return eq
}

// worst are metrics of a worst vector of each equivalence class: its score is that of the table, since its distance to
// the worst is none. So the table of the specification is asked of the library.
var worst = [5][]string{
	{"AV:N/PR:N/UI:N", "AV:A/PR:N/UI:N", "AV:P/PR:N/UI:N"},
	{"AC:L/AT:N", "AC:H/AT:N"},
	nil, // with EQ6
	{"SC:H/SI:H/SA:H/MSI:S/MSA:S", "SC:H/SI:H/SA:H", "SC:L/SI:L/SA:L"},
	{"E:A", "E:P", "E:U"},
}

var worstImpact = map[[2]int]string{
	{0, 0}: "VC:H/VI:H/VA:H/CR:H/IR:H/AR:H",
	{0, 1}: "VC:H/VI:H/VA:L/CR:M/IR:M/AR:H",
	{1, 0}: "VC:L/VI:H/VA:H/CR:H/IR:H/AR:H",
	{1, 1}: "VC:L/VI:H/VA:L/CR:H/IR:M/AR:H",
	{2, 1}: "VC:L/VI:L/VA:L/CR:H/IR:H/AR:H",
}

// table is the score of a MacroVector.
func table(eq [6]int) *big.Rat {
	parts := []string{worst[0][eq[0]], worst[1][eq[1]], worstImpact[[2]int{eq[2], eq[5]}], worst[3][eq[3]], worst[4][eq[4]]}
	v := &gocvss40.CVSS40{}
	for _, pair := range strings.Split(strings.Join(parts, "/"), "/") {
		name, value, _ := strings.Cut(pair, ":")
		if err := v.Set(name, value); err != nil {
			panic("score: " + err.Error()) // the table above is tested in full
		}
	}
	return (&cvss{v: v}).score()
}

// cvssScore is the score of a vector with its metrics as inputs.
func cvssScore(c *cvss) result.Score {
	total := c.score()
	s := result.Score{System: CVSS40, Name: c.v.Nomenclature(), Low: number(total), High: number(total), Vector: c.text}
	s.Band = band(cvssBands, total)
	s.BandLow = s.Band
	for _, list := range [][]metric{cvssBase, cvssOther} {
		for _, m := range list {
			if value := c.get(m.name); value != "X" && value != "" {
				s.Inputs = append(s.Inputs, result.ScoreInput{Name: m.name, Low: value, High: value, Meaning: m.doc, Origin: "given"})
			}
		}
	}
	return s
}

// Vector scores a CVSS v4.0 vector, with or without the AI metrics of the AIVSS draft, in which case the answer has a
// score for each. The error says which metric is wrong.
func Vector(text string) ([]result.Score, error) {
	plain, ai, err := splitAI(strings.TrimSpace(text))
	if err != nil {
		return nil, err
	}
	c, err := parseCVSS(plain)
	if err != nil {
		return nil, err
	}
	out := []result.Score{cvssScore(c)}
	if ai != nil {
		out = append(out, draft(c, ai))
	}
	return out, nil
}

func clip(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}

func either(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// IsInput gives the input that an error is about, "" when it is about none.
func IsInput(err error) string {
	var wrong *InputError
	if errors.As(err, &wrong) {
		return wrong.Input
	}
	return ""
}

// Metrics lists the names of all metrics that a vector may have, those of the AIVSS draft among them.
func Metrics() []string {
	var out []string
	for _, list := range [][]metric{cvssBase, cvssOther} {
		for _, m := range list {
			out = append(out, m.name)
		}
	}
	for _, m := range aiMetrics {
		out = append(out, m.name)
	}
	return out
}

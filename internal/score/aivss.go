package score

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"

	"fermata/internal/result"
)

// factor is one of the ten agentic factors of an edition of AIVSS.
type factor struct {
	key    string // in files of inputs
	name   string // as the edition prints it
	levels [3]string
}

// meaning says in words what a level of the factor stands for; nothing for a range.
func (f factor) meaning(low, high string) string {
	if low != high {
		return ""
	}
	return map[string]string{"0.0": f.levels[0], "0.5": f.levels[1], "1.0": f.levels[2]}[low]
}

// factors08 are those of AIVSS 0.8, in its order.
var factors08 = []factor{
	{"autonomy", "Execution Autonomy", [3]string{"a person starts each step", "bounded", "open-ended"}},
	{"tools", "External Tool Control Surface", [3]string{"none", "reads, or closed arguments", "acts with free arguments"}},
	{"language", "Natural Language Interface", [3]string{"none", "closed input", "free text"}},
	{"context", "Contextual Awareness", [3]string{"none", "curated", "open"}},
	{"non-determinism", "Behavioral Non-Determinism", [3]string{"checked at both ends", "checked at one end", "unchecked"}}, //nolint:misspell // as AIVSS prints it
	{"opacity", "Opacity & Reflexivity", [3]string{"recorded in full", "recorded in part", "not recorded"}},
	{"persistence", "Persistent State Retention", [3]string{"none", "read only, or one session", "written, across sessions"}},
	{"identity", "Dynamic Identity", [3]string{"fixed", "delegated", "free choice"}},
	{"multi-agent", "Multi-Agent Interactions", [3]string{"none", "fixed partners", "partners chosen at run time"}},
	{"self-mod", "Self-Modification", [3]string{"none", "memory or session", "instructions, tools or code"}},
}

// factors05 are those of AIVSS 0.5, in its order.
var factors05 = []factor{
	{"autonomy", "Autonomy of Action", factors08[0].levels},
	{"tools", "Tool Use", factors08[1].levels},
	{"memory", "Memory Use", [3]string{"none", "read only, or one session", "written, or across sessions"}},
	{"identity", "Dynamic Identity", factors08[7].levels},
	{"multi-agent", "Multi-Agent Interactions", factors08[8].levels},
	{"non-determinism", "Non-Determinism", factors08[4].levels},
	{"self-mod", "Self-Modification", factors08[9].levels},
	{"planning", "Goal-Driven Planning", [3]string{"single step", "one agent plans", "several agents plan, or plans of plans"}},
	{"context", "Contextual Awareness", factors08[3].levels},
	{"opacity", "Opacity and Reflexivity", factors08[5].levels},
}

// level is a named number that is chosen.
type level struct{ name, value string }

// Threat levels (ThM), the default first, and mitigation factors, none first.
var (
	threats08   = []level{{"poc", "0.97"}, {"attacked", "1.00"}, {"unreported", "0.50"}}
	threats05   = []level{{"poc", "0.97"}, {"attacked", "1.00"}, {"unreported", "0.91"}}
	mitigations = []level{{"none", "1.00"}, {"partial", "0.83"}, {"strong", "0.67"}}
)

// Threats are the words for what is known about exploits, the default first.
var Threats = []string{"poc", "attacked", "unreported"}

// maturity is the value of CVSS's E for each of [Threats].
var maturity = map[string]string{"poc": "P", "attacked": "A", "unreported": "U"}

func valueOf(levels []level, name string) (*big.Rat, bool) {
	for _, l := range levels {
		if l.name == name {
			return rat(l.value), true
		}
	}
	return nil, false
}

func levelNames(levels []level) []string {
	var out []string
	for _, l := range levels {
		out = append(out, l.name)
	}
	return out
}

func factorsOf(system string) []factor {
	if system == AIVSS05 {
		return factors05
	}
	return factors08
}

func threatsOf(system string) []level {
	if system == AIVSS05 {
		return threats05
	}
	return threats08
}

// aivss08 is the formula of 0.8, before rounding.
func aivss08(base, sum, thm, mitigation *big.Rat) *big.Rat {
	aars := new(big.Rat).Sub(rat("10"), base)
	aars.Mul(aars, new(big.Rat).Quo(sum, rat("10")))
	aars.Mul(aars, thm)
	return aars.Mul(aars.Add(aars, base), mitigation)
}

// aivss05 is the formula of 0.5, before rounding.
func aivss05(base, aars, thm *big.Rat) *big.Rat {
	out := new(big.Rat).Add(base, aars)
	out.Quo(out, rat("2"))
	return out.Mul(out, thm)
}

// aivss scores by the formula of an edition, with the notes that its anomalies ask for.
func aivss(system string, base, sum, thm, mitigation *big.Rat) *big.Rat {
	if system == AIVSS05 {
		return halfUp(aivss05(base, sum, thm), 1)
	}
	return halfUp(aivss08(base, sum, thm, mitigation), 1)
}

// aiMetric is a metric of the draft's AI group, its values from the worst.
type aiMetric struct {
	name   string
	values []string
}

// aiMetrics are the AI metrics of the 0.9 draft in the order of a vector; TD is supplemental.
var aiMetrics = []aiMetric{
	{"LC", []string{"D", "I", "M", "N"}},
	{"CP", []string{"C", "S", "N"}},
	{"AP", []string{"L", "C", "N"}},
	{"SR", []string{"R", "P", "U"}},
	{"TD", []string{"H", "M", "L"}},
}

// ai is the AI group of a vector; nil when it has none.
type ai map[string]string

// splitAI takes the AI metrics off the end of a vector.
func splitAI(text string) (plain string, group ai, err error) {
	parts := strings.Split(text, "/")
	first := len(parts)
	for i, p := range parts {
		name, _, _ := strings.Cut(p, ":")
		if slices.ContainsFunc(aiMetrics, func(m aiMetric) bool { return m.name == name }) {
			first = i
			break
		}
	}
	if first == len(parts) {
		return text, nil, nil
	}
	group = ai{}
	last := -1
	for _, p := range parts[first:] {
		name, value, _ := strings.Cut(p, ":")
		at := slices.IndexFunc(aiMetrics, func(m aiMetric) bool { return m.name == name })
		switch {
		case at < 0:
			return "", nil, refuse(name, "the AI metrics LC CP AP SR TD stand last, and %q follows them", clip(p))
		case at <= last:
			return "", nil, refuse(name, "%s stands twice or too late: the AI metrics follow the order LC CP AP SR TD", name)
		case !slices.Contains(aiMetrics[at].values, value):
			return "", nil, refuse(name, "%s is %s, not %q", name, either(aiMetrics[at].values), clip(value))
		}
		group[name], last = value, at
	}
	scored := 0
	for _, m := range aiMetrics[:4] {
		if group[m.name] != "" {
			scored++
		}
	}
	if scored != 0 && scored != 4 {
		return "", nil, refuse("vector", "LC, CP, AP and SR stand all in the vector or none of them")
	}
	return strings.Join(parts[:first], "/"), group, nil
}

// String is the group as it follows a CVSS vector.
func (g ai) String() string {
	var out string
	for _, m := range aiMetrics {
		if g[m.name] != "" {
			out += "/" + m.name + ":" + g[m.name]
		}
	}
	return out
}

// class is A0, A1 or A2.
func (g ai) class() string {
	switch {
	case g["LC"] == "":
		return "A0"
	case g["AP"] == "L", (g["LC"] == "D" || g["LC"] == "I") && g["CP"] == "C", g["LC"] == "D" && g["SR"] == "R":
		return "A2"
	case g["LC"] == "N" && g["CP"] == "N" && g["AP"] == "N" && g["SR"] == "U":
		return "A0"
	}
	return "A1"
}

// promoted is Mode 2: the MacroVector lifted by the class, with the distance of the vector kept.
func promoted(c *cvss, class string) (*big.Rat, [6]int) {
	eq := c.macro()
	score := c.score()
	if class == "A0" || score.Sign() == 0 {
		return score, eq
	}
	distance := new(big.Rat).Sub(table(eq), score)
	eq[3] = max(0, eq[3]-1)
	if class == "A2" {
		eq[0] = max(0, eq[0]-1)
	}
	out := new(big.Rat).Sub(table(eq), distance)
	if out.Cmp(rat("0")) < 0 {
		out = rat("0")
	}
	return halfUp(out, 1), eq
}

// draft is the score of the 0.9 draft: Mode 1 is the score, Mode 2 a note, since it is provisional.
func draft(c *cvss, group ai) result.Score {
	s := cvssScore(c)
	s.System, s.Name, s.Vector = AIVSS09, "AIVSS 0.9 draft, Mode 1", c.text+group.String()
	for _, m := range aiMetrics {
		if v := group[m.name]; v != "" {
			s.Inputs = append(s.Inputs, result.ScoreInput{Name: m.name, Low: v, High: v, Meaning: "AI metric of the draft", Origin: "given"})
		}
	}
	class := group.class()
	two, eq := promoted(c, class)
	s.Notes = append(s.Notes, fmt.Sprintf("class %s; Mode 2 (provisional) %s %s, MacroVector %s to %s", class, two.FloatString(1), band(cvssBands, two), digits(c.macro()), digits(eq)))
	return s
}

func digits(eq [6]int) string { return strings.Trim(strings.ReplaceAll(fmt.Sprint(eq), " ", ""), "[]") }

// priority is AIVSS-P of the draft: 100 times the geometric mean of S/10, business impact, reach and likelihood, with
// its band. Square roots are rounded alike on every processor.
func priority(s, impact, reach, likelihood float64) (float64, string) {
	product := float64(float64(s/10)*impact) * reach
	product = float64(product) * likelihood
	p := 100 * math.Sqrt(math.Sqrt(product))
	for _, b := range []struct {
		low  float64
		name string
	}{{78, "Immediate"}, {64, "This sprint"}, {53, "Scheduled"}} {
		if p >= b.low {
			return p, b.name
		}
	}
	return p, "Backlog"
}

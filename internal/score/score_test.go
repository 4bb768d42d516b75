package score

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	gocvss40 "github.com/pandatix/go-cvss/40"
)

// TestAIVSS08 holds the ten worked examples of AIVSS 0.8, with the three mitigation factors.
func TestAIVSS08(t *testing.T) {
	for _, c := range []struct{ cvss, factors, none, partial, strong string }{
		{"9.4", "1 1 1 1 1 1 .5 1 1 .5", "9.9", "8.2", "6.6"},
		{"8.7", "1 1 1 1 .5 1 1 1 .5 0", "9.7", "8.1", "6.5"},
		{"7.1", "1 .5 1 1 1 1 .5 .5 1 .5", "9.4", "7.8", "6.3"},
		{"9.4", "1 1 1 1 1 1 1 1 1 .5", "10.0", "8.3", "6.7"},
		{"7.4", "1 1 1 1 1 1 0 1 .5 0", "9.3", "7.7", "6.2"},
		{"5.8", "1 .5 1 1 .5 1 1 0 .5 1", "8.9", "7.4", "5.9"},
		{"6.9", "1 1 .5 1 .5 1 .5 0 1 1", "9.2", "7.6", "6.1"},
		{"9.3", "1 1 0 0 1 1 .5 1 1 0", "9.7", "8.1", "6.5"},
		{"5.3", "1 1 0 0 1 1 .5 .5 1 .5", "8.3", "6.9", "5.5"},
		{"2.1", ".5 0 1 1 1 1 1 0 0 1", "7.1", "5.9", "4.7"},
	} {
		values := map[string]string{"cvss": c.cvss}
		for i, level := range strings.Fields(c.factors) {
			values[factors08[i].key] = level
		}
		for mitigation, want := range map[string]string{"none": c.none, "partial": c.partial, "strong": c.strong} {
			values["mitigation"] = mitigation
			s, err := Given(AIVSS08, values)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%.1f", s.High); got != want || s.Low != s.High {
				t.Errorf("CVSS %s, factors %s, mitigation %s: %s, want %s", c.cvss, c.factors, mitigation, got, want)
			}
		}
	}
}

// examples05 are the ten worked examples of AIVSS 0.5: vector, its score, the printed AARS, the printed score.
var examples05 = []struct{ vector, base, aars, score string }{
	{"AV:N/AC:L/AT:N/PR:N/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", "9.4", "8.5", "8.7"},
	{"AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "8.7", "7.0", "7.6"},
	{"AV:N/AC:H/AT:N/PR:L/UI:N/VC:N/VI:N/VA:H/SC:N/SI:H/SA:H", "7.1", "7.5", "7.1"},
	{"AV:A/AC:L/AT:N/PR:H/UI:N/VC:L/VI:H/VA:L/SC:N/SI:H/SA:H", "8.3", "6.5", "7.2"},
	{"AV:N/AC:H/AT:N/PR:N/UI:A/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N", "7.4", "5.5", "6.3"},
	{"AV:A/AC:H/AT:N/PR:H/UI:N/VC:L/VI:H/VA:L/SC:N/SI:N/SA:N", "5.8", "6.0", "5.7"},
	{"AV:A/AC:L/AT:N/PR:H/UI:N/VC:N/VI:H/VA:H/SC:N/SI:N/SA:N", "6.9", "5.0", "5.8"},
	{"AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "9.3", "1.0", "5.0"},
	{"AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N", "5.3", "4.5", "4.8"},
	{"AV:N/AC:H/AT:N/PR:N/UI:A/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N", "2.1", "4.0", "3.0"},
}

func TestAIVSS05(t *testing.T) {
	for _, c := range examples05 {
		s, err := Given(AIVSS05, map[string]string{"cvss": "CVSS:4.0/" + c.vector, "aars": c.aars})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%.1f", s.High); got != c.score {
			t.Errorf("%s with AARS %s: %s, want %s", c.vector, c.aars, got, c.score)
		}
		if !strings.Contains(s.Notes[0], c.base) {
			t.Errorf("%s: the base score %s is not in %q", c.vector, c.base, s.Notes[0])
		}
	}
	// The one sample that lists factors which add up.
	values := map[string]string{"cvss": "9.4"}
	for i, level := range strings.Fields("1 1 .5 1 0 .5 0 1 1 .5") {
		values[factors05[i].key] = level
	}
	if s, err := Given(AIVSS05, values); err != nil || !strings.Contains(s.Notes[0], "+ 6.5)") {
		t.Errorf("factors of the sample: %v %v, want a sum of 6.5", s.Notes, err)
	}
}

func TestCVSS(t *testing.T) {
	vectors := map[string]string{
		"AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H":     "10.0 critical CVSS-B",
		"AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N":     "0.0 none CVSS-B",
		"AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:A": "9.3 critical CVSS-BT",
		"AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P": "8.9 high CVSS-BT",
		"AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U": "8.1 high CVSS-BT",
		"AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N":     "7.6 high CVSS-B",
		"AV:N/AC:L/AT:P/PR:N/UI:P/VC:N/VI:N/VA:H/SC:H/SI:H/SA:H":     "7.3 high CVSS-B", // CVE-2025-53110
		"AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N":     "6.0 medium CVSS-B",
		"AV:N/AC:L/AT:P/PR:N/UI:P/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N":     "2.3 low CVSS-B",
		"AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:H/VA:L/SC:N/SI:H/SA:L":     "9.2 critical CVSS-B",
	}
	for _, c := range examples05 {
		x := rat(c.base)
		vectors[c.vector] = c.base + " " + band(cvssBands, x) + " CVSS-B"
	}
	for vector, want := range vectors {
		list, err := Vector("CVSS:4.0/" + vector)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%.1f %s %s", list[0].High, list[0].Band, list[0].Name); got != want {
			t.Errorf("%s: %s, want %s", vector, got, want)
		}
	}
}

// TestDraft holds the published vector of the 0.9 draft.
func TestDraft(t *testing.T) {
	const vector = "CVSS:4.0/AV:N/AC:H/AT:N/PR:N/UI:N/VC:H/VI:L/VA:L/SC:H/SI:N/SA:N/E:P/LC:D/CP:C/AP:L/SR:R/TD:H"
	list, err := Vector(vector)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[1].Vector != vector {
		t.Fatalf("two scores and the same vector are wanted: %+v", list)
	}
	if list[0].High != 7.8 || list[1].High != 7.8 {
		t.Errorf("CVSS %v and Mode 1 %v, want 7.8 twice", list[0].High, list[1].High)
	}
	if want := "class A2; Mode 2 (provisional) 9.0 critical, MacroVector 011110 to 011010"; list[1].Notes[0] != want {
		t.Errorf("%q, want %q", list[1].Notes[0], want)
	}
	if got := table([6]int{0, 1, 1, 1, 1, 0}).FloatString(1); got != "8.0" {
		t.Errorf("table of 011110: %s, want 8.0", got)
	}
	if got := table([6]int{0, 1, 1, 0, 1, 0}).FloatString(1); got != "9.2" {
		t.Errorf("table of 011010: %s, want 9.2", got)
	}
	s, err := Given(AIVSS09, map[string]string{"vector": vector, "business-impact": "1.0", "reach": "1.0", "likelihood": "0.72"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "AIVSS-P 87: Immediate"; s.Notes[1] != want {
		t.Errorf("%q, want %q", s.Notes[1], want)
	}
	for group, want := range map[string]string{
		"/LC:N/CP:N/AP:N/SR:U": "A0", "/LC:M/CP:N/AP:N/SR:U": "A1", "/LC:I/CP:C/AP:N/SR:U": "A2", "/LC:D/CP:S/AP:C/SR:R": "A2", "/LC:M/CP:C/AP:C/SR:R": "A1", "/TD:H": "A0",
	} {
		_, g, err := splitAI("CVSS:4.0" + group)
		if err != nil || g.class() != want {
			t.Errorf("%s: %s %v, want %s", group, g.class(), err, want)
		}
	}
}

// TestTable holds that every MacroVector is asked by a vector of that MacroVector, so that the table read through the
// library is the specification's.
func TestTable(t *testing.T) {
	n := 0
	for a := range 3 {
		for b := range 2 {
			for impact := range worstImpact {
				for d := range 3 {
					for e := range 3 {
						eq := [6]int{a, b, impact[0], d, e, impact[1]}
						parts := strings.Join([]string{worst[0][a], worst[1][b], worstImpact[impact], worst[3][d], worst[4][e]}, "/")
						v := &gocvss40.CVSS40{}
						for _, pair := range strings.Split(parts, "/") {
							name, value, _ := strings.Cut(pair, ":")
							if err := v.Set(name, value); err != nil {
								t.Fatal(err)
							}
						}
						if got := (&cvss{v: v}).macro(); got != eq {
							t.Errorf("%s is of %v, want %v", parts, got, eq)
						}
						if table(eq).Sign() <= 0 {
							t.Errorf("the table has nothing for %v", eq)
						}
						n++
					}
				}
			}
		}
	}
	if n != 270 {
		t.Errorf("%d MacroVectors, want 270", n)
	}
}

func TestRiskRating(t *testing.T) {
	values := map[string]string{}
	for i, v := range strings.Fields("5 2 7 1 3 6 9 2 9 7 5 8") {
		values[ratingFactors[i].key] = v
	}
	if _, err := Given(RiskRR, values); err == nil || !strings.Contains(err.Error(), "motive is one of 1, 4 or 9, not 2; scale: any") {
		t.Errorf("the page's own example is not among its options: %v", err)
	}
	values["scale"] = "any"
	s, err := Given(RiskRR, values)
	if err != nil {
		t.Fatal(err)
	}
	if want := "likelihood 4.375 (medium), technical impact 7.25 (high)"; s.Band != "high" || s.Notes[0] != want {
		t.Errorf("%s, %q; want high, %q", s.Band, s.Notes[0], want)
	}
	for key, v := range map[string]string{"financial": "1", "reputation": "2", "non-compliance": "1", "privacy": "5"} {
		values[key] = v
	}
	if s, err = Given(RiskRR, values); err != nil {
		t.Fatal(err)
	}
	if s.Band != "low" || !strings.Contains(s.Notes[0], "business impact 2.25 (low), which counts") {
		t.Errorf("with business impact: %s, %q; want low", s.Band, s.Notes)
	}
	values["skill"] = "unknown"
	if s, err = Given(RiskRR, values); err != nil || s.BandLow != "low" || s.Band != "low" || len(s.Notes) != 2 {
		t.Errorf("skill unknown: %+v %v", s, err)
	}
}

func TestMatrix(t *testing.T) {
	for _, c := range []struct{ consequence, row string }{
		{"critical", "high critical critical critical"},
		{"high", "medium high critical critical"},
		{"medium", "low medium high high"},
		{"low", "low low medium medium"},
	} {
		for i, want := range strings.Fields(c.row) {
			s, err := Given(Matrix, map[string]string{"likelihood": likelihoods[i], "consequence": c.consequence})
			if err != nil || s.Band != want {
				t.Errorf("%s, %s: %s %v, want %s", c.consequence, likelihoods[i], s.Band, err, want)
			}
		}
	}
	for status, want := range map[string]string{"none": "effective risk 4.0", "partial": "effective risk 2.0", "full": "effective risk 0.0"} {
		s, err := Given(Matrix, map[string]string{"likelihood": "likely", "consequence": "critical", "implementation": status})
		if err != nil || !strings.HasPrefix(s.Notes[0], want) {
			t.Errorf("implementation %s: %v %v, want %s", status, s.Notes, err, want)
		}
	}
}

func TestHalfUp(t *testing.T) {
	for in, want := range map[string]string{"0.05": "0.1", "0.25": "0.3", "8.85": "8.9", "2.675": "2.7", "9.9499999": "9.9", "9.95": "10.0", "1.005": "1.0", "0": "0.0"} {
		if got := halfUp(rat(in), 1).FloatString(1); got != want {
			t.Errorf("%s rounds to %s, want %s", in, got, want)
		}
	}
}

// TestBadInput holds that what a system cannot take is refused with the input's name and what it could be.
func TestBadInput(t *testing.T) {
	const good = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
	for vector, want := range map[string]string{
		"CVSS:3.1/AV:N":                                    "CVSS:3.1 is not CVSS:4.0",
		"AV:N/AC:L":                                        `begins with CVSS:4.0/, and this with "AV:N"`,
		strings.Replace(good, "AV:N", "AV:Z", 1):           `AV (attack vector) is N, A, L or P, not "Z"`,
		strings.Replace(good, "/SA:N", "", 1):              "the vector has no SA",
		strings.Replace(good, "/AC:L", "/AC:L/AC:L", 1):    "the metric AC stands twice",
		strings.Replace(good, "AC:L/AT:N", "AT:N/AC:L", 1): "AC stands too late",
		good + "/XX:N":                                     `no metric "XX"`,
		good + "/":                                         `"" is no metric`,
		good + "/LC:D":                                     "LC, CP, AP and SR stand all",
		good + "/LC:D/CP:C/AP:L/SR:R/QQ:H":                 "stand last",
		good + "/LC:D/CP:C/AP:L/SR:Z":                      `SR is R, P or U, not "Z"`,
		good + "/CP:C/LC:D/AP:L/SR:R":                      "LC stands twice or too late",
		"":                                                 "begins with CVSS:4.0/",
		good + "/E:A" + strings.Repeat("/U:Clear", 60):     "characters long",
		"CVSS:4.0" + strings.Repeat("x", 100) + "/" + good[9:] + "/E:A": "is not CVSS:4.0",
	} {
		if _, err := Vector(vector); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", vector, err, want)
		}
	}
	for _, c := range []struct {
		system string
		values map[string]string
		input  string
	}{
		{AIVSS08, map[string]string{}, "cvss"},
		{AIVSS08, map[string]string{"cvss": "11"}, "cvss"},
		{AIVSS08, map[string]string{"cvss": "7.15"}, "cvss"},
		{AIVSS08, map[string]string{"cvss": "1e1"}, "cvss"},
		{AIVSS08, map[string]string{"cvss": "CVSS:3.1/AV:N"}, "cvss"},
		{AIVSS08, map[string]string{"cvss": "7.1", "autonomy": "0.7"}, "autonomy"},
		{AIVSS08, map[string]string{"cvss": "7.1", "threat": "maybe"}, "threat"},
		{AIVSS08, map[string]string{"cvss": "7.1", "mitigation": "some"}, "mitigation"},
		{AIVSS08, map[string]string{"cvss": "7.1", "planning": "1"}, "planning"},
		{AIVSS05, map[string]string{"cvss": "7.1", "aars": "10.5"}, "aars"},
		{AIVSS05, map[string]string{"cvss": "7.1", "aars": "3", "tools": "1"}, "tools"},
		{AIVSS09, map[string]string{}, "vector"},
		{AIVSS09, map[string]string{"vector": good, "reach": "1"}, "business-impact"},
		{AIVSS09, map[string]string{"vector": good, "reach": "1.5"}, "reach"},
		{CVSS40, map[string]string{"vector": good + "/LC:D/CP:C/AP:L/SR:R"}, "vector"},
		{RiskRR, map[string]string{"skill": "10", "scale": "any"}, "skill"},
		{RiskRR, map[string]string{"financial": "1"}, "financial"},
		{Matrix, map[string]string{"likelihood": "likely"}, "consequence"},
		{Matrix, map[string]string{"likelihood": "often", "consequence": "low"}, "likelihood"},
	} {
		if _, err := Given(c.system, c.values); IsInput(err) != c.input {
			t.Errorf("%s %v: %v is about %q, want %q", c.system, c.values, err, IsInput(err), c.input)
		}
	}
}

// TestUnknownFactors holds that the range for inputs that nobody knows contains every answer.
func TestUnknownFactors(t *testing.T) {
	for _, system := range []string{AIVSS08, AIVSS05} {
		for _, f := range factorsOf(system) {
			values := map[string]string{"cvss": "6.4"}
			for _, g := range factorsOf(system) {
				values[g.key] = "0.5"
			}
			values[f.key] = "unknown"
			open, err := Given(system, values)
			if err != nil {
				t.Fatal(err)
			}
			last := -1.0
			for _, level := range []string{"0", "0.5", "1"} {
				values[f.key] = level
				s, err := Given(system, values)
				if err != nil {
					t.Fatal(err)
				}
				if s.High < open.Low || s.High > open.High || s.High < last {
					t.Errorf("%s, %s %s: %v, outside %v to %v or below %v", system, f.key, level, s.High, open.Low, open.High, last)
				}
				last = s.High
			}
		}
	}
}

// TestWorseNeverLower walks every base vector and makes each metric worse by one: the score does not fall. The formulas
// above CVSS rest on this.
func TestWorseNeverLower(t *testing.T) {
	stride := 7
	if testing.Short() {
		stride = 101
	}
	total := 1
	for _, m := range cvssBase {
		total *= len(m.values)
	}
	scoreOf := func(place []int) *big.Rat {
		v := &gocvss40.CVSS40{}
		for i, m := range cvssBase {
			if err := v.Set(m.name, m.values[place[i]]); err != nil {
				t.Fatal(err)
			}
		}
		return (&cvss{v: v}).score()
	}
	falls := 0
	for n := 0; n < total; n += stride {
		place, rest := make([]int, len(cvssBase)), n
		for i, m := range cvssBase {
			place[i], rest = rest%len(m.values), rest/len(m.values)
		}
		here := scoreOf(place)
		for i := range place {
			if place[i] == 0 {
				continue
			}
			place[i]--
			if scoreOf(place).Cmp(here) < 0 {
				falls++
				if falls < 10 {
					t.Errorf("%v: a worse %s lowers the score from %s to %s", place, cvssBase[i].name, here.FloatString(1), scoreOf(place).FloatString(1))
				}
			}
			place[i]++
		}
	}
	if falls > 0 {
		t.Errorf("%d falls", falls)
	}
}

// TestPublished holds grades of vectors whose scores are published, one or more of each version, and what is refused.
func TestPublished(t *testing.T) {
	for vector, want := range map[string]struct {
		tenths   int
		severity string
	}{
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H":                    {98, "critical"},
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H":                    {100, "critical"},
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H":                    {75, "high"},
		"CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:N/A:N":                    {53, "medium"},
		"CVSS:3.1/AV:L/AC:H/PR:L/UI:R/S:U/C:L/I:N/A:N":                    {22, "low"},
		"CVSS:3.1/AV:L/AC:H/PR:L/UI:R/S:U/C:N/I:N/A:N":                    {0, "low"},
		"CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N":                    {61, "medium"},
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N": {93, "critical"},
		"CVSS:4.0/AV:L/AC:L/AT:N/PR:H/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N": {46, "medium"},
		"AV:N/AC:L/Au:N/C:C/I:C/A:C":                                      {100, "high"},
		"AV:N/AC:M/Au:N/C:P/I:N/A:N":                                      {43, "medium"},
	} {
		if tenths, severity, ok := Published(vector); !ok || tenths != want.tenths || severity != want.severity {
			t.Errorf("%s: %d %s %v, want %d %s", vector, tenths, severity, ok, want.tenths, want.severity)
		}
	}
	for _, vector := range []string{"", "HIGH", "7.5", "CVSS:3.1/AV:N", "CVSS:9.9/AV:N/AC:L", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:X", strings.Repeat("AV:N/", 200)} {
		if _, _, ok := Published(vector); ok {
			t.Errorf("%q is taken for a vector", vector)
		}
	}
}

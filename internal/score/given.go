package score

import (
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strconv"
	"strings"

	"fermata/internal/result"
)

// Keys lists the keys that a file of inputs of a system may have.
func Keys(system string) []string {
	var keys []string
	switch system {
	case AIVSS08, AIVSS05:
		keys = []string{"cvss", "threat"}
		if system == AIVSS05 {
			keys = append(keys, "aars")
		} else {
			keys = append(keys, "mitigation")
		}
		for _, f := range factorsOf(system) {
			keys = append(keys, f.key)
		}
	case AIVSS09:
		keys = []string{"vector", "business-impact", "reach", "likelihood"}
	case CVSS40:
		keys = []string{"vector"}
	case RiskRR:
		keys = []string{"scale"}
		for _, f := range ratingFactors {
			keys = append(keys, f.key)
		}
	case Matrix:
		keys = []string{"likelihood", "consequence", "implementation"}
	}
	return keys
}

// Given scores inputs that somebody gave by hand, by key (see [Keys]). Where an input of AIVSS or of Risk Rating is
// "unknown" or left out, the score is a range. The error names the input that is wrong.
func Given(system string, values map[string]string) (result.Score, error) {
	keys := make([]string, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		if !slices.Contains(Keys(system), k) {
			return result.Score{}, refuse(k, "%s has no input %q; its inputs are %s", system, clip(k), strings.Join(Keys(system), ", "))
		}
	}
	switch system {
	case AIVSS08, AIVSS05:
		return givenAIVSS(system, values)
	case AIVSS09, CVSS40:
		return givenVector(system, values)
	case RiskRR:
		return givenRating(values)
	case Matrix:
		return givenMatrix(values)
	}
	return result.Score{}, refuse("system", "unknown scoring system %q; say %s", clip(system), either(IDs()))
}

func given(name, meaning, low, high string) result.ScoreInput {
	in := result.ScoreInput{Name: name, Meaning: meaning, Low: low, High: high, Origin: "given"}
	if low != high {
		in.Origin, in.Reason = "unknown", "not given"
	}
	return in
}

// choice reads a word of a list, the first when it is not given.
func choice(values map[string]string, key string, words []string) (string, error) {
	v := values[key]
	if v == "" {
		return words[0], nil
	}
	if !slices.Contains(words, v) {
		return "", refuse(key, "%s is %s, not %q", key, either(words), clip(v))
	}
	return v, nil
}

func givenAIVSS(system string, values map[string]string) (result.Score, error) {
	base, vector, err := baseOf(values["cvss"])
	if err != nil {
		return result.Score{}, err
	}
	threat, err := choice(values, "threat", Threats)
	if err != nil {
		return result.Score{}, err
	}
	mitigation, err := choice(values, "mitigation", levelNames(mitigations))
	if err != nil {
		return result.Score{}, err
	}
	inputs := []result.ScoreInput{given("CVSS base", "CVSS v4.0 base score", base.FloatString(1), base.FloatString(1))}
	low, high := new(big.Rat), new(big.Rat)
	if text := values["aars"]; text != "" {
		sum, ok := decimal(text)
		if !ok || sum.Cmp(rat("10")) > 0 {
			return result.Score{}, refuse("aars", "aars is a number from 0 to 10, not %q", clip(text))
		}
		for _, f := range factors05 {
			if values[f.key] != "" {
				return result.Score{}, refuse(f.key, "aars is the sum of the factors: give either aars or %s", f.key)
			}
		}
		low, high = sum, sum
		inputs = append(inputs, given("AARS", "sum of the ten factors", text, text))
	} else {
		for _, f := range factorsOf(system) {
			a, b, err := factorRange(f, values[f.key])
			if err != nil {
				return result.Score{}, err
			}
			low.Add(low, rat(a))
			high.Add(high, rat(b))
			inputs = append(inputs, given(f.name, f.meaning(a, b), a, b))
		}
	}
	return aivssScore(system, base, base, low, high, threat, []string{mitigation, mitigation}, inputs, vector, vector), nil
}

// baseOf reads a CVSS base score: a number with one decimal, or a vector.
func baseOf(text string) (*big.Rat, string, error) {
	if text == "" {
		return nil, "", refuse("cvss", "cvss is missing: a CVSS v4.0 base score such as 7.1, or a vector")
	}
	if strings.HasPrefix(text, "CVSS:") {
		c, err := parseCVSS(text)
		if err != nil {
			return nil, "", refuse("cvss", "%s", err.Error())
		}
		return c.base(), c.text, nil
	}
	base, ok := decimal(text)
	if !ok || base.Cmp(rat("10")) > 0 || base.Cmp(halfUp(base, 1)) != 0 {
		return nil, "", refuse("cvss", "cvss is a score from 0.0 to 10.0 with one decimal or a CVSS:4.0 vector, not %q", clip(text))
	}
	return base, "", nil
}

func factorRange(f factor, text string) (low, high string, err error) {
	switch text {
	case "", "unknown":
		return "0.0", "1.0", nil
	case "0", "0.0":
		return "0.0", "0.0", nil
	case "0.5", ".5":
		return "0.5", "0.5", nil
	case "1", "1.0":
		return "1.0", "1.0", nil
	}
	return "", "", refuse(f.key, "%s is 0 (%s), 0.5 (%s), 1 (%s) or unknown, not %q", f.key, f.levels[0], f.levels[1], f.levels[2], clip(text))
}

// aivssScore puts both ends of the inputs into the formula. Mitigation has that of the lowest and that of the highest
// score.
func aivssScore(system string, baseLow, baseHigh, sumLow, sumHigh *big.Rat, threat string, mitigation []string, inputs []result.ScoreInput, vectorLow, vectorHigh string) result.Score {
	thm, _ := valueOf(threatsOf(system), threat)
	least, _ := valueOf(mitigations, mitigation[0])
	most, _ := valueOf(mitigations, mitigation[1])
	low, high := aivss(system, baseLow, sumLow, thm, least), aivss(system, baseHigh, sumHigh, thm, most)
	s := result.Score{
		System: system, Name: "AIVSS", Low: number(low), High: number(high),
		BandLow: band(cvssBands, low), Band: band(cvssBands, high), Vector: vectorHigh, Inputs: inputs,
	}
	if vectorLow != vectorHigh {
		s.VectorLow = vectorLow
	}
	has := func(name string) bool {
		return slices.ContainsFunc(inputs, func(in result.ScoreInput) bool { return in.Name == name })
	}
	if !has("ThM") {
		s.Inputs = append(s.Inputs, given("ThM", "what is known about exploits: "+threat, thm.FloatString(2), thm.FloatString(2)))
	}
	if system == AIVSS08 && !has("Mitigation") {
		s.Inputs = append(s.Inputs, given("Mitigation", mitigation[1], most.FloatString(2), most.FloatString(2)))
	}
	aars := func(base, sum, mitigation *big.Rat) string {
		if system == AIVSS05 {
			return fmt.Sprintf("((%s + %s) / 2) x %s", base.FloatString(1), sum.FloatString(1), thm.FloatString(2))
		}
		return fmt.Sprintf("(%s + (10 - %s) x %s/10 x %s) x %s", base.FloatString(1), base.FloatString(1), sum.FloatString(1), thm.FloatString(2), mitigation.FloatString(2))
	}
	if s.Low == s.High {
		s.Notes = append(s.Notes, fmt.Sprintf("%s = %s", aars(baseHigh, sumHigh, most), high.FloatString(1)))
	} else {
		s.Notes = append(s.Notes, fmt.Sprintf("at most %s = %s", aars(baseHigh, sumHigh, most), high.FloatString(1)),
			fmt.Sprintf("at least %s = %s", aars(baseLow, sumLow, least), low.FloatString(1)))
	}
	if system == AIVSS08 && high.Cmp(baseHigh) < 0 {
		s.Notes = append(s.Notes, "the mitigation factor brings the score below the CVSS base score; this is how 0.8 defines it")
	}
	return s
}

func givenVector(system string, values map[string]string) (result.Score, error) {
	if values["vector"] == "" {
		return result.Score{}, refuse("vector", "vector is missing: a CVSS:4.0 vector")
	}
	plain, group, err := splitAI(values["vector"])
	if err != nil {
		return result.Score{}, err
	}
	c, err := parseCVSS(plain)
	if err != nil {
		return result.Score{}, err
	}
	if system == CVSS40 {
		if group != nil {
			return result.Score{}, refuse("vector", "the vector has the AI metrics of %s; score it with that system", AIVSS09)
		}
		return cvssScore(c), nil
	}
	s := draft(c, group)
	levels := map[string]float64{}
	for _, key := range []string{"business-impact", "reach", "likelihood"} {
		text := values[key]
		if text == "" {
			continue
		}
		x, ok := decimal(text)
		if !ok || x.Cmp(rat("1")) > 0 {
			return result.Score{}, refuse(key, "%s is a number from 0 to 1 (the draft's levels are 1.0, 0.65 and 0.35), not %q", key, clip(text))
		}
		levels[key] = number(x)
		s.Inputs = append(s.Inputs, given(key, "for AIVSS-P", text, text))
	}
	switch len(levels) {
	case 3:
		p, name := priority(s.High, levels["business-impact"], levels["reach"], levels["likelihood"])
		s.Notes = append(s.Notes, fmt.Sprintf("AIVSS-P %s: %s", strconv.FormatFloat(p, 'f', 0, 64), name))
	case 0:
	default:
		return result.Score{}, refuse("business-impact", "AIVSS-P needs business-impact, reach and likelihood, all three")
	}
	return s, nil
}

func givenRating(values map[string]string) (result.Score, error) {
	scale, err := choice(values, "scale", []string{"listed", "any"})
	if err != nil {
		return result.Score{}, err
	}
	low, high := map[string]int{}, map[string]int{}
	var inputs []result.ScoreInput
	business := 0
	for _, f := range ratingFactors {
		text := values[f.key]
		if f.group == "business" {
			if text == "" {
				continue
			}
			business++
		}
		if text == "" || text == "unknown" {
			low[f.key], high[f.key] = f.options[0], f.options[len(f.options)-1]
			if scale == "any" {
				low[f.key], high[f.key] = 0, 9
			}
		} else {
			v, err := strconv.Atoi(text)
			switch {
			case err != nil || v < 0 || v > 9:
				return result.Score{}, refuse(f.key, "%s is a whole number from 0 to 9 or unknown, not %q", f.key, clip(text))
			case scale == "listed" && !slices.Contains(f.options, v):
				return result.Score{}, refuse(f.key, "%s is one of %s, not %d; scale: any allows every number from 0 to 9", f.key, join(f.options), v)
			}
			low[f.key], high[f.key] = v, v
		}
		inputs = append(inputs, given(f.key, f.group, strconv.Itoa(low[f.key]), strconv.Itoa(high[f.key])))
	}
	if business != 0 && business != 4 {
		return result.Score{}, refuse("financial", "business impact is the mean of financial, reputation, non-compliance and privacy: give all four or none")
	}
	s := ratingScore(rate(low), rate(high))
	s.Inputs = inputs
	return s, nil
}

func givenMatrix(values map[string]string) (result.Score, error) {
	for _, key := range []string{"likelihood", "consequence"} {
		if values[key] == "" {
			return result.Score{}, refuse(key, "%s is missing", key)
		}
	}
	likelihood, err := choice(values, "likelihood", likelihoods)
	if err != nil {
		return result.Score{}, err
	}
	consequence, err := choice(values, "consequence", consequences)
	if err != nil {
		return result.Score{}, err
	}
	status, err := choice(values, "implementation", levelNames(statuses))
	if err != nil {
		return result.Score{}, err
	}
	s := matrixScore(likelihood, consequence, status)
	s.Inputs = []result.ScoreInput{
		given("likelihood", "", likelihood, likelihood), given("consequence", "", consequence, consequence), given("implementation", "", status, status),
	}
	return s, nil
}

func join(list []int) string {
	var out []string
	for _, v := range list {
		out = append(out, strconv.Itoa(v))
	}
	return either(out)
}

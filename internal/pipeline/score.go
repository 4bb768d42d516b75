package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fermata/internal/result"
	"fermata/internal/score"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// DefaultScoring is the scoring system that is used when none is named.
const DefaultScoring = score.Default

// Scorings are the ids of the scoring systems, the default first, and Threats the words for what is known about exploits.
func Scorings() []string { return score.IDs() }

// Threats are the words for what is known about exploits, the default first.
func Threats() []string { return slices.Clone(score.Threats) }

// ScoreVector scores a CVSS vector of anybody's.
func ScoreVector(vector string) (*result.Scores, error) {
	list, err := score.Vector(vector)
	if err != nil {
		return nil, &InputError{Message: err.Error() + metricHint(err)}
	}
	return &result.Scores{
		Schema: result.ScoresSchema, Scoring: scoring(list[len(list)-1].System, ""),
		Findings: []result.ScoredFinding{}, Unscored: []result.Unscored{}, Given: list,
	}, nil
}

// metricHint names the metric that was probably meant.
func metricHint(err error) string {
	if near := source.Suggest(score.IsInput(err), score.Metrics()); near != "" && near != score.IsInput(err) {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return ""
}

// ScoreInputs scores the inputs of a file, a map of YAML or JSON. The system is the one that the file names; else the
// given one, which may be empty for the default.
func ScoreInputs(name, system string) (*result.Scores, error) {
	file, err := readFile(name)
	if err != nil {
		return nil, &InputError{Message: err.Error()}
	}
	wrong := func(at source.Span, hint, format string, args ...any) error {
		message := fmt.Sprintf(format, args...)
		return &InputError{Message: name + " cannot be scored", Diagnostics: []source.Diagnostic{{
			Severity: source.Error, Code: "score-input", Message: message, Hint: hint, Span: at,
		}}}
	}
	tree := syntax.ParseAs(file, syntax.YAML)
	if failed := errorsOf(tree.Diagnostics); len(failed) > 0 {
		return nil, &InputError{Message: name + " cannot be scored", Diagnostics: failed}
	}
	root := tree.Root()
	if !root.Is(syntax.Map) {
		return nil, wrong(file.Span(0, 0), "write a key and a value a line, such as cvss: 7.1", "a file of inputs is a map of keys")
	}
	named := root.Argument("system")
	if text, ok := named.Scalar(); ok {
		if system != "" && system != text {
			return nil, wrong(named.Span(), "leave --system out, or name the same", "the file is for %s, and --system says %s", text, system)
		}
		if score.Find(text) == nil {
			return nil, wrong(named.Span(), suggestion(text, score.IDs()), "unknown scoring system %q", text)
		}
		system = text
	}
	if system == "" {
		system = score.Default
	}
	values, spans := map[string]string{}, map[string]source.Span{}
	for key, value := range root.Pairs() {
		text, ok := value.Scalar()
		switch {
		case !ok && !value.Is(syntax.Null):
			return nil, wrong(value.Span(), "", "%s is a single value, no list and no map", key.Text())
		case key.TextIs("system"):
		case !slices.Contains(score.Keys(system), key.Text()):
			return nil, wrong(key.Span(), suggestion(key.Text(), score.Keys(system)), "%s has no input %q", system, key.Text())
		default:
			values[key.Text()], spans[key.Text()] = text, value.Span()
		}
	}
	s, err := score.Given(system, values)
	if err != nil {
		at, ok := spans[score.IsInput(err)]
		if !ok {
			at = file.Span(0, 0)
		}
		return nil, wrong(at, "", "%s", err.Error())
	}
	threat := ""
	if slices.Contains(score.Keys(system), "threat") {
		if threat = values["threat"]; threat == "" {
			threat = score.Threats[0]
		}
	}
	return &result.Scores{
		Schema: result.ScoresSchema, Scoring: scoring(system, threat),
		Findings: []result.ScoredFinding{}, Unscored: []result.Unscored{}, Given: []result.Score{s},
	}, nil
}

// Scored says what is to be scored of a result.
type Scored struct {
	System  string // empty: the default
	Threat  string // what is known about exploits; empty: the system's default
	Finding string // only this finding; empty: all that are live or accepted
	All     bool   // also what is blocked, and every finding of a cause and not only its worst
}

// Scores scores the findings of a result, the worst first. What has no score is counted with the reason.
func Scores(r *result.Result, o Scored) (*result.Scores, error) {
	if o.System == "" {
		o.System = score.Default
	}
	if score.Find(o.System) == nil {
		return nil, &InputError{Message: fmt.Sprintf("unknown scoring system %q; say %s", o.System, strings.Join(score.IDs(), ", "))}
	}
	doc := &result.Scores{
		Schema: result.ScoresSchema, System: r.System.Name, Scoring: scoring(o.System, threatOf(o.System, o.Threat)),
		Findings: []result.ScoredFinding{}, Unscored: []result.Unscored{},
	}
	o.Finding = r.FindingID(o.Finding)
	if o.Finding != "" && !slices.ContainsFunc(r.Findings, func(f result.Finding) bool { return f.ID == o.Finding }) {
		return nil, noFinding(r, o.Finding)
	}
	d := score.NewDeriver(r)
	unscored := map[string][]string{}
	for i := range r.Findings {
		f := &r.Findings[i]
		switch {
		case o.Finding != "":
			if f.ID != o.Finding {
				continue
			}
		case f.Status != result.Live && f.Status != result.Accepted && (!o.All || f.Status != result.Blocked):
			continue
		}
		s, why := d.Finding(f, o.System, o.Threat)
		if s == nil {
			unscored[why] = append(unscored[why], f.ID)
			continue
		}
		doc.Findings = append(doc.Findings, result.ScoredFinding{Finding: f.ID, Message: f.Message, Status: f.Status, Severity: f.Severity, Score: *s})
	}
	slices.SortFunc(doc.Findings, func(a, b result.ScoredFinding) int { return score.Order(&a, &b) })
	if !o.All && o.Finding == "" {
		doc.Findings = worstOfEach(r, doc.Findings)
	}
	for _, why := range slices.Sorted(maps.Keys(unscored)) {
		doc.Unscored = append(doc.Unscored, result.Unscored{Reason: why, Findings: unscored[why]})
	}
	return doc, nil
}

// worstOfEach keeps the first finding of each cause, and counts the others.
func worstOfEach(r *result.Result, list []result.ScoredFinding) []result.ScoredFinding {
	group := map[string]string{}
	for i := range r.Findings {
		group[r.Findings[i].ID] = r.Findings[i].Group
	}
	at := map[string]int{}
	out := []result.ScoredFinding{}
	for _, f := range list {
		g := group[f.Finding]
		if i, had := at[g]; had && g != "" {
			out[i].Alike++
			continue
		}
		at[g] = len(out)
		out = append(out, f)
	}
	return out
}

// AddScores gives the findings of a result that are live, accepted or blocked their scores by each of some systems.
func AddScores(r *result.Result, systems []string, threat string) error {
	for _, id := range systems {
		if score.Find(id) == nil {
			return &InputError{Message: fmt.Sprintf("unknown scoring system %q; say %s", id, strings.Join(score.IDs(), ", "))}
		}
	}
	d := score.NewDeriver(r)
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Status == result.Condition || f.Status == result.Unreachable {
			continue
		}
		for _, id := range systems {
			s, _ := d.Finding(f, id, threat)
			f.Scores = slices.DeleteFunc(f.Scores, func(old result.Score) bool { return old.System == id })
			if s != nil {
				f.Scores = append(f.Scores, *s)
			}
		}
	}
	return nil
}

// threatOf is the word that a system takes for what is known about exploits; none where it does not ask.
func threatOf(system, threat string) string {
	switch system {
	case score.AIVSS08, score.AIVSS05, score.AIVSS09:
		if threat == "" {
			return score.Threats[0]
		}
		return threat
	case score.CVSS40:
		return threat
	}
	return ""
}

// suggestion is a hint for a misspelt word.
func suggestion(word string, words []string) string {
	if near := source.Suggest(word, words); near != "" {
		return "did you mean " + near + "?"
	}
	return "say one of " + strings.Join(words, ", ")
}

func scoring(id, threat string) result.Scoring {
	s := score.Find(id)
	return result.Scoring{ID: s.ID, Title: s.Title, Edition: s.Edition, State: s.State, Source: s.Source, Formula: s.Formula, Threat: threat}
}

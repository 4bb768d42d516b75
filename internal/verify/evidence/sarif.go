package evidence

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"fermata/internal/syntax"
)

var cwe = regexp.MustCompile(`(?i)\bcwe[-_/: ]*0*([1-9][0-9]{0,4})\b`)

// sarifRule is what a run's driver says of a rule.
type sarifRule struct {
	id, title, level, score string
	cwe                     []string
}

// sarif reads the results of SARIF 2.1.0. It reads what places a result and names its weakness, and nothing else.
func (r *reader) sarif(root syntax.Node) {
	r.doc.Sort = SARIF
	if v := root.Argument("version"); !v.TextIs("2.1.0") {
		at := root
		if !v.IsZero() {
			at = v
		}
		r.error(at.Span(), "unknown-version", fmt.Sprintf("the version of SARIF is %q", v.Text()), "write version 2.1.0")
		return
	}
	for run := range root.Argument("runs").Children() {
		r.sarifRun(run)
	}
}

func (r *reader) sarifRun(run syntax.Node) {
	driver := run.Argument("tool").Argument("driver")
	tool := strings.ToLower(word(driver.Argument("name").Text()))
	if tool == "" {
		r.error(run.Span(), "missing-key", "a run does not name its tool", "tool.driver.name is the name of the scanner")
		return
	}
	byID, byIndex := map[string]*sarifRule{}, []*sarifRule{}
	for n := range driver.Argument("rules").Children() {
		rule := newSarifRule(n)
		byIndex = append(byIndex, rule)
		byID[rule.id] = rule
	}
	bases := run.Argument("originalUriBaseIds")
	for n := range run.Argument("results").Children() {
		if r.full() {
			return
		}
		w, ok := r.weakness(n, tool, byID, byIndex, bases)
		if !ok {
			r.doc.Dropped++
			continue
		}
		r.doc.Weaknesses = append(r.doc.Weaknesses, w)
	}
}

func newSarifRule(n syntax.Node) *sarifRule {
	rule := &sarifRule{id: n.Argument("id").Text(), level: n.Argument("defaultConfiguration").Argument("level").Text()}
	for _, key := range []string{"shortDescription", "fullDescription"} {
		if text := n.Argument(key).Argument("text").Text(); rule.title == "" {
			rule.title = firstLine(text)
		}
	}
	if rule.title == "" {
		rule.title = firstLine(n.Argument("name").Text())
	}
	properties := n.Argument("properties")
	rule.score = properties.Argument("security-severity").Text()
	rule.cwe = weaknesses(properties, n.Argument("relationships"), n.Argument("helpUri"))
	return rule
}

// weaknesses are the CWE ids that stand anywhere in some nodes.
func weaknesses(nodes ...syntax.Node) []string {
	seen := map[string]bool{}
	for _, n := range nodes {
		n.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.String) {
				for _, m := range cwe.FindAllStringSubmatch(n.Text(), -1) {
					seen["CWE-"+m[1]] = true
				}
			}
			return true
		})
	}
	out := make([]string, 0, len(seen))
	for id := range seen {
		out = append(out, id)
	}
	sort.Strings(out)
	return out
}

func (r *reader) weakness(n syntax.Node, tool string, byID map[string]*sarifRule, byIndex []*sarifRule, bases syntax.Node) (Weakness, bool) {
	if !n.Is(syntax.Map) {
		return Weakness{}, false
	}
	if kind := n.Argument("kind"); !kind.IsZero() && !kind.TextIs("fail") && !kind.TextIs("review") && !kind.TextIs("open") {
		return Weakness{}, false
	}
	for s := range n.Argument("suppressions").Children() {
		if status := s.Argument("status"); status.IsZero() || status.TextIs("accepted") {
			return Weakness{}, false
		}
	}
	id := n.Argument("ruleId").Text()
	if id == "" {
		id = n.Argument("rule").Argument("id").Text()
	}
	rule := byID[id]
	index := n.Argument("ruleIndex")
	if index.IsZero() {
		index = n.Argument("rule").Argument("index")
	}
	if i, err := strconv.Atoi(index.Text()); rule == nil && err == nil && i >= 0 && i < len(byIndex) {
		rule = byIndex[i]
	}
	if rule == nil {
		rule = &sarifRule{id: id}
	}
	if id == "" {
		id = rule.id
	}
	w := Weakness{Tool: tool, Rule: word(id), Title: rule.title, Message: firstLine(n.Argument("message").Argument("text").Text()), Span: n.Span()}
	if w.Rule == "" {
		w.Rule = "unnamed"
	}
	if w.Title == "" {
		w.Title = w.Message
	}
	if w.Message == "" {
		w.Message = w.Title
	}
	if w.Message == "" {
		w.Title, w.Message = w.Rule, w.Rule
	}
	w.CWE = weaknesses(n.Argument("properties"), n.Argument("taxa"))
	if len(w.CWE) == 0 {
		w.CWE = rule.cwe
	}
	level := n.Argument("level").Text()
	if level == "" {
		level = rule.level
	}
	score := n.Argument("properties").Argument("security-severity").Text()
	if score == "" {
		score = rule.score
	}
	w.Severity = severity(level, score)
	place := n.Argument("locations").Child(0).Argument("physicalLocation")
	file, region := place.Argument("artifactLocation"), place.Argument("region")
	w.Path = where(file, bases)
	w.Line, w.Col, w.EndLine = number(region, "startLine"), number(region, "startColumn"), number(region, "endLine")
	if w.EndLine < w.Line {
		w.EndLine = w.Line
	}
	return w, w.Path != "" && w.Line > 0
}

// word keeps of a name what may stand in an id.
func word(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r <= ' ', r == '@', r == ',', r == '\\', r == 0x7f, r >= 0x80 && r < 0xa0:
			return '-'
		}
		return r
	}, strings.TrimSpace(strings.ToValidUTF8(text, "")))
	const most = 120
	runes := []rune(text)
	return string(runes[:min(len(runes), most)])
}

// severity is the grade of a result: by the score of the scanner where it gives one, as code hosts do, else by its level.
func severity(level, score string) string {
	if f, err := strconv.ParseFloat(score, 64); err == nil && f > 0 {
		switch {
		case f >= 9:
			return "critical"
		case f >= 7:
			return "high"
		case f >= 4:
			return "medium"
		}
		return "low"
	}
	switch level {
	case "error":
		return "high"
	case "note":
		return "low"
	case "none":
		return "info"
	}
	return "medium" // a warning, which is what the standard takes when nothing is said
}

func number(n syntax.Node, key string) int {
	f, err := strconv.Atoi(n.Argument(key).Text())
	if err != nil || f < 0 || f > 1<<30 {
		return 0
	}
	return f
}

// where is the file of a result: relative to the base that it names, or as a whole path.
func where(file, bases syntax.Node) string {
	text := file.Argument("uri").Text()
	base := bases.Argument(file.Argument("uriBaseId").Text()).Argument("uri").Text()
	u, err := url.Parse(text)
	if err != nil || text == "" {
		return ""
	}
	if u.Scheme != "" && u.Scheme != "file" && len(u.Scheme) > 1 {
		return ""
	}
	name := u.Path
	if u.Scheme != "file" && !strings.HasPrefix(name, "/") && base != "" {
		if b, err := url.Parse(base); err == nil && (b.Scheme == "file" || b.Scheme == "") {
			name = path.Join(b.Path, name)
		}
	}
	name = path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || strings.HasPrefix(name, "../") {
		return ""
	}
	return name
}

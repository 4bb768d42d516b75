package rule

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// Fixture is the examples beside a rule: models that it finds something in or passes over, with what is expected on
// the line where the finding's first evidence points.
type Fixture struct {
	Files []FixtureFile
}

// FixtureFile is one model of a fixture.
type FixtureFile struct {
	Name     string
	Content  []byte
	Old      []byte // the older system that it is compared with: the file NAME.old.yaml beside NAME.yaml; nil: none
	Complete bool   // the first line is "# complete": what every system has is filled in before the rule is asked
	Wants    []Want
}

// Want is one expectation: every finding and question must be wanted, and every want must be met.
type Want struct {
	Line    int    // from 1, in the file
	Old     bool   // the line is of the older system
	Status  string // "live" where nothing is said; "question"; or a status of a finding
	Pattern *regexp.Regexp
}

var wantWords = []string{"live", "blocked", "unreachable", "condition", "question"}

// ParseFixture reads a txtar archive with want comments. A want is a word and quoted regular expressions:
//
//	flows:
//	  - {kind: tool-call, from: planner, to: shell} # want "planner can .* shell" question "does .*"
//
// A backslash before a quote keeps the quote; all others belong to the expression.
func ParseFixture(data []byte) (*Fixture, error) {
	f := &Fixture{}
	for line := range bytes.Lines(data) {
		trimmed := strings.TrimSpace(string(line))
		if name, ok := strings.CutPrefix(trimmed, "-- "); ok && strings.HasSuffix(name, " --") {
			f.Files = append(f.Files, FixtureFile{Name: strings.TrimSpace(strings.TrimSuffix(name, "--"))})
			continue
		}
		if len(f.Files) == 0 {
			continue // the archive's comment
		}
		last := &f.Files[len(f.Files)-1]
		last.Content = append(last.Content, line...)
	}
	if len(f.Files) == 0 {
		return nil, fmt.Errorf("the fixture has no file: begin one with -- hit.yaml --")
	}
	for i := range f.Files {
		file := &f.Files[i]
		n := 0
		for line := range bytes.Lines(file.Content) {
			n++
			text := strings.TrimRight(string(line), "\r\n")
			if n == 1 && strings.TrimSpace(text) == "# complete" {
				file.Complete = true
			}
			wants, err := parseWants(text, n)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file.Name, n, err)
			}
			file.Wants = append(file.Wants, wants...)
		}
	}
	return f, f.pairOlder()
}

// oldEnding ends the name of a file that holds the older system of another one.
const oldEnding = ".old.yaml"

// pairOlder joins each older system with the file that it belongs to.
func (f *Fixture) pairOlder() error {
	var files []FixtureFile
	for _, file := range f.Files {
		if !strings.HasSuffix(file.Name, oldEnding) {
			files = append(files, file)
		}
	}
	for _, old := range f.Files {
		stem, isOld := strings.CutSuffix(old.Name, oldEnding)
		if !isOld {
			continue
		}
		i := slices.IndexFunc(files, func(file FixtureFile) bool { return file.Name == stem+".yaml" })
		if i < 0 {
			return fmt.Errorf("%s is the older system of no file: there is no %s.yaml", old.Name, stem)
		}
		files[i].Old = append([]byte{}, old.Content...)
		for _, w := range old.Wants {
			w.Old = true
			files[i].Wants = append(files[i].Wants, w)
		}
	}
	f.Files = files
	return nil
}

// OldName is the name of the older system's file.
func (f *FixtureFile) OldName() string { return strings.TrimSuffix(f.Name, ".yaml") + oldEnding }

// wantStart begins a want, in the comments of the languages that fixtures are written in. "want+1" speaks of the next line.
var wantStart = regexp.MustCompile(`(?:#|//|--) want(?:\+([1-9]))? `)

// parseWants reads the want comment of one line, if it has one.
func parseWants(line string, n int) ([]Want, error) {
	m := wantStart.FindStringSubmatchIndex(line)
	if m == nil {
		return nil, nil
	}
	if m[2] >= 0 {
		n += int(line[m[2]] - '0') // the line itself has no room for a comment
	}
	var wants []Want
	rest := strings.TrimSpace(line[m[1]:])
	status := "live"
	for rest != "" {
		if rest[0] == '"' || rest[0] == '`' {
			text, after, err := quoted(rest)
			if err != nil {
				return nil, err
			}
			pattern, err := regexp.Compile(text)
			if err != nil {
				return nil, fmt.Errorf("want: %w", err)
			}
			wants = append(wants, Want{Line: n, Status: status, Pattern: pattern})
			rest = strings.TrimSpace(after)
			continue
		}
		word, after, _ := strings.Cut(rest, " ")
		if !contains(wantWords, word) {
			return nil, fmt.Errorf("want: %q is neither a quoted expression nor one of %s", word, strings.Join(wantWords, ", "))
		}
		status, rest = word, strings.TrimSpace(after)
	}
	if len(wants) == 0 {
		return nil, fmt.Errorf("want: there is no quoted expression")
	}
	return wants, nil
}

// quoted takes a quoted text from the start of s.
func quoted(s string) (text, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return b.String(), s[i+1:], nil
		case s[0] == '"' && s[i] == '\\' && i+1 < len(s) && s[i+1] == '"':
			i++
			b.WriteByte('"')
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", fmt.Errorf("want: quote without end")
}

// Check compares what was said about the file's system with what is wanted and gives one line per difference. With
// statuses, a finding's status must be the wanted one; without, any finding meets a want that is not a question.
func (f *FixtureFile) Check(system *model.System, findings []result.Finding, questions []result.Question, statuses bool) []string {
	var differences []string
	met := make([]bool, len(f.Wants))
	say := func(status, text string, lines []int, old bool) {
		for i, w := range f.Wants {
			if !met[i] && w.Old == old && slices.Contains(lines, w.Line) && w.Pattern.MatchString(text) &&
				(w.Status == status || !statuses && w.Status != "question" && status != "question") {
				met[i] = true
				return
			}
		}
		line := 0
		if len(lines) > 0 {
			line = lines[0]
		}
		differences = append(differences, fmt.Sprintf("%s:%d: unexpected %s %q", f.Name, line, status, text))
	}
	for i := range findings {
		var lines []int
		old := false
		if evidence := findings[i].Evidence; len(evidence) > 0 {
			lines = append(lines, evidence[0].Line)
			old = f.Old != nil && evidence[0].File == f.OldName()
		}
		say(string(findings[i].Status), findings[i].Message, lines, old)
	}
	for i := range questions {
		say("question", questions[i].Text, linesAbout(system, questions[i].Subject), false)
	}
	for i, w := range f.Wants {
		if !met[i] {
			differences = append(differences, fmt.Sprintf("%s:%d: nothing matches %s %q", f.Name, w.Line, w.Status, w.Pattern))
		}
	}
	return differences
}

// linesAbout lists where a question's subject stands, and the flows that touch it: a question about a tool may be
// wanted on the line of the call that made it matter.
func linesAbout(system *model.System, id string) []int {
	var lines []int
	note := func(evidence []model.Evidence) {
		if len(evidence) > 0 {
			lines = append(lines, evidence[0].Line)
		}
	}
	if e := system.Element(id); e != nil {
		note(e.Evidence)
	}
	for _, flow := range system.Flows {
		if flow.ID == id || flow.From == id || flow.To == id {
			note(flow.Evidence)
		}
	}
	return lines
}

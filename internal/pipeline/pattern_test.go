package pipeline

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"fermata/internal/discover"
	"fermata/internal/discover/all"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/internal/source"
)

func anEngine(t testing.TB) *Engine {
	t.Helper()
	e, troubles, err := New(Options{})
	if err != nil || len(troubles) > 0 {
		t.Fatal(err, troubles)
	}
	return e
}

// snippetFile is the name under which a snippet would stand in a project.
func snippetFile(s *rule.Snippet) string {
	switch {
	case s.Framework == "claude-code" && s.Language == "json":
		return ".claude/settings.json"
	case s.Framework == "claude-code" && s.Language == "yaml":
		return ".claude/agents/helper.md"
	case s.Framework == "docker" && s.Language == "yaml":
		return "compose.yaml"
	case s.Language == "dockerfile":
		return "Dockerfile"
	case s.Framework == "github-actions":
		return ".github/workflows/check.yml"
	case s.Framework == "mcp" && s.Language == "json":
		return ".mcp.json"
	}
	return "app." + map[string]string{
		"python": "py", "typescript": "ts", "go": "go", "yaml": "yaml", "json": "json", "toml": "toml", "rego": "rego", "sql": "sql", "shell": "sh",
	}[s.Language]
}

// seenIn scans one snippet as a project of its own and gives the controls that discovery finds in it.
func seenIn(t *testing.T, s *rule.Snippet) []string {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, filepath.FromSlash(snippetFile(s)))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(s.Code), 0o644); err != nil {
		t.Fatal(err)
	}
	root, err := source.Open(dir, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	out, err := discover.Run(context.Background(), root, discover.Options{Extractors: all.Extractors(), Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, c := range out.System.Controls {
		if c.State == model.Evidenced && !slices.Contains(found, c.Control) {
			found = append(found, c.Control)
		}
	}
	sort.Strings(found)
	return found
}

// TestSnippetsAreSeen scans every snippet. What it says about being seen must be so, in both directions: the catalogue
// tells people which examples a scan counts as evidence.
func TestSnippetsAreSeen(t *testing.T) {
	e := anEngine(t)
	seen, controls := 0, map[string]bool{}
	var unseen []string
	for _, c := range e.Controls() {
		p := e.Pattern(c.ID)
		if p == nil {
			continue
		}
		for i := range p.Build {
			s := &p.Build[i]
			found := seenIn(t, s)
			is := slices.Contains(found, c.ID)
			if is {
				seen++
				controls[c.ID] = true
			} else {
				unseen = append(unseen, fmt.Sprintf("%s/%s", c.ID, s.Framework))
			}
			if is != s.Seen {
				t.Errorf("%s, snippet for %s: seen is %v, and a scan finds %v", c.ID, s.Framework, s.Seen, found)
			}
		}
	}
	if seen < 10 {
		t.Errorf("a scan sees the control in %d snippets only", seen)
	}
	t.Logf("a scan sees its control in %d snippets of %d controls; not in %d: %s", seen, len(controls), len(unseen), strings.Join(unseen, " "))
}

var emitted = regexp.MustCompile(`"([a-z]+(?:-[a-z]+)+|sandbox|timeout|quorum|disclosure|redundancy)"`)

// emits are the lines of extractors in which the id of a control stands.
var emits = regexp.MustCompile(`\.(?:Control|Limit|Switch|GoLimit|checks?|processors|hold)\(|Controls\b`)

// TestEmittedControlsExist holds every id that an extractor emits to the catalogue.
func TestEmittedControlsExist(t *testing.T) {
	e := anEngine(t)
	found := map[string]bool{}
	err := fs.WalkDir(os.DirFS("../discover"), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		content, err := os.ReadFile(filepath.Join("../discover", filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		for number, line := range strings.Split(string(content), "\n") {
			call := emits.FindStringIndex(line)
			if call == nil {
				continue
			}
			for _, m := range emitted.FindAllStringSubmatch(line[call[0]:], 1) {
				if e.Controls().Get(m[1]) != nil {
					found[m[1]] = true
				} else if strings.Contains(line, ".Control(\""+m[1]) {
					t.Errorf("%s:%d: %s is no control of the catalogue", name, number+1, m[1])
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 10 {
		t.Errorf("only %v were found in the extractors: does the test still read them?", slices.Sorted(maps.Keys(found)))
	}
}

var wanted = regexp.MustCompile(`(?m)^  - ([a-z]+(?:-[a-z]+)*)(?: absent)? on \S`)

// TestFoundControlsExist holds every control that discovery finds in its own examples to the catalogue.
func TestFoundControlsExist(t *testing.T) {
	e := anEngine(t)
	examples, err := filepath.Glob("../discover/*/testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	corpus, err := filepath.Glob("../discover/testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range append(examples, corpus...) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, controls, _ := strings.Cut(string(content), "\ncontrols:\n")
		for _, m := range wanted.FindAllStringSubmatch(controls, -1) {
			if found[m[1]] = true; e.Controls().Get(m[1]) == nil {
				t.Errorf("%s: %s is no control of the catalogue", name, m[1])
			}
		}
	}
	if len(found) < 15 {
		t.Errorf("only %v were found in the examples: does the test still read them?", slices.Sorted(maps.Keys(found)))
	}
}

// TestDetectorsNeverBlock holds that what only notices weakens: a control whose figures are a detector's may not block.
func TestDetectorsNeverBlock(t *testing.T) {
	e := anEngine(t)
	rows := table()
	met := 0
	for _, c := range e.Controls() {
		for _, m := range e.Pattern(c.ID).Evidence {
			if !rows[m.Row].Argument("kind").TextIs("detector") {
				continue
			}
			if met++; c.Effect != rule.EffectWeakens {
				t.Errorf("%s %s, and row %s is about a detector", c.ID, c.Effect, m.Row)
			}
		}
	}
	if met == 0 {
		t.Error("no control tells of a detector")
	}
}

// TestKitsOfSystem holds that examples are chosen by what a system is made with.
func TestKitsOfSystem(t *testing.T) {
	r := &result.Result{System: model.System{Elements: []*model.Element{
		{ID: "a", Technology: "langgraph"}, {ID: "b", Technology: "docker-mcp"}, {ID: "c", Technology: "unheard-of"}, {ID: "d"},
	}}}
	if got := strings.Join(Kits(r), " "); got != "langgraph mcp docker" {
		t.Errorf("got %s", got)
	}
}

// TestFrameworksAreServed holds that the frameworks which are met most have several examples each, and that the list of
// frameworks names none without any.
func TestFrameworksAreServed(t *testing.T) {
	e := anEngine(t)
	count := map[string]int{}
	for _, c := range e.Controls() {
		for _, s := range e.Pattern(c.ID).Build {
			count[s.Framework]++
		}
	}
	for i := range rule.BuildKits {
		least := 1
		switch id := rule.BuildKits[i].ID; id {
		case "openai-agents", "langgraph", "crewai", "google-adk", "mcp", "vercel-ai", "claude-code", "kubernetes", "docker":
			least = 4
		}
		if id := rule.BuildKits[i].ID; count[id] < least {
			t.Errorf("%s has %d examples, fewer than %d", id, count[id], least)
		}
	}
	t.Log(count)
}

// TestEvidenceAgrees holds the range of an efficacy to the figures of the rows that it rests on.
func TestEvidenceAgrees(t *testing.T) {
	e := anEngine(t)
	rows := table()
	for _, c := range e.Controls() {
		for _, id := range c.Efficacy.Evidence {
			less, ok := reduction(rows[id])
			if !ok {
				continue
			}
			if less = max(less, 0); less < c.Efficacy.Low-0.005 || less > c.Efficacy.High+0.005 {
				t.Errorf("%s: row %s says %.3f, and the efficacy runs from %g to %g", c.ID, id, less, c.Efficacy.Low, c.Efficacy.High)
			}
		}
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"fermata/internal/devtool/casestudy"
	"fermata/internal/pipeline"
	"fermata/internal/result"
	"fermata/internal/rule"
)

// coverageDocs writes which rules express which threat, what their fixtures show, and in which examples they are found.
func coverageDocs(ctx context.Context, out files) error {
	e, err := engine()
	if err != nil {
		return err
	}
	lists, err := e.Coverage()
	if err != nil {
		return err
	}
	shown, err := examples(ctx, e)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(generated + `# Threats and what answers for them

Each threat of the published lists is expressed by rules, or a reason says why a model or a source cannot show it and which
question leads to it. The cases are the written models and programs under ` + "`examples/`" + ` in which a rule of the row is
live, or a condition; those named cs and a number are the case studies of ATLAS under ` + "`examples/atlas/`" + `. Rules whose maps name a threat count, and those that ` + "`catalog/coverage/threats.yaml`" + ` adds.
The last table says what each rule's examples show; a rule ` + "`on: change`" + ` needs two systems to compare and is found in no single one.
`)
	for _, list := range lists {
		fmt.Fprintf(&b, "\n## %s\n\n| Threat | Title | Rules | Cases |\n|---|---|---|---|\n", escape(list.Title))
		for _, c := range list.Threats {
			if len(c.Rules) == 0 && c.Reason == "" {
				return fmt.Errorf("coverage: %s has neither a rule nor a reason", c.Entry.ID)
			}
			var cells, cases []string
			for _, id := range c.Rules {
				cells = append(cells, "`"+id+"`")
				cases = append(cases, shown[id]...)
			}
			if c.Reason != "" {
				cells = append(cells, escape(c.Reason)+" (asked: `"+c.Asks+"`)")
			}
			sort.Strings(cases)
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.Entry.ID, escape(c.Entry.Title), strings.Join(cells, ", "), strings.Join(slices.Compact(cases), ", "))
		}
	}
	b.WriteString("\n## What the rules' examples show\n\n| Rule | Layer | Example models | Shown | Cases |\n|---|---|---|---|---|\n")
	for _, r := range e.RulesByLayer() {
		at := filepath.Join("rules", r.Layer, r.ID, "rule_test.txtar")
		data, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		fixture, err := rule.ParseFixture(data)
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		fmt.Fprintf(&b, "| [`%s`](../%s) | %s | %d | %s | %s |\n", r.ID, filepath.ToSlash(at), r.Layer, len(fixture.Files), fixtureShows(fixture), strings.Join(shown[r.ID], ", "))
	}
	out["docs/coverage.md"] = []byte(b.String())
	return nil
}

// fixtureShows counts what the examples of a rule want, by status; a file that wants nothing shows its silence.
func fixtureShows(fixture *rule.Fixture) string {
	count := map[string]int{}
	for _, f := range fixture.Files {
		for _, w := range f.Wants {
			count[w.Status]++
		}
		if len(f.Wants) == 0 {
			count["silent"]++
		}
	}
	var parts []string
	for _, status := range []string{"live", "condition", "blocked", "unreachable", "question", "silent"} {
		if n := count[status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", status, n))
		}
	}
	return strings.Join(parts, ", ")
}

// examples says for each rule in which of the examples it is live or a condition, in the order of their names. Hardened
// twins show what is gone, and are left out. The case studies of ATLAS stand a folder deeper and go by their numbers.
func examples(ctx context.Context, e *pipeline.Engine) (map[string][]string, error) {
	folders, err := filepath.Glob(filepath.Join("examples", "*"))
	if err != nil {
		return nil, err
	}
	studies, err := filepath.Glob(filepath.Join(filepath.FromSlash(casestudy.Folder), "*"))
	if err != nil {
		return nil, err
	}
	shown := map[string][]string{}
	for _, folder := range append(folders, studies...) {
		name := filepath.Base(folder)
		if strings.HasSuffix(name, "-hardened") || folder == filepath.FromSlash(casestudy.Folder) {
			continue
		}
		if slices.Contains(studies, folder) {
			name, _, _ = strings.Cut(name, "-")
		}
		r, err := scanCase(ctx, e, folder)
		if err != nil {
			return nil, err
		}
		for i := range r.Findings {
			f := &r.Findings[i]
			if (f.Status == result.Live || f.Status == result.Condition) && !slices.Contains(shown[f.Rule], name) {
				shown[f.Rule] = append(shown[f.Rule], name)
			}
		}
	}
	for _, names := range shown {
		sort.Strings(names)
	}
	return shown, nil
}

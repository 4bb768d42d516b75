package main

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"path/filepath"
	"sort"
	"strings"

	"fermata/internal/discover/all"
	"fermata/internal/discover/discovertest"
)

// corpus is where the labelled cases of discovery stand.
const corpus = "internal/discover/testdata"

// frameworkDocs writes which frameworks and configurations discovery knows, and what the labelled cases say of each.
func frameworkDocs(_ context.Context, out files) error {
	cases, err := discovertest.Cases(corpus, "internal/discover")
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(generated + "# What discovery knows\n\nEach row is an extractor: what it finds in source and configuration. Frameworks that are seen in imports and\nthat none of these knows are named in every report, under what was read.\n\n| Extractor | What it reads |\n|---|---|\n")
	for _, e := range all.Extractors() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", e.Name, escape(e.Doc))
	}
	out["docs/frameworks.md"] = []byte(b.String())
	out["docs/discovery.md"] = []byte(discoveryDoc(cases))
	return nil
}

// discoveryDoc says for each family of the corpus which constructs are found, and what is not. The corpus test
// holds every line of it.
func discoveryDoc(cases []*discovertest.Case) string {
	families := map[string][]*discovertest.Case{}
	for _, c := range cases {
		families[c.Family] = append(families[c.Family], c)
	}
	var names []string
	for name := range families {
		names = append(names, name)
	}
	sort.Strings(names)
	docs := map[string]string{}
	for _, e := range all.Extractors() {
		docs[e.Name] = e.Doc
	}
	var b strings.Builder
	fmt.Fprintf(&b, generated+"# What discovery finds, and what it does not\n\nThe %d cases of the labelled corpus (`%s`) and of the extractors' own fixtures, family by family. A case is a small\nprogram with what a person finds in it; `make check` holds discovery to each, and `make bench-discovery` counts. What a case lists as missed is true and not found;\nwhat it lists as wrong is found and not true. `docs/accuracy.md` has what was measured on public repositories.\n", len(cases), corpus)
	for _, name := range names {
		fmt.Fprintf(&b, "\n## %s\n\n", name)
		if doc := docs[name]; doc != "" {
			fmt.Fprintf(&b, "%s\n\n", escape(doc))
		}
		if text := limits(name); text != "" {
			fmt.Fprintf(&b, "What it does not do: %s\n\n", strings.ReplaceAll(text, "<", "&lt;"))
		}
		b.WriteString("| Case | Elements | Flows | Controls | Missed | Wrong |\n|---|---|---|---|---|---|\n")
		var missed, wrong []string
		for _, c := range families[name] {
			fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n", escape(title(c)), len(c.Elements), len(c.Flows), len(c.Controls), len(c.Missed), len(c.Wrong))
			missed = append(missed, remarks(c, c.Missed)...)
			wrong = append(wrong, remarks(c, c.Wrong)...)
		}
		for _, list := range []struct {
			title string
			lines []string
		}{{"Not found", missed}, {"Found and not so", wrong}} {
			if len(list.lines) > 0 {
				fmt.Fprintf(&b, "\n%s:\n\n%s", list.title, strings.Join(list.lines, ""))
			}
		}
	}
	return b.String()
}

// title is what a case says of itself; its name when it says nothing.
func title(c *discovertest.Case) string {
	if c.Title != "" {
		return c.Title
	}
	return strings.ReplaceAll(c.Name, "-", " ")
}

// limits gives what the comment of an extractor's package says under "What it does not do"; "" for a family that has no
// package or says nothing.
func limits(family string) string {
	names, _ := filepath.Glob("internal/discover/" + family + "/*.go")
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil || file.Doc == nil {
			continue
		}
		_, after, ok := strings.Cut(file.Doc.Text(), "# What it does not do")
		if !ok {
			continue
		}
		text, _, _ := strings.Cut(after, "\n# ")
		return strings.TrimSpace(text)
	}
	return ""
}

func remarks(c *discovertest.Case, lines map[string]bool) []string {
	var out []string
	for line := range lines {
		out = append(out, fmt.Sprintf("- `%s`: `%s`\n", c.Name, line))
	}
	sort.Strings(out)
	return out
}

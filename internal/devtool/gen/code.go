package main

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"sort"
	"strings"

	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/rules"
)

// placeDocs writes what rules may ask of places in code.
func placeDocs(_ context.Context, out files) error {
	var b strings.Builder
	b.WriteString(generated + "# Places in code that rules visit\n\nWhat a rule `on: call`, `function`, `class`, `literal` or `file` may ask; `docs/rule-language.md` says how.\n" +
		"A flag is yes, no or unknown, and what is unknown gives no finding. A text that is not known is empty.\n")
	for _, sort := range result.SubjectSorts {
		fmt.Fprintf(&b, "\n## on: %s\n\n| Kind | A %s that |\n|---|---|\n", sort, sort)
		for _, k := range result.SubjectKinds[sort] {
			fmt.Fprintf(&b, "| `%s` | %s |\n", k.Name, escape(k.Doc))
		}
		fieldTable(&b, sort)
	}
	b.WriteString("\n## An argument\n\nWhat `call.arg(\"name\")` and `call.at(0)` give.\n")
	fieldTable(&b, "argument")
	out["docs/code-subjects.md"] = []byte(b.String())
	return nil
}

func fieldTable(b *strings.Builder, sort string) {
	b.WriteString("\n| Field | Type | What |\n|---|---|---|\n")
	for _, f := range result.SubjectFields[sort] {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", f.Name, f.Type, escape(f.Doc))
	}
}

// layerNames are the seven layers in the words of the guide, for headings.
var layerNames = map[string]string{
	"L1": "Foundation models", "L2": "Data operations", "L3": "Agent frameworks", "L4": "Deployment and infrastructure",
	"L5": "Evaluation and observability", "L6": "Security and compliance", "L7": "Agent ecosystem",
}

// weaknessDocs writes the catalogue of vulnerable patterns from the examples beside the rules about code.
func weaknessDocs(_ context.Context, out files) error {
	e, err := engine()
	if err != nil {
		return err
	}
	byLayer := map[string][]*rule.Rule{}
	count := 0
	for _, r := range e.Rules() {
		if r.Code() {
			layer := r.Maps["maestro"][0]
			byLayer[layer] = append(byLayer[layer], r)
			count++
		}
	}
	var layers []string
	for l := range byLayer {
		layers = append(layers, l)
	}
	sort.Strings(layers)
	var b strings.Builder
	b.WriteString(generated + "# Vulnerable patterns\n\nEach pattern is a rule about code, with the examples that test it: the vulnerable one is found on the line that is marked,\n" +
		"the safe one is passed over. `fermata scan` looks for all of them.\n")
	for _, l := range layers {
		fmt.Fprintf(&b, "\n## %s: %s\n", l, layerNames[l])
		for _, r := range byLayer[l] {
			if err := weakness(&b, r); err != nil {
				return err
			}
		}
	}
	out["docs/vulnerable-patterns.md"] = []byte(b.String())
	return nil
}

// wantComment is what a fixture says about a line.
var wantComment = regexp.MustCompile(`\s*(?:#|//|--) want(\+[0-9])? .*$`)

// fences are the languages of code blocks by ending.
var fences = map[string]string{".py": "python", ".ts": "ts", ".js": "js", ".tsx": "tsx", ".go": "go", ".yml": "yaml", ".yaml": "yaml", ".json": "json", ".txt": "text"}

func weakness(b *strings.Builder, r *rule.Rule) error {
	data, err := fs.ReadFile(rules.FS, path.Join(r.Layer, r.ID, "rule_test.txtar"))
	if err != nil {
		return err
	}
	fixture, err := rule.ParseFixture(data)
	if err != nil {
		return fmt.Errorf("%s: %w", r.ID, err)
	}
	fmt.Fprintf(b, "\n### %s\n\n`%s`, %s: %s. %s\n\nInstead of %s: %s.\n", escape(r.Title), r.ID, maps(r.Maps), r.Severity, escape(r.Doc), lower(r.Avoid), lower(r.Prefer))
	for _, vulnerable := range []bool{true, false} {
		for _, f := range fixture.Files {
			if (len(f.Wants) > 0) != vulnerable {
				continue
			}
			word := "Safe"
			if vulnerable {
				word = "Vulnerable"
			}
			fmt.Fprintf(b, "\n%s, `%s`:\n\n```%s\n%s```\n", word, f.Name, fences[path.Ext(f.Name)], shown(&f))
		}
	}
	return nil
}

// shown is an example with its marks in words.
func shown(f *rule.FixtureFile) string {
	marked := map[int]bool{}
	for _, w := range f.Wants {
		marked[w.Line] = true
	}
	var b strings.Builder
	n := 0
	for line := range strings.Lines(string(f.Content)) {
		n++
		text := strings.TrimRight(line, "\r\n")
		plain := wantComment.ReplaceAllString(text, "")
		if plain == "" && text != "" {
			continue // a comment about the next line
		}
		if marked[n] {
			comment := "#"
			switch path.Ext(f.Name) {
			case ".ts", ".js", ".tsx", ".go", ".json":
				comment = "//"
			}
			plain += "  " + comment + " found"
		}
		b.WriteString(plain + "\n")
	}
	return b.String()
}

func lower(text string) string { return strings.TrimSuffix(escape(text), ".") }

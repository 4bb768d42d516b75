// Package discovertest holds extractors to fixtures: small trees with the model that they must yield.
//
// A fixture is a txtar archive in the extractor's testdata: source files, and want.model.yaml with what must be found
// and nothing else:
//
//	elements:
//	  - agent triage: {at: app.py:9}
//	  - tool refund: {at: app.py:3, effects: {money: yes}, facts: {typed-input: yes}, detail: "Pay back", technology: openai-agents, id: "app.py:refund"}
//	flows:
//	  - handoff triage -> billing: {at: app.py:9}
//	  - tool-call triage -> refund: {facts: {content: typed}}
//	controls:
//	  - human-approval on refund: {state: evidenced, at: app.py:3}
//	unresolved:
//	  - tools of billing
//	diagnostics:
//	  - wrong-type mcp.json:1
//
// Every element, flow, control and gap must be listed; effects, facts and the rest of an entry are checked where they
// are given. A control always says its state. What is true and not found yet stands under "missed" as well, what is found
// and not true under "wrong", so that a fixture states the truth and what we do about it. An element that shares its name
// with another is written by its id. Diagnostics are compared where a fixture has any; an extractor that fails on a file
// without being meant to fails the fixture.
//
// "at" is the file and line of the first place that is evidence: where an element is defined, a flow or control seen. The
// agents and tools of an extractor's own fixtures say it.
//
// With -update the archive's want.model.yaml is brought in line with what was found: entries are added and taken away,
// and get their places; what they say else stays, and so do "missed" and "wrong". Review the difference.
package discovertest

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"testing"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

var update = flag.Bool("update", false, "rewrite the names in want.model.yaml from what is found")

const wantFile = "want.model.yaml"

// Run holds the extractors to every archive of testdata.
func Run(t *testing.T, extractors ...*discover.Extractor) {
	t.Helper()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives in testdata: %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { Archive(t, name, extractors...) })
	}
}

// placed are the kinds of elements of which an extractor's own fixtures say where they are.
var placed = map[model.Kind]bool{model.Agent: true, model.Tool: true}

// Corpus holds the extractors to every archive of a folder and of its folders.
func Corpus(t *testing.T, folder string, extractors ...*discover.Extractor) {
	t.Helper()
	archives, err := filepath.Glob(filepath.Join(folder, "*", "*.txtar"))
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives in %s: %v", folder, err)
	}
	for _, name := range archives {
		family := filepath.Base(filepath.Dir(name))
		t.Run(family+"/"+strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { archive(t, name, nil, extractors...) })
	}
}

// Archive holds the extractors to one archive of their own.
func Archive(t *testing.T, name string, extractors ...*discover.Extractor) {
	t.Helper()
	archive(t, name, placed, extractors...)
}

// archive is Archive, or a case of the corpus. Elements of some kinds must say where they are.
func archive(t *testing.T, name string, places map[model.Kind]bool, extractors ...*discover.Extractor) {
	t.Helper()
	c, err := ReadCase(name)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := c.Unpack(dir); err != nil {
		t.Fatal(err)
	}
	out := Scan(t, dir, extractors...)
	if out.Failed > 0 && !c.fails {
		for _, d := range out.Diagnostics {
			t.Errorf("%v", d)
		}
	}
	found := describe(out)
	if *update {
		c.rewrite(t, name, places, found)
		return
	}
	if c.want == nil {
		t.Fatalf("%s has no %s; run with -update for a first one", name, wantFile)
	}
	compare(t, syntax.Parse(source.NewFile(wantFile, c.want)), places, found)
}

// Scan runs the extractors on a folder, with one worker and with several, and fails when the answers differ.
func Scan(t *testing.T, dir string, extractors ...*discover.Extractor) *discover.Outcome {
	t.Helper()
	root, err := source.Open(dir, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	var first *discover.Outcome
	for _, workers := range []int{1, max(2, runtime.GOMAXPROCS(0))} {
		out, err := discover.Run(context.Background(), root, discover.Options{Extractors: extractors, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if seen := out.Parsed + out.Passed + len(out.Skipped); seen != out.Seen {
			t.Errorf("the ledger does not add up: seen %d, parsed %d, passed %d, skipped %d", out.Seen, out.Parsed, out.Passed, len(out.Skipped))
		}
		if first == nil {
			first = out
		} else if a, b := dump(first), dump(out); a != b {
			t.Errorf("one worker found\n%s\nseveral found\n%s", a, b)
		}
	}
	return first
}

// dump is a system in full, for comparing.
func dump(out *discover.Outcome) string {
	var b strings.Builder
	for _, e := range out.System.Elements {
		fmt.Fprintf(&b, "%+v\n", *e)
	}
	for _, f := range out.System.Flows {
		fmt.Fprintf(&b, "%+v\n", *f)
	}
	fmt.Fprintf(&b, "%+v\n%+v\n", out.System.Controls, out.Unresolved)
	return b.String()
}

// found is an outcome as a fixture writes it: a line for each thing, with where its details are.
type found struct {
	elements, flows map[string]any
	controls        []control
	gaps            []string
	outcome         *discover.Outcome
}

// control is one with the line that a fixture writes of it.
type control struct {
	line  string
	state model.State
	at    string
}

func describe(out *discover.Outcome) found {
	f := found{elements: map[string]any{}, flows: map[string]any{}, outcome: out}
	times := map[string]int{}
	for _, e := range out.System.Elements {
		times[string(e.Kind)+" "+e.Name]++
		times[e.Name]++
	}
	byID := map[string]string{}
	for _, e := range out.System.Elements {
		name := e.Name
		if times[name] > 1 {
			name = e.ID
		}
		byID[e.ID] = name
		line := string(e.Kind) + " " + e.Name
		if times[line] > 1 {
			line = string(e.Kind) + " " + e.ID
		}
		f.elements[line] = e
	}
	for _, flow := range out.System.Flows {
		line := fmt.Sprintf("%s %s -> %s", flow.Kind, byID[flow.From], byID[flow.To])
		byID[flow.ID] = line
		f.flows[line] = flow
	}
	for _, c := range out.System.Controls {
		line := fmt.Sprintf("%s on %s", c.Control, byID[c.On])
		if c.By != "" {
			line += " by " + byID[c.By]
		}
		one := control{line: line, state: c.State}
		if len(c.Evidence) > 0 {
			one.at = place(c.Evidence[0])
		}
		f.controls = append(f.controls, one)
	}
	sort.SliceStable(f.controls, func(i, k int) bool { return f.controls[i].line < f.controls[k].line })
	for _, g := range out.Unresolved {
		f.gaps = append(f.gaps, g.What+": "+g.Why)
	}
	return f
}

// entries reads a list of lines, each perhaps with a map of details.
func entries(list syntax.Node) (lines []string, details map[string]syntax.Node, at map[string]string) {
	details, at = map[string]syntax.Node{}, map[string]string{}
	for item := range list.Children() {
		line, said := entry(item)
		if !said.IsZero() {
			details[line] = said
		}
		lines = append(lines, line)
		at[line] = item.Span().String()
	}
	return lines, details, at
}

// entry is one line of a list with its details, if it has any.
func entry(item syntax.Node) (line string, details syntax.Node) {
	if item.Is(syntax.Map) {
		pair := item.Child(0)
		return pair.Child(0).Text(), pair.Child(1)
	}
	return item.Text(), details
}

// sections are the keys of a want.model.yaml.
var sections = map[string]bool{"elements": true, "flows": true, "controls": true, "unresolved": true, "unsupported": true, "diagnostics": true, "missed": true, "wrong": true}

// trouble is where a comparison says what is not as wanted; *testing.T is one.
type trouble interface {
	Helper()
	Errorf(format string, args ...any)
}

func compare(t trouble, tree *syntax.Tree, places map[model.Kind]bool, f found) {
	t.Helper()
	for _, d := range tree.Diagnostics {
		t.Errorf("%v", d)
	}
	root := tree.Root()
	for key := range root.Pairs() {
		if !sections[key.Text()] {
			t.Errorf("%v: unknown key %q", key.Span(), key.Text())
		}
	}
	sets := []struct {
		name  string
		found map[string]any
	}{{"elements", f.elements}, {"flows", f.flows}}
	missed, wrong := lineSet(root.Argument("missed")), lineSet(root.Argument("wrong"))
	for _, set := range sets {
		lines, details, at := entries(root.Argument(set.name))
		listed := map[string]bool{}
		for _, line := range lines {
			listed[line] = true
			got, ok := set.found[line]
			switch {
			case ok && missed[line]:
				t.Errorf("%s: found, though it is listed as missed: %s", at[line], line)
			case !ok && !missed[line]:
				t.Errorf("%s: not found: %s", at[line], line)
			case ok:
				checkDetails(t, line, details[line], got)
				if e, ok := got.(*model.Element); ok && places[e.Kind] && len(e.Evidence) > 0 && details[line].Argument("at").IsZero() {
					t.Errorf("%s: says no place (at: FILE:LINE; -update adds it): %s", at[line], line)
				}
			}
		}
		for line := range wrong {
			if _, ok := set.found[line]; ok {
				listed[line] = true
				delete(wrong, line)
			}
		}
		for _, line := range sorted(set.found) {
			if !listed[line] {
				t.Errorf("found but not wanted in %s: %s%s", set.name, line, where(set.found[line]))
			}
		}
	}
	compareControls(t, root, missed, wrong, f.controls)
	lines, _, at := entries(root.Argument("unresolved"))
	left := append([]string(nil), f.gaps...)
	for _, line := range lines {
		i := indexOf(left, func(s string) bool { return strings.Contains(s, line) })
		switch {
		case i < 0 && !missed[line]:
			t.Errorf("%s: not among what was unresolved: %s", at[line], line)
		case i >= 0 && missed[line]:
			t.Errorf("%s: unresolved, though it is listed as missed: %s", at[line], line)
		case i >= 0:
			left = append(left[:i], left[i+1:]...)
		}
	}
	for _, line := range left {
		known := false
		for w := range wrong {
			if strings.Contains(line, w) {
				known = true
				delete(wrong, w)
			}
		}
		if !known {
			t.Errorf("unresolved but not wanted: %s", line)
		}
	}
	for line := range wrong {
		t.Errorf("not found, though it is listed as wrong: %s", line)
	}
	compareDiagnostics(t, root, f.outcome.Diagnostics)
	if list := root.Argument("unsupported"); !list.IsZero() {
		var names, wanted []string
		for _, u := range f.outcome.Unsupported {
			names = append(names, u.Name)
		}
		for item := range list.Children() {
			wanted = append(wanted, item.Text())
		}
		if a, b := strings.Join(names, ", "), strings.Join(wanted, ", "); a != b {
			t.Errorf("unsupported: got %s, want %s", a, b)
		}
	}
}

// compareDiagnostics compares where any are wanted.
func compareDiagnostics(t trouble, root syntax.Node, found []source.Diagnostic) {
	t.Helper()
	list := root.Argument("diagnostics")
	if list.IsZero() {
		return
	}
	var left []string
	for _, d := range found {
		left = append(left, d.Code+" "+d.Where()+": "+d.Message)
	}
	for item := range list.Children() {
		var others []string // one entry may stand for several of a kind: each bracket that is not closed is one
		for _, s := range left {
			if !strings.Contains(s, item.Text()) {
				others = append(others, s)
			}
		}
		if len(others) == len(left) {
			t.Errorf("%v: not among the diagnostics: %s", item.Span(), item.Text())
		}
		left = others
	}
	for _, d := range left {
		t.Errorf("a diagnostic that is not wanted: %s", d)
	}
}

// compareControls takes what it finds listed as wrong out of that list.
func compareControls(t trouble, root syntax.Node, missed, wrong map[string]bool, found []control) {
	t.Helper()
	left := append([]control(nil), found...)
	for item := range root.Argument("controls").Children() {
		line, said := entry(item)
		state := said.Argument("state").Text()
		if state == "" {
			t.Errorf("%v: says no state (state: evidenced; -update adds it): %s", item.Span(), line)
			continue
		}
		same := -1
		for i, c := range left {
			if c.line == line && (same < 0 || string(c.state) == state) {
				same = i
			}
		}
		if same < 0 {
			if !missed[line] {
				t.Errorf("%v: not found: %s", item.Span(), line)
			}
			continue
		}
		c := left[same]
		left = append(left[:same], left[same+1:]...)
		if missed[line] {
			t.Errorf("%v: found, though it is listed as missed: %s", item.Span(), line)
			continue
		}
		for key, value := range said.Pairs() {
			have := map[string]string{"state": string(c.state), "at": c.at}
			if h, ok := have[key.Text()]; !ok {
				t.Errorf("%v: %s: unknown detail %q", key.Span(), line, key.Text())
			} else if h != value.Text() {
				t.Errorf("%v: %s: %s is %q, want %q", key.Span(), line, key.Text(), h, value.Text())
			}
		}
	}
	for _, c := range left {
		if wrong[c.line] {
			delete(wrong, c.line)
			continue
		}
		t.Errorf("found but not wanted in controls: %s: {state: %s} (at %s)", c.line, c.state, c.at)
	}
}

// place is evidence as a fixture writes it.
func place(e model.Evidence) string { return fmt.Sprintf("%s:%d", e.File, e.Line) }

func lineSet(list syntax.Node) map[string]bool {
	set := map[string]bool{}
	for item := range list.Children() {
		set[item.Text()] = true
	}
	return set
}

func indexOf(list []string, fits func(string) bool) int {
	for i, s := range list {
		if fits(s) {
			return i
		}
	}
	return -1
}

func where(thing any) string {
	switch v := thing.(type) {
	case *model.Element:
		if len(v.Evidence) > 0 {
			return fmt.Sprintf(" (id %s, at %s:%d)", v.ID, v.Evidence[0].File, v.Evidence[0].Line)
		}
	case *model.Flow:
		if len(v.Evidence) > 0 {
			return fmt.Sprintf(" (at %s:%d)", v.Evidence[0].File, v.Evidence[0].Line)
		}
	}
	return ""
}

// checkDetails compares what an entry gives.
func checkDetails(t trouble, line string, want syntax.Node, got any) {
	t.Helper()
	var facts, effects map[string]model.Fact
	plain := map[string]string{}
	switch v := got.(type) {
	case *model.Element:
		facts, effects = v.Facts, v.Effects
		plain = map[string]string{"id": v.ID, "technology": v.Technology, "detail": v.Detail, "scope": v.Scope, "system": v.System, "aliases": strings.Join(v.Aliases, ", "), "line": "", "at": ""}
		if len(v.Evidence) > 0 {
			plain["at"] = place(v.Evidence[0])
			plain["line"] = fmt.Sprintf("%s:%d:%d", v.Evidence[0].File, v.Evidence[0].Line, v.Evidence[0].Col)
		}
	case *model.Flow:
		facts = v.Facts
		plain = map[string]string{"label": v.Label, "at": ""}
		if len(v.Evidence) > 0 {
			plain["at"] = place(v.Evidence[0])
			plain["line"] = fmt.Sprintf("%s:%d:%d", v.Evidence[0].File, v.Evidence[0].Line, v.Evidence[0].Col)
		}
	}
	for key, value := range want.Pairs() {
		switch name := key.Text(); name {
		case "facts", "effects":
			from := facts
			if name == "effects" {
				from = effects
			}
			for k, v := range value.Pairs() {
				said := model.Unknown
				if fact, ok := from[k.Text()]; ok {
					said = fact.Value
				}
				if w := scalar(v); said != w {
					t.Errorf("%v: %s: %s is %s, want %s", k.Span(), line, k.Text(), said, w)
				}
			}
		default:
			have, ok := plain[name]
			if !ok {
				t.Errorf("%v: %s: unknown detail %q", key.Span(), line, name)
			} else if w := scalar(value); have != w {
				t.Errorf("%v: %s: %s is %q, want %q", key.Span(), line, name, have, w)
			}
		}
	}
}

func scalar(n syntax.Node) string {
	s, _ := n.Scalar()
	switch {
	case n.Is(syntax.Bool) && s == "true":
		return model.Yes
	case n.Is(syntax.Bool) && s == "false":
		return model.No
	}
	return s
}

func sorted(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

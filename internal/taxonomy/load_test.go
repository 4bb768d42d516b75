package taxonomy_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"fermata/catalog"
	"fermata/internal/source"
	"fermata/internal/taxonomy"
)

// load gives the shipped catalogue, which must have nothing wrong with it: every id that stands anywhere resolves.
func load(t testing.TB, official ...*source.File) *taxonomy.Catalog {
	t.Helper()
	c, troubles := taxonomy.Load(catalog.FS, official...)
	for _, d := range troubles {
		t.Errorf("%s", d)
	}
	if t.Failed() {
		t.FailNow()
	}
	return c
}

// TestCounts holds the catalogue against the totals that the frameworks' own documents state.
func TestCounts(t *testing.T) {
	c := load(t)
	for _, want := range []struct {
		namespace string
		kind      taxonomy.Kind
		prefix    string
		n         int
	}{
		{"atlas", taxonomy.Tactic, "", 16},
		{"atlas", taxonomy.Technique, "", 208},
		{"atlas", taxonomy.Mitigation, "", 40},
		{"atlas", taxonomy.CaseStudy, "", 73},
		{"attack", taxonomy.Tactic, "", 14},
		{"owasp-asi", taxonomy.Threat, "T", 17}, // T1 to T15, TM11-T16 and TM11-T17
		{"owasp-asi", taxonomy.Threat, "MAS-T", 32},
		{"owasp-asi", taxonomy.Playbook, "", 6},
		{"owasp-asi", taxonomy.Question, "", 6},
		{"owasp-asi", taxonomy.Scenario, "", 6},
		{"owasp-llm", taxonomy.Risk, "", 20},
		{"owasp-agentic", taxonomy.Risk, "", 10},
		{"owasp-mcp", taxonomy.Risk, "", 10},
		{"aivss", taxonomy.Risk, "", 10},
		{"dsgai", taxonomy.Risk, "", 21},
		{"aisvs", taxonomy.Chapter, "", 12},
		{"nist-ai-rmf", taxonomy.Function, "", 4},
		{"nist-ai-rmf", taxonomy.Category, "", 19},
		{"nist-ai-rmf", taxonomy.Subcategory, "", 72},
		{"nist-ai-rmf", taxonomy.Subcategory, "GOVERN", 19},
		{"nist-ai-rmf", taxonomy.Subcategory, "MAP", 18},
		{"nist-ai-rmf", taxonomy.Subcategory, "MEASURE", 22},
		{"nist-ai-rmf", taxonomy.Subcategory, "MANAGE", 13},
		{"nist-600-1", taxonomy.Risk, "", 12},
		{"nist-600-1", taxonomy.Action, "", 212},
		{"nist-600-1", taxonomy.Action, "GV", 58},
		{"nist-600-1", taxonomy.Action, "MP", 39},
		{"nist-600-1", taxonomy.Action, "MS", 72},
		{"nist-600-1", taxonomy.Action, "MG", 43},
		{"iso42001", taxonomy.Control, "A", 38},
		{"iso42001", taxonomy.Control, "A.6", 9},
		{"iso42001", taxonomy.Objective, "C.2", 11},
		{"iso42001", taxonomy.RiskSource, "C.3", 7},
		{"iso23894", taxonomy.Objective, "", 11},
		{"iso23894", taxonomy.RiskSource, "", 7},
		{"twelve-factor", taxonomy.Principle, "", 13}, // twelve and the one of the appendix
		{"maestro", taxonomy.Threat, "csa:", 56},      // 51 by layer and 5 across
		{"maestro", taxonomy.Threat, "guide:", 31},    // 14 by layer and 17 across
		{"maestro", taxonomy.Threat, "v2:L", 62},
		{"maestro", taxonomy.Threat, "BV-", 12},
		{"maestro", taxonomy.Pattern, "", 7},
		{"aicm", taxonomy.Domain, "", 18},
		{"stride", taxonomy.Class, "", 6},
	} {
		n := 0
		for _, e := range c.List(want.namespace, want.kind) {
			if strings.HasPrefix(e.ID, want.prefix) {
				n++
			}
		}
		if n != want.n {
			t.Errorf("%s has %d %s %s*, want %d", want.namespace, n, want.kind, want.prefix, want.n)
		}
	}
}

// TestATLASEditions counts what each shipped edition of ATLAS has by itself.
func TestATLASEditions(t *testing.T) {
	c := load(t)
	counts := func(edition string) map[taxonomy.Kind]int {
		n := map[taxonomy.Kind]int{}
		// Every id that any edition has is in the list or withdrawn from it.
		for _, id := range atlasIDs(c) {
			if e := c.Edition("atlas", edition, id); e != nil {
				n[e.Kind]++
				if e.Kind == taxonomy.Technique && strings.Count(id, ".") == 2 {
					n["sub"]++
				}
			}
		}
		return n
	}
	for edition, want := range map[string]map[taxonomy.Kind]int{
		"5.6.0":   {"tactic": 16, "technique": 170, "sub": 69, "mitigation": 35, "case-study": 57},
		"2026.09": {"tactic": 16, "technique": 208, "sub": 88, "mitigation": 40, "case-study": 73},
	} {
		if diff := cmp.Diff(want, counts(edition)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", edition, diff)
		}
	}
	links, steps := 0, 0
	for _, e := range c.List("atlas", taxonomy.Mitigation) {
		for _, r := range c.Relations(e) {
			if r.Kind == taxonomy.Mitigates && !r.Backward {
				links++
			}
		}
	}
	for _, e := range c.List("atlas", taxonomy.CaseStudy) {
		steps += len(e.Steps)
	}
	// MITRE's 5.6.0 has 246 links, two of which repeat another one, and two more that are misplaced under the life cycle.
	// It has 449 steps; the six new case studies whose steps are known add 55.
	if links != 246 || steps != 504 {
		t.Errorf("%d links of mitigations and %d steps of case studies, want 246 and 504", links, steps)
	}
	gone := c.Lookup("atlas", "AML.T0019")
	if gone == nil || gone.Withdrawn != "2026.09" {
		t.Fatalf("AML.T0019 must be known as withdrawn: %+v", gone)
	}
	if to := c.Related(gone, taxonomy.ReplacedBy, "atlas"); len(to) != 1 || to[0].ID != "AML.T0115.000" {
		t.Errorf("AML.T0019 is replaced by %v", to)
	}
	if e := c.Edition("atlas", "5.6.0", "AML.T0072"); e == nil || e.Title != "Reverse Shell" {
		t.Errorf("5.6.0 calls AML.T0072 Reverse Shell, not %+v", e)
	}
	if e := c.Lookup("atlas", "AML.T0072"); e.Title != "Cyber Communication Channel" {
		t.Errorf("AML.T0072 is now %q", e.Title)
	}
}

func atlasIDs(c *taxonomy.Catalog) []string {
	var ids []string
	for _, h := range c.Search("atlas") {
		if h.Entry.Namespace == "atlas" {
			ids = append(ids, h.Entry.ID)
		}
	}
	return ids
}

// good is a catalogue as small as one can be; each case of TestLoadErrors spoils it in one way.
const good = `framework: demo
edition: "1"
title: Demo
url: "https://example.org"
sources: [a book]
licence: none
retrieved: "2026-01-01"
documents: {book: The book}

entries:
  threat:
    - {id: D1, title: First}
    - {id: D2, title: Second, related: [D1]}
`

func TestLoadErrors(t *testing.T) {
	cases := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"good", map[string]string{"demo/1.yaml": good}, nil},
		{
			"unknown id",
			map[string]string{"demo/1.yaml": strings.Replace(good, "[D1]", "[D11]", 1)},
			[]string{`catalog/demo/1.yaml:13:41: D2 refers to demo/D11, which the catalogue does not hold (did you mean "D1")`},
		},
		{
			"unknown framework",
			map[string]string{"demo/1.yaml": strings.Replace(good, "[D1]", "[other/D1]", 1)},
			[]string{`catalog/demo/1.yaml:13:41: D2 refers to other/D1, which the catalogue does not hold (no framework has this name)`},
		},
		{
			"duplicate",
			map[string]string{"demo/1.yaml": strings.Replace(good, "id: D2", "id: D1", 1)},
			[]string{`catalog/demo/1.yaml:13:7: D1 stands twice in edition 1`},
		},
		{
			"duplicate over editions",
			map[string]string{"demo/1.yaml": good, "demo/2.yaml": strings.ReplaceAll(strings.Replace(good, `edition: "1"`, `edition: "2"`, 1), "D2", "D3")},
			[]string{`catalog/demo/2.yaml:12:7: D1 stands in edition 1 too`},
		},
		{
			"no title",
			map[string]string{"demo/1.yaml": strings.Replace(good, ", title: First", "", 1)},
			[]string{`catalog/demo/1.yaml:12:7: threat D1 has no title`},
		},
		{
			"no id",
			map[string]string{"demo/1.yaml": strings.Replace(good, "id: D2, ", "", 1)},
			[]string{`catalog/demo/1.yaml:13:7: this threat has no id`},
		},
		{
			"no header field",
			map[string]string{"demo/1.yaml": strings.Replace(good, "licence: none\n", "", 1)},
			[]string{`catalog/demo/1.yaml:1:1: the header has no licence`},
		},
		{
			"misspelt key",
			map[string]string{"demo/1.yaml": strings.Replace(good, "related", "relatd", 1)},
			[]string{`catalog/demo/1.yaml:13:31: an entry has no key "relatd" (did you mean "related")`},
		},
		{
			"misspelt header key",
			map[string]string{"demo/1.yaml": strings.Replace(good, "licence", "license", 1)},
			[]string{`catalog/demo/1.yaml:1:1: the header has no licence`, `catalog/demo/1.yaml:6:1: a catalogue file has no key "license" (did you mean "licence")`},
		},
		{
			"unknown kind",
			map[string]string{"demo/1.yaml": strings.Replace(good, "  threat:", "  thread:", 1)},
			[]string{`catalog/demo/1.yaml:11:3: the list of kinds has no key "thread" (did you mean "threat")`},
		},
		{
			"wrong folder",
			map[string]string{"other/1.yaml": good},
			[]string{`catalog/other/1.yaml:1:1: framework "demo" stands in the folder of "other"`},
		},
		{
			"not yaml",
			map[string]string{"demo/1.yaml": "- a list\n"},
			[]string{`catalog/demo/1.yaml:1:1: a catalogue file is a map with a header and entries`},
		},
		{
			"unknown document",
			map[string]string{"demo/1.yaml": good + "meanings:\n  - {id: D1, document: tome, title: Another}\n"},
			[]string{`catalog/demo/1.yaml:15:24: no document "tome" is named in the header`},
		},
		{
			"empty meaning",
			map[string]string{"demo/1.yaml": good + "meanings:\n  - {id: D1, document: book}\n"},
			[]string{`catalog/demo/1.yaml:15:5: a meaning needs means or title`},
		},
		{
			"meaning of nothing",
			map[string]string{"demo/1.yaml": good + "meanings:\n  - {id: D1, document: book, means: D9}\n"},
			[]string{`catalog/demo/1.yaml:15:5: the meaning of D1 refers to demo/D9, which the catalogue does not hold (did you mean "D1")`},
		},
		{
			"extends nothing",
			map[string]string{"demo/1.yaml": strings.Replace(good, "title: Demo", "extends: \"0\"\ntitle: Demo", 1)},
			[]string{`catalog/demo/1.yaml:3:10: demo has no older edition "0"`},
		},
		{
			"extends itself",
			map[string]string{"demo/1.yaml": strings.Replace(good, "title: Demo", "extends: \"1\"\ntitle: Demo", 1)},
			[]string{`catalog/demo/1.yaml:3:10: demo has no older edition "1"`},
		},
		{
			"removes nothing",
			map[string]string{"demo/1.yaml": good, "demo/2.yaml": strings.NewReplacer(`edition: "1"`, "edition: \"2\"\nextends: \"1\"", "[D1]", "[D2]").Replace(good) + "removed:\n  - {id: D7}\n"},
			[]string{`catalog/demo/2.yaml:16:5: edition 1 has no D7 to remove`},
		},
		{
			"crosswalk",
			map[string]string{"demo/1.yaml": good, "crosswalk/x.yaml": "crosswalk: x\nprovenance: Z\ntitle: X\nquality: none\nmaps:\n  - from: demo\n    to: demo\n    rows:\n      - {id: D1, primary: [D2], secondary: [D2]}\n      - {id: D5, primary: [D1]}\n      - {id: D2, mapped: [D6]}\n"},
			[]string{
				`catalog/crosswalk/x.yaml:9:33: a row of a crosswalk has no key "secondary"`,
				`catalog/crosswalk/x.yaml:10:14: crosswalk x refers to demo/D5, which the catalogue does not hold (did you mean "D1")`,
				`catalog/crosswalk/x.yaml:11:27: D2 refers to demo/D6, which the catalogue does not hold (did you mean "D1")`,
			},
		},
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for name, content := range tt.files {
				fsys[name] = &fstest.MapFile{Data: []byte(content)}
			}
			c, troubles := taxonomy.Load(fsys)
			if c == nil {
				t.Fatal("no catalog")
			}
			var got []string
			for _, d := range troubles {
				got = append(got, d.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if taxonomy.HasErrors(troubles) != (len(tt.want) > 0) {
				t.Error("all of these are errors")
			}
		})
	}
}

// TestLoadIsStable loads with one worker and with several and compares everything that can be asked.
func TestLoadIsStable(t *testing.T) {
	first := dump(load(t))
	t.Setenv("GOMAXPROCS", "1")
	for range 3 {
		if diff := cmp.Diff(first, dump(load(t))); diff != "" {
			t.Fatal(diff)
		}
	}
}

func dump(c *taxonomy.Catalog) string {
	var b strings.Builder
	for _, f := range c.Frameworks() {
		for _, e := range f.Editions {
			fmt.Fprintf(&b, "%s %s\n", f.Namespace, e.Name)
		}
		for _, e := range c.List(f.Namespace, "") {
			fmt.Fprintf(&b, "%s %s %s %s %v\n", e.Ref, e.Kind, e.Title, e.URL, e.Details)
			for _, r := range c.Relations(e) {
				fmt.Fprintf(&b, "  %s %s %s\n", r.Words(), r.Entry.Ref, r.Strength)
			}
			for _, m := range c.Meanings(e) {
				fmt.Fprintf(&b, "  - %s\n", m)
			}
		}
	}
	return b.String()
}

// TestShippedText holds the shipped files to what a reader may expect of them.
func TestShippedText(t *testing.T) {
	c := load(t)
	for _, f := range c.Frameworks() {
		for _, e := range c.List(f.Namespace, "") {
			if e.URL == "" || strings.Contains(e.URL, "{") {
				t.Errorf("%s has the address %q", e.Ref, e.URL)
			}
			if e.Gist != "" && !strings.HasSuffix(e.Gist, ".") && !strings.HasSuffix(e.Gist, "?") {
				t.Errorf("%s: the sentence %q does not end", e.Ref, e.Gist)
			}
			for _, s := range []string{e.Title, e.Gist, e.Note} {
				if strings.TrimSpace(s) != s || strings.ContainsAny(s, "<>\n\t") {
					t.Errorf("%s: %q is not plain text", e.Ref, s)
				}
			}
		}
		for _, e := range f.Editions {
			if len(e.Sources) == 0 || e.Licence == "" || e.Retrieved == "" {
				t.Errorf("%s %s does not say where it is from", f.Namespace, e.Name)
			}
		}
	}
	for _, w := range c.Crosswalks() {
		if w.Provenance == "" || w.Quality == "" {
			t.Errorf("crosswalk %s does not say how far to trust it", w.ID)
		}
	}
	names, err := fs.Glob(catalog.FS, "*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := fs.ReadFile(catalog.FS, name)
		if err != nil || !strings.HasPrefix(string(content), "# ") {
			t.Errorf("%s does not begin with a comment that says what it is (%v)", name, err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, troubles := taxonomy.Load(catalog.FS); len(troubles) > 0 {
			b.Fatal(troubles[0])
		}
	}
}

func BenchmarkLoadOnly(b *testing.B) {
	for b.Loop() {
		if _, troubles := taxonomy.LoadOnly(catalog.FS, "maestro"); len(troubles) > 0 {
			b.Fatal(troubles[0])
		}
	}
}

func BenchmarkResolve(b *testing.B) {
	c := load(b)
	for b.Loop() {
		c.Resolve("NIST MEASURE 2.7")
	}
}

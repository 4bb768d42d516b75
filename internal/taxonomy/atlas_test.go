package taxonomy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/source"
	"fermata/internal/taxonomy"
)

func fixture(t testing.TB, name string) *source.File {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "atlas", name))
	if err != nil {
		t.Fatal(err)
	}
	return source.NewFile(name, content)
}

// outline writes down what an ATLAS file gave.
func outline(c *taxonomy.Catalog) string {
	var b strings.Builder
	f := c.Framework("atlas")
	if f == nil {
		return ""
	}
	for _, e := range f.Editions {
		fmt.Fprintf(&b, "edition %s added=%t\n", e.Name, e.Added)
	}
	for _, e := range c.List("atlas", "") {
		fmt.Fprintf(&b, "%s %s %q %q %s %v\n", e.Kind, e.ID, c.FullTitle(e), e.Gist, e.URL, e.Details)
		for _, r := range c.Relations(e) {
			fmt.Fprintf(&b, "  %s %s\n", r.Words(), r.Entry.Ref)
		}
		for _, s := range e.Steps {
			fmt.Fprintf(&b, "  step %s %s\n", s.Tactic.ID, s.Technique.ID)
		}
	}
	return b.String()
}

// TestOfficialShapes reads each of the two shapes by itself.
func TestOfficialShapes(t *testing.T) {
	for _, name := range []string{"legacy", "six"} {
		t.Run(name, func(t *testing.T) {
			c, troubles := taxonomy.Load(fstest.MapFS{}, fixture(t, name+".yaml"))
			for _, d := range troubles {
				t.Errorf("%s", d)
			}
			golden(t, "atlas/"+name+".golden", outline(c))
		})
	}
}

// TestOfficialNewer lays a newer official file over the shipped catalogue.
func TestOfficialNewer(t *testing.T) {
	c := load(t, fixture(t, "six.yaml"))
	e := c.Lookup("atlas", "AML.T0051")
	if e.Edition != "2027.01" || e.Gist != "Text that the model takes in acts as an instruction." {
		t.Errorf("AML.T0051 is of the new edition and keeps our sentence: %+v", e)
	}
	if e := c.Lookup("atlas", "AML.T0900"); e == nil || e.Title != "Invented Technique" {
		t.Errorf("AML.T0900 is new: %+v", e)
	}
	if e := c.Lookup("atlas", "AML.T0053"); e == nil || e.Withdrawn != "2027.01" {
		t.Errorf("AML.T0053 is gone from the new edition: %+v", e)
	}
	if e := c.Lookup("atlas", "AML.T0019"); e == nil || e.Withdrawn != "2026.09" {
		t.Errorf("AML.T0019 was gone before: %+v", e)
	}
	if n := len(c.List("atlas", taxonomy.Technique)); n != 3 {
		t.Errorf("the new edition has 3 techniques, not %d", n)
	}
	if e := c.Edition("atlas", "5.6.0", "AML.T0053"); e == nil || e.Withdrawn != "" {
		t.Errorf("5.6.0 still has AML.T0053: %+v", e)
	}
	a := c.Resolve("aml.t0900")
	if len(a.Matches) != 1 || a.Matches[0].Entry.Title != "Invented Technique" {
		t.Errorf("a person finds what the file added: %+v", a)
	}
}

// TestOfficialOlder adds an older official file, which must not hide the shipped newer one.
func TestOfficialOlder(t *testing.T) {
	file := fixture(t, "legacy.yaml")
	file = source.NewFile("old.yaml", []byte(strings.Replace(string(file.Content()), "version: 5.6.1", "version: 4.9.0", 1)))
	c := load(t, file)
	if e := c.Lookup("atlas", "AML.T0051"); e.Edition != "2026.09" {
		t.Errorf("AML.T0051 comes from %s", e.Edition)
	}
	if e := c.Edition("atlas", "4.9.0", "AML.T0900"); e == nil {
		t.Error("the old edition can be asked for")
	}
	if n := len(c.List("atlas", taxonomy.Technique)); n != 208 {
		t.Errorf("%d techniques, want the 208 of the newest edition", n)
	}
}

// TestOfficialSameEdition adds an official file of an edition that is shipped in part: the official one wins.
func TestOfficialSameEdition(t *testing.T) {
	file := fixture(t, "six.yaml")
	file = source.NewFile("same.yaml", []byte(strings.Replace(string(file.Content()), `"2027.01"`, `"2026.09"`, 1)))
	c := load(t, file)
	if e := c.Lookup("atlas", "AML.T0900"); e == nil || e.Withdrawn != "" {
		t.Errorf("AML.T0900 stands: %+v", e)
	}
	if e := c.Lookup("atlas", "AML.T0053"); e == nil || e.Withdrawn == "" {
		t.Errorf("the official file does not have AML.T0053: %+v", e)
	}
}

func TestOfficialTrouble(t *testing.T) {
	six := string(fixture(t, "six.yaml").Content())
	legacy := string(fixture(t, "legacy.yaml").Content())
	for _, tt := range []struct {
		name, content string
		want          []string
	}{
		{"empty", "", []string{`empty:1:1: this is not an ATLAS file: it has neither matrices (5.x) nor format-version and relationships (6.x) (take dist/ATLAS-latest.yaml of mitre-atlas/atlas-data)`}},
		{"link as text", "ATLAS-2026.09.yaml\n", []string{`link as text:1:1: this file only names another one, "ATLAS-2026.09.yaml" (give that file)`}},
		{"list", "[1, 2]", []string{`list:1:1: this is not an ATLAS file: it has neither matrices (5.x) nor format-version and relationships (6.x) (take dist/ATLAS-latest.yaml of mitre-atlas/atlas-data)`}},
		{"nothing in it", "format-version: 6.0.0\nrelationships: {}\n", []string{
			`nothing in it:1:1: this ATLAS file has no map of case-studies`,
			`nothing in it:1:1: this ATLAS file has no map of mitigations`,
			`nothing in it:1:1: this ATLAS file has no map of tactics`,
			`nothing in it:1:1: this ATLAS file has no map of techniques`,
			`nothing in it:1:1: this ATLAS file has no entries`,
		}},
		{"key is not id", strings.Replace(six, "  AML.T0900:\n    id: AML.T0900", "  AML.T0900:\n    id: AML.T0901", 1), []string{
			`key is not id:39:9: AML.T0901 stands under the key AML.T0900`,
			`key is not id:77:3: relationships of "AML.T0900", which the file does not define`,
			`key is not id:83:37: AML.M0900 refers to AML.T0900, which the file does not define; the relation is left out`,
			`key is not id:89:9: AML.CS0900 refers to AML.T0900, which the file does not define; the relation is left out`,
		}},
		{"no name", strings.Replace(six, "    name: Whispered\n", "", 1), []string{
			`no name:32:5: AML.T0051.009 has no name`,
			`no name:71:3: relationships of "AML.T0051.009", which the file does not define`,
			`no name:87:9: AML.CS0900 refers to AML.T0051.009, which the file does not define; the relation is left out`,
		}},
		{"bad target", strings.Replace(six, "target: AML.TA0003, relationship-type: achieves", "target: nonsense, relationship-type: achieves", 1), []string{
			`bad target:79:37: AML.T0900 names "nonsense", which is not the id of a tactic`,
		}},
		{"unknown type", strings.Replace(six, "    mitigates:", "    softens:", 1), []string{
			`unknown type:81:5: relationships of type "softens" are passed over`,
		}},
		{"newer format", strings.Replace(six, "format-version: 6.0.0", "format-version: 7.1.0", 1), []string{
			`newer format:2:17: format 7.1.0 is not known; reading it as 6.0`,
		}},
		{"legacy duplicate", strings.Replace(legacy, "  - id: AML.T0900.000", "  - id: AML.T0051", 1), []string{
			`legacy duplicate:48:5: AML.T0051 stands twice`,
		}},
		{"legacy bad kind", strings.Replace(legacy, "  - id: AML.M0900", "  - id: AML.T0901", 1), []string{
			`legacy bad kind:53:5: "AML.T0901" is not the id of a mitigation`,
		}},
		{"no version", strings.Replace(legacy, "version: 5.6.1\n", "", 1), []string{
			`no version:3:1: this ATLAS file does not say its version`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, troubles := taxonomy.Load(fstest.MapFS{}, source.NewFile(tt.name, []byte(tt.content)))
			var got []string
			for _, d := range troubles {
				got = append(got, d.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestOfficialHostile reads files that are made to cost much.
func TestOfficialHostile(t *testing.T) {
	var circle, loose strings.Builder
	circle.WriteString("format-version: 6.0.0\ncollection: {version: '1'}\ntactics: {AML.TA0001: {name: T}}\ntechniques: {AML.T0001: {name: T}}\ncase-studies: {AML.CS0001: {name: C}}\nrelationships:\n  AML.CS0001:\n    employs:\n")
	for i := range 3000 {
		fmt.Fprintf(&circle, "    - {target: AML.T0001, tactic: AML.TA0001, step-id: S%d, leads-to: [S%d]}\n", i, (i+1)%3000)
	}
	loose.WriteString("format-version: 6.0.0\ncollection: {version: '1'}\ntechniques: {AML.T0001: {name: T}}\nmitigations: {AML.M0001: {name: M}}\nrelationships:\n  AML.M0001:\n    mitigates:\n")
	for i := range 5000 {
		fmt.Fprintf(&loose, "    - {target: AML.T%04d}\n", 2000+i)
	}
	for _, tt := range []struct{ name, content, want string }{
		{"circle of steps", circle.String(), "AML.CS0001 has 3000 steps; only the first 1000 are kept"},
		{"many dangling references", loose.String(), "4980 more references lead nowhere and are left out"},
		{"a name of a million letters", "format-version: 6\nrelationships: {}\ntactics: {" + strings.Repeat("A", 1<<20) + ": {name: T}}", `"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA…" is not the id of a tactic`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, troubles := taxonomy.Load(fstest.MapFS{}, source.NewFile("x.yaml", []byte(tt.content)))
			var all strings.Builder
			for _, d := range troubles {
				all.WriteString(d.String() + "\n")
			}
			if !strings.Contains(all.String(), tt.want) {
				t.Errorf("no %q in:\n%.2000s", tt.want, all.String())
			}
			if len(troubles) > 40 {
				t.Errorf("%d diagnostics drown the reader", len(troubles))
			}
			dump(c)
		})
	}
}

// shipped is a catalogue with two small editions of atlas, for the fuzzer to lay files over.
var shipped = fstest.MapFS{
	"atlas/1.0.yaml": {Data: []byte(`framework: atlas
edition: "1.0"
title: A
url: u
sources: [s]
licence: l
retrieved: r
entries:
  tactic:
    - {id: AML.TA0001, title: A tactic}
  technique:
    - {id: AML.T0001, title: A technique, tactics: [AML.TA0001]}
    - {id: AML.T0002, title: Another technique, tactics: [AML.TA0001]}
`)},
	"atlas/2026.09.yaml": {Data: []byte(`framework: atlas
edition: "2026.09"
extends: "1.0"
title: A
url: u
sources: [s]
licence: l
retrieved: r
entries:
  technique:
    - {id: AML.T0003, title: A new technique}
removed:
  - {id: AML.T0002, now: AML.T0003}
`)},
}

// FuzzATLAS reads anything as an official file, alone and over other editions. Whatever it holds, nothing panics and
// what is listed can be asked for.
func FuzzATLAS(f *testing.F) {
	for _, name := range []string{"legacy.yaml", "six.yaml"} {
		f.Add(fixture(f, name).Content())
	}
	f.Add([]byte("format-version: 6.0.0\ncollection: {version: '2026.09'}\nrelationships: {AML.T0001: {achieves: [{target: 1}]}}\ntactics: []\n"))
	f.Add([]byte("version: 1.0\nmatrices: [{techniques: [{id: AML.T0001, name: A, subtechnique-of: AML.T0001}]}]\n"))
	f.Add([]byte("matrices: [[]]\ncase-studies: [{id: AML.CS0001, name: ' '}]\n---\n{}\n"))
	if _, troubles := taxonomy.Load(shipped); len(troubles) > 0 {
		f.Fatal(troubles[0])
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, fsys := range []fstest.MapFS{{}, shipped} {
			c, _ := taxonomy.Load(fsys, source.NewFile("x.yaml", content))
			for _, e := range c.List("atlas", "") {
				if a := c.Resolve(e.String()); len(a.Matches) != 1 {
					t.Fatalf("%s is listed but not found", e.Ref)
				}
				c.Relations(e)
				c.Meanings(e)
				c.FullTitle(e)
			}
			c.Search("technique")
		}
	})
}

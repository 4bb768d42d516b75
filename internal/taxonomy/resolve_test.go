package taxonomy_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/taxonomy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); run with -update if it should:\n%s", path, diff)
	}
}

// describe writes an answer down for a golden file.
func describe(c *taxonomy.Catalog, a taxonomy.Answer) string {
	var b strings.Builder
	fmt.Fprintf(&b, "? %q\n", a.Query)
	for _, m := range a.Matches {
		fmt.Fprintf(&b, "  %s (by %s, %s %s): %s\n", m.Entry.Ref, m.How, m.Entry.Kind, m.Entry.Edition, c.FullTitle(m.Entry))
		if m.Entry.Withdrawn != "" {
			fmt.Fprintf(&b, "    not in %s\n", m.Entry.Withdrawn)
			for _, r := range c.Relations(m.Entry) {
				if r.Kind == taxonomy.ReplacedBy {
					fmt.Fprintf(&b, "    %s %s\n", r.Words(), r.Entry.ID)
				}
			}
		}
	}
	for _, m := range a.Also {
		fmt.Fprintf(&b, "  also %s (by %s): %s\n", m.Entry.Ref, m.How, m.Entry.Title)
	}
	for _, m := range a.Meanings {
		fmt.Fprintf(&b, "  - %s\n", m)
	}
	for _, e := range a.Nearest {
		fmt.Fprintf(&b, "  nearest %s: %s\n", e.Ref, e.Title)
	}
	return b.String()
}

func TestResolve(t *testing.T) {
	c := load(t)
	var b strings.Builder
	for _, q := range []string{
		"T6", "t6", " t 6 ", "T16", "T17", "T21", "T22", "T26", "T33", "T48", "MAS-T21", "mas t18", "TM11-T16", "T15",
		"AML.T0051", "aml.t0051.001", "T0051", "atlas T0053", "AML.T0104", "AML.T0045", "AML.T0020", "TA0004", "AML.M0029",
		"LLM01", "LLM01:2026", "llm06:2025", "owasp-llm LLM10", "ASI01", "ASI16", "MCP05",
		"MEASURE 2.7", "NIST MEASURE 2.7", "measure2.7", "MS-2.7", "nist ai rmf govern 1.1", "MEASURE 2.5", "GV-1.2-002", "NIST 600-1 risk 9",
		"A.6.2.4", "iso 42001 A.6.2.4", "A.6.4", "ISO 27001 A.5.1", "A.5.2", "6.1.2", "iso 23894 6.4.2",
		"CWE-94", "cwe 94", "CWE94", "L3", "maestro L2", "v2:L7-T02", "L7-T02", "BV-2", "Factor 8", "AIVSS-10", "IVS",
		"Art. 14", "Article 14", "atlas/AML.T0051", "Prompt Injection", "prompt injektion", "AML.T0052.009", "MEASURE 2.77",
		"T99", "", "/", "ﾠ\xff\x00", strings.Repeat("A", 5000),
	} {
		a := c.Resolve(q)
		if len(q) > 100 {
			a.Query = "(5000 letters)"
		}
		b.WriteString(describe(c, a))
	}
	golden(t, "resolve.golden", b.String())
}

func TestResolveAmbiguous(t *testing.T) {
	c := load(t)
	a := c.Resolve("T16")
	var ids []string
	for _, m := range a.Matches {
		ids = append(ids, m.Entry.ID)
	}
	if diff := cmp.Diff([]string{"MAS-T16", "TM11-T16"}, ids); diff != "" {
		t.Errorf("T16 (-want +got):\n%s", diff)
	}
	if !a.Ambiguous() || len(a.Conflicts()) == 0 {
		t.Error("T16 must be ambiguous and say who means what")
	}
	if a := c.Resolve("T6"); a.Ambiguous() || a.Matches[0].Entry.ID != "T6" || len(a.Conflicts()) != 0 {
		t.Errorf("T6 is not ambiguous: %+v", a)
	}
	// The same number in two sections of one guide.
	if a := c.Resolve("MAS-T22"); len(a.Conflicts()) == 0 {
		t.Error("MAS-T22 must say that other sections call MAS-T23 by its number, and call it 21")
	}
}

// TestResolveEveryID asks for every entry by its own id, with its namespace in front and bare.
func TestResolveEveryID(t *testing.T) {
	c := load(t)
	for _, f := range c.Frameworks() {
		for _, e := range c.List(f.Namespace, "") {
			if a := c.Resolve(e.String()); len(a.Matches) != 1 || a.Matches[0].Entry != e {
				t.Errorf("%s does not name itself", e.Ref)
			}
			if e.Kind == taxonomy.Concern {
				continue // found by its words: see TestConcerns
			}
			found := false
			for _, m := range c.Resolve(e.ID).Matches {
				found = found || m.Entry == e
			}
			if !found {
				t.Errorf("%q does not find %s", e.ID, e.Ref)
			}
		}
	}
}

func TestSearch(t *testing.T) {
	c := load(t)
	var b strings.Builder
	for _, q := range []string{"memory poisoning", "prompt injection", "T6", "human approval", "supply chain", "kubernetes zebra", "sandbox", "  ", "xyzzy"} {
		fmt.Fprintf(&b, "? %s\n", q)
		hits := c.Search(q)
		for _, h := range hits[:min(8, len(hits))] {
			fmt.Fprintf(&b, "  %3d %s: %s\n", h.Score, h.Entry.Ref, h.Entry.Title)
		}
	}
	golden(t, "search.golden", b.String())
}

func TestRelations(t *testing.T) {
	c := load(t)
	var b strings.Builder
	for _, ref := range []taxonomy.Ref{
		{Namespace: "owasp-asi", ID: "T6"},
		{Namespace: "atlas", ID: "AML.T0053"},
		{Namespace: "cwe", ID: "CWE-94"},
		{Namespace: "nist-ai-rmf", ID: "MEASURE 2.7"},
		{Namespace: "iso42001", ID: "A.6.2.4"},
		{Namespace: "maestro", ID: "L2"},
	} {
		e := c.Lookup(ref.Namespace, ref.ID)
		fmt.Fprintf(&b, "%s %s\n", e.Ref, e.Title)
		for _, r := range c.Relations(e) {
			fmt.Fprintf(&b, "  %s %s", r.Words(), r.Entry.Ref)
			if r.Crosswalk != nil {
				fmt.Fprintf(&b, " [%s %s %s]", r.Crosswalk.Provenance, r.Crosswalk.ID, r.Strength)
			}
			b.WriteByte('\n')
		}
	}
	golden(t, "relations.golden", b.String())
}

// FuzzResolve asks for anything. An answer names only entries that exist.
func FuzzResolve(f *testing.F) {
	for _, q := range []string{"T16", "NIST MEASURE 2.7", "AML.T0051", "owasp-llm LLM01", "\xff/", "ｔ６", "atlas/AML.T0051", "İ"} {
		f.Add(q)
	}
	c := load(f)
	f.Fuzz(func(t *testing.T, query string) {
		a := c.Resolve(query)
		for _, m := range append(a.Matches, a.Also...) {
			if c.Lookup(m.Entry.Namespace, m.Entry.ID) != m.Entry {
				t.Errorf("%q names %s, which cannot be looked up", query, m.Entry.Ref)
			}
		}
		for _, m := range a.Meanings {
			if m.String() == "" || len(m.Documents) == 0 {
				t.Errorf("%q has an empty meaning: %+v", query, m)
			}
		}
		if len(a.Matches) > 0 && len(a.Nearest) > 0 {
			t.Errorf("%q is both found and not found", query)
		}
		c.Search(query)
	})
}

func TestSuggest(t *testing.T) {
	c := load(t)
	for _, tt := range []struct{ namespace, id, want string }{
		{"owasp-llm", "LLM01", "LLM01:2025"},
		{"owasp-asi", "T66", "T6"},
		{"atlas", "T0051", "AML.T0051"},
		{"atlas", "AML.T0052.00", "AML.T0052.000"},
		{"nist-ai-rmf", "MEASURE-2.7", "MEASURE 2.7"},
		{"cwe", "94", "CWE-94"},
		{"attlas", "AML.T0051", "atlas"},
		{"cwe", "something else", ""},
	} {
		if got := c.Suggest(tt.namespace, tt.id); got != tt.want {
			t.Errorf("%s %s: suggested %q, want %q", tt.namespace, tt.id, got, tt.want)
		}
	}
}

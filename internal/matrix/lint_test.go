package matrix

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fermata/catalog"
	"fermata/internal/source"
	"fermata/internal/taxonomy"
)

func loadCatalog(t testing.TB) *taxonomy.Catalog {
	t.Helper()
	c, troubles := taxonomy.Load(catalog.FS)
	if taxonomy.HasErrors(troubles) {
		t.Fatal(troubles)
	}
	return c
}

func lintFile(t *testing.T, name string) *Review {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return Lint(source.NewFile(name, content), loadCatalog(t), nil)
}

// TestSevenRows holds the verdicts on a published table against what a person found by reading each id up.
func TestSevenRows(t *testing.T) {
	r := lintFile(t, "seven.md")
	if r.Tables != 1 || r.Rows != 7 {
		t.Fatalf("%d tables, %d rows", r.Tables, r.Rows)
	}
	got := map[string]Citation{}
	for _, c := range r.Citations {
		if c.Framework != "maestro" {
			got[c.Concern+"/"+c.Framework] = c
		}
	}
	for _, want := range []struct {
		at         string
		verdict    Verdict
		candidates string // ids that must be among the candidates
	}{
		{"Prompt injection/atlas", Right, ""},
		{"Prompt injection/nist-ai-rmf", Other, "MEASURE 2.7"},
		{"Prompt injection/iso42001", Other, ""},
		{"API credential theft/atlas", Other, "AML.T0055 AML.T0083 AML.T0098"},
		{"API credential theft/iso42001", Group, ""},
		{"Log data leakage/atlas", Weak, ""},
		{"Log data leakage/nist-ai-rmf", Group, ""},
		{"Log data leakage/iso42001", Weak, ""},
		{"Resource exhaustion/atlas", Missing, "AML.T0029 AML.T0034 AML.T0034.002"},
		{"Resource exhaustion/nist-ai-rmf", Group, ""},
		{"Resource exhaustion/iso42001", Unknown, ""},
		{"Supply chain compromise/atlas", Other, "AML.T0010"},
		{"Supply chain compromise/iso42001", Group, "A.10.3"},
		{"Agent hijacking/atlas", Other, "AML.T0051 AML.T0053 AML.T0080 AML.T0081"},
		{"Agent hijacking/nist-ai-rmf", Other, "MEASURE 2.7"},
		{"Agent hijacking/iso42001", Unknown, ""},
		{"Evaluation bias/atlas", Weak, ""},
		{"Evaluation bias/nist-ai-rmf", Weak, "MEASURE 2.11"},
		{"Evaluation bias/iso42001", Right, ""},
	} {
		c, ok := got[want.at]
		if !ok {
			t.Errorf("%s: nothing is said", want.at)
			continue
		}
		if c.Verdict != want.verdict {
			t.Errorf("%s: %s is %s (%s), want %s", want.at, c.ID, c.Verdict, c.Message, want.verdict)
		}
		var ids []string
		for _, x := range c.Candidates {
			ids = append(ids, x.ID)
		}
		for _, id := range strings.Split(want.candidates, " ") {
			if strings.HasPrefix(want.candidates, "MEASURE") {
				id = want.candidates
			}
			if id != "" && !slices.Contains(ids, id) {
				t.Errorf("%s: %s is not among the candidates %v", want.at, id, ids)
			}
		}
	}
}

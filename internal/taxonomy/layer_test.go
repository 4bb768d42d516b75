package taxonomy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/catalog"
	"fermata/internal/taxonomy"
)

func TestSchemes(t *testing.T) {
	c := load(t)
	var got []string
	for _, s := range c.Schemes() {
		got = append(got, fmt.Sprintf("%s %d %t", s.ID, len(s.Layers), s.Default))
	}
	want := []string{"maestro-v1 8 true", "securing-mas 7 false", "maestro-v2 10 false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, tt := range []struct{ scheme, id, title string }{
		{"", "L2", "Data Operations"},
		{taxonomy.SchemeV1, "X", "Cross-Layer"},
		{taxonomy.SchemeSecuringMAS, "L2", "Agent Logic"},
		{taxonomy.SchemeSecuringMAS, "securing-mas:L7", "Orchestration"},
		{taxonomy.SchemeV2, "L10", "Governance, Authority, and Compliance"},
	} {
		if l := c.Layer(tt.scheme, tt.id); l == nil || l.Title != tt.title {
			t.Errorf("layer %s of %q is %v, want %q", tt.id, tt.scheme, l, tt.title)
		}
	}
	if c.Layer(taxonomy.SchemeV1, "L8") != nil || c.Scheme("maestro-v3") != nil || c.Layer("maestro-v3", "L1") != nil {
		t.Error("what does not exist must be nil")
	}
}

func TestNearLayers(t *testing.T) {
	c := load(t)
	var b strings.Builder
	for _, s := range c.Schemes() {
		for _, o := range c.Schemes() {
			if s == o {
				continue
			}
			fmt.Fprintf(&b, "%s to %s\n", s.ID, o.ID)
			for _, l := range s.Layers {
				fmt.Fprintf(&b, "  %s %s:", taxonomy.ShortID(l), l.Title)
				for _, n := range c.NearLayers(s.ID, l.ID, o.ID) {
					fmt.Fprintf(&b, " %s", taxonomy.ShortID(n))
				}
				b.WriteByte('\n')
			}
		}
	}
	golden(t, "near-layers.golden", b.String())
	// What is near is near from both ends.
	for _, s := range c.Schemes() {
		if s.Default {
			continue
		}
		for _, l := range s.Layers {
			for _, v1 := range c.NearLayers(s.ID, l.ID, taxonomy.SchemeV1) {
				back := false
				for _, n := range c.NearLayers(taxonomy.SchemeV1, v1.ID, s.ID) {
					back = back || n == l
				}
				if !back {
					t.Errorf("%s leads to %s, but not back", l.ID, v1.ID)
				}
			}
		}
	}
	if n := c.NearLayers(taxonomy.SchemeV1, "L2", taxonomy.SchemeSecuringMAS); len(n) != 0 {
		t.Errorf("securing-mas has no layer for data operations, not %v", n)
	}
}

func TestCases(t *testing.T) {
	c := load(t)
	var b strings.Builder
	for _, k := range c.Cases() {
		fmt.Fprintf(&b, "%s %s\n", k.Entry.ID, k.Entry.Title)
		for _, row := range k.Rows {
			layer := "-"
			if row.Layer != nil {
				layer = row.Layer.ID
			}
			fmt.Fprintf(&b, "  %s:", layer)
			for _, e := range row.Threats {
				fmt.Fprintf(&b, " %s", e.ID)
			}
			b.WriteByte('\n')
		}
	}
	golden(t, "cases.golden", b.String())
}

// TestLoadOnly reads the layers alone and gets the same ones.
func TestLoadOnly(t *testing.T) {
	all := load(t)
	c, troubles := taxonomy.LoadOnly(catalog.FS, "maestro")
	for _, d := range troubles {
		t.Errorf("%s", d)
	}
	if len(c.Frameworks()) != 1 {
		t.Errorf("%d frameworks, want the one that was asked for", len(c.Frameworks()))
	}
	for i, s := range all.Schemes() {
		for n, l := range s.Layers {
			if got := c.Schemes()[i].Layers[n]; got.Ref != l.Ref || got.Title != l.Title {
				t.Errorf("%s is %s %s", l.Ref, got.Ref, got.Title)
			}
		}
	}
	if n := c.NearLayers("", "L1", taxonomy.SchemeV2); len(n) != 1 {
		t.Errorf("relations inside what was read stand: %v", n)
	}
	if c, troubles := taxonomy.LoadOnly(catalog.FS, "nothing"); len(c.Frameworks()) != 0 || len(troubles) != 0 {
		t.Error("a framework that does not exist is an empty catalog")
	}
}

package html

import (
	"slices"
	"strings"
	"testing"
)

// TestNameLines: names stand whole where two lines can hold them, broken where words or parts of identifiers meet.
func TestNameLines(t *testing.T) {
	for name, want := range map[string][]string{
		"planner":                        {"planner"},
		"publisher of the RPA framework": {"publisher of the", "RPA framework"},
		"triage_leakage_prevention":      {"triage_leakage_", "prevention"},
		"customerLookupToolOfTheDesk":    {"customerLookup", "ToolOfTheDesk"},
		"aaaaaaaaaaaaaaaaaaaaaaaa":       {"aaaaaaaaaaaaaaa", "aaaaaaaaa"},
	} {
		if got := nameLines(name, nodeWidth-10); !slices.Equal(got, want) {
			t.Errorf("%s is broken into %q, want %q", name, got, want)
		}
	}
	for _, line := range nameLines("a name of so many words that no two lines can ever hold it whole", nodeWidth-10) {
		if width(line) > nodeWidth-10 {
			t.Errorf("%q is too wide", line)
		}
	}
}

// TestFitEnd holds names of files to their ends: scratch_agent_1.py and scratch_agent_2.py must not look alike.
func TestFitEnd(t *testing.T) {
	one, two := fitEnd("packages/scratch_agent_1.py:120", 80), fitEnd("packages/scratch_agent_2.py:120", 80)
	if one == two || !strings.HasPrefix(one, "…") || !strings.HasSuffix(one, "_1.py:120") || width(one) > 80 {
		t.Errorf("%q and %q", one, two)
	}
	if got := fitEnd("a.py", 80); got != "a.py" {
		t.Errorf("%q", got)
	}
}

package pipeline

import (
	"slices"
	"testing"
)

// TestSuppliedResolves holds that the ids that every known flaw of a package gets are those of the catalogue, and that its own
// weaknesses come beside them.
func TestSuppliedResolves(t *testing.T) {
	e := shipped(t)
	for space, ids := range knownFlaw([]string{"CWE-79", "CWE-1395"}) {
		for _, id := range ids {
			if space != "maestro" && e.Catalog().Lookup(space, id) == nil {
				t.Errorf("%s has no %s", space, id)
			}
		}
	}
	if got := knownFlaw([]string{"CWE-79", "CWE-1395"})["cwe"]; !slices.Equal(got, []string{"CWE-1395", "CWE-79"}) {
		t.Errorf("cwe %v", got)
	}
	if got := supplied["cwe"]; !slices.Equal(got, []string{"CWE-1395"}) {
		t.Errorf("the table was changed: %v", got)
	}
}

// TestPublished holds how a vector's score is told.
func TestPublished(t *testing.T) {
	for vector, want := range map[string]string{
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H": "critical 9.8 by CVSS:3.1",
		"AV:N/AC:M/Au:N/C:P/I:N/A:N":                   "medium 4.3 by CVSS:2.0",
	} {
		if severity, told, ok := published(vector); !ok || severity+" "+told != want {
			t.Errorf("%s: %s %s %v, want %s", vector, severity, told, ok, want)
		}
	}
	if _, _, ok := published("CVSS:3.1/x"); ok {
		t.Error("nonsense is taken for a vector")
	}
}

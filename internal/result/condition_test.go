package result

import (
	"maps"
	"testing"
)

// TestCountLive holds that findings with one cause count once, by the severity of the one that does not merely follow, and
// that what is blocked or leads to no loss counts apart.
func TestCountLive(t *testing.T) {
	of := func(id, group, severity string, status Status, follows bool) Finding {
		return Finding{ID: id, Group: group, Severity: severity, Status: status, Follows: follows}
	}
	for _, c := range []struct {
		what     string
		findings []Finding
		want     map[string]int
	}{
		{"one cause", []Finding{of("a", "g", "high", Live, false), of("b", "g", "medium", Live, false)}, map[string]int{"high": 1}},
		{"what follows decides nothing", []Finding{of("a", "g", "critical", Live, true), of("b", "g", "medium", Live, false)}, map[string]int{"medium": 1}},
		{"only what follows", []Finding{of("a", "g", "low", Live, true), of("b", "g", "high", Live, true)}, map[string]int{"high": 1}},
		{"two causes", []Finding{of("a", "g", "high", Live, false), of("b", "h", "high", Live, false)}, map[string]int{"high": 2}},
		{"without groups", []Finding{of("a", "", "high", Live, false), of("b", "", "high", Live, false)}, map[string]int{"high": 2}},
		{"blocked beside live", []Finding{of("a", "g", "info", Blocked, false), of("b", "g", "low", Live, false)}, map[string]int{"low": 1}},
		{"no loss beside a loss", []Finding{of("a", "g", "info", Live, false), of("b", "g", "low", Live, false)}, map[string]int{"info": 1, "low": 1}},
		{"none", []Finding{of("a", "g", "high", Condition, false)}, map[string]int{}},
	} {
		if got := CountLive(c.findings); !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

// TestCountStill holds that what is left of one condition is one, though part of it leads to no loss any more.
func TestCountStill(t *testing.T) {
	before := []Finding{
		{ID: "a", Group: "g", Severity: "high", Status: Live},
		{ID: "b", Group: "g", Severity: "high", Status: Live},
		{ID: "c", Group: "h", Severity: "low", Status: Live},
		{ID: "d", Group: "i", Severity: "high", Status: Condition},
	}
	after := []Finding{
		{ID: "a", Group: "g", Severity: "info", Status: Live},
		{ID: "b", Group: "g", Severity: "medium", Status: Live},
		{ID: "c", Group: "h", Severity: "info", Status: Blocked},
		{ID: "d", Group: "i", Severity: "high", Status: Condition},
	}
	if got, want := CountStill(before, after), map[string]int{"medium": 1}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := CountStill(before, before), CountLive(before); !maps.Equal(got, want) {
		t.Errorf("without a change %v, want %v", got, want)
	}
}

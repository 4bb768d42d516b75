package pipeline

import (
	"strings"
	"testing"

	"fermata/internal/result"
)

// TestJoinedAnew holds that a plan or a what-if says what a scan would count, where that differs from today's causes, and is silent
// where it does not.
func TestJoinedAnew(t *testing.T) {
	live := func(id, group, severity string) result.Finding {
		return result.Finding{ID: id, Group: group, Status: result.Live, Severity: severity}
	}
	before := []result.Finding{live("a", "a", "high"), live("b", "b", "high")}
	after := []result.Finding{live("a", "a", "high"), live("b", "a", "high")} // what b follows from is a now
	still := result.CountStill(before, after)
	if note := joinedAnew(still, after); still["high"] != 2 || !strings.HasSuffix(note, "says 1 live finding (1 high)") {
		t.Errorf("of %v it says %q", still, note)
	}
	if note := joinedAnew(result.CountStill(before, before), before); note != "" {
		t.Errorf("where nothing changes it says %q", note)
	}
}

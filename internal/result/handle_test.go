package result

import "testing"

func TestHandle(t *testing.T) {
	r := &Result{Findings: []Finding{{ID: "runaway-loop@planner"}, {ID: "runaway-loop@writer"}}}
	a, b := r.Findings[0].Handle(), r.Findings[1].Handle()
	if a == b || !IsHandle(a) || !IsHandle(b) {
		t.Fatalf("handles %q and %q", a, b)
	}
	if got := r.FindingID(b); got != "runaway-loop@writer" {
		t.Errorf("FindingID(%s) = %q", b, got)
	}
	if got := r.FindingID("f-000000"); got != "f-000000" {
		t.Errorf("a handle that nothing goes by became %q", got)
	}
	r.Findings = append(r.Findings, Finding{ID: "runaway-loop@writer"})
	if got := r.FindingID(b); got != b {
		t.Errorf("a handle of two findings became %q", got)
	}
	if p := (&Path{ID: "runaway-loop@writer"}).Handle(); p == b || p[2:] != b[2:] {
		t.Errorf("the handle of a path is %q", p)
	}
}

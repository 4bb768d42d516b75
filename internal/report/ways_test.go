package report_test

import (
	"testing"

	"fermata/internal/model"
	"fermata/internal/report"
	"fermata/internal/result"
)

// TestLikewise holds that a way which is told by no path of its own, since a graver one goes the same course, is named with
// that one, once; that a way of another course is not; and that ways are counted apart from paths.
func TestLikewise(t *testing.T) {
	path := func(asset, severity string, steps ...string) result.Path {
		p := result.Path{ID: "user>" + asset + "#" + steps[0], Attacker: "user", Goal: result.Goal{Asset: asset, Loss: asset}, Severity: severity}
		for _, s := range steps {
			p.Steps = append(p.Steps, result.Hop{Finding: s})
		}
		return p
	}
	r := &result.Result{
		Findings: []result.Finding{{ID: "in1", Rule: "in"}, {ID: "in2", Rule: "in"}, {ID: "use", Rule: "use"}},
		Paths: []result.Path{
			path("money", "critical", "in1", "use"), path("money", "critical", "in1"), path("money", "high", "in2", "use"),
			path("right use", "medium", "in2", "use"), path("service", "medium", "use"), path("right use", "low", "in1"),
		},
	}
	for _, name := range []string{"money", "right use", "service"} {
		r.System.Assets = append(r.System.Assets, model.Asset{ID: name, Name: name})
	}
	v := report.NewView(r)
	top := v.TopPaths(report.Options{}, 5)
	if len(top) != 3 {
		t.Fatalf("%d paths are told, want one of each course", len(top))
	}
	likewise := v.Likewise(report.Options{}, top)
	if got, want := likewise[top[0]], "right use (medium)"; got != want || len(likewise) != 1 {
		t.Errorf("likewise %q of %d paths, want %q of the first", got, len(likewise), want)
	}
	for i := range r.System.Assets {
		r.System.Assets[i].Name = "service"
	}
	r.Paths[4] = path("service", "medium", "in2", "use")
	if got, want := v.Likewise(report.Options{}, v.TopPaths(report.Options{}, 1))[&r.Paths[0]], "service (2 of that name) (medium)"; got != want {
		t.Errorf("likewise %q, want %q", got, want)
	}
	r.Paths[4] = path("service", "medium", "use")
	if got, want := v.Untold(report.Options{}, len(top)), "In all 3 ways lead from a source of harm to a loss, by 6 paths: fermata paths lists the ways, and with --all each path."; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	if got := v.Untold(report.Options{}, 6); got != "" {
		t.Errorf("where all are told it says %q", got)
	}
}

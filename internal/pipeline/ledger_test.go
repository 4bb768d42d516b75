package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/result"
)

// unfounded lists what a result says without a place in a file or a stated assumption, what names nothing, and where
// the ledger does not add up.
func unfounded(r *result.Result) []string {
	var out []string
	complain := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	grounded := func(what string, origin model.Origin, reason string, list []model.Evidence) {
		for _, ev := range list {
			if (ev.File == "" || ev.Line == 0) && ev.Excerpt == "" {
				complain("%s has evidence that is neither a place nor a reason: %+v", what, ev)
			}
			if strings.HasPrefix(ev.File, "/") || strings.Contains(ev.File, "..") || strings.Contains(ev.File, `\`) {
				complain("%s names a file outside the tree: %s", what, ev.File)
			}
		}
		inFile := slices.ContainsFunc(list, func(ev model.Evidence) bool { return ev.File != "" && ev.Line > 0 })
		if !inFile && (origin != model.Assumed || (reason == "" && len(list) == 0)) {
			complain("%s is %s, and nothing says where or why", what, origin)
		}
	}
	known := map[string]bool{}
	for _, e := range r.System.Elements {
		known[e.ID] = true
		grounded("element "+e.ID, e.Origin, "", e.Evidence)
	}
	for _, f := range r.System.Flows {
		if !known[f.From] || !known[f.To] {
			complain("flow %s has an end that does not exist", f.ID)
		}
		known[f.ID] = true
		grounded("flow "+f.ID, f.Origin, "", f.Evidence)
	}
	for _, c := range r.System.Controls {
		if !known[c.On] {
			complain("control %s stands on %s, which does not exist", c.Control, c.On)
		}
		grounded("control "+c.Control+" on "+c.On, c.Origin, c.Reason, c.Evidence)
	}
	for _, a := range r.System.Assets {
		if !known[a.Element] {
			complain("asset %s is of %s, which does not exist", a.ID, a.Element)
		}
		grounded("asset "+a.ID, a.Origin, a.Reason, a.Evidence)
	}
	findings := map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if findings[f.ID] {
			complain("finding %s stands twice", f.ID)
		}
		findings[f.ID] = true
		if f.Code == nil && len(f.Elements)+len(f.Flows) == 0 || len(f.Evidence) == 0 {
			complain("finding %s has no evidence", f.ID)
		}
		for _, id := range append(slices.Clone(f.Elements), f.Flows...) {
			if !known[id] {
				complain("finding %s names %s, which does not exist", f.ID, id)
			}
		}
	}
	for i := range r.Paths {
		for _, h := range r.Paths[i].Steps {
			if !findings[h.Finding] {
				complain("path %s has the step %s, which is no finding", r.Paths[i].ID, h.Finding)
			}
		}
		if len(r.Paths[i].Steps) == 0 || len(r.Paths[i].Start) == 0 {
			complain("path %s has no steps or no start", r.Paths[i].ID)
		}
	}
	files := r.Coverage.Files
	sum := files.Parsed + files.Passed
	for _, s := range files.Skipped {
		sum += s.Count
	}
	if files.Seen != sum {
		complain("%d files were seen, and the ledger has %d: %+v", files.Seen, sum, files)
	}
	return out
}

// TestFailedExtractor holds that an extractor that fails, even by a crash, costs what it would have said about that file
// and no more, and that the result says so.
func TestFailedExtractor(t *testing.T) {
	whole := shipped(t)
	dir := tree(t, mixed, 1)
	want, _ := scanned(t, whole, Input{Path: dir})
	for name, run := range map[string]func(*discover.Pass) error{
		"error": func(p *discover.Pass) error {
			if p.Path() == "app/tools.py" {
				return errors.New("no idea")
			}
			return nil
		},
		"crash": func(p *discover.Pass) error {
			if p.Path() == "app/tools.py" {
				panic("no idea")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := shipped(t)
			e.extractors = append(slices.Clone(e.extractors), &discover.Extractor{Name: "failing", Match: discover.PythonCode, Imports: []string{"agents"}, Run: run})
			got, _ := scanned(t, e, Input{Path: dir})
			if got.Tool.Failed != 1 {
				t.Errorf("%d parts failed, want 1", got.Tool.Failed)
			}
			if !slices.ContainsFunc(got.Diagnostics, func(d result.Diagnostic) bool {
				return d.Severity == "error" && d.File == "app/tools.py" && strings.Contains(d.Message, "failing") && strings.Contains(d.Message, "no idea")
			}) {
				t.Errorf("no diagnostic says which extractor failed on which file: %+v", got.Diagnostics)
			}
			if !slices.ContainsFunc(got.Coverage.Extractors, func(x result.Extractor) bool { return x.Name == "failing" && x.Failed == 1 }) {
				t.Errorf("the ledger of extractors does not say it: %+v", got.Coverage.Extractors)
			}
			if len(got.Findings) != len(want.Findings) || len(got.System.Elements) != len(want.System.Elements) {
				t.Errorf("the rest of the scan changed: %d findings and %d elements, want %d and %d", len(got.Findings), len(got.System.Elements), len(want.Findings), len(want.System.Elements))
			}
		})
	}
}

// TestStoppedScan holds that a scan that is called off ends with the context's error and without a result.
func TestStoppedScan(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if r, err := shipped(t).Scan(ctx, Input{Path: tree(t, mixed, 1)}); !errors.Is(err, context.Canceled) || r != nil {
		t.Errorf("got %v, %v", r, err)
	}
}

package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/report"
	"fermata/internal/result"
)

// benign are the systems of testdata/benign, each with the gravest severity that a live finding of it may have. A plain
// chat loses nothing, so nothing about it may be more than information; what is read by many can mislead many.
var benign = map[string]string{
	"plain-chat.yaml":              "info",
	"bare-chat.yaml":               "info",
	"public-documents.yaml":        "low",
	"public-documents-direct.yaml": "low",
	"one-question":                 "info",
	"many-questions":               "info",
}

// TestBenign holds that systems with nothing to lose are not made to look as if they had. What is not known about them
// may be asked.
func TestBenign(t *testing.T) {
	e := shipped(t)
	entries, err := os.ReadDir(filepath.Join("testdata", "benign"))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(benign) {
		t.Errorf("there are %d systems, and %d are tested", len(entries), len(benign))
	}
	for name, most := range benign {
		t.Run(name, func(t *testing.T) {
			r, err := e.Scan(context.Background(), Input{Path: filepath.Join("testdata", "benign", name), Questions: -1})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.System.Elements) == 0 {
				t.Fatal("nothing was read")
			}
			for i := range r.Findings {
				f := &r.Findings[i]
				if f.Status == result.Condition || f.Status == result.Live && report.Rank(f.Severity) < report.Rank(most) {
					t.Errorf("%s, %s: %s", f.Severity, f.ID, f.Message)
				}
			}
			for _, p := range r.Paths {
				if most == "info" || report.Rank(p.Severity) < report.Rank(most) {
					t.Errorf("path %s, %s", p.ID, p.Severity)
				}
			}
			if n := len(r.Questions); n > 25 {
				t.Errorf("%d questions about a system of %d elements", n, len(r.System.Elements))
			}
		})
	}
}

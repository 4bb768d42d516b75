package pipeline

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/matrix"
	"fermata/internal/result"
)

// TestOwnMatrix holds that the matrix of every example stands before the lint: what one half of the program writes, the
// other must not call wrong.
func TestOwnMatrix(t *testing.T) {
	e := engine(t)
	examples, err := os.ReadDir("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, x := range examples {
		if !x.IsDir() || x.Name() == "atlas" {
			continue
		}
		t.Run(x.Name(), func(t *testing.T) {
			m := e.Matrix(scanExample(t, e, x.Name()), "threat", true)
			if len(m.Rows) == 0 {
				return
			}
			name := filepath.Join(t.TempDir(), "own.md")
			var file *os.File
			if file, err = os.Create(name); err != nil {
				t.Fatal(err)
			}
			if err := m.Write(file, "md"); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			review, err := e.LintMatrix(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range review.Citations {
				if c.Severity != "" {
					t.Errorf("%s: %s %s: %s", c.Concern, c.ID, c.Verdict, c.Message)
				}
				if c.Verdict == matrix.Right {
					rows++
				}
			}
		})
	}
	if rows < 1000 {
		t.Errorf("only %d ids were judged", rows)
	}
}

// TestAdviceByShortID holds that a finding and a path go by the short id that a report prints, in advice as elsewhere.
func TestAdviceByShortID(t *testing.T) {
	e := engine(t)
	r := scanExample(t, e, "support-desk")
	var f *result.Finding
	for i := range r.Findings {
		if r.Findings[i].Status == result.Live {
			f = &r.Findings[i]
		}
	}
	long, err := e.Advise(f.ID, r, "")
	if err != nil {
		t.Fatal(err)
	}
	short, err := e.Advise(f.Handle(), r, "")
	if err != nil || short.ID != long.ID {
		t.Errorf("%s gives %q, %v", f.Handle(), short.ID, err)
	}
	p := &r.Paths[0]
	if x, err := e.Advise(p.Handle(), r, ""); err != nil || x.ID != p.ID || len(x.Sections) < 2 {
		t.Errorf("%s gives %q, %v", p.Handle(), x.ID, err)
	}
	if _, err := e.Advise("f-000000", r, ""); err == nil {
		t.Error("an id of nothing is advised about")
	}
}

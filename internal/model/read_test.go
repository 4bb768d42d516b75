package model_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/model"
	"fermata/internal/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// read reads a model that must be without mistakes.
func read(t *testing.T, text string) *model.System {
	t.Helper()
	s, diagnostics := model.ReadSystem(source.NewFile("fermata.yaml", []byte(text)))
	for _, d := range diagnostics {
		t.Errorf("unexpected: %s", d)
	}
	return s
}

func lines(diagnostics []source.Diagnostic) string {
	var b strings.Builder
	for _, d := range diagnostics {
		b.WriteString(string(d.Severity) + ": " + d.String() + "\n")
	}
	return b.String()
}

// TestReadBad reads every file of testdata/bad; what is said about each stands in a golden file beside it.
func TestReadBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, path := range files {
		name := filepath.Base(path)
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			system, diagnostics := model.ReadSystem(source.NewFile(name, content))
			if len(diagnostics) == 0 {
				t.Error("nothing was said")
			}
			golden(t, "bad/"+strings.TrimSuffix(name, ".yaml")+".golden", lines(diagnostics))
			if more := model.Validate(system); len(more) > 0 {
				t.Errorf("what was kept is not a valid system:\n%s", lines(more))
			}
		})
	}
}

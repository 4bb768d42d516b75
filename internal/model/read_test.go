package model_test

import (
	"flag"
	"fmt"
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

// TestReadPlaces: evidence of an element begins where the element does, in short lines and in one of megabytes.
func TestReadPlaces(t *testing.T) {
	var b strings.Builder
	b.WriteString("name: größer\nelements: [")
	for i := range 3000 {
		if i%100 == 0 {
			b.WriteString("\n")
		}
		if i > 2000 && i%100 == 0 {
			b.WriteString(strings.Repeat(" ", 5000))
		}
		fmt.Fprintf(&b, "{id: é%04d, kind: tool, name: \"日本\"}, ", i)
	}
	b.WriteString("]\n")
	file := source.NewFile("fermata.yaml", []byte(b.String()))
	s, diagnostics := model.ReadSystem(file)
	if len(diagnostics) > 0 || len(s.Elements) != 3000 {
		t.Fatalf("%d elements\n%s", len(s.Elements), lines(diagnostics))
	}
	for _, e := range s.Elements {
		at := strings.Index(b.String(), "{id: "+e.ID)
		want := file.Position(at)
		if got := e.Evidence[0]; got.Line != want.Line || got.Col != want.Col {
			t.Fatalf("%s is at %d:%d, not %d:%d", e.ID, want.Line, want.Col, got.Line, got.Col)
		}
		if got := []rune(e.Evidence[0].Excerpt); len(got) > 160 {
			t.Fatalf("the excerpt is %d long", len(got))
		}
	}
}

// TestReadMany: hostile files are read in time that grows as they do, and not everything is said.
func TestReadMany(t *testing.T) {
	text := "elements:\n  - {id: a, kind: tool}\nflows:\n" + strings.Repeat("  - {kind: message, from: a, to: b}\n", 2000)
	_, diagnostics := model.ReadSystem(source.NewFile("fermata.yaml", []byte(text)))
	if n := len(diagnostics); n != 501 {
		t.Errorf("%d diagnostics", n)
	}
	if got, want := diagnostics[500].String(), "fermata.yaml:504:34: 1500 more mistakes from here on are not listed (mend the first ones and read again)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

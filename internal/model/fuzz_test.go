package model_test

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/model"
	"fermata/internal/source"
)

// FuzzRead reads anything: no panic, and what is kept is a valid system, alone, completed, and over another one.
func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*.yaml")
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	observed, _ := model.ReadSystem(source.NewFile("observed.yaml", []byte(`
elements:
  - {id: "app.py:planner", kind: agent, aliases: [planner]}
  - {id: "app.py:shell", kind: tool, aliases: [shell, sh], effects: {exec: yes}, controls: [sandbox]}
  - {id: "b.py:shell", kind: tool, aliases: [shell]}
flows:
  - {kind: tool-call, from: planner, to: sh}
boundaries:
  - {id: inside, members: [planner, sh]}
`)))
	f.Fuzz(func(t *testing.T, content []byte) {
		document, diagnostics := model.Read(source.NewFile("fermata.yaml", content))
		for _, d := range diagnostics {
			if d.Message == "" || d.Code == "" {
				t.Errorf("a diagnostic says nothing: %+v", d)
			}
		}
		for _, merge := range []func(*model.System, ...*model.Document) (*model.System, []source.Diagnostic){model.Merge, model.Assemble} {
			for _, base := range []*model.System{nil, observed} {
				system, _ := merge(base, document)
				if wrong := model.Validate(system); len(wrong) > 0 {
					t.Fatalf("not a valid system:\n%s", lines(wrong))
				}
			}
		}
	})
}

package model_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

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
	for _, name := range []string{"init", "write"} {
		content, err := os.ReadFile("testdata/" + name + ".golden")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) { mergeAnything(t, content) })
}

// mergeAnything reads a file and merges it in every way.
func mergeAnything(t interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, content []byte,
) {
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
				t.Fatalf("not a valid system:\n%s\n%s", lines(wrong), content)
			}
		}
	}
}

var observed = func() *model.System {
	s, _ := model.ReadSystem(source.NewFile("observed.yaml", []byte(`
elements:
  - {id: "app.py:planner", kind: agent, aliases: [planner, yes]}
  - {id: "app.py:shell", kind: tool, aliases: [shell, sh], effects: {exec: yes}, controls: [sandbox]}
  - {id: "b.py:shell", kind: tool, aliases: [shell]}
flows:
  - {kind: tool-call, from: planner, to: sh}
boundaries:
  - {id: inside, members: [planner, sh]}
`)))
	return s
}()

// TestReadMutated breaks files that are nearly right, which is where most mistakes are: words change places, lines go
// and come twice.
func TestReadMutated(t *testing.T) {
	words := regexp.MustCompile(`[A-Za-z0-9:@>.-]+|"(?:[^"\\]|\\.)*"`)
	init, err := os.ReadFile("testdata/init.golden")
	if err != nil {
		t.Fatal(err)
	}
	all := regexp.MustCompile(`(?m)^  # (- |  )`).ReplaceAllString(string(init), "  $1")
	rapid.Check(t, func(t *rapid.T) {
		text := all
		if rapid.Bool().Draw(t, "any") {
			text = write(t, anySystem(t)) + "\nremove: [planner]\nreplace: [{id: sh, kind: agent}]\nanswers: [{question: sh.effects.exec, answer: no}]\n"
		}
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			at := words.FindAllStringIndex(text, -1)
			to, from := rapid.SampledFrom(at).Draw(t, "to"), rapid.SampledFrom(at).Draw(t, "from")
			text = text[:to[0]] + text[from[0]:from[1]] + text[to[1]:]
			list := strings.SplitAfter(text, "\n")
			line := rapid.IntRange(0, len(list)-1).Draw(t, "line")
			if rapid.Bool().Draw(t, "twice") {
				list[line] += list[line]
			} else {
				list[line] = ""
			}
			text = strings.Join(list, "")
		}
		mergeAnything(t, []byte(text))
	})
}

package model_test

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/model"
	"fermata/internal/source"
)

func initial(t *testing.T, s *model.System, questions []model.Question) string {
	t.Helper()
	var b bytes.Buffer
	if err := model.Init(&b, s, questions); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var questions = []model.Question{
	{ID: "b.py:search.effects.net-read", Text: "can search fetch content from the network?", Values: []string{"yes", "no", "unknown"}},
	{ID: "tool-call:app.py:planner->app.py:shell.facts.content", Text: "what can planner put into shell: free text, typed values or references?", Values: []string{"free-text", "typed", "reference", "unknown"}},
	{ID: "app.py:shell.control.human-approval", Text: "is human-approval in place on shell?", Values: []string{"yes", "no"}},
	{ID: "assumed:host.facts.holds-secrets", Text: "does the process that runs the agents hold keys or tokens?"},
}

func TestInit(t *testing.T) {
	observed := observe(t, app)
	s, _ := model.Assemble(observed)
	text := initial(t, s, questions)
	golden(t, "init.golden", text)

	// As it is written it changes nothing.
	document, diagnostics := model.Read(source.NewFile("fermata.yaml", []byte(text)))
	got, more := model.Assemble(observed, document)
	if said := lines(append(diagnostics, more...)); said != "" {
		t.Errorf("the file has mistakes:\n%s", said)
	}
	if diff := cmp.Diff(s, got); diff != "" {
		t.Errorf("the file changes the system:\n%s", diff)
	}

	// Every example and every answer may be uncommented.
	text = regexp.MustCompile(`(?m)^  # (- |  )`).ReplaceAllString(text, "  $1")
	document, diagnostics = model.Read(source.NewFile("fermata.yaml", []byte(text)))
	got, more = model.Assemble(observed, document)
	if said := lines(append(diagnostics, more...)); said != "" {
		t.Errorf("uncommented, the file has mistakes:\n%s\n%s", said, text)
	}
	if len(document.Answers) != len(questions) || len(document.Remove) != 1 || got.Element("operator") == nil {
		t.Errorf("not everything was uncommented:\n%s", text)
	}
}

// TestInitOfNothing: the examples of an empty system name nothing that is there, but the file is still sound.
func TestInitOfNothing(t *testing.T) {
	text := initial(t, &model.System{}, nil)
	_, diagnostics := model.ReadSystem(source.NewFile("fermata.yaml", []byte(text)))
	if len(diagnostics) > 0 {
		t.Errorf("%s\n%s", lines(diagnostics), text)
	}
}

// TestInitOfHostileNames: what a scanned tree calls things cannot leave its comment.
func TestInitOfHostileNames(t *testing.T) {
	e := &model.Element{
		ID: "a\nremove: [everything]\n#", Kind: model.Tool, Name: "x\nremove: [y]", Layer: "L3", Scope: "main", Origin: model.Observed,
		Evidence: []model.Evidence{{File: "a\nflows: [z]\x1b[2J.py", Line: 1, Col: 1, Excerpt: "x"}},
	}
	s := &model.System{Name: "n\nname: m", Elements: []*model.Element{e}}
	text := initial(t, s, []model.Question{{ID: "q\n- x", Text: "does\nremove: [it] \x1b[31m?", Values: []string{"a\nb", "c\nd"}}})
	document, diagnostics := model.Read(source.NewFile("fermata.yaml", []byte(text)))
	if len(diagnostics) > 0 || len(document.Remove) > 0 || bytes.ContainsRune([]byte(text), 0x1b) {
		t.Errorf("%s\n%s", lines(diagnostics), text)
	}
}

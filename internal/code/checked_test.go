package code_test

import (
	"strings"
	"testing"

	"fermata/internal/code"
	"fermata/internal/source"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestChecks holds [code.Call.Given] to what checks before a call let through. Each file of the archives is a function
// called tool; the comment on its first line says what may reach the interpreter that it calls: letters, marks, both
// or nothing. The file "helpers" goes before each.
func TestChecks(t *testing.T) {
	for _, language := range []string{"py", "ts"} {
		archive, err := txtar.ParseFile("testdata/checks/" + language + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		helpers := ""
		for _, f := range archive.Files {
			if f.Name == "helpers" {
				helpers = string(f.Data)
				continue
			}
			first, body, _ := strings.Cut(string(f.Data), "\n")
			_, want, ok := strings.Cut(first, "want ")
			if !ok {
				t.Errorf("%s: no want", f.Name)
			}
			if got := given(t, "a."+language, helpers+body); got != want {
				t.Errorf("%s %s:\n%s\ngot %q, want %q", language, f.Name, body, got, want)
			}
		}
	}
}

// given tells what may reach the call of eval in the function tool.
func given(t *testing.T, path, text string) string {
	t.Helper()
	p := code.New([]string{path}, func(string) *source.File { return source.NewFile(path, []byte(text)) })
	r := p.Resolver(path)
	for _, d := range r.Tree().Diagnostics {
		t.Errorf("%s\n%v", text, d)
	}
	for _, def := range r.Functions() {
		if def.Last() != "tool" {
			continue
		}
		for _, c := range r.BodyOf(def).Calls {
			if !strings.HasSuffix(c.Callee.Name, "eval") && !strings.HasPrefix(c.Callee.Name, "subprocess") {
				continue
			}
			switch given := c.Given() & (code.Letters | code.Marks); {
			case !c.Driven:
				return "not driven"
			case given == code.Letters|code.Marks:
				return "letters and marks"
			case given == code.Letters:
				return "letters"
			case given == code.Marks:
				return "marks"
			}
			return "nothing"
		}
	}
	return "no call"
}

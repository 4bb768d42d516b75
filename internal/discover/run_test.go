package discover_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"

	"github.com/rogpeppe/go-internal/txtar"
)

// toy finds calls of toy.Agent, as little as an extractor can do.
var toy = &discover.Extractor{
	Name: "toy", Doc: "A framework for tests.", Match: discover.PythonCode, Imports: []string{"toy"},
	Run: func(p *discover.Pass) error {
		for _, v := range p.Code().Instances("toy.Agent") {
			name := v.Arg("name", 0).Str()
			switch name {
			case "panic":
				panic("as asked")
			case "error":
				return errors.New("refused")
			}
			ref := discover.Object(v)
			p.Element(model.Agent, ref, name, v.Call.Span())
			for _, m := range v.Arg("friends", -1).Members() {
				p.Flow(model.Handoff, ref, discover.Object(m), m.Node.Span())
			}
		}
		return nil
	},
}

// scan runs extractors on the files of an archive.
func scan(t *testing.T, archive string, extractors ...*discover.Extractor) *discover.Outcome {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := source.Open(dir, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	out, err := discover.Run(context.Background(), root, discover.Options{Extractors: extractors})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLedger(t *testing.T) {
	out := scan(t, `
-- app.py --
from toy import Agent
a = Agent("a")
-- uses.py --
from app import a
print(a)
-- uses_it.py --
import uses
-- plain.py --
import json, metagpt.roles
-- other.py --
from langroid import Task
-- data.bin --
zz
-- README.md --
toy
-- fermata.yaml --
elements: []
-- sub/fermata.decisions.yaml --
x: 1
`, toy)
	got := fmt.Sprintf("seen %d parsed %d passed %d skipped %d languages %v declared %v", out.Seen, out.Parsed, out.Passed, len(out.Skipped), out.Languages, out.Declared)
	want := "seen 9 parsed 3 passed 2 skipped 4 languages map[python:3] declared [fermata.yaml sub/fermata.decisions.yaml]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var names []string
	for _, u := range out.Unsupported {
		names = append(names, fmt.Sprintf("%s %s:%d:%d", u.Name, u.Evidence.File, u.Evidence.Line, u.Evidence.Col))
	}
	if got, want := strings.Join(names, "; "), "Langroid other.py:1:6; MetaGPT plain.py:1:14"; got != want {
		t.Errorf("unsupported: got %s, want %s", got, want)
	}
}

func TestFailures(t *testing.T) {
	out := scan(t, `
-- bad.py --
from toy import Agent
a = Agent("panic")
-- refused.py --
from toy import Agent
a = Agent("error")
-- fine.py --
from toy import Agent
a = Agent("fine")
-- broken.py --
from toy import Agent
a = Agent("still there")
def (
`, toy)
	if out.Failed != 2 || out.Extractors[0].Failed != 2 {
		t.Errorf("failed %d, stats %+v", out.Failed, out.Extractors)
	}
	var names []string
	for _, e := range out.System.Elements {
		names = append(names, e.Name)
	}
	if got := strings.Join(names, ", "); got != "still there, fine" {
		t.Errorf("found %s", got)
	}
	var codes []string
	for _, d := range out.Diagnostics {
		codes = append(codes, d.Code)
	}
	if got := strings.Join(codes, " "); !strings.Contains(got, "extractor-failed") || strings.Count(got, "extractor-failed") != 2 || len(codes) < 3 {
		t.Errorf("diagnostics: %s", got)
	}
}

func TestIdentity(t *testing.T) {
	out := scan(t, `
-- nb.ipynb --
{"cells": [{"cell_type": "code", "source": ["from toy import Agent\n", "agent = Agent('one')\n"]},
 {"cell_type": "code", "source": ["agent = Agent('two', friends=[agent])\n", "Agent('lone')\n", "Agent('lone')"]}], "nbformat": 4, "metadata": {}}
-- lib/make.py --
from toy import Agent
def make(name):
    return Agent(name)
-- app.py --
from lib.make import make
x = make("x")
y = make("y")
z = [make("p"), make("q")]
-- elsewhere.py --
from toy import Agent
from gone import nobody
b = Agent("b", friends=[nobody])
`, toy)
	var lines []string
	for _, e := range out.System.Elements {
		lines = append(lines, e.ID+" "+e.Name)
	}
	for _, f := range out.System.Flows {
		lines = append(lines, f.ID)
	}
	for _, g := range out.Unresolved {
		lines = append(lines, g.What+": "+g.Why)
	}
	want := `app.py:agent-p p
app.py:agent-q q
app.py:x x
app.py:y y
elsewhere.py:b b
nb.ipynb:agent one
nb.ipynb:agent-lone lone
nb.ipynb:agent-lone~2 lone
nb.ipynb:agent~two two
handoff:nb.ipynb:agent~two->nb.ipynb:agent
handoff flow: nothing describes an object made in elsewhere.py`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestTooMuchWork holds the resolver's bound of work to be told, with the place, by the extractor that asked.
func TestTooMuchWork(t *testing.T) {
	heavy := "from toy import Agent\ndef f0(x, y): return [x, y]\n"
	for i := 1; i < 8; i++ {
		heavy += fmt.Sprintf("def f%d(x, y): return f%d([x, 1], y) + f%d([y, 2], x) + f%d([x, 3], [y]) + f%d([x, 4], [y, y])\n", i, i-1, i-1, i-1, i-1)
	}
	out := scan(t, "-- heavy.py --\n"+heavy+"Agent('a', friends=f7(1, 2))\n-- light.py --\nfrom toy import Agent\nAgent('b')\n", toy)
	var cut []string
	for _, g := range out.Unresolved {
		if strings.Contains(g.Why, "too much work") {
			cut = append(cut, g.Evidence.File)
		}
	}
	if !slices.Equal(cut, []string{"heavy.py"}) {
		t.Errorf("told to be cut: %q", cut)
	}
}

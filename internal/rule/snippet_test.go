package rule

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"flag"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var (
	snippetsPython = flag.String("snippets.python", "", "interpreters with packages installed, a comma between, that TestSnippetsImport asks")
	snippetsNode   = flag.String("snippets.node", "", "a folder with a node_modules that TestSnippetsImport asks")
)

//go:embed testdata/imports.py
var importsPython string

// TestSnippetsImport holds the examples of patterns to the packages that they are for: what an example imports is there
// under that name, and what it calls by such a name takes the arguments by theirs. It runs nothing of an example. Of
// python3 and node, which a machine that builds this may lack, it asks about their own library; about packages it asks
// where it is told of an interpreter that has them, since what is installed elsewhere is nobody's promise.
//
//	go test ./internal/rule -run TestSnippetsImport -v -args -snippets.python=venv/bin/python -snippets.node=DIR
func TestSnippetsImport(t *testing.T) {
	_, patterns := shippedPatterns(t)
	python, node := map[string]string{}, map[string]string{}
	for _, p := range patterns {
		for i := range p.Build {
			s := &p.Build[i]
			switch name := p.Control + "/" + s.Framework; s.Language {
			case "python":
				python[name] = s.Code
			case "typescript":
				node[name] = s.Code
			}
		}
	}
	asks := func(language string, snippets map[string]string, commands []*exec.Cmd) {
		asked := 0
		for _, cmd := range commands {
			for name, a := range importAnswers(t, cmd, snippets) {
				asked += min(a.Asked, 1)
				for _, trouble := range a.Troubles {
					t.Errorf("%s: %s", name, trouble)
				}
			}
		}
		t.Logf("%d examples in %s of %d import something that is installed", asked, language, len(snippets))
		if len(commands) > 0 && asked == 0 {
			t.Errorf("nothing that the examples in %s import is installed there", language)
		}
	}
	asks("Python", python, pythonImports())
	asks("TypeScript", node, nodeImports(t))
}

// TestImportTroubles holds what asks the examples to answer what it must: a name that a module has not and an argument
// that a function does not take are told, and what is right is not.
func TestImportTroubles(t *testing.T) {
	for _, c := range []struct {
		language string
		commands []*exec.Cmd
		code     string
		want     []string
	}{
		{"python", pythonImports(), "import json\nfrom json import dumps, spill\n\njson.dump(1, fp=2)\njson.load(3, path=4)\n", []string{"line 2: json has no spill"}},
		{"python", pythonImports(), "from shutil import which\n\nwhich('a', path='b')\nwhich('a', folder='b')\n", []string{"line 4: which takes no folder"}},
		{"typescript", nodeImports(t), "import { spill, createHmac } from \"node:crypto\";\n", []string{"node:crypto has no spill"}},
	} {
		for _, cmd := range c.commands {
			if got := importAnswers(t, cmd, map[string]string{"a": c.code})["a"]; got.Asked == 0 || !slices.Equal(got.Troubles, c.want) {
				t.Errorf("%s: %q: %+v, want %q", c.language, c.code, got, c.want)
			}
		}
	}
}

// pythonImports are the commands that ask examples in Python.
func pythonImports() []*exec.Cmd {
	interpreters, packages := strings.Split(*snippetsPython, ","), "packages"
	if *snippetsPython == "" {
		interpreter, err := exec.LookPath("python3")
		if err != nil {
			return nil
		}
		interpreters, packages = []string{interpreter}, ""
	}
	var commands []*exec.Cmd
	for _, interpreter := range interpreters {
		commands = append(commands, exec.Command(interpreter, "-I", "-W", "ignore", "-c", importsPython, packages))
	}
	return commands
}

// nodeImports are the commands that ask examples in TypeScript.
func nodeImports(t *testing.T) []*exec.Cmd {
	node, err := exec.LookPath("node")
	if err != nil && *snippetsNode == "" {
		return nil
	}
	script, err := filepath.Abs(filepath.Join("testdata", "imports.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	return []*exec.Cmd{exec.Command(node, script, *snippetsNode)}
}

// importAnswer is what an interpreter says of one example: how many of its imports are installed, and what is wrong with
// them.
type importAnswer struct {
	Asked    int
	Troubles []string
}

// importAnswers asks an interpreter about examples, each by its name.
func importAnswers(t *testing.T, cmd *exec.Cmd, snippets map[string]string) map[string]importAnswer {
	t.Helper()
	input, err := json.Marshal(snippets)
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args[0], err, stderr.String())
	}
	var answers map[string]importAnswer
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatalf("%v: %v", cmd.Args[0], err)
	}
	for _, a := range answers {
		slices.Sort(a.Troubles)
	}
	return answers
}

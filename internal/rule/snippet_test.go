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

// TestSnippetsImport holds the examples of patterns to the packages that they are for, where these are installed: what an
// example imports is there under that name, and what it calls by such a name takes the arguments by theirs. It runs
// nothing of an example. Without interpreters it has nothing to ask, and says so.
//
//	go test ./internal/rule -run TestSnippetsImport -v -args -snippets.python=venv/bin/python -snippets.node=DIR
func TestSnippetsImport(t *testing.T) {
	if *snippetsPython == "" && *snippetsNode == "" {
		t.Skip("no -snippets.python and no -snippets.node: what is installed here is nobody's promise")
	}
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
	if *snippetsPython != "" {
		asked := map[string]bool{}
		for _, interpreter := range strings.Split(*snippetsPython, ",") {
			cmd := exec.Command(interpreter, "-I", "-W", "ignore", "-c", importsPython)
			importTroubles(t, cmd, python, asked)
		}
		t.Logf("%d of %d examples in Python import something that is installed", len(asked), len(python))
		if len(asked) == 0 {
			t.Error("nothing that the examples import is installed there")
		}
	}
	if *snippetsNode != "" {
		asked := map[string]bool{}
		script, err := filepath.Abs(filepath.Join("testdata", "imports.mjs"))
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("node", script, *snippetsNode)
		importTroubles(t, cmd, node, asked)
		t.Logf("%d of %d examples in TypeScript import something that is installed", len(asked), len(node))
		if len(asked) == 0 {
			t.Error("nothing that the examples import is installed there")
		}
	}
}

// importTroubles asks an interpreter about examples: of each it answers which of its imports are installed, and what is
// wrong with them.
func importTroubles(t *testing.T, cmd *exec.Cmd, snippets map[string]string, asked map[string]bool) {
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
	var answers map[string]struct {
		Asked    int
		Troubles []string
	}
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatalf("%v: %v", cmd.Args[0], err)
	}
	for name, a := range answers {
		if a.Asked > 0 {
			asked[name] = true
		}
		slices.Sort(a.Troubles)
		for _, trouble := range a.Troubles {
			t.Errorf("%s: %s", name, trouble)
		}
	}
}

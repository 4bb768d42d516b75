package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/ui/cli"
)

// pages are the documents whose examples are run.
var pages = []string{"README.md", "docs/guide.md", "docs/checklists.md", "docs/model.md", "docs/result.md", "docs/risk.md", "docs/simulate.md", "docs/testgen.md"}

// TestDocs runs what the documents show, so that they cannot rot. Each page starts in a fresh folder with a copy of
// examples/. In a block marked console a line that begins with "$ " is a command, and what follows is what it prints;
// "| head -N" cuts the output, and "[exit N]" is an exit code that is not 0; a command that fails (1, 2) fails
// the test, as its id or path went stale. A block marked "yaml file=NAME" is written
// to that file before what comes after it. -update writes what the commands print into the pages.
func TestDocs(t *testing.T) {
	repository, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		t.Run(page, func(t *testing.T) {
			name := filepath.Join(repository, page)
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS(filepath.Join(repository, "examples"))); err != nil {
				t.Fatal(err)
			}
			t.Chdir(dir)
			t.Setenv("COLUMNS", "100")
			got, err := replay(string(content))
			if err != nil {
				t.Fatal(err)
			}
			if got == string(content) {
				return
			}
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("it shows what is no longer so; go test ./cmd/fermata -run TestDocs -update writes it anew (-page +now):\n%s", cmp.Diff(string(content), got))
		})
	}
}

// replay runs the examples of a page and gives the page as it should be.
func replay(page string) (string, error) {
	var out strings.Builder
	var file string       // of a block that is written to a file
	var body bytes.Buffer // its content
	block := ""           // "", "console", "file" or "other"
	for _, line := range strings.SplitAfter(page, "\n") {
		text := strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(text, "```") && block == "":
			info := strings.Fields(strings.TrimPrefix(text, "```"))
			block = "other"
			if len(info) > 0 && info[0] == "console" {
				block = "console"
			}
			if len(info) > 1 && strings.HasPrefix(info[1], "file=") {
				block, file = "file", strings.TrimPrefix(info[1], "file=")
			}
			out.WriteString(line)
		case text == "```":
			if block == "file" {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					return "", err
				}
				if err := os.WriteFile(file, body.Bytes(), 0o644); err != nil {
					return "", err
				}
				body.Reset()
			}
			block = ""
			out.WriteString(line)
		case block == "console":
			if command, ok := strings.CutPrefix(text, "$ "); ok {
				printed, err := perform(command)
				if err != nil {
					return "", err
				}
				out.WriteString(line + printed)
			}
		default:
			if block == "file" {
				body.WriteString(line)
			}
			out.WriteString(line)
		}
	}
	return out.String(), nil
}

// perform runs one command line of a page.
func perform(command string) (string, error) {
	line, cut, _ := strings.Cut(command, " | ")
	most := -1
	if cut != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(cut, "head -"))
		if err != nil {
			return "", fmt.Errorf("%q: only head -N may stand behind a pipe", command)
		}
		most = n
	}
	args := split(line)
	if len(args) == 0 || args[0] != "fermata" {
		return "", fmt.Errorf("%q: only fermata is run", command)
	}
	var printed bytes.Buffer
	code := cli.Main(args[1:], &printed, &printed)
	lines := strings.SplitAfter(printed.String(), "\n")
	if most >= 0 && most < len(lines) {
		lines = lines[:most]
	}
	out := strings.Join(lines, "")
	if out != "" && !strings.HasSuffix(out, "\n") {
		out += "\n"
	}
	if code == 1 || code == 2 {
		return "", fmt.Errorf("%s: a page shows what works, and this ends with %d:\n%s", command, code, out)
	}
	if code != 0 {
		out += fmt.Sprintf("[exit %d]\n", code)
	}
	return out, nil
}

// split takes a command line apart at blanks outside single quotes.
func split(line string) []string {
	var out []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 0 {
			out = append(out, strings.Fields(part)...)
		} else {
			out = append(out, part)
		}
	}
	return out
}

// TestResultPage holds that the page about results names every key of the document and of a finding.
func TestResultPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/result.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []reflect.Type{reflect.TypeFor[result.Result](), reflect.TypeFor[result.Finding](), reflect.TypeFor[model.System]()} {
		for i := range of.NumField() {
			key, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			if key != "-" && !strings.Contains(string(page), "`"+key+"`") && !(of == reflect.TypeFor[model.System]() && key == "name") {
				t.Errorf("%s.%s is not in docs/result.md", of.Name(), key)
			}
		}
	}
}

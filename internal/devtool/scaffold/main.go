// Command scaffold writes the folder of a new rule, extractor or report format, so that adding one begins with
// something that compiles and a test that fails until it is filled in. It never writes over a file.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"fermata/internal/rule"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "scaffold:", err)
		os.Exit(1)
	}
}

const usage = "say: rule LAYER ID, extractor ID, or format ID (make new-rule LAYER=l3-agent-frameworks ID=my-rule)"

var (
	kebab       = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	packageName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
)

func run(args []string) error {
	var files map[string][]byte
	var folder, base string // base: where the names of the files begin
	switch {
	case len(args) == 3 && args[0] == "rule":
		if !kebab.MatchString(args[2]) {
			return fmt.Errorf("%q is not an id: lower-case words joined by hyphens", args[2])
		}
		if info, err := os.Stat(filepath.Join("rules", args[1])); err != nil || !info.IsDir() {
			return fmt.Errorf("rules/%s is not a layer folder: %s", args[1], strings.Join(layers(), ", "))
		}
		folder = filepath.Join("rules", args[1], args[2])
		base = "rules"
		var err error
		if files, err = rule.Scaffold(args[1], args[2]); err != nil {
			return err
		}
	case len(args) == 2 && (args[0] == "extractor" || args[0] == "format"):
		if !packageName.MatchString(args[1]) {
			return fmt.Errorf("%q is not a package name: lower-case letters and digits", args[1])
		}
		if args[0] == "extractor" {
			folder, files = filepath.Join("internal/discover", args[1]), extractor(args[1])
		} else {
			folder, files = filepath.Join("internal/report", args[1]), format(args[1])
		}
	default:
		return fmt.Errorf("%s", usage)
	}
	if base == "" {
		base = folder
	}
	if _, err := os.Stat(folder); err == nil {
		return fmt.Errorf("%s is there already", folder)
	}
	var names []string
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		path := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
		fmt.Println("wrote", path)
	}
	fmt.Println("fill it in, then make gen and go test ./...")
	return nil
}

func layers() []string {
	entries, err := os.ReadDir("rules")
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, e.Name())
		}
	}
	return out
}

func extractor(id string) map[string][]byte {
	return map[string][]byte{
		id + ".go": []byte(`// Package ` + id + ` reads what ` + id + ` says about agents, tools and flows.
package ` + id + `

import (
	"fermata/internal/discover"
	"fermata/internal/model"
)

// Extractor describes the framework.
var Extractor = &discover.Extractor{
	Name:    "` + id + `",
	Doc:     "Agents and tools of ` + id + `.",
	Match:   discover.PythonCode,
	Imports: []string{"` + id + `"},
	Run:     run,
}

func run(p *discover.Pass) error {
	for _, v := range p.Code().Instances("` + id + `.Agent") {
		p.Element(model.Agent, discover.Object(v), p.Title(v, v.Arg("name", 0)), v.Call.Span())
	}
	return nil
}
`),
		id + "_test.go": []byte(`package ` + id + `

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

func TestFixtures(t *testing.T) { discovertest.Run(t, Extractor) }
`),
		"testdata/first.txtar": []byte("-- app.py --\nfrom " + id + " import Agent\n\nplanner = Agent()\n-- want.model.yaml --\nelements: []\n"),
	}
}

func format(id string) map[string][]byte {
	return map[string][]byte{
		id + ".go": []byte(`// Package ` + id + ` prints a result as ` + id + `.
package ` + id + `

import (
	"fmt"
	"io"

	"fermata/internal/report"
	"fermata/internal/result"
)

// Format is ` + id + `.
var Format = report.Format{
	Name: "` + id + `", Doc: "` + id + `", MediaType: "text/plain", Extensions: []string{".` + id + `"}, Write: Write,
}

// Write prints the result.
func Write(w io.Writer, r *result.Result, _ report.Options) error {
	_, err := fmt.Fprintln(w, r.System.Name)
	return err
}
`),
		id + "_test.go": []byte(`package ` + id + `

import (
	"testing"

	"fermata/internal/report/reporttest"
)

func TestGolden(t *testing.T) { reporttest.Run(t, Format) }
`),
	}
}

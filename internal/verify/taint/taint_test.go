package taint

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"fermata/internal/code"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// TestTables holds that the tables that ship can be read.
func TestTables(t *testing.T) {
	all, err := tables()
	if err != nil {
		t.Fatal(err)
	}
	for language, table := range all {
		if len(table.sinks.byLast) == 0 || len(table.sources.byLast) == 0 {
			t.Errorf("%s has no sinks or sources", language)
		}
	}
}

// TestFlows walks the files of each archive. A comment "want KIND SOURCE" stands on the line of a sink that a value of
// that kind of source reaches; "maybe KIND" on one of which that is in doubt. Nothing else may be found.
func TestFlows(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]*source.File{}
			var paths []string
			var want []string
			for _, f := range txtar.Parse(data).Files {
				files[f.Name] = source.NewFile(f.Name, f.Data)
				paths = append(paths, f.Name)
				for i, line := range strings.Split(string(f.Data), "\n") {
					for _, word := range []string{"want ", "maybe "} {
						if _, after, ok := strings.Cut(line, "# "+word); ok {
							for _, one := range strings.Split(after, ",") {
								want = append(want, fmt.Sprintf("%s:%d %s%s", f.Name, i+1, word, strings.TrimSpace(one)))
							}
						}
						if _, after, ok := strings.Cut(line, "// "+word); ok {
							for _, one := range strings.Split(after, ",") {
								want = append(want, fmt.Sprintf("%s:%d %s%s", f.Name, i+1, word, strings.TrimSpace(one)))
							}
						}
					}
				}
			}
			for _, order := range [][]string{paths, reversed(paths)} {
				got := walkAll(order, files)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					for _, line := range got {
						if !slices.Contains(want, line) {
							t.Errorf("unexpected: %s", line)
						}
					}
					for _, line := range want {
						if !slices.Contains(got, line) {
							t.Errorf("missing: %s", line)
						}
					}
				}
			}
		})
	}
}

func reversed(list []string) []string {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}

// everyTree reads the archives here, the fixtures of all rules and of what is discovered, and the examples.
func everyTree(t *testing.T) map[string]map[string]*source.File {
	t.Helper()
	trees := map[string]map[string]*source.File{}
	for _, pattern := range []string{"testdata/*.txtar", "../../../rules/*/*/rule_test.txtar", "../../discover/*/testdata/*.txtar"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no archives: %v", pattern, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			trees[name] = map[string]*source.File{}
			for _, f := range txtar.Parse(data).Files {
				trees[name][f.Name] = source.NewFile(f.Name, f.Data)
			}
		}
	}
	root := os.DirFS("../../../examples")
	trees["examples"] = map[string]*source.File{}
	if err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || syntax.LanguageOf(path) == "" {
			return err
		}
		data, err := fs.ReadFile(root, path)
		trees["examples"][path] = source.NewFile(path, data)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return trees
}

// TestIdle holds that passing over idle functions changes no flow: every tree is gone through both ways.
func TestIdle(t *testing.T) {
	trees := everyTree(t)
	flows, passed := 0, 0
	for name, files := range trees {
		paths := slices.Sorted(maps.Keys(files))
		short, all := NewMemory(nil), NewMemory(nil)
		all.every = true
		got, want := walkWith(short, paths, files), walkWith(all, paths, files)
		if !slices.Equal(got, want) {
			t.Errorf("%s: with the shortcut\n%s\nwithout it\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		flows += len(want)
		passed += int(short.passed.Load())
		if n := all.passed.Load(); n > 0 {
			t.Errorf("%s: %d functions were passed over although all were wanted", name, n)
		}
	}
	if flows < 90 || passed < 250 {
		t.Errorf("%d flows and %d functions passed over: too few to show anything", flows, passed)
	}
}

// TestQuiet holds that nothing flows from a quiet file, whoever owns the functions of all others.
func TestQuiet(t *testing.T) {
	quiet, loud := 0, 0
	for name, files := range everyTree(t) {
		paths := slices.Sorted(maps.Keys(files))
		program := code.New(paths, func(path string) *source.File { return files[path] })
		shared := NewMemory(nil)
		for _, path := range paths {
			r := program.Resolver(path)
			if r == nil {
				continue
			}
			if !shared.Quiet(r) {
				loud++
				continue
			}
			quiet++
			memory := NewMemory(func(other string, _ syntax.Node) (kind, element string, ok bool) {
				return "tool", "tool", other != path
			})
			memory.every = true
			if out := memory.Walk(program.Resolver(path)); len(out.Flows) > 0 {
				at := out.Flows[0].Source.At
				t.Errorf("%s: %s is quiet, and something flows from its line %d", name, path, at.File.Position(int(at.Start)).Line)
			}
		}
	}
	if quiet < 250 || loud < 250 {
		t.Errorf("%d files are quiet and %d are not: too few to show anything", quiet, loud)
	}
}

// walkAll gives the flows of some files, one line each.
func walkAll(paths []string, files map[string]*source.File) []string {
	return walkWith(NewMemory(nil), paths, files)
}

func walkWith(memory *Memory, paths []string, files map[string]*source.File) []string {
	program := code.New(paths, func(path string) *source.File { return files[path] })
	var outcomes []*Outcome
	for _, path := range paths {
		if r := program.Resolver(path); r != nil {
			outcomes = append(outcomes, memory.Walk(r))
		}
	}
	var got []string
	for _, f := range Merge(outcomes...) {
		at := f.Path[len(f.Path)-1].At
		word := "want"
		if f.Doubt {
			word = "maybe"
		}
		got = append(got, fmt.Sprintf("%s:%d %s %s %s", f.File, at.File.Position(int(at.Start)).Line, word, f.Kind, f.Source.Kind))
	}
	slices.Sort(got)
	return slices.Compact(got)
}

// FuzzWalk holds that no file makes a walk fail.
func FuzzWalk(f *testing.F) {
	f.Add("a.py", "@tool\ndef f(x):\n    os.system(x)\n")
	f.Add("a.ts", "server.tool('x', async ({a}) => { exec(a) })")
	f.Add("a.go", "package a\nfunc f() { exec.Command(x) }")
	f.Fuzz(func(t *testing.T, name, content string) {
		if syntax.LanguageOf(name) == "" || len(content) > 4096 {
			return
		}
		file := source.NewFile(name, []byte(content))
		walkAll([]string{name}, map[string]*source.File{name: file})
	})
}

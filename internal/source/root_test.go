package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree writes files under a new folder; a name that ends in a slash is a folder, "a -> b" a link.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		case strings.HasPrefix(content, "-> "):
			err = os.Symlink(strings.TrimPrefix(content, "-> "), path)
		default:
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// list gives one line for each entry and skip.
func list(t *testing.T, dir string, options Options) (entries, skips []string) {
	t.Helper()
	root, err := Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	found, passed, err := root.List(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range found {
		entries = append(entries, e.Path)
	}
	for _, s := range passed {
		line := s.Path + " " + string(s.Reason)
		if s.Detail != "" {
			line += ": " + s.Detail
		}
		if s.Files > 0 {
			line += fmt.Sprintf(" (%d)", s.Files)
		}
		skips = append(skips, line)
	}
	return entries, skips
}

func TestList(t *testing.T) {
	dir := tree(t, map[string]string{
		"agent.py": "x", "a/z.py": "x", "a-b/y.py": "x", "a.py": "x",
		".gitignore": "*.log\n/out/\n!/keep.log\n[bad\n", "x.log": "x", "keep.log": "x", "out/a.py": "x", "a/out/b.py": "x",
		"a/.gitignore": "!x.log\n", "a/x.log": "x",
		".git/config": "x", "sub/.git": "gitdir: elsewhere",
		"node_modules/p/index.js": "x", "node_modules/q.js": "x", "myenv/pyvenv.cfg": "x", "myenv/lib/a.py": "x",
		"big.json": strings.Repeat("x", 200), "loop": "-> .", "a/up": "-> ../..", "dead": "-> nothing", "same.py": "-> agent.py",
		"a/folder": "-> ../a-b", "empty/": "", "very/deep/down/f.py": "x",
	})
	entries, skips := list(t, dir, Options{Limits: Limits{FileSize: 100, Depth: 2}})
	wantEntries := []string{".gitignore", "a-b/y.py", "a.py", "a/.gitignore", "a/out/b.py", "a/x.log", "a/z.py", "agent.py", "keep.log"}
	if diff := cmp.Diff(wantEntries, entries); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	wantSkips := []string{
		".git/ metadata", ".gitignore bad-pattern: [bad", "a/folder link: names a folder inside, which is read under its own name",
		"a/up link: leads out of the scanned folder, or in a circle", "big.json too-large: 200 bytes, the limit is 100 bytes",
		"dead link: names nothing", "loop link: names a folder inside, which is read under its own name", "myenv/ vendored (2)",
		"node_modules/ vendored (2)", "out/ ignored", "same.py link: names a file inside, which is read under its own name",
		"sub/.git metadata", "very/deep/down/ too-deep: 2 folders deep", "x.log ignored",
	}
	if diff := cmp.Diff(wantSkips, skips); diff != "" {
		t.Errorf("skips (-want +got):\n%s", diff)
	}
}

func TestListOptions(t *testing.T) {
	dir := tree(t, map[string]string{
		"a.py": "x", "b.ts": "x", "src/c.py": "x", "src/gen/d.py": "x", ".gitignore": "a.py", "node_modules/e.py": "x", "p.png": "x",
	})
	for _, c := range []struct {
		name           string
		options        Options
		entries, skips []string
	}{
		{
			"include",
			Options{Include: []string{"src/**", "*.ts"}},
			[]string{"b.ts", "src/c.py", "src/gen/d.py"},
			[]string{".gitignore excluded", "a.py excluded", "node_modules/ vendored (1)", "p.png excluded"},
		},
		{
			"exclude",
			Options{Exclude: []string{"gen", "*.{ts,png}"}, NoGitignore: true},
			[]string{".gitignore", "a.py", "src/c.py"},
			[]string{"b.ts excluded", "node_modules/ vendored (1)", "p.png excluded", "src/gen/ excluded"},
		},
		{
			"want",
			Options{Want: func(p string) bool { return strings.HasSuffix(p, ".py") }, Vendored: true},
			[]string{"node_modules/e.py", "src/c.py", "src/gen/d.py"},
			[]string{".gitignore no-reader", "a.py ignored", "b.ts no-reader", "p.png no-reader"},
		},
		{
			"files",
			Options{Limits: Limits{Files: 2}},
			[]string{".gitignore", "b.ts"},
			[]string{
				"a.py ignored", "node_modules/ vendored (1)", "p.png too-many: the limits are 2 files and 2048 MiB",
				"src/ too-many: the limits are 2 files and 2048 MiB",
			},
		},
		{
			"bytes",
			Options{Limits: Limits{Bytes: 5}}, // .gitignore has four, b.ts one
			[]string{".gitignore", "b.ts"},
			[]string{
				"a.py ignored", "node_modules/ vendored (1)", "p.png too-many: the limits are 200000 files and 5 bytes",
				"src/ too-many: the limits are 200000 files and 5 bytes",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			entries, skips := list(t, dir, c.options)
			if diff := cmp.Diff(c.entries, entries); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.skips, skips); diff != "" {
				t.Errorf("skips (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	dir := tree(t, map[string]string{"a/agent.py": "x = 1\n", "link": "-> a"})
	entries, skips := list(t, filepath.Join(dir, "a", "agent.py"), Options{})
	if diff := cmp.Diff([]string{"agent.py"}, entries); diff != "" || skips != nil {
		t.Errorf("a single file: %s %v", diff, skips)
	}
	entries, _ = list(t, filepath.Join(dir, "link"), Options{})
	if diff := cmp.Diff([]string{"agent.py"}, entries); diff != "" {
		t.Errorf("a root that is a link: %s", diff)
	}
	_, skips = list(t, filepath.Join(dir, "a", "agent.py"), Options{Limits: Limits{FileSize: 2}})
	if len(skips) != 1 || !strings.Contains(skips[0], "too-large") {
		t.Errorf("a single large file: %v", skips)
	}
	if _, err := Open(filepath.Join(dir, "none"), Options{}); !errors.Is(err, os.ErrNotExist) || strings.Count(err.Error(), "none") != 1 {
		t.Errorf("a root that is not there: %v", err)
	}
	if _, err := Open(dir, Options{Include: []string{"[a"}}); err == nil || !strings.Contains(err.Error(), `include: glob "[a"`) {
		t.Errorf("a bad glob: %v", err)
	}
}

func TestRead(t *testing.T) {
	dir := tree(t, map[string]string{
		"a.py": "one\ntwo\nthree", "empty.py": "", "bin.py": "a\x00b", "late.py": strings.Repeat("x", binaryWindow) + "\x00",
		"utf16.py": "\xff\xfea\x00", "latin.py": "caf\xe9", "big.py": strings.Repeat("y", 20_000), "link.py": "-> a.py", "sub/": "",
	})
	root, err := Open(dir, Options{Limits: Limits{FileSize: 10_000}})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for path, want := range map[string]Reason{
		"a.py": "", "empty.py": "", "bin.py": Binary, "late.py": "", "utf16.py": "", "latin.py": "", "big.py": TooLarge,
		"none.py": Gone, "../a.py": Unreadable, "link.py": "", "..": Unreadable, "sub": Special,
	} {
		file, skip := root.Read(Entry{Path: path})
		switch {
		case (file == nil) == (skip == nil):
			t.Errorf("%s: file %v, skip %v", path, file, skip)
		case skip != nil && skip.Reason != want:
			t.Errorf("%s: %v, want %q", path, skip, want)
		case file != nil && want != "":
			t.Errorf("%s was read, want %q", path, want)
		case file != nil && file.ValidUTF8() != (path != "latin.py" && path != "utf16.py"):
			t.Errorf("%s: ValidUTF8 is %v", path, file.ValidUTF8())
		}
	}
	file, _ := root.Read(Entry{Path: "a.py"})
	if got := file.Position(len("one\ntwo\nth")); got != (Position{Line: 3, Col: 3}) {
		t.Errorf("position: %v", got)
	}
}

// TestUnreadable needs an operating system that refuses; it lets the superuser read everything, and then all is read.
func TestUnreadable(t *testing.T) {
	dir := tree(t, map[string]string{"closed/a.py": "x", "shut.py": "x", "open.py": "x"})
	for _, name := range []string{"closed", "shut.py"} {
		if err := os.Chmod(filepath.Join(dir, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "closed"), 0o755) })
	_, refused := os.ReadDir(filepath.Join(dir, "closed"))
	entries, skips := list(t, dir, Options{})
	wantEntries, wantSkips := []string{"open.py", "shut.py"}, []string{"closed/ unreadable: permission denied"}
	if refused == nil {
		wantEntries, wantSkips = []string{"closed/a.py", "open.py", "shut.py"}, nil
	}
	if diff := cmp.Diff(wantEntries, entries); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantSkips, skips); diff != "" {
		t.Errorf("skips (-want +got):\n%s", diff)
	}
	root, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if _, skip := root.Read(Entry{Path: "shut.py"}); refused != nil && (skip == nil || skip.Reason != Unreadable) {
		t.Errorf("a file that may not be read: %v", skip)
	}
}

func TestListCancelled(t *testing.T) {
	root, err := Open(tree(t, map[string]string{"a/b.py": "x"}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := root.List(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkListAndRead(b *testing.B) {
	dir := b.TempDir()
	content := []byte(strings.Repeat("some line of source\n", 100))
	for i := range 2000 {
		folder := filepath.Join(dir, fmt.Sprintf("d%d/e%d", i%10, i%40))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("f%d.py", i)), content, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(2000 * int64(len(content)))
	for b.Loop() {
		root, err := Open(dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		entries, _, err := root.List(context.Background())
		if err != nil || len(entries) != 2000 {
			b.Fatal(len(entries), err)
		}
		for _, e := range entries {
			if _, skip := root.Read(e); skip != nil {
				b.Fatal(skip)
			}
		}
		root.Close()
	}
}

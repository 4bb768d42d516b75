package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"fermata/internal/ui/cli"
)

var update = flag.Bool("update", false, "write what commands print into the scripts")

// programs are what scripts may exec: this very binary, started under another name.
var programs = map[string]func(){"fermata": fermata}

func fermata() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }

func TestMain(m *testing.M) { testscript.Main(m, programs) }

// TestScripts runs testdata/script, the specification of the command line: each file says in its first lines what it
// is about. Scripts say the exit code that they want ("exits 3 fermata scan …"), so that a failure of one kind is not
// taken for another.
func TestScripts(t *testing.T) {
	repository, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update, RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", filepath.Join(repository, "examples"))
			env.Setenv("REPOSITORY", repository)
			// A script may run the program as a user without rights; the folders above its files must let it through.
			for _, dir := range []string{filepath.Dir(env.WorkDir), env.WorkDir} {
				if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // files of a test, for another user to read
					return err
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "sparse": sparse, "manyfiles": manyFiles, "pipe": pipe, "same": same, "latin1": latin1,
		},
	})
}

// exits CODE PROGRAM ARGS… runs a program that must end with this very code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("run %s: %v", args[1], err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("it ended with %d, not %d", code, want)
	}
}

// sparse FILE MEGABYTES makes a large file that takes no room.
func sparse(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sparse FILE MEGABYTES")
	}
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_CREATE|os.O_WRONLY, 0o644)
	ts.Check(err)
	ts.Check(f.Truncate(size << 20))
	ts.Check(f.Close())
}

// manyfiles FOLDER COUNT makes small Python files, a thousand to a folder. They are names of one file where the system
// allows that, which is ten times as fast.
func manyFiles(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: manyfiles FOLDER COUNT")
	}
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	content := []byte("x = 1\n")
	first, dir := ts.MkAbs("first.py"), ""
	ts.Check(os.WriteFile(first, content, 0o644))
	for i := range count {
		if i%1000 == 0 {
			dir = filepath.Join(ts.MkAbs(args[0]), fmt.Sprintf("d%03d", i/1000))
			ts.Check(os.MkdirAll(dir, 0o755))
		}
		name := filepath.Join(dir, fmt.Sprintf("m%03d.py", i%1000))
		if os.Link(first, name) != nil {
			ts.Check(os.WriteFile(name, content, 0o644))
		}
	}
}

// latin1 FILE takes a UTF-8 file of the script to one byte per character, as old editors write them.
func latin1(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: latin1 FILE")
	}
	var out []byte
	for _, r := range ts.ReadFile(args[0]) {
		out = append(out, byte(r))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out, 0o644))
}

// same FILE… wants files with the same bytes.
func same(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: same FILE FILE…")
	}
	first := ts.ReadFile(args[0])
	if first == "" {
		ts.Fatalf("%s is empty", args[0])
	}
	for _, name := range args[1:] {
		if ts.ReadFile(name) != first {
			ts.Fatalf("%s differs from %s", name, args[0])
		}
	}
}

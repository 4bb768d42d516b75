package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fermata/internal/ui/cli"
)

// python is a Python that has pytest; "" when there is none.
func python() string {
	for _, name := range []string{"python3", "/usr/bin/python3", "python"} {
		if exec.Command(name, "-m", "pytest", "--version").Run() == nil {
			return name
		}
	}
	return ""
}

// clerk is one of the two example agents, with what becomes of its tests.
type clerk struct {
	name           string
	passed, failed int
}

var clerks = []clerk{{name: "errand", passed: 16}, {name: "errand-faulty", passed: 1, failed: 15}}

func answerOf(t *testing.T, args ...string) string {
	t.Helper()
	var out, trouble bytes.Buffer
	if code := cli.Main(args, &out, &trouble); code != 0 {
		t.Fatalf("fermata %s: exit %d\n%s", strings.Join(args, " "), code, trouble.String())
	}
	return out.String()
}

// summary is the first line of what fermata makes of a report.
func summary(t *testing.T, report, tree string) string {
	t.Helper()
	first, _, _ := strings.Cut(answerOf(t, "testgen", "--results", report, tree, "-q"), "\n")
	return first
}

// TestGeneratedPytest runs what is written for pytest on both clerks: all is well with the sound one, and each fault of
// the other is found by a test of its own.
func TestGeneratedPytest(t *testing.T) {
	name := python()
	if name == "" {
		t.Skip("no pytest on this machine: the tests that are written for it were not run")
	}
	for _, c := range clerks {
		t.Run(c.name, func(t *testing.T) {
			tree, dir := filepath.Join("../../examples", c.name), t.TempDir()
			answerOf(t, "testgen", "--for", "pytest", "-o", dir, tree, "-q")
			report := filepath.Join(dir, "junit.xml")
			out, err := exec.Command(name, "-m", "pytest", "-q", "-p", "no:cacheprovider", dir, "--junitxml="+report).CombinedOutput() //nolint:gosec // a program of this machine
			if (err != nil) != (c.failed > 0) {
				t.Fatalf("%v\n%s", err, out)
			}
			want := counts(c.passed, c.failed)
			if got := summary(t, report, tree); got != want {
				t.Errorf("%s, want %s\n%s", got, want, out)
			}
		})
	}
}

func counts(passed, failed int) string {
	return fmt.Sprintf("%d tests: %d passed, %d failed, 0 broke off, 0 skipped", passed+failed, passed, failed)
}

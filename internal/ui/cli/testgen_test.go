package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// clerk is one of the two example agents, with what becomes of its tests: by runner, how many pass and how many fail.
type clerk struct {
	name           string
	passed, failed map[string]int
}

var clerks = []clerk{
	{name: "errand", passed: map[string]int{"pytest": 16, "vitest": 15, "go": 15}, failed: map[string]int{}},
	{name: "errand-faulty", passed: map[string]int{"pytest": 1}, failed: map[string]int{"pytest": 15, "vitest": 15, "go": 15}},
}

// checkClerks writes the tests of both clerks, runs them, and reads the results back: all is well with the sound one, and each
// fault of the other is found by a test of its own.
func checkClerks(t *testing.T, runner string, run func(dir, tree, report string) ([]byte, error)) {
	for _, c := range clerks {
		t.Run(c.name, func(t *testing.T) {
			tree, err := filepath.Abs(filepath.Join("../../../examples", c.name))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			said(t, "testgen", "--for", runner, "-o", dir, tree, "-q")
			report := filepath.Join(dir, "report")
			out, err := run(dir, tree, report)
			passed, failed := c.passed[runner], c.failed[runner]
			if (err != nil) != (failed > 0) {
				t.Fatalf("%v\n%s", err, out)
			}
			first, _, _ := strings.Cut(said(t, "testgen", "--results", report, tree, "-q"), "\n")
			want := fmt.Sprintf("%d tests: %d passed, %d failed, 0 broke off, 0 skipped", passed+failed, passed, failed)
			if first != want {
				t.Errorf("%s, want %s\n%s", first, want, out)
			}
		})
	}
}

func said(t *testing.T, args ...string) string {
	t.Helper()
	var out, trouble bytes.Buffer
	if code := Main(args, &out, &trouble); code != 0 {
		t.Fatalf("fermata %s: exit %d\n%s", strings.Join(args, " "), code, trouble.String())
	}
	return out.String()
}

func TestGeneratedPytest(t *testing.T) {
	python := ""
	for _, name := range []string{"python3", "/usr/bin/python3", "python"} {
		if exec.Command(name, "-m", "pytest", "--version").Run() == nil { //nolint:gosec // names of programs
			python = name
			break
		}
	}
	if python == "" {
		t.Skip("no pytest on this machine: the tests that are written for it were not run")
	}
	checkClerks(t, "pytest", func(dir, _, report string) ([]byte, error) {
		return exec.Command(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", dir, "--junitxml="+report).CombinedOutput() //nolint:gosec // a program of this machine
	})
}

// TestGeneratedVitest needs vitest, which comes by npm only: VITEST names the program.
func TestGeneratedVitest(t *testing.T) {
	vitest := os.Getenv("VITEST")
	if vitest == "" {
		t.Skip("VITEST names no vitest: the tests that are written for it were not run")
	}
	checkClerks(t, "vitest", func(dir, _, report string) ([]byte, error) {
		return exec.Command(vitest, "run", "--config", filepath.Join(dir, "vitest.config.mjs"), "--reporter=junit", "--outputFile="+report).CombinedOutput() //nolint:gosec // the program that the user names
	})
}

func TestGeneratedGo(t *testing.T) {
	checkClerks(t, "go", func(dir, tree, report string) ([]byte, error) {
		cmd := exec.Command("go", "test", "-json", "-overlay", filepath.Join(dir, "go", "overlay.json"), "./...") //nolint:gosec // names of files
		cmd.Dir = filepath.Join(tree, "go")
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off")
		out, err := cmd.Output()
		if writing := os.WriteFile(report, out, 0o600); writing != nil {
			t.Fatal(writing)
		}
		return out, err
	})
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// copyOf copies what a new extractor or format stands on, and the rules' folders, so that the commands write into a
// place of their own.
func copyOf(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	for _, part := range []string{
		"go.mod", "go.sum", "rules", "schema",
		"internal/source", "internal/syntax", "internal/code", "internal/model", "internal/result",
		"internal/discover", "internal/report",
	} {
		if err := copyTree(filepath.Join(root, part), filepath.Join(dir, part)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// copyTree copies a file, or a folder without the fixtures in it: they are most of the bytes.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "testdata" && !strings.Contains(filepath.ToSlash(path), "internal/report/testdata") {
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	})
}

// goTool runs the go command in the copy.
func goTool(dir string, args ...string) (string, error) {
	command := exec.Command("go", args...)
	command.Dir = dir
	out, err := command.CombinedOutput()
	return string(out), err
}

// TestCommands runs what make new-rule, new-extractor and new-format run, in a copy of the repository: what they write
// compiles, its tests fail while nobody has filled them in, and pass once somebody has.
func TestCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles new packages")
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := copyOf(t, root)
	t.Chdir(dir)
	for _, args := range [][]string{{"extractor", "trialframework"}, {"format", "trialformat"}, {"rule", "l3-agent-frameworks", "trial-rule"}, {"rule", "code", "trial-check"}} {
		if err := run(args); err != nil {
			t.Fatal(err)
		}
		if err := run(args); err == nil || !strings.Contains(err.Error(), "there already") {
			t.Errorf("%v a second time: %v", args, err)
		}
	}
	for _, name := range []string{
		"rules/l3-agent-frameworks/trial-rule/rule.yaml", "rules/l3-agent-frameworks/trial-rule/rule_test.txtar",
		"rules/code/trial-check/rule.yaml", "rules/code/trial-check/rule_test.txtar",
		"internal/discover/trialframework/testdata/first.txtar",
	} {
		if info, err := os.Stat(name); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	both := []string{"./internal/discover/trialframework", "./internal/report/trialformat"}
	if out, err := goTool(dir, append([]string{"vet"}, both...)...); err != nil {
		t.Fatalf("vet: %v\n%s", err, out)
	}
	for _, pkg := range both {
		if out, err := goTool(dir, "test", pkg); err == nil || strings.Contains(out, "build failed") {
			t.Errorf("%s: its test does not ask to be filled in: %v\n%s", pkg, err, out)
		}
		if out, err := goTool(dir, "test", pkg, "-update"); err != nil {
			t.Errorf("%s -update: %v\n%s", pkg, err, out)
		}
		if out, err := goTool(dir, "test", pkg); err != nil {
			t.Errorf("%s, filled in: %v\n%s", pkg, err, out)
		}
	}
	filled, err := os.ReadFile("internal/discover/trialframework/testdata/first.txtar")
	if err != nil || !strings.Contains(string(filled), "agent planner") {
		t.Errorf("the new extractor's fixture: %v\n%s", err, filled)
	}
}

// TestRefuses holds the words for wrong names.
func TestRefuses(t *testing.T) {
	t.Chdir("../../..")
	for _, c := range []struct{ args, want string }{
		{"", "say: rule"},
		{"extractor", "say: rule"},
		{"extractor Camel", "not a package name"},
		{"format with-hyphen", "not a package name"},
		{"rule l3-agent-frameworks Big", "not an id"},
		{"rule nowhere my-rule", "not a layer folder"},
		{"extractor crewai", "there already"},
	} {
		if err := run(strings.Fields(c.args)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.args, err, c.want)
		}
	}
}

package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"fermata/internal/ui/cli"
)

// TestScoresPage runs the example of docs/scores.md.
func TestScoresPage(t *testing.T) {
	_, rest, _ := strings.Cut(scoresIntroduction, "```yaml file=cascade.yaml\n")
	content, rest, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the page has no example")
	}
	_, rest, _ = strings.Cut(rest, "$ fermata score --inputs cascade.yaml\n")
	want, _, _ := strings.Cut(rest, "```")
	t.Chdir(t.TempDir())
	t.Setenv("COLUMNS", "100")
	if err := os.WriteFile("cascade.yaml", []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, trouble bytes.Buffer
	if code := cli.Main([]string{"score", "--inputs", "cascade.yaml"}, &out, &trouble); code != 0 || out.String() != want {
		t.Errorf("exit %d, %s\n%s\nwant\n%s", code, trouble.String(), out.String(), want)
	}
}

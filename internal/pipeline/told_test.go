package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/result"
)

// TestConditionIsToldOnce: that an assistant may run commands without asking is told by the line of its settings and by
// the model, whose agent may use its shell. Where a source of harm reaches it, that is one condition and not two; where
// none does, the line is told by itself.
func TestConditionIsToldOnce(t *testing.T) {
	e := shipped(t)
	for _, c := range []struct {
		name, declared string
		told           bool
	}{
		{"strangers write what it reads", "fermata: 1\n", true},
		{"nobody means harm", `fermata: 1
attackers:
  - {id: content-author, starts: []}
  - {id: insider, starts: []}
  - {id: mishap, starts: []}
  - {id: outsider, starts: []}
  - {id: supplier, starts: []}
`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, ".claude"), 0o700); err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{
				"fermata.yaml":          c.declared,
				".claude/settings.json": `{"permissions": {"allow": ["Bash", "WebFetch"]}}`,
			} {
				if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			r, err := e.Scan(context.Background(), Input{Path: dir, Questions: -1})
			if err != nil {
				t.Fatal(err)
			}
			var line, misuse *result.Finding
			for i := range r.Findings {
				switch f := &r.Findings[i]; {
				case f.Rule == "assistant-asks-nobody":
					line = f
				case f.Rule == "tool-misuse" && f.Status == result.Live:
					misuse = f
				}
			}
			if line == nil || (misuse != nil) != c.told {
				t.Fatalf("the line is found: %t; tool-misuse is live: %t", line != nil, misuse != nil)
			}
			if one := misuse != nil && line.Condition() == misuse.Condition(); one != c.told {
				t.Errorf("the line counts with the misuse: %t (%q)", one, line.Condition())
			}
		})
	}
}

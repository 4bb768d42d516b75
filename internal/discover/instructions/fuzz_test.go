package instructions

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzFiles gives the same bytes to a file of each form: none may fail on any.
func FuzzFiles(f *testing.F) {
	f.Add([]byte("---\ndescription: a: b\ntools: ['x/*', edit]\nmodel: [a, 1]\nhandoffs: [{agent: x}, 2]\n---\ntext"))
	f.Add([]byte("---\nmode: subagent\ntools: {write: false, bash: 1}\npermission: {bash: {'*': ask}, edit: deny}\n---\ntext"))
	f.Add([]byte("prompt = \"\"\"x {{args}}\"\"\"\ndescription = 3\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		for _, name := range []string{"AGENTS.md", ".github/agents/a.agent.md", ".opencode/agent/b.md", ".gemini/commands/c.toml"} {
			file := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if out := discovertest.Scan(t, dir, Extractor); out.Failed > 0 {
			t.Errorf("failed on %q: %v", data, out.Diagnostics)
		}
	})
}

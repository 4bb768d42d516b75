package claudecode

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProject gives the same bytes to all readers of the package: none may fail on any.
func FuzzProject(f *testing.F) {
	f.Add([]byte("---\nname: a\ndescription: b: c\ntools: Read, Bash(git:*), Agent(a, b\nhooks:\n  Stop: [{hooks: [{command: x}]}]\n---\n!`gh x` $ARGUMENTS"))
	f.Add([]byte(`{"permissions": {"allow": ["Bash(", 4], "deny": ["WebFetch"], "defaultMode": "dontAsk"}, "hooks": {"Stop": [{"hooks": [{"type": "http", "url": "x"}, 1]}, 2]}, "enabledPlugins": {"a": 1}, "env": {"KEY": []}}`))
	f.Add([]byte(`{"name": "a", "plugins": [{"name": "b", "source": "./"}, {"name": "c", "source": {"repo": 1}}, 3], "hooks": "x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		for _, name := range []string{
			".claude/settings.json", ".claude/agents/a.md", ".claude/commands/b.md", ".claude/skills/c/SKILL.md",
			".claude-plugin/marketplace.json", "p/.claude-plugin/plugin.json", "p/hooks/hooks.json", "p/agents/d.md",
		} {
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

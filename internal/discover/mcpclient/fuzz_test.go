package mcpclient

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzConfig gives the same bytes to the readers of JSON, TOML and YAML configurations: none may fail on any.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(`{"mcpServers": {"a": {"command": "npx", "args": ["-y", "p@1"], "env": {"K": "v"}}}}`))
	f.Add([]byte(`{"servers": {"a": {"url": "http://h/sse", "headers": {"Authorization": 4}}}, "mcp": {"servers": []}}`))
	f.Add([]byte("[mcp_servers.a]\ncommand = \"x\"\nargs = [1, true]\n[[mcp]]\nname = \"b\"\nurl = \"u\"\n"))
	f.Add([]byte("mcpServers:\n  - name: a\n    command: [x, 1]\n  - transport: {type: stdio, command: y}\nextensions: {e: {cmd: z, env_keys: 3}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		for _, name := range []string{".mcp.json", "mcp.toml", "librechat.yaml"} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		discovertest.Stands(t, discovertest.Scan(t, dir, Extractor), data)
	})
}

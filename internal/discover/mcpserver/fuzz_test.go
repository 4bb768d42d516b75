package mcpserver

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/discover/discovertest"
	"fermata/internal/discover/mcpclient"
)

// FuzzProgram reads any bytes as a server in Python and in TypeScript, and as the configuration that starts it: the
// extractor must not fail on them.
func FuzzProgram(f *testing.F) {
	f.Add([]byte("@mcp.tool\ndef a(x): return a(mcp)\ndef r(s): r(s)\nr(mcp)\nclass K(FastMCP):\n    def __init__(self, s): self.s = s\nK(mcp)\nmcp.mount(mcp)\n"),
		[]byte("const r = (s) => { r(s); s.tool(s, r) }; r(server); server.setRequestHandler(ListToolsRequestSchema, r)"), []byte(`{"mcpServers": {"a": {"command": "python", "args": ["-m", "app"]}}}`))
	f.Add([]byte("for t in [mcp]: t.add_tool(t)\nmcp.run(mcp)\n"), []byte("class A { constructor(server) { this.server = server } }\nnew A(server)\n"), []byte(`{"mcpServers": {"b": {"command": "node", "args": ["../../app.ts", "--directory"]}}}`))
	f.Fuzz(func(t *testing.T, python, script, config []byte) {
		dir := t.TempDir()
		for name, data := range map[string][]byte{
			"app.py":    append([]byte("from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\n"), python...),
			"app.ts":    append([]byte("import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nconst server = new McpServer({ name: 'x' });\n"), script...),
			".mcp.json": config,
		} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if out := discovertest.Scan(t, dir, Extractor, mcpclient.Extractor); out.Failed > 0 {
			t.Errorf("failed on %q, %q and %q: %v", python, script, config, out.Diagnostics)
		}
	})
}

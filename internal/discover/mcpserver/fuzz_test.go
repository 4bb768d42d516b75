package mcpserver

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/discover/discovertest"
	"fermata/internal/discover/mcpclient"
)

// FuzzGo reads any bytes as a server in Go.
func FuzzGo(f *testing.F) {
	f.Add([]byte("func add(s *mcp.Server) { add(s); mcp.AddTool(s, &mcp.Tool{Name: \"x\"}, add); s.AddTool(add(s)) }\nvar s = mcp.NewServer(nil, nil)\nfunc main() { add(s); s.Run(ctx, s) }\n"))
	f.Add([]byte("var t = mcp.Tool{Name: t.Name}\nfunc f(n string) R { return R{T: mcp.Tool{Name: n}} }\ntype R struct { T mcp.Tool; H func() }\nvar r = f(\"a\")\nfunc g() { s.AddTools(r, r.T); s.AddResource(r) }\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		text = append([]byte("package main\n\nimport \"github.com/modelcontextprotocol/go-sdk/mcp\"\n\n"), text...)
		if err := os.WriteFile(filepath.Join(dir, "app.go"), text, 0o644); err != nil {
			t.Fatal(err)
		}
		if out := discovertest.Scan(t, dir, Extractor); out.Failed > 0 {
			t.Errorf("failed on %q: %v", text, out.Diagnostics)
		}
	})
}

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

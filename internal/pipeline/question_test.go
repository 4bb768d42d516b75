package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fermata/internal/model"
)

// TestAnswersOpenWays holds that an answer is weighed by the losses that are reached, not by the ways that are listed: of a
// system with more ways than a list holds, a tool that may do more seemed to close the way to losses.
func TestAnswersOpenWays(t *testing.T) {
	var b strings.Builder
	b.WriteString("fermata: 1\nelements:\n  - {id: site, kind: external}\n")
	for i := range 110 {
		fmt.Fprintf(&b, "  - {id: a%d, kind: agent, facts: {loops: yes}}\n  - {id: web%d, kind: tool, facts: {untrusted-output: yes}, effects: {net-read: yes}}\n  - {id: pay%d, kind: tool, effects: {money: yes, message-send: yes}}\n", i, i, i)
	}
	b.WriteString("  - {id: odd, kind: tool}\nflows:\n  - {kind: tool-call, from: a0, to: odd}\n")
	for i := range 110 {
		fmt.Fprintf(&b, "  - {kind: data-read, from: site, to: web%d}\n  - {kind: tool-call, from: a%d, to: web%d}\n  - {kind: tool-call, from: a%d, to: pay%d}\n", i, i, i, i, i)
	}
	e := shipped(t)
	file := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := e.Scan(context.Background(), Input{Path: file, Questions: 12})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range r.Questions {
		if strings.Contains(q.Change, "closes") {
			t.Errorf("%s: %s", q.Text, q.Change)
		}
	}
}

// TestClientsAreNotAskedAbout holds that of the client that is assumed for a tool server nothing is asked: nobody knows how
// those are made who will connect.
func TestClientsAreNotAskedAbout(t *testing.T) {
	folder := t.TempDir()
	server := "import subprocess\n\nfrom mcp.server.fastmcp import FastMCP\n\nmcp = FastMCP(\"desk\")\n\n\n@mcp.tool()\ndef run(command: str) -> str:\n    return subprocess.run(command, shell=True, capture_output=True, text=True).stdout\n\n\nmcp.run()\n"
	if err := os.WriteFile(filepath.Join(folder, "server.py"), []byte(server), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := shipped(t).Scan(context.Background(), Input{Path: folder})
	if err != nil {
		t.Fatal(err)
	}
	clients := 0
	for _, e := range r.System.Elements {
		if strings.HasPrefix(e.ID, model.AssumedClient) {
			clients++
		}
	}
	if clients != 1 || len(r.Questions) == 0 {
		t.Fatalf("%d clients and %d questions", clients, len(r.Questions))
	}
	for _, q := range r.Questions {
		if strings.HasPrefix(q.Subject, model.AssumedClient) {
			t.Errorf("it asks %q", q.Text)
		}
	}
}

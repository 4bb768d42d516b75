package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// hostile are files that are written to hang or to drown whoever reads them. Each imports or names an agent framework,
// so that it is read and not only searched.
func hostile() map[string]string {
	const agents = "from agents import Agent, Runner, function_tool\n"
	deep := func(open, shut string, n int) string { return strings.Repeat(open, n) + strings.Repeat(shut, n) }
	many := func(n int, line string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, line, i, i+1)
		}
		return b.String()
	}
	ring := map[string]string{}
	for i := range 40 { // every module imports all of the next and makes its agents of theirs
		ring[fmt.Sprintf("ring/m%d.py", i)] = agents + fmt.Sprintf("from ring.m%d import *\nfrom ring.m%d import a as b\na = Agent(name='a%d', handoffs=[a, b])\n", (i+1)%40, (i+7)%40, i)
	}
	files := map[string]string{
		"deep/calls.py": agents + "x = " + deep("f(", ")", 60_000) + "\n",
		"deep/blocks.py": agents + func() (s string) {
			var b strings.Builder
			for i := range 900 {
				b.WriteString(strings.Repeat(" ", i) + "if x:\n")
			}
			return b.String() + strings.Repeat(" ", 900) + "pass\n"
		}(),
		"deep/object.ts":          "import { Agent } from '@openai/agents';\nconst x = " + deep("{a:", "}", 20_000) + ";\n",
		"deep/mcp.json":           `{"mcpServers": {"a": {"command": "npx", "args": ` + deep("[", "]", 100_000) + "}}}",
		"deep/flow.yaml":          "kind: app\napp: {mode: workflow}\nworkflow: " + deep("{graph: ", "}", 5_000) + "\n",
		"wide/literal.py":         agents + "words = [" + strings.Repeat("'word', ", 120_000) + "]\na = Agent(name='wide', tools=words)\n",
		"wide/line.py":            agents + "text = '" + strings.Repeat("x", 1<<20) + "'\na = Agent(name='line', instructions=text)\n",
		"wide/agents.py":          agents + many(3_000, "a%d = Agent(name='a%d')\n"),
		"wide/chain.py":           agents + "v0 = []\n" + many(5_000, "v%[2]d = v%[1]d + [v%[1]d]\n") + "a = Agent(name='chain', tools=v5000)\n",
		"wide/double.py":          agents + "def f0(x): return [x, x]\n" + many(60, "def f%[2]d(x): return f%[1]d([x, x]) + f%[1]d(x)\n") + "a = Agent(name='double', tools=f60(1))\n",
		"wide/docker-compose.yml": "k: &b0 [x, x]\n" + many(40, "k%[2]d: &b%[2]d [*b%[1]d, *b%[1]d]\n") + "services: *b40\nimage: ollama\n",
		"wide/notebook.ipynb": `{"cells": [` + strings.Repeat(`{"cell_type": "code", "source": ["from agents import Agent\n", "a = Agent(name='n')\n"], "outputs": [{"data": {"image/png": "`+strings.Repeat("A", 20_000)+`"}}]},`, 150) +
			`{"cell_type": "code", "source": []}], "nbformat": 4, "metadata": {"language_info": {"name": "python"}}}`,
		"wide/n8n.json": `{"nodes": [` + strings.Repeat(`{"name": "x", "type": "@n8n/n8n-nodes-langchain.agent", "parameters": {}},`, 20_000) +
			`{"name": "y", "type": "n8n-nodes-base.start"}], "connections": {"x": {"main": [[{"node": "x", "type": "main", "index": 0}]]}}}`,
		"torn/half.py":        agents + "a = Agent(name='half'\nb = (((\n",
		"torn/bytes.py":       agents + "a = '\xff\xfe\x00'\n",
		"torn/mcp.json":       `{"mcpServers": {"a": {"command": `,
		"sound/app.py":        agents + "good = Agent(name='good', model='gpt-4o')\nprint(Runner.run_sync(good, input()))\n",
		".claude/agents/x.md": "---\nname: x\ntools: " + strings.Repeat("Read, ", 50_000) + "\n---\n" + strings.Repeat("word ", 50_000),
	}
	for name, text := range ring {
		files[name] = text
	}
	return files
}

// TestHostileTree scans all of them together. That it ends, within the memory that a sound tree of that size takes, is
// part of what is tested; the sound file beside them is found, and every file is accounted for.
func TestHostileTree(t *testing.T) {
	dir := t.TempDir()
	for name, text := range hostile() {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"loop": ".", "out": "/", "nowhere": "missing"} {
		if err := os.Symlink(target, filepath.Join(dir, "sound", link)); err != nil {
			t.Fatal(err)
		}
	}
	e, diagnostics, err := New(Options{})
	if err != nil || len(diagnostics) > 0 {
		t.Fatal(err, diagnostics)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := e.Scan(context.Background(), Input{Path: dir, Scheme: "maestro-v1"})
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if grown := (after.Sys - before.Sys) >> 20; grown > 1500 {
		t.Errorf("the scan took %d MB", grown)
	}
	found := false
	for _, el := range r.System.Elements {
		found = found || el.ID == "sound/app.py:good"
	}
	if !found {
		t.Error("the sound file's agent is not found")
	}
	skipped := 0
	for _, s := range r.Coverage.Files.Skipped {
		skipped += max(s.Count, 1)
	}
	if c := r.Coverage.Files; c.Seen != c.Parsed+c.Passed+skipped {
		t.Errorf("the ledger does not add up: seen %d, parsed %d, passed %d, skipped %d", c.Seen, c.Parsed, c.Passed, skipped)
	}
	said := map[string]bool{}
	for _, d := range r.Diagnostics {
		said[d.File] = true
		if d.Code == "extractor-failed" {
			t.Errorf("%v", d)
		}
	}
	for _, name := range []string{"deep/calls.py", "deep/mcp.json", "deep/object.ts", "torn/half.py", "torn/mcp.json", "wide/docker-compose.yml"} {
		if !said[name] {
			t.Errorf("nothing is said of %s", name)
		}
	}
}

// TestIncomplete: what a bound keeps from being read makes the answer incomplete; what a file says wrongly does not.
func TestIncomplete(t *testing.T) {
	files := hostile()
	e := shipped(t)
	for name, failed := range map[string]int{
		"deep/calls.py": 1, "deep/mcp.json": 1, "deep/object.ts": 1, "wide/docker-compose.yml": 1,
		"torn/half.py": 0, "torn/mcp.json": 0, "torn/bytes.py": 0, "sound/app.py": 0,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), []byte(files[name]), 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := e.Scan(context.Background(), Input{Path: dir, Questions: -1})
		if err != nil {
			t.Fatal(err)
		}
		if r.Tool.Failed != failed {
			t.Errorf("%s: %d parts failed, want %d: %v", name, r.Tool.Failed, failed, r.Diagnostics)
		}
	}
}

package all_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fermata/internal/discover"
	"fermata/internal/discover/all"
	"fermata/internal/source"
)

// tree writes a tree of n files of which one in every is agent code; the rest is code without agents.
func tree(b *testing.B, n, every int) (dir string, size int64) {
	b.Helper()
	dir = b.TempDir()
	filler := strings.Repeat("def work(items):\n    total = 0\n    for item in items:\n        total += item.value * 2\n    return {\"total\": total, \"count\": len(items)}\n\n", 30)
	for i := range n {
		folder := filepath.Join(dir, fmt.Sprintf("pkg%d", i/50))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			b.Fatal(err)
		}
		text := "import json, os\nfrom dataclasses import dataclass\n" + filler
		if i%every == 0 {
			text = fmt.Sprintf("import requests\nfrom agents import Agent, Runner, function_tool\n\n@function_tool\ndef fetch_%[1]d(url: str) -> str:\n    \"Fetch a page.\"\n    return requests.get(url).text\n\n"+
				"def make(name, tools=None):\n    return Agent(name=name, model=\"gpt-4o\", instructions=f\"You are {name}.\", tools=tools or [])\n\n"+
				"writer_%[1]d = make(\"writer %[1]d\")\nreader_%[1]d = make(\"reader %[1]d\", tools=[fetch_%[1]d])\n"+
				"lead_%[1]d = Agent(name=\"lead %[1]d\", handoffs=[writer_%[1]d, reader_%[1]d])\nwriter_%[1]d.handoffs.append(lead_%[1]d)\n\n", i) + filler +
				fmt.Sprintf("async def main(question):\n    return await Runner.run(lead_%d, question, max_turns=8)\n", i)
		}
		size += int64(len(text))
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("mod%d.py", i)), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return dir, size
}

func BenchmarkRun(b *testing.B) {
	for _, c := range []struct {
		name     string
		n, every int
	}{
		{"500-files-all-agents", 500, 1}, {"500-files-one-in-ten", 500, 10}, {"5000-files-all-agents", 5000, 1}, {"5000-files-no-agents", 5000, 1 << 30},
	} {
		b.Run(c.name, func(b *testing.B) {
			dir, size := tree(b, c.n, c.every)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				root, err := source.Open(dir, source.Options{})
				if err != nil {
					b.Fatal(err)
				}
				out, err := discover.Run(context.Background(), root, discover.Options{Extractors: all.Extractors()})
				if err != nil {
					b.Fatal(err)
				}
				root.Close()
				if out.Seen != c.n {
					b.Fatalf("seen %d", out.Seen)
				}
			}
		})
	}
}

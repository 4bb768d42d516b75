package all_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/discover/all"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

var outside = flag.String("tree", "", "the tree that BenchmarkStages measures, in place of a generated one")

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

// BenchmarkStages says what one pass over a tree costs, on one worker so that stages can be told apart: reading all
// files; searching them (which reads them); parsing source code that is in memory; resolving what each source file
// calls, once it is parsed; extracting from the files that are worth it (which parses and resolves those); linking.
//
//	go test -run '^$' -bench Stages -benchtime 1x ./internal/discover/all -tree DIR
func BenchmarkStages(b *testing.B) {
	dir := *outside
	if dir == "" {
		dir, _ = tree(b, 1000, 1)
	}
	root, err := source.Open(dir, source.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer root.Close()
	stage := func(name string, took time.Duration) {
		b.ReportMetric(float64(took.Microseconds())/1000/float64(b.N), name+"-ms")
	}
	var reading, parsing, resolving, searching, extracting, linking time.Duration
	for b.Loop() {
		begun := time.Now()
		entries, _, err := root.List(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		files := map[string]*source.File{}
		var paths []string
		for _, e := range entries {
			if file, _ := root.Read(e); file != nil {
				files[e.Path] = file
				paths = append(paths, e.Path)
			}
		}
		reading += time.Since(begun)

		program := code.New(paths, func(path string) *source.File { return files[path] })
		for _, path := range program.Paths() {
			begun := time.Now()
			syntax.Parse(files[path])
			parsing += time.Since(begun)

			module := program.Module(path)
			module.Tree()
			begun = time.Now()
			program.Resolver(path).Calls()
			resolving += time.Since(begun)
		}

		begun = time.Now()
		var searched, extracted time.Time
		_, err = discover.Run(context.Background(), root, discover.Options{Extractors: all.Extractors(), Workers: 1, Progress: func(stage string, done, all int) {
			if done == all && stage == "search" {
				searched = time.Now()
			} else if done == all {
				extracted = time.Now()
			}
		}})
		if err != nil {
			b.Fatal(err)
		}
		searching += searched.Sub(begun)
		extracting += extracted.Sub(searched)
		linking += time.Since(extracted)
	}
	stage("read", reading)
	stage("parse", parsing)
	stage("resolve", resolving)
	stage("search", searching)
	stage("extract", extracting)
	stage("link", linking)
}

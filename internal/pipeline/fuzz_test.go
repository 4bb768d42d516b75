package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/report"
	"fermata/internal/report/all"
)

// FuzzLoadResult reads foreign bytes as a saved result. What is accepted must print in every format and be explained
// without a crash.
func FuzzLoadResult(f *testing.F) {
	e := shipped(f)
	for _, name := range []string{"support-desk", "mcp"} {
		_, saved := scanned(f, e, Input{Path: filepath.Join(examplesFolder, name), Questions: -1})
		f.Add(saved)
	}
	f.Add([]byte(`{"schema": "fermata/result/v1"}`))
	f.Add([]byte(`{"schema": "fermata/result/v1", "system": {"elements": [null], "flows": [{}]}}`))
	f.Add([]byte(`{"schema": "fermata/result/v1", "findings": [{"id": "a"}, {"id": "a"}], "paths": [{"steps": [{"finding": "b"}]}], "blast": [{"element": "x"}]}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		name := filepath.Join(dir, "result.json")
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := LoadResult(context.Background(), name)
		if err != nil {
			var input *InputError
			if !errors.As(err, &input) || r != nil {
				t.Fatalf("got %v and %v", r, err)
			}
			return
		}
		for _, format := range all.Formats() {
			if err := format.Write(discard{}, r, report.Options{All: true}); err != nil {
				t.Errorf("%s: %v", format.Name, err)
			}
		}
		for _, el := range r.System.Elements {
			_, _ = e.Explain(el.ID, r)
		}
		for i := range r.Findings {
			_, _ = e.Explain(r.Findings[i].ID, r)
		}
	})
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// FuzzScan scans small trees of foreign source and configuration. Nothing may crash, no tree may stop its own scan,
// what is said must have evidence, and the result must survive being saved.
func FuzzScan(f *testing.F) {
	e := shipped(f)
	f.Add([]byte(mixed["app/helpers.py"]), []byte(mixed[".mcp.json"]), []byte(mixed["fermata.yaml"]))
	f.Add([]byte(mixed["graphs/flow.py"]), []byte("{"), []byte("elements: [{id: a, kind: agent}]"))
	f.Add([]byte(mixed["crew/crew.py"]), []byte("[]"), []byte("remove: [x]"))
	f.Add([]byte("from agents import Agent\na = Agent(name='a', handoffs=[a])\na.handoffs.append(a)\n"), []byte(""), []byte(""))
	f.Add([]byte("from autogen import ConversableAgent\nx = ConversableAgent('x')\nx.initiate_chat(x)\n"), []byte("null"), []byte("answers: []"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, python, config, declared []byte) {
		for name, content := range map[string][]byte{"app.py": python, ".mcp.json": config, ModelFile: declared} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r, err := e.Scan(context.Background(), Input{Path: dir, Questions: 1})
		if err != nil {
			t.Fatalf("a tree stops its own scan: %v", err)
		}
		passedOver := 0
		for _, d := range r.Diagnostics {
			if d.Code == "passed-over" {
				passedOver++
			}
		}
		if r.Tool.Failed > passedOver {
			t.Errorf("%d parts failed: %+v", r.Tool.Failed, r.Diagnostics)
		}
		for _, complaint := range unfounded(r) {
			t.Error(complaint)
		}
		saved, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "r.json")
		if err := os.WriteFile(name, saved, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadResult(context.Background(), name); err != nil {
			t.Errorf("its own result is not read: %v", err)
		}
	})
}

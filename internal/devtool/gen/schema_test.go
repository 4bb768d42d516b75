package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"fermata/internal/pipeline"
)

// compile reads a published schema.
func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile("../../../schema/" + name + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(name+".json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// fits holds that a document keeps to a published schema, and that the schema is one that can be broken.
func fits(t *testing.T, name string, document any) {
	t.Helper()
	content, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	written(t, compile(t, name), name, content)
}

// written is [fits] for bytes that were written before.
func written(t *testing.T, schema *jsonschema.Schema, name string, content []byte) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	wrong, _ := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(`{"schema": 1}`)))
	if schema.Validate(wrong) == nil {
		t.Errorf("%s: the schema takes anything", name)
	}
}

// TestResultSchema holds the published schema of a result to real results: the shared ones of the report tests.
func TestResultSchema(t *testing.T) {
	schema := compile(t, "result")
	results, err := filepath.Glob("../../report/testdata/*.result.json")
	if err != nil || len(results) == 0 {
		t.Fatalf("no shared results: %v", err)
	}
	for _, name := range results {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		written(t, schema, name, data)
	}
}

// TestDiffSchema holds the published schema of a comparison to a real one.
func TestDiffSchema(t *testing.T) {
	dir := t.TempDir()
	before, after := dir+"/old.yaml", dir+"/new.yaml"
	const model = "elements:\n  - {id: planner, kind: agent}\n  - {id: person, kind: human}\nflows:\n  - {kind: prompt, from: person, to: planner}\n"
	more := strings.Replace(model, "flows:\n", "  - {id: shell, kind: tool, effects: {exec: yes}}\nflows:\n  - {kind: tool-call, from: planner, to: shell}\n", 1)
	for name, text := range map[string]string{before: model, after: more} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	d, err := e.Diff(t.Context(), pipeline.Input{Path: before}, pipeline.Input{Path: after})
	if err != nil || len(d.Live) == 0 {
		t.Fatalf("%d live, %v", len(d.Live), err)
	}
	fits(t, "diff", d)
}

// TestProbeSchema holds the published schema of a probe to a real one, of a server that lets nobody in.
func TestProbeSchema(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "who are you?", http.StatusUnauthorized) }))
	defer server.Close()
	t.Setenv("TMPDIR", t.TempDir())
	a, err := pipeline.ProbeMCP(t.Context(), pipeline.ProbeOptions{URL: server.URL + "/mcp", Timeout: time.Second, Total: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	fits(t, "probe", a.Probe)
}

// TestPlanSchemas hold the published schemas of a plan and of a what-if to real ones.
func TestPlanSchemas(t *testing.T) {
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.Scan(t.Context(), pipeline.Input{Path: filepath.Join("..", "..", "..", "examples", "mcp"), Questions: -1})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := e.Harden(t.Context(), r, "", 0)
	if err != nil || len(plan.Steps) == 0 {
		t.Fatalf("no plan: %v", err)
	}
	change := "+" + plan.Steps[0].Control + "@" + plan.Steps[0].On
	whatif, err := e.WhatIf(t.Context(), r, []string{change})
	if err != nil || len(whatif.Findings) == 0 {
		t.Fatalf("nothing changes with %s: %v", change, err)
	}
	for name, document := range map[string]any{"plan": plan, "whatif": whatif} {
		fits(t, name, document)
	}
}

// TestSimulationSchema holds the published schema of a simulation to a real one.
func TestSimulationSchema(t *testing.T) {
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	d, err := e.Simulate(t.Context(), nil, pipeline.Spread{Topology: "ring", Agents: 9, Seed: 1, Runs: 64, Recovery: 0.1})
	if err != nil || len(d.Variants) < 4 || len(d.Containment) == 0 {
		t.Fatalf("%+v, %v", d, err)
	}
	fits(t, "simulation", d)
}

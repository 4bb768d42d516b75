package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestResultSchema holds the published schema of a result to real results: the shared ones of the report tests.
func TestResultSchema(t *testing.T) {
	data, err := os.ReadFile("../../../schema/result.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("result.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("result.json")
	if err != nil {
		t.Fatal(err)
	}
	results, err := filepath.Glob("../../report/testdata/*.result.json")
	if err != nil || len(results) == 0 {
		t.Fatalf("no shared results: %v", err)
	}
	for _, name := range results {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	wrong, _ := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(`{"schema": 1}`)))
	if schema.Validate(wrong) == nil {
		t.Error("the schema takes anything")
	}
}

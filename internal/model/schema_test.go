package model_test

import (
	"encoding/json"
	"os"
	"testing"

	"fermata/internal/model"
)

// TestSchemaIsFresh: the schema that is shipped is the one that the tables make; -update writes it.
func TestSchemaIsFresh(t *testing.T) {
	const path = "../../schema/model.schema.json"
	if *update {
		if err := os.WriteFile(path, model.Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != string(model.Schema()) {
		t.Error("schema/model.schema.json is not what the tables make; write it with go test ./internal/model -update")
	}
}

// TestSchemaNamesEveryWord: a word that was added to a table is in the schema, with what it means.
func TestSchemaNamesEveryWord(t *testing.T) {
	var schema struct {
		Defs map[string]struct {
			Properties map[string]struct {
				Description string
				OneOf       []struct{ Const, Description string }
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(model.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	choice := func(def, key string) map[string]string {
		docs := map[string]string{}
		for _, option := range schema.Defs[def].Properties[key].OneOf {
			docs[option.Const] = option.Description
		}
		return docs
	}
	kinds, flows := choice("element", "kind"), choice("flow", "kind")
	for _, row := range model.Kinds {
		if kinds[string(row.Kind)] == "" {
			t.Errorf("kind %s is not described", row.Kind)
		}
	}
	for _, row := range model.FlowKinds {
		if flows[string(row.Kind)] == "" {
			t.Errorf("flow kind %s is not described", row.Kind)
		}
	}
	for _, row := range model.Facts {
		def := "elementFacts"
		if row.On == "flow" {
			def = "flowFacts"
		}
		if schema.Defs[def].Properties[row.Name].Description == "" {
			t.Errorf("fact %s of a %s is not described", row.Name, row.On)
		}
	}
}

package main

import (
	"bytes"
	"context"
	"os"
	"testing"
)

// TestCoverageIsFresh: the page of threats and rules is what rules, catalogue and examples make of it.
func TestCoverageIsFresh(t *testing.T) {
	t.Chdir("../../..")
	have, err := os.ReadFile("docs/coverage.md")
	if err != nil {
		t.Fatal(err)
	}
	out := files{}
	if err := coverageDocs(context.Background(), out); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, out["docs/coverage.md"]) {
		t.Error("docs/coverage.md is stale; make gen writes it")
	}
}

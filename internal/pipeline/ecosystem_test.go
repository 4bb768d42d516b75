package pipeline

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fermata/internal/model"
)

// TestEcosystemPage: every rule, fact, kind and extractor that the page on what comes from others names is one.
func TestEcosystemPage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "ecosystem.md"))
	if err != nil {
		t.Fatal(err)
	}
	e := shipped(t)
	known := func(word string) bool {
		if e.rules.Rule(word) != nil || model.FactNamed("element", word) != nil || model.FactNamed("flow", word) != nil {
			return true
		}
		if slices.ContainsFunc(model.Kinds, func(k model.KindInfo) bool { return string(k.Kind) == word }) || slices.ContainsFunc(model.FlowKinds, func(k model.FlowInfo) bool { return string(k.Kind) == word }) {
			return true
		}
		at, err := os.Stat(filepath.Join("..", "discover", word))
		return err == nil && at.IsDir()
	}
	rows, words := 0, regexp.MustCompile("`([^`]+)`")
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| Item") {
			continue
		}
		rows++
		if n := strings.Count(line, "|"); n != 9 {
			t.Errorf("a row with %d cells: %s", n-1, line)
		}
		for i, cell := range strings.Split(strings.Trim(line, "| "), " | ") {
			if strings.TrimSpace(cell) == "" {
				t.Errorf("an empty cell %d without a reason: %s", i, line)
			}
		}
		for _, m := range words.FindAllStringSubmatch(line, -1) {
			if !known(m[1]) {
				t.Errorf("%s is no rule, fact, kind or extractor", m[1])
			}
		}
	}
	if rows != 9 {
		t.Errorf("%d items, want 9", rows)
	}
}

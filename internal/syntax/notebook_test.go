package syntax

import (
	"encoding/json"
	"strings"
	"testing"

	"fermata/internal/source"
)

func FuzzNotebook(f *testing.F) {
	f.Add("x = 1\nprint(\"é\")", `{"cells":[{"cell_type":"code","source":["a = 1\n","b"]}]}`)
	f.Add("%%bash\nls", `{"worksheets":[{"cells":[{"cell_type":"code","input":"f(\u0022x\u0022)"}]}]}`)
	f.Add("!ls", "{")
	f.Fuzz(func(t *testing.T, code, raw string) {
		checkTree(t, parseText("f.ipynb", raw))
		encoded, err := json.Marshal(map[string]any{"cells": []any{map[string]any{"cell_type": "code", "source": code}}})
		if err != nil {
			return
		}
		checkTree(t, parseText("f.ipynb", string(encoded)))
	})
}

// TestNotebookSpans reads names back through their spans: the text of the .ipynb there must be the name.
func TestNotebookSpans(t *testing.T) {
	const text = `{"metadata": {}, "cells": [
  {"cell_type": "code", "source": "x = \"a\\nb\"\nfirst(x)"},
  {"cell_type": "code", "source": ["second('\u00e9\t',\n", "  third=fourth)\n"]}
]}`
	tree := parseText("s.ipynb", text)
	if len(tree.Diagnostics) > 0 {
		t.Fatal(tree.Diagnostics)
	}
	var names []string
	tree.Root().Walk(func(n Node) bool {
		if n.Kind() == Name {
			names = append(names, n.Text())
			if got := n.Span().Text(); got != n.Text() {
				t.Errorf("%s: the span says %q", n.Text(), got)
			}
		}
		return true
	})
	if got := strings.Join(names, " "); got != "x first x second fourth" {
		t.Errorf("names: %s", got)
	}
}

func BenchmarkNotebook(b *testing.B) {
	cell := map[string]any{
		"cell_type": "code", "source": strings.SplitAfter(strings.Repeat("result = client.call(name=\"x\", depth=3)\nprint(result)\n", 10), "\n"),
		"outputs": []any{map[string]any{"data": map[string]any{"image/png": strings.Repeat("iVBORw0KGgo", 500)}}},
	}
	var cells []any
	for range 200 {
		cells = append(cells, cell)
	}
	text, err := json.Marshal(map[string]any{"cells": cells})
	if err != nil {
		b.Fatal(err)
	}
	file := source.NewFile("big.ipynb", text)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Parse(file)
	}
}

package syntax

import (
	"encoding/json"
	"strings"
	"testing"

	"fermata/internal/source"
)

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{"", "{", `{"a":[1,{"b":null}]}`, `{"a" 1, 'b': x, @, ]`, `"\ud83d\ude00\u12"`, "[[[[", "// c\n/*", `{"a":[1,"b":2}`, `{"a":1,"a":2}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree := parseText("f.json", text)
		checkTree(t, tree)
		// What the standard library takes must be taken without a word, except keys that stand twice and depth.
		if json.Valid([]byte(text)) {
			for _, d := range tree.Diagnostics {
				if d.Code == "syntax-error" {
					t.Fatalf("valid JSON refused: %s", d)
				}
			}
		}
	})
}

// TestJSONStrings compares decoded texts with the standard library's.
func TestJSONStrings(t *testing.T) {
	for _, text := range []string{`""`, `"abc"`, `"a\"b\\c\/d\b\f\n\r\t"`, `"\u00e9\ud83d\ude00"`, `"\ud800"`, `"\ud800\u0041"`, `"\uffff"`, `"é😀"`} {
		var want string
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		tree := parseText("s.json", text)
		if got := tree.Root().Text(); got != want || len(tree.Diagnostics) > 0 {
			t.Errorf("%s: got %q, want %q %v", text, got, want, tree.Diagnostics)
		}
	}
}

func TestJSONDepth(t *testing.T) {
	tree := parseText("deep.json", `{"a": `+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`, "b": 1}`)
	checkTree(t, tree)
	if len(tree.Diagnostics) != 1 || tree.Diagnostics[0].Code != "too-deep" {
		t.Fatalf("diagnostics: %v", tree.Diagnostics)
	}
	if got := tree.Root().Argument("b").Text(); got != "1" {
		t.Errorf("what follows the deep value is lost: %q", got)
	}
}

func BenchmarkJSON(b *testing.B) {
	text := "[" + strings.Repeat(`{"name": "something", "version": "1.2.3", "dependencies": {"left": "^1.0.0", "right": "~2.0"}, "size": 1234, "on": true},`+"\n", 20_000) + "{}]"
	file := source.NewFile("big.json", []byte(text))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Parse(file)
	}
}

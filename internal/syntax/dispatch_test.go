package syntax

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/source"
)

var update = flag.Bool("update", false, "rewrite the expected trees in testdata")

var kindNames = map[Kind]string{
	Invalid: "Invalid", Module: "Module", Block: "Block", Import: "Import", ImportFrom: "ImportFrom", Alias: "Alias",
	FuncDef: "FuncDef", ClassDef: "ClassDef", Decorator: "Decorator", Base: "Base", Param: "Param", Returns: "Returns",
	Annotation: "Annotation", Default: "Default", Return: "Return", Assign: "Assign", AnnAssign: "AnnAssign",
	AugAssign: "AugAssign", ExprStmt: "ExprStmt", If: "If", Else: "Else", For: "For", While: "While", With: "With",
	WithItem: "WithItem", Try: "Try", Except: "Except", Finally: "Finally", Raise: "Raise", Match: "Match", Case: "Case",
	Guard: "Guard", Simple: "Simple", Export: "Export", Error: "Error", Name: "Name", Attr: "Attr", Call: "Call",
	Keyword: "Keyword", Spread: "Spread", Subscript: "Subscript", Slice: "Slice", String: "String", FString: "FString",
	Interp: "Interp", Number: "Number", Bool: "Bool", Null: "Null", Ellipsis: "Ellipsis", List: "List", Tuple: "Tuple",
	Set: "Set", Map: "Map", Pair: "Pair", Binary: "Binary", Unary: "Unary", Compare: "Compare", Logic: "Logic",
	Lambda: "Lambda", Cond: "Cond", Await: "Await", Yield: "Yield", Comp: "Comp", CompFor: "CompFor", Walrus: "Walrus",
	Document: "Document", TypeParam: "TypeParam", ClassPattern: "ClassPattern",
}

// dumpTree writes a tree, one node a line: kind, op, text, and the source text of its span.
func dumpTree(t *Tree) string {
	var b strings.Builder
	var visit func(n Node, depth int)
	visit = func(n Node, depth int) {
		fmt.Fprintf(&b, "%s%s", strings.Repeat("  ", depth), kindNames[n.Kind()])
		if n.Op() != 0 {
			fmt.Fprintf(&b, "/%d", n.Op())
		}
		if n.Text() != "" {
			fmt.Fprintf(&b, " %q", n.Text())
		}
		text := n.Span().Text()
		if r := []rune(text); len(r) > 44 {
			text = string(r[:24]) + "…" + string(r[len(r)-18:])
		}
		fmt.Fprintf(&b, "  «%s»\n", strings.ReplaceAll(strings.ReplaceAll(text, "\n", "⏎"), "\t", "⇥"))
		for c := range n.Children() {
			visit(c, depth+1)
		}
	}
	if root := t.Root(); !root.IsZero() {
		visit(root, 0)
	}
	for _, d := range t.Diagnostics {
		fmt.Fprintf(&b, "%s %s %s\n", d.Severity, d.Code, d)
	}
	return b.String()
}

// TestTrees compares the tree of every file in testdata/trees with the .tree file beside it.
func TestTrees(t *testing.T) {
	files, err := filepath.Glob("testdata/trees/*")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, name := range files {
		if strings.HasSuffix(name, ".tree") {
			continue
		}
		count++
		t.Run(filepath.Base(name), func(t *testing.T) {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			// Go files are kept as .txt, so that no tool takes them for ours.
			got := dumpTree(Parse(source.NewFile(strings.TrimSuffix(filepath.Base(name), ".txt"), content)))
			golden := name + ".tree"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("tree differs (-want +got):\n%s", diff)
			}
		})
	}
	if count == 0 {
		t.Fatal("no files in testdata/trees")
	}
}

// checkTree verifies what every reader promises of every tree, whatever the input.
func checkTree(t *testing.T, tree *Tree) {
	t.Helper()
	size := int32(len(tree.File.Content()))
	reached := 0
	tree.Root().Walk(func(n Node) bool {
		reached++
		if reached > tree.Len() {
			t.Fatal("the tree has a cycle")
		}
		s := n.Span()
		if s.Start < 0 || s.End < s.Start || s.End > size {
			t.Fatalf("%s: span %d to %d of %d", kindNames[n.Kind()], s.Start, s.End, size)
		}
		if kindNames[n.Kind()] == "" || n.Kind() == Invalid {
			t.Fatalf("node of kind %d", n.Kind())
		}
		_, _ = n.Text(), n.Source()
		if n.Is(Pair) && n.Count() < 2 {
			t.Fatalf("a Pair has %d children: %q", n.Count(), n.Source())
		}
		return true
	})
	for _, d := range tree.Diagnostics {
		if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > size {
			t.Fatalf("diagnostic %s: span %d to %d of %d", d.Code, d.Span.Start, d.Span.End, size)
		}
		if d.Code == "reader-failed" {
			t.Fatalf("a reader panicked: %s", d.Message)
		}
	}
}

func parseText(name, text string) *Tree { return Parse(source.NewFile(name, []byte(text))) }

package code_test

import (
	"path/filepath"
	"slices"
	"testing"

	"fermata/internal/code"
	"fermata/internal/syntax"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestLater holds that what a call calls is the same for who looks first, for who looks later, and for who looks later where nobody
// looked before.
func TestLater(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		first, later, looked := program(archive.Files), program(archive.Files), program(archive.Files)
		for _, file := range archive.Files {
			of := []*code.Resolver{first.Resolver(file.Name), later.Later(file.Name), nil}
			if of[0] == nil {
				continue
			}
			looked.Resolver(file.Name).Calls()
			of[2] = looked.Later(file.Name)
			var want []code.Ref
			for i, r := range of {
				var calls []syntax.Node
				r.Tree().Root().Walk(func(n syntax.Node) bool {
					if n.Is(syntax.Call) {
						calls = append(calls, n)
					}
					return true
				})
				if i > 0 {
					slices.Reverse(calls) // whoever looks later looks in an order of his own
				}
				got := make([]code.Ref, len(calls))
				for k, n := range calls {
					got[k] = r.Resolve(n.Child(0))
				}
				if i == 0 {
					want = got
					continue
				}
				slices.Reverse(got)
				for k := range got {
					if got[k].Name != want[k].Name || got[k].Reason != want[k].Reason || !slices.Equal(got[k].Names, want[k].Names) || got[k].Def.ID() != want[k].Def.ID() {
						t.Errorf("%s, %s, %v, %d: %q, first %q", name, file.Name, calls[len(calls)-1-k].Span(), i, got[k].Name, want[k].Name)
					}
				}
			}
		}
	}
}

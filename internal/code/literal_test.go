package code_test

import (
	"sync"
	"testing"

	"fermata/internal/syntax"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestLiterals holds that a literal is one value for all who ask, at once too, and in whatever call it stands; and that
// what is made of it leaves it as it is.
func TestLiterals(t *testing.T) {
	p := program(txtar.Parse([]byte(`
-- a.py --
MODEL = " gpt "

def make(x):
    return [x, "fixed", MODEL.strip()]

one = make("one")
two = make("two")
-- b.py --
import a

print(a.MODEL)
`)).Files)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			r := p.Resolver("b.py")
			if v := r.Eval(r.Calls()[0].Node.Child(1)); v.Str() != " gpt " || v.Key() == "" {
				t.Errorf("b.py finds %v", v)
			}
		})
	}
	wait.Wait()
	a := p.Resolver("a.py")
	literal := a.Tree().Root().Child(0).Child(1)
	if !literal.Is(syntax.String) || a.Eval(literal) != p.Resolver("a.py").Eval(literal) {
		t.Errorf("two that ask for %s get two values", literal.Source())
	}
	var made []string
	fixed := map[any]bool{}
	for _, c := range a.Calls() {
		if v := a.Eval(c.Node); len(v.Items) == 3 {
			made = append(made, v.String())
			fixed[v.Items[1]] = true
		}
	}
	if len(made) != 2 || made[0] != `["one", "fixed", "gpt"]` || made[1] != `["two", "fixed", "gpt"]` || len(fixed) != 1 {
		t.Errorf("made %v, with %d values of one literal", made, len(fixed))
	}
	if got := a.Eval(literal).Str(); got != " gpt " {
		t.Errorf("the literal became %q", got)
	}
}

// TestManySites holds that a parameter is what all calls of its function pass where they are few, and their order is that
// of the text.
func TestManySites(t *testing.T) {
	p := program(txtar.Parse([]byte(`
-- a.py --
def ask(model):
    return model

ask(ask("first"))
ask("second")
other.ask("third")
`)).Files)
	r := p.Resolver("a.py")
	v := r.Returns(r.Functions()[0])
	if got := v.String(); got != `("first" | "second")` {
		t.Errorf("ask gives %s", got)
	}
}

package code_test

import (
	"slices"
	"testing"

	"fermata/internal/code"
	"fermata/internal/syntax"

	"github.com/rogpeppe/go-internal/txtar"
)

func TestClasses(t *testing.T) {
	classes, bases := code.Classes([]byte("class A(b.Base, Generic[T], metaclass=ABCMeta):\n  pass\n    class C(object): ...\nsubclass D(E)\nclass F:\n"))
	if want := []string{"A", "C", "F"}; !slices.Equal(classes, want) {
		t.Errorf("classes %v, want %v", classes, want)
	}
	if want := []string{"Base", "Generic"}; !slices.Equal(bases, want) {
		t.Errorf("bases %v, want %v", bases, want)
	}
}

// TestOverrides follows a method of an abstract class to what its subclasses make of it, over files, and not to what
// tests derive.
func TestOverrides(t *testing.T) {
	p := program(txtar.Parse([]byte(`
-- base.py --
from abc import ABC

class Door(ABC):
    def open(self): ...
    def name(self):
        return "door"
-- wood.py --
import base

class Wooden(base.Door):
    def open(self):
        return 1

class Oaken(Wooden):
    def open(self):
        return 2
-- other.py --
class Door:
    def open(self): ...

class Iron(Door):
    def open(self):
        return 3
-- tests/test_door.py --
from base import Door

class Fake(Door):
    def open(self):
        return 4
`)).Files)
	p.Heirs(map[string][]string{"Door": {"other.py", "tests/test_door.py", "wood.py"}, "Wooden": {"wood.py"}})
	r := p.Resolver("base.py")
	var open, name *code.Def
	for _, f := range r.Functions() {
		switch f.Last() {
		case "open":
			open = f
		case "name":
			name = f
		}
	}
	var got []string
	for _, m := range r.Overrides(open) {
		got = append(got, m.ID())
	}
	if want := []string{"wood.py:Wooden.open", "wood.py:Oaken.open"}; !slices.Equal(got, want) {
		t.Errorf("overrides %v, want %v", got, want)
	}
	if len(r.Overrides(name)) != 0 {
		t.Error("nobody overrides name")
	}
	if !code.Asks(open) || code.Asks(name) || !r.Interface(name) {
		t.Error("open only asks, name does not, and both are of an abstract class")
	}
	if !open.Node.Is(syntax.FuncDef) {
		t.Error("no function")
	}
}

package code_test

import (
	"slices"
	"testing"

	"fermata/internal/code"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestInstancesInOrder asks files for objects that come by a class, by a function that returns several and by a class that
// makes one for itself: each comes where it is made, in the order of the text, whichever file asks first and however often.
func TestInstancesInOrder(t *testing.T) {
	files := txtar.Parse([]byte(`
-- lib.py --
import kit

class Own(kit.Agent): ...

class Crew:
    def __init__(self, name):
        self.lead = kit.Agent(name=name)

def pair(first, second):
    return [kit.Agent(name=first), kit.Agent(name=second)]

def other():
    return kit.Model()
-- a.py --
import kit
from lib import Crew, Own, other, pair

one = kit.Agent(name="one")
other()
two, three = pair("two", "three")
four = Own(name="four")
crew = Crew("five")
six = kit.Agent(name="six")
seven = Own(name="seven")
-- b.py --
from lib import Own, pair

def Agent(name):
    return name

no = Agent(name="no")
yes = Own(name="yes")
both = pair("both", "of them")
`)).Files
	names := func(r *code.Resolver, patterns ...string) []string {
		var all []string
		for _, v := range r.Instances(patterns...) {
			all = append(all, v.Arg("name", -1).Str())
		}
		return all
	}
	want := map[string][]string{
		"a.py": {"one", "two", "three", "four", "five", "six", "seven"},
		"b.py": {"yes", "both", "of them"},
	}
	for _, order := range [][]string{{"a.py", "b.py"}, {"b.py", "a.py"}} {
		p := program(files)
		for _, path := range slices.Concat(order, order) {
			if got := names(p.Resolver(path), "kit.Agent", "kit.Team"); !slices.Equal(got, want[path]) {
				t.Errorf("%s after %v gives %v, want %v", path, order, got, want[path])
			}
			if got := names(p.Resolver(path), "kit.Model", "kit.Team"); path == "b.py" && len(got) > 0 {
				t.Errorf("%s gives %v for what it has not", path, got)
			}
		}
	}
}

// TestCallsLike finds calls by what they call, or by the name of the attribute that is called, each once and in order.
func TestCallsLike(t *testing.T) {
	p := program(txtar.Parse([]byte(`
-- a.py --
import kit
from kit import start as begin

def go(agent):
    agent.run("second")

begin("third")
kit.stop()
kit.Agent().run("fifth")
kit.start("sixth")
`)).Files)
	var got []string
	for _, c := range p.Resolver("a.py").CallsLike("kit.start", "kit.Agent.run") {
		got = append(got, c.Node.Child(1).Text())
	}
	if want := []string{"second", "third", "fifth", "sixth"}; !slices.Equal(got, want) {
		t.Errorf("calls of %v, want %v", got, want)
	}
}

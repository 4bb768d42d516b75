package code_test

import (
	"slices"
	"testing"

	"fermata/internal/code"

	"github.com/rogpeppe/go-internal/txtar"
)

func TestHeads(t *testing.T) {
	got := code.Heads([]string{"agents.Agent", "agents.**.Tool", "tools", "**.Chain", "lib*.x"})
	if want := []string{"agents", "tools", "**", "lib*"}; !slices.Equal(got, want) {
		t.Errorf("heads %v, want %v", got, want)
	}
}

// TestMayMake asks of files that make an object themselves, through a function, through a class of the program and not
// at all, whether they may.
func TestMayMake(t *testing.T) {
	p := program(txtar.Parse([]byte(`
-- direct.py --
from agents import Agent
a = Agent()
-- make.py --
import agents

def made():
    return agents.Agent()

class Kept:
    def __init__(self):
        self.agent = agents.Agent()
-- factory.py --
from make import made
a = made()
-- keeper.py --
from make import Kept
k = Kept()
-- user.py --
from direct import a
print(len(a.name))
`)).Files)
	for path, want := range map[string]bool{"direct.py": true, "factory.py": true, "keeper.py": true, "user.py": false} {
		r := p.Resolver(path)
		if got := r.MayMake("agents"); got != want {
			t.Errorf("%s: may make %v, want %v", path, got, want)
		}
		if !want && len(r.Instances("agents.**")) > 0 {
			t.Errorf("%s: it makes what it may not", path)
		}
		if got := r.MayMake("agent", "tools"); got {
			t.Errorf("%s: may make objects of another library", path)
		}
		if !r.MayMake("ag*") && want {
			t.Errorf("%s: a pattern with a star says no", path)
		}
	}
}

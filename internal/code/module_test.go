package code_test

import (
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestImportOfOwnName imports a library of whose name a file of the folder is: that file means the library, its
// neighbours mean the file, whoever asks first.
func TestImportOfOwnName(t *testing.T) {
	files := txtar.Parse([]byte(`
-- app/agents.py --
from agents import Agent

lead = Agent(name="lead")
-- app/main.py --
from agents import lead

lead.run()
-- app/other.py --
import agents

agents.lead.run()
-- packages/agents/__init__.py --
class Agent:
    def run(self): ...
`)).Files
	want := map[string]string{"app/agents.py": "Agent", "app/main.py": "Agent.run", "app/other.py": "Agent.run"} // of the package
	order := []string{"app/agents.py", "app/main.py", "app/other.py"}
	for range 2 {
		p := program(files)
		for _, path := range order {
			r := p.Resolver(path)
			calls := r.Calls()
			if len(calls) != 1 || calls[0].Callee.Def.ID() != "packages/agents/__init__.py:"+want[path] {
				t.Errorf("%s, asked in the order %v: %v, want %s", path, order, calls, want[path])
			}
		}
		if got := p.Imported("app/main.py", "agents"); !slices.Equal(got, []string{"app/agents.py"}) {
			t.Errorf("app/main.py imports %v", got)
		}
		slices.Reverse(order)
	}
}

package swarm

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of Swarm.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from swarm import Agent, Swarm, Result\n",
		"a = Agent(functions=[a, f])\na.functions.append(f)\nSwarm().run(agent=a, max_turns=a)\n",
		"def f(): return Result(agent=Agent(functions=[f, lambda: a]))\na = Agent(instructions=f, functions=[f])\n")
}

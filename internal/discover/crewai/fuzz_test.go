package crewai

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a Python file that imports CrewAI, and as the YAML that a crew names: the extractor
// must not fail on them.
func FuzzProgram(f *testing.F) {
	f.Add([]byte("a = Agent(role=r, tools=[a], llm=a)\nc = Crew(agents=[a, c], tasks=c)\nt = Task(agent=t, context=[t])\n"), []byte("x: {role: [1], llm: {}}\n"))
	f.Add([]byte("class F(Flow):\n    @start()\n    def s(self): return F().kickoff()\n"), []byte("- 1\n"))
	f.Fuzz(func(t *testing.T, program, config []byte) {
		head := "from crewai import Agent, Crew, Task\nfrom crewai.flow.flow import Flow, start\nfrom crewai.project import CrewBase, agent, crew\n" +
			"@CrewBase\nclass C:\n    agents_config = 'agents.yaml'\n    @agent\n    def x(self): return Agent(config=self.agents_config['x'])\n    @crew\n    def crew(self): return Crew(agents=self.agents, tasks=self.tasks)\n"
		dir := t.TempDir()
		for name, data := range map[string][]byte{"app.py": append([]byte(head), program...), "agents.yaml": config} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if out := discovertest.Scan(t, dir, Extractor); out.Failed > 0 {
			t.Errorf("failed on %q and %q: %v", program, config, out.Diagnostics)
		}
	})
}

package manifest

import (
	"fmt"
	"testing"

	"fermata/internal/discover/discovertest"
	"fermata/internal/discover/smolagents"
)

func TestFixtures(t *testing.T) { discovertest.Run(t, Extractor, smolagents.Extractor) }

func TestRequirement(t *testing.T) {
	for text, want := range map[string]string{
		"crewai":                        "crewai||",
		"Crew_AI[tools] >= 0.1, <2 ; x": "crew-ai|>= 0.1, <2|",
		"agno==1.2.3 --hash=sha256:00":  "agno|==1.2.3|",
		"mcp @ git+https://h/x.git@abc": "mcp||git+https://h/x.git@abc",
		"this is prose":                 "",
		"a line, with a comma":          "",
		"langgraph~=0.2  # the graph":   "langgraph|~=0.2|",
	} {
		got := ""
		if d, ok := requirement(text); ok {
			got = fmt.Sprintf("%s|%s|%s", d.name, d.version, d.from)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzRequirement(f *testing.F) {
	f.Add("a[b]>=1;c")
	f.Fuzz(func(t *testing.T, text string) {
		if d, ok := requirement(text); ok && d.name == "" {
			t.Errorf("%q: a dependency without a name", text)
		}
	})
}

package attack

import (
	"fmt"
	"slices"
	"testing"

	"fermata/internal/model"
)

// Many worse losses of examples leave room for those of the program, and the program's for some of the examples.
func TestMainIsNotPushedOffTheLists(t *testing.T) {
	in := world()
	in.Limits = Limits{Paths: 4, Goals: 4, Blast: 4}
	for i := range 6 {
		agent, host := fmt.Sprintf("show%d", i), fmt.Sprintf("stage%d", i)
		in.System.Elements = append(in.System.Elements,
			&model.Element{ID: agent, Kind: model.Agent, Name: agent, Scope: "example"},
			&model.Element{ID: host, Kind: model.Runtime, Name: host, Scope: "example"})
		in.System.Assets = append(in.System.Assets, model.Asset{ID: "of-" + host, Name: host, Element: host, Capability: model.Execute, Loss: "host"})
		falls := finding("falls"+agent, 1, "influence@web", "hijack@"+agent)
		falls.Elements = []string{agent}
		runs := finding("runs"+agent, 1, "hijack@"+agent, "execute@"+host)
		runs.Elements = []string{agent}
		in.Findings = append(in.Findings, falls, runs)
	}
	in.System.Sort()
	out := analyse(t, in)
	mains := 0
	for _, p := range out.Paths {
		if p.Scope == "main" {
			mains++
		}
	}
	if mains != 1 || len(out.Paths) != 4 {
		t.Errorf("%d of %d paths are of the main code; want 1 of 4", mains, len(out.Paths))
	}
	ends := map[string]bool{}
	for _, c := range out.Chokes {
		for _, id := range c.Goals {
			ends[id] = true
		}
	}
	if !ends["machine"] || len(ends) != 4 {
		t.Errorf("choke points are sought for %v; want the machine and three others", ends)
	}
	var falls []string
	for _, b := range out.Blast {
		falls = append(falls, b.Element)
	}
	if !slices.Contains(falls, "agent") || len(falls) != 4 {
		t.Errorf("what falls is listed for %q; want the agent and three others", falls)
	}
}

func TestShared(t *testing.T) {
	for _, c := range []struct {
		list string // m for main code, e for anything else
		most int
		want string
	}{
		{"eeem", 4, "eeem"},
		{"eeeem", 4, "eeem"},
		{"mmmmmme", 4, "mmmm"},
		{"mmemmmee", 4, "mmem"},
		{"mmmmmm", 4, "mmmm"},
		{"eeeeee", 4, "eeee"},
		{"eememe", 4, "eemm"},
		{"mme", 2, "mm"},
	} {
		got := ""
		for _, i := range shared(c.most, len(c.list), func(i int) bool { return c.list[i] == 'm' }) {
			got += c.list[i : i+1]
		}
		if got != c.want {
			t.Errorf("%s with room for %d: %s, want %s", c.list, c.most, got, c.want)
		}
	}
}

// Where the cheapest way to a loss of the program leads through an example, the way within the program is told beside it.
func TestWayWithinMain(t *testing.T) {
	in := world()
	in.System.Elements = append(in.System.Elements, &model.Element{ID: "show", Kind: model.Agent, Name: "show", Scope: "example"})
	falls := finding("falls", 1, "influence@web", "hijack@show")
	runs := finding("runs", 1, "hijack@show", "execute@host")
	falls.Elements, runs.Elements = []string{"show"}, []string{"show"}
	in.Findings = append(in.Findings, falls, runs)
	in.System.Sort()
	scopes := map[string]int{} // by part of the tree, the steps of the way
	for _, p := range analyse(t, in).Paths {
		if p.Goal.Asset == "machine" {
			scopes[p.Scope] = len(p.Steps)
		}
	}
	if len(scopes) != 2 || scopes["example"] != 2 || scopes["main"] != 4 {
		t.Errorf("ways by part of the tree: %v; want one through the example and one within the program", scopes)
	}
}

package attack

import (
	"fmt"
	"testing"

	"fermata/internal/model"
	"fermata/internal/result"
)

// TestBlastCounts: what is counted by nesting radii in each other is what a spread of each element alone says, in chains,
// rings and where they branch.
func TestBlastCounts(t *testing.T) {
	in := world()
	in.System = &model.System{}
	in.Findings = nil
	const n = 24
	name := func(i int) string { return fmt.Sprintf("a%02d", i) }
	for i := range n {
		in.System.Elements = append(in.System.Elements, &model.Element{ID: name(i), Kind: model.Agent, Name: name(i)})
	}
	step := func(from, to int) {
		in.Findings = append(in.Findings, finding(fmt.Sprintf("f-%d-%d", from, to), 0.5, "hijack@"+name(from), "hijack@"+name(to)))
	}
	for i := range n - 4 {
		step(i, i+1)
	}
	step(7, 3) // a ring
	for i := n - 3; i < n; i++ {
		step(5, i) // branches
	}
	step(n-1, 12)
	out := analyse(t, in)
	if len(out.Blast) != n {
		t.Fatalf("%d radii, want %d", len(out.Blast), n)
	}
	widest := func(b result.Blast) int { return len(b.Elements) }
	for i := 1; i < len(out.Blast); i++ {
		if len(out.Blast[i].Assets) == len(out.Blast[i-1].Assets) && widest(out.Blast[i]) > widest(out.Blast[i-1]) {
			t.Errorf("%s with %d comes after %s with %d", out.Blast[i].Element, widest(out.Blast[i]), out.Blast[i-1].Element, widest(out.Blast[i-1]))
		}
	}
	if first := widest(out.Blast[0]); first != n-1 {
		t.Errorf("the widest has %d elements, want %d", first, n-1)
	}
}

// TestBlastOfOutsiders: who delivers something turns by writing it, a remote agent by what it sends; of a site, or of who
// delivers nothing that anybody uses, nothing is listed.
func TestBlastOfOutsiders(t *testing.T) {
	in := world()
	in.System = &model.System{Elements: []*model.Element{
		{ID: "planner", Kind: model.Agent, Name: "planner"},
		{ID: "hub", Kind: model.External, Name: "hub", Facts: map[string]model.Fact{"role": {Value: "publisher"}}},
		{ID: "peer", Kind: model.External, Name: "peer", Facts: map[string]model.Fact{"role": {Value: "remote-agent"}}},
		{ID: "page", Kind: model.External, Name: "page", Facts: map[string]model.Fact{"role": {Value: "site"}}},
		{ID: "idle", Kind: model.External, Name: "idle", Facts: map[string]model.Fact{"role": {Value: "package"}}},
	}}
	in.Findings = []result.Finding{
		finding("f-hub", 0.5, "write@hub", "hijack@planner"),
		finding("f-peer", 0.5, "influence@peer", "hijack@planner"),
		finding("f-page", 0.5, "influence@page", "hijack@planner"),
		finding("f-idle", 0.5, "write@idle", "reach@idle"),
	}
	var got []string
	for _, b := range analyse(t, in).Blast {
		if b.Element != "planner" {
			got = append(got, fmt.Sprint(b.Element, b.Elements))
		}
	}
	if want := "[hub[planner] peer[planner]]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

package risk

import (
	"context"
	"fmt"
	"math"
	"testing"

	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/result"
)

// blastInput has agents a, b and c. Each of a and b takes the other over with a chance of one half; a and b together, both
// needed, take c over for certain, and with c goes the till.
func blastInput() Input {
	var b graph.Builder
	and := func(id string) graph.Ref { return b.Node(graph.Node{ID: id, Kind: graph.And}) }
	or := func(id string) graph.Ref { return b.Node(graph.Node{ID: id, Kind: graph.Or}) }
	agent := []graph.Ref{or("a"), or("b"), or("c")}
	source := and("source")
	var coins []graph.Ref
	step := func(to graph.Ref, from ...graph.Ref) {
		n := len(coins)
		coin, s := and(fmt.Sprint("chance", n)), and(fmt.Sprint("step", n))
		b.Edge(coin, s)
		for _, f := range from {
			b.Edge(f, s)
		}
		b.Edge(s, to)
		coins = append(coins, coin)
	}
	step(agent[1], agent[0])
	step(agent[0], agent[1])
	step(agent[2], agent[0], agent[1])
	step(agent[0], source)
	g, err := b.Build()
	if err != nil {
		panic(err)
	}
	in := Input{Graph: g, Seed: 1, Rules: map[string]result.Range{"half": {Low: 0.5, Mode: 0.5, High: 0.5}, "sure": {Low: 1, Mode: 1, High: 1}}}
	entries := []int32{g.Place(source)}
	for i, c := range coins {
		rule := []string{"half", "half", "sure", "sure"}[i]
		in.Steps = append(in.Steps, Step{Node: g.Place(c), Finding: fmt.Sprint(i), Rule: rule})
		entries = append(entries, g.Place(c))
	}
	in.Attackers = []Attacker{{"outsider", g.Place(source), entries}}
	in.Given = []model.RiskInput{{Of: model.AttemptsOf, Name: "outsider", Low: 1, High: 1, Reason: "test"}}
	for i, id := range []string{"a", "b", "c"} {
		in.Elements = append(in.Elements, Element{ID: id, Layer: fmt.Sprint("L", i+1), Agent: true, Start: g.Place(agent[i]), Falls: []int32{g.Place(agent[i])}})
	}
	in.Losses = []Loss{{Asset: "till", Class: "money", Severity: "critical", Node: g.Place(agent[2]), Low: 100, High: 100, Currency: "EUR"}}
	return in
}

func TestBlastOfKnownSystem(t *testing.T) {
	x, err := Blast(context.Background(), blastInput())
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 0.02*max(want, 1) {
			t.Errorf("%s is %g, want %g", what, got, want)
		}
	}
	for i := range x.Blasts {
		b := &x.Blasts[i]
		want := map[string][]float64{"a": {1, 50, 0.5}, "b": {1, 50, 0.5}, "c": {0, 100, 1}}[b.Element] // with a half chance both others fall
		near(b.Element+": others", b.Others.Mean, want[0])
		near(b.Element+": stake", b.Stake[0].Mean, want[1])
		near(b.Element+": critical", b.Crown, want[2])
		near(b.Element+": half of the others", b.Passes[1].Chance, min(want[0], 0.5))
	}
	if len(x.Blasts) != 3 || x.Blasts[0].Element != "c" {
		t.Errorf("blasts are %+v; c has most at stake", x.Blasts)
	}
	if r := x.Reproduction; r.Agents != 3 || !(r.Low < 0.5 && 0.5 < r.High && r.High < 0.53) {
		t.Errorf("reproduction is %+v, want 0.5 enclosed", r)
	}
	// If every step works one agent is enough; if a and b cannot take each other over, and c does not fall first, both are needed.
	if len(x.Coalitions) != 1 || len(x.Coalitions[0].Elements) != 1 || x.Coalitions[0].Least != 1 {
		t.Errorf("coalitions are %+v", x.Coalitions)
	}
	for _, w := range x.Agents { // the loss needs all three
		near(w.Element+": containing", w.Cut.Mean, w.Annual)
		near(w.Element+": share", w.Share, 1.0/3)
	}
	if len(x.Agents) != 3 {
		t.Errorf("agents are %+v", x.Agents)
	}
	in := blastInput()
	in.Elements = in.Elements[:2]
	in.Closed = append(in.Closed, in.Steps[0].Node, in.Steps[1].Node)
	if x, err = Blast(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if len(x.Coalitions) != 1 || len(x.Coalitions[0].Elements) != 2 || x.Coalitions[0].Least != 2 {
		t.Errorf("coalitions of a and b are %+v, want both, proven", x.Coalitions)
	}
}

// TestLessNeverFallsFarther: with a step taken out no fall of a random system reaches farther, in the mean and in the worst
// cases, and nothing more is at stake.
func TestLessNeverFallsFarther(t *testing.T) {
	less := 0
	for seed := range uint64(25) {
		in := randomInput(seed, plainNames)
		for v := range int32(in.Graph.Len()) {
			if in.Graph.Kind(v) == graph.Or && len(in.Graph.ID(v)) > 5 && in.Graph.ID(v)[:5] == "power" {
				in.Elements = append(in.Elements, Element{ID: in.Graph.ID(v), Layer: "L3", Agent: true, Start: v, Falls: []int32{v}})
			}
		}
		before, err := Blast(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		in.Closed = append(in.Closed, in.Steps[int(seed)%len(in.Steps)].Node)
		after, err := Blast(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		was := map[string]result.BlastRisk{}
		for _, x := range before.Blasts {
			was[x.Element] = x
		}
		for _, x := range after.Blasts {
			y := was[x.Element]
			if x.Others.Mean > y.Others.Mean || x.Others.P95 > y.Others.P95 || x.Crown > y.Crown || len(x.Stake) > len(y.Stake) {
				t.Errorf("seed %d: with a step less %s reaches %+v, before %+v", seed, x.Element, x, y)
			}
			if x.Others.Mean < y.Others.Mean {
				less++
			}
		}
		if after.Reproduction.High > before.Reproduction.High+1e-9 {
			t.Errorf("seed %d: with a step less the reproduction number is %+v, before %+v", seed, after.Reproduction, before.Reproduction)
		}
	}
	if less < 10 {
		t.Errorf("taking a step out made a difference %d times only", less)
	}
}

// TestReproductionOfWhatTrialsNeverMet: a chance far below one over the number of trials is enclosed all the same.
func TestReproductionOfWhatTrialsNeverMet(t *testing.T) {
	in := blastInput()
	in.Rules["half"] = result.Range{Low: 1e-5, Mode: 1e-5, High: 1e-5}
	x, err := Blast(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if r := x.Reproduction; !(r.Low <= 1e-5 && 1e-5 <= r.High && r.High < 0.01) {
		t.Errorf("reproduction is %+v, want 1e-5 enclosed", r)
	}
	in.Closed = append(in.Closed, in.Steps[0].Node)
	if x, err = Blast(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if r := x.Reproduction; r.High != 0 {
		t.Errorf("reproduction is %+v where b is out of reach of a, want 0", r)
	}
}

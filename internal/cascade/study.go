package cascade

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"fermata/internal/result"
)

// Named is a defence under a name for people.
type Named struct {
	Name string
	Defence
}

// Study is one question: how a spread goes as a net is, what each defence changes, and where it is best stopped.
type Study struct {
	Net       *Net
	Course    Course
	Defences  []Named
	NoContain bool // leave out which agent is worth most to keep apart
	Progress  func(done, all int)
}

// listed is how many agents a document lists.
const listed = 1000

// Work that ranking the agents may cost: agents times runs of all simulations together.
const (
	containWork = 50_000_000
	containRuns = 2000
	containMost = 40
)

// Run simulates everything and writes the document, but for what the caller knows: names, inputs, notes.
func (s *Study) Run(ctx context.Context) (*result.Simulation, error) {
	course, err := s.Course.Filled(s.Net)
	if err != nil {
		return nil, err
	}
	candidates, runs := s.plan(course)
	all := 1 + len(s.Defences) + candidates
	done := 0
	step := func() {
		if done++; s.Progress != nil {
			s.Progress(done, all)
		}
	}
	bare, err := Simulate(ctx, s.Net, course, Defence{})
	if err != nil {
		return nil, err
	}
	step()
	doc := &result.Simulation{
		Schema: result.SimulationSchema, Seed: course.Seed, Runs: course.Runs, Rounds: course.Rounds, First: course.First, Starts: []string{},
		Recovery: course.Recovery, Relapse: course.Relapse, Measure: "ever", Inputs: []result.Input{}, Notes: []string{},
		Net:      result.SimulatedNet{Agents: s.Net.Agents, Links: len(s.Net.Links), Models: max(s.Net.Models, 1)},
		Variants: []result.Variant{variant("as it is", bare, nil)}, Agents: s.agents(bare), Containment: []result.Containment{},
	}
	if s.Net.Mixed {
		doc.Net.Links = s.Net.Agents * (s.Net.Agents - 1)
	}
	if course.Relapse {
		doc.Measure = "now"
	}
	for _, v := range course.Starts {
		doc.Starts = append(doc.Starts, s.Net.Name(v))
	}
	for _, d := range s.Defences {
		o, err := Simulate(ctx, s.Net, course, d.Defence)
		if err != nil {
			return nil, err
		}
		step()
		doc.Variants = append(doc.Variants, variant(d.Name, o, bare))
	}
	if candidates > 0 {
		course.Runs = runs
		if doc.Containment, err = s.contain(ctx, course, bare, candidates, step); err != nil {
			return nil, err
		}
	}
	if last := bare.Curve[len(bare.Curve)-1]; len(bare.Curve) > 1 && !course.Relapse {
		if before := bare.Curve[len(bare.Curve)-2]; last.Mean-before.Mean > 0.002*float64(s.Net.Agents) {
			doc.Notes = append(doc.Notes, fmt.Sprintf("after %d rounds it is still spreading; more --rounds show the rest", course.Rounds))
		}
	}
	return doc, nil
}

// Name is what an agent is called.
func (n *Net) Name(v int32) string {
	if n.Names == nil {
		return strconv.Itoa(int(v) + 1)
	}
	return n.Names[v]
}

func variant(name string, o, bare *Outcome) result.Variant {
	v := result.Variant{Name: name, Final: amount(o.Final), Growth: result.Enclosed(o.Growth)}
	for _, p := range o.Curve {
		v.Curve = append(v.Curve, result.CurvePoint{Round: p.Round, Mean: p.Mean, P5: p.P5, P50: p.P50, P95: p.P95, Spreading: p.Now})
	}
	for _, c := range o.Cross {
		v.Cross = append(v.Cross, result.Crossing{Share: c.Share, Agents: c.Agents, Chance: c.Chance, Low: c.Low, High: c.High, P5: c.P5, P50: c.P50, P95: c.P95})
	}
	if o.Reproduction != nil {
		r := result.Enclosed(*o.Reproduction)
		v.Reproduction = &r
	}
	if bare != nil {
		d := difference(bare.Sizes, o.Sizes)
		v.Saved = &d
	}
	return v
}

func amount(s Spread) result.Amount {
	return result.Amount{Mean: s.Mean, P5: s.P5, P50: s.P50, P95: s.P95}
}

// difference is by how much the second is smaller, run by run.
func difference(with, without []int32) result.Difference {
	sum, squares := 0, 0
	for i, x := range with {
		d := int(x) - int(without[i])
		sum += d
		squares += d * d
	}
	n := float64(len(with))
	d := result.Difference{Mean: float64(sum) / n}
	half := 0.0
	if len(with) > 1 {
		half = float64(1.959963984540054 * math.Sqrt(max((float64(squares)-float64(d.Mean*float64(sum)))/(n-1), 0)/n))
	}
	d.Low, d.High = d.Mean-half, d.Mean+half
	return d
}

// agents lists the agents by their chance of being contaminated.
func (s *Study) agents(o *Outcome) []result.Contagion {
	order := make([]int32, s.Net.Agents)
	for v := range order {
		order[v] = int32(v)
	}
	slices.SortStableFunc(order, func(x, y int32) int {
		return cmp.Or(cmp.Compare(o.Fallen[y], o.Fallen[x]), cmp.Compare(o.Passed[y], o.Passed[x]))
	})
	list := []result.Contagion{}
	for _, v := range order[:min(len(order), listed)] {
		c := result.Contagion{Agent: s.Net.Name(v), Chance: float64(o.Fallen[v]) / float64(o.Runs), Passes: float64(o.Passed[v]) / float64(o.Runs)}
		if o.Fallen[v] > 0 {
			c.Round = float64(o.When[v]) / float64(o.Fallen[v])
		}
		list = append(list, c)
	}
	return list
}

// plan says how many agents are tried apart, and in how many runs each.
func (s *Study) plan(c Course) (candidates, runs int) {
	n := s.Net.Agents
	if s.NoContain || n < 3 || s.Net.Mixed { // in a mixed net each is like the other
		return 0, 0
	}
	runs = min(c.Runs, containRuns)
	candidates = min(n, containMost)
	for candidates > 4 && runs*(candidates+1)*n > containWork {
		if runs > 128 {
			runs = max(runs/2, 128)
		} else {
			candidates--
		}
	}
	return candidates, runs
}

// contain simulates the net again without each of the most promising agents: those from which most others take it, since
// who is never contaminated or passes nothing on is not worth watching.
func (s *Study) contain(ctx context.Context, c Course, bare *Outcome, candidates int, step func()) ([]result.Containment, error) {
	order := make([]int32, s.Net.Agents)
	for v := range order {
		order[v] = int32(v)
	}
	slices.SortStableFunc(order, func(x, y int32) int {
		return cmp.Or(cmp.Compare(bare.Passed[y], bare.Passed[x]), cmp.Compare(bare.Fallen[y], bare.Fallen[x]))
	})
	with, err := Simulate(ctx, s.Net, c, Defence{})
	if err != nil {
		return nil, err
	}
	list := []result.Containment{}
	for _, v := range order[:candidates] {
		o, err := Simulate(ctx, s.Net, c, Defence{Without: []int32{v}})
		if err != nil {
			return nil, err
		}
		step()
		list = append(list, result.Containment{Agent: s.Net.Name(v), Saved: difference(with.Sizes, o.Sizes)})
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Saved.Mean > list[j].Saved.Mean })
	return list, nil
}

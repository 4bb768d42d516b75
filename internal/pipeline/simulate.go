package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"fermata/internal/attack"
	"fermata/internal/cascade"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
)

// Spread is what somebody asks about a spread: over a result's system, or over a net that is made up.
type Spread struct {
	Topology   string // empty: the system of the result
	Agents     int    // of a made-up net, as are the next four
	Degree     int
	Branch     int
	Rewire     float64
	Models     int
	Technique  string   // of [SpreadTechniques]; empty: the first
	Chance     string   // "0.3" or "0.1..0.6", in place of the technique's
	From       []string // agents that are contaminated first, by id or name; of made-up nets by number from 1
	First      int      // how many of them, or of all, in each run
	Recovery   float64
	Relapse    bool
	Thresholds []string // shares: "10%" or "0.1"
	Defend     []string // "authentication=0.77", "none"; empty: what is usual
	Seed       uint64
	Runs       int
	Rounds     int
	Scopes     []string
	Progress   func(done, all int)
}

// SpreadTopologies are the made-up nets by name, and what they are.
func SpreadTopologies() (names, docs []string) {
	for _, t := range cascade.Topologies {
		names, docs = append(names, t.Name), append(docs, t.Doc)
	}
	return names, docs
}

// SpreadTechniques are what can spread by name, and what they are.
func SpreadTechniques() (names, docs []string) {
	for _, t := range cascade.Techniques {
		names, docs = append(names, t.ID), append(docs, t.Title)
	}
	return names, docs
}

// usualWork is how many agents times runs are simulated under the usual defences without being asked.
const usualWork = 20_000_000

// Simulate says how contamination spreads over the agents of a result's system, or of a made-up net, for which the result
// is nil.
func (e *Engine) Simulate(ctx context.Context, r *result.Result, ask Spread) (*result.Simulation, error) {
	class, technique, input, err := ask.chance()
	if err != nil {
		return nil, err
	}
	q := &spreading{engine: e, ask: ask, inputs: []result.Input{input}}
	if ask.Topology != "" {
		err = q.made(class)
	} else {
		err = q.drawn(r, class)
	}
	if err != nil {
		return nil, err
	}
	if err := q.course(); err != nil {
		return nil, err
	}
	if err := q.defences(); err != nil {
		return nil, err
	}
	q.study.Progress = ask.Progress
	doc, err := q.study.Run(ctx)
	if err != nil {
		return nil, err
	}
	doc.Technique, doc.Inputs, doc.Notes = technique, slices.Concat(q.inputs, q.defending), nonNil(slices.Concat(q.notes, doc.Notes))
	if q.study.Course.Recovery > 0 {
		doc.Inputs = append(doc.Inputs, given("recovery", q.study.Course.Recovery, "chance that a contaminated agent is cleaned in a round"))
	}
	if doc.Net.Topology = ask.Topology; ask.Topology == "" {
		doc.System, doc.Net.Kinds = r.System.Name, q.kinds
		for i := range doc.Agents {
			doc.Agents[i].Agent = q.id(doc.Agents[i].Agent)
		}
		for i := range doc.Containment {
			doc.Containment[i].Agent = q.id(doc.Containment[i].Agent)
		}
		for i := range doc.Starts {
			doc.Starts[i] = q.id(doc.Starts[i])
		}
	}
	return doc, nil
}

// spreading is a question on its way to a study.
type spreading struct {
	engine    *Engine
	ask       Spread
	study     cascade.Study
	ids       []string // of a system's agents
	names     []string // what they are called
	starts    []int32
	inputs    []result.Input
	defending []result.Input
	kinds     map[string]int
	notes     []string
}

// id gives the id of an agent that the study knows by its place.
func (q *spreading) id(place string) string {
	if i, err := strconv.Atoi(place); err == nil && i >= 1 && i <= len(q.ids) {
		return q.ids[i-1]
	}
	return place
}

// chance is what spreads.
func (ask *Spread) chance() (cascade.Chance, string, result.Input, error) {
	if ask.Chance != "" {
		low, high, two := strings.Cut(ask.Chance, "..")
		if !two {
			high = low
		}
		a, errA := strconv.ParseFloat(strings.TrimSpace(low), 64)
		b, errB := strconv.ParseFloat(strings.TrimSpace(high), 64)
		if errA != nil || errB != nil {
			return cascade.Chance{}, "", result.Input{}, &AskError{fmt.Sprintf("--chance: %q is no chance", ask.Chance), "write one, 0.3, or its least and greatest, 0.1..0.6"}
		}
		if ask.Technique != "" {
			return cascade.Chance{}, "", result.Input{}, &AskError{Message: "--chance takes the place of a technique's own; use one of them"}
		}
		c, err := cascade.Judged(a, (a+b)/2, b)
		if err != nil {
			return c, "", result.Input{}, &AskError{Message: "--chance: " + err.Error()}
		}
		return c, "own", inputOf("chance of a try", c, nil, "given", ""), nil
	}
	t := &cascade.Techniques[0]
	if ask.Technique != "" {
		names, _ := SpreadTechniques()
		i := slices.Index(names, ask.Technique)
		if i < 0 {
			return cascade.Chance{}, "", result.Input{}, unknownWord("--technique", "technique", ask.Technique, names)
		}
		t = &cascade.Techniques[i]
	}
	c, err := t.Chance()
	return c, t.ID, inputOf("chance of a try", c, t.Rows, "evidence", t.Title+": "+t.Note), err
}

func unknownWord(flag, what, word string, words []string) error {
	hint := "there are " + strings.Join(words, ", ")
	if near := source.Suggest(word, words); near != "" {
		hint = "did you mean " + near + "?"
	}
	return &AskError{fmt.Sprintf("%s: unknown %s %q", flag, what, word), hint}
}

func inputOf(name string, c cascade.Chance, rows []string, basis, note string) result.Input {
	return result.Input{Name: name, Low: c.Quantile(0.05), Mean: c.Mean(), High: c.Quantile(0.95), Evidence: rows, Basis: basis, Note: note}
}

func given(name string, value float64, note string) result.Input {
	return result.Input{Name: name, Low: value, Mean: value, High: value, Basis: "given", Note: note}
}

// made makes up a net.
func (q *spreading) made(class cascade.Chance) error {
	ask := &q.ask
	names, _ := SpreadTopologies()
	if !slices.Contains(names, ask.Topology) {
		return unknownWord("--topology", "topology", ask.Topology, names)
	}
	n, err := cascade.Shape{
		Topology: ask.Topology, Agents: ask.Agents, Degree: ask.Degree, Branch: ask.Branch, Rewire: ask.Rewire, Models: ask.Models, Seed: ask.Seed,
	}.Make(class)
	if err != nil {
		return &AskError{Message: err.Error()}
	}
	q.study.Net = n
	for _, name := range ask.From {
		i, err := strconv.Atoi(name)
		if err != nil || i < 1 || i > n.Agents {
			return &AskError{fmt.Sprintf("--from: there is no agent %q", name), fmt.Sprintf("agents of a made-up net are the numbers from 1 to %d", n.Agents)}
		}
		q.starts = append(q.starts, int32(i-1))
	}
	if ask.Topology == "chain" && len(ask.From) == 0 {
		q.starts = []int32{0}
	}
	if n.Mixed {
		q.notes = append(q.notes, "a mesh of this size is simulated by its meetings: whether a defence covers a meeting is drawn anew each time")
	}
	return nil
}

// drawn takes the net of a result's system.
func (q *spreading) drawn(r *result.Result, class cascade.Chance) error {
	parts := r.Scopes(q.ask.Scopes)
	d := cascade.FromSystem(&r.System, func(e *model.Element) bool { return parts.Has(parts.Of(e.ID)) }, q.guards(r))
	n := d.Net
	q.ids, q.names, q.kinds = d.IDs, n.Names, d.Kinds
	n.Names = nil // two agents may be called the same: places are told, and turned into ids
	n.Classes = []cascade.Chance{class}
	q.study.Net = n
	switch {
	case n.Agents == 0:
		return &InputError{Message: "there is no agent in this system; a net can be made up: --topology star --agents 100"}
	case n.Agents == 1:
		return &InputError{Message: "there is one agent in this system, so that nothing can spread; a net can be made up: --topology star --agents 100"}
	}
	if len(n.Links) == 0 {
		q.notes = append(q.notes, "no agent's words are seen to reach another agent: nothing spreads here by what is known")
	}
	for _, name := range q.ask.From {
		v, err := q.agent(r, name)
		if err != nil {
			return err
		}
		q.starts = append(q.starts, v)
	}
	switch {
	case len(q.ask.From) > 0:
	case len(d.Starts) > 0:
		q.starts = d.Starts
	default:
		q.notes = append(q.notes, "no agent is seen to take anything in from outside, so every agent may be the first")
	}
	for _, f := range cascade.Factors {
		if d.Kinds[f.ID] > 0 || d.Used[f.ID] > 0 {
			basis := "judgement"
			if len(f.Rows) > 0 {
				basis = "evidence"
			}
			q.inputs = append(q.inputs, result.Input{Name: "part that passes: " + f.ID, Low: f.Value, Mean: f.Value, High: f.Value, Evidence: f.Rows, Basis: basis, Note: f.Doc})
		}
	}
	if d.Unknown > 0 {
		q.notes = append(q.notes, plural(d.Unknown, "pair", "pairs")+" of agents share only tools of which nobody knows whether they keep what they are given; they count as not linked, and fermata ask asks about their effects")
	}
	if parts := n.Parts(); parts > 1 && len(n.Links) > 0 {
		q.notes = append(q.notes, fmt.Sprintf("the agents fall into %d groups that no link joins: a spread stays in the group where it begins", parts))
	}
	if d.NoModel > 0 {
		q.notes = append(q.notes, fmt.Sprintf("no model is known of %s; all such agents count as running on one", plural(d.NoModel, "agent", "agents")))
	}
	return nil
}

// agent finds a system's agent by id or name.
func (q *spreading) agent(r *result.Result, name string) (int32, error) {
	v := newView(r)
	var found []int32
	for i, id := range q.ids {
		if id == name {
			return int32(i), nil
		}
		if slices.Contains(v.aliases[name], id) || q.names[i] == name {
			found = append(found, int32(i))
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		hint := "fermata simulate without --from lists the agents"
		if near := source.Suggest(name, append(slices.Clone(q.ids), q.names...)); near != "" {
			hint = "did you mean " + near + "?"
		}
		return 0, &AskError{fmt.Sprintf("--from: no agent is called %q", name), hint}
	}
	var ids []string
	for _, i := range found {
		ids = append(ids, q.ids[i])
	}
	return 0, &AskError{fmt.Sprintf("--from: %q may be %s", name, strings.Join(ids, " or ")), "say which by its id"}
}

// checks are the controls that stand between a message and what its reader does.
var checks = []string{
	"dual-llm", "flow-tracking", "fresh-context", "input-guardrail", "isolate-then-aggregate", "memory-isolation", "memory-provenance", "memory-quarantine",
	"message-integrity", "message-tagging", "mutual-authentication", "output-guardrail", "output-validation", "prompt-isolation", "server-isolation", "structured-output",
}

// guards are the controls of the system that lower the chance of a try, where they stand, and as far as their state is
// believed.
func (q *spreading) guards(r *result.Result) []cascade.Guard {
	type spot struct{ control, on string }
	seen := map[spot]bool{}
	var out []cascade.Guard
	used := map[string]int{}
	for _, p := range r.System.Controls {
		at := spot{p.Control, p.On}
		c := q.engine.Controls().Get(p.Control)
		if seen[at] || c == nil || !attack.Counts(p.State, model.State(r.Trust)) {
			continue
		}
		if p.Control == "circuit-breaker" {
			q.notes = append(q.notes, fmt.Sprintf("the circuit breaker on %s is not part of what stands; --defend breaker=0.3 simulates one on every agent", p.On))
		}
		if !slices.Contains(checks, p.Control) {
			continue
		}
		seen[at] = true
		used[p.Control]++
		out = append(out, cascade.Guard{On: p.On, Passes: 1 - float64(c.Efficacy.Mode*attack.Weight(p.State))})
	}
	names := slices.Sorted(maps.Keys(used))
	for _, name := range names {
		c := q.engine.Controls().Get(name)
		q.inputs = append(q.inputs, result.Input{
			Name: "efficacy of " + name, Low: c.Efficacy.Mode, Mean: c.Efficacy.Mode, High: c.Efficacy.Mode, Evidence: c.Efficacy.Evidence,
			Basis: basisOf(c.Efficacy.Evidence), Note: "stands in " + plural(used[name], "place", "places") + "; less is believed of what is only claimed or seen than of what was tested",
		})
	}
	return out
}

func basisOf(rows []string) string {
	if len(rows) > 0 {
		return "evidence"
	}
	return "judgement"
}

// course settles how long and how often, and what counts as a cascade.
func (q *spreading) course() error {
	ask := &q.ask
	c := cascade.Course{
		Runs: ask.Runs, Rounds: ask.Rounds, Seed: ask.Seed, First: ask.First, Starts: q.starts, Recovery: ask.Recovery, Relapse: ask.Relapse,
	}
	if len(ask.From) > 0 && ask.First == 0 {
		c.First = len(q.starts) // who is named is contaminated, all of them together
	}
	if c.Runs == 0 {
		c.Runs = 1000
		if q.study.Net.Agents <= 1000 {
			c.Runs = 10_000
		}
	}
	for _, text := range ask.Thresholds {
		number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
		x, err := strconv.ParseFloat(number, 64)
		if percent {
			x /= 100
		}
		if err != nil || !(x > 0 && x <= 1) {
			return &AskError{fmt.Sprintf("--threshold: %q is no share of the agents", text), "write 10% or 0.1"}
		}
		c.Thresholds = append(c.Thresholds, x)
	}
	sort.Float64s(c.Thresholds)
	slices.Sort(c.Starts)
	if c.Starts = slices.Compact(c.Starts); c.Relapse && c.Recovery == 0 {
		return &AskError{"--relapse is about agents that were cleaned, and nothing cleans them", "say how often: --recovery 0.1"}
	}
	filled, err := c.Filled(q.study.Net)
	if err != nil {
		return &AskError{Message: err.Error()}
	}
	q.study.Course = filled
	return nil
}

// defence is a word of --defend.
type defence struct {
	name, control string
	usual         float64 // if no number is given; 0 where one is needed
	doc           string
	set           func(*cascade.Defence, float64)
	whole         bool // the number is a whole one
}

var defences = []defence{
	{"authentication", "mutual-authentication", 0, "authenticated messages on every link", func(d *cascade.Defence, x float64) { d.Authentication = x }, false},
	{"tagging", "message-tagging", 0, "messages say which agent wrote them", func(d *cascade.Defence, x float64) { d.Tagging = x }, false},
	{"segments", "", 4, "groups of agents between which no link stays", func(d *cascade.Defence, x float64) { d.Segments = int(x) }, true},
	{"breaker", "", 0.3, "chance that a contaminated agent is noticed in a round, and cut off", func(d *cascade.Defence, x float64) { d.Breaker = x }, false},
	{"recovery", "", 0.2, "chance that a contaminated agent is cleaned in a round", func(d *cascade.Defence, x float64) { d.Recovery = x }, false},
	{"alarms", "", 1, "alarms after which the breaker cuts an agent off", func(d *cascade.Defence, x float64) { d.Alarms = int(x) }, true},
	{"coverage", "", 1, "share of the links that carry authentication and tagging", func(d *cascade.Defence, x float64) { d.Coverage = x }, false},
}

// defences reads --defend: each defence alone, and all of them together.
func (q *spreading) defences() error {
	words := q.ask.Defend
	usual := len(words) == 0
	switch {
	case usual && q.study.Net.Agents*q.study.Course.Runs > usualWork:
		q.notes = append(q.notes, "so large a net is simulated without defences unless --defend names them")
		return nil
	case usual && len(q.study.Net.Links) == 0 && !q.study.Net.Mixed:
		return nil
	case usual:
		words = []string{"authentication", "tagging", "segments", "breaker"}
		if q.study.Net.Agents < 8 {
			words[2] = "segments=2"
		}
	case len(words) == 1 && words[0] == "none":
		return nil
	}
	var all cascade.Defence
	var alone []cascade.Named
	var modify []func(*cascade.Defence)
	had := map[string]bool{}
	var names []string
	for _, d := range defences {
		names = append(names, d.name)
	}
	for _, word := range words {
		name, number, has := strings.Cut(word, "=")
		i := slices.Index(names, name)
		if i < 0 {
			return unknownWord("--defend", "defence", name, names)
		}
		if had[name] {
			return &AskError{Message: fmt.Sprintf("--defend: %s is named twice", name)}
		}
		had[name] = true
		d := defences[i]
		input := result.Input{Name: d.name, Basis: "judgement", Note: d.doc}
		x := d.usual
		if c := q.engine.Controls().Get(d.control); c != nil && !has {
			x, input.Evidence, input.Basis = c.Efficacy.Mode, c.Efficacy.Evidence, basisOf(c.Efficacy.Evidence)
			input.Note += ": most likely efficacy of " + d.control
		}
		if has {
			var err error
			if x, err = strconv.ParseFloat(number, 64); err != nil || d.whole && x != float64(int(x)) {
				return &AskError{fmt.Sprintf("--defend: %q is no value for %s", number, name), d.name + ": " + d.doc}
			}
			if !usual {
				input.Basis = "given"
			}
		}
		if name == "segments" && (x < 2 || int(x) > q.study.Net.Agents) {
			return &AskError{fmt.Sprintf("--defend: %s agents cannot stand in %v segments", strconv.Itoa(q.study.Net.Agents), x), "segments are at least 2, and no more than agents"}
		}
		if name == "coverage" && x == 0 || name == "alarms" && x < 1 {
			return &AskError{Message: fmt.Sprintf("--defend: %s is above 0, and not %v", name, x)}
		}
		input.Low, input.Mean, input.High = x, x, x
		q.defending = append(q.defending, input)
		d.set(&all, x)
		if err := all.Check(); err != nil {
			return &AskError{Message: "--defend: " + err.Error()}
		}
		if name == "alarms" || name == "coverage" {
			modify = append(modify, func(of *cascade.Defence) { d.set(of, x) })
			continue
		}
		one := cascade.Named{Name: name}
		d.set(&one.Defence, x)
		alone = append(alone, one)
	}
	switch {
	case had["alarms"] && !had["breaker"]:
		return &AskError{Message: "--defend: alarms are those of a breaker, and there is none", Hint: "--defend breaker=0.3,alarms=3"}
	case had["coverage"] && !had["authentication"] && !had["tagging"]:
		return &AskError{Message: "--defend: coverage is that of authentication or tagging, and neither is there", Hint: "--defend authentication=0.77,coverage=0.5"}
	}
	for i := range alone {
		for _, m := range modify {
			m(&alone[i].Defence)
		}
	}
	if len(alone) > 1 {
		alone = append(alone, cascade.Named{Name: "all of them", Defence: all})
	}
	q.study.Defences = alone
	return nil
}

package attack

import (
	"maps"
	"math"
	"slices"
	"sort"
	"strconv"
	"sync"

	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/result"
)

// analysis is the graph with the way back from its nodes to the domain.
type analysis struct {
	in  Input
	out Output
	g   *graph.Graph

	byElement    map[string]*model.Element
	byFlow       map[string]*model.Flow
	powers       []model.Power      // in no order that means anything
	at           []int32            // by node: 1 + the index of the power that it is, or −1 − the index of the finding that it is a step of
	stepsOf      [][]int32          // finding → its step nodes
	heldBy       [][]int32          // condition → the placements of controls that end it
	leaves       []int32            // leaf nodes of weakening controls: always entries
	closedLeaves []int32            // leaf nodes of blocking controls
	leafControl  map[int32]string   // leaf node → "control@on"
	starts       map[string][]int32 // attacker → power nodes
	reasons      map[string]map[int32]string
	shared       map[int32]string // leaf that opens for all placements of a control at once; only where Input.coins asks for them
	offered      map[spot]int32   // placement on offer → the leaf whose closing puts it in place
	coins        map[int32]int    // node of a finding's chance → index of the finding; only where Input.coins asks for them
	placedLeaf   map[int32]placed
	source       map[string]int32 // attacker → the node from which it starts
	despite      []int32          // leaves that an offer of a weakening control has for the search for ways

	cutOff sync.Mutex // guards out.Truncated

	ways  []candidate // the worst ways to losses so far, see paths
	told  int         // how many there were
	parts []string    // by finding, the part of the tree that it is of; "" until somebody asks: see part

	useful nodeSet // reached nodes that lead to a loss

	guessed      map[int32]bool // powers that a person or publisher starts with of whom only a guess says that there is one
	standIns     []int32        // powers over agents of which only a guess says that there is one
	guesses      []int32        // steps that rest on a guess
	restsOnGuess map[int32]bool // the same
	remote       map[int32]bool // powers of publishers of what runs on a developer's machine only
	surer        []tier         // what is reached without guesses, the surest first
	gravest      int            // what is reached with all of them is no graver
}

// implied gives the capabilities that one implies on the same subject.
var implied = map[model.Capability][]model.Capability{
	model.Influence: {model.Corrupt},
	model.Hijack:    {model.Misact},
	model.Invoke:    {model.Misact},
}

// Stronger are the capabilities that imply one on the same subject, in the order of their names.
func Stronger(c model.Capability) []model.Capability {
	var out []model.Capability
	for _, from := range slices.Sorted(maps.Keys(implied)) {
		if slices.Contains(implied[from], c) {
			out = append(out, from)
		}
	}
	return out
}

func build(in Input) (*analysis, error) {
	a := &analysis{
		in: in, stepsOf: make([][]int32, len(in.Findings)), heldBy: make([][]int32, len(in.Findings)),
		leafControl: map[int32]string{}, starts: map[string][]int32{}, reasons: map[string]map[int32]string{},
		shared: map[int32]string{}, offered: map[spot]int32{}, coins: map[int32]int{}, placedLeaf: map[int32]placed{}, restsOnGuess: map[int32]bool{}, remote: map[int32]bool{}, source: map[string]int32{},
	}
	var failed error
	inParallel(in.Workers, func() { failed = a.construct() }, a.lookups)
	if failed != nil {
		return nil, failed
	}
	return a, nil
}

// lookups files what the system is made of by id.
func (a *analysis) lookups() {
	a.byElement = make(map[string]*model.Element, len(a.in.System.Elements))
	for _, e := range a.in.System.Elements {
		a.byElement[e.ID] = e
	}
	a.byFlow = make(map[string]*model.Flow, len(a.in.System.Flows))
	for _, f := range a.in.System.Flows {
		a.byFlow[f.ID] = f
	}
}

// construct makes the graph.
func (a *analysis) construct() error {
	in := &a.in
	host := map[string]string{}
	for _, f := range in.System.Flows {
		if f.Kind == model.Hosts && host[f.To] == "" {
			host[f.To] = f.From // flows are sorted: the first host by id
		}
	}
	c := &construction{
		analysis: a, host: host, powerRefs: make(map[string][]powerRef, len(in.System.Elements)), guards: map[string]graph.Ref{},
		togetherRefs: map[string]graph.Ref{}, offerRef: map[spot]graph.Ref{}, freeRefs: map[spot]graph.Ref{},
	}
	steps, ids := 0, 0
	for i := range in.Findings {
		f := &in.Findings[i]
		steps += len(f.Steps)
		ids += len(f.Steps) * (len("step  own") + len(f.ID))
	}
	nodes := steps + 2*len(in.System.Elements) + len(in.System.Flows)
	for _, e := range in.System.Elements {
		ids += 3 * (len("power impersonate:own@") + len(e.ID))
	}
	for _, f := range in.System.Flows {
		ids += len("power corrupt:own@") + len(f.ID)
	}
	c.b.Grow(nodes, 3*steps, ids)
	c.stepRefs = make([]stepRef, 0, steps)
	for i := range in.Findings {
		if err := c.finding(i); err != nil {
			return err
		}
	}
	for _, attacker := range in.System.Attackers {
		for _, s := range attacker.Starts {
			p, err := model.ParsePower(s.Capability)
			if err != nil {
				return err
			}
			c.power(p)
		}
	}
	for i := range in.System.Assets {
		c.power(assetPower(&in.System.Assets[i]))
	}
	c.sources()
	c.implications()
	g, err := c.b.Build()
	if err != nil {
		return err
	}
	a.g = g
	c.place()
	return nil
}

// construction holds what only building needs.
type construction struct {
	*analysis
	b            graph.Builder
	host         map[string]string
	powerRefs    map[string][]powerRef // by what the powers are over
	guards       map[string]graph.Ref
	stepRefs     []stepRef
	holdRefs     []stepRef // guards that end a condition
	coinRefs     []stepRef
	sourceRefs   []sourceRef
	leafRefs     []leafRef
	togetherRefs map[string]graph.Ref // control → the leaf that its placements share
	offerRef     map[spot]graph.Ref   // guard on offer
	freeRefs     map[spot]graph.Ref   // the leaf of it that stays open until the control is placed
}

type sourceRef struct {
	ref      graph.Ref
	attacker string
}

type stepRef struct {
	ref     graph.Ref
	finding int
	guess   bool // of a step: it rests on a guess
}

type leafRef struct {
	ref     graph.Ref
	closed  bool
	name    string
	placed  placed
	despite bool
}

// placed is a control that stands on a place, in a state.
type placed struct {
	control, on string
	state       model.State
}

func (c *construction) power(p model.Power) graph.Ref {
	own := p.Scope == model.ScopeOwn
	list := c.powerRefs[p.On]
	if r, ok := find(list, p.Capability, own); ok {
		return r
	}
	r := c.b.Fresh(graph.Node{Kind: graph.Or}, "power ", p.String())
	c.powerRefs[p.On] = append(list, powerRef{p.Capability, own, r})
	return r
}

// powerRef is a power over one thing.
type powerRef struct {
	capability model.Capability
	own        bool
	ref        graph.Ref
}

func find(list []powerRef, capability model.Capability, own bool) (graph.Ref, bool) {
	for i := range list {
		if list[i].own == own && list[i].capability == capability {
			return list[i].ref, true
		}
	}
	return 0, false
}

func scopeName(own bool) string {
	if own {
		return model.ScopeOwn
	}
	return model.ScopeAll
}

func (c *construction) finding(i int) error {
	f := &c.in.Findings[i]
	if len(f.Steps) == 0 {
		for _, control := range f.Controls {
			if control.Effect != "ends" {
				continue
			}
			if r, ok := c.guard(control); ok {
				c.holdRefs = append(c.holdRefs, stepRef{ref: r, finding: i})
			}
		}
		return nil
	}
	cost := 0.0
	if f.Success != nil {
		cost = -math.Log(min(1, max(f.Success.Mode, 1e-9)))
	}
	var guards []graph.Ref
	for _, control := range f.Controls {
		if r, ok := c.guard(control); ok {
			guards = append(guards, r)
		}
		if r, ok := c.offer(control); ok {
			guards = append(guards, r)
		}
	}
	if c.in.coins {
		coin := c.b.Fresh(graph.Node{Kind: graph.And}, "chance ", f.ID)
		c.coinRefs = append(c.coinRefs, stepRef{ref: coin, finding: i})
		guards = append(guards, coin) // both steps of a finding succeed or fail together
	}
	for n, step := range f.Steps {
		which := ""
		switch {
		case n == 1:
			which = " own" // the step in the attacker's own scope
		case n > 1:
			which = " " + strconv.Itoa(n) // where a guess widens the first
		}
		ref := c.b.Fresh(graph.Node{Kind: graph.And, Cost: cost}, "step ", f.ID, which)
		c.stepRefs = append(c.stepRefs, stepRef{ref, i, step.Guess})
		for k, need := range step.Needs {
			if err := c.need(ref, f.ID, which, k, need); err != nil {
				return err
			}
		}
		for _, g := range guards {
			c.b.Edge(g, ref)
		}
		for _, text := range step.Gives {
			p, err := model.ParsePower(text)
			if err != nil {
				return err
			}
			c.b.Edge(ref, c.power(p))
		}
	}
	return nil
}

func (c *construction) need(step graph.Ref, finding, which string, k int, need result.Need) error {
	if len(need.Powers) == 1 {
		p, err := model.ParsePower(need.Powers[0])
		if err != nil {
			return err
		}
		c.b.Edge(c.power(p), step)
		return nil
	}
	node := graph.Node{Kind: graph.KOfN, K: need.K}
	if need.K <= 1 {
		node.Kind, node.K = graph.Or, 0
	}
	ref := c.b.Fresh(node, "step ", finding, which, " need ", string(rune('a'+k)))
	for _, text := range need.Powers {
		p, err := model.ParsePower(text)
		if err != nil {
			return err
		}
		c.b.Edge(c.power(p), ref)
	}
	c.b.Edge(ref, step)
	return nil
}

// trusted orders the states that can count; a state that is not listed never counts.
var trusted = map[model.State]int{model.DeclaredOnly: 1, model.Attested: 2, model.Evidenced: 2, model.Tested: 3}

// counts tells whether a control in this state guards anything at the level of trust asked for.
func (c *construction) counts(state model.State) bool { return Counts(state, c.in.Trust) }

// Counts tells whether a control in a state guards anything at a level of trust; "" means that a claim is enough.
func Counts(state, trust model.State) bool {
	rank, ok := trusted[state]
	return ok && rank >= max(trusted[trust], 1)
}

// weight is how much of a control's efficacy is believed: a claim counts less than a test.
var weight = map[model.State]float64{model.DeclaredOnly: 0.6, model.Attested: 0.8, model.Evidenced: 0.8, model.Tested: 1}

// Weight is how much of a control's efficacy a state lets one believe; 0 where it never counts.
func Weight(state model.State) float64 { return weight[state] }

// guard gives the node of a placement, made once. Controls that nobody saw, or that are not trusted enough, guard
// nothing.
func (c *construction) guard(control result.Control) (graph.Ref, bool) {
	definition, known := c.in.Controls[control.Control]
	if !known || !c.counts(control.State) {
		return 0, false
	}
	name := control.Control + "@" + control.On
	id := "control " + name
	if control.By != "" {
		id += " by " + control.By
	}
	if r, ok := c.guards[id]; ok {
		return r, true
	}
	guard := c.b.Node(graph.Node{ID: id, Kind: graph.Or})
	c.guards[id] = guard
	leaf := graph.Node{ID: "fails " + id[len("control "):], Kind: graph.And}
	if !definition.Blocks {
		leaf.Cost = -math.Log(max(1-definition.Efficacy*weight[control.State], 1e-9))
	}
	ref := c.b.Node(leaf)
	c.b.Edge(ref, guard)
	c.failTogether(control.Control, guard)
	c.leafRefs = append(c.leafRefs, leafRef{ref: ref, closed: definition.Blocks, name: name, placed: placed{control.Control, control.On, control.State}})
	if control.By != "" {
		for _, capability := range definition.DefeatedBy {
			c.b.Edge(c.power(model.Power{Capability: capability, Scope: model.ScopeAll, On: control.By}), guard)
		}
		if host := c.host[control.By]; host != "" {
			c.b.Edge(c.power(model.Power{Capability: model.Execute, Scope: model.ScopeAll, On: host}), guard)
		}
	}
	return guard, true
}

// offer gives the node of a placement that could be made. It lets everything through at no cost by its free leaf; closing
// that puts the control in place: nothing is left of one that blocks, and the weaker leaf of one that weakens.
func (c *construction) offer(control result.Control) (graph.Ref, bool) {
	at := spot{control.Control, control.On}
	definition, known := c.in.Controls[control.Control]
	if !c.in.offers[at] || !known || c.counts(control.State) {
		return 0, false
	}
	if r, ok := c.offerRef[at]; ok {
		return r, true
	}
	name := at.control + "@" + at.on
	guard := c.b.Node(graph.Node{ID: "offer " + name, Kind: graph.Or})
	free := c.b.Node(graph.Node{ID: "without " + name, Kind: graph.And})
	c.b.Edge(free, guard)
	c.failTogether(at.control, guard)
	if !definition.Blocks {
		cost := -math.Log(max(1-definition.Efficacy*weight[model.Evidenced], 1e-9))
		weak := c.b.Node(graph.Node{ID: "despite " + name, Kind: graph.And, Cost: cost})
		c.b.Edge(weak, guard)
		c.leafRefs = append(c.leafRefs, leafRef{ref: weak, name: name, despite: true})
	}
	c.leafRefs = append(c.leafRefs, leafRef{ref: free, name: name})
	c.offerRef[at], c.freeRefs[at] = guard, free
	return guard, true
}

// failTogether makes a placement fail, too, where all placements of its control do: what gets past one filter often gets past
// the next of the same kind. The leaf is there even for a single placement, so that a further one changes nothing else.
func (c *construction) failTogether(control string, guard graph.Ref) {
	if !c.in.coins {
		return
	}
	ref, ok := c.togetherRefs[control]
	if !ok {
		ref = c.b.Node(graph.Node{ID: "together " + control, Kind: graph.And})
		c.togetherRefs[control] = ref
	}
	c.b.Edge(ref, guard)
}

// sources gives each attacker a node of its own from which it starts, where chances are reckoned with: who tries is then a
// matter of that node.
func (c *construction) sources() {
	if !c.in.coins {
		return
	}
	for _, attacker := range c.in.System.Attackers {
		ref := c.b.Node(graph.Node{ID: "attacker " + attacker.ID, Kind: graph.And})
		c.sourceRefs = append(c.sourceRefs, sourceRef{ref, attacker.ID})
		for _, s := range attacker.Starts {
			p, _ := model.ParsePower(s.Capability) // parsed before
			c.b.Edge(ref, c.power(p))
		}
	}
}

// implications joins each power to those that it implies and that the graph has.
func (c *construction) implications() {
	for _, list := range c.powerRefs { // edges have no order
		for _, p := range list {
			for _, q := range list {
				same := q.capability == p.capability
				if (!p.own || q.own) && (same && p.own != q.own || slices.Contains(implied[p.capability], q.capability)) {
					c.b.Edge(p.ref, q.ref)
				}
			}
		}
	}
}

// place turns the builder's references into nodes.
func (c *construction) place() {
	c.at = make([]int32, c.g.Len())
	c.powers = make([]model.Power, 0, 2*len(c.powerRefs))
	for on, list := range c.powerRefs {
		for _, p := range list {
			node := c.g.Place(p.ref)
			c.powers = append(c.powers, model.Power{Capability: p.capability, Scope: scopeName(p.own), On: on})
			c.at[node] = int32(len(c.powers))
		}
	}
	steps := make([]int32, len(c.stepRefs)) // those of one finding stand together
	for i, s := range c.stepRefs {
		node := c.g.Place(s.ref)
		c.at[node] = -int32(s.finding) - 1
		steps[i] = node
		first := i - len(c.stepsOf[s.finding])
		c.stepsOf[s.finding] = steps[first : i+1 : i+1]
		if s.guess {
			c.guesses = append(c.guesses, node)
			c.restsOnGuess[node] = true
		}
	}
	for _, h := range c.holdRefs {
		c.heldBy[h.finding] = append(c.heldBy[h.finding], c.g.Place(h.ref))
	}
	for _, l := range c.leafRefs {
		node := c.g.Place(l.ref)
		c.leafControl[node] = l.name
		c.leaves = append(c.leaves, node)
		if l.closed {
			c.closedLeaves = append(c.closedLeaves, node)
		}
		if l.placed.control != "" {
			c.placedLeaf[node] = l.placed
		}
		if l.despite {
			c.despite = append(c.despite, node)
		}
	}
	for _, s := range c.sourceRefs {
		c.source[s.attacker] = c.g.Place(s.ref)
	}
	for _, s := range c.coinRefs {
		c.coins[c.g.Place(s.ref)] = s.finding
	}
	for control, ref := range c.togetherRefs {
		c.shared[c.g.Place(ref)] = control
	}
	for at, ref := range c.freeRefs {
		c.offered[at] = c.g.Place(ref)
	}
	for _, attacker := range c.in.System.Attackers {
		c.reasons[attacker.ID] = map[int32]string{}
		for _, s := range attacker.Starts {
			p, _ := model.ParsePower(s.Capability) // parsed before
			node := c.g.Place(c.power(p))
			c.starts[attacker.ID] = append(c.starts[attacker.ID], node)
			c.reasons[attacker.ID][node] = s.Reason
		}
	}
	sort.Slice(c.closedLeaves, func(i, j int) bool { return c.closedLeaves[i] < c.closedLeaves[j] })
}

// powerAt is the power that a node is; false when it is none.
func (a *analysis) powerAt(node int32) (model.Power, bool) {
	if i := a.at[node]; i > 0 {
		return a.powers[i-1], true
	}
	return model.Power{}, false
}

// powerOf is the power that a node is.
func (a *analysis) powerOf(node int32) model.Power {
	p, _ := a.powerAt(node)
	return p
}

// stepAt is the finding that a node is a step of; false when it is none.
func (a *analysis) stepAt(node int32) (int, bool) {
	if i := a.at[node]; i < 0 {
		return int(-i - 1), true
	}
	return 0, false
}

// power gives the node of a power; false when no finding, attacker or asset speaks of it.
func (a *analysis) power(p model.Power) (int32, bool) { return a.g.Index("power " + p.String()) }

// everybody lists the attackers of the system.
func (a *analysis) everybody() []string {
	var ids []string
	for _, attacker := range a.in.System.Attackers {
		ids = append(ids, attacker.ID)
	}
	return ids
}

// entries are what these attackers start with, and the leaves of controls, which fail by themselves.
func (a *analysis) entries(attackers []string) []int32 {
	out := append([]int32(nil), a.leaves...)
	for _, id := range attackers {
		out = append(out, a.starts[id]...)
	}
	return out
}

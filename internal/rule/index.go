package rule

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"cel.dev/cel-go/common/types"

	"fermata/internal/model"
)

// index is a system prepared for questions: everything by kind and by neighbour, with values that CEL takes as they
// are. It is made once per evaluation and only read after that (but for the unknowns and the texts of powers, which are made when asked).
type index struct {
	system    *model.System
	elements  []*element // in the order of ids
	flows     []*flow    // in the order of ids
	byID      map[string]int32
	byKind    map[string][]*element
	flowKinds map[string][]*flow
	placed    map[string][]int32
	subjects  map[string]map[string][]*subject // by sort and kind
	controls  []model.Placement
}

// newIndex prepares a system. It does not need to be sorted: the index sorts its own view. Numbers of the unknowns
// start at base.
func newIndex(system *model.System, base int64) *index {
	x := &index{
		system: system, byID: make(map[string]int32, len(system.Elements)),
		byKind: map[string][]*element{}, flowKinds: map[string][]*flow{},
	}
	x.addElements(base)
	x.addFlows(base + flowNumbers)
	x.structure()
	x.boundaries()
	x.placements()
	return x
}

func (x *index) addElements(base int64) {
	sorted := append([]*model.Element(nil), x.system.Elements...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].ID < sorted[j].ID })
	all := make([]element, len(sorted))
	answers := make([]answer, len(sorted)*len(elementSlots))
	kinds := map[model.Kind]*element{} // of which nothing is said
	x.elements = make([]*element, len(sorted))
	for i, m := range sorted {
		e := &all[i]
		e.m, e.number, e.id, e.target.on = m, base+int64(i)*slotsPerSubject, types.String(m.ID), m.ID
		none := kinds[m.Kind]
		if none == nil {
			none = nothingSaid(m.Kind)
			kinds[m.Kind] = none
		}
		e.kind, e.host, e.server = none.kind, missing, missing
		e.answers = answers[i*len(elementSlots) : (i+1)*len(elementSlots) : (i+1)*len(elementSlots)]
		copy(e.answers, none.answers)
		for name, fact := range m.Effects {
			if slot, ok := effectAt[name]; ok {
				e.answers[slot] = answerOf(fact.Value, &elementSlots[slot])
			}
		}
		for name, fact := range m.Facts {
			if slot, ok := elementFactAt[name]; ok && fact.Value != model.Unknown {
				e.answers[slot] = answerOf(fact.Value, &elementSlots[slot])
			}
		}
		x.elements[i] = e
		x.byID[m.ID] = int32(i)
		x.byKind[string(m.Kind)] = append(x.byKind[string(m.Kind)], e)
	}
}

// nothingSaid is an element of a kind of which nothing is said. That is unknown where it is asked, and no where the question
// makes no sense for the kind or nobody is asked; a label that nobody gave is empty.
func nothingSaid(kind model.Kind) *element {
	e := &element{m: &model.Element{Kind: kind}, kind: types.String(kind), answers: make([]answer, len(elementSlots))}
	for slot := range elementSlots {
		info := &elementSlots[slot]
		switch {
		case info.effect != nil:
			e.answers[slot] = answerOf(e.m.Effect(info.name).Value, info)
		default:
			e.answers[slot] = defaultAnswer(info, info.fact.Question != "" && (info.fact.Kinds == nil || containsKind(info.fact.Kinds, kind)))
		}
	}
	return e
}

// defaultAnswer is the answer to what nobody said.
func defaultAnswer(info *slotInfo, asked bool) answer {
	switch {
	case info.label():
		return word
	case asked:
		return unknown
	case info.words():
		return word
	}
	return no
}

func containsKind[K comparable](all []K, one K) bool {
	for _, k := range all {
		if k == one {
			return true
		}
	}
	return false
}

func (x *index) addFlows(base int64) {
	type joined struct {
		m        *model.Flow
		from, to *element
	}
	sorted := make([]joined, 0, len(x.system.Flows))
	for _, m := range x.system.Flows {
		from, ok := x.byID[m.From]
		to, too := x.byID[m.To]
		// A dangling flow is the model reader's trouble; it has no ends to ask about.
		if ok && too {
			sorted = append(sorted, joined{m, x.elements[from], x.elements[to]})
		}
	}
	slices.SortStableFunc(sorted, func(a, b joined) int { return cmp.Compare(a.m.ID, b.m.ID) })
	all := make([]flow, len(sorted))
	answers := make([]answer, len(sorted)*len(flowSlots))
	type kind struct {
		name    any
		answers []answer // to what nobody said
	}
	kinds := map[model.FlowKind]kind{}
	x.flows = make([]*flow, len(sorted))
	for i, j := range sorted {
		f, m := &all[i], j.m
		f.m, f.number, f.id, f.target.on = m, base+int64(i)*slotsPerSubject, types.String(m.ID), m.ID
		k, ok := kinds[m.Kind]
		if !ok {
			k = kind{types.String(m.Kind), make([]answer, len(flowSlots))}
			for slot := range flowSlots {
				info := &flowSlots[slot]
				k.answers[slot] = defaultAnswer(info, info.fact.Flows == nil || containsKind(info.fact.Flows, m.Kind))
			}
			kinds[m.Kind] = k
		}
		f.kind, f.from, f.to = k.name, j.from, j.to
		f.answers = answers[i*len(flowSlots) : (i+1)*len(flowSlots) : (i+1)*len(flowSlots)]
		copy(f.answers, k.answers)
		for name, fact := range m.Facts {
			if slot, ok := flowFactAt[name]; ok && fact.Value != model.Unknown {
				f.answers[slot] = answerOf(fact.Value, &flowSlots[slot])
			}
		}
		x.flows[i] = f
	}
	var room []sameKind
	for i, f := range x.flows {
		kind := string(f.m.Kind)
		x.flowKinds[kind] = append(x.flowKinds[kind], f)
		one := x.flows[i : i+1 : i+1]
		room = f.from.out.add(kind, one, room)
		room = f.to.in.add(kind, one, room)
	}
}

// neighbours are flows at one end of an element, by kind and within a kind by id. An element has flows of a few kinds.
type neighbours []sameKind

type sameKind struct {
	kind  string
	flows []*flow
}

// add adds a flow, as a list of it alone with room for no other: most elements have one flow of a kind, and that list is theirs
// then. The lists of kinds are cut from the room that it is given; it gives back what is left of that.
func (n *neighbours) add(kind string, f []*flow, room []sameKind) []sameKind {
	for i := range *n {
		if one := &(*n)[i]; one.kind == kind {
			one.flows = append(one.flows, f...)
			return room
		}
	}
	if *n == nil {
		if len(room) < kindsAtFirst {
			room = make([]sameKind, 128*kindsAtFirst)
		}
		*n, room = room[:0:kindsAtFirst], room[kindsAtFirst:]
	}
	*n = append(*n, sameKind{kind, f})
	return room
}

// kindsAtFirst is for how many kinds of flows an element has room to begin with.
const kindsAtFirst = 2

// of are those of one kind.
func (n neighbours) of(kind string) []*flow {
	for i := range n {
		if n[i].kind == kind {
			return n[i].flows
		}
	}
	return nil
}

// structure finds what hosts each element and which server provides it. What a server provides runs where the server
// runs unless something else is seen.
func (x *index) structure() {
	for _, f := range x.flowKinds[string(model.Provides)] {
		if k := f.from.m.Kind; f.to.server == missing && (k == model.MCPServer || k == model.Plugin) {
			f.to.server = f.from
		}
	}
	for _, f := range x.flowKinds[string(model.Hosts)] {
		if f.to.host == missing {
			f.to.host = f.from
		}
	}
	for _, e := range x.elements {
		if e.host == missing && e.server != missing && e.server.host != missing {
			e.host = e.server.host
		}
	}
}

// pairWith joins the elements of the older system, whose index this is, with those of the newer one.
func (x *index) pairWith(now *index) {
	to := model.PairElements(x.system, now.system)
	for _, e := range x.elements {
		e.past = true
		if id, ok := to[e.m.ID]; ok {
			e.twin = now.elements[now.byID[id]]
			e.twin.twin = e
		}
	}
}

// boundaries numbers the sets of trust boundaries that elements stand in, so that crossing is one comparison.
func (x *index) boundaries() {
	around := make([][]string, len(x.elements))
	for i := range x.system.Boundaries {
		b := &x.system.Boundaries[i]
		for _, member := range b.Members {
			if at, ok := x.byID[member]; ok {
				around[at] = append(around[at], b.ID)
			}
		}
	}
	numbers := map[string]int32{"": 0}
	for i, e := range x.elements {
		sort.Strings(around[i])
		key := strings.Join(around[i], "\x00")
		n, ok := numbers[key]
		if !ok {
			n = int32(len(numbers))
			numbers[key] = n
		}
		e.boundaries = n
	}
}

// placements sorts the controls that somebody saw or claimed, and finds them by where they stand.
func (x *index) placements() {
	x.controls = append([]model.Placement(nil), x.system.Controls...)
	sort.SliceStable(x.controls, func(i, j int) bool {
		a, b := &x.controls[i], &x.controls[j]
		if a.Control != b.Control {
			return a.Control < b.Control
		}
		if a.On != b.On {
			return a.On < b.On
		}
		return a.By < b.By
	})
	x.placed = map[string][]int32{}
	for i := range x.controls {
		x.placed[x.controls[i].On] = append(x.placed[x.controls[i].On], int32(i))
	}
}

// lacking says which fact of which subject the number of an unknown stands for.
func (x *index) lacking(number int64) (e *element, f *flow, info *slotInfo) {
	switch {
	case number >= oldNumbers:
	case number >= flowNumbers:
		number -= flowNumbers
		return nil, x.flows[number/slotsPerSubject], &flowSlots[number%slotsPerSubject]
	default:
		return x.elements[number/slotsPerSubject], nil, &elementSlots[number%slotsPerSubject]
	}
	return nil, nil, nil
}

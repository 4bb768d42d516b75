package rule

import (
	"sort"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// newCycle makes a group ready for CEL.
func newCycle(members []*element, flows []*flow) *cycle {
	c := &cycle{members: members, flows: flows}
	list := make([]ref.Val, len(members))
	for i, e := range members {
		list[i] = e
	}
	c.memberList = types.NewRefValList(types.DefaultTypeAdapter, list)
	list = make([]ref.Val, len(flows))
	for i, f := range flows {
		list[i] = f
	}
	c.flowList = types.NewRefValList(types.DefaultTypeAdapter, list)
	return c
}

// visitCycles asks about every strongly connected group over the rule's flows: two or more members, or one with a flow
// to itself.
func (m *matcher) visitCycles() {
	for _, group := range m.groups() {
		if m.stopped() {
			return
		}
		order := make([]bound, len(group.members))
		for i, e := range group.members {
			order[i].element = e
		}
		m.visit([]string{"cycle"}, []any{group}, order...)
	}
}

// groups finds the strongly connected groups by Tarjan's algorithm with a stack of its own: chains of agents can be
// longer than a goroutine's stack should be deep.
func (m *matcher) groups() []*cycle {
	x := m.x
	number := make([]int32, len(x.elements)) // 0: not seen; else order of first sight
	low := make([]int32, len(x.elements))
	group := make([]int32, len(x.elements)) // -1: not in a group yet
	for i := range group {
		group[i] = -1
	}
	next := func(at int32) []*flow {
		var all []*flow
		for _, kind := range m.rule.Kinds {
			for _, f := range x.elements[at].out.of(kind) {
				if kindIn(f.to, m.rule.Of) {
					all = append(all, f)
				}
			}
		}
		return all
	}
	type visit struct {
		at    int32
		flows []*flow
	}
	var count, groups int32
	var path []visit
	var stack []int32
	enter := func(at int32) {
		count++
		number[at], low[at] = count, count
		stack = append(stack, at)
		path = append(path, visit{at, next(at)})
	}
	for start, e := range x.elements {
		if number[start] != 0 || !kindIn(e, m.rule.Of) {
			continue
		}
		enter(int32(start))
		for len(path) > 0 {
			v := &path[len(path)-1]
			if len(v.flows) > 0 {
				to := x.byID[v.flows[0].m.To]
				v.flows = v.flows[1:]
				switch {
				case number[to] == 0:
					enter(to)
				case group[to] < 0:
					low[v.at] = min(low[v.at], number[to])
				}
				continue
			}
			at := v.at
			path = path[:len(path)-1]
			if len(path) > 0 {
				above := path[len(path)-1].at
				low[above] = min(low[above], low[at])
			}
			if low[at] == number[at] {
				for {
					top := stack[len(stack)-1]
					stack = stack[:len(stack)-1]
					group[top] = groups
					if top == at {
						break
					}
				}
				groups++
			}
		}
	}
	return m.cyclesOf(group, int(groups))
}

// cyclesOf turns the numbers of groups into cycles, in the order of their first members.
func (m *matcher) cyclesOf(group []int32, groups int) []*cycle {
	x := m.x
	members := make([][]*element, groups)
	flows := make([][]*flow, groups)
	var order []int32
	for i, g := range group {
		if g < 0 {
			continue
		}
		if len(members[g]) == 0 {
			order = append(order, g)
		}
		members[g] = append(members[g], x.elements[i])
	}
	for _, kind := range m.rule.Kinds {
		for _, f := range x.flowKinds[kind] {
			from, to := group[x.byID[f.m.From]], group[x.byID[f.m.To]]
			if from >= 0 && from == to {
				flows[from] = append(flows[from], f)
			}
		}
	}
	var found []*cycle
	for _, g := range order {
		if len(flows[g]) == 0 || len(members[g]) == 1 && flows[g][0].from != flows[g][0].to {
			continue
		}
		sort.Slice(flows[g], func(i, j int) bool { return flows[g][i].m.ID < flows[g][j].m.ID })
		found = append(found, newCycle(members[g], flows[g]))
	}
	return found
}

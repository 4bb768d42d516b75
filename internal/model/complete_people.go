package model

import (
	"sort"
)

// speaks are the flow kinds by which somebody gives an agent work.
func speaks(k FlowKind) bool {
	return k == PromptFlow || k == Message || k == Delegation || k == Handoff || k == ToolCall
}

// people puts a user before the agents that work begins with, system by system, where nothing says who gives them work.
// Work begins with the agents that are marked as entries; without such marks, with those that no other agent asks, or,
// where agents ask each other in a circle that nobody else asks, with each of that circle. A whole team or graph that
// nobody asks is no helper of another one: work begins with it, too, whatever else is marked.
func (c *completion) people() {
	fed := map[string]bool{}         // systems for which a person said who speaks to an agent
	met := map[string]bool{}         // agents to whom code shows somebody to speak
	asks := map[string][]string{}    // from one agent to those it gives work
	called := map[string]bool{}      // agents that code of a tool or check starts: work does not begin with them
	minds := map[string][]*Element{} // by system, in the order of ids
	for _, f := range c.linked {
		from, to := f.from, f.to
		if from == nil || to == nil || from == to || !speaks(f.Kind) || !mind(to) {
			continue
		}
		switch from.Kind {
		case Human, External:
			if from.Fact("role").Value == owner {
				called[to.ID] = true
				continue
			}
			if from.Origin == Observed {
				met[to.ID] = true // code shows how this one is reached; others may have ways of their own
			} else {
				fed[to.System] = true
			}
		case Agent, Orchestrator:
			asks[from.ID] = append(asks[from.ID], to.ID)
		case Tool, Plugin, Guardrail, MCPServer, Service:
			called[to.ID] = true
		}
	}
	var systems []string
	for _, e := range c.s.Elements {
		if !mind(e) || connects(e) {
			continue
		}
		if len(minds[e.System]) == 0 {
			systems = append(systems, e.System)
		}
		minds[e.System] = append(minds[e.System], e)
	}
	sort.Strings(systems)
	for queue := keysOf(met); len(queue) > 0; queue = queue[1:] {
		for _, to := range asks[queue[0]] {
			if !met[to] {
				met[to] = true
				queue = append(queue, to)
			}
		}
	}
	for _, e := range append([]*Element(nil), c.s.Elements...) {
		if connects(e) {
			c.asker(e, within(AssumedOwner, e.System), "who uses the client", owner, "the client runs on the machine of the person who uses it")
		}
	}
	first := c.first(minds, asks)
	for _, system := range systems {
		if fed[system] {
			continue
		}
		var entry []*Element
		for _, e := range minds[system] {
			if e.Fact("entry").Value == Yes && !met[e.ID] {
				entry = append(entry, e)
			}
		}
		marked := len(entry) > 0
		for _, e := range minds[system] {
			if marked && e.Fact("entry").Value == Unknown && e.Kind == Orchestrator && e.Scope == "main" && asks[e.ID] != nil && first[e.ID] && !met[e.ID] && !called[e.ID] {
				entry = append(entry, e)
			}
		}
		if !marked {
			for _, e := range minds[system] {
				if first[e.ID] && !met[e.ID] && !called[e.ID] && e.Fact("entry").Value != No {
					entry = append(entry, e)
				}
			}
		}
		reason := "somebody gives the agents work, and nothing says who"
		for _, e := range entry {
			id, name, role, why := within(AssumedUser, system), "user", "user", reason
			if e.Technology == "claude-code" { // a client on somebody's desk runs it
				id, name, role, why = within(AssumedOwner, system), "who uses the assistant", owner, "the client runs on the machine of the person who uses it"
			}
			c.asker(e, id, name, role, why)
		}
	}
}

// asker puts a person before an agent, and has the agent answer.
func (c *completion) asker(e *Element, id, name, role, why string) {
	user := c.element(id, Human, name, e.System, e.Scope, why)
	if user == nil {
		return
	}
	if user.Scope != "main" && e.Scope == "main" {
		user.Scope = "main"
	}
	user.Facts["role"] = guess(role, why)
	c.flow(PromptFlow, id, e.ID, e.Evidence, map[string]Fact{"content": guess("free-text", "people write free text")})
	c.flow(Completion, e.ID, id, e.Evidence, nil)
}

func keysOf(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func mind(e *Element) bool { return e.Kind == Agent || e.Kind == Orchestrator }

// first finds the agents that work can begin with: those of circles (an agent alone is one, too) that no agent outside
// the circle asks. Tarjan's algorithm, with a stack of its own.
func (c *completion) first(minds map[string][]*Element, asks map[string][]string) map[string]bool {
	number, low, circle := map[string]int{}, map[string]int{}, map[string]int{}
	var stack []string
	count, circles := 0, 0
	type frame struct {
		id   string
		next int
	}
	visit := func(root string) {
		frames := []frame{{root, 0}}
		for len(frames) > 0 {
			f := &frames[len(frames)-1]
			if f.next == 0 {
				count++
				number[f.id], low[f.id] = count, count
				stack = append(stack, f.id)
			}
			if f.next < len(asks[f.id]) {
				to := asks[f.id][f.next]
				f.next++
				if number[to] == 0 {
					frames = append(frames, frame{to, 0})
				} else if circle[to] == 0 {
					low[f.id] = min(low[f.id], number[to])
				}
				continue
			}
			if low[f.id] == number[f.id] {
				circles++
				for {
					top := stack[len(stack)-1]
					stack = stack[:len(stack)-1]
					circle[top] = circles
					if top == f.id {
						break
					}
				}
			}
			done := *f
			frames = frames[:len(frames)-1]
			if len(frames) > 0 {
				up := &frames[len(frames)-1]
				low[up.id] = min(low[up.id], low[done.id])
			}
		}
	}
	for _, list := range minds {
		for _, e := range list {
			if number[e.ID] == 0 {
				visit(e.ID)
			}
		}
	}
	asked := map[int]bool{} // circles that somebody outside asks
	for from, list := range asks {
		for _, to := range list {
			if circle[from] != circle[to] {
				asked[circle[to]] = true
			}
		}
	}
	out := map[string]bool{}
	for id, n := range circle {
		out[id] = !asked[n]
	}
	return out
}

package rule

import (
	"slices"
	"strings"

	"fermata/internal/model"
)

// What an agent says reaches people through others as well: the graph or crew whose step it is gives it back, the agent that
// asked it repeats it, the one that it hands over to has it in the conversation. A bind that is relayed looks for its flow at
// all of them.

// relays lists an element and all that pass on what it says, the nearest first, those at one distance in the order of ids.
func (m *matcher) relays(from *element) []*element {
	if known, ok := m.relayed[from]; ok {
		return known
	}
	all := []*element{from}
	seen := map[*element]bool{from: true}
	for at := 0; at < len(all); {
		end := len(all)
		for ; at < end; at++ {
			for _, to := range passedOnTo(all[at]) {
				if !seen[to] {
					seen[to] = true
					all = append(all, to)
				}
			}
		}
		slices.SortFunc(all[end:], func(a, b *element) int { return strings.Compare(a.m.ID, b.m.ID) })
	}
	if m.relayed == nil {
		m.relayed = map[*element][]*element{}
	}
	m.relayed[from] = all
	return all
}

// passedOnTo lists those who have what an element says, and can say it on: agents, and tools that ask it and give back more
// than what they made. Of a workflow that is drawn, flows of their own say whose words go where.
func passedOnTo(e *element) []*element {
	var all []*element
	says := []model.FlowKind{model.Completion, model.Handoff, model.Message}
	if e.m.Kind == model.Tool {
		says = []model.FlowKind{model.ToolResult}
	}
	for _, kind := range says {
		for _, f := range e.out.of(string(kind)) {
			if mind := f.to.m.Kind == model.Agent || f.to.m.Kind == model.Orchestrator; mind && carriesText(f) && f.to.m.Fact("fixed-steps").Value != model.Yes {
				all = append(all, f.to)
			}
		}
	}
	for _, kind := range []model.FlowKind{model.PromptFlow, model.Message} {
		for _, f := range e.in.of(string(kind)) {
			if f.from.m.Kind == model.Tool && f.from.m.Fact("hands-back").Value != model.No {
				all = append(all, f.from)
			}
		}
	}
	return all
}

// carriesText tells whether a flow can carry a sentence, and so what somebody read.
func carriesText(f *flow) bool {
	content := f.m.Fact("content").Value
	return content != "typed" && content != "reference"
}

// relayedFlows visits the flows of a relayed bind: of each party that gets one, those from whoever stands nearest.
func (m *matcher) relayedFlows(i int, from *element, take func(*flow) bool) {
	b := &m.rule.Binds[i]
	told := map[*element]bool{}
	for _, e := range m.relays(from) {
		var here []*element
		for _, kind := range b.Kinds {
			for _, f := range m.fitting(i, e, e.out.of(kind)) {
				if told[f.to] || !kindIn(f.from, b.FromKinds) || !kindIn(f.to, b.ToKinds) {
					continue
				}
				here = append(here, f.to)
				if m.stopped() || !take(f) {
					return
				}
			}
		}
		for _, to := range here {
			told[to] = true
		}
	}
}

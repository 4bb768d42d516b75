package strands

import (
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// direct looks at tools that code calls through the agent that holds them: agent.tool.name(…). No model is asked, so where
// that is all that is done with an agent, and what the tools are given stands in the code, nobody speaks to it.
func (x *pass) direct() {
	type called struct {
		ref   discover.Ref
		made  syntax.Node
		calls []source.Span
	}
	var order []*called
	byKey := map[string]*called{}
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		if held := callee.Child(0); !callee.Is(syntax.Attr) || !held.Is(syntax.Attr) || !held.TextIs("tool") {
			continue
		}
		for _, v := range x.Code().Eval(callee.Child(0).Child(0)).Each() {
			ref, kind := x.actor(v)
			if ref.IsZero() || kind != model.Agent {
				continue
			}
			one := byKey[ref.Key()]
			if one == nil {
				one = &called{ref: ref, made: v.Call}
				byKey[ref.Key()] = one
				order = append(order, one)
			}
			one.calls = append(one.calls, c.Node.Span())
		}
	}
	for _, one := range order {
		if x.Seen(one.made) {
			x.Element(model.Agent, one.ref, "").FactBecause("entry", model.No, "code calls its tools with what stands in the code, and no model is asked", one.calls...)
		}
	}
}

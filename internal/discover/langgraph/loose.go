package langgraph

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// entrypoints describes the functional style: a function with @entrypoint() that asks a model is an agent.
func (f *file) entrypoints() {
	for _, d := range f.code.DecoratedBy("langgraph.func.entrypoint") {
		if d.Def.Kind != code.FuncDef {
			continue
		}
		does := f.lookAt(d.Def)
		ref := discover.Definition(d.Def)
		f.owned(does)
		at := d.Def.Node.Span()
		if !does.agentic() {
			f.Element(model.Orchestrator, ref, d.Def.Last(), at).Technology(technology).Detail(d.Def.Doc())
			for _, use := range does.delegates {
				for _, to := range f.agentRefs(use.value) {
					f.Flow(model.Delegation, ref, to, use.at.Span())
				}
			}
		} else {
			f.Element(model.Agent, ref, d.Def.Last(), at).Technology(technology).Detail(d.Def.Doc())
			f.describeDeeds(ref, d.Def.Last(), does, nil)
		}
		if d.Node.Is(syntax.Call) {
			for _, key := range []string{"checkpointer", "store"} {
				if memory := d.Node.Argument(key); !memory.IsZero() {
					f.keeps(ref, f.code.Eval(memory), d.Node)
				}
			}
		}
	}
}

// looseAgents describes functions outside any graph that ask a model which was given tools: a loop that somebody
// wrote by hand. What asks without tools puts a question, see questions.
func (f *file) looseAgents() {
	for _, c := range f.code.Calls() {
		if verb(c.Node.Child(0)) != "bind_tools" {
			continue
		}
		if discover.Script(c.Node) {
			f.scriptLoose(c.Node)
			continue
		}
		def := f.functionAround(c.Node)
		if def == nil || f.done[def.ID()] || f.isToolOrNode(def) {
			continue
		}
		does := f.lookAt(def)
		if len(does.tools) == 0 || !does.agentic() || !f.hasTools(does) {
			continue
		}
		f.owned(does)
		ref := discover.Definition(def)
		f.Element(model.Agent, ref, def.Last(), def.Node.Span(), first(does.asks).Span()).Technology("langchain").Detail(def.Doc())
		f.describeDeeds(ref, def.Last(), does, nil)
	}
}

// hasTools tells whether what is bound holds anything that runs; a schema alone only shapes the answer.
func (f *file) hasTools(d *deeds) bool {
	for _, list := range d.tools {
		for _, v := range list.Members() {
			if v.Is(code.Unknown) || len(f.toolRefs(v)) > 0 {
				return true
			}
		}
	}
	return false
}

func (f *file) functionAround(n syntax.Node) *code.Def {
	var inner syntax.Node
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef) {
			inner = p
			break
		}
	}
	if inner.IsZero() {
		return nil
	}
	for _, def := range f.code.Functions() {
		if def.Node == inner {
			return def
		}
	}
	return nil
}

// isToolOrNode keeps functions out whose model calls are told elsewhere: tools, and functions that nodes of graphs in
// other files are made of (closures that a factory returns).
func (f *file) isToolOrNode(def *code.Def) bool {
	if f.decorated(def) {
		return true
	}
	for p := def.Node; !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef) {
			for param := range p.All(syntax.Param) {
				if param.TextIs("state") {
					return true
				}
			}
		}
	}
	return false
}

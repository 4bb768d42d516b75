package autogen

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// handlerNames are the decorators of methods that answer messages.
var handlerNames = []string{
	"autogen_core.message_handler", "autogen_core.event", "autogen_core.rpc",
	"autogen_core.**.message_handler", "autogen_core.**.event", "autogen_core.**.rpc",
}

// coreAgent is one agent of autogen_core: a class, or one of the types that a class is registered as.
type coreAgent struct {
	ref      discover.Ref
	def      *code.Def
	name     string
	kind     model.Kind
	typeName string // what it is registered as in this file
	at       syntax.Node
	made     []*code.Value // the objects that it is known to be
}

// core describes the agents of autogen_core. A class that is registered as several types is as many agents; any other
// is one. A class that others of the file derive from, and one that answers no messages, is a base.
func (x *pass) core() {
	r := x.Code()
	agents := x.coreAgents()
	for _, a := range agents {
		at := discover.Headline(a.def.Node)
		if a.name == a.typeName {
			at = a.at.Span()
		}
		e := x.Element(a.kind, a.ref, a.name, at).Evidence(a.at.Span()).Technology(technology).Detail(a.def.Doc()).Alias(a.typeName)
		if a.kind == model.Human {
			e.Fact("role", "user", at)
		}
		for _, v := range a.made {
			x.coreMade(a, v)
		}
		x.coreTools(a)
	}
	// Objects of classes of other files, which describe them there.
	for _, v := range r.Instances(coreAgents...) {
		if v.Typed() || v.Ref.Def == nil || r.Derives(v.Ref, chatAgents...) || x.done["core:"+v.Call.Span().String()] {
			continue
		}
		x.coreMade(&coreAgent{ref: x.ref(v), def: v.Ref.Def, name: v.Ref.Def.Last(), kind: x.coreKind(v.Ref.Def)}, v)
	}
	x.messages(agents)
}

// coreAgents lists the agents of core that the file defines or registers.
func (x *pass) coreAgents() []*coreAgent {
	r := x.Code()
	bases := map[string]bool{}
	defs := r.ClassesOf(coreAgents...)
	for _, d := range defs {
		for base := range d.Node.All(syntax.Base) {
			if b := r.Resolve(base.Child(0)).Def; b != nil {
				bases[b.ID()] = true
			}
		}
	}
	byClass := map[string][]*coreAgent{}
	var order []string
	for _, c := range r.Calls() {
		if !c.Node.Child(0).Is(syntax.Attr) || !c.Node.Child(0).TextIs("register") && !c.Node.Child(0).TextIs("register_factory") {
			continue
		}
		for _, v := range r.Rounds(c.Node) {
			if a := x.registeredType(v, c.Node); a != nil {
				id := a.def.ID()
				if byClass[id] == nil {
					order = append(order, id)
				}
				if !has(byClass[id], a.typeName) {
					byClass[id] = append(byClass[id], a)
				}
			}
		}
	}
	var all []*coreAgent
	known := map[string]bool{}
	for _, id := range order {
		list := byClass[id]
		known[id] = true
		for _, a := range list {
			a.kind = x.coreKind(a.def)
			if len(list) > 1 {
				a.name = a.typeName
				a.ref = discover.InstanceOf(discover.Local(x.Path(), a.def.Last(), a.typeName), discover.Definition(a.def))
			}
			all = append(all, a)
		}
	}
	for _, d := range defs {
		if known[d.ID()] || bases[d.ID()] || len(x.handlers(d, 0)) == 0 && len(x.madeOf(d)) == 0 {
			continue
		}
		all = append(all, &coreAgent{ref: discover.Definition(d), def: d, name: d.Last(), kind: x.coreKind(d)})
	}
	for _, a := range all { // objects that stand elsewhere in the file, such as in a factory of its own
		if len(a.made) == 0 && a.name == a.def.Last() {
			a.made = x.madeOf(a.def)
		}
		for _, v := range a.made {
			x.done["core:"+v.Call.Span().String()] = true
		}
	}
	return all
}

func has(list []*coreAgent, typeName string) bool {
	for _, a := range list {
		if a.typeName == typeName {
			return true
		}
	}
	return false
}

// madeOf lists the objects of a class of core that the file makes.
func (x *pass) madeOf(d *code.Def) []*code.Value {
	if x.coreObjects == nil {
		x.coreObjects = map[string][]*code.Value{}
		for _, v := range x.Code().Instances(coreAgents...) {
			if !v.Typed() && v.Ref.Def != nil && !x.Code().Derives(v.Ref, chatAgents...) {
				x.coreObjects[v.Ref.Def.ID()] = append(x.coreObjects[v.Ref.Def.ID()], v)
			}
		}
	}
	return x.coreObjects[d.ID()]
}

// registeredType reads Class.register(runtime, "type", lambda: Class(…)) and runtime.register_factory(…); nil for other
// calls of that name.
func (x *pass) registeredType(call *code.Value, n syntax.Node) *coreAgent {
	typeName, factory := call.Arg("type", 1), call.Arg("factory", 2)
	if n.Child(0).TextIs("register_factory") {
		typeName, factory = call.Arg("type", 0), call.Arg("agent_factory", 1)
		if factory == nil {
			factory = call.Arg("factory", 1)
		}
	}
	a := &coreAgent{at: n}
	for _, v := range factory.Returned().Each() {
		if v.Is(code.Instance) && !v.Typed() && v.Ref.Def != nil && x.Code().Derives(v.Ref, coreAgents...) && !x.Code().Derives(v.Ref, chatAgents...) {
			a.def = v.Ref.Def
			a.made = append(a.made, v)
		}
	}
	if class := x.Code().Resolve(n.Child(0).Child(0)); a.def == nil && class.Def != nil && class.Def.Kind == code.ClassDef && x.Code().Derives(class, coreAgents...) {
		a.def = class.Def
	}
	if a.def == nil {
		return nil
	}
	if typeName.Is(code.Instance) { // AgentType("writer")
		typeName = typeName.Arg("type", 0)
	}
	a.typeName = typeName.Str()
	a.ref, a.name = discover.Definition(a.def), a.def.Last()
	return a
}

// coreMade reads what an agent is made with.
func (x *pass) coreMade(a *coreAgent, v *code.Value) {
	r := x.Code()
	x.Element(a.kind, a.ref, a.name, v.Call.Span())
	for _, arg := range v.Args() {
		for _, one := range arg.Value.Members() {
			switch {
			case one.Is(code.Instance) && !one.Typed() && isClient(r, one):
				for _, m := range x.ModelObjects(one, a.name, modelClasses) {
					x.UsesModel(a.ref, m, one.Node.Span())
				}
			case one.Is(code.Instance) && r.Derives(one.Ref, x.box.Classes...), one.Is(code.Instance) && one.Ref.Is(x.box.Wrappers[0].Patterns...):
				x.Give(x.box, a.ref, a.name, one)
			case one.Is(code.Instance) && r.Derives(one.Ref, "**.*CodeExecutor"):
				x.executor(a.ref, a.name, one)
			}
		}
	}
	for i, arg := range v.Args() {
		if key := arg.Key.Str(); strings.Contains(key, "system_message") || strings.Contains(key, "instructions") || key == "" && i == 0 && len(arg.Value.Str()) > 60 {
			x.Prompt(a.ref, a.name, arg.Value)
		}
	}
}

// coreTools gives an agent the tools that its class makes for itself.
func (x *pass) coreTools(a *coreAgent) {
	if a.def.Module.Path != x.Path() {
		return
	}
	a.def.Node.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Call) && x.Code().Resolve(n.Child(0)).Is(x.box.Wrappers[0].Patterns...) {
			for _, v := range x.Code().Eval(n).Each() {
				x.Give(x.box, a.ref, a.name, v)
			}
		}
		return true
	})
}

// asking are the methods by which a model, or an agent that has one, is asked.
var asking = map[string]bool{
	"create": true, "create_stream": true, "on_messages": true, "on_messages_stream": true, "run": true, "run_stream": true, "invoke": true, "ainvoke": true,
	"generate": true, "generate_content": true, "completion": true, "acompletion": true, "chat": true, "complete": true, "acomplete": true, "query": true,
	"kickoff": true, "converse": true, "stream": true, "astream": true, "generate_reply": true, "a_generate_reply": true, "initiate_chat": true, "execute_code_blocks": true,
}

// coreKind says what a class of core is: one that only waits for a person stands for that person, one that asks no model
// and only passes messages on conducts, any other is an agent.
func (x *pass) coreKind(def *code.Def) model.Kind {
	asks, reads, sends := false, false, false
	for depth, d := 0, def; d != nil && depth < 5; depth++ {
		d.Node.Walk(func(n syntax.Node) bool {
			switch {
			case n.Is(syntax.Call):
				callee := n.Child(0)
				switch {
				case callee.Is(syntax.Attr) && asking[callee.Text()]:
					asks = true
				case callee.Is(syntax.Attr) && (callee.TextIs("publish_message") || callee.TextIs("send_message")):
					sends = true
				case callee.Is(syntax.Name) && (callee.TextIs("input") || callee.TextIs("ainput")):
					reads = true
				}
			case n.Is(syntax.Param) && n.Parent().TextIs("__init__") && !n.First(syntax.Annotation).IsZero(): // what it is made with, not what it is told
				word := strings.ToLower(x.Code().Resolve(n.First(syntax.Annotation).Child(0)).Last())
				asks = asks || strings.Contains(word, "client") || strings.Contains(word, "model") && !strings.Contains(word, "basemodel") || strings.HasSuffix(word, "agent") || strings.Contains(word, "tool") || strings.Contains(word, "executor")
			}
			return true
		})
		d = x.baseOf(d)
	}
	switch {
	case asks:
		return model.Agent
	case reads:
		return model.Human
	case sends:
		return model.Orchestrator
	}
	return model.Agent
}

// baseOf is the first class of the program that a class derives from; nil when there is none.
func (x *pass) baseOf(d *code.Def) *code.Def {
	for base := range d.Node.All(syntax.Base) {
		if b := x.Code().Resolve(base.Child(0)).Def; b != nil && b.Kind == code.ClassDef && b.ID() != d.ID() {
			return b
		}
	}
	return nil
}

// handlers lists the types of the messages that a class answers, itself or by a base of the program.
func (x *pass) handlers(d *code.Def, depth int) []string {
	r := x.Code()
	var types []string
	for _, m := range r.Methods(d) {
		if m.Last() == "on_message_impl" {
			types = append(types, "*")
		}
		for _, dec := range r.Decorators(m) {
			if !dec.Decorator.Is(handlerNames...) {
				continue
			}
			if params := m.Params(); len(params) > 1 {
				t := r.Resolve(params[1].Annotation.Child(0)).Def
				if t == nil {
					t = r.Resolve(params[1].Annotation).Def
				}
				if t != nil {
					types = append(types, t.ID())
				} else {
					types = append(types, "*")
				}
			}
		}
	}
	if base := x.baseOf(d); base != nil && depth < 4 {
		types = append(types, x.handlers(base, depth+1)...)
	}
	return types
}

// messages joins agents of core by the type of the messages that one publishes and another handles, and by the tools
// whose answer is the type of the agent that takes over.
func (x *pass) messages(agents []*coreAgent) {
	r := x.Code()
	handles := map[string][]*coreAgent{}
	byType := map[string]*coreAgent{}
	for _, a := range agents {
		for _, t := range x.handlers(a.def, 0) {
			handles[t] = append(handles[t], a)
		}
		if a.typeName != "" {
			byType[a.typeName] = a
		}
	}
	for _, a := range agents {
		for _, v := range a.made {
			x.delegates(a, v, byType)
		}
		if a.def.Module.Path != x.Path() {
			continue
		}
		a.def.Node.Walk(func(n syntax.Node) bool {
			if !n.Is(syntax.Call) || !n.Child(0).Is(syntax.Attr) || !n.Child(0).TextIs("publish_message") && !n.Child(0).TextIs("send_message") {
				return true
			}
			for _, v := range r.Eval(n.Child(1)).Each() {
				if v.Ref.Def == nil {
					continue
				}
				named := x.addressed(n, byType)
				for _, to := range handles[v.Ref.Def.ID()] {
					if named != nil && named != to {
						continue
					}
					if to.def.ID() != a.def.ID() || named != nil && named != a { // which of its own kind it writes to is a matter of topics
						x.Flow(model.Message, a.ref, to.ref, n.Span())
					}
				}
			}
			return true
		})
	}
}

// addressed is the agent whose type a message's topic or address names; nil where it names none that is registered, and
// whoever handles such messages may be meant.
func (x *pass) addressed(call syntax.Node, byType map[string]*coreAgent) *coreAgent {
	for _, to := range x.Code().Eval(call.Child(2)).Each() {
		if to.Is(code.Instance) && strings.HasPrefix(to.Ref.Name, "autogen_core.") && (to.Ref.Last() == "TopicId" || to.Ref.Last() == "AgentId") {
			return byType[to.Arg("type", 0).Str()]
		}
	}
	return nil
}

// delegates: a tool that answers with the type of another agent hands the conversation over to it.
func (x *pass) delegates(a *coreAgent, v *code.Value, byType map[string]*coreAgent) {
	for _, arg := range v.Args() {
		for _, one := range arg.Value.Members() {
			if !one.Is(code.Instance) || !one.Ref.Is(x.box.Wrappers[0].Patterns...) {
				continue
			}
			fn := one.Arg("func", 0)
			if fn.Is(code.Function) {
				if to := byType[fn.Returned().Str()]; to != nil && to != a {
					x.Flow(model.Handoff, a.ref, to.ref, one.Node.Span())
				}
			}
		}
	}
}

package openaiagents

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// runs looks at the places where agents are run.
func (x *pass) runs() {
	type conductor struct {
		owner  owner
		agents []discover.Ref
		at     []source.Span
		seen   map[string]bool
	}
	var conductors []*conductor
	byKey := map[string]*conductor{}
	for _, c := range x.Code().CallsTo(runNames...) {
		for _, run := range x.Code().Eval(c.Node).Each() {
			if !run.Is(code.Instance) {
				continue
			}
			var started []discover.Ref
			for _, a := range startOf(run).Members() {
				if x.isAgent(a) && !a.Typed() {
					started = append(started, x.ref(a))
				} else if !a.Is(code.Null) && !a.Ref.Is("@openai/agents*.**.lastAgent") { // whoever spoke last goes on
					x.Unresolved("the agent that is run", reason(a), c.Node.Span())
				}
			}
			for _, agent := range started {
				x.started(agent, run)
			}
			by := x.ownerOf(c.Node)
			switch by.kind {
			case "tool", "guardrail":
				for _, agent := range started {
					x.Flow(model.Message, by.ref, agent, c.Node.Span())
				}
			case "code":
				for _, agent := range started {
					x.Ran(x.Element(model.Agent, agent, ""), c.Node)
				}
				if x.PassedIn(c.Node) {
					continue // a function that runs what it is given conducts nothing
				}
				k := byKey[by.ref.Key()]
				if k == nil {
					k = &conductor{owner: by, seen: map[string]bool{}}
					byKey[by.ref.Key()] = k
					conductors = append(conductors, k)
				}
				for _, agent := range started {
					if !k.seen[agent.Key()] {
						k.seen[agent.Key()] = true
						k.agents = append(k.agents, agent)
						k.at = append(k.at, c.Node.Span())
					}
				}
			}
		}
	}
	for _, k := range conductors {
		if len(k.agents) < 2 {
			continue // it only starts an agent
		}
		x.Element(model.Orchestrator, k.owner.ref, k.owner.name, headline(k.owner.at)).Technology(k.owner.language).Detail(k.owner.doc)
		for i, agent := range k.agents {
			x.Flow(model.Delegation, k.owner.ref, agent, k.at[i])
		}
	}
}

// startOf is the agent that a run begins with.
func startOf(run *code.Value) *code.Value {
	for _, name := range []string{"starting_agent", "agent"} {
		if v := run.Arg(name, -1); v != nil {
			return v
		}
	}
	return run.Arg("", 0)
}

// started reads the limits and the session of a run.
func (x *pass) started(agent discover.Ref, run *code.Value) {
	switch turns := run.Arg("max_turns", -1); {
	case turns.Is(code.Number):
		x.Control("iteration-limit", agent, discover.Ref{}, model.Evidenced, turns.Node.Span())
	case turns.Is(code.Null):
		x.Control("iteration-limit", agent, discover.Ref{}, model.Absent, turns.Node.Span())
		x.Element(model.Agent, agent, "").FactBecause("loops", model.Yes, "the limit of turns is taken away", turns.Node.Span())
	}
	for _, s := range run.Arg("session", -1).Each() {
		x.session(agent, s)
	}
	configs := run.Arg("run_config", -1).Each()
	if run.Ref.Is("@openai/agents*.RealtimeSession") {
		configs = append(configs, run)
	}
	if run.Base.Is(code.Instance) && run.Base.Ref.Is("@openai/agents*.Runner") {
		configs = append(configs, run.Base)
	}
	for _, config := range configs {
		if m := config.Arg("model", -1); m != nil {
			for _, one := range m.Each() {
				if ref := x.modelOf(one); !ref.IsZero() {
					x.UsesModel(agent, ref, one.Node.Span())
					x.configured[agent.Key()] = true
				}
			}
		}
		x.checks(agent, "a run", config.Arg("input_guardrails", -1), "input-guardrail")
		x.checks(agent, "a run", config.Arg("output_guardrails", -1), "output-guardrail")
	}
}

// session describes the memory that a run keeps its conversation in.
func (x *pass) session(agent discover.Ref, v *code.Value) {
	if !v.Is(code.Instance) || v.Typed() || !x.Code().Derives(v.Ref, sessions...) {
		return
	}
	ref := discover.Object(v)
	at := v.Call.Span()
	if x.Once("session:" + ref.Key()) {
		name := v.Ref.Last()
		if _, symbol := v.Symbol(); symbol != "" {
			name = symbol[lastDot(symbol):]
		}
		e := x.Element(model.Memory, ref, name, at).Technology(technology)
		if id := v.Arg("session_id", 0); id != nil && !id.Is(code.String) {
			e.FactBecause("per-conversation", model.Yes, "it is kept under the number of its conversation", at)
		}
		switch v.Ref.Last() {
		case "SQLiteSession", "AdvancedSQLiteSession", "AsyncSQLiteSession":
			e.Technology("sqlite")
			if path := v.Arg("db_path", 1); path != nil && path.Str() != ":memory:" {
				e.FactBecause("persistent", model.Yes, "it is kept in a database file", at)
			} else {
				e.FactBecause("persistent", model.No, "the database is kept in memory only", at)
			}
		case "MemorySession":
			e.FactBecause("persistent", model.No, "it is kept in memory only", at)
		case "RedisSession", "SQLAlchemySession", "DaprSession", "MongoDBSession":
			e.FactBecause("persistent", model.Yes, "it is kept in a store", at)
		case "OpenAIConversationsSession":
			e.Technology("openai")
			e.FactBecause("persistent", model.Yes, "the provider keeps it", at)
			e.FactBecause("third-party", model.Yes, "the provider keeps it", at)
		}
	}
	x.Flow(model.MemoryWrite, agent, ref, at)
	x.Flow(model.MemoryRead, ref, agent, at)
}

func lastDot(s string) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '.' {
			return i + 1
		}
	}
	return 0
}

// owner is whose code runs an agent.
type owner struct {
	ref                       discover.Ref
	name, doc, language, kind string // kind: "tool", "guardrail", "code"; "" at module level
	at                        syntax.Node
}

// ownerOf is the definition whose code runs an agent: a tool or guardrail function, else the class of a method, else
// the outermost function.
func (x *pass) ownerOf(n syntax.Node) owner {
	if discover.Script(n) {
		return x.scriptOwner(n)
	}
	of := func(def *code.Def, kind string) owner {
		return owner{discover.Definition(def), def.Last(), def.Doc(), "python", kind, def.Node}
	}
	var outermost syntax.Node
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef) {
			def := x.Code().DefinitionOf(p)
			for _, d := range x.Code().Decorators(def) {
				switch {
				case d.Decorator.Is(toolDecorators...):
					return of(def, "tool")
				case d.Decorator.Is(inputChecks...), d.Decorator.Is(outputChecks...):
					return of(def, "guardrail")
				}
			}
			outermost = p
		}
		if p.Is(syntax.ClassDef) {
			outermost = p
		}
	}
	if outermost.IsZero() {
		return owner{}
	}
	return of(x.Code().DefinitionOf(outermost), "code")
}

// changes looks at agents that are completed after they were made: handoffs that name each other, tools added later.
func (x *pass) changes() {
	on := func(attr string, each func(agent discover.Ref, name string, v *code.Value)) {
		for _, w := range x.Code().Writes(attr) {
			if !x.isAgent(w.Target) || w.Target.Typed() {
				continue
			}
			each(x.ref(w.Target), x.named(w.Target), w.Value)
		}
	}
	on("handoffs", func(agent discover.Ref, name string, v *code.Value) { x.handoffs(agent, name, v) })
	on("tools", func(agent discover.Ref, name string, v *code.Value) { x.tools(agent, name, v) })
	on("mcp_servers", func(agent discover.Ref, name string, v *code.Value) { x.servers(agent, name, v) })
	on("input_guardrails", func(agent discover.Ref, name string, v *code.Value) { x.checks(agent, name, v, "input-guardrail") })
	on("output_guardrails", func(agent discover.Ref, name string, v *code.Value) { x.checks(agent, name, v, "output-guardrail") })
	on("instructions", func(agent discover.Ref, name string, v *code.Value) { x.Prompt(agent, name, v) })
	on("model", func(agent discover.Ref, _ string, v *code.Value) {
		for _, one := range v.Each() {
			if ref := x.modelOf(one); !ref.IsZero() {
				x.UsesModel(agent, ref, one.Node.Span())
			}
		}
	})
}

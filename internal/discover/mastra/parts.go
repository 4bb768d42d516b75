package mastra

import (
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// other handles what Mastra's tools may be besides tools: those of an MCP client, agents, workflows, retrieval.
func (x *pass) other(agent discover.Ref, _ string, v *code.Value) ([]discover.Ref, bool) {
	if !v.Is(code.Instance) {
		return nil, false
	}
	for b := v; b != nil; b = b.Base {
		if x.made(b, clientClasses) {
			return x.client(b), true
		}
	}
	switch {
	case x.isAgent(v):
		x.Flow(model.Delegation, agent, x.ref(v), v.Node.Span())
		return nil, true
	case x.isWorkflow(v):
		x.Flow(model.Delegation, agent, x.workflowRef(v), v.Node.Span())
		return nil, true
	case v.Ref.Is("@mastra/rag.createVectorQueryTool", "@mastra/rag.createGraphRAGTool", "@mastra/rag.GraphRAGTool"):
		return []discover.Ref{x.retrieval(v)}, true
	}
	return nil, false
}

// retrieval describes a tool that searches a vector store.
func (x *pass) retrieval(v *code.Value) discover.Ref {
	ref := discover.Object(v)
	if !x.Once("retrieval:" + ref.Key()) {
		return ref
	}
	at := v.Call.Span()
	name := x.Title(v, v.Arg("id", -1))
	e := x.Element(model.Tool, ref, name, at).Technology(technology)
	if info, ok := discover.Product(v.Ref); ok {
		e.Product(info, at)
	}
	if d := v.Arg("description", -1).Str(); d != "" {
		e.Detail(d)
	}
	store := first(v, "indexName", "vectorStoreName", "storeName")
	if index := store.Str(); index != "" {
		knowledge := discover.Local(x.Path(), index)
		x.Element(model.Knowledge, knowledge, index, store.Node.Span()).Technology(strings.ToLower(v.Arg("vectorStoreName", -1).Str()))
		x.Flow(model.Retrieval, knowledge, ref, at)
	}
	if m := v.Arg("model", -1); m != nil {
		x.SDKModels(m, name)
	}
	return ref
}

// client describes the MCP servers that a client reaches, and names them.
func (x *pass) client(v *code.Value) []discover.Ref {
	var refs []discover.Ref
	one := func(ref discover.Ref, name string, params *code.Value, at source.Span) {
		refs = append(refs, ref)
		if x.Once("server:" + ref.Key()) {
			x.MCPGiven(ref, name, params, at)
		}
	}
	servers := v.Arg("servers", -1)
	if server := v.Arg("server", -1); server != nil {
		one(discover.Object(v), v.Arg("name", -1).Str(), server, v.Call.Span())
		return refs
	}
	for _, each := range servers.Each() {
		for _, pair := range each.Pairs {
			if name := pair.Key.Str(); name != "" {
				one(discover.Of(discover.Object(v), name), name, pair.Value, pair.Key.Node.Span())
			}
		}
	}
	if len(refs) == 0 {
		x.Unresolved("the servers of an MCP client", discover.WhyNot(servers), v.Call.Span())
	}
	return refs
}

// server describes an MCP server of the program with what it offers.
func (x *pass) server(v *code.Value) {
	ref := discover.Object(v)
	if !x.Once("mcp:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	at := v.Call.Span()
	x.Element(model.MCPServer, ref, x.Title(v, first(v, "name", "id")), at).Technology("mcp").Detail(v.Arg("description", -1).Str()).
		FactBecause("third-party", model.No, "its source is in the tree", at)
	x.each(v.Arg("tools", -1), func(at source.Span, one *code.Value) {
		switch {
		case x.made(one, toolMakers):
			x.Flow(model.Provides, ref, x.SDKTool(x.tools, "", one).Ref, at)
		default:
			x.UnresolvedTools("a tool of an MCP server", discover.WhyNot(one), one.Node.Span())
		}
	})
	for _, key := range []string{"agents", "workflows"} {
		x.each(v.Arg(key, -1), func(at source.Span, one *code.Value) {
			switch {
			case x.isAgent(one):
				x.Flow(model.Provides, ref, x.ref(one), at)
			case x.isWorkflow(one):
				x.Flow(model.Message, ref, x.workflowRef(one), at)
			}
		})
	}
}

// workspace describes the files and the sandbox that an agent works with.
func (x *pass) workspace(agent discover.Ref, name string, v *code.Value) {
	for _, w := range v.Each() {
		if !w.Is(code.Instance) || w.Typed() {
			continue
		}
		for _, part := range []string{"filesystem", "sandbox"} {
			x.each(w.Arg(part, -1), func(_ source.Span, p *code.Value) { // or what a function makes for each request
				if !p.Is(code.Instance) {
					return
				}
				ref := discover.Of(discover.Object(w), part)
				at := p.Node.Span()
				e := x.Element(model.Tool, ref, "workspace "+part, at).Technology(technology).Alias(p.Ref.Last())
				if part == "filesystem" {
					if p.Ref.Last() != "LocalFilesystem" {
						x.Flow(model.ToolCall, agent, ref, v.Node.Span())
						return // its files stand elsewhere: in a sandbox, in a store
					}
					e.Effect("fs-read", model.Yes, "known of "+p.Ref.Last(), at)
					if only := p.Arg("readOnly", -1); only.Is(code.Bool) && only.Text == "true" {
						e.Effect("fs-write", model.No, "it is read only", only.Node.Span())
					} else {
						e.Effect("fs-write", model.Yes, "known of "+p.Ref.Last(), at)
					}
				} else {
					e.Effect("exec", model.Yes, "known of "+p.Ref.Last(), at)
					if last := p.Ref.Last(); last != "LocalSandbox" {
						x.Control("sandbox", ref, discover.Ref{}, model.Evidenced, at)
					}
				}
				x.Flow(model.ToolCall, agent, ref, v.Node.Span())
			})
		}
	}
}

// browser describes the browser that an agent drives: Mastra gives it the tools to open pages, to act on them and to read
// what they say.
func (x *pass) browser(agent discover.Ref, v *code.Value) {
	for _, b := range v.Each() {
		if !b.Is(code.Instance) || b.Typed() {
			continue
		}
		ref, at := discover.Object(b), b.Call.Span()
		x.Element(model.Tool, ref, "browser", at).Technology(technology).Alias(b.Ref.Last()).
			Effect("net-read", model.Yes, "it reads pages", at).
			Effect("net-write", model.Yes, "it acts on pages: it fills in forms and presses buttons", at).
			FactBecause("untrusted-output", model.Yes, "it gives what pages of anybody say", at)
		x.Flow(model.ToolCall, agent, ref, v.Node.Span())
	}
}

// remembers describes an agent's memory.
func (x *pass) remembers(agent discover.Ref, name string, v *code.Value, given source.Span) {
	for _, m := range v.Each() {
		switch {
		case x.made(m, memoryClasses):
			ref := discover.Object(m)
			at := m.Call.Span()
			title := x.NameOf(m)
			if title == "Memory" || title == "memory" {
				title = name + " memory"
			}
			e := x.Element(model.Memory, ref, title, at).Technology(technology)
			if storage := m.Arg("storage", -1); storage.Is(code.Instance) && !storage.Typed() {
				e.Technology(strings.ToLower(storage.Ref.Last()))
				if storage.Arg("url", -1).Str() == ":memory:" {
					e.FactBecause("persistent", model.No, "it is kept in the program's memory only", storage.Node.Span())
				} else {
					e.FactBecause("persistent", model.Yes, "it is kept in a store", storage.Node.Span())
				}
			}
			if within(m) {
				e.FactBecause("per-conversation", model.Yes, "it gives an agent the last messages of the same conversation, and nothing of others", at)
			}
			x.Remembers(agent, ref, given)
		case m.Is(code.Function):
			for _, made := range m.Returned().Each() {
				if !made.Is(code.Function) {
					x.remembers(agent, name, made, given)
				}
			}
		case m.Is(code.Null), m.Is(code.Bool):
		default:
			x.Unresolved("the memory of "+name, discover.WhyNot(m), m.Node.Span())
		}
	}
}

// within tells whether a memory keeps to its conversation: it does unless it recalls by meaning, or keeps notes for a
// person, both of which reach over all of a person's conversations.
func within(m *code.Value) bool {
	options := m.Arg("options", -1)
	switch {
	case m.Arg("vector", -1) != nil, m.Arg("processors", -1) != nil:
		return false
	case options == nil:
		given := m.Arg("", 0)
		return given == nil || given.Is(code.Dict) && !given.Open
	case !options.Is(code.Dict) || options.Open:
		return false
	}
	for _, key := range []string{"semanticRecall", "workingMemory", "observationalMemory"} {
		switch part := options.Get(key); {
		case part == nil, part.Is(code.Bool) && part.Text == "false":
		case part.Get("scope").Str() == "thread", part.Get("enabled").Is(code.Bool) && part.Get("enabled").Text == "false":
		default:
			return false
		}
	}
	return true
}

// checking are names of processors that check messages.
var checking = regexp.MustCompile(`(?i)(guard|filter|moderat|pii|redact|inject|safety|jailbreak|complian|detect|block|policy|sanitiz|scrub|valid)`)

// processors puts what checks messages before or behind an agent.
func (x *pass) processors(agent discover.Ref, name string, list *code.Value, control string) {
	x.each(list, func(at source.Span, one *code.Value) {
		switch {
		case x.isWorkflow(one): // checks one after the other, or side by side
			for b := one; b != nil; b = b.Base {
				if b.Base != nil && chained[b.Ref.Last()] {
					x.processors(agent, name, b.Arg("", 0), control)
				}
			}
		case x.made(one, stepMakers):
			if inner := one.Arg("", 0); inner.Is(code.Instance) {
				x.processors(agent, name, inner, control)
			}
		case one.Is(code.Instance) && one.Ref.Is("@mastra/core/processors.ToolSearchProcessor"): // tools that it loads when they are asked for
			x.GiveSDK(x.tools, agent, name, one.Arg("tools", -1))
		case one.Is(code.Instance) && !one.Typed():
			class := one.Ref.Last()
			if def := one.Ref.Def; !checking.MatchString(class) && (def == nil || !aborts(def.Node)) {
				return
			}
			ref := discover.Object(one)
			e := x.Element(model.Guardrail, ref, class, one.Node.Span()).Technology(technology)
			if def := one.Ref.Def; def != nil {
				e.Evidence(discover.Headline(def.Node))
			}
			if def := one.Ref.Def; def != nil {
				for _, agent := range x.asks(&code.Value{Kind: code.Function, Node: def.Node}).agents {
					e.FactBecause("model-based", model.Yes, "it asks an agent", one.Node.Span())
					x.Flow(model.Message, ref, agent, one.Node.Span())
				}
			}
			for _, m := range x.judges(one, name) {
				e.FactBecause("model-based", model.Yes, "it asks a model", one.Node.Span())
				x.Flow(model.PromptFlow, ref, m, one.Node.Span())
			}
			x.Flow(model.Enforces, ref, agent, at)
			x.Control(control, agent, ref, model.Evidenced, at)
		case one.Is(code.List): // side by side
			x.processors(agent, name, one, control)
		case one.Is(code.Dict):
			if title := one.Get("id").Str() + one.Get("name").Str(); checking.MatchString(title) || aborts(one.Node) {
				ref := discover.Object(one)
				x.Element(model.Guardrail, ref, strings.TrimSpace(first2(one.Get("name").Str(), one.Get("id").Str())), one.Node.Span()).Technology(technology)
				x.Flow(model.Enforces, ref, agent, at)
				x.Control(control, agent, ref, model.Evidenced, at)
			}
		default:
			x.Unresolved("a processor of "+name, discover.WhyNot(one), one.Node.Span())
		}
	})
}

func first2(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// judges gives the model that a ready-made processor asks.
func (x *pass) judges(v *code.Value, name string) []discover.Ref {
	m := v.Arg("model", -1)
	if m == nil || v.Ref.Def != nil {
		return nil
	}
	return x.SDKModels(m, v.Ref.Last()+" of "+name)
}

// aborts tells whether a processor's code can stop the run.
func aborts(n syntax.Node) bool {
	found := false
	n.Walk(func(c syntax.Node) bool {
		found = found || c.Is(syntax.Call) && (c.Child(0).TextIs("abort") || c.Child(0).TextIs("tripwire"))
		return !found
	})
	return found
}

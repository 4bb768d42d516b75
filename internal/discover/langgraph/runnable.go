package langgraph

import (
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// parts are what a runnable is put together from.
type parts struct {
	isModel   bool          // it asks a model
	models    []*code.Value // chat models, as far as they are known
	tools     []*code.Value // what is bound with bind_tools
	prompts   []*code.Value
	knowledge []*code.Value // retrievers
	agents    []*code.Value // prebuilt agents and compiled graphs
}

var (
	// invoking methods make a runnable run.
	invoking = map[string]bool{
		"invoke": true, "ainvoke": true, "stream": true, "astream": true, "batch": true, "abatch": true,
		"astream_events": true, "astream_log": true, "stream_events": true, "call": true, "predict": true, "apredict": true, "generate": true, "agenerate": true,
		"run": true, "arun": true, "predict_messages": true, "generate_prompt": true, "agenerate_prompt": true, "batch_as_completed": true,
	}

	// modelTypes are annotations that say "a model".
	modelTypes = []string{
		"langchain_core.language_models.**", "langchain.chat_models.base.BaseChatModel", "langchain.schema.language_model.**",
		"langchain.base_language.**", "langchain_core.runnables.**.LanguageModelLike", "@langchain/core/language_models/**",
	}

	promptTypes = []string{
		"langchain_core.prompts.**", "langchain.prompts.**", "langchain_classic.prompts.**", "langchain.schema.SystemMessage",
		"langchain_core.messages.SystemMessage", "langchain_core.messages.**.SystemMessage", "langchain.schema.messages.SystemMessage",
		"@langchain/core/prompts*.**", "langchain/prompts.**", "langchain.ChatPromptTemplate.**", "@langchain/core/messages.SystemMessage", "langchain.SystemMessage",
	}

	systemMessages = []string{
		"langchain_core.messages.SystemMessage", "langchain_core.messages.**.SystemMessage", "langchain.schema.SystemMessage", "langchain.schema.messages.SystemMessage",
		"@langchain/core/messages*.SystemMessage", "langchain.SystemMessage", "langchain/schema.SystemMessage",
	}

	executorTypes = []string{
		"langchain.agents.AgentExecutor", "langchain.agents.agent.AgentExecutor", "langchain_classic.agents.AgentExecutor",
		"langchain_classic.agents.agent.AgentExecutor", "langchain.agents.**.AgentExecutor.from_agent_and_tools",
		"langchain_classic.agents.**.AgentExecutor.from_agent_and_tools",
		"langchain/agents.AgentExecutor", "@langchain/classic/agents.AgentExecutor", "langchain/agents.AgentExecutor.fromAgentAndTools", "@langchain/classic/agents.AgentExecutor.fromAgentAndTools",
	}

	// modelish is how people name a variable that holds a model or a chain when nothing else says what it is.
	modelish = regexp.MustCompile(`(?i)(llm|model|chain|chat|gpt|claude|gemini|runnable|structured|with_tools|grader|rewriter|extractor|summari[sz]er|classifier|assistant|agent_executor)`)
)

// take adds what a value is put together from.
func (f *file) take(p *parts, v *code.Value, depth int) {
	if v == nil || depth > 24 {
		return
	}
	switch v.Kind {
	case code.Choice, code.List, code.Dict:
		for _, m := range v.Members() {
			if m.Kind != code.Unknown {
				f.take(p, m, depth+1)
			} else if v.Kind == code.Choice {
				f.takeUnknown(p, m, depth)
			}
		}
		return
	case code.Unknown:
		f.takeUnknown(p, v, depth)
		return
	case code.Function:
		return // a step of a chain that only computes
	case code.Instance:
	default:
		return
	}
	switch {
	case v.Call.Is(syntax.Binary):
		for side := range v.Call.Children() {
			f.take(p, v.Inside(side), depth+1)
			if len(p.prompts) > 0 && f.ownModel(v.Inside(side)) {
				p.isModel = true
			}
		}
	case discover.Script(v.Call) && v.Base != nil && v.Ref.Last() == "pipe": // prompt.pipe(model)
		f.take(p, v.Base, depth+1)
		f.take(p, v.Arg("", 0), depth+1)
	case f.isAgent(v) || isCompiled(v):
		p.agents = append(p.agents, v)
	case f.IsChatModel(v):
		p.isModel = true
		p.models = append(p.models, v)
		f.bound(p, v)
	case v.Ref.Is(promptTypes...) || v.Base != nil && v.Root().Ref.Is(promptTypes...):
		p.prompts = append(p.prompts, v.Root())
	case f.isRetriever(v):
		p.knowledge = append(p.knowledge, v)
	case v.Typed() && v.Ref.Is(modelTypes...):
		p.isModel = true
	case v.Ref.Is("langchain_core.runnables.**", "langchain.schema.runnable.**", "langchain.chains.**", "langchain_classic.chains.**", "langchain_community.chains.**", "langchain_experimental.**", "@langchain/core/runnables.**", "langchain/chains*.**", "@langchain/classic/chains*.**"):
		if v.Ref.Is("langchain.chains.**", "langchain_classic.chains.**", "langchain_experimental.**", "langchain/chains*.**", "@langchain/classic/chains*.**") {
			p.isModel = true
		}
		for _, a := range v.Args() {
			f.take(p, a.Value, depth+1)
		}
		f.take(p, v.Base, depth+1)
	default:
		if v.Base != nil {
			f.bound(p, v)
			f.take(p, v.Base, depth+1)
		}
	}
}

// ownModel tells whether a value is an object of a class of the program that can be invoked as a model is: what a prompt is handed to.
func (f *file) ownModel(v *code.Value) bool {
	for _, one := range v.Each() {
		if def := one.RefOf().Def; one.Is(code.Instance) && def != nil && def.Kind == code.ClassDef && (f.code.Method(def, "invoke") != nil || f.code.Method(def, "ainvoke") != nil) {
			return true
		}
	}
	return false
}

// bound adds the tools that were bound on the way from a model to a value.
func (f *file) bound(p *parts, v *code.Value) {
	for ; v != nil; v = v.Base {
		if v.Call.Is(syntax.Call) {
			f.boundAt(p, v, v.Ref.Last())
		}
	}
}

func (f *file) boundAt(p *parts, v *code.Value, method string) {
	switch snake(method) {
	case "bind_tools", "bind_functions":
		if tools := v.Arg("tools", 0); tools != nil {
			p.tools = append(p.tools, tools)
		}
	case "bind":
		for _, key := range []string{"tools", "functions"} {
			if tools := v.Arg(key, -1); tools != nil {
				p.tools = append(p.tools, tools)
			}
		}
	}
}

// takeUnknown reads the spelling of an expression whose value could not be followed: "llm.bind_tools(tools)" binds
// tools to a model, whatever llm is.
func (f *file) takeUnknown(p *parts, v *code.Value, depth int) {
	n := v.Node
	for range 12 {
		switch {
		case n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr):
			method := verb(n.Child(0))
			switch method {
			case "bind_tools", "bind_functions":
				p.isModel = true
				tools := n.Argument("tools")
				if tools.IsZero() {
					tools = n.Child(1)
				}
				if tools.Is(syntax.Keyword, syntax.Spread) {
					tools = tools.Child(0)
				}
				if !tools.IsZero() {
					p.tools = append(p.tools, f.at(v, tools))
				}
			case "with_structured_output":
				p.isModel = true
			}
			n = n.Child(0).Child(0)
		case n.Is(syntax.Binary) && n.TextIs("|"):
			f.take(p, f.at(v, n.Child(0)), depth+1)
			f.take(p, f.at(v, n.Child(1)), depth+1)
			return
		case n.Is(syntax.Await):
			n = n.Child(0)
		default:
			if named(n) {
				p.isModel = true
			}
			return
		}
	}
}

// at evaluates a node where a value stands.
func (f *file) at(v *code.Value, n syntax.Node) *code.Value {
	if got := v.Inside(n); got != nil && got.Kind != code.Unknown {
		return got
	}
	return f.code.Eval(n)
}

// named tells whether the last name of an expression is one that people give to models and chains.
func named(n syntax.Node) bool {
	for n.Is(syntax.Call, syntax.Subscript, syntax.Await) {
		n = n.Child(0)
	}
	return n.Is(syntax.Name, syntax.Attr) && modelish.MatchString(n.Text())
}

// isCompiled tells whether a value is a graph that was compiled, or its builder.
func isCompiled(v *code.Value) bool { return v.Is(code.Instance) && graphRoot(v) != nil }

// graphRoot is the builder that a value was made from.
func graphRoot(v *code.Value) *code.Value {
	for ; v != nil; v = v.Base {
		if v.Kind == code.Choice {
			for _, one := range v.Each() {
				if root := graphRoot(one); root != nil {
					return root
				}
			}
			return nil
		}
		if v.Is(code.Instance) && v.Ref.Is(builders...) && !v.Call.IsZero() {
			return v
		}
	}
	return nil
}

// agentRefs gives the agents that a value is: a prebuilt agent, or the orchestrator of a compiled graph.
func (f *file) agentRefs(v *code.Value) []discover.Ref {
	var refs []discover.Ref
	for _, one := range v.Each() {
		if a := f.agentOf(one); a != nil {
			refs = append(refs, f.made(a))
		} else if root := graphRoot(one); root != nil {
			refs = append(refs, discover.Object(root))
		}
	}
	return refs
}

func lastName(dotted string) string { return dotted[strings.LastIndexByte(dotted, '.')+1:] }

package googleadk

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// modelClasses are the classes that stand for a model.
var modelClasses = []discover.ModelClass{
	{Pattern: "google.adk.**.LiteLlm", Args: []string{"model"}, Position: 0},
	{Pattern: "google.adk.**.Gemini", Provider: "google", Args: []string{"model"}, Position: -1, Default: "gemini-2.5-flash"},
	{Pattern: "google.adk.**.Claude", Provider: "anthropic", Args: []string{"model"}, Position: -1},
	{Pattern: "@google/adk.Gemini", Provider: "google", Args: []string{"model"}, Position: -1, Default: "gemini-2.5-flash"},
	{Pattern: "@google/adk.*Llm", Args: []string{"model"}, Position: -1},
	{Pattern: "google.adk.models.**", Args: []string{"model"}, Position: -1},
}

// otherTool knows what ADK takes as a tool beyond functions.
func (x *pass) otherTool(agent discover.Ref, name string, v *code.Value) ([]discover.Ref, bool) {
	if v.Is(code.External) && v.Base == nil && v.Ref.Is("google.adk.**.google_search", "google.adk.**.*") {
		return nil, false
	}
	if !v.Is(code.Instance) {
		return nil, false
	}
	at := v.Node.Span()
	root := v.Root()
	switch {
	case v.Ref.Is("google.adk.**.AgentTool") || x.Code().Derives(v.Ref, "google.adk.**.AgentTool", "@google/adk.AgentTool"):
		for _, one := range v.Arg("agent", 0).Each() {
			if to, _ := x.actor(one); !to.IsZero() {
				x.Flow(model.Delegation, agent, to, at)
				return nil, true
			}
		}
		x.UnresolvedTools("a tool of "+name, "which agent is used as a tool could not be followed: "+discover.WhyNot(v.Arg("agent", 0)), at)
		return nil, true
	case root.Is(code.Instance) && !root.Typed() && x.Code().Derives(root.Ref, toolsets...):
		return []discover.Ref{x.toolset(root)}, true
	case root.Ref.Is("toolbox_core.**", "google.adk.**.ToolboxToolset", "google.adk.**.ToolboxTool"):
		ref := discover.Object(root)
		if x.Once("server:" + ref.Key()) {
			url := root.Arg("server_url", 0).Str()
			if url == "" {
				url = root.Arg("url", 0).Str()
			}
			x.MCP(discover.MCPServer{Ref: ref, Name: x.NameOf(root), Transport: "http", URL: url, At: root.Call.Span()}).
				Detail("a toolbox of database tools").Effect("db-read", model.Yes, "a toolbox offers queries", root.Call.Span())
		}
		return []discover.Ref{ref}, true
	case v.Ref.Is("google.adk.**.LangchainTool", "google.adk.**.CrewaiTool"):
		inner := v.Arg("tool", 0)
		if inner == nil {
			return nil, false
		}
		return x.Tools(x.box, agent, name, inner), true
	case v.Ref.Is("google.adk.**.OpenAPIToolset", "google.adk.**.APIHubToolset", "google.adk.**.ApplicationIntegrationToolset"):
		for i, key := range []string{"spec_dict", "spec_str"} {
			if refs := x.Interface(v.Arg(key, i)); len(refs) > 0 {
				return refs, true
			}
		}
		ref := discover.Object(v)
		if x.Once("tool:" + ref.Key()) {
			e := x.Element(model.Tool, ref, x.NameOf(v), v.Call.Span()).Technology("openapi").Detail("calls what an interface description lists").
				Effect("net-read", model.Yes, "it calls an interface over the network", at).
				Effect("net-write", model.Yes, "it calls an interface over the network", at).
				FactBecause("untrusted-output", model.Yes, "it returns what the interface answers", at)
			e.Alias(v.Ref.Last())
		}
		return []discover.Ref{ref}, true
	case v.Ref.Is("google.adk.**.VertexAiRagRetrieval", "google.adk.**.VertexAiSearchTool", "google.adk.**.LlamaIndexRetrieval", "google.adk.**.FilesRetrieval"):
		return []discover.Ref{x.retrieval(v)}, true
	case x.isActor(v):
		x.UnresolvedTools("a tool of "+name, "an agent stands where a tool is expected", at)
		return nil, true
	}
	if v.Ref.Is(x.box.Wrappers[0].Patterns...) {
		refs := []discover.Ref{}
		if fn := v.Arg("func", 0); fn.Is(code.Function) && fn.Ref.Def != nil {
			ref := x.DecoratedTool(x.box, fn.Ref.Def)
			x.Switch("human-approval", ref, v.Arg("require_confirmation", -1))
			return append(refs, ref), true
		}
	}
	return nil, false
}

func (x *pass) isActor(v *code.Value) bool {
	ref, _ := x.actor(v)
	return !ref.IsZero()
}

// toolset describes the MCP server behind a toolset.
func (x *pass) toolset(v *code.Value) discover.Ref {
	ref := discover.Object(v)
	if x.Once("server:" + ref.Key()) {
		x.MCPGiven(ref, "", v, v.Call.Span())
		if filter := v.Arg("tool_filter", -1); filter != nil && !filter.Is(code.Null) {
			x.Control("tool-allow-list", ref, discover.Ref{}, model.Evidenced, filter.Node.Span())
		}
		x.Switch("human-approval", ref, v.Arg("require_confirmation", -1))
	}
	return ref
}

// retrieval is a tool with the knowledge that it looks into.
func (x *pass) retrieval(v *code.Value) discover.Ref {
	ref := discover.Object(v)
	at := v.Call.Span()
	if !x.Once("tool:" + ref.Key()) {
		return ref
	}
	label := v.Arg("name", -1).Str()
	if label == "" {
		label = x.NameOf(v)
	}
	x.Element(model.Tool, ref, label, at).Technology(technology).Detail(v.Arg("description", -1).Str()).
		Effect("db-read", model.Yes, "it searches stored documents", at).Alias(v.Ref.Last())
	store := discover.Of(ref, "store")
	name := ""
	for _, key := range []string{"data_store_id", "search_engine_id", "input_dir"} {
		if name == "" {
			name = text(v.Arg(key, -1))
		}
	}
	for _, one := range v.Arg("rag_resources", -1).Members() {
		if name == "" {
			name = text(one.Arg("rag_corpus", -1))
		}
	}
	if name == "" {
		name = label + " documents"
	}
	x.Element(model.Knowledge, store, name, at).Technology("google-vertex").FactBecause("persistent", model.Yes, "it is kept in a store", at)
	x.Flow(model.Retrieval, store, ref, at)
	return ref
}

func text(v *code.Value) string {
	if s := v.Str(); s != "" {
		return s
	}
	if v.Is(code.Env) {
		return "$" + v.Text
	}
	return ""
}

// callbacks: a function that ADK asks before or after a model or tool, and that can answer in its place, is a check.
func (x *pass) callbacks(ref discover.Ref, name string, v *code.Value) {
	for _, key := range []string{"before_model_callback", "after_model_callback", "before_tool_callback", "after_tool_callback", "before_agent_callback", "after_agent_callback"} {
		if f := v.Arg(key, -1); f != nil {
			x.callback(ref, name, key, f)
		}
	}
}

// controls by callback: what comes in, what goes out, which arguments pass.
var callbackControls = map[string]string{
	"before_model_callback": "input-guardrail", "before_agent_callback": "input-guardrail", "after_model_callback": "output-guardrail",
	"after_agent_callback": "output-guardrail", "before_tool_callback": "argument-policy", "after_tool_callback": "output-guardrail",
}

func (x *pass) callback(ref discover.Ref, name, key string, v *code.Value) {
	for _, one := range v.Members() {
		if !one.Is(code.Function) {
			if !one.Is(code.Null) {
				x.Unresolved("a callback of "+name, discover.WhyNot(one), one.Node.Span())
			}
			continue
		}
		if !answers(one.Node) {
			continue // it only looks on, or prepares the state
		}
		check, label, at, doc := discover.Object(one), strings.ReplaceAll(key, "_", " "), one.Node.Span(), ""
		body, own := x.Code().BodyAt(one.Node), one.Node
		if def := one.Ref.Def; def != nil {
			own = def.Node
			check, label, at, doc, body = discover.Definition(def), def.Last(), discover.Headline(def.Node), def.Doc(), x.Code().BodyOf(def)
		}
		e := x.Element(model.Guardrail, check, label, at).Technology(technology).Detail(doc)
		asks := false
		for _, c := range body.Calls {
			if strings.HasPrefix(c.Callee.Name, "google.genai.Client.") || strings.HasPrefix(c.Callee.Name, "litellm.") || strings.HasPrefix(c.Callee.Name, "openai.") || strings.HasPrefix(c.Callee.Name, "@google/genai.") {
				asks = true
				e.FactBecause("model-based", model.Yes, "it asks a model", c.Node.Span())
				break
			}
		}
		if !asks && body.Complete {
			e.FactBecause("model-based", model.No, "its code asks no model", at)
		}
		x.Flow(model.Enforces, check, ref, one.Node.Span())
		if key == "before_tool_callback" && !x.PolicyOf(own, responds).Counts {
			x.Unresolved("what "+label+" lets through", discover.WhyNoPolicy, one.Node.Span())
			continue
		}
		x.Control(callbackControls[key], ref, check, model.Evidenced, one.Node.Span())
	}
}

// answers tells whether a function gives something back on any way through it.
func answers(def syntax.Node) bool {
	found := false
	def.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.FuncDef, syntax.Lambda) && n != def {
			return false
		}
		found = found || responds(n)
		return !found
	})
	return found
}

// responds tells whether a statement gives something back in a call's place.
func responds(n syntax.Node) bool {
	return n.Is(syntax.Return) && !n.Child(0).IsZero() && !n.Child(0).Is(syntax.Null)
}

// executor describes what runs the code that an agent writes.
func (x *pass) executor(ref discover.Ref, name string, v *code.Value) {
	tool := discover.Of(ref, "code-executor")
	at := v.Node.Span()
	e := x.Element(model.Tool, tool, name+" code executor", at).Technology(technology).
		Effect("exec", model.Yes, "code_executor", at).Detail("runs the code that the agent writes")
	x.Flow(model.ToolCall, ref, tool, at)
	for _, one := range v.Each() {
		switch last := one.RefOf().Last(); {
		case strings.HasPrefix(last, "UnsafeLocal"):
			x.Control("sandbox", tool, discover.Ref{}, model.Absent, at)
		case strings.HasPrefix(last, "Container"), strings.HasPrefix(last, "Gke"), strings.HasPrefix(last, "AgentEngineSandbox"):
			x.Control("sandbox", tool, discover.Ref{}, model.Evidenced, at)
		case strings.HasPrefix(last, "BuiltIn"), strings.HasPrefix(last, "VertexAi"):
			x.Control("sandbox", tool, discover.Ref{}, model.Evidenced, at)
			e.FactBecause("third-party", model.Yes, "the provider google runs it", at)
		case one.Is(code.Unknown):
			x.Unresolved("the code executor of "+name, one.Reason(), at)
		}
		x.Limit("timeout", tool, one.Arg("timeout_seconds", -1))
	}
}

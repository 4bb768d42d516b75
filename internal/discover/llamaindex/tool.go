package llamaindex

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
)

// modelClasses are the classes of llama_index.llms, by the package that each is in.
var modelClasses = append(scriptModels(), classes(map[string]string{
	"openai": "", "azure_openai": "azure", "anthropic": "anthropic", "gemini": "google", "google_genai": "google", "vertex": "google", "bedrock": "aws-bedrock",
	"bedrock_converse": "aws-bedrock", "mistralai": "mistral", "groq": "groq", "ollama": "ollama", "huggingface": "local", "huggingface_api": "huggingface", "cohere": "cohere",
	"together": "together", "openrouter": "openrouter", "openai_like": "", "litellm": "", "fireworks": "fireworks", "deepseek": "deepseek", "nvidia": "nvidia", "replicate": "replicate",
	"llama_cpp": "llamacpp", "perplexity": "perplexity", "dashscope": "alibaba", "azure_inference": "azure-ai", "cerebras": "cerebras", "lmstudio": "lmstudio", "vllm": "vllm",
	"sambanovasystems": "sambanova", "palm": "google", "langchain": "", "openai_responses": "", "github_llm": "github",
})...)

func classes(providers map[string]string) []discover.ModelClass {
	var all []discover.ModelClass
	args := []string{"model", "model_name", "model_id", "engine", "deployment_name", "azure_deployment", "model_path", "llm"}
	for name, provider := range providers {
		all = append(all, discover.ModelClass{Pattern: "llama_index.llms." + name + ".**", Provider: provider, Args: args, Position: 0})
	}
	return append(all, discover.ModelClass{Pattern: "llama_index.llms.**", Args: args, Position: 0},
		discover.ModelClass{Pattern: "llama_index.core.llms.**", Args: args, Position: 0})
}

// otherTool knows what LlamaIndex takes as a tool beyond functions.
func (x *pass) otherTool(agent discover.Ref, name string, v *code.Value) ([]discover.Ref, bool) {
	if !v.Is(code.Instance) || v.Typed() {
		return nil, false
	}
	root := v.Root()
	at := v.Node.Span()
	switch {
	case v.Base != nil && v.Ref.Last() == "queryTool", v.Ref.Is("llamaindex.QueryEngineTool", "llama_index.**.QueryEngineTool", "llama_index.**.QueryEngineTool.from_defaults", "llama_index.**.RetrieverTool", "llama_index.**.RetrieverTool.from_defaults", "llama_index.**.QueryPlanTool.from_defaults"):
		return x.engineTool(agent, name, v), true
	case root.Ref.Is("@llamaindex/tools.mcp", "llama_index.tools.mcp.**", "llama_index.**.McpToolSpec", "llama_index.**.BasicMCPClient"):
		client := root
		if inner := root.Arg("client", 0); inner.Is(code.Instance) {
			client = inner.Root()
		}
		ref := discover.Object(client)
		if x.Once("server:" + ref.Key()) {
			x.server(ref, client)
			if allowed := root.Arg("allowed_tools", -1); allowed != nil && !allowed.Is(code.Null) {
				x.Control("tool-allow-list", ref, discover.Ref{}, model.Evidenced, allowed.Node.Span())
			}
		}
		return []discover.Ref{ref}, true
	case v.Ref.Is("llama_index.**.LoadAndSearchToolSpec.from_defaults", "llama_index.**.OnDemandLoaderTool.from_defaults", "llama_index.**.OnDemandLoaderTool.from_tool") || v.Base != nil && root.Ref.Is("llama_index.**.LoadAndSearchToolSpec.from_defaults"):
		inner := root.Arg("tool", 0)
		if inner == nil {
			return nil, false
		}
		return x.Tools(x.box, agent, name, inner), true
	case v.Base != nil && (v.Ref.Last() == "to_tool_list" || v.Ref.Last() == "to_tool_list_async"):
		if root.Ref.Def != nil {
			return x.specification(agent, root), true
		}
		if root.Is(code.Instance) && !root.Typed() {
			return []discover.Ref{x.ReadyTool(x.box, root)}, true
		}
	case v.Ref.Is("llama_index.**.ObjectIndex.from_objects") || v.Base != nil && root.Ref.Is("llama_index.**.ObjectIndex.from_objects"):
		var all []discover.Ref
		for _, t := range root.Arg("objects", 0).Members() {
			all = append(all, x.Tools(x.box, agent, name, t)...)
		}
		return all, true
	case v.Base != nil && (v.Ref.Last() == "as_retriever" || v.Ref.Last() == "as_query_engine" || v.Ref.Last() == "asQueryEngine" || v.Ref.Last() == "asRetriever"):
		return x.engineTool(agent, name, v), true
	case x.isAgent(v), x.isTeam(v):
		to, _ := x.actor(v)
		x.Flow(model.Delegation, agent, to, at)
		return nil, true
	}
	return nil, false
}

// server reads BasicMCPClient("http://…") or BasicMCPClient("npx", args=[…]).
func (x *pass) server(ref discover.Ref, client *code.Value) {
	at := client.Call.Span()
	first := client.Arg("command_or_url", 0).Str()
	if first == "" {
		x.MCPGiven(ref, "", client, at)
		return
	}
	s := discover.MCPServer{Ref: ref, At: at}
	if strings.Contains(first, "://") {
		s.URL = first
	} else {
		s.Command = first
		for _, a := range client.Arg("args", -1).Members() {
			s.Args = append(s.Args, a.Str())
		}
		for _, pair := range client.Arg("env", -1).Each() {
			for _, e := range pair.Pairs {
				s.Env = append(s.Env, discover.EnvVar{Name: e.Key.Str(), Value: e.Value.Str(), At: e.Value.Node.Span()})
			}
		}
	}
	s.Name = discover.ServerName(s)
	x.MCP(s)
}

// specification gives the functions that a class of the project offers as tools: those that it lists.
func (x *pass) specification(agent discover.Ref, spec *code.Value) []discover.Ref {
	def := spec.Ref.Def
	var all []discover.Ref
	for _, one := range x.Code().ClassValue(def, "spec_functions").Members() {
		function := one
		if one.Is(code.List) && len(one.Items) > 0 {
			function = one.Items[0]
		}
		if m := x.Code().Method(def, function.Str()); m != nil {
			all = append(all, x.GiveFunction(x.box, agent, m))
		}
	}
	if len(all) == 0 {
		all = append(all, x.ToolClass(x.box, def))
	}
	return all
}

// engineTool is a query engine or retriever, or an agent, that others may ask.
func (x *pass) engineTool(agent discover.Ref, name string, v *code.Value) []discover.Ref {
	at := v.Node.Span()
	var engine *code.Value
	for _, key := range []string{"query_engine", "retriever", "agent"} {
		if engine = v.Arg(key, 0); engine != nil {
			break
		}
	}
	if engine == nil {
		engine = v
	}
	named := v.Arg("name", -1)
	description := v.Arg("description", -1).Str()
	if meta := v.Arg("metadata", 1); meta.Is(code.Instance) {
		if n := meta.Arg("name", 1); n.Str() != "" {
			named = n
		}
		if s := meta.Arg("description", 0).Str(); s != "" {
			description = s
		}
	}
	label := ""
	if named != nil {
		label = x.Title(v, named)
	}
	for _, one := range engine.Each() {
		if to, kind := x.actor(one); !to.IsZero() && kind == model.Agent && !isChatEngine(one) {
			flow := x.Flow(model.Delegation, agent, to, at)
			if label != "" {
				flow.Label(label)
			}
			return nil
		}
	}
	if meta := v.Arg("metadata", -1); meta.Is(code.Dict) { // TypeScript
		label, description = meta.Get("name").Str(), meta.Get("description").Str()
	}
	if label == "" {
		label = x.NameOf(v)
	}
	ref := discover.Object(v)
	if !x.Once("tool:" + ref.Key()) {
		return []discover.Ref{ref}
	}
	x.Element(model.Tool, ref, label, at).Technology(technology).Detail(description).
		Effect("db-read", model.Yes, "it looks passages up", at).
		Effect("exec", model.No, "it only looks passages up", at)
	found := x.lookups(engine, 0)
	for _, k := range found {
		x.Flow(model.Retrieval, k, ref, at)
	}
	if len(found) == 0 {
		x.Unresolved("what tool "+label+" looks into", discover.WhyNot(engine), at)
	}
	return []discover.Ref{ref}
}

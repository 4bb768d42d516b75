package llamaindex

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Names of LlamaIndex.TS. What one package offers, "llamaindex" mostly offers too.
var (
	scriptAgents = []string{
		"llamaindex.agent", "@llamaindex/workflow*.agent", "llamaindex.OpenAIAgent", "@llamaindex/openai.OpenAIAgent", "llamaindex.ReActAgent",
		"@llamaindex/core/agent.*Agent", "llamaindex.AnthropicAgent", "@llamaindex/anthropic.AnthropicAgent", "llamaindex.LLMAgent", "llamaindex.FunctionAgent",
		"@llamaindex/workflow*.FunctionAgent",
	}
	scriptTools = []string{
		"llamaindex.tool", "@llamaindex/core/tools.tool", "llamaindex.FunctionTool.from", "@llamaindex/core/tools.FunctionTool.from", "llamaindex.FunctionTool",
		"@llamaindex/core/tools.FunctionTool",
	}
	scriptIndexes = []string{
		"llamaindex.*Index.fromDocuments", "llamaindex.*Index.init", "llamaindex.*Index.fromVectorStore", "llamaindex.*Index.fromVectorStores",
		"llamaindex.LlamaCloudIndex", "llama-cloud-services.LlamaCloudIndex",
	}
	scriptProviders = []struct{ name, class, provider string }{
		{"openai", "OpenAI", ""},
		{"anthropic", "Anthropic", "anthropic"},
		{"google", "Gemini", "google"},
		{"gemini", "Gemini", "google"},
		{"vertex", "Vertex", "google"},
		{"ollama", "Ollama", "ollama"},
		{"groq", "Groq", "groq"},
		{"mistral", "MistralAI", "mistral"},
		{"azure", "AzureOpenAI", "azure"},
		{"aws", "Bedrock", "aws-bedrock"},
		{"community", "Bedrock", "aws-bedrock"},
		{"deepseek", "DeepSeekLLM", "deepseek"},
		{"together", "TogetherLLM", "together"},
		{"fireworks", "FireworksLLM", "fireworks"},
		{"huggingface", "HuggingFaceLLM", "huggingface"},
		{"replicate", "ReplicateLLM", "replicate"},
		{"portkey-ai", "Portkey", ""},
		{"perplexity", "Perplexity", "perplexity"},
		{"xai", "XAI", "xai"},
		{"vercel", "VercelLLM", ""},
	}
)

// scriptModels are the classes and functions that stand for a model: openai({ model }), new OpenAI({ model }).
func scriptModels() []discover.ModelClass {
	var all []discover.ModelClass
	for _, p := range scriptProviders {
		all = append(all,
			discover.ModelClass{Pattern: "@llamaindex/" + p.name + ".*", Provider: p.provider, Position: -1},
			discover.ModelClass{Pattern: "llamaindex." + p.class, Provider: p.provider, Position: -1},
			discover.ModelClass{Pattern: "llamaindex." + p.name, Provider: p.provider, Position: -1})
	}
	return all
}

// eventWorkflow describes a workflow of events and handlers: an agent where a handler asks a model itself, code that
// orders others where handlers run agents.
func (x *pass) eventWorkflow(v *code.Value) {
	if v.Typed() {
		return
	}
	ref, at := discover.Object(v), v.Call.Span()
	if !x.Once("workflow:" + ref.Key()) {
		return
	}
	kind, asked := model.Orchestrator, []*code.Value(nil)
	var started []discover.Ref
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		if !callee.Is(syntax.Attr) || !callee.TextIs("handle") || x.Code().Eval(callee.Child(0)).Key() != v.Key() {
			continue
		}
		c.Node.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && asks[n.Child(0).Text()] {
				if object := x.Code().Eval(n.Child(0).Child(0)); x.isModel(object) {
					kind, asked = model.Agent, append(asked, object)
				}
			}
			return true
		})
		started = append(started, x.StartedAt(c.Node, x.sites)...)
	}
	if kind != model.Agent && len(started) == 0 {
		return
	}
	name := x.NameOf(v)
	x.Element(kind, ref, name, at).Technology(technology)
	for _, m := range asked {
		x.models(ref, name, m)
	}
	for _, agent := range started {
		x.Flow(model.Delegation, ref, agent, at)
	}
}

func (x *pass) isModel(v *code.Value) bool {
	for _, one := range v.Each() {
		for _, c := range modelClasses {
			if one.Is(code.Instance) && one.Ref.Is(c.Pattern) {
				return true
			}
		}
		if one.Is(code.External) && one.Ref.Is("llamaindex.Settings.llm") {
			return true
		}
	}
	return false
}

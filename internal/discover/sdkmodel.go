package discover

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
)

// Models and tools of Vercel's AI SDK are shared by the frameworks of TypeScript: an agent of Mastra takes openai("gpt-4o")
// and tool({…}) like a call of generateText. They are read here so that each framework names the same thing the same way.

// sdkPackages tell the provider by the package that its models come from.
var sdkPackages = map[string]string{
	"@ai-sdk/openai": "openai", "@ai-sdk/azure": "azure", "@ai-sdk/anthropic": "anthropic", "@ai-sdk/google": "google",
	"@ai-sdk/google-vertex": "google", "@ai-sdk/google-vertex/anthropic": "google", "@ai-sdk/amazon-bedrock": "aws-bedrock",
	"@ai-sdk/mistral": "mistral", "@ai-sdk/groq": "groq", "@ai-sdk/cohere": "cohere", "@ai-sdk/togetherai": "together",
	"@ai-sdk/fireworks": "fireworks", "@ai-sdk/deepseek": "deepseek", "@ai-sdk/xai": "xai", "@ai-sdk/perplexity": "perplexity",
	"@ai-sdk/cerebras": "cerebras", "@ai-sdk/deepinfra": "deepinfra", "@ai-sdk/huggingface": "huggingface", "@ai-sdk/replicate": "replicate",
	"@ai-sdk/openai-compatible": "", "@ai-sdk/gateway": "", "ai": "", "@openrouter/ai-sdk-provider": "openrouter",
	"ollama-ai-provider": "ollama", "ollama-ai-provider-v2": "ollama", "ai-sdk-ollama": "ollama", "workers-ai-provider": "cloudflare",
	"@ai-sdk/vercel": "vercel", "@ai-sdk/moonshotai": "moonshot", "@ai-sdk/alibaba": "alibaba", "ai-sdk-provider-claude-code": "anthropic",
	"@mastra/core/llm": "", "@mastra/core": "",
}

// sdkPackage is the module of a name that was imported from one: "@ai-sdk/openai" of "@ai-sdk/openai.openai.chat".
func sdkPackage(name string) string {
	from := strings.LastIndexByte(name, '/') + 1
	if i := strings.IndexByte(name[from:], '.'); i >= 0 {
		return name[:from+i]
	}
	return name
}

// IsSDKModel tells whether a value is a model of the AI SDK.
func (p *Pass) IsSDKModel(v *code.Value) bool {
	for _, one := range v.Each() {
		if one.Is(code.Instance) {
			if _, ok := sdkPackages[sdkPackage(one.Ref.Name)]; ok {
				return true
			}
		}
	}
	return false
}

// SDKModels describes the models behind a value: a name ("openai/gpt-4o"), a call of a provider (openai("gpt-4o")), a
// model around a model, a list of models to fall back on, a function that chooses one. What is no model that is known
// is unresolved.
func (p *Pass) SDKModels(v *code.Value, owner string) []Ref {
	m := sdkModels{p: p, owner: owner, seen: map[string]bool{}}
	m.read(v, 0)
	return m.found
}

type sdkModels struct {
	p     *Pass
	owner string
	found []Ref
	seen  map[string]bool
}

func (m *sdkModels) add(r Ref) {
	if !r.IsZero() && !m.seen[r.Key()] {
		m.seen[r.Key()] = true
		m.found = append(m.found, r)
	}
}

func (m *sdkModels) gap(v *code.Value) {
	m.p.Unresolved("the model of "+m.owner, WhyNot(v), v.Node.Span())
}

func (m *sdkModels) read(v *code.Value, depth int) {
	if depth > 6 {
		return
	}
	for _, one := range v.Each() {
		switch one.Kind {
		case code.String, code.Env:
			m.add(m.p.Model(one, ""))
		case code.Function:
			for _, made := range one.Returned().Each() {
				m.read(made, depth+1)
			}
		case code.List:
			for _, item := range one.Items {
				m.read(item, depth+1)
			}
		case code.Dict: // {model: …, maxRetries: 2}, {id: "openai/gpt-4o", apiKey: …}
			for _, key := range []string{"model", "id", "modelId"} {
				if inner := one.Get(key); inner != nil {
					m.read(inner, depth+1)
					break
				}
			}
		case code.Instance:
			m.object(one, depth)
		case code.Null, code.Bool, code.Number:
		default:
			m.gap(one)
		}
	}
}

// object reads what a call made.
func (m *sdkModels) object(v *code.Value, depth int) {
	last := v.Ref.Last()
	switch {
	case last == "wrapLanguageModel" || last == "wrapEmbeddingModel" || last == "withTracing" || last == "devToolsMiddleware":
		if inner := v.Arg("model", 0); inner != nil && inner != v {
			m.read(inner, depth+1)
			return
		}
	case strings.HasPrefix(v.Ref.Name, "ai/test."): // what a test puts in a model's place
		return
	case v.Ref.Is("ai.customProvider.**", "ai.experimental_customProvider.**"):
		m.custom(v, depth)
		return
	}
	provider, known := sdkPackages[sdkPackage(v.Ref.Name)]
	if !known {
		if refs := m.p.ChatModel(v); len(refs) > 0 {
			for _, r := range refs {
				m.add(r)
			}
			return
		}
		if inner := v.Arg("model", -1); m.p.IsSDKModel(inner) { // what somebody else made around a model
			m.read(inner, depth+1)
			return
		}
		if name := v.Arg("", 0); strings.Contains(strings.ToLower(v.Ref.Name), "ai-sdk") && name.Is(code.String) {
			m.add(m.p.Model(name, "")) // a provider that somebody else made for the SDK
			return
		}
		m.gap(v)
		return
	}
	if v.Base == nil && strings.HasPrefix(last, "create") || v.Typed() {
		m.gap(v)
		return
	}
	for b := v; b != nil; b = b.Base {
		if url := firstText(b, "baseURL", "baseUrl"); url != "" {
			if host := ProviderOfURL(url); host != "" {
				provider = host
			}
		}
	}
	name := v.Arg("", 0)
	at := v.Call.Span()
	if name.Is(code.Dict) { // new ModelRouter({id: …})
		m.read(name, depth+1)
		return
	}
	named := false
	for _, one := range name.Each() {
		if one.Is(code.String) || one.Is(code.Env) {
			ref := m.p.Model(one, provider)
			named = named || !ref.IsZero()
			m.add(ref)
		}
	}
	if named || name == nil {
		return
	}
	// Which model is decided when the program runs: the provider is what we know.
	if provider == "" {
		m.gap(v)
		return
	}
	ref := Local(m.p.Path(), provider+" model")
	m.p.Element(model.Model, ref, provider+" model", at).Fact("provider", provider, at).Technology(provider).
		FactBecause("pinned", model.No, "which model is asked is decided when the program runs", at)
	m.add(ref)
	m.p.Unresolved("the name of the model of "+m.owner, WhyNot(name), name.Node.Span())
}

// custom is a model by the name that the program gives it: customProvider({languageModels: {fast: …}}).languageModel("fast").
func (m *sdkModels) custom(v *code.Value, depth int) {
	var made *code.Value
	for b := v; b != nil; b = b.Base {
		for _, kind := range []string{"languageModels", "embeddingModels", "textEmbeddingModels", "imageModels"} {
			if got := b.Arg(kind, -1); got != nil && (made == nil || strings.HasPrefix(kind, strings.TrimSuffix(v.Ref.Last(), "Model"))) {
				made = got
			}
		}
	}
	name, fixed := v.Arg("", 0).Constant()
	if inner := made.Get(name); fixed && inner != nil {
		m.read(inner, depth+1)
		return
	}
	some := false
	for _, one := range made.Each() {
		for _, pair := range one.Pairs {
			some = true
			m.read(pair.Value, depth+1)
		}
	}
	if !some {
		m.gap(v)
	}
}

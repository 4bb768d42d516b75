package discover

import (
	"path"
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
)

// providers are the words that people put before a model's name, with the provider's usual name.
var providers = map[string]string{
	"openai": "openai", "openai-chat": "openai", "openai-responses": "openai", "azure": "azure", "azure_openai": "azure", "azure_ai": "azure",
	"anthropic": "anthropic", "claude": "anthropic", "google": "google", "gemini": "google", "google-gla": "google", "google-vertex": "google",
	"google_genai": "google", "googleai": "google", "vertexai": "google", "google_vertexai": "google", "vertex_ai": "google", "vertex_ai_beta": "google", "bedrock": "aws-bedrock", "bedrock_converse": "aws-bedrock",
	"mistral": "mistral", "mistralai": "mistral", "groq": "groq", "cohere": "cohere", "together": "together", "together_ai": "together", "togetherai": "together",
	"fireworks": "fireworks", "fireworks_ai": "fireworks", "deepseek": "deepseek", "xai": "xai", "grok": "xai", "openrouter": "openrouter", "perplexity": "perplexity",
	"huggingface": "huggingface", "hf": "huggingface", "replicate": "replicate", "nvidia": "nvidia", "nvidia_nim": "nvidia", "watsonx": "watsonx", "cerebras": "cerebras",
	"sambanova": "sambanova", "databricks": "databricks", "litellm": "litellm", "ollama": "ollama", "ollama_chat": "ollama", "lmstudio": "lmstudio", "lm_studio": "lmstudio",
	"vllm": "vllm", "hosted_vllm": "vllm", "llamacpp": "llamacpp", "local": "local", "github": "github", "moonshot": "moonshot", "dashscope": "alibaba",
}

// families tell the provider by how a model's name begins.
var families = []struct{ prefix, provider string }{
	{"gpt-", "openai"},
	{"chatgpt", "openai"},
	{"o1", "openai"},
	{"o3", "openai"},
	{"o4", "openai"},
	{"text-embedding", "openai"},
	{"computer-use", "openai"},
	{"codex", "openai"},
	{"claude", "anthropic"},
	{"gemini", "google"},
	{"command-", "cohere"},
	{"mistral-", "mistral"},
	{"deepseek-", "deepseek"},
	{"grok-", "xai"},
	{"anthropic.", "aws-bedrock"},
	{"amazon.", "aws-bedrock"},
	{"us.anthropic.", "aws-bedrock"},
	{"meta.", "aws-bedrock"},
}

// localProviders run the model on the owner's machines.
var localProviders = map[string]bool{"ollama": true, "lmstudio": true, "vllm": true, "llamacpp": true, "local": true}

// dated finds a date or a hash in a model's name: such a name always means the same weights.
var dated = regexp.MustCompile(`(20[2-3]\d-?[01]\d-?[0-3]\d|-[01]\d[0-3]\d$|-\d{3}$|@20\d{6}|sha256|-v\d+:\d+$)`)

// modelOf is [Pass.Model].
func (p *Pass) modelOf(v *code.Value, provider string) Ref {
	if v == nil || v.Is(code.Null) {
		return Ref{}
	}
	var first Ref
	for _, one := range v.Each() {
		var ref Ref
		switch one.Kind {
		case code.String:
			if len(one.Holes) > 0 {
				name := p.settled(one)
				if name == "" {
					p.Unresolved("the model "+clip(one.Text), "its name is put together when the program runs", one.Node.Span())
					continue
				}
				ref = p.modelNamed(name, provider, one.Node.Span())
				break
			}
			ref = p.modelNamed(one.Text, provider, one.Node.Span())
		case code.Env:
			if s := one.Default().Str(); s != "" {
				ref = p.modelNamed(s, provider, one.Node.Span())
				break
			}
			ref = p.envModel(one, provider)
		case code.Null:
			continue
		default:
			continue
		}
		if first.IsZero() {
			first = ref
		}
	}
	if first.IsZero() && v.Is(code.Unknown) {
		p.Unresolved("a model", v.Reason(), v.Node.Span())
	}
	return first
}

// settled is a text whose holes all have a known value or default (f"litellm/{MODEL}").
func (p *Pass) settled(v *code.Value) string {
	text := v.Text
	for _, h := range v.Holes {
		s := h.Value.Str()
		if s == "" || h.Value.Is(code.Unknown) {
			return ""
		}
		text = strings.Replace(text, "{"+h.Name+"}", s, 1)
	}
	return text
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}

// envModel is a model whose name only the environment knows.
func (p *Pass) envModel(v *code.Value, provider string) Ref {
	ref := Named(model.Model, "$"+v.Text)
	at := v.Node.Span()
	e := p.Element(model.Model, ref, "$"+v.Text, at).Detail("named by the environment variable " + v.Text)
	e.FactBecause("pinned", model.No, "whoever sets the environment chooses the model", at)
	if provider != "" {
		e.Fact("provider", provider, at)
	}
	return ref
}

// modelNamed is [Pass.ModelNamed].
func (p *Pass) modelNamed(name, provider string, at ...source.Span) Ref {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 120 || strings.ContainsAny(name, "\n\r\t ") && !strings.Contains(name, "/") {
		return Ref{}
	}
	bare, said := splitProvider(name)
	if localProviders[provider] && said != "" && !localProviders[said] {
		bare, said = name, "" // mistralai/… is loaded here, and that is its name on the hub
	}
	if said != "" {
		provider = said
	}
	if provider == "" {
		lower := strings.ToLower(bare)
		for _, f := range families {
			if strings.HasPrefix(lower, f.prefix) {
				provider = f.provider
				break
			}
		}
	}
	ref := Named(model.Model, bare)
	e := p.Element(model.Model, ref, bare, at...).Fact("model-name", bare, at...)
	if bare != name {
		e.Alias(name)
	}
	if provider != "" {
		e.Fact("provider", provider, at...).Technology(provider)
		if localProviders[provider] {
			e.FactBecause("third-party", model.No, "it runs on the owner's machines", at...)
		} else {
			e.FactBecause("third-party", model.Yes, "the provider "+provider+" runs it", at...)
		}
	}
	switch {
	case dated.MatchString(bare):
		e.FactBecause("pinned", model.Yes, "its name holds a date or version that does not move", at...)
	case provider != "" && !localProviders[provider]:
		e.FactBecause("pinned", model.No, "the name is an alias that the provider moves to newer weights", at...)
	}
	return ref
}

// splitProvider separates "openai/gpt-4o", "anthropic:claude-3", "litellm/anthropic/claude-3" into name and provider.
func splitProvider(name string) (bare, provider string) {
	bare = name
	for range 3 {
		i := strings.IndexAny(bare, "/:")
		if i <= 0 {
			break
		}
		known, ok := providers[strings.ToLower(bare[:i])]
		if !ok {
			break
		}
		provider = known
		bare = bare[i+1:]
	}
	if bare == "" {
		return name, provider
	}
	return bare, provider
}

// usesModel is [Pass.UsesModel].
func (p *Pass) usesModel(agent, m Ref, at ...source.Span) {
	if !agent.IsZero() && !m.IsZero() {
		p.Flow(model.PromptFlow, agent, m, at...)
	}
}

// promptOf is [Pass.Prompt].
func (p *Pass) promptOf(agent Ref, agentName string, v *code.Value) Ref {
	if v == nil || v.Is(code.Null) {
		return Ref{}
	}
	at := v.Site().Span() // of what a function reads, who asks it
	var texts []*code.Value
	dynamic := false
	for _, one := range v.Each() {
		switch one.Kind {
		case code.String, code.Env, code.Instance:
			texts = append(texts, one)
		case code.Function:
			dynamic = true
			if one.Ref.Def != nil {
				at = nameSpan(one.Ref.Def.Node)
				for _, t := range p.code.Returns(one.Ref.Def).Each() {
					texts = append(texts, t)
				}
			} else {
				texts = append(texts, one.Returned().Each()...)
			}
		case code.List:
			texts = append(texts, one.Members()...)
		}
	}
	ref := Of(agent, "prompt")
	e := p.Element(model.Prompt, ref, agentName+" instructions", at)
	p.Flow(model.PromptFlow, ref, agent, at)
	p.promptLoaded(e, agentName, v, at)
	for i, t := range texts {
		if content := p.fileText(t); content != nil {
			texts[i] = content
			e.Evidence(content.Node.Span())
		}
	}
	outside, all := []source.Span{}, len(texts) > 0
	names := []string{}
	for _, t := range texts {
		if t.Is(code.String) {
			e.Detail(firstWords(t.Text))
			for _, h := range t.Holes {
				switch fromOutside(h) {
				case model.Yes:
					outside = append(outside, t.Node.Span())
					names = append(names, h.Name)
				case model.Unknown:
					all = false
				}
			}
		} else {
			all = false
		}
	}
	switch {
	case len(outside) > 0:
		e.FactBecause("untrusted-text", model.Yes, "{"+strings.Join(names, "}, {")+"} is written into it", outside...)
	case all && !(dynamic && len(texts) == 0):
		e.FactBecause("untrusted-text", model.No, "its whole text is in the code", at)
	}
	return ref
}

// fileText is the text of a file of the tree that the code reads instructions from; nil when that is not what a value
// is. A path that does not start from the code's own file is tried from the folders above it.
func (p *Pass) fileText(v *code.Value) *code.Value {
	name, ok := v.ReadFrom()
	if !ok || strings.HasPrefix(name, "..") || path.IsAbs(name) {
		return nil
	}
	for dir := path.Dir(p.Path()); ; dir = path.Dir(dir) {
		if file := p.run.textFile(path.Join(dir, name)); file != nil {
			return &code.Value{Kind: code.String, Node: v.Node, Text: string(file.Content())}
		}
		if dir == "." || dir == "/" {
			return nil
		}
	}
}

// firstWords is the first line of a text that says something.
func firstWords(text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(strings.Trim(line, "#*- ")); line != "" {
			return line
		}
	}
	return ""
}

// fromOutside tells whether what is written into a text comes from outside: yes for what a person, a request, a page
// or the run's context brings; no for constants, the clock and the like; else unknown.
func fromOutside(h code.Hole) string {
	verdict := model.No
	for _, v := range h.Value.Each() {
		switch v.Kind {
		case code.Unknown:
			if mentionsInput(h.Name) {
				return model.Yes
			}
			verdict = model.Unknown
		case code.Env, code.String, code.Number, code.Bool, code.Null, code.Class, code.Function:
		case code.Instance, code.External:
			name := v.Ref.Name
			switch {
			case name == "builtins.input" || strings.HasPrefix(name, "flask.request") || strings.HasPrefix(name, "requests.") ||
				strings.HasPrefix(name, "httpx.") || strings.HasPrefix(name, "streamlit.") || strings.HasSuffix(name, ".context") ||
				strings.Contains(name, ".RunContextWrapper.context."):
				return model.Yes
			case strings.HasPrefix(name, "datetime.") || strings.HasPrefix(name, "time.") || strings.HasPrefix(name, "platform.") ||
				strings.HasPrefix(name, "os.") || strings.HasPrefix(name, "uuid.") || strings.HasPrefix(name, "json.") ||
				strings.HasPrefix(name, "zoneinfo.") || strings.HasPrefix(name, "agents.extensions."):
			default:
				if mentionsInput(h.Name) {
					return model.Yes
				}
				verdict = model.Unknown
			}
		default:
			verdict = model.Unknown
		}
	}
	return verdict
}

// mentionsInput recognises the names by which code calls what users and callers send.
func mentionsInput(expression string) bool {
	lower := strings.ToLower(expression)
	for _, word := range []string{"user_input", "user_message", "user_query", "user_prompt", "query", "question", "request.", ".context.", "context.context", "input_text", "message.content", "state["} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

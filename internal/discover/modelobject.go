package discover

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
)

// ModelClass is a row of a framework's table of classes whose objects are models.
type ModelClass struct {
	Pattern  string   // dotted name, see code.Match
	Provider string   // "" where the model's name says it
	Args     []string // the arguments that may name the model; nil for the usual ones
	Position int      // of the name among positional arguments; -1 for none
	Default  string   // the model that the class takes when none is named; "" when that is not known
}

// usualModelArgs are what most classes call the name of the model.
var usualModelArgs = []string{"model", "model_name", "model_id", "id", "azure_deployment", "deployment_name", "ai_model_id", "engine"}

// ModelObjects describes the models behind a value: a name, an object of a class of the table, or one of the classes
// that frameworks share (see [Pass.ChatModel]). What is no model gives none and is unresolved where it is there.
func (p *Pass) ModelObjects(v *code.Value, owner string, classes []ModelClass) []Ref {
	var refs []Ref
	seen := map[string]bool{}
	add := func(list ...Ref) {
		for _, r := range list {
			if !r.IsZero() && !seen[r.Key()] {
				seen[r.Key()] = true
				refs = append(refs, r)
			}
		}
	}
	for _, one := range v.Each() {
		switch one.Kind {
		case code.String, code.Env:
			add(p.Model(one, ""))
		case code.Instance:
			if class, object := p.modelClass(one, classes); class != nil {
				add(p.objectModels(object, class, owner, classes)...)
				continue
			}
			if list := p.ChatModel(one); len(list) > 0 {
				add(list...)
				continue
			}
			p.Unresolved("the model of "+owner, WhyNot(one), one.Node.Span())
		case code.Null, code.Bool:
		default:
			p.Unresolved("the model of "+owner, WhyNot(one), one.Node.Span())
		}
	}
	return refs
}

// modelClass finds the row for an object, or for the object that it was made from.
func (p *Pass) modelClass(v *code.Value, classes []ModelClass) (*ModelClass, *code.Value) {
	for ; v != nil; v = v.Base {
		names := slices.Collect(p.code.NamesOf(v.Ref))
		for i := range classes {
			if slices.ContainsFunc(names, func(name string) bool { return code.Match(classes[i].Pattern, name) }) {
				return &classes[i], v
			}
		}
	}
	return nil, nil
}

func (p *Pass) objectModels(v *code.Value, class *ModelClass, owner string, classes []ModelClass) []Ref {
	if v.Typed() {
		p.Unresolved("the model of "+owner, WhyNot(v), v.Node.Span())
		return nil
	}
	at := v.Call.Span()
	provider := class.Provider
	if host := ProviderOfURL(firstText(v, "base_url", "api_base", "endpoint", "azure_endpoint", "host")); host != "" {
		provider = host
	}
	for _, name := range []string{"provider", "client", "openai_client", "async_client"} {
		if by := v.Arg(name, -1); by.Is(code.Instance) {
			if host := ProviderOfURL(firstText(by, "base_url", "azure_endpoint", "api_base", "host")); host != "" {
				provider = host
			} else if strings.Contains(by.Ref.Last(), "Azure") {
				provider = "azure"
			}
		}
	}
	args := class.Args
	if args == nil {
		args = usualModelArgs
	}
	var name *code.Value
	for i, key := range args {
		position := -1
		if i == 0 {
			position = class.Position
		}
		if name = v.Arg(key, position); name != nil {
			break
		}
	}
	var refs []Ref
	for _, one := range name.Each() {
		if one.Is(code.Instance) { // a model around a model
			refs = append(refs, p.ModelObjects(one, owner, classes)...)
			continue
		}
		if one.Is(code.String) || one.Is(code.Env) {
			if ref := p.loadedHere(p.Model(one, provider), v, one.Str(), provider); !ref.IsZero() {
				refs = append(refs, ref)
			}
		}
	}
	if len(refs) > 0 {
		return refs
	}
	if name == nil && class.Default != "" {
		return []Ref{p.ModelNamed(class.Default, provider, at)}
	}
	// Which model is decided when the program runs: the class is what we know.
	path, last := p.Path(), v.Ref.Last()
	if t := v.Call.Tree(); t != nil && t.File != nil {
		path = t.File.Path()
	}
	ref := Local(path, last)
	e := p.Element(model.Model, ref, last, at).Fact("provider", provider, at).Technology(provider)
	switch {
	case localProviders[provider]:
		e.FactBecause("third-party", model.No, "it runs on the owner's machines", at)
	case provider != "":
		e.FactBecause("third-party", model.Yes, "the provider "+provider+" runs it", at)
	}
	if name != nil && name.Is(code.Unknown) {
		p.Unresolved("the name of the model of "+owner, name.Reason(), name.Node.Span())
	}
	return []Ref{ref}
}

func firstText(v *code.Value, names ...string) string {
	for _, n := range names {
		if s := v.Arg(n, -1).Str(); s != "" {
			return s
		}
	}
	return ""
}

// modelHosts tell by an address who serves a model.
var modelHosts = []struct{ part, provider string }{
	{"generativelanguage.googleapis.com", "google"},
	{"api.anthropic.com", "anthropic"},
	{"api.groq.com", "groq"},
	{"openrouter.ai", "openrouter"},
	{"api.deepseek.com", "deepseek"},
	{"api.together", "together"},
	{"api.x.ai", "xai"},
	{"models.inference.ai.azure.com", "github"},
	{"models.github.ai", "github"},
	{"azure.com", "azure"},
	{":11434", "ollama"},
	{":1234", "lmstudio"},
	{"localhost", "local"},
	{"127.0.0.1", "local"},
	{"api.mistral.ai", "mistral"},
	{"api.perplexity.ai", "perplexity"},
	{"dashscope", "alibaba"},
	{"api.openai.com", "openai"},
	{"router.huggingface.co", "huggingface"},
	{"api.fireworks.ai", "fireworks"},
	{"integrate.api.nvidia.com", "nvidia"},
	{"api.moonshot", "moonshot"},
	{"api.cerebras.ai", "cerebras"},
}

// endpoints are the ends of addresses at which models are asked over plain HTTP. Ends that other services have too count
// only where the host is a provider's, or is not known.
var endpoints = []struct {
	end  string
	only bool // no other service has it
}{
	{"/chat/completions", true},
	{":generateContent", true},
	{":streamGenerateContent", true},
	{"/v1/messages", false},
	{"/v1/completions", false},
	{"/v1/responses", false},
	{"/api/chat", false},
	{"/api/generate", false},
}

// ModelEndpoint tells whether an address is one at which a model is asked, and whose it is where the host shows it.
func ModelEndpoint(url string) (provider string, ok bool) {
	provider = ProviderOfURL(url)
	for _, e := range endpoints {
		_, rest, found := strings.Cut(url, e.end)
		if !found || strings.Trim(rest, "/") != "" && !strings.ContainsAny(rest[:1], "?#\"'`{} \t\n+,)]$") {
			continue
		}
		if e.only || provider != "" || mayBeModel(url) {
			return provider, true
		}
	}
	return "", false
}

// OnlyModels tells whether an address ends as those do at which nothing but models is asked.
func OnlyModels(url string) bool {
	for _, e := range endpoints {
		if e.only && strings.Contains(url, e.end) {
			return true
		}
	}
	return false
}

// mayBeModel tells whether nothing says that an address is of something else than a model: its host is only known when
// it runs, or is called like a model's.
func mayBeModel(url string) bool {
	host := hostOf(url)
	switch {
	case strings.HasPrefix(url, "/"):
		return false // of the program's own server
	case host == "" || strings.ContainsAny(host, "{}$<> "):
		return true
	}
	for _, word := range []string{"ollama", "anthropic", "openai", "claude", "llm", "gpt"} {
		if strings.Contains(host, word) {
			return true
		}
	}
	return !strings.Contains(host, ".") // a container
}

// ProviderOfURL tells by an address who serves the models there; "" when it is nobody known.
func ProviderOfURL(url string) string {
	if url == "" {
		return ""
	}
	for _, h := range modelHosts {
		if strings.Contains(url, h.part) {
			return h.provider
		}
	}
	return ""
}

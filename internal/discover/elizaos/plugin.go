package elizaos

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// What the names of plugins and clients say, without "@elizaos/plugin-".
var (
	modelPlugins = map[string]string{
		"openai": "openai", "anthropic": "anthropic", "google-genai": "google", "google": "google", "groq": "groq", "ollama": "ollama", "openrouter": "openrouter",
		"local-ai": "local", "local-llm": "local", "local-inference": "local", "llama_local": "local", "xai": "xai", "grok": "xai", "deepseek": "deepseek", "mistral": "mistral",
		"cohere": "cohere", "bedrock": "aws-bedrock", "azure-openai": "azure", "redpill": "redpill", "venice": "venice", "together": "together", "akash_chat_api": "akash",
		"eternalai": "eternalai", "galadriel": "galadriel", "hyperbolic": "hyperbolic", "nineteen_ai": "nineteen", "heurist": "heurist", "gaianet": "gaianet", "gpt4": "openai",
		"vercel-ai-gateway": "vercel", "elizacloud": "elizacloud",
	}
	channels = map[string]bool{
		"discord": true, "telegram": true, "twitter": true, "x": true, "farcaster": true, "slack": true, "whatsapp": true, "instagram": true, "lens": true, "bluesky": true,
		"nostr": true, "xmtp": true, "alexa": true, "matrix": true, "signal": true, "imessage": true, "eliza-home": true, "simsai": true,
	}
	memories = map[string]bool{
		"sql": true, "postgres": true, "sqlite": true, "pglite": true, "mongodb": true, "supabase": true, "redis": true, "sqljs": true, "qdrant": true, "drizzle": true,
	}
	// plumbing is of the framework itself, without actions.
	plumbing = map[string]bool{"starter": true, "direct": true, "mcp": true, "auto": true, "dummy-services": true}
)

// uses gives an agent what a list of plugins holds: objects of the program, objects of packages, or names of packages.
func (x *pass) uses(agent discover.Ref, name string, list *code.Value) {
	defer x.ToolsOf(agent)()
	for _, v := range list.Listed() {
		at := v.Node.Span()
		if v.Is(code.Unknown) && v.Node.Is(syntax.Name) {
			v = x.later(v)
		}
		switch {
		case v.Is(code.String):
			x.packaged(agent, v.Text, at)
		case v.Is(code.Dict):
			for _, tool := range x.plugin(v) {
				x.Flow(model.ToolCall, agent, tool, at)
			}
		case v.Is(code.External) || v.Is(code.Instance) && v.Ref.Def == nil:
			module, _, _ := strings.Cut(v.Ref.Name, ".")
			if strings.HasPrefix(module, "@") || strings.Contains(module, "plugin") {
				x.packaged(agent, module, at)
				continue
			}
			x.UnresolvedTools("a plugin of "+name, discover.WhyNot(v), at)
		case v.Is(code.Null), v.Is(code.Bool):
		default:
			x.UnresolvedTools("a plugin of "+name, discover.WhyNot(v), at)
		}
	}
}

// later is what a variable is set to somewhere in the file, where its declaration says nothing: plugin ??= make().
func (x *pass) later(v *code.Value) *code.Value {
	x.Tree().Root().Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Assign, syntax.AugAssign) && n.Child(0).Is(syntax.Name) && n.Child(0).TextIs(v.Node.Text()) {
			if set := x.Code().Eval(n.Child(-1)); set.Is(code.Instance) || set.Is(code.External) || set.Is(code.Dict) {
				v = set
				return false
			}
		}
		return true
	})
	return v
}

// bare is a package's name without what all of them have: "solana" of "@elizaos/plugin-solana".
func bare(pkg string) string {
	base := pkg[strings.LastIndexByte(pkg, '/')+1:]
	for _, prefix := range []string{"plugin-", "client-", "adapter-", "elizaos-plugin-"} {
		if rest, ok := strings.CutPrefix(base, prefix); ok {
			return rest
		}
	}
	return base
}

// packaged is a plugin that is only named: what it is for decides what it is to the agent.
func (x *pass) packaged(agent discover.Ref, pkg string, at source.Span) {
	what := bare(pkg)
	switch provider, isModel := modelPlugins[what]; {
	case isModel:
		x.asks(agent, provider, "", at)
	case channels[what]:
		x.channel(agent, what, at)
	case memories[what]:
		ref := discover.Of(agent, what)
		x.Element(model.Memory, ref, what+" memory", at).Technology(what).FactBecause("persistent", model.Yes, "it is kept in a database", at)
		x.Remembers(agent, ref, at)
	case what == "knowledge":
		ref := discover.Of(agent, "knowledge")
		x.Element(model.Knowledge, ref, "knowledge", at).Technology(technology).FactBecause("persistent", model.Yes, "it is kept in a database", at)
		x.Flow(model.Retrieval, ref, agent, at)
	case plumbing[what]:
	default:
		ref := discover.Named(model.Plugin, pkg)
		e := x.Element(model.Plugin, ref, pkg, at).Alias(what)
		info, ok := discover.ProductNamed("elizaos." + what)
		if ok {
			e.Product(info, at)
		}
		e.Technology(technology).FactBecause("third-party", model.Yes, "its code is the package "+pkg, at)
		tool := discover.Named(model.Tool, pkg) // what it offers, whose names are in the package
		offered := x.Element(model.Tool, tool, what+" actions", at).Alias(what, what+"Plugin")
		if ok {
			offered.Product(info, at)
		}
		offered.Technology(technology).FactBecause("third-party", model.Yes, "its code is the package "+pkg, at)
		x.Flow(model.Provides, ref, tool, at)
		x.Flow(model.ToolCall, agent, tool, at)
	}
}

// client is a channel that a character of the first version names: "discord", Clients.TWITTER.
func (x *pass) client(agent discover.Ref, v *code.Value) {
	name := v.Str()
	if name == "" && v.Is(code.External) {
		name = v.Ref.Last()
	}
	if name = strings.ToLower(name); name != "" && !plumbing[name] {
		x.channel(agent, bare(name), v.Node.Span())
	}
}

// channel is a place where strangers talk to an agent and read what it says.
func (x *pass) channel(agent discover.Ref, name string, at source.Span) {
	ref := discover.Of(agent, name)
	x.Element(model.External, ref, name, at).Technology(name).Fact("role", "channel", at).Fact("third-party", model.Yes, at)
	x.Flow(model.Message, ref, agent, at).Fact("untrusted", model.Yes, at)
	x.Flow(model.Message, agent, ref, at)
	x.Element(model.Agent, agent, "").FactBecause("entry", model.Yes, "people talk to it on "+name, at)
}

// provider is whom a character of the first version names as its model's provider.
func (x *pass) provider(agent discover.Ref, v *code.Value) {
	said := v.Get("modelProvider")
	if said == nil {
		return
	}
	name := said.Str()
	if name == "" && said.Is(code.External) { // ModelProviderName.OPENAI
		name = said.Ref.Last()
	}
	name = strings.ToLower(name)
	if known, ok := modelPlugins[name]; ok {
		name = known
	}
	if name == "" {
		x.Unresolved("the model's provider of "+v.Get("name").Str(), discover.WhyNot(said), said.Node.Span())
		return
	}
	settings := v.Get("settings")
	x.asks(agent, name, settings.Get("model").Str(), said.Node.Span())
}

// asks records that an agent asks a provider's model.
func (x *pass) asks(agent discover.Ref, provider, name string, at source.Span) {
	if name != "" {
		x.UsesModel(agent, x.ModelNamed(name, provider, at), at)
		return
	}
	ref := discover.Named(model.Model, "elizaos-"+provider)
	e := x.Element(model.Model, ref, provider+" default model", at).Technology(provider).Fact("provider", provider, at).
		FactBecause("pinned", model.No, "no model is named, so the version of the plugin decides", at)
	if provider == "local" || provider == "ollama" {
		e.FactBecause("third-party", model.No, "it runs on the owner's machines", at)
	} else {
		e.FactBecause("third-party", model.Yes, "the provider "+provider+" runs it", at)
	}
	x.UsesModel(agent, ref, at)
}

// settings reads secrets and MCP servers.
func (x *pass) settings(agent discover.Ref, v *code.Value) {
	for _, secrets := range []*code.Value{v.Get("secrets"), v} {
		for _, pair := range entries(secrets) {
			key, at := pair.Key.Str(), pair.Value.Node.Span()
			if !discover.SecretName(key) || pair.Value.Is(code.Dict) || pair.Value.Is(code.Null) {
				continue
			}
			ref := discover.Of(agent, key)
			e := x.Element(model.Credential, ref, key, at)
			if text, ok := pair.Value.Constant(); ok && pair.Value.Is(code.String) && !discover.Placeholder(text) {
				e.FactBecause("plain-text", model.Yes, "its value stands in the file", at)
			} else {
				e.FactBecause("plain-text", model.No, "only its name stands in the file", at)
			}
			x.Flow(model.CredentialUse, agent, ref, at)
		}
	}
	for _, pair := range entries(v.Get("mcp").Get("servers")) {
		name, at := pair.Key.Str(), pair.Value.Node.Span()
		ref := discover.Of(agent, name)
		x.MCPGiven(ref, name, pair.Value, at)
		x.Flow(model.ToolCall, agent, ref, at)
	}
}

// plugin describes a plugin of the program with what it offers, and returns its tools.
func (x *pass) plugin(v *code.Value) []discover.Ref {
	var tools []discover.Ref
	for _, one := range v.Each() {
		if !one.Is(code.Dict) {
			continue
		}
		var own []discover.Ref
		for _, a := range one.Get("actions").Listed() {
			if ref := x.action(a); !ref.IsZero() {
				own = append(own, ref)
			} else {
				x.UnresolvedTools("an action of plugin "+one.Get("name").Str(), discover.WhyNot(a), a.Node.Span())
			}
		}
		for _, a := range one.Get("providers").Listed() {
			if ref := x.textProvider(a); !ref.IsZero() {
				own = append(own, ref)
			}
		}
		tools = append(tools, own...)
		name := one.Get("name").Str()
		if name == "" {
			name = x.NameOf(one)
		}
		ref := discover.Object(one)
		if !x.Once("plugin:" + ref.Key()) {
			continue
		}
		at := one.Node.Span()
		x.Element(model.Plugin, ref, name, at).Technology(technology).Detail(one.Get("description").Str()).
			FactBecause("third-party", model.No, "its code is in the tree", at)
		for _, t := range own {
			x.Flow(model.Provides, ref, t, at)
		}
	}
	return tools
}

// action describes an action: what its handler does is what the agent can do.
func (x *pass) action(v *code.Value) discover.Ref {
	for _, one := range v.Each() {
		if !one.Is(code.Dict) || one.Get("handler") == nil {
			continue
		}
		ref := discover.Object(one)
		if !x.Once("tool:" + ref.Key()) {
			return ref
		}
		x.tool(ref, one, one.Get("handler"))
		return ref
	}
	return discover.Ref{}
}

// textProvider describes a provider: what it gives is written into every prompt.
func (x *pass) textProvider(v *code.Value) discover.Ref {
	for _, one := range v.Each() {
		if !one.Is(code.Dict) || one.Get("get") == nil {
			continue
		}
		ref := discover.Object(one)
		if x.Once("tool:" + ref.Key()) {
			x.tool(ref, one, one.Get("get"))
		}
		return ref
	}
	return discover.Ref{}
}

func (x *pass) tool(ref discover.Ref, v, function *code.Value) {
	name := v.Get("name").Str()
	if name == "" {
		name = x.NameOf(v)
	}
	_, symbol := v.Symbol()
	if symbol == "default" {
		symbol = ""
	}
	x.ScriptTool(discover.ScriptTool{
		Ref: ref, Name: name, Description: v.Get("description").Str(), Run: function, Technology: technology, At: v.Node.Span(),
	}).Alias(symbol[strings.LastIndexByte(symbol, '.')+1:])
}

// entries are the entries of an object.
func entries(v *code.Value) []code.Entry {
	var all []code.Entry
	for _, one := range v.Each() {
		all = append(all, one.Pairs...)
	}
	return all
}

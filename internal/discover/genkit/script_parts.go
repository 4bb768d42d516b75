package genkit

import (
	"slices"
	"strings"
	"unicode"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
)

// give records that an agent may call what a list holds: tools, prompts that take over, what MCP servers offer, names.
func (x *scriptPass) give(agent discover.Ref, name string, tools *code.Value, kit []*code.Value) {
	defer x.ToolsOf(agent)()
	for _, v := range tools.Members() {
		at := v.Node.Span()
		switch {
		case made(v, scriptTools):
			x.Flow(model.ToolCall, agent, x.tool(v), at)
		case made(v, scriptPrompts):
			x.Flow(model.Handoff, agent, discover.Object(v), at).IfDescribed(model.Agent)
		case v.Is(code.Instance) && v.Base.Is(code.Instance) && (made(v.Base, mcpClients) || made(v.Base, mcpHosts)): // await host.getActiveTools(ai)
			for _, ref := range x.servers(v.Base) {
				x.Flow(model.ToolCall, agent, ref, at)
			}
		case v.Is(code.String):
			x.byName(agent, name, v, kit)
		case v.Is(code.Null), v.Is(code.Bool):
		default:
			x.UnresolvedTools("a tool of "+name, discover.WhyNot(v), at)
		}
	}
}

// byName is a tool that is given by its name; what has a plugin's name before it, the server of that name offers.
func (x *scriptPass) byName(agent discover.Ref, name string, v *code.Value, kit []*code.Value) {
	server, _, offered := strings.Cut(v.Text, "/")
	for _, k := range kit {
		for _, plugin := range k.Arg("plugins", -1).Members() {
			if offered && made(plugin, mcpClients) && option(plugin, "name").Str() == server {
				for _, ref := range x.servers(plugin) {
					x.Flow(model.ToolCall, agent, ref, v.Node.Span())
				}
				return
			}
		}
	}
	x.UnresolvedTools("the tool "+v.Text+" of "+name, "it is looked up by name when the program runs", v.Node.Span())
}

// option is an option of what is made with Genkit's object before the options, or without.
func option(v *code.Value, name string) *code.Value {
	if got := v.Arg("", 1).Get(name); got != nil {
		return got
	}
	return v.Arg("", 0).Get(name)
}

// servers describes the MCP servers that a client or a host of several is made for.
func (x *scriptPass) servers(v *code.Value) []discover.Ref {
	ref := discover.Object(v)
	if made(v, mcpClients) {
		x.server(ref, x.Title(v, option(v, "name")), firstOf(option(v, "mcpServer"), option(v, "serverProcess")), v)
		return []discover.Ref{ref}
	}
	var all []discover.Ref
	list := option(v, "mcpServers")
	for _, pair := range pairs(list) {
		if name := pair.Key.Str(); name != "" {
			one := discover.Of(ref, name)
			x.server(one, name, pair.Value, v)
			all = append(all, one)
		}
	}
	if len(all) == 0 && made(v, mcpHosts) {
		x.UnresolvedTools("the MCP servers of "+x.NameOf(v), discover.WhyNot(list), v.Call.Span())
	}
	return all
}

func (x *scriptPass) server(ref discover.Ref, name string, how, v *code.Value) {
	if !x.Once("mcp:" + ref.Key()) {
		return
	}
	s := discover.MCPServer{Ref: ref, Name: name, At: v.Call.Span()}
	s.URL = firstOf(how.Get("url"), option(v, "serverUrl"), option(v, "serverWebsocketUrl")).Str()
	if s.URL == "" {
		s.Command, s.Transport = how.Get("command").Str(), "stdio"
		for _, a := range how.Get("args").Members() {
			s.Args = append(s.Args, a.Str())
		}
	}
	if s.URL == "" && s.Command == "" {
		x.Element(model.MCPServer, ref, name, s.At).Technology("mcp")
		x.Unresolved("how MCP server "+name+" is reached", discover.WhyNot(how), s.At)
		return
	}
	x.MCP(s)
}

// offers describes a server of the program's own: it offers every tool that is defined with its Genkit object.
func (x *scriptPass) offers(v *code.Value) {
	ref := discover.Object(v)
	if !made(v, mcpServers) || !x.Once("offers:"+ref.Key()) {
		return
	}
	at, name := v.Call.Span(), x.Title(v, option(v, "name"))
	x.Element(model.MCPServer, ref, name, v.Site().Span(), at).Technology("mcp").FactBecause("third-party", model.No, "its source is in the tree", at)
	found := false
	for _, tool := range x.Code().Instances(scriptTools...) {
		if made(tool, scriptTools) {
			x.Flow(model.Provides, ref, x.tool(tool), at)
			found = true
		}
	}
	if !found {
		defer x.ToolsOf(ref)()
		x.UnresolvedTools("the tools of MCP server "+name, "it offers every tool that is defined with its Genkit object", at)
	}
}

// models describes the models that a value is: a name with or without its provider, what a plugin makes of a name, a
// constant of a plugin.
func (x *scriptPass) models(agent discover.Ref, name string, v *code.Value) {
	for _, one := range v.Each() {
		var ref discover.Ref
		at := one.Node.Span()
		switch {
		case one.Is(code.String), one.Is(code.Env):
			ref = x.Model(one, "")
		case one.Is(code.External):
			ref = x.ModelNamed(constant(one.Ref.Last()), provider(one.Ref.Name), at)
		case one.Is(code.Instance) && !one.Typed() && firstOf(one.Arg("name", -1), one.Arg("", 0)).Str() != "":
			ref = x.Model(firstOf(one.Arg("name", -1), one.Arg("", 0)), provider(one.Ref.Name))
		case one.Is(code.Null):
		default:
			x.Unresolved("the model of "+name, discover.WhyNot(one), at)
		}
		if !ref.IsZero() {
			x.UsesModel(agent, ref, at)
		}
	}
}

// providers tell the provider by a word in the name of the plugin's package.
var providers = [][2]string{
	{"vertex", "google-vertex"},
	{"google", "google"},
	{"anthropic", "anthropic"},
	{"ollama", "ollama"},
	{"azure", "azure-openai"},
	{"openai", "openai"},
	{"oai", "openai"},
	{"groq", "groq"},
	{"mistral", "mistral"},
	{"cohere", "cohere"},
	{"bedrock", "aws-bedrock"},
	{"deepseek", "deepseek"},
	{"xai", "xai"},
}

func provider(name string) string {
	i := slices.IndexFunc(providers, func(p [2]string) bool { return strings.Contains(strings.ToLower(name), p[0]) })
	if i < 0 {
		return ""
	}
	return providers[i][1]
}

// constant writes a constant's name as providers write models: gemini20FlashLite is gemini-2.0-flash-lite.
func constant(name string) string {
	var words []string
	begin := 0
	for i, r := range name {
		before := rune(0)
		if i > 0 {
			before = rune(name[i-1])
		}
		if i > 0 && (unicode.IsUpper(r) && !unicode.IsUpper(before) || unicode.IsDigit(r) && !unicode.IsDigit(before)) {
			words, begin = append(words, name[begin:i]), i
		}
	}
	words = append(words, name[begin:])
	if len(words) > 1 && len(words[1]) == 2 && words[1] >= "10" && words[1] <= "99" {
		words[1] = words[1][:1] + "." + words[1][1:]
	}
	return strings.ToLower(strings.Join(words, "-"))
}

func pairs(v *code.Value) []code.Entry {
	var all []code.Entry
	for _, one := range v.Each() {
		all = append(all, one.Pairs...)
	}
	return all
}

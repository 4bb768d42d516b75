package discover

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// GoKit says how the tools of a framework of Go look. With it [Pass.GiveGo] follows what a list of tools holds: what the
// framework's constructors make of functions, objects of the project's own types, servers of tools, products.
type GoKit struct {
	Technology string
	Makers     []GoMaker
	Methods    []string   // the methods in which a type of the project that is a tool does its work
	Servers    []string   // calls that give the tools of an MCP server
	Other      OtherTools // what the framework has beyond that; may be nil
}

// GoMaker is a constructor that makes a tool of a function. Positions count from 0; -1 for none.
type GoMaker struct {
	Patterns                []string
	Name, Description, Func int
	Config                  int    // a struct that has the name and description
	NameField, DescField    string // its fields
}

// GiveGo records that an agent may call what a list holds, and returns how many that are.
func (p *Pass) GiveGo(k *GoKit, agent Ref, name string, list *code.Value) int {
	count := 0
	for _, v := range list.Members() {
		for _, ref := range p.GoTools(k, agent, name, v) {
			if !agent.IsZero() && !ref.IsZero() {
				p.Flow(model.ToolCall, agent, ref, v.Node.Span())
			}
			count++
		}
	}
	return count
}

// GoTools describes the tools that a value is, and names them.
func (p *Pass) GoTools(k *GoKit, agent Ref, name string, v *code.Value) []Ref {
	defer p.ToolsOf(agent)()
	if k.Other != nil {
		if refs, mine := k.Other(agent, name, v); mine {
			return refs
		}
	}
	if !v.Is(code.Instance) || v.Typed() {
		p.UnresolvedTools("a tool of "+name, WhyNot(v), v.Node.Span())
		return nil
	}
	if v.Ref.Is(k.Servers...) {
		ref := Object(v)
		p.GoServer(ref, p.NameOf(v), v)
		return []Ref{ref}
	}
	for i := range k.Makers {
		if m := &k.Makers[i]; v.Ref.Is(m.Patterns...) {
			return []Ref{p.goMade(k, m, v)}
		}
	}
	if def := v.Ref.Def; def != nil && def.Kind == code.ClassDef {
		if wrapped := p.goWrapped(k, v); wrapped != nil {
			return p.GoTools(k, agent, name, wrapped)
		}
		if p.goPasses(def) {
			return p.goInner(k, agent, name, v)
		}
		return []Ref{p.goType(k, def, v)}
	}
	if v.Ref.Def == nil {
		ref := Object(v)
		at := v.Call.Span()
		label := className(v.Ref.Name)
		if strings.HasPrefix(label, "New") {
			label = v.Ref.Name[strings.LastIndexByte(v.Ref.Name, '/')+1:]
			label, _, _ = strings.Cut(label, ".")
		}
		e := p.Element(model.Tool, ref, label, v.Site().Span(), at)
		if info, ok := Product(v.Ref); ok {
			e.Product(info, at)
		} else {
			e.FactBecause("third-party", model.Yes, "it comes from the library "+v.Ref.Name[:max(0, strings.LastIndexByte(v.Ref.Name, '.'))], at)
		}
		return []Ref{ref}
	}
	p.UnresolvedTools("a tool of "+name, WhyNot(v), v.Node.Span())
	return nil
}

// goWrapped is the tool that a type of the project only wraps: safeTool{InvokableTool: t}.
func (p *Pass) goWrapped(k *GoKit, v *code.Value) *code.Value {
	for _, a := range v.Args() {
		for _, one := range a.Value.Each() {
			if !one.Is(code.Instance) || one.Typed() {
				continue
			}
			for i := range k.Makers {
				if one.Ref.Is(k.Makers[i].Patterns...) {
					return one
				}
			}
		}
	}
	return nil
}

// goPasses tells whether a type of the project only stands around other tools: what it says of itself is what one of its
// fields says.
func (p *Pass) goPasses(def *code.Def) bool {
	method := p.code.Method(def, "Info")
	if method == nil {
		return false
	}
	passes, own := false, false
	method.Node.Walk(func(n syntax.Node) bool {
		if callee := n.Child(0); n.Is(syntax.Call) {
			passes = passes || callee.TextIs("Info") && callee.Child(0).Is(syntax.Attr)
			own = own || n.Op() == 2 // a struct that it makes
		}
		return true
	})
	return passes && !own
}

// goInner describes the tools that a type stands around. Which they are is often known only where they are made, and said
// there.
func (p *Pass) goInner(k *GoKit, agent Ref, name string, v *code.Value) []Ref {
	var all []Ref
	for _, a := range v.Args() {
		for _, one := range a.Value.Each() {
			if def := one.RefOf().Def; one.Is(code.Instance) && !one.Typed() && (def == nil || slices.ContainsFunc(k.Methods, func(m string) bool { return p.code.Method(def, m) != nil })) {
				all = append(all, p.GoTools(k, agent, name, one)...)
			}
		}
	}
	if len(all) == 0 {
		p.UnresolvedTools("what "+v.Ref.Last()+" of "+name+" stands around", "it is handed other tools when the program runs", v.Node.Span())
	}
	return all
}

// goMade is a tool that a constructor makes of a function.
func (p *Pass) goMade(k *GoKit, m *GoMaker, v *code.Value) Ref {
	said := func(position int, field string) *code.Value {
		if m.Config >= 0 {
			return v.Arg("", m.Config).Arg(field, -1)
		}
		if position >= 0 {
			return v.Arg("", position)
		}
		return nil
	}
	named := said(m.Name, m.NameField)
	name := plainWord(named.Str())
	one := len(named.Each()) <= 1 // else the callers of a factory have given it several
	var fn *code.Value
	if m.Func >= 0 {
		fn = v.Arg("", m.Func)
	}
	effects, _ := p.EffectsOfFunctions(fn)
	if list := FunctionsIn(fn); name == "" && len(list) == 1 && list[0].Ref.Def != nil {
		name = list[0].Ref.Def.Last()
	}
	ref := Object(v)
	if name == "" {
		name = p.NameOf(v)
	} else if one && p.goSame(m, v) { // it is the same tool, however many have it made
		ref = Local(madePath(v, p.Path()), name).with(rare{template: ref.more().template, pattern: ref.more().pattern})
	}
	at := v.Site().Span()
	e := p.Element(model.Tool, ref, name, at).Technology(k.Technology).Detail(said(m.Description, m.DescField).Str()).Effects(effects)
	if fn != nil {
		e.Fact("typed-input", model.Yes, at)
	}
	p.contentFacts(e)
	return ref
}

// goSame tells whether who has a tool made says neither its name nor its function.
func (p *Pass) goSame(m *GoMaker, v *code.Value) bool {
	if _, symbol := v.Symbol(); symbol == "" || v.Template() == "" {
		return true
	}
	said := m.Name
	if m.Config >= 0 {
		said = m.Config
	}
	return strings.HasPrefix(p.Made(v, Telling{Position: said}, Telling{Position: m.Func}).key, "made:")
}

// madePath is the file in which the call stands that makes an object, whoever has it made.
func madePath(v *code.Value, other string) string {
	if t := v.Call.Tree(); t != nil && t.File != nil {
		return t.File.Path()
	}
	return other
}

// goType is a tool that is an object of a type of the project.
func (p *Pass) goType(k *GoKit, def *code.Def, v *code.Value) Ref {
	ref := Definition(def)
	name, detail := "", def.Doc()
	for _, m := range []string{"Name", "Info"} {
		if method := p.code.Method(def, m); method != nil && name == "" {
			for _, one := range p.code.Returns(method).Members() {
				if one.Is(code.Instance) { // &schema.ToolInfo{Name: …, Desc: …}
					name, detail = plainWord(one.Arg("Name", -1).Str()), one.Arg("Desc", -1).Str()
				} else if s := plainWord(one.Str()); s != "" {
					name = s
				}
				if name != "" {
					break
				}
			}
		}
	}
	if method := p.code.Method(def, "Description"); method != nil {
		if s := p.code.Returns(method).Str(); s != "" {
			detail = s
		}
	}
	if name == "" {
		name = def.Last()
	}
	e := p.Element(model.Tool, ref, name, Headline(def.Node)).Technology(k.Technology).Alias(def.Last()).Detail(detail)
	for _, m := range k.Methods {
		if method := p.code.Method(def, m); method != nil {
			e.Effects(p.EffectsOf(method))
			break
		}
	}
	p.contentFacts(e)
	return ref
}

// GoServer describes an MCP server by the client or transport that a value reaches it with.
func (p *Pass) GoServer(ref Ref, name string, v *code.Value) {
	s := MCPServer{Ref: ref, Name: name, At: v.Call.Span()}
	if !p.goReach(&s, v, 0) {
		p.Element(model.MCPServer, ref, name, s.At).Technology("mcp")
		p.Unresolved("how MCP server "+name+" is reached", WhyNot(v), s.At)
		return
	}
	p.MCP(s)
}

// goReach looks for how a server is reached among what made a value.
func (p *Pass) goReach(s *MCPServer, v *code.Value, depth int) bool {
	if depth > 5 {
		return false
	}
	for _, one := range v.Each() {
		if !one.Is(code.Instance) || one.Typed() {
			continue
		}
		last := one.Ref.Last()
		words := func(from int) (all []string) {
			for i, a := range one.Args() {
				if i < from {
					continue
				}
				for _, m := range a.Value.Members() {
					if t := m.Str(); t != "" {
						all = append(all, t)
					}
				}
			}
			return all
		}
		switch {
		case one.Ref.Is("os/exec.Command", "os/exec.CommandContext"):
			if list := words(0); len(list) > 0 {
				s.Command, s.Args, s.Transport = list[0], list[1:], "stdio"
				return true
			}
		case strings.HasPrefix(last, "NewStdioMCPClient"):
			s.Command, s.Transport = one.Arg("", 0).Str(), "stdio"
			s.Args = words(2)
			return s.Command != ""
		case strings.HasPrefix(last, "NewSSEMCPClient"), strings.HasPrefix(last, "NewStreamableHttpClient"), strings.HasPrefix(last, "NewStreamableHTTP"), last == "NewSSE":
			s.URL = one.Arg("", 0).Str()
			if strings.Contains(last, "SSE") {
				s.Transport = "sse"
			}
			return s.URL != ""
		}
		for _, key := range []string{"Endpoint", "BaseURL", "URL", "ServerURL"} {
			if url := one.Arg(key, -1).Str(); strings.Contains(url, "://") {
				s.URL = url
				return true
			}
		}
		if command := one.Arg("Command", -1); command.Is(code.String) {
			s.Command, s.Transport = command.Str(), "stdio"
			for _, m := range one.Arg("Args", -1).Members() {
				s.Args = append(s.Args, m.Str())
			}
			return true
		}
		for _, a := range one.Args() {
			if p.goReach(s, a.Value, depth+1) {
				return true
			}
		}
		if p.goReach(s, one.Base, depth+1) { // client.GetTools(ctx)
			return true
		}
	}
	return false
}

// goProviders tell the provider by the last part of the package that makes a model.
var goProviders = map[string]string{
	"openai": "openai", "gemini": "google", "googleai": "google", "googlegenai": "google", "vertex": "google", "vertexai": "google", "claude": "anthropic", "anthropic": "anthropic",
	"ollama": "ollama", "deepseek": "deepseek", "qwen": "alibaba", "ark": "volcengine", "qianfan": "baidu", "ernie": "baidu", "mistral": "mistral", "cohere": "cohere",
	"bedrock": "aws-bedrock", "huggingface": "huggingface", "groq": "groq", "openrouter": "openrouter", "azure": "azure", "llamafile": "local", "local": "local",
	"watsonx": "watsonx", "cloudflare": "cloudflare", "maritaca": "maritaca",
}

// GoModels describes the models that a value is: a name, or an object that a package for a provider makes, named by an
// argument, a field or an option. An object of which only the type is known is unresolved.
func (p *Pass) GoModels(v *code.Value, owner string) []Ref {
	var refs []Ref
	for _, one := range v.Each() {
		switch {
		case one.Is(code.String), one.Is(code.Env):
			refs = append(refs, p.Model(one, ""))
		case one.Is(code.External): // a constant of a client's package
			refs = append(refs, p.ModelNamed(kebab(strings.TrimPrefix(strings.TrimPrefix(one.Ref.Last(), "ChatModel"), "Model")), goProvider(one.Ref.Name), one.Node.Span()))
		case one.Is(code.Null):
		case one.Is(code.Instance) && !one.Typed() && one.Ref.Def == nil:
			refs = append(refs, p.goModel(one))
		case goOwnModel(one) != nil:
			refs = append(refs, p.Model(goOwnModel(one), ""))
		default:
			p.Unresolved("the model of "+owner, WhyNot(one), one.Node.Span())
		}
	}
	return refs
}

// goOwnModel is the name of a model that an object of the program's own type of models is made with.
func goOwnModel(v *code.Value) *code.Value {
	if !v.Is(code.Instance) || v.Typed() || v.Ref.Def == nil {
		return nil
	}
	for _, a := range v.Args() {
		switch strings.ToLower(a.Key.Str()) {
		case "model", "modelname", "modelid":
			if a.Value.Str() != "" {
				return a.Value
			}
		}
	}
	return nil
}

// goModel is the model of an object that a provider's package makes.
func (p *Pass) goModel(v *code.Value) Ref {
	provider := goProvider(v.Ref.Name)
	var named *code.Value
	for _, a := range v.Args() {
		for _, key := range []string{"Model", "ModelName", "ModelID"} {
			if m := a.Value.Arg(key, -1); named == nil && m != nil && !m.Is(code.Unknown) {
				named = m
			}
		}
		switch last := a.Value.RefOf().Last(); {
		case last == "WithModel" || last == "WithModelName" || last == "WithDefaultModel":
			named = a.Value.Arg("", 0)
		case named == nil && a.Key.Str() == "" && (a.Value.Is(code.String) || a.Value.Is(code.Env)):
			named = a.Value
		}
	}
	if named != nil {
		if ref := p.Model(named, provider); !ref.IsZero() {
			return ref
		}
	}
	if provider == "" {
		p.Unresolved("a model", WhyNot(v), v.Call.Span())
		return Ref{}
	}
	ref := Object(v)
	if v.Pattern() != "" { // of a model without a name no more is known than where it is made, whoever had it made
		if maker := p.code.Eval(v.Call); maker.Is(code.Instance) {
			ref = Object(maker)
		}
	}
	p.Element(model.Model, ref, "model of "+provider, v.Call.Span()).Technology(provider).Fact("provider", provider, v.Call.Span())
	return ref
}

func goProvider(name string) string {
	dot := strings.LastIndexByte(name, '/')
	last, _, _ := strings.Cut(name[dot+1:], ".")
	last = strings.TrimSuffix(last, "model")
	if p, ok := goProviders[last]; ok {
		return p
	}
	for _, part := range strings.FieldsFunc(last, func(r rune) bool { return r == '-' }) {
		if p, ok := goProviders[part]; ok {
			return p
		}
	}
	return ""
}

// kebab writes a constant's name as providers write models: GPT4oMini is gpt-4o-mini.
func kebab(s string) string {
	var b strings.Builder
	for i, c := range s {
		upper := c >= 'A' && c <= 'Z'
		digit := c >= '0' && c <= '9'
		if i > 0 && (upper && !(s[i-1] >= 'A' && s[i-1] <= 'Z') || digit && !(s[i-1] >= '0' && s[i-1] <= '9')) {
			b.WriteByte('-')
		}
		if c == '_' {
			c = '.'
			if i > 0 && !(s[i-1] >= '0' && s[i-1] <= '9') {
				c = '-'
			}
		}
		b.WriteRune(c)
	}
	return strings.ToLower(b.String())
}

// GoArg is a field of the struct that an object is made with, wherever it stands among the arguments.
func GoArg(v *code.Value, field string) *code.Value {
	if got := v.Arg(field, -1); got != nil {
		return got
	}
	for _, a := range v.Args() {
		if a.Value.Is(code.Instance) || a.Value.Is(code.Choice) {
			if got := a.Value.Arg(field, -1); got != nil {
				return got
			}
		}
	}
	return nil
}

// GoCode matches files of Go.
func GoCode(path string) bool { return syntax.LanguageOf(path) == syntax.Go }

// GoLimit says a limit that a number among a call's fields or options sets.
func (p *Pass) GoLimit(control string, on Ref, v *code.Value) {
	if v.Is(code.Number) && v.Text != "0" {
		p.Control(control, on, Ref{}, model.Evidenced, v.Node.Span())
	}
}

// GoEntry marks an agent as one that people or other systems give work.
func (p *Pass) GoEntry(kind model.Kind, ref Ref, why string, at source.Span) {
	if !ref.IsZero() {
		p.Element(kind, ref, "").FactBecause("entry", model.Yes, why, at)
	}
}

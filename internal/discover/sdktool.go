package discover

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// SDKTools says how the tools of a TypeScript framework look that are made of one object of options:
// tool({description, inputSchema, execute}).
type SDKTools struct {
	Technology string
	Makers     []string                   // calls that make a tool
	Other      OtherTools                 // what the framework has beyond that; may be nil
	Asks       func(fn *code.Value) []Ref // the agents that a tool's code runs; may be nil
}

// sdkMakers are the calls by which the AI SDK makes tools; every framework that takes its models takes its tools.
var sdkMakers = []string{"ai.tool", "ai.dynamicTool", "@ai-sdk/provider-utils.tool", "@ai-sdk/provider-utils.dynamicTool", "ai/rsc.tool"}

func (t *SDKTools) makes(v *code.Value) bool {
	return v.Is(code.Instance) && !v.Typed() && (v.Ref.Is(sdkMakers...) || v.Ref.Is(t.Makers...))
}

// spread is the tool that an object begins with, which changes some of its options.
func (t *SDKTools) spread(v *code.Value) *code.Value {
	if len(v.Items) == 1 && t.makes(v.Items[0]) {
		return v.Items[0]
	}
	return nil
}

// GiveSDK records that an agent may call what "tools" holds: an object of tools by their names, a list, a function that
// makes one of these. It returns how many that are.
func (p *Pass) GiveSDK(t *SDKTools, agent Ref, name string, tools *code.Value) int {
	return p.giveSDK(t, gift{agent: agent, name: name}, tools, 0)
}

// GiveSDKNamed records that an agent may call a tool that a table picks by its name.
func (p *Pass) GiveSDKNamed(t *SDKTools, agent Ref, name string, key, tool *code.Value) int {
	return p.giveSDK(t, gift{agent, name, key.Str(), key.Node.Span()}, tool, 0)
}

// gift is how a tool is given.
type gift struct {
	agent Ref
	name  string // of the agent
	key   string // the name under which the model knows it; "" where only the tool itself says one
	at    source.Span
}

func (p *Pass) giveSDK(t *SDKTools, g gift, v *code.Value, depth int) int {
	if g.key == "" && v != nil {
		g.at = v.Node.Span()
	}
	name, key, agent := g.name, g.key, g.agent
	if v == nil || depth > 6 {
		return 0
	}
	defer p.ToolsOf(agent)()
	if t.Other != nil {
		if refs, mine := t.Other(agent, name, v); mine {
			for _, r := range refs {
				p.Flow(model.ToolCall, agent, r, g.at)
			}
			return len(refs)
		}
	}
	switch v.Kind {
	case code.Choice, code.List:
		count := 0
		for _, one := range v.Items {
			count += p.giveSDK(t, g, one, depth+1)
		}
		if v.Open && len(v.Items) == 0 {
			p.UnresolvedTools("the tools of "+name, orElse(v.Text, "they are built up in a way that could not be followed"), v.Node.Span())
		}
		return count
	case code.Dict:
		if whole := t.spread(v); key != "" && whole != nil { // {...search, execute: undefined} is the same tool
			return p.giveSDK(t, g, whole, depth+1)
		}
		if key != "" || v.Get("execute") != nil {
			return p.giveSDKTool(t, g, v)
		}
		count := 0
		for _, pair := range v.Pairs {
			count += p.giveSDK(t, gift{agent, name, orElse(pair.Key.Str(), "tool"), pair.Key.Node.Span()}, pair.Value, depth+1)
		}
		for _, one := range v.Items {
			count += p.giveSDK(t, g, one, depth+1)
		}
		if v.Open && len(v.Items) == 0 {
			p.UnresolvedTools("the tools of "+name, orElse(v.Text, "they are built up in a way that could not be followed"), v.Node.Span())
		}
		return count
	case code.Function:
		if key != "" {
			break
		}
		count := 0
		for _, made := range v.Returned().Each() {
			count += p.giveSDK(t, g, made, depth+1)
		}
		return count
	case code.Instance:
		if t.makes(v) {
			return p.giveSDKTool(t, g, v)
		}
		if refs, mine := p.GatewayTools(v); mine {
			for _, ref := range refs {
				p.Flow(model.ToolCall, agent, ref, g.at)
			}
			return len(refs)
		}
		if strings.Contains(v.Ref.Name, ".tools.") {
			if h, ok := Hosted(v.Ref.Last()); ok {
				p.Flow(model.ToolCall, agent, p.GiveHosted(h, t.Technology, v.Node.Span()).Ref, g.at)
				return 1
			}
		}
		if info, ok := Product(v.Ref); ok {
			ref := Object(v)
			p.Element(model.Tool, ref, orElse(key, info.Name), v.Node.Span()).Product(info, v.Node.Span())
			p.Flow(model.ToolCall, agent, ref, g.at)
			return 1
		}
		if v.Ref.Def == nil && !v.Typed() && (key != "" || v.Base == nil) && v.Ref.Name != "" && !strings.HasPrefix(v.Ref.Name, "builtins.") {
			ref := Object(v)
			p.Element(model.Tool, ref, orElse(key, v.Ref.Last()), v.Node.Span()).
				FactBecause("third-party", model.Yes, "it comes from the library "+sdkPackage(v.Ref.Name), v.Node.Span())
			p.Flow(model.ToolCall, agent, ref, g.at)
			return 1
		}
		if def := v.Ref.Def; def != nil && def.Kind == code.ClassDef && !v.Typed() { // an object of the program's own class of tools
			if method := p.code.Method(def, "execute"); method != nil {
				ref := Object(v)
				p.Element(model.Tool, ref, orElse(key, def.Last()), v.Node.Span()).Technology(t.Technology).Effects(p.EffectsOf(method))
				p.Flow(model.ToolCall, agent, ref, g.at)
				return 1
			}
		}
	case code.External:
		if v.Ref.Name != "" && key != "" {
			ref := Named(model.Tool, v.Ref.Name)
			e := p.Element(model.Tool, ref, key, v.Node.Span())
			if info, ok := Product(v.Ref); ok {
				e.Product(info, v.Node.Span())
			} else {
				e.FactBecause("third-party", model.Yes, "it comes from the library "+sdkPackage(v.Ref.Name), v.Node.Span())
			}
			p.Flow(model.ToolCall, agent, ref, g.at)
			return 1
		}
	case code.Null, code.Bool, code.String, code.Number:
		return 0
	}
	p.UnresolvedTools("a tool of "+name, WhyNot(v), v.Node.Span())
	return 0
}

func (p *Pass) giveSDKTool(t *SDKTools, g gift, v *code.Value) int {
	ref := p.SDKTool(t, g.key, v).Ref
	p.Flow(model.ToolCall, g.agent, ref, g.at)
	if t.Asks != nil {
		for _, fn := range option(v, "execute").Each() {
			if fn.Is(code.Function) {
				for _, other := range t.Asks(fn) {
					p.Messages(g.agent, ref, other, fn.Node.Span())
				}
			}
		}
	}
	return 1
}

// option is an entry of the object of options that a tool is made of.
func option(v *code.Value, name string) *code.Value {
	if v.Is(code.Dict) {
		return v.Get(name)
	}
	return v.Arg(name, -1)
}

// SDKTool describes one tool; key is the name under which the model knows it, "" where only the tool itself says one.
func (p *Pass) SDKTool(t *SDKTools, key string, v *code.Value) *Element {
	at := v.Node.Span()
	if v.Is(code.Instance) {
		at = v.Call.Span()
	}
	name := key
	for _, k := range []string{"id", "name"} {
		if name == "" {
			name = plainWord(option(v, k).Str())
		}
	}
	ref := Object(v)
	if v.Is(code.Instance) {
		ref = p.Made(v, Telling{"description", -1}, Telling{"id", -1}, Telling{"name", -1})
	}
	if name == "" && v.Call.Parent().Is(syntax.Pair) { // {open: tool({…})}
		name = plainWord(v.Call.Parent().Child(0).Text())
	}
	if name == "" {
		if _, symbol := v.Symbol(); symbol != "" {
			name = symbol[strings.LastIndexByte(symbol, '.')+1:]
		} else {
			name = "tool"
		}
	}
	var input *code.Value
	for _, k := range []string{"inputSchema", "parameters", "schema", "input"} {
		if input == nil {
			input = option(v, k)
		}
	}
	e := p.ScriptTool(ScriptTool{
		Ref: ref, Name: name, Description: option(v, "description").Str(), Run: option(v, "execute"), Input: input,
		Technology: t.Technology, At: at,
	})
	if _, symbol := v.Symbol(); symbol != "" {
		e.Alias(symbol[strings.LastIndexByte(symbol, '.')+1:])
	}
	for _, k := range []string{"needsApproval", "requireApproval"} {
		p.Switch("human-approval", ref, option(v, k))
	}
	return e
}

// SDKToolsMade describes the tools that this file makes, given to somebody or not.
func (p *Pass) SDKToolsMade(t *SDKTools) {
	for _, v := range p.code.Instances(append(append([]string{}, sdkMakers...), t.Makers...)...) {
		p.SDKTool(t, "", v)
	}
}

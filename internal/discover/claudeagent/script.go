package claudeagent

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
)

// Names of the SDK for TypeScript.
var (
	scriptQueries  = script("query")
	scriptSessions = script("unstable_v2_createSession", "unstable_v2_resumeSession", "unstable_v2_prompt")
	scriptTools    = script("tool")
	scriptServers  = script("createSdkMcpServer")
	sayNothing     = map[string]bool{"merged": true, "sdk": true, "query": true, "default": true, "base": true, "claude": true, "agent": true, "claudeAgent": true, "claudeCode": true, "full": true, "final": true, "config": true, "common": true}
	plainFunctions = map[string]bool{"main": true, "run": true, "handler": true, "GET": true, "POST": true}
)

func script(names ...string) []string {
	var all []string
	for _, n := range names {
		all = append(all, "@anthropic-ai/claude-agent-sdk*."+n, "@anthropic-ai/claude-code*."+n)
	}
	return all
}

// script looks at a file of TypeScript: whatever a run takes as options is an agent.
func (x *pass) script() {
	r := x.Code()
	x.box.Wrappers = []discover.Wrapper{{Patterns: scriptTools, Func: "", Position: 3}}
	x.sites.Calls = append(append([]string{}, scriptQueries...), scriptSessions...)
	x.sites.Starts = x.scriptStarts
	for _, v := range r.Instances(scriptTools...) {
		x.scriptTool(v)
	}
	for _, v := range r.Instances(scriptServers...) {
		x.ownServer(v)
	}
	x.Runs(x.sites)
}

// scriptStarts describes the agents that a run starts: one for each object of options that it may be given.
func (x *pass) scriptStarts(run *code.Value) []discover.Started {
	options := run.Arg("options", -1)
	if run.Ref.Is(scriptSessions...) {
		options = lastOf(run)
	}
	var all []discover.Started
	for _, one := range options.Each() {
		if !one.Is(code.Dict) {
			continue
		}
		name := x.scriptNamed(one, run)
		ref := discover.Object(one)
		if _, symbol := one.Symbol(); symbol == "" && run.Ref.Is(scriptSessions...) {
			ref = discover.Local(x.Path(), name) // a session that is taken up again is the same agent
		}
		x.described(ref, name, one)
		if one.Open {
			x.Unresolved("options of "+name, "more may be added to them", one.Node.Span())
		}
		all = append(all, discover.Started{Ref: ref, Kind: model.Agent})
	}
	if len(all) > 0 {
		return all
	}
	name, at := x.scriptNamed(nil, run), run.Node.Span()
	ref := discover.Local(x.Path(), name)
	if x.Once("agent:" + ref.Key()) {
		x.Element(model.Agent, ref, name, at).Technology(technology)
		if options == nil || options.Is(code.Null) {
			x.model(ref, nil, run)
		} else {
			x.Unresolved("options of "+name, discover.WhyNot(options), options.Node.Span())
		}
	}
	return []discover.Started{{Ref: ref, Kind: model.Agent}}
}

// lastOf is the last argument of a call.
func lastOf(run *code.Value) *code.Value {
	args := run.Args()
	if len(args) == 0 {
		return nil
	}
	return args[len(args)-1].Value
}

// scriptNamed is the name of an agent: what holds its options, else the function or class that runs it.
func (x *pass) scriptNamed(options, run *code.Value) string {
	if options != nil {
		_, symbol := options.Symbol()
		last := symbol[strings.LastIndexByte(symbol, '.')+1:]
		if name := strings.TrimSuffix(strings.TrimSuffix(last, "Options"), "Opts"); name != "" && !nameless[strings.ToLower(name)] && !sayNothing[name] {
			return name
		}
	}
	if _, name, _ := x.NamedFunction(run.Node); name != "" && !plainFunctions[name] {
		return name
	}
	return "Claude"
}

// scriptTool describes tool(name, description, schema, function).
func (x *pass) scriptTool(v *code.Value) discover.Ref {
	ref := x.Made(v, discover.Telling{Position: 0}, discover.Telling{Position: 1})
	if v.Typed() || !x.Once("tool:"+ref.Key()) {
		return ref
	}
	name := v.Arg("", 0).Str()
	if name == "" {
		name = x.NameOf(v)
	}
	run := v.Arg("", 3)
	x.ScriptTool(discover.ScriptTool{
		Ref: ref, Name: name, Description: v.Arg("", 1).Str(), Run: run, Input: v.Arg("", 2), Technology: technology, At: v.Call.Span(),
	})
	for _, f := range run.Each() {
		if f.Is(code.Unknown) {
			x.Unresolved("what "+name+" does", f.Reason(), f.Node.Span())
		}
	}
	return ref
}

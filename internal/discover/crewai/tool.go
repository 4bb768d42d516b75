package crewai

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

var (
	toolDecorators = []string{
		"crewai.tools.tool", "crewai.tools.**.tool", "crewai_tools.tool", "crewai_tools.**.tool",
		"langchain.tools.tool", "langchain.tools.**.tool", "langchain.agents.tool", "langchain_core.tools.tool", "langchain_core.tools.**.tool",
	}
	toolBases = []string{
		"crewai.tools.BaseTool", "crewai.tools.**.BaseTool", "crewai_tools.BaseTool", "crewai_tools.**.BaseTool", "crewai.tools.structured_tool.CrewStructuredTool",
		"langchain.tools.BaseTool", "langchain_core.tools.BaseTool", "langchain_core.tools.**.BaseTool", "crewai_tools.*", "crewai_tools.tools.**",
	}
	ready       = []string{"crewai_tools.**", "langchain_community.tools.**", "langchain_community.**", "langchain.tools.**", "langchain_experimental.**", "langchain_tavily.**"}
	mcpAdapters = []string{"crewai_tools.MCPServerAdapter", "crewai_tools.**.MCPServerAdapter"}
	wrappers    = []string{"langchain.tools.Tool", "langchain.agents.Tool", "langchain_core.tools.Tool", "langchain.tools.StructuredTool.from_function", "langchain_core.tools.StructuredTool.from_function", "crewai.tools.structured_tool.CrewStructuredTool.from_function"}
)

// tools describes the tools that the file defines.
func (f *file) tools() {
	for _, d := range f.code.DecoratedBy(toolDecorators...) {
		if d.Def.Kind != code.FuncDef {
			continue
		}
		name := ""
		if d.Node.Is(syntax.Call) && d.Node.Child(1).Is(syntax.String) {
			name = d.Node.Child(1).Text()
		}
		f.FunctionTool(d.Def, name, "", technology).Alias(d.Def.Last())
		f.startedBy(discover.Definition(d.Def), d.Def)
	}
	for _, def := range f.code.ClassesOf(toolBases...) {
		f.toolClass(def)
	}
	for _, v := range f.code.Instances(mcpAdapters...) {
		f.servers(v)
	}
}

// toolClass describes a class of the project that is a tool.
func (f *file) toolClass(def *code.Def) {
	run := f.code.Method(def, "_run")
	if run == nil {
		run = f.code.Method(def, "_arun")
	}
	if run == nil && !f.code.ClassValue(def, "name").Is(code.String) {
		return // a base of the project's own, or an adapter that is no tool itself
	}
	name := f.code.ClassValue(def, "name").Str()
	if name == "" {
		name = def.Last()
	}
	ref := discover.Definition(def)
	e := f.Element(model.Tool, ref, name, def.Node.Span()).Technology(technology).Alias(def.Last())
	if d := f.code.ClassValue(def, "description").Str(); d != "" {
		e.Detail(d)
	} else {
		e.Detail(def.Doc())
	}
	if f.code.ClassValue(def, "args_schema") != nil {
		e.Fact("typed-input", model.Yes, def.Node.Span())
	}
	if run != nil {
		e.Effects(f.EffectsOf(run))
		f.startedBy(ref, run)
	}
}

// startedBy joins a tool to the crews and agents that its body starts.
func (f *file) startedBy(tool discover.Ref, def *code.Def) {
	for _, s := range f.starts(def) {
		f.Flow(model.PromptFlow, tool, s.ref, s.at.Span())
	}
}

// giveTools says that an agent may call the tools of a list.
func (f *file) giveTools(agent discover.Ref, name string, list *code.Value) {
	defer f.ToolsOf(agent)()
	for _, v := range list.Members() {
		refs := f.toolRefs(v)
		for _, ref := range refs {
			f.Flow(model.ToolCall, agent, ref, v.Node.Span())
		}
		for _, gate := range v.Each() {
			f.leave(agent, gate)
		}
		if len(refs) > 0 {
			continue
		}
		why := v.Reason()
		if why == "" {
			why = v.String() + " is no tool that is known"
		}
		f.UnresolvedTools("a tool of "+name, why, v.Node.Span())
	}
}

// leave describes a tool that only files what it is told until somebody agrees: it, and not the agent, has the tools inside,
// and a person stands before them.
func (f *file) leave(agent discover.Ref, v *code.Value) {
	if !v.Is(code.Instance) || v.Ref.Def == nil || !f.code.Derives(v.Ref, toolBases...) {
		return
	}
	at, inside := f.Withholds(v, toolBases, "_run", "_arun"), f.ToolsInside(v, toolBases)
	if at.IsZero() || len(inside) == 0 {
		return
	}
	ref := discover.Definition(v.Ref.Def)
	if !f.acts(v.Ref.Def) {
		f.Control("human-approval", discover.FlowRef(model.ToolCall, agent, ref), discover.Ref{}, model.Evidenced, at)
	}
	for _, inner := range inside {
		for _, to := range f.toolRefs(inner) {
			f.Control("human-approval", f.Flow(model.ToolCall, ref, to, v.Call.Span()).Ref(), discover.Ref{}, model.Evidenced, at)
		}
	}
}

// acts tells whether a tool does more by itself than file or tell what it was asked for.
func (f *file) acts(def *code.Def) bool {
	for _, name := range []string{"_run", "_arun"} {
		work := f.code.Method(def, name)
		if work == nil {
			continue
		}
		for _, e := range f.EffectsOf(work) {
			switch e.Name {
			case "exec", "money", "code-change", "identity-admin", "physical":
				if e.Value != model.No {
					return true
				}
			case "fs-write":
				if e.Value != model.No && !e.Fixed && e.Place != "fixed" {
					return true
				}
			}
		}
	}
	return false
}

// toolRefs gives the tools that a value is, describing those that no definition describes.
func (f *file) toolRefs(v *code.Value) []discover.Ref {
	switch v.Kind {
	case code.Choice:
		var all []discover.Ref
		for _, one := range v.Each() {
			all = append(all, f.toolRefs(one)...)
		}
		return all
	case code.Function:
		if def := v.Ref.Def; def != nil {
			if !f.decorated(def) {
				f.FunctionTool(def, "", "", technology)
			}
			return []discover.Ref{discover.Definition(def)}
		}
	case code.Class:
		if def := v.Ref.Def; def != nil && f.code.Derives(v.Ref, toolBases...) {
			return []discover.Ref{discover.Definition(def)}
		}
	case code.Instance:
		return f.objectTool(v)
	}
	return f.adapterIn(v)
}

func (f *file) objectTool(v *code.Value) []discover.Ref {
	root := v.Root()
	switch {
	case root.Ref.Is(mcpAdapters...):
		return f.servers(root)
	case v.Ref.Is(wrappers...):
		return []discover.Ref{f.wrapped(v)}
	case v.Ref.Def != nil && f.code.Derives(v.Ref, toolBases...):
		refs := []discover.Ref{discover.Definition(v.Ref.Def)}
		if !f.Withholds(v, toolBases, "_run", "_arun").IsZero() {
			return refs
		}
		for _, inner := range f.ToolsInside(v, toolBases) {
			refs = append(refs, f.toolRefs(inner)...)
		}
		return refs
	case v.Ref.Is(toolDecorators...):
		if function := v.Arg("func", 0); function.Is(code.Function) && function.Ref.Def != nil {
			f.FunctionTool(function.Ref.Def, "", "", technology)
			return []discover.Ref{discover.Definition(function.Ref.Def)}
		}
	}
	if root.Ref.Is(ready...) && isClass(class(root.Ref.Name)) {
		return []discover.Ref{f.product(v)}
	}
	if info, ok := discover.Product(v.Ref); ok && info.Kind == model.Tool {
		return []discover.Ref{f.product(v)}
	}
	// list(adapter): what is inside counts.
	for _, a := range v.Args() {
		if refs := f.toolRefs(a.Value); len(refs) > 0 && v.Ref.Is("builtins.*") {
			return refs
		}
	}
	return f.adapterIn(v)
}

func class(dotted string) string {
	parts := strings.Split(dotted, ".")
	for i := len(parts) - 1; i >= 0; i-- {
		if isClass(parts[i]) {
			return parts[i]
		}
	}
	return parts[len(parts)-1]
}

func isClass(name string) bool { return name != "" && name[0] >= 'A' && name[0] <= 'Z' }

// made says by the texts among a tool's arguments how it was made: FileReadTool("notes.md") is not FileReadTool(), which
// reads any file.
func made(v *code.Value) string {
	var texts []string
	for _, a := range v.Args() {
		if a.Value.Is(code.String) && len(a.Value.Holes) == 0 {
			texts = append(texts, a.Value.Text)
		}
	}
	if text := oneLine(strings.Join(texts, " ")); len(text) <= 60 {
		return text
	}
	return ""
}

// product describes an object of a ready-made tool. Objects of one class that are made alike in one file are one tool
// unless they have variables of their own.
func (f *file) product(v *code.Value) discover.Ref {
	root := v.Root()
	name := class(root.Ref.Name)
	path, symbol := root.Symbol()
	if path == "" {
		path = f.Path()
	}
	ref := discover.Object(root)
	if symbol == "" {
		ref = discover.Local(path, name)
		if how := made(root); how != "" {
			ref = discover.Of(ref, how)
		}
	}
	at := root.Call.Span()
	info, ok := discover.Product(root.Ref)
	for _, pkg := range []string{"crewai_tools.", "langchain_community.tools."} {
		if !ok {
			info, ok = discover.ProductNamed(pkg + name)
		}
	}
	e := f.Element(model.Tool, ref, name, at).Technology(technology).Alias(last(symbol))
	if ok {
		e.Effects(info.List(at)).Detail(info.Doc)
		for _, fact := range []string{"untrusted-output", "fixed-addresses", "sensitive", "third-party", "irreversible", "remote-description"} {
			e.FactBecause(fact, info.Facts[fact], "what is known of "+name, at)
		}
	}
	if name == "CodeInterpreterTool" {
		switch unsafe, _ := v.Arg("unsafe_mode", -1).Constant(); unsafe {
		case "true":
			f.Control("sandbox", ref, discover.Ref{}, model.Absent, at)
		}
	}
	return ref
}

// wrapped is Tool(name=…, func=…).
func (f *file) wrapped(v *code.Value) discover.Ref {
	ref := discover.Object(v)
	name := v.Arg("name", -1).Str()
	_, symbol := v.Symbol()
	if name == "" {
		name = last(symbol)
	}
	if name == "" {
		name = "tool"
	}
	e := f.Element(model.Tool, ref, name, v.Call.Span()).Technology(technology).Alias(last(symbol)).Detail(v.Arg("description", -1).Str())
	if function := v.Arg("func", -1); function.Is(code.Function) && function.Ref.Def != nil {
		e.Evidence(function.Ref.Def.Node.Span()).Effects(f.EffectsOf(function.Ref.Def))
	}
	return ref
}

func (f *file) decorated(def *code.Def) bool { return f.decoratedWith(def.Node, toolDecorators) }

// adapterIn finds the MCP adapters that a method sets up to make tools, when what it returns could not be followed:
// tools=self._browser_tools().
func (f *file) adapterIn(v *code.Value) []discover.Ref {
	n := v.Node
	if !n.Is(syntax.Call) {
		return nil
	}
	callee := f.code.Resolve(n.Child(0))
	if callee.Def == nil || callee.Def.Kind != code.FuncDef {
		return nil
	}
	return f.adaptersOf(callee.Def)
}

func (f *file) adaptersOf(def *code.Def) []discover.Ref {
	var refs []discover.Ref
	def.Node.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Call) {
			if one := f.code.Eval(n); one.Is(code.Instance) && one.Ref.Is(mcpAdapters...) && one.Call == n {
				refs = append(refs, f.servers(one)...)
			}
		}
		return true
	})
	return refs
}

// servers describes the MCP servers that an adapter connects to.
func (f *file) servers(adapter *code.Value) []discover.Ref {
	var refs []discover.Ref
	parameters := adapter.Arg("serverparams", 0)
	for _, p := range parameters.Members() {
		refs = append(refs, f.server(adapter, p))
	}
	if parameters.Is(code.Dict) {
		refs = []discover.Ref{f.server(adapter, parameters)}
	}
	if len(refs) == 0 {
		ref := discover.Of(discover.Object(adapter), "server")
		f.MCP(discover.MCPServer{Ref: ref, Name: "MCP server", At: adapter.Call.Span()})
		refs = append(refs, ref)
	}
	return refs
}

// server describes one MCP server: StdioServerParameters(command=…, args=[…]) or {"url": …, "transport": …}.
func (f *file) server(adapter, p *code.Value) discover.Ref {
	field := func(key string, position int) *code.Value {
		if p.Is(code.Instance) {
			return p.Arg(key, position)
		}
		return p.Get(key)
	}
	at := adapter.Call.Span()
	if !p.Node.IsZero() {
		at = p.Node.Span()
	}
	s := discover.MCPServer{Command: field("command", 0).Str(), URL: field("url", -1).Str(), Transport: field("transport", -1).Str(), At: at}
	for _, a := range field("args", 1).Members() {
		s.Args = append(s.Args, a.Str())
	}
	for _, key := range []string{"env", "headers"} {
		for _, one := range field(key, -1).Each() {
			for _, pair := range one.Pairs {
				variable := discover.EnvVar{Name: pair.Key.Str(), Value: "${" + pair.Key.Str() + "}", At: pair.Value.Node.Span()}
				if text, ok := pair.Value.Constant(); ok && !pair.Value.Is(code.Env) {
					variable.Value = text
				}
				s.Env = append(s.Env, variable)
			}
		}
	}
	s.Transport = strings.ReplaceAll(s.Transport, "streamable-http", "http")
	if s.Transport == "" && s.Command != "" {
		s.Transport = "stdio"
	}
	s.Name = serverName(s)
	s.Ref = discover.Of(discover.Object(adapter), s.Name)
	f.MCP(s)
	return s.Ref
}

// serverName is the package that is started, or the host that is reached.
func serverName(s discover.MCPServer) string {
	for _, a := range s.Args {
		if !strings.HasPrefix(a, "-") && a != "" && a != "run" {
			if i := strings.LastIndex(a, "@"); i > 0 {
				a = a[:i]
			}
			return a
		}
	}
	if s.URL != "" {
		host := s.URL
		if _, rest, ok := strings.Cut(host, "://"); ok {
			host = rest
		}
		host, _, _ = strings.Cut(host, "/")
		return host
	}
	if s.Command != "" {
		return s.Command
	}
	return "MCP server"
}

// mcpReference is an entry of mcps=[…]: an address, or an object that says how to reach the server.
func (f *file) mcpReference(a *agent, v *code.Value) {
	s := discover.MCPServer{At: v.Node.Span()}
	switch {
	case v.Is(code.String):
		s.URL, _, _ = strings.Cut(v.Text, "#")
		s.Transport = "http"
	case v.Is(code.Instance):
		s.Command, s.URL = v.Arg("command", -1).Str(), v.Arg("url", -1).Str()
		for _, arg := range v.Arg("args", -1).Members() {
			s.Args = append(s.Args, arg.Str())
		}
	default:
		f.Unresolved("an MCP server of "+a.name, v.Reason(), v.Node.Span())
		return
	}
	s.Name = serverName(s)
	s.Ref = discover.Of(a.ref, s.Name)
	f.MCP(s)
	f.Flow(model.ToolCall, a.ref, s.Ref, v.Node.Span())
}

package mcpserver

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// The SDKs of Go: the official one, mark3labs' and metoro's.
const (
	goOfficial = "github.com/modelcontextprotocol/go-sdk/mcp"
	goMark     = "github.com/mark3labs/mcp-go/server"
	goMarkMCP  = "github.com/mark3labs/mcp-go/mcp"
	goMetoro   = "github.com/metoro-io/mcp-golang"
)

var (
	goServers     = []string{goOfficial + ".NewServer", goMark + ".NewMCPServer", goMetoro + ".NewServer"}
	goServerTypes = []string{goOfficial + ".Server", goMark + ".MCPServer", goMetoro + ".Server"}
	goTools       = []string{goOfficial + ".Tool", goMarkMCP + ".NewTool", goMarkMCP + ".NewToolWithRawSchema", goMarkMCP + ".Tool"}
)

// goServerMethods are the methods of Go's servers that say something.
var goServerMethods = map[string]bool{
	"AddTool": true, "AddTools": true, "SetTools": true, "RegisterTool": true,
	"AddResource": true, "AddResources": true, "AddResourceTemplate": true, "AddResourceTemplates": true, "RegisterResource": true,
	"AddPrompt": true, "AddPrompts": true, "RegisterPrompt": true, "Run": true, "Connect": true,
}

// golang reads a file of Go.
//
// A tool is described in the file where its definition is made, whether or not somebody registers it there; who
// registers it joins it to the server. The function that answers for it is the one that stands beside it: in the call
// that registers it, in the struct that keeps both, among what a function returns, or among the arguments of the
// project's own constructor of tools.
func (x *pass) golang() {
	made := x.Code().Instances(goServers...)
	for _, v := range made {
		x.goServer(v)
	}
	if len(made) == 0 {
		x.goByHand()
	}
	x.goBeside = map[string][]syntax.Node{}
	x.goNeighbours()
	for _, v := range goToolsIn(x.Code()) {
		x.goTool(v)
	}
	for _, c := range x.Code().Calls() {
		x.goCall(c)
	}
	x.listens()
}

// goServer describes a server where it is made.
func (x *pass) goServer(v *code.Value) {
	ref := x.goRef(v)
	if !x.Once("server:" + ref.Key()) {
		return
	}
	at := v.Call.Span()
	name := goServerName(v).Str()
	if name == "" || len(name) > 80 {
		name = path.Base(path.Dir(x.Path()))
		if name == "." {
			name = "server"
		}
	}
	e := x.Element(model.MCPServer, ref, name, v.Site().Span(), at).Technology(technology).
		FactBecause("third-party", model.No, "its source is in the tree", at)
	for _, option := range v.Args() {
		switch option.Value.RefOf().Last() {
		case "ServerOptions":
			e.Detail(option.Value.Arg("Instructions", -1).Str())
		case "WithInstructions":
			e.Detail(option.Value.Arg("", 0).Str())
		}
	}
	x.tie(ref, v.Call, discover.Held)
	x.goPackage(ref, v.Call, discover.Held)
}

// goRef names a server. A factory that is called from several places makes one server, unless they give it names.
func (x *pass) goRef(v *code.Value) discover.Ref {
	if v.Template() == "" {
		return x.Made(v)
	}
	for _, stand := range x.Code().Eval(v.Call).Each() {
		if name, ok := goServerName(v).Constant(); ok && name != goServerName(stand).Str() {
			return discover.Object(v)
		}
	}
	return x.Made(v)
}

// goServerName is the name that a server is made with.
func goServerName(v *code.Value) *code.Value {
	if first := v.Arg("", 0); first.Is(code.Instance) {
		return first.Arg("Name", 0)
	}
	return v.Arg("", 0)
}

// goPackage ties a server to the names by which its program is known once it is built: the package's folder and the
// module's last part.
func (x *pass) goPackage(ref discover.Ref, at syntax.Node, weight int) {
	m := x.Code().ModuleOf(at)
	if source.Scope(m.Path) != source.ScopeMain {
		return
	}
	for _, name := range []string{path.Base(m.Name), path.Base(path.Dir(m.Path))} {
		if name != "." && name != "main" && name != "cmd" && name != "server" && name != "internal" {
			x.StartedBy(ref, weight, discover.PackageName(name))
		}
	}
}

// goServersAt names the servers that an expression may be; typed is set when it is some server that nobody saw made.
func (x *pass) goServersAt(n syntax.Node) (refs []discover.Ref, typed bool) {
	if ref := x.Code().Resolve(n); !ref.Is(goServers...) && !ref.Is(goServerTypes...) {
		return nil, false
	}
	for _, v := range x.Code().Eval(n).Each() {
		switch {
		case !v.Is(code.Instance):
		case v.Ref.Is(goServers...) && !v.Typed():
			if ref := x.goRef(v); !slices.Contains(refs, ref) {
				refs = append(refs, ref)
			}
		default:
			typed = true
		}
	}
	return refs, typed && len(refs) == 0
}

// goCall is a call that may register something on a server or run one.
func (x *pass) goCall(c code.Call) {
	callee := c.Node.Child(0)
	for callee.Is(syntax.Subscript) {
		callee = callee.Child(0)
	}
	switch {
	case c.Callee.Is(goOfficial + ".AddTool"):
		refs, typed := x.goServersAt(c.Node.Child(1))
		if len(refs) > 0 || typed {
			for _, v := range x.Code().Rounds(c.Node) {
				x.goAddTool(refs, v.Arg("", 1), c.Node)
			}
		}
	case callee.Is(syntax.Attr) && goServerMethods[callee.Text()]:
		if refs, typed := x.goServersAt(callee.Child(0)); len(refs) > 0 || typed {
			x.goMethod(refs, c.Node, callee.Text())
		}
	default:
		x.goRuns(c)
		x.goHanded(c)
	}
}

func (x *pass) goMethod(servers []discover.Ref, call syntax.Node, method string) {
	for _, v := range x.Code().Rounds(call) {
		switch method {
		case "AddTool":
			x.goAddTool(servers, v.Arg("", 0), call)
		case "AddTools", "SetTools":
			for _, a := range v.Args() {
				for _, one := range a.Value.Members() {
					tool := one.Arg("Tool", -1)
					if tool == nil {
						tool = one
					}
					x.goAddTool(servers, tool, call)
				}
			}
		case "RegisterTool":
			x.metoroTool(servers, v, call)
		case "AddResource", "AddResourceTemplate", "RegisterResource":
			x.goResource(servers, v.Arg("", 0), v, call)
		case "AddResources", "AddResourceTemplates":
			for _, a := range v.Args() {
				for _, one := range a.Value.Members() {
					for _, field := range []string{"Resource", "Template"} {
						if r := one.Arg(field, -1); r != nil {
							x.goResource(servers, r, v, call)
						}
					}
				}
			}
		case "AddPrompt", "RegisterPrompt":
			x.goPrompt(servers, v.Arg("", 0), v, call)
		case "AddPrompts":
			for _, a := range v.Args() {
				for _, one := range a.Value.Members() {
					x.goPrompt(servers, one.Arg("Prompt", -1), v, call)
				}
			}
		case "Run", "Connect":
			x.goRan(servers, call, goTransport(v.Arg("", 1)))
		}
	}
}

// goAddTool joins a tool to the servers that it is registered on.
func (x *pass) goAddTool(servers []discover.Ref, what *code.Value, call syntax.Node) {
	found := false
	for _, v := range what.Members() {
		if !isGoTool(v) {
			continue
		}
		ref, name := goToolRef(v)
		found = true // a name that is not known is said where the tool is made
		if name == "" {
			continue
		}
		x.provides(servers, ref, name, call.Span())
	}
	if !found {
		x.goCatalog(servers, what, call)
	}
}

// goCatalog joins the tools that a program collects somewhere and registers in one place: where what is registered
// could not be followed, they are those that are made in the packages which the server's own file, and the registering
// one, reach.
func (x *pass) goCatalog(servers []discover.Ref, what *code.Value, call syntax.Node) {
	starts := []string{x.Path()}
	if len(servers) == 0 {
		ref, file := x.onlyServer()
		if file == "" {
			x.UnresolvedTools("a tool of an MCP server", discover.WhyNot(what), call.Span())
			return
		}
		servers, starts = []discover.Ref{ref}, []string{file}
	}
	if !x.Once("catalog:" + servers[0].Key()) {
		return
	}
	program := x.Code().Program()
	seen := map[string]bool{}
	found := false
	for _, start := range starts {
		for _, entry := range append([]string{start}, program.Siblings(start)...) {
			for _, file := range x.Reached(entry, mostModules) {
				if seen[file] || syntax.LanguageOf(file) != syntax.Go || source.Scope(file) != source.Scope(start) || !mentionsSDK(program, file) {
					continue
				}
				seen[file] = true
				r := program.Resolver(file)
				if file == x.Path() {
					r = x.Code()
				}
				for _, v := range goToolsIn(r) {
					if ref, name := goToolRef(v); name != "" {
						found = true
						x.provides(servers, ref, name, call.Span())
					}
				}
			}
		}
	}
	if !found {
		defer x.ToolsOf(servers...)()
		x.UnresolvedTools("a tool of an MCP server", discover.WhyNot(what), call.Span())
	}
}

func mentionsSDK(program *code.Program, file string) bool {
	m := program.Module(file)
	if m == nil || m.Tree() == nil {
		return false
	}
	content := m.Tree().File.Content()
	return bytes.Contains(content, []byte(goOfficial)) || bytes.Contains(content, []byte("github.com/mark3labs/mcp-go"))
}

// mostSearched is how many files are looked through for the one server of a program.
const mostSearched = 1500

// onlyServer is the server of the program, where there is but one, with the file that makes it.
func (x *pass) onlyServer() (ref discover.Ref, file string) {
	program := x.Code().Program()
	made := ""
	for i, p := range program.Paths() {
		if i >= mostSearched {
			return discover.Ref{}, ""
		}
		if syntax.LanguageOf(p) != syntax.Go || source.Scope(p) != source.ScopeMain || !mentionsSDK(program, p) {
			continue
		}
		content := program.Module(p).Tree().File.Content()
		if !bytes.Contains(content, []byte(".NewServer(")) && !bytes.Contains(content, []byte(".NewMCPServer(")) {
			continue
		}
		for _, v := range program.Resolver(p).Instances(goServers...) {
			place := fileOf(v.Call, p) + ":" + v.Call.Span().String()
			if made != "" && made != place {
				return discover.Ref{}, ""
			}
			if made == "" || v.Template() != "" { // a factory's own stand-in gives way to what it makes
				ref, file, made = x.goRef(v), fileOf(v.Call, p), place
			}
		}
	}
	return ref, file
}

// metoroTool is RegisterTool(name, description, function).
func (x *pass) metoroTool(servers []discover.Ref, v *code.Value, call syntax.Node) {
	name, ok := v.Arg("", 0).Constant()
	if !ok || name == "" {
		x.Unresolved("the name of a tool of an MCP server", discover.WhyNot(v.Arg("", 0)), call.Span())
		return
	}
	effects, _ := x.EffectsOfFunctions(v.Arg("", 2))
	x.described(servers, name, v.Arg("", 1).Str(), effects, nil, call).Fact("typed-input", model.Yes, call.Span())
}

func (x *pass) goResource(servers []discover.Ref, what, registered *code.Value, call syntax.Node) {
	name, uri, doc := what.Arg("Name", -1).Str(), what.Arg("URI", -1).Str(), what.Arg("Description", -1).Str()
	if uri == "" {
		uri = what.Arg("URITemplate", -1).Str()
	}
	switch {
	case strings.HasPrefix(what.RefOf().Last(), "NewResource"): // mark3labs: the address, then the name
		uri, name = what.Arg("", 0).Str(), what.Arg("", 1).Str()
		doc = goOption(what, "WithResourceDescription", "WithTemplateDescription")
	case what.Is(code.String): // metoro
		uri, name, doc = what.Str(), registered.Arg("", 1).Str(), registered.Arg("", 2).Str()
	}
	if name == "" {
		name = uri
	}
	if name == "" {
		x.Unresolved("a resource of an MCP server", discover.WhyNot(what), call.Span())
		return
	}
	x.resource(servers, discover.Local(fileOf(call, x.Path()), "resource", name), name, uri, doc, call.Span())
}

func (x *pass) goPrompt(servers []discover.Ref, what, registered *code.Value, call syntax.Node) {
	name, doc := what.Arg("Name", -1).Str(), what.Arg("Description", -1).Str()
	switch {
	case what.RefOf().Last() == "NewPrompt":
		name, doc = what.Arg("", 0).Str(), goOption(what, "WithPromptDescription")
	case what.Is(code.String):
		name, doc = what.Str(), registered.Arg("", 1).Str()
	}
	if name == "" {
		x.Unresolved("a prompt of an MCP server", discover.WhyNot(what), call.Span())
		return
	}
	x.prompt(servers, discover.Local(fileOf(call, x.Path()), "prompt", name), name, doc, call.Span())
}

// goOption is the text that an option among a call's arguments gives.
func goOption(v *code.Value, names ...string) string {
	for _, a := range v.Args() {
		if slices.Contains(names, a.Value.RefOf().Last()) {
			return a.Value.Arg("", 0).Str()
		}
	}
	return ""
}

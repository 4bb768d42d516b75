package mcpserver

import (
	"path"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Some servers of TypeScript import the modules of a folder by paths that are put together when they start, and hand the
// server to each: await module.register(server). Which modules these are, no import says. They are those of the same
// project that register something in a function of that name.

// registers are the calls that a module which is loaded so makes on the server that it is given.
var registers = source.NewFinder(".registerTool(", ".tool(", ".registerResource(", ".resource(", ".registerPrompt(", ".prompt(")

// mostBehind is how many files behind a loader are looked through for what imports by a path.
const mostBehind = 8

// loads follows a server that is handed to a method of something that nobody knows, where modules are imported by their
// paths: into the functions by that name that register something on what they are given.
func (x *pass) loads(server discover.Ref, call syntax.Node, b binding, depth int) {
	loader := fileOf(call, x.Path())
	if !x.script() || depth > deepest || !x.importsByPath(loader) {
		return
	}
	name, project := call.Child(0).Text(), x.project(loader)
	program := x.Code().Program()
	count := 0
	for _, file := range program.Paths() {
		if file == loader || !strings.HasPrefix(file, project) || syntax.LanguageOf(file) != syntax.TypeScript || source.Scope(file) != source.ScopeMain {
			continue
		}
		if m := program.Module(file); m == nil || !m.Contains(registers) || x.project(file) != project {
			continue
		}
		if count++; count > mostModules {
			return
		}
		x.Read(file).Root().Walk(func(n syntax.Node) bool {
			switch {
			case n.Is(syntax.FuncDef) && n.TextIs(name):
			case n.Is(syntax.Lambda) && n.Parent().Is(syntax.Pair, syntax.Assign) && n.Parent().Child(0).TextIs(name):
			default:
				return true
			}
			if names := x.parameter(n, b, false); len(names) > 0 {
				x.walk(server, n, names, running{}, depth+1)
			}
			return false
		})
	}
}

// importsByPath tells whether a file, or one that it has its functions from, imports modules whose paths are known when it
// runs.
func (x *pass) importsByPath(loader string) bool {
	for _, file := range x.Reached(loader, mostBehind) {
		if syntax.LanguageOf(file) != syntax.TypeScript {
			continue
		}
		found := false
		x.Read(file).Root().Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Call) && (n.Child(0).TextIs("import") || n.Child(0).TextIs("require")) && n.Child(0).Is(syntax.Name) {
				found = found || n.Count() > 1 && !n.Child(1).Is(syntax.String)
			}
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

// project is the folder of the nearest manifest above a file, with a slash; "" for that of the whole tree.
func (x *pass) project(file string) string {
	for dir := path.Dir(file); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if x.Exists(path.Join(dir, "package.json")) {
			return dir + "/"
		}
	}
	return ""
}

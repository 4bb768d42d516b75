package testgen

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Input is an open tree, and what was found in it.
type Input struct {
	Program *code.Program
	Paths   []string // all files, sorted
	System  *model.System
}

// Function is the code behind an element.
type Function struct {
	Path     string // of its file
	Language syntax.Language
	Root     string // the folder from which its module is imported
	Module   string // Python: dotted name from Root; TypeScript: the path; Go: the import path of its package
	Package  string // Go: the name of the package
	Symbol   string // within the module: "run", "Clerk.run"
	Method   string // TypeScript: the key of the tool object that Symbol names under which its function stands
	Class    *Maker // of the object that a method is called on; nil for a function
	Outer    *Maker // Python: the function that this one stands in, called with its own arguments; nil for none
	Params   []Param
	Asks     bool     // it asks a model, itself or through functions of the project
	Exported bool     // others can import it
	Returns  []string // Go: the types of what it gives back
	Reaches  []string // names of the outside calls that it makes, sorted
	Whole    bool     // every call that it makes was followed
	Nameless bool     // it makes a call outside of which no name is known
	Outside  string   // Go: why a test may not call it, for what it would do outside; "" when it may
}

// Maker is a class of the project of which a test can make an object.
type Maker struct {
	Module, Symbol string
	Pointer        bool // Go: methods stand on the pointer
	Params         []Param
	Why            string // why it cannot be made; "" when it can
}

// Param is an argument that a function takes.
type Param struct {
	Name     string
	Type     Type
	Role     Role
	Written  string // the type as written
	Literal  string // the only or first value that its type allows
	Optional bool
	Class    *Maker
	Fields   []Param // of an argument that is an object with these parts
}

// Type says what can be given for an argument.
type Type string

// The types. Anything is an object of a library, for which a test has a stand-in; Unknown is one for which it has none.
const (
	Text     Type = "text"
	Whole    Type = "whole"
	Number   Type = "number"
	Truth    Type = "truth"
	List     Type = "list"
	Map      Type = "map"
	Consent  Type = "consent" // a function that asks a person
	Made     Type = "made"    // an object of a class of the project
	Object   Type = "object"  // an object with Fields
	Context  Type = "context"
	Anything Type = "anything"
	Unknown  Type = "unknown"
)

// Role says what an argument is for, by its name.
type Role string

// The roles that tests ask about.
const (
	User     Role = "user"
	Address  Role = "address"
	FileName Role = "file"
	Amount   Role = "amount"
	Words    Role = "words"
	Plain    Role = ""
)

// Found is what the code of a tree gives to make tests of.
type Found struct {
	Functions map[string]*Function // by element
	Names     []string             // variables of the environment that the code reads, sorted
	Addresses []string             // addresses that stand in the code, sorted
	Modules   map[string][]string  // TypeScript: the modules from outside that the files import, with the names that they take
}

// Look finds the functions behind the elements of a system. The tree must be open.
func Look(in Input) *Found {
	l := &look{in: in, resolvers: map[string]*code.Resolver{}, has: map[string]bool{}, out: &Found{Functions: map[string]*Function{}, Modules: map[string][]string{}}}
	for _, p := range in.Paths {
		l.has[p] = true
	}
	if in.System == nil || in.Program == nil {
		return l.out
	}
	files := map[string]bool{}
	for _, e := range in.System.Elements {
		if !tested(e.Kind) || e.Origin == model.Assumed {
			continue
		}
		if f := l.of(e); f != nil {
			l.out.Functions[e.ID] = f
			files[f.Path] = true
		}
	}
	l.surroundings(files)
	l.guardGo()
	return l.out
}

// tested tells whether tests are made for elements of a kind.
func tested(kind model.Kind) bool {
	return kind == model.Tool || kind == model.Agent || kind == model.Orchestrator
}

type look struct {
	in        Input
	resolvers map[string]*code.Resolver
	has       map[string]bool
	out       *Found
}

func (l *look) resolver(file string) *code.Resolver {
	r, ok := l.resolvers[file]
	if !ok {
		r = l.in.Program.Resolver(file)
		l.resolvers[file] = r
	}
	return r
}

// of finds the function of an element: by its id, by what its file imports under that name, or by the line where it was
// seen.
func (l *look) of(e *model.Element) *Function {
	file, symbol, ok := strings.Cut(e.ID, ":")
	if !ok || l.in.Program.Module(file) == nil {
		if len(e.Evidence) == 0 || l.in.Program.Module(e.Evidence[0].File) == nil {
			return nil
		}
		file, symbol = e.Evidence[0].File, ""
	}
	r := l.resolver(file)
	if r == nil {
		return nil
	}
	if e.Kind == model.Tool && r.Tree().Language == syntax.TypeScript {
		if f := l.scriptTool(r, symbol); f != nil {
			return f
		}
	}
	def := named(r, symbol)
	if def == nil && symbol != "" {
		def = l.imported(r, symbol)
	}
	if def == nil && e.Kind == model.Tool {
		def = l.beside(file, e.Name)
	}
	if def == nil {
		def = l.around(e)
	}
	if def == nil {
		return nil
	}
	f := l.function(def)
	if f != nil && f.Language == syntax.Go && strings.HasSuffix(e.Technology, "-client") {
		f.Asks = true // whatever the client's methods are called: a test in Go stands in for the network behind it
	}
	return f
}

// scriptTool is the function of a tool object that a file of TypeScript exports; nil when there is none of that name.
func (l *look) scriptTool(r *code.Resolver, symbol string) *Function {
	function, method := scriptTool(r.Tree().Root(), symbol)
	if function.IsZero() {
		return nil
	}
	m := r.Module()
	f := &Function{Path: m.Path, Language: syntax.TypeScript, Symbol: strings.Clone(symbol), Method: method, Exported: true, Params: scriptParams(function)}
	f.Root, f.Module = l.place(m, r)
	f.reads(r.BodyAt(function))
	return f
}

func named(r *code.Resolver, symbol string) *code.Def {
	if symbol == "" {
		return nil
	}
	for _, d := range r.Functions() {
		if d.Name == symbol {
			return d
		}
	}
	return nil
}

// imported finds a function that a file imports under a name.
func (l *look) imported(r *code.Resolver, symbol string) *code.Def {
	var found *code.Def
	for _, i := range r.ImportsOf() {
		if i.Def == nil {
			continue
		}
		if other := l.resolver(i.Def.Path); other != nil {
			if d := named(other, symbol); d != nil && (found == nil || strings.HasSuffix(i.Name, "."+symbol)) {
				found = d
			}
		}
	}
	return found
}

// mostBeside bounds how many files are searched for a function of a name.
const mostBeside = 200

// beside finds the only function of a name in the files of a folder and below: a schema names the tool, and other code
// finds the function by it.
func (l *look) beside(file, name string) *code.Def {
	if name == "" {
		return nil
	}
	folder := prefix(path.Dir(file))
	var found *code.Def
	n := 0
	for _, p := range l.in.Program.Paths() {
		if !strings.HasPrefix(p, folder) || path.Ext(p) != path.Ext(file) || source.Scope(p) != source.Scope(file) {
			continue
		}
		if n++; n > mostBeside {
			return nil
		}
		r := l.resolver(p)
		if r == nil {
			continue
		}
		if d := named(r, name); d != nil {
			if found != nil {
				return nil
			}
			found = d
		}
	}
	return found
}

// around is the innermost function whose head, or whose body for one that asks a model, an element was seen in.
func (l *look) around(e *model.Element) *code.Def {
	for _, at := range e.Evidence {
		r := l.resolver(at.File)
		if at.File == "" || r == nil {
			continue
		}
		var best *code.Def
		for _, d := range r.Functions() {
			span := d.Node.Span()
			from, to := span.File.Position(int(span.Start)).Line, span.File.Position(int(span.End)).Line
			if e.Kind == model.Tool { // its head must be there: a list of tools inside a function is no tool's body
				to = span.File.Position(int(d.Node.Child(-1).Span().Start)).Line
			}
			if from <= at.Line && at.Line <= to {
				best = d
			}
		}
		if best != nil {
			return best
		}
	}
	return nil
}

// asking are the calls that ask a model, by the end of their names.
var asking = regexp.MustCompile(`(?i)(^|[./])(openai|@?anthropic(-ai)?|litellm|ollama|mistralai|groq|together)([./].*)?\.(create|parse|completion|acompletion|chat|generate|complete|complete_async)$|(go-openai|openai-go|anthropic-sdk-go|ollama/api)\b.*\.(CreateChatCompletion|CreateMessages|New|Chat|Generate)$`)

func (l *look) function(def *code.Def) *Function {
	file := def.Module.Path
	r := l.resolver(file)
	if r == nil {
		return nil
	}
	f := &Function{Path: file, Language: def.Module.Tree().Language, Symbol: def.Name}
	f.Root, f.Module = l.place(def.Module, r)
	f.reads(r.BodyOf(def))
	f.Exported = l.exported(def, f.Language)
	class, inside, method := strings.Cut(def.Name, ".")
	params := def.Params()
	switch f.Language {
	case syntax.Go:
		f.Package = packageOf(def.Module)
		f.Returns = results(def.Node)
		if def.Node.Op() == 2 && len(params) > 0 {
			f.Class = l.receiver(def.Module, params[0])
			f.Symbol = def.Last()
			params = params[1:]
		}
	case syntax.Python, syntax.Notebook:
		if outer := named(r, class); method && outer != nil && !strings.Contains(inside, ".") {
			_, module := l.place(def.Module, r)
			f.Outer = &Maker{Module: module, Symbol: strings.Clone(class), Params: l.params(r, outer.Params(), f.Language, 1)}
			f.Symbol = def.Last()
		} else if method && !strings.Contains(inside, ".") {
			if f.Class = l.class(r, class); f.Class != nil && !static(def.Node) && len(params) > 0 {
				params = params[1:]
			}
		} else if method {
			f.Class = &Maker{Why: "it is a function inside of another"}
		}
	default:
		if method {
			f.Class = l.class(r, class)
		}
	}
	if f.Language == syntax.TypeScript {
		f.Params = scriptParams(def.Node)
		return f
	}
	f.Params = l.params(r, params, f.Language, 0)
	return f
}

// reads keeps what a body calls outside.
func (f *Function) reads(body code.Body) {
	seen := map[string]bool{}
	for _, c := range body.Calls {
		f.Nameless = f.Nameless || c.Callee.Name == ""
		for _, name := range append([]string{c.Callee.Name}, c.Callee.Names...) {
			if name != "" && !seen[name] {
				seen[name] = true
				f.Reaches = append(f.Reaches, strings.Clone(name))
			}
			f.Asks = f.Asks || asking.MatchString(name)
		}
	}
	sort.Strings(f.Reaches)
	f.Whole = body.Complete
}

func static(function syntax.Node) bool {
	for d := range function.All(syntax.Decorator) {
		if d.Child(0).TextIs("staticmethod") {
			return true
		}
	}
	return false
}

// class is a class of a file as something to make objects of; nil when it is none.
func (l *look) class(r *code.Resolver, name string) *Maker {
	for n := range r.Tree().Root().Children() {
		if n.Is(syntax.Export) {
			n = n.Child(0)
		}
		if n.Is(syntax.ClassDef) && n.TextIs(name) {
			if def := r.DefinitionOf(n); def != nil {
				return l.maker(r, def, 0)
			}
		}
	}
	return &Maker{Why: "its class " + name + " is not at the top of its file"}
}

// mostDeep bounds how deep made-up arguments are put into one another.
const mostDeep = 2

func (l *look) maker(r *code.Resolver, def *code.Def, deep int) *Maker {
	_, module := l.place(def.Module, r)
	m := &Maker{Module: module, Symbol: strings.Clone(def.Name)}
	language := def.Module.Tree().Language
	if other := l.resolver(def.Module.Path); other != nil {
		r = other
	}
	name := "__init__"
	if language == syntax.TypeScript {
		name = "constructor"
	}
	if deep > mostDeep {
		m.Why = "its arguments are nested too deep"
		return m
	}
	if init := r.Method(def, name); init != nil {
		params := init.Params()
		if language != syntax.TypeScript && len(params) > 0 {
			params = params[1:]
		}
		if m.Params = l.params(r, params, language, deep+1); language == syntax.TypeScript {
			m.Params = scriptParams(init.Node)
		}
		return m
	}
	if language == syntax.TypeScript {
		return m
	}
	for n := range def.Node.Child(-1).Children() { // a dataclass or pydantic model
		if n.Is(syntax.AnnAssign) && n.Child(0).Is(syntax.Name) && n.Count() == 2 {
			p := code.Param{Name: n.Child(0).Text(), Annotation: n.First(syntax.Annotation).Child(0)}
			m.Params = append(m.Params, l.params(r, []code.Param{p}, language, deep+1)...)
		}
	}
	return m
}

// place is the folder from which a module is imported, and its name from there.
func (l *look) place(m *code.Module, r *code.Resolver) (root, name string) {
	language := syntax.Python
	if t := m.Tree(); t != nil {
		language = t.Language
	}
	switch language {
	case syntax.TypeScript:
		return l.above(path.Dir(m.Path), "package.json"), m.Path
	case syntax.Go:
		return l.above(path.Dir(m.Path), "go.mod"), m.Name
	}
	folder := path.Dir(m.Path)
	up := folder
	for up != "." && l.has[path.Join(up, "__init__.py")] {
		up = path.Dir(up)
	}
	if up == folder { // no package by its files; relative imports say how far one reaches
		for range dots(r) {
			if up != "." {
				up = path.Dir(up)
			}
		}
	}
	rel := strings.TrimSuffix(strings.TrimPrefix(m.Path, prefix(up)), ".py")
	rel = strings.TrimSuffix(rel, "/__init__")
	return up, strings.ReplaceAll(rel, "/", ".")
}

func prefix(folder string) string {
	if folder == "." {
		return ""
	}
	return folder + "/"
}

// dots is how many folders up the relative imports of a file reach.
func dots(r *code.Resolver) int {
	most := 0
	if r == nil {
		return 0
	}
	for n := range r.Tree().Root().All(syntax.ImportFrom) {
		most = max(most, n.Op())
	}
	return most
}

// above is the nearest folder with a file; "." when none has it.
func (l *look) above(folder, file string) string {
	for ; folder != "."; folder = path.Dir(folder) {
		if l.has[folder+"/"+file] {
			return folder
		}
	}
	return "."
}

func (l *look) exported(def *code.Def, language syntax.Language) bool {
	switch language {
	case syntax.TypeScript:
		return exportedScript(def)
	case syntax.Notebook:
		return false
	}
	return true
}

var (
	address     = regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(:\d+)?(/[^\s{}<>"']*)?$`)
	hostName    = regexp.MustCompile(`^([a-z0-9-]+\.)+[a-z]{2,}$`)
	environment = regexp.MustCompile(`^[A-Z][A-Z0-9_]{2,60}$`)
)

// most files whose surroundings are read.
const mostFiles = 400

// surroundings reads what the files of the functions, and those that they import, say about the world that they need.
func (l *look) surroundings(files map[string]bool) {
	queue := make([]string, 0, len(files))
	for f := range files {
		queue = append(queue, f)
	}
	sort.Strings(queue)
	names, addresses := map[string]bool{}, map[string]bool{}
	for i := 0; i < len(queue) && i < mostFiles; i++ {
		r := l.resolver(queue[i])
		if r == nil {
			continue
		}
		for _, im := range r.ImportsOf() {
			if im.Def == nil {
				continue
			}
			if p := im.Def.Path; !files[p] && source.Scope(p) != source.ScopeVendored {
				files[p] = true
				queue = append(queue, p)
			}
		}
		if r.Tree().Language == syntax.TypeScript {
			for module, names := range outsideModules(r.Tree().Root()) {
				l.out.Modules[module] = append(l.out.Modules[module], names...)
			}
		}
		r.Tree().Root().Walk(func(n syntax.Node) bool {
			if !n.Is(syntax.String, syntax.Attr) {
				return true
			}
			text := n.Text()
			switch {
			case n.Is(syntax.Attr):
				if environment.MatchString(text) && strings.HasSuffix(n.Child(0).Source(), "env") {
					names[strings.Clone(text)] = true
				}
			case environment.MatchString(text) && isEnvironment(n):
				names[strings.Clone(text)] = true
			case len(text) < 200 && address.MatchString(text):
				addresses[strings.Clone(text)] = true
			case len(text) < 80 && hostName.MatchString(text) && strings.Count(text, ".") < 4 && !strings.HasSuffix(text, ".py") && !strings.HasSuffix(text, ".md") && !strings.HasSuffix(text, ".json"):
				addresses["https://"+text+"/"] = true
			}
			return true
		})
	}
	l.out.Names, l.out.Addresses = slices.Sorted(maps.Keys(names)), slices.Sorted(maps.Keys(addresses))
}

// isEnvironment tells whether a text is asked of the environment.
func isEnvironment(n syntax.Node) bool {
	p := n.Parent()
	return p.Is(syntax.Call, syntax.Subscript) && strings.Contains(strings.ToLower(p.Child(0).Source()), "env")
}

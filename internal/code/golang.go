package code

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// A package of Go is a folder: what one file declares the others see. Its import path is the path of the go.mod above
// it and the folders below that. Names of Go are "import/path.Name" and, for methods, "import/path.Type.Method"; the
// major version in an import path ("/v2") is left out, because it says nothing of what a name means. A composite
// literal is a call of its type, see package syntax.

// goPackage is what the files of a folder declare at the top.
type goPackage struct {
	names   map[string][]*Module      // functions, types, variables, constants
	methods map[string][]goMethodNode // by the receiver's type
}

type goMethodNode struct {
	module *Module
	name   string
	node   int
}

// mostPackage is how many files of one folder are looked through for what it declares.
const mostPackage = 400

// goRoot reads the module path of a go.mod.
func (p *Program) goRoot(name string) {
	file := p.read(name)
	if file == nil {
		return
	}
	for line := range bytes.Lines(file.Content()) {
		fields := strings.Fields(string(line))
		if len(fields) >= 2 && fields[0] == "module" {
			module := plainPath(strings.Trim(fields[1], `"`))
			p.roots[module] = append(p.roots[module], folderOf(name))
			p.rootIn[folderOf(name)] = module
			return
		}
	}
}

func folderOf(name string) string {
	dir := path.Dir(name)
	if dir == "." || dir == "/" {
		return ""
	}
	return dir
}

// goFile files a source file under its package; go.mod files come before in the order of paths only by chance, so
// the package's import path is set when all are known.
func (p *Program) goFile(m *Module) {
	if !strings.HasSuffix(m.Path, "_test.go") {
		dir := folderOf(m.Path)
		p.packages[dir] = append(p.packages[dir], m)
	}
	m.Name, m.Package = p.goPath(folderOf(m.Path)), false
}

// goPath is the import path of a folder: by the nearest go.mod above, else the folder itself.
func (p *Program) goPath(dir string) string {
	for root := dir; ; root = folderOf(root) {
		if module, ok := p.rootIn[root]; ok {
			return plainPath(path.Join(module, strings.TrimPrefix(strings.TrimPrefix(dir, root), "/")))
		}
		if root == "" {
			break
		}
	}
	if dir == "" {
		return "main"
	}
	return dir
}

// plainPath is an import path without its major version.
func plainPath(name string) string {
	if !strings.Contains(name, "/v") {
		return name
	}
	parts := strings.Split(name, "/")
	return strings.Join(slices.DeleteFunc(parts, isVersion), "/")
}

func isVersion(part string) bool {
	if len(part) < 2 || part[0] != 'v' || part == "v1" { // v1 is a folder like any other
		return false
	}
	for _, c := range part[1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// goTarget follows an import path: into the program where a go.mod claims it; where the program has no go.mod at all,
// to the folder whose last two parts it shares.
func (p *Program) goTarget(from *Module, name string) target {
	t := target{name: plainPath(name)}
	for prefix := t.name; ; prefix = prefix[:strings.LastIndexByte(prefix, '/')] {
		best, found := "", false
		for _, root := range p.roots[prefix] {
			dir := path.Join(root, strings.TrimPrefix(strings.TrimPrefix(t.name, prefix), "/"))
			if len(p.packages[dir]) == 0 {
				continue
			}
			if !found || shared(dir+"/", from.Path) > shared(best+"/", from.Path) {
				best, found = dir, true
			}
		}
		if found {
			if example := exampleFolder(from.Path); example == "" || strings.HasPrefix(best+"/", example) {
				t.modules = p.packages[best]
			}
			return t
		}
		if strings.IndexByte(prefix, '/') < 0 {
			break
		}
	}
	if len(p.roots) == 0 {
		parts := strings.Split(t.name, "/")
		for i := 1; i+1 < len(parts); i++ {
			if list := p.packages[strings.Join(parts[i:], "/")]; len(list) > 0 {
				t.modules = list
				return t
			}
		}
	}
	return t
}

// exampleFolder is the folder of examples that a file stands in, with a slash; "" for others. An example in a library's
// own repository reads the library as its users do: from outside.
func exampleFolder(file string) string {
	for i, c := range file {
		if c != '/' {
			continue
		}
		switch file[strings.LastIndexByte(file[:i], '/')+1 : i] {
		case "examples", "example", "_examples", "samples", "sample", "testapps":
			return file[:i+1]
		}
	}
	return ""
}

// goLocal tells whether an import path could be of the program.
func (p *Program) goLocal(name string) bool {
	if strings.IndexByte(name, '/') < 0 {
		return len(p.roots[name]) > 0
	}
	for prefix := plainPath(name); ; {
		if len(p.roots[prefix]) > 0 {
			return true
		}
		i := strings.LastIndexByte(prefix, '/')
		if i < 0 {
			break
		}
		prefix = prefix[:i]
	}
	return len(p.roots) == 0 && len(p.packages) > 0 && p.firsts[name[strings.LastIndexByte(name, '/')+1:]]
}

// Siblings gives the other files of a Go file's package, sorted; nil for other languages. What a test declares only
// tests see.
func (p *Program) Siblings(of string) []string {
	m := p.modules[of]
	if m == nil || m.language != syntax.Go {
		return nil
	}
	var paths []string
	for _, other := range p.packages[folderOf(of)] {
		if other != m {
			paths = append(paths, other.Path)
		}
	}
	return paths
}

// declared lists what the package in a folder declares.
func (p *Program) declared(dir string) *goPackage {
	if known, ok := p.contents.Load(dir); ok {
		return known.(*goPackage)
	}
	g := &goPackage{names: map[string][]*Module{}, methods: map[string][]goMethodNode{}}
	for i, m := range p.packages[dir] {
		if i >= mostPackage {
			break
		}
		l := m.load()
		if l.tree == nil {
			continue
		}
		for n := range l.tree.Root().Children() {
			switch n.Kind() {
			case syntax.FuncDef:
				if n.Op() == 2 {
					receiver := receiverType(n)
					g.methods[receiver] = append(g.methods[receiver], goMethodNode{m, n.Text(), n.Index()})
					continue
				}
				g.add(n.Text(), m)
			case syntax.ClassDef:
				g.add(n.Text(), m)
			case syntax.Assign, syntax.AnnAssign:
				if t := n.Child(0); t.Is(syntax.Tuple) {
					for c := range t.Children() {
						g.add(c.Text(), m)
					}
				} else {
					g.add(t.Text(), m)
				}
			}
		}
	}
	p.contents.Store(dir, g)
	return g
}

func (g *goPackage) add(name string, m *Module) {
	if name != "" && name != "_" && name != "init" && !slices.Contains(g.names[name], m) {
		g.names[name] = append(g.names[name], m)
	}
}

// receiverType is the name of the type that a method is of.
func receiverType(method syntax.Node) string {
	t := method.First(syntax.Param).First(syntax.Annotation).Child(0)
	for t.Is(syntax.Unary, syntax.Subscript) {
		t = t.Child(0)
	}
	return t.Text()
}

// goMethod tells whether a definition is a method of Go.
func goMethod(n syntax.Node) bool {
	return n.Is(syntax.FuncDef) && n.Op() == 2 && n.Tree().Language == syntax.Go
}

func inGo(n syntax.Node) bool {
	t := n.Tree()
	return t != nil && t.Language == syntax.Go
}

// sibling is what another file of the package declares under a name; nil when none does.
func (r *Resolver) sibling(m *Module, name string) *Value {
	for _, other := range r.program.declared(folderOf(m.Path)).names[name] {
		key := memberKey{other, name}
		if other == m || r.seeking[key] {
			continue
		}
		put(&r.seeking, key, true)
		v := r.memberOf(other, name, 0)
		delete(r.seeking, key)
		if v != nil {
			return v
		}
	}
	return nil
}

// goBody gathers the methods of a type from the files of its package, and what they set its fields to.
func (r *Resolver) goBody(def *Def) *classBody {
	b := &classBody{methods: map[string]syntax.Node{}, attrs: map[string][]attrSet{}, grows: map[string][]attrGrow{}}
	for _, m := range r.program.declared(folderOf(def.Module.Path)).methods[def.Node.Text()] {
		l := r.load(m.module)
		n := l.tree.At(m.node)
		if !goMethod(n) || n.Text() != m.name {
			continue
		}
		if _, twice := b.methods[m.name]; twice {
			continue // one for each operating system
		}
		b.methods[m.name] = n
		b.order = append(b.order, n)
		b.selfWrites(n, syntax.Go)
	}
	r.fields(def, b)
	for block := range def.Node.All(syntax.Block) { // of an interface
		b.read(block, syntax.Go)
	}
	return b
}

// fields adds what the package's own literals of a struct give its fields, and what the functions around them set these to
// later, with the fields' types.
func (r *Resolver) fields(def *Def, b *classBody) {
	types := map[string]syntax.Node{}
	var names []string
	for f := range def.Node.First(syntax.Block).All(syntax.AnnAssign) {
		names = append(names, f.Child(0).Text())
		types[f.Child(0).Text()] = f.Child(1).Child(0)
	}
	if len(types) == 0 {
		return
	}
	for i, m := range r.program.packages[folderOf(def.Module.Path)] {
		l := r.load(m)
		if i >= mostFiles || l.tree == nil {
			continue
		}
		for _, site := range r.sitesOf(l, def.Node.Text()) {
			if site.Op() != 2 || !site.Child(0).Is(syntax.Name) {
				continue
			}
			function := site
			for !function.IsZero() && !function.Is(syntax.FuncDef) {
				function = function.Parent()
			}
			for k := range site.All(syntax.Keyword) {
				if list := b.attrs[k.Text()]; len(list) < 8 {
					b.attrs[k.Text()] = append(list, attrSet{node: k, value: k.Child(0), method: function})
				}
			}
			for _, name := range names {
				for _, value := range r.putLater(l, site, name) {
					if list := b.attrs[name]; len(list) < 8 {
						b.attrs[name] = append(list, attrSet{node: value.Parent(), value: value, method: function})
					}
				}
			}
		}
	}
	for name, sets := range b.attrs {
		for i := range sets {
			sets[i].annotation = types[name]
		}
	}
}

// mostFiles is how many files of a package are looked through for literals of its structs.
const mostFiles = 40

// abstract tells whether a method is one that an interface only asks for.
func abstract(n syntax.Node) bool {
	return inGo(n) && n.Parent().Parent().Is(syntax.ClassDef)
}

// goDoc is the comment right above a declaration of Go.
func goDoc(n syntax.Node) string {
	s := n.Span()
	if s.File == nil {
		return ""
	}
	text := s.File.Text(max(0, int(s.Start)-4000), int(s.Start))
	lines := strings.Split(text, "\n")
	if len(lines) < 2 || strings.TrimSpace(lines[len(lines)-1]) != "" && strings.TrimSpace(lines[len(lines)-1]) != "type" {
		return ""
	}
	lines = lines[:len(lines)-1]
	from := len(lines)
	for from > 0 && strings.HasPrefix(strings.TrimSpace(lines[from-1]), "//") {
		from--
	}
	var doc []string
	for _, line := range lines[from:] {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "//go:") || strings.HasPrefix(line, "//nolint") {
			continue
		}
		doc = append(doc, strings.TrimPrefix(strings.TrimPrefix(line, "//"), " "))
	}
	return strings.TrimSpace(strings.Join(doc, "\n"))
}

// packageGuesses are the names that a package may have whose import path ends in something that is no name, or is
// not the name: go-openai, openai-go, yaml.v3.
func packageGuesses(importPath string) []string {
	last := importPath[strings.LastIndexByte(importPath, '/')+1:]
	if i := strings.LastIndex(last, ".v"); i > 0 {
		last = last[:i]
	}
	var all []string
	add := func(s string) {
		if s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	short := last
	for _, prefix := range []string{"go-", "go."} {
		short = strings.TrimPrefix(short, prefix)
	}
	for _, suffix := range []string{"-golang", "-go", ".go", "-sdk"} {
		short = strings.TrimSuffix(short, suffix)
	}
	add(last)
	add(short)
	add(strings.ReplaceAll(short, "-", ""))
	add(strings.ReplaceAll(short, "-", "_"))
	if i := strings.LastIndexByte(short, '-'); i >= 0 {
		add(short[i+1:])
		add(short[:strings.IndexByte(short, '-')])
	}
	return all
}

// goMentions finds the import paths of a Go file.
func goMentions(content []byte) []Mention {
	var found []Mention
	for at := 0; ; {
		i := bytes.Index(content[at:], importWord)
		if i < 0 {
			return found
		}
		i += at
		at = i + len(importWord)
		if i > 0 && content[i-1] != '\n' || at >= len(content) || isWord(content[at]) {
			continue
		}
		rest := bytes.TrimLeft(content[at:], " \t")
		if len(rest) == 0 {
			return found
		}
		if rest[0] != '(' {
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			found = goImportLine(found, rest[:end], len(content)-len(rest))
			continue
		}
		end := bytes.IndexByte(rest, ')')
		if end < 0 {
			end = min(len(rest), 1<<16)
		}
		offset := len(content) - len(rest) + 1
		for line := range bytes.Lines(rest[1:end]) {
			found = goImportLine(found, line, offset)
			offset += len(line)
		}
		at = min(len(content), len(content)-len(rest)+end)
	}
}

// goImportLine reads one import: a name, perhaps, and a path in quotes.
func goImportLine(found []Mention, line []byte, offset int) []Mention {
	if comment := bytes.Index(line, []byte("//")); comment >= 0 && !bytes.ContainsAny(line[:comment], "\"`") {
		return found
	}
	from := bytes.IndexAny(line, "\"`")
	if from < 0 {
		return found
	}
	to := bytes.IndexByte(line[from+1:], line[from])
	if to <= 0 {
		return found
	}
	return append(found, Mention{Name: plainPath(string(line[from+1 : from+1+to])), Offset: offset + from + 1})
}

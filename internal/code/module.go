package code

import (
	"path"
	"slices"
	"sort"
	"strings"

	"fermata/internal/syntax"
)

// find gives the modules of the program that an absolute Python import could mean, the likeliest first.
//
// Nobody tells us sys.path, so every folder above the importing file counts as a root, the nearest first, with its
// src folder; folders that are packages themselves come after those that are not. When none fits, a package of the tree
// that a project installs under that name counts, nearest first: a monorepo installs its parts so. What merely is called
// so somewhere else in the tree does not: "agents" is then the package of that name, and not an app's agents.py.
func (p *Program) find(from *Module, name string) []*Module {
	first, _, _ := cut(name)
	var found, late []*Module
	for dir := path.Dir(from.Path); p.firsts[first]; dir = path.Dir(dir) {
		if dir == "." || dir == "/" {
			dir = ""
		}
		for _, sub := range [...]string{"", "src"} {
			var room [120]byte
			if stem := appendPath(appendPath(append(room[:0], dir...), sub), first); !p.stems[string(stem)] {
				continue
			}
			if m := p.fileOf(path.Join(dir, sub, strings.ReplaceAll(name, ".", "/"))); m != nil && m != from {
				if dir != "" && p.modules[dir+"/__init__.py"] != nil {
					late = append(late, m)
				} else {
					found = append(found, m)
				}
			}
		}
		if dir == "" {
			break
		}
	}
	found = append(found, late...)
	if len(found) > 0 {
		return found
	}
	if p.firsts[first] {
		for _, m := range p.ending(name) {
			if m != from {
				found = append(found, m)
			}
		}
	}
	if len(found) == 0 {
		// The scanned folder may be a package itself, or lie in one: its own modules are then imported by names that
		// begin with folders that we do not see.
		if rest := name; strings.IndexByte(rest, '.') > 0 {
			for {
				_, rest, _ = cut(rest)
				if strings.IndexByte(rest, '.') < 0 {
					break
				}
				if m := p.fileOf(strings.ReplaceAll(rest, ".", "/")); m != nil && m != from {
					return []*Module{m}
				}
			}
		}
		return nil
	}
	if len(found) > 1 {
		sort.SliceStable(found, func(i, j int) bool {
			a, b := shared(found[i].Path, from.Path), shared(found[j].Path, from.Path)
			if a != b {
				return a > b
			}
			return found[i].order < found[j].order
		})
	}
	return found
}

// ending lists the modules whose dotted name ends in a name, at a folder from which projects install packages; in the
// order of paths.
func (p *Program) ending(name string) []*Module {
	if list, ok := p.endings.get(name); ok {
		return list
	}
	var found []*Module
	first, _, _ := cut(name)
	last := name[strings.LastIndexByte(name, '.')+1:]
	for _, m := range p.tails[last] {
		if len(m.Name) < len(name) || m.Name[len(m.Name)-len(name):] != name || len(m.Name) > len(name) && m.Name[len(m.Name)-len(name)-1] != '.' {
			continue
		}
		root := strings.ReplaceAll(strings.TrimSuffix(m.Name[:len(m.Name)-len(name)], "."), ".", "/")
		if root != "" && p.modules[root+"/__init__.py"] != nil || !p.installs(root, first) {
			continue
		}
		found = append(found, m)
	}
	return p.endings.put(strings.Clone(name), found) // the name may be a part of a file
}

// appendPath adds a part to a path.
func appendPath(to []byte, part string) []byte {
	if len(to) > 0 && part != "" {
		to = append(to, '/')
	}
	return append(to, part...)
}

// libraries are the usual names of folders that hold packages, or projects of which each holds packages.
var libraries = map[string]bool{"lib": true, "libs": true, "packages": true, "vendor": true, "vendored": true, "third_party": true, "site-packages": true}

// installs tells whether a folder is one from which a project installs a package of that name: the scanned folder
// itself, a src folder, a library folder or one in it, or a folder with the project's own manifest. A module that is no
// package is installed by hardly anybody.
func (p *Program) installs(root, first string) bool {
	switch {
	case root == "":
		return true
	case !p.folders[root+"/"+first]:
		return false
	}
	name := path.Base(root)
	return name == "src" || name == "python" || libraries[name] || libraries[path.Base(path.Dir(root))] || p.projects[root]
}

// fileOf is the module in a file or package folder; where there are both, Python takes the package.
func (p *Program) fileOf(stem string) *Module {
	if !p.stems[stem] {
		return nil
	}
	for _, ending := range [...]string{"/__init__.py", ".py", ".pyi"} {
		if m := p.modules[stem+ending]; m != nil {
			return m
		}
	}
	return nil
}

// shared counts the folders that two paths have in common from the root.
func shared(a, b string) int {
	n := 0
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if a[i] == '/' {
			n++
		}
	}
	return n
}

// packageFolder is the folder that a relative Python import of that many dots starts from.
func packageFolder(from *Module, dots int) string {
	dir := path.Dir(from.Path)
	for ; dots > 1; dots-- {
		dir = path.Dir(dir)
	}
	if dir == "." {
		return ""
	}
	return dir
}

// target is what an import statement names as a module.
type target struct {
	name    string    // dotted name as imported; relative imports are made absolute
	modules []*Module // modules of the program that it could be, likeliest first
	folder  string    // for a package without __init__.py: its folder
}

// importTarget follows the module part of an import.
func (r *Resolver) importTarget(from *Module, dots int, name string) target {
	return r.program.importTarget(from, dots, name)
}

type targetKey struct {
	dots int
	name string
}

func (p *Program) pythonTarget(from *Module, dots int, name string) target {
	if dots > 0 {
		rel := strings.ReplaceAll(name, ".", "/")
		stem := path.Join(packageFolder(from, dots), rel)
		t := target{name: strings.ReplaceAll(stem, "/", ".")}
		if m := p.fileOf(stem); m != nil {
			t.modules = []*Module{m}
		} else if p.folders[stem] {
			t.folder = stem
		}
		return t
	}
	t := p.absoluteTarget(from, name)
	if slices.Contains(t.modules, from) {
		return p.findTarget(from, name) // a file does not import itself
	}
	return t
}

// absoluteTarget is what an absolute import of Python names for the files of a folder, which is found once for all of
// them: a file among them that is called so is not left out here.
func (p *Program) absoluteTarget(from *Module, name string) target {
	if t, ok := from.imports.get(name); ok {
		return t
	}
	name = strings.Clone(name) // it may be a part of a file
	neighbour := &Module{Path: path.Join(path.Dir(from.Path), "?"), program: p, language: syntax.Python}
	return from.imports.put(name, p.findTarget(neighbour, name))
}

// findTarget finds what an absolute import of Python names.
func (p *Program) findTarget(from *Module, name string) target {
	t := target{name: name, modules: p.find(from, name)}
	if first, _, _ := cut(name); len(t.modules) == 0 && (first == "" || p.firsts[first]) {
		rel := strings.ReplaceAll(name, ".", "/")
		for dir := path.Dir(from.Path); ; dir = path.Dir(dir) {
			if dir == "." {
				dir = ""
			}
			if stem := path.Join(dir, rel); p.folders[stem] {
				t.folder = stem
				break
			}
			if dir == "" || dir == "/" {
				break
			}
		}
	}
	return t
}

// scriptTarget follows a module specifier of JavaScript: relative paths, and paths from the folder of the program
// where such a path exists ("@/lib/agents" and "src/lib/agents" by the usual aliases).
func (p *Program) scriptTarget(from *Module, specifier string) target {
	specifier = bareSpecifier(specifier)
	t := target{name: specifier}
	try := func(stem string) bool {
		stem = strings.TrimPrefix(stem, "/")
		for _, s := range [...]string{stem, strings.TrimSuffix(strings.TrimSuffix(stem, ".js"), ".mjs")} {
			for _, ending := range [...]string{"", ".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".cjs", "/index.ts", "/index.tsx", "/index.js", "/index.mjs"} {
				if m := p.modules[s+ending]; m != nil && m.language == syntax.TypeScript && m != from {
					t.modules = []*Module{m}
					return true
				}
			}
		}
		return false
	}
	if strings.HasPrefix(specifier, ".") {
		try(path.Join(path.Dir(from.Path), specifier))
		return t
	}
	if len(p.manifests) > 0 {
		w := p.workspaces()
		for _, place := range append(w.aliased(path.Dir(from.Path), specifier), w.places(specifier)...) {
			if try(place) {
				return t
			}
		}
	}
	rest, aliased := strings.CutPrefix(specifier, "@/")
	if !aliased {
		rest, aliased = strings.CutPrefix(specifier, "~/")
	}
	if !aliased {
		rest, aliased = specifier, strings.HasPrefix(specifier, "src/") || strings.HasPrefix(specifier, "app/") || strings.HasPrefix(specifier, "lib/")
	}
	if !aliased {
		return t
	}
	for dir := path.Dir(from.Path); ; dir = path.Dir(dir) {
		if dir == "." {
			dir = ""
		}
		if try(path.Join(dir, rest)) || try(path.Join(dir, "src", rest)) {
			return t
		}
		if dir == "" || dir == "/" {
			return t
		}
	}
}

// member is what a module has under a name: a definition, an import of its own that it passes on, a submodule. The
// names that it went by on the way are kept. Nil when the program's modules do not have it.
func (r *Resolver) member(t target, name string, depth int) *Value {
	if depth > 24 {
		return nil
	}
	for _, m := range t.modules {
		key := memberKey{m, name}
		if r.seeking[key] {
			continue
		}
		put(&r.seeking, key, true)
		v := r.memberOf(m, name, depth)
		delete(r.seeking, key)
		if v != nil {
			return v
		}
	}
	folder := t.folder
	if folder == "" && len(t.modules) > 0 && t.modules[0].Package {
		folder = path.Dir(t.modules[0].Path)
	}
	if folder != "" {
		stem := path.Join(folder, name)
		if m := r.program.fileOf(stem); m != nil {
			return r.packageValue(target{name: t.name + "." + name, modules: []*Module{m}})
		}
		if r.program.folders[stem] {
			return r.packageValue(target{name: t.name + "." + name, folder: stem})
		}
	}
	return nil
}

type memberKey struct {
	module *Module
	name   string
}

func (r *Resolver) memberOf(m *Module, name string, depth int) *Value {
	if h := r.program.handedOn(m, name, 0); h != nil {
		if v := h.value(r); v != nil {
			return v
		}
	}
	l := r.load(m)
	if l.tree == nil {
		return nil
	}
	if m.language == syntax.TypeScript {
		return r.exported(l, name, depth)
	}
	if _, ok := l.top.names[name]; ok {
		if v := r.bound(l.top, name, syntax.Node{}, nil); v != nil {
			return v
		}
	}
	for i := len(l.top.stars) - 1; i >= 0; i-- {
		star := l.top.stars[i]
		if strings.HasPrefix(name, "_") {
			continue
		}
		if v := r.member(r.importTarget(m, star.Op(), star.Text()), name, depth+1); v != nil {
			return v
		}
	}
	return nil
}

// packageValue is a module as a value.
func (r *Resolver) packageValue(t target) *Value {
	if len(t.modules) == 0 && t.folder == "" {
		return &Value{Kind: External, Ref: Ref{Name: t.name}}
	}
	return &Value{Kind: Package, Ref: Ref{Name: t.name}, more: &more{pkg: &t}}
}

// imported is what "from t import name" gives.
func (r *Resolver) imported(t target, name string) *Value {
	dotted := name
	if t.name != "" {
		dotted = t.name + "." + name
	}
	if v := r.member(t, name, 0); v != nil {
		return v.named(dotted)
	}
	if len(t.modules) == 0 && t.folder == "" {
		return &Value{Kind: External, Ref: Ref{Name: dotted}}
	}
	// The program has a module of that name without such a member: the name is from a library that is called the
	// same, or made at run time. Both read best as an external name.
	return &Value{Kind: External, Ref: Ref{Name: dotted}}
}

// named gives the value one more name that it is imported by. For a definition of the program that is then its name,
// because library code is known by the name that it is imported by.
func (v *Value) named(name string) *Value {
	switch v.Kind {
	case Function, Class, External, Package:
	default:
		return v
	}
	if v.Ref.Name == name || name == "" {
		return v
	}
	c := *v
	if v.Kind == External || v.Kind == Package {
		// What only passes through the program keeps the name it has outside.
		c.Ref.Names = append(append([]string(nil), v.Ref.Names...), name)
		return &c
	}
	c.Ref.Names = append([]string{v.Ref.Name}, v.Ref.Names...)
	c.Ref.Name = name
	return &c
}

// Local tells whether an import could be of the program at all, by its first part: most imports are of libraries and
// need not be looked for.
func (p *Program) Local(name string) bool {
	if name == "" {
		return false
	}
	if name[0] == '.' || name[0] == '@' || name[0] == '~' || p.goLocal(name) {
		return true
	}
	first := name
	if i := strings.IndexAny(name, "./"); i > 0 {
		first = name[:i]
	}
	return p.firsts[first]
}

// Imported gives the paths of the source files that an import in a file names; "from a import b" should be asked as
// "a" and "a.b".
func (p *Program) Imported(from, name string) []string {
	m := p.modules[from]
	if m == nil {
		return nil
	}
	var t target
	switch m.language {
	case syntax.TypeScript:
		t = p.scriptTarget(m, name)
	case syntax.Go:
		t = p.goTarget(m, name)
	default:
		dots := 0
		for dots < len(name) && name[dots] == '.' {
			dots++
		}
		if dots == 0 {
			t = p.absoluteTarget(m, name)
		} else {
			t = p.pythonTarget(m, dots, name[dots:])
		}
	}
	var paths []string
	for _, m := range t.modules {
		paths = append(paths, m.Path)
	}
	return paths
}

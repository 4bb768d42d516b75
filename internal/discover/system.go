package discover

import (
	"maps"
	"path"
	"slices"
	"sort"
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// A tree often holds several programs: the services of a monorepo, a folder of examples, a course's notebooks. What
// runs apart has no memory, process or user in common, so each program is a system of its own.
//
// Files belong to one system when they are of one project (the nearest folder with a manifest) and one imports the
// other, directly or through others; when they are of one Python package or one JavaScript project; when a flow that was
// seen joins what they define; or when one asks over A2A what the other offers. Configuration belongs to its project's program where there is only one.
//
// A system is called after the folder that its files have in common, or its only file; a project with a single program
// gives that program the project's folder, so that a second one elsewhere renames nothing. A tree with one system
// leaves it without a name.

// TreeSystem is the name of the system that stands at the tree's top where a tree has several.
const TreeSystem = "."

// manifests are the names of files that make a folder a project.
var manifests = map[string]bool{
	"pyproject.toml": true, "setup.py": true, "setup.cfg": true, "requirements.txt": true, "Pipfile": true, "environment.yml": true,
	"package.json": true, "deno.json": true, "go.mod": true, "Cargo.toml": true, "pom.xml": true, "build.gradle": true, "build.gradle.kts": true,
}

// mostUsers is how many files may import a file that still ties them together; one that more import is a library.
const mostUsers = 12

// programs tells the programs of a tree apart; each file is a node of a union-find.
type programs struct {
	parent   map[string]string
	projects map[string]bool // folders with a manifest
	packages map[string]bool // folders with an __init__.py
	users    map[string]int  // importing files of each file
}

func (g *programs) find(name string) string {
	root := name
	for g.parent[root] != "" && g.parent[root] != root {
		root = g.parent[root]
	}
	for name != root {
		name, g.parent[name] = g.parent[name], root
	}
	return root
}

// join makes two files (or the keys of folders) one program. The lesser name stands for both, so the order is no matter.
func (g *programs) join(a, b string) {
	a, b = g.find(a), g.find(b)
	switch {
	case a < b:
		g.parent[b] = a
	case b < a:
		g.parent[a] = b
	}
}

// project is the folder of a file's project, "" for the tree's top.
func (g *programs) project(file string) string { return innermost(g.projects, file) }

// projectFolders are the folders below the tree's top that have a manifest.
func projectFolders(paths []string) map[string]bool {
	folders := map[string]bool{}
	for _, name := range paths {
		if dir := path.Dir(name); manifests[path.Base(name)] && dir != "." {
			folders[dir] = true
		}
	}
	return folders
}

// innermost is the nearest folder above a file that is one of a set, "" for none.
func innermost(folders map[string]bool, file string) string {
	for dir := path.Dir(file); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if folders[dir] {
			return dir
		}
	}
	return ""
}

// projectOf is the folder of a file's project, "" for the tree's top.
func (r *run) projectOf(file string) string { return innermost(r.projects(), file) }

// pkg is the outermost folder of the Python package that a file is in, "" for none.
func (g *programs) pkg(file string) string {
	found := ""
	for dir := path.Dir(file); dir != "." && g.packages[dir]; dir = path.Dir(dir) {
		found = dir
	}
	return found
}

// systems gives the name of each file's system; imports are pairs of importing and imported file.
func (r *run) systems(fragments []fragment, imports [][2]string) map[string]string {
	g := &programs{parent: map[string]string{}, projects: r.projects(), packages: map[string]bool{}, users: map[string]int{}}
	for _, name := range r.paths {
		if path.Base(name) == "__init__.py" {
			g.packages[path.Dir(name)] = true
		}
	}
	alone := map[string]bool{}
	for _, x := range r.extractors {
		alone[x.Name] = x.Standalone
	}
	for _, edge := range imports {
		g.users[edge[1]]++
	}
	for _, edge := range imports {
		if a, b := edge[0], edge[1]; g.users[b] <= mostUsers && source.Scope(a) == source.Scope(b) && g.project(a) == g.project(b) {
			g.join(a, b)
		}
	}
	said := map[string]bool{} // files that say something
	settings := map[string]bool{}
	for i := range fragments {
		f := &fragments[i]
		if len(f.elements)+len(f.flows)+len(f.controls)+len(f.entries) == 0 || len(f.places) > 0 {
			continue // what is said of places follows what is there
		}
		said[f.path] = true
		switch language := syntax.LanguageOf(f.path); {
		case language == syntax.TypeScript:
			if source.Scope(f.path) == source.ScopeMain {
				g.join(f.path, "script:"+g.project(f.path))
			}
		case language == syntax.Notebook, alone[f.extractor]:
		case !SourceCode(f.path):
			settings[f.path] = true
		case language == syntax.Python:
			if pkg := g.pkg(f.path); pkg != "" && source.Scope(f.path) == source.ScopeMain {
				g.join(f.path, "package:"+pkg)
			}
		default:
			g.join(f.path, "folder:"+path.Dir(f.path)) // a Go package
		}
		for _, flow := range f.flows {
			g.tie(flow.from, flow.to)
		}
		for _, e := range f.elements {
			if at := definedAt(e.Ref); at != "" {
				said[at] = true
			}
		}
	}
	for _, peers := range joinedPeers(fragments) { // who asks and who answers make one system
		if a, b := peers[0], peers[1]; said[a] && said[b] && source.Scope(a) == source.Scope(b) {
			g.join(a, b)
		}
	}
	g.settle(said, settings, imports)
	return g.names(said)
}

// tie joins the files of a flow's ends.
func (g *programs) tie(from, to Ref) {
	if a, b := definedAt(from), definedAt(to); a != "" && b != "" && a != b && source.Scope(a) == source.Scope(b) {
		g.join(a, b)
	}
}

// definedAt is the file in which a Ref's thing is defined; "" for what is shared by name.
func definedAt(r Ref) string {
	if strings.HasPrefix(r.key, sharedKey) {
		return ""
	}
	return r.path
}

// settle gives configuration to the only program of its project, and tests and examples to the program that they
// import.
func (g *programs) settle(said, settings map[string]bool, imports [][2]string) {
	mains := map[string][]string{} // project → its programs
	for _, file := range slices.Sorted(maps.Keys(said)) {
		if SourceCode(file) && source.Scope(file) == source.ScopeMain {
			project, program := g.project(file), g.find(file)
			if !slices.Contains(mains[project], program) {
				mains[project] = append(mains[project], program)
			}
		}
	}
	for _, file := range slices.Sorted(maps.Keys(settings)) {
		if SourceCode(g.find(file)) {
			continue // a flow joins it already
		}
		if list := mains[g.project(file)]; len(list) == 1 && source.Scope(file) == source.ScopeMain {
			g.join(file, list[0])
		} else {
			g.join(file, "settings:"+g.project(file)+":"+source.Scope(file))
		}
	}
	used := map[string][]string{} // program of tests or examples → programs that it imports
	for _, edge := range imports {
		if a, b := edge[0], edge[1]; said[b] && source.Scope(a) != source.ScopeMain && source.Scope(b) == source.ScopeMain && g.project(a) == g.project(b) {
			if a, b := g.find(a), g.find(b); a != b && !slices.Contains(used[a], b) {
				used[a] = append(used[a], b)
			}
		}
	}
	for _, a := range slices.Sorted(maps.Keys(used)) {
		if len(used[a]) == 1 {
			g.join(a, used[a][0])
		}
	}
}

// names names the programs; a tree with one leaves it without a name.
func (g *programs) names(said map[string]bool) map[string]string {
	members := map[string][]string{}
	for _, file := range slices.Sorted(maps.Keys(said)) {
		root := g.find(file)
		members[root] = append(members[root], file)
	}
	if len(members) < 2 {
		return nil
	}
	perProject := map[string]int{} // programs of the project's own code
	for _, files := range members {
		once := map[string]bool{}
		for _, f := range files {
			if project := g.project(f); source.Scope(f) == source.ScopeMain && !once[project] {
				once[project] = true
				perProject[project]++
			}
		}
	}
	out, taken := map[string]string{}, map[string]bool{}
	for _, root := range byWeight(members) {
		files := members[root]
		own := slices.DeleteFunc(slices.Clone(files), func(f string) bool { return source.Scope(f) != source.ScopeMain })
		name := commonFolder(files)
		if len(own) > 0 {
			name = commonFolder(own)
			if project := g.project(own[0]); perProject[project] == 1 && within(name, project) {
				name = project
			}
		}
		switch {
		case len(own) == 1 && perProject[g.project(own[0])] > 1:
			name = own[0]
		case len(files) == 1 && len(own) == 0:
			name = files[0]
		}
		if name == "" {
			name = TreeSystem
		}
		if taken[name] {
			name = files[0]
		}
		taken[name] = true
		for _, f := range files {
			out[f] = name
		}
	}
	return out
}

// byWeight orders programs: those with code of their own first, and of these the larger, so that it gets the shorter
// name.
func byWeight(members map[string][]string) []string {
	weight := map[string]int{}
	for root, files := range members {
		for _, f := range files {
			if SourceCode(f) && source.Scope(f) == source.ScopeMain {
				weight[root]++
			}
		}
	}
	roots := slices.Sorted(maps.Keys(members))
	sort.SliceStable(roots, func(i, k int) bool { return weight[roots[i]] > weight[roots[k]] })
	return roots
}

// within tells whether a folder is another or below it.
func within(folder, other string) bool {
	return other == "" || folder == other || strings.HasPrefix(folder, other+"/")
}

// commonFolder is the innermost folder that holds all files, "" for the tree's top.
func commonFolder(files []string) string {
	common := path.Dir(files[0])
	for _, f := range files[1:] {
		for common != "." && !strings.HasPrefix(f, common+"/") {
			common = path.Dir(common)
		}
	}
	if common == "." {
		return ""
	}
	return common
}

// sharedKey begins the keys of things that are shared by their name (see [Named]).
const sharedKey = "named:"

// sharedApart stands in such a key before the system in which the thing is shared.
const sharedApart = "\x00"

// apart makes of what fragments share by its name one thing for each system.
func apart(fragments []fragment, system map[string]string) {
	if system == nil {
		return
	}
	for i := range fragments {
		f := &fragments[i]
		of := system[f.path]
		key := func(key *string) {
			if strings.HasPrefix(*key, sharedKey) {
				*key += sharedApart + of
			}
		}
		own := func(r *Ref) {
			key(&r.key)
			if more := r.more(); strings.HasPrefix(more.template, sharedKey) {
				key(&more.template)
				*r = r.with(more)
			}
		}
		for _, e := range f.elements {
			own(&e.Ref)
			key(&e.about)
		}
		for _, flow := range f.flows {
			own(&flow.from)
			own(&flow.to)
			key(&flow.about)
		}
		for k := range f.controls {
			c := &f.controls[k]
			if flow := c.on.more().flow; flow != nil {
				copied := *flow
				own(&copied.from)
				own(&copied.to)
				c.on = FlowRef(copied.kind, copied.from, copied.to)
			}
			own(&c.on)
			own(&c.by)
			key(&c.about)
		}
		for k := range f.unresolved {
			key(&f.unresolved[k].about)
			own(&f.unresolved[k].unless)
		}
		for k := range f.offers {
			own(&f.offers[k].ref)
		}
		for k := range f.starts {
			own(&f.starts[k].ref)
		}
		for k := range f.entries {
			for n := range f.entries[k].fills {
				own(&f.entries[k].fills[n].ref)
			}
		}
	}
}

package discover

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// A client's configuration names an MCP server by how it is started; the server's source is often in the same tree.
// The two are one element. Whoever reads the source says under which names the server starts ([Pass.StartedBy]);
// whoever reads a configuration gives the names that its command could mean, likeliest first. They are joined where
// one server, and only one, goes by such a name.

// How strongly a server is tied to a name.
const (
	Held    = 1 // it is made in that file or package
	Running = 2 // it is run there
)

type offer struct {
	name   string
	ref    Ref
	weight int
}

type start struct {
	ref   Ref
	names []string
}

// StartedBy says that starting a file, module, package or port starts a server: "file:src/index.ts",
// "package:weather-server" (see [PackageName]), "port:8000".
func (p *Pass) StartedBy(ref Ref, weight int, names ...string) {
	for _, n := range names {
		p.fragment.offers = append(p.fragment.offers, offer{n, ref, weight})
	}
}

// StartsAs says under which names whatever a Ref is about could be in the tree, likeliest first; see [Pass.StartedBy].
func (p *Pass) StartsAs(ref Ref, names ...string) {
	if len(names) > 0 {
		p.fragment.starts = append(p.fragment.starts, start{ref, names})
	}
}

// SameAs says that a Ref names the same thing as another, which is described.
func (p *Pass) SameAs(ref, other Ref) {
	name := "same:" + other.key
	p.StartedBy(other, Running, name)
	p.fragment.starts = append(p.fragment.starts, start{ref, []string{name}})
}

// PackageName is the launch name of a package or program.
func PackageName(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), "[")
	return "package:" + strings.ReplaceAll(name, "_", "-")
}

// PortName is the launch name of what listens on a port of this machine.
func PortName(port int) string { return "port:" + strconv.Itoa(port) }

// launchNames lists what a server's command line could start, likeliest first.
func (p *Pass) launchNames(s MCPServer, l launch) []string {
	var names []string
	add := func(n string) {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if s.Command == "" {
		if isLoopback(s.URL) {
			if _, port, ok := strings.Cut(hostOf(s.URL), ":"); ok {
				add("port:" + port)
			}
		}
		return names
	}
	bases := []string{}
	for dir := path.Dir(p.Path()); ; dir = path.Dir(dir) {
		bases = append(bases, dir)
		if dir == "." || dir == "/" {
			break
		}
	}
	all := append([]string{s.Command}, s.Args...)
	for i, a := range all {
		if i+1 < len(all) && (a == "--directory" || a == "--project" || a == "--prefix" || a == "--cwd") {
			bases = append([]string{strings.TrimSuffix(all[i+1], "/")}, bases...)
		}
	}
	module := ""
	for i, a := range all {
		var entry string
		switch {
		case a == "-m" && i+1 < len(all):
			entry = p.moduleFile(bases, all[i+1])
			module, _, _ = strings.Cut(all[i+1], ".")
		case sourceFile(a):
			entry = p.sourceOf(bases, a)
		}
		if entry != "" {
			for _, file := range p.Reached(entry, mostReached) {
				add("file:" + file)
			}
		}
	}
	if module != "" {
		add(PackageName(module))
	}
	if l.name != "" && !strings.ContainsAny(l.name, " \\") {
		if !l.local {
			add(PackageName(l.name))
		}
		if !l.fetched && !l.local { // a program of the project: uv run weather
			add(PackageName(path.Base(l.name)))
		}
	}
	for i, a := range all { // uvx --from git+https://… program
		if a == "--from" && i+2 < len(all) && !strings.HasPrefix(all[i+2], "-") {
			add(PackageName(all[i+2]))
		}
		if (a == "--directory" || a == "--project") && i+1 < len(all) {
			for _, rest := range all[i+2:] {
				if rest != "run" && !strings.HasPrefix(rest, "-") && !sourceFile(rest) {
					add(PackageName(rest))
					break
				}
			}
			add("package:" + strings.ReplaceAll(strings.ToLower(path.Base(strings.TrimSuffix(all[i+1], "/"))), "_", "-"))
		}
	}
	return names
}

func sourceFile(arg string) bool {
	switch path.Ext(arg) {
	case ".py", ".js", ".mjs", ".cjs", ".ts", ".mts":
		return !strings.HasPrefix(arg, "-")
	}
	return false
}

// built are the folders into which compilers write, so that what is started there has its source elsewhere.
var built = []string{"dist", "build", "lib", "out", ".build"}

// sourceOf finds the source file that an argument means: as it stands, from the folders that it may be relative to,
// or by the end of an absolute path of somebody's machine; for built JavaScript the file that it is built from.
func (p *Pass) sourceOf(bases []string, arg string) string {
	arg = strings.ReplaceAll(arg, "\\", "/")
	for strings.HasPrefix(arg, "${") || strings.HasPrefix(arg, "$") || strings.HasPrefix(arg, "<") { // ${workspaceFolder}/x
		_, rest, ok := strings.Cut(arg, "/")
		if !ok {
			return ""
		}
		arg = rest
	}
	for _, base := range bases {
		if found := p.builtFrom(path.Join(base, arg)); found != "" {
			return found
		}
	}
	// The tail of an absolute path, at least a folder and a name long.
	parts := strings.Split(strings.Trim(arg, "/"), "/")
	for i := 1; i+1 < len(parts); i++ {
		for _, base := range append([]string{"."}, bases...) {
			if found := p.builtFrom(path.Join(base, path.Join(parts[i:]...))); found != "" {
				return found
			}
		}
	}
	if len(parts) > 1 && (strings.HasPrefix(arg, "/") || strings.Contains(arg, ":/")) {
		// All that is left of somebody's absolute path is the name of a file, which stands where they would have it.
		for _, base := range bases {
			if file := path.Join(base, parts[len(parts)-1]); p.Exists(file) {
				return file
			}
		}
	}
	return ""
}

// builtFrom is a file of the tree, or the source file that a compiler makes it from.
func (p *Pass) builtFrom(file string) string {
	file = path.Clean(file)
	if strings.HasPrefix(file, "..") {
		return ""
	}
	if p.Exists(file) {
		return file
	}
	stem := strings.TrimSuffix(file, path.Ext(file))
	if path.Ext(file) == ".py" {
		return ""
	}
	stems := []string{stem}
	for _, dir := range built {
		for _, cut := range []string{"/" + dir + "/", dir + "/"} {
			if cut[0] != '/' && !strings.HasPrefix(stem, cut) {
				continue
			}
			if before, after, ok := strings.Cut(stem, cut); ok {
				stems = append(stems, path.Join(before, "src", after), path.Join(before, after), path.Join(before, strings.TrimPrefix(after, "src/")))
			}
		}
	}
	for _, s := range stems {
		for _, ending := range []string{".ts", ".mts", ".js", ".mjs", ".tsx"} {
			if p.Exists(s + ending) {
				return s + ending
			}
		}
	}
	return ""
}

// moduleFile finds the file that python -m starts.
func (p *Pass) moduleFile(bases []string, module string) string {
	rel := strings.ReplaceAll(module, ".", "/")
	for _, base := range bases {
		for _, dir := range []string{base, path.Join(base, "src")} {
			for _, ending := range []string{"/__main__.py", ".py", "/__init__.py"} {
				if file := path.Join(dir, rel+ending); p.Exists(file) {
					return file
				}
			}
		}
	}
	return ""
}

// Bounds of following imports from the file that a command starts.
const (
	mostReached = 48
	farthest    = 5
)

// Reached lists a file and the files of the program that it imports, directly or through others, nearest first and no
// more than that many.
func (p *Pass) Reached(entry string, most int) []string {
	list := []string{entry}
	seen := map[string]bool{entry: true}
	for from, distance := 0, 0; distance < farthest && from < len(list) && len(list) < most; distance++ {
		to := len(list)
		for _, file := range list[from:to] {
			content := p.run.readFile(file)
			if content == nil {
				continue
			}
			var next []string
			for _, m := range code.Mentions(content.Content(), syntax.LanguageOf(file)) {
				if p.run.program.Local(m.Name) {
					next = append(next, p.run.program.Imported(file, m.Name)...)
				}
			}
			slices.Sort(next)
			for _, n := range next {
				if !seen[n] && len(list) < most {
					seen[n] = true
					list = append(list, n)
				}
			}
		}
		from = to
	}
	return list
}

// launches finds for each server of a configuration the server whose source is in the tree.
func (l *linker) launches(fragments []fragment) {
	offers := map[string][]offer{}
	for i := range fragments {
		for _, o := range fragments[i].offers {
			if key, ok := l.shared[o.ref.key]; ok {
				o.ref.key = key
			}
			if !l.replaced(o.ref.key) {
				offers[o.name] = append(offers[o.name], o)
			}
		}
	}
	l.agentsByName(fragments, offers)
	if len(offers) == 0 {
		return
	}
	for i := range fragments {
		for _, s := range fragments[i].starts {
			if ref, ok := startedAs(s, offers, path.Dir(fragments[i].path)); ok && ref.key != s.ref.key {
				l.launched[s.ref.key] = ref
				if s.peer() {
					l.peers = append(l.peers, [2]string{fragments[i].path, ref.path})
				}
			}
		}
	}
}

// peer tells whether a start is about an agent that is asked over A2A.
func (s start) peer() bool { return len(s.names) > 0 && strings.HasPrefix(s.names[0], "a2a-") }

// agentsByName lets an agent that is asked over A2A by its name be the agent of the tree that is called so, where no
// server presents one of that name.
func (l *linker) agentsByName(fragments []fragment, offers map[string][]offer) {
	wanted := map[string]bool{}
	for i := range fragments {
		for _, s := range fragments[i].starts {
			for _, name := range s.names {
				if strings.HasPrefix(name, "a2a-name:") && len(offers[name]) == 0 {
					wanted[name] = true
				}
			}
		}
	}
	if len(wanted) == 0 {
		return
	}
	for i := range fragments {
		for _, e := range fragments[i].elements {
			name := peerName(e.model.Name)
			if e.model.Kind == model.Agent && wanted[name] && !e.remark() && !l.replaced(e.Ref.key) && source.Scope(fragments[i].path) == source.ScopeMain {
				offers[name] = append(offers[name], offer{name, e.Ref, Running})
				if l.isAgent == nil {
					l.isAgent = map[string]bool{}
				}
				l.isAgent[e.Ref.key] = true
			}
		}
	}
}

// joinedPeers are the files whose programs ask, and those that answer, over A2A.
func joinedPeers(fragments []fragment) [][2]string {
	asks := func(f fragment) bool { return slices.ContainsFunc(f.starts, start.peer) }
	if !slices.ContainsFunc(fragments, asks) {
		return nil
	}
	l := &linker{byKey: map[string]*joined{}, instances: map[string][]string{}, shared: map[string]string{}, launched: map[string]Ref{}}
	l.templates(fragments)
	l.launches(fragments)
	return l.peers
}

// startedAs is the one server that goes by one of the names; servers that are run there count before those that are
// only made there. Of several agents that answer at one port, the one in the folder of whoever asks is meant; of several
// of one name, the one that stands nearest.
func startedAs(s start, offers map[string][]offer, folder string) (Ref, bool) {
	for weight := Running; weight >= Held; weight-- {
		for _, name := range s.names {
			var only, near Ref
			several, crowd := false, false
			for _, o := range offers[name] {
				if o.weight < weight {
					continue
				}
				if strings.HasPrefix(name, "a2a-") && path.Dir(o.ref.path) == folder {
					crowd = crowd || !near.IsZero() && near.key != o.ref.key
					near = o.ref
				}
				several = several || !only.IsZero() && only.key != o.ref.key
				only = o.ref
			}
			if several && !near.IsZero() && !crowd {
				return near, true
			}
			if several && strings.HasPrefix(name, "a2a-") {
				up := neighbours
				if strings.HasPrefix(name, "a2a-name:") {
					up = 1 << 10
				}
				if ref, ok := nearest(offers[name], folder, up); ok {
					return ref, true
				}
			}
			if several {
				break // the name means several servers: which one is not known
			}
			if !only.IsZero() {
				return only, true
			}
		}
	}
	return Ref{}, false
}

// neighbours is how many folders up those may meet who answer at a port and who ask there.
const neighbours = 2

// nearest is the offer that shares most folders with whoever asks; none when two share as many, or when they meet only
// further up than that.
func nearest(list []offer, folder string, up int) (Ref, bool) {
	best, most, tie := Ref{}, 0, false
	for _, o := range list {
		n := 0
		for shared, left := folder, up; shared != "." && shared != "/" && left >= 0; shared, left = path.Dir(shared), left-1 {
			if strings.HasPrefix(o.ref.path, shared+"/") {
				n = strings.Count(shared, "/") + 1
				break
			}
		}
		switch {
		case n > most:
			best, most, tie = o.ref, n, false
		case n == most && o.ref.key != best.key:
			tie = true
		}
	}
	return best, !tie && most > 0
}

package code

import (
	"path"
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// A package of JavaScript is a folder with a package.json that names it. Packages of one program import each other by
// these names, and files by the patterns of tsconfig.json.

// workspace is what the manifests of a program's JavaScript say.
type workspace struct {
	packages map[string]string  // folders by the names of packages
	entries  map[string]string  // the file that a package starts with, as its manifest says, by its name
	aliases  map[string][]alias // by the folder of a tsconfig.json
}

// alias is an entry of "paths": what a specifier begins and ends with, and the places that this stands for.
type alias struct {
	before, after string
	star          bool
	places        []string
}

// workspaces reads the manifests once, when the first specifier asks for them.
func (p *Program) workspaces() *workspace {
	p.manifestsOnce.Do(func() {
		w := &workspace{packages: map[string]string{}, entries: map[string]string{}, aliases: map[string][]alias{}}
		for _, name := range p.manifests {
			if strings.Contains(name, "node_modules/") {
				continue
			}
			file := p.read(name)
			if file == nil {
				continue
			}
			root := syntax.ParseAs(file, syntax.JSON).Root()
			folder := folderOf(name)
			if path.Base(name) != "package.json" {
				w.read(folder, root.Argument("compilerOptions"))
				continue
			}
			pkg := root.Argument("name").Text()
			if _, taken := w.packages[pkg]; pkg == "" || taken || !root.Argument("name").Is(syntax.String) {
				continue
			}
			w.packages[pkg] = folder
			for _, key := range []string{"source", "types", "module", "main"} {
				if entry := root.Argument(key); entry.Is(syntax.String) && w.entries[pkg] == "" {
					w.entries[pkg] = entry.Text()
				}
			}
		}
		p.workspace = w
	})
	return p.workspace
}

// read takes the aliases of a tsconfig.json.
func (w *workspace) read(folder string, options syntax.Node) {
	base := folder
	if b := options.Argument("baseUrl"); b.Is(syntax.String) {
		base = path.Join(folder, b.Text())
	}
	for key, list := range options.Argument("paths").Pairs() {
		a := alias{}
		a.before, a.after, a.star = strings.Cut(key.Text(), "*")
		for place := range list.Children() {
			if place.Is(syntax.String) {
				a.places = append(a.places, path.Join(base, place.Text()))
			}
		}
		w.aliases[folder] = append(w.aliases[folder], a)
	}
}

// aliased gives the places that a specifier may stand for by the nearest tsconfig.json that knows it.
func (w *workspace) aliased(from, specifier string) []string {
	for dir := from; ; dir = path.Dir(dir) {
		if dir == "." || dir == "/" {
			dir = ""
		}
		var found []string
		for _, a := range w.aliases[dir] {
			rest, fits := strings.CutPrefix(specifier, a.before)
			switch {
			case !a.star && specifier == a.before:
				found = append(found, a.places...)
			case a.star && fits && strings.HasSuffix(rest, a.after):
				for _, place := range a.places {
					found = append(found, strings.Replace(place, "*", strings.TrimSuffix(rest, a.after), 1))
				}
			}
		}
		if len(found) > 0 || dir == "" {
			return found
		}
	}
}

// places gives the paths at which a package of the program may have what a specifier names.
func (w *workspace) places(specifier string) []string {
	for pkg := specifier; pkg != "" && pkg != "." && pkg != "/"; pkg = path.Dir(pkg) {
		folder, ok := w.packages[pkg]
		if !ok {
			continue
		}
		rest := strings.TrimPrefix(strings.TrimPrefix(specifier, pkg), "/")
		if rest != "" {
			return []string{path.Join(folder, rest), path.Join(folder, "src", rest), path.Join(folder, "lib", rest)}
		}
		all := []string{path.Join(folder, "src/index"), path.Join(folder, "index")}
		if entry := w.entries[pkg]; entry != "" { // what is built stands for what it is built from
			stem := strings.TrimSuffix(strings.TrimSuffix(entry, path.Ext(entry)), ".d")
			source := path.Join(folder, strings.Replace(path.Clean(stem), "dist", "src", 1))
			all = slices.Insert(all, 0, path.Join(folder, entry), source)
		}
		return all
	}
	return nil
}

// bareSpecifier is the name of a package without what Deno and Bun write around it: "npm:ai@4.1.0" is ai.
func bareSpecifier(specifier string) string {
	rest, registry := strings.CutPrefix(specifier, "npm:")
	if !registry {
		if rest, registry = strings.CutPrefix(specifier, "jsr:"); !registry {
			return specifier
		}
	}
	rest = strings.TrimPrefix(rest, "/")
	from := 0
	if strings.HasPrefix(rest, "@") {
		from = strings.IndexByte(rest, '/') + 1
	}
	if at := strings.IndexByte(rest[from:], '@'); at > 0 {
		version := rest[from+at:]
		_, below, deeper := strings.Cut(version, "/")
		rest = rest[:from+at]
		if deeper {
			rest += "/" + below
		}
	}
	return rest
}

package langgraph

import (
	"path"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// A langgraph.json says which graphs of a project a server offers, and with what: the code behind each, who is let in,
// the environment, a store. The graph itself is the code's; what the file says is added to it.

// mostGraphs is how many graphs of one file are looked up.
const mostGraphs = 200

// deployment reads such a file.
func deployment(p *discover.Pass) {
	root := p.Tree().Root()
	for root.Is(syntax.Module, syntax.Document) {
		root = root.Child(0)
	}
	graphs := root.Argument("graphs")
	if !graphs.Is(syntax.Map) || root.Argument("dependencies").IsZero() && root.Argument("node_version").IsZero() && root.Argument("python_version").IsZero() && root.Argument("env").IsZero() {
		return
	}
	home := path.Dir(p.Path())
	auth := root.Argument("auth").Argument("path")
	known := map[string]*code.Resolver{}
	count := 0
	for key, v := range graphs.Pairs() {
		place := v
		if v.Is(syntax.Map) {
			place = v.Argument("path")
		}
		file, symbol, ok := strings.Cut(place.Text(), ":")
		if !place.Is(syntax.String) || !ok {
			continue
		}
		if count++; count > mostGraphs {
			p.Unresolved("graphs", "the file names more graphs than are looked up", key.Span())
			return
		}
		file = moduleAt(p, home, file, root.Argument("dependencies"))
		if _, asked := known[file]; !asked {
			known[file] = p.CodeOf(file)
		}
		refs := graphAt(p, known[file], symbol)
		if len(refs) == 0 {
			p.Unresolved("the graph "+key.Text(), "the code behind it was not found or is not understood", place.Span())
			continue
		}
		for _, ref := range refs {
			e := p.Element(model.Orchestrator, ref, "").Alias(key.Text()).
				FactBecause("entry", model.Yes, "a server offers it", place.Span())
			if auth.Is(syntax.String) {
				p.Control("access-control", ref, discover.Ref{}, model.Evidenced, auth.Span())
				e.FactBecause("exposed", model.No, "the server checks who calls", auth.Span())
			}
			secrets(p, ref, root.Argument("env"))
		}
	}
	if store := root.Argument("store"); store.Is(syntax.Map) && count > 0 {
		p.Element(model.Memory, discover.Local(p.Path(), "store"), "store", store.Span()).Technology(technology).
			FactBecause("persistent", model.Yes, "the server keeps it in its database", store.Span())
	}
}

// moduleAt is the file behind a graph's place: a path from the file's own folder, or a dotted module of the project or of
// one of the folders that it depends on, where packages may lie under src.
func moduleAt(p *discover.Pass, home, place string, dependencies syntax.Node) string {
	if strings.Contains(place, "/") || p.Exists(path.Join(home, place)) {
		return path.Join(home, place)
	}
	folders := []string{home}
	for d := range dependencies.Children() {
		if d.Is(syntax.String) && strings.HasPrefix(d.Text(), ".") {
			folders = append(folders, path.Join(home, d.Text()))
		}
	}
	inner := strings.ReplaceAll(place, ".", "/")
	for _, folder := range folders {
		for _, below := range []string{"", "src"} {
			for _, end := range []string{".py", "/__init__.py"} {
				if file := path.Join(folder, below, inner+end); p.Exists(file) {
					return file
				}
			}
		}
	}
	return path.Join(home, place)
}

// graphAt gives the agents or graphs that a module's name stands for: an object, or what a function of it makes.
func graphAt(p *discover.Pass, r *code.Resolver, symbol string) []discover.Ref {
	if r == nil || r.Tree() == nil {
		return nil
	}
	f := &file{Pass: p, code: r, done: map[string]bool{}}
	var refs []discover.Ref
	for s := range r.Tree().Root().Children() {
		switch {
		case s.Is(syntax.Assign, syntax.AnnAssign) && s.Child(0).Is(syntax.Name) && s.Child(0).TextIs(symbol):
			refs = f.agentRefs(r.Eval(s.Child(-1)))
		case s.Is(syntax.FuncDef) && s.TextIs(symbol):
			if def := r.DefinitionOf(s); def != nil {
				refs = f.agentRefs(r.Returns(def))
			}
		}
	}
	return refs
}

// secrets describes the literal secrets of an environment that stands in the file.
func secrets(p *discover.Pass, ref discover.Ref, env syntax.Node) {
	if !env.Is(syntax.Map) {
		return
	}
	for key, v := range env.Pairs() {
		if !discover.SecretName(key.Text()) || !v.Is(syntax.String) || v.Text() == "" {
			continue
		}
		to := discover.Local(p.Path(), "env", key.Text())
		e := p.Element(model.Credential, to, key.Text(), v.Span())
		if discover.Placeholder(v.Text()) {
			e.FactBecause("plain-text", model.No, "only its name stands in the file", v.Span())
		} else {
			e.FactBecause("plain-text", model.Yes, "its value stands in the file", v.Span())
		}
		p.Flow(model.CredentialUse, ref, to, v.Span())
	}
}

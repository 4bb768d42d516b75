package code

import (
	"strings"

	"fermata/internal/syntax"
)

// Most names that a program imports are functions and classes that stand in their module, or that a package hands on
// from there. What such a name leads to follows from the text alone, whoever asks, so it is found once for the program.

// handedOn is where a name of a module leads: a definition, with the names that it goes by on the way.
type handedOn struct {
	place defPlace
	kind  ValueKind
	name  string
	names []string
}

// mostHandings is how many modules may hand a name on.
const mostHandings = 16

// handedOn finds a function or class that a module of Python has under a name; nil where that takes more than looking
// at imports: the name is bound several times, to a value, or in a way that has to be searched for.
func (p *Program) handedOn(m *Module, name string, depth int) *handedOn {
	if known, ok := m.told().handings.get(name); ok {
		return known
	}
	if depth > mostHandings {
		return nil
	}
	found := p.handing(m, name, depth)
	return m.told().handings.put(strings.Clone(name), found) // the name may be a part of a file
}

func (p *Program) handing(m *Module, name string, depth int) *handedOn {
	if m.language != syntax.Python && m.language != syntax.Notebook {
		return nil
	}
	l := m.load()
	if l.tree == nil {
		return nil
	}
	bindings := l.top.names[name]
	if len(bindings) != 1 {
		return nil
	}
	switch b := &bindings[0]; b.kind {
	case bindDef:
		h := &handedOn{place: defPlace{m, b.node.Index()}, kind: Function, name: m.Name + "." + qualified(b.node)}
		if b.node.Is(syntax.ClassDef) {
			h.kind = Class
		}
		return h
	case bindFrom:
		statement := b.node.Parent()
		t := p.importTarget(m, statement.Op(), statement.Text())
		if len(t.modules) != 1 || t.modules[0] == m {
			return nil
		}
		h := p.handedOn(t.modules[0], b.node.Text(), depth+1)
		if h == nil {
			return nil
		}
		dotted := b.node.Text()
		if t.name != "" {
			dotted = t.name + "." + dotted
		}
		return h.named(dotted)
	}
	return nil
}

// named is [Value.named].
func (h *handedOn) named(name string) *handedOn {
	if h.name == name || name == "" {
		return h
	}
	return &handedOn{place: h.place, kind: h.kind, name: strings.Clone(name), names: append([]string{h.name}, h.names...)}
}

// value is the definition as a resolver sees it.
func (h *handedOn) value(r *Resolver) *Value {
	l := r.load(h.place.module)
	if l.tree == nil {
		return nil
	}
	v := r.definition(l.tree.At(h.place.node), nil)
	if v.Ref.Name == h.name && len(h.names) == 0 {
		return v
	}
	c := *v
	c.Ref.Name, c.Ref.Names = h.name, h.names[:len(h.names):len(h.names)]
	return &c
}

// importTarget follows the module part of an import; it is found once for each file that imports, or for its folder.
func (p *Program) importTarget(from *Module, dots int, name string) target {
	if dots == 0 && from.language != syntax.TypeScript && from.language != syntax.Go {
		return p.pythonTarget(from, 0, name)
	}
	key := targetKey{dots, name}
	if t, ok := from.told().targets.get(key); ok {
		return t
	}
	var t target
	switch from.language {
	case syntax.TypeScript:
		t = p.scriptTarget(from, name)
	case syntax.Go:
		t = p.goTarget(from, name)
	default:
		t = p.pythonTarget(from, dots, name)
	}
	key.name = strings.Clone(name) // they may be parts of a file
	t.name = strings.Clone(t.name)
	return from.told().targets.put(key, t)
}

package code

import (
	"strings"

	"fermata/internal/syntax"
)

// Summaries say what a function gives, or what an attribute of a class's objects is, when nobody says with what they
// were called or made. They are found once for the whole program, whoever asks, by a resolver of the function's own
// file. A summary of one level only stands on summaries of the level below it, so it never depends on who asked first,
// even where functions call each other in circles.

// summaryLevels is how many modules deep the chain of calls behind a name is followed.
const summaryLevels = 3

// maxSummary is how many expressions finding one summary may cost.
const maxSummary = 4_000

type summaryKey struct {
	node  int
	attr  string // "" for a function's result
	level int
}

// summary is a value without anything that belongs to one resolver.
type summary struct {
	kind    ValueKind
	text    string
	name    string
	names   []string
	module  *Module // of the definition, when there is one
	node    int
	members []*summary // of a list or choice, flattened; of anything else itself
	choice  []*summary
	exact   bool // a list of which every item is known: what a function of Go returns
}

// summary finds what a function gives.
func (p *Program) summary(def *Def, level int) *summary {
	if def == nil || def.Kind != FuncDef || level <= 0 {
		return &summary{text: "functions call each other too deeply"}
	}
	key := summaryKey{def.Node.Index(), "", level}
	if s, ok := def.Module.told().summaries.get(key); ok {
		return s
	}
	s := p.summarise(def.Module, key, func(r *Resolver, n syntax.Node) *Value { return r.result(n, nil, n) })
	return def.Module.told().summaries.put(key, s)
}

// attribute finds what an attribute of a class's objects is.
func (p *Program) attribute(def *Def, name string, level int) *summary {
	if level <= 0 {
		return &summary{text: "functions call each other too deeply"}
	}
	key := summaryKey{def.Node.Index(), name, level}
	if s, ok := def.Module.told().summaries.get(key); ok {
		return s
	}
	s := p.summarise(def.Module, key, func(r *Resolver, n syntax.Node) *Value {
		return r.instanceAttribute(r.selfOf(n, n, nil), name, n)
	})
	key.attr = strings.Clone(name)
	return def.Module.told().summaries.put(key, s)
}

func (p *Program) summarise(m *Module, key summaryKey, find func(*Resolver, syntax.Node) *Value) *summary {
	r := p.Resolver(m.Path)
	n := r.own.tree.At(key.node)
	if !n.Is(syntax.FuncDef, syntax.ClassDef) {
		return &summary{text: "it could not be read again"}
	}
	r.level = key.level - 1
	r.brief = true
	r.refOnly = true
	r.total = maxTotal - maxSummary
	return r.shorten(find(r, n), 0)
}

// shorten takes from a value what is not of one resolver.
func (r *Resolver) shorten(v *Value, depth int) *summary {
	// Cloned: a text of a tree would keep the file's content in memory.
	s := &summary{kind: v.Kind, text: strings.Clone(v.Text), name: strings.Clone(v.Ref.Name), names: cloned(v.Ref.Names)}
	if d := v.Ref.Def; d != nil {
		s.module, s.node = d.Module, d.Node.Index()
	}
	switch v.Kind {
	case Choice:
		for i, item := range v.Items {
			if i < 8 && depth < 3 {
				s.choice = append(s.choice, r.shorten(item, depth+1))
			}
		}
	case List, Dict:
		if s.exact = v.Kind == List && !v.Open && len(v.Items) <= 8 && v.Node.Is(syntax.Tuple) && inGo(v.Node); s.exact {
			for _, item := range v.Items {
				s.choice = append(s.choice, r.shorten(item, depth+1))
			}
		} else if depth < 3 {
			for i, m := range v.Members() {
				if i < 16 {
					s.choice = append(s.choice, r.shorten(m, depth+1))
				}
			}
		}
	}
	if v.Kind == Choice || v.Kind == List || v.Kind == Dict {
		for _, c := range s.choice {
			s.members = append(s.members, c.members...)
		}
		if len(s.members) > 32 {
			s.members = s.members[:32]
		}
	} else {
		s.members = []*summary{s}
	}
	return s
}

func cloned(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	own := make([]string, len(list))
	for i, s := range list {
		own[i] = strings.Clone(s)
	}
	return own
}

// ref is what a summary refers to.
func (s *summary) ref(r *Resolver) Ref {
	ref := Ref{Name: s.name, Names: s.names}
	if s.module != nil {
		if n := r.load(s.module).tree.At(s.node); n.Is(syntax.FuncDef, syntax.ClassDef) {
			ref.Def = r.defOf(n)
		}
	}
	return ref
}

// value makes a value of a summary, seen from a resolver.
func (s *summary) value(r *Resolver, n syntax.Node) *Value {
	switch s.kind {
	case Choice, List:
		var items []*Value
		for _, c := range s.choice {
			items = append(items, c.value(r, n))
		}
		if s.kind == Choice {
			return choice(n, items...)
		}
		return &Value{Kind: List, Node: n, Items: items, Open: !s.exact}
	case Dict:
		return &Value{Kind: Dict, Node: n, Open: true}
	case Unknown:
		return &Value{Kind: Unknown, Node: n, Text: s.text, Ref: Ref{Name: s.name, Names: s.names}}
	case Function, Class:
		ref := s.ref(r)
		if ref.Def == nil {
			return unknown(n, "it could not be followed")
		}
		return &Value{Kind: s.kind, Node: ref.Def.Node, Ref: ref, in: r}
	case Instance:
		return &Value{Kind: Instance, Node: n, Ref: s.ref(r), in: r}
	case External, Package:
		return &Value{Kind: External, Node: n, Ref: Ref{Name: s.name, Names: s.names}}
	}
	return &Value{Kind: s.kind, Node: n, Text: s.text}
}

// summarised is what a call of a function gives, as far as what it refers to matters.
func (r *Resolver) summarised(fn *Value, n syntax.Node) *Value {
	if fn.Ref.Def == nil || fn.Ref.Def.Module == r.module {
		return r.result(fn.Node, nil, n)
	}
	return r.program.summary(fn.Ref.Def, r.level).value(r, n)
}

// summarisedAttribute is an attribute of an object of another module's class, likewise.
func (r *Resolver) summarisedAttribute(v *Value, name string, n syntax.Node) *Value {
	got := r.program.attribute(v.Ref.Def, name, r.level).value(r, n)
	if got.Kind == External && got.Base == nil {
		got.Base = v
	}
	if got.Kind == Function {
		got.self = v
	}
	return got
}

// lineage lists the names of a class's bases, direct and not; it is found once for the program.
func (p *Program) lineage(module *Module, node int) []string {
	if names, ok := module.told().lineages.get(node); ok {
		return names
	}
	names := []string{}
	r := p.Resolver(module.Path)
	if n := r.own.tree.At(node); n.Is(syntax.ClassDef) {
		k := r.classOf(r.defOf(n))
		for i, c := range k.line {
			if i > 0 {
				names = append(names, c.def.Module.Name+"."+c.def.Name)
			}
			for _, b := range c.bases {
				names = append(append(names, b.Name), b.Names...)
			}
		}
	}
	return module.told().lineages.put(node, cloned(names))
}

func matchesAny(patterns, names []string) bool {
	for _, name := range names {
		for _, p := range patterns {
			if name != "" && !unlike(p, name) && Match(p, name) {
				return true
			}
		}
	}
	return false
}

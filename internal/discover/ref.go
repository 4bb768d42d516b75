package discover

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Ref names a thing of the system before it has an id. Refs with the same key are the same thing.
type Ref struct {
	key    string
	path   string // where the id will come from: the file,
	symbol string // and the name in it; "" when the thing has none of its own
	class  string // key of the program's class that an object is of; "" for many
	rare   *rare  // nil for most: a Ref stands at both ends of every flow
}

// rare is what few Refs say besides. It is never changed once a Ref has it.
type rare struct {
	template string      // key of the pattern that a factory made this object from
	pattern  string      // key that stands in for the template where nobody describes that
	flow     *Flow       // a Ref of a flow: that flow
	home     source.Span // the class that an object is told apart by
}

// more is what a Ref says besides; the zero value for most.
func (r Ref) more() rare {
	if r.rare == nil {
		return rare{}
	}
	return *r.rare
}

// with is a Ref that says something else besides.
func (r Ref) with(more rare) Ref {
	r.rare = nil
	if more != (rare{}) {
		r.rare = &more
	}
	return r
}

// sharedIn is the system in which a thing is shared by its name, once [apart] has told systems apart.
func (r Ref) sharedIn() string {
	_, system, _ := strings.Cut(r.key, sharedApart)
	return system
}

// IsZero tells whether the Ref names nothing.
func (r Ref) IsZero() bool { return r.key == "" }

// Key is the Ref's identity, for maps.
func (r Ref) Key() string { return r.key }

// Object names an object that the code makes (an [code.Instance], or anything else by its expression's place).
func Object(v *code.Value) Ref {
	if v == nil {
		return Ref{}
	}
	if v.Is(code.Function) || v.Is(code.Class) {
		if v.Ref.Def != nil {
			return Definition(v.Ref.Def)
		}
	}
	path, symbol := v.Symbol()
	home := source.Span{}
	if site := v.Site(); site.Is(syntax.ClassDef) {
		home = nameSpan(site)
	}
	r := Ref{key: "object:" + v.Key(), path: path, symbol: symbol, class: classOf(v)}
	return r.with(rare{template: prefixed("object:", v.Template()), pattern: prefixed("object:", v.Pattern()), home: home})
}

// classOf is the key of the program's class that an object is of. What is said of the class, and of nothing that is
// described itself, is said of its objects.
func classOf(v *code.Value) string {
	if def := v.Ref.Def; v.Is(code.Instance) && def != nil && def.Node.Is(syntax.ClassDef) && v.Base == nil {
		return Definition(def).key
	}
	return ""
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// Definition names a function or class of the program.
func Definition(d *code.Def) Ref {
	if d == nil {
		return Ref{}
	}
	return Ref{key: "def:" + d.ID(), path: d.Module.Path, symbol: d.Name}
}

// Named names a thing that is one and the same in the whole system, such as the model "gpt-4o".
func Named(kind model.Kind, name string) Ref {
	return Ref{key: sharedKey + string(kind) + ":" + name, path: string(kind), symbol: name}
}

// Local names an entry of a file by a path of names in it: Local("config/agents.yaml", "researcher").
func Local(path string, names ...string) Ref {
	symbol := strings.Join(names, ".")
	return Ref{key: "local:" + path + ":" + symbol, path: path, symbol: symbol}
}

// Beside names a thing of the file that another stands in, from wherever that is seen.
func Beside(other Ref, names ...string) Ref { return Local(other.path, names...) }

// Of names a thing that belongs to another: Of(agent, "prompt") is the prompt of that agent. It follows its owner
// when a factory makes several.
func Of(owner Ref, part string) Ref {
	if owner.IsZero() {
		return Ref{}
	}
	r := Ref{key: owner.key + "/" + part, path: owner.path}
	if owner.symbol != "" {
		r.symbol = owner.symbol + "." + part
	}
	var more rare
	if template := owner.more().template; template != "" {
		more.template = template + "/" + part
	}
	if pattern := owner.more().pattern; pattern != "" {
		more.pattern = pattern + "/" + part
	}
	return r.with(more)
}

// InstanceOf is a Ref of something that is made from a pattern, such as an object or subclass of the program's own
// agent class: where such are known, they count instead of the pattern.
func InstanceOf(r, pattern Ref) Ref {
	more := r.more()
	more.template = pattern.key
	return r.with(more)
}

// FlowRef names a flow, so that a control can stand on it.
func FlowRef(kind model.FlowKind, from, to Ref) Ref {
	r := Ref{key: "flow:" + string(kind) + ":" + from.key + "->" + to.key}
	return r.with(rare{flow: &Flow{kind: kind, from: from, to: to}})
}

package code

import (
	"sort"

	"fermata/internal/syntax"
)

func sortStrings(s []string) { sort.Strings(s) }

// Bounds of what a function is held to do.
const (
	bodyDepth = 5
	bodyCalls = 400
)

func (r *Resolver) bodyOf(def *Def) Body {
	b := &bodyWalk{r: r, names: map[string]bool{}, seen: map[syntax.Node]bool{}, complete: true}
	if def != nil {
		b.def(def, 0)
	}
	return Body{Calls: b.calls, Unknown: b.unknown, Complete: b.complete && len(b.unknown) == 0}
}

type bodyWalk struct {
	r        *Resolver
	calls    []Call
	unknown  []Call
	names    map[string]bool
	seen     map[syntax.Node]bool
	complete bool
}

func (b *bodyWalk) def(def *Def, depth int) {
	if b.seen[def.Node] {
		return
	}
	b.seen[def.Node] = true
	if depth > bodyDepth || len(b.calls) > bodyCalls {
		b.complete = false
		return
	}
	if def.Kind == ClassDef {
		for _, m := range b.r.Methods(def) {
			b.def(m, depth)
		}
		return
	}
	for block := range def.Node.All(syntax.Block) {
		b.block(block, depth)
	}
}

func (b *bodyWalk) block(block syntax.Node, depth int) {
	block.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Call) || len(b.calls) > bodyCalls {
			return true
		}
		callee := n.Child(0)
		b.r.start()
		done := b.r.cheaply()
		v := b.r.eval(callee, nil)
		done()
		ref := refOf(v)
		call := Call{Node: n, Callee: ref, Value: v}
		switch {
		case ref.Def != nil && ref.Def.Kind == FuncDef:
			b.def(ref.Def, depth+1)
		case ref.Def != nil && ref.Def.Kind == ClassDef:
			if init := b.r.method(ref.Def, "__init__"); init != nil {
				b.def(init, depth+1)
			}
			for _, name := range b.r.OutsideBases(ref.Def) {
				if name != "builtins.object" {
					b.outside(Call{Node: n, Callee: Ref{Name: name}, Value: v})
				}
			}
		case ref.Name != "" && ref.Name != "lambda":
			b.outside(call)
		case v.Kind == Function: // a lambda or local function: its body stands here too
		default:
			b.unknown = append(b.unknown, call)
		}
		return true
	})
}

func (b *bodyWalk) outside(call Call) {
	if b.names[call.Callee.Name] && !modal(call.Callee.Name) {
		return
	}
	b.names[call.Callee.Name] = true
	b.calls = append(b.calls, call)
}

// modal names are calls whose arguments decide what they do, so that each of them counts.
func modal(name string) bool {
	switch name {
	case "builtins.open", "io.open", "pathlib.Path.open", "aiofiles.open", "requests.request", "httpx.request":
		return true
	}
	return len(name) > 8 && (name[len(name)-8:] == ".execute" || name[len(name)-8:] == ".request")
}

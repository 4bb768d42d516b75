package discover

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Programs that answer for several tools in one function tell by the name what to do: a match or switch, a chain of
// ifs, a table of functions.

// Answer is the code that answers for one name.
type Answer struct {
	At    syntax.Node   // where the name stands
	Nodes []syntax.Node // branches, and functions without a name
	Defs  []*code.Def   // functions and classes of the program
}

// Effects are what the code that answers can do; given as in [Pass.EffectsAt].
func (p *Pass) Effects(a *Answer, given ...string) []Effect {
	if a == nil {
		return nil
	}
	var all [][]Effect
	for _, n := range a.Nodes {
		all = append(all, p.EffectsAt(n, given...))
	}
	for _, d := range a.Defs {
		all = append(all, p.EffectsOf(d))
	}
	return JoinEffects(all)
}

// Dispatch finds the code that answers for each name in a function and in what it calls. Where no names are given, they
// are what the name that the function is asked for is compared with.
func (p *Pass) Dispatch(function syntax.Node, names map[string]bool) map[string]*Answer {
	d := &dispatch{p: p, names: names, found: map[string]*Answer{}, seen: map[syntax.Node]bool{}}
	d.look(function, 0)
	return d.found
}

// deepestDispatch is how many functions further on a name is looked for.
const deepestDispatch = 2

type dispatch struct {
	p     *Pass
	names map[string]bool
	found map[string]*Answer
	seen  map[syntax.Node]bool
}

func (d *dispatch) known(s string) bool { return s != "" && (len(d.names) == 0 || d.names[s]) }

func (d *dispatch) add(name string, at, n syntax.Node, def *code.Def) {
	a := d.found[name]
	if a == nil {
		a = &Answer{At: at}
		d.found[name] = a
	}
	if !n.IsZero() && !slices.Contains(a.Nodes, n) {
		a.Nodes = append(a.Nodes, n)
	}
	if def != nil && !slices.ContainsFunc(a.Defs, def.Same) {
		a.Defs = append(a.Defs, def)
	}
}

func (d *dispatch) look(function syntax.Node, depth int) {
	if d.seen[function] {
		return
	}
	d.seen[function] = true
	blind := len(d.names) == 0
	var further []syntax.Node
	function.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.If:
			if blind && depth > 0 {
				return true
			}
			for _, s := range d.p.NamesAsked(n.Child(0)) {
				if d.known(s) {
					d.add(s, n.Child(0), n.First(syntax.Block), nil)
				}
			}
		case syntax.Match:
			if blind && (depth > 0 || !aboutName(n.Child(0))) {
				return true
			}
			d.p.cases(n, func(s string, at, block syntax.Node) {
				if d.known(s) {
					d.add(s, at, block, nil)
				}
			})
		case syntax.Subscript:
			d.table(n.Child(0))
		case syntax.Call:
			callee := n.Child(0)
			switch {
			case callee.Is(syntax.Attr) && callee.TextIs("get"):
				d.table(callee.Child(0))
			case callee.Is(syntax.Name) && callee.TextIs("getattr") && !blind:
				d.methods(n)
			case callee.Is(syntax.Attr) && callee.TextIs("find"): // tools.find((t) => t.name === call.name)
				d.named(d.p.code.Eval(callee.Child(0)))
			}
			further = append(further, callee)
			for a := range n.Children() { // run_tools(calls, TABLE)
				if a.Is(syntax.Keyword) {
					a = a.Child(0)
				}
				if a != callee && a.Is(syntax.Name, syntax.Attr) && !blind {
					d.table(a)
				}
			}
		}
		return true
	})
	if !blind && len(d.found) >= len(d.names) || depth >= deepestDispatch {
		return
	}
	for _, callee := range further {
		for _, v := range d.p.code.Eval(callee).Each() {
			if v.Is(code.Function) && v.Node.Is(syntax.FuncDef, syntax.Lambda) {
				d.look(v.Node, depth+1)
			}
		}
	}
}

// table is a dictionary of functions by name.
func (d *dispatch) table(object syntax.Node) {
	if !object.Is(syntax.Name, syntax.Attr, syntax.Map) {
		return
	}
	for _, v := range d.p.code.Eval(object).Each() {
		for _, pair := range v.Entries() {
			if key, ok := pair.Key.Constant(); ok && d.known(key) {
				d.does(key, pair.Value)
			}
		}
	}
}

// methods are those of an object of the program that is asked for one of a name: getattr(Tools(), name)(**arguments). One
// of a name that is written down is not chosen by anybody.
func (d *dispatch) methods(call syntax.Node) {
	if call.Child(2).IsZero() || call.Child(2).Is(syntax.String) {
		return
	}
	for _, v := range d.p.code.Eval(call.Child(1)).Each() {
		if def := v.Ref.Def; def != nil && def.Kind == code.ClassDef && (v.Is(code.Instance) || v.Is(code.Class)) {
			for name := range d.names {
				if m := d.p.code.Method(def, name); m != nil && m.Kind == code.FuncDef {
					d.add(name, call, syntax.Node{}, m)
				}
			}
		}
	}
}

// named is a list of tools that are looked through for the one of a name.
func (d *dispatch) named(list *code.Value) {
	if !list.Is(code.List) {
		return
	}
	for _, one := range list.Items {
		if name, ok := one.Get("name").Constant(); ok && one.Is(code.Dict) && d.known(name) {
			d.does(name, one)
		}
	}
}

// does adds what stands in a table for a name: a function, an object of a class, or an object that holds the function.
func (d *dispatch) does(name string, v *code.Value) {
	does := v
	for _, inner := range workKeys { // {"name": {"function": f}}
		if got := does.Get(inner); got != nil {
			does = got
		}
	}
	for _, fn := range does.Each() {
		switch {
		case fn.Is(code.Function) && fn.Ref.Def != nil:
			d.add(name, v.Node, syntax.Node{}, fn.Ref.Def)
		case fn.Is(code.Function):
			d.add(name, v.Node, fn.Node, nil)
		case fn.Is(code.Instance) && fn.Ref.Def != nil && fn.Ref.Def.Kind == code.ClassDef:
			d.add(name, v.Node, syntax.Node{}, fn.Ref.Def)
		}
	}
}

// workKeys are where an object in a table keeps the function that does the work.
var workKeys = []string{"function", "func", "fn", "handler", "callable", "execute", "run"}

// NamesAsked lists the texts with which a condition compares the name of what is asked for.
func (p *Pass) NamesAsked(condition syntax.Node) []string { return p.NamesAskedOf(condition, nil) }

// NamesAskedOf is [Pass.NamesAsked] for names for which of says so; for all where it is nil.
func (p *Pass) NamesAskedOf(condition syntax.Node, of func(syntax.Node) bool) []string {
	var all []string
	condition.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Lambda) {
			return false
		}
		if !n.Is(syntax.Compare) {
			return true
		}
		switch n.Text() {
		case "==", "===", "in", "is":
		default:
			return true
		}
		about := false
		for c := range n.Children() {
			about = about || aboutName(c) && (of == nil || of(c))
		}
		if !about {
			return true
		}
		for c := range n.Children() {
			if aboutName(c) {
				continue
			}
			v := p.code.Eval(c)
			if s, ok := v.Constant(); ok && v.Is(code.String) {
				all = append(all, s)
			}
			if v.Is(code.List) {
				for _, item := range v.Items {
					if s, ok := item.Constant(); ok {
						all = append(all, s)
					}
				}
			}
		}
		return true
	})
	return all
}

// aboutName tells whether an expression is the name of what is asked for.
func aboutName(n syntax.Node) bool {
	text := n.Text()
	if n.Is(syntax.Subscript) && n.Child(1).Is(syntax.String) { // call["name"]
		text = n.Child(1).Text()
	} else if !n.Is(syntax.Name, syntax.Attr) {
		return false
	}
	text = strings.ToLower(strings.ReplaceAll(text, "_", ""))
	switch text {
	case "name", "tool", "fn", "func", "function", "action", "method", "command":
		return true
	}
	return strings.HasSuffix(text, "name") && (strings.Contains(text, "tool") || strings.Contains(text, "func") || strings.Contains(text, "fn") || strings.Contains(text, "action") || strings.Contains(text, "call"))
}

// AboutName is the test by which dispatching code is found: an expression that holds the name of what is asked for.
func AboutName(n syntax.Node) bool { return aboutName(n) }

// cases goes through the cases of a match or switch; a case without statements of its own falls through to the next.
func (p *Pass) cases(match syntax.Node, each func(name string, at, block syntax.Node)) {
	type waiting struct {
		name string
		at   syntax.Node
	}
	var pending []waiting
	for c := range match.All(syntax.Case) {
		block := c.First(syntax.Block)
		for pattern := range c.Children() {
			if pattern == block || pattern.Is(syntax.Guard) {
				continue
			}
			for _, n := range alternatives(pattern) {
				if s, ok := p.code.Eval(n).Constant(); ok {
					pending = append(pending, waiting{s, n})
				}
			}
		}
		if block.Count() == 0 && match.Tree().Language == syntax.TypeScript {
			continue
		}
		for _, w := range pending {
			each(w.name, w.at, block)
		}
		pending = nil
	}
}

// alternatives are the patterns of case a | b.
func alternatives(n syntax.Node) []syntax.Node {
	if n.Is(syntax.Binary) && n.TextIs("|") {
		return append(alternatives(n.Child(0)), alternatives(n.Child(1))...)
	}
	return []syntax.Node{n}
}

// JoinEffects is what one of several functions can do: yes if one does, no if none does.
func JoinEffects(all [][]Effect) []Effect {
	if len(all) == 1 {
		return all[0]
	}
	var out []Effect
	for _, info := range model.Effects {
		var found *Effect
		no := 0
		for _, list := range all {
			for i := range list {
				switch e := &list[i]; {
				case e.Name != info.Name:
				case e.Value == model.Yes && (found == nil || found.Value != model.Yes || found.Fixed && !e.Fixed):
					found = e
				case e.Value == model.No:
					no++
					if found == nil {
						found = e
					}
				}
			}
		}
		if found != nil && (found.Value == model.Yes || no == len(all)) {
			out = append(out, *found)
		}
	}
	return out
}

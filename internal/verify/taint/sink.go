package taint

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// Hit is a kind of sink that a call is, with the arguments that count.
type Hit struct {
	Kind      Kind
	Arguments []syntax.Node

	self bool
}

// SinksAt tells which kinds of sink a call is, of what it calls.
func SinksAt(r *code.Resolver, n syntax.Node, c *Callee) []Hit {
	t := tableOf(n.Tree().Language)
	if t == nil {
		return nil
	}
	return sinksOf(r, t, n, &c.inner)
}

func sinksOf(r *code.Resolver, t *table, n syntax.Node, c *callee) []Hit {
	if len(t.sinks.byLast[c.last])+len(t.sinks.open) == 0 {
		return nil
	}
	var hits []Hit
	var seen mask
	add := func(h Hit) {
		if len(h.Arguments) == 0 && !h.self {
			return
		}
		if seen&h.Kind.mask() == 0 {
			seen |= h.Kind.mask()
			hits = append(hits, h)
		}
	}
	t.sinks.each(c, func(s *entry) {
		if !holds(r, n, s) {
			return
		}
		var found []syntax.Node
		if !s.self || len(s.args) > 0 {
			found = argumentsOf(n, s.args)
		}
		if s.argv {
			argv(r, t, s, found, n, add)
			return
		}
		add(Hit{Kind: s.kind, Arguments: found, self: s.self})
	})
	return hits
}

// argv tells what the program and arguments of a started program are: a shell's command line, another program's
// arguments, or the program itself.
func argv(r *code.Resolver, t *table, s *entry, found []syntax.Node, n syntax.Node, add func(Hit)) {
	if len(found) == 0 {
		return
	}
	parts := found
	if found[0].Is(syntax.List, syntax.Tuple) {
		parts = nil
		for c := range found[0].Children() {
			parts = append(parts, c)
		}
	} else if len(s.args) == 1 && n.Tree().Language == syntax.Python {
		if v := r.Eval(found[0]); v.Is(code.List) && len(v.Items) > 0 && !v.Items[0].Node.IsZero() {
			if program, ok := v.Items[0].Constant(); ok {
				kind := "argument"
				if t.interprets[baseName(program)] {
					for _, item := range v.Items[1:] {
						if handsOver([]syntax.Node{item.Node}) {
							kind = "shell"
						}
					}
				}
				add(Hit{Kind: kindNamed(kind), Arguments: found})
				return
			}
		}
		add(Hit{Kind: kindNamed("command"), Arguments: found})
		return
	} else if len(found) > 1 && found[1].Is(syntax.List) { // execFile(program, [arguments])
		parts = []syntax.Node{found[0]}
		for c := range found[1].Children() {
			parts = append(parts, c)
		}
	}
	if len(parts) == 0 {
		return
	}
	program, fixed := parts[0].Scalar()
	switch {
	case !fixed:
		add(Hit{Kind: kindNamed("command"), Arguments: parts[:1]})
		add(Hit{Kind: kindNamed("argument"), Arguments: mayLead(parts[1:])})
	case t.interprets[baseName(program)]:
		if handsOver(parts[1:]) {
			add(Hit{Kind: kindNamed("shell"), Arguments: parts[1:]})
			return
		}
		add(Hit{Kind: kindNamed("argument"), Arguments: mayLead(parts[1:])})
	default:
		add(Hit{Kind: kindNamed("argument"), Arguments: mayLead(parts[1:])})
	}
}

// mayLead gives those of a program's words that may begin with a hyphen and be read as an option: what stands behind two
// hyphens is none, and neither is a word whose beginning the code says.
func mayLead(parts []syntax.Node) (all []syntax.Node) {
	for _, p := range parts {
		if text, ok := p.Scalar(); ok && text == "--" {
			break
		}
		first := p
		if p.Is(syntax.FString) || p.Is(syntax.Binary) && p.TextIs("+") {
			first = p.Child(0)
		}
		if text, ok := first.Scalar(); ok && strings.Trim(text, "-") != "" {
			continue
		}
		all = append(all, p)
	}
	return all
}

// baseName is a program's name without its folder.
func baseName(program string) string {
	return strings.TrimSuffix(program[strings.LastIndexAny(program, `/\`)+1:], ".exe")
}

// handsOver tells whether an interpreter is given text to run: -c, -e, /c.
func handsOver(parts []syntax.Node) bool {
	for _, p := range parts {
		if s, ok := p.Scalar(); ok {
			switch s {
			case "-c", "-lc", "-ec", "-e", "/c", "/C", "-Command", "-command", "--eval", "-p":
				return true
			}
		}
	}
	return false
}

func kindNamed(name string) Kind {
	k, _ := kindOf(name)
	return k
}

// handed goes through functions that a call is given: some are given what a stranger controls, others what the call
// itself was given.
func (w *walk) handed(n syntax.Node, c *callee, functions []syntax.Node, args map[syntax.Node]marks, self, given marks, e env) {
	callback := w.t.callbacks.first(c)
	if callback != nil && !holds(w.r, n, callback) {
		callback = nil
	}
	for _, f := range functions {
		if callback != nil {
			w.entry(f, callback, n, e)
			continue
		}
		if kind, element, ok := w.mem.owner(w.r.ModuleOf(f).Path, f); ok {
			w.seeded(f, kind, element, n, nil, e)
			continue
		}
		if f.Is(syntax.FuncDef) {
			w.define(f, e)
			continue
		}
		w.lambda(f, e, func(syntax.Node, int) marks { return union(self, given) })
	}
	if callback == nil || w.sum != nil {
		return
	}
	// A function that is given by its name.
	for _, a := range argumentsOf(n, nil) {
		if !a.Is(syntax.Name, syntax.Attr) {
			continue
		}
		ref := w.r.Resolve(a)
		def := ref.Def
		if def == nil && ref.Nameless() {
			def = w.arrow(a)
		}
		if def != nil && def.Kind == code.FuncDef && !w.named[def.Node] {
			if w.named == nil {
				w.named = map[syntax.Node]bool{}
			}
			w.named[def.Node] = true
			w.entry(def.Node, callback, n, env{})
		}
	}
}

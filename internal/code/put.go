package code

import (
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// Programs keep their agents in objects of their frameworks: app.state.agent = …, st.session_state["agent"] = …,
// user_session.set("agent", …). What such an object holds is not known from its class, but what the same file put
// there under the same name is as good.

// putsOf lists, by the text of the place, the values that a file puts into attributes, keys and named slots.
func (r *Resolver) putsOf(l *loaded) map[string][]syntax.Node {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.puts != nil {
		return l.puts
	}
	l.puts = map[string][]syntax.Node{}
	put := func(place string, value syntax.Node) {
		if place != "" && len(l.puts[place]) < 8 {
			l.puts[place] = append(l.puts[place], value)
		}
		if _, name, ok := strings.Cut(place, ".state."); ok && len(l.puts[anyState+name]) < 8 {
			l.puts[anyState+name] = append(l.puts[anyState+name], value)
		}
	}
	l.tree.Root().Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Assign:
			value := n.Child(-1)
			for c := range n.Children() {
				if c != value && c.Is(syntax.Attr, syntax.Subscript) {
					put(slotOf(c), value)
				}
			}
		case syntax.AnnAssign:
			if c := n.Child(0); c.Is(syntax.Attr, syntax.Subscript) && !n.Child(2).IsZero() {
				put(slotOf(c), n.Child(2))
			}
		case syntax.Call:
			if callee := n.Child(0); callee.Is(syntax.Attr) && callee.TextIs("set") && n.Child(1).Is(syntax.String) && !n.Child(2).IsZero() {
				if object := chain(callee.Child(0)); object != "" {
					put(object+"["+n.Child(1).Text()+"]", n.Child(2))
				}
			}
		}
		return true
	})
	return l.puts
}

// slotOf is the text of a place in an object: "app.state.agent", "session[agent]"; "" for others and for self.
func slotOf(n syntax.Node) string {
	switch {
	case n.Is(syntax.Attr):
		if root := rootName(n); root == "self" || root == "this" || root == "cls" {
			return ""
		}
		return chain(n)
	case n.Is(syntax.Subscript) && n.Child(1).Is(syntax.String):
		if object := chain(n.Child(0)); object != "" {
			return object + "[" + n.Child(1).Text() + "]"
		}
	}
	return ""
}

// held is what the file put into a place of an outside object; nil when it put nothing there.
func (r *Resolver) held(place string, n syntax.Node) *Value {
	if place == "" {
		return nil
	}
	here := r.at(n)
	if v := r.putIn(here, place, n); v != nil {
		return v
	}
	state := applicationState(place)
	if state == "" {
		return nil
	}
	if v := r.putIn(here, state, n); v != nil {
		return v
	}
	for _, path := range r.program.aroundApplication(here.module.Path) {
		if l := r.load(r.program.modules[path]); l.tree != nil {
			if v := r.putIn(l, state, n); v != nil {
				return v
			}
		}
	}
	return nil
}

// Bounds of looking for the files of an application, which are few: a module that more files import is a library's.
const (
	mostAbove  = 24
	mostBeside = 96
)

// aroundApplication lists the files that may fill the state of the application which a file of routes belongs to, the
// likeliest first: the application imports its routes, often by way of a router, and may leave its start to a file that
// it imports, too.
func (p *Program) aroundApplication(home string) []string {
	p.importedOnce.Do(func() {
		p.imported = map[string][]string{}
		for target, list := range p.importers {
			for _, path := range list {
				p.imported[path] = append(p.imported[path], target)
			}
		}
		for _, list := range p.imported {
			slices.Sort(list)
		}
	})
	seen := map[string]bool{home: true}
	var files []string
	add := func(paths []string, most int) {
		for _, path := range paths {
			if !seen[path] && len(files) < most && p.modules[path] != nil {
				seen[path] = true
				files = append(files, path)
			}
		}
	}
	add(p.importers[home], mostAbove)
	for i := 0; i < len(files); i++ {
		add(p.importers[files[i]], mostAbove)
	}
	above := files
	for _, path := range above {
		add(p.imported[path], mostBeside)
	}
	return files
}

// applicationState is the place in an application's state that a request leads to, as putsOf has it: request.app.state.agent
// is what was put into the state of the application under that name, whatever the application is called there; "" for
// other places.
func applicationState(place string) string {
	_, name, ok := strings.Cut(place, ".app.state.")
	if !ok || strings.Contains(name, ".") {
		return ""
	}
	return anyState + name
}

// anyState is where putsOf lists what is put into the state of anything.
const anyState = "*.state."

// putIn is what a file put into a place; nil when it put nothing there.
func (r *Resolver) putIn(l *loaded, place string, n syntax.Node) *Value {
	var values []*Value
	for _, value := range r.putsOf(l)[place] {
		if within(n, value) || strings.HasPrefix(place, anyState) && !r.inApplication(value) {
			continue
		}
		if v := r.eval(value, nil); v.Kind != Unknown && v.Kind != Null {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return nil
	}
	return choice(n, values...)
}

// inApplication tells whether a value is put into the state of an application: other objects have a state, too.
func (r *Resolver) inApplication(value syntax.Node) bool {
	for target := range value.Parent().Children() {
		if state := target.Child(0); target.Is(syntax.Attr) && state.Is(syntax.Attr) && state.TextIs("state") {
			for one := range r.eval(state.Child(0), nil).alternatives() {
				if one.Ref.Is("fastapi.FastAPI", "fastapi.applications.FastAPI", "starlette.applications.Starlette") {
					return true
				}
			}
		}
	}
	return false
}

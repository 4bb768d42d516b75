package langgraph

import (
	"slices"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// Steps of a graph hand each other what they found in its state: one looks something up and writes it under a key, another
// reads the key and asks a model with it.

// lookedUp joins an agent with the knowledge that the functions of a step look things up in by clients of their own.
func (f *file) lookedUp(n *node, agent discover.Ref) {
	for _, one := range n.value.Each() {
		if one.Is(code.Function) && one.Ref.Def != nil {
			f.Retrieves(agent, one.Ref.Def)
		}
	}
}

// readers are the agents that a step leaves what it found to: those that come after it and read a key of the state that it
// writes. Where none is seen to, it is the graph.
func (g *graph) readers(n *node, next map[string][]edge) []discover.Ref {
	written := map[string]bool{}
	n.functions(func(function syntax.Node) { keysWritten(function, written) })
	var found []discover.Ref
	seen := map[string]bool{n.name: true}
	queue := slices.Clone(next[n.name])
	for looked := 0; len(queue) > 0 && looked < mostAfter; looked++ {
		ed := queue[0]
		queue = queue[1:]
		after := g.nodes[ed.to]
		if after == nil || seen[ed.to] {
			continue
		}
		seen[ed.to] = true
		queue = append(queue, next[ed.to]...)
		reads := false
		after.functions(func(function syntax.Node) { reads = reads || readsKey(function, written) })
		if reads && !after.agent.IsZero() {
			found = append(found, after.agent)
		}
	}
	if len(found) == 0 {
		return []discover.Ref{g.ref}
	}
	return found
}

// mostAfter is how many edges behind a step are followed.
const mostAfter = 200

// functions gives the functions that a step is.
func (n *node) functions(yield func(function syntax.Node)) {
	for _, one := range n.value.Each() {
		if one.Is(code.Function) && !one.Node.IsZero() {
			yield(one.Node)
		}
	}
}

// keysWritten adds the keys of the state that a function writes: it sets them, or gives a map of them.
func keysWritten(function syntax.Node, into map[string]bool) {
	state := stateOf(function)
	add := func(given syntax.Node) {
		for pair := range given.All(syntax.Pair) {
			if key := pair.Child(0); given.Is(syntax.Map) && key.Text() != "" {
				into[key.Text()] = true
			}
		}
	}
	function.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Assign:
			for target := range n.Children() {
				if key := keyOf(target, state); key != "" && target != n.Child(-1) {
					into[key] = true
				}
			}
		case syntax.Return:
			add(n.Child(0))
		case syntax.Call:
			if callee := n.Child(0); callee.Is(syntax.Attr) && callee.TextIs("update") && callee.Child(0).Is(syntax.Name) && callee.Child(0).TextIs(state) {
				add(n.Child(1))
			}
		}
		return true
	})
	if body := function.Child(-1); function.Is(syntax.Lambda) {
		add(body)
	}
}

// readsKey tells whether a function reads one of the keys.
func readsKey(function syntax.Node, keys map[string]bool) bool {
	state, found := stateOf(function), false
	function.Walk(func(n syntax.Node) bool {
		if p := n.Parent(); p.Is(syntax.Assign) && p.Child(-1) != n {
			return !found
		}
		found = found || keys[keyOf(n, state)]
		return !found
	})
	return found
}

// stateOf is the name of what a step is handed.
func stateOf(function syntax.Node) string {
	for p := range function.All(syntax.Param) {
		if !p.TextIs("self") && !p.TextIs("cls") {
			return p.Text()
		}
	}
	return ""
}

// keyOf is the key that an expression takes of the state: state["context"], state.get("context"), state.context; "" for others.
func keyOf(n syntax.Node, state string) string {
	object := n.Child(0)
	if state == "" {
		return ""
	}
	switch {
	case n.Is(syntax.Subscript) && object.Is(syntax.Name) && object.TextIs(state) && n.Child(1).Is(syntax.String):
		return n.Child(1).Text()
	case n.Is(syntax.Attr) && object.Is(syntax.Name) && object.TextIs(state):
		return n.Text()
	case n.Is(syntax.Call) && object.Is(syntax.Attr) && object.TextIs("get") && object.Child(0).Is(syntax.Name) && object.Child(0).TextIs(state) && n.Child(1).Is(syntax.String):
		return n.Child(1).Text()
	}
	return ""
}

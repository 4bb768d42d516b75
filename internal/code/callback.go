package code

import (
	"fermata/internal/syntax"
)

// A function that is handed to another one gets what that one calls it with: with_session(lambda s: s.execute(…)),
// db.transaction(async (tx) => tx.delete(…)).

// transactions are methods of clients of databases that run a function within a transaction and give it a client of the
// same kind.
var transactions = map[string]bool{"transaction": true, "$transaction": true, "transactional": true, "withTransaction": true, "with_transaction": true, "run_in_transaction": true}

// handedOver lists what a parameter is of a function that stands as an argument of a call, or that a function hands on
// which it stands in.
func (r *Resolver) handedOver(function, param syntax.Node) []*Value {
	position := 0
	for p := range function.All(syntax.Param) {
		if p == param {
			break
		}
		position++
	}
	key := memoKey{param, nil, r.refOnly}
	if r.busy[key] {
		return nil
	}
	put(&r.busy, key, true)
	defer delete(r.busy, key)
	if function.Is(syntax.Lambda) {
		return r.givenBack(function, position)
	}
	around := functionAround(function)
	if around.IsZero() || !enclosingClass(function).IsZero() && enclosingClass(function) == function.Parent().Parent() {
		return nil
	}
	var values []*Value
	around.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Name) && n.TextIs(function.Text()) && (n.Parent().Is(syntax.Keyword) || n.Parent().Is(syntax.Call) && !isCallee(n)) && len(values) < 8 {
			values = append(values, r.givenBack(n, position)...)
		}
		return true
	})
	return values
}

// givenBack lists what a function is called with by the one that it is handed to: argument is where it stands among what
// a call passes.
func (r *Resolver) givenBack(argument syntax.Node, position int) []*Value {
	call, keyword := argument.Parent(), ""
	if call.Is(syntax.Keyword) {
		call, keyword = call.Parent(), call.Text()
	}
	callee := call.Child(0)
	if !call.Is(syntax.Call) || argument == callee || !callee.Is(syntax.Name, syntax.Attr) {
		return nil
	}
	if callee.Is(syntax.Attr) && transactions[callee.Text()] && position == 0 {
		if on := r.eval(callee.Child(0), nil); on.Kind == Instance && on.Ref.Def == nil && !on.Ref.Is("better-sqlite3.**") {
			return []*Value{on}
		}
		return nil
	}
	var values []*Value
	for one := range r.eval(callee, nil).alternatives() {
		if one.Kind != Function || !one.Node.Is(syntax.FuncDef, syntax.Lambda) || len(values) >= 8 {
			continue
		}
		name := r.parameterOf(one, call, argument, keyword)
		if name == "" {
			continue
		}
		one.Node.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Call) && n.Child(0).Is(syntax.Name) && n.Child(0).TextIs(name) && len(values) < 8 {
				if given := n.Child(position + 1); !given.IsZero() && !given.Is(syntax.Keyword, syntax.Spread) {
					if v := r.eval(given, nil); v.Kind != Unknown {
						values = append(values, v)
					}
				}
			}
			return true
		})
	}
	return values
}

// parameterOf is the parameter that an argument of a call is for; "" where that is not known.
func (r *Resolver) parameterOf(fn *Value, call, argument syntax.Node, keyword string) string {
	if keyword != "" {
		return keyword
	}
	at := 0
	for c := range call.Children() {
		switch {
		case c == call.Child(0):
		case c == argument:
			bound := fn.self != nil && r.at(fn.Node).module.language != syntax.TypeScript
			for p := range fn.Node.All(syntax.Param) {
				if bound {
					bound = false
					continue
				}
				if at == 0 {
					return p.Text()
				}
				at--
			}
			return ""
		case c.Is(syntax.Spread):
			return ""
		default:
			at++
		}
	}
	return ""
}

package entrypoint

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// value is what an expression is under the scenario.
func (s *scene) value(n syntax.Node) value {
	if *s.values++; *s.values > mostValues {
		return value{}
	}
	switch n.Kind() {
	case syntax.Null:
		return nothing
	case syntax.Bool:
		return value{'b', n.Text()}
	case syntax.String:
		return value{'t', n.Text()}
	case syntax.Number:
		return value{'0', n.Text()}
	case syntax.Unary:
		if n.TextIs("not") || n.TextIs("!") {
			if yes, known := s.value(n.Child(0)).truth(); known {
				return yesNo(!yes)
			}
		}
		return value{}
	case syntax.Logic:
		return s.logic(n)
	case syntax.Cond:
		if yes, known := s.value(n.Child(0)).truth(); known {
			if yes {
				return s.value(n.Child(1))
			}
			return s.value(n.Child(2))
		}
		return value{}
	case syntax.Compare:
		return s.comparison(n)
	case syntax.Await:
		return s.value(n.Child(0))
	case syntax.Walrus:
		return s.value(n.Child(-1))
	}
	if s.scenario == scenarioUnsent && s.credential(n) {
		if n.Is(syntax.Call) && !n.Child(2).IsZero() {
			return s.value(argumentOf(n.Child(2)))
		}
		if n.Is(syntax.Subscript) && !discoverScript(n) {
			return value{} // it fails there
		}
		return nothing
	}
	switch n.Kind() {
	case syntax.Name:
		if v, ok := s.params[n.Text()]; ok {
			return v
		}
		if list, ok := s.locals[n.Text()]; ok {
			if len(list) == 1 {
				return s.value(list[0])
			}
			return value{}
		}
	case syntax.Call:
		if v, ok := s.answer(n); ok {
			return v
		}
	}
	if s.scenario == scenarioUnset {
		return s.configured(n)
	}
	return value{}
}

// logic is "a or b", "a and b", "a ?? b".
func (s *scene) logic(n syntax.Node) value {
	for c := range n.Children() {
		v := s.value(c)
		yes, known := v.truth()
		switch {
		case !known:
			// A later part may decide all the same: anything and no is no.
			for later := range n.Children() {
				if yes, known := s.value(later).truth(); known && yes != n.TextIs("and") && later != c {
					return yesNo(yes)
				}
			}
			return value{}
		case yes != n.TextIs("and") || c == n.Child(-1):
			return v
		}
	}
	return value{}
}

// comparison is a comparison of two values that are known.
func (s *scene) comparison(n syntax.Node) value {
	if n.Count() != 2 {
		return value{}
	}
	left, right := s.value(n.Child(0)), n.Child(1)
	if left.kind == 0 {
		return value{}
	}
	switch n.Text() {
	case "in", "not in":
		if left.kind != 't' && left.kind != 'n' || !right.Is(syntax.List, syntax.Tuple, syntax.Set) {
			return value{}
		}
		for item := range right.Children() {
			if !item.Is(syntax.String, syntax.Null) {
				return value{}
			}
			if v := s.value(item); v == left {
				return yesNo(n.TextIs("in"))
			}
		}
		return yesNo(n.TextIs("not in"))
	case "==", "!=", "===", "!==", "is", "is not":
		other := s.value(right)
		if other.kind == 0 {
			return value{}
		}
		same := left == other
		if !same && left.kind == 'n' && other.kind == 'n' {
			same = true
		}
		return yesNo(same == (n.TextIs("==") || n.TextIs("===") || n.TextIs("is")))
	}
	return value{}
}

// answer is what a call gives: a method of a text, or a function of the program that was played.
func (s *scene) answer(n syntax.Node) (value, bool) {
	callee := n.Child(0)
	name := callee.Text()
	if callee.Is(syntax.Attr) {
		switch name {
		case "strip", "trim", "lower", "toLowerCase", "upper", "toUpperCase", "toString":
			v := s.value(callee.Child(0))
			if v.kind != 't' {
				return v, v.kind != 0
			}
			switch name {
			case "strip", "trim":
				v.text = strings.TrimSpace(v.text)
			case "lower", "toLowerCase":
				v.text = strings.ToLower(v.text)
			case "upper", "toUpperCase":
				v.text = strings.ToUpper(v.text)
			}
			return v, true
		case "startswith", "startsWith":
			v, part := s.value(callee.Child(0)), s.value(n.Child(1))
			if v.kind == 't' && part.kind == 't' {
				return yesNo(strings.HasPrefix(v.text, part.text)), true
			}
			if v.kind == 'n' && discoverScript(n) {
				return nothing, true // a?.startsWith(b)
			}
			return value{}, true
		}
	} else if callee.Is(syntax.Name) {
		switch name {
		case "bool", "Boolean", "str", "String":
			v := s.value(n.Child(1))
			if yes, known := v.truth(); known && (name == "bool" || name == "Boolean") {
				return yesNo(yes), true
			}
			return v, true
		}
	}
	d := s.Code().Resolve(callee).Def
	if d == nil || d.Kind != code.FuncDef || s.depth >= deepestScene || s.seen[d.Node] || !s.SameProgram(d.Module.Path) {
		return value{}, false
	}
	if *s.played++; *s.played > mostPlayed {
		return value{}, true
	}
	s.seen[d.Node] = true
	inside := &scene{pass: s.pass, scenario: s.scenario, gate: true, seen: s.seen, depth: s.depth + 1, played: s.played, values: s.values, locals: map[string][]syntax.Node{}, params: map[string]value{}}
	v, ok := inside.returned(d.Node, n, s)
	delete(s.seen, d.Node)
	return v, ok
}

// returned is what a function gives back where each way through it that can be taken gives the same.
func (s *scene) returned(fn, call syntax.Node, caller *scene) (value, bool) {
	collect(bodyOf(fn), s.locals)
	i := 0
	for p := range fn.All(syntax.Param) {
		if p.TextIs("self") || p.TextIs("cls") {
			continue
		}
		i++
		if arg := call.Child(i); !arg.IsZero() && !arg.Is(syntax.Keyword, syntax.Spread) {
			if v := caller.value(arg); v.kind != 0 {
				s.params[p.Text()] = v
			}
		} else if arg := call.Argument(p.Text()); !arg.IsZero() {
			if v := caller.value(arg); v.kind != 0 {
				s.params[p.Text()] = v
			}
		}
	}
	if body := bodyOf(fn); !body.Is(syntax.Block) {
		return s.value(body), true
	}
	v, ended := s.outcome(bodyOf(fn))
	if !ended {
		return value{}, true
	}
	return v, true
}

// outcome is what the statements of a block return for sure; ended is false where something cannot be decided.
func (s *scene) outcome(b syntax.Node) (v value, ended bool) {
	for statement := range b.Children() {
		switch statement.Kind() {
		case syntax.Return:
			return s.value(statement.Child(0)), true
		case syntax.If:
			yes, known := s.value(statement.Child(0)).truth()
			if !known {
				return value{}, true
			}
			branch := statement.First(syntax.Block)
			if branch.IsZero() {
				branch = statement.Child(1)
			}
			if !yes {
				branch = statement.First(syntax.Else).Child(0)
			}
			if branch.IsZero() {
				continue
			}
			if branch.Is(syntax.Return) {
				return s.value(branch.Child(0)), true
			}
			if branch.Is(syntax.If) {
				return value{}, true
			}
			if v, ended := s.outcome(branch); ended {
				return v, true
			}
		case syntax.Assign, syntax.AnnAssign, syntax.ExprStmt, syntax.Import, syntax.ImportFrom, syntax.Simple:
		default:
			return value{}, true
		}
	}
	return value{}, false
}

// collect lists what is assigned to each name of a body, once for each name that is assigned to once.
func collect(body syntax.Node, into map[string][]syntax.Node) {
	body.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.FuncDef, syntax.ClassDef, syntax.Lambda:
			return false
		case syntax.Assign:
			for i := range n.Count() - 1 {
				if target := n.Child(i); target.Is(syntax.Name) {
					into[target.Text()] = append(into[target.Text()], n.Child(-1))
				} else {
					target.Walk(func(c syntax.Node) bool {
						if c.Is(syntax.Name) { // taken apart: not followed
							into[c.Text()] = append(into[c.Text()], syntax.Node{}, syntax.Node{})
						}
						return !c.Is(syntax.Attr, syntax.Subscript)
					})
				}
			}
		case syntax.AnnAssign, syntax.Walrus:
			if n.Child(0).Is(syntax.Name) && n.Count() > 1 {
				into[n.Child(0).Text()] = append(into[n.Child(0).Text()], n.Child(-1))
			}
		case syntax.AugAssign, syntax.For:
			into[n.Child(0).Text()] = append(into[n.Child(0).Text()], syntax.Node{}, syntax.Node{})
		}
		return true
	})
}

// ownSettings are classes whose fields the environment sets.
var ownSettings = []string{"pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings", "pydantic_settings.main.BaseSettings"}

// configured is what an expression is where nothing is configured.
func (s *scene) configured(n syntax.Node) value {
	if !n.Is(syntax.Name, syntax.Attr, syntax.Call, syntax.Subscript) {
		return value{}
	}
	v := s.Code().Eval(n)
	if strings.Contains(n.Source(), "NODE_ENV") || v.Is(code.Env) && v.Text == "NODE_ENV" {
		return value{} // whoever builds the program sets it
	}
	if v.Is(code.Env) {
		if d := v.Default(); d != nil {
			return constant(d)
		}
		return nothing
	}
	if n.Is(syntax.Attr) {
		for _, object := range s.Code().Eval(n.Child(0)).Each() {
			if def := object.Ref.Def; object.Is(code.Instance) && def != nil && def.Kind == code.ClassDef && s.Code().Derives(object.Ref, ownSettings...) {
				return constant(v)
			}
		}
	}
	if name := n.Text(); n.Is(syntax.Name, syntax.Attr) && name == strings.ToUpper(name) && !v.Is(code.Null) {
		return constant(v)
	}
	return value{}
}

func constant(v *code.Value) value {
	switch {
	case v.Is(code.Null):
		return nothing
	case v.Is(code.Env):
		if d := v.Default(); d != nil {
			return constant(d)
		}
		return nothing
	case len(v.Holes) > 0:
		return value{}
	case v.Is(code.String):
		return value{'t', v.Text}
	case v.Is(code.Number):
		return value{'0', v.Text}
	case v.Is(code.Bool):
		return value{'b', v.Text}
	}
	return value{}
}

func discoverScript(n syntax.Node) bool { return n.Tree().Language == syntax.TypeScript }

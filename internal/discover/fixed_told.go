package discover

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// A model reads the descriptions of its tools and of the fields that it is to answer with as it reads a prompt.

// toldBeside are names of arguments of a call of a model that the model reads beside what it is asked.
var toldBeside = map[string]bool{}

func init() {
	for name := range strings.FieldsSeq(`tools functions schema output response_format responseFormat response_model text_format`) {
		toldBeside[name] = true
	}
}

// declares are calls outside the program that only make a declaration of what they are given, by the last parts of their names.
var declares = map[string]bool{}

func init() {
	for name := range strings.FieldsSeq(`tool dynamicTool jsonSchema object array enum choice string number boolean optional nullable describe literal union record min max int
		zodResponseFormat zodTextFormat zodToJsonSchema zodFunction pydantic_function_tool model_json_schema schema`) {
		declares[name] = true
	}
}

// mostBeside is how far a declaration is followed.
const mostBeside = 12

// declared tells whether a declaration of tools, or of the form of an answer, stands in the code. What a function is
// handed, and what is fetched, does not.
func (p *Pass) declared(n syntax.Node, depth int) bool {
	switch {
	case n.IsZero() || depth > mostBeside:
		return false
	case n.Is(syntax.Lambda, syntax.FuncDef), n.Is(syntax.String, syntax.Number, syntax.Bool, syntax.Null):
		return true
	case n.Is(syntax.List, syntax.Tuple, syntax.Set, syntax.Map, syntax.Spread, syntax.Binary, syntax.Logic, syntax.Keyword):
		return p.allDeclared(n.Children(), depth)
	case n.Is(syntax.Pair):
		return p.declared(n.Child(-1), depth+1)
	case n.Is(syntax.Cond):
		return p.declared(n.Child(1), depth+1) && p.declared(n.Child(2), depth+1)
	case n.Is(syntax.Call):
		return p.declaredBy(n, depth)
	case !n.Is(syntax.Name, syntax.Attr, syntax.Subscript):
		return p.code.Written(n)
	}
	if p.code.Written(n) {
		return true
	}
	if p.handedOn(n, 0) {
		return false
	}
	return p.declaredValue(p.code.Eval(n), depth)
}

func (p *Pass) allDeclared(nodes func(func(syntax.Node) bool), depth int) bool {
	for c := range nodes {
		if !p.declared(c, depth+1) {
			return false
		}
	}
	return true
}

// declaredBy is declared for a call: of a function of the program, or of what makes a declaration of its arguments.
func (p *Pass) declaredBy(n syntax.Node, depth int) bool {
	callee := n.Child(0)
	ref := p.code.Resolve(callee)
	for c := range n.Children() {
		if c != callee && !p.declared(c, depth+1) {
			return false
		}
	}
	if ref.Def != nil && ref.Def.Kind == code.FuncDef {
		return p.declaredValue(p.code.Eval(n), depth)
	}
	last := ref.Last()
	if callee.Is(syntax.Attr) {
		last = callee.Text()
		if object := callee.Child(0); object.Is(syntax.Call) && !p.declaredBy(object, depth+1) {
			return false
		}
	}
	return last != "" && (declares[last] || last[0] >= 'A' && last[0] <= 'Z' && !strings.Contains(last, "MCP"))
}

// declaredValue is declared for what an expression was found to be.
func (p *Pass) declaredValue(v *code.Value, depth int) bool {
	if v == nil || v.Open || depth > mostBeside {
		return false
	}
	all := func(values []*code.Value) bool {
		return !slices.ContainsFunc(values, func(one *code.Value) bool { return !p.declaredValue(one, depth+1) })
	}
	switch v.Kind {
	case code.String:
		return len(v.Holes) == 0
	case code.Number, code.Bool, code.Null, code.Function, code.Class:
		return true
	case code.List, code.Choice:
		return all(v.Items)
	case code.Dict:
		return all(v.Items) && !slices.ContainsFunc(v.Pairs, func(e code.Entry) bool { return !p.declaredValue(e.Value, depth+1) })
	case code.Instance:
		return v.Call.Is(syntax.Call) && p.declaredBy(v.Call, depth+1)
	}
	return false
}

// handedOn tells whether a name is a parameter of the function that it stands in, or is set to one there.
func (p *Pass) handedOn(n syntax.Node, depth int) bool {
	for n.Is(syntax.Attr, syntax.Subscript) {
		n = n.Child(0)
	}
	function := around(n)
	if !n.Is(syntax.Name) || n.TextIs("self") || n.TextIs("this") || function.IsZero() || depth > 3 {
		return false
	}
	if HandedTo(function)[n.Text()] {
		return true
	}
	handed := false
	function.Walk(func(a syntax.Node) bool {
		if value := a.Child(-1); a.Is(syntax.Assign, syntax.AnnAssign) && a.Child(0).TextIs(n.Text()) && value.Is(syntax.Name, syntax.Attr, syntax.Subscript) {
			handed = handed || p.handedOn(value, depth+1)
		}
		return !handed
	})
	return handed
}

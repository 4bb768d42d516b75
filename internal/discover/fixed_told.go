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

// Bounds of how far a declaration is followed, and of how many of its parts are looked at.
const (
	mostBeside = 12
	mostParts  = 20000
)

// declaring is how a file's declarations are looked through. All of the parts of one have to stand in the code: the first that
// does not ends it, and one that was found to is not looked at again. A list that holds another many times, which does the same,
// has more parts than can be counted.
type declaring struct {
	*Pass
	steps  int // for the declaration that is asked about
	nodes  map[syntax.Node]bool
	values map[*code.Value]bool
	within map[syntax.Node]*handing
}

// handing is what is known of the names of a function: those that it is handed, and what others are set to.
type handing struct {
	handed map[string]bool
	set    map[string][]syntax.Node
}

// declared tells whether a declaration of tools, or of the form of an answer, stands in the code. What a function is
// handed, and what is fetched, does not.
func (p *Pass) declared(n syntax.Node) bool {
	if p.declaring == nil {
		p.declaring = &declaring{Pass: p, nodes: map[syntax.Node]bool{}, values: map[*code.Value]bool{}, within: map[syntax.Node]*handing{}}
	}
	p.declaring.steps = 0
	return p.declaring.part(n, 0)
}

// ends counts a part that is looked at, and tells whether it is one too many.
func (d *declaring) ends(depth int) bool {
	d.steps++
	return depth > mostBeside || d.steps > mostParts
}

// part tells whether a part of a declaration stands in the code.
func (d *declaring) part(n syntax.Node, depth int) bool {
	if d.nodes[n] {
		return true
	}
	if n.IsZero() || d.ends(depth) || !d.newPart(n, depth) {
		return false
	}
	d.nodes[n] = true
	return true
}

// newPart is part for a part that is looked at for the first time.
func (d *declaring) newPart(n syntax.Node, depth int) bool {
	switch {
	case n.Is(syntax.Lambda, syntax.FuncDef), n.Is(syntax.String, syntax.Number, syntax.Bool, syntax.Null):
		return true
	case n.Is(syntax.List, syntax.Tuple, syntax.Set, syntax.Map, syntax.Spread, syntax.Binary, syntax.Logic, syntax.Keyword):
		return d.allParts(n.Children(), depth)
	case n.Is(syntax.Pair):
		return d.part(n.Child(-1), depth+1)
	case n.Is(syntax.Cond):
		return d.part(n.Child(1), depth+1) && d.part(n.Child(2), depth+1)
	case n.Is(syntax.Call):
		return d.call(n, depth)
	case !n.Is(syntax.Name, syntax.Attr, syntax.Subscript):
		return d.code.Written(n)
	}
	if d.code.Written(n) {
		return true
	}
	if d.handedOn(n, map[handedName]bool{}) {
		return false
	}
	return d.value(d.code.Eval(n), depth)
}

func (d *declaring) allParts(nodes func(func(syntax.Node) bool), depth int) bool {
	for c := range nodes {
		if !d.part(c, depth+1) {
			return false
		}
	}
	return true
}

// call is part for a call: of a function of the program, or of what makes a declaration of its arguments.
func (d *declaring) call(n syntax.Node, depth int) bool {
	if d.nodes[n] {
		return true
	}
	if d.ends(0) || !d.newCall(n, depth) {
		return false
	}
	d.nodes[n] = true
	return true
}

// newCall is call for one that is looked at for the first time.
func (d *declaring) newCall(n syntax.Node, depth int) bool {
	callee := n.Child(0)
	ref := d.code.Resolve(callee)
	for c := range n.Children() {
		if c != callee && !d.part(c, depth+1) {
			return false
		}
	}
	if ref.Def != nil && ref.Def.Kind == code.FuncDef {
		return d.value(d.code.Eval(n), depth)
	}
	last := ref.Last()
	if callee.Is(syntax.Attr) {
		last = callee.Text()
		if object := callee.Child(0); object.Is(syntax.Call) && !d.call(object, depth+1) {
			return false
		}
	}
	return last != "" && (declares[last] || last[0] >= 'A' && last[0] <= 'Z' && !strings.Contains(last, "MCP"))
}

// value is part for what an expression was found to be.
func (d *declaring) value(v *code.Value, depth int) bool {
	if d.values[v] {
		return true
	}
	if v == nil || v.Open || d.ends(depth) || !d.newValue(v, depth) {
		return false
	}
	d.values[v] = true
	return true
}

// newValue is value for a value that is looked at for the first time.
func (d *declaring) newValue(v *code.Value, depth int) bool {
	all := func(values []*code.Value) bool {
		return !slices.ContainsFunc(values, func(one *code.Value) bool { return !d.value(one, depth+1) })
	}
	switch v.Kind {
	case code.String:
		return len(v.Holes) == 0
	case code.Number, code.Bool, code.Null, code.Function, code.Class:
		return true
	case code.List, code.Choice:
		return all(v.Items)
	case code.Dict:
		return all(v.Items) && !slices.ContainsFunc(v.Pairs, func(e code.Entry) bool { return !d.value(e.Value, depth+1) })
	case code.Instance:
		return v.Call.Is(syntax.Call) && d.call(v.Call, depth+1)
	}
	return false
}

// handedName is a name in a function.
type handedName struct {
	function syntax.Node
	name     string
}

// handedOn tells whether a name is a parameter of the function that it stands in, or is set to one there. Where that takes too
// long to tell, it may be.
func (d *declaring) handedOn(n syntax.Node, seen map[handedName]bool) bool {
	for n.Is(syntax.Attr, syntax.Subscript) {
		n = n.Child(0)
	}
	function := around(n)
	name := handedName{function, n.Text()}
	if !n.Is(syntax.Name) || n.TextIs("self") || n.TextIs("this") || function.IsZero() || seen[name] {
		return false
	}
	seen[name] = true
	in := d.handings(function)
	if d.ends(0) || in.handed[name.name] {
		return true
	}
	for _, value := range in.set[name.name] {
		if d.handedOn(value, seen) {
			return true
		}
	}
	return false
}

// handings is what is known of a function's names.
func (d *declaring) handings(function syntax.Node) *handing {
	in := d.within[function]
	if in != nil {
		return in
	}
	in = &handing{handed: HandedTo(function), set: map[string][]syntax.Node{}}
	d.within[function] = in
	function.Walk(func(a syntax.Node) bool {
		if value := a.Child(-1); a.Is(syntax.Assign, syntax.AnnAssign) && value.Is(syntax.Name, syntax.Attr, syntax.Subscript) {
			in.set[a.Child(0).Text()] = append(in.set[a.Child(0).Text()], value)
		}
		return true
	})
	return in
}

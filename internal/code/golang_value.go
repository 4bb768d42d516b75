package code

import (
	"strings"

	"fermata/internal/syntax"
)

// goBuiltins are the functions and types that Go declares for every file.
var goBuiltins = func() map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(`append cap clear close complex copy delete imag len make max min new panic print println
		real recover any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string
		uint uint8 uint16 uint32 uint64 uintptr list map chan iota`) {
		all[name] = true
	}
	return all
}()

// goName is a name that the file itself does not declare.
func (r *Resolver) goName(n syntax.Node, name string) *Value {
	if goBuiltins[name] {
		return &Value{Kind: External, Node: n, Ref: Ref{Name: "builtins." + name}}
	}
	if v := r.sibling(r.at(n).module, name); v != nil {
		return v
	}
	return unknown(n, "%s is not defined in what was read", name)
}

// siblings are the files of a module's package, where that is not so large that its callers tell nothing.
func (r *Resolver) siblings(m *Module) []string {
	if paths := r.program.Siblings(m.Path); len(paths) <= 24 {
		return paths
	}
	return nil
}

// ranged gives what a range loop of Go binds in each round: its target is an index or key, or a pair of it and the
// member.
func (r *Resolver) ranged(loop syntax.Node, f *frame) ([]*Value, bool) {
	over := loop.Child(1)
	pair := loop.Child(0).Is(syntax.Tuple)
	v := r.eval(over, f)
	var members []*Value
	entry := func(key, value *Value) {
		if pair {
			members = append(members, &Value{Kind: List, Node: over, Items: []*Value{key, value}})
		} else {
			members = append(members, key)
		}
	}
	switch v.Kind {
	case List:
		for _, item := range v.Items {
			entry(unknown(over, "a counter"), item)
		}
		return members, !v.Open
	case Dict:
		for _, p := range v.Pairs {
			entry(p.Key, p.Value)
		}
		return members, !v.Open
	case Instance:
		if pair { // a member of what an outside call answers keeps its name
			entry(unknown(over, "a counter"), v)
		}
		return members, false
	}
	return nil, false
}

// goConversion is []byte(x), map[K]V(x), (*T)(x): what is converted. Nil for other calls.
func (r *Resolver) goConversion(n syntax.Node, f *frame) *Value {
	callee := n.Child(0)
	if n.Op() != 0 || !callee.Is(syntax.Subscript) || n.Count() != 2 {
		return nil
	}
	if of := callee.Child(0); of.Is(syntax.Name) && (of.TextIs("list") || of.TextIs("map")) {
		return r.eval(n.Child(1), f)
	}
	return nil
}

// goCall knows what a few functions of Go, its standard library and well-known clients do to values. Nil means that it
// knows nothing: the call is then an object of what was called.
func (r *Resolver) goCall(v *Value, n syntax.Node, f *frame) *Value {
	name := v.Ref.Name
	arg := func(i int) *Value {
		c := n.Child(i + 1)
		if c.IsZero() {
			return unknown(n, "there is nothing")
		}
		return r.eval(c, f)
	}
	if after, ok := strings.CutPrefix(name, "builtins."); ok {
		if v.Base != nil {
			return unknown(n, "it is computed")
		}
		return r.goBuiltin(after, n, f, arg)
	}
	switch name {
	case "os.Getenv", "os.LookupEnv", "syscall.Getenv":
		key, ok := arg(0).Constant()
		if !ok {
			return unknown(n, "an environment variable whose name is computed")
		}
		e := &Value{Kind: Env, Node: n, Text: key}
		if name == "os.LookupEnv" {
			return &Value{Kind: List, Node: n, Items: []*Value{e, unknown(n, "it is a condition")}}
		}
		return e
	case "cmp.Or":
		var all []*Value
		for c := range n.Children() {
			if c != n.Child(0) {
				all = append(all, r.eval(c, f))
			}
		}
		if len(all) == 2 && all[0].Kind == Env && len(all[0].Items) == 0 {
			return &Value{Kind: Env, Node: n, Text: all[0].Text, Items: all[1:]}
		}
		return choice(n, all...)
	case "fmt.Sprintf":
		format := arg(0)
		if format.Kind != String {
			return unknown(n, "it is computed")
		}
		values := &Value{Kind: List, Node: n}
		for i := 1; i+1 < n.Count(); i++ {
			c := n.Child(i + 1)
			item := r.eval(c, f)
			if item.Node != c { // a hole is named by what stands here
				c2 := *item
				c2.Node = c
				item = &c2
			}
			values.Items = append(values.Items, item)
		}
		return r.percent(n, format, values)
	case "strings.TrimSpace", "strings.Trim", "strings.TrimRight", "strings.TrimLeft", "strings.ToLower", "strings.ToUpper":
		s := arg(0)
		if s.Kind == String {
			c := *s
			c.Node = n
			switch {
			case strings.Contains(name, "Trim"):
				c.Text = strings.TrimSpace(s.Text)
			case strings.HasSuffix(name, "Lower"):
				c.Text = strings.ToLower(s.Text)
			default:
				c.Text = strings.ToUpper(s.Text)
			}
			return &c
		}
		return s
	case "strings.Join":
		list := arg(0)
		sep, ok := arg(1).Constant()
		if list.Kind != List || list.Open || !ok {
			return unknown(n, "it is computed")
		}
		out := &Value{Kind: String, Node: n}
		var b strings.Builder
		for i, item := range list.Items {
			if i > 0 {
				b.WriteString(sep)
			}
			r.write(&b, out, item.Node, item)
		}
		out.Text = cutText(b.String())
		return out
	case "slices.Concat":
		out := &Value{Kind: List, Node: n}
		for c := range n.Children() {
			if c != n.Child(0) {
				out.join(r.eval(c, f))
			}
		}
		return out
	case "slices.Clone", "maps.Clone", "strings.Clone":
		return arg(0)
	case "maps.Values", "maps.Keys":
		if d := arg(0); d.Kind == Dict {
			out := &Value{Kind: List, Node: n, Open: d.Open}
			for _, p := range d.Pairs {
				out.Items = append(out.Items, map[bool]*Value{true: p.Value, false: p.Key}[name == "maps.Values"])
			}
			return out
		}
	}
	if n.Count() == 2 && n.Op() == 0 && passesOn(name) {
		return arg(0)
	}
	return nil
}

// passesOn tells whether a library's function gives its argument in another form: a pointer to a literal, an optional
// value, a value that must not be an error.
func passesOn(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return false
	}
	library, function := name[:dot], name[dot+1:]
	switch function {
	case "String", "F", "Int", "Float", "Bool", "Opt", "Raw":
		switch library {
		case "github.com/openai/openai-go", "github.com/anthropics/anthropic-sdk-go", "github.com/aws/aws-sdk-go-v2/aws", "github.com/aws/aws-sdk-go/aws":
			return true
		}
	case "NewOpt":
		return strings.HasSuffix(library, "/packages/param")
	case "Ptr", "ToPtr", "PtrTo", "Pointer", "StringPtr", "BoolPtr":
		return true
	case "Must":
		return library == "github.com/samber/lo"
	}
	return false
}

// goBuiltin is a call of what Go declares for every file, or a conversion to a basic type.
func (r *Resolver) goBuiltin(name string, n syntax.Node, f *frame, arg func(int) *Value) *Value {
	switch name {
	case "append":
		first := arg(0)
		out := &Value{Kind: List, Node: n}
		switch first.Kind {
		case List, Choice, Null:
			out.join(first)
		default:
			out.Open, out.Text = true, first.Reason()
		}
		i := 0
		for c := range n.Children() {
			if i++; i <= 2 {
				continue
			}
			if c.Is(syntax.Spread) {
				out.join(r.eval(c.Child(0), f))
			} else if len(out.Items) < maxItems {
				out.Items = append(out.Items, r.eval(c, f))
			}
		}
		return out
	case "make":
		if t := n.Child(1); t.Is(syntax.Subscript) && t.Child(0).TextIs("map") {
			return &Value{Kind: Dict, Node: n}
		} else if t.Is(syntax.Subscript) && t.Child(0).TextIs("list") {
			return &Value{Kind: List, Node: n}
		}
		return unknown(n, "it is computed")
	case "new":
		if v := arg(0); v.Kind == Class || v.Kind == External && !strings.HasPrefix(v.Ref.Name, "builtins.") {
			return &Value{Kind: Instance, Node: n, Call: n, Ref: v.Ref, in: r, frame: f.at(n)}
		}
		return unknown(n, "it is computed")
	case "string", "any", "error":
		return arg(0)
	case "int", "int32", "int64", "float32", "float64", "uint", "uint32", "uint64", "bool":
		return arg(0)
	case "min", "max":
		return unknown(n, "it is computed")
	}
	return unknown(n, "it is computed")
}

// appends tells whether an expression is append(name, …) of Go.
func appends(n syntax.Node, name string) bool {
	return n.Is(syntax.Call) && inGo(n) && n.Child(0).Is(syntax.Name) && n.Child(0).TextIs("append") && n.Child(1).Is(syntax.Name) && n.Child(1).TextIs(name)
}

// appended is list = append(list, …): the list before, and what each round of the loops around adds.
func (r *Resolver) appended(s *scope, b *binding, f *frame) *Value {
	out := &Value{Kind: List, Node: b.value}
	out.join(r.eval(b.value.Child(1), f))
	for _, g := range r.unroll(b.node, s.node, f) {
		i := 0
		for c := range b.value.Children() {
			if i++; i <= 2 || len(out.Items) >= maxItems {
				continue
			}
			if c.Is(syntax.Spread) {
				out.join(r.eval(c.Child(0), g))
			} else {
				out.Items = append(out.Items, r.eval(c, g))
			}
		}
	}
	return out
}

// nothingYet is the list or map that a variable of Go is before anything is put into it; nil for other declarations.
func nothingYet(s *scope, declaration syntax.Node) *Value {
	t := declaration.Child(1).Child(0)
	if !inGo(declaration) || s.node.Is(syntax.ClassDef) || !t.Is(syntax.Subscript) {
		return nil
	}
	switch of := t.Child(0); {
	case of.TextIs("list"):
		return &Value{Kind: List, Node: declaration}
	case of.TextIs("map"):
		return &Value{Kind: Dict, Node: declaration}
	}
	return nil
}

// setLater is what a field of a struct is set to after its literal was put into a variable: config.Tools = …, within
// the same function.
func (r *Resolver) setLater(literal syntax.Node, field string, f *frame) *Value {
	var values []*Value
	for _, value := range r.putLater(r.at(literal), literal, field) {
		values = append(values, r.eval(value, f.at(value)))
	}
	if len(values) == 0 {
		return nil
	}
	return choice(literal, values...)
}

// putLater lists what the function around a literal of a file sets a field to after it put the literal into a variable.
func (r *Resolver) putLater(l *loaded, literal syntax.Node, field string) []syntax.Node {
	statement := literal.Parent()
	if !statement.Is(syntax.Assign, syntax.AnnAssign) || !statement.Child(0).Is(syntax.Name) {
		return nil
	}
	scope := outerScope(statement)
	var values []syntax.Node
	for _, value := range r.putsOf(l)[statement.Child(0).Text()+"."+field] {
		if outerScope(value) == scope && start(value) > start(literal) {
			values = append(values, value)
		}
	}
	return values
}

// join adds the members of another list, or of each of several that it may be; what is not known leaves the list open.
func (v *Value) join(other *Value) {
	for _, one := range other.Each() {
		switch one.Kind {
		case List:
			if len(v.Items)+len(one.Items) > maxItems {
				v.Open = true
				return
			}
			for _, item := range one.Items {
				if !hasSame(v.Items, item) {
					v.Items = append(v.Items, item)
				}
			}
			v.Open = v.Open || one.Open
			if one.Open && v.Text == "" {
				v.Text = one.Text
			}
		case Null:
		case Unknown:
			v.Open = true
			if v.Text == "" {
				v.Text = one.Text
			}
		default:
			v.Items = append(v.Items, one) // a list that a library gives: whoever knows it can say what it holds
		}
	}
}

// goResult is what a function of Go returns: where that could not be followed, what its signature promises. An error
// beside nothing is not what anybody asks for.
func (r *Resolver) goResult(function syntax.Node, v *Value, n syntax.Node) *Value {
	var good []*Value
	for _, one := range v.Each() {
		if one.Kind == List && one.Node.Is(syntax.Tuple) && len(one.Items) > 1 && one.Items[0].Kind == Null {
			continue
		}
		good = append(good, one)
	}
	if len(good) > 0 {
		v = choice(n, good...)
	}
	promised := function.First(syntax.Returns).Child(0)
	if promised.IsZero() {
		return v
	}
	switch {
	case v.Kind == Unknown && !promised.Is(syntax.Tuple):
		if t := r.typed(promised, n); t != nil && t.Kind == Instance {
			return t
		}
	case v.Kind == List && v.Node.Is(syntax.Tuple) && promised.Is(syntax.Tuple) && len(v.Items) > 0 && v.Items[0].Kind == Unknown:
		if t := r.typed(promised.Child(0), n); t != nil && t.Kind == Instance {
			c := *v
			c.Items = append([]*Value{t}, v.Items[1:]...)
			return &c
		}
	}
	return v
}

// promised is what the signature of a method says that it returns, of which nobody knows which one is called.
func (r *Resolver) promised(method, n syntax.Node) *Value {
	why := unknown(n, "%s is what an interface asks for", method.Text())
	one := func(t syntax.Node) *Value {
		if v := r.typed(t, n); v != nil && v.Kind == Instance {
			return v
		}
		return why
	}
	types := method.First(syntax.Returns).Child(0)
	if !types.Is(syntax.Tuple) {
		return one(types)
	}
	v := &Value{Kind: List, Node: types}
	for t := range types.Children() {
		v.Items = append(v.Items, one(t))
	}
	return v
}

// goMethodAround is the method of Go that a place stands in, not within a function literal's own parameters.
func goMethodAround(n syntax.Node) syntax.Node {
	if !inGo(n) {
		return syntax.Node{}
	}
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if goMethod(p) {
			return p
		}
	}
	return syntax.Node{}
}

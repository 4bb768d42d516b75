package code

import (
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// eval tells what an expression is in a frame. It never returns nil.
func (r *Resolver) eval(n syntax.Node, f *frame) *Value {
	if n.IsZero() {
		return &Value{Kind: Unknown, Text: "there is nothing"}
	}
	if v := r.literal(n); v != nil {
		return v
	}
	if r.refOnly {
		f = nil
	} else {
		f = f.at(n)
	}
	if f == nil && n.Tree() == r.own.tree && !r.brief {
		// The common case has a table instead of a map.
		slot := r.slot(n)
		if v := *slot; v == underway {
			return unknown(n, "it refers to itself")
		} else if v != nil {
			return v
		}
		if v := r.refused(n); v != nil {
			return v
		}
		*slot = underway
		v := r.evaluated(n, nil)
		*slot = v
		return v
	}
	at, memo := int32(n.Index()), r.memoOf(n, f)
	if v := memo.get(at); v == underway {
		return unknown(n, "it refers to itself")
	} else if v != nil {
		return v
	}
	if v := r.refused(n); v != nil {
		return v
	}
	memo.set(at, underway)
	v := r.evaluated(n, f)
	memo.set(at, v)
	return v
}

// memoOf is where the value of an expression is remembered that is of another file or stands in a frame: by the number
// of its node, since all nodes in a frame are of one tree.
func (r *Resolver) memoOf(n syntax.Node, f *frame) *memo {
	if f != nil {
		return &f.memo
	}
	t := n.Tree()
	if t != r.memoTree {
		m := r.memos[t]
		if m == nil {
			m = &[2]memo{}
			put(&r.memos, t, m)
		}
		r.memoTree, r.memo = t, m
	}
	if r.refOnly {
		return &r.memo[0]
	}
	return &r.memo[1]
}

// underway stands in the tables for what is being evaluated.
var underway = &Value{}

// slot is where the value of an expression of the resolver's own file is remembered.
func (r *Resolver) slot(n syntax.Node) **Value {
	table := &r.full
	if r.refOnly {
		table = &r.cheap
	}
	if *table == nil {
		*table = make([]*valueChunk, r.own.tree.Len()/chunkSize+1)
	}
	i := n.Index()
	chunk := (*table)[i/chunkSize]
	if chunk == nil {
		if len(r.room) == 0 {
			r.room = make([]valueChunk, 8)
		}
		chunk, r.room = &r.room[0], r.room[1:]
		(*table)[i/chunkSize] = chunk
	}
	return &chunk[i%chunkSize]
}

// chunkSize is how many nodes behind each other have a part of the table in common: most of a large file is never
// looked at.
const chunkSize = 16

type valueChunk [chunkSize]*Value

// refused is the answer where the bounds are reached; nil where they are not.
func (r *Resolver) refused(n syntax.Node) *Value {
	if r.depth >= maxDepth {
		return unknown(n, "it is nested too deeply")
	}
	if r.steps++; r.steps > maxSteps || r.total > maxTotal {
		if r.cut.IsZero() {
			r.cut = n
		}
		return unknown(n, "it takes too much work to follow")
	}
	return nil
}

func (r *Resolver) evaluated(n syntax.Node, f *frame) *Value {
	r.depth++
	v := r.expression(n, f)
	r.depth--
	if v.Node.IsZero() && !(r.refOnly && (v.Kind == External || v.Kind == Package)) { // what something refers to needs no place
		c := *v
		c.Node = n
		v = &c
	}
	return v
}

// refOf is what a value refers to, with the names of all its alternatives.
func refOf(v *Value) Ref {
	switch {
	case v.Kind == Choice:
	case v.Ref.Name != "":
		return v.Ref
	case v.Kind == Unknown:
		return Ref{Reason: v.Text}
	default:
		return Ref{}
	}
	var found Ref
	for one := range v.alternatives() {
		ref := one.Ref
		if ref.Name == "" {
			continue
		}
		if found.Name == "" {
			found = ref
			continue
		}
		if found.Name != ref.Name {
			found.Names = append(append(found.Names[:len(found.Names):len(found.Names)], ref.Name), ref.Names...)
		}
		if found.Def == nil {
			found.Def = ref.Def
		}
	}
	return found
}

func (r *Resolver) expression(n syntax.Node, f *frame) *Value {
	switch n.Kind() {
	case syntax.Name:
		return r.name(n, f)
	case syntax.Attr:
		return r.attribute(r.eval(n.Child(0), f), n.Text(), n)
	case syntax.Call:
		return r.call(n, f)
	case syntax.Subscript:
		return r.subscript(n, f)
	case syntax.String:
		if isConfig(n) {
			return configText(n)
		}
		return &Value{Kind: String, Node: n, Text: n.Text()}
	case syntax.FString:
		return r.fstring(n, f)
	case syntax.Number:
		return &Value{Kind: Number, Node: n, Text: n.Text()}
	case syntax.Bool:
		return &Value{Kind: Bool, Node: n, Text: n.Text()}
	case syntax.Null:
		return &Value{Kind: Null, Node: n}
	case syntax.List, syntax.Tuple, syntax.Set:
		return r.list(n, f)
	case syntax.Map:
		return r.dict(n, f)
	case syntax.Binary:
		return r.binary(n, f)
	case syntax.Logic:
		return r.logic(n, f)
	case syntax.Cond:
		return choice(n, r.eval(n.Child(1), f), r.eval(n.Child(2), f))
	case syntax.Await, syntax.Interp, syntax.Keyword, syntax.Spread, syntax.ExprStmt, syntax.Default, syntax.Decorator, syntax.Base:
		return r.eval(n.Child(0), f)
	case syntax.Walrus:
		return r.eval(n.Child(1), f)
	case syntax.Yield:
		return unknown(n, "it is what is sent into a generator")
	case syntax.Lambda, syntax.FuncDef:
		return &Value{Kind: Function, Node: n, Ref: Ref{Name: "lambda"}, in: r, frame: f}
	case syntax.ClassDef:
		return r.definition(n, f)
	case syntax.Comp:
		return r.comprehension(n, f)
	case syntax.Unary:
		if v := r.eval(n.Child(0), f); v.Kind == Number && n.TextIs("-") {
			return &Value{Kind: Number, Node: n, Text: "-" + v.Text}
		} else if n.TextIs("not") || n.TextIs("!") {
			return unknown(n, "it is a condition")
		} else {
			return v
		}
	case syntax.Compare:
		return unknown(n, "it is a condition")
	case syntax.Ellipsis:
		return unknown(n, "it is left open")
	case syntax.Error:
		return unknown(n, "it could not be read")
	}
	return unknown(n, "it is computed")
}

// mostChoices is how many alternatives a value may have.
const mostChoices = 64

// choice joins alternatives, each of them once.
func choice(n syntax.Node, values ...*Value) *Value {
	if len(values) == 1 && values[0] != nil {
		if values[0].Kind == Choice { // its alternatives are joined already
			return &Value{Kind: Choice, Node: n, Items: values[0].Items}
		}
		return values[0] // as it is nearly always
	}
	var room [8]*Value // a list of the right length is made of them at the end
	items := room[:0]
	for _, v := range values {
		items = chosen(items, v)
	}
	switch len(items) {
	case 0:
		return unknown(n, "there is nothing to choose from")
	case 1:
		return items[0]
	}
	return &Value{Kind: Choice, Node: n, Items: slices.Clone(items)}
}

// chosen adds the alternatives of a value that are not among the items yet.
func chosen(items []*Value, v *Value) []*Value {
	switch {
	case v == nil:
	case v.Kind == Choice:
		for _, one := range v.Items {
			items = chosen(items, one)
		}
	case len(items) < mostChoices && !hasSame(items, v):
		items = append(items, v)
	}
	return items
}

func hasSame(items []*Value, v *Value) bool {
	for _, item := range items {
		if item == v || item.Kind == v.Kind && same(item, v) {
			return true
		}
	}
	return false
}

// same tells whether two values of one kind are the same for sure; it is cheap and may say no too often.
func same(a, b *Value) bool {
	switch a.Kind {
	case Null:
		return true
	case String, Number, Bool:
		return a.Text == b.Text && len(a.Holes) == 0 && len(b.Holes) == 0
	case External, Package:
		return a.Ref.Name == b.Ref.Name && a.Base == b.Base
	case Function, Class:
		return a.Node == b.Node && a.frame == b.frame && a.self == b.self && a.Ref.Def != nil
	case Instance:
		return !a.Call.IsZero() && a.Call == b.Call && a.frame == b.frame && a.Ref.Name == b.Ref.Name // for cls in classes: cls()
	case Env:
		return a.Text == b.Text && len(a.Items) == 0 && len(b.Items) == 0
	}
	return false
}

func (r *Resolver) list(n syntax.Node, f *frame) *Value {
	v := &Value{Kind: List, Node: n}
	if count := n.Count(); count > 0 {
		v.Items = make([]*Value, 0, min(count, maxItems))
	}
	for c := range n.Children() {
		if len(v.Items) >= maxItems {
			v.Open = true
			break
		}
		if c.Is(syntax.Spread) {
			v.extend(r.eval(c.Child(0), f))
			continue
		}
		v.Items = append(v.Items, r.eval(c, f))
	}
	return v
}

// extend adds the members of another list.
func (v *Value) extend(other *Value) {
	for one := range other.alternatives() {
		switch one.Kind {
		case List:
			if len(v.Items)+len(one.Items) > maxItems {
				v.Open = true
				return
			}
			v.Items = append(v.Items, one.Items...)
			v.Open = v.Open || one.Open
			if one.Open && v.Text == "" {
				v.Text = one.Text
			}
		case Dict:
			for _, pair := range one.Pairs {
				v.Items = append(v.Items, pair.Key)
			}
		case Null:
		case String:
			v.Items = append(v.Items, one)
		case Instance:
			if held := one.in.mapHolds(one); held != nil {
				v.extend(one.in.methodCall(held, "items", one.Node, nil))
				continue
			}
			v.Items = append(v.Items, one)
		default:
			// Something that is iterated over: keep it as a member, so that whoever knows what it is can say so.
			v.Items = append(v.Items, one)
		}
	}
}

func (r *Resolver) binary(n syntax.Node, f *frame) *Value {
	left, right := r.eval(n.Child(0), f), r.eval(n.Child(1), f)
	switch n.Text() {
	case "+":
		return r.plus(n, left, right)
	case "%":
		if left.Kind == String {
			return r.percent(n, left, right)
		}
	case "|":
		if left.Kind == Dict && right.Kind == Dict {
			v := &Value{Kind: Dict, Node: n}
			v.update(left)
			v.update(right)
			return v
		}
		// A union of types, or runnables joined by a pipe: langchain's prompt | llm | parser.
		if left.Kind == Instance || right.Kind == Instance || left.Kind == Choice || right.Kind == Choice {
			return &Value{Kind: Instance, Node: n, Call: n, Ref: Ref{Name: "operator.or_"}, in: r, frame: f}
		}
		return left
	case "/":
		if (left.Kind == Instance || left.Kind == External) && left.Ref.Is("pathlib.Path", "pathlib.Path.**") {
			return &Value{Kind: Instance, Node: n, Call: n, Ref: left.Ref, in: r, frame: f, Base: left}
		}
	case "*":
		if left.Kind == List {
			return left
		}
	}
	return unknown(n, "it is computed")
}

// logic is "a or b", "a and b", "a ?? b".
func (r *Resolver) logic(n syntax.Node, f *frame) *Value {
	if n.TextIs("and") {
		return r.eval(n.Child(-1), f)
	}
	var all []*Value
	for c := range n.Children() {
		v := r.eval(c, f)
		if v.Kind == Null || v.Kind == String && v.Text == "" && len(v.Holes) == 0 || v.Kind == List && len(v.Items) == 0 && !v.Open {
			continue
		}
		if v.Kind == Env && len(v.Items) == 0 && n.Count() == 2 && c == n.Child(0) {
			// os.getenv("MODEL") or "gpt-4o": the second is its default.
			other := r.eval(n.Child(1), f)
			return &Value{Kind: Env, Node: n, Text: v.Text, Items: []*Value{other}}
		}
		all = append(all, v)
		if v.Kind == String || v.Kind == Instance && !v.Call.IsZero() || v.Kind == List && len(v.Items) > 0 {
			break // it is true, so the rest is never looked at
		}
	}
	if len(all) == 0 {
		return r.eval(n.Child(-1), f)
	}
	return choice(n, all...)
}

// mostParents is how many folders further up path.parents[i] is followed.
const mostParents = 16

// subscript is d[key], list[0], Generic[T].
func (r *Resolver) subscript(n syntax.Node, f *frame) *Value {
	object := r.eval(n.Child(0), f)
	index := n.Child(1)
	return r.item(n, object, index, f)
}

func (r *Resolver) item(n syntax.Node, object *Value, index syntax.Node, f *frame) *Value {
	switch object.Kind {
	case Class, External, Function, Package:
		if object.Kind == External && (object.Ref.Name == "os.environ" || object.Ref.Name == "builtins.process.env") {
			if key, ok := r.eval(index, f).Constant(); ok {
				return &Value{Kind: Env, Node: n, Text: key}
			}
			return unknown(n, "an environment variable whose name is computed")
		}
		if object.Kind == External {
			if got := r.held(slotOf(n), n); got != nil {
				return got
			}
			if above, ok := strings.CutSuffix(object.Ref.Name, ".parents"); ok && object.Ref.Is("pathlib.Path.**") {
				if i, ok := smallNumber(r.eval(index, f)); ok && i >= 0 && i < mostParents {
					return &Value{Kind: External, Node: n, Ref: Ref{Name: above + strings.Repeat(".parent", i+1)}, Base: object.Base}
				}
			}
		}
		if object.Kind == Class && r.isEnum(object) {
			if key, ok := r.eval(index, f).Constant(); ok {
				return r.attribute(object, key, n)
			}
		}
		return object
	case Choice:
		var all []*Value
		for _, one := range object.Items {
			all = append(all, r.item(n, one, index, f))
		}
		return choice(n, all...)
	case Dict:
		key := r.eval(index, f)
		if s, ok := key.Constant(); ok {
			if v := object.Get(s); v != nil {
				return v
			}
			if !object.Open {
				return object.memberOr(unknown(n, "the dictionary has no key %q", s))
			}
			return object.memberOr(unknown(n, "the dictionary is not known in full"))
		}
		// Which of them is decided when the program runs: any.
		var all []*Value
		for _, pair := range object.Pairs {
			all = append(all, pair.Value)
		}
		if len(all) == 0 {
			return object.memberOr(unknown(n, "the key is computed"))
		}
		return object.memberOr(choice(n, all...))
	case List:
		if i, ok := smallNumber(r.eval(index, f)); ok {
			if i < 0 {
				i += len(object.Items)
			}
			if i >= 0 && i < len(object.Items) && !object.Open {
				return object.Items[i]
			}
		}
		if index.Is(syntax.Slice) {
			return object
		}
		if len(object.Items) > 0 {
			return object.memberOr(choice(n, object.Items...))
		}
		return object.memberOr(unknown(n, "the list is not known"))
	case Instance:
		if got := r.held(slotOf(n), n); got != nil {
			return got
		}
		return r.attribute(object, "__getitem__", n).called(r, n, f)
	case Env, String:
		return unknown(n, "it is part of a text")
	case Unknown:
		return object
	}
	return unknown(n, "it is computed")
}

func smallNumber(v *Value) (int, bool) {
	if v.Kind != Number || len(v.Text) > 4 {
		return 0, false
	}
	n, sign := 0, 1
	for i, c := range v.Text {
		switch {
		case c == '-' && i == 0:
			sign = -1
		case c >= '0' && c <= '9':
			n = n*10 + int(c-'0')
		default:
			return 0, false
		}
	}
	return sign * n, true
}

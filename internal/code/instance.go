package code

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"fermata/internal/syntax"
)

// Arg is a constructor's or function's argument by keyword, else by position from 0 (-1: by keyword only). It looks
// through what partial() bound, dictionaries that are spread, the constructors of the program's own classes up to the
// outside class, and class attributes. Nil when it was not given.
func (v *Value) Arg(name string, position int) *Value {
	if v == nil || v.in == nil {
		return nil
	}
	if v.Kind == Choice {
		for _, one := range v.Items {
			if got := one.Arg(name, position); got != nil {
				return got
			}
		}
		return nil
	}
	r := v.in
	r.start()
	if got := v.literalArg(name); got != nil {
		return got
	}
	if v.Kind == Instance && v.Ref.Def != nil {
		// A class of the program that derives from nothing is what it is: its arguments are those of the call.
		if got := v.keywordArg(name); got != nil {
			return got
		}
		if v.Ref.Def.Module == r.module || len(r.program.lineage(v.Ref.Def.Module, v.Ref.Def.Node.Index())) > 0 {
			if k := r.classOf(v.Ref.Def); k != nil {
				return r.constructed(v, k, name, position)
			}
		}
	}
	return v.argument(name, position)
}

// literalArg is a field of a composite literal of Go; nil for other calls and for what is not set.
func (v *Value) literalArg(name string) *Value {
	if name == "" || v.Kind != Instance || v.Call.Op() != 2 || !inGo(v.Call) {
		return nil
	}
	if got := v.Call.Argument(name); !got.IsZero() {
		return v.in.eval(got, v.frame)
	}
	return v.in.setLater(v.Call, name, v.frame)
}

// keywordArg is a keyword of the call itself, where the class has no constructor of its own that could change it.
func (v *Value) keywordArg(name string) *Value {
	if name == "" || v.Call.IsZero() || !v.Call.Is(syntax.Call) {
		return nil
	}
	if got := v.Call.Argument(name); !got.IsZero() && v.Ref.Def.Module != v.in.module {
		return v.in.eval(got, v.frame)
	}
	return nil
}

// argument is what the call itself says.
func (v *Value) argument(name string, position int) *Value {
	if v.Call.IsZero() || !v.Call.Is(syntax.Call) {
		return nil
	}
	if v.more != nil && v.more.whole { // what stands at the call is not what it is made of
		a := v.in.unseen(syntax.Node{}, v.frame, v.extras())
		if got := a.named(name); got != nil || position < 0 || position >= len(a.positional) {
			return got
		}
		return a.at(position)
	}
	return v.in.argumentOf(v.Call, v.frame, v.extras(), name, position)
}

func (r *Resolver) argumentOf(call syntax.Node, f *frame, extras []extra, name string, position int) *Value {
	if name != "" {
		if got := call.Argument(name); !got.IsZero() {
			return r.eval(got, f)
		}
	}
	simple := len(extras) == 0
	for c := range call.All(syntax.Spread) {
		_ = c
		simple = false
	}
	if simple && position < 0 {
		if r.at(call).module.language != syntax.TypeScript {
			return nil
		}
	}
	a := r.argumentsOnce(call, f, extras)
	if name != "" {
		if v := a.named(name); v != nil {
			return v
		}
	}
	script := r.at(call).module.language == syntax.TypeScript
	if name != "" && script { // JavaScript passes one object of options
		for i := range a.positional {
			if p := a.at(i); p.Kind == Dict {
				if got := p.Get(name); got != nil {
					return got
				}
			}
		}
	}
	if position >= 0 && position < len(a.positional) {
		if got := a.at(position); name == "" || !script || !got.Is(Dict) || !a.options(position) {
			return got
		}
	}
	return nil
}

// camel is max_turns as JavaScript writes it: maxTurns.
func camel(name string) string {
	parts := strings.Split(name, "_")
	for i, part := range parts[1:] {
		if part != "" {
			parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, "")
}

// options tells whether the object at a position is the one that holds a call's options, and is no argument of its
// own: it is the only one.
func (a arguments) options(position int) bool { return position == 0 && len(a.positional) == 1 }

// constructed is an argument of an object of a class of the program, as the outside class at the root of it gets it.
func (r *Resolver) constructed(v *Value, k *class, name string, position int) *Value {
	init := r.method(v.Ref.Def, "__init__")
	if init == nil {
		init = r.method(v.Ref.Def, "constructor")
	}
	if init == nil {
		if got := v.argument(name, position); got != nil {
			return got
		}
	} else if !v.Call.IsZero() || v.key != nil {
		// Through super().__init__(…), class by class.
		for _, c := range k.line {
			m := c.method(r, "__init__")
			if m == nil {
				m = c.method(r, "constructor")
			}
			if m == nil {
				continue
			}
			call, f := r.superCallIn(v, c, m)
			if call.IsZero() {
				continue
			}
			if got := r.argumentOf(call, f, nil, name, position); got != nil {
				return got
			}
		}
		for _, c := range k.line {
			if len(c.text(r).attrs[name]) > 0 {
				if got := r.selfAttribute(v, c, name, v.Node); got != nil {
					return got
				}
			}
		}
		if got := v.argument(name, -1); got != nil {
			return got
		}
	}
	for _, c := range k.line {
		if got := r.classVariable(c, name, c.def.Node); got != nil {
			return got
		}
	}
	return nil
}

// superCallIn is the call of the base's constructor in a class's own, with the frame it runs in.
func (r *Resolver) superCallIn(v *Value, c *class, init *Def) (syntax.Node, *frame) {
	f := r.selfFrame(v, c, init.Node)
	var found syntax.Node
	init.Node.Walk(func(n syntax.Node) bool {
		if !found.IsZero() {
			return false
		}
		if !n.Is(syntax.Call) {
			return true
		}
		callee := n.Child(0)
		switch {
		case callee.Is(syntax.Attr) && callee.TextIs("__init__"):
			object := callee.Child(0)
			if object.Is(syntax.Call) && object.Child(0).TextIs("super") || object.Is(syntax.Name) && !object.TextIs("self") {
				found = n
			}
		case callee.Is(syntax.Name) && callee.TextIs("super") && !n.Parent().Is(syntax.Attr):
			found = n
		}
		return true
	})
	return found, f
}

// Spread is an argument that spreads something which could not be followed (**kwargs of unknown content), with the
// reason; nil when the arguments are known in full.
func (v *Value) Spread() *Value {
	if v == nil || v.in == nil || !v.Call.Is(syntax.Call) {
		return nil
	}
	for c := range v.Call.All(syntax.Spread) {
		got := v.in.eval(c.Child(0), v.frame)
		if got.Kind == Null || got.Kind == List && !got.Open || got.Kind == Dict && !got.Open {
			continue
		}
		return unknown(c, "what is spread here could not be followed: %s", strings.TrimSpace(c.Child(0).Source()))
	}
	return nil
}

// Args lists what a call was given in order: positional values first under "", then keywords by name. Spread
// dictionaries are opened.
func (v *Value) Args() []Entry {
	if v == nil || v.in == nil || v.Call.IsZero() || !v.Call.Is(syntax.Call) {
		return nil
	}
	r := v.in
	a := r.arguments(v.Call, v.frame, v.extras())
	var all []Entry
	if v.more != nil && v.more.whole {
		for _, e := range v.extras() {
			all = append(all, Entry{&Value{Kind: String, Text: e.name}, e.value})
		}
		return all
	}
	for i := range a.positional {
		all = append(all, Entry{&Value{Kind: String}, a.at(i)})
	}
	seen := map[string]bool{}
	for c := range v.Call.Children() {
		if c.Is(syntax.Keyword) && !seen[c.Text()] {
			seen[c.Text()] = true
			all = append(all, Entry{&Value{Kind: String, Node: c, Text: c.Text()}, a.named(c.Text())})
		}
		if c.Is(syntax.Spread) && c.Op() == 2 {
			if d := r.eval(c.Child(0), v.frame); d.Kind == Dict {
				for _, pair := range d.Pairs {
					if s, ok := pair.Key.Constant(); ok && !seen[s] {
						seen[s] = true
						all = append(all, pair)
					}
				}
			}
		}
	}
	return all
}

// Has tells whether a call was given a keyword argument, or may have been through something that is spread.
func (v *Value) Has(name string) bool { return v.Arg(name, -1) != nil }

// Key is the object's identity: two values with one key are one object, in whatever file and by whatever way they
// were reached. Values that are not objects have the key of their expression.
func (v *Value) Key() string {
	if v == nil {
		return ""
	}
	if v.key == nil {
		if v.isCommon() {
			return v.identity() // others may ask for it at the same time
		}
		v.key = new(v.identity())
	}
	return *v.key
}

func (v *Value) identity() string {
	r := v.in
	switch {
	case v.Kind == Instance && r != nil && !v.Call.IsZero():
		return r.place(v.Call) + r.ident(r.trim(v.Call, v.frame))
	case v.Ref.Def != nil && v.Kind == Instance:
		return "type:" + v.Ref.Def.ID()
	case v.Ref.Def != nil:
		return v.Ref.Def.ID()
	case v.Kind == External || v.Kind == Instance:
		return "outside:" + v.Ref.Name
	}
	if t := v.Node.Tree(); t != nil {
		return t.File.Path() + "!" + strconv.Itoa(v.Node.Index())
	}
	return ""
}

// Template is the key that the object would have if nobody had said with what its factory was called; "" when it is
// not made by a factory that is called with something that matters. What a subclass of the program makes in a method
// that it inherits has the subclass's as its template where the subclass's objects differ, too; see Pattern.
func (v *Value) Template() string {
	pattern := v.Pattern()
	if pattern != "" {
		if own := v.pattern(); own != "" {
			return own
		}
	}
	return pattern
}

// Pattern is the key of the constructing call itself, whoever makes it run; "" where the object has no template.
func (v *Value) Pattern() string {
	if v == nil || v.in == nil || v.Kind != Instance || v.Call.IsZero() {
		return ""
	}
	f := v.in.trim(v.Call, v.frame)
	if f == nil {
		return ""
	}
	return v.in.place(v.Call)
}

// instances is [Resolver.Instances].
func (r *Resolver) instances(patterns []string) []*Value {
	same := r.byCallee()
	called := r.callHeads().places(patterns, len(same))
	makers := r.madeBy().places(patterns, len(same))
	builders := r.builtBy().places(patterns, len(same))
	heirs := r.inheritedBy().places(patterns, len(r.klasses))
	if len(called)+len(makers)+len(builders)+len(heirs) == 0 {
		return nil
	}
	var found []*Value
	seen := map[string]bool{}
	add := func(v *Value) {
		if v.Kind != Instance || v.Call.IsZero() || !r.derives(v.Ref, patterns, 0) || v.in == nil {
			return
		}
		key := v.Key()
		if seen[key] {
			return
		}
		if r.at(v.Site()) != r.own {
			return // another file's pass describes it
		}
		seen[key] = true
		found = append(found, v)
	}
	for _, i := range heirs {
		for _, one := range r.inherited(r.klasses[i], patterns) {
			add(one)
		}
	}
	type givingCall struct {
		place int32 // among all calls of the file
		how   giver
	}
	var giving []givingCall
	q := r.program.questions.of(patterns)
	for _, i := range merged(merged(called, makers), builders) {
		s := same[i]
		if how := q.gives(r, *r.callee(s)); how != givesNone {
			for at := range r.placesOf(s) {
				giving = append(giving, givingCall{at, how})
			}
		}
	}
	slices.SortFunc(giving, func(a, b givingCall) int { return cmp.Compare(a.place, b.place) })
	for _, c := range giving {
		call := r.calls[c.place].Node
		r.start()
		for _, f := range r.unroll(call, outerScope(call), nil) {
			v := r.eval(call, f)
			if c.how == givesMembers {
				for _, one := range v.Members() {
					add(one)
				}
				continue
			}
			for one := range v.alternatives() {
				if c.how == givesItself {
					add(one)
					continue
				}
				for _, made := range r.ofConstructor(one, patterns) {
					add(made)
				}
				for _, made := range r.ofMethods(one, patterns) {
					add(made)
				}
			}
		}
	}
	return found
}

// writesTo is [Resolver.Writes].
func (r *Resolver) writesTo(attr string) []Write {
	r.index()
	var found []Write
	for _, n := range r.writes {
		var object, value syntax.Node
		var more []syntax.Node // push(a, b)
		adds := false
		switch n.Kind() {
		case syntax.Assign, syntax.AnnAssign, syntax.AugAssign:
			t := n.Child(0)
			if !t.TextIs(attr) {
				continue
			}
			object, value, adds = t.Child(0), n.Child(-1), n.Is(syntax.AugAssign)
		default:
			callee := n.Child(0).Child(0)
			if !callee.Child(0).TextIs(attr) {
				continue
			}
			object = callee.Child(0).Child(0)
			switch callee.Text() {
			case "append", "add", "extend", "update", "push":
				value, adds = n.Child(0).Child(1), true
				for i := 2; callee.TextIs("push") && i < n.Child(0).Count(); i++ {
					more = append(more, n.Child(0).Child(i))
				}
			case "insert":
				value, adds = n.Child(0).Child(2), true
			default:
				continue
			}
		}
		if object.Is(syntax.Name) && (object.TextIs("self") || object.TextIs("this")) || value.IsZero() {
			continue
		}
		for _, f := range r.unroll(n, outerScope(n), nil) {
			r.start()
			for target := range r.eval(object, f).alternatives() {
				if target.Kind == Instance {
					found = append(found, Write{Node: n, Target: target, Attr: attr, Value: r.eval(value, f), Adds: adds})
					for _, e := range more {
						found = append(found, Write{Node: n, Target: target, Attr: attr, Value: r.eval(e, f), Adds: adds})
					}
				}
			}
		}
	}
	return found
}

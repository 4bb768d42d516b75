package codecheck

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/syntax"
	"fermata/internal/verify/taint"
)

//go:embed calls.yaml
var callsFile []byte

// groups finds the kinds of a call by the last part of its name.
type groups struct {
	byLast map[string][]groupRow
}

type groupRow struct{ pattern, kind string }

// callGroups reads the table of calls.
func callGroups() (map[syntax.Language]*groups, error) {
	tree := syntax.Parse(source.NewFile("calls.yaml", callsFile))
	if len(tree.Diagnostics) > 0 {
		return nil, fmt.Errorf("%s", tree.Diagnostics[0])
	}
	all := map[syntax.Language]*groups{}
	for key, kinds := range tree.Root().Pairs() {
		g := &groups{byLast: map[string][]groupRow{}}
		for kind, list := range kinds.Pairs() {
			for item := range list.Children() {
				p := item.Text()
				last := p[strings.LastIndexByte(p, '.')+1:]
				g.byLast[last] = append(g.byLast[last], groupRow{p, kind.Text()})
			}
		}
		switch key.Text() {
		case "python":
			all[syntax.Python], all[syntax.Notebook] = g, g
		case "javascript":
			all[syntax.TypeScript] = g
		case "go":
			all[syntax.Go] = g
		}
	}
	return all, nil
}

// of gives the kinds of a call.
func (g *groups) of(c *taint.Callee) []string {
	var kinds []string
	for _, row := range g.byLast[c.Last] {
		if !slices.Contains(kinds, row.kind) && c.Is(row.pattern) {
			kinds = append(kinds, row.kind)
		}
	}
	return kinds
}

// nameIndex finds the patterns that rules asked for.
type nameIndex struct {
	byLast map[string][]string
	open   []string
}

func newNameIndex(patterns []string) nameIndex {
	x := nameIndex{byLast: map[string][]string{}}
	for _, p := range patterns {
		last := p[strings.LastIndexByte(p, '.')+1:]
		if strings.Contains(last, "*") {
			x.open = append(x.open, p)
		} else {
			x.byLast[last] = append(x.byLast[last], p)
		}
	}
	return x
}

func (x *nameIndex) of(c *taint.Callee) []string {
	var found []string
	for _, p := range x.byLast[c.Last] {
		if c.Is(p) {
			found = append(found, p)
		}
	}
	for _, p := range x.open {
		if c.Is(p) {
			found = append(found, p)
		}
	}
	return found
}

// telling tells by the last part of its name, before it is resolved, whether a call can be of any kind that is asked for.
func (f *fileLook) telling(callee syntax.Node) bool {
	switch callee.Kind() {
	case syntax.Name, syntax.Attr:
		text := callee.Text()
		if f.lasts[text] || callee.Is(syntax.Name) && f.alias[text] {
			return true
		}
		if g := f.groups[f.r.Tree().Language]; g != nil && g.byLast[text] != nil {
			return true
		}
		return f.names.byLast[text] != nil || len(f.names.open) > 0
	}
	return false
}

// call makes the subjects of a call: one for each kind of sink that it is, and one for what it is besides.
func (f *fileLook) call(n syntax.Node) {
	last, telling := n.Child(0).Text(), f.telling(n.Child(0))
	fn := f.bodyAround(n)
	if !telling && (fn == nil || last != fn.n.Text() && !f.showing(last)) {
		return
	}
	callee := taint.CalleeOf(f.r, n.Child(0))
	var plain []string
	if g := f.groups[n.Tree().Language]; g != nil {
		for _, kind := range g.of(&callee) {
			if fn != nil && (kind == "model" || kind == "agent") {
				fn.asks = true
			}
			if f.in.Asks.wants("call", kind) {
				plain = append(plain, kind)
			}
		}
	}
	if fn != nil && itself(&callee, n, fn.n) {
		fn.recurs = true
	}
	if !telling {
		return
	}
	plain = append(plain, f.names.of(&callee)...)
	if len(plain) > 0 {
		s := f.callSubject(n, &callee, f.id(n, nameOf(&callee)), f.around(n), nil)
		s.Kinds = plain
		f.add(s)
	}
	for _, hit := range taint.SinksAt(f.r, n, &callee) {
		kind := hit.Kind.String()
		if !f.in.Asks.wants("call", kind) {
			continue
		}
		p := &pending{node: n.Index(), kind: hit.Kind, id: f.id(n, nameOf(&callee)+"."+kind), around: -1}
		around := f.around(n)
		if around != nil {
			p.around, p.within = around.n.Index(), around.id
		}
		f.seen.pending = append(f.seen.pending, p)
		if f.in.Sieve != nil && f.in.Sieve.NeedsSource(kind) {
			continue
		}
		s := f.callSubject(n, &callee, p.id, around, &hit)
		if f.in.Sieve == nil || f.in.Sieve.Passes(s) {
			p.subject = s
		}
	}
}

// sinkAgain makes the subject of a sink that was let go before.
func (f *fileLook) sinkAgain(p *pending) {
	n := f.r.Tree().At(p.node)
	callee := taint.CalleeOf(f.r, n.Child(0))
	var around *function
	if p.around >= 0 {
		around = f.function(f.r.Tree().At(p.around))
		around.id = p.within
	}
	for _, hit := range taint.SinksAt(f.r, n, &callee) {
		if hit.Kind == p.kind {
			p.subject = f.callSubject(n, &callee, p.id, around, &hit)
			p.subject.Settle()
		}
	}
}

// nameOf is what ids call a call.
func nameOf(c *taint.Callee) string {
	if c.Last == "" || c.Last == "?" {
		return "call"
	}
	return c.Last
}

// fixed tells whether an expression says the same whoever runs it.
func (f *fileLook) fixed(n syntax.Node, depth int) bool {
	switch n.Kind() {
	case syntax.String, syntax.Number, syntax.Bool, syntax.Null:
		return true
	case syntax.List, syntax.Tuple, syntax.Set:
		for c := range n.Children() {
			if !f.fixed(c, depth+1) {
				return false
			}
		}
		return true
	case syntax.Name, syntax.Attr, syntax.FString, syntax.Binary:
		return fixedValue(f.r.Eval(n), 0)
	}
	return false
}

func fixedValue(v *code.Value, depth int) bool {
	if depth > 4 {
		return false
	}
	if _, ok := v.Constant(); ok {
		return true
	}
	switch {
	case v.Is(code.Env), v.Is(code.Null):
		return true // whoever runs the program says it
	case v.Is(code.List), v.Is(code.Choice):
		for _, item := range v.Items {
			if !fixedValue(item, depth+1) {
				return false
			}
		}
		return !v.Open && len(v.Items) > 0
	case v.Is(code.String):
		for _, h := range v.Holes {
			if !fixedValue(h.Value, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}

// callPlace is a call whose subject is asked about.
type callPlace struct {
	f      *fileLook
	s      *result.Subject
	n      syntax.Node
	callee taint.Callee
	hit    *taint.Hit // the sink that it is; nil for what it is besides
	around *function  // nil at the level of the file

	stands bool // where it stands was looked at
	args   bool
}

// callSubject begins the subject of a call.
func (f *fileLook) callSubject(n syntax.Node, c *taint.Callee, id string, around *function, hit *taint.Hit) *result.Subject {
	p := &callPlace{f: f, s: f.newSubject("call", id), n: n, callee: *c, hit: hit, around: around}
	if hit != nil {
		p.s.Kinds = []string{hit.Kind.String()}
	}
	p.s.Late = p.find
	return p.s
}

// find finds out a field: see [result.Subject].
func (p *callPlace) find(field string) {
	s, f := p.s, p.f
	switch field {
	case "":
		s.Evidence = []model.Evidence{model.EvidenceAt(p.n.Span())}
		for _, one := range []string{"name", "text", "sink", "names", "function", "in_loop", "switched", "by_hand", "refusing", "unasked", "only", "constant", "args"} {
			p.find(one)
		}
		if p.hit == nil {
			s.Element = f.element(p.n)
		}
	case "name", "full":
		s.SetText("name", p.callee.Last)
		s.SetText("full", strings.TrimPrefix(p.callee.Name, "?."))
	case "text":
		s.SetText("text", source.Redact(short(p.n)))
	case "sink":
		if p.hit != nil {
			s.SetText("sink", p.hit.Kind.Doc())
		}
	case "names":
		s.SetList("names", append([]string{p.callee.Name}, p.callee.Names...))
	case "function":
		if p.around != nil {
			s.Function = p.around.about()
		}
	case "in_loop", "in_try", "awaited", "used", "module_level":
		p.standing()
	case "switched":
		s.SetFlag("switched", result.Is(switched(p.n)))
	case "by_hand":
		s.SetFlag("by_hand", result.Is(f.byHand(p.n)))
	case "unasked":
		s.SetFlag("unasked", result.Is(f.startsUnasked(p.n)))
	case "refusing":
		s.SetFlag("refusing", result.Is(f.refusing(p.n, 0)))
	case "only":
		var function syntax.Node
		if p.around != nil {
			function = p.around.n
		}
		s.SetText("only", only(p.n, function))
	case "constant", "tainted":
		p.fixed()
	case "args", "arguments":
		if !p.args {
			p.args = true
			f.arguments(s, p.n)
		}
	}
}

// fixed finds out whether the arguments of a sink that count are fixed in the code.
func (p *callPlace) fixed() {
	if p.hit == nil {
		return
	}
	if _, known := p.s.Flags["constant"]; known {
		return
	}
	fixed := len(p.hit.Arguments) > 0
	for _, a := range p.hit.Arguments {
		fixed = fixed && p.f.fixed(a, 0)
	}
	p.s.SetFlag("constant", result.Is(fixed))
	if fixed {
		p.s.SetFlag("tainted", result.No)
	}
}

// standing finds out what the call stands inside of.
func (p *callPlace) standing() {
	if p.stands {
		return
	}
	p.stands = true
	s, n := p.s, p.n
	s.SetFlag("in_loop", result.No)
	s.SetFlag("in_try", result.No)
	child := n
walk:
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		switch p.Kind() {
		case syntax.FuncDef, syntax.Lambda:
			break walk
		case syntax.For, syntax.While:
			if child.Is(syntax.Block) || p.Is(syntax.While) {
				s.SetFlag("in_loop", result.Yes)
			}
		case syntax.Try:
			if p.Child(0) == child && (!p.First(syntax.Except).IsZero()) {
				s.SetFlag("in_try", result.Yes)
			}
		}
		child = p
	}
	parent := n.Parent()
	s.SetFlag("awaited", result.Is(parent.Is(syntax.Await)))
	for parent.Is(syntax.Await) {
		parent = parent.Parent()
	}
	s.SetFlag("used", result.Is(!parent.Is(syntax.ExprStmt)))
	s.SetFlag("module_level", result.Is(p.around == nil))
}

// arguments lists what a call is given; what each is, is found out when it is asked.
func (f *fileLook) arguments(s *result.Subject, n syntax.Node) {
	place, first := 0, true
	add := func(a result.Argument, v syntax.Node) {
		a.Late = func(a *result.Argument) { f.describe(a, v) }
		a.May = func(kind string) bool { return mayBe(v, kind) }
		s.Args = append(s.Args, a)
	}
	for c := range n.Children() {
		if first {
			first = false
			continue
		}
		a := result.Argument{Place: -1}
		v := c
		switch c.Kind() {
		case syntax.Keyword:
			a.Name, v = c.Text(), c.Child(0)
		case syntax.Pair: // a composite literal of Go
			a.Name, v = c.Child(0).Text(), c.Child(1)
		case syntax.Spread:
			a.Name, v = "*", c.Child(0)
			if c.Op() == 2 {
				a.Name = "**"
			} else {
				a.Place = -2
			}
		default:
			a.Place = place
			place++
		}
		add(a, v)
		if v.Is(syntax.Map) && n.Tree().Language == syntax.TypeScript { // options
			for key, value := range v.Pairs() {
				add(result.Argument{Name: key.Text(), Place: -1}, value)
			}
			for spread := range v.All(syntax.Spread) {
				add(result.Argument{Name: "**", Place: -1}, spread.Child(0))
			}
		}
	}
	for i := range s.Args {
		if s.Args[i].Place < 0 && s.Args[i].Name != "*" {
			place++
		}
	}
	s.SetNumber("arguments", place)
}

// mayBe tells by the form of an argument whether describe may call it a kind.
func mayBe(v syntax.Node, kind string) bool {
	switch kind {
	case "name":
		return v.Is(syntax.Name, syntax.Attr)
	case "call":
		return v.Is(syntax.Call)
	case "unknown":
		return !v.Is(syntax.Name, syntax.Attr, syntax.Call, syntax.Map, syntax.List, syntax.Tuple, syntax.Set)
	}
	return true
}

// describe says what an argument is.
func (f *fileLook) describe(a *result.Argument, v syntax.Node) {
	switch v.Kind() { // most arguments say by themselves what they are
	case syntax.String:
		a.Constant, a.Kind, a.Text = true, "string", source.Redact(v.Text())
		return
	case syntax.Number:
		a.Constant, a.Kind, a.Text = true, "number", v.Text()
		return
	case syntax.Bool:
		a.Constant, a.Kind, a.Text = true, "bool", v.Text()
		return
	case syntax.Null:
		a.Constant, a.Kind, a.Text = true, "null", v.Source()
		return
	case syntax.Lambda, syntax.FuncDef, syntax.Comp:
		a.Kind, a.Text = "unknown", source.Redact(short(v))
		return
	}
	value := f.r.Eval(v)
	if text, ok := value.Constant(); ok {
		a.Constant, a.Text = true, source.Redact(text)
		switch {
		case value.Is(code.String), value.Is(code.Env):
			a.Kind = "string"
		case value.Is(code.Number):
			a.Kind = "number"
		case value.Is(code.Bool):
			a.Kind = "bool"
		default:
			a.Kind = "string"
		}
		return
	}
	a.Text = source.Redact(short(v))
	switch {
	case v.Is(syntax.Null), value.Is(code.Null):
		a.Kind, a.Constant = "null", true
	case v.Is(syntax.List, syntax.Tuple, syntax.Set), value.Is(code.List):
		a.Kind = "list"
		a.Constant = f.fixed(v, 0)
	case v.Is(syntax.Map), value.Is(code.Dict):
		a.Kind = "map"
	case v.Is(syntax.Call):
		a.Kind = "call"
	case v.Is(syntax.Name, syntax.Attr):
		a.Kind = "name"
	default:
		a.Kind = "unknown"
	}
}

// element is the element that a place is part of; "" for none.
func (f *fileLook) element(n syntax.Node) string {
	if e := f.owners.around(f.path, n); e != "" {
		return e
	}
	if shown := f.owners.shownBy(f.path, n); len(shown) > 0 {
		return shown[0]
	}
	return ""
}

package codecheck

import (
	_ "embed"
	"fmt"
	"slices"
	"sort"
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
		for _, one := range []string{"name", "text", "sink", "names", "function", "in_loop", "constant", "args"} {
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

// flowed makes the subjects of a call that is a sink, with what reaches it: one for each element whose values do.
func (l *look) flowed(p *pending, flows []taint.Flow) []*result.Subject {
	s := p.subject
	path := s.File.Texts["path"]
	var certain []taint.Flow
	for _, f := range flows {
		if !f.Doubt {
			certain = append(certain, f)
		}
	}
	place := s.Evidence[0]
	shown := l.owners.effects[placeKey{path, place.Line}]
	if len(certain) == 0 {
		if s.Function != nil && s.Function.Element != "" {
			s.Element = s.Function.Element
		} else if len(shown) > 0 {
			s.Element = shown[0]
		}
		if len(flows) > 0 {
			delete(s.Flags, "tainted")
		}
		return []*result.Subject{s}
	}
	byElement := map[string]*taint.Flow{}
	var elements []string
	note := func(element string, f *taint.Flow) {
		if byElement[element] == nil {
			byElement[element] = f
			elements = append(elements, element)
		}
	}
	for i := range certain { // the most dangerous source first
		f := &certain[i]
		switch {
		case f.Source.Element != "":
			note(f.Source.Element, f)
		case s.Function != nil && s.Function.Element != "":
			note(s.Function.Element, f)
		case f.Source.Kind == "tool" && len(shown) > 0:
			for _, e := range shown[:min(len(shown), mostElements)] {
				note(e, f)
			}
		case f.Source.Kind == "tool":
			note(l.owners.server(path), f)
		default:
			note("", f)
		}
	}
	if len(elements) > 1 {
		elements = slices.DeleteFunc(elements, func(e string) bool { return e == "" })
	}
	sort.Strings(elements)
	var all []*result.Subject
	for i, e := range elements {
		if i == mostElements {
			break
		}
		all = append(all, withFlow(s, e, byElement[e], len(elements) > 1))
	}
	return all
}

// withFlow is a subject with one way that a value takes to it.
func withFlow(s *result.Subject, element string, f *taint.Flow, several bool) *result.Subject {
	out := *s
	out.Element = element
	if several {
		out.ID = s.ID + "@" + element
	}
	out.Flags = map[string]result.Truth{}
	for k, v := range s.Flags {
		out.Flags[k] = v
	}
	out.Flags["tainted"] = result.Yes
	out.Texts = map[string]string{}
	for k, v := range s.Texts {
		out.Texts[k] = v
	}
	out.Texts["source"], out.Texts["source_name"], out.Texts["source_text"] = f.Source.Kind, f.Source.Name, taint.SourceDoc(f.Source.Kind)
	for _, p := range f.Path {
		out.Trail = append(out.Trail, result.Trace{What: source.Redact(p.What), Evidence: model.EvidenceAt(p.At)})
	}
	return &out
}

// messages makes subjects of what a marked value reaches and is no call: a message in the role of the system, markup
// that is assigned.
func (l *look) messages(flows map[sinkKey][]taint.Flow) []*result.Subject {
	keys := make([]sinkKey, 0, len(flows))
	written := map[sinkKey]string{}
	for k := range flows {
		keys = append(keys, k)
		written[k] = fmt.Sprintf("%s\x00%d\x00%d", k.file, k.node, k.kind) // ids are numbered in this order
	}
	sort.Slice(keys, func(i, j int) bool { return written[keys[i]] < written[keys[j]] })
	var all []*result.Subject
	for _, k := range keys {
		list := slices.DeleteFunc(slices.Clone(flows[k]), func(f taint.Flow) bool { return f.Doubt || f.Call })
		if len(list) == 0 || !l.in.Asks.wants("call", list[0].Kind.String()) || source.Scope(list[0].File) == source.ScopeVendored {
			continue
		}
		f := list[0]
		at := f.Path[len(f.Path)-1]
		id := f.File + ":"
		if f.Around != "" {
			id += f.Around + "."
		}
		id += f.Kind.String()
		for i := 2; slices.ContainsFunc(all, func(s *result.Subject) bool { return s.Place == id }); i++ {
			id = fmt.Sprintf("%s~%d", strings.TrimSuffix(id, fmt.Sprintf("~%d", i-1)), i)
		}
		file := &result.Subject{On: "file", ID: f.File, Place: f.File, Kinds: []string{"source"}, Scope: source.Scope(f.File), Texts: map[string]string{"path": f.File, "base": f.File[strings.LastIndexByte(f.File, '/')+1:]}, Flags: map[string]result.Truth{}}
		s := &result.Subject{
			On: "call", Kinds: []string{f.Kind.String()}, ID: id, Place: id, Scope: source.Scope(f.File), File: file,
			Flags: map[string]result.Truth{"constant": result.No, "in_loop": result.No, "in_try": result.No, "awaited": result.No, "used": result.Yes},
			Texts: map[string]string{"name": f.Kind.String(), "full": at.What, "text": source.Redact(at.What), "sink": f.Kind.Doc()}, Numbers: map[string]int{}, Lists: map[string][]string{},
			Evidence: []model.Evidence{model.EvidenceAt(at.At)},
		}
		all = append(all, withFlow(s, f.Source.Element, &f, false))
	}
	return all
}

// short is an expression for people, on one line.
func short(n syntax.Node) string {
	text := n.Source()
	if len(text) > 400 {
		text = text[:400]
	}
	s := strings.Join(strings.Fields(text), " ")
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}

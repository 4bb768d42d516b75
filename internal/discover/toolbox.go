package discover

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Toolbox says how the tools of a framework look in Python. With it [Pass.Give] follows what "tools=" holds, however
// it is written: functions, decorated functions, objects of tool classes, ready-made products.
type Toolbox struct {
	Technology string
	Decorators []string   // a function that carries one is a tool
	Wrappers   []Wrapper  // calls that make a tool of a function
	Classes    []string   // bases whose subclasses in the program are tools
	Methods    []string   // the methods in which such a class does its work, the first that is there
	Products   []string   // prefixes of the technology table under which a class's plain name is looked up: "agno.tools"
	Other      OtherTools // what the framework has beyond that; may be nil
	Sites      *RunSites  // how agents are run, to see which a tool's function asks; may be nil

	given map[string]bool // functions that were given as tools, by their definition's id
}

// OtherTools handles a value that a framework knows itself: another agent, an MCP server. It gives what is called,
// and false when it is not its matter.
type OtherTools func(agent Ref, name string, v *code.Value) (called []Ref, mine bool)

// Wrapper is a call that makes a tool of a function.
type Wrapper struct {
	Patterns    []string
	Func        string // the argument that is the function
	Position    int    // and its position
	Name        string // the argument that names the tool; "" for "name"
	Description string // the argument that describes it; "" for "description"
}

// Give records that an agent may call what a list holds, and returns how many that are. What could not be followed is
// unresolved.
func (p *Pass) Give(t *Toolbox, agent Ref, name string, list *code.Value) int {
	count := 0
	for _, v := range list.Members() {
		for _, ref := range p.Tools(t, agent, name, v) {
			p.Flow(model.ToolCall, agent, ref, v.Node.Span())
			count++
		}
	}
	return count
}

// Tools describes the tools that a value is and names them. The agent is whom they are given to, for gaps.
func (p *Pass) Tools(t *Toolbox, agent Ref, name string, v *code.Value) []Ref {
	if v == nil {
		return nil
	}
	defer p.ToolsOf(agent)()
	if refs, mine := p.GatewayTools(v); mine {
		return refs
	}
	if t.Other != nil {
		if refs, mine := t.Other(agent, name, v); mine {
			return refs
		}
		if v.Is(code.External) && v.Base != nil { // client.tools: what the client offers
			if refs, mine := t.Other(agent, name, v.Base); mine {
				return refs
			}
		}
	}
	one := func(r Ref) []Ref {
		if r.IsZero() {
			return nil
		}
		return []Ref{r}
	}
	switch v.Kind {
	case code.Choice, code.List:
		var all []Ref
		for _, m := range v.Members() {
			all = append(all, p.Tools(t, agent, name, m)...)
		}
		return all
	case code.Function:
		if v.Ref.Def == nil {
			p.UnresolvedTools("a tool of "+name, "it is a lambda without a name", v.Node.Span())
			return nil
		}
		return one(p.GiveFunction(t, agent, v.Ref.Def))
	case code.Class:
		if v.Ref.Def != nil && p.code.Derives(v.Ref, t.Classes...) {
			return one(p.ToolClass(t, v.Ref.Def))
		}
		if v.Ref.Def == nil {
			return one(p.outsideTool(t, v))
		}
	case code.Instance:
		if v.Typed() {
			break
		}
		return append(one(p.toolObject(t, agent, name, v)), p.wrappedIn(t, agent, name, v)...)
	case code.External:
		return one(p.outsideTool(t, v))
	case code.Bool, code.String, code.Number, code.Null:
		return nil
	case code.Unknown:
		if sum := v.Node; sum.Is(syntax.Binary) && sum.TextIs("+") { // lists put together, of which not all are known
			var all []Ref
			for i := range 2 {
				for _, m := range p.code.Eval(sum.Child(i)).Members() {
					all = append(all, p.Tools(t, agent, name, m)...)
				}
			}
			return all
		}
	}
	p.UnresolvedTools("a tool of "+name, WhyNot(v), v.Node.Span())
	return nil
}

// GiveFunction describes a function that an agent is given as a tool, with the agents that it asks in turn.
func (p *Pass) GiveFunction(t *Toolbox, agent Ref, def *code.Def) Ref {
	ref := p.DecoratedTool(t, def)
	p.asksOthers(t, agent, ref, def)
	return ref
}

// asksOthers joins a tool's function to the agents that it runs, and whoever holds the tool with them.
func (p *Pass) asksOthers(t *Toolbox, agent, tool Ref, def *code.Def) {
	if t.given == nil {
		t.given = map[string]bool{}
	}
	t.given[def.ID()] = true
	if t.Sites == nil {
		return
	}
	for _, other := range p.StartedIn(def, t.Sites) {
		p.Flow(model.Message, tool, other, Headline(def.Node))
		if !agent.IsZero() && agent.Key() != other.Key() {
			p.Flow(model.Delegation, agent, other, Headline(def.Node))
		}
	}
}

// Given tells whether a function was given as a tool in this file.
func (t *Toolbox) Given(def *code.Def) bool { return t.given[def.ID()] }

// WhyNot says why a value is not what was expected.
func WhyNot(v *code.Value) string {
	switch {
	case v == nil:
		return "there is nothing"
	case v.Is(code.Unknown):
		return v.Reason()
	case v.Typed():
		return "only its type is known here"
	case v.Ref.Name != "":
		return v.Ref.Name + " is not understood here"
	}
	return "a " + v.Kind.String() + " is not understood here"
}

// DecoratedTool describes a function as a tool, with what a decorator of the framework says of it.
func (p *Pass) DecoratedTool(t *Toolbox, def *code.Def) Ref {
	var option syntax.Node
	for _, d := range p.code.Decorators(def) {
		if d.Node.Is(syntax.Call) && d.Decorator.Is(t.Decorators...) {
			option = d.Node
		}
	}
	return p.wrappedTool(t, def, option, "", "")
}

func (p *Pass) wrappedTool(t *Toolbox, def *code.Def, call syntax.Node, name, description string) Ref {
	said := func(keys ...string) string {
		for _, k := range keys {
			if k == "" || !call.Is(syntax.Call) {
				continue
			}
			if n := call.Argument(k); !n.IsZero() {
				if s := p.code.Eval(n).Str(); s != "" {
					return s
				}
			}
		}
		return ""
	}
	label := said(name, "name", "name_override")
	if label == "" && call.Is(syntax.Call) && call.Child(1).Is(syntax.String) && name == "" {
		label = call.Child(1).Text()
	}
	if len(label) > 80 || strings.ContainsAny(label, "\n") || strings.Count(label, " ") > 4 {
		label = "" // the first argument is the description, not the name
	}
	e := p.FunctionTool(def, label, said(description, "description", "description_override"), t.Technology)
	return e.Ref
}

// ToolClass describes a class of the program whose objects are tools.
func (p *Pass) ToolClass(t *Toolbox, def *code.Def) Ref {
	ref := Definition(def)
	name := plainWord(p.code.ClassValue(def, "name").Str())
	if name == "" {
		name = def.Last()
	}
	at := Headline(def.Node)
	e := p.Element(model.Tool, ref, name, at).Technology(t.Technology).Alias(def.Last())
	if d := p.code.ClassValue(def, "description").Str(); d != "" {
		e.Detail(d)
	} else {
		e.Detail(def.Doc())
	}
	for _, m := range t.Methods {
		if method := p.code.Method(def, m); method != nil {
			e.Effects(p.EffectsOf(method))
			p.touches(e, method)
			p.contentFacts(e)
			return ref
		}
	}
	e.Effects(p.EffectsOf(def))
	p.contentFacts(e)
	return ref
}

// plainWord is a name without line breaks; "" when it is no name at all.
func plainWord(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 80 {
		return ""
	}
	return s
}

// toolObject is a tool that a call makes.
func (p *Pass) toolObject(t *Toolbox, agent Ref, name string, v *code.Value) Ref {
	at := v.Node.Span()
	for i, w := range t.Wrappers {
		if v.Ref.Is(w.Patterns...) && (i == len(t.Wrappers)-1 || v.Arg(w.Func, w.Position) != nil) {
			return p.wrapperTool(t, agent, name, v, w)
		}
	}
	if v.Ref.Is(t.Decorators...) { // the decorator called like a function: tool(f), tool(name="x")(f)
		fn := v.Arg("", 0)
		if fn.Is(code.Function) && fn.Ref.Def != nil {
			return p.wrappedTool(t, fn.Ref.Def, v.Call, "", "")
		}
	}
	if def := v.Ref.Def; def != nil && def.Kind == code.ClassDef {
		if p.code.Derives(v.Ref, t.Classes...) || len(p.code.OutsideBases(def)) == 0 || p.workMethod(t, def) != nil {
			return p.ToolClass(t, def)
		}
	}
	root := v.Root()
	if root == nil || root.Typed() {
		p.UnresolvedTools("a tool of "+name, WhyNot(v), at)
		return Ref{}
	}
	return p.ReadyTool(t, root)
}

// wrappedIn describes the tools that a tool is made around.
func (p *Pass) wrappedIn(t *Toolbox, agent Ref, name string, v *code.Value) []Ref {
	var all []Ref
	for _, inner := range p.ToolsInside(v, t.Classes) {
		all = append(all, p.Tools(t, agent, name, inner)...)
	}
	return all
}

// ToolsInside gives the tools that a tool of the program's own class is made around: whoever holds a tool that asks for
// approval first, or writes down what it is told, has in the end the one inside.
func (p *Pass) ToolsInside(v *code.Value, classes []string) []*code.Value {
	def := v.Ref.Def
	if def == nil || def.Kind != code.ClassDef || !p.code.Derives(v.Ref, classes...) {
		return nil
	}
	var all []*code.Value
	for _, a := range v.Args() {
		for _, inner := range a.Value.Each() {
			if inner.Is(code.Instance) && !inner.Typed() && inner.Base == nil && inner.Key() != v.Key() && p.code.Derives(inner.Ref, classes...) {
				all = append(all, inner)
			}
		}
	}
	return all
}

func (p *Pass) workMethod(t *Toolbox, def *code.Def) *code.Def {
	for _, m := range t.Methods {
		if method := p.code.Method(def, m); method != nil {
			return method
		}
	}
	return nil
}

func (p *Pass) wrapperTool(t *Toolbox, agent Ref, name string, v *code.Value, w Wrapper) Ref {
	if Script(v.Call) {
		return p.scriptWrapped(t, agent, v, w)
	}
	fn := v.Arg(w.Func, w.Position)
	at := v.Call.Span()
	if fn.Is(code.Function) && fn.Ref.Def != nil {
		ref := p.wrappedTool(t, fn.Ref.Def, v.Call, w.Name, w.Description)
		p.asksOthers(t, agent, ref, fn.Ref.Def)
		return ref
	}
	label := plainWord(v.Arg(orElse(w.Name, "name"), -1).Str())
	if label == "" {
		label = p.NameOf(v)
	}
	if fn == nil || fn.Is(code.Unknown) && label == v.Ref.Last() {
		p.UnresolvedTools("a tool of "+name, WhyNot(fn), at)
		return Ref{}
	}
	// A library's function, a bound method of something outside or a lambda: the wrapper is what is known.
	ref := Object(v)
	e := p.Element(model.Tool, ref, label, at).Technology(t.Technology).Detail(v.Arg(orElse(w.Description, "description"), -1).Str())
	if info, ok := p.productOf(t, fn.RefOf()); ok {
		e.Product(info, at)
	}
	return ref
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

// ReadyTool describes an object of a tool class that a library brings. Objects of one class that no variable holds
// are one tool in a file.
func (p *Pass) ReadyTool(t *Toolbox, v *code.Value) Ref {
	name := className(v.Ref.Name)
	path, symbol := v.Symbol()
	if path == "" {
		path = p.Path()
	}
	ref := Object(v)
	if symbol == "" || strings.HasSuffix(symbol, "()") {
		ref = Local(path, name)
	}
	at := v.Call.Span()
	label := plainWord(v.Arg("name", -1).Str())
	if label == "" {
		label = name
	}
	e := p.Element(model.Tool, ref, label, at).Alias(name)
	p.outsideFacts(t, e, v.Ref, at)
	return ref
}

// outsideFacts says what is known of something that a library brings.
func (p *Pass) outsideFacts(t *Toolbox, e *Element, ref code.Ref, at source.Span) {
	if info, ok := p.productOf(t, ref); ok {
		e.Product(info, at)
		return
	}
	if ref.Def != nil {
		e.Technology(t.Technology).Detail(ref.Def.Doc()).Effects(p.EffectsOf(ref.Def))
		return
	}
	e.FactBecause("third-party", model.Yes, "it comes from the library "+topOf(ref.Name), at)
}

func topOf(dotted string) string {
	top, _, _ := strings.Cut(dotted, ".")
	return top
}

// productOf looks a library's class or function up by its full name, or by its plain name under the framework's own
// prefixes.
func (p *Pass) productOf(t *Toolbox, ref code.Ref) (ProductInfo, bool) {
	if info, ok := Product(ref); ok {
		return info, true
	}
	for _, name := range append([]string{ref.Name}, ref.Names...) {
		for _, prefix := range t.Products {
			if !strings.HasPrefix(name, topOf(prefix)+".") {
				continue
			}
			if info, ok := ProductNamed(prefix + "." + className(name)); ok {
				return info, true
			}
		}
	}
	return ProductInfo{}, false
}

// className is the last part of a dotted name that is written like a class, else the last part.
func className(dotted string) string {
	parts := strings.Split(dotted, ".")
	for i := len(parts) - 1; i >= 0; i-- {
		if s := parts[i]; s != "" && s[0] >= 'A' && s[0] <= 'Z' {
			return s
		}
	}
	return parts[len(parts)-1]
}

// outsideTool is a library's function or object given by name.
func (p *Pass) outsideTool(t *Toolbox, v *code.Value) Ref {
	if v.Ref.Name == "" {
		return Ref{}
	}
	at := v.Node.Span()
	full := v.Ref.Name
	for _, prefix := range t.Products { // libraries offer one thing under several paths
		if name := prefix + "." + className(full); strings.HasPrefix(full, topOf(prefix)+".") && full != name {
			if _, ok := ProductNamed(name); ok {
				full = name
			}
		}
	}
	ref := Named(model.Tool, full)
	e := p.Element(model.Tool, ref, v.Ref.Last(), at)
	p.outsideFacts(t, e, code.Ref{Name: v.Ref.Name, Names: v.Ref.Names}, at)
	return ref
}

// NameOf is the name by which people know an object: the variable that holds it, else its class.
func (p *Pass) NameOf(v *code.Value) string { return nameOf(v) }

func nameOf(v *code.Value) string {
	if _, symbol := v.Symbol(); symbol != "" {
		return symbol[strings.LastIndexByte(symbol, '.')+1:]
	}
	return className(v.Ref.Name)
}

// Title is the name that an object gives itself in a text, without what is written into it when the program runs;
// else [Pass.NameOf] it.
func (p *Pass) Title(v, name *code.Value) string {
	if name != nil {
		s := name.Str()
		for _, one := range name.Each() {
			if one.Is(code.String) && one.Str() == s {
				for _, h := range one.Holes {
					s = strings.ReplaceAll(s, "{"+h.Name+"}", "")
				}
			}
		}
		if s = strings.Trim(strings.Join(strings.Fields(s), " "), "_- "); s != "" && len(s) < 80 {
			return s
		}
	}
	return p.NameOf(v)
}

// Remembers records that an agent writes into a memory and reads from it.
func (p *Pass) Remembers(agent, memory Ref, at ...source.Span) {
	p.Flow(model.MemoryWrite, agent, memory, at...)
	p.Flow(model.MemoryRead, memory, agent, at...)
}

package providerclient

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// schema is a tool as the model is told of it.
type schema struct {
	name, description string
	value             *code.Value
	def               *code.Def   // the function itself, where that is what is given
	run               *code.Value // a function without a name that does the work
	hosted            *discover.HostedTool
	ref               discover.Ref // of a tool that is described already
}

// schemas reads what "tools=" holds, in the words of every provider.
func (x *pass) schemas(v *code.Value, agent string, depth int) []schema {
	if v == nil || depth > 5 {
		return nil
	}
	var all []schema
	switch v.Kind {
	case code.Choice, code.List:
		for _, m := range v.Items {
			all = append(all, x.schemas(m, agent, depth+1)...)
		}
		if v.Is(code.List) && v.Open && len(all) == 0 {
			x.unseen("the tools of "+agent, orReason(v.Text), v.Node.Span())
		}
	case code.Dict:
		for _, key := range []string{"tools", "function_declarations", "functionDeclarations"} {
			if list := v.Get(key); list != nil {
				return x.schemas(list, agent, depth+1)
			}
		}
		for _, key := range []string{"function", "toolSpec"} {
			if inner := v.Get(key); inner.Is(code.Dict) {
				return x.working(x.schemas(inner, agent, depth+1), v, inner)
			}
		}
		if h, ok := discover.Hosted(v.Get("type").Str()); ok {
			return []schema{{name: h.Name, value: v, hosted: &h}}
		}
		if name := v.Get("name").Str(); name != "" {
			return x.sayer(v, x.working([]schema{{name: name, description: v.Get("description").Str(), value: v}}, v, x.holding(v)))
		}
		if unnamedSchema(v) {
			x.unseen("the tools of "+agent, "their names are known when the program runs", v.Node.Span())
			return nil
		}
		for _, pair := range v.Pairs { // {"google_search": {}}, or schemas by name
			if key, ok := pair.Key.Constant(); ok {
				if h, ok := discover.Hosted(key); ok && len(v.Pairs) == 1 {
					return []schema{{name: h.Name, value: v, hosted: &h}}
				}
			}
			if pair.Value.Is(code.Dict) || pair.Value.Is(code.Instance) {
				all = append(all, x.schemas(pair.Value, agent, depth+1)...)
			}
		}
	case code.Function:
		if v.Ref.Def != nil {
			return []schema{{name: v.Ref.Def.Last(), value: v, def: v.Ref.Def}}
		}
	case code.Class:
		if v.Ref.Def != nil {
			return []schema{{name: v.Ref.Def.Last(), description: v.Ref.Def.Doc(), value: v}}
		}
	case code.Instance:
		if refs, mine := x.GatewayTools(v); mine {
			for _, ref := range refs {
				all = append(all, schema{name: ref.Key(), value: v, ref: ref})
			}
			return all
		}
		return x.objectSchemas(v, agent, depth)
	case code.Unknown:
		x.unseen("the tools of "+agent, v.Reason(), v.Node.Span())
	}
	return all
}

// unseen records that an agent's tools could not be followed, unless they are those of MCP servers that it asks for them.
func (x *pass) unseen(what, why string, at source.Span) {
	if key := fmt.Sprint("unseen:", what, at.Start); !x.fromServers && x.Once(key) {
		x.UnresolvedTools(what, why, at)
	}
}

// workKeys are where an object that describes a tool keeps the function that does the work.
var workKeys = []string{"func", "fn", "function", "callable", "handler", "run", "execute"}

// does says what function does the work.
func (s *schema) does(fn *code.Value) {
	if s.def = fn.Ref.Def; s.def == nil {
		s.run = fn
	}
}

// working adds to schemas that are one object the function that stands in it.
func (x *pass) working(list []schema, objects ...*code.Value) []schema {
	if len(list) != 1 || list[0].def != nil || list[0].hosted != nil {
		return list
	}
	for _, v := range objects {
		for _, key := range workKeys {
			if fn := v.Get(key); fn.Is(code.Function) {
				list[0].does(fn)
				return list
			}
		}
	}
	return list
}

// holding is the object that a schema stands in beside the function that does the work: {definition: {name: …}, execute() {…}}.
func (x *pass) holding(v *code.Value) *code.Value {
	pair := v.Node.Parent()
	if !v.Node.Is(syntax.Map) || !pair.Is(syntax.Pair) || !pair.Parent().Is(syntax.Map) {
		return nil
	}
	if v := x.Code().Eval(pair.Parent()); v.Is(code.Dict) {
		return v
	}
	return nil
}

// sayer adds to a schema that a method of a tool's object writes the method in which that object does its work: the class
// that says the name is the tool's. One that writes the name into the schema itself may write several.
func (x *pass) sayer(v *code.Value, list []schema) []schema {
	if len(list) != 1 || list[0].def != nil || list[0].run != nil {
		return list
	}
	name := v.Get("name").Node
	says, writes := around(name, syntax.ClassDef), around(v.Node, syntax.FuncDef)
	if says.IsZero() || writes.IsZero() || around(name, syntax.Map) == v.Node {
		return list
	}
	method, class := x.Code().DefinitionOf(writes), x.Code().DefinitionOf(says)
	if method == nil || class == nil {
		return list
	}
	if its := x.Code().Method(class, method.Last()); its != nil && its.Same(method) {
		list[0].def = x.worker(class)
	}
	return list
}

// around is the innermost node of a kind that a node stands in; the zero Node where there is none.
func around(n syntax.Node, kind syntax.Kind) syntax.Node {
	for n = n.Parent(); !n.IsZero() && !n.Is(kind); {
		n = n.Parent()
	}
	return n
}

func orReason(s string) string {
	if s == "" {
		return "what the list holds could not be followed"
	}
	return s
}

// objectSchemas reads tools that are objects.
func (x *pass) objectSchemas(v *code.Value, agent string, depth int) []schema {
	last := v.Ref.Last()
	switch {
	case last == "pydantic_function_tool":
		class := v.Arg("model", 0)
		name := v.Arg("name", -1).Str()
		if name == "" {
			name = class.RefOf().Last()
		}
		return []schema{{name: name, description: v.Arg("description", -1).Str(), value: v}}
	case v.Has("function_declarations"):
		return x.schemas(v.Arg("function_declarations", -1), agent, depth+1)
	case last == "from_callable" || last == "from_func" || last == "from_function":
		for _, name := range []string{"callable", "func", "fn"} {
			if fn := v.Arg(name, 0); fn.Is(code.Function) {
				return x.schemas(fn, agent, depth+1)
			}
		}
	case v.Has("google_search") || v.Has("google_search_retrieval"):
		return hostedSchema("web_search", v)
	case v.Has("code_execution"):
		return hostedSchema("code_execution", v)
	}
	if name := v.Arg("name", -1).Str(); name != "" && !v.Typed() {
		s := schema{name: name, description: v.Arg("description", -1).Str(), value: v}
		for _, key := range workKeys {
			if fn := v.Arg(key, -1); fn.Is(code.Function) {
				s.does(fn)
			}
		}
		if fn := v.Arg("", 0); s.def == nil && s.run == nil && v.Ref.Def == nil && fn.Is(code.Function) { // Tool(search, name=…) of a library
			s.does(fn)
		}
		if s.def == nil && s.run == nil {
			s.def = x.worker(v.Ref.Def)
		}
		return []schema{s}
	}
	if def := v.Ref.Def; def != nil && def.Kind == code.ClassDef && !v.Typed() {
		name := x.Code().ClassValue(def, "name").Str()
		if name == "" {
			name = def.Last()
		}
		if worker := x.worker(def); worker != nil {
			return []schema{{name: name, description: def.Doc(), value: v, def: worker}}
		}
	}
	x.unseen("a tool of "+agent, discover.WhyNot(v), v.Node.Span())
	return nil
}

// worker is the method in which a class of tools does its work.
func (x *pass) worker(def *code.Def) *code.Def {
	if def == nil || def.Kind != code.ClassDef {
		return nil
	}
	for _, name := range []string{"execute", "run", "__call__", "call", "invoke", "_run", "forward"} {
		if m := x.Code().Method(def, name); m != nil {
			return m
		}
	}
	return nil
}

// hostedSchema is a tool of the provider.
func hostedSchema(kind string, v *code.Value) []schema {
	h, ok := discover.Hosted(kind)
	if !ok {
		return nil
	}
	return []schema{{name: h.Name, value: v, hosted: &h}}
}

// tools describes what an agent may call; it returns how many that are.
func (x *pass) tools(u *unit, agent discover.Ref, agentName string) int {
	defer x.ToolsOf(agent)()
	var list []schema
	seen := map[string]bool{}
	count := 0
	dynamic := false
	for i := range u.calls {
		for _, v := range x.toolValues(&u.calls[i]) {
			dynamic = dynamic || x.made(v, 0)
		}
	}
	if dynamic {
		count = x.served(u, agent)
		x.fromServers = count > 0 // what is not known of the list is what the servers offer
		defer func() { x.fromServers = false }()
	}
	for i := range u.calls {
		c := &u.calls[i]
		if x.forced(c) {
			continue
		}
		given := x.toolValues(c)
		if own := x.ownTools(u, c); len(own) > 0 {
			given = own
		}
		for _, v := range given {
			if v.Is(code.Unknown) && u.def != nil && u.def.Kind == code.ClassDef {
				count++ // the objects of the class say which
				continue
			}
			for _, s := range x.schemas(v, agentName, 0) {
				if !seen[s.name] {
					seen[s.name] = true
					list = append(list, s)
				}
			}
		}
	}
	if len(list) == 0 {
		return count
	}
	x.give(u, agent, list)
	return count + len(list)
}

// ownTools gives the tools of a class whose base asks with what the class sets: self.tools, or what self.tools makes of those that
// it was made with.
func (x *pass) ownTools(u *unit, c *call) []*code.Value {
	if u.def == nil || u.def.Kind != code.ClassDef || len(u.bases) == 0 || u.inside(c.function) {
		return nil
	}
	var own []*code.Value
	for _, arg := range toolArgs {
		discover.Said(c.node, arg).Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Attr) && itself(n.Child(0)) {
				for _, v := range x.Code().ClassValue(u.def, n.Text()).Each() {
					own = append(own, madeWith(v)...)
				}
			}
			return true
		})
	}
	return own
}

// madeWith are the objects that a list holds, or that an object of the program was made with.
func madeWith(v *code.Value) []*code.Value {
	if v.Is(code.List) {
		return []*code.Value{v}
	}
	var all []*code.Value
	if v.Is(code.Instance) && !v.Typed() && v.Ref.Def != nil {
		for _, a := range v.Args() {
			for _, one := range a.Value.Each() {
				if one.Is(code.Instance) && !one.Typed() && one.Ref.Def != nil {
					all = append(all, one)
				}
			}
		}
	}
	return all
}

// providers records the tools that a question lets its provider run, such as a search: nothing of the program has to carry
// them out. Other tools of one question only give its answer a form.
func (x *pass) providers(u *unit, agent discover.Ref, agentName string) {
	defer x.Subject(discover.Ref{})() // it lets them run, too, where it is the work of another
	seen := map[string]bool{}
	quiet := x.fromServers
	x.fromServers = true // what else stands in the list is no tool of the question
	defer func() { x.fromServers = quiet }()
	for i := range u.calls {
		for _, v := range x.toolValues(&u.calls[i]) {
			for _, s := range x.schemas(v, agentName, 0) {
				if s.hosted != nil && s.hosted.Remote && !seen[s.name] {
					seen[s.name] = true
					x.give(u, agent, []schema{s})
				}
			}
		}
	}
}

// give joins schemas with the code that answers for them, and records that the agent may call them.
func (x *pass) give(u *unit, agent discover.Ref, list []schema) {
	names := map[string]bool{}
	for _, s := range list {
		if s.def == nil && s.run == nil && s.hosted == nil && s.ref.IsZero() {
			names[s.name] = true
		}
	}
	answers := map[string]*discover.Answer{}
	if len(names) > 0 && u != nil {
		for _, scope := range u.scopes {
			x.dispatched(scope, names, answers)
		}
		if !u.module && u.def != nil && u.def.Kind == code.FuncDef && u.home() == x.Code().Module() { // whoever calls it does what the model asks for
			x.dispatched(x.Tree().Root(), names, answers)
		}
	}
	for _, s := range list {
		at := s.value.Node.Span()
		var ref discover.Ref
		switch {
		case !s.ref.IsZero():
			ref = s.ref
		case s.hosted != nil:
			ref = x.GiveHosted(*s.hosted, technology, at).Ref
		case s.run != nil:
			ref = x.unnamed(s, at)
		case s.def != nil:
			ref = x.FunctionTool(s.def, s.name, s.description, technology).Ref
		default:
			ref = x.answered(u, s, answers[s.name], at)
		}
		x.Flow(model.ToolCall, agent, ref, at)
	}
}

// dispatched adds the code in a scope that answers for names, for those that have none yet.
func (x *pass) dispatched(scope syntax.Node, names map[string]bool, answers map[string]*discover.Answer) {
	open := map[string]bool{}
	for name := range names {
		if answers[name] == nil {
			open[name] = true
		}
	}
	if len(open) > 0 {
		maps.Copy(answers, x.Dispatch(scope, open))
	}
}

// answered describes a tool by its schema and the code that answers for it.
func (x *pass) answered(u *unit, s schema, a *discover.Answer, at source.Span) discover.Ref {
	if def := x.soleFunction(a); def != nil {
		return x.FunctionTool(def, s.name, s.description, technology).Ref
	}
	if a == nil {
		if def := x.namesake(u, s.name); def != nil {
			return x.FunctionTool(def, s.name, s.description, technology).Ref
		}
	}
	file := x.Path()
	if t := s.value.Node.Tree(); t != nil && t.File != nil {
		file = t.File.Path()
	}
	ref := discover.Local(file, s.name)
	e := x.Element(model.Tool, ref, s.name, at).Technology(technology).Detail(s.description).Fact("typed-input", model.Yes, at)
	e.Brings(x.Effects(a, u.answersHeld()...))
	return ref
}

// soleFunction is the one function of the program that answers, where it is one.
func (x *pass) soleFunction(a *discover.Answer) *code.Def {
	if a == nil {
		return nil
	}
	if len(a.Defs) == 1 && a.Defs[0].Kind == code.FuncDef && !slices.ContainsFunc(a.Nodes, x.works) {
		return a.Defs[0]
	}
	if len(a.Defs) > 0 {
		return nil
	}
	var only *code.Def
	for _, branch := range a.Nodes {
		several := false
		branch.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Raise) { // it refuses, and the work is not done
				return false
			}
			if !n.Is(syntax.Call) {
				return true
			}
			ref := x.Code().Resolve(n.Child(0))
			switch {
			case ref.Def != nil && ref.Def.Kind == code.FuncDef:
				if only != nil && !only.Same(ref.Def) {
					several = true
				}
				only = ref.Def
			case ref.Def != nil && ref.Def.Kind == code.ClassDef: // the arguments' own class
			case code.Harmless(n), checksArguments(n):
			case ref.Name == "" || !harmless.MatchString(ref.Name):
				several = true
			}
			return true
		})
		if several {
			return nil
		}
	}
	return only
}

// works tells whether a branch may do anything: one that only refuses, or notes what came of a call, leaves the work to
// the function that a table has for the name.
func (x *pass) works(branch syntax.Node) bool {
	return slices.ContainsFunc(x.EffectsAt(branch), func(e discover.Effect) bool { return e.Value != model.No })
}

// checksArguments tells whether a call only holds what it is given to a schema.
func checksArguments(call syntax.Node) bool {
	if callee := call.Child(0); callee.Is(syntax.Attr) {
		switch callee.Text() {
		case "safeParse", "safeParseAsync", "parseAsync", "model_validate", "model_validate_json", "parse_obj":
			return true
		case "parse":
			return callee.Child(0).Is(syntax.Name) // Schema.parse(given)
		}
	}
	return false
}

// harmless are calls around the one that does the work.
var harmless = regexp.MustCompile(`^(builtins\.(print|str|len|dict|list|repr|isinstance|int|float|format|bool|range|max|min)|json\.|logging\.|builtins\.(str|dict|list)\.|rich\.|loguru\.|asyncio\.|datetime\.|time\.|pydantic\.|mcp\.types\.)`)

// namesake is a function that is called as the tool is, near the agent.
func (x *pass) namesake(u *unit, name string) *code.Def {
	if u == nil {
		return nil
	}
	for _, fn := range x.Code().Functions() {
		if fn.Last() == name {
			return fn
		}
	}
	return nil
}

// unnamed describes a tool whose function has no name.
func (x *pass) unnamed(s schema, at source.Span) discover.Ref {
	file := x.Path()
	if t := s.value.Node.Tree(); t != nil && t.File != nil {
		file = t.File.Path()
	}
	ref := discover.Local(file, s.name)
	e := x.Element(model.Tool, ref, s.name, at).Technology(technology).Detail(s.description).Fact("typed-input", model.Yes, at)
	e.Brings(x.EffectsAt(s.run.Node))
	return ref
}

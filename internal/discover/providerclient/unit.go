package providerclient

import (
	"regexp"
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// unit is a function or class with all its methods, or what a file does outside of them.
type unit struct {
	x      *pass
	key    string
	def    *code.Def
	scopes []syntax.Node // what belongs to it: itself, and the classes that it inherits from
	bases  []*code.Def
	owner  discover.Owner // of JavaScript: what the unit is
	module bool

	asked, calledAgent bool // whether its name was looked at, and is an agent's
	state              int  // 0 not looked at, 1 being looked at, 2 done
	agent              bool
	calls              []call
	through            map[string]map[string]bool // see asking
	growths            map[syntax.Node][]growth   // see growthsIn
	own                []selfCall                 // see selfCalls
	listed             bool
	delegates          []delegate

	single  bool        // it only puts a question: see questions
	owns    bool        // with a prompt of its own
	words   syntax.Node // that prompt, where it is said for a base that asks: see persona
	methods []*unit     // of a class that is no agent itself: the methods that do
	whole   *unit       // of a method: its class
	asker   *code.Def
	passed  []call // of a file: what it asks through functions that only pass it on
}

// call is a call of a model: directly, or through a function of the program that only passes it on.
type call struct {
	node     syntax.Node
	value    *code.Value // of the direct call
	via      *code.Value // of the call that passes it on; nil for a direct one
	provider string
	function syntax.Node // the innermost function or scope that it stands in
	through  *unit
	asked    *unit        // what it asks through, where that has a prompt of its own
	door     discover.Ref // what it asks through, where that only passes on
	callee   *code.Def    // the function that it calls, of a call that is passed on

	instructs bool // it hands instructions of its own to an agent of the program
}

type delegate struct {
	to *unit
	at syntax.Node
}

// mostInherited is how many calls of bases the classes of one file are told to make. A thousand classes below a base with a thousand
// calls would make a million.
const mostInherited = 20_000

// farthest is how many functions may lie between a decision and the client.
const farthest = 4

// judge tells whether the unit is an agent.
func (u *unit) judge() bool {
	u.look(0)
	return u.agent
}

// look finds the unit's calls of models, and decides.
func (u *unit) look(depth int) {
	if u.state != 0 || depth > farthest {
		return
	}
	u.state = 1
	if u.excluded() {
		u.state = 2
		return
	}
	for i, scope := range u.scopes {
		if i > 0 && u.x.inherited > mostInherited {
			if u.x.Once("inherited") {
				u.x.Unresolved("what classes ask through their bases", "it is more than is looked at", discover.Headline(u.def.Node))
			}
			break
		}
		before := len(u.calls)
		u.find(scope, i, depth)
		if i > 0 {
			u.x.inherited += len(u.calls) - before
		}
	}
	u.words = u.persona()
	u.agent = len(u.calls) > 0 && !u.door() && u.decides()
	u.settle()
	u.agent = u.agent || len(u.delegates) > 0 && u.heads()
	if !u.agent {
		u.questions()
	}
	u.state = 2
}

// find looks through a scope for calls of models and of agents.
func (u *unit) find(scope syntax.Node, which, depth int) {
	scope.Walk(func(n syntax.Node) bool {
		if !u.part(n) {
			return false
		}
		if !n.Is(syntax.Call) {
			return true
		}
		if provider, ok := u.x.isModelCall(n); ok {
			value := u.x.asCall(n)
			for _, v := range u.x.Code().Eval(n).Each() {
				if v.Is(code.Instance) && v.Call == n {
					value = v
					break
				}
			}
			u.calls = append(u.calls, call{node: n, value: value, provider: provider, function: functionOf(n, scope)})
			return true
		}
		callee, ref := n.Child(0), u.x.called(n)
		if h, ok := u.x.Code().Handed(n); ok {
			callee, ref = h.Callee, u.x.Code().Resolve(h.Callee)
		}
		if u.named() && u.x.held(callee, ref) {
			u.calls = append(u.calls, call{node: n, value: u.x.asCall(n), function: functionOf(n, scope)})
			return true
		}
		for _, def := range u.x.targets(callee, ref) {
			u.pass(n, def, scope, depth)
		}
		return true
	})
}

// pass notes what a call of a function of the program means for the unit: an agent that it calls, or a question to a
// model that the function passes on.
func (u *unit) pass(n syntax.Node, def *code.Def, scope syntax.Node, depth int) {
	if def.Module.Scope() != u.x.Code().Module().Scope() {
		return // an example or a test that uses the program: what the program does is said where it stands
	}
	first, _, method := strings.Cut(def.Name, ".")
	if def.Module != u.home() && !u.x.asks(def.Module) && !(depth == 0 && u.x.instructing() && u.x.Instructs(functionOf(n, scope), n, promptArgs)) && !(method && depth == 0 && agentName.MatchString(first) && u.x.SameProgram(def.Module.Path)) {
		return // no client is asked there
	}
	if def.Kind == code.FuncDef && def.Last() != "__init__" && discover.Minor(def.Last()) {
		return // whoever sees whether a model answers asks it nothing either
	}
	other := u.x.unit(def)
	if other == nil || other == u || u.derived(other) || other.state == 1 || u.beside(other, n.Child(0)) {
		return
	}
	if def.Module != u.home() && other.state == 0 {
		if u.x.abroad++; u.x.abroad > mostAbroad {
			return
		}
	}
	other.look(depth + 1)
	own := other.behind(def.Node, 0)
	if other.agent && other.single && other.owns {
		own = other
	}
	if (other.agent && (other.owns || !other.single) || len(other.delegates) > 0) && !u.module && u.x.Instructs(functionOf(n, scope), n, promptArgs) {
		var value *code.Value
		if asks := other.first(0); asks != nil {
			value = asks.value
		}
		u.calls = append(u.calls, call{node: n, value: value, via: u.x.asCall(n), function: functionOf(n, scope), through: other, instructs: true})
	}
	switch {
	case other.agent && !other.single, own != nil && u.module:
		if own == nil {
			own = other
		}
		u.delegates = append(u.delegates, delegate{own, n})
	case len(other.calls) > 0:
		// Only through the function that is called: a class has others.
		c := other.asks(def)
		if c == nil {
			return
		}
		through := call{node: n, value: u.x.asWhenCalled(n, c), via: u.x.asCall(n), provider: c.provider, function: functionOf(n, scope), through: other, asked: own, callee: def}
		if own == nil {
			through.door = other.doorTo(def)
		}
		if u.module {
			u.passed = append(u.passed, through)
		} else {
			u.calls = append(u.calls, through)
		}
	default:
		if to := other.only(); to != nil && !u.module {
			u.delegates = append(u.delegates, delegate{to, n})
		}
	}
}

// asWhenCalled is the call of a model as it is when it is reached through a call of the program's: with what that hands over
// in place of what is handed over by whoever. As it stands, where it is not seen to be reached.
func (x *pass) asWhenCalled(site syntax.Node, c *call) *code.Value {
	if c.value == nil || c.via != nil {
		return c.value
	}
	gives := x.Code().Eval(site)
	if h, ok := x.Code().Handed(site); ok {
		gives = h.Gives
	}
	for _, v := range gives.Each() {
		for range farthest {
			if v == nil {
				break
			}
			if v.Is(code.Instance) && v.Call == c.node {
				return v
			}
			v = v.Base
		}
	}
	return c.value
}

// only is the one agent that a function which is none itself hands work to: whoever calls the function hands it on.
func (u *unit) only() *unit {
	if u.agent || u.def.Kind != code.FuncDef {
		return nil
	}
	var one *unit
	for _, d := range u.delegates {
		if one != nil && one != d.to {
			return nil // it conducts several
		}
		one = d.to
	}
	return one
}

// asks is the call by which a function of the unit asks a model: its own, or else one that its methods make for it.
func (u *unit) asks(def *code.Def) *call {
	for i := range u.calls {
		if c := &u.calls[i]; c.inside(def.Node) && runsIn(def.Node, c.function) {
			return c
		}
	}
	if len(u.calls) > 0 && u.def.Kind == code.ClassDef && u.passes(def, 0) {
		return &u.calls[0]
	}
	return nil
}

// instructing tells whether the file makes something with instructions.
func (x *pass) instructing() bool {
	return x.contains(&x.tellers, x.Code().Module(), instructionWords())
}

var instructionWords = sync.OnceValue(func() *source.Finder {
	return source.NewFinder("system_prompt=", "instructions=", "system_message=", "sys_prompt=", "persona=", "systemPrompt:", "instructions:")
})

// starters are the names of calls that run a function which they are given.
var starters = map[string]bool{"submit": true, "map": true, "run_in_executor": true, "to_thread": true, "apply_async": true, "starmap": true, "gather": true, "Thread": true, "run": true}

// runsIn tells whether a function that asks, within another, is run when that is called: not only handed out by it.
func runsIn(outer, inner syntax.Node) bool {
	if script(outer) {
		return true
	}
	for inner != outer && inner.Is(syntax.FuncDef) {
		around, called := inner.Parent(), false
		for !around.IsZero() && !around.Is(syntax.FuncDef) {
			around = around.Parent()
		}
		if around.IsZero() {
			return true
		}
		around.Walk(func(n syntax.Node) bool {
			if called || !n.Is(syntax.Call) {
				return !called
			}
			callee := n.Child(0)
			called = callee.Is(syntax.Name) && callee.TextIs(inner.Text())
			if starters[callee.Text()] {
				for a := range n.Children() {
					for a.Is(syntax.Keyword) {
						a = a.Child(0)
					}
					called = called || a != callee && a.Is(syntax.Name) && a.TextIs(inner.Text())
				}
			}
			return !called
		})
		if !called {
			return false
		}
		inner = around
	}
	return true
}

// first is a call by which a unit, or what it hands work to, asks a model; nil when none is known.
func (u *unit) first(depth int) *call {
	if len(u.calls) > 0 || depth > farthest {
		if len(u.calls) > 0 {
			return &u.calls[0]
		}
		return nil
	}
	for _, d := range u.delegates {
		if c := d.to.first(depth + 1); c != nil {
			return c
		}
	}
	return nil
}

// mostAbroad is how many units of other files are looked at for one file. What a file's agents ask through stands near;
// in a library's own tree each file leads to all others.
const mostAbroad = 60

// asCall is a call as a value whose arguments can be asked for, whatever it gives: of one that has a function called
// elsewhere, the arguments of that.
func (x *pass) asCall(n syntax.Node) *code.Value {
	if h, ok := x.Code().Handed(n); ok {
		return h.Call
	}
	if list := x.Code().Rounds(n); len(list) > 0 {
		return list[0]
	}
	return nil
}

// derived tells whether another unit is a class that this one inherits from.
func (u *unit) derived(other *unit) bool {
	for _, b := range u.bases {
		if other.def.Same(b) {
			return true
		}
	}
	return false
}

// beside tells whether another unit is a class that has, for a method of the unit's own class, one that is not called
// here: it stands beside this class below the same base. What is below this class may be called.
func (u *unit) beside(other *unit, callee syntax.Node) bool {
	if u.def == nil || u.def.Kind != code.ClassDef || other.def.Kind != code.ClassDef || !callee.Is(syntax.Attr) {
		return false
	}
	object := callee.Child(0)
	super := object.Is(syntax.Call) && object.Child(0).Is(syntax.Name) && object.Child(0).TextIs("super")
	return (super || itself(object)) && !other.derived(u) && u.x.Code().Method(u.def, callee.Text()) != nil
}

func (c call) inside(n syntax.Node) bool {
	for p := c.node; !p.IsZero(); p = p.Parent() {
		if p == n {
			return true
		}
	}
	return false
}

// passes tells whether a method asks a model through other methods of its class.
func (u *unit) passes(method *code.Def, depth int) bool {
	if depth > 2 {
		return false
	}
	found := false
	method.Node.Walk(func(n syntax.Node) bool {
		if found || !n.Is(syntax.Call) {
			return !found
		}
		for _, c := range u.calls {
			if c.node == n {
				found = true
				return false
			}
		}
		if ref := u.x.called(n); ref.Def != nil && ref.Def.Kind == code.FuncDef && ref.Def.Node != method.Node {
			if other := u.x.unit(ref.Def); other == u {
				found = u.passes(ref.Def, depth+1)
			}
		}
		return !found
	})
	return found
}

// functionOf is the innermost function around a node, at most the scope.
func functionOf(n, scope syntax.Node) syntax.Node {
	for p := n.Parent(); !p.IsZero() && p != scope; p = p.Parent() {
		if p.Is(syntax.FuncDef) || p.Is(syntax.Lambda) && script(p) && named(p) {
			return p
		}
	}
	return scope
}

// modelBases are how the classes end that frameworks have their models derive from.
var modelBases = regexp.MustCompile(`(LLM|ChatModel|LanguageModel|Provider|Embeddings?|ModelClient|CustomLLM|TestCase)$`)

// passing are names of classes that pass on what they are given.
var passing = regexp.MustCompile(`(Client|Provider|Wrapper|Model|LLM|Backend|Adapter|Connector|Api|API|Interface|Gateway|Judge|Evaluator|Metric|Embedder|Embedding)s?$`)

// connectors are how the classes end that are a framework's door to a provider, whatever loops they have.
var connectors = regexp.MustCompile(`(ChatCompletion|TextCompletion|CompletionBase|ChatModel|LLM|Provider|Embeddings?|ThreadActions)$`)

// toolDecorators mark functions that are a framework's tools, not agents.
var toolDecorators = map[string]bool{"tool": true, "function_tool": true, "tool_plain": true, "kernel_function": true, "resource": true, "prompt": true, "task": true, "fixture": true, "call_tool": true, "get_prompt": true}

// excluded tells whether the unit is something else already.
func (u *unit) excluded() bool {
	if u.def == nil {
		return false
	}
	for _, d := range u.x.Code().Decorators(u.def) {
		if toolDecorators[d.Decorator.Last()] || d.Node.Is(syntax.Attr) && toolDecorators[d.Node.Text()] || d.Node.Is(syntax.Call) && toolDecorators[d.Node.Child(0).Text()] {
			return true
		}
	}
	if u.def.Kind == code.ClassDef {
		for _, base := range u.x.Code().OutsideBases(u.def) {
			last := base[strings.LastIndexByte(base, '.')+1:]
			if modelBases.MatchString(last) || strings.HasSuffix(last, "Tool") {
				return true
			}
		}
		for _, base := range u.bases {
			if strings.HasSuffix(base.Last(), "Tool") {
				return true
			}
		}
	}
	return strings.HasPrefix(u.def.Last(), "test_")
}

// door tells whether the unit is a class by which others reach a provider: whoever calls it holds the conversation.
func (u *unit) door() bool {
	if u.def == nil || u.def.Kind != code.ClassDef {
		return false
	}
	for _, base := range u.bases {
		if connectors.MatchString(base.Last()) {
			return true
		}
	}
	return connectors.MatchString(u.def.Last())
}

// heads tells whether the unit is a class that calls itself an agent: with agents of its own it is one, though it asks
// no model itself.
func (u *unit) heads() bool {
	return u.def != nil && u.def.Kind == code.ClassDef && !script(u.def.Node) && u.named()
}

// agentName recognises what calls itself an agent.
var agentName = regexp.MustCompile(`(?i)(^|_)agent(_?loop|_?step|_?turn|ic)?($|_)|[a-z0-9]Agent$|^Agent(Core|Loop|Runner|Executor|Engine|Session)?$|(Assistant|Bot|Chatbot)$|(^|_)(assistant|chatbot)$`)

// makers are names of functions that make something, as JavaScript writes them.
var makers = regexp.MustCompile(`^(create|make|get|build|init|load|use|set|stop|delete|update|list|fetch|render)[A-Z]`)

// home is the module that the unit stands in.
func (u *unit) home() *code.Module {
	if u.def == nil {
		return u.x.Code().Module()
	}
	return u.def.Module
}

// named tells whether the unit calls itself an agent. What makes agents is none.
func (u *unit) named() bool {
	if !u.asked {
		u.asked, u.calledAgent = true, u.callsItself()
	}
	return u.calledAgent
}

func (u *unit) callsItself() bool {
	if u.def == nil {
		return false
	}
	last := u.def.Last()
	return discover.ToldOfText(u.x.Pass, "agent", last, func() bool { return calledAgent(last) })
}

// calledAgent tells whether a name is that of an agent, and not of what makes one.
func calledAgent(last string) bool {
	if makers.MatchString(last) {
		return false
	}
	for _, prefix := range []string{"create_", "make_", "get_", "build_", "init_", "load_"} {
		if strings.HasPrefix(last, prefix) {
			return false
		}
	}
	return agentName.MatchString(last)
}

// held recognises a question to a model that an agent was made with and of which only the use is known: self.model.query
// on something that nobody named, or on an interface.
func (x *pass) held(callee syntax.Node, ref code.Ref) bool {
	if !callee.Is(syntax.Attr) || !callee.Child(0).Is(syntax.Attr) || !itself(callee.Child(0).Child(0)) {
		return false
	}
	switch callee.Child(0).Text() {
	case "model", "llm", "lm", "client", "llm_client", "model_client", "language_model", "chat_model":
	default:
		return false
	}
	switch callee.Text() {
	case "query", "chat", "complete", "completion", "generate", "ask", "respond", "chat_completion", "aquery", "achat", "acomplete":
	default:
		return false
	}
	if ref.Def != nil {
		return len(x.Code().BodyOf(ref.Def).Calls) == 0
	}
	return ref.Name == ""
}

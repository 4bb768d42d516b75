package langgraph

import (
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// What asks a model once, outside of graphs and prebuilt agents, is an agent where the prompt is its own: a chain of a
// prompt and a model (prompt | llm | parser, LLMChain) that a variable holds or a function makes, else the function,
// method or file that asks.

// chainTypes are the classes of ready chains.
var chainTypes = []string{
	"langchain.chains.**", "langchain_classic.chains.**", "langchain_community.chains.**", "langchain/chains*.**", "@langchain/classic/chains*.**",
}

// pipes are the calls that put a chain together.
var pipes = []string{"@langchain/core/runnables*.RunnableSequence.from", "langchain_core.runnables.**.RunnableSequence"}

// questions describes them.
func (f *file) questions() {
	if source.Scope(f.Path()) == source.ScopeTest {
		return
	}
	f.chains()
	f.asking()
}

// chains describes the chains that the file makes, or that functions of the program make for it.
func (f *file) chains() {
	for _, n := range f.wholes() {
		for _, v := range f.code.Eval(n).Each() {
			if v.Is(code.Instance) && v.Call == n && !f.local(n) {
				f.chain(v, n)
			}
		}
	}
	for _, c := range f.code.Calls() {
		if def := c.Callee.Def; def == nil || def.Kind != code.FuncDef || !f.makesChain(def) {
			continue
		}
		for _, v := range f.code.Eval(c.Node).Each() {
			if v.Is(code.Instance) && v.Call != c.Node && f.putsTogether(v.Call) {
				f.chain(v, c.Node)
			}
		}
	}
}

// wholes lists the expressions of the file that are whole chains by their form, in the order of the text.
func (f *file) wholes() []syntax.Node {
	var all []syntax.Node
	if f.Tree().CountOf(syntax.Binary) == 0 {
		for _, c := range f.code.Calls() {
			if f.putTogetherBy(c.Node, c.Callee) {
				all = append(all, c.Node)
			}
		}
		return all
	}
	calls := f.code.Calls() // each call of the file, as the walk comes to them
	f.Tree().Root().Walk(func(n syntax.Node) bool {
		var whole bool
		switch n.Kind() {
		case syntax.Binary:
			whole = isPipe(n)
		case syntax.Call:
			whole = f.putTogetherBy(n, calls[0].Callee)
			calls = calls[1:]
		}
		if whole {
			all = append(all, n)
		}
		return true
	})
	return all
}

// isPipe tells whether an expression is of parts that are joined by |, and no part of such a one.
func isPipe(n syntax.Node) bool {
	return n.TextIs("|") && !(n.Parent().Is(syntax.Binary) && n.Parent().TextIs("|")) && !n.Parent().Is(syntax.Annotation, syntax.Returns)
}

// putsTogether tells whether an expression is a whole chain by its form.
func (f *file) putsTogether(n syntax.Node) bool {
	switch {
	case n.Is(syntax.Binary):
		return isPipe(n)
	case !n.Is(syntax.Call):
		return false
	case n.Tree() != f.Tree():
		return f.putTogetherBy(n, code.Ref{})
	}
	return f.putTogetherBy(n, f.code.Resolve(n.Child(0)))
}

// putTogetherBy tells whether a call of something is a whole chain by its form.
func (f *file) putTogetherBy(call syntax.Node, callee code.Ref) bool {
	if call.Child(0).Is(syntax.Attr) && call.Child(0).TextIs("pipe") {
		up := call.Parent()
		return !(up.Is(syntax.Attr) && up.TextIs("pipe"))
	}
	return callee.Is(pipes...) || callee.Is(chainTypes...) && !invoking[verb(call.Child(0))]
}

// makesChain tells whether a function gives a chain that it puts together.
func (f *file) makesChain(def *code.Def) bool {
	return discover.Told(f.Pass, chainKey{def.Module, def.Node.Index()}, func() bool {
		found := false
		def.Node.Walk(func(n syntax.Node) bool {
			found = found || (n.Is(syntax.Binary) && n.TextIs("|") || n.Is(syntax.Attr) && n.TextIs("pipe"))
			return !found && !n.Is(syntax.Annotation, syntax.Returns) // of types, | is no chain
		})
		return found
	})
}

// chainKey is a function that may put a chain together.
type chainKey struct {
	module *code.Module
	node   int
}

// local tells whether a chain is put together by the function that asks through it, which is the agent then.
func (f *file) local(n syntax.Node) bool {
	var function syntax.Node
	for up := n.Parent(); !up.IsZero() && function.IsZero(); up = up.Parent() {
		if up.Is(syntax.FuncDef) || up.Is(syntax.Lambda) && discover.Script(up) {
			function = up
		}
	}
	if function.IsZero() {
		return false
	}
	for up := n.Parent(); up != function; up = up.Parent() {
		switch {
		case up.Is(syntax.Return):
			return false
		case up.Is(syntax.Assign, syntax.AnnAssign):
			target := up.Child(0)
			if target.Is(syntax.Attr) {
				return false // self.chain = …
			}
			returned := false
			function.Walk(func(r syntax.Node) bool {
				returned = returned || r.Is(syntax.Return) && r.Child(0).Is(syntax.Name) && target.Is(syntax.Name) && r.Child(0).TextIs(target.Text())
				return !returned
			})
			return !returned
		}
	}
	return !(function.Is(syntax.Lambda) && function.Child(-1) == n)
}

// chain describes a chain, if it has a model and a prompt of its own.
func (f *file) chain(v *code.Value, at syntax.Node) {
	own := f.ownParts(v)
	if !own.isModel || len(own.prompts) == 0 && !v.Ref.Is(chainTypes...) {
		return
	}
	ref := f.madeChain(v)
	if v.Template() != "" && at.Is(syntax.Call) {
		ref = discover.Object(v)
	}
	if !f.Once("chain:" + ref.Key()) {
		return
	}
	f.chained++
	defer f.Subject(ref)()
	name := f.chainName(v, at)
	e := f.Element(model.Agent, ref, name, v.Site().Span(), v.Call.Span()).Technology("langchain").OneQuestion(v.Call.Span())
	if _, symbol := v.Symbol(); symbol != "" {
		e.Alias(lastName(symbol))
	}
	f.describeDeeds(ref, name, &deeds{parts: own, asks: []syntax.Node{v.Call}, retrieves: uses(own.knowledge, v.Call)}, nil)
}

// madeChain names a chain.
func (f *file) madeChain(v *code.Value) discover.Ref {
	return f.Made(v, discover.Telling{Name: "prompt", Position: -1}, discover.Telling{Name: "llm", Position: -1})
}

// chainsIn gives the chains that a value is, or wraps.
func (f *file) chainsIn(v *code.Value) []*code.Value {
	var all []*code.Value
	for _, one := range v.Each() {
		switch {
		case !one.Is(code.Instance) || one.Call.IsZero():
		case f.isChain(one):
			all = append(all, one)
		case one.Ref.Last() == "RunnableWithMessageHistory":
			all = append(all, f.chainsIn(one.Arg("runnable", 0))...)
		}
	}
	return all
}

func uses(list []*code.Value, at syntax.Node) []use {
	var all []use
	for _, v := range list {
		all = append(all, use{v, at})
	}
	return all
}

// ownParts are the parts of a chain without those of chains that it goes on from.
func (f *file) ownParts(v *code.Value) parts {
	var p parts
	var step func(n syntax.Node)
	step = func(n syntax.Node) {
		switch {
		case n.Is(syntax.Binary) && n.TextIs("|"):
			step(n.Child(0))
			step(n.Child(1))
			return
		case n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && n.Child(0).TextIs("pipe"):
			step(n.Child(0).Child(0))
			step(n.Child(1))
			return
		}
		for _, one := range v.Inside(n).Each() {
			if one.Is(code.Instance) && !one.Call.IsZero() && one.Call != n && (one.Call.Is(syntax.Binary) || one.Ref.Last() == "pipe") {
				continue // another chain
			}
			if n.Is(syntax.Map) {
				continue // what it is given, by further chains perhaps
			}
			f.take(&p, one, 1)
			if len(p.prompts) > 0 && f.ownModel(one) {
				p.isModel = true
			}
		}
	}
	if v.Call.Is(syntax.Binary) || v.Ref.Last() == "pipe" {
		step(v.Call)
		return p
	}
	f.take(&p, v, 0)
	return p
}

// generic are names that say of a chain only that it is one.
var generic = regexp.MustCompile(`(?i)^(chain|llm_?chain|agent|runnable|qa|qa_?chain|result|response|res|pipeline|rag_?chain|_)$`)

// chainName is what people call a chain: the variable, or the key, that holds it, or the function that makes it.
func (f *file) chainName(v *code.Value, at syntax.Node) string {
	inner := at
	for up := at.Parent(); !up.IsZero(); up = up.Parent() {
		switch {
		case up.Is(syntax.Pair) && up.Child(1) == inner && up.Child(0).Is(syntax.String, syntax.Name):
			return up.Child(0).Text()
		case up.Is(syntax.Keyword):
			return up.Text()
		case up.Is(syntax.Assign, syntax.AnnAssign):
			if target := up.Child(0); target.Is(syntax.Name, syntax.Attr) && !(generic.MatchString(target.Text()) && v.Call != at) {
				return target.Text()
			}
		case up.Is(syntax.FuncDef):
			if v.Call == at {
				return up.Text()
			}
		}
		inner = up
	}
	if v.Call != at {
		for up := v.Call.Parent(); !up.IsZero(); up = up.Parent() {
			if up.Is(syntax.FuncDef) {
				return up.Text()
			}
		}
	}
	return f.OwnerOf(at).Name
}

// place is a function, method or file that asks.
type place struct {
	ref      discover.Ref
	name     string
	at       source.Span
	def      *code.Def
	function syntax.Node // the root for the file
	class    syntax.Node // of a method
	asks     []syntax.Node
	parts    parts
	covers   []discover.Ref
	owns     bool
}

// placeOf is the method or outermost function around a node, else the file.
func (f *file) placeOf(n syntax.Node) *place {
	p := &place{function: f.Tree().Root()}
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		switch {
		case up.Is(syntax.FuncDef):
			p.function, p.class = up, syntax.Node{}
		case up.Is(syntax.Lambda) && discover.Script(up) && up.Parent().Is(syntax.Assign, syntax.AnnAssign, syntax.Export, syntax.Pair):
			p.function, p.class = up, syntax.Node{}
		case up.Is(syntax.ClassDef):
			p.class = up
		}
	}
	if p.function.Is(syntax.FuncDef) && p.function.Text() != "" {
		if p.def = f.code.DefinitionOf(p.function); p.def != nil {
			p.ref, p.name, p.at = discover.Definition(p.def), p.def.Last(), discover.Headline(p.function)
			if p.class.IsZero() {
				p.name = f.OwnerOf(p.function).Name
			}
			return p
		}
	}
	o := f.OwnerOf(n)
	p.ref, p.name, p.at = o.Ref, o.Name, o.At
	return p
}

// asking describes the functions, methods and the file itself that ask a model with words of their own.
func (f *file) asking() {
	places := map[string]*place{}
	var list []*place
	find := func(n syntax.Node) *place {
		p := f.placeOf(n)
		if f.skipped(p, n) {
			return nil
		}
		if known := places[p.ref.Key()]; known != nil {
			return known
		}
		places[p.ref.Key()] = p
		list = append(list, p)
		return p
	}
	for _, c := range f.code.Calls() {
		asks, own := f.asksHere(c.Node)
		if !asks {
			continue
		}
		p := find(c.Node)
		if p == nil {
			continue
		}
		p.asks = append(p.asks, c.Node)
		p.parts.models = append(p.parts.models, own.models...)
		p.parts.prompts = append(p.parts.prompts, own.prompts...)
		p.parts.knowledge = append(p.parts.knowledge, own.knowledge...)
		p.owns = p.owns || f.worded(own.prompts) || f.OwnWords(p.function, sent(c.Node)...)
	}
	thin := map[string]*place{}
	for _, p := range list {
		if !p.owns && p.def != nil {
			thin[p.def.ID()] = p
		}
	}
	for _, c := range f.code.Calls() {
		def := c.Callee.Def
		if def == nil || thin[def.ID()] == nil {
			continue
		}
		p := f.placeOf(c.Node)
		if f.skipped(p, c.Node) || p.ref.Key() == discover.Definition(def).Key() || !f.OwnWords(p.function, sent(c.Node)...) {
			continue
		}
		if p = find(c.Node); p != nil {
			p.owns = true
			p.asks = append(p.asks, c.Node)
			p.parts.models = append(p.parts.models, thin[def.ID()].parts.models...)
			p.covers = append(p.covers, discover.Definition(def))
		}
	}
	f.askingThrough(find)
	list = f.classes(list)
	of := map[syntax.Node]int{} // how many methods of a class ask
	for _, p := range list {
		if p.owns && !p.class.IsZero() {
			of[p.class]++
		}
	}
	for _, p := range list {
		if p.function.Is(syntax.Module) && (len(list) > 1 || f.chained > 0 || len(f.graphs) > 0) {
			continue // a trial beside what the file is about
		}
		f.question(p, of[p.class])
	}
	f.personas()
}

// agentClass recognises a class that calls itself an agent.
var agentClass = regexp.MustCompile(`(Agent|Assistant|Bot|Chatbot)$`)

// classes joins the methods of a class that calls itself an agent: they are one.
func (f *file) classes(list []*place) []*place {
	var kept []*place
	whole := map[syntax.Node]*place{}
	for _, p := range list {
		if p.class.IsZero() || !agentClass.MatchString(p.class.Text()) || !p.owns {
			kept = append(kept, p)
			continue
		}
		one := whole[p.class]
		if one == nil {
			class := f.code.DefinitionOf(p.class)
			one = &place{ref: discover.Definition(class), name: class.Last(), at: discover.Headline(p.class), def: class, function: p.class, owns: true}
			whole[p.class] = one
			kept = append(kept, one)
		}
		one.covers = append(one.covers, p.covers...)
		one.covers = append(one.covers, p.ref)
		one.asks = append(one.asks, p.asks...)
		one.parts.models = append(one.parts.models, p.parts.models...)
		one.parts.prompts = append(one.parts.prompts, p.parts.prompts...)
		one.parts.knowledge = append(one.parts.knowledge, p.parts.knowledge...)
	}
	return kept
}

// question describes a place that asks.
func (f *file) question(p *place, methods int) {
	if !p.owns && (p.function.Is(syntax.Module) || !p.class.IsZero()) {
		return
	}
	alias := ""
	if methods == 1 && p.owns && public(p.class) <= 3 {
		if class := f.code.DefinitionOf(p.class); class != nil { // it does nothing else
			alias = p.name
			p.ref, p.name, p.at = discover.Definition(class), class.Last(), discover.Headline(p.class)
		}
	}
	defer f.Subject(p.ref)()
	e := f.Element(model.Agent, p.ref, p.name, p.at, first(p.asks).Span()).Technology("langchain").OneQuestion(first(p.asks).Span()).Alias(alias)
	if len(p.covers) == 0 {
		f.FixedRequests(e, p.asks...)
	}
	if p.def != nil {
		e.Detail(p.def.Doc()).Alias(p.def.Last())
	}
	if class := f.code.DefinitionOf(p.class); class != nil {
		f.Covers(discover.Definition(class), p.ref) // where the class is an agent
	}
	for _, door := range p.covers {
		f.Covers(p.ref, door)
	}
	p.parts.tools = nil
	f.describeDeeds(p.ref, p.name, &deeds{parts: p.parts, asks: p.asks, retrieves: uses(p.parts.knowledge, first(p.asks))}, nil)
	if len(p.parts.prompts) == 0 && p.owns {
		for _, n := range sent(first(p.asks)) {
			if text := f.promptText(f.code.Eval(n)); text.Is(code.String) && discover.Wording(text.Text) {
				f.Prompt(p.ref, p.name, text)
				break
			}
		}
	}
}

// public counts the methods of a class that others are meant to call.
func public(class syntax.Node) int {
	n := 0
	for m := range class.First(syntax.Block).All(syntax.FuncDef) {
		if !strings.HasPrefix(m.Text(), "_") && !m.TextIs("constructor") {
			n++
		}
	}
	return n
}

// sent are the expressions that a call is given.
func sent(call syntax.Node) []syntax.Node {
	var all []syntax.Node
	for a := range call.Children() {
		if a != call.Child(0) && !(a.Is(syntax.Keyword) && (a.TextIs("config") || a.TextIs("callbacks"))) {
			all = append(all, a)
		}
	}
	return all
}

// worded tells whether one of some prompts is written in the program.
func (f *file) worded(prompts []*code.Value) bool {
	for _, p := range prompts {
		if text := f.promptText(p); text.Is(code.String) && discover.Wording(text.Text) {
			return true
		}
		if !p.Typed() && !p.Call.IsZero() && strings.Contains(strings.ToLower(p.Ref.Name), "prompt") {
			return true // from a file or a hub
		}
	}
	return false
}

// modelName recognises a variable that holds a model, where nothing more is known of it.
var modelName = regexp.MustCompile(`(?i)(^|_)(llm|chat_?model|language_?model|base_?model|structured_?(llm|model)|model_with_\w+|llm_with_\w+)$|llm$`)

// asksHere tells whether a call asks a model that is no chain described elsewhere.
func (f *file) asksHere(n syntax.Node) (bool, parts) {
	callee := n.Child(0)
	if h, ok := f.code.Handed(n); ok { // on another thread
		callee = h.Callee
	}
	if !callee.Is(syntax.Attr) || !invoking[verb(callee)] {
		return false, parts{}
	}
	object := f.code.Eval(callee.Child(0))
	var p parts
	for _, one := range f.chainsIn(object) {
		if !(one.Call.Tree() == f.Tree() && f.local(one.Call) && f.placeOf(one.Call).ref.Key() == f.placeOf(n).ref.Key()) {
			return false, parts{} // described where it is made
		}
	}
	for _, one := range object.Each() {
		if !one.Is(code.Unknown) {
			f.take(&p, one, 0)
		}
	}
	if p.isModel {
		return true, p
	}
	if len(p.agents)+len(p.knowledge) > 0 {
		return false, p
	}
	switch verb(callee) {
	case "invoke", "ainvoke", "stream", "astream", "batch", "abatch":
	default:
		return false, p
	}
	for _, one := range object.Each() {
		if one.Is(code.Unknown) && modelName.MatchString(callee.Child(0).Text()) {
			return true, p
		}
	}
	return false, p
}

// isChain tells whether a value is a chain that is put together from parts.
func (f *file) isChain(v *code.Value) bool {
	return v.Call.Is(syntax.Binary) || v.Ref.Last() == "pipe" || v.Ref.Is(pipes...) || v.Ref.Is(chainTypes...) && !v.Typed()
}

// skipped tells whether a place is told elsewhere: steps of graphs, tools, agents.
func (f *file) skipped(p *place, n syntax.Node) bool {
	if f.isStep(p.function) || f.isStep(n) {
		return true
	}
	if p.def != nil && discover.Minor(p.def.Last()) {
		return true
	}
	if p.def != nil && (f.done[p.def.ID()] || f.isToolOrNode(p.def) || f.decorated(p.def) || strings.HasPrefix(p.def.Last(), "test_")) {
		return true
	}
	for up := n; !up.IsZero(); up = up.Parent() {
		if f.bodies[up] {
			return true
		}
		if up.Is(syntax.FuncDef) {
			if def := f.code.DefinitionOf(up); def != nil && (f.done[def.ID()] || f.decorated(def)) {
				return true
			}
		}
		if up.Is(syntax.ClassDef) {
			if def := f.code.DefinitionOf(up); def != nil && (f.code.Derives(code.Ref{Name: def.Name, Def: def}, toolBases...) || f.code.Derives(code.Ref{Name: def.Name, Def: def}, modelTypes...)) {
				return true
			}
		}
	}
	return false
}

package langgraph

import (
	"slices"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// Bounds of following what a node does.
const (
	deepest   = 10   // functions inside functions
	mostCalls = 2000 // calls looked at for one node
)

// deeds are what a node's function was found to do.
type deeds struct {
	parts
	asks       []syntax.Node // calls that ask a model
	delegates  []use         // agents and graphs that it runs
	retrieves  []use         // knowledge that it searches
	stores     []storeUse    // memory that it reads or writes
	runsTools  []use         // tools that it runs by itself, without a model's choice
	interrupts []syntax.Node // where it stops for a person
	gotos      []*code.Value // where Command(goto=…) and Send send it
	gotoAt     []syntax.Node
	chains     []*code.Value // chains that it asks through
	functions  []*code.Def   // the functions that were followed, its own first
	bodies     []syntax.Node // and those without a definition
	again      bool          // a function of them comes to itself again, or what asks stands in a round
}

type use struct {
	value *code.Value
	at    syntax.Node
}

type storeUse struct {
	value *code.Value
	write bool
	at    syntax.Node
}

// agentic tells whether the node is an agent by the definition of this package: it asks a model.
func (d *deeds) agentic() bool { return len(d.asks) > 0 }

// goesRound tells whether what runs may repeat, so that nobody can say how often it asks: while a condition holds, by
// functions that come to themselves again, or for each of what it is given.
func (d *deeds) goesRound() bool {
	if d.again || slices.ContainsFunc(d.asks, inRound) {
		return true
	}
	bodies := slices.Clone(d.bodies)
	for _, def := range d.functions {
		bodies = append(bodies, def.Node)
	}
	return slices.ContainsFunc(bodies, func(function syntax.Node) bool {
		found := false
		function.Walk(func(n syntax.Node) bool {
			found = found || n.Is(syntax.While)
			return !found
		})
		return found
	})
}

// inRound tells whether a call stands in a round of its function.
func inRound(call syntax.Node) bool {
	for p := call.Parent(); !p.IsZero() && !p.Is(syntax.FuncDef, syntax.ClassDef); p = p.Parent() {
		if p.Is(syntax.For, syntax.Comp, syntax.While) {
			return true
		}
	}
	return false
}

// look follows what calling a value does.
func (f *file) look(v *code.Value) *deeds {
	d := &deeds{}
	w := &looker{f: f, d: d, seen: map[string]bool{}, asking: map[string]bool{}, bodies: map[syntax.Node]bool{}}
	for _, one := range v.Each() {
		w.value(one, 0)
	}
	return d
}

// lookAt is look for a function by its definition.
func (f *file) lookAt(def *code.Def) *deeds {
	d := &deeds{}
	w := &looker{f: f, d: d, seen: map[string]bool{}, asking: map[string]bool{}, bodies: map[syntax.Node]bool{}}
	w.def(def, 0)
	return d
}

type looker struct {
	f      *file
	d      *deeds
	seen   map[string]bool
	open   []string        // the functions that are being followed, the outermost first
	asking map[string]bool // those that ask a model, themselves or through others
	bodies map[syntax.Node]bool
	calls  int
}

// value follows a function, method, lambda, runnable object or object that can be called.
func (w *looker) value(v *code.Value, depth int) {
	switch v.Kind {
	case code.Function:
		w.function(v, depth)
	case code.Instance:
		if v.Ref.Def != nil && v.Ref.Def.Kind == code.ClassDef {
			if m := w.f.code.Method(v.Ref.Def, "__call__"); m != nil {
				for _, a := range v.Args() {
					w.d.chains = append(w.d.chains, w.f.chainsIn(a.Value)...)
				}
				w.def(m, depth)
				return
			}
		}
		w.runnable(v, v.Call)
	case code.Class:
		if m := w.f.code.Method(v.Ref.Def, "__init__"); m != nil {
			w.def(m, depth)
		}
	}
}

// runnable notes that a runnable runs here.
func (w *looker) runnable(v *code.Value, at syntax.Node) {
	var p parts
	w.f.take(&p, v, 0)
	w.d.chains = append(w.d.chains, w.f.chainsIn(v)...)
	if p.isModel {
		w.d.asks = append(w.d.asks, at)
		w.d.isModel = true
		w.d.models = append(w.d.models, p.models...)
		w.d.tools = append(w.d.tools, p.tools...)
		w.d.prompts = append(w.d.prompts, p.prompts...)
	}
	for _, a := range p.agents {
		w.d.delegates = append(w.d.delegates, use{a, at})
	}
	for _, k := range p.knowledge {
		w.d.retrieves = append(w.d.retrieves, use{k, at})
	}
}

func (w *looker) def(def *code.Def, depth int) {
	if def != nil && slices.Contains(w.open, def.ID()) {
		w.d.again = true
	}
	if def == nil || w.seen[def.ID()] || depth > deepest {
		return
	}
	w.seen[def.ID()] = true
	w.open = append(w.open, def.ID())
	defer func() { w.open = w.open[:len(w.open)-1] }()
	w.d.functions = append(w.d.functions, def)
	w.body(def.Node, func(n syntax.Node) *code.Value { return w.f.code.Eval(n) }, depth)
}

func (w *looker) function(v *code.Value, depth int) {
	if def := v.Ref.Def; def != nil {
		w.d.again = w.d.again || slices.Contains(w.open, def.ID())
		if w.seen[def.ID()] || depth > deepest {
			return
		}
		w.seen[def.ID()] = true
		w.open = append(w.open, def.ID())
		defer func() { w.open = w.open[:len(w.open)-1] }()
		w.d.functions = append(w.d.functions, def)
	} else {
		if w.bodies[v.Node] {
			return
		}
		w.bodies[v.Node] = true
		w.d.bodies = append(w.d.bodies, v.Node)
	}
	if depth > deepest {
		return
	}
	w.body(v.Node, func(n syntax.Node) *code.Value { return v.Inside(n) }, depth)
}

// body looks at each call of a function's body, those of functions inside it included.
func (w *looker) body(function syntax.Node, eval func(syntax.Node) *code.Value, depth int) {
	function.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Decorator, syntax.Param, syntax.Returns:
			return false
		case syntax.Call:
			if w.calls++; w.calls > mostCalls {
				return false
			}
			w.call(n, eval, depth)
		}
		return true
	})
}

func (w *looker) call(n syntax.Node, eval func(syntax.Node) *code.Value, depth int) {
	callee := n.Child(0)
	if h, ok := w.f.code.Handed(n); ok { // on another thread
		callee = h.Callee
	}
	v := eval(callee)
	ref := refOf(v)
	method := verb(callee)
	switch {
	case ref.Is("langgraph.types.interrupt", "langgraph.prebuilt.interrupt", "builtins.input", "@langchain/langgraph*.interrupt"):
		w.d.interrupts = append(w.d.interrupts, n)
		return
	case ref.Is("langgraph.types.Command", "langgraph.graph.Command", "@langchain/langgraph*.Command"):
		g := n.Argument("goto")
		if g.IsZero() {
			g = n.Child(1).Argument("goto")
		}
		if !g.IsZero() {
			w.d.gotos, w.d.gotoAt = append(w.d.gotos, eval(g)), append(w.d.gotoAt, n)
		}
		return
	case ref.Is("langgraph.types.Send", "langgraph.constants.Send", "langgraph.graph.Send", "@langchain/langgraph*.Send"):
		if target := n.Child(1); !target.IsZero() && !target.Is(syntax.Keyword) {
			w.d.gotos, w.d.gotoAt = append(w.d.gotos, eval(target)), append(w.d.gotoAt, n)
		}
		return
	case ref.Is(clients...):
		w.d.asks = append(w.d.asks, n)
		name := n.Argument("model")
		if name.IsZero() {
			name = n.Child(1).Argument("model")
		}
		if !name.IsZero() {
			w.d.models = append(w.d.models, eval(name))
		}
		return
	}
	if ref.Is(systemMessages...) {
		w.d.prompts = append(w.d.prompts, eval(n))
		return
	}
	if store := w.f.storeCall(n, method, eval); store != nil {
		w.d.stores = append(w.d.stores, *store)
		return
	}
	if method != "" {
		object := eval(callee.Child(0))
		if w.f.isToolCall(object, method) {
			w.d.runsTools = append(w.d.runsTools, use{object, n})
			return
		}
		if invoking[method] && w.invoked(n, object, callee, eval) {
			// A method of the project's own of that name was followed by its value already.
			if !followable(v) {
				return
			}
		}
		if searching[method] && w.f.isRetriever(object) {
			w.d.retrieves = append(w.d.retrieves, use{object, n})
			return
		}
	}
	asked := len(w.d.asks)
	defer func() {
		for _, one := range v.Each() {
			if def := one.Ref.Def; one.Is(code.Function) && def != nil {
				if len(w.d.asks) > asked {
					w.asking[def.ID()] = true
				}
				w.d.again = w.d.again || w.asking[def.ID()] && inRound(n)
			}
		}
	}()
	for _, one := range v.Each() {
		switch {
		case one.Is(code.Function):
			if one.Self() == nil && one.Ref.Def != nil {
				w.def(one.Ref.Def, depth+1)
			} else {
				w.function(one, depth+1)
			}
		case one.Is(code.Class):
			w.value(one, depth+1)
		case one.Is(code.Instance) && method == "":
			// chain(…) calls what the chain is, and an object of the program its __call__.
			var p parts
			w.f.take(&p, one, 0)
			if p.isModel || len(p.agents) > 0 || one.Ref.Def != nil && w.f.code.Method(one.Ref.Def, "__call__") != nil {
				w.value(one, depth+1)
			}
		}
	}
}

// invoked notes x.invoke(…) when x is, or must be taken for, something that asks a model.
func (w *looker) invoked(n syntax.Node, object *code.Value, callee syntax.Node, eval func(syntax.Node) *code.Value) bool {
	var p parts
	w.f.take(&p, object, 0)
	if !p.isModel && len(p.agents) == 0 && len(p.knowledge) == 0 {
		if callee.TextIs("run") || callee.TextIs("arun") || callee.TextIs("call") || !object.Is(code.Unknown) || !named(callee.Child(0)) {
			return false
		}
	}
	if p.isModel || len(p.agents) == 0 && len(p.knowledge) == 0 {
		w.d.asks = append(w.d.asks, n)
		w.d.chains = append(w.d.chains, w.f.chainsIn(object)...)
		w.d.isModel = true
		w.d.models = append(w.d.models, p.models...)
		w.d.tools = append(w.d.tools, p.tools...)
		w.d.prompts = append(w.d.prompts, p.prompts...)
		w.spoken(n, eval)
	}
	for _, a := range p.agents {
		w.d.delegates = append(w.d.delegates, use{a, n})
	}
	for _, k := range p.knowledge {
		w.d.retrieves = append(w.d.retrieves, use{k, n})
	}
	return true
}

func followable(v *code.Value) bool {
	for _, one := range v.Each() {
		if one.Is(code.Function) {
			return true
		}
	}
	return false
}

// refOf is what a value refers to, with all its alternatives' names.
func refOf(v *code.Value) code.Ref {
	var ref code.Ref
	for _, one := range v.Each() {
		if ref.Name == "" {
			ref = one.Ref
		} else if one.Ref.Name != "" {
			ref.Names = append(ref.Names[:len(ref.Names):len(ref.Names)], one.Ref.Name)
		}
	}
	return ref
}

// clients are calls of providers' own clients that ask a model.
var clients = []string{
	"openai.*.chat.completions.create", "openai.*.chat.completions.parse", "openai.*.beta.chat.completions.parse", "openai.*.responses.create",
	"openai.*.responses.parse", "openai.*.completions.create", "openai.ChatCompletion.create", "openai.ChatCompletion.acreate",
	"anthropic.*.messages.create", "anthropic.*.messages.stream", "anthropic.*.beta.messages.create",
	"litellm.completion", "litellm.acompletion", "litellm.responses", "ollama.chat", "ollama.generate", "ollama.*.chat",
	"google.genai.*.models.generate_content", "google.genai.*.aio.models.generate_content", "google.genai.*.models.generate_content_stream",
	"google.generativeai.GenerativeModel.generate_content", "google.generativeai.GenerativeModel.generate_content_async",
	"@anthropic-ai/sdk.*.messages.create", "@anthropic-ai/sdk.*.messages.stream", "@google/genai.*.models.generateContent", "@google/genai.*.models.generateContentStream",
	"@google/generative-ai.*.getGenerativeModel.generateContent", "ai.generateText", "ai.streamText", "ai.generateObject", "groq-sdk.*.chat.completions.create",
	"groq.*.chat.completions.create", "mistralai.*.chat.complete", "cohere.*.chat", "boto3.client.converse", "boto3.client.invoke_model",
}

// spans of the nodes.
func first(nodes []syntax.Node) syntax.Node {
	if len(nodes) == 0 {
		return syntax.Node{}
	}
	return nodes[0]
}

// owned marks the functions of a node, so that their model calls are not taken for agents of their own.
func (f *file) owned(d *deeds) {
	for _, def := range d.functions {
		f.done[def.ID()] = true
	}
	for _, n := range d.bodies {
		f.bodies[n] = true
	}
}

// describeDeeds says what an agent does: its models, prompts, tools, knowledge and memory.
func (f *file) describeDeeds(agent discover.Ref, name string, d *deeds, fallbackTools []*code.Value) {
	for i, m := range d.models {
		for _, ref := range f.ChatModel(m) {
			f.UsesModel(agent, ref, d.asks[min(i, len(d.asks)-1)].Span())
		}
	}
	for i, prompt := range d.prompts {
		f.prompt(agent, name, prompt, i)
	}
	tools := d.tools
	if len(tools) == 0 {
		tools = fallbackTools
	}
	for _, list := range tools {
		f.giveTools(agent, name, list)
	}
	for _, t := range d.runsTools {
		f.giveTools(agent, name, t.value)
	}
	for _, k := range d.retrieves {
		f.retrieval(k.value, agent, k.at)
	}
	for _, s := range d.stores {
		f.remembers(agent, s)
	}
}

package providerclient

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// A program of Go that works with several providers has an interface for them, and a type for each that answers by asking
// its own. Who asks is whoever calls the method of the interface with words of its own. Where that is a method of a type
// that is made with its instructions, model and tools, each object that the program makes of it is an agent.

// through describes those who ask a method through an interface of the program; false where nobody is seen to do so with
// words of its own.
func (x *goPass) through(def *code.Def) bool {
	found := false
	for _, site := range x.Code().Through(def) {
		function, loop := discover.FunctionAndLoop(site)
		asker := x.Code().DefinitionOf(function)
		args := slices.Collect(site.Children())[1:]
		if asker == nil || source.Scope(fileAt(site)) == source.ScopeTest || !x.OwnWords(function, args...) {
			continue
		}
		found = true
		again := loop
		for _, outer := range x.Code().GoSites(asker) {
			if _, around := discover.FunctionAndLoop(outer); again.IsZero() {
				again = around
			}
		}
		makers := x.makers(x.holder(site))
		given := make([]*handed, len(makers))
		told := false
		for i, at := range makers {
			given[i] = &handed{pass: x, names: map[string]bool{}}
			given[i].from(at)
			told = told || len(given[i].prompts) > 0
		}
		if len(makers) == 0 || !told && x.instructed(args) {
			x.asker(asker, site, args, given, again)
			continue
		}
		for i, at := range makers {
			x.made(at, given[i], site, again)
		}
	}
	return found
}

// aside are the calls whose words are for people, by the beginnings of their names.
var aside = []string{"fmt.Errorf", "fmt.Print", "fmt.Fprint", "errors.", "log.", "log/slog.", "builtins.panic", "net/http.NewRequest"}

// says tells whether a function writes words of its own that may go to a model: in a text that stands in it, or that it
// takes from the file's constants.
func (x *goPass) says(function syntax.Node) bool {
	found := false
	function.Child(-1).Walk(func(n syntax.Node) bool {
		switch {
		case found:
		case n.Is(syntax.Call):
			ref := x.Code().Resolve(n.Child(0))
			return !slices.ContainsFunc(aside, func(p string) bool { return strings.HasPrefix(ref.Name, p) }) && !logs.MatchString(n.Child(0).Text())
		case n.Is(syntax.String):
			found = discover.Wording(n.Text())
		case n.Is(syntax.Name) && promptName.MatchString(n.Text()):
			found = discover.Wording(x.Code().Eval(n).Str())
		}
		return !found
	})
	return found
}

// logs are the names of methods that write a line for people, and promptName those of what a model is told.
var (
	logs       = regexp.MustCompile(`^(Debug|Info|Warn|Error|Fatal|Panic|Print|Log|Trace)(f|ln|w|Context)?$`)
	promptName = regexp.MustCompile(`(?i)prompt|instruction|template|persona|system`)
)

// fileAt is the path of the file that a node stands in.
func fileAt(n syntax.Node) string {
	if t := n.Tree(); t != nil && t.File != nil {
		return t.File.Path()
	}
	return ""
}

// instructed tells whether what is sent holds instructions that stand in the code: whoever is asked so is one thing,
// however it was made.
func (x *goPass) instructed(args []syntax.Node) bool {
	for _, a := range args {
		v := x.Code().Eval(a)
		for _, key := range []string{"System", "SystemPrompt", "Instructions"} {
			if discover.Wording(v.Arg(key, -1).Str()) {
				return true
			}
		}
		if discover.Wording(v.Str()) {
			return true
		}
		for _, m := range append(v.Arg("Messages", -1).Members(), v.Members()...) {
			if role := m.Arg("Role", -1); (role.Str() == "system" || strings.HasSuffix(role.RefOf().Last(), "System")) && discover.Wording(m.Arg("Content", -1).Str()) {
				return true
			}
		}
	}
	return false
}

// asker is a function that asks through an interface, with the tools of those that are made to ask so.
func (x *goPass) asker(def *code.Def, site syntax.Node, args []syntax.Node, made []*handed, again syntax.Node) {
	ref, name := discover.Definition(def), def.Last()
	defer x.Subject(ref)()
	at := site.Span()
	e := x.Element(model.Agent, ref, name, discover.Headline(def.Node), at).Technology(technology).Detail(def.Doc())
	for _, a := range args {
		v := x.Code().Eval(a)
		for _, key := range []string{"System", "SystemPrompt", "Instructions"} {
			if text := v.Arg(key, -1); discover.Wording(text.Str()) {
				x.Prompt(ref, name, text)
			}
		}
		if v.Is(code.String) && discover.Wording(v.Str()) {
			x.Prompt(ref, name, v)
		}
		x.messages(ref, name, v)
		x.messages(ref, name, v.Arg("Messages", -1))
		for _, one := range v.Arg("Model", -1).Each() {
			if one.Is(code.String) || one.Is(code.Env) {
				x.UsesModel(ref, x.Model(one, ""), one.Node.Span())
			}
		}
	}
	for _, h := range made {
		x.equip(e, ref, name, h, again)
	}
}

// made is an object that asks through an interface, where the program makes it.
func (x *goPass) made(at syntax.Node, h *handed, site, again syntax.Node) {
	function, _ := discover.FunctionAndLoop(at)
	name, id := h.variable, function.Text()
	if plainAgent[strings.ToLower(name)] {
		name = function.Text()
	}
	if name == "main" || name == "" {
		name = path.Base(path.Dir(fileAt(at)))
	}
	if h.name != "" {
		name = h.name
	}
	if h.variable != "" {
		id += "." + h.variable
	}
	ref := discover.Local(fileAt(at), id)
	defer x.Subject(ref)()
	e := x.Element(model.Agent, ref, name, at.Span(), site.Span()).Technology(technology).Alias(h.variable)
	for _, text := range h.prompts {
		x.Prompt(ref, name, text)
	}
	for _, one := range h.models {
		x.UsesModel(ref, x.Model(one, ""), one.Node.Span())
	}
	if len(h.models) == 0 {
		x.Unresolved("the model of "+name, "it is handed in when the program runs", at.Span())
	}
	x.equip(e, ref, name, h, again)
}

// plainAgent are names of variables that say no more of an agent than that it is one.
var plainAgent = map[string]bool{"": true, "agent": true, "a": true, "ag": true, "bot": true, "runner": true, "r": true, "session": true, "s": true, "loop": true, "engine": true, "e": true}

// equip gives an agent the tools that it is handed.
func (x *goPass) equip(e *discover.Element, agent discover.Ref, name string, h *handed, again syntax.Node) {
	if len(h.tools) == 0 {
		return
	}
	if !again.IsZero() {
		e.FactBecause("loops", model.Yes, "it asks again with what the tools gave", again.Span())
	}
	for _, t := range h.tools {
		for _, ref := range x.toolObject(agent, name, t.value) {
			x.Flow(model.ToolCall, agent, ref, t.at.Span())
		}
	}
}

// toolDoes are the methods by which programs let a tool do its work.
var toolDoes = []string{"Execute", "Run", "Call", "Invoke", "Handle", "Do"}

// toolKit describes tools that are types of a program.
var toolKit = &discover.GoKit{Technology: "function-calling", Methods: toolDoes}

// isTool tells whether a value is an object that says what it is called and what it is for, and does something.
func (x *goPass) isTool(v *code.Value) bool {
	def := v.RefOf().Def
	if !v.Is(code.Instance) || v.Typed() || def == nil || def.Kind != code.ClassDef {
		return false
	}
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return x.Code().Method(def, n) != nil })
	}
	return has("Name") && has("Description", "InputSchema", "Schema", "Parameters", "Definition") && has(toolDoes...)
}

// toolObject describes a tool: one that is made of a function by the name that it is made with, else by its type.
func (x *goPass) toolObject(agent discover.Ref, name string, v *code.Value) []discover.Ref {
	var label, description string
	var functions []*code.Value
	for _, a := range v.Args() {
		switch text := a.Value.Str(); {
		case len(discover.FunctionsIn(a.Value)) > 0:
			functions = append(functions, discover.FunctionsIn(a.Value)...)
		case strings.EqualFold(a.Key.Str(), "name"):
			label = text
		case strings.HasPrefix(strings.ToLower(a.Key.Str()), "desc"):
			description = text
		}
	}
	if label == "" || len(functions) == 0 {
		return x.GoTools(toolKit, agent, name, v)
	}
	ref := discover.Local(fileAt(functions[0].Node), label)
	effects, _ := x.EffectsOfFunctions(functions[0])
	x.Element(model.Tool, ref, label, functions[0].Node.Span()).Technology("function-calling").Detail(description).Effects(effects).
		Fact("typed-input", model.Yes, functions[0].Node.Span())
	return []discover.Ref{ref}
}

// holder is the type that keeps what a call through an interface is made on; nil where that is none of the program's.
func (x *goPass) holder(site syntax.Node) *code.Def {
	kept := site.Child(0).Child(0)
	if !kept.Is(syntax.Attr) {
		return nil
	}
	for _, v := range x.Code().Eval(kept.Child(0)).Each() {
		if def := v.RefOf().Def; def != nil && def.Kind == code.ClassDef {
			return def
		}
	}
	return nil
}

// makers are the places outside tests where the program has an object of a type made, by a function that gives one.
func (x *goPass) makers(class *code.Def) (sites []syntax.Node) {
	if class == nil {
		return nil
	}
	program := x.Code().Program()
	inner := map[syntax.Node]bool{} // functions that have one made themselves
	by := map[syntax.Node][]syntax.Node{}
	var order []syntax.Node
	for _, file := range append([]string{class.Module.Path}, program.Siblings(class.Module.Path)...) {
		r := program.Resolver(file)
		if r == nil {
			continue
		}
		for _, def := range r.Functions() {
			if def.Node.Op() == goMethodOp || !gives(r, def, class) {
				continue
			}
			order = append(order, def.Node)
			for _, site := range x.Code().GoSites(def) {
				if source.Scope(fileAt(site)) == source.ScopeTest {
					continue
				}
				function, _ := discover.FunctionAndLoop(site)
				if function.IsZero() {
					continue
				}
				inner[function] = true
				by[def.Node] = append(by[def.Node], site)
			}
		}
	}
	for _, def := range order {
		if !inner[def] {
			sites = append(sites, by[def]...)
		}
	}
	return sites
}

// goMethodOp is what the tree says of a function of Go that has a receiver.
const goMethodOp = 2

// gives tells whether a function gives an object of a type, if need be beside an error.
func gives(r *code.Resolver, def, class *code.Def) bool {
	given := def.Node.First(syntax.Returns).Child(0)
	all := []syntax.Node{given}
	if given.Is(syntax.Tuple) {
		all = slices.Collect(given.Children())
	}
	return slices.ContainsFunc(all, func(t syntax.Node) bool {
		for t.Is(syntax.Unary) {
			t = t.Child(0)
		}
		return r.Resolve(t).Def.Same(class)
	})
}

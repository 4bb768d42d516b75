package discover

import (
	"regexp"
	"strings"
	"unicode"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// OwnWords tells whether what a place of the program sends to a model is, at least in part, its own: text that is written
// there, or in what it reads, and not only what the function around it is handed. The function is the file's root for
// what stands outside of functions.
func (p *Pass) OwnWords(function syntax.Node, sent ...syntax.Node) bool {
	w := &words{pass: p, function: function, handed: HandedTo(function), seen: map[string]bool{}}
	for _, n := range sent {
		if w.own(n, 0) {
			return true
		}
	}
	return false
}

// itself tells whether an expression is the object that a method is of.
func itself(n syntax.Node) bool {
	return n.Is(syntax.Name) && (n.TextIs("self") || n.TextIs("this"))
}

// adds tells by the name of a method whether a list or text grows by it.
func adds(method string) bool {
	for _, verb := range [...]string{"append", "extend", "insert", "add", "push", "unshift"} {
		if strings.HasPrefix(method, verb) {
			return true
		}
	}
	return false
}

// words looks for the words of a function's own in what it sends.
type words struct {
	pass     *Pass
	function syntax.Node
	handed   map[string]bool
	seen     map[string]bool
}

// markup are the parts of a chat's own form in a text.
var markup = regexp.MustCompile(`<\|[^|]*\|>|\[/?INST\]|(?i)\b(system|user|assistant|human|bearer)\b`)

// Wording tells whether a text says something: some words, not the name of a role or of a model.
func Wording(text string) bool {
	text = strings.TrimSpace(markup.ReplaceAllString(text, ""))
	letters, space, wide := 0, false, 0
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			space = true
		case unicode.IsLetter(r):
			letters++
			if r > 0x2e00 {
				wide++
			}
		}
	}
	return space && letters >= 8 || wide >= 6
}

// Spoken tells whether an expression is a text: as instructions a single word is one.
func Spoken(n syntax.Node) bool {
	return n.Is(syntax.String) && strings.TrimSpace(n.Text()) != ""
}

// deepestWords is how far what is sent is followed back.
const deepestWords = 12

// promptly are the names of what holds or makes a prompt.
var promptly = regexp.MustCompile(`(?i)(prompt|instruction|template|persona)`)

func (w *words) own(n syntax.Node, depth int) bool {
	if n.IsZero() || depth > deepestWords {
		return false
	}
	switch n.Kind() {
	case syntax.String:
		return Wording(n.Text())
	case syntax.FString:
		text := ""
		for c := range n.Children() {
			if c.Is(syntax.String) {
				text += c.Text() + " "
			} else if w.own(c, depth+1) {
				return true
			}
		}
		return Wording(text)
	case syntax.Name:
		return w.name(n, depth)
	case syntax.Attr:
		return w.attribute(n, depth)
	case syntax.Call:
		return w.call(n, depth)
	case syntax.Keyword:
		switch n.Text() {
		case "model", "role", "name", "type", "response_format", "headers", "url":
			return false
		}
	case syntax.Pair:
		switch n.Child(0).Text() {
		case "model", "role", "name", "type", "response_format", "schema", "headers":
			return false
		}
		return w.own(n.Child(1), depth+1)
	case syntax.Map:
		if role := n.Argument("role"); role.TextIs("system") || role.TextIs("developer") {
			if Spoken(n.Argument("content")) {
				return true
			}
		}
	case syntax.Cond:
		return w.own(n.Child(1), depth+1) || w.own(n.Child(2), depth+1)
	case syntax.Subscript:
		return w.own(n.Child(0), depth+1)
	case syntax.Lambda, syntax.Compare:
		return false
	}
	for c := range n.Children() {
		if w.own(c, depth+1) {
			return true
		}
	}
	return false
}

// name follows a variable to what the function sets it to.
func (w *words) name(n syntax.Node, depth int) bool {
	name := n.Text()
	if w.seen[name] {
		return false
	}
	w.seen[name] = true
	for function := w.function; !function.IsZero(); function = around(function) {
		local, own := w.set(function, name, depth)
		if !local && !own && w.handed[name] {
			names := map[string]bool{}
			given(function, names)
			local = names[name]
		}
		if local || own {
			return own
		}
	}
	return w.value(n)
}

// set tells whether a function sets a variable, and whether to words of its own.
func (w *words) set(function syntax.Node, name string, depth int) (local, found bool) {
	function.Walk(func(a syntax.Node) bool {
		if found || !w.part(a) {
			return false
		}
		switch a.Kind() {
		case syntax.Assign, syntax.AnnAssign, syntax.AugAssign:
			target, value := a.Child(0), a.Child(-1)
			if target == value || !mentions(target, name) {
				break
			}
			if target.Is(syntax.Name) {
				local = true
			}
			found = w.own(value, depth+1)
		case syntax.For:
			if mentions(a.Child(0), name) {
				local = true
				found = w.own(a.Child(1), depth+1)
			}
		case syntax.Call: // messages.append({…})
			callee := a.Child(0)
			if callee.Is(syntax.Attr) && callee.Child(0).Is(syntax.Name) && callee.Child(0).TextIs(name) && adds(callee.Text()) {
				for arg := range a.Children() {
					found = found || arg != callee && w.own(arg, depth+1)
				}
			}
		}
		return !found
	})
	return local, found
}

// mentions tells whether what is assigned to is a name, or a part of it.
func mentions(target syntax.Node, name string) bool {
	switch {
	case target.Is(syntax.Name):
		return target.TextIs(name)
	case target.Is(syntax.Subscript):
		return mentions(target.Child(0), name)
	case target.Is(syntax.Tuple, syntax.List, syntax.Map):
		for c := range target.Children() {
			if mentions(c, name) || c.Is(syntax.Pair) && mentions(c.Child(-1), name) {
				return true
			}
		}
	}
	return false
}

// value tells whether what stands outside of the function holds words.
func (w *words) value(n syntax.Node) bool {
	some := false
	for _, v := range w.pass.code.Eval(n).Each() {
		some = some || holdsWords(v, 0)
		if (v.Is(code.Unknown) || v.Is(code.External) || v.Is(code.Env)) && promptly.MatchString(n.Text()) {
			some = true
		}
	}
	return some
}

func holdsWords(v *code.Value, depth int) bool {
	if depth > 4 {
		return false
	}
	switch v.Kind {
	case code.String:
		return Wording(v.Text)
	case code.List:
		for _, item := range v.Items {
			for _, one := range item.Each() {
				if holdsWords(one, depth+1) {
					return true
				}
			}
		}
	case code.Dict:
		for _, p := range v.Pairs {
			for _, one := range p.Value.Each() {
				if holdsWords(one, depth+1) {
					return true
				}
			}
		}
	case code.Instance:
		for _, a := range v.Args() {
			for _, one := range a.Value.Each() {
				if holdsWords(one, depth+1) {
					return true
				}
			}
		}
	}
	return false
}

// attribute is own for self.prompt, prompts.SUMMARY, request.text.
func (w *words) attribute(n syntax.Node, depth int) bool {
	root := n
	for root.Is(syntax.Attr, syntax.Subscript) {
		root = root.Child(0)
	}
	if root.Is(syntax.Call, syntax.Await) {
		return w.own(root, depth+1)
	}
	if root.Is(syntax.Name) && !itself(root) && (w.handed[root.Text()] || w.seen[root.Text()]) {
		return false
	}
	if w.value(n) {
		return true
	}
	return root.Is(syntax.Name) && !itself(root) && !w.handed[root.Text()] && w.own(root, depth+1)
}

// wordless are calls whose words are for people.
var wordless = []string{"argparse.**", "click.**", "typer.**", "logging.**", "os.**", "pathlib.**", "builtins.open", "builtins.print", "builtins.console.**"}

// call is own for what a call gives: a filled template, a prompt that a function of the program writes, what is read here
// from a user.
func (w *words) call(n syntax.Node, depth int) bool {
	callee := n.Child(0)
	ref, function := w.called(n)
	switch {
	case ref.Is("builtins.input"):
		return true
	case ref.Is(wordless...):
		return false
	}
	if !function.IsZero() {
		if promptly.MatchString(callee.Text()) && writes(function) {
			return true
		}
		for _, v := range w.pass.code.Eval(n).Each() {
			if holdsWords(v, 0) {
				return true
			}
		}
	} else if callee.Is(syntax.Name, syntax.Attr) && promptly.MatchString(callee.Text()) {
		return true // render_prompt("answer", question=…)
	}
	if callee.Is(syntax.Attr) && w.own(callee.Child(0), depth+1) {
		return true
	}
	for a := range n.Children() {
		if a != callee && w.own(a, depth+1) {
			return true
		}
	}
	return false
}

// writes tells whether a function writes text, its description left aside.
func writes(function syntax.Node) bool {
	found := false
	function.Child(-1).Walk(func(n syntax.Node) bool {
		if found {
			return false
		}
		if n.Is(syntax.ExprStmt) && n.Child(0).Is(syntax.String) {
			return false
		}
		found = n.Is(syntax.String) && Wording(n.Text())
		return !found
	})
	return found
}

// part tells whether a node belongs to the place: what stands in functions is no part of the file itself.
func (w *words) part(n syntax.Node) bool {
	if !w.function.Is(syntax.Module) {
		return true
	}
	return !n.Is(syntax.FuncDef, syntax.ClassDef)
}

// called is what a call calls, and the function that it is; of JavaScript also a function that only a constant holds.
func (w *words) called(n syntax.Node) (code.Ref, syntax.Node) {
	callee := n.Child(0)
	ref := w.pass.code.Resolve(callee)
	if ref.Def != nil {
		if ref.Def.Kind == code.FuncDef {
			return ref, ref.Def.Node
		}
		return ref, syntax.Node{}
	}
	if Script(n) && callee.Is(syntax.Name) {
		for _, v := range w.pass.code.Eval(callee).Each() {
			if v.Is(code.Function) && v.Node.Is(syntax.Lambda) {
				return ref, v.Node
			}
		}
	}
	return ref, syntax.Node{}
}

// Instructs tells whether a call hands instructions that its place writes: a text that is called instructions, or an
// object that is made with one.
func (p *Pass) Instructs(function, call syntax.Node, names []string) bool {
	for _, name := range names {
		if n := Said(call, name); !n.IsZero() && (Spoken(n) || p.OwnWords(function, n)) {
			return true
		}
	}
	handed := HandedTo(function)
	for a := range call.Children() {
		if a == call.Child(0) {
			continue
		}
		if a.Is(syntax.Keyword) {
			a = a.Child(0)
		}
		if !a.Is(syntax.Name, syntax.Call) || handed[a.Text()] {
			continue
		}
		for _, v := range p.code.Eval(a).Each() {
			if !v.Is(code.Instance) || v.Call.IsZero() {
				continue
			}
			for _, name := range names {
				for _, one := range v.Arg(name, -1).Each() {
					if holdsWords(one, 0) {
						return true
					}
				}
			}
		}
	}
	return false
}

// minor are the names of functions that only see whether a model answers, or ask nothing of it.
var minor = regexp.MustCompile(`(?i)(health|^_?ping|(check|test|validate|verify|probe)_?(api|auth|key|connection|connect|model|llm|provider|credential|availab)|is_?available|list_?models|count_?tokens|token_?count|warm_?up|preload|smoke|^__init__$|embed|^_?(check|test|validate|verify|probe)_(azure_?)?(openai|anthropic|ollama|gemini|groq|mistral|cohere|bedrock|litellm|vllm)(_(api|status|service|server|endpoint))?$)`)

// Minor tells by a function's name that what it asks a model is of no account: whether it answers, how long a text is.
func Minor(name string) bool { return minor.MatchString(name) }

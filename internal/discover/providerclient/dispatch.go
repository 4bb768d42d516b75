package providerclient

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// questions are what methods are called by which programs put a question to a model that they hold.
var questions = regexp.MustCompile(`(?i)^_?a?_?(query|chat|complete|completion|completions|generate|ask|respond|invoke|predict|prompt|send|call|reply|infer|stream|answer|think|run|execute)([_A-Z].*)?$|_(completion|complete|response|chat|text|generate|ask|prompt|invoke|answer|reply|llm|message)$|^(create|get|make|call|run|fetch)_?(completion|response|chat|llm|answer|reply|message)`)

// targets are the functions of the program that a call may mean: the one that it names; what overrides an interface's
// method; and, where only the objects tell, the methods of all that the callee may be.
func (x *pass) targets(callee syntax.Node, ref code.Ref) []*code.Def {
	if script(callee) {
		if ref.Def != nil && ref.Def.Kind == code.FuncDef {
			return []*code.Def{ref.Def}
		}
		return x.handedTargets(callee, ref)
	}
	var all []*code.Def
	add := func(d *code.Def) {
		for _, other := range all {
			if other.Same(d) {
				return
			}
		}
		all = append(all, d)
	}
	question := x.putsQuestion(callee) || callee.Is(syntax.Attr) && ref.Def != nil && x.asksByName(callee.Text())
	switch {
	case ref.Def != nil && ref.Def.Kind != code.FuncDef:
		return nil // making an object asks nothing
	case ref.Def != nil && (!question || len(ref.Names) == 0):
		add(ref.Def)
	case question && !known(ref):
		for _, v := range x.Code().Eval(callee).Each() {
			if v.Is(code.Function) && v.Ref.Def != nil && v.Ref.Def.Kind == code.FuncDef {
				add(v.Ref.Def)
			}
		}
		if len(all) == 0 && ref.Def != nil {
			add(ref.Def)
		}
	}
	for _, d := range all[:len(all):len(all)] {
		if question && x.Code().Interface(d) {
			for _, m := range x.Code().Overrides(d) {
				add(m)
			}
		}
	}
	return all
}

// handedTargets are the functions that a call of JavaScript means on what was handed in, by all that the program hands in
// there. What it is handed as, an interface, is a word of the type checker that says nothing of objects.
func (x *pass) handedTargets(callee syntax.Node, ref code.Ref) []*code.Def {
	if ref.Def != nil || known(ref) || !x.putsQuestion(callee) {
		return nil
	}
	var all []*code.Def
	for _, v := range x.Code().Eval(callee).Each() {
		if d := v.Ref.Def; v.Is(code.Function) && d != nil && d.Kind == code.FuncDef && !slices.ContainsFunc(all, d.Same) {
			all = append(all, d)
		}
	}
	return all
}

// known tells whether a reference is to something outside of the program alone.
func known(ref code.Ref) bool { return ref.Def == nil && ref.Name != "" }

// holders are words in what programs call what they put questions to.
var holders = []string{
	"llm", "provider", "client", "model", "backend", "gateway", "engine",
	"openai", "anthropic", "claude", "bedrock", "gemini", "ollama", "mistral", "groq",
}

// putsQuestion tells by its words alone whether a call may be a question to a model that was handed in.
func (x *pass) putsQuestion(callee syntax.Node) bool {
	return callee.Is(syntax.Attr) && callee.Child(0).Is(syntax.Attr, syntax.Name) &&
		holds(callee.Child(0).Text()) && x.asksByName(callee.Text())
}

// holds tells whether a name is what programs call what they put questions to.
func holds(name string) bool {
	name = strings.ToLower(name)
	switch strings.TrimPrefix(name, "_") {
	case "ai", "lm":
		return true
	}
	return containsAny(name, holders)
}

func containsAny(text string, words []string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// asksByName tells whether a method is called what questions are; a file calls the same few names again and again.
func (x *pass) asksByName(method string) bool {
	asks, ok := x.verbs[method]
	if !ok {
		if x.verbs == nil {
			x.verbs = map[string]bool{}
		}
		asks = discover.ToldOfText(x.Pass, "question", method, func() bool { return questions.MatchString(method) })
		x.verbs[method] = asks
	}
	return asks
}

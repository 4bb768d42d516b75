package providerclient

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// What puts one question to a model is an agent too, where the prompt is its own: a function, a method, a class that
// does nothing else, a file outside of functions. What only passes on what it is given belongs to whoever gives it; where
// nobody is seen to, it stands for them.

// questions finds the places of a unit that ask a model with a prompt of their own.
func (u *unit) questions() {
	if u.excluded() || source.Scope(u.x.Path()) == source.ScopeTest {
		return
	}
	if !u.words.IsZero() {
		u.agent, u.single, u.owns = true, true, true
		return
	}
	if u.module {
		u.calls = append(u.calls, u.passed...)
	}
	u.within()
	var places []*unit
	at := map[syntax.Node]*unit{}
	for i := range u.calls {
		c := &u.calls[i]
		if !u.inside(c.function) || !u.asksText(c) || discover.Minor(c.function.Text()) || ofTool(c.node) {
			continue
		}
		place := at[c.function]
		if place == nil {
			place = u
			if u.def != nil && u.def.Kind == code.ClassDef {
				if place = u.method(c.function); place == nil {
					continue
				}
			}
			at[c.function] = place
		}
		owned := u.owned(c)
		if !owned && c.via == nil && posted(c) {
			continue // a request that is passed on, to whomever
		}
		place.owns = place.owns || owned
		if place != u {
			place.calls = append(place.calls, *c)
		}
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	if u.def == nil || u.def.Kind != code.ClassDef {
		if len(places) > 0 && (!u.module || u.owns && !u.others()) {
			u.agent, u.single = true, true
		}
		return
	}
	if u.door() || passing.MatchString(u.def.Last()) && !judging.MatchString(u.def.Last()) {
		return // it is the model for those who ask through it
	}
	var own []*unit
	for _, p := range places {
		if p.owns {
			own = append(own, p)
		}
	}
	if len(own) == 1 && u.public() <= 3 && !strings.HasPrefix(own[0].def.Last(), "_") {
		u.agent, u.single, u.owns = true, true, true
		u.asker = own[0].def
		return
	}
	for _, p := range places {
		p.agent, p.single = true, true
		u.methods = append(u.methods, p)
	}
}

// asksOn tells whether a place asks in a loop that goes on, such as one that asks a person for each question.
func (u *unit) asksOn() bool {
	for i := range u.calls {
		for up := u.calls[i].node.Parent(); !up.IsZero() && up != u.calls[i].function; up = up.Parent() {
			if up.Is(syntax.While) {
				return true
			}
		}
	}
	return false
}

// posted tells whether a call is a plain request that names no model.
func posted(c *call) bool {
	if c.value == nil {
		return false
	}
	for _, p := range posts {
		if c.value.Ref.Is(p) {
			return argument(c.value, "model") == nil
		}
	}
	return false
}

// others tells whether something else in the file is an agent: what stands outside of functions is a trial then.
func (u *unit) others() bool {
	if len(u.delegates) > 0 {
		return true
	}
	for _, other := range u.x.own() {
		if other != u && (other.judge() || len(other.methods) > 0) {
			return true
		}
	}
	return false
}

// judging are classes that ask a model what it thinks of something.
var judging = regexp.MustCompile(`(Judge|Evaluator|Metric)s?$`)

// toolMaker are the names of the calls that make a tool of the function that they are given.
var toolMaker = regexp.MustCompile(`(?i)^(tool|dynamic_?tool|(create|register|add|define|make|server)_?tool|(dynamic|structured|function|dynamicstructured)_?tool|setRequestHandler|registerPrompt|registerResource)$`)

// ofTool tells whether a place is in the code of a tool: the tool is what asks.
func ofTool(n syntax.Node) bool {
	inner := n
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.Call) && inner != up.Child(0) && toolMaker.MatchString(up.Child(0).Text()) {
			return true
		}
		inner = up
	}
	return false
}

// inside tells whether a function is of the unit itself, not of a class that it inherits from.
func (u *unit) inside(function syntax.Node) bool {
	return len(u.scopes) > 0 && inside(function, u.scopes[0])
}

// method is the unit of one method.
func (u *unit) method(function syntax.Node) *unit {
	for function != u.scopes[0] && function.Parent().Parent() != u.scopes[0] && !function.IsZero() {
		function = function.Parent() // a function within a method
	}
	if !function.Is(syntax.FuncDef) {
		return nil
	}
	def := u.x.Code().DefinitionOf(function)
	if def == nil {
		return nil
	}
	for _, d := range u.x.Code().Decorators(def) {
		if toolDecorators[d.Decorator.Last()] {
			return nil
		}
	}
	return &unit{x: u.x, key: def.ID(), def: def, whole: u, scopes: []syntax.Node{function}, state: 2}
}

// public counts the methods of a class that others are meant to call.
func (u *unit) public() int {
	n := 0
	for m := range u.scopes[0].First(syntax.Block).All(syntax.FuncDef) {
		if !strings.HasPrefix(m.Text(), "_") && !m.TextIs("constructor") {
			n++
		}
	}
	return n
}

// within adds the calls of a class's methods that ask through another method of it which only passes on what it is given.
func (u *unit) within() {
	if u.def == nil || u.def.Kind != code.ClassDef {
		return
	}
	seen := map[syntax.Node]bool{}
	for i := 0; i < len(u.calls) && i < mostAbroad; i++ {
		c := u.calls[i]
		if seen[c.function] || !c.function.Is(syntax.FuncDef) || u.owned(&c) {
			continue
		}
		seen[c.function] = true
		for _, s := range u.selfCalls() {
			if s.scope != u.scopes[0] || s.name != c.function.Text() {
				continue
			}
			if f := functionOf(s.node, s.scope); f != c.function {
				def := u.x.Code().DefinitionOf(c.function)
				u.calls = append(u.calls, call{node: s.node, value: c.value, via: u.x.asCall(s.node), provider: c.provider, function: f, through: u, door: discover.Definition(def), callee: def})
			}
		}
	}
}

// otherThanText recognises models for vectors, pictures and sound.
var otherThanText = regexp.MustCompile(`(?i)embed|-image|imagen|dall-e|whisper|transcribe|-tts`)

// asksText leaves out calls that want no text of the model: vectors, kinds of things, a single word to see whether it answers.
func (u *unit) asksText(c *call) bool {
	for _, v := range append(modelValue(c).Each(), c.value.Arg("url", 0).Each()...) {
		if v.Is(code.String) && otherThanText.MatchString(v.Text) {
			return false
		}
	}
	for _, name := range []string{"max_tokens", "maxTokens", "max_completion_tokens"} {
		if n := discover.Said(c.node, name); n.Is(syntax.Number) && len(n.Text()) == 1 {
			return false
		}
	}
	if c.value != nil {
		for b := c.value; b != nil; b = b.Base {
			if strings.HasPrefix(b.Ref.Name, "transformers.") && b.Ref.Last() == "pipeline" {
				if task := b.Arg("task", 0).Str(); task != "" && !strings.Contains(task, "generation") && task != "conversational" && task != "image-text-to-text" {
					return false
				}
			}
		}
	}
	return true
}

// owned tells whether what a call sends is, at least in part, the words of the place that makes it: not only what that
// is handed.
func (u *unit) owned(c *call) bool {
	if c.instructs {
		return true
	}
	var all []syntax.Node
	for _, name := range instructionArgs {
		n := discover.Said(c.node, name)
		if discover.Spoken(n) {
			return true
		}
		all = append(all, n)
	}
	for _, m := range c.messages() {
		if p := m.Parent(); p.Is(syntax.Keyword) && (p.TextIs("headers") || p.TextIs("url") || p.TextIs("auth") || p.TextIs("response_format")) {
			continue
		}
		all = append(all, m)
	}
	if u.x.OwnWords(c.function, all...) {
		return true
	}
	if c.via == nil { // what the client, its chat or its configuration was made with
		for _, v := range argument(c.value, "system_instruction", "systemInstruction").Each() {
			if v.Is(code.String) && discover.Wording(v.Text) {
				return true
			}
		}
	}
	return false
}

// behind is the method with a prompt of its own that a method asks, itself or through others of its class.
func (u *unit) behind(method syntax.Node, depth int) *unit {
	for _, m := range u.methods {
		if m.def.Node == method {
			if m.owns {
				return m
			}
			break
		}
	}
	if depth > 2 {
		return nil
	}
	var found *unit
	method.Walk(func(n syntax.Node) bool {
		if found == nil && n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && itself(n.Child(0).Child(0)) {
			for m := range u.scopes[0].First(syntax.Block).All(syntax.FuncDef) {
				if m != method && m.TextIs(n.Child(0).Text()) {
					found = u.behind(m, depth+1)
				}
			}
		}
		return found == nil
	})
	return found
}

// settle says of the functions with a prompt of their own that a unit asks through whether they are part of it: those
// are that its loop or its conversation goes through. The others are agents that it has work for it.
func (u *unit) settle() {
	var kept, others []call
	for _, c := range u.calls {
		if c.asked != nil && !(u.agent && (u.fed(&c) || u.talking(&c))) {
			others = append(others, c)
		} else {
			kept = append(kept, c)
		}
	}
	if u.agent && len(kept) == 0 {
		kept, others = u.carried(others)
	}
	for i := range kept {
		if kept[i].asked != nil {
			kept[i].door = kept[i].asked.ref()
		}
	}
	for _, c := range others {
		u.delegates = append(u.delegates, delegate{c.asked, c.node})
	}
	u.calls = kept
}

// carried divides the questions that a unit asks through functions with prompts of their own into those of which it carries
// out what was said, and the others. Where it is not seen to carry out any, they all are part of it.
func (u *unit) carried(calls []call) (kept, others []call) {
	for i := range calls {
		if u.x.runsOutput(u, &calls[i]) {
			kept = append(kept, calls[i])
		} else {
			others = append(others, calls[i])
		}
	}
	if len(kept) == 0 {
		return calls, nil
	}
	return kept, others
}

// doorTo names the function of a unit through which a call asks.
func (u *unit) doorTo(def *code.Def) discover.Ref {
	if u.def.Kind == code.ClassDef {
		return discover.Definition(def)
	}
	return u.ref()
}

// sent is the text that a call sends, as far as it is written here; nil when it is not.
func (u *unit) sent(c *call) *code.Value {
	var found *code.Value
	var look func(v *code.Value, depth int)
	look = func(v *code.Value, depth int) {
		if found != nil || depth > 4 {
			return
		}
		for _, one := range v.Each() {
			switch one.Kind {
			case code.String:
				if found == nil && discover.Wording(one.Text) {
					found = one
				}
			case code.List:
				for _, item := range one.Items {
					look(item, depth+1)
				}
			case code.Dict:
				look(one.Get("content"), depth+1)
				look(one.Get("text"), depth+1)
			}
		}
	}
	for _, m := range c.messages() {
		if !m.Parent().Is(syntax.Keyword) || !m.Parent().TextIs("headers") {
			look(u.x.Code().Eval(m), 0)
		}
	}
	return found
}

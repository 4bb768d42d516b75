package discover

import (
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// That nobody has a word in what an agent is asked can be said only where all that is done with the agent was seen:
// who has it otherwise may ask it anything.

// Seen tells whether all that is done with the object that an expression makes was seen, and gives it nothing that does
// not stand in the code.
func (p *Pass) Seen(made syntax.Node) bool {
	if known, ok := p.seen[made]; ok {
		return known
	}
	library, _, _ := strings.Cut(p.code.Resolve(made.Child(0)).Name, ".")
	u := &code.Uses{
		Call: func(call, use syntax.Node) code.Verdict { return p.doneBy(call, use, library) },
		Read: func(attr syntax.Node) code.Verdict {
			if dataOf.MatchString(attr.Text()) {
				return code.Fine
			}
			return code.Held
		},
		Set: func(value syntax.Node) bool { return p.object(value) || p.code.Written(value) },
	}
	if p.seen == nil {
		p.seen = map[syntax.Node]bool{}
	}
	p.seen[made] = p.code.Follow(made, u)
	return p.seen[made]
}

var (
	// dataOf are attributes of agents that hold a text or a number.
	dataOf = regexp.MustCompile(`^(?:name|id|agent_id|role|goal|backstory|description|instructions|system_prompt|system_message|model|model_id|session_id|__class__|__name__)$`)
	// runs are methods and functions that give an agent work, and answer with what it says.
	runs = regexp.MustCompile(`^(?:a?run(?:_sync|_async|_stream(?:ed)?|_sync_stream)?|runSync|a?invoke|a?stream(?:Text|_async|_events|_log)?|streamVNext|generate(?:Text|Object|VNext|_response|_reply)?|a?kickoff(?:_async)?|a?print_response|a?chat|ask|query|a?call|forward|execute|initiate_chat|a_initiate_chat|step|process|invoke_async|run_stream_events|iter)$`)
	// sets are methods that put an agent together.
	sets = regexp.MustCompile(`^(?:add|append|extend|insert|set|register|connect|warm|use|attach|plot|draw|visuali[sz]e|show|reset|clear|close|save|load|get|tool|system_prompt|output_validator|on)(?:_|$|[A-Z])`)
	// makes are methods and functions that give the same agent under another name, or something that holds it.
	makes = regexp.MustCompile(`^(?:copy|clone|with|bind|compile|build|as|to|partial|handoff|create|make)(?:_|$|[A-Z])`)
	// looks are functions that only look at what they are given.
	looks = regexp.MustCompile(`^(?:print|pprint|len|str|repr|isinstance|type|id|bool|log|info|debug|warning|warn|error)$`)
)

// doors are words in the names of what gives others a way to an agent.
var doors = map[string]bool{}

func init() {
	for word := range strings.FieldsSeq(`ui app apps serve server os playground service gateway bot api http web a2a mcp interface endpoint deploy deployment chat gradio
		streamlit chainlit slack telegram discord whatsapp console cli terminal repl executor client proxy host worker daemon listen listener router webhook agui`) {
		doors[word] = true
	}
}

// opens tells by its name that something gives others a way to an agent.
func opens(name string) bool {
	for _, word := range nameWords(name) {
		if doors[word] {
			return true
		}
	}
	return false
}

// nameWords gives the words of a name in small letters: "A2AServer" has two, "to_a2a" as well.
func nameWords(name string) []string {
	var b strings.Builder
	upper := func(i int) bool { return i >= 0 && i < len(name) && name[i] >= 'A' && name[i] <= 'Z' }
	lower := func(i int) bool { return i >= 0 && i < len(name) && name[i] >= 'a' && name[i] <= 'z' }
	for i := range len(name) {
		if name[i] == '_' || upper(i) && (lower(i-1) || lower(i+1)) {
			b.WriteByte(' ')
		}
		if name[i] != '_' {
			b.WriteByte(name[i])
		}
	}
	return strings.Fields(strings.ToLower(b.String()))
}

// doneBy judges a call on an agent, or with one.
func (p *Pass) doneBy(call, use syntax.Node, library string) code.Verdict {
	callee := call.Child(0)
	name := callee.Text()
	if callee == use { // the object itself is called
		return fine(p.tellsNothing(call, use, false))
	}
	if callee.Is(syntax.Attr) && callee.Child(0) == use {
		switch {
		case use.Is(syntax.Attr) && use.TextIs("tool"): // agent.tool.search(…): the tool runs, and no model is asked
			return fine(p.tellsNothing(call, use, false))
		case runs.MatchString(name):
			return fine(p.tellsNothing(call, use, false))
		case (sets.MatchString(name) || makes.MatchString(name)) && !opens(name) && p.tellsNothing(call, use, true):
			return code.Held // many answer with the agent, so that calls can be chained
		}
		return code.Lost
	}
	if runs.MatchString(name) {
		return fine(p.tellsNothing(call, use, false))
	}
	ref := p.code.Resolve(callee)
	own, _, _ := strings.Cut(ref.Name, ".")
	switch last := ref.Last(); {
	case looks.MatchString(name):
		return code.Fine
	case last == "" || own != library || opens(last):
		return code.Lost
	case last[0] >= 'A' && last[0] <= 'Z':
		return code.Fine // what is made of it has work and uses of its own
	case makes.MatchString(last):
		return code.Fine
	}
	return code.Lost
}

func fine(yes bool) code.Verdict {
	if yes {
		return code.Fine
	}
	return code.Lost
}

// tellsNothing tells whether all that a call gives, besides the object that is followed, stands in the code, says how it
// runs, or is an object itself; where parts says so, functions and lists of such too.
func (p *Pass) tellsNothing(call, use syntax.Node, parts bool) bool {
	for arg := range call.Children() {
		value := argumentOf(arg)
		switch {
		case arg == call.Child(0), arg.Is(syntax.Keyword) && settingsOf[arg.Text()], standsIn(use, arg), p.object(value), p.code.Written(value):
		case parts && p.component(value):
		default:
			return false
		}
	}
	return true
}

// component tells whether an expression is a function, an object, or a list of such.
func (p *Pass) component(n syntax.Node) bool {
	if n.Is(syntax.List, syntax.Tuple) {
		for c := range n.Children() {
			if !p.component(c) {
				return false
			}
		}
		return true
	}
	if !n.Is(syntax.Name, syntax.Attr, syntax.Call, syntax.Lambda) {
		return false
	}
	for _, v := range p.code.Eval(n).Each() {
		if !v.Is(code.Function) && !v.Is(code.Class) && (!v.Is(code.Instance) || saysText(v.RefOf().Last())) {
			return false
		}
	}
	return true
}

// standsIn tells whether a node is another or stands below it.
func standsIn(n, top syntax.Node) bool {
	for ; !n.IsZero() && n != top; n = n.Parent() {
	}
	return !n.IsZero()
}

// deepestHolder is how many calls on each other may lead from an agent to what is run.
const deepestHolder = 12

// seenAt is Seen for what a call runs: the objects that it is a method of, or that it is given, where they are the
// agent or hold it.
func (p *Pass) seenAt(call syntax.Node, agent Ref) bool {
	all, some := true, false
	var look func(v *code.Value, depth int) bool
	look = func(v *code.Value, depth int) bool {
		holds := false
		for _, one := range v.Members() {
			if !one.Is(code.Instance) || one.Call.IsZero() {
				continue
			}
			here := Object(one).Key() == agent.Key() || one.Ref.Def != nil && Definition(one.Ref.Def).Key() == agent.Key()
			if !here && depth < 2 {
				for _, arg := range one.Args() {
					here = look(arg.Value, depth+1) || here
				}
			}
			if one.Base != nil && depth < deepestHolder {
				here = look(one.Base, depth+1) || here
			}
			if here {
				holds = true
				all = all && p.Seen(one.Call)
			}
		}
		return holds
	}
	callee := call.Child(0)
	receiver := callee
	if callee.Is(syntax.Attr) {
		receiver = callee.Child(0)
	}
	some = look(p.code.Eval(receiver), 0)
	for arg := range call.Children() {
		if arg != callee && p.object(argumentOf(arg)) {
			some = look(p.code.Eval(argumentOf(arg)), 0) || some
		}
	}
	return some && all
}

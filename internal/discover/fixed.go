package discover

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// settingsOf are names of arguments of a run that say how it runs, and not what is asked.
var settingsOf = map[string]bool{}

func init() {
	for name := range strings.FieldsSeq(`agent agents starting_agent session session_id thread thread_id user_id conversation_id config configurable run_config
		context ctx deps stream streaming max_turns max_steps max_iterations hooks options usage usage_limits model debug debug_mode callbacks markdown
		show_full_reasoning stream_intermediate_steps cancellation_token memory toolsets tools output_type reset verbose settings kernel runtime`) {
		settingsOf[name] = true
	}
}

// Fixed tells whether all that a call gives an agent to work on stands in the code or is the owner's own, so that
// nobody else has a word in it. A call that gives nothing says nothing.
func (p *Pass) Fixed(call syntax.Node) bool {
	texts := 0
	for arg := range call.Children() {
		if arg == call.Child(0) || arg.Is(syntax.Keyword) && settingsOf[arg.Text()] {
			continue
		}
		if p.object(argumentOf(arg)) {
			continue
		}
		if !p.code.Written(argumentOf(arg)) {
			return false
		}
		texts++
	}
	return texts > 0
}

// object tells whether an argument is an object that a class makes: an agent, options. What holds a message is none.
func (p *Pass) object(n syntax.Node) bool {
	if !n.Is(syntax.Name, syntax.Attr, syntax.Call) {
		return false
	}
	for _, v := range p.code.Eval(n).Each() {
		last := v.RefOf().Last()
		if !v.Is(code.Instance) || last == "" || last[0] < 'A' || last[0] > 'Z' || saysText(last) {
			return false
		}
	}
	return true
}

// saysText tells by a class's name that its objects hold what is said.
func saysText(class string) bool {
	for _, end := range []string{"Message", "Content", "Part", "Text", "Image", "Msg", "Task", "Input", "Prompt", "Query", "Request"} {
		if strings.HasSuffix(class, end) {
			return true
		}
	}
	return false
}

// Ran says of an agent that code runs whether that gives somebody a way to it.
func (p *Pass) Ran(e *Element, call syntax.Node) {
	switch {
	case !p.Fixed(call):
		e.Fact("entry", model.Yes, call.Span())
	case p.seenAt(call, e.Ref):
		e.FixedText(call.Span())
	default:
		e.Fact("entry", model.Unknown, call.Span()) // what else is done with it was not seen
	}
}

// FixedText says of an agent that a run of it is given only text that stands in the code, and that nothing else is seen
// to be done with it. Another run of it may be given other text: then people give it work all the same.
func (e *Element) FixedText(at ...source.Span) *Element {
	return e.FactBecause("entry", model.No, "its runs are given text that stands in the code", at...)
}

// waysOfAsking are names of arguments of a call of a model that say how it is asked, and nothing of what.
var waysOfAsking = map[string]bool{}

func init() {
	for name := range strings.FieldsSeq(`model tool_choice toolChoice stream timeout abortSignal
		max_tokens maxTokens max_output_tokens maxOutputTokens max_completion_tokens temperature top_p topP seed n stop stopWhen maxSteps maxRetries providerOptions reasoning`) {
		waysOfAsking[name] = true
	}
}

// FixedRequests says of an agent that calls of a model are all that it does whether what it asks stands in the code: then
// nobody else has a word in it, whoever starts it.
func (p *Pass) FixedRequests(e *Element, calls ...syntax.Node) {
	var at []source.Span
	for _, call := range calls {
		if !call.Is(syntax.Call) || !p.FixedRequest(call) {
			return
		}
		at = append(at, call.Span())
	}
	if len(at) > 0 {
		e.FactBecause("entry", model.No, "all that it asks stands in the code", at...)
	}
}

// FixedRequest is [Pass.Fixed] for a call of a model: that all of what is asked, and of what it is told beside, stands in
// the code. Scripts give it in one object.
func (p *Pass) FixedRequest(call syntax.Node) bool {
	texts := 0
	says := func(name string, value syntax.Node) bool {
		if waysOfAsking[name] {
			return true
		}
		if toldBeside[name] {
			return p.declared(value)
		}
		texts++
		return p.code.Written(value)
	}
	for arg := range call.Children() {
		switch {
		case arg == call.Child(0):
		case arg.Is(syntax.Map) && Script(arg):
			for key, value := range arg.Pairs() {
				if !says(key.Text(), value) {
					return false
				}
			}
			if arg.First(syntax.Spread).Is(syntax.Spread) {
				return false
			}
		case arg.Is(syntax.Spread):
			return false
		case arg.Is(syntax.Keyword):
			if !says(arg.Text(), argumentOf(arg)) {
				return false
			}
		case !says("", arg):
			return false
		}
	}
	return texts > 0
}

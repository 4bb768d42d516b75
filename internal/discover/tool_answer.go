package discover

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// tells says what the function of a tool shows of what it tells: nothing where it returns nothing, and nothing that who
// calls it could choose where it takes nothing.
func (p *Pass) tells(e *Element, def *code.Def) {
	if def.Kind != code.FuncDef {
		return
	}
	at := nameSpan(def.Node)
	if def.Node.Tree().Language != syntax.Go && returnsNothing(def.Node) {
		e.FactBecause("hands-back", model.No, "it returns nothing", at)
	} else if closed(def.Node, false) {
		e.FactBecause("hands-back", model.No, "each of its answers is a text of its own, with what it was given", at)
		e.FactBecause("untrusted-output", model.No, "each of its answers is a text of its own, with what it was given", at)
	} else if closed(def.Node, true) {
		e.FactBecause("untrusted-output", model.No, "each of its answers is a text of its own, with numbers of what it read", at)
	}
	if takesNothing(def) {
		e.FactBecause("takes-nothing", model.Yes, "it has no parameter that who calls it fills in", at)
	}
}

// returnsNothing tells whether a function does something and has no statement that gives anything back.
func returnsNothing(function syntax.Node) bool {
	body := function.First(syntax.Block)
	if body.IsZero() {
		return false
	}
	does, gives := false, false
	body.Walk(func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.FuncDef, syntax.Lambda, syntax.ClassDef):
			return false // what is inside of it returns to somebody else
		case n.Is(syntax.Yield), n.Is(syntax.Return) && n.Count() > 0 && !n.Child(0).Is(syntax.Null):
			gives = true
		case n.Is(syntax.Call):
			does = true
		}
		return !gives
	})
	return does && !gives
}

// handed are parameters that the framework fills in.
var handed = []string{"self", "cls", "ctx", "context", "tool_context", "toolContext", "run_context", "runContext", "runtime", "config", "wrapper", "callback_context"}

// handedType are words of their types.
var handedType = regexp.MustCompile(`Context|Runtime|RunnableConfig|Injected`)

// takesNothing tells whether a function has no parameter that who calls it fills in.
func takesNothing(def *code.Def) bool {
	for _, param := range def.Params() {
		switch {
		case param.Rest != 0, param.Name == "":
			return false
		case slices.Contains(handed, param.Name), strings.HasPrefix(param.Name, "_"):
		case !param.Annotation.IsZero() && handedType.MatchString(param.Annotation.Source()):
		default:
			return false
		}
	}
	return true
}

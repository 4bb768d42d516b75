package entrypoint

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// param is what a framework gives a handler or gate: a header that may be missing, or what another gate lets through.
func (s *scene) param(p syntax.Node) {
	if s.depth > 0 && proofParams.MatchString(p.Text()) {
		s.proofs[p.Text()] = true
	}
	missing, annotation := p.First(syntax.Default).Child(0), p.First(syntax.Annotation).Child(0)
	if annotation.Is(syntax.Name, syntax.Attr) { // CurrentUser = Annotated[User, Depends(current_user)]
		v := s.Code().Eval(annotation)
		if v != nil && v.Ref.Is("typing.Annotated", "typing_extensions.Annotated") && v.Node.Parent().Is(syntax.Subscript) {
			annotation = v.Node.Parent()
		}
	}
	for _, part := range []syntax.Node{missing, annotation} {
		part.Walk(func(n syntax.Node) bool {
			if !n.Is(syntax.Call) {
				return true
			}
			switch lastOf(n.Child(0)) {
			case "Depends", "Security":
				s.depended(p.Text(), n)
				return false
			case "Header", "Cookie":
				s.proofs[p.Text()] = credentialHeaders.MatchString(p.Text())
				if s.scenario != scenarioUnsent || !credentialHeaders.MatchString(p.Text()) {
					return false
				}
				given := n.Child(1)
				if given.Is(syntax.Keyword) {
					given = n.Argument("default")
				}
				if part != missing { // Annotated[str, Header()] = None
					given = missing
				}
				switch v := s.value(given); {
				case given.IsZero() || given.Is(syntax.Ellipsis):
					s.ask(n) // the framework refuses a request without it
				default:
					s.params[p.Text()] = v
				}
				return false
			}
			return true
		})
	}
}

// depended plays what a parameter depends on.
func (s *scene) depended(name string, n syntax.Node) {
	on := n.Child(1)
	if on.Is(syntax.Keyword) {
		on = on.Child(-1)
	}
	if on.IsZero() {
		return
	}
	text := strings.ToLower(on.Text())
	for _, v := range s.Code().Eval(on).Each() {
		switch {
		case v.Is(code.Function) && v.Ref.Def != nil && s.onlyAnswers(v.Ref.Def.Node) && !usesName(bodyOf(s.fn), name):
			return
		case v.Is(code.Function) && v.Ref.Def != nil:
			s.gated(v.Ref.Def.Node, on, (sureCalls.MatchString(text) || likelyCalls.MatchString(text)) && !otherCalls.MatchString(text) && !passages.MatchString(text))
			return
		case v.Is(code.Instance) && v.Ref.Is("fastapi.security.**"):
			if loose := v.Arg("auto_error", -1); loose != nil && loose.Str() == "false" {
				if s.scenario == scenarioUnsent {
					s.params[name] = nothing
				}
				return
			}
			if s.scenario == scenarioAny {
				s.may(on) // it refuses a request without the header, and looks at nothing that the header says
			} else {
				s.ask(on)
			}
			return
		}
	}
	switch {
	case sureCalls.MatchString(text):
		s.ask(on)
	case lastOf(n.Child(0)) == "Security":
		s.may(on)
	case likelyCalls.MatchString(text) && !otherCalls.MatchString(text) && !passages.MatchString(text):
		s.may(on)
	}
}

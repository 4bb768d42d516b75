package entrypoint

import (
	"strings"

	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// A check that only looks whether something was sent, or how it begins, guards nothing: what it says, nobody has looked at. Nor
// does reading a token without its signature. Such code may be part of a check that stands elsewhere.

// formal tells whether what leads to a refusal only looks whether something was sent.
func (s *scene) formal(n syntax.Node) bool {
	for child, up := n, n.Parent(); !up.IsZero() && up != s.fn; child, up = up, up.Parent() {
		switch {
		case up.Is(syntax.If) && child != up.Child(0), up.Is(syntax.Logic) && child != up.Child(0):
			return s.form(up.Child(0))
		case up.Is(syntax.Except, syntax.Else):
			return false
		}
	}
	return false
}

// form tells whether a condition speaks of nothing but whether something was sent, and how it begins.
func (s *scene) form(n syntax.Node) bool {
	switch n.Kind() {
	case syntax.Unary, syntax.Logic:
		for c := range n.Children() {
			if !s.form(c) {
				return false
			}
		}
		return n.Count() > 0
	case syntax.Compare:
		sent := false
		for c := range n.Children() {
			switch {
			case c.Is(syntax.Null, syntax.Number), c.Is(syntax.String) && c.Text() == "", c.Is(syntax.Name) && c.TextIs("undefined"):
			case c.Is(syntax.String) && strings.EqualFold(strings.TrimSpace(c.Text()), "bearer"):
			case s.sent(c, 0):
				sent = true
			default:
				return false
			}
		}
		return sent
	}
	return s.sent(n, 0)
}

// deepestSent is through how many names it is followed what was sent.
const deepestSent = 3

// parting are methods that give a part or a form of a text.
var parting = map[string]bool{
	"strip": true, "trim": true, "split": true, "startswith": true, "startsWith": true, "replace": true, "lower": true, "toLowerCase": true,
	"removeprefix": true, "partition": true, "slice": true, "substring": true,
}

// sent tells whether an expression is nothing but what was sent to prove who somebody is, or a part of it.
func (s *scene) sent(n syntax.Node, depth int) bool {
	switch {
	case depth > deepestSent:
		return false
	case n.Is(syntax.Name):
		if s.proofs[n.Text()] {
			return true
		}
		values := s.locals[n.Text()]
		for _, v := range values {
			if !s.sent(v, depth+1) {
				return false
			}
		}
		return len(values) > 0
	case s.credential(n):
		return true
	case n.Is(syntax.Subscript, syntax.Await, syntax.Logic):
		return s.sent(n.Child(0), depth)
	case n.Is(syntax.Attr):
		return (n.TextIs("length") || n.TextIs("credentials") || n.TextIs("scheme")) && s.sent(n.Child(0), depth)
	case n.Is(syntax.Call):
		callee := n.Child(0)
		return unverified(n) && s.sent(n.Child(1), depth) || callee.Is(syntax.Attr) && parting[callee.Text()] && s.sent(callee.Child(0), depth)
	}
	return false
}

// unverified tells whether a call reads a token without looking at its signature.
func unverified(n syntax.Node) bool {
	text := strings.ToLower(n.Child(0).Source())
	switch {
	case strings.HasSuffix(text, "get_unverified_claims"), strings.HasSuffix(text, "get_unverified_header"), text == "jwtdecode", text == "jwt_decode", strings.HasSuffix(text, "decodejwt"):
		return true
	case !strings.HasSuffix(text, "jwt.decode"):
		return false
	case discover.Script(n): // of jsonwebtoken, which has verify for the rest
		return n.Count() < 3
	}
	if v := n.Argument("verify"); no(v) {
		return true
	}
	for pair := range n.Argument("options").All(syntax.Pair) {
		if pair.Child(0).TextIs("verify_signature") && no(pair.Child(-1)) {
			return true
		}
	}
	return false
}

// no tells whether an expression is the constant False.
func no(n syntax.Node) bool { return n.Is(syntax.Bool) && strings.EqualFold(n.Text(), "false") }

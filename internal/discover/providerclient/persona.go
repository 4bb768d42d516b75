package providerclient

import (
	"regexp"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// persona finds the words of a class by which its base asks a model: of several classes below one base each asks with words
// of its own, and the base with nobody's. It is the zero Node for other units.
func (u *unit) persona() syntax.Node {
	if u.def == nil || u.def.Kind != code.ClassDef || script(u.def.Node) || len(u.bases) == 0 || len(u.calls) == 0 {
		return syntax.Node{}
	}
	said := discover.Sayings(u.scopes[0])
	if len(said) == 0 {
		return syntax.Node{}
	}
	var words syntax.Node
	for i := range u.calls {
		c := &u.calls[i]
		if u.inside(c.function) || !c.function.Is(syntax.FuncDef) || !u.asksText(c) {
			continue
		}
		c.function.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Attr) && itself(n.Child(0)) && words.IsZero() {
				words = said[n.Text()]
			}
			return words.IsZero()
		})
	}
	return words
}

// standsFor says that a class counts in the stead of a base that has no words of its own.
func (x *pass) standsFor(u *unit, ref discover.Ref) {
	if u.words.IsZero() {
		return
	}
	for _, base := range u.bases {
		if other := x.unit(base); other != nil {
			if other.judge(); !other.owns {
				x.Covers(ref, other.ref())
			}
		}
	}
}

// setUp recognises what an agent is made of among what a class sets for its base.
var setUp = regexp.MustCompile(`(?i)(^|_)(system_?prompt|instructions?|tools|persona)$`)

// setsUp tells whether a class sets what an agent is made of.
func setsUp(class syntax.Node) bool {
	for part := range class.First(syntax.Block).Children() {
		if part.Is(syntax.Assign, syntax.AnnAssign) && part.Child(0).Is(syntax.Name) && setUp.MatchString(part.Child(0).Text()) {
			return true
		}
	}
	return false
}

// bornToAsk tells whether a class of the file says something, or sets what an agent is made of, for a base elsewhere in the program whose file asks a client's
// wrapper: nothing in the class's own file speaks of models.
func (x *pass) bornToAsk() bool {
	if script(x.Tree().Root()) {
		return false
	}
	for class := range x.Tree().Root().All(syntax.ClassDef) {
		for b := range class.All(syntax.Base) {
			base := x.Code().Resolve(b.Child(0)).Def
			if base == nil || base.Kind != code.ClassDef || base.Module == x.Code().Module() || !setsUp(class) && len(discover.Sayings(class)) == 0 {
				continue
			}
			if r := x.CodeOf(base.Module.Path); r != nil {
				for _, c := range r.Calls() {
					if d := c.Callee.Def; d != nil && d.Kind != code.VarDef && (x.asks(d.Module) || x.asks(base.Module)) {
						return true
					}
				}
			}
		}
	}
	return false
}

package entrypoint

import (
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// A scene plays a function through and looks whether it comes to a place that asks who calls. Played under any
// circumstances it takes every branch. Played with nothing configured, or with nothing sent that proves who somebody
// is, it takes only the branches that can be taken then: if none of them asks, the check can be missed. What cannot be
// decided takes both ways, and an answer of "no" counts as asking, so that a check is called open only where each way
// through the code is.

// scenario is what is given.
type scenario uint8

const (
	scenarioAny    scenario = iota
	scenarioUnset           // no variable of the environment is set
	scenarioUnsent          // no header or cookie is sent that proves anything
)

func (s scenario) why() string {
	if s == scenarioUnset {
		return unset
	}
	return unsent
}

// Bounds of a scene.
const (
	deepestScene = 4   // functions called by functions, where they are named as checks
	deepestPlain = 2   // others: what is called deeper works on what was let in
	mostPlayed   = 150 // functions of one scene
	mostValues   = 400 // expressions whose value is looked for
)

// scene is one play of a function.
type scene struct {
	*pass
	scenario scenario
	gate     bool

	asks, maybe source.Span // the first place that asks, and that may ask
	skipped     source.Span // the first condition that is known only by what is given

	fn     syntax.Node          // the function that is played
	seen   map[syntax.Node]bool // functions that are being played
	depth  int
	played *int
	values *int
	locals map[string][]syntax.Node // of the function: what is assigned to each name
	params map[string]value
	proofs map[string]bool      // parameters that hold a header which proves who somebody is
	enough bool                 // what may ask is as good an answer as what asks
	met    map[syntax.Node]bool // functions that were come to, see part
}

// value is what an expression is under the scenario; the zero value is not known.
type value struct {
	kind byte // 'n' nothing, 't' a text, 'b' yes or no, '0' a number
	text string
}

var nothing = value{kind: 'n'}

func yesNo(b bool) value {
	if b {
		return value{'b', "true"}
	}
	return value{'b', "false"}
}

// truth is whether a condition holds.
func (v value) truth() (yes, known bool) {
	switch v.kind {
	case 'n':
		return false, true
	case 't':
		return v.text != "", true
	case 'b':
		return v.text == "true", true
	case '0':
		return v.text != "0" && v.text != "0.0", true
	}
	return false, false
}

// settled tells whether the rest of a play changes nothing. Played under any circumstances what asks is the answer, whatever
// else may ask; a check is not missed on a way that asks, or may ask.
func (s *scene) settled() bool {
	return !s.asks.IsZero() || s.enough && !s.maybe.IsZero()
}

// play plays a function from the beginning.
func (x *pass) play(fn syntax.Node, gate bool, s scenario) *scene {
	var played, values int
	sc := &scene{pass: x, scenario: s, gate: gate, seen: map[syntax.Node]bool{}, played: &played, values: &values, enough: s != scenarioAny}
	sc.function(fn)
	return sc
}

// function plays the body of a function, after what is given to it.
func (s *scene) function(fn syntax.Node) {
	if s.seen[fn] {
		return
	}
	if *s.played++; *s.played > mostPlayed {
		s.may(fn)
		return
	}
	s.seen[fn], s.fn = true, fn
	s.locals, s.params, s.proofs = map[string][]syntax.Node{}, map[string]value{}, map[string]bool{}
	body := bodyOf(fn)
	collect(body, s.locals)
	for p := range fn.All(syntax.Param) {
		if !s.settled() {
			s.param(p)
		}
	}
	if body.Is(syntax.Block) {
		s.block(body)
	} else {
		s.expression(body)
	}
	delete(s.seen, fn)
}

func (s *scene) ask(n syntax.Node) {
	if s.asks.IsZero() {
		s.asks = n.Span()
	}
}

func (s *scene) may(n syntax.Node) {
	if s.maybe.IsZero() {
		s.maybe = n.Span()
	}
}

// skip notes a condition by which what asks is passed over.
func (s *scene) skip(n syntax.Node) {
	if s.skipped.IsZero() {
		s.skipped = n.Span()
	}
}

// asksIn tells whether something in a branch asks who calls, whatever is given.
func (s *scene) asksIn(n syntax.Node) bool {
	if n.IsZero() {
		return false
	}
	inside := &scene{pass: s.pass, gate: s.gate, seen: s.seen, depth: s.depth, played: s.played, values: s.values, locals: s.locals, params: s.params, proofs: s.proofs, enough: true}
	if n.Is(syntax.Else) {
		n = n.Child(0)
	}
	inside.statement(n)
	return !inside.asks.IsZero() || !inside.maybe.IsZero() || s.gate && strings.Contains(n.Source(), "return False")
}

// block plays statements in turn; it tells whether what stands behind is not come to.
func (s *scene) block(b syntax.Node) (ends bool) {
	for statement := range b.Children() {
		if s.statement(statement) {
			return true
		}
	}
	return false
}

func (s *scene) statement(n syntax.Node) (ends bool) {
	if s.settled() {
		return true
	}
	switch n.Kind() {
	case syntax.FuncDef, syntax.ClassDef, syntax.Import, syntax.ImportFrom:
		return false
	case syntax.Return:
		s.expression(n.Child(0))
		if v := n.Child(0); s.gate && s.scenario != scenarioAny && (v.Is(syntax.Null) || v.Is(syntax.Bool) && v.TextIs("false")) {
			s.ask(n) // it lets nobody through, or it says that nobody is known
		}
		return true
	case syntax.Raise:
		if s.gate && s.scenario != scenarioAny {
			s.ask(n)
		}
		s.expression(n.Child(0))
		return true
	case syntax.If:
		return s.choice(n)
	case syntax.Else:
		return s.statement(n.Child(0))
	case syntax.Block:
		return s.block(n)
	case syntax.For, syntax.While, syntax.With:
		for c := range n.Children() {
			switch {
			case c.Is(syntax.Block):
				if s.block(c) && n.Is(syntax.With) {
					ends = true
				}
			case c.Is(syntax.Else):
				s.statement(c)
			default:
				s.expression(c)
			}
		}
		return ends
	case syntax.Try:
		for c := range n.Children() {
			switch c.Kind() {
			case syntax.Block:
				ends = s.block(c)
			case syntax.Except:
				// What answers an error of the way that was played is come to only if that way asks.
				if s.scenario == scenarioAny {
					s.block(c.First(syntax.Block))
				}
			case syntax.Else, syntax.Finally:
				s.block(c.Child(0))
			}
		}
		return ends
	case syntax.Match:
		s.expression(n.Child(0))
		for c := range n.All(syntax.Case) {
			s.block(c.First(syntax.Block))
		}
		return false
	case syntax.Simple:
		switch n.Text() {
		case "break", "continue":
			return false
		}
		s.expression(n)
		return false
	}
	s.expression(n)
	return false
}

// choice plays the branches of an if that can be taken.
func (s *scene) choice(n syntax.Node) (ends bool) {
	condition, then, otherwise := n.Child(0), n.First(syntax.Block), n.First(syntax.Else)
	s.expression(condition)
	yes, known := false, false
	if s.scenario != scenarioAny {
		yes, known = s.value(condition).truth()
	}
	if then.IsZero() {
		then = n.Child(1)
	}
	switch {
	case known && yes:
		ends = s.statement(then)
		s.decided(condition, ends, otherwise)
		return ends
	case known:
		ends = !otherwise.IsZero() && s.statement(otherwise)
		s.decided(condition, ends, then)
		return ends
	}
	first := s.statement(then)
	second := !otherwise.IsZero() && s.statement(otherwise)
	return first && second
}

// who are names of fields in which a framework or a gate keeps who calls, carriers the objects that have them.
var (
	who      = map[string]bool{"user": true, "session": true, "auth": true, "is_authenticated": true, "currentUser": true, "current_user": true, "principal": true, "claims": true, "identity": true}
	carriers = map[string]bool{"req": true, "request": true, "g": true, "ctx": true, "c": true, "context": true, "state": true, "locals": true, "user": true, "self": true, "scope": true, "event": true}
)

// decided notes what a condition does that is known. A gate that ends there lets through; a handler that ends there answers
// without having done its work, which is a way of asking.
func (s *scene) decided(condition syntax.Node, ends bool, other syntax.Node) {
	switch {
	case ends && !s.gate && s.depth == 0:
		s.ask(condition)
	case ends && (s.gate || s.depth > 0) || s.skipped.IsZero() && s.asksIn(other): // of what a handler calls, see inside
		s.skip(condition)
	}
}

// expression looks at what is evaluated, in the order in which it is.
func (s *scene) expression(n syntax.Node) {
	if s.settled() {
		return
	}
	switch n.Kind() {
	case syntax.Name:
		if n.TextIs("current_user") {
			s.may(n)
		}
		return
	case syntax.Attr:
		if who[n.Text()] && carriers[lastOf(n.Child(0))] {
			s.may(n) // whom something before it found
		}
		s.expression(n.Child(0))
		return
	case syntax.Invalid, syntax.String, syntax.Number, syntax.Bool, syntax.Null:
		return
	case syntax.FuncDef, syntax.ClassDef:
		return
	case syntax.Lambda:
		if body := bodyOf(n); body.Is(syntax.Block) { // given to something that calls it
			s.block(body)
		} else {
			s.expression(body)
		}
		return
	case syntax.Logic:
		for c := range n.Children() {
			s.expression(c)
			if s.scenario == scenarioAny {
				continue
			}
			if yes, known := s.value(c).truth(); known && yes != n.TextIs("and") {
				s.skip(n)
				return
			}
		}
		return
	case syntax.Cond:
		s.expression(n.Child(0))
		if yes, known := s.value(n.Child(0)).truth(); known && s.scenario != scenarioAny {
			if yes {
				s.expression(n.Child(1))
			} else {
				s.expression(n.Child(2))
			}
			return
		}
	case syntax.Compare:
		s.compared(n)
	case syntax.Call:
		s.call(n)
		return
	}
	for c := range n.Children() {
		s.expression(c)
	}
}

// compared looks at a comparison of what proves who somebody is.
func (s *scene) compared(n syntax.Node) {
	if n.Count() != 2 || !(strings.HasPrefix(n.Text(), "==") || strings.HasPrefix(n.Text(), "!=")) {
		return
	}
	secret := false
	for c := range n.Children() {
		switch {
		case c.Is(syntax.Number, syntax.Null, syntax.Bool), c.Is(syntax.String) && len(c.Text()) < 4, c.Is(syntax.Unary):
			return
		case c.Is(syntax.Name, syntax.Attr) && secretNames.MatchString(c.Text()), s.credential(c), c.Is(syntax.Name) && s.proof(c):
			secret = true
		}
	}
	if secret {
		s.ask(n)
	}
}

// call looks at a call: what it is given, then what it does.
func (s *scene) call(n syntax.Node) {
	for arg := range n.Children() {
		if arg != n.Child(0) {
			s.expression(argumentOf(arg))
		} else if arg.Is(syntax.Attr) {
			s.expression(arg.Child(0))
		} else if arg.Is(syntax.Call) {
			s.expression(arg)
		}
	}
	if s.refusal(n) {
		if s.scenario == scenarioAny && s.formal(n) {
			s.may(n) // it only looks whether something was sent
		} else {
			s.ask(n)
		}
		return
	}
	if unverified(n) {
		return
	}
	name := callName(n)
	said := s.wordOf(name)
	sure := said.sure || !said.other && strings.Contains(strings.ToLower(n.Child(0).Source()), "jwt.decode")
	ref := s.Code().Resolve(n.Child(0))
	if sure && ref.Nameless() && s.depth < deepestScene { // const validateRequest = (req) => …
		for _, v := range s.Code().Eval(n.Child(0)).Each() {
			if v.Is(code.Function) && v.Node.Is(syntax.Lambda) && s.SameProgram(v.Node.Tree().File.Path()) {
				s.callee(v.Node, n, !formOnly.MatchString(name))
				return
			}
		}
	}
	if d := ref.Def; d != nil && d.Kind == code.FuncDef {
		if (s.depth < deepestPlain || sure && s.depth < deepestScene) && s.SameProgram(d.Module.Path) {
			s.callee(d.Node, n, sure && !formOnly.MatchString(name))
			return
		}
		if s.Says(d, refusing) { // too deep to be played, and it sends somebody away
			s.may(n)
			return
		}
	}
	switch {
	case sure || strings.HasPrefix(name, "webhookcallback") && strings.Contains(strings.ToLower(n.Source()), "secret"):
		s.ask(n)
	case s.depth == 0 && said.likely:
		s.may(n)
	default:
		s.shown(n, name)
	}
}

// formOnly are names of functions that look at a request's form where a program has them itself, and at its signature where
// a library has.
var formOnly = regexp.MustCompile(`^validate_?(?:incoming_?)?request(?:_?with_?body)?$`)

// refusing are words in the text of a function by which it may send away who is not known.
var refusing = &discover.Search{
	Pattern: regexp.MustCompile(`\b40[13]\b|(?i:unauthori[sz]ed|forbidden|compare_?digest|timing_?safe|not_?allowed|permission_?(?:denied|error))`),
	Words:   []string{"401", "403", "unauthori", "forbidden", "digest", "timing", "allowed", "permission"},
}

// callee plays a function of the program that is called. One that is called a check and shows none that can be recognised
// may be one, unless it says yes to everybody.
func (s *scene) callee(fn, at syntax.Node, named bool) { s.inside(fn, at, named, named) }

// gated plays a function that a framework calls before a handler: what it gives back lets through.
func (s *scene) gated(fn, at syntax.Node, named bool) { s.inside(fn, at, named, true) }

func (s *scene) inside(fn, at syntax.Node, named, gate bool) {
	s.meets(fn)
	if s.seen[fn] {
		return
	}
	shows := s.part(fn, gate)
	switch {
	case shows.asks:
		s.ask(at)
	case shows.maybe:
		s.may(at)
	case named && (s.scenario == scenarioAny || shows.skipped.IsZero()) && !agrees(fn):
		s.may(at)
	}
	// What is no gate by its name passes a check over only where it has one.
	if s.skipped.IsZero() && !shows.skipped.IsZero() && (gate || s.play(fn, false, scenarioAny).asked()) {
		s.skipped = shows.skipped
	}
}

// asked tells whether the play came to a place that asks who calls.
func (s *scene) asked() bool { return !s.asks.IsZero() }

// agrees tells whether a function does nothing but say yes.
func agrees(fn syntax.Node) bool {
	body := bodyOf(fn)
	for statement := range body.Children() {
		switch {
		case statement.Is(syntax.ExprStmt) && statement.Child(0).Is(syntax.String):
		case statement.Is(syntax.Simple) && statement.TextIs("pass"):
		case statement.Is(syntax.Return) && statement.Child(0).Is(syntax.Bool) && statement.Child(0).TextIs("true"):
		default:
			return false
		}
	}
	return body.Is(syntax.Block)
}

// refusal tells whether a call makes the answer or the error for callers whom nobody knows.
func (s *scene) refusal(n syntax.Node) bool {
	callee := n.Child(0)
	name := callName(n)
	if callee.Is(syntax.Name, syntax.Attr) && s.wordOf(name).rejects {
		return true
	}
	switch name {
	case "get", "post", "put", "patch", "delete", "request", "fetch", "print", "info", "warning", "error", "debug", "log", "range", "append":
		return false
	}
	for arg := range n.Children() {
		if arg == callee {
			continue
		}
		v := argumentOf(arg)
		if rejects(v) || v.Is(syntax.Attr) && rejecting.MatchString(v.Text()) {
			return true
		}
		if v.Is(syntax.Map) {
			if status := v.Argument("status"); rejects(status) {
				return true
			}
		}
	}
	return false
}

// argumentOf is the expression that an argument gives.
func argumentOf(n syntax.Node) syntax.Node {
	if n.Is(syntax.Keyword, syntax.Spread) {
		return n.Child(-1)
	}
	return n
}

package code

import (
	"strings"

	"fermata/internal/syntax"
)

// A text that a check let through holds only what the check allows. These functions find such checks by what dominates
// a place: the branch that it stands in, and the statements before it that leave when the check fails. A list of
// forbidden words is no such check, and neither is a check of another variable.

// limit is what a name may hold at a place, and the check that says so.
type limit struct {
	alphabet Alphabet
	by       syntax.Node
}

// both is what holds when two limits do.
func (l limit) both(m limit) limit {
	if m.alphabet&^l.alphabet == 0 && l.alphabet != m.alphabet || l.by.IsZero() {
		l.by = m.by
	}
	l.alphabet &= m.alphabet
	return l
}

// either is what holds when one of two does.
func (l limit) either(m limit) limit {
	if l.alphabet&^m.alphabet == 0 && (l.alphabet != m.alphabet || l.by.IsZero()) {
		l.by = m.by
	}
	l.alphabet |= m.alphabet
	return l
}

var unlimited = limit{alphabet: anything}

// checks finds limits; it remembers them for one function's body.
type checks struct {
	r     *Resolver
	holds given            // what takes part in what was given
	from  given            // what the function was given, as it begins
	tree  *syntax.Tree     // of the function
	names map[string]int32 // the numbers of names in keys
	known map[checkKey]*limit
	depth int

	trail *[]passage // how the walk that asks came to functions

	reached map[checkKey]reached  // by name and block: see behind
	calls   map[syntax.Node]made  // see madeOnce
	judged  map[syntax.Node]limit // see [Call.Given]
	base    int                   // the depth at which questions are asked from outside
}

// reached is a statement, and what a name may hold as it begins.
type reached struct {
	at    int32
	limit *limit
}

// checkKey is a name at a place of the function. There are many of them, so they are numbers.
type checkKey struct{ name, at int32 }

func (c *checks) key(name string, at syntax.Node) checkKey {
	number, ok := c.names[name]
	if !ok {
		number = int32(len(c.names))
		put(&c.names, name, number)
	}
	return checkKey{number, int32(at.Index())}
}

// kept is a limit for a table. Most are said by no check: each of these stands once.
func kept(l limit) *limit {
	if l.by.IsZero() {
		return &unchecked[l.alphabet]
	}
	said := l // so that only these take memory of their own
	return &said
}

var unchecked = func() (all [anything + 1]limit) {
	for i := range all {
		all[i].alphabet = Alphabet(i)
	}
	return all
}()

// deepestCheck bounds how far helpers and assignments are followed.
const deepestCheck = 24

// checks makes what finds limits in a function, or a part of one.
func (r *Resolver) checks(part syntax.Node, holds, from given) *checks {
	return &checks{r: r, holds: holds, from: from, tree: part.Tree()}
}

// of is what an expression may hold of what was given; held tells whether there is any of it in the expression.
func (c *checks) of(e syntax.Node) (l limit, held bool) {
	switch e.Kind() {
	case syntax.Name:
		if !c.gave(e.Text()) {
			return limit{}, false
		}
		return c.at(e.Text(), e), true
	case syntax.Lambda, syntax.String, syntax.Number, syntax.Bool, syntax.Null:
		return limit{}, false
	case syntax.Call:
		if l, held, ok := c.madeOnce(e); ok {
			return l, held
		}
	case syntax.Subscript: // TABLE[given] is one of the values of the table
		if object, index := e.Child(0), e.Child(1); touches(index, c.holds) && !touches(object, c.holds) {
			if c.fixedTable(object) {
				return limit{by: object}, true
			}
		}
	case syntax.Comp:
		if l, ok := c.filtered(e); ok {
			return l, true
		}
	case syntax.Attr:
		// self.folder, which the class or its environment says. Of most objects nothing was given, so nobody needs to ask.
		if object := e.Child(0); object.Is(syntax.Name) && c.gave(object.Text()) && c.settled(c.r.Eval(e), 0) {
			return limit{}, false
		}
		// Path(given).name
		if object := e.Child(0); e.TextIs("name") || e.TextIs("stem") {
			if b := c.r.once(object); object.Is(syntax.Name) && !b.IsZero() {
				object = b
			}
			if object.Is(syntax.Call) && object.Child(0).TextIs("Path") {
				if l, held := c.of(object); held {
					return c.cut(l, Slashes|Start, e), true
				}
			}
		}
	case syntax.FString, syntax.Binary:
		return c.joined(e)
	}
	for child := range e.Children() {
		if e.Is(syntax.Pair) && child == e.Child(0) && !e.Child(1).IsZero() {
			continue
		}
		if m, ok := c.of(child); ok {
			l, held = l.either(m), true
		}
	}
	return l, held
}

// gave tells whether a name holds something of what was given.
func (c *checks) gave(name string) bool {
	_, held := c.holds[name]
	return held
}

// settled tells whether a value is the code's or its environment's, and nothing of it the caller's.
func (c *checks) settled(v *Value, depth int) bool {
	if v == nil || depth > 6 {
		return false
	}
	switch v.Kind {
	case String:
		for _, h := range v.Holes {
			if !c.settled(h.Value, depth+1) {
				return false
			}
		}
		return true
	case Number, Bool, Null, Env:
		return true
	case Choice:
		for _, item := range v.Items {
			if !c.settled(item, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}

// cut is a limit without some of what a text may hold.
func (c *checks) cut(l limit, without Alphabet, by syntax.Node) limit {
	if l.alphabet&without != 0 && l.by.IsZero() {
		l.by = by
	}
	l.alphabet &^= without
	return l
}

// joined is of for what is put together of parts: what it begins with is of the first, what it ends with of the last.
func (c *checks) joined(e syntax.Node) (l limit, held bool) {
	if e.Is(syntax.Binary) && !e.TextIs("+") && !e.TextIs("/") && !e.TextIs("%") {
		for child := range e.Children() {
			if m, ok := c.of(child); ok {
				l, held = l.either(m), true
			}
		}
		return l, held
	}
	started := false // whom it addresses is said
	begun := false   // it begins with something that is no hyphen
	last := e.Child(-1)
	var ends string // what it ends with, where the code says so
	for part := range e.Children() {
		m, ok := c.of(part)
		if !ok {
			text, constant := "", false
			if part.Is(syntax.String, syntax.Binary, syntax.FString, syntax.Name) {
				text, constant = c.constant(part)
			}
			started = started || !constant || addresses(text)
			begun = begun || strings.Trim(text, "-") != "" || e.Is(syntax.Binary) && e.TextIs("/")
			if part == last {
				ends = text
			}
			continue
		}
		if started {
			m.alphabet &^= Start
		}
		if begun {
			m.alphabet &^= Hyphen
		}
		if part != last {
			m.alphabet &^= End
		}
		started = started || m.alphabet&Start == 0
		l, held = l.either(m), true
	}
	if _, ok := c.of(last); held && !ok && !endsAsData(ends) {
		l.alphabet |= End
	}
	return l, held
}

// made is what a call makes of what was given.
type made struct {
	limit    limit
	held, ok bool
}

// madeOnce remembers made. Where calls stand in the arguments of calls, each is asked about from each of those around
// it. What is found on the way to another answer is not kept: it may be in a circle, of which nothing is known.
func (c *checks) madeOnce(call syntax.Node) (l limit, held, ok bool) {
	if c.depth != c.base {
		return c.made(call)
	}
	m, known := c.calls[call]
	if !known {
		m.limit, m.held, m.ok = c.made(call)
		put(&c.calls, call, m)
	}
	return m.limit, m.held, m.ok
}

// made is of for calls that make another text of what they are given.
func (c *checks) made(call syntax.Node) (l limit, held, ok bool) {
	callee := call.Child(0)
	if !touches(call, c.holds) {
		return limit{}, false, true
	}
	if callee.Is(syntax.Name) {
		switch callee.Text() {
		case "secure_filename", "slugify", "sanitize_filename", "sanitizeFilename", "basename": //nolint:misspell // names of libraries
			if l, held := c.of(call.Child(1)); held {
				return c.cut(l, Slashes|Start, call), true, true
			}
		case "int", "float", "len", "bool", "ord", "hash", "Number", "parseInt", "parseFloat", "Boolean", "abs", "round":
			return limit{by: call}, true, true
		}
		return c.passed(call)
	}
	if !callee.Is(syntax.Attr) {
		return limit{}, false, false
	}
	object := callee.Child(0)
	switch callee.Text() {
	case "get": // TABLE.get(given), and new Map([...]).get(given)
		if !touches(object, c.holds) && c.fixedTable(object) && !touches(call.Child(2), c.holds) {
			return limit{by: call}, true, true
		}
	case "basename", "secure_filename", "slugify":
		if l, held := c.of(call.Child(1)); held {
			return c.cut(l, Slashes|Start, call), true, true
		}
	case "hexdigest", "digest":
		return limit{Letters, call}, true, true
	case "with_suffix":
		if text, ok := c.constant(call.Child(1)); ok && endsAsData(text) {
			if l, held := c.of(object); held {
				return c.cut(l, End, call), true, true
			}
		}
	case "abspath", "realpath", "absolute": //nolint:misspell // names of libraries
		part := object
		if object.TextIs("path") || object.Is(syntax.Attr) && object.Child(0).TextIs("os") {
			part = call.Child(1)
		}
		if l, held := c.of(part); held {
			l.alphabet &^= Hyphen
			return l, true, true
		}
	case "join", "joinpath", "resolve": // os.path.join(folder, given), Path(folder).joinpath(given), path.join(folder, given)
		if e := call.Child(1); callee.TextIs("join") && e.Is(syntax.Comp) {
			if l, ok := c.filtered(e); ok {
				return l, true, true
			}
		}
		if last := call.Child(-1); call.Count() > 2 || callee.TextIs("joinpath") {
			first := call.Child(1) // of path.join(…): what the method is called on is the library
			if callee.TextIs("joinpath") {
				first = object
			}
			for part := range call.Children() {
				if part == callee {
					part = object
				}
				if m, ok := c.of(part); ok {
					if part != last {
						m.alphabet &^= End
					}
					if part != first {
						m.alphabet &^= Hyphen
					}
					l, held = l.either(m), true
				}
			}
			if text, ok := c.constant(last); ok && held && endsAsData(text) {
				l.alphabet &^= End
			}
			return l, held, true
		} else if callee.TextIs("resolve") && call.Count() == 1 { // Path(given).resolve()
			if l, held := c.of(object); held {
				l.alphabet &^= Hyphen
				return l, true, true
			}
		}
	case "quote", "escape":
		if object.TextIs("shlex") || object.TextIs("pipes") {
			return limit{alphabet: anything &^ Marks, by: call}, true, true
		}
	case "sub": // re.sub("[^0-9]", "", given), PATTERN.sub("", given)
		pattern, with, text := call.Child(1), call.Child(2), call.Child(3)
		if !object.TextIs("re") {
			pattern, with, text = c.compiled(object), call.Child(1), call.Child(2)
		}
		if l, ok := c.stripped(call, pattern, with, text, true); ok {
			return l, true, true
		}
	case "replace", "replaceAll": // given.replace(/[^0-9]/g, "")
		if l, ok := c.stripped(call, call.Child(1), call.Child(2), object, false); ok {
			return l, true, true
		}
	}
	return c.passed(call)
}

// passed is of for a call of one of the program's own functions: what its answers hold of what it is given.
func (c *checks) passed(call syntax.Node) (l limit, held, ok bool) {
	v := c.r.glance(call.Child(0))
	if !v.Is(Function) || !v.Node.Is(syntax.FuncDef, syntax.Lambda) || c.depth > deepestCheck/2 {
		return limit{}, false, false
	}
	def := v.Ref.Def
	if def == nil {
		def = &Def{Kind: FuncDef, Name: "lambda", Module: c.r.at(v.Node).module, Node: v.Node}
	}
	from := c.handed(call, def)
	if len(from) == 0 {
		return limit{}, false, false
	}
	body := v.Node.First(syntax.Block)
	if body.IsZero() {
		body = v.Node.Child(-1)
	}
	inner := c.r.checks(body, c.r.spread(body, from), from)
	inner.depth = c.depth + 4
	inner.base = inner.depth
	if !body.Is(syntax.Block) {
		l, held = inner.of(body)
		return l, held, held
	}
	body.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Return) {
			if m, ok := inner.of(n.Child(0)); ok {
				l, held = l.either(m), true
			}
		}
		return !n.Is(syntax.FuncDef, syntax.Lambda, syntax.ClassDef)
	})
	return l, held, held
}

// stripped is a text without the characters that are not allowed.
func (c *checks) stripped(call, pattern, with, text syntax.Node, every bool) (limit, bool) {
	word, ok := c.constant(pattern)
	if !ok {
		return limit{}, false
	}
	if _, _, pattern := script(word); !every && !pattern { // given.replace("/", "-") of Python
		if by, ok := c.constant(with); ok && word == "/" && !strings.Contains(by, "/") {
			if l, held := c.of(text); held {
				return c.cut(l, Slashes|Start, call), true
			}
		}
		return limit{}, false
	}
	by, ok := c.constant(with)
	e := regular(word)
	if ok && !e.outside && !strings.Contains(by, "/") && (every || e.every) {
		if body, _, script := script(word); script {
			word = body
		}
		if a, outside, length := characters(word); strings.HasPrefix(word, "[") && !outside && strings.Trim(word[length:], "+*") == "" && a&Slashes != 0 || strings.Trim(word, "\\+*") == "/" {
			if l, held := c.of(text); held {
				return c.cut(l, Slashes|Start, call), true
			}
		}
	}
	if !ok || !e.outside || !every && !e.every {
		return limit{}, false
	}
	before, held := c.of(text)
	if !held {
		return limit{}, false
	}
	return before.both(limit{opened(e.alphabet | alphabetOf(by)), call}), true
}

// filtered is a text of those characters of another that are allowed: [c for c in given if c in "0123456789"].
func (c *checks) filtered(e syntax.Node) (limit, bool) {
	loop := e.First(syntax.CompFor)
	if loop.IsZero() || !loop.Child(0).Is(syntax.Name) || !e.Child(0).Is(syntax.Name) || e.Child(0).Text() != loop.Child(0).Text() || loop.Count() < 3 {
		return limit{}, false
	}
	before, held := c.of(loop.Child(1))
	if !held {
		return limit{}, false
	}
	for i := 2; i < loop.Count(); i++ {
		before = before.both(c.letter(loop.Child(i), loop.Child(0).Text(), true))
	}
	return before, true
}

func (c *checks) constant(n syntax.Node) (string, bool) {
	if n.IsZero() {
		return "", false
	}
	return c.r.Eval(n).Constant()
}

// fixedTable tells whether an expression is a table whose values stand in the code.
func (c *checks) fixedTable(n syntax.Node) bool {
	v := c.r.Eval(n)
	if v.Is(Instance) && v.Ref.Last() == "Map" {
		v = v.Arg("", 0)
	}
	switch {
	case v.Is(Dict):
		return !v.Open && len(v.Pairs) > 0 && len(v.Items) == 0
	case v.Is(List):
		return !v.Open && len(v.Items) > 0
	}
	return false
}

// compiled is the pattern of an expression that is a compiled regular expression.
func (c *checks) compiled(n syntax.Node) syntax.Node {
	v := c.r.Eval(n)
	if !v.Is(Instance) {
		return syntax.Node{}
	}
	switch v.Ref.Name {
	case "re.compile", "regex.compile", "regexp.MustCompile", "regexp.Compile", "builtins.RegExp", "re2.compile":
		return v.Call.Child(1)
	}
	return syntax.Node{}
}

// subject tells whether an expression is a name's text, perhaps without some of its marks: extra says which.
func (c *checks) subject(e syntax.Node, name string) (extra Alphabet, ok bool) {
	for {
		switch {
		case e.Is(syntax.Name):
			return extra, e.TextIs(name)
		case e.Is(syntax.List) && e.Count() == 1 && e.Child(0).Is(syntax.Spread): // [...text]
			e = e.Child(0).Child(0)
			continue
		case e.Is(syntax.Call) && e.Child(0).Is(syntax.Name) && e.Count() == 2:
			switch e.Child(0).Text() {
			case "str", "set", "list", "String", "frozenset", "tuple":
				e = e.Child(1)
				continue
			}
		case e.Is(syntax.Call) && e.Child(0).Is(syntax.Attr):
			object := e.Child(0).Child(0)
			switch e.Child(0).Text() {
			case "strip", "lstrip", "rstrip", "trim", "trimStart", "trimEnd":
				extra |= Marks
				e = object
				continue
			case "lower", "upper", "toLowerCase", "toUpperCase", "toString", "casefold":
				e = object
				continue
			case "split":
				if text, fine := c.constant(e.Child(1)); fine && text == "" {
					e = object
					continue
				}
			case "from":
				if object.TextIs("Array") {
					e = e.Child(1)
					continue
				}
			case "replace", "replaceAll":
				away, fine := c.constant(e.Child(1))
				if _, _, isPattern := script(away); isPattern {
					if p := regular(away); fine && p.alphabet&Letters == 0 && !p.outside {
						extra |= p.alphabet
						e = object
						continue
					}
				} else if fine && alphabetOf(away)&Letters == 0 {
					extra |= alphabetOf(away)
					e = object
					continue
				}
			case "parse": // ast.parse(text, mode="eval")
				if object.TextIs("ast") {
					e = e.Child(1)
					continue
				}
			}
		}
		return 0, false
	}
}

// Given is what a driven call may hold of what was given, where checks allow only some of it. It is found when somebody
// asks: most calls have no effects to which it matters.
func (c Call) Given() Alphabet { return c.judged().alphabet | c.more }

// Check is what says so; the zero Node where nothing does.
func (c Call) Check() syntax.Node { return c.judged().by }

// judged is what a call is given that the caller chose.
func (c Call) judged() limit {
	if c.checks == nil {
		return limit{}
	}
	l, known := c.checks.judged[c.Node]
	if !known {
		l = c.checks.judge(c.Node)
		put(&c.checks.judged, c.Node, l)
	}
	return l
}

func (c *checks) judge(call syntax.Node) (all limit) {
	for e := range call.Children() {
		if e == call.Child(0) {
			if !e.Is(syntax.Attr) {
				continue
			}
			e = e.Child(0)
		}
		if l, held := c.of(e); held {
			all.alphabet |= l.alphabet
			if !l.by.IsZero() {
				all.by = l.by
			}
		}
	}
	return all
}

// Gets is what a part of a driven call may hold of what was given, and whether it holds any of it.
func (c Call) Gets(part syntax.Node) (a Alphabet, held bool) {
	if c.checks == nil || part.IsZero() {
		return 0, false
	}
	l, held := c.checks.of(part)
	return l.alphabet, held
}

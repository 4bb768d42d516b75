package providerclient

import (
	"maps"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// coming follows in one function what comes of a model's answer. It is stricter than [flow], for which all that is put
// together with an answer holds it: here, {"name": given, "text": answer}["name"] does not come of it.
type coming struct {
	x        *pass
	function syntax.Node
	call     syntax.Node     // what asks the model, in this function; the zero Node where another function asks
	handed   map[string]bool // parameters that are handed what comes of the answer
	depth    int             // how many functions deep
	said     map[string]bool // outside of these nothing comes of the answer; nil where that is not known
	sets     map[string][]setter
	known    map[asking]bool
	open     map[asking]bool // variables that are being asked about; true where that met them again
	trail    []asking        // what was denied since the first of these was asked about: it may rest on one of them
	shaken   bool            // one that was met again came of the answer after all
	within   *following
}

// asking is what is asked about: an expression or a variable, or the member of it that is called key.
type asking struct {
	n         syntax.Node
	name, key string
}

// following is what is kept of all functions into which one answer is followed.
type following struct {
	functions map[handing]*coming
	read      map[*coming]bool // see actionsNamed
}

// handing is a function with the parameters that are handed what comes of an answer.
type handing struct {
	function syntax.Node
	handed   string
	depth    int
}

// setter is something that sets a variable, or a member of one.
type setter struct {
	target, value syntax.Node
	taken         bool // one by one, by a loop
}

// mostComing is how many steps are taken after the answers that a file asks for. What is not reached by then is not known;
// no program that is written by hand comes near it.
const mostComing = 1_000_000

// from starts to follow what a call answers in a function.
func (x *pass) from(function, call syntax.Node) *coming {
	w := &following{functions: map[handing]*coming{}, read: map[*coming]bool{}}
	return w.start(x, function, call, nil, 0)
}

func (w *following) start(x *pass, function, call syntax.Node, handed map[string]bool, depth int) *coming {
	return &coming{
		x: x, function: function, call: call, handed: handed, depth: depth, sets: x.setters(function),
		known: map[asking]bool{}, open: map[asking]bool{}, within: w,
	}
}

// into follows the answer into a function that is handed it.
func (c *coming) into(function syntax.Node, handed map[string]bool) *coming {
	h := handing{function, strings.Join(slices.Sorted(maps.Keys(handed)), ","), c.depth + 1}
	inner := c.within.functions[h]
	if inner == nil {
		inner = c.within.start(c.x, function, syntax.Node{}, handed, c.depth+1)
		c.within.functions[h] = inner
	}
	return inner
}

// setters lists by variable what sets it in a function, in the order of the text.
func (x *pass) setters(function syntax.Node) map[string][]setter {
	if all, known := x.setting[function]; known {
		return all
	}
	all := map[string][]setter{}
	add := func(s setter) {
		root := s.target
		if member(root) {
			root = root.Child(0)
		}
		eachMentioned(root, func(of, name string) bool {
			all[of+name] = append(all[of+name], s)
			return true
		})
	}
	function.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.For, syntax.CompFor:
			add(setter{n.Child(0), n.Child(1), true})
		case syntax.WithItem:
			add(setter{n.Child(1), n.Child(0), false})
		case syntax.Assign, syntax.AnnAssign, syntax.AugAssign, syntax.Walrus:
			value := n.Child(-1)
			for t := range n.Children() {
				if t != value && !t.Is(syntax.Annotation) {
					add(setter{t, value, false})
				}
			}
		}
		return true
	})
	if x.setting == nil {
		x.setting = map[syntax.Node]map[string][]setter{}
	}
	x.setting[function] = all
	return all
}

// is tells whether an expression comes of the answer.
func (c *coming) is(n syntax.Node) bool {
	if c.said != nil && !touchesAny(n, c.said) {
		return false
	}
	return c.of(n, "")
}

// step tells whether another step may be taken.
func (c *coming) step() bool {
	c.x.comings++
	return c.x.comings <= mostComing
}

// of tells whether an expression comes of the answer, or the member of it that is called key.
func (c *coming) of(n syntax.Node, key string) bool {
	k := asking{n: n, key: key}
	if yes, known := c.known[k]; known || n.IsZero() || !c.step() {
		return yes
	}
	yes := c.look(n, key)
	c.told(k, yes)
	return yes
}

// told keeps what was found. A no that may rest on a variable that is being asked about is forgotten if that comes of the
// answer after all.
func (c *coming) told(k asking, yes bool) {
	c.known[k] = yes
	if !yes && len(c.open) > 0 {
		c.trail = append(c.trail, k)
	}
}

func (c *coming) look(n syntax.Node, key string) bool {
	switch {
	case n == c.call:
		return true
	case n.Is(syntax.Attr) && itself(n.Child(0)):
		return c.named("self."+n.Text(), key)
	case n.Is(syntax.Attr):
		return c.of(n.Child(0), n.Text())
	case n.Is(syntax.Subscript):
		inner := ""
		if n.Child(1).Is(syntax.String) {
			inner = n.Child(1).Text()
		}
		return c.of(n.Child(0), inner)
	case n.Is(syntax.Name):
		return c.named(n.Text(), key)
	case n.Is(syntax.Map):
		return c.entry(n, key)
	case n.Is(syntax.Call):
		return c.answered(n, key)
	case n.Is(syntax.Cond):
		return c.of(n.Child(1), key) || c.of(n.Child(2), key)
	case n.Is(syntax.Lambda, syntax.Compare, syntax.FuncDef):
		return false
	}
	return c.any(n, key)
}

func (c *coming) any(n syntax.Node, key string) bool {
	for child := range n.Children() {
		if c.of(child, key) {
			return true
		}
	}
	return false
}

// entry is of for an object that is written out: what stands under the key decides.
func (c *coming) entry(n syntax.Node, key string) bool {
	for child := range n.Children() {
		switch {
		case child.Is(syntax.Pair) && key != "" && child.Child(0).TextIs(key):
			return c.of(child.Child(-1), "")
		case child.Is(syntax.Pair) && key != "":
		case child.Is(syntax.Pair):
			if c.of(child.Child(-1), "") {
				return true
			}
		case c.of(child, key):
			return true
		}
	}
	return false
}

// deepestComing is how many functions deep it is looked at what they return.
const deepestComing = 2

// answered is of for what a call gives: it comes of the answer if its object or an argument does, and a function of the
// program gives it on.
func (c *coming) answered(n syntax.Node, key string) bool {
	callee := n.Child(0)
	if callee.Is(syntax.Attr) && (callee.TextIs("get") || callee.TextIs("pop")) && n.Child(1).Is(syntax.String) && c.of(callee.Child(0), n.Child(1).Text()) {
		return true
	}
	if callee.Is(syntax.Attr) && !itself(callee.Child(0)) && !callee.TextIs("get") && !callee.TextIs("pop") && c.of(callee.Child(0), "") {
		return true
	}
	arguments := false
	for a := range n.Children() {
		switch {
		case a == callee:
		case a.Is(syntax.Keyword) && key != "" && a.TextIs(key):
			return c.of(a.Child(-1), "") // Step(action=answer)
		case c.of(a, ""):
			arguments = true
		}
	}
	if !arguments {
		return false
	}
	def := c.x.called(n).Def
	if def == nil || def.Kind != code.FuncDef || c.depth >= deepestComing {
		return true
	}
	inner := c.into(def.Node, handedAs(n, def, func(a syntax.Node) bool { return c.of(a, "") }))
	returns, comes := inner.returning(key)
	return comes || !returns
}

// returning tells whether the function gives something, and whether some of that comes of the answer.
func (c *coming) returning(key string) (returns, comes bool) {
	c.function.First(syntax.Block).Walk(func(r syntax.Node) bool {
		if !c.step() {
			return false
		}
		if r.Is(syntax.Return) && r.Count() > 0 && !comes {
			returns, comes = true, c.of(r.Child(0), key)
		}
		return !comes && !r.Is(syntax.FuncDef, syntax.Lambda)
	})
	return returns, comes
}

// named is of for a variable: it comes of the answer if something that it is set to does.
func (c *coming) named(name, key string) bool {
	if c.handed[name] {
		return true
	}
	k := asking{name: name, key: key}
	if known, ok := c.known[k]; ok {
		return known
	}
	if _, asked := c.open[k]; asked {
		c.open[k] = true // what is set to itself comes of nothing by that
		return false
	}
	c.open[k] = false
	yes := c.set(name, key)
	c.shaken = c.shaken || yes && c.open[k]
	for len(c.open) == 1 && c.shaken {
		for _, part := range c.trail {
			delete(c.known, part)
		}
		c.trail, c.shaken = c.trail[:0], false
		yes = yes || c.set(name, key)
	}
	delete(c.open, k)
	if len(c.open) == 0 {
		c.trail = c.trail[:0]
	}
	c.told(k, yes)
	return yes
}

// set tells whether something that a variable is set to comes of the answer.
func (c *coming) set(name, key string) bool {
	for _, s := range c.sets[name] {
		if !c.step() {
			return false
		}
		inner := ""
		if !s.taken {
			inner = under(s.target, name, key)
		}
		if sets(s.target, key) && c.of(s.value, inner) {
			return true
		}
	}
	return false
}

// member tells whether a target is a member of something, and no variable.
func member(target syntax.Node) bool {
	return target.Is(syntax.Subscript) || target.Is(syntax.Attr) && !itself(target.Child(0))
}

// sets tells whether a target sets its variable, or the member of it that is called key.
func sets(target syntax.Node, key string) bool {
	if !member(target) {
		return true
	}
	of := target.Text()
	if target.Is(syntax.Subscript) {
		if of = ""; target.Child(1).Is(syntax.String) {
			of = target.Child(1).Text()
		}
	}
	return of == "" || key == "" || of == key
}

// under is the key under which a value holds what a target sets a name to: the same where all of it is set, the name
// itself where the target takes the value apart by names.
func under(target syntax.Node, name, key string) string {
	switch {
	case target.Is(syntax.Name) || target.Is(syntax.Attr) && itself(target.Child(0)):
		return key
	case target.Is(syntax.Map):
		return name
	}
	return ""
}

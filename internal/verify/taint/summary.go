package taint

import (
	"sort"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// summary is what a function does with what it is given.
type summary struct {
	returns marks        // marks of parameters that its answer has
	flows   []reached    // sinks that parameters reach
	params  []string     // names, in order
	atExit  map[int]mask // by parameter: for what it is safe wherever the function ends
	atTrue  map[int]mask // the same where it answers yes
	exits   bool
	truths  bool
	rebound map[string]bool // parameters whose name is given another value
}

// reached is a sink that a parameter reaches.
type reached struct {
	kind  Kind
	param int
	clean mask
	doubt bool
	named bool
	loose bool
	// ofFile: it is done to a file and fails on a folder
	ofFile bool
	trace  *step
	file   string
	node   int
	where  string
	call   bool
}

type summaryKey struct {
	path  string
	node  int
	depth int
}

func (s *summary) flow(r reached) {
	for i := range s.flows {
		o := &s.flows[i]
		if o.kind == r.kind && o.param == r.param && o.file == r.file && o.node == r.node {
			o.clean &= r.clean
			o.doubt = o.doubt && r.doubt
			o.named = o.named || r.named
			o.loose = o.loose || r.loose
			return
		}
	}
	if len(s.flows) < 64 {
		s.flows = append(s.flows, r)
	}
}

// truth is for what a parameter is safe where the function answered yes.
func (s *summary) truth(param int) mask {
	if !s.truths {
		return 0
	}
	return s.atTrue[param+1]
}

// exit notes how parameters stand at an end of the function.
func (s *summary) exit(w *walk, answer syntax.Node, e env) {
	yes := !answer.Is(syntax.Bool) || answer.TextIs("true")
	no := answer.Is(syntax.Bool) && answer.TextIs("false") || answer.Is(syntax.Null)
	var tested []cleaned
	if yes && !answer.IsZero() && !answer.Is(syntax.Bool) {
		tested = w.guard(answer, e, true)
	}
	for i, name := range s.params {
		now := everything
		for _, m := range e[name] {
			if m.param == i+1 {
				now = m.clean
			}
		}
		if len(e[name]) == 0 {
			now = everything // nothing of it is left, or it was replaced
		}
		if !s.exits {
			s.atExit[i+1] = now
		} else {
			s.atExit[i+1] &= now
		}
		if yes && !no {
			for _, c := range tested {
				if c.path == name {
					now |= c.for_
				}
			}
			if !s.truths {
				s.atTrue[i+1] = now
			} else {
				s.atTrue[i+1] &= now
			}
		}
	}
	s.exits = true
	if yes && !no {
		s.truths = true
	}
}

// summarises tells whether there is a summary of a function: not at the bottom.
func (w *walk) summarises(def *code.Def) bool {
	return w.depth > 0 && def != nil && !def.Node.IsZero() && *w.work > 0 && tableOf(def.Node.Tree().Language) != nil
}

// summary gives what a function of the program does, as deep as there is depth left; nil at the bottom.
func (w *walk) summary(def *code.Def) *summary {
	if !w.summarises(def) {
		return nil
	}
	key := summaryKey{def.Module.Path, def.Node.Index(), w.depth}
	if known, ok := w.mem.summaries.Load(key); ok {
		return known.(*summary)
	}
	t := tableOf(def.Node.Tree().Language)
	s := &summary{atExit: map[int]mask{}, atTrue: map[int]mask{}, rebound: map[string]bool{}}
	work := mostWork / 20 // a summary's own, so that it never depends on who asked first
	inner := &walk{mem: w.mem, r: w.r, t: t, depth: w.depth - 1, work: &work, out: new([]Flow), sum: s, fn: def.Node}
	e := env{}
	i := 0
	for p := range def.Node.All(syntax.Param) {
		name := p.Text()
		s.params = append(s.params, name)
		i++
		if i == 1 && receiver(def, p) {
			continue
		}
		if inner.safeType(p.First(syntax.Annotation).Child(0)) {
			continue
		}
		inner.parameter(p, marks{{param: i}}, e)
	}
	body := def.Node.First(syntax.Block)
	switch {
	case !body.IsZero():
		if !inner.exec(body, e) {
			s.exit(inner, syntax.Node{}, e)
		}
	case def.Node.Is(syntax.Lambda):
		last := def.Node.Child(-1)
		inner.rets = inner.eval(last, e)
		s.exit(inner, last, e)
	}
	for _, m := range inner.rets {
		if m.param > 0 {
			s.returns = append(s.returns, m)
		} else if m.src != nil {
			s.returns = append(s.returns, m)
		}
	}
	sort.SliceStable(s.flows, func(a, b int) bool {
		x, y := &s.flows[a], &s.flows[b]
		if x.file != y.file {
			return x.file < y.file
		}
		if x.node != y.node {
			return x.node < y.node
		}
		return x.param < y.param
	})
	*w.work -= (mostWork/20 - max(work, 0)) / 20
	known, _ := w.mem.summaries.LoadOrStore(key, s)
	return known.(*summary)
}

// receiver tells whether a first parameter is what a method is called on.
func receiver(def *code.Def, p syntax.Node) bool {
	if def.Node.Tree().Language == syntax.Go {
		return def.Node.Op() == 2
	}
	return (p.TextIs("self") || p.TextIs("cls")) && def.Node.Parent().Parent().Is(syntax.ClassDef)
}

// eachArgument pairs a call's arguments with the parameters of what it calls, by number from 0.
func (w *walk) eachArgument(n syntax.Node, def *code.Def, yield func(param int, arg syntax.Node)) {
	var params []syntax.Node
	for p := range def.Node.All(syntax.Param) {
		params = append(params, p)
	}
	place := 0
	if len(params) > 0 && receiver(def, params[0]) {
		if callee := n.Child(0); callee.Is(syntax.Attr) {
			yield(0, callee.Child(0))
		}
		place = 1
	}
	before := 1 + w.skip
	for c := range n.Children() {
		if before > 0 {
			before--
			continue
		}
		switch c.Kind() {
		case syntax.Keyword:
			for i, p := range params {
				if p.TextIs(c.Text()) || p.Op() == 2 && i == len(params)-1 {
					yield(i, c.Child(0))
					break
				}
			}
		case syntax.Spread:
			for i := place; i < len(params); i++ {
				yield(i, c.Child(0))
			}
		default:
			if place < len(params) {
				yield(place, c)
				if params[place].Op() == 0 {
					place++
				}
			}
		}
	}
}

package discover

import (
	"fermata/internal/code"
	"fermata/internal/syntax"
)

// weighing asks of the conditions of one function whether they look at what a value is. Each question is of whether anything
// of a kind is found behind an expression, so that one answer does for all who ask.
type weighing struct {
	r     *code.Resolver
	said  map[question]bool // what was asked; what is being asked counts as no, since names and functions may lead back to themselves
	trail []question        // what was asked since somebody outside asked
	level int               // how many questions are being asked
	asked int               // how many were, in all
	sets  map[syntax.Node]map[string][]syntax.Node
	depth int  // how many functions deep a condition is followed
	lost  bool // a bound was met: nothing is known of the function
}

// question is what is asked of an expression, a block or a function.
type question struct {
	of syntax.Node
	is byte
}

const (
	depends   byte = iota // an expression depends on what something is
	decides               // a function or a block has such a condition
	elsewhere             // a value comes from code outside the program
)

// Bounds of a judgement. What meets one of them is not known; no function that is asked before a tool runs comes near them.
const (
	maxWeighing = 4      // functions deep; what lies deeper counts as deciding
	mostNodes   = 5_000  // nodes of one function
	mostAround  = 50_000 // nodes of what its names are looked up in: a function, or a file around a lambda
	mostAsked   = 50_000 // questions
)

func newWeighing(r *code.Resolver) *weighing {
	return &weighing{r: r, said: map[question]bool{}, sets: map[syntax.Node]map[string][]syntax.Node{}}
}

// once answers a question that may have been asked before. A no that was found on the way to somebody's yes is forgotten: it
// may rest on a part that was being asked itself.
func (w *weighing) once(q question, ask func(syntax.Node) bool) bool {
	if yes, known := w.said[q]; known {
		return yes
	}
	if w.asked++; w.asked > mostAsked || w.lost {
		w.lost = true
		return false
	}
	w.trail = append(w.trail, q)
	w.said[q] = false
	w.level++
	yes := ask(q.of)
	w.level--
	if yes {
		w.said[q] = true
	}
	if w.level > 0 {
		return yes
	}
	for _, part := range w.trail {
		if yes && !w.said[part] {
			delete(w.said, part)
		}
	}
	w.trail = w.trail[:0]
	return yes
}

// given lists what the function around a name gives it, in the order of the text.
func (w *weighing) given(name syntax.Node) []syntax.Node {
	scope := enclosing(name)
	sets, known := w.sets[scope]
	if !known {
		sets = map[string][]syntax.Node{}
		count := 0
		scope.Walk(func(n syntax.Node) bool {
			count++
			if n.Is(syntax.Assign, syntax.AnnAssign, syntax.Walrus) && n.Count() > 1 {
				for _, target := range targets(n.Child(0)) {
					sets[target] = append(sets[target], n.Child(-1))
				}
			}
			return count <= mostAround
		})
		w.lost = w.lost || count > mostAround
		w.sets[scope] = sets
	}
	return sets[name.Text()]
}

// large tells whether a function is more than is judged.
func large(function syntax.Node) bool {
	count := 0
	function.Walk(func(syntax.Node) bool {
		count++
		return count <= mostNodes
	})
	return count > mostNodes
}

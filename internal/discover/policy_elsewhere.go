package discover

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// What a function that is asked leaves to others: to functions of the program, which are judged too, and to code that is not here.

// maxCalled is how many functions of the program are looked through for places that refuse.
const maxCalled = 32

// called lists the functions of the program to which a function leaves what it answers, and those to which these do, in the
// order of the text: they are called for their own sake, for the answer, or by a name that says that they judge. Work whose
// result is kept, and not given back, may fail, and judges nothing.
func (w *weighing) called(body syntax.Node) (found []syntax.Node) {
	todo := []syntax.Node{body}
	for deep := 0; deep < maxWeighing && len(todo) > 0; deep++ {
		var next []syntax.Node
		for _, function := range todo {
			if large(function) {
				w.lost = true
				continue
			}
			back := givenBack(function)
			function.Walk(func(n syntax.Node) bool {
				if !n.Is(syntax.Call) || len(found) == maxCalled || !forItself(n, back) && !judging.MatchString(n.Child(0).Text()) {
					return true
				}
				if d := w.r.Resolve(n.Child(0)).Def; d != nil && d.Kind == code.FuncDef && d.Node != body && !slices.Contains(found, d.Node) {
					found, next = append(found, d.Node), append(next, d.Node)
				}
				return true
			})
		}
		todo = next
	}
	return found
}

// forItself tells whether a call is a statement, an answer, or what a function without a block is. An answer may be kept in
// a name first.
func forItself(call syntax.Node, back map[string]bool) bool {
	child, up := call, call.Parent()
	for up.Is(syntax.Await, syntax.Tuple, syntax.Logic) || up.Is(syntax.Cond) && child != up.Child(0) {
		child, up = up, up.Parent()
	}
	if up.Is(syntax.Assign, syntax.AnnAssign) && child == up.Child(-1) {
		return slices.ContainsFunc(targets(up.Child(0)), func(name string) bool { return back[name] })
	}
	return up.Is(syntax.ExprStmt, syntax.Return, syntax.Lambda)
}

// givenBack are the names whose values a function gives back.
func givenBack(function syntax.Node) map[string]bool {
	back := map[string]bool{}
	var add func(n syntax.Node)
	add = func(n syntax.Node) {
		switch {
		case n.Is(syntax.Name):
			back[n.Text()] = true
		case n.Is(syntax.Await, syntax.Tuple, syntax.Logic, syntax.Cond):
			for part := range n.Children() {
				if !n.Is(syntax.Cond) || part != n.Child(0) {
					add(part)
				}
			}
		}
	}
	for _, answer := range exits(function, syntax.Return) {
		add(answer.Child(0))
	}
	return back
}

// judging are the names of calls that raise where they do not agree, and of what is read of a decision that somebody made.
var (
	judging = regexp.MustCompile(`(?i)valid|check|verif|enforce|assert|guard|polic|authori[sz]|permit|ensure|deny|reject|forbid`)
	verdict = regexp.MustCompile(`(?i)allow|den(y|ied)|block|safe|valid|approv|permit|pass|flag|decision|verdict|risk|violat|forbid|reject|accept|^ok$|^(is|has|should)[_A-Z]`)
)

// lookingOn are the last names of calls that write something down or wait.
var lookingOn = []string{"print", "log", "debug", "info", "warning", "warn", "error", "exception", "critical", "append", "push", "record", "track", "emit", "sleep", "time", "resolve"}

// decidedElsewhere tells whether a function gives back what code outside the program says, or lets such code check what it is given.
func (w *weighing) decidedElsewhere(function syntax.Node) bool {
	found := false
	function.Walk(func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.FuncDef, syntax.Lambda) && n != function:
			return false
		case n.Is(syntax.Return):
			found = found || w.outside(n.Child(0))
		case n.Is(syntax.ExprStmt):
			call := awaited(n.Child(0))
			found = found || w.outside(call) && judging.MatchString(call.Child(0).Text())
		}
		return !found
	})
	return found || function.Is(syntax.Lambda) && w.outside(function.Child(-1))
}

// outside tells whether a value is what a call gives whose code is not in the program. A class whose name is capitalised
// makes an answer, and a parameter that is called goes on with what is asked about.
func (w *weighing) outside(n syntax.Node) bool {
	n = awaited(n)
	if n.Is(syntax.Name) {
		return w.once(question{n, elsewhere}, func(syntax.Node) bool { return slices.ContainsFunc(w.given(n), w.outside) })
	}
	callee := n.Child(0)
	if !n.Is(syntax.Call) || !callee.Is(syntax.Name, syntax.Attr) || w.r.Resolve(callee).Def != nil || callee.Is(syntax.Name) && isParam(callee) {
		return false
	}
	name := callee.Text()
	return !unicode.IsUpper([]rune(name + "_")[0]) && !slices.Contains(plainCalls, name) && !slices.Contains(lookingOn, name) && !strings.HasPrefix(name, "log")
}

// isParam tells whether a name is a parameter of the function that it stands in.
func isParam(name syntax.Node) bool {
	for n := name.Parent(); !n.IsZero(); n = n.Parent() {
		if n.Is(syntax.FuncDef, syntax.Lambda) {
			for p := range n.All(syntax.Param) {
				if p.TextIs(name.Text()) {
					return true
				}
			}
		}
	}
	return false
}

// awaited is what an expression waits for.
func awaited(n syntax.Node) syntax.Node {
	for n.Is(syntax.Await) {
		n = n.Child(0)
	}
	return n
}

// targets are the names that an assignment sets: one alone, or those taken out of a pair or an object.
func targets(target syntax.Node) []string {
	if target.Is(syntax.Name) {
		return []string{target.Text()}
	}
	var all []string
	if target.Is(syntax.Tuple, syntax.List, syntax.Map, syntax.Pair) {
		for part := range target.Children() {
			all = append(all, targets(part)...)
		}
	}
	return all
}

// verdict tells whether what is read of a value is a decision about it: `answer.allowed`, where a call that decides gave the answer.
func (w *weighing) verdict(n syntax.Node) bool {
	decides := false
	for ; n.Is(syntax.Attr, syntax.Subscript); n = n.Child(0) {
		said := n.Text()
		if n.Is(syntax.Subscript) {
			said = n.Child(1).Text()
		}
		decides = decides || verdict.MatchString(said)
	}
	return decides && n.Is(syntax.Name) && w.assigned(n)
}

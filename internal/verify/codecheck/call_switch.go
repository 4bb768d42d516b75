package codecheck

import (
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// isSwitch tells whether a condition asks for a switch of the owner's: a name of the module, an attribute of settings or a
// variable of the environment, for itself or compared with a literal. What is asked of an argument is none, since whoever
// calls has a say in it, and of another comparison nobody knows here where it is true.
func isSwitch(condition syntax.Node) bool {
	if condition.Is(syntax.Compare) {
		return comparedSwitch(condition)
	}
	return condition.Is(syntax.Name, syntax.Attr, syntax.Subscript, syntax.Call) && ownersOwn(condition, 0) && switchWord(condition)
}

// comparedSwitch is isSwitch for a comparison; which answer of it means that the switch is set, [implies] tells.
func comparedSwitch(condition syntax.Node) bool {
	left, right := condition.Child(0), condition.Child(1)
	switch condition.Text() {
	case "==", "===", "!=", "!==", "is", "is not", "<>":
		if literal(left) {
			left, right = right, left
		}
		switch {
		case !ownersOwn(left, 0):
			return false
		case right.Is(syntax.Null, syntax.Bool):
			return switchWord(left)
		case right.Is(syntax.Number):
			return (right.TextIs("0") || right.TextIs("1")) && switchWord(left)
		case right.Is(syntax.String):
			return switchWord(right) || switchWord(left) && (slices.Contains(unset, strings.ToLower(right.Text())) || slices.Contains(set, strings.ToLower(right.Text())))
		case right.Is(syntax.Attr) && right.Text() == strings.ToUpper(right.Text()): // settings.stage == Stage.DEV
			return ownersOwn(right, 0) && anySwitch(right.Text())
		}
	case "in", "not in":
		if left.Is(syntax.String) { // "DEBUG" in os.environ
			return environment(right) && switchWord(left)
		}
		if !right.Is(syntax.List, syntax.Tuple, syntax.Set) || right.Count() == 0 || !ownersOwn(left, 0) {
			return false
		}
		for one := range right.Children() {
			switch {
			case one.Is(syntax.String) && switchWord(one):
			case switchWord(left) && (one.Is(syntax.Bool) && one.TextIs("true") || one.Is(syntax.Number) && one.TextIs("1") || one.Is(syntax.String) && slices.Contains(set, strings.ToLower(one.Text()))):
			default:
				return false
			}
		}
		return true
	}
	return false
}

// set are values of a switch that is set.
var set = []string{"1", "true", "yes", "on", "t", "y", "enabled"}

func literal(n syntax.Node) bool {
	return n.Is(syntax.String, syntax.Number, syntax.Bool, syntax.Null)
}

// environment tells whether an expression is the environment of the program.
func environment(n syntax.Node) bool {
	return n.Is(syntax.Attr) && (n.TextIs("environ") && n.Child(0).TextIs("os") || n.TextIs("env") && n.Child(0).TextIs("process")) || n.Is(syntax.Name) && n.TextIs("environ")
}

func switchWord(n syntax.Node) bool { return anySwitch(n.Source()) }

func anySwitch(text string) bool {
	return slices.ContainsFunc(words(text), func(w string) bool { return slices.Contains(switchWords, w) })
}

// mostNames is through how many names of a function a value is followed to what it was made of.
const mostNames = 3

// ownersOwn tells whether an expression is made of what the owner has set, and of nothing that a caller or a request has a
// say in.
func ownersOwn(n syntax.Node, depth int) bool {
	if depth > mostNames {
		return false
	}
	for _, w := range words(n.Source()) {
		if slices.Contains(askedWords, w) {
			return false
		}
	}
	theirs := true
	n.Walk(func(m syntax.Node) bool {
		switch {
		case !theirs:
		case m.Is(syntax.Name):
			theirs = ownersName(m, depth)
		case m.Is(syntax.Await, syntax.Yield, syntax.Lambda, syntax.Comp):
			theirs = false
		}
		return theirs
	})
	return theirs
}

// settingNames are names of parameters that hold what the owner has set.
var settingNames = []string{"self", "cls", "this", "settings", "config", "cfg", "conf", "env", "app"}

// ownersName is ownersOwn for one name: no parameter but one that holds settings, of which an attribute is asked, and no
// name that the function gives a value of another origin.
func ownersName(n syntax.Node, depth int) bool {
	holds := slices.Contains(settingNames, n.Text()) && n.Parent().Is(syntax.Attr, syntax.Subscript)
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		if !up.Is(syntax.FuncDef, syntax.Lambda) {
			continue
		}
		for p := range up.All(syntax.Param) {
			if p.TextIs(n.Text()) {
				return holds
			}
			if p.Text() == "" && strings.Contains(p.Source(), n.Text()) { // a pattern: ({ debug }) => …
				return holds
			}
		}
		given, good := false, true
		up.Walk(func(m syntax.Node) bool {
			switch {
			case m.Is(syntax.Assign, syntax.AnnAssign, syntax.AugAssign, syntax.Walrus):
				for i := range m.Count() - 1 {
					if isTarget(m.Child(i), n.Text()) {
						given = true
						good = good && m.Child(i).Is(syntax.Name) && ownersOwn(m.Child(-1), depth+1)
					}
				}
			case m.Is(syntax.For, syntax.CompFor):
				good = good && !isTarget(m.Child(0), n.Text())
			case m.Is(syntax.WithItem) && m.Count() > 1:
				good = good && !isTarget(m.Child(1), n.Text())
			}
			return good
		})
		if given || !good {
			return good
		}
	}
	return true
}

// isTarget tells whether a target is a name, or holds it.
func isTarget(target syntax.Node, name string) bool {
	if target.Is(syntax.Attr, syntax.Subscript) {
		return false
	}
	found := false
	target.Walk(func(m syntax.Node) bool {
		found = found || m.Is(syntax.Name) && m.TextIs(name)
		return !found
	})
	return found
}

package codecheck

import (
	"slices"
	"strings"
	"unicode"

	"fermata/internal/syntax"
)

// switchWords are words of a condition that is true on the machine of who writes the program and nowhere else, if all
// is well: a variable of the environment, a mode.
var switchWords = []string{"dev", "development", "debug", "local", "test", "tests", "testing", "bypass", "insecure", "unsafe", "mock", "skip"}

// askedWords are words of a condition that whoever asks can make true: no switch of the owner's.
var askedWords = []string{"request", "req", "query", "headers", "header", "params", "body", "args", "payload"}

// switched tells whether a call runs only where a switch for development is set: an if around it, in its function, asks
// for one and the call stands where it is set.
func switched(n syntax.Node) bool {
	child := n
	for p := n.Parent(); !p.IsZero() && !p.Is(syntax.FuncDef, syntax.Lambda); p = p.Parent() {
		if p.Is(syntax.If, syntax.Cond) && child != p.Child(0) {
			if implies(p.Child(0), child == p.Child(1)) {
				return true
			}
		}
		child = p
	}
	return false
}

// implies tells whether a switch is set wherever a condition has the given answer: "not (a or b)", and what is compared
// with what it is not, are taken apart.
func implies(condition syntax.Node, answer bool) bool {
	switch {
	case condition.Is(syntax.Unary) && (condition.TextIs("not") || condition.TextIs("!")):
		return implies(condition.Child(0), !answer)
	case condition.Is(syntax.Logic) && (condition.TextIs("and") || condition.TextIs("or")):
		each := condition.TextIs("or") == answer // each of them may be the one that decides
		for part := range condition.Children() {
			if implies(part, answer) != each {
				return !each
			}
		}
		return each
	case condition.Is(syntax.Compare) && condition.Count() == 2:
		switch condition.Text() {
		case "!=", "!==", "is not", "not in", "<>":
			answer = !answer
		}
		for part := range condition.Children() { // if debug == False
			if part.Is(syntax.Null) || part.Is(syntax.Bool) && part.TextIs("false") || part.Is(syntax.Number) && part.TextIs("0") || part.Is(syntax.String) && slices.Contains(unset, strings.ToLower(part.Text())) {
				answer = !answer
			}
		}
	}
	return answer && isSwitch(condition)
}

// unset are values of a switch that is not set.
var unset = []string{"", "0", "false", "no", "off"}

// words are the words of an expression, in lower case: isLocalDev and IS_LOCAL_DEV are three each.
func words(text string) []string {
	var out []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	before := ' '
	for _, r := range text {
		switch {
		case !unicode.IsLetter(r):
			end()
		case unicode.IsUpper(r) && unicode.IsLower(before):
			end()
			fallthrough
		default:
			word.WriteRune(unicode.ToLower(r))
		}
		before = r
	}
	end()
	return out
}

// mostRefused is through how many functions a call is followed to the refusals that it words.
const mostRefused = 3

// refusing tells whether a call runs only on the way to a refusal: in a handler of an error that raises at its end and
// returns nothing, or in functions that only such handlers call.
func (f *fileLook) refusing(n syntax.Node, depth int) bool {
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		switch p.Kind() {
		case syntax.Lambda, syntax.ClassDef:
			return false
		case syntax.Except:
			if body := p.First(syntax.Block); body.Child(-1).Is(syntax.Raise) && !returns(body) {
				return true
			}
		case syntax.FuncDef:
			if depth == mostRefused || !p.First(syntax.Decorator).IsZero() {
				return false
			}
			sites, all := f.r.Callers(p)
			for _, site := range sites {
				all = all && f.refusing(site, depth+1)
			}
			return all && len(sites) > 0
		}
	}
	return false
}

// returns tells whether a block may return something.
func returns(block syntax.Node) bool {
	found := false
	block.Walk(func(n syntax.Node) bool {
		found = found || n.Is(syntax.Return, syntax.Yield)
		return !found && !n.Is(syntax.FuncDef, syntax.Lambda)
	})
	return found
}

// only gives the keys of a call's answer that its function asks for, in order and each once, with a space between;
// empty where something else is done with the answer, or where that cannot be seen.
func only(n, function syntax.Node) string {
	var keys []string
	if key, ok := keyOf(n); ok {
		keys = append(keys, key)
	} else {
		at := n.Parent()
		if !at.Is(syntax.Assign) || at.Count() != 2 || !at.Child(0).Is(syntax.Name) || function.IsZero() {
			return ""
		}
		target := at.Child(0)
		whole := true
		function.Walk(func(m syntax.Node) bool {
			if m.Is(syntax.Name) && m.TextIs(target.Text()) && m != target {
				key, ok := keyOf(m)
				whole = whole && ok
				keys = append(keys, key)
			}
			return whole
		})
		if !whole {
			return ""
		}
	}
	slices.Sort(keys)
	return strings.Join(slices.Compact(keys), " ")
}

// keyOf gives the key that an expression is asked for: n["exp"], n.get("exp"), n.exp.
func keyOf(n syntax.Node) (string, bool) {
	p := n.Parent()
	switch {
	case p.Is(syntax.Subscript) && p.Child(0) == n && p.Child(1).Is(syntax.String):
		return p.Child(1).Text(), true
	case !p.Is(syntax.Attr):
		return "", false
	case !p.Parent().Is(syntax.Call) || p.Parent().Child(0) != p:
		return p.Text(), true
	case p.TextIs("get") && p.Parent().Child(1).Is(syntax.String):
		return p.Parent().Child(1).Text(), true
	}
	return "", false
}

package discover

import (
	"regexp"
	"strings"

	"fermata/internal/syntax"
)

// directing recognises a prompt that says what to do, among the texts of a program.
var directing = regexp.MustCompile(`(?i)\byou are (a|an|the)\b|\b(return|respond|answer|reply|output|classify|rewrite|summari[sz]e|extract|translate|generate|analy[sz]e|use|do not|don't)\b[^.\n]{0,80}\b(only|json|sql|question|sentence|label|text|data|answer|user|following|given|below)`)

// Directing tells whether a text tells a model what to do.
func Directing(text string) bool { return directing.MatchString(text) }

// Unfinished tells whether a class leaves a method to those that inherit from it.
func Unfinished(class syntax.Node) bool {
	for method := range class.First(syntax.Block).All(syntax.FuncDef) {
		last := method.First(syntax.Block).Child(-1)
		if !last.Is(syntax.Raise) || last.Count() == 0 {
			continue
		}
		raised := last.Child(0)
		if raised.Is(syntax.Call) {
			raised = raised.Child(0)
		}
		if raised.Is(syntax.Name) && raised.TextIs("NotImplementedError") {
			return true
		}
	}
	return false
}

// Sayings gives by name the methods and values of a class that are a text which tells a model something.
func Sayings(class syntax.Node) map[string]syntax.Node {
	var said map[string]syntax.Node
	note := func(name string, within syntax.Node) {
		within.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.String) && said[name].IsZero() && tellsModel(n) {
				if said == nil {
					said = map[string]syntax.Node{}
				}
				said[name] = n
			}
			return said[name].IsZero()
		})
	}
	for part := range class.First(syntax.Block).Children() {
		switch {
		case part.Is(syntax.FuncDef) && !part.TextIs("__init__"):
			part.First(syntax.Block).Walk(func(n syntax.Node) bool {
				if n.Is(syntax.Return) && n.Count() > 0 {
					note(part.Text(), n.Child(0))
				}
				return !n.Is(syntax.FuncDef, syntax.Lambda)
			})
		case part.Is(syntax.Assign, syntax.AnnAssign) && part.Child(0).Is(syntax.Name):
			note(part.Child(0).Text(), part.Child(-1))
		}
	}
	return said
}

// shortestTelling is how long a text is at least that tells a model what it is.
const shortestTelling = 20

func tellsModel(text syntax.Node) bool {
	s := text.Text()
	return len(s) >= shortestTelling && Wording(s) && (strings.Contains(strings.ToLower(s), "you are ") || Directing(s))
}

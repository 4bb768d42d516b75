package report

import (
	"fermata/internal/result"
)

// scopeWords are the parts of a tree as people say where something lies.
var scopeWords = map[string]string{"main": "the main code", "example": "examples", "test": "tests", "vendored": "vendored code"}

// Left counts what lies in parts of the tree that are not shown. Findings that lead to no loss are not counted.
func (v *View) Left(o Options) result.Left {
	return v.Result.Left(v.Result.Scopes(o.Scopes), "low")
}

// LeftOut says in one line what is not shown because of its part of the tree, and how to see it: "3 agents and 18 live
// findings in examples and tests are left out: --scope example,test". Empty when nothing is.
func LeftOut(l result.Left) string {
	var what []string
	n := 0
	for _, one := range []struct {
		n         int
		one, many string
	}{{l.Agents, "agent", "agents"}, {l.Findings, "live finding", "live findings"}, {l.Paths, "path", "paths"}, {l.Questions, "question", "questions"}} {
		if one.n > 0 {
			what = append(what, Plural(one.n, one.one, one.many))
			n += one.n
		}
	}
	if n == 0 {
		return ""
	}
	var where []string
	for _, s := range l.Scopes {
		where = append(where, scopeWords[s])
	}
	verb := " are"
	if n == 1 {
		verb = " is"
	}
	return Sentence(what) + " in " + Sentence(where) + verb + " left out: " + l.Option()
}

// Questions are those about the parts of the tree that are shown, the heaviest first.
func (v *View) Questions(o Options) []result.Question {
	return v.Result.Within(v.Result.Scopes(o.Scopes)).Questions
}

// PathCount counts the paths of the parts of the tree that are shown.
func (v *View) PathCount(o Options) int {
	return len(v.Result.Within(v.Result.Scopes(o.Scopes)).Paths)
}

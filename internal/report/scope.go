package report

import (
	"strings"

	"fermata/internal/result"
)

// part is what is found out once of the parts of a tree that are shown: a report asks for it in every section.
type part struct {
	scopes    *result.Scopes
	shown     map[string]bool
	findings  []*result.Finding          // of these scopes, in the result's order
	heads     map[string]*result.Finding // by condition; nil until somebody asks
	live      map[string]int             // live conditions by severity; nil until somebody asks
	questions []result.Question          // nil until somebody asks
	chokes    []result.Choke             // the same
}

func (v *View) part(o Options) *part {
	key := strings.Join(o.Scopes, ",")
	if p := v.parts[key]; p != nil {
		return p
	}
	p := &part{scopes: v.Result.Scopes(o.Scopes), shown: map[string]bool{}}
	for _, s := range append([]string{""}, result.ScopeNames...) {
		p.shown[s] = p.scopes.Has(s)
	}
	for i := range v.Result.Findings {
		if p.scopes.Has(p.scopes.Finding(i)) {
			p.findings = append(p.findings, &v.Result.Findings[i])
		}
	}
	v.parts[key] = p
	return p
}

// Scopes gives the scopes that reports show; see [result.Result.Scopes].
func (v *View) Scopes(o Options) map[string]bool { return v.part(o).shown }

// scopeWords are the parts of a tree as people say where something lies.
var scopeWords = map[string]string{"main": "the main code", "example": "examples", "test": "tests", "vendored": "vendored code"}

// Left counts what lies in parts of the tree that are not shown. Findings that lead to no loss are not counted.
func (v *View) Left(o Options) result.Left {
	return v.Result.Left(v.part(o).scopes, "low")
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
	p := v.part(o)
	if p.questions == nil {
		p.questions = []result.Question{}
		for i := range v.Result.Questions {
			if q := &v.Result.Questions[i]; p.scopes.Asks(q) {
				p.questions = append(p.questions, *q)
			}
		}
	}
	return p.questions
}

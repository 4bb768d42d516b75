package checklist

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// Look is what a rule about code looked at without finding anything.
type Look struct {
	Passed []*result.Subject // it does not hold there
	Open   []*result.Subject // what it asks is not known there
}

// showSilent shows a check by rules that would have seen the opposite, looked, and found nothing. A rule that could not
// decide at one of the places, failed, or had nothing to look at shows nothing.
func (a *answerer) showSilent(c *Check, s *Show, e *model.Element) []result.Ground {
	if !a.in.Code || s.Read && !a.wasRead(e) || a.spoke(c, s.Silent, e) {
		return nil
	}
	var seen []model.Evidence
	places := map[string]bool{}
	for _, rule := range s.Silent {
		look, ok := a.in.Looks[rule]
		if !ok {
			return nil
		}
		for _, p := range look.Open {
			if a.belongs(c, p, e) {
				return []result.Ground{{By: "rule", Name: rule, Speaks: "open", Says: "what " + rule + " asks is not known at " + p.Place, Evidence: someEvidence(p.Evidence)}}
			}
		}
		for _, p := range look.Passed {
			if a.belongs(c, p, e) && !places[p.Place] {
				places[p.Place] = true
				seen = append(seen, p.Evidence...)
			}
		}
	}
	g := result.Ground{By: "rule", Name: strings.Join(s.Silent, ", "), Speaks: "for", Evidence: someEvidence(seen)}
	switch {
	case s.Read:
		read := files(e)
		g.Says, g.Evidence = fmt.Sprintf("%s (read: %s)", s.Says, some(read)), someEvidence(e.Evidence)
	case len(places) == 0:
		return nil
	case len(places) == 1:
		g.Says = s.Says + " (1 place)"
	default:
		g.Says = fmt.Sprintf("%s (%d places)", s.Says, len(places))
	}
	return []result.Ground{g}
}

// belongs tells whether a place is the component's, as far around it as the check looks.
func (a *answerer) belongs(c *Check, p *result.Subject, e *model.Element) bool {
	element := elementOf(p)
	switch {
	case slices.Contains(a.members(e), element):
		return true
	case element != "" || c.Reach == "own" || len(p.Evidence) == 0:
		return false
	}
	return slices.Contains(files(e), p.Evidence[0].File)
}

// spoke tells whether one of the rules did find something in the component, or where the check looks around it.
func (a *answerer) spoke(c *Check, rules []string, e *model.Element) bool {
	for _, id := range a.members(e) {
		for _, f := range a.findings[id] {
			if slices.Contains(rules, f.Rule) {
				return true
			}
		}
	}
	if c.Reach == "own" {
		return false
	}
	for _, file := range files(e) {
		for _, f := range a.code[file] {
			if slices.Contains(rules, f.Rule) {
				return true
			}
		}
	}
	return false
}

// wasRead tells whether all files that a component is defined in were read to the end.
func (a *answerer) wasRead(e *model.Element) bool {
	all := files(e)
	for _, file := range all {
		if !a.read[file] || slices.Contains(a.in.Cut, file) {
			return false
		}
	}
	return len(all) > 0
}

// elementOf is the element whose body a place is part of.
func elementOf(s *result.Subject) string {
	if s.Element == "" && s.Function != nil {
		return s.Function.Element
	}
	return s.Element
}

// callsNothing tells whether the files of a component are code, were read to the end, and have no call of the kinds.
func (a *answerer) callsNothing(kinds []string, e *model.Element) bool {
	if !a.in.Code || !a.wasRead(e) {
		return false
	}
	for _, file := range files(e) {
		if !slices.Contains(sources, path.Ext(file)) {
			return false
		}
		for _, k := range kinds {
			if a.calls[file][k] {
				return false
			}
		}
	}
	return true
}

// takesNothing tells whether functions of a component were seen that a model may call, and none has a parameter.
func (a *answerer) takesNothing(e *model.Element) bool {
	seen := false
	for _, f := range a.places(e, "function", false) {
		if f.Flags["tool"] != result.Yes {
			continue
		}
		if f.Numbers["parameters"] > 0 {
			return false
		}
		seen = true
	}
	return seen
}

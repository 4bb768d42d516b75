package checklist

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// show looks for one thing that would show that a check holds. It gives nothing when there is nothing to see.
func (a *answerer) show(c *Check, s *Show, e *model.Element) []result.Ground {
	if len(s.About) > 0 && !slices.Contains(s.About, string(e.Kind)) {
		return nil
	}
	out := a.seen(c, s, e)
	if len(s.Silent) == 0 || s.says() == len(s.Silent) {
		return out
	}
	// What was seen counts only together with the silence of the rules.
	if !slices.ContainsFunc(out, func(g result.Ground) bool { return g.Speaks == "for" }) {
		return out
	}
	quiet := a.showSilent(c, s, e)
	if len(quiet) == 0 || quiet[0].Speaks != "for" {
		for i := range out {
			if out[i].Speaks == "for" {
				out[i].Speaks = "open"
			}
		}
	}
	return append(out, quiet...)
}

// seen looks for what a show asks for, the silence of rules aside.
func (a *answerer) seen(c *Check, s *Show, e *model.Element) []result.Ground {
	switch {
	case len(s.Control) > 0:
		return a.showControl(s, e)
	case s.Linked != "":
		return a.showLinked(s, e)
	case len(s.Flows) > 0:
		return a.showFlows(s, e)
	case len(s.Fact) > 0:
		return showFact(s, e)
	case len(s.Function) > 0:
		return a.showFunctions(s, e)
	case len(s.Call) > 0:
		return a.showCalls(c, s, e)
	case len(s.File) > 0:
		return a.showFiles(s, e)
	case len(s.Named) > 0:
		return a.showNamed(s, e)
	case len(s.Few) > 0:
		return a.showFew(s, e)
	case len(s.Silent) > 0:
		return a.showSilent(c, s, e)
	}
	return nil
}

// showControl looks for controls on the component and on the flows that lead to or from it, or on all the tools that it calls.
func (a *answerer) showControl(s *Show, e *model.Element) []result.Ground {
	if s.On == "tools" {
		return a.showToolControls(s, e)
	}
	var out []result.Ground
	places := []string{e.ID}
	for _, f := range a.flows[e.ID] {
		if f.Kind != model.Hosts && f.Kind != model.Supply && f.Kind != model.Provides {
			places = append(places, f.ID)
		}
	}
	for _, on := range places {
		for _, p := range a.controls[on] {
			if slices.Contains(s.Control, p.Control) {
				out = append(out, a.placed(p, e)...)
			}
		}
	}
	return out
}

// placed is what one placement of a control says. One on a flow says something of that flow only.
func (a *answerer) placed(p model.Placement, e *model.Element) []result.Ground {
	where := ""
	if p.On != e.ID {
		where = " on " + p.On
	}
	g := result.Ground{By: "control", Name: p.Control, Evidence: someEvidence(p.Evidence)}
	switch {
	case p.State == model.Refuted:
		g.Speaks, g.Says = "against", "a test refuted the control "+p.Control+where
	case p.State == model.Absent:
		g.Speaks, g.Says = "against", "the control "+p.Control+where+" is said not to be there"
	case p.State == model.Unseen:
		return nil
	case p.Origin == model.Assumed || len(g.Evidence) == 0 && p.Shown == "":
		return nil
	case !a.in.Counts(p.State):
		g.Speaks, g.Says = "open", "the control "+p.Control+where+" is only "+string(p.State)
	default:
		g.Speaks, g.Says = "for", "the control "+p.Control+where+" is "+string(p.State)
		if p.Shown != "" {
			g.Says += " (" + p.Shown + ")"
		}
	}
	return []result.Ground{g}
}

// showToolControls looks for controls on every tool that an agent calls.
func (a *answerer) showToolControls(s *Show, e *model.Element) []result.Ground {
	var out []result.Ground
	var without []string
	tools := 0
	for _, f := range a.flows[e.ID] {
		if f.Kind != model.ToolCall || f.From != e.ID {
			continue
		}
		tools++
		found := false
		for _, on := range []string{f.ID, f.To} {
			for _, p := range a.controls[on] {
				if !slices.Contains(s.Control, p.Control) {
					continue
				}
				for _, g := range a.placed(p, e) {
					found = found || g.Speaks == "for"
					out = append(out, g)
				}
			}
		}
		if !found {
			without = append(without, f.To)
		}
	}
	if tools == 0 || len(out) == 0 {
		return nil
	}
	if len(without) > 0 {
		for i := range out {
			if out[i].Speaks == "for" {
				out[i].Speaks, out[i].Says = "open", out[i].Says+", and nothing was seen on "+some(without)
			}
		}
	}
	return out
}

// some names the first of several.
func some(names []string) string {
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + fmt.Sprintf(" and %d more", len(names)-3)
	}
	return list(names, "and")
}

// factSays judges one fact against the values that show a check. What is assumed is not seen.
func factSays(f model.Fact, wanted []string, name, of string, places []model.Evidence) (string, result.Ground) {
	g := result.Ground{By: "fact", Name: of + "." + name, Evidence: someEvidence(f.Evidence)}
	if len(g.Evidence) == 0 {
		g.Evidence = someEvidence(places)
	}
	switch {
	case f.Value == model.Unknown:
		g.Speaks = "open"
	case slices.Contains(wanted, f.Value):
		g.Speaks = "for"
		if f.Origin == model.Assumed || len(g.Evidence) == 0 {
			g.Speaks = "open"
		}
	default:
		g.Speaks = "against"
		if f.Origin == model.Assumed {
			g.Speaks = "open"
		}
	}
	return g.Speaks, g
}

func factDoc(name string) string {
	for _, f := range model.Facts {
		if f.Name == name {
			return f.Doc
		}
	}
	return name
}

// askedOf tells whether a fact is asked of elements of a kind.
func askedOf(name string, kind model.Kind) bool {
	for _, f := range model.Facts {
		if f.Name == name && f.On == "element" {
			return f.Kinds == nil || slices.Contains(f.Kinds, kind)
		}
	}
	return false
}

func showFact(s *Show, e *model.Element) []result.Ground {
	var out []result.Ground
	for _, name := range slices.Sorted(maps.Keys(s.Fact)) {
		f := e.Fact(name)
		if f.Value == model.Unknown && !askedOf(name, e.Kind) {
			continue // no answer to it would mean anything here
		}
		speaks, g := factSays(f, s.Fact[name], name, e.ID, e.Evidence)
		switch speaks {
		case "open":
			g.Says = "not known: " + factDoc(name)
			if f.Value != model.Unknown {
				g.Says = "it is only assumed (" + f.Value + "): " + factDoc(name)
			}
		default:
			g.Says = said(f, name, s.Says)
		}
		out = append(out, g)
	}
	return out
}

// said tells of a fact in words.
func said(f model.Fact, name, says string) string {
	how := "seen"
	if f.Origin == model.Declared {
		how = "declared"
	}
	text := factDoc(name)
	if f.Value != model.Yes {
		text += ": " + f.Value
	}
	if says != "" {
		text = says
	}
	return text + " (" + how + ")"
}

// showLinked asks a fact of all elements of a kind that are joined with the component.
func (a *answerer) showLinked(s *Show, e *model.Element) []result.Ground {
	var out []result.Ground
	done := map[string]bool{}
	for _, f := range a.flows[e.ID] {
		if !slices.Contains(s.By, string(f.Kind)) {
			continue
		}
		id := f.From
		if id == e.ID {
			id = f.To
		}
		other := a.in.Result.System.Element(id)
		if other == nil || string(other.Kind) != s.Linked || done[id] {
			continue
		}
		done[id] = true
		if s.Seen {
			if places := someEvidence(other.Evidence); len(places) > 0 && other.Origin != model.Assumed {
				out = append(out, result.Ground{By: "flow", Name: f.ID, Speaks: "for", Says: s.Says, Evidence: places})
			}
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(s.Fact)) {
			speaks, g := factSays(other.Fact(name), s.Fact[name], name, other.ID, other.Evidence)
			switch speaks {
			case "for":
				g.Says = said(other.Fact(name), name, s.Says)
			case "against":
				g.Says = fmt.Sprintf("of %s: %s", other.ID, said(other.Fact(name), name, ""))
			default:
				g.Says = fmt.Sprintf("of %s it is not known: %s", other.ID, factDoc(name))
			}
			out = append(out, g)
		}
	}
	return together(out)
}

// together makes one that is not known keep the others from showing the check: it has to hold for all.
func together(list []result.Ground) []result.Ground {
	open := slices.ContainsFunc(list, func(g result.Ground) bool { return g.Speaks == "open" })
	if !open {
		return list
	}
	var out []result.Ground
	for _, g := range list {
		if g.Speaks != "for" {
			out = append(out, g)
		}
	}
	return out
}

func (a *answerer) showFlows(s *Show, e *model.Element) []result.Ground {
	var out []result.Ground
	for _, f := range a.flows[e.ID] {
		if !slices.Contains(s.Flows, string(f.Kind)) || s.Out && f.From != e.ID || s.In && f.To != e.ID || f.Origin == model.Assumed {
			continue
		}
		if len(s.From) > 0 {
			from := a.in.Result.System.Element(f.From)
			if from == nil || !slices.Contains(s.From, string(from.Kind)) {
				continue
			}
		}
		for _, name := range slices.Sorted(maps.Keys(s.Fact)) {
			speaks, g := factSays(f.Fact(name), s.Fact[name], name, f.ID, f.Evidence)
			switch speaks {
			case "open":
				g.Says = fmt.Sprintf("of %s it is not known: %s", f.ID, factDoc(name))
			default:
				g.Says = fmt.Sprintf("on %s: %s", f.ID, said(f.Fact(name), name, s.Says))
				if f.Fact(name).Value != model.Yes && f.Fact(name).Value != model.No {
					g.Says = fmt.Sprintf("%s moves on %s", f.Fact(name).Value, f.ID)
				}
			}
			out = append(out, g)
		}
	}
	return together(out)
}

// places are those of a component's own code, of one sort.
func (a *answerer) places(e *model.Element, on string, file bool) []*result.Subject {
	var out []*result.Subject
	for _, id := range a.members(e) {
		for _, s := range a.own[id] {
			if s.On == on {
				out = append(out, s)
			}
		}
	}
	if file {
		for _, name := range files(e) {
			for _, s := range a.byFile[name] {
				if s.On == on {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

// holds judges flags of a place: for when all are as wanted, against when one is the other way, else open.
func holds(s *result.Subject, flags map[string]string) (speaks, flag string) {
	speaks = "for"
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		switch truth := s.Flags[name]; {
		case truth == result.Unknown:
			if speaks == "for" {
				speaks, flag = "open", name
			}
		case truth == result.Yes != (flags[name] == model.Yes):
			return "against", name
		}
	}
	return speaks, flag
}

// showFunctions looks at the functions of a component. A flag that is another way speaks against the check only where the check
// is about just that: a function that catches nothing may leave errors to its caller.
func (a *answerer) showFunctions(s *Show, e *model.Element) []result.Ground {
	var seen []model.Evidence
	var names []string
	for _, f := range a.places(e, "function", false) {
		if which, _ := holds(f, s.Function); which != "for" {
			continue
		}
		if len(s.Decorator) > 0 {
			if !slices.ContainsFunc(f.Lists["decorators"], func(d string) bool { return slices.Contains(s.Decorator, strings.TrimPrefix(d, "?.")) }) {
				return nil
			}
		} else if speaks, flag := holds(f, s.All); speaks != "for" {
			if speaks == "open" {
				return nil
			}
			return []result.Ground{{
				By: "code", Name: f.ID, Speaks: "open", Says: fmt.Sprintf("of %s: %s: %s", f.Texts["name"], flagDoc("function", flag), truth(f.Flags[flag])),
				Evidence: someEvidence(f.Evidence),
			}}
		}
		names = append(names, f.Texts["name"])
		seen = append(seen, f.Evidence...)
	}
	if len(names) == 0 {
		return nil
	}
	return []result.Ground{{By: "code", Name: strings.Join(names[:min(len(names), 3)], ", "), Speaks: "for", Says: s.Says + " (" + some(names) + ")", Evidence: someEvidence(seen)}}
}

func truth(t result.Truth) string {
	switch t {
	case result.Yes:
		return model.Yes
	case result.No:
		return model.No
	}
	return model.Unknown
}

func flagDoc(sort, name string) string {
	for _, f := range result.SubjectFields[sort] {
		if f.Name == name {
			return f.Doc
		}
	}
	return name
}

// showCalls looks at the calls of a component. All of them have to be as wanted, and there has to be one.
func (a *answerer) showCalls(c *Check, s *Show, e *model.Element) []result.Ground {
	var seen []model.Evidence
	for _, call := range a.places(e, "call", c.Reach != "own") {
		if !slices.ContainsFunc(call.Kinds, func(k string) bool { return slices.Contains(s.Call, k) }) {
			continue
		}
		good, why := true, ""
		if len(s.Argument) > 0 {
			good, why = argument(call, s), "has no "+s.Argument[0]
			if len(s.Text) > 0 {
				why = "takes none from the environment"
			}
		}
		if good && len(s.Flag) > 0 {
			speaks, flag := holds(call, s.Flag)
			good, why = speaks == "for", "is open or other than that: "+flagDoc("call", flag)
		}
		if !good {
			return []result.Ground{{
				By: "code", Name: call.ID, Speaks: "open", Says: "not so of the call of " + call.Texts["full"] + ": it " + why, Evidence: someEvidence(call.Evidence),
			}}
		}
		seen = append(seen, call.Evidence...)
	}
	if len(seen) == 0 {
		return nil
	}
	return []result.Ground{{By: "code", Name: "calls", Speaks: "for", Says: s.Says, Evidence: someEvidence(seen)}}
}

// argument tells whether a call is given one of the arguments, with one of the words in it where words are asked for.
func argument(call *result.Subject, s *Show) bool {
	for _, x := range call.Args {
		if !slices.Contains(s.Argument, x.Name) || x.Kind == "null" {
			continue
		}
		if len(s.Text) == 0 || slices.ContainsFunc(s.Text, func(w string) bool { return strings.Contains(x.Text, w) }) {
			return true
		}
	}
	return false
}

// showFiles looks at the recipes around a component.
func (a *answerer) showFiles(s *Show, e *model.Element) []result.Ground {
	var seen []model.Evidence
	var where []string
	for _, f := range a.recipes {
		if len(f.Kinds) == 0 || !slices.Contains(s.File, f.Kinds[0]) || !around(f.Texts["path"], files(e)) || !a.scopes.Has(f.Scope) {
			continue
		}
		if meant, _ := holds(f, s.Where); meant != "for" {
			continue
		}
		at := f.Texts["path"]
		if part := f.Texts["part"]; part != "" {
			at += " (" + part + ")"
		}
		speaks, flag := holds(f, s.All)
		if speaks != "for" {
			g := result.Ground{By: "code", Name: f.ID, Speaks: speaks, Says: fmt.Sprintf("in %s: %s is %s", at, flagDoc("file", flag), truth(f.Flags[flag])), Evidence: someEvidence(spots(f, []string{flag}))}
			return []result.Ground{g}
		}
		where = append(where, at)
		seen = append(seen, spots(f, slices.Sorted(maps.Keys(s.All)))...)
	}
	if len(where) == 0 {
		return nil
	}
	return []result.Ground{{By: "code", Name: where[0], Speaks: "for", Says: s.Says + ": " + some(where), Evidence: someEvidence(seen)}}
}

// spots are where flags of a recipe were seen.
func spots(f *result.Subject, flags []string) []model.Evidence {
	var out []model.Evidence
	for _, name := range flags {
		if at, ok := f.Spots[name]; ok {
			out = append(out, at)
		}
	}
	if len(out) == 0 {
		out = f.Evidence
	}
	return out
}

// sources are the endings of files of code.
var sources = []string{".py", ".ipynb", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".go"}

// showNamed looks for a flow into the component that was seen in a file of code.
func (a *answerer) showNamed(s *Show, e *model.Element) []result.Ground {
	var seen []model.Evidence
	for _, f := range a.flows[e.ID] {
		if f.To != e.ID || !slices.Contains(s.Named, string(f.Kind)) || f.Origin != model.Observed {
			continue
		}
		for _, at := range f.Evidence {
			if at.File != "" && slices.Contains(sources, path.Ext(at.File)) {
				seen = append(seen, at)
			}
		}
	}
	if len(seen) == 0 {
		return nil
	}
	return []result.Ground{{By: "flow", Name: s.Named[0], Speaks: "for", Says: s.Says, Evidence: someEvidence(seen)}}
}

// showFew counts what goes out of a component.
func (a *answerer) showFew(s *Show, e *model.Element) []result.Ground {
	var seen []model.Evidence
	var names []string
	for _, f := range a.flows[e.ID] {
		if f.From == e.ID && slices.Contains(s.Few, string(f.Kind)) && !slices.Contains(names, f.To) {
			names = append(names, f.To)
			seen = append(seen, f.Evidence...)
		}
	}
	if len(names) == 0 {
		return nil
	}
	if len(names) <= s.Most && slices.Contains(s.Few, string(model.ToolCall)) && model.HasUnseenTools(e) {
		return nil // there are more than were seen
	}
	g := result.Ground{By: "flow", Name: s.Few[0], Speaks: "for", Says: fmt.Sprintf("%s: %d, at most %d", s.Says, len(names), s.Most), Evidence: someEvidence(seen)}
	if len(names) > s.Most {
		g.Speaks, g.Says = "against", fmt.Sprintf("%s: %d, more than %d", s.Says, len(names), s.Most)
	}
	if len(g.Evidence) == 0 {
		return nil
	}
	return []result.Ground{g}
}

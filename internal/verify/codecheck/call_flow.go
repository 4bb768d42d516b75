package codecheck

import (
	_ "embed"
	"fmt"
	"slices"
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/syntax"
	"fermata/internal/verify/taint"
)

// flowed makes the subjects of a call that is a sink, with what reaches it: one for each element whose values do.
func (l *look) flowed(p *pending, flows []taint.Flow) []*result.Subject {
	s := p.subject
	path := s.File.Texts["path"]
	var certain []taint.Flow
	for _, f := range flows {
		if !f.Doubt {
			certain = append(certain, f)
		}
	}
	place := s.Evidence[0]
	shown := l.owners.effects[placeKey{path, place.Line}]
	if len(certain) == 0 {
		if s.Function != nil && s.Function.Element != "" {
			s.Element = s.Function.Element
		} else if len(shown) > 0 {
			s.Element = shown[0]
		}
		if len(flows) > 0 {
			delete(s.Flags, "tainted")
		}
		return []*result.Subject{s}
	}
	byElement := map[string]*taint.Flow{}
	var elements []string
	note := func(element string, f *taint.Flow) {
		if byElement[element] == nil {
			byElement[element] = f
			elements = append(elements, element)
		}
	}
	for i := range certain { // the most dangerous source first
		f := &certain[i]
		switch {
		case f.Source.Element != "":
			note(f.Source.Element, f)
		case s.Function != nil && s.Function.Element != "":
			note(s.Function.Element, f)
		case f.Source.Kind == "tool" && len(shown) > 0:
			for _, e := range shown[:min(len(shown), mostElements)] {
				note(e, f)
			}
		case f.Source.Kind == "tool":
			note(l.owners.server(path), f)
		default:
			note("", f)
		}
	}
	if len(elements) > 1 {
		elements = slices.DeleteFunc(elements, func(e string) bool { return e == "" })
	}
	sort.Strings(elements)
	var all []*result.Subject
	for i, e := range elements {
		if i == mostElements {
			break
		}
		all = append(all, withFlow(s, e, byElement[e], len(elements) > 1))
	}
	return all
}

// withFlow is a subject with one way that a value takes to it.
func withFlow(s *result.Subject, element string, f *taint.Flow, several bool) *result.Subject {
	out := *s
	out.Element = element
	if several {
		out.ID = s.ID + "@" + element
	}
	out.Flags = map[string]result.Truth{}
	for k, v := range s.Flags {
		out.Flags[k] = v
	}
	out.Flags["tainted"] = result.Yes
	out.Texts = map[string]string{}
	for k, v := range s.Texts {
		out.Texts[k] = v
	}
	out.Texts["source"], out.Texts["source_name"], out.Texts["source_text"] = f.Source.Kind, f.Source.Name, taint.SourceDoc(f.Source.Kind)
	for _, p := range f.Path {
		out.Trail = append(out.Trail, result.Trace{What: source.Redact(p.What), Evidence: model.EvidenceAt(p.At)})
	}
	return &out
}

// messages makes subjects of what a marked value reaches and is no call: a message in the role of the system, markup
// that is assigned.
func (l *look) messages(flows map[sinkKey][]taint.Flow) []*result.Subject {
	keys := make([]sinkKey, 0, len(flows))
	written := map[sinkKey]string{}
	for k := range flows {
		keys = append(keys, k)
		written[k] = fmt.Sprintf("%s\x00%d\x00%d", k.file, k.node, k.kind) // ids are numbered in this order
	}
	sort.Slice(keys, func(i, j int) bool { return written[keys[i]] < written[keys[j]] })
	var all []*result.Subject
	for _, k := range keys {
		list := slices.DeleteFunc(slices.Clone(flows[k]), func(f taint.Flow) bool { return f.Doubt || f.Call })
		if len(list) == 0 || !l.in.Asks.wants("call", list[0].Kind.String()) || source.Scope(list[0].File) == source.ScopeVendored {
			continue
		}
		f := list[0]
		at := f.Path[len(f.Path)-1]
		id := f.File + ":"
		if f.Around != "" {
			id += f.Around + "."
		}
		id += f.Kind.String()
		for i := 2; slices.ContainsFunc(all, func(s *result.Subject) bool { return s.Place == id }); i++ {
			id = fmt.Sprintf("%s~%d", strings.TrimSuffix(id, fmt.Sprintf("~%d", i-1)), i)
		}
		file := &result.Subject{On: "file", ID: f.File, Place: f.File, Kinds: []string{"source"}, Scope: source.Scope(f.File), Texts: map[string]string{"path": f.File, "base": f.File[strings.LastIndexByte(f.File, '/')+1:]}, Flags: map[string]result.Truth{}}
		s := &result.Subject{
			On: "call", Kinds: []string{f.Kind.String()}, ID: id, Place: id, Scope: source.Scope(f.File), File: file,
			Flags: map[string]result.Truth{"constant": result.No, "in_loop": result.No, "in_try": result.No, "awaited": result.No, "used": result.Yes, "switched": result.No, "by_hand": result.No},
			Texts: map[string]string{"name": f.Kind.String(), "full": at.What, "text": source.Redact(at.What), "sink": f.Kind.Doc()}, Numbers: map[string]int{}, Lists: map[string][]string{},
			Evidence: []model.Evidence{model.EvidenceAt(at.At)},
		}
		all = append(all, withFlow(s, f.Source.Element, &f, false))
	}
	return all
}

// short is an expression for people, on one line.
func short(n syntax.Node) string {
	text := n.Source()
	if len(text) > 400 {
		text = text[:400]
	}
	s := strings.Join(strings.Fields(text), " ")
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}

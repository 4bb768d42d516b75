package codecheck

import (
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// owners tells which element of the model a place in code is part of.
type owners struct {
	bySymbol map[string]string     // "path:symbol" → element
	byFile   map[string][]extent   // where elements are made or described, in the order of elements
	effects  map[placeKey][]string // lines that show what a tool does → tools, sorted
	servers  map[string][]string   // file → tool servers made there
	kinds    map[string]model.Kind // element → kind
	files    map[string]bool       // files in which elements are made or described, or that the ids of some begin with
}

type placeKey struct {
	file string
	line int
}

// extent is where an element's evidence stands.
type extent struct {
	element                    string
	line, col, endLine, endCol int
}

// bodies are the kinds of elements whose code is their own.
var bodies = map[model.Kind]bool{
	model.Tool: true, model.MCPServer: true, model.Plugin: true, model.Guardrail: true,
}

func newOwners(system *model.System) *owners {
	o := &owners{
		bySymbol: map[string]string{}, byFile: map[string][]extent{}, effects: map[placeKey][]string{}, servers: map[string][]string{},
		kinds: map[string]model.Kind{}, files: map[string]bool{},
	}
	if system == nil {
		return o
	}
	sorted := append([]*model.Element(nil), system.Elements...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].ID < sorted[j].ID })
	for _, e := range sorted {
		if e.Origin == model.Assumed {
			continue
		}
		o.kinds[e.ID] = e.Kind
		if !bodies[e.Kind] {
			continue
		}
		if _, taken := o.bySymbol[e.ID]; !taken {
			o.bySymbol[e.ID] = e.ID
			for i := range len(e.ID) {
				if e.ID[i] == ':' {
					o.files[e.ID[:i]] = true
				}
			}
		}
		for _, at := range e.Evidence {
			if at.File == "" {
				continue
			}
			o.files[at.File] = true
			o.byFile[at.File] = append(o.byFile[at.File], extent{e.ID, at.Line, at.Col, at.EndLine, at.EndCol})
			if e.Kind == model.MCPServer {
				o.servers[at.File] = append(o.servers[at.File], e.ID)
			}
		}
		for _, name := range effectNames(e) {
			for _, at := range e.Effects[name].Evidence {
				key := placeKey{at.File, at.Line}
				if list := o.effects[key]; len(list) == 0 || list[len(list)-1] != e.ID {
					o.effects[key] = append(list, e.ID)
				}
			}
		}
	}
	return o
}

func effectNames(e *model.Element) []string {
	var all []string
	for name := range e.Effects {
		all = append(all, name)
	}
	sort.Strings(all)
	return all
}

// owner is [taint.Owner]: the body of a tool is given what a model chooses.
func (o *owners) owner(path string, function syntax.Node) (kind, element string, ok bool) {
	element = o.of(path, function)
	if element == "" {
		return "", "", false
	}
	switch o.kinds[element] {
	case model.Tool, model.Plugin:
		return "tool", element, true
	}
	return "", element, false
}

// of is the element whose body a function is; "" when it is none's.
func (o *owners) of(path string, function syntax.Node) string {
	list := o.byFile[path]
	if len(list) == 0 && len(o.bySymbol) == 0 {
		return ""
	}
	if function.Is(syntax.FuncDef) {
		name := qualified(function)
		if id := o.bySymbol[path+":"+name]; id != "" {
			return id
		}
		if class, method, ok := cutLast(name); ok && working[method] && function.Parent().Parent().Is(syntax.ClassDef) {
			if id := o.bySymbol[path+":"+class]; id != "" {
				return id
			}
		}
	}
	if len(list) == 0 {
		return ""
	}
	span := function.Span()
	start, end := span.File.Position(int(span.Start)), span.File.Position(int(span.End))
	if function.Is(syntax.FuncDef) {
		head := span.File.Position(int(function.Child(-1).Span().Start))
		for _, x := range list {
			if x.line >= start.Line && x.line <= head.Line && x.endLine <= head.Line {
				return x.element
			}
		}
		return ""
	}
	best := extent{}
	for _, x := range list {
		if x.holds(start, end) && (best.element == "" || x.lines() < best.lines()) {
			best = x
		}
	}
	return best.element
}

// working are the methods in which a class that is a tool does what it is called for.
var working = map[string]bool{
	"_run": true, "_arun": true, "run": true, "arun": true, "call": true, "acall": true, "_call": true, "_acall": true, "__call__": true,
	"forward": true, "execute": true, "_execute": true, "invoke": true, "ainvoke": true, "run_async": true,
}

// cutLast parts a dotted name before its last part.
func cutLast(name string) (before, last string, ok bool) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return "", name, false
	}
	return name[:i], name[i+1:], true
}

func (x extent) holds(start, end source.Position) bool {
	return (x.line < start.Line || x.line == start.Line && x.col <= start.Col) && (x.endLine > end.Line || x.endLine == end.Line && x.endCol >= end.Col)
}

func (x extent) lines() int { return x.endLine - x.line }

// around is the element whose body a place stands in; "" for none.
func (o *owners) around(path string, n syntax.Node) string {
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef, syntax.Lambda) {
			if id := o.of(path, p); id != "" {
				return id
			}
		}
	}
	return ""
}

// shownBy are the tools whose effects the line of a place shows, and otherwise the only tool server of its file.
func (o *owners) shownBy(path string, n syntax.Node) []string {
	span := n.Span()
	line := span.File.Position(int(span.Start)).Line
	if list := o.effects[placeKey{path, line}]; len(list) > 0 {
		return list[:min(len(list), mostElements)]
	}
	return nil
}

// describedAt is the element that a line of a configuration describes; "" for none.
func (o *owners) describedAt(path string, line int) string {
	for _, x := range o.byFile[path] {
		if x.line == line || x.line == line+1 && x.endLine > x.line {
			return x.element
		}
	}
	return ""
}

// server is the only tool server that a file makes; "" for none or several.
func (o *owners) server(path string) string {
	list := o.servers[path]
	if len(list) == 0 {
		return ""
	}
	for _, other := range list {
		if other != list[0] {
			return ""
		}
	}
	return list[0]
}

// called tells whether a name is one of the words or contains one.
func called(name string, words ...string) bool {
	low := strings.ToLower(name)
	for _, w := range words {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

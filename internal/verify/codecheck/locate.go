package codecheck

import (
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Locator tells what of the model stands at a line that somebody else names.
type Locator struct {
	owners *owners
	all    map[string][]extent
	read   func(string) *source.File
	trees  map[string]*syntax.Tree
}

// NewLocator prepares a system. It is for one goroutine.
func NewLocator(system *model.System, read func(path string) *source.File) *Locator {
	l := &Locator{owners: newOwners(system), all: map[string][]extent{}, read: read, trees: map[string]*syntax.Tree{}}
	if system == nil {
		return l
	}
	for _, e := range system.Elements { // the locator's order is that of elements, which is by id
		for _, at := range e.Evidence {
			if at.File != "" && e.Origin != model.Assumed {
				l.all[at.File] = append(l.all[at.File], extent{e.ID, at.Line, at.Col, at.EndLine, at.EndCol})
			}
		}
	}
	return l
}

// Spot is a line of a file.
type Spot struct {
	Element string // whose body or definition the line is part of; "" for none
	Symbol  string // the function or class around it; "" at the level of the file
	Excerpt model.Evidence
}

// At tells of a line, counted from 1; false when the file is not there or shorter.
func (l *Locator) At(path string, line int) (Spot, bool) {
	file := l.read(path)
	if file == nil {
		return Spot{}, false
	}
	start := file.Offset(source.Position{Line: line, Col: 1})
	if line < 1 || file.Position(start).Line != line {
		return Spot{}, false
	}
	end := start
	for end < len(file.Content()) && file.Content()[end] != '\n' {
		end++
	}
	text := file.Text(start, end)
	from := start + len(text) - len(strings.TrimLeft(text, " \t"))
	to := from + len(strings.TrimSpace(text))
	out := Spot{Excerpt: model.EvidenceAt(file.Span(from, max(from, to)))}
	if l.trees[path] == nil && source.Scope(path) != source.ScopeVendored && len(file.Content()) <= mostBytes {
		l.trees[path] = syntax.Parse(file)
	}
	if tree := l.trees[path]; tree != nil {
		out.Element, out.Symbol = l.inside(tree, path, from)
	}
	if out.Element == "" {
		best := extent{}
		for _, x := range l.all[path] {
			if x.line <= line && line <= x.endLine && (best.element == "" || x.lines() < best.lines()) {
				best = x
			}
		}
		out.Element = best.element
	}
	return out, true
}

// inside looks for the innermost functions and classes around an offset.
func (l *Locator) inside(tree *syntax.Tree, path string, offset int) (element, symbol string) {
	tree.Root().Walk(func(n syntax.Node) bool {
		span := n.Span()
		if n != tree.Root() && (int(span.Start) > offset || offset >= int(span.End)) {
			return false
		}
		if n.Is(syntax.FuncDef, syntax.Lambda) {
			if id := l.owners.of(path, n); id != "" {
				element = id
			}
		}
		if n.Is(syntax.FuncDef) {
			symbol = qualified(n)
		} else if n.Is(syntax.ClassDef) {
			symbol = strings.TrimPrefix(symbol+"."+n.Text(), ".")
		}
		return true
	})
	return element, symbol
}

package discover

import (
	"bytes"
	"fmt"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Misshapen says that a known setting of a file holds something else than whoever reads the file expects, so that
// nothing could be taken from it. A setting that is not there, or empty, is none.
func (p *Pass) Misshapen(setting string, value syntax.Node, want string) {
	if value.IsZero() || value.Is(syntax.Null) {
		return
	}
	p.fragment.diagnostics = append(p.fragment.diagnostics, source.Diagnostic{
		Severity: source.Warning, Code: "wrong-type", Span: value.Span(),
		Message: fmt.Sprintf("%s is %s and should be %s: nothing was read of it", setting, shapeOf(value), want),
	})
}

// shapeOf is what a value of a configuration is, in words.
func shapeOf(n syntax.Node) string {
	switch {
	case n.Is(syntax.Map):
		return "a table"
	case n.Is(syntax.List):
		return "a list"
	case n.Is(syntax.String):
		return "a text"
	case n.Is(syntax.Number):
		return "a number"
	case n.Is(syntax.Bool):
		return "a switch"
	}
	return "something else"
}

// Unreadable is in the words of every error of [Pass.Broken]: the file is at fault, not the extractor.
const Unreadable = "cannot be read to its end"

// Broken is an extractor's error for a file that has its marks and cannot be read to the end: one that is cut off, or
// no file of its language at all. It is nil for a file that is whole, and for one that has none of the marks. Whoever
// found something in the part that can be read says so with [Pass.BreaksOff] instead.
func (p *Pass) Broken(marks ...string) error {
	at, ok := p.breaks()
	if !ok {
		return nil
	}
	for _, mark := range marks {
		if bytes.Contains(p.file.Content(), []byte(mark)) {
			return fmt.Errorf("it has %q in it and %s (%s: %s)", mark, Unreadable, at.Where(), at.Message)
		}
	}
	return nil
}

// BreaksOff records that a file of which something was read cannot be read to its end.
func (p *Pass) BreaksOff(what string) {
	if at, ok := p.breaks(); ok {
		p.Unresolved(what, "the file "+Unreadable+": "+at.Message, at.Span)
	}
}

// breaks is the first mistake in a file's form.
func (p *Pass) breaks() (source.Diagnostic, bool) {
	for _, d := range p.tree.Diagnostics {
		if d.Severity == source.Error {
			return d, true
		}
	}
	return source.Diagnostic{}, false
}

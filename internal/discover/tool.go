package discover

import (
	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// functionTool is [Pass.FunctionTool].
func (p *Pass) functionTool(def *code.Def, name, description, technology string) *Element {
	if name == "" {
		name = def.Last()
	}
	if description == "" {
		description = def.Doc()
	}
	at := nameSpan(def.Node)
	e := p.Element(model.Tool, Definition(def), name, at).Technology(technology).Detail(description)
	e.Alias(def.Last())
	e.Effects(p.withheld(def, p.EffectsOf(def)))
	p.touches(e, def)
	if typed, all := p.typedParams(def); typed && all {
		e.Fact("typed-input", model.Yes, at)
	}
	p.tells(e, def)
	p.contentFacts(e)
	return e
}

// contentFacts says of a tool what follows from its effects. What only asks a service of a fixed address is left open:
// [model.Complete] reads its words.
func (p *Pass) contentFacts(e *Element) {
	if f, _ := e.effects.get("net-read"); f.Value == model.Yes && e.strangers {
		if _, said := e.facts.get("untrusted-output"); !said {
			e.facts.set("untrusted-output", model.Fact{Value: model.Yes, Origin: model.Observed, Reason: "it returns what it fetches from the network", Evidence: f.Evidence})
		}
	}
}

// typedParams tells whether a function has parameters of its own, and whether all of them are annotated.
func (p *Pass) typedParams(def *code.Def) (some, all bool) {
	all = true
	for i, param := range def.Params() {
		if i == 0 && (param.Name == "self" || param.Name == "cls") || param.Rest != 0 {
			continue
		}
		some = true
		if param.Annotation.IsZero() {
			all = false
		}
	}
	return some, all
}

// nameSpan is where a definition begins: its line with "def" or "class", without decorators and body.
func nameSpan(n syntax.Node) (s source.Span) {
	s = n.Span()
	from := s.Start
	for d := range n.All(syntax.Decorator) {
		from = d.Span().End
	}
	end := s.End
	if body := n.First(syntax.Block); !body.IsZero() {
		end = body.Span().Start
	}
	text := s.File.Text(int(from), int(end))
	skip := 0
	for skip < len(text) && (text[skip] == ' ' || text[skip] == '\n' || text[skip] == '\r' || text[skip] == '\t') {
		skip++
	}
	trimmed := len(text)
	for trimmed > skip && (text[trimmed-1] == ' ' || text[trimmed-1] == '\n' || text[trimmed-1] == '\r' || text[trimmed-1] == '\t') {
		trimmed--
	}
	s.Start, s.End = from+int32(skip), from+int32(trimmed)
	return s
}

// Headline is where a definition begins: its line with "def" or "class" and the name, without decorators and body.
func Headline(n syntax.Node) source.Span { return nameSpan(n) }

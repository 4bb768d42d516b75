package model

import "fermata/internal/source"

// excerptRunes is how much of a line an excerpt shows.
const excerptRunes = 160

// EvidenceAt makes evidence of a span: its place, and the line that it begins in with secrets taken out.
func EvidenceAt(at source.Span) Evidence {
	start, end := at.File.Position(int(at.Start)), at.File.Position(int(at.End))
	return Evidence{
		File: at.File.Path(), Line: start.Line, Col: start.Col, EndLine: end.Line, EndCol: end.Col,
		Excerpt: source.Redact(at.Excerpt(excerptRunes)),
	}
}

// evidenceOf is [EvidenceAt] as a list, empty for no place.
func evidenceOf(at source.Span) []Evidence {
	if at.IsZero() {
		return nil
	}
	return []Evidence{EvidenceAt(at)}
}

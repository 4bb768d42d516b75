package discover

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// wants is a set of extractors, by their place in the list.
type wants [4]uint64

func (w *wants) add(i int)      { w[i>>6] |= 1 << (i & 63) }
func (w *wants) has(i int) bool { return w[i>>6]&(1<<(i&63)) != 0 }
func (w *wants) empty() bool    { return *w == wants{} }
func (w *wants) join(o wants) bool {
	before := *w
	for i := range w {
		w[i] |= o[i]
	}
	return *w != before
}

// mostExtractors is how many fit into wants.
const mostExtractors = 256

// traces decides, without parsing, which extractors a file is worth reading for.
type traces struct {
	extractors []*Extractor
	imports    map[string]wants // by dotted prefix
	finder     *source.Finder   // of the texts of all extractors
	finders    []*source.Finder // of each; nil for extractors without texts
	hasTexts   bool
	known      *recognised // frameworks that nobody models
}

func newTraces(extractors []*Extractor) *traces {
	t := &traces{extractors: extractors, imports: map[string]wants{}, finders: make([]*source.Finder, len(extractors))}
	var needles []string
	for i, x := range extractors {
		for _, name := range x.Imports {
			w := t.imports[name]
			w.add(i)
			t.imports[name] = w
		}
		if len(x.Traces) > 0 {
			t.finders[i] = source.NewFinder(x.Traces...)
			needles = append(needles, x.Traces...)
		}
	}
	t.known = newRecognised(t.imports)
	t.hasTexts = len(needles) > 0
	t.finder = source.NewFinder(needles...)
	return t
}

// wanted tells by the name whether a file is worth opening. Source code always is: it may import a framework that
// nobody models, and that is said.
func (t *traces) wanted(name string) bool {
	if SourceCode(name) || t.known.wanted(name) {
		return true
	}
	for _, x := range t.extractors {
		if x.Match(name) {
			return true
		}
	}
	return false
}

// look searches one file.
func (t *traces) look(s *seen, file *source.File, program *code.Program) {
	content := file.Content()
	if s.language == syntax.Python {
		s.classes, s.bases = code.Classes(content)
	}
	if SourceCode(s.entry.Path) {
		for _, m := range code.Mentions(content, s.language) {
			if w, ok := prefixOf(m.Name, t.imports); ok {
				s.wants.join(w)
			} else if framework, ok := t.known.imported(s.language, m.Name); ok {
				end := m.Offset + len(m.Name)
				s.unknown = append(s.unknown, sighting{name: framework.name, mention: m.Name, at: model.EvidenceAt(file.Span(m.Offset, end))})
			}
			if program.Local(m.Name) {
				s.imported = append(s.imported, program.Imported(s.entry.Path, m.Name)...)
			}
		}
	}
	t.known.look(s, file)
	texts := t.hasTexts && t.finder.ContainsAny(content)
	for i, x := range t.extractors {
		switch {
		case x.Follows:
		case len(x.Imports) == 0 && len(x.Traces) == 0, texts && t.finders[i] != nil && t.finders[i].ContainsAny(content):
			if x.Match(s.entry.Path) {
				s.wants.add(i)
			}
		}
	}
}

// prefixOf looks a name up by its longest prefix (by parts).
func prefixOf[T any](name string, table map[string]T) (found T, ok bool) {
	for {
		if found, ok = table[name]; ok {
			return found, true
		}
		i := strings.LastIndexAny(name, "./")
		if i <= 0 {
			return found, false
		}
		name = name[:i]
	}
}

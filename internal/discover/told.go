package discover

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
)

// What a function or a word is does not depend on the file that asks. Such facts are told once in a run: many files of a
// repository ask about the same library. What is told is kept to the end, so neither keys nor facts may hold nodes or texts of trees.

// Told gives what follows from its key alone: the first who asks finds it. Others may find the same at the same time, so
// the finding must have no effects. Each sort of fact has a type of keys of its own.
func Told[K comparable, V any](p *Pass, key K, find func() V) V {
	if known, ok := p.run.told.Load(key); ok {
		return known.(V)
	}
	known, _ := p.run.told.LoadOrStore(key, find())
	return known.(V)
}

// ToldOfText is [Told] for a text, a name mostly; sort says what is told of it. The text may be one of a tree.
func ToldOfText[V any](p *Pass, sort, text string, find func() V) V {
	if known, ok := p.run.told.Load(textKey{sort, text}); ok {
		return known.(V)
	}
	known, _ := p.run.told.LoadOrStore(textKey{sort, strings.Clone(text)}, find())
	return known.(V)
}

type textKey struct{ sort, text string }

// definitionPlace is the place of a definition for whoever keeps no tree.
func definitionPlace(def *code.Def) codePlace { return codePlace{def.Module, def.Node.Index()} }

// Search is a pattern that texts of definitions are searched for.
type Search struct {
	Pattern *regexp.Regexp
	Words   []string // in small letters: whatever the pattern matches has one of them. Most texts have none, which costs little to see
}

// In tells whether a text has a match.
func (s *Search) In(text string) bool {
	low := strings.ToLower(text)
	return slices.ContainsFunc(s.Words, func(word string) bool { return strings.Contains(low, word) }) && s.Pattern.MatchString(text)
}

// saidKey is a definition and what its text is searched for.
type saidKey struct {
	at     codePlace
	search *Search
}

// Says tells whether the text of a definition has a match.
func (p *Pass) Says(def *code.Def, search *Search) bool {
	return Told(p, saidKey{definitionPlace(def), search}, func() bool { return search.In(def.Node.Source()) })
}

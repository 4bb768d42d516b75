package discover

import (
	"regexp"
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

// saidKey is a definition and what its text is searched for.
type saidKey struct {
	at      codePlace
	pattern *regexp.Regexp
}

// Says tells whether the text of a definition has a match of a pattern.
func (p *Pass) Says(def *code.Def, pattern *regexp.Regexp) bool {
	return Told(p, saidKey{definitionPlace(def), pattern}, func() bool { return pattern.MatchString(def.Node.Source()) })
}

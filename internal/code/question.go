package code

import (
	"slices"
	"strings"
	"sync"
)

// Many files ask for objects of the same classes, and call the same classes and functions of a library. How calling such a
// thing gives objects of the classes is found once for the program.

// question is a list of patterns by which objects or calls are asked for.
type question struct {
	patterns []string
	lasts    []string // their last parts, each once
	starred  bool     // one of these stands for others

	mu    sync.RWMutex
	known map[defPlace]giver // functions and classes whose own names do not match
}

// giver says how calling something gives objects.
type giver uint8

const (
	givesNone    giver = iota
	givesItself        // it is a class of such objects
	givesMembers       // it is a function of the program that returns one, or several
	givesParts         // it is a class of the program whose constructor or methods make one
)

// questions are those that were asked of a program.
type questions struct {
	mu  sync.Mutex
	all map[questionKey][]*question
}

// questionKey leads to the questions that begin and end alike.
type questionKey struct {
	first, last string
	count       int
}

// of is the question for a list of patterns, of which there is one at least.
func (q *questions) of(patterns []string) *question {
	key := questionKey{patterns[0], patterns[len(patterns)-1], len(patterns)}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, one := range q.all[key] {
		if slices.Equal(one.patterns, patterns) {
			return one
		}
	}
	one := &question{patterns: slices.Clone(patterns), known: map[defPlace]giver{}}
	for _, p := range patterns {
		if last := lastOf(p); !slices.Contains(one.lasts, last) {
			one.lasts = append(one.lasts, last)
			one.starred = one.starred || strings.Contains(last, "*")
		}
	}
	put(&q.all, key, append(q.all[key], one))
	return one
}

// fits is [Resolver.Derives] for many patterns of few last parts, as the methods of many classes are.
func (q *question) fits(r *Resolver, ref Ref) bool {
	for name := range r.NamesOf(ref) {
		if (q.starred || slices.Contains(q.lasts, lastOf(name))) && slices.ContainsFunc(q.patterns, func(p string) bool { return Match(p, name) }) {
			return true
		}
	}
	return false
}

func lastOf(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// gives tells how calling something gives objects of the patterns. What its names do not tell follows from its
// definition, whoever asks.
func (q *question) gives(r *Resolver, callee Ref) giver {
	d := callee.Def
	switch {
	case callee.Is(q.patterns...):
		return givesItself
	case d == nil || d.Kind == VarDef:
		return givesNone
	}
	key := defPlace{d.Module, d.Node.Index()}
	q.mu.RLock()
	how, ok := q.known[key]
	q.mu.RUnlock()
	if !ok {
		how = r.giverOf(callee, q.patterns)
		q.mu.Lock()
		q.known[key] = how
		q.mu.Unlock()
	}
	return how
}

// giverOf tells how calling a function or class of the program gives objects of the patterns.
func (r *Resolver) giverOf(callee Ref, patterns []string) giver {
	switch d := callee.Def; {
	case d.Kind == ClassDef && matchesAny(patterns, r.program.lineage(d.Module, d.Node.Index())):
		return givesItself
	case d.Kind == ClassDef && (r.constructorMakes(d, patterns) || len(r.makersOf(d, patterns)) > 0):
		return givesParts
	case d.Kind == FuncDef && r.makes(d, patterns):
		return givesMembers
	}
	return givesNone
}

// makes tells whether calling a function can give an object of the patterns, by what it returns when nobody says with
// what it is called.
func (r *Resolver) makes(def *Def, patterns []string) bool {
	for _, m := range r.program.summary(def, r.level).members {
		if m.kind == Instance && r.derives(m.ref(r), patterns, 0) {
			return true
		}
	}
	return false
}

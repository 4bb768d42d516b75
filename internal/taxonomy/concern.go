package taxonomy

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// concernSpace is the namespace of the words that people have for threats.
const concernSpace = "concern"

// wordsDetail is the detail that holds a concern's words.
const wordsDetail = "words"

// Concerns finds the concerns that a text of a person names ("API key leak in CI"), in the order of the catalogue; several
// when the text fits them equally well, none when it fits no concern. A concern fits when all words of one of its phrases
// stand in the text, and better the more words that phrase has.
func (c *Catalog) Concerns(text string) []*Entry {
	c.prepare()
	if len(text) > maxQuery*4 {
		text = text[:maxQuery*4]
	}
	have := Stems(text)
	best, found := 0, []*Entry(nil)
	for _, p := range c.phrases {
		switch n := len(p.stems); {
		case n < best || !containsAll(have, p.stems):
		case n > best:
			best, found = n, []*Entry{p.concern}
		case !slices.Contains(found, p.concern):
			found = append(found, p.concern)
		}
	}
	return found
}

// ConcernsOf lists the concerns that name the same thing as a threat of a published list.
func (c *Catalog) ConcernsOf(e *Entry) []*Entry {
	return c.Related(e, OfThreat, concernSpace)
}

// phrase is one way to put a concern.
type phrase struct {
	concern *Entry
	stems   []string
}

func (c *Catalog) preparePhrases() {
	for _, e := range c.entries {
		if e.Kind != Concern {
			continue
		}
		for _, words := range append([]string{e.Title}, e.Detail(wordsDetail)...) {
			if stems := Stems(words); len(stems) > 0 {
				c.phrases = append(c.phrases, phrase{e, stems})
			}
		}
	}
}

func containsAll(have, want []string) bool {
	for _, w := range want {
		if _, ok := slices.BinarySearch(have, w); !ok {
			return false
		}
	}
	return true
}

// empty are words that say nothing about what a text is about.
var empty = []string{
	"a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "into", "is", "it", "its", "no", "not", "of", "on", "or", "that", "the",
	"their", "to", "via", "with",
}

// Stems gives the words of a text without endings, sorted and each once, so that "poisoned" and "poisoning" are one.
func Stems(text string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if !slices.Contains(empty, w) {
			out = append(out, stem(w))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// endings are taken off words, the longest that leaves enough to tell the word by.
var endings = []string{"ations", "ation", "ings", "ing", "ies", "ors", "ed", "es", "or", "s", "y", "e"}

// least is how many letters a stem keeps.
const least = 3

func stem(word string) string {
	for {
		cut := word
		for _, e := range endings {
			if rest, ok := strings.CutSuffix(word, e); ok && len(rest) >= least && !strings.HasSuffix(word, "ss") {
				cut = rest
				break
			}
		}
		if cut == word {
			return word
		}
		word = cut
	}
}

// Reason says why an entry stands beside threats of other lists: who relates them, and why.
type Reason struct {
	Entry     *Entry     // what is related
	Of        *Entry     // the threat or concern that it is related to
	Crosswalk *Crosswalk // who says so; nil when a framework's own file does
	Note      string     // why, where it is said
	Strength  Strength
}

// Own tells whether the relation is this project's and not published.
func (r Reason) Own() bool { return r.Crosswalk != nil && r.Crosswalk.Provenance == ownProvenance }

// ownProvenance marks the crosswalk that nobody else publishes.
const ownProvenance = "own"

// Reasons lists why an entry stands beside some threats: relations that are published first, then this project's own by
// way of the threats' concerns. Doubtful relations are no reasons. It is empty when nothing relates them.
func (c *Catalog) Reasons(e *Entry, threats []*Entry) []Reason {
	var out []Reason
	add := func(of *Entry) {
		for _, r := range c.Relations(of) {
			if r.Entry == e && r.Strength != Doubtful && r.Strength != Draft {
				out = append(out, Reason{Entry: e, Of: of, Crosswalk: r.Crosswalk, Note: r.Note, Strength: r.Strength})
			}
		}
	}
	var also []*Entry
	for _, t := range threats {
		add(t)
		for _, k := range c.ConcernsOf(t) {
			if !slices.Contains(also, k) {
				also = append(also, k)
			}
		}
	}
	for _, k := range also {
		add(k)
	}
	slices.SortStableFunc(out, func(a, b Reason) int {
		return cmp.Or(boolCompare(a.Own(), b.Own()), slices.Index(strengths, a.Strength)-slices.Index(strengths, b.Strength))
	})
	return out
}

// Counterparts lists the entries of a namespace that this project relates to concerns: those that name the same thing, and
// those that are near and name something else or more.
func (c *Catalog) Counterparts(concerns []*Entry, namespace string) (same, near []Reason) {
	for _, k := range concerns {
		for _, r := range c.Relations(k) {
			if r.Kind != MapsTo || r.Entry.Namespace != namespace || r.Backward {
				continue
			}
			reason := Reason{Entry: r.Entry, Of: k, Crosswalk: r.Crosswalk, Note: r.Note, Strength: r.Strength}
			list := &same
			if r.Strength != Mapped {
				list = &near
			}
			if !slices.ContainsFunc(*list, func(o Reason) bool { return o.Entry == r.Entry }) {
				*list = append(*list, reason)
			}
		}
	}
	return same, near
}

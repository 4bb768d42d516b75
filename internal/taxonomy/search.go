package taxonomy

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Hit is one entry that a search found; a higher score is a better hit.
type Hit struct {
	Entry *Entry
	Score int
}

// maxWords bounds how many words of a search count.
const maxWords = 16

// Search finds entries by words in their ids, titles, sentences and details. Entries that have all the words come; only
// when there is none do entries come that have some. The best come first, and equals in the order of the catalogue.
// Withdrawn entries are found too, but last among equals.
func (c *Catalog) Search(words string) []Hit {
	if len(words) > maxQuery*4 {
		words = words[:maxQuery*4]
	}
	wanted := strings.FieldsFunc(strings.ToLower(words), func(r rune) bool {
		return unicode.IsSpace(r) || r == ',' || r == ';'
	})
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	if len(wanted) == 0 {
		return nil
	}
	wanted = wanted[:min(len(wanted), maxWords)]
	var all, some []Hit
	for _, e := range c.entries {
		if e.Kind == Concern { // whoever searches wants what is published
			continue
		}
		score, found := 0, 0
		t := searchTextOf(e)
		for _, w := range wanted {
			if s := t.score(w); s > 0 {
				score += s
				found++
			}
		}
		if found == 0 {
			continue
		}
		if e.Withdrawn != "" {
			score--
		}
		// Of two titles with the same words the shorter one is more to the point.
		score += 20 * covered(t.title, wanted) / max(1, len(t.title))
		if found == len(wanted) {
			all = append(all, Hit{e, score})
		} else {
			some = append(some, Hit{e, score})
		}
	}
	if len(all) == 0 {
		all = some
	}
	slices.SortFunc(all, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score),
			cmp.Compare(slices.Index(kinds, a.Entry.Kind), slices.Index(kinds, b.Entry.Kind)),
			cmp.Compare(a.Entry.order, b.Entry.order))
	})
	return all
}

// searchText is an entry's words in lower case.
type searchText struct{ id, title, gist, rest string }

func searchTextOf(e *Entry) searchText {
	t := searchText{id: strings.ToLower(e.ID), title: strings.ToLower(e.Title), gist: strings.ToLower(e.Gist)}
	rest := make([]string, 0, 8)
	for _, d := range e.Details {
		rest = append(rest, d.Values...)
	}
	rest = append(append(rest, e.Aliases...), e.Namespace, string(e.Kind))
	t.rest = strings.ToLower(strings.Join(rest, "\n"))
	return t
}

// score rates one word: an id outweighs a title, a whole word outweighs a part of one.
func (t searchText) score(word string) int {
	score := 0
	switch {
	case t.id == word:
		score += 100
	case strings.ContainsAny(word, "0123456789") && strings.Contains(t.id, word):
		score += 20
	}
	score += within(t.title, word, 30, 20, 8) + within(t.gist, word, 10, 6, 2) + within(t.rest, word, 4, 3, 1)
	return score
}

// covered counts the letters of a title that the words account for.
func covered(title string, words []string) int {
	n := 0
	for _, w := range words {
		if strings.Contains(title, w) {
			n += len(w)
		}
	}
	return min(n, len(title))
}

// within rates where a word stands in a text: as a whole word, at a word's beginning, or anywhere.
func within(text, word string, whole, begin, part int) int {
	best := 0
	for at := 0; at < len(text); {
		i := strings.Index(text[at:], word)
		if i < 0 {
			break
		}
		i += at
		before := i == 0 || !letter(text[i-1])
		after := i+len(word) == len(text) || !letter(text[i+len(word)])
		switch {
		case before && after:
			return whole
		case before:
			best = max(best, begin)
		default:
			best = max(best, part)
		}
		at = i + 1
	}
	return best
}

func letter(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b >= 0x80
}

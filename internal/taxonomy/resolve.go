package taxonomy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"fermata/internal/source"
)

// maxQuery is how many bytes of a question are looked at; no id or title is nearly as long.
const maxQuery = 200

// Answer is what the catalogue says to a person who asked for an id.
type Answer struct {
	Query    string
	Matches  []Match   // what the query names; several when it is ambiguous
	Also     []Match   // weaker readings of the same query
	Meanings []Meaning // what documents mean by this id, or by what they call these entries
	Nearest  []*Entry  // for a query that names nothing: what may have been meant
}

// Ambiguous tells whether the query names more than one thing.
func (a Answer) Ambiguous() bool { return len(a.Matches) > 1 }

// Conflicts are the meanings that differ from what the query names here.
func (a Answer) Conflicts() []Meaning {
	var list []Meaning
	for _, m := range a.Meanings {
		if m.Entry == nil || !slices.ContainsFunc(a.Matches, func(x Match) bool { return x.Entry == m.Entry }) || a.Ambiguous() {
			list = append(list, m)
		}
	}
	return list
}

// Match is one thing that a query names.
type Match struct {
	Entry *Entry
	How   How
}

// How says why a query names an entry, the firmest reason first.
type How string

// The reasons.
const (
	ByID       How = "id"
	ByAlias    How = "alias"    // another spelling that the framework's file gives
	ByShort    How = "short"    // the id without its prefix or year
	ByDocument How = "document" // a document uses the id for this entry
	ByTitle    How = "title"
)

// Meaning says what documents mean by an id that others use too.
type Meaning struct {
	ID        string
	Documents []string // in order; never empty
	Entry     *Entry   // nil when the catalogue holds no entry for it
	Title     string   // the documents' title for it, where it differs
	Note      string
}

// String is the meaning in one sentence without a full stop.
func (m Meaning) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is ", m.ID)
	switch {
	case m.Entry != nil && m.Entry.ID != m.ID:
		fmt.Fprintf(&b, "%s %s", m.Entry.ID, cmp.Or(m.Title, m.Entry.Title))
	case m.Title != "":
		fmt.Fprintf(&b, "%q", m.Title)
	default:
		b.WriteString(m.Entry.Title)
	}
	b.WriteString(" in ")
	for i, d := range m.Documents {
		switch {
		case i == 0:
		case i == len(m.Documents)-1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(d)
	}
	if m.Note != "" {
		fmt.Fprintf(&b, " (%s)", m.Note)
	}
	return b.String()
}

// use is a meaning as a file has it.
type use struct {
	Meaning
	namespace string
	ref       Ref // zero when the file gives a title only
	span      source.Span
}

// meanings resolves what documents mean by ids.
func (j *joiner) meanings() {
	c := j.catalog
	c.uses, c.known = map[string][]Meaning{}, map[*Entry][]string{}
	for _, f := range c.frameworks {
		for _, e := range f.Editions {
			for _, u := range e.uses {
				m := u.Meaning
				if u.ref != (Ref{}) {
					if m.Entry = c.byRef[u.ref]; m.Entry == nil {
						j.unresolved(u.span, "the meaning of "+m.ID, u.ref)
						continue
					}
					if !slices.Contains(c.known[m.Entry], m.ID) {
						c.known[m.Entry] = append(c.known[m.Entry], m.ID)
					}
				}
				k := key(m.ID)
				same := slices.IndexFunc(c.uses[k], func(o Meaning) bool {
					return o.Entry == m.Entry && o.Title == m.Title && o.Note == m.Note
				})
				if same < 0 {
					c.uses[k] = append(c.uses[k], m)
				} else if !slices.Contains(c.uses[k][same].Documents, m.Documents[0]) {
					c.uses[k][same].Documents = append(c.uses[k][same].Documents, m.Documents[0])
				}
			}
		}
	}
	for _, list := range c.uses {
		for i := range list {
			slices.Sort(list[i].Documents)
		}
		slices.SortStableFunc(list, func(a, b Meaning) int {
			return cmp.Or(boolCompare(a.Entry == nil, b.Entry == nil), strings.Compare(a.Documents[0], b.Documents[0]), strings.Compare(a.Title, b.Title))
		})
	}
}

// Meanings lists what documents mean by the ids by which an entry is known, other editions of its framework included.
func (c *Catalog) Meanings(e *Entry) []Meaning {
	c.prepare()
	return c.meaningsOf("", []Match{{e, ByID}})
}

// keyed is one reading of a key.
type keyed struct {
	entry *Entry
	how   How
}

// key folds what people write differently: case, spaces, hyphens and anything else but letters, digits and the signs
// that ids distinguish by.
func key(s string) string {
	if len(s) > maxQuery {
		s = s[:maxQuery]
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToUpper(r)
		case r == '.', r == ':', r == '&':
			return r
		}
		return -1
	}, s)
}

// prepare makes the tables for people's questions.
func (c *Catalog) prepare() {
	c.once.Do(func() {
		c.keys, c.titles = make(map[string][]keyed, 2*len(c.entries)), make(map[string][]*Entry, len(c.entries))
		add := func(k string, e *Entry, how How) {
			if k != "" && !slices.ContainsFunc(c.keys[k], func(o keyed) bool { return o.entry == e }) {
				c.keys[k] = append(c.keys[k], keyed{e, how})
			}
		}
		for _, e := range c.entries {
			if e.Kind == Concern { // its id and title are words that published entries have as their titles
				continue
			}
			id := key(e.ID)
			add(id, e, ByID)
			for _, a := range e.Aliases {
				add(key(a), e, ByAlias)
			}
			if rest, ok := strings.CutPrefix(id, atlasPrefix); ok {
				add(rest, e, ByShort)
			}
			if name, year, ok := strings.Cut(id, ":"); ok && year != "" && strings.Trim(year, "0123456789") == "" {
				add(name, e, ByShort)
			}
			if t := key(e.Title); t != "" {
				c.titles[t] = append(c.titles[t], e)
			}
		}
		c.preparePhrases()
		for _, f := range c.frameworks {
			f.names = []string{key(f.Namespace)}
			for _, e := range f.Editions {
				for _, n := range e.Names {
					if k := key(n); k != "" && !slices.Contains(f.names, k) {
						f.names = append(f.names, k)
					}
				}
			}
		}
	})
}

// Resolve answers a person: it takes an id in any usual spelling, with or without the framework's name in front, or a
// title.
func (c *Catalog) Resolve(query string) Answer {
	c.prepare()
	answer := Answer{Query: query}
	if len(query) > maxQuery {
		return answer
	}
	// namespace/id is exact.
	if ns, id, ok := strings.Cut(strings.TrimSpace(query), "/"); ok {
		if e := c.byRef[Ref{ns, id}]; e != nil {
			answer.Matches = []Match{{e, ByID}}
			answer.Meanings = c.meaningsOf("", answer.Matches)
			return answer
		}
	}
	k := key(query)
	if k == "" {
		return answer
	}
	answer.Matches, answer.Also = c.match(k, "")
	asked := k
	if len(answer.Matches) == 0 {
		answer.Matches, answer.Also, asked = c.matchNamed(k)
	}
	if len(answer.Matches) == 0 {
		for _, e := range c.titles[k] {
			if e.Withdrawn == "" {
				answer.Matches = append(answer.Matches, Match{e, ByTitle})
			}
		}
		asked = ""
	}
	answer.Meanings = c.meaningsOf(asked, answer.Matches)
	if len(answer.Matches) == 0 && len(answer.Meanings) == 0 {
		answer.Meanings = c.uses[k]
	}
	if len(answer.Matches) == 0 && len(answer.Meanings) == 0 {
		answer.Nearest = c.nearest(query, k)
	}
	return answer
}

// match looks a key up, in one namespace or in all: the entries that have the id, else those that documents call so.
func (c *Catalog) match(k, namespace string) (matches, also []Match) {
	for _, how := range []How{ByID, ByAlias, ByShort} {
		for _, x := range c.keys[k] {
			if x.how == how && (namespace == "" || x.entry.Namespace == namespace) {
				if how == ByShort && len(matches) > 0 && matches[0].How != ByShort {
					also = append(also, Match{x.entry, how})
				} else {
					matches = append(matches, Match{x.entry, how})
				}
			}
		}
	}
	if len(matches) > 0 {
		return matches, also
	}
	for _, m := range c.uses[k] {
		if m.Entry != nil && (namespace == "" || m.Entry.Namespace == namespace) &&
			!slices.ContainsFunc(matches, func(x Match) bool { return x.Entry == m.Entry }) {
			matches = append(matches, Match{m.Entry, ByDocument})
		}
	}
	slices.SortFunc(matches, func(a, b Match) int { return cmp.Compare(a.Entry.order, b.Entry.order) })
	return matches, nil
}

// matchNamed takes a framework's name off the front, the longest that fits, and looks up the rest there.
func (c *Catalog) matchNamed(k string) (matches, also []Match, rest string) {
	best := 0
	for _, f := range c.frameworks {
		for _, name := range f.names {
			id, ok := strings.CutPrefix(k, name)
			if !ok || id == "" || len(name) < best {
				continue
			}
			m, a := c.match(strings.TrimLeft(id, ".:"), f.Namespace)
			if len(m) == 0 {
				continue
			}
			if len(name) > best {
				matches, also, best, rest = nil, nil, len(name), id
			}
			for _, x := range m {
				if !slices.Contains(matches, x) {
					matches = append(matches, x)
				}
			}
			also = append(also, a...)
		}
	}
	return matches, also, rest
}

// meaningsOf lists what documents mean by a key and by the ids by which the matches are known.
func (c *Catalog) meaningsOf(k string, matches []Match) []Meaning {
	keys := []string{}
	if k != "" {
		keys = append(keys, k)
	}
	for _, m := range matches {
		for _, id := range append([]string{m.Entry.ID}, c.known[m.Entry]...) {
			if !slices.Contains(keys, key(id)) {
				keys = append(keys, key(id))
			}
		}
	}
	var list []Meaning
	for _, x := range keys {
		list = append(list, c.uses[x]...)
	}
	for _, m := range matches {
		list = append(list, c.otherEditions(m.Entry, matches)...)
	}
	return list
}

// otherEditions tells what an entry's id meant in older editions, and what the same number means in lists of other
// years, where that is something else.
func (c *Catalog) otherEditions(e *Entry, matches []Match) []Meaning {
	var list []Meaning
	f := c.Framework(e.Namespace)
	for _, edition := range f.Editions {
		if old := c.byEdition[e.Ref][edition.Name]; old != nil && old.Title != e.Title {
			name := edition.Title + " " + edition.Name
			same := slices.IndexFunc(list, func(m Meaning) bool { return m.Title == old.Title })
			if same < 0 {
				list = append(list, Meaning{ID: e.ID, Documents: []string{name}, Title: old.Title})
			} else if !slices.Contains(list[same].Documents, name) {
				list[same].Documents = append(list[same].Documents, name)
			}
		}
	}
	number, _, ok := strings.Cut(e.ID, ":")
	if !ok {
		return list
	}
	for _, x := range c.keys[key(number)] {
		other := x.entry
		if x.how == ByShort && other.Namespace == e.Namespace && other.Title != e.Title &&
			!slices.ContainsFunc(matches, func(m Match) bool { return m.Entry == other }) {
			list = append(list, Meaning{ID: number, Documents: []string{f.Title + " " + other.Edition}, Entry: other})
		}
	}
	return list
}

// nearest finds what a query that names nothing may have meant: ids first, then titles.
func (c *Catalog) nearest(query, k string) []*Entry {
	var list []*Entry
	byName := map[string]*Entry{}
	var ids, titles []string
	for _, e := range c.entries {
		if e.Withdrawn != "" || e.Kind == Concern {
			continue
		}
		if name := key(e.ID); byName[name] == nil {
			byName[name] = e
			ids = append(ids, name)
		}
	}
	for _, e := range c.entries {
		if name := strings.ToLower(e.Title); e.Withdrawn == "" && e.Kind != Concern && byName[name] == nil {
			byName[name] = e
			titles = append(titles, name)
		}
	}
	for _, try := range []struct {
		word string
		pool []string
	}{{k, ids}, {strings.ToLower(query), titles}} {
		for len(list) < 3 {
			near := source.Suggest(try.word, try.pool)
			if near == "" {
				break
			}
			list = append(list, byName[near])
			try.pool = slices.DeleteFunc(try.pool, func(s string) bool { return s == near })
		}
	}
	return list
}

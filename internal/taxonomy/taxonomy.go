// Package taxonomy looks up what frameworks say: threats, techniques, controls, layers, clauses and weaknesses, and the
// relations between them.
//
// [Load] reads the files of folder catalog (and official files that a user adds) into one [Catalog]. [Catalog.Lookup]
// answers a machine, which knows the namespace and the id; [Catalog.Resolve] answers a person, who types "t6",
// "NIST MEASURE 2.7" or "T16", and is told when documents disagree about what an id means. [Catalog.Relations] lists
// what an entry is related to, from both ends, and who says so. [Catalog.Schemes] gives the lists of MAESTRO layers.
//
// # Namespaces and editions
//
// A framework is a namespace: the first half of a [Ref], and what `maps:` in a rule names. Its files are editions. When
// editions share ids (ATLAS), an entry is taken from the newest edition that has it, and [Entry.Withdrawn] says when a
// newer one dropped it. An edition that extends another lists only what changed. Older editions stay readable through
// [Catalog.Edition].
//
// # Guarantees
//
// Nothing unresolved gets through: an id that names nothing, an id that stands twice, a missing title or an unknown key
// is a diagnostic with file, line and column. In a user's official file an unresolved id costs that relation only.
// Order never depends on maps or on the order of files: lists follow the order of the framework's own file, and ids
// compare by their numbers (T2 before T10). A catalog is never changed after Load, so many may read it at once.
//
// # What it does not do
//
// What is shipped holds no prose of the frameworks. The package draws no conclusion from a relation and decides nothing
// about a system.
package taxonomy

import (
	"strings"
	"sync"

	"fermata/internal/source"
)

// Ref names an entry: a framework's namespace and an id in it.
type Ref struct {
	Namespace string
	ID        string
}

// String is namespace/id, the form that catalogue files use for a reference into another framework.
func (r Ref) String() string { return r.Namespace + "/" + r.ID }

// Entry is one thing that a framework names, as one edition has it.
type Entry struct {
	Ref
	Kind    Kind
	Title   string
	Gist    string   // one sentence of ours; empty where the title says it
	Note    string   // what a reader should know about the entry; usually empty
	URL     string   // the entry's own page, or the framework's where it has none
	Edition string   // the edition that these words are from
	Aliases []string // other spellings of the same id
	Details []Detail // facts that are not relations, in the order of the table
	Steps   []Step   // a case study's steps in the order of the attack
	Span    source.Span

	// Withdrawn is the newer edition that no longer has the entry; empty while it stands.
	Withdrawn string

	links []link
	order int32 // place in the catalogue; ties are broken by it
	added bool  // from a user's official file
}

// Detail is one named fact of an entry.
type Detail struct {
	Name   string
	Values []string
}

// Step is one step of a case study: a technique used for a tactic.
type Step struct {
	Tactic    Ref
	Technique Ref
}

// Detail gives the values of a detail; nil when the entry does not have it.
func (e *Entry) Detail(name string) []string {
	for _, d := range e.Details {
		if d.Name == name {
			return d.Values
		}
	}
	return nil
}

// link is a relation as an entry's own file declares it.
type link struct {
	kind RelationKind
	to   Ref
	span source.Span
}

// Edition is one file of a framework.
type Edition struct {
	Framework string
	Name      string // "2025", "5.6.0"
	Extends   string // the edition that this one lists changes to; empty for a whole one
	Scheme    string // the scheme that its layers form; empty when it has none
	Default   bool   // its scheme is the default one
	Title     string
	Publisher string
	Names     []string // what people call the framework
	URL       string
	Sources   []string
	Licence   string
	Retrieved string // date
	Notes     []string
	Added     bool // given by the user, not shipped

	file       *source.File
	entryURL   map[Kind]string
	documents  map[string]string
	entries    []*Entry
	removed    []removal
	uses       []use
	cases      []caseRow
	extendsAt  source.Span
	documentAt map[string]source.Span
}

// removal says that an edition dropped an id, and what took its place.
type removal struct {
	id, now string
	span    source.Span
}

// Framework is a namespace with its editions, oldest first.
type Framework struct {
	Namespace string
	Title     string
	Publisher string
	URL       string
	Editions  []*Edition

	names []string // normalised
}

// Newest is the framework's newest edition.
func (f *Framework) Newest() *Edition { return f.Editions[len(f.Editions)-1] }

// Catalog is every framework, read and joined.
type Catalog struct {
	frameworks []*Framework // by namespace
	entries    []*Entry     // the newest of every id, by namespace and then as in the files
	byRef      map[Ref]*Entry
	byEdition  map[Ref]map[string]*Entry // only for ids that stand in several editions
	incoming   map[*Entry][]Relation     // what points at an entry
	outgoing   map[*Entry][]Relation
	crosswalks []*Crosswalk
	schemes    []*Scheme
	cases      []*Case
	uses       map[string][]Meaning // what documents mean by an id, by its key
	known      map[*Entry][]string  // the bare ids by which documents call an entry

	// Made at the first question of a person; most runs ask none.
	once    sync.Once
	keys    map[string][]keyed  // how people may write an id
	titles  map[string][]*Entry // by key of the title
	phrases []phrase            // of the concerns
}

// Frameworks lists the frameworks by namespace.
func (c *Catalog) Frameworks() []*Framework { return c.frameworks }

// Framework gives a framework by its namespace, or nil.
func (c *Catalog) Framework(namespace string) *Framework {
	for _, f := range c.frameworks {
		if f.Namespace == namespace {
			return f
		}
	}
	return nil
}

// Lookup gives the newest entry of an id, exactly as the catalogue writes it, or nil.
func (c *Catalog) Lookup(namespace, id string) *Entry { return c.byRef[Ref{namespace, id}] }

// Suggest gives the id of a namespace that is nearest to one that does not resolve, or the nearest namespace when there
// is none of that name; "" when nothing is near. It is for messages about ids in rules, controls and models.
func (c *Catalog) Suggest(namespace, id string) string {
	var names []string
	if c.Framework(namespace) == nil {
		for _, f := range c.frameworks {
			names = append(names, f.Namespace)
		}
		return source.Suggest(namespace, names)
	}
	for _, e := range c.List(namespace, "") {
		// The year or prefix that a writer leaves out is the commonest slip.
		k, wanted := key(e.ID), key(id)
		if k == wanted || k == atlasPrefix+wanted || strings.HasPrefix(k, wanted+":") ||
			strings.TrimLeft(k, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == wanted {
			return e.ID
		}
		names = append(names, e.ID)
	}
	return source.Suggest(id, names)
}

// Edition gives an entry as a certain edition has it, or nil when that edition has no such id.
func (c *Catalog) Edition(namespace, edition, id string) *Entry {
	ref := Ref{namespace, id}
	if editions := c.byEdition[ref]; editions != nil {
		return editions[edition]
	}
	if e := c.byRef[ref]; e != nil && e.Edition == edition {
		return e
	}
	return nil
}

// List gives a framework's entries in the order of its files (of a framework with several versions: by id, tactics as in
// the matrix), those of one kind only unless kind is empty. Withdrawn
// entries are left out.
func (c *Catalog) List(namespace string, kind Kind) []*Entry {
	var list []*Entry
	for _, e := range c.entries {
		if e.Namespace == namespace && e.Withdrawn == "" && (kind == "" || e.Kind == kind) {
			list = append(list, e)
		}
	}
	return list
}

// FullTitle is the title with that of the parent in front where the title alone says too little ("LLM Prompt Injection:
// Indirect").
func (c *Catalog) FullTitle(e *Entry) string {
	if e.Kind == Technique {
		for _, l := range e.links {
			if l.kind == Parent {
				if p := c.byRef[l.to]; p != nil && !strings.Contains(e.Title, p.Title) {
					return p.Title + ": " + e.Title
				}
			}
		}
	}
	return e.Title
}

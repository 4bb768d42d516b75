package taxonomy

import (
	"cmp"
	"slices"
	"strings"
)

// Relation is what one entry has to do with another, seen from the one that was asked about.
type Relation struct {
	Kind      RelationKind
	Entry     *Entry // the other end
	Backward  bool   // the other end states it
	Strength  Strength
	Note      string
	Crosswalk *Crosswalk // who published it; nil when it stands in the framework's own file
}

// Words reads the relation from the entry that was asked about: "mitigated by".
func (r Relation) Words() string {
	row, _ := relationRow(r.Kind)
	if r.Backward {
		return row.backward
	}
	return row.forward
}

// Relations lists everything that an entry is related to, what frameworks themselves state first and published
// crosswalks after it.
func (c *Catalog) Relations(e *Entry) []Relation {
	if known := c.byRef[e.Ref]; known != nil {
		e = known
	}
	list := slices.Concat(c.outgoing[e], c.incoming[e])
	slices.SortStableFunc(list, compareRelations)
	return list
}

func compareRelations(a, b Relation) int {
	if (a.Crosswalk == nil) != (b.Crosswalk == nil) {
		if a.Crosswalk == nil {
			return -1
		}
		return 1
	}
	if a.Crosswalk != nil {
		if d := cmp.Or(strings.Compare(a.Crosswalk.Provenance, b.Crosswalk.Provenance), strings.Compare(a.Crosswalk.ID, b.Crosswalk.ID)); d != 0 {
			return d
		}
	}
	_, x := relationRow(a.Kind)
	_, y := relationRow(b.Kind)
	return cmp.Or(cmp.Compare(x, y), boolCompare(a.Backward, b.Backward), strings.Compare(a.Entry.Namespace, b.Entry.Namespace),
		cmp.Compare(slices.Index(strengths, a.Strength), slices.Index(strengths, b.Strength)), cmp.Compare(a.Entry.order, b.Entry.order))
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Related lists the entries of one namespace that an entry is related to by one kind of relation, in either direction.
func (c *Catalog) Related(e *Entry, kind RelationKind, namespace string) []*Entry {
	var list []*Entry
	for _, r := range c.Relations(e) {
		if r.Kind == kind && r.Entry.Namespace == namespace && !slices.Contains(list, r.Entry) {
			list = append(list, r.Entry)
		}
	}
	return list
}

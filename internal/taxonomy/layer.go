package taxonomy

import (
	"fmt"
	"slices"
	"strings"

	"fermata/internal/source"
)

// The layer schemes. They have different layers under the same short ids, so a layer is named with its scheme.
const (
	SchemeV1          = "maestro-v1"   // seven layers of OWASP and CSA: the default
	SchemeSecuringMAS = "securing-mas" // seven layers of the skill's checklist
	SchemeV2          = "maestro-v2"   // ten layers of the draft
)

// CrossLayer is the id of what is not a layer of maestro-v1 but stands beside them: threats that arise between layers.
const CrossLayer = "X"

// Scheme is one list of layers.
type Scheme struct {
	ID      string
	Title   string
	Edition *Edition
	Default bool
	Layers  []*Entry // in their order; the cross-layer place, where a scheme has one, is last
}

// ShortID is a layer's id inside its scheme: "L3" for securing-mas:L3.
func ShortID(layer *Entry) string { return layer.ID[strings.IndexByte(layer.ID, ':')+1:] }

// Schemes lists the layer schemes, the default one first.
func (c *Catalog) Schemes() []*Scheme { return c.schemes }

// Scheme gives a scheme by its id; the empty id means the default one. It is nil when there is no such scheme.
func (c *Catalog) Scheme(id string) *Scheme {
	for _, s := range c.schemes {
		if s.ID == id || id == "" && s.Default {
			return s
		}
	}
	return nil
}

// Layer gives a layer of a scheme by its short or full id, or nil.
func (c *Catalog) Layer(scheme, id string) *Entry {
	s := c.Scheme(scheme)
	if s == nil {
		return nil
	}
	for _, l := range s.Layers {
		if l.ID == id || ShortID(l) == id {
			return l
		}
	}
	return nil
}

// NearLayers gives the layers of another scheme that a layer corresponds to, the nearest first. It is empty when the
// other scheme has no layer for it, which is an answer too: securing-mas has none for data operations. The mapping is
// declared between maestro-v1 and each of the others; between those two it goes by way of maestro-v1.
func (c *Catalog) NearLayers(scheme, id, other string) []*Entry {
	from, to := c.Scheme(scheme), c.Scheme(other)
	layer := c.Layer(scheme, id)
	if from == nil || to == nil || layer == nil {
		return nil
	}
	if from == to {
		return []*Entry{layer}
	}
	if from.Default || to.Default {
		return c.near(layer, to)
	}
	var list []*Entry
	for _, middle := range c.near(layer, c.Scheme("")) {
		for _, l := range c.near(middle, to) {
			if !slices.Contains(list, l) {
				list = append(list, l)
			}
		}
	}
	return list
}

func (c *Catalog) near(layer *Entry, to *Scheme) []*Entry {
	var list []*Entry
	for _, l := range layer.links {
		if e := c.byRef[l.to]; l.kind == Near && slices.Contains(to.Layers, e) {
			list = append(list, e)
		}
	}
	return list
}

// schemes collects the editions that have layers.
func (j *joiner) schemes() {
	c := j.catalog
	defaults := 0
	for _, f := range c.frameworks {
		for _, e := range f.Editions {
			if e.Scheme == "" {
				continue
			}
			s := &Scheme{ID: e.Scheme, Title: e.Title, Edition: e, Default: e.Default}
			for _, entry := range e.entries {
				if entry.Kind == Layer {
					s.Layers = append(s.Layers, entry)
				}
			}
			if c.Scheme(s.ID) != nil {
				j.fail(e.file.Span(0, 0), "duplicate-id", fmt.Sprintf("scheme %s stands twice", s.ID), "")
				continue
			}
			if s.Default {
				defaults++
				c.schemes = slices.Insert(c.schemes, 0, s)
			} else {
				c.schemes = append(c.schemes, s)
			}
		}
	}
	if len(c.schemes) > 0 && defaults != 1 {
		j.fail(c.schemes[0].Edition.file.Span(0, 0), "default-scheme", fmt.Sprintf("exactly one scheme is the default, not %d", defaults), "")
	}
}

// Case is a worked example of the MAS guide, with the threats that the guide names for it by layer.
type Case struct {
	Entry *Entry
	Rows  []CaseRow
}

// CaseRow is one layer of a case.
type CaseRow struct {
	Layer   *Entry // nil for threats that the guide names without a layer
	Threats []*Entry
	Note    string
}

// caseRow is a row as the file has it.
type caseRow struct {
	id, layer, note string
	threats         []string
	span            source.Span
}

// Cases lists the guide's cases.
func (c *Catalog) Cases() []*Case { return c.cases }

func (j *joiner) cases() {
	c := j.catalog
	for _, f := range c.frameworks {
		for _, e := range f.Editions {
			for _, row := range e.cases {
				entry := c.byRef[Ref{f.Namespace, row.id}]
				if entry == nil {
					j.unresolved(row.span, "a row of cases", Ref{f.Namespace, row.id})
					continue
				}
				at := slices.IndexFunc(c.cases, func(k *Case) bool { return k.Entry == entry })
				if at < 0 {
					at = len(c.cases)
					c.cases = append(c.cases, &Case{Entry: entry})
				}
				made := CaseRow{Note: row.note}
				if row.layer != "" {
					if made.Layer = c.byRef[Ref{"maestro", row.layer}]; made.Layer == nil {
						j.unresolved(row.span, row.id, Ref{"maestro", row.layer})
					}
				}
				for _, id := range row.threats {
					if t := c.byRef[Ref{f.Namespace, id}]; t != nil {
						made.Threats = append(made.Threats, t)
					} else {
						j.unresolved(row.span, row.id, Ref{f.Namespace, id})
					}
				}
				c.cases[at].Rows = append(c.cases[at].Rows, made)
			}
		}
	}
}

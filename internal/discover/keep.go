package discover

import (
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
)

// keep lets a fragment live on without the files that it was found in: texts of trees are parts of a file's content,
// and one name would hold all of it.
func (f *fragment) keep() {
	k := keeper{}
	for _, e := range f.elements {
		k.ref(&e.Ref)
		k.text(&e.about)
		k.text(&e.slug)
		k.text(&e.model.Name)
		k.text(&e.model.Technology)
		for i := range e.model.Aliases {
			k.text(&e.model.Aliases[i])
		}
		k.facts(e.facts)
		k.facts(e.effects)
	}
	for _, flow := range f.flows {
		k.flow(flow)
	}
	for i := range f.controls {
		c := &f.controls[i]
		k.ref(&c.on)
		k.ref(&c.by)
		k.text(&c.about)
		for _, at := range c.at {
			if !at.IsZero() {
				c.evidence = append(c.evidence, model.EvidenceAt(at))
			}
		}
		c.at = nil
	}
	for i := range f.unresolved {
		g := &f.unresolved[i]
		k.text(&g.about)
		k.ref(&g.unless)
		k.text(&g.what)
		k.text(&g.why)
		if !g.at.IsZero() {
			g.evidence = model.EvidenceAt(g.at)
		}
		g.at.File = nil
	}
	for i := range f.entries {
		e := &f.entries[i]
		k.ref(&e.party.Ref)
		k.text(&e.party.model.Name)
		k.facts(e.party.facts)
		k.text(&e.point.Name)
		k.text(&e.point.Role)
		k.text(&e.point.Label)
		k.text(&e.point.Of)
	}
	for i := range f.doors {
		k.text(&f.doors[i].of)
		k.text(&f.doors[i].on)
		k.text(&f.doors[i].below)
	}
	for i := range f.offers {
		k.text(&f.offers[i].name)
		k.ref(&f.offers[i].ref)
	}
	for i := range f.starts {
		k.ref(&f.starts[i].ref)
	}
	for i := range f.bars {
		k.ref(&f.bars[i])
	}
	for i := range f.covers {
		k.ref(&f.covers[i].by)
		k.ref(&f.covers[i].of)
	}
	for _, p := range f.places {
		k.ref(&p.Ref)
		k.ref(&p.Group)
		k.ref(&p.Like)
	}
}

// keeper copies each text once.
type keeper map[string]string

func (k keeper) text(s *string) {
	if *s == "" {
		return
	}
	own, ok := k[*s]
	if !ok {
		own = strings.Clone(*s)
		k[own] = own
	}
	*s = own
}

func (k keeper) ref(r *Ref) {
	k.text(&r.symbol)
	if more := r.more(); more.flow != nil || !more.home.IsZero() {
		more.home = source.Span{} // it was said where the Ref was described
		*r = r.with(more)
		if more.flow != nil {
			k.flow(more.flow)
		}
	}
}

func (k keeper) flow(f *Flow) {
	k.ref(&f.from)
	k.ref(&f.to)
	k.text(&f.about)
	k.text(&f.label)
	k.facts(f.facts)
}

func (k keeper) facts(facts saidFacts) {
	for i := range facts {
		if f := &facts[i]; f.Value != model.Yes && f.Value != model.No && f.Value != model.Unknown {
			k.text(&f.Value)
		}
		k.text(&facts[i].Reason)
	}
}

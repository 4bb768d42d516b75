package discover

import (
	"strings"

	"fermata/internal/model"
)

// keep lets a fragment live on without the files that it was found in: texts of trees are parts of a file's content,
// and one name would hold all of it.
func (f *fragment) keep() {
	k := keeper{}
	for _, e := range f.elements {
		k.ref(&e.Ref)
		k.ref(&e.about)
		k.text(&e.slug)
		k.text(&e.model.Name)
		k.text(&e.model.Technology)
		for i := range e.model.Aliases {
			k.text(&e.model.Aliases[i])
		}
		k.facts(e.model.Facts)
		k.facts(e.model.Effects)
	}
	for _, flow := range f.flows {
		k.flow(flow)
	}
	for i := range f.controls {
		c := &f.controls[i]
		k.ref(&c.on)
		k.ref(&c.by)
		k.ref(&c.about)
		for _, at := range c.at {
			if !at.IsZero() {
				c.evidence = append(c.evidence, model.EvidenceAt(at))
			}
		}
		c.at = nil
	}
	for i := range f.unresolved {
		g := &f.unresolved[i]
		k.ref(&g.about)
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
		k.facts(e.party.model.Facts)
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
	k.text(&r.system)
	if r.flow != nil {
		k.flow(r.flow)
	}
}

func (k keeper) flow(f *Flow) {
	k.ref(&f.from)
	k.ref(&f.to)
	k.ref(&f.about)
	k.text(&f.model.Label)
	k.facts(f.model.Facts)
}

func (k keeper) facts(facts map[string]model.Fact) {
	for name, fact := range facts {
		if len(fact.Value) > len(model.Unknown) || fact.Reason != "" {
			k.text(&fact.Value)
			k.text(&fact.Reason)
			facts[name] = fact
		}
	}
}

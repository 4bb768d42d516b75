package model

import (
	"sort"
)

// boundary draws the lines where trust changes when nobody drew any: around what the owner runs, around each process,
// container or machine, around each server that runs beside its client, and around what one provider runs.
func (c *completion) boundary() {
	if len(c.s.Boundaries) > 0 {
		return
	}
	hosts, offers := map[string][]string{}, map[string][]string{}
	for _, f := range c.s.Flows {
		switch f.Kind {
		case Hosts:
			hosts[f.From] = append(hosts[f.From], f.To)
		case Provides:
			offers[f.From] = append(offers[f.From], f.To)
		}
	}
	var inside []string
	providers, called := map[string][]string{}, map[string]string{}
	for _, e := range c.s.Elements {
		if e.Kind != Human && e.Kind != External && e.Fact("third-party").Value != Yes {
			inside = append(inside, e.ID)
		}
		if name := e.Fact("provider").Value; name != Unknown && name != "" && e.Fact("third-party").Value == Yes {
			key := within(name, e.System)
			providers[key] = append(providers[key], e.ID)
			called[key] = name // the key tells systems apart; people read the provider's name
		}
	}
	c.line("assumed:owner", "what the owner runs", inside, Assumed, assumed("everything but people, outside parties and what others run"))
	for _, e := range append([]*Element(nil), c.s.Elements...) {
		switch {
		case e.Kind == Runtime && len(hosts[e.ID]) > 0:
			members := append([]string{e.ID}, hosts[e.ID]...)
			for _, id := range hosts[e.ID] {
				if c.elements[id] != nil && c.elements[id].Kind == MCPServer {
					members = append(members, offers[id]...)
				}
			}
			c.line("runs-in:"+e.ID, "what runs in "+e.Name, members, e.Origin, e.Evidence)
		case e.Kind == MCPServer && len(offers[e.ID]) > 0:
			c.line("served-by:"+e.ID, "the server "+e.Name, append([]string{e.ID}, offers[e.ID]...), e.Origin, e.Evidence)
		}
	}
	var names []string
	for name := range providers {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		c.line("run-by:"+name, "what "+called[name]+" runs", providers[name], Assumed, assumed("a provider runs what it provides"))
	}
}

// line adds a boundary with its members in order, unless it is unwanted or holds nothing.
func (c *completion) line(id, name string, members []string, origin Origin, evidence []Evidence) {
	if c.except[id] || len(members) == 0 {
		return
	}
	sort.Strings(members)
	kept := members[:0]
	for i, m := range members {
		if i == 0 || m != kept[len(kept)-1] {
			kept = append(kept, m)
		}
	}
	c.s.Boundaries = append(c.s.Boundaries, Boundary{ID: id, Name: name, Members: kept, Origin: origin, Evidence: evidence})
}

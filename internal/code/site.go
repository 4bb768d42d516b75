package code

import (
	"slices"

	"fermata/internal/syntax"
)

// mostSites is how many calls of a name are looked at.
const mostSites = 48

// sites are the calls of a file by the last part of what they call. A file calls hundreds of names and is asked about
// few of them, so the calls of a name are chained, and listed when somebody asks.
type sites struct {
	last  map[string]int32 // where the last call of a name stands in calls
	calls []site
	lists map[string][]syntax.Node
	on    map[string][]syntax.Node // the decorators without arguments, by the last part of their names
}

type site struct {
	node   int32
	before int32 // the call of the same name before it; -1 for the first
}

func newSites(tree *syntax.Tree) *sites {
	s := &sites{last: map[string]int32{}, calls: make([]site, 0, tree.CountOf(syntax.Call)), lists: map[string][]syntax.Node{}}
	tree.Root().Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Decorator) {
			if name := n.Child(0); name.Is(syntax.Name, syntax.Attr) && len(s.on[name.Text()]) < mostSites {
				put(&s.on, name.Text(), append(s.on[name.Text()], n))
			}
			return true
		}
		if !n.Is(syntax.Call) {
			return true
		}
		if callee := n.Child(0); callee.Is(syntax.Name, syntax.Attr) {
			before, again := s.last[callee.Text()]
			if !again {
				before = -1
			}
			s.last[callee.Text()] = int32(len(s.calls))
			s.calls = append(s.calls, site{int32(n.Index()), before})
		}
		return true
	})
	return s
}

// of lists the first calls of a name in the order of the text.
func (s *sites) of(tree *syntax.Tree, name string) []syntax.Node {
	if list, known := s.lists[name]; known {
		return list
	}
	var list []syntax.Node
	if last, called := s.last[name]; called {
		for i := last; i >= 0; i = s.calls[i].before {
			list = append(list, tree.At(int(s.calls[i].node)))
		}
		slices.Reverse(list)
		s.lists[name] = slices.Clip(list[:min(len(list), mostSites)])
	}
	return s.lists[name]
}

// sitesOf lists the calls of a file whose callee ends in a name; no more than a few dozen.
func (r *Resolver) sitesOf(l *loaded, name string) []syntax.Node {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sites == nil {
		l.sites = newSites(l.tree)
	}
	return l.sites.of(l.tree, name)
}

// decoratorsOf lists the decorators without arguments of a file whose name ends so.
func (r *Resolver) decoratorsOf(l *loaded, name string) []syntax.Node {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sites == nil {
		l.sites = newSites(l.tree)
	}
	return l.sites.on[name]
}

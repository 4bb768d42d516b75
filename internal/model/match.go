package model

import (
	"slices"
	"strings"
)

// Pairing says which parts of two systems are the same thing.
type Pairing struct {
	To        map[string]string // id of an element in the older system → its id in the newer one; what is gone is not in it
	By        map[string]string // for those whose id is another: what shows that they are the same; by the older id
	Ambiguous []Ambiguous       // what could be a new name, were it clear for which of several
}

// Ambiguous are elements that went and elements that appeared, all alike, so that nobody can say which became which.
type Ambiguous struct {
	Kind Kind     `json:"kind"`
	Old  []string `json:"old"` // ids in the older system, sorted
	New  []string `json:"new"` // ids in the newer one, sorted
	By   string   `json:"by"`  // what they share
}

// sign is one way to know an element again: what only one element on each side has pairs the two.
type sign struct {
	by     string
	key    func(*Element) string // "" is no key
	strong bool                  // several with the key are told as ambiguous
}

// Match pairs the elements of two systems. The same id is the same thing. Else an element was moved or renamed when
// exactly one on each side is of its kind and has the same symbol or name, the same content in the same file, the same
// description of some length, or, for agents, the same neighbours. Match(b, a) is Match(a, b) the other way round.
func Match(before, after *System) *Pairing {
	p := &Pairing{To: map[string]string{}, By: map[string]string{}}
	taken := map[string]string{} // new id → old id
	have := make(map[string]bool, len(after.Elements))
	for _, e := range after.Elements {
		have[e.ID] = true
	}
	for _, e := range before.Elements {
		if have[e.ID] {
			p.To[e.ID], taken[e.ID] = e.ID, e.ID
		}
	}
	if len(p.To) == len(before.Elements) || len(p.To) == len(after.Elements) {
		return p // nothing went, or nothing appeared
	}
	for _, s := range []sign{
		{"its name and content", func(e *Element) string { return symbolKey(e) + contentKey(e) }, false},
		{"its name", symbolKey, true},
		{"its content and its file", func(e *Element) string {
			content := contentKey(e)
			if content == "" || len(e.Evidence) == 0 || e.Evidence[0].File == "" {
				return "" // nothing says that it is not another thing
			}
			return string(e.Kind) + "\x00" + e.Evidence[0].File + content
		}, true},
		{"its description", descriptionKey, true},
	} {
		p.pair(before, after, taken, s, s.key, s.key)
	}
	// Agents are known by what is around them, which is what was paired so far; a second round follows teams.
	for range 2 {
		was := neighbours(before, func(id string) string { return p.To[id] })
		now := neighbours(after, func(id string) string {
			if taken[id] == "" {
				return ""
			}
			return id
		})
		p.pair(before, after, taken, sign{by: "its neighbours"}, was, now)
	}
	p.ambiguous(before, after, taken)
	return p
}

func (p *Pairing) pair(before, after *System, taken map[string]string, s sign, keyOld, keyNew func(*Element) string) {
	olds, news := map[string][]string{}, map[string][]string{}
	kinds := map[string]Kind{}
	for _, e := range before.Elements {
		if p.To[e.ID] == "" {
			if k := keyOld(e); k != "" {
				olds[k], kinds[k] = append(olds[k], e.ID), e.Kind
			}
		}
	}
	for _, e := range after.Elements {
		if taken[e.ID] == "" {
			if k := keyNew(e); k != "" {
				news[k] = append(news[k], e.ID)
			}
		}
	}
	for k, old := range olds {
		now := news[k]
		switch {
		case len(old) == 1 && len(now) == 1:
			p.To[old[0]], p.By[old[0]], taken[now[0]] = now[0], s.by, old[0]
		case len(now) > 0 && s.strong:
			slices.Sort(old)
			slices.Sort(now)
			p.Ambiguous = append(p.Ambiguous, Ambiguous{Kind: kinds[k], Old: old, New: now, By: s.by})
		}
	}
}

// ambiguous keeps of what was unclear that which no other sign made clear.
func (p *Pairing) ambiguous(before, after *System, taken map[string]string) {
	assumed := map[string]bool{}
	for _, s := range []*System{before, after} {
		for _, e := range s.Elements {
			if e.Origin == Assumed {
				assumed[e.ID] = true
			}
		}
	}
	var kept []Ambiguous
	seen := map[string]bool{}
	slices.SortFunc(p.Ambiguous, func(a, b Ambiguous) int {
		return strings.Compare(a.Old[0]+"\x00"+a.New[0]+"\x00"+a.By, b.Old[0]+"\x00"+b.New[0]+"\x00"+b.By)
	})
	for _, a := range p.Ambiguous {
		a.Old = slices.DeleteFunc(slices.Clone(a.Old), func(id string) bool { return p.To[id] != "" || assumed[id] })
		a.New = slices.DeleteFunc(slices.Clone(a.New), func(id string) bool { return taken[id] != "" || assumed[id] })
		key := strings.Join(a.Old, "\x00") + "\x01" + strings.Join(a.New, "\x00")
		if len(a.Old) > 0 && len(a.New) > 0 && !seen[key] {
			seen[key] = true
			kept = append(kept, a)
		}
	}
	p.Ambiguous = kept
}

// wordsOfDescription is how long a description must be to stand for the thing that it describes.
const wordsOfDescription = 4

// descriptionKey knows an element again by a description that nobody writes twice by chance.
func descriptionKey(e *Element) string {
	if len(strings.Fields(e.Detail)) < wordsOfDescription {
		return ""
	}
	return string(e.Kind) + "\x00" + e.Detail
}

// neighbours knows an agent again by what it calls, asks and answers, in terms of what is paired already. Two is the
// least that says anything, and what was assumed says nothing.
func neighbours(s *System, paired func(string) string) func(*Element) string {
	around := map[string][]string{}
	kinds := make(map[string]*Element, len(s.Elements))
	for _, e := range s.Elements {
		kinds[e.ID] = e
	}
	note := func(id, other, how string) {
		if e := kinds[id]; e == nil || e.Kind != Agent && e.Kind != Orchestrator {
			return
		}
		if o := kinds[other]; o == nil || o.Origin == Assumed {
			return
		}
		around[id] = append(around[id], paired(other)+"\x01"+how)
	}
	for _, f := range s.Flows {
		if f.Origin != Assumed {
			note(f.From, f.To, ">"+string(f.Kind))
			note(f.To, f.From, "<"+string(f.Kind))
		}
	}
	return func(e *Element) string {
		list := around[e.ID]
		slices.Sort(list)
		list = slices.Compact(list)
		known := map[string]bool{}
		for _, n := range list {
			other, _, _ := strings.Cut(n, "\x01")
			if other == "" {
				return "" // something around it is new or gone as well
			}
			known[other] = true
		}
		if len(known) < 2 {
			return ""
		}
		return string(e.Kind) + "\x00" + e.Technology + "\x00" + strings.Join(list, "\x00")
	}
}

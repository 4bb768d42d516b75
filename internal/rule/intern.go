package rule

import (
	"slices"
	"sync/atomic"

	"fermata/internal/model"
	"fermata/internal/result"
)

// target is what a power is over: an element or a flow. It keeps the text of each power once for an evaluation, with the
// lists of one that most steps need and give. Thousands of findings speak of the same powers, and their texts were a third
// of all that findings hold. What it gives out is shared and must not be changed.
//
// It keeps lists that are equal in many findings once, too: the evidence of what is about this above all, and the controls that
// would stand here.
type target struct {
	on       string
	powers   atomic.Pointer[saidPower] // a few, the last one made first
	evidence atomic.Pointer[kept[model.Evidence]]
	ids      atomic.Pointer[kept[string]]
	controls atomic.Pointer[kept[result.Control]]
}

// kept is a list that findings share, with those that were kept before it.
type kept[T any] struct {
	list []T
	next *kept[T]
}

// mostKept bounds how many lists one is compared with. What many rules find something about has many.
const mostKept = 16

// keep gives a list that is equal to this one and that was kept, or else keeps a copy of it. Which of several workers keeps
// it first changes nothing.
func keep[T any](lists *atomic.Pointer[kept[T]], list []T, equal func(a, b []T) bool) []T {
	first := lists.Load()
	tried := 0
	for k := first; k != nil && tried < mostKept; k, tried = k.next, tried+1 {
		if equal(k.list, list) {
			return k.list
		}
	}
	made := &kept[T]{list: append(make([]T, 0, len(list)), list...), next: first}
	lists.CompareAndSwap(first, made) // where another was kept meanwhile, this one is not shared
	return made.list
}

func sameControls(a, b []result.Control) bool {
	return slices.EqualFunc(a, b, func(x, y result.Control) bool {
		return x.On == y.On && x.Control == y.Control && x.By == y.By && x.State == y.State && x.Effect == y.Effect && slices.Equal(x.Evidence, y.Evidence)
	})
}

type saidPower struct {
	capability model.Capability
	own        bool
	text       [1]string
	need       [1]result.Need // just this power
	next       *saidPower
}

func (t *target) power(capability model.Capability, scope string) *saidPower {
	own := scope == model.ScopeOwn
	var made *saidPower
	for {
		first := t.powers.Load()
		for p := first; p != nil; p = p.next {
			if p.capability == capability && p.own == own {
				return p
			}
		}
		if made == nil {
			made = &saidPower{capability: capability, own: own, text: [1]string{model.Power{Capability: capability, Scope: scopeOr(scope), On: t.on}.String()}}
			made.need[0] = result.Need{Powers: made.text[:1:1], K: 1}
		}
		if made.next = first; t.powers.CompareAndSwap(first, made) {
			return made
		}
	}
}

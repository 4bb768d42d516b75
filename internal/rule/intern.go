package rule

import (
	"sync/atomic"

	"fermata/internal/model"
	"fermata/internal/result"
)

// target is what a power is over: an element or a flow. It keeps the text of each power once for an evaluation, with the
// lists of one that most steps need and give. Thousands of findings speak of the same powers, and their texts were a third
// of all that findings hold. What it gives out is shared and must not be changed.
type target struct {
	on     string
	powers atomic.Pointer[saidPower] // a few, the last one made first
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

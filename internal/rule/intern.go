package rule

import (
	"sync"

	"fermata/internal/model"
	"fermata/internal/result"
)

// said keeps the text of each power once for an evaluation, with the lists of one that most steps need and give. Thousands
// of findings speak of the same powers, and their texts were a third of all that findings hold. What it gives out is shared
// and must not be changed.
type said struct {
	mu     sync.Mutex
	powers map[saidKey]*saidPower
}

type saidKey struct {
	capability model.Capability
	own        bool
	on         string
}

type saidPower struct {
	text [1]string
	need [1]result.Need // just this power
}

func (s *said) power(capability model.Capability, scope, on string) *saidPower {
	key := saidKey{capability, scope == model.ScopeOwn, on}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.powers[key]
	if p == nil {
		p = &saidPower{text: [1]string{model.Power{Capability: capability, Scope: scopeOr(scope), On: on}.String()}}
		p.need[0] = result.Need{Powers: p.text[:1:1], K: 1}
		if s.powers == nil {
			s.powers = map[saidKey]*saidPower{}
		}
		s.powers[key] = p
	}
	return p
}

package entrypoint

import (
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Handlers of one file call the same functions again and again. Under any circumstances a function shows the same wherever
// it is called from, so it is played once for the file at each depth.

// part is what a function shows that is played within another.
type part struct {
	asks, maybe bool
	skipped     source.Span
	played      int                  // functions that were played for it, itself included
	met         map[syntax.Node]bool // functions that were come to
}

type partKey struct {
	fn    syntax.Node
	depth int
	gate  bool
}

// meets notes that a function was come to, whether it is played then or not.
func (s *scene) meets(fn syntax.Node) {
	if s.met == nil {
		s.met = map[syntax.Node]bool{}
	}
	s.met[fn] = true
}

// part plays a function within the scene, or tells what it showed when it was played before. What a function shows depends on
// those that are being played around it where it comes to one of them; that is not kept.
func (s *scene) part(fn syntax.Node, gate bool) part {
	key := partKey{fn, s.depth + 1, gate}
	keeps := s.scenario == scenarioAny && !s.enough
	if keeps {
		if known, ok := s.parts[key]; ok && *s.played+known.played <= mostPlayed && !s.playing(known.met) {
			*s.played += known.played
			s.meetsAll(known.met)
			return known
		}
	}
	before := *s.played
	inside := &scene{pass: s.pass, scenario: s.scenario, gate: gate, seen: s.seen, depth: s.depth + 1, played: s.played, values: s.values, enough: s.enough}
	inside.function(fn)
	found := part{asks: !inside.asks.IsZero(), maybe: !inside.maybe.IsZero(), skipped: inside.skipped, played: *s.played - before, met: inside.met}
	s.meetsAll(found.met)
	if keeps && *s.played <= mostPlayed && !s.playing(found.met) {
		if s.parts == nil {
			s.parts = map[partKey]part{}
		}
		s.parts[key] = found
	}
	return found
}

func (s *scene) meetsAll(list map[syntax.Node]bool) {
	for fn := range list {
		s.meets(fn)
	}
}

// playing tells whether one of the functions is being played.
func (s *scene) playing(list map[syntax.Node]bool) bool {
	for fn := range s.seen {
		if list[fn] {
			return true
		}
	}
	return false
}

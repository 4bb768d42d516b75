package risk

import (
	"slices"
	"testing"
)

// TestWhatMakesNoDifferenceIsNotTriedAgain holds that trying only the attackers for whom a scenario makes a difference gives what
// trying all of them does, that some are left out so, and that a draw without the offers that nobody places gives the same, too.
func TestWhatMakesNoDifferenceIsNotTriedAgain(t *testing.T) {
	left := 0
	for seed := range uint64(40) {
		in := randomInput(seed, plainNames)
		in.Mode = Static
		e, err := newEngine(&in)
		if err != nil {
			t.Fatal(err)
		}
		e.extend()
		r, w := &run{engine: e, now: &scenario{}}, e.worker()
		d, rests := e.draw(0), r.rests()
		now := w.try(0, d, r.now, quickBlocks, false)
		var all []*scenario
		for i := range in.Offers {
			all = append(all, &scenario{placed: map[int]bool{i: true}})
		}
		for i := range in.Guards {
			all = append(all, &scenario{gone: map[int]bool{i: true}})
		}
		for i := range in.Steps {
			all = append(all, &scenario{never: map[int]bool{i: true}}, &scenario{always: map[int]bool{i: true}}, &scenario{closed: []int32{in.Steps[i].Node}})
		}
		all = append(all, &scenario{bare: true})
		for k, s := range all {
			whole, part := w.try(0, d, s, quickBlocks, false), w.tryBeside(0, d, s, now, rests)
			for a := range whole.perYear {
				if !slices.Equal(whole.perYear[a], part.perYear[a]) {
					t.Fatalf("seed %d, scenario %d, attacker %d: %v, and all tried %v", seed, k, a, part.perYear[a], whole.perYear[a])
				}
				if !e.differs(s, rests[a]) {
					left++
				}
			}
		}
		if len(in.Offers) > 1 {
			before := w.try(0, d, all[0], quickBlocks, false)
			e.only([]int{0})
			if after := w.try(0, e.draw(0), all[0], quickBlocks, false); !slices.EqualFunc(before.perYear, after.perYear, slices.Equal) {
				t.Fatalf("seed %d: without the other offers %v, with them %v", seed, after.perYear, before.perYear)
			}
		}
	}
	if left == 0 {
		t.Error("no attacker was left out")
	}
}

package rule

import (
	"slices"
	"sync"
	"testing"
)

// TestKeep: equal lists are one, a list that is not there is copied, and what is used anew afterwards changes nothing.
func TestKeep(t *testing.T) {
	about := &target{on: "planner"}
	scratch := []string{"a", "b"}
	first := keep(&about.ids, scratch, slices.Equal)
	again := keep(&about.ids, []string{"a", "b"}, slices.Equal)
	if &first[0] != &again[0] {
		t.Error("two equal lists are kept")
	}
	scratch[0] = "c"
	if other := keep(&about.ids, scratch, slices.Equal); !slices.Equal(other, []string{"c", "b"}) || !slices.Equal(first, []string{"a", "b"}) {
		t.Errorf("kept %v and %v", first, other)
	}
	if none := keep(&about.ids, nil, slices.Equal); none == nil || len(none) > 0 {
		t.Errorf("no list became %v", none)
	}
	if more := append(first, "d"); &more[0] == &first[0] {
		t.Error("who adds to a kept list writes behind it")
	}
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 200 {
				want := []string{string(rune('a' + (i*worker)%50))}
				if got := keep(&about.ids, want, slices.Equal); !slices.Equal(got, want) {
					t.Errorf("%v became %v", want, got)
				}
			}
		})
	}
	group.Wait()
}

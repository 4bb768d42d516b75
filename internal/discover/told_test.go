package discover

import (
	"sync"
	"testing"
)

// TestTold holds that passes of one run are told the same fact, by whichever of them it was found, and passes of another
// run find their own; keys of different types are different keys.
func TestTold(t *testing.T) {
	type key int
	one, other := &Pass{run: &run{}}, &Pass{run: &run{}}
	var wait sync.WaitGroup
	found := make([]*int, 16)
	for i := range found {
		wait.Go(func() { found[i] = Told(one, key(1), func() *int { return new(i) }) })
	}
	wait.Wait()
	for _, f := range found {
		if f != found[0] {
			t.Fatal("two passes of one run were told different facts")
		}
	}
	if got := Told(one, key(1), func() *int { t.Error("what is known was found again"); return nil }); got != found[0] {
		t.Error("a later pass was told another fact")
	}
	if got := Told(other, key(1), func() *int { return nil }); got != nil {
		t.Error("a pass of another run was told a fact of the first")
	}
	if got := Told(one, 1, func() string { return "number" }); got != "number" {
		t.Error("keys of two types were taken for one")
	}
	first := ToldOfText(one, "length", "four", func() int { return len("four") })
	if again := ToldOfText(one, "length", "four", func() int { return -1 }); first != 4 || again != 4 {
		t.Errorf("%d and %d", first, again)
	}
	if got := ToldOfText(one, "begins", "four", func() int { return 'f' }); got != 'f' {
		t.Errorf("one sort of fact was taken for another: %d", got)
	}
}

package attack

// mainScope is the part of a tree that people ask about: the program itself.
const mainScope = "main"

// worstFirst says what is on a list that a limit cut off.
const worstFirst = "the worst first, the main code before other parts of the tree"

// shared says which of a list, worst first, are kept where there is room for so many. Tests, examples and vendored code take at
// most a quarter of the room as long as the main code needs the rest: a hundred losses of examples must not push those of the
// program off a list that shows the program's alone.
func shared(most, n int, main func(int) bool) []int {
	room := [2]int{n, n} // of the main code, and of the other parts
	if n > most {
		mains, others := 0, 0 // in all, and of the others those that are bad enough for the list
		for i := range n {
			if main(i) {
				mains++
			} else if i < most {
				others++
			}
		}
		room[1] = min(others, max(most-mains, most/4))
		room[0] = most - room[1]
	}
	kept := make([]int, 0, min(n, most))
	for i := range n {
		part := 1
		if main(i) {
			part = 0
		}
		if room[part]--; room[part] >= 0 {
			kept = append(kept, i)
		}
	}
	return kept
}

// room is shared for losses, by what is lost.
func (a *analysis) room(most int, goals []goal) []int {
	return shared(most, len(goals), func(i int) bool { return a.ofMain(goals[i]) })
}

// ofMain tells whether what is lost is of the main code.
func (a *analysis) ofMain(g goal) bool {
	return a.least(mainScope, g.asset.Element) == mainScope
}

// elsewhere are the steps that are taken in other parts of the tree than the main code.
func (a *analysis) elsewhere() []int32 {
	var out []int32
	for i := range a.out.Findings {
		if len(a.stepsOf[i]) > 0 && a.part(i) != mainScope {
			out = append(out, a.stepsOf[i]...)
		}
	}
	return out
}

// pick gives those of a list that are kept.
func pick[T any](list []T, kept []int) []T {
	out := make([]T, len(kept))
	for i, at := range kept {
		out[i] = list[at]
	}
	return out
}

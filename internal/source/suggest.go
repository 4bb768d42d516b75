package source

import (
	"sort"
	"strings"
)

// Suggest gives the candidate nearest to a misspelt word, or "" when none is near enough to be worth saying. It
// counts insertions, deletions, substitutions and swaps of neighbours, without regard to case.
func Suggest(word string, candidates []string) string {
	best, bestDistance := "", max(1, len(word)/3)+1
	sorted := append([]string(nil), candidates...)
	sort.Strings(sorted)
	lower := strings.ToLower(word)
	for _, candidate := range sorted {
		if d := distance(lower, strings.ToLower(candidate), bestDistance); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	if best == "" {
		best = named(lower, sorted)
	}
	if best == "" {
		best = beginning(lower, sorted)
	}
	return best
}

// named gives the candidate whose end is nearest to a word: an id is a place and a name (desk/tools.py:refund), and who
// misspells the name leaves out the place. Words of less than four letters are near to too much.
func named(lower string, candidates []string) string {
	best, bestDistance := "", len(lower)/4+1
	if bestDistance == 1 {
		return ""
	}
	for _, c := range candidates {
		text := strings.ToLower(c)
		for i := range len(text) {
			if text[i] != ':' && text[i] != '@' {
				continue
			}
			if d := distance(lower, text[i+1:], bestDistance); d < bestDistance {
				best, bestDistance = c, d
			}
		}
	}
	return best
}

// beginning gives the shortest candidate that begins with a word, or one of whose words does: who writes "supp" means "support agent". Words
// of less than three letters begin too much.
func beginning(lower string, candidates []string) string {
	if len(lower) < 3 {
		return ""
	}
	best, whole, tie := "", false, false
	for _, c := range candidates {
		text := strings.ToLower(c)
		starts := strings.HasPrefix(text, lower)
		if !starts {
			i := strings.Index(text, lower)
			for i > 0 && !strings.ContainsRune(" _-./:@>", rune(text[i-1])) {
				next := strings.Index(text[i+1:], lower)
				if next < 0 {
					i = -1
					break
				}
				i += 1 + next
			}
			if i <= 0 {
				continue
			}
		}
		switch {
		case best == "" || starts && !whole || starts == whole && len(c) < len(best):
			best, whole, tie = c, starts, false
		case starts == whole && len(c) == len(best):
			tie = tie || text != strings.ToLower(best)
		}
	}
	if tie { // as maestro may be maestro-v1 or maestro-v2: who asks knows more of them than one
		return ""
	}
	return best
}

// distance is the optimal string alignment distance, cut off at limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, previous, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(previous[j]+1, row[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, previous, row = previous, row, before
	}
	return previous[len(b)]
}

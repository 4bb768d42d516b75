package code

import "sync"

// table is what all resolvers fill and read. Its keys are not put into interfaces, as those of a sync.Map are: the tables
// of a program are asked a million times.
type table[K comparable, V any] struct {
	mu    sync.RWMutex
	known map[K]V
}

// get is what was found for a key.
func (t *table[K, V]) get(key K) (V, bool) {
	t.mu.RLock()
	v, ok := t.known[key]
	t.mu.RUnlock()
	return v, ok
}

// put keeps what was found for a key, and gives what all use from then on: where two looked at once, what came first.
func (t *table[K, V]) put(key K, found V) V {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known, ok := t.known[key]; ok {
		return known
	}
	if t.known == nil {
		t.known = map[K]V{}
	}
	t.known[key] = found
	return found
}

package discover

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// addressTable is effects-addresses.yaml: parts of addresses, and what a request that sends does there.
var addressTable = sync.OnceValue(func() map[string][]string { return readEffects("effects-addresses.yaml") })

// delivered adds what a request that sends does at the service of its address.
func delivered(r *code.Resolver, call syntax.Node, effects []string) []string {
	if !slices.Contains(effects, "net-write") {
		return effects
	}
	address := call.Argument("url")
	if address.IsZero() {
		address = call.Child(1)
	}
	if address.IsZero() || address.Is(syntax.Keyword, syntax.Spread) {
		return effects
	}
	for _, v := range r.Eval(address).Each() {
		if !v.Is(code.String) {
			continue
		}
		text := strings.ToLower(v.Text)
		for _, part := range slices.Sorted(maps.Keys(addressTable())) {
			if !strings.Contains(text, part) {
				continue
			}
			for _, effect := range addressTable()[part] {
				if !slices.Contains(effects, effect) {
					effects = append(slices.Clone(effects), effect)
				}
			}
		}
	}
	return effects
}

package code

import (
	"strings"

	"fermata/internal/syntax"
)

// plainMethods are methods of texts, lists, dictionaries, dates and the like whose names hardly anything else uses. A
// call of one on something that is not known does nothing to the world.
var plainMethods = func() map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(`
		lower upper strip lstrip rstrip split rsplit splitlines join startswith endswith title capitalize casefold swapcase
		isdigit isalpha isalnum isnumeric isspace isupper islower zfill ljust rjust center partition rpartition encode decode
		removeprefix removesuffix expandtabs format format_map items keys values append extend setdefault popitem
		isoformat strftime strptime timestamp weekday total_seconds astimezone
		model_dump model_dump_json model_copy as_dict to_dict dict_copy
		toLowerCase toUpperCase trim trimStart trimEnd startsWith endsWith includes indexOf charAt padStart padEnd
		toString toFixed toISOString push unshift concat slice splice map flatMap reduce forEach some every sort`) {
		all[name] = true
	}
	return all
}()

// lookups are methods that read a key where their argument is one: record.get("name").
var lookups = map[string]bool{"get": true, "pop": true, "has": true, "count": true, "index": true, "find": true, "replace": true}

// Harmless tells whether a call of something unknown can be taken for one of the plain methods of data, by its name.
func Harmless(call syntax.Node) bool { return harmless(call) }

// harmless tells whether a call of something unknown can be taken for one of the plain methods of data.
func harmless(call syntax.Node) bool {
	callee := call.Child(0)
	if !callee.Is(syntax.Attr) {
		return false
	}
	name := callee.Text()
	if plainMethods[name] {
		return true
	}
	if !lookups[name] {
		return false
	}
	key := call.Child(1)
	return key.Is(syntax.String) && !strings.ContainsAny(key.Text(), "/:?")
}

package code

import (
	"strings"
	"unicode"

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
		substring replaceAll localeCompare lastIndexOf charCodeAt codePointAt toSorted toReversed toJSON isocalendar
		substr matchAll toLocaleLowerCase toLocaleUpperCase toLocaleString toLocaleDateString toLocaleTimeString toDateString toUTCString toPrecision
		findLastIndex reduceRight hasOwnProperty
		toString toFixed toISOString push unshift concat slice splice map flatMap reduce forEach some every sort`) {
		all[name] = true
	}
	return all
}()

// lookups are methods that read a key where their argument is one: record.get("name").
var lookups = map[string]bool{"get": true, "pop": true, "has": true, "count": true, "index": true, "find": true, "replace": true}

// bare are methods that read or copy what is there already where they are given nothing.
var bare = map[string]bool{"copy": true, "json": true, "text": true, "arrayBuffer": true, "reverse": true}

// handing are methods of lists that only hand what they have to a function that is written in the call, and settling those of
// promises. The function's body stands there too.
var (
	handing  = map[string]bool{"filter": true, "find": true, "findIndex": true, "findLast": true}
	settling = map[string]bool{"then": true, "catch": true, "finally": true}
)

// matching are methods of texts and patterns that take the other one.
var matching = map[string]bool{"match": true, "search": true}

// written tells whether an expression is a pattern that is written there: /…/g of JavaScript.
func written(n syntax.Node) bool { return strings.HasPrefix(n.Source(), "/") }

// marks tells whether an expression is a text of signs alone, which is no key of a store: "-", ": ".
func marks(n syntax.Node) bool {
	return n.Is(syntax.String) && n.Text() != "" && !strings.ContainsFunc(n.Text(), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// settles tells whether a call settles the promise whose making it stands in: `new Promise((resolve, reject) => …)`.
func settles(callee syntax.Node) bool {
	param := parameterOf(callee)
	maker := param.Parent()
	made := maker.Parent()
	return callee.Is(syntax.Name) && param.Is(syntax.Param) && maker.Is(syntax.Lambda, syntax.FuncDef) && made.Is(syntax.Call) && made.Child(1) == maker &&
		made.Child(0).Is(syntax.Name) && made.Child(0).TextIs("Promise")
}

// Harmless tells whether a call of something unknown can be taken for one of the plain methods of data, by its name.
func Harmless(call syntax.Node) bool { return harmless(call) }

// harmless tells whether a call of something unknown can be taken for one of the plain methods of data.
func harmless(call syntax.Node) bool {
	callee := call.Child(0)
	if !callee.Is(syntax.Attr) {
		return settles(callee)
	}
	name := callee.Text()
	switch {
	case plainMethods[name]:
		return true
	case bare[name]:
		return call.Count() == 1
	case name == "replace" && call.Count() == 3 && (written(call.Child(1)) || marks(call.Child(1))):
		return true
	case handing[name] && call.Child(1).Is(syntax.Lambda) && !call.Parent().Is(syntax.Await): // a list answers at once, a store later
		return true
	case settling[name] && call.Child(1).Is(syntax.Lambda):
		return true
	case matching[name] && written(call.Child(1)):
		return true
	}
	if !lookups[name] {
		return false
	}
	key := call.Child(1)
	return key.Is(syntax.String) && !strings.ContainsAny(key.Text(), "/:?")
}

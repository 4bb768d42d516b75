package discover

import (
	"regexp"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// TextAt is the scalar that stands under a path of keys in a configuration; "" when there is none.
func TextAt(n syntax.Node, keys ...string) string {
	for _, k := range keys {
		n = n.Argument(k)
	}
	s, _ := n.Scalar()
	return s
}

// marks are what a script says when it reaches outside, with the effect that follows.
var marks = []struct{ text, effect string }{
	{"fetch(", "net-read"},
	{"httpRequest(", "net-read"},
	{"axios", "net-read"},
	{"requests.get", "net-read"},
	{"httpx.", "net-read"},
	{"urlopen(", "net-read"},
	{"requests.post", "net-write"},
	{"method: 'POST'", "net-write"},
	{"method: \"POST\"", "net-write"},
	{"child_process", "exec"},
	{"subprocess.", "exec"},
	{"os.system", "exec"},
	{"eval(", "exec"},
	{" exec(", "exec"},
	{"\nexec(", "exec"},
	{"writeFile", "fs-write"},
	{"readFile", "fs-read"},
	{"open(", "fs-read"},
}

// ScriptEffects says what a script that stands as text in a configuration plainly does. It is no analysis: what is not
// seen stays unknown.
func ScriptEffects(body string, at source.Span) []Effect {
	var all []Effect
	for _, m := range marks {
		i := strings.Index(body, m.text)
		if i < 0 || m.text == "open(" && i > 0 && body[i-1] != ' ' && body[i-1] != '\n' && body[i-1] != '\t' {
			continue
		}
		all = append(all, Effect{Name: m.effect, Value: model.Yes, Reason: "its code says " + strings.TrimSpace(strings.TrimSuffix(m.text, "(")), At: []source.Span{at}})
	}
	return all
}

// Script describes a tool by its code, which stands as text in a configuration. It returns whether what the tool gives
// can hold text of strangers.
func (e *Element) Script(body string, at source.Span) (untrusted bool) {
	for _, f := range ScriptEffects(body, at) {
		e.Effect(f.Name, f.Value, f.Reason, at)
		untrusted = untrusted || f.Name == "net-read"
	}
	if untrusted {
		e.FactBecause("untrusted-output", model.Yes, "it returns what it fetches from the network", at)
	}
	return untrusted
}

// Statement describes a tool that asks a database what stands in a configuration, and nothing else. Where a model writes
// into the statement itself, that may do more. It returns whether the tool reads and whether it may change what is stored.
func (e *Element) Statement(text string, open bool, at source.Span) (reads, writes bool) {
	for _, name := range sqlEffects(text, false) {
		sure, maybe := strings.CutSuffix(name, possibly)
		if !maybe {
			e.Effect(sure, model.Yes, "its statement does so", at)
		}
		reads = reads || sure == "db-read"
		writes = writes || sure == "db-write"
	}
	if open {
		return reads, writes
	}
	if !writes {
		e.Effect("db-write", model.No, "its statement only asks", at)
	}
	for _, name := range []string{"exec", "fs-read", "fs-write"} {
		e.Effect(name, model.No, "all that it does is its statement", at)
	}
	return reads, writes
}

// hostNamed is an address whose host stands in it, also within an expression: ={{ 'https://api.example.com/orders/' + $json.id }}.
var hostNamed = regexp.MustCompile("^=?\\s*(?:\\{\\{\\s*['\"`])?(https?://[^/{}?#'\"`$\\s]+)")

// Request describes a tool that calls an address by a method, as they stand in a configuration; "" is GET. It returns
// whether what comes back can hold text of strangers: of a service whose address stands there, only its words tell.
func (e *Element) Request(method, address string, at source.Span) (untrusted bool) {
	method = strings.ToUpper(method)
	e.Effect("net-read", model.Yes, "it fetches an address", at)
	changes := false
	switch {
	case method == "" || method == "GET" || method == "HEAD":
		e.Effect("net-write", model.No, "it only gets", at)
	case strings.ContainsAny(method, "{="):
	default:
		e.Effect("net-write", model.Yes, "it sends "+method, at)
		changes = method != "POST" // many services are asked by POST
	}
	if host := hostNamed.FindString(address); host != "" {
		e.FactBecause("fixed-addresses", model.Yes, "whom it asks stands in the file", at)
		if !model.WrittenByMany(address) {
			return false
		}
	}
	if changes { // what comes back is what was put there
		e.FactBecause("untrusted-output", model.No, "it changes what is there, and gets back what it made of it", at)
		return false
	}
	e.FactBecause("untrusted-output", model.Yes, "it returns what it fetches from the network", at)
	return true
}

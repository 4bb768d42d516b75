package code

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// A name for who asks is put together of parts: user_id, authenticatedUserId, tenantId, and current_user without the last.
var (
	whoseParts = []string{"", "authenticated", "authorized", "current", "session", "loggedin", "logged_in", "auth", "my"}
	whoParts   = []string{
		"user", "owner", "account", "tenant", "customer", "member", "org", "organisation", "organization", "workspace", "family", "household", "company", "team", "caller", //nolint:misspell // names in programs
		"principal", "session", "thread", "conversation", "chat",
	}
	markParts = []string{"id", "email", "sub", "uuid"}
)

// identifies tells whether a name is one for who asks. Most names do not end like one, and are not asked further.
func identifies(name string) bool {
	if len(name) < 4 {
		return false
	}
	switch [2]byte{name[len(name)-2] | 0x20, name[len(name)-1] | 0x20} {
	case [2]byte{'i', 'd'}, [2]byte{'i', 'l'}, [2]byte{'u', 'b'}, [2]byte{'e', 'r'}, [2]byte{'m', 'e'}:
	default:
		return false
	}
	name = strings.ToLower(name)
	switch name {
	case "email", "username":
		return true
	case "currentuser", "current_user", "authenticateduser", "authenticated_user", "loggedinuser", "loggedin_user", "logged_inuser", "logged_in_user":
		return true
	}
	for _, mark := range markParts {
		if rest, ok := strings.CutSuffix(name, mark); ok && endsInWho(strings.TrimSuffix(rest, "_")) {
			return true
		}
	}
	return false
}

// endsInWho tells whether what stands before the last part of a name says who: _authenticated_user.
func endsInWho(name string) bool {
	for _, who := range whoParts {
		if whose, ok := strings.CutSuffix(name, who); ok && slices.Contains(whoseParts, strings.TrimSuffix(strings.TrimLeft(whose, "_"), "_")) {
			return true
		}
	}
	return false
}

// sessions are names of what a service keeps of who has signed in; an attribute of them that names who asks counts.
var sessions = regexp.MustCompile(`(?i)^(ctx|c|context|config|(runtime|request|run|tool|tenant|auth|user)_?(context|config)|request|req|session|state|deps|auth\w*|(current_?|session_?)?user|claims|jwt|g|self|this|locals)$`)

// whoAsks tells which calls name who asks, in a part of a program in which some names hold what was given.
type whoAsks struct {
	holds given
	made  map[syntax.Node]map[string]bool // by function: see madeOf
	keys  map[syntax.Node]*keys           // by function: see keysOf
}

// in tells whether a call, with the calls that are made on what it gives, names who asks, by something that the function was not given.
// A value that the function makes of such a name counts for it: payload = row(userId, given).
func (w *whoAsks) in(call syntax.Node) bool {
	statement, function := call, syntax.Node{}
	for up := call.Parent(); up.Is(syntax.Attr, syntax.Call) && up.Child(0) == statement; up = up.Parent() {
		statement = up // from("orders").select("*").eq("user_id", userId)
	}
	for up := call; !up.IsZero() && function.IsZero(); up = up.Parent() {
		if up.Is(syntax.FuncDef, syntax.Lambda) {
			function = up
		}
	}
	if says(statement, w.holds, nil) {
		return true
	}
	if function.IsZero() {
		return false
	}
	made := w.madeOf(function)
	return made != nil && says(statement, w.holds, made)
}

// madeOf lists the names that a function gives to what it makes of a name of who asks. It is the same for all its calls.
func (w *whoAsks) madeOf(function syntax.Node) map[string]bool {
	if made, ok := w.made[function]; ok {
		return made
	}
	var made map[string]bool // in the order of the text, so that one may be made of another
	function.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Assign, syntax.AnnAssign) && n.Child(0).Is(syntax.Name) && says(n.Child(-1), w.holds, made) {
			if made == nil {
				made = map[string]bool{}
			}
			made[n.Child(0).Text()] = true
		}
		return true
	})
	put(&w.made, function, made)
	return made
}

// keyed tells whether a name is one of what rows are found by.
func keyed(name string) bool {
	if len(name) < 3 {
		return name == "id" || name == "Id" || name == "ID"
	}
	switch name[len(name)-1] { // most names end otherwise
	case 'd', 'D', 'l', 'y', 'e', 'b', 'g', 't', 'r':
	default:
		return false
	}
	for _, end := range keyEnds {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return name == "key" || name == "sub"
}

// keyEnds are the ends of such names.
var keyEnds = []string{
	"_id", "Id", "ID", "uuid", "Uuid", "UUID", "email", "Email", "_key", "Key", "phone", "Phone", "_sub", "slug", "namespace", "scope", "tenant", "owner", "user", "account",
}

// bound tells whether a call, with those that are made on what it gives, names a key that code hands to the function, or to
// one around it, and not its caller: whoever calls does not choose all by which the rows are found.
func (w *whoAsks) bound(call syntax.Node) bool {
	statement, function := call, syntax.Node{}
	for up := call.Parent(); up.Is(syntax.Attr, syntax.Call) && up.Child(0) == statement; up = up.Parent() {
		statement = up
	}
	for up := call; !up.IsZero() && function.IsZero(); up = up.Parent() {
		if up.Is(syntax.FuncDef, syntax.Lambda) {
			function = up
		}
	}
	return !function.IsZero() && w.keysOf(function).in(statement, w.holds)
}

// keys are names that a function has from code alone: those of keys, and those of what may have keys as its fields.
type keys struct{ keys, params map[string]bool }

// keysOf lists the keys of a function, with what it makes of them. It is the same for all its calls.
func (w *whoAsks) keysOf(function syntax.Node) *keys {
	if k, ok := w.keys[function]; ok {
		return k
	}
	k := &keys{}
	for up := function; !up.IsZero(); up = up.Parent() {
		if !up.Is(syntax.FuncDef, syntax.Lambda) {
			continue
		}
		for p := range up.All(syntax.Param) {
			if _, held := w.holds[p.Text()]; !held {
				put(&k.params, p.Text(), true)
				if keyed(p.Text()) {
					put(&k.keys, p.Text(), true)
				}
			}
		}
	}
	function.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Assign, syntax.AnnAssign) && n.Child(0).Is(syntax.Name) && k.in(n.Child(-1), w.holds) {
			put(&k.keys, n.Child(0).Text(), true)
		}
		return true
	})
	put(&w.keys, function, k)
	return k
}

// in tells whether an expression reads one of the keys.
func (k *keys) in(n syntax.Node, holds given) bool {
	found := false
	n.Walk(func(c syntax.Node) bool {
		switch {
		case found:
		case c.Is(syntax.Pair), c.Is(syntax.Keyword) && c.Count() > 0:
			found = k.in(c.Child(-1), holds)
			return false
		case c.Is(syntax.Name):
			found = k.keys[c.Text()]
		case c.Is(syntax.Attr):
			found = keyed(c.Text()) && (ofCode(c, holds) || c.Child(0).Is(syntax.Name) && k.params[c.Child(0).Text()])
		}
		return !found
	})
	return found
}

// ofCode tells whether an expression is a field of a parameter that the code filled in: save({ userId: session.id, text: given }).
func ofCode(attr syntax.Node, holds given) bool {
	if !attr.Child(0).Is(syntax.Name) {
		return false
	}
	_, ok := holds[codes(attr.Child(0).Text(), attr.Text())]
	return ok
}

// says tells whether an expression reads a name of who asks, or one of those made of it.
func says(n syntax.Node, holds given, made map[string]bool) bool {
	found := false
	n.Walk(func(c syntax.Node) bool {
		switch {
		case found:
			return false
		case c.Is(syntax.Pair), c.Is(syntax.Keyword) && c.Count() > 0: // { user_id: given }: its name says nothing of its value
			found = says(c.Child(-1), holds, made)
			return false
		case c.Is(syntax.Attr):
			root := c.Child(0)
			if !identifies(c.Text()) && !(c.TextIs("id") && root.Is(syntax.Attr, syntax.Name) && root.TextIs("user")) {
				return true
			}
			if ofCode(c, holds) {
				found = true
			}
			for root.Is(syntax.Attr) {
				root = root.Child(0)
			}
			if _, held := holds[root.Text()]; root.Is(syntax.Name) && !held && sessions.MatchString(root.Text()) {
				found = true
			}
		case c.Is(syntax.Name):
			if made[c.Text()] {
				found = true
			} else if _, held := holds[c.Text()]; !held && identifies(c.Text()) {
				found = true
			}
		}
		return true
	})
	return found
}

package code

import (
	"iter"
	"strconv"
	"strings"

	"fermata/internal/syntax"
)

// ValueKind says what a value is.
type ValueKind uint8

// The kinds of value.
const (
	Unknown  ValueKind = iota // could not be followed; Text is the reason
	String                    // Text, with holes written {name}; Holes lists them
	Number                    // Text as written
	Bool                      // Text "true" or "false"
	Null                      // None
	List                      // Items; tuples and sets too
	Dict                      // Pairs; Items: what was spread into it and is no Dict
	Choice                    // Items: one of them, depending on a condition
	Env                       // an environment variable; Text is its name, Items its default
	Function                  // a function or lambda of the program; Ref.Def is nil for a lambda
	Class                     // a class of the program
	External                  // a name from outside the program that is not called: Ref.Name
	Instance                  // what calling Ref made: an object of a class, or the answer of an outside function
	Package                   // a module
)

var kindNames = [...]string{"unknown", "string", "number", "bool", "null", "list", "dict", "choice", "env", "function", "class", "external", "instance", "package"}

// String is the kind in a word.
func (k ValueKind) String() string { return kindNames[k] }

// Value is what an expression was found to be. A nil Value is "nothing there" and answers every question so.
type Value struct {
	Kind  ValueKind
	Open  bool        // List, Dict: there may be more than could be followed
	Node  syntax.Node // the expression that says so, for evidence
	Text  string
	Holes []Hole
	Items []*Value
	Pairs []Entry
	Ref   Ref // Function, Class, External, Instance, Package

	// Instance only.
	Call syntax.Node // the call that makes it; the zero Node when only its type is known (an annotation)
	Base *Value      // the receiver, when a method made it: llm in llm.bind_tools(tools)

	in    *Resolver
	frame *frame // what names inside Call (or a Function's body) mean
	self  *Value // Function: the object it is bound to
	more  *more  // nil for most
	key   *string
}

// more is what few values have. Values are what most of the memory is taken for.
type more struct {
	extra []extra
	whole bool    // these are all that it is given: the call is of something that calls it
	pkg   *target // Package

	turn   int    // List: see taking
	member *Value // List, Dict: what any member is of which nothing else is known; see memberType
}

// extras are the arguments that partial() bound.
func (v *Value) extras() []extra {
	if v.more == nil {
		return nil
	}
	return v.more.extra
}

// extra is an argument that partial() bound before the call.
type extra struct {
	name  string // "" for positional
	value *Value
}

// Hole is what is written into a string when the program runs.
type Hole struct {
	Name  string // the expression as written
	Value *Value // what it is, as far as it could be followed
}

// Entry is a key and a value of a Dict.
type Entry struct {
	Key   *Value
	Value *Value
}

// IsZero tells whether there is no value at all (an argument that was not given, say).
func (v *Value) IsZero() bool { return v == nil }

// Is tells whether the value is of the kind.
func (v *Value) Is(kind ValueKind) bool { return v != nil && v.Kind == kind }

// Reason says why a value could not be followed; "" when it could, or when there is none.
func (v *Value) Reason() string {
	if v.Is(Unknown) {
		return v.Text
	}
	return ""
}

// Constant is the text of a String without holes, Number or Bool.
func (v *Value) Constant() (string, bool) {
	if v == nil || len(v.Holes) > 0 {
		return "", false
	}
	switch v.Kind {
	case String, Number, Bool:
		return v.Text, true
	case Choice:
		// Alternatives that say the same are no choice.
		first, ok := v.Items[0].Constant()
		for _, item := range v.Items[1:] {
			if other, fine := item.Constant(); !fine || other != first {
				return "", false
			}
		}
		return first, ok
	case Env:
		if len(v.Items) == 1 {
			return v.Items[0].Constant()
		}
	}
	return "", false
}

// Str is the text of a string or constant, of the first alternative that is one where there are several; "" else.
func (v *Value) Str() string {
	for one := range v.alternatives() {
		switch one.Kind {
		case String, Number, Bool:
			return one.Text
		case Env:
			if s := one.Default().Str(); s != "" {
				return s
			}
		}
	}
	return ""
}

// Default is the value of an environment variable that is not set; nil when the code gives none.
func (v *Value) Default() *Value {
	if v.Is(Env) && len(v.Items) > 0 {
		return v.Items[0]
	}
	return nil
}

// Each gives the alternatives of a Choice, flattened; of any other value, itself; of nil, none.
func (v *Value) Each() []*Value {
	if v != nil && v.Kind != Choice {
		return []*Value{v} // so short that the compiler puts the list on the caller's stack
	}
	return v.each()
}

func (v *Value) each() []*Value {
	if v == nil {
		return nil
	}
	all := make([]*Value, 0, len(v.Items))
	for one := range v.alternatives() {
		all = append(all, one)
	}
	return all
}

// alternatives is Each without a list.
func (v *Value) alternatives() iter.Seq[*Value] {
	return func(yield func(*Value) bool) { v.visit(yield) }
}

func (v *Value) visit(yield func(*Value) bool) bool {
	if v == nil {
		return true
	}
	if v.Kind != Choice {
		return yield(v)
	}
	for _, item := range v.Items {
		if !item.visit(yield) {
			return false
		}
	}
	return true
}

// Members gives what a value holds: the items of lists (nested lists flattened), the values of a Dict, alternatives
// all of them; of any other value, itself. None is left out. This is what "tools=" wants, however it is written.
func (v *Value) Members() []*Value { return v.members(nil, 0) }

// mostMembers is how many members are ever listed; lists that hold each other could make more than memory holds.
const mostMembers = 2000

func (v *Value) members(all []*Value, depth int) []*Value {
	if v == nil || depth > 8 || len(all) >= mostMembers {
		return all
	}
	switch v.Kind {
	case List, Choice:
		for _, item := range v.Items {
			all = item.members(all, depth+1)
		}
		if v.Open {
			all = append(all, &Value{Kind: Unknown, Node: v.Node, Text: openReason(v)})
		}
	case Dict:
		for _, pair := range v.Pairs {
			all = pair.Value.members(all, depth+1)
		}
		if v.Open {
			all = append(all, &Value{Kind: Unknown, Node: v.Node, Text: openReason(v)})
		}
	case Null:
	default:
		all = append(all, v)
	}
	return all
}

func openReason(v *Value) string {
	if v.Text != "" {
		return v.Text
	}
	return "it is built up in a way that could not be followed"
}

// Get is the value of a Dict's literal key, or of the i-th item by its number; nil when there is none. A key of several
// words finds JavaScript's spelling of it too: maxTurns for "max_turns".
func (v *Value) Get(key string) *Value {
	found := v.get(key)
	if found == nil && v.Is(Dict) && strings.Contains(key, "_") {
		if t := v.Node.Tree(); t != nil && t.Language == syntax.TypeScript {
			if found = v.get(camel(key)); found == nil && strings.HasSuffix(key, "_url") {
				found = v.get(strings.TrimSuffix(camel(key), "Url") + "URL")
			}
		}
	}
	return found
}

func (v *Value) get(key string) *Value {
	var found *Value
	for one := range v.alternatives() {
		if one.Kind != Dict {
			continue
		}
		for _, pair := range one.Pairs {
			if s, ok := pair.Key.Constant(); ok && s == key {
				found = pair.Value // the last one written counts
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// Keys lists the literal keys of a Dict in order.
func (v *Value) Keys() []string {
	var keys []string
	for one := range v.alternatives() {
		for _, pair := range one.Pairs {
			if s, ok := pair.Key.Constant(); ok {
				keys = append(keys, s)
			}
		}
	}
	return keys
}

// Root goes back along method calls to the object that they started from: for graph.add_node("a").compile() the
// instance of StateGraph.
func (v *Value) Root() *Value {
	for v != nil && v.Base != nil {
		v = v.Base
	}
	return v
}

// Typed tells that only the type of an Instance is known, from an annotation; nobody saw it made.
func (v *Value) Typed() bool { return v.Is(Instance) && v.Call.IsZero() }

// Self is the object that a method is bound to; nil for other functions.
func (v *Value) Self() *Value {
	if v == nil {
		return nil
	}
	return v.self
}

// String is the value for debugging and test failures; what is deep inside is left out.
func (v *Value) String() string { return v.text(0) }

func (v *Value) text(depth int) string {
	if v == nil {
		return "nothing"
	}
	if depth > 3 {
		return "…"
	}
	depth++
	var parts []string
	switch v.Kind {
	case String:
		return strconv.Quote(v.Text)
	case List, Choice:
		for _, item := range v.Items {
			parts = append(parts, item.text(depth))
		}
		open := ""
		if v.Open {
			open = ", …"
		}
		if v.Kind == Choice {
			return "(" + strings.Join(parts, " | ") + ")"
		}
		return "[" + strings.Join(parts, ", ") + open + "]"
	case Dict:
		for _, pair := range v.Pairs {
			parts = append(parts, pair.Key.text(depth)+": "+pair.Value.text(depth))
		}
		if v.Open {
			parts = append(parts, "…")
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case Env:
		return "$" + v.Text
	case Function, Class, External, Package:
		return v.Ref.Name
	case Instance:
		return v.Ref.Name + "()"
	case Null:
		return "None"
	case Unknown:
		return "?(" + v.Text + ")"
	}
	return v.Text
}

// RefOf is what the value refers to; the zero Ref for nil.
func (v *Value) RefOf() Ref {
	if v == nil {
		return Ref{}
	}
	return v.Ref
}

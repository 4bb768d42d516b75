package code

import (
	"sync"
	"sync/atomic"

	"fermata/internal/syntax"
)

// literals are the values of the literals of a file. What a literal is depends neither on who asks nor on what is called
// with what, so each is made once for the tree, when somebody asks for it.
type literals struct {
	once   sync.Once
	chunks []atomic.Pointer[literalChunk]
}

type literalChunk [chunkSize]atomic.Pointer[Value]

// literal is the value of a literal of source code; nil for any other expression.
func (r *Resolver) literal(n syntax.Node) *Value {
	var kind ValueKind
	switch n.Kind() {
	case syntax.String:
		kind = String
	case syntax.Number:
		kind = Number
	case syntax.Bool:
		kind = Bool
	case syntax.Null:
		kind = Null
	default:
		return nil
	}
	l := r.at(n)
	if l.tree != n.Tree() { // a configuration file
		return nil
	}
	l.literals.once.Do(func() { l.literals.chunks = make([]atomic.Pointer[literalChunk], l.tree.Len()/chunkSize+1) })
	i := n.Index()
	chunk := l.literals.chunks[i/chunkSize].Load()
	if chunk == nil {
		chunk = first(&l.literals.chunks[i/chunkSize], new(literalChunk))
	}
	if v := chunk[i%chunkSize].Load(); v != nil {
		return v
	}
	v := &Value{Kind: kind, Node: n}
	if kind != Null {
		v.Text = n.Text()
	}
	return first(&chunk[i%chunkSize], v)
}

// builtinValues are what the names of the language refer to, for those who ask for nothing else.
var builtinValues = func() map[string]*Value {
	all := make(map[string]*Value, len(builtins))
	for name, full := range builtins {
		all[name] = &Value{Kind: External, Ref: Ref{Name: full}}
	}
	return all
}()

// isCommon tells whether a value may be one that all resolvers have in common.
func (v *Value) isCommon() bool {
	switch v.Kind {
	case String, Number, Bool, Null, External:
		return true
	}
	return false
}

package rule

import (
	"fmt"
	"reflect"
	"sync/atomic"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"fermata/internal/model"
)

// answer is one fact as CEL sees it.
type answer uint8

const (
	unknown answer = iota
	no
	yes
	word // the text stands in the model's fact
)

// unknowns are the CEL unknowns of one subject by slot, made when first asked. CEL merges them by their numbers, so a
// number says which fact of which subject it is: see [index.lacking].
type unknowns []atomic.Pointer[types.Unknown]

func (u unknowns) at(slot int, base int64) *types.Unknown {
	if known := u[slot].Load(); known != nil {
		return known
	}
	// Two workers may both make it: they are equal, and either may stay.
	made := types.NewUnknown(base+int64(slot), nil)
	u[slot].Store(made)
	return made
}

// Numbers of unknowns: the subject's place in its list times slotsPerSubject, flows after elements.
const (
	slotsPerSubject = 1 << 8
	flowNumbers     = 1 << 48
	oldNumbers      = 1 << 56 // of the older system of a comparison: nobody can be asked about the past
)

// element is a model element as CEL sees it, made once per system.
type element struct {
	m            *model.Element
	number       int64
	id, kind     any // boxed once: CEL takes texts as interfaces
	answers      []answer
	host, server *element
	out, in      neighbours
	boundaries   int32 // number of the set of trust boundaries around it
	absent       bool
	past         bool     // it is of the older system of a comparison
	twin         *element // the same one in the other system of a comparison; nil where there is none
	asked        atomic.Pointer[unknowns]
	target       target
}

// missing stands where a path leads to nothing: every fact of it is no or empty.
var missing = newMissing()

func newMissing() *element {
	e := &element{m: &model.Element{}, id: types.String(""), kind: types.String(""), absent: true, boundaries: -1}
	e.answers = make([]answer, len(elementSlots))
	for i := range e.answers {
		e.answers[i] = no
		if elementSlots[i].words() {
			e.answers[i] = word
		}
	}
	e.host, e.server = e, e
	return e
}

// flow is a model flow as CEL sees it.
type flow struct {
	m        *model.Flow
	number   int64
	id, kind any
	answers  []answer
	from, to *element
	absent   bool
	asked    atomic.Pointer[unknowns]
	target   target
}

func newMissingFlow() *flow {
	f := &flow{m: &model.Flow{}, id: types.String(""), kind: types.String(""), from: missing, to: missing, absent: true}
	f.answers = make([]answer, len(flowSlots))
	for i := range f.answers {
		f.answers[i] = no
		if flowSlots[i].words() {
			f.answers[i] = word
		}
	}
	return f
}

var missingFlow = newMissingFlow()

// cycle is a strongly connected group as CEL sees it.
type cycle struct {
	members    []*element
	flows      []*flow
	memberList ref.Val
	flowList   ref.Val
}

// read gives a fact to CEL: a bool, a text, or an unknown that remembers whose fact it is.
func read(answers []answer, asked *atomic.Pointer[unknowns], slot int, number int64, facts map[string]model.Fact, info *slotInfo) any {
	switch answers[slot] {
	case yes:
		return types.True
	case no:
		return types.False
	case word:
		return types.String(facts[info.name].Value)
	}
	known := asked.Load()
	if known == nil {
		made := make(unknowns, len(answers))
		if !asked.CompareAndSwap(nil, &made) {
			known = asked.Load()
		} else {
			known = &made
		}
	}
	return known.at(slot, number)
}

// answerOf is a model fact as an answer.
func answerOf(value string, info *slotInfo) answer {
	switch {
	case value == model.Unknown:
		return unknown
	case info.words():
		return word
	case value == model.Yes:
		return yes
	case value == model.No:
		return no
	}
	return unknown
}

// getter reads one field of one of our types. CEL calls it with the value that the field before it gave; facts and
// effects are read from their element or flow itself.
func getter(t typ, f field) ref.FieldGetter {
	switch t {
	case elementFactsT, effectsT:
		info := &elementSlots[f.slot]
		return getterOf(func(e *element) any { return read(e.answers, &e.asked, f.slot, e.number, e.m.Facts, info) })
	case flowFactsT:
		info := &flowSlots[f.slot]
		return getterOf(func(v *flow) any { return read(v.answers, &v.asked, f.slot, v.number, v.m.Facts, info) })
	case elementT:
		return getterOf(func(e *element) any { return e.field(f.name) })
	case flowT:
		return getterOf(func(v *flow) any { return v.field(f.name) })
	case callT, functionT, classT, literalT, fileT:
		return getterOf(func(s *subject) any { return subjectField(s, f) })
	case argumentT:
		return getterOf(func(a *argument) any { return argumentField(a, f.name) })
	default:
		return getterOf(func(c *cycle) any { return c.field(f.name) })
	}
}

// getterOf is a getter that is asked for fields of a T only.
func getterOf[T any](get func(T) any) ref.FieldGetter {
	return func(target any) (any, error) {
		of, ok := target.(T)
		if !ok {
			return nil, fmt.Errorf("a field was asked of %T", target)
		}
		return get(of), nil
	}
}

// field is what a field of an element holds, as CEL takes it.
func (e *element) field(name string) any {
	switch name {
	case "id":
		return e.id
	case "kind":
		return e.kind
	case "name":
		return types.String(e.name())
	case "layer":
		return types.String(e.m.Layer)
	case "scope":
		return types.String(e.m.Scope)
	case "system":
		return types.String(e.m.System)
	case "origin":
		return types.String(e.m.Origin)
	case "technology":
		return types.String(e.m.Technology)
	case "detail":
		return types.String(e.m.Detail)
	case "present":
		return types.Bool(!e.absent)
	case "effects":
		return e
	case "facts":
		return e
	case "host":
		return e.host
	case "server":
		return e.server
	}
	return nil
}

// field is what a field of a flow holds, as CEL takes it.
func (f *flow) field(name string) any {
	switch name {
	case "id":
		return f.id
	case "kind":
		return f.kind
	case "label":
		return types.String(f.m.Label)
	case "origin":
		return types.String(f.m.Origin)
	case "present":
		return types.Bool(!f.absent)
	case "from":
		return f.from
	case "to":
		return f.to
	case "facts":
		return f
	}
	return nil
}

// field is what a field of a cycle holds, as CEL takes it.
func (c *cycle) field(name string) any {
	switch name {
	case "names":
		return types.String(c.names())
	case "size":
		return types.Int(len(c.members))
	case "members":
		return c.memberList
	case "flows":
		return c.flowList
	}
	return nil
}

// name is what people call the element.
func (e *element) name() string {
	if e.m.Name != "" {
		return e.m.Name
	}
	return e.m.ID
}

func (c *cycle) names() string {
	all := make([]string, len(c.members))
	for i, e := range c.members {
		all[i] = e.name()
	}
	return someNames(all)
}

// The rest makes our values acceptable to CEL where a whole element, flow or cycle is compared or passed on.

// ConvertToNative is part of ref.Val; nothing of ours is converted.
func (e *element) ConvertToNative(reflect.Type) (any, error) { return nil, errNoConversion }

// ConvertToType is part of ref.Val.
func (e *element) ConvertToType(t ref.Type) ref.Val { return convert(e, t) }

// Equal tells whether both are the same element.
func (e *element) Equal(other ref.Val) ref.Val { return types.Bool(ref.Val(e) == other) }

// Type is the CEL type.
func (e *element) Type() ref.Type { return celTypes[elementT] }

// Value is the element itself: getters take it.
func (e *element) Value() any { return e }

// ConvertToNative is part of ref.Val; nothing of ours is converted.
func (f *flow) ConvertToNative(reflect.Type) (any, error) { return nil, errNoConversion }

// ConvertToType is part of ref.Val.
func (f *flow) ConvertToType(t ref.Type) ref.Val { return convert(f, t) }

// Equal tells whether both are the same flow.
func (f *flow) Equal(other ref.Val) ref.Val { return types.Bool(ref.Val(f) == other) }

// Type is the CEL type.
func (f *flow) Type() ref.Type { return celTypes[flowT] }

// Value is the flow itself: getters take it.
func (f *flow) Value() any { return f }

// ConvertToNative is part of ref.Val; nothing of ours is converted.
func (c *cycle) ConvertToNative(reflect.Type) (any, error) { return nil, errNoConversion }

// ConvertToType is part of ref.Val.
func (c *cycle) ConvertToType(t ref.Type) ref.Val { return convert(c, t) }

// Equal tells whether both are the same cycle.
func (c *cycle) Equal(other ref.Val) ref.Val { return types.Bool(ref.Val(c) == other) }

// Type is the CEL type.
func (c *cycle) Type() ref.Type { return celTypes[cycleT] }

// Value is the cycle itself: getters take it.
func (c *cycle) Value() any { return c }

func convert(v ref.Val, t ref.Type) ref.Val {
	if t.TypeName() == v.Type().TypeName() {
		return v
	}
	return types.NewErr("%s", errNoConversion)
}

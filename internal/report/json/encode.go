package json

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"fermata/internal/report"
)

// encoder writes plain data as the encoder of the standard library does with two blanks of indent, without holding the
// document in memory: a result of a large tree is hundreds of megabytes, of which that encoder keeps several copies.
type encoder struct {
	to     io.Writer
	err    error  // the first of writing
	b      []byte // what is not written yet
	indent int
	shapes map[reflect.Type]*shape
	spare  []*entries // see entriesOf
}

// enough is how many bytes are gathered before they are written.
const enough = 1 << 16

// encode writes v and a line end.
func encode(w io.Writer, v any) error {
	e := &encoder{to: w, b: make([]byte, 0, 2*enough), shapes: map[reflect.Type]*shape{}}
	of := reflect.ValueOf(v)
	if err := e.value(of, e.shapeOf(of.Type())); err != nil {
		return err
	}
	e.b = append(e.b, '\n')
	e.flush()
	return e.err
}

func (e *encoder) flush() {
	if e.err == nil {
		_, e.err = e.to.Write(e.b)
	}
	e.b = e.b[:0]
}

// shape is what there is to know of a type before it is written: it is found out once and not at each of a million
// values.
type shape struct {
	kind   reflect.Kind
	fields []field // of a structure
	inner  *shape  // of a pointer, slice or map
}

// field is a field of a structure that is written.
type field struct {
	index int
	name  string // with quotes and what follows it
	omit  bool   // when it is empty
	shape *shape
}

func (e *encoder) shapeOf(t reflect.Type) *shape {
	if known := e.shapes[t]; known != nil {
		return known
	}
	s := &shape{kind: t.Kind()}
	e.shapes[t] = s // before what is inside: types may hold themselves
	switch s.kind {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		s.inner = e.shapeOf(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name == "-" {
				continue
			}
			s.fields = append(s.fields, field{
				index: i, name: strconv.Quote(cmp.Or(name, t.Field(i).Name)) + ": ", omit: options == "omitempty", shape: e.shapeOf(t.Field(i).Type),
			})
		}
	}
	return s
}

func (e *encoder) value(v reflect.Value, s *shape) error {
	switch s.kind {
	case reflect.Pointer:
		if v.IsNil() {
			e.b = append(e.b, "null"...)
			return nil
		}
		return e.value(v.Elem(), s.inner)
	case reflect.Struct:
		return e.structure(v, s)
	case reflect.Slice:
		if v.IsNil() {
			e.b = append(e.b, "null"...)
			return nil
		}
		n := v.Len()
		e.open('[')
		for i := range n {
			e.member(i)
			if err := e.value(v.Index(i), s.inner); err != nil {
				return err
			}
		}
		e.close(']', n)
		return nil
	case reflect.Map:
		if v.IsNil() {
			e.b = append(e.b, "null"...)
			return nil
		}
		all := e.entriesOf(v)
		defer e.giveBack(all)
		e.open('{')
		for i, one := range all.order {
			e.member(i)
			if err := e.text(one.key); err != nil {
				return err
			}
			e.b = append(e.b, ": "...)
			if err := e.value(all.values.Index(one.at), s.inner); err != nil {
				return err
			}
		}
		e.close('}', len(all.order))
		return nil
	case reflect.String:
		return e.text(v.String())
	case reflect.Bool:
		e.b = strconv.AppendBool(e.b, v.Bool())
		return nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.b = strconv.AppendInt(e.b, v.Int(), 10)
		return nil
	case reflect.Float64:
		if f := v.Float(); f == 0 || math.Abs(f) >= 1e-6 && math.Abs(f) < 1e21 { // the others have an exponent, or are none
			e.b = strconv.AppendFloat(e.b, f, 'f', -1, 64)
			return nil
		}
	}
	return e.other(v.Interface())
}

// entries are what a map holds, copied into room that maps of the same type use one after the other: to ask a map for each of
// its keys and values makes a piece of memory for each.
type entries struct {
	of     reflect.Type
	key    reflect.Value // a key at a time
	values reflect.Value // as they came
	order  []entry       // by key
}

type entry struct {
	key string
	at  int // among the values
}

// entriesOf is what a map holds. It must be given back.
func (e *encoder) entriesOf(v reflect.Value) *entries {
	var all *entries
	for i, one := range e.spare {
		if one.of == v.Type() {
			all, e.spare = one, slices.Delete(e.spare, i, i+1)
			break
		}
	}
	if all == nil {
		all = &entries{of: v.Type(), key: reflect.New(v.Type().Key()).Elem()}
	}
	if n := v.Len(); !all.values.IsValid() || all.values.Len() < n {
		all.values = reflect.MakeSlice(reflect.SliceOf(all.of.Elem()), 2*n, 2*n)
	}
	all.order = all.order[:0]
	for each, at := v.MapRange(), 0; each.Next(); at++ {
		all.key.SetIterKey(each)
		all.values.Index(at).SetIterValue(each)
		all.order = append(all.order, entry{all.key.String(), at})
	}
	slices.SortFunc(all.order, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	return all
}

func (e *encoder) giveBack(all *entries) { e.spare = append(e.spare, all) }

func (e *encoder) structure(v reflect.Value, s *shape) error {
	e.open('{')
	written := 0
	for i := range s.fields {
		f := &s.fields[i]
		of := v.Field(f.index)
		if f.omit && empty(of, f.shape.kind) {
			continue
		}
		e.member(written)
		written++
		e.b = append(e.b, f.name...)
		if err := e.value(of, f.shape); err != nil {
			return err
		}
	}
	e.close('}', written)
	if len(e.b) > enough {
		e.flush()
	}
	return nil
}

// open begins a list of members between brackets, each on a line of its own.
func (e *encoder) open(bracket byte) {
	e.b = append(e.b, bracket)
	e.indent++
}

// member begins a member; i is how many there were before it.
func (e *encoder) member(i int) {
	if i > 0 {
		e.b = append(e.b, ',')
	}
	e.line()
}

// close ends a list of n members.
func (e *encoder) close(bracket byte, n int) {
	e.indent--
	if n > 0 {
		e.line()
	}
	e.b = append(e.b, bracket)
}

const lineAndBlanks = "\n                                                                "

func (e *encoder) line() {
	e.b = append(e.b, lineAndBlanks[:min(1+2*e.indent, len(lineAndBlanks))]...)
}

// empty tells what omitempty leaves out.
func empty(v reflect.Value, kind reflect.Kind) bool {
	switch kind {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// How a byte of a text is written.
const (
	asItIs = iota
	escaped
	byOthers
)

var bytesOfText = func() (table [256]byte) {
	for c := range table {
		switch {
		case c == '"' || c == '\\' || c == '\n' || c == '\t':
			table[c] = escaped
		case c < ' ' || c > '~':
			table[c] = byOthers
		}
	}
	return table
}()

// text writes a string; most are plain.
func (e *encoder) text(s string) error {
	worst := byte(asItIs)
	for i := range len(s) {
		worst |= bytesOfText[s[i]]
	}
	if worst >= byOthers {
		return e.other(s)
	}
	e.b = append(e.b, '"')
	if worst == asItIs {
		e.b = append(e.b, s...)
	} else {
		for i := range len(s) {
			switch c := s[i]; c {
			case '"', '\\':
				e.b = append(e.b, '\\', c)
			case '\n':
				e.b = append(e.b, `\n`...)
			case '\t':
				e.b = append(e.b, `\t`...)
			default:
				e.b = append(e.b, c)
			}
		}
	}
	e.b = append(e.b, '"')
	return nil
}

// other leaves a value to the standard library: numbers with an exponent, and text that needs rarer escapes.
func (e *encoder) other(v any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	e.b = append(e.b, report.EscapeJSON(bytes.TrimSuffix(b.Bytes(), []byte("\n")))...)
	return nil
}

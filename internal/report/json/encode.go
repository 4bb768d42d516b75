package json

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"fermata/internal/report"
)

// encoder writes plain data as the encoder of the standard library does with two blanks of indent, without holding the
// document in memory: a result of a large tree is hundreds of megabytes, of which that encoder keeps several copies.
type encoder struct {
	w      writer
	indent int
}

// writer keeps the first error and gives it when it is flushed.
type writer struct{ b *bufio.Writer }

func (w writer) text(s string)     { _, _ = w.b.WriteString(s) }
func (w writer) byte(c byte)       { _ = w.b.WriteByte(c) }
func (w writer) write(some []byte) { _, _ = w.b.Write(some) }

// encode writes v and a line end.
func encode(w io.Writer, v any) error {
	e := &encoder{w: writer{bufio.NewWriterSize(w, 1<<16)}}
	if err := e.value(reflect.ValueOf(v)); err != nil {
		return err
	}
	e.w.byte('\n')
	return e.w.b.Flush()
}

// field is a field of a structure that is written.
type field struct {
	index int
	name  string // with quotes and what follows it
	omit  bool   // when it is empty
}

var fields sync.Map // reflect.Type → []field

func fieldsOf(t reflect.Type) []field {
	if known, ok := fields.Load(t); ok {
		return known.([]field)
	}
	var list []field
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		list = append(list, field{i, strconv.Quote(cmp.Or(name, t.Field(i).Name)) + ": ", options == "omitempty"})
	}
	fields.Store(t, list)
	return list
}

func (e *encoder) value(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			e.w.text("null")
			return nil
		}
		return e.value(v.Elem())
	case reflect.Struct:
		return e.structure(v)
	case reflect.Slice:
		if v.IsNil() {
			e.w.text("null")
			return nil
		}
		return e.list('[', ']', v.Len(), func(i int) error { return e.value(v.Index(i)) })
	case reflect.Map:
		if v.IsNil() {
			e.w.text("null")
			return nil
		}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		return e.list('{', '}', len(keys), func(i int) error {
			if err := e.text(keys[i].String()); err != nil {
				return err
			}
			e.w.text(": ")
			return e.value(v.MapIndex(keys[i]))
		})
	case reflect.String:
		return e.text(v.String())
	case reflect.Bool:
		e.w.text(strconv.FormatBool(v.Bool()))
		return nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.w.write(strconv.AppendInt(e.w.b.AvailableBuffer(), v.Int(), 10))
		return nil
	}
	return e.other(v.Interface())
}

func (e *encoder) structure(v reflect.Value) error {
	all := fieldsOf(v.Type())
	var here [32]field
	written := here[:0]
	for _, f := range all {
		if !f.omit || !empty(v.Field(f.index)) {
			written = append(written, f)
		}
	}
	return e.list('{', '}', len(written), func(i int) error {
		e.w.text(written[i].name)
		return e.value(v.Field(written[i].index))
	})
}

// list writes n members between brackets, each on a line of its own.
func (e *encoder) list(open, end byte, n int, member func(i int) error) error {
	e.w.byte(open)
	if n > 0 {
		e.indent++
		for i := range n {
			if i > 0 {
				e.w.byte(',')
			}
			e.line()
			if err := member(i); err != nil {
				return err
			}
		}
		e.indent--
		e.line()
	}
	e.w.byte(end)
	return nil
}

const blanks = "                                                                "

func (e *encoder) line() {
	e.w.byte('\n')
	e.w.text(blanks[:min(2*e.indent, len(blanks))])
}

// empty tells what omitempty leaves out.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// text writes a string; most are plain.
func (e *encoder) text(s string) error {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return e.other(s)
		}
	}
	e.w.byte('"')
	e.w.text(s)
	e.w.byte('"')
	return nil
}

// other leaves a value to the standard library: numbers with a fraction, and text that needs escapes.
func (e *encoder) other(v any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	e.w.write(report.EscapeJSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))))
	return nil
}

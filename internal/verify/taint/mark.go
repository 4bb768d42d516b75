package taint

import (
	"strings"

	"fermata/internal/source"
)

// step is a place on the way, with those before it.
type step struct {
	at   source.Span
	what string
	prev *step
	n    int
}

func (s *step) then(at source.Span, what string) *step {
	if s != nil && s.n >= mostSteps {
		return s
	}
	if s != nil && s.at == at {
		return s
	}
	n := 1
	if s != nil {
		n = s.n + 1
	}
	return &step{at, what, s, n}
}

// after puts a function's inner way behind the way that led to it.
func (s *step) after(inner *step) *step {
	if inner == nil {
		return s
	}
	return s.after(inner.prev).then(inner.at, inner.what)
}

func (s *step) places() []Place {
	if s == nil {
		return nil
	}
	return append(s.prev.places(), Place{s.at, s.what})
}

// mark says who controls a value.
type mark struct {
	src   *Source
	param int // 1 and more: a parameter of the function that is summarised
	clean mask
	doubt bool
	plain bool // a path without dots that lead upwards: what it begins with says where it leads
	file  bool // a file that was sent: where it lies is not the sender's choice
	named bool // the name that a sent file came with, which is
	last  bool // the last part of a path: it may still be two dots, which name a folder and no file
	loose bool // something was done to it on its way by which a last part may stop to be one
	trace *step
}

func (m mark) same(o mark) bool {
	if m.param != o.param {
		return false
	}
	return m.src == o.src || m.src != nil && o.src != nil && *m.src == *o.src
}

type marks []mark

// union joins marks; of one source, what is clean only on both ways is clean.
func union(a, b marks) marks {
	if len(b) == 0 {
		return a
	}
	if len(a) == 0 {
		return b
	}
	out, own := a, false // a copy is made when something changes: what two branches leave alone is the same on both
	change := func() {
		if !own {
			out, own = append(make(marks, 0, len(a)+1), a...), true
		}
	}
next:
	for _, m := range b {
		for i := range out {
			if !out[i].same(m) {
				continue
			}
			if both := out[i].both(m); both != out[i] {
				change()
				out[i] = both
			}
			continue next
		}
		if len(out) < mostMarks {
			change()
			out = append(out, m)
		}
	}
	return out
}

// both is what holds of a value that one of two marks of one source is on.
func (m mark) both(o mark) mark {
	m.clean &= o.clean
	m.doubt = m.doubt && o.doubt
	m.plain = m.plain && o.plain
	m.file = m.file && o.file
	m.named = m.named || o.named
	m.last = m.last && o.last
	m.loose = m.loose || o.loose
	return m
}

func (ms marks) cleaned(for_ mask) marks {
	if len(ms) == 0 || for_ == 0 {
		return ms
	}
	out := make(marks, 0, len(ms))
	for _, m := range ms {
		m.clean |= for_
		if m.clean != everything {
			out = append(out, m)
		}
	}
	return out
}

// nowhere tells whether a value cannot say which file is meant: it is a file that was sent, and not the name it came with.
func (m mark) nowhere(k Kind) bool { return m.file && !m.named && k == pathKind }

var pathKind = kindNamed("path")

// sent are the marks of files that were sent.
func (ms marks) sent() marks {
	out := append(marks(nil), ms...)
	for i := range out {
		out[i].file = true
	}
	return out
}

// naming are the marks of the names that files came with.
func (ms marks) naming() marks {
	out := append(marks(nil), ms...)
	for i := range out {
		out[i].named = true
	}
	return out
}

// plainly are the marks of a path that was resolved.
func (ms marks) plainly() marks {
	out := append(marks(nil), ms...)
	for i := range out {
		out[i].plain = true
	}
	return out
}

func (ms marks) doubted() marks {
	out := append(marks(nil), ms...)
	for i := range out {
		out[i].doubt = true
	}
	return out
}

func (ms marks) through(at source.Span, what string) marks {
	out := append(marks(nil), ms...)
	for i := range out {
		out[i].trace = out[i].trace.then(at, what)
	}
	return out
}

// env is what the names hold at one place; an attribute or item with a fixed key is a name of its own.
type env map[string]marks

func (e env) copy() env {
	out := make(env, len(e))
	for k, v := range e {
		out[k] = v
	}
	return out
}

// marked tells whether anything is marked.
func (e env) marked() bool {
	for _, v := range e {
		if len(v) > 0 {
			return true
		}
	}
	return false
}

// join is what holds where two ways meet.
func (e env) join(o env) env {
	for k, v := range o {
		if own, ok := e[k]; ok {
			e[k] = union(own, v)
		} else {
			e[k] = v
		}
	}
	return e
}

func (e env) set(path string, v marks) {
	if path == "" {
		return
	}
	if len(e) > 0 {
		prefix := path + "."
		for k := range e {
			if strings.HasPrefix(k, prefix) {
				delete(e, k)
			}
		}
	}
	if len(v) == 0 && !strings.Contains(path, ".") {
		delete(e, path)
		return
	}
	e[path] = v
}

// add puts more into what a name holds.
func (e env) add(path string, v marks) {
	if path == "" || len(v) == 0 {
		return
	}
	e[path] = union(e[path], v)
	if i := strings.LastIndexByte(path, '.'); i > 0 { // the container holds it too
		e[path[:i]] = union(e[path[:i]], v)
	}
}

package codecheck

import (
	"slices"
	"sync"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
)

// Two of three files have nothing in them that a rule about code could tell of, whatever the model turns out to be. That can
// be seen while discovery has the file's tree at hand, and those that its imports lead to: they are not read again for it.

// Preview looks at files of source code before the model is known, and keeps what was seen of those where nothing depends on
// it. It may be used by many goroutines.
type Preview struct {
	look  *look
	notes sync.Map // path → *seen
}

// NewPreview makes ready to look at files with the questions and the sieve of a later [Run].
func NewPreview(asks Asks, sieve Sieve) (*Preview, error) {
	l, err := newLook(Input{Asks: asks, Sieve: sieve})
	if err != nil {
		return nil, err
	}
	return &Preview{look: l}, nil
}

// Look looks at a file. Kinds are those of the elements that are known to be in it: where code is the body of one, the model
// has a say in what is found. It tells whether that was all: nothing in the file is looked at again unless somebody turns out to own
// something in it.
func (p *Preview) Look(program *code.Program, path string, kinds []model.Kind) (all bool) {
	if source.Scope(path) == source.ScopeVendored || slices.ContainsFunc(kinds, func(k model.Kind) bool { return bodies[k] }) {
		return false
	}
	l := *p.look
	l.in.Program = program
	s := l.preview(path)
	if s == nil {
		return false
	}
	p.notes.Store(path, s)
	return true
}

// preview looks at a file as source does, and gives up where something may be found.
func (l *look) preview(path string) (s *seen) {
	defer func() {
		if recover() != nil {
			s = nil // Run comes upon it, too, and tells
		}
	}()
	r := l.in.Program.Later(path)
	if r == nil || r.Tree() == nil || r.Tree().File == nil || large(r.Tree()) {
		return nil
	}
	s = &seen{looked: true}
	f := l.begin(path, s)
	if !l.memory.Quiet(f.r) {
		return nil
	}
	f.walk(r.Tree().Root())
	if len(s.subjects) > 0 || slices.ContainsFunc(s.pending, func(p *pending) bool { return p.subject != nil }) {
		return nil
	}
	return s
}

// of gives what was seen of a file in which nobody owns anything; nil where that has to be found.
func (p *Preview) of(path string, owners *owners) *seen {
	if p == nil || owners.files[path] {
		return nil
	}
	s, ok := p.notes.LoadAndDelete(path)
	if !ok {
		return nil
	}
	return s.(*seen)
}

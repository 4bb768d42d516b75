package syntax

import (
	"fmt"
	"iter"

	"fermata/internal/source"
)

// ParseAs reads a file as one language, whatever its name says. A reader that meets its own bug says so in a
// diagnostic and costs that file, not the run.
func ParseAs(file *source.File, language Language) (tree *Tree) {
	defer func() {
		if trouble := recover(); trouble != nil {
			tree = &Tree{File: file, Language: language, Diagnostics: []source.Diagnostic{{
				Severity: source.Error, Code: "reader-failed", Span: file.Span(0, 0),
				Message: fmt.Sprintf("the %s reader failed on this file: %v", language, trouble),
				Hint:    "please report it; the file was left out",
			}}}
		}
	}()
	// Offsets are 32 bits wide; the limits of package source stop such a file long before.
	if len(file.Content()) > 1<<30 {
		return &Tree{File: file, Language: language, Diagnostics: []source.Diagnostic{{
			Severity: source.Error, Code: "too-large", Message: "the file is larger than 1 GiB", Path: file.Path(),
		}}}
	}
	switch language {
	}
	return &Tree{File: file, Language: language}
}

// Pairs visits the keys and values of a Map (or the keyword arguments of a Call, with the Keyword node as key), in
// the order of the text.
func (n Node) Pairs() iter.Seq2[Node, Node] {
	return func(yield func(Node, Node) bool) {
		for c := range n.Children() {
			switch c.Kind() {
			case Pair:
				if !yield(c.Child(0), c.Child(1)) {
					return
				}
			case Keyword:
				if !yield(c, c.Child(0)) {
					return
				}
			}
		}
	}
}

// Scalar is the text of a String, Number or Bool, and whether the node is one.
func (n Node) Scalar() (string, bool) {
	if n.Is(String, Number, Bool) {
		return n.Text(), true
	}
	return "", false
}

package syntax

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"unicode/utf8"

	"fermata/internal/source"
)

// Codes of diagnostics that say that a file was not read to its end, and that the fault is not the file's.
const (
	ReaderFailed = "reader-failed" // a bug of a reader
	TooDeep      = "too-deep"      // a bound on nesting
	TooLarge     = "too-large"     // a bound on size
	AliasLimit   = "alias-limit"   // a bound on what aliases of YAML stand for
)

// ParseAs reads a file as one language, whatever its name says. A reader that meets its own bug says so in a
// diagnostic and costs that file, not the run.
func ParseAs(file *source.File, language Language) (tree *Tree) {
	defer func() {
		if trouble := recover(); trouble != nil {
			tree = &Tree{File: file, Language: language, Diagnostics: []source.Diagnostic{{
				Severity: source.Error, Code: ReaderFailed, Span: file.Span(0, 0),
				Message: fmt.Sprintf("the %s reader failed on this file: %v", language, trouble),
				Hint:    "please report it; the file was left out",
			}}}
		}
	}()
	// Offsets are 32 bits wide; the limits of package source stop such a file long before.
	if len(file.Content()) > 1<<30 {
		return &Tree{File: file, Language: language, Diagnostics: []source.Diagnostic{{
			Severity: source.Error, Code: TooLarge, Message: "the file is larger than 1 GiB", Path: file.Path(),
		}}}
	}
	text, start, troubles := cleanText(file)
	if start < 0 {
		return &Tree{File: file, Language: language, Diagnostics: troubles}
	}
	switch language {
	case Python:
		// Python files may say another encoding than UTF-8; that is the reader's business.
		return parsePython(file, language, file.Content(), nil)
	case YAML:
		tree = parseYAML(file, text, start)
	case TypeScript:
		tree = parseJavaScript(file, text, start)
	case TOML:
		tree = parseTOML(file, text, start)
	case Go:
		tree = parseGo(file, text, start)
	case Notebook:
		tree = parseNotebook(file, text, start)
	case JSON:
		tree = parseJSON(file, text, start)
	default:
		return &Tree{File: file, Language: language}
	}
	tree.Diagnostics = append(troubles, tree.Diagnostics...)
	slices.SortStableFunc(tree.Diagnostics, func(a, b source.Diagnostic) int { return int(a.Span.Start - b.Span.Start) })
	return tree
}

// cleanText gives the file's bytes as valid UTF-8 of the same length, so that offsets stay those of the file: a byte
// that is not UTF-8 becomes a question mark. Start is past a byte order mark, or negative when the file is of another
// encoding altogether.
func cleanText(file *source.File) (text []byte, start int, troubles []source.Diagnostic) {
	text = file.Content()
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return nil, -1, []source.Diagnostic{{
			Severity: source.Error, Code: "encoding", Span: file.Span(0, 2),
			Message: "the file is UTF-16, not UTF-8", Hint: "save it as UTF-8",
		}}
	}
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		start = 3
	}
	if utf8.Valid(text) {
		return text, start, nil
	}
	text = bytes.Clone(text)
	first := -1
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			if first < 0 {
				first = i
			}
			text[i] = '?'
		}
		i += size
	}
	return text, start, []source.Diagnostic{{
		Severity: source.Warning, Code: "encoding", Span: file.Span(first, first+1),
		Message: "the file is not valid UTF-8 from here on", Hint: "bytes that are not UTF-8 are read as question marks",
	}}
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

// duplicateKeys says which keys of a map stand twice: readers disagree about which one counts, and that is a way to
// show a reviewer one thing and a program another.
func (b *builder) duplicateKeys(id int32) {
	nodes := b.tree.nodes
	count := 0
	for pair := nodes[id].first; pair != 0; pair = nodes[pair].next {
		count++
	}
	if count < 2 {
		return
	}
	var seen map[string]struct{}
	if count > 16 {
		seen = make(map[string]struct{}, count)
	}
	for pair := nodes[id].first; pair != 0; pair = nodes[pair].next {
		key := Node{b.tree, nodes[pair].first}
		if nodes[pair].kind != Pair || !key.Is(String, Number, Bool, Null) {
			continue
		}
		twice := false
		if seen != nil {
			name := key.Text()
			_, twice = seen[name]
			seen[name] = struct{}{}
		} else {
			// Most maps are small: comparing beats hashing, and nothing is allocated.
			name := b.tree.textBytes(key.id)
			for other := nodes[id].first; other != pair && !twice; other = nodes[other].next {
				twice = nodes[other].kind == Pair && string(b.tree.textBytes(nodes[other].first)) == string(name)
			}
		}
		if twice {
			b.diagnose(source.Error, "duplicate-key", "key "+strconv.Quote(key.Text())+" stands twice in this map",
				int(nodes[key.id].start), int(nodes[key.id].end))
		}
	}
}

// textBytes is a node's Text without a copy, for comparing.
func (t *Tree) textBytes(id int32) []byte {
	d := &t.nodes[id]
	if d.textEnd < 0 {
		return []byte(t.strings[d.textStart])
	}
	return t.text[d.textStart:d.textEnd]
}

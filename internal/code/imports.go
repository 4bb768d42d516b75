package code

import (
	"bytes"
	"slices"

	"fermata/internal/syntax"
)

func (r *Resolver) importsOf() []Import {
	if r.importList != nil {
		return r.importList
	}
	all := []Import{}
	r.own.tree.Root().Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Import:
			for a := range n.All(syntax.Alias) {
				t := r.importTarget(r.module, 0, a.Text())
				all = append(all, Import{Name: t.name, Node: n, Def: firstModule(t)})
			}
			return false
		case syntax.ImportFrom:
			t := r.importTarget(r.module, n.Op(), n.Text())
			for a := range n.All(syntax.Alias) {
				all = append(all, Import{Name: t.name + "." + a.Text(), Node: n, Def: firstModule(t)})
			}
			return false
		}
		return true
	})
	r.importList = slices.Clip(all)
	return r.importList
}

func firstModule(t target) *Module {
	if len(t.modules) > 0 {
		return t.modules[0]
	}
	return nil
}

// Mention is a module that a source file imports, found without parsing.
type Mention struct {
	Name   string // dotted, or a JavaScript specifier; relative ones begin with dots
	Offset int    // of the name in the content
}

// Mentions finds the modules that a source file imports by looking at the bytes only. It is how a large tree is
// searched for agent code at the speed of memory: it may name what stands in a string or a comment, and misses only
// imports whose names are computed. The language may be Python, Notebook, TypeScript or Go.
func Mentions(content []byte, language syntax.Language) []Mention {
	if language == syntax.Go {
		return goMentions(content)
	}
	var found []Mention
	begin := textBegin(content)
	for at := 0; ; {
		i := bytes.Index(content[at:], importWord)
		if i < 0 {
			break
		}
		i += at
		at = i + len(importWord)
		if language != syntax.TypeScript && at < len(content) && content[at] == '_' { // import_module("x"), __import__("x")
			for _, word := range [][]byte{[]byte("_module("), []byte("__(")} {
				if n := quoted(content, at+len(word)); n != nil && bytes.HasPrefix(content[at:], word) {
					found = append(found, *n)
				}
			}
			continue
		}
		if at >= len(content) || i > begin && isWord(content[i-1]) {
			continue
		}
		if language == syntax.TypeScript {
			found = scriptMention(found, content, at)
		} else if !isWord(content[at]) {
			found = pythonMention(found, content, i, at)
		}
	}
	if language == syntax.TypeScript {
		for _, word := range [][]byte{fromWord, requireWord} {
			for at := 0; ; {
				i := bytes.Index(content[at:], word)
				if i < 0 {
					break
				}
				at += i + len(word)
				if n := quoted(content, at); n != nil {
					found = append(found, *n)
				}
			}
		}
	}
	return found
}

var (
	importWord  = []byte("import")
	fromWord    = []byte("from")
	requireWord = []byte("require(")
)

// textBegin is where the text begins: past a byte order mark, whose bytes look like those of a word.
func textBegin(content []byte) int {
	if bytes.HasPrefix(content, []byte("\xef\xbb\xbf")) {
		return 3
	}
	return 0
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// scriptMention is import "x" and import("x").
func scriptMention(found []Mention, content []byte, at int) []Mention {
	if at < len(content) && content[at] == '(' {
		at++
	}
	if n := quoted(content, at); n != nil {
		found = append(found, *n)
	}
	return found
}

// quoted reads a short string that begins at most a space further on.
func quoted(content []byte, at int) *Mention {
	for at < len(content) && (content[at] == ' ' || content[at] == '\t') {
		at++
	}
	if at >= len(content) || content[at] != '"' && content[at] != '\'' && content[at] != '`' {
		return nil
	}
	end := bytes.IndexByte(content[at+1:min(len(content), at+200)], content[at])
	if end <= 0 || bytes.IndexByte(content[at+1:at+1+end], '\n') >= 0 {
		return nil
	}
	return &Mention{Name: string(content[at+1 : at+1+end]), Offset: at + 1}
}

// pythonMention reads "import a.b as c, d" and "from a.b import c" around the word at i.
func pythonMention(found []Mention, content []byte, i, at int) []Mention {
	line := max(bytes.LastIndexByte(content[:i], '\n')+1, textBegin(content))
	if quote := bytes.LastIndexByte(content[line:i], '"'); quote >= 0 { // a notebook's line
		line += quote + 1
	}
	if i-line > 300 {
		line = i - 300
	}
	head := content[line:i]
	if f := bytes.LastIndex(head, fromWord); f >= 0 && (f == 0 || !isWord(head[f-1])) && f+4 < len(head) && !isWord(head[f+4]) {
		start := f + 4
		for start < len(head) && (head[start] == ' ' || head[start] == '\t') {
			start++
		}
		end := start
		for end < len(head) && (isWord(head[end]) || head[end] == '.') {
			end++
		}
		if end == start || len(bytes.TrimSpace(head[end:])) > 0 {
			return found
		}
		m := Mention{Name: string(head[start:end]), Offset: line + start}
		found = append(found, m)
		// "from agents import x" and "from . import x" may name a submodule too.
		rest := content[at:]
		if n := bytes.IndexByte(rest, '\n'); n >= 0 {
			rest = rest[:n]
		}
		rest = bytes.TrimLeft(rest, " \t(")
		for k := 0; k < 8 && len(rest) > 0; k++ {
			w := 0
			for w < len(rest) && isWord(rest[w]) {
				w++
			}
			if w == 0 {
				break
			}
			sep := "."
			if m.Name[len(m.Name)-1] == '.' {
				sep = ""
			}
			found = append(found, Mention{Name: m.Name + sep + string(rest[:w]), Offset: m.Offset})
			comma := bytes.IndexByte(rest, ',')
			if comma < 0 {
				break
			}
			rest = bytes.TrimLeft(rest[comma+1:], " \t")
		}
		return found
	}
	// What stands before "import" must be the start of a statement: space, a quote of a notebook's line, a semicolon.
	for _, c := range bytes.TrimRight(head, " \t") {
		if isWord(c) {
			return found
		}
	}
	for {
		for at < len(content) && (content[at] == ' ' || content[at] == '\t') {
			at++
		}
		end := at
		for end < len(content) && (isWord(content[end]) || content[end] == '.') {
			end++
		}
		if end == at {
			return found
		}
		found = append(found, Mention{Name: string(content[at:end]), Offset: at})
		rest := content[end:min(len(content), end+120)]
		if n := bytes.IndexAny(rest, "\n\\"); n >= 0 {
			rest = rest[:n]
		}
		comma := bytes.IndexByte(rest, ',')
		if comma < 0 {
			return found
		}
		at = end + comma + 1
	}
}

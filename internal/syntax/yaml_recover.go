package syntax

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"fermata/internal/source"
)

// rereadBudget is how many bytes of a file may be read again because of syntax errors: recovery must not make a large
// or hostile file expensive.
func rereadBudget(size int) int { return 4<<20 + size }

// documents reads the text with the library. At a syntax error it blanks out as little as it can and reads again,
// so that one bad line costs that line and what hangs below it; each error becomes a diagnostic.
func (r *yamlReader) documents() []*yaml.Node {
	text := r.tree.text[r.start:]
	budget := rereadBudget(len(text))
	documents, trouble := decodeYAML(text)
	for tries := 0; trouble != nil; tries++ {
		r.report(trouble)
		if tries == maxTroubles/2 || budget < len(text) {
			break
		}
		var best yamlAttempt
		for _, region := range r.suspects(text, trouble) {
			attempt := yamlAttempt{text: blank(text, region[0], region[1])}
			attempt.documents, attempt.trouble = decodeYAML(attempt.text)
			budget -= len(text)
			if attempt.reaches() > trouble.line {
				best = attempt
				break
			}
			if budget < 0 {
				break
			}
		}
		if best.text == nil {
			break
		}
		text, documents, trouble = best.text, best.documents, best.trouble
	}
	return documents
}

type yamlAttempt struct {
	text      []byte
	documents []*yaml.Node
	trouble   *yamlTrouble
}

// reaches is the line to which the attempt could read.
func (a yamlAttempt) reaches() int {
	if a.trouble == nil {
		return 1 << 30
	}
	return a.trouble.line
}

// yamlTrouble is the library's error, cut down to what we use.
type yamlTrouble struct {
	message               string
	line, column          int // from 1
	contextLine, contextC int // where the broken construct began; 0 when not known
}

func decodeYAML(text []byte) (documents []*yaml.Node, trouble *yamlTrouble) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			trouble := &yamlTrouble{message: err.Error(), line: 1, column: 1}
			var load *yaml.LoadError
			if errors.As(err, &load) {
				trouble.message = load.Message
				if load.Mark.Line > 0 {
					trouble.line, trouble.column = load.Mark.Line, max(1, load.Mark.Column)
				} else if load.Mark.Index > 0 && load.Mark.Index <= len(text) {
					trouble.line = bytes.Count(text[:load.Mark.Index], []byte("\n")) + 1
					trouble.column = utf8.RuneCount(text[bytes.LastIndexByte(text[:load.Mark.Index], '\n')+1:load.Mark.Index]) + 1
				}
				if load.ContextMark.Line > 0 {
					trouble.contextLine, trouble.contextC = load.ContextMark.Line, load.ContextMark.Column
				}
			}
			return documents, trouble
		}
		if document.Kind == yaml.DocumentNode && len(document.Content) == 1 {
			documents = append(documents, document.Content[0])
		}
	}
}

// suspects are the ranges of text to try without, the likeliest and smallest first.
func (r *yamlReader) suspects(text []byte, t *yamlTrouble) [][2]int {
	var found [][2]int
	add := func(from, to int) {
		if from < to && !slices.Contains(found, [2]int{from, to}) {
			found = append(found, [2]int{from, to})
		}
	}
	at := r.lineStart(t.line) - r.start
	if name, ok := unknownAnchor(t.message); ok {
		from := r.offset(t.line, t.column) - r.start
		add(from, min(from+1+len(name), len(text)))
	}
	context := at
	if t.contextLine > 0 && t.contextLine <= t.line {
		context = r.lineStart(t.contextLine) - r.start
	}
	// A bracket or quote that is not closed shows itself far below; the line that opened it is the bad one.
	if strings.Contains(t.message, "expected ',' or") || strings.Contains(t.message, "unexpected end of stream") {
		add(context, blockEnd(text, context))
	}
	add(at, blockEnd(text, at))
	add(context, blockEnd(text, context))
	add(context, blockEnd(text, at))
	rest := len(text)
	if i := bytes.Index(text[min(at, len(text)):], []byte("\n---")); i >= 0 {
		rest = min(at, len(text)) + i
	}
	add(at, rest)
	add(context, rest)
	return found
}

func unknownAnchor(message string) (string, bool) {
	rest, ok := strings.CutPrefix(message, "unknown anchor '")
	if !ok {
		return "", false
	}
	name, _, _ := strings.Cut(rest, "'")
	return name, true
}

// blockEnd is the end of the line at offset at and of the lines below it that are indented more: what hangs below a
// bad line must not be read as if it hung below another.
func blockEnd(text []byte, at int) int {
	indent := -1
	for at < len(text) {
		end := len(text)
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		line := text[at:end]
		own := len(line) - len(bytes.TrimLeft(line, " \t"))
		if len(bytes.TrimSpace(line)) > 0 {
			if indent < 0 {
				indent = own
			} else if own <= indent {
				return at
			}
		} else if indent < 0 {
			return end
		}
		at = end
	}
	return at
}

// blank copies text with a range replaced by spaces; line ends stay, so that lines keep their numbers.
func blank(text []byte, from, to int) []byte {
	out := bytes.Clone(text)
	for i := from; i < to; i++ {
		if out[i] != '\n' && out[i] != '\r' {
			out[i] = ' '
		}
	}
	return out
}

// report says a syntax error in plain words.
func (r *yamlReader) report(t *yamlTrouble) {
	line, column := t.line, t.column
	message, hint := t.message, ""
	at := func() byte {
		if o := r.offset(line, column); o < len(r.tree.text) {
			return r.tree.text[o]
		}
		return 0
	}
	context := func() {
		if t.contextLine > 0 {
			line, column = t.contextLine, t.contextC
		}
	}
	code := "syntax-error"
	switch {
	case strings.HasPrefix(message, "unknown anchor"):
		name, _ := unknownAnchor(message)
		code, message, hint = "unknown-anchor", "alias *"+name+" names no anchor", "write &"+name+" before the value it should repeat"
	case strings.Contains(message, "mapping values are not allowed"):
		message, hint = "a second \": \" stands where only text can", "put the value in quotes, or indent the line as a key of its own"
	case strings.Contains(message, "expected ',' or ']'"):
		context()
		message, hint = "this list is not closed, or a comma is missing", "close it with ]"
	case strings.Contains(message, "expected ',' or '}'"):
		context()
		message, hint = "this map is not closed, or a comma is missing", "close it with }"
	case strings.Contains(message, "cannot start any token") && at() == '\t', strings.Contains(message, "tab character"):
		message, hint = "a tab stands where YAML wants spaces", "indent with spaces"
	case strings.Contains(message, "cannot start any token"):
		message, hint = "a value cannot begin with "+strconv.QuoteRune(rune(at())), "put the value in quotes"
	case strings.Contains(message, "did not find expected key"):
		message, hint = "this line is not indented like its neighbours, or a bracket is closed that was never opened", "align it with the keys above"
	case strings.Contains(message, "expected '-' indicator"):
		message, hint = "a list goes on here, but this line is no item", "begin it with \"- \" or indent it like the key above the list"
	case strings.Contains(message, "could not find expected ':'"):
		message, hint = "this line is neither a key nor part of a value", "write \"key: value\", or indent it as part of the text above"
	case strings.Contains(message, "unexpected end of stream"):
		context()
		message, hint = "this quoted text is not closed", "close the quote"
	case strings.Contains(message, "block sequence entries are not allowed"):
		message, hint = "a list item cannot begin here", "put it on a line of its own, below the key"
	case strings.Contains(message, "control characters"):
		message = "a control character stands in the text"
	case strings.Contains(message, "did not find expected <document start>"):
		message, hint = "something stands after the end of the value", "separate documents with a line of ---"
	}
	offset := r.offset(line, column)
	end := offset
	for end < len(r.tree.text) && r.tree.text[end] != '\n' && r.tree.text[end] != '\r' {
		end++
	}
	r.diagnose(source.Error, code, message, offset, max(offset, end))
	r.tree.Diagnostics[len(r.tree.Diagnostics)-1].Hint = hint
}

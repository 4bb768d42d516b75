package code

import (
	"strings"

	"fermata/internal/syntax"
)

// Alphabet is what a text may hold that makes it mean something to an interpreter, a shell, a file system or a network.
type Alphabet uint8

// What matters. A text without letters names nothing, so an interpreter computes with it and can do no more; one without
// marks cannot leave the word that it is put into; one without slashes stays in its folder; of one whose start is the
// code's, the code decides whom it addresses; what ends as data does is not run; and what begins with no hyphen is no
// option of a program.
const (
	Letters Alphabet = 1 << iota // letters and underscores: names can be made of them
	Marks                        // spaces, quotes and everything that is no letter, digit, slash, dot, comma, colon or hyphen
	Slashes                      // slashes of either kind: it may lead to another folder
	Start                        // what it begins with: the host of an address
	End                          // what it ends with: the kind of a file
	Hyphen                       // a hyphen, with which it may begin

	anything = Letters | Marks | Slashes | Start | End | Hyphen
)

// dataEndings are the ends of names of files that nothing runs.
var dataEndings = []string{
	".json", ".jsonl", ".md", ".txt", ".csv", ".tsv", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".html", ".htm", ".pdf", ".xlsx", ".docx",
	".pptx", ".mp3", ".wav", ".ogg", ".mp4", ".webm", ".log", ".parquet", ".tex", ".xml", ".srt", ".vtt", ".bib", ".ics", ".eml", ".geojson", ".rst",
}

// endsAsData tells whether a text ends like the name of a file that nothing runs.
func endsAsData(text string) bool {
	text = strings.ToLower(text)
	for _, end := range dataEndings {
		if strings.HasSuffix(text, end) {
			return true
		}
	}
	return false
}

// addresses tells whether a text that begins an address says whom it goes to: https://host…, or a path on a host that
// stands elsewhere.
func addresses(text string) bool {
	if _, host, ok := strings.Cut(text, "://"); ok {
		return host != "" && !strings.HasPrefix(host, "/")
	}
	return strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") || strings.HasPrefix(text, "?")
}

// alphabetOf is what a text written out holds. The two letters of numbers (1e5) name nothing by themselves.
func alphabetOf(text string) Alphabet {
	var a Alphabet
	for _, c := range text {
		switch {
		case c == '-':
			a |= Hyphen
		case c == 'e' || c == 'E' || c >= '0' && c <= '9' || strings.ContainsRune(".,:", c):
		case c == '/':
			a |= Slashes
		case c == '\\':
			a |= Slashes | Marks
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c > 127:
			a |= Letters
		default:
			a |= Marks
		}
	}
	return a
}

// opened is an alphabet with what texts of such characters can begin with and end with: an address, the name of a program.
func opened(a Alphabet) Alphabet {
	if a&Letters != 0 {
		a |= End
		if a&Slashes != 0 {
			a |= Start
		}
	}
	return a
}

// expression is a regular expression as far as it is read here: what the texts that it describes are made of.
type expression struct {
	alphabet   Alphabet
	start, end bool // it describes the text from its start, and to its end
	outside    bool // it is one class of all characters but some: alphabet is that of those
	every      bool // JavaScript: replaces each match, not the first
	begins     bool // the first character of what it describes is no hyphen
}

// regular reads a regular expression. It understands classes, literal characters, groups without choices at the top and
// repetition, and says of everything else that it may be anything.
func regular(pattern string) expression {
	var e expression
	if body, flags, ok := script(pattern); ok {
		pattern, e.every = body, strings.Contains(flags, "g")
		if strings.ContainsAny(flags, "m") {
			e.alphabet = anything
		}
	}
	depth := 0
	single := false // the whole is one class so far
	led := false    // its first character was read
	lead := func(a Alphabet, end int) {
		e.begins = e.begins || !led && depth == 0 && a&Hyphen == 0 && (end >= len(pattern) || !strings.ContainsRune("*?{|", rune(pattern[end])))
		led = true
	}
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '^':
			e.start = e.start || i == 0
		case '$':
			e.end = i == len(pattern)-1
		case '(':
			depth++
			led = true
			switch rest := pattern[i+1:]; {
			case strings.HasPrefix(rest, "?:"):
				i += 2
			case strings.HasPrefix(rest, "?"):
				e.alphabet = anything // looks about, names and flags: not read
			}
		case ')':
			depth--
		case '|':
			if depth == 0 {
				e.alphabet = anything // an anchor binds one side only
			}
		case '*', '+', '?':
		case '{':
			end := strings.IndexByte(pattern[i:], '}')
			if end < 0 {
				e.alphabet = anything
				return e
			}
			i += end
		case '[':
			a, outside, length := characters(pattern[i:])
			if length == 0 {
				e.alphabet = anything
				return e
			}
			rest := strings.TrimRight(pattern[i+length:], "+*")
			single = i == 0 && rest == ""
			switch {
			case outside && single:
				e.outside, e.alphabet = true, a
				return e
			case outside:
				e.alphabet = anything
			default:
				e.alphabet |= a
				lead(a, i+length)
			}
			i += length - 1
		case '.':
			e.alphabet, led = anything, true
		case '\\':
			if i++; i == len(pattern) {
				break
			}
			switch pattern[i] {
			case 'Z', 'z':
				e.end = i == len(pattern)-1
			case 'A':
				e.start = e.start || i == 1
			case 'b', 'B':
			default:
				e.alphabet |= escaped(pattern[i])
				lead(escaped(pattern[i]), i+1)
			}
		default:
			// A letter that the author wrote out is one of the author's words, and cannot be made into another.
			e.alphabet |= alphabetOf(string(c)) &^ Letters
			lead(alphabetOf(string(c)), i+1)
			if c > 127 {
				e.alphabet |= Letters
			}
		}
	}
	return e
}

// script takes JavaScript's /body/flags apart.
func script(pattern string) (body, flags string, ok bool) {
	end := strings.LastIndexByte(pattern, '/')
	if !strings.HasPrefix(pattern, "/") || end < 1 || strings.Trim(pattern[end+1:], "dgimsuvy") != "" {
		return "", "", false
	}
	return pattern[1:end], pattern[end+1:], true
}

// escaped is the alphabet of what stands behind a backslash.
func escaped(c byte) Alphabet {
	switch c {
	case 'd':
		return 0
	case 's', 't', 'n', 'r', 'f', 'v':
		return Marks
	case 'w':
		return Letters
	case 'D', 'S', 'W', 'p', 'P', 'x', 'u', 'N':
		return anything
	}
	return alphabetOf(string(c))
}

// characters reads [...] at the start of a text: what it holds, whether it means all others, and its length; 0 when it does
// not end.
func characters(text string) (a Alphabet, outside bool, length int) {
	i := 1
	if i < len(text) && text[i] == '^' {
		outside = true
		i++
	}
	for first := true; i < len(text); first = false {
		c := text[i]
		switch {
		case c == ']' && !first:
			return a, outside, i + 1
		case c == '\\' && i+1 < len(text):
			a |= escaped(text[i+1])
			i += 2
		case i+2 < len(text) && text[i+1] == '-' && text[i+2] != ']' && text[i+2] != '\\':
			from, to := c, text[i+2]
			if from > to || from > 127 || to > 127 {
				return anything, outside, 0
			}
			for r := from; r <= to; r++ {
				a |= alphabetOf(string(rune(r)))
			}
			if to-from > 1 && (from >= 'a' && to <= 'z' || from >= 'A' && to <= 'Z') {
				a |= Letters
			}
			i += 3
		default:
			a |= alphabetOf(string(rune(c)))
			i++
		}
	}
	return anything, outside, 0
}

// listed is the alphabet of the characters or words that an expression lists: "0-9+", string.digits + "+-", set("+-"),
// ["+", "-"], new Set([...]); false where it is not known. Whole tells that what is in it is one of the words, so that
// nothing else can be made of them.
func (r *Resolver) listed(n syntax.Node, depth int) (a Alphabet, words bool, ok bool) {
	if n.IsZero() || depth > 6 {
		return anything, false, false
	}
	switch n.Kind() {
	case syntax.Binary:
		left, _, fine := r.listed(n.Child(0), depth+1)
		right, _, good := r.listed(n.Child(1), depth+1)
		return left | right, false, fine && good && (n.TextIs("+") || n.TextIs("|"))
	case syntax.Attr:
		if n.Child(0).TextIs("string") {
			switch n.Text() {
			case "digits":
				return 0, false, true
			case "ascii_letters", "ascii_lowercase", "ascii_uppercase", "hexdigits":
				return Letters, false, true
			case "punctuation", "whitespace":
				return Marks | Letters, false, true
			}
		}
	case syntax.Call:
		switch callee := n.Child(0); {
		case n.Count() == 2 && callee.Is(syntax.Name) && (callee.TextIs("set") || callee.TextIs("frozenset") || callee.TextIs("list") || callee.TextIs("tuple") || callee.TextIs("Set")):
			return r.listed(n.Child(1), depth+1)
		case n.Count() == 1 && callee.Is(syntax.Attr) && (callee.TextIs("keys") || callee.TextIs("values")):
			return r.listed(callee.Child(0), depth+1)
		case n.Count() == 2 && callee.Is(syntax.Attr) && callee.TextIs("keys") && callee.Child(0).TextIs("Object"):
			return r.listed(n.Child(1), depth+1)
		}
		return anything, false, false
	case syntax.Name:
		if b := r.once(n); !b.IsZero() && b != n {
			return r.listed(b, depth+1)
		}
	case syntax.List, syntax.Tuple, syntax.Set, syntax.Map:
		words = true
		for item := range n.Children() {
			if item.Is(syntax.Pair) {
				item = item.Child(0)
			}
			text, constant := r.glance(item).Constant()
			if !constant {
				return anything, false, false
			}
			words = words && len([]rune(text)) != 1
			a |= alphabetOf(text)
		}
		return a, words, true
	}
	switch v := r.glance(n); v.kind() {
	case String:
		text, constant := v.Constant()
		return alphabetOf(text), false, constant
	case List, Dict:
		if v.Open {
			break
		}
		words = true
		items := v.Items
		for _, p := range v.Pairs {
			items = append(items, p.Key)
		}
		for _, item := range items {
			text, constant := item.Constant()
			if !constant {
				return anything, false, false
			}
			words = words && len([]rune(text)) != 1
			a |= alphabetOf(text)
		}
		return a, words, len(items) > 0
	}
	return anything, false, false
}

func (v *Value) kind() ValueKind {
	if v == nil {
		return Unknown
	}
	return v.Kind
}

// glance evaluates without following calls far.
func (r *Resolver) glance(n syntax.Node) *Value {
	r.start()
	done := r.cheaply()
	defer done()
	return r.eval(n, nil)
}

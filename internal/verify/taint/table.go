package taint

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// tableFiles are the sources, sinks and sanitisers of each language.
//
//go:embed table/*.yaml
var tableFiles embed.FS

// Kinds of sink, in the order of their bits. The texts are for people: what a marked value decides there.
var kindTable = []struct{ Name, Doc string }{
	{"prompt", "instructions of a model"},
	{"shell", "a command line that a shell reads"},
	{"command", "which program is started"},
	{"argument", "an argument of a program that is started"},
	{"eval", "code that is run"},
	{"sql", "a statement of a database"},
	{"query", "a query of a store that is not SQL"},
	{"path", "the path of a file"},
	{"url", "the address of a request"},
	{"deserialise", "data that is turned into objects"},
	{"template", "a template that is rendered"},
	{"log", "a line of a log"},
	{"html", "markup of a page"},
	{"import", "which module is loaded"},
	{"header", "a header of a message"},
	{"memory", "what an agent remembers"},
	{"message", "a message to people or systems"},
}

// Kind is a kind of sink.
type Kind uint8

// String is the kind's word.
func (k Kind) String() string { return kindTable[k].Name }

// Doc says what is decided there.
func (k Kind) Doc() string { return kindTable[k].Doc }

// Kinds lists the words of all kinds of sink.
func Kinds() []string {
	all := make([]string, len(kindTable))
	for i := range kindTable {
		all[i] = kindTable[i].Name
	}
	return all
}

func kindOf(name string) (Kind, bool) {
	for i := range kindTable {
		if kindTable[i].Name == name {
			return Kind(i), true
		}
	}
	return 0, false
}

// mask is a set of kinds of sink.
type mask uint32

const everything mask = 1<<32 - 1

func (k Kind) mask() mask { return 1 << k }

// SourceKinds are the words for who controls a marked value, the most dangerous first.
var SourceKinds = []string{"tool", "message", "request", "retrieved", "model", "user", "argument", "stored"}

// sourceDocs say it for people.
var sourceDocs = map[string]string{
	"tool": "an argument that a model chooses", "message": "a message of another agent", "request": "a request from outside",
	"retrieved": "text that was retrieved", "model": "what a model answered", "user": "what a user typed",
	"argument": "an argument of the command line", "stored": "what was stored before",
}

// SourceDoc says who controls values of a kind of source.
func SourceDoc(kind string) string { return sourceDocs[kind] }

// condition is a test of one argument of a call.
type condition struct {
	name  string // keyword, or a place from 0 as a number
	place int
	is    []string // constants, any of which must be there; "absent" for an argument that is not given
	names []string // patterns of names that the argument refers to
}

// entry is one row about a call.
type entry struct {
	kind     Kind
	clean    mask
	args     []argument // sinks: which arguments count; none: all
	receiver []string   // for names that begin with "?.": what the object must be called
	when     []condition
	unless   []condition
	argv     bool // the first argument is a program with its arguments
	source   string
	returns  bool // a guard: it is called for its answer (else it raises)
	self     bool // the receiver counts, and not the arguments
	field    []string
	param    []string // sources: which parameters; none: all that count
	begin    bool     // a guard that looks at the beginning only
}

// argument names an argument by its place, its keyword or both.
type argument struct {
	place int // -1: by keyword only
	name  string
}

// index finds entries by the last part of a call's name.
type index struct {
	byLast map[string][]row
	open   []row // those whose last part is a pattern
}

type row struct {
	pattern string
	entry   *entry
}

func (x *index) add(pattern string, e *entry) {
	last := pattern[strings.LastIndexByte(pattern, '.')+1:]
	if strings.Contains(last, "*") {
		x.open = append(x.open, row{pattern, e})
		return
	}
	if x.byLast == nil {
		x.byLast = map[string][]row{}
	}
	x.byLast[last] = append(x.byLast[last], row{pattern, e})
}

// each gives the entries for a call.
func (x *index) each(c *callee, yield func(*entry)) {
	for _, rows := range [][]row{x.byLast[c.last], x.open} {
		for _, r := range rows {
			if c.fits(r) {
				yield(r.entry)
			}
		}
	}
}

func (x *index) first(c *callee) *entry {
	var found *entry
	x.each(c, func(e *entry) {
		if found == nil {
			found = e
		}
	})
	return found
}

// lasts are the last parts of all names of calls that the table knows.
func (t *table) lasts() map[string]bool {
	t.once.Do(func() {
		t.last = map[string]bool{}
		for _, x := range []*index{&t.sources, &t.sinks, &t.sanitisers, &t.guards, &t.callbacks, &t.ends} {
			for last := range x.byLast {
				t.last[last] = true
			}
		}
	})
	return t.last
}

// callee is what a call calls, in the words of the tables.
type callee struct {
	name     string   // resolved, or as written after "?."
	names    []string // further names
	last     string
	receiver string // of an unresolved call: what the object is called
	def      *code.Def
	ref      code.Ref
}

func (c *callee) fits(r row) bool {
	if rest, ok := strings.CutPrefix(r.pattern, "?."); ok {
		if c.ref.Name != "" {
			return false
		}
		if !code.Match("**."+rest, c.name) && !code.Match(rest, strings.TrimPrefix(c.name, "?.")) {
			return false
		}
		return len(r.entry.receiver) == 0 || named(r.entry.receiver, c.receiver)
	}
	if code.Match(r.pattern, c.name) {
		return true
	}
	for _, name := range c.names {
		if code.Match(r.pattern, name) {
			return true
		}
	}
	return false
}

// named tells whether a name is one of the words or ends in one of them after an underscore or capital.
func named(words []string, name string) bool {
	low := strings.ToLower(strings.TrimLeft(name, "_"))
	for _, w := range words {
		if low == w || strings.HasSuffix(low, "_"+w) || len(low) > len(w) && strings.HasSuffix(low, w) && name[len(name)-len(w)] >= 'A' && name[len(name)-len(w)] <= 'Z' {
			return true
		}
	}
	return false
}

// table is what is known of one language.
type table struct {
	sources    index // calls whose answer is controlled by somebody
	values     index // names that are
	decorators index // of functions whose parameters are
	callbacks  index // calls whose function arguments are given what is
	bases      []row // classes of which methods are
	sinks      index
	writes     index // attributes that must not be written
	sanitisers index
	guards     index
	carriers   index // calls that hand their arguments on
	mutators   map[string]bool
	deaf       map[string]bool // attributes and methods that do not carry on
	interprets map[string]bool // programs that run their arguments
	ends       index           // calls that do not return
	safeTypes  []string
	ambient    map[string]bool
	checks     []string // how functions that check are called

	once sync.Once
	last map[string]bool // see lasts
}

// tables are read once.
var tables = sync.OnceValues(func() (map[syntax.Language]*table, error) {
	all := map[syntax.Language]*table{}
	for language, name := range map[syntax.Language]string{syntax.Python: "python.yaml", syntax.TypeScript: "javascript.yaml", syntax.Go: "go.yaml"} {
		content, err := tableFiles.ReadFile("table/" + name)
		if err != nil {
			return nil, err
		}
		t, err := readTable(name, content)
		if err != nil {
			return nil, err
		}
		all[language] = t
	}
	return all, nil
})

// tableOf is the table of a language; nil where there is none.
func tableOf(l syntax.Language) *table {
	all, err := tables()
	if err != nil {
		panic(err) // a table that ships is read by the tests
	}
	if l == syntax.Notebook {
		l = syntax.Python
	}
	return all[l]
}

// readTable reads one file of table/.
func readTable(name string, content []byte) (*table, error) {
	tree := syntax.Parse(source.NewFile(name, content))
	if len(tree.Diagnostics) > 0 {
		return nil, fmt.Errorf("%s", tree.Diagnostics[0])
	}
	t := &table{}
	for key, value := range tree.Root().Pairs() {
		var err error
		switch section := key.Text(); section {
		case "sources":
			err = eachRow(value, func(n syntax.Node, e *entry, calls []string) error {
				if _, ok := sourceDocs[e.source]; !ok {
					return fmt.Errorf("%q is no kind of source", e.source)
				}
				addAll(&t.sources, calls, e)
				addAll(&t.values, texts(n.Argument("values")), e)
				addAll(&t.decorators, texts(n.Argument("decorators")), e)
				addAll(&t.callbacks, texts(n.Argument("callbacks")), e)
				for _, base := range texts(n.Argument("bases")) {
					t.bases = append(t.bases, row{base, e})
				}
				return nil
			})
		case "sinks":
			err = eachRow(value, func(n syntax.Node, e *entry, calls []string) error {
				k, ok := kindOf(n.Argument("kind").Text())
				if !ok {
					return fmt.Errorf("%q is no kind of sink", n.Argument("kind").Text())
				}
				e.kind = k
				addAll(&t.sinks, calls, e)
				addAll(&t.writes, texts(n.Argument("writes")), e)
				return nil
			})
		case "sanitisers":
			err = eachRow(value, func(_ syntax.Node, e *entry, calls []string) error { addAll(&t.sanitisers, calls, e); return nil })
		case "guards":
			err = eachRow(value, func(_ syntax.Node, e *entry, calls []string) error { addAll(&t.guards, calls, e); return nil })
		case "carriers":
			addAll(&t.carriers, texts(value), &entry{})
		case "ends":
			addAll(&t.ends, texts(value), &entry{})
		case "mutators":
			t.mutators = set(texts(value))
		case "deaf":
			t.deaf = set(texts(value))
		case "interpreters":
			t.interprets = set(texts(value))
		case "safe-types":
			t.safeTypes = texts(value)
		case "ambient":
			t.ambient = set(texts(value))
		case "checks":
			t.checks = texts(value)
		default:
			err = fmt.Errorf("%q is no section", section)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key.Span(), err)
		}
	}
	return t, nil
}

func set(words []string) map[string]bool {
	all := map[string]bool{}
	for _, w := range words {
		all[w] = true
	}
	return all
}

func addAll(x *index, patterns []string, e *entry) {
	for _, p := range patterns {
		x.add(p, e)
	}
}

func texts(n syntax.Node) []string {
	var all []string
	for c := range n.Children() {
		if s, ok := c.Scalar(); ok {
			all = append(all, s)
		}
	}
	if s, ok := n.Scalar(); ok && len(all) == 0 {
		all = append(all, s)
	}
	return all
}

var rowKeys = map[string]bool{
	"calls": true, "values": true, "decorators": true, "callbacks": true, "bases": true, "writes": true, "kind": true, "from": true, "args": true,
	"receiver": true, "when": true, "unless": true, "argv": true, "for": true, "returns": true, "self": true, "methods": true, "params": true, "begins": true,
}

func eachRow(list syntax.Node, take func(n syntax.Node, e *entry, calls []string) error) error {
	for n := range list.Children() {
		for key := range n.Pairs() {
			if !rowKeys[key.Text()] {
				return fmt.Errorf("%s: %q is no key of a row", key.Span(), key.Text())
			}
		}
		e := &entry{
			source: n.Argument("from").Text(), receiver: texts(n.Argument("receiver")), argv: n.Argument("argv").TextIs("true"),
			returns: n.Argument("returns").TextIs("true"), self: n.Argument("self").TextIs("true"), field: texts(n.Argument("methods")),
			param: texts(n.Argument("params")), begin: n.Argument("begins").TextIs("true"),
		}
		for a := range n.Argument("args").Children() {
			e.args = append(e.args, argumentOf(a.Text()))
		}
		for _, word := range texts(n.Argument("for")) {
			if word == "all" {
				e.clean = everything
				continue
			}
			k, ok := kindOf(word)
			if !ok {
				return fmt.Errorf("%s: %q is no kind of sink", n.Span(), word)
			}
			e.clean |= k.mask()
		}
		e.when, e.unless = conditions(n.Argument("when")), conditions(n.Argument("unless"))
		if err := take(n, e, texts(n.Argument("calls"))); err != nil {
			return fmt.Errorf("%s: %w", n.Span(), err)
		}
	}
	return nil
}

// argumentOf reads "0", "url" or "0/url".
func argumentOf(text string) argument {
	place, name, both := strings.Cut(text, "/")
	a := argument{place: -1}
	if n, ok := number(place); ok {
		a.place = n
		if both {
			a.name = name
		}
		return a
	}
	a.name = text
	return a
}

func number(s string) (int, bool) {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, s != ""
}

func conditions(n syntax.Node) []condition {
	var all []condition
	for key, value := range n.Pairs() {
		a := argumentOf(key.Text())
		c := condition{name: a.name, place: a.place}
		for _, word := range texts(value) {
			if strings.Contains(word, ".") || strings.Contains(word, "*") {
				c.names = append(c.names, word)
			} else {
				c.is = append(c.is, word)
			}
		}
		all = append(all, c)
	}
	return all
}

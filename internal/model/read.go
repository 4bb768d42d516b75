package model

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Document is one fermata.yaml as it was read: a system, or what to add to and correct in a discovered one. Names of
// elements in it are as they were written, because only [Merge] knows all elements that they may mean.
type Document struct {
	Name    string
	File    *source.File
	Remove  []Ref
	Answers []Answer

	elements   []elementPart
	replaced   []elementPart
	flows      []flowPart
	boundaries []boundaryPart
	assets     []assetPart
	attackers  []attackerPart
	controls   []controlPart
	risk       []riskPart
	// broken holds ids of elements that could not be read: what refers to them is not a second mistake.
	broken map[string]bool
}

// Ref is an id, or a short name for one, with the place where somebody wrote it.
type Ref struct {
	Name string
	At   source.Span
}

// Answer is what somebody answered to an open question.
type Answer struct {
	Question string // id of the question: "shell.effects.exec"
	Value    string
	By       string // who: a name or a role; may be empty
	On       string // the day, YYYY-MM-DD; may be empty
	Reason   string

	about    Ref    // the element or flow, as written
	sort     string // "effects", "tools", "facts" or "control"
	name     string // of the effect, fact or control
	valueAt  source.Span
	evidence []Evidence
}

// said is one fact or effect, with its place.
type said struct {
	name string
	fact Fact
	at   source.Span // of the name, for what is wrong with the name
	on   source.Span // of the value
}

// elementPart is an element as written. In a correction an empty field was not given.
type elementPart struct {
	id         Ref
	kind       Kind
	kindAt     source.Span
	name       string
	layer      string
	scope      string
	system     string
	technology string
	detail     string
	aliases    []string
	effects    []said
	facts      []said
	controls   []controlPart
	evidence   []Evidence
	at         source.Span
}

type flowPart struct {
	kind     FlowKind
	from, to Ref
	label    string
	facts    []said
	controls []controlPart
	evidence []Evidence
	at       source.Span
}

type boundaryPart struct {
	id       Ref
	name     string
	members  []Ref
	evidence []Evidence
}

type assetPart struct {
	id      Ref
	element Ref
	asset   Asset // all but Element
}

type attackerPart struct {
	id       Ref
	reason   string
	starts   []startPart
	evidence []Evidence
}

type startPart struct {
	power  Power // On is as written
	on     Ref
	reason string
}

type controlPart struct {
	placement Placement // Control, State, Reason, Evidence; On and By are as written, in on and by
	control   Ref
	on, by    Ref
}

// Read reads fermata.yaml. It says everything that is wrong with the file by itself, in the order of the file; what
// is wrong is left out of the document and the rest stands. Names of elements are looked up by [Merge].
func Read(file *source.File) (*Document, []source.Diagnostic) {
	document, diagnostics := readDocument(file)
	return document, finish(diagnostics)
}

func readDocument(file *source.File) (*Document, []source.Diagnostic) {
	r := &reader{file: file, document: &Document{File: file, broken: map[string]bool{}}}
	tree := syntax.ParseAs(file, syntax.YAML)
	r.diagnostics = append(r.diagnostics, tree.Diagnostics...)
	for _, d := range tree.Diagnostics {
		// A file that could not be read in full says other things than its author meant: first things first.
		if d.Severity == source.Error && d.Code != "duplicate-key" && d.Code != "merge-key" {
			return r.document, r.diagnostics
		}
	}
	root := tree.Root()
	switch {
	case root.IsZero() || root.Is(syntax.Null):
		r.diagnose(source.Diagnostic{
			Severity: source.Warning, Code: "empty-model", Span: file.Span(0, 0),
			Message: "this model is empty", Hint: "begin with elements:, or let fermata init write a first one",
		})
	case root.Is(syntax.Module):
		r.error(root.Child(1), "several-documents", "a model file holds one document; this is the second", "remove the line of three dashes")
	default:
		r.top(root)
	}
	return r.document, r.diagnostics
}

// ReadSystem reads a system that is written in one file alone: [Read], then [Merge] with nothing discovered.
func ReadSystem(file *source.File) (*System, []source.Diagnostic) {
	document, diagnostics := readDocument(file)
	system, more := merge(nil, document)
	return system, finish(append(diagnostics, more...))
}

// top reads the keys of the file.
func (r *reader) top(root syntax.Node) {
	d := r.document
	m, ok := r.open(root, &documentMap)
	if !ok {
		return
	}
	if f, ok := m.field("fermata"); ok && !(f.value.Is(syntax.Number) && f.value.TextIs("1")) {
		r.error(f.value, "version", "this version of Fermata reads format 1 of the model file", "write fermata: 1")
	}
	d.Name = r.text(m, "name")
	r.each(m, "elements", func(n syntax.Node) {
		if e, ok := r.element(n, &elementMap); ok {
			d.elements = append(d.elements, e)
		}
	})
	r.each(m, "replace", func(n syntax.Node) {
		if e, ok := r.element(n, &replaceMap); ok {
			d.replaced = append(d.replaced, e)
		}
	})
	r.each(m, "flows", func(n syntax.Node) {
		if f, ok := r.flow(n); ok {
			d.flows = append(d.flows, f)
		}
	})
	r.each(m, "boundaries", func(n syntax.Node) {
		if b, ok := r.boundary(n); ok {
			d.boundaries = append(d.boundaries, b)
		}
	})
	r.each(m, "assets", func(n syntax.Node) {
		if a, ok := r.asset(n); ok {
			d.assets = append(d.assets, a)
		}
	})
	r.each(m, "attackers", func(n syntax.Node) {
		if a, ok := r.attacker(n); ok {
			d.attackers = append(d.attackers, a)
		}
	})
	r.each(m, "controls", func(n syntax.Node) {
		if c, ok := r.control(n, &controlMap); ok {
			d.controls = append(d.controls, c)
		}
	})
	r.each(m, "remove", func(n syntax.Node) {
		if ref, ok := r.refOf(n, "remove"); ok {
			d.Remove = append(d.Remove, ref)
		}
	})
	if f, ok := m.field("risk"); ok && !f.value.Is(syntax.Null) {
		r.risk(f.value)
	}
	r.each(m, "answers", func(n syntax.Node) {
		if a, ok := r.answer(n); ok {
			d.Answers = append(d.Answers, a)
		}
	})
}

// reader reads one file.
type reader struct {
	file        *source.File
	document    *Document
	diagnostics []source.Diagnostic
}

// maxDiagnostics is how many mistakes are told one by one.
const maxDiagnostics = 500

func (r *reader) diagnose(d source.Diagnostic) { r.diagnostics = append(r.diagnostics, d) }

func (r *reader) error(n syntax.Node, code, message, hint string) {
	r.errorAt(n.Span(), code, message, hint)
}

func (r *reader) errorAt(at source.Span, code, message, hint string) {
	r.diagnose(source.Diagnostic{Severity: source.Error, Code: code, Message: message, Hint: hint, Span: at})
}

// finish sorts diagnostics by file and position and cuts what nobody would read to the end.
func finish(list []source.Diagnostic) []source.Diagnostic {
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if pa, pb := pathOf(a), pathOf(b); pa != pb {
			return pa < pb
		}
		if a.Span.Start != b.Span.Start {
			return a.Span.Start < b.Span.Start
		}
		return a.Message < b.Message
	})
	list = slices.CompactFunc(list, func(a, b source.Diagnostic) bool {
		return a.Span == b.Span && a.Message == b.Message && a.Path == b.Path
	})
	if len(list) > maxDiagnostics {
		rest := len(list) - maxDiagnostics
		list = append(list[:maxDiagnostics:maxDiagnostics], source.Diagnostic{
			Severity: source.Error, Code: "too-many", Span: list[maxDiagnostics].Span,
			Message: fmt.Sprintf("%d more mistakes from here on are not listed", rest), Hint: "mend the first ones and read again",
		})
	}
	return list
}

func pathOf(d source.Diagnostic) string {
	if d.Span.File != nil {
		return d.Span.File.Path()
	}
	return d.Path
}

// openMap is a map of the file whose keys are known ones.
type openMap struct {
	info   *mapInfo
	node   syntax.Node
	fields []field
}

type field struct {
	name       string
	key, value syntax.Node
}

// open checks that a node is a map with no keys but those of info.
func (r *reader) open(n syntax.Node, info *mapInfo) (openMap, bool) {
	m := openMap{info: info, node: n, fields: make([]field, 0, 6)}
	if !n.Is(syntax.Map) {
		r.error(n, "wrong-type", fmt.Sprintf("%s must be a map of keys and values, not %s", info.what, describe(n)), exampleOf(info))
		return m, false
	}
	for key, value := range n.Pairs() {
		name := key.Text()
		if !key.Is(syntax.String) {
			r.error(key, "unknown-key", fmt.Sprintf("%s has no key %s", info.what, quote(key.Source())), "the keys are "+words(info.names(), "and"))
			continue
		}
		if name == "<<" && value.Is(syntax.Map, syntax.List) {
			continue // a merge key: what it brings follows as pairs
		}
		if !slices.ContainsFunc(info.keys, func(k keyInfo) bool { return k.name == name }) {
			r.error(key, "unknown-key", fmt.Sprintf("%s has no key %s", info.what, quote(name)), keysNear(name, info))
			continue
		}
		if _, twice := m.field(name); twice {
			continue // package syntax has said so
		}
		m.fields = append(m.fields, field{name, key, value})
	}
	return m, true
}

func (m *openMap) field(name string) (field, bool) {
	for _, f := range m.fields {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// keysNear is the hint for an unknown key.
func keysNear(name string, info *mapInfo) string {
	if near := hintNear(name, info.names()); near != "" {
		return near
	}
	return "the keys are " + words(info.names(), "and")
}

// exampleOf is the least that a map of a kind looks like.
func exampleOf(info *mapInfo) string {
	switch info {
	case &elementMap:
		return "write {id: planner, kind: agent}"
	case &flowMap:
		return "write {kind: tool-call, from: planner, to: shell}"
	case &documentMap:
		return "a model begins with elements:"
	}
	var required []string
	for _, k := range info.keys {
		if k.required {
			required = append(required, k.name+": …")
		}
	}
	return "write {" + strings.Join(required, ", ") + "}"
}

// each visits the items of a list; a key without a value is an empty list, so that all of it may be commented out.
func (r *reader) each(m openMap, name string, visit func(syntax.Node)) {
	f, ok := m.field(name)
	if !ok || f.value.Is(syntax.Null) {
		return
	}
	if !f.value.Is(syntax.List) {
		r.error(f.value, "wrong-type", fmt.Sprintf("%s must be a list, not %s", name, describe(f.value)), "begin each item with a dash, or put them in [ ]")
		return
	}
	for item := range f.value.Children() {
		visit(item)
	}
}

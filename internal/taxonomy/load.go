package taxonomy

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// crosswalkFolder is the one folder whose files hold relations in place of entries.
const crosswalkFolder = "crosswalk"

// elsewhere are the folders of a catalogue that hold no framework: other packages read them.
var elsewhere = []string{"capabilities", "checklist", "coverage", "evidence"}

// Load reads every <framework>/<edition>.yaml of a catalogue and the official ATLAS files that a user adds, and joins
// them. The catalog is never nil: it holds what could be read. A diagnostic of severity error means that something is
// missing from it.
func Load(fsys fs.FS, official ...*source.File) (*Catalog, []source.Diagnostic) {
	return load(fsys, []string{"*/*.yaml"}, official)
}

// LoadOnly reads some frameworks, for callers who need no more: the names of layers, say, which take a tenth of the time
// of everything. Relations that lead out of what was read are left out without a word.
func LoadOnly(fsys fs.FS, namespaces ...string) (*Catalog, []source.Diagnostic) {
	patterns := make([]string, len(namespaces))
	for i, n := range namespaces {
		patterns[i] = n + "/*.yaml"
	}
	return load(fsys, patterns, nil)
}

func load(fsys fs.FS, patterns []string, official []*source.File) (*Catalog, []source.Diagnostic) {
	var troubles []source.Diagnostic
	var paths []string
	for _, p := range patterns {
		found, err := fs.Glob(fsys, p)
		if err != nil {
			troubles = append(troubles, source.Diagnostic{Severity: source.Error, Code: "catalog-unreadable", Message: err.Error()})
		}
		paths = append(paths, found...)
	}
	slices.Sort(paths)
	paths = slices.DeleteFunc(slices.Compact(paths), func(p string) bool { return slices.Contains(elsewhere, path.Dir(p)) })
	partial := len(patterns) != 1 || patterns[0] != "*/*.yaml"
	parts := make([]part, len(paths)+len(official))
	var work sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range parts {
		work.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; work.Done() }()
			if i < len(paths) {
				parts[i] = readPart(fsys, paths[i])
			} else {
				parts[i] = readATLAS(official[i-len(paths)])
			}
		}()
	}
	work.Wait()
	b := &joiner{catalog: &Catalog{}, partial: partial}
	for _, p := range parts {
		troubles = append(troubles, p.troubles...)
		if p.edition != nil {
			b.editions = append(b.editions, p.edition)
		}
		if p.crosswalk != nil {
			b.catalog.crosswalks = append(b.catalog.crosswalks, p.crosswalk)
		}
	}
	b.join()
	return b.catalog, sortDiagnostics(append(troubles, b.troubles...))
}

// part is what one file gave.
type part struct {
	edition   *Edition
	crosswalk *Crosswalk
	troubles  []source.Diagnostic
}

// readPart reads one shipped file.
func readPart(fsys fs.FS, name string) part {
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return part{troubles: []source.Diagnostic{{Severity: source.Error, Code: "catalog-unreadable", Message: err.Error(), Path: name}}}
	}
	r := &reader{file: source.NewFile("catalog/"+name, content)}
	tree := syntax.ParseAs(r.file, syntax.YAML)
	r.troubles = append(r.troubles, tree.Diagnostics...)
	root := tree.Root()
	if !root.Is(syntax.Map) {
		r.fail(root.Span(), "not-a-catalogue", "a catalogue file is a map with a header and entries")
		return part{troubles: r.troubles}
	}
	if path.Dir(name) == crosswalkFolder {
		return part{crosswalk: r.crosswalk(root), troubles: r.troubles}
	}
	e := r.edition(root)
	if e.Framework != path.Dir(name) {
		r.fail(root.Span(), "misplaced-catalogue", fmt.Sprintf("framework %q stands in the folder of %q", e.Framework, path.Dir(name)))
	}
	return part{edition: e, troubles: r.troubles}
}

// reader reads the nodes of one file and collects what is wrong with them.
type reader struct {
	file     *source.File
	troubles []source.Diagnostic
}

func (r *reader) fail(at source.Span, code, message string) {
	r.say(source.Error, at, code, message, "")
}

func (r *reader) say(severity source.Severity, at source.Span, code, message, hint string) {
	if at.IsZero() {
		at = r.file.Span(0, 0)
	}
	r.troubles = append(r.troubles, source.Diagnostic{Severity: severity, Code: code, Message: message, Hint: hint, Span: at})
}

// text reads a scalar.
func (r *reader) text(n syntax.Node, what string) string {
	s, ok := n.Scalar()
	if !ok {
		r.fail(n.Span(), "not-a-text", what+" must be a text")
	}
	return s
}

// texts reads a list of scalars; one scalar counts as a list of one.
func (r *reader) texts(n syntax.Node, what string) []string {
	if s, ok := n.Scalar(); ok {
		return []string{s}
	}
	if !n.Is(syntax.List) {
		r.fail(n.Span(), "not-a-list", what+" must be a list of texts")
		return nil
	}
	list := make([]string, 0, n.Count())
	for c := range n.Children() {
		list = append(list, r.text(c, "an item of "+what))
	}
	return list
}

// unknown reports a key that the reader does not know, with the nearest that it does.
func (r *reader) unknown(key syntax.Node, where string, known []string) {
	hint := ""
	if near := source.Suggest(key.Text(), known); near != "" {
		hint = fmt.Sprintf("did you mean %q", near)
	}
	r.say(source.Error, key.Span(), "unknown-key", fmt.Sprintf("%s has no key %q", where, key.Text()), hint)
}

// sortDiagnostics orders by file, place, code and message, and drops repetitions.
func sortDiagnostics(list []source.Diagnostic) []source.Diagnostic {
	file := func(d source.Diagnostic) string {
		if d.Span.File != nil {
			return d.Span.File.Path()
		}
		return d.Path
	}
	slices.SortStableFunc(list, func(a, b source.Diagnostic) int {
		return cmp.Or(strings.Compare(file(a), file(b)), cmp.Compare(a.Span.Start, b.Span.Start),
			strings.Compare(a.Code, b.Code), strings.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(list, func(a, b source.Diagnostic) bool {
		return a.Span == b.Span && a.Code == b.Code && a.Message == b.Message
	})
}

// HasErrors tells whether a diagnostic says that something is missing from the catalog.
func HasErrors(list []source.Diagnostic) bool {
	return slices.ContainsFunc(list, func(d source.Diagnostic) bool { return d.Severity == source.Error })
}

// compareIDs orders ids by their parts, numbers by value: T2 before T10, A.6.2.4 before A.10.2.
func compareIDs(a, b string) int {
	for a != "" && b != "" {
		an, ar := leadingNumber(a)
		bn, br := leadingNumber(b)
		if an != "" && bn != "" {
			x, y := strings.TrimLeft(an, "0"), strings.TrimLeft(bn, "0")
			if d := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y), cmp.Compare(len(an), len(bn))); d != 0 {
				return d
			}
			a, b = ar, br
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func leadingNumber(s string) (number, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

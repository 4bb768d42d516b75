package probe

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// ReadLock reads a lock file. A key that it does not know is an error: it may be a misspelt one, and then something
// would count as approved that is not.
func ReadLock(file *source.File) (*Lock, []source.Diagnostic) {
	tree := syntax.ParseAs(file, syntax.YAML)
	r := &lockReader{said: tree.Diagnostics}
	for _, d := range tree.Diagnostics {
		if d.Severity == source.Error {
			return nil, r.said
		}
	}
	l := &Lock{}
	version := ""
	r.keys(tree.Root(), "the lock file", map[string]func(syntax.Node){
		"version": func(n syntax.Node) { version = r.word(n) },
		"servers": func(n syntax.Node) {
			for item := range r.items(n, "servers") {
				l.Servers = append(l.Servers, r.server(item))
			}
		},
	})
	if version != "1" && len(r.said) == 0 {
		r.wrong(tree.Root(), fmt.Sprintf("the lock file has version %q; this program reads version 1", version), "write it anew with --update-lock")
	}
	seen := map[string]bool{}
	for _, s := range l.Servers {
		if seen[s.Name] {
			r.wrong(tree.Root(), fmt.Sprintf("the lock file has the server %q twice", s.Name), "")
		}
		seen[s.Name] = true
	}
	if len(r.said) > 0 {
		return nil, r.said
	}
	return l, nil
}

type lockReader struct{ said []source.Diagnostic }

func (r *lockReader) wrong(n syntax.Node, message, hint string) {
	r.said = append(r.said, source.Diagnostic{Severity: source.Error, Code: "lock", Span: n.Span(), Message: message, Hint: hint})
}

func (r *lockReader) keys(n syntax.Node, what string, known map[string]func(syntax.Node)) {
	if !n.Is(syntax.Map) {
		r.wrong(n, what+" is not a map", "write it with --update-lock")
		return
	}
	for k, v := range n.Pairs() {
		name, _ := k.Scalar()
		if read := known[name]; read != nil {
			read(v)
			continue
		}
		hint := ""
		if near := source.Suggest(name, slices.Sorted(maps.Keys(known))); near != "" {
			hint = "did you mean " + near + "?"
		}
		r.wrong(k, fmt.Sprintf("%s has no key %q", what, name), hint)
	}
}

func (r *lockReader) items(n syntax.Node, what string) func(func(syntax.Node) bool) {
	if !n.Is(syntax.List) {
		r.wrong(n, what+" is not a list", "write it with --update-lock")
		return func(func(syntax.Node) bool) {}
	}
	return n.Children()
}

func (r *lockReader) word(n syntax.Node) string {
	s, ok := n.Scalar()
	if !ok {
		r.wrong(n, "a text is expected here", "")
	}
	return s
}

func (r *lockReader) json(n syntax.Node) any {
	var v any
	if s := r.word(n); s != "" {
		if err := json.Unmarshal([]byte(s), &v); err != nil {
			r.wrong(n, "this is no JSON: "+err.Error(), "")
		}
	}
	return v
}

// named says that something has no name, unless more is wrong already.
func (r *lockReader) named(n syntax.Node, what, name string) {
	if name == "" && len(r.said) == 0 {
		r.wrong(n, what+" has no name", "")
	}
}

func (r *lockReader) server(n syntax.Node) LockedServer {
	var s LockedServer
	r.keys(n, "a server", map[string]func(syntax.Node){
		"name":         func(n syntax.Node) { s.Name = r.word(n) },
		"calls":        func(n syntax.Node) { s.Calls = r.word(n) },
		"version":      func(n syntax.Node) { s.Version = r.word(n) },
		"instructions": func(n syntax.Node) { s.Instructions = r.word(n) },
		"tools": func(n syntax.Node) {
			for item := range r.items(n, "tools") {
				s.Tools = append(s.Tools, r.tool(item))
			}
		},
	})
	r.named(n, "a server", s.Name)
	return s
}

func (r *lockReader) tool(n syntax.Node) Tool {
	var t Tool
	r.keys(n, "a tool", map[string]func(syntax.Node){
		"name":        func(n syntax.Node) { t.Name = r.word(n) },
		"title":       func(n syntax.Node) { t.Title = r.word(n) },
		"description": func(n syntax.Node) { t.Description = r.word(n) },
		"schema":      func(n syntax.Node) { t.Schema = r.json(n) },
		"output":      func(n syntax.Node) { t.Output = r.json(n) },
		"annotations": func(n syntax.Node) { t.Annotations, _ = r.json(n).(map[string]any) },
	})
	r.named(n, "a tool", t.Name)
	return t
}

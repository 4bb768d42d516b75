package probe

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The factors of a sum that nobody computes by accident.
const (
	factorA, factorB = 91733, 71983
	sum              = "91733*71983"
)

var product = strconv.Itoa(factorA * factorB)

// Canaries are what input holds that must not take effect.
type Canaries struct {
	Outside string // a file outside the working folder
	Work    string // the working folder
	Mark    string // a file that a shell would make
}

func (s *sandbox) canaries() Canaries {
	return Canaries{Outside: filepath.Join(s.outside, "canary.txt"), Work: s.work, Mark: filepath.Join(s.tmp, "shell-canary")}
}

// The kinds of input. Those of bad break the schema and should be refused.
const (
	sound     = "sound"
	wrongType = "wrong-type"
	missing   = "missing"
	extra     = "extra"
	outOf     = "range"
	huge      = "huge"
	deep      = "deep"
	traversal = "traversal"
	shell     = "shell"
	template  = "template"
)

// Input is one set of arguments with what is special about it.
type Input struct {
	Kind      string
	Parameter string // that it is about; empty: the whole
	Arguments map[string]any
	Breaks    bool // whether the schema rules it out
}

const (
	maxInputs     = 120
	maxParameters = 8
	maxInjected   = 4
	hugeSize      = 256 << 10
	deepLevels    = 200
	maxSampled    = 6 // levels of a schema
)

// Inputs makes input for a tool from its schema: first a sound set, then one difference at a time. The same schema
// gives the same input, whatever stands in it, and never more than maxInputs.
func Inputs(schema any, c Canaries) []Input {
	root, _ := schema.(map[string]any)
	base := func() map[string]any {
		m, _ := sample(root, root, "", 0).(map[string]any)
		if m == nil {
			m = map[string]any{}
		}
		return m
	}
	list := []Input{{Kind: sound, Arguments: base()}}
	add := func(kind, name string, breaks bool, change func(map[string]any)) {
		if len(list) < maxInputs {
			m := base()
			change(m)
			list = append(list, Input{Kind: kind, Parameter: name, Arguments: m, Breaks: breaks})
		}
	}
	set := func(kind, name string, breaks bool, value any) {
		add(kind, name, breaks, func(m map[string]any) { m[name] = value })
	}
	properties, _ := root["properties"].(map[string]any)
	for _, name := range required(root) {
		if _, known := properties[name]; known {
			add(missing, name, true, func(m map[string]any) { delete(m, name) })
		}
	}
	closed := root["additionalProperties"] == false
	add(extra, "", closed, func(m map[string]any) { m["not_a_parameter_of_this_tool"] = "x" })
	injected := 0
	for i, name := range slices.Sorted(maps.Keys(properties)) {
		if i >= maxParameters {
			break
		}
		p := resolved(properties[name], root, 0)
		kind, _ := p["type"].(string)
		if other, ok := otherType(kind); ok {
			set(wrongType, name, true, other)
		}
		for _, v := range beyond(p, kind) {
			set(outOf, name, true, v)
		}
		_, listed := p["enum"]
		switch {
		case kind == "string" && !listed:
			_, bounded := p["maxLength"]
			set(huge, name, bounded, strings.Repeat("A", hugeSize))
			if injected++; injected <= maxInjected {
				for _, v := range injections(name, p, c) {
					set(v[0], name, false, v[1])
				}
			}
		case kind == "array", kind == "object", kind == "":
			set(deep, name, false, nested())
		}
	}
	return list
}

// sample makes a value that a schema takes.
func sample(schema any, root map[string]any, name string, level int) any {
	s := resolved(schema, root, 0)
	if s == nil || level > maxSampled {
		return "x"
	}
	for _, key := range []string{"const", "default"} {
		if v, ok := s[key]; ok {
			return v
		}
	}
	for _, key := range []string{"enum", "examples"} {
		if list, ok := s[key].([]any); ok && len(list) > 0 {
			return list[0]
		}
	}
	for _, key := range []string{"anyOf", "oneOf", "allOf"} {
		if list, ok := s[key].([]any); ok && len(list) > 0 {
			return sample(list[0], root, name, level+1)
		}
	}
	kind, _ := s["type"].(string)
	if kinds, ok := s["type"].([]any); ok && len(kinds) > 0 {
		kind, _ = kinds[0].(string)
	}
	switch kind {
	case "integer", "number":
		v := 1.0
		if low, ok := s["minimum"].(float64); ok {
			v = max(v, low)
		}
		if low, ok := s["exclusiveMinimum"].(float64); ok {
			v = max(v, low+1)
		}
		if high, ok := s["maximum"].(float64); ok {
			v = min(v, high)
		}
		return v
	case "boolean":
		return false
	case "null":
		return nil
	case "array":
		n := 1
		if low, ok := s["minItems"].(float64); ok {
			n = int(min(max(low, 1), 20))
		}
		if high, ok := s["maxItems"].(float64); ok {
			n = max(0, min(n, int(high)))
		}
		items := make([]any, n)
		for i := range items {
			items[i] = sample(s["items"], root, name, level+1)
		}
		return items
	case "string":
		return sampleText(s, name)
	}
	if properties, ok := s["properties"].(map[string]any); ok || kind == "object" {
		m := map[string]any{}
		for _, key := range required(s) {
			m[key] = sample(properties[key], root, key, level+1)
		}
		return m
	}
	return "x"
}

func sampleText(s map[string]any, name string) string {
	v := "probe"
	switch s["format"] {
	case "uri", "url":
		v = "http://127.0.0.1:9/probe"
	case "email":
		v = "probe@example.invalid"
	case "date":
		v = "2026-01-31"
	case "date-time":
		v = "2026-01-31T00:00:00Z"
	case "uuid":
		v = "00000000-0000-4000-8000-000000000000"
	default:
		if isPath(name) {
			v = "probe.txt"
		}
	}
	if low, ok := s["minLength"].(float64); ok && low > float64(len(v)) {
		v += strings.Repeat("x", int(min(low, 4096))-len(v))
	}
	if high, ok := s["maxLength"].(float64); ok && high >= 0 && high < float64(len(v)) {
		v = v[:int(high)]
	}
	return v
}

func isPath(name string) bool {
	for _, w := range split(name) {
		switch w {
		case "path", "paths", "file", "files", "filename", "filepath", "dir", "directory", "folder", "source", "destination", "src", "dst", "uri":
			return true
		}
	}
	return false
}

// resolved follows references within a schema.
func resolved(schema any, root map[string]any, hops int) map[string]any {
	s, _ := schema.(map[string]any)
	ref, ok := s["$ref"].(string)
	if !ok || hops > 8 || !strings.HasPrefix(ref, "#/") {
		return s
	}
	var at any = root
	for _, part := range strings.Split(ref[2:], "/") {
		m, _ := at.(map[string]any)
		at = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	return resolved(at, root, hops+1)
}

func required(s map[string]any) []string {
	var names []string
	list, _ := s["required"].([]any)
	for _, v := range list {
		if name, ok := v.(string); ok && len(names) < maxParameters {
			names = append(names, name)
		}
	}
	return names
}

// otherType is a value that is clearly not of a type: nothing that a server might take by converting it.
func otherType(kind string) (any, bool) {
	switch kind {
	case "string", "boolean":
		return map[string]any{"not": "expected"}, true
	case "integer", "number":
		return "not a number", true
	case "array":
		return 7, true
	case "object":
		return "not an object", true
	}
	return nil, false
}

// beyond are values just outside what a schema allows.
func beyond(p map[string]any, kind string) []any {
	var out []any
	number := func(key string) (float64, bool) { v, ok := p[key].(float64); return v, ok }
	switch kind {
	case "integer", "number":
		if v, ok := number("maximum"); ok && v < 1e15 {
			out = append(out, v+1)
		}
		if v, ok := number("minimum"); ok && v > -1e15 {
			out = append(out, v-1)
		}
		if v, ok := number("exclusiveMaximum"); ok {
			out = append(out, v)
		}
		if v, ok := number("exclusiveMinimum"); ok {
			out = append(out, v)
		}
	case "string":
		if v, ok := number("maxLength"); ok && v >= 0 && v < hugeSize {
			out = append(out, strings.Repeat("A", int(v)+1))
		}
		if v, ok := number("minLength"); ok && v >= 1 {
			out = append(out, "")
		}
	case "array":
		if v, ok := number("maxItems"); ok && v >= 0 && v < 1000 {
			out = append(out, make([]any, int(v)+1))
		}
	}
	if list, ok := p["enum"].([]any); ok && len(list) > 0 && (kind == "string" || kind == "") {
		out = append(out, "none-of-the-list")
	}
	return out
}

func nested() any {
	var v any = "x"
	for i := range deepLevels {
		if i%2 == 0 {
			v = []any{v}
		} else {
			v = map[string]any{"a": v}
		}
	}
	return v
}

// injections are texts that do something only where they are taken for more than text.
func injections(name string, p map[string]any, c Canaries) [][2]string {
	var out [][2]string
	relative := "../outside/" + filepath.Base(c.Outside)
	paths := []string{relative, c.Outside}
	if isPath(name) || strings.HasPrefix(fmt.Sprint(p["format"]), "ur") {
		paths = append(paths, filepath.ToSlash(c.Work)+"/"+relative, "....//outside/"+filepath.Base(c.Outside), "..%2foutside%2f"+filepath.Base(c.Outside), "file://"+filepath.ToSlash(c.Outside), "link.txt", filepath.ToSlash(c.Work)+"/link.txt")
	}
	for _, v := range paths {
		out = append(out, [2]string{traversal, v})
	}
	command := "echo $((" + sum + ")) | tee " + c.Mark
	for _, v := range []string{"x; " + command + " #", "x$(" + command + ")", "x`" + command + "`", "x | " + command, "x && " + command, "x\n" + command + "\n", `"; ` + command + ` #`, `'; ` + command + ` #`} {
		out = append(out, [2]string{shell, v})
	}
	for _, v := range []string{"{{" + sum + "}}", "${" + sum + "}", "<%= " + sum + " %>", "#{" + sum + "}", "{" + sum + "}"} {
		out = append(out, [2]string{template, v})
	}
	return out
}

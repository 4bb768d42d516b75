package code

import (
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// Ref is what a name refers to. The zero Ref refers to nothing and has no reason.
type Ref struct {
	Name   string   // dotted name, as the code that uses it would import it; "" when it could not be followed
	Names  []string // further names of the same thing, met on the way to its definition
	Def    *Def     // its definition, when that is in the program
	Reason string   // why it could not be followed; "" when it could
}

// Is tells whether one of the names matches one of the patterns; see [Match].
func (r Ref) Is(patterns ...string) bool { return r.Matches(patterns) != "" }

// Matches gives the first of the names that matches one of the patterns, or "".
func (r Ref) Matches(patterns []string) string {
	for _, p := range patterns {
		if r.Name != "" && !unlike(p, r.Name) && Match(p, r.Name) {
			return r.Name
		}
		for _, name := range r.Names {
			if !unlike(p, name) && Match(p, name) {
				return name
			}
		}
	}
	return ""
}

// Last is the last part of the name: "Agent" of "agents.Agent".
func (r Ref) Last() string { return r.Name[strings.LastIndexByte(r.Name, '.')+1:] }

// Nameless tells whether it may be a function that only a constant or an object holds.
func (r Ref) Nameless() bool { return r.Name == "lambda" || slices.Contains(r.Names, "lambda") }

// Match tells whether a dotted name matches a pattern: "*" stands for one part (or, within a part, for any letters),
// "**" for any number of parts, none included.
func Match(pattern, name string) bool {
	if unlike(pattern, name) {
		return false
	}
	star := strings.IndexByte(pattern, '*')
	if star < 0 {
		return pattern == name
	}
	// Nearly every question is answered by what stands before the first star.
	if dot := strings.LastIndexByte(pattern[:star], '.'); len(name) < dot || name[:max(dot, 0)] != pattern[:max(dot, 0)] {
		return false
	}
	return matchParts(pattern, name, true, true)
}

// unlike tells by their first and last letters that a name does not match a pattern: nearly all questions end here, without
// a call of a function.
func unlike(pattern, name string) bool {
	if pattern == "" || name == "" {
		return false
	}
	first, last := pattern[0], pattern[len(pattern)-1]
	return last != '*' && last != name[len(name)-1] || first != '*' && first != name[0]
}

// matchParts matches part by part; more says whether there is a part at all (an empty string may be one).
func matchParts(pattern, name string, more, named bool) bool {
	for more {
		head, rest, again := cut(pattern)
		if head == "**" {
			if !again {
				return true
			}
			for {
				if matchParts(rest, name, again, named) {
					return true
				}
				if !named {
					return false
				}
				_, name, named = cut(name)
			}
		}
		if !named {
			return false
		}
		var part string
		part, name, named = cut(name)
		if !matchPart(head, part) {
			return false
		}
		pattern, more = rest, again
	}
	return !named
}

func matchPart(pattern, part string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == part
	}
	if middle, rest, more := strings.Cut(after, "*"); more {
		if !strings.HasPrefix(part, before) {
			return false
		}
		part = part[len(before):]
		for i := 0; i+len(middle) <= len(part); i++ {
			if part[i:i+len(middle)] == middle && matchPart("*"+rest, part[i+len(middle):]) {
				return true
			}
		}
		return false
	}
	return len(part) >= len(before)+len(after) && strings.HasPrefix(part, before) && strings.HasSuffix(part, after)
}

// DefKind says what a definition defines.
type DefKind uint8

// The kinds of definition.
const (
	FuncDef DefKind = iota
	ClassDef
	VarDef
)

// Def is a definition in the program: a function, a class, or a variable of a module or class.
type Def struct {
	Kind   DefKind
	Name   string // within its module, with what it is inside of: "Team.planner", "main.helper"
	Module *Module
	Node   syntax.Node // the FuncDef or ClassDef; for a variable the statement that binds it first

	full string // with the module's name, where the definition is one of a file's parts
}

// ID is "path:name", which no other definition that counts has; "" for nil.
func (d *Def) ID() string {
	if d == nil {
		return ""
	}
	return d.Module.Path + ":" + d.Name
}

// Last is the definition's own name without what it is inside of.
func (d *Def) Last() string { return d.Name[strings.LastIndexByte(d.Name, '.')+1:] }

// Same tells whether both are the same definition.
func (d *Def) Same(other *Def) bool {
	return d == other || d != nil && other != nil && d.Module == other.Module && d.Node.Index() == other.Node.Index()
}

// Doc is the docstring of a function or class, with indentation removed (of Go, the comment above it); "" when there
// is none.
func (d *Def) Doc() string {
	if d == nil || d.Kind == VarDef {
		return ""
	}
	if inGo(d.Node) {
		return goDoc(d.Node)
	}
	first := d.Node.First(syntax.Block).Child(0)
	if first.Is(syntax.ExprStmt) && first.Child(0).Is(syntax.String) {
		return strings.TrimSpace(dedent(first.Child(0).Text()))
	}
	return ""
}

// Param is a parameter of a function.
type Param struct {
	Name       string
	Rest       int         // 1 for *args, 2 for **kwargs
	Annotation syntax.Node // an expression; the zero Node when there is none
	Default    syntax.Node

	pattern syntax.Node // JavaScript: what a parameter without a name is taken apart into
}

// Params are the parameters of a function, self included.
func (d *Def) Params() []Param {
	if d == nil || d.Kind != FuncDef {
		return nil
	}
	return paramsOf(d.Node)
}

func paramsOf(function syntax.Node) []Param {
	count := 0
	for range function.All(syntax.Param) {
		count++
	}
	if count == 0 {
		return nil
	}
	all := make([]Param, 0, count)
	for p := range function.All(syntax.Param) {
		all = append(all, Param{
			Name: p.Text(), Rest: p.Op(),
			Annotation: p.First(syntax.Annotation).Child(0), Default: p.First(syntax.Default).Child(0), pattern: patternOf(p),
		})
	}
	return all
}

// patternOf is what a parameter of JavaScript is taken apart into; the zero Node for one with a name.
func patternOf(p syntax.Node) syntax.Node {
	if p.Text() == "" {
		for c := range p.Children() {
			if c.Is(syntax.Map, syntax.List, syntax.Tuple) {
				return c
			}
		}
	}
	return syntax.Node{}
}

// dedent removes the indentation that all lines after the first share, as textwrap.dedent and inspect.cleandoc do.
func dedent(s string) string {
	lines := strings.Split(s, "\n")
	least := -1
	for i, line := range lines {
		trimmed := strings.TrimLeft(line, " \t")
		if trimmed == "" || i == 0 && len(trimmed) == len(line) {
			continue
		}
		if indent := len(line) - len(trimmed); least < 0 || indent < least {
			least = indent
		}
	}
	for i, line := range lines {
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		if indent == len(line) {
			lines[i] = ""
		} else if least > 0 {
			lines[i] = line[min(least, indent):]
		}
	}
	return strings.Join(lines, "\n")
}

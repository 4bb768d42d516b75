package pipeline

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// That nobody holds a tool can be said only of one that nothing in the program may hand over or call. A program that looks
// its functions up by a name that it is given, or fills an agent from a mapping, may reach any of them; a tool that code
// speaks of somewhere else may be called there. What is only imported is not.

// mentioned finds the tools that nobody was found to hold and that nothing in the program may reach: all else may be used
// in a way that is not seen.
func (s *scan) mentioned(o *discover.Outcome) {
	held := map[string]bool{}
	for _, f := range o.System.Flows {
		held[f.To] = true
	}
	var idle []*model.Element
	for _, e := range o.System.Elements {
		if e.Kind == model.Tool && e.Origin == model.Observed && len(e.Evidence) > 0 && !held[e.ID] {
			idle = append(idle, e)
		}
	}
	if len(idle) == 0 || o.Program == nil {
		return
	}
	reached := map[string]bool{}
	sought := map[string][]*model.Element{}  // a name in code → tools
	modules := map[string][]*model.Element{} // the name of a file → tools in it
	for _, e := range idle {
		file := path.Base(e.Evidence[0].File)
		stem := strings.TrimSuffix(file, path.Ext(file))
		modules[stem] = append(modules[stem], e)
		if name := definedAs(o.Program, e); name != "" {
			sought[name] = append(sought[name], e)
		} else {
			reached[e.ID] = true
		}
	}
	for _, file := range o.Program.Paths() {
		if source.Scope(file) == source.ScopeTest && !slices.ContainsFunc(idle, func(e *model.Element) bool { return e.Evidence[0].File == file }) {
			continue
		}
		r := o.Program.Resolver(file)
		if r == nil || r.Tree() == nil {
			return // it was not read: anything may stand there
		}
		reflects := false
		r.Tree().Root().Walk(func(n syntax.Node) bool {
			switch {
			case reflects:
			case reflecting(r, n):
				reflects = true
			case n.Is(syntax.Name), n.Is(syntax.Attr):
				for _, e := range sought[n.Text()] {
					reached[e.ID] = reached[e.ID] || !within(e, file, n)
				}
			case n.Is(syntax.Alias) && n.Count() > 0: // import shell as run: the other name is not followed here
				for _, e := range sought[n.Text()] {
					reached[e.ID] = true
				}
			}
			if n.Is(syntax.Name) && !n.Parent().Is(syntax.Attr, syntax.Alias) { // a module that is handed on whole
				for _, e := range modules[n.Text()] {
					if file != e.Evidence[0].File {
						reached[e.ID] = true
					}
				}
			}
			return !reflects
		})
		o.Program.Release(file)
		if reflects {
			return
		}
	}
	s.idle = map[string]bool{}
	for _, e := range idle {
		s.idle[e.ID] = !reached[e.ID]
	}
}

// definedAs is by which name code can speak of a tool: that of the function, class or variable of its file that it is made
// in. It is empty where there is none, or where a decorator besides hands the function on.
func definedAs(program *code.Program, tool *model.Element) string {
	at := tool.Evidence[0]
	r := program.Resolver(at.File)
	if r == nil || r.Tree() == nil {
		return ""
	}
	for statement := range r.Tree().Root().Children() {
		if !hasLine(statement, at.Line) {
			continue
		}
		if statement.Is(syntax.Export) && statement.Count() == 1 {
			statement = statement.Child(0)
		}
		switch statement.Kind() {
		case syntax.ClassDef, syntax.FuncDef:
			decorators := slices.Collect(statement.All(syntax.Decorator))
			if len(decorators) > 1 {
				return ""
			}
			for _, d := range decorators {
				callee := d.Child(0)
				if callee.Is(syntax.Call) {
					callee = callee.Child(0)
				}
				if callee.Is(syntax.Attr) && keeps(r.Eval(callee.Child(0))) {
					return "" // it is kept in an object, which may hand it on
				}
			}
			return statement.Text()
		case syntax.Assign, syntax.AnnAssign:
			if target := statement.Child(0); target.Is(syntax.Name) && (statement.Is(syntax.AnnAssign) || statement.Count() == 2) {
				return target.Text()
			}
		}
		return ""
	}
	return ""
}

// keeps tells whether a value may keep what its decorators are put on.
func keeps(v *code.Value) bool { return v.Is(code.Instance) || v.Is(code.Unknown) }

// hasLine tells whether a line is one of a statement's.
func hasLine(statement syntax.Node, line int) bool {
	at := statement.Span()
	return at.File.Position(int(at.Start)).Line <= line && line <= at.File.Position(int(at.End)).Line
}

// within tells whether a name stands in the statement that makes the tool.
func within(tool *model.Element, file string, n syntax.Node) bool {
	if tool.Evidence[0].File != file {
		return false
	}
	for !n.Parent().IsZero() && !n.Parent().Is(syntax.Module) {
		n = n.Parent()
	}
	return hasLine(n, tool.Evidence[0].Line)
}

// isOutside tells whether a value is one object, or of a library: neither holds the functions of the program's files.
func isOutside(v *code.Value) bool { return v.Is(code.Instance) || v.Is(code.External) }

// lookups are names by which a program gets at whatever it holds.
var lookups = map[string]bool{
	"vars": true, "globals": true, "locals": true, "dir": true, "eval": true, "exec": true, "__import__": true, "import_module": true, "getmembers": true,
	"iter_modules": true, "walk_packages": true, "entry_points": true, "spec_from_file_location": true, "__subclasses__": true, "require": true, "import": true,
}

// agentish are words of calls that make or run an agent.
var agentish = regexp.MustCompile(`(?i)agent|assistant|crew|swarm|team|graph|tool|runner|executor|generatetext|streamtext`)

// reflecting tells whether an expression gets at parts of the program by a name that it is given, or makes an agent of a
// mapping whose keys are not seen.
func reflecting(r *code.Resolver, n syntax.Node) bool {
	switch {
	case n.Is(syntax.Subscript) && !n.Child(1).Is(syntax.String) && n.Child(0).Is(syntax.Name) && r.Eval(n.Child(0)).Is(code.Package): // in JavaScript
		return true
	case n.Is(syntax.Attr) && (n.TextIs("__dict__") && !n.Child(0).TextIs("self") || n.TextIs("modules") && n.Child(0).TextIs("sys")):
		return true
	case !n.Is(syntax.Call):
		return false
	}
	callee := n.Child(0)
	switch {
	case !callee.Is(syntax.Name, syntax.Attr):
	case callee.TextIs("getattr") && callee.Is(syntax.Name):
		of := n.Child(1)
		return !n.Child(2).Is(syntax.String) && !of.TextIs("self") && !of.TextIs("cls") && !isOutside(r.Eval(of))
	case lookups[callee.Text()] && (callee.Is(syntax.Name) || !callee.TextIs("eval") && !callee.TextIs("exec") && !callee.TextIs("dir")):
		return !(n.Count() == 2 && n.Child(1).Is(syntax.String) && !callee.TextIs("eval") && !callee.TextIs("exec")) && !(callee.TextIs("vars") && n.Child(1).TextIs("self"))
	}
	if !agentish.MatchString(callee.Source()) {
		return false
	}
	for argument := range n.Children() {
		if argument == callee {
			continue
		}
		if argument.Is(syntax.Spread) && argument.Op() == 2 && !argument.Child(0).Is(syntax.Map) {
			return true
		}
		if argument.Is(syntax.Map) && !argument.First(syntax.Spread).IsZero() {
			return true
		}
	}
	return false
}

package discover

import (
	"path"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Owner is the code that a place belongs to: the outermost function or class around it, of JavaScript also a function
// without a name that a constant holds; else the file.
type Owner struct {
	Ref    Ref
	Name   string // for people: a function called main, or the handler of a route, has the name of its file
	At     source.Span
	Def    *code.Def   // of a function or class with a name
	Node   syntax.Node // the function or class; the zero Node for the file
	Symbol string      // the name in the program; "" for the file
}

// OwnerOf finds the code that a place belongs to.
func (p *Pass) OwnerOf(n syntax.Node) Owner { return ownerOf(p.code, p.Path(), n) }

func ownerOf(r *code.Resolver, file string, n syntax.Node) Owner {
	var outer, holder syntax.Node
	for up := n; !up.IsZero(); up = up.Parent() {
		switch {
		case up.Is(syntax.FuncDef, syntax.ClassDef):
			outer = up
		case up.Is(syntax.Lambda) && (up.Tree().Language == syntax.TypeScript):
			outer = up
		case up.Is(syntax.Assign, syntax.AnnAssign, syntax.Export):
			if up.Parent().Is(syntax.Module, syntax.Export) && holder.IsZero() {
				holder = up
			}
		}
	}
	switch {
	case outer.IsZero():
		return Owner{Ref: Local(file, "agent"), Name: fileTitle(file), At: n.Span()}
	case outer.Is(syntax.FuncDef, syntax.ClassDef) && outer.Text() != "":
		def := r.DefinitionOf(outer)
		return Owner{Ref: Definition(def), Name: titleOf(def.Last(), def.Module.Path), At: nameSpan(outer), Def: def, Node: outer, Symbol: def.Last()}
	}
	symbol := "default"
	if holder.Is(syntax.Assign, syntax.AnnAssign) {
		switch target := holder.Child(0); {
		case target.Is(syntax.Attr) && target.TextIs("exports") && target.Child(0).TextIs("module"): // module.exports = …
		case target.Is(syntax.Name), target.Is(syntax.Attr):
			symbol = target.Text()
		}
	}
	if call := outer.Parent(); holder.IsZero() && call.Is(syntax.Call) && call.Child(1).Is(syntax.String) && call.Child(1) != outer {
		if text := plainWord(call.Child(1).Text()); text != "" { // app.post("/chat", async (request) => …)
			symbol = text
		}
	}
	at := outer.Span()
	if !holder.IsZero() {
		at.Start = holder.Span().Start
	}
	if body := outer.First(syntax.Block); !body.IsZero() && body.Span().Start > at.Start {
		at.End = body.Span().Start
	}
	if t := outer.Tree(); t != nil && t.File != nil {
		file = t.File.Path()
	}
	return Owner{Ref: Local(file, symbol), Name: titleOf(symbol, file), At: trimSpan(at), Node: outer, Symbol: symbol}
}

// trimSpan leaves out space at the end.
func trimSpan(s source.Span) source.Span {
	text := s.File.Text(int(s.Start), int(s.End))
	s.End -= int32(len(text) - len(strings.TrimRight(text, " \t\r\n")))
	return s
}

// titleOf is the name of a function for people.
func titleOf(symbol, file string) string {
	switch symbol {
	case "main", "run", "_main", "cli", "loop", "app", "start", "default", "handler", "action", "loader", "GET", "POST", "PUT", "PATCH", "execute":
		return fileTitle(file)
	}
	return symbol
}

// fileTitle is a file's name for people, or that of its folder where the file's own says nothing.
func fileTitle(file string) string {
	stem := strings.TrimSuffix(path.Base(file), path.Ext(file))
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		switch stem {
		case "route", "index", "main", "page", "actions", "action", "server", "api", "app", "src", "mod", "+server", "handler", "__main__", "__init__":
		default:
			if !strings.HasPrefix(stem, "[") && !strings.HasPrefix(stem, "(") {
				return stem
			}
		}
		if dir == "." || dir == "/" {
			return strings.TrimSuffix(path.Base(file), path.Ext(file))
		}
		stem = path.Base(dir)
	}
}

// Said is the expression that a call is given under a name: as a keyword, or of JavaScript as an entry of its object of
// options.
func Said(call syntax.Node, name string) syntax.Node {
	if n := call.Argument(name); !n.IsZero() {
		return n
	}
	if call.Tree() == nil || call.Tree().Language != syntax.TypeScript {
		return syntax.Node{}
	}
	for a := range call.Children() {
		if a.Is(syntax.Map) && a != call.Child(0) {
			if n := a.Argument(name); !n.IsZero() {
				return n
			}
		}
	}
	return syntax.Node{}
}

// Messages records that one agent asks another, and the tool by which it does so.
func (p *Pass) Messages(agent, tool, other Ref, at source.Span) {
	p.Flow(model.Message, tool, other, at)
	if !agent.IsZero() && agent.Key() != other.Key() {
		p.Flow(model.Delegation, agent, other, at)
	}
}

// FunctionAndLoop gives the outermost function that a place stands in, and the loop that is nearest to it within the
// nearest function; zero Nodes where there is none.
func FunctionAndLoop(n syntax.Node) (function, loop syntax.Node) {
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.For, syntax.While) && function.IsZero() && loop.IsZero() {
			loop = up
		}
		if up.Is(syntax.FuncDef) {
			function = up
		}
	}
	return function, loop
}

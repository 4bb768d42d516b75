package taint

import (
	"strings"

	"fermata/internal/syntax"
)

// The last part of a path is a name: whatever the path was, the name leads into no other folder. Calls that give it stand in
// the tables; here are the ways that are no call of a library.

// lastPart tells whether an attribute is a part of the last part of a path: Path(given).name, path.parse(given).base.
func (w *walk) lastPart(n syntax.Node) bool {
	of := n.Child(0)
	if n.Tree().Language == syntax.TypeScript {
		switch n.Text() {
		case "base", "name", "ext":
			return w.allNamed(of, parsesPath)
		}
		return false
	}
	switch n.Text() {
	case "name", "stem", "suffix":
	default:
		return false
	}
	for of.Is(syntax.Binary) && of.TextIs("/") {
		of = of.Child(0)
	}
	return w.allNamed(of, func(name string) bool { return strings.HasPrefix(name, "pathlib.") })
}

// allNamed tells whether all that an expression may be has a name of which is says so.
func (w *walk) allNamed(n syntax.Node, is func(name string) bool) bool {
	all := w.r.Eval(n).Each()
	for _, one := range all {
		if !is(one.RefOf().Name) {
			return false
		}
	}
	return len(all) > 0
}

// parsesPath tells whether a name is that of the call by which Node takes a path apart.
func parsesPath(name string) bool {
	name = plainName(name)
	return strings.HasPrefix(name, "path.") && strings.HasSuffix(name, ".parse")
}

// lastItem tells whether an item is the last part of a path that is taken apart: os.path.split(given)[1], given.split("/")[-1].
func (w *walk) lastItem(n syntax.Node) bool {
	call, which := n.Child(0), n.Child(1).Source()
	if !call.Is(syntax.Call) || which != "-1" && which != "1" {
		return false
	}
	if ref := w.r.Resolve(call.Child(0)); ref.Is("os.path.split", "posixpath.split", "ntpath.split") {
		return true
	}
	return which == "-1" && atSlashes(call)
}

// popsLast tells whether a call takes the last part of a path that is taken apart: given.split("/").pop().
func popsLast(n syntax.Node, c *callee) bool {
	switch c.last {
	case "pop":
		return n.Count() == 1 && atSlashes(n.Child(0).Child(0))
	case "at":
		return n.Child(1).Source() == "-1" && atSlashes(n.Child(0).Child(0))
	}
	return false
}

// atSlashes tells whether a call parts a text at its slashes.
func atSlashes(call syntax.Node) bool {
	if !call.Is(syntax.Call) || !call.Child(0).Is(syntax.Attr) {
		return false
	}
	switch call.Child(0).Text() {
	case "split", "rsplit":
		return call.Child(1).TextIs("/") && call.Child(1).Is(syntax.String)
	}
	return false
}

package taint

import (
	"strings"

	"fermata/internal/syntax"
)

// The last part of a path is a name: whatever the path was, a file of that name lies in no other folder. It may still be two
// dots, which are a folder: what makes or removes folders is not silenced by it, nor is a path that goes on behind it. Calls
// that give it stand in the tables; here are the ways that are no call of a library.

// lastly are the marks of the last part of a path.
func (ms marks) lastly() marks {
	out := append(marks(nil), ms...)
	for i := range out {
		out[i].last = true
	}
	return out
}

// loosed are the marks of what may be no last part any more.
func (ms marks) loosed() marks {
	for i := range ms {
		if !ms[i].last && (ms[i].loose || ms[i].param == 0) {
			continue
		}
		out := append(marks(nil), ms...)
		for i := range out {
			out[i].last, out[i].loose = false, true
		}
		return out
	}
	return ms
}

// allLast tells whether a value is made of last parts.
func (ms marks) allLast() bool {
	for _, m := range ms {
		if !m.last {
			return false
		}
	}
	return len(ms) > 0
}

// beginsPart tells whether a text that stands behind another lets a path go on.
func beginsPart(s string) bool { return s != "" && (s[0] == '/' || s[0] == '\\') }

// ofFiles are calls that are done to a file and fail on a folder.
var ofFiles = words(`open read_text read_bytes write_text write_bytes copyfile read_csv read_excel read_json read_parquet load save
	ZipFile Document PdfReader load_workbook send_file FileResponse getline unlink readFile readFileSync writeFile writeFileSync
	appendFile appendFileSync createReadStream createWriteStream copyFile unlinkSync sendFile download readTextFile`)

// touchesFile tells whether a call is done to a file and fails on a folder. What is not known may be done to either.
func touchesFile(n syntax.Node) bool {
	if !n.Is(syntax.Call) {
		return false
	}
	name := n.Child(0).Text()
	return ofFiles[name] || name == "remove" && n.Tree().Language == syntax.Python // fs-extra removes folders too
}

// keeping are calls whose answer is still a last part where they are given one.
var keeping = words(`str strip lstrip rstrip lower upper casefold removeprefix removesuffix with_suffix fspath splitext Path PurePath
	PosixPath PurePosixPath WindowsPath PureWindowsPath join joinpath resolve absolute realpath abspath normpath String toString trim
	trimStart trimEnd toLowerCase toUpperCase slice substring substr replace replaceAll`)

func words(s string) map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields(s) {
		all[word] = true
	}
	return all
}

// stillLast are the marks of a call's object and of what it is given, as they are in its answer: what is decoded, put
// together otherwise or not known may have slashes again, and a path goes on behind all but the last that is joined.
func stillLast(n syntax.Node, c *callee, args map[syntax.Node]marks, self, given marks) (of, with marks) {
	if !keeping[c.last] {
		return self.loosed(), given.loosed()
	}
	switch c.last {
	case "replace", "replaceAll":
		if by := n.Child(2); n.Count() != 3 || !by.Is(syntax.String) || strings.ContainsAny(by.Text(), `/\`) {
			return self.loosed(), given.loosed()
		}
		return self, given.loosed()
	}
	if n.Count() < 2 {
		return self, given
	}
	switch c.last {
	case "join", "joinpath":
		self = self.loosed()
		if n.Child(0).Child(0).Is(syntax.String) {
			return self, given.loosed()
		}
	}
	last := n.Child(n.Count() - 1)
	for a := range n.Children() {
		if a.Is(syntax.Keyword, syntax.Spread) {
			return self, given.loosed()
		}
		v := args[a]
		if a != last || a.Is(syntax.List, syntax.Tuple) {
			v = v.loosed()
		}
		with = union(with, v)
	}
	return self, with
}

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
	return w.allNamed(of, isPath)
}

// isPath tells whether a name is that of a path itself. What a path answers with is mostly none: the name of a file that
// was opened is its whole path.
func isPath(name string) bool {
	rest, ok := strings.CutPrefix(name, "pathlib.")
	class, rest, more := strings.Cut(rest, ".")
	if !ok || !strings.HasSuffix(class, "Path") {
		return false
	}
	for more {
		var step string
		step, rest, more = strings.Cut(rest, ".")
		switch step {
		case "resolve", "absolute", "expanduser", "parent", "joinpath", "with_suffix", "with_name", "relative_to":
		default:
			return false
		}
	}
	return true
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
	if at := call.Child(1); !at.TextIs("/") || !at.Is(syntax.String) {
		return false
	}
	switch call.Child(0).Text() {
	case "split": // with a limit, the last of what it answers is the rest
		return call.Count() == 2
	case "rsplit":
		return call.Count() == 2 || call.Count() == 3 && call.Child(2).Source() == "1"
	}
	return false
}

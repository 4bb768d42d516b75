package code

import (
	"path"
	"strings"

	"fermata/internal/syntax"
)

// Configuration names modules, classes and functions of the program, and the program looks them up: what is found by a
// name that is known is as good as imported.

// mostNamed is how many names something is looked up by: a table of all that there is does not say what is meant.
const mostNamed = 12

// eachText asks for each text that a value may be, and gives what is found for any of them; nil where none is known, or too
// many.
func eachText(n syntax.Node, names *Value, find func(name string) *Value) *Value {
	if len(names.Items) > mostNamed {
		return nil
	}
	var all []*Value
	for one := range names.alternatives() {
		if s, ok := one.Constant(); ok && s != "" {
			if v := find(s); v != nil {
				all = append(all, v)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return choice(n, all...)
}

// moduleNamed is the module that importlib.import_module("a.b") gives; nil where the name is not known.
func (r *Resolver) moduleNamed(n syntax.Node, f *frame) *Value {
	return eachText(n, r.eval(n.Child(1), f), func(name string) *Value {
		rest := strings.TrimLeft(name, ".")
		return r.packageValue(r.importTarget(r.at(n).module, len(name)-len(rest), rest))
	})
}

// objectNamed is what stands under a dotted name, "a.b.C" or "a.b:C"; nil where the name is not known.
func (r *Resolver) objectNamed(names *Value, n syntax.Node) *Value {
	return eachText(n, names, func(name string) *Value {
		module, member, ok := strings.Cut(name, ":")
		if i := strings.LastIndexByte(name, '.'); !ok && i > 0 {
			module, member, ok = name[:i], name[i+1:], true
		}
		if !ok || member == "" {
			return nil
		}
		return r.imported(r.importTarget(r.at(n).module, 0, module), member)
	})
}

// instantiated is the object that Hydra makes of a part of the configuration: _target_ names the class, the other keys are
// its arguments. Nil where the class is not known.
func (r *Resolver) instantiated(n syntax.Node, f *frame) *Value {
	from := r.eval(n.Child(1), f)
	var all []*Value
	for one := range from.alternatives() {
		class := r.objectNamed(one.Get("_target_"), n)
		if class == nil {
			continue
		}
		if made := r.madeOf(class, one, n, f); made != nil {
			all = append(all, made)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return choice(n, all...)
}

// madeOf is the object of a class whose arguments are what a dictionary holds, and nothing else.
func (r *Resolver) madeOf(class, of *Value, n syntax.Node, f *frame) *Value {
	if !class.Is(Class) && !class.Is(External) || !of.Is(Dict) {
		return nil
	}
	given := &more{whole: true}
	for _, pair := range of.Pairs {
		if key, ok := pair.Key.Constant(); ok && !strings.HasPrefix(key, "_") {
			given.extra = append(given.extra, extra{key, pair.Value})
		}
	}
	return &Value{Kind: Instance, Node: n, Call: n, Ref: class.Ref, in: r, frame: f.at(n), more: given}
}

// validated is the object that a data class of the program makes of a dictionary: Settings.model_validate(d); nil for other
// calls, and where what the dictionary holds is not known.
func (r *Resolver) validated(class *Value, method string, n syntax.Node, f *frame) *Value {
	switch method {
	case "model_validate", "parse_obj":
	default:
		return nil
	}
	if !class.Is(Class) {
		return nil
	}
	return r.madeOf(class, r.eval(n.Child(1), f), n, f)
}

// splitOnce is text.split(sep, 1), rsplit, partition and rpartition: the parts before and after one separator; nil for other
// calls, and where the separator is not known.
func (r *Resolver) splitOnce(text *Value, method string, n syntax.Node, f *frame) *Value {
	sep, ok := r.eval(n.Child(1), f).Constant()
	if !ok || sep == "" || len(text.Holes) > 0 {
		return nil
	}
	times := 0
	if limit := n.Child(2); !limit.IsZero() {
		if limit.Is(syntax.Keyword) {
			limit = limit.Child(0)
		}
		times, _ = smallNumber(r.eval(limit, f))
	}
	parts := []string{text.Text}
	switch {
	case method == "rsplit" && times == 0:
		parts = strings.Split(text.Text, sep)
	case method == "split" && times == 0, times > 1:
		return nil
	default:
		at := strings.Index(text.Text, sep)
		if method[0] == 'r' {
			at = strings.LastIndex(text.Text, sep)
		}
		if at >= 0 {
			parts = []string{text.Text[:at], text.Text[at+len(sep):]}
		}
		if at >= 0 && strings.HasSuffix(method, "partition") {
			parts = []string{parts[0], sep, parts[1]}
		}
	}
	out := &Value{Kind: List, Node: n}
	for _, part := range parts {
		if len(out.Items) < maxItems {
			out.Items = append(out.Items, &Value{Kind: String, Node: n, Text: part})
		}
	}
	return out
}

// filesLike are the configuration files that a pattern finds: glob.glob("agents/*.yaml"). The pattern's last part may hold "*", and a
// part before it may be "**". What it starts from is looked for as a file that code names is; nil where nothing is found.
func (r *Resolver) filesLike(pattern string, n syntax.Node, file func(name string) *Value) *Value {
	if pattern = path.Clean(pattern); strings.HasPrefix(pattern, "..") || path.IsAbs(pattern) {
		return nil
	}
	folder, last := path.Split(pattern)
	folder, deep := strings.CutSuffix(strings.TrimSuffix(folder, "/"), "**")
	folder = path.Clean(folder)
	if strings.ContainsAny(folder, "*?[") {
		return nil
	}
	for dir := path.Dir(r.at(n).module.Path); ; dir = path.Dir(dir) {
		out := &Value{Kind: List, Node: n}
		for _, name := range r.program.dataBelow(path.Join(dir, folder), deep) {
			if ok, _ := path.Match(last, path.Base(name)); !ok {
				continue
			}
			if len(out.Items) >= maxUnroll {
				out.Open = true
				break
			}
			out.Items = append(out.Items, file(name))
		}
		if len(out.Items) > 0 {
			return out
		}
		if dir == "." || dir == "/" {
			return nil
		}
	}
}

// pathOf is an object of pathlib for a file.
func (r *Resolver) pathOf(name string, n syntax.Node, f *frame) *Value {
	text := &Value{Kind: String, Node: n, Text: name}
	return &Value{Kind: Instance, Node: n, Call: n, Ref: Ref{Name: "pathlib.Path"}, in: r, frame: f, more: &more{whole: true, extra: []extra{{"", text}}}}
}

// listedBy is what a call gives that lists files; nil for other calls and where no configuration is among them.
func (r *Resolver) listedBy(v *Value, n syntax.Node, f *frame) *Value {
	text := func(name string) *Value { return &Value{Kind: String, Node: n, Text: name} }
	base := func(name string) *Value { return text(path.Base(name)) }
	object := func(name string) *Value { return r.pathOf(name, n, f) }
	first := func() (string, bool) { return r.eval(n.Child(1), f).FilePath() }
	switch v.Ref.Last() {
	case "listdir", "readdirSync", "readdir":
		if folder, ok := first(); ok {
			return r.filesLike(path.Join(folder, "*"), n, base)
		}
	case "iterdir":
		if folder, ok := v.Base.FilePath(); ok {
			return r.filesLike(path.Join(folder, "*"), n, object)
		}
	case "glob", "rglob", "iglob", "globSync", "sync":
		pattern, ok := first()
		if !ok {
			return nil
		}
		if !strings.HasPrefix(v.Ref.Name, "pathlib.") {
			return r.filesLike(pattern, n, text)
		}
		if v.Ref.Last() == "rglob" {
			pattern = path.Join("**", pattern)
		}
		if folder, ok := v.Base.FilePath(); ok {
			return r.filesLike(path.Join(folder, pattern), n, object)
		}
	}
	return nil
}

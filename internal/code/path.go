package code

import (
	"path"
	"strings"

	"fermata/internal/syntax"
)

// FilePath is the path that a value names, as far as it is known: a text, os.path.join, pathlib with "/" and parent,
// __file__ as the path of its own file. It is relative to the program's root where the code starts from __file__, else
// to the folder that the program is started in, which nobody knows.
func (v *Value) FilePath() (string, bool) { return v.filePath(0) }

func (v *Value) filePath(depth int) (string, bool) {
	if v == nil || depth > 16 {
		return "", false
	}
	switch v.Kind {
	case Choice: // the one that is known, of a parameter that may be given another
		found := ""
		for _, one := range v.Items {
			if s, ok := one.filePath(depth + 1); ok {
				if found != "" && found != s {
					return "", false
				}
				found = s
			}
		}
		return found, found != ""
	case String, Env:
		s, ok := v.Constant()
		return path.Clean(strings.ReplaceAll(s, "\\", "/")), ok && s != ""
	case External: // Path(__file__).parent.parent
		base, ok := v.Base.filePath(depth + 1)
		if !ok || !v.Ref.Is("pathlib.Path.**") {
			return "", false
		}
		up, of := strings.CutPrefix(v.Ref.Name, v.Base.Ref.Name)
		for of && strings.HasPrefix(up, ".parent") {
			base, up = path.Dir(base), strings.TrimPrefix(up, ".parent")
		}
		return base, of && up == ""
	case Instance:
		if v.Call.Is(syntax.Binary) {
			if base, ok := v.Base.filePath(depth + 1); ok {
				if s, ok := v.in.eval(v.Call.Child(1), v.frame).filePath(depth + 1); ok {
					return path.Join(base, s), true
				}
			}
			return "", false
		}
		if !v.Ref.Is("pathlib.Path", "pathlib.PurePath", "pathlib.Path.**") {
			return "", false
		}
		switch v.Ref.Last() {
		case "resolve", "absolute", "expanduser":
			return v.Base.filePath(depth + 1)
		case "joinpath":
			base, ok := v.Base.filePath(depth + 1)
			for _, a := range v.Args() {
				s, fine := a.Value.filePath(depth + 1)
				base, ok = path.Join(base, s), ok && fine
			}
			return base, ok
		case "Path", "PurePath":
			joined, ok := "", true
			for _, a := range v.Args() {
				s, fine := a.Value.filePath(depth + 1)
				joined, ok = path.Join(joined, s), ok && fine
			}
			return joined, ok && joined != ""
		}
	}
	return "", false
}

// filePaths are the paths that a value may name, where it is one of several.
func (v *Value) filePaths() (paths []string) {
	if s, ok := v.FilePath(); ok {
		return []string{s}
	}
	for one := range v.alternatives() {
		if s, ok := one.FilePath(); ok {
			paths = append(paths, s)
		}
	}
	return paths
}

// ReadFrom is the path of the file whose text the value is: open(path).read(), Path(path).read_text() and the like.
func (v *Value) ReadFrom() (string, bool) {
	if from := v.readFrom(); from != nil {
		return from.FilePath()
	}
	return "", false
}

// readFrom is what names the file whose text the value is; nil when it is none.
func (v *Value) readFrom() *Value {
	if !v.Is(Instance) || v.in == nil {
		return nil
	}
	switch {
	case v.Ref.Is("builtins.open.read", "io.open.read", "codecs.open.read", "aiofiles.open.read", "builtins.open.read.strip"):
		return v.Root().Arg("file", 0)
	case v.Ref.Is("pathlib.Path.read_text", "pathlib.Path.**.read_text", "pathlib.Path.open.read"):
		for base := v.Base; base != nil; base = base.Base {
			if _, ok := base.FilePath(); ok {
				return base
			}
		}
	case v.Ref.Is("fs.readFileSync", "node:fs.readFileSync", "fs.default.readFileSync", "fs.promises.readFile", "fs/promises.readFile", "node:fs/promises.readFile", "node:fs.promises.readFile"):
		return v.Arg("", 0)
	}
	return nil
}

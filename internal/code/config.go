package code

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// What a program reads from a configuration file that stands in the tree is as good as written in the code: a call that
// parses such a file is the value that the file holds, with its places.

// configReaders are the calls that make a value of a file's text, or of a file that they are given.
var configReaders = map[string]bool{
	"json.load": true, "json.loads": true, "json5.load": true, "json5.loads": true, "orjson.loads": true, "ujson.load": true,
	"yaml.safe_load": true, "yaml.load": true, "yaml.full_load": true, "yaml.unsafe_load": true, "ruamel.yaml.YAML.load": true,
	"toml.load": true, "toml.loads": true, "tomllib.load": true, "tomllib.loads": true, "tomli.load": true, "tomli.loads": true,
	"omegaconf.OmegaConf.load": true,
	"JSON.parse":               true, "builtins.JSON.parse": true, "yaml.parse": true, "js-yaml.load": true, "js-yaml.default.load": true, "yaml.default.parse": true,
}

// mostConfig is how large a configuration file may be.
const mostConfig = 1 << 19

// configured is what a call gives that parses a configuration file of the tree; nil for other calls and where the file is
// not known.
func (r *Resolver) configured(name string, n syntax.Node, f *frame) *Value {
	if !configReaders[name] || r.refOnly || n.Count() < 2 {
		return nil
	}
	var all []*Value
	for from := range r.eval(n.Child(1), f).alternatives() {
		for _, file := range from.openedFiles() {
			if root := r.configFile(n, file); !root.IsZero() && len(all) < maxUnroll {
				all = append(all, r.eval(root, nil))
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return choice(n, all...)
}

// openedFiles are the paths of the files that a value may stand for: the text of one, what open gave, or a path itself.
func (v *Value) openedFiles() []string {
	if from := v.readFrom(); from != nil {
		return from.filePaths()
	}
	switch {
	case v.Is(Instance) && v.Ref.Is("builtins.open", "io.open", "codecs.open", "aiofiles.open"):
		return v.Arg("file", 0).filePaths()
	case v.Is(Instance) && v.Ref.Is("pathlib.Path.open", "pathlib.Path.**.open"):
		return v.Base.filePaths()
	}
	return v.filePaths()
}

// configFile is the value at the top of a configuration file; the zero Node when the tree has no such file. A path that
// does not start from the code's own file is tried from the folders above it.
func (r *Resolver) configFile(n syntax.Node, name string) syntax.Node {
	switch path.Ext(name) {
	case ".json", ".jsonc", ".json5", ".yaml", ".yml", ".toml":
	default:
		return syntax.Node{}
	}
	if strings.HasPrefix(name, "..") || path.IsAbs(name) {
		return syntax.Node{}
	}
	for dir := path.Dir(r.at(n).module.Path); ; dir = path.Dir(dir) {
		if root := r.program.config(path.Join(dir, name)); !root.IsZero() {
			return root
		}
		if dir == "." || dir == "/" {
			return syntax.Node{}
		}
	}
}

// config reads a configuration file once for the program.
func (p *Program) config(name string) syntax.Node {
	if root, ok := p.configs.Load(name); ok {
		return root.(syntax.Node)
	}
	tree := &syntax.Tree{}
	if p.others[name] {
		if file := p.read(name); file != nil && len(file.Content()) <= mostConfig && source.Scope(name) != source.ScopeVendored {
			tree = syntax.Parse(file)
		}
	}
	root := tree.Root()
	for root.Is(syntax.Module, syntax.Document) {
		root = root.Child(0)
	}
	p.configs.Store(name, root)
	return root
}

// dataBelow lists the configuration files of a folder, sorted, or those of all folders below it too.
func (p *Program) dataBelow(folder string, deep bool) []string {
	p.dataOnce.Do(func() { p.data = slices.Sorted(maps.Keys(p.others)) })
	prefix := folder + "/"
	if folder == "." {
		prefix = ""
	}
	at, _ := slices.BinarySearch(p.data, prefix)
	var found []string
	for _, name := range p.data[at:] {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok || len(found) > maxItems {
			break
		}
		if deep || !strings.Contains(rest, "/") {
			found = append(found, name)
		}
	}
	return found
}

// inPlace is a variable of the environment that a text of a configuration file stands for: "${MODEL:-gpt-4o}".
var inPlace = regexp.MustCompile(`^\$\{?(?:env:|oc\.env:)?([A-Za-z_][A-Za-z0-9_]*)(?::?[-=,]?([^}]*))?\}?$`)

// configText is a text of a configuration file.
func configText(n syntax.Node) *Value {
	text := n.Text()
	if strings.HasPrefix(text, "$") {
		if m := inPlace.FindStringSubmatch(text); m != nil {
			e := &Value{Kind: Env, Node: n, Text: m[1]}
			if m[2] != "" {
				e.Items = []*Value{{Kind: String, Node: n, Text: m[2]}}
			}
			return e
		}
	}
	return &Value{Kind: String, Node: n, Text: text}
}

// isConfig tells whether a node is of a configuration file.
func isConfig(n syntax.Node) bool {
	if n.IsZero() {
		return false
	}
	switch n.Tree().Language {
	case syntax.JSON, syntax.YAML, syntax.TOML:
		return true
	}
	return false
}

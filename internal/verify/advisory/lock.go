package advisory

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// mostPackages bounds what is read of one file.
const mostPackages = 50_000

// mostBytes bounds a file.
const mostBytes = 64 << 20

// readers say how each file is read, by its name.
var readers = map[string]func(*lock){
	"uv.lock": (*lock).tables, "poetry.lock": (*lock).tables, "pdm.lock": (*lock).tables, "Pipfile.lock": (*lock).pipfile,
	"package-lock.json": (*lock).npm, "npm-shrinkwrap.json": (*lock).npm, "pnpm-lock.yaml": (*lock).pnpm, "yarn.lock": (*lock).yarn, "bun.lock": (*lock).bun,
	"go.mod": (*lock).modules,
}

func reader(name string) func(*lock) {
	base := path.Base(name)
	if strings.HasSuffix(base, ".txt") && (strings.HasPrefix(base, "requirements") || path.Base(path.Dir(name)) == "requirements") {
		return (*lock).requirements
	}
	return readers[base]
}

// IsLock tells whether a file of this name may fix versions.
func IsLock(name string) bool { return reader(name) != nil }

// Locks reads which packages a file fixes, in the order of the file, each version once. The diagnostics say where it could
// not be read.
func Locks(file *source.File) ([]Package, []source.Diagnostic) {
	read := reader(file.Path())
	if read == nil {
		return nil, nil
	}
	l := &lock{file: file, seen: map[Package]bool{}}
	if len(file.Content()) > mostBytes {
		return nil, []source.Diagnostic{{Severity: source.Warning, Code: syntax.TooLarge, Message: "the lock file has more than 64 megabytes and was not compared with advisories", Path: file.Path()}}
	}
	read(l)
	return l.found, l.diagnostics
}

// lock is one file that is being read.
type lock struct {
	file        *source.File
	found       []Package
	seen        map[Package]bool
	diagnostics []source.Diagnostic
	cut         bool // there was more than is read
}

// root parses the file. What is sound in a broken file counts.
func (l *lock) root(language syntax.Language) syntax.Node {
	tree := syntax.ParseAs(l.file, language)
	l.diagnostics = append(l.diagnostics, tree.Diagnostics...)
	return tree.Root()
}

func (l *lock) add(ecosystem, name, version string, at source.Span) {
	if ecosystem == PyPI {
		name = folded(name)
	}
	key := Package{Ecosystem: ecosystem, Name: name, Version: version}
	if name == "" || version == "" || version[0] < '0' || version[0] > '9' || l.seen[key] {
		return // links, workspaces and addresses have no version of a registry
	}
	if len(l.found) == mostPackages {
		if !l.cut {
			l.diagnostics = append(l.diagnostics, source.Diagnostic{Severity: source.Warning, Code: "cut-off", Message: fmt.Sprintf("only the first %d versions are compared with advisories", mostPackages), Span: at})
		}
		l.cut = true
		return
	}
	l.seen[key] = true
	key.Span = at
	l.found = append(l.found, key)
}

// tables reads TOML with a table for each package: uv, Poetry, PDM.
func (l *lock) tables() {
	for item := range l.root(syntax.TOML).Argument("package").Children() {
		from := item.Argument("source")
		if kind := from.Argument("type").Text(); kind == "git" || kind == "url" || kind == "file" || !from.Argument("git").IsZero() || !from.Argument("url").IsZero() || !from.Argument("path").IsZero() {
			continue // it is no version of a registry
		}
		if !from.Argument("editable").IsZero() || !from.Argument("virtual").IsZero() || !from.Argument("directory").IsZero() || from.Argument("type").TextIs("directory") {
			continue // it is the project itself
		}
		version := item.Argument("version")
		l.add(PyPI, item.Argument("name").Text(), version.Text(), version.Span())
	}
}

func (l *lock) pipfile() {
	root := l.root(syntax.JSON)
	for _, group := range []string{"default", "develop"} {
		for name, value := range root.Argument(group).Pairs() {
			version := value.Argument("version")
			l.add(PyPI, name.Text(), strings.TrimPrefix(version.Text(), "=="), version.Span())
		}
	}
}

// npm reads package-lock.json of all versions: a flat list of folders, or dependencies within dependencies.
func (l *lock) npm() {
	root := l.root(syntax.JSON)
	flat := root.Argument("packages")
	for folder, value := range flat.Pairs() {
		name := folder.Text()
		i := strings.LastIndex(name, "node_modules/")
		if i < 0 || value.Argument("link").TextIs("true") {
			continue // the project's own packages
		}
		if from := value.Argument("resolved").Text(); strings.HasPrefix(from, "git") || strings.HasPrefix(from, "file:") {
			continue // it is no version of a registry
		}
		name = name[i+len("node_modules/"):]
		if real := value.Argument("name").Text(); real != "" {
			name = real // installed under another name
		}
		version := value.Argument("version")
		l.add(NPM, name, version.Text(), version.Span())
	}
	if flat.Is(syntax.Map) {
		return
	}
	nested := []syntax.Node{root.Argument("dependencies")}
	for len(nested) > 0 {
		list := nested[0]
		nested = nested[1:]
		for name, value := range list.Pairs() {
			version := value.Argument("version")
			l.add(NPM, name.Text(), version.Text(), version.Span())
			if inner := value.Argument("dependencies"); inner.Is(syntax.Map) {
				nested = append(nested, inner)
			}
		}
	}
}

var pnpmKey = regexp.MustCompile(`^/?((?:@[^/@]+/)?[^/@]+)[/@](\d[^_(]*)`)

// pnpm reads keys such as "/@scope/name@1.2.3(peer@4)", "name@1.2.3" and, of old, "/name/1.2.3_peer@4".
func (l *lock) pnpm() {
	for key := range l.root(syntax.YAML).Argument("packages").Pairs() {
		if m := pnpmKey.FindStringSubmatch(key.Text()); m != nil {
			l.add(NPM, m[1], m[2], key.Span())
		}
	}
}

// atVersion parts "@scope/name@1.2.3".
func atVersion(text string) (name, version string, ok bool) {
	i := strings.LastIndexByte(text, '@')
	if i <= 0 {
		return "", "", false
	}
	return text[:i], text[i+1:], true
}

// bun reads lists that begin with "name@1.2.3".
func (l *lock) bun() {
	for _, value := range l.root(syntax.JSON).Argument("packages").Pairs() {
		first := value.Child(0)
		if name, version, ok := atVersion(first.Text()); ok {
			l.add(NPM, name, version, first.Span())
		}
	}
}

var yarnVersion = regexp.MustCompile(`^  version:? "?([^"\s]+)"?\s*$`)

// yarn reads entries such as
//
//	"@scope/name@^1.2.0", "@scope/name@^1.3.0":
//	  version "1.3.1"
func (l *lock) yarn() {
	var name string
	l.lines(func(line string, at source.Span) {
		if head := strings.TrimRight(line, " \r"); head != "" && head[0] != ' ' && head[0] != '#' {
			head, _, _ = strings.Cut(strings.TrimSuffix(head, ":"), ",")
			head = strings.Trim(head, `" `)
			name = ""
			if i := strings.IndexByte(head[min(1, len(head)):], '@'); i >= 0 {
				name = head[:i+1]
				if _, real, ok := strings.Cut(head[i+2:], "npm:"); ok { // installed under another name
					if other, _, ok := atVersion(real); ok {
						name = other
					}
				}
			}
			return
		}
		if m := yarnVersion.FindStringSubmatch(strings.TrimRight(line, "\r")); m != nil && !strings.HasSuffix(m[1], "-use.local") {
			l.add(NPM, name, m[1], at)
		}
	})
}

var (
	goRequire = regexp.MustCompile(`^([A-Za-z0-9][\w.~-]*\.[\w.~/-]+)\s+v(\S+)`)
	goReplace = regexp.MustCompile(`^(\S+)(?:\s+v\S+)?\s+=>\s+(\S+)(?:\s+v(\S+))?`)
)

// modules reads go.mod. What is replaced runs as something else: another version, another module, or a folder of the tree.
func (l *lock) modules() {
	type module struct{ name, version string }
	required := map[string]source.Span{}
	versions := map[string]string{}
	instead := map[string]module{}
	var order []string
	block, comment := "", false
	l.lines(func(line string, at source.Span) {
		text := strings.TrimSpace(line)
		if comment {
			comment = !strings.Contains(text, "*/")
			return
		}
		if strings.HasPrefix(text, "/*") {
			comment = !strings.Contains(text, "*/")
			return
		}
		verb := block
		if first, rest, ok := strings.Cut(text, " "); block == "" && ok {
			verb, text = first, strings.TrimSpace(rest)
			if strings.HasPrefix(text, "(") {
				block = verb
				return
			}
		}
		switch {
		case text == ")":
			block = ""
		case verb == "require":
			if m := goRequire.FindStringSubmatch(text); m != nil {
				required[m[1]], versions[m[1]] = at, m[2]
				order = append(order, m[1])
			}
		case verb == "replace":
			if m := goReplace.FindStringSubmatch(text); m != nil {
				instead[m[1]] = module{m[2], m[3]}
			}
		}
	})
	for _, name := range order {
		is := module{name, versions[name]}
		if other, ok := instead[name]; ok {
			is = other // a folder has no version, and is left out
		}
		l.add(Go, is.name, strings.TrimSuffix(is.version, "+incompatible"), required[name])
	}
}

var exact = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([^\s;,#\\*]+)\s*(?:[;#\\].*|--.*)?$`)

func (l *lock) requirements() {
	l.lines(func(line string, at source.Span) {
		if m := exact.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			l.add(PyPI, m[1], m[2], at)
		}
	})
}

// lines visits each line with what it says between spaces.
func (l *lock) lines(visit func(line string, at source.Span)) {
	start := 0
	for line := range strings.Lines(string(l.file.Content())) {
		text := strings.TrimSpace(line)
		from := start + strings.Index(line, text)
		visit(strings.TrimSuffix(line, "\n"), l.file.Span(from, from+len(text)))
		start += len(line)
	}
}

func folded(name string) string {
	return strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(name))
}

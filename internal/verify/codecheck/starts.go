package codecheck

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// A file of Python may be started by itself, and the application in it may be started by a server of its own: gunicorn
// flask_app.app:app. Then what stands below the file's main guard runs only where somebody starts the file by hand.

// starts are what the files that start programs say, found when first asked for.
type starts struct {
	once   sync.Once
	served []servedModule
	files  []string // what an interpreter is told to start, as written
}

// servedModule is a module that a server of applications is told to load.
type servedModule struct {
	folder, module string // where the server is started from, as far as is known
}

// servers are the programs that load an application by the name of its module.
var servers = regexp.MustCompile(`(?m)\b(?:gunicorn|uvicorn|hypercorn|granian|waitress-serve|daphne|uwsgi)\b[^\n]*?\s([A-Za-z_][\w.]*):[A-Za-z_]\w*(?:\(\))?(?:\s|$)`)

// interpreted are files and modules that an interpreter is told to start.
var interpreted = regexp.MustCompile(`(?m)\bpython[0-9.]*(?:\s+-[A-Za-z]+)*?\s+(?:-m\s+([A-Za-z_][\w.]*)|(\S+\.py))`)

// written takes away what parts the words of a command in the list forms of Docker and Compose, and joins continued lines.
var written = strings.NewReplacer(`",`, " ", `',`, " ", `"`, " ", `'`, " ", "[", " ", "]", " ", "\\\n", " ", "\\", "/")

// startsPrograms tells whether a file says how programs are started.
func startsPrograms(file string) bool {
	base := strings.ToLower(path.Base(file))
	switch base {
	case "procfile", "makefile", "package.json", "railway.json", "railway.toml", "nixpacks.toml", "fly.toml", "heroku.yml":
		return true
	}
	switch path.Ext(base) {
	case ".sh", ".bash", ".ps1", ".bat", ".cmd", ".service", ".yml", ".yaml":
		return true
	}
	return strings.HasPrefix(base, "dockerfile") || strings.HasSuffix(base, ".dockerfile")
}

// look reads them.
func (s *starts) look(in *Input) {
	for _, file := range in.Paths {
		if !startsPrograms(file) {
			continue
		}
		f := in.Read(file)
		if f == nil || len(f.Content()) > mostBytes {
			continue
		}
		var lines []string
		for line := range strings.Lines(string(f.Content())) {
			switch low := strings.TrimSpace(line); {
			case strings.HasPrefix(low, "#"), strings.HasPrefix(low, "echo "), strings.HasPrefix(low, "Write-Host "):
			default:
				lines = append(lines, line)
			}
		}
		text := written.Replace(strings.Join(lines, ""))
		for _, m := range servers.FindAllStringSubmatch(text, -1) {
			s.served = append(s.served, servedModule{path.Dir(file), m[1]})
		}
		for _, m := range interpreted.FindAllStringSubmatch(text, -1) {
			if m[1] != "" {
				s.files = append(s.files, strings.ReplaceAll(m[1], ".", "/")+".py")
			} else {
				s.files = append(s.files, strings.TrimPrefix(m[2], "./"))
			}
		}
	}
}

// byHand tells whether a call runs only where somebody starts its file by hand: it stands below the file's main guard, the
// tree starts the same application by a server, and nothing in the tree starts the file.
func (f *fileLook) byHand(call syntax.Node) bool {
	if f.in.Read == nil || !underMainGuard(call) {
		return false
	}
	f.begins.once.Do(func() { f.begins.look(&f.in) })
	for _, started := range f.begins.files {
		if path.Base(started) == path.Base(f.path) { // from whatever folder
			return false
		}
	}
	home := f.path
	for _, app := range f.r.Eval(call.Child(0).Child(0)).Each() {
		if app.Node.Tree() != nil && app.Node.Tree().File != nil {
			home = app.Node.Tree().File.Path()
		}
	}
	return slices.ContainsFunc(f.begins.served, func(s servedModule) bool { return f.loads(s, home) })
}

// loads tells whether a server loads an application of a file: its module is the file, or imports it.
func (f *fileLook) loads(s servedModule, home string) bool {
	end := strings.ReplaceAll(s.module, ".", "/")
	var found []string
	for _, ending := range []string{".py", "/__init__.py"} {
		for _, p := range []string{path.Join(s.folder, end) + ending, path.Join(s.folder, "src", end) + ending} {
			if f.in.Program.Module(p) != nil {
				found = append(found, p)
			}
		}
	}
	if len(found) == 0 { // the file that starts it stands elsewhere
		for _, p := range f.in.Program.Paths() {
			if strings.HasSuffix(p, "/"+end+".py") || p == end+".py" {
				found = append(found, p)
			}
		}
	}
	if len(found) != 1 {
		return false
	}
	if found[0] == home {
		return true
	}
	file := f.in.Read(found[0])
	if file == nil {
		return false
	}
	for _, m := range code.Mentions(file.Content(), syntax.Python) {
		if slices.Contains(f.in.Program.Imported(found[0], m.Name), home) {
			return true
		}
	}
	return false
}

// underMainGuard tells whether a node stands where a file goes on only when it is started by itself.
func underMainGuard(n syntax.Node) bool {
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.If) && code.IsMainGuard(p) {
			return true
		}
	}
	return false
}

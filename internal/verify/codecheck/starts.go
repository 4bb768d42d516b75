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

// starts are what the files of a tree say about how its programs are started, found once for the run when first asked for.
type starts struct {
	once      sync.Once
	homes     map[string]bool     // the files whose applications a server loads
	mentioned map[string][]string // the name of a file, or a module that is started → the first two files that say it
	open      bool                // something is started that cannot be told, or not all could be read
}

// servedModule is a module that a server of applications is told to load.
type servedModule struct {
	folder, module string // where the server is started from, as far as is known
}

// Bounds of what is read. Where one is met, nothing is known.
const (
	mostServed = 200      // modules that servers load
	mostSaid   = 64 << 20 // bytes of the files that may start others
)

// servers are the programs that load an application by the name of its module.
var servers = regexp.MustCompile(`(?m)\b(?:gunicorn|uvicorn|hypercorn|granian|waitress-serve|daphne|uwsgi)\b[^\n]*?\s([A-Za-z_][\w.]*):[A-Za-z_]\w*(?:\(\))?(?:\s|$)`)

// commanded is what may stand before a server on its line: how the line is named, and what starts programs.
var commanded = regexp.MustCompile(`^\s*(?:-\s+)?@?(?:(?:CMD|ENTRYPOINT)\s+|[\w.-]+\s*[:=]\s*)?(?:(?:exec|nohup|sudo|env|poetry|uv|pipenv|pdm|run|sh|bash|-c|-m|python[0-9.]*|[A-Z_][A-Z0-9_]*=\S+)\s+)*[\w./$-]*$`)

// told are words behind which a command is only spoken of.
var told = regexp.MustCompile(`(?i)\b(?:echo|printf?|write-host|name|title|description|summary|help|label)\b|#`)

// modules are modules that an interpreter is told to start.
var modules = regexp.MustCompile(`(?:\s-m\s*|run_module\(\s*)([A-Za-z_][\w.]*)`)

// chosen is an interpreter that is told to start what is chosen elsewhere.
var chosen = regexp.MustCompile(`\bpython[0-9.]*(?:\.exe)?(?:\s+-[A-Za-z]+)*\s+[$%{*]`)

// startWords stand on lines that start programs.
var startWords = regexp.MustCompile(`python|\brun|exec|spawn|Popen|subprocess`)

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

// startsNothing tells whether a file is prose, data or a picture, which start nothing.
func startsNothing(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".md", ".rst", ".png", ".jpg", ".jpeg", ".gif", ".ico", ".svg", ".webp", ".pdf", ".csv", ".css", ".woff", ".woff2", ".ttf", ".mp3", ".mp4", ".pyc":
		return true
	}
	return false
}

// look reads them.
func (s *starts) look(in *Input) {
	s.homes, s.mentioned = map[string]bool{}, map[string][]string{}
	served := map[servedModule]bool{}
	for _, file := range in.Paths {
		if !startsPrograms(file) {
			continue
		}
		f := in.Read(file)
		if f == nil || len(f.Content()) > mostBytes {
			continue // what it serves is not claimed
		}
		for line := range strings.Lines(written.Replace(string(f.Content()))) {
			at := servers.FindStringSubmatchIndex(line)
			if at == nil || told.MatchString(line[:at[0]]) || strings.Contains(line[at[0]:at[2]], "#") {
				continue
			}
			before := line[:at[0]]
			for _, end := range []string{"&&", ";"} {
				before = before[strings.LastIndex(before, end)+1:]
			}
			if commanded.MatchString(strings.TrimLeft(before, "&")) {
				served[servedModule{path.Dir(file), line[at[2]:at[3]]}] = true
			}
		}
		if len(served) > mostServed {
			s.open = true
			return
		}
	}
	if len(served) == 0 {
		return
	}
	s.load(in, served)
	left := mostSaid
	for _, file := range in.Paths {
		if startsNothing(file) {
			continue
		}
		f := in.Read(file)
		if f == nil || len(f.Content()) > mostBytes || len(f.Content()) > left {
			s.open = true
			return
		}
		left -= len(f.Content())
		s.read(file, string(f.Content()))
	}
}

// read notes the files and modules that a file may start. A file that is named counts, however it is: unknown is not no.
func (s *starts) read(file, text string) {
	docker := strings.Contains(strings.ToLower(path.Base(file)), "dockerfile")
	for line := range strings.Lines(text) {
		low := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(low, "#") && !strings.HasPrefix(low, "#!"):
			continue
		case strings.HasPrefix(low, "echo "), strings.HasPrefix(low, "Write-Host "):
			if !strings.ContainsAny(low, "&;|$`") {
				continue
			}
		case docker && (strings.HasPrefix(low, "COPY ") || strings.HasPrefix(low, "ADD ")):
			continue
		}
		if !strings.Contains(line, ".py") && !strings.Contains(line, "python") && !strings.Contains(line, "-m") && !strings.Contains(line, "run_module") {
			continue
		}
		starting := startWords.MatchString(line)
		for rest := line; ; {
			i := strings.Index(rest, ".py")
			if i < 0 {
				break
			}
			end := i
			for i > 0 && (wordly(rest[i-1]) || rest[i-1] == '-' || rest[i-1] == '.') {
				i--
			}
			if i == end {
				s.open = s.open || starting
			} else {
				s.mention(rest[i:end]+".py", file)
			}
			rest = rest[end+len(".py"):]
		}
		plain := written.Replace(line)
		for _, m := range modules.FindAllStringSubmatch(plain, -1) {
			s.mention(m[1], file)
		}
		s.open = s.open || chosen.MatchString(plain)
	}
}

func wordly(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (s *starts) mention(what, file string) {
	if by := s.mentioned[what]; len(by) < 2 && !slices.Contains(by, file) {
		s.mentioned[what] = append(by, file)
	}
}

// byHand tells whether a call runs only where somebody starts its file by hand: it stands below the file's main guard, the
// tree starts the same application by a server, and nothing in the tree names the file as one to start.
func (f *fileLook) byHand(call syntax.Node) bool {
	if f.in.Read == nil || path.Base(f.path) == "__main__.py" || !underMainGuard(call) { // that is started by its folder
		return false
	}
	f.begins.once.Do(func() { f.begins.look(&f.in) })
	if f.begins.open || len(f.begins.homes) == 0 {
		return false
	}
	names := []string{path.Base(f.path)} // from whatever folder
	for module := strings.ReplaceAll(strings.TrimSuffix(f.path, ".py"), "/", "."); ; {
		names = append(names, module)
		_, rest, more := strings.Cut(module, ".")
		if !more {
			break
		}
		module = rest
	}
	for _, name := range names {
		if slices.ContainsFunc(f.begins.mentioned[name], func(by string) bool { return by != f.path }) {
			return false
		}
	}
	home := f.path
	for _, app := range f.r.Eval(call.Child(0).Child(0)).Each() {
		if app.Node.Tree() != nil && app.Node.Tree().File != nil {
			home = app.Node.Tree().File.Path()
		}
	}
	return f.begins.homes[home]
}

// load finds the files whose applications the servers load: the file of the module, and those that it imports.
func (s *starts) load(in *Input, served map[servedModule]bool) {
	named := map[string][]string{}
	for _, p := range in.Program.Paths() {
		named[path.Base(p)] = append(named[path.Base(p)], p)
	}
	done := map[string]bool{}
	for one := range served {
		end := strings.ReplaceAll(one.module, ".", "/")
		var found []string
		for _, ending := range []string{".py", "/__init__.py"} {
			for _, p := range []string{path.Join(one.folder, end) + ending, path.Join(one.folder, "src", end) + ending} {
				if in.Program.Module(p) != nil {
					found = append(found, p)
				}
			}
		}
		if len(found) == 0 { // the file that starts it stands elsewhere
			for _, p := range named[path.Base(end)+".py"] {
				if strings.HasSuffix(p, "/"+end+".py") || p == end+".py" {
					found = append(found, p)
				}
			}
		}
		if len(found) != 1 || done[found[0]] {
			continue
		}
		done[found[0]], s.homes[found[0]] = true, true
		file := in.Read(found[0])
		if file == nil {
			continue
		}
		for _, m := range code.Mentions(file.Content(), syntax.Python) {
			for _, p := range in.Program.Imported(found[0], m.Name) {
				s.homes[p] = true
			}
		}
	}
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

package claudecode

import (
	"path"
	"regexp"
	"strings"
)

// A script of a skill is no shell where whoever starts it has no say in what it runs. That is told by what its text says and
// by what it leaves out, so that each doubt counts against it: an argument, a variable that nothing in it sets, a module
// that is not known to keep to itself, something read beside something run.

// taking is how a script gets at what it is started with or sent: arguments, standard input.
var taking = map[string]*regexp.Regexp{
	".sh": regexp.MustCompile(`\$[1-9@*#]|\$\{[1-9@*#!]|\bBASH_ARG|\bgetopts?\b|\bshift\b|\bread\b|\bmapfile\b|\breadarray\b|/dev/(?:stdin|fd)|/proc/|\bxargs\b|\bparallel\b|\beval\b|\bsource\s|(?m:^\s*\.\s)` +
		`|\b(?:for|select)\s+\w+\s*(?:;|\n|\bdo\b)` + // goes over the arguments
		`|\bcat\s*(?:\)|\||$|<?-\s)|(?:\$\(|` + "`" + `)\s*(?:cat\b|<)|(?m:(?:^|\$\(|[;&])\s*jq\b)|\b(?:printenv|env)\b` + // what is sent, or lies in a file or the environment
		`|\b\w*sh\s+-\w*[cs]\b[^\n]*[$` + "`" + `]|\b\w*sh\s+-s\b|\b\w*sh\s+["']?[$` + "`" + `]|\b(?:python3?|node|perl|ruby)\s+-\w*\b[^\n]*[$` + "`" + `]|\b(?:python3?|node|perl|ruby|\w*sh)\s+-(?:\s|$)` + // text that is run
		`|(?m:(?:^|[;&|(]|\b(?:then|do|else|exec|sudo|time|nohup|command|env|if|while|until)\s|!\s)\s*["']?[$` + "`" + `])`), // a command that is not written down
	".py": regexp.MustCompile(`\bargv\b|\borig_argv\b|\bstdin\b|\binput\(|\beval\(|\bexec\(|\bcompile\(|__import__|\bgetattr\(|\b__builtins__\b`),
	".js": regexp.MustCompile(`\bargv\b|\bstdin\b|\bDeno\.args\b|\bparseArgs\b|\beval\(|\bFunction\(|\bimport\(|\brequire\(\s*[^'"\s]|\b(?:exec|spawn|fork)\w*\((?:\s*[^'"\s]|\s*['"][^'"\n]*['"]\s*[^,)\s])`),
}

// gathering is how a script gets at what others may have written, and starting how it runs something: beside each other, the
// one may be what the other is about.
var (
	gathering = map[string]*regexp.Regexp{
		".py": regexp.MustCompile(`\benviron\w*\b|\bgetenv\w*\b|\bopen\(|\bread\w*\(|\bload\w*\(|\biterdir\b|\bglob\b|\blistdir\b|\bscandir\b|\bwalk\(|\burlopen\b|\bcheck_output\b|\bgetoutput\b|\bcommunicate\b|\bstdout\b|\bpopen\b`),
		".js": regexp.MustCompile(`\benv\b|\bread\w*\(|\bfetch\(|\bcreateReadStream\b|\bget\(|\bstdout\b`),
	}
	starts = map[string]*regexp.Regexp{
		".py": regexp.MustCompile(`\bsubprocess\b|\bsystem\(|\bpopen\(|\bspawn\w*\(|\bexec[lv]\w*\(|\bcreate_subprocess\w*|\bstartfile\b|\brunpy\b`),
		".js": regexp.MustCompile(`child_process|\bexec\w*\(|\bspawn\w*\(|\bDeno\.Command\b|\bBun\.\$|\bBun\.spawn|\bvm\b`),
	}
)

// imports are the modules that a script brings in; ownModules those that bring in neither arguments nor code.
var (
	imports = map[string]*regexp.Regexp{
		".py": regexp.MustCompile(`(?m)^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import|import[ \t]+([.\w]+(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*,[ \t]*[.\w]+(?:[ \t]+as[ \t]+\w+)?)*))`),
		".js": regexp.MustCompile(`(?:\bfrom\s*|\brequire\(\s*|\bimport\s*)['"]([^'"]+)['"]()`),
	}
	ownModules = map[string]map[string]bool{
		".py": set("__future__ abc asyncio base64 bisect collections concurrent contextlib copy csv dataclasses datetime decimal difflib enum errno fnmatch fractions functools glob hashlib heapq html http itertools json locale logging math operator os pathlib platform pprint random re secrets shutil signal socket sqlite3 statistics string subprocess sys tempfile textwrap threading time traceback typing unicodedata urllib uuid warnings xml zipfile zoneinfo"),
		".js": set("assert buffer child_process crypto events fs http https os path perf_hooks process stream timers url util"),
	}
)

func set(words string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		all[word] = true
	}
	return all
}

// remark is a line that says something to readers only.
var remark = regexp.MustCompile(`(?m)^[ \t]*(#|//).*$`)

// takesNothing tells whether a script runs the same whoever starts it. It says false where it cannot tell.
func (x *pass) takesNothing(file string) bool {
	ext := path.Ext(file)
	switch ext {
	case ".bash", ".zsh":
		ext = ".sh"
	case ".mjs", ".cjs", ".ts":
		ext = ".js"
	}
	tree := x.Read(file)
	if taking[ext] == nil || tree == nil || tree.File == nil {
		return false
	}
	text := remark.ReplaceAll(tree.File.Content(), nil)
	switch {
	case taking[ext].Match(text):
		return false
	case ext == ".sh":
		return setsWhatItReads(text)
	}
	return keepsToItself(ext, text) && !(starts[ext].Match(text) && gathering[ext].Match(text))
}

// keepsToItself tells whether a script brings in only modules that take no arguments and hold no code of others.
func keepsToItself(ext string, text []byte) bool {
	for _, m := range imports[ext].FindAllSubmatch(text, -1) {
		for name := range strings.SplitSeq(string(m[1])+string(m[2]), ",") {
			name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
			name = strings.TrimPrefix(name, "node:")
			if ext == ".py" {
				name, _, _ = strings.Cut(name, ".")
			} else {
				name, _, _ = strings.Cut(name, "/")
			}
			if !ownModules[ext][name] {
				return false
			}
		}
	}
	return true
}

// Names in a shell script: one that is set, one that is read; known are those that the shell or the machine sets.
var (
	shellSets  = regexp.MustCompile(`(?:^|[;&|({]|\b(?:if|then|else|elif|do|while|until|local|export|readonly|declare|typeset|!)\s)\s*(?:-\w+\s+)*([A-Za-z_]\w*)\+?=|\bfor\s+([A-Za-z_]\w*)\s+in\b`)
	shellReads = regexp.MustCompile(`\$\{?#?([A-Za-z_]\w*)`)
	shellKnown = set("HOME PWD OLDPWD USER UID EUID PATH HOSTNAME OSTYPE RANDOM SECONDS LINENO BASHPID BASH_SOURCE BASH_VERSION FUNCNAME PIPESTATUS TMPDIR IFS PPID CLAUDE_PROJECT_DIR CLAUDE_PLUGIN_ROOT CLAUDE_SKILL_DIR")
)

// setsWhatItReads tells whether a shell script has set each variable that it reads in a line above, or in the same line to
// something else. One that nothing sets is what whoever starts it sets it to.
func setsWhatItReads(text []byte) bool {
	done := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		set := map[string]int{}
		for _, m := range shellSets.FindAllStringSubmatchIndex(line, -1) {
			for i := 2; i < len(m); i += 2 {
				if m[i] >= 0 {
					set[line[m[i]:m[i+1]]] = m[1]
				}
			}
		}
		for _, m := range shellReads.FindAllStringSubmatchIndex(line, -1) {
			name := line[m[2]:m[3]]
			if at, here := set[name]; !shellKnown[name] && !done[name] && (!here || at > m[0] || !strings.ContainsAny(line[at:m[0]], ";&\n")) {
				return false
			}
		}
		for name := range set {
			done[name] = true
		}
	}
	return true
}

package discover

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/source"
)

// A script that is called test and that nothing imports tries the program out. A module of that name that others import may be
// a part of it, such as a double of a model that a library offers: its path alone does not tell.

var trialName = regexp.MustCompile(`^(tests?|test[0-9]+|test-.+)$`)

// callsItselfTrial tells whether a file is called as a script is that tries something out.
func callsItselfTrial(file string) bool {
	base := strings.ToLower(path.Base(file))
	switch ext := path.Ext(base); ext {
	case ".py", ".ts", ".mts", ".js", ".mjs", ".cjs":
		return trialName.MatchString(strings.TrimSuffix(base, ext)) && source.Scope(file) == source.ScopeMain
	}
	return false
}

// trials lists the scripts that try something out: whatever starts or names one is taken to make it a part of the program.
func (r *run) trials(files []*seen) []string {
	var all []string
	for _, s := range files {
		if callsItselfTrial(s.entry.Path) {
			all = append(all, s.entry.Path)
		}
	}
	if len(all) == 0 {
		return nil
	}
	for _, s := range files {
		for _, target := range s.imported {
			if i := slices.Index(all, target); i >= 0 && target != s.entry.Path {
				all = slices.Delete(all, i, i+1)
			}
		}
	}
	return r.unnamed(all)
}

// mostNamed is how many bytes of a tree are searched for the names of such scripts.
const mostNamed = 64 << 20

// proseName are files that start nothing: what they say a person may do is no part of the program.
var proseName = regexp.MustCompile(`(?i)(?:\.(?:md|mdx|rst|adoc|csv|tsv|html?|css|svg|lock|ipynb|jsonl|log|map)|ignore)$`)

// testScript is what a package starts to be tested: test.js there is a test.
var testScript = regexp.MustCompile(`"(?:pre|post)?test(?::[^"]*)?"\s*:\s*"(?:[^"\\]|\\.)*"`)

// loadsByName are words of code that loads modules by the text of their names.
var loadsByName = regexp.MustCompile(`import_module|__import__|import_string|run_module|find_spec|load_module`)

// unnamed leaves out the scripts that another file names by their file or module. Which of several scripts of one name is meant
// is not asked, and where not all can be searched none is left: a script is a test only where nothing may start it.
func (r *run) unnamed(scripts []string) []string {
	if len(scripts) == 0 || slices.ContainsFunc(r.skips, func(s source.Skip) bool { return s.Reason == source.TooMany || s.Reason == source.TooDeep }) {
		return nil
	}
	named := map[string]*regexp.Regexp{} // by the name without its ending
	var words []string
	for _, script := range scripts {
		stem := stemOf(script)
		if named[stem] == nil {
			named[stem] = namesOf(stem)
			words = append(words, stem)
		}
	}
	finder := source.NewFinder(words...)
	found := map[string]bool{}
	bytes := int64(0)
	for _, name := range r.paths {
		if source.Scope(name) == source.ScopeTest || proseName.MatchString(name) || len(found) == len(named) {
			continue
		}
		if bytes += r.entries[name].Size; bytes > mostNamed {
			return nil
		}
		file, skip := r.root.Read(r.entries[name])
		if skip != nil {
			if skip.Reason == source.Binary {
				continue
			}
			return nil
		}
		content := file.Content()
		if !finder.ContainsAny(content) {
			continue
		}
		if path.Base(name) == "package.json" {
			content = testScript.ReplaceAll(content, nil)
		}
		loads := loadsByName.Match(content)
		for stem, pattern := range named {
			if found[stem] || callsItselfTrial(name) && stemOf(name) == stem { // how it is used, it may say itself
				continue
			}
			if pattern.Match(content) || loads && regexp.MustCompile(`\b`+regexp.QuoteMeta(stem)+`["']`).Match(content) {
				found[stem] = true
			}
		}
	}
	return slices.DeleteFunc(scripts, func(script string) bool { return found[stemOf(script)] })
}

func stemOf(script string) string {
	base := path.Base(script)
	return strings.TrimSuffix(base, path.Ext(base))
}

// namesOf matches how a script is named by whoever starts it: test.py, test:app, -m test, node ./test, test.handler.
func namesOf(stem string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(`(?:^|[^\w.-])STEM\.(?:py|[mc]?[tj]s)\b`+
		`|(?:^|[^\w-])STEM:[A-Za-z_]`+
		`|(?:-m|-A|--app|FLASK_APP)["',=:\s]+(?:[\w./]+[./])?STEM\b`+
		`|(?:node|nodemon|tsx|ts-node|pm2 start)["',\s](?:[^\n]*[\s/"'])?STEM(?:["'\s]|$)`+
		`|"(?:main|module|bin)"\s*:\s*"[\w./-]*\bSTEM"`+
		`|handler["']?\s*[:=]\s*["']?(?:[\w./-]*[./])?STEM\.\w`, "STEM", regexp.QuoteMeta(stem)))
}

// scopeOf tells what part of the tree a file belongs to.
func (p *Pass) scopeOf(file string) string {
	if p.run == nil || p.run.program == nil {
		return source.Scope(file)
	}
	return p.run.program.Scope(file)
}

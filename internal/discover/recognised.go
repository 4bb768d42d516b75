package discover

import (
	"bytes"
	"embed"
	"path"
	"regexp"
	"sort"
	"strings"
	"sync"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// recognisedFiles hold the agent frameworks that are known by name; see the head of the file.
//
//go:embed technology/recognised/*.yaml
var recognisedFiles embed.FS

// framework is one that is known by name, in one language.
type framework struct {
	name              string
	imports, packages []string
}

// frameworks lists the known frameworks by language.
var frameworks = sync.OnceValue(func() map[string][]*framework {
	all := map[string][]*framework{}
	files, err := recognisedFiles.ReadDir("technology/recognised")
	if err != nil {
		return all
	}
	for _, f := range files {
		name := "technology/recognised/" + f.Name()
		content, err := recognisedFiles.ReadFile(name)
		if err != nil {
			continue
		}
		for language, list := range syntax.Parse(source.NewFile(name, content)).Root().Pairs() {
			for entry := range list.Children() {
				all[language.Text()] = append(all[language.Text()], &framework{
					name: text(entry, "name"), imports: texts(entry, "import"), packages: texts(entry, "package"),
				})
			}
		}
	}
	return all
})

func texts(entry syntax.Node, key string) []string {
	var list []string
	for item := range entry.Argument(key).Children() {
		list = append(list, item.Text())
	}
	return list
}

// tongue is how a language's files and manifests name what they use. Languages with a reader have no endings: their
// imports come from package code.
type tongue struct {
	endings   []string
	head      *regexp.Regexp // what stands before the name in the line of an import
	joints    string         // characters that go on with a name
	manifests []string       // base names, as patterns
	entry     *regexp.Regexp // what stands before a package's name in the line of a dependency
	behind    *regexp.Regexp // what must follow it
	fold      bool           // names are compared without case, "_" as "-"
}

var tongues = map[string]*tongue{
	"python": {
		manifests: []string{"requirements*.txt", "requirements*.in", "pyproject.toml", "Pipfile", "setup.cfg", "setup.py", "environment.yml", "environment.yaml"},
		entry:     regexp.MustCompile(`^\s*(- ?|["']|[\w.-]+\s*=\s*\[.*["']|.*,\s*["']|install_requires.*["'])?\s*$`),
		behind:    regexp.MustCompile(`^(\[[^\]]*\])?\s*(["'=<>!~;@]|$|\s*#)`), fold: true,
	},
	"script": {
		manifests: []string{"package.json"}, entry: regexp.MustCompile(`["{,]\s*"$|^\s*"$`),
		behind: regexp.MustCompile(`^"\s*:\s*"([\^~<>=*v0-9]|workspace:|catalog:|npm:|file:|link:|git|https?:|latest|next|beta|alpha|canary)`),
	},
	"go": {
		endings: []string{".go"}, head: regexp.MustCompile(`^\s*(import\s+)?([\w.]+\s+)?"$`), joints: "-",
		manifests: []string{"go.mod"}, entry: regexp.MustCompile(`^\s*(require\s+)?$`), behind: regexp.MustCompile(`^[/\w.-]*\s+v`),
	},
	"csharp": {
		endings: []string{".cs", ".fs", ".vb"}, head: regexp.MustCompile(`^\s*(global\s+)?(using|open|Imports)\s+(static\s+|\w+\s*=\s*)?$`),
		manifests: []string{"*.csproj", "*.fsproj", "*.vbproj", "Directory.Packages.props", "Directory.Build.props", "packages.config"},
		entry:     regexp.MustCompile(`<(PackageReference|PackageVersion|package)\s[^>]*(Include|id|Update)\s*=\s*"$`), behind: regexp.MustCompile(`^"`),
	},
	"java": {
		endings: []string{".java", ".kt", ".kts", ".scala", ".groovy"}, head: regexp.MustCompile(`^\s*import\s+(static\s+)?$`),
		manifests: []string{"pom.xml", "build.gradle", "build.gradle.kts", "build.sbt", "libs.versions.toml"},
		entry:     regexp.MustCompile(`<(groupId|artifactId)>\s*$|["']$`), behind: regexp.MustCompile(`^([.:\w-]*["']|\s*</|["']?\s*%)`),
	},
	"rust": {
		endings: []string{".rs"}, head: regexp.MustCompile(`^\s*(pub\s+)?(use|extern\s+crate)\s+(::)?$`),
		manifests: []string{"Cargo.toml"}, entry: regexp.MustCompile(`^\s*(\[.*dependencies\.)?"?$`), behind: regexp.MustCompile(`^"?(\.workspace)?\s*(=|\])`),
	},
	"ruby": {
		endings: []string{".rb"}, head: regexp.MustCompile(`^\s*require\s*\(?\s*["']$`), joints: "-",
		manifests: []string{"Gemfile", "*.gemspec"}, entry: regexp.MustCompile(`(^\s*gem|dependency)\s*\(?\s*["']$`), behind: regexp.MustCompile(`^["']`),
	},
	"php": {
		endings: []string{".php"}, head: regexp.MustCompile(`^\s*use\s+(function\s+)?\\?$`),
		manifests: []string{"composer.json"}, entry: regexp.MustCompile(`["{,]\s*"$|^\s*"$`), behind: regexp.MustCompile(`^"\s*:`),
	},
	"swift": {
		endings: []string{".swift"}, head: regexp.MustCompile(`^\s*(@\w+(\(\w+\))?\s+)*import\s+((struct|class|enum|func)\s+)?$`),
		manifests: []string{"Package.swift"}, entry: regexp.MustCompile(`"https?://github\.com/$`), behind: regexp.MustCompile(`^(\.git)?"`),
	},
	"elixir": {
		endings: []string{".ex", ".exs"}, head: regexp.MustCompile(`^\s*(alias|import|use|require)\s+$`),
		manifests: []string{"mix.exs"}, entry: regexp.MustCompile(`\{\s*:$`), behind: regexp.MustCompile(`^\s*,`),
	},
}

// readable are the languages that extractors read.
var readable = map[string]bool{"python": true, "script": true, "go": true}

// mostSearched is how far into a file without a reader imports are looked for.
const mostSearched = 256 << 10

// recognised finds frameworks that no extractor models by bytes.
type recognised struct {
	readers  map[string]map[string]*framework // imports by language, of those with a reader
	byEnding map[string]*searched
	byName   map[string]*searched // manifests
	patterns []manifestPattern    // of those whose names vary
}

type manifestPattern struct {
	pattern string
	of      *searched
}

// searched is a language's names and how to find them.
type searched struct {
	*tongue
	imports, packages map[string]*framework
	importFinder      func() *source.Finder // made when the first file asks: most trees have few languages
	packageFinder     func() *source.Finder
}

// newRecognised leaves out the frameworks that an extractor covers: one that names a module of it, or part of one, as
// an import. That is said of languages with a reader only: "mcp" of Ruby is another module than "mcp" of Python.
func newRecognised(covered map[string]wants) *recognised {
	k := &recognised{readers: map[string]map[string]*framework{}, byEnding: map[string]*searched{}, byName: map[string]*searched{}}
	parts := map[string]bool{} // every prefix of what extractors import
	for name := range covered {
		for {
			parts[name] = true
			i := strings.LastIndexAny(name, "./")
			if i <= 0 || strings.HasPrefix(name, "@") && strings.Count(name, "/") < 2 {
				break
			}
			name = name[:i]
		}
	}
	isCovered := func(f *framework) bool {
		for _, name := range f.imports {
			if _, ok := prefixOf(name, covered); ok || parts[name] {
				return true
			}
		}
		return false
	}
	known := frameworks()
	for language, t := range tongues {
		s := &searched{tongue: t, imports: map[string]*framework{}, packages: map[string]*framework{}}
		var needles, packages []string
		for _, f := range known[language] {
			if readable[language] && isCovered(f) {
				continue
			}
			for _, name := range f.imports {
				s.imports[name] = f
				needles = append(needles, name)
			}
			for _, name := range f.packages {
				s.packages[s.folded(name)] = f
				packages = append(packages, s.folded(name))
			}
		}
		s.importFinder = sync.OnceValue(func() *source.Finder { return source.NewFinder(needles...) })
		s.packageFinder = sync.OnceValue(func() *source.Finder { return source.NewFinder(packages...) })
		k.readers[language] = s.imports
		for _, ending := range t.endings {
			k.byEnding[ending] = s
		}
		for _, pattern := range t.manifests {
			if strings.Contains(pattern, "*") {
				k.patterns = append(k.patterns, manifestPattern{pattern, s})
			} else {
				k.byName[pattern] = s
			}
		}
	}
	return k
}

func (t *tongue) folded(name string) string {
	if !t.fold {
		return name
	}
	return strings.ReplaceAll(strings.ToLower(name), "_", "-")
}

// manifest gives the language whose manifests go by a name; nil for other files.
func (k *recognised) manifest(name string) *searched {
	base := path.Base(name)
	if s := k.byName[base]; s != nil {
		return s
	}
	for _, p := range k.patterns { // no name fits two
		if ok, _ := path.Match(p.pattern, base); ok {
			return p.of
		}
	}
	return nil
}

// wanted tells by the name whether a file is searched for names of frameworks.
func (k *recognised) wanted(name string) bool {
	return k.byEnding[strings.ToLower(path.Ext(name))] != nil || k.manifest(name) != nil
}

// imported is the framework that a module name of a language with a reader belongs to.
func (k *recognised) imported(language syntax.Language, module string) (*framework, bool) {
	name := "python"
	if language == syntax.TypeScript {
		name = "script"
	}
	return prefixOf(module, k.readers[name])
}

// look searches one file's bytes.
func (k *recognised) look(s *seen, file *source.File) {
	if l := k.byEnding[strings.ToLower(path.Ext(s.entry.Path))]; l != nil {
		content := file.Content()
		content = content[:min(len(content), mostSearched)]
		if l.importFinder().ContainsAny(content) {
			for name, f := range l.imports {
				if at := l.find(content, name, l.head, nil); at >= 0 {
					s.unknown = append(s.unknown, sighting{name: f.name, mention: name, foreign: true, at: model.EvidenceAt(file.Span(at, at+len(name)))})
				}
			}
		}
	}
	if l := k.manifest(s.entry.Path); l != nil && len(file.Content()) <= mostSearched {
		content := file.Content()
		if l.fold {
			content = bytes.ReplaceAll(bytes.ToLower(content), []byte("_"), []byte("-"))
			if len(content) != len(file.Content()) {
				return // lower case changed the length: no text of ours
			}
		}
		if l.packageFinder().ContainsAny(content) {
			for name, f := range l.packages {
				if at := l.find(content, name, l.entry, l.behind); at >= 0 {
					s.unknown = append(s.unknown, sighting{name: f.name, mention: name, foreign: true, manifest: true, at: model.EvidenceAt(file.Span(at, at+len(name)))})
				}
			}
		}
	}
	// The names came in the order of a map.
	sort.SliceStable(s.unknown, func(i, j int) bool {
		a, b := s.unknown[i], s.unknown[j]
		if a.at.Line != b.at.Line {
			return a.at.Line < b.at.Line
		}
		if a.at.Col != b.at.Col {
			return a.at.Col < b.at.Col
		}
		return a.mention > b.mention
	})
}

// find is the first place where a whole name stands behind what fits head, and before what fits behind.
func (l *searched) find(content []byte, name string, head, behind *regexp.Regexp) int {
	for at := 0; ; {
		i := bytes.Index(content[at:], []byte(name))
		if i < 0 {
			return -1
		}
		i += at
		at = i + len(name)
		line := bytes.LastIndexByte(content[max(0, i-300):i], '\n') + 1 + max(0, i-300)
		end := at + 100
		if n := bytes.IndexByte(content[at:], '\n'); n >= 0 && at+n < end {
			end = at + n
		}
		rest := content[at:min(end, len(content))]
		if len(rest) > 0 && (isWordByte(rest[0]) || strings.IndexByte(l.joints, rest[0]) >= 0) {
			continue
		}
		if aboutItself.Match(content[line:i]) || !head.Match(content[line:i]) || behind != nil && !behind.Match(rest) {
			continue
		}
		return i
	}
}

// aboutItself are lines in which a manifest speaks of its own project.
var aboutItself = regexp.MustCompile(`(?i)^\s*["']?(keywords|classifiers|description|name|authors|topics)["']?\s*[=:]`)

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// Package manifest reads what a project depends on: the packages that its agents and tool servers are made with.
//
// A package of an agent framework or of a server kit that a manifest names is an outside party that delivers code to
// each agent or server of the project that is made with it. Other dependencies are left out: a project has hundreds, and
// they say nothing of one agent more than of another.
//
// # What is pinned
//
// An exact version, a hash or a commit in the manifest, or a lock file beside it or above it, as package managers look
// for theirs. A range without a lock file is not pinned: what is newest when it is installed is what runs.
package manifest

import (
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds the packages that agents are made with.
var Extractor = &discover.Extractor{
	Name:   "manifest",
	Doc:    "Manifests and lock files. Packages that agents and tool servers are made with, whether pinned, and where they come from.",
	Match:  func(file string) bool { return kindOf(file) != "" },
	Traces: names(),
	Run:    run,
}

// names are the packages as manifests may write them.
func names() []string {
	var all []string
	for kind, packages := range makes {
		for name := range packages {
			if kind == npm {
				name = `"` + name + `"`
			}
			all = append(all, name, strings.ReplaceAll(name, "-", "_"))
		}
	}
	sort.Strings(all)
	return all
}

// The registries whose manifests are read.
const (
	pypi   = "PyPI"
	npm    = "npm"
	goMods = "Go modules"
)

func kindOf(file string) string {
	base := path.Base(file)
	switch base {
	case "pyproject.toml", "Pipfile", "setup.cfg", "environment.yml", "environment.yaml":
		return pypi
	case "package.json":
		return npm
	case "go.mod":
		return goMods
	}
	if strings.HasPrefix(base, "requirements") && (strings.HasSuffix(base, ".txt") || strings.HasSuffix(base, ".in")) {
		return pypi
	}
	return ""
}

// locks are the files by which a package manager fixes versions, by registry.
var locks = map[string][]string{
	pypi:   {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "conda-lock.yml", "pixi.lock"},
	npm:    {"package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb", "npm-shrinkwrap.json"},
	goMods: {"go.sum"},
}

// makes says which technologies of elements a package is the code of.
var makes = map[string]map[string][]string{
	pypi: {
		"openai-agents": {"openai-agents"}, "crewai": {"crewai"}, "langgraph": {"langgraph", "langchain"}, "langchain": {"langchain"},
		"deepagents": {"deepagents"}, "pyautogen": {"autogen"}, "autogen": {"autogen"}, "ag2": {"autogen"}, "autogen-agentchat": {"autogen"}, "autogen-core": {"autogen"},
		"google-adk": {"google-adk"}, "pydantic-ai": {"pydantic-ai"}, "pydantic-ai-slim": {"pydantic-ai"}, "llama-index": {"llamaindex"},
		"llama-index-core": {"llamaindex"}, "smolagents": {"smolagents"}, "strands-agents": {"strands"}, "agno": {"agno"}, "phidata": {"agno"},
		"semantic-kernel": {"semantic-kernel"}, "agent-framework": {"agent-framework"}, "claude-agent-sdk": {"claude-agent-sdk"},
		"claude-code-sdk": {"claude-agent-sdk"}, "metagpt": {"metagpt"}, "camel-ai": {"camel"}, "haystack-ai": {"haystack"}, "dspy": {"dspy"}, "dspy-ai": {"dspy"},
		"mcp": {"mcp"}, "fastmcp": {"mcp", "fastmcp"}, "a2a-sdk": {"a2a"}, "bedrock-agentcore": {"aws-agentcore"},
	},
	npm: {
		"@openai/agents": {"openai-agents"}, "@langchain/langgraph": {"langgraph", "langchain"}, "langchain": {"langchain"}, "ai": {"vercel-ai-sdk"},
		"@mastra/core": {"mastra"}, "@anthropic-ai/claude-agent-sdk": {"claude-agent-sdk"}, "@anthropic-ai/claude-code": {"claude-agent-sdk"},
		"@google/adk": {"google-adk"}, "llamaindex": {"llamaindex"}, "@elizaos/core": {"elizaos"}, "@modelcontextprotocol/sdk": {"mcp"}, "fastmcp": {"mcp", "fastmcp"},
	},
	goMods: {
		"github.com/modelcontextprotocol/go-sdk": {"mcp"}, "github.com/mark3labs/mcp-go": {"mcp"}, "google.golang.org/adk": {"google-adk"},
		"github.com/cloudwego/eino": {"eino"}, "github.com/tmc/langchaingo": {"langchaingo"}, "github.com/firebase/genkit/go": {"genkit"},
	},
}

// brings says which package comes with another that makes agents by it, for manifests that name only the other.
var brings = map[string]string{"langchain": "langgraph"}

// dependency is one line of a manifest.
type dependency struct {
	name, version string // as written, "" for any
	from          string // a repository or address instead of the registry
	span          source.Span
}

func run(p *discover.Pass) error {
	kind := kindOf(p.Path())
	if len(p.File().Content()) > 1<<20 {
		return nil
	}
	var found []dependency
	switch {
	case kind == npm:
		found = packages(p.Tree().Root())
	case path.Base(p.Path()) == "pyproject.toml" || path.Base(p.Path()) == "Pipfile" && syntax.LanguageOf(p.Path()) == syntax.TOML:
		found = project(p.Tree().Root())
	default:
		found = lines(p.File(), kind)
	}
	lock := lockOf(p, kind)
	seen, named := map[string]bool{}, map[string]bool{}
	for _, d := range found {
		named[d.name] = true
	}
	for _, d := range found {
		technologies := makes[kind][d.name]
		if inner := brings[d.name]; inner != "" && !named[inner] {
			technologies = append(slices.Clone(technologies), inner)
		}
		if len(technologies) == 0 || seen[d.name] {
			continue
		}
		seen[d.name] = true
		describe(p, kind, d, technologies, lock)
	}
	return nil
}

// lockOf finds the lock file that a manifest goes with: beside it or in a folder above, as far as the tree's top.
func lockOf(p *discover.Pass, kind string) string {
	if strings.HasPrefix(path.Base(p.Path()), "requirements") {
		return "" // what installs a list of requirements looks at no lock file
	}
	for dir := path.Dir(p.Path()); ; dir = path.Dir(dir) {
		for _, name := range locks[kind] {
			if p.Exists(path.Join(dir, name)) {
				return name
			}
		}
		if dir == "." || dir == "/" {
			return ""
		}
	}
}

var (
	exactVersion = regexp.MustCompile(`^(==+|=)?\s*v?\d+(\.\d+)*([-.+]?[0-9A-Za-z]+)*$`)
	commit       = regexp.MustCompile(`[@#][0-9a-f]{40}\b`)
)

// describe says who delivers a package, and to what.
func describe(p *discover.Pass, kind string, d dependency, technologies []string, lock string) {
	dir := path.Dir(p.Path())
	name := "package " + d.name
	ref := discover.Local(dir, name)
	pinned, why := model.No, "a range of versions is named and nothing locks it"
	exact := exactVersion.MatchString(d.version) && !strings.ContainsAny(d.version, "*,")
	switch {
	case d.from != "" && commit.MatchString(d.from):
		pinned, why = model.Yes, "a commit is named"
	case d.from != "" && lock == "":
		why = "it is whatever " + host(d.from) + " gives when it is installed"
	case kind == goMods, d.from == "" && exact && (kind != npm || d.version[0] != '='):
		pinned, why = model.Yes, "version "+strings.TrimLeft(d.version, "= ")+" is named"
	case lock != "":
		pinned, why = model.Yes, lock+" fixes the version"
	case d.version == "" || d.version == "*" || d.version == "latest":
		why = "any version will do, and nothing locks it"
	}
	facts := map[string]string{"pinned": pinned}
	var controls []string
	if pinned == model.No {
		facts["auto-update"] = model.Yes
	} else {
		controls = []string{"version-pinning"} // a registry gives out a version once
	}
	p.Place(discover.Place{Ref: ref, Folders: []string{dir}, Flow: model.Supply, Technology: technologies, Facts: facts, Controls: controls, At: d.span})
	detail := "from " + kind + "; " + why
	if d.from != "" {
		detail = "from " + host(d.from) + "; " + why
	}
	p.Element(model.External, ref, name, d.span).Technology(strings.ToLower(strings.ReplaceAll(kind, " ", "-"))).Detail(detail).
		FactBecause("role", "package", "a package of other people's", d.span)
}

// host is the address that a package comes from, without what may be secret in it.
func host(from string) string {
	_, rest, ok := strings.Cut(from, "://")
	if !ok {
		rest = from
	}
	if at := strings.IndexByte(rest, '@'); at >= 0 && at < strings.IndexByte(rest+"/", '/') {
		rest = rest[at+1:]
	}
	rest, _, _ = strings.Cut(rest, "@")
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	return strings.TrimSuffix(rest, ".git")
}

// packages reads package.json.
func packages(root syntax.Node) []dependency {
	var all []dependency
	for _, key := range []string{"dependencies", "devDependencies", "optionalDependencies"} {
		for name, value := range root.Argument(key).Pairs() {
			d := dependency{name: name.Text(), version: value.Text(), span: name.Span()}
			if strings.Contains(d.version, "://") || strings.HasPrefix(d.version, "github:") || strings.HasPrefix(d.version, "git") {
				d.from, d.version = d.version, ""
			}
			if strings.HasPrefix(d.version, "workspace:") || strings.HasPrefix(d.version, "file:") || strings.HasPrefix(d.version, "link:") {
				continue // it is in the tree
			}
			all = append(all, d)
		}
	}
	return all
}

// project reads pyproject.toml, in the standard's form and in Poetry's.
func project(root syntax.Node) []dependency {
	var all []dependency
	add := func(list syntax.Node) {
		for item := range list.Children() {
			if item.Is(syntax.String) {
				if d, ok := requirement(item.Text()); ok {
					d.span = item.Span()
					all = append(all, d)
				}
			}
		}
	}
	add(root.Argument("project").Argument("dependencies"))
	for _, groups := range []syntax.Node{root.Argument("project").Argument("optional-dependencies"), root.Argument("dependency-groups")} {
		for _, list := range groups.Pairs() {
			add(list)
		}
	}
	sources := root.Argument("tool").Argument("uv").Argument("sources")
	for i, d := range all {
		if s := sources.Argument(d.name); s.Is(syntax.Map) {
			if git := s.Argument("git").Text(); git != "" {
				all[i].from = git + "@" + s.Argument("rev").Text()
			}
		}
	}
	tables := []syntax.Node{root.Argument("tool").Argument("poetry").Argument("dependencies"), root.Argument("packages")}
	for _, group := range root.Argument("tool").Argument("poetry").Argument("group").Pairs() {
		tables = append(tables, group.Argument("dependencies"))
	}
	for _, table := range tables {
		for name, value := range table.Pairs() {
			d := dependency{name: folded(name.Text()), version: value.Text(), span: name.Span()}
			if value.Is(syntax.Map) {
				d.version = value.Argument("version").Text()
				if git := value.Argument("git").Text(); git != "" {
					d.from = git + "@" + value.Argument("rev").Text()
				}
				if value.Argument("path").Text() != "" {
					continue
				}
			}
			if d.version != "" && d.version[0] >= '0' && d.version[0] <= '9' && d.from == "" {
				d.version = "==" + d.version
			}
			all = append(all, d)
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].span.Start < all[j].span.Start })
	return all
}

var requirementForm = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:@\s*(\S+)|([^;#]*))`)

// requirement reads "name[extra]>=1; marker" and "name @ git+https://…".
func requirement(text string) (dependency, bool) {
	m := requirementForm.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return dependency{}, false
	}
	version, _, _ := strings.Cut(m[3], " --")
	version = strings.Trim(strings.TrimSpace(version), "() \\")
	if version != "" && !strings.ContainsAny(version[:1], "=<>!~^*") {
		return dependency{}, false // prose
	}
	return dependency{name: folded(m[1]), version: version, from: m[2]}, true
}

func folded(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(name), "_", "-"), ".", "-")
}

var (
	eggName = regexp.MustCompile(`^(?:-e\s+)?(git\+\S+?|https?://\S+?)#egg=([A-Za-z0-9._-]+)`)
	modLine = regexp.MustCompile(`^(?:require\s+)?([a-z0-9.-]+\.[a-z]+/\S+)\s+(v\S+)`)
)

// lines reads manifests with a dependency on each line.
func lines(file *source.File, kind string) []dependency {
	var all []dependency
	at := 0
	for line := range strings.Lines(string(file.Content())) {
		start := at
		at += len(line)
		text := strings.TrimSpace(line)
		start += strings.Index(line, text)
		if kind == goMods {
			if m := modLine.FindStringSubmatch(text); m != nil {
				name := m[1]
				if cut := strings.LastIndex(name, "/v"); cut > 0 && makes[goMods][name] == nil {
					name = name[:cut]
				}
				all = append(all, dependency{name: name, version: m[2], span: file.Span(start, start+len(text))})
			}
			continue
		}
		text = strings.TrimSpace(strings.TrimPrefix(text, "- "))
		if m := eggName.FindStringSubmatch(text); m != nil {
			all = append(all, dependency{name: folded(m[2]), from: m[1], span: file.Span(start, start+len(text))})
			continue
		}
		if text == "" || text[0] == '#' || text[0] == '-' || text[0] == '[' {
			continue
		}
		if d, ok := requirement(text); ok {
			d.span = file.Span(start, start+len(text))
			all = append(all, d)
		}
	}
	return all
}

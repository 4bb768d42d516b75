package instructions

import (
	"path"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Agents that stand in a table of an assistant's configuration, or in a file of it that is no Markdown.

// table is one kind of configuration that holds agents.
type table struct {
	ends       string // end of the path
	folder     string // or the folder of the project that files of the ending stand in
	ending     string
	technology string
	list       func(p *discover.Pass, t *table, home string, root syntax.Node)
}

var tables = []table{
	{ends: "opencode.json", technology: "opencode", list: opencodeAgents},
	{ends: "opencode.jsonc", technology: "opencode", list: opencodeAgents},
	{folder: ".codex/agents", ending: ".toml", technology: "codex", list: codexAgent},
	{folder: ".amazonq/cli-agents", ending: ".json", technology: "amazon-q", list: amazonAgent},
	{folder: ".amazonq/agents", ending: ".json", technology: "amazon-q", list: amazonAgent},
	{folder: ".kiro/agents", ending: ".json", technology: "kiro", list: amazonAgent},
	{ends: ".roomodes", technology: "roo-code", list: rooModes},
	{ends: ".kilocodemodes", technology: "kilo-code", list: rooModes},
}

// tableOf is the kind of a configuration, nil for files of no such kind.
func tableOf(file string) *table {
	for i := range tables {
		t := &tables[i]
		switch {
		case t.ends != "" && path.Base(file) == t.ends:
			return t
		case t.folder != "" && strings.HasSuffix(file, t.ending) && strings.HasSuffix("/"+path.Dir(file), "/"+t.folder):
			return t
		}
	}
	return nil
}

func (t *table) read(p *discover.Pass) {
	tree := p.Tree()
	if tree.Language == "" { // modes are JSON or YAML, and JSON is YAML
		tree = syntax.ParseAs(p.File(), syntax.YAML)
	}
	root := tree.Root()
	if root.Is(syntax.Module, syntax.Document) {
		root = root.Child(0)
	}
	if !root.Is(syntax.Map) {
		return
	}
	home := discover.Folder(path.Dir(p.Path()), ".")
	if t.folder != "" {
		home = discover.Folder(p.Path(), t.folder+"/"+path.Base(p.Path()))
	} else if t.technology == "opencode" && path.Base(home) == ".opencode" {
		home = path.Dir(home)
	}
	t.list(p, t, home, root)
}

// opencodeAgents reads the agents of opencode, which the file names by the keys of a map.
func opencodeAgents(p *discover.Pass, t *table, home string, root syntax.Node) {
	for _, key := range []string{"agent", "agents", "mode"} {
		for name, head := range root.Argument(key).Pairs() {
			if !head.Is(syntax.Map) || head.Argument("disable").TextIs("true") || head.Argument("disabled").TextIs("true") || !isAgent(head) && head.Argument("prompt").IsZero() {
				continue
			}
			c := card{
				ref: discover.Local(p.Path(), "agent", name.Text()), assistants: []string{t.technology}, name: name.Text(),
				head: head, text: head.Argument("prompt").Text(), at: name.Span(),
			}
			if strings.HasPrefix(strings.TrimSpace(c.text), "{file:") {
				c.text = fileOf(p, home, strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(c.text), "{file:"), "}"), c.text)
			}
			describeAgent(p, home, c)
			for server := range root.Argument("mcp").Pairs() {
				p.Flow(model.ToolCall, c.ref, discover.Local(p.Path(), server.Text()), name.Span()).IfDescribed()
			}
		}
	}
}

// fileOf is the text of a file of the tree that a configuration names, else what stands for it.
func fileOf(p *discover.Pass, home, name, otherwise string) string {
	for _, dir := range []string{path.Dir(p.Path()), home} {
		if file := path.Join(dir, name); p.Exists(file) {
			if tree := p.Read(file); tree != nil && tree.File != nil {
				return string(tree.File.Content())
			}
		}
	}
	return otherwise
}

// codexAgent reads an agent of Codex: one in each file.
func codexAgent(p *discover.Pass, t *table, home string, root syntax.Node) {
	text := root.Argument("developer_instructions")
	name := root.Argument("name")
	if !text.Is(syntax.String) && !name.Is(syntax.String) {
		return
	}
	c := card{ref: discover.AgentFileRef(p.Path()), assistants: []string{t.technology}, name: name.Text(), head: root, text: text.Text(), at: top(name, text)}
	if c.name == "" {
		c.name = stemOf(p.Path())
	}
	describeAgent(p, home, c)
	switch mode := root.Argument("sandbox_mode"); mode.Text() {
	case "danger-full-access":
		p.Control("sandbox", c.ref, discover.Ref{}, model.Absent, mode.Span())
	case "workspace-write", "read-only":
		p.Control("sandbox", c.ref, discover.Ref{}, model.Evidenced, mode.Span())
	}
}

// amazonAgent reads an agent of Amazon Q or Kiro: one in each file. What it may use without asking is another list than
// what it has.
func amazonAgent(p *discover.Pass, t *table, home string, root syntax.Node) {
	list, text := root.Argument("tools"), root.Argument("prompt")
	if !list.Is(syntax.List) && !text.Is(syntax.String) && root.Argument("mcpServers").IsZero() {
		return
	}
	name := root.Argument("name")
	c := card{ref: discover.AgentFileRef(p.Path()), assistants: []string{t.technology}, name: name.Text(), head: syntax.Node{}, text: text.Text(), at: top(name, text, list, root.Child(0))}
	if c.name == "" {
		c.name = stemOf(p.Path())
	}
	if file, ok := strings.CutPrefix(c.text, "file://"); ok {
		c.text = fileOf(p, home, file, c.text)
	}
	c.head = root
	describeAgent(p, home, card{ref: c.ref, assistants: c.assistants, name: c.name, text: c.text, at: c.at})
	p.Element(model.Agent, c.ref, "").Detail(root.Argument("description").Text())
	if m := root.Argument("model"); m.Is(syntax.String) {
		p.UsesModel(c.ref, p.ModelNamed(modelName(m.Text()), "", m.Span()), m.Span())
	}
	unasked := map[string]syntax.Node{}
	for one := range root.Argument("allowedTools").Children() {
		unasked[one.Text()] = one
	}
	for _, one := range listed(list, t.technology) {
		if strings.HasPrefix(one.name, "@") {
			continue // of a server of the file, which package mcpclient joins with the agent
		}
		give(p, c, home, one.name, one.at)
		call := discover.FlowRef(model.ToolCall, c.ref, discover.Local(home, t.technology, one.name))
		if free, ok := unasked[one.name]; ok {
			p.Control("human-approval", call, discover.Ref{}, model.Absent, free.Span())
		} else {
			p.Control("human-approval", call, discover.Ref{}, model.Evidenced, one.at)
		}
	}
}

type item struct {
	name string
	at   source.Span
}

// everything are the tools that "*" stands for.
var everything = map[string][]string{
	"amazon-q": {"execute_bash", "fs_read", "fs_write", "use_aws"},
	"kiro":     {"aws", "read", "shell", "write"},
}

func listed(list syntax.Node, technology string) []item {
	var all []item
	for one := range list.Children() {
		switch name := one.Text(); {
		case !one.Is(syntax.String) || name == "":
		case name == "*" || name == "@builtin":
			for _, each := range everything[technology] {
				all = append(all, item{each, one.Span()})
			}
		default:
			all = append(all, item{name, one.Span()})
		}
	}
	return all
}

// rooModes reads the modes of Roo Code: each is an agent with a role, and groups of tools.
func rooModes(p *discover.Pass, t *table, home string, root syntax.Node) {
	modes := root.Argument("customModes")
	for mode := range modes.Children() {
		slug, role := mode.Argument("slug"), mode.Argument("roleDefinition")
		if !slug.Is(syntax.String) || !role.Is(syntax.String) {
			continue
		}
		name := mode.Argument("name").Text()
		if name == "" {
			name = slug.Text()
		}
		text := role.Text() + "\n" + mode.Argument("customInstructions").Text()
		c := card{ref: discover.Local(p.Path(), slug.Text()), assistants: []string{t.technology}, name: name, text: text, at: slug.Span()}
		describeAgent(p, home, c)
		groups := mode.Argument("groups")
		for group := range groups.Children() {
			word, limit := group, syntax.Node{}
			if group.Is(syntax.List) {
				word, limit = group.Child(0), group.Child(1).Argument("fileRegex")
			}
			if !word.Is(syntax.String) {
				continue
			}
			if word.TextIs("mcp") {
				for _, file := range []string{".roo/mcp.json", ".kilocode/mcp.json"} {
					at := path.Join(home, file)
					if !p.Exists(at) {
						continue
					}
					servers := p.Read(at).Root()
					for server := range servers.Argument("mcpServers").Pairs() {
						p.Flow(model.ToolCall, c.ref, discover.Local(at, server.Text()), word.Span()).IfDescribed()
					}
				}
				continue
			}
			give(p, c, home, word.Text(), word.Span())
			if limit.Is(syntax.String) {
				p.Control("argument-policy", discover.FlowRef(model.ToolCall, c.ref, discover.Local(home, t.technology, word.Text())), discover.Ref{}, model.Evidenced, limit.Span())
			}
		}
	}
}

// top is the first span that there is.
func top(nodes ...syntax.Node) source.Span {
	for _, n := range nodes {
		if !n.IsZero() {
			return n.Span()
		}
	}
	return source.Span{}
}

func stemOf(file string) string { return strings.TrimSuffix(path.Base(file), path.Ext(file)) }

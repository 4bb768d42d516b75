// Package instructions reads the files by which a project tells coding assistants how to work on it: AGENTS.md, CLAUDE.md,
// GEMINI.md, rules of Cursor, Windsurf, Cline and others, instructions, prompts, chat modes and agents of GitHub Copilot,
// agents of opencode, Codex, Amazon Q, Kiro and Roo Code, which stand in tables or files of their own (table.go).
//
// Such a file is a prompt that whoever may change the repository may change. It makes no agent: an assistant is an
// element only where the project configures one (package mcpclient and package claudecode describe it), and then the
// prompt reaches it. A file in a folder counts for the assistants of that folder and of those above it. Chat modes and
// agents with tools of their own are agents, to which the assistant gives tasks or a person speaks directly.
//
// # What it does not do
//
// It does not read what the text says, and it does not follow "@file" imports.
package instructions

import (
	"path"
	"slices"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds instructions for coding assistants.
var Extractor = &discover.Extractor{
	Name:  "instructions",
	Doc:   "Instruction files of coding assistants: AGENTS.md, CLAUDE.md, GEMINI.md, rules, prompts, chat modes and custom agents.",
	Match: func(path string) bool { return rowOf(path) != nil || tableOf(path) != nil },
	Run:   run,
}

// row is one kind of file.
type row struct {
	folder     string // folder of the project that it stands in; "" for the project's own
	name       string // file name; "" for any
	ending     string // end of the file's name
	assistants []string
	agent      bool // it may make an agent of its own
}

// readAgentsMd are the assistants that read AGENTS.md.
var readAgentsMd = []string{"amp", "augment", "codex", "cursor", "factory", "gemini-cli", "github-copilot", "goose", "junie", "kilo-code", "kiro", "opencode", "roo-code", "vscode", "warp", "windsurf", "zed"}

var copilot = []string{"github-copilot", "vscode"}

// rows are tried in order; the first that fits counts.
var rows = []row{
	{name: "AGENTS.md", assistants: readAgentsMd},
	{name: "AGENT.md", assistants: []string{"amp", "codex"}},
	{name: "AGENTS.override.md", assistants: []string{"codex"}},
	{name: "CLAUDE.md", assistants: []string{"claude-code"}},
	{name: "CLAUDE.local.md", assistants: []string{"claude-code"}},
	{folder: ".claude", name: "CLAUDE.md", assistants: []string{"claude-code"}},
	{folder: ".claude/rules", ending: ".md", assistants: []string{"claude-code"}},
	{folder: ".claude/output-styles", ending: ".md", assistants: []string{"claude-code"}},
	{name: "GEMINI.md", assistants: []string{"gemini-cli"}},
	{folder: ".gemini", name: "GEMINI.md", assistants: []string{"gemini-cli"}},
	{folder: ".gemini/commands", ending: ".toml", assistants: []string{"gemini-cli"}},
	{name: "QWEN.md", assistants: []string{"qwen-code"}},
	{name: "CRUSH.md", assistants: []string{"crush"}},
	{name: "CONVENTIONS.md", assistants: []string{"aider"}},
	{folder: ".codex/prompts", ending: ".md", assistants: []string{"codex"}},
	{folder: ".cursor/rules", ending: ".mdc", assistants: []string{"cursor"}},
	{folder: ".cursor/rules", ending: ".md", assistants: []string{"cursor"}},
	{folder: ".cursor/commands", ending: ".md", assistants: []string{"cursor"}},
	{folder: ".cursor/agents", ending: ".md", assistants: []string{"cursor"}, agent: true},
	{name: ".cursorrules", assistants: []string{"cursor"}},
	{folder: ".windsurf/rules", ending: ".md", assistants: []string{"windsurf"}},
	{folder: ".windsurf/workflows", ending: ".md", assistants: []string{"windsurf"}},
	{name: ".windsurfrules", assistants: []string{"windsurf"}},
	{folder: ".clinerules", ending: ".md", assistants: []string{"cline"}},
	{folder: ".clinerules", ending: ".txt", assistants: []string{"cline"}},
	{name: ".clinerules", assistants: []string{"cline"}},
	{folder: ".roo/rules", ending: ".md", assistants: []string{"roo-code"}},
	{name: ".roorules", assistants: []string{"roo-code"}},
	{folder: ".kilocode/rules", ending: ".md", assistants: []string{"kilo-code"}},
	{folder: ".kiro/steering", ending: ".md", assistants: []string{"kiro"}},
	{folder: ".junie", name: "guidelines.md", assistants: []string{"junie"}},
	{folder: ".amazonq/rules", ending: ".md", assistants: []string{"amazon-q"}},
	{folder: ".augment/rules", ending: ".md", assistants: []string{"augment"}},
	{folder: ".trae/rules", ending: ".md", assistants: []string{"trae"}},
	{folder: ".continue/rules", ending: ".md", assistants: []string{"continue"}},
	{folder: ".continue/prompts", ending: ".md", assistants: []string{"continue"}},
	{name: ".goosehints", assistants: []string{"goose"}},
	{folder: ".github", name: "copilot-instructions.md", assistants: copilot},
	{folder: ".github/instructions", ending: ".instructions.md", assistants: copilot},
	{folder: ".github/prompts", ending: ".prompt.md", assistants: copilot},
	{folder: ".github/chatmodes", ending: ".chatmode.md", assistants: copilot, agent: true},
	{folder: ".github/agents", ending: ".md", assistants: copilot, agent: true},
	{folder: ".opencode/agent", ending: ".md", assistants: []string{"opencode"}, agent: true},
	{folder: ".opencode/agents", ending: ".md", assistants: []string{"opencode"}, agent: true},
	{folder: ".opencode/command", ending: ".md", assistants: []string{"opencode"}},
	{folder: ".opencode/commands", ending: ".md", assistants: []string{"opencode"}},
	{folder: ".factory/droids", ending: ".md", assistants: []string{"factory"}, agent: true},
}

// rowOf is the kind of a file, nil for files of no such kind.
func rowOf(file string) *row {
	base := path.Base(file)
	if strings.EqualFold(base, "README.md") {
		return nil
	}
	dir := "/" + path.Dir(file) + "/"
	for i := range rows {
		r := &rows[i]
		switch {
		case r.name != "" && r.name != base, !strings.HasSuffix(base, r.ending):
		case r.folder == "" && !strings.Contains(dir, "/.clinerules/"), r.folder != "" && strings.Contains(dir, "/"+r.folder+"/"):
			return r
		}
	}
	return nil
}

// homeOf is the project's folder that a file is for.
func homeOf(r *row, file string) string {
	if r.folder == "" {
		return discover.Folder(path.Dir(file), ".")
	}
	i := strings.LastIndex("/"+file, "/"+r.folder+"/")
	return discover.Folder(file[:max(i, 0)], "")
}

func run(p *discover.Pass) error {
	if t := tableOf(p.Path()); t != nil {
		t.read(p)
		return nil
	}
	r := rowOf(p.Path())
	head, text := content(p)
	if strings.TrimSpace(text) == "" {
		return nil
	}
	at := first(p)
	home := homeOf(r, p.Path())
	if r.agent && isAgent(head) {
		name := head.Argument("name").Text()
		if name == "" {
			name = stem(p.Path())
		}
		describeAgent(p, home, card{ref: agentRef(p.Path()), assistants: r.assistants, name: name, head: head, text: text, at: at})
		return nil
	}
	ref := discover.Local(p.Path(), "instructions")
	describePrompt(p, ref, nameOf(p.Path()), head.Argument("description").Text(), text, at)
	reaches(p, r.assistants, home, func(to discover.Assistant) {
		p.Flow(model.PromptFlow, ref, to.Ref(), at).IfDescribed()
	})
	return nil
}

// reaches visits the assistants that a file could be for: those of its folder and of each above it.
func reaches(_ *discover.Pass, assistants []string, home string, visit func(discover.Assistant)) {
	for dir := home; ; dir = path.Dir(dir) {
		for _, name := range assistants {
			visit(discover.Assistant{Technology: name, Home: dir})
		}
		if dir == "." || dir == "/" {
			return
		}
	}
}

// content is the head and the text of a file; of TOML its prompt.
func content(p *discover.Pass) (head syntax.Node, text string) {
	if p.Tree().Language == syntax.TOML {
		root := p.Tree().Root()
		return root, root.Argument("prompt").Text()
	}
	tree, body := syntax.Frontmatter(p.File())
	return tree.Root(), string(p.File().Content()[body:])
}

// first is the first line of a file.
func first(p *discover.Pass) source.Span {
	data := p.File().Content()
	end := 0
	for end < len(data) && end < 200 && data[end] != '\n' && data[end] != '\r' {
		end++
	}
	return p.File().Span(0, end)
}

// nameOf is what people call a file: its name, with the folders before it where the name is one that many have.
func nameOf(file string) string {
	if dir := path.Dir(file); dir == "." {
		return file
	}
	base := path.Base(file)
	for i := range rows {
		if rows[i].name == base && rows[i].folder == "" {
			return file
		}
	}
	return base
}

func describePrompt(p *discover.Pass, ref discover.Ref, name, detail, text string, at source.Span) {
	if detail == "" {
		for line := range strings.SplitSeq(text, "\n") {
			if detail = strings.TrimSpace(strings.Trim(line, "#*-_> \r")); detail != "" {
				break
			}
		}
	}
	e := p.Element(model.Prompt, ref, name, at).Technology("instructions").Detail(detail)
	if !strings.Contains(text, "!{") && !strings.Contains(text, "!`") && !strings.Contains(text, "$ARGUMENTS") && !strings.Contains(text, "{{args}}") && !strings.Contains(text, "${input") {
		e.FactBecause("untrusted-text", model.No, "its whole text stands in the repository; who may change that may change it", at)
	}
}

// isAgent tells whether a head makes an agent: it says what the agent is for, its tools, model or mode.
func isAgent(head syntax.Node) bool {
	for _, key := range []string{"description", "tools", "model", "mode", "permission"} {
		if !head.Argument(key).IsZero() {
			return true
		}
	}
	return false
}

// card is what is said of one agent.
type card struct {
	ref        discover.Ref
	assistants []string // that may give it tasks
	name       string
	head       syntax.Node
	text       string // its instructions
	at         source.Span
}

// describeAgent describes a chat mode or custom agent.
func describeAgent(p *discover.Pass, home string, c card) {
	ref, name, head, at := c.ref, c.name, c.head, c.at
	p.Element(model.Agent, ref, name, at).Technology(c.assistants[0]).Detail(head.Argument("description").Text()).
		FactBecause("loops", model.Yes, "it goes on until it gives a final answer", at)
	if strings.TrimSpace(c.text) != "" {
		prompt := discover.Of(ref, "prompt")
		describePrompt(p, prompt, name+" instructions", "", c.text, at)
		p.Flow(model.PromptFlow, prompt, ref, at)
	}
	owner := discover.Named(model.Human, "owner of the machine")
	switch head.Argument("mode").Text() {
	case "subagent":
	default: // people choose it
		p.Element(model.Human, owner, "owner of the machine", at).
			FactBecause("role", "owner", "the client runs on the machine of the person who uses it", at)
		p.Flow(model.PromptFlow, owner, ref, at)
	}
	reaches(p, c.assistants, home, func(to discover.Assistant) {
		p.Flow(model.Delegation, to.Ref(), ref, at).IfDescribed()
	})
	models := head.Argument("model")
	if models.Is(syntax.String) && models.Text() != "inherit" {
		p.UsesModel(ref, p.ModelNamed(modelName(models.Text()), "", models.Span()), models.Span())
	}
	for m := range models.Children() { // the first that is there is taken
		if m.Is(syntax.String) {
			p.UsesModel(ref, p.ModelNamed(modelName(m.Text()), "", m.Span()), m.Span())
		}
	}
	tools(p, c, home)
	handoffs(p, ref, head)
	approvals(p, c, home)
	if steps := head.Argument("steps"); steps.Is(syntax.Number) {
		p.Control("iteration-limit", ref, discover.Ref{}, model.Evidenced, steps.Span())
	}
}

func agentRef(file string) discover.Ref { return discover.Local(file, stem(file)) }

// stem is a file's name without its endings: "debug" of "debug.chatmode.md".
func stem(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".md")
	for _, ending := range []string{".chatmode", ".agent"} {
		name = strings.TrimSuffix(name, ending)
	}
	return name
}

// modelName is a model as people write it in a head ("Claude Sonnet 4 (copilot)"), in the way of names.
func modelName(said string) string {
	said, _, _ = strings.Cut(said, " (")
	if strings.Contains(said, " ") {
		return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(said)), " ", "-")
	}
	return said
}

// handoffs are the agents that a person can go on to with a button.
func handoffs(p *discover.Pass, from discover.Ref, head syntax.Node) {
	list := head.Argument("handoffs")
	for one := range list.Children() {
		to := one.Argument("agent")
		if !to.Is(syntax.String) {
			continue
		}
		for _, file := range p.Paths(path.Dir(p.Path())) {
			if stem(file) == to.Text() {
				flow := p.Flow(model.Handoff, from, agentRef(file), to.Span()).IfDescribed()
				if send := one.Argument("send"); !send.TextIs("true") {
					p.Control("human-approval", flow.Ref(), discover.Ref{}, model.Evidenced, to.Span())
				}
			}
		}
	}
}

// give gives an agent of an assistant a tool by the name that the assistant has for it.
func give(p *discover.Pass, c card, home, name string, at source.Span) {
	server, _, of := strings.Cut(name, "/") // "github/*": of a server
	if of {
		for _, file := range serverFiles[c.assistants[0]] {
			p.Flow(model.ToolCall, c.ref, discover.Local(path.Join(home, file), server), at).IfDescribed()
		}
		if _, known := discover.ProductNamed(c.assistants[0] + "." + name); !known {
			return
		}
	}
	info, known := discover.ProductNamed(c.assistants[0] + "." + name)
	ref := discover.Local(home, c.assistants[0], name)
	e := p.Element(model.Tool, ref, name, at)
	if known {
		e.Product(info, at)
	} else {
		e.Technology(c.assistants[0])
	}
	call := p.Flow(model.ToolCall, c.ref, ref, at).Ref()
	if info.Effects["exec"] == model.Yes || info.Effects["fs-write"] == model.Yes || info.Effects["net-write"] == model.Yes {
		if product := asks[c.assistants[0]]; product != "" {
			p.ControlByDefault("human-approval", call, product+" asks before each use that its owner has not approved beforehand", at)
		}
	}
}

// asks are the assistants that ask a person before they change, run or send something, unless that person has switched
// it off: what the settings of the person say stands in no project.
var asks = map[string]string{"roo-code": "Roo Code", "kilo-code": "Kilo Code", "cursor": "Cursor", "github-copilot": "GitHub Copilot", "gemini-cli": "Gemini CLI"}

// tools gives an agent the tools that its head names or switches on.
func tools(p *discover.Pass, c card, home string) {
	head, assistant := c.head, c.assistants[0]
	list := head.Argument("tools")
	give := func(name string, at source.Span) { give(p, c, home, name, at) }
	switch {
	case list.Is(syntax.Map): // opencode: write: false
		off := map[string]bool{}
		for key, value := range list.Pairs() {
			if value.Is(syntax.Bool) && value.TextIs("false") {
				off[key.Text()] = true
			} else if _, known := discover.ProductNamed(assistant + "." + key.Text()); known {
				give(key.Text(), key.Span())
			}
		}
		if off["*"] {
			return
		}
		for _, name := range defaults[assistant] {
			if !off[name] && list.Argument(name).IsZero() && !refused(head, name) {
				give(name, list.Span())
			}
		}
	case list.IsZero():
		for _, name := range defaults[assistant] {
			if !refused(head, name) {
				give(name, c.at)
			}
		}
	default:
		names := list.Text()
		if list.Is(syntax.List) {
			for item := range list.Children() {
				if item.Is(syntax.String) {
					give(item.Text(), item.Span())
				}
			}
		} else {
			for one := range strings.SplitSeq(strings.Trim(names, "[]"), ",") {
				if one = strings.Trim(strings.TrimSpace(one), `"'`); one != "" {
					give(one, list.Span())
				}
			}
		}
		p.Control("tool-allow-list", c.ref, discover.Ref{}, model.Evidenced, list.Span())
	}
}

// defaults are the tools that an agent has where its head says nothing else.
var defaults = map[string][]string{
	"opencode": {"bash", "edit", "read", "webfetch", "write"}, "codex": {"shell", "apply_patch"},
}

// serverFiles are where assistants have the tables of their servers.
var serverFiles = map[string][]string{
	"github-copilot": {".vscode/mcp.json", ".github/mcp.json", ".mcp.json"}, "cursor": {".cursor/mcp.json"}, "opencode": {"opencode.json", "opencode.jsonc"},
}

func refused(head syntax.Node, tool string) bool {
	rule := head.Argument("permission").Argument(tool)
	return rule.Is(syntax.String) && rule.TextIs("deny")
}

// approvals reads what an agent of opencode may do without asking.
func approvals(p *discover.Pass, c card, home string) {
	head, assistant := c.head, c.assistants[0]
	for key, value := range head.Argument("permission").Pairs() {
		if !slices.Contains(defaults[assistant], key.Text()) || refused(head, key.Text()) {
			continue
		}
		call := discover.FlowRef(model.ToolCall, c.ref, discover.Local(home, assistant, key.Text()))
		if value.Is(syntax.Map) {
			value = value.Argument("*")
		}
		switch value.Text() {
		case "ask":
			p.Control("human-approval", call, discover.Ref{}, model.Evidenced, key.Span())
		case "allow":
			p.Control("human-approval", call, discover.Ref{}, model.Absent, key.Span())
		}
	}
}

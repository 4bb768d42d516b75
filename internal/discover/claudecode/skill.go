package claudecode

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// command describes instructions that people start by name.
func (x *pass) command() {
	text := strings.TrimSpace(x.text())
	if text == "" {
		return
	}
	at := x.top()
	x.describeOwner(at)
	ref := discover.Local(x.Path(), "command")
	detail := x.head().Argument("description").Text()
	if detail == "" {
		detail = firstLine(text)
	}
	e := x.Element(model.Prompt, ref, "/"+stem(x.Path()), at).Technology(technology).Detail(detail)
	x.content(e, text, at)
	x.tells(ref, at)
	x.unasked(x.head())
	x.workflow(ref, at)
}

// starting finds where instructions tell to start a sub-agent: Agent(subagent_type="reviewer", …), as the tool is written.
var starting = regexp.MustCompile(`\b(?:Agent|Task)\(\s*(?:[a-z_]+\s*[:=]\s*"[^"]*",\s*)*"?subagent_type"?\s*[:=]\s*["']([A-Za-z0-9_:-]+)["']`)

// workflow: a command whose instructions start sub-agents leads them.
func (x *pass) workflow(command discover.Ref, at source.Span) {
	if x.owner.ref.IsZero() || x.Tree().Language != "" {
		return
	}
	_, body := syntax.Frontmatter(x.File())
	content := x.File().Content()
	ref := discover.Of(command, "workflow")
	described := false
	for _, m := range starting.FindAllSubmatchIndex(content[body:], -1) {
		name := string(content[body+m[2] : body+m[3]])
		file := x.agentFile(name[strings.LastIndexByte(name, ':')+1:])
		if file == "" {
			continue // the tool's own, or another project's
		}
		if !described {
			described = true
			x.Element(model.Orchestrator, ref, x.commandName(), at).Technology(technology).Detail("a command that starts sub-agents")
			if x.owner.plugin {
				x.Flow(model.Provides, x.owner.ref, ref, at)
			} else {
				x.Flow(model.Delegation, x.owner.ref, ref, at)
			}
		}
		x.Flow(model.Delegation, ref, agentRef(file), x.File().Span(body+m[0], body+m[1]))
	}
}

// commandName is the name by which people start a command: folders below the one of commands stand before it.
func (x *pass) commandName() string {
	_, below, found := strings.Cut("/"+x.Path(), "/commands/")
	if !found {
		return "/" + stem(x.Path())
	}
	return "/" + strings.ReplaceAll(strings.TrimSuffix(below, path.Ext(below)), "/", ":")
}

// agentFile is the file that describes a sub-agent; "" when there is none.
func (x *pass) agentFile(name string) string {
	for _, file := range x.Paths(path.Join(x.owner.folder, "agents")) {
		if stem(file) == name && strings.HasSuffix(file, ".md") {
			return file
		}
	}
	return ""
}

// tells joins instructions with whom they are for.
func (x *pass) tells(prompt discover.Ref, at source.Span) {
	switch {
	case x.owner.ref.IsZero():
	case x.owner.plugin:
		x.Flow(model.Provides, x.owner.ref, prompt, at)
	default:
		x.Flow(model.PromptFlow, prompt, x.owner.ref, at)
	}
}

// unasked: what a command or skill may use is used without asking while it is at work, and no longer. That stands in
// nobody's way who cannot speak to it then: it counts where the same command brings in what strangers write.
func (x *pass) unasked(head syntax.Node) {
	if x.owner.plugin || x.owner.ref.IsZero() {
		return
	}
	list := head.Argument("allowed-tools")
	brings := fetched(x.text()) != ""
	for _, one := range words(list) {
		name := discover.ClaudeTool(one.text)
		brings = brings || name == "WebFetch" || name == "WebSearch" || strings.HasPrefix(name, "mcp__") || name == "Bash" && fetchingRule.MatchString(one.text)
	}
	if !brings {
		return
	}
	for _, one := range words(list) {
		name := discover.ClaudeTool(one.text)
		r := rule{tool: name, pattern: strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(one.text, name), "("), ")")}
		if asking[name] && r.open() && !x.rules.refused(name) {
			x.Control("human-approval", discover.FlowRef(model.ToolCall, x.owner.ref, x.tool(name)), discover.Ref{}, model.Absent, one.at)
		}
	}
}

// fetchingRule are grants of commands that bring in what strangers write, or of all commands.
var fetchingRule = regexp.MustCompile(`^Bash(\((\*|:\*|(gh|glab|curl|wget|jira|linear)\b.*)?\))?$`)

// skillFolders are the folders of a project in which assistants look for skills, with those assistants.
var skillFolders = []struct {
	folder     string
	assistants []string
}{
	{".agents/skills/", []string{"codex", "gemini-cli", "opencode", "cursor", "github-copilot"}},
	{".codex/skills/", []string{"codex"}},
	{".cursor/skills/", []string{"cursor"}},
	{".gemini/skills/", []string{"gemini-cli"}},
	{".github/skills/", []string{"github-copilot"}},
	{".opencode/skill/", []string{"opencode"}},
	{".opencode/skills/", []string{"opencode"}},
	{".claude/skills/", []string{"opencode", "cursor", "github-copilot"}},
}

// skill describes instructions that an assistant loads when a task fits, with the scripts that go with them.
func (x *pass) skill() {
	head := x.head()
	if head.Argument("name").IsZero() || head.Argument("description").IsZero() {
		return
	}
	at := x.top()
	ref := discover.Local(x.Path(), "skill")
	e := x.Element(model.Prompt, ref, head.Argument("name").Text(), at).Technology("agent-skill").Detail(head.Argument("description").Text())
	x.content(e, x.text(), at)
	if !x.owner.ref.IsZero() {
		x.describeOwner(at)
	}
	x.tells(ref, at)
	for _, row := range skillFolders {
		i := strings.LastIndex("/"+x.Path(), "/"+row.folder)
		if i < 0 {
			continue
		}
		home := discover.Folder(x.Path()[:i], "")
		for _, name := range row.assistants {
			x.Flow(model.PromptFlow, ref, discover.Assistant{Technology: name, Home: home}.Ref(), at).IfDescribed()
		}
	}
	x.unasked(head)
	x.forked(ref, head, at)
	x.skillScripts(ref, head.Argument("name").Text(), at)
}

// forked describes the agent that a skill with "context: fork" is: its text is the task of one that starts without what was
// said before. What it may use without asking limits nothing.
func (x *pass) forked(skill discover.Ref, head syntax.Node, at source.Span) {
	fork := head.Argument("context")
	if !fork.TextIs("fork") || x.owner.ref.IsZero() {
		return
	}
	ref, name := discover.Local(x.Path(), "fork"), head.Argument("name").Text()
	x.Element(model.Agent, ref, name, fork.Span()).Technology(technology).Detail(head.Argument("description").Text()).
		FactBecause("loops", model.Yes, "it goes on until it gives a final answer", fork.Span())
	if x.owner.plugin {
		x.Flow(model.Provides, x.owner.ref, ref, fork.Span())
	} else {
		x.Flow(model.Delegation, x.owner.ref, ref, fork.Span()).Label(name)
	}
	x.Flow(model.PromptFlow, skill, ref, at)
	x.agentModel(ref, head.Argument("model"), at)
	x.agentTools(ref, head, at)
}

// skillScripts: programs in the skill's folder that its instructions name are there for the agent to run. Others are what
// its makers build and test it with.
func (x *pass) skillScripts(skill discover.Ref, name string, at source.Span) {
	if x.owner.ref.IsZero() {
		return
	}
	dir := path.Dir(x.Path())
	if dir == "." {
		return
	}
	told := []string{string(x.File().Content())}
	for _, file := range x.Paths(dir) { // what SKILL.md tells to read counts with it
		if path.Ext(file) != ".md" || file == x.Path() || !mentions(told[0], strings.TrimPrefix(file, dir+"/")) {
			continue
		}
		if tree := x.Read(file); tree != nil && tree.File != nil {
			told = append(told, string(tree.File.Content()))
		}
	}
	var found []string
	fixed := true
	for _, file := range x.Paths(dir) {
		rest := strings.TrimPrefix(file, dir+"/")
		if !scripts[path.Ext(file)] || strings.Count(rest, "/") > 2 {
			continue
		}
		if slices.ContainsFunc(told, func(text string) bool { return mentions(text, rest) }) {
			found = append(found, path.Base(file))
			fixed = fixed && x.takesNothing(file)
		}
	}
	if len(found) == 0 {
		return
	}
	if i := strings.Index(told[0], found[0]); i >= 0 { // the line that tells to run one
		at = x.File().Span(i, i+len(found[0]))
	}
	if len(found) > 5 {
		found = append(found[:5], "…")
	}
	ref := discover.Of(skill, "scripts")
	e := x.Element(model.Tool, ref, name+" scripts", at).Technology("agent-skill").Detail("scripts of the skill: "+strings.Join(found, ", ")).
		Effect("exec", model.Yes, "the agent runs the scripts of the skill", at)
	if fixed {
		e.FactBecause("fixed-commands", model.Yes, "its scripts take no arguments, and what they run stands in them", at)
	}
	if x.owner.plugin {
		x.Flow(model.Provides, x.owner.ref, ref, at)
		return
	}
	call := x.Flow(model.ToolCall, x.owner.ref, ref, at).Ref()
	for _, one := range words(x.head().Argument("allowed-tools")) {
		if one.text == "Bash" || one.text == "Bash(*)" {
			x.Control("human-approval", call, discover.Ref{}, model.Absent, one.at)
			return
		}
	}
	x.gate(call, "Bash", syntax.Node{}, at) // it is by Bash that they run
}

// mentions tells whether instructions speak of a file of their skill: by its path, by its name, or, of a program in the
// folder "scripts", by that folder.
func mentions(text, file string) bool {
	if names(text, file) || names(text, path.Base(file)) {
		return true
	}
	if !strings.HasPrefix(file, "scripts/") || strings.HasSuffix(file, ".md") {
		return false
	}
	return names(text, "scripts/") || strings.Contains(text, "scripts."+stem(file))
}

// names tells whether a name stands in a text as a word of its own, not as the end of a longer one.
func names(text, name string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		i += from
		before, after := byte(' '), byte(' ')
		if i > 0 {
			before = text[i-1]
		}
		if end := i + len(name); end < len(text) {
			after = text[end]
		}
		if !partOfName(before) && (strings.HasSuffix(name, "/") || !partOfName(after)) {
			return true
		}
		from = i + 1
	}
}

func partOfName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

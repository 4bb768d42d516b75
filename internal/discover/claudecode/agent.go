package claudecode

import (
	"path"
	"regexp"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// subAgent describes an agent that Claude Code may give tasks to.
func (x *pass) subAgent() {
	head := x.head()
	description := head.Argument("description")
	if head.Argument("name").IsZero() && (description.IsZero() || x.owner.plugin) {
		return // text that stands in the folder
	}
	at := x.top()
	ref := agentRef(x.Path())
	name := head.Argument("name").Text()
	if name == "" {
		name = stem(x.Path())
	}
	x.describeOwner(at)
	x.Element(model.Agent, ref, name, at).Technology(technology).Detail(description.Text()).
		FactBecause("loops", model.Yes, "it goes on until it gives a final answer", at)
	if x.owner.plugin {
		x.Flow(model.Provides, x.owner.ref, ref, at)
	} else {
		x.Flow(model.Delegation, x.owner.ref, ref, at).Label(name)
	}
	x.instructions(ref, name, description)
	x.agentModel(ref, head.Argument("model"), at)
	x.agentTools(ref, head, at)
	if mode := head.Argument("permissionMode"); mode.Is(syntax.String) {
		x.mode(ref, mode)
	}
	for _, one := range words(head.Argument("skills")) {
		prompt := discover.Local(path.Join(x.owner.folder, "skills", one.text, "SKILL.md"), "skill")
		x.Flow(model.PromptFlow, prompt, ref, one.at).IfDescribed()
	}
	if store := head.Argument("memory"); store.Is(syntax.String) {
		memory := discover.Of(ref, "memory")
		x.Element(model.Memory, memory, name+" memory", store.Span()).Technology(technology).
			FactBecause("persistent", model.Yes, "it is kept in files", store.Span())
		x.Remembers(ref, memory, store.Span())
	}
	x.Limit(ref, "iteration-limit", head.Argument("maxTurns"))
	x.hooks(ref, head.Argument("hooks"))
}

// Limit places a control where a head sets a number.
func (x *pass) Limit(on discover.Ref, control string, n syntax.Node) {
	if _, ok := n.Scalar(); ok {
		x.Control(control, on, discover.Ref{}, model.Evidenced, n.Span())
	}
}

// agentRef names the agent of a file.
func agentRef(file string) discover.Ref { return discover.Local(file, stem(file)) }

func stem(file string) string { return strings.TrimSuffix(path.Base(file), path.Ext(file)) }

// instructions describes the text behind the head as an agent's prompt.
func (x *pass) instructions(agent discover.Ref, name string, description syntax.Node) {
	text := strings.TrimSpace(x.text())
	if text == "" {
		return
	}
	at := x.top()
	ref := discover.Of(agent, "prompt")
	e := x.Element(model.Prompt, ref, name+" instructions", at).Technology(technology).Detail(firstLine(text))
	x.Flow(model.PromptFlow, ref, agent, at)
	x.content(e, text, at)
}

// outside are commands whose output strangers can have written.
var outside = regexp.MustCompile("!`[^`]*\\b(gh|glab|curl|wget|jira|linear|az boards)\\s[^`]*`")

// fetched is the first such command of a text that does not ask the machine itself.
func fetched(text string) string {
	for _, command := range outside.FindAllString(text, -1) {
		if !strings.Contains(command, "localhost") && !strings.Contains(command, "127.0.0.1") {
			return command
		}
	}
	return ""
}

// content says what is written into instructions when they are used.
func (x *pass) content(e *discover.Element, text string, at source.Span) {
	switch command := fetched(text); {
	case command != "":
		e.FactBecause("untrusted-text", model.Yes, "the output of "+strings.Trim(command, "!`")+" is written into it", at)
	case strings.Contains(text, "!`"), strings.Contains(text, "$ARGUMENTS"), strings.Contains(text, "$1"):
	default:
		e.FactBecause("untrusted-text", model.No, "its whole text stands in the project's file", at)
	}
}

// firstLine is the first line of a text that says something.
func firstLine(text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(strings.Trim(line, "#*-_> \r")); line != "" {
			return line
		}
	}
	return ""
}

// agentModel finds whom a sub-agent asks: the model that it names, or that of the main agent.
func (x *pass) agentModel(agent discover.Ref, m syntax.Node, at source.Span) {
	switch {
	case m.Is(syntax.String) && m.Text() != "" && !m.TextIs("inherit"):
		x.UsesModel(agent, x.ModelNamed(m.Text(), "anthropic", m.Span()), m.Span())
	case x.rules == nil: // of a plugin: who installs it decides
	case x.rules.model.IsZero():
		x.ClaudeDefaultModel(agent, at)
	default:
		x.UsesModel(agent, x.ModelNamed(x.rules.model.Text(), "anthropic", x.rules.model.Span()), at)
	}
}

// word is one entry of a list in a head.
type word struct {
	text string
	at   source.Span
}

// words reads a list: one of YAML, or a text with commas. Commas inside brackets belong to an entry.
func words(n syntax.Node) []word {
	var all []word
	if n.Is(syntax.List) {
		for item := range n.Children() {
			if item.Is(syntax.String) {
				all = append(all, word{item.Text(), item.Span()})
			}
		}
		return all
	}
	text := strings.TrimSuffix(strings.TrimPrefix(n.Text(), "["), "]")
	depth, from := 0, 0
	add := func(s string) {
		if s = strings.Trim(strings.TrimSpace(s), `"'`); s != "" {
			all = append(all, word{s, n.Span()})
		}
	}
	for i, c := range text {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth <= 0:
			add(text[from:i])
			from = i + 1
		}
	}
	add(text[from:])
	return all
}

// delegating are the names of the tool that starts another agent.
var delegating = map[string]bool{"Task": true, "Agent": true}

// agentTools gives an agent the tools that its head names; without a list it has those of the main agent.
func (x *pass) agentTools(agent discover.Ref, head syntax.Node, at source.Span) {
	refused := map[string]bool{}
	for _, one := range words(head.Argument("disallowedTools")) {
		refused[discover.ClaudeTool(one.text)] = true
	}
	mode := head.Argument("permissionMode")
	list := head.Argument("tools")
	named := words(list)
	if len(named) == 0 || len(named) == 1 && (named[0].text == "*" || named[0].text == "All tools") {
		for _, name := range discover.ClaudeTools {
			if !refused[name] {
				x.builtIn(agent, name, mode, at, false)
			}
		}
		for _, server := range x.serversOf() {
			x.Flow(model.ToolCall, agent, server, at).IfDescribed()
		}
		return
	}
	given := map[string]bool{}
	for _, one := range named {
		name := discover.ClaudeTool(one.text)
		if strings.HasPrefix(name, "mcp__") {
			x.remoteTool(agent, name, one.at)
			continue
		}
		if list := strings.TrimPrefix(one.text, name); delegating[name] && list != "" {
			x.delegates(agent, list, one.at)
			continue
		}
		if name == "" || given[name] || refused[name] || strings.ContainsAny(name, " \n*:") {
			continue
		}
		given[name] = true
		x.builtIn(agent, name, mode, one.at, true)
	}
	x.Control("tool-allow-list", agent, discover.Ref{}, model.Evidenced, list.Span())
}

// delegates: Agent(worker, tester) names the agents that an agent may start.
func (x *pass) delegates(agent discover.Ref, list string, at source.Span) {
	for name := range strings.SplitSeq(strings.Trim(list, "()"), ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if file := x.agentFile(name); file != "" {
			x.Flow(model.Delegation, agent, agentRef(file), at).IfDescribed()
		}
	}
}

package autogen

import (
	"strconv"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Components can be written down as JSON (AutoGen Studio keeps teams that way): each says its provider, which is the
// class that it becomes, its component_type and its config. A gallery lists many; its agents and teams count, its loose
// models and tools do not, because nobody uses them there.

// mostComponents is how many agents and teams of one file are read.
const mostComponents = 5000

// configuration is the reading of one file of components.
type configuration struct {
	*discover.Pass
	taken map[string]int // symbols that are in use
	count int
}

// readComponents describes the agents and teams that a JSON file writes down.
func readComponents(p *discover.Pass) {
	c := &configuration{Pass: p, taken: map[string]int{}}
	p.Tree().Root().Walk(func(n syntax.Node) bool {
		switch kind := componentOf(n); kind {
		case "agent":
			c.agent(n, nil, 0)
			return false
		case "team":
			c.team(n, nil, 0)
			return false
		case "":
			return true
		default:
			return false
		}
	})
}

// componentOf is what kind of component a map is; "" when it is none of AutoGen's.
func componentOf(n syntax.Node) string {
	if !n.Is(syntax.Map) || !n.Argument("config").Is(syntax.Map) {
		return ""
	}
	provider := discover.TextAt(n, "provider")
	if !strings.HasPrefix(provider, "autogen") {
		return ""
	}
	kind := discover.TextAt(n, "component_type")
	if kind == "" { // older files leave it out where the place says it
		switch {
		case strings.Contains(provider, ".teams."):
			return "team"
		case strings.Contains(provider, ".agents."):
			return "agent"
		}
	}
	return kind
}

func class(n syntax.Node) string {
	provider := discover.TextAt(n, "provider")
	return provider[strings.LastIndexByte(provider, '.')+1:]
}

// symbol names a component in its file, by the names of the teams around it.
func (c *configuration) symbol(name string, around []string) []string {
	if c.count++; c.count > mostComponents {
		if c.count == mostComponents+1 {
			c.Unresolved("the components of "+c.Path(), "there are more than are read", c.Tree().Root().Span())
		}
		return nil
	}
	all := append(append([]string(nil), around...), name)
	key := strings.Join(all, ".")
	if c.taken[key]++; c.taken[key] > 1 {
		all[len(all)-1] += " " + strconv.Itoa(c.taken[key])
	}
	return all
}

func (c *configuration) team(n syntax.Node, around []string, depth int) discover.Ref {
	config := n.Argument("config")
	name := discover.TextAt(config, "name")
	if name == "" {
		name = discover.TextAt(n, "label")
	}
	if name == "" {
		name = class(n)
	}
	symbol := c.symbol(name, around)
	if symbol == nil || depth > 8 {
		return discover.Ref{}
	}
	ref := discover.Local(c.Path(), symbol...)
	at := n.Argument("provider").Span()
	e := c.Element(model.Orchestrator, ref, name, at).Technology(technology).Alias(class(n)).Detail(discover.TextAt(n, "description")).
		FactBecause("shared-state", model.Yes, "its members see one conversation", at)
	if class(n) != "GraphFlow" {
		e.FactBecause("loops", model.Yes, "it gives turns until a condition ends it", at)
	}
	c.asks(ref, config.Argument("model_client"))
	c.prompt(ref, name, config.Argument("selector_prompt"))
	byName := map[string]discover.Ref{}
	for m := range config.Argument("participants").All(syntax.Map) {
		var to discover.Ref
		switch componentOf(m) {
		case "agent":
			to = c.agent(m, symbol, depth+1)
		case "team":
			to = c.team(m, symbol, depth+1)
		}
		if to.IsZero() {
			c.Unresolved("a member of "+name, "it is no component that is known", m.Span())
			continue
		}
		byName[discover.TextAt(m, "config", "name")] = to
		c.Flow(model.Delegation, ref, to, m.Argument("provider").Span())
	}
	for m := range config.Argument("participants").All(syntax.Map) {
		from := byName[discover.TextAt(m, "config", "name")]
		for h := range m.Argument("config").Argument("handoffs").Children() {
			target := h.Text()
			if h.Is(syntax.Map) {
				if target = discover.TextAt(h, "target"); target == "" {
					target = discover.TextAt(h, "config", "target")
				}
			}
			if to, ok := byName[target]; ok {
				c.Flow(model.Handoff, from, to, h.Span())
			}
		}
	}
	if turns := config.Argument("max_turns"); turns.Is(syntax.Number) {
		c.Control("iteration-limit", ref, discover.Ref{}, model.Evidenced, turns.Span())
	}
	config.Argument("termination_condition").Walk(func(t syntax.Node) bool {
		if t.Is(syntax.Map) && class(t) == "MaxMessageTermination" {
			c.Control("iteration-limit", ref, discover.Ref{}, model.Evidenced, t.Argument("provider").Span())
			return false
		}
		return true
	})
	return ref
}

func (c *configuration) agent(n syntax.Node, around []string, depth int) discover.Ref {
	config := n.Argument("config")
	name := discover.TextAt(config, "name")
	if name == "" {
		name = class(n)
	}
	symbol := c.symbol(name, around)
	if symbol == nil || depth > 8 {
		return discover.Ref{}
	}
	ref := discover.Local(c.Path(), symbol...)
	at := n.Argument("provider").Span()
	e := c.Element(model.Agent, ref, name, at).Technology(technology).Detail(discover.TextAt(config, "description"))
	if config.Argument("max_tool_iterations").Is(syntax.Number) && !config.Argument("max_tool_iterations").TextIs("1") || strings.HasSuffix(class(n), "Surfer") {
		e.Fact("loops", model.Yes, at)
	} else {
		e.Fact("loops", model.No, at)
	}
	c.asks(ref, config.Argument("model_client"))
	c.prompt(ref, name, config.Argument("system_message"))
	c.tools(ref, config.Argument("tools"), 0)
	c.workbench(ref, name, config.Argument("workbench"), 0)
	c.executor(ref, config.Argument("code_executor"))
	for m := range config.Argument("memory").All(syntax.Map) {
		memory := discover.Of(ref, class(m))
		c.Element(model.Memory, memory, class(m), m.Argument("provider").Span()).Technology(technology)
		c.Flow(model.MemoryRead, memory, ref, m.Span())
		c.Flow(model.MemoryWrite, ref, memory, m.Span())
	}
	if class(n) == "UserProxyAgent" {
		user := discover.Of(ref, "person")
		c.Element(model.Human, user, name+" (person)", at).Fact("role", "user", at)
		c.Flow(model.Message, user, ref, at)
		c.Flow(model.Message, ref, user, at)
	}
	if team := config.Argument("team"); componentOf(team) == "team" {
		c.Flow(model.Delegation, ref, c.team(team, symbol, depth+1), team.Argument("provider").Span())
	}
	for i := range ownTools {
		if row := &ownTools[i]; strings.HasSuffix(row.patterns[0], "."+class(n)) {
			tool := discover.Of(ref, row.part)
			own := c.Element(model.Tool, tool, name+" "+row.part, at).Technology(technology).Detail(row.doc)
			for _, effect := range row.effects {
				own.Effect(effect, model.Yes, row.doc, at)
			}
			if row.untrusted {
				own.FactBecause("untrusted-output", model.Yes, row.doc, at)
			}
			c.Flow(model.ToolCall, ref, tool, at)
		}
	}
	return ref
}

// asks joins an agent or team to its model.
func (c *configuration) asks(ref discover.Ref, m syntax.Node) {
	if inner := m.Argument("config").Argument("client"); inner.Is(syntax.Map) { // a cache around it
		m = inner
	}
	name := discover.TextAt(m, "config", "model")
	if name == "" {
		name = discover.TextAt(m, "config", "azure_deployment")
	}
	if name == "" {
		return
	}
	provider := ""
	for _, row := range modelClasses {
		if strings.HasSuffix(row.Pattern, "."+class(m)) {
			provider = row.Provider
			break
		}
	}
	at := m.Argument("config").Argument("model").Span()
	if at.IsZero() {
		at = m.Argument("provider").Span()
	}
	to := c.ModelNamed(name, provider, at)
	c.UsesModel(ref, to, at)
	if v := m.Argument("config").Argument("api_key"); v.Is(syntax.String) && v.Text() != "" && strings.Trim(v.Text(), "*") != "" {
		key := discover.Of(ref, "api_key")
		e := c.Element(model.Credential, key, "api_key", v.Span())
		if discover.Placeholder(v.Text()) {
			e.FactBecause("plain-text", model.No, "only a stand-in is in the file", v.Span())
		} else {
			e.FactBecause("plain-text", model.Yes, "its value stands in the file", v.Span())
		}
		c.Flow(model.CredentialUse, ref, key, v.Span())
	}
}

func (c *configuration) prompt(ref discover.Ref, name string, v syntax.Node) {
	if !v.Is(syntax.String) || strings.TrimSpace(v.Text()) == "" {
		return
	}
	prompt := discover.Of(ref, "prompt")
	c.Element(model.Prompt, prompt, name+" instructions", v.Span()).Detail(v.Text()).
		FactBecause("untrusted-text", model.No, "its whole text is in the file", v.Span())
	c.Flow(model.PromptFlow, prompt, ref, v.Span())
}

// tools describes the tools of a list.
func (c *configuration) tools(ref discover.Ref, list syntax.Node, depth int) {
	for t := range list.All(syntax.Map) {
		config, at := t.Argument("config"), t.Argument("provider").Span()
		name := discover.TextAt(config, "name")
		if name == "" {
			name = class(t)
		}
		tool := discover.Of(ref, name)
		switch provider := discover.TextAt(t, "provider"); {
		case class(t) == "PythonCodeExecutionTool":
			c.executor(ref, config.Argument("executor"))
			continue
		case strings.HasSuffix(provider, "AgentTool") || strings.HasSuffix(provider, "TeamTool"):
			c.given(ref, config, depth)
			continue
		case class(t) == "HttpTool":
			address := ""
			if host := discover.TextAt(config, "host"); host != "" {
				address = "https://" + host + "/" + strings.TrimPrefix(discover.TextAt(config, "path"), "/")
			}
			c.Element(model.Tool, tool, name, at).Technology("http").Detail(discover.TextAt(config, "description")).
				Request(discover.TextAt(config, "method"), address, at)
		default:
			e := c.Element(model.Tool, tool, name, at).Technology(technology).Detail(discover.TextAt(config, "description"))
			if code := config.Argument("source_code"); code.Is(syntax.String) {
				e.Script(code.Text(), code.Span())
			} else if info, ok := discover.ProductNamed(provider); ok {
				e.Product(info, at)
			}
		}
		c.Flow(model.ToolCall, ref, tool, at)
	}
}

// given is an agent or team that serves another agent as a tool.
func (c *configuration) given(ref discover.Ref, config syntax.Node, depth int) {
	var to discover.Ref
	inner := config.Argument("agent")
	if inner.IsZero() {
		inner = config.Argument("team")
	}
	switch componentOf(inner) {
	case "agent":
		to = c.agent(inner, nil, depth+1)
	case "team":
		to = c.team(inner, nil, depth+1)
	}
	c.Flow(model.Delegation, ref, to, inner.Argument("provider").Span())
}

// workbench describes what an agent works with: a list of tools, or an MCP server.
func (c *configuration) workbench(ref discover.Ref, name string, w syntax.Node, depth int) {
	if w.Is(syntax.List) && depth == 0 {
		for one := range w.All(syntax.Map) {
			c.workbench(ref, name, one, 1)
		}
		return
	}
	config := w.Argument("config")
	c.tools(ref, config.Argument("tools"), depth)
	params := config.Argument("server_params")
	if !params.Is(syntax.Map) {
		return
	}
	s := discover.MCPServer{Command: discover.TextAt(params, "command"), URL: discover.TextAt(params, "url"), At: w.Argument("provider").Span()}
	for a := range params.Argument("args").All(syntax.String) {
		s.Args = append(s.Args, a.Text())
	}
	for key, value := range params.Argument("env").Pairs() {
		s.Env = append(s.Env, discover.EnvVar{Name: key.Text(), Value: value.Text(), At: value.Span()})
	}
	if s.Name = name + " MCP"; discover.TextAt(w, "label") != "" && discover.TextAt(w, "label") != class(w) {
		s.Name = discover.TextAt(w, "label")
	}
	s.Ref = discover.Of(ref, s.Name)
	c.Flow(model.ToolCall, ref, c.MCP(s).Ref, s.At)
}

// executor describes where an agent's code runs.
func (c *configuration) executor(ref discover.Ref, x syntax.Node) {
	if !x.Is(syntax.Map) {
		return
	}
	at := x.Argument("provider").Span()
	tool := discover.Of(ref, "code-executor")
	c.Element(model.Tool, tool, class(x), at).Technology(technology).Detail("runs the code that it is given").
		Effect("exec", model.Yes, "it runs the code that it is given", at)
	c.Flow(model.ToolCall, ref, tool, at)
	switch name := class(x); {
	case strings.Contains(name, "Docker") || strings.Contains(name, "ACA"):
		c.Control("sandbox", tool, discover.Ref{}, model.Evidenced, at)
	case strings.HasPrefix(name, "Local"):
		c.Control("sandbox", tool, discover.Ref{}, model.Absent, at)
	}
	if limit := x.Argument("config").Argument("timeout"); limit.Is(syntax.Number) {
		c.Control("timeout", tool, discover.Ref{}, model.Evidenced, limit.Span())
	}
}

package langgraph

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// maker is a row of the table of calls that make an agent.
type maker struct {
	patterns []string
	model    arg
	tools    arg
	prompts  []string
}

type arg struct {
	name     string
	position int
}

var makers = append(scriptMakers, []maker{
	{[]string{"langgraph.prebuilt.create_react_agent", "langgraph.prebuilt.**.create_react_agent", "langgraph.prebuilt.chat_agent_executor.create_*"}, arg{"model", 0}, arg{"tools", 1}, []string{"prompt", "state_modifier", "messages_modifier"}},
	{[]string{"langchain.agents.create_agent", "langchain.agents.**.create_agent"}, arg{"model", 0}, arg{"tools", 1}, []string{"system_prompt", "prompt"}},
	{[]string{"deepagents.create_deep_agent", "deepagents.**.create_deep_agent", "deepagents.async_create_deep_agent"}, arg{"model", -1}, arg{"tools", 0}, []string{"system_prompt", "instructions"}},
	{[]string{"langgraph_supervisor.create_supervisor", "langgraph_supervisor.**.create_supervisor"}, arg{"model", -1}, arg{"tools", -1}, []string{"prompt"}},
	{[]string{
		"langchain.agents.create_*_agent", "langchain_classic.agents.create_*_agent", "langchain.agents.**.create_*_agent", "langchain_classic.agents.**.create_*_agent",
	}, arg{"llm", 0}, arg{"tools", 1}, []string{"prompt"}},
	{[]string{"langchain.agents.initialize_agent", "langchain.agents.initialize.initialize_agent", "langchain_classic.agents.initialize_agent"}, arg{"llm", 1}, arg{"tools", 0}, nil},
	{[]string{"langchain_community.agent_toolkits.**.create_*_agent", "langchain_experimental.**.create_*_agent", "langchain.agents.agent_toolkits.**.create_*_agent", "langchain_community.agent_toolkits.create_*_agent"}, arg{"llm", 0}, arg{"extra_tools", -1}, []string{"prefix", "prompt"}},
	{[]string{"langgraph_swarm.create_swarm", "langgraph_swarm.**.create_swarm"}, arg{"model", -1}, arg{"tools", -1}, nil},
}...)

// agentMakers are all patterns of the table, and executors.
var agentMakers = func() []string {
	all := append([]string{}, executorTypes...)
	for _, m := range makers {
		all = append(all, m.patterns...)
	}
	return all
}()

// stepLimit is why an agent made by the framework ends by itself.
const stepLimit = "the framework ends each run at its recursion limit, unless it is told otherwise"

func makerOf(v *code.Value) *maker {
	for i := range makers {
		if v.Ref.Is(makers[i].patterns...) {
			return &makers[i]
		}
	}
	return nil
}

// isAgent tells whether a value is a prebuilt agent, or something made from one (compiled, configured).
func (f *file) isAgent(v *code.Value) bool { return f.agentOf(v) != nil }

// agentOf finds the object that makes the agent behind a value. An executor's agent is what it executes.
func (f *file) agentOf(v *code.Value) *code.Value {
	for depth := 0; v != nil && depth < 12; depth++ {
		if v.Kind == code.Choice {
			for _, one := range v.Each() {
				if a := f.agentOf(one); a != nil {
					return a
				}
			}
			return nil
		}
		if !v.Is(code.Instance) || v.Call.IsZero() {
			return nil
		}
		if v.Ref.Is(executorTypes...) {
			if inner := f.agentOf(v.Arg("agent", 0)); inner != nil {
				return inner
			}
			return v
		}
		if makerOf(v) != nil {
			return v
		}
		if v.Ref.Is("langchain_core.runnables.history.RunnableWithMessageHistory", "langchain_core.runnables.**.RunnableWithMessageHistory", "@langchain/core/runnables.RunnableWithMessageHistory") {
			v = v.Arg("runnable", 0)
			continue
		}
		v = v.Base
	}
	return nil
}

// agents describes the prebuilt agents that the file makes.
func (f *file) agents() {
	for _, v := range f.instances(agentMakers...) {
		if v.Ref.Is(executorTypes...) {
			f.executor(v)
			continue
		}
		if m := makerOf(v); m != nil {
			f.prebuilt(v, m)
		}
	}
}

// agentName is the name that an agent is given, or that holds it.
func (f *file) agentName(v *code.Value) string {
	for _, key := range []string{"name", "supervisor_name"} {
		if s := v.Arg(key, -1).Str(); s != "" {
			return s
		}
	}
	if _, symbol := v.Symbol(); symbol != "" {
		return lastName(symbol)
	}
	if v.Ref.Is(supervisors...) {
		return "supervisor"
	}
	if d := enclosing(v.Call); d != "" {
		return d
	}
	return v.Ref.Last()
}

// enclosing is the name of the function around a node.
func enclosing(n syntax.Node) string {
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef) {
			return p.Text()
		}
	}
	return ""
}

// made names the agent that an object is. The same agent tried with another model is still that agent, with two models.
func (f *file) made(v *code.Value) discover.Ref {
	m := makerOf(v)
	if m == nil {
		return f.Made(v, discover.Telling{Name: "agent", Position: 0}, discover.Telling{Name: "tools", Position: 1})
	}
	telling := []discover.Telling{{Name: "name", Position: -1}, {Name: "supervisor_name", Position: -1}, {Name: m.tools.name, Position: m.tools.position}}
	for _, key := range m.prompts {
		telling = append(telling, discover.Telling{Name: key, Position: promptPosition(v, key)})
	}
	return f.Made(v, telling...)
}

func (f *file) prebuilt(v *code.Value, m *maker) {
	ref := f.made(v)
	name := f.agentName(v)
	at := v.Call.Span()
	_, symbol := v.Symbol()
	if v.Ref.Is(swarms...) {
		f.swarm(v, ref, name)
		return
	}
	f.Element(model.Agent, ref, name, at).Technology(technology).Alias(lastName(symbol)).FactBecause("loops", model.No, stepLimit, at)
	if llm := v.Arg(m.model.name, m.model.position); llm != nil {
		f.usesModels(ref, name, llm, v)
	}
	if tools := v.Arg(m.tools.name, m.tools.position); tools != nil {
		f.giveTools(ref, name, tools)
	}
	for _, key := range m.prompts {
		if text := f.promptText(v.Arg(key, promptPosition(v, key))); text != nil {
			f.Prompt(ref, name, text)
			break
		}
	}
	for _, key := range []string{"checkpointer", "store", "memory", "checkpoint_saver"} {
		if memory := v.Arg(key, -1); memory != nil {
			f.keeps(ref, memory, v.Call)
		}
	}
	f.interruptsOf(v, ref)
	f.middleware(v, ref)
	if v.Ref.Is(supervisors...) {
		f.delegates(ref, name, v.Arg("agents", 0), model.Delegation)
	}
	f.subagents(v, ref, name)
	f.toolkitEffects(v, ref, name)
	if v.Arg("response_format", -1) != nil {
		f.Control("output-validation", ref, discover.Ref{}, model.Evidenced, v.Arg("response_format", -1).Node.Span())
	}
	if limit := v.Arg("max_iterations", -1); limit != nil && !limit.Is(code.Null) {
		f.Control("iteration-limit", ref, discover.Ref{}, model.Evidenced, limit.Node.Span())
	}
}

// promptPosition is where old agent makers take their prompt: create_tool_calling_agent(llm, tools, prompt).
func promptPosition(v *code.Value, key string) int {
	if key == "prompt" && v.Ref.Is("langchain.agents.create_*_agent", "langchain_classic.agents.create_*_agent") {
		return 2
	}
	if key == "instructions" && v.Ref.Is("deepagents.**") {
		return 1
	}
	return -1
}

func (f *file) usesModels(ref discover.Ref, name string, llm, v *code.Value) {
	var p parts
	f.take(&p, llm, 0)
	found := false
	values := p.models
	if len(values) == 0 {
		values = []*code.Value{llm}
	}
	for _, m := range values {
		for _, r := range f.ChatModel(m) {
			found = true
			f.UsesModel(ref, r, v.Call.Span())
		}
	}
	for _, tools := range p.tools {
		f.giveTools(ref, name, tools)
	}
	if !found && llm.Is(code.Unknown) {
		f.Unresolved("the model of "+name, llm.Reason(), llm.Node.Span())
	}
}

// delegates says that a supervisor hands work to the agents of a list.
func (f *file) delegates(from discover.Ref, name string, list *code.Value, kind model.FlowKind) {
	for _, one := range list.Members() {
		refs := f.agentRefs(one)
		for _, to := range refs {
			f.Flow(kind, from, to, one.Node.Span())
		}
		if len(refs) == 0 {
			f.Unresolved("an agent that "+name+" supervises", one.Reason(), one.Node.Span())
		}
	}
}

// swarm describes agents that hand over to each other under one roof.
func (f *file) swarm(v *code.Value, ref discover.Ref, name string) {
	if name == "create_swarm" || name == "" {
		name = "swarm"
	}
	f.Element(model.Orchestrator, ref, name, v.Call.Span()).Technology(technology)
	f.delegates(ref, name, v.Arg("agents", 0), model.Delegation)
	f.compiled(v, ref)
}

// agentNamed finds the agent of the file that was given a name, for handoff tools that name their target.
func (f *file) agentNamed(name string) discover.Ref {
	for _, v := range f.instances(agentMakers...) {
		if makerOf(v) == nil {
			continue
		}
		if strings.EqualFold(v.Arg("name", -1).Str(), name) {
			return f.made(v)
		}
	}
	for _, v := range f.instances(agentMakers...) {
		if makerOf(v) != nil && strings.EqualFold(f.agentName(v), name) {
			return f.made(v)
		}
	}
	return discover.Ref{}
}

// executor adds what an AgentExecutor says to the agent that it executes.
func (f *file) executor(v *code.Value) {
	ref := f.made(v)
	name := f.agentName(v)
	at := v.Call.Span()
	inner := f.agentOf(v)
	if inner != nil && inner != v {
		ref = f.made(inner)
		// The agent itself is described where it is made; here is where it runs.
		f.Element(model.Agent, ref, f.agentName(inner), at).Technology(technology).Alias(name).FactBecause("loops", model.No, stepLimit, at)
	} else {
		f.Element(model.Agent, ref, name, at).Technology(technology).FactBecause("loops", model.No, stepLimit, at)
		var p parts
		f.take(&p, v.Arg("agent", 0), 0)
		for _, m := range p.models {
			for _, r := range f.ChatModel(m) {
				f.UsesModel(ref, r, at)
			}
		}
		for _, prompt := range p.prompts {
			f.prompt(ref, name, prompt, 0)
		}
		for _, tools := range p.tools {
			f.giveTools(ref, name, tools)
		}
	}
	if tools := v.Arg("tools", 1); tools != nil {
		f.giveTools(ref, name, tools)
	}
	if memory := v.Arg("memory", -1); memory != nil {
		f.keeps(ref, memory, v.Call)
	}
	if limit := v.Arg("max_iterations", -1); limit != nil && !limit.Is(code.Null) {
		f.Control("iteration-limit", ref, discover.Ref{}, model.Evidenced, limit.Node.Span())
	}
	if limit := v.Arg("max_execution_time", -1); limit != nil && !limit.Is(code.Null) {
		f.Control("timeout", ref, discover.Ref{}, model.Evidenced, limit.Node.Span())
	}
}

// subagents describes the dictionaries that create_deep_agent takes, and the tools that it brings along.
func (f *file) subagents(v *code.Value, ref discover.Ref, name string) {
	if !v.Ref.Is("deepagents.**") {
		return
	}
	at := v.Call.Span()
	files := discover.Of(ref, "filesystem")
	f.Element(model.Tool, files, name+" file tools", at).Technology("deepagents").
		Effect("fs-read", model.Unknown, "the files are virtual unless a backend says otherwise", at).
		Effect("fs-write", model.Unknown, "the files are virtual unless a backend says otherwise", at).
		Detail("built in: ls, read_file, write_file, edit_file")
	f.Flow(model.ToolCall, ref, files, at)
	for _, one := range v.Arg("subagents", -1).Members() {
		if !one.Is(code.Dict) {
			continue
		}
		title := one.Get("name").Str()
		if title == "" {
			title = "subagent"
		}
		sub := discover.Of(ref, title)
		f.Element(model.Agent, sub, title, one.Node.Span()).Technology("deepagents").Detail(one.Get("description").Str()).FactBecause("loops", model.No, stepLimit, one.Node.Span())
		f.Flow(model.Delegation, ref, sub, one.Node.Span())
		for _, key := range []string{"system_prompt", "prompt"} {
			if text := f.promptText(one.Get(key)); text != nil {
				f.Prompt(sub, title, text)
				break
			}
		}
		if tools := one.Get("tools"); tools != nil {
			f.giveTools(sub, title, tools)
		} else if tools := v.Arg("tools", 0); tools != nil {
			f.giveTools(sub, title, tools)
		}
		if llm := one.Get("model"); llm != nil {
			f.usesModels(sub, title, llm, v)
		}
	}
	if on := v.Arg("interrupt_on", -1); on.Is(code.Dict) {
		f.approvals(ref, on)
	}
}

// approvals places human approval on the tools that a dictionary names.
func (f *file) approvals(agent discover.Ref, on *code.Value) {
	reviewer := f.reviewer(agent, on.Node)
	f.Flow(model.Approval, agent, reviewer, on.Node.Span())
	for _, v := range f.code.DecoratedBy(toolDecorators...) {
		for _, key := range on.Keys() {
			if leave := on.Get(key); leave.Is(code.Bool) && leave.Text == "false" {
				continue // named, so that nobody is asked about it
			}
			if v.Def.Last() == key || decoratedName(f, v) == key {
				f.Control("human-approval", discover.Definition(v.Def), reviewer, model.Evidenced, on.Node.Span())
			}
		}
	}
}

// reviewer describes the person whom an agent or graph waits for.
func (f *file) reviewer(owner discover.Ref, at syntax.Node) discover.Ref {
	ref := discover.Of(owner, "reviewer")
	f.Element(model.Reviewer, ref, "person asked", at.Span()).Technology(technology).Fact("sees-agent-text", model.Yes, at.Span())
	return ref
}

// middleware reads the middleware of create_agent.
func (f *file) middleware(v *code.Value, ref discover.Ref) {
	for _, m := range v.Arg("middleware", -1).Members() {
		at := m.Node.Span()
		switch m.Ref.Last() {
		case "HumanInTheLoopMiddleware", "humanInTheLoopMiddleware":
			if on := m.Arg("interrupt_on", 0); on != nil {
				f.approvals(ref, on)
			}
		case "PIIMiddleware", "OpenAIModerationMiddleware", "piiMiddleware", "piiRedactionMiddleware", "openAIModerationMiddleware":
			guard := discover.Object(m)
			f.Element(model.Guardrail, guard, m.Ref.Last(), at).Technology("langchain")
			f.Flow(model.Enforces, guard, ref, at)
			f.Control("input-guardrail", ref, guard, model.Evidenced, at)
		case "ModelCallLimitMiddleware", "ToolCallLimitMiddleware", "modelCallLimitMiddleware", "toolCallLimitMiddleware":
			f.Control("iteration-limit", ref, discover.Ref{}, model.Evidenced, at)
		case "ShellToolMiddleware":
			tool := discover.Object(m)
			f.Element(model.Tool, tool, "shell", at).Technology("langchain").Effect("exec", model.Yes, "it runs shell commands", at)
			f.Flow(model.ToolCall, ref, tool, at)
		}
	}
}

// toolkitEffects gives agents that bring their own tool (create_sql_agent, create_pandas_dataframe_agent) that tool.
func (f *file) toolkitEffects(v *code.Value, ref discover.Ref, name string) {
	made := v.Ref.Last()
	at := v.Call.Span()
	var effects map[string]string
	switch {
	case strings.Contains(made, "sql"):
		effects = map[string]string{"db-read": model.Yes, "exec": model.No}
	case strings.Contains(made, "pandas"), strings.Contains(made, "csv"), strings.Contains(made, "python"), strings.Contains(made, "spark_dataframe"), strings.Contains(made, "xorbits"):
		effects = map[string]string{"exec": model.Yes}
	default:
		return
	}
	tool := discover.Of(ref, "tool")
	e := f.Element(model.Tool, tool, name+" tool", at).Technology("langchain")
	for _, effect := range []string{"exec", "db-read"} {
		if value, ok := effects[effect]; ok {
			e.Effect(effect, value, made+" gives its agent this tool", at)
		}
	}
	f.Flow(model.ToolCall, ref, tool, at)
}

// Package camel reads programs written with CAMEL, and with OWL, which is built on it.
//
// It finds chat agents with their system messages, models, tools and memories; societies of two that play roles, with an
// agent for each; workforces with their workers, coordinator and planner; toolkits of the library, whole or by method,
// and MCP servers.
//
// # What it does not do
//
// The agents that a workforce makes for itself when it is given none are not listed. Which methods a whole toolkit
// offers is the library's matter: it is one tool.
package camel

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
)

// Extractor finds CAMEL systems in Python.
var Extractor = &discover.Extractor{
	Name:    "camel",
	Doc:     "CAMEL and OWL: chat agents, role playing, workforces, toolkits, MCP servers, memories.",
	Match:   discover.PythonCode,
	Imports: []string{"camel", "owl.utils"},
	Run:     run,
}

const technology = "camel"

var (
	agentNames   = classes("ChatAgent", "CriticAgent", "TaskSpecifyAgent", "TaskPlannerAgent", "TaskCreationAgent", "TaskPrioritizationAgent", "EmbodiedAgent", "KnowledgeGraphAgent", "RoleAssignmentAgent", "DeductiveReasonerAgent", "RepoAgent", "ProgrammableChatAgent", "MCPAgent", "SearchAgent", "MultiHopGeneratorAgent")
	societyNames = []string{"camel.societies.RolePlaying", "camel.societies.**.RolePlaying", "owl.utils.*RolePlaying", "owl.utils.**.*RolePlaying", "camel.societies.BabyAGI", "camel.societies.**.BabyAGI"}
	forceNames   = []string{"camel.societies.workforce.Workforce", "camel.societies.workforce.**.Workforce", "camel.societies.Workforce"}
	wrapperNames = []string{"camel.toolkits.FunctionTool", "camel.toolkits.function_tool.FunctionTool", "camel.functions.OpenAIFunction", "camel.toolkits.OpenAIFunction"}
	serverNames  = []string{"camel.toolkits.MCPToolkit", "camel.toolkits.mcp_toolkit.MCPToolkit", "camel.utils.mcp_client.MCPClient", "camel.utils.mcp_client.*"}
	modelMakers  = []string{"camel.models.ModelFactory.create", "camel.models.model_factory.ModelFactory.create"}
	messageNames = []string{"camel.messages.BaseMessage", "camel.messages.**.BaseMessage", "camel.messages.BaseMessage.make_*_message", "camel.messages.**.BaseMessage.make_*_message"}
)

// classes are the names by which the library's agents are imported.
func classes(names ...string) []string {
	var all []string
	for _, n := range names {
		all = append(all, "camel.agents."+n, "camel.agents.**."+n)
	}
	return all
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.roster = &discover.Roster{
		Technology: technology,
		Actors: []discover.Actor{
			{
				Classes: agentNames, Prompt: discover.At("system_message", 0), Model: discover.At("model", 1), Tools: discover.By("tools", "external_tools"),
				Limits: []discover.Limited{
					{Control: "iteration-limit", Arg: discover.Telling{Name: "max_iteration", Position: -1}},
					{Control: "timeout", Arg: discover.Telling{Name: "step_timeout", Position: -1}},
					{Control: "timeout", Arg: discover.Telling{Name: "tool_execution_timeout", Position: -1}},
				},
				Members: discover.By("agents"), // of agents that lead others
				More:    x.more,
			},
			{
				Classes: societyNames, Kind: model.Orchestrator, Loops: "its two agents answer each other until the task is done", More: x.society,
			},
			{
				Classes: forceNames, Kind: model.Orchestrator, Detail: discover.At("description", 0), Loops: "it gives out tasks until all are done",
				Members: []discover.Telling{{Name: "coordinator_agent", Position: 2}, {Name: "task_agent", Position: 3}, {Name: "new_worker_agent", Position: 4}},
				Limits:  []discover.Limited{{Control: "timeout", Arg: discover.Telling{Name: "task_timeout_seconds", Position: -1}}},
				More:    x.workforce,
			},
		},
		Models: []discover.ModelClass{
			{Pattern: "camel.models.OllamaModel", Provider: "ollama", Args: []string{"model_type"}, Position: 0},
			{Pattern: "camel.models.*Model", Args: []string{"model_type"}, Position: 0},
			{Pattern: "camel.models.**.*Model", Args: []string{"model_type"}, Position: 0},
		},
		Box: discover.Toolbox{
			Wrappers: []discover.Wrapper{{Patterns: wrapperNames, Func: "func", Position: 0}},
			Classes:  []string{"camel.toolkits.BaseToolkit", "camel.toolkits.**.BaseToolkit"},
			Products: []string{"camel.toolkits"},
		},
		Servers: serverNames,
		Verbs:   []string{"step", "astep", "process_task", "process_task_async", "process_task_with_intervention", "init_chat", "run"},
		Runners: []string{"owl.utils.run_society", "owl.utils.arun_society", "owl.utils.**.run_society", "owl.utils.**.arun_society"},
		Given:   discover.At("society", 0),
		Other:   x.other,
		Model:   x.model,
		Text:    text,
	}
	x.Enlist(x.roster)
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	roster *discover.Roster
}

// text is what a message says; instructions may be given as one.
func text(v *code.Value) *code.Value {
	if v.Is(code.Instance) && v.Ref.Is(messageNames...) {
		for _, position := range []int{1, 3} {
			if said := v.Arg("content", position); said != nil {
				return said
			}
		}
	}
	return v
}

// more reads what only chat agents have: a name in their system message, a memory.
func (x *pass) more(a *discover.Acting) {
	for _, m := range a.Value.Arg("system_message", 0).Each() {
		if m.Is(code.Instance) && m.Ref.Is(messageNames...) {
			a.Alias(m.Arg("role_name", 0).Str())
		}
	}
	for _, m := range a.Value.Arg("memory", 2).Each() {
		if !m.Is(code.Instance) || m.Typed() || !m.Ref.Is("camel.memories.**") {
			continue
		}
		ref, at := discover.Object(m), m.Call.Span()
		e := x.Element(model.Memory, ref, x.NameOf(m), at).Technology(technology).Alias(m.Ref.Last())
		if m.Ref.Last() == "VectorDBMemory" || m.Ref.Last() == "LongtermAgentMemory" {
			e.FactBecause("persistent", model.Yes, "it is kept in a vector store", at)
		}
		x.Remembers(a.Ref, ref, at)
	}
}

// society is two agents, and perhaps a critic, that talk about a task.
func (x *pass) society(a *discover.Acting) {
	if a.Value.Ref.Last() != "BabyAGI" {
		x.pair(a.Ref, a.Name, a.Value, 0)
	}
}

// pair describes the two agents of a society from the arguments that name them, which begin at a position.
func (x *pass) pair(society discover.Ref, label string, v *code.Value, first int) {
	at := v.Call.Span()
	talk := func(part, option, kwargs string, position int) discover.Ref {
		ref := discover.Of(society, part)
		name := v.Arg(option, position).Str()
		if name == "" {
			name = label + " " + part
		}
		e := x.Element(model.Agent, ref, name, at).Technology(technology)
		given := v.Arg(kwargs, -1)
		m := given.Get("model")
		if m == nil {
			m = v.Arg("model", -1)
		}
		x.Asks(x.roster, ref, name, m)
		if x.Give(&x.roster.Box, ref, name, given.Get("tools")) > 0 {
			e.FactBecause("loops", model.Yes, "it calls tools until it gives an answer", at)
		}
		x.Flow(model.Delegation, society, ref, at)
		return ref
	}
	assistant := talk("assistant", "assistant_role_name", "assistant_agent_kwargs", first)
	user := talk("user", "user_role_name", "user_agent_kwargs", first+1)
	x.Flow(model.Message, user, assistant, at)
	x.Flow(model.Message, assistant, user, at)
	if critic := v.Arg("with_critic_in_the_loop", -1); critic.Is(code.Bool) && critic.Text == "true" {
		if v.Arg("critic_role_name", -1).Str() == "human" {
			x.Control("human-approval", society, discover.Ref{}, model.Evidenced, critic.Node.Span())
		}
	}
}

// workforce finds the workers of a workforce: those that it is made with, and those that calls add.
func (x *pass) workforce(a *discover.Acting) {
	for _, child := range a.Value.Arg("children", 1).Members() {
		if child.Is(code.Instance) && child.Ref.Is("camel.societies.workforce.**.SingleAgentWorker", "camel.societies.workforce.SingleAgentWorker") {
			x.worker(a, child.Arg("worker", 1))
		} else {
			x.worker(a, child)
		}
	}
	for _, c := range x.MethodCalls("add_single_agent_worker", "add_workforce", "add_role_playing_worker") {
		for _, run := range x.CallAs(c.Node) {
			if run.Base == nil || run.Base.Root().Key() != a.Value.Key() {
				continue
			}
			switch c.Node.Child(0).Text() {
			case "add_single_agent_worker":
				x.worker(a, run.Arg("worker", 1))
			case "add_workforce":
				x.worker(a, run.Arg("workforce", 0))
			case "add_role_playing_worker":
				ref := discover.Local(x.Path(), a.Name, run.Arg("assistant_role_name", 1).Str())
				x.Element(model.Orchestrator, ref, "role playing worker", c.Node.Span()).Technology(technology).Detail(run.Arg("description", 0).Str())
				x.Flow(model.Delegation, a.Ref, ref, c.Node.Span())
				x.pair(ref, "worker", run, 1)
			}
		}
	}
}

func (x *pass) worker(a *discover.Acting, v *code.Value) {
	for _, one := range v.Each() {
		if to, _ := x.ActorOf(x.roster, one); !to.IsZero() {
			x.Flow(model.Delegation, a.Ref, to, one.Node.Span())
		} else {
			x.Unresolved("a worker of "+a.Name, discover.WhyNot(one), one.Node.Span())
		}
	}
}

// other knows CAMEL's toolkits: whole, by method, and those that reach MCP servers.
func (x *pass) other(agent discover.Ref, name string, v *code.Value) ([]discover.Ref, bool) {
	if v.Is(code.Instance) && v.Ref.Is(wrapperNames...) {
		if f := v.Arg("func", 0); f.Is(code.External) && f.Base != nil {
			return x.other(agent, name, f)
		}
		return nil, false
	}
	root := v
	method := ""
	if v.Base != nil {
		root, method = v.Root(), v.Ref.Last()
	}
	if root == nil || !root.Is(code.Instance) || root.Typed() {
		return nil, false
	}
	switch {
	case x.Code().Derives(root.Ref, serverNames...):
		if refs, ok := x.ServersOf(root.Arg("config_path", -1)); ok {
			return refs, true
		}
		return []discover.Ref{x.ServerOf(x.roster, root)}, true
	case root.Ref.Is("camel.toolkits.**"):
		ref := x.toolkit(root, method)
		x.sandboxed(ref, root)
		return []discover.Ref{ref}, true
	}
	return nil, false
}

// toolkit describes a toolkit of the library, or one method of it.
func (x *pass) toolkit(v *code.Value, method string) discover.Ref {
	if method == "" || method == "get_tools" || method == "get_async_tools" {
		return x.ReadyTool(&x.roster.Box, v)
	}
	class, at := v.Ref.Last(), v.Call.Span()
	ref := discover.Local(x.Path(), class, method)
	e := x.Element(model.Tool, ref, method, at).Alias(class + "." + method)
	if info, ok := discover.ProductNamed("camel.toolkits." + class); ok {
		e.Product(info, at)
	} else {
		e.Technology(technology).FactBecause("third-party", model.Yes, "it comes from the library camel", at)
	}
	return ref
}

// sandboxed tells where a toolkit that runs code runs it.
func (x *pass) sandboxed(tool discover.Ref, v *code.Value) {
	option := v.Arg("sandbox", -1)
	switch option.Str() {
	case "docker", "e2b", "jupyter", "microsandbox":
		x.Control("sandbox", tool, discover.Ref{}, model.Evidenced, option.Node.Span())
	case "subprocess":
		x.Control("sandbox", tool, discover.Ref{}, model.Absent, option.Node.Span())
	}
	if docker := v.Arg("use_docker_backend", -1); docker != nil {
		x.Switch("sandbox", tool, docker)
	}
}

// model finds the model that the library's factory makes, and the one that an entry of its list of models names.
func (x *pass) model(name string, v *code.Value) ([]discover.Ref, bool) {
	kind, platform := v, (*code.Value)(nil)
	switch {
	case v.Is(code.Instance) && v.Ref.Is(modelMakers...):
		kind, platform = v.Arg("model_type", 1), v.Arg("model_platform", 0)
	case v.Is(code.List): // a platform with a type, or several models
		if len(v.Items) == 2 && v.Items[0].Ref.Is("camel.types.ModelPlatformType.*", "camel.types.**.ModelPlatformType.*") {
			kind, platform = v.Items[1], v.Items[0]
			break
		}
		var all []discover.Ref
		for _, one := range v.Members() {
			found, _ := x.model(name, one)
			all = append(all, found...)
		}
		return all, true
	case v.Is(code.External) && v.Ref.Is("camel.types.ModelType.*", "camel.types.**.ModelType.*"):
	default:
		return nil, false
	}
	provider := ""
	if platform.RefOf().Name != "" {
		provider = providerOf(platform.Ref.Last())
	} else if s := platform.Str(); s != "" {
		provider = providerOf(s)
	}
	at := v.Node.Span()
	var all []discover.Ref
	for _, one := range kind.Each() {
		switch {
		case one.Is(code.External) && one.Ref.Last() != "DEFAULT":
			all = append(all, x.ModelNamed(modelNamed(one.Ref.Last()), provider, one.Node.Span()))
		case one.Is(code.String), one.Is(code.Env):
			if ref := x.Model(one, provider); !ref.IsZero() {
				all = append(all, ref)
			}
		}
	}
	if len(all) == 0 {
		ref := discover.Named(model.Model, "camel-default")
		x.Element(model.Model, ref, "CAMEL default model", at).Technology(technology).
			FactBecause("pinned", model.No, "no model is named, so the library's version or the environment decides", at)
		all = append(all, ref)
	}
	return all, true
}

// providerOf is the usual name of a platform of the library.
func providerOf(platform string) string {
	switch lower := strings.ToLower(strings.ReplaceAll(platform, "-", "_")); lower {
	case "gemini":
		return "google"
	case "aws_bedrock", "aws_bedrock_converse":
		return "aws-bedrock"
	case "qwen", "tongyi_qianwen":
		return "alibaba"
	case "openai_compatible_model", "default", "litellm":
		return ""
	default:
		return strings.ReplaceAll(lower, "_", "-")
	}
}

// modelNamed is the name of the model that a member of the library's enumeration stands for: GPT_4O_MINI, GPT_4_1.
func modelNamed(member string) string {
	parts := strings.Split(strings.ToLower(member), "_")
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			if digit(part) && digit(parts[i-1]) && !strings.Contains(member, "CLAUDE") {
				b.WriteByte('.')
			} else {
				b.WriteByte('-')
			}
		}
		b.WriteString(part)
	}
	return b.String()
}

func digit(s string) bool { return len(s) == 1 && s[0] >= '0' && s[0] <= '9' }

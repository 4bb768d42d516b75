package autogen

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// agent describes one agent where it is made.
func (x *pass) agent(v *code.Value) {
	if v.Base != nil || v.Typed() {
		return
	}
	ref := x.ref(v)
	if !x.Once("agent:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name := x.Title(v, v.Arg("name", 0))
	at := v.Call.Span()
	if spread := v.Spread(); spread != nil {
		x.Unresolved("arguments of "+name, spread.Reason(), spread.Node.Span())
	}
	e := x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology)
	if _, symbol := v.Symbol(); symbol != "" {
		e.Alias(symbol[strings.LastIndexByte(symbol, '.')+1:])
	}
	e.Detail(v.Arg("description", -1).Str())
	for _, key := range []string{"system_message", "instructions", "prompt"} {
		if m := v.Arg(key, position(v, key)); m != nil {
			x.Prompt(ref, name, m)
			break
		}
	}
	x.models(ref, name, v)
	x.builtIn(ref, name, v)
	tools := 0
	for _, key := range []string{"tools", "functions", "function_map"} {
		if list := v.Arg(key, -1); list != nil {
			tools += x.Give(x.box, ref, name, list)
		}
	}
	for _, w := range v.Arg("workbench", -1).Members() {
		tools += x.Give(x.box, ref, name, w)
	}
	if tools > 0 {
		e.Fact("loops", loops(v), at)
		x.Limit("iteration-limit", ref, v.Arg("max_tool_iterations", -1))
	}
	x.handoffs(ref, name, v.Arg("handoffs", -1))
	for _, m := range v.Arg("memory", -1).Members() {
		x.memory(ref, name, m)
	}
	x.Limit("iteration-limit", ref, v.Arg("max_consecutive_auto_reply", -1))
	if policy := v.Arg("code_execution_config", -1); x.Code().Derives(v.Ref, oldAgents...) {
		x.oldExecution(ref, name, v, policy)
		x.humanInput(ref, v)
	}
	if executor := v.Arg("code_executor", position(v, "code_executor")); executor != nil && !executor.Is(code.Null) {
		x.executor(ref, name, executor)
		if f := v.Arg("approval_func", -1); f != nil {
			x.Switch("human-approval", discover.Of(ref, "code-executor"), f)
		}
	}
	for _, team := range []*code.Value{v.Arg("team", position(v, "team")), v.Arg("chat_manager", position(v, "chat_manager"))} {
		if to := x.actor(team); !to.IsZero() {
			x.Flow(model.Delegation, ref, to, team.Node.Span())
		}
	}
}

// position is where classes of agentchat take an argument.
func position(v *code.Value, key string) int {
	last := v.Ref.Last()
	switch {
	case key == "code_executor" && last == "CodeExecutorAgent", (key == "team" || key == "chat_manager") && last == "SocietyOfMindAgent":
		return 1
	case key == "model_client" && (strings.HasSuffix(last, "AssistantAgent") || strings.HasSuffix(last, "Surfer") || strings.HasSuffix(last, "CoderAgent")):
		return 1
	case key == "model_client" && last == "SocietyOfMindAgent":
		return 2
	case key == "system_message" && (last == "ConversableAgent" || last == "AssistantAgent") && strings.HasPrefix(v.Ref.Name, "autogen."):
		return 1
	case key == "prompt" && last == "Agent":
		return 1
	case key == "config" && last == "Agent":
		return -1
	}
	return -1
}

// loops: an assistant of agentchat calls its tools once unless it says otherwise; the older agents reply until a limit.
func loops(v *code.Value) string {
	if strings.HasPrefix(v.Ref.Name, "autogen_agentchat.") {
		n := v.Arg("max_tool_iterations", -1)
		if n == nil || n.Str() == "1" {
			return model.No
		}
	}
	return model.Yes
}

// builtIn adds the tools that some ready-made agents have without naming them.
func (x *pass) builtIn(ref discover.Ref, name string, v *code.Value) {
	at := v.Call.Span()
	for i := range ownTools {
		row := &ownTools[i]
		if !v.Ref.Is(row.patterns...) {
			continue
		}
		tool := discover.Of(ref, row.part)
		e := x.Element(model.Tool, tool, name+" "+row.part, at).Technology(technology).Detail(row.doc)
		for _, effect := range row.effects {
			e.Effect(effect, model.Yes, row.doc, at)
		}
		if row.untrusted {
			e.FactBecause("untrusted-output", model.Yes, row.doc, at)
		}
		x.Flow(model.ToolCall, ref, tool, at)
	}
	if v.Ref.Is("autogen_agentchat.**.UserProxyAgent") {
		user := discover.Of(ref, "person")
		x.Element(model.Human, user, name+" (person)", at).Fact("role", "user", at)
		x.Flow(model.Message, user, ref, at)
		x.Flow(model.Message, ref, user, at)
	}
	if v.Ref.Is("autogen.**.A2aRemoteAgent") {
		if url := v.Arg("url", 0).Str(); url != "" {
			out := discover.Named(model.External, url)
			x.Element(model.External, out, url, at).Technology("a2a").Fact("role", "remote-agent", at).Fact("third-party", model.Yes, at)
			x.Flow(model.Delegation, ref, out, at).Fact("remote", discover.YesNo(!discover.IsLoopback(url)), at)
		}
	}
	x.retrieves(ref, v)
}

// ownTools are what ready-made agents can do by themselves.
var ownTools = []struct {
	patterns  []string
	part      string
	effects   []string
	untrusted bool
	doc       string
}{
	{[]string{"autogen_ext.agents.**.MultimodalWebSurfer", "autogen.**.WebSurferAgent"}, "browser", []string{"net-read", "net-write"}, true, "steers a web browser"},
	{[]string{"autogen_ext.agents.**.FileSurfer", "autogen.**.FileSurferAgent"}, "file reader", []string{"fs-read"}, false, "reads files of a folder"},
	{[]string{"autogen_ext.agents.**.VideoSurfer"}, "video reader", []string{"fs-read"}, false, "looks at videos"},
	{[]string{"autogen.**.DeepResearchAgent"}, "web research", []string{"net-read"}, true, "searches and reads the web"},
	{[]string{"autogen.**.WikipediaAgent"}, "wikipedia", []string{"net-read"}, true, "reads Wikipedia"},
	{[]string{"autogen.**.DiscordAgent", "autogen.**.SlackAgent", "autogen.**.TelegramAgent"}, "messenger", []string{"net-read", "net-write", "message-send"}, true, "reads and sends messages of a channel"},
}

// retrieves: a retrieval agent looks things up in documents that it takes into a vector store.
func (x *pass) retrieves(ref discover.Ref, v *code.Value) {
	config := v.Arg("retrieve_config", -1)
	if !config.Is(code.Dict) {
		return
	}
	store := discover.Of(ref, "documents")
	name := config.Get("collection_name").Str()
	if name == "" {
		name = "documents"
	}
	at := config.Node.Span()
	e := x.Element(model.Knowledge, store, name, at)
	if db := config.Get("vector_db"); db.Is(code.String) {
		e.Technology(db.Text)
	}
	x.Flow(model.Retrieval, store, ref, at)
	for _, path := range config.Get("docs_path").Members() {
		text := path.Str()
		if text == "" {
			continue
		}
		source := discover.Of(store, text)
		role := "files"
		if strings.Contains(text, "://") {
			role = "site"
		}
		x.Element(model.External, source, text, path.Node.Span()).Fact("role", role, path.Node.Span())
		x.Flow(model.Index, source, store, path.Node.Span())
	}
}

// handoffs of agentchat's Swarm name the agent that the conversation goes to.
func (x *pass) handoffs(ref discover.Ref, name string, list *code.Value) {
	for _, v := range list.Members() {
		target := v
		if v.Is(code.Instance) {
			target = v.Arg("target", 0)
		}
		for _, one := range target.Members() {
			to := x.actor(one)
			if to.IsZero() && one.Is(code.String) {
				to = x.named(one.Text)
				if to.IsZero() && strings.EqualFold(one.Text, "user") {
					to = x.user(one)
				}
			}
			if to.IsZero() {
				x.Unresolved("a handoff of "+name, "no agent of this name is made here: "+one.String(), v.Node.Span())
				continue
			}
			x.Flow(model.Handoff, ref, to, v.Node.Span())
		}
	}
}

// memory is what an agent of agentchat remembers.
func (x *pass) memory(ref discover.Ref, name string, v *code.Value) {
	if !v.Is(code.Instance) || v.Typed() {
		x.Unresolved("the memory of "+name, discover.WhyNot(v), v.Node.Span())
		return
	}
	m := discover.Object(v)
	at := v.Call.Span()
	e := x.Element(model.Memory, m, x.Title(v, v.Arg("name", -1)), at).Technology(technology).Alias(v.Ref.Last())
	switch last := v.Ref.Last(); {
	case last == "ListMemory":
		e.FactBecause("persistent", model.No, "it is a list of the process", at)
	case strings.Contains(last, "Chroma"):
		e.Technology("chroma")
		if c := v.Arg("config", 0); c.Is(code.Instance) && strings.HasPrefix(c.Ref.Last(), "Persistent") {
			e.FactBecause("persistent", model.Yes, "it is kept in a folder", at)
		}
	case strings.Contains(last, "Redis"):
		e.Technology("redis").FactBecause("persistent", model.Yes, "it is kept in a store", at)
	case strings.Contains(last, "Mem0"):
		e.Technology("mem0").FactBecause("persistent", model.Yes, "it is kept in a store", at)
	}
	x.Remembers(ref, m, at)
}

// humanInput reads when an older agent asks a person.
func (x *pass) humanInput(ref discover.Ref, v *code.Value) {
	mode := v.Arg("human_input_mode", -1)
	at := v.Call.Span()
	if mode != nil {
		at = mode.Node.Span()
	}
	switch said := mode.Str(); {
	case said == "ALWAYS":
		x.Control("human-approval", ref, discover.Ref{}, model.Evidenced, at)
	case said == "NEVER":
		x.Control("human-approval", ref, discover.Ref{}, model.Absent, at)
	case mode == nil && v.Ref.Is("autogen.**.UserProxyAgent", "ag2.**.UserProxyAgent"):
		x.Control("human-approval", ref, discover.Ref{}, model.Evidenced, at)
	}
}

// oldExecution: older agents run the code blocks of messages that they get, unless they are told not to. A user
// proxy does without being told.
func (x *pass) oldExecution(ref discover.Ref, name string, v, policy *code.Value) {
	proxy := v.Ref.Is("autogen.**.UserProxyAgent", "autogen.**.*UserProxyAgent", "ag2.**.UserProxyAgent")
	if policy == nil && !proxy || policy.Is(code.Bool) && policy.Text == "false" || policy.Is(code.Null) {
		return
	}
	at := v.Call.Span()
	if policy != nil {
		at = policy.Node.Span()
	}
	if policy.Is(code.Unknown) {
		x.Unresolved("the code execution of "+name, policy.Reason(), at)
		return
	}
	if executor := policy.Get("executor"); executor.Is(code.Instance) {
		x.executor(ref, name, executor)
		return
	}
	if x.neverReplies(v) { // it would run what it answers, and is never made to answer
		return
	}
	tool := discover.Of(ref, "code-executor")
	x.Element(model.Tool, tool, name+" code executor", at).Technology(technology).
		Detail("built in: runs the code blocks of messages that it gets").
		Effect("exec", model.Yes, "code_execution_config", at)
	x.Flow(model.ToolCall, ref, tool, at)
	docker := policy.Get("use_docker")
	switch {
	case docker.Is(code.Bool) && docker.Text == "false", docker.Is(code.Null):
		x.Control("sandbox", tool, discover.Ref{}, model.Absent, docker.Node.Span())
	case docker.Is(code.Bool), docker.Is(code.String):
		x.Control("sandbox", tool, discover.Ref{}, model.Evidenced, docker.Node.Span())
	}
}

// neverReplies tells whether all that is done with an agent is to have it begin chats of one turn: it sends its message, is
// answered once, and what the answer holds is never before it as something to reply to.
func (x *pass) neverReplies(v *code.Value) bool {
	if v.Call.IsZero() || v.Typed() {
		return false
	}
	begins := 0
	return x.Code().Follow(v.Call, &code.Uses{
		Call: func(call, use syntax.Node) code.Verdict {
			callee := call.Child(0)
			if !callee.Is(syntax.Attr) || callee.Child(0) != use || !callee.TextIs("initiate_chat") && !callee.TextIs("a_initiate_chat") {
				return code.Lost
			}
			for a := range call.Children() {
				if a.Is(syntax.Spread) { // **options may set it anew
					return code.Lost
				}
			}
			if turns := call.Argument("max_turns"); !turns.Is(syntax.Number) || !turns.TextIs("1") {
				return code.Lost
			}
			begins++
			return code.Fine
		},
		Read: func(attr syntax.Node) code.Verdict {
			if attr.TextIs("name") || attr.TextIs("chat_messages") {
				return code.Fine
			}
			return code.Lost
		},
		Set: func(syntax.Node) bool { return false },
	}) && begins > 0
}

// executors tell by their class where code is run: in a sandbox, at a provider, or in the open.
var executors = []struct{ pattern, sandbox, doc string }{
	{"**.DockerCommandLineCodeExecutor", model.Yes, "runs code in a container"},
	{"**.DockerJupyterCodeExecutor", model.Yes, "runs code in a container"},
	{"**.PodmanCommandLineCodeExecutor", model.Yes, "runs code in a container"},
	{"**.ACADynamicSessionsCodeExecutor", model.Yes, "runs code in sessions of Azure Container Apps"},
	{"**.YepCodeCodeExecutor", model.Yes, "runs code in a sandbox elsewhere"},
	{"**.RemyxCodeExecutor", model.Yes, "runs code in a container"},
	{"**.EmbeddedIPythonCodeExecutor", model.No, "runs code in a process of its own machine"},
	{"**.LocalCommandLineCodeExecutor", model.No, "runs code in a process of its own machine"},
	{"**.JupyterCodeExecutor", "", "runs code in a notebook kernel"},
}

// executor describes the code executor of an agent as a tool of it.
func (x *pass) executor(ref discover.Ref, name string, v *code.Value) {
	tool := discover.Of(ref, "code-executor")
	x.executorTool(tool, name+" code executor", v)
	x.Flow(model.ToolCall, ref, tool, v.Node.Span())
}

func (x *pass) executorTool(tool discover.Ref, name string, v *code.Value) {
	at := v.Node.Span()
	e := x.Element(model.Tool, tool, name, at).Technology(technology).Effect("exec", model.Yes, "it is a code executor", at)
	e.Detail("runs code")
	known := false
	for _, one := range v.Each() {
		if !one.Is(code.Instance) {
			continue
		}
		for _, row := range executors {
			if !x.Code().Derives(one.Ref, row.pattern) {
				continue
			}
			known = true
			e.Detail(row.doc)
			switch row.sandbox {
			case model.Yes:
				x.Control("sandbox", tool, discover.Ref{}, model.Evidenced, one.Node.Span())
			case model.No:
				x.Control("sandbox", tool, discover.Ref{}, model.Absent, one.Node.Span())
			}
			x.Limit("timeout", tool, one.Arg("timeout", -1))
			break
		}
	}
	if !known {
		x.Unresolved("the code executor of "+name, discover.WhyNot(v), at)
	}
}

// toolAgent is core's agent that runs tools for others.
func (x *pass) toolAgent(v *code.Value) {
	if v.Typed() {
		return
	}
	ref := discover.Object(v)
	name := x.Title(v, v.Arg("description", 0))
	x.Element(model.Orchestrator, ref, name, v.Call.Span()).Technology(technology).Detail("runs the tools that other agents ask for")
	x.Give(x.box, ref, name, v.Arg("tools", 1))
}

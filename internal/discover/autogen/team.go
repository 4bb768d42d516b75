package autogen

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// groupNames are the group chats of the older package and the patterns of AG2.
var groupNames = []string{
	"autogen.GroupChatManager", "autogen.**.GroupChatManager", "autogen.agentchat.group.patterns.*Pattern", "autogen.agentchat.group.patterns.**.*Pattern",
	"autogen.agentchat.group.**.*Pattern", "ag2.**.GroupChatManager",
}

// members records to whom an orchestrator gives turns.
func (x *pass) members(ref discover.Ref, name string, list *code.Value) {
	for _, v := range list.Members() {
		if to := x.actor(v); !to.IsZero() {
			x.Flow(model.Delegation, ref, to, v.Node.Span())
			continue
		}
		x.Unresolved("a member of "+name, discover.WhyNot(v), v.Node.Span())
	}
}

// team describes a team of agentchat.
func (x *pass) team(v *code.Value) {
	if v.Typed() || v.Base != nil {
		return
	}
	ref := discover.Object(v)
	if !x.Once("team:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	at := v.Call.Span()
	name := x.Title(v, v.Arg("name", -1))
	e := x.Element(model.Orchestrator, ref, name, v.Site().Span(), at).Technology(technology).Alias(v.Ref.Last()).
		Detail(v.Arg("description", -1).Str()).
		FactBecause("shared-state", model.Yes, "its members see one conversation", at)
	last := v.Ref.Last()
	if !v.Ref.Is("autogen_agentchat.teams.GraphFlow", "autogen_agentchat.teams.**.GraphFlow") {
		e.FactBecause("loops", model.Yes, "it gives turns until a condition ends it", at)
	}
	for _, key := range []string{"model_client", "client"} {
		position := -1
		if key == "client" && last == "MagenticOne" {
			position = 0
		}
		if m := v.Arg(key, position); m != nil {
			for _, one := range x.ModelObjects(m, name, modelClasses) {
				x.UsesModel(ref, one, m.Node.Span())
			}
		}
	}
	for _, key := range []string{"selector_prompt", "final_answer_prompt"} {
		if prompt := v.Arg(key, -1); prompt != nil {
			x.Prompt(ref, name, prompt)
			break
		}
	}
	if last == "MagenticOne" {
		x.magentic(ref, name, v)
	} else {
		x.members(ref, name, v.Arg("participants", 0))
	}
	x.Limit("iteration-limit", ref, v.Arg("max_turns", -1))
	x.conditions(ref, v.Arg("termination_condition", -1), 0)
	x.graph(v.Arg("graph", -1))
}

// magentic is the ready-made team of a surfer, a reader, a coder and an executor.
func (x *pass) magentic(ref discover.Ref, name string, v *code.Value) {
	at := v.Call.Span()
	for _, row := range []struct{ part, tool, doc string }{
		{"WebSurfer", "browser", "steers a web browser"},
		{"FileSurfer", "file reader", "reads files of a folder"},
		{"Coder", "", "writes code"},
		{"Executor", "code executor", "runs the code that the coder writes"},
	} {
		agent := discover.Of(ref, row.part)
		x.Element(model.Agent, agent, row.part, at).Technology(technology).Detail(row.doc)
		x.Flow(model.Delegation, ref, agent, at)
		if row.tool == "" {
			continue
		}
		tool := discover.Of(agent, row.tool)
		if row.part == "Executor" {
			if executor := v.Arg("code_executor", -1); executor != nil {
				x.executorTool(tool, row.tool, executor)
			} else {
				x.Element(model.Tool, tool, row.tool, at).Technology(technology).Detail(row.doc).Effect("exec", model.Yes, row.doc, at)
			}
		} else {
			e := x.Element(model.Tool, tool, row.tool, at).Technology(technology).Detail(row.doc)
			for _, own := range ownTools {
				if own.part == row.tool {
					for _, effect := range own.effects {
						e.Effect(effect, model.Yes, own.doc, at)
					}
					if own.untrusted {
						e.FactBecause("untrusted-output", model.Yes, own.doc, at)
					}
				}
			}
		}
		x.Flow(model.ToolCall, agent, tool, at)
	}
	x.Switch("human-approval", ref, v.Arg("hil_mode", -1))
	_ = name
}

// conditions reads what ends a team's work.
func (x *pass) conditions(ref discover.Ref, v *code.Value, depth int) {
	if depth > 8 {
		return
	}
	for _, one := range v.Each() {
		if !one.Is(code.Instance) {
			continue
		}
		if one.Call.Is(syntax.Binary) {
			x.conditions(ref, one.Inside(one.Call.Child(0)), depth+1)
			x.conditions(ref, one.Inside(one.Call.Child(1)), depth+1)
			continue
		}
		for _, row := range []struct{ class, control string }{
			{"MaxMessageTermination", "iteration-limit"},
			{"TimeoutTermination", "timeout"},
			{"TokenUsageTermination", "budget-limit"},
			{"ExternalTermination", "kill-switch"},
		} {
			if one.Ref.Last() == row.class {
				x.Control(row.control, ref, discover.Ref{}, model.Evidenced, one.Node.Span())
			}
		}
	}
}

// graph joins the agents of a GraphFlow by its edges: what one says goes to the next.
func (x *pass) graph(v *code.Value) {
	builder := v.Root()
	if !builder.Is(code.Instance) {
		return
	}
	for _, c := range x.Code().CallsTo("autogen_agentchat.teams.DiGraphBuilder.add_edge", "autogen_agentchat.teams.**.DiGraphBuilder.add_edge", "autogen_agentchat.teams.DiGraphBuilder.**.add_edge") {
		for _, call := range x.Code().Rounds(c.Node) {
			if call.Is(code.Instance) {
				from, to := x.actor(call.Arg("source", 0)), x.actor(call.Arg("target", 1))
				if from.IsZero() {
					from = x.named(call.Arg("source", 0).Str())
				}
				if to.IsZero() {
					to = x.named(call.Arg("target", 1).Str())
				}
				x.Flow(model.Message, from, to, c.Node.Span())
			}
		}
	}
}

// group describes a group chat of the older package, or a pattern of AG2.
func (x *pass) group(v *code.Value) {
	if v.Typed() || v.Base != nil {
		return
	}
	ref := discover.Object(v)
	if !x.Once("team:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	at := v.Call.Span()
	name := x.Title(v, v.Arg("name", 1))
	e := x.Element(model.Orchestrator, ref, name, v.Site().Span(), at).Technology(technology).
		FactBecause("shared-state", model.Yes, "its members see one conversation", at)
	e.FactBecause("loops", model.Yes, "it gives turns until a condition ends it", at)
	x.models(ref, name, v)
	if args := v.Arg("group_manager_args", -1); args.Is(code.Dict) {
		x.config(ref, name, args.Get("llm_config"))
	}
	if chat := v.Arg("groupchat", 0); chat.Is(code.Instance) && strings.HasSuffix(v.Ref.Last(), "Manager") {
		x.members(ref, name, chat.Arg("agents", 0))
		x.Limit("iteration-limit", ref, chat.Arg("max_round", -1))
		x.Limit("iteration-limit", ref, chat.Arg("max_round", 2))
		for _, one := range chat.Arg("select_speaker_auto_llm_config", -1).Each() {
			x.config(ref, name, one)
		}
		x.transitions(chat)
	} else if strings.HasSuffix(v.Ref.Last(), "Pattern") {
		x.members(ref, name, v.Arg("agents", 1))
		if person := v.Arg("user_agent", -1); person != nil {
			x.members(ref, name, person)
		}
		if first := v.Arg("initial_agent", 0); x.isAgent(first) {
			x.Element(model.Agent, x.ref(first), "").Fact("entry", model.Yes, first.Node.Span())
		}
	} else {
		x.Unresolved("the members of "+name, discover.WhyNot(chat), at)
	}
}

// transitions are the speakers that may follow each other, where a group chat says so.
func (x *pass) transitions(chat *code.Value) {
	if chat.Arg("speaker_transitions_type", -1).Str() == "disallowed" {
		return
	}
	for _, pair := range chat.Arg("allowed_or_disallowed_speaker_transitions", -1).Members() {
		_ = pair
	}
	table := chat.Arg("allowed_or_disallowed_speaker_transitions", -1)
	for _, entry := range table.Each() {
		for _, pair := range entry.Pairs {
			from := x.actor(pair.Key)
			for _, next := range pair.Value.Members() {
				if to := x.actor(next); !from.IsZero() && !to.IsZero() && from.Key() != to.Key() {
					x.Flow(model.Message, from, to, next.Node.Span())
				}
			}
		}
	}
}

// runNames are the calls that start an agent or a team.
var runNames = []string{
	"autogen_agentchat.**.run", "autogen_agentchat.**.run_stream", "autogen_agentchat.**.on_messages", "autogen_agentchat.**.on_messages_stream",
	"autogen_ext.**.run", "autogen_ext.**.run_stream",
	"autogen.beta.Agent.ask", "autogen.beta.agent.Agent.ask", "autogen.**.ConversableAgent.run", "autogen.**.AssistantAgent.run", "autogen.**.*Agent.process",
	"autogen.**.*Agent.generate_reply", "autogen.**.*Agent.a_generate_reply", "autogen.**.*Agent.a_run",
}

// starts is whom a run starts.
func (x *pass) starts(run *code.Value) []discover.Started {
	switch on := run.Base; {
	case x.isAgent(on):
		return []discover.Started{{Ref: x.ref(on), Kind: model.Agent}}
	case x.isTeam(on):
		return []discover.Started{{Ref: discover.Object(on), Kind: model.Orchestrator}}
	}
	return nil
}

// chats looks at the conversations that older agents start with each other, and at the ways that AG2 hands them on.
func (x *pass) chats() {
	r := x.Code()
	calls := func(last ...string) []code.Call {
		var patterns []string
		for _, l := range last {
			patterns = append(patterns, "autogen.**."+l, "ag2.**."+l)
		}
		return r.CallsTo(patterns...)
	}
	for _, c := range calls("initiate_chat", "a_initiate_chat", "initiate_chats", "a_initiate_chats") {
		for _, call := range r.Rounds(c.Node) {
			from := x.receiver(c.Node)
			list := call.Arg("chat_queue", 0)
			if to := x.actor(call.Arg("recipient", 0)); !to.IsZero() {
				x.talks(from, to, model.Message, c.Node)
			}
			queue := entries(list)
			for _, item := range queue {
				sender, to := from, x.actor(item.Get("recipient"))
				if s := x.actor(item.Get("sender")); !s.IsZero() {
					sender = s
				}
				x.talks(sender, to, model.Message, item.Node)
				x.Limit("iteration-limit", to, item.Get("max_turns"))
			}
			x.carriedOver(queue, strings.HasPrefix(c.Callee.Last(), "a_"))
			if turns := call.Arg("max_turns", -1); !from.IsZero() {
				x.Limit("iteration-limit", from, turns)
			}
		}
	}
	for _, c := range calls("send", "a_send") {
		for _, call := range r.Rounds(c.Node) {
			x.talks(x.receiver(c.Node), x.actor(call.Arg("recipient", 1)), model.Message, c.Node)
		}
	}
	for _, c := range calls("register_nested_chats") {
		for _, call := range r.Rounds(c.Node) {
			from := x.receiver(c.Node)
			for _, item := range entries(call.Arg("chat_queue", 0)) {
				x.talks(from, x.actor(item.Get("recipient")), model.Delegation, item.Node)
			}
		}
	}
	for _, c := range calls("set_after_work", "add_after_work", "add_llm_condition", "add_llm_conditions", "add_context_condition", "add_context_conditions", "add_many", "register_hand_off", "register_handoff", "register_handoffs") {
		from := x.receiver(c.Node)
		if first := r.Eval(c.Node.Child(1)); from.IsZero() {
			from = x.actor(first) // register_hand_off(agent, hand_to=[…])
		}
		x.handedOn(from, c.Node)
	}
	for _, c := range calls("initiate_swarm_chat", "a_initiate_swarm_chat", "initiate_group_chat", "a_initiate_group_chat", "run_group_chat", "a_run_group_chat", "run_swarm") {
		x.swarm(c.Node)
	}
	for _, v := range r.Instances("autogen.**.ReplyResult", "autogen.**.SwarmResult") {
		x.replies(v)
	}
}

// carriedOver tells who reads what came of the chats before: of chats that are held one after the other the next in the
// list, of those that are held at once the ones that wait for others.
func (x *pass) carriedOver(queue []*code.Value, atOnce bool) {
	byID := map[string]discover.Ref{}
	var before discover.Ref
	for _, chat := range queue {
		to := x.actor(chat.Get("recipient"))
		if waits := chat.Get("prerequisites"); waits != nil {
			for _, id := range waits.Members() {
				x.talks(byID[id.Text], to, model.Message, chat.Node)
			}
		} else if !atOnce {
			x.talks(before, to, model.Message, chat.Node)
		}
		if id := chat.Get("chat_id"); id != nil {
			byID[id.Text] = to
		}
		before = to
	}
}

// entries are the dictionaries of a list.
func entries(list *code.Value) []*code.Value {
	var all []*code.Value
	for _, one := range list.Each() {
		for _, item := range one.Items {
			for _, each := range item.Each() {
				if each.Is(code.Dict) {
					all = append(all, each)
				}
			}
		}
	}
	return all
}

func (x *pass) talks(from, to discover.Ref, kind model.FlowKind, at syntax.Node) {
	if from.IsZero() || to.IsZero() || from.Key() == to.Key() {
		return
	}
	x.Flow(kind, from, to, at.Span())
}

// receiver is the agent that a method is called on, however deep: agent.handoffs.set_after_work(…).
func (x *pass) receiver(call syntax.Node) discover.Ref {
	if all := x.receivers(call); len(all) > 0 {
		return all[0]
	}
	return discover.Ref{}
}

// receivers are all agents that it may be called on, such as those that a loop goes through.
func (x *pass) receivers(call syntax.Node) (all []discover.Ref) {
	for n := call.Child(0); n.Is(syntax.Attr) && len(all) == 0; n = n.Child(0) {
		for _, v := range x.Code().Eval(n.Child(0)).Each() {
			if ref := x.actor(v); !ref.IsZero() {
				all = append(all, ref)
			}
		}
	}
	return all
}

// handedOn finds the agents that a call's arguments name as targets.
func (x *pass) handedOn(from discover.Ref, call syntax.Node) {
	if from.IsZero() {
		return
	}
	first := true
	for n := range call.Children() {
		if first {
			first = false
			continue
		}
		x.targets(from, x.Code().Eval(n), 0)
	}
}

func (x *pass) targets(from discover.Ref, v *code.Value, depth int) {
	if depth > 5 {
		return
	}
	for _, one := range v.Members() {
		to := x.actor(one)
		switch {
		case !to.IsZero():
			x.talks(from, to, model.Handoff, one.Node)
		case one.Is(code.Instance) && one.Ref.Is("autogen.**.AgentNameTarget"):
			x.talks(from, x.named(one.Arg("agent_name", 0).Str()), model.Handoff, one.Node)
		case one.Is(code.Instance) && one.Ref.Is("autogen.**.On*", "autogen.**.ON_CONDITION", "autogen.**.AFTER_WORK", "autogen.**.AfterWork*", "autogen.**.*Target", "autogen.**.FunctionTarget"):
			for _, key := range []string{"target", "agent"} {
				if t := one.Arg(key, 0); t != nil {
					x.targets(from, t, depth+1)
					break
				}
			}
		}
	}
}

// swarm is a group that a function starts without making an object: its members and where it begins.
func (x *pass) swarm(n syntax.Node) {
	call := x.Code().Eval(n)
	if !call.Is(code.Instance) {
		return
	}
	if pattern := call.Arg("pattern", 0); x.isTeam(pattern) {
		ref := discover.Object(pattern)
		x.Element(model.Orchestrator, ref, "").Fact("entry", model.Yes, n.Span())
		x.Limit("iteration-limit", ref, call.Arg("max_rounds", -1))
		return
	}
	agents := call.Arg("agents", -1)
	if agents == nil {
		return
	}
	ref := discover.Object(call)
	name := "swarm"
	x.Element(model.Orchestrator, ref, name, n.Span()).Technology(technology).
		FactBecause("loops", model.Yes, "it gives turns until a condition ends it", n.Span())
	x.members(ref, name, agents)
	x.Limit("iteration-limit", ref, call.Arg("max_rounds", -1))
	if person := call.Arg("user_agent", -1); person != nil {
		x.members(ref, name, person)
	}
}

// replies: a tool that returns ReplyResult(target=AgentTarget(b)) hands the conversation of whoever called it to b.
func (x *pass) replies(v *code.Value) {
	if v.Call.IsZero() {
		return
	}
	for up := v.Call.Parent(); !up.IsZero(); up = up.Parent() {
		if !up.Is(syntax.FuncDef) {
			continue
		}
		tool := discover.Definition(x.Code().DefinitionOf(up))
		for _, key := range []string{"target", "agent"} {
			for _, one := range v.Arg(key, -1).Each() {
				to := x.actor(one)
				if one.Is(code.Instance) && to.IsZero() {
					if to = x.actor(one.Arg("agent", 0)); to.IsZero() {
						to = x.named(one.Arg("agent_name", 0).Str())
					}
				}
				if one.Is(code.String) {
					to = x.named(one.Text)
				}
				if !to.IsZero() {
					x.Flow(model.Message, tool, to, v.Call.Span())
				}
			}
		}
		return
	}
}

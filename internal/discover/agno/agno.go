// Package agno reads programs written with Agno, and with phidata as it was called before.
//
// It finds agents, teams, workflows with their steps, tools (functions, decorated functions, toolkits of the library and
// of the project, MCP servers), models, knowledge with its vector store and what is taken into it, databases that keep
// sessions and memories, hooks and guardrails, confirmations, limits, and what AgentOS or a playground offers.
//
// # What it does not do
//
// Reasoning steps, compression and parser models are not told apart from the agent's own model. Evaluations and scorers
// are passed over.
package agno

import (
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Extractor finds Agno and phidata systems in Python.
var Extractor = &discover.Extractor{
	Name:    "agno",
	Doc:     "Agno and phidata: agents, teams, workflows, toolkits, MCP servers, knowledge, memory, hooks and guardrails.",
	Match:   discover.PythonCode,
	Imports: []string{"agno", "phi"},
	Run:     run,
}

const technology = "agno"

var (
	agentNames = []string{"agno.agent.Agent", "agno.agent.**.Agent", "phi.agent.Agent", "phi.agent.**.Agent", "phi.assistant.Assistant", "phi.assistant.**.Assistant"}
	teamNames  = []string{"agno.team.Team", "agno.team.**.Team"}
	flowNames  = []string{"agno.workflow.Workflow", "agno.workflow.**.Workflow", "phi.workflow.Workflow", "phi.workflow.**.Workflow"}
	toolNames  = []string{"agno.tools.tool", "agno.tools.decorator.tool"}
	runVerbs   = []string{"run", "arun", "print_response", "aprint_response", "cli_app", "acli_app", "run_stream"}
	serves     = []string{"agno.os.AgentOS", "agno.os.**.AgentOS", "agno.playground.**.Playground", "agno.playground.Playground", "phi.playground.Playground", "agno.app.**.*App", "agno.app.**.*API", "agno.os.interfaces.**"}
	mcpNames   = []string{"agno.tools.mcp.MCPTools", "agno.tools.mcp.**.MCPTools", "agno.tools.mcp.MultiMCPTools", "agno.tools.mcp.**.MultiMCPTools", "agno.tools.mcp_toolbox.**"}
)

// runCalls are the methods that run an agent, team or workflow.
var runCalls = sync.OnceValue(func() []string {
	var calls []string
	for _, of := range [][]string{agentNames, teamNames, flowNames} {
		for _, class := range of {
			for _, verb := range runVerbs {
				calls = append(calls, class+"."+verb)
			}
		}
	}
	return calls
})

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.sites = &discover.RunSites{Calls: runCalls(), Tools: toolNames, Starts: x.starts}
	x.box = &discover.Toolbox{
		Technology: technology, Decorators: toolNames, Classes: []string{"agno.tools.Toolkit", "agno.tools.**.Toolkit", "phi.tools.Toolkit", "phi.tools.**.Toolkit", "agno.tools.**.Function"},
		Wrappers: []discover.Wrapper{{Patterns: []string{"agno.tools.Function", "agno.tools.function.Function"}, Func: "entrypoint", Position: -1}, {Patterns: []string{"agno.tools.Function.from_callable", "agno.tools.function.Function.from_callable"}, Func: "c", Position: 0}},
		Products: []string{"agno.tools", "phi.tools"}, Other: x.otherTool, Sites: x.sites,
	}
	x.sites.Box = x.box
	r := p.Code()
	for _, v := range r.Instances(agentNames...) {
		x.agent(v)
	}
	for _, v := range r.Instances(teamNames...) {
		x.team(v)
	}
	for _, v := range r.Instances(flowNames...) {
		x.workflow(v)
	}
	for _, def := range r.ClassesOf(flowNames...) {
		x.flowClass(def)
	}
	for _, d := range r.DecoratedBy(toolNames...) {
		if d.Def.Kind == code.FuncDef {
			x.options(x.GiveFunction(x.box, discover.Ref{}, d.Def), d.Def)
		}
	}
	for _, v := range r.Instances(knowledgeNames...) {
		x.knowledge(v)
	}
	x.insertions()
	x.offered()
	x.Runs(x.sites)
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	box   *discover.Toolbox
	sites *discover.RunSites

	actors map[*code.Value]actor // those that were named already
}

// actor is an agent, team or workflow with its name; neither where something is none.
type actor struct {
	ref  discover.Ref
	kind model.Kind
}

// actor names an agent, team or workflow, and says which. It is asked of an object wherever that is described, held, run or
// offered.
func (x *pass) actor(v *code.Value) (discover.Ref, model.Kind) {
	if !v.Is(code.Instance) || v.Typed() || v.Base != nil {
		return discover.Ref{}, ""
	}
	known, ok := x.actors[v]
	if !ok {
		if x.actors == nil {
			x.actors = map[*code.Value]actor{}
		}
		known.ref, known.kind = x.namedActor(v)
		x.actors[v] = known
	}
	return known.ref, known.kind
}

func (x *pass) namedActor(v *code.Value) (discover.Ref, model.Kind) {
	switch r := x.Code(); {
	case r.Derives(v.Ref, agentNames...):
		return x.Made(v, discover.Telling{Name: "name", Position: -1}, discover.Telling{Name: "instructions", Position: -1}, discover.Telling{Name: "tools", Position: -1}), model.Agent
	case r.Derives(v.Ref, teamNames...):
		return x.Made(v, discover.Telling{Name: "name", Position: -1}, discover.Telling{Name: "members", Position: -1}), model.Orchestrator
	case r.Derives(v.Ref, flowNames...):
		if v.Ref.Def != nil && !v.Ref.Is(flowNames...) && v.Arg("steps", -1) == nil {
			return discover.Definition(v.Ref.Def), model.Orchestrator // a class whose own code conducts
		}
		return x.Made(v, discover.Telling{Name: "name", Position: -1}, discover.Telling{Name: "steps", Position: -1}), model.Orchestrator
	}
	return discover.Ref{}, ""
}

func (x *pass) agent(v *code.Value) {
	ref, kind := x.actor(v)
	if ref.IsZero() || kind != model.Agent || !x.Once("agent:"+ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name := x.Title(v, v.Arg("name", -1))
	at := v.Call.Span()
	if spread := v.Spread(); spread != nil {
		x.Unresolved("arguments of "+name, spread.Reason(), spread.Node.Span())
	}
	e := x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology)
	x.describe(e, ref, name, v)
	for _, other := range v.Arg("team", -1).Members() { // phidata: an agent with a team leads it
		if to, _ := x.actor(other); !to.IsZero() {
			x.Flow(model.Delegation, ref, to, other.Node.Span())
		}
	}
}

// describe reads what agents and teams have in common.
func (x *pass) describe(e *discover.Element, ref discover.Ref, name string, v *code.Value) {
	if _, symbol := v.Symbol(); symbol != "" {
		e.Alias(symbol[strings.LastIndexByte(symbol, '.')+1:])
	}
	for _, key := range []string{"role", "description"} {
		if s := v.Arg(key, -1).Str(); s != "" {
			e.Detail(s)
			break
		}
	}
	for _, key := range []string{"system_message", "system_prompt", "instructions", "description"} {
		if text := v.Arg(key, -1); text != nil && !text.Is(code.Null) {
			x.Prompt(ref, name, text)
			break
		}
	}
	for _, key := range []string{"model", "llm", "reasoning_model", "parser_model", "output_model"} {
		if m := v.Arg(key, -1); m != nil {
			for _, one := range x.ModelObjects(m, name, modelClasses) {
				x.UsesModel(ref, one, m.Node.Span())
			}
		}
	}
	if x.Give(x.box, ref, name, v.Arg("tools", -1)) > 0 {
		e.FactBecause("loops", model.Yes, "it calls tools until it gives an answer", v.Call.Span())
	}
	for _, key := range []string{"knowledge", "knowledge_base"} {
		for _, one := range v.Arg(key, -1).Each() {
			if k := x.knowledge(one); !k.IsZero() {
				x.Flow(model.Retrieval, k, ref, one.Node.Span())
				if update := v.Arg("update_knowledge", -1); update.Is(code.Bool) && update.Text == "true" {
					x.Flow(model.Index, ref, k, update.Node.Span())
				}
			}
		}
	}
	for _, key := range []string{"db", "memory", "storage"} {
		for _, one := range v.Arg(key, -1).Each() {
			x.memory(ref, one)
		}
	}
	if manager := v.Arg("memory_manager", -1); manager.Is(code.Instance) {
		x.memory(ref, manager.Arg("db", -1))
	}
	x.Limit("iteration-limit", ref, v.Arg("tool_call_limit", -1))
	x.Limit("iteration-limit", ref, v.Arg("max_iterations", -1))
	x.hooks(ref, name, v.Arg("pre_hooks", -1), "input-guardrail")
	x.hooks(ref, name, v.Arg("post_hooks", -1), "output-guardrail")
	x.hooks(ref, name, v.Arg("tool_hooks", -1), "argument-policy")
}

// hooks are checks when they can stop what passes: ready-made guardrails, classes that derive from them, and functions
// that raise, or around a tool keep it from being called.
func (x *pass) hooks(agent discover.Ref, name string, list *code.Value, control string) {
	for _, v := range list.Members() {
		at := v.Node.Span()
		switch {
		case v.Is(code.Instance) && !v.Typed() && x.Code().Derives(v.Ref, "agno.guardrails.**"):
			ref := discover.Object(v)
			if _, symbol := v.Symbol(); symbol == "" {
				ref = discover.Local(x.Path(), v.Ref.Last())
			}
			e := x.Element(model.Guardrail, ref, v.Ref.Last(), at).Technology(technology)
			switch v.Ref.Last() {
			case "OpenAIModerationGuardrail":
				e.FactBecause("model-based", model.Yes, "a model of the provider judges", at)
			case "PIIDetectionGuardrail", "PromptInjectionGuardrail":
				e.FactBecause("model-based", model.No, "it looks for patterns", at)
			}
			x.Flow(model.Enforces, ref, agent, at)
			x.Control(control, agent, ref, model.Evidenced, at)
		case v.Is(code.Function) && v.Ref.Def != nil && (control != "output-guardrail" || raises(v.Ref.Def.Node)):
			policy := discover.Policy{Counts: true}
			if control != "output-guardrail" {
				policy = x.PolicyOf(v.Ref.Def.Node, discover.Around())
			}
			if control == "argument-policy" && !policy.Counts && policy.Why == "" && !discover.GoesOn(v.Ref.Def.Node) {
				policy.Why = discover.WhyUnread
			}
			if !policy.Counts && policy.Why == "" || control == "input-guardrail" && policy.Why == discover.WhyElsewhere {
				continue // it looks on
			}
			ref := discover.Definition(v.Ref.Def)
			x.Element(model.Guardrail, ref, v.Ref.Def.Last(), discover.Headline(v.Ref.Def.Node)).Technology(technology).Detail(v.Ref.Def.Doc())
			x.Flow(model.Enforces, ref, agent, at)
			if policy.Why != "" {
				x.Unresolved("what "+v.Ref.Def.Last()+" lets through", policy.Why, at)
				continue
			}
			x.Control(control, agent, ref, model.Evidenced, at)
		case v.Is(code.Unknown):
			x.Unresolved("a hook of "+name, v.Reason(), at)
		}
	}
}

func raises(def syntax.Node) bool {
	found := false
	def.Walk(func(n syntax.Node) bool {
		found = found || n.Is(syntax.Raise)
		return !found
	})
	return found
}

// team describes a team: a model that leads members.
func (x *pass) team(v *code.Value) {
	ref, kind := x.actor(v)
	if ref.IsZero() || kind != model.Orchestrator || !x.Once("team:"+ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name := x.Title(v, v.Arg("name", -1))
	at := v.Call.Span()
	e := x.Element(model.Orchestrator, ref, name, v.Site().Span(), at).Technology(technology).
		FactBecause("loops", model.Yes, "its leader gives work until it answers", at)
	x.describe(e, ref, name, v)
	for _, member := range v.Arg("members", 0).Members() {
		if to, _ := x.actor(member); !to.IsZero() {
			x.Flow(model.Delegation, ref, to, member.Node.Span())
		} else {
			x.Unresolved("a member of "+name, discover.WhyNot(member), member.Node.Span())
		}
	}
	if state := v.Arg("enable_agentic_state", -1); state.Is(code.Bool) && state.Text == "true" {
		e.Fact("shared-state", model.Yes, state.Node.Span())
	}
}

// workflow describes a workflow that is made of steps.
func (x *pass) workflow(v *code.Value) {
	ref, _ := x.actor(v)
	if ref.IsZero() || v.Ref.Def != nil && v.Arg("steps", -1) == nil || !x.Once("flow:"+ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name := x.Title(v, v.Arg("name", -1))
	at := v.Call.Span()
	x.Element(model.Orchestrator, ref, name, v.Site().Span(), at).Technology(technology).Detail(v.Arg("description", -1).Str())
	x.steps(ref, name, v.Arg("steps", -1), 0)
	x.memory(ref, v.Arg("db", -1))
}

// steps finds the agents, teams and functions that the steps of a workflow run.
func (x *pass) steps(flow discover.Ref, name string, list *code.Value, depth int) {
	if depth > 6 {
		return
	}
	for _, v := range list.Members() {
		at := v.Node.Span()
		if to, _ := x.actor(v); !to.IsZero() {
			x.Flow(model.Delegation, flow, to, at)
			continue
		}
		switch {
		case v.Is(code.Function) && v.Ref.Def != nil:
			for _, to := range x.StartedIn(v.Ref.Def, x.sites) {
				x.Flow(model.Delegation, flow, to, at)
			}
		case v.Is(code.Instance) && v.Ref.Is("agno.workflow.**"):
			for _, a := range v.Args() {
				switch key := a.Key.Str(); key {
				case "agent", "team", "executor", "steps", "choices", "else_steps", "":
					x.steps(flow, name, a.Value, depth+1)
				case "max_iterations":
					x.Limit("iteration-limit", flow, a.Value)
				case "requires_confirmation":
					x.Switch("human-approval", flow, a.Value)
				}
			}
		case v.Is(code.Function), v.Is(code.String):
		case v.Is(code.Unknown):
			x.Unresolved("a step of "+name, discover.WhyNot(v), at)
		}
	}
}

// flowClass describes a class of the older kind: its agents are attributes, its run method orders them.
func (x *pass) flowClass(def *code.Def) {
	ref := discover.Definition(def)
	at := discover.Headline(def.Node)
	seen := map[string]bool{}
	join := func(to discover.Ref, where syntax.Node) {
		if !to.IsZero() && !seen[to.Key()] {
			seen[to.Key()] = true
			x.Flow(model.Delegation, ref, to, where.Span())
		}
	}
	for _, m := range x.Code().Methods(def) {
		for _, to := range x.StartedIn(m, x.sites) {
			join(to, m.Node)
		}
	}
	for block := range def.Node.All(syntax.Block) {
		for n := range block.Children() {
			if n.Is(syntax.Assign, syntax.AnnAssign) && n.Child(0).Is(syntax.Name) {
				for _, one := range x.Code().ClassValue(def, n.Child(0).Text()).Members() {
					if to, _ := x.actor(one); !to.IsZero() {
						join(to, n)
					}
				}
			}
		}
	}
	if len(seen) > 0 {
		x.Element(model.Orchestrator, ref, def.Last(), at).Technology(technology).Detail(def.Doc())
	}
}

// offered: what AgentOS, a playground or an interface offers is entered from outside.
func (x *pass) offered() {
	for _, v := range x.Code().Instances(serves...) {
		if v.Typed() {
			continue
		}
		for _, a := range v.Args() {
			for _, one := range a.Value.Members() {
				if ref, kind := x.actor(one); !ref.IsZero() {
					x.Element(kind, ref, "").FactBecause("entry", model.Yes, v.Ref.Last()+" offers it", v.Call.Span())
				}
			}
		}
	}
}

func (x *pass) starts(run *code.Value) []discover.Started {
	for _, on := range run.Base.Each() {
		if ref, kind := x.actor(on); !ref.IsZero() {
			return []discover.Started{{Ref: ref, Kind: kind}}
		}
	}
	return nil
}

package googleadk

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// The kit for Go has the same parts as that for Python, as functions that take a struct.
const goADK = "google.golang.org/adk/"

var (
	goLLM    = []string{goADK + "agent/llmagent.New"}
	goFlows  = []string{goADK + "agent/workflowagents/sequentialagent.New", goADK + "agent/workflowagents/parallelagent.New", goADK + "agent/workflowagents/loopagent.New"}
	goCustom = []string{goADK + "agent.New"}
	goRemote = []string{goADK + "agent/remoteagent.NewA2A", goADK + "agent/remoteagent.New", goADK + "agent/remoteagent.*.NewA2A"}
)

func (x *pass) golang() {
	x.kit = &discover.GoKit{
		Technology: technology,
		Makers: []discover.GoMaker{
			{Patterns: []string{goADK + "tool/functiontool.New", goADK + "tool/functiontool.NewStreaming"}, Config: 0, NameField: "Name", DescField: "Description", Func: 1},
		},
		Methods: []string{"Run", "Call", "ProcessRequest"},
		Other:   x.goOther,
	}
	r := x.Code()
	for _, v := range r.Instances(goLLM...) {
		x.goAgent(v)
	}
	for _, v := range r.Instances(append(append([]string{}, goFlows...), goCustom...)...) {
		x.goWorkflow(v)
	}
	for _, v := range r.Instances(goRemote...) {
		x.goRemoteAgent(v)
	}
	for _, v := range r.Instances(goADK+"runner.New", goADK+"runner.Config", goADK+"cmd/launcher.Config", goADK+"agent.NewSingleLoader", goADK+"agent.NewMultiLoader") {
		x.goRun(v)
	}
}

// goActor names an agent of any kind; the zero Ref when a value is none.
func (x *pass) goActor(v *code.Value) (discover.Ref, model.Kind) {
	if !v.Is(code.Instance) || v.Typed() {
		return discover.Ref{}, ""
	}
	switch {
	case v.Ref.Is(goRemote...):
		return discover.Object(v), model.External
	case v.Ref.Is(goLLM...):
		return x.goRef(v), model.Agent
	case v.Ref.Is(goFlows...), v.Ref.Is(goCustom...):
		return x.goRef(v), model.Orchestrator
	}
	return discover.Ref{}, ""
}

func (x *pass) goRef(v *code.Value) discover.Ref {
	return x.Made(v, discover.Telling{Position: 0})
}

// goAgent describes an agent with a model.
func (x *pass) goAgent(v *code.Value) {
	ref := x.goRef(v)
	if v.Typed() || !x.Once("agent:"+ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	config := v.Arg("", 0)
	name := x.Title(v, config.Arg("Name", -1))
	at := v.Call.Span()
	e := x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology).Detail(config.Arg("Description", -1).Str()).
		FactBecause("loops", model.Yes, "the runner calls it until it gives a final answer", at)
	if !config.Is(code.Instance) {
		x.Unresolved("the configuration of "+name, discover.WhyNot(config), at)
		return
	}
	if _, symbol := v.Symbol(); symbol != "" {
		e.Alias(symbol[strings.LastIndexByte(symbol, '.')+1:])
	}
	for _, key := range []string{"Instruction", "InstructionProvider", "GlobalInstruction"} {
		if text := config.Arg(key, -1); text != nil && (!text.Is(code.String) || text.Text != "") {
			x.Prompt(ref, name, filled(text))
			break
		}
	}
	if m := config.Arg("Model", -1); m != nil {
		for _, one := range x.GoModels(m, name) {
			x.UsesModel(ref, one, m.Node.Span())
		}
	}
	x.GiveGo(x.kit, ref, name, config.Arg("Tools", -1))
	for _, v := range config.Arg("Toolsets", -1).Members() {
		x.GiveGo(x.kit, ref, name, v)
	}
	x.goSubAgents(ref, name, config.Arg("SubAgents", -1), model.Handoff)
	x.goCallbacks(ref, config)
}

// goCallbacks: a function that may answer in a model's or tool's place is a check of what goes in or comes out.
func (x *pass) goCallbacks(ref discover.Ref, config *code.Value) {
	for _, c := range []struct{ field, control string }{
		{"BeforeModelCallbacks", "input-guardrail"},
		{"AfterModelCallbacks", "output-guardrail"},
	} {
		if list := config.Arg(c.field, -1); len(list.Members()) > 0 {
			x.Control(c.control, ref, discover.Ref{}, model.Evidenced, list.Node.Span())
		}
	}
	for _, v := range config.Arg("BeforeToolCallbacks", -1).Members() {
		at := v.Node.Span()
		if !v.Is(code.Function) {
			x.Unresolved("a callback before tools", discover.WhyNot(v), at)
			continue
		}
		own, name := v.Node, "a callback before tools"
		if def := v.Ref.Def; def != nil {
			own, name = def.Node, def.Last()
		}
		switch policy := x.PolicyOf(own, x.goResponds); {
		case policy.Why != "":
			x.Unresolved("what "+name+" lets through", policy.Why, at)
		case policy.Counts:
			x.Control("argument-policy", ref, discover.Ref{}, model.Evidenced, at)
		case !x.AnswersOnly(own, func(n syntax.Node) bool { return n.Is(syntax.Null) }):
			x.Unresolved("what "+name+" lets through", discover.WhyUnread, at)
		}
	}
}

func (x *pass) goSubAgents(ref discover.Ref, name string, list *code.Value, kind model.FlowKind) {
	for _, v := range list.Members() {
		to, what := x.goActor(v)
		switch {
		case to.IsZero():
			x.Unresolved("a sub-agent of "+name, discover.WhyNot(v), v.Node.Span())
		case what == model.External && kind == model.Handoff:
			x.Flow(model.Delegation, ref, to, v.Node.Span())
		default:
			x.Flow(kind, ref, to, v.Node.Span())
		}
	}
}

// goWorkflow describes an agent that only orders others, or that the project's own function runs.
func (x *pass) goWorkflow(v *code.Value) {
	ref := x.goRef(v)
	if v.Typed() || !x.Once("agent:"+ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	config := v.Arg("", 0)
	if inner := config.Arg("AgentConfig", -1); inner != nil {
		config = inner
	}
	name := x.Title(v, config.Arg("Name", -1))
	at := v.Call.Span()
	e := x.Element(model.Orchestrator, ref, name, v.Site().Span(), at).Technology(technology).Detail(config.Arg("Description", -1).Str())
	x.goSubAgents(ref, name, config.Arg("SubAgents", -1), model.Delegation)
	switch {
	case strings.Contains(v.Ref.Name, "loopagent"):
		e.FactBecause("loops", model.Yes, "it repeats its steps", at)
		x.GoLimit("iteration-limit", ref, v.Arg("", 0).Arg("MaxIterations", -1))
	case v.Ref.Is(goFlows...):
		e.FactBecause("loops", model.No, "it takes each step once", at)
	}
}

func (x *pass) goRemoteAgent(v *code.Value) {
	if v.Typed() {
		return
	}
	ref := discover.Object(v)
	config := v.Arg("", 0)
	at := v.Call.Span()
	e := x.Element(model.External, ref, x.Title(v, config.Arg("Name", -1)), at).Technology("a2a").Fact("role", "remote-agent", at).
		Detail(config.Arg("Description", -1).Str())
	url := config.Arg("AgentCardSource", -1).Str()
	if card := config.Arg("AgentCardProvider", -1); url == "" && card != nil {
		url = card.Arg("", 0).Str()
	}
	if strings.Contains(url, "://") {
		e.Alias(url)
		if discover.IsLoopback(url) {
			e.FactBecause("third-party", model.No, "it is reached on this machine", at)
		}
	}
}

// goRun reads which agents are run, and where sessions are kept.
func (x *pass) goRun(v *code.Value) {
	for _, a := range v.Args() {
		for _, one := range a.Value.Members() {
			ref, kind := x.goActor(one)
			if !ref.IsZero() && kind != model.External {
				x.GoEntry(kind, ref, "it is what the program runs", v.Call.Span())
				for _, service := range []string{"SessionService", "MemoryService"} {
					x.goService(ref, v.Arg(service, -1))
				}
			}
		}
	}
}

func (x *pass) goService(agent discover.Ref, v *code.Value) {
	for _, one := range v.Each() {
		if !one.Is(code.Instance) || one.Typed() {
			continue
		}
		ref := discover.Object(one)
		at := one.Call.Span()
		e := x.Element(model.Memory, ref, x.NameOf(one), at).Technology(technology)
		if strings.HasPrefix(one.Ref.Last(), "InMemory") {
			e.FactBecause("persistent", model.No, "it is kept in the process", at)
		} else {
			e.FactBecause("persistent", model.Yes, "it is kept outside the process", at)
		}
		x.Remembers(agent, ref, at)
	}
}

// goOther knows agents as tools, MCP toolsets and the tools of the provider.
func (x *pass) goOther(agent discover.Ref, name string, v *code.Value) (called []discover.Ref, mine bool) {
	if !v.Is(code.Instance) || v.Typed() {
		return nil, false
	}
	switch {
	case v.Ref.Is(goADK + "tool/agenttool.New"):
		to, _ := x.goActor(v.Arg("", 0))
		if to.IsZero() {
			x.Unresolved("an agent that "+name+" calls as a tool", discover.WhyNot(v.Arg("", 0)), v.Call.Span())
			return nil, true
		}
		x.Flow(model.Delegation, agent, to, v.Call.Span()).Label("as a tool")
		return nil, true
	case v.Ref.Is(goADK + "tool/mcptoolset.New"):
		ref := discover.Object(v)
		x.GoServer(ref, x.NameOf(v), v)
		return []discover.Ref{ref}, true
	case strings.HasPrefix(v.Ref.Name, goADK+"tool/geminitool."), strings.HasPrefix(v.Ref.Name, goADK+"tool/"):
		last := v.Ref.Last()
		if last == "New" {
			return nil, false
		}
		ref := discover.Named(model.Tool, v.Ref.Name)
		e := x.Element(model.Tool, ref, last, v.Call.Span()).Technology(technology)
		if info, ok := discover.Product(v.Ref); ok {
			e.Product(info, v.Call.Span())
		}
		return []discover.Ref{ref}, true
	}
	return nil, false
}

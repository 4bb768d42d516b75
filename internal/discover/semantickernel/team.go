package semantickernel

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// group describes an orchestration or a group chat of Semantic Kernel.
func (x *pass) group(v *code.Value) {
	if v.Typed() || v.Base != nil {
		return
	}
	ref := discover.Object(v)
	if !x.Once("team:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name := x.Title(v, v.Arg("name", -1))
	at := v.Call.Span()
	e := x.Element(model.Orchestrator, ref, name, v.Site().Span(), at).Technology(kernel).Alias(v.Ref.Last())
	if last := v.Ref.Last(); last == "SequentialOrchestration" || last == "ConcurrentOrchestration" {
		e.FactBecause("loops", model.No, "each member works once", at)
	} else {
		e.FactBecause("loops", model.Yes, "its members go on until a condition ends it", at).FactBecause("shared-state", model.Yes, "its members share a conversation", at)
	}
	members := v.Arg("members", 0)
	if members == nil {
		members = v.Arg("agents", 0)
	}
	x.members(ref, name, members)
	if manager := v.Arg("manager", 1); manager.Is(code.Instance) {
		x.Limit("iteration-limit", ref, manager.Arg("max_rounds", -1))
		x.Limit("iteration-limit", ref, manager.Arg("max_round_count", -1))
		for _, key := range []string{"chat_completion_service", "service"} {
			for _, m := range manager.Arg(key, -1).Each() {
				if x.isService(m) {
					for _, one := range x.ModelObjects(m, name, modelClasses) {
						x.UsesModel(ref, one, m.Node.Span())
					}
				}
			}
		}
	}
	if strategy := v.Arg("termination_strategy", -1); strategy.Is(code.Instance) {
		x.Limit("iteration-limit", ref, strategy.Arg("maximum_iterations", -1))
	}
	for _, key := range []string{"selection_strategy", "termination_strategy"} {
		x.strategy(ref, v.Arg(key, -1))
	}
	x.handoffTable(v.Arg("handoffs", -1))
}

// promptFunctions make a function of a kernel that puts one question to its model.
var promptFunctions = []string{"semantic_kernel.**.KernelFunctionFromPrompt", "semantic_kernel.**.KernelFunction.from_prompt"}

// strategy describes the question by which a group chat has a model decide who speaks next, or whether it is at an end: it
// reads all that the members say.
func (x *pass) strategy(chat discover.Ref, v *code.Value) {
	if !v.Is(code.Instance) || !v.Ref.Is("semantic_kernel.**.KernelFunctionSelectionStrategy", "semantic_kernel.**.KernelFunctionTerminationStrategy") {
		return
	}
	for _, asked := range v.Arg("function", -1).Each() {
		if !asked.Is(code.Instance) || asked.Typed() || !asked.Ref.Is(promptFunctions...) {
			continue
		}
		ref := discover.Object(asked)
		name := x.Title(asked, asked.Arg("function_name", 0))
		x.Element(model.Agent, ref, name, asked.Site().Span(), asked.Call.Span()).Technology(kernel).Detail(asked.Arg("description", -1).Str()).
			FactBecause("loops", model.No, "it puts one question", asked.Call.Span())
		prompt := asked.Arg("prompt", -1)
		if config := asked.Arg("prompt_template_config", -1); prompt == nil && config != nil {
			prompt = config.Arg("template", -1)
		}
		if prompt != nil {
			x.Prompt(ref, name, prompt)
		}
		x.Flow(model.Delegation, chat, ref, v.Node.Span())
		if k := v.Arg("kernel", -1); k.Is(code.Instance) {
			x.added(k, func(verb string, call *code.Value) {
				if verb == "add_service" || verb == "service" {
					x.served(ref, name, verb, call)
				}
			})
		}
	}
}

func (x *pass) members(ref discover.Ref, name string, list *code.Value) {
	for _, one := range list.Members() {
		found := x.actors(one)
		for _, to := range found {
			x.Flow(model.Delegation, ref, to, one.Node.Span())
		}
		if len(found) == 0 && (one.Is(code.Unknown) || one.Typed()) {
			x.Unresolved("a member of "+name, discover.WhyNot(one), one.Node.Span())
		}
	}
}

// handoffTable reads OrchestrationHandoffs: a dictionary, or calls of add and add_many one after the other.
func (x *pass) handoffTable(v *code.Value) {
	one := func(from, to *code.Value) {
		source, target := x.whom(from), x.whom(to)
		if !source.IsZero() && !target.IsZero() && source.Key() != target.Key() {
			x.Flow(model.Handoff, source, target, to.Node.Span())
		}
	}
	for step := v; step != nil; step = step.Base {
		switch step.Ref.Last() {
		case "add":
			one(step.Arg("source_agent", 0), step.Arg("target_agent", 1))
		case "add_many":
			source := step.Arg("source_agent", 0)
			targets := step.Arg("target_agents", 1)
			for _, t := range targets.Each() {
				for _, pair := range t.Pairs {
					one(source, pair.Key)
				}
				for _, item := range t.Items {
					one(source, item)
				}
			}
		case "OrchestrationHandoffs":
			for _, t := range step.Arg("", 0).Each() {
				for _, pair := range t.Pairs {
					for _, inner := range pair.Value.Each() {
						for _, to := range inner.Pairs {
							one(pair.Key, to.Key)
						}
					}
				}
			}
		}
	}
}

// whom finds an agent by itself or by its name.
func (x *pass) whom(v *code.Value) discover.Ref {
	if ref, _ := x.actor(v); !ref.IsZero() {
		return ref
	}
	if v.Is(code.External) && v.Base != nil { // agent.name
		if ref, _ := x.actor(v.Base); !ref.IsZero() {
			return ref
		}
	}
	return x.named(v.Str())
}

// edges are the calls on a builder that join participants.
var edges = map[string]bool{
	"add_edge": true, "add_chain": true, "add_fan_out_edges": true, "add_fan_in_edges": true, "add_handoff": true, "participants": true, "with_start_agent": true,
	"set_start_executor": true, "with_standard_manager": true, "with_manager": true, "set_manager": true, "with_orchestrator": true, "set_coordinator": true,
	"add_agent": true, "register_participants": true, "add_switch_case_edge_group": true, "add_multi_selection_edge_group": true, "with_max_rounds": true,
	"with_request_info": true, "with_plan_review": true, "with_max_iterations": true,
}

// builder describes a workflow or orchestration of Agent Framework by what its builder is told.
func (x *pass) builder(v *code.Value) {
	if v.Typed() || v.Base != nil {
		return
	}
	ref := discover.Object(v)
	if !x.Once("team:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	at := v.Call.Span()
	class := v.Ref.Last()
	name := x.Title(v, v.Arg("name", -1))
	if name == class || name == "builder" {
		name = strings.TrimSuffix(class, "Builder") + " workflow"
	}
	seen := map[string]bool{}
	var members []discover.Ref
	join := func(list *code.Value) []discover.Ref {
		var all []discover.Ref
		for _, one := range list.Members() {
			for _, to := range x.actors(one) {
				all = append(all, to)
				if !seen[to.Key()] {
					seen[to.Key()] = true
					members = append(members, to)
					x.Flow(model.Delegation, ref, to, one.Node.Span())
				}
			}
		}
		return all
	}
	flows := func(kind model.FlowKind, from, to []discover.Ref, where syntax.Node) {
		for _, a := range from {
			for _, b := range to {
				if a.Key() != b.Key() {
					x.Flow(kind, a, b, where.Span())
				}
			}
		}
	}
	handedOn := false
	read := func(verb string, call *code.Value, where syntax.Node) {
		switch verb {
		case "add_edge":
			flows(model.Message, join(call.Arg("source", 0)), join(call.Arg("target", 1)), where)
		case "add_fan_out_edges", "add_switch_case_edge_group", "add_multi_selection_edge_group":
			targets := call.Arg("targets", 1)
			if targets == nil {
				targets = call.Arg("cases", 1)
			}
			flows(model.Message, join(call.Arg("source", 0)), join(targets), where)
		case "add_fan_in_edges":
			flows(model.Message, join(call.Arg("sources", 0)), join(call.Arg("target", 1)), where)
		case "add_chain":
			var before []discover.Ref
			for _, one := range call.Arg("executors", 0).Members() {
				now := join(one)
				flows(model.Message, before, now, where)
				before = now
			}
		case "add_handoff":
			handedOn = true
			flows(model.Handoff, join(call.Arg("source", 0)), join(call.Arg("targets", 1)), where)
		case "with_max_rounds", "with_max_iterations":
			x.Limit("iteration-limit", ref, call.Arg("", 0))
		case "with_request_info", "with_plan_review":
			x.Control("human-approval", ref, discover.Ref{}, model.Evidenced, where.Span())
		default:
			for _, a := range call.Args() {
				join(a.Value)
			}
		}
	}
	for _, a := range v.Args() {
		switch key := a.Key.Str(); key {
		case "participants", "start_executor", "orchestrator_agent", "manager_agent", "coordinator", "agents", "":
			join(a.Value)
		case "max_rounds", "max_round_count", "max_iterations":
			x.Limit("iteration-limit", ref, a.Value)
		case "enable_plan_review":
			x.Switch("human-approval", ref, a.Value)
		}
	}
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		if !callee.Is(syntax.Attr) || !edges[callee.Text()] {
			continue
		}
		for _, run := range x.CallAs(c.Node) {
			for _, on := range run.Base.Each() {
				if on.Root().Key() == v.Key() {
					read(callee.Text(), run, c.Node)
				}
			}
		}
	}
	if class == "HandoffBuilder" && !handedOn { // who names no rules lets everybody hand on to everybody
		flows(model.Handoff, members, members, v.Call)
	}
	if len(members) == 0 {
		return // steps without an agent in them
	}
	e := x.Element(model.Orchestrator, ref, name, v.Site().Span(), at).Technology(framework).Alias(class)
	switch class {
	case "SequentialBuilder", "ConcurrentBuilder":
		e.FactBecause("loops", model.No, "each participant works once", at)
	case "GroupChatBuilder", "HandoffBuilder", "MagenticBuilder":
		e.FactBecause("loops", model.Yes, "its participants go on until a condition ends it", at).FactBecause("shared-state", model.Yes, "its participants share a conversation", at)
	}
}

// Package bedrock reads programs that make or call agents of Amazon Bedrock through the AWS SDK in Python and TypeScript,
// those that use its inline agent SDK and AgentCore, and infrastructure that makes such agents: constructs of the CDK in
// both languages, templates of CloudFormation and SAM, and what stands as plain text in Terraform's blocks.
//
// It finds agents that create_agent makes and that invoke_inline_agent describes in its call, with models, instructions,
// guardrails, action groups and knowledge bases; supervisors with their collaborators; objects of InlineAgent; agents
// that exist already and are called by their id; memories, gateways and the service of AgentCore.
//
// # What it does not do
//
// The code of a Lambda function behind an action group is not tied to it. Terraform's language is not read: variables,
// modules and loops are not followed. An association that names its agent by an id
// is taken to be about the agent that was made last before it in the same file.
package bedrock

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds agents of Amazon Bedrock in programs and in infrastructure code.
var Extractor = &discover.Extractor{
	Name:  "bedrock",
	Doc:   "Amazon Bedrock: agents, inline agents, action groups, collaborators, knowledge bases, guardrails, AgentCore.",
	Match: wanted,
	Imports: []string{
		"boto3", "aioboto3", "InlineAgent", "bedrock_agentcore", "bedrock_agentcore_starter_toolkit", "aws_cdk.aws_bedrock", "aws_cdk.aws_bedrock_alpha",
		"cdklabs.generative_ai_cdk_constructs", "@aws-sdk/client-bedrock-agent", "@aws-sdk/client-bedrock-agent-runtime", "aws-cdk-lib/aws-bedrock",
		"aws-cdk-lib/custom-resources", "@aws-cdk/aws-bedrock-alpha", "@cdklabs/generative-ai-cdk-constructs", "cdk-s3-vectors",
	},
	Traces: []string{"AWS::Bedrock::", "aws_bedrockagent_"},
	Run:    run,
}

// wanted takes code, templates and Terraform's files.
func wanted(file string) bool {
	switch syntax.LanguageOf(file) {
	case syntax.YAML, syntax.JSON:
		return true
	}
	return discover.PythonCode(file) || discover.ScriptCode(file) || strings.HasSuffix(file, ".tf")
}

const (
	technology = "bedrock-agents"
	provider   = "aws-bedrock"
)

var (
	inlineNames  = []string{"InlineAgent.agent.InlineAgent", "InlineAgent.InlineAgent", "InlineAgent.**.InlineAgent", "InlineAgent.agent.CollaboratorAgent", "InlineAgent.**.CollaboratorAgent"}
	groupNames   = []string{"InlineAgent.action_group.*ActionGroup", "InlineAgent.action_group.ActionGroup", "InlineAgent.**.ActionGroup"}
	serverNames  = []string{"InlineAgent.tools.MCPStdio.create", "InlineAgent.tools.MCPHttp.create", "InlineAgent.tools.MCP*", "InlineAgent.**.MCPStdio.create", "InlineAgent.**.MCPHttp.create"}
	memoryMakers = []string{"create_memory", "create_memory_and_wait"}
)

// verbs are the operations that are looked for, each with an argument that only the AWS SDK calls so.
var verbs = map[string]string{
	"create_agent": "agentName", "invoke_inline_agent": "inputText", "create_agent_action_group": "actionGroupName",
	"associate_agent_collaborator": "collaboratorName", "associate_agent_knowledge_base": "knowledgeBaseId", "create_knowledge_base": "knowledgeBaseConfiguration",
	"invoke_agent": "agentAliasId", "create_gateway": "protocolType", "create_gateway_target": "targetConfiguration",
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.roster = &discover.Roster{
		Technology: technology, Provider: provider,
		Actors: []discover.Actor{{
			Classes: inlineNames, Name: discover.By("agent_name"), Prompt: discover.At("instruction", 1), Model: discover.At("foundation_model", 0),
			Members: discover.By("collaborators"), More: x.inlineObject,
		}},
		Servers: serverNames,
		Verbs:   []string{"invoke", "invoke_inline_agent"},
	}
	switch {
	case strings.HasSuffix(p.Path(), ".tf"):
		x.terraform()
		return nil
	case p.Code() == nil:
		x.template()
		return nil
	}
	x.cdk()
	if discover.ScriptCode(p.Path()) {
		x.sdk()
		return nil
	}
	x.Prepare(x.roster)
	for _, c := range p.Code().Calls() {
		callee := c.Node.Child(0)
		if !callee.Is(syntax.Attr) {
			continue
		}
		key, ok := verbs[callee.Text()]
		if !ok {
			continue
		}
		for _, round := range x.CallAs(c.Node) {
			if round.Arg(key, -1) != nil {
				x.operation(callee.Text(), round, c.Node)
			}
		}
	}
	x.Enlist(x.roster)
	x.agentCore()
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	roster *discover.Roster
	last   discover.Ref // the agent that was made last
	agents map[string]discover.Ref
	lastKB discover.Ref
}

// operation reads one call of the SDK.
func (x *pass) operation(verb string, v *code.Value, call syntax.Node) {
	at := call.Span()
	switch verb {
	case "create_agent":
		ref, name := x.named(v, "agentName", at)
		e := x.Element(model.Agent, ref, name, at).Technology(technology).Detail(v.Arg("description", -1).Str())
		x.described(e, name, v, at)
		x.last = ref
	case "invoke_inline_agent":
		ref, name := x.named(v, "agentName", at)
		e := x.Element(model.Agent, ref, name, at).Technology(technology).Fact("entry", model.Yes, at)
		x.described(e, name, v, at)
		for _, group := range v.Arg("actionGroups", -1).Items {
			x.group(ref, name, group.Get, group.Node.Span())
		}
		for _, base := range items(v.Arg("knowledgeBases", -1)) {
			x.Flow(model.Retrieval, x.base(base.Get("knowledgeBaseId"), base.Node.Span()), ref, base.Node.Span())
		}
		for _, other := range items(v.Arg("collaborators", -1)) {
			to := discover.Of(ref, other.Get("agentName").Str())
			sub := x.Element(model.Agent, to, other.Get("agentName").Str(), other.Node.Span()).Technology(technology)
			x.Prompt(to, other.Get("agentName").Str(), other.Get("instruction"))
			x.UsesModel(to, x.Model(other.Get("foundationModel"), provider), other.Node.Span())
			x.Flow(model.Delegation, ref, sub.Ref, other.Node.Span())
			for _, group := range items(other.Get("actionGroups")) {
				x.group(to, other.Get("agentName").Str(), group.Get, group.Node.Span())
			}
		}
	case "create_agent_action_group":
		x.group(x.owner("an action group", at), "the agent", func(key string) *code.Value { return v.Arg(key, -1) }, at)
	case "associate_agent_knowledge_base":
		if owner := x.owner("a knowledge base", at); !owner.IsZero() {
			base := x.lastKB
			if base.IsZero() {
				base = x.base(v.Arg("knowledgeBaseId", -1), at)
			}
			x.Flow(model.Retrieval, base, owner, at)
		}
	case "create_knowledge_base":
		name := v.Arg("name", -1).Str()
		if name == "" {
			name = "knowledge base"
		}
		x.lastKB = discover.Local(x.Path(), "knowledge-base", name)
		x.Element(model.Knowledge, x.lastKB, name, at).Technology("aws-bedrock").Detail(v.Arg("description", -1).Str()).
			FactBecause("third-party", model.Yes, "the provider keeps it", at)
	case "associate_agent_collaborator":
		owner := x.owner("a collaborator", at)
		name := v.Arg("collaboratorName", -1).Str()
		to, ok := x.agents[name]
		if !ok && name != "" {
			to = discover.Local(x.Path(), "collaborator", name)
			x.Element(model.Agent, to, name, at).Technology(technology).Detail("known here only as a collaborator")
		}
		if to.IsZero() {
			x.Unresolved("a collaborator", "its name is not known", at)
			return
		}
		x.Flow(model.Delegation, owner, to, at).Label(name)
	case "invoke_agent":
		ref := x.last
		if ref.IsZero() {
			id := v.Arg("agentId", -1)
			name := id.Str()
			if id.Is(code.Env) && name == "" {
				name = "$" + id.Text
			}
			if name == "" {
				name = "Bedrock agent"
			}
			ref = discover.Local(x.Path(), "called", name)
			x.Element(model.Agent, ref, name, at).Technology(technology).Detail("it exists at the provider and is called by its id").Alias(around(call))
		}
		x.Element(model.Agent, ref, "").Fact("entry", model.Yes, at)
	case "create_gateway":
		x.gateway(v, at)
	case "create_gateway_target":
		x.target(v)
	}
}

// around is the name of the outermost function that a call stands in.
func around(n syntax.Node) string {
	name := ""
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		switch {
		case p.Is(syntax.FuncDef):
			name = p.Text()
		case p.Is(syntax.Lambda) && p.Parent().Is(syntax.Assign) && p.Parent().Child(0).Is(syntax.Name):
			name = p.Parent().Child(0).Text()
		}
	}
	return name
}

// named is an agent by the name that the call gives it.
func (x *pass) named(v *code.Value, key string, at source.Span) (discover.Ref, string) {
	name := v.Arg(key, -1).Str()
	if name == "" || len(v.Arg(key, -1).Each()[0].Holes) > 0 {
		ref := discover.Object(v)
		return ref, x.Title(v, v.Arg(key, -1))
	}
	ref := discover.Local(x.Path(), "agent", name)
	if x.agents == nil {
		x.agents = map[string]discover.Ref{}
	}
	x.agents[name] = ref
	return ref, name
}

// described reads what made agents and inline agents have in common.
func (x *pass) described(e *discover.Element, name string, v *code.Value, at source.Span) {
	x.Prompt(e.Ref, name, v.Arg("instruction", -1))
	x.Asks(x.roster, e.Ref, name, v.Arg("foundationModel", -1))
	if mode := v.Arg("agentCollaboration", -1).Str(); mode == "SUPERVISOR" || mode == "SUPERVISOR_ROUTER" {
		e.FactBecause("loops", model.Yes, "it supervises other agents until it answers", at)
	}
	x.guard(e.Ref, v.Arg("guardrailConfiguration", -1))
	if memory := v.Arg("memoryConfiguration", -1); memory.Is(code.Dict) {
		ref := discover.Of(e.Ref, "memory")
		x.Element(model.Memory, ref, name+" memory", memory.Node.Span()).Technology(technology).
			FactBecause("persistent", model.Yes, "the provider keeps it between sessions", memory.Node.Span())
		x.Remembers(e.Ref, ref, memory.Node.Span())
	}
}

func (x *pass) guard(agent discover.Ref, v *code.Value) {
	if v == nil || v.Is(code.Null) {
		return
	}
	x.guarded(agent, v.Node.Span())
}

// guarded describes the provider's guardrail around an agent.
func (x *pass) guarded(agent discover.Ref, at source.Span) {
	guard := discover.Of(agent, "guardrail")
	x.Element(model.Guardrail, guard, "Bedrock guardrail", at).Technology(provider).Fact("third-party", model.Yes, at)
	x.Flow(model.Enforces, guard, agent, at)
	x.Control("input-guardrail", agent, guard, model.Evidenced, at)
	x.Control("output-guardrail", agent, guard, model.Evidenced, at)
}

// owner is the agent that an association is about.
func (x *pass) owner(what string, at source.Span) discover.Ref {
	if x.last.IsZero() {
		x.Unresolved(what, "the agent that it is for is not made in this file", at)
	}
	return x.last
}

// items are the dictionaries of a list.
func items(v *code.Value) []*code.Value {
	var all []*code.Value
	for _, list := range v.Each() {
		for _, one := range list.Items {
			if one.Is(code.Dict) {
				all = append(all, one)
			}
		}
	}
	return all
}

// group reads an action group: the functions that an agent may call, or a tool of the provider.
func (x *pass) group(agent discover.Ref, owner string, get func(string) *code.Value, at source.Span) {
	if agent.IsZero() {
		return
	}
	defer x.ToolsOf(agent)()
	name := get("actionGroupName").Str()
	if built := get("parentActionGroupSignature").Str(); built != "" {
		ref := discover.Of(agent, built)
		e := x.Element(model.Tool, ref, built, at).Technology(technology)
		if built == "AMAZON.CodeInterpreter" {
			e.Effect("exec", model.Yes, "it runs the code that the agent writes, in the provider's sandbox", at)
		}
		if built != "AMAZON.UserInput" {
			x.Flow(model.ToolCall, agent, ref, at)
		}
		return
	}
	found := 0
	for _, f := range items(get("functionSchema").Get("functions")) {
		label := f.Get("name").Str()
		if label == "" {
			continue
		}
		found++
		ref := discover.Of(agent, label)
		x.Element(model.Tool, ref, label, f.Node.Span()).Technology(technology).Detail(f.Get("description").Str()).Alias(name)
		x.Flow(model.ToolCall, agent, ref, f.Node.Span())
		if f.Get("requireConfirmation").Str() == "ENABLED" {
			x.Control("human-approval", ref, discover.Ref{}, model.Evidenced, f.Get("requireConfirmation").Node.Span())
		}
	}
	if found > 0 {
		return
	}
	if name == "" {
		x.UnresolvedTools("an action group of "+owner, "its functions are not known here", at)
		return
	}
	ref := discover.Of(agent, name) // its functions stand in a document
	x.Element(model.Tool, ref, name, at).Technology(technology).Detail(get("description").Str())
	x.Flow(model.ToolCall, agent, ref, at)
}

// base is a knowledge base that is known by its id.
func (x *pass) base(id *code.Value, at source.Span) discover.Ref {
	name := id.Str()
	if name == "" {
		name = "knowledge base"
	}
	ref := discover.Local(x.Path(), "knowledge-base", name)
	x.Element(model.Knowledge, ref, name, at).Technology("aws-bedrock").FactBecause("third-party", model.Yes, "the provider keeps it", at)
	return ref
}

// inlineObject reads the action groups of an object of the inline agent SDK.
func (x *pass) inlineObject(a *discover.Acting) {
	for _, list := range a.Value.Arg("action_groups", -1).Each() {
		for _, item := range list.Items {
			for _, group := range item.Each() {
				x.inlineGroup(a, group)
			}
		}
	}
	for _, base := range a.Value.Arg("knowledge_bases", -1).Members() {
		if base.Is(code.Instance) {
			x.Flow(model.Retrieval, x.base(base.Arg("name", 0), base.Node.Span()), a.Ref, base.Node.Span())
		}
	}
	x.guard(a.Ref, a.Value.Arg("guardrail", -1))
}

// inlineGroup reads an action group of the inline agent SDK: an object, or a dictionary of the same words.
func (x *pass) inlineGroup(a *discover.Acting, group *code.Value) {
	defer x.ToolsOf(a.Ref)()
	get := group.Get
	switch {
	case group.Is(code.Instance) && x.Code().Derives(group.Ref, groupNames...):
		get = func(key string) *code.Value { return group.Arg(key, -1) }
	case !group.Is(code.Dict):
		x.UnresolvedTools("an action group of "+a.Name, discover.WhyNot(group), group.Node.Span())
		return
	}
	if x.Give(&x.roster.Box, a.Ref, a.Name, get("tools"))+x.Give(&x.roster.Box, a.Ref, a.Name, get("mcp_clients")) > 0 {
		a.FactBecause("loops", model.Yes, "it calls tools until it gives an answer", group.Node.Span())
	}
}

// gateway is an MCP server that the provider runs in front of functions and services.
func (x *pass) gateway(v *code.Value, at source.Span) {
	name := v.Arg("name", -1).Str()
	if name == "" {
		name = "gateway"
	}
	ref := discover.Local(x.Path(), "gateway")
	x.roster.Once("gateway")
	x.MCP(discover.MCPServer{Ref: ref, Name: name, Transport: "http", At: at}).FactBecause("third-party", model.Yes, "the provider runs it", at)
	switch kind := v.Arg("authorizerType", -1); kind.Str() {
	case "CUSTOM_JWT", "AWS_IAM":
		x.Control("access-control", ref, discover.Ref{}, model.Evidenced, kind.Node.Span())
	case "NONE":
		x.Control("access-control", ref, discover.Ref{}, model.Absent, kind.Node.Span())
	}
}

// target is what a gateway offers as tools.
func (x *pass) target(v *code.Value) {
	payload := v.Arg("targetConfiguration", -1).Get("mcp").Get("lambda").Get("toolSchema").Get("inlinePayload")
	for _, one := range items(payload) {
		if name := one.Get("name").Str(); name != "" {
			if x.roster.Once("gateway") { // it may be made elsewhere
				x.MCP(discover.MCPServer{Ref: discover.Local(x.Path(), "gateway"), Name: "gateway", Transport: "http", At: one.Node.Span()})
			}
			ref := discover.Local(x.Path(), "gateway", name)
			x.Element(model.Tool, ref, name, one.Node.Span()).Technology(technology).Detail(one.Get("description").Str())
			x.Flow(model.Provides, discover.Local(x.Path(), "gateway"), ref, one.Node.Span())
		}
	}
}

// agentCore reads the parts of AgentCore: the service that runs an agent, and memories.
func (x *pass) agentCore() {
	r := x.Code()
	for _, v := range r.Instances("bedrock_agentcore.BedrockAgentCoreApp", "bedrock_agentcore.runtime.BedrockAgentCoreApp", "bedrock_agentcore.**.BedrockAgentCoreApp") {
		if v.Typed() || v.Base != nil {
			continue
		}
		at := v.Call.Span()
		x.Element(model.Service, discover.Object(v), "AgentCore runtime", at).Technology("aws-agentcore").Fact("transport", "http", at)
	}
	for _, c := range r.CallsTo("bedrock_agentcore.memory.MemoryClient.*", "bedrock_agentcore.memory.**.MemoryClient.*") {
		verb := c.Callee.Last()
		for _, maker := range memoryMakers {
			if verb != maker {
				continue
			}
			for _, round := range r.Rounds(c.Node) {
				name := round.Arg("name", 0).Str()
				if name == "" {
					name = "memory"
				}
				ref := discover.Local(x.Path(), "memory", strings.ToLower(name))
				x.Element(model.Memory, ref, name, c.Node.Span()).Technology("aws-agentcore").
					FactBecause("persistent", model.Yes, "the provider keeps it between sessions", c.Node.Span()).
					FactBecause("third-party", model.Yes, "the provider keeps it", c.Node.Span())
			}
		}
	}
}

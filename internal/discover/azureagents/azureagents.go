// Package azureagents reads programs that make agents at a provider through its client: Azure AI Agents, and the
// Assistants of OpenAI's and Azure OpenAI's API.
//
// It finds agents with their instructions, models and tools (functions of the program, hosted tools, OpenAPI documents,
// MCP servers, connected agents), sets of tools that are filled call by call, and where agents are run.
//
// # What it does not do
//
// An agent that exists at the provider already and is only fetched by its id is not described: nothing here says what it
// is. A function that is offered as a schema alone has no effects, because its code is not tied to it.
package azureagents

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
)

// Extractor finds agents of Azure AI and assistants of OpenAI in Python.
var Extractor = &discover.Extractor{
	Name:    "azureagents",
	Doc:     "Azure AI Agents and OpenAI Assistants: agents made through a client, their tools, connected agents, runs.",
	Match:   discover.PythonCode,
	Imports: []string{"azure.ai.projects", "azure.ai.agents", "openai"},
	Run:     run,
}

const technology = "azure-ai-agents"

var (
	makers = []string{
		"azure.ai.projects.**.agents.create_agent", "azure.ai.projects.**.agents.create_version", "azure.ai.projects.**.agents.create",
		"azure.ai.agents.AgentsClient.create_agent", "azure.ai.agents.**.AgentsClient.create_agent", "azure.ai.agents.**.create_agent",
	}
	assistantMakers = []string{"openai.*.beta.assistants.create"}
	toolSets        = []string{"azure.ai.agents.models.ToolSet", "azure.ai.agents.models.AsyncToolSet", "azure.ai.projects.models.ToolSet", "azure.ai.projects.models.AsyncToolSet"}
	functionTools   = []string{"azure.ai.agents.models.FunctionTool", "azure.ai.agents.models.AsyncFunctionTool", "azure.ai.projects.models.FunctionTool", "azure.ai.projects.models.AsyncFunctionTool"}
	connectedTools  = []string{"azure.ai.agents.models.ConnectedAgentTool", "azure.ai.projects.models.ConnectedAgentTool"}
	serverTools     = []string{"azure.ai.agents.models.McpTool", "azure.ai.agents.models.MCPTool", "azure.ai.projects.models.McpTool", "azure.ai.projects.models.MCPTool"}
	hostedTools     = []string{"azure.ai.agents.models.*Tool", "azure.ai.projects.models.*Tool", "azure.ai.agents.models.*ToolDefinition", "azure.ai.projects.models.*ToolDefinition"}
	definitions     = []string{"azure.ai.projects.models.PromptAgentDefinition", "azure.ai.projects.models.AgentDefinition"}
)

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	row := discover.Actor{
		Classes: makers, Made: true, Name: discover.By("name", "agent_name"), Detail: discover.By("description"), Prompt: discover.By("instructions"),
		Model: discover.By("model"), Tools: discover.By("tools", "toolset"), More: x.definition,
	}
	assistant := row
	assistant.Classes, assistant.More = assistantMakers, x.descriptions
	x.roster = &discover.Roster{
		Technology: technology,
		Actors:     []discover.Actor{row, assistant},
		Box:        discover.Toolbox{Products: []string{"azure.ai.agents"}},
		Runners: []string{
			"azure.ai.projects.**.create_run", "azure.ai.projects.**.create_and_process_run", "azure.ai.projects.**.runs.create", "azure.ai.projects.**.runs.create_and_process",
			"azure.ai.projects.**.create_stream", "azure.ai.projects.**.runs.stream", "azure.ai.agents.**.runs.create", "azure.ai.agents.**.runs.create_and_process",
			"azure.ai.agents.**.runs.stream", "azure.ai.agents.**.create_thread_and_run", "azure.ai.agents.**.create_thread_and_process_run", "azure.ai.projects.**.create_thread_and_process_run",
			"openai.*.beta.threads.runs.create", "openai.*.beta.threads.runs.create_and_poll", "openai.*.beta.threads.runs.stream", "openai.*.beta.threads.create_and_run",
		},
		Given: discover.By("agent_id", "assistant_id"),
		Other: x.other,
		Reading: func(s discover.Started, run *code.Value) {
			x.Limit("budget-limit", s.Ref, run.Arg("max_completion_tokens", -1))
			x.Limit("budget-limit", s.Ref, run.Arg("max_prompt_tokens", -1))
		},
	}
	x.Enlist(x.roster)
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	roster *discover.Roster
}

// descriptions reads tools that dictionaries describe.
func (x *pass) descriptions(a *discover.Acting) {
	for _, list := range a.Value.Arg("tools", -1).Each() {
		for _, one := range list.Items {
			if one.Is(code.Dict) {
				for _, ref := range x.described(a.Ref, one) {
					x.Flow(model.ToolCall, a.Ref, ref, one.Node.Span())
				}
			}
		}
	}
}

// definition reads an agent whose model, instructions and tools stand in a definition of their own.
func (x *pass) definition(a *discover.Acting) {
	x.descriptions(a)
	for _, d := range a.Value.Arg("definition", -1).Each() {
		if !d.Is(code.Instance) || !d.Ref.Is(definitions...) {
			continue
		}
		x.Prompt(a.Ref, a.Name, d.Arg("instructions", -1))
		x.Asks(x.roster, a.Ref, a.Name, d.Arg("model", -1))
		if x.Give(&x.roster.Box, a.Ref, a.Name, d.Arg("tools", -1)) > 0 {
			a.FactBecause("loops", model.Yes, "it calls tools until it gives an answer", d.Call.Span())
		}
	}
}

// other knows what such an agent takes as a tool.
func (x *pass) other(agent discover.Ref, name string, v *code.Value) ([]discover.Ref, bool) {
	if !v.Is(code.Instance) || v.Typed() {
		return nil, false
	}
	at := v.Node.Span()
	switch {
	case x.Code().Derives(v.Ref, toolSets...):
		var all []discover.Ref
		for _, c := range x.MethodCalls("add") {
			for _, run := range x.CallAs(c.Node) {
				for _, on := range run.Base.Each() {
					if on.Key() == v.Key() {
						all = append(all, x.Tools(&x.roster.Box, agent, name, run.Arg("tool", 0))...)
					}
				}
			}
		}
		return all, true
	case x.Code().Derives(v.Ref, functionTools...):
		if functions := v.Arg("functions", 0); functions != nil {
			var all []discover.Ref
			for _, f := range functions.Members() {
				all = append(all, x.Tools(&x.roster.Box, agent, name, f)...)
			}
			return all, true
		}
		return []discover.Ref{x.schema(agent, v.Arg("name", -1).Str(), v.Arg("description", -1).Str(), v)}, true
	case v.Ref.Is(connectedTools...):
		if to, _ := x.ActorOf(x.roster, v.Arg("id", 0)); !to.IsZero() {
			x.Flow(model.Delegation, agent, to, at).Label(v.Arg("name", 1).Str())
		} else {
			x.Unresolved("a connected agent of "+name, discover.WhyNot(v.Arg("id", 0)), at)
		}
		return nil, true
	case v.Ref.Is(serverTools...):
		ref := x.ServerOf(x.roster, v)
		if allowed := v.Arg("allowed_tools", -1); len(allowed.Members()) > 0 {
			x.Control("tool-allow-list", ref, discover.Ref{}, model.Evidenced, allowed.Node.Span())
		}
		x.approval(ref, v.Arg("require_approval", -1))
		for _, c := range x.MethodCalls("set_approval_mode") {
			for _, run := range x.CallAs(c.Node) {
				if run.Base != nil && run.Base.Key() == v.Key() {
					x.approval(ref, run.Arg("require_approval", 0))
				}
			}
		}
		return []discover.Ref{ref}, true
	case v.Ref.Is(hostedTools...):
		return []discover.Ref{x.ReadyTool(&x.roster.Box, v)}, true
	}
	return nil, false
}

// approval places the control that a tool's calls wait for a person.
func (x *pass) approval(on discover.Ref, mode *code.Value) {
	switch mode.Str() {
	case "always":
		x.Control("human-approval", on, discover.Ref{}, model.Evidenced, mode.Node.Span())
	case "never":
		x.Control("human-approval", on, discover.Ref{}, model.Absent, mode.Node.Span())
	}
}

// described is a tool that a dictionary describes: a hosted one by its type, a function by its schema.
func (x *pass) described(agent discover.Ref, v *code.Value) []discover.Ref {
	kind := v.Get("type").Str()
	if kind == "function" {
		f := v.Get("function")
		if f == nil {
			f = v
		}
		return []discover.Ref{x.schema(agent, f.Get("name").Str(), f.Get("description").Str(), v)}
	}
	if kind == "" {
		return nil
	}
	ref := discover.Local(x.Path(), kind)
	e := x.Element(model.Tool, ref, kind, v.Node.Span())
	if info, ok := discover.ProductNamed("azure.ai.agents." + camel(kind) + "Tool"); ok {
		e.Product(info, v.Node.Span())
	} else {
		e.Technology(technology)
	}
	return []discover.Ref{ref}
}

// camel is code_interpreter as CodeInterpreter.
func camel(s string) string {
	var b strings.Builder
	for _, part := range strings.Split(s, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// schema is a function that is offered to the model by name, and called by code that sees only the name.
func (x *pass) schema(agent discover.Ref, name, description string, v *code.Value) discover.Ref {
	if name == "" {
		x.UnresolvedTools("a tool of "+agent.Key(), "its name is not known", v.Node.Span())
		return discover.Ref{}
	}
	ref := discover.Local(x.Path(), "function", name)
	for _, def := range x.Code().Functions() { // the usual way: a function of the same name answers
		if def.Last() == name && !strings.Contains(def.Name, ".") {
			return x.FunctionTool(def, name, description, technology).Ref
		}
	}
	x.Element(model.Tool, ref, name, v.Node.Span()).Technology(technology).Detail(description)
	return ref
}

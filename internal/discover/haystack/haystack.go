// Package haystack reads programs written with Haystack 2.
//
// It finds agents with their generators, tools and limits; pipelines that ask a model, as orchestrators with the agents,
// tools, retrievers and prompts among their components; tools (functions, decorated functions, components, whole
// pipelines, toolsets, MCP servers); document stores, who reads them and who writes into them.
//
// # What it does not do
//
// Pipelines that only convert and write documents are no part of the system by themselves: their store is known from
// whoever reads it. Pipelines that are loaded from YAML are not read.
package haystack

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
)

// Extractor finds Haystack systems in Python.
var Extractor = &discover.Extractor{
	Name:    "haystack",
	Doc:     "Haystack: agents, pipelines, tools, generators, retrievers, document stores, MCP servers.",
	Match:   discover.PythonCode,
	Imports: []string{"haystack", "haystack_integrations", "haystack_experimental"},
	Run:     run,
}

const technology = "haystack"

var (
	agentNames      = []string{"haystack.components.agents.Agent", "haystack.components.agents.**.Agent", "haystack_experimental.components.agents.Agent", "haystack_experimental.components.agents.**.Agent"}
	pipelineNames   = []string{"haystack.Pipeline", "haystack.AsyncPipeline", "haystack.core.pipeline.**.Pipeline", "haystack.core.pipeline.**.AsyncPipeline", "haystack.core.pipeline.Pipeline", "haystack.pipeline.Pipeline"}
	generatorNames  = []string{"haystack.components.generators.**", "haystack_integrations.components.generators.**", "haystack_experimental.components.generators.**"}
	retrieverNames  = []string{"haystack.components.retrievers.**.*Retriever", "haystack.components.retrievers.*Retriever", "haystack_integrations.components.retrievers.**.*Retriever"}
	storeNames      = []string{"haystack.document_stores.**.*DocumentStore", "haystack_integrations.document_stores.**.*DocumentStore"}
	searchNames     = []string{"haystack.components.websearch.**", "haystack_integrations.components.websearch.**", "haystack.components.fetchers.**", "haystack_integrations.components.fetchers.**"}
	invokerNames    = []string{"haystack.components.tools.ToolInvoker", "haystack.components.tools.**.ToolInvoker"}
	builderNames    = []string{"haystack.components.builders.*PromptBuilder", "haystack.components.builders.**.*PromptBuilder"}
	writerNames     = []string{"haystack.components.writers.DocumentWriter", "haystack.components.writers.**.DocumentWriter"}
	superComponents = []string{"haystack.SuperComponent", "haystack.core.super_component.SuperComponent", "haystack.core.super_component.**.SuperComponent"}
	functionMakers  = []string{"haystack.tools.create_tool_from_function", "haystack.tools.**.create_tool_from_function"}
	toolNames       = []string{"haystack.tools.Tool", "haystack.tools.**.Tool", "haystack.dataclasses.Tool", "haystack_experimental.dataclasses.Tool"}
)

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.roster = &discover.Roster{
		Technology: technology,
		Actors: []discover.Actor{
			{
				Classes: agentNames, Prompt: discover.At("system_prompt", 2), Model: discover.At("chat_generator", 0), Tools: discover.At("tools", 1),
				Limits: []discover.Limited{{Control: "iteration-limit", Arg: discover.Telling{Name: "max_agent_steps", Position: -1}}},
				More:   x.approved,
			},
			{Classes: pipelineNames, Kind: model.Orchestrator, Accept: x.asking, More: x.pipeline},
		},
		Models: []discover.ModelClass{
			{Pattern: "haystack.**.AzureOpenAI*Generator", Provider: "azure", Args: []string{"azure_deployment"}, Position: 1},
			{Pattern: "haystack.**.OpenAI*Generator", Args: []string{"model"}, Position: 1},
			{Pattern: "haystack.**.HuggingFaceLocal*Generator", Provider: "local", Args: []string{"model"}, Position: 0},
			{Pattern: "haystack.**.HuggingFaceAPI*Generator", Provider: "huggingface", Args: []string{"model"}, Position: -1},
			{Pattern: "haystack_integrations.**.Anthropic*Generator", Provider: "anthropic", Args: []string{"model"}, Position: -1},
			{Pattern: "haystack_integrations.**.Ollama*Generator", Provider: "ollama", Args: []string{"model"}, Position: 0},
			{Pattern: "haystack_integrations.**.AmazonBedrock*Generator", Provider: "aws-bedrock", Args: []string{"model"}, Position: 0},
			{Pattern: "haystack_integrations.**.Mistral*Generator", Provider: "mistral", Args: []string{"model"}, Position: 1},
			{Pattern: "haystack_integrations.**.Cohere*Generator", Provider: "cohere", Args: []string{"model"}, Position: 1},
			{Pattern: "haystack_integrations.**.Google*Generator", Provider: "google", Args: []string{"model"}, Position: -1},
			{Pattern: "haystack_integrations.**.Vertex*Generator", Provider: "google", Args: []string{"model"}, Position: 0},
			{Pattern: "haystack_integrations.**.*Generator", Args: []string{"model"}, Position: -1},
			{Pattern: "haystack.**.*Generator", Args: []string{"model"}, Position: -1},
			{Pattern: "haystack_experimental.**.*Generator", Args: []string{"model"}, Position: -1},
		},
		Box: discover.Toolbox{
			Decorators: []string{"haystack.tools.tool", "haystack.tools.**.tool"},
			Wrappers: []discover.Wrapper{
				{Patterns: functionMakers, Func: "function", Position: 0},
				{Patterns: toolNames, Func: "function", Position: 3},
			},
			Products: []string{"haystack.components"},
		},
		Servers: []string{"haystack_integrations.tools.mcp.*", "haystack_integrations.tools.mcp.**.*"},
		Verbs:   []string{"run", "run_async", "run_async_generator"},
		Other:   x.other,
	}
	x.Enlist(x.roster)
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	roster *discover.Roster
}

// approved: an agent's tools may wait for a person.
func (x *pass) approved(a *discover.Acting) {
	for _, key := range []string{"confirmation_strategies", "human_in_the_loop_strategies"} {
		if v := a.Value.Arg(key, -1); v != nil && !v.Is(code.Null) {
			x.Control("human-approval", a.Ref, discover.Ref{}, model.Evidenced, v.Node.Span())
		}
	}
}

// component is what a pipeline is given under a name.
type component struct {
	name  string
	value *code.Value
}

// components lists what calls add to a pipeline.
func (x *pass) components(pipeline *code.Value) []component {
	var all []component
	for _, c := range x.MethodCalls("add_component") {
		for _, run := range x.CallAs(c.Node) {
			for _, on := range run.Base.Each() {
				if on.Key() == pipeline.Key() {
					for _, one := range run.Arg("instance", 1).Each() {
						all = append(all, component{run.Arg("name", 0).Str(), one})
					}
				}
			}
		}
	}
	return all
}

// asking tells whether a pipeline asks a model, gives work to an agent or calls tools.
func (x *pass) asking(pipeline *code.Value) bool {
	r := x.Code()
	for _, c := range x.components(pipeline) {
		if r.Derives(c.value.Ref, generatorNames...) || r.Derives(c.value.Ref, agentNames...) || r.Derives(c.value.Ref, invokerNames...) {
			return true
		}
	}
	return false
}

// pipeline reads the components of a pipeline.
func (x *pass) pipeline(a *discover.Acting) {
	defer x.ToolsOf(a.Ref)()
	r := x.Code()
	x.Limit("iteration-limit", a.Ref, a.Value.Arg("max_runs_per_component", -1))
	for _, c := range x.components(a.Value) {
		v, at := c.value, c.value.Node.Span()
		switch {
		case !v.Is(code.Instance):
			x.UnresolvedTools("the component "+c.name+" of "+a.Name, discover.WhyNot(v), at)
		case r.Derives(v.Ref, agentNames...):
			if to, _ := x.ActorOf(x.roster, v); !to.IsZero() {
				x.Flow(model.Delegation, a.Ref, to, at)
			}
		case r.Derives(v.Ref, generatorNames...):
			x.Asks(x.roster, a.Ref, a.Name, v)
			x.Give(&x.roster.Box, a.Ref, a.Name, v.Arg("tools", -1))
		case r.Derives(v.Ref, invokerNames...):
			x.Give(&x.roster.Box, a.Ref, a.Name, v.Arg("tools", 0))
		case r.Derives(v.Ref, builderNames...):
			x.prompt(a, v.Arg("template", 0))
		case r.Derives(v.Ref, writerNames...):
			x.Flow(model.Index, a.Ref, x.store(v.Arg("document_store", 0)), at)
		case r.Derives(v.Ref, retrieverNames...):
			x.Flow(model.Retrieval, x.store(v.Arg("document_store", 0)), a.Ref, at)
		case r.Derives(v.Ref, searchNames...):
			x.Flow(model.ToolCall, a.Ref, x.ReadyTool(&x.roster.Box, v), at)
		case r.Derives(v.Ref, superComponents...):
			x.inside(a.Ref, a.Ref, v)
		}
	}
}

// prompt reads a template: what stands in double braces is written into it when the pipeline runs.
func (x *pass) prompt(a *discover.Acting, template *code.Value) {
	if template == nil {
		return
	}
	if holes := strings.Contains(said(template), "{{"); holes {
		x.Element(model.Prompt, discover.Of(a.Ref, "prompt"), a.Name+" instructions", template.Node.Span()).
			FactBecause("untrusted-text", model.Yes, "what the pipeline is given is written into its template", template.Node.Span())
	}
	text := &code.Value{Kind: code.List, Node: template.Node}
	for _, one := range template.Members() {
		if one.Is(code.Instance) { // ChatMessage.from_user("…")
			one = one.Arg("text", 0)
		}
		if one != nil {
			text.Items = append(text.Items, one)
		}
	}
	x.Prompt(a.Ref, a.Name, text)
}

// said is all text of a template.
func said(v *code.Value) string {
	var b strings.Builder
	for _, one := range v.Members() {
		if one.Is(code.Instance) {
			one = one.Arg("text", 0)
		}
		b.WriteString(one.Str())
	}
	return b.String()
}

// inside joins an actor to the pipeline that a component is made of; what the pipeline finds without asking a model goes
// to whom it is for: the actor, or the tool that the component is.
func (x *pass) inside(from, to discover.Ref, v *code.Value) {
	for _, one := range v.Arg("pipeline", 0).Each() {
		if flow, _ := x.ActorOf(x.roster, one); !flow.IsZero() {
			x.Flow(model.Delegation, from, flow, v.Node.Span())
			continue
		}
		for _, c := range x.components(one) {
			switch {
			case x.Code().Derives(c.value.Ref, retrieverNames...):
				x.Flow(model.Retrieval, x.store(c.value.Arg("document_store", 0)), to, v.Node.Span())
			case x.Code().Derives(c.value.Ref, searchNames...) && from.Key() != to.Key():
				x.Element(model.Tool, to, "").Effect("net-read", model.Yes, "its pipeline reads the web", c.value.Node.Span())
			}
		}
	}
}

// store describes a document store.
func (x *pass) store(v *code.Value) discover.Ref {
	for _, one := range v.Each() {
		if !one.Is(code.Instance) || one.Typed() || !x.Code().Derives(one.Ref, storeNames...) {
			continue
		}
		ref, at := discover.Object(one), one.Call.Span()
		product := strings.ToLower(strings.TrimSuffix(one.Ref.Last(), "DocumentStore"))
		e := x.Element(model.Knowledge, ref, x.NameOf(one), at).Technology(product).Alias(one.Ref.Last())
		if product == "inmemory" {
			e.Technology("in-memory").FactBecause("persistent", model.No, "it is kept in the program's memory", at)
		}
		return ref
	}
	return discover.Ref{}
}

// other knows what Haystack takes as a tool beyond functions: components, pipelines, sets of tools.
func (x *pass) other(agent discover.Ref, name string, v *code.Value) ([]discover.Ref, bool) {
	if !v.Is(code.Instance) || v.Typed() {
		return nil, false
	}
	r := x.Code()
	switch {
	case v.Ref.Is("haystack.tools.Toolset", "haystack.tools.**.Toolset", "haystack.tools.SearchableToolset"):
		return x.Tools(x.box(), agent, name, v.Arg("tools", 0)), true
	case v.Ref.Is("haystack.tools.ComponentTool", "haystack.tools.**.ComponentTool"):
		c := v.Arg("component", 0)
		if to, _ := x.ActorOf(x.roster, c); !to.IsZero() {
			x.Flow(model.Delegation, agent, to, v.Node.Span())
			return nil, true
		}
		return []discover.Ref{x.componentTool(agent, v, c)}, true
	case v.Ref.Is("haystack.tools.PipelineTool", "haystack.tools.**.PipelineTool"):
		ref := x.made(v)
		x.inside(agent, ref, v)
		return []discover.Ref{ref}, true
	case r.Derives(v.Ref, "haystack_integrations.tools.mcp.*", "haystack_integrations.tools.mcp.**.*"):
		ref := x.ServerOf(x.roster, v)
		for _, key := range []string{"tool_names", "name"} {
			if list := v.Arg(key, -1); list != nil && (list.Is(code.List) || key == "name") {
				x.Control("tool-allow-list", ref, discover.Ref{}, model.Evidenced, list.Node.Span())
			}
		}
		return []discover.Ref{ref}, true
	}
	return nil, false
}

func (x *pass) box() *discover.Toolbox { return &x.roster.Box }

// made is a tool that is made of a component or a pipeline.
func (x *pass) made(v *code.Value) discover.Ref {
	name := v.Arg("name", -1).Str()
	if name == "" {
		name = x.NameOf(v)
	}
	ref := discover.Object(v)
	x.Element(model.Tool, ref, name, v.Call.Span()).Technology(technology).Detail(v.Arg("description", -1).Str())
	return ref
}

// componentTool is a tool that runs a component: of the library, by the table of products; of the program, by its code.
func (x *pass) componentTool(agent discover.Ref, v, c *code.Value) discover.Ref {
	ref := x.made(v)
	e := x.Element(model.Tool, ref, "", v.Call.Span())
	if info, ok := discover.ProductNamed("haystack.components." + c.RefOf().Last()); ok {
		e.Product(info, v.Call.Span())
	} else if def := c.RefOf().Def; def != nil {
		e.Effects(x.EffectsOf(def))
		x.Covers(ref, discover.Definition(def))
	}
	if c.Is(code.Instance) && x.Code().Derives(c.Ref, superComponents...) {
		x.inside(agent, ref, c)
	}
	if c.Is(code.Instance) && x.Code().Derives(c.Ref, retrieverNames...) {
		x.Flow(model.Retrieval, x.store(c.Arg("document_store", 0)), ref, v.Call.Span())
	}
	return ref
}

// Package vertexagents reads programs that make or deploy agents with Vertex AI's Agent Engine.
//
// It finds the library's own agents (LangchainAgent, LanggraphAgent, AG2Agent, LlamaIndexQueryPipelineAgent) with their
// models, instructions and tools, and which agents a program deploys: those are entered from outside through the
// service that the provider runs for them. An agent of the Agent Development Kit inside an AdkApp is described by the
// extractor of that kit.
//
// # What it does not do
//
// A deployed agent that is only fetched by its name is not described. Dialogflow CX agents are not read. Function
// declarations that are given to a model without an agent belong to the extractor of providers' clients.
package vertexagents

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
)

// Extractor finds agents of Vertex AI in Python.
var Extractor = &discover.Extractor{
	Name:    "vertexagents",
	Doc:     "Vertex AI Agent Engine: its own agents, tools, models, deployments.",
	Match:   discover.PythonCode,
	Imports: []string{"vertexai"},
	Run:     run,
}

const technology = "vertex-agents"

var (
	agentNames  = classes("LangchainAgent", "LanggraphAgent", "AG2Agent", "LlamaIndexQueryPipelineAgent")
	appNames    = []string{"vertexai.agent_engines.AdkApp", "vertexai.preview.reasoning_engines.AdkApp", "vertexai.agent_engines.templates.**.AdkApp"}
	deployments = []string{
		"vertexai.agent_engines.create", "vertexai.preview.reasoning_engines.ReasoningEngine.create", "vertexai.Client.agent_engines.create", "vertexai.**.agent_engines.create", "vertexai.agent_engines.AgentEngine.create",
		"vertexai.agent_engines.update", "vertexai.**.agent_engines.update",
	}
)

// classes are the names by which the library's agents are imported.
func classes(names ...string) []string {
	var all []string
	for _, n := range names {
		all = append(all, "vertexai.agent_engines."+n, "vertexai.agent_engines.**."+n, "vertexai.preview.reasoning_engines."+n, "vertexai.preview.reasoning_engines.**."+n)
	}
	return all
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.roster = &discover.Roster{
		Technology: technology, Provider: "google",
		Actors: []discover.Actor{{
			Classes: agentNames, Prompt: discover.By("system_instruction", "prompt"), Model: discover.At("model", 0), Tools: discover.By("tools"), More: x.more,
		}},
		Verbs: []string{"query", "stream_query", "async_query", "async_stream_query"},
	}
	x.Enlist(x.roster)
	for _, v := range p.Code().Instances(deployments...) {
		x.deployed(v)
	}
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	roster *discover.Roster
}

// more reads what keeps an agent's conversation.
func (x *pass) more(a *discover.Acting) {
	for _, key := range []string{"chat_history", "checkpointer_builder"} {
		if v := a.Value.Arg(key, -1); v.Is(code.Function) {
			ref := discover.Of(a.Ref, "history")
			x.Element(model.Memory, ref, a.Name+" history", v.Node.Span()).Technology(technology)
			x.Remembers(a.Ref, ref, v.Node.Span())
		}
	}
}

// deployed: the provider runs an agent as a service.
func (x *pass) deployed(v *code.Value) {
	at := v.Node.Span()
	given := v.Arg("agent_engine", 0)
	for _, key := range []string{"agent", "reasoning_engine"} {
		if given == nil {
			given = v.Arg(key, -1)
		}
	}
	for _, one := range given.Each() {
		if one.Is(code.Instance) && x.Code().Derives(one.Ref, appNames...) {
			one = one.Arg("agent", 0)
		}
		for _, agent := range one.Each() {
			ref, _ := x.ActorOf(x.roster, agent)
			kit := agent.Is(code.Instance) && !agent.Typed() && agent.Ref.Is("google.adk.**")
			if kit {
				ref = discover.Object(agent)
			}
			if ref.IsZero() {
				x.Unresolved("the agent that is deployed", discover.WhyNot(agent), at)
				continue
			}
			if !kit {
				x.Element(model.Agent, ref, "").FactBecause("entry", model.Yes, "it is deployed as a service", at)
			}
			service := discover.Of(ref, "agent-engine")
			x.Element(model.Service, service, "Agent Engine", at).Technology("vertex-agent-engine").Fact("transport", "http", at).
				FactBecause("third-party", model.Yes, "the provider runs it", at)
			x.Flow(model.Provides, service, ref, at)
		}
	}
}

// Package langgraph reads LangGraph and LangChain programs written in Python, TypeScript and JavaScript.
//
// A graph builder (StateGraph) is an orchestrator. Its nodes are steps: a step that asks a model is an agent, a step
// that runs tools or only computes is not, and edges through such steps join the agents at their ends. So
// "writer -> tools -> writer -> cleanup -> reviewer" is one agent with tools that hands over to another.
//
// What a node does is found by following its function: through methods, closures that a factory returned, helpers of
// the project, chains such as prompt | llm.bind_tools(tools). Prebuilt agents (create_agent, create_react_agent,
// AgentExecutor, supervisors, swarms) are agents as they stand.
//
// Outside of graphs, what asks a model with a prompt of its own is an agent that asks once: a chain (prompt | llm | parser)
// that a variable holds or a function makes, else the function, method or file that asks. A step of a graph that asks
// through such a chain or function is the agent in its stead. A function that only passes on what it is given stands for
// those that call it with words of their own.
//
// # What it does not do
//
// It does not run path functions: where an edge goes is taken from the mapping, the Literal annotation, or the
// constants that the function returns. A target that is computed is recorded as unresolved.
package langgraph

import (
	"slices"
	"sync"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// chatModels are the patterns of the classes of chat models.
var chatModels = sync.OnceValue(discover.ChatModelClasses)

// technology marks what this package finds.
const technology = "langgraph"

// Extractor finds LangGraph and LangChain agents.
var Extractor = &discover.Extractor{
	Name: "langgraph",
	Doc:  "LangGraph and LangChain (Python, TypeScript). Graphs and their nodes, prebuilt agents, tools, chat models, retrievers, memory; the graphs that a langgraph.json offers.",
	Match: func(name string) bool {
		return discover.PythonOrScript(name) || syntax.LanguageOf(name) == syntax.JSON
	},
	Traces: []string{"\"graphs\""},
	Imports: []string{
		"langgraph", "langgraph_supervisor", "langgraph_swarm", "langgraph_bigtool", "langmem", "deepagents",
		"langchain", "langchain_core", "langchain_classic", "langchain_community", "langchain_experimental", "langchain_text_splitters",
		"langchain_openai", "langchain_anthropic", "langchain_google_genai", "langchain_google_vertexai", "langchain_google_community",
		"langchain_aws", "langchain_groq", "langchain_ollama", "langchain_mistralai", "langchain_cohere", "langchain_huggingface",
		"langchain_deepseek", "langchain_xai", "langchain_fireworks", "langchain_together", "langchain_nvidia_ai_endpoints",
		"langchain_azure_ai", "langchain_ibm", "langchain_litellm", "langchain_perplexity", "langchain_cerebras",
		"langchain_chroma", "langchain_pinecone", "langchain_postgres", "langchain_qdrant", "langchain_mongodb", "langchain_weaviate",
		"langchain_milvus", "langchain_redis", "langchain_neo4j", "langchain_elasticsearch", "langchain_astradb",
		"@langchain",
		"langchain_tavily", "langchain_exa", "langchain_mcp_adapters", "langchain_unstructured", "langchain_sandbox",
	},
	Run: run,
}

// file is the work on one file.
type file struct {
	*discover.Pass
	code   *code.Resolver
	makes  bool // whether it can make anything that this package knows
	graphs []*graph
	done   map[string]bool      // functions whose model calls belong to a node of a graph
	bodies map[syntax.Node]bool // and such functions without a definition

	*asked // what was found out about other files, too

	chained int // how many chains were described
	nesting int // how deep promptText is in values within values
}

func run(p *discover.Pass) error {
	f := &file{Pass: p, code: p.Code(), done: map[string]bool{}, bodies: map[syntax.Node]bool{}, asked: &asked{}}
	if f.code == nil {
		deployment(p)
		return nil
	}
	f.makes = f.code.MayMake(made()...)
	f.chatModels()
	f.tools()
	f.knowledge()
	f.memories()
	f.agents()
	f.buildGraphs()
	f.entrypoints()
	f.scriptEntrypoints()
	f.looseAgents()
	f.questions()
	return nil
}

// made are the first parts of the names of all that [file.instances] is asked for. Most files that are read make nothing
// of it: they import what imports a framework.
var made = sync.OnceValue(func() []string {
	return code.Heads(slices.Concat(chatModels(), toolCalls, mcpClients, knowledgeTypes, memoryTypes, agentMakers, builders, scriptEntrypointNames))
})

// instances lists the objects of the patterns that the file makes; see made.
func (f *file) instances(patterns ...string) []*code.Value {
	if !f.makes {
		return nil
	}
	return f.code.Instances(patterns...)
}

// chatModels describes every chat model that the file makes, used or not: a model that only a test double replaces is
// still part of the system.
func (f *file) chatModels() {
	for _, v := range f.instances(chatModels()...) {
		f.ChatModel(v)
	}
}

package discover

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
)

// wants is a set of extractors, by their place in the list.
type wants [4]uint64

func (w *wants) add(i int)      { w[i>>6] |= 1 << (i & 63) }
func (w *wants) has(i int) bool { return w[i>>6]&(1<<(i&63)) != 0 }
func (w *wants) empty() bool    { return *w == wants{} }
func (w *wants) join(o wants) bool {
	before := *w
	for i := range w {
		w[i] |= o[i]
	}
	return *w != before
}

// mostExtractors is how many fit into wants.
const mostExtractors = 256

// traces decides, without parsing, which extractors a file is worth reading for.
type traces struct {
	extractors []*Extractor
	imports    map[string]wants // by dotted prefix
	finder     *source.Finder   // of the texts of all extractors
	finders    []*source.Finder // of each; nil for extractors without texts
	hasTexts   bool
}

func newTraces(extractors []*Extractor) *traces {
	t := &traces{extractors: extractors, imports: map[string]wants{}, finders: make([]*source.Finder, len(extractors))}
	var needles []string
	for i, x := range extractors {
		for _, name := range x.Imports {
			w := t.imports[name]
			w.add(i)
			t.imports[name] = w
		}
		if len(x.Traces) > 0 {
			t.finders[i] = source.NewFinder(x.Traces...)
			needles = append(needles, x.Traces...)
		}
	}
	t.hasTexts = len(needles) > 0
	t.finder = source.NewFinder(needles...)
	return t
}

// wanted tells by the name whether a file is worth opening. Source code always is: it may import a framework that
// nobody models, and that is said.
func (t *traces) wanted(name string) bool {
	if SourceCode(name) {
		return true
	}
	for _, x := range t.extractors {
		if x.Match(name) {
			return true
		}
	}
	return false
}

// look searches one file.
func (t *traces) look(s *seen, file *source.File, program *code.Program) {
	content := file.Content()
	if SourceCode(s.entry.Path) {
		for _, m := range code.Mentions(content, s.language) {
			if w, ok := prefixOf(m.Name, t.imports); ok {
				s.wants.join(w)
			} else if framework, ok := prefixOf(m.Name, unsupportedNames); ok {
				end := m.Offset + len(m.Name)
				s.unknown = append(s.unknown, sighting{framework, m.Name, model.EvidenceAt(file.Span(m.Offset, end))})
			}
			if program.Local(m.Name) {
				s.mentions = append(s.mentions, m.Name)
			}
		}
	}
	texts := t.hasTexts && t.finder.ContainsAny(content)
	for i, x := range t.extractors {
		switch {
		case len(x.Imports) == 0 && len(x.Traces) == 0, texts && t.finders[i] != nil && t.finders[i].ContainsAny(content):
			if x.Match(s.entry.Path) {
				s.wants.add(i)
			}
		}
	}
}

// prefixOf looks a name up by its longest prefix (by parts).
func prefixOf[T any](name string, table map[string]T) (found T, ok bool) {
	for {
		if found, ok = table[name]; ok {
			return found, true
		}
		i := strings.LastIndexAny(name, "./")
		if i <= 0 {
			return found, false
		}
		name = name[:i]
	}
}

// unsupportedNames are import names of agent frameworks, with the name that people know them by. One that an
// extractor's Imports cover is modelled and never listed.
var unsupportedNames = map[string]string{
	"agents": "OpenAI Agents SDK", "langgraph": "LangGraph", "langchain.agents": "LangChain", "crewai": "CrewAI",
	"autogen": "AutoGen", "autogen_agentchat": "AutoGen", "autogen_core": "AutoGen", "autogen_ext": "AutoGen", "ag2": "AG2",
	"google.adk": "Google ADK", "pydantic_ai": "Pydantic AI", "llama_index": "LlamaIndex", "smolagents": "smolagents",
	"strands": "Strands Agents", "agno": "Agno", "phi": "Agno (phidata)", "semantic_kernel": "Semantic Kernel",
	"agent_framework": "Microsoft Agent Framework", "claude_agent_sdk": "Claude Agent SDK", "claude_code_sdk": "Claude Agent SDK",
	"metagpt": "MetaGPT", "camel": "CAMEL", "swarm": "Swarm", "haystack": "Haystack", "dspy": "DSPy",
	"bedrock_agentcore": "Bedrock AgentCore", "azure.ai.agents": "Azure AI Agents", "azure.ai.projects": "Azure AI Agents",
	"vertexai.agent_engines": "Vertex AI agents", "mcp": "MCP SDK", "fastmcp": "FastMCP", "letta": "Letta", "langroid": "Langroid",
	"browser_use": "browser-use", "openhands": "OpenHands", "marvin": "Marvin", "controlflow": "ControlFlow", "griptape": "Griptape",
	"agency_swarm": "Agency Swarm", "swarms": "Swarms", "praisonaiagents": "PraisonAI", "atomic_agents": "Atomic Agents",
	"burr": "Burr", "mirascope": "Mirascope", "beeai_framework": "BeeAI", "upsonic": "Upsonic", "a2a": "A2A SDK",
	"langchain_mcp_adapters": "LangChain MCP adapters", "deepagents": "Deep Agents", "langgraph_supervisor": "LangGraph supervisor",
	"langgraph_swarm": "LangGraph swarm", "transformers.agents": "Transformers agents", "superagi": "SuperAGI",
	"openai": "OpenAI client", "anthropic": "Anthropic client", "google.genai": "Google Gen AI client",
	"google.generativeai": "Google Gen AI client", "litellm": "LiteLLM client", "ollama": "Ollama client", "mistralai": "Mistral client",
	"cohere": "Cohere client", "groq": "Groq client", "together": "Together client",
	"@openai/agents": "OpenAI Agents SDK (TypeScript)", "@langchain/langgraph": "LangGraph.js", "langchain/agents": "LangChain.js",
	"@mastra/core": "Mastra", "@modelcontextprotocol/sdk": "MCP SDK (TypeScript)", "@anthropic-ai/claude-agent-sdk": "Claude Agent SDK (TypeScript)",
	"@anthropic-ai/claude-code": "Claude Agent SDK (TypeScript)", "@elizaos/core": "ElizaOS", "@google/adk": "Google ADK (TypeScript)",
	"llamaindex": "LlamaIndex.TS", "@llamaindex/workflow": "LlamaIndex.TS", "genkit": "Genkit", "@anthropic-ai/sdk": "Anthropic client",
	"@google/genai": "Google Gen AI client", "ai": "Vercel AI SDK", "@voltagent/core": "VoltAgent", "@inngest/agent-kit": "AgentKit",
}

package discover

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/source"
)

// traces decides, without parsing, whether a file is worth reading.
type traces struct {
	extractors []*Extractor
	imports    map[string]bool // dotted prefixes of extractors
	finder     *source.Finder  // of the texts of all extractors
	texts      map[string][]*Extractor
	hasTexts   bool
}

func newTraces(extractors []*Extractor) *traces {
	t := &traces{extractors: extractors, imports: map[string]bool{}, texts: map[string][]*Extractor{}}
	var needles []string
	for _, x := range extractors {
		for _, name := range x.Imports {
			t.imports[name] = true
		}
		for _, text := range x.Traces {
			t.texts[text] = append(t.texts[text], x)
			needles = append(needles, text)
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
			if prefixOf(m.Name, t.imports) != "" {
				s.traced = true
			} else if framework := prefixName(m.Name, unsupportedNames); framework != "" {
				end := m.Offset + len(m.Name)
				s.unknown = append(s.unknown, sighting{framework, m.Name, evidence(file.Span(m.Offset, end))})
			}
			if program.Local(m.Name) {
				s.mentions = append(s.mentions, m.Name)
			}
		}
	}
	if s.traced {
		return
	}
	for _, x := range t.extractors {
		if !x.Match(s.entry.Path) {
			continue
		}
		if len(x.Imports) == 0 && len(x.Traces) == 0 {
			s.traced = true
			return
		}
	}
	if !t.hasTexts || !t.finder.ContainsAny(content) {
		return
	}
	// Some text is there; is it one of an extractor that takes this file?
	for _, x := range t.extractors {
		if len(x.Traces) > 0 && x.Match(s.entry.Path) && source.NewFinder(x.Traces...).ContainsAny(content) {
			s.traced = true
			return
		}
	}
}

// prefixOf gives the longest prefix (by parts) of a name that is in a set; "" when none is.
func prefixOf(name string, set map[string]bool) string {
	for {
		if set[name] {
			return name
		}
		i := strings.LastIndexAny(name, "./")
		if i <= 0 {
			return ""
		}
		name = name[:i]
	}
}

func prefixName(name string, set map[string]string) string {
	for {
		if label, ok := set[name]; ok {
			return label
		}
		i := strings.LastIndexAny(name, "./")
		if i <= 0 {
			return ""
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

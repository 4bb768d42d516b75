package flowise

import (
	"encoding/json"
	"sort"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// providers are the makers behind the nodes that are models.
var providers = []struct{ part, provider string }{
	{"azure", "azure-openai"},
	{"openai", "openai"},
	{"anthropic", "anthropic"},
	{"googlegenerative", "google"},
	{"vertex", "google"},
	{"gemini", "google"},
	{"mistral", "mistral"},
	{"ollama", "ollama"},
	{"localai", "local"},
	{"groq", "groq"},
	{"bedrock", "aws-bedrock"},
	{"cohere", "cohere"},
	{"deepseek", "deepseek"},
	{"together", "together"},
	{"fireworks", "fireworks"},
	{"huggingface", "huggingface"},
	{"replicate", "replicate"},
	{"openrouter", "openrouter"},
	{"perplexity", "perplexity"},
	{"xai", "xai"},
	{"alibaba", "alibaba"},
	{"litellm", "litellm"},
}

func providerOf(node string) string {
	lower := strings.ToLower(node)
	for _, row := range providers {
		if strings.Contains(lower, row.part) {
			return row.provider
		}
	}
	return ""
}

// describe says what one node is.
func (f *flow) describe(n *node, ref discover.Ref) {
	b := n.box
	switch {
	case n.asks():
		f.agent(n, ref)
	case n.category == "Chat Models" || n.category == "LLMs":
		b.Role, b.Ref = discover.ModelBox, f.model(n.name, n.inputs, n.at)
		if b.Ref.IsZero() {
			b.Ref = ref
			f.Element(model.Model, ref, n.label, n.at).Fact("provider", providerOf(n.name), n.at)
		}
	case n.category == "Memory":
		b.Role, b.Ref = discover.MemoryBox, ref
		e := f.Element(model.Memory, ref, n.label, n.at).Technology(strings.ToLower(n.name))
		e.FactBecause("persistent", model.Yes, "conversations are kept in a database", n.at)
	case n.category == "Vector Stores":
		b.Role, b.Ref = discover.KnowledgeBox, ref
		e := f.Element(model.Knowledge, ref, n.label, n.at).Technology(strings.ToLower(strings.TrimSuffix(n.name, "LlamaIndex")))
		if n.is("memoryVectorStore") {
			e.FactBecause("persistent", model.No, "it is kept in the process", n.at)
		} else {
			e.Fact("persistent", model.Yes, n.at)
		}
	case n.category == "Document Loaders":
		b.Role, b.Ref, b.Untrusted = discover.EntryBox, ref, true
		f.Element(model.External, ref, n.label, n.at).Technology(strings.ToLower(n.name)).Fact("role", "documents", n.at)
	case n.category == "Moderation":
		b.Role, b.Ref = discover.GuardBox, ref
		e := f.Element(model.Guardrail, ref, n.label, n.at).Technology("flowise")
		if n.is("inputModerationOpenAI") {
			e.Fact("model-based", model.Yes, n.at)
		}
	case n.category == "Retrievers" || n.category == "Response Synthesizer" || n.category == "Cache":
		b.Role = discover.Glue
	case strings.Contains(n.category, "MCP") || strings.HasSuffix(n.name, "MCP"):
		f.server(b, n.name, n.label, ref, n.inputs, n.at)
	case n.category == "Tools":
		f.tool(b, n.name, n.label, ref, n.inputs, n.at)
	case n.is("seqStart", "startAgentflow"):
		*b = *f.user(n.at)
		f.start = b
		n.entered = true
	case n.is("seqToolNode"): // it runs the tools that the model before it chose
		b.Role = discover.Glue
	case n.is("toolAgentflow"):
		name := discover.TextAt(n.inputs, "toolAgentflowSelectedTool")
		if name == "" {
			name = discover.TextAt(n.inputs, "selectedTool")
		}
		config := n.inputs.Argument("toolAgentflowSelectedToolConfig")
		if strings.HasSuffix(name, "MCP") {
			f.server(b, name, n.label, ref, config, n.at)
		} else if name != "" {
			f.tool(b, name, n.label, ref, config, n.at)
		}
	case n.is("httpAgentflow"):
		b.Role, b.Ref = discover.ToolBox, ref
		b.Untrusted = f.Element(model.Tool, ref, n.label, n.at).Technology("http").Request(discover.TextAt(n.inputs, "method"), discover.TextAt(n.inputs, "url"), n.at)
	case n.is("retrieverAgentflow"):
		b.Role, b.Ref, b.Reads = discover.KnowledgeBox, ref, true
		f.Element(model.Knowledge, ref, n.label, n.at).Technology("flowise").Fact("persistent", model.Yes, n.at)
	case n.is("humanInputAgentflow"):
		b.Role, b.Ref = discover.ReviewerBox, ref
		f.Element(model.Reviewer, ref, n.label, n.at).Technology("flowise").Detail("is asked, and the flow waits for the answer")
	case n.is("customFunctionAgentflow", "seqCustomFunction", "customFunction"):
		for _, key := range []string{"customFunctionJavascriptFunction", "javascriptFunction"} {
			v := n.inputs.Argument(key)
			if v.Is(syntax.String) && (len(discover.ScriptEffects(v.Text(), v.Span())) > 0 || strings.Contains(v.Text(), "DataSource(")) {
				b.Role, b.Ref = discover.ToolBox, ref
				e := f.Element(model.Tool, ref, n.label, n.at).Technology("flowise").Detail("code that stands in the flow")
				b.Untrusted = e.Script(v.Text(), v.Span())
				if strings.Contains(v.Text(), "DataSource(") {
					e.Effect("db-read", model.Yes, "its code opens a database", v.Span())
				}
			}
		}
	case n.is("executeFlowAgentflow", "seqExecuteFlow"):
		b.Role, b.Ref = discover.ToolBox, ref
		f.Element(model.Tool, ref, n.label, n.at).Technology("flowise").Detail("starts another flow of the server")
		f.Unresolved("the flow that "+n.label+" starts", "it is kept on the server", n.at)
	}
}

func (f *flow) model(node string, config syntax.Node, at source.Span) discover.Ref {
	for _, key := range []string{"customModelName", "modelName", "model", "customModel", "azureOpenAIApiDeploymentName"} {
		if name := discover.TextAt(config, key); name != "" && !strings.HasPrefix(name, "{{") {
			return f.ModelNamed(name, providerOf(node), config.Argument(key).Span())
		}
	}
	return discover.Ref{}
}

// agent describes a node that asks a model.
func (f *flow) agent(n *node, ref discover.Ref) {
	b := n.box
	b.Role, b.Ref = discover.AgentBox, ref
	e := f.Element(model.Agent, ref, n.label, n.at).Technology("flowise")
	switch {
	case n.category == "Agents" || n.category == "Multi Agents" || n.is("seqAgent", "agentAgentflow"):
		e.Fact("loops", model.Yes, n.at)
	default:
		e.FactBecause("loops", model.No, "the node asks its model once", n.at)
	}
	for _, key := range []string{"maxIterations", "recursionLimit"} {
		if v := n.inputs.Argument(key); strings.Trim(v.Text(), "0123456789") == "" && v.Text() != "" {
			f.Control("iteration-limit", ref, discover.Ref{}, model.Evidenced, v.Span())
		}
	}
	if v := n.inputs.Argument("interrupt"); v.TextIs("true") && n.is("seqAgent") {
		f.Control("human-approval", ref, discover.Ref{}, model.Evidenced, v.Span())
	}
	prefix := strings.TrimSuffix(n.name, "Agentflow")
	if prefix == n.name {
		return
	}
	// The second generation keeps everything in the inputs.
	if m := discover.TextAt(n.inputs, prefix+"Model"); m != "" {
		config := n.inputs.Argument(prefix + "ModelConfig")
		b2 := &discover.Box{Role: discover.ModelBox, Name: m, At: n.at, Ref: f.model(m, config, n.at)}
		if b2.Ref.IsZero() {
			b2.Ref = discover.Of(ref, "model")
			f.Element(model.Model, b2.Ref, m, n.at).Fact("provider", providerOf(m), n.at)
		}
		b.Uses = append(b.Uses, b2)
	}
	if v := n.inputs.Argument(prefix + "EnableMemory"); v.TextIs("true") {
		b.Uses = append(b.Uses, f.remembers(v.Span()))
	}
	if v := n.inputs.Argument(prefix + "StructuredOutput"); v.Count() > 0 || n.is("conditionAgentAgentflow") {
		f.Control("structured-output", ref, discover.Ref{}, model.Evidenced, n.at)
	}
	f.agentTools(n)
	for item := range n.inputs.Argument(prefix + "KnowledgeDocumentStores").All(syntax.Map) {
		id, name, _ := strings.Cut(discover.TextAt(item, "documentStore"), ":")
		f.knows(b, id, name, item.Span())
	}
	for item := range n.inputs.Argument(prefix + "KnowledgeVSEmbeddings").All(syntax.Map) {
		name := discover.TextAt(item, "knowledgeName")
		if name == "" {
			name = discover.TextAt(item, "vectorStore")
		}
		f.knows(b, name, name, item.Span())
	}
}

// knows gives an agent a store that the server keeps.
func (f *flow) knows(b *discover.Box, id, name string, at source.Span) {
	if id == "" {
		return
	}
	if name == "" {
		name = "document store"
	}
	ref := discover.Named(model.Knowledge, name)
	f.Element(model.Knowledge, ref, name, at).Technology("flowise").Fact("persistent", model.Yes, at)
	b.Uses = append(b.Uses, &discover.Box{Role: discover.KnowledgeBox, Ref: ref, Name: name, At: at})
}

// agentTools describes the tools in an agent's inputs, and those that its provider runs.
func (f *flow) agentTools(n *node) {
	for item := range n.inputs.Argument("agentTools").All(syntax.Map) {
		v := item.Argument("agentSelectedTool")
		name := v.Text()
		if !v.Is(syntax.String) || name == "" {
			continue
		}
		b := &discover.Box{Name: name, At: v.Span()}
		config := item.Argument("agentSelectedToolConfig")
		if strings.HasSuffix(name, "MCP") {
			f.server(b, name, name, discover.Of(n.box.Ref, name), config, v.Span())
		} else {
			f.tool(b, name, name, discover.Of(n.box.Ref, name), config, v.Span())
		}
		n.box.Uses = append(n.box.Uses, b)
		if asks := item.Argument("agentSelectedToolRequiresHumanInput"); asks.TextIs("true") {
			f.approved[b.Ref.Key()] = asks.Span()
		}
	}
	for _, key := range []string{"agentToolsBuiltInOpenAI", "agentToolsBuiltInGemini", "agentToolsBuiltInAnthropic"} {
		v := n.inputs.Argument(key)
		var names []string
		if !v.Is(syntax.String) || json.Unmarshal([]byte(v.Text()), &names) != nil || len(names) > 50 {
			continue
		}
		for _, name := range names {
			b := &discover.Box{Name: name, At: v.Span()}
			f.tool(b, name, name, discover.Of(n.box.Ref, name), syntax.Node{}, v.Span())
			n.box.Uses = append(n.box.Uses, b)
		}
	}
}

// tool describes a tool by the node's name, and by its inputs where those say more.
func (f *flow) tool(b *discover.Box, kind, label string, ref discover.Ref, config syntax.Node, at source.Span) {
	b.Role, b.Ref = discover.ToolBox, ref
	for _, key := range []string{"toolName", "name", kind + "Name", "customToolName", "retrieverToolName"} {
		if own := discover.TextAt(config, key); own != "" && len(own) < 80 && !strings.HasPrefix(own, "{{") {
			label = own
			break
		}
	}
	e := f.Element(model.Tool, ref, label, at)
	for _, key := range []string{"toolDesc", "description", kind + "Description", "customToolDesc", "retrieverToolDescription"} {
		if d := discover.TextAt(config, key); d != "" {
			e.Detail(plain(d))
			break
		}
	}
	if info, ok := discover.ProductNamed("flowise:" + kind); ok {
		e.Product(info, at)
		b.Untrusted = info.Facts["untrusted-output"] == model.Yes
	} else {
		e.Technology("flowise")
	}
	for _, key := range []string{"customToolFunc", "javascriptFunction"} {
		if v := config.Argument(key); v.Is(syntax.String) && v.Text() != "" {
			b.Untrusted = e.Script(v.Text(), v.Span()) || b.Untrusted
		}
	}
	if kind == "customTool" && config.Argument("customToolFunc").Text() == "" {
		f.UnresolvedTools("the tool "+label, "its code is kept on the server", at)
	}
	if kind == "gmail" || kind == "microsoftOutlook" || kind == "microsoftTeams" {
		if actions := config.Argument("messageActions"); actions.Is(syntax.String) && !strings.Contains(actions.Text(), "send") && !strings.Contains(actions.Text(), "reply") {
			e.Effect("message-send", model.No, "no action that sends is chosen", actions.Span())
		}
	}
}

// server describes an MCP server: one that the editor knows, or one whose configuration stands in the node.
func (f *flow) server(b *discover.Box, kind, label string, ref discover.Ref, config syntax.Node, at source.Span) {
	b.Role, b.Ref, b.Untrusted = discover.ServerBox, ref, true
	s := discover.MCPServer{Ref: ref, Name: label, At: at}
	if v := config.Argument("mcpServerConfig"); v.Is(syntax.String) && strings.TrimSpace(v.Text()) != "" {
		var given struct {
			Command string            `json:"command"`
			Args    []string          `json:"args"`
			URL     string            `json:"url"`
			Env     map[string]string `json:"env"`
		}
		if json.Unmarshal([]byte(plain(v.Text())), &given) != nil {
			f.Unresolved("MCP server "+label, "its configuration is not JSON", v.Span())
		} else {
			s.Command, s.Args, s.URL, s.At = given.Command, given.Args, given.URL, v.Span()
			var names []string
			for name := range given.Env {
				names = append(names, name)
			}
			sort.Strings(names)
			for _, name := range names {
				s.Env = append(s.Env, discover.EnvVar{Name: name, Value: given.Env[name], At: v.Span()})
			}
		}
	}
	e := f.MCP(s)
	if info, ok := discover.ProductNamed("flowise:" + kind); ok {
		e.Product(info, at)
	}
}

package n8n

import (
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// chains are nodes that ask a model and do not loop.
var chains = map[string]bool{
	"chainLlm": true, "chainRetrievalQa": true, "chainSummarization": true, "informationExtractor": true,
	"textClassifier": true, "sentimentAnalysis": true,
}

// vendors are nodes that ask a provider's model by themselves.
var vendors = map[string]string{
	"openAi": "openai", "openAiAssistant": "openai", "anthropic": "anthropic", "googleGemini": "google", "ollama": "ollama", "perplexity": "perplexity",
	"mistralAi": "mistral",
}

// providers are the makers behind the nodes that are models, by what follows "lmChat" or "lm".
var providers = map[string]string{
	"OpenAi": "openai", "AzureOpenAi": "azure-openai", "Anthropic": "anthropic", "GoogleGemini": "google", "GoogleVertex": "google",
	"Groq": "groq", "MistralCloud": "mistral", "Ollama": "ollama", "OpenRouter": "openrouter", "DeepSeek": "deepseek", "AwsBedrock": "aws-bedrock",
	"XAiGrok": "xai", "Cohere": "cohere", "VercelAiGateway": "vercel", "OpenHuggingFaceInference": "huggingface", "Lemonade": "local",
}

// asks tells whether a node is an agent or asks a model itself.
func (n *node) asks() bool {
	if n.kind == "openAi" && !n.ai {
		return n.param("resource") == "" || n.param("resource") == "chat" || n.param("resource") == "text"
	}
	if !n.ai {
		return n.endpoint()
	}
	if n.is("agent", "agentTool") || chains[n.kind] {
		return true
	}
	if vendors[n.kind] != "" {
		switch resource, operation := n.param("resource"), n.param("operation"); resource {
		case "", "text", "chat", "assistant":
			return operation == "" || operation == "message" || operation == "response" || operation == "classify"
		case "image":
			return operation == "analyze" //nolint:misspell // the word of the export
		}
	}
	return false
}

// describe says what one node is.
func (w *workflow) describe(n *node) {
	switch {
	case n.asks() && n.endpoint():
		w.requested(n)
	case n.asks():
		w.agent(n)
	case n.ai && (strings.HasPrefix(n.kind, "lmChat") || strings.HasPrefix(n.kind, "lm") && len(n.kind) > 2 && n.kind[2] < 'a'):
		w.model(n)
	case n.ai && strings.HasPrefix(n.kind, "memory") && !n.is("memoryManager", "memoryChatRetriever"):
		w.memory(n)
	case n.ai && strings.HasPrefix(n.kind, "vectorStore"):
		w.store(n)
	case n.is("mcpClientTool", "mcpClient") || strings.HasPrefix(n.kind, "mcpClient"):
		w.server(n)
	case n.is("mcpTrigger"):
		w.offers(n)
	case w.entry(n):
	case n.ai && n.is("guardrails"):
		n.box.Role, n.box.Ref = discover.GuardBox, w.local(n.name)
		n.element = w.Element(model.Guardrail, n.box.Ref, n.name, n.at).Technology("n8n")
	case w.asksPeople(n):
		w.reviewer(n)
	case n.ai && (strings.HasPrefix(n.kind, "tool") || n.handed), n.handed:
		w.tool(n)
	case n.ai && (strings.HasPrefix(n.kind, "retriever") || strings.HasPrefix(n.kind, "outputParser") || strings.HasPrefix(n.kind, "reranker") || n.is("modelSelector")):
		n.box.Role = discover.Glue
	case n.ai && (strings.HasPrefix(n.kind, "embeddings") || strings.HasPrefix(n.kind, "document") || strings.HasPrefix(n.kind, "textSplitter")):
	case !n.ai && n.is("executeWorkflow"):
		w.starts(n, w.canvas.Ref, "a step of "+w.canvas.Name)
	case !n.ai && n.records():
		w.table(n)
	case !n.ai && w.reaches(n):
		w.tool(n)
	}
	w.credentials(n)
}

func (w *workflow) agent(n *node) {
	n.box.Role, n.box.Ref = discover.AgentBox, w.local(n.name)
	n.element = w.Element(model.Agent, n.box.Ref, n.name, n.at).Technology("n8n")
	switch {
	case n.is("agent", "agentTool"):
		n.element.Fact("loops", model.Yes, n.at)
	case chains[n.kind]:
		n.element.FactBecause("loops", model.No, "a chain asks its model once", n.at)
	}
	if limit := n.params.Argument("options").Argument("maxIterations"); limit.Is(syntax.Number) {
		w.Control("iteration-limit", n.box.Ref, discover.Ref{}, model.Evidenced, limit.Span())
	}
	if d := n.param("toolDescription"); d != "" {
		n.element.Detail(d)
	}
	if n.is("informationExtractor", "textClassifier", "sentimentAnalysis") {
		w.Control("structured-output", n.box.Ref, discover.Ref{}, model.Evidenced, n.at)
	}
	if provider := vendors[n.kind]; provider != "" {
		for _, key := range []string{"modelId", "model", "chatModel"} {
			if name := n.param(key); name != "" && name[0] != '=' {
				w.UsesModel(n.box.Ref, w.ModelNamed(name, provider, n.params.Argument(key).Span()), n.params.Argument(key).Span())
				break
			}
		}
	}
	w.texts(n)
}

func (w *workflow) model(n *node) {
	provider := providers[strings.TrimPrefix(strings.TrimPrefix(n.kind, "lmChat"), "lm")]
	n.box.Role = discover.ModelBox
	for _, key := range []string{"model", "modelName", "modelId"} {
		v := n.params.Argument(key)
		name := text(n.params, key)
		switch {
		case strings.HasPrefix(name, "="):
			w.Unresolved("the model of "+n.name, "its name is put together when the workflow runs", v.Span())
		case name != "":
			n.box.Ref = w.ModelNamed(strings.TrimPrefix(name, "models/"), provider, v.Span())
		}
		if name != "" {
			break
		}
	}
	if n.box.Ref.IsZero() {
		n.box.Ref = w.local(n.name)
		w.Element(model.Model, n.box.Ref, n.name, n.at).Technology("n8n").Fact("provider", provider, n.at)
	}
}

func (w *workflow) memory(n *node) {
	n.box.Role, n.box.Ref = discover.MemoryBox, w.local(n.name)
	kind := strings.TrimSuffix(strings.TrimPrefix(n.kind, "memory"), "Chat")
	n.element = w.Element(model.Memory, n.box.Ref, n.name, n.at)
	if key := n.param("sessionKey"); key == "" || strings.HasPrefix(key, "=") && strings.Contains(key, "{{") {
		n.element.FactBecause("per-conversation", model.Yes, "it is kept under the number of its conversation", n.at)
	}
	if kind == "BufferWindow" {
		n.element.Technology("n8n").FactBecause("persistent", model.No, "it is kept in the workflow's process", n.at)
		return
	}
	n.element.Technology(strings.ToLower(kind)).Fact("persistent", model.Yes, n.at)
}

// store describes a vector store. The node that fills a collection and the node that asks it are one store.
func (w *workflow) store(n *node) {
	kind := strings.TrimPrefix(n.kind, "vectorStore")
	mode := n.param("mode")
	collection := ""
	for _, key := range []string{"qdrantCollection", "pineconeIndex", "tableName", "memoryKey", "milvusCollection", "weaviateCollection", "mongoCollection", "collectionName", "indexName"} {
		if collection = strings.TrimPrefix(n.param(key), "="); collection != "" {
			break
		}
	}
	key, name := n.name, n.name
	if collection != "" && len(collection) <= 80 && !strings.Contains(collection, "{{") {
		key, name = kind+" "+collection, collection
	}
	b := n.box
	fills := mode == "insert" || mode == "update" || strings.HasSuffix(kind, "Insert")
	store := w.local(key)
	if n.handed && !fills && key == n.name {
		store = discover.Of(w.local(n.name), "store")
	}
	e := w.Element(model.Knowledge, store, name, n.at).Technology(strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(kind, "Insert"), "Load")))
	if kind == "InMemory" {
		e.FactBecause("persistent", model.No, "it is kept in the workflow's process", n.at)
	} else {
		e.Fact("persistent", model.Yes, n.at)
	}
	if n.handed && !fills { // a tool of its own before the store
		label := n.param("toolName")
		if label == "" {
			label = n.name
		}
		b.Role, b.Ref = discover.ToolBox, w.local(n.name)
		b.Uses = []*discover.Box{{Role: discover.KnowledgeBox, Ref: store, Name: name, At: n.at}}
		n.element = w.Element(model.Tool, b.Ref, label, n.at).Technology("n8n").Detail(n.param("toolDescription")).
			Effect("db-read", model.Yes, "it asks a vector store", n.at)
		return
	}
	b.Role, b.Ref, b.Fills, b.Reads, n.element = discover.KnowledgeBox, store, fills, mode == "load", e
}

func (w *workflow) server(n *node) {
	n.box.Role, n.box.Ref, n.box.Untrusted = discover.ServerBox, w.local(n.name), true
	url := n.param("sseEndpoint")
	if url == "" {
		url = n.param("endpointUrl")
	}
	if strings.HasPrefix(url, "=") {
		w.Unresolved("MCP server "+n.name, "its address is put together when the workflow runs", n.at)
		url = ""
	}
	n.element = w.MCP(discover.MCPServer{Ref: n.box.Ref, Name: n.name, URL: url, At: n.at})
}

// offers describes a workflow's own MCP server.
func (w *workflow) offers(n *node) {
	n.box.Role, n.box.Ref = discover.ServerBox, w.local(n.name)
	n.element = w.Element(model.MCPServer, n.box.Ref, n.name, n.at).Technology("mcp").Fact("transport", "http", n.at)
	switch auth := n.param("authentication"); auth {
	case "", "none":
		n.element.FactBecause("exposed", model.Yes, "nothing checks who calls it", n.at)
	default:
		n.element.FactBecause("exposed", model.No, "it checks who calls it", n.params.Argument("authentication").Span())
	}
}

// asksPeople tells whether a node waits for a person's answer.
func (w *workflow) asksPeople(n *node) bool {
	return n.param("operation") == "sendAndWait" || n.param("operation") == "dispatchAndWait" || n.is("chat", "chatTool") && n.ai && n.param("operation") != "send"
}

func (w *workflow) reviewer(n *node) {
	n.box.Role, n.box.Ref = discover.ReviewerBox, w.local(n.name)
	n.element = w.Element(model.Reviewer, n.box.Ref, n.name, n.at).Technology("n8n").Detail("is asked by " + n.kind + ", and the workflow waits for the answer")
}

// credentials describes the accounts that a node uses.
func (w *workflow) credentials(n *node) {
	if n.box.Ref.IsZero() {
		return
	}
	for kind, value := range n.Argument("credentials").Pairs() {
		name := text(value, "name")
		if name == "" {
			name, _ = value.Scalar()
		}
		if name == "" {
			name = kind.Text()
		}
		at := value.Span()
		ref := w.local("credential", kind.Text(), name)
		w.Element(model.Credential, ref, name, at).Technology(kind.Text()).
			FactBecause("plain-text", model.No, "only its name stands in the file", at)
		w.Flow(model.CredentialUse, n.box.Ref, ref, at)
	}
	headers := n.params.Argument("headerParameters")
	if headers.IsZero() {
		headers = n.params.Argument("parametersHeaders")
	}
	list := headers.Argument("parameters")
	if list.IsZero() {
		list = headers.Argument("values")
	}
	for h := range list.All(syntax.Map) {
		name, value := text(h, "name"), text(h, "value")
		if discover.SecretName(name) && value != "" && !strings.Contains(value, "{{") && !discover.Placeholder(strings.TrimPrefix(strings.TrimPrefix(value, "Bearer "), "Basic ")) && len(value) > 12 {
			ref := discover.Of(n.box.Ref, name)
			w.Element(model.Credential, ref, name, h.Span()).FactBecause("plain-text", model.Yes, "its value stands in the file", h.Span())
			w.Flow(model.CredentialUse, n.box.Ref, ref, h.Span())
		}
	}
}

// entry describes a node that starts the workflow; false when it is none.
func (w *workflow) entry(n *node) bool {
	kind := n.kind
	var who model.Kind
	var role string
	auth := n.param("authentication")
	checked := ""
	public := true
	switch {
	case n.is("scheduleTrigger", "cron", "interval"):
		w.timed = n.at
		return true
	case n.is("errorTrigger"):
		w.failed = n.at
		return true
	case n.is("manualTrigger", "start", "executeWorkflowTrigger", "evaluationTrigger", "manualChatTrigger", "n8nTrigger"):
		return true
	case n.is("webhook"):
		who, role = model.External, "caller"
	case n.is("chatTrigger"):
		who, role = model.Human, "user"
		n.box.Answers = true
		if !n.params.Argument("public").TextIs("true") {
			public, checked = false, model.Yes
		}
	case n.is("formTrigger"):
		who, role = model.Human, "user"
	case n.is("emailReadImap", "gmailTrigger", "microsoftOutlookTrigger"):
		who, role, checked = model.External, "mailbox", model.No
		auth = "-"
	case n.is("telegramTrigger", "whatsAppTrigger", "slackTrigger", "discordTrigger", "twilioTrigger", "lineTrigger", "facebookTrigger", "microsoftTeamsTrigger"):
		who, role = model.Human, "user"
		auth = "-"
		public = !n.is("slackTrigger", "microsoftTeamsTrigger")
	case strings.HasSuffix(kind, "Trigger"):
		who, role = model.External, "service"
		auth, public = "-", false
	default:
		return false
	}
	switch auth {
	case "", "none":
		if checked == "" {
			checked = model.No
		}
	case "-": // the service behind it says who sends
	default:
		checked, public = model.Yes, false
	}
	b := n.box
	b.Role, b.Ref, b.Checked, b.Untrusted = discover.EntryBox, w.local(n.name), checked, true
	n.element = w.Element(who, b.Ref, n.name, n.at).Technology(strings.ToLower(strings.TrimSuffix(kind, "Trigger"))).Fact("role", role, n.at)
	if public {
		w.open = first(w.open, n.at)
	} else {
		w.shut = first(w.shut, n.at)
	}
	return true
}

func first(old, at source.Span) source.Span {
	if old.IsZero() {
		return at
	}
	return old
}

package langflow

import (
	"regexp"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// stores are the components that hold vectors, besides those with VectorStore in their name.
var stores = map[string]bool{
	"AstraDB": true, "Chroma": true, "ChromaDB": true, "FAISS": true, "Pinecone": true, "Qdrant": true, "pgvector": true, "PGVector": true, "Weaviate": true, "Milvus": true,
	"LocalDB": true, "MongoDBAtlasVector": true, "Supabase": true, "OpenSearch": true, "Elasticsearch": true, "Redis Vector": true, "Upstash": true, "Couchbase": true, "Cassandra": true, "ClickHouse": true,
	"KnowledgeBase": true, "KnowledgeRetrieval": true, "KnowledgeIngestion": true,
}

// providers are the makers of models by the word that begins a component's or option's name.
var providers = []struct{ word, provider string }{
	{"azure", "azure-openai"},
	{"openai", "openai"},
	{"anthropic", "anthropic"},
	{"google", "google"},
	{"vertex", "google"},
	{"gemini", "google"},
	{"groq", "groq"},
	{"mistral", "mistral"},
	{"ollama", "ollama"},
	{"lmstudio", "lmstudio"},
	{"bedrock", "aws-bedrock"},
	{"amazon", "aws-bedrock"},
	{"cohere", "cohere"},
	{"deepseek", "deepseek"},
	{"nvidia", "nvidia"},
	{"xai", "xai"},
	{"perplexity", "perplexity"},
	{"huggingface", "huggingface"},
	{"openrouter", "openrouter"},
	{"sambanova", "sambanova"},
	{"watsonx", "watsonx"},
	{"ibm", "watsonx"},
}

func providerOf(name string) string {
	lower := strings.ToLower(name)
	for _, row := range providers {
		if strings.HasPrefix(lower, row.word) {
			return row.provider
		}
	}
	return ""
}

// describe says what one component is.
func (f *flow) describe(n *node) {
	b := n.box
	bare := strings.TrimSuffix(strings.TrimSuffix(n.kind, "Component"), "VectorStore")
	switch {
	case n.asks():
		f.agent(n)
	case n.languageModel():
		b.Role, b.Ref = discover.ModelBox, f.model(n)
		if b.Ref.IsZero() {
			b.Ref = n.ref
			f.Element(model.Model, n.ref, n.label, n.at).Fact("provider", providerOf(n.kind), n.at)
		}
	case n.is("ChatInput", "TextInput"):
		b.Role, b.Ref, b.Untrusted, b.Answers = discover.EntryBox, n.ref, true, n.is("ChatInput")
		f.Element(model.Human, n.ref, n.label, n.at).Technology("langflow").Fact("role", "user", n.at)
	case n.is("Webhook"):
		b.Role, b.Ref, b.Untrusted = discover.EntryBox, n.ref, true
		f.Element(model.External, n.ref, n.label, n.at).Technology("langflow").Fact("role", "caller", n.at)
	case n.is("Memory", "MessageHistory", "Redis", "Mem0", "mem0_chat_memory") || strings.HasSuffix(bare, "ChatMemory"):
		b.Role, b.Ref = discover.MemoryBox, n.ref
		f.Element(model.Memory, n.ref, n.label, n.at).Technology("langflow").Fact("persistent", model.Yes, n.at)
	case stores[bare] || strings.Contains(n.kind, "VectorStore"):
		f.store(n, bare)
	case strings.HasPrefix(n.kind, "MCP"):
		f.server(n)
	case strings.Contains(n.kind, "Guardrail"):
		b.Role, b.Ref = discover.GuardBox, n.ref
		f.Element(model.Guardrail, n.ref, n.label, n.at).Technology("langflow").Fact("model-based", model.Yes, n.at)
	default:
		f.tool(n, bare)
	}
}

func (f *flow) agent(n *node) {
	b := n.box
	b.Role, b.Ref = discover.AgentBox, n.ref
	e := f.Element(model.Agent, n.ref, n.label, n.at).Technology("langflow")
	if n.languageModel() || n.one() {
		e.FactBecause("loops", model.No, "the component asks its model once", n.at)
	} else {
		e.Fact("loops", model.Yes, n.at)
		if limit := n.field("max_iterations"); limit.Is(syntax.Number) {
			f.Control("iteration-limit", n.ref, discover.Ref{}, model.Evidenced, limit.Span())
		}
	}
	if n.is("StructuredOutput") {
		f.Control("structured-output", n.ref, discover.Ref{}, model.Evidenced, n.at)
	}
	f.UsesModel(n.ref, f.model(n), n.at)
}

// model is the model that a component names, with the provider that it or the component's name says.
func (f *flow) model(n *node) discover.Ref {
	by := providerOf(n.kind)
	for _, key := range []string{"agent_llm", "provider"} {
		if said := n.value(key); said != "" {
			if by = providerOf(said); by == "" {
				return discover.Ref{} // "connect other models": a wire says
			}
		}
	}
	if list := n.field("model"); list.Is(syntax.List) {
		for item := range list.All(syntax.Map) {
			return f.ModelNamed(discover.TextAt(item, "name"), providerOf(discover.TextAt(item, "provider")), list.Span())
		}
	}
	for _, key := range []string{"model_name", "model", "model_id", "azure_deployment"} {
		if name := n.value(key); name != "" {
			return f.ModelNamed(name, by, n.field(key).Span())
		}
	}
	return discover.Ref{}
}

func (f *flow) store(n *node, bare string) {
	b := n.box
	key := n.ref
	name := n.label
	for _, field := range []string{"collection_name", "index_name", "knowledge_base"} {
		if s := n.value(field); s != "" {
			key, name = discover.Local(f.Path(), strings.ToLower(bare), s), s
			break
		}
	}
	e := f.Element(model.Knowledge, key, name, n.at).Technology(strings.ToLower(bare)).Fact("persistent", model.Yes, n.at)
	if name != n.label {
		e.Alias(n.label)
	}
	if !n.tool {
		b.Role, b.Ref = discover.KnowledgeBox, key
		return
	}
	b.Role, b.Ref = discover.ToolBox, n.ref
	if n.ref.Key() == key.Key() {
		b.Ref = discover.Of(n.ref, "tool")
	}
	b.Uses = append(b.Uses, &discover.Box{Role: discover.KnowledgeBox, Ref: key, Name: name, At: n.at})
	f.Element(model.Tool, b.Ref, n.label+" search", n.at).Technology("langflow").Effect("db-read", model.Yes, "it asks a vector store", n.at)
}

func (f *flow) server(n *node) {
	b := n.box
	b.Role, b.Ref, b.Untrusted = discover.ServerBox, n.ref, true
	s := discover.MCPServer{Ref: n.ref, Name: n.label, At: n.at}
	given := n.field("mcp_server")
	if name := discover.TextAt(given, "name"); name != "" {
		s.Name = name
	}
	config := given.Argument("config")
	s.URL = discover.TextAt(config, "url")
	s.Command = discover.TextAt(config, "command")
	for a := range config.Argument("args").All(syntax.String) {
		s.Args = append(s.Args, a.Text())
	}
	if s.Command == "" && s.URL == "" {
		switch mode := strings.ToLower(n.value("mode")); {
		case mode == "stdio" || n.value("sse_url") == "" && n.value("command") != "":
			words := strings.Fields(n.value("command"))
			if len(words) > 0 && len(words) < 100 {
				s.Command, s.Args = words[0], words[1:]
			}
		default:
			s.URL = n.value("sse_url")
		}
	}
	f.MCP(s)
	if s.Name != n.label {
		f.Element(model.MCPServer, n.ref, "").Alias(n.label)
	}
}

// tool describes a component that reaches outside: one that is known to, or one that serves an agent as a tool.
func (f *flow) tool(n *node, bare string) {
	info, known := discover.ProductNamed("langflow:" + bare)
	if !n.tool && !known || known && !n.tool && len(info.Effects) == 0 {
		if bare == "File" || bare == "Directory" {
			n.box.Untrusted = true
		}
		return
	}
	b := n.box
	b.Role, b.Ref = discover.ToolBox, n.ref
	e := f.Element(model.Tool, n.ref, n.label, n.at).Alias(n.kind).Detail(discover.TextAt(n.data, "description"))
	switch {
	case bare == "APIRequest":
		address := n.value("url_input")
		if address == "" {
			address = n.value("url")
		}
		b.Untrusted = e.Technology("http").Request(n.value("method"), address, n.at)
	case bare == "SQL" || bare == "SQLDatabase" || bare == "SQLExecutor":
		e.Technology("database")
		query := strings.ToLower(strings.TrimSpace(n.value("query")))
		if strings.HasPrefix(query, "select") {
			e.Effect("db-read", model.Yes, "its query selects", n.at).Effect("db-write", model.No, "its query selects", n.at)
		} else {
			e.Effect("db-read", model.Yes, "it runs queries", n.at).Effect("db-write", model.Yes, "it runs queries", n.at)
		}
	case known:
		e.Product(info, n.at)
		b.Untrusted = info.Facts["untrusted-output"] == model.Yes
	default:
		e.Technology("langflow")
		if v := n.field("code"); v.Is(syntax.String) {
			b.Untrusted = e.Script(v.Text(), v.Span())
		}
	}
}

var account = regexp.MustCompile(`://[^/:@\s]{1,100}:[^@\s/]{1,200}@`)

// secrets describes the literal secrets in a component's fields.
func (f *flow) secrets(n *node) {
	if n.box.Ref.IsZero() {
		return
	}
	for key, field := range n.template.Pairs() {
		v := field.Argument("value")
		if !v.Is(syntax.String) || v.Text() == "" {
			continue
		}
		at := v.Span()
		secret := field.Argument("password").TextIs("true")
		switch value := v.Text(); {
		case secret && field.Argument("load_from_db").TextIs("true"), secret && strings.ToUpper(value) == value:
			f.credential(n, key.Text(), model.No, "only its name stands in the file", at)
		case secret && len(value) > 12 && !discover.Placeholder(value), account.MatchString(value) && !strings.Contains(value, "{") && len(value) < 400:
			f.credential(n, key.Text(), model.Yes, "its value stands in the file", at)
		}
	}
}

func (f *flow) credential(n *node, name, plain, why string, at source.Span) {
	ref := discover.Of(n.ref, name)
	f.Element(model.Credential, ref, n.label+" "+name, at).FactBecause("plain-text", plain, why, at)
	f.Flow(model.CredentialUse, n.box.Ref, ref, at)
}

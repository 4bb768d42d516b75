package langgraph

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

var (
	vectorStores = []string{
		"@langchain/community/vectorstores/*.**", "langchain/vectorstores/*.**", "@langchain/classic/vectorstores/*.**", "@langchain/core/vectorstores.**", "@langchain/pinecone.**", "@langchain/qdrant.**", "@langchain/weaviate.**",
		"@langchain/mongodb.MongoDBAtlasVectorSearch", "@langchain/mongodb.MongoDBAtlasVectorSearch.*", "@langchain/redis.RedisVectorStore", "@langchain/redis.RedisVectorStore.*",
		"langchain_community.vectorstores.**", "langchain.vectorstores.**", "langchain_core.vectorstores.**", "langchain_classic.vectorstores.**",
		"langchain_chroma.**.Chroma", "langchain_chroma.Chroma.*", "langchain_pinecone.**", "langchain_postgres.**.PGVector*", "langchain_postgres.**.PGVector*.*",
		"langchain_qdrant.**", "langchain_mongodb.**.MongoDBAtlasVectorSearch", "langchain_mongodb.**.MongoDBAtlasVectorSearch.*", "langchain_weaviate.**", "langchain_milvus.**",
		"langchain_redis.**.RedisVectorStore", "langchain_redis.**.RedisVectorStore.*", "langchain_neo4j.**.Neo4jVector", "langchain_neo4j.**.Neo4jVector.*",
		"langchain_elasticsearch.**.ElasticsearchStore", "langchain_elasticsearch.**.ElasticsearchStore.*", "langchain_astradb.**", "langchain_aws.**.*VectorStore", "langchain_google_vertexai.**.VectorSearch*",
	}
	retrieverTypes = []string{
		"@langchain/community/retrievers/*.*Retriever*", "@langchain/core/retrievers.BaseRetriever", "langchain/retrievers/*.*Retriever*", "@langchain/classic/retrievers/*.*Retriever*", "@langchain/aws.AmazonKnowledgeBaseRetriever",
		"langchain_community.retrievers.**.*Retriever*", "langchain.retrievers.**.*Retriever*", "langchain_classic.retrievers.**.*Retriever*", "langchain_aws.**.AmazonKnowledgeBasesRetriever", "langchain_aws.**.AmazonKendraRetriever",
		"langchain_google_community.**.VertexAISearchRetriever", "langchain_core.retrievers.BaseRetriever", "langchain_tavily.**.TavilySearchAPIRetriever", "langchain_mongodb.**.*Retriever", "langchain_elasticsearch.**.*Retriever",
	}
	loaderTypes = []string{
		"@langchain/community/document_loaders/*.*", "langchain/document_loaders/*.*", "@langchain/classic/document_loaders/*.*",
		"langchain_community.document_loaders.**", "langchain.document_loaders.**", "langchain_unstructured.**", "langchain_classic.document_loaders.**",
	}
	// searching methods read a vector store or retriever.
	searching = map[string]bool{
		"similarity_search": true, "asimilarity_search": true, "similarity_search_with_score": true, "similarity_search_with_relevance_scores": true,
		"max_marginal_relevance_search": true, "get_relevant_documents": true, "aget_relevant_documents": true, "invoke": true, "ainvoke": true,
		"similarity_search_by_vector": true,
	}
	indexing = map[string]bool{
		"from_documents": true, "afrom_documents": true, "from_texts": true, "afrom_texts": true, "add_documents": true, "aadd_documents": true, "add_texts": true, "aadd_texts": true,
	}

	checkpointers = []string{
		"@langchain/langgraph*.*Saver", "@langchain/langgraph*.*Saver.fromConnString", "@langchain/langgraph*.*Saver.fromUrl",
		"langgraph.checkpoint.**.*Saver", "langgraph.checkpoint.**.*Saver.from_conn_string", "langgraph.checkpoint.**.*Saver.from_conn_info", "langgraph_checkpoint_*.**", "langgraph.checkpoint.**.ShallowPostgresSaver",
	}
	longStores   = []string{"@langchain/langgraph*.*Store", "@langchain/langgraph*.*Store.fromConnString", "langgraph.store.**.*Store", "langgraph.store.**.*Store.from_conn_string"}
	chatMemories = []string{
		"langchain/memory.*", "@langchain/classic/memory.*", "@langchain/community/stores/message/*.*", "langchain/stores/message/*.*", "@langchain/community/memory/*.*", "@langchain/core/chat_history.InMemoryChatMessageHistory",
		"langchain.memory.**", "langchain_classic.memory.**", "langchain_community.chat_message_histories.**", "langchain_core.chat_history.InMemoryChatMessageHistory",
		"langchain_community.memory.**", "langchain.memory.chat_message_histories.**", "langchain_postgres.**.PostgresChatMessageHistory", "langchain_mongodb.**.MongoDBChatMessageHistory",
		"langchain_redis.**.RedisChatMessageHistory",
	}
	storeTypes = []string{"langgraph.store.**", "@langchain/langgraph*.*Store*"}

	knowledgeTypes = slices.Concat(vectorStores, retrieverTypes)
	memoryTypes    = slices.Concat(checkpointers, longStores, chatMemories)
)

// isRetriever tells whether a value searches knowledge: a vector store, or a retriever made from one.
func (f *file) isRetriever(v *code.Value) bool {
	for _, one := range v.Each() {
		if !one.Is(code.Instance) {
			continue
		}
		if root := one.Root(); isKnowledge(one.Ref) || isKnowledge(root.Ref) {
			return true
		}
		if one.Ref.Def != nil && f.code.Derives(one.Ref, retrieverTypes...) {
			return true
		}
	}
	return false
}

func isKnowledge(ref code.Ref) bool {
	if strings.HasSuffix(ref.Name, "Embeddings") || strings.Contains(ref.Name, ".document_compressors.") {
		return false
	}
	return ref.Is(vectorStores...) || ref.Is(retrieverTypes...)
}

// knowledge describes the vector stores and retrievers that the file makes, and what is put into them.
func (f *file) knowledge() {
	for _, v := range f.instances(knowledgeTypes...) {
		for _, k := range f.knowledgeOf(v) {
			f.indexed(k, v)
		}
	}
	for _, c := range f.code.Calls() {
		callee := c.Node.Child(0)
		if method := verb(callee); !indexing[method] || strings.HasPrefix(method, "from_") || strings.HasPrefix(method, "afrom_") {
			continue
		}
		object := f.code.Eval(callee.Child(0))
		for _, one := range object.Each() {
			if one.Is(code.Instance) && isKnowledge(one.Root().Ref) {
				f.filled(f.knowledgeRef(one.Root()), f.code.Eval(c.Node.Child(1)), c.Node)
			}
		}
	}
}

// knowledgeRef names the store behind a retriever.
func (f *file) knowledgeRef(v *code.Value) discover.Ref { return f.Made(v, storePlaces...) }

// storePlaces are the arguments that tell two stores of one factory apart.
var storePlaces = []discover.Telling{
	{Name: "collection_name", Position: -1},
	{Name: "index_name", Position: -1},
	{Name: "persist_directory", Position: -1},
	{Name: "connection", Position: -1},
	{Name: "connection_string", Position: -1},
	{Name: "namespace", Position: -1},
	{Name: "conn_string", Position: 0},
}

// stores gives the stores behind a value: a retriever's store, the parts of an ensemble.
func (f *file) storesBehind(v *code.Value, depth int) []*code.Value {
	if v == nil || depth > 6 {
		return nil
	}
	var all []*code.Value
	for _, one := range v.Each() {
		if !one.Is(code.Instance) {
			continue
		}
		root := one.Root()
		var inner []*code.Value
		for _, key := range []string{"vectorstore", "retriever", "base_retriever", "retrievers", "vector_store"} {
			for _, m := range root.Arg(key, -1).Members() {
				inner = append(inner, f.storesBehind(m, depth+1)...)
			}
		}
		switch {
		case len(inner) > 0:
			all = append(all, inner...)
		case isKnowledge(root.Ref), root.Ref.Def != nil && f.code.Derives(root.Ref, retrieverTypes...):
			all = append(all, root)
		}
	}
	return all
}

// knowledgeOf describes the knowledge behind a value and returns its Refs.
func (f *file) knowledgeOf(v *code.Value) []discover.Ref {
	var refs []discover.Ref
	for _, store := range f.storesBehind(v, 0) {
		ref := f.knowledgeRef(store)
		class := classOf(store.Ref.Name)
		name := class
		_, symbol := store.Symbol()
		if symbol != "" && lastName(symbol) != "retriever" && lastName(symbol) != "vectorstore" {
			name = lastName(symbol)
		}
		at := store.Call.Span()
		e := f.Element(model.Knowledge, ref, name, at).Technology(strings.ToLower(class)).Alias(class, lastName(symbol))
		for _, key := range []string{"persist_directory", "connection", "connection_string", "index_name", "url", "host", "collection_name"} {
			if store.Has(key) {
				e.FactBecause("persistent", model.Yes, "it is kept under "+key, at)
				break
			}
		}
		if strings.HasPrefix(class, "InMemory") {
			e.Fact("persistent", model.No, at)
		}
		if strings.HasPrefix(class, "Amazon") || strings.HasPrefix(class, "Pinecone") || strings.HasPrefix(class, "Wikipedia") || strings.HasPrefix(class, "Arxiv") || strings.HasPrefix(class, "Tavily") || strings.HasPrefix(class, "VertexAI") {
			e.FactBecause("third-party", model.Yes, "it is a service of another party", at)
		}
		if strings.HasPrefix(class, "Wikipedia") || strings.HasPrefix(class, "Tavily") || strings.HasPrefix(class, "WebResearch") || strings.HasPrefix(class, "Arxiv") || strings.HasPrefix(class, "PubMed") {
			e.FactBecause("untrusted-writers", model.Yes, "it searches pages that strangers write", at)
		}
		refs = append(refs, ref)
	}
	return refs
}

// classOf is the class in a dotted name: "Chroma" of "langchain_chroma.Chroma.from_documents".
func classOf(dotted string) string {
	parts := strings.Split(dotted, ".")
	for i := len(parts) - 1; i >= 0; i-- {
		if parts[i] != "" && parts[i][0] >= 'A' && parts[i][0] <= 'Z' {
			return parts[i]
		}
	}
	return parts[len(parts)-1]
}

// indexed looks at how a store is made: from_documents puts documents in.
func (f *file) indexed(ref discover.Ref, v *code.Value) {
	if indexing[v.Ref.Last()] {
		documents := v.Arg("documents", 0)
		if documents == nil {
			documents = v.Arg("texts", 0)
		}
		f.filled(ref, documents, v.Call)
	}
}

// filled says where the documents of a store come from.
func (f *file) filled(ref discover.Ref, documents *code.Value, at syntax.Node) {
	for _, loader := range f.loadersBehind(documents, 0) {
		class := classOf(loader.Ref.Name)
		source := discover.Object(loader)
		name := class
		if what := loader.Arg("", 0).Str(); what != "" {
			name = class + " " + what
		}
		web := strings.Contains(class, "Web") || strings.Contains(class, "URL") || strings.Contains(class, "Sitemap") || strings.Contains(class, "Recursive") || strings.Contains(class, "Wikipedia") || strings.Contains(class, "Arxiv") || strings.Contains(class, "Youtube") || strings.Contains(class, "FireCrawl")
		role := "files"
		if web {
			role = "site"
		}
		e := f.Element(model.External, source, name, loader.Call.Span()).Technology("langchain").Fact("role", role, loader.Call.Span())
		if web {
			e.Fact("third-party", model.Yes, loader.Call.Span())
		}
		flow := f.Flow(model.Index, source, ref, at.Span())
		if web {
			flow.Fact("untrusted", model.Yes, loader.Call.Span())
		}
	}
}

// loadersBehind finds the document loaders that a value was made by, through splitters and list operations.
func (f *file) loadersBehind(v *code.Value, depth int) []*code.Value {
	if v == nil || depth > 8 {
		return nil
	}
	var all []*code.Value
	for _, one := range v.Members() {
		if !one.Is(code.Instance) {
			continue
		}
		if root := one.Root(); root.Ref.Is(loaderTypes...) {
			all = append(all, root)
			continue
		}
		for _, a := range one.Args() {
			all = append(all, f.loadersBehind(a.Value, depth+1)...)
		}
		if one.Base != nil {
			all = append(all, f.loadersBehind(one.Base, depth+1)...)
		}
	}
	return all
}

// retrieval says that something searches knowledge.
func (f *file) retrieval(v *code.Value, by discover.Ref, at syntax.Node) {
	for _, ref := range f.knowledgeOf(v) {
		f.Flow(model.Retrieval, ref, by, at.Span())
	}
}

// memories describes the checkpointers, stores and chat histories that the file makes.
func (f *file) memories() {
	held := map[string]discover.Ref{}
	for _, v := range f.instances(memoryTypes...) {
		refs := f.memoryOf(v)
		file, symbol := v.Root().Symbol()
		if len(refs) != 1 || !strings.Contains(symbol, ".") || v.Root().Template() != "" || local(v.Root().Call) {
			continue
		}
		// An attribute that is set where it is declared and again later holds one memory, whichever it is.
		holder := file + ":" + symbol + ":" + classOf(v.Root().Ref.Name)
		if first, ok := held[holder]; !ok {
			held[holder] = refs[0]
		} else if first != refs[0] {
			f.SameAs(refs[0], first)
		}
	}
}

// local tells whether what a call makes is put into a variable of a function: each branch may have its own.
func local(call syntax.Node) bool {
	for up := call.Parent(); !up.IsZero() && !up.Is(syntax.ClassDef); up = up.Parent() {
		if up.Is(syntax.Assign, syntax.AnnAssign) {
			function, _ := discover.FunctionAndLoop(up)
			return up.Child(0).Is(syntax.Name) && !function.IsZero()
		}
	}
	return false
}

// memoryOf describes memory and returns its Refs.
func (f *file) memoryOf(v *code.Value) []discover.Ref {
	var refs []discover.Ref
	for _, one := range v.Each() {
		if !one.Is(code.Instance) || one.Call.IsZero() {
			continue
		}
		object := one.Root()
		if !object.Ref.Is(checkpointers...) && !object.Ref.Is(longStores...) && !object.Ref.Is(chatMemories...) {
			continue
		}
		class := classOf(object.Ref.Name)
		if class == "MessagesPlaceholder" || strings.HasSuffix(class, "Embeddings") {
			continue
		}
		ref := f.Made(object, storePlaces...)
		at := object.Call.Span()
		_, symbol := object.Symbol()
		e := f.Element(model.Memory, ref, class, at).Technology(strings.ToLower(class)).Alias(lastName(symbol))
		switch {
		case class == "MemorySaver", strings.HasPrefix(class, "InMemory"), strings.HasPrefix(class, "Conversation"), class == "ChatMessageHistory":
			e.FactBecause("persistent", model.No, class+" lives in the process", at).
				FactBecause("exposed", model.No, class+" lives in the process: nothing listens for it", at)
		case object.Ref.Is(checkpointers...), object.Ref.Is(longStores...):
			e.FactBecause("persistent", model.Yes, class+" writes to a database", at)
			if strings.Contains(class, "Sqlite") {
				e.FactBecause("exposed", model.No, "its database is a file that the program opens: nothing listens for it", at)
			}
		}
		refs = append(refs, ref)
	}
	return refs
}

// storeCall recognises reads and writes of long-term memory: store.put(…), store.search(…).
func (f *file) storeCall(n syntax.Node, method string, eval func(syntax.Node) *code.Value) *storeUse {
	var write bool
	switch method {
	case "put", "aput", "delete", "adelete":
		write = true
	case "get", "aget", "search", "asearch":
	default:
		return nil
	}
	object := eval(n.Child(0).Child(0))
	for _, one := range object.Each() {
		if one.Is(code.Instance) && one.Root().Ref.Is(storeTypes...) {
			return &storeUse{object, write, n}
		}
	}
	return nil
}

// remembers says that an agent reads or writes memory.
func (f *file) remembers(agent discover.Ref, s storeUse) {
	for _, ref := range f.memoryOf(s.value) {
		if s.write {
			f.Flow(model.MemoryWrite, agent, ref, s.at.Span())
		} else {
			f.Flow(model.MemoryRead, ref, agent, s.at.Span())
		}
	}
}

// keeps says that a graph or agent keeps its state in memory.
func (f *file) keeps(owner discover.Ref, v *code.Value, at syntax.Node) {
	for _, ref := range f.memoryOf(v) {
		f.Flow(model.MemoryWrite, owner, ref, at.Span())
		f.Flow(model.MemoryRead, ref, owner, at.Span())
	}
}

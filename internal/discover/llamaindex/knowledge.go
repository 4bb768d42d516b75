package llamaindex

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// indexNames are the classes of indexes, with the class methods that make them.
var indexNames = append(scriptIndexes, indexes("VectorStoreIndex", "SummaryIndex", "ListIndex", "TreeIndex", "SimpleKeywordTableIndex", "KeywordTableIndex", "RAKEKeywordTableIndex", "KnowledgeGraphIndex",
	"PropertyGraphIndex", "DocumentSummaryIndex", "GPTVectorStoreIndex", "MultiModalVectorStoreIndex", "LlamaCloudIndex", "VertexAIIndex", "GPTSimpleVectorIndex", "ColbertIndex", "BM25Retriever")...)

func indexes(classes ...string) []string {
	var all []string
	for _, c := range classes {
		for _, by := range []string{"", ".from_documents", ".from_vector_store", ".from_existing", ".from_defaults"} {
			all = append(all, "llama_index.**."+c+by)
		}
	}
	return append(all, "llama_index.**.load_index_from_storage", "llama_index.**.load_indices_from_storage")
}

// chatEngineNames make an engine that keeps a conversation over an index.
var chatEngineNames = []string{"llama_index.**.as_chat_engine", "llama_index.**.CondensePlusContextChatEngine.from_defaults", "llama_index.**.ContextChatEngine.from_defaults", "llama_index.**.CondenseQuestionChatEngine.from_defaults", "llama_index.**.SimpleChatEngine.from_defaults", "llamaindex.**.asChatEngine", "llamaindex.ContextChatEngine", "llamaindex.CondenseQuestionChatEngine", "llamaindex.SimpleChatEngine"}

func isChatEngine(v *code.Value) bool {
	return v.Is(code.Instance) && !v.Typed() && v.Ref.Is(chatEngineNames...)
}

// index describes an index as knowledge, with the documents that are taken into it. Alternatives (make it, or load what
// was made before) that one variable holds are one index.
func (x *pass) index(v *code.Value) discover.Ref {
	if v.Typed() || v.Base != nil {
		return discover.Ref{}
	}
	path, symbol := v.Symbol()
	ref := discover.Object(v)
	if symbol != "" {
		ref = discover.Local(path, symbol)
	}
	if !x.Once("index:" + v.Key()) {
		return ref
	}
	at := v.Call.Span()
	name := v.Arg("name", -1).Str()
	if name == "" {
		name = x.NameOf(v)
	}
	e := x.Element(model.Knowledge, ref, name, at).Technology(technology)
	e.Alias(lastClass(v.Ref.Name))
	x.store(e, v)
	if v.Ref.Is("llama_index.**.LlamaCloudIndex") {
		e.Technology("llamacloud").FactBecause("persistent", model.Yes, "the provider keeps it", at).FactBecause("third-party", model.Yes, "the provider llamacloud keeps it", at)
	}
	for _, key := range []string{"documents", "nodes"} {
		if docs := v.Arg(key, 0); docs != nil {
			x.documents(ref, docs, 0)
			break
		}
	}
	return ref
}

func lastClass(name string) string {
	parts := strings.Split(name, ".")
	for i := len(parts) - 1; i >= 0; i-- {
		if p := parts[i]; p != "" && p[0] >= 'A' && p[0] <= 'Z' {
			return p
		}
	}
	return parts[len(parts)-1]
}

// store tells where an index is kept.
func (x *pass) store(e *discover.Element, v *code.Value) {
	at := v.Call.Span()
	storage := v.Arg("storage_context", -1)
	if storage == nil && v.Ref.Last() == "load_index_from_storage" {
		storage = v.Arg("", 0)
	}
	vectors := v.Arg("vector_store", 0)
	for _, s := range storage.Each() {
		if got := s.Arg("vector_store", -1); got != nil {
			vectors = got
		}
		if dir := s.Arg("persist_dir", -1); dir != nil {
			e.FactBecause("persistent", model.Yes, "it is kept in a folder", dir.Node.Span())
		}
	}
	for _, s := range vectors.Each() {
		if !s.Is(code.Instance) || !s.Ref.Is("@llamaindex/*.*VectorStore", "@llamaindex/*.*VectorSearch", "llamaindex.*VectorStore", "llama_index.vector_stores.**", "llama_index.**.*VectorStore", "llama_index.**.*VectorStore.*") {
			continue
		}
		class := lastClass(s.Ref.Name)
		e.Technology(strings.ToLower(strings.TrimSuffix(class, "VectorStore"))).Alias(class)
		switch class {
		case "SimpleVectorStore":
		case "PineconeVectorStore", "AzureAISearchVectorStore", "MongoDBAtlasVectorSearch", "AstraDBVectorStore", "ZepVectorStore":
			e.FactBecause("persistent", model.Yes, "it is kept by a service", at).FactBecause("third-party", model.Yes, "a service keeps it", at)
		default:
			e.FactBecause("persistent", model.Yes, "it is kept in a store", at)
		}
	}
}

// documents follows what is taken into an index back to where it is read.
func (x *pass) documents(into discover.Ref, v *code.Value, depth int) {
	if depth > 4 {
		return
	}
	for _, one := range v.Members() {
		if !one.Is(code.Instance) {
			continue
		}
		root := one.Root()
		switch {
		case root.Ref.Is("llamaindex.SimpleDirectoryReader", "@llamaindex/readers/directory.SimpleDirectoryReader"):
			x.read(into, one, []string{"directory_path"}, "files")
		case root.Ref.Is("@llamaindex/readers/**", "llamaindex.*Reader"):
			x.read(into, one, []string{"file_path", "url"}, "files")
		case root.Ref.Is("llama_index.**.SimpleDirectoryReader"):
			x.read(into, root, []string{"input_dir", "input_files"}, "files")
		case root.Ref.Is("llama_index.readers.web.**", "llama_index.**.*WebReader", "llama_index.**.*WebPageReader", "llama_index.**.TrafilaturaWebReader", "llama_index.**.BeautifulSoupWebReader"):
			x.read(into, one, []string{"urls", "url"}, "site")
		case root.Ref.Is("llama_parse.**", "llama_cloud_services.**"):
			x.read(into, one, []string{"file_path", "files"}, "files")
		case root.Ref.Is("llama_index.readers.**", "llama_index.**.*Reader"):
			ref := discover.Object(root)
			class := lastClass(root.Ref.Name)
			x.Element(model.External, ref, class, root.Call.Span()).Technology(strings.ToLower(strings.TrimSuffix(class, "Reader"))).Fact("role", "documents", root.Call.Span())
			x.Flow(model.Index, ref, into, one.Node.Span())
		default: // a parser, splitter or pipeline: what it is given
			for _, a := range one.Args() {
				x.documents(into, a.Value, depth+1)
			}
		}
	}
}

// read names what a reader reads, where the code says it.
func (x *pass) read(into discover.Ref, reader *code.Value, keys []string, role string) {
	said := false
	for _, key := range keys {
		arg := reader.Arg(key, -1)
		if arg == nil && key == keys[0] {
			arg = reader.Arg("", 0)
		}
		for _, one := range arg.Members() {
			text := one.Str()
			if text == "" || len(text) > 120 {
				continue
			}
			said = true
			at := one.Node.Span()
			ref := discover.Of(into, text)
			kind := role
			if strings.Contains(text, "://") {
				kind = "site"
			}
			x.Element(model.External, ref, text, at).Fact("role", kind, at)
			x.Flow(model.Index, ref, into, at)
		}
	}
	if !said {
		at := reader.Node.Span()
		ref := discover.Of(into, "documents")
		x.Element(model.External, ref, "documents", at).Fact("role", role, at)
		x.Flow(model.Index, ref, into, at)
	}
}

// lookups gives the indexes that an engine, retriever or composition of them looks into.
func (x *pass) lookups(v *code.Value, depth int) []discover.Ref {
	var all []discover.Ref
	if depth > 5 {
		return nil
	}
	for _, one := range v.Members() {
		if !one.Is(code.Instance) || one.Typed() {
			continue
		}
		root := one.Root()
		if root.Ref.Is(indexNames...) {
			if ref := x.index(root); !ref.IsZero() {
				all = append(all, ref)
			}
			continue
		}
		if root.Ref.Is("llamaindex.**", "llama_index.**.QueryEngineTool", "llama_index.**.QueryEngineTool.from_defaults", "llama_index.**.NLSQLTableQueryEngine", "llama_index.**.SQLTableRetrieverQueryEngine", "llama_index.**.PandasQueryEngine", "llama_index.**") {
			for _, a := range root.Args() {
				if key := a.Key.Str(); key != "llm" && key != "service_context" && key != "metadata" {
					all = append(all, x.lookups(a.Value, depth+1)...)
				}
			}
			if len(all) == 0 && root.Ref.Is("llama_index.**.*SQL*QueryEngine") {
				db := discover.Object(root)
				x.Element(model.Datastore, db, "database", root.Call.Span()).Technology("sql")
				all = append(all, db)
			}
		}
	}
	return all
}

// chatEngines describes engines that keep a conversation: an agent over an index. Query engines that code asks itself
// only find and tell: they are what joins knowledge and model.
func (x *pass) chatEngines() {
	for _, c := range x.Code().CallsTo(chatEngineNames...) {
		if !c.Callee.Is(chatEngineNames...) {
			continue // a class that derives from one
		}
		for _, v := range x.Code().Eval(c.Node).Each() {
			if !isChatEngine(v) {
				continue
			}
			ref := discover.Object(v)
			if !x.Once("agent:" + ref.Key()) {
				continue
			}
			at := c.Node.Span()
			name := x.NameOf(v)
			x.Element(model.Agent, ref, name, at).Technology(technology).Detail("a chat engine: it looks passages up and answers")
			x.models(ref, name, v.Arg("llm", -1))
			for _, key := range []string{"system_prompt", "context_prompt"} {
				if text := v.Arg(key, -1); text != nil {
					x.Prompt(ref, name, text)
					break
				}
			}
			for _, m := range v.Arg("memory", -1).Each() {
				x.memory(ref, m)
			}
			from := v.Base
			if from == nil {
				from = v.Arg("retriever", 0)
			}
			for _, k := range x.lookups(from, 0) {
				x.Flow(model.Retrieval, k, ref, at)
			}
		}
	}
	for _, c := range x.Code().CallsTo("llama_index.**.query", "llama_index.**.aquery", "llamaindex.**.query") {
		for _, run := range x.Code().Eval(c.Node).Each() {
			engine := run.Base
			if !engine.Is(code.Instance) || engine.Typed() || x.isAgent(engine) {
				continue
			}
			found := x.lookups(engine, 0)
			if len(found) == 0 {
				continue
			}
			ref := discover.Object(engine)
			if !x.Once("engine:" + ref.Key()) {
				continue
			}
			at := engine.Call.Span()
			name := x.NameOf(engine)
			x.Element(model.Orchestrator, ref, name, at).Technology(technology).Detail("a query engine: it looks passages up and has a model answer")
			for _, k := range found {
				x.Flow(model.Retrieval, k, ref, at)
			}
			x.models(ref, name, engine.Arg("llm", -1))
		}
	}
}

// farAbove is through how many functions what was looked up is handed back to whoever asks a model.
const farAbove = 3

// retrieved: code that looks passages up itself is an agent's or a tool's, or is called by one.
func (x *pass) retrieved() {
	for _, c := range x.Code().CallsTo("llama_index.**.retrieve", "llama_index.**.aretrieve") {
		for _, run := range x.Code().Eval(c.Node).Each() {
			if !run.Base.Is(code.Instance) {
				continue
			}
			for _, k := range x.lookups(run.Base, 0) {
				x.handsBack(k, c.Node, c.Node, 0)
			}
		}
	}
}

// handsBack says of the function around a node, and of those that call it, that they get what stands in an index.
func (x *pass) handsBack(index discover.Ref, node, at syntax.Node, depth int) {
	for !node.IsZero() && !node.Is(syntax.FuncDef) {
		node = node.Parent()
	}
	r := x.Code()
	if t := node.Tree(); t != nil && t.File.Path() != x.Path() {
		r = x.CodeOf(t.File.Path())
	}
	if r == nil || node.IsZero() || depth > farAbove {
		return
	}
	def := r.DefinitionOf(node)
	if def == nil || !x.Once("hands:"+index.Key()+def.ID()) {
		return
	}
	x.Flow(model.Retrieval, index, discover.Definition(def), at.Span()).IfDescribed()
	if class := node.Parent().Parent(); class.Is(syntax.ClassDef) {
		x.Flow(model.Retrieval, index, discover.Definition(r.DefinitionOf(class)), at.Span()).IfDescribed()
	}
	sites, _ := r.Callers(node)
	for _, site := range sites {
		x.handsBack(index, site, at, depth+1)
	}
}

// memory is what an agent keeps of conversations.
func (x *pass) memory(agent discover.Ref, v *code.Value) {
	if !v.Is(code.Instance) || v.Typed() {
		return
	}
	if !v.Ref.Is("llama_index.**.*Memory", "llama_index.**.*Memory.*", "llama_index.**.*MemoryBuffer", "llama_index.**.*MemoryBuffer.*", "llamaindex.createMemory", "@llamaindex/core/memory.*", "llamaindex.*Memory*") {
		return
	}
	ref := discover.Object(v)
	at := v.Call.Span()
	if x.Once("memory:" + ref.Key()) {
		e := x.Element(model.Memory, ref, x.NameOf(v), at).Technology(technology).Alias(lastClass(v.Ref.Name))
		store := v.Arg("chat_store", -1)
		switch {
		case store.Is(code.Instance) && lastClass(store.Ref.Name) != "SimpleChatStore":
			e.Technology(strings.ToLower(strings.TrimSuffix(lastClass(store.Ref.Name), "ChatStore"))).FactBecause("persistent", model.Yes, "it is kept in a store", at)
		case v.Arg("async_database_uri", -1) != nil:
			e.FactBecause("persistent", model.Yes, "it is kept in a database", at)
		case store == nil && v.Call.Is(syntax.Call) && v.Arg("vector_store", -1) == nil:
			e.FactBecause("persistent", model.No, "it is kept in the process", at)
		}
	}
	x.Remembers(agent, ref, at)
}

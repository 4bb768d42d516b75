package discover

import (
	"maps"
	"path"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Store is a database, cache or index that code opens with a client of its product. Projects put classes of their own
// around such clients; wherever the client is made, it is the same store when its address is.
type Store struct {
	Ref        Ref
	Kind       model.Kind // Datastore, Knowledge for an index of vectors, Memory for what keeps memories for agents
	Technology string
	Name       string
	Aliases    []string
	Address    string // as far as the code tells; "$NAME" for a variable of the environment
	At         source.Span
	Kept       string // whether it outlives the program: yes, no or "" where that is not known
	Hosted     bool   // another party keeps it
}

// opener is a call that opens a store.
type opener struct {
	technology string
	kind       model.Kind
	argument   string // the address
	position   int
	hosted     bool
}

var openers = func() map[string]opener {
	all := map[string]opener{}
	for _, row := range []struct {
		opener
		names string
	}{
		{opener{"sqlite", model.Datastore, "database", 0, false}, "sqlite3.connect aiosqlite.connect better-sqlite3.default node:sqlite.DatabaseSync bun:sqlite.Database"},
		{opener{"duckdb", model.Datastore, "database", 0, false}, "duckdb.connect duckdb.Database @duckdb/node-api.DuckDBInstance.create"},
		{opener{"postgres", model.Datastore, "dsn", 0, false}, "psycopg2.connect psycopg.connect psycopg.Connection.connect psycopg.AsyncConnection.connect psycopg_pool.ConnectionPool psycopg_pool.AsyncConnectionPool psycopg_pool.NullConnectionPool psycopg_pool.AsyncNullConnectionPool asyncpg.connect asyncpg.create_pool psycopg2.pool.SimpleConnectionPool psycopg2.pool.ThreadedConnectionPool pg.Pool pg.Client pg.default.Pool pg.default.Client postgres.default @mastra/pg.PostgresStore"},
		{opener{"postgres", model.Datastore, "", 0, true}, "@neondatabase/serverless.neon @neondatabase/serverless.Pool @vercel/postgres.createPool"},
		{opener{"mysql", model.Datastore, "host", 0, false}, "pymysql.connect MySQLdb.connect mysql.connector.connect aiomysql.connect aiomysql.create_pool mysql2/promise.createPool mysql2/promise.createConnection mysql2.createPool"},
		{opener{"sql", model.Datastore, "url", 0, false}, "sqlalchemy.create_engine sqlalchemy.engine.create_engine sqlalchemy.ext.asyncio.create_async_engine sqlmodel.create_engine databases.Database"},
		{opener{"sql", model.Datastore, "connection", -1, false}, "knex.default knex.knex knex"},
		{opener{"redis", model.Datastore, "url", 0, false}, "redis.from_url redis.Redis.from_url redis.asyncio.from_url redis.asyncio.Redis.from_url aioredis.from_url redis.asyncio.client.Redis.from_url ioredis.default ioredis.Redis redis.createClient"},
		{opener{"redis", model.Datastore, "host", 0, false}, "redis.Redis redis.StrictRedis redis.asyncio.Redis redis.client.Redis aioredis.Redis"},
		{opener{"redis", model.Datastore, "url", 0, true}, "@upstash/redis.Redis upstash_redis.Redis"},
		{opener{"mongodb", model.Datastore, "host", 0, false}, "pymongo.MongoClient pymongo.AsyncMongoClient motor.motor_asyncio.AsyncIOMotorClient mongodb.MongoClient mongoose.connect mongoose.default.connect"},
		{opener{"cosmos-db", model.Datastore, "url", 0, true}, "azure.cosmos.CosmosClient azure.cosmos.aio.CosmosClient azure.cosmos.CosmosClient.from_connection_string azure.cosmos.aio.CosmosClient.from_connection_string @azure/cosmos.CosmosClient"},
		{opener{"supabase", model.Datastore, "supabase_url", 0, true}, "supabase.create_client supabase.acreate_client supabase.create_async_client @supabase/supabase-js.createClient @supabase/ssr.createServerClient"},
		{opener{"firestore", model.Datastore, "project", 0, true}, "google.cloud.firestore.Client google.cloud.firestore.AsyncClient firebase_admin.firestore.client"},
		{opener{"bigquery", model.Datastore, "project", 0, true}, "google.cloud.bigquery.Client @google-cloud/bigquery.BigQuery"},
		{opener{"snowflake", model.Datastore, "account", -1, true}, "snowflake.connector.connect"},
		{opener{"neo4j", model.Datastore, "uri", 0, false}, "neo4j.GraphDatabase.driver neo4j.AsyncGraphDatabase.driver neo4j-driver.driver neo4j-driver.default.driver"},
		{opener{"dynamodb", model.Datastore, "", -1, true}, "@aws-sdk/client-dynamodb.DynamoDBClient"},
		{opener{"s3", model.Datastore, "", -1, true}, "@aws-sdk/client-s3.S3Client"},
		{opener{"sqlite", model.Datastore, "url", 0, false}, "@libsql/client.createClient @mastra/libsql.LibSQLStore libsql_client.create_client @libsql/client/web.createClient"},
		{opener{"prisma", model.Datastore, "", -1, false}, "@prisma/client.PrismaClient"},
		{opener{"mem0", model.Memory, "", -1, true}, "mem0.MemoryClient mem0.AsyncMemoryClient mem0.client.main.MemoryClient mem0.client.main.AsyncMemoryClient mem0ai.default mem0ai.MemoryClient"},
		{opener{"mem0", model.Memory, "", -1, false}, "mem0.Memory mem0.AsyncMemory mem0.Memory.from_config mem0.AsyncMemory.from_config mem0.memory.main.Memory mem0.memory.main.Memory.from_config mem0ai/oss.Memory"},
		{opener{"zep", model.Memory, "", -1, true}, "zep_cloud.Zep zep_cloud.AsyncZep zep_cloud.client.Zep zep_cloud.client.AsyncZep @getzep/zep-cloud.ZepClient"},
		{opener{"chroma", model.Knowledge, "path", 0, false}, "chromadb.PersistentClient chromadb.Client chromadb.EphemeralClient"},
		{opener{"chroma", model.Knowledge, "host", 0, false}, "chromadb.HttpClient chromadb.AsyncHttpClient chromadb.ChromaClient"},
		{opener{"chroma", model.Knowledge, "database", -1, true}, "chromadb.CloudClient"},
		{opener{"pinecone", model.Knowledge, "", -1, true}, "pinecone.Pinecone pinecone.PineconeAsyncio pinecone.grpc.PineconeGRPC @pinecone-database/pinecone.Pinecone"},
		{opener{"qdrant", model.Knowledge, "url", 1, false}, "qdrant_client.QdrantClient qdrant_client.AsyncQdrantClient @qdrant/js-client-rest.QdrantClient"},
		{opener{"weaviate", model.Knowledge, "url", 0, false}, "weaviate.Client weaviate.connect_to_local weaviate.connect_to_custom weaviate-client.default.client"},
		{opener{"weaviate", model.Knowledge, "cluster_url", 0, true}, "weaviate.connect_to_weaviate_cloud weaviate.connect_to_wcs"},
		{opener{"milvus", model.Knowledge, "uri", 0, false}, "pymilvus.MilvusClient pymilvus.AsyncMilvusClient pymilvus.connections.connect"},
		{opener{"lancedb", model.Knowledge, "uri", 0, false}, "lancedb.connect lancedb.connect_async @lancedb/lancedb.connect"},
		{opener{"faiss", model.Knowledge, "fname", 0, false}, "faiss.read_index"},
		{opener{"faiss", model.Knowledge, "", -1, false}, "faiss.IndexFlatL2 faiss.IndexFlatIP faiss.IndexHNSWFlat faiss.IndexIVFFlat"},
		{opener{"elasticsearch", model.Knowledge, "hosts", 0, false}, "elasticsearch.Elasticsearch elasticsearch.AsyncElasticsearch @elastic/elasticsearch.Client"},
		{opener{"opensearch", model.Knowledge, "hosts", 0, false}, "opensearchpy.OpenSearch opensearchpy.AsyncOpenSearch"},
		{opener{"azure-ai-search", model.Knowledge, "endpoint", 0, true}, "azure.search.documents.SearchClient azure.search.documents.aio.SearchClient"},
	} {
		for _, name := range strings.Fields(row.names) {
			all[name] = row.opener
		}
	}
	return all
}()

// StoreModules are the modules from which stores are opened, sorted.
func StoreModules() []string {
	once := map[string]bool{}
	for name := range openers {
		once[sdkPackage(name)] = true
	}
	return slices.Sorted(maps.Keys(once))
}

// schemes tell a database by how its address begins.
var schemes = map[string]string{"postgresql": "postgres", "postgres": "postgres", "sqlite": "sqlite", "mysql": "mysql", "mariadb": "mysql", "mssql": "sql-server", "oracle": "oracle", "duckdb": "duckdb", "snowflake": "snowflake", "bigquery": "bigquery", "libsql": "sqlite", "redis": "redis", "rediss": "redis", "mongodb": "mongodb"}

// StoreOf is the store behind a value: what a client's constructor made, or what was asked of it.
func (p *Pass) StoreOf(v *code.Value) (Store, bool) { return storeOf(v) }

func storeOf(v *code.Value) (Store, bool) {
	var made *code.Value
	var how opener
	for one := v; one != nil; one = one.Base {
		for _, name := range append([]string{one.Ref.Name}, one.Ref.Names...) {
			if o, ok := openers[name]; ok && one.Is(code.Instance) && one.Call.Is(syntax.Call) {
				made, how = one, o
			}
		}
	}
	if made == nil || made.Call.Tree() == nil || made.Call.Tree().File == nil {
		return Store{}, false
	}
	s := Store{Kind: how.kind, Technology: how.technology, Hosted: how.hosted, At: made.Call.Span()}
	file := made.Call.Tree().File.Path()
	var where *code.Value
	if how.argument != "" || how.position >= 0 {
		where = made.Arg(how.argument, how.position)
		for _, other := range []string{"connectionString", "connection_string", "conninfo", "filename", "uri", "url", "host", "location", "endpoint"} {
			if where == nil {
				where = made.Arg(other, -1)
			}
		}
	}
	s.address(where)
	class, function := definitionsAround(made.Call)
	holder := class
	if holder == "" && s.Address == "" {
		holder = nameOf(made)
	}
	if s.Name == "" {
		s.Name = s.Technology
	}
	_, symbol := made.Symbol()
	for _, alias := range []string{class, function, symbol[strings.LastIndexByte(symbol, '.')+1:], s.Technology} {
		if alias != "" && alias != s.Name {
			s.Aliases = append(s.Aliases, alias)
		}
	}
	if s.Address != "" && s.Kept != model.No {
		s.Ref = Named(s.Kind, s.Technology+" "+s.Address)
	} else {
		s.Ref = Local(file, "store", s.Technology, holder)
	}
	return s, true
}

// address reads where a store is.
func (s *Store) address(v *code.Value) {
	env := ""
	text := ""
	for _, one := range v.Each() {
		if one.Is(code.Env) {
			env = one.Text
			one = one.Default()
		}
		if one.Is(code.String) {
			text = one.Text
			for _, h := range one.Holes {
				if h.Value.Is(code.Env) && env == "" {
					env = h.Value.Text
				}
			}
			if len(one.Holes) > 0 {
				text, _, _ = strings.Cut(text, "{")
			}
		} else if file, ok := one.FilePath(); ok {
			text = file
		}
		if text != "" {
			break
		}
	}
	scheme, rest, hasScheme := strings.Cut(text, "://")
	if hasScheme {
		base, _, _ := strings.Cut(scheme, "+")
		if t := schemes[strings.ToLower(base)]; t != "" {
			s.Technology = t
		}
	}
	file := s.Technology == "sqlite" || s.Technology == "duckdb" || s.Technology == "lancedb" || s.Technology == "faiss" || s.Technology == "chroma"
	switch {
	case text == ":memory:", hasScheme && file && strings.Trim(rest, "/") == "", strings.Contains(text, ":memory:"):
		s.Kept = model.No
	case file && text != "" && !strings.Contains(text, "://"), hasScheme && s.Technology == "sqlite":
		if hasScheme {
			text = rest
		}
		s.Kept = model.Yes
		s.Address = path.Clean(strings.TrimPrefix(strings.TrimPrefix(text, "/"), "./"))
		s.Name = path.Base(s.Address)
	case env != "":
		s.Address = "$" + env
	case hasScheme:
		if at := strings.LastIndexByte(rest, '@'); at >= 0 {
			rest = rest[at+1:] // without whoever's password
		}
		rest, _, _ = strings.Cut(rest, "?")
		s.Address = strings.TrimSuffix(rest, "/")
	}
	if s.Kept == "" && !file && s.Technology != "sql" {
		s.Kept = model.Yes
	}
}

// definitionsAround are the class and the outermost function that a node stands in.
func definitionsAround(n syntax.Node) (class, function string) {
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		switch {
		case up.Is(syntax.ClassDef) && class == "":
			class = up.Text()
		case up.Is(syntax.FuncDef):
			function = up.Text()
		}
	}
	if function == "__init__" || function == "constructor" {
		function = ""
	}
	return class, function
}

// Opens tells whether a name is of a call that opens a store.
func Opens(ref code.Ref) bool {
	if _, ok := openers[ref.Name]; ok {
		return true
	}
	for _, name := range ref.Names {
		if _, ok := openers[name]; ok {
			return true
		}
	}
	return false
}

// touches joins a tool with the stores that its function reads and writes, where its effects say that it does so.
func (p *Pass) touches(e *Element, def *code.Def) {
	reads, writes := e.effects.yes("db-read"), e.effects.yes("db-write")
	if p.code == nil || !reads && !writes {
		return
	}
	for _, s := range p.doesOf(def).stores {
		if reads {
			p.Flow(readOf(s.kind), s.ref, e.Ref, s.at).IfDescribed()
		}
		if writes {
			p.Flow(writeOf(s.kind), e.Ref, s.ref, s.at).IfDescribed()
		}
	}
}

// readOf is how what a kind of store holds is read.
func readOf(kind model.Kind) model.FlowKind {
	switch kind {
	case model.Knowledge:
		return model.Retrieval
	case model.Memory:
		return model.MemoryRead
	}
	return model.DataRead
}

// writeOf is how a kind of store is written.
func writeOf(kind model.Kind) model.FlowKind {
	switch kind {
	case model.Knowledge:
		return model.Index
	case model.Memory:
		return model.MemoryWrite
	}
	return model.DataWrite
}

// Retrieves joins an agent that is written by hand with the knowledge that its function looks things up in before it asks
// its model, and with the memories that it recalls and keeps.
func (p *Pass) Retrieves(agent Ref, def *code.Def) {
	if p.code == nil || def == nil {
		return
	}
	d := p.doesOf(def)
	does := func(name string) bool {
		return slices.ContainsFunc(d.effects, func(e Effect) bool { return e.Name == name && e.Value == model.Yes })
	}
	reads, writes := does("db-read"), does("db-write")
	for _, s := range d.stores {
		if reads && s.kind != model.Datastore {
			p.Flow(readOf(s.kind), s.ref, agent, s.at).IfDescribed()
		}
		if writes && s.kind == model.Memory {
			p.Flow(model.MemoryWrite, agent, s.ref, s.at).IfDescribed()
		}
	}
}

package mcpserver

import (
	"path"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// A toolbox of Google's (MCP Toolbox for Databases) is a server without source in the tree: a file of YAML names the
// databases that it opens and, for each tool, the statement that it asks one of them.

// toolboxTraces are beginnings of the kinds of its tools and databases.
var toolboxTraces = []string{
	"kind: postgres", "kind: mysql", "kind: mssql", "kind: sqlite", "kind: bigquery", "kind: spanner", "kind: alloydb", "kind: cloud-sql", "kind: neo4j",
	"kind: mongodb", "kind: clickhouse", "kind: couchbase", "kind: oceanbase", "kind: bigtable", "kind: firestore",
}

// toolboxPort is where it listens when nobody says otherwise.
const toolboxPort = 5000

// toolbox describes what such a file offers.
func toolbox(p *discover.Pass) error {
	root := p.Tree().Root()
	if root.Is(syntax.Module) {
		root = root.Child(0)
	}
	tools, sources := root.Argument("tools"), root.Argument("sources")
	if !tools.Is(syntax.Map) || !sources.Is(syntax.Map) {
		return nil
	}
	stores := map[string]discover.Ref{}
	for pair := range sources.All(syntax.Pair) {
		kind, _ := pair.Child(1).Argument("kind").Scalar()
		if technology := storedBy(kind); technology != "" {
			name := pair.Child(0).Text()
			stores[name] = discover.Local(p.Path(), "source."+name)
			p.Element(model.Datastore, stores[name], name, pair.Span()).Technology(technology).
				FactBecause("persistent", model.Yes, "it outlives the server that opens it", pair.Child(0).Span())
		}
	}
	server := discover.Local(p.Path(), "toolbox")
	offered := false
	for pair := range tools.All(syntax.Pair) {
		tool := pair.Child(1)
		kind, _ := tool.Argument("kind").Scalar()
		from, named := tool.Argument("source").Scalar()
		if kind == "" || !named {
			continue
		}
		offered = true
		ref := discover.Local(p.Path(), pair.Child(0).Text())
		at := pair.Child(0).Span()
		description, _ := tool.Argument("description").Scalar()
		e := p.Element(model.Tool, ref, pair.Child(0).Text(), at).Technology(technology).Detail(strings.TrimSpace(description))
		reads, writes := toolEffects(e, kind, tool)
		p.Flow(model.Provides, server, ref, at)
		if store, ok := stores[from]; ok && reads {
			p.Flow(model.DataRead, store, ref, tool.Argument("source").Span())
		}
		if store, ok := stores[from]; ok && writes {
			p.Flow(model.DataWrite, ref, store, tool.Argument("source").Span())
		}
	}
	if !offered {
		return nil
	}
	name := "toolbox"
	if dir := path.Base(path.Dir(p.Path())); dir != "." && dir != "/" {
		name = dir
	}
	p.Element(model.MCPServer, server, name, tools.Parent().Span()).Technology(technology).Detail("MCP Toolbox for Databases, which offers what this file lists")
	p.StartedBy(server, discover.Held, discover.PortName(toolboxPort))
	return nil
}

// toolEffects says what a tool of a kind does: one with a statement does that, one that a model hands a statement does
// whatever it says, one that lists only reads.
func toolEffects(e *discover.Element, kind string, tool syntax.Node) (reads, writes bool) {
	at := tool.Argument("kind").Span()
	switch statement, ok := tool.Argument("statement").Scalar(); {
	case ok:
		return e.Statement(statement, !tool.Argument("templateParameters").IsZero(), tool.Argument("statement").Span())
	case strings.HasSuffix(kind, "execute-sql") || strings.HasSuffix(kind, "execute-cypher"):
		e.Effect("db-read", model.Yes, "a model hands it the statement that it asks", at)
		if value, _ := tool.Argument("readOnly").Scalar(); value == "true" {
			return true, false
		}
		e.Effect("db-write", model.Yes, "a model hands it the statement that it asks", at)
		return true, true
	case strings.Contains(kind, "-list-") || strings.Contains(kind, "-get-") || strings.Contains(kind, "-find"):
		e.Effect("db-read", model.Yes, "it asks the database what it holds", at)
		return true, false
	case kind == "http":
		method, _ := tool.Argument("method").Scalar()
		e.Request(method, "", at)
	}
	return false, false
}

// storedBy is the product behind a kind of source; "" where it is none that keeps anything.
func storedBy(kind string) string {
	for _, of := range []struct{ part, product string }{
		{"postgres", "postgres"},
		{"mysql", "mysql"},
		{"mssql", "sql-server"},
		{"sqlite", "sqlite"},
		{"bigquery", "bigquery"},
		{"spanner", "spanner"},
		{"neo4j", "neo4j"},
		{"mongodb", "mongodb"},
		{"redis", "redis"},
		{"valkey", "valkey"},
		{"clickhouse", "clickhouse"},
		{"couchbase", "couchbase"},
		{"oceanbase", "oceanbase"},
		{"bigtable", "bigtable"},
		{"firestore", "firestore"},
	} {
		if strings.Contains(kind, of.part) {
			return of.product
		}
	}
	return ""
}

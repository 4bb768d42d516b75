package n8n

import (
	"regexp"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Plain nodes on the way of a workflow: those that ask a model over HTTP, and those for records.

// endpoint tells whether a node is a request to a model's interface.
func (n *node) endpoint() bool {
	if n.kind != "httpRequest" || n.handed {
		return false
	}
	_, ok := discover.ModelEndpoint(n.param("url"))
	return ok
}

// bodies are the parameters in which a request carries what it sends.
var bodies = []string{"jsonBody", "bodyParametersJson", "body"}

// requested describes a request to a model's interface.
func (w *workflow) requested(n *node) {
	n.box.Role, n.box.Ref = discover.AgentBox, w.local(n.name)
	n.element = w.Element(model.Agent, n.box.Ref, n.name, n.at).Technology("n8n").
		FactBecause("loops", model.No, "a request asks its model once", n.at)
	url := n.params.Argument("url")
	provider, _ := discover.ModelEndpoint(url.Text())
	name, at := w.askedModel(n)
	if name == "" {
		w.Unresolved("the model of "+n.name, "its request is put together when the workflow runs", url.Span())
		return
	}
	w.UsesModel(n.box.Ref, w.ModelNamed(name, provider, at), at)
}

var (
	modelField = regexp.MustCompile(`(?i)["']?\b\w*model["']?\s*[:=]\s*(?:String\()?(?:\$env\.\w+\s*(?:\|\||\?\?)\s*)?["']([A-Za-z][\w./:-]*\d[\w./:-]*)["']`)
	modelInURL = regexp.MustCompile(`/models/([\w.-]+):`)
)

// askedModel finds the model of a request: in what it sends, in its address, or in the scripts and fields of the
// workflow that prepare the request, where those name one model only.
func (w *workflow) askedModel(n *node) (string, source.Span) {
	for _, key := range bodies {
		if v := n.params.Argument(key); v.Is(syntax.String) {
			if m := modelField.FindStringSubmatch(v.Text()); m != nil {
				return m[1], v.Span()
			}
		}
	}
	list := n.params.Argument("bodyParameters").Argument("parameters")
	for field := range list.All(syntax.Map) {
		if value := text(field, "value"); text(field, "name") == "model" && value != "" && value[0] != '=' {
			return value, field.Argument("value").Span()
		}
	}
	url := n.params.Argument("url")
	if m := modelInURL.FindStringSubmatch(url.Text()); m != nil {
		return m[1], url.Span()
	}
	found, at := "", source.Span{}
	for _, other := range w.nodes {
		for _, v := range prepared(other) {
			for _, m := range modelField.FindAllStringSubmatch(v.Text(), mostHoles) {
				if found != "" && m[1] != found {
					return "", source.Span{}
				}
				if found == "" {
					found, at = m[1], v.Span()
				}
			}
		}
	}
	return found, at
}

// prepared are the texts of a node that makes fields for others.
func prepared(n *node) []syntax.Node {
	var all []syntax.Node
	switch {
	case n.is("code"):
		all = append(all, n.params.Argument("jsCode"), n.params.Argument("pythonCode"))
	case n.is("function", "functionItem"):
		all = append(all, n.params.Argument("functionCode"))
	case n.is("set"):
		all = append(all, n.params.Argument("jsonOutput"))
	}
	return all
}

// records tells whether a plain node is for a database or a shared table.
func (n *node) records() bool {
	if n.handed {
		return false
	}
	info, known := discover.ProductNamed("n8n:" + n.kind)
	return known && (info.Technology == "database" || info.Technology == "table")
}

// table describes the records that a plain node reads or changes. Nodes for the same table are one store.
func (w *workflow) table(n *node) {
	operation := n.param("operation")
	if operation == "" {
		operation = usual[n.kind]
	}
	b := n.box
	b.Role = discover.StoreBox
	b.Ref = w.local(n.name)
	document, sheet := "", ""
	for _, key := range []string{"documentId", "base", "tableId", "databaseId", "database"} {
		if document = strings.TrimPrefix(n.param(key), "="); document != "" {
			break
		}
	}
	for _, key := range []string{"sheetName", "table", "tableName", "collection"} {
		if sheet = strings.TrimPrefix(n.param(key), "="); sheet != "" {
			break
		}
	}
	if document+sheet != "" && len(document)+len(sheet) < 200 {
		b.Ref = w.local(n.kind, document, sheet)
	}
	reads, writes := begins(operation, readers), begins(operation, writers)
	if operation == "executeQuery" {
		query := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(n.param("query"), "=")))
		reads = strings.HasPrefix(query, "select") || strings.HasPrefix(query, "with")
		writes = !reads && query != "" && !strings.HasPrefix(query, "{{")
	}
	if !reads && !writes {
		reads, writes = true, true
	}
	b.Reads, b.Fills = reads, writes
	info, _ := discover.ProductNamed("n8n:" + n.kind)
	b.Untrusted = reads && info.Facts["untrusted-output"] == model.Yes
	n.element = w.Element(model.Datastore, b.Ref, n.name, n.at).Technology(strings.ToLower(n.kind)).Alias(n.name).
		Fact("persistent", model.Yes, n.at)
}

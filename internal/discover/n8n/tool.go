package n8n

import (
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// plain are nodes of the base package that reach nothing outside.
var plain = map[string]bool{
	"set": true, "if": true, "switch": true, "merge": true, "splitOut": true, "splitInBatches": true, "aggregate": true, "filter": true, "noOp": true,
	"code": true, "function": true, "functionItem": true, "html": true, "htmlExtract": true, "markdown": true, "limit": true, "sort": true, "wait": true, "extractFromFile": true,
	"convertToFile": true, "itemLists": true, "summarize": true, //nolint:misspell // the word of the export
	"removeDuplicates": true, "dateTime": true, "crypto": true, "editImage": true,
	"compression": true, "moveBinaryData": true, "spreadsheetFile": true, "stopAndError": true, "respondToWebhook": true, "form": true, "executionData": true,
	"xml": true, "renameKeys": true, "compareDatasets": true, "debugHelper": true, "readPDF": true, "errorTrigger": true, "totp": true, "jwt": true, "ai-transform": true, "aiTransform": true,
}

// usual are the operations that nodes do when none is said.
var usual = map[string]string{
	"gmail": "send", "slack": "post", "telegram": "sendMessage", "emailSend": "send", "discord": "send", "microsoftTeams": "create", "microsoftOutlook": "send",
	"whatsApp": "send", "twilio": "send", "mattermost": "post", "googleSheets": "read", "airtable": "get", "notion": "get", "postgres": "insert", "mySql": "executeQuery", "supabase": "create",
	"googleDrive": "upload", "googleCalendar": "create", "googleDocs": "create", "github": "create", "gitlab": "create", "jira": "create", "redis": "info", "mongoDb": "find", "s3": "upload",
	"readWriteFile": "read", "wordpress": "create", "hubspot": "upsert", "linear": "create", "trello": "create", "todoist": "create", "twitter": "create", "linkedIn": "create", "dataTable": "insert",
	"mondayCom": "create", "asana": "create", "clickUp": "create", "zendesk": "create", "freshdesk": "create", "salesforce": "create", "pipedrive": "create", "odoo": "create", "intercom": "create",
	"shopify": "create", "wooCommerce": "create", "googleTasks": "create", "airtableTool": "get", "zohoCrm": "create", "serviceNow": "get",
}

// readers and writers are how the names of operations begin.
var (
	readers = []string{"get", "read", "search", "list", "find", "select", "download", "lookup", "query", "info", "keys", "count", "availability", "retrieve", "load", "export", "fetch"}
	writers = []string{
		"create", "send", "post", "append", "update", "upsert", "insert", "delete", "remove", "add", "write", "upload", "reply", "set", "push", "publish", "move", "copy", "mark",
		"edit", "share", "pin", "invite", "clear", "replace", "drop", "schedule", "star", "merge", "archive", "assign", "increment", "transfer", "tweet", "like", "kick", "restrict", "promote", "pay", "charge",
	}
)

// reaches tells whether a plain node on the way does something outside the workflow.
func (w *workflow) reaches(n *node) bool {
	if plain[n.kind] {
		return false
	}
	if _, known := discover.ProductNamed("n8n:" + n.kind); known {
		return true
	}
	return n.Argument("credentials").Count() > 0 || n.param("operation") != "" || n.param("resource") != ""
}

func (w *workflow) tool(n *node) {
	b := n.box
	b.Role, b.Ref = discover.ToolBox, w.local(n.name)
	label := ""
	if n.handed {
		if label = n.param("name"); label == "" || strings.HasPrefix(label, "=") {
			label = ""
		}
	}
	if label == "" {
		label = n.name
	}
	e := w.Element(model.Tool, b.Ref, label, n.at).Alias(n.name)
	n.element = e
	b.Drawn = !n.handed
	for _, key := range []string{"toolDescription", "description"} {
		if d := strings.TrimPrefix(n.param(key), "="); d != "" {
			e.Detail(d)
			break
		}
	}
	switch kind := strings.TrimSuffix(n.kind, "Tool"); {
	case n.ai && n.is("toolWorkflow"), n.is("executeWorkflow"):
		w.subWorkflow(n)
	case n.ai && n.is("toolCode"), n.is("code"):
		w.script(n)
	case n.ai && n.is("toolVectorStore"):
		e.Technology("n8n").Effect("db-read", model.Yes, "it asks a vector store", n.at)
	case n.ai && n.is("toolHttpRequest") || kind == "httpRequest":
		w.request(n)
	case kind == "executeCommand" || kind == "ssh":
		w.command(n)
	default:
		w.operation(n, kind)
	}
}

// subWorkflow is a tool that starts a workflow.
func (w *workflow) subWorkflow(n *node) {
	n.element.Technology("n8n")
	w.starts(n, n.box.Ref, "a tool of "+w.canvas.Name)
}

// starts joins what starts a workflow with it: this one, another of the tree, or one that is not here.
func (w *workflow) starts(n *node, from discover.Ref, what string) {
	v := n.params.Argument("workflowId")
	id := strings.TrimSpace(strings.TrimPrefix(text(n.params, "workflowId"), "="))
	at := n.at
	if !v.IsZero() {
		at = v.Span()
	}
	switch source := n.param("source"); {
	case source == "localFile", source == "url":
		w.Unresolved(what, "the workflow that it starts is fetched when it runs", n.at)
	case strings.Contains(id, "$workflow.id"):
		if from != w.canvas.Ref {
			w.Flow(model.Message, from, w.canvas.Ref, n.at)
		}
	case !n.params.Argument("workflowJson").IsZero():
	case id == "" || strings.Contains(id, "{{"):
		w.Unresolved(what, "which workflow it starts is not in the file", n.at)
	case standIn(id):
		w.Unresolved(what, "which workflow it starts is left open: a stand-in is in the place of the id", at)
	default:
		w.Flow(model.Message, from, called(id), n.at)
	}
}

// standIn tells whether an id is no id but what somebody is to put one in the place of: "YOUR_WORKFLOW_ID", "<id>".
func standIn(id string) bool {
	if strings.HasPrefix(id, "<") || strings.HasPrefix(id, "[") || strings.Trim(id, id[:1]) == "" {
		return true
	}
	words := strings.FieldsFunc(strings.ToLower(id), func(r rune) bool { return r < 'a' || r > 'z' })
	for _, w := range words {
		switch w {
		case "your", "replace", "placeholder", "changeme", "todo", "enter", "insert", "workflow", "subworkflow":
			return true
		}
	}
	return false
}

// script is a tool whose code stands in the file.
func (w *workflow) script(n *node) {
	n.element.Technology("n8n")
	for _, key := range []string{"jsCode", "pythonCode"} {
		v := n.params.Argument(key)
		if v.Is(syntax.String) && n.element.Script(v.Text(), v.Span()) {
			n.box.Untrusted = true
		}
	}
	if n.params.Argument("specifyInputSchema").TextIs("true") {
		n.element.Fact("typed-input", model.Yes, n.at)
	}
}

// request is a call over HTTP.
func (w *workflow) request(n *node) {
	method := strings.TrimPrefix(n.param("method"), "=")
	if method == "" {
		method = n.param("requestMethod")
	}
	at := n.at
	if v := n.params.Argument("url"); !v.IsZero() {
		at = v.Span()
	}
	n.box.Untrusted = n.element.Technology("http").Request(method, n.param("url"), at)
}

// command is a program that the workflow runs on its machine or another.
func (w *workflow) command(n *node) {
	v := n.params.Argument("command")
	at := n.at
	if !v.IsZero() {
		at = v.Span()
	}
	e := n.element.Technology("shell").Effect("exec", model.Yes, "it runs a command", at)
	if s := v.Text(); v.Is(syntax.String) && s != "" && !strings.Contains(s, "{{") {
		e.FactBecause("fixed-commands", model.Yes, "the command stands in the file", at)
	}
}

// operation is a node for a product: what it can do is known of the product, what it does here by its operation.
func (w *workflow) operation(n *node, kind string) {
	e := n.element
	operation := n.param("operation")
	if operation == "" {
		operation = usual[kind]
	}
	if strings.HasPrefix(operation, "=") { // the model chooses
		operation = ""
	}
	at := n.at
	if v := n.params.Argument("operation"); !v.IsZero() {
		at = v.Span()
	}
	reads, writes := begins(operation, readers), begins(operation, writers)
	if operation == "executeQuery" {
		query := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(n.param("query"), "=")))
		if strings.HasPrefix(query, "select") || strings.HasPrefix(query, "with") {
			reads, writes = true, false
		} else {
			reads, writes = false, false
		}
	}
	info, known := discover.ProductNamed("n8n:" + kind)
	if !known {
		e.Technology(strings.ToLower(kind))
		switch {
		case reads:
			e.Effect("net-read", model.Yes, "its operation is "+operation, at)
		case writes:
			e.Effect("net-write", model.Yes, "its operation is "+operation, at)
		}
		e.FactBecause("fixed-addresses", model.Yes, "it asks the service that it is made for", at)
		return
	}
	e.Technology(info.Technology)
	if info.Facts["fixed-addresses"] == "" && (info.Effects["net-read"] == model.Yes || info.Effects["net-write"] == model.Yes) {
		e.FactBecause("fixed-addresses", model.Yes, "it asks the service that it is made for", at)
	}
	for _, effect := range info.List(at) {
		value, reason := effect.Value, effect.Reason
		if value == model.Yes && (reads && !strings.HasSuffix(effect.Name, "-read") || writes && strings.HasSuffix(effect.Name, "-read")) {
			value, reason = model.No, "its operation is "+operation
		}
		e.Effect(effect.Name, value, reason, at)
	}
	if info.Facts["untrusted-output"] == model.Yes && !writes {
		n.box.Untrusted = true
		e.Fact("untrusted-output", model.Yes, at)
	}
	n.box.Silent = writes
}

func begins(operation string, words []string) bool {
	lower := strings.ToLower(operation)
	for _, w := range words {
		if strings.HasPrefix(lower, w) {
			return true
		}
	}
	return false
}

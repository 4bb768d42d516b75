// Package openapi reads the manifests by which chat products take a web interface as tools (ai-plugin.json).
//
// A manifest is a plugin; the operations of the interface description that it names are its tools, where that
// description is in the tree. Descriptions that code makes tools of (toolsets, MCP servers) are followed from that code.
// A description that nobody uses as tools yields nothing.
package openapi

import (
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Extractor finds plugins that are made of web interfaces.
var Extractor = &discover.Extractor{
	Name:   "openapi",
	Doc:    "Plugin manifests of chat products. The operations of the OpenAPI description behind them as tools, and how callers are checked.",
	Match:  func(file string) bool { return syntax.LanguageOf(file) == syntax.JSON },
	Traces: []string{"name_for_model"},
	Run:    run,
}

func run(p *discover.Pass) error {
	root := p.Tree().Root()
	for root.Is(syntax.Module, syntax.Document) {
		root = root.Child(0)
	}
	api := root.Argument("api")
	name := discover.TextAt(root, "name_for_model")
	address := discover.TextAt(api, "url")
	if name == "" || address == "" || discover.TextAt(root, "schema_version") == "" {
		return nil
	}
	at := root.Argument("name_for_model").Span()
	ref := discover.Local(p.Path(), "plugin")
	e := p.Element(model.Plugin, ref, name, at).Technology("openapi").Detail(discover.TextAt(root, "description_for_model"))
	switch kind := root.Argument("auth").Argument("type"); kind.Text() {
	case "none":
		e.FactBecause("exposed", model.Yes, "nothing checks who calls it", kind.Span())
	case "service_http", "user_http", "oauth":
		p.Control("access-control", ref, discover.Ref{}, model.Evidenced, kind.Span())
	}
	_, rest, _ := strings.Cut(address, "://")
	_, file, _ := strings.Cut(rest, "/")
	tools := p.InterfaceFile(file)
	for _, tool := range tools {
		p.Flow(model.Provides, ref, tool, api.Span())
	}
	if len(tools) == 0 {
		p.UnresolvedTools("the tools of plugin "+name, "the description of its interface is not in the tree", api.Span())
	}
	return nil
}

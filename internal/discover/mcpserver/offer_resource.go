package mcpserver

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// resource describes what a server offers to read.
func (x *pass) resource(servers []discover.Ref, ref discover.Ref, name, uri, doc string, at source.Span) {
	detail := strings.TrimSpace(uri)
	if doc = firstLine(doc); doc != "" && detail != "" {
		detail += ": " + doc
	} else if detail == "" {
		detail = doc
	}
	x.Element(model.Datastore, ref, name, at).Technology("mcp-resource").Detail(detail).Alias(uri)
	x.provides(servers, ref, name, at)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

// prompt describes a prompt template that a server offers.
func (x *pass) prompt(servers []discover.Ref, ref discover.Ref, name, doc string, at source.Span) {
	x.Element(model.Prompt, ref, name, at).Technology("mcp-prompt").Detail(firstLine(doc))
	x.provides(servers, ref, name, at)
}

// resourceCall is registerResource(name, uri, config, read), add_resource(Resource(…)).
func (x *pass) resourceCall(servers []discover.Ref, v *code.Value, call syntax.Node) {
	first := v.Arg("", 0)
	if first == nil {
		return
	}
	name, uri, doc := first.Str(), "", ""
	switch {
	case first.Is(code.Dict):
		name, uri, doc = first.Get("name").Str(), first.Get("uri").Str(), first.Get("description").Str()
		if uri == "" {
			uri = first.Get("uriTemplate").Str()
		}
	case first.Is(code.Instance):
		name, uri, doc = first.Arg("name", -1).Str(), first.Arg("uri", -1).Str(), first.Arg("description", -1).Str()
	default:
		second := v.Arg("", 1)
		if uri = second.Str(); uri == "" {
			uri = second.Arg("", 0).Str() // new ResourceTemplate("x://{id}", …)
		}
		for i := 2; i < call.Count()-2; i++ {
			if d := v.Arg("", i).Get("description").Str(); d != "" {
				doc = d
			}
		}
	}
	if name == "" {
		name = uri
	}
	if name == "" || call.Tree().Language != syntax.TypeScript && strings.Contains(name, "://") && call.Count() == 2 {
		return // @server.resource("x://y") as a call
	}
	x.resource(servers, discover.Local(fileOf(call, x.Path()), "resource", name), name, uri, doc, call.Span())
}

// promptCall is registerPrompt(name, config, make), add_prompt(Prompt.from_function(f)).
func (x *pass) promptCall(servers []discover.Ref, v *code.Value, call syntax.Node) {
	first := v.Arg("", 0)
	name, doc := first.Str(), ""
	switch {
	case first == nil:
		return
	case first.Is(code.Dict):
		name, doc = first.Get("name").Str(), first.Get("description").Str()
	case first.Is(code.Instance):
		fn := first.Arg("fn", 0)
		if fn.Is(code.Function) && fn.Ref.Def != nil {
			if name = first.Arg("name", 1).Str(); name == "" {
				name = fn.Ref.Def.Last()
			}
			x.prompt(servers, discover.Definition(fn.Ref.Def), name, fn.Ref.Def.Doc(), call.Span())
			return
		}
		name, doc = first.Arg("name", -1).Str(), first.Arg("description", -1).Str()
	case call.Tree().Language != syntax.TypeScript:
		return
	default:
		for i := 1; i < call.Count()-2; i++ {
			a := v.Arg("", i)
			if a.Is(code.String) {
				doc = a.Str()
			} else if d := a.Get("description").Str(); d != "" {
				doc = d
			}
		}
	}
	if name == "" {
		x.Unresolved("a prompt of an MCP server", discover.WhyNot(first), call.Span())
		return
	}
	x.prompt(servers, discover.Local(fileOf(call, x.Path()), "prompt", name), name, doc, call.Span())
}

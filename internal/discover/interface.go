package discover

import (
	"path"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// An interface description (OpenAPI, Swagger) is a list of tools where an agent's framework makes tools of it. Nobody's
// description is nobody's tool: extractors hand over the value that a constructor is given, and what it describes is
// said here.

// mostOperations is how many operations of one description become tools; more are said to be left out.
const mostOperations = 300

// Interface describes the operations of the description that a value is (its text, a file of the tree, what json.load
// or yaml.safe_load made of one) as tools. It gives nothing when the description is not in the tree.
func (p *Pass) Interface(v *code.Value) []Ref {
	for depth := 0; depth < 4 && v != nil; depth++ {
		name, ok := v.ReadFrom()
		if !ok && v.Is(code.Instance) && v.Ref.Is("builtins.open", "io.open", "pathlib.Path") {
			name, ok = v.Arg("file", 0).FilePath()
			if !ok {
				name = v.Arg("", 0).Str()
				ok = name != ""
			}
		}
		if !ok && v.Is(code.String) && len(v.Holes) == 0 && len(v.Text) < 200 && !strings.ContainsAny(v.Text, "\n{") {
			name, ok = v.Text, isDocument(v.Text)
		}
		switch {
		case ok:
			return p.InterfaceFile(name)
		case v.Is(code.String) && len(v.Holes) == 0 && len(v.Text) < 1<<20:
			ending := ".yaml"
			if strings.HasPrefix(strings.TrimSpace(v.Text), "{") {
				ending = ".json"
			}
			tree := syntax.Parse(source.NewFile(p.Path()+ending, []byte(v.Text)))
			return p.operations(tree, p.Path(), v.Node.Span())
		case v.Is(code.Dict):
			return p.operations(v.Node.Tree(), p.Path(), v.Node.Span())
		}
		if last := v.Ref.Last(); last != "load" && last != "loads" && last != "safe_load" && last != "full_load" && last != "from_file" {
			return nil
		}
		v = v.Arg("", 0)
	}
	return nil
}

func isDocument(name string) bool {
	switch path.Ext(name) {
	case ".json", ".yaml", ".yml":
		return !strings.Contains(name, "://")
	}
	return false
}

// InterfaceFile is Interface for a description by its path, which counts from the pass's own file or a folder above it.
func (p *Pass) InterfaceFile(name string) []Ref {
	if name = strings.TrimPrefix(name, "./"); name == "" || path.IsAbs(name) || strings.HasPrefix(name, "..") {
		return nil
	}
	for dir := path.Dir(p.Path()); ; dir = path.Dir(dir) {
		if file := path.Join(dir, name); p.Exists(file) {
			tree := p.Read(file)
			if tree == nil {
				return nil
			}
			return p.operations(tree, file, source.Span{})
		}
		if dir == "." || dir == "/" {
			return nil
		}
	}
}

// operations describes what a description lists. Where its text stands within another file, everything is seen there.
func (p *Pass) operations(tree *syntax.Tree, file string, within source.Span) []Ref {
	root := tree.Root()
	for root.Is(syntax.Module, syntax.Document) {
		root = root.Child(0)
	}
	if !root.Is(syntax.Map) || TextAt(root, "openapi") == "" && TextAt(root, "swagger") == "" {
		return nil
	}
	place := func(n syntax.Node) source.Span {
		if !within.IsZero() {
			return within
		}
		return n.Span()
	}
	title := TextAt(root, "info", "title")
	if title == "" {
		title = path.Base(file)
	}
	address := TextAt(root.Argument("servers").First(syntax.Map), "url")
	if host := TextAt(root, "host"); address == "" && host != "" {
		address = "https://" + host
		if root.Argument("schemes").First(syntax.String).TextIs("http") {
			address = "http://" + host
		}
	}
	api := Local(file, "api")
	info := place(root.Argument("info"))
	e := p.Element(model.Service, api, title, info).Technology("openapi")
	if strings.Contains(address, "://") {
		e.Detail("reached at " + hostOf(address))
		if isLoopback(address) {
			e.FactBecause("third-party", model.No, "it is reached on this machine", info)
		}
	}
	schemes := root.Argument("components").Argument("securitySchemes")
	if schemes.IsZero() {
		schemes = root.Argument("securityDefinitions")
	}
	general := root.Argument("security")
	var refs []Ref
	for route, methods := range root.Argument("paths").Pairs() {
		for method, op := range methods.Pairs() {
			reads := false
			switch method.Text() {
			case "get", "head", "options":
				reads = true
			case "post", "put", "patch", "delete":
			default:
				continue
			}
			if len(refs) == mostOperations {
				p.Unresolved("the operations of "+title, "there are more than are read", place(route))
				return refs
			}
			name := TextAt(op, "operationId")
			if name == "" {
				name = strings.ToUpper(method.Text()) + " " + route.Text()
			}
			at := place(method)
			ref := Local(file, name)
			refs = append(refs, ref)
			about := TextAt(op, "summary")
			if about == "" {
				about = TextAt(op, "description")
			}
			writes := model.Yes
			if reads {
				writes = model.No
			}
			p.Element(model.Tool, ref, name, at).Technology("openapi").Detail(about).
				Effect("net-read", model.Yes, "it returns what the interface answers", at).
				Effect("net-write", writes, "its method is "+strings.ToUpper(method.Text()), at).
				Fact("typed-input", model.Yes, at).
				FactBecause("untrusted-output", model.Yes, "it returns what the interface answers", at)
			call := p.Flow(model.ToolCall, ref, api, at)
			if strings.Contains(address, "://") {
				call.Fact("remote", truth(!isLoopback(address)), at).Fact("encrypted", truth(strings.HasPrefix(address, "https")), at)
			}
			security := op.Argument("security")
			if security.IsZero() {
				security = general
			}
			switch {
			case security.Count() > 0:
				call.Fact("authenticated", model.Yes, place(security))
			case schemes.Count() == 0 || security.Is(syntax.List):
				call.Fact("authenticated", model.No, at)
			}
		}
	}
	return refs
}

func truth(b bool) string {
	if b {
		return model.Yes
	}
	return model.No
}

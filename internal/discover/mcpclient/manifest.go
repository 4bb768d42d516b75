package mcpclient

import (
	"path"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// manifest reads the manifest of a bundle that desktop clients install: one server with how it is started.
func manifest(p *discover.Pass, root syntax.Node) {
	if base := path.Base(p.Path()); base != "manifest.json" && !strings.HasSuffix(base, ".mcpb.json") {
		return
	}
	name, server := root.Argument("name"), root.Argument("server")
	config := server.Argument("mcp_config")
	if !name.Is(syntax.String) || !config.Is(syntax.Map) {
		return
	}
	s := entry(name.Text(), name, config)
	e := p.MCP(discover.MCPServer{
		Ref: discover.Local(p.Path(), s.name), Name: s.name, Transport: s.transport, Command: s.command, Args: s.args, Env: s.env, At: name.Span(),
	})
	if d := root.Argument("description"); d.Is(syntax.String) {
		e.Detail(d.Text())
	}
	if begin := server.Argument("entry_point"); !begin.Is(syntax.String) || !p.Exists(path.Join(path.Dir(p.Path()), begin.Text())) {
		// What starts is put into the bundle when it is built, from the package of that name.
		p.StartsAs(e.Ref, discover.PackageName(name.Text()))
	}
}

// registered reads a server's entry for the registry: its packages and the addresses at which it is run.
func registered(p *discover.Pass, root syntax.Node) {
	name, packages, remotes := root.Argument("name"), root.Argument("packages"), root.Argument("remotes")
	if path.Base(p.Path()) != "server.json" || !name.Is(syntax.String) || !strings.Contains(name.Text(), "/") {
		return
	}
	var names []string
	transport := ""
	ref := discover.Local(p.Path(), name.Text())
	var secrets []discover.EnvVar
	for one := range packages.Children() {
		id := first(one, "identifier", "name")
		if first(one, "registryType", "registry_type", "registry_name").IsZero() || !id.Is(syntax.String) {
			continue
		}
		image, _, _ := strings.Cut(id.Text(), ":")
		names = append(names, discover.PackageName(id.Text()), discover.PackageName(path.Base(image)))
		if t := one.Argument("transport").Argument("type"); t.Is(syntax.String) && transport == "" {
			transport = wordOf(t.Text())
		}
		variables := first(one, "environmentVariables", "environment_variables")
		for v := range variables.Children() {
			key := v.Argument("name")
			text, _ := v.Argument("value").Scalar()
			if text == "" {
				text = "${" + key.Text() + "}"
			}
			secrets = append(secrets, discover.EnvVar{Name: key.Text(), Value: text, At: key.Span()})
		}
	}
	url := remotes.Child(0).Argument("url")
	if len(names) == 0 && !url.Is(syntax.String) {
		return
	}
	if url.Is(syntax.String) && transport == "" {
		transport = wordOf(first(remotes.Child(0), "type", "transport_type").Text())
	}
	e := p.Element(model.MCPServer, ref, name.Text(), name.Span()).Technology("mcp").Detail(root.Argument("description").Text()).
		Fact("transport", transport, at(url, name))
	if _, short, ok := strings.Cut(name.Text(), "/"); ok {
		e.Alias(short)
		names = append(names, discover.PackageName(short))
	}
	p.StartsAs(ref, names...)
	for _, s := range secrets {
		p.Secret(ref, s)
	}
}

func at(n, other syntax.Node) source.Span {
	if n.IsZero() {
		return other.Span()
	}
	return n.Span()
}

// wordOf is a transport in one word.
func wordOf(said string) string {
	switch {
	case strings.Contains(said, "http"):
		return "http"
	case strings.Contains(said, "sse"):
		return "sse"
	}
	return said
}

// gateway reads a Compose file that runs Docker's gateway: one server that passes on to others, each in a container.
func gateway(p *discover.Pass, root syntax.Node) {
	for key, service := range root.Argument("services").Pairs() {
		image := service.Argument("image")
		if name, _, _ := strings.Cut(image.Text(), ":"); name != "docker/mcp-gateway" {
			continue
		}
		ref := discover.Local(p.Path(), "mcp-gateway", key.Text()) // the container of that name is another element
		p.Element(model.MCPServer, ref, key.Text(), key.Span(), image.Span()).Technology("docker-mcp").Detail("Docker's gateway to MCP servers in containers")
		command := service.Argument("command")
		words := []syntax.Node{command}
		for c := range command.Children() {
			words = append(words, c)
		}
		for _, w := range words {
			for field := range strings.FieldsSeq(w.Text()) {
				list, ok := strings.CutPrefix(field, "--servers=")
				if !ok {
					continue
				}
				for name := range strings.SplitSeq(list, ",") {
					to := discover.Local(p.Path(), key.Text(), name)
					p.MCP(discover.MCPServer{Ref: to, Name: name, Command: "docker", Args: []string{"run", "mcp/" + name}, At: w.Span()})
					p.Flow(model.ToolCall, ref, to, w.Span()).Fact("remote", model.No, w.Span())
				}
			}
		}
	}
}

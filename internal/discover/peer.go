package discover

import (
	"path"
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
)

// An agent that is offered over A2A and the agents that ask it are often in one tree. Whoever reads the server says at
// which port, and under which name, it answers ([Pass.A2AServed]); whoever reads a client gives the address
// ([Pass.A2APeer]). They are one element where one server, and only one, answers so.

var portOf = regexp.MustCompile(`:(\d{2,5})(/|$|\?)`)

// A2AServed says that a server answers for agents: by the addresses that its card gives, or at a port, under a name.
func (p *Pass) A2AServed(server Ref, name string, addresses ...string) {
	var names []string
	for _, a := range addresses {
		names = append(names, peerNames(a)...)
	}
	if name != "" {
		names = append(names, peerName(name))
	}
	for dir := path.Dir(server.path); dir != "." && dir != "/"; dir = path.Dir(dir) {
		names = append(names, peerFolder(path.Base(dir)))
	}
	p.StartedBy(server, Running, names...)
}

// A2APeer describes an agent elsewhere by its address. Its Ref may be that of an object of the code.
func (p *Pass) A2APeer(ref Ref, name, url string, at source.Span) *Element {
	if name == "" {
		name = hostOf(url)
	}
	e := p.Element(model.External, ref, name, at).Technology("a2a").Fact("role", "remote-agent", at)
	p.A2ASame(ref, "", url)
	e.Alias(url)
	if isLoopback(url) {
		e.FactBecause("third-party", model.No, "it is reached on this machine", at)
	}
	return e
}

// A2ASame joins what is known of an agent elsewhere with its server, where that is in the tree.
func (p *Pass) A2ASame(ref Ref, name string, addresses ...string) {
	var names []string
	for _, a := range addresses {
		names = append(names, peerNames(a)...)
	}
	if name != "" {
		names = append(names, peerName(name))
	}
	p.StartsAs(ref, names...)
}

// peerFolder is the name of a server whose container is called after its folder.
func peerFolder(name string) string {
	return "a2a-folder:" + strings.ReplaceAll(strings.ToLower(name), "_", "-")
}

func peerName(name string) string { return "a2a-name:" + slug(name) }

// peerNames are what an address could mean: a port of this machine, or the host.
func peerNames(url string) []string {
	host := hostOf(url)
	switch {
	case host == "" || strings.ContainsAny(host, "{}$ "):
		if m := portOf.FindStringSubmatch(url); m != nil {
			return []string{"a2a-port:" + m[1]}
		}
		return nil
	case isLoopback(url):
		if m := portOf.FindStringSubmatch(url); m != nil {
			return []string{"a2a-port:" + m[1]}
		}
		return []string{"a2a-host:" + host}
	case !strings.Contains(host, "."): // the name of a container, with its port
		names := []string{peerFolder(host)}
		if m := portOf.FindStringSubmatch(url); m != nil {
			return append(names, "a2a-port:"+m[1])
		}
		return append(names, "a2a-host:"+host)
	}
	return []string{"a2a-host:" + host}
}

// Address is a text that may be an address: as it is, its default where the environment may say another, with what is
// put into it where that is known.
func (p *Pass) Address(v *code.Value) string {
	for _, one := range v.Each() {
		switch {
		case one.Is(code.String) && len(one.Holes) > 0:
			if s := p.settled(one); s != "" {
				return s
			}
			return one.Text
		case one.Is(code.String):
			return one.Text
		case one.Is(code.Env):
			if s := one.Default().Str(); s != "" {
				return s
			}
			return "$" + one.Text
		}
	}
	return ""
}

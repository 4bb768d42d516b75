package a2a

import (
	"path"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// reach is a call that names the address of an agent elsewhere.
type reach struct {
	patterns []string
	name     string // of the argument
	position int
	optional bool // the address may come from a card that was fetched before
}

var reaches = []reach{
	{[]string{"a2a.client.**.A2ACardResolver"}, "base_url", 1, false},
	{[]string{"a2a.client.**.A2AClient"}, "url", -1, true},
	{[]string{"a2a.client.**.A2AClient"}, "agent_url", -1, true},
	{[]string{"a2a.client.**.get_client_from_agent_card_url"}, "base_url", 1, false},
	{[]string{"a2a.client.**.ClientFactory.connect", "a2a.client.**.create_client"}, "agent", 0, true},
	{[]string{"a2a.client.**.minimal_agent_card"}, "url", 0, false},
	{[]string{"@a2a-js/sdk/client.A2AClient", "@a2a-js/sdk.A2AClient"}, "", 0, true},
	{[]string{"@a2a-js/sdk/client.A2AClient.fromCardUrl", "@a2a-js/sdk/client.ClientFactory.createFromUrl", "@a2a-js/sdk/client.DefaultAgentCardResolver.resolve"}, "", 0, false},
}

// clients finds whom the file asks over the protocol, and who asks.
func (x *pass) clients() {
	var peers []discover.Ref
	var makers []syntax.Node
	for _, r := range reaches {
		for _, c := range x.Code().CallsTo(r.patterns...) {
			found := x.peers(c.Node, r)
			if len(found) > 0 {
				peers = append(peers, found...)
				makers = append(makers, c.Node)
			}
		}
	}
	x.asks(peers, makers)
}

// peers describes the agents that a call reaches: one for each known address.
func (x *pass) peers(call syntax.Node, r reach) []discover.Ref {
	var all []discover.Ref
	for _, v := range x.CallAs(call) {
		arg := v.Arg(r.name, r.position)
		for _, one := range arg.Each() {
			url := x.Address(one)
			switch {
			case strings.Contains(discover.HostOf(url), "{"):
				x.Unresolved("an A2A peer", "its address is put together when the program runs", call.Span())
			case x.entry(one, url, &all):
			case strings.Contains(url, "://"), strings.HasPrefix(url, "$"), strings.Contains(url, ":") && !strings.Contains(url, " "):
				all = append(all, x.peer(url, one.Node.Span()))
			case x.configured(call, one, &all):
			case r.optional:
			case one.Is(code.Unknown):
				x.Unresolved("an A2A peer", one.Reason(), call.Span())
			default:
				x.Unresolved("an A2A peer", "its address is not known before the program runs", call.Span())
			}
		}
	}
	return all
}

// configured describes the agents that a configuration lists, where an address is read from an entry of it under a fixed
// key and the function or class names the file. It tells whether there were any.
func (x *pass) configured(call syntax.Node, address *code.Value, all *[]discover.Ref) bool {
	key := ""
	switch n := address.Node; {
	case n.Is(syntax.Subscript) && n.Child(1).Is(syntax.String): // entry["url"]
		key = n.Child(1).Text()
	case n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && n.Child(0).TextIs("get") && n.Child(1).Is(syntax.String): // entry.get("url")
		key = n.Child(1).Text()
	}
	if key == "" {
		return false
	}
	found := false
	for _, file := range x.filesNamed(call) {
		tree := x.Read(file)
		if tree == nil {
			continue
		}
		x.entries(tree.Root(), key, func(name string, url syntax.Node) {
			found = true
			*all = append(*all, x.listed(file, name, url))
		})
	}
	return found
}

// listed describes an agent that a configuration lists.
func (x *pass) listed(file, name string, url syntax.Node) discover.Ref {
	ref := discover.Local(file, "a2a", url.Text())
	if name == "" {
		name = discover.HostOf(url.Text())
	}
	x.A2APeer(ref, name, url.Text(), url.Span())
	x.A2ASame(ref, name, url.Text())
	return ref
}

// entry describes the agent whose address stands in a map of a configuration file. It tells whether it does.
func (x *pass) entry(address *code.Value, url string, all *[]discover.Ref) bool {
	n := address.Node
	if tree := n.Tree(); !n.Is(syntax.String) || !n.Parent().Is(syntax.Pair) || tree == nil || tree.Language != syntax.YAML && tree.Language != syntax.JSON || !strings.Contains(url, "://") {
		return false
	}
	*all = append(*all, x.listed(n.Tree().File.Path(), discover.TextAt(n.Parent().Parent(), "name"), n))
	return true
}

// mostListed is how many agents of a configuration are read.
const mostListed = 200

// entries visits the maps of a configuration that give an address under a key.
func (x *pass) entries(root syntax.Node, key string, visit func(name string, url syntax.Node)) {
	count := 0
	root.Walk(func(n syntax.Node) bool {
		if url := n.Argument(key); n.Is(syntax.Map) && url.Is(syntax.String) && strings.Contains(url.Text(), "://") && count < mostListed {
			count++
			visit(discover.TextAt(n, "name"), url)
		}
		return true
	})
}

// filesNamed lists the configurations whose paths stand in the function or class around a call.
func (x *pass) filesNamed(call syntax.Node) []string {
	around := call
	for up := call.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.FuncDef, syntax.ClassDef) {
			around = up
		}
	}
	var all []string
	around.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.String) {
			return true
		}
		switch path.Ext(n.Text()) {
		case ".yaml", ".yml", ".json":
		default:
			return true
		}
		for dir := path.Dir(x.Path()); ; dir = path.Dir(dir) {
			if file := path.Join(dir, n.Text()); x.Exists(file) {
				if !slices.Contains(all, file) {
					all = append(all, file)
				}
				break
			}
			if dir == "." || dir == "/" {
				break
			}
		}
		return true
	})
	return all
}

// peer describes an agent at an address.
func (x *pass) peer(url string, at source.Span) discover.Ref {
	name := discover.HostOf(url)
	if strings.HasPrefix(url, "$") {
		name = url
	}
	ref := discover.Named(model.External, "a2a "+name)
	if discover.IsLoopback(url) { // the same port is another server in another program
		ref = discover.Local(path.Dir(x.Path()), "a2a", name)
	}
	x.A2APeer(ref, name, url, at)
	return ref
}

// asks joins the peers with the functions that send: the one that names the peer, and in its class those that send a
// message. Only functions that are somebody's tool or agent count.
func (x *pass) asks(peers []discover.Ref, makers []syntax.Node) {
	if len(peers) == 0 {
		return
	}
	senders := map[syntax.Node]syntax.Node{} // function → call
	var order []syntax.Node
	add := func(call syntax.Node) {
		for up := call.Parent(); !up.IsZero(); up = up.Parent() {
			if up.Is(syntax.FuncDef, syntax.ClassDef) && senders[up].IsZero() {
				senders[up] = call
				order = append(order, up)
			}
		}
	}
	for _, m := range makers {
		add(m)
	}
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		if callee.Is(syntax.Attr) && (strings.HasPrefix(callee.Text(), "send_message") || strings.HasPrefix(callee.Text(), "sendMessage")) {
			add(c.Node)
		}
	}
	for _, function := range order {
		def := x.Code().DefinitionOf(function)
		if def == nil {
			continue
		}
		for _, peer := range peers {
			x.Flow(model.Message, discover.Definition(def), peer, senders[function].Span()).IfDescribed()
		}
	}
}

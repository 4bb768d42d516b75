package a2a

import (
	"path"
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
			case strings.Contains(url, "://"), strings.HasPrefix(url, "$"), strings.Contains(url, ":") && !strings.Contains(url, " "):
				all = append(all, x.peer(url, one.Node.Span()))
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

package model

import "strings"

// AssumedClient begins the id of the agent that is assumed to connect to a tool server; the server's id stands behind it.
const AssumedClient = "assumed:client:"

// clients puts an agent before each tool server of the tree that nobody in it calls: a server is written for agents, and
// what they can be made to do with it is the question, also where they are somebody else's. One server has one client, for
// whoever connects to it need not connect to another. Nothing is said of how that agent is made.
func (c *completion) clients() {
	provided := map[string][]*Element{} // by server: its tools
	called := map[string]bool{}         // what something calls or brings
	for _, f := range c.linked {
		switch {
		case f.from == nil || f.to == nil:
		case f.Kind == ToolCall:
			called[f.To] = true
		case f.Kind == Provides && f.from.Kind == MCPServer:
			provided[f.From] = append(provided[f.From], f.to)
		case f.Kind == Provides:
			called[f.To] = true
		}
	}
	for _, server := range append([]*Element(nil), c.s.Elements...) {
		if server.Kind != MCPServer || server.Origin != Observed || server.Scope != "main" || called[server.ID] || server.Fact("third-party").Value == Yes {
			continue
		}
		var tools []*Element
		for _, t := range provided[server.ID] {
			if called[t.ID] {
				tools = nil
				break
			}
			if t.Kind == Tool {
				tools = append(tools, t)
			}
		}
		if len(tools) == 0 {
			continue
		}
		reason := "a tool server is there for agents that connect to it, and none of them is in this tree"
		client := c.element(AssumedClient+server.ID, Agent, "a client of "+server.Name, server.System, server.Scope, reason)
		if client == nil {
			continue
		}
		client.Facts["at-desk"] = guess(Yes, "clients of tool servers run on the machine of the person who uses them")
		if server.Fact("transport").Value == "stdio" && server.Fact("at-desk").Value == Unknown {
			server.Facts["at-desk"] = guess(Yes, "its client starts it, on the machine where that runs")
		}
		for _, t := range tools {
			c.flow(ToolCall, client.ID, t.ID, assumed("a client calls the tools that its servers offer"), nil)
		}
	}
}

// connects tells whether an agent is one that is assumed to connect to a tool server.
func connects(e *Element) bool { return strings.HasPrefix(e.ID, AssumedClient) }

package mcpclient

import (
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// permissions reads a Claude Code settings file for what it says about calls to MCP servers: "mcp__github" or
// "mcp__github__create_issue" in the lists of what runs unasked, is asked about, or is refused. The server itself is
// configured in another file, so the control stands on the flow to the server of that name in the project's
// ".mcp.json"; where there is none the reference finds nothing and says nothing.
func permissions(p *discover.Pass, root syntax.Node, c client) {
	lists := root.Argument("permissions")
	if c.technology != "claude-code" || !lists.Is(syntax.Map) {
		return
	}
	// Where some tools of a server run unasked, asking about others does not stand before the server.
	seen := map[string]bool{}
	for _, row := range []struct {
		key, control string
		state        model.State
	}{{"allow", "human-approval", model.Absent}, {"ask", "human-approval", model.Evidenced}} {
		for item := range lists.Argument(row.key).Children() {
			name, ok := strings.CutPrefix(item.Text(), "mcp__")
			if !ok {
				continue
			}
			name, _, _ = strings.Cut(name, "__")
			if seen[name] || !p.Exists(join(c.home, ".mcp.json")) {
				continue
			}
			seen[name] = true
			to := discover.Local(join(c.home, ".mcp.json"), name)
			p.Control(row.control, discover.FlowRef(model.ToolCall, c.assistant().Ref(), to), discover.Ref{}, row.state, item.Span())
		}
	}
}

func join(home, file string) string {
	if home == "." {
		return file
	}
	return home + "/" + file
}

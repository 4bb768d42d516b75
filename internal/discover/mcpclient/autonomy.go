package mcpclient

import (
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// setting is a word of a client's configuration about how freely it acts.
type setting struct {
	technology string
	path       string // keys from the top, with "/" between them
	values     string // the values that it is about, with "|" between them; "*" for all that are not empty
	control    string
	state      model.State
}

// freedom are the settings by which clients act without asking, or are kept in.
var freedom = []setting{
	{"codex", "approval_policy", "never", "human-approval", model.Absent},
	{"codex", "approval_policy", "on-request|on-failure|untrusted", "human-approval", model.Evidenced},
	{"codex", "sandbox_mode", "danger-full-access", "sandbox", model.Absent},
	{"codex", "sandbox_mode", "workspace-write|read-only", "sandbox", model.Evidenced},
	{"gemini-cli", "autoAccept", "true", "human-approval", model.Absent},
	{"gemini-cli", "tools/autoAccept", "true", "human-approval", model.Absent},
	{"gemini-cli", "general/defaultApprovalMode", "yolo", "human-approval", model.Absent},
	{"gemini-cli", "sandbox", "false", "sandbox", model.Absent},
	{"gemini-cli", "sandbox", "*", "sandbox", model.Evidenced},
	{"gemini-cli", "tools/sandbox", "false", "sandbox", model.Absent},
	{"gemini-cli", "tools/sandbox", "*", "sandbox", model.Evidenced},
	{"vscode", "chat.tools.autoApprove", "true", "human-approval", model.Absent},
	{"vscode", "chat.tools.global.autoApprove", "true", "human-approval", model.Absent},
	{"vscode", "amp.dangerouslyAllowAll", "true", "human-approval", model.Absent},
	{"zed", "agent/always_allow_tool_actions", "true", "human-approval", model.Absent},
	{"zed", "agent/always_allow_tool_actions", "false", "human-approval", model.Evidenced},
	{"goose", "GOOSE_MODE", "auto", "human-approval", model.Absent},
	{"goose", "GOOSE_MODE", "approve|smart_approve", "human-approval", model.Evidenced},
	{"opencode", "permission", "allow", "human-approval", model.Absent},
	{"opencode", "permission/bash", "allow", "human-approval", model.Absent},
	{"opencode", "permission/bash", "ask", "human-approval", model.Evidenced},
}

// autonomy reads how freely a client acts.
func autonomy(p *discover.Pass, root syntax.Node, c client) {
	described := false
	said := map[string]bool{}
	for _, s := range freedom {
		if s.technology != c.technology || said[s.path] {
			continue
		}
		n := root
		for key := range strings.SplitSeq(s.path, "/") {
			n = n.Argument(key)
		}
		value, ok := n.Scalar()
		if !ok || value == "" || s.values != "*" && !hasWord(s.values, value) {
			continue
		}
		said[s.path] = true
		if !described {
			described = true
			p.Assistant(c.assistant(), "coding assistant that people run on this project", n.Span())
		}
		p.Control(s.control, c.assistant().Ref(), discover.Ref{}, s.state, n.Span())
	}
}

func hasWord(list, word string) bool {
	for one := range strings.SplitSeq(list, "|") {
		if one == word {
			return true
		}
	}
	return false
}

package claudeagent

import (
	"slices"

	"fermata/internal/syntax"
)

// allows tells whether an answer of a permission callback visibly agrees.
func allows(n syntax.Node) bool {
	if n.Is(syntax.Call) {
		return n.Child(0).TextIs("PermissionResultAllow")
	}
	agrees := false
	for part := range n.Children() {
		switch {
		case !n.Is(syntax.Map):
		case part.Is(syntax.Spread):
			agrees = false // it may say otherwise
		case part.Child(0).TextIs("behavior"):
			agrees = part.Child(1).Is(syntax.String) && part.Child(1).TextIs("allow")
		}
	}
	return agrees
}

// deciding are the fields of a hook's answer that say how to go on.
var deciding = []string{"behavior", "permissionDecision", "decision", "continue_", "continue"}

// quiet tells whether an answer of a hook visibly holds nothing up: it is nothing, or what it decides is written there. That
// none of it refuses was asked before.
func quiet(n syntax.Node) bool {
	if !n.Is(syntax.Map) {
		return n.IsZero() || n.Is(syntax.Null, syntax.Raise)
	}
	open := false
	n.Walk(func(n syntax.Node) bool {
		open = open || n.Is(syntax.Spread) || n.Is(syntax.Pair) && slices.Contains(deciding, n.Child(0).Text()) && !n.Child(1).Is(syntax.String, syntax.Bool)
		if n.Is(syntax.Pair) && n.Child(0).TextIs("hookSpecificOutput") {
			open = open || !n.Child(1).Is(syntax.Map)
		}
		return !open
	})
	return !open
}

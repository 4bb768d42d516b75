package report

import (
	"fmt"

	"fermata/internal/model"
)

// mostUnseen is how many of those whose tools could not be followed are named.
const mostUnseen = 3

// UnseenTools says whose tools could not be followed, and where they are handed over: no figure of a report counts what they
// can do. It is "" where there is nobody.
func (v *View) UnseenTools(o Options) string {
	scopes := v.Scopes(o)
	known := map[string]bool{}
	for _, f := range v.Result.System.Flows {
		known[f.From] = known[f.From] || f.Kind == model.ToolCall || f.Kind == model.Provides
	}
	var names []string
	some, servers, count := false, 0, 0
	for _, e := range v.Result.System.Elements {
		if !scopes[e.Scope] || !model.HasUnseenTools(e) {
			continue
		}
		count++
		some = some || known[e.ID]
		if e.Kind == model.MCPServer {
			servers++
		}
		if len(names) == mostUnseen {
			continue
		}
		name := v.Name(e.ID)
		if at, ok := Where(e.Fact(model.UnseenTools).Evidence); ok {
			name += " (" + Place(at) + ")"
		}
		names = append(names, name)
	}
	if count == 0 {
		return ""
	}
	if more := count - len(names); more > 0 {
		names = append(names, Plural(more, "other", "others"))
	}
	tools, can := "The tools", "what it can do with them"
	if some {
		tools = "Some tools"
	}
	switch {
	case servers == count:
		can = "what they can do"
	case count > 1:
		can = "what can be done with them"
	}
	return fmt.Sprintf("%s of %s could not be followed: %s is not known, and no figure below counts it.", tools, Sentence(names), can)
}

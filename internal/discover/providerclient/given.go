package providerclient

import (
	"fermata/internal/code"
)

// toolArgs are what clients call the tools that a model is given.
var toolArgs = []string{"tools", "functions", "toolConfig", "tool_config"}

// passedTools are what the program's own functions call them.
var passedTools = []string{"tools", "functions", "tool_schemas", "available_tools", "tool_defs", "tool_definitions", "toolDefinitions", "toolSchemas"}

// toolValues gives the tools that a call is made with; none when it has none.
func (x *pass) toolValues(c *call) []*code.Value {
	var all []*code.Value
	if c.via != nil {
		for _, name := range passedTools {
			if v := c.via.Arg(name, -1); full(v) {
				all = append(all, v)
			}
		}
	}
	if v := argument(c.value, toolArgs...); v != nil && full(v) && !(len(all) > 0 && v.Is(code.Unknown)) {
		all = append(all, v)
	}
	return all
}

// full tells whether a value may hold something.
func full(v *code.Value) bool {
	if v == nil {
		return false
	}
	for _, one := range v.Each() {
		switch {
		case one.Is(code.Null), one.Is(code.Bool), one.Is(code.List) && len(one.Items) == 0 && !one.Open, one.Ref.Last() == "NOT_GIVEN", one.Ref.Last() == "Omit":
		default:
			return true
		}
	}
	return false
}

// given tells whether the model is given tools. What a function is handed and hands on counts where it is called.
func (x *pass) given(c *call) bool {
	if c.via == nil {
		return len(x.toolValues(c)) > 0 || c.filled()
	}
	for _, name := range passedTools {
		if full(c.via.Arg(name, -1)) {
			return true
		}
	}
	v := argument(c.value, toolArgs...)
	return full(v) && !v.Is(code.Unknown)
}

// hasTools tells whether the model is given tools from which it may choose. To find out means to follow what the call is
// given, through whatever puts it together: who asks for it does so last.
func (x *pass) hasTools(c *call) bool { return x.given(c) && !x.forced(c) }

// forced tells whether the one tool is asked for by name: that is a way to get structured text.
func (x *pass) forced(c *call) bool {
	for _, v := range argument(c.value, "tool_choice", "function_call", "toolChoice").Each() {
		if v.Get("function").Get("name") != nil || v.Get("name") != nil {
			return true
		}
	}
	return false
}

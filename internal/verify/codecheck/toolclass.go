package codecheck

import (
	"slices"

	"fermata/internal/syntax"
)

// What a model sees of a tool that is a class stands beside the method that does the work: the words and the types are
// the class's, whatever the method says.
var (
	classWords = []string{"description"}
	classTypes = []string{"args_schema", "inputs", "input_schema", "parameters"}
)

// classSays tells whether the class around a method sets one of some attributes to something.
func classSays(method syntax.Node, names []string) bool {
	body := method.Parent()
	if !body.Parent().Is(syntax.ClassDef) {
		return false
	}
	for n := range body.Children() {
		if n.Is(syntax.Assign) && slices.Contains(names, n.Child(0).Text()) && !n.Child(-1).Is(syntax.Null) {
			return true
		}
		if n.Is(syntax.AnnAssign) && slices.Contains(names, n.Child(0).Text()) && !n.Child(2).IsZero() && !n.Child(2).Is(syntax.Null) {
			return true
		}
	}
	return false
}

// decoratorSays tells whether a decorator of a function is given its description: @tool(description="…").
func decoratorSays(fn syntax.Node) bool {
	for d := range fn.All(syntax.Decorator) {
		if call := d.Child(0); call.Is(syntax.Call) {
			for _, name := range []string{"description", "description_override"} {
				if said := call.Argument(name); !said.IsZero() && !said.Is(syntax.Null) {
					return true
				}
			}
		}
	}
	return false
}

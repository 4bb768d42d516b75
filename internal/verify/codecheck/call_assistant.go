package codecheck

import (
	"path"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// unasked are the options with which coding assistants run commands without asking anybody, by the name of their program.
// A word with a blank in it stands for two that follow each other.
var unasked = map[string][]string{
	"claude":  {"--dangerously-skip-permissions", "--permission-mode bypassPermissions", "--permission-mode=bypassPermissions"},
	"codex":   {"--dangerously-bypass-approvals-and-sandbox", "--yolo", "--sandbox danger-full-access", "-s danger-full-access"},
	"gemini":  {"--yolo", "-y", "--approval-mode yolo", "--approval-mode=yolo"},
	"qwen":    {"--yolo", "-y", "--approval-mode yolo", "--approval-mode=yolo"},
	"copilot": {"--allow-all-tools", "--allow-all"},
	"aider":   {"--yes-always"},
	"amp":     {"--dangerously-allow-all"},
}

// startsUnasked tells whether a call that starts a program starts a coding assistant with such an option.
func (f *fileLook) startsUnasked(call syntax.Node) bool {
	lines := [][]string{nil}
	for arg := range call.Children() {
		if arg == call.Child(0) || arg.Is(syntax.Keyword) && !arg.TextIs("args") {
			continue
		}
		if arg.Is(syntax.Keyword) {
			arg = arg.Child(0)
		}
		var next [][]string
		values := f.r.Eval(arg).Each()
		if len(values) > 1 && arg.Is(syntax.Name) && runsBefore(call, arg.Text()) {
			return false // which of them it is turns on a condition: the line is told once, where it may be run first
		}
		for _, value := range values {
			for _, line := range lines {
				next = append(next, append(slices.Clone(line), wordsOf(value)...))
			}
		}
		if len(next) == 0 || len(next) > mostLines {
			return false
		}
		lines = next
	}
	return slices.ContainsFunc(lines, func(words []string) bool {
		if len(words) == 0 {
			return false
		}
		rest := " " + strings.Join(words[1:], " ") + " "
		return slices.ContainsFunc(unasked[path.Base(words[0])], func(option string) bool { return strings.Contains(rest, " "+option+" ") })
	})
}

// runsBefore tells whether a call that is written before another in its function is made with the same name and has the
// same callee.
func runsBefore(call syntax.Node, name string) bool {
	around := call.Parent()
	for !around.Parent().IsZero() && !around.Is(syntax.FuncDef) {
		around = around.Parent()
	}
	before := false
	around.Walk(func(n syntax.Node) bool {
		before = before || n.Is(syntax.Call) && n.Span().Start < call.Span().Start && n.Child(0).Source() == call.Child(0).Source() && n.Child(1).Is(syntax.Name) && n.Child(1).TextIs(name)
		return !before
	})
	return before
}

// mostLines is how many command lines that one call may run are looked at.
const mostLines = 16

// wordsOf are the words of a command line that a value says; one that is not known is a word of its own.
func wordsOf(v *code.Value) []string {
	if v.Is(code.List) {
		var words []string
		for _, item := range v.Items {
			text, ok := item.Constant()
			if !ok || strings.ContainsAny(text, " \t\n") {
				text = "?"
			}
			words = append(words, text)
		}
		return words
	}
	if text, ok := v.Constant(); ok {
		return strings.Fields(text)
	}
	return []string{"?"}
}

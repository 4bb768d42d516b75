package discover

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// mostWritten is how many words of a command are looked at one by one.
const mostWritten = 64

// written tells whether a command stands in the call word for word, its program as a text, with no setting that may change
// what is started: a list that is made elsewhere can be changed on its way, and an environment names libraries and programs.
func written(call syntax.Node, single []syntax.Node, list, options syntax.Node) bool {
	first := list.Child(0)
	if len(single) > 0 {
		first = single[0]
	} else if !list.Is(syntax.List, syntax.Tuple) {
		return false
	}
	if !first.Is(syntax.String) || !list.IsZero() && !list.Is(syntax.List, syntax.Tuple) || list.Count()+len(single) > mostWritten {
		return false
	}
	for _, words := range append(single[:len(single):len(single)], slices.Collect(list.Children())...) {
		if words.Is(syntax.Spread) {
			return false
		}
	}
	return plainSettings(call, options, len(single) > 0) && (!strings.HasPrefix(call.Child(0).Text(), "Command") || unchanged(call))
}

// plainSettings tells whether a start has no setting that may change what is started. They stand in the call itself, as
// Python has them, or in a map of their own; beside a list of words Python takes more of them by position.
func plainSettings(call, options syntax.Node, single bool) bool {
	if options.IsZero() {
		return true
	}
	if options != call && !options.Is(syntax.Map) {
		return false
	}
	positional := 0
	for part := range options.Children() {
		switch {
		case options == call && part == call.Child(0):
		case options == call && !part.Is(syntax.Keyword):
			if positional++; positional > 1 && !single || part.Is(syntax.Spread) {
				return false
			}
		case options == call && !harmlessSettings[part.Text()], options != call && (!part.Is(syntax.Pair) || !harmlessSettings[part.Child(0).Text()]):
			return false
		}
	}
	return true
}

// harmlessSettings are those of a start that do not change what is started.
var harmlessSettings = map[string]bool{
	"args": true, "input": true, "stdin": true, "stdout": true, "stderr": true, "capture_output": true, "shell": true, "cwd": true, "timeout": true, "check": true,
	"encoding": true, "errors": true, "text": true, "universal_newlines": true, "bufsize": true, "close_fds": true,
	"maxBuffer": true, "signal": true, "stdio": true, "windowsHide": true, "reject": true, "killSignal": true,
}

// unchanged tells whether nothing in the function around a command of Go sets its program, its words or its environment
// after it was made.
func unchanged(call syntax.Node) bool {
	around := call
	for !around.IsZero() && !around.Is(syntax.FuncDef, syntax.Lambda) {
		around = around.Parent()
	}
	same := true
	around.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Assign, syntax.AugAssign) && n.Child(0).Is(syntax.Attr) && (n.Child(0).TextIs("Env") || n.Child(0).TextIs("Path") || n.Child(0).TextIs("Args")) {
			same = false
		}
		return same
	})
	return same
}

// operands tells whether what is given of a command stands in words of its own that are no part of an option: not behind one
// that may name a program, unless the table says that it takes a word that does not, and with git not before its part.
func operands(words []code.Word) bool {
	text := words[0].Text
	if i := strings.LastIndexAny(text, `/\`); i >= 0 && !slices.Contains([]string{"/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin"}, text[:i]) {
		return false // a program of that name that is somebody's own
	}
	name := programName(text)
	part, rest := partOf(name, words[1:])
	if name == "git" && slices.ContainsFunc(words[:len(words)-len(rest)], func(w code.Word) bool { return w.Given }) {
		return false
	}
	class, _ := listed(part)
	if class == "" {
		class, _ = listed(name)
	}
	for i, w := range rest {
		switch {
		case w.Whole && w.Text == "--":
			return name != "find" && name != "fd"
		case !w.Given:
		case class == "plain":
		case strings.HasPrefix(w.Text, "-"):
			option, _, _ := strings.Cut(w.Text, "=")
			if !takesWord(part, code.Word{Text: option, Whole: true}) {
				return false
			}
		case i > 0 && grave.MatchString(rest[i-1].Text) && !takesWord(part, rest[i-1]):
			return false
		}
	}
	return true
}

// grave are options whose value may well name a program, or a file that does: by their usual names, and of one letter all that
// have such a meaning with some program.
var grave = regexp.MustCompile(`(?i)^-[eocxtpkwir]$|^-.*(exec|command|cmd|prog|pager|filter|pack|pre$|rsh|shell|conf|engine|wrap|edit|hook|plugin|ext|viewer|browser|load|script|eval|run|tool|helper|ssh|proxy|path|action)`)

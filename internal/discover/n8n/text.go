package n8n

import (
	"regexp"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// mostHoles is how many expressions of one text are looked at.
const mostHoles = 64

// texts collects the instructions of a node: what it is told as a system, and the text that it is asked where that is
// more than what comes in. Where a system message says what to do, what a user's message holds is what it is done to.
func (w *workflow) texts(n *node) {
	told := false
	var asked []syntax.Node
	written := func(v syntax.Node) bool {
		return v.Is(syntax.String) && strings.TrimSpace(strings.TrimPrefix(v.Text(), "=")) != ""
	}
	add := func(v syntax.Node) {
		n.box.Texts = append(n.box.Texts, discover.BoxText{Text: strings.TrimPrefix(v.Text(), "="), At: v.Span()})
	}
	tell := func(v syntax.Node) {
		if written(v) {
			told = true
			add(v)
		}
	}
	ask := func(v syntax.Node) {
		if written(v) && !bare(v.Text()) {
			asked = append(asked, v)
		}
	}
	options := n.params.Argument("options")
	for _, key := range []string{"systemMessage", "systemPromptTemplate", "prefix", "instructions"} {
		tell(options.Argument(key))
	}
	tell(n.params.Argument("instructions"))
	if v := options.Argument("humanMessage"); written(v) {
		asked = append(asked, v)
	}
	for _, list := range []struct {
		of    syntax.Node
		usual string // the role of a message that has none
	}{
		{n.params.Argument("messages").Argument("messageValues"), "system"},
		{n.params.Argument("messages").Argument("values"), "user"},
		{n.params.Argument("prompt").Argument("messages"), "user"},
		{n.params.Argument("responses").Argument("values"), "user"},
	} {
		for m := range list.of.All(syntax.Map) {
			role := text(m, "role")
			if role == "" {
				role = text(m, "type")
			}
			if role == "" || role == "text" {
				role = list.usual
			}
			for _, key := range []string{"message", "content"} {
				switch v := m.Argument(key); {
				case bare(v.Text()):
				case strings.HasPrefix(strings.ToLower(role), "system"), role == "developer":
					tell(v)
				default:
					ask(v)
				}
			}
		}
	}
	for _, key := range []string{"text", "prompt"} {
		ask(n.params.Argument(key))
	}
	if told {
		return
	}
	for _, v := range asked {
		add(v)
	}
}

// bare tells whether a text is one expression and nothing else: what somebody says, not what the agent is told.
func bare(s string) bool {
	s = strings.TrimSpace(strings.TrimPrefix(s, "="))
	return strings.HasPrefix(s, "{{") && strings.HasSuffix(s, "}}") && strings.Count(s, "{{") == 1
}

var (
	expression = regexp.MustCompile(`\{\{([^{}]{1,400})\}\}`)
	other      = regexp.MustCompile(`\$(?:node\[|items?\(|\()\s*\\?["']([^"'\\]{1,200})`)
)

// holes finds what is filled into the instructions, and from which node.
func (w *workflow) holes() {
	for _, n := range w.nodes {
		for i := range n.box.Texts {
			t := &n.box.Texts[i]
			for _, m := range expression.FindAllStringSubmatch(t.Text, mostHoles) {
				inner := strings.TrimSpace(m[1])
				hole := discover.TextHole{Name: inner}
				switch from := other.FindStringSubmatch(inner); {
				case from != nil:
					source := w.byName[from[1]]
					if source == nil {
						continue
					}
					hole.From = source.box
				case strings.Contains(inner, "$json"), strings.Contains(inner, "$input"), strings.Contains(inner, "$binary"), strings.Contains(inner, "$fromAI"):
				default:
					continue // the clock, the workflow's own name
				}
				t.Holes = append(t.Holes, hole)
			}
		}
	}
}

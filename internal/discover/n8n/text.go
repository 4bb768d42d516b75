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
// more than what comes in.
func (w *workflow) texts(n *node) {
	add := func(v syntax.Node) {
		if v.Is(syntax.String) && strings.TrimSpace(strings.TrimPrefix(v.Text(), "=")) != "" {
			n.box.Texts = append(n.box.Texts, discover.BoxText{Text: strings.TrimPrefix(v.Text(), "="), At: v.Span()})
		}
	}
	options := n.params.Argument("options")
	for _, key := range []string{"systemMessage", "humanMessage", "systemPromptTemplate", "prefix", "instructions"} {
		add(options.Argument(key))
	}
	add(n.params.Argument("instructions"))
	for _, list := range []syntax.Node{
		n.params.Argument("messages").Argument("messageValues"), n.params.Argument("messages").Argument("values"),
		n.params.Argument("prompt").Argument("messages"), n.params.Argument("responses").Argument("values"),
	} {
		for m := range list.All(syntax.Map) {
			for _, key := range []string{"message", "content"} {
				if v := m.Argument(key); !bare(v.Text()) {
					add(v)
				}
			}
		}
	}
	for _, key := range []string{"text", "prompt"} {
		if v := n.params.Argument(key); v.Is(syntax.String) && !bare(v.Text()) {
			add(v)
		}
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

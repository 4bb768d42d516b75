package discover

import (
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
)

// hostedTools are tools that the provider of a model runs, or that it defines and the program carries out, by the
// beginning of their type.
var hostedTools = []struct {
	prefix string
	tool   HostedTool
}{
	{"web_search", HostedTool{"web search", []string{"net-read"}, true, true}},
	{"google_search", HostedTool{"web search", []string{"net-read"}, true, true}},
	{"web_fetch", HostedTool{"web fetch", []string{"net-read"}, true, true}},
	{"url_context", HostedTool{"web fetch", []string{"net-read"}, true, true}},
	{"browser_search", HostedTool{"web search", []string{"net-read"}, true, true}},
	{"x_search", HostedTool{"X search", []string{"net-read"}, true, true}},
	{"code_interpreter", HostedTool{"code interpreter", []string{"exec"}, true, false}},
	{"code_execution", HostedTool{"code interpreter", []string{"exec"}, true, false}},
	{"file_search", HostedTool{"file search", nil, true, false}},
	{"image_generation", HostedTool{"image generation", nil, true, false}},
	{"local_shell", HostedTool{"shell", []string{"exec"}, false, false}},
	{"shell", HostedTool{"shell", []string{"exec"}, false, false}},
	{"bash_", HostedTool{"bash", []string{"exec", "fs-read", "fs-write"}, false, false}},
	{"text_editor_", HostedTool{"text editor", []string{"fs-read", "fs-write"}, false, false}},
	{"apply_patch", HostedTool{"apply patch", []string{"fs-read", "fs-write"}, false, false}},
	{"computer", HostedTool{"computer", []string{"exec", "net-read", "net-write"}, false, true}},
	{"mcp", HostedTool{"MCP server", nil, true, true}},
}

// HostedTool is a tool that providers of models define.
type HostedTool struct {
	Name    string
	Effects []string
	Remote  bool // the provider runs it
	Outside bool // what it returns can hold text of strangers
}

// Hosted finds a provider's tool by its type ("web_search_preview") or by the name of the function that an SDK makes it
// with ("webSearch").
func Hosted(kind string) (HostedTool, bool) {
	if kind != "" {
		kind = snake(kind)
		for _, h := range hostedTools {
			if strings.HasPrefix(kind, h.prefix) {
				return h.tool, true
			}
		}
	}
	return HostedTool{}, false
}

// snake writes camelCase with underscores.
func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// GiveHosted describes a provider's tool. One that is used in several places of a file is one tool.
func (p *Pass) GiveHosted(h HostedTool, technology string, at source.Span) *Element {
	return p.Element(model.Tool, Local(p.Path(), h.Name), h.Name, at).Technology(technology).Hosted(h, at)
}

// Hosted says what is known of a tool that is a provider's. What only searches, reads or draws does so with the provider, and
// nothing else: what it may do at all is known.
func (e *Element) Hosted(h HostedTool, at source.Span) *Element {
	reason := "known of the provider's " + h.Name
	for _, name := range h.Effects {
		e.Effect(name, model.Yes, reason, at)
	}
	if h.Remote {
		e.FactBecause("third-party", model.Yes, "the model's provider runs it", at).FactBecause("provider", "the model's provider", "it is one of the provider's own tools", at)
	}
	if h.Outside {
		e.FactBecause("untrusted-output", model.Yes, "what it returns can hold text of strangers", at)
	}
	if h.whole() {
		for _, effect := range model.Effects {
			if !slices.Contains(h.Effects, effect.Name) {
				e.Effect(effect.Name, model.No, reason, at)
			}
		}
	}
	return e
}

// whole tells whether the effects of a tool are all that it has: it runs with the provider, and asks the web or nothing.
func (h HostedTool) whole() bool {
	return h.Remote && (h.Outside && slices.Equal(h.Effects, []string{"net-read"}) || h.Name == "image generation")
}

package n8n

import (
	"regexp"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// A node on the way does what its parameters say. Whose output is filled into those that decide what it acts on has a say
// in it; whose output is only in the text that it writes has none.

// says are parameters that hold what is written to somebody, and decide nothing else.
var says = map[string]bool{
	"text": true, "message": true, "html": true, "subject": true, "summary": true, "description": true, "title": true, "content": true, "caption": true,
	"emailBody": true, "bodyContent": true, "blocksUi": true, "messageText": true, "comment": true, "note": true, "notes": true, "responseBody": true,
}

// public are nodes whose text is for all to read, so that what it says is what it does.
var public = map[string]bool{
	"twitter": true, "linkedIn": true, "facebookGraphApi": true, "wordpress": true, "reddit": true, "medium": true, "ghost": true, "discourse": true,
}

// given finds for each tool on the way whose outputs decide what it acts on.
func (w *workflow) given() {
	before := map[*node][]*node{}
	w.targets(func(from *node, wire string, to *node) {
		if wire == "main" {
			before[to] = append(before[to], from)
		}
	})
	for _, n := range w.nodes {
		if !n.box.Drawn || n.element == nil {
			continue
		}
		seen := map[*discover.Box]bool{}
		take := func(m *node) {
			if !seen[m.box] {
				seen[m.box] = true
				n.box.Given = append(n.box.Given, m.box)
			}
		}
		w.deciding(n, n.params, "", 0, func(key, expression string) {
			through := key == "command" || key == "query" // whatever a script makes of it, it is run
			if m := other.FindStringSubmatch(expression); m != nil {
				if from := w.byName[m[1]]; from != nil {
					sources(before, from, true, through, take)
				}
				return
			}
			if strings.Contains(expression, "$json") || strings.Contains(expression, "$input") || strings.Contains(expression, "$binary") {
				sources(before, n, false, through, take)
			}
		})
		w.places(n)
		if n.acts() {
			sources(before, n, false, true, func(m *node) {
				if m.box.Role == discover.AgentBox && m.element != nil {
					m.element.FactBecause("consequential", model.Yes, "the workflow goes on by what it says", n.at)
				}
			})
		}
	}
}

// acts tells whether a step changes or sends something.
func (n *node) acts() bool {
	switch n.kind {
	case "httpRequest":
		return !reading(n)
	case "executeCommand", "ssh":
		return true
	}
	return n.box.Silent
}

// deciding visits the expressions in the parameters that decide what a node acts on.
func (w *workflow) deciding(n *node, at syntax.Node, key string, depth int, visit func(key, expression string)) {
	switch {
	case depth > 6:
	case at.Is(syntax.Map):
		named := text(at, "name")
		for k, value := range at.Pairs() {
			word := k.Text()
			if named != "" && word == "value" {
				word = named
			}
			if !says[word] || public[n.kind] {
				w.deciding(n, value, word, depth+1, visit)
			}
		}
	case at.Is(syntax.List):
		for item := range at.Children() {
			w.deciding(n, item, key, depth+1, visit)
		}
	case at.Is(syntax.String):
		s := at.Text()
		asks := n.kind == "httpRequest" && reading(n)
		if key == "url" && asks {
			s = host(s)
		} else if asks {
			return // what is asked of a fixed address
		}
		for _, m := range expression.FindAllStringSubmatch(s, mostHoles) {
			visit(key, m[1])
		}
	}
}

// reading tells whether a request only gets.
func reading(n *node) bool {
	switch strings.ToUpper(strings.TrimPrefix(n.param("method"), "=")) {
	case "", "GET", "HEAD":
		return true
	}
	return false
}

var fixedHost = regexp.MustCompile(`^=?[a-z]+://[^/{}?#]+[/?#]`)

// host is the part of an address that says whom it reaches: nothing that could be filled in, when that stands in the file.
func host(url string) string {
	if fixedHost.MatchString(url) {
		return ""
	}
	return url
}

// sources walks back along the wires to what does something: an agent, a tool, an entry. A script in between decides
// itself what it passes on, unless what it makes is run.
func sources(before map[*node][]*node, n *node, itself, through bool, take func(*node)) {
	seen := map[*node]bool{}
	var queue []*node
	if itself {
		queue = append(queue, n)
	} else {
		queue = append(queue, before[n]...)
	}
	for len(queue) > 0 {
		m := queue[0]
		queue = queue[1:]
		if seen[m] {
			continue
		}
		seen[m] = true
		switch {
		case !m.box.Ref.IsZero() && m.box.Role != discover.ReviewerBox && m.box.Role != discover.GuardBox:
			take(m)
		case m.is("code", "function", "functionItem") && !through:
		default:
			queue = append(queue, before[m]...)
		}
	}
}

// places says who decides where a node's effects go, where its parameters show it.
func (w *workflow) places(n *node) {
	fact, keys := "", []string(nil)
	switch n.kind {
	case "httpRequest":
		fact, keys = "fixed-addresses", []string{"url"}
	case "readWriteFile", "writeBinaryFile", "readBinaryFile", "readBinaryFiles":
		fact, keys = "fixed-sources", []string{"fileSelector", "filePath"}
		if op := n.param("operation"); op == "write" || n.kind == "writeBinaryFile" {
			fact, keys = "fixed-paths", []string{"fileName"}
		}
	default:
		return
	}
	for _, key := range keys {
		v := n.params.Argument(key)
		if !v.Is(syntax.String) || v.Text() == "" {
			continue
		}
		s := v.Text()
		switch {
		case fact == "fixed-addresses" && host(s) == "":
			n.element.FactBecause(fact, model.Yes, "whom it asks stands in the file", v.Span())
		case len(n.box.Given) == 0:
			n.element.FactBecause(fact, model.Yes, "nobody's words are filled into it", v.Span())
		}
		return
	}
}

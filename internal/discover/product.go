package discover

import (
	"sort"
	"strings"
	"sync"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// productTable holds what is known of products, by each name that they go by. A table is a list of entries:
//
//   - match: [langchain_community.tools.ShellTool, langchain_community.tools.shell.ShellTool]
//     name: shell
//     kind: tool
//     technology: langchain
//     effects: [exec, fs-read, fs-write]
//     complete: true
//     facts: {untrusted-output: yes}
//     doc: runs shell commands
var productTable = sync.OnceValue(func() map[string]ProductInfo {
	table := map[string]ProductInfo{}
	files, err := technologyFiles.ReadDir("technology")
	if err != nil {
		return table
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), "effects") {
			continue
		}
		for entry := range technologyTree(f.Name()).Children() {
			info := ProductInfo{
				Name: text(entry, "name"), Kind: model.Kind(text(entry, "kind")), Technology: text(entry, "technology"),
				Doc: text(entry, "doc"), Effects: map[string]string{}, Facts: map[string]string{},
			}
			if info.Kind == "" {
				info.Kind = model.Tool
			}
			info.Complete = text(entry, "complete") == "true"
			effects := entry.Argument("effects")
			for item := range effects.Children() {
				if item.Is(syntax.String) {
					info.Effects[item.Text()] = model.Yes
				}
			}
			for key, value := range entry.Argument("facts").Pairs() {
				info.Facts[key.Text()] = yamlText(value)
			}
			for item := range entry.Argument("match").Children() {
				table[item.Text()] = info
			}
		}
	}
	return table
})

func text(entry syntax.Node, key string) string { return yamlText(entry.Argument(key)) }

// yamlText is a scalar's text; YAML 1.1's yes and no may have been read as truth values.
func yamlText(n syntax.Node) string {
	s, _ := n.Scalar()
	return s
}

// product looks a product up by any of its names.
func product(name string, names []string) (ProductInfo, bool) {
	table := productTable()
	if i, ok := table[name]; ok {
		return i, true
	}
	for _, other := range names {
		if i, ok := table[other]; ok {
			return i, true
		}
	}
	return ProductInfo{}, false
}

func (i ProductInfo) list(at []source.Span) []Effect {
	var all []Effect
	why := "known of " + i.Name
	if i.Doc != "" {
		why = i.Doc
	}
	for _, info := range model.Effects {
		value, ok := i.Effects[info.Name]
		switch {
		case ok:
			all = append(all, Effect{Name: info.Name, Value: value, Reason: why, At: at, Known: info.Name == "net-read"})
		case i.Complete:
			all = append(all, Effect{Name: info.Name, Value: model.No, Reason: why, At: at})
		}
	}
	return all
}

// Product describes an element by the technology table: its technology, effects, facts.
func (e *Element) Product(i ProductInfo, at ...source.Span) *Element {
	e.Effects(i.List(at...))
	if e.model.Technology == "" {
		e.model.Technology = i.Technology
	}
	if e.model.Detail == "" {
		e.Detail(i.Doc)
	}
	var names []string
	for name := range i.Facts {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if _, said := e.facts.get(name); !said {
			e.Fact(name, strings.ToLower(i.Facts[name]), at...)
		}
	}
	return e
}

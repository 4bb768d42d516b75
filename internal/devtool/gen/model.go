package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"fermata/internal/model"
)

// modelIntroduction is the part of docs/model.md that people write. The tests run its examples.
const modelIntroduction = `# fermata.yaml

A written model adds to what a scan finds, corrects it, or describes a system alone. ` + "`fermata init`" + ` writes one from what was found;
` + "`fermata validate`" + ` checks one; ` + "`schema/model.schema.json`" + ` lets an editor complete it. An unknown key or word is an error with its place.

A system alone:

` + "```yaml file=shop.yaml" + `
fermata: 1
name: shop assistant
elements:
  - {id: assistant, kind: agent}
  - {id: orders, kind: datastore, facts: {sensitive: yes}}
  - {id: pay, kind: tool, effects: {money: yes}, controls: [{control: human-approval, state: evidenced}]}
  - {id: customer, kind: human}
flows:
  - {kind: prompt, from: customer, to: assistant}
  - {kind: data-read, from: orders, to: assistant}
  - {kind: tool-call, from: assistant, to: pay, facts: {content: typed}}
assets:
  - {id: till, element: pay, capability: invoke, loss: money, low: 100, high: 20000, currency: EUR}
` + "```" + `

` + "```console" + `
$ fermata validate shop.yaml
shop.yaml is sound: 4 elements
` + "```" + `

Beside a tree, ids are those that a scan prints (` + "`desk/tools.py:refund`" + `), or a short name that only one element has (` + "`refund`" + `). What the file says
of an element wins where it is more certain than what was seen; ` + "`replace:`" + ` wins always, ` + "`remove:`" + ` takes away. What is left out is unknown,
not no: where it matters, it becomes a question, and ` + "`answers:`" + ` holds the answers.

Some facts are asked once of a whole system: the id of such a question begins with ` + "`*`" + ` (` + "`*.facts.retired`" + `; ` + "`*:NAME.facts.retired`" + ` where a tree has
several systems), and its answer holds for all elements or flows that it is asked of and of which nothing else is said.

A fact is a word, ` + "`exec: yes`" + `, or a word with its reason, ` + "`exec: {value: yes, reason: calls subprocess}`" + `.

A power is ` + "`capability@element`" + `, over everybody's sessions and rows, or ` + "`capability:own@element`" + ` over the attacker's own. A start of an attacker is
one, or ` + "`{power: hijack@planner, reason: shares the account}`" + `.
`

// schemaNode is what of a JSON Schema the reference of keys needs.
type schemaNode struct {
	Description string                `json:"description"`
	Required    []string              `json:"required"`
	Properties  map[string]schemaNode `json:"properties"`
	Defs        map[string]schemaNode `json:"$defs"`
}

// modelDocs writes the reference of the model file from its schema and the tables of package model.
func modelDocs(_ context.Context, out files) error {
	var root schemaNode
	schema := model.Schema()
	if err := json.Unmarshal(schema, &root); err != nil {
		return fmt.Errorf("model schema: %w", err)
	}
	var b strings.Builder
	b.WriteString(generated + modelIntroduction)
	b.WriteString("\n## The keys of the file\n\n")
	keys(&b, schema, "properties", root)
	for _, def := range []struct{ name, title string }{
		{"element", "An element"},
		{"flow", "A flow"},
		{"boundary", "A boundary"},
		{"asset", "An asset"},
		{"attacker", "An attacker"},
		{"control", "A control"},
		{"answer", "An answer"},
		{"risk", "Numbers for risk"},
		{"riskAttempts", "Attempts a year"},
		{"riskSuccess", "A chance of success"},
		{"riskEfficacy", "A control's efficacy"},
		{"riskTogether", "A control that fails on several places together"},
		{"riskLoss", "What a loss costs"},
	} {
		node, ok := root.Defs[def.name]
		if !ok {
			return fmt.Errorf("the model schema has no %s", def.name)
		}
		fmt.Fprintf(&b, "\n## %s\n\n", def.title)
		keys(&b, schema, def.name, node)
	}
	b.WriteString("\n## Kinds of elements\n\n| Kind | Layer | What |\n|---|---|---|\n")
	for _, k := range model.Kinds {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Kind, k.Layer, escape(k.Doc))
	}
	b.WriteString("\n## Kinds of flows\n\nContent moves from `from` to `to`; a power acts from `from` on `to`.\n\n| Kind | From | To | What |\n|---|---|---|---|\n")
	for _, f := range model.FlowKinds {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Kind, kinds(f.From), kinds(f.To), escape(f.Doc))
	}
	b.WriteString("\n## Effects of tools, plugins and servers\n\n| Effect | What a call can do |\n|---|---|\n")
	infos(&b, model.Effects)
	b.WriteString("\n## Facts\n\nyes, no or unknown where no other words are given.\n\n| Fact | Of | Words | What |\n|---|---|---|---|\n")
	for _, f := range model.Facts {
		words := ""
		switch {
		case f.Values != nil && len(f.Values) == 0:
			words = "any text"
		case len(f.Values) > 0:
			words = strings.Join(f.Values, ", ")
		}
		of := f.On + "s"
		if len(f.Kinds) > 0 {
			of = kinds(f.Kinds)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, of, words, escape(f.Doc))
	}
	b.WriteString("\n## Capabilities\n\n| Capability | What |\n|---|---|\n")
	infos(&b, model.Capabilities)
	b.WriteString("\n## Sources of harm\n\n| Attacker | Who |\n|---|---|\n")
	infos(&b, model.Attackers)
	b.WriteString("\n## Classes of loss\n\n| Loss | Severity | What |\n|---|---|---|\n")
	for _, l := range model.Losses {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", l.Name, l.Severity, escape(l.Doc))
	}
	out["docs/model.md"] = []byte(b.String())
	return nil
}

func infos(b *strings.Builder, list []model.Info) {
	for _, i := range list {
		fmt.Fprintf(b, "| `%s` | %s |\n", i.Name, escape(i.Doc))
	}
}

func kinds(list []model.Kind) string {
	if len(list) == 0 {
		return "any"
	}
	var words []string
	for _, k := range list {
		words = append(words, string(k))
	}
	return strings.Join(words, ", ")
}

// keys writes a table of a map's keys in the order of the schema's text, which is that of the reader's tables.
func keys(b *strings.Builder, schema []byte, name string, node schemaNode) {
	required := map[string]bool{}
	for _, r := range node.Required {
		required[r] = true
	}
	b.WriteString("| Key | What |\n|---|---|\n")
	for _, key := range inOrder(schema, name, node.Properties) {
		must := ""
		if required[key] {
			must = " (required)"
		}
		fmt.Fprintf(b, "| `%s`%s | %s |\n", key, must, escape(node.Properties[key].Description))
	}
}

// inOrder gives the keys of an object of the schema in the order in which they stand there.
func inOrder(schema []byte, name string, properties map[string]schemaNode) []string {
	decoder := json.NewDecoder(strings.NewReader(string(schema)))
	var path, found []string // the keys that lead to where the decoder stands
	var open []bool          // whether what is open is an object whose next token is a key
	key := false
	for {
		token, err := decoder.Token()
		if err != nil {
			return found
		}
		switch v := token.(type) {
		case json.Delim:
			switch v {
			case '{', '[':
				open = append(open, v == '{')
				path = append(path, "")
				key = v == '{'
				continue
			default:
				open, path = open[:len(open)-1], path[:len(path)-1]
			}
		case string:
			if key {
				path[len(path)-1] = v
				if at := len(path) - 2; at >= 0 && path[at] == "properties" && belongs(path[:at], name) {
					if _, ok := properties[v]; ok {
						found = append(found, v)
					}
				}
				key = false
				continue
			}
		}
		key = len(open) > 0 && open[len(open)-1]
	}
}

// belongs tells whether a path leads to the map of that name.
func belongs(path []string, name string) bool {
	if name == "properties" {
		return len(path) == 0
	}
	return len(path) == 2 && path[0] == "$defs" && path[1] == name
}

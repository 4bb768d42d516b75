package rule

import (
	"bytes"
	"encoding/json"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// object is a JSON object that keeps its order, so that a schema reads like the language's description.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := plain(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plain is json.Marshal without escapes for HTML: a schema is read by people too.
func plain(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSpace(b.Bytes()), err
}

func document(o object) []byte {
	raw, err := plain(o)
	if err != nil {
		panic(err) // constants of this file
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		panic(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func described(doc string, more ...member) object {
	return append(object{{"description", doc}}, more...)
}

func text(doc string) object { return described(doc, member{"type", "string"}, member{"minLength", 1}) }

func oneOf(doc string, words []string) object { return described(doc, member{"enum", words}) }

func listOf(doc string, items any) object {
	return described(doc, member{"type", "array"}, member{"items", items})
}

func closed(properties object, required ...string) object {
	return object{{"type", "object"}, {"additionalProperties", false}, {"required", required}, {"properties", properties}}
}

func elementKinds() []string {
	var all []string
	for _, k := range model.Kinds {
		all = append(all, string(k.Kind))
	}
	return all
}

func flowKinds() []string {
	var all []string
	for _, k := range model.FlowKinds {
		all = append(all, string(k.Kind))
	}
	return all
}

// placeKinds are the kinds of places in code that are no kinds of elements or flows.
func placeKinds() []string {
	var all []string
	for _, sort := range result.SubjectSorts {
		for _, k := range result.SubjectKinds[sort] {
			if !elementKindSet[k.Name] && !flowKindSet[k.Name] && !contains(all, k.Name) {
				all = append(all, k.Name)
			}
		}
	}
	return all
}

func pertSchema(doc string) object {
	number := object{{"type", "number"}, {"minimum", 0}, {"maximum", 1}}
	return append(described(doc), closed(object{
		{"pert", described("least, most likely, most", member{"type", "array"}, member{"items", number}, member{"minItems", 3}, member{"maxItems", 3})},
		{"evidence", described("rows of the evidence table, or judgement", member{"oneOf", []any{
			object{{"const", "judgement"}}, object{{"type", "array"}, {"items", object{{"type", "string"}}}},
		}})},
	}, "pert", "evidence")...)
}

func mapsSchema(doc string) object {
	return described(doc, member{"type", "object"},
		member{"additionalProperties", object{{"type", "array"}, {"items", object{{"type", "string"}}}}})
}

// Schema is the JSON Schema of rule.yaml, for editors. The loader knows more: names, fields, ids and CEL.
func Schema() []byte {
	elements, flows := object{{"enum", elementKinds()}}, object{{"enum", flowKinds()}}
	either := object{{"enum", append(append(elementKinds(), flowKinds()...), placeKinds()...)}}
	power := object{{"type", "string"}, {"pattern", "^(" + strings.Join(capabilityNames(), "|") + ")(:(own|all))?@[a-z0-9_.]+$"}}
	path := object{{"type", "string"}, {"pattern", "^[a-z0-9_]+(\\.[a-z_]+)*$"}}
	bind := closed(object{
		{"name", text("the name that expressions, powers and messages use")},
		{"kinds", listOf("flow kinds", flows)},
		{"from", described("an element that is bound already: the flow's start", path...)},
		{"to", described("an element that is bound already: the flow's end", path...)},
		{"from_kinds", listOf("element kinds of the start", elements)},
		{"to_kinds", listOf("element kinds of the end", elements)},
		{"when", text("CEL: which of these flows")},
		{"set", described("bind all matches as one set; powers over it need this many of the members", member{"type", "integer"}, member{"minimum", 1})},
		{"each", described("bind all matches in one finding, whose step gives its powers over each of them", member{"type", "boolean"})},
		{"absent", described("the rule applies only if there is no such flow", member{"type", "boolean"})},
		{"relayed", described("the flow may also begin at whoever passes on what the element at from says", member{"type", "boolean"})},
	}, "name", "kinds")
	use := described("a control, on everything bound or on the paths given", member{"oneOf", []any{
		object{{"type", "string"}},
		closed(object{{"control", object{{"type", "string"}}}, {"on", listOf("where it counts", path)}, {"ends", object{{"type", "boolean"}, {"description", "of a condition: where the control stands, the condition is not there any more"}}}}, "control"),
	}})
	properties := object{
		{"id", text("kebab-case; the folder's name")},
		{"title", text("what is wrong, in a few words")},
		{"since", described("the version that brought it", member{"type", "string"}, member{"pattern", sinceForm.String()})},
		{"on", oneOf("what is visited", onWords)},
		{"kinds", listOf("element or flow kinds that are visited, or kinds of places in code", either)},
		{"names", listOf("on: call: patterns of names of calls that are visited", object{{"type", "string"}})},
		{"from", listOf("on: flow: element kinds of the start", elements)},
		{"to", listOf("on: flow: element kinds of the end", elements)},
		{"of", listOf("on: cycle: element kinds of the members", elements)},
		{"share", append(described("on: pair: the neighbour that both have"), closed(object{
			{"kinds", listOf("flow kinds that lead to it", flows)}, {"of", listOf("element kinds of it", elements)},
		}, "kinds", "of")...)},
		{"bind", listOf("named flows at what is bound already", bind)},
		{"when", text("CEL: when it applies; controls have no place here")},
		{"widens", text("CEL: when the attacker's own scope becomes everybody's")},
		{"message", text("one sentence about these elements, with {paths}")},
		{"about", listOf("what a condition is about: findings about the same count as one", path)},
		{"follows", described("it only carries on what other findings bring about, and counts with them", member{"type", "boolean"})},
		{"told_by", listOf("of a condition: rules by whose live findings of the same line or element it is told already", object{{"type", "string"}})},
		{"success", pertSchema("chance that one attempt succeeds; not for conditions")},
		{"requires", listOf("powers that the step needs", power)},
		{"grants", listOf("powers that the step gives", power)},
		{"severity", oneOf("of a condition", result.Severities)},
		{"maps", mapsSchema("ids of frameworks: maestro and at least one other")},
		{"controls", listOf("controls that would guard it", use)},
		{"controls_why", text("why no control is listed")},
		{"doc", text("what happens, for a reader who does not know it")},
		{"avoid", text("what to avoid")},
		{"prefer", text("what to do in its place")},
		{"false_positives", text("where the rule is wrong")},
	}
	return document(append(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", "urn:fermata:rule:v1"},
		{"title", "Fermata rule (rule.yaml)"},
	}, closed(properties, requiredKeys...)...))
}

// ControlSchema is the JSON Schema of control.yaml, for editors.
func ControlSchema() []byte {
	properties := object{
		{"id", text("kebab-case; the folder's name")},
		{"title", text("the pattern in a few words")},
		{"gist", text("one sentence: what it ensures")},
		{"effect", oneOf("blocks: the step is not possible while it holds; weakens: it succeeds less often", effectWords)},
		{"efficacy", pertSchema("by how much it lowers the chance of success, relatively")},
		{"defeated_by", listOf("capabilities over what enforces it, any of which defeats it", object{{"enum", capabilityNames()}})},
		{"where", listOf("element and flow kinds that it may stand on, best place first", object{{"enum", append(elementKinds(), flowKinds()...)}})},
		{"maps", mapsSchema("ids of frameworks")},
		{"doc", text("what counts as it and what does not")},
	}
	return document(append(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", "urn:fermata:control:v1"},
		{"title", "Fermata control (control.yaml)"},
	}, closed(properties, "id", "title", "gist", "effect", "efficacy", "defeated_by", "where", "doc")...))
}

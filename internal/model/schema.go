package model

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Schema is the JSON Schema (draft 2020-12) of fermata.yaml, made from the tables of this package. It helps editors
// complete and check the file; [Read] stays the judge, because only it knows names and ends.
func Schema() []byte {
	root := object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", "urn:fermata:model:v1"},
		{"title", "fermata.yaml"},
	}
	root = append(root, mapSchema(&documentMap, nil)...)
	root = append(root, entry{"$defs", object{
		{"word", object{{"description", "A word or text; numbers are taken as text."}, {"type", []string{"string", "number"}}}},
		{"element", mapSchema(&elementMap, elementRules())},
		{"correction", mapSchema(&replaceMap, nil)},
		{"flow", mapSchema(&flowMap, flowRules())},
		{"boundary", mapSchema(&boundaryMap, nil)},
		{"asset", mapSchema(&assetMap, []any{object{{"if", object{{"required", []string{"low"}}}}, {"then", object{{"required", []string{"high"}}}}}})},
		{"attacker", mapSchema(&attackerMap, nil)},
		{"start", anyOf(
			object{{"type", "string"}, {"pattern", "^(" + strings.Join(capabilityNames, "|") + ")(:(own|all))?@."}},
			mapSchema(&startMap, nil),
		)},
		{"placed", anyOf(ref("word"), mapSchema(&placedMap, nil))},
		{"control", mapSchema(&controlMap, nil)},
		{"answer", mapSchema(&answerMap, nil)},
		{"risk", mapSchema(&riskMap, nil)},
		{"riskAttempts", mapSchema(&attemptsMap, nil)},
		{"riskSuccess", mapSchema(&successMap, nil)},
		{"riskEfficacy", mapSchema(&efficacyMap, nil)},
		{"riskTogether", mapSchema(&togetherMap, nil)},
		{"riskLoss", mapSchema(&lossMap, nil)},
		{"effects", effectsSchema()},
		{"elementFacts", factsSchema("element")},
		{"flowFacts", factsSchema("flow")},
		{"yesNo", words3()},
		{"fact", withReason(ref("yesNo"))},
		{"textFact", withReason(ref("word"))},
	}})
	text, err := json.Marshal(root)
	if err != nil {
		panic(err) // strings, lists and objects of them always marshal
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		panic(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// object is a JSON object whose keys keep their order.
type object []entry

type entry struct {
	key   string
	value any
}

// MarshalJSON writes the entries in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, e := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encoder.Encode(e.key); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := encoder.Encode(e.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func ref(name string) object { return object{{"$ref", "#/$defs/" + name}} }

func anyOf(options ...any) object { return object{{"anyOf", options}} }

// enum is a choice of words, each with its own description.
func enum(table []Info) object {
	options := make([]any, len(table))
	for i, row := range table {
		options[i] = object{{"const", row.Name}, {"description", row.Doc}}
	}
	return object{{"oneOf", options}}
}

// words3 is yes, no or unknown, and what YAML tools make of yes and no.
func words3() object {
	return object{{"enum", []any{Yes, No, Unknown, true, false}}}
}

// mapSchema is the schema of one kind of map. Rules are further conditions.
func mapSchema(info *mapInfo, rules []any) object {
	o := object{{"description", info.doc}, {"type", "object"}}
	var properties object
	var required []string
	for _, k := range info.keys {
		property := append(object{{"description", k.doc}}, valueSchema(k.value)...)
		properties = append(properties, entry{k.name, property})
		if k.required {
			required = append(required, k.name)
		}
	}
	if required != nil {
		o = append(o, entry{"required", required})
	}
	o = append(o, entry{"additionalProperties", false}, entry{"properties", properties})
	if rules != nil {
		o = append(o, entry{"allOf", rules})
	}
	return o
}

// list is a list of a kind of map; the key may also stand empty.
func list(of string) object {
	return object{{"type", []string{"array", "null"}}, {"items", ref(of)}}
}

// valueSchema is the schema of a value.
func valueSchema(value valueType) object {
	switch value {
	case kindValue:
		table := make([]Info, len(Kinds))
		for i, row := range Kinds {
			table[i] = Info{string(row.Kind), row.Doc + " (" + row.Layer + ")"}
		}
		return enum(table)
	case flowKindValue:
		table := make([]Info, len(FlowKinds))
		for i, row := range FlowKinds {
			table[i] = Info{string(row.Kind), row.Doc}
		}
		return enum(table)
	case layerValue:
		return enum(layers)
	case scopeValue:
		return enum(scopes)
	case powerScopeValue:
		return enum([]Info{{ScopeAll, "everybody's part of it"}, {ScopeOwn, "what is the attacker's by right"}})
	case capabilityValue:
		return enum(Capabilities)
	case lossValue:
		table := make([]Info, len(Losses))
		for i, row := range Losses {
			table[i] = Info{row.Name, row.Doc + " (" + row.Severity + ")"}
		}
		return enum(table)
	case attackerValue:
		return enum(Attackers)
	case stateValue:
		return enum(stateDocs)
	case numberValue:
		return object{{"type", "number"}, {"minimum", 0}, {"exclusiveMaximum", maxAmount}}
	case currencyValue:
		return object{{"type", "string"}, {"pattern", "^[A-Z]{3}$"}}
	case dateValue:
		return object{{"type", "string"}, {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}}
	case versionValue:
		return object{{"const", 1}}
	case questionValue:
		return object{{"type", "string"}, {"pattern", `.\.(effects|facts|control)\..`}}
	case answerValue, factValue:
		return object{{"type", []string{"string", "number", "boolean"}}}
	case textsValue, refsValue, removeValue:
		return list("word")
	case startsValue:
		return object{{"type", "array"}, {"items", ref("start")}}
	case effectsValue:
		return ref("effects")
	case elementFactsValue:
		return ref("elementFacts")
	case flowFactsValue:
		return ref("flowFacts")
	case placedValue:
		return list("placed")
	case elementsValue:
		return list("element")
	case flowsValue:
		return list("flow")
	case boundariesValue:
		return list("boundary")
	case assetsValue:
		return list("asset")
	case attackersValue:
		return list("attacker")
	case controlsValue:
		return list("control")
	case replaceValue:
		return list("correction")
	case answersValue:
		return list("answer")
	case riskValue:
		return anyOf(object{{"type", "null"}}, ref("risk"))
	case attemptsValue:
		return list("riskAttempts")
	case successesValue:
		return list("riskSuccess")
	case efficaciesValue:
		return list("riskEfficacy")
	case togethersValue:
		return list("riskTogether")
	case lossesValue:
		return list("riskLoss")
	case shareValue:
		return object{{"type", "number"}, {"minimum", 0}, {"maximum", 1}}
	case countValue:
		return object{{"type", "integer"}, {"minimum", 1}, {"maximum", maxRepeats}}
	}
	return ref("word")
}

// withReason lets a value also stand in a map with the reason for it.
func withReason(value object) object {
	return anyOf(value, object{
		{"type", "object"},
		{"required", []string{"value"}},
		{"additionalProperties", false},
		{"properties", object{
			{"value", append(object{{"description", factMap.keys[0].doc}}, value...)},
			{"reason", append(object{{"description", factMap.keys[1].doc}}, ref("word")...)},
		}},
	})
}

func effectsSchema() object {
	var properties object
	for _, row := range Effects {
		properties = append(properties, entry{row.Name, append(object{{"description", "It can " + row.Doc + "."}}, ref("fact")...)})
	}
	return object{
		{"description", "What a call can do; only tools and what else a tool call reaches have effects."},
		{"type", []string{"object", "null"}},
		{"additionalProperties", false},
		{"properties", properties},
	}
}

func factsSchema(on string) object {
	var properties object
	for _, row := range Facts {
		if row.On != on {
			continue
		}
		doc := strings.ToUpper(row.Doc[:1]) + row.Doc[1:] + "."
		if row.Kinds != nil {
			doc += " Asked of: " + kindWords(row.Kinds) + "."
		}
		value := ref("fact")
		switch {
		case row.Values != nil && len(row.Values) == 0:
			value = ref("textFact")
		case row.Values != nil:
			value = withReason(object{{"enum", row.words()}})
		}
		properties = append(properties, entry{row.Name, append(object{{"description", doc}}, value...)})
	}
	return object{{"type", []string{"object", "null"}}, {"additionalProperties", false}, {"properties", properties}}
}

// elementRules say which facts and effects are asked of which kinds.
func elementRules() []any {
	var rules []any
	for _, row := range Kinds {
		var asked object
		for _, fact := range Facts {
			if fact.On == "element" && !fact.Asks(row.Kind) {
				asked = append(asked, entry{fact.Name, false})
			}
		}
		then := object{{"facts", object{{"properties", asked}}}}
		if !HasEffects(row.Kind) {
			then = append(then, entry{"effects", object{{"maxProperties", 0}}})
		}
		rules = append(rules, when("kind", string(row.Kind), then))
	}
	return rules
}

// flowRules say which facts are asked of which flow kinds.
func flowRules() []any {
	var rules []any
	for _, row := range Facts {
		if row.On != "flow" || row.Flows == nil {
			continue
		}
		var kinds []string
		for _, kind := range row.Flows {
			kinds = append(kinds, string(kind))
		}
		rules = append(rules, object{
			{"if", object{{"properties", object{{"kind", object{{"not", object{{"enum", kinds}}}}}}}}},
			{"then", object{{"properties", object{{"facts", object{{"properties", object{{row.Name, false}}}}}}}}},
		})
	}
	return rules
}

func when(key, value string, then object) object {
	return object{
		{"if", object{{"required", []string{key}}, {"properties", object{{key, object{{"const", value}}}}}}},
		{"then", object{{"properties", then}}},
	}
}

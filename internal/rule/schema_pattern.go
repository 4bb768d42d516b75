package rule

import "strings"

func wordList(doc string, words []Word) object {
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = w.Name + ": " + w.Doc
	}
	return oneOf(doc+" ("+strings.Join(parts, "; ")+")", wordNames(words))
}

func sentences(doc string, least int) object {
	return append(listOf(doc, object{{"type", "string"}, {"minLength", 1}}), member{"minItems", least})
}

// PatternSchema is the JSON Schema of pattern.yaml, for editors.
func PatternSchema() []byte {
	cost := func(doc string) object { return oneOf(doc, CostWords) }
	properties := object{
		{"problem", text("what goes wrong without it")},
		{"forces", sentences("what pulls in different directions", 2)},
		{"pattern", text("the parts, and who enforces them")},
		{"costs", append(described("what it costs"), closed(object{
			{"latency", cost("time that it adds to a step")},
			{"tokens", cost("tokens that it adds to a task")},
			{"friction", cost("how much it stands in people's way")},
			{"effort", cost("work to build and keep it")},
		}, costKeys...)...)},
		{"breaks", sentences("what stops working, or works worse", 1)},
		{"preconditions", sentences("what must hold for it to be worth anything", 1)},
		{"does_not_stop", sentences("what goes on in spite of it", 1)},
		{"evidence", described("rows of the evidence table, or judgement", member{"oneOf", []any{
			object{{"const", "judgement"}},
			object{{"type", "array"}, {"minItems", 1}, {"items", closed(object{
				{"row", text("the id of a row; the figures stand there")},
				{"attacker", wordList("against whom it was measured", Adversaries)},
				{"about", text("what the row has to do with the control")},
				{"shared", object{{"type", "boolean"}, {"description", "measured for several controls together"}}},
			}, measuredNeeds...)}},
		}})},
		{"verify", append(listOf("how its presence is shown", closed(object{
			{"how", wordList("the kind of check", CheckWords)},
			{"text", text("what to do, and what must be seen")},
		}, checkKeys...)), member{"minItems", 1})},
		{"build", append(listOf("short examples", closed(object{
			{"framework", oneOf("what the example is written for", kitIDs())},
			{"language", oneOf("what it is written in", SnippetLanguages)},
			{"install", text("what the code needs")},
			{"seen", described("discovery finds the control in it", member{"type", "boolean"})},
			{"code", text("5 to 25 lines that are not blank")},
		}, snippetNeeds...)), member{"minItems", 1})},
		{"build_why", text("why code cannot show it")},
	}
	return document(append(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", "urn:fermata:pattern:v1"},
		{"title", "Fermata pattern (pattern.yaml)"},
	}, closed(properties, patternNeeds...)...))
}

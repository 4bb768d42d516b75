package rule

import (
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
)

// typ is the type of a name or a field in rules. The same table feeds the CEL checker, the paths of powers and the
// templates of messages, so that a name means the same everywhere.
type typ uint8

const (
	noType typ = iota
	elementT
	flowT
	cycleT
	setT  // a bind that stands for all its matches
	eachT // a bind over each of whose matches a step gives its powers
	elementFactsT
	flowFactsT
	effectsT
	boolT
	stringT
	intT
	elementListT
	flowListT
	callT
	functionT
	classT
	literalT
	fileT
	argumentT
)

// typeWords name the types for people.
var typeWords = map[typ]string{
	elementT: "an element", flowT: "a flow", cycleT: "a cycle", setT: "a set of flows", eachT: "each of some flows",
	elementFactsT: "the facts of an element", flowFactsT: "the facts of a flow", effectsT: "the effects of an element",
	boolT: "a yes or no", stringT: "a text", intT: "a number", elementListT: "a list of elements", flowListT: "a list of flows",
	callT: "a call", functionT: "a function", classT: "a class", literalT: "a literal", fileT: "a file", argumentT: "an argument",
}

// celNames are the types' names inside CEL.
var celNames = map[typ]string{
	elementT: "Element", flowT: "Flow", cycleT: "Cycle",
	elementFactsT: "ElementFacts", flowFactsT: "FlowFacts", effectsT: "Effects",
	callT: "Call", functionT: "Function", classT: "Class", literalT: "Literal", fileT: "File", argumentT: "Argument",
}

// field is one field of a type. For facts and effects slot is the place in the subject's table of answers.
type field struct {
	name string
	typ  typ
	slot int
}

// fieldTable holds the fields of one type by name.
type fieldTable struct {
	byName map[string]field
	names  []string // sorted
}

func newFieldTable(fields ...field) *fieldTable {
	t := &fieldTable{byName: make(map[string]field, len(fields))}
	for _, f := range fields {
		t.byName[f.name] = f
		t.names = append(t.names, f.name)
	}
	sort.Strings(t.names)
	return t
}

// slotInfo says what a place in the table of answers holds.
type slotInfo struct {
	name   string // as the model writes it: "third-party"
	path   string // as questions write it: "facts.third-party", "effects.exec"
	fact   *model.FactInfo
	effect *model.Info
}

// words tells whether the answer is a word and not yes or no.
func (s *slotInfo) words() bool { return s.fact != nil && s.fact.Values != nil }

// label tells a fact that is any text: nobody is asked for it, and one that nobody gave is empty.
func (s *slotInfo) label() bool {
	return s.fact != nil && s.fact.Values != nil && len(s.fact.Values) == 0
}

// The slots of elements (facts, then effects) and of flows, in the order of the model's tables.
var (
	elementSlots, flowSlots     = makeSlots()
	elementFactAt, flowFactAt   = slotIndex(elementSlots, "facts."), slotIndex(flowSlots, "facts.")
	effectAt                    = slotIndex(elementSlots, "effects.")
	fieldsOf                    = makeFields()
	elementKindSet, flowKindSet = makeKindSets()
)

func makeSlots() (elements, flows []slotInfo) {
	for i := range model.Facts {
		info := &model.Facts[i]
		slot := slotInfo{name: info.Name, path: "facts." + info.Name, fact: info}
		if info.On == "flow" {
			flows = append(flows, slot)
		} else {
			elements = append(elements, slot)
		}
	}
	for i := range model.Effects {
		info := &model.Effects[i]
		elements = append(elements, slotInfo{name: info.Name, path: "effects." + info.Name, effect: info})
	}
	return elements, flows
}

func slotIndex(slots []slotInfo, prefix string) map[string]int {
	index := map[string]int{}
	for i := range slots {
		if strings.HasPrefix(slots[i].path, prefix) {
			index[slots[i].name] = i
		}
	}
	return index
}

// underscored is a model word as rules write it.
func underscored(name string) string { return strings.ReplaceAll(name, "-", "_") }

func makeFields() map[typ]*fieldTable {
	var facts, effects, flowFacts []field
	for i := range elementSlots {
		slot := &elementSlots[i]
		f := field{underscored(slot.name), boolT, i}
		if slot.words() {
			f.typ = stringT
		}
		if slot.effect != nil {
			effects = append(effects, f)
		} else {
			facts = append(facts, f)
		}
	}
	for i := range flowSlots {
		f := field{underscored(flowSlots[i].name), boolT, i}
		if flowSlots[i].words() {
			f.typ = stringT
		}
		flowFacts = append(flowFacts, f)
	}
	text := func(name string) field { return field{name, stringT, -1} }
	tables := map[typ]*fieldTable{
		elementT: newFieldTable(text("id"), text("kind"), text("name"), text("layer"), text("scope"), text("system"),
			text("origin"), text("technology"), text("detail"), field{"present", boolT, -1},
			field{"effects", effectsT, -1}, field{"facts", elementFactsT, -1},
			field{"host", elementT, -1}, field{"server", elementT, -1}),
		flowT: newFieldTable(text("id"), text("kind"), text("label"), text("origin"), field{"present", boolT, -1},
			field{"from", elementT, -1}, field{"to", elementT, -1}, field{"facts", flowFactsT, -1}),
		cycleT: newFieldTable(text("names"), field{"size", intT, -1},
			field{"members", elementListT, -1}, field{"flows", flowListT, -1}),
		setT:          newFieldTable(text("names"), field{"size", intT, -1}),
		eachT:         newFieldTable(text("names"), field{"size", intT, -1}),
		elementFactsT: newFieldTable(facts...),
		flowFactsT:    newFieldTable(flowFacts...),
		effectsT:      newFieldTable(effects...),
	}
	for t, sort := range map[typ]string{callT: "call", functionT: "function", classT: "class", literalT: "literal", fileT: "file", argumentT: "argument"} {
		var fields []field
		for _, f := range result.SubjectFields[sort] {
			fields = append(fields, field{f.Name, subjectTypes[f.Type], -1})
		}
		if t != argumentT {
			fields = append(fields, text("id"))
		}
		tables[t] = newFieldTable(fields...)
	}
	return tables
}

// subjectTypes are the types of the words in result.SubjectFields.
var subjectTypes = map[string]typ{
	"flag": boolT, "text": stringT, "number": intT, "function": functionT, "file": fileT, "element": elementT,
}

// subjectKindSet is the kinds of one sort of place in code.
func subjectKindSet(on On) map[string]bool {
	set := map[string]bool{}
	for _, k := range result.SubjectKinds[string(on)] {
		set[k.Name] = true
	}
	return set
}

func makeKindSets() (elements, flows map[string]bool) {
	elements, flows = map[string]bool{}, map[string]bool{}
	for _, k := range model.Kinds {
		elements[string(k.Kind)] = true
	}
	for _, k := range model.FlowKinds {
		flows[string(k.Kind)] = true
	}
	return elements, flows
}

// names are the names that an expression, path or template may begin with.
type names map[string]typ

func (n names) sorted() []string {
	all := make([]string, 0, len(n))
	for name := range n {
		all = append(all, name)
	}
	sort.Strings(all)
	return all
}

// didYouMean is a hint that names the nearest word, or lists the words when they are few.
func didYouMean(word string, candidates []string) string {
	if near := source.Suggest(word, candidates); near != "" {
		return "did you mean " + near + "?"
	}
	if len(candidates) == 1 {
		return "the only choice is " + candidates[0]
	}
	if len(candidates) > 0 && len(candidates) <= 12 {
		return "the choices are " + strings.Join(candidates, ", ")
	}
	return ""
}

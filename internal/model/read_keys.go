package model

import "slices"

// valueType says what may stand behind a key of fermata.yaml. The reader and the JSON Schema both go by it.
type valueType int

const (
	textValue    valueType = iota // any text
	idValue                       // a new id
	refValue                      // the id, alias or name of an element
	subjectValue                  // the same, or the id of a flow
	kindValue
	flowKindValue
	layerValue
	scopeValue
	powerScopeValue
	capabilityValue
	lossValue
	attackerValue
	stateValue
	numberValue
	currencyValue
	dateValue
	versionValue
	questionValue
	answerValue
	textsValue  // a list of texts
	refsValue   // a list of elements
	removeValue // a list of elements, flows and boundaries
	startsValue
	effectsValue
	elementFactsValue
	flowFactsValue
	placedValue   // controls on the element or flow that they stand in
	elementsValue // and so on: lists of the maps below
	flowsValue
	boundariesValue
	assetsValue
	attackersValue
	controlsValue
	replaceValue
	answersValue
	factValue
	reasonValue
	riskValue // the map of numbers that risk is reckoned with, and its lists
	attemptsValue
	successesValue
	efficaciesValue
	togethersValue
	lossesValue
	shareValue // a number from 0 to 1
	countValue // a whole number of at least 1
)

// keyInfo is one key of a map in fermata.yaml.
type keyInfo struct {
	name     string
	value    valueType
	required bool
	doc      string
}

// mapInfo is one kind of map in fermata.yaml: what it is called in messages, and its keys in the order in which they
// are written.
type mapInfo struct {
	what string
	doc  string
	keys []keyInfo
}

func (m *mapInfo) names() []string {
	names := make([]string, len(m.keys))
	for i, k := range m.keys {
		names[i] = k.name
	}
	return names
}

var documentMap = mapInfo{"the file", "A multi-agent system for Fermata: what it consists of, or what to add to and correct in what discovery found.", []keyInfo{
	{"fermata", versionValue, false, "Version of this format; 1."},
	{"name", textValue, false, "Name of the system, for people."},
	{"elements", elementsValue, false, "Agents, tools, models, stores, people and whatever else takes part. An element that discovery found too (same id, or its alias and kind) is added to and corrected."},
	{"flows", flowsValue, false, "What moves between elements: content, or the power to do something."},
	{"boundaries", boundariesValue, false, "Trust boundaries: inside one, the level of trust is the same."},
	{"assets", assetsValue, false, "What would be a loss, and what it would cost."},
	{"attackers", attackersValue, false, "What each source of harm starts with, in place of what is derived from exposure."},
	{"controls", controlsValue, false, "Controls, each with the element or flow that it stands on. They may also be listed under the element or flow."},
	{"remove", removeValue, false, "Elements, flows and boundaries that discovery found and that are not part of the system."},
	{"replace", replaceValue, false, "Corrections: what is given here takes the place of what discovery saw of that element."},
	{"answers", answersValue, false, "Answers to open questions; `fermata ask` lists the questions."},
	{"risk", riskValue, false, "Numbers of your own for `fermata risk`, in place of those that it comes with."},
}}

var riskMap = mapInfo{"risk", "Numbers of your own for risk, each with the reason for it.", []keyInfo{
	{"attempts", attemptsValue, false, "How often a year each source of harm makes a serious attempt."},
	{"success", successesValue, false, "The chance that one attempt at a step succeeds, by rule."},
	{"efficacy", efficaciesValue, false, "The share of attempts that a control stops, by control."},
	{"together", togethersValue, false, "How much of a control's failing befalls all its placements alike, by control."},
	{"losses", lossesValue, false, "What a loss costs, by asset or by class of loss."},
}}

var attemptsMap = mapInfo{"a number of attempts", "How often a year a source of harm makes a serious attempt at this system.", []keyInfo{
	{"attacker", attackerValue, true, "Which source of harm."},
	{"low", numberValue, false, "Fewest attempts a year: one year in twenty has fewer."},
	{"high", numberValue, false, "Most attempts a year: one year in twenty has more."},
	{"like", attackerValue, false, "Take the numbers of this source of harm."},
	{"reason", textValue, true, "How that is known."},
}}

var successMap = mapInfo{"a chance of success", "The chance that one attempt at the step of a rule succeeds.", []keyInfo{
	{"rule", idValue, true, "Id of the rule; `fermata rules` lists them."},
	{"low", shareValue, false, "Least chance, 0 to 1."},
	{"mode", shareValue, false, "Most likely chance."},
	{"high", shareValue, false, "Greatest chance."},
	{"evidence", textsValue, false, "Rows of the evidence table to fit the chance to, in place of a range."},
	{"like", idValue, false, "Take the numbers of this rule."},
	{"reason", textValue, true, "How that is known."},
}}

var efficacyMap = mapInfo{"an efficacy", "The share of attempts that a control stops which would have succeeded without it.", []keyInfo{
	{"control", idValue, true, "Id of the control; `fermata controls` lists them."},
	{"low", shareValue, false, "Least share, 0 to 1."},
	{"mode", shareValue, false, "Most likely share."},
	{"high", shareValue, false, "Greatest share."},
	{"evidence", textsValue, false, "Rows of the evidence table to fit the share to, in place of a range."},
	{"like", idValue, false, "Take the numbers of this control."},
	{"reason", textValue, true, "How that is known."},
}}

var togetherMap = mapInfo{"a share of failing together", "Where a control stands on several places: the share of what it lets through on one that all the others let through, too.", []keyInfo{
	{"control", idValue, true, "Id of the control; `fermata controls` lists them."},
	{"low", shareValue, true, "Least share, 0 to 1: 0 if its placements fail apart."},
	{"mode", shareValue, true, "Most likely share."},
	{"high", shareValue, true, "Greatest share: 1 if they fail as one."},
	{"reason", textValue, true, "How that is known."},
}}

var lossMap = mapInfo{"a loss", "What a loss costs when it happens.", []keyInfo{
	{"asset", textValue, false, "Id of the asset; or name a class of loss instead."},
	{"loss", lossValue, false, "Class of loss: holds for every asset of the class that says nothing else."},
	{"low", numberValue, true, "What it costs at the least: one case in twenty costs less."},
	{"high", numberValue, true, "What it costs at the most: one case in twenty costs more."},
	{"currency", currencyValue, false, "Currency of low and high, as three capital letters; ordinal units when left out."},
	{"repeats", countValue, false, "How often it can happen within a year before somebody puts an end to it; 1 when left out."},
	{"reason", textValue, true, "How that is known."},
}}

var elementMap = mapInfo{"an element", "An element of the system.", []keyInfo{
	{"id", idValue, true, "Id by which the rest of the file refers to it."},
	{"kind", kindValue, true, "What it is."},
	{"name", textValue, false, "Name for people; the id when left out."},
	{"layer", layerValue, false, "MAESTRO layer; the kind's own when left out."},
	{"scope", scopeValue, false, "Part of the tree that it belongs to; main when left out."},
	{"system", textValue, false, "Which of several independent systems it belongs to."},
	{"technology", textValue, false, "Product or framework, in lower case, such as postgres."},
	{"detail", textValue, false, "A line for people: a tool's description, a model's name."},
	{"aliases", textsValue, false, "Short names that also find it."},
	{"effects", effectsValue, false, "What a call to it can do. What is left out is unknown."},
	{"facts", elementFactsValue, false, "What is known about it. What is left out is unknown."},
	{"controls", placedValue, false, "Controls that stand on it."},
}}

// replaceMap has the keys of an element; only the id is required, and it is that of an element that was found.
var replaceMap = func() mapInfo {
	m := mapInfo{"a correction", "A correction of an element that discovery found.", append([]keyInfo(nil), elementMap.keys...)}
	m.keys[0] = keyInfo{"id", refValue, true, "Id or alias of the element that discovery found."}
	m.keys[1].required = false
	return m
}()

var flowMap = mapInfo{"a flow", "A flow between two elements.", []keyInfo{
	{"kind", flowKindValue, true, "What moves along it."},
	{"from", refValue, true, "The element that content or power comes from."},
	{"to", refValue, true, "The element that it goes to."},
	{"label", textValue, false, "A word for people, such as a handoff's name."},
	{"facts", flowFactsValue, false, "What is known about it. What is left out is unknown."},
	{"controls", placedValue, false, "Controls that stand on it."},
}}

var boundaryMap = mapInfo{"a boundary", "A line where the level of trust changes.", []keyInfo{
	{"id", idValue, true, "Id of the boundary."},
	{"name", textValue, false, "Name for people; the id when left out."},
	{"members", refsValue, true, "The elements inside it."},
}}

var assetMap = mapInfo{"an asset", "A capability that is a loss in the wrong hands.", []keyInfo{
	{"id", idValue, true, "Id of the asset."},
	{"name", textValue, false, "What is lost, for people; the id when left out."},
	{"element", refValue, true, "The element that holds it."},
	{"capability", capabilityValue, true, "The power over the element that is the loss."},
	{"scope", powerScopeValue, false, "own when harm to the attacker's own session already is the loss; all when left out."},
	{"loss", lossValue, true, "Class of loss."},
	{"low", numberValue, false, "What the loss costs at the least; 0 when left out."},
	{"high", numberValue, false, "What the loss costs at the most."},
	{"currency", currencyValue, false, "Currency of low and high, as three capital letters."},
	{"event", textValue, false, "Name of the event that this is one name of: assets of one event that an attempt takes together count once, at the dearest."},
	{"reason", textValue, false, "Why it counts."},
}}

var attackerMap = mapInfo{"an attacker", "A source of harm with what it starts with.", []keyInfo{
	{"id", attackerValue, true, "Which source of harm."},
	{"starts", startsValue, true, "What it has to begin with; an empty list says that this attacker is not considered."},
	{"reason", textValue, false, "Why."},
}}

var startMap = mapInfo{"a start", "A power that an attacker begins with.", []keyInfo{
	{"power", textValue, true, "capability@element, or capability:own@element for the attacker's own part of it."},
	{"reason", textValue, false, "Why the attacker has it."},
}}

var placedMap = mapInfo{"a control", "A control with how well its presence is known.", []keyInfo{
	{"control", idValue, true, "Id of the control; `fermata controls` lists them."},
	{"state", stateValue, false, "How far its presence is shown; declared when left out."},
	{"by", refValue, false, "The element that enforces it: who defeats that defeats the control."},
	{"reason", textValue, false, "Why the state is what it is."},
	{"evidence", textValue, false, "What shows it: the test's report, or who attests it. The states tested and attested need it, and a date."},
	{"date", dateValue, false, "The day of the test or of the attestation, YYYY-MM-DD."},
}}

var controlMap = mapInfo{"a control", "A control on an element or flow.", []keyInfo{
	{"control", idValue, true, "Id of the control; `fermata controls` lists them."},
	{"on", subjectValue, true, "The element or flow that it stands on."},
	{"state", stateValue, false, "How far its presence is shown; declared when left out."},
	{"by", refValue, false, "The element that enforces it: who defeats that defeats the control."},
	{"reason", textValue, false, "Why the state is what it is."},
	{"evidence", textValue, false, "What shows it: the test's report, or who attests it. The states tested and attested need it, and a date."},
	{"date", dateValue, false, "The day of the test or of the attestation, YYYY-MM-DD."},
}}

var answerMap = mapInfo{"an answer", "An answer to an open question.", []keyInfo{
	{"question", questionValue, true, "Id of the question, such as shell.effects.exec."},
	{"answer", answerValue, true, "The answer: yes, no or unknown; a word, where the question asks for one."},
	{"by", textValue, false, "Who answered: a name or a role."},
	{"on", dateValue, false, "The day of the answer, YYYY-MM-DD."},
	{"reason", textValue, false, "How they know."},
}}

var factMap = mapInfo{"a fact", "A fact with the reason for it.", []keyInfo{
	{"value", factValue, true, "yes, no or unknown; a word, where the fact asks for one."},
	{"reason", reasonValue, false, "How that is known."},
}}

// layers and scopes are the words for Element.Layer and Element.Scope.
var (
	layers = []Info{
		{"L1", "foundation models"},
		{"L2", "data operations"},
		{"L3", "agent frameworks"},
		{"L4", "deployment and infrastructure"},
		{"L5", "evaluation and observability"},
		{"L6", "security and compliance"},
		{"L7", "agent ecosystem"},
	}
	scopes = []Info{
		{"main", "the system itself"},
		{"test", "tests of it"},
		{"example", "examples and demonstrations"},
		{"vendored", "a copy of somebody else's code"},
	}
	stateDocs = []Info{
		{string(Unseen), "nobody saw it; it does not guard"},
		{string(Absent), "it is known to be missing"},
		{string(DeclaredOnly), "somebody says that it is there"},
		{string(Evidenced), "code or configuration shows it"},
		{string(Tested), "a test or probe passed"},
		{string(Attested), "a person vouched for it on a day"},
		{string(Refuted), "a test failed: it does not hold"},
	}
	factValues = []string{Yes, No, Unknown}
)

// The words of the tables, for checks and hints.
var (
	kindNames       = column(Kinds, func(row KindInfo) string { return string(row.Kind) })
	flowKindNames   = column(FlowKinds, func(row FlowInfo) string { return string(row.Kind) })
	effectNames     = column(Effects, infoName)
	capabilityNames = column(Capabilities, infoName)
	attackerNames   = column(Attackers, infoName)
	layerNames      = column(layers, infoName)
	scopeNames      = column(scopes, infoName)
	stateNames      = column(stateDocs, infoName)
	lossNames       = column(Losses, func(row struct{ Name, Severity, Doc string }) string { return row.Name })
	elementFacts    = factNames("element")
	flowFacts       = factNames("flow")
)

func infoName(row Info) string { return row.Name }

func column[T any](table []T, name func(T) string) []string {
	list := make([]string, len(table))
	for i, row := range table {
		list[i] = name(row)
	}
	return list
}

// factNames lists the facts of elements or of flows.
func factNames(on string) []string {
	var list []string
	for _, row := range Facts {
		if row.On == on {
			list = append(list, row.Name)
		}
	}
	return list
}

// FactNamed finds a row of [Facts]; on is "element" or "flow". Nil when there is none.
func FactNamed(on, name string) *FactInfo {
	for i := range Facts {
		if Facts[i].On == on && Facts[i].Name == name {
			return &Facts[i]
		}
	}
	return nil
}

// KindNamed finds a row of [Kinds]; nil when there is none.
func KindNamed(kind Kind) *KindInfo {
	for i := range Kinds {
		if Kinds[i].Kind == kind {
			return &Kinds[i]
		}
	}
	return nil
}

// FlowKindNamed finds a row of [FlowKinds]; nil when there is none.
func FlowKindNamed(kind FlowKind) *FlowInfo {
	for i := range FlowKinds {
		if FlowKinds[i].Kind == kind {
			return &FlowKinds[i]
		}
	}
	return nil
}

// HasEffects tells whether elements of a kind can have effects: those that a tool call may reach.
func HasEffects(kind Kind) bool { return slices.Contains(FlowKindNamed(ToolCall).To, kind) }

// Asks tells whether the fact is asked of elements of a kind.
func (f *FactInfo) Asks(kind Kind) bool { return f.Kinds == nil || slices.Contains(f.Kinds, kind) }

// AsksFlow tells whether the fact is asked of flows of a kind.
func (f *FactInfo) AsksFlow(kind FlowKind) bool {
	return f.Flows == nil || slices.Contains(f.Flows, kind)
}

// Allows tells whether the fact may have a value.
func (f *FactInfo) Allows(value string) bool {
	switch {
	case value == Unknown:
		return true
	case f.Values == nil:
		return value == Yes || value == No
	case len(f.Values) == 0:
		return value != ""
	}
	return slices.Contains(f.Values, value)
}

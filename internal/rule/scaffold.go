package rule

import (
	"fmt"
	"path"
	"strings"
)

// Scaffold gives the files of a new rule, by path below the folder of rules. They load and their fixture passes, so
// that whoever writes the rule begins from something that works; every text in them is to be replaced.
func Scaffold(layer, id string) (map[string][]byte, error) {
	if !contains(Layers, layer) {
		return nil, fmt.Errorf("%q is not a layer's folder: %s", layer, didYouMean(layer, Layers))
	}
	if !idForm.MatchString(id) {
		return nil, fmt.Errorf("%q is not an id: use lower case words joined by hyphens", id)
	}
	number := "L3"
	if layer[0] == 'l' && layer[1] >= '1' && layer[1] <= '7' {
		number = "L" + layer[1:2]
	}
	title := strings.ReplaceAll(id, "-", " ")
	fill := strings.NewReplacer("ID", id, "TITLE", strings.ToUpper(title[:1])+title[1:], "LAYER", number)
	folder := path.Join(layer, id)
	return map[string][]byte{
		path.Join(folder, "rule.yaml"):       []byte(fill.Replace(ruleTemplate)),
		path.Join(folder, "rule_test.txtar"): []byte(fill.Replace(fixtureTemplate)),
	}, nil
}

// docs/rule-language.md explains every key.
const ruleTemplate = `id: ID
title: TITLE
since: v0.1
on: flow                      # element, flow, pair, cycle or change
kinds: [tool-call]            # only these are visited
from: [agent]
to: [tool]
when: flow.to.effects.exec    # CEL; a fact that nobody said becomes a question
message: "{flow.from.name} can run code through {flow.to.name}"
success: {pert: [0.2, 0.5, 0.8], evidence: judgement}   # or evidence: rows of catalog/evidence
requires: ["hijack@flow.from"]
grants: ["invoke@flow.to"]
maps:
  maestro: [LAYER]
  owasp-asi: [T2]
controls: [human-approval]
doc: |
  What happens, for a reader who does not know it.
avoid: what makes it possible
prefer: what to do in its place
false_positives: where the rule is wrong
`

const fixtureTemplate = `Every finding and every question must be wanted on the line that its evidence points at, and nothing else.
-- hit.yaml --
elements:
  - {id: planner, kind: agent}
  - {id: shell, kind: tool, effects: {exec: yes}}
  - {id: guarded, kind: tool, effects: {exec: yes}}
flows:
  - {kind: tool-call, from: planner, to: shell} # want "planner can run code through shell"
  - {kind: tool-call, from: planner, to: guarded, controls: [{control: human-approval, state: evidenced}]} # want blocked "planner can run code through guarded"
-- near-miss.yaml --
elements:
  - {id: planner, kind: agent}
  - {id: search, kind: tool, effects: {exec: no}}
flows:
  - {kind: tool-call, from: planner, to: search}
-- question.yaml --
elements:
  - {id: planner, kind: agent}
  - {id: helper, kind: tool}
flows:
  - {kind: tool-call, from: planner, to: helper} # want question "can helper run code or commands\?"
`

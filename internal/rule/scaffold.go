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
	folder, rule, fixture := path.Join(layer, id), ruleTemplate, fixtureTemplate
	if layer == "code" {
		rule, fixture = codeRuleTemplate, codeFixtureTemplate
	}
	return map[string][]byte{
		path.Join(folder, "rule.yaml"):       []byte(fill.Replace(rule)),
		path.Join(folder, "rule_test.txtar"): []byte(fill.Replace(fixture)),
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

// docs/code-subjects.md lists the kinds and fields of every sort of place.
const codeRuleTemplate = `id: ID
title: TITLE
since: v0.1
on: call                      # call, function, class, literal or file
kinds: [shell, command]       # only these are visited; names: [os.popen] visits calls by name
when: call.tainted && call.source == "tool"   # CEL; what is not known makes no finding
message: "{call.source_text} ({call.source_name}) becomes part of {call.sink} of {call.name}"
success: {pert: [0.2, 0.5, 0.8], evidence: judgement}   # leave success, requires and grants out for what is no step
requires: ["invoke@call.element"]
grants: ["execute@call.element.host"]
severity: medium
maps:
  maestro: [LAYER]
  cwe: [CWE-78]
  owasp-asi: [T11]
controls: [argument-policy]
doc: |
  What happens, for a reader who does not know it.
avoid: what makes it possible
prefer: what to do in its place
false_positives: where the rule is wrong
`

const codeFixtureTemplate = `-- hit.py --
import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("desk")


@mcp.tool()
def count_lines(name: str) -> str:
    """Count the lines of a file."""
    return subprocess.run(f"wc -l {name}", shell=True, capture_output=True, text=True, timeout=5).stdout  # want "an argument that a model chooses \(name\) becomes part of a command line that a shell reads of run"
-- fixed.py --
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("desk")


@mcp.tool()
def count_lines() -> int:
    """Count the lines of the journal."""
    return len(Path("journal.txt").read_text().splitlines())
`

package dify

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzApplication reads any bytes as an application.
func FuzzApplication(f *testing.F) {
	discovertest.FuzzFile(f, Extractor, "app.yml",
		"app: {mode: workflow, name: a}\nworkflow:\n  graph:\n    nodes:\n    - {id: '1', data: {type: llm, title: L, prompt_template: [{text: '{{#1.x#}}'}], model: {name: m, provider: a/b}}}\n    edges: [{source: '1', target: '1', sourceHandle: s}]\n",
		"app: {mode: agent-chat}\nmodel_config:\n  pre_prompt: 'hi {{name}}'\n  agent_mode: {enabled: true, tools: [{tool_name: x, provider_name: p/q/duckduckgo}, 3]}\n  dataset_configs: {datasets: {datasets: [{dataset: {id: d}}]}}\n",
		"app: {mode: advanced-chat}\nworkflow: {graph: {nodes: [{id: a, parentId: a, data: {type: iteration, start_node_id: a}}, {id: b, data: {type: agent, agent_parameters: {mcp: {value: '{\"a\":{\"url\":3}}'}, tools: {value: 3}}}}], edges: {}}}\n")
}

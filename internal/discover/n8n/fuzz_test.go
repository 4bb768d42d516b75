package n8n

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzExport reads any bytes as a workflow.
func FuzzExport(f *testing.F) {
	discovertest.FuzzFile(f, Extractor, "flow.json",
		`{"nodes":[{"name":"A","type":"@n8n/n8n-nodes-langchain.agent","parameters":{"options":{"systemMessage":"={{ $json.x }}"}}},{"name":"M","type":"@n8n/n8n-nodes-langchain.lmChatOpenAi","parameters":{"model":{"value":3}}}],"connections":{"M":{"ai_languageModel":[[{"node":"A"}]]},"A":{"main":[[{"node":"A"}]]}}}`,
		`[{"nodes":[{"type":"n8n-nodes-langchain.x","parameters":[],"credentials":[1]},{"type":7,"name":null},4],"connections":{"":[],"a":{"main":{"x":1}}}}]`,
		`{"nodes":[{"name":"T","type":"@n8n/n8n-nodes-langchain.toolWorkflow","parameters":{"workflowId":true}},{"name":"S","type":"@n8n/n8n-nodes-langchain.vectorStoreQdrant","parameters":{"mode":"load"}}],"connections":{"T":{"ai_tool":[[{"node":"T"},{"node":"S"}]]},"S":{"ai_tool":[[{"node":"T"}]]}},"id":[]}`)
}

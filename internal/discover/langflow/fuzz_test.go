package langflow

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzFlow reads any bytes as a flow.
func FuzzFlow(f *testing.F) {
	discovertest.FuzzFile(f, Extractor, "flow.json",
		`{"name":"f","data":{"nodes":[{"id":"a","data":{"type":"Agent","node":{"display_name":"A","template":{"system_prompt":{"value":"x"},"model":{"value":[{"name":1}]}}}}},{"id":"p","data":{"type":"Prompt","node":{"template":{"template":{"value":"{a}"},"a":{"value":""}}}}}],"edges":[{"source":"p","target":"a","data":{"targetHandle":{"fieldName":"system_prompt"},"sourceHandle":{"name":"prompt"}}}]}}`,
		`{"flows":[{"data":{"nodes":[{"id":"m","data":{"type":"MCPTools","node":{"tool_mode":true,"template":{"mcp_server":{"value":[]}}}}},3],"edges":{}}}]}`)
}

package eino

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of Eino.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzGo(f, Extractor, "package main\nimport (\n\"github.com/cloudwego/eino/adk\"\n\"github.com/cloudwego/eino/compose\"\n\"github.com/cloudwego/eino/flow/agent/react\"\n\"github.com/cloudwego/eino/flow/agent/multiagent/host\"\n\"github.com/cloudwego/eino/components/tool/utils\"\n)\n",
		"var a, err = react.NewAgent(c, &react.AgentConfig{Model: a, ToolsConfig: compose.ToolsNodeConfig{Tools: []any{a, adk.NewAgentTool(c, a)}}, MaxStep: a})\nvar t = utils.InferTool(\"t\", t, t)\n",
		"var h = host.NewMultiAgent(c, &host.MultiAgentConfig{Host: h, Specialists: []any{h, &host.Specialist{ChatModel: h}}})\nfunc f() { g := compose.NewGraph[a, b](); g.AddChatModelNode(\"x\", g); g.AddToolsNode(\"t\", g); g.AddLambdaNode(\"l\", compose.InvokableLambda(h.Generate)) }\n")
}

package agno

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// modelClasses are Agno's model classes, by the package that each is in; phidata's follow.
var modelClasses = func() []discover.ModelClass {
	args := []string{"id", "model", "model_id", "azure_deployment"}
	var all []discover.ModelClass
	for _, row := range [][2]string{
		{"openai", ""},
		{"anthropic", "anthropic"},
		{"google", "google"},
		{"groq", "groq"},
		{"ollama", "ollama"},
		{"mistral", "mistral"},
		{"aws", "aws-bedrock"},
		{"azure", "azure"},
		{"cohere", "cohere"},
		{"deepseek", "deepseek"},
		{"fireworks", "fireworks"},
		{"together", "together"},
		{"openrouter", "openrouter"},
		{"huggingface", "huggingface"},
		{"lmstudio", "lmstudio"},
		{"llama_cpp", "llamacpp"},
		{"vllm", "vllm"},
		{"nvidia", "nvidia"},
		{"perplexity", "perplexity"},
		{"xai", "xai"},
		{"litellm", ""},
		{"cerebras", "cerebras"},
		{"sambanova", "sambanova"},
		{"vertexai", "google"},
		{"ibm", "ibm"},
		{"moonshot", "moonshot"},
		{"dashscope", "alibaba"},
		{"meta", "meta"},
	} {
		all = append(all, discover.ModelClass{Pattern: "agno.models." + row[0] + ".**", Provider: row[1], Args: args, Position: 0},
			discover.ModelClass{Pattern: "phi.model." + row[0] + ".**", Provider: row[1], Args: args, Position: 0})
	}
	return append(all, discover.ModelClass{Pattern: "agno.models.**", Args: args, Position: 0}, discover.ModelClass{Pattern: "phi.model.**", Args: args, Position: 0},
		discover.ModelClass{Pattern: "phi.llm.**", Args: args, Position: 0})
}()

// otherTool knows what Agno takes as a tool beyond functions.
func (x *pass) otherTool(agent discover.Ref, name string, v *code.Value) ([]discover.Ref, bool) {
	if !v.Is(code.Instance) || v.Typed() {
		return nil, false
	}
	root := v.Root()
	at := v.Node.Span()
	if to, _ := x.actor(v); !to.IsZero() {
		x.Flow(model.Delegation, agent, to, at)
		return nil, true
	}
	switch {
	case x.Code().Derives(root.Ref, mcpNames...):
		return x.servers(root), true
	case v.Ref.Is("agno.tools.knowledge.**", "agno.tools.knowledge.KnowledgeTools", "agno.tools.**.KnowledgeTools"):
		ref := x.ReadyTool(x.box, v)
		if k := x.knowledge(v.Arg("knowledge", 0)); !k.IsZero() {
			x.Flow(model.Retrieval, k, ref, at)
		}
		return []discover.Ref{ref}, true
	case v.Ref.Is("agno.tools.workflow.**", "agno.tools.**.WorkflowTools"):
		if to, _ := x.actor(v.Arg("workflow", 0)); !to.IsZero() {
			x.Flow(model.Delegation, agent, to, at)
		}
		return nil, true
	case v.Ref.Def != nil && v.Ref.Def.Kind == code.ClassDef && x.Code().Derives(v.Ref, x.box.Classes...) && !strings.HasPrefix(v.Ref.Name, "agno."):
		if refs := x.toolkit(agent, v); len(refs) > 0 {
			return refs, true
		}
	case strings.HasSuffix(v.Ref.Last(), "Tools") || strings.HasSuffix(v.Ref.Last(), "Tool"):
		if v.Ref.Is("agno.tools.**", "phi.tools.**") {
			ref := x.ReadyTool(x.box, v)
			x.confirmed(ref, v)
			return []discover.Ref{ref}, true
		}
	}
	return nil, false
}

// confirmed reads which functions of a toolkit ask first, and which it leaves out. A folder to begin with (base_dir) bounds
// nothing by itself.
func (x *pass) confirmed(ref discover.Ref, v *code.Value) {
	if list := v.Arg("requires_confirmation_tools", -1); list.Is(code.List) && len(list.Items) > 0 {
		x.Control("human-approval", ref, discover.Ref{}, model.Evidenced, list.Node.Span())
	}
	if list := v.Arg("include_tools", -1); list.Is(code.List) {
		x.Control("tool-allow-list", ref, discover.Ref{}, model.Evidenced, list.Node.Span())
	}
}

// toolkit gives the functions that a class of the project offers: those that it passes to its base or registers.
func (x *pass) toolkit(agent discover.Ref, v *code.Value) []discover.Ref {
	def := v.Ref.Def
	var all []discover.Ref
	seen := map[string]bool{}
	add := func(method *code.Def) {
		if method != nil && !seen[method.ID()] {
			seen[method.ID()] = true
			ref := x.GiveFunction(x.box, agent, method)
			x.options(ref, method)
			all = append(all, ref)
		}
	}
	for _, one := range v.Arg("tools", -1).Members() {
		if one.Is(code.Function) {
			add(one.Ref.Def)
		}
	}
	def.Node.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Call) {
			return true
		}
		callee := n.Child(0)
		if callee.Is(syntax.Attr) && callee.TextIs("register") && n.Child(1).Is(syntax.Attr) {
			add(x.Code().Method(def, n.Child(1).Text()))
		}
		if list := n.Argument("tools"); list.Is(syntax.List) && callee.Is(syntax.Attr) && callee.TextIs("__init__") {
			for item := range list.Children() {
				if item.Is(syntax.Attr) {
					add(x.Code().Method(def, item.Text()))
				}
			}
		}
		return true
	})
	for _, m := range x.Code().Methods(def) {
		for _, d := range x.Code().Decorators(m) {
			if d.Decorator.Is(toolNames...) {
				add(m)
			}
		}
	}
	for _, ref := range all {
		x.confirmed(ref, v)
	}
	return all
}

// options reads what a tool's decorator says beyond its name.
func (x *pass) options(tool discover.Ref, def *code.Def) {
	for _, d := range x.Code().Decorators(def) {
		if !d.Node.Is(syntax.Call) || !d.Decorator.Is(toolNames...) {
			if d.Decorator.Is("agno.approval.**") {
				x.Control("human-approval", tool, discover.Ref{}, model.Evidenced, d.Node.Span())
			}
			continue
		}
		if n := d.Node.Argument("requires_confirmation"); !n.IsZero() {
			x.Switch("human-approval", tool, x.Code().Eval(n))
		}
	}
}

// servers describes the MCP servers that MCPTools reaches, MultiMCPTools several.
func (x *pass) servers(v *code.Value) []discover.Ref {
	owner := discover.Object(v)
	at := v.Call.Span()
	var all []discover.Ref
	one := func(ref discover.Ref, s discover.MCPServer) {
		if x.Once("server:" + ref.Key()) {
			s.Ref, s.At = ref, at
			s.Name = discover.ServerName(s)
			x.MCP(s)
		}
		all = append(all, ref)
	}
	for _, key := range []string{"commands", "urls"} {
		list := v.Arg(key, -1)
		if list == nil && key == "commands" && v.Ref.Last() == "MultiMCPTools" {
			list = v.Arg("", 0)
		}
		for _, item := range list.Members() {
			text := item.Str()
			if text == "" {
				continue
			}
			s := discover.MCPServer{}
			if key == "urls" || strings.Contains(text, "://") && !strings.Contains(text, " ") {
				s.URL = text
			} else if parts := strings.Fields(text); len(parts) > 0 {
				s.Command, s.Args = parts[0], parts[1:]
			}
			one(discover.Of(owner, text), s)
		}
	}
	if len(all) > 0 {
		return all
	}
	if text := v.Arg("", 0).Str(); text != "" && v.Arg("command", -1) == nil { // MCPTools("uvx mcp-server-git")
		if parts := strings.Fields(text); len(parts) > 0 {
			one(owner, discover.MCPServer{Command: parts[0], Args: parts[1:], Transport: "stdio"})
			return all
		}
	}
	if x.Once("server:" + owner.Key()) {
		x.MCPGiven(owner, "", v, at)
		x.confirmed(owner, v)
		x.Limit("timeout", owner, v.Arg("timeout_seconds", -1))
	}
	return []discover.Ref{owner}
}

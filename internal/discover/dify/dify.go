// Package dify reads Dify applications in their exported form (the DSL).
//
// An application is one of two things. A chat or agent application is one agent: its prompt, model, datasets and tools
// stand under model_config. A workflow or chatflow is a graph: the application decides which node is next and is an
// orchestrator; its llm, agent, classifier and extractor nodes are agents, knowledge-retrieval nodes are knowledge, and
// tool and http-request nodes are tools that the workflow calls. A code node counts only where its code plainly reaches
// outside. Variables of the form {{#node.field#}} tell what is written into a prompt.
//
// # What it does not see
//
// Who may open an application is not in the export, nor what is in a dataset or behind another application that is used
// as a tool.
package dify

import (
	"path"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds the agents of Dify applications.
var Extractor = &discover.Extractor{
	Name: "dify",
	Doc:  "Dify applications. Agents, models, prompts, datasets, tools and the graph of a workflow, with moderation, approvals and credentials in the export.",
	Match: func(file string) bool {
		language := syntax.LanguageOf(file)
		return language == syntax.YAML || language == syntax.JSON
	},
	Traces: []string{"advanced-chat", "agent-chat", "model_config", "sourceHandle", "start_node_id"},
	Run:    run,
}

// app is one application being read.
type app struct {
	*discover.Pass
	name   string
	mode   string
	at     source.Span
	root   syntax.Node
	canvas *discover.Canvas
	nodes  []*node
	byID   map[string]*node
	talk   *discover.Box
	start  *discover.Box
}

func run(p *discover.Pass) error {
	root := p.Tree().Root()
	for root.Is(syntax.Module, syntax.Document) {
		root = root.Child(0)
	}
	about := root.Argument("app")
	a := &app{Pass: p, root: root, mode: discover.TextAt(about, "mode"), name: discover.TextAt(about, "name"), byID: map[string]*node{}}
	ours := discover.TextAt(root, "kind") == "app" || !root.Argument("model_config").IsZero() || strings.Contains(root.Argument("workflow").Source(), "graph")
	if !about.Is(syntax.Map) {
		if ours {
			p.Misshapen("app", about, "a table with the application's name and mode")
		}
		return p.Broken("advanced-chat", "agent-chat", "model_config:", "\"model_config\"")
	}
	if a.name == "" {
		a.name = strings.TrimSuffix(path.Base(p.Path()), path.Ext(p.Path()))
	}
	a.at = about.Argument("name").Span()
	if a.at.IsZero() {
		a.at = about.Argument("mode").Span()
	}
	switch a.mode {
	case "workflow", "advanced-chat":
		if root.Argument("workflow").Argument("graph").Argument("nodes").Is(syntax.List) {
			a.workflow()
			p.BreaksOff("a workflow")
			return nil
		}
		p.Misshapen("the nodes of the workflow's graph", root.Argument("workflow").Argument("graph").Argument("nodes"), "a list of nodes")
		return p.Broken("graph")
	case "agent-chat", "chat", "completion", "agent":
		if root.Argument("model_config").Is(syntax.Map) {
			a.chat(root.Argument("model_config"))
			p.BreaksOff("an application")
			return nil
		}
		p.Misshapen("model_config", root.Argument("model_config"), "a table with the application's model and prompt")
		return p.Broken("model_config")
	}
	return nil
}

func (a *app) local(names ...string) discover.Ref { return discover.Local(a.Path(), names...) }

// user is whoever works with the application.
func (a *app) user(at source.Span) *discover.Box {
	b := &discover.Box{Role: discover.EntryBox, Ref: a.local("user"), Name: "user", At: at, Untrusted: true, Answers: true}
	a.Element(model.Human, b.Ref, "user", at).Technology("dify").Fact("role", "user", at)
	return b
}

// provider is the last part of a provider's name: "langgenius/openai/openai".
func provider(name string) string {
	last := name[strings.LastIndexByte(name, '/')+1:]
	switch last {
	case "tongyi":
		return "alibaba"
	case "bedrock":
		return "aws-bedrock"
	case "azure_openai":
		return "azure-openai"
	case "openai_api_compatible", "openai_api_compatible_plus":
		return ""
	case "vertex_ai", "gemini":
		return "google"
	case "mistralai":
		return "mistral"
	case "x":
		return "xai"
	}
	return last
}

// asks joins an agent to the model that a node names.
func (a *app) asks(agent discover.Ref, m syntax.Node) {
	key := "name"
	if m.Argument(key).IsZero() {
		key = "model"
	}
	name := discover.TextAt(m, key)
	if name == "" {
		return
	}
	at := m.Argument(key).Span()
	a.UsesModel(agent, a.ModelNamed(name, provider(discover.TextAt(m, "provider")), at), at)
}

// chat reads an application that is one agent.
func (a *app) chat(config syntax.Node) {
	b := &discover.Box{Role: discover.AgentBox, Ref: a.local("app"), Name: a.name, At: a.at}
	e := a.Element(model.Agent, b.Ref, a.name, a.at).Technology("dify").
		Detail(discover.TextAt(a.root.Argument("app"), "description")).
		FactBecause("entry", model.Yes, "people use the application", a.at)
	user := a.user(a.at)
	user.Next = []*discover.Box{b}
	a.start = user
	a.canvas = &discover.Canvas{Technology: "dify", Name: a.name, Ref: b.Ref, At: a.at}
	agentic := config.Argument("agent_mode")
	loops := a.mode == "agent-chat" || a.mode == "agent"
	if loops {
		e.Fact("loops", model.Yes, a.at)
		if limit := agentic.Argument("max_iteration"); limit.Is(syntax.Number) {
			a.Control("iteration-limit", b.Ref, discover.Ref{}, model.Evidenced, limit.Span())
		}
	} else {
		e.FactBecause("loops", model.No, "it asks its model once", a.at)
	}
	a.asks(b.Ref, config.Argument("model"))
	for _, v := range []syntax.Node{config.Argument("pre_prompt"), config.Argument("system_prompt")} {
		if v.Is(syntax.String) && strings.TrimSpace(v.Text()) != "" {
			b.Texts = append(b.Texts, a.text(v))
		}
	}
	if a.mode != "completion" {
		talk := a.conversation(a.at)
		b.Uses = append(b.Uses, talk)
	}
	if loops && !agentic.Argument("enabled").TextIs("false") {
		b.Uses = append(b.Uses, a.tools(agentic.Argument("tools"))...)
	}
	list := config.Argument("dataset_configs").Argument("datasets").Argument("datasets")
	for item := range list.All(syntax.Map) {
		set := item.Argument("dataset")
		if id := discover.TextAt(set, "id"); id != "" && !set.Argument("enabled").TextIs("false") {
			b.Uses = append(b.Uses, a.dataset(id, set.Argument("id").Span()))
		}
	}
	a.moderation(config.Argument("sensitive_word_avoidance"), b.Ref)
	a.canvas.Boxes = append(a.canvas.Boxes, user, b)
	a.canvas.Boxes = append(a.canvas.Boxes, b.Uses...)
	a.Draw(a.canvas)
}

// conversation is what the application remembers of a conversation.
func (a *app) conversation(at source.Span) *discover.Box {
	if a.talk == nil {
		a.talk = &discover.Box{Role: discover.MemoryBox, Ref: a.local("conversation"), Name: "conversation", At: at}
		a.Element(model.Memory, a.talk.Ref, "conversation", at).Technology("dify").
			FactBecause("persistent", model.Yes, "conversations are kept in the server's database", at).
			FactBecause("per-conversation", model.Yes, "each conversation has its own", at)
	}
	return a.talk
}

// dataset is one of the server's datasets: the same one for every application that names it.
func (a *app) dataset(id string, at source.Span) *discover.Box {
	short := id
	if len(short) > 8 {
		short = short[:8]
	}
	b := &discover.Box{Role: discover.KnowledgeBox, Ref: discover.Named(model.Knowledge, "dataset "+id), Name: "dataset " + short, At: at}
	a.Element(model.Knowledge, b.Ref, b.Name, at).Technology("dify").Fact("persistent", model.Yes, at)
	return b
}

// moderation is the check of words that an application may switch on.
func (a *app) moderation(n syntax.Node, on discover.Ref) {
	if !n.Argument("enabled").TextIs("true") {
		return
	}
	for _, side := range []struct{ key, control string }{{"inputs_config", "input-guardrail"}, {"outputs_config", "output-guardrail"}} {
		if v := n.Argument("config").Argument(side.key).Argument("enabled"); v.TextIs("true") {
			a.Control(side.control, on, discover.Ref{}, model.Evidenced, v.Span())
		}
	}
}

// secrets describes the literal secrets that an export holds.
func (a *app) secrets(list syntax.Node, on discover.Ref) {
	for item := range list.All(syntax.Map) {
		name, value := discover.TextAt(item, "name"), discover.TextAt(item, "value")
		if discover.TextAt(item, "value_type") != "secret" || name == "" {
			continue
		}
		ref := a.local("env", name)
		e := a.Element(model.Credential, ref, name, item.Span())
		if value == "" || discover.Placeholder(value) || strings.Trim(value, "*[]_ ") == "" || strings.Contains(value, "HIDDEN") {
			e.FactBecause("plain-text", model.No, "only its name stands in the file", item.Span())
		} else {
			e.FactBecause("plain-text", model.Yes, "its value stands in the file", item.Argument("value").Span())
		}
		a.Flow(model.CredentialUse, on, ref, item.Span())
	}
}

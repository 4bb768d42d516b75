// Package autogen reads programs written with AutoGen for Python: agentchat and core of version 0.4 and later, the
// older autogen package, and AG2, which goes on from it.
//
// It finds agents (assistants, conversable agents, user proxies, surfers, code executors, routed agents of core), teams
// and group chats as orchestrators with their limits, handoffs, nested chats, tools however they are registered, MCP
// workbenches, code executors with the sandbox they use or do not use, model clients, memories and the documents of
// retrieval agents. Teams and agents that are written down as components in JSON (AutoGen Studio) are read alike.
//
// # What it does not do
//
// Model configurations that are kept in files or variables of the environment (OAI_CONFIG_LIST) are reported as
// unresolved. Messages of core are joined by their type within a file only.
package autogen

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Extractor finds AutoGen and AG2 systems in Python, and components in JSON.
var Extractor = &discover.Extractor{
	Name:    "autogen",
	Doc:     "AutoGen and AG2 (Python): agents, teams, group chats, handoffs, tools, code executors, models and memory; teams and agents written down as JSON components.",
	Match:   func(file string) bool { return discover.PythonCode(file) || syntax.LanguageOf(file) == syntax.JSON },
	Traces:  []string{"autogen_agentchat.agents.", "autogen_agentchat.teams.", "autogen_ext.agents."},
	Imports: []string{"autogen", "autogen_agentchat", "autogen_core", "autogen_ext", "ag2", "magentic_one_cli"},
	Run:     run,
}

const technology = "autogen"

var (
	// chatAgents are the agents of agentchat and its extensions.
	chatAgents = []string{
		"autogen_agentchat.**.AssistantAgent", "autogen_agentchat.**.UserProxyAgent", "autogen_agentchat.**.CodeExecutorAgent",
		"autogen_agentchat.**.SocietyOfMindAgent", "autogen_agentchat.**.MessageFilterAgent", "autogen_agentchat.**.BaseChatAgent",
		"autogen_ext.agents.**.*Surfer", "autogen_ext.agents.**.*Agent",
	}
	// oldAgents are those of the older package and of AG2.
	oldAgents = []string{
		"autogen.**.ConversableAgent", "autogen.**.AssistantAgent", "autogen.**.UserProxyAgent", "autogen.**.GPTAssistantAgent",
		"autogen.**.Retrieve*Agent", "autogen.**.QdrantRetrieveUserProxyAgent", "autogen.**.MultimodalConversableAgent", "autogen.**.TeachableAgent",
		"autogen.**.LLaVAAgent", "autogen.**.MathUserProxyAgent", "autogen.**.CompressibleAgent", "autogen.**.TransformMessages", "autogen.**.WebSurferAgent",
		"autogen.**.SwarmAgent", "autogen.**.CaptainAgent", "autogen.**.ReasoningAgent", "autogen.**.DocAgent", "autogen.**.DocumentAgent",
		"autogen.**.SocietyOfMindAgent", "autogen.**.RealtimeAgent", "autogen.**.DeepResearchAgent", "autogen.**.DiscordAgent", "autogen.**.SlackAgent",
		"autogen.**.TelegramAgent", "autogen.**.WikipediaAgent", "autogen.**.FileSurferAgent", "autogen.**.A2aRemoteAgent", "autogen.beta.Agent", "autogen.beta.agent.Agent",
		"ag2.**.ConversableAgent", "ag2.**.AssistantAgent", "ag2.**.UserProxyAgent", "ag2.Agent",
	}
	coreAgents = []string{"autogen_core.RoutedAgent", "autogen_core.**.RoutedAgent", "autogen_core.BaseAgent", "autogen_core.**.BaseAgent", "autogen_core.components.RoutedAgent"}
	agentNames = append(append([]string{}, chatAgents...), oldAgents...)
	teamNames  = []string{
		"autogen_agentchat.teams.*GroupChat", "autogen_agentchat.teams.**.*GroupChat", "autogen_agentchat.teams.Swarm", "autogen_agentchat.teams.**.Swarm",
		"autogen_agentchat.teams.GraphFlow", "autogen_agentchat.teams.**.GraphFlow", "autogen_ext.teams.**.MagenticOne",
	}
)

func run(p *discover.Pass) error {
	if p.Code() == nil {
		readComponents(p)
		return nil
	}
	x := &pass{Pass: p, done: map[string]bool{}}
	x.sites = &discover.RunSites{Calls: runNames, Tools: toolDecorators, Starts: x.starts}
	x.box = &discover.Toolbox{
		Sites:      x.sites,
		Technology: technology,
		Decorators: toolDecorators,
		Wrappers: []discover.Wrapper{
			{Patterns: []string{"autogen_core.**.FunctionTool", "autogen_core.FunctionTool"}, Func: "func", Position: 0},
			{Patterns: []string{"autogen.tools.Tool", "autogen.tools.**.Tool", "autogen.Tool"}, Func: "func_or_tool", Position: -1},
		},
		Classes:  []string{"autogen_core.tools.BaseTool", "autogen_core.**.BaseTool*", "autogen_core.tools.BaseToolWithState", "autogen_core.tools.BaseStreamTool", "autogen.tools.Tool", "autogen.tools.**.Tool"},
		Methods:  []string{"run", "run_json"},
		Products: []string{"autogen_ext.tools", "autogen.tools"},
		Other:    x.otherTool,
	}
	r := p.Code()
	for _, v := range r.Instances(agentNames...) {
		x.agent(v)
	}
	for _, v := range r.Instances("autogen_core.ToolAgent", "autogen_core.tool_agent.ToolAgent") {
		x.toolAgent(v)
	}
	x.core()
	for _, v := range r.Instances(teamNames...) {
		x.team(v)
	}
	for _, v := range r.Instances(groupNames...) {
		x.group(v)
	}
	x.registered()
	x.chats()
	x.sites.Box = x.box
	x.Runs(x.sites)
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	box    *discover.Toolbox
	sites  *discover.RunSites
	done   map[string]bool
	byName map[string]discover.Ref

	coreObjects map[string][]*code.Value // by class: the objects of core's agents that the file makes
}

// isAgent tells whether a value is an agent that somebody made.
func (x *pass) isAgent(v *code.Value) bool {
	return v.Is(code.Instance) && !v.Typed() && v.Base == nil && (x.Code().Derives(v.Ref, agentNames...) || x.Code().Derives(v.Ref, coreAgents...))
}

func (x *pass) isTeam(v *code.Value) bool {
	return v.Is(code.Instance) && !v.Typed() && (x.Code().Derives(v.Ref, teamNames...) || x.Code().Derives(v.Ref, groupNames...))
}

// ref names an agent. A class of core is the agent; see core for those that are registered as several types.
func (x *pass) ref(v *code.Value) discover.Ref {
	if v.Ref.Def != nil && x.Code().Derives(v.Ref, coreAgents...) && !x.Code().Derives(v.Ref, agentNames...) {
		return discover.Definition(v.Ref.Def)
	}
	return x.Made(v, discover.Telling{Name: "name", Position: 0}, discover.Telling{Name: "system_message", Position: -1}, discover.Telling{Name: "tools", Position: -1})
}

// actor names an agent or a team; the zero Ref when a value is neither.
func (x *pass) actor(v *code.Value) discover.Ref {
	switch {
	case x.isAgent(v):
		return x.ref(v)
	case x.isTeam(v):
		return discover.Object(v)
	}
	return discover.Ref{}
}

// named finds an agent of this file by the name that it has in the conversation.
func (x *pass) named(name string) discover.Ref {
	if x.byName == nil {
		x.byName = map[string]discover.Ref{}
		for _, v := range x.Code().Instances(agentNames...) {
			if s := v.Arg("name", 0).Str(); s != "" {
				if _, twice := x.byName[s]; !twice {
					x.byName[s] = x.ref(v)
				}
			}
		}
	}
	return x.byName[name]
}

// user is the person whom a conversation is handed to.
func (x *pass) user(v *code.Value) discover.Ref {
	ref := discover.Local(x.Path(), "user")
	x.Element(model.Human, ref, "user", v.Node.Span()).Fact("role", "user", v.Node.Span())
	return ref
}

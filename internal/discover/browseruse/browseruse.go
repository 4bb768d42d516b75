// Package browseruse reads programs written with browser-use.
//
// It finds agents with their tasks as instructions, their models, the browser that each of them drives, and the actions
// of the project that are registered on a controller or a set of tools.
//
// # What it does not do
//
// Profiles and sessions of the browser are not modelled beyond the sites that they allow.
package browseruse

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Extractor finds browser-use agents in Python.
var Extractor = &discover.Extractor{
	Name:    "browseruse",
	Doc:     "browser-use: agents that drive a browser, their models, registered actions, allowed sites, limits.",
	Match:   discover.PythonCode,
	Imports: []string{"browser_use"},
	Run:     run,
}

const technology = "browser-use"

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.roster = &discover.Roster{
		Technology: technology,
		Actors: []discover.Actor{{
			Classes: []string{"browser_use.Agent", "browser_use.agent.service.Agent", "browser_use.beta.Agent", "browser_use.**.CodeAgent", "browser_use.CodeAgent"},
			Prompt:  []discover.Telling{{Name: "task", Position: 0}},
			Model:   []discover.Telling{{Name: "llm", Position: 1}, {Name: "page_extraction_llm", Position: -1}, {Name: "planner_llm", Position: -1}},
			Loops:   "it acts on pages until the task is done", More: x.browser,
		}},
		Models: []discover.ModelClass{
			{Pattern: "browser_use.ChatOpenAI", Args: []string{"model"}, Position: 0},
			{Pattern: "browser_use.ChatAnthropic", Provider: "anthropic", Args: []string{"model"}, Position: 0},
			{Pattern: "browser_use.ChatGoogle", Provider: "google", Args: []string{"model"}, Position: 0},
			{Pattern: "browser_use.ChatGroq", Provider: "groq", Args: []string{"model"}, Position: 0},
			{Pattern: "browser_use.ChatAzureOpenAI", Provider: "azure", Args: []string{"model"}, Position: 0},
			{Pattern: "browser_use.ChatOllama", Provider: "ollama", Args: []string{"model"}, Position: 0},
			{Pattern: "browser_use.ChatBrowserUse", Provider: "browser-use", Args: []string{"model"}, Position: 0, Default: "bu-latest"},
			{Pattern: "browser_use.llm.**.Chat*", Args: []string{"model"}, Position: 0},
			{Pattern: "browser_use.Chat*", Args: []string{"model"}, Position: 0},
		},
		Verbs: []string{"run", "run_sync"},
		Reading: func(s discover.Started, run *code.Value) {
			x.Limit("iteration-limit", s.Ref, run.Arg("max_steps", 0))
		},
	}
	x.Enlist(x.roster)
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	roster *discover.Roster
}

// browser adds the browser that an agent drives, and the actions that the project registers for it.
func (x *pass) browser(a *discover.Acting) {
	at := a.Value.Call.Span()
	tool := discover.Of(a.Ref, "browser")
	x.Element(model.Tool, tool, a.Name+" browser", at).Technology(technology).Detail("built in: a browser that the agent drives").
		Effect("net-read", model.Yes, "it reads pages", at).
		Effect("net-write", model.Yes, "it fills forms and presses buttons", at).
		FactBecause("untrusted-output", model.Yes, "it returns what stands on pages", at)
	x.Flow(model.ToolCall, a.Ref, tool, at)
	for _, key := range []string{"browser", "browser_session", "browser_profile"} {
		for _, one := range a.Value.Arg(key, -1).Each() {
			x.allowed(tool, one, 0)
		}
	}
	for _, key := range []string{"tools", "controller"} {
		for _, one := range a.Value.Arg(key, -1).Each() {
			if one.Is(code.Instance) && !one.Typed() {
				x.actions(a, one)
			}
		}
	}
}

// allowed looks for the sites to which a browser is kept, also in the profile or configuration that it is made with.
func (x *pass) allowed(tool discover.Ref, v *code.Value, depth int) {
	if !v.Is(code.Instance) || depth > 3 {
		return
	}
	if sites := v.Arg("allowed_domains", -1); len(sites.Members()) > 0 {
		x.Control("egress-allow-list", tool, discover.Ref{}, model.Evidenced, sites.Node.Span())
		return
	}
	for _, key := range []string{"config", "browser_profile", "new_context_config"} {
		for _, one := range v.Arg(key, -1).Each() {
			x.allowed(tool, one, depth+1)
		}
	}
}

// actions are the functions of the file that carry the decorator of a controller.
func (x *pass) actions(a *discover.Acting, controller *code.Value) {
	for _, def := range x.Code().Functions() {
		for d := range def.Node.All(syntax.Decorator) {
			call := d.Child(0)
			if !call.Is(syntax.Call) || !call.Child(0).Is(syntax.Attr) || !call.Child(0).TextIs("action") && !call.Child(0).TextIs("registry") {
				continue
			}
			for _, on := range x.Code().Eval(call.Child(0).Child(0)).Each() {
				if on.Key() != controller.Key() {
					continue
				}
				description := ""
				if call.Child(1).Is(syntax.String) {
					description = call.Child(1).Text()
				}
				tool := x.FunctionTool(def, "", description, technology)
				x.Flow(model.ToolCall, a.Ref, tool.Ref, discover.Headline(def.Node))
			}
		}
	}
}

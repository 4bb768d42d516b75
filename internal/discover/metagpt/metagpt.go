// Package metagpt reads programs written with MetaGPT.
//
// A role is an agent: a class that derives from Role, or an object of a role of the library. Objects of one class that
// are given names of their own are agents of their own. An action is a tool of the roles that have it, with the effects
// of its run method; what a role watches are messages from the roles that have those actions. Teams and environments
// are orchestrators of the roles that they hire.
//
// # What it does not do
//
// The models of the configuration file are not read. Which of all registered tools a role is recommended when it may use
// any is decided when the program runs.
package metagpt

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds MetaGPT systems in Python.
var Extractor = &discover.Extractor{
	Name:    "metagpt",
	Doc:     "MetaGPT: roles, actions, what they watch, registered tools, teams and environments with their limits.",
	Match:   discover.PythonCode,
	Imports: []string{"metagpt"},
	Run:     run,
}

const technology = "metagpt"

var (
	roleBases   = roles("Role", "RoleZero", "Architect", "ProductManager", "ProjectManager", "Engineer", "Engineer2", "QaEngineer", "Sales", "Searcher", "Researcher", "CustomerService", "Teacher", "TutorialAssistant", "InvoiceOCRAssistant", "Assistant", "SkAgent", "DataInterpreter", "DataAnalyst", "TeamLeader", "SWEAgent")
	actionBases = []string{"metagpt.actions.Action", "metagpt.actions.action.Action", "metagpt.actions.*", "metagpt.actions.**.*"}
	teamNames   = []string{"metagpt.team.Team", "metagpt.software_company.Team"}
	envNames    = []string{"metagpt.environment.Environment", "metagpt.environment.**.Environment", "metagpt.environment.MGXEnv", "metagpt.environment.**.MGXEnv"}
	interpreter = []string{"metagpt.roles.di.data_interpreter.DataInterpreter", "metagpt.roles.**.DataInterpreter"}
)

// roles are the names by which the library's roles are imported.
func roles(names ...string) []string {
	var all []string
	for _, n := range names {
		all = append(all, "metagpt.roles."+n, "metagpt.roles.**."+n)
	}
	return all
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p, holders: map[string][]discover.Ref{}}
	x.roster = &discover.Roster{
		Technology: technology,
		Actors: []discover.Actor{
			{Classes: teamNames, Kind: model.Orchestrator, Loops: "it lets its roles act in rounds", More: x.team},
			{Classes: envNames, Kind: model.Orchestrator, Loops: "it lets its roles act in rounds", More: x.team, Accept: x.peopled},
			{
				Classes: roleBases, Name: discover.By("name"), Prompt: discover.By("system_prompt", "instruction", "goal", "desc"),
				Identity: x.identity, More: func(a *discover.Acting) { x.role(a.Element, a.Name, a.Value, a.Value.Ref.Def) },
				Limits: []discover.Limited{{Control: "iteration-limit", Arg: discover.Telling{Name: "max_react_loop", Position: -1}}},
			},
		},
		Box:   discover.Toolbox{Classes: actionBases, Methods: []string{"run"}, Products: []string{"metagpt.tools"}},
		Verbs: []string{"run", "run_project"},
		Other: x.named,
		Reading: func(s discover.Started, run *code.Value) {
			x.Limit("iteration-limit", s.Ref, run.Arg("n_round", -1))
		},
	}
	x.Prepare(x.roster)
	r := p.Code()
	for _, d := range r.DecoratedBy("metagpt.tools.tool_registry.register_tool") {
		x.registered(d.Def)
	}
	for _, def := range r.ClassesOf(roleBases...) {
		x.roleClass(def)
	}
	x.Enlist(x.roster)
	for _, w := range x.watched {
		x.watches(w)
	}
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	roster  *discover.Roster
	holders map[string][]discover.Ref // who has an action, by its key
	watched []watch
}

// watch is a role that waits for what an action says.
type watch struct {
	role   discover.Ref
	name   string
	action *code.Value
	at     source.Span
}

// peopled tells whether an environment is given roles here; a team's own is the team's.
func (x *pass) peopled(v *code.Value) bool {
	if v.Arg("roles", -1) != nil {
		return true
	}
	for _, c := range x.MethodCalls("add_role", "add_roles") {
		for _, run := range x.CallAs(c.Node) {
			for _, on := range run.Base.Each() {
				if on.Key() == v.Key() {
					return true
				}
			}
		}
	}
	return false
}

// identity is the role that an object is: its class, unless it has a name of its own.
func (x *pass) identity(v *code.Value) discover.Ref {
	def := v.Ref.Def
	if def == nil || x.own(def) == "" {
		if _, symbol := v.Symbol(); symbol == "" {
			return discover.Local(x.Path(), v.Ref.Last())
		}
		return discover.Object(v)
	}
	for c := range v.Call.Children() {
		if c.Is(syntax.Keyword) && c.TextIs("name") {
			return discover.InstanceOf(discover.Object(v), discover.Definition(def))
		}
	}
	return discover.Definition(def)
}

// own is the name of a role class of the program; "" for the library's base.
func (x *pass) own(def *code.Def) string {
	if def.Kind != code.ClassDef || len(x.Code().OutsideBases(def)) == 0 && def.Last() == "Role" {
		return ""
	}
	return def.Last()
}

// roleClass describes a class of the program as a role.
func (x *pass) roleClass(def *code.Def) {
	if x.own(def) == "" {
		return
	}
	ref := discover.Definition(def)
	if !x.roster.Once("actor:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	at := discover.Headline(def.Node)
	e := x.Element(model.Agent, ref, def.Last(), at).Technology(technology)
	for _, key := range []string{"system_prompt", "instruction", "goal", "desc"} {
		if text := x.Code().ClassValue(def, key); text.Str() != "" {
			x.Prompt(ref, def.Last(), text)
			break
		}
	}
	x.Limit("iteration-limit", ref, x.Code().ClassValue(def, "max_react_loop"))
	x.role(e, def.Last(), nil, def)
}

// role reads what makes a role: its names, actions, tools and what it watches. It is about an object, a class, or both.
func (x *pass) role(e *discover.Element, name string, v *code.Value, def *code.Def) {
	said := func(key string) *code.Value {
		if got := v.Arg(key, -1); got != nil {
			return got
		}
		if def != nil {
			return x.Code().ClassValue(def, key)
		}
		return nil
	}
	e.Alias(said("name").Str(), said("profile").Str())
	if goal := said("goal").Str(); goal != "" {
		e.Detail(goal)
	}
	count := x.acts(e.Ref, name, v.Arg("actions", -1)) + x.Give(&x.roster.Box, e.Ref, name, said("tools"))
	if w := v.Arg("watch", -1); w != nil {
		x.waits(e.Ref, name, w)
	}
	if def != nil {
		for _, m := range x.Code().Methods(def) {
			m.Node.Walk(func(n syntax.Node) bool {
				if !n.Is(syntax.Call) || !n.Child(0).Is(syntax.Attr) || n.Child(1).IsZero() {
					return true
				}
				switch n.Child(0).Text() {
				case "set_actions", "_init_actions", "set_action", "add_action":
					count += x.acts(e.Ref, name, x.Code().Eval(n.Child(1)))
				case "_watch":
					x.waits(e.Ref, name, x.Code().Eval(n.Child(1)))
				case "_set_react_mode":
					x.Limit("iteration-limit", e.Ref, x.Code().Eval(n.Argument("max_react_loop")))
				}
				return true
			})
		}
	}
	if count > 1 {
		e.FactBecause("loops", model.Yes, "it takes one action after another")
	}
	class := code.Ref{}
	if v != nil {
		class = v.Ref
	}
	if class.Is(interpreter...) || def != nil && x.derives(def, interpreter) {
		at := x.place(v, def)
		tool := discover.Of(e.Ref, "interpreter")
		x.Element(model.Tool, tool, name+" interpreter", at).Technology(technology).
			Detail("built in: runs the code that the role writes, in a notebook's kernel").
			Effect("exec", model.Yes, "a data interpreter acts by writing code", at)
		x.Flow(model.ToolCall, e.Ref, tool, at)
	}
}

func (x *pass) derives(def *code.Def, bases []string) bool {
	for _, one := range x.Code().OutsideBases(def) {
		if (code.Ref{Name: one}).Is(bases...) {
			return true
		}
	}
	return false
}

func (x *pass) place(v *code.Value, def *code.Def) source.Span {
	if v != nil {
		return v.Call.Span()
	}
	return discover.Headline(def.Node)
}

// acts records the actions of a role.
func (x *pass) acts(role discover.Ref, name string, list *code.Value) int {
	count := 0
	for _, v := range list.Members() {
		for _, action := range x.Tools(&x.roster.Box, role, name, v) {
			x.Flow(model.ToolCall, role, action, v.Node.Span())
			x.holders[action.Key()] = append(x.holders[action.Key()], role)
			count++
		}
	}
	return count
}

func (x *pass) waits(role discover.Ref, name string, list *code.Value) {
	for _, v := range list.Members() {
		if v.RefOf().Last() == "UserRequirement" {
			x.Element(model.Agent, role, "").FactBecause("entry", model.Yes, "it waits for what a user asks for", v.Node.Span())
			continue
		}
		x.watched = append(x.watched, watch{role, name, v, v.Node.Span()})
	}
}

// watches joins a role to those whose action it waits for; where they are of another file, to the action.
func (x *pass) watches(w watch) {
	for _, action := range x.Tools(&x.roster.Box, w.role, w.name, w.action) {
		from := x.holders[action.Key()]
		if len(from) == 0 {
			x.Flow(model.Message, action, w.role, w.at)
		}
		for _, role := range from {
			if role.Key() != w.role.Key() {
				x.Flow(model.Message, role, w.role, w.at)
			}
		}
	}
}

// registered describes what the program registers as a tool: a function, or a class with its methods.
func (x *pass) registered(def *code.Def) {
	ref := discover.Named(model.Tool, technology+" "+def.Last())
	at := discover.Headline(def.Node)
	x.Element(model.Tool, ref, def.Last(), at).Technology(technology).Detail(def.Doc()).Effects(x.EffectsOf(def))
}

// named knows tools by the names under which they are registered.
func (x *pass) named(_ discover.Ref, name string, v *code.Value) ([]discover.Ref, bool) {
	if !v.Is(code.String) {
		return nil, false
	}
	if v.Text == "<all>" {
		x.UnresolvedTools("the tools of "+name, "it may use all that are registered", v.Node.Span())
		return nil, true
	}
	ref := discover.Named(model.Tool, technology+" "+v.Text)
	e := x.Element(model.Tool, ref, v.Text, v.Node.Span())
	if info, ok := discover.ProductNamed("metagpt.tools." + v.Text); ok {
		e.Product(info, v.Node.Span())
	} else {
		e.Technology(technology)
	}
	return []discover.Ref{ref}, true
}

// team reads whom a team or an environment hires, and its limits.
func (x *pass) team(a *discover.Acting) {
	join := func(list *code.Value) {
		for _, one := range list.Members() {
			if to, row := x.ActorOf(x.roster, one); !to.IsZero() && row != a.Row {
				x.Flow(model.Delegation, a.Ref, to, one.Node.Span())
			} else if to.IsZero() {
				x.Unresolved("a role of "+a.Name, discover.WhyNot(one), one.Node.Span())
			}
		}
	}
	join(a.Value.Arg("roles", -1))
	for _, c := range x.MethodCalls("hire", "add_role", "add_roles", "invest") {
		for _, run := range x.CallAs(c.Node) {
			for _, on := range run.Base.Each() {
				if on.Key() != a.Value.Key() {
					continue
				}
				if c.Node.Child(0).TextIs("invest") {
					x.Control("budget-limit", a.Ref, discover.Ref{}, model.Evidenced, c.Node.Span())
				} else {
					join(run.Arg("roles", 0))
					join(run.Arg("role", -1))
				}
			}
		}
	}
}

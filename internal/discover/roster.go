package discover

import (
	"path"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Roster is a table of how the agents of a Python framework look: most of an extractor whose agents are objects of
// classes with instructions, a model, tools and other agents among their arguments. [Pass.Enlist] reads a file by it.
type Roster struct {
	Technology string
	Actors     []Actor
	Models     []ModelClass
	Provider   string    // who runs a model that is given as a plain name; "" where the name says it
	Box        Toolbox   // its Technology and Sites are filled in
	Servers    []string  // classes whose objects are MCP servers
	Verbs      []string  // methods that run an actor
	Called     bool      // an actor may also be run by calling it: agent("hello")
	Runners    []string  // functions and methods of other things that run an actor
	Given      []Telling // and the arguments by which they are given one
	Reading    func(s Started, run *code.Value)
	Other      OtherTools // what is given as a tool beyond functions, actors and servers; may be nil

	// Model finds the models behind an object that the framework makes in a way of its own; false when it is not its
	// matter. Text finds the text behind such an object of instructions, or gives the value back. Both may be nil.
	Model func(name string, v *code.Value) (models []Ref, mine bool)
	Text  func(v *code.Value) *code.Value

	sites   RunSites
	done    map[string]bool
	nesting int // of tools that hold tools
}

// mostNested is how deep tools that hold tools are followed.
const mostNested = 12

// Actor is a row of a [Roster]: a class of agents, or of things that give work to agents.
type Actor struct {
	Classes  []string
	Kind     model.Kind // "" for an agent
	Name     []Telling  // the arguments that name it; of these and the following the first that is given counts
	Detail   []Telling
	Prompt   []Telling
	Model    []Telling // all of them count
	Tools    []Telling // all of them count
	Members  []Telling // actors that it gives work to; all of them count
	Handoffs []Telling // actors that it may hand the conversation to; all of them count
	Limits   []Limited
	Loops    string                   // why it runs on by itself, where it does even without tools
	Accept   func(v *code.Value) bool // what else an object must be; nil for nothing
	Identity func(v *code.Value) Ref  // which actor an object is; nil for the usual way
	Made     bool                     // a method of a client makes it, and others may know it by its id
	More     func(a *Acting)
}

// Limited is an argument whose value is a control: a number of rounds, a switch.
type Limited struct {
	Control string
	Arg     Telling
	Switch  bool // it is switched on or off
}

// Acting is an actor while it is described.
type Acting struct {
	*Element
	Name  string
	Value *code.Value
	Row   *Actor
}

// By names arguments that are given by keyword only.
func By(names ...string) []Telling {
	var all []Telling
	for _, n := range names {
		all = append(all, Telling{n, -1})
	}
	return all
}

// At names an argument that may be given by position.
func At(name string, position int) []Telling { return []Telling{{name, position}} }

// First is the first of the arguments that an object has; nil when it has none.
func First(v *code.Value, args []Telling) *code.Value {
	for _, a := range args {
		if got := v.Arg(a.Name, a.Position); got != nil && !got.Is(code.Null) {
			return got
		}
	}
	return nil
}

// Enlist describes all actors that a file makes, the functions that it marks as tools, and where actors are run.
func (p *Pass) Enlist(r *Roster) {
	p.Prepare(r)
	for i := range r.Actors {
		for _, v := range p.code.Instances(r.Actors[i].Classes...) {
			p.Act(r, v)
		}
	}
	if len(r.Box.Decorators) > 0 {
		for _, d := range p.code.DecoratedBy(r.Box.Decorators...) {
			if d.Def.Kind == code.FuncDef {
				p.GiveFunction(&r.Box, Ref{}, d.Def)
			}
		}
	}
	p.Runs(&r.sites)
}

// Prepare fills in what a roster's own table says, for extractors that describe actors one by one.
func (p *Pass) Prepare(r *Roster) {
	if r.done != nil {
		return
	}
	r.done = map[string]bool{}
	names := Told(p, rosterKey(r.Technology), r.runNames)
	r.sites = RunSites{Calls: names.calls, Direct: names.direct, Tools: r.Box.Decorators, Box: &r.Box, Reading: r.Reading}
	r.sites.Starts = func(run *code.Value) []Started { return p.started(r, run) }
	r.Box.Technology, r.Box.Sites = r.Technology, &r.sites
	r.Box.Other = func(agent Ref, name string, v *code.Value) ([]Ref, bool) { return p.otherThan(r, agent, name, v) }
}

// rosterKey is the technology of a roster, of which there is one table: it is the same for every file.
type rosterKey string

// runNames are the names of calls that run an actor, and of classes whose objects are run by calling them.
type runNames struct{ calls, direct []string }

func (r *Roster) runNames() runNames {
	names := runNames{calls: append([]string(nil), r.Runners...)}
	for _, a := range r.Actors {
		for _, class := range a.Classes {
			for _, verb := range r.Verbs {
				names.calls = append(names.calls, class+"."+verb)
			}
			if r.Called {
				names.direct = append(names.direct, class)
			}
		}
	}
	return names
}

// Once tells whether a thing is met for the first time in the roster's file.
func (r *Roster) Once(key string) bool {
	if r.done[key] {
		return false
	}
	r.done[key] = true
	return true
}

// ActorOf names the actor that a value is, with its row; the zero Ref when it is none.
func (p *Pass) ActorOf(r *Roster, v *code.Value) (Ref, *Actor) {
	if v.Is(code.External) && v.Base != nil { // agent.id
		v = v.Base
	}
	if !v.Is(code.Instance) || v.Typed() || v.Call.Child(0).IsZero() {
		return Ref{}, nil
	}
	if callee := v.Call.Child(0); callee.Is(syntax.Attr) && callee.TextIs("__init__") { // super().__init__(…)
		return Ref{}, nil
	}
	for i := range r.Actors {
		row := &r.Actors[i]
		if row.Made != (v.Base != nil) || !p.code.Derives(v.Ref, row.Classes...) {
			continue
		}
		if r.Called && p.answers(v) || row.Accept != nil && !row.Accept(v) {
			return Ref{}, nil
		}
		if row.Identity != nil {
			return row.Identity(v), row
		}
		var telling []Telling
		for _, args := range [][]Telling{row.Name, row.Prompt, row.Tools, row.Members} {
			telling = append(telling, args...)
		}
		return p.Made(v, telling...), row
	}
	return Ref{}, nil
}

// answers tells whether a value is what calling an object gave: agent("hello") is an answer, no agent.
func (p *Pass) answers(v *code.Value) bool {
	for _, one := range v.Inside(v.Call.Child(0)).Each() {
		if one.Is(code.Instance) {
			return true
		}
	}
	return false
}

// Act describes an actor with all that its arguments say, once.
func (p *Pass) Act(r *Roster, v *code.Value) Ref {
	ref, row := p.ActorOf(r, v)
	if ref.IsZero() || !r.Once("actor:"+ref.Key()) {
		return ref
	}
	defer p.Subject(ref)()
	kind := row.Kind
	if kind == "" {
		kind = model.Agent
	}
	name, at := p.Title(v, First(v, row.Name)), v.Call.Span()
	if def := v.Ref.Def; def != nil && ref.Key() == Definition(def).Key() {
		name = def.Last()
	}
	if spread := v.Spread(); spread != nil {
		p.Unresolved("arguments of "+name, spread.Reason(), spread.Node.Span())
	}
	e := p.Element(kind, ref, name, v.Site().Span(), at).Technology(r.Technology).Detail(First(v, row.Detail).Str())
	if _, symbol := v.Symbol(); symbol != "" {
		e.Alias(symbol[strings.LastIndexByte(symbol, '.')+1:])
	}
	prompt := First(v, row.Prompt)
	if r.Text != nil && prompt != nil {
		prompt = r.Text(prompt)
	}
	p.Prompt(ref, name, prompt)
	p.asks(r, ref, name, v, row.Model)
	given := 0
	for _, a := range row.Tools {
		given += p.Give(&r.Box, ref, name, v.Arg(a.Name, a.Position))
	}
	p.Joins(r, model.Delegation, ref, name, "a member of ", v, row.Members)
	p.Joins(r, model.Handoff, ref, name, "a handoff of ", v, row.Handoffs)
	switch {
	case row.Loops != "":
		e.FactBecause("loops", model.Yes, row.Loops, at)
	case given > 0:
		e.FactBecause("loops", model.Yes, "it calls tools until it gives an answer", at)
	}
	for _, l := range row.Limits {
		if got := v.Arg(l.Arg.Name, l.Arg.Position); l.Switch {
			p.Switch(l.Control, ref, got)
		} else {
			p.Limit(l.Control, ref, got)
		}
	}
	if row.More != nil {
		row.More(&Acting{e, name, v, row})
	}
	return ref
}

// asks joins an actor to the models among its arguments.
func (p *Pass) asks(r *Roster, ref Ref, name string, v *code.Value, args []Telling) {
	for _, a := range args {
		p.Asks(r, ref, name, v.Arg(a.Name, a.Position))
	}
}

// Asks joins an actor to the models that a value is.
func (p *Pass) Asks(r *Roster, ref Ref, name string, m *code.Value) {
	for _, one := range m.Each() {
		if one.Is(code.String) || one.Is(code.Env) {
			p.UsesModel(ref, p.Model(one, r.Provider), one.Node.Span())
			continue
		}
		if r.Model != nil {
			if found, mine := r.Model(name, one); mine {
				for _, m := range found {
					p.UsesModel(ref, m, one.Node.Span())
				}
				continue
			}
		}
		for _, found := range p.ModelObjects(one, name, r.Models) {
			p.UsesModel(ref, found, one.Node.Span())
		}
	}
}

// Joins records a flow from an actor to each actor among some of its arguments. What is none is unresolved.
func (p *Pass) Joins(r *Roster, kind model.FlowKind, ref Ref, name, what string, v *code.Value, args []Telling) {
	for _, a := range args {
		for _, one := range v.Arg(a.Name, a.Position).Members() {
			if to, _ := p.ActorOf(r, one); !to.IsZero() {
				p.Flow(kind, ref, to, one.Node.Span())
			} else if !one.Is(code.String) {
				p.Unresolved(what+name, WhyNot(one), one.Node.Span())
			}
		}
	}
}

// otherThan knows what every framework takes as a tool besides functions: another actor, an MCP server.
func (p *Pass) otherThan(r *Roster, agent Ref, name string, v *code.Value) ([]Ref, bool) {
	if r.nesting > mostNested {
		return nil, true // a set of tools that holds itself
	}
	r.nesting++
	defer func() { r.nesting-- }()
	if r.Other != nil {
		if refs, mine := r.Other(agent, name, v); mine {
			return refs, true
		}
	}
	if !v.Is(code.Instance) || v.Typed() {
		return nil, false
	}
	if to, _ := p.ActorOf(r, v); !to.IsZero() {
		p.Flow(model.Delegation, agent, to, v.Node.Span())
		return nil, true
	}
	if root := v.Root(); len(r.Servers) > 0 && p.code.Derives(root.Ref, r.Servers...) {
		return []Ref{p.ServerOf(r, root)}, true
	}
	return nil, false
}

// ServerOf describes the MCP server that an object reaches, once.
func (p *Pass) ServerOf(r *Roster, v *code.Value) Ref {
	ref := Object(v)
	if r.Once("server:" + ref.Key()) {
		p.MCPGiven(ref, First(v, By("name", "server_label")).Str(), v, v.Call.Span())
	}
	return ref
}

// ServersOf describes the MCP servers that a configuration file of the tree names, as their clients read it; false when a
// value names no such file.
func (p *Pass) ServersOf(file *code.Value) ([]Ref, bool) {
	name, ok := file.FilePath()
	if !ok {
		return nil, false
	}
	tree := p.Read(name)
	if beside := path.Join(path.Dir(p.Path()), name); tree == nil && p.Exists(beside) { // started in the code's own folder
		name, tree = beside, p.Read(beside)
	}
	if tree == nil {
		return nil, false
	}
	servers := tree.Root().Argument("mcpServers")
	if servers.IsZero() {
		servers = tree.Root().Argument("mcp_servers")
	}
	var all []Ref
	for key, entry := range servers.Pairs() {
		s := MCPServer{Ref: Local(name, key.Text()), Name: key.Text(), Command: text(entry, "command"), URL: text(entry, "url"), At: key.Span()}
		for arg := range entry.Argument("args").Children() {
			s.Args = append(s.Args, yamlText(arg))
		}
		p.MCP(s)
		all = append(all, s.Ref)
	}
	return all, !servers.IsZero()
}

// started finds the actors that a call runs.
func (p *Pass) started(r *Roster, run *code.Value) []Started {
	found := func(v *code.Value) []Started {
		for _, one := range v.Members() {
			if ref, row := p.ActorOf(r, one); !ref.IsZero() {
				kind := row.Kind
				if kind == "" {
					kind = model.Agent
				}
				return []Started{{Ref: ref, Kind: kind}}
			}
		}
		return nil
	}
	if all := found(run.Base); all != nil {
		return all
	}
	return found(First(run, r.Given))
}

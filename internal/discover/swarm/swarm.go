// Package swarm reads programs written with OpenAI's Swarm.
//
// It finds agents with their instructions and models, the functions that they may call, and the functions that give the
// conversation to another agent: one that returns an agent, or a Result that holds one, is a handoff. Such a function is
// a tool, too, for the model calls it like any other; only a lambda, which has no name to call it by, is none.
//
// # What it does not do
//
// The variables of the context are not followed from a run into the instructions. A project's own package that is called
// swarm is told apart by what its Agent class has.
package swarm

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Extractor finds Swarm systems in Python.
var Extractor = &discover.Extractor{
	Name:    "swarm",
	Doc:     "Swarm: agents, functions, handoffs by functions that return an agent, runs with limits.",
	Match:   discover.PythonCode,
	Imports: []string{"swarm"},
	Run:     run,
}

const technology = "swarm"

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.roster = &discover.Roster{
		Technology: technology,
		Actors: []discover.Actor{{
			Classes: []string{"swarm.Agent", "swarm.types.Agent", "swarm.core.Agent"},
			Name:    discover.By("name"), Prompt: discover.By("instructions"), Model: discover.By("model"), Tools: discover.By("functions"),
			Accept: x.ours, More: x.more,
		}},
		Runners: []string{"swarm.Swarm.run", "swarm.core.Swarm.run", "swarm.Swarm.run_and_stream", "swarm.core.Swarm.run_and_stream", "swarm.repl.run_demo_loop", "swarm.repl.repl.run_demo_loop"},
		Given:   []discover.Telling{{Name: "agent", Position: 0}, {Name: "starting_agent", Position: 0}},
		Reading: x.reading,
		Other:   x.handoff,
	}
	x.Prepare(x.roster)
	x.Enlist(x.roster)
	for _, w := range p.Code().Writes("functions") {
		for _, on := range w.Target.Each() {
			if ref, _ := x.ActorOf(x.roster, on); !ref.IsZero() {
				x.Give(&x.roster.Box, ref, x.NameOf(on), w.Value)
			}
		}
	}
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	roster *discover.Roster
}

// ours tells the library's agent from that of a project that has a package of the same name.
func (x *pass) ours(v *code.Value) bool {
	return v.Ref.Def == nil || x.Code().ClassValue(v.Ref.Def, "functions") != nil || len(x.Code().OutsideBases(v.Ref.Def)) > 0 && x.Code().Method(v.Ref.Def, "__init__") != nil
}

// more adds the model that the library takes when none is named.
func (x *pass) more(a *discover.Acting) {
	if m := a.Value.Arg("model", -1); m == nil {
		at := a.Value.Call.Span()
		x.UsesModel(a.Ref, x.ModelNamed("gpt-4o", "openai", at), at)
	}
}

// handoff: a function that returns an agent gives it the conversation.
func (x *pass) handoff(agent discover.Ref, _ string, v *code.Value) ([]discover.Ref, bool) {
	if !v.Is(code.Function) || v.Ref.Def == nil && !v.Node.Is(syntax.Lambda) {
		return nil, false
	}
	var returned *code.Value
	if v.Ref.Def != nil {
		returned = x.Code().Returns(v.Ref.Def)
	} else {
		returned = v.Inside(v.Node.Child(-1)) // lambda: agent
	}
	hands, rest := 0, 0 // of a lambda that hands over and does nothing else
	for _, one := range returned.Each() {
		if one.Is(code.Instance) && one.Ref.Is("swarm.Result", "swarm.types.Result", "swarm.core.Result") {
			if one = one.Arg("agent", -1); one == nil {
				rest++
				continue
			}
		}
		for _, to := range one.Each() {
			ref, _ := x.ActorOf(x.roster, to)
			if ref.IsZero() {
				rest++
				continue
			}
			hands++
			at := v.Node
			if v.Ref.Def != nil {
				x.Flow(model.Handoff, agent, ref, discover.Headline(v.Ref.Def.Node), at.Span()).Label(v.Ref.Def.Last())
			} else {
				x.Flow(model.Handoff, agent, ref, at.Span())
			}
		}
	}
	return nil, v.Ref.Def == nil && hands > 0 && rest == 0
}

// reading reads the limits of a run.
func (x *pass) reading(s discover.Started, run *code.Value) {
	x.Limit("iteration-limit", s.Ref, run.Arg("max_turns", -1))
	if m := run.Arg("model_override", -1); m != nil && !m.Is(code.Null) {
		x.Asks(x.roster, s.Ref, "a run", m)
	}
}

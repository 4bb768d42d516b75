package rule

import (
	"context"
	"fmt"
	"testing"

	"fermata/internal/model"
)

// generated makes a system of about n elements: teams of an orchestrator, agents, tools, servers and stores, with
// facts said for half of them, so that there are findings and questions.
func generated(n int) *model.System {
	s := &model.System{Name: "generated"}
	fact := func(i int, yes string) map[string]model.Fact {
		facts := map[string]model.Fact{}
		if i%2 == 0 {
			facts[yes] = model.Fact{Value: model.Yes, Origin: model.Declared}
		}
		return facts
	}
	add := func(id string, kind model.Kind, effects, facts map[string]model.Fact) string {
		s.Elements = append(s.Elements, &model.Element{
			ID: id, Kind: kind, Name: id, Layer: model.LayerOf(kind), Scope: "main", Origin: model.Declared,
			Effects: effects, Facts: facts, Evidence: []model.Evidence{{File: "team.py", Line: len(s.Elements) + 1, Col: 1}},
		})
		return id
	}
	join := func(kind model.FlowKind, from, to string, facts map[string]model.Fact) {
		s.Flows = append(s.Flows, &model.Flow{
			ID: model.FlowID(kind, from, to), Kind: kind, From: from, To: to, Facts: facts, Origin: model.Declared,
			Evidence: []model.Evidence{{File: "flows.py", Line: len(s.Flows) + 1, Col: 1}},
		})
	}
	npm := add("npm", model.External, nil, map[string]model.Fact{"role": {Value: "registry"}})
	for team := 0; len(s.Elements) < n; team++ {
		id := func(what string, i int) string { return fmt.Sprintf("t%d/%s%d", team, what, i) }
		lead := add(id("lead", 0), model.Orchestrator, nil, fact(team, "loops"))
		host := add(id("host", 0), model.Runtime, nil, nil)
		memory := add(id("memory", 0), model.Memory, nil, fact(team, "persistent"))
		server := add(id("server", 0), model.MCPServer, nil, nil)
		join(model.Supply, npm, server, nil)
		for i := range 3 {
			agent := add(id("agent", i), model.Agent, nil, fact(i, "loops"))
			join(model.Delegation, lead, agent, nil)
			join(model.Message, agent, lead, nil)
			join(model.MemoryWrite, agent, memory, nil)
			join(model.MemoryRead, memory, agent, nil)
			join(model.Hosts, host, agent, nil)
			for k := range 2 {
				tool := add(id("tool", i*2+k), model.Tool, fact(k, []string{"exec", "money"}[team%2]), fact(i, "untrusted-output"))
				join(model.ToolCall, agent, tool, fact(k, "untrusted"))
				join(model.ToolResult, tool, agent, nil)
				join(model.Hosts, host, tool, nil)
				join(model.Provides, server, tool, nil)
			}
		}
	}
	s.Sort()
	return s
}

func BenchmarkEvaluate(b *testing.B) {
	set := shipped(b)
	for _, n := range []int{14, 140, 1_400, 14_000} {
		system := generated(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			var outcome *Outcome
			for b.Loop() {
				var err error
				if outcome, err = Evaluate(context.Background(), set, system, EvaluateOptions{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(outcome.Findings)), "findings")
			b.ReportMetric(float64(len(outcome.Questions)), "questions")
		})
	}
}

// BenchmarkStart is what a short scan pays: reading all rules and controls, and compiling those that concern one small
// system.
func BenchmarkStart(b *testing.B) {
	rules, controls := sub(b, "rules"), sub(b, "controls")
	load := func(check bool) *Set {
		options := Options{}
		options.Controls, _ = LoadControls(options, Source{FS: controls, Name: "controls"})
		set, _ := Load(options, Source{FS: rules, Name: "rules", Check: check})
		return set
	}
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			load(false)
		}
	})
	b.Run("read+check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			load(true)
		}
	})
	system := generated(14)
	b.Run("read+evaluate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Evaluate(context.Background(), load(false), system, EvaluateOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("environment", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := newEnvironment(names{"flow": flowT, "element": elementT}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

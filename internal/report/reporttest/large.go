package reporttest

import (
	"fmt"
	"sort"

	"fermata/internal/model"
	"fermata/internal/result"
)

// Large makes the result of a system with about n elements: teams of an agent, two tools, a memory and a prompt that
// hand work on in a ring, with a finding for each flow and a path for each team.
func Large(n int) *result.Result {
	r := &result.Result{
		Schema: result.Schema, Tool: result.Tool{Name: "fermata", Version: "test", Rules: 2, Failed: 1}, LayerScheme: "maestro-v1", Trust: "declared",
		System: model.System{Name: "large"},
		Rules: []result.Rule{
			{ID: "steer", Title: "Text steers the agent", Doc: "What is read is obeyed.", Maps: map[string][]string{"cwe": {"CWE-77"}, "atlas": {"AML.T0051"}}},
			{ID: "use", Title: "The agent uses its tools", Doc: "Whoever steers it uses them.", Maps: map[string][]string{"cwe": {"CWE-862"}}},
		},
		Patterns: []result.Pattern{{ID: "sandbox", Title: "Code runs in a sandbox", Gist: "Nothing leaves it.", Effect: "blocks"}},
	}
	for i, name := range []string{"Foundation Models", "Data Operations", "Agent Frameworks", "Deployment & Infrastructure", "Evaluation & Observability", "Security & Compliance", "Agent Ecosystem"} {
		r.Layers = append(r.Layers, result.Layer{ID: fmt.Sprintf("L%d", i+1), Name: name})
	}
	element := func(id string, kind model.Kind, layer, file string) {
		r.System.Elements = append(r.System.Elements, &model.Element{
			ID: id, Kind: kind, Name: id, Layer: layer, Scope: "main", Origin: model.Observed,
			Evidence: []model.Evidence{{File: file, Line: 3, Col: 1, EndLine: 3, EndCol: 9, Excerpt: id + " = make()"}},
		})
	}
	flow := func(kind model.FlowKind, from, to, file string) string {
		id := model.FlowID(kind, from, to)
		r.System.Flows = append(r.System.Flows, &model.Flow{
			ID: id, Kind: kind, From: from, To: to, Origin: model.Observed,
			Evidence: []model.Evidence{{File: file, Line: 9, Col: 5, EndLine: 9, EndCol: 20, Excerpt: "use(" + to + ")"}},
		})
		return id
	}
	element("llm", model.Model, "L1", "config.py")
	element("web", model.External, "L7", "config.py")
	r.System.Attackers = []model.Attacker{{ID: "content-author", Origin: model.Assumed, Starts: []model.Start{{Capability: "influence@web", Reason: "strangers write there"}}}}
	teams := max(n/5, 1)
	for i := range teams {
		team(r, i, teams, element, flow)
	}
	r.System.Sort()
	sort.Slice(r.Findings, func(i, j int) bool { return r.Findings[i].ID < r.Findings[j].ID })
	return r
}

func team(r *result.Result, i, teams int, element func(id string, kind model.Kind, layer, file string), flow func(kind model.FlowKind, from, to, file string) string) {
	file := fmt.Sprintf("team%03d/agent.py", i)
	name := func(part string) string { return fmt.Sprintf("%s-%03d", part, i) }
	element(name("agent"), model.Agent, "L3", file)
	element(name("fetch"), model.Tool, "L3", file)
	element(name("shell"), model.Tool, "L3", file)
	element(name("memory"), model.Memory, "L2", file)
	element(name("prompt"), model.Prompt, "L2", file)
	flow(model.PromptFlow, name("agent"), "llm", file)
	flow(model.Completion, "llm", name("agent"), file)
	flow(model.PromptFlow, name("prompt"), name("agent"), file)
	flow(model.MemoryWrite, name("agent"), name("memory"), file)
	flow(model.DataRead, "web", name("fetch"), file)
	flow(model.Handoff, name("agent"), fmt.Sprintf("agent-%03d", (i+1)%teams), file)
	read := flow(model.ToolResult, name("fetch"), name("agent"), file)
	use := flow(model.ToolCall, name("agent"), name("shell"), file)
	for _, f := range []struct{ rule, title, flow, severity string }{
		{"steer", "Text steers the agent", read, "high"}, {"use", "The agent uses its tools", use, "medium"},
	} {
		r.Findings = append(r.Findings, result.Finding{
			ID: f.rule + "@" + f.flow, Rule: f.rule, Title: f.title, Message: f.title + " " + name("agent"), Status: result.Live, Severity: f.severity,
			Layers: []string{"L3"}, Flows: []string{f.flow}, Elements: []string{name("agent")},
			Evidence: []model.Evidence{{File: file, Line: 9, Col: 5, EndLine: 9, EndCol: 20, Excerpt: "use()"}},
		})
	}
	goal := result.Goal{Capability: "invoke", Element: name("shell"), Asset: name("loss"), Loss: "host"}
	r.System.Assets = append(r.System.Assets, model.Asset{ID: goal.Asset, Name: "use of " + name("shell"), Element: goal.Element, Capability: model.Invoke, Loss: goal.Loss, Origin: model.Assumed})
	r.Paths = append(r.Paths, result.Path{
		ID: fmt.Sprintf("path-%03d", i), Attacker: "content-author", Goal: goal, Severity: "high", Cost: 1 + float64(i)/100, Layers: []string{"L7", "L3"}, Scope: "main",
		Start: []result.Start{{Power: "influence@web", Reason: "strangers write there"}},
		Steps: []result.Hop{
			{Finding: "steer@" + read, Layer: "L3", Atlas: "AML.T0051", Gains: []string{"hijack@" + name("agent")}},
			{Finding: "use@" + use, Layer: "L3", Gains: []string{"invoke@" + name("shell")}, Breaks: []result.Break{{Control: "sandbox", On: name("shell"), Effect: "blocks"}}},
		},
	})
	r.Blast = append(r.Blast, result.Blast{Element: name("agent"), Elements: []string{name("shell")}, ByLayer: map[string]int{"L3": 1}, Depth: 1, Assets: []string{goal.Asset}})
	r.Questions = append(r.Questions, result.Question{ID: name("shell") + ".effects.exec", Text: "can " + name("shell") + " run code?", Subject: name("shell"), Weight: 1})
}

package model_test

import (
	"testing"

	"fermata/internal/model"
	"fermata/internal/source"
)

// TestUsual: what nearly always has the same answer is assumed, and what somebody said stands.
func TestUsual(t *testing.T) {
	s, diagnostics := model.ReadSystem(source.NewFile("fermata.yaml", []byte(`
elements:
  - {id: planner, kind: agent}
  - {id: writer, kind: agent}
  - {id: ledger, kind: datastore}
  - {id: diary, kind: memory}
  - {id: clerk, kind: reviewer}
  - {id: board, kind: reviewer, facts: {sees-agent-text: no}}
  - {id: user, kind: human}
  - {id: robot, kind: human, facts: {relies-on-output: no}}
  - {id: gpt, kind: model}
  - {id: partner, kind: agent, facts: {third-party: yes}}
  - {id: theirs, kind: runtime, facts: {third-party: yes}}
  - {id: limits, kind: policy, facts: {dynamic: yes}}
  - {id: law, kind: policy}
flows:
  - {kind: prompt, from: user, to: planner}
  - {kind: completion, from: planner, to: robot}
  - {kind: delegation, from: planner, to: writer}
  - {kind: message, from: writer, to: planner, facts: {remote: yes}}
  - {kind: prompt, from: planner, to: gpt}
  - {kind: approval, from: planner, to: clerk}
  - {kind: approval, from: planner, to: board}
  - {kind: data-write, from: planner, to: ledger}
  - {kind: data-write, from: writer, to: ledger}
  - {kind: memory-write, from: planner, to: diary}
  - {kind: message, from: partner, to: planner}
  - {kind: hosts, from: theirs, to: limits}
`)))
	if len(diagnostics) > 0 {
		t.Fatal(lines(diagnostics))
	}
	model.Complete(s, nil)
	for _, want := range []struct{ got, want, what string }{
		{s.Flow("delegation:planner->writer").Fact("remote").Value, model.No, "both agents run in one process"},
		{s.Flow("message:writer->planner").Fact("remote").Value, model.Yes, "somebody said that it leaves the machine"},
		{s.Flow("prompt:planner->gpt").Fact("remote").Value, model.Unknown, "nobody knows where the model runs"},
		{s.Element("clerk").Fact("sees-agent-text").Value, model.Yes, "the agent writes its own request"},
		{s.Element("board").Fact("sees-agent-text").Value, model.No, "somebody said that the board looks further"},
		{s.Element("user").Fact("relies-on-output").Value, model.Yes, "who asks wants to act on the answer"},
		{s.Element("robot").Fact("relies-on-output").Value, model.No, "somebody said that nobody acts on it"},
	} {
		if want.got != want.want {
			t.Errorf("%s: %s, want %s", want.what, want.got, want.want)
		}
	}
	if s.Flow("hosts:"+model.AssumedHost+"->partner") != nil {
		t.Error("another party's agent runs in the owner's process")
	}
	for _, a := range s.Assets {
		if a.Element == "theirs" {
			t.Errorf("%s is a loss of the owner's", a.Name)
		}
	}
	mishap := map[string]bool{}
	for _, a := range s.Attackers {
		if a.ID == "mishap" {
			for _, start := range a.Starts {
				mishap[start.Capability] = true
			}
		}
	}
	for power, want := range map[string]bool{"corrupt@ledger": true, "corrupt@diary": false, "corrupt@limits": true, "corrupt@law": false} {
		if mishap[power] != want {
			t.Errorf("mishap starts with %s: %v, want %v", power, mishap[power], want)
		}
	}
}

// TestCommands: that a tool runs only a closed set of commands is asked where somebody looked and could not tell.
func TestCommands(t *testing.T) {
	s := &model.System{Elements: []*model.Element{
		{ID: "looked", Kind: model.Tool, Facts: map[string]model.Fact{"fixed-commands": {Value: model.Unknown, Origin: model.Observed}}, Effects: map[string]model.Fact{"exec": {Value: model.Yes}}},
		{ID: "plain", Kind: model.Tool, Facts: map[string]model.Fact{}, Effects: map[string]model.Fact{"exec": {Value: model.Yes}}},
	}}
	model.Complete(s, nil)
	for id, want := range map[string]string{"looked": model.Unknown, "plain": model.No} {
		if got := s.Element(id).Fact("fixed-commands").Value; got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

// TestHostOfCalled: what nothing is said to host runs where that runs which calls it, if that is one place.
func TestHostOfCalled(t *testing.T) {
	s, diagnostics := model.ReadSystem(source.NewFile("fermata.yaml", []byte(`
elements:
  - {id: box, kind: runtime}
  - {id: crate, kind: runtime}
  - {id: planner, kind: agent}
  - {id: writer, kind: agent}
  - {id: search, kind: tool}
  - {id: both, kind: tool}
  - {id: loose, kind: agent}
  - {id: odd, kind: tool}
flows:
  - {kind: hosts, from: box, to: planner}
  - {kind: hosts, from: crate, to: writer}
  - {kind: tool-call, from: planner, to: search}
  - {kind: tool-call, from: planner, to: both}
  - {kind: tool-call, from: writer, to: both}
  - {kind: tool-call, from: loose, to: odd}
`)))
	if len(diagnostics) > 0 {
		t.Fatal(lines(diagnostics))
	}
	model.Complete(s, nil)
	for _, want := range []struct{ host, id string }{
		{"box", "search"}, {model.AssumedHost, "both"}, {model.AssumedHost, "loose"}, {model.AssumedHost, "odd"},
	} {
		if s.Flow("hosts:"+want.host+"->"+want.id) == nil {
			t.Errorf("%s does not run on %s", want.id, want.host)
		}
	}
	if s.Flow("hosts:"+model.AssumedHost+"->search") != nil {
		t.Error("search runs in two places")
	}
}

// TestHunches: of what was seen in code, a guess for which nothing speaks is a hunch; of what a person wrote it is a plain
// assumption. Where code shows that who calls chooses whose rows are read, it is no hunch either.
func TestHunches(t *testing.T) {
	const text = `
elements:
  - {id: helper, kind: agent}
  - {id: orders, kind: tool, effects: {db-read: yes}}
  - {id: anybodys, kind: tool, effects: {db-read: yes}, facts: {own-rows: no}}
  - {id: prices, kind: tool, effects: {net-read: yes}}
  - {id: shell, kind: tool, effects: {exec: yes, net-read: yes}}
  - {id: web_search, kind: tool, effects: {net-read: yes}}
flows:
  - {kind: tool-call, from: helper, to: orders}
  - {kind: tool-call, from: helper, to: anybodys}
  - {kind: tool-call, from: helper, to: prices}
`
	for _, origin := range []model.Origin{model.Observed, model.Declared} {
		s, diagnostics := model.ReadSystem(source.NewFile("fermata.yaml", []byte(text)))
		if len(diagnostics) > 0 {
			t.Fatal(lines(diagnostics))
		}
		for _, e := range s.Elements {
			e.Origin = origin
		}
		model.Complete(s, nil)
		seen := origin == model.Observed
		for _, want := range []struct {
			fact  model.Fact
			hunch bool
			what  string
		}{
			{s.Element("orders").Fact("beyond-own"), seen, "whose orders is not known"},
			{s.Flow("tool-call:helper->orders").Fact("principal"), seen, "whether its rows end at those of who asks is not known"},
			{s.Element("anybodys").Fact("beyond-own"), false, "its code shows that anybody's rows are read"},
			{s.Flow("tool-call:helper->anybodys").Fact("principal"), false, "the same"},
			{s.Flow("tool-call:helper->prices").Fact("principal"), false, "a request is sent by the process"},
			{s.Element("prices").Fact("untrusted-output"), seen, "who writes what it fetches is not known"},
			{s.Element("shell").Fact("untrusted-output"), false, "a shell fetches from wherever it is told to"},
			{s.Element("web_search").Fact("untrusted-output"), false, "its words say that it brings in what people write"},
		} {
			if want.fact.Hunch != want.hunch || want.fact.Origin != model.Assumed {
				t.Errorf("%s, %s: hunch %v of origin %s, want %v of origin assumed", origin, want.what, want.fact.Hunch, want.fact.Origin, want.hunch)
			}
		}
	}
}

// TestWriterHandsBackNothing: what a tool looks up on the way to a change need not come back, of files as of records. A tool that
// reads answers with what it reads.
func TestWriterHandsBackNothing(t *testing.T) {
	s, diagnostics := model.ReadSystem(source.NewFile("fermata.yaml", []byte(`
elements:
  - {id: edit, kind: tool, effects: {fs-read: yes, fs-write: yes}}
  - {id: read, kind: tool, effects: {fs-read: yes, fs-write: yes}}
`)))
	if len(diagnostics) > 0 {
		t.Fatal(lines(diagnostics))
	}
	model.Complete(s, nil)
	if got := s.Element("edit").Fact("hands-back").Value; got != model.Unknown {
		t.Errorf("edit hands back: %s, want unknown", got)
	}
	if got := s.Element("read").Fact("hands-back").Value; got != model.Yes {
		t.Errorf("read hands back: %s, want yes", got)
	}
}

package cascade

import (
	"fmt"
	"reflect"
	"testing"

	"fermata/internal/model"
	"fermata/internal/source"
)

func system(t *testing.T, text string) *model.System {
	t.Helper()
	document, diagnostics := model.Read(source.NewFile("fermata.yaml", []byte(text)))
	for _, d := range diagnostics {
		t.Fatal(d)
	}
	s, diagnostics := model.Assemble(nil, document)
	for _, d := range diagnostics {
		if d.Severity == source.Error {
			t.Fatal(d)
		}
	}
	return s
}

func everything(*model.Element) bool { return true }

// links tells a drawn net as text.
func links(d *Drawn) []string {
	out := []string{}
	for _, l := range d.Net.Links {
		out = append(out, fmt.Sprintf("%s>%s %.3g", d.IDs[l.From], d.IDs[l.To], l.Open))
	}
	return out
}

const team = `
elements:
  - {id: boss, kind: orchestrator}
  - {id: reader, kind: agent}
  - {id: writer, kind: agent}
  - {id: loner, kind: agent}
  - {id: notes, kind: memory}
  - {id: files, kind: tool, effects: {fs-write: yes, fs-read: yes}}
  - {id: clock, kind: tool, effects: {fs-write: no, db-write: no, code-change: no, exec: no}}
  - {id: riddle, kind: tool}
  - {id: small, kind: model}
  - {id: large, kind: model}
  - {id: person, kind: human}
  - {id: site, kind: external}
flows:
  - {kind: prompt, from: person, to: boss}
  - {kind: prompt, from: boss, to: large}
  - {kind: prompt, from: reader, to: small}
  - {kind: prompt, from: writer, to: small}
  - {kind: delegation, from: boss, to: reader}
  - {kind: message, from: reader, to: boss}
  - {kind: handoff, from: reader, to: writer, facts: {content: typed}}
  - {kind: memory-write, from: writer, to: notes}
  - {kind: memory-read, from: notes, to: reader}
  - {kind: data-read, from: site, to: reader}
  - {kind: tool-call, from: boss, to: files}
  - {kind: tool-call, from: loner, to: files}
  - {kind: tool-result, from: files, to: loner}
  - {kind: tool-call, from: writer, to: clock}
  - {kind: tool-result, from: clock, to: boss}
  - {kind: tool-call, from: writer, to: riddle}
  - {kind: tool-result, from: riddle, to: loner}
  - {kind: message, from: boss, to: person}
  - {kind: message, from: person, to: loner}
`

// TestFromSystem holds which ways count: messages, delegation, handoffs, a store between writer and reader, a tool that
// keeps what it is given, the answer of who was handed the conversation; and which do not: a tool that keeps nothing, one of which nobody knows, a person in between.
func TestFromSystem(t *testing.T) {
	d := FromSystem(system(t, team), everything, nil)
	want := []string{"boss>loner 0.342", "boss>reader 1", "loner>boss 0.342", "reader>boss 1", "reader>writer 0.5", "writer>boss 1", "writer>reader 0.5"}
	if got := links(d); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := map[string]int{ByTool: 2, ByDelegation: 1, ByMessage: 2, ByHandoff: 1, ByMemory: 1}; !reflect.DeepEqual(d.Kinds, want) {
		t.Errorf("kinds %v", d.Kinds)
	}
	if d.Unknown != 1 {
		t.Errorf("%d pairs share an unknown tool, want that of writer and loner", d.Unknown)
	}
	if d.Used["typed"] != 1 {
		t.Errorf("used %v", d.Used)
	}
	var starts []string
	for _, v := range d.Starts {
		starts = append(starts, d.IDs[v])
	}
	if want := []string{"boss", "loner", "reader"}; !reflect.DeepEqual(starts, want) {
		t.Errorf("it starts at %v, want %v", starts, want)
	}
	model := map[string]int32{}
	for v, id := range d.IDs {
		model[id] = d.Net.Model[v]
	}
	if d.Net.Models != 3 || d.NoModel != 1 || model["reader"] != model["writer"] || model["boss"] == model["reader"] || model["loner"] == model["boss"] {
		t.Errorf("models %v of %d", model, d.Net.Models)
	}
}

// TestGuards holds that what stands on an agent, a flow or a store lowers the tries that pass it, each once.
func TestGuards(t *testing.T) {
	s := system(t, team)
	d := FromSystem(s, everything, []Guard{{"notes", 0.5}, {"delegation:boss->reader", 0.25}, {"delegation:boss->reader", 0.5}, {"writer", 0.1}, {"elsewhere", 0}})
	want := []string{"boss>loner 0.342", "boss>reader 0.125", "loner>boss 0.342", "reader>boss 1", "reader>writer 0.5", "writer>boss 1", "writer>reader 0.25"}
	if got := links(d); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for v, id := range d.IDs {
		if open := d.Net.Open[v]; open != map[bool]float64{true: 0.1, false: 1}[id == "writer"] {
			t.Errorf("%s is open by %v", id, open)
		}
	}
	if d.Used["guard"] != 1 {
		t.Errorf("used %v", d.Used)
	}
}

// TestPartsOfSystem holds that what does not count is not there, and that the order of the flows changes nothing.
func TestPartsOfSystem(t *testing.T) {
	s := system(t, team)
	d := FromSystem(s, func(e *model.Element) bool { return e.ID != "reader" }, nil)
	if got := links(d); !reflect.DeepEqual(got, []string{"boss>loner 0.342", "loner>boss 0.342", "writer>boss 1"}) {
		t.Errorf("got %q", got)
	}
	if d.Net.Parts() != 1 {
		t.Errorf("%d parts", d.Net.Parts())
	}
	if d := FromSystem(s, func(e *model.Element) bool { return e.ID != "boss" }, nil); d.Net.Parts() != 2 {
		t.Errorf("without the boss there are %d parts", d.Net.Parts())
	}
	whole := FromSystem(s, everything, nil)
	for i, j := 0, len(s.Flows)-1; i < j; i, j = i+1, j-1 {
		s.Flows[i], s.Flows[j] = s.Flows[j], s.Flows[i]
	}
	if again := FromSystem(s, everything, nil); !reflect.DeepEqual(whole, again) {
		t.Error("the order of the flows counts")
	}
}

// TestStudy holds the document: every defence against the same runs, and the agent that everything passes on top.
func TestStudy(t *testing.T) {
	n := made(t, Shape{Topology: "star", Agents: 20}, judged(t, 0.2, 0.5, 0.8))
	calls := 0
	study := Study{
		Net: n, Course: Course{Runs: 500, Rounds: 10, Seed: 1},
		Defences: []Named{{"authentication", Defence{Authentication: 0.8}}, {"everything", Defence{Authentication: 1}}},
		Progress: func(done, all int) {
			if calls++; done != calls || all != 23 {
				t.Errorf("%d of %d after %d", done, all, calls)
			}
		},
	}
	doc, err := study.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if calls != 23 || len(doc.Variants) != 3 || doc.Variants[0].Saved != nil || len(doc.Containment) != 20 {
		t.Fatalf("%d calls, %d variants, %d kept apart", calls, len(doc.Variants), len(doc.Containment))
	}
	if c := doc.Containment[0]; c.Agent != "1" || c.Saved.Low < 10 {
		t.Errorf("the middle is not the best: %+v", c)
	}
	if v := doc.Variants[2]; v.Final.Mean != 1 || v.Saved.Mean != doc.Variants[0].Final.Mean-1 || v.Growth.High != 0 {
		t.Errorf("the complete defence: %+v", v.Final)
	}
	if a := doc.Agents[0]; a.Agent != "1" || a.Passes < 10 || len(doc.Agents) != 20 {
		t.Errorf("the middle is not the first: %+v", a)
	}
}

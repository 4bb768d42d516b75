package model

import (
	"fmt"
	"slices"
)

// UnseenTools is the fact that an agent or server has tools which are not in the picture. The question about it is which
// they are, and the answer what they can do: [System.GiveTools].
const UnseenTools = "unseen-tools"

// HasUnseenTools tells whether an element is handed, or offers, tools that could not be followed.
func HasUnseenTools(e *Element) bool { return e.Fact(UnseenTools).Value == Yes }

// GiveTools puts tools that the picture lacks into a system, as one tool that has the effects named and no others, and gives
// the tool and the flow to it. The fact says who knows of them. A tool that is there already is given again.
func (s *System) GiveTools(holder *Element, has func(effect string) bool, fact Fact) (*Element, *Flow) {
	tool := &Element{
		ID: holder.ID + ".tools", Kind: Tool, Layer: KindNamed(Tool).Layer, Name: "tools of " + holder.Name, Scope: holder.Scope, System: holder.System,
		Origin: Declared, Detail: fact.Reason, Effects: map[string]Fact{}, Facts: map[string]Fact{}, Evidence: slices.Clone(fact.Evidence),
	}
	for _, name := range effectNames {
		if fact.Value = No; has(name) {
			fact.Value = Yes
		}
		tool.Effects[name] = fact
	}
	kind := ToolCall
	if holder.Kind == MCPServer {
		kind = Provides
	}
	flow := &Flow{ID: FlowID(kind, holder.ID, tool.ID), Kind: kind, From: holder.ID, To: tool.ID, Origin: Declared, Facts: map[string]Fact{}, Evidence: slices.Clone(fact.Evidence)}
	if old := s.Element(tool.ID); old != nil {
		return old, s.Flow(flow.ID)
	}
	s.Elements, s.Flows = append(s.Elements, tool), append(s.Flows, flow)
	return tool, flow
}

// answerTools says which tools an element has beside those in the picture.
func (m *merger) answerTools(a Answer, holder *Element, fact Fact) {
	if holder == nil || !FactNamed("element", UnseenTools).Asks(holder.Kind) {
		m.error(a.about.At, "unknown-word", fmt.Sprintf("%s asks about tools, which only agents and servers have", quote(a.Question)), "")
		return
	}
	if a.Value == Unknown {
		return // it stays open
	}
	has := m.effectsIn(a)
	if has == nil {
		return
	}
	fact.Value = No
	settled := fact // whoever says which they are does not deny that there were some
	settled.Evidence = slices.Concat(fact.Evidence, holder.Fact(UnseenTools).Evidence)
	notNilMap(&holder.Facts)[UnseenTools] = settled
	if has["none"] {
		return
	}
	tool, flow := m.s.GiveTools(holder, func(effect string) bool { return has[effect] }, fact)
	if flow != nil {
		m.index.byID[tool.ID], m.flows[flow.ID] = tool, flow
	}
}

package markdown

import (
	"fmt"
	"strings"
	"unicode"

	"fermata/internal/model"
	"fermata/internal/report"
)

// shapes are the outlines of element kinds: what opens and closes a label.
var shapes = map[model.Kind][2]string{
	model.Model: {"{{", "}}"}, model.Agent: {"([", "])"}, model.Orchestrator: {"([", "])"},
	model.Prompt: {"[(", ")]"}, model.Memory: {"[(", ")]"}, model.Knowledge: {"[(", ")]"}, model.Datastore: {"[(", ")]"},
	model.Human: {"((", "))"}, model.Reviewer: {"((", "))"}, model.External: {"[/", "/]"}, model.Credential: {">", "]"},
	model.Guardrail: {"{", "}"}, model.Policy: {"{", "}"}, model.Runtime: {"[[", "]]"}, model.MCPServer: {"[[", "]]"}, model.Service: {"[[", "]]"},
}

// system draws the elements by layer.
func (p *page) system() {
	d := p.v.Diagram(p.o, p.top, topNodes)
	ids := map[string]string{}
	for _, lane := range d.Lanes {
		for _, n := range lane.Nodes {
			ids[n.Element.ID] = fmt.Sprintf("n%d", len(ids)+1)
		}
	}
	if len(ids) == 0 {
		return
	}
	p.heading("The system")
	p.line("```mermaid")
	p.line("flowchart LR")
	on := map[string][]string{}
	for i := len(d.Lanes) - 1; i >= 0; i-- { // people and the outside on top, models below
		lane := d.Lanes[i]
		if len(lane.Nodes) == 0 {
			continue
		}
		p.line("  subgraph lane%d[\"%s\"]", i+1, label(lane.Layer.ID+" "+lane.Layer.Name, 60))
		for _, n := range lane.Nodes {
			shape, ok := shapes[n.Element.Kind]
			if !ok {
				shape = [2]string{"[", "]"}
			}
			p.line("    %s%s\"%s<br>%s\"%s", ids[n.Element.ID], shape[0], label(n.Element.Name, 40), label(string(n.Element.Kind), 24), shape[1])
			if n.Severity != "" {
				on["path"] = append(on["path"], ids[n.Element.ID])
			}
			if n.Element.Origin == model.Assumed {
				on["assumed"] = append(on["assumed"], ids[n.Element.ID])
			}
		}
		p.line("  end")
	}
	var hot []string
	for i, e := range d.Edges {
		from, to, arrow := ids[e.From], ids[e.To], "-->"
		switch {
		case e.Both && e.Crosses:
			arrow = "<-.->"
		case e.Both:
			arrow = "<-->"
		case e.Crosses:
			arrow = "-.->"
		}
		p.line("  %s %s|\"%s\"| %s", from, arrow, label(e.Label, 24), to)
		if e.Severity != "" {
			hot = append(hot, fmt.Sprint(i))
		}
	}
	p.line("  classDef path stroke:#c0392b,stroke-width:3px")
	p.line("  classDef assumed stroke-dasharray:4 3")
	for _, class := range []string{"path", "assumed"} {
		if len(on[class]) > 0 {
			p.line("  class %s %s", strings.Join(on[class], ","), class)
		}
	}
	if len(hot) > 0 {
		p.line("  linkStyle %s stroke:#c0392b,stroke-width:2px", strings.Join(hot, ","))
	}
	p.line("```")
	p.line("")
	p.line("Red is on a worst path. A dashed line crosses a trust boundary; a dashed outline is assumed. Hosting and network are drawn only where a path uses them.")
	if len(d.LeftOut) > 0 {
		p.line("Left out, because the picture would not be readable: %s.", report.Sentence(d.LeftOut))
	}
}

// label writes a text for Mermaid: letters, digits and a few marks as they are, all else as entities, and no more than most
// characters.
func label(text string, most int) string {
	var b strings.Builder
	for i, r := range []rune(report.Plain(text)) {
		switch {
		case i == most:
			b.WriteString("…")
			return b.String()
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune(" -._,", r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}

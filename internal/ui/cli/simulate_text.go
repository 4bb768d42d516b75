package cli

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"fermata/internal/report"
	"fermata/internal/result"
)

// Of a simulation this much is shown.
const (
	shownAgents = 10
	shownApart  = 5
	curveRows   = 10
)

// spreadText tells a simulation.
func spreadText(p *page, v *report.View, doc *result.Simulation) {
	name := func(id string) string {
		if v == nil {
			return "agent " + id
		}
		return v.Name(id)
	}
	fmt.Fprintln(p.w, p.bold(report.SpreadTitle(doc)))
	p.wrap("", spreadSetting(doc, name))
	p.line("")
	if doc.Net.Links == 0 {
		rests(p, doc)
		return
	}
	first := &doc.Variants[0]
	what := "Agents contaminated so far"
	if doc.Measure == "now" {
		what = "Agents contaminated at the time"
	}
	p.head(what + ", by round")
	curve(p, doc, first)
	p.line("")
	variants(p, doc)
	if v != nil {
		agents(p, doc, name)
	}
	apart(p, doc, name)
	p.line("")
	rests(p, doc)
}

// rests tells the inputs and what was left open.
func rests(p *page, doc *result.Simulation) {
	p.head("What this rests on")
	for _, in := range doc.Inputs {
		p.wrap("  - ", inputText(&in))
	}
	for _, n := range doc.Notes {
		p.wrap("  - ", n)
	}
	p.wrap("  - ", fmt.Sprintf("A round is a turn of the agents, no time of day. Agents that run on one model (%s here) are equally open in a run; how open is drawn anew for each run. Intervals of chances say what %s leave open.", report.Plural(doc.Net.Models, "model", "models"), report.Plural(doc.Runs, "run", "runs")))
}

// linkKinds are the kinds of links in the order in which they are told.
var linkKinds = []string{"message", "delegation", "handoff", "memory", "tool"}

func spreadSetting(doc *result.Simulation, name func(string) string) string {
	text := fmt.Sprintf("%s, %s", report.Plural(doc.Net.Agents, "agent", "agents"), report.Plural(doc.Net.Links, "link", "links"))
	var kinds []string
	for _, k := range linkKinds {
		if n := doc.Net.Kinds[k]; n > 0 {
			kinds = append(kinds, fmt.Sprintf("%d by %s", n, k))
		}
	}
	if len(kinds) > 0 {
		text += " (" + strings.Join(kinds, ", ") + ")"
	}
	where := "any of them"
	if n := len(doc.Starts); n > 0 {
		var list []string
		for _, id := range doc.Starts[:min(n, 6)] {
			list = append(list, name(id))
		}
		where = strings.Join(list, ", ")
		if n > 6 {
			where += fmt.Sprintf(" and %d more", n-6)
		}
	}
	switch {
	case len(doc.Starts) == doc.First:
		text += fmt.Sprintf(". It begins at %s", where)
	default:
		text += fmt.Sprintf(". It begins at %s, drawn for each run: %s", report.Plural(doc.First, "agent", "agents"), where)
	}
	text += fmt.Sprintf(". %s of %s, seed %d.", report.Plural(doc.Runs, "run", "runs"), report.Plural(doc.Rounds, "round", "rounds"), doc.Seed)
	if doc.Recovery > 0 {
		text += fmt.Sprintf(" A contaminated agent is cleaned with a chance of %s in a round", percent(doc.Recovery))
		if doc.Relapse {
			text += ", and can be contaminated again"
		}
		text += "."
	}
	return text
}

// curve draws the band of a variant in blocks: full up to what 95 of 100 runs exceed, half up to the mean, light up to what
// 5 of 100 exceed.
func curve(p *page, doc *result.Simulation, v *result.Variant) {
	points := v.Curve
	points = points[:report.Calm(doc.Variants[:1])+1] // the rest is flat
	top := 1
	for _, c := range points {
		top = max(top, c.P95)
	}
	digits := len(strconv.Itoa(top))
	room := p.width - digits - 3
	wide := 1
	for (wide+1)*len(points) <= min(room, 72) && wide < 4 {
		wide++
	}
	columns := min(len(points), room)
	at := func(i int) *result.CurvePoint { return &points[i*(len(points)-1)/max(columns-1, 1)] }
	for row := curveRows; row >= 1; row-- {
		line := strings.Repeat(" ", digits)
		switch row {
		case curveRows:
			line = fmt.Sprintf("%*d", digits, top)
		case curveRows / 2:
			line = fmt.Sprintf("%*d", digits, (top+1)/2)
		case 1:
			line = fmt.Sprintf("%*d", digits, 0)
		}
		line += " ┤"
		level := (float64(row) - 0.5) * float64(top) / curveRows
		for i := range columns {
			mark := " "
			switch c := at(i); {
			case float64(c.P5) >= level:
				mark = "█"
			case c.Mean >= level:
				mark = "▓"
			case float64(c.P95) >= level:
				mark = "░"
			}
			line += strings.Repeat(mark, wide)
		}
		fmt.Fprintln(p.w, strings.TrimRight(line, " "))
	}
	end := at(columns - 1).Round
	axis := columns * wide
	label := fmt.Sprintf("round %d", end)
	gap := max(axis-1-len(label), 1)
	p.line("%s └%s", strings.Repeat(" ", digits), strings.Repeat("─", axis))
	p.line("%s  0%s%s", strings.Repeat(" ", digits), strings.Repeat(" ", gap), label)
	p.line("%s  █ in 95 of 100 runs   ▓ mean   ░ in 5 of 100 runs", strings.Repeat(" ", digits))
}

// variants is the table of the system as it is and with each defence.
func variants(p *page, doc *result.Simulation) {
	turns := doc.Variants[0].Reproduction != nil
	for _, v := range doc.Variants {
		turns = turns || v.Reproduction != nil
	}
	head := []string{"", "agents", "5–95 %"}
	for _, c := range doc.Variants[0].Cross {
		head = append(head, "≥ "+percent(c.Share))
	}
	last := &doc.Variants[0].Cross[len(doc.Variants[0].Cross)-1]
	head = append(head, "rounds to "+percent(last.Share), "growth")
	if turns {
		head = append(head, "R")
	}
	saves := len(doc.Variants) > 1
	if saves {
		head = append(head, "saved")
	}
	rows := [][]string{head}
	for i := range doc.Variants {
		v := &doc.Variants[i]
		row := []string{v.Name, report.Agents(v.Final.Mean), fmt.Sprintf("%d–%d", v.Final.P5, v.Final.P95)}
		for _, c := range v.Cross {
			row = append(row, chanceText(c.Chance))
		}
		c := &v.Cross[len(v.Cross)-1]
		until := "–"
		if c.Chance > 0 {
			until = fmt.Sprintf("%d (%d–%d)", c.P50, c.P5, c.P95)
		}
		row = append(row, until, enclosed(v.Growth))
		if turns {
			r := "–"
			if v.Reproduction != nil {
				r = enclosed(*v.Reproduction)
			}
			row = append(row, r)
		}
		if saves {
			saved := ""
			if v.Saved != nil {
				saved = savedText(v.Saved)
			}
			row = append(row, saved)
		}
		rows = append(rows, row)
	}
	columns(p, rows)
	text := "growth: agents that one contaminated agent contaminates in a round, on the whole; 0 where nothing can come back to who passed it on."
	if turns {
		text += " R: the same until it is cleaned or cut off; below 1 a spread dies out."
	}
	if saves {
		text += " saved: agents fewer than as it is, in the same runs, with the 95 % interval of the mean."
	}
	p.wrap("  ", text)
}

// columns prints a table: the first column to the left, the others to the right.
func columns(p *page, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for n, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				line.WriteString("  " + cell + pad)
			} else {
				line.WriteString("  " + pad + cell)
			}
		}
		text := strings.TrimRight(report.Plain(line.String()), " ")
		if n == 0 {
			text = p.bold(text)
		}
		fmt.Fprintln(p.w, text)
	}
}

func percent(x float64) string { return fmt.Sprintf("%.4g %%", 100*x) }

// chanceText is a chance to a whole percent, and never 0 or 100 where it is not.
func chanceText(x float64) string {
	switch {
	case x > 0 && x < 0.005:
		return "< 1 %"
	case x < 1 && x > 0.995:
		return "> 99 %"
	}
	return fmt.Sprintf("%.0f %%", 100*x)
}

// clip shortens a name in its middle: what tells two of them apart is often at the end.
func clip(text string, most int) string {
	if r := []rune(text); len(r) > most {
		head := most * 2 / 5
		return string(r[:head]) + "…" + string(r[len(r)-(most-head-1):])
	}
	return text
}

func enclosed(e result.Enclosed) string {
	low, high := fmt.Sprintf("%.2f", e.Low), fmt.Sprintf("%.2f", e.High)
	if low == high {
		return low
	}
	return low + "–" + high
}

func savedText(d *result.Difference) string {
	return fmt.Sprintf("%s ± %s", report.Agents(d.Mean), report.Agents(d.High-d.Mean))
}

// agents lists who is contaminated most often.
func agents(p *page, doc *result.Simulation, name func(string) string) {
	p.line("")
	p.head("Who is contaminated")
	rows := [][]string{{"", "in runs", "mean round", "passes it on to"}}
	for i, c := range doc.Agents {
		if i == shownAgents {
			break
		}
		round := "–"
		if c.Chance > 0 {
			round = fmt.Sprintf("%.1f", c.Round)
		}
		rows = append(rows, []string{clip(name(c.Agent), p.width-42), chanceText(c.Chance), round, fmt.Sprintf("%.2f", c.Passes)})
	}
	columns(p, rows)
	if n := doc.Net.Agents - shownAgents; n > 0 {
		p.line("  and %d more: -f json lists them", n)
	}
}

// apart lists the agents that are worth most to keep apart.
func apart(p *page, doc *result.Simulation, name func(string) string) {
	if len(doc.Containment) == 0 || doc.Containment[0].Saved.Low <= 0 {
		return
	}
	p.line("")
	p.head("Where it is best stopped")
	rows := [][]string{{"", "agents saved"}}
	for i, c := range doc.Containment {
		if i == shownApart || c.Saved.Mean <= 0 {
			break
		}
		rows = append(rows, []string{clip(name(c.Agent), p.width-42), savedText(&c.Saved)})
	}
	columns(p, rows)
	text := "agents fewer, this one included, when it takes nothing in and passes nothing on."
	if tried := len(doc.Containment); tried < doc.Net.Agents {
		text += fmt.Sprintf(" The %d agents from which most others take it were tried.", tried)
	}
	p.wrap("  ", text)
}

// inputText is a number with where it comes from.
func inputText(in *result.Input) string {
	text := fmt.Sprintf("%s %.3g", in.Name, in.Mean)
	if in.Low != in.High {
		text = fmt.Sprintf("%s %.3g (5–95 %%: %.2g–%.2g)", in.Name, in.Mean, in.Low, in.High)
	}
	text += ", " + in.Basis
	if len(in.Evidence) > 0 {
		text += " " + strings.Join(in.Evidence, ", ")
	}
	if in.Note != "" {
		text += ": " + in.Note
	}
	return text
}

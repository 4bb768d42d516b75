// Package text prints a result for a person at a terminal.
//
// It is the product's face: what the system is, how an attacker gets to what its owner values, hop by hop with the
// lines of code, what was found on each layer, what is not known, what was not read, and what to do next. It is good
// at 80 columns and wider, with and without colour; colour never carries meaning alone.
package text

import (
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"

	"fermata/internal/report"
	"fermata/internal/result"
)

// Format is the text report.
var Format = report.Format{
	Name: "text", Doc: "a report to read at a terminal", MediaType: "text/plain", Extensions: []string{".txt"}, Write: Write,
}

// How much the short report shows; with Options.All everything is shown.
const (
	topPaths     = 5
	topGroups    = 6 // rules per layer
	topPlaces    = 3 // findings per rule
	topQuestions = 6
	topGaps      = 6
	topBlast     = 3
)

// Write prints the report.
func Write(w io.Writer, r *result.Result, o report.Options) error {
	if o.Width <= 0 {
		o.Width = 100
	}
	p := &printer{v: report.NewView(r), r: r, o: o, width: min(max(o.Width, 40), 140)}
	p.summary()
	p.paths()
	p.blast()
	p.findings()
	p.questions()
	p.coverage()
	p.next()
	_, err := io.WriteString(w, p.b.String())
	return err
}

type printer struct {
	b     strings.Builder
	v     *report.View
	r     *result.Result
	o     report.Options
	width int
}

var (
	bold   = lipgloss.NewStyle().Bold(true)
	dim    = lipgloss.NewStyle().Faint(true)
	colour = map[string]lipgloss.Style{
		"critical": lipgloss.NewStyle().Bold(true).Foreground(lipgloss.Color("1")),
		"high":     lipgloss.NewStyle().Foreground(lipgloss.Color("1")),
		"medium":   lipgloss.NewStyle().Foreground(lipgloss.Color("3")),
		"low":      lipgloss.NewStyle().Foreground(lipgloss.Color("6")),
		"info":     lipgloss.NewStyle().Faint(true),
	}
)

func (p *printer) style(s lipgloss.Style, text string) string {
	if !p.o.Colour {
		return text
	}
	return s.Render(text)
}

func (p *printer) bold(text string) string { return p.style(bold, text) }
func (p *printer) dim(text string) string  { return p.style(dim, text) }

func (p *printer) severity(name string, width int) string {
	return p.style(colour[name], fmt.Sprintf("%-*s", width, name))
}

func (p *printer) line(format string, args ...any) {
	p.b.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " "))
	p.b.WriteByte('\n')
}

func (p *printer) heading(text, aside string) {
	p.line("")
	if aside != "" {
		aside = "  " + p.dim(aside)
	}
	p.line("%s%s", p.bold(strings.ToUpper(text)), aside)
}

// wrap prints a paragraph: the first line after lead, the others after as many blanks.
func (p *printer) wrap(lead, text string) {
	indent := lipgloss.Width(lead)
	room := max(p.width-indent, 20)
	line, lines := "", []string{}
	for _, word := range strings.Fields(report.Plain(text)) {
		for lipgloss.Width(word) > room { // a path longer than the page breaks anywhere
			if line != "" {
				lines, line = append(lines, line), ""
			}
			cut := cutAt(word, room)
			lines, word = append(lines, word[:cut]), word[cut:]
		}
		switch {
		case line == "":
			line = word
		case lipgloss.Width(line)+1+lipgloss.Width(word) > room:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	lines = append(lines, line)
	for i, l := range lines {
		if i == 0 {
			p.line("%s%s", lead, l)
		} else {
			p.line("%s%s", strings.Repeat(" ", indent), l)
		}
	}
}

// cutAt is how many bytes of s fit into room columns.
func cutAt(s string, room int) int {
	width := 0
	for i, r := range s {
		width += lipgloss.Width(string(r))
		if width > room && i > 0 {
			return i
		}
	}
	return len(s)
}

// clip cuts a text to room columns, with an ellipsis.
func clip(s string, room int) string {
	if lipgloss.Width(s) <= room {
		return s
	}
	if room < 2 {
		return ""
	}
	return s[:cutAt(s, room-1)] + "…"
}

func (p *printer) summary() {
	name := p.r.System.Name
	inventory := p.v.Inventory(p.o)
	if len(inventory) == 0 {
		p.line("%s", p.bold(report.Plain(name)))
		p.wrap("", "No agents, tools or other parts of an agent system were recognised. That is no clean bill: see what was read, below.")
		return
	}
	p.line("%s", p.bold(report.Plain(name)))
	p.wrap("", sentence(inventory)+".")
	files := p.r.Coverage.Files
	read := report.Plural(files.Parsed, "file", "files") + " read of " + fmt.Sprint(files.Seen)
	if names := extractors(p.r); names != "" {
		read += " (" + names + ")"
	}
	p.wrap("", read+"; "+p.entries())
	count := p.v.Count(p.o)
	var live []string
	for _, s := range result.Severities {
		if n := count[s]; n > 0 {
			live = append(live, p.style(colour[s], fmt.Sprintf("%d %s", n, s)))
		}
	}
	if len(live) > 0 {
		p.line("Live findings: %s.", strings.Join(live, ", "))
	} else {
		p.line("No finding is live.")
	}
	if p.r.Tool.Failed > 0 {
		p.wrap("", p.bold("Incomplete: ")+report.Plural(p.r.Tool.Failed, "part", "parts")+" of the analysis failed; see the coverage below.")
	}
}

func extractors(r *result.Result) string {
	var names []string
	for _, e := range r.Coverage.Extractors {
		if e.Elements > 0 {
			names = append(names, e.Name)
		}
	}
	return strings.Join(names, ", ")
}

// sentence joins words as people list them.
func sentence(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// entries says who reaches the system from outside.
func (p *printer) entries() string {
	var who []string
	for _, a := range p.r.System.Attackers {
		if len(a.Starts) > 0 {
			who = append(who, p.v.Attacker(a.ID))
		}
	}
	if len(who) == 0 {
		return "nothing says who reaches it from outside."
	}
	return "harm may come from " + sentence(who) + "."
}

func (p *printer) paths() {
	top := p.v.TopPaths(p.o, topPaths)
	total := len(p.r.Paths)
	if total == 0 {
		p.heading("Worst paths", "")
		p.line("No way from any source of harm to a loss was found.")
		return
	}
	aside := fmt.Sprintf("%d of %d", len(top), total)
	p.heading("Worst paths", aside)
	if len(top) == 0 {
		p.wrap("", "All of them lie in tests, examples or vendored code; --scope test,example,vendored shows them.")
	}
	for i, path := range top {
		p.path(i+1, path)
	}
}

func (p *printer) path(n int, path *result.Path) {
	p.line("")
	attacker := p.v.Attacker(path.Attacker)
	title := strings.ToUpper(attacker[:1]) + attacker[1:] + " reaches " + p.v.Asset(path.Goal.Asset)
	lead := fmt.Sprintf("%d. ", n)
	p.wrap(lead+p.severity(path.Severity, 0)+"  ", title)
	indent := strings.Repeat(" ", len(lead))
	p.line("%s%s", indent, p.dim(fmt.Sprintf("%s per attempt, across %s", report.Chance(path.Cost), strings.Join(path.Layers, " → "))))
	for _, s := range path.Start {
		p.wrap(indent+p.dim("from ")+" ", p.v.Power(s.Power)+" — "+s.Reason)
	}
	for i, h := range path.Steps {
		f := p.v.Finding(h.Finding)
		if f == nil {
			continue
		}
		mark := "│"
		if i == len(path.Steps)-1 {
			mark = "▼"
		}
		technique := ""
		if h.Atlas != "" {
			technique = " " + h.Atlas
		}
		p.wrap(indent+p.dim(mark)+" "+p.bold(h.Layer)+" ", f.Message+p.techniqueMark(technique))
		p.place(indent+p.dim(edge(mark))+"    ", f)
	}
	p.breaks(indent, path)
}

func (p *printer) techniqueMark(technique string) string {
	if technique == "" {
		return ""
	}
	return " [" + strings.TrimSpace(technique) + "]"
}

// edge continues the line of a path, which ends at its last step.
func edge(mark string) string {
	if mark == "▼" {
		return " "
	}
	return mark
}

// place prints where a finding is seen: a line of code, or what was assumed.
func (p *printer) place(lead string, f *result.Finding) {
	ev, ok := report.Where(f.Evidence)
	if !ok {
		for _, a := range f.Evidence {
			p.line("%s%s", lead, p.dim(clip("assumed: "+report.Plain(a.Excerpt), p.width-lipgloss.Width(lead))))
			return
		}
		return
	}
	where := fmt.Sprintf("%s:%d", report.Plain(ev.File), ev.Line)
	room := p.width - lipgloss.Width(lead)
	if excerpt := report.Plain(ev.Excerpt); excerpt != "" && room-lipgloss.Width(where) > 12 {
		where += "  " + clip(excerpt, room-lipgloss.Width(where)-2)
	}
	p.line("%s%s", lead, p.dim(where))
}

// breaks prints the fewest words that say which controls would end the path: the blocking ones, nearest the end first,
// since the last steps are the ones that hurt.
func (p *printer) breaks(indent string, path *result.Path) {
	var blocking, weakening []string
	seen := map[string]bool{}
	for i := len(path.Steps) - 1; i >= 0; i-- {
		for _, b := range path.Steps[i].Breaks {
			key := b.Control + "@" + b.On
			if seen[key] {
				continue
			}
			seen[key] = true
			text := b.Control + " on " + p.v.Name(b.On)
			if b.Effect == "blocks" {
				blocking = append(blocking, text)
			} else {
				weakening = append(weakening, text)
			}
		}
	}
	if len(blocking) > 0 {
		p.wrap(indent+p.bold("ends with")+" ", strings.Join(first(blocking, 3), "; or "))
	}
	if len(blocking) == 0 && len(weakening) > 0 {
		p.wrap(indent+p.bold("weaker with")+" ", strings.Join(first(weakening, 3), "; or "))
	}
}

func first(list []string, most int) []string {
	if len(list) > most {
		return list[:most]
	}
	return list
}

func (p *printer) blast() {
	var rows []result.Blast
	scopes := p.v.Scopes(p.o)
	for _, b := range p.r.Blast {
		if e := p.v.Element(b.Element); e != nil && scopes[e.Scope] && len(b.Elements) > 0 {
			rows = append(rows, b)
		}
	}
	if len(rows) == 0 {
		return
	}
	p.heading("If one falls", "what falls with it")
	shown := rows
	if !p.o.All && len(shown) > topBlast {
		shown = shown[:topBlast]
	}
	for _, b := range shown {
		p.wrap("  ", fmt.Sprintf("%s (%s): %s in at most %s, %s", p.v.Name(b.Element), p.v.Element(b.Element).Kind,
			report.Plural(len(b.Elements), "element", "elements"), report.Plural(b.Depth, "step", "steps"), report.Plural(len(b.Assets), "loss", "losses")))
	}
	p.more(len(rows)-len(shown), "fermata blast ELEMENT")
}

func (p *printer) more(n int, how string) {
	if n > 0 {
		p.line("  %s", p.dim(fmt.Sprintf("and %d more: %s", n, how)))
	}
}

func (p *printer) findings() {
	p.heading("Findings by layer", "")
	layers := append([]result.Layer(nil), p.r.Layers...)
	seen := map[string]bool{}
	for _, l := range layers {
		seen[l.ID] = true
	}
	for i := range p.r.Findings {
		if l := report.FirstLayer(&p.r.Findings[i]); !seen[l] {
			seen[l] = true
			name := "Cross-layer"
			if l != "X" {
				name = l
			}
			layers = append(layers, result.Layer{ID: l, Name: name})
		}
	}
	quiet := 0
	for _, l := range layers {
		groups := p.v.Groups(l.ID, p.o)
		var shown []report.Group
		for _, g := range groups {
			if p.o.All || g.Status == result.Live || g.Status == result.Condition || g.Status == result.Accepted {
				shown = append(shown, g)
			} else {
				quiet += len(g.Findings)
			}
		}
		if len(shown) == 0 {
			continue
		}
		p.line("%s %s", p.bold(l.ID), p.bold(l.Name))
		cut := 0
		if !p.o.All && len(shown) > topGroups {
			for _, g := range shown[topGroups:] {
				cut += len(g.Findings)
			}
			shown = shown[:topGroups]
		}
		for _, g := range shown {
			p.group(g)
		}
		p.more(cut, "--all shows them")
	}
	if quiet > 0 {
		p.line("%s", p.dim(fmt.Sprintf("%s blocked or out of reach: --all shows them", report.Plural(quiet, "finding is", "findings are"))))
	}
}

func (p *printer) group(g report.Group) {
	status := ""
	if g.Status != result.Live {
		status = string(g.Status) + "  "
	}
	title := g.Title
	if len(g.Findings) == 1 {
		title = g.Findings[0].Message
	}
	p.wrap("  "+p.severity(g.Severity, 8)+"  "+p.dim(status), title+" ("+g.Rule+")")
	if len(g.Findings) == 1 {
		p.place("            ", g.Findings[0])
		return
	}
	shown := g.Findings
	if !p.o.All && len(shown) > topPlaces {
		shown = shown[:topPlaces]
	}
	for _, f := range shown {
		where := "assumed"
		if ev, ok := report.Where(f.Evidence); ok {
			where = fmt.Sprintf("%s:%d", report.Plain(ev.File), ev.Line)
		}
		room := p.width - 12
		message := clip(report.Plain(f.Message), max(room-lipgloss.Width(where)-2, 20))
		p.line("            %s  %s", message, p.dim(where))
	}
	if n := len(g.Findings) - len(shown); n > 0 {
		p.line("            %s", p.dim(fmt.Sprintf("and %d more", n)))
	}
}

func (p *printer) questions() {
	if len(p.r.Questions) == 0 {
		return
	}
	shown := p.r.Questions
	if !p.o.All && len(shown) > topQuestions {
		shown = shown[:topQuestions]
	}
	p.heading("Not known", "what the answers would change most")
	for i := range shown {
		q := &shown[i]
		p.wrap("  ? ", q.Text)
		if q.Change != "" {
			p.wrap("    ", q.Change)
		}
	}
	p.more(len(p.r.Questions)-len(shown), "fermata ask")
}

func (p *printer) coverage() {
	c := p.r.Coverage
	p.heading("What was read", "")
	p.wrap("  ", fmt.Sprintf("%s seen: %d read, %d without a trace of agents, %d passed over.",
		report.Plural(c.Files.Seen, "file", "files"), c.Files.Parsed, c.Files.Passed, skipped(c)))
	for _, s := range c.Files.Skipped {
		example := ""
		if len(s.Paths) > 0 {
			example = ", such as " + s.Paths[0]
		}
		p.wrap("    ", fmt.Sprintf("%s: %s%s", s.Reason, report.Plural(s.Count, "file", "files"), example))
	}
	if n := len(c.Unresolved); n > 0 {
		p.wrap("  ", fmt.Sprintf("%s recognised and not followed:", report.Plural(n, "construct was", "constructs were")))
		gaps := c.Unresolved
		if !p.o.All && n > topGaps {
			gaps = gaps[:topGaps]
		}
		for _, u := range gaps {
			p.wrap("    ", fmt.Sprintf("%s:%d  %s: %s", u.Evidence.File, u.Evidence.Line, u.What, u.Why))
		}
		p.more(n-len(gaps), "--all shows them")
	}
	for _, u := range c.Unsupported {
		p.wrap("  ", fmt.Sprintf("%s is used in %s and not modelled (%s:%d)", u.Name, report.Plural(u.Files, "file", "files"), u.Evidence.File, u.Evidence.Line))
	}
	for _, d := range c.Declared {
		p.wrap("  ", d+" was written inside the tree: it is a claim (--no-declared ignores it)")
	}
	p.diagnostics()
}

func skipped(c result.Coverage) int {
	n := 0
	for _, s := range c.Files.Skipped {
		n += s.Count
	}
	return n
}

func (p *printer) diagnostics() {
	shown := p.r.Diagnostics
	if !p.o.All && len(shown) > topGaps {
		shown = shown[:topGaps]
	}
	for _, d := range shown {
		where := ""
		if d.File != "" {
			where = d.File
			if d.Line > 0 {
				where += fmt.Sprintf(":%d:%d", d.Line, d.Col)
			}
			where += "  "
		}
		text := where + d.Message
		if d.Hint != "" {
			text += " (" + d.Hint + ")"
		}
		p.wrap("  "+p.style(colour[map[string]string{"error": "high", "warning": "medium"}[d.Severity]], d.Severity)+" ", text)
	}
	p.more(len(p.r.Diagnostics)-len(shown), "--all shows them")
}

// next says what to do now, in commands that work on this very result.
func (p *printer) next() {
	p.heading("What to do next", "")
	row := func(command, why string) {
		if lipgloss.Width(command) > 34 {
			p.line("  %s", command)
			p.wrap("      ", why)
			return
		}
		p.wrap(fmt.Sprintf("  %-34s", command), why)
	}
	if len(p.r.Paths) > 0 {
		for _, h := range p.v.TopPaths(p.o, 1) {
			if n := len(h.Steps); n > 0 {
				row(fmt.Sprintf("fermata explain '%s'", h.Steps[n-1].Finding), "why, and what breaks it")
			}
		}
		if c := choke(p.r); c != nil {
			row("put "+c.Control+" on "+p.v.Name(c.On), "alone it ends every way to "+report.Plural(len(c.Goals), "loss", "losses"))
		}
	}
	if len(p.r.Questions) > 0 {
		row("fermata ask", "answer what is not known")
	}
	row("fermata init", "write a fermata.yaml to correct and complete this picture")
	row("fermata scan -o report.html", "the same as a page, with a diagram")
}

// choke is the control that alone ends most.
func choke(r *result.Result) *result.Choke {
	for i := range r.Chokes {
		if r.Chokes[i].Control != "" {
			return &r.Chokes[i]
		}
	}
	return nil
}

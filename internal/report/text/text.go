// Package text prints a result for a person at a terminal.
//
// It is the product's face: what the system is, how an attacker gets to what its owner values, hop by hop with the
// lines of code, what was found on each layer, what is not known, what was not read, and what to do next. It is good
// at 80 columns and wider, with and without colour; colour never carries meaning alone.
package text

import (
	"fmt"
	"io"
	"sort"
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
	topGroups    = 6 // rules per layer
	topPlaces    = 3 // findings per rule
	topQuestions = 6
	topGaps      = 6
	topBlast     = 3
	topControls  = 4
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

func (p *printer) summary() {
	p.wrapIn(bold, "", p.r.System.Name)
	unmodelled := p.v.NotModelled()
	inventory := p.v.Inventory(p.o)
	if len(inventory) == 0 {
		if unmodelled != "" {
			p.wrap("", unmodelled)
		}
		p.wrap("", "No agents, tools or other parts of an agent system were recognised. That is no clean bill: see what was read, below.")
		return
	}
	p.wrap("", report.Sentence(inventory)+".")
	p.wrap("", p.v.Read(p.o)+"; "+p.v.Entries()+".")
	if left := report.LeftOut(p.v.Left(p.o)); left != "" {
		p.wrap("", report.Capital(left)+".")
	}
	if unmodelled != "" {
		p.wrap("", unmodelled)
	}
	if unseen := p.v.UnseenTools(p.o); unseen != "" {
		p.wrap("", unseen)
	}
	count := p.v.Count(p.o)
	var live []string
	for _, s := range result.Severities {
		if n := count[s]; n > 0 {
			live = append(live, p.style(colour[s], fmt.Sprintf("%d %s", n, s)))
		}
	}
	accepted := ""
	if n := p.v.Accepted(p.o); n > 0 {
		accepted = fmt.Sprintf("; %d more accepted", n)
	}
	if n := p.v.Sharing(p.o); n > 0 {
		accepted = fmt.Sprintf("; %d more share their causes", n) + accepted
	}
	if len(live) > 0 {
		text := "Live findings: " + strings.Join(live, ", ")
		if rest, more := strings.CutPrefix(accepted, "; "); more && lipgloss.Width(text+accepted) >= p.width {
			p.line(text, ";")
			text, accepted = "", rest
		}
		p.line(text, accepted, ".")
	} else if accepted != "" {
		p.line("No finding is live", p.harmless(), accepted, ".")
	} else {
		p.line("No finding is live", p.harmless(), ".")
	}
	if text := p.v.Grave(p.o); text != "" {
		p.wrap("", text)
	}
	if p.r.Tool.Failed > 0 {
		p.wrap(p.bold("Incomplete: "), report.Plural(p.r.Tool.Failed, "part", "parts")+" of the analysis failed; see the coverage below.")
	}
}

// harmless says of a system in which something is possible that nothing is lost by it.
func (p *printer) harmless() string {
	if p.v.Harmless(p.o) > 0 {
		return " that leads to a loss"
	}
	return ""
}

func (p *printer) paths() {
	top := p.v.TopPaths(p.o, report.ShownPaths)
	total := p.v.PathCount(p.o)
	if len(p.r.Paths) == 0 {
		p.heading("Worst paths", "")
		p.wrap("", strings.TrimSpace("No way from any source of harm to a loss was found. "+p.v.NoCleanBill(p.o)))
		return
	}
	if total == 0 {
		p.heading("Worst paths", "")
		p.wrap("", "None here: "+report.LeftOut(result.Left{Paths: len(p.r.Paths), Scopes: p.v.Left(p.o).Scopes})+".")
		return
	}
	p.heading("Worst paths", fmt.Sprintf("%d of %d", len(top), total))
	likewise := p.v.Likewise(p.o, top)
	for i, path := range top {
		p.path(i+1, path, likewise[path])
	}
	if rest := p.v.Untold(p.o, len(top)); rest != "" {
		p.line()
		p.wrap("", rest)
	}
}

func (p *printer) path(n int, path *result.Path, likewise string) {
	p.line()
	lead := fmt.Sprintf("%d. ", n)
	p.wrapIn(bold, lead+p.severity(path.Severity)+"  ", p.v.PathTitle(path))
	indent := strings.Repeat(" ", len(lead))
	p.wrapIn(dim, indent, fmt.Sprintf("%s per attempt, across %s; %s", report.PathChance(path), strings.Join(path.Layers, " → "), path.Handle()))
	for _, s := range path.Start {
		p.wrap(indent+p.dim("start")+" ", p.v.Power(s.Power)+" — "+s.Reason)
	}
	for i, h := range path.Steps {
		f := p.v.Step(&h)
		if f == nil {
			continue
		}
		mark, rail := "│", "│"
		if i == len(path.Steps)-1 {
			mark, rail = "▼", " " // the line of a path ends at its last step
		}
		message := p.v.Text(f) + report.Lived(f)
		if h.Atlas != "" {
			message += " [" + h.Atlas + "]"
		}
		p.step(indent+p.dim(mark)+" "+p.bold(h.Layer)+" ", indent+p.dim(rail), message)
		p.place(indent+p.dim(rail)+"    ", f.Evidence)
	}
	p.breaks(indent, path)
	if likewise != "" {
		p.wrap(indent+p.bold("likewise")+" ", likewise)
	}
}

// breaks prints the fewest words that say which controls would end the path.
func (p *printer) breaks(indent string, path *result.Path) {
	blocks, weakens := report.Ends(path)
	switch {
	case len(blocks) > 0:
		p.wrap(indent+p.bold("stopped by")+" ", p.v.Controls(blocks, topControls, same, same))
	case len(weakens) > 0:
		p.wrap(indent+p.bold("weakened by")+" ", p.v.Controls(weakens, topControls, same, same))
	}
}

func same(text string) string { return text }

func (p *printer) blast() {
	rows := p.v.Falls(p.o)
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
	p.more(len(rows)-len(shown), "fermata blast")
}

func (p *printer) findings() {
	p.heading("Findings by layer", "")
	quiet, none := 0, true
	for _, l := range p.v.Layers() {
		var shown []report.Group
		for _, g := range p.v.Groups(l.ID, p.o) {
			if p.o.All || g.Status == result.Live || g.Status == result.Condition || g.Status == result.Accepted {
				shown = append(shown, g)
			} else {
				quiet += len(g.Findings) + g.Sharing
			}
		}
		if len(shown) == 0 {
			continue
		}
		none = false
		p.wrapIn(bold, "", l.ID+" "+l.Name)
		cut := 0
		if !p.o.All {
			shown, cut = gravest(shown)
		}
		for _, g := range shown {
			p.group(g)
		}
		p.more(cut, "--all shows them")
	}
	if n := p.v.Harmless(p.o); n > 0 && !p.o.All {
		none = false
		p.line(p.dim(fmt.Sprintf("%s to no loss that is known: --all shows them", report.Plural(n, "live finding leads", "live findings lead"))))
	}
	switch {
	case quiet > 0:
		p.line(p.dim(fmt.Sprintf("%s blocked or out of reach: --all shows them", report.Plural(quiet, "finding is", "findings are"))))
	case none:
		p.line("None.")
	}
}

// gravest gives the groups of a layer that are shown where not all are, in their order, and how many findings the others hold.
// What is wrong in any case comes after what somebody reaches, and is not left out for something that is less grave.
func gravest(groups []report.Group) (shown []report.Group, cut int) {
	if len(groups) <= topGroups {
		return groups, 0
	}
	order := make([]int, len(groups))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool {
		return report.Rank(groups[order[i]].Severity) < report.Rank(groups[order[j]].Severity)
	})
	for _, i := range order[topGroups:] {
		cut += len(groups[i].Findings) + groups[i].Sharing
	}
	sort.Ints(order[:topGroups])
	for _, i := range order[:topGroups] {
		shown = append(shown, groups[i])
	}
	return shown, cut
}

// group prints the findings of one rule: its severity and title, then the places in a column of their own.
func (p *printer) group(g report.Group) {
	lead := "  " + pad(p.severity(g.Severity), 8) + "  "
	if g.Status != result.Live {
		lead += p.dim(string(g.Status)) + "  "
	}
	title, name := g.Title, g.Rule
	if len(g.Findings) == 1 {
		title, name = p.v.Text(g.Findings[0]), g.Rule+", "+g.Findings[0].Handle()
	} else if spread := g.Spread(); spread != "" {
		name += ": " + spread
	}
	p.wrap(lead, title+" ("+name+")")
	indent := strings.Repeat(" ", 12)
	if len(g.Findings) == 1 {
		p.place(indent, g.Findings[0].Evidence)
		p.sharing(indent, g)
		return
	}
	shown := g.Findings
	if !p.o.All && len(shown) > topPlaces {
		shown = shown[:topPlaces]
	}
	room := p.width - len(indent) - len(shown[0].Handle()) - 2
	places, widest := make([]string, len(shown)), 0
	for i, f := range shown {
		places[i] = "assumed"
		if ev, ok := report.Where(f.Evidence); ok {
			places[i] = clipPath(report.Place(ev), room*3/10, room*2/5)
		}
		widest = max(widest, columns(places[i]))
	}
	for i, f := range shown {
		p.line(indent, p.dim(f.Handle()), "  ", pad(p.dim(places[i]), widest), "  ", clip(p.v.Text(f), room-widest-2))
	}
	if n := len(g.Findings) - len(shown); n > 0 {
		p.line(indent, p.dim(fmt.Sprintf("and %d more", n)))
	}
	p.sharing(indent, g)
}

// sharing says how many findings a group does not list because they share a cause with one that is listed.
func (p *printer) sharing(indent string, g report.Group) {
	switch {
	case g.Sharing == 1:
		p.line(indent, p.dim("1 more finding has the same cause"))
	case g.Sharing > 1:
		p.line(indent, p.dim(fmt.Sprintf("%d more findings have the same causes", g.Sharing)))
	}
}

func (p *printer) questions() {
	all := p.v.QuestionGroups(p.o)
	if len(all) == 0 {
		return
	}
	shown := all
	if !p.o.All && len(shown) > topQuestions {
		shown = shown[:topQuestions]
	}
	p.heading("Not known", "what the answers would change most")
	if rest := p.v.Unweighed(p.o); rest != "" {
		p.wrapIn(dim, "  ", rest)
	}
	for i := range shown {
		p.wrap("  ? ", p.v.GroupText(&shown[i]))
		if change := report.GroupChange(&shown[i]); change != "" {
			p.wrapIn(dim, "    ", change)
		}
	}
	p.more(len(all)-len(shown), "fermata ask")
}

func (p *printer) coverage() {
	c := p.r.Coverage
	p.heading("What was read", "")
	p.wrap("  ", fmt.Sprintf("%s seen: %d read, %d without a trace of agents, %d passed over.",
		report.Plural(c.Files.Seen, "file", "files"), c.Files.Parsed, c.Files.Passed, p.v.Skipped()))
	for _, s := range c.Files.Skipped {
		example := ""
		if len(s.Paths) > 0 {
			example = ", such as " + s.Paths[0]
		}
		p.wrap("    ", fmt.Sprintf("%s: %s%s", report.Reason(s.Reason), report.Amount(s), example))
	}
	if heading, gaps := p.v.Gaps(p.o); len(gaps) > 0 {
		p.wrap("  ", heading+":")
		shown := gaps
		if !p.o.All && len(shown) > topGaps {
			shown = shown[:topGaps]
		}
		for _, g := range shown {
			p.wrap("    ", strings.Join(g.Places, ", ")+"  "+g.Text)
		}
		p.more(len(gaps)-len(shown), "--all shows them")
	}
	for _, line := range report.CodeLines(c.Code) {
		p.wrap("  ", line)
	}
	for i := range c.Unsupported {
		u := &c.Unsupported[i]
		p.wrap("  ", fmt.Sprintf("%s is used in %s and not modelled (%s)", u.Name, report.Plural(u.Files, "file", "files"), report.Place(u.Evidence)))
	}
	for _, d := range c.Declared {
		p.wrap("  ", d+" was written inside the tree: it is a claim (--no-declared ignores it)")
	}
	for i := range c.Evidence {
		p.wrap("  ", c.Evidence[i].File+": "+report.Ingested(&c.Evidence[i]))
	}
	p.diagnostics()
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
	p.heading("What to do next", "in the scanned folder")
	for _, s := range append(p.v.Next(p.o), report.Page) {
		if s.Short != "" && columns(s.Do)+2 > p.width {
			s.Do, s.Command = s.Short, false // fermata harden gives the command
		}
		if columns(s.Do) > 32 {
			if s.Command {
				p.line("  ", report.Plain(s.Do)) // it is copied whole, so it is not broken
			} else {
				p.wrap("  ", s.Do)
			}
			p.wrap("      ", s.Why)
			continue
		}
		p.wrap("  "+pad(report.Plain(s.Do), 34), s.Why)
	}
}

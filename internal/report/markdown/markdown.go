// Package markdown prints a result as Markdown with a Mermaid diagram, as code hosts and wikis show it.
//
// It tells what the text report tells, in the same order and words, and adds what a page can carry: a picture of the
// system by layer, tables of the findings, and what was assumed. Nothing from the scanned tree acts as markup: text is
// escaped character by character, and the labels of the diagram hold letters, digits and entities only.
//
// # What is left out
//
// The diagram draws at most 60 elements, those on the worst paths first. Lists are cut where a reader would stop, and
// say by how much; Options.All writes them whole.
package markdown

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"fermata/internal/report"
	"fermata/internal/result"
)

// Format is the Markdown report.
var Format = report.Format{
	Name: "markdown", Doc: "a page in Markdown with a Mermaid diagram", MediaType: "text/markdown", Extensions: []string{".md", ".markdown"}, Write: Write,
}

// How much the page shows; with Options.All everything is shown.
const (
	topPaths     = 8
	topFindings  = 25 // per layer
	topQuestions = 20
	topRows      = 20
	topNodes     = 60
)

// Write prints the page.
func Write(w io.Writer, r *result.Result, o report.Options) error {
	p := &page{v: report.NewView(r), r: r, o: o}
	p.top = p.v.TopPaths(o, topPaths)
	p.summary()
	p.system()
	p.paths()
	p.risk()
	p.blast()
	p.chokes()
	p.findings()
	p.questions()
	p.assumed()
	p.coverage()
	p.next()
	p.line("")
	p.line("---")
	p.line("Made by %s %s from %s.", esc(r.Tool.Name), esc(r.Tool.Version), report.Plural(r.Tool.Rules, "rule", "rules"))
	_, err := io.WriteString(w, p.b.String())
	return err
}

type page struct {
	b   strings.Builder
	v   *report.View
	r   *result.Result
	o   report.Options
	top []*result.Path
}

func esc(text string) string { return report.Markdown(text) }

func (p *page) line(format string, args ...any) {
	fmt.Fprintf(&p.b, format, args...)
	p.b.WriteByte('\n')
}

func (p *page) heading(text string) {
	p.line("")
	p.line("## %s", text)
	p.line("")
}

// most is how much of a list of n is shown.
func (p *page) most(n, top int) int {
	if p.o.All {
		return n
	}
	return min(n, top)
}

func (p *page) more(n int, how string) {
	if n > 0 {
		p.line("")
		p.line("*and %d more: %s*", n, how)
	}
}

func (p *page) summary() {
	p.line("# Threat model of %s", esc(p.r.System.Name))
	p.line("")
	unmodelled := p.v.NotModelled()
	inventory := p.v.Inventory(p.o)
	if len(inventory) == 0 {
		if unmodelled != "" {
			p.line("%s", esc(unmodelled))
		}
		p.line("No agents, tools or other parts of an agent system were recognised. That is no clean bill: see [what was read](#what-was-read).")
		return
	}
	p.line("%s.", report.Sentence(inventory))
	p.line("%s; %s.", esc(p.v.Read(p.o)), esc(p.v.Entries()))
	if left := report.LeftOut(p.v.Left(p.o)); left != "" {
		p.line("%s.", report.Capital(left))
	}
	if unmodelled != "" {
		p.line("%s", esc(unmodelled))
	}
	if unseen := p.v.UnseenTools(p.o); unseen != "" {
		p.line("")
		p.line("%s", esc(unseen))
	}
	count := p.v.Count(p.o)
	var live []string
	for _, s := range result.Severities {
		if n := count[s]; n > 0 {
			live = append(live, fmt.Sprintf("**%d %s**", n, s))
		}
	}
	p.line("")
	if len(live) > 0 {
		sharing := ""
		if n := p.v.Sharing(p.o); n > 0 {
			sharing = fmt.Sprintf("; %d more share their causes", n)
		}
		p.line("Live findings: %s%s.", strings.Join(live, ", "), sharing)
	} else if p.v.Harmless(p.o) > 0 {
		p.line("No finding is live that leads to a loss.")
	} else {
		p.line("No finding is live.")
	}
	if text := p.v.Grave(p.o); text != "" {
		p.line("")
		p.line("%s", text)
	}
	if p.r.Tool.Failed > 0 {
		p.line("")
		p.line("> **Incomplete:** %s of the analysis failed; see [what was read](#what-was-read).", report.Plural(p.r.Tool.Failed, "part", "parts"))
	}
}

func (p *page) paths() {
	p.heading("Worst paths")
	total := p.v.PathCount(p.o)
	switch {
	case len(p.r.Paths) == 0:
		p.line("%s", strings.TrimSpace("No way from any source of harm to a loss was found. "+p.v.NoCleanBill(p.o)))
	case total == 0:
		p.line("None here: %s.", report.LeftOut(result.Left{Paths: len(p.r.Paths), Scopes: p.v.Left(p.o).Scopes}))
	default:
		p.line("%s", strings.TrimSpace(fmt.Sprintf("%d of %d. %s", len(p.top), total, p.v.Untold(p.o, len(p.top)))))
	}
	likewise := p.v.Likewise(p.o, p.top)
	for i, path := range p.top {
		p.path(i+1, path)
		if others := likewise[path]; others != "" {
			p.line("")
			p.line("Likewise %s.", esc(others))
		}
	}
}

func (p *page) path(n int, path *result.Path) {
	p.line("")
	p.line("### %d. %s: %s", n, esc(report.Capital(path.Severity)), esc(p.v.PathTitle(path)))
	p.line("")
	if capped := p.v.Capped(path); capped != "" {
		p.line("%s", esc(capped))
	}
	p.line("%s per attempt, across %s.", report.Capital(report.PathChance(path)), esc(strings.Join(path.Layers, " → ")))
	for _, s := range path.Start {
		p.line("Start: %s — %s.", esc(p.v.Power(s.Power)), esc(s.Reason))
	}
	p.line("")
	step := 0
	for _, h := range path.Steps {
		f := p.v.Step(&h)
		if f == nil {
			continue
		}
		step++
		technique := ""
		if h.Atlas != "" {
			technique = " (" + esc(h.Atlas) + ")"
		}
		p.line("%d. **%s** %s%s  ", step, esc(h.Layer), esc(p.v.Text(f)+report.Lived(f)), technique)
		indent := strings.Repeat(" ", len(fmt.Sprint(step))+2)
		if len(h.Gains) == 0 {
			p.line("%s%s", indent, p.place(f))
			continue
		}
		var gains []string
		for _, g := range h.Gains {
			gains = append(gains, p.v.Power(g))
		}
		p.line("%s%s  ", indent, p.place(f))
		p.line("%sthen %s", indent, esc(strings.Join(gains, "; ")))
	}
	blocks, weakens := report.Ends(path)
	for _, row := range []struct {
		name string
		list []result.Break
	}{{"Stopped by", blocks}, {"Weakened by", weakens}} {
		if len(row.list) == 0 {
			continue
		}
		p.line("")
		p.line("%s %s.", row.name, p.v.Controls(row.list, p.most(len(row.list), 5), func(name string) string { return "**" + esc(name) + "**" }, esc))
	}
}

// place is where a finding is seen, as code, with the line that stands there.
func (p *page) place(f *result.Finding) string {
	ev, ok := report.Where(f.Evidence)
	if !ok {
		for _, a := range f.Evidence {
			return "assumed: " + esc(a.Excerpt)
		}
		return "assumed"
	}
	words := report.MarkdownCode(report.Place(ev))
	if ev.Excerpt != "" {
		words += " — " + report.MarkdownCode(clip(ev.Excerpt))
	}
	return words
}

// clip cuts a line of code to what a page shows on one line.
func clip(text string) string {
	const most = 120
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most]) + "…"
}

func (p *page) blast() {
	rows := p.v.Falls(p.o)
	if len(rows) == 0 {
		return
	}
	p.heading("If one falls")
	p.line("| If this falls | elements fall with it | in steps | losses | on layers |")
	p.line("|---|--:|--:|--:|---|")
	shown := rows[:p.most(len(rows), topRows)]
	for _, b := range shown {
		var layers []string
		for id, n := range b.ByLayer {
			layers = append(layers, fmt.Sprintf("%s: %d", id, n))
		}
		sort.Strings(layers)
		p.line("| %s (%s) | %d | %d | %d | %s |", esc(p.v.Name(b.Element)), esc(string(p.v.Element(b.Element).Kind)), len(b.Elements), b.Depth, len(b.Assets), esc(strings.Join(layers, ", ")))
	}
	p.more(len(rows)-len(shown), "`fermata blast`")
}

// chokes lists what alone ends every way to a loss: controls that can be put in place, else findings that would have to
// go.
func (p *page) chokes() {
	list := p.v.Endings(p.o)
	if len(list) == 0 {
		return
	}
	p.heading("What alone ends most")
	p.line("| Every way to | stopped by any one of |")
	p.line("|---|---|")
	shown := list[:p.most(len(list), topRows)]
	for i := range shown {
		e := &shown[i]
		goals := p.some(len(e.Goals), 4, "; ", func(i int) string { return esc(p.v.Asset(e.Goals[i])) })
		changes := p.some(len(e.Controls), 5, "; ", func(i int) string {
			return fmt.Sprintf("**%s** on %s", esc(e.Controls[i].Control), esc(p.v.Name(e.Controls[i].On)))
		})
		if len(e.Controls) == 0 {
			changes = "if it were not so that " + p.some(len(e.Findings), 3, "; or ", func(i int) string {
				if f := p.v.Finding(e.Findings[i].Finding); f != nil {
					return esc(p.v.Text(f))
				}
				return esc(e.Findings[i].Finding)
			})
		}
		p.line("| %s | %s |", goals, changes)
	}
	p.more(len(list)-len(shown), "`--all` shows them")
}

// some joins the first of n words and counts the rest.
func (p *page) some(n, top int, between string, word func(i int) string) string {
	var words []string
	for i := range p.most(n, top) {
		words = append(words, word(i))
	}
	if rest := n - len(words); rest > 0 {
		words = append(words, fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(words, between)
}

func (p *page) findings() {
	p.heading("Findings by layer")
	quiet, none := 0, true
	for _, l := range p.v.Layers() {
		var rows []*result.Finding
		sharing := 0
		for _, g := range p.v.Groups(l.ID, p.o) {
			if p.o.All || g.Status == result.Live || g.Status == result.Condition || g.Status == result.Accepted {
				rows = append(rows, g.Findings...)
				sharing += g.Sharing
			} else {
				quiet += len(g.Findings) + g.Sharing
			}
		}
		if len(rows) == 0 {
			continue
		}
		none = false
		p.line("### %s %s", esc(l.ID), esc(l.Name))
		p.line("")
		p.line("| Severity | Finding | Where | Rule |")
		p.line("|---|---|---|---|")
		shown := rows[:p.most(len(rows), topFindings)]
		for _, f := range shown {
			p.finding(f)
		}
		p.more(len(rows)-len(shown), "`--all` shows them")
		if sharing > 0 {
			p.line("")
			p.line("%s with these: `--all` shows them.", report.Plural(sharing, "more finding shares its cause", "more findings share their causes"))
		}
		p.line("")
	}
	if n := p.v.Harmless(p.o); n > 0 && !p.o.All {
		none = false
		p.line("%s to no loss that is known: `--all` shows them.", report.Plural(n, "live finding leads", "live findings lead"))
		p.line("")
	}
	switch {
	case quiet > 0:
		p.line("%s blocked or out of reach: `--all` shows them.", report.Plural(quiet, "finding is", "findings are"))
	case none:
		p.line("None.")
	}
}

func (p *page) finding(f *result.Finding) {
	severity := esc(f.Severity)
	if f.Severity == "critical" || f.Severity == "high" {
		severity = "**" + severity + "**"
	}
	message := esc(p.v.Text(f))
	if f.Status != result.Live {
		message = "*" + esc(string(f.Status)) + "* " + message
		if f.Why != "" {
			message += " — " + esc(f.Why)
		}
	}
	where := "assumed"
	if ev, ok := report.Where(f.Evidence); ok {
		where = report.MarkdownCode(report.Place(ev))
	}
	for i := range f.Scores {
		message += "; " + esc(f.Scores[i].Label()+" "+f.Scores[i].Value())
	}
	p.line("| %s | %s | %s | %s |", severity, message, where, report.MarkdownCode(f.Rule))
}

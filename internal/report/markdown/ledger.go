package markdown

import (
	"fmt"
	"strings"

	"fermata/internal/report"
)

func (p *page) questions() {
	all := p.v.QuestionGroups(p.o)
	if len(all) == 0 {
		return
	}
	p.heading("Not known")
	p.line("What the answers would change most:")
	p.line("")
	shown := all[:p.most(len(all), topQuestions)]
	for i := range shown {
		words := "- " + esc(p.v.GroupLine(&shown[i]))
		if change := report.GroupChange(&shown[i]); change != "" {
			words += " — " + esc(change)
		}
		p.line("%s", words)
	}
	p.more(len(all)-len(shown), "`fermata ask`")
}

func (p *page) assumed() {
	list := p.v.Assumptions()
	if len(list) == 0 {
		return
	}
	p.heading("What was assumed")
	shown := list[:p.most(len(list), topRows)]
	for _, a := range shown {
		words := "- " + esc(a.What)
		if a.Why != "" {
			words += " — " + esc(a.Why)
		}
		p.line("%s", words)
	}
	p.more(len(list)-len(shown), "`--all` shows them")
}

func (p *page) coverage() {
	p.heading("What was read")
	c := &p.r.Coverage
	p.line("%s seen: %d read, %d without a trace of agents, %d passed over.", report.Plural(c.Files.Seen, "file", "files"), c.Files.Parsed, c.Files.Passed, p.v.Skipped())
	p.line("")
	for _, s := range c.Files.Skipped {
		example := ""
		if len(s.Paths) > 0 {
			example = ", such as " + report.MarkdownCode(s.Paths[0])
		}
		p.line("- %s: %s%s", esc(report.Reason(s.Reason)), report.Amount(s), example)
	}
	for _, line := range report.CodeLines(c.Code) {
		p.line("- %s", esc(line))
	}
	for i := range c.Unsupported {
		u := &c.Unsupported[i]
		p.line("- %s is used in %s and not modelled (%s)", esc(u.Name), report.Plural(u.Files, "file", "files"), report.MarkdownCode(report.Place(u.Evidence)))
	}
	for _, d := range c.Declared {
		p.line("- %s was written inside the tree: it is a claim", report.MarkdownCode(d))
	}
	for i := range c.Evidence {
		p.line("- %s: %s", report.MarkdownCode(c.Evidence[i].File), report.Ingested(&c.Evidence[i]))
	}
	if heading, gaps := p.v.Gaps(p.o); len(gaps) > 0 {
		p.line("")
		p.line("%s:", esc(heading))
		p.line("")
		shown := gaps[:p.most(len(gaps), topRows)]
		for _, g := range shown {
			p.line("- %s %s", report.MarkdownCode(strings.Join(g.Places, ", ")), esc(g.Text))
		}
		p.more(len(gaps)-len(shown), "`--all` shows them")
	}
	p.diagnostics()
}

func (p *page) diagnostics() {
	n := len(p.r.Diagnostics)
	if n == 0 {
		return
	}
	p.line("")
	p.line("%s with the input:", report.Plural(n, "trouble", "troubles"))
	p.line("")
	shown := p.r.Diagnostics[:p.most(n, topRows)]
	for _, d := range shown {
		where := d.File
		if where != "" && d.Line > 0 {
			where += fmt.Sprintf(":%d:%d", d.Line, d.Col)
		}
		words := fmt.Sprintf("- **%s** %s %s", esc(d.Severity), report.MarkdownCode(where), esc(d.Message))
		if d.Hint != "" {
			words += " (" + esc(d.Hint) + ")"
		}
		p.line("%s", words)
	}
	p.more(n-len(shown), "`--all` shows them")
}

func (p *page) next() {
	p.heading("What to do next")
	for _, s := range p.v.Next(p.o) {
		do := "**" + esc(s.Do) + "**"
		if s.Command {
			do = report.MarkdownCode(s.Do)
		}
		p.line("- %s — %s", do, esc(s.Why))
	}
}

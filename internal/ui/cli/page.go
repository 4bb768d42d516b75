package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"fermata/internal/pipeline"
	"fermata/internal/report"
)

// page prints the answers of small commands: wrapped, and in colour where it is shown.
type page struct {
	w      io.Writer
	width  int
	colour bool
}

func (a *app) page() *page {
	width, colour := a.screen()
	return &page{a.out, min(max(width, 40), 120), colour}
}

func (p *page) line(format string, args ...any) {
	fmt.Fprintln(p.w, strings.TrimRight(report.Plain(fmt.Sprintf(format, args...)), " "))
}

// bold is the only mark that small commands use.
func (p *page) bold(text string) string {
	text = report.Plain(text)
	if !p.colour {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

func (p *page) title(id, title string) {
	fmt.Fprintln(p.w, p.bold(title))
	if id != title {
		p.line("%s", id)
	}
}

func (p *page) head(text string) { fmt.Fprintln(p.w, p.bold(text)) }

// wrap prints a paragraph with a lead before its first line and blanks before the others.
func (p *page) wrap(lead, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(lead))
	room := max(p.width-len(indent), 20)
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		current := ""
		for _, word := range strings.Fields(report.Plain(paragraph)) {
			if current != "" && utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) > room {
				fmt.Fprintln(p.w, lead+current)
				lead, current = indent, ""
			}
			if current != "" {
				current += " "
			}
			current += word
		}
		if current != "" {
			fmt.Fprintln(p.w, lead+current)
			lead = indent
		}
	}
}

// code prints listings as they are: a line that is longer than the screen stays whole, so that it can be copied.
func (p *page) code(list []pipeline.Listing) {
	for i, l := range list {
		if i > 0 {
			p.line("")
		}
		p.wrap("  - ", l.Head)
		p.line("")
		for _, line := range l.Lines {
			p.line("    %s", line)
		}
	}
}

package text

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"fermata/internal/model"
	"fermata/internal/report"
	"fermata/internal/result"
)

// printer writes lines of a page. What comes from the result passes report.Plain in every method that takes text, so a
// section cannot forget it; only leads, which the sections make themselves, may hold colour.
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

// style makes a text safe and gives it a colour.
func (p *printer) style(s lipgloss.Style, text string) string {
	text = report.Plain(text)
	if !p.o.Colour {
		return text
	}
	return s.Render(text)
}

func (p *printer) bold(text string) string { return p.style(bold, text) }
func (p *printer) dim(text string) string  { return p.style(dim, text) }

func (p *printer) severity(name string) string { return p.style(colour[name], name) }

// pad fills a text that may hold colour up to a width.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(width-lipgloss.Width(text), 0))
}

// line prints a line that the caller has made safe and short enough.
func (p *printer) line(parts ...string) {
	p.b.WriteString(strings.TrimRight(strings.Join(parts, ""), " "))
	p.b.WriteByte('\n')
}

func (p *printer) heading(text, aside string) {
	p.line()
	if aside != "" {
		aside = "  " + p.dim(aside)
	}
	p.line(p.bold(strings.ToUpper(text)), aside)
}

// plain is the style of running text.
var plain = lipgloss.NewStyle()

// wrap prints a paragraph: the first line after lead, the others after as many blanks.
func (p *printer) wrap(lead, text string) { p.wrapIn(plain, lead, text) }

// wrapIn prints a paragraph in a style, line by line so that indents stay bare.
func (p *printer) wrapIn(s lipgloss.Style, lead, text string) {
	indent := lipgloss.Width(lead)
	for i, l := range split(report.Plain(text), max(p.width-indent, 20)) {
		if i > 0 {
			lead = strings.Repeat(" ", indent)
		}
		p.line(lead, p.style(s, l))
	}
}

// split breaks a text into lines of at most room columns, at blanks where there are any.
func split(text string, room int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
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
	return append(lines, line)
}

// cutAt is how many bytes of s fit into room columns, at least one character.
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

// clip cuts a text to room columns, with an ellipsis for its end.
func clip(s string, room int) string {
	s = report.Plain(s)
	if lipgloss.Width(s) <= room {
		return s
	}
	if room < 2 {
		return ""
	}
	return s[:cutAt(s, room-1)] + "…"
}

// clipFront cuts a text to room columns, with an ellipsis for its beginning: the end of a path says most.
func clipFront(s string, room int) string {
	s = report.Plain(s)
	if lipgloss.Width(s) <= room {
		return s
	}
	runes := []rune(s)
	width := 1
	for i := len(runes) - 1; i >= 0; i-- {
		width += lipgloss.Width(string(runes[i]))
		if width > room {
			return "…" + string(runes[i+1:])
		}
	}
	return s
}

// clipPath keeps as many of the last folders of a path as fit into room columns, and of a long file name its end.
func clipPath(s string, room, most int) string {
	s = report.Plain(s)
	if lipgloss.Width(s) <= room {
		return s
	}
	for rest := s; ; {
		_, after, found := strings.Cut(rest, "/")
		if !found {
			return clipFront(s, min(lipgloss.Width(rest)+2, most))
		}
		if lipgloss.Width(after)+2 <= room {
			return "…/" + after
		}
		rest = after
	}
}

// place prints where something is seen: a line of code, or what was assumed.
func (p *printer) place(lead string, list []model.Evidence) {
	room := p.width - lipgloss.Width(lead)
	ev, ok := report.Where(list)
	if !ok {
		if len(list) > 0 {
			p.line(lead, p.dim(clip("assumed: "+list[0].Excerpt, room)))
		}
		return
	}
	where := clipFront(report.Place(ev), room)
	if left := room - lipgloss.Width(where) - 2; ev.Excerpt != "" && left > 10 {
		where += "  " + clip(ev.Excerpt, left)
	}
	p.line(lead, p.dim(where))
}

// step prints a hop's message with the rail of the path down its left side.
func (p *printer) step(lead, rail, message string) {
	indent := lipgloss.Width(lead)
	for i, l := range split(report.Plain(message), max(p.width-indent, 20)) {
		if i > 0 {
			lead = pad(rail, indent)
		}
		p.line(lead, l)
	}
}

func (p *printer) more(n int, how string) {
	if n > 0 {
		p.line("  ", p.dim(fmt.Sprintf("and %d more: %s", n, how)))
	}
}

// columns is the width of a text on a terminal.
func columns(text string) int { return lipgloss.Width(report.Plain(text)) }

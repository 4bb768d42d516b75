package html

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"

	"fermata/internal/model"
	"fermata/internal/report"
	"fermata/internal/result"
)

// draw writes the diagram as SVG. It has classes and no colours, so the page's style sheet makes it light or dark.
// hops numbers the flows of the worst path.
func draw(d report.Diagram, v *report.View, hops map[string]int) template.HTML {
	l := arrange(d)
	s := &canvas{}
	s.add(`<svg class="system" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="system-title system-desc">`, pageWidth, l.height, pageWidth, l.height)
	s.add(`<title id="system-title">The system by layer</title><desc id="system-desc">%s</desc>`, describe(d))
	s.add(`<defs>`)
	for _, name := range append([]string{"plain"}, result.Severities...) {
		size := "6.5"
		if name != "plain" {
			size = "4.5" // in widths of the line, which is thicker on a path
		}
		s.add(`<marker id="arrow-%s" class="arrow %s" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="%s" markerHeight="%s" orient="auto-start-reverse"><path d="M0 0.6L7.4 4L0 7.4z"/></marker>`, name, name, size, size)
	}
	s.add(`</defs>`)
	for i, b := range l.bands {
		s.band(b, i)
	}
	for _, hot := range []bool{false, true} { // what is on a path lies on top
		for _, w := range l.wires {
			if (w.edge.Severity != "") == hot {
				s.wire(l, w, v)
			}
		}
	}
	for _, r := range l.rows {
		for _, b := range r.boxes {
			s.box(b, r.y)
		}
	}
	for _, w := range l.wires {
		if w.edge.Severity != "" {
			s.label(l, w, hops)
		}
	}
	s.add(`</svg>`)
	return template.HTML(s.b.String())
}

type canvas struct {
	b      strings.Builder
	labels []placed
}

// placed is a label that others must not cover.
type placed struct{ x, y, half int }

// add writes one element. Strings are escaped; numbers stand as they are.
func (s *canvas) add(format string, args ...any) {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = html.EscapeString(text)
		}
	}
	fmt.Fprintf(&s.b, format, args...)
}

func describe(d report.Diagram) string {
	var parts []string
	for _, lane := range d.Lanes {
		if n := len(lane.Nodes); n > 0 {
			parts = append(parts, lane.Layer.ID+" "+lane.Layer.Name+": "+report.Plural(n, "element", "elements"))
		}
	}
	return strings.Join(parts, "; ") + "; " + report.Plural(len(d.Edges), "connection", "connections") + "."
}

func (s *canvas) band(b band, i int) {
	shade := "band"
	if i%2 == 1 {
		shade = "band odd"
	}
	s.add(`<g><rect class="%s" x="0" y="%d" width="%d" height="%d"/>`, shade, b.y, pageWidth, b.high)
	if len(b.lane.Nodes) == 0 {
		why := "nothing seen"
		if b.lane.More > 0 {
			why = report.Plural(b.lane.More, "element", "elements") + " not drawn"
		}
		s.add(`<text class="lane none" x="14" y="%d"><tspan class="id">%s</tspan> %s: %s</text></g>`, b.y+17, clip(b.lane.Layer.ID, 6), clip(b.lane.Layer.Name, 60), why)
		return
	}
	s.add(`<text class="lane" x="14" y="%d"><tspan class="id">%s</tspan>`, b.y+lanePad+12, clip(b.lane.Layer.ID, 6))
	for k, line := range twoLines(b.lane.Layer.Name, 15) {
		s.add(`<tspan x="14" dy="%d">%s</tspan>`, 17-2*k, line)
	}
	s.add(`</text></g>`)
}

func (s *canvas) box(b *box, y int) {
	e := b.node.Element
	class := "node " + family(e.Kind)
	if e.Origin == model.Assumed {
		class += " assumed"
	}
	if b.node.Severity != "" {
		class += " on " + word(b.node.Severity)
	}
	radius := 5
	if e.Kind == model.Agent || e.Kind == model.Orchestrator {
		radius = nodeHeight / 2
	}
	s.add(`<g class="%s"><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="%d"/>`, class, e.Name+" ("+string(e.Kind)+", "+string(e.Origin)+")\n"+e.ID, b.x-nodeWidth/2, y, nodeWidth, nodeHeight, radius)
	room := nodeWidth - 10
	if radius > 5 {
		room -= 8 // the corners are round
	}
	lines := nameLines(e.Name, room)
	at := y + 28 - 7*len(lines)
	for k, line := range lines {
		s.add(`<text x="%d" y="%d">%s</text>`, b.x, at+14*k, line)
	}
	// Where others go by its name, its file says more than the kind, which the shape tells as well.
	kind := fit(string(e.Kind), room)
	if b.node.Where != "" {
		kind = fitEnd(b.node.Where, room*6/5) // the letters of this line are smaller
	}
	s.add(`<text class="kind" x="%d" y="%d">%s</text></g>`, b.x, at+14*len(lines), kind)
}

// nameLines breaks a name into two lines where one cannot hold it: at a blank or behind a sign that joins words, or between a small letter and a
// capital, as late as the first line has room for; else where the room ends. What the second line cannot hold is cut.
func nameLines(name string, room int) []string {
	name = report.Plain(name)
	if width(name) <= room {
		return []string{name}
	}
	runes := []rune(name)
	end, broken := 0, 0
	for i := 1; i <= len(runes) && width(string(runes[:i])) <= room; i++ {
		end = i
		if i < len(runes) && (runes[i] == ' ' || strings.ContainsRune("_-./:@ ", runes[i-1]) || unicode.IsLower(runes[i-1]) && unicode.IsUpper(runes[i])) {
			broken = i
		}
	}
	if 3*broken < end { // so early that hardly anything stands before it
		broken = end
	}
	broken = max(broken, 1)
	return []string{strings.TrimSpace(string(runes[:broken])), fit(strings.TrimSpace(string(runes[broken:])), room)}
}

// family is what kinds look alike.
func family(kind model.Kind) string {
	switch kind {
	case model.Agent, model.Orchestrator:
		return "agent"
	case model.Human, model.External:
		return "outside"
	case model.Prompt, model.Memory, model.Knowledge, model.Datastore:
		return "store"
	}
	return "part"
}

func (s *canvas) wire(l *layout, w *wire, v *report.View) {
	class, arrow := "wire", "plain"
	if w.edge.Crosses {
		class += " crosses"
	}
	if w.edge.Severity != "" {
		class, arrow = class+" on "+word(w.edge.Severity), word(w.edge.Severity)
	}
	end := "marker-end"
	if !w.forward {
		end = "marker-start"
	}
	s.add(`<g class="%s"><title>%s</title><path d="%s" %s="url(#arrow-%s)"/></g>`, class, title(w.edge, v), w.path(l), end, arrow)
}

func title(e report.Edge, v *report.View) string {
	text := v.Name(e.From) + " → " + v.Name(e.To) + ":"
	for _, id := range e.Flows {
		if f := v.Flow(id); f != nil {
			text += " " + string(f.Kind)
		}
	}
	return text
}

// path leads a wire down from box to box, upright where it passes a row; within a row it is an arc above it.
func (w *wire) path(l *layout) string {
	var b strings.Builder
	if w.a.row == w.b.row {
		y := l.rows[w.a.row].y
		fmt.Fprintf(&b, "M%d %dC%d %d %d %d %d %d", w.ax, y, w.ax, y-w.rise(), w.bx, y-w.rise(), w.bx, y)
		return b.String()
	}
	x, y := w.ax, l.rows[w.a.row].y+nodeHeight
	fmt.Fprintf(&b, "M%d %d", x, y)
	to := func(nx, ny int) {
		bend := (ny - y) / 2
		fmt.Fprintf(&b, "C%d %d %d %d %d %d", x, y+bend, nx, ny-bend, nx, ny)
		x, y = nx, ny
	}
	for r := w.a.row + 1; r < w.b.row; r++ {
		to(w.through[r], l.rows[r].y)
		y = l.rows[r].y + nodeHeight
		fmt.Fprintf(&b, "L%d %d", x, y)
	}
	to(w.bx, l.rows[w.b.row].y)
	return b.String()
}

// label numbers a wire of the worst path by its hop and names what moves, below any label that is in its way.
func (s *canvas) label(l *layout, w *wire, hops map[string]int) {
	number := 0
	for _, id := range w.edge.Flows {
		if n := hops[id]; n > 0 && (number == 0 || n < number) {
			number = n
		}
	}
	if number == 0 {
		return
	}
	text := fmt.Sprintf("%d %s", number, clip(w.edge.Label, 24))
	x, y := (w.ax+w.bx)/2, 0
	if w.a.row == w.b.row {
		y = l.rows[w.a.row].y - w.rise()*3/4
	} else { // in the bend before the last box, where it belongs to one wire
		from := w.ax
		if at, ok := w.through[w.b.row-1]; ok {
			from = at
		}
		x = (from + w.bx) / 2
		y = l.rows[w.b.row].y - (l.rows[w.b.row].y-l.rows[w.b.row-1].y-nodeHeight)/2 + 4
	}
	half := width(text)/2 + 4
	for moved := true; moved; {
		moved = false
		for _, p := range s.labels {
			if abs(p.y-y) < 16 && abs(p.x-x) < p.half+half {
				y, moved = p.y+16, true
			}
		}
	}
	s.labels = append(s.labels, placed{x, y, half})
	// A ground of its own, so that no line runs through it.
	s.add(`<rect class="tag" x="%d" y="%d" width="%d" height="15" rx="3"/><text class="flow %s" x="%d" y="%d">%s</text>`, x-half, y-11, 2*half, word(w.edge.Severity), x, y, text)
}

// rise is how high a wire within a row arcs above it.
func (w *wire) rise() int { return min(14+(w.bx-w.ax)/24, 32) }

// width is about how wide a text is drawn, in pixels at the size of names. Fonts differ, so it errs on the wide side.
func width(text string) int {
	tenths := 0
	for _, r := range text {
		switch {
		case r >= 0x1100: // wide scripts
			tenths += 125
		case strings.ContainsRune("iljtfI.,:;|'! ", r):
			tenths += 40
		case unicode.IsUpper(r), strings.ContainsRune("mw@%&…", r):
			tenths += 90
		default:
			tenths += 70
		}
	}
	return tenths / 10
}

// fit cuts a text to a width, the last character an ellipsis.
func fit(text string, most int) string {
	text = report.Plain(text)
	if width(text) <= most {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && width(string(runes)+"…") > most {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + "…"
}

// fitEnd cuts a text at its beginning: files are told apart by how they end.
func fitEnd(text string, most int) string {
	text = report.Plain(text)
	if width(text) <= most {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && width("…"+string(runes)) > most {
		runes = runes[1:]
	}
	return "…" + string(runes)
}

// clip cuts a text to most characters, the last an ellipsis.
func clip(text string, most int) string {
	text = report.Plain(text)
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return strings.TrimRight(string([]rune(text)[:most-1]), " ") + "…"
}

// twoLines breaks a name at a blank so that it fits beside the lane.
func twoLines(text string, most int) []string {
	words := strings.Fields(report.Plain(text))
	lines := []string{""}
	for _, w := range words {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = w
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(w) <= most:
			*last += " " + w
		default:
			lines = append(lines, w)
		}
	}
	for i := range lines {
		lines[i] = clip(lines[i], most+2)
	}
	return lines[:min(len(lines), 2)]
}

// word is a severity as the name of a class: one of the known ones, so that no text from a result enters a name.
func word(severity string) string {
	for _, s := range result.Severities {
		if s == severity {
			return s
		}
	}
	return "info"
}

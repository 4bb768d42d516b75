package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"fermata/internal/model"
	"fermata/internal/result"
)

// DiffFormats are the formats of a comparison, the default first.
var DiffFormats = []string{"text", "json", "md"}

// WriteDiff prints a comparison of two systems. Text and Markdown say what became live, what changed, what died, the
// worst first, and count what is as it was; JSON is the document.
func WriteDiff(w io.Writer, d *result.Diff, format string, o Options) error {
	switch format {
	case "json":
		document, err := json.MarshalIndent(d, "", "  ")
		if err != nil {
			return err
		}
		_, err = w.Write(append(EscapeJSON(document), '\n'))
		return err
	case "md":
		return diffTo(w, &markdownDiff{}, d, o)
	case "text":
		width := o.Width
		if width <= 0 {
			width = 100
		}
		return diffTo(w, &textDiff{width: min(max(width, 40), 120), colour: o.Colour}, d, o)
	}
	return fmt.Errorf("diff: no format %q", format)
}

// diffPage is what a comparison is printed on.
type diffPage interface {
	head(title, aside string)
	group(severity, title, aside string) // a threat, with those of its kind
	line(mark, text, aside string)       // a change, a message
	hop(mark, text string)               // of a path
	note(text string)
	String() string
}

// What a list shows of many; the rest is counted.
const (
	mostThreats  = 8 // groups of threats that became live
	mostMessages = 3 // of one group
	mostChanges  = 10
	mostHops     = 9
	mostBecause  = 3
)

var howMarks = map[model.How]string{model.Added: "+", model.Removed: "-", model.Changed: "~"}

// diffWalk prints a comparison on a page.
type diffWalk struct {
	p      diffPage
	d      *result.Diff
	o      Options
	scopes *result.Scopes
	said   map[string]bool // paths
	text   map[result.ChangeRef]*result.DiffChange
	aside  int // threats and changes in parts of the tree that are not shown
	minor  int // changes that follow from others
	slight int // findings that lead to no loss
	cut    bool
}

func diffTo(w io.Writer, p diffPage, d *result.Diff, o Options) error {
	x := &diffWalk{p: p, d: d, o: o, scopes: d.Scopes(o.Scopes), said: map[string]bool{}, text: map[result.ChangeRef]*result.DiffChange{}}
	for i := range d.Topics {
		for j := range d.Topics[i].Changes {
			c := &d.Topics[i].Changes[j]
			if ref := (result.ChangeRef{Part: c.Part, ID: c.ID}); x.text[ref] == nil || x.text[ref].Follows || wordsOnly(x.text[ref]) && !c.Follows {
				x.text[ref] = c
			}
		}
	}
	x.print()
	_, err := io.WriteString(w, p.String())
	return err
}

// shown tells whether a part of the tree counts.
func (x *diffWalk) shown(scope string) bool { return x.scopes.Has(scope) }

// live counts the live threats of a side in the parts that count.
func (x *diffWalk) live(side *result.DiffSide, severity string) int {
	n := 0
	for _, part := range result.ScopeNames {
		if x.shown(part) {
			n += side.Threats[part][severity]
		}
	}
	return n
}

func (x *diffWalk) print() {
	d := x.d
	var counts []string
	for _, s := range result.Severities {
		if s == "info" {
			continue // they lead to no loss that is known: a scan counts them apart, too
		}
		if was, is := x.live(&d.Old, s), x.live(&d.New, s); was+is > 0 {
			counts = append(counts, arrow(was, is)+" "+s)
		}
	}
	if len(counts) == 0 {
		counts = []string{"none"}
	}
	name := d.New.Name
	if d.Old.Name != d.New.Name {
		name = d.Old.Name + " → " + d.New.Name
	}
	x.p.head(name, "")
	x.p.note(fmt.Sprintf("%s elements, %s flows; live findings, one for each cause: %s", arrow(d.Old.Elements, d.New.Elements), arrow(d.Old.Flows, d.New.Flows), strings.Join(counts, ", ")))
	if d.Empty() {
		x.p.note("nothing changed")
	} else {
		x.threats("became live", d.Live, mostThreats)
		x.threats("said of the change itself", d.Arose, mostThreats)
		x.threats("graver or milder than before", d.Shifted, mostThreats)
		x.changes()
		x.threats("no longer live", d.Died, mostThreats)
		x.threats("conditions", d.Conditions, mostThreats)
	}
	x.end()
}

func arrow(was, is int) string {
	if was == is {
		return fmt.Sprint(is)
	}
	return fmt.Sprintf("%d → %d", was, is)
}

// threats prints a list of threats, those of one rule and one outcome together. Findings of one condition are one threat:
// the worst is shown, and the others are counted.
func (x *diffWalk) threats(title string, list []result.ThreatChange, most int) {
	type group struct{ list []*result.ThreatChange }
	var groups []*group
	byKey := map[string]*group{}
	n, copies := 0, 0
	first := map[string]*result.ThreatChange{} // of a condition: the finding that it is named by, if that is among the worst
	for i := range list {
		c := &list[i]
		if head := first[c.Condition()]; x.shown(c.Scope) && (head == nil || head.Severity == c.Severity && c.Finding == c.Group) {
			first[c.Condition()] = c
		}
	}
	shown := map[string]bool{}
	for i := range list {
		c := &list[i]
		if !x.shown(c.Scope) {
			x.aside++
			continue
		}
		if c.Severity == "info" && (c.Before == "" || c.Before == "info") && !x.o.All {
			x.slight++
			continue
		}
		if !x.o.All {
			if shown[c.Condition()] {
				copies++
				continue
			}
			c = first[c.Condition()]
		}
		shown[c.Condition()] = true
		n++
		key := c.Rule + "\x00" + string(c.From) + "\x00" + string(c.To)
		if byKey[key] == nil {
			byKey[key] = &group{}
			groups = append(groups, byKey[key])
		}
		byKey[key].list = append(byKey[key].list, c)
	}
	if n == 0 {
		return
	}
	count := Plural(len(shown), "threat", "threats")
	if more := n + copies; more > len(shown) {
		count += ", " + Plural(more, "finding", "findings")
	}
	x.p.head(title, count)
	x.cut = x.cut || copies > 0
	for i, g := range groups {
		if i == most && !x.o.All {
			left := 0
			for _, rest := range groups[i:] {
				left += len(rest.list)
			}
			x.cut = true
			x.p.note(fmt.Sprintf("and %s of %s more", Plural(left, "threat", "threats"), Plural(len(groups)-i, "kind", "kinds")))
			break
		}
		first := g.list[0]
		x.p.group(first.Severity, first.Title, x.outcome(first))
		for j, c := range g.list {
			if j == mostMessages && !x.o.All {
				x.cut = true
				x.p.line("", fmt.Sprintf("and %d more of this kind", len(g.list)-j), "")
				break
			}
			words := c.Message
			if c.Before != "" {
				words += fmt.Sprintf(" (%s before)", c.Before)
			}
			x.p.line(outcomeMark(c), words, diffPlace(c.Evidence))
		}
		x.path(g.list)
		x.because(g.list)
	}
}

// outcomeMark says which way a threat went.
func outcomeMark(c *result.ThreatChange) string {
	switch {
	case c.Before != "":
		return "~"
	case c.To == result.Live || c.From == "":
		return "+"
	}
	return "-"
}

// outcome says what a threat was or is where it is not live.
func (x *diffWalk) outcome(c *result.ThreatChange) string {
	switch {
	case c.To == result.Accepted:
		return "accepted: " + strings.TrimPrefix(c.Why, "accepted: ")
	case c.From != "" && c.From != result.Live && c.To == result.Live:
		return fmt.Sprintf("was %s: %s", c.From, c.Why)
	case c.To != "" && c.To != result.Live && c.From == result.Live:
		return fmt.Sprintf("now %s: %s", c.To, c.Why)
	}
	return ""
}

// path prints the first path of a group that no group before had.
func (x *diffWalk) path(list []*result.ThreatChange) {
	for _, c := range list {
		p := c.Path
		if p == nil || x.said[p.ID] {
			continue
		}
		x.said[p.ID] = true
		x.p.hop("", fmt.Sprintf("%s to loss of %s (%s):", attackerWords(p.Attacker), p.Loss, p.Severity))
		steps := p.Steps
		if len(steps) > mostHops && !x.o.All { // what comes first and is as it was says least
			at := slices.IndexFunc(steps, func(s result.ChangedHop) bool { return s.How != "" })
			from := min(max(at-1, 0), len(steps)-mostHops)
			if from > 0 {
				x.p.hop("", fmt.Sprintf("… after %s as before", Plural(from, "step", "steps")))
			}
			steps = steps[from:]
		}
		for i, s := range steps {
			if i == mostHops && !x.o.All {
				x.p.hop("", fmt.Sprintf("… and %s", Plural(len(steps)-i, "step", "steps")))
				break
			}
			mark := howMarks[s.How]
			if mark == "" {
				mark = " "
			}
			x.p.hop(mark, s.Message)
		}
		return
	}
}

func attackerWords(id string) string { return (&View{}).Attacker(id) }

// wordsOnly tells whether a change is one of name or description, which brings a threat about least of what changed there.
func wordsOnly(c *result.DiffChange) bool {
	return c.How == model.Changed && !slices.ContainsFunc(c.Fields, func(f model.FieldChange) bool { return strings.Contains(f.Field, ".") })
}

// because prints the changes that a group rests on.
func (x *diffWalk) because(list []*result.ThreatChange) {
	var texts []string
	for _, c := range list {
		for _, ref := range c.Because {
			if change := x.text[ref]; change != nil && !change.Follows {
				text := howMarks[change.How] + " " + change.Text
				if change.Part == "element" && change.How != model.Changed { // what else it does is told once, below
					text, _, _ = strings.Cut(text, ": ")
				}
				if !slices.Contains(texts, text) {
					texts = append(texts, text)
				}
			}
		}
	}
	if len(texts) > mostBecause && !x.o.All {
		x.cut = true
		texts = append(texts[:mostBecause], fmt.Sprintf("%d more changes", len(texts)-mostBecause))
	}
	if len(texts) > 0 {
		x.p.hop("", "because: "+strings.Join(texts, "; "))
	}
}

func (x *diffWalk) changes() {
	if len(x.d.Renames)+len(x.d.Ambiguous) > 0 {
		x.renames()
	}
	for _, t := range x.d.Topics {
		var list []*result.DiffChange
		for i := range t.Changes {
			c := &t.Changes[i]
			switch {
			case !x.shown(c.Scope):
				x.aside++
			case c.Follows && !x.o.All:
				x.minor++
			default:
				list = append(list, c)
			}
		}
		if len(list) == 0 {
			continue
		}
		title := t.Topic
		for _, known := range result.DiffTopics {
			if known.ID == t.Topic {
				title = known.Title
			}
		}
		x.p.head(title, "")
		for i, c := range list {
			if i == mostChanges && !x.o.All {
				x.cut = true
				x.p.note(fmt.Sprintf("and %s more", Plural(len(list)-i, "change", "changes")))
				break
			}
			x.p.line(howMarks[c.How], c.Text, diffPlace(c.Evidence))
		}
	}
}

func (x *diffWalk) renames() {
	n := 0
	for _, r := range x.d.Renames {
		if !x.shown(r.Scope) {
			x.aside++
			continue
		}
		if n == 0 {
			x.p.head("moved or renamed", "the same thing under another id")
		}
		if n++; n > mostChanges && !x.o.All {
			continue
		}
		x.p.line("~", fmt.Sprintf("%s %s → %s, known by %s", r.Kind, r.Old, r.New, r.By), "")
	}
	if n > mostChanges && !x.o.All {
		x.cut = true
		x.p.note(fmt.Sprintf("and %d more", n-mostChanges))
	}
	if len(x.d.Ambiguous) == 0 {
		return
	}
	x.p.head("perhaps renamed", "which became which is not clear: listed as gone and new")
	for _, a := range x.d.Ambiguous {
		x.p.line("?", fmt.Sprintf("%s %s → %s share %s", a.Kind, strings.Join(a.Old, ", "), strings.Join(a.New, ", "), a.By), "")
	}
}

// end counts what was left out.
func (x *diffWalk) end() {
	u := x.d.Unchanged
	x.p.head("unchanged", "")
	x.p.note(fmt.Sprintf("%s, %s, %s; %s live as before, %s still blocked", Plural(u.Elements, "element", "elements"), Plural(u.Flows, "flow", "flows"),
		Plural(u.Controls, "control", "controls"), Plural(u.Live, "threat is", "threats are"), fmt.Sprint(u.Blocked)))
	if x.minor > 0 {
		x.p.note(Plural(x.minor, "change follows", "changes follow") + " from the others, or assumed on both sides (--all shows them)")
	} else if x.cut {
		x.p.note("--all shows what lists leave out")
	}
	if x.slight > 0 {
		x.p.note(Plural(x.slight, "finding that is new or gone leads", "findings that are new or gone lead") + " to no loss (--all shows them)")
	}
	if x.aside > 0 {
		x.p.note(Plural(x.aside, "finding or change is", "findings and changes are") + " in parts of the tree that do not count (--scope shows them)")
	}
	for _, said := range x.d.Diagnostics {
		where := said.File
		if where != "" {
			where += ": "
		}
		x.p.note("incomplete: " + where + said.Message)
	}
}

func diffPlace(list []model.Evidence) string {
	if at, ok := Where(list); ok {
		return Place(at)
	}
	return ""
}

// textDiff is a terminal.
type textDiff struct {
	b      strings.Builder
	width  int
	colour bool
}

var severityColours = map[string]string{"critical": "1;31", "high": "31", "medium": "33", "low": "36", "info": "2", "+": "31", "-": "32", "bold": "1", "dim": "2"}

func (t *textDiff) String() string { return t.b.String() }

func (t *textDiff) style(name, text string) string {
	if text = Plain(text); !t.colour || severityColours[name] == "" || text == "" {
		return text
	}
	return "\x1b[" + severityColours[name] + "m" + text + "\x1b[0m"
}

func (t *textDiff) head(title, aside string) {
	if t.b.Len() > 0 {
		t.b.WriteString("\n")
		title = strings.ToUpper(title)
	}
	t.b.WriteString(t.style("bold", title))
	if aside != "" {
		t.b.WriteString("  " + t.style("dim", aside))
	}
	t.b.WriteString("\n")
}

// wrap prints a text behind a lead of some columns, with the columns left blank on the lines that follow.
func (t *textDiff) wrap(lead string, columns int, text string) {
	room := max(t.width-columns, 20)
	line := ""
	flush := func() {
		t.b.WriteString(strings.TrimRight(lead+line, " ") + "\n")
		lead, line = strings.Repeat(" ", columns), ""
	}
	for _, word := range strings.Fields(Plain(text)) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > room {
			flush()
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		flush()
	}
}

func (t *textDiff) group(severity, title, aside string) {
	if aside != "" {
		title += " (" + aside + ")"
	}
	t.wrap("  "+t.style(severity, severity)+strings.Repeat(" ", max(9-len(severity), 1)), 11, title)
}

func (t *textDiff) line(mark, text, aside string) {
	if aside != "" {
		text += "  [" + aside + "]"
	}
	t.wrap("    "+t.style(mark, mark)+strings.Repeat(" ", 2-utf8.RuneCountInString(mark)), 6, text)
}

func (t *textDiff) hop(mark, text string) {
	lead, columns := "      ", 6
	if mark != "" {
		lead, columns = "        "+t.style(mark, mark)+" ", 10
	}
	t.wrap(lead, columns, text)
}

func (t *textDiff) note(text string) { t.wrap("  ", 2, text) }

// markdownDiff is a comment under a change.
type markdownDiff struct {
	b       strings.Builder
	grouped bool // lines stand under a threat
}

func (m *markdownDiff) String() string { return strings.Trim(m.b.String(), "\n") + "\n" }

func (m *markdownDiff) head(title, aside string) {
	level := "###"
	m.grouped = false
	if m.b.Len() == 0 {
		level = "##"
		title = "What changed in " + title
	}
	if aside != "" {
		aside = " (" + Markdown(aside) + ")"
	}
	fmt.Fprintf(&m.b, "\n%s %s%s\n\n", level, Markdown(strings.ToUpper(title[:1])+title[1:]), aside)
}

func (m *markdownDiff) group(severity, title, aside string) {
	if aside != "" {
		aside = " (" + Markdown(aside) + ")"
	}
	m.grouped = true
	fmt.Fprintf(&m.b, "- **%s** %s%s\n", Markdown(severity), Markdown(title), aside)
}

func (m *markdownDiff) line(mark, text, aside string) {
	if aside != "" {
		aside = " (" + MarkdownCode(aside) + ")"
	}
	if mark != "" {
		mark = "`" + mark + "` "
	}
	indent := ""
	if m.grouped {
		indent = "  "
	}
	fmt.Fprintf(&m.b, "%s- %s%s%s\n", indent, mark, Markdown(text), aside)
}

func (m *markdownDiff) hop(mark, text string) {
	if strings.TrimSpace(mark) != "" {
		mark = "**" + mark + "** "
	} else if mark != "" {
		mark = ""
	} else {
		fmt.Fprintf(&m.b, "  - %s\n", Markdown(text))
		return
	}
	fmt.Fprintf(&m.b, "    - %s%s\n", mark, Markdown(text))
}

func (m *markdownDiff) note(text string) {
	if !strings.HasSuffix(m.b.String(), "\n\n") {
		m.b.WriteString("\n")
	}
	m.b.WriteString(Markdown(text) + "\n\n")
}

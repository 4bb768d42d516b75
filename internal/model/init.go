package model

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Question is an open question as [Init] writes it.
type Question struct {
	ID     string   // subject and fact: "shell.effects.exec"
	Text   string   // "can shell run code?"
	Values []string // what may be answered
}

// Init writes a first fermata.yaml for a system that discovery found: what was found, as comments, and what a person
// may correct, add and answer, as examples from the system at hand that are commented out. Read as it is written, it
// changes nothing. Questions stand in the order given.
func Init(w io.Writer, s *System, questions []Question) error {
	i := &initial{s: s}
	i.head()
	i.found()
	i.answers(questions)
	i.corrections()
	i.additions()
	_, err := io.WriteString(w, i.b.String())
	return err
}

// initWidth is the width of the lines that Init writes, where ids allow it.
const initWidth = 100

// How much is listed. The rest is found again at each scan, and stands in its result; who reads the file is to find in it
// what only a person knows.
const (
	maxInitElements  = 12 // of a layer
	maxInitQuestions = 24
	maxInitLosses    = 8
)

// named are the kinds whose elements a person is likely to correct or to refer to. The others are counted.
var named = map[Kind]bool{
	Agent: true, Orchestrator: true, Tool: true, Plugin: true, MCPServer: true, Memory: true, Knowledge: true, Datastore: true, Service: true, Credential: true,
	Human: true, External: true, Reviewer: true, Guardrail: true, Policy: true, IdentityProvider: true, Monitor: true, Runtime: true, Model: true,
}

type initial struct {
	s *System
	b strings.Builder
}

func (i *initial) line(format string, args ...any) { fmt.Fprintf(&i.b, format+"\n", args...) }

// title begins a part of the file.
func (i *initial) title(text string) {
	i.line("")
	i.line("# ---- %s %s", text, strings.Repeat("-", max(0, initWidth-len(text)-8)))
}

func (i *initial) head() {
	i.line("# What Fermata cannot see by itself about this system.")
	i.line("#")
	i.line("# Whatever stands here adds to what `fermata scan` finds in the tree, or corrects it. Lines that")
	i.line("# begin with # count for nothing: remove the # of those that you want, and change them as you like.")
	i.line("# `fermata validate` checks the file; then scan again.")
	i.line("")
	i.line("fermata: 1")
	if i.s.Name != "" {
		i.line("name: %s", scalarText(i.s.Name))
	}
}

// found lists the elements that a person may name, by layer, those of the main part of the tree first; and counts the rest.
func (i *initial) found() {
	i.title("found")
	var elements []*Element
	assumed := 0
	for _, e := range i.s.Elements {
		elements = append(elements, e)
		if e.Origin == Assumed {
			assumed++
		}
	}
	i.line("# %s and %s, all of them in the result of fermata scan -o result.json. Here are the first of", count(len(elements), "element"), count(len(i.s.Flows), "flow"))
	i.line("# each layer. You need not repeat them; use their ids, or a short name that only one of")
	i.line("# them has, in the rest of the file.")
	if assumed > 0 {
		i.line("# What is marked as assumed was not seen: it was added so that the picture is whole.")
	}
	for _, layer := range layers {
		var rows [][]string
		rest := 0
		for _, e := range mainFirst(byKind(elements)) {
			if e.Layer != layer.Name {
				continue
			}
			if !named[e.Kind] || len(rows) == maxInitElements {
				rest++
			} else {
				rows = append(rows, []string{scalarText(e.ID), string(e.Kind), whereSeen(e.Origin, e.Evidence), canDo(e)})
			}
		}
		if len(rows) > 0 {
			i.line("#")
			i.line("# %s %s", layer.Name, layer.Doc)
			i.table(rows)
			if rest > 0 {
				i.line("#   … and %d more", rest)
			}
		}
	}
}

// mainFirst puts what is seen in the main part of the tree before the rest of its kind, and all of that before what is
// assumed.
func mainFirst(list []*Element) []*Element {
	rank := func(e *Element) int {
		switch {
		case e.Origin == Assumed:
			return 2
		case e.Scope != "main":
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b *Element) int { return rank(a) - rank(b) })
	return list
}

// table writes rows in columns, as comments. A cell that is wider than most does not push the others away.
func (i *initial) table(rows [][]string) {
	const most = 48
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for c, cell := range row {
			if n := utf8.RuneCountInString(cell); n <= most {
				widths[c] = max(widths[c], n)
			}
		}
	}
	for _, row := range rows {
		line := "#   "
		for c, cell := range row {
			if cell == "" {
				continue
			}
			line += cell
			if c < len(row)-1 {
				line += strings.Repeat(" ", max(0, widths[c]-utf8.RuneCountInString(cell))+2)
			}
		}
		i.line("%s", strings.TrimRight(line, " "))
	}
}

// whereSeen is the place that shows something, or that nothing does.
func whereSeen(origin Origin, evidence []Evidence) string {
	if origin == Assumed {
		return "assumed"
	}
	for _, e := range evidence {
		if e.File != "" {
			return fmt.Sprintf("%s:%d", plain(e.File), e.Line)
		}
	}
	return string(origin)
}

// canDo lists the effects that were seen.
func canDo(e *Element) string {
	var list []string
	for _, row := range Effects {
		if e.Effects[row.Name].Value == Yes {
			list = append(list, row.Name)
		}
	}
	return strings.Join(list, ", ")
}

func (i *initial) answers(questions []Question) {
	i.title("open questions")
	if len(questions) == 0 {
		i.line("# There are none.")
		return
	}
	i.line("# The answers decide whether threats apply; those that change most come first. by: and on: may say who")
	i.line("# answered and when, as in {question: …, answer: no, by: platform team, on: 2026-01-31}.")
	i.line("answers:")
	for n, q := range questions {
		if n == maxInitQuestions {
			i.line("")
			i.line("  # and %d more, which change less: fermata ask --all", len(questions)-n)
			break
		}
		values := q.Values
		if len(values) == 0 {
			values = factValues
		}
		i.line("")
		i.comment(2, sentence(plain(q.Text)))
		line := flowText(yamlMap{{"question", scalarText(q.ID)}, {"answer", answerText(values[0])}})
		i.line("  # - %s   # %s", line, plain(words(values, "or")))
	}
}

// answerText writes an answer; yes and no stand bare, as they do in facts.
func answerText(answer string) string {
	if answer == Yes || answer == No {
		return answer
	}
	return scalarText(answer)
}

func (i *initial) corrections() {
	agent, tool := i.example(Agent), i.example(Tool)
	i.title("corrections")
	i.line("# What was found and is not part of the system, by id. Flows have ids of the form kind:from->to.")
	i.line("remove:")
	gone := i.leastUsed(agent, tool)
	i.line("  # - %s", scalarText(gone))
	i.line("")
	i.line("# What was read wrongly. Only what is given here changes.")
	i.line("replace:")
	i.item(yamlMap{{"id", scalarText(tool)}, {"name", scalarText("A better name")}, {"effects", yamlMap{{"exec", No}}}})
	i.item(yamlMap{{"id", scalarText(agent)}, {"facts", yamlMap{{"autonomous", yamlMap{{"value", No}, {"reason", scalarText("a person starts each run")}}}}}})
}

func (i *initial) additions() {
	agent, tool := i.example(Agent), i.example(Tool)
	operator := i.free("operator")
	i.title("what no file shows")
	i.line("# People, machines, outside parties, and whatever else takes part.")
	i.line("elements:")
	i.item(yamlMap{{"id", operator}, {"kind", string(Human)}, {"name", scalarText("On-call operator")}, {"facts", yamlMap{{"role", "operator"}}}})
	i.line("")
	i.line("# What moves between elements, or what one can do to the other.")
	i.line("flows:")
	i.item(yamlMap{{"kind", string(Approval)}, {"from", scalarText(agent)}, {"to", operator}, {"facts", yamlMap{{"authenticated", Yes}}}})
	i.line("")
	i.line("# Controls that are in place; by: names who or what enforces them.")
	i.line("controls:")
	i.item(yamlMap{{"control", "human-approval"}, {"on", scalarText(tool)}, {"by", operator}})
	i.line("")
	i.line("# Where the level of trust changes.")
	i.line("boundaries:")
	i.item(yamlMap{{"id", i.freeBoundary("internal")}, {"name", scalarText("Company network")}, {"members", yamlList{scalarText(agent), scalarText(tool)}}})
	i.line("")
	i.line("# What would be a loss, and what it would cost at the least and at the most.")
	for n, a := range i.s.Assets {
		if n == maxInitLosses {
			i.line("# … and %d more: fermata risk", len(i.s.Assets)-n)
			break
		}
		if n == 0 {
			i.line("# Counted as losses today, with ordinal costs; an asset of the same capability and element takes its place:")
		}
		i.line("#   %s  %s", scalarText(a.ID), plain(a.Name))
	}
	i.line("assets:")
	i.item(yamlMap{
		{"id", "payouts"},
		{"name", scalarText("money paid out")},
		{"element", scalarText(tool)},
		{"capability", string(Invoke)},
		{"loss", "money"},
		{"low", "1000"},
		{"high", "50000"},
		{"currency", "EUR"},
	})
	i.line("")
	i.line("# What each source of harm starts with, where it is not what exposure suggests. An empty list leaves one out.")
	i.line("attackers:")
	i.item(yamlMap{{"id", "insider"}, {"reason", scalarText("operators may change instructions")}, {"starts", yamlList{scalarText(Power{Influence, ScopeAll, agent}.String())}}})
	i.item(yamlMap{{"id", "peer"}, {"starts", yamlList{}}})
}

// item writes an example: a commented-out item of a list.
func (i *initial) item(m yamlMap) {
	var b strings.Builder
	writeItem(&b, m, 0)
	for _, line := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
		i.line("  # %s", line)
	}
}

// comment writes text as comment lines that are not too long.
func (i *initial) comment(indent int, text string) {
	pad := strings.Repeat(" ", indent) + "# "
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(pad)+utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > initWidth {
			i.line("%s%s", pad, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	i.line("%s%s", pad, line)
}

// example is the id of an element of a kind to show examples with: one of the main part of the tree that was seen,
// before others; an invented word when there is none.
func (i *initial) example(kind Kind) string {
	best, bestRank := "my-"+string(kind), 3
	for _, e := range i.s.Elements {
		rank := 0
		if e.Scope != "main" {
			rank++
		}
		if e.Origin == Assumed {
			rank++
		}
		if e.Kind == kind && rank < bestRank {
			best, bestRank = e.ID, rank
		}
	}
	return best
}

// leastUsed is an element to show removal with: of the least serious part of the tree, with the fewest flows, and not
// one that the other examples name.
func (i *initial) leastUsed(others ...string) string {
	flows := map[string]int{}
	for _, f := range i.s.Flows {
		flows[f.From]++
		flows[f.To]++
	}
	var list []*Element
	for _, e := range i.s.Elements {
		if !slices.Contains(others, e.ID) && e.Origin != Assumed {
			list = append(list, e)
		}
	}
	if len(list) == 0 {
		return "id-of-an-element"
	}
	sort.SliceStable(list, func(a, b int) bool {
		if x, y := list[a].Scope == "main", list[b].Scope == "main"; x != y {
			return y
		}
		return flows[list[a].ID] < flows[list[b].ID]
	})
	return list[0].ID
}

// free makes a word into an id that no element has.
func (i *initial) free(word string) string {
	for x := newIndex(i.s.Elements); ; word = "new-" + word {
		if ids, _ := x.element(word); len(ids) == 0 {
			return word
		}
	}
}

func (i *initial) freeBoundary(word string) string {
	for slices.ContainsFunc(i.s.Boundaries, func(b Boundary) bool { return b.ID == word }) {
		word = "new-" + word
	}
	return word
}

// plain makes text of a scanned tree safe for a comment: on one line, nothing that a terminal would obey.
func plain(text string) string {
	return strings.Map(func(c rune) rune {
		if c == '\t' || c == '\n' {
			return ' '
		}
		if !unicode.IsPrint(c) {
			return '\uFFFD'
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// sentence begins a text with a capital letter, unless it begins with an id.
func sentence(text string) string {
	first, rest, _ := strings.Cut(text, " ")
	switch first {
	case "can", "is", "does", "do", "are", "may", "would", "what", "whose", "has", "which", "who":
		return strings.ToUpper(first[:1]) + first[1:] + " " + rest
	}
	return text
}

// count says how many.
func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

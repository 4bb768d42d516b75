package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

var (
	checklistFormats = []string{"text", "markdown", "csv", "json"}
	checklistSchemes = []string{"maestro-v1", "securing-mas"}
)

// checking is what the flags of checklist say.
type checking struct {
	lists, scopes          []string
	scheme, format, output string
	everything             bool
}

func (a *app) checklist() *cobra.Command {
	var o checking
	cmd := &cobra.Command{
		Use:   "checklist [COMPONENT] [PATH]",
		Short: "seven layers, plugins, 12 factors: each check answered for each component",
		Long: `Checklist answers lists of checks for the agents, tools, tool servers and plugins of
a system: pass, fail, not applicable, or needs a person. Nothing passes without
evidence: that nothing was found is none. COMPONENT tells all of one with places.
fermata attest adds a person's word, with a name and a last day.
` + pathOrResult,
		Example: `  fermata checklist
  fermata checklist desk/tools.py:refund --list plugin
  fermata checklist --list maestro --scheme securing-mas -o checks.md`,
		Args: atMost(2, "a component and a path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := knownScopes(o.scopes); err != nil {
				return err
			}
			for _, l := range o.lists {
				if err := oneOf("--list", "list", l, pipeline.ChecklistNames); err != nil {
					return err
				}
			}
			if err := oneOf("--scheme", "scheme", o.scheme, checklistSchemes); err != nil {
				return err
			}
			format, err := formatFor(o.format, o.output, checklistFormats)
			if err != nil {
				return err
			}
			component, path := componentAndPath(args)
			e, err := a.engine()
			if err != nil {
				return err
			}
			c, err := a.checked(cmd, e, path)
			if err != nil {
				return err
			}
			ask := pipeline.ChecklistAsk{Lists: o.lists, Scheme: o.scheme, Scopes: o.scopes}
			if component != "" {
				ask.Components = []string{component}
			}
			doc, err := e.Checklist(c, ask)
			if err != nil {
				return err
			}
			a.incomplete(c.Result)
			return a.document(o.output, func(w io.Writer) error {
				switch format {
				case "json":
					return writeJSON(w, doc)
				case "csv":
					return checklistCSV(w, doc)
				case "markdown":
					return checklistMarkdown(w, doc)
				}
				a.checklistText(a.pageOn(w, o.output), doc, component != "", o.everything)
				return nil
			})
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.lists, "list", nil, "the `LISTS`: "+strings.Join(pipeline.ChecklistNames, ", ")+"; all if not given")
	f.StringVar(&o.scheme, "scheme", checklistSchemes[0], "the `SCHEME` that layers are named by: "+strings.Join(checklistSchemes, ", "))
	f.StringVarP(&o.output, "output", "o", "", "write a `FILE`: .txt, .md, .csv or .json")
	f.StringVarP(&o.format, "format", "f", "", "`FORMAT`: "+strings.Join(checklistFormats, ", ")+"; by the ending of -o if not given")
	f.BoolVar(&o.everything, "all", false, "the table for any number of components, and below it all answers with what stands behind them")
	completes(cmd, "list", pipeline.ChecklistNames...)
	completes(cmd, "scheme", checklistSchemes...)
	completes(cmd, "format", checklistFormats...)
	scopeFlag(cmd, &o.scopes)
	a.system(cmd)
	return cmd
}

// componentAndPath takes one word that names a file or folder for the path.
func componentAndPath(args []string) (component, path string) {
	if len(args) == 1 {
		if _, err := os.Stat(args[0]); err == nil {
			return "", args[0]
		}
	}
	return argument(args, 0, ""), argument(args, 1, ".")
}

// checked analyses a tree, or takes a saved result.
func (a *app) checked(cmd *cobra.Command, e *pipeline.Engine, path string) (*pipeline.Checked, error) {
	if pipeline.IsResult(path) {
		r, err := a.saved(cmd.Context(), path)
		if err != nil {
			return nil, err
		}
		return pipeline.CheckSaved(r), nil
	}
	in, err := a.input(path)
	if err != nil {
		return nil, err
	}
	in.Questions = -1
	progress := a.progress()
	in.Progress = progress.report
	c, err := e.Check(cmd.Context(), in)
	progress.done()
	if err == nil {
		a.nothing(c.Result, path)
	}
	return c, err
}

func (a *app) attest() *cobra.Command {
	var t pipeline.Attestation
	cmd := &cobra.Command{
		Use:   "attest CHECK COMPONENT [PATH]",
		Short: "answer a check for a component, with a name and until when",
		Long: `Attest writes a person's word that a check holds into fermata.decisions.yaml beside
the system. It counts until its last day, and never against what was found.
` + pathOrResult,
		Example: `  fermata attest plugin/input-ranges refund --by 'the payments team' --until 2027-03-31 \
      --reason 'the amount is checked by the ledger'`,
		Args: between(3, "a check and a component"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usage("attest needs a check and a component")
			}
			path := argument(args, 2, ".")
			in, err := a.input(path)
			if err != nil {
				return err
			}
			for _, flag := range []struct{ name, value, hint string }{
				{"--by", t.By, "--by 'a role or a name'"},
				{"--until", t.Until, "--until 2027-03-31, the last day on which it holds"},
				{"--reason", t.Reason, "--reason 'what was looked at'"},
			} {
				if strings.TrimSpace(flag.value) == "" {
					return &usageError{message: "an attestation needs " + flag.name, hint: flag.hint}
				}
			}
			if _, err := time.Parse(time.DateOnly, t.Until); err != nil {
				return usage("--until: %q is not a day; write it as 2027-01-31", t.Until)
			}
			saved := pipeline.IsResult(path)
			file := a.shared.decisions
			switch {
			case saved && file == "":
				return &usageError{
					message: fmt.Sprintf("%s is a saved result, and an attestation counts when the system is analysed", path),
					hint:    "give the tree that it was made of, or --decisions FILE for the decisions file of that tree",
				}
			case file == "":
				file = beside(path, pipeline.DecisionsFile)
			default:
				if _, err := os.Stat(file); saved || errors.Is(err, os.ErrNotExist) {
					a.shared.decisions = "" // it is about to be made, or belongs to the tree that the result was made of
				}
			}
			e, err := a.engine()
			if err != nil {
				return err
			}
			r, err := a.look(cmd, e, path, -1)
			if err != nil {
				return err
			}
			t.Check, t.Component = args[0], args[1]
			content, said, err := e.Attest(r, file, in.AsOf, t)
			if err != nil {
				return err
			}
			if err := pipeline.WriteAside(file, func(w io.Writer) error { _, err := w.Write(content); return err }); err != nil {
				return err
			}
			if !a.shared.quiet {
				fmt.Fprintf(a.err, "fermata: wrote into %s that %s attests %s for %s until %s\n", file, clean(said.By), said.Check, clean(said.Component), said.Until)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&t.By, "by", "", "`WHO` attests it: a role or a name (required)")
	f.StringVar(&t.Until, "until", "", "the last `DAY` (YYYY-MM-DD) on which it holds (required)")
	f.StringVar(&t.Reason, "reason", "", "`WHY`: what was looked at (required)")
	a.system(cmd)
	return cmd
}

// verdictWords are the verdicts as cells say them.
var verdictWords = map[result.Verdict]string{result.Pass: "pass", result.Fail: "FAIL", result.NotApplicable: "n/a", result.NeedsPerson: "?"}

// verdictNames are the verdicts as sentences say them.
var verdictNames = map[result.Verdict]string{result.Pass: "pass", result.Fail: "fail", result.NotApplicable: "not applicable", result.NeedsPerson: "needs a person"}

func answers(doc *result.Checklist) map[[2]string]*result.Answer {
	out := map[[2]string]*result.Answer{}
	for i := range doc.Answers {
		out[[2]string{doc.Answers[i].Check, doc.Answers[i].Component}] = &doc.Answers[i]
	}
	return out
}

func checklistCSV(w io.Writer, doc *result.Checklist) error {
	out := csv.NewWriter(w)
	checks := map[string]*result.Check{}
	for i := range doc.Checks {
		checks[doc.Checks[i].ID] = &doc.Checks[i]
	}
	rows := [][]string{{"Check", "Layer", "Title", "Component", "Answer", "Why", "By", "Evidence"}}
	for i := range doc.Answers {
		x := &doc.Answers[i]
		c := checks[x.Check]
		var by, places []string
		for _, g := range x.Grounds {
			by = append(by, g.By+" "+g.Name)
			places = append(places, groundPlaces(&g)...)
		}
		rows = append(rows, []string{x.Check, c.Layer, c.Title, x.Component, string(x.Verdict), x.Why, strings.Join(by, "; "), strings.Join(places, " ")})
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = report.Cell(report.Plain(cell))
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return err
	}
	return out.Error()
}

func groundPlaces(g *result.Ground) []string {
	var out []string
	for _, e := range g.Evidence {
		if at := fmt.Sprintf("%s:%d", e.File, e.Line); !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	return out
}

// heads are what a table of checks is divided by: the group of the list, or the layer where the list is ordered by layers.
func heads(doc *result.Checklist) []string {
	out := make([]string, len(doc.Checks))
	for i := range doc.Checks {
		c := &doc.Checks[i]
		list, _, _ := strings.Cut(c.ID, "/")
		switch {
		case c.Group != "":
			out[i] = list + ": " + c.Group
		case list == "maestro" && doc.Scheme == "securing-mas":
			out[i] = list + ": " + c.Layer + " " + c.LayerName
		default:
			out[i] = list
		}
	}
	return out
}

func checklistMarkdown(w io.Writer, doc *result.Checklist) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Checklist: %s\n\n%s\n", report.Markdown(doc.System), countText(doc))
	if !doc.Code {
		b.WriteString("\nThe code was not at hand: what only code can show needs a person.\n")
	}
	cells := answers(doc)
	last := ""
	for i, head := range heads(doc) {
		c := &doc.Checks[i]
		if head != last {
			fmt.Fprintf(&b, "\n## %s\n\n| Check | Layer |", report.Capital(head))
			for j := range doc.Components {
				fmt.Fprintf(&b, " %s |", report.MarkdownCode(doc.Components[j].ID))
			}
			b.WriteString("\n|---|---|" + strings.Repeat("---|", len(doc.Components)) + "\n")
			last = head
		}
		fmt.Fprintf(&b, "| %s (`%s`) | %s |", report.Markdown(c.Title), c.ID, c.Layer)
		for j := range doc.Components {
			word := ""
			if x := cells[[2]string{c.ID, doc.Components[j].ID}]; x != nil {
				word = verdictNames[x.Verdict]
			}
			b.WriteString(" " + word + " |")
		}
		b.WriteString("\n")
	}
	checklistDetails(&b, doc)
	_, err := io.WriteString(w, b.String())
	return err
}

// checklistDetails writes what stands behind answers, component by component.
func checklistDetails(b *strings.Builder, doc *result.Checklist) {
	titles := map[string]string{}
	for i := range doc.Checks {
		titles[doc.Checks[i].ID] = doc.Checks[i].Title
	}
	for i := range doc.Components {
		c := &doc.Components[i]
		fmt.Fprintf(b, "\n## %s (%s)\n", report.MarkdownCode(c.ID), c.Kind)
		for _, v := range result.Verdicts {
			first := true
			for j := range doc.Answers {
				x := &doc.Answers[j]
				if x.Component != c.ID || x.Verdict != v {
					continue
				}
				if first {
					fmt.Fprintf(b, "\n%s:\n\n", report.Capital(verdictNames[v]))
					first = false
				}
				fmt.Fprintf(b, "- %s (`%s`): %s%s\n", report.Markdown(titles[x.Check]), x.Check, report.Markdown(x.Why), markdownPlaces(x))
			}
		}
	}
	for _, n := range doc.Notes {
		fmt.Fprintf(b, "\nNote: %s.\n", report.Markdown(n))
	}
}

func markdownPlaces(x *result.Answer) string {
	var out []string
	for i := range x.Grounds {
		if by := &x.Grounds[i]; by.Name != "" {
			places := groundPlaces(by)
			text := by.By + " " + report.MarkdownCode(by.Name)
			if len(places) > 0 {
				text += " at " + report.MarkdownCode(strings.Join(places, ", "))
			}
			out = append(out, text)
		}
		if len(out) == 3 {
			break
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " [" + strings.Join(out, "; ") + "]"
}

func countText(doc *result.Checklist) string {
	var parts []string
	for _, c := range doc.Count {
		name := verdictNames[c.Verdict]
		if c.Verdict == result.NeedsPerson && c.Count != 1 {
			name = "need a person"
		}
		parts = append(parts, fmt.Sprintf("%d %s", c.Count, name))
	}
	components := len(doc.Components)
	whole := 0
	for i := range doc.Answers {
		if doc.Answers[i].Component == result.WholeSystem {
			whole++
		}
	}
	text := ""
	if whole > 0 {
		components--
		text = fmt.Sprintf(" and %d for the system", whole)
	}
	text = fmt.Sprintf("%s for %s%s", report.Plural(len(doc.Checks)-whole, "check", "checks"), report.Plural(components, "component", "components"), text)
	return text + ": " + strings.Join(parts, ", ") + "."
}

// shownFails is how many failed answers are told without --all.
const shownFails = 12

// mostTable is how many components the table is printed for without --all: more of them fill screens.
const mostTable = 24

func (a *app) checklistText(page *page, doc *result.Checklist, one, everything bool) {
	if len(doc.Components) == 0 {
		page.wrap("", "There is no agent, tool, tool server or plugin here that the checks could be asked of.")
		return
	}
	if one {
		a.checklistOne(page, doc)
		return
	}
	page.wrap("", countText(doc))
	if !doc.Code {
		page.wrap("", "The code was not at hand: what only code can show needs a person. fermata checklist with the tree reads it.")
	}
	if !everything {
		a.checklistWhy(page, doc, false)
		if len(doc.Components) > mostTable {
			page.line("")
			page.wrap("", fmt.Sprintf("The table of all checks for %s: --all, or -o checks.csv. fermata checklist COMPONENT tells all of one.", report.Plural(len(doc.Components), "component", "components")))
			a.checklistEnd(page, doc)
			return
		}
	}
	page.line("")
	for i := range doc.Components {
		c := &doc.Components[i]
		page.wrap(fmt.Sprintf("%4d  ", i+1), fmt.Sprintf("%s (%s)", c.ID, c.Kind))
	}
	title := 44
	per := max((page.width-title-3)/5, 1)
	cells := answers(doc)
	for from := 0; from < len(doc.Components); from += per {
		to := min(from+per, len(doc.Components))
		a.checklistBlock(page, doc, cells, from, to, title)
	}
	if everything {
		a.checklistWhy(page, doc, true)
	}
	a.checklistEnd(page, doc)
}

// checklistBlock prints the table for some of the components. A check that is asked of none of them is left out.
func (a *app) checklistBlock(page *page, doc *result.Checklist, cells map[[2]string]*result.Answer, from, to, title int) {
	last := ""
	for i, head := range heads(doc) {
		c := &doc.Checks[i]
		line, any := "", false
		for j := from; j < to; j++ {
			word := ""
			if x := cells[[2]string{c.ID, doc.Components[j].ID}]; x != nil {
				word, any = verdictWords[x.Verdict], true
			}
			line += fmt.Sprintf(" %4s", word)
		}
		if !any {
			continue
		}
		if head != last {
			page.line("")
			numbers := ""
			for j := from; j < to; j++ {
				numbers += fmt.Sprintf(" %4d", j+1)
			}
			page.line("%-*s   %s", title, report.Capital(head), numbers)
			last = head
		}
		lines := broken(c.Title, title)
		page.line("%-*s %-2s%s", title, lines[0], c.Layer, line)
		for _, rest := range lines[1:] {
			page.line("%s", rest)
		}
	}
}

// broken breaks a text into lines of at most a width; later lines are indented.
func broken(text string, width int) []string {
	var out []string
	current := ""
	for _, word := range strings.Fields(text) {
		if current != "" && utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) > width {
			out = append(out, current)
			current = " "
		}
		if current != "" {
			current += " "
		}
		current += word
	}
	return append(out, current)
}

// checklistWhy tells what stands behind answers: the failed ones, or all.
func (a *app) checklistWhy(page *page, doc *result.Checklist, everything bool) {
	left := 0
	for _, v := range result.Verdicts {
		if v != result.Fail && !everything {
			continue
		}
		first, n := true, 0
		for i := range doc.Answers {
			x := &doc.Answers[i]
			if x.Verdict != v {
				continue
			}
			if n++; n > shownFails && !everything {
				left++
				continue
			}
			if first {
				page.line("")
				page.head(report.Capital(verdictNames[v]))
				first = false
			}
			page.wrap("  ", fmt.Sprintf("%s, %s: %s", x.Check, x.Component, x.Why))
			a.grounds(page, x)
		}
	}
	if left > 0 {
		page.line("  and %d more: --all", left)
	}
}

// checklistEnd prints what holds for all of a list.
func (a *app) checklistEnd(page *page, doc *result.Checklist) {
	for _, n := range doc.Notes {
		page.line("")
		page.wrap("note: ", n)
	}
	page.line("")
	page.wrap("", "? needs a person: fermata checklist COMPONENT says what to look at, fermata attest CHECK COMPONENT records the answer.")
}

func (a *app) grounds(page *page, x *result.Answer) {
	shown := 0
	for i := range x.Grounds {
		g := &x.Grounds[i]
		places := groundPlaces(g)
		if len(places) == 0 || shown == 2 {
			continue
		}
		shown++
		page.wrap("      ", g.By+" "+g.Name+": "+strings.Join(places, ", "))
	}
}

// checklistOne tells all about one component.
func (a *app) checklistOne(page *page, doc *result.Checklist) {
	c := &doc.Components[0]
	page.title(c.ID, c.Name)
	page.wrap("", fmt.Sprintf("%s; %s", c.Kind, strings.TrimSuffix(countText(doc), ".")))
	cells := answers(doc)
	last := ""
	for i, head := range heads(doc) {
		check := &doc.Checks[i]
		x := cells[[2]string{check.ID, c.ID}]
		if x == nil {
			continue
		}
		if head != last {
			page.line("")
			page.head(report.Capital(head))
			last = head
		}
		page.wrap(fmt.Sprintf("  %-4s ", verdictWords[x.Verdict]), fmt.Sprintf("%s (%s, %s)", check.Title, check.ID, check.Layer))
		page.wrap("       ", x.Why)
		a.grounds(page, x)
	}
	for _, n := range doc.Notes {
		page.line("")
		page.wrap("note: ", n)
	}
}

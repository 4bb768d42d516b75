package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

// scoreFormats are those of a list of scores.
var scoreFormats = []string{"text", "markdown", "csv", "json"}

// scoring is what the flags of score say.
type scoring struct {
	system, vector, inputs, finding, threat string
	top                                     int
	everything                              bool
}

// check refuses flags that contradict each other.
func (o *scoring) check(args []string) error {
	if o.system != "" {
		if err := oneOf("--system", "scoring system", o.system, pipeline.Scorings()); err != nil {
			return err
		}
	}
	if o.threat != "" {
		if err := oneOf("--threat", "word", o.threat, pipeline.Threats()); err != nil {
			return err
		}
	}
	byHand := o.vector != "" || o.inputs != ""
	switch {
	case o.vector != "" && o.inputs != "":
		return usage("--vector and --inputs are two ways to give one thing; use one")
	case o.vector != "" && o.system != "":
		return &usageError{message: "--vector says itself by what it is scored", hint: "leave --system out, or put the vector into a file for --inputs as cvss: CVSS:4.0/…"}
	case byHand && (len(args) > 0 || o.finding != ""):
		return usage("--vector and --inputs score what they give and no system; leave the path and --finding out")
	case byHand && o.threat != "":
		return usage("--threat is for findings; a vector says E:P, a file of inputs threat: poc")
	case o.top < 0:
		return usage("--top: there cannot be fewer than none; 0 lists all")
	}
	return nil
}

func (a *app) score() *cobra.Command {
	var o scoring
	var format, output string
	var scopes []string
	cmd := &cobra.Command{
		Use:   "score [PATH]",
		Short: "findings by a published scoring system: AIVSS, CVSS, OWASP Risk Rating, a matrix",
		Long: `Score derives, for each live finding, what a published scoring system says: OWASP
AIVSS (0.8, 0.5, the draft of 0.9), CVSS v4.0, OWASP Risk Rating, or the likelihood
× consequence matrix; the worst first. Every input comes from a fact of the system,
and --finding shows all of them with reason and place. A fact that nobody knows
makes a range, which its answer narrows. docs/scores.md says what is derived from
what. Scores change no severity and no gate.

--vector scores anybody's CVSS:4.0 vector, with the AI metrics of the AIVSS draft if
it has them. --inputs scores a file of YAML or JSON with the inputs by hand; what it
leaves out is unknown.
` + pathOrResult,
		Example: `  fermata score
  fermata score result.json --system cvss-4.0 --top 3
  fermata score --finding 'unsandboxed-code-exec@tools.py:run_shell'
  fermata score --vector CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N
  fermata score --inputs rating.yaml --system owasp-rr`,
		Args: atMost(1, "one path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			form, err := formatFor(format, output, scoreFormats)
			if err != nil {
				return err
			}
			if err := o.check(args); err != nil {
				return err
			}
			if err := knownScopes(scopes); err != nil {
				return err
			}
			var doc *result.Scores
			var view *report.View
			switch {
			case o.vector != "":
				doc, err = pipeline.ScoreVector(o.vector)
			case o.inputs != "":
				doc, err = pipeline.ScoreInputs(o.inputs, o.system)
			default:
				doc, view, err = a.scored(cmd, argument(args, 0, "."), &o, scopes)
			}
			if err != nil {
				return err
			}
			if form != "text" && cmd.Flags().Changed("top") && o.top > 0 {
				doc.Findings = doc.Findings[:min(o.top, len(doc.Findings))]
			}
			return a.document(output, func(w io.Writer) error { return a.scores(w, output, form, doc, view, &o) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.system, "system", "", "the scoring `SYSTEM`: "+either(pipeline.Scorings())+"; "+pipeline.DefaultScoring+" if not given")
	f.StringVar(&o.finding, "finding", "", "score only this finding (`ID`), with every input")
	f.StringVar(&o.threat, "threat", "", "what is known about exploits (`WORD`): "+either(pipeline.Threats())+"; AIVSS takes poc if not given")
	f.IntVar(&o.top, "top", 10, "list so many (`N`), the worst first; 0 lists all")
	f.BoolVar(&o.everything, "all", false, "also what is blocked, and every finding of a cause")
	f.StringVar(&o.vector, "vector", "", "score this CVSS:4.0 `VECTOR`")
	f.StringVar(&o.inputs, "inputs", "", "score the inputs of a `FILE`")
	scopeFlag(cmd, &scopes)
	documentFlags(cmd, &format, &output, scoreFormats)
	completes(cmd, "system", pipeline.Scorings()...)
	completes(cmd, "threat", pipeline.Threats()...)
	a.system(cmd)
	return cmd
}

// scored scores a system, or one finding of it.
func (a *app) scored(cmd *cobra.Command, path string, o *scoring, scopes []string) (*result.Scores, *report.View, error) {
	e, err := a.engine()
	if err != nil {
		return nil, nil, err
	}
	r, err := a.look(cmd, e, path, -1)
	if err != nil {
		return nil, nil, err
	}
	a.incomplete(r)
	if o.finding == "" { // one that is named counts wherever it is
		r = a.within(r, scopes)
	}
	doc, err := pipeline.Scores(r, pipeline.Scored{System: o.system, Threat: o.threat, Finding: o.finding, All: o.everything})
	return doc, report.NewView(r), err
}

// scores writes a document of scores in a format.
func (a *app) scores(w io.Writer, output, form string, doc *result.Scores, view *report.View, o *scoring) error {
	switch form {
	case "json":
		return writeJSON(w, doc)
	case "csv":
		return scoresCSV(w, doc)
	case "markdown":
		scoresMarkdown(w, doc)
		return nil
	}
	page := a.pageOn(w, output)
	for i := range doc.Given {
		if i > 0 {
			page.line("")
		}
		scoreText(page, "", &doc.Given[i])
	}
	if view != nil {
		scoreList(page, doc, view, o)
	}
	return nil
}

// scoreList prints the findings of a system by score.
func scoreList(page *page, doc *result.Scores, view *report.View, o *scoring) {
	by := fmt.Sprintf("%s by %s %s: %s", doc.System, doc.Scoring.Title, doc.Scoring.Edition, doc.Scoring.State)
	if doc.Scoring.Threat != "" {
		by += "; exploits: " + doc.Scoring.Threat
	}
	page.head(by)
	for i := range doc.Findings {
		if i == o.top && o.top > 0 {
			page.line("")
			page.line("and %d more: --top 0", len(doc.Findings)-i)
			break
		}
		f := &doc.Findings[i]
		page.line("")
		page.head(f.Score.Value())
		page.wrap("  ", view.Message(view.Finding(f.Finding)))
		how := fmt.Sprintf("From %s", view.Attacker(f.Score.Source))
		if f.Score.Loss != "" {
			how += " to " + view.Asset(f.Score.Loss)
		}
		how += "; severity " + f.Severity
		if f.Status != result.Live {
			how += ", " + string(f.Status)
		}
		if f.Alike > 0 {
			how += fmt.Sprintf("; %d more of the same cause", f.Alike)
		}
		page.wrap("  ", how)
		if o.finding != "" {
			page.line("")
			scoreText(page, "  ", &f.Score)
			continue
		}
		for _, v := range f.Score.Vectors() {
			page.line("  %s", v)
		}
		page.line("  %s", f.Finding)
	}
	if len(doc.Findings) == 0 {
		page.line("")
		page.line("No finding has a score.")
	}
	for i, u := range doc.Unscored {
		if i == 0 {
			page.line("")
		}
		page.wrap("not scored: ", fmt.Sprintf("%s: %s", report.Plural(len(u.Findings), "finding", "findings"), u.Reason))
	}
	if o.finding == "" && len(doc.Findings) > 0 {
		page.line("")
		system := ""
		if doc.Scoring.ID != pipeline.DefaultScoring {
			system = "--system " + doc.Scoring.ID + " "
		}
		page.wrap("", "every input with its reason: fermata score "+system+"--finding "+report.Shell(doc.Findings[0].Finding))
	}
}

// scoreText prints one score with its inputs.
func scoreText(page *page, indent string, s *result.Score) {
	page.line("%s%s", indent, page.bold(s.Value()+"  "+s.Name))
	for _, v := range s.Vectors() {
		page.line("%s  %s", indent, v)
	}
	for _, n := range s.Notes {
		page.wrap(indent+"  ", n)
	}
	name, value := 0, 0
	for _, in := range s.Inputs {
		name, value = max(name, len(in.Name)), max(value, len(in.Range()))
	}
	for _, in := range s.Inputs {
		lead := fmt.Sprintf("%s    %-*s  %-*s  ", indent, name, in.Name, value, in.Range())
		if reason := in.Why(); reason != "" {
			page.wrap(lead, reason)
		} else {
			page.line("%s", lead)
		}
	}
}

// scoresCSV writes a row for each input of each score, since a spreadsheet is where inputs are argued about.
func scoresCSV(w io.Writer, doc *result.Scores) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"finding", "status", "severity", "system", "low", "high", "band", "vector", "input", "input low", "input high", "origin", "on", "fact", "reason"}}
	add := func(finding, status, severity string, s *result.Score) {
		head := []string{finding, status, severity, s.System, figure(s.Low), figure(s.High), s.Band, s.Vector}
		for _, in := range s.Inputs {
			rows = append(rows, append(head[:len(head):len(head)], in.Name, in.Low, in.High, in.Origin, in.On, in.Fact, in.Why()))
		}
	}
	for i := range doc.Given {
		add("", "", "", &doc.Given[i])
	}
	for i := range doc.Findings {
		f := &doc.Findings[i]
		add(f.Finding, string(f.Status), f.Severity, &f.Score)
	}
	for _, row := range rows {
		for i := range row {
			row[i] = report.Cell(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func figure(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

func scoresMarkdown(w io.Writer, doc *result.Scores) {
	fmt.Fprintf(w, "# Scores by %s %s\n\n", doc.Scoring.Title, doc.Scoring.Edition)
	for _, line := range doc.Scoring.Formula {
		fmt.Fprintf(w, "- %s\n", report.Markdown(line))
	}
	table := func(s *result.Score) {
		for _, v := range s.Vectors() {
			fmt.Fprintf(w, "%s\n\n", report.MarkdownCode(v))
		}
		for _, n := range s.Notes {
			fmt.Fprintf(w, "%s\n\n", report.Markdown(n))
		}
		fmt.Fprint(w, "| Input | Value | Why |\n|---|---|---|\n")
		for _, in := range s.Inputs {
			fmt.Fprintf(w, "| %s | %s | %s |\n", report.Markdown(in.Name), report.Markdown(in.Range()), report.Markdown(in.Why()))
		}
	}
	for i := range doc.Given {
		s := &doc.Given[i]
		fmt.Fprintf(w, "\n## %s\n\n", report.Markdown(s.Name+": "+s.Value()))
		table(s)
	}
	for i := range doc.Findings {
		f := &doc.Findings[i]
		fmt.Fprintf(w, "\n## %s: %s\n\n%s\n\n", report.Markdown(f.Score.Value()), report.Markdown(f.Message), report.Markdown(f.Finding))
		table(&f.Score)
	}
}

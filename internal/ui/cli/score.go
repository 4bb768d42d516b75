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

func (a *app) score() *cobra.Command {
	var system, vector, inputs, format, output string
	cmd := &cobra.Command{
		Use:   "score --vector VECTOR | --inputs FILE",
		Short: "what a published scoring system says, with every input",
		Long: `Score computes a score of a published system: OWASP AIVSS (0.8, 0.5, the draft of
0.9), CVSS v4.0, OWASP Risk Rating, or the likelihood × consequence matrix.

--vector takes anybody's CVSS:4.0 vector, with the AI metrics of the AIVSS draft if
it has them. --inputs takes a file of YAML or JSON with the inputs by hand; what it
leaves out is unknown, and makes a range.`,
		Example: `  fermata score --vector CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N
  fermata score --inputs rating.yaml --system owasp-rr`,
		Args: noWords,
		RunE: func(cmd *cobra.Command, args []string) error {
			form, err := formatFor(format, output, scoreFormats)
			if err != nil {
				return err
			}
			if system != "" {
				if err := oneOf("--system", "scoring system", system, pipeline.Scorings()); err != nil {
					return err
				}
			}
			var doc *result.Scores
			switch {
			case vector != "" && inputs != "":
				return usage("--vector and --inputs are two ways to give one thing; use one")
			case vector != "" && system != "":
				return &usageError{message: "--vector says itself by what it is scored", hint: "leave --system out, or put the vector into a file for --inputs as cvss: CVSS:4.0/…"}
			case vector != "":
				doc, err = pipeline.ScoreVector(vector)
			case inputs != "":
				doc, err = pipeline.ScoreInputs(inputs, system)
			default:
				return &usageError{message: "nothing to score", hint: "give --vector CVSS:4.0/… or --inputs FILE"}
			}
			if err != nil {
				return err
			}
			return a.document(output, func(w io.Writer) error { return a.scores(w, output, form, doc) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&system, "system", "", "the scoring `SYSTEM`: "+either(pipeline.Scorings())+"; "+pipeline.DefaultScoring+" if not given")
	f.StringVar(&vector, "vector", "", "score this CVSS:4.0 `VECTOR`")
	f.StringVar(&inputs, "inputs", "", "score the inputs of a `FILE`")
	documentFlags(cmd, &format, &output, scoreFormats)
	completes(cmd, "system", pipeline.Scorings()...)
	a.terminal(cmd)
	return cmd
}

// scores writes a document of scores in a format.
func (a *app) scores(w io.Writer, output, form string, doc *result.Scores) error {
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
	return nil
}

// scoreText prints one score with its inputs.
func scoreText(page *page, indent string, s *result.Score) {
	page.line("%s%s", indent, page.bold(report.ScoreValue(s)+"  "+s.Name))
	for _, v := range report.ScoreVectors(s) {
		page.line("%s  %s", indent, v)
	}
	for _, n := range s.Notes {
		page.wrap(indent+"  ", n)
	}
	name, value := 0, 0
	for _, in := range s.Inputs {
		name, value = max(name, len(in.Name)), max(value, len(report.ScoreRange(&in)))
	}
	for _, in := range s.Inputs {
		lead := fmt.Sprintf("%s    %-*s  %-*s  ", indent, name, in.Name, value, report.ScoreRange(&in))
		if reason := report.ScoreReason(&in); reason != "" {
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
			rows = append(rows, append(head[:len(head):len(head)], in.Name, in.Low, in.High, in.Origin, in.On, in.Fact, report.ScoreReason(&in)))
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
		for _, v := range report.ScoreVectors(s) {
			fmt.Fprintf(w, "%s\n\n", report.MarkdownCode(v))
		}
		for _, n := range s.Notes {
			fmt.Fprintf(w, "%s\n\n", report.Markdown(n))
		}
		fmt.Fprint(w, "| Input | Value | Why |\n|---|---|---|\n")
		for _, in := range s.Inputs {
			fmt.Fprintf(w, "| %s | %s | %s |\n", report.Markdown(in.Name), report.Markdown(report.ScoreRange(&in)), report.Markdown(report.ScoreReason(&in)))
		}
	}
	for i := range doc.Given {
		s := &doc.Given[i]
		fmt.Fprintf(w, "\n## %s\n\n", report.Markdown(s.Name+": "+report.ScoreValue(s)))
		table(s)
	}
	for i := range doc.Findings {
		f := &doc.Findings[i]
		fmt.Fprintf(w, "\n## %s: %s\n\n%s\n\n", report.Markdown(report.ScoreValue(&f.Score)), report.Markdown(f.Message), report.Markdown(f.Finding))
		table(&f.Score)
	}
}

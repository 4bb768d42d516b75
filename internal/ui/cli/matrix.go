package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
)

// matrixFormats are those of matrix, the default first.
var matrixFormats = append(slices.Clone(pipeline.MatrixFormats), "json")

// reviewFormats are those of matrix lint.
var reviewFormats = []string{"text", "json"}

func (a *app) matrix() *cobra.Command {
	var by, format, output string
	var everything bool
	var scopes []string
	cmd := &cobra.Command{
		Use:   "matrix [PATH]",
		Short: "threats beside ATLAS, MAESTRO, NIST, ISO and OWASP, as a table",
		Long: `Matrix prints a row for each live threat, element or finding: OWASP ids, ATLAS
technique, MAESTRO layer, NIST AI RMF subcategory, ISO/IEC 42001 control, severity,
control and status; and below it why each id stands there and who says so. Without
-o it prints Markdown.
` + pathOrResult,
		Example: `  fermata matrix
  fermata matrix result.json --by element -o matrix.xlsx
  fermata matrix lint THREATS.md`,
		Args: atMost(1, "one path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := knownScopes(scopes); err != nil {
				return err
			}
			if err := oneOf("--by", "kind of row", by, pipeline.MatrixRows); err != nil {
				return err
			}
			format = formatWord(format, matrixFormats)
			if format == "" {
				format = matrixFormats[0]
				if output != "" {
					format = strings.TrimPrefix(strings.ToLower(filepath.Ext(output)), ".")
					if !slices.Contains(matrixFormats, format) {
						return &usageError{
							message: fmt.Sprintf("no format is known by the ending of %s", output),
							hint:    "the endings are ." + strings.Join(matrixFormats, " .") + "; or say --format",
						}
					}
				}
			}
			if err := oneOf("--format", "format", format, matrixFormats); err != nil {
				return err
			}
			if format == "xlsx" && output == "" {
				return usage("a spreadsheet needs a file: -o matrix.xlsx")
			}
			e, err := a.engine()
			if err != nil {
				return err
			}
			r, err := a.look(cmd, e, argument(args, 0, "."), 0)
			if err != nil {
				return err
			}
			a.broken(r)
			a.incomplete(r)
			m := e.Matrix(a.within(r, scopes), by, everything)
			write := func(w io.Writer) error {
				if format == "json" {
					return writeJSON(w, m)
				}
				return m.Write(w, format)
			}
			if output == "" {
				return write(a.out)
			}
			if err := pipeline.WriteAside(output, write); err != nil {
				return err
			}
			if !a.shared.quiet {
				fmt.Fprintf(a.err, "fermata: wrote %s (%s)\n", clean(output), report.Plural(len(m.Rows), "row", "rows"))
			}
			return nil
		},
	}
	scopeFlag(cmd, &scopes)
	cmd.Flags().StringVar(&by, "by", pipeline.MatrixRows[0], "what a row is about (`KIND`): "+strings.Join(pipeline.MatrixRows, ", "))
	cmd.Flags().StringVarP(&format, "format", "f", "", "`FORMAT`: "+strings.Join(matrixFormats, ", ")+"; by the ending of -o if not given")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write a `FILE`: .md, .csv, .xlsx or .json")
	cmd.Flags().BoolVar(&everything, "all", false, "also what is blocked, unreachable or accepted")
	completes(cmd, "by", pipeline.MatrixRows...)
	completes(cmd, "format", matrixFormats...)
	a.system(cmd)
	cmd.AddCommand(a.matrixLint())
	return cmd
}

func (a *app) matrixLint() *cobra.Command {
	var format string
	var everything bool
	cmd := &cobra.Command{
		Use:   "lint FILE",
		Short: "check the ids of anybody's threat table",
		Long: `Lint reads the tables of a Markdown, CSV or TSV file and says of every id of ATLAS,
NIST, ISO, OWASP and CWE whether it exists and in which editions, whether it is an
entry or a heading over entries, and whether it names what its row is about; with
what would fit. What a row is about is taken from its own words. Exit 1 when an id
is wrong.`,
		Args: between(1, "a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", "format", format, reviewFormats); err != nil {
				return err
			}
			e, err := a.engine()
			if err != nil {
				return err
			}
			r, err := e.LintMatrix(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			a.diagnostics(r.Diagnostics)
			if format == "json" {
				out := json.NewEncoder(a.out)
				out.SetIndent("", "  ")
				if err := out.Encode(r); err != nil {
					return err
				}
			} else {
				a.review(r, everything)
			}
			if r.Errors() > 0 {
				a.code = exitFailed
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", reviewFormats[0], "`FORMAT`: text or json")
	cmd.Flags().BoolVar(&everything, "all", false, "also the ids that are right")
	cmd.Flags().StringArrayVar(&a.shared.catalogs, "catalog", nil, "an official ATLAS `FILE` to add (may be repeated)")
	completes(cmd, "format", reviewFormats...)
	a.terminal(cmd)
	return cmd
}

// review prints what was made of a table, row by row.
func (a *app) review(r *pipeline.MatrixReview, everything bool) {
	page := a.page()
	row, count := "\x00", map[string]int{}
	for _, c := range r.Citations {
		count[string(c.Verdict)]++
		if c.Severity == "" && !everything {
			continue
		}
		if c.Concern != row {
			if row != "\x00" {
				page.line("")
			}
			row = c.Concern
			if row == "" {
				page.head("Layers")
			} else {
				page.head(row)
			}
		}
		message := c.Message
		if everything && len(c.Editions) > 0 && c.Concern != "" {
			message += fmt.Sprintf(" (%s %s)", c.Framework, strings.Join(c.Editions, ", "))
		}
		page.wrap(fmt.Sprintf("  %-9s ", c.Verdict), message)
		page.wrap("            ", "at "+c.Where)
		for i := 0; i < len(c.Candidates); { // those with one reason stand together
			why, list := c.Candidates[i].Why, []string(nil)
			for ; i < len(c.Candidates) && c.Candidates[i].Why == why; i++ {
				list = append(list, c.Candidates[i].ID+" "+c.Candidates[i].Title)
			}
			page.wrap("            fits: ", strings.Join(list, "; ")+" ("+why+")")
		}
	}
	if r.Faults() > 0 || everything {
		page.line("")
	}
	var parts []string
	for _, v := range sortedVerdicts(count) {
		parts = append(parts, fmt.Sprintf("%d %s", count[v], v))
	}
	page.wrap("", fmt.Sprintf("%s in %s: %s", report.Plural(r.Rows, "row", "rows"), report.Plural(r.Tables, "table", "tables"), strings.Join(parts, ", ")))
}

func sortedVerdicts(count map[string]int) []string {
	out := make([]string, 0, len(count))
	for v := range count {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

// diffEndings choose the format of a file that a comparison is written to.
var diffEndings = map[string]string{".json": "json", ".md": "md", ".markdown": "md", ".txt": "text"}

func (a *app) diff() *cobra.Command {
	var failOn, format, output string
	var scopes []string
	var everything bool
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "what changed in a system, and which threats that brings to life or ends",
		Long: `Diff compares two trees, written models or saved results. It lists the threats that
became live or died, with the step of the path that is new or gone; what the change
itself brings (a tool gained, a pin dropped, oversight removed …); and what changed
in authority, tools, identity, orchestration, consequence, models, suppliers,
controls and exposure. What was moved or renamed is known again by its name,
content, description or neighbours.

Tests, examples and vendored code are left out of what is shown and of --fail-on;
--scope counts them. Near copies of one finding count once.

Both sides are analysed with the same rules; a saved result gives its system and
what was accepted. Flags about a tree count for both sides.`,
		Example: `  git worktree add ../before origin/main
  fermata diff ../before .
  fermata diff last.json . --fail-on high -o change.md`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return &usageError{message: cmd.CommandPath() + " needs two systems: OLD and NEW", hint: cmd.CommandPath() + " --help"}
			}
			return atMost(2, "two systems")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if failOn != "" {
				if err := oneOf("--fail-on", "severity", failOn, result.Severities); err != nil {
					return err
				}
			}
			if err := knownScopes(scopes); err != nil {
				return err
			}
			if format == "" && output != "" {
				if format = diffEndings[strings.ToLower(filepath.Ext(output))]; format == "" {
					return &usageError{message: fmt.Sprintf("no format is known by the ending of %s", output), hint: "the endings are .json .md .txt; or say --format"}
				}
			} else if format == "" {
				format = report.DiffFormats[0]
			}
			format = formatWord(format, report.DiffFormats)
			if err := oneOf("--format", "format", format, report.DiffFormats); err != nil {
				return err
			}
			d, err := a.compare(cmd, args[0], args[1])
			if err != nil {
				return err
			}
			o := report.Options{Scopes: scopes, All: everything}
			if output == "" {
				o.Width, o.Colour = a.screen()
				if err := report.WriteDiff(a.out, d, format, o); err != nil {
					return err
				}
			} else {
				if err := pipeline.WriteAside(output, func(w io.Writer) error { return report.WriteDiff(w, d, format, o) }); err != nil {
					return err
				}
				if !a.shared.quiet {
					fmt.Fprintf(a.err, "fermata: wrote %s (%s)\n", clean(output), format)
				}
			}
			a.judgeDiff(d, failOn, d.Scopes(scopes))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&failOn, "fail-on", "", "exit with 3 when a threat at or above a `SEVERITY` became live, a condition came, or a finding about the change arose: "+strings.Join(result.Severities, ", "))
	f.StringVarP(&format, "format", "f", "", "`FORMAT`: "+strings.Join(report.DiffFormats, ", ")+"; by the ending of -o if not given")
	f.StringVarP(&output, "output", "o", "", "write a `FILE`: .json, .md or .txt")
	scopeFlag(cmd, &scopes)
	f.BoolVar(&everything, "all", false, "show everything, not only the first, and what follows from other changes")
	completes(cmd, "fail-on", result.Severities...)
	completes(cmd, "format", report.DiffFormats...)
	a.system(cmd)
	f.Lookup("layers").Hidden = true // a comparison names layers by one scheme
	return cmd
}

// compare analyses both sides.
func (a *app) compare(cmd *cobra.Command, before, after string) (*result.Diff, error) {
	if a.shared.layers != pipeline.DefaultScheme {
		return nil, usage("--layers: a comparison names layers by %s only", pipeline.DefaultScheme)
	}
	e, err := a.engine()
	if err != nil {
		return nil, err
	}
	old, err := a.input(before)
	if err != nil {
		return nil, err
	}
	now, err := a.input(after)
	if err != nil {
		return nil, err
	}
	progress := a.progress()
	defer progress.done()
	old.Progress, now.Progress = progress.report, progress.report
	return e.Diff(cmd.Context(), old, now)
}

// judgeDiff sets the exit code by what a change brings. Findings of one condition count once; what lies in parts of the tree
// that do not count is told and judges nothing.
func (a *app) judgeDiff(d *result.Diff, failOn string, scopes *result.Scopes) {
	failing := 0
	var first []string
	seen, in := map[string]bool{}, map[string]bool{}
	var left result.Left
	count := func(list []result.ThreatChange) {
		for i := range list {
			if c := &list[i]; c.To != "" && c.To != result.Accepted && c.To != result.Blocked && c.To != result.Unreachable && report.Rank(c.Severity) <= report.Rank(failOn) {
				if seen[c.Condition()] {
					continue
				}
				seen[c.Condition()] = true
				if !scopes.Has(c.Scope) {
					left.Findings++
					in[c.Scope] = true
					continue
				}
				if failing++; len(first) < namedFindings {
					first = append(first, fmt.Sprintf("%s  %s  (%s)", c.Severity, c.Message, c.Finding))
				}
			}
		}
	}
	if failOn != "" {
		count(d.Live)
		count(d.Conditions) // those that went have no status to come to
		count(d.Arose)
	}
	for _, name := range result.ScopeNames {
		if in[name] {
			left.Scopes = append(left.Scopes, name)
		}
	}
	if text := report.LeftOut(left); text != "" && !a.shared.quiet {
		fmt.Fprintf(a.err, "fermata: at or above %s, %s\n", failOn, text)
	}
	if failing > 0 {
		a.code = exitFindings
		if !a.shared.quiet {
			fmt.Fprintf(a.err, "fermata: the change brings %s at or above %s\n", report.Plural(failing, "threat", "threats"), failOn)
			for _, line := range first {
				fmt.Fprintf(a.err, "  %s\n", clean(line))
			}
			if n := failing - len(first); n > 0 {
				fmt.Fprintf(a.err, "  and %d more\n", n)
			}
		}
	}
	if d.Tool.Failed > 0 {
		a.code = exitIncomplete
		a.say("warning", report.Plural(d.Tool.Failed, "part", "parts")+" of the analysis failed: the answer is incomplete, and the report says where")
	}
}

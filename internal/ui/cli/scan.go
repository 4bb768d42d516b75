package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/report/all"
	"fermata/internal/result"
)

func (a *app) scan() *cobra.Command {
	var outputs []string
	var format, failOn, baseline string
	var scopes []string
	var everything bool
	cmd := &cobra.Command{
		Use:   "scan [PATH]",
		Short: "find the agents, tools and flows of a tree, and how they can be attacked",
		Long: `Scan reads PATH (a folder, a source file or a written model; the current folder if not given), analyses it and
prints a report. -o FILE writes the report in the format of its ending instead, and may be repeated.

Nothing in PATH is run, and nothing is sent anywhere.`,
		Example: `  fermata scan
  fermata scan ../their-agents -o report.html -o result.json
  fermata scan --fail-on high --baseline last.json`,
		Args: atMost(1, "one path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			printer, err := a.choose(outputs, format)
			if err != nil {
				return err
			}
			if failOn != "" {
				if err := oneOf("--fail-on", "severity", failOn, result.Severities); err != nil {
					return err
				}
			}
			for _, s := range scopes {
				if err := oneOf("--scope", "part of a tree", s, scopeNames); err != nil {
					return err
				}
			}
			var before *result.Result
			if baseline != "" {
				if before, err = pipeline.LoadResult(cmd.Context(), baseline); err != nil {
					return err
				}
			}
			r, err := a.analyse(cmd.Context(), argument(args, 0, "."), 0)
			if err != nil {
				return err
			}
			if err := printer.print(r, report.Options{Scopes: scopes, All: everything}); err != nil {
				return err
			}
			a.judge(r, before, failOn)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringArrayVarP(&outputs, "output", "o", nil, "write the report to a file; its ending chooses the format (may be repeated)")
	f.StringVarP(&format, "format", "f", "", "the format of what is printed: "+strings.Join(formatNames(), ", "))
	f.StringVar(&failOn, "fail-on", "", "exit with 3 when a live finding is at or above this severity: "+strings.Join(result.Severities, ", "))
	f.StringVar(&baseline, "baseline", "", "a saved result: only findings that are new since then count for --fail-on")
	f.StringSliceVar(&scopes, "scope", nil, "parts of the tree that the report shows: main, test, example, vendored; main if not given")
	f.BoolVar(&everything, "all", false, "show everything, not only the first")
	completes(cmd, "format", formatNames()...)
	completes(cmd, "fail-on", result.Severities...)
	completes(cmd, "scope", scopeNames...)
	a.system(cmd)
	return cmd
}

// scopeNames are the parts of a tree.
var scopeNames = []string{"main", "test", "example", "vendored"}

// analyse scans a path, or reads it when it is a saved result.
func (a *app) analyse(ctx context.Context, path string, questions int) (*result.Result, error) {
	if pipeline.IsResult(path) {
		return pipeline.LoadResult(ctx, path)
	}
	e, err := a.engine()
	if err != nil {
		return nil, err
	}
	return a.analyseWith(ctx, e, path, questions)
}

func (a *app) analyseWith(ctx context.Context, e *pipeline.Engine, path string, questions int) (*result.Result, error) {
	in, err := a.input(path)
	if err != nil {
		return nil, err
	}
	if in.Scheme != pipeline.DefaultScheme && e.Layers(in.Scheme) == nil {
		var names []string
		for _, s := range e.Catalog().Schemes() {
			names = append(names, s.ID)
		}
		return nil, oneOf("--layers", "scheme", in.Scheme, names)
	}
	in.Questions = questions
	progress := a.progress()
	in.Progress = progress.report
	r, err := e.Scan(ctx, in)
	progress.done()
	return r, err
}

// judge sets the exit code by what was found.
func (a *app) judge(r, before *result.Result, failOn string) {
	known := map[string]bool{}
	if before != nil {
		for i := range before.Findings {
			if before.Findings[i].Status == result.Live {
				known[before.Findings[i].ID] = true
			}
		}
	}
	fresh, gone, failing := 0, len(known), 0
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Status != result.Live {
			continue
		}
		if known[f.ID] {
			gone--
			continue
		}
		fresh++
		if failOn != "" && report.Rank(f.Severity) <= report.Rank(failOn) {
			failing++
		}
	}
	if before != nil && !a.shared.quiet {
		fmt.Fprintf(a.err, "fermata: since the baseline %s, %s\n", report.Plural(fresh, "finding is new", "findings are new"), report.Plural(max(gone, 0), "is gone", "are gone"))
	}
	if failing > 0 {
		a.code = exitFindings
		if !a.shared.quiet {
			fmt.Fprintf(a.err, "fermata: %s at or above %s\n", report.Plural(failing, "live finding is", "live findings are"), failOn)
		}
	}
	if r.Tool.Failed > 0 {
		a.code = exitIncomplete
		a.say("warning", report.Plural(r.Tool.Failed, "part", "parts")+" of the analysis failed: the answer is incomplete, and the report says where")
	}
}

func formatNames() []string {
	var names []string
	for _, f := range all.Formats() {
		names = append(names, f.Name)
	}
	return names
}

func formatNamed(name string) (report.Format, error) {
	for _, f := range all.Formats() {
		if f.Name == name {
			return f, nil
		}
	}
	hint := near(name, formatNames(), "", "the formats are "+strings.Join(formatNames(), ", "))
	return report.Format{}, &usageError{message: fmt.Sprintf("unknown format %q", name), hint: hint}
}

func formatOf(file string) (report.Format, error) {
	base := strings.ToLower(filepath.Base(file))
	var best report.Format
	length := 0
	for _, f := range all.Formats() {
		for _, ext := range f.Extensions {
			if strings.HasSuffix(base, ext) && len(ext) > length {
				best, length = f, len(ext)
			}
		}
	}
	if length > 0 {
		return best, nil
	}
	var endings []string
	for _, f := range all.Formats() {
		endings = append(endings, f.Extensions...)
	}
	return best, &usageError{message: fmt.Sprintf("no format is known by the ending of %s", file), hint: "the endings are " + strings.Join(endings, " ") + "; or say --format"}
}

// printer is where a result goes.
type printer struct {
	app     *app
	format  report.Format // to standard output, when there are no files
	files   []string
	formats []report.Format
}

// choose settles formats before the work begins: a misspelt format must not cost a scan.
func (a *app) choose(outputs []string, format string) (*printer, error) {
	p := &printer{app: a, files: outputs}
	if format != "" {
		if len(outputs) > 1 {
			return nil, usage("--format goes with one output; with several, the endings choose")
		}
		f, err := formatNamed(format)
		p.format, p.formats = f, []report.Format{f}
		return p, err
	}
	var err error
	if p.format, err = formatNamed("text"); err != nil {
		return nil, err
	}
	for _, file := range outputs {
		f, err := formatOf(file)
		if err != nil {
			return nil, err
		}
		p.formats = append(p.formats, f)
	}
	return p, nil
}

func (p *printer) print(r *result.Result, o report.Options) error {
	if len(p.files) == 0 {
		o.Width, o.Colour = p.app.screen()
		return p.format.Write(p.app.out, r, o)
	}
	for i, file := range p.files {
		format := p.formats[i]
		if err := pipeline.WriteAside(file, func(w io.Writer) error { return format.Write(w, r, o) }); err != nil {
			return err
		}
		if !p.app.shared.quiet {
			fmt.Fprintf(p.app.err, "fermata: wrote %s (%s)\n", file, format.Name)
		}
	}
	return nil
}

func (a *app) convert() *cobra.Command {
	var outputs []string
	var format string
	var everything bool
	cmd := &cobra.Command{
		Use:   "convert RESULT",
		Short: "print a saved result in another format",
		Example: `  fermata scan -o result.json
  fermata convert result.json -o report.html -o result.sarif`,
		Args: between(1, "a saved result"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.choose(outputs, format)
			if err != nil {
				return err
			}
			r, err := pipeline.LoadResult(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return p.print(r, report.Options{All: everything})
		},
	}
	cmd.Flags().StringArrayVarP(&outputs, "output", "o", nil, "the file to write; its ending chooses the format (may be repeated)")
	cmd.Flags().StringVarP(&format, "format", "f", "", "the format of what is printed: "+strings.Join(formatNames(), ", "))
	cmd.Flags().BoolVar(&everything, "all", false, "show everything, not only the first")
	a.terminal(cmd)
	return cmd
}

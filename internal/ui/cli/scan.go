package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/model"
	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/report/all"
	"fermata/internal/result"
)

func (a *app) scan() *cobra.Command {
	var failOn, baseline string
	var scorings []string
	var p printing
	cmd := &cobra.Command{
		Use:   "scan [PATH]",
		Short: "find the agents, tools and flows of a tree, and how they can be attacked",
		Long: `Scan reads PATH (a folder, a source file, a written model or a saved result; the
current folder if not given), analyses it and prints a report. -o FILE writes the
report in the format of its ending instead, and may be repeated.

Tests, examples and vendored code are read and left out of the report and of
--fail-on, which say so; --scope counts them.

Nothing in PATH is run, and nothing is sent anywhere.`,
		Example: `  fermata scan
  fermata scan ../their-agents -o report.html -o result.json
  fermata scan --fail-on high --baseline last.json`,
		Args: atMost(1, "one path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			printer, err := a.choose(&p)
			if err != nil {
				return err
			}
			if failOn != "" {
				if err := oneOf("--fail-on", "severity", failOn, result.Severities); err != nil {
					return err
				}
			}
			for _, s := range scorings {
				if err := oneOf("--score", "scoring system", s, pipeline.Scorings()); err != nil {
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
			if err := pipeline.AddScores(r, scorings, ""); err != nil {
				return err
			}
			printer.options.Baseline = before
			if err := printer.print(r); err != nil {
				return err
			}
			a.judge(r, before, failOn, p.scopes)
			return nil
		},
	}
	p.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&failOn, "fail-on", "", "exit with 3 when a live finding or a condition is at or above a `SEVERITY`: "+strings.Join(result.Severities, ", "))
	f.StringVar(&baseline, "baseline", "", "a saved result (`FILE`): only findings that are new since then count for --fail-on")
	f.StringSliceVar(&scorings, "score", nil, "give findings their scores by `SYSTEMS` too: "+strings.Join(pipeline.Scorings(), ", "))
	completes(cmd, "fail-on", result.Severities...)
	completes(cmd, "score", pipeline.Scorings()...)
	a.system(cmd)
	return cmd
}

// printing is what the flags of scan and convert say about where a report goes and what it shows.
type printing struct {
	outputs, scopes []string
	format          string
	everything      bool
}

func (p *printing) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&p.outputs, "output", "o", nil, "write the report to a `FILE`; its ending chooses the format (may be repeated)")
	f.StringVarP(&p.format, "format", "f", "", "the format (`NAME`) of what is printed: "+strings.Join(formatNames(), ", "))
	scopeFlag(cmd, &p.scopes)
	f.BoolVar(&p.everything, "all", false, "show everything, not only the first")
	completes(cmd, "format", formatNames()...)
}

// scopeNames are the parts of a tree.
var scopeNames = result.ScopeNames

// scopeFlag is the flag of every command that shows or judges findings or paths.
func scopeFlag(cmd *cobra.Command, scopes *[]string) {
	cmd.Flags().StringSliceVar(scopes, "scope", nil, "the `PARTS` of the tree that count: main, example, test, vendored; main if not given, all if main has nothing")
	completes(cmd, "scope", scopeNames...)
}

// knownScopes refuses parts of a tree that there are not.
func knownScopes(scopes []string) error {
	for _, s := range scopes {
		if err := oneOf("--scope", "part of a tree", s, scopeNames); err != nil {
			return err
		}
	}
	return nil
}

// within narrows a result to the parts of the tree that count, and says what it leaves out.
func (a *app) within(r *result.Result, asked []string) *result.Result {
	a.leftOut(r, asked)
	return r.Within(r.Scopes(asked))
}

// leftOut says what an answer leaves out because of its part of the tree.
func (a *app) leftOut(r *result.Result, asked []string) string {
	text := report.LeftOut(r.Left(r.Scopes(asked), "low"))
	if text != "" && !a.shared.quiet {
		fmt.Fprintf(a.err, "fermata: %s\n", text)
	}
	return text
}

// analyse scans a path, or reads it when it is a saved result.
func (a *app) analyse(ctx context.Context, path string, questions int) (*result.Result, error) {
	var e *pipeline.Engine // that a saved result needs none saves a command half of its time
	if !pipeline.IsResult(path) {
		var err error
		if e, err = a.engine(); err != nil {
			return nil, err
		}
	}
	r, err := a.read(ctx, e, path, questions)
	a.nothing(r, path)
	return r, err
}

// read scans a path or reads a saved result.
func (a *app) read(ctx context.Context, e *pipeline.Engine, path string, questions int) (*result.Result, error) {
	if pipeline.IsResult(path) {
		return a.saved(ctx, path)
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

// nothing warns of a system in which nothing was found: its answers look like those of a safe one, and a gate passes.
func (a *app) nothing(r *result.Result, path string) {
	if r == nil || slices.ContainsFunc(r.System.Elements, func(e *model.Element) bool { return e.Origin != model.Assumed }) {
		return
	}
	a.say("warning", fmt.Sprintf("no agent, tool or other part of an agent system was found in %s (%s seen): no answer about it is a clean bill", path, report.Plural(r.Coverage.Files.Seen, "file", "files")))
	a.hint("fermata scan says what was read and what was passed over; what no file says, fermata init writes a model for")
}

// saved reads a saved result. What is asked of the reading of a tree cannot be asked of it, and is not passed over in silence.
func (a *app) saved(ctx context.Context, path string) (*result.Result, error) {
	s := &a.shared
	for _, f := range []struct {
		flag  string
		given bool
	}{
		{"--model", len(s.models) > 0},
		{"--evidence", len(s.evidence) > 0},
		{"--osv", s.osv != ""},
		{"--decisions", s.decisions != ""},
		{"--no-declared", s.noDeclared},
		{"--trust", s.trust != "declared"},
		{"--layers", s.layers != pipeline.DefaultScheme},
		{"--include", len(s.include) > 0},
		{"--exclude", len(s.exclude) > 0},
		{"--vendored", s.vendored},
	} {
		if f.given {
			return nil, &usageError{message: fmt.Sprintf("%s counts when a system is analysed, and %s is a saved result", f.flag, path), hint: "give the tree that it was made of"}
		}
	}
	return pipeline.LoadResult(ctx, path)
}

// namedFindings is how many new findings a failing gate names: who reads it must see what to mend.
const namedFindings = 10

// judge sets the exit code by what was found. Findings that share a cause count as one, as in reports.
func (a *app) judge(r, before *result.Result, failOn string, asked []string) {
	scopes := r.Scopes(asked)
	known, gone := map[string]bool{}, map[string]string{} // by finding; what is gone with its condition
	if before != nil {
		was := before.Scopes(asked)
		for i := range before.Findings {
			if f := &before.Findings[i]; f.Gated() {
				known[f.ID] = true
				if was.Has(was.OfFinding(f)) {
					gone[f.ID] = f.Condition()
				}
			}
		}
	}
	fresh, failed := map[string]bool{}, map[string]bool{} // conditions
	live, conditions := 0, 0
	var first []string
	for i := range r.Findings {
		f := &r.Findings[i]
		if !f.Gated() {
			continue
		}
		delete(gone, f.ID)
		if known[f.ID] || !scopes.Has(scopes.OfFinding(f)) {
			continue
		}
		key := f.Condition()
		fresh[key] = true
		if failOn == "" || report.Rank(f.Severity) > report.Rank(failOn) || failed[key] {
			continue
		}
		failed[key] = true
		if f.Status == result.Live {
			live++
		} else {
			conditions++
		}
		if before != nil && len(first) < namedFindings {
			first = append(first, fmt.Sprintf("%s  %s  (%s)", f.Severity, f.Message, f.ID))
		}
	}
	if before != nil && !a.shared.quiet {
		less := map[string]bool{}
		for _, key := range gone {
			less[key] = true
		}
		fmt.Fprintf(a.err, "fermata: since the baseline %s, %s\n", report.Plural(len(fresh), "finding is new", "findings are new"), report.Plural(len(less), "is gone", "are gone"))
	}
	if failOn != "" && !a.shared.quiet {
		left := r.Left(scopes, failOn)
		left.Agents, left.Paths = 0, 0
		if text := report.LeftOut(left); text != "" {
			fmt.Fprintf(a.err, "fermata: at or above %s, %s\n", failOn, text)
		}
	}
	if failing := live + conditions; failing > 0 {
		a.code = exitFindings
		if !a.shared.quiet {
			text := report.Plural(live, "live finding is", "live findings are")
			switch {
			case live == 0:
				text = report.Plural(conditions, "condition is", "conditions are")
			case conditions > 0:
				text = report.Plural(live, "live finding", "live findings") + " and " + report.Plural(conditions, "condition", "conditions") + " are"
			}
			fmt.Fprintf(a.err, "fermata: %s at or above %s%s\n", text, failOn, countedOnce(live+conditions))
			for _, line := range first {
				fmt.Fprintf(a.err, "  %s\n", clean(line))
			}
			if n := failing - len(first); before != nil && n > 0 {
				fmt.Fprintf(a.err, "  and %d more\n", n)
			}
		}
	}
	a.incomplete(r)
}

// countedOnce says how findings are counted, where there are several.
func countedOnce(n int) string {
	if n < 2 {
		return ""
	}
	return ", those that share a cause counted as one"
}

// incomplete says that parts of an analysis failed. It wins over every other way to end.
func (a *app) incomplete(r *result.Result) {
	if r.Tool.Failed > 0 && a.code != exitIncomplete {
		a.code = exitIncomplete
		where := ""
		for _, d := range r.Diagnostics {
			if d.Code == "passed-over" {
				where = " (" + d.File + ": " + d.Message + ")"
				break
			}
		}
		a.say("warning", report.Plural(r.Tool.Failed, "part", "parts")+" of the analysis failed"+where+": the answer is incomplete, and the report says where")
	}
}

// broken prints the first mistakes behind an incomplete answer, for commands whose answer does not list them.
func (a *app) broken(r *result.Result) {
	const most = 3
	n, told := 0, map[string]bool{}
	for _, d := range r.Diagnostics {
		place := d.File
		if d.Line > 0 {
			place += fmt.Sprintf(":%d:%d", d.Line, d.Col)
		}
		line := place + ": error: " + d.Message
		if d.Severity != "error" || told[line] {
			continue
		}
		told[line] = true
		if n++; n <= most {
			fmt.Fprintln(a.err, clean(line))
		}
	}
	if n > most {
		fmt.Fprintf(a.err, "and %s: fermata scan lists them\n", report.Plural(n-most, "more mistake", "more mistakes"))
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
	name = formatWord(name, formatNames())
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
	options report.Options
}

// choose settles formats before the work begins: a misspelt format must not cost a scan.
func (a *app) choose(from *printing) (*printer, error) {
	if err := knownScopes(from.scopes); err != nil {
		return nil, err
	}
	p := &printer{app: a, files: from.outputs, options: report.Options{Scopes: from.scopes, All: from.everything}}
	if from.format != "" {
		if len(p.files) > 1 {
			return nil, usage("--format goes with one output; with several, the endings choose")
		}
		f, err := formatNamed(from.format)
		p.format, p.formats = f, []report.Format{f}
		return p, err
	}
	var err error
	if p.format, err = formatNamed("text"); err != nil {
		return nil, err
	}
	for _, file := range p.files {
		f, err := formatOf(file)
		if err != nil {
			return nil, err
		}
		p.formats = append(p.formats, f)
	}
	return p, nil
}

func (p *printer) print(r *result.Result) error {
	o := p.options
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
	var p printing
	cmd := &cobra.Command{
		Use:   "convert RESULT",
		Short: "print a saved result in another format",
		Example: `  fermata scan -o result.json
  fermata convert result.json -o report.html -o result.sarif`,
		Args: between(1, "a saved result"),
		RunE: func(cmd *cobra.Command, args []string) error {
			printer, err := a.choose(&p)
			if err != nil {
				return err
			}
			r, err := pipeline.LoadResult(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return printer.print(r)
		},
	}
	p.flags(cmd)
	a.terminal(cmd)
	return cmd
}

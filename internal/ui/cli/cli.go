// Package cli is the command line.
//
// Each command parses what was asked, calls package pipeline, and prints the answer. Results go to standard output,
// everything else (progress, errors, hints) to standard error, so that output can be piped. Errors are one line, lower
// case, "fermata: error: …", with a hint where there is something to do.
//
// # Exit codes
//
// 0 done; 1 failed (what is read has mistakes, a file cannot be read or written); 2 wrong usage: what was typed cannot be
// understood, be it a flag, a value, or a name that nothing in the system or the catalogues has; 3 a live finding at or
// above --fail-on; 4 the analysis is incomplete because a rule, extractor or file failed. 4 wins over 3: a gate that
// did not see everything has not passed.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/source"
)

// The exit codes.
const (
	exitDone       = 0
	exitFailed     = 1
	exitUsage      = 2
	exitFindings   = 3
	exitIncomplete = 4
)

// rest is what the collector takes for live from the beginning. A run is short and what lives in it is mostly small:
// without this the collector would go over all of it each time as much again was taken, dozens of times. Nobody touches
// it, so it takes addresses and no memory; a run takes at most this much more.
const rest = 48 << 20

// Main runs the command line and returns the exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	defer runtime.KeepAlive(make([]byte, rest))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	answer := &answer{Writer: stdout}
	a := &app{out: answer, err: stderr}
	root := a.root()
	root.SetArgs(keepRemovals(args))
	root.SetOut(answer)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = answer.failed
	}
	if err != nil {
		return a.fail(err)
	}
	return a.code
}

// answer is standard output. It remembers that something could not be written, so that commands can print without
// asking each time, and half an answer still ends with an error.
type answer struct {
	io.Writer
	failed error
}

func (a *answer) Write(p []byte) (int, error) {
	n, err := a.Writer.Write(p)
	if err != nil && a.failed == nil {
		a.failed = err
	}
	return n, err
}

// app is one run of the program.
type app struct {
	out, err io.Writer
	code     int
	shared   sharedFlags
}

// sharedFlags are those of every command that looks at a system.
type sharedFlags struct {
	rules, catalogs, models []string
	evidence                []string
	osv                     string
	include, exclude        []string
	decisions               string
	trust, asOf, layers     string
	noDeclared, vendored    bool
	colour                  string
	quiet                   bool
	workers                 int
}

func (a *app) fail(err error) int {
	var wrong *usageError
	var asked *pipeline.AskError
	var input *pipeline.InputError
	if errors.As(err, &asked) {
		err = &usageError{message: asked.Message, hint: asked.Hint}
	}
	switch {
	case errors.As(err, &wrong):
		a.say("error", wrong.message)
		if wrong.hint != "" {
			a.hint(wrong.hint)
		}
		return exitUsage
	case errors.As(err, &input):
		a.diagnostics(input.Diagnostics)
		a.say("error", input.Message)
	case errors.Is(err, context.Canceled):
		a.say("error", "stopped")
	default:
		a.say("error", err.Error())
	}
	return exitFailed
}

func (a *app) say(kind, message string) {
	fmt.Fprintf(a.err, "fermata: %s: %s\n", kind, clean(message))
}

func (a *app) hint(message string) { fmt.Fprintf(a.err, "hint: %s\n", clean(message)) }

// clean keeps what a scanned tree could smuggle into a terminal out of messages.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return -1
		}
		return r
	}, text)
}

func (a *app) diagnostics(list []source.Diagnostic) {
	for _, d := range list {
		where := ""
		if w := d.Where(); w != "" {
			where = w + ": "
		}
		fmt.Fprintf(a.err, "%s%s: %s\n", clean(where), d.Severity, clean(d.Message))
		if d.Hint != "" {
			a.hint(d.Hint)
		}
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "fermata",
		Short: "threat models of multi-agent AI systems, from their source, configuration or a written model",
		Long: `Fermata reads a system of AI agents (source, configuration or a written model)
and shows, with evidence for each step, how an attacker gets from outside to what
its owner values, and which few controls end that. It runs offline, runs nothing
that it reads, and gives the same bytes for the same input.

Begin with:  fermata scan PATH`,
		Version:       pipeline.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noWords,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("fermata {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(helpCommand())
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return a.checkShared() }
	cobra.EnableCommandSorting = false // the order below is that of use
	for _, group := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"Look at a system:", []*cobra.Command{a.scan(), a.explain(), a.paths(), a.blast(), a.ask(), a.risk(), a.matrix(), a.score(), a.diff()}},
		{"Verify it:", []*cobra.Command{a.checklist(), a.reviewOf(), a.testgen()}},
		{"Make it safer:", []*cobra.Command{a.harden(), a.whatif(), a.simulate()}},
		{"Ask what runs:", []*cobra.Command{a.probe()}},
		{"Write down what only people know:", []*cobra.Command{a.init(), a.validate(), a.accept(), a.attest()}},
		{"What Fermata knows:", []*cobra.Command{a.rules(), a.controls(), a.catalog(), a.evidence()}},
		{"Tools:", []*cobra.Command{a.convert(), a.graph(), a.completion()}},
	} {
		root.AddGroup(&cobra.Group{ID: group.title, Title: group.title})
		for _, cmd := range group.commands {
			cmd.GroupID = group.title
			root.AddCommand(cmd)
		}
	}
	root.SetHelpCommandGroupID("Tools:")
	return root
}

var (
	trustNames  = []string{"declared", "evidenced", "tested"}
	colourNames = []string{"auto", "always", "never"}
)

// system adds the flags of commands that look at a system.
func (a *app) system(cmd *cobra.Command) {
	f, s := cmd.Flags(), &a.shared
	f.StringArrayVar(&s.models, "model", nil, "a written model (`FILE`) to add to what is found (may be repeated)")
	f.StringArrayVar(&s.evidence, "evidence", nil, "what others found out (`FILE`): JUnit XML, go test -json, SARIF, or a written list (may be repeated)")
	f.StringVar(&s.osv, "osv", "", "a `FOLDER` with a database of advisories in the OSV schema (.json, .zip) to compare lock files with")
	f.StringVar(&s.decisions, "decisions", "", "a decisions `FILE` in place of the tree's own")
	f.BoolVar(&s.noDeclared, "no-declared", false, "ignore model and decisions files inside the tree: they are claims of whoever wrote it")
	f.StringVar(&s.trust, "trust", "declared", "the weakest `STATE` of a control that counts: declared, evidenced or tested")
	f.StringVar(&s.asOf, "as-of", "", "the `DAY` (YYYY-MM-DD) at which decisions are judged; today if not given")
	f.StringVar(&s.layers, "layers", pipeline.DefaultScheme, "the `SCHEME` that layers are named by: maestro-v1, maestro-v2 or securing-mas")
	f.StringArrayVar(&s.include, "include", nil, "read only files that match a `GLOB`, such as 'src/**/*.py' (may be repeated)")
	f.StringArrayVar(&s.exclude, "exclude", nil, "leave out files that match a `GLOB` (may be repeated)")
	f.BoolVar(&s.vendored, "vendored", false, "read folders of installed packages, too")
	f.StringArrayVar(&s.rules, "rules", nil, "a `FOLDER` with more rules (may be repeated)")
	f.StringArrayVar(&s.catalogs, "catalog", nil, "an official ATLAS `FILE` to add (may be repeated)")
	f.IntVar(&s.workers, "workers", 0, "how many files and rules at once (`N`); one per processor if not given")
	completes(cmd, "trust", trustNames...)
	completes(cmd, "layers", "maestro-v1", "maestro-v2", "securing-mas")
	a.terminal(cmd)
}

// terminal adds the flags of commands that print for people.
func (a *app) terminal(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.shared.colour, "color", "auto", "`WHEN`: auto, always or never; NO_COLOR is obeyed")
	cmd.Flags().BoolVarP(&a.shared.quiet, "quiet", "q", false, "no progress and no remarks")
	completes(cmd, "color", colourNames...)
}

// engine loads rules and controls, and says what is wrong with the user's own.
func (a *app) engine() (*pipeline.Engine, error) {
	e, troubles, err := pipeline.New(pipeline.Options{Rules: a.shared.rules, Catalogs: a.shared.catalogs})
	if err != nil {
		return nil, err
	}
	if len(a.shared.catalogs) > 0 {
		troubles = append(troubles, e.CatalogTroubles()...)
	}
	for _, t := range troubles {
		if t.Severity == source.Error {
			return nil, &pipeline.InputError{Message: "rules, controls or catalogues have mistakes", Diagnostics: troubles}
		}
	}
	a.diagnostics(troubles)
	return e, nil
}

// input is what the shared flags say about a path.
func (a *app) input(path string) (pipeline.Input, error) {
	s := &a.shared
	if err := oneOf("--trust", "state", s.trust, trustNames); err != nil {
		return pipeline.Input{}, err
	}
	trust, err := pipeline.Trust(s.trust)
	if err != nil {
		return pipeline.Input{}, usage("--trust: %v", err)
	}
	for flag, globs := range map[string][]string{"--include": s.include, "--exclude": s.exclude} {
		for _, glob := range globs {
			if err := source.CheckGlob(glob); err != nil {
				return pipeline.Input{}, usage("%s: %v", flag, err)
			}
		}
	}
	asOf := s.asOf
	if asOf == "" {
		asOf = time.Now().UTC().Format(time.DateOnly)
	} else if _, err := time.Parse(time.DateOnly, asOf); err != nil {
		return pipeline.Input{}, usage("--as-of: %q is not a day; write it as 2027-01-31", asOf)
	}
	return pipeline.Input{
		Path: path, Models: s.models, Evidence: s.evidence, Advisories: s.osv, NoDeclared: s.noDeclared, Decisions: s.decisions, Trust: trust, AsOf: asOf,
		Scheme: s.layers, Include: s.include, Exclude: s.exclude, Vendored: s.vendored, Workers: s.workers,
	}, nil
}

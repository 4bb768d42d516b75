package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fermata/internal/model"
	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

const pathOrResult = "PATH is a tree, a file of it, a written model or a saved result; the current\nfolder if not given."

func (a *app) explain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain ID [PATH]",
		Short: "what something is, why it matters, and what breaks it",
		Long: `Explain answers about a finding, path, element or question of a system, a rule,
a control, a row of the evidence table (C235), or an id of a framework (T6,
MAS-T23, AML.T0051, LLM01:2026, ASI03, MCP05, "MEASURE 2.7", A.6.2.4, CWE-94 …).
What a report prints as f-3fa91c or p-0b7e42 is a short id of a finding or path, and
a bare number the way that the report of a scan gives this number; a clause of a
standard is named with it ("ISO 42001 4").
risk:total, risk:ASSET, risk:rule/ID and risk:control/ID say what a figure of
fermata risk rests on.
` + pathOrResult,
		Example: `  fermata explain T6
  fermata explain unsandboxed-code-exec
  fermata explain 1
  fermata explain 'unsandboxed-code-exec@tools.py:run_shell' result.json`,
		Args: between(2, "an id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := a.engine()
			if err != nil {
				return err
			}
			if _, ok := pipeline.RiskQuery(args[0]); ok {
				return a.explainRisk(cmd, e, args)
			}
			var answers []pipeline.Explanation
			// What needs no system is answered without one; what is unknown then, a scan may know. A bare number is that of a way,
			// though standards number their clauses alike.
			if len(args) == 1 && !numberForm.MatchString(args[0]) {
				answers, _ = e.Explain(args[0], nil)
			}
			if answers == nil {
				r, scanErr := a.read(cmd.Context(), e, argument(args, 1, "."), -1)
				if scanErr != nil {
					return scanErr
				}
				query, err := numbered(args[0], r)
				if err != nil {
					return orClause(err, e, args[0])
				}
				if answers, err = e.Explain(query, r); err != nil {
					return err
				}
				a.incomplete(r)
			}
			a.explanations(answers)
			return nil
		},
	}
	a.system(cmd)
	return cmd
}

// numberForm is a number as the ways in a report are numbered: 3, or P3; 0 is none of them.
var numberForm = regexp.MustCompile(`^[Pp]?(0|[1-9][0-9]?)$`)

// numbered gives the id of the way that the report of a scan numbers so; any other text stays as it is.
func numbered(text string, r *result.Result) (string, error) {
	if !numberForm.MatchString(text) {
		return text, nil
	}
	n, _ := strconv.Atoi(strings.TrimLeft(text, "Pp"))
	shown := report.NewView(r).TopPaths(report.Options{}, report.ToldPaths)
	if n < 1 || n > len(shown) {
		numbers := "the report of a scan numbers none"
		switch {
		case len(shown) == 1:
			numbers = "the report of a scan numbers 1 way"
		case len(shown) > 1:
			numbers = fmt.Sprintf("the report of a scan numbers %d ways, from 1 to %d", len(shown), len(shown))
		}
		return "", &usageError{
			message: fmt.Sprintf("there is no way number %d: %s", n, numbers),
			hint:    "fermata paths --all lists all, each with a short id that explain takes",
		}
	}
	return shown[n-1].ID, nil
}

// orClause adds to an error about the number of a way which clauses of standards have that number.
func orClause(err error, e *pipeline.Engine, number string) error {
	var wrong *usageError
	if !errors.As(err, &wrong) {
		return err
	}
	entries, _ := e.Explain(number, nil)
	for i, x := range entries {
		if i == 0 {
			wrong.hint += "; a clause is asked for with its standard:"
		} else {
			wrong.hint += " or"
		}
		wrong.hint += fmt.Sprintf(" fermata explain '%s' (%s)", x.ID, x.Title)
	}
	return err
}

// explainRisk tells what a figure of risk rests on. What a result already holds is not reckoned again.
func (a *app) explainRisk(cmd *cobra.Command, e *pipeline.Engine, args []string) error {
	var r *result.Result
	if len(args) == 2 || pipeline.RiskNeedsSystem(args[0]) {
		var err error
		if r, err = a.look(cmd, e, argument(args, 1, "."), -1); err != nil {
			return err
		}
		if r.RiskBasis == nil && pipeline.RiskNeedsSystem(args[0]) {
			progress := a.progress()
			err := e.Risk(cmd.Context(), r, pipeline.RiskOptions{Seed: 1, Progress: progress.report})
			progress.done()
			if err != nil {
				return err
			}
		}
	}
	x, err := e.ExplainRisk(args[0], r)
	if err != nil {
		return err
	}
	a.explanations([]pipeline.Explanation{x})
	return nil
}

// look scans a path or reads a saved result, and warns of one in which nothing was found.
func (a *app) look(cmd *cobra.Command, e *pipeline.Engine, path string, questions int) (*result.Result, error) {
	r, err := a.read(cmd.Context(), e, path, questions)
	a.nothing(r, path)
	return r, err
}

func (a *app) explanations(list []pipeline.Explanation) {
	page := a.page()
	for i, x := range list {
		if i > 0 {
			page.line("")
		}
		page.title(x.ID, x.Title)
		for _, s := range x.Sections {
			page.line("")
			page.head(s.Heading)
			for _, text := range s.Text {
				page.wrap("  ", text)
			}
			for _, item := range s.Items {
				if number, step, ok := strings.Cut(item, ". "); ok && strings.Trim(number, "0123456789") == "" {
					page.wrap("  "+number+". ", step)
					continue
				}
				page.wrap("  - ", item)
			}
			page.code(s.Code)
		}
	}
}

func (a *app) paths() *cobra.Command {
	var everything bool
	var to, from string
	var scopes []string
	cmd := &cobra.Command{
		Use:   "paths [PATH]",
		Short: "the ways from sources of harm to losses, worst first",
		Long:  "Paths lists the ways that were found, worst first: one for each source of harm\nand loss, all of them with --all. fermata explain ID tells one in full.\n" + pathOrResult,
		Args:  atMost(1, "one path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := knownScopes(scopes); err != nil {
				return err
			}
			r, err := a.analyse(cmd.Context(), argument(args, 0, "."), -1)
			if err != nil {
				return err
			}
			a.incomplete(r)
			v, page := report.NewView(r), a.page()
			if err := known(v, from, to); err != nil {
				return err
			}
			r = a.within(r, scopes)
			var list []*result.Path
			for i := range r.Paths {
				p := &r.Paths[i]
				if strings.Contains(p.Goal.Asset+" "+p.Goal.Element+" "+p.Goal.Loss+" "+v.Asset(p.Goal.Asset), to) && strings.Contains(p.Attacker, from) {
					list = append(list, p)
				}
			}
			if len(list) == 0 {
				page.wrap("", none(from, to)+v.OpenEffects(report.Options{Scopes: scopes})+".")
			} else {
				a.pathList(v, list, everything)
			}
			if held := report.NewView(r).Held(); held != "" {
				page.line("")
				page.wrap("", held)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&everything, "all", false, "list every path")
	cmd.Flags().StringVar(&to, "to", "", "only paths to an asset, element or loss with `TEXT` in its name")
	scopeFlag(cmd, &scopes)
	cmd.Flags().StringVar(&from, "from", "", "only paths of a source of harm with `TEXT` in its id")
	a.system(cmd)
	return cmd
}

// known refuses names that nothing of the system has: a list that is empty because of a slip of the pen must not look
// like an all-clear.
func known(v *report.View, from, to string) error {
	var sources, together, names []string
	for _, s := range model.Attackers {
		sources = append(sources, s.Name)
	}
	for i := range v.Result.Paths {
		together = append(together, v.Result.Paths[i].Attacker)
	}
	if !anyHolds(sources, from) && !anyHolds(together, from) {
		return oneOf("--from", "source of harm", from, sources)
	}
	for _, l := range model.Losses {
		names = append(names, l.Name)
	}
	for i := range v.Result.System.Assets {
		asset := &v.Result.System.Assets[i]
		names = append(names, asset.ID, asset.Name, asset.Element, asset.Loss)
	}
	for _, e := range v.Result.System.Elements {
		names = append(append(names, e.ID, e.Name), e.Aliases...)
	}
	if !anyHolds(names, to) {
		return &usageError{message: fmt.Sprintf("--to: no asset, element or loss has %q in its name", to), hint: near(to, names, "", "fermata paths --all lists the ways and their ends")}
	}
	return nil
}

func anyHolds(names []string, part string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, part) })
}

// none says that there is no way, and of which ways that is said.
func none(from, to string) string {
	if from == "" {
		from = "a source of harm"
	}
	if to == "" {
		to = "a loss"
	}
	return fmt.Sprintf("No way from %s to %s was found", from, to)
}

// mostPaths is how many pairs of a source of harm and a loss a list shows.
const mostPaths = 30

// pathList prints paths, worst first: one for each source of harm and loss, and how many other paths there are.
func (a *app) pathList(v *report.View, list []*result.Path, everything bool) {
	page := a.page()
	type pair struct{ attacker, asset string }
	ways := map[pair]int{}
	for _, p := range list {
		ways[pair{p.Attacker, p.Goal.Asset}]++
	}
	pairs, seen, shown := len(ways), map[pair]bool{}, 0
	for _, p := range list {
		key := pair{p.Attacker, p.Goal.Asset}
		if !everything && (seen[key] || shown == mostPaths) {
			continue
		}
		text := fmt.Sprintf("%s reaches %s: %s, %s per attempt", v.Attacker(p.Attacker), v.Asset(p.Goal.Asset), report.Plural(len(p.Steps), "step", "steps"), report.PathChance(p))
		if lived := v.LivedSteps(p); lived != "" {
			text += "; " + lived
		}
		if others := ways[key] - 1; others > 0 && !everything {
			text += "; " + report.Plural(others, "other path", "other paths")
		}
		seen[key] = true
		shown++
		page.wrap(fmt.Sprintf("%-9s", p.Severity), text)
		page.line("         %s  %s", p.Handle(), p.ID)
	}
	text := report.Plural(pairs, "way", "ways, each") + " from a source of harm to a loss"
	if rest := pairs - len(seen); rest > 0 {
		text += fmt.Sprintf("; the worst %d are listed", len(seen))
	}
	if len(list) > pairs {
		text += "; by " + report.Plural(len(list), "path", "paths")
	}
	if shown < len(list) {
		text += ": --all lists each"
	}
	page.line("")
	page.wrap("", text+".")
}

func (a *app) blast() *cobra.Command {
	var scopes []string
	var byRisk, everything bool
	var o riskFlags
	var format, output string
	cmd := &cobra.Command{
		Use:   "blast [ELEMENT] [PATH]",
		Short: "what falls if one element falls",
		Long:  "Blast assumes that one agent, tool server, plugin or runtime has fallen, or that one\nsupplier or remote agent has turned, and lists what falls with it, layer by layer. Without ELEMENT it ranks all of them.\nWith --risk it tells chances: how much falls on average and at worst, what is at\nstake, which agent to contain first, and how few agents bring a loss about.\n" + pathOrResult,
		Args:  atMost(2, "an element and a path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := knownScopes(scopes); err != nil {
				return err
			}
			if err := checkBlast(cmd, byRisk, &o); err != nil {
				return err
			}
			form, err := formatFor(format, output, blastFormats)
			if err != nil {
				return err
			}
			if len(args) == 1 { // a word that names a file or folder is the path
				if _, err := os.Stat(args[0]); err == nil {
					args = []string{"", args[0]}
				}
			}
			if byRisk {
				e, err := a.engine()
				if err != nil {
					return err
				}
				r, err := a.look(cmd, e, argument(args, 1, "."), -1)
				if err != nil {
					return err
				}
				o.Scopes = scopes
				return a.blastRisk(cmd, e, r, argument(args, 0, ""), &o, form, output, everything)
			}
			r, err := a.analyse(cmd.Context(), argument(args, 1, "."), -1)
			if err != nil {
				return err
			}
			a.incomplete(r)
			v, page := report.NewView(r), a.page()
			if argument(args, 0, "") == "" {
				r = a.within(r, scopes)
				for _, b := range r.Blast {
					page.wrap("", fmt.Sprintf("%s (%s): %s, %s, at most %s", v.Name(b.Element), b.Element, report.Plural(len(b.Elements), "element", "elements"), report.Plural(len(b.Assets), "loss", "losses"), report.Plural(b.Depth, "step", "steps")))
				}
				if len(r.Blast) == 0 {
					page.line("There is no agent, tool server, plugin or runtime whose fall leads anywhere.")
				}
				return nil
			}
			el, err := pipeline.Element(r, args[0])
			if err != nil {
				return err
			}
			for _, b := range r.Blast {
				if b.Element == el.ID {
					a.blastOf(v, b)
					return nil
				}
			}
			page.wrap("", fmt.Sprintf("Nothing follows from the fall of %s (%s) alone.", el.Name, el.Kind))
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVar(&byRisk, "risk", false, "tell chances, what is at stake, and which agent to contain first")
	f.BoolVar(&everything, "all", false, "with --risk: list every element, agent and loss")
	o.addFew(cmd)
	documentFlags(cmd, &format, &output, blastFormats)
	scopeFlag(cmd, &scopes)
	a.system(cmd)
	return cmd
}

func (a *app) blastOf(v *report.View, b result.Blast) {
	page := a.page()
	page.title(b.Element, "if "+v.Name(b.Element)+" falls")
	page.wrap("", pipeline.Fall(b))
	for _, l := range v.Result.Layers {
		if b.ByLayer[l.ID] == 0 {
			continue
		}
		page.line("")
		page.head(l.ID + " " + l.Name)
		for _, id := range b.Elements {
			if e := v.Element(id); e != nil && e.Layer == l.ID {
				page.wrap("  - ", fmt.Sprintf("%s (%s)", e.Name, e.Kind))
			}
		}
	}
	if len(b.Assets) > 0 {
		page.line("")
		page.head("Losses")
		for _, id := range b.Assets {
			page.wrap("  - ", v.Asset(id))
		}
	}
}

func (a *app) accept() *cobra.Command {
	var d pipeline.Decision
	cmd := &cobra.Command{
		Use:   "accept FINDING [PATH]",
		Short: "decide to live with a finding, with a reason and until when",
		Long: `Accept writes a decision into fermata.decisions.yaml beside the system. The
finding stays in reports as accepted and no longer counts for --fail-on, until
the decision expires.
` + pathOrResult,
		Example: `  fermata accept 'runaway-loop@app.py:planner' --reason 'the run is capped by the job' --until 2027-03-31`,
		Args:    between(2, "the id of a finding"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := argument(args, 1, ".")
			in, err := a.input(path)
			if err != nil {
				return err
			}
			if strings.TrimSpace(d.Reason) == "" {
				return &usageError{message: "a decision needs a reason", hint: "--reason 'why it can be lived with'"}
			}
			byDefault := d.Until == ""
			if byDefault {
				d.Until = yearAfter(in.AsOf)
			} else if _, err := time.Parse(time.DateOnly, d.Until); err != nil {
				return usage("--until: %q is not a day; write it as 2027-01-31", d.Until)
			}
			saved := pipeline.IsResult(path)
			if saved && a.shared.decisions == "" {
				return &usageError{
					message: fmt.Sprintf("%s is a saved result, and a decision counts when the system is analysed", path),
					hint:    "fermata accept FINDING PATH with the tree that it was made of, or --decisions FILE for the decisions file of that tree",
				}
			}
			file := a.shared.decisions
			if file == "" {
				file = beside(path, pipeline.DecisionsFile)
			} else if _, err := os.Stat(file); saved || errors.Is(err, os.ErrNotExist) {
				a.shared.decisions = "" // it is about to be made, or belongs to the tree that the result was made of
			}
			r, err := a.analyse(cmd.Context(), path, -1)
			if err != nil {
				return err
			}
			a.incomplete(r)
			d.Finding = args[0]
			content, err := pipeline.Accept(r, file, in.AsOf, d)
			if err != nil {
				return err
			}
			if err := pipeline.WriteAside(file, func(w io.Writer) error { _, err := w.Write(content); return err }); err != nil {
				return err
			}
			if !a.shared.quiet {
				fmt.Fprintf(a.err, "fermata: wrote the decision into %s\n", file)
				if byDefault {
					fmt.Fprintf(a.err, "fermata: it holds for a year, until %s; --until says another day\n", d.Until)
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&d.Reason, "reason", "", "`WHY` it can be lived with (required)")
	cmd.Flags().StringVar(&d.Until, "until", "", "the last `DAY` (YYYY-MM-DD) on which the decision holds; a year from today if not given")
	cmd.Flags().StringVar(&d.Owner, "owner", "", "`WHO` decided: a role or a name")
	a.system(cmd)
	return cmd
}

// yearAfter is the day a year after a day.
func yearAfter(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return "" // the flag was checked before
	}
	return t.AddDate(1, 0, 0).Format(time.DateOnly)
}

// beside is a file in the folder of a path.
func beside(path, name string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, name)
	}
	return filepath.Join(filepath.Dir(path), name)
}

func (a *app) init() *cobra.Command {
	var output string
	var force bool
	cmd := &cobra.Command{
		Use:   "init [PATH]",
		Short: "write a commented fermata.yaml from what was found, with the open questions in it",
		Args:  atMost(1, "one path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := argument(args, 0, ".")
			if output == "" {
				output = beside(path, pipeline.ModelFile)
			}
			if _, err := os.Stat(output); err == nil && output != "-" && !force {
				return &pipeline.InputError{Message: output + " is there already; --force writes it anew, -o names another file"}
			}
			r, err := a.analyse(cmd.Context(), path, 0)
			if err != nil {
				return err
			}
			a.incomplete(r)
			if output == "-" {
				return pipeline.Init(a.out, r)
			}
			var content bytes.Buffer
			if err := pipeline.Init(&content, r); err != nil {
				return err
			}
			if err := pipeline.WriteAside(output, func(w io.Writer) error { _, err := w.Write(content.Bytes()); return err }); err != nil {
				return err
			}
			if !a.shared.quiet {
				fmt.Fprintf(a.err, "fermata: wrote %s; answer the questions in it and scan again\n", output)
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "the `FILE` to write; - prints it; fermata.yaml in PATH if not given")
	cmd.Flags().BoolVar(&force, "force", false, "write over a file that is there")
	a.system(cmd)
	return cmd
}

func (a *app) validate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate [FILE]",
		Short: "check a written model",
		Long: `Validate reads a written model, fermata.yaml of the current folder if no FILE is given, together with what its folder
holds, since it may correct and complete that. It says what is wrong and where; exit 1 when the model cannot be used.`,
		Args: atMost(1, "one file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := argument(args, 0, pipeline.ModelFile)
			if info, err := os.Stat(file); err == nil && info.IsDir() {
				file = filepath.Join(file, pipeline.ModelFile)
			}
			e, err := a.engine()
			if err != nil {
				return err
			}
			diagnostics, system, err := e.Validate(cmd.Context(), file)
			if err != nil {
				return err
			}
			for _, d := range diagnostics {
				fmt.Fprintf(a.err, "%s:%d:%d: %s: %s\n", clean(d.File), d.Line, d.Col, d.Severity, clean(d.Message))
				if d.Hint != "" {
					a.hint(d.Hint)
				}
			}
			written, seen := 0, 0
			for _, e := range system.Elements {
				switch e.Origin {
				case "declared":
					written++
				case "observed":
					seen++
				}
			}
			if seen > 0 {
				a.page().line("%s is sound: %s of its own, beside %d that the folder shows", file, report.Plural(written, "element", "elements"), seen)
				return nil
			}
			a.page().line("%s is sound: %s", file, report.Plural(written, "element", "elements"))
			return nil
		},
	}
	a.terminal(cmd)
	return cmd
}

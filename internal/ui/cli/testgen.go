package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/model"
	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

// testWriting is what the user asked of testgen.
type testWriting struct {
	runner, output string
	results        []string
	force          bool
	everything     bool
}

func (a *app) testgen() *cobra.Command {
	o := &testWriting{}
	cmd := &cobra.Command{
		Use:   "testgen [COMPONENT] [PATH]",
		Short: "write tests of controls that run as they stand, and read their results back",
		Long: `Testgen writes tests for the agents and tools of a tree, a file for each MAESTRO
layer. They call the project's own functions with arguments made up from their
signatures, and bring a model that says what the test wants; they need no key and no
network. Python and JavaScript are kept from starting programs; Go cannot be, so that
code in Go that may start programs, write files or reach outside but by the common
HTTP transport gets no test. What cannot be tested is a skipped test with its reason,
and is listed.

With --results it reads a report of tests (JUnit XML, or what go test -json prints)
and says which controls are tested now and which are refuted; -o keeps that as a
file for fermata scan --evidence.
` + pathOrResult,
		Example: `  fermata testgen --for pytest -o tests/fermata .
  fermata testgen desk/tools.py:refund --for pytest -o tests/fermata
  fermata testgen --results junit.xml . -o evidence.json
  fermata risk . --evidence evidence.json`,
		Args: atMost(2, "a component and a path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			component, path := componentAndPath(args)
			if len(o.results) > 0 {
				if component != "" {
					return usage("--results reads all that the report says; leave %s out", component)
				}
				if o.runner != "" || o.force {
					return usage("--for and --force write tests, and --results reads what they said; give one of them")
				}
				return a.testResults(cmd.Context(), path, o)
			}
			runners := pipeline.TestRunners()
			if o.runner == "" {
				return &usageError{message: "testgen needs --for: what runs the tests", hint: "say --for " + strings.Join(runners, " or ")}
			}
			if err := oneOf("--for", "runner", o.runner, runners); err != nil {
				return err
			}
			return a.writeTests(cmd.Context(), component, path, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.runner, "for", "", "the `RUNNER` of the tests: pytest, vitest or go")
	f.StringVarP(&o.output, "output", "o", "", "the `FOLDER` to write tests to; with --results, the file to write evidence to")
	f.StringArrayVar(&o.results, "results", nil, "a report of tests (`FILE`) to read back (may be repeated)")
	f.BoolVar(&o.force, "force", false, "write over files that are there and are different")
	f.BoolVar(&o.everything, "all", false, "list each test, not only how many")
	completes(cmd, "for", pipeline.TestRunners()...)
	a.system(cmd)
	return cmd
}

// writeTests decides which tests there are, writes them where a folder is given, and says what could not be written.
func (a *app) writeTests(ctx context.Context, component, path string, o *testWriting) error {
	ask := pipeline.TestAsk{Runner: o.runner, Up: "."}
	if component != "" {
		ask.Components = []string{component}
	}
	if o.output != "" {
		var err error
		if ask.Up, ask.Down, err = ways(o.output, path); err != nil {
			return err
		}
	}
	e, err := a.engine()
	if err != nil {
		return err
	}
	var plan *pipeline.TestPlan
	var r *result.Result
	if pipeline.IsResult(path) {
		if r, err = a.saved(ctx, path); err == nil {
			plan, err = e.TestsOfSaved(r, ask)
		}
	} else {
		var in pipeline.Input
		if in, err = a.input(path); err == nil {
			in.Questions = -1
			progress := a.progress()
			in.Progress = progress.report
			plan, r, err = e.Tests(ctx, in, ask)
			progress.done()
		}
	}
	if err != nil {
		return err
	}
	a.incomplete(r)
	page := a.page()
	if len(plan.Cases) == 0 {
		a.noTests(page, plan, r)
		return nil
	}
	if o.output != "" {
		if err := a.putTests(plan, o); err != nil {
			return err
		}
	}
	a.testPlan(page, plan, treeOf(path), o)
	return nil
}

// noTests says why there are none.
func (a *app) noTests(page *page, plan *pipeline.TestPlan, r *result.Result) {
	page.line("no test for %s: no agent or tool of this system is written in its language", plan.Runner)
	a.otherLanguages(page, plan)
	if len(r.System.Elements) == 0 {
		a.hint("no agents were found there at all; fermata scan says what was read")
	}
}

func (a *app) otherLanguages(page *page, plan *pipeline.TestPlan) {
	runners := map[string]string{"python": "pytest", "typescript": "vitest", "go": "go"}
	for _, language := range slices.Sorted(maps.Keys(plan.Others)) {
		n := plan.Others[language]
		page.wrap("", fmt.Sprintf("%s of the system %s written in %s: --for %s makes their tests.", report.Plural(n, "agent or tool", "agents and tools"), isAre(n), language, runners[string(language)]))
	}
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// ways are the paths from the folder of the tests to the tree, and back.
func ways(output, path string) (up, down string, err error) {
	from, err := filepath.Abs(output)
	if err != nil {
		return "", "", err
	}
	to, err := filepath.Abs(treeOf(path))
	if err != nil {
		return "", "", err
	}
	up, err = filepath.Rel(from, to)
	if err == nil {
		down, err = filepath.Rel(to, from)
	}
	if err != nil {
		return "", "", &usageError{message: fmt.Sprintf("there is no way from %s to %s", output, path), hint: "write the tests to a folder of the same disk"}
	}
	return filepath.ToSlash(up), filepath.ToSlash(down), nil
}

// treeOf is the folder that a path is, or is in.
func treeOf(path string) string {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return filepath.Dir(path)
	}
	return path
}

// putTests writes the files. It looks at all of them first: a file of somebody's is not written over.
func (a *app) putTests(plan *pipeline.TestPlan, o *testWriting) error {
	if info, err := os.Lstat(filepath.Clean(o.output)); err == nil && info.Mode()&os.ModeSymlink == 0 && !info.IsDir() {
		return usage("-o %s: it is a file, and tests are written to a folder", o.output)
	}
	files := plan.Files()
	var write []int
	var there []string
	for i, f := range files {
		name := filepath.Join(o.output, filepath.FromSlash(f.Path))
		if link := linked(o.output, f.Path); link != "" {
			return &pipeline.InputError{Message: fmt.Sprintf("%s is a symbolic link, and tests are not written through one; remove it or give another folder with -o", link)}
		}
		old, err := os.ReadFile(name)
		if err == nil && bytes.Equal(old, f.Content) {
			continue
		}
		if err == nil || !os.IsNotExist(err) {
			there = append(there, name)
		}
		write = append(write, i)
	}
	if len(there) > 0 && !o.force {
		return &pipeline.InputError{Message: fmt.Sprintf("%s and would be changed: %s; --force writes over it", report.Plural(len(there), "file is there", "files are there"), strings.Join(there, ", "))}
	}
	for _, i := range write {
		name := filepath.Join(o.output, filepath.FromSlash(files[i].Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := pipeline.WriteAside(name, func(w io.Writer) error { _, err := w.Write(files[i].Content); return err }); err != nil {
			return err
		}
	}
	if !a.shared.quiet {
		fmt.Fprintf(a.err, "fermata: wrote %s to %s\n", report.Plural(len(write), "file", "files"), o.output)
	}
	return nil
}

// linked is the first of a folder, the folders below it and a file in them that is a symbolic link; "" for none.
func linked(folder, file string) string {
	name := filepath.Clean(folder)
	for _, part := range append([]string{"."}, strings.Split(file, "/")...) {
		name = filepath.Join(name, part)
		if info, err := os.Lstat(name); err == nil && info.Mode()&os.ModeSymlink != 0 {
			return name
		}
	}
	return ""
}

// testPlan lists the tests by layer, and what could not be written with its reason.
func (a *app) testPlan(page *page, plan *pipeline.TestPlan, tree string, o *testWriting) {
	written, stubs := plan.Written()
	page.head(fmt.Sprintf("%s for %s; %d could not be written", report.Plural(written, "test", "tests"), plan.Runner, stubs))
	a.otherLanguages(page, plan)
	type row struct{ layer, control string }
	counts := map[row][]string{}
	var rows []row
	var causes byCause
	for i := range plan.Cases {
		c := &plan.Cases[i]
		if c.Skip != "" {
			causes.add(c.Skip, c.Control+"@"+c.Element)
			continue
		}
		k := row{c.Layer, c.Control}
		if counts[k] == nil {
			rows = append(rows, k)
		}
		counts[k] = append(counts[k], c.Element+": "+c.Shows)
	}
	last := ""
	for _, k := range rows {
		if k.layer != last {
			last = k.layer
			page.line("")
			page.head(last + " " + layerName(k.layer))
		}
		page.line("  %-22s %s", k.control, report.Plural(len(counts[k]), "test", "tests"))
		if o.everything {
			for _, text := range counts[k] {
				page.wrap("      ", text)
			}
		}
	}
	causes.print(page, "Not written", o.everything)
	page.line("")
	switch {
	case len(plan.Files()) == 0:
		page.line("No file was written: no package is known that a test could be part of.")
	case o.output == "":
		page.line("Nothing was written: -o FOLDER writes them.")
	default:
		page.line("Run them:  %s", plan.Command(filepath.ToSlash(o.output), filepath.ToSlash(tree)))
		page.line("Then:      fermata testgen --results %s %s -o evidence.json", plan.Report(), filepath.ToSlash(tree))
	}
}

func layerName(layer string) string {
	for _, l := range model.Layers {
		if l.Name == layer {
			return l.Doc
		}
	}
	return ""
}

// byCause gathers tests that show nothing by the reason why.
type byCause struct {
	order []string // reasons, as they came
	tests map[string][]string
}

func (b *byCause) add(why, test string) {
	if b.tests == nil {
		b.tests = map[string][]string{}
	}
	if b.tests[why] == nil {
		b.order = append(b.order, why)
	}
	b.tests[why] = append(b.tests[why], test)
}

// print lists the reasons, each with the first of its tests, or with all.
func (b *byCause) print(page *page, head string, everything bool) {
	if len(b.order) == 0 {
		return
	}
	page.line("")
	page.head(head)
	const most = 3
	for _, why := range b.order {
		shown := b.tests[why]
		if !everything && len(shown) > most {
			shown = shown[:most]
		}
		text := strings.Join(shown, ", ")
		if left := len(b.tests[why]) - len(shown); left > 0 {
			text += fmt.Sprintf(" and %d more", left)
		}
		page.wrap("  ", why+":")
		page.wrap("      ", text)
	}
}

// testResults reads reports of tests and says what became of controls.
func (a *app) testResults(ctx context.Context, path string, o *testWriting) error {
	if pipeline.IsResult(path) {
		return &usageError{message: fmt.Sprintf("results are read against a tree, and %s is a saved result", path), hint: "give the tree that it was made of"}
	}
	e, err := a.engine()
	if err != nil {
		return err
	}
	in, err := a.input(path)
	if err != nil {
		return err
	}
	in.Questions = -1
	in.Evidence = append(in.Evidence, o.results...)
	progress := a.progress()
	in.Progress = progress.report
	results, r, err := e.TestResults(ctx, in)
	progress.done()
	if err != nil {
		return err
	}
	a.incomplete(r)
	if o.output != "" {
		content, err := results.Evidence()
		if err != nil {
			return err
		}
		if err := a.document(o.output, func(w io.Writer) error { _, err := w.Write(content); return err }); err != nil {
			return err
		}
	}
	a.resultText(a.page(), results, o)
	return nil
}

func (a *app) resultText(page *page, results *pipeline.TestResults, o *testWriting) {
	counts := map[string]int{}
	for _, t := range results.Tests {
		counts[t.Outcome]++
	}
	page.head(fmt.Sprintf("%s: %d passed, %d failed, %d broke off, %d skipped", report.Plural(len(results.Tests), "test", "tests"), counts["passed"], counts["failed"], counts["broken"], counts["skipped"]))
	for _, state := range []model.State{model.Refuted, model.Tested, model.DeclaredOnly, model.Absent, model.Attested, model.Evidenced} {
		first := true
		for _, p := range results.Controls {
			if p.State != state {
				continue
			}
			if first {
				page.line("")
				page.head(report.Capital(string(state)))
				first = false
			}
			page.wrap("  ", fmt.Sprintf("%s on %s", p.Control, p.On))
			if p.Reason != "" {
				page.wrap("      ", p.Reason)
			}
		}
	}
	var skipped byCause
	var other []pipeline.TestResult
	for _, t := range results.Tests {
		switch {
		case t.Outcome == "skipped":
			why, test := t.Message, t.About
			if why == "" {
				why = "no reason is given"
			}
			if test == "" {
				test = t.Name
			}
			skipped.add(why, test)
		case t.About == "" || t.Why != "":
			other = append(other, t)
		}
	}
	skipped.print(page, "Skipped: nothing is shown", o.everything)
	a.testList(page, "Unmatched: they count for no control", other, o.everything)
	if len(results.Controls) > 0 && o.output == "" {
		page.line("")
		page.line("Nothing was written: -o FILE keeps this as evidence for fermata scan and fermata risk.")
	}
}

// testList lists tests with what they said.
func (a *app) testList(page *page, head string, list []pipeline.TestResult, everything bool) {
	if len(list) == 0 {
		return
	}
	page.line("")
	page.head(head)
	const most = 8
	for i, t := range list {
		if i == most && !everything {
			page.line("  and %d more; --all lists them", len(list)-most)
			return
		}
		page.wrap("  ", t.Name+" ("+t.Outcome+")")
		why := t.Message
		if t.Why != "" {
			why = t.Why
			if t.Message != "" {
				why += "; " + t.Message
			}
		}
		if why != "" {
			page.wrap("      ", why)
		}
	}
}

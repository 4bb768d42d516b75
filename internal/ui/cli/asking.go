package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

// asking is what the flags of ask say.
type asking struct {
	everything, interactive bool
	scopes                  []string
	answers                 []string
	by, reason, into        string
	format, output          string
	form                    *report.Format // of --by risk; nil for text
	writes                  bool
}

// byRisk is what --by says, where nobody answers, to rank by the expected loss.
const byRisk = "risk"

// shownQuestions is how many questions are listed without --all.
const shownQuestions = 15

func (a *app) ask() *cobra.Command {
	var o asking
	cmd := &cobra.Command{
		Use:   "ask [PATH]",
		Short: "the questions whose answers would change most, and a way to answer them",
		Long: `Ask lists what is not known about a system, the answers that would change most
first: questions are solved again under every answer. What is asked of several
things of one make is asked once. --answer ID=VALUE --by WHO, and --interactive,
write answers into fermata.yaml with who gave them and when (--as-of); the rest of
the file stays as it is, and the next scan goes by them.
--by risk ranks by the expected loss a year instead: the first questions are solved
again under each answer, against the same attempts; docs/risk.md says how.
` + pathOrResult,
		Example: `  fermata ask
  fermata ask --answer tickets.effects=net-read,message-send --by 'the platform team'
  fermata ask --interactive
  fermata ask --by risk`,
		Args: atMost(1, "one path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := argument(args, 0, ".")
			if err := o.check(path); err != nil {
				return err
			}
			if err := knownScopes(o.scopes); err != nil {
				return err
			}
			e, err := a.engine()
			if err != nil {
				return err
			}
			questions := 200
			switch {
			case len(o.answers) > 0:
				questions = -1 // what is answered need not be weighed
			case o.ranks():
				questions = 0 // what a scan solves says which ones come first
			}
			r, err := a.look(cmd, e, path, questions)
			if err != nil {
				return err
			}
			switch {
			case len(o.answers) > 0:
				err = a.answerAll(cmd.Context(), e, r, path, &o)
			case o.ranks():
				err = a.askRisk(cmd.Context(), e, r, path, &o)
			case o.interactive:
				err = a.interview(cmd, e, a.asked(r, o.scopes), path, &o)
			default:
				a.questions(a.asked(r, o.scopes), path, o.everything)
			}
			if err == nil {
				a.incomplete(r)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.everything, "all", false, "list every question")
	scopeFlag(cmd, &o.scopes)
	f.StringArrayVar(&o.answers, "answer", nil, "write an answer (`ID=VALUE`) into the model file; --by says whose it is (may be repeated)")
	f.StringVar(&o.by, "by", "", "`WHO` answers, a name or a role: --answer needs it; risk, where nobody answers, ranks by the expected loss")
	f.StringVar(&o.reason, "reason", "", "`WHY` the answer is so")
	f.BoolVarP(&o.interactive, "interactive", "i", false, "ask one question at a time and write each answer down")
	f.StringVar(&o.into, "into", "", "the model `FILE` to write answers into; fermata.yaml of PATH if not given")
	f.StringVarP(&o.format, "format", "f", "", "with --by risk, the format (`NAME`): text, or a whole report with the figures in it, such as json")
	f.StringVarP(&o.output, "output", "o", "", "with --by risk, write to a `FILE`; its ending chooses the format")
	completes(cmd, "format", formatNames()...)
	a.system(cmd)
	return cmd
}

// ranks tells whether questions are ranked by risk.
func (o *asking) ranks() bool { return o.by == byRisk && !o.writes }

// asked narrows a result to the questions about the parts of the tree that count, and says how many it leaves out.
func (a *app) asked(r *result.Result, scopes []string) *result.Result {
	parts := r.Scopes(scopes)
	if text := report.LeftOut(r.LeftUnasked(parts)); text != "" && !a.shared.quiet {
		fmt.Fprintf(a.err, "fermata: %s\n", text)
	}
	return r.Within(parts)
}

// check settles what can be settled before the work begins.
func (o *asking) check(path string) error {
	writes := len(o.answers) > 0 || o.interactive
	o.writes = writes
	switch {
	case !o.ranks() && (o.format != "" || o.output != ""):
		return &usageError{message: "--format and --output go with --by risk", hint: "fermata scan -f json gives the questions, too"}
	case o.ranks() && o.reason == "" && o.into == "":
		var err error
		o.form, err = riskFormat(o.format, o.output)
		return err
	case len(o.answers) > 0 && o.interactive:
		return usage("--answer and --interactive do not go together")
	case len(o.answers) > 0 && strings.TrimSpace(o.by) == "":
		return &usageError{message: "an answer needs somebody who gives it", hint: "add --by with a name or a role: fermata ask " + command(path) + "--answer " + report.Shell(o.answers[0]) + " --by 'the platform team'"}
	case !writes && (o.by != "" || o.reason != "" || o.into != ""):
		return &usageError{message: "--by, --reason and --into go with answers", hint: "--answer ID=VALUE or --interactive; --by risk alone ranks by the expected loss"}
	case writes && o.into == "" && pipeline.IsResult(path):
		return &usageError{message: "a saved result does not say where its model is", hint: "--into FILE names the model to write into"}
	}
	for _, text := range o.answers {
		if _, _, ok := cutAnswer(text); !ok {
			return &usageError{message: fmt.Sprintf("--answer: %q is no answer", text), hint: "write ID=VALUE, such as tickets.effects=none"}
		}
	}
	if o.into == "" {
		o.into = pipeline.AnswersFile(path)
	}
	return nil
}

// told is an error in one line, with what to do.
func told(err error) string {
	var asked *pipeline.AskError
	if errors.As(err, &asked) && asked.Hint != "" {
		return asked.Message + "; " + asked.Hint
	}
	return err.Error()
}

// cutAnswer takes ID=VALUE apart; an id may hold an equals sign, a value does not.
func cutAnswer(text string) (id, value string, ok bool) {
	at := strings.LastIndexByte(text, '=')
	if at <= 0 || at == len(text)-1 {
		return "", "", false
	}
	return text[:at], text[at+1:], true
}

func (a *app) answerAll(ctx context.Context, e *pipeline.Engine, r *result.Result, path string, o *asking) error {
	in, err := a.input(path)
	if err != nil {
		return err
	}
	var replies []pipeline.Reply
	for _, text := range o.answers {
		id, value, _ := cutAnswer(text)
		replies = append(replies, pipeline.Reply{Question: id, Value: value, By: o.by, On: in.AsOf, Reason: o.reason})
	}
	answered, err := e.WriteAnswers(ctx, r, o.into, replies)
	if err != nil {
		return err
	}
	if !a.shared.quiet {
		fmt.Fprintf(a.err, "fermata: wrote %s into %s\n", report.Plural(len(answered), "answer", "answers"), o.into)
	}
	return nil
}

func (a *app) questions(r *result.Result, path string, everything bool) {
	page := a.page()
	if len(r.Questions) == 0 {
		page.line("Nothing is open: no rule lacks a fact about this system.")
		return
	}
	groups, v := pipeline.QuestionGroups(r.Questions, &r.System), report.NewView(r)
	for i, g := range groups {
		if i == shownQuestions && !everything {
			page.line("and %d more: --all", len(groups)-i)
			break
		}
		page.wrap(fmt.Sprintf("%2d. ", i+1), v.GroupText(&g))
		page.wrap("    ", report.GroupChange(&g))
		answerWith(page, &g, path)
	}
	page.line("")
	howToAnswer(page, &groups[0], path)
	if left := waiting(groups); left > 0 {
		page.wrap("", fmt.Sprintf("%d of %d questions were solved again under each answer; the others are weighed by how many findings wait for them.", len(groups)-left, len(groups)))
	}
	if n := len(r.Questions); n > len(groups) {
		page.wrap("", fmt.Sprintf("These are %d questions about %d open facts: what is asked of several things alike is one here, as in a scan.", len(groups), n))
	}
}

// answerWith says how a group of questions is answered: with which command, and with which values.
func answerWith(page *page, g *pipeline.QuestionGroup, path string) {
	lead := "    "
	if n := len(g.Questions); n > 1 {
		lead += fmt.Sprintf("all %d: ", n)
	}
	page.line("%s%s", lead, clean(answerCommand(g, path, "VALUE", "WHO"))) // it is copied whole, so it is not broken
	page.wrap("      VALUE is ", pipeline.Answers(*g.Questions[0]))
}

// answerCommand is a command that answers a group of questions.
func answerCommand(g *pipeline.QuestionGroup, path, value, who string) string {
	into := ""
	if pipeline.IsResult(path) {
		into = " --into " + pipeline.ModelFile
	}
	return fmt.Sprintf("fermata ask %s--answer %s --by %s%s", command(path), report.Shell(g.ID+"="+value), report.Shell(who), into)
}

// howToAnswer shows a command that works, with the first question in it.
func howToAnswer(page *page, g *pipeline.QuestionGroup, path string) {
	value := "yes"
	if g.Questions[0].Lists() {
		value = "none"
	}
	page.wrap("", "Whoever knows an answer writes it into fermata.yaml, with a name, and the next scan goes by it; --answer may be repeated, and --interactive asks one by one:")
	page.line("  %s", clean(answerCommand(g, path, value, "the platform team")))
	page.line("")
}

// command is a path as it stands within a command, with a blank behind it; nothing for the current folder.
func command(path string) string {
	if path == "." {
		return ""
	}
	return report.Shell(path) + " "
}

// waiting counts the questions that were not solved again.
func waiting(groups []pipeline.QuestionGroup) int {
	n := 0
	for i := range groups {
		if strings.HasSuffix(groups[i].Questions[0].Change, "for it") {
			n++
		}
	}
	return n
}

// interview asks one question at a time and writes each answer down at once, so that stopping loses nothing.
func (a *app) interview(cmd *cobra.Command, e *pipeline.Engine, r *result.Result, path string, o *asking) error {
	in, err := a.input(path)
	if err != nil {
		return err
	}
	page, v := a.page(), report.NewView(r)
	groups := pipeline.QuestionGroups(r.Questions, &r.System)
	if len(groups) == 0 {
		page.line("Nothing is open: no rule lacks a fact about this system.")
		return nil
	}
	lines := bufio.NewScanner(cmd.InOrStdin())
	read := func(prompt string) (string, bool) {
		fmt.Fprint(a.out, prompt)
		if !lines.Scan() {
			page.line("")
			return "", false
		}
		return strings.TrimSpace(lines.Text()), true
	}
	if strings.TrimSpace(o.by) == "" {
		who, ok := read("who answers? ")
		if !ok || who == "" {
			return &usageError{message: "an answer needs somebody who gives it", hint: "--by 'a name or a role'"}
		}
		o.by = who
	}
	written := 0
	for i := 0; i < len(groups); {
		g := &groups[i]
		page.line("")
		page.wrap(fmt.Sprintf("%d of %d: ", i+1, len(groups)), v.GroupText(g))
		page.wrap("  ", report.GroupChange(g))
		page.wrap("  ", "answer: "+pipeline.Answers(*g.Questions[0])+"; or unknown, skip, quit")
		text, ok := read("> ")
		if !ok || text == "quit" || text == "q" {
			break
		}
		if text == "" || text == "skip" || text == "s" {
			i++
			continue
		}
		if text == "u" {
			text = "unknown"
		}
		if text == "unknown" && g.Questions[0].Lists() {
			page.line("  it stays open")
			i++
			continue
		}
		value, err := pipeline.CheckAnswer(g.Questions[0], text)
		if err != nil {
			page.wrap("  ", told(err))
			continue
		}
		answered, err := e.WriteAnswers(cmd.Context(), r, o.into, []pipeline.Reply{{Question: g.ID, Value: value, By: o.by, On: in.AsOf, Reason: o.reason}})
		if err != nil {
			return err
		}
		written += len(answered)
		i++
	}
	if !a.shared.quiet {
		fmt.Fprintf(a.err, "fermata: wrote %s into %s\n", report.Plural(written, "answer", "answers"), o.into)
	}
	return nil
}

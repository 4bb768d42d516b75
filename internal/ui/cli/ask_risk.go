package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

// askRisk lists the open questions by what their answers do to the expected loss a year.
func (a *app) askRisk(ctx context.Context, e *pipeline.Engine, r *result.Result, path string, o *asking) error {
	if o.form == nil {
		r = a.asked(r, o.scopes) // a report narrows itself
	}
	progress := a.progress()
	done, err := e.AskRisk(ctx, r, pipeline.RiskOptions{Seed: 1, Scopes: o.scopes, Progress: progress.report})
	progress.done()
	if err != nil {
		return err
	}
	return a.document(o.output, func(w io.Writer) error {
		if o.form != nil {
			return o.form.Write(w, r, report.Options{Scopes: o.scopes})
		}
		askedByRisk(a.pageOn(w, o.output), r, done, path, o.everything)
		return nil
	})
}

func askedByRisk(page *page, r *result.Result, done *pipeline.Weighed, path string, everything bool) {
	if done.Of == 0 {
		page.line("Nothing is open: no rule lacks a fact about this system.")
		return
	}
	page.head("Open questions of " + r.System.Name + " by risk")
	groups, v := pipeline.QuestionGroups(r.Questions, &r.System), report.NewView(r)
	for i := range groups {
		if i == shownQuestions && !everything {
			page.line("and %d more: --all", len(groups)-i)
			break
		}
		g := &groups[i]
		page.wrap(fmt.Sprintf("%2d. ", i+1), v.GroupText(g))
		q := g.Questions[0]
		if q.Risk == nil {
			page.wrap("    ", "not solved again")
		}
		for _, text := range questionRisk(q.Risk) {
			page.wrap("    ", text)
		}
		answerWith(page, g, path)
	}
	page.line("")
	howToAnswer(page, &groups[0], path)
	text := fmt.Sprintf("%d of %d questions were solved again under each answer, against the same attempts.", done.Done, done.Of)
	if left := done.Of - done.Done; left > 0 {
		text += fmt.Sprintf(" The other %d stand behind them in the order of fermata ask.", left)
	}
	page.wrap("", text)
	if done.Done > 0 {
		page.wrap("", "Ranges hold nine tenths of what is not known. How much an answer narrows is the share of the variance that it takes away, on the assumption that every answer is as likely as any other.")
	}
	for _, n := range done.Notes {
		page.wrap("note: ", n)
	}
}

// questionRisk says what the answers do in each unit in which they differ.
func questionRisk(list []result.QuestionRisk) []string {
	var out []string
	for _, x := range list {
		if x.Difference == (result.Band{}) {
			continue
		}
		var under []string
		for _, answer := range x.Answers {
			under = append(under, fmt.Sprintf("%s if %s", result.Money(answer.Annual.Mean, x.Unit), answer.Answer))
		}
		out = append(out, fmt.Sprintf("%s a year; %s apart (%s); narrows by %s", strings.Join(under, ", "), result.Figure(x.Difference.Mean), x.Difference.Span(), result.Share(x.Share)))
	}
	if list != nil && out == nil {
		out = append(out, "no answer changes the expected loss")
	}
	return out
}

package sarif

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fermata/internal/model"
	"fermata/internal/report"
	"fermata/internal/result"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// scores are severities on the scale of CVSS, which code hosts sort security findings by: the middle of each band.
var scores = map[string]string{"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0", "info": "0.0"}

// driver describes the tool and the rules that made a finding.
func (w *writer) driver() *sarif.ToolComponent {
	worst := map[string]string{}
	for i := range w.r.Findings {
		f := &w.r.Findings[i]
		if old, ok := worst[f.Rule]; !ok || report.Rank(f.Severity) < report.Rank(old) {
			worst[f.Rule] = f.Severity
		}
	}
	driver := sarif.NewToolComponent().WithName(text(w.r.Tool.Name)).WithSemanticVersion(text(w.r.Tool.Version)).
		WithShortDescription(words("threat models of multi-agent AI systems"))
	for i := range w.r.Rules {
		rule := &w.r.Rules[i]
		w.rules[rule.ID] = i
		driver.AddRule(w.rule(rule, worst[rule.ID]))
	}
	for _, t := range w.run.Taxonomies {
		driver.AddSupportedTaxonomie(sarif.NewToolComponentReference().WithName(*t.Name))
	}
	return driver
}

func (w *writer) rule(r *result.Rule, severity string) *sarif.ReportingDescriptor {
	out := sarif.NewRule(text(r.ID)).
		WithShortDescription(words(r.Title)).WithFullDescription(words(first(r.Doc, r.Title))).WithHelp(help(r)).
		WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(level(severity)))
	tags, seen := []string{"security"}, map[string]bool{"security": true}
	for _, m := range report.Mappings(r.Maps) {
		for _, id := range m.IDs {
			if tag := text(tag(m.Namespace, id)); !seen[tag] {
				seen[tag] = true
				tags = append(tags, tag)
			}
		}
		for _, id := range m.IDs {
			if i, ok := w.taxa[m.Namespace][id]; ok && !seen["taxon "+m.Namespace+" "+id] {
				seen["taxon "+m.Namespace+" "+id] = true
				target := sarif.NewReportingDescriptorReference().WithID(text(id)).WithIndex(i).
					WithToolComponent(sarif.NewToolComponentReference().WithName(text(m.Name)))
				out.AddRelationship(sarif.NewReportingDescriptorRelationship().WithKinds([]string{"relevant"}).WithTarget(target))
			}
		}
	}
	properties := map[string]any{}
	if score, ok := scores[severity]; ok {
		properties["security-severity"] = score
	}
	if score, ok := w.computed(r.ID); ok {
		properties["security-severity"] = score
	}
	out.Properties = bag(properties)
	out.Properties.Tags = tags
	return out
}

// computed is the highest CVSS score of a rule's live findings, where a scan was asked for it: a score that was derived
// says more than the middle of a band.
func (w *writer) computed(rule string) (string, bool) {
	most, found := 0.0, false
	for i := range w.r.Findings {
		f := &w.r.Findings[i]
		if f.Rule != rule || f.Status != result.Live {
			continue
		}
		for _, s := range f.Scores {
			if s.System == "cvss-4.0" {
				most, found = max(most, s.High), true
			}
		}
	}
	return strconv.FormatFloat(most, 'f', 1, 64), found
}

// tag is an id of a framework as a tag; weaknesses in the form that code hosts know.
func tag(namespace, id string) string {
	if n, ok := strings.CutPrefix(id, "CWE-"); ok && namespace == "cwe" {
		return fmt.Sprintf("external/cwe/cwe-%03s", n)
	}
	return namespace + "/" + id
}

// help says what a rule is about, as text and as Markdown.
func help(r *result.Rule) *sarif.MultiformatMessageString {
	plain, marked := report.Plain(first(r.Doc, r.Title)), report.Markdown(first(r.Doc, r.Title))
	for _, part := range []struct{ name, words string }{
		{"Avoid", r.Avoid}, {"Prefer", r.Prefer}, {"No finding if", r.FalsePositives},
	} {
		if part.words != "" {
			plain += "\n\n" + part.name + ": " + report.Plain(part.words)
			marked += "\n\n**" + part.name + ":** " + report.Markdown(part.words)
		}
	}
	for _, m := range report.Mappings(r.Maps) {
		marked += "\n- " + report.Markdown(m.Name+": "+strings.Join(m.IDs, ", "))
	}
	return sarif.NewMultiformatMessageString().WithText(guard(plain)).WithMarkdown(guard(marked))
}

// taxonomies lists the frameworks that the rules point into, with the entries that they name.
func (w *writer) taxonomies() []*sarif.ToolComponent {
	all := map[string][]string{}
	for i := range w.r.Rules {
		for namespace, ids := range w.r.Rules[i].Maps {
			all[namespace] = append(all[namespace], ids...)
		}
	}
	w.taxa = map[string]map[string]int{}
	out := []*sarif.ToolComponent{}
	for _, m := range report.Mappings(all) {
		component := sarif.NewToolComponent().WithName(text(m.Name)).WithShortDescription(words("entries of " + m.Name + " that rules point to"))
		index := map[string]int{}
		for _, id := range m.IDs {
			index[id] = 0
		}
		for i, id := range slices.Sorted(maps.Keys(index)) {
			index[id] = i
			component.AddTaxa(sarif.NewReportingDescriptor().WithID(text(id)))
		}
		w.taxa[m.Namespace] = index
		out = append(out, component)
	}
	return out
}

// invocation says how the run went: diagnostics, what was not followed, and what is not known.
func (w *writer) invocation() *sarif.Invocation {
	run := sarif.NewInvocation().WithExecutionSuccessful(w.r.Tool.Failed == 0)
	note := func(code, level, words string, at model.Evidence) *sarif.Notification {
		n := sarif.NewNotification().WithLevel(level).WithMessage(message(words)).
			WithDescriptor(sarif.NewReportingDescriptorReference().WithID(text(code)))
		if at.File != "" {
			n.AddLocation(w.place(at))
		}
		return n
	}
	if n := w.r.Tool.Failed; n > 0 {
		run.AddToolExecutionNotification(note("incomplete", sarif.LevelError, report.Plural(n, "part", "parts")+" of the analysis failed: the answer is incomplete", model.Evidence{}))
	}
	for _, d := range w.r.Diagnostics {
		level, ok := map[string]string{"error": sarif.LevelError, "warning": sarif.LevelWarning}[d.Severity]
		if !ok {
			level = sarif.LevelNote
		}
		words := d.Message
		if d.Hint != "" {
			words += " (" + d.Hint + ")"
		}
		run.AddToolExecutionNotification(note("input/"+d.Code, level, words, model.Evidence{File: d.File, Line: d.Line, Col: d.Col}))
	}
	c := &w.r.Coverage
	for i := range c.Unsupported {
		u := &c.Unsupported[i]
		run.AddToolExecutionNotification(note("not-modelled", sarif.LevelWarning, u.Name+" is used in "+report.Plural(u.Files, "file", "files")+" and not modelled", u.Evidence))
	}
	for i := range c.Unresolved {
		u := &c.Unresolved[i]
		run.AddToolExecutionNotification(note("not-followed", sarif.LevelNote, u.What+": "+u.Why, u.Evidence))
	}
	for _, file := range c.Declared {
		run.AddToolConfigurationNotification(note("declared", sarif.LevelNote, file+" was written inside the tree: it is a claim", model.Evidence{File: file}))
	}
	for i := range w.r.Questions {
		q := &w.r.Questions[i]
		at := model.Evidence{}
		if e := w.v.Element(q.Subject); e != nil {
			at, _ = report.Where(e.Evidence)
		}
		words := w.v.QuestionLine(q)
		if q.Change != "" {
			words += " " + report.Capital(q.Change) + "."
		}
		run.AddToolConfigurationNotification(note("question", sarif.LevelNote, words, at))
	}
	return run
}

// properties are the figures of the run that SARIF has no word for.
func (w *writer) properties(left map[string]int) *sarif.PropertyBag {
	files := w.r.Coverage.Files
	out := map[string]any{
		"system": text(w.r.System.Name), "layerScheme": text(w.r.LayerScheme), "trust": text(w.r.Trust),
		"elements": len(w.r.System.Elements), "flows": len(w.r.System.Flows), "paths": len(w.r.Paths), "questions": len(w.r.Questions),
		"filesSeen": files.Seen, "filesRead": files.Parsed, "filesWithoutTrace": files.Passed, "filesPassedOver": w.v.Skipped(),
	}
	if w.r.AsOf != "" {
		out["asOf"] = text(w.r.AsOf)
	}
	if len(left) > 0 {
		out["findingsLeftOut"] = left
	}
	return bag(out)
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// text makes a text safe to show.
func text(s string) string { return report.Plain(s) }

func texts(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = text(s)
	}
	return out
}

func message(s string) *sarif.Message { return sarif.NewTextMessage(guard(text(s))) }

func words(s string) *sarif.MultiformatMessageString {
	return sarif.NewMultiformatMessageString().WithText(guard(text(s)))
}

func bag(values map[string]any) *sarif.PropertyBag {
	out := sarif.NewPropertyBag()
	out.Properties = values
	return out
}

var (
	placeholder = regexp.MustCompile(`\{(\d+)\}`)
	link        = regexp.MustCompile(`\[([^\]]*)\](\()`)
)

// guard keeps a text from being read as a message's language: {0} is a placeholder there, and [text](1) a link. What
// cannot be taken for either stays as it is, because few readers undo the escapes.
func guard(s string) string {
	s = placeholder.ReplaceAllString(s, "{{$1}}")
	return link.ReplaceAllString(s, `\[$1\]$2`)
}

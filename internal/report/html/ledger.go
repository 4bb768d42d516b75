package html

import (
	"fmt"
	"strings"

	"fermata/internal/report"
)

// coverage fills in what was and was not read.
func (p *page) coverage(v *report.View, o report.Options, most func(n, top int) int) {
	c := &p.Result.Coverage
	for _, s := range []share{{Name: "read", Count: c.Files.Parsed}, {Name: "without a trace of agents", Count: c.Files.Passed}, {Name: "passed over", Count: v.Skipped()}} {
		s.Width = percent(s.Count, max(c.Files.Seen, 1))
		p.Files = append(p.Files, s)
	}
	for _, s := range c.Files.Skipped {
		example := ""
		if len(s.Paths) > 0 {
			example = "such as " + s.Paths[0]
		}
		p.Skipped = append(p.Skipped, entry{report.Reason(s.Reason), example, report.Plural(s.Count, "file", "files")})
	}
	heading, gaps := v.Gaps(o)
	p.GapsHead = report.Capital(heading)
	for _, g := range gaps[:most(len(gaps), topRows)] {
		p.Unresolved = append(p.Unresolved, entry{Place: strings.Join(g.Places, ", "), Text: g.Text})
	}
	p.MoreGaps = len(gaps) - len(p.Unresolved)
	for _, line := range report.CodeLines(c.Code) {
		p.Gaps = append(p.Gaps, entry{"", line, "code"})
	}
	for i := range c.Unsupported {
		u := &c.Unsupported[i]
		p.Gaps = append(p.Gaps, entry{report.Place(u.Evidence), u.Name + " is used in " + report.Plural(u.Files, "file", "files") + " and not modelled", "framework"})
	}
	for _, d := range c.Declared {
		p.Gaps = append(p.Gaps, entry{d, "was written inside the tree: it is a claim (--no-declared ignores it)", "claim"})
	}
	for i := range c.Evidence {
		p.Gaps = append(p.Gaps, entry{c.Evidence[i].File, report.Ingested(&c.Evidence[i]), "evidence"})
	}
	shown := p.Result.Diagnostics[:most(len(p.Result.Diagnostics), topRows)]
	for _, d := range shown {
		at := d.File
		if at != "" && d.Line > 0 {
			at += fmt.Sprintf(":%d:%d", d.Line, d.Col)
		}
		text := d.Message
		if d.Hint != "" {
			text += " (" + d.Hint + ")"
		}
		p.Gaps = append(p.Gaps, entry{at, text, d.Severity})
	}
	p.MoreOdd = len(p.Result.Diagnostics) - len(shown)
	p.Extractors = c.Extractors
}

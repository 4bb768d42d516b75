package html

import (
	"fmt"
	"html/template"
	"strings"

	"fermata/internal/model"
	"fermata/internal/report"
	"fermata/internal/result"
)

// page is what the template shows. Everything in it is words and numbers; the template has the markup.
type page struct {
	Style     template.CSS
	Tool      result.Tool
	Result    *result.Result
	Name      string
	Inventory string // empty when nothing was recognised
	Read      string
	Live      []tally
	Harmless  int    // live findings that lead to no known loss
	Grave     string // conditions that are high or critical; may be empty
	Failed    string
	Diagram   template.HTML
	LeftOut   string
	Paths     []path
	AllPaths  int
	AllWays   int
	Untold    string // how many ways there are beside the paths told; may be empty

	NoCleanBill string
	NotModelled string
	UnseenTools string // whose tools could not be followed
	Falls       []fall
	MoreFalls   int
	Endings     []ending
	MoreEnds    int
	Risk        *riskPart // nil when nobody reckoned it
	Layers      []layer
	Questions   []asked
	AllAsked    int // questions of the scopes shown; one that is asked of several things counts once
	MoreAsked   int
	Assumed     []report.Assumption
	Files       []share
	Skipped     []entry
	GapsHead    string // what Unresolved is, with its number
	Unresolved  []entry
	MoreGaps    int
	Gaps        []entry // unsupported frameworks, claims, troubles
	MoreOdd     int
	Extractors  []result.Extractor
	Next        []report.Advice
}

type asked struct{ Text, Change string }

type tally struct {
	Severity string
	Class    string
	Count    int
}

type path struct {
	Number   int
	Open     bool
	Severity string
	Class    string
	Title    string
	Chance   string
	Layers   []string
	Start    []start
	Hops     []hop
	Goal     string
	Ends     []string
	Weaker   []string
	Capped   string // why it is no graver; may be empty
	Likewise string // other losses that the same course reaches; may be empty
}

type start struct{ Power, Reason string }

type hop struct {
	Number  int
	Layer   string
	Message string
	Atlas   string
	Seen    seen
	Gains   string
	Stops   string
	Weakens string
}

// seen is where something stands: a line of code, or what was assumed.
type seen struct {
	Place, Excerpt string
	Assumed        string
}

type fall struct {
	Name, Kind string
	Count      int
	Segments   []segment
	Depth      int
	Losses     []string
}

type segment struct {
	Layer string
	Count int
	Width string // percent of the widest bar
}

type ending struct {
	Goals     []string
	MoreGoals int
	Changes   []change
	More      int
	Findings  bool // nothing but a finding that goes ends these
}

type change struct{ What, On string }

type layer struct {
	ID, Name string
	Groups   []group
	Quiet    []group // blocked or out of reach
	Hidden   int     // how many findings Quiet has
}

type group struct {
	Severity string
	Class    string
	Status   string // empty for live
	Title    string
	Rule     *result.Rule
	RuleID   string
	Count    int
	Spread   string // how many of each severity, where they differ
	Places   []place
	More     int
	Maps     []report.Mapping
	Controls []string
}

type place struct {
	Message string
	Why     string
	Seen    seen
	Assumes []string
	Scores  []string
}

type share struct {
	Name  string
	Count int
	Width string
}

type entry struct{ Place, Text, Kind string }

func newPage(r *result.Result, o report.Options) *page {
	v := report.NewView(r)
	top := v.TopPaths(o, topPaths)
	p := &page{Style: template.CSS(style), Tool: r.Tool, Result: r, Name: r.System.Name, Read: v.Read(o) + "; " + v.Entries() + ".", AllPaths: v.PathCount(o), AllWays: v.WayCount(o), Untold: v.Untold(o, len(top)), Next: v.Next(o), Grave: v.Grave(o), Harmless: v.Harmless(o)}
	p.NoCleanBill, p.NotModelled, p.UnseenTools = v.NoCleanBill(o), v.NotModelled(), v.UnseenTools(o)
	if left := report.LeftOut(v.Left(o)); left != "" {
		p.Read += " " + report.Capital(left) + "."
	}
	if p.NotModelled != "" {
		p.Read += " " + p.NotModelled
	}
	p.Risk = newRisk(v, o)
	most := func(n, top int) int {
		if o.All {
			return n
		}
		return min(n, top)
	}
	if inventory := v.Inventory(o); len(inventory) > 0 {
		p.Inventory = report.Sentence(inventory) + "."
	}
	count := v.Count(o)
	for _, s := range result.Severities {
		if count[s] > 0 {
			p.Live = append(p.Live, tally{s, word(s), count[s]})
		}
	}
	if r.Tool.Failed > 0 {
		p.Failed = report.Plural(r.Tool.Failed, "part", "parts")
	}
	likewise := v.Likewise(o, top)
	for i, t := range top {
		p.Paths = append(p.Paths, newPath(v, t, i))
		p.Paths[i].Likewise = likewise[t]
	}
	if d := v.Diagram(o, top, topNodes); drawable(d) {
		p.Diagram = draw(d, v, hopNumbers(v, top))
		p.LeftOut = report.Sentence(d.LeftOut)
	}
	falls := v.Falls(o)
	p.Falls = newFalls(v, falls[:most(len(falls), topBlast)])
	p.MoreFalls = len(falls) - len(p.Falls)
	endings := v.Endings(o)
	for i := range endings[:most(len(endings), topBlast)] {
		p.Endings = append(p.Endings, newEnding(v, &endings[i], most))
	}
	p.MoreEnds = len(endings) - len(p.Endings)
	for _, l := range v.Layers() {
		if one := newLayer(v, l, o, most); len(one.Groups)+len(one.Quiet) > 0 {
			p.Layers = append(p.Layers, one)
		}
	}
	questions := v.QuestionGroups(o)
	for i := range questions[:most(len(questions), topRows)] {
		p.Questions = append(p.Questions, asked{v.GroupLine(&questions[i]), report.GroupChange(&questions[i])})
	}
	p.AllAsked, p.MoreAsked = len(questions), len(questions)-len(p.Questions)
	p.Assumed = v.Assumptions()
	p.coverage(v, o, most)
	return p
}

func drawable(d report.Diagram) bool {
	for _, l := range d.Lanes {
		if len(l.Nodes) > 0 {
			return true
		}
	}
	return false
}

// hopNumbers numbers the flows of the first path, for the diagram.
func hopNumbers(v *report.View, top []*result.Path) map[string]int {
	numbers := map[string]int{}
	if len(top) == 0 {
		return numbers
	}
	for i, h := range top[0].Steps {
		if f := v.Finding(h.Finding); f != nil {
			for _, id := range f.Flows {
				if numbers[id] == 0 {
					numbers[id] = i + 1
				}
			}
		}
	}
	return numbers
}

func newPath(v *report.View, p *result.Path, i int) path {
	out := path{
		Number: i + 1, Open: i < openPaths, Severity: p.Severity, Class: word(p.Severity), Title: v.PathTitle(p), Chance: report.PathChance(p),
		Layers: p.Layers, Goal: v.Asset(p.Goal.Asset), Capped: v.Capped(p),
	}
	for _, s := range p.Start {
		out.Start = append(out.Start, start{v.Power(s.Power), s.Reason})
	}
	for n, h := range p.Steps {
		f := v.Step(&h)
		if f == nil {
			continue
		}
		one := hop{Number: n + 1, Layer: h.Layer, Message: v.Message(f) + report.Lived(f), Atlas: h.Atlas, Seen: where(f.Evidence)}
		var gains []string
		for _, g := range h.Gains {
			gains = append(gains, v.Power(g))
		}
		one.Gains = strings.Join(gains, "; ")
		var stops, weakens []result.Break
		for _, b := range h.Breaks {
			if b.Effect == "blocks" {
				stops = append(stops, b)
			} else {
				weakens = append(weakens, b)
			}
		}
		same := func(text string) string { return text }
		one.Stops, one.Weakens = v.Controls(stops, len(stops), same, same), v.Controls(weakens, len(weakens), same, same)
		out.Hops = append(out.Hops, one)
	}
	blocks, weakens := report.Ends(p)
	for _, b := range blocks {
		out.Ends = append(out.Ends, v.Control(b.Control)+" ("+b.Control+") on "+v.Name(b.On))
	}
	if len(blocks) == 0 {
		for _, b := range weakens {
			out.Weaker = append(out.Weaker, v.Control(b.Control)+" ("+b.Control+") on "+v.Name(b.On))
		}
	}
	return out
}

// where is the first line of evidence, or the assumption in its place.
func where(list []model.Evidence) seen {
	if ev, ok := report.Where(list); ok {
		return seen{Place: report.Place(ev), Excerpt: clip(ev.Excerpt, 400)}
	}
	for _, e := range list {
		return seen{Assumed: e.Excerpt}
	}
	return seen{Assumed: "nothing shows it"}
}

func newFalls(v *report.View, list []*result.Blast) []fall {
	widest := 1
	for _, b := range list {
		widest = max(widest, len(b.Elements))
	}
	var out []fall
	for _, b := range list {
		e := v.Element(b.Element)
		one := fall{Name: e.Name, Kind: string(e.Kind), Count: len(b.Elements), Depth: b.Depth}
		for _, l := range v.Result.Layers {
			if n := b.ByLayer[l.ID]; n > 0 {
				one.Segments = append(one.Segments, segment{l.ID, n, percent(n, widest)})
			}
		}
		for _, a := range b.Assets {
			one.Losses = append(one.Losses, v.Asset(a))
		}
		out = append(out, one)
	}
	return out
}

// percent is a share with one decimal, in whole numbers so that it is the same on every machine.
func percent(n, of int) string {
	if of <= 0 {
		return "0"
	}
	tenths := n * 1000 / of
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}

func newEnding(v *report.View, e *report.Ending, most func(n, top int) int) ending {
	out := ending{Findings: len(e.Controls) == 0}
	for _, g := range e.Goals[:most(len(e.Goals), 6)] {
		out.Goals = append(out.Goals, v.AssetLine(g))
	}
	out.MoreGoals = len(e.Goals) - len(out.Goals)
	list := e.Controls
	if out.Findings {
		list = e.Findings
	}
	for _, c := range list[:most(len(list), 8)] {
		if f := v.Finding(c.Finding); f != nil {
			out.Changes = append(out.Changes, change{What: v.Message(f)})
		} else {
			out.Changes = append(out.Changes, change{v.Control(c.Control) + " (" + c.Control + ")", v.Name(c.On)})
		}
	}
	out.More = len(list) - len(out.Changes)
	return out
}

func newLayer(v *report.View, l result.Layer, o report.Options, most func(n, top int) int) layer {
	out := layer{ID: l.ID, Name: l.Name}
	for _, g := range v.Groups(l.ID, o) {
		one := newGroup(v, g, most)
		if g.Status == result.Blocked || g.Status == result.Unreachable {
			out.Quiet = append(out.Quiet, one)
			out.Hidden += len(g.Findings) + g.Sharing
		} else {
			out.Groups = append(out.Groups, one)
		}
	}
	return out
}

func newGroup(v *report.View, g report.Group, most func(n, top int) int) group {
	out := group{Severity: g.Severity, Class: word(g.Severity), Title: g.Title, Rule: v.Rule(g.Rule), RuleID: g.Rule, Count: len(g.Findings), Spread: g.Spread()}
	if g.Status != result.Live {
		out.Status = string(g.Status)
	}
	shown := g.Findings[:most(len(g.Findings), topPlaces)]
	for _, f := range shown {
		one := place{Message: v.Message(f), Why: f.Why, Seen: where(f.Evidence)}
		for _, a := range f.Assumes {
			one.Assumes = append(one.Assumes, v.Assumed(a))
		}
		for i := range f.Scores {
			line := f.Scores[i].Label() + " " + f.Scores[i].Value()
			if f.Scores[i].Vector != "" {
				line += " (" + f.Scores[i].Vector + ")"
			}
			one.Scores = append(one.Scores, line)
		}
		out.Places = append(out.Places, one)
	}
	out.More = len(g.Findings) - len(shown) + g.Sharing
	if len(g.Findings) == 1 {
		out.Title, out.Places[0].Message = out.Places[0].Message, ""
	}
	if out.Rule != nil {
		out.Maps = report.Mappings(out.Rule.Maps)
	}
	seen := map[string]bool{}
	for _, f := range g.Findings {
		for _, c := range f.Controls {
			if !seen[c.Control] {
				seen[c.Control] = true
				out.Controls = append(out.Controls, v.Control(c.Control))
			}
		}
	}
	return out
}

// Package report turns a result into bytes.
//
// A [Format] is one way to print a [result.Result], in a folder of its own; report/all lists them. A format reads the
// result and nothing else, so a saved result prints the same as a fresh one. What several formats need is here: a
// [View] that finds things by id and speaks of them in words, and the choice of what to show first.
//
// # Guarantees
//
// A format writes the same bytes for the same result and options. Text from the scanned tree is escaped for the
// format; [Plain] takes control characters out for terminals. Nothing is left out in silence: what a list cuts is
// counted.
package report

import (
	"fmt"
	"io"
	"maps"
	"math"
	"sort"
	"strings"
	"unicode"

	"fermata/internal/model"
	"fermata/internal/result"
)

// Options say for whom a report is printed. The zero value is a plain file.
type Options struct {
	Width  int      // columns; 0: 100
	Colour bool     // the reader shows colours
	Scopes []string // parts of the tree that top lists show: main, example, test, vendored; nil: main, or all when main is empty
	All    bool     // show every finding and path, not only the first

	Baseline *result.Result // an earlier result to compare with; nil when there is none
}

// Format is one report format.
type Format struct {
	Name       string // folder name, and what -f and --format say
	Doc        string // one sentence
	MediaType  string
	Extensions []string // endings of file names that choose it, with the dot
	Write      func(io.Writer, *result.Result, Options) error
}

// View finds things in a result and says them in words.
type View struct {
	Result   *result.Result
	findings map[string]*result.Finding
	elements map[string]*model.Element
	flows    map[string]*model.Flow // made when somebody asks: see Flow
	assets   map[string]*model.Asset
	patterns map[string]*result.Pattern
	rules    map[string]*result.Rule
	places   map[string]string // by the id of an element that shares its name: see name.go
	parts    map[string]*part  // by the scopes asked for: see scope.go
}

// NewView indexes a result.
func NewView(r *result.Result) *View {
	v := &View{
		Result: r, findings: make(map[string]*result.Finding, len(r.Findings)), elements: make(map[string]*model.Element, len(r.System.Elements)),
		assets: map[string]*model.Asset{}, patterns: map[string]*result.Pattern{}, rules: map[string]*result.Rule{}, parts: map[string]*part{},
	}
	for i := range r.Findings {
		v.findings[r.Findings[i].ID] = &r.Findings[i]
	}
	for _, e := range r.System.Elements {
		v.elements[e.ID] = e
	}
	v.places = places(r.System.Elements)
	for i := range r.System.Assets {
		v.assets[r.System.Assets[i].ID] = &r.System.Assets[i]
	}
	for i := range r.Patterns {
		v.patterns[r.Patterns[i].ID] = &r.Patterns[i]
	}
	for i := range r.Rules {
		v.rules[r.Rules[i].ID] = &r.Rules[i]
	}
	return v
}

// Finding finds a finding by id; nil when there is none.
func (v *View) Finding(id string) *result.Finding { return v.findings[id] }

// Step is the finding of a step of a path, about what the path passes; nil when there is none.
func (v *View) Step(h *result.Hop) *result.Finding {
	f := v.findings[h.Finding]
	if f == nil {
		return nil
	}
	return v.Result.At(h, f)
}

// Element finds an element by id; nil when there is none.
func (v *View) Element(id string) *model.Element { return v.elements[id] }

// Flow finds a flow by id; nil when there is none.
func (v *View) Flow(id string) *model.Flow {
	if v.flows == nil {
		v.flows = make(map[string]*model.Flow, len(v.Result.System.Flows))
		for _, f := range v.Result.System.Flows {
			v.flows[f.ID] = f
		}
	}
	return v.flows[id]
}

// Rule finds what a result keeps of a rule; nil when there is none.
func (v *View) Rule(id string) *result.Rule { return v.rules[id] }

// Name is an element or flow for people; an unknown id is its own name. Where two elements share a name, the file stands
// beside it.
func (v *View) Name(id string) string {
	if e := v.elements[id]; e != nil {
		return v.nameOf(e)
	}
	if f := v.Flow(id); f != nil {
		return fmt.Sprintf("the %s from %s to %s", f.Kind, v.Name(f.From), v.Name(f.To))
	}
	return id
}

// Asset is an asset for people.
func (v *View) Asset(id string) string {
	if a := v.assets[id]; a != nil {
		return v.placed(a.Name, []string{a.Element})
	}
	return id
}

// Control is a control for people: its title, or its id when the result does not keep it.
func (v *View) Control(id string) string {
	if p := v.patterns[id]; p != nil {
		return p.Title
	}
	return id
}

// Layer is a layer's name, or its id when the result has none.
func (v *View) Layer(id string) string {
	for _, l := range v.Result.Layers {
		if l.ID == id {
			return l.Name
		}
	}
	return id
}

// Attackers are the sources of harm in words.
var attackers = map[string]string{
	"outsider": "an outsider", "user": "a user", "content-author": "somebody whose content is read", "supplier": "a supplier",
	"insider": "an insider", "peer": "a remote agent", "mishap": "a mishap",
}

// Attacker is a source of harm in words; several are joined.
func (v *View) Attacker(id string) string {
	parts := strings.Split(id, "+")
	for i, p := range parts {
		if words, ok := attackers[p]; ok {
			parts[i] = words
		}
	}
	return strings.Join(parts, " and ")
}

// Power is a power in words: "can steer planner, in their own sessions".
func (v *View) Power(text string) string {
	p, err := model.ParsePower(text)
	if err != nil {
		return text
	}
	return p.Words(v.Name(p.On))
}

// Where is the first place in a file among evidence; ok is false when there are only assumptions.
func Where(list []model.Evidence) (model.Evidence, bool) {
	for _, e := range list {
		if e.File != "" {
			return e, true
		}
	}
	return model.Evidence{}, false
}

// Chance says a path's cost as people say odds.
func Chance(cost float64) string { return result.Odds(math.Exp(-cost)) }

// PathChance is the chance of one attempt to get all along a path, as every report and command says it. That is the mean over
// what is not known; a result that is too old to have it gives the product of the most likely chances.
func PathChance(p *result.Path) string { return chanceOr(p.Probability, p.Cost) }

// WayChance is PathChance of a way in an answer of whatif.
func WayChance(w *result.Way) string { return chanceOr(w.Probability, w.Cost) }

func chanceOr(mean *float64, cost float64) string {
	if mean != nil {
		return result.Odds(*mean)
	}
	return Chance(cost)
}

// Group is findings that share a rule.
type Group struct {
	Rule     string
	Title    string
	Severity string // the worst
	Status   result.Status
	Findings []*result.Finding // the first of each condition; with Options.All all of them
	Sharing  int               // findings that are not listed, since they share the cause of one that is, here or on another layer
}

// Spread counts the findings of a group by severity where they differ, so that the worst does not stand for all: "1 high, 3
// medium". It is "" where they are alike.
func (g *Group) Spread() string {
	count := map[string]int{}
	for _, f := range g.Findings {
		count[f.Severity]++
	}
	if len(count) < 2 {
		return ""
	}
	var parts []string
	for _, severity := range result.Severities {
		if n := count[severity]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, severity))
		}
	}
	return strings.Join(parts, ", ")
}

// conditions gives each condition of the scopes shown its first finding: one that does not merely follow, the worst of
// those, by id. Live findings count apart from the others: a condition may be live here and blocked there.
func (v *View) conditions(o Options) map[string]*result.Finding {
	part := v.part(o)
	if part.heads == nil {
		part.heads = result.Heads(part.findings)
	}
	return part.heads
}

// Groups gathers findings by rule and status within a layer, the worst first: of findings that share a cause only the
// first, unless everything is asked for. A finding is listed under its first layer only.
func (v *View) Groups(layer string, o Options) []Group {
	heads := v.conditions(o)
	byKey := map[string]*Group{}
	var order []string
	sharing := map[string]int{} // by the key of the group that lists the first finding of the condition
	for _, f := range v.part(o).findings {
		if f.Harmless() && !o.All {
			continue
		}
		if head := heads[f.Condition()]; head != f && !o.All {
			sharing[head.Rule+" "+string(head.Status)]++
			continue
		}
		if FirstLayer(f) != layer {
			continue
		}
		key := f.Rule + " " + string(f.Status)
		g := byKey[key]
		if g == nil {
			g = &Group{Rule: f.Rule, Title: f.Title, Severity: f.Severity, Status: f.Status}
			byKey[key] = g
			order = append(order, key)
		}
		if Rank(f.Severity) < Rank(g.Severity) {
			g.Severity = f.Severity
		}
		g.Findings = append(g.Findings, f)
	}
	out := make([]Group, 0, len(order))
	for _, key := range order {
		g := byKey[key]
		g.Sharing = sharing[key]
		sort.SliceStable(g.Findings, func(i, j int) bool { return Rank(g.Findings[i].Severity) < Rank(g.Findings[j].Severity) })
		out = append(out, *g)
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if sa, sb := statusRank[a.Status], statusRank[b.Status]; sa != sb {
			return sa < sb
		}
		if ra, rb := Rank(a.Severity), Rank(b.Severity); ra != rb {
			return ra < rb
		}
		return a.Rule < b.Rule
	})
	return out
}

var statusRank = map[result.Status]int{result.Live: 0, result.Accepted: 1, result.Condition: 2, result.Blocked: 3, result.Unreachable: 4}

// FirstLayer is the layer that a finding is listed under; "X" when it has none.
func FirstLayer(f *result.Finding) string {
	if len(f.Layers) > 0 {
		return f.Layers[0]
	}
	return "X"
}

// FindingScope is the least serious part of the tree that a finding's elements are of, and the file that it is about.
func (v *View) FindingScope(f *result.Finding) string { return v.part(Options{}).scopes.OfFinding(f) }

// Rank orders severities, 0 the worst.
func Rank(severity string) int {
	for i, s := range result.Severities {
		if s == severity {
			return i
		}
	}
	return len(result.Severities)
}

// Count counts live conditions by severity, in the scopes shown: findings that share a cause are one. What leads to no
// loss is not counted; see [View.Harmless].
func (v *View) Count(o Options) map[string]int {
	out := maps.Clone(v.live(o))
	delete(out, "info")
	return out
}

func (v *View) live(o Options) map[string]int {
	part := v.part(o)
	if part.live == nil {
		part.live = result.CountLiveOf(part.findings)
	}
	return part.live
}

// Grave counts the conditions in the scopes shown that are high or critical: what is wrong whether or not a way to it is
// known, in words, "" for none.
func (v *View) Grave(o Options) string {
	count := map[string]int{}
	for _, f := range v.conditions(o) {
		if f.Status == result.Condition {
			count[f.Severity]++
		}
	}
	var parts []string
	for _, s := range []string{"critical", "high"} {
		if n := count[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Conditions, wrong whether or not a way to them is known: " + strings.Join(parts, ", ") + "."
}

// Harmless counts the live conditions in the scopes shown that lead to no loss that is known. Reports leave them out
// unless everything is asked for.
func (v *View) Harmless(o Options) int { return v.live(o)["info"] }

// Sharing counts the live findings in the scopes shown that share the cause of another, and so are no condition of
// their own.
func (v *View) Sharing(o Options) int {
	n := 0
	for _, f := range v.part(o).findings {
		if f.Status == result.Live && !f.Harmless() {
			n++
		}
	}
	for _, count := range v.Count(o) {
		n -= count
	}
	return n
}

// Accepted counts the findings that somebody decided to live with, in the scopes shown.
func (v *View) Accepted(o Options) int {
	n := 0
	for _, f := range v.part(o).findings {
		if f.Status == result.Accepted {
			n++
		}
	}
	return n
}

// Plural is a count with its noun.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// kindWords are element kinds as people count them.
var kindWords = []struct {
	kind      model.Kind
	one, many string
}{
	{model.Agent, "agent", "agents"},
	{model.Orchestrator, "orchestrator", "orchestrators"},
	{model.Tool, "tool", "tools"},
	{model.Plugin, "plugin", "plugins"},
	{model.MCPServer, "MCP server", "MCP servers"},
	{model.Model, "model", "models"},
	{model.Prompt, "prompt", "prompts"},
	{model.Memory, "memory", "memories"},
	{model.Knowledge, "knowledge base", "knowledge bases"},
	{model.Datastore, "data store", "data stores"},
	{model.Runtime, "runtime", "runtimes"},
	{model.Service, "service", "services"},
	{model.Credential, "credential", "credentials"},
	{model.Monitor, "monitor", "monitors"},
	{model.Reviewer, "reviewer", "reviewers"},
	{model.Guardrail, "guardrail", "guardrails"},
	{model.Policy, "policy", "policies"},
	{model.IdentityProvider, "identity provider", "identity providers"},
	{model.Human, "person", "people"},
	{model.External, "outside party", "outside parties"},
}

// Inventory counts what was seen or declared, by kind: "3 agents, 5 tools, 1 model". Assumed elements are not counted.
func (v *View) Inventory(o Options) []string {
	scopes := v.Scopes(o)
	count := map[model.Kind]int{}
	for _, e := range v.Result.System.Elements {
		if e.Origin != model.Assumed && scopes[e.Scope] {
			count[e.Kind]++
		}
	}
	var out []string
	for _, w := range kindWords {
		if n := count[w.kind]; n > 0 {
			out = append(out, Plural(n, w.one, w.many))
		}
	}
	return out
}

// Plain takes out of text what a terminal would obey: control characters, and the marks that turn text around.
func Plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200d', r == '\u2028', r == '\u2029':
			return -1
		}
		return r
	}, text)
}

package report

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"unicode"

	"fermata/internal/model"
	"fermata/internal/result"
)

// Sentence joins words as people list them: "a, b and c".
func Sentence(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// Capital starts a text with a capital letter, unless it begins with what can only be an identifier: that is spelt as in the code.
func Capital(text string) string {
	first, _, _ := strings.Cut(text, " ")
	if identifier(first) {
		return text
	}
	for i, r := range text {
		return strings.ToUpper(string(r)) + text[i+len(string(r)):]
	}
	return text
}

// identifier tells of a word that no language has: with a sign of code in it, or a capital letter behind a small one.
func identifier(word string) bool {
	word = strings.TrimRight(word, ".,;:?")
	if strings.ContainsAny(word, "_/@#.:<>=(0123456789") {
		return true
	}
	small := false
	for _, r := range word {
		if small && unicode.IsUpper(r) {
			return true
		}
		small = small || unicode.IsLower(r)
	}
	return false
}

// Question is the text of a question, in which names that others share have their files beside them.
func (v *View) Question(q *result.Question) string {
	ids := []string{q.Subject}
	if f := v.Flow(q.Subject); f != nil {
		ids = []string{f.From, f.To}
	}
	return v.placed(q.Text, ids)
}

// QuestionLine is a question as a line of its own, with a capital letter unless it begins with the name of something.
func (v *View) QuestionLine(q *result.Question) string {
	if e := v.elements[q.Subject]; e != nil && e.Name != "" && strings.HasPrefix(q.Text, e.Name) {
		return v.Question(q)
	}
	return Capital(v.Question(q))
}

// AssetLine is an asset as a line of its own, with a capital letter unless it begins with the name of its element.
func (v *View) AssetLine(id string) string {
	text := v.Asset(id)
	if a := v.assets[id]; a != nil {
		if e := v.elements[a.Element]; e != nil && e.Name != "" && strings.HasPrefix(text, e.Name) {
			return text
		}
	}
	return Capital(text)
}

// Message is a finding's message as a sentence of its own: with a capital letter, unless it begins with the name of
// something, which is spelt as in the code.
func (v *View) Message(f *result.Finding) string {
	for _, id := range f.Elements {
		if e := v.elements[id]; e != nil && strings.HasPrefix(f.Message, e.Name) {
			return v.Text(f)
		}
	}
	return Capital(v.Text(f))
}

// Read says how much of the tree was read and by which extractors, and what stays unknown of it: "3 files read of 8
// (openaiagents); 2 constructs not followed; effects unknown for 1 of 5 tools".
func (v *View) Read(o Options) string {
	files := v.Result.Coverage.Files
	text := Plural(files.Parsed, "file", "files") + " read of " + fmt.Sprint(files.Seen)
	var names []string
	for _, e := range v.Result.Coverage.Extractors {
		if e.Elements > 0 {
			names = append(names, e.Name)
		}
	}
	if len(names) > 0 {
		text += " (" + strings.Join(names, ", ") + ")"
	}
	if gaps := v.Unfollowed(o); gaps != "" {
		text += "; " + gaps
	}
	return text + v.unknownEffects(o) + v.clients(o)
}

// clients ends a sentence with the tool servers that nobody in the tree calls, for which a client is assumed.
func (v *View) clients(o Options) string {
	var servers []string
	scopes := v.Scopes(o)
	for _, e := range v.Result.System.Elements {
		if of, ok := strings.CutPrefix(e.ID, model.AssumedClient); ok && e.Origin == model.Assumed && scopes[e.Scope] {
			servers = append(servers, v.Name(of))
		}
	}
	switch len(servers) {
	case 0:
		return ""
	case 1:
		return "; nothing that was read calls " + servers[0] + ", so a client of it is assumed"
	}
	return fmt.Sprintf("; nothing that was read calls %d of its tool servers, so a client of each is assumed", len(servers))
}

// unknownEffects ends a sentence with how many tools there are of which nobody knows what they do.
func (v *View) unknownEffects(o Options) string {
	unknown, all := v.UnknownTools(o)
	if unknown == 0 {
		return ""
	}
	return fmt.Sprintf("; effects unknown for %d of %s", unknown, Plural(all, "tool", "tools"))
}

// OpenEffects ends a sentence that says that nothing leads to a loss: what tools of unknown effects do may, and who asks about
// them. It is "" where there are none.
func (v *View) OpenEffects(o Options) string {
	text := v.unknownEffects(o)
	if text != "" {
		text += ": fermata ask lists the questions"
	}
	return text
}

// NoCleanBill says why it is no clean bill that nothing leads to a loss: what was not followed, and that no tool was seen
// of those who use or offer some. It is "" where there is no such reason.
func (v *View) NoCleanBill(o Options) string {
	var why []string
	if n := v.OpenGaps(o); n > 0 {
		why = append(why, Plural(n, "construct was", "constructs were")+" not followed")
	}
	if _, tools := v.UnknownTools(o); tools == 0 {
		agents, servers := 0, 0
		scopes := v.Scopes(o)
		for _, e := range v.Result.System.Elements {
			switch {
			case e.Origin == model.Assumed || !scopes[e.Scope]:
			case e.Kind == model.Agent:
				agents++
			case e.Kind == model.MCPServer:
				servers++
			}
		}
		var of []string
		if agents > 0 {
			of = append(of, Plural(agents, "agent", "agents"))
		}
		if servers > 0 {
			of = append(of, Plural(servers, "MCP server", "MCP servers"))
		}
		if len(of) > 0 {
			why = append(why, "no tool was seen for "+strings.Join(of, " and "))
		}
	}
	if len(why) == 0 {
		return ""
	}
	return "That is no clean bill: " + strings.Join(why, ", and ") + "."
}

// mostUnmodelled is how many frameworks NotModelled names.
const mostUnmodelled = 3

// NotModelled names the agent frameworks that are used and not modelled, those of most files first: what is built with them
// is in nothing that a report says. It is "" where there are none.
func (v *View) NotModelled() string {
	used := slices.Clone(v.Result.Coverage.Unsupported)
	slices.SortStableFunc(used, func(a, b result.Unsupported) int { return b.Files - a.Files })
	var names []string
	for _, u := range used {
		if !slices.Contains(names, u.Name) {
			names = append(names, u.Name)
		}
	}
	verb := "are"
	switch {
	case len(names) == 0:
		return ""
	case len(names) == 1:
		verb = "is"
	case len(names) > mostUnmodelled+1:
		names = append(names[:mostUnmodelled:mostUnmodelled], fmt.Sprintf("%d other frameworks", len(names)-mostUnmodelled))
	}
	return Sentence(names) + " " + verb + " used and not modelled: what is built with that is not in this picture."
}

// UnknownTools counts the tools that were seen or declared, and those of them of which not one effect is known.
func (v *View) UnknownTools(o Options) (unknown, all int) {
	scopes := v.Scopes(o)
	for _, e := range v.Result.System.Elements {
		if e.Kind != model.Tool || e.Origin == model.Assumed || !scopes[e.Scope] {
			continue
		}
		all++
		known := false
		for _, f := range e.Effects {
			known = known || f.Value == model.Yes || f.Value == model.No
		}
		if !known {
			unknown++
		}
	}
	return unknown, all
}

// Entries says who reaches the system from outside.
func (v *View) Entries() string {
	var who []string
	for _, a := range v.Result.System.Attackers {
		if len(a.Starts) > 0 {
			who = append(who, v.Attacker(a.ID))
		}
	}
	if len(who) == 0 {
		return "nothing says who reaches it from outside"
	}
	return "harm may come from " + Sentence(who)
}

// PathTitle is a path in one sentence without its full stop: "A user reaches money that refund moves".
func (v *View) PathTitle(p *result.Path) string {
	return Capital(v.Attacker(p.Attacker)) + " reaches " + v.Asset(p.Goal.Asset)
}

// Ends lists the controls that would stop a path, and those that would only weaken it, each once and nearest the end
// first, since the last steps are the ones that hurt.
func Ends(p *result.Path) (blocks, weakens []result.Break) {
	seen := map[result.Break]bool{}
	for i := len(p.Steps) - 1; i >= 0; i-- {
		for _, b := range p.Steps[i].Breaks {
			if seen[b] {
				continue
			}
			seen[b] = true
			if b.Effect == "blocks" {
				blocks = append(blocks, b)
			} else {
				weakens = append(weakens, b)
			}
		}
	}
	return blocks, weakens
}

// Controls writes the first controls of a list and where they would stand, those on one place together: "sandbox or
// egress-limit on shell; or human-approval on the tool-call from a to b". mark is put round the name of a control.
func (v *View) Controls(list []result.Break, most int, mark func(string) string, escape func(string) string) string {
	var order []string
	on := map[string][]string{}
	for _, b := range list[:min(len(list), most)] {
		if on[b.On] == nil {
			order = append(order, b.On)
		}
		on[b.On] = append(on[b.On], mark(b.Control))
	}
	parts := make([]string, 0, len(order))
	for _, place := range order {
		names := on[place]
		words := names[len(names)-1]
		if len(names) > 1 {
			words = strings.Join(names[:len(names)-1], ", ") + " or " + words
		}
		parts = append(parts, words+" on "+escape(v.Name(place)))
	}
	return strings.Join(parts, "; or ")
}

// Layers lists the layers of the scheme and after them those that findings name besides, so that no finding is left
// out: X is the layer of what has none.
func (v *View) Layers() []result.Layer {
	layers := append([]result.Layer(nil), v.Result.Layers...)
	seen := map[string]bool{}
	for _, l := range layers {
		seen[l.ID] = true
	}
	for i := range v.Result.Findings {
		id := FirstLayer(&v.Result.Findings[i])
		if seen[id] {
			continue
		}
		seen[id] = true
		name := id
		if id == "X" {
			name = "Cross-layer"
		}
		layers = append(layers, result.Layer{ID: id, Name: name})
	}
	return layers
}

// Choke is the control that alone ends most in the scopes shown; nil when no single control ends anything.
func (v *View) Choke(o Options) *result.Choke {
	var best *result.Choke
	chokes := v.chokes(o)
	for i := range chokes {
		if c := &chokes[i]; c.Control != "" && (best == nil || len(c.Goals) > len(best.Goals)) {
			best = c
		}
	}
	return best
}

// chokes are the choke points of the scopes shown.
func (v *View) chokes(o Options) []result.Choke {
	p := v.part(o)
	if p.chokes == nil {
		p.chokes = v.Result.ChokesWithin(p.scopes)
	}
	return p.chokes
}

// Ending is what alone ends every way to some losses: any one of the changes does.
type Ending struct {
	Goals    []string        // asset ids
	Controls []*result.Choke // that could be put in place
	Findings []*result.Choke // that would have to go
}

// Endings gathers the choke points of the scopes shown by the losses that they end, those that end most first.
func (v *View) Endings(o Options) []Ending {
	byGoals := map[string]int{}
	var out []Ending
	chokes := v.chokes(o)
	for i := range chokes {
		c := &chokes[i]
		key := strings.Join(c.Goals, "\x00")
		at, known := byGoals[key]
		if !known {
			at = len(out)
			byGoals[key] = at
			out = append(out, Ending{Goals: c.Goals})
		}
		if c.Control != "" {
			out[at].Controls = append(out[at].Controls, c)
		} else {
			out[at].Findings = append(out[at].Findings, c)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		if len(out[i].Goals) != len(out[j].Goals) {
			return len(out[i].Goals) > len(out[j].Goals)
		}
		return strings.Join(out[i].Goals, "\x00") < strings.Join(out[j].Goals, "\x00")
	})
	return out
}

// Falls lists the blast radii worth showing: of elements in the shown scopes, with which others fall.
func (v *View) Falls(o Options) []*result.Blast {
	scopes := v.Scopes(o)
	var rows []*result.Blast
	for i := range v.Result.Blast {
		b := &v.Result.Blast[i]
		if e := v.elements[b.Element]; e != nil && scopes[e.Scope] && len(b.Elements) > 0 {
			rows = append(rows, b)
		}
	}
	return rows
}

// Skipped counts the files that were not read, whatever the reason.
func (v *View) Skipped() int {
	n := 0
	for _, s := range v.Result.Coverage.Files.Skipped {
		n += s.Count
	}
	return n
}

// Amount says how many files and folders were passed over for one reason.
func Amount(s result.Skipped) string {
	folders := Plural(s.Folders, "folder", "folders")
	switch {
	case s.Folders == 0:
		return Plural(s.Count, "file", "files")
	case s.Count == 0:
		return folders
	}
	return Plural(s.Count, "file", "files") + " and " + folders
}

// reasons are the reasons of the ledger in words.
var reasons = map[string]string{
	"ignored": "left out by an ignore file of the tree", "excluded": "left out by an option", "vendored": "installed packages or caches",
	"metadata": "folders of version control", "no-reader": "nothing reads this kind of file", "too-large": "larger than the limit",
	"too-many": "after the limit of files was reached", "too-deep": "in folders deeper than the limit", "binary": "not text",
	"link": "symbolic links", "special": "devices, pipes and sockets", "unreadable": "could not be opened",
	"gone": "gone before they were read",
}

// Reason is a reason for not reading files, in words; one that is not known is its own words.
func Reason(id string) string {
	if words, ok := reasons[id]; ok {
		return words
	}
	return id
}

// Place writes file:line, or the file alone when no line is known.
func Place(e model.Evidence) string {
	if e.Line == 0 {
		return e.File
	}
	return fmt.Sprintf("%s:%d", e.File, e.Line)
}

// Seen is the best place to look for a finding: its own first line of code, else where one of its elements or flows is
// defined. Near is true for the second: no line shows the finding itself. ok is false when all of it is assumed.
func (v *View) Seen(f *result.Finding) (at model.Evidence, near, ok bool) {
	if e, ok := Where(f.Evidence); ok {
		return e, false, true
	}
	for _, id := range f.Flows {
		if flow := v.Flow(id); flow != nil {
			if e, ok := Where(flow.Evidence); ok {
				return e, true, true
			}
		}
	}
	for _, id := range f.Elements {
		if element := v.elements[id]; element != nil {
			if e, ok := Where(element.Evidence); ok {
				return e, true, true
			}
		}
	}
	return model.Evidence{}, false, false
}

// Assumption is something that was filled in so that the picture is whole.
type Assumption struct {
	What string // "the process that runs the agents (runtime)"
	Why  string
}

// Assumptions lists what was assumed about the system: elements, who may do harm and from where, and what counts as a
// loss.
func (v *View) Assumptions() []Assumption {
	var out []Assumption
	reason := func(list []model.Evidence) string {
		for _, e := range list {
			if e.File == "" && e.Excerpt != "" {
				return e.Excerpt
			}
		}
		return ""
	}
	for _, e := range v.Result.System.Elements {
		if e.Origin == model.Assumed {
			out = append(out, Assumption{fmt.Sprintf("%s (%s)", e.Name, e.Kind), reason(e.Evidence)})
		}
	}
	for _, a := range v.Result.System.Attackers {
		if a.Origin != model.Assumed {
			continue
		}
		for _, s := range a.Starts {
			out = append(out, Assumption{Capital(v.Attacker(a.ID)) + " " + v.Power(s.Capability), s.Reason})
		}
	}
	for i := range v.Result.System.Assets {
		if a := &v.Result.System.Assets[i]; a.Origin == model.Assumed {
			out = append(out, Assumption{a.Name + " is worth guarding", a.Reason})
		}
	}
	return out
}

// Assumed is an assumption of a finding for people: the id that it begins with becomes a name.
func (v *View) Assumed(text string) string {
	for i := len(text); i > 0; i-- {
		if i < len(text) && text[i] != ':' && text[i] != ' ' {
			continue
		}
		if id := text[:i]; v.elements[id] != nil || v.Flow(id) != nil {
			return v.Name(id) + text[i:]
		}
	}
	return text
}

// frameworks are the namespaces of maps for people.
var frameworks = []struct{ id, name string }{
	{"maestro", "MAESTRO"},
	{"owasp-asi", "OWASP agentic threats"},
	{"owasp-agentic", "OWASP Agentic Top 10"},
	{"owasp-llm", "OWASP LLM Top 10"},
	{"owasp-mcp", "OWASP MCP Top 10"},
	{"atlas", "MITRE ATLAS"},
	{"attack", "MITRE ATT&CK"},
	{"cwe", "CWE"},
	{"nist-ai-rmf", "NIST AI RMF"},
	{"nist-600-1", "NIST AI 600-1"},
	{"iso42001", "ISO/IEC 42001"},
	{"iso23894", "ISO/IEC 23894"},
	{"twelve-factor", "12-Factor Agents"},
}

// Framework is the name of a framework for people; an unknown one is its own name.
func Framework(namespace string) string {
	for _, f := range frameworks {
		if f.id == namespace {
			return f.name
		}
	}
	return namespace
}

// Mapping is the ids of one framework.
type Mapping struct {
	Namespace, Name string
	IDs             []string
}

// Mappings orders maps for people: the frameworks of the table first, then others by name.
func Mappings(ids map[string][]string) []Mapping {
	var out []Mapping
	seen := map[string]bool{}
	add := func(namespace string) {
		if list := ids[namespace]; len(list) > 0 && !seen[namespace] {
			seen[namespace] = true
			out = append(out, Mapping{namespace, Framework(namespace), list})
		}
	}
	for _, f := range frameworks {
		add(f.id)
	}
	for _, namespace := range slices.Sorted(maps.Keys(ids)) {
		add(namespace)
	}
	return out
}

// Advice is something to do now: a command that works on this very result, or a control to put somewhere.
type Advice struct {
	Do      string
	Why     string
	Command bool   // Do is to be typed as it stands
	Short   string // the same in words, where the command is too long for the page; empty: there is none
}

// Page is what to do after a report that has no diagram.
var Page = Advice{"fermata scan -o report.html", "the same as a page, with a diagram", true, ""}

// handle is the short name of a finding.
func (v *View) handle(id string) string {
	if f := v.findings[id]; f != nil {
		return f.Handle()
	}
	return Shell(id)
}

// WhatIf is the command that tries a control in a place. The path is as it stands in a command, with a blank behind it.
func WhatIf(path, control, on string) string {
	return "fermata whatif " + path + Shell("+"+control+"@"+on)
}

// Next says what to do now.
func (v *View) Next(o Options) []Advice {
	var out []Advice
	for _, p := range v.TopPaths(o, 1) {
		if n := len(p.Steps); n > 0 {
			out = append(out, Advice{"fermata explain " + v.handle(p.Steps[n-1].Finding), "why, and what breaks it", true, ""})
			break
		}
	}
	if c := v.Choke(o); c != nil {
		out = append(out, Advice{WhatIf("", c.Control, c.On), "try " + c.Control + " on " + v.Name(c.On) + ": alone it ends every way to " + Plural(len(c.Goals), "loss", "losses"), true, "put " + c.Control + " on " + v.Name(c.On)})
	}
	if v.PathCount(o) > 0 {
		out = append(out, Advice{"fermata harden", "which controls to place, in which order", true, ""})
	}
	if len(v.Questions(o)) > 0 {
		out = append(out, Advice{"fermata ask", "answer what is not known", true, ""})
	}
	return append(out, Advice{"fermata init", "write a fermata.yaml to correct and complete this picture", true, ""})
}

package pipeline

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/internal/source"
	"fermata/internal/taxonomy"
)

// Explanation is an answer to "what is this and why", as a heading and sections. Texts are plain.
type Explanation struct {
	Kind     string // finding, path, element, question, rule, control, entry
	ID       string
	Title    string
	Sections []Section
}

// Section is one part of an explanation: paragraphs, then items.
type Section struct {
	Heading string
	Text    []string
	Items   []string
}

func (x *Explanation) section(heading string, text []string, items []string) {
	var kept []string
	for _, t := range text {
		if t = strings.TrimSpace(t); t != "" {
			kept = append(kept, t)
		}
	}
	if len(kept) > 0 || len(items) > 0 {
		x.Sections = append(x.Sections, Section{heading, kept, items})
	}
}

// Explain answers about a finding, path, element, question or asset of a result (which may be nil), or a rule, a
// control or an id of the catalogues. An id that several documents use with other meanings gives several answers. The
// error for something unknown says what is near.
func (e *Engine) Explain(query string, r *result.Result) ([]Explanation, error) {
	query = strings.TrimSpace(query)
	if r != nil {
		v := newView(r)
		if x := e.explainResult(query, v); x != nil {
			return x, nil
		}
	}
	if rl := e.rules.Rule(query); rl != nil {
		return []Explanation{e.explainRule(rl, r)}, nil
	}
	if c := e.rules.Controls.Get(query); c != nil {
		return []Explanation{e.explainControl(c, r)}, nil
	}
	if isRow.MatchString(query) {
		if x, ok := e.explainRow(query); ok {
			return []Explanation{x}, nil
		}
	}
	answer := e.Catalog().Resolve(query)
	if len(answer.Matches) > 0 {
		var out []Explanation
		for _, m := range answer.Matches {
			out = append(out, e.explainEntry(m.Entry, answer, r))
		}
		return out, nil
	}
	return nil, e.unknown(query, r, answer)
}

func (e *Engine) unknown(query string, r *result.Result, answer taxonomy.Answer) error {
	var names []string
	for _, rl := range e.rules.Rules {
		names = append(names, rl.ID)
	}
	for _, c := range e.rules.Controls {
		names = append(names, c.ID)
	}
	if r != nil {
		for i := range r.Findings {
			names = append(names, r.Findings[i].ID)
		}
		for _, el := range r.System.Elements {
			names = append(names, append([]string{el.ID}, el.Aliases...)...)
		}
	}
	message := fmt.Sprintf("nothing is called %q", query)
	if near := source.Suggest(query, names); near != "" {
		return &InputError{Message: message + fmt.Sprintf("; did you mean %s?", near)}
	}
	if len(answer.Nearest) > 0 {
		return &InputError{Message: message + fmt.Sprintf("; did you mean %s %s?", answer.Nearest[0].ID, answer.Nearest[0].Title)}
	}
	return &InputError{Message: message + "; give the id of a finding, element, rule, control or framework entry"}
}

// view finds things in a result by id.
type view struct {
	r        *result.Result
	findings map[string]*result.Finding
	elements map[string]*model.Element
	flows    map[string]*model.Flow
	aliases  map[string][]string
}

func newView(r *result.Result) *view {
	v := &view{r, map[string]*result.Finding{}, map[string]*model.Element{}, map[string]*model.Flow{}, map[string][]string{}}
	for i := range r.Findings {
		v.findings[r.Findings[i].ID] = &r.Findings[i]
	}
	for _, el := range r.System.Elements {
		v.elements[el.ID] = el
		for _, name := range append([]string{el.Name}, el.Aliases...) {
			v.aliases[name] = append(v.aliases[name], el.ID)
		}
	}
	for _, f := range r.System.Flows {
		v.flows[f.ID] = f
	}
	return v
}

// name is an element or flow for people.
func (v *view) name(id string) string {
	if el, ok := v.elements[id]; ok {
		return el.Name
	}
	if f, ok := v.flows[id]; ok {
		return fmt.Sprintf("the %s from %s to %s", f.Kind, v.name(f.From), v.name(f.To))
	}
	return id
}

// element resolves an id, alias or name to one element; nil when there is none or several.
func (v *view) element(query string) *model.Element {
	if el, ok := v.elements[query]; ok {
		return el
	}
	if ids := v.aliases[query]; len(ids) == 1 || (len(ids) > 1 && same(ids)) {
		return v.elements[ids[0]]
	}
	return nil
}

func same(ids []string) bool {
	for _, id := range ids {
		if id != ids[0] {
			return false
		}
	}
	return true
}

// Element resolves an id, alias or name of a result's element.
func Element(r *result.Result, query string) (*model.Element, error) {
	v := newView(r)
	if el := v.element(query); el != nil {
		return el, nil
	}
	if ids := v.aliases[query]; len(ids) > 1 {
		sort.Strings(ids)
		return nil, &InputError{Message: fmt.Sprintf("%q may be %s; give the id", query, strings.Join(ids, " or "))}
	}
	var names []string
	for name := range v.aliases {
		names = append(names, name)
	}
	for id := range v.elements {
		names = append(names, id)
	}
	if near := source.Suggest(query, names); near != "" {
		return nil, &InputError{Message: fmt.Sprintf("no element is called %q; did you mean %s?", query, near)}
	}
	return nil, &InputError{Message: fmt.Sprintf("no element is called %q", query)}
}

func (e *Engine) explainResult(query string, v *view) []Explanation {
	if f, ok := v.findings[query]; ok {
		return []Explanation{e.explainFinding(f, v)}
	}
	for i := range v.r.Paths {
		if v.r.Paths[i].ID == query {
			return []Explanation{e.explainPath(&v.r.Paths[i], v)}
		}
	}
	for i := range v.r.Questions {
		if v.r.Questions[i].ID == query {
			return []Explanation{explainQuestion(&v.r.Questions[i], v)}
		}
	}
	if e.rules.Rule(query) != nil || e.rules.Controls.Get(query) != nil {
		return nil // a rule's id is asked for more often than an element of the same name
	}
	if el := v.element(query); el != nil {
		return []Explanation{e.explainElement(el, v)}
	}
	return nil
}

// place is evidence on one line.
func place(ev model.Evidence) string {
	if ev.File == "" {
		return "assumed: " + ev.Excerpt
	}
	text := fmt.Sprintf("%s:%d:%d", ev.File, ev.Line, ev.Col)
	if ev.Excerpt != "" {
		text += "  " + ev.Excerpt
	}
	return text
}

func places(list []model.Evidence, most int) []string {
	var out []string
	for i, ev := range list {
		if i == most {
			out = append(out, fmt.Sprintf("and %d more", len(list)-most))
			break
		}
		out = append(out, place(ev))
	}
	return out
}

// tell says a power in words.
func (v *view) tell(power string) string {
	p, err := model.ParsePower(power)
	if err != nil {
		return power
	}
	scope := ""
	if p.Scope == model.ScopeOwn {
		scope = ", in its own sessions"
	}
	return fmt.Sprintf("%s over %s%s", p.Capability, v.name(p.On), scope)
}

func (e *Engine) explainFinding(f *result.Finding, v *view) Explanation {
	x := Explanation{Kind: "finding", ID: f.ID, Title: f.Message}
	state := fmt.Sprintf("It is %s, of %s severity.", f.Status, f.Severity)
	switch {
	case f.Status == result.Condition:
		state = fmt.Sprintf("It is a condition of %s severity: worth mending, and no step of an attack by itself.", f.Severity)
	case f.Why != "":
		state = fmt.Sprintf("It is %s: %s.", f.Status, f.Why)
	}
	rl := e.rules.Rule(f.Rule)
	doc := ""
	if rl != nil {
		doc = rl.Doc
	}
	x.section("What it is", []string{state, doc}, nil)
	x.section("Seen here", nil, places(f.Evidence, 8))
	x.section("Assumed, because nothing says otherwise", nil, f.Assumes)
	if p := v.pathThrough(f.ID); p != nil {
		x.section("How an attacker gets here", []string{v.opening(p)}, v.hops(p))
	}
	var losses []string
	for _, p := range v.r.Paths {
		for _, h := range p.Steps {
			if h.Finding == f.ID {
				losses = append(losses, fmt.Sprintf("%s: %s (%s)", p.Severity, v.assetName(p.Goal.Asset), p.Attacker))
				break
			}
		}
	}
	x.section("What it leads to", nil, firstDistinct(losses, 6))
	x.section("What breaks it", nil, e.controlLines(f.Controls, v))
	if rl != nil {
		x.section("When it is no threat", []string{rl.FalsePositives}, nil)
		x.section("What to do instead", nil, nonEmpty("avoid "+rl.Avoid, rl.Avoid, "prefer "+rl.Prefer, rl.Prefer))
	}
	x.section("In the frameworks", nil, e.mapLines(f.Maps))
	if f.Status == result.Live {
		x.section("If you can live with it", nil, []string{fmt.Sprintf("fermata accept '%s' --reason '…' --until YYYY-MM-DD", f.ID)})
	}
	return x
}

// nonEmpty keeps each first text whose second is not empty.
func nonEmpty(pairs ...string) []string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.TrimSpace(pairs[i+1]) != "" {
			out = append(out, strings.TrimSpace(pairs[i]))
		}
	}
	return out
}

func firstDistinct(list []string, most int) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range list {
		if !seen[s] && len(out) < most {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// pathThrough is the worst path that has the finding.
func (v *view) pathThrough(finding string) *result.Path {
	for i := range v.r.Paths {
		for _, h := range v.r.Paths[i].Steps {
			if h.Finding == finding {
				return &v.r.Paths[i]
			}
		}
	}
	return nil
}

// opening says from whom to what a path leads, and what it starts from.
func (v *view) opening(p *result.Path) string {
	var starts []string
	for _, s := range p.Start {
		starts = append(starts, fmt.Sprintf("%s (%s)", v.tell(s.Power), s.Reason))
	}
	who := p.Attacker
	for _, a := range model.Attackers {
		if a.Name == p.Attacker {
			who = fmt.Sprintf("%s (%s)", a.Name, a.Doc)
		}
	}
	return fmt.Sprintf("In %s from %s to %s. The start is %s.", plural(len(p.Steps), "step", "steps"), who, v.assetName(p.Goal.Asset), strings.Join(starts, " and "))
}

func (v *view) hops(p *result.Path) []string {
	var out []string
	for i, h := range p.Steps {
		f := v.findings[h.Finding]
		if f == nil {
			continue
		}
		line := fmt.Sprintf("%d. %s: %s", i+1, h.Layer, f.Message)
		for _, ev := range f.Evidence {
			if ev.File != "" {
				line += fmt.Sprintf("  [%s:%d]", ev.File, ev.Line)
				break
			}
		}
		out = append(out, line)
	}
	return out
}

func (v *view) assetName(id string) string {
	for i := range v.r.System.Assets {
		if v.r.System.Assets[i].ID == id {
			return v.r.System.Assets[i].Name
		}
	}
	return id
}

func (e *Engine) controlLines(list []result.Control, v *view) []string {
	var out []string
	for _, c := range list {
		title := c.Control
		if def := e.rules.Controls.Get(c.Control); def != nil {
			title = fmt.Sprintf("%s (%s)", def.Title, c.Control)
		}
		line := fmt.Sprintf("%s, on %s: %s it; %s", title, v.name(c.On), c.Effect, stateWords(c.State))
		for _, ev := range c.Evidence {
			if ev.File != "" {
				line += fmt.Sprintf("  [%s:%d]", ev.File, ev.Line)
				break
			}
		}
		out = append(out, line)
	}
	return out
}

func stateWords(s model.State) string {
	switch s {
	case model.Unseen:
		return "nobody saw it"
	case model.Absent:
		return "it is absent"
	case model.DeclaredOnly:
		return "claimed"
	case model.Evidenced:
		return "seen in code or configuration"
	case model.Tested:
		return "a test passed"
	case model.Attested:
		return "somebody vouches for it"
	case model.Refuted:
		return "a test failed"
	}
	return string(s)
}

func (e *Engine) mapLines(maps map[string][]string) []string {
	var out []string
	for _, namespace := range sortedKeys(maps) {
		for _, id := range maps[namespace] {
			line := namespace + " " + id
			if entry := e.Catalog().Lookup(namespace, id); entry != nil {
				line += "  " + entry.Title
			} else if namespace == "maestro" {
				if l := e.Catalog().Layer(DefaultScheme, id); l != nil {
					line += "  " + l.Title
				}
			}
			out = append(out, line)
		}
	}
	return out
}

func (e *Engine) explainPath(p *result.Path, v *view) Explanation {
	x := Explanation{Kind: "path", ID: p.ID, Title: fmt.Sprintf("%s reaches %s", p.Attacker, v.assetName(p.Goal.Asset))}
	x.section("In short", []string{v.opening(p), fmt.Sprintf("Severity %s; it crosses %s.", p.Severity, strings.Join(p.Layers, ", "))}, nil)
	x.section("Step by step", nil, v.hops(p))
	var breaks []string
	for i, h := range p.Steps {
		for _, b := range h.Breaks {
			breaks = append(breaks, fmt.Sprintf("step %d: %s on %s %s it", i+1, b.Control, v.name(b.On), b.Effect))
		}
	}
	x.section("What breaks it", nil, firstDistinct(breaks, 12))
	return x
}

func explainQuestion(q *result.Question, v *view) Explanation {
	x := Explanation{Kind: "question", ID: q.ID, Title: q.Text}
	x.section("What hangs on it", []string{q.Change}, nil)
	x.section("Rules that wait for it", nil, q.Rules)
	if el := v.elements[q.Subject]; el != nil {
		x.section("About", nil, append([]string{el.Name + " (" + string(el.Kind) + ")"}, places(el.Evidence, 3)...))
	}
	x.section("How to answer", nil, []string{fmt.Sprintf("in fermata.yaml, under answers:  - {question: %q, answer: …}", q.ID), "the answer is " + Answers(*q)})
	return x
}

func (e *Engine) explainElement(el *model.Element, v *view) Explanation {
	x := Explanation{Kind: "element", ID: el.ID, Title: fmt.Sprintf("%s: %s on layer %s, %s", el.Name, el.Kind, el.Layer, el.Origin)}
	x.section("What it is", []string{el.Detail}, nil)
	x.section("Seen here", nil, places(el.Evidence, 8))
	var facts []string
	for _, name := range sortedKeys(el.Effects) {
		facts = append(facts, factLine("effect "+name, el.Effects[name]))
	}
	for _, name := range sortedKeys(el.Facts) {
		facts = append(facts, factLine(name, el.Facts[name]))
	}
	x.section("Facts", nil, facts)
	var flows []string
	for _, f := range v.r.System.Flows {
		switch el.ID {
		case f.From:
			flows = append(flows, fmt.Sprintf("%s to %s", f.Kind, v.name(f.To)))
		case f.To:
			flows = append(flows, fmt.Sprintf("%s from %s", f.Kind, v.name(f.From)))
		}
	}
	x.section("Flows", nil, firstDistinct(flows, 30))
	var about []*result.Finding
	for i := range v.r.Findings {
		if f := &v.r.Findings[i]; slices.Contains(f.Elements, el.ID) {
			about = append(about, f)
		}
	}
	slices.SortStableFunc(about, func(a, b *result.Finding) int { return standingOrder(a) - standingOrder(b) })
	var findings []string
	for _, f := range about {
		findings = append(findings, fmt.Sprintf("%s %s: %s  (%s)", f.Severity, f.Status, f.Message, f.ID))
	}
	x.section("Findings", nil, firstDistinct(findings, 20))
	for _, b := range v.r.Blast {
		if b.Element == el.ID {
			var fallen []string
			for _, id := range b.Elements {
				fallen = append(fallen, v.name(id))
			}
			x.section("If it falls", []string{Fall(b)}, firstDistinct(fallen, 20))
		}
	}
	return x
}

// standingOrder puts what is live first, and the worst of it before the rest.
func standingOrder(f *result.Finding) int {
	status := slices.Index([]result.Status{result.Live, result.Condition, result.Accepted, result.Blocked, result.Unreachable}, f.Status)
	return 10*status + slices.Index(result.Severities, f.Severity)
}

// Fall says how much falls with an element.
func Fall(b result.Blast) string {
	return fmt.Sprintf("%s with it, in at most %s; %s.", plural(len(b.Elements), "element falls", "elements fall"),
		plural(b.Depth, "step", "steps"), plural(len(b.Assets), "loss follows", "losses follow"))
}

// Answers says what may be answered to a question, in words.
func Answers(q result.Question) string {
	if q.Fact == "effects" {
		return "none, or a list of " + strings.Join(keep(q.Values, func(v string) bool { return v != "none" }), ", ")
	}
	if n := len(q.Values) - 1; n > 0 {
		return strings.Join(q.Values[:n], ", ") + " or " + q.Values[n]
	}
	return strings.Join(q.Values, "")
}

func factLine(name string, f model.Fact) string {
	line := fmt.Sprintf("%s: %s, %s", name, f.Value, f.Origin)
	if f.Reason != "" {
		line += ": " + f.Reason
	}
	for _, ev := range f.Evidence {
		if ev.File != "" {
			return line + fmt.Sprintf("  [%s:%d]", ev.File, ev.Line)
		}
	}
	return line
}

func (e *Engine) explainRule(rl *rule.Rule, r *result.Result) Explanation {
	x := Explanation{Kind: "rule", ID: rl.ID, Title: rl.Title}
	x.section("What it is", []string{rl.Doc}, nil)
	x.section("What to do instead", nil, nonEmpty("avoid "+rl.Avoid, rl.Avoid, "prefer "+rl.Prefer, rl.Prefer))
	x.section("When it is no threat", []string{rl.FalsePositives}, nil)
	when := strings.Join(strings.Fields(rl.When), " ")
	x.section("When it applies", nil, nonEmpty(fmt.Sprintf("visits each %s of kind %s", rl.On, strings.Join(rl.Kinds, ", ")), strings.Join(rl.Kinds, ""), "when "+when, strings.TrimPrefix(when, "true")))
	if rl.Condition() {
		x.section("What it means for an attacker", []string{"It is a condition: reported, and never a step of an attack."}, nil)
	} else {
		x.section("What it means for an attacker", nil, []string{"needs " + strings.Join(rl.Requires, " and "), "gives " + strings.Join(rl.Grants, " and "), rangeLine("chance of success of one attempt", rl.Success)})
	}
	var controls []string
	for _, use := range rl.Controls {
		if c := e.rules.Controls.Get(use.Control); c != nil {
			controls = append(controls, fmt.Sprintf("%s (%s) %s it", c.Title, c.ID, c.Effect))
		}
	}
	x.section("What breaks it", nil, controls)
	x.section("In the frameworks", nil, e.mapLines(rl.Maps))
	if r != nil {
		var here []string
		for i := range r.Findings {
			if r.Findings[i].Rule == rl.ID {
				here = append(here, fmt.Sprintf("%s %s  (%s)", r.Findings[i].Status, r.Findings[i].Message, r.Findings[i].ID))
			}
		}
		x.section("In this system", nil, firstDistinct(here, 20))
	}
	return x
}

func rangeLine(what string, r *result.Range) string {
	if r == nil {
		return ""
	}
	from := "judgement"
	if len(r.Evidence) > 0 {
		from = "evidence rows " + strings.Join(r.Evidence, ", ")
	}
	return fmt.Sprintf("%s: %g, between %g and %g (%s)", what, r.Mode, r.Low, r.High, from)
}

func (e *Engine) explainControl(c *rule.Control, r *result.Result) Explanation {
	x := Explanation{Kind: "control", ID: c.ID, Title: c.Title}
	x.section("What it is", []string{c.Gist, c.Doc}, nil)
	effect := fmt.Sprintf("It %s the steps that it guards.", c.Effect)
	x.section("What it does", []string{effect, rangeLine("relative reduction of success", &c.Efficacy)}, nil)
	var defeated []string
	for _, d := range c.DefeatedBy {
		defeated = append(defeated, fmt.Sprintf("whoever gains %s over what enforces it", d))
	}
	x.section("What defeats it", nil, defeated)
	x.section("Where it stands", nil, c.Where)
	x.section("How to verify it", []string{c.Verify}, nil)
	var guards []string
	for _, rl := range e.rules.Rules {
		for _, use := range rl.Controls {
			if use.Control == c.ID {
				guards = append(guards, fmt.Sprintf("%s  (%s)", rl.Title, rl.ID))
				break
			}
		}
	}
	x.section("Which threats it meets", nil, guards)
	x.section("In the frameworks", nil, e.mapLines(c.Maps))
	if r != nil {
		v := newView(r)
		var here []string
		for _, p := range r.System.Controls {
			if p.Control == c.ID {
				here = append(here, fmt.Sprintf("on %s: %s", v.name(p.On), stateWords(p.State)))
			}
		}
		x.section("In this system", nil, firstDistinct(here, 20))
	}
	return x
}

func (e *Engine) explainEntry(entry *taxonomy.Entry, answer taxonomy.Answer, r *result.Result) Explanation {
	x := Explanation{Kind: "entry", ID: entry.Namespace + " " + entry.ID, Title: e.Catalog().FullTitle(entry)}
	x.section("What it is", []string{entry.Gist, entry.Note}, nil)
	var conflicts []string
	for _, m := range answer.Conflicts() {
		conflicts = append(conflicts, m.String())
	}
	x.section("Other documents mean something else by this id", nil, conflicts)
	var rulesHere []string
	for _, rl := range e.rules.Rules {
		for _, id := range rl.Maps[entry.Namespace] {
			if id == entry.ID {
				rulesHere = append(rulesHere, fmt.Sprintf("%s  (%s)", rl.Title, rl.ID))
			}
		}
	}
	x.section("Rules that look for it", nil, rulesHere)
	if r != nil {
		var here []string
		for i := range r.Findings {
			f := &r.Findings[i]
			for _, id := range f.Maps[entry.Namespace] {
				if id == entry.ID {
					here = append(here, fmt.Sprintf("%s %s: %s  (%s)", f.Severity, f.Status, f.Message, f.ID))
				}
			}
		}
		x.section("In this system", nil, firstDistinct(here, 20))
	}
	var related []string
	for _, rel := range e.Catalog().Relations(entry) {
		line := fmt.Sprintf("%s %s %s  %s", rel.Words(), rel.Entry.Namespace, rel.Entry.ID, rel.Entry.Title)
		if rel.Crosswalk != nil {
			line += fmt.Sprintf("  (published crosswalk %s)", rel.Crosswalk.ID)
		}
		related = append(related, line)
	}
	x.section("Related", nil, firstDistinct(related, 25))
	if entry.URL != "" {
		x.section("Read more", nil, []string{entry.URL})
	}
	return x
}

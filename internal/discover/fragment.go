package discover

import (
	"regexp"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
)

// fragment is what one extractor said about one file.
type fragment struct {
	extractor  string
	path       string
	elements   []*Element
	flows      []*Flow
	controls   []control
	unresolved []gap
	entries    []entry // see entrypoint.go
	doors      []door
	listens    []listen
	offers     []offer // see launch.go
	starts     []start
	places     []*Place // see place.go
	near       []string // files that a place holds
	covers     []cover
	bars       []Ref // see bar.go

	diagnostics []source.Diagnostic // see trouble.go
}

// empty tells whether nothing is said.
func (f *fragment) empty() bool {
	return len(f.elements)+len(f.flows)+len(f.controls)+len(f.unresolved)+len(f.entries)+len(f.offers)+len(f.starts)+len(f.places)+len(f.near)+len(f.covers)+len(f.doors)+len(f.bars) == 0
}

// cover says that what asks at one place does so for another element, which counts in its stead: see [Pass.Covers].
type cover struct {
	by, of Ref
	runs   *Flow // see [Pass.StepRuns]; nil for others
}

// Element is an element being described. All its methods return it, so that they chain; facts that are said twice
// keep what was said first in the order of files, and the evidence of both.
type Element struct {
	Ref     Ref
	model   model.Element // without facts and effects, until linking joins what was said
	facts   saidFacts
	effects saidFacts
	pass    *Pass
	slug    string // name that the id falls back on when the thing has no symbol
	about   string // key of the subject: see Pass.Subject
	once    bool   // see OneQuestion

	strangers bool // what it fetches is known to hold what strangers write
	unbarred  bool // see Unbarred
}

// Flow is a flow being described.
type Flow struct {
	kind     model.FlowKind
	from, to Ref
	label    string
	facts    saidFacts
	evidence []model.Evidence
	pass     *Pass
	about    string // key of the subject: see Pass.Subject
	open     bool   // see IfDescribed
	only     []model.Kind
}

type control struct {
	id     string
	on, by Ref
	state  model.State
	reason string
	at     []source.Span
	about  string // key of the subject: see Pass.Subject

	byDefault bool // see Pass.ControlByDefault

	evidence []model.Evidence // in place of at when the pass is over
}

type gap struct {
	what, why string
	tools     bool // what was not followed may be a tool that somebody holds
	at        source.Span
	about     string // key of the subject: see Pass.Subject
	unless    Ref    // what must offer nothing for the gap to count: see Pass.OffersNothing
	holders   []Ref  // who hold or offer the tools behind it: see Pass.ToolsOf

	evidence model.Evidence // in place of at when the pass is over
}

// Element describes an element. The first span is where it is defined. An element may be described by many passes;
// what they say is joined.
func (p *Pass) Element(kind model.Kind, ref Ref, name string, at ...source.Span) *Element {
	e := &Element{Ref: ref, pass: p, slug: name, about: p.about(ref), model: model.Element{Kind: kind, Name: name}}
	if len(at) > 0 {
		e.Evidence(ref.more().home)
	}
	e.Evidence(at...)
	if !ref.IsZero() {
		p.fragment.elements = append(p.fragment.elements, e)
	}
	return e
}

// Flow describes a flow. Its ends may be described by other passes, before or after.
func (p *Pass) Flow(kind model.FlowKind, from, to Ref, at ...source.Span) *Flow {
	f := &Flow{kind: kind, from: from, to: to, pass: p, about: p.about(from, to)}
	f.Evidence(at...)
	if !from.IsZero() && !to.IsZero() {
		p.fragment.flows = append(p.fragment.flows, f)
	}
	return f
}

// Control says that a control (a folder of controls/) is seen on an element or flow; by is the element that enforces
// it, if there is one of its own.
func (p *Pass) Control(id string, on, by Ref, state model.State, at ...source.Span) {
	if on.IsZero() {
		return
	}
	p.fragment.controls = append(p.fragment.controls, control{id: id, on: on, by: by, state: state, at: at, about: p.about(on)})
}

// ControlByDefault says that a product has a control unless it is told otherwise, with the reason in words. It is an
// assumption: whatever is seen of the same control on the same thing counts in its stead.
func (p *Pass) ControlByDefault(id string, on Ref, reason string, at ...source.Span) {
	if on.IsZero() {
		return
	}
	p.fragment.controls = append(p.fragment.controls, control{id: id, on: on, state: model.Evidenced, reason: reason, byDefault: true, at: at, about: p.about(on)})
}

// Covers says that what one element's code asks of a model is the work of another, such as a function that only passes
// on what its callers ask, or one that is a step of a graph. Where nothing more is said of it than that it asks a
// question (see [Element.OneQuestion]), the other one counts in its stead.
func (p *Pass) Covers(by, of Ref) {
	if !by.IsZero() && !of.IsZero() && by.key != of.key {
		p.fragment.covers = append(p.fragment.covers, cover{by: by, of: of})
	}
}

// StepRuns is [Pass.Covers] for a step that runs a function, or the class that it is a method of. Where more is said of
// that than that it asks a question, it is an agent in its own right, and the step gives it work.
func (p *Pass) StepRuns(step, of Ref, at source.Span) {
	if step.IsZero() || of.IsZero() || step.key == of.key {
		return
	}
	work := (&Flow{kind: model.Delegation, from: step, to: of, pass: p}).Evidence(at).IfDescribed(model.Agent)
	p.fragment.covers = append(p.fragment.covers, cover{step, of, work})
}

// Unresolved records an honest gap: something that was recognised and could not be followed.
func (p *Pass) Unresolved(what, why string, at source.Span) {
	if why == "" {
		why = "it could not be followed"
	}
	p.fragment.unresolved = append(p.fragment.unresolved, gap{what: what, why: why, at: at, about: p.subject.key})
}

// UnresolvedTools records a gap behind which somebody may hold or offer tools that stand elsewhere in the program: as long
// as it is open, of no tool is it known that nobody holds it.
func (p *Pass) UnresolvedTools(what, why string, at source.Span) {
	p.Unresolved(what, why, at)
	last := &p.fragment.unresolved[len(p.fragment.unresolved)-1]
	last.tools, last.holders = true, p.holders
}

// ToolsOf says who is handed, or offers, the tools that are described until the function that it returns is called: a gap
// of tools is a gap of this agent or server. Without it, it is one of the subject.
func (p *Pass) ToolsOf(refs ...Ref) (done func()) {
	before := p.holders
	if len(refs) > 0 && !refs[0].IsZero() {
		p.holders = refs
	}
	return func() { p.holders = before }
}

// OffersNothing records a gap of tools that counts only where nobody, in no file, says of the element that it offers or
// calls anything, and its file has no other gap of tools.
func (p *Pass) OffersNothing(ref Ref, what, why string, at source.Span) {
	p.UnresolvedTools(what, why, at)
	last := &p.fragment.unresolved[len(p.fragment.unresolved)-1]
	last.unless, last.holders = ref, []Ref{ref}
}

// Subject says whom everything is about that is recorded until the function that it returns is called. What is said
// about "whatever a factory makes" does not count once the objects are known that it makes.
func (p *Pass) Subject(ref Ref) (done func()) {
	before := p.subject
	p.subject = ref
	return func() { p.subject = before }
}

// about is the key of the subject, or "" for what is said of a function or class of the program: a tool that a factory
// hands out is first described with the factory's stand-in, and is the same whoever else holds it.
func (p *Pass) about(ends ...Ref) string {
	defined := false
	for _, end := range ends {
		if rest, ok := strings.CutPrefix(end.key, p.subject.key); ok && (rest == "" || rest[0] == '/') {
			return p.subject.key
		}
		defined = defined || strings.HasPrefix(end.key, "def:")
	}
	if defined {
		return ""
	}
	return p.subject.key
}

// Evidence adds places.
func (e *Element) Evidence(at ...source.Span) *Element {
	for _, s := range at {
		if !s.IsZero() {
			e.model.Evidence = append(e.model.Evidence, e.pass.evidence(s))
		}
	}
	return e
}

// Fact says a fact of model.Facts with where it is seen. An empty value says nothing.
func (e *Element) Fact(name, value string, at ...source.Span) *Element {
	if value != "" {
		e.facts.set(name, e.pass.observed(value, "", at))
	}
	return e
}

// FactBecause is Fact with the reasoning in words.
func (e *Element) FactBecause(name, value, reason string, at ...source.Span) *Element {
	if value != "" {
		e.facts.set(name, e.pass.observed(value, reason, at))
	}
	return e
}

// OneQuestion says of an agent that it puts a question of its own to a model each time that it is called, and no more.
// Without a place it says nothing of loops: a person may be asked for the next question.
func (e *Element) OneQuestion(at ...source.Span) *Element {
	e.once = true
	if len(at) == 0 {
		return e
	}
	return e.FactBecause("loops", model.No, "it asks the model once each time that it is called", at...)
}

// Brings says what calling a tool can do (see [Element.Effects]), and that what it fetches is text of strangers where
// that is known.
func (e *Element) Brings(effects []Effect) *Element {
	e.Effects(effects)
	for _, f := range effects {
		if f.Name == "net-read" && f.Value == model.Yes && f.Known {
			e.FactBecause("untrusted-output", model.Yes, "it returns what it fetches from the network", f.At...)
		}
	}
	return e
}

// Effect says an effect of model.Effects with where it is seen.
func (e *Element) Effect(name, value, reason string, at ...source.Span) *Element {
	if old, _ := e.effects.get(name); old.Value != model.Yes {
		e.effects.set(name, e.pass.observed(value, reason, at))
	}
	return e
}

// Effects takes over the effects that [Pass.EffectsOf] or [Product] found.
func (e *Element) Effects(effects []Effect) *Element {
	for _, f := range effects {
		e.Effect(f.Name, f.Value, f.Reason, f.At...)
		e.strangers = e.strangers || f.Known && f.Value == model.Yes
		if f.Name == "exec" && f.Value == model.Yes {
			e.commands(f)
		}
	}
	for _, f := range effects {
		e.placed(f)
	}
	e.ownRows(effects)
	return e
}

// commands says whether what a tool runs is only what the code says.
func (e *Element) commands(f Effect) {
	value, reason, at := model.Yes, "what runs does not depend on what it is given", f.At
	switch {
	case !f.Fixed && f.Program == "":
		return
	case !f.Fixed:
		value, reason = model.No, f.Reason
	case f.Open != "":
		value, reason = model.Unknown, f.Open
	case f.Program != "":
		reason = f.Program
	case !f.Check.IsZero():
		reason, at = "a check lets through only characters or values that nothing else can be made of", []source.Span{f.Check}
	}
	e.FactBecause("fixed-commands", value, reason, at...)
}

// ownRows says of a tool that all that it reads and writes in stores is that of who asks, as the code knows it; or that who
// calls it chooses the rows, and nothing in a statement ends that at their own.
func (e *Element) ownRows(effects []Effect) {
	var at []source.Span
	whole := true
	for _, f := range effects {
		if f.Value != model.Yes || (f.Name == "net-read" || f.Name == "net-write") && f.Place == placeFixed {
			continue
		}
		records := f.Name == "db-read" || f.Name == "db-write"
		if records && f.Anybodys && len(f.At) > 0 {
			e.FactBecause("own-rows", model.No, "a statement holds what it is given, and no key that only the code knows", f.At[0])
			return
		}
		if !f.Own || !records {
			whole = false
			continue
		}
		at = append(at, f.At...)
	}
	if whole && len(at) > 0 {
		e.FactBecause("own-rows", model.Yes, "its statements name who asks, whom the code knows and the model does not choose", at[0])
	}
}

// placeFacts say who decides where an effect goes.
var placeFacts = map[string]struct{ fact, fixed, given string }{
	"fs-write":  {"fixed-paths", "the code decides which files it writes, or only data is written", "the path holds what it is given"},
	"fs-read":   {"fixed-sources", "the code decides which files it reads", "the path holds what it is given"},
	"net-read":  {"fixed-addresses", "the code decides whom it asks", "the address holds what it is given"},
	"net-write": {"fixed-addresses", "the code decides whom it sends to", "the address holds what it is given"},
}

// placed says who decides where an effect goes. One call whose place is given counts for all.
func (e *Element) placed(f Effect) {
	row, ok := placeFacts[f.Name]
	if !ok || f.Value != model.Yes || f.Place == "" {
		return
	}
	at := f.Where
	if len(at) == 0 {
		at = f.At
	}
	switch before, said := e.facts.get(row.fact); {
	case f.Place == placeGiven:
		e.FactBecause(row.fact, model.No, row.given, at...)
	case !said || before.Value == model.Yes:
		e.FactBecause(row.fact, model.Yes, row.fixed, at...)
	}
}

// Technology names the product or framework, lower case.
func (e *Element) Technology(name string) *Element {
	e.model.Technology = name
	return e
}

// Detail is a line for people, such as a tool's description; only the first line counts, and long ones are cut.
func (e *Element) Detail(text string) *Element {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	if r := []rune(text); len(r) > 200 {
		text = string(r[:199]) + "…"
	}
	e.model.Detail = strings.Clone(strings.TrimSpace(text)) // not the whole prompt with it
	return e
}

// Alias adds short names that find the element too.
func (e *Element) Alias(names ...string) *Element {
	for _, n := range names {
		if n != "" && n != e.model.Name {
			e.model.Aliases = append(e.model.Aliases, n)
		}
	}
	return e
}

// Evidence adds places.
func (f *Flow) Evidence(at ...source.Span) *Flow {
	for _, s := range at {
		if !s.IsZero() {
			f.evidence = append(f.evidence, f.pass.evidence(s))
		}
	}
	return f
}

// Label is a word for people, such as a handoff's name.
func (f *Flow) Label(text string) *Flow {
	f.label = text
	return f
}

// Fact says a fact of model.Facts about the flow.
func (f *Flow) Fact(name, value string, at ...source.Span) *Flow {
	if value != "" {
		f.facts.set(name, f.pass.observed(value, "", at))
	}
	return f
}

// IfDescribed says that the flow is there only when something describes both its ends: instructions reach an assistant
// where a project configures one. Elsewhere it is no gap. With kinds its end must be of one of them.
func (f *Flow) IfDescribed(only ...model.Kind) *Flow {
	f.open, f.only = true, only
	return f
}

// Ref names the flow, for a control that stands on it.
func (f *Flow) Ref() Ref { return FlowRef(f.kind, f.from, f.to) }

// evidence is a place as evidence. The same place is often said several times over: one of the pass's own file while
// that is read, one of a library's by all files that use it.
func (p *Pass) evidence(s source.Span) model.Evidence {
	if s.File != p.file && p.run != nil {
		return Told(p, spanKey{s.File.Path(), s.Start, s.End}, func() model.Evidence { return model.EvidenceAt(named(s)) })
	}
	key := [2]int32{s.Start, s.End}
	if e, ok := p.places[key]; ok {
		return e
	}
	e := model.EvidenceAt(named(s))
	if p.places == nil {
		p.places = map[[2]int32]model.Evidence{}
	}
	p.places[key] = e
	return e
}

// spanKey is a span for whoever keeps no file.
type spanKey struct {
	path       string
	start, end int32
}

func (p *Pass) observed(value, reason string, at []source.Span) model.Fact {
	f := model.Fact{Value: value, Origin: model.Observed, Reason: reason}
	for _, s := range at {
		if !s.IsZero() {
			f.Evidence = append(f.Evidence, p.evidence(s))
		}
	}
	return f
}

// defined matches the line of a definition behind its decorators.
var defined = regexp.MustCompile(`(?m)^[ \t]*((async[ \t]+)?def|(export[ \t]+)?(abstract[ \t]+)?class)[ \t]`)

// farDecorators is how far behind the first decorator the definition's line is looked for.
const farDecorators = 2000

// named moves a span that begins with decorators to the line that names what is decorated, which says more to a reader.
func named(s source.Span) source.Span {
	text := s.File.Text(int(s.Start), min(int(s.End), int(s.Start)+farDecorators))
	if !strings.HasPrefix(text, "@") {
		return s
	}
	if at := defined.FindStringSubmatchIndex(text); at != nil {
		s.Start += int32(at[2])
	}
	return s
}

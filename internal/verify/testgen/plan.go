package testgen

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
	"fermata/internal/verify/evidence"
)

// Runner is what runs the tests.
type Runner string

// The runners.
const (
	Pytest Runner = "pytest"
	Vitest Runner = "vitest"
	GoTest Runner = "go"
)

// Runners lists the runners, the first one first in help.
var Runners = []Runner{Pytest, Vitest, GoTest}

// languages are those that a runner's tests can call.
var languages = map[Runner][]syntax.Language{
	Pytest: {syntax.Python, syntax.Notebook}, Vitest: {syntax.TypeScript}, GoTest: {syntax.Go},
}

// Ask says which tests are wanted.
type Ask struct {
	Runner     Runner
	Components []string // ids of elements; empty: all of the main part of the tree
	Up         string   // the path from the folder of the tests to the tree, with slashes
	Down       string   // the path from the tree to the folder of the tests
	NoCode     bool     // only a saved result is at hand
}

// Case is one test.
type Case struct {
	Layer   string // MAESTRO layer that it is filed under
	Control string // what it is about; a control of the catalogue, but for [Errors]
	Element string // id of the element that the control stands on
	Shows   string // what passing shows, in a few words
	Skip    string // why it cannot be written; "" when it is
	shape   shape
	fn      *Function // what is called
	tool    *Function // what the model asks for; nil for none
	called  string    // the tool's name, as the model says it
	place   string    // the file that the element was seen in
	param   int       // of fn (or tool), the argument that the test turns bad
}

// Errors is what tests of error messages are about. The catalogue has no control that is just this, so their results count
// for no control: a person reads them for the check on error messages.
const Errors = "error-message-safety"

// Plan is what is written for one runner.
type Plan struct {
	Runner Runner
	Cases  []Case // by layer, control, element
	Others map[syntax.Language]int
	found  *Found
	up     string
	down   string
}

type shape string

const (
	canary    shape = "canary"
	memory    shape = "memory"
	rounds    shape = "rounds"
	allowed   shape = "allowed"
	malformed shape = "malformed"
	folder    shape = "folder"
	command   shape = "command"
	statement shape = "statement"
	negative  shape = "negative"
	slowModel shape = "slow-model"
	slow      shape = "slow"
	egress    shape = "egress"
	logs      shape = "logs"
	failing   shape = "failing"
	approval  shape = "approval"
	limit     shape = "limit"
)

// about says for each shape what it is about and what a test that passes shows.
var about = map[shape]struct{ layer, control, shows string }{
	canary:    {"L1", "prompt-isolation", "what a user writes is no instruction"},
	memory:    {"L2", "memory-isolation", "nothing of one user reaches another"},
	rounds:    {"L3", "iteration-limit", "a model that never stops is stopped"},
	allowed:   {"L3", "tool-allow-list", "a tool that nobody offered is not run"},
	malformed: {"L3", "output-validation", "broken arguments do not break it"},
	folder:    {"L3", "argument-policy", "it stays in its folder"},
	command:   {"L3", "argument-policy", "no command is made of text"},
	statement: {"L3", "argument-policy", "no statement is made of text"},
	negative:  {"L3", "argument-policy", "no amount below nothing"},
	slowModel: {"L4", "timeout", "a model that never answers is given up"},
	slow:      {"L4", "timeout", "what never answers is given up"},
	egress:    {"L4", "egress-allow-list", "no inner address is asked"},
	logs:      {"L5", "log-redaction", "no secret in logs"},
	failing:   {"L5", Errors, "an error tells nothing of the inside"},
	approval:  {"L6", "human-approval", "nothing happens without consent"},
	limit:     {"L6", "transaction-limit", "no amount beyond measure"},
}

var layerNames = map[string]string{
	"L1": "foundation_models", "L2": "data_operations", "L3": "agent_frameworks", "L4": "deployment_infrastructure",
	"L5": "evaluation_observability", "L6": "security_compliance", "L7": "agent_ecosystem",
}

// Name is the test's name, as package evidence reads it back.
func (c *Case) Name() string { return evidence.TestName(c.Layer, c.Control, c.Element, c.Shows) }

// Make decides which tests there are.
func Make(found *Found, system *model.System, ask Ask) *Plan {
	m := &making{found: found, system: system, ask: ask, plan: &Plan{Runner: ask.Runner, Others: map[syntax.Language]int{}, found: found, up: ask.Up, down: ask.Down}}
	elements := slices.Clone(system.Elements)
	sort.SliceStable(elements, func(i, j int) bool { return elements[i].ID < elements[j].ID })
	for _, e := range elements {
		if !tested(e.Kind) || e.Origin == model.Assumed {
			continue
		}
		if len(ask.Components) > 0 && !slices.Contains(ask.Components, e.ID) || len(ask.Components) == 0 && e.Scope != source.ScopeMain {
			continue
		}
		m.element(e)
	}
	sort.SliceStable(m.plan.Cases, func(i, j int) bool {
		a, b := &m.plan.Cases[i], &m.plan.Cases[j]
		if a.Layer != b.Layer {
			return a.Layer < b.Layer
		}
		if a.Control != b.Control {
			return a.Control < b.Control
		}
		return a.Element < b.Element
	})
	names := map[string]int{}
	for i := range m.plan.Cases { // elements whose names differ in marks only have tests of one name
		c := &m.plan.Cases[i]
		n := strings.ToLower(c.Name())
		if names[n]++; names[n] > 1 {
			c.Shows += fmt.Sprintf(" %d", names[n])
		}
	}
	return m.plan
}

type making struct {
	found  *Found
	system *model.System
	ask    Ask
	plan   *Plan
}

// element adds the tests of one element.
func (m *making) element(e *model.Element) {
	f := m.found.Functions[e.ID]
	language := languageOf(e, f)
	if f == nil && language == "" && !m.ask.NoCode {
		return // it is configuration, or stands in a file that nobody can call
	}
	if language != "" && !slices.Contains(languages[m.ask.Runner], language) {
		if language == syntax.Python || language == syntax.TypeScript || language == syntax.Go {
			m.plan.Others[language]++
		}
		return
	}
	if e.Kind == model.Tool {
		m.tool(e, f)
		return
	}
	m.agent(e, f)
}

func languageOf(e *model.Element, f *Function) syntax.Language {
	if f != nil {
		return f.Language
	}
	for _, at := range e.Evidence {
		switch l := syntax.LanguageOf(at.File); l {
		case syntax.Python, syntax.TypeScript, syntax.Go, syntax.Notebook:
			return l
		}
	}
	return ""
}

func (m *making) add(s shape, e *model.Element, c Case) {
	a := about[s]
	c.shape, c.Layer, c.Control, c.Element = s, a.layer, a.control, e.ID
	if c.Shows == "" {
		c.Shows = a.shows
	}
	if len(e.Evidence) > 0 {
		c.place = e.Evidence[0].File
	}
	m.plan.Cases = append(m.plan.Cases, c)
}

// uncallable says why a test cannot call a function; "" when it can.
func (m *making) uncallable(f *Function) string {
	switch {
	case m.ask.NoCode:
		return "only a saved result is at hand: give the folder that it was made of"
	case f == nil:
		return "its code is not one function that was found"
	case f.Language == syntax.Notebook:
		return "it stands in a notebook, which cannot be imported"
	case f.Class != nil && f.Class.Why != "":
		return f.Class.Why
	case f.Class == nil && strings.Contains(f.Symbol, "."):
		return "it is a function inside of another"
	case !f.Exported:
		return "its file does not export it"
	case f.Language == syntax.Go && f.Root == "." && f.Module == "":
		return "it has no module"
	case f.Language == syntax.Go && f.Outside != "":
		return f.Outside
	}
	if f.Outer != nil {
		if why := unmakable(f.Outer.Params, nil); why != "" {
			return why
		}
	}
	return unmakable(f.Params, f.Class)
}

func unmakable(params []Param, class *Maker) string {
	for _, p := range params {
		if p.Optional {
			continue
		}
		if p.Type == Unknown {
			return fmt.Sprintf("no value can be made up for its argument %s (%s)", p.Name, shortened(p.Written))
		}
		if p.Class != nil {
			if p.Class.Why != "" {
				return fmt.Sprintf("no value can be made up for its argument %s: %s", p.Name, p.Class.Why)
			}
			if why := unmakable(p.Class.Params, nil); why != "" {
				return why
			}
		}
	}
	if class != nil {
		return unmakable(class.Params, nil)
	}
	return ""
}

func shortened(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 40 {
		text = string(runes[:37]) + "..."
	}
	if text == "" {
		return "its type is not said"
	}
	return text
}

// agentShapes are the tests of what asks a model.
var agentShapes = []shape{canary, memory, rounds, allowed, malformed, slowModel, logs}

func (m *making) agent(e *model.Element, f *Function) {
	why := m.uncallable(f)
	switch {
	case m.ask.NoCode:
	case f != nil && !f.Asks && framework(e.Technology):
		why = fmt.Sprintf("the loop is that of %s, for which a test has no stand-in", e.Technology)
	case f == nil && framework(e.Technology):
		why = fmt.Sprintf("the loop is that of %s, for which a test has no stand-in", e.Technology)
	case why == "" && !f.Asks:
		why = "it was not seen to ask a model by a client that the test can stand in for"
	}
	tools := m.tools(e)
	for _, t := range tools { // any of them may be what the model asks for
		if tool := m.found.Functions[t.ID]; why == "" && tool != nil && tool.Outside != "" {
			why = fmt.Sprintf("of its tool %s: %s", t.Name, tool.Outside)
		}
	}
	if why != "" {
		for _, s := range agentShapes {
			if (s == allowed || s == malformed) && len(tools) == 0 {
				continue
			}
			m.add(s, e, Case{Skip: why})
		}
		return
	}
	words := argument(f.Params, Words)
	if words < 0 {
		words = firstText(f.Params)
	}
	user := argument(f.Params, User)
	noWords := ""
	if words < 0 {
		noWords = "it takes no text from its caller"
	}
	m.add(canary, e, Case{fn: f, param: words, Skip: noWords})
	switch {
	case noWords != "":
		m.add(memory, e, Case{Skip: noWords})
	case user < 0:
		m.add(memory, e, Case{Skip: "none of its arguments says which user it works for"})
	default:
		m.add(memory, e, Case{fn: f, param: words})
	}
	m.add(slowModel, e, Case{fn: f})
	m.add(logs, e, Case{fn: f, param: words, Skip: noWords})
	best := m.best(tools)
	if best == nil {
		m.add(rounds, e, Case{fn: f, called: "fermata_step", Skip: ""})
		return
	}
	tool := m.found.Functions[best.ID]
	m.add(rounds, e, Case{fn: f, tool: tool, called: best.Name})
	m.add(allowed, e, Case{fn: f, tool: tool, called: best.Name})
	m.add(malformed, e, Case{fn: f, tool: tool, called: best.Name})
}

// framework tells whether a technology has a loop of its own: a provider's client has none.
func framework(technology string) bool {
	return technology != "" && !strings.HasSuffix(technology, "-client") && technology != "python" && technology != "function-calling"
}

// tools are the tools that an agent may call, by id.
func (m *making) tools(e *model.Element) []*model.Element {
	var out []*model.Element
	for _, fl := range m.system.Flows {
		if fl.Kind == "tool-call" && fl.From == e.ID {
			if t := m.system.Element(fl.To); t != nil && t.Kind == model.Tool && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

// best is the tool with which a test can do most: one whose code is known and harmless.
func (m *making) best(tools []*model.Element) *model.Element {
	var best *model.Element
	score := -1
	for _, t := range tools {
		n := 0
		if f := m.found.Functions[t.ID]; f != nil {
			if n++; unmakable(f.Params, nil) == "" {
				n++
			}
		}
		if !consequential(t) {
			n++
		}
		if n > score {
			best, score = t, n
		}
	}
	return best
}

var grave = regexp.MustCompile(`(?i)(^|[^a-z])(pay|refund|send|delete|remove|transfer|buy|order|book|purchase|execute|run|deploy|publish|post|cancel|charge|withdraw|drop|create|update|write|move)`)

// consequential tells whether somebody should agree before a tool acts.
func consequential(t *model.Element) bool {
	for _, name := range []string{"money", "message-send", "exec", "code-change", "identity-admin", "physical", "fs-write", "db-write"} {
		if t.Effect(name).Value == model.Yes {
			return true
		}
	}
	return grave.MatchString(t.Name) && t.Effect("net-write").Value != model.No
}

func argument(params []Param, role Role) int {
	return slices.IndexFunc(params, func(p Param) bool { return p.Role == role })
}

func firstText(params []Param) int {
	return slices.IndexFunc(params, func(p Param) bool { return p.Type == Text && p.Role != User })
}

func yes(e *model.Element, effects ...string) bool {
	return slices.ContainsFunc(effects, func(name string) bool { return e.Effect(name).Value == model.Yes })
}

func maybe(e *model.Element, effects ...string) bool {
	return slices.ContainsFunc(effects, func(name string) bool { v := e.Effect(name).Value; return v != model.No })
}

// tool adds the tests of a tool: those that call it, and those in which a loop calls it.
func (m *making) tool(e *model.Element, f *Function) {
	why := m.uncallable(f)
	if why != "" {
		m.add(folder, e, Case{Skip: why, Shows: "what it is given is checked"})
		m.add(slow, e, Case{Skip: why})
		m.add(failing, e, Case{Skip: why})
	} else {
		m.direct(e, f)
	}
	if !consequential(e) {
		return
	}
	agent, loop := m.caller(e)
	switch {
	case agent == nil:
		m.add(approval, e, Case{Skip: "no agent was seen that calls it"})
	case loop == nil:
		m.add(approval, e, Case{Skip: fmt.Sprintf("the agent that calls it, %s, cannot be run by a test", agent.ID)})
	case f != nil && f.Outside != "":
		m.add(approval, e, Case{Skip: f.Outside})
	default:
		m.add(approval, e, Case{fn: loop, tool: f, called: e.Name})
	}
}

// caller is an agent that calls a tool, and its function where a test can run it.
func (m *making) caller(t *model.Element) (*model.Element, *Function) {
	var first *model.Element
	for _, fl := range m.system.Flows {
		if fl.Kind != "tool-call" || fl.To != t.ID {
			continue
		}
		e := m.system.Element(fl.From)
		if e == nil || e.Kind == model.Tool {
			continue
		}
		if first == nil {
			first = e
		}
		if f := m.found.Functions[e.ID]; m.uncallable(f) == "" && f.Asks && slices.Contains(languages[m.ask.Runner], f.Language) {
			return e, f
		}
	}
	return first, nil
}

// outsideCall are the names of calls that wait for something.
var outsideCall = regexp.MustCompile(`(?i)(requests|httpx|aiohttp|urllib|urlopen|http|fetch|axios|got|socket|smtplib|imaplib|subprocess|child_process|exec|spawn|net)\b`)

func (m *making) direct(e *model.Element, f *Function) {
	if f.Language == syntax.Go && yes(e, "exec") {
		m.add(slow, e, Case{Skip: "it starts programs, which a test in Go cannot keep from running"})
		return
	}
	any := false
	put := func(s shape, param int) {
		any = true
		m.add(s, e, Case{fn: f, param: param})
	}
	text := firstText(f.Params)
	if p := argument(f.Params, FileName); (yes(e, "fs-read") || yes(e, "fs-write") && f.Language != syntax.Go) && (p >= 0 || text >= 0) {
		if p < 0 {
			p = text
		}
		put(folder, p)
	}
	goes := f.Language == syntax.Go // a test in Go watches HTTP and files that are read back, and no database
	if yes(e, "exec") && text >= 0 {
		put(command, text)
	}
	if yes(e, "db-read", "db-write") && text >= 0 && !goes {
		put(statement, text)
	}
	if p := argument(f.Params, Amount); p >= 0 {
		put(negative, p)
		put(limit, p)
	}
	if p := argument(f.Params, Address); p >= 0 && maybe(e, "net-read", "net-write") {
		put(egress, p)
	}
	if slices.ContainsFunc(f.Reaches, outsideCall.MatchString) || yes(e, "net-read", "net-write", "exec", "message-send") || !f.Whole && maybe(e, "net-read", "net-write") {
		put(slow, -1)
		put(failing, -1)
	}
	if !any {
		m.add(folder, e, Case{Skip: "it was not seen to reach anything outside that a test could watch", Shows: "what it is given is checked"})
	}
}

// Written counts the tests that were written, and Stubs those that are marked as not.
func (p *Plan) Written() (written, stubs int) {
	for i := range p.Cases {
		if p.Cases[i].Skip == "" {
			written++
		} else {
			stubs++
		}
	}
	return written, stubs
}

// File is a file to write, by its path below the folder of the tests.
type File struct {
	Path    string
	Content []byte
}

// Files are the files of the tests, sorted by path.
func (p *Plan) Files() []File {
	var out []File
	switch p.Runner {
	case Pytest:
		out = p.python()
	case Vitest:
		out = p.script()
	case GoTest:
		out = p.golang()
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return out
}

// Command is how the tests in a folder are run on a tree, with a report that can be read back.
func (p *Plan) Command(dir, tree string) string {
	switch p.Runner {
	case Vitest:
		return fmt.Sprintf("npx vitest run --config %s/vitest.config.mjs --reporter=junit --outputFile=junit.xml", dir)
	case GoTest:
		return p.goCommand(tree)
	}
	return fmt.Sprintf("python3 -m pytest %s --junitxml=junit.xml", dir)
}

// Report is the file that Command leaves.
func (p *Plan) Report() string {
	if p.Runner == GoTest {
		return "results.json"
	}
	return "junit.xml"
}

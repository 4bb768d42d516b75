// Package result is the versioned document that every reader of an analysis gets.
//
// It is data and nothing else: the model, the findings, the paths, what falls with what, the open questions, and an
// honest account of what was not seen. Reports, the command line and other tools read only this; a saved result
// renders into every format without running anything again.
//
// # Contract
//
// The schema is [Schema]. Fields may be added; none is renamed or given another meaning. Every list is sorted: by id,
// or as its comment says. Nothing in a result depends on the clock, the machine, the order of files or the number of
// cores. Paths of files are relative to the scanned root, with slashes. A JSON Schema of this document is generated
// into schema/.
package result

import (
	"slices"

	"fermata/internal/model"
)

// Schema names this version of the document.
const Schema = "fermata/result/v1"

// Result is the whole answer of one run.
type Result struct {
	Schema      string       `json:"schema"` // always [Schema]
	Tool        Tool         `json:"tool"`
	AsOf        string       `json:"as_of,omitempty"` // the day, YYYY-MM-DD, at which expiry was judged; empty when nothing in the run depends on it
	LayerScheme string       `json:"layer_scheme"`    // id of the scheme that layers are named by
	Trust       string       `json:"trust"`           // weakest state of a control that counts: declared, evidenced or tested
	Layers      []Layer      `json:"layers"`          // the layers of that scheme, in order
	System      model.System `json:"system"`
	Findings    []Finding    `json:"findings"`
	Paths       []Path       `json:"paths"`                // worst first: severity of the loss, then cost, then id
	Blast       []Blast      `json:"blast"`                // widest first
	Chokes      []Choke      `json:"chokes"`               // what ends most first, weighed by the severity of what it ends
	Risks       []Risk       `json:"risks"`                // filled when risk was asked for: totals, then losses, attackers, layers, each dearest first
	RiskBasis   *RiskBasis   `json:"risk_basis,omitempty"` // how the risks were reckoned; nil when nobody asked
	Questions   []Question   `json:"questions"`            // heaviest first
	Rules       []Rule       `json:"rules"`                // those that made a finding, by id
	Patterns    []Pattern    `json:"patterns"`             // the controls that findings name, by id
	Coverage    Coverage     `json:"coverage"`
	Diagnostics []Diagnostic `json:"diagnostics"`
}

// Tool says what made the result.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Rules   int    `json:"rules"`  // how many rules were asked
	Failed  int    `json:"failed"` // how many rules, extractors or files failed: above 0 the answer is incomplete
}

// Layer is a layer of the scheme in use.
type Layer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Rule says what a rule of a finding is about, so that a saved result can be read without the rules.
type Rule struct {
	ID             string              `json:"id"`
	Title          string              `json:"title"`
	Doc            string              `json:"doc"`
	Avoid          string              `json:"avoid,omitempty"`
	Prefer         string              `json:"prefer,omitempty"`
	FalsePositives string              `json:"false_positives,omitempty"`
	Maps           map[string][]string `json:"maps"`
}

// Pattern is a control of the catalogue that findings name.
type Pattern struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Gist   string `json:"gist"`
	Effect string `json:"effect"` // blocks or weakens
}

// Status of a finding.
type Status string

// The statuses.
const (
	Live        Status = "live"        // a chain from some source of harm reaches it
	Blocked     Status = "blocked"     // a chain would reach it but for controls
	Unreachable Status = "unreachable" // it applies, and no chain reaches it
	Condition   Status = "condition"   // reported, never on a path
	Accepted    Status = "accepted"    // live or a condition, and somebody decided to live with it
)

// Finding is a rule that applies to elements and flows of this system.
type Finding struct {
	ID       string              `json:"id"` // rule@bound ids
	Rule     string              `json:"rule"`
	Title    string              `json:"title"`   // the rule's
	Message  string              `json:"message"` // the title, about these elements
	Status   Status              `json:"status"`
	Why      string              `json:"why,omitempty"` // for blocked: by which controls; for unreachable: which link is missing; for accepted: reason
	Severity string              `json:"severity"`      // critical, high, medium, low or info: of the worst loss that a chain through it reaches; info when there is none
	Layers   []string            `json:"layers"`
	Maps     map[string][]string `json:"maps"` // framework namespace → ids
	Elements []string            `json:"elements"`
	Flows    []string            `json:"flows"`
	Evidence []model.Evidence    `json:"evidence"`
	Requires []string            `json:"requires"` // powers, in the form of model.Power; alternatives of a set as "k of (a | b)"
	Grants   []string            `json:"grants"`
	Controls []Control           `json:"controls"`            // what guards it or would
	Success  *Range              `json:"success,omitempty"`   // chance of success of one attempt; nil for conditions
	Steps    []Step              `json:"steps,omitempty"`     // the attack steps it makes; empty for conditions
	Assumes  []string            `json:"assumes,omitempty"`   // what was assumed for it to apply
	Guesses  []string            `json:"guesses,omitempty"`   // those of Assumes that may as well be wrong: until they are confirmed, what rests on them is medium at the most
	Group    string              `json:"group,omitempty"`     // findings with the same group share a cause and count as one condition; empty: alone
	Code     *Code               `json:"code,omitempty"`      // the place in code or configuration that a rule about code visited; nil for other rules
	Follows  bool                `json:"follows,omitempty"`   // it only carries on what another finding of its group brings about
	CountsAs Status              `json:"counts_as,omitempty"` // of a condition that a live finding of its group tells already: live; of a live finding that only follows an accepted one: accepted; empty for others
	ToldBy   []string            `json:"-"`                   // of a condition: the rules that may tell it
	Scores   []Score             `json:"scores,omitempty"`    // of published scoring systems, when they were asked for

	// Each lists those of Elements that the step gives its powers over one by one, all alike: what runs on one host. The
	// others it is about together. A path says which of them it passes. Empty for most rules.
	Each []string `json:"each,omitempty"`
	Told string   `json:"-"` // the message with [Here] for the names of Each; "" where there are not several
}

// Here stands in a finding's Told where the names of what a path passes go.
const Here = "\x00"

// Core lists the elements that a finding is about together: all but those of Each.
func (f *Finding) Core() []string {
	if len(f.Each) == 0 {
		return f.Elements
	}
	var core []string
	each := f.Each // both lists are sorted
	for _, id := range f.Elements {
		for len(each) > 0 && each[0] < id {
			each = each[1:]
		}
		if len(each) == 0 || each[0] != id {
			core = append(core, id)
		}
	}
	return core
}

// At is a finding as a step of a path tells it: about those of Each that the path passes, and not about the others.
func (r *Result) At(h *Hop, f *Finding) *Finding {
	if h.Message == "" {
		return f
	}
	at := *f
	at.Message, at.Each = h.Message, h.Each
	at.Elements = slices.Concat(f.Core(), h.Each)
	slices.Sort(at.Elements)
	at.Flows = slices.DeleteFunc(slices.Clone(f.Flows), func(id string) bool {
		flow := r.System.Flow(id)
		return flow != nil && (!slices.Contains(at.Elements, flow.From) || !slices.Contains(at.Elements, flow.To))
	})
	return &at
}

// Step is a finding as an AND node in one scope: all Needs together give all Gives. A finding has two when it works in
// the attacker's own scope and in the whole.
type Step struct {
	Needs []Need   `json:"needs"`
	Gives []string `json:"gives"`           // powers
	Guess bool     `json:"guess,omitempty"` // it rests on one of the finding's Guesses
}

// Need is K of the powers (K = 1 with one power: just that power).
type Need struct {
	Powers []string `json:"powers"`
	K      int      `json:"k"`
}

// Range is a chance or efficacy: least, most likely, most; with where the numbers come from.
type Range struct {
	Low      float64  `json:"low"`
	Mode     float64  `json:"mode"`
	High     float64  `json:"high"`
	Evidence []string `json:"evidence,omitempty"` // ids of evidence rows; empty: judgement
}

// Control is a control that guards a finding, or could.
type Control struct {
	Control  string           `json:"control"`
	On       string           `json:"on"`
	By       string           `json:"by,omitempty"`
	State    model.State      `json:"state"`  // unseen: nobody saw it; it does not guard
	Effect   string           `json:"effect"` // blocks or weakens; ends: of a condition, which is gone where the control stands
	Evidence []model.Evidence `json:"evidence,omitempty"`
}

// Path is one chain from a source of harm to a loss.
type Path struct {
	ID       string  `json:"id"`
	Attacker string  `json:"attacker"` // several joined by "+" when only together they reach it
	Goal     Goal    `json:"goal"`
	Severity string  `json:"severity"`
	Cost     float64 `json:"cost"` // sum of −ln of the most likely chances along it, and of what controls still let through
	// Probability is the chance that one attempt goes all along it: every step works and every control of Passes fails. It is
	// the mean over what is not known, against attackers who use known attacks as they are. That an attempt is made at all is
	// not in it. Nil where it was not reckoned, as in a result of an older version.
	Probability *float64 `json:"probability,omitempty"`
	// Adaptive is the same against attackers who change and repeat an attack until it works; a mishap adapts to nothing.
	Adaptive *float64 `json:"probability_adaptive,omitempty"`
	Passes   []Passed `json:"passes,omitempty"` // controls that stand in its way, only weaken a step, and fail
	Layers   []string `json:"layers"`           // in the order that the path crosses them
	Start    []Start  `json:"start"`            // what the attacker has to begin with
	Steps    []Hop    `json:"steps"`            // premises before what needs them
	Scope    string   `json:"scope"`            // main, test, example or vendored: the least serious part of the tree that it needs
	Capped   *Cap     `json:"capped,omitempty"` // why it is less grave than its loss and its chance make it; nil where it is not
}

// Cap is why a path is less grave than its loss and its chance make it: what it rests on is only assumed.
type Cap struct {
	Severity string   `json:"severity"` // without that
	Elements []string `json:"elements"` // who begins it, and is only assumed to be there or to turn against whom it serves
	Findings []string `json:"findings"` // steps that rest on a guess: see their guesses
}

// Passed is a control that stands and that a path gets past because it does not stop every attempt.
type Passed struct {
	Control string      `json:"control"`
	On      string      `json:"on"`
	State   model.State `json:"state"`
}

// Start is what an attacker begins a path with.
type Start struct {
	Power  string `json:"power"`
	Reason string `json:"reason"`
}

// Goal is what a path ends in.
type Goal struct {
	Capability string `json:"capability"`
	Element    string `json:"element"`
	Asset      string `json:"asset"`
	Loss       string `json:"loss"`
}

// Hop is one step of a path.
type Hop struct {
	Finding string   `json:"finding"`
	Layer   string   `json:"layer"`
	Atlas   string   `json:"atlas,omitempty"` // the first ATLAS technique of the rule
	Gains   []string `json:"gains"`           // powers gained here that the path uses
	Breaks  []Break  `json:"breaks"`          // controls that would stop or weaken the step
	Cost    float64  `json:"cost"`
	Each    []string `json:"each,omitempty"`    // those of the finding's Each that the path passes
	Message string   `json:"message,omitempty"` // the finding's message about these alone; empty where the finding is about no others
}

// Break is a control that would break a step, and where it would stand.
type Break struct {
	Control string `json:"control"`
	On      string `json:"on"`
	Effect  string `json:"effect"`
}

// Blast says what falls when one element is hijacked (agents), run code on (runtimes) or written by an attacker.
type Blast struct {
	Element  string         `json:"element"`
	Elements []string       `json:"elements"` // what falls besides it, sorted
	ByLayer  map[string]int `json:"by_layer"`
	Depth    int            `json:"depth"`  // steps until the last of them falls
	Assets   []string       `json:"assets"` // losses that follow, sorted
}

// Choke is a finding or a control on a place whose removal or presence cuts every path to the goals.
type Choke struct {
	Finding string   `json:"finding,omitempty"`
	Control string   `json:"control,omitempty"` // id of the pattern
	On      string   `json:"on,omitempty"`      // where the control would stand
	Goals   []string `json:"goals"`             // asset ids, sorted
}

// Question is a fact whose answer would change the findings.
type Question struct {
	ID       string   `json:"id"`   // subject and fact: "helper.effects.exec"
	Text     string   `json:"text"` // "can helper run code?"
	Subject  string   `json:"subject"`
	Fact     string   `json:"fact"`   // "effects.exec", "facts.shared", "control.human-approval"; "effects" and "tools" for all of them
	Values   []string `json:"values"` // what may be answered
	Elements []string `json:"elements"`
	Rules    []string `json:"rules"`            // rules that wait for it
	Weight   float64  `json:"weight"`           // what the answer would change, in severity-weighted findings and losses; of what is asked of several things alike, for all of them
	Change   string   `json:"change,omitempty"` // the same in words: "yes makes 3 findings live, 1 of them critical"; of what is asked of several things alike, for all of them

	Risk []QuestionRisk `json:"risk,omitempty"` // what the answers do to the expected loss a year, by unit; only when that was asked for
}

// Lists tells whether a question is answered with a list of effects: what something can do, or what its tools can.
func (q *Question) Lists() bool { return q.Fact == "effects" || q.Fact == "tools" }

// Coverage is the ledger of what was and was not seen.
type Coverage struct {
	Files       Files          `json:"files"`
	Languages   map[string]int `json:"languages"` // files parsed, by language
	Extractors  []Extractor    `json:"extractors"`
	Unresolved  []Unresolved   `json:"unresolved"`         // constructs recognised and not resolved
	Unsupported []Unsupported  `json:"unsupported"`        // agent frameworks recognised and not modelled
	Code        *CodeCoverage  `json:"code,omitempty"`     // what rules about code looked at; nil when they were not asked
	Declared    []string       `json:"declared"`           // model and decision files found inside the tree: claims
	Evidence    []Ingested     `json:"evidence,omitempty"` // what others found out, by the files that the user named
}

// Ingested says what became of one file of evidence.
type Ingested struct {
	File    string `json:"file"`              // its name without folders
	Sort    string `json:"sort"`              // evidence, junit, go-test, sarif, or osv for a folder of advisories
	Read    int    `json:"read"`              // claims, tests, results or advisories in it
	Used    int    `json:"used"`              // those that speak of a control, or of a line of the tree; of advisories: the versions that they name
	Joined  int    `json:"joined"`            // those of them that are about an element or flow of the model
	Dropped int    `json:"dropped,omitempty"` // results that a scanner itself calls passed or suppressed, or gives no place
}

// CodeCoverage says what rules about code looked at, and where they could not decide.
type CodeCoverage struct {
	Files     int      `json:"files"`               // files whose code or configuration was looked at
	Places    int      `json:"places"`              // calls, functions, classes, literals and files that rules visited
	Untied    int      `json:"untied,omitempty"`    // files of source code that were not looked at: they are many, and nothing ties them to what was found
	Undecided int      `json:"undecided"`           // how often a rule could not decide about a place, because it could not be followed
	Cut       []string `json:"cut,omitempty"`       // files that were too much work to follow to the end, at most ten
	Generated []string `json:"generated,omitempty"` // files that a program wrote or that are too large, at most ten
}

// Files counts the files of the tree: Seen = Parsed + Passed + the counts of the skipped.
type Files struct {
	Seen    int       `json:"seen"`
	Parsed  int       `json:"parsed"`  // read by at least one extractor, or as a model or decisions
	Passed  int       `json:"passed"`  // searched for traces of agents, and none found
	Skipped []Skipped `json:"skipped"` // by reason, sorted
}

// Skipped counts files that were not read for one reason, with some of them by name.
type Skipped struct {
	Reason  string   `json:"reason"`
	Count   int      `json:"count"`             // files, those in counted folders among them
	Folders int      `json:"folders,omitempty"` // folders that were passed over whole and whose files nobody counted
	Paths   []string `json:"paths,omitempty"`   // at most ten, sorted; a folder ends in a slash
}

// Extractor says what one extractor did.
type Extractor struct {
	Name     string `json:"name"`
	Files    int    `json:"files"`
	Elements int    `json:"elements"`
	Flows    int    `json:"flows"`
	Failed   int    `json:"failed"`
}

// Unresolved is a construct that was recognised and could not be followed.
type Unresolved struct {
	What     string         `json:"what"` // for people: "tools of Agent(...)"
	Why      string         `json:"why"`
	Evidence model.Evidence `json:"evidence"`
}

// Unsupported is an agent framework that was recognised and is not modelled.
type Unsupported struct {
	Name     string         `json:"name"`
	Evidence model.Evidence `json:"evidence"` // the first import or manifest line, by path
	Files    int            `json:"files"`
}

// Diagnostic is trouble with an input, as source.Diagnostic with its place spelt out.
type Diagnostic struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Col      int    `json:"col,omitempty"`
}

// Severities from the worst.
var Severities = []string{"critical", "high", "medium", "low", "info"}

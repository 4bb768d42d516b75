package model

import "strings"

// FlowKind says what moves along a flow.
type FlowKind string

// The flow kinds. Content flows carry text or data from From to To, power flows say what From can do to To.
const (
	PromptFlow    FlowKind = "prompt"         // content into a model, an agent's instructions, or a person's request to an agent
	Completion    FlowKind = "completion"     // a model's or agent's answer
	ToolCall      FlowKind = "tool-call"      // an agent's arguments to a tool
	ToolResult    FlowKind = "tool-result"    // what the tool returns
	Delegation    FlowKind = "delegation"     // an agent gives another a task and keeps control
	Handoff       FlowKind = "handoff"        // an agent passes the conversation on
	Message       FlowKind = "message"        // any other exchange between agents, people and outside parties
	Retrieval     FlowKind = "retrieval"      // found passages, from knowledge to who asked
	MemoryRead    FlowKind = "memory-read"    // from memory to agent
	MemoryWrite   FlowKind = "memory-write"   // from agent to memory
	Index         FlowKind = "index"          // documents into knowledge
	DataRead      FlowKind = "data-read"      // from a store, site or mailbox to what reads it
	DataWrite     FlowKind = "data-write"     // into a store
	Telemetry     FlowKind = "telemetry"      // events to a monitor
	Approval      FlowKind = "approval"       // a request for a decision, to the reviewer
	CredentialUse FlowKind = "credential-use" // From uses the credential To
	Authorises    FlowKind = "authorises"     // the credential From opens To
	Enforces      FlowKind = "enforces"       // the guardrail, policy or reviewer From gates To
	Monitors      FlowKind = "monitors"       // the monitor From watches To
	Provides      FlowKind = "provides"       // the server or plugin From offers the tool or prompt To
	Hosts         FlowKind = "hosts"          // the runtime From runs To
	Supply        FlowKind = "supply"         // the outside party From delivers the code, weights or data of To
	Network       FlowKind = "network"        // From can open connections to To
	Act           FlowKind = "act"            // From changes the outside thing To (pays, sends, moves)
)

// KindInfo is a row of the table of element kinds.
type KindInfo struct {
	Kind  Kind
	Layer string // of maestro-v1
	Doc   string
}

// Kinds is the table of element kinds, in the order of the layers.
var Kinds = []KindInfo{
	{Model, "L1", "a language model or other foundation model, local or behind a provider's interface"},
	{Prompt, "L2", "instructions kept as text: a system prompt, a template, a skill"},
	{Memory, "L2", "what agents remember between steps or sessions"},
	{Knowledge, "L2", "documents or vectors that are retrieved to answer"},
	{Datastore, "L2", "records, files or queues that tools read and write"},
	{Agent, "L3", "a model with instructions that decides on steps, calls and answers"},
	{Orchestrator, "L3", "code that decides which agent or step is next"},
	{Tool, "L3", "a function that an agent may call"},
	{Plugin, "L3", "code that is loaded into an agent or its framework"},
	{MCPServer, "L4", "a process that offers tools, resources or prompts over the Model Context Protocol"},
	{Runtime, "L4", "what runs things: a process, container, machine or interpreter"},
	{Service, "L4", "another program of the system that is reached over a network"},
	{Credential, "L4", "a key, token or account that opens something"},
	{Monitor, "L5", "logs, traces, detection, evaluation"},
	{Reviewer, "L5", "a person or role that approves or checks what agents do"},
	{Guardrail, "L6", "a check on what goes into or comes out of agents and models"},
	{Policy, "L6", "rules that decide what is allowed"},
	{IdentityProvider, "L6", "what issues and checks identities"},
	{Human, "L7", "a person who uses the system or is reached by it"},
	{External, "L7", "something outside the owner's control: a site, mailbox, remote agent, registry, marketplace, chain, bridge"},
}

// FlowInfo is a row of the table of flow kinds.
type FlowInfo struct {
	Kind    FlowKind
	From    []Kind // kinds that may stand at the start; nil: any
	To      []Kind // kinds that may stand at the end; nil: any
	Content bool   // content moves along it; otherwise it is power or structure
	Doc     string
}

var (
	acting = []Kind{Agent, Orchestrator, Model, Tool, Plugin, MCPServer, Service, Runtime}
	stores = []Kind{Memory, Knowledge, Datastore, Prompt}
	minds  = []Kind{Agent, Orchestrator, Model}
)

func kinds(groups ...[]Kind) []Kind {
	var all []Kind
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// FlowKinds is the table of flow kinds: which kinds may stand at the ends, and whether content moves.
var FlowKinds = []FlowInfo{
	{PromptFlow, nil, minds, true, "text that a model or agent is asked or told"},
	{Completion, minds, nil, true, "what a model or agent answers"},
	{ToolCall, kinds(minds, []Kind{Tool, Plugin, MCPServer}), []Kind{Tool, Plugin, MCPServer, Service, External}, true, "arguments to a tool"},
	{ToolResult, []Kind{Tool, Plugin, MCPServer, Service, External}, kinds(minds, []Kind{Tool, Plugin, MCPServer}), true, "what a tool returns"},
	{Delegation, kinds(minds, []Kind{External}), kinds(minds, []Kind{External, Service}), true, "a task given to another agent, which reports back"},
	{Handoff, minds, kinds(minds, []Kind{Human, Reviewer, External}), true, "the conversation passed on"},
	{Message, nil, nil, true, "any other content between parties"},
	{Retrieval, kinds(stores, []Kind{External, Service}), kinds(minds, []Kind{Tool, Plugin, MCPServer}), true, "passages found in knowledge"},
	{MemoryRead, []Kind{Memory, Datastore}, kinds(minds, []Kind{Tool, Plugin, MCPServer}), true, "what is recalled"},
	{MemoryWrite, kinds(minds, []Kind{Tool, Plugin, MCPServer, Human, External}), []Kind{Memory, Datastore}, true, "what is remembered"},
	{Index, nil, []Kind{Knowledge, Memory, Datastore, Model}, true, "documents taken into knowledge, or data into training"},
	{DataRead, kinds(stores, []Kind{External, Service, Human, Credential, Runtime}), nil, true, "data read"},
	{DataWrite, nil, kinds(stores, []Kind{External, Service, Monitor, Policy}), true, "data written"},
	{Telemetry, nil, []Kind{Monitor, External, Datastore, Service}, true, "events recorded"},
	{Approval, nil, []Kind{Reviewer, Human, Guardrail, Policy, Agent}, true, "a decision asked for"},
	{CredentialUse, nil, []Kind{Credential}, false, "uses the credential"},
	{Authorises, []Kind{Credential, IdentityProvider}, nil, false, "opens"},
	{Enforces, []Kind{Guardrail, Policy, Reviewer, Agent, IdentityProvider, Human}, nil, false, "gates"},
	{Monitors, []Kind{Monitor, Reviewer, Agent}, nil, false, "watches"},
	{Provides, []Kind{MCPServer, Plugin, External, Service}, []Kind{Tool, Prompt, Knowledge, Datastore, Agent, Model}, false, "offers"},
	{Hosts, []Kind{Runtime, Service, External}, nil, false, "runs"},
	{Supply, []Kind{External, Human, Service, Datastore}, nil, false, "delivers code, weights or data of"},
	{Network, nil, nil, false, "can open connections to"},
	{Act, acting, nil, false, "changes the outside thing"},
}

// Info is a named row of one of the small tables below.
type Info struct {
	Name string
	Doc  string
}

// Effects are what calling a tool can do. The Doc completes "can … ?" in a question.
var Effects = []Info{
	{"exec", "run code or commands"},
	{"fs-read", "read files"},
	{"fs-write", "write or delete files"},
	{"net-read", "fetch content from the network"},
	{"net-write", "send data to the network"},
	{"db-read", "read stored records"},
	{"db-write", "change stored records"},
	{"message-send", "send messages to people or systems"},
	{"money", "move money or spend it"},
	{"code-change", "change source code, builds or deployments"},
	{"identity-admin", "change accounts, rights or credentials"},
	{"physical", "move or switch physical things"},
}

// Capability is a power over an element or a flow.
type Capability string

// The capabilities.
const (
	Reach       Capability = "reach"
	Influence   Capability = "influence"
	Corrupt     Capability = "corrupt"
	Hijack      Capability = "hijack"
	Misact      Capability = "misact"
	Invoke      Capability = "invoke"
	Execute     Capability = "execute"
	ReadCap     Capability = "read"
	WriteCap    Capability = "write"
	UseCred     Capability = "credential"
	Impersonate Capability = "impersonate"
	Exhaust     Capability = "exhaust"
	Blind       Capability = "blind"
	Deceive     Capability = "deceive"
)

// Capabilities is the table of capabilities.
var Capabilities = []Info{
	{"reach", "can talk to it"},
	{"influence", "content that the attacker chose enters it"},
	{"corrupt", "false content enters it, whoever made it; implied by influence"},
	{"hijack", "the attacker steers what it does"},
	{"misact", "it acts wrongly without anybody steering; implied by hijack"},
	{"invoke", "can make it run with chosen arguments"},
	{"execute", "can run code on it"},
	{"read", "can read what it holds"},
	{"write", "can change what it holds"},
	{"credential", "holds the credential and can use it"},
	{"impersonate", "can act under its name"},
	{"exhaust", "can use it up or keep it from answering"},
	{"blind", "can keep it from seeing or recording"},
	{"deceive", "can make it believe something false"},
}

// Losses are the classes of loss, with the severity that a certain and cheap chain to one has.
var Losses = []struct{ Name, Severity, Doc string }{
	{"host", "critical", "code of the attacker runs on a machine of the owner"},
	{"money", "critical", "money or paid capacity goes where it should not"},
	{"physical", "critical", "something in the world is moved or switched"},
	{"identity", "critical", "accounts, rights or credentials are changed"},
	{"credentials", "high", "keys or tokens are in the wrong hands"},
	{"records", "high", "data that is not public is read"},
	{"integrity", "high", "records or knowledge are made false"},
	{"files", "high", "files are changed or deleted"},
	{"code", "high", "source, builds or deployments are changed"},
	{"messages", "medium", "messages go out in the owner's name"},
	{"oversight", "medium", "reviewers or monitors no longer see what happens"},
	{"decision", "medium", "people or systems act on a false answer"},
	{"availability", "medium", "the system does not answer, or runs up cost"},
}

// Attackers are the sources of harm. The last is nobody's intent.
var Attackers = []Info{
	{"outsider", "anybody who can reach an exposed interface without an account"},
	{"user", "somebody with an account of one tenant"},
	{"content-author", "somebody who writes what the system later reads: pages, mails, tickets, documents"},
	{"supplier", "who delivers a model, package, plugin, tool server, data set or list of partners, or has taken over who does"},
	{"insider", "somebody with rightful access to operate or change the system"},
	{"peer", "a remote agent, or who runs it"},
	{"mishap", "nobody: non-determinism, drift, races, reorganisation"},
}

// FactInfo is a row of the table of facts.
type FactInfo struct {
	Name     string
	On       string   // "element" or "flow"
	Kinds    []Kind   // element kinds that it is asked of; nil: all
	Values   []string // nil: yes, no or unknown; empty but not nil: any text; else these words or unknown
	Question string   // for people, with {name} or {from} and {to}; "" for facts that are not asked
	Doc      string
	Flows    []FlowKind // flow kinds that it is asked of; nil: all
}

var text = []string{}

// Facts is the table of facts. In rules a name is written with underscores for hyphens: facts.third_party.
var Facts = []FactInfo{
	// Any element.
	{"third-party", "element", nil, nil, "is {name} made or run by another party?", "another party makes or runs it", nil},
	{"exposed", "element", nil, nil, "can outsiders reach {name} without an account?", "outsiders can reach it", nil},
	{"shared", "element", nil, nil, "do several users, tenants or agents share {name}?", "several users, tenants or agents use the same one", nil},
	{"sensitive", "element", []Kind{Model, Prompt, Memory, Knowledge, Datastore, Service, Tool, MCPServer, External, Human}, nil, "does {name} hold anything that is not public?", "it holds or returns data that is not public", nil},
	{"personal-data", "element", []Kind{Memory, Knowledge, Datastore, Service, Tool, Monitor}, nil, "does {name} hold data about people?", "it holds data about people", nil},
	{"pinned", "element", []Kind{Model, Plugin, MCPServer, Tool, Runtime, Knowledge}, nil, "is the version of {name} fixed?", "its version or hash is fixed", nil},
	// Models and prompts.
	{"model-name", "element", []Kind{Model}, text, "", "the name the code asks for", nil},
	{"provider", "element", []Kind{Model, Service, MCPServer, Tool}, text, "", "who runs it", nil},
	{"learns", "element", []Kind{Model, Knowledge, Guardrail, Policy, Monitor}, nil, "does {name} learn from what users or agents send?", "it is trained or tuned on what passes through it", nil},
	{"verified-weights", "element", []Kind{Model}, nil, "are the weights of {name} checked against a known hash or signature?", "weights are checked before loading", nil},
	{"runs-on-load", "element", []Kind{Model}, nil, "can loading {name} run code: weights that hold objects, or code that comes with them?", "its format holds objects that run when they are read, or code that comes with it is run", nil},
	{"untrusted-text", "element", []Kind{Prompt}, nil, "is text from outside written into {name}?", "text from outside is formatted into the instructions", nil},
	// Stores.
	{"persistent", "element", []Kind{Memory, Knowledge, Datastore}, nil, "does {name} outlive a session?", "it outlives a session", nil},
	// Nobody is asked: a framework's conversation store is one, and for all else it is not so unless somebody says it.
	{"per-conversation", "element", []Kind{Memory}, nil, "", "each conversation has its own part, which no other one reads", nil},
	{"tenant-isolated", "element", []Kind{Memory, Knowledge, Datastore, Runtime, MCPServer}, nil, "is {name} kept apart for each user or tenant?", "each user or tenant has a part of its own", nil},
	{"untrusted-writers", "element", []Kind{Memory, Knowledge, Datastore}, nil, "can strangers or users write into {name}?", "strangers or users can put content into it", nil},
	{"freshness-checked", "element", []Kind{Memory, Knowledge}, nil, "is {name} renewed when its sources change?", "it is renewed when its sources change", nil},
	// Agents and orchestrators.
	{"entry", "element", []Kind{Agent, Orchestrator}, nil, "do people or other systems give {name} work directly?", "people or other systems give it work directly", nil},
	{"autonomous", "element", []Kind{Agent, Orchestrator}, nil, "does {name} act without a person starting each step?", "it acts without a person starting each step", nil},
	{"loops", "element", []Kind{Agent, Orchestrator}, nil, "does {name} go on until the model says stop?", "it repeats until a model says stop", nil},
	// Nobody is asked: the controls that end a loop are asked for already. It is for what a framework does by itself.
	{"bounded", "element", []Kind{Agent, Orchestrator}, nil, "", "its rounds end at a fixed number, whatever the model says", nil},
	{"open-delegation", "element", []Kind{Agent, Orchestrator}, nil, "can {name} pass work to agents that were not fixed in advance?", "it may pick partners at run time", nil},
	{"self-modifying", "element", []Kind{Agent, Orchestrator}, nil, "can {name} change its own instructions, tools or code?", "it can change its own instructions, tools or code", nil},
	{"shared-state", "element", []Kind{Agent, Orchestrator}, nil, "does {name} share changeable state with other agents?", "it works on state that others change too", nil},
	{"consequential", "element", []Kind{Agent, Orchestrator, Model}, nil, "does anything happen on the word of {name} alone?", "decisions with consequences follow from its output", nil},
	{"decides-by-vote", "element", []Kind{Agent, Orchestrator, Service, Policy}, nil, "does {name} decide by the votes of several?", "it decides by what several others vote", nil},
	{"unbounded-context", "element", []Kind{Agent, Orchestrator}, nil, "does {name} keep all that it reads before it, with nothing that keeps its instructions there?", "what it reads stays before the model until the first of it, its instructions, no longer counts", nil},
	// Nobody is asked: it is for what an editor draws. Who passes on whose words stands in flows of their own then.
	{"fixed-steps", "element", []Kind{Orchestrator}, nil, "", "its steps, and whose words go into each, are fixed: no model chooses among them", nil},
	{"retired", "element", []Kind{Agent, Orchestrator, MCPServer, Plugin}, nil, "is {name} no longer in use?", "it is no longer in use, and still there", nil},
	// Nobody is asked by a rule: which tools they are is a question of its own.
	{UnseenTools, "element", []Kind{Agent, Orchestrator, MCPServer}, nil, "", "it is handed, or offers, tools that could not be followed", nil},
	// Tools, plugins, servers.
	{"untrusted-output", "element", []Kind{Tool, Plugin, MCPServer, Service}, nil, "can {name} return text that strangers wrote?", "what it returns can hold text of strangers", nil},
	{"typed-input", "element", []Kind{Tool, Plugin, MCPServer}, nil, "are the arguments of {name} checked against a schema?", "arguments follow a schema", nil},
	{"fixed-commands", "element", []Kind{Tool}, nil, "does {name} run only a closed set of commands?", "only a closed set of commands or values gets through", nil},
	{"fixed-paths", "element", []Kind{Tool}, nil, "does the code alone decide which files {name} writes?", "the code decides which files it writes, or it writes only data", nil},
	{"fixed-sources", "element", []Kind{Tool}, nil, "does the code alone decide which files {name} reads?", "the code decides which files it reads", nil},
	{"fixed-addresses", "element", []Kind{Tool}, nil, "does the code alone decide which addresses {name} reaches?", "the code decides whom it asks and sends to", nil},
	{"hands-back", "element", []Kind{Tool}, nil, "does {name} answer with what it reads?", "it answers with what it reads, and not only with what it made", nil},
	{"beyond-own", "element", []Kind{Tool}, nil, "does {name} tell who asks more than what is their own?", "it tells who asks more than what is their own", nil},
	// Nobody is asked: the code shows it.
	{"takes-nothing", "element", []Kind{Tool}, nil, "", "who calls it chooses nothing: it takes no argument", nil},
	// Nobody is asked: whose rights apply is asked of the call already.
	{"own-rows", "element", []Kind{Tool}, nil, "", "it touches only rows of who asks, whom the code takes from the session", nil},
	{"remote-description", "element", []Kind{Tool, Plugin, MCPServer}, nil, "does the description of {name} come from another party at run time?", "its description is loaded from another party at run time", nil},
	{"irreversible", "element", []Kind{Tool, Service}, nil, "can what {name} does be undone?", "what it does cannot be undone", nil},
	{"broad-permissions", "element", []Kind{Tool, Plugin, MCPServer, Runtime, Credential, Agent}, nil, "may {name} do more than its task needs?", "it may do more than its task needs", nil},
	{"transport", "element", []Kind{MCPServer, Service}, text, "", "stdio, http, sse, websocket …", nil},
	// Nobody is asked: it is what a configuration names. The version is left out, so that a pin is no other program.
	{"program", "element", []Kind{MCPServer}, text, "", "the package or image that is fetched to run it, without its version, or the host that it is reached at", nil},
	// Nobody is asked: it is what a configuration names.
	{"leads-to", "element", []Kind{MCPServer}, text, "", "the address it is reached at, or what its program is started with, folders and addresses, without versions", nil},
	{"unlisted", "element", []Kind{MCPServer}, nil, "is {name} used without anybody having admitted it?", "it is used, and is on no list of what may be used", nil},
	// Nobody is asked: it is for what a product is made for.
	{"at-desk", "element", []Kind{Plugin, Agent, MCPServer}, nil, "", "people run it on their own machine", nil},
	// Deployment.
	{"thrown-away", "element", []Kind{Runtime}, nil, "", "it is made for one run and thrown away after it", nil},
	{"holds-secrets", "element", []Kind{Runtime, Service}, nil, "does {name} hold keys or tokens?", "keys or tokens are in its environment or files", nil},
	{"privileged", "element", []Kind{Runtime, Service}, nil, "does {name} run as an administrator?", "it runs with administrator rights", nil},
	{"replicated", "element", []Kind{Runtime, Agent, Service}, nil, "do several copies of {name} run at once?", "several copies run at once", nil},
	{"long-lived", "element", []Kind{Credential}, nil, "does {name} stay valid for weeks or more?", "it stays valid for weeks or more", nil},
	{"plain-text", "element", []Kind{Credential}, nil, "is {name} written in a file of the project?", "it stands in a file of the project", nil},
	{"signing-key", "element", []Kind{Credential}, nil, "does {name} sign payments or transactions?", "it signs payments or transactions", nil},
	// Evaluation, security, ecosystem.
	{"independent", "element", []Kind{Monitor, Reviewer, Guardrail}, nil, "does {name} run apart from what it watches?", "it runs apart from what it watches", nil},
	{"tamper-evident", "element", []Kind{Monitor}, nil, "would a changed or missing entry in {name} be noticed?", "a changed or missing entry would be noticed", nil},
	{"complete", "element", []Kind{Monitor}, nil, "does {name} record who did what, with which input?", "it records who did what, with which input", nil},
	{"high-volume", "element", []Kind{Reviewer, Human}, nil, "does {name} get more requests than can be read with care?", "it gets more requests than can be read with care", nil},
	{"sees-agent-text", "element", []Kind{Reviewer, Human}, nil, "does {name} decide by what an agent wrote?", "it decides by what an agent wrote", nil},
	{"model-based", "element", []Kind{Guardrail, Policy, Monitor, Reviewer}, nil, "does a model decide in {name}?", "a model decides in it", nil},
	{"dynamic", "element", []Kind{Policy, Guardrail}, nil, "do the rules of {name} change while it runs?", "its rules change while it runs", nil},
	{"fails-open", "element", []Kind{Guardrail, Policy, IdentityProvider}, nil, "does what {name} checks go through while {name} does not answer?", "while it does not answer, what it checks goes through", nil},
	{"role", "element", []Kind{Human, External, Service, Runtime}, text, "", "user, operator, public …; site, mailbox, remote-agent, registry, marketplace, chain, bridge, package …; of a service behind a way in: entrance, approvals, records, deliveries", nil},
	{"relies-on-output", "element", []Kind{Human}, nil, "does {name} act on what agents say?", "acts on what agents say", nil},
	{"open-registration", "element", []Kind{External, Service, Orchestrator}, nil, "can anybody register with {name}?", "anybody can register", nil},
	{"regulated", "element", []Kind{Memory, Knowledge, Datastore, Service, MCPServer, External}, nil, "do residency or privacy rules apply to {name}?", "residency or privacy rules apply", nil},
	// Flows.
	{"content", "flow", nil, []string{"free-text", "typed", "reference"}, "what can {from} put into {to}: free text, typed values or references?", "free text, typed values or references", nil},
	{"authenticated", "flow", nil, nil, "does {to} check who {from} is?", "the receiver checks who sends", nil},
	{"fails-open", "flow", nil, nil, "", "the receiver's check of who sends is passed over where nothing is configured or nothing is sent", []FlowKind{PromptFlow, Message}},
	{"encrypted", "flow", nil, nil, "is what goes from {from} to {to} encrypted on the way?", "encrypted on the way", nil},
	{"integrity", "flow", nil, nil, "would {to} notice a message from {from} that was changed?", "a changed message would be noticed", nil},
	{"principal", "flow", nil, []string{"caller", "own"}, "whose rights apply when {from} calls {to}: the caller's or its own?", "caller: the rights of who asks; own: rights of its own, such as a service account", nil},
	{"tenant", "flow", nil, []string{"one", "many"}, "does the flow from {from} to {to} carry several tenants' data?", "one tenant's data, or several", nil},
	{"persistent", "flow", nil, nil, "is what goes from {from} to {to} kept?", "what passes is kept", nil},
	{"untrusted", "flow", nil, nil, "can strangers write what goes from {from} to {to}?", "strangers can write what passes", nil},
	{"remote", "flow", nil, nil, "does the flow from {from} to {to} leave the machine?", "it leaves the machine", nil},
	{"pinned", "flow", nil, nil, "is the version that {from} delivers to {to} fixed?", "supply: the version or hash is fixed", []FlowKind{Supply}},
	{"signed", "flow", nil, nil, "is what {from} delivers to {to} signed and checked?", "supply: a signature is checked", []FlowKind{Supply}},
	{"standing", "flow", nil, nil, "does an approval that {to} gave {from} once hold for later acts?", "approval: once given, it holds for later acts", []FlowKind{Approval}},
	{"bound-to-act", "flow", nil, nil, "is what {from} does exactly what {to} approved?", "approval: it is tied to the very act, with its arguments", []FlowKind{Approval}},
	{"rendered", "flow", nil, nil, "are pictures and links in what {from} shows {to} loaded by themselves?", "pictures and links in it are loaded where it is shown", []FlowKind{Completion, Message}},
	{"known-vulnerable", "flow", nil, nil, "has what {from} delivers to {to} a known flaw in the version that is used?", "supply: the version in use has a published flaw that input can reach", []FlowKind{Supply}},
	{"auto-update", "flow", nil, nil, "does {to} take new versions from {from} by itself?", "supply: new versions come by themselves", []FlowKind{Supply}},
}

// Together lists facts that are asked once for all elements or flows of a system, because whoever knows one knows all:
// the text of the question, with {names}, by the fact's name.
var Together = map[string]string{
	"auto-update":        "does any of these take new versions by itself: {names}?",
	"bound-to-act":       "in all of these, is what is done exactly what was approved: {names}?",
	"decides-by-vote":    "does any of these decide by the votes of several: {names}?",
	"fails-open":         "does what any of these checks go through while it does not answer: {names}?",
	"known-vulnerable":   "has anything of this a known flaw in the version that is used: {names}?",
	"open-delegation":    "can any of these pass work to agents that were not fixed in advance: {names}?",
	"remote-description": "does the description of any of these come from another party at run time: {names}?",
	"rendered":           "are pictures and links in any of these loaded by themselves where they are shown: {names}?",
	"retired":            "is any of these no longer in use: {names}?",
	"standing":           "in any of these, does an approval that was given once hold for later acts: {names}?",
	"unlisted":           "is any of these used without anybody having admitted it: {names}?",
	"unbounded-context":  "does any of these keep all that it reads before it, with nothing that keeps its instructions there: {names}?",
}

// Seldom are facts that are seldom yes, and much would follow if they were: they are asked behind all others, so that every
// system does not begin with them.
var Seldom = map[string]bool{"known-vulnerable": true}

// TogetherID is what the id of a question begins with that asks something of a whole system, whose name is empty where
// there is only one; [OfTogether] takes it apart.
func TogetherID(system string) string {
	if system == "" || system == "." {
		return "*"
	}
	return "*:" + system
}

// OfTogether tells whether a question's subject is a whole system, and which.
func OfTogether(subject string) (system string, ok bool) {
	if subject == "*" {
		return "", true
	}
	return strings.CutPrefix(subject, "*:")
}

// OfSystem tells whether an element is of a system; the one without a name is the tree's own.
func OfSystem(e *Element, system string) bool {
	return e.System == system || system == "" && e.System == "."
}

// Layers are the seven layers of maestro-v1, the scheme in which [Kinds] places elements. The catalogue has this scheme
// and others in full.
var Layers = []Info{
	{"L1", "Foundation Models"},
	{"L2", "Data Operations"},
	{"L3", "Agent Frameworks"},
	{"L4", "Deployment & Infrastructure"},
	{"L5", "Evaluation & Observability"},
	{"L6", "Security & Compliance"},
	{"L7", "Agent Ecosystem"},
}

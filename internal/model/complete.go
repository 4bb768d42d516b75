package model

import (
	"fmt"
	"sort"
	"strings"
)

// Complete fills in what every system has and few files say, so that an unknown repository has entry points and
// losses before anybody wrote a model: the answers that come back from calls, the process that things run in, the
// person at the other end, the pages that a browsing tool reads, what is worth protecting, and what each source of
// harm starts from. All of it has the origin [Assumed] and a reason; nothing that was observed or declared is
// changed. Except names ids that must not be assumed, because a person removed them.
//
// Complete is idempotent: what it added is found and not added again.
func Complete(s *System, except map[string]bool) {
	s.Sort()
	c := &completion{s: s, except: except, elements: map[string]*Element{}, flows: map[string]*Flow{}}
	for _, e := range s.Elements {
		c.elements[e.ID] = e
		settle(e)
	}
	for _, f := range s.Flows {
		c.flows[f.ID] = f
		if f.Facts == nil {
			f.Facts = map[string]Fact{}
		}
	}
	c.answers()
	c.versions()
	c.publishers()
	c.hosts()
	c.principals()
	c.people()
	c.outside()
	c.usual()
	c.boundary()
	c.assets()
	c.attackers()
	s.Sort()
}

// The ids of assumed elements; a system of several gets one of each, with ":" and its name behind.
const (
	AssumedHost = "assumed:host"
	AssumedDesk = "assumed:desk" // the machine of the person to whom the system belongs
	AssumedUser = "assumed:user"
	AssumedWeb  = "assumed:web"
)

type completion struct {
	s        *System
	except   map[string]bool
	elements map[string]*Element
	flows    map[string]*Flow
}

// settle gives an element the defaults of its kind.
func settle(e *Element) {
	if e.Layer == "" {
		e.Layer = LayerOf(e.Kind)
	}
	if e.Scope == "" {
		e.Scope = "main"
	}
	if e.Name == "" {
		e.Name = e.ID
	}
	if e.Effects == nil {
		e.Effects = map[string]Fact{}
	}
	if e.Facts == nil {
		e.Facts = map[string]Fact{}
	}
}

// LayerOf is the default layer of a kind, L3 for a kind that is not in the table.
func LayerOf(k Kind) string {
	for _, info := range Kinds {
		if info.Kind == k {
			return info.Layer
		}
	}
	return "L3"
}

func assumed(reason string) []Evidence { return []Evidence{{Excerpt: reason}} }

func guess(value, reason string) Fact { return Fact{Value: value, Origin: Assumed, Reason: reason} }

// element adds an assumed element unless it is there or unwanted; nil when it is unwanted.
func (c *completion) element(id string, kind Kind, name, system, scope, reason string) *Element {
	if e, ok := c.elements[id]; ok {
		return e
	}
	if c.except[id] {
		return nil
	}
	e := &Element{ID: id, Kind: kind, Name: name, System: system, Scope: scope, Origin: Assumed, Evidence: assumed(reason)}
	settle(e)
	c.elements[id] = e
	c.s.Elements = append(c.s.Elements, e)
	return e
}

// flow adds an assumed flow unless it is there or unwanted.
func (c *completion) flow(kind FlowKind, from, to string, evidence []Evidence, facts map[string]Fact) *Flow {
	id := FlowID(kind, from, to)
	if f, ok := c.flows[id]; ok {
		return f
	}
	if c.except[id] {
		return nil
	}
	if facts == nil {
		facts = map[string]Fact{}
	}
	f := &Flow{ID: id, Kind: kind, From: from, To: to, Facts: facts, Origin: Assumed, Evidence: evidence}
	c.flows[id] = f
	c.s.Flows = append(c.s.Flows, f)
	return f
}

// answering says which flow comes back along a flow.
var answering = map[FlowKind]FlowKind{
	ToolCall:   ToolResult,
	PromptFlow: Completion,
	Delegation: Completion,
	Approval:   Message,
}

// answers adds what comes back: a call returns a result, a prompt gets a completion, a delegate reports.
func (c *completion) answers() {
	for _, f := range append([]*Flow(nil), c.s.Flows...) {
		back, ok := answering[f.Kind]
		if !ok || f.From == f.To {
			continue
		}
		from, to := c.elements[f.To], c.elements[f.From]
		if from == nil || to == nil || to.Kind == Prompt || (back == Completion && from.Kind == External) {
			continue
		}
		facts := map[string]Fact{}
		for _, name := range []string{"authenticated", "encrypted", "integrity", "remote", "tenant"} {
			if fact, ok := f.Facts[name]; ok {
				facts[name] = Fact{Value: fact.Value, Origin: fact.Origin, Reason: "as the call", Evidence: fact.Evidence}
			}
		}
		answer := c.flow(back, f.To, f.From, f.Evidence, facts)
		if answer != nil && answer.Origin == Assumed && f.Origin != Assumed {
			answer.Origin = f.Origin // a call that was seen is an answer that was seen
		}
	}
}

// versions says what a fixed version implies: what cannot change cannot learn.
func (c *completion) versions() {
	for _, e := range c.s.Elements {
		if e.Kind == Model && e.Fact("pinned").Value == Yes && e.Fact("learns").Value == Unknown {
			e.Facts["learns"] = guess(No, "a fixed version does not change with what it is sent")
		}
	}
}

// publishers puts an outside party behind what another party makes and nobody was named for.
func (c *completion) publishers() {
	supplied := map[string]bool{}
	for _, f := range c.s.Flows {
		if f.Kind == Supply {
			supplied[f.To] = true
		}
	}
	for _, e := range append([]*Element(nil), c.s.Elements...) {
		if supplied[e.ID] || e.Fact("third-party").Value != Yes || e.Kind == External || e.Kind == Human {
			continue
		}
		// A hosted model's maker is its operator: naming it as a supplier would only repeat the provider's name.
		if e.Kind == Model && e.Fact("provider").Value != Unknown {
			continue
		}
		id := "assumed:publisher:" + e.ID
		if p := c.element(id, External, "publisher of "+e.Name, e.System, e.Scope, "what another party makes has a publisher"); p != nil {
			p.Facts["role"] = guess("publisher", "what another party makes has a publisher")
			p.Facts["open-registration"] = guess(No, "a publisher is one party, and no list that others write")
			c.flow(Supply, id, e.ID, e.Evidence, map[string]Fact{"pinned": e.Fact("pinned")})
		}
	}
}

// within gives the id of an assumed element in a system.
func within(id, system string) string {
	if system == "" {
		return id
	}
	return id + ":" + system
}

// hosted are the kinds that run in a process of the owner's unless something says otherwise.
func hosted(e *Element) bool {
	switch e.Kind {
	case Agent, Orchestrator:
		return e.Fact("third-party").Value != Yes // another party's agent runs with that party
	case Tool, Plugin, Guardrail:
		return true
	case MCPServer:
		transport := e.Fact("transport").Value
		return transport == "stdio" || (transport == Unknown && e.Fact("third-party").Value != Yes)
	}
	return false
}

// hosts puts what nothing is said to run into one process per system.
func (c *completion) hosts() {
	has, server := map[string]bool{}, map[string]string{}
	for _, f := range c.s.Flows {
		switch f.Kind {
		case Hosts:
			has[f.To] = true
		case Provides:
			server[f.To] = f.From
		}
	}
	desk := c.desk()
	holders := map[string]bool{}
	for _, f := range c.s.Flows {
		if f.Kind == CredentialUse {
			holders[f.From] = true
		}
	}
	for _, e := range append([]*Element(nil), c.s.Elements...) {
		if has[e.ID] || !hosted(e) {
			continue
		}
		if by := c.elements[server[e.ID]]; by != nil && by.Kind != Runtime {
			continue // it runs where its server runs
		}
		id := within(AssumedHost, e.System)
		name := "the process that runs the agents"
		if e.System != "" {
			name = "the process that runs " + e.System
		}
		if desk[e.ID] {
			id, name = within(AssumedDesk, e.System), "the owner's machine"
		}
		host := c.element(id, Runtime, name, e.System, e.Scope, "code runs somewhere, and no runtime is described")
		if host == nil {
			continue
		}
		if host.Scope != "main" && e.Scope == "main" {
			host.Scope = "main"
		}
		if holders[e.ID] {
			host.Facts["holds-secrets"] = Fact{Value: Yes, Origin: Assumed, Reason: "what runs in it uses a credential"}
		}
		c.flow(Hosts, id, e.ID, assumed("code runs somewhere, and no runtime is described"), nil)
	}
}

// desk finds what runs on the machine at which the owner sits: the clients that the owner speaks to, and the tools and
// servers that only they call. It is another machine than the one that serves users.
func (c *completion) desk() map[string]bool {
	at := map[string]bool{}
	for _, f := range c.s.Flows {
		from, to := c.elements[f.From], c.elements[f.To]
		if f.Kind == PromptFlow && from != nil && to != nil && mind(to) && from.Kind == Human && from.Fact("role").Value == owner {
			at[f.To] = true
		}
	}
	if len(at) == 0 {
		return at
	}
	called, elsewhere := map[string]bool{}, map[string]bool{}
	for _, f := range c.s.Flows {
		if f.Kind != ToolCall {
			continue
		}
		if at[f.From] {
			called[f.To] = true
		} else {
			elsewhere[f.To] = true
		}
	}
	for id := range called {
		if !elsewhere[id] {
			at[id] = true
		}
	}
	return at
}

// principals says whose rights apply where code of the owner calls code of the owner: those of the process. Who asked
// makes no difference to a function, unless somebody says that it does.
func (c *completion) principals() {
	remote := map[string]bool{}
	for _, e := range c.s.Elements {
		if e.Kind == MCPServer && !hosted(e) {
			remote[e.ID] = true
		}
	}
	for _, f := range c.s.Flows {
		if f.Kind == Provides && remote[f.From] {
			remote[f.To] = true
		}
	}
	for _, f := range c.s.Flows {
		to := c.elements[f.To]
		if f.Kind != ToolCall || f.Fact("principal").Value != Unknown || to == nil || remote[to.ID] || f.Fact("remote").Value == Yes {
			continue
		}
		if to.Kind == Tool || to.Kind == Plugin || to.Kind == MCPServer {
			f.Facts["principal"] = guess("own", "it runs in a process of the owner's, with the rights of that process")
		}
	}
}

// speaks are the flow kinds by which somebody gives an agent work.
func speaks(k FlowKind) bool {
	return k == PromptFlow || k == Message || k == Delegation || k == Handoff || k == ToolCall
}

// people puts a user before the agents that work begins with, system by system, where nothing says who gives them work.
// Work begins with the agents that are marked as entries; without such marks, with those that no other agent asks, or,
// where agents ask each other in a circle that nobody else asks, with each of that circle.
func (c *completion) people() {
	fed := map[string]bool{}         // systems in which a person or outside party speaks to an agent
	asks := map[string][]string{}    // from one agent to those it gives work
	called := map[string]bool{}      // agents that code of a tool or check starts: work does not begin with them
	minds := map[string][]*Element{} // by system, in the order of ids
	for _, f := range c.s.Flows {
		from, to := c.elements[f.From], c.elements[f.To]
		if from == nil || to == nil || from == to || !speaks(f.Kind) || !mind(to) {
			continue
		}
		switch from.Kind {
		case Human, External:
			if from.Fact("role").Value == owner {
				called[to.ID] = true
				continue
			}
			fed[to.System] = true
		case Agent, Orchestrator:
			asks[from.ID] = append(asks[from.ID], to.ID)
		case Tool, Plugin, Guardrail, MCPServer, Service:
			called[to.ID] = true
		}
	}
	var systems []string
	for _, e := range c.s.Elements {
		if !mind(e) {
			continue
		}
		if len(minds[e.System]) == 0 {
			systems = append(systems, e.System)
		}
		minds[e.System] = append(minds[e.System], e)
	}
	sort.Strings(systems)
	first := c.first(minds, asks)
	for _, system := range systems {
		if fed[system] {
			continue
		}
		var entry []*Element
		for _, e := range minds[system] {
			if e.Fact("entry").Value == Yes {
				entry = append(entry, e)
			}
		}
		if len(entry) == 0 {
			for _, e := range minds[system] {
				if first[e.ID] && !called[e.ID] && e.Fact("entry").Value != No {
					entry = append(entry, e)
				}
			}
		}
		reason := "somebody gives the agents work, and nothing says who"
		for _, e := range entry {
			id := within(AssumedUser, system)
			user := c.element(id, Human, "user", system, e.Scope, reason)
			if user == nil {
				continue
			}
			if user.Scope != "main" && e.Scope == "main" {
				user.Scope = "main"
			}
			user.Facts["role"] = guess("user", reason)
			c.flow(PromptFlow, id, e.ID, e.Evidence, map[string]Fact{"content": guess("free-text", "people write free text")})
			c.flow(Completion, e.ID, id, e.Evidence, nil)
		}
	}
}

func mind(e *Element) bool { return e.Kind == Agent || e.Kind == Orchestrator }

// first finds the agents that work can begin with: those of circles (an agent alone is one, too) that no agent outside
// the circle asks. Tarjan's algorithm, with a stack of its own.
func (c *completion) first(minds map[string][]*Element, asks map[string][]string) map[string]bool {
	number, low, circle := map[string]int{}, map[string]int{}, map[string]int{}
	var stack []string
	count, circles := 0, 0
	type frame struct {
		id   string
		next int
	}
	visit := func(root string) {
		frames := []frame{{root, 0}}
		for len(frames) > 0 {
			f := &frames[len(frames)-1]
			if f.next == 0 {
				count++
				number[f.id], low[f.id] = count, count
				stack = append(stack, f.id)
			}
			if f.next < len(asks[f.id]) {
				to := asks[f.id][f.next]
				f.next++
				if number[to] == 0 {
					frames = append(frames, frame{to, 0})
				} else if circle[to] == 0 {
					low[f.id] = min(low[f.id], number[to])
				}
				continue
			}
			if low[f.id] == number[f.id] {
				circles++
				for {
					top := stack[len(stack)-1]
					stack = stack[:len(stack)-1]
					circle[top] = circles
					if top == f.id {
						break
					}
				}
			}
			done := *f
			frames = frames[:len(frames)-1]
			if len(frames) > 0 {
				up := &frames[len(frames)-1]
				low[up.id] = min(low[up.id], low[done.id])
			}
		}
	}
	for _, list := range minds {
		for _, e := range list {
			if number[e.ID] == 0 {
				visit(e.ID)
			}
		}
	}
	asked := map[int]bool{} // circles that somebody outside asks
	for from, list := range asks {
		for _, to := range list {
			if circle[from] != circle[to] {
				asked[circle[to]] = true
			}
		}
	}
	out := map[string]bool{}
	for id, n := range circle {
		out[id] = !asked[n]
	}
	return out
}

// outside puts pages and senders behind tools that are known to bring in what strangers write.
func (c *completion) outside() {
	reads := map[string]bool{}
	for _, f := range c.s.Flows {
		if from := c.elements[f.From]; f.Kind == DataRead && from != nil && (from.Kind == External || from.Fact("untrusted-writers").Value == Yes) {
			reads[f.To] = true
		}
	}
	for _, e := range append([]*Element(nil), c.s.Elements...) {
		if e.Kind != Tool && e.Kind != Plugin && e.Kind != MCPServer {
			continue
		}
		if e.Fact("untrusted-output").Value == Unknown {
			switch {
			case reads[e.ID]:
				e.Facts["untrusted-output"] = guess(Yes, "it reads what strangers write")
			case e.Effect("net-read").Value == Yes:
				e.Facts["untrusted-output"] = guess(Yes, "it fetches from the network, and nothing says that only trusted parties answer")
			case c.reads(e) == No:
				e.Facts["untrusted-output"] = guess(No, "it reads nothing from outside")
			}
		}
		if reads[e.ID] || e.Fact("untrusted-output").Value == No {
			continue
		}
		if e.Effect("net-read").Value != Yes && e.Fact("untrusted-output").Value != Yes {
			continue
		}
		reason := fmt.Sprintf("%s brings in content from outside, and nothing says that only trusted parties write it", e.Name)
		id := within(AssumedWeb, e.System)
		web := c.element(id, External, "content that strangers write", e.System, e.Scope, reason)
		if web == nil {
			continue
		}
		if web.Scope != "main" && e.Scope == "main" {
			web.Scope = "main"
		}
		web.Facts["role"] = guess("site", reason)
		c.flow(DataRead, id, e.ID, e.Evidence, map[string]Fact{"untrusted": guess(Yes, reason), "remote": guess(Yes, reason)})
	}
}

// reads tells whether a tool brings anything in: no only when every way of reading is known to be absent.
func (c *completion) reads(e *Element) string {
	for _, effect := range []string{"exec", "fs-read", "net-read", "db-read"} {
		if v := e.Effect(effect).Value; v != No {
			return v
		}
	}
	return No
}

// boundary draws the owner's line when nobody drew one.
func (c *completion) boundary() {
	if len(c.s.Boundaries) > 0 || c.except["assumed:owner"] {
		return
	}
	var inside []string
	for _, e := range c.s.Elements {
		if e.Kind != Human && e.Kind != External && e.Fact("third-party").Value != Yes {
			inside = append(inside, e.ID)
		}
	}
	if len(inside) > 0 {
		sort.Strings(inside)
		c.s.Boundaries = append(c.s.Boundaries, Boundary{
			ID: "assumed:owner", Name: "what the owner runs", Members: inside, Origin: Assumed,
			Evidence: assumed("everything but people, outside parties and what others run"),
		})
	}
}

// lossOf says which loss follows when an attacker makes something with an effect run.
var lossOf = []struct{ effect, loss, what string }{
	{"money", "money", "money that %s moves"},
	{"physical", "physical", "what %s moves or switches"},
	{"identity-admin", "identity", "accounts and rights that %s changes"},
	{"code-change", "code", "code that %s changes"},
	{"fs-write", "files", "files that %s writes"},
	{"db-write", "integrity", "records that %s changes"},
	{"message-send", "messages", "messages that %s sends"},
}

// assets says what is worth protecting where nobody did: by what tools can do, and what stores hold.
func (c *completion) assets() {
	have := map[string]bool{}
	for _, a := range c.s.Assets {
		have[string(a.Capability)+"@"+a.Element] = true
	}
	add := func(e *Element, capability Capability, loss, name, reason string) {
		key := string(capability) + "@" + e.ID
		id := "assumed:" + key
		if have[key] || c.except[id] {
			return
		}
		have[key] = true
		c.s.Assets = append(c.s.Assets, Asset{
			ID: id, Name: name, Element: e.ID, Capability: capability, Loss: loss,
			Origin: Assumed, Reason: reason, Evidence: e.Evidence,
		})
	}
	runs := map[string]bool{}
	for _, f := range c.s.Flows {
		if f.Kind == Hosts {
			runs[f.From] = true
		}
	}
	for _, e := range c.s.Elements {
		switch e.Kind {
		case Runtime:
			if runs[e.ID] && e.Fact("third-party").Value != Yes {
				add(e, Execute, "host", "control of "+e.Name, "code on a machine of the owner can do what the owner can")
			}
		case Tool, Plugin, MCPServer:
			for _, row := range lossOf {
				if e.Effect(row.effect).Value == Yes {
					add(e, Invoke, row.loss, fmt.Sprintf(row.what, e.Name), "it can "+effectDoc(row.effect))
					break // one asset for one power: the gravest effect names it
				}
			}
			if e.Effect("money").Value == Yes || e.Effect("physical").Value == Yes || (e.Effect("db-write").Value == Yes && e.Fact("irreversible").Value == Yes) {
				add(e, Misact, "decision", "right use of "+e.Name, "a wrong act by it has consequences, even if nobody steers it")
			}
			if (e.Effect("db-read").Value == Yes || e.Effect("fs-read").Value == Yes) && e.Fact("sensitive").Value != No {
				add(e, ReadCap, "records", "data behind "+e.Name, "it reads stored data, and nothing says that all of it is public")
			}
		case Datastore, Knowledge, Memory:
			if e.Fact("sensitive").Value == Yes || e.Fact("personal-data").Value == Yes {
				add(e, ReadCap, "records", "data in "+e.Name, "what it holds is not public")
			}
			if e.Kind != Memory {
				add(e, WriteCap, "integrity", "truth of "+e.Name, "agents and people rely on what it says")
			}
		case Credential:
			loss := "credentials"
			if e.Fact("signing-key").Value == Yes {
				loss = "money"
			}
			add(e, UseCred, loss, e.Name, "a credential opens what it opens for whoever holds it")
		case Monitor:
			add(e, Blind, "oversight", "sight of "+e.Name, "what is not seen is not stopped")
		case Reviewer:
			add(e, Deceive, "oversight", "judgement of "+e.Name, "a deceived reviewer approves")
		case Agent, Orchestrator:
			if e.Fact("consequential").Value == Yes {
				add(e, Misact, "decision", "decisions of "+e.Name, "something happens on its word alone")
			}
		}
	}
	c.serving(add)
}

// serving adds what is lost with the agents that answer people: their answers' truth and their being there.
func (c *completion) serving(add func(*Element, Capability, string, string, string)) {
	for _, f := range c.s.Flows {
		from, to := c.elements[f.From], c.elements[f.To]
		if from == nil || to == nil || to.Kind != Human || (from.Kind != Agent && from.Kind != Orchestrator) {
			continue
		}
		if f.Kind != Completion && f.Kind != Message && f.Kind != Handoff {
			continue
		}
		add(from, Exhaust, "availability", "service of "+from.Name, "people wait for its answers, and each answer costs")
		if to.Fact("relies-on-output").Value != No {
			add(to, Deceive, "decision", "trust of "+to.Name, "people act on what agents say")
		}
	}
}

func effectDoc(name string) string {
	for _, info := range Effects {
		if info.Name == name {
			return info.Doc
		}
	}
	return name
}

// owner is the role of a person to whom the system belongs.
const owner = "owner"

// silentRoles are roles of outside elements that do not write content into the system.
var silentRoles = map[string]bool{"registry": true, "marketplace": true, "package": true, "publisher": true, "provider": true, "bank": true, "chain": true, "bridge": true, "api": true}

// attackers derives what each source of harm starts from, unless a person said.
func (c *completion) attackers() {
	starts := map[string]map[string]string{}
	give := func(attacker string, p Power, reason string) {
		if starts[attacker] == nil {
			starts[attacker] = map[string]string{}
		}
		if _, ok := starts[attacker][p.String()]; !ok {
			starts[attacker][p.String()] = reason
		}
	}
	modelled := map[string]bool{} // agents whose model is an element of its own
	for _, f := range c.s.Flows {
		if from := c.elements[f.From]; f.Kind == Completion && from != nil && from.Kind == Model {
			modelled[f.To] = true
		}
		if f.Kind == Supply {
			if from := c.elements[f.From]; from != nil {
				give("supplier", Power{WriteCap, ScopeAll, f.From}, "delivers what others run")
			}
		}
		if f.Fact("remote").Value == Yes && f.Fact("encrypted").Value != Yes {
			give("outsider", Power{Reach, ScopeAll, f.ID}, "it leaves the machine, and nothing shows that it is encrypted")
		}
	}
	for _, e := range c.s.Elements {
		role := strings.ToLower(e.Fact("role").Value)
		if e.Fact("exposed").Value == Yes {
			give("outsider", Power{Reach, ScopeAll, e.ID}, "it can be reached without an account")
		}
		switch e.Kind {
		case Human:
			switch role {
			case owner: // what is the owner's to lose is no gain to the owner
			case "operator", "administrator", "developer", "employee-reviewer":
				give("insider", Power{Influence, ScopeOwn, e.ID}, "operates the system")
			case "public", "anonymous":
				give("outsider", Power{Influence, ScopeOwn, e.ID}, "anybody may take this part")
			default:
				give("user", Power{Influence, ScopeOwn, e.ID}, "writes what it likes in its own sessions")
			}
		case External:
			switch {
			case role == "remote-agent":
				give("peer", Power{Influence, ScopeAll, e.ID}, "a remote agent sends what it likes")
			case e.Fact("open-registration").Value == Yes:
				give("peer", Power{Influence, ScopeOwn, e.ID}, "anybody can register")
			case role == "chain" || role == "bridge":
				give("mishap", Power{Corrupt, ScopeAll, e.ID}, "what it reported can be undone")
			case !silentRoles[role]:
				give("content-author", Power{Influence, ScopeAll, e.ID}, "strangers write what it holds")
			}
		case Memory, Knowledge, Datastore:
			if e.Fact("untrusted-writers").Value == Yes {
				give("content-author", Power{Influence, ScopeAll, e.ID}, "strangers or users can put content into it")
			}
			if e.Fact("freshness-checked").Value == No {
				give("mishap", Power{Corrupt, ScopeAll, e.ID}, "it grows old while its sources change")
			}
			give("insider", Power{Reach, ScopeAll, e.ID}, "operates it")
		case Model:
			give("mishap", Power{Corrupt, ScopeAll, e.ID}, "models err, and not the same way twice")
		case Agent, Orchestrator:
			if e.Kind == Agent && !modelled[e.ID] {
				give("mishap", Power{Corrupt, ScopeAll, e.ID}, "the model inside errs, and not the same way twice")
			}
		case Monitor, Policy, Guardrail, Credential:
			give("insider", Power{Reach, ScopeAll, e.ID}, "operates it")
		case Runtime:
			give("insider", Power{Reach, ScopeAll, e.ID}, "operates it")
		}
	}
	c.accidents(give)
	said := map[string]bool{}
	for _, a := range c.s.Attackers {
		said[a.ID] = true
	}
	for _, info := range Attackers {
		if said[info.Name] || len(starts[info.Name]) == 0 {
			continue
		}
		a := Attacker{ID: info.Name, Origin: Assumed, Evidence: assumed("derived from what is exposed")}
		for power, reason := range starts[info.Name] {
			a.Starts = append(a.Starts, Start{Capability: power, Reason: reason})
		}
		sort.Slice(a.Starts, func(i, j int) bool { return a.Starts[i].Capability < a.Starts[j].Capability })
		c.s.Attackers = append(c.s.Attackers, a)
	}
}

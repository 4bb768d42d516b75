package model

import (
	"fmt"
	"slices"
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
	c := newCompletion(s, except)
	c.clients()
	c.answers()
	c.versions()
	c.publishers()
	c.hosts()
	c.principals()
	c.people()
	c.handedOver()
	c.outside()
	c.usual()
	c.data()
	c.boundary()
	c.assets()
	c.attackers()
	s.Sort()
}

func newCompletion(s *System, except map[string]bool) *completion {
	c := &completion{
		s: s, except: except, elements: make(map[string]*Element, 2*len(s.Elements)), flows: make(map[string]*Flow, 2*len(s.Flows)),
		linked: make([]linked, 0, 2*len(s.Flows)), // what is assumed comes on top
	}
	for _, e := range s.Elements {
		c.elements[e.ID] = e
		settle(e)
	}
	for _, f := range s.Flows {
		c.flows[f.ID] = f
		if f.Facts == nil {
			f.Facts = map[string]Fact{}
		}
		c.link(f)
	}
	return c
}

// The ids of assumed elements; a system of several gets one of each, with ":" and its name behind.
const (
	AssumedHost = "assumed:host"
	AssumedDesk = "assumed:desk" // the machine of the person to whom the system belongs
	AssumedPort = "assumed:port" // the process that serves the tool servers that are called over a network
	AssumedUser = "assumed:user"
	AssumedWeb  = "assumed:web"

	AssumedOwner = "assumed:user-at-desk" // whose own the system is, and who speaks to it there
)

type completion struct {
	s        *System
	except   map[string]bool
	elements map[string]*Element
	flows    map[string]*Flow
	linked   []linked // the system's flows, in the same order
	loose    []int    // those of them with an end that is not there, or not yet
}

// linked is a flow with the elements at its ends, nil for one that is not there: every step of completion goes through all flows
// and asks for both.
type linked struct {
	*Flow
	from, to *Element
}

func (c *completion) link(f *Flow) {
	j := linked{f, c.elements[f.From], c.elements[f.To]}
	if j.from == nil || j.to == nil {
		c.loose = append(c.loose, len(c.linked))
	}
	c.linked = append(c.linked, j)
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

// hunch is a guess about something that was seen in code, which may as well be wrong: words of a name are all that speaks
// for it, or that nothing speaks against it. Of what a person wrote, the same is a plain guess: who wrote it could have said
// otherwise.
func hunch(of *Element, value, reason string) Fact {
	f := guess(value, reason)
	f.Hunch = of.Origin == Observed
	return f
}

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
	for _, i := range c.loose {
		switch j := &c.linked[i]; id {
		case j.From:
			j.from = e
			if j.To == id {
				j.to = e
			}
		case j.To:
			j.to = e
		}
	}
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
	c.link(f)
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
	for _, f := range c.linked {
		back, ok := answering[f.Kind]
		if !ok || f.From == f.To {
			continue
		}
		from, to := f.to, f.from
		if from == nil || to == nil || to.Kind == Prompt || (back == Completion && !slices.Contains(minds, from.Kind)) { // a service or an outside agent answers nothing that is a completion
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
		// The maker of a hosted model or tool is its operator: naming it as a supplier would only repeat the provider's name.
		if (e.Kind == Model || e.Kind == Tool) && e.Fact("provider").Value != Unknown {
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
	if system == "" || system == "." { // the tree's own, whether or not there are others
		return id
	}
	return id + ":" + system
}

// hosted are the kinds that run in a process of the owner's unless something says otherwise.
func hosted(e *Element) bool {
	switch e.Kind {
	case Agent, Orchestrator:
		return e.Fact("third-party").Value != Yes // another party's agent runs with that party
	case Tool:
		return e.Fact("provider").Value == Unknown // a tool with a provider runs with that provider
	case Plugin, Guardrail:
		return true
	case Model:
		return e.Fact("provider").Value == "local" && e.Fact("third-party").Value == No // the program holds its weights itself
	case MCPServer:
		transport := e.Fact("transport").Value
		return transport == "stdio" || (transport == Unknown && e.Fact("third-party").Value != Yes)
	}
	return false
}

// served tells whether a tool server is the owner's and is called over a network: who calls it does not start it, so it has a
// process of its own, also where nobody who calls it is known.
func served(e *Element) bool {
	if e.Kind != MCPServer || e.Fact("third-party").Value != No {
		return false
	}
	switch e.Fact("transport").Value {
	case Unknown, "stdio", "in-process":
		return false
	}
	return true
}

// hosts puts what nothing is said to run into one process per system, and its tool servers that are called over a network
// into another: an agent that falls has not the machine of the servers that it calls, nor they its own.
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
	desk, near := c.desk(), c.near()
	holders := map[string]bool{}
	for _, f := range c.s.Flows {
		if f.Kind == CredentialUse {
			holders[f.From] = true
		}
	}
	for _, e := range append([]*Element(nil), c.s.Elements...) {
		port := served(e)
		if has[e.ID] || !port && !hosted(e) {
			continue
		}
		if by := c.elements[server[e.ID]]; by != nil && by.Kind != Runtime {
			continue // it runs where its server runs
		}
		if at := near[e.ID]; at != "" && !desk[e.ID] && !port {
			c.flow(Hosts, at, e.ID, assumed("it runs where that runs which calls it"), nil)
			continue
		}
		id := within(AssumedHost, e.System)
		name := "the process that runs the agents"
		if e.System != "" && e.System != "." {
			name = "the process that runs " + e.System
		}
		switch {
		case port:
			id, name = within(AssumedPort, e.System), "the process that serves the tools"
			if e.System != "" && e.System != "." {
				name += " of " + e.System
			}
		case desk[e.ID]:
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

// near finds for what is called the one host on which everything runs that calls it, where there is one.
func (c *completion) near() map[string]string {
	host, several := map[string]string{}, map[string]bool{}
	for _, f := range c.s.Flows {
		if f.Kind == Hosts {
			several[f.To] = several[f.To] || host[f.To] != "" && host[f.To] != f.From
			host[f.To] = f.From
		}
	}
	at, apart := map[string]string{}, map[string]bool{}
	for _, f := range c.s.Flows {
		if f.Kind != ToolCall && f.Kind != Delegation && f.Kind != Handoff {
			continue
		}
		h := host[f.From]
		if h == "" || several[f.From] || at[f.To] != "" && at[f.To] != h {
			apart[f.To] = true
		}
		at[f.To] = h
	}
	for id := range apart {
		delete(at, id)
	}
	return at
}

// desk finds what runs on the machine at which the owner sits: the clients that the owner speaks to, and the agents, tools
// and servers that only they start. It is another machine than the one that serves users.
func (c *completion) desk() map[string]bool {
	at, served := map[string]bool{}, map[string]bool{}
	for _, e := range c.s.Elements {
		if e.Fact("at-desk").Value == Yes {
			at[e.ID] = true
		}
	}
	for _, f := range c.linked {
		from, to := f.from, f.to
		if f.Kind == PromptFlow && from != nil && to != nil && mind(to) && from.Kind == Human {
			if from.Fact("role").Value == owner {
				at[f.To] = true
			} else {
				served[f.To] = true
			}
		}
	}
	for id := range served { // the owner speaks to it, too, on the machine that serves others
		delete(at, id)
	}
	if len(at) == 0 {
		return at
	}
	// What a client starts runs beside it: its tools, the agents that it gives tasks to, theirs, and the checks before them.
	// All that is reached from there is taken, and given back while something elsewhere calls it, too.
	reached := map[string]bool{}
	for more := true; more; {
		more = false
		for _, f := range c.s.Flows {
			if from, to := beside(f); from != "" && (at[from] || reached[from]) && !at[to] && !reached[to] && !served[to] {
				reached[to], more = true, true
			}
		}
	}
	for more := true; more; {
		more = false
		for _, f := range c.s.Flows {
			if from, to := beside(f); from != "" && reached[to] && !at[from] && !reached[from] {
				delete(reached, to)
				more = true
			}
		}
	}
	for id := range reached {
		at[id] = true
	}
	return at
}

// beside gives who starts whom by a flow, on the machine where the first one runs; nothing for flows that say no such thing.
func beside(f *Flow) (from, to string) {
	switch f.Kind {
	case ToolCall, Delegation, Handoff:
		return f.From, f.To
	case Enforces: // a check runs where that runs which it is put before
		return f.To, f.From
	}
	return "", ""
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
	for _, f := range c.linked {
		to := f.to
		if f.Kind != ToolCall || f.Fact("principal").Value != Unknown || to == nil || remote[to.ID] || f.Fact("remote").Value == Yes {
			continue
		}
		switch {
		case to.Fact("own-rows").Value == Yes:
			f.Facts["principal"] = guess("caller", "it touches only rows of who asks, whom the code takes from the session")
		case recordsOnly(to):
			f.Facts["principal"] = hunch(to, "own", "it reads or writes records with the rights of its process, and nothing says whether these end at what belongs to who asks")
		case to.Kind == Tool || to.Kind == Plugin || to.Kind == MCPServer:
			f.Facts["principal"] = guess("own", "it runs in a process of the owner's, with the rights of that process")
		}
	}
}

// recordsOnly tells whether all that a tool is seen to do is to read and write records, and its code does not show that who
// calls it chooses whose.
func recordsOnly(e *Element) bool {
	if e.Kind != Tool || e.Fact("own-rows").Value != Unknown {
		return false
	}
	records := false
	for _, info := range Effects {
		if e.Effect(info.Name).Value != Yes {
			continue
		}
		switch info.Name {
		case "db-read", "db-write":
			records = true
		case "net-read", "net-write":
			if e.Fact("fixed-addresses").Value != Yes {
				return false
			}
		default:
			return false
		}
	}
	return records
}

// outside puts pages and senders behind tools that are known to bring in what strangers write.
func (c *completion) outside() {
	reads := map[string]bool{}
	for _, f := range c.linked {
		if from := f.from; f.Kind == DataRead && from != nil && (from.Kind == External || from.Fact("untrusted-writers").Value == Yes) {
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
			case e.Effect("net-read").Value != Yes:
				if c.reads(e) == No {
					e.Facts["untrusted-output"] = guess(No, "it reads nothing from outside")
				}
			case bringsWriting(e.Name, e.Detail):
				e.Facts["untrusted-output"] = guess(Yes, "it fetches from the network, and its words say that it brings in what people write")
			case e.Fact("fixed-addresses").Value == Yes: // the code decides whom it asks, and the answer of a service may be the service's own
			case e.Fact("fixed-addresses").Value == No, e.Effect("exec").Value == Yes && e.Fact("fixed-commands").Value != Yes:
				e.Facts["untrusted-output"] = guess(Yes, "it fetches from where it is told to, and strangers write there")
			default:
				e.Facts["untrusted-output"] = hunch(e, Yes, "it fetches from the network, and nothing says that only trusted parties answer")
			}
		}
		if reads[e.ID] || e.Fact("untrusted-output").Value != Yes {
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

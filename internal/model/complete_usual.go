package model

// talk is what parties say to an agent.
var talk = map[FlowKind]bool{PromptFlow: true, Message: true, Delegation: true, Handoff: true, Completion: true, Approval: true}

// usual answers a few questions that nearly always have the same answer, so that they are asked only where somebody has
// reason to doubt it: what stays in one process does not leave the machine, who must sign in has an account, a request for approval is written by who
// asks, people who get answers act on them, a tool that runs code runs what it is given, a provider's model does not
// learn from those who call it, instructions in the code are no secret, what stands in the code is in use, a fixed version
// does not change by itself, people and agents write in free text, an agent whose partners the code names has no others,
// nobody counts votes, a model is as others publish it, and who is assumed to ask an agent has an account.
func (c *completion) usual() {
	host := map[*Element]*Element{}
	for _, f := range c.linked {
		if f.Kind == Hosts && f.to != nil && host[f.to] == nil {
			host[f.to] = f.from
		}
	}
	for _, f := range c.linked {
		if f.Kind == Provides && f.to != nil && host[f.to] == nil {
			host[f.to] = host[f.from]
		}
	}
	open := map[string]bool{} // agents with a way in that shows no check
	for _, f := range c.linked {
		from, to := f.from, f.to
		if f.Kind == PromptFlow && from != nil && to != nil && mind(to) && (from.Kind == Human || from.Kind == External) && (f.Fact("authenticated").Value != Yes || f.Fact("fails-open").Value == Yes) {
			open[to.ID] = true
		}
	}
	for _, f := range c.linked {
		from, to := f.from, f.to
		if from == nil || to == nil {
			continue
		}
		if f.Kind == Supply && f.Fact("pinned").Value == Yes && f.Fact("auto-update").Value == Unknown {
			f.Facts["auto-update"] = guess(No, "its version is fixed")
		}
		if at := host[from]; at != nil && at == host[to] && f.Fact("remote").Value == Unknown {
			f.Facts["remote"] = guess(No, "both run on "+at.Name)
		}
		if talk[f.Kind] && (mind(to) || to.Kind == Model) && f.Fact("content").Value == Unknown {
			switch {
			case from.Kind == Human || from.Kind == External:
				f.Facts["content"] = guess("free-text", "people and outside parties write what they like")
			case mind(from):
				f.Facts["content"] = guess("free-text", "agents speak to each other in text, unless a schema is set")
			}
		}
		if (f.Kind == Delegation || f.Kind == Handoff) && f.Origin == Observed && mind(from) && to.Origin == Observed && from.Fact("open-delegation").Value == Unknown {
			from.Facts["open-delegation"] = guess(No, "the code names its partners")
		}
		sender(f)
		switch {
		case f.Kind == Approval && (to.Kind == Reviewer || to.Kind == Human) && to.Fact("sees-agent-text").Value == Unknown && mind(from):
			to.Facts["sees-agent-text"] = guess(Yes, "who asks for approval writes the request, and nothing says that more is shown")
		case f.Kind == PromptFlow && from.Kind == Human && from.Origin == Assumed && mind(to) && to.Fact("exposed").Value == Unknown:
			to.Facts["exposed"] = guess(No, "the person who is assumed to ask it has an account")
		case f.Kind == PromptFlow && from.Kind == Human && mind(to) && to.Fact("exposed").Value == Unknown && !open[to.ID]:
			to.Facts["exposed"] = guess(No, "every way in that was seen asks who calls")
		case (f.Kind == Completion || f.Kind == Message || f.Kind == Handoff) && to.Kind == Human && to.Fact("relies-on-output").Value == Unknown && mind(from):
			to.Facts["relies-on-output"] = guess(Yes, "people who ask an agent act on what it says")
		}
	}
	c.opened()
	c.idleApprovals()
	trained := map[string]bool{}
	for _, f := range c.s.Flows {
		if f.Kind == Index {
			trained[f.To] = true
		}
	}
	for _, e := range c.s.Elements {
		if e.Kind == Model && e.Origin == Observed && !trained[e.ID] && e.Fact("sensitive").Value == Unknown {
			e.Facts["sensitive"] = guess(No, "nothing says that it was tuned on anything of the owner's")
		}
		if e.Origin == Observed && FactNamed("element", "retired").Asks(e.Kind) && e.Fact("retired").Value == Unknown {
			e.Facts["retired"] = guess(No, "it stands in the code")
		}
		if e.Origin == Observed && FactNamed("element", "decides-by-vote").Asks(e.Kind) && e.Fact("decides-by-vote").Value == Unknown {
			e.Facts["decides-by-vote"] = guess(No, "nothing says that it counts votes")
		}
		if e.Kind == Tool {
			reads := e.Effect("db-read").Value == Yes || e.Effect("fs-read").Value == Yes
			if e.Fact("hands-back").Value == Unknown && !(reads && changes(e.Name) && (e.Effect("db-write").Value == Yes || e.Effect("fs-write").Value == Yes || e.Effect("net-write").Value == Yes || e.Effect("message-send").Value == Yes || e.Effect("money").Value == Yes)) {
				e.Facts["hands-back"] = guess(Yes, "nothing says that it answers only with what it made")
			}
			switch {
			case e.Fact("beyond-own").Value != Unknown:
			case e.Fact("own-rows").Value == Yes:
				e.Facts["beyond-own"] = guess(No, "it touches only rows of who asks, whom the code takes from the session")
			case e.Fact("takes-nothing").Value == Yes:
			case recordsOnly(e):
				e.Facts["beyond-own"] = hunch(e, Yes, "what it is asked for may choose what it reads, and nothing says that this ends at what is theirs")
			default:
				e.Facts["beyond-own"] = guess(Yes, "what it is asked for chooses what it reads, and nothing says that this ends at what is theirs")
			}
			for _, row := range placed {
				if e.Effect(row.effect).Value != No && e.Fact(row.fact).Value == Unknown {
					e.Facts[row.fact] = guess(No, row.reason)
				}
			}
		}
		switch {
		case e.Kind == Tool && e.Effect("exec").Value != No && e.Fact("fixed-commands").Value == Unknown && e.Fact("fixed-commands").Origin != Observed:
			e.Facts["fixed-commands"] = guess(No, "nothing says that only a closed set of commands gets through")
		case e.Kind == Model && e.Fact("third-party").Value == Yes && e.Fact("learns").Value == Unknown:
			e.Facts["learns"] = guess(No, "a provider does not train on what callers send unless they agree to it")
		case e.Kind == Prompt && e.Origin == Observed && e.Fact("sensitive").Value == Unknown:
			e.Facts["sensitive"] = guess(No, "it stands in the code, and nothing marks it as secret")
		}
	}
}

// placed are the facts on where a tool's effects go, which are seen where its code is.
var placed = []struct{ effect, fact, reason string }{
	{"fs-write", "fixed-paths", "nothing says that the code decides which files it writes"},
	{"fs-read", "fixed-sources", "nothing says that the code decides which files it reads"},
	{"net-read", "fixed-addresses", "nothing says that the code decides whom it asks"},
	{"net-write", "fixed-addresses", "nothing says that the code decides whom it sends to"},
}

// accidents gives what nobody intends its start: races where several write one store, and rules that change while they
// are applied.
func (c *completion) accidents(give func(attacker string, p Power, reason string)) {
	writer := map[string]string{} // store → the first agent that writes it
	for _, f := range c.linked {
		if f.Kind == Supply && f.Fact("auto-update").Value == Yes {
			give("mishap", Power{Corrupt, ScopeAll, f.From}, "what it delivers next may be wrong, and is taken without a look")
		}
		from, to := f.from, f.to
		if from == nil || to == nil || !mind(from) || (f.Kind != MemoryWrite && f.Kind != DataWrite) || (to.Kind != Memory && to.Kind != Datastore) {
			continue
		}
		switch writer[to.ID] {
		case "":
			writer[to.ID] = from.ID
			if from.Fact("replicated").Value == Yes {
				give("mishap", Power{Corrupt, ScopeAll, to.ID}, "several copies of an agent change it, and each may work on what another has changed")
			}
		case from.ID:
		default:
			give("mishap", Power{Corrupt, ScopeAll, to.ID}, "several agents change it, and each may work on what another has changed")
		}
	}
	for _, e := range c.s.Elements {
		if e.Kind == Policy && e.Fact("dynamic").Value == Yes {
			give("mishap", Power{Corrupt, ScopeAll, e.ID}, "its rules change while they are applied")
		}
	}
}

// worthAsking are the effects that somebody may have to agree to.
var worthAsking = []string{"exec", "fs-write", "net-write", "db-write", "message-send", "money", "code-change", "identity-admin", "physical"}

// idleApprovals doubts a place where approvals are given, of a system in which each tool was followed and none of them
// changes anything: nothing may be waiting for a yes.
func (c *completion) idleApprovals() {
	tools, acts := map[string]bool{}, map[string]bool{}
	for _, e := range c.s.Elements {
		acts[e.System] = acts[e.System] || HasUnseenTools(e)
		if e.Kind != Tool {
			continue
		}
		tools[e.System] = true
		for _, name := range worthAsking {
			acts[e.System] = acts[e.System] || e.Effect(name).Value != No
		}
	}
	for _, e := range c.s.Elements {
		if role := e.Fact("role"); e.Kind == Service && role.Value == "approvals" && role.Origin == Observed && tools[e.System] && !acts[e.System] {
			role.Origin, role.Hunch, role.Reason = Assumed, true, "its path says so, and no tool that was found changes anything that somebody could have to agree to"
			e.Facts["role"] = role
		}
	}
}

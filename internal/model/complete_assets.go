package model

import (
	"fmt"
)

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
				if row.effect == "fs-write" && e.Fact("fixed-paths").Value == Yes {
					continue // what it writes is what it is for
				}
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
		case Model:
			if e.Fact("sensitive").Value == Yes {
				add(e, ReadCap, "records", "what "+e.Name+" has learnt", "its weights or its tuning are not public")
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
	for _, f := range c.linked {
		from, to := f.from, f.to
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

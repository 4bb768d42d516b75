package model

import (
	"sort"
	"strings"
)

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
	for _, f := range c.linked {
		if from := f.from; f.Kind == Completion && from != nil && from.Kind == Model {
			modelled[f.To] = true
		}
		if f.Kind == Supply {
			if f.from != nil {
				give("supplier", Power{WriteCap, ScopeAll, f.From}, "delivers what others run")
			}
		}
		if lists(f) {
			give("supplier", Power{WriteCap, ScopeAll, f.From}, "runs the list by which agents find others")
		}
		if entrance(f) {
			scope := ScopeOwn
			if f.from.Kind == External {
				scope = ScopeAll // who sends is whoever the message says
			}
			give("outsider", Power{Reach, scope, f.ID}, "who calls is let in without showing who they are")
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
			if e.Kind == Agent && !modelled[e.ID] && !connects(e) {
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

// lists reports whether an agent reads along the flow who else there is, from a list that another party runs. Who runs it
// delivers nothing that is run here, and yet writes each entry.
func lists(f linked) bool {
	from, to := f.from, f.to
	if from == nil || to == nil || from.Kind != External || to.Kind != Agent && to.Kind != Orchestrator {
		return false
	}
	role := strings.ToLower(from.Fact("role").Value)
	return (role == "registry" || role == "marketplace") && (f.Kind == DataRead || f.Kind == Provides || f.Kind == Retrieval)
}

package model

import (
	"fmt"
	"strings"
)

// Scopes of a power. All implies own.
const (
	ScopeAll = "all" // every session, row, tenant
	ScopeOwn = "own" // what is the attacker's by right: the attacker's own sessions, rows, tenant
)

// Power is a capability over an element or flow, in a scope.
type Power struct {
	Capability Capability
	Scope      string // ScopeAll or ScopeOwn
	On         string // element or flow id
}

// String is capability@on, with ":own" after the capability in the narrow scope: "hijack:own@planner".
func (p Power) String() string {
	if p.Scope == ScopeOwn {
		return string(p.Capability) + ":own@" + p.On
	}
	return string(p.Capability) + "@" + p.On
}

// abilities say a capability as what somebody who has it can do; %s is what it is over.
var abilities = map[Capability]string{
	"reach": "can talk to %s", "influence": "can put content of their choice into %s", "corrupt": "can get false content into %s",
	"hijack": "can steer %s", "misact": "can make %s act wrongly", "invoke": "can make %s run with arguments of their choice",
	"execute": "can run code on %s", "read": "can read what %s holds", "write": "can change what %s holds",
	"credential": "holds %s and can use it", "impersonate": "can act under the name of %s",
	"exhaust": "can use up %s or keep it from answering", "blind": "can keep %s from seeing or recording",
	"deceive": "can make %s believe something false",
}

// Words say what somebody who has the power can do, with a name for what it is over: "can steer planner, in their own sessions".
func (p Power) Words(name string) string {
	words := fmt.Sprintf("%s over %s", p.Capability, name)
	if form, ok := abilities[p.Capability]; ok {
		words = fmt.Sprintf(form, name)
	}
	if p.Scope == ScopeOwn {
		words += ", in their own sessions"
	}
	return words
}

// ParsePower reads the form that [Power.String] writes; ":all" may be said.
func ParsePower(text string) (Power, error) {
	head, on, found := strings.Cut(text, "@")
	if !found || on == "" {
		return Power{}, fmt.Errorf("%q is not of the form capability@element", text)
	}
	name, scope, scoped := strings.Cut(head, ":")
	if !scoped {
		scope = ScopeAll
	}
	if scope != ScopeAll && scope != ScopeOwn {
		return Power{}, fmt.Errorf("%q is not a scope; the scopes are own and all", scope)
	}
	for _, c := range Capabilities {
		if c.Name == name {
			return Power{Capability(name), scope, on}, nil
		}
	}
	return Power{}, fmt.Errorf("%q is not a capability", name)
}

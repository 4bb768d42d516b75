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

package rule

import (
	"fmt"
	"strings"

	"fermata/internal/model"
)

// dotted leads from a name to an element, a flow or a text: flow.to.host, sender.from, flow.from.name. The pseudo-fields
// any and all of a cycle end a path of a power.
type dotted struct {
	text   string
	name   string
	fields []string // after the name
	typ    typ
}

// problem is trouble inside a text: the offset from its first byte, what, and what to do.
type problem struct {
	offset        int
	message, hint string
}

// parsePath reads a dotted path over names. Cycles are taken as members with .any or .all only when members is set.
func parsePath(text string, in names, members bool) (dotted, *problem) {
	p := dotted{text: text}
	rest, offset := text, 0
	for first := true; ; first = false {
		word, more, dotted := strings.Cut(rest, ".")
		switch {
		case first:
			t, ok := in[word]
			if !ok {
				return p, &problem{offset, fmt.Sprintf("nothing is named %q here", word), didYouMean(word, in.sorted())}
			}
			p.name, p.typ = word, t
		case members && p.typ == cycleT && (word == "any" || word == "all"):
			p.fields, p.typ = append(p.fields, word), elementT
		case members && (p.typ == setT || p.typ == eachT) && (word == "from" || word == "to"):
			p.fields, p.typ = append(p.fields, word), elementT
		default:
			table := fieldsOf[p.typ]
			if table == nil {
				return p, &problem{offset, fmt.Sprintf("%s has no fields, so .%s cannot follow", typeWords[p.typ], word), ""}
			}
			f, ok := table.byName[word]
			if !ok {
				return p, unknownField(offset, word, p.typ)
			}
			p.fields, p.typ = append(p.fields, word), f.typ
		}
		if !dotted {
			return p, nil
		}
		offset += len(word) + 1
		rest = more
	}
}

// unknownField says that a type has no such field, with the nearest one. A hyphen is the usual slip.
func unknownField(offset int, word string, t typ) *problem {
	return &problem{offset, fmt.Sprintf("%q is not one of %s", word, fieldsWord(t)), didYouMean(underscored(word), fieldsOf[t].names)}
}

func fieldsWord(t typ) string {
	switch t {
	case elementFactsT, flowFactsT, effectsT:
		return typeWords[t]
	}
	return "the fields of " + typeWords[t]
}

// power is a capability over what a path leads to.
type power struct {
	text       string
	capability model.Capability
	scope      string // "" when the scope of the attacker's step carries through
	on         dotted
}

func capabilityNames() []string {
	all := make([]string, len(model.Capabilities))
	for i := range model.Capabilities {
		all[i] = model.Capabilities[i].Name
	}
	return all
}

// parsePower reads capability@path, capability:own@path or capability:all@path.
func parsePower(text string, in names) (power, *problem) {
	head, on, found := strings.Cut(text, "@")
	if !found || on == "" {
		return power{}, &problem{0, fmt.Sprintf("%q is not of the form capability@path", text), "for example hijack@flow.to"}
	}
	name, scope, scoped := strings.Cut(head, ":")
	p := power{text: text, capability: model.Capability(name), scope: scope}
	if !contains(capabilityNames(), name) {
		return p, &problem{0, fmt.Sprintf("%q is not a capability", name), didYouMean(name, capabilityNames())}
	}
	if scoped && scope != model.ScopeOwn && scope != model.ScopeAll {
		return p, &problem{len(name) + 1, fmt.Sprintf("%q is not a scope", scope), "the scopes are own and all"}
	}
	var trouble *problem
	if p.on, trouble = parsePath(on, in, true); trouble != nil {
		trouble.offset += len(head) + 1
		return p, trouble
	}
	if p.on.typ != elementT && p.on.typ != flowT {
		return p, &problem{len(head) + 1, fmt.Sprintf("%s is %s; a power is over an element or a flow", on, typeWords[p.on.typ]), ""}
	}
	return p, nil
}

// member is the last field of a path over a cycle or a set: any, all, from or to.
func (p dotted) member() string {
	if len(p.fields) == 0 {
		return ""
	}
	return p.fields[0]
}

// template is a message with {paths} in it.
type template struct {
	texts []string // one more than paths
	paths []dotted
}

// parseTemplate reads a message; every path must lead to a text or a number, or to an element (its name is meant).
func parseTemplate(text string, in names) (template, *problem) {
	var t template
	rest, offset := text, 0
	for {
		before, after, found := strings.Cut(rest, "{")
		if !found {
			t.texts = append(t.texts, rest)
			return t, nil
		}
		inside, more, closed := strings.Cut(after, "}")
		at := offset + len(before) + 1
		if !closed {
			return t, &problem{at - 1, "{ without }", ""}
		}
		p, trouble := parsePath(inside, in, false)
		if trouble != nil {
			trouble.offset += at
			return t, trouble
		}
		if p.typ != stringT && p.typ != intT {
			return t, &problem{at, fmt.Sprintf("{%s} is %s and not a text", inside, typeWords[p.typ]), "name a field of it, such as .name"}
		}
		t.texts, t.paths = append(t.texts, before), append(t.paths, p)
		rest, offset = more, at+len(inside)+1
	}
}

package rule

import (
	"fmt"
	"sort"
	"strings"

	"fermata/internal/result"
	"fermata/internal/syntax"
)

// step reads what makes a rule an attack step, or the severity of a condition.
func (r *ruleReader) step() {
	rule := r.rule
	read := func(name string) (texts []string, powers []power) {
		k, ok := r.keys[name]
		if !ok {
			return nil, nil
		}
		texts, at := r.texts(k.value, name)
		for i, text := range texts {
			if text == "" {
				continue
			}
			p, trouble := parsePower(text, rule.paths)
			if trouble != nil {
				r.inside(at[i], trouble)
				continue
			}
			if name == "grants" && p.on.name == "cycle" && p.on.member() == "any" {
				r.inside(at[i], &problem{len(text) - 3, "a grant cannot be over any of the members", "write cycle.all"})
			}
			if name == "requires" && p.on.name == "cycle" && p.on.member() == "all" {
				r.inside(at[i], &problem{len(text) - 3, "a requirement cannot be over all of the members", "write cycle.any"})
			}
			if name == "requires" && rule.paths[p.on.name] == eachT {
				r.inside(at[i], &problem{strings.IndexByte(text, '@') + 1, "a requirement cannot be over each of the matches", "bind them as a set, and the step needs that many of them"})
			}
			powers = append(powers, p)
		}
		return texts, powers
	}
	rule.Requires, rule.requires = read("requires")
	rule.Grants, rule.grants = read("grants")
	if len(rule.Grants) > 0 != (len(rule.Requires) > 0) {
		lone, other := "grants", "requires"
		if len(rule.Requires) > 0 {
			lone, other = other, lone
		}
		r.trouble("half-a-step", r.keys[lone].at.Span(), "a step needs both, a condition has neither", "the rule has %s and no %s", lone, other)
	}
	r.each()
	severity, hasSeverity := r.keys["severity"]
	success, hasSuccess := r.keys["success"]
	widens, hasWidens := r.keys["widens"]
	if hasSeverity {
		rule.Severity = r.text(severity.value, "severity")
		if !contains(result.Severities, rule.Severity) {
			r.trouble("bad-severity", severity.value.Span(), didYouMean(rule.Severity, result.Severities), "%q is not a severity", rule.Severity)
		}
	}
	if hasSuccess {
		rule.Success = r.chance(success, "success")
	}
	switch {
	case rule.Code() && !hasSeverity:
		r.trouble("missing-key", r.file.Span(0, 0), "what it is where no way to it is known", "the rule about code has no severity")
	case rule.Condition() && !hasSeverity:
		r.trouble("missing-key", r.file.Span(0, 0), whyRequired["severity"], "the condition has no severity")
	case rule.Condition() && hasSuccess:
		r.trouble("key-and-on", success.at.Span(), "", "a condition is no attempt, so it has no success")
	case rule.Condition() && hasWidens:
		r.trouble("key-and-on", widens.at.Span(), "", "a condition has no scope to widen")
	case !rule.Condition() && hasSeverity && !rule.Code():
		r.trouble("key-and-on", severity.at.Span(), "severity is computed from what the step leads to", "only a condition has a severity")
	case !rule.Condition() && !hasSuccess:
		r.trouble("missing-key", r.file.Span(0, 0), whyRequired["success"], "the rule has no success")
	}
}

// each refuses binds that are each and give nothing, and what would make it unclear which of the matches is meant.
func (r *ruleReader) each() {
	at := r.keys["bind"].at.Span()
	for i := range r.rule.Binds {
		b := &r.rule.Binds[i]
		if !b.Each {
			continue
		}
		if i < len(r.rule.Binds)-1 {
			r.trouble("bad-each", at, "put it last; what it finds is told in one finding", "bind %s is each, and another bind follows", b.Name)
		}
		given := false
		for j := range r.rule.grants {
			p := &r.rule.grants[j]
			if p.on.name != b.Name {
				continue
			}
			given = true
			if p.on.member() != b.free() {
				r.trouble("bad-each", r.keys["grants"].value.Span(), fmt.Sprintf("write %s.%s", b.Name, b.free()), "%s leads to the end that all matches share", p.on.text)
			}
		}
		if !given {
			r.trouble("bad-each", at, "give powers over it, such as hijack@"+b.Name+"."+b.free(), "bind %s is each, and no grant is over it", b.Name)
		}
	}
}

// free is the end of a bind's flows that is not joined to what is bound already.
func (b *Bind) free() string {
	if b.From != "" {
		return "to"
	}
	return "from"
}

// chance reads {pert: [low, mode, high], evidence: judgement | [rows]}.
func (d *decoder) chanceOf(k key, what string, rows Rows) *result.Range {
	keys := d.keys(k.value, what, rangeKeys)
	chance := &result.Range{}
	pert, ok := keys["pert"]
	if !ok {
		d.trouble("missing-key", k.at.Span(), "give pert: [least, most likely, most]", "%s has no pert", what)
	} else if items := d.list(pert.value); len(items) != 3 {
		d.trouble("bad-range", pert.value.Span(), "", "pert of %s needs three numbers: least, most likely, most", what)
	} else {
		chance.Low, chance.Mode, chance.High = d.number(items[0], what), d.number(items[1], what), d.number(items[2], what)
		if !(0 <= chance.Low && chance.Low <= chance.Mode && chance.Mode <= chance.High && chance.High <= 1) {
			d.trouble("bad-range", pert.value.Span(), "", "pert of %s must rise from 0 to at most 1", what)
		}
	}
	evidence, ok := keys["evidence"]
	switch {
	case !ok:
		d.trouble("missing-key", k.at.Span(), "name rows of the evidence table, or write judgement", "%s has no evidence", what)
	case evidence.value.TextIs("judgement"):
	default:
		ids, at := d.texts(evidence.value, "evidence of "+what)
		for i, id := range ids {
			if rows != nil && id != "" && !rows.HasRow(id) {
				d.trouble("unknown-row", at[i].Span(), "rows are listed by fermata evidence", "%q is not a row of the evidence table", id)
			}
		}
		chance.Evidence = ids
	}
	return chance
}

func (r *ruleReader) chance(k key, what string) *result.Range {
	return r.chanceOf(k, what, r.options.Rows)
}

// mapsOf reads framework → ids and resolves each.
func (d *decoder) mapsOf(node syntax.Node, resolver Resolver) map[string][]string {
	maps := map[string][]string{}
	if !node.Is(syntax.Map) {
		d.trouble("not-a-map", node.Span(), "", "maps must be a map of frameworks to ids")
		return maps
	}
	for at, value := range node.Pairs() {
		framework, _ := at.Scalar()
		ids, places := d.texts(value, "maps of "+framework)
		for i, id := range ids {
			if resolver != nil && id != "" && !resolver.Has(framework, id) {
				hint := resolver.Suggest(framework, id)
				if hint != "" && !strings.Contains(hint, " ") {
					hint = "did you mean " + hint + "?"
				}
				d.trouble("unknown-entry", places[i].Span(), hint, "%q is not an entry of %s", id, framework)
			}
		}
		maps[framework] = ids
	}
	return maps
}

func (r *ruleReader) maps() {
	k, ok := r.keys["maps"]
	if !ok {
		return
	}
	rule := r.rule
	rule.Maps = r.mapsOf(k.value, r.options.Resolver)
	others := 0
	for framework, ids := range rule.Maps {
		if framework != "maestro" && len(ids) > 0 {
			others++
		}
	}
	switch {
	case len(rule.Maps["maestro"]) == 0:
		r.trouble("missing-map", k.at.Span(), whyRequired["maps"], "the rule is mapped to no layer of maestro")
	case others == 0:
		r.trouble("missing-map", k.at.Span(), whyRequired["maps"], "the rule is mapped to maestro only")
	}
	for _, id := range rule.Maps["maestro"] {
		if len(id) == 2 && id[0] == 'L' {
			rule.layers = append(rule.layers, id)
		}
	}
	sort.Strings(rule.layers)
}

func (r *ruleReader) controls() {
	k, ok := r.keys["controls"]
	if !ok {
		return
	}
	rule := r.rule
	if !k.value.Is(syntax.List) {
		r.trouble("not-a-list", k.value.Span(), "", "controls must be a list")
		return
	}
	why, hasWhy := r.keys["controls_why"]
	rule.ControlsWhy = r.scalar("controls_why")
	items := r.list(k.value)
	if len(items) == 0 && !hasWhy {
		r.trouble("missing-key", k.at.Span(), "say in controls_why why nothing helps", "the rule lists no control")
	}
	if len(items) > 0 && hasWhy {
		r.trouble("key-and-on", why.at.Span(), "", "controls_why belongs to an empty list of controls")
	}
	for _, item := range items {
		r.control(item)
	}
}

func (r *ruleReader) control(item syntax.Node) {
	use, node := ControlUse{}, item
	var compiled controlUse
	if item.Is(syntax.Map) {
		keys := r.decoder.keys(item, "a listed control", useKeys)
		if k, ok := keys["control"]; ok {
			node = k.value
		}
		if k, ok := keys["ends"]; ok {
			use.Ends = r.boolean(k.value, "ends")
			if use.Ends && !r.rule.Condition() {
				r.trouble("key-and-on", k.at.Span(), "whether a control blocks or weakens a step stands in its control.yaml", "only a condition is ended by a control; this rule requires and grants")
			}
		}
		if k, ok := keys["on"]; ok {
			texts, at := r.texts(k.value, "on of a listed control")
			use.On = texts
			for i, text := range texts {
				p, trouble := parsePath(text, r.rule.names, false)
				if trouble == nil && p.typ != elementT && p.typ != flowT {
					trouble = &problem{0, fmt.Sprintf("%s is %s; a control stands on an element or a flow", text, typeWords[p.typ]), ""}
				}
				if trouble != nil {
					r.inside(at[i], trouble)
				}
				compiled.on = append(compiled.on, p)
			}
		}
	}
	use.Control = r.text(node, "control")
	if r.options.Controls != nil && use.Control != "" {
		if compiled.control = r.options.Controls.Get(use.Control); compiled.control == nil {
			r.trouble("unknown-control", node.Span(), didYouMean(use.Control, r.options.Controls.ids()), "there is no control %q", use.Control)
		}
	}
	if compiled.control == nil {
		compiled.control = &Control{ID: use.Control, Effect: EffectBlocks}
	}
	compiled.effect = compiled.control.Effect
	if use.Ends {
		compiled.effect = EffectEnds
	}
	for _, other := range r.rule.Controls {
		if other.Control == use.Control {
			r.trouble("duplicate-control", node.Span(), "", "control %s is listed twice", use.Control)
		}
	}
	r.rule.Controls = append(r.rule.Controls, use)
	r.rule.uses = append(r.rule.uses, compiled)
}

package discover

import (
	"regexp"
	"slices"
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// enters joins entry points with the agents that their code reaches, before elements have their ids. The flows that it
// gives are of the fragments' own kind.
func (l *linker) enters(fragments []fragment) []*Flow {
	asked := map[string][]string{} // agent → agents that it gives work
	for i := range fragments {
		for _, f := range fragments[i].flows {
			switch f.kind {
			case model.Delegation, model.Handoff, model.Message, model.PromptFlow, model.ToolCall:
				for _, a := range l.resolve(f.from) {
					asked[a] = append(asked[a], l.resolve(f.to)...)
				}
			}
		}
	}
	for _, f := range l.runs {
		for _, a := range l.resolve(f.from) {
			asked[a] = append(asked[a], l.resolve(f.to)...)
		}
	}
	type way struct {
		party *Element
		point EntryPoint
		mind  string
		typed bool // the agent is asked by code that was followed, in its own words
		quiet bool // it works in the background, and nothing that it says is part of the answer
	}
	var ways []way
	heard := map[[2]string]Check{} // the weakest of the ways between a party and an agent by which the party says something
	doors := map[string][]door{}
	for i := range fragments {
		for _, d := range fragments[i].doors {
			if d.app {
				d.path = fragments[i].path
			}
			doors[d.of] = append(doors[d.of], d)
		}
	}
	peopled := map[string]bool{} // systems with agents
	for _, j := range l.byKey {
		if j.model != nil && (j.model.Kind == model.Agent || j.model.Kind == model.Orchestrator) {
			peopled[j.model.System] = true
		}
	}
	found := map[[2]int][]string{}
	led := map[string]bool{} // routers, or files, of which another way leads to an agent
	for i := range fragments {
		for k := range fragments[i].entries {
			e := &fragments[i].entries[k]
			if minds := l.first(e.reaches, asked); len(minds) > 0 {
				found[[2]int{i, k}] = minds
				led[e.with()] = true
			}
		}
	}
	searched := l.searched(fragments)
	var indexes []filling
	for i := range fragments {
		for k := range fragments[i].entries {
			e := &fragments[i].entries[k]
			minds, filled := found[[2]int{i, k}], l.fillsOf(e, searched)
			door := l.isDoor(e, len(minds) > 0 || led[e.with()], peopled)
			kept := len(minds) == 0 && !door && len(e.touches) > 0 && peopled[l.system[e.party.Ref.path]]
			if len(minds) == 0 && !door && !kept && len(filled) == 0 {
				continue
			}
			c, app := checkOf(&e.point, doors)
			if kept && (c.Word != model.No || c.Missed != "") {
				if kept = false; len(filled) == 0 {
					continue
				}
			}
			if app != "" && l.system[app] == l.system[e.party.Ref.path] {
				e.party.Ref = Local(app, e.point.Channel) // who calls one application is one party, wherever its routes stand
			}
			if j := l.byKey[e.party.Ref.key]; j == nil {
				l.element(e.party)
				l.join(l.byKey[e.party.Ref.key])
			} else if len(j.model.Evidence) < mostEvidence {
				j.model.Evidence = append(j.model.Evidence, e.party.model.Evidence...)
			}
			switch {
			case door:
				minds = append(minds, l.application(e))
			case kept:
				minds = append(minds, l.records(e))
			}
			point := e.point
			if point.Check = c; c.At.IsZero() && c.Word == model.No {
				point.Check.At = point.At
			}
			for key, at := range filled {
				indexes = append(indexes, filling{e.party, point, key, at})
			}
			for _, key := range minds {
				ends := [2]string{e.party.Ref.key, key}
				typed := false
				if fact := l.byKey[key].model.Facts["entry"]; fact.Value == model.No {
					for _, w := range e.through {
						typed = typed || w.holds(fact.Evidence)
					}
				}
				ways = append(ways, way{e.party, point, key, typed, e.point.Channel == "http" && !l.answers(e, key)})
				if before, ok := heard[ends]; !point.Silent && (!ok || weaker(point.Check, before)) {
					heard[ends] = point.Check
				}
			}
		}
	}
	weakest := map[[2]string]Check{} // of all ways between a party and an agent
	kept := ways[:0]
	for _, w := range ways {
		if said, ok := heard[[2]string{w.party.Ref.key, w.mind}]; ok && w.point.Silent {
			if !weaker(w.point.Check, said) {
				continue // who may say something may start it, too
			}
			w.party = l.starter(w.party)
		}
		ends := [2]string{w.party.Ref.key, w.mind}
		if before, ok := weakest[ends]; !ok || weaker(w.point.Check, before) {
			weakest[ends] = w.point.Check
		}
		kept = append(kept, w)
	}
	ways = kept
	// The way that shows the least comes first: it is what a reader has to look at. Of equals it is the one that is sent something.
	rank := func(w *way) int {
		rank := 2 * strength(w.point.Check)
		if strings.HasPrefix(w.point.Label, "GET ") && l.byKey[w.mind].model.Kind != model.Service {
			rank++
		}
		return rank
	}
	sort.SliceStable(ways, func(i, j int) bool { return rank(&ways[i]) < rank(&ways[j]) })
	var flows []*Flow
	local := l.local(fragments)
	for _, w := range ways {
		to := l.byKey[w.mind].ref
		to.key = w.mind
		in := &Flow{kind: model.PromptFlow, from: w.party.Ref, to: to, pass: w.party.pass}
		out := &Flow{kind: model.Completion, from: to, to: w.party.Ref, pass: w.party.pass}
		if l.byKey[w.mind].model.Kind == model.Service {
			in.kind, out.kind = model.Message, model.Message
		}
		c, weak := w.point.Check, weakest[[2]string{w.party.Ref.key, w.mind}]
		told := c.Word == weak.Word && c.Missed == weak.Missed
		if in.Label(w.point.Label); told { // a way that asks is no evidence of one that does not
			in.Evidence(w.point.At)
		}
		if w.point.Silent {
			in.Fact("content", "typed", w.point.At)
			in.because("content", "its handler takes nothing from whoever calls, who can only start it")
		} else if w.typed { // the caller starts it, and has no word in what it is asked
			in.Fact("content", "typed", w.point.At)
			in.because("content", l.byKey[w.mind].model.Facts["entry"].Reason)
		} else {
			in.Fact("content", "free-text", w.point.At)
		}
		if told {
			in.checked(c)
		}
		if c.Missed != "" {
			in.Fact("fails-open", model.Yes, c.At)
			in.because("fails-open", "its check is passed over where "+c.Missed)
		}
		if own, ok := local[l.system[w.party.Ref.path]]; ok && w.point.Channel == "http" {
			onlyHere(own.at, in, out)
		}
		if flows = append(flows, in); !w.quiet {
			flows = append(flows, out.Evidence(w.point.At))
		}
	}
	return append(flows, l.fillingFlows(indexes)...)
}

// answers tells whether what stands behind a way in works for whoever waits there.
func (l *linker) answers(e *entry, key string) bool {
	late := func(r Ref) bool { return slices.Contains(l.resolve(r), key) }
	return slices.ContainsFunc(e.reaches[:e.soon], late) || !slices.ContainsFunc(e.reaches[e.soon:], late)
}

// starter is a party as far as it only starts what it has no word in.
func (l *linker) starter(party *Element) *Element {
	start := &Element{Ref: Local(party.Ref.path, party.slug+"-start"), pass: party.pass, slug: party.slug + "-start", model: party.model}
	if l.byKey[start.Ref.key] == nil {
		start.model.Name += " who only starts it"
		start.model.Evidence = slices.Clone(party.model.Evidence)
		start.facts = slices.Clone(party.facts)
		l.element(start)
		l.join(l.byKey[start.Ref.key])
	}
	return start
}

// Ways in that by their path give work to an agent, and those by which people approve what an agent wants to do.
var (
	givesWork = regexp.MustCompile(`(?i)(?:^|[/_.-])(?:chat|ask|agents?|sms|voice|messages?|prompt|conversations?|invoke|completions?|telegram|whatsapp|slack)(?:[/_.-]|$)`)
	approves  = regexp.MustCompile(`(?i)(?:^|[/_.-])(?:approvals?|approve|decisions?|confirm|confirmations?)(?:[/_.-]|$)`)
	ownProof  = regexp.MustCompile(`(?i)(?:^|[/_.-])(?:verif\w*|e-?mails?|passwords?|register|registrations?|sign-?up|accounts?|otp|mfa|2fa|totp)[/_.-](?:\w+[/_.-])?(?:confirm|confirmations?)(?:[/_.-]|$)`)
)

// takesApproval tells whether a way in takes people's approval by its path. That people confirm their own address or password
// approves nothing.
func takesApproval(label string) bool {
	return approves.MatchString(label) && !ownProof.MatchString(label)
}

// Ways in that by their path hand out or change what people told, what agents hold or how they are set up; and those that
// anybody may call because that is what they are for.
var (
	keepsRecords = regexp.MustCompile(`(?i)(?:^|[/_.-])(?:conversations?|chats?|history|histories|threads?|sessions?|messages?|memory|memories|knowledge|documents?|transcripts?|prompts?|agents?|settings|config(?:uration)?s?|api[_-]?keys?|secrets|credentials|traces|users?|customers?|clients?|patients?|leads?|contacts?|tenants?|orders?|expenses?|transactions?|payments?|invoices?|bookings?|appointments?|tickets?|emails?)(?:[/_.-]|$)`)
	forAnybody   = regexp.MustCompile(`(?i)(?:^|[/_.-])(?:log-?in|log-?out|register|sign-?(?:in|up|out)|auth|oauth2?|token|callback|health|healthz|ready|live|status|metrics|ping|docs|openapi|feedback|subscribe|newsletter|public|verify|reset-password|forgot-password)(?:[/_.-]|$)`)
)

// touched lists what the handler of a way in, that itself asks nobody, reads and changes of stored records.
func (p *Pass) touched(e *EntryPoint) []Effect {
	if e.Check.Word != model.No || forAnybody.MatchString(e.Label) || e.Channel != "webhook" && (e.Channel != "http" || !keepsRecords.MatchString(e.Label)) {
		return nil
	}
	var all, found []Effect
	if def := p.code.DefinitionOf(e.Handler); e.Handler.Is(syntax.FuncDef) && def != nil {
		all = p.EffectsOf(def)
	} else {
		all = p.EffectsAt(e.Handler)
	}
	for _, one := range all {
		if one.Value == model.Yes && (one.Name == "db-write" || one.Name == "db-read" && e.Channel == "http") && len(one.At) > 0 {
			found = append(found, one)
		}
	}
	return found
}

// isDoor tells whether a way in is told of though no agent is found behind it, or beside it: its path says that it gives
// an agent work, or that it takes people's approval, in a program that has agents.
func (l *linker) isDoor(e *entry, found bool, peopled map[string]bool) bool {
	p := &e.point
	if (p.Channel != "http" && p.Channel != "webhook") || strings.HasPrefix(p.Label, "GET ") || strings.HasPrefix(p.Label, "DELETE ") || !peopled[l.system[e.party.Ref.path]] {
		return false
	}
	return takesApproval(p.Label) || !found && givesWork.MatchString(p.Label)
}

// application describes what stands behind a way in that leads to no agent that was found, and the gap; and the place at
// which approvals are given.
func (l *linker) application(e *entry) string {
	name, role := "application", "entrance"
	if takesApproval(e.point.Label) {
		name, role = "approvals", "approvals"
	} else {
		l.gaps = append(l.gaps, Gap{What: "entrance " + e.point.Label, Why: "which agent it gives work to could not be followed", Evidence: e.party.pass.evidence(e.point.At)})
	}
	return l.behind(e, name, role, e.point.At).key
}

// records describes what ways in hand out or change without an agent, with where that is seen; what is delivered is
// told apart from what is asked for.
func (l *linker) records(e *entry) string {
	name := "records"
	if e.point.Channel == "webhook" {
		name = "deliveries"
	}
	j := l.behind(e, name, name, e.point.At)
	for _, one := range e.touches {
		if seen := e.party.pass.evidence(one.At[0]); len(j.model.Evidence) < mostEvidence && !slices.Contains(j.model.Evidence, seen) {
			j.model.Evidence = append(j.model.Evidence, seen)
		}
	}
	return j.key
}

// behind describes what stands behind a way in that leads to no agent, once for each application.
func (l *linker) behind(e *entry, name, role string, at ...source.Span) *joined {
	ref := Local(e.party.Ref.path, name)
	if l.byKey[ref.key] == nil {
		behind := &Element{Ref: ref, pass: e.party.pass, slug: name, model: model.Element{Kind: model.Service, Name: name}}
		behind.Evidence(at...).Fact("role", role, e.point.At)
		behind.FactBecause("third-party", model.No, "it is a part of the program", e.point.At)
		l.element(behind)
		l.join(l.byKey[ref.key])
	}
	return l.byKey[ref.key]
}

// checked says how a way in asks who comes. A check that can be missed is one all the same, and said to be of that kind.
func (f *Flow) checked(c Check) {
	switch {
	case c.Missed != "":
		f.Fact("authenticated", model.Yes, c.At)
		f.because("authenticated", "a check, that is passed over where "+c.Missed)
	case c.Word == model.No:
		f.Fact("authenticated", model.No, c.At)
		f.because("authenticated", "what answers it was read, with what stands before it, and nothing asks who calls")
	default:
		f.Fact("authenticated", c.Word, c.At)
	}
}

// because gives the reason of a fact that was said.
func (f *Flow) because(name, reason string) {
	if fact, ok := f.facts.get(name); ok {
		fact.Reason = reason
		f.facts.set(name, fact)
	}
}

// below tells whether the path of a label ("POST /chat/send") begins with another, part by part.
func below(label, path string) bool {
	_, label, _ = strings.Cut(label, "/")
	rest, ok := strings.CutPrefix(label, strings.Trim(path, "/"))
	return ok && (rest == "" || rest[0] == '/' || path == "/")
}

// standsBehind tells whether what is put before routes comes after a route in the same file: in JavaScript it holds for those
// that come later only. Other frameworks collect everything first.
func standsBehind(guard, route source.Span) bool {
	if guard.File == nil || route.File == nil || guard.File.Path() != route.File.Path() || guard.Start <= route.Start {
		return false
	}
	return syntax.LanguageOf(route.File.Path()) == syntax.TypeScript
}

// mostDoors bounds how many routers are put on each other.
const mostDoors = 50

// checkOf joins how a way in asks who comes with what stands before it on all routers up to the application, and gives
// the file of that application where there is one. That nobody is asked counts only where the application is known.
func checkOf(e *EntryPoint, doors map[string][]door) (c Check, app string) {
	own := e.Check
	before, unknown, apps := Check{}, own.Word == "", 0
	queue, seen := []string{e.Of}, map[string]bool{e.Of: true}
	for len(queue) > 0 && len(seen) < mostDoors {
		at := queue[0]
		queue = queue[1:]
		for _, d := range doors[at] {
			if d.on != "" && !seen[d.on] {
				seen[d.on] = true
				queue = append(queue, d.on)
			}
			if d.app {
				apps++
				app = d.path
				continue
			}
			if d.below != "" && !below(e.Label, d.below) || standsBehind(d.check.At, e.At) {
				unknown = unknown || d.below != "" && d.check.Word != model.No // the label may be a part of the path only
				continue
			}
			switch {
			case d.check.Word == model.Yes:
				before = d.check
			case d.check.Word == "":
				unknown = true
			case d.check.Missed != "" && own.Missed == "":
				own = d.check
			}
		}
	}
	if apps != 1 {
		app = ""
	}
	switch {
	case own.Word == model.Yes:
		return own, app
	case before.Word == model.Yes:
		return before, app
	case unknown || apps == 0 && own.Missed == "":
		return Check{}, app
	}
	return own, app
}

// weaker tells whether a check shows less than another: nobody is asked, the check can be missed, nothing is known.
func weaker(a, b Check) bool { return strength(a) < strength(b) }

func strength(c Check) int {
	switch {
	case c.Word == model.No && c.Missed == "":
		return 0
	case c.Word == model.No:
		return 1
	case c.Word == "":
		return 2
	}
	return 3
}

// first keeps of what an entry point reaches the agents that none of the others gives work.
func (l *linker) first(reaches []Ref, asked map[string][]string) []string {
	var minds []string
	have := map[string]bool{}
	direct := map[string]bool{}
	for _, r := range reaches {
		if !l.ofObjects(r) {
			for _, key := range l.resolve(r) {
				direct[key] = true
			}
		}
	}
	for _, r := range reaches {
		list := l.resolve(r)
		if l.ofObjects(r) && slices.ContainsFunc(list, func(key string) bool { return direct[key] }) {
			continue // it is known which of the objects it is
		}
		for _, key := range list {
			m := l.byKey[key].model
			if (m.Kind == model.Agent || m.Kind == model.Orchestrator) && !have[key] {
				have[key] = true
				minds = append(minds, key)
			}
		}
	}
	below := map[string]bool{}
	for _, from := range minds {
		if below[from] {
			continue // asked by one that came before: in a circle the nearest counts
		}
		queue, seen := []string{from}, map[string]bool{from: true}
		for len(queue) > 0 {
			at := queue[0]
			queue = queue[1:]
			for _, to := range asked[at] {
				if !seen[to] {
					seen[to] = true
					below[to] = true
					queue = append(queue, to)
				}
			}
		}
	}
	var kept []string
	for _, key := range minds {
		if !below[key] {
			kept = append(kept, key)
		}
	}
	sort.Strings(kept)
	return kept
}

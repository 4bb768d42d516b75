package discover

import (
	"regexp"
	"slices"
	"sort"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// An entry point is code that somebody outside starts: the handler of a route, of a chat message, of a queue's message.
// Which agents it gives work to is found by following its calls: what they call, and the objects that they are made on
// or are given. Those of them that are agents are known only when all files are read, so linking joins the ends; an
// entry point that reaches no agent leaves nothing behind.

// EntryPoint describes who comes in where.
type EntryPoint struct {
	Channel string      // names the party within the file: "http", "slack"
	Kind    model.Kind  // model.Human or model.External
	Name    string      // the party, for people
	Role    string      // its role (fact "role")
	Label   string      // what it calls: "POST /chat"
	Handler syntax.Node // a function, or any part of a file
	At      source.Span // where that is said
	Check   Check       // how the code asks who calls
	Of      string      // identity of the router or application that it is registered with; "" where that is not known
}

// Check is how code asks who comes in by some way.
type Check struct {
	Word   string      // yes; no, where it was read and asks nobody, or where its check can be missed; "" is not known
	At     source.Span // what asks, or what passes a check over
	Missed string      // of a check that can be missed: when, as half a sentence
}

// door is what stands before the routes of a router or application, or where a router is put.
type door struct {
	of, on string // on: what it is put on; "" for what only stands before
	below  string // the beginning of the paths that it holds for
	app    bool   // it is an application: nothing stands around it
	path   string // of an application, when fragments are joined: the file that makes it
	check  Check
}

// Serves says that something is an application, which is put on nothing else.
func (p *Pass) Serves(of string) {
	p.fragment.doors = append(p.fragment.doors, door{of: of, app: true})
}

// Guards says what stands before all routes of an application or router, or before those below a path.
func (p *Pass) Guards(of, below string, c Check) {
	p.fragment.doors = append(p.fragment.doors, door{of: of, below: below, check: c})
}

// Mounts says that a router is put on another or on an application, and what stands before it there.
func (p *Pass) Mounts(of, on string, c Check) {
	if of != on {
		p.fragment.doors = append(p.fragment.doors, door{of: of, on: on, check: c})
	}
}

// entry is an entry point and what its code reaches, nearest first.
type entry struct {
	party   *Element
	point   EntryPoint
	reaches []Ref
	touches []Effect // on stored records, where nobody is asked and the path says whose they are
}

// with is what a way in is registered with, or the file that it stands in.
func (e *entry) with() string {
	if e.point.Of != "" {
		return e.point.Of
	}
	return e.party.Ref.path
}

// Enters records an entry point. What a test starts nobody outside does.
func (p *Pass) Enters(e EntryPoint) {
	if source.Scope(p.Path()) == source.ScopeTest {
		return
	}
	party := &Element{Ref: Local(p.Path(), e.Channel), pass: p, slug: e.Channel, model: model.Element{Kind: e.Kind, Name: e.Name}}
	party.Evidence(e.At).Fact("role", e.Role, e.At)
	reaches, touches := p.reached(e.Handler), p.touched(&e)
	e.Handler = syntax.Node{} // it would keep its file's tree in memory
	p.fragment.entries = append(p.fragment.entries, entry{party, e, reaches, touches})
}

// Bounds of following an entry point.
const (
	deepestEntry = 6
	mostEntered  = 150 // functions
	mostReaches  = 400
)

// reached lists what code calls, itself and through functions of the program, and the objects that it uses, by how far
// away they are.
func (p *Pass) reached(start syntax.Node) []Ref {
	type step struct {
		at    codePlace
		depth int
	}
	var found []Ref
	known := map[string]bool{}
	add := func(r Ref) {
		if !r.IsZero() && !known[r.key] && len(found) < mostReaches {
			known[r.key] = true
			found = append(found, r)
		}
	}
	here := p.placeOf(start)
	queue, seen := []step{{here, 0}}, map[codePlace]bool{here: true}
	if start.Is(syntax.FuncDef) {
		add(Definition(p.code.DefinitionOf(start)))
	}
	if start.Is(syntax.Lambda) && Script(start) { // a constant's function may be an agent under the constant's name
		add(p.OwnerOf(start.Child(-1)).Ref)
		ref, _, _ := p.NamedFunction(start.Child(-1))
		add(ref)
	}
	for len(queue) > 0 && len(seen) <= mostEntered {
		s := queue[0]
		queue = queue[1:]
		w := p.workOf(s.at, s.depth > 0, start.Is(syntax.Module))
		for _, r := range w.uses {
			add(r)
		}
		for _, d := range w.calls {
			if s.depth < deepestEntry && !seen[d] && p.SameProgram(d.module.Path) {
				seen[d] = true
				queue = append(queue, step{d, s.depth + 1})
			}
		}
	}
	return found
}

// work is what the code of one function uses and calls itself. Many ways in lead to the same functions, from many
// files, so it is found once for the program.
type work struct {
	uses  []Ref
	calls []codePlace // functions of the program, constructors of its classes
}

// codePlace is a node of the program for whoever keeps no tree.
type codePlace struct {
	module *code.Module
	node   int
}

func (p *Pass) placeOf(n syntax.Node) codePlace { return codePlace{p.code.ModuleOf(n), n.Index()} }

type workKey struct {
	at            codePlace
	called, whole bool
}

// workOf finds what a function does; called says that its parameters are somebody's arguments, whole that what a module
// only defines it does not do. A resolver of the function's own file answers, whoever asks first.
func (p *Pass) workOf(at codePlace, called, whole bool) *work {
	key := workKey{at, called, whole}
	if known, ok := p.run.works.Load(key); ok {
		return known.(*work)
	}
	r := p.code
	if at.module != r.Module() {
		r = p.run.program.Resolver(at.module.Path)
	}
	known, _ := p.run.works.LoadOrStore(key, findWork(r, r.Tree().At(at.node), called, whole))
	return known.(*work)
}

func findWork(r *code.Resolver, node syntax.Node, called, whole bool) *work {
	w := &work{}
	k := keeper{}
	add := func(ref Ref) {
		k.ref(&ref)
		w.uses = append(w.uses, ref)
	}
	use := func(v *code.Value) {
		var given []code.Entry
		for _, one := range v.Each() {
			if one.Is(code.Instance) && one.Ref.Def == nil && one.Base == nil {
				given = append(given, one.Args()...)
			}
			for ; one.Is(code.Instance); one = one.Base {
				add(Object(one))
				if d := one.Ref.Def; d != nil && d.Kind == code.ClassDef {
					add(Definition(d))
				}
			}
		}
		// What a library makes of an agent, to run or to serve it, acts by that agent.
		for _, arg := range given {
			for _, one := range arg.Value.Each() {
				if one.Is(code.Instance) {
					add(Object(one))
				}
			}
		}
	}
	given := map[string]bool{} // what callers pass, many of them perhaps: what this one passes was seen there
	if called {
		for param := range node.All(syntax.Param) {
			given[param.Text()] = param.Text() != "self"
		}
	}
	look := func(n syntax.Node) {
		if n.Is(syntax.Name, syntax.Attr, syntax.Call, syntax.Await, syntax.Subscript) && !given[rootName(n)] && !r.Plain(n) {
			use(r.Eval(n))
		}
	}
	node.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.FuncDef, syntax.ClassDef) && n != node && whole {
			return false
		}
		if !n.Is(syntax.Call) {
			return true
		}
		callee := n.Child(0)
		if callee.Is(syntax.Attr) {
			look(callee.Child(0))
		} else {
			look(callee) // an object that is called
		}
		for arg := range n.Children() {
			if arg != callee {
				look(argumentOf(arg))
			}
		}
		d := r.Resolve(callee).Def
		if d == nil || d.Kind == code.VarDef {
			return true
		}
		add(Definition(d))
		if d.Kind == code.ClassDef {
			if d = r.Method(d, "__init__"); d == nil {
				return true
			}
		}
		w.calls = append(w.calls, codePlace{d.Module, d.Node.Index()})
		return true
	})
	return w
}

// SameProgram tells whether a file may be of the program that the pass's file is of: of the same project and part of
// the tree. A library that stands in the tree too is not followed into; what it does with an agent is its own affair.
func (p *Pass) SameProgram(file string) bool {
	here := p.Path()
	return file == here || source.Scope(file) == source.Scope(here) && p.run.projectOf(file) == p.run.projectOf(here)
}

// rootName is the name that an expression of attributes and calls begins with; "" for others.
func rootName(n syntax.Node) string {
	for n.Is(syntax.Attr, syntax.Call, syntax.Subscript, syntax.Await) {
		n = n.Child(0)
	}
	if n.Is(syntax.Name) {
		return n.Text()
	}
	return ""
}

// argumentOf is the expression that an argument gives.
func argumentOf(n syntax.Node) syntax.Node {
	if n.Is(syntax.Keyword) {
		return n.Child(-1)
	}
	return n
}

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
	type way struct {
		party *Element
		point EntryPoint
		mind  string
	}
	var ways []way
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
	weakest := map[[2]string]Check{} // of all ways between a party and an agent
	for i := range fragments {
		for k := range fragments[i].entries {
			e := &fragments[i].entries[k]
			minds := found[[2]int{i, k}]
			door := l.isDoor(e, len(minds) > 0 || led[e.with()], peopled)
			kept := len(minds) == 0 && !door && len(e.touches) > 0 && peopled[l.system[e.party.Ref.path]]
			if len(minds) == 0 && !door && !kept {
				continue
			}
			c, app := checkOf(&e.point, doors)
			if kept && (c.Word != model.No || c.Missed != "") {
				continue
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
			for _, key := range minds {
				ends := [2]string{e.party.Ref.key, key}
				point := e.point
				if point.Check = c; c.At.IsZero() && c.Word == model.No {
					point.Check.At = point.At
				}
				ways = append(ways, way{e.party, point, key})
				if before, ok := weakest[ends]; !ok || weaker(point.Check, before) {
					weakest[ends] = point.Check
				}
			}
		}
	}
	// The way that shows the least comes first: it is what a reader has to look at.
	sort.SliceStable(ways, func(i, j int) bool { return weaker(ways[i].point.Check, ways[j].point.Check) })
	var flows []*Flow
	for _, w := range ways {
		to := l.byKey[w.mind].ref
		to.key = w.mind
		in := &Flow{kind: model.PromptFlow, from: w.party.Ref, to: to, pass: w.party.pass}
		out := &Flow{kind: model.Completion, from: to, to: w.party.Ref, pass: w.party.pass}
		if l.byKey[w.mind].model.Kind == model.Service {
			in.kind, out.kind = model.Message, model.Message
		}
		in.Evidence(w.point.At).Label(w.point.Label)
		if l.byKey[w.mind].model.Facts["entry"].Value == model.No { // the caller starts it, and has no word in what it is asked
			in.Fact("content", "typed", w.point.At)
			in.because("content", l.byKey[w.mind].model.Facts["entry"].Reason)
		} else {
			in.Fact("content", "free-text", w.point.At)
		}
		c := w.point.Check
		if weak := weakest[[2]string{w.party.Ref.key, w.mind}]; c.Word == weak.Word && c.Missed == weak.Missed {
			in.checked(c)
		}
		if c.Missed != "" {
			in.Fact("fails-open", model.Yes, c.At)
			in.because("fails-open", "its check is passed over where "+c.Missed)
		}
		flows = append(flows, in, out.Evidence(w.point.At))
	}
	return flows
}

// Ways in that by their path give work to an agent, and those by which people approve what an agent wants to do.
var (
	givesWork = regexp.MustCompile(`(?i)(?:^|[/_.-])(?:chat|ask|agents?|sms|voice|messages?|prompt|conversations?|invoke|completions?|telegram|whatsapp|slack)(?:[/_.-]|$)`)
	approves  = regexp.MustCompile(`(?i)(?:^|[/_.-])(?:approvals?|approve|decisions?|confirm|confirmations?)(?:[/_.-]|$)`)
)

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
	return approves.MatchString(p.Label) || !found && givesWork.MatchString(p.Label)
}

// application describes what stands behind a way in that leads to no agent that was found, and the gap; and the place at
// which approvals are given.
func (l *linker) application(e *entry) string {
	name, role := "application", "entrance"
	if approves.MatchString(e.point.Label) {
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
	if fact, ok := f.model.Facts[name]; ok {
		fact.Reason = reason
		f.model.Facts[name] = fact
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
	for _, r := range reaches {
		for _, key := range l.resolve(r) {
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

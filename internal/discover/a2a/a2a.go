// Package a2a reads programs and cards of the Agent2Agent protocol.
//
// A server of the protocol (a request handler with an executor, in an application) is a service that presents one agent
// by its card. The agents that the executor runs are described by the extractors of their frameworks; here they are
// joined with the service. A client is a peer, whose address says which server of the tree it is, or that it is outside.
// Cards that stand as JSON are the service of the program that serves them, or of nobody that is seen.
//
// # Facts
//
// A card that requires an authentication scheme is access control, and one that is written out in full and names none
// says that there is none, unless the program puts something before the application. Addresses tell whether messages
// are encrypted on the way.
package a2a

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds A2A servers, clients and cards.
var Extractor = &discover.Extractor{
	Name:    "a2a",
	Doc:     "Agent2Agent (A2A): servers with their cards and executors, clients, cards as JSON; joined by address and name.",
	Match:   matches,
	Imports: []string{"a2a", "@a2a-js/sdk"},
	Traces:  []string{"\"skills\""},
	Run:     run,
}

const technology = "a2a"

func matches(file string) bool {
	return discover.SourceCode(file) && syntax.LanguageOf(file) != syntax.Go || isCard(file)
}

// isCard tells whether a file's name is one that cards have.
func isCard(file string) bool {
	base := strings.ToLower(path.Base(file))
	if path.Ext(base) != ".json" {
		return false
	}
	return base == "agent.json" || strings.Contains(file, ".well-known/") || strings.Contains(base, "agent") && strings.Contains(base, "card")
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p, seen: map[string]bool{}}
	if p.Code() == nil {
		x.cardFile()
		return nil
	}
	if !x.usesSDK() {
		return nil
	}
	x.servers()
	x.clients()
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	seen map[string]bool
}

// usesSDK tells whether the file itself uses the protocol, beyond a file that it imports.
func (x *pass) usesSDK() bool {
	if m := x.Code().Module(); !m.Contains(sdkWord()) && !strings.Contains(m.Path, "a2a") {
		return false // most files: no import of theirs can have that name
	}
	for _, i := range x.Code().ImportsOf() {
		if i.Name == "a2a" || strings.HasPrefix(i.Name, "a2a.") || strings.HasPrefix(i.Name, "@a2a-js/sdk") {
			return true
		}
	}
	return false
}

var sdkWord = sync.OnceValue(func() *source.Finder { return source.NewFinder("a2a") })

var (
	handlers     = []string{"a2a.server.**.DefaultRequestHandler", "a2a.server.**.DefaultRequestHandlerV2", "@a2a-js/sdk/server.DefaultRequestHandler", "@a2a-js/sdk.DefaultRequestHandler"}
	applications = []string{"a2a.server.**.A2AStarletteApplication", "a2a.server.**.A2AFastAPIApplication", "a2a.server.**.A2ARESTFastAPIApplication", "a2a.server.**.JSONRPCApplication"}
	cardRoutes   = []string{"a2a.server.**.create_agent_card_routes"}
	cards        = []string{"a2a.types.AgentCard", "a2a.types.**.AgentCard"}
)

// server is one server of the file.
type server struct {
	handler, executor, card *code.Value
	at                      source.Span
}

// servers finds the servers of the file: each request handler with the card that its application, or the handler
// itself, presents.
func (x *pass) servers() {
	r := x.Code()
	var all []*server
	for _, h := range r.Instances(handlers...) {
		if h.Typed() {
			continue
		}
		s := &server{handler: h, executor: h.Arg("agent_executor", 0), card: h.Arg("agent_card", 2), at: h.Call.Span()}
		if discover.Script(h.Call) {
			s.executor, s.card = h.Arg("", 2), h.Arg("", 0)
		}
		all = append(all, s)
	}
	bare := func(card *code.Value, at source.Span, handler *code.Value) {
		for _, s := range all {
			if handler.Is(code.Instance) && s.handler != nil && s.handler.Key() == handler.Key() || handler == nil && s.card == nil {
				s.card, s.at = card, at
				return
			}
		}
		if len(all) == 1 && all[0].card == nil {
			all[0].card = card
			return
		}
		if handler != nil {
			all = append(all, &server{card: card, at: at})
		}
	}
	for _, a := range r.Instances(applications...) {
		if !a.Typed() {
			bare(a.Arg("agent_card", 0), a.Call.Span(), a.Arg("http_handler", 1))
		}
	}
	for _, c := range r.CallsTo(cardRoutes...) {
		v := r.Eval(c.Node)
		bare(v.Arg("agent_card", 0), c.Node.Span(), nil)
	}
	for _, s := range all {
		x.server(s)
	}
}

// server describes one server, with the agents behind it.
func (x *pass) server(s *server) {
	card := x.card(s.card)
	var ref discover.Ref
	switch {
	case card.ref.Key() != "":
		ref = card.ref
	case s.handler != nil:
		ref = discover.Object(s.handler)
	default:
		if s.card.Is(code.Unknown) {
			x.Unresolved("the card of an A2A server", s.card.Reason(), s.at)
		}
		return
	}
	if x.seen[ref.Key()] {
		return
	}
	x.seen[ref.Key()] = true
	name := card.name
	if name == "" {
		name = "A2A server"
		if s.card.Is(code.Unknown) {
			x.Unresolved("the card of an A2A server", s.card.Reason(), s.at)
		}
	}
	x.service(ref, name, card, s.at)
	addresses := card.addresses
	if port := x.port(); port != "" {
		addresses = append(addresses, "http://localhost:"+port+"/")
	}
	x.A2AServed(ref, card.name, addresses...)
	if card.closed && !card.protected && !x.hasMiddleware() {
		x.Control("access-control", ref, discover.Ref{}, model.Absent, card.at)
	}
	for _, agent := range x.behind(s.executor) {
		x.Flow(model.PromptFlow, ref, agent, s.at).IfDescribed(model.Agent, model.Orchestrator)
	}
}

// service describes the service that a card presents.
func (x *pass) service(ref discover.Ref, name string, c card, at source.Span) {
	spans := []source.Span{at}
	if !c.at.IsZero() {
		spans = []source.Span{c.at, at}
	}
	e := x.Element(model.Service, ref, name, spans...).Technology(technology).Fact("transport", "http", at)
	detail := c.description
	if len(c.skills) > 0 {
		detail = strings.TrimSpace(strings.TrimRight(detail, ". ") + "; skills: " + strings.Join(c.skills, ", "))
		detail = strings.TrimPrefix(detail, "; ")
	}
	if c.signed {
		detail += "; signed card"
	}
	e.Detail(detail)
	if c.protected {
		x.Control("access-control", ref, discover.Ref{}, model.Evidenced, c.security.Span())
	}
}

// card is what an agent's card says.
type card struct {
	ref               discover.Ref
	name, description string
	skills, addresses []string
	at                source.Span
	protected         bool        // it requires an authentication scheme
	security          syntax.Node // where it says so
	closed            bool        // all of it is known
	signed            bool
}

// card reads a card from the value that makes it.
func (x *pass) card(v *code.Value) card {
	var c card
	for _, one := range v.Each() {
		var field func(snake, camel string) *code.Value
		switch {
		case one.Is(code.Instance) && !one.Typed() && x.Code().Derives(one.Ref, cards...):
			field = func(snake, camel string) *code.Value {
				if got := one.Arg(snake, -1); got != nil {
					return got
				}
				return one.Arg(camel, -1)
			}
			c.closed = one.Spread() == nil
			c.at = one.Call.Span()
		case one.Is(code.Dict):
			field = func(_, camel string) *code.Value { return one.Get(camel) }
			c.closed = !one.Open
			c.at = one.Node.Span()
		case one.Is(code.Instance): // a function of the program that changes the card which it is given
			for _, a := range one.Args() {
				if inner := x.card(a.Value); !inner.ref.IsZero() {
					inner.closed = false
					return inner
				}
			}
			continue
		default:
			continue
		}
		c.ref = discover.Object(one)
		c.at = firstLine(c.at)
		c.name, c.description = field("name", "name").Str(), field("description", "description").Str()
		for _, skill := range field("skills", "skills").Members() {
			name := skill.Arg("name", -1)
			if name == nil {
				name = skill.Get("name")
			}
			if s := name.Str(); s != "" && len(c.skills) < 8 {
				c.skills = append(c.skills, s)
			}
		}
		if a := x.Address(field("url", "url")); a != "" {
			c.addresses = append(c.addresses, a)
		}
		for _, list := range []*code.Value{field("supported_interfaces", "supportedInterfaces"), field("additional_interfaces", "additionalInterfaces")} {
			for _, one := range list.Members() {
				url := one.Arg("url", -1)
				if url == nil {
					url = one.Get("url")
				}
				if a := x.Address(url); a != "" && !slices.Contains(c.addresses, a) {
					c.addresses = append(c.addresses, a)
				}
			}
		}
		for _, names := range [][2]string{{"security_schemes", "securitySchemes"}, {"security", "security"}, {"security_requirements", "securityRequirements"}} {
			switch said := field(names[0], names[1]); {
			case said == nil || said.Is(code.Null):
			case said.Is(code.Unknown):
				c.closed = false
			case len(said.Pairs)+len(said.Items) > 0:
				c.protected, c.security = true, said.Node
			}
		}
		c.signed = field("signatures", "signatures") != nil
		return c
	}
	return c
}

// firstLine is the first line of a span.
func firstLine(s source.Span) source.Span {
	text := s.File.Text(int(s.Start), int(s.End))
	if i := strings.IndexAny(text, "\r\n"); i > 0 {
		s.End = s.Start + int32(i)
	}
	return s
}

// mostVisited bounds the search for the agents behind an executor.
const mostVisited = 800

// behind lists what the executor of a server makes, holds and calls, in it and in the program's classes and functions
// that it uses; the agents among them are behind the server.
func (x *pass) behind(executor *code.Value) []discover.Ref {
	b := &search{x: x, defs: map[string]bool{}, refs: map[string]bool{}}
	b.value(executor, 0)
	return b.found
}

type search struct {
	x       *pass
	defs    map[string]bool
	refs    map[string]bool
	found   []discover.Ref
	visited int
}

func (b *search) add(ref discover.Ref) {
	if !ref.IsZero() && !b.refs[ref.Key()] {
		b.refs[ref.Key()] = true
		b.found = append(b.found, ref)
	}
}

func (b *search) value(v *code.Value, depth int) {
	if depth > 4 || b.visited > mostVisited {
		return
	}
	for _, one := range v.Each() {
		switch one.Kind {
		case code.Instance:
			if !one.Typed() {
				b.add(discover.Object(one))
				for _, a := range one.Args() {
					b.value(a.Value, depth+1)
				}
			}
			b.value(one.Base, depth+1)
			b.definition(one.Ref.Def, depth+1)
		case code.Function, code.Class:
			b.definition(one.Ref.Def, depth+1)
		case code.List:
			for _, item := range one.Items {
				b.value(item, depth+1)
			}
		case code.Dict:
			for _, pair := range one.Pairs {
				b.value(pair.Value, depth+1)
			}
		}
	}
}

func (b *search) definition(def *code.Def, depth int) {
	if def == nil || depth > 4 || b.defs[def.ID()] {
		return
	}
	b.defs[def.ID()] = true
	b.add(discover.Definition(def))
	if def.Kind == code.VarDef {
		return
	}
	def.Node.Walk(func(n syntax.Node) bool {
		if b.visited > mostVisited {
			return false
		}
		switch {
		case n.Is(syntax.Call):
			b.visited++
			b.value(b.x.Code().Eval(n), depth)
			if callee := n.Child(0); callee.Is(syntax.Attr) && callee.Child(0).Is(syntax.Name, syntax.Attr) {
				b.value(b.x.Code().Eval(callee.Child(0)), depth)
			}
		case n.Is(syntax.Keyword) && n.Child(0).Is(syntax.Name):
			b.visited++
			b.value(b.x.Code().Eval(n.Child(0)), depth)
		}
		return true
	})
}

var number = regexp.MustCompile(`^\d{2,5}$`)

// port is the port that the file's program listens at: what its server is run with, or the default of its option.
func (x *pass) port() string {
	found := ""
	for _, c := range x.Code().Calls() {
		given := c.Node.Argument("port")
		if n := x.Code().Eval(given); !given.IsZero() && n.Is(code.Number) && number.MatchString(n.Text) {
			return n.Text
		} else if n.Is(code.Env) {
			if s := n.Default().Str(); number.MatchString(s) {
				found = s
			}
		}
		option := false
		for a := range c.Node.Children() {
			option = option || a.Is(syntax.String) && (a.TextIs("--port") || a.TextIs("port") || a.TextIs("PORT"))
		}
		if !option {
			continue
		}
		last := c.Node.Argument("default")
		if last.IsZero() {
			last = c.Node.Child(-1) // os.getenv("PORT", "8000")
		}
		if s := x.Code().Eval(last).Str(); number.MatchString(s) && found == "" {
			found = s
		} else if last.Is(syntax.Number) && number.MatchString(last.Text()) && found == "" {
			found = last.Text()
		}
	}
	return found
}

// hasMiddleware tells whether the program puts something before the application, which may check callers.
func (x *pass) hasMiddleware() bool {
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		if text := callee.Text(); strings.Contains(strings.ToLower(text), "middleware") || text == "use" || strings.Contains(strings.ToLower(text), "auth") {
			return true
		}
	}
	return false
}

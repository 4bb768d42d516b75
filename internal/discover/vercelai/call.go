package vercelai

import (
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// calls describes the code that asks a model by a call and lets it decide.
func (x *pass) calls() {
	type asker struct {
		owner discover.Owner
		calls []*code.Value
	}
	var units []*asker
	byKey := map[string]*asker{}
	for _, v := range x.Code().Instances(textCalls...) {
		site := v.Site()
		owner := x.owner(site)
		if site.Is(syntax.Call) && site != v.Call && x.played(site) || !x.decides(v, owner) {
			continue
		}
		u := byKey[owner.Ref.Key()]
		if u == nil {
			u = &asker{owner: owner}
			byKey[owner.Ref.Key()] = u
			units = append(units, u)
		}
		u.calls = append(u.calls, v)
	}
	for _, u := range units {
		ref, name := u.owner.Ref, u.owner.Name
		done := x.Subject(ref)
		e := x.Element(model.Agent, ref, name, u.owner.At).Technology(technology).Alias(u.owner.Symbol)
		if u.owner.Def != nil {
			e.Detail(u.owner.Def.Doc())
		}
		for _, v := range u.calls {
			at := v.Call.Span()
			e.Evidence(v.Site().Span(), at)
			given := x.parts(ref, name, v)
			if given > 0 {
				x.steps(e, ref, first(v, "stopWhen", "maxSteps", "maxToolRoundtrips"), "each call of a tool ends it: nothing says that the model is asked again", at)
			}
		}
		x.approved(ref, u.owner.Node, u.calls)
		if handler(u.owner.Symbol) {
			e.Fact("entry", model.Yes, u.owner.At)
		}
		done()
	}
	for _, u := range units {
		x.delegates(u.owner)
	}
	x.work()
}

// owner is the code that a call belongs to. A call in the code of a tool is no part of whoever holds the tool.
func (x *pass) owner(n syntax.Node) discover.Owner {
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		if !up.Is(syntax.Pair) || !up.Child(0).TextIs("execute") {
			continue
		}
		call := up.Parent().Parent()
		if !call.Is(syntax.Call) || !x.Code().Resolve(call.Child(0)).Is("ai.tool", "ai.dynamicTool", "@mastra/core/tools.createTool") {
			continue
		}
		for _, v := range x.Code().Eval(call).Each() {
			if v.Is(code.Instance) {
				name := x.NameOf(v)
				return discover.Owner{Ref: discover.Of(discover.Object(v), "agent"), Name: name + " agent", At: n.Span(), Node: up.Child(1), Symbol: name}
			}
		}
	}
	return x.OwnerOf(n)
}

// handler tells whether a function answers requests of a web framework.
func handler(symbol string) bool {
	switch symbol {
	case "POST", "GET", "PUT", "PATCH":
		return true
	}
	return false
}

// answersRequests tells whether a function answers requests: an exported handler of a route, or what a server is given
// for a path.
func answersRequests(owner discover.Owner) bool {
	if handler(owner.Symbol) || strings.HasPrefix(owner.Symbol, "/") {
		return true
	}
	return (owner.Symbol == "handler" || owner.Symbol == "default") && strings.Contains("/"+owner.At.File.Path(), "/api/")
}

// decides is the rule of the package comment.
func (x *pass) decides(v *code.Value, owner discover.Owner) bool {
	tools := v.Arg("tools", -1)
	if holds(tools) && !forced(v) {
		if !tools.Is(code.Unknown) || !x.handedOn(v, "tools") {
			return true
		}
	}
	instructed := first(v, "system", "instructions") != nil || systemOf(v.Arg("messages", -1)) != nil
	if !instructed && answersRequests(owner) && x.talks(v) && first(v, "output", "experimental_output") == nil {
		return true // what the user says goes in as it is
	}
	if !instructed || first(v, "output", "experimental_output") != nil { // what it says fills in a form
		return false
	}
	if x.talks(v) && !x.handedOn(v, "system") {
		return true
	}
	return agentName.MatchString(owner.Symbol) && !makes.MatchString(owner.Symbol)
}

// Names of what calls itself an agent, and of what makes one.
var (
	agentName = regexp.MustCompile(`(?i)(^|_)agent(loop|step|turn)?$|[a-z0-9]Agent$|^(run|ask|call)[A-Za-z]*Agent$|[a-z](Assistant|Chatbot)$|^(assistant|chatbot)$`)
	makes     = regexp.MustCompile(`^(create|make|get|build|init|load|use)[A-Z]`)
)

// holds tells whether "tools" may hold something.
func holds(v *code.Value) bool {
	for _, one := range v.Each() {
		switch one.Kind {
		case code.Null, code.Bool, code.String:
		case code.Dict:
			if len(one.Pairs) > 0 || one.Open {
				return true
			}
		case code.List:
			if len(one.Items) > 0 || one.Open {
				return true
			}
		default:
			return true
		}
	}
	return false
}

// forced tells whether the one tool is asked for by name.
func forced(v *code.Value) bool {
	choice := v.Arg("toolChoice", -1)
	return choice.Get("toolName") != nil && first(v, "stopWhen", "maxSteps") == nil || choice.Str() == "none"
}

// handedOn tells whether an option is only what the function around the call is given.
func (x *pass) handedOn(v *code.Value, name string) bool {
	n := discover.Said(v.Call, name)
	if n.IsZero() { // the options are given as a whole
		n = v.Call.Child(1)
		for s := range n.All(syntax.Spread) {
			n = s.Child(0)
		}
	}
	root := n
	for root.Is(syntax.Attr) {
		root = root.Child(0)
	}
	return x.param(root)
}

// param tells whether a name is what a function around it is given.
func (x *pass) param(root syntax.Node) bool {
	if !root.Is(syntax.Name) {
		return false
	}
	for up := root.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.FuncDef, syntax.Lambda) {
			for p := range up.All(syntax.Param) {
				if p.TextIs(root.Text()) || p.Text() == "" && binds(p, root.Text()) {
					return true
				}
			}
		}
	}
	return false
}

// binds tells whether a parameter that is taken apart gives a name.
func binds(p syntax.Node, name string) bool {
	found := false
	p.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Name) && n.TextIs(name) {
			found = true
		}
		return !found
	})
	return found
}

// talks tells whether a call takes a conversation in: messages that are no list that the code writes out here.
func (x *pass) talks(v *code.Value) bool {
	n := discover.Said(v.Call, "messages")
	if n.IsZero() {
		return false
	}
	return conversation(n, x.Code(), 0)
}

func conversation(n syntax.Node, r *code.Resolver, depth int) bool {
	switch n.Kind() {
	case syntax.List:
		for item := range n.Children() {
			if item.Is(syntax.Spread) && conversation(item.Child(0), r, depth+1) {
				return true
			}
		}
		return false
	case syntax.Name:
		if depth > 3 {
			return true
		}
		for _, v := range r.Eval(n).Each() {
			if !v.Is(code.List) || v.Open {
				return true
			}
			for _, item := range v.Items {
				if !item.Is(code.Dict) {
					return true
				}
			}
		}
		return false
	case syntax.Await, syntax.Logic, syntax.Cond:
		for c := range n.Children() {
			if conversation(c, r, depth+1) {
				return true
			}
		}
		return false
	}
	return !n.Is(syntax.String, syntax.Null)
}

// delegates records the agents that an agent's own code asks.
func (x *pass) delegates(owner discover.Owner) {
	if owner.Node.IsZero() {
		return
	}
	for _, other := range x.asks(owner.Node, false) {
		if other.Key() != owner.Ref.Key() {
			x.Flow(model.Delegation, owner.Ref, other, owner.At)
		}
	}
}

// asks gives the agents that a part of the program runs: objects of an agent class, functions that are agents; with
// questions also those that only put one.
func (x *pass) asks(function syntax.Node, questions bool) []discover.Ref {
	var all []discover.Ref
	seen := map[string]bool{}
	add := func(r discover.Ref) {
		if !r.IsZero() && !seen[r.Key()] {
			seen[r.Key()] = true
			all = append(all, r)
		}
	}
	function.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Call) {
			return true
		}
		callee := n.Child(0)
		if callee.Is(syntax.Attr) && runVerbs[callee.Text()] {
			for _, v := range x.Code().Eval(callee.Child(0)).Each() {
				if x.isAgent(v) {
					add(x.ref(v))
				}
			}
			return true
		}
		if callee.Is(syntax.Name) {
			for _, fn := range x.Code().Eval(callee).Each() {
				if !fn.Is(code.Function) || fn.Node == function || within(n, fn.Node) {
					continue
				}
				roles := x.roles(x.Code(), n, x.unitOf(fn.Node, 0))
				for _, ref := range roles {
					add(ref)
				}
				if len(roles) > 0 {
					continue
				}
				if u := x.unitOf(fn.Node, 0); questions && u != nil && len(u.own) > 0 {
					add(u.owner.Ref)
				} else {
					add(x.agentFunction(fn))
				}
			}
		}
		return true
	})
	return all
}

func within(n, top syntax.Node) bool {
	for ; !n.IsZero(); n = n.Parent() {
		if n == top {
			return true
		}
	}
	return false
}

// agentFunction names a function of the program that is an agent, by what stands in it; the zero Ref for others.
func (x *pass) agentFunction(fn *code.Value) discover.Ref {
	gives := false
	fn.Node.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Call) && n.Child(0).Is(syntax.Name) && !x.inTool(n) {
			switch strings.TrimPrefix(n.Child(0).Text(), "experimental_") {
			case "generateText", "streamText":
				if tools := discover.Said(n, "tools"); !tools.IsZero() {
					given := fn.Inside(tools)
					gives = gives || holds(given) && !given.Is(code.Unknown)
				}
			}
		}
		return !gives
	})
	if !gives {
		return discover.Ref{}
	}
	if fn.Ref.Def != nil {
		return discover.Definition(fn.Ref.Def)
	}
	if holder := fn.Node.Parent(); holder.Is(syntax.Assign) && holder.Child(0).Is(syntax.Name) {
		return discover.Local(holder.Tree().File.Path(), holder.Child(0).Text())
	}
	return discover.Ref{}
}

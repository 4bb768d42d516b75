package providerclient

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Programs of Go often ask a model without a client: they post a request to its address. What they send stands in the
// function as a map or a struct, under the same words for everybody.

// goPosts are the calls that can be a model's HTTP interface, with the place of the address among the arguments.
var goPosts = map[string]int{
	"net/http.Post": 0, "net/http.NewRequest": 1, "net/http.NewRequestWithContext": 2, "net/http.Client.Post": 0, "net/http.DefaultClient.Post": 0,
}

// posted finds the functions that ask a model over plain HTTP.
func (x *goPass) posted() {
	for _, c := range x.Code().Calls() {
		at, ok := goPosts[c.Callee.Name]
		if !ok {
			continue
		}
		for _, v := range x.Code().Eval(c.Node.Child(1 + at)).Each() {
			for _, url := range addresses(v) {
				if provider, ok := discover.ModelEndpoint(url); ok && x.Once("posted:"+c.Node.Span().String()) {
					x.postedTo(c.Node, url, provider)
				}
			}
		}
	}
}

// request is what a function of Go posts to a model.
type request struct {
	url, provider string
	call          syntax.Node // that makes the request
	function      syntax.Node // that it stands in
}

// sent are the expressions that the function puts into the request under some keys.
func (r request) sent(keys ...string) (found []syntax.Node) {
	r.function.Walk(func(n syntax.Node) bool {
		key, value := n.Text(), n.Child(0)
		if n.Is(syntax.Pair) {
			key, value = n.Child(0).Text(), n.Child(1)
		} else if !n.Is(syntax.Keyword) {
			return true
		}
		if slices.Contains(keys, strings.ToLower(key)) {
			found = append(found, value)
		}
		return true
	})
	return found
}

// saying are the keys under which the providers' interfaces take what a model is told.
var saying = []string{"messages", "contents", "content", "parts", "text", "prompt", "system", "input", "instructions", "systeminstruction", "system_instruction"}

// postedTo describes who asks by a request: the function that makes it where the words are its own, else those that call
// it with theirs; where none is seen to have any, it stands for them.
func (x *goPass) postedTo(call syntax.Node, url, provider string) {
	function, _ := discover.FunctionAndLoop(call)
	def := x.Code().DefinitionOf(function)
	if def == nil || x.models(def) || source.Scope(x.Path()) == source.ScopeTest {
		return
	}
	if !x.says(function) && x.through(def) {
		return
	}
	r := request{url, provider, call, function}
	said := r.sent(saying...)
	if x.OwnWords(function, said...) {
		x.poster(def, r, said)
		return
	}
	sites, _ := x.Code().Callers(function)
	found := false
	for _, site := range sites {
		var given []syntax.Node
		for a := range site.Children() {
			if a != site.Child(0) {
				given = append(given, a)
			}
		}
		outer, _ := discover.FunctionAndLoop(site)
		if asker := x.Code().DefinitionOf(outer); asker != nil && x.OwnWords(outer, given...) {
			found = true
			x.poster(asker, r, given)
		}
	}
	if !found {
		x.poster(def, r, said)
	}
}

// modelInPath is the model that an address of Google's interface names.
var modelInPath = regexp.MustCompile(`/models/([\w.-]+):`)

// poster describes a function as what asks a model by a request, in the words that it says.
func (x *goPass) poster(def *code.Def, r request, said []syntax.Node) {
	ref, name := discover.Definition(def), def.Last()
	defer x.Subject(ref)()
	at := r.call.Span()
	e := x.Element(model.Agent, ref, name, discover.Headline(def.Node), at).Technology("http").Detail(def.Doc())
	named := false
	if m := modelInPath.FindStringSubmatch(r.url); m != nil {
		named = true
		x.UsesModel(ref, x.ModelNamed(m[1], r.provider, at), at)
	}
	for _, n := range r.sent("model") {
		for _, one := range x.Code().Eval(n).Each() {
			if one.Is(code.String) || one.Is(code.Env) {
				named = true
				x.UsesModel(ref, x.Model(one, r.provider), n.Span())
			}
		}
	}
	if !named {
		x.Unresolved("the model of "+name, "nothing in the request names one that is known", at)
	}
	for _, n := range said {
		x.messages(ref, name, x.Code().Eval(n))
		for _, one := range x.Code().Eval(n).Each() {
			if one.Is(code.String) && discover.Wording(one.Text) {
				x.Prompt(ref, name, one)
				break
			}
		}
	}
	given := r.sent("tools", "functions")
	if len(given) == 0 {
		x.actions(ref, def)
	}
	for _, n := range given {
		v := x.Code().Eval(n)
		if v.Is(code.Null) {
			continue
		}
		if _, loop := discover.FunctionAndLoop(r.call); !loop.IsZero() {
			e.FactBecause("loops", model.Yes, "it asks again with what the tools gave", loop.Span())
		}
		x.tools(ref, name, v, def.Node)
	}
}

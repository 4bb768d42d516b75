// Package elizaos reads agents of ElizaOS: characters in TypeScript and JSON, and the plugins that they use.
//
// A character is an agent. Its system text and biography are its instructions; what it names as plugins and clients
// decides on its model, the channels on which strangers talk to it, where it remembers, and what it can do. A plugin of
// the tree is read: each of its actions is a tool with the effects of its handler, and each provider is a tool that is
// asked for every message. A plugin that is only named is a package of others, described by what is known of it.
//
// ElizaOS marks its objects by types, which are not kept; a character, plugin or action is known by the entries that it
// has, in a file that imports ElizaOS.
//
// # What it does not do
//
// Evaluators, routes, events and scheduled tasks are not modelled. A character that a program reads from files when it
// runs is not followed: a runtime that its caller gives one is taken to play those of the program. Which of several
// model plugins answers is not decided: the agent may ask each.
package elizaos

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Extractor finds ElizaOS agents and plugins.
var Extractor = &discover.Extractor{
	Name:    "elizaos",
	Doc:     "ElizaOS (TypeScript, JSON): characters, plugins with actions and providers, channels, models, secrets, wallets.",
	Match:   wanted,
	Imports: []string{"@elizaos", "@ai16z/eliza"},
	Traces:  []string{`"messageExamples"`, `"modelProvider"`, `"postExamples"`},
	Run:     run,
}

const technology = "elizaos"

var (
	defaults  = []string{"@elizaos/core.defaultCharacter", "@ai16z/eliza.defaultCharacter"}
	runtimes  = []string{"@elizaos/core.AgentRuntime", "@ai16z/eliza.AgentRuntime"}
	character = []string{"bio", "lore", "style", "messageExamples", "postExamples", "adjectives", "topics", "system", "plugins", "clients", "modelProvider", "knowledge", "settings"}
	persona   = []string{"bio", "lore", "style", "messageExamples", "postExamples"}
)

func wanted(path string) bool {
	return syntax.LanguageOf(path) == syntax.TypeScript || strings.HasSuffix(path, ".json") && !strings.HasSuffix(path, "package.json")
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	if p.Code() == nil {
		x.file()
		return nil
	}
	p.Tree().Root().Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Map) {
			return x.object(n)
		}
		return true
	})
	for _, v := range p.Code().Instances(runtimes...) {
		x.runtime(v)
	}
	for _, v := range p.Code().Instances("@elizaos/adapter-*.**", "@elizaos/core.CacheManager", "@ai16z/adapter-*.**", "@ai16z/eliza.CacheManager") {
		x.store(v)
	}
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
}

// object looks at an object of the program, and tells whether to look at those inside it.
func (x *pass) object(n syntax.Node) bool {
	keys := keysOf(n)
	switch {
	case isCharacter(keys), keys["..."] && x.isDefault(n):
		for _, v := range x.Code().Eval(n).Each() {
			if v.Is(code.Dict) && (v.Get("name").Is(code.String) || keys["..."]) {
				x.character(discover.Object(v), v)
			}
		}
		return false
	case isPlugin(keys):
		x.plugin(x.Code().Eval(n))
		return true // actions may stand inside it
	case isAction(keys):
		x.action(x.Code().Eval(n))
		return false
	case keys["character"] && keys["plugins"]: // a project's agent
		v := x.Code().Eval(n)
		for _, c := range v.Get("character").Each() {
			if x.isPerson(c) {
				x.uses(discover.Object(c), c.Get("name").Str(), v.Get("plugins"))
			}
		}
	}
	return true
}

// isDefault tells whether an object is made of the character that ElizaOS brings.
func (x *pass) isDefault(n syntax.Node) bool {
	for s := range n.All(syntax.Spread) {
		if x.Code().Resolve(s.Child(0)).Is(defaults...) {
			return true
		}
	}
	return false
}

// keysOf are the literal keys of an object; "..." stands for a part that is spread into it.
func keysOf(n syntax.Node) map[string]bool {
	keys := map[string]bool{}
	for c := range n.Children() {
		switch {
		case c.Is(syntax.Pair) && c.Child(0).Is(syntax.String, syntax.Name):
			keys[c.Child(0).Text()] = true
		case c.Is(syntax.Spread):
			keys["..."] = true
		}
	}
	return keys
}

func isCharacter(keys map[string]bool) bool {
	said, person := 0, false
	for _, k := range character {
		if keys[k] {
			said++
		}
	}
	for _, k := range persona {
		person = person || keys[k]
	}
	return keys["name"] && said >= 3 && person
}

// isPerson tells whether a value is a character that is described where it stands.
func (x *pass) isPerson(v *code.Value) bool {
	return v.Is(code.Dict) && v.Node.Is(syntax.Map) && (isCharacter(keysOf(v.Node)) || x.isDefault(v.Node))
}

// nameOf is what a character is called.
func nameOf(v *code.Value) string {
	if name := v.Get("name").Str(); name != "" {
		return name
	}
	return "Eliza" // what the default character is called
}

func isPlugin(keys map[string]bool) bool {
	return keys["name"] && !keys["handler"] && (keys["actions"] || keys["providers"] || keys["evaluators"] || keys["services"]) &&
		(keys["description"] || keys["actions"] && keys["providers"] || keys["init"])
}

func isAction(keys map[string]bool) bool {
	return keys["name"] && keys["handler"] && keys["validate"] && !keys["alwaysRun"] && (keys["description"] || keys["similes"] || keys["examples"])
}

// file looks at a character file.
func (x *pass) file() {
	root := x.Tree().Root()
	list := []syntax.Node{root}
	if root.Is(syntax.List) {
		list = nil
		for c := range root.Children() {
			list = append(list, c)
		}
	}
	for _, n := range list {
		if !n.Is(syntax.Map) || !isCharacter(keysOf(n)) {
			continue
		}
		v := valueOf(n, 0)
		if name := v.Get("name").Str(); name != "" {
			x.character(discover.Local(x.Path(), name), v)
		}
	}
}

// valueOf is a configuration's text as a value, so that characters read the same wherever they stand.
func valueOf(n syntax.Node, depth int) *code.Value {
	v := &code.Value{Kind: code.Unknown, Node: n}
	if depth > 12 {
		return v
	}
	switch n.Kind() {
	case syntax.Map:
		v.Kind = code.Dict
		for key, value := range n.Pairs() {
			v.Pairs = append(v.Pairs, code.Entry{Key: &code.Value{Kind: code.String, Node: key, Text: key.Text()}, Value: valueOf(value, depth+1)})
		}
	case syntax.List:
		v.Kind = code.List
		for c := range n.Children() {
			v.Items = append(v.Items, valueOf(c, depth+1))
		}
	case syntax.String:
		v.Kind, v.Text = code.String, n.Text()
	case syntax.Number:
		v.Kind, v.Text = code.Number, n.Text()
	case syntax.Bool:
		v.Kind, v.Text = code.Bool, n.Text()
	case syntax.Null:
		v.Kind = code.Null
	}
	return v
}

// character describes an agent.
func (x *pass) character(ref discover.Ref, v *code.Value) {
	if !x.Once("agent:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name := nameOf(v)
	at := v.Node.Span()
	if said := v.Get("name"); said != nil {
		at = said.Node.Span()
	}
	x.Element(model.Agent, ref, name, at).Technology(technology).FactBecause("loops", model.No, "it answers each message once", at)
	if system := v.Get("system"); system != nil {
		x.Prompt(ref, name, system)
	} else {
		x.Prompt(ref, name, v.Get("bio"))
	}
	x.provider(ref, v)
	for _, c := range v.Get("clients").Listed() {
		x.client(ref, c)
	}
	x.uses(ref, name, v.Get("plugins"))
	x.settings(ref, v.Get("settings"))
	if facts := v.Get("knowledge"); facts.Is(code.List) && len(facts.Items) > 0 {
		place := facts.Node.Span()
		store := discover.Of(ref, "knowledge")
		x.Element(model.Knowledge, store, name+" knowledge", place).Technology(technology)
		x.Flow(model.Retrieval, store, ref, place)
	}
}

// runtime reads new AgentRuntime({ character, plugins }).
func (x *pass) runtime(v *code.Value) {
	if v.Typed() {
		return
	}
	played := x.characters(v.Arg("character", -1))
	if len(played) == 0 {
		played = x.anybody(v)
	}
	for _, c := range played {
		ref, name := discover.Object(c), nameOf(c)
		x.Element(model.Agent, ref, name).Fact("entry", model.Yes, v.Call.Span())
		x.uses(ref, name, v.Arg("plugins", -1))
		for _, a := range v.Arg("actions", -1).Listed() {
			if tool := x.action(a); !tool.IsZero() {
				x.Flow(model.ToolCall, ref, tool, a.Node.Span())
			}
		}
		for _, one := range v.Arg("databaseAdapter", -1).Each() {
			if store := x.store(one); !store.IsZero() {
				x.Remembers(ref, store, one.Node.Span())
			}
		}
		for _, one := range v.Arg("cacheManager", -1).Each() {
			x.store(one) // plugins keep what they computed there under keys of their own: the model neither writes nor reads it
		}
	}
}

// characters are those among some values that are characters.
func (x *pass) characters(v *code.Value) []*code.Value {
	var all []*code.Value
	for _, c := range v.Listed() {
		if x.isPerson(c) {
			all = append(all, c)
		}
	}
	return all
}

// anybody gives the characters of the files that this one imports, for a runtime that plays whatever its caller gives it. The function
// that makes it has them work for it; whom else it is given when the program runs is not known.
func (x *pass) anybody(v *code.Value) []*code.Value {
	x.Unresolved("the character that a runtime plays", discover.WhyNot(v.Arg("character", -1)), v.Call.Span())
	owner := x.OwnerOf(v.Call)
	if owner.Node.IsZero() {
		return nil
	}
	var all []*code.Value
	for _, m := range x.Code().ImportsOf() {
		if m.Def == nil || m.Def.Tree() == nil {
			continue
		}
		r := x.CodeOf(m.Def.Path)
		m.Def.Tree().Root().Walk(func(n syntax.Node) bool {
			if !n.Is(syntax.Map) {
				return true
			}
			for _, c := range r.Eval(n).Each() {
				if x.isPerson(c) {
					all = append(all, c)
				}
			}
			return false
		})
	}
	if len(all) > 0 {
		x.Element(model.Orchestrator, owner.Ref, owner.Name, owner.At, v.Call.Span()).Technology(technology).Alias("AgentRuntime")
		for _, c := range all {
			x.Flow(model.Delegation, owner.Ref, discover.Object(c), v.Call.Span())
		}
	}
	return all
}

// store describes the database or cache in which a runtime keeps what it remembers.
func (x *pass) store(v *code.Value) discover.Ref {
	if !v.Is(code.Instance) || v.Typed() || v.Ref.Def != nil || v.Base != nil {
		return discover.Ref{}
	}
	module, _, _ := strings.Cut(v.Ref.Name, ".")
	cache := v.Ref.Last() == "CacheManager"
	if !cache && !strings.Contains(module, "/adapter-") {
		return discover.Ref{}
	}
	ref := discover.Object(v)
	if !x.Once("store:" + ref.Key()) {
		return ref
	}
	kind, what := model.Memory, bare(module)
	if cache {
		kind, what = model.Datastore, technology
	}
	e := x.Element(kind, ref, v.Ref.Last(), v.Call.Span()).Technology(what).Alias(x.NameOf(v))
	if !cache {
		e.FactBecause("persistent", model.Yes, "it is kept in a database", v.Call.Span())
	}
	return ref
}

// Package checklist answers lists of checks about the components of a system: agents, tools, tool servers and plugins.
//
// The lists are data (catalog/checklist). A check names rules and weaknesses that answer it against a component, and what
// would show that it holds: a control that stands, a fact that was seen, a property of its functions, an argument of its
// calls, a recipe that it runs in. [Run] answers each check for each component it is asked of, with the places behind the
// answer.
//
// # What passes
//
// Nothing passes without evidence. That no rule fired is none by itself: it counts where the list names the rule as one that
// would have seen the opposite ("silent"), and the rule did look at places of the component, or its files were read to the
// end, and everything that it asks was known there. Otherwise a check passes when one of the things that would show it was
// seen, when a control stops what a rule found, or when somebody attests it with name and last day. What is assumed is not
// seen. A word about a function or a call counts when it holds for all of the component's; one that cannot be decided leaves
// the check open. What speaks against a check wins over what speaks for it, an attestation included, and both are listed.
// Where nothing decides, a person has to: the answer says what was looked for.
//
// # Of the system
//
// What holds of all components or of none (where it runs, what a repository keeps, who could change a trace) is asked once,
// of the system. Its answer is made of the components': the worst that failed, a pass where none is open.
//
// # What it does not do
//
// It reads no code and asks no rules: findings and the places in code ([result.Subject]) are handed in.
package checklist

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// List is one list of checks.
type List struct {
	ID     string // maestro, plugin or twelve-factor
	Title  string
	Source string
	Checks []*Check
}

// Check is one question, with what answers it.
type Check struct {
	ID         string // list/key
	Group      string
	Title      string
	Layers     map[string]string // scheme → layer
	About      []model.Kind      // kinds of components that it is asked of
	Whole      bool              // it is asked once, of the system, unless a component is named
	Reach      string            // own (its own places), file (all of the files that it is defined in), project (recipes around them, too)
	Applies    Applies
	Rules      []string // whose findings speak against it
	Anywhere   []string // whose findings keep it from passing wherever in the tree they are: one key signs for all
	Weaknesses []string // CWE ids of findings about code that speak against it
	Shows      []Show   // any of which speaks for it
	Person     string
	Test       string
}

// Applies says of which components a check is asked.
type Applies struct {
	Effects []string // it does not apply to a tool that has none of these
	Tool    bool     // only to tools, servers and plugins: for agents neither effects nor calls are asked
	Calls   []string // it does not apply where files that were read to the end have no call of these kinds
	Takes   bool     // it does not apply to what takes no argument
}

// Show is one thing that would show that a check holds.
type Show struct {
	Control   []string // one of these stands on the component or what leads to it
	On        string   // tools: on the tools that an agent calls, on all of them
	Fact      map[string][]string
	Linked    string            // the fact is asked of elements of this kind, joined with the component
	By        []string          // by flows of these kinds
	Seen      bool              // it is enough that the linked element was seen in a file
	Function  map[string]string // which of its functions are meant, by their flags
	All       map[string]string // flags that all of them (or all files) have
	Decorator []string          // one of these stands on each of them
	Call      []string          // kinds of its calls
	Argument  []string          // names of arguments, one of which each call has
	Text      []string          // words, one of which the argument has
	Flag      map[string]string // flags that all calls have
	File      []string          // kinds of recipes around it
	Flows     []string          // kinds of flows that the fact is asked of, all of them
	In, Out   bool
	From      []string // kinds of elements at the start of the flows
	Named     []string // kinds of flows into it, one of which was seen in a file of code
	Few       []string // kinds of flows out of it, of which there are at most Most
	Most      int
	About     []string          // kinds of components that this is looked for in; empty: all
	Where     map[string]string // which recipes are meant, by their flags
	Silent    []string          // rules about code that looked at the component's places and found nothing there
	Read      bool              // it is enough that its files were read to the end: the rules visit only what they would find
	Says      string            // what was seen then, for people
}

// Load reads the lists of a catalogue, by id. What is wrong with one is said, and it is left out.
func Load(fsys fs.FS) ([]*List, []source.Diagnostic) {
	names, err := fs.Glob(fsys, "checklist/*.yaml")
	if err != nil {
		return nil, []source.Diagnostic{{Severity: source.Error, Code: "checklist-unreadable", Message: err.Error()}}
	}
	sort.Strings(names)
	var lists []*List
	var troubles []source.Diagnostic
	for _, name := range names {
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			troubles = append(troubles, source.Diagnostic{Severity: source.Error, Code: "checklist-unreadable", Message: err.Error(), Path: name})
			continue
		}
		r := &reader{}
		list := r.list(syntax.ParseAs(source.NewFile(name, content), syntax.YAML))
		troubles = append(troubles, r.troubles...)
		if len(r.troubles) == 0 {
			lists = append(lists, list)
		}
	}
	return lists, troubles
}

// reader reads one list and collects what is wrong with it.
type reader struct{ troubles []source.Diagnostic }

func (r *reader) complain(n syntax.Node, format string, args ...any) {
	r.troubles = append(r.troubles, source.Diagnostic{Severity: source.Error, Code: "checklist", Message: fmt.Sprintf(format, args...), Span: n.Span()})
}

func (r *reader) list(tree *syntax.Tree) *List {
	r.troubles = append(r.troubles, tree.Diagnostics...)
	l := &List{}
	seen := map[string]bool{}
	for key, value := range tree.Root().Pairs() {
		switch key.Text() {
		case "checklist":
			l.ID = value.Text()
		case "title":
			l.Title = value.Text()
		case "source":
			l.Source = value.Text()
		case "checks":
			for item := range value.Children() {
				c := r.check(item)
				if seen[c.ID] {
					r.complain(item, "the key %s stands twice", c.ID)
				}
				seen[c.ID] = true
				l.Checks = append(l.Checks, c)
			}
		default:
			r.complain(key, "unknown key %q in a list of checks", key.Text())
		}
	}
	for _, c := range l.Checks {
		c.ID = l.ID + "/" + c.ID
	}
	if l.ID == "" || l.Title == "" || len(l.Checks) == 0 {
		r.complain(tree.Root(), "a list has checklist:, title: and checks:")
	}
	return l
}

// reaches are how far around a component a check looks.
var reaches = []string{"own", "file", "project"}

func (r *reader) check(n syntax.Node) *Check {
	c := &Check{Reach: "own", Layers: map[string]string{}}
	words := map[string]*string{"key": &c.ID, "title": &c.Title, "group": &c.Group, "person": &c.Person, "test": &c.Test, "reach": &c.Reach}
	lists := map[string]*[]string{"rules": &c.Rules, "weaknesses": &c.Weaknesses, "anywhere": &c.Anywhere}
	for key, value := range n.Pairs() {
		name := key.Text()
		switch {
		case words[name] != nil:
			*words[name] = value.Text()
		case lists[name] != nil:
			*lists[name] = texts(value)
		case name == "of":
			c.Whole = value.TextIs("system")
		case name == "layers":
			for scheme, layer := range value.Pairs() {
				c.Layers[scheme.Text()] = layer.Text()
			}
		case name == "about":
			for _, k := range r.kinds(value) {
				c.About = append(c.About, model.Kind(k))
			}
		case name == "applies":
			c.Applies = r.applies(value)
		case name == "shows":
			for item := range value.Children() {
				c.Shows = append(c.Shows, r.show(item))
			}
		default:
			r.complain(key, "unknown key %q in a check", name)
		}
	}
	if !slices.Contains(reaches, c.Reach) {
		r.complain(n, "reach is %s", strings.Join(reaches, ", "))
	}
	if c.ID == "" || c.Title == "" || c.Person == "" || c.Test == "" || len(c.About) == 0 || len(c.Layers) == 0 {
		r.complain(n, "a check has key:, title:, layers:, about:, person: and test:")
	}
	return c
}

// kinds reads kinds of elements.
func (r *reader) kinds(n syntax.Node) []string {
	list := texts(n)
	for _, k := range list {
		if !slices.ContainsFunc(model.Kinds, func(i model.KindInfo) bool { return string(i.Kind) == k }) {
			r.complain(n, "there is no kind of element %q", k)
		}
	}
	return list
}

func (r *reader) applies(n syntax.Node) Applies {
	var out Applies
	for k, v := range n.Pairs() {
		switch k.Text() {
		case "effects":
			out.Effects = texts(v)
			for _, e := range out.Effects {
				if !slices.ContainsFunc(model.Effects, func(i model.Info) bool { return i.Name == e }) {
					r.complain(v, "there is no effect %q", e)
				}
			}
		case "calls":
			out.Calls = texts(v)
			r.known(v, "call", out.Calls)
		case "tool":
			out.Tool = v.TextIs("true")
		case "takes":
			out.Takes = v.TextIs("true")
		default:
			r.complain(k, "unknown key %q", k.Text())
		}
	}
	return out
}

func (r *reader) show(n syntax.Node) Show {
	var s Show
	lists := map[string]*[]string{
		"control": &s.Control, "by": &s.By, "decorator": &s.Decorator, "call": &s.Call, "argument": &s.Argument, "text": &s.Text, "file": &s.File,
		"flows": &s.Flows, "from": &s.From, "named": &s.Named, "few": &s.Few, "silent": &s.Silent,
	}
	words := map[string]*string{"on": &s.On, "linked": &s.Linked, "says": &s.Says}
	flags := map[string]*map[string]string{"function": &s.Function, "all": &s.All, "flag": &s.Flag, "where": &s.Where}
	truths := map[string]*bool{"seen": &s.Seen, "in": &s.In, "out": &s.Out, "read": &s.Read}
	for key, value := range n.Pairs() {
		name := key.Text()
		switch {
		case lists[name] != nil:
			*lists[name] = texts(value)
		case words[name] != nil:
			*words[name] = value.Text()
		case truths[name] != nil:
			*truths[name] = value.TextIs("true")
		case flags[name] != nil:
			m := map[string]string{}
			for k, v := range value.Pairs() {
				m[k.Text()] = v.Text()
			}
			*flags[name] = m
		case name == "fact":
			s.Fact = map[string][]string{}
			for k, v := range value.Pairs() {
				if !slices.ContainsFunc(model.Facts, func(f model.FactInfo) bool { return f.Name == k.Text() }) {
					r.complain(k, "there is no fact %q", k.Text())
				}
				s.Fact[k.Text()] = texts(v)
			}
		case name == "about":
			s.About = r.kinds(value)
		case name == "most":
			if _, err := fmt.Sscanf(value.Text(), "%d", &s.Most); err != nil {
				r.complain(value, "most is a number")
			}
		default:
			r.complain(key, "unknown key %q in what shows a check", name)
		}
	}
	r.vocabulary(n, &s)
	return s
}

// vocabulary refuses flags and kinds that no subject has: a misspelt one would never decide anything.
func (r *reader) vocabulary(n syntax.Node, s *Show) {
	ask := func(sort string, flags map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(flags)) {
			if !slices.ContainsFunc(result.SubjectFields[sort], func(f result.SubjectField) bool { return f.Name == name && f.Type == "flag" }) {
				r.complain(n, "a %s has no flag %q", sort, name)
			}
		}
	}
	ask("function", s.Function)
	if len(s.File) > 0 {
		ask("file", s.All)
	} else {
		ask("function", s.All)
	}
	ask("call", s.Flag)
	ask("file", s.Where)
	r.known(n, "call", s.Call)
	r.known(n, "file", s.File)
	if s.says() == 0 {
		r.complain(n, "nothing is said that could be seen")
	}
}

// known refuses kinds of places that there are none of.
func (r *reader) known(n syntax.Node, sort string, kinds []string) {
	for _, name := range kinds {
		if !slices.ContainsFunc(result.SubjectKinds[sort], func(k result.SubjectKind) bool { return k.Name == name }) {
			r.complain(n, "there is no kind of %s %q", sort, name)
		}
	}
}

// says counts what a show asks for.
func (s *Show) says() int {
	return len(s.Control) + len(s.Fact) + len(s.Function) + len(s.Call) + len(s.File) + len(s.Flows) + len(s.Named) + len(s.Few) + len(s.Linked) + len(s.Silent)
}

func texts(n syntax.Node) []string {
	if !n.Is(syntax.List) {
		return []string{n.Text()}
	}
	var out []string
	for item := range n.Children() {
		out = append(out, item.Text())
	}
	return out
}

// Kinds are the subjects that the checks of lists look at: sort → kinds.
func Kinds(lists []*List) map[string][]string {
	calls, files := map[string]bool{}, map[string]bool{}
	function := false
	for _, l := range lists {
		for _, c := range l.Checks {
			for _, k := range c.Applies.Calls {
				calls[k] = true
			}
			function = function || c.Applies.Takes
			for i := range c.Shows {
				s := &c.Shows[i]
				for _, k := range s.Call {
					calls[k] = true
				}
				for _, k := range s.File {
					files[k] = true
				}
				function = function || len(s.Function) > 0
			}
		}
	}
	files["source"] = true // which files were read
	out := map[string][]string{"call": slices.Sorted(maps.Keys(calls)), "file": slices.Sorted(maps.Keys(files))}
	if function {
		out["function"] = []string{"function"}
	}
	return out
}

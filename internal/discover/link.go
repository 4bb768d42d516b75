package discover

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
)

// mostEvidence is how many places an element or flow keeps; a model that a thousand files name needs no more.
const mostEvidence = 12

// mostOfClass is how many objects what is said of their class may hold for; the class of more is a library's, and what
// is said of it is said of none of them.
const mostOfClass = 12

// linked is what linking gives.
type linked struct {
	system *model.System
	gaps   []Gap
}

// linker joins fragments: one element for each key, ids, and flows between ids.
type linker struct {
	system    map[string]string // file → name of its system; nil when there is only one
	byKey     map[string]*joined
	keys      []string            // in the order of the first description
	instances map[string][]string // template → keys of the objects made from it
	shared    map[string]string   // template → key of the one object that [Pass.Made] takes all its objects for
	launched  map[string]Ref      // key of a server in a configuration → the server whose source is in the tree
	ofClass   map[string][]string // key of a class → keys of its objects that are described
	isAgent   map[string]bool     // keys of agents that others ask by their names
	tool      map[string]bool     // keys of tools whose code asks a model once: they are tools
	covered   map[string]bool     // keys of what asks for something else, see covers
	barred    map[string]bool     // keys of what something may stand before, see bars
	runs      []*Flow             // work that steps give to agents in their own right, see [Pass.StepRuns]
	peers     [][2]string         // files that ask and files that answer over A2A
	gaps      []Gap
}

// joined is everything that passes said about one key.
type joined struct {
	key   string
	ref   Ref
	slug  string
	said  []*Element
	model *model.Element
	home  bool // described by the pass on the file where it is defined
}

// link makes one model of the fragments, with the system of each file. What it gives does not depend on their order.
func link(fragments []fragment, system map[string]string) linked {
	fragments = append([]fragment(nil), fragments...)
	sort.SliceStable(fragments, func(i, j int) bool {
		if fragments[i].path != fragments[j].path {
			return fragments[i].path < fragments[j].path
		}
		return fragments[i].extractor < fragments[j].extractor
	})
	l := &linker{system: system, byKey: map[string]*joined{}, instances: map[string][]string{}, shared: map[string]string{}, launched: map[string]Ref{}}
	l.templates(fragments)
	l.launches(fragments)
	for i := range fragments {
		for _, e := range fragments[i].elements {
			if !e.remark() && !l.replaced(e.Ref.key) && !l.replaced(e.about) && !(e.once && l.tool[e.Ref.key]) && !(e.model.Kind == model.Prompt && l.tool[e.about]) {
				l.element(e)
			}
		}
	}
	l.bars(fragments)
	for i := range fragments {
		for _, e := range fragments[i].elements {
			if e.remark() && !l.replaced(e.about) {
				l.remark(e)
			}
		}
	}
	for _, key := range l.keys {
		l.join(l.byKey[key])
	}
	entered := l.enters(fragments)
	l.name()
	found := &model.System{Elements: []*model.Element{}, Flows: []*model.Flow{}}
	for _, key := range l.keys {
		if j := l.byKey[key]; j.model != nil {
			found.Elements = append(found.Elements, j.model)
		}
	}
	said := len(entered)
	for i := range fragments {
		said += len(fragments[i].flows)
	}
	flows := make(map[string]*model.Flow, said)
	for i := range fragments {
		for _, f := range fragments[i].flows {
			l.flow(f, flows)
		}
	}
	for _, f := range append(entered, l.runs...) {
		l.flow(f, flows)
	}
	for _, f := range flows {
		finishEvidence(&f.Evidence)
		found.Flows = append(found.Flows, f)
	}
	l.controls(fragments, flows, found)
	l.unresolved(fragments, flows)
	found.Sort()
	return linked{found, l.gaps}
}

// remark tells whether an element without a name only adds to what others describe.
func (e *Element) remark() bool { return e.model.Name == "" && len(e.model.Evidence) == 0 }

// remark adds a remark to what it is about: the object, all objects of a factory, or the factory's stand-in. About
// something that nobody describes it says nothing.
func (l *linker) remark(e *Element) {
	for _, key := range l.remarked(e.Ref) {
		if j := l.byKey[key]; j != nil && !(e.unbarred && l.barred[key]) {
			j.said = append(j.said, e)
		}
	}
}

// remarked lists what a remark is about.
func (l *linker) remarked(ref Ref) []string {
	if key, ok := l.shared[ref.key]; ok {
		return []string{key}
	}
	if list := l.instances[ref.key]; len(list) > 0 {
		return list
	}
	if template := ref.more().template; l.byKey[ref.key] == nil && template != "" {
		return append([]string{template}, l.instances[template]...)
	}
	return []string{ref.key}
}

func (l *linker) element(e *Element) {
	if key, ok := l.shared[e.Ref.key]; ok {
		e.Ref.key = key
	}
	if ref, ok := l.launched[e.Ref.key]; ok {
		if e.model.Kind == model.External && !strings.HasPrefix(ref.key, sharedKey) && l.isAgent[ref.key] {
			return // what is asked by its name is described where it is defined
		}
		e.Ref = ref
		e.facts.drop("third-party") // its source is in the tree, wherever it is fetched from
	}
	j := l.byKey[e.Ref.key]
	if j == nil {
		j = &joined{key: e.Ref.key, ref: e.Ref, slug: e.slug}
		l.byKey[e.Ref.key] = j
		l.keys = append(l.keys, e.Ref.key)
	}
	if e.pass.Path() == e.Ref.path && !j.home {
		// The file that defines a thing says best what it is.
		j.home = true
		j.ref, j.slug = e.Ref, e.slug
		j.said = append([]*Element{e}, j.said...)
		return
	}
	j.said = append(j.said, e)
}

// templates finds which descriptions stand for "whatever this factory makes" where the objects that it makes are
// known: those count instead.
func (l *linker) templates(fragments []fragment) {
	said := 0
	for i := range fragments {
		said += len(fragments[i].elements)
	}
	described, listed := make(map[string]bool, said), map[string]bool{}
	for i := range fragments {
		for _, e := range fragments[i].elements {
			described[e.Ref.key] = described[e.Ref.key] || !e.remark()
		}
	}
	l.ofClass = map[string][]string{}
	for i := range fragments {
		for _, e := range fragments[i].elements {
			if c := e.Ref.class; c != "" && !described[c] && !e.remark() && len(l.ofClass[c]) <= mostOfClass && !slices.Contains(l.ofClass[c], e.Ref.key) {
				l.ofClass[c] = append(l.ofClass[c], e.Ref.key)
			}
		}
	}
	for i := range fragments {
		for _, e := range fragments[i].elements {
			more := e.Ref.more()
			t := more.template
			if !described[t] && more.pattern != "" {
				t = more.pattern
			}
			if t == "" || t == e.Ref.key || !described[t] || listed[e.Ref.key] || e.remark() {
				continue
			}
			listed[e.Ref.key] = true
			if rest, ok := strings.CutPrefix(e.Ref.key, "made:"); ok && t == "object:"+rest {
				l.shared[t] = e.Ref.key
			}
			l.instances[t] = append(l.instances[t], e.Ref.key)
		}
	}
	l.covers(fragments, described)
}

// covers finds the questions that are asked for something else, which counts in their stead.
func (l *linker) covers(fragments []fragment, described map[string]bool) {
	more, once, works := make(map[string]bool, len(described)), make(map[string]bool, len(described)), make(map[string]bool, len(described))
	l.tool, l.covered = map[string]bool{}, map[string]bool{}
	for i := range fragments {
		for _, e := range fragments[i].elements {
			more[e.Ref.key] = more[e.Ref.key] || !e.once && !e.remark()
			once[e.Ref.key] = once[e.Ref.key] || e.once
			works[e.Ref.key] = works[e.Ref.key] || e.model.Kind == model.Agent || e.model.Kind == model.Tool
		}
	}
	for i := range fragments {
		for _, e := range fragments[i].elements {
			if once[e.Ref.key] && e.model.Kind == model.Tool {
				l.tool[e.Ref.key] = true
			}
		}
	}
	for i := range fragments {
		for _, c := range fragments[i].covers {
			if works[c.by.key] && described[c.by.key] && described[c.of.key] && !more[c.of.key] && !slices.Contains(l.instances[c.of.key], c.by.key) {
				l.instances[c.of.key] = append(l.instances[c.of.key], c.by.key)
				l.covered[c.of.key] = true
			} else if c.runs != nil && works[c.by.key] && described[c.by.key] && described[c.of.key] && more[c.of.key] {
				l.runs = append(l.runs, c.runs)
			}
		}
	}
}

// replaced tells whether a key is that of such a stand-in.
func (l *linker) replaced(key string) bool {
	return len(l.instances[key]) > 0 && l.shared[key] == ""
}

// resolve gives the keys of the elements that a Ref is about.
func (l *linker) resolve(r Ref) []string {
	if key, ok := l.shared[r.key]; ok {
		return []string{key}
	}
	if ref, ok := l.launched[r.key]; ok {
		return l.resolve(ref)
	}
	if len(l.instances[r.key]) > 0 {
		return l.objects(r.key, nil, map[string]bool{})
	}
	if j := l.byKey[r.key]; j != nil && j.model != nil {
		return []string{r.key}
	}
	if list := l.ofClass[r.key]; len(list) > 0 && len(list) <= mostOfClass { // said of a class: of its objects
		var found []string
		for _, key := range list {
			for _, one := range l.resolve(Ref{key: key}) {
				if !slices.Contains(found, one) {
					found = append(found, one)
				}
			}
		}
		return found
	}
	// An object that a factory made, seen only as what the factory makes.
	if more := r.more(); more.template != "" && more.template != r.key {
		if found := l.resolve(Ref{key: more.template}); len(found) > 0 || more.pattern == "" || more.pattern == more.template {
			return found
		}
		return l.resolve(Ref{key: more.pattern})
	}
	return nil
}

// ofObjects tells whether what is said of a class or of a factory counts for the objects that they make.
func (l *linker) ofObjects(r Ref) bool {
	_, shared := l.shared[r.key]
	_, launched := l.launched[r.key]
	if shared || launched || !strings.HasPrefix(r.key, "def:") {
		return false
	}
	j := l.byKey[r.key]
	return len(l.instances[r.key]) > 0 || (j == nil || j.model == nil) && len(l.ofClass[r.key]) > 0
}

// objects gives the elements that stand for a pattern; where one of them is a pattern itself, those of that.
func (l *linker) objects(pattern string, found []string, seen map[string]bool) []string {
	for _, key := range l.instances[pattern] {
		switch {
		case seen[key]:
			continue
		case len(l.instances[key]) > 0 && l.shared[key] == "":
			seen[key] = true
			found = l.objects(key, found, seen)
			continue
		}
		seen[key] = true
		if j := l.byKey[key]; j != nil && j.model != nil {
			found = append(found, key)
		}
	}
	return found
}

// join makes one element of all that was said about it.
func (l *linker) join(j *joined) {
	first := j.said[0]
	m := first.model
	m.Origin = model.Observed
	m.Effects, m.Facts = map[string]model.Fact{}, map[string]model.Fact{}
	m.Evidence, m.Aliases = nil, nil
	scope := ""
	for _, e := range j.said {
		if m.Name == "" { // some descriptions only add a fact
			m.Name, j.slug = e.model.Name, e.slug
		}
		if m.Technology == "" {
			m.Technology = e.model.Technology
		}
		if m.Detail == "" {
			m.Detail = e.model.Detail
		}
		if e.model.Name != m.Name && e.model.Name != "" {
			m.Aliases = append(m.Aliases, e.model.Name)
		}
		m.Aliases = append(m.Aliases, e.model.Aliases...)
		if len(m.Evidence) < 16*mostEvidence {
			m.Evidence = append(m.Evidence, e.model.Evidence...)
		}
		joinFacts(m.Facts, e.facts)
		joinFacts(m.Effects, e.effects)
		if s := e.pass.scopeOf(e.pass.Path()); scope == "" || scopeRank(s) < scopeRank(scope) {
			scope = s
		}
	}
	if j.home {
		scope = first.pass.scopeOf(j.ref.path)
	}
	m.Scope = scope
	m.System = j.ref.sharedIn()
	if m.System == "" {
		m.System = l.system[j.ref.path]
	}
	if m.System == "" {
		m.System = l.system[first.pass.Path()]
	}
	m.Layer = layerOf(m.Kind)
	finishEvidence(&m.Evidence)
	j.model = &m
}

func layerOf(k model.Kind) string {
	for _, info := range model.Kinds {
		if info.Kind == k {
			return info.Layer
		}
	}
	return ""
}

func scopeRank(s string) int {
	switch s {
	case source.ScopeMain:
		return 0
	case source.ScopeExample:
		return 1
	case source.ScopeTest:
		return 2
	}
	return 3
}

// joinFacts takes over facts; where two places disagree, yes wins over no (it was seen), and what was said first over
// other words.
func joinFacts(into map[string]model.Fact, from saidFacts) {
	for i := range from {
		name, f := from[i].name, from[i].Fact
		old, ok := into[name]
		switch {
		case !ok:
			into[name] = f
		case old.Value == f.Value:
			// What is said of one thing in a thousand places needs no thousand places.
			if len(old.Evidence) < mostEvidence && len(f.Evidence) > 0 && !slices.Contains(old.Evidence, f.Evidence[0]) {
				old.Evidence = append(old.Evidence[:len(old.Evidence):len(old.Evidence)], f.Evidence...)
				into[name] = old
			}
		case f.Value == model.Yes && old.Value == model.No:
			into[name] = f
		case name == "entry" && (f.Value == model.Unknown && old.Value == model.No || f.Value == model.Yes):
			into[name] = f // what one run is given says nothing of another
		}
	}
}

// finishEvidence removes duplicates, keeps the first place first and orders the rest.
func finishEvidence(list *[]model.Evidence) {
	if len(*list) == 0 {
		*list = []model.Evidence{}
		return
	}
	first := (*list)[0]
	rest := append([]model.Evidence(nil), (*list)[1:]...)
	sort.SliceStable(rest, func(i, j int) bool { return before(rest[i], rest[j]) })
	out := []model.Evidence{first}
	for _, e := range rest {
		if e != first && e != out[len(out)-1] {
			out = append(out, e)
		}
	}
	if len(out) > mostEvidence {
		out = out[:mostEvidence]
	}
	*list = out
}

func before(a, b model.Evidence) bool {
	switch {
	case a.File != b.File:
		return a.File < b.File
	case a.Line != b.Line:
		return a.Line < b.Line
	case a.Col != b.Col:
		return a.Col < b.Col
	case a.EndLine != b.EndLine:
		return a.EndLine < b.EndLine
	}
	return a.EndCol < b.EndCol
}

// flow adds a flow between ids; several, when an end stands for several objects.
func (l *linker) flow(f *Flow, flows map[string]*model.Flow) {
	if l.covered[f.to.key] || l.covered[f.from.key] && (f.kind != model.ToolCall || f.about != "") {
		return // what counts in its stead says what it does, but for tools that it lets its provider run
	}
	if (f.kind == model.PromptFlow || f.kind == model.Delegation) && (l.tool[f.from.key] || l.tool[f.to.key]) {
		return
	}
	if l.replaced(f.about) || l.replaced(f.from.key) && l.replaced(f.to.key) {
		return // inside a factory: each object that it makes says this for itself
	}
	from, to := l.resolve(f.from), l.resolve(f.to)
	if len(from) == 0 || len(to) == 0 {
		end := f.to
		if len(from) == 0 {
			end = f.from
		}
		if len(f.evidence) > 0 && !f.open {
			l.gaps = append(l.gaps, Gap{
				What: fmt.Sprintf("%s flow", f.kind), Why: "nothing describes " + end.describe(), Evidence: f.evidence[0],
				Tools: f.kind == model.ToolCall || f.kind == model.Provides, System: l.system[f.evidence[0].File],
			})
		}
		return
	}
	for _, a := range from {
		for _, b := range to {
			x, y := l.byKey[a].model, l.byKey[b].model
			if f.open && (!fits(f.kind, x.Kind, y.Kind) || len(f.only) > 0 && !oneOf(y.Kind, f.only) || x == y) {
				continue
			}
			if !fits(f.kind, x.Kind, y.Kind) {
				if len(f.evidence) > 0 {
					l.gaps = append(l.gaps, Gap{
						What: fmt.Sprintf("%s flow", f.kind), Why: fmt.Sprintf("it cannot go from %s to %s", x.Kind, y.Kind), Evidence: f.evidence[0],
					})
				}
				continue
			}
			id := model.FlowID(f.kind, x.ID, y.ID)
			m := flows[id]
			if m == nil {
				m = &model.Flow{ID: id, Kind: f.kind, From: x.ID, To: y.ID, Origin: model.Observed, Facts: map[string]model.Fact{}}
				flows[id] = m
			}
			if m.Label == "" {
				m.Label = f.label
			}
			joinFacts(m.Facts, f.facts)
			if len(m.Evidence) < 16*mostEvidence {
				m.Evidence = append(m.Evidence, f.evidence...)
			}
		}
	}
}

// describe names what a Ref is about, for people.
func (r Ref) describe() string {
	if r.symbol != "" {
		return r.symbol + " of " + r.path
	}
	if r.path != "" {
		return "an object made in " + r.path
	}
	return "its other end"
}

// fits tells whether a flow of a kind may stand between elements of these kinds.
func fits(kind model.FlowKind, from, to model.Kind) bool {
	for _, info := range model.FlowKinds {
		if info.Kind == kind {
			return oneOf(from, info.From) && oneOf(to, info.To)
		}
	}
	return false
}

func oneOf(k model.Kind, list []model.Kind) bool {
	for _, other := range list {
		if other == k {
			return true
		}
	}
	return list == nil
}

// controls puts placements on ids.
func (l *linker) controls(fragments []fragment, flows map[string]*model.Flow, system *model.System) {
	index := map[string]int{}
	place := func(p model.Placement) {
		key := p.Control + "\x00" + p.On + "\x00" + p.By
		if i, ok := index[key]; ok {
			old := &system.Controls[i]
			switch { // what was seen counts, whichever file comes first, before what a product does by itself
			case old.Origin == model.Assumed && p.Origin != model.Assumed:
				finishEvidence(&p.Evidence)
				*old = p
				return
			case old.Origin != model.Assumed && p.Origin == model.Assumed:
				return
			}
			old.Evidence = append(old.Evidence, p.Evidence...)
			finishEvidence(&old.Evidence)
			return
		}
		finishEvidence(&p.Evidence)
		index[key] = len(system.Controls)
		system.Controls = append(system.Controls, p)
	}
	for i := range fragments {
		for _, c := range fragments[i].controls {
			if l.replaced(c.about) {
				continue
			}
			var on []string
			if f := c.on.more().flow; f != nil {
				for _, a := range l.resolve(f.from) {
					for _, b := range l.resolve(f.to) {
						if id := model.FlowID(f.kind, l.byKey[a].model.ID, l.byKey[b].model.ID); flows[id] != nil {
							on = append(on, id)
						}
					}
				}
			} else {
				for _, key := range l.resolve(c.on) {
					on = append(on, l.byKey[key].model.ID)
				}
			}
			by := ""
			if keys := l.resolve(c.by); len(keys) > 0 {
				by = l.byKey[keys[0]].model.ID
			}
			for _, id := range on {
				p := model.Placement{Control: c.id, On: id, By: by, State: c.state, Origin: model.Observed, Reason: c.reason}
				if c.byDefault {
					p.Origin = model.Assumed
				}
				p.Evidence = append(p.Evidence, c.evidence...)
				place(p)
			}
		}
	}
}

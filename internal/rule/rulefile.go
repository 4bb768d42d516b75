package rule

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// ruleKeys lists the keys of rule.yaml in the order in which they are written.
var ruleKeys = []string{
	"id", "title", "since", "on", "kinds", "names", "from", "to", "of", "share", "bind", "when", "widens", "message", "about",
	"follows", "told_by", "success", "requires", "grants", "severity", "maps", "controls", "controls_why", "doc", "avoid", "prefer", "false_positives",
}

var (
	bindKeys  = []string{"name", "kinds", "from", "to", "from_kinds", "to_kinds", "when", "set", "each", "absent", "relayed"}
	shareKeys = []string{"kinds", "of"}
	useKeys   = []string{"control", "on", "ends"}
	rangeKeys = []string{"pert", "evidence"}
)

// requiredKeys must stand in every rule.
var requiredKeys = []string{"id", "title", "since", "on", "when", "message", "maps", "controls", "doc", "avoid", "prefer", "false_positives"}

// Layers are the folders that rules stand in.
var Layers = []string{
	"l1-foundation-models", "l2-data-operations", "l3-agent-frameworks", "l4-deployment-infrastructure",
	"l5-evaluation-observability", "l6-security-compliance", "l7-agent-ecosystem", "cross-layer", "lifecycle", "code",
}

var (
	idForm    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	nameForm  = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	sinceForm = regexp.MustCompile(`^v[0-9]+\.[0-9]+$`)
)

// reservedNames cannot be the names of binds.
var reservedNames = []string{"flow", "element", "a", "b", "shared", "cycle", "old", "new", "in", "true", "false", "null", "any", "all"}

// ruleReader reads one rule.yaml.
type ruleReader struct {
	decoder
	options Options
	keys    map[string]key
	rule    *Rule
}

// readRule reads a rule; nil with diagnostics when anything is wrong with it.
func readRule(file *source.File, tree fs.FS, folder string, options Options) (*Rule, []source.Diagnostic) {
	r := &ruleReader{decoder: decoder{file: file}, options: options, rule: &Rule{File: file, Maps: map[string][]string{}}}
	root := r.open("a rule")
	if root.IsZero() {
		return nil, r.troubles
	}
	r.keys = r.decoder.keys(root, "a rule", ruleKeys)
	for _, name := range requiredKeys {
		if _, ok := r.keys[name]; !ok {
			r.trouble("missing-key", file.Span(0, 0), whyRequired[name], "the rule has no %s", name)
		}
	}
	r.identity(tree, folder)
	r.where()
	r.binds()
	r.expressions()
	r.condition()
	r.step()
	r.maps()
	r.controls()
	if r.failed() {
		return nil, r.troubles
	}
	return r.rule, r.troubles
}

// whyRequired says what to do about a missing key.
var whyRequired = map[string]string{
	"maps":            "name the layer and at least one other framework, such as maestro: [L3] and owasp-asi: [T6]",
	"controls":        "list what would guard against it, or write controls: [] and say why in controls_why",
	"when":            "write when: \"true\" if the kinds alone decide",
	"false_positives": "say where the rule would be wrong",
	"success":         "give pert: [least, most likely, most] and evidence: rows or judgement",
	"severity":        "a condition is on no path, so nobody else can say how bad it is",
}

// scalar reads a key's text; "" when it is missing, which is said elsewhere if it must be there.
func (r *ruleReader) scalar(name string) string {
	k, ok := r.keys[name]
	if !ok {
		return ""
	}
	return strings.TrimRight(r.text(k.value, name), "\n")
}

func (r *ruleReader) identity(tree fs.FS, folder string) {
	rule := r.rule
	rule.ID, rule.Title, rule.Since = r.scalar("id"), r.scalar("title"), r.scalar("since")
	rule.Doc, rule.Avoid, rule.Prefer, rule.FalsePositives = r.scalar("doc"), r.scalar("avoid"), r.scalar("prefer"), r.scalar("false_positives")
	if k, ok := r.keys["id"]; ok && rule.ID != "" {
		switch {
		case !idForm.MatchString(rule.ID):
			r.trouble("bad-id", k.value.Span(), "use lower case words joined by hyphens", "%q is not an id", rule.ID)
		case path.Base(folder) != rule.ID:
			r.trouble("id-and-folder", k.value.Span(), "the folder's name is the id", "rule %s stands in folder %s", rule.ID, path.Base(folder))
		}
	}
	rule.Layer = path.Base(path.Dir(folder))
	if !contains(Layers, rule.Layer) {
		r.trouble("unknown-layer", r.file.Span(0, 0), didYouMean(rule.Layer, Layers), "the rule stands in %q, which is not a layer's folder", rule.Layer)
	}
	if k, ok := r.keys["since"]; ok && rule.Since != "" && !sinceForm.MatchString(rule.Since) {
		r.trouble("bad-since", k.value.Span(), "for example v0.1", "%q is not a version", rule.Since)
	}
	if _, err := fs.Stat(tree, path.Join(folder, "rule_test.txtar")); err != nil {
		r.trouble("no-fixture", r.file.Span(0, 0), "put examples that it finds and passes over into rule_test.txtar", "the rule has no rule_test.txtar beside it")
	}
}

// where reads what is visited: on, kinds and what belongs to the kind of visit.
func (r *ruleReader) where() {
	rule := r.rule
	if k, ok := r.keys["on"]; ok {
		rule.On = On(r.text(k.value, "on"))
		if rule.On != "" && !contains(onWords, string(rule.On)) {
			r.trouble("bad-on", k.value.Span(), didYouMean(string(rule.On), onWords), "a rule cannot be on %q", rule.On)
		}
	}
	k, ok := r.keys["kinds"]
	if rule.Code() {
		r.places(k, ok)
	} else if !ok {
		r.trouble("missing-key", r.file.Span(0, 0), "kinds are the index by which a rule is asked", "the rule has no kinds")
	} else {
		tables := map[On][]map[string]bool{
			OnElement: {elementKindSet}, OnPair: {elementKindSet}, OnFlow: {flowKindSet}, OnCycle: {flowKindSet},
		}[rule.On]
		if tables == nil {
			tables = []map[string]bool{elementKindSet, flowKindSet}
		}
		rule.Kinds = r.decoder.kinds(k.value, "kinds", tables...)
		if len(rule.Kinds) == 0 {
			r.trouble("empty-value", k.value.Span(), "", "kinds is empty")
		}
	}
	if names, ok := r.keys["names"]; ok && rule.On != OnCall {
		r.trouble("key-and-on", names.at.Span(), "names belongs to on: call", "a rule on: %s has no names", rule.On)
	}
	only := func(name string, on On) (key, bool) {
		k, ok := r.keys[name]
		if ok && rule.On != on {
			r.trouble("key-and-on", k.at.Span(), fmt.Sprintf("%s belongs to on: %s", name, on), "a rule on: %s has no %s", rule.On, name)
			return k, false
		}
		return k, ok
	}
	if k, ok := only("from", OnFlow); ok {
		rule.From = r.decoder.kinds(k.value, "from", elementKindSet)
	}
	if k, ok := only("to", OnFlow); ok {
		rule.To = r.decoder.kinds(k.value, "to", elementKindSet)
	}
	if k, ok := only("of", OnCycle); ok {
		rule.Of = r.decoder.kinds(k.value, "of", elementKindSet)
	} else if rule.On == OnCycle {
		rule.Of = []string{string(model.Agent), string(model.Orchestrator)}
	}
	if k, ok := only("share", OnPair); ok {
		keys := r.decoder.keys(k.value, "share", shareKeys)
		rule.Share = &Share{}
		if kinds, ok := keys["kinds"]; ok {
			rule.Share.Kinds = r.decoder.kinds(kinds.value, "kinds of share", flowKindSet)
		}
		if of, ok := keys["of"]; ok {
			rule.Share.Of = r.decoder.kinds(of.value, "of of share", elementKindSet)
		}
		if len(rule.Share.Kinds) == 0 || len(rule.Share.Of) == 0 {
			r.trouble("missing-key", k.at.Span(), "for example share: {kinds: [memory-read], of: [memory]}", "share needs kinds and of")
		}
	} else if rule.On == OnPair {
		r.trouble("missing-key", r.file.Span(0, 0), "for example share: {kinds: [memory-read], of: [memory]}", "a rule on: pair needs share")
	}
	if rule.On == OnChange && len(rule.Kinds) > 0 {
		for _, kind := range rule.Kinds {
			if elementKindSet[kind] != elementKindSet[rule.Kinds[0]] {
				r.trouble("mixed-kinds", r.keys["kinds"].value.Span(), "write two rules", "a rule on: change names kinds of elements or of flows, not both")
				break
			}
		}
	}
	rule.names = r.subject()
	rule.paths = names{}
	for name, t := range rule.names {
		rule.paths[name] = t
	}
}

// places reads which places in code are visited.
func (r *ruleReader) places(kinds key, hasKinds bool) {
	rule := r.rule
	if hasKinds {
		rule.Kinds = r.decoder.kinds(kinds.value, "kinds of a "+string(rule.On), subjectKindSet(rule.On))
	}
	if k, ok := r.keys["names"]; ok && rule.On == OnCall {
		rule.Names, _ = r.texts(k.value, "names")
	}
	if len(rule.Kinds)+len(rule.Names) == 0 {
		r.trouble("missing-key", r.file.Span(0, 0), "kinds are the index by which a rule is asked; a rule on: call may give names of calls in their place", "the rule has no kinds")
	}
	for _, name := range [...]string{"bind", "widens", "follows"} {
		if k, ok := r.keys[name]; ok && name == "bind" {
			r.trouble("key-and-on", k.at.Span(), "", "a rule on: %s has no %s", rule.On, name)
		}
	}
}

// subject gives the names that the kind of visit binds.
func (r *ruleReader) subject() names {
	switch r.rule.On {
	case OnFlow:
		return names{"flow": flowT}
	case OnElement:
		return names{"element": elementT}
	case OnPair:
		return names{"a": elementT, "b": elementT, "shared": elementT}
	case OnCycle:
		return names{"cycle": cycleT}
	case OnChange:
		if len(r.rule.Kinds) > 0 && flowKindSet[r.rule.Kinds[0]] && !elementKindSet[r.rule.Kinds[0]] {
			return names{"old": flowT, "new": flowT}
		}
		return names{"old": elementT, "new": elementT}
	}
	if t := codeSorts[r.rule.On]; t != noType {
		return names{r.rule.On.subjectName(): t}
	}
	return names{}
}

// binds reads the named flows. A bind sees what is bound before it and itself.
func (r *ruleReader) binds() {
	k, ok := r.keys["bind"]
	if !ok {
		return
	}
	if !k.value.Is(syntax.List) {
		r.trouble("not-a-list", k.value.Span(), "", "bind must be a list")
		return
	}
	if r.rule.On == OnCycle {
		r.trouble("key-and-on", k.at.Span(), "", "a rule on: %s has no bind", r.rule.On)
		return
	}
	for _, item := range r.list(k.value) {
		r.bind(item)
	}
}

func (r *ruleReader) bind(item syntax.Node) {
	rule := r.rule
	keys := r.decoder.keys(item, "a bind", bindKeys)
	var b Bind
	get := func(name string) string {
		if k, ok := keys[name]; ok {
			return r.text(k.value, name)
		}
		return ""
	}
	b.Name, b.From, b.To = get("name"), get("from"), get("to")
	switch _, taken := rule.paths[b.Name]; {
	case b.Name == "":
		r.trouble("missing-key", item.Span(), "", "a bind has no name")
	case !nameForm.MatchString(b.Name) || contains(reservedNames, b.Name):
		r.trouble("bad-name", keys["name"].value.Span(), "use a lower case word of your own", "%q cannot be the name of a bind", b.Name)
	case taken:
		r.trouble("bad-name", keys["name"].value.Span(), "", "%q is bound already", b.Name)
	}
	if k, ok := keys["kinds"]; ok {
		b.Kinds = r.decoder.kinds(k.value, "kinds of a bind", flowKindSet)
	}
	if len(b.Kinds) == 0 {
		r.trouble("missing-key", item.Span(), "", "bind %s has no kinds of flow", b.Name)
	}
	if k, ok := keys["from_kinds"]; ok {
		b.FromKinds = r.decoder.kinds(k.value, "from_kinds", elementKindSet)
	}
	if k, ok := keys["to_kinds"]; ok {
		b.ToKinds = r.decoder.kinds(k.value, "to_kinds", elementKindSet)
	}
	if b.From == "" && b.To == "" {
		r.trouble("no-join", item.Span(), "give from or to an element that is bound already, such as flow.to", "bind %s is joined to nothing", b.Name)
	}
	join := func(name, text string) dotted {
		if text == "" {
			return dotted{}
		}
		p, trouble := parsePath(text, rule.names, false)
		if trouble == nil && p.typ != elementT {
			trouble = &problem{0, fmt.Sprintf("%s is %s; a flow is joined to an element", text, typeWords[p.typ]), ""}
		}
		if trouble != nil {
			r.inside(keys[name].value, trouble)
		}
		return p
	}
	b.from, b.to = join("from", b.From), join("to", b.To)
	if k, ok := keys["set"]; ok {
		b.Set = int(r.number(k.value, "set"))
		if b.Set < 1 {
			r.trouble("bad-set", k.value.Span(), "set: 1 means one of the matches is enough", "set must be at least 1")
		}
	}
	if k, ok := keys["each"]; ok {
		if b.Each = r.boolean(k.value, "each"); b.Each && b.Set > 0 {
			r.trouble("bad-each", k.at.Span(), "a set is what a step needs, each what it gives", "a bind cannot be a set and each")
			b.Each = false
		}
		if b.Each && b.From != "" && b.To != "" {
			r.trouble("bad-each", k.at.Span(), "give from or to, not both", "bind %s names both ends, so there is nothing that each could be", b.Name)
		}
		if b.Each {
			b.Set = 1 // one match is enough for the rule to apply
		}
	}
	if k, ok := keys["absent"]; ok {
		b.Absent = r.boolean(k.value, "absent")
		if b.Absent && b.Set > 0 {
			r.trouble("bad-set", k.at.Span(), "", "a bind cannot be a set and absent")
		}
	}
	if k, ok := keys["relayed"]; ok {
		if b.Relayed = r.boolean(k.value, "relayed"); b.Relayed && (b.From == "" || b.To != "") {
			r.trouble("bad-relayed", k.at.Span(), "name whose words are passed on by from, and the other end by to_kinds", "bind %s is relayed, so it is joined at its start alone", b.Name)
			b.Relayed = false
		}
	}
	var when *expression
	if k, ok := keys["when"]; ok {
		b.When = strings.TrimRight(r.text(k.value, "when"), "\n")
		visible := names{b.Name: flowT}
		for name, t := range rule.names {
			visible[name] = t
		}
		when = newExpression(r.file, k.value, b.When, visible)
	}
	rule.bindWhen = append(rule.bindWhen, when)
	rule.Binds = append(rule.Binds, b)
	switch {
	case b.Absent:
	case b.Each:
		rule.paths[b.Name] = eachT
	case b.Set > 0:
		rule.paths[b.Name] = setT
	default:
		rule.names[b.Name], rule.paths[b.Name] = flowT, flowT
	}
}

// inside turns trouble at an offset of a scalar into a diagnostic.
func (r *ruleReader) inside(node syntax.Node, trouble *problem) {
	text := node.Text()
	r.trouble("bad-expression", wordSpan(r.file, scalarMap(node), text, trouble.offset), trouble.hint, "%s", trouble.message)
}

func (r *ruleReader) expressions() {
	rule := r.rule
	if k, ok := r.keys["when"]; ok {
		if rule.When = r.scalar("when"); rule.When != "" {
			rule.when = newExpression(r.file, k.value, rule.When, rule.names)
		}
	}
	if k, ok := r.keys["widens"]; ok {
		if rule.Widens = r.scalar("widens"); rule.Widens != "" {
			rule.widens = newExpression(r.file, k.value, rule.Widens, rule.names)
		}
	}
	if k, ok := r.keys["message"]; ok {
		rule.Message = r.scalar("message")
		var trouble *problem
		if rule.message, trouble = parseTemplate(rule.Message, rule.paths); trouble != nil {
			r.inside(k.value, trouble)
		}
	}
}

// condition reads what makes one condition of several findings.
func (r *ruleReader) condition() {
	rule := r.rule
	if k, ok := r.keys["about"]; ok {
		texts, at := r.texts(k.value, "about")
		for i, text := range texts {
			p, trouble := parsePath(text, rule.names, false)
			if trouble == nil && p.typ != elementT && p.typ != flowT {
				trouble = &problem{0, fmt.Sprintf("%s is %s; a condition is about elements or flows", text, typeWords[p.typ]), ""}
			}
			if trouble != nil {
				r.inside(at[i], trouble)
			}
			rule.about = append(rule.about, p)
		}
		rule.About = texts
	}
	if k, ok := r.keys["follows"]; ok {
		rule.Follows = r.boolean(k.value, "follows")
		if _, step := r.keys["requires"]; rule.Follows && !step {
			r.trouble("key-and-on", k.at.Span(), "", "a rule that requires nothing follows from nothing")
		}
	}
	if k, ok := r.keys["told_by"]; ok {
		rule.ToldBy, _ = r.texts(k.value, "told_by")
		if _, step := r.keys["requires"]; step {
			r.trouble("key-and-on", k.at.Span(), "", "only a condition is told by other rules, and this rule is a step")
		}
	}
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

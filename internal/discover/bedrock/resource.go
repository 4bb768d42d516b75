package bedrock

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Infrastructure code makes agents, too: constructs of the CDK in Python and TypeScript, templates of CloudFormation and
// SAM. Each says the same properties in a spelling of its own; here they all become dictionaries with the spelling of
// the SDK, and are read once.

// resource is a thing that infrastructure code makes.
type resource struct {
	kind  string // the type of CloudFormation without "AWS::"
	ref   discover.Ref
	id    string // the name that the code or template gives it
	props *code.Value
	at    source.Span
}

// mostDeep is how deep properties are looked into.
const mostDeep = 12

// plain makes a value of a configuration's node, with keys as the SDK spells them.
func plain(n syntax.Node, depth int) *code.Value {
	v := &code.Value{Node: n, Text: n.Text()}
	if depth > mostDeep {
		return v
	}
	switch n.Kind() {
	case syntax.Map:
		v.Kind, v.Text = code.Dict, ""
		for k, one := range n.Pairs() {
			v.Pairs = append(v.Pairs, code.Entry{Key: &code.Value{Kind: code.String, Node: k, Text: spelt(k.Text())}, Value: plain(one, depth+1)})
		}
	case syntax.List:
		v.Kind, v.Text = code.List, ""
		for one := range n.Children() {
			v.Items = append(v.Items, plain(one, depth+1))
		}
	case syntax.String:
		v.Kind = code.String
	case syntax.Number:
		v.Kind = code.Number
	case syntax.Bool:
		v.Kind = code.Bool
	case syntax.Null:
		v.Kind = code.Null
	}
	return v
}

// spelt is a property as the SDK spells it: agent_name and AgentName are agentName.
func spelt(key string) string {
	if strings.Contains(key, "_") {
		parts := strings.Split(key, "_")
		for i, part := range parts {
			if i > 0 {
				r, n := utf8.DecodeRuneInString(part)
				parts[i] = string(unicode.ToUpper(r)) + part[n:]
			}
		}
		return strings.Join(parts, "")
	}
	r, n := utf8.DecodeRuneInString(key)
	if n == 0 || strings.Contains(key, "::") {
		return key
	}
	return string(unicode.ToLower(r)) + key[n:]
}

// said makes a dictionary of what a construct is made with: its keywords, or the object of options; the same within.
func said(v *code.Value, depth int) *code.Value {
	if v == nil || depth > mostDeep {
		return v
	}
	switch v.Kind {
	case code.Dict:
		d := &code.Value{Kind: code.Dict, Node: v.Node, Open: v.Open}
		for _, pair := range v.Pairs {
			key := *pair.Key
			key.Text = spelt(key.Text)
			d.Pairs = append(d.Pairs, code.Entry{Key: &key, Value: said(pair.Value, depth+1)})
		}
		return d
	case code.List:
		l := &code.Value{Kind: code.List, Node: v.Node, Open: v.Open}
		for _, one := range v.Items {
			l.Items = append(l.Items, said(one, depth+1))
		}
		return l
	case code.Instance:
		if strings.HasSuffix(v.Ref.Last(), "Property") {
			return options(v, depth+1)
		}
	}
	return v
}

// options is what a construct is made with, as a dictionary.
func options(v *code.Value, depth int) *code.Value {
	d := &code.Value{Kind: code.Dict, Node: v.Node}
	for _, a := range v.Args() {
		if a.Key.Text != "" {
			key := *a.Key
			key.Text = spelt(key.Text)
			d.Pairs = append(d.Pairs, code.Entry{Key: &key, Value: said(a.Value, depth+1)})
			continue
		}
		for _, one := range a.Value.Each() {
			if one.Is(code.Dict) {
				d.Pairs = append(d.Pairs, said(one, depth+1).Pairs...)
			}
		}
	}
	return d
}

// resources describes what infrastructure code makes. To tells what a property of another resource points to.
func (x *pass) resources(all []resource, to func(*code.Value) *resource) {
	for i := range all {
		r := &all[i]
		switch r.kind {
		case "Bedrock::Agent":
			x.madeAgent(r, to)
		case "Bedrock::KnowledgeBase":
			x.madeBase(r, to)
		}
	}
	for i := range all {
		r := &all[i]
		switch r.kind {
		case "Bedrock::DataSource":
			x.madeSource(r, to)
		case "Bedrock::AgentActionGroup": // of the constructs that say it apart
			if owner := to(r.props.Get("agent")); owner != nil {
				x.group(owner.ref, owner.id, x.worded(r.props), r.at)
			}
		}
	}
}

// title is the name that a resource gives itself, else the one that the code gives it.
func (r *resource) title(key string) string {
	v := r.props.Get(key)
	name := v.Str()
	for _, one := range v.Each() {
		for _, h := range one.Holes {
			name = strings.ReplaceAll(name, "{"+h.Name+"}", "")
		}
	}
	if strings.Contains(name, "${") || strings.ContainsAny(name, "\n") || len(name) > 80 {
		name = ""
	}
	if name = strings.Trim(name, "-_ "); name != "" {
		return name
	}
	return r.id
}

// madeAgent describes an agent with what its properties say.
func (x *pass) madeAgent(r *resource, to func(*code.Value) *resource) {
	name := r.title("agentName")
	if n := r.title("name"); name == r.id && n != r.id {
		name = n
	}
	e := x.Element(model.Agent, r.ref, name, r.at).Technology(technology).Alias(r.id).Detail(r.props.Get("description").Str())
	x.Prompt(r.ref, name, r.props.Get("instruction"))
	if m := r.props.Get("foundationModel"); m != nil {
		if id, at := modelID(m); id != "" {
			x.UsesModel(r.ref, x.ModelNamed(id, provider, at), at)
		} else {
			x.Unresolved("the model of "+name, discover.WhyNot(m), m.Node.Span())
		}
	}
	if mode := r.props.Get("agentCollaboration").Str(); mode == "SUPERVISOR" || mode == "SUPERVISOR_ROUTER" {
		e.FactBecause("loops", model.Yes, "it supervises other agents until it answers", r.at)
	}
	for _, key := range []string{"guardrailConfiguration", "guardrail"} {
		x.guard(r.ref, r.props.Get(key))
	}
	if memory := r.props.Get("memoryConfiguration"); memory.Is(code.Dict) {
		ref := discover.Of(r.ref, "memory")
		x.Element(model.Memory, ref, name+" memory", memory.Node.Span()).Technology(technology).
			FactBecause("persistent", model.Yes, "the provider keeps it between sessions", memory.Node.Span())
		x.Remembers(r.ref, ref, memory.Node.Span())
	}
	for _, group := range listed(r.props.Get("actionGroups")) {
		if other := to(group); other != nil {
			group = other.props
		}
		if group.Is(code.Dict) {
			x.group(r.ref, name, x.worded(group), group.Node.Span())
			x.behind(r.ref, group, to)
		} else {
			done := x.ToolsOf(r.ref)
			x.UnresolvedTools("an action group of "+name, discover.WhyNot(group), group.Node.Span())
			done()
		}
	}
	for _, base := range listed(r.props.Get("knowledgeBases")) {
		id := base
		if base.Is(code.Dict) {
			id = base.Get("knowledgeBaseId")
		}
		if other := to(id); other != nil {
			x.Flow(model.Retrieval, other.ref, r.ref, base.Node.Span())
		} else if id != nil {
			x.Flow(model.Retrieval, x.base(known(id), base.Node.Span()), r.ref, base.Node.Span())
		}
	}
	for _, one := range items(r.props.Get("agentCollaborators")) {
		other := to(one.Get("agentDescriptor").Get("aliasArn"))
		if other != nil && other.kind == "Bedrock::AgentAlias" {
			other = to(other.props.Get("agentId"))
		}
		label := one.Get("collaboratorName").Str()
		switch {
		case other != nil && other.kind == "Bedrock::Agent":
			x.Flow(model.Delegation, r.ref, other.ref, one.Node.Span()).Label(label)
		case label != "":
			ref := discover.Of(r.ref, label)
			x.Element(model.Agent, ref, label, one.Node.Span()).Technology(technology).Detail("known here only as a collaborator")
			x.Flow(model.Delegation, r.ref, ref, one.Node.Span()).Label(label)
		default:
			x.Unresolved("a collaborator of "+name, "which agent it is could not be followed", one.Node.Span())
		}
	}
}

// worded gives the properties of an action group; constructs of the CDK call its name "name".
func (x *pass) worded(group *code.Value) func(string) *code.Value {
	return func(key string) *code.Value {
		v := group.Get(key)
		if v == nil && key == "actionGroupName" {
			v = group.Get("name")
		}
		return v
	}
}

// behind says what code an action group runs.
func (x *pass) behind(agent discover.Ref, group *code.Value, to func(*code.Value) *resource) {
	executor := group.Get("actionGroupExecutor")
	if executor == nil {
		executor = group.Get("executor")
	}
	if executor == nil {
		return
	}
	if custom := executor.Get("customControl"); custom.Str() == "RETURN_CONTROL" {
		return // whoever asks the agent calls the functions
	}
	function := to(executor.Get("lambda"))
	if function == nil || function.kind != "Lambda::Function" {
		return
	}
	ref := function.ref
	x.Element(model.Service, ref, function.title("functionName"), function.at).Technology("aws-lambda").
		Detail("answers what an action group of an agent asks").Alias(function.id)
	x.Flow(model.Provides, ref, discover.Of(agent, x.worded(group)("actionGroupName").Str()), group.Node.Span()).IfDescribed()
	for _, f := range items(group.Get("functionSchema").Get("functions")) {
		x.Flow(model.Provides, ref, discover.Of(agent, f.Get("name").Str()), f.Node.Span()).IfDescribed()
	}
}

// madeBase describes a knowledge base, its embedding model and where its vectors are kept.
func (x *pass) madeBase(r *resource, to func(*code.Value) *resource) {
	name := r.title("knowledgeBaseName")
	if n := r.title("name"); name == r.id && n != r.id {
		name = n
	}
	x.Element(model.Knowledge, r.ref, name, r.at).Technology("aws-bedrock").Alias(r.id).Detail(r.props.Get("description").Str()).
		FactBecause("third-party", model.Yes, "the provider keeps it", r.at)
	for _, where := range []*code.Value{
		r.props.Get("knowledgeBaseConfiguration").Get("vectorKnowledgeBaseConfiguration").Get("embeddingModelArn"),
		r.props.Get("knowledgeBaseConfiguration").Get("embeddingModelArn"), r.props.Get("embeddingsModel"),
	} {
		if where == nil {
			continue
		}
		if id, at := modelID(where); id != "" {
			x.ModelNamed(id, provider, at)
		}
	}
	if storage := to(r.props.Get("indexArn")); storage != nil && storage.kind == "S3Vectors::Index" {
		at := storage.at
		x.Element(model.Datastore, storage.ref, storage.title("indexName"), at).Technology("aws-s3-vectors").Alias(storage.id).
			FactBecause("third-party", model.Yes, "the provider keeps it", at)
		x.Flow(model.DataRead, storage.ref, r.ref, at)
	}
}

// madeSource describes where a knowledge base takes its documents from.
func (x *pass) madeSource(r *resource, to func(*code.Value) *resource) {
	base := to(r.props.Get("knowledgeBaseId"))
	if base == nil {
		base = to(r.props.Get("knowledgeBase"))
	}
	bucket := r.props.Get("dataSourceConfiguration").Get("s3Configuration").Get("bucketArn")
	if bucket == nil {
		bucket = r.props.Get("bucket")
	}
	if bucket == nil || base == nil || base.kind != "Bedrock::KnowledgeBase" {
		return
	}
	at := r.at
	if store := to(bucket); store != nil {
		x.Element(model.Datastore, store.ref, store.title("bucketName"), store.at).Technology("aws-s3").Alias(store.id).
			FactBecause("third-party", model.Yes, "the provider keeps it", store.at)
		x.Flow(model.DataRead, store.ref, base.ref, at)
	}
}

// modelID is the name of a model that a property says: a text, an address that ends in it, a constant of the CDK.
func modelID(v *code.Value) (string, source.Span) {
	for _, one := range v.Each() {
		text := one.Str()
		for _, h := range one.Holes {
			if s := h.Value.Str(); s != "" {
				text = strings.Replace(text, "{"+h.Name+"}", s, 1)
			}
		}
		if _, id, ok := strings.Cut(text, "foundation-model/"); ok {
			text = id
		} else if _, id, ok := strings.Cut(text, "inference-profile/"); ok {
			text = id
		}
		if text != "" && !strings.ContainsAny(text, "{}$ \n") {
			return text, one.Node.Span()
		}
		if one.Is(code.External) && strings.Contains(one.Ref.Name, "FoundationModel.") { // bedrock.BedrockFoundationModel.ANTHROPIC_CLAUDE_3_5_SONNET_V2_0
			return strings.ToLower(one.Ref.Last()), one.Node.Span()
		}
	}
	return "", source.Span{}
}

// listed are the items of a list, or of the lists that a property may be.
func listed(v *code.Value) []*code.Value {
	var all []*code.Value
	for _, list := range v.Each() {
		for _, item := range list.Items {
			all = append(all, item.Each()...)
		}
	}
	return all
}

// known is a property that is a plain name.
func known(v *code.Value) *code.Value {
	if s := v.Str(); strings.ContainsAny(s, "${}") {
		return &code.Value{Kind: code.Unknown, Node: v.Node}
	}
	return v
}

package agno

import (
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
)

var (
	knowledgeNames = []string{"agno.knowledge.Knowledge", "agno.knowledge.**.Knowledge", "agno.knowledge.**.*KnowledgeBase", "agno.knowledge.**.AgentKnowledge", "phi.knowledge.**.*KnowledgeBase", "phi.knowledge.**.AssistantKnowledge", "phi.knowledge.**.AgentKnowledge"}
	memoryNames    = []string{"agno.db.**", "agno.memory.**", "agno.storage.**", "phi.storage.**", "phi.memory.**"}
)

// knowledge describes a knowledge base with its store and, for the older classes, its sources.
func (x *pass) knowledge(v *code.Value) discover.Ref {
	if !v.Is(code.Instance) || v.Typed() || v.Base != nil || !x.Code().Derives(v.Ref, knowledgeNames...) {
		return discover.Ref{}
	}
	ref := x.Made(v, discover.Telling{Name: "vector_db", Position: -1}, discover.Telling{Name: "name", Position: -1})
	if !x.Once("knowledge:" + ref.Key()) {
		return ref
	}
	at := v.Call.Span()
	e := x.Element(model.Knowledge, ref, x.Title(v, v.Arg("name", -1)), at).Technology(technology).Alias(v.Ref.Last())
	for _, store := range v.Arg("vector_db", -1).Each() {
		if !store.Is(code.Instance) || store.Typed() {
			continue
		}
		class := store.Ref.Last()
		e.Technology(strings.ToLower(class)).Alias(class)
		switch class {
		case "PineconeDb", "UpstashVectorDb":
			e.FactBecause("persistent", model.Yes, "a service keeps it", at).FactBecause("third-party", model.Yes, "a service keeps it", at)
		case "ChromaDb":
			if keep := store.Arg("persistent_client", -1); keep.Is(code.Bool) && keep.Text == "true" {
				e.FactBecause("persistent", model.Yes, "it is kept in a folder", at)
			}
		default:
			e.FactBecause("persistent", model.Yes, "it is kept in a store", at)
		}
	}
	for _, key := range []string{"urls", "path", "sources", "topics", "documents"} {
		for _, one := range v.Arg(key, -1).Members() {
			if inner := x.knowledge(one); !inner.IsZero() {
				x.Flow(model.Index, inner, ref, one.Node.Span())
				continue
			}
			x.source(ref, one, one.Node.Span().IsZero())
		}
	}
	return ref
}

// source names what is taken into a knowledge base.
func (x *pass) source(into discover.Ref, v *code.Value, _ bool) {
	text := v.Str()
	if v.Is(code.Dict) {
		for _, key := range []string{"url", "path"} {
			if text == "" {
				text = v.Get(key).Str()
			}
		}
	}
	if text == "" || len(text) > 160 || strings.Contains(text, "\n") {
		return
	}
	at := v.Node.Span()
	role := "files"
	if strings.Contains(text, "://") {
		role = "site"
	}
	ref := discover.Of(into, text)
	x.Element(model.External, ref, text, at).Fact("role", role, at)
	x.Flow(model.Index, ref, into, at)
}

// insertCalls are the methods that take content in.
var insertCalls = sync.OnceValue(func() []string {
	var names []string
	for _, k := range knowledgeNames {
		for _, verb := range []string{"insert", "ainsert", "insert_many", "ainsert_many", "add_content", "add_contents", "add_content_async", "add_contents_async", "load_document", "load_url"} {
			names = append(names, k+"."+verb)
		}
	}
	return names
})

// insertions finds the calls that take content into a knowledge base.
func (x *pass) insertions() {
	for _, c := range x.MethodCalls(insertCalls()...) {
		for _, run := range x.CallAs(c.Node) {
			for _, on := range run.Base.Each() {
				into := x.knowledge(on)
				if into.IsZero() {
					continue
				}
				for _, key := range []string{"url", "path", "urls", "paths", "topics"} {
					for _, one := range run.Arg(key, -1).Members() {
						x.source(into, one, false)
					}
				}
				for _, one := range run.Arg("", 0).Members() {
					x.source(into, one, false)
				}
			}
		}
	}
}

// memory describes the database in which sessions and memories are kept.
func (x *pass) memory(owner discover.Ref, v *code.Value) {
	for _, one := range v.Each() {
		if !one.Is(code.Instance) || one.Typed() || !x.Code().Derives(one.Ref, memoryNames...) {
			continue
		}
		if inner := one.Arg("db", -1); inner.Is(code.Instance) { // Memory(db=SqliteMemoryDb(…))
			one = inner
		}
		if one.Typed() {
			continue
		}
		ref := discover.Object(one)
		at := one.Call.Span()
		if _, symbol := one.Symbol(); symbol == "" {
			ref = discover.Local(x.Path(), one.Ref.Last())
		}
		if x.Once("memory:" + ref.Key()) {
			class := one.Ref.Last()
			e := x.Element(model.Memory, ref, x.NameOf(one), at).Technology(technology).Alias(class)
			switch {
			case strings.HasPrefix(class, "InMemory"):
				e.FactBecause("persistent", model.No, "it is kept in the process", at)
			case strings.Contains(class, "Db"), strings.Contains(class, "Storage"):
				e.Technology(strings.ToLower(strings.NewReplacer("MemoryDb", "", "AgentStorage", "", "Storage", "", "Async", "", "Db", "", "DB", "").Replace(class)))
				e.FactBecause("persistent", model.Yes, "it is kept in a store", at)
			}
		}
		x.Remembers(owner, ref, at)
	}
}

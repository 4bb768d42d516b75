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

// A way in can lead to no agent and steer one all the same: what it is sent is put into an index that agents search later.

// fill is what a way in may put what it is sent into.
type fill struct {
	ref Ref
	at  source.Span
}

// indexers are the names of calls that put something into an index.
var indexers = wordSet(`add add_texts aadd_texts add_documents aadd_documents from_documents afrom_documents from_texts afrom_texts upsert insert ainsert insert_nodes
	insert_many upload_documents upload_points add_content aadd_content add_objects add_object index batch insert_objects bulk
	addDocuments addTexts fromDocuments fromTexts addVectors insertMany`)

// holder are words in what programs call something that an index is filled through; of calls by a name that much else has, it tells.
var holder = regexp.MustCompile(`(?i)collection|index|vector|store|knowledge|table|chroma|qdrant|milvus|lance|weaviate|faiss|pinecone|client|rag`)

// mayFill tells by the names in a call whether it may put something into an index.
func mayFill(call syntax.Node) bool {
	callee := call.Child(0)
	if !callee.Is(syntax.Attr) || !indexers[callee.Text()] {
		return false
	}
	switch callee.Text() {
	case "add", "insert", "index", "batch", "bulk":
		return holder.MatchString(callee.Child(0).Text())
	}
	return true
}

// filled lists what the handler of a way in puts what it was sent into, as far as it may be an index: whether it is one is
// known when all is read.
func (p *Pass) filled(e *EntryPoint, through []*work) []fill {
	verb, _, _ := strings.Cut(e.Label, " ")
	switch {
	case e.Silent, verb == "GET", verb == "DELETE", verb == "HEAD":
		return nil
	case e.Channel != "http" && e.Channel != "webhook" && e.Channel != "queue" && e.Channel != "mailbox":
		return nil // who fills an index by a page or a terminal fills their own
	case !slices.ContainsFunc(through, func(w *work) bool { return w.fills }):
		return nil
	}
	at := p.placeOf(e.Handler)
	return slices.Clone(Told(p, fillsKey{at}, func() []fill {
		r := p.run.program.Resolver(at.module.Path) // one of its own: it is a question beside those of the file
		return fillsIn(r, r.BodyAt(r.Tree().At(at.node), "request"))
	})) // each has its own, which linking changes
}

type fillsKey struct{ codePlace }

// onlyWritten tells whether what is put in stands in the code: where only its id comes in, nobody steers by it.
func onlyWritten(content syntax.Node) bool {
	if content.Is(syntax.List, syntax.Tuple) && content.Count() > 0 {
		for part := range content.Children() {
			if !onlyWritten(part) {
				return false
			}
		}
		return true
	}
	return content.Is(syntax.String) && content.Count() == 0
}

func fillsIn(r *code.Resolver, body code.Body) (all []fill) {
	k := keeper{}
	add := func(ref Ref, at source.Span) {
		if !ref.IsZero() && !slices.ContainsFunc(all, func(f fill) bool { return f.ref.key == ref.key }) {
			k.ref(&ref)
			all = append(all, fill{ref, at})
		}
	}
	for _, c := range body.Calls {
		if !c.Driven || !mayFill(c.Node) || onlyWritten(c.Node.Child(1)) {
			continue
		}
		for _, v := range r.Eval(c.Node).Each() {
			if s, ok := storeOf(v); ok && s.Kind == model.Knowledge {
				add(s.Ref, c.Node.Span())
			}
		}
		for _, v := range r.Eval(c.Node.Child(0).Child(0)).Each() {
			for ; v.Is(code.Instance); v = v.Base {
				add(Object(v), c.Node.Span())
			}
		}
	}
	return all
}

// searched are the indexes that somebody of the system looks things up in.
func (l *linker) searched(fragments []fragment) map[string]bool {
	found := map[string]bool{}
	for i := range fragments {
		for _, f := range fragments[i].flows {
			if f.kind != model.Retrieval && f.kind != model.MemoryRead && f.kind != model.DataRead {
				continue
			}
			for _, key := range l.resolve(f.from) {
				if j := l.byKey[key]; j.model != nil && (j.model.Kind == model.Knowledge || j.model.Kind == model.Memory) && len(l.resolve(f.to)) > 0 {
					found[key] = true
				}
			}
		}
	}
	return found
}

// fillsOf are the indexes among what a way in puts what it is sent into, with the place that does.
func (l *linker) fillsOf(e *entry, searched map[string]bool) map[string]source.Span {
	found := map[string]source.Span{}
	for _, f := range e.fills {
		for _, key := range l.resolve(f.ref) {
			if _, known := found[key]; searched[key] && !known {
				found[key] = f.at
			}
		}
	}
	return found
}

// filling is a way in by which an index is filled.
type filling struct {
	party *Element
	point EntryPoint
	index string
	at    source.Span
}

// fillingFlows are the flows from who comes in by such ways to the indexes. Of ways between the same two those that show the least of a
// check are told.
func (l *linker) fillingFlows(all []filling) (flows []*Flow) {
	weakest := map[[2]string]Check{}
	for _, f := range all {
		ends := [2]string{f.party.Ref.key, f.index}
		if before, ok := weakest[ends]; !ok || weaker(f.point.Check, before) {
			weakest[ends] = f.point.Check
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].index < all[j].index })
	for _, f := range all {
		if strength(f.point.Check) > strength(weakest[[2]string{f.party.Ref.key, f.index}]) {
			continue
		}
		to := l.byKey[f.index].ref
		to.key = f.index
		in := &Flow{kind: model.Index, from: f.party.Ref, to: to, pass: f.party.pass}
		in.Evidence(f.point.At, f.at).Label(f.point.Label).checked(f.point.Check)
		flows = append(flows, in)
	}
	return flows
}

package providerclient

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// embedders are the calls that ask a model for vectors.
var embedders = []struct{ pattern, provider string }{
	{"openai.AzureOpenAI.**.embeddings.create", "azure"},
	{"openai.AsyncAzureOpenAI.**.embeddings.create", "azure"},
	{"openai.**.embeddings.create", ""},
	{"mistralai.**.embeddings.create", "mistral"},
	{"litellm.embedding", ""},
	{"litellm.aembedding", ""},
	{"ollama.embeddings", "ollama"},
	{"ollama.embed", "ollama"},
	{"ollama.**.embeddings", "ollama"},
	{"ollama.**.embed", "ollama"},
	{"cohere.**.embed", "cohere"},
	{"voyageai.**.embed", "voyage"},
	{"google.genai.**.embed_content", "google"},
	{"google.generativeai.embed_content", "google"},
}

// embeddings describes the models that Python code asks for vectors.
func (x *pass) embeddings() {
	if script(x.Tree().Root()) {
		return
	}
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		if !callee.Is(syntax.Attr, syntax.Name) {
			continue
		}
		switch callee.Text() {
		case "create", "embedding", "aembedding", "embeddings", "embed", "embed_content":
		default:
			continue
		}
		provider, ok := "", callee.TextIs("create") && callee.Child(0).TextIs("embeddings") && !discover.Said(c.Node, "input").IsZero()
		for _, row := range embedders {
			if c.Callee.Is(row.pattern) {
				provider, ok = row.provider, true
				break
			}
		}
		if !ok {
			continue
		}
		asked := call{node: c.Node, value: x.asCall(c.Node), provider: provider}
		for _, one := range asked.value.Arg("model", -1).Each() {
			if one.Is(code.String) && len(one.Holes) == 0 {
				x.ModelNamed(one.Text, x.provider(&asked), c.Node.Span())
			}
		}
	}
}

// fixed tells whether the code says which model a call asks.
func fixed(c *call) bool {
	for _, one := range modelValue(c).Each() {
		if one.Is(code.String) && len(one.Holes) == 0 {
			return true
		}
	}
	return false
}

// standsFor tells whether a door is the model for those who ask through it: which one it asks is decided when the program
// runs, so its class is what is known.
func (u *unit) standsFor() bool {
	if u == nil || !u.door() || script(u.def.Node) || u.x.abstract(u.def) && len(u.x.Code().Heirs(u.def)) > 0 {
		return false
	}
	some := false
	for i := range u.calls {
		c := &u.calls[i]
		if c.via != nil {
			continue
		}
		if fixed(c) {
			return false
		}
		some = some || c.value != nil
	}
	return some
}

// doors describes the classes of the file by which others reach a model.
func (x *pass) doors() {
	for _, u := range x.own() {
		if u.module || !u.standsFor() {
			continue
		}
		at := discover.Headline(u.def.Node)
		e := x.Element(model.Model, discover.Definition(u.def), u.def.Last(), at).Technology(technology).Detail(u.def.Doc()).
			FactBecause("pinned", model.No, "which model is asked is decided when the program runs", at)
		for i := range u.calls {
			c := &u.calls[i]
			if c.via != nil {
				continue
			}
			e.Evidence(c.node.Span())
			switch provider := x.provider(c); provider {
			case "":
			case "local", "ollama":
				e.Fact("provider", provider, c.node.Span()).FactBecause("third-party", model.No, "it runs on the owner's machines", c.node.Span())
			default:
				e.Fact("provider", provider, c.node.Span()).FactBecause("third-party", model.Yes, "the provider "+provider+" runs it", c.node.Span())
			}
		}
	}
}

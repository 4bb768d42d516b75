package llamaindex

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// synthesizers put a question and passages before a model. An engine of the library brings its own; where code asks one
// itself, that is a question to a model like any other.
var synthesizers = []string{"llama_index.**.response_synthesizers.**", "llama_index.**.get_response_synthesizer", "llama_index.**.TreeSummarize"}

var synthesisCalls = []string{
	"llama_index.**.synthesize", "llama_index.**.asynthesize", "llama_index.**.get_response", "llama_index.**.aget_response",
}

// synthesis describes the synthesizers that code asks itself.
func (x *pass) synthesis() {
	for _, c := range x.Code().CallsTo(synthesisCalls...) {
		for _, run := range x.Code().Eval(c.Node).Each() {
			for _, v := range run.Base.Each() {
				if v.Is(code.Instance) && !v.Typed() && v.Base == nil && v.Ref.Is(synthesizers...) {
					x.synthesizer(v, c.Node)
				}
			}
		}
	}
}

func (x *pass) synthesizer(v *code.Value, asked syntax.Node) {
	ref := discover.Object(v)
	if !x.Once("agent:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	at := v.Call.Span()
	class := asked.Parent()
	for !class.IsZero() && !class.Is(syntax.ClassDef) {
		class = class.Parent()
	}
	name := strings.TrimLeft(x.NameOf(v), "_")
	e := x.Element(model.Agent, ref, name, at, asked.Span()).Technology(technology).OneQuestion(at).
		Detail("it puts passages before a model and has it answer")
	x.models(ref, name, v.Arg("llm", -1))
	if text := asked.Child(1); v.Ref.Last() != "get_response_synthesizer" && text.Is(syntax.Name, syntax.String, syntax.FString) {
		x.Prompt(ref, name, x.Code().Eval(text))
	}
	if class.IsZero() {
		return
	}
	e.Alias(class.Text())
	if def := x.Code().DefinitionOf(class); def != nil {
		for _, key := range []string{"_retriever", "retriever"} {
			for _, k := range x.lookups(x.Code().ClassValue(def, key), 0) {
				x.Flow(model.Retrieval, k, ref, asked.Span())
			}
		}
	}
}

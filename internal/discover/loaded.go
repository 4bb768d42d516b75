package discover

import (
	"path"
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
)

// inProcess are the providers that are no server: the program holds the weights itself.
var inProcess = map[string]bool{"local": true, "vllm": true, "llamacpp": true}

// hubName is a model's name on a hub: an owner and a repository. A path, a file or a bare name is none.
var hubName = regexp.MustCompile(`^[A-Za-z0-9][\w.-]*/[\w.-]+$`)

// numbersOnly are the classes that read a format which holds numbers only, whatever they are given: GGUF and safetensors.
var numbersOnly = []string{"**.LlamaCpp", "**.LlamaCppModel", "llama_cpp.**", "**.GPT4All", "gpt4all.**", "ctransformers.**", "**.CTransformers", "**.MLXModel", "mlx_lm.**"}

// LoadedHere says of a model that the program loads itself, by the object that holds it, where its weights come from and
// whether loading them can run code. Who publishes the weights delivers part of the program, as who publishes a package.
func (p *Pass) LoadedHere(ref Ref, object *code.Value, name string) {
	if ref.IsZero() || !object.Is(code.Instance) || object.Call.IsZero() {
		return
	}
	at := object.Call.Span()
	e := p.Element(model.Model, ref, "")
	gguf := strings.HasSuffix(strings.ToLower(name), ".gguf") || object.Ref.Is(numbersOnly...)
	switch {
	case on(object, "trust_remote_code"):
		e.FactBecause("runs-on-load", model.Yes, "trust_remote_code is on, so code that comes with the weights is run", at)
	case unsaid(object, "trust_remote_code"): // whoever sets it decides; nothing else that is said of the weights takes it back
	case gguf:
		e.FactBecause("runs-on-load", model.No, "its format holds numbers only", at)
	case on(object, "use_safetensors") && !unsaid(object, "use_safetensors"):
		e.FactBecause("runs-on-load", model.No, "only safetensors are read, which hold numbers", at)
	}
	if !hubName.MatchString(name) || p.inTree(name) || strings.HasSuffix(strings.ToLower(name), ".gguf") {
		return
	}
	owner, _, _ := strings.Cut(name, "/")
	from := Named(model.External, "hub:"+owner)
	p.Element(model.External, from, owner+" on the model hub", at).Technology("model-hub").
		FactBecause("role", "publisher", "it publishes the weights of "+name, at).
		FactBecause("third-party", model.Yes, "it publishes the weights of "+name, at)
	supply := p.Flow(model.Supply, from, ref, at)
	switch text, ok := object.Arg("revision", -1).Constant(); {
	case ok && commitOf.MatchString(text) && !unsaid(object, "revision"):
		supply.Fact("pinned", model.Yes, at)
	case !unsaid(object, "revision"):
		supply.Fact("pinned", model.No, at)
	}
}

// inTree tells whether a name is that of a folder of the tree: a loader looks there before it asks a hub.
func (p *Pass) inTree(name string) bool {
	return len(p.Paths(name)) > 0 || len(p.Paths(path.Join(path.Dir(p.Path()), name))) > 0
}

// unsaid tells whether an argument is given, or may be among others that are, and the code does not show as what.
func unsaid(object *code.Value, argument string) bool {
	v := object.Arg(argument, -1)
	if v == nil {
		return object.Spread() != nil
	}
	_, ok := v.Constant()
	return (!ok || v.Is(code.Env)) && !v.Is(code.Null)
}

// on tells whether an argument is a plain True.
func on(object *code.Value, argument string) bool {
	text, ok := object.Arg(argument, -1).Constant()
	return ok && strings.EqualFold(text, "true")
}

// commitOf is a revision that does not move.
var commitOf = regexp.MustCompile(`^[0-9a-f]{40}$`)

// loadedHere is [Pass.LoadedHere] for a provider that is the program itself; it hands the model on.
func (p *Pass) loadedHere(ref Ref, object *code.Value, name, provider string) Ref {
	if inProcess[provider] {
		p.LoadedHere(ref, object, name)
	}
	return ref
}

package providerclient

import (
	"path"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// modelValue is the name of the model that a call asks, as far as it is given.
func modelValue(c *call) *code.Value {
	var found *code.Value
	for _, v := range []*code.Value{c.via, c.value} {
		if v == nil {
			continue
		}
		for _, name := range []string{"model", "model_name", "modelId", "model_id", "deployment"} {
			got := v.Arg(name, -1)
			if got == nil {
				if v == c.value {
					got = argument(v, name)
				} else {
					got = c.left(name)
				}
			}
			if got == nil || got.Is(code.Null) {
				continue
			}
			if got.Str() != "" || got.Is(code.Env) {
				return got
			}
			if found == nil {
				found = got
			}
		}
	}
	if c.value != nil {
		switch last := c.value.Ref.Last(); {
		case last == "chat" || last == "generate": // ollama.chat("llama3", …)
			if v := c.value.Arg("", 0); v.Is(code.String) && strings.HasPrefix(c.value.Ref.Name, "ollama") {
				return v
			}
		case last == "completion" || last == "acompletion":
			if v := c.value.Arg("", 0); v.Str() != "" {
				return v
			}
		}
		for b := c.value.Base; b != nil; b = b.Base {
			if last := b.Ref.Last(); last == "GenerativeModel" {
				if v := b.Arg("model_name", 0); v != nil {
					return v
				}
			}
			if v := localModel(b); v != nil {
				return v
			}
		}
	}
	return found
}

// left is what the function that passes a question on takes for a parameter where its caller leaves that out: what other
// callers give is theirs. Nil where this caller may give it, or nothing is taken.
func (c *call) left(name string) *code.Value {
	position := -1
	for _, p := range c.callee.Params() {
		switch {
		case p.Name == "self" || p.Name == "cls":
		case p.Rest != 0:
			return nil
		default:
			position++
		}
		if p.Name != name {
			continue
		}
		if got := c.via.Arg("", position); got != nil || p.Default.IsZero() || !c.node.First(syntax.Spread).IsZero() {
			return got
		}
		return c.through.x.Code().Eval(p.Default)
	}
	return nil
}

// held is the object that holds a local model which a call asks; nil where none was followed.
func held(v *code.Value) *code.Value {
	for ; v != nil; v = v.Base {
		if localModel(v) != nil {
			return v
		}
	}
	return nil
}

// localModel is what an object of a local model was made from: a file, a name of a hub; nil for other objects.
func localModel(v *code.Value) *code.Value {
	if !v.Is(code.Instance) || v.Ref.Def != nil {
		return nil
	}
	for _, row := range []struct {
		pattern, name string
		position      int
	}{
		{"llama_cpp.**.Llama", "model_path", 0},
		{"llama_cpp.**.from_pretrained", "filename", 1},
		{"vllm.**.LLM", "model", 0},
		{"transformers.**.pipeline", "model", 1},
		{"transformers.**.from_pretrained", "pretrained_model_name_or_path", 0},
		{"ctransformers.**.from_pretrained", "model_path_or_repo_id", 0},
		{"gpt4all.**.GPT4All", "model_name", 0},
		{"mlx_lm.**.load", "path_or_hf_repo", 0},
		{"llama_index.llms.**", "model", 0},
	} {
		if code.Match(row.pattern, v.Ref.Name) {
			return v.Arg(row.name, row.position)
		}
	}
	return nil
}

// model describes the model that a call asks and that the agent uses it.
func (x *pass) model(agent discover.Ref, c call) {
	v := modelValue(&c)
	at := c.node.Span()
	if c.through.standsFor() && !fixed(&c) && !v.Is(code.Env) {
		x.UsesModel(agent, discover.Definition(c.through.def), at)
		return
	}
	if v == nil {
		return
	}
	provider := x.provider(&c)
	for _, one := range v.Each() {
		switch {
		case provider == "local" && one.Is(code.String) && strings.HasSuffix(one.Text, ".gguf"):
			ref := x.ModelNamed(path.Base(one.Text), provider, at)
			x.LoadedHere(ref, held(c.value), one.Text)
			x.UsesModel(agent, ref, at)
		case one.Is(code.String) || one.Is(code.Env):
			ref := x.Model(one, provider)
			if provider == "local" {
				x.LoadedHere(ref, held(c.value), one.Str())
			}
			x.UsesModel(agent, ref, at)
		case one.Is(code.Unknown):
			if len(v.Each()) == 1 && c.via == nil {
				x.Unresolved("a model", one.Reason(), c.node.Span())
			}
		}
	}
}

// provider tells by a client's address who serves its models; "" where the model's name says it better.
func (x *pass) provider(c *call) string {
	provider := c.provider
	if provider == "openai" || provider == "aws-bedrock" {
		provider = "" // an interface that many offer, or models of many
	}
	if c.provider == "aws-bedrock" {
		return "aws-bedrock"
	}
	if c.value == nil {
		return provider
	}
	root := c.value.Root()
	url := firstText(root, "base_url", "baseURL", "endpoint", "serverURL")
	if url == "" {
		if api := c.value.Arg("api_base", -1); api != nil {
			url = api.Str()
		}
	}
	if url == "" && c.value.Base == nil {
		for _, v := range []*code.Value{c.value.Arg("url", 0), c.value.Arg("", 1)} {
			if text := v.Str(); strings.Contains(text, "://") {
				url = text
				break
			}
		}
	}
	if known := discover.ProviderOfURL(url); known != "" && known != "openai" {
		return known // of OpenAI's own the model's name says it better
	}
	return provider
}

// prompt describes the instructions of an agent.
func (x *pass) prompt(agent discover.Ref, name string, c call) {
	if v := x.instructions(&c); v != nil && !v.Is(code.Unknown) {
		x.Prompt(agent, name, v)
	}
}

// uses describes the models of the calls that no agent makes.
func (x *pass) uses() {
	for _, u := range x.own() {
		if u.agent {
			continue
		}
		for i := range u.calls {
			c := u.calls[i]
			if c.via != nil {
				continue
			}
			for _, one := range modelValue(&c).Each() {
				if one.Is(code.String) && len(one.Holes) == 0 {
					if strings.HasSuffix(one.Text, ".gguf") {
						x.ModelNamed(path.Base(one.Text), x.provider(&c), c.node.Span())
						continue
					}
					x.ModelNamed(one.Text, x.provider(&c), c.node.Span())
				}
			}
		}
	}
}

func firstText(v *code.Value, names ...string) string {
	for _, n := range names {
		if s := v.Arg(n, -1).Str(); s != "" {
			return s
		}
	}
	return ""
}

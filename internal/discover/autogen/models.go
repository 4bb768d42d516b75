package autogen

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// modelClasses are the model clients of AutoGen and the configurations of AG2.
var modelClasses = []discover.ModelClass{
	{Pattern: "autogen_ext.models.**.AzureOpenAIChatCompletionClient", Provider: "azure", Args: []string{"model", "azure_deployment"}, Position: -1},
	{Pattern: "autogen_ext.models.**.OpenAIChatCompletionClient", Provider: "", Args: []string{"model"}, Position: -1},
	{Pattern: "autogen_ext.models.**.AnthropicBedrockChatCompletionClient", Provider: "aws-bedrock", Position: -1},
	{Pattern: "autogen_ext.models.**.AnthropicChatCompletionClient", Provider: "anthropic", Position: -1},
	{Pattern: "autogen_ext.models.**.AzureAIChatCompletionClient", Provider: "azure-ai", Position: -1},
	{Pattern: "autogen_ext.models.**.OllamaChatCompletionClient", Provider: "ollama", Position: -1},
	{Pattern: "autogen_ext.models.**.LlamaCppChatCompletionClient", Provider: "llamacpp", Args: []string{"repo_id", "model_path", "filename"}, Position: -1},
	{Pattern: "autogen_ext.models.**.SKChatCompletionAdapter", Args: []string{"sk_client"}, Position: 0},
	{Pattern: "autogen_ext.models.**.ChatCompletionCache", Args: []string{"client"}, Position: 0},
	{Pattern: "autogen_ext.models.**", Position: -1},
	{Pattern: "autogen_core.models.ChatCompletionClient.load_component", Args: []string{"-"}, Position: -1},
	{Pattern: "autogen_core.models.ChatCompletionClient", Position: -1},
	{Pattern: "autogen_core.components.models.AzureOpenAIChatCompletionClient", Provider: "azure", Args: []string{"model", "azure_deployment"}, Position: -1},
	{Pattern: "autogen_core.components.models.OpenAIChatCompletionClient", Position: -1},
	{Pattern: "autogen_core.components.models.ChatCompletionClient", Position: -1},
	{Pattern: "autogen.beta.config.**.GeminiConfig", Provider: "google", Position: 0},
	{Pattern: "autogen.beta.config.**.OpenAI*Config", Provider: "openai", Position: 0},
	{Pattern: "autogen.beta.config.**.AnthropicConfig", Provider: "anthropic", Position: 0},
	{Pattern: "autogen.beta.config.**.OllamaConfig", Provider: "ollama", Position: 0},
	{Pattern: "autogen.beta.config.**", Position: 0},
	{Pattern: "semantic_kernel.connectors.ai.**", Args: []string{"ai_model_id", "deployment_name"}, Position: -1},
}

func isClient(r *code.Resolver, v *code.Value) bool {
	for i := range modelClasses {
		if r.Derives(v.Ref, modelClasses[i].Pattern) {
			return true
		}
	}
	return false
}

// models finds whom an agent or manager asks, in any of the ways of the versions.
func (x *pass) models(ref discover.Ref, name string, v *code.Value) {
	for _, key := range []string{"model_client", "config"} {
		if m := v.Arg(key, position(v, key)); m != nil && !m.Is(code.Null) && !m.Is(code.Dict) {
			for _, one := range x.ModelObjects(m, name, modelClasses) {
				x.UsesModel(ref, one, m.Node.Span())
			}
			return
		}
	}
	config := v.Arg("llm_config", -1)
	if config == nil && x.Code().Derives(v.Ref, oldAgents...) {
		config = x.around(v.Call)
	}
	x.config(ref, name, config)
	if config == nil {
		if m := v.Arg("model", -1); m != nil { // OpenAIAgent(model="gpt-4o", client=…)
			x.UsesModel(ref, x.Model(m, ""), m.Node.Span())
		}
	}
}

// around is the configuration of a "with llm_config:" block that a call stands in.
func (x *pass) around(n syntax.Node) *code.Value {
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.FuncDef, syntax.ClassDef) {
			return nil
		}
		if !up.Is(syntax.With) {
			continue
		}
		for item := range up.All(syntax.WithItem) {
			if v := x.Code().Eval(item.Child(0)); v.Is(code.Instance) && v.Ref.Is("autogen.LLMConfig", "autogen.**.LLMConfig") {
				return v
			}
		}
	}
	return nil
}

// config reads llm_config: a dictionary with a list of models, or one model, or an object of AG2's class.
func (x *pass) config(ref discover.Ref, name string, v *code.Value) {
	for _, one := range v.Each() {
		switch one.Kind {
		case code.Dict:
			if list := one.Get("config_list"); list != nil {
				x.config(ref, name, list)
				continue
			}
			if m := one.Get("model"); m != nil {
				x.UsesModel(ref, x.Model(m, provider(one.Get("api_type").Str(), one.Get("base_url").Str())), m.Node.Span())
			} else if one.Open {
				x.Unresolved("the model of "+name, "its configuration is put together when the program runs", one.Node.Span())
			}
		case code.List:
			for _, item := range one.Items {
				x.config(ref, name, item)
			}
			if one.Open {
				x.Unresolved("the model of "+name, "its list of configurations is put together when the program runs", one.Node.Span())
			}
		case code.Instance:
			switch {
			case one.Ref.Is("autogen.LLMConfig", "autogen.**.LLMConfig", "ag2.LLMConfig"):
				if list := one.Arg("config_list", -1); list != nil {
					x.config(ref, name, list)
					continue
				}
				if first := one.Arg("", 0); first != nil && one.Arg("model", -1) == nil {
					x.config(ref, name, first)
					continue
				}
				if m := one.Arg("model", -1); m != nil {
					x.UsesModel(ref, x.Model(m, provider(one.Arg("api_type", -1).Str(), one.Arg("base_url", -1).Str())), m.Node.Span())
				}
			case one.Ref.Is("autogen.config_list_from_json", "autogen.**.config_list_*", "autogen.**.LLMConfig.from_json", "autogen.LLMConfig.from_json"):
				if models := one.Arg("filter_dict", -1).Get("model"); models != nil {
					for _, m := range models.Members() {
						x.UsesModel(ref, x.Model(m, ""), m.Node.Span())
					}
					continue
				}
				x.Unresolved("the model of "+name, "its configuration is read from a file or the environment when the program runs", one.Node.Span())
			case one.Ref.Is("autogen.**.*LLMConfigEntry"):
				if m := one.Arg("model", -1); m != nil {
					x.UsesModel(ref, x.Model(m, provider(one.Arg("api_type", -1).Str(), one.Arg("base_url", -1).Str())), m.Node.Span())
				}
			case one.Base != nil: // config_list.where(model="gpt-4o")
				if m := one.Arg("model", -1); m != nil {
					x.UsesModel(ref, x.Model(m, ""), m.Node.Span())
					continue
				}
				x.config(ref, name, one.Base)
			default:
				x.Unresolved("the model of "+name, discover.WhyNot(one), one.Node.Span())
			}
		case code.Unknown:
			x.Unresolved("the model of "+name, one.Reason(), one.Node.Span())
		}
	}
}

// provider turns AutoGen's word for an interface into a provider's name.
func provider(apiType, url string) string {
	switch apiType {
	case "azure", "groq", "mistral", "cohere", "together", "ollama", "anthropic", "deepseek", "cerebras":
		return apiType
	case "google":
		return "google"
	case "bedrock":
		return "aws-bedrock"
	case "openai", "":
		if discover.IsLoopback(url) && url != "" {
			return "local"
		}
	}
	return ""
}

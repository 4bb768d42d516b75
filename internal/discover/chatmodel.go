package discover

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Chat model classes are shared by frameworks: an object of LangChain's ChatOpenAI serves a LangGraph node and a
// CrewAI agent alike. They are recognised here so that each framework names the same model the same way.

// chatClass is a row of the table of classes whose objects are chat models.
type chatClass struct {
	pattern  string // dotted name, see code.Match
	provider string // "" where the model's name says it
}

var chatClasses = []chatClass{
	{"langchain_openai.**.AzureChatOpenAI", "azure-openai"},
	{"langchain_openai.**.AzureOpenAI", "azure-openai"},
	{"langchain_openai.**.ChatOpenAI", "openai"},
	{"langchain_openai.**.BaseChatOpenAI", "openai"},
	{"langchain_openai.**.OpenAI", "openai"},
	{"langchain_anthropic.**.ChatAnthropic*", "anthropic"},
	{"langchain_anthropic.**.Anthropic*", "anthropic"},
	{"langchain_google_genai.**.ChatGoogleGenerativeAI", "google"},
	{"langchain_google_genai.**.GoogleGenerativeAI", "google"},
	{"langchain_google_vertexai.**.ChatVertexAI", "google-vertex"},
	{"langchain_google_vertexai.**.VertexAI", "google-vertex"},
	{"langchain_google_vertexai.**.ChatAnthropicVertex", "google-vertex"},
	{"langchain_aws.**.ChatBedrock*", "aws-bedrock"},
	{"langchain_aws.**.BedrockLLM", "aws-bedrock"},
	{"langchain_groq.**.ChatGroq", "groq"},
	{"langchain_ollama.**.ChatOllama", "ollama"},
	{"langchain_ollama.**.OllamaLLM", "ollama"},
	{"langchain_mistralai.**.ChatMistralAI", "mistral"},
	{"langchain_cohere.**.ChatCohere", "cohere"},
	{"langchain_huggingface.**.ChatHuggingFace", "huggingface"},
	{"langchain_huggingface.**.HuggingFace*", "huggingface"},
	{"langchain_deepseek.**.ChatDeepSeek", "deepseek"},
	{"langchain_xai.**.ChatXAI", "xai"},
	{"langchain_fireworks.**.ChatFireworks", "fireworks"},
	{"langchain_together.**.ChatTogether", "together"},
	{"langchain_nvidia_ai_endpoints.**.ChatNVIDIA", "nvidia"},
	{"langchain_azure_ai.**.AzureAI*ChatCompletionsModel", "azure-ai"},
	{"langchain_ibm.**.ChatWatsonx", "ibm"},
	{"langchain_cerebras.**.ChatCerebras", "cerebras"},
	{"langchain_perplexity.**.ChatPerplexity", "perplexity"},
	{"langchain_openrouter.**.ChatOpenRouter", "openrouter"},
	{"langchain_community.chat_models.**.FakeListChatModel", ""},
	{"langchain_community.chat_models.**", ""},
	{"langchain_community.llms.**", ""},
	{"langchain_classic.chat_models.**", ""},
	{"langchain.chat_models.**", ""},
	{"langchain.llms.**", ""},
	{"langchain_litellm.**.ChatLiteLLM*", ""},
	{"@langchain/openai.AzureChatOpenAI", "azure-openai"},
	{"@langchain/openai.AzureOpenAI", "azure-openai"},
	{"@langchain/openai.*OpenAI*", "openai"},
	{"@langchain/anthropic.*Anthropic*", "anthropic"},
	{"@langchain/google-genai.*", "google"},
	{"@langchain/google.*", "google"},
	{"@langchain/google-vertexai*.*", "google-vertex"},
	{"@langchain/aws.*Bedrock*", "aws-bedrock"},
	{"@langchain/groq.ChatGroq", "groq"},
	{"@langchain/ollama.*Ollama*", "ollama"},
	{"@langchain/mistralai.*Mistral*", "mistral"},
	{"@langchain/cohere.*Cohere", "cohere"},
	{"@langchain/deepseek.ChatDeepSeek", "deepseek"},
	{"@langchain/xai.ChatXAI*", "xai"},
	{"@langchain/cerebras.ChatCerebras", "cerebras"},
	{"@langchain/openrouter.ChatOpenRouter", "openrouter"},
	{"@langchain/community/chat_models/*.*", ""},
	{"@langchain/community/llms/*.*", ""},
	{"langchain/chat_models/*.*", ""},
	{"langchain/llms/*.*", ""},
	{"langchain.initChatModel", ""},
	{"@langchain/classic/chat_models/*.*", ""},
	{"crewai.LLM", ""},
	{"crewai.llm.LLM", ""},
	{"crewai.llms.**", ""},
}

// chatProviders names the provider by a class's own name, for the packages that hold classes of many.
var chatProviders = []struct{ prefix, provider string }{
	{"AzureChatOpenAI", "azure-openai"},
	{"AzureOpenAI", "azure-openai"},
	{"ChatOpenAI", "openai"},
	{"OpenAI", "openai"},
	{"ChatAnthropic", "anthropic"},
	{"Anthropic", "anthropic"},
	{"ChatOllama", "ollama"},
	{"Ollama", "ollama"},
	{"ChatGoogle", "google"},
	{"ChatVertexAI", "google-vertex"},
	{"VertexAI", "google-vertex"},
	{"GooglePalm", "google"},
	{"BedrockChat", "aws-bedrock"},
	{"Bedrock", "aws-bedrock"},
	{"ChatCohere", "cohere"},
	{"Cohere", "cohere"},
	{"HuggingFacePipeline", "local"},
	{"HuggingFace", "huggingface"},
	{"ChatGroq", "groq"},
	{"ChatMistral", "mistral"},
	{"Replicate", "replicate"},
	{"Together", "together"},
	{"ChatLiteLLM", ""},
	{"LlamaCpp", "local"},
	{"CTransformers", "local"},
	{"GPT4All", "local"},
	{"ChatPerplexity", "perplexity"},
	{"ChatDeepInfra", "deepinfra"},
	{"ChatTongyi", "alibaba"},
	{"QianfanChat", "baidu"},
	{"ChatZhipuAI", "zhipu"},
	{"MoonshotChat", "moonshot"},
	{"ChatFireworks", "fireworks"},
	{"ChatAnyscale", "anyscale"},
}

// chatMethods give something that still asks the same model.
var chatMethods = map[string]bool{
	"bind_tools": true, "with_structured_output": true, "bind": true, "bind_functions": true, "with_config": true,
	"bindTools": true, "withStructuredOutput": true, "withConfig": true, "withRetry": true, "withFallbacks": true,
	"with_retry": true, "with_fallbacks": true, "configurable_fields": true, "configurable_alternatives": true, "with_types": true,
}

// ChatModel describes the models behind a value: a model's name, an object of a chat model class, or something made
// from one, such as llm.bind_tools(tools). A value that may be one of several models gives them all. Values that are
// no model that we know give none.
func (p *Pass) ChatModel(v *code.Value) []Ref {
	var refs []Ref
	seen := map[string]bool{}
	for _, one := range v.Each() {
		var ref Ref
		switch one.Kind {
		case code.String, code.Env:
			ref = p.Model(one, "")
		case code.Instance:
			ref = p.chatObject(one)
		}
		if !ref.IsZero() && !seen[ref.Key()] {
			seen[ref.Key()] = true
			refs = append(refs, ref)
		}
	}
	return refs
}

// IsChatModel tells whether a value is an object of a chat model class, or made from one by a method that keeps it.
func (p *Pass) IsChatModel(v *code.Value) bool {
	for _, one := range v.Each() {
		if one.Kind == code.Instance {
			if _, _, ok := p.chatClassOf(one); ok {
				return true
			}
		}
	}
	return false
}

// ChatModelClasses are the patterns of the classes that [Pass.ChatModel] knows, for [code.Resolver.Instances].
func ChatModelClasses() []string {
	patterns := make([]string, 0, len(chatClasses))
	for _, c := range chatClasses {
		patterns = append(patterns, c.pattern)
	}
	return patterns
}

// chatClassOf finds the object that a model is made by, and its provider.
func (p *Pass) chatClassOf(v *code.Value) (object *code.Value, provider string, ok bool) {
	for object = v; object != nil; object = object.Base {
		if object.Is(code.Choice) {
			for _, one := range object.Each() {
				if found, provider, ok := p.chatClassOf(one); ok {
					return found, provider, true
				}
			}
			return nil, "", false
		}
		names := append([]string{object.Ref.Name}, object.Ref.Names...)
		if object.Ref.Def != nil && p.code != nil {
			names = append(names, p.code.OutsideBases(object.Ref.Def)...)
		}
		for _, name := range names {
			for _, c := range chatClasses {
				if code.Match(c.pattern, name) && isClassName(name) {
					if c.provider == "" {
						return object, providerOfClass(name), true
					}
					return object, c.provider, true
				}
			}
		}
		if object.Base == nil || !chatMethods[object.Ref.Last()] {
			return nil, "", false
		}
	}
	return nil, "", false
}

// isClassName keeps methods of a class (ChatOpenAI.bind_tools) and helper functions out; init_chat_model makes models.
func isClassName(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	return last == "init_chat_model" || last == "initChatModel" || last != "" && last[0] >= 'A' && last[0] <= 'Z' && !strings.HasSuffix(last, "Embeddings")
}

func providerOfClass(name string) string {
	last := name[strings.LastIndexByte(name, '.')+1:]
	for _, row := range chatProviders {
		if strings.HasPrefix(last, row.prefix) {
			return row.provider
		}
	}
	return ""
}

// chatObject describes the model that an object of a chat model class asks.
func (p *Pass) chatObject(v *code.Value) Ref {
	object, provider, ok := p.chatClassOf(v)
	if !ok {
		return Ref{}
	}
	var name *code.Value
	for _, key := range []string{"model", "model_name", "deployment_name", "azure_deployment", "model_id", "repo_id", "deployment", "azureOpenAIApiDeploymentName"} {
		position := -1
		if first := object.Arg("", 0); key == "model" && Script(object.Call) && (first.Is(code.String) || first.Is(code.Env)) {
			position = 0 // new ChatOpenAI("gpt-4o")
		}
		if key == "model" && (object.Ref.Last() == "init_chat_model" || object.Ref.Is("crewai.LLM", "crewai.llm.LLM")) {
			position = 0
		}
		if name = object.Arg(key, position); name != nil {
			break
		}
	}
	if provided, ok := object.Arg("model_provider", -1).Constant(); ok {
		provider = provided
	}
	at := object.Call.Span()
	if text := name.Str(); text != "" {
		if len(name.Each()) == 1 && len(name.Holes) == 0 {
			return p.loadedHere(p.Model(name, provider), object, text, provider)
		}
		if _, fixed := name.Constant(); fixed {
			return p.loadedHere(p.ModelNamed(text, provider, at), object, text, provider)
		}
	}
	// Which model is decided when the program runs: the class is what we know.
	class := object.Ref.Last()
	path := p.Path()
	if t := object.Call.Tree(); t != nil && t.File != nil {
		path = t.File.Path()
	}
	ref := Local(path, class)
	e := p.Element(model.Model, ref, class, at).Technology("langchain").Fact("provider", provider, at)
	if provider != "" && provider != "ollama" && provider != "local" {
		e.FactBecause("third-party", model.Yes, "the provider runs it", at)
	}
	if name != nil && name.Is(code.Unknown) && !name.Node.Is(syntax.Null) {
		p.Unresolved("the name of the model of "+class, name.Reason(), name.Node.Span())
	}
	return ref
}

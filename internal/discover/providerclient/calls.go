package providerclient

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// modelCalls are the calls by which clients ask a model.
var modelCalls = []struct {
	pattern  string
	provider string // "" where the model's name says it
}{
	{"openai.AzureOpenAI.**.create", "azure"},
	{"openai.AsyncAzureOpenAI.**.create", "azure"},
	{"openai.**.completions.create", "openai"},
	{"openai.**.completions.parse", "openai"},
	{"openai.**.completions.stream", "openai"},
	{"openai.**.responses.create", "openai"},
	{"openai.**.responses.parse", "openai"},
	{"openai.**.responses.stream", "openai"},
	{"openai.**.with_raw_response.create", "openai"},
	{"openai.ChatCompletion.*", "openai"},
	{"openai.Completion.*", "openai"},
	{"anthropic.**.messages.create", "anthropic"},
	{"anthropic.**.messages.stream", "anthropic"},
	{"anthropic.**.messages.parse", "anthropic"},
	{"anthropic.**.messages.tool_runner", "anthropic"},
	{"anthropic.**.with_raw_response.create", "anthropic"},
	{"anthropic.**.completions.create", "anthropic"},
	{"google.genai.**.generate_content", "google"},
	{"google.genai.**.generate_content_stream", "google"},
	{"google.genai.**.send_message", "google"},
	{"google.genai.**.send_message_stream", "google"},
	{"google.genai.**.interactions.create", "google"},
	{"google.generativeai.**.generate_content", "google"},
	{"google.generativeai.**.generate_content_async", "google"},
	{"google.generativeai.**.send_message", "google"},
	{"google.generativeai.**.send_message_async", "google"},
	{"vertexai.**.generate_content", "google"},
	{"vertexai.**.generate_content_async", "google"},
	{"vertexai.**.send_message", "google"},
	{"litellm.completion", ""},
	{"litellm.acompletion", ""},
	{"litellm.responses", ""},
	{"litellm.aresponses", ""},
	{"litellm.Router.completion", ""},
	{"litellm.Router.acompletion", ""},
	{"litellm.main.completion", ""},
	{"litellm.main.acompletion", ""},
	{"ollama.chat", "ollama"},
	{"ollama.generate", "ollama"},
	{"ollama.Client.chat", "ollama"},
	{"ollama.Client.generate", "ollama"},
	{"ollama.AsyncClient.chat", "ollama"},
	{"ollama.AsyncClient.generate", "ollama"},
	{"mistralai.**.chat", "mistral"},
	{"mistralai.**.chat.complete", "mistral"},
	{"mistralai.**.chat.complete_async", "mistral"},
	{"mistralai.**.chat.stream", "mistral"},
	{"cohere.**.chat", "cohere"},
	{"cohere.**.chat_stream", "cohere"},
	{"cohere.**.generate", "cohere"},
	{"groq.**.completions.create", "groq"},
	{"together.**.completions.create", "together"},
	{"cerebras.**.completions.create", "cerebras"},
	{"huggingface_hub.**.chat_completion", "huggingface"},
	{"huggingface_hub.**.completions.create", "huggingface"},
	{"huggingface_hub.**.text_generation", "huggingface"},
	{"boto3.**.converse", "aws-bedrock"},
	{"boto3.**.converse_stream", "aws-bedrock"},
	{"boto3.**.invoke_model", "aws-bedrock"},
	{"boto3.**.invoke_model_with_response_stream", "aws-bedrock"},
	{"aioboto3.**.converse", "aws-bedrock"},
	{"azure.ai.inference.**.complete", "azure"},
	{"portkey_ai.**.completions.create", ""},
	{"aisuite.**.completions.create", ""},
	{"openai.**.completions.runTools", "openai"},
	{"openai.**.completions.runFunctions", "openai"},
	{"openai.OpenAIApi.createChatCompletion", "openai"},
	{"openai-edge.OpenAIApi.createChatCompletion", "openai"},
	{"@azure/openai.OpenAIClient.getChatCompletions", "azure"},
	{"@azure/openai.OpenAIClient.streamChatCompletions", "azure"},
	{"@anthropic-ai/sdk.**.messages.create", "anthropic"},
	{"@anthropic-ai/sdk.**.messages.stream", "anthropic"},
	{"@anthropic-ai/sdk.**.messages.parse", "anthropic"},
	{"@anthropic-ai/sdk.**.messages.toolRunner", "anthropic"},
	{"@anthropic-ai/bedrock-sdk.**.messages.create", "aws-bedrock"},
	{"@anthropic-ai/vertex-sdk.**.messages.create", "google"},
	{"@google/genai.**.generateContent", "google"},
	{"@google/genai.**.generateContentStream", "google"},
	{"@google/genai.**.sendMessage", "google"},
	{"@google/genai.**.sendMessageStream", "google"},
	{"@google/generative-ai.**.generateContent", "google"},
	{"@google/generative-ai.**.generateContentStream", "google"},
	{"@google/generative-ai.**.sendMessage", "google"},
	{"@google/generative-ai.**.sendMessageStream", "google"},
	{"@google-cloud/vertexai.**.generateContent", "google"},
	{"@google-cloud/vertexai.**.sendMessage", "google"},
	{"ollama.default.chat", "ollama"},
	{"ollama.default.generate", "ollama"},
	{"ollama.Ollama.chat", "ollama"},
	{"ollama.Ollama.generate", "ollama"},
	{"cohere-ai.**.chat", "cohere"},
	{"cohere-ai.**.chatStream", "cohere"},
	{"cohere-ai.**.generate", "cohere"},
	{"groq-sdk.**.completions.create", "groq"},
	{"@mistralai/mistralai.**.chat.complete", "mistral"},
	{"@mistralai/mistralai.**.chat.stream", "mistral"},
	{"@mistralai/mistralai.**.chat", "mistral"},
	{"together-ai.**.completions.create", "together"},
	{"@cerebras/cerebras_cloud_sdk.**.completions.create", "cerebras"},
	{"portkey-ai.**.completions.create", ""},
	{"@openrouter/sdk.**.chat.send", "openrouter"},
	{"@huggingface/inference.**.chatCompletion", "huggingface"},
	{"@huggingface/inference.**.textGeneration", "huggingface"},
	{"@aws-sdk/client-bedrock-runtime.**.send", "aws-bedrock"},
	{"@aws-sdk/client-bedrock-runtime.**.converse", "aws-bedrock"},
	{"@aws-sdk/client-bedrock-runtime.**.invokeModel", "aws-bedrock"},
	{"llama_index.llms.**.complete", ""},
	{"llama_index.llms.**.acomplete", ""},
	{"llama_index.llms.**.chat", ""},
	{"llama_index.llms.**.achat", ""},
	{"llama_index.llms.**.stream_chat", ""},
	{"llama_index.llms.**.stream_complete", ""},
	{"llama_index.llms.**.predict", ""},
	{"llama_index.core.llms.**.complete", ""},
	{"llama_index.core.llms.**.chat", ""},
	{"llama_cpp.**.Llama.create_chat_completion", "local"},
	{"llama_cpp.**.Llama.create_completion", "local"},
	{"llama_cpp.**.Llama.generate", "local"},
	{"transformers.**.AutoModelForCausalLM.from_pretrained.generate", "local"},
	{"transformers.**.*ForCausalLM.from_pretrained.generate", "local"},
	{"vllm.**.LLM.generate", "local"},
	{"vllm.**.LLM.chat", "local"},
	{"mlx_lm.**.generate", "local"},
	{"mlx_lm.**.stream_generate", "local"},
	{"gpt4all.**.GPT4All.generate", "local"},
	{"instructor.**.completions.create", ""},
	{"instructor.**.create", ""},
	{"autogen_core.models.ChatCompletionClient.create", ""},
	{"autogen_ext.models.**.create", ""},
	{"crewai.LLM.call", ""},
	{"crewai.llm.LLM.call", ""},
	{"pydantic_ai.direct.model_request", ""},
	{"pydantic_ai.direct.model_request_sync", ""},
}

// posts are the calls that can be a model's HTTP interface, by their address.
var posts = []string{
	"requests.post", "requests.Session.post", "requests.request", "httpx.post", "httpx.Client.post", "httpx.AsyncClient.post", "httpx.stream",
	"builtins.fetch", "node-fetch.default", "axios.default.post", "axios.default", "undici.fetch", "undici.request", "got.default.post", "ky.default.post",
	"httpx.Client.stream", "httpx.AsyncClient.stream", "aiohttp.ClientSession.post", "urllib.request.Request",
}

// lastWords are the last parts of the names of calls that can ask a model: most calls are told by that alone.
var lastWords = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{"acreate": true}
	for _, m := range modelCalls {
		words[m.pattern[strings.LastIndexByte(m.pattern, '.')+1:]] = true
	}
	for _, p := range posts {
		words[p[strings.LastIndexByte(p, '.')+1:]] = true
	}
	return words
})

// localClasses are the classes of local models whose objects are called as functions.
var localClasses = []string{"llama_cpp.Llama", "llama_cpp.llama.Llama", "transformers.pipeline", "transformers.pipelines.pipeline", "ctransformers.AutoModelForCausalLM.from_pretrained"}

// calledModel tells whether a call calls an object that is a local model: llm = Llama(…); llm(prompt).
func (x *pass) calledModel(call, callee syntax.Node) bool {
	if !callee.Is(syntax.Name, syntax.Attr) || script(call) || !x.local(call) || !modelish.MatchString(callee.Text()) {
		return false
	}
	for _, v := range x.Code().Eval(callee).Each() {
		if v.Is(code.Instance) && v.Ref.Def == nil && v.Ref.Is(localClasses...) {
			return true
		}
	}
	return false
}

// modelish are what variables and attributes are called that hold a model.
var modelish = regexp.MustCompile(`(?i)(llm|llama|model|pipe|generator|chat|gpt|^lm$|^ai$)`)

// local tells whether the file of a call has a local model.
func (x *pass) local(call syntax.Node) bool {
	return x.contains(&x.locals, x.Code().ModuleOf(call), localModels())
}

var localModels = sync.OnceValue(func() *source.Finder {
	return source.NewFinder("llama_cpp", "transformers", "vllm", "mlx_lm", "gpt4all")
})

// renamed tells whether a plain name was imported under another: from litellm import completion as ask.
func (x *pass) renamed(callee syntax.Node) bool {
	if !callee.Is(syntax.Name) {
		return false
	}
	if x.aliases == nil {
		x.aliases = map[string]bool{}
		x.Tree().Root().Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Alias) && n.Child(0).Is(syntax.Name) {
				x.aliases[n.Child(0).Text()] = true
			}
			return !n.Is(syntax.Call)
		})
	}
	return x.aliases[callee.Text()]
}

// fetching tells whether something of JavaScript is called like what it may be handed in place of: this.fetchImpl = options.fetchImpl ?? fetch.
func fetching(callee syntax.Node) bool {
	return script(callee) && fetchName.MatchString(callee.Text())
}

var fetchName = regexp.MustCompile(`(?i)^_?[a-z]*fetch(er|fn|impl|function|implementation)?$`)

// isModelCall tells whether a call asks a model, or has one asked on another thread, and whose.
func (x *pass) isModelCall(call syntax.Node) (provider string, ok bool) {
	if h, ok := x.Code().Handed(call); ok {
		return x.asksModel(call, h.Callee)
	}
	return x.asksModel(call, call.Child(0))
}

// asksModel tells the same of a call that calls what an expression names.
func (x *pass) asksModel(call, callee syntax.Node) (provider string, ok bool) {
	if x.calledModel(call, callee) {
		return "local", true
	}
	if !callee.Is(syntax.Attr, syntax.Name) || !lastWords()[callee.Text()] && !x.renamed(callee) && !fetching(callee) {
		return "", false
	}
	ref := x.Code().Resolve(callee)
	if ref.Def != nil && (len(ref.Names) == 0 || script(call)) {
		return "", false
	}
	if ref.Name == "" && callee.Is(syntax.Attr) && questions.MatchString(callee.Text()) && !script(call) {
		// What others hand over is known by its objects only.
		for _, v := range x.Code().Eval(callee).Each() {
			if v.Is(code.External) {
				ref.Names = append(ref.Names, v.Ref.Name)
			}
		}
	}
	names := append([]string{ref.Name}, ref.Names...)
	for _, name := range names {
		if name == "" {
			continue
		}
		for _, m := range modelCalls {
			if code.Match(m.pattern, name) {
				if callee.TextIs("send") && strings.HasSuffix(m.pattern, "**.send") && !x.command(call) {
					return "", false
				}
				return m.provider, true
			}
		}
		for _, p := range posts {
			if name == p && callee == call.Child(0) && x.isEndpoint(call) {
				return "", true
			}
		}
	}
	if ref.Def != nil {
		return "", false
	}
	if ref.Name != "" && !strings.HasPrefix(ref.Name, "builtins.") && !(script(call) && strings.HasPrefix(ref.Name, x.Code().Module().Name+".")) {
		return "", false // of JavaScript, what a getter of the file gives has the getter's name
	}
	if script(call) && callee.TextIs("send") && !x.command(call) {
		return "", false
	}
	return "", loose(call, callee)
}

// heldClient is what programs call a client of a model, whichever it is.
var heldClient = regexp.MustCompile(`(?i)(model|llm|chat|completion)_?client$`)

// loose recognises a call on a client that somebody passed in: nothing is known of it but how it is used.
func loose(call, callee syntax.Node) bool {
	if !callee.Is(syntax.Attr) {
		return false
	}
	has := func(names ...string) bool {
		for _, n := range names {
			if discover.Said(call, n).IsZero() {
				return false
			}
		}
		return true
	}
	spread := !call.First(syntax.Spread).IsZero()
	parent := callee.Child(0)
	switch callee.Text() {
	case "create", "parse", "stream", "runTools":
		if callee.TextIs("create") && heldClient.MatchString(parent.Text()) {
			return has("messages") // await model_client.create(messages=[…])
		}
		switch parent.Text() {
		case "completions":
			return parent.Child(0).TextIs("chat") && (has("messages") || spread)
		case "messages":
			return has("model", "messages") || spread && !has("body") && parent.Child(0).Is(syntax.Name, syntax.Attr)
		case "responses":
			return has("input") || spread
		case "with_raw_response":
			return has("messages")
		}
	case "generateContent", "generateContentStream":
		return parent.TextIs("models") && has("contents") || has("contents", "config") || has("contents", "systemInstruction")
	case "generate_content", "generate_content_stream", "generate_content_async":
		return parent.TextIs("models") && has("contents") || has("contents", "config")
	case "converse", "converse_stream":
		return has("modelId") || has("messages")
	}
	return false
}

// isEndpoint tells whether a request goes to a model's interface.
func (x *pass) isEndpoint(call syntax.Node) bool {
	url := call.Argument("url")
	if url.IsZero() {
		url = call.Child(1)
		if v := x.Code().Eval(url); v.Is(code.String) && len(v.Text) < 8 { // request("POST", url)
			url = call.Child(2)
		}
	}
	if url.IsZero() {
		return false
	}
	for _, v := range x.Code().Eval(url).Each() {
		for _, text := range addresses(v) {
			provider, ok := discover.ModelEndpoint(text)
			if ok && (provider != "" || discover.OnlyModels(text) || !x.namesNoModel(call)) {
				return true
			}
		}
	}
	return false
}

// namesNoModel tells whether the body of a request is known, and no model is named in it, or no text in the places where
// models take theirs: a page that asks its own server posts a message to /api/chat, too.
func (x *pass) namesNoModel(call syntax.Node) bool {
	v := x.asCall(call)
	body := carried(v)
	for _, name := range []string{"json", "data"} {
		if body == nil {
			body = v.Arg(name, -1)
		}
	}
	if !body.Is(code.Dict) || body.Open {
		return false
	}
	says := func(key string) bool { return body.Get(key) != nil }
	return !says("model") || !slices.ContainsFunc([]string{"messages", "prompt", "input", "inputs", "contents"}, says)
}

// addresses are the texts that an address may be. Of one that begins with what was not certain, as it stands and with each
// beginning that the code shows: `${options.base ?? "https://api.openai.com/v1"}/responses`.
func addresses(v *code.Value) []string {
	if v.Is(code.Env) {
		return []string{v.Default().Str()}
	}
	texts := []string{v.Text}
	if !v.Is(code.String) || len(v.Holes) == 0 {
		return texts
	}
	rest, first := strings.CutPrefix(v.Text, "{"+v.Holes[0].Name+"}")
	if !first {
		return texts
	}
	for _, begin := range v.Holes[0].Value.Each() {
		if begin.Is(code.Env) {
			begin = begin.Default()
		}
		if begin.Is(code.String) && begin.Text != "" {
			texts = append(texts, begin.Text+rest)
		}
	}
	return texts
}

// argument gives what a model call is given by name, in whatever place its client takes it: directly, in a spread
// dictionary, in a configuration object, in the JSON of a request, in what the client or its chat was made with.
func argument(v *code.Value, names ...string) *code.Value {
	for _, name := range names {
		if got := v.Arg(name, -1); got != nil {
			return got
		}
	}
	if body := carried(v); body != nil {
		for _, name := range names {
			if got := from(body, name); got != nil {
				return got
			}
		}
	}
	for _, inside := range []string{"config", "generation_config", "json", "toolConfig", "inferenceConfig", "params"} {
		c := v.Arg(inside, -1)
		for _, name := range names {
			if got := c.Get(name); got != nil {
				return got
			}
			if c.Is(code.Instance) {
				if got := c.Arg(name, -1); got != nil {
					return got
				}
			}
		}
	}
	// chat = client.chats.create(model=…, config=…); model = GenerativeModel(…).start_chat()
	for b := v.Base; b != nil; b = b.Base {
		if !b.Is(code.Instance) || b.Call.IsZero() {
			continue
		}
		for _, name := range names {
			if got := b.Arg(name, -1); got != nil {
				return got
			}
			if got := carried(b); got != nil && from(got, name) != nil {
				return from(got, name)
			}
			if c := b.Arg("config", -1); c != nil {
				if got := c.Get(name); got != nil {
					return got
				}
				if got := c.Arg(name, -1); got != nil {
					return got
				}
			}
		}
	}
	return nil
}

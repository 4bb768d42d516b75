package discover

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// clients are libraries for one service that is both read and written, by what their names begin with. What a call does
// is told by its method: the tables know only what the service is.
var clients = []string{
	"google.cloud.storage", "boto3", "googleapiclient.discovery", "openai", "anthropic", "google.genai", "google.generativeai", "litellm",
	"@linear/sdk", "jira.js", "@notionhq/client", "@google-cloud", "@aws-sdk", "aws-sdk", "googleapis", "apify-client", "octokit", "@octokit",
	"@anthropic-ai/sdk", "@google/genai", "@google/generative-ai", "@browserbasehq/sdk", "ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject",
}

// answering are the last names of calls that have a model answer, whoever wraps the client: nothing is changed by them at
// the provider, and what they are told ends with a party that the owner chose.
var answering = []string{
	"messages.create", "messages.stream", "messages.parse", "messages.countTokens", "messages.count_tokens", "chat.completions.create", "chat.completions.parse",
	"chat.completions.stream", "completions.create", "responses.create", "responses.parse", "responses.stream", "embeddings.create", "moderations.create",
	"images.generate", "audio.transcriptions.create", "audio.translations.create", "audio.speech.create", "generateContent", "generate_content",
	"generateContentStream", "generate_content_stream", "embedContent", "embed_content", "completion", "acompletion", "generateText", "streamText",
	"generateObject", "streamObject",
}

// modelClients are the libraries whose calls of such names are calls of a model. A wrapper's name begins with its own.
var modelClients = []string{
	"openai", "anthropic", "google.genai", "google.generativeai", "litellm", "ollama", "groq", "mistralai", "cohere", "together", "ai.", "@ai-sdk",
	"@anthropic-ai/sdk", "@google/genai", "@google/generative-ai", "groq-sdk", "cohere-ai", "@mistralai", "langsmith", "@azure/openai",
	"github.com/openai/openai-go", "github.com/sashabaranov/go-openai", "github.com/anthropics/anthropic-sdk-go", "google.golang.org/genai",
	"github.com/ollama/ollama",
}

// asksModel tells whether a call has a provider's model answer.
func asksModel(name string) bool {
	name = scriptName(name)
	if !slices.ContainsFunc(modelClients, func(p string) bool { return strings.HasPrefix(name, p) }) {
		return false
	}
	return slices.ContainsFunc(answering, func(a string) bool {
		rest, ok := strings.CutSuffix(name, a)
		return ok && (rest == "" || strings.HasSuffix(rest, ".") || strings.HasSuffix(rest, "/"))
	})
}

// chatAsking are the methods by which a chat model of LangChain is asked.
var chatAsking = map[string]bool{
	"invoke": true, "ainvoke": true, "stream": true, "astream": true, "batch": true, "abatch": true, "predict": true, "apredict": true,
	"generate": true, "agenerate": true, "predict_messages": true, "call": true,
}

// chatEffects gives what a call on a chat model of LangChain, or on what was made from one, does: to ask it brings an
// answer in, and to make something of it (llm.with_structured_output(…)) does nothing.
func chatEffects(name string) (effects []string, ok bool) {
	if !strings.HasPrefix(name, "langchain") && !strings.HasPrefix(name, "@langchain") {
		return nil, false
	}
	asks := false
	for !isChatClass(name) {
		i := strings.LastIndexByte(name, '.')
		if i <= 0 {
			return nil, false
		}
		switch last := name[i+1:]; {
		case chatAsking[last] && !asks:
			asks = true
		case !chatMethods[last]:
			return nil, false
		}
		name = name[:i]
	}
	if asks {
		return []string{"net-read"}, true
	}
	return nil, true
}

// isChatClass tells whether a name is that of a chat model class.
func isChatClass(name string) bool {
	return isClassName(name) && slices.ContainsFunc(chatClasses, func(c chatClass) bool { return code.Match(c.pattern, name) })
}

// refineClient tells by its method what a call to a service does that the tables know to be read and written: a handle on
// an object and a link that was signed bring nothing, what is put there gives back no more than where it stands, and who
// asks for a list changes nothing.
func refineClient(r *code.Resolver, c code.Call, name string, effects []string) []string {
	if len(effects) == 1 && (effects[0] == "message-send" || effects[0] == "money") {
		return refineService(c, name, effects)
	}
	if !slices.Contains(effects, "net-read") && !slices.Contains(effects, "net-write") || len(effects) > 2 {
		return effects
	}
	if asksModel(name) {
		return []string{"net-read"}
	}
	name = scriptName(name)
	if !ofLibrary(name, clients) {
		return effects
	}
	name = strings.TrimSuffix(name, ".execute")
	last := name[strings.LastIndexAny(name, "./")+1:]
	switch last {
	case "client", "resource", "session", "bucket", "blob", "file", "generate_signed_url", "generate_presigned_url", "generate_presigned_post", "getSignedUrl",
		"exists", "close", "build", "google":
		return nil
	case "send": // of AWS: the command says what is done
		if command := r.Eval(c.Node.Child(1)); command.Is(code.Instance) {
			last = command.Ref.Last()
		}
	case "request", "graphql", "paginate": // of GitHub: "GET /repos/{owner}"
		if text, ok := r.Eval(c.Node.Child(1)).Constant(); ok {
			if method, _, ok := strings.Cut(text, " "); ok && method == strings.ToUpper(method) && strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
				return methodEffects([]string{method}, true, c.Node)
			}
			if text = strings.TrimSpace(text); strings.HasPrefix(text, "query") || strings.HasPrefix(text, "{") {
				return []string{"net-read"}
			}
		}
	}
	switch {
	case startsWith(last, reading):
		return []string{"net-read"}
	case startsWith(last, writing):
		if answerUsed(c.Node) && !storage(name) {
			return []string{"net-read", "net-write"}
		}
		return []string{"net-write"}
	case made(c.Node, last):
		return nil
	}
	if slices.Contains(effects, "net-write") && len(effects) == 2 {
		return []string{"net-read", "net-write" + possibly}
	}
	return effects
}

// refineService tells of a service that sends messages or moves money what is only asked of it: who says something and
// what an account holds are read, and that a client is made does nothing yet.
func refineService(c code.Call, name string, effects []string) []string {
	name = scriptName(name)
	last := name[strings.LastIndexAny(name, "./")+1:]
	switch {
	case made(c.Node, last):
		return nil
	case startsWith(last, reading) || asked[last]:
		return []string{"net-read"}
	case last == "join" || last == "leave":
		return []string{"net-write"}
	}
	return effects
}

// asked are names of calls beyond those that begin with a verb of reading by which such services are only asked.
var asked = map[string]bool{
	"info": true, "history": true, "members": true, "replies": true, "permalink": true, "identity": true, "test": true, "balance": true, "ticker": true, "quote": true, "quotes": true,
}

// storage tells of a client what is put there, which gives back no more than where it stands.
func storage(name string) bool {
	return strings.HasPrefix(name, "google.cloud.storage") || strings.HasPrefix(name, "boto3") || strings.HasPrefix(name, "googleapiclient") ||
		strings.HasPrefix(name, "@google-cloud/storage") || strings.HasPrefix(name, "@aws-sdk")
}

// made tells whether a call makes an object of a class, by its form or its name.
func made(call syntax.Node, last string) bool {
	if call.Op() == 1 && call.Tree() != nil && call.Tree().Language == syntax.TypeScript {
		return true
	}
	first, _ := utf8.DecodeRuneInString(last)
	return unicode.IsUpper(first) && !call.Child(0).Is(syntax.Attr) || last == "Client" || last == "Session" || last == "Bucket" || last == "Object" || last == "Table"
}

// reading and writing are the verbs that names of methods begin with.
var (
	reading = []string{
		"get", "list", "search", "find", "fetch", "read", "query", "retrieve", "describe", "head", "download", "view", "count", "select", "scan", "lookup", "show",
		"batchGet", "batch_get", "browse", "check", "load", "watch",
	}
	writing = []string{
		"create", "update", "delete", "put", "post", "send", "upload", "add", "remove", "insert", "patch", "append", "set", "write", "edit", "move", "copy", "merge",
		"publish", "submit", "invoke", "start", "stop", "cancel", "terminate", "assign", "unassign", "comment", "reply", "close", "reopen", "archive", "unarchive", "trash",
		"untrash", "modify", "batchUpdate", "batchDelete", "batch_write", "batchWrite", "batch_modify", "batchModify", "upsert", "save", "import", "replace", "transition",
		"lock", "unlock", "enable", "disable", "approve", "reject", "register", "deregister", "rename", "destroy", "restore", "run", "book", "order", "buy", "pay", "tag", "untag",
	}
)

// startsWith tells whether a name begins with one of the words: getObject, get_object and GetObjectCommand with get.
func startsWith(name string, words []string) bool {
	for _, w := range words {
		if len(name) < len(w) || !strings.EqualFold(name[:len(w)], w) {
			continue
		}
		if rest := name[len(w):]; rest == "" || rest[0] == '_' || rest[0] >= 'A' && rest[0] <= 'Z' || rest[0] >= '0' && rest[0] <= '9' {
			return true
		}
	}
	return false
}

package discover

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
)

// promptSources are where programs load the text of their instructions from when they run, by parts of the names of
// what they call. What is remote is not the owner's word: whoever may write there writes into the prompt.
var promptSources = []struct {
	from   string
	remote bool
	calls  []string // prefixes of names; one that begins with a dot may stand anywhere
}{
	{"a prompt hub", true, []string{
		"langchain.hub.pull", "langchainhub.", "langsmith.Client.pull_prompt", ".pull_prompt", "langchain/hub.pull", "langfuse.", ".get_langfuse_prompt",
		"promptlayer.", "mlflow.genai.load_prompt", "mlflow.load_prompt", "humanloop.", "phoenix.client.", "agenta.", "portkey_ai.", "vertexai.preview.prompts.",
	}},
	{"an address", true, []string{"requests.get", "requests.post", "requests.Session", "httpx.", "urllib.request.", "urllib3.", "aiohttp.", "builtins.fetch", "axios."}},
	{"a store", false, []string{
		"boto3.", "redis.", "google.cloud.storage.", "google.cloud.firestore.", "firebase_admin.", "pymongo.", "motor.", "sqlite3.", "psycopg.", "psycopg_pool.", "psycopg2.", "asyncpg.",
		"sqlalchemy.", "azure.storage.", "azure.cosmos.", "azure.appconfiguration.", "supabase.", "@supabase/", "@aws-sdk/", "ioredis.", "mongodb.", "pg.",
	}},
}

// loaded tells where a value's text is loaded from when the program runs; "" when the value shows no such place.
func loaded(v *code.Value) (from string, remote bool) {
	for ; v != nil; v = v.Base {
		name := v.Ref.Name
		for _, s := range promptSources {
			for _, call := range s.calls {
				if name != "" && (strings.HasPrefix(name, call) || call[0] == '.' && strings.Contains(name, call)) {
					return s.from, s.remote
				}
			}
		}
	}
	return "", false
}

// promptLoaded says of a prompt whose text is not in the code where it comes from: it is a gap, and untrusted where
// others than the program's owner may write it.
func (p *Pass) promptLoaded(e *Element, agentName string, v *code.Value, at source.Span) {
	for _, one := range v.Each() {
		if !one.Is(code.Instance) && !one.Is(code.External) {
			continue
		}
		if name, ok := one.ReadFrom(); ok {
			if p.fileText(one) == nil {
				p.Unresolved("the instructions of "+agentName, "they are read from "+name+", which is not among the files", at)
			}
			continue
		}
		from, remote := loaded(one)
		if from == "" {
			continue
		}
		p.Unresolved("the instructions of "+agentName, "they are loaded from "+from+" when the program runs", at)
		if remote {
			e.FactBecause("untrusted-text", model.Yes, "its text is loaded from "+from+" when the program runs", at)
		}
	}
}

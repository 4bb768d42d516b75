package discover

import (
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
)

// plainClients are libraries that fetch whatever address they are told: by themselves they say nothing of who writes there.
var plainClients = []string{
	"requests", "httpx", "aiohttp", "urllib", "urllib3", "http.client", "socket", "websocket", "websockets", "builtins.fetch", "node-fetch", "cross-fetch", "undici",
	"axios", "got", "ky", "superagent", "http", "https", "net/http", "net", "github.com/go-resty/resty", "resty.dev", "ws", "builtins.WebSocket", "needle", "request",
	"graphql-request", "ftplib", "tls", "crypto/tls", "dns",
}

// ownAnswer are parts of names of calls whose answer is a service's own: that somebody may sign in, how something is set.
var ownAnswer = regexp.MustCompile(`(?i)(^|[./_])(o?auth2?|credentials?|tokens?|settings?|time_?zone|colou?rs|quota|billing|health|version)([./_]|$)|(auth|authorize|consent|login)_?url|(get|refresh|verify|revoke)[A-Za-z_]*token`)

// accounts are the libraries of clouds, clusters and container engines, whose answers say what the account itself holds, costs
// and does, which is written by those who have an account there; contents are the calls by which they give what lies in their
// stores, queues and logs.
var (
	accounts = regexp.MustCompile(`^(?:(?:boto3|aioboto3|botocore|aiobotocore|@aws-sdk)[./]|azure\.mgmt\.|kubernetes\.|docker\.)`)
	contents = regexp.MustCompile(`(?i)[./](?:read_namespaced_pod_log|logs|get_?(?:object|item|records?|log_?events|log_?record|query_?results|document|messages?|file|blob|text_?detection|transcription_?job|session|event|memory)|batch_?get_?item|batch_?get_?documents?|receive_?message|filter_?log_?events|select_?object_?content|scan|query|search|retrieve|retrieve_?and_?generate|execute_?statement|list_?(?:events|messages|memory_?records)|download|download_?file(?:obj)?|invoke[a-z_]*|converse[a-z_]*)(?:Command)?(?:[./]|$)`)
)

// googleService is the call that makes a client of one of Google's services: google.calendar({ version: "v3" }).
var googleService = regexp.MustCompile(`^googleapis\.google\.[a-z]+$`)

// strangersWrite tells of a call that fetches whether what comes back can hold what strangers wrote. A library that searches,
// crawls, or opens mail does; so does an address that the caller names, and one whose words say so. The answer of a service
// of a fixed address is its own as far as anybody can tell from the code, and so is that of a provider's model.
func strangersWrite(r *code.Resolver, c code.Call) bool {
	name := scriptName(c.Callee.Name)
	if _, chat := chatEffects(name); chat || asksModel(name) || ownAnswer.MatchString(name) || accounts.MatchString(name) && !contents.MatchString(name) || googleService.MatchString(name) {
		return false
	}
	if !ofLibrary(name, plainClients) || placeOf("net-read", c.Callee.Name, c) == placeGiven {
		return true
	}
	where := firstOf(c.Node, "url", "uri", "endpoint")
	for _, v := range r.Eval(where).Each() {
		if v.Is(code.String) && strings.Contains(v.Text, "://") && model.WrittenByMany(v.Text) { // a path says what is asked, and not who answers
			return true
		}
	}
	return false
}

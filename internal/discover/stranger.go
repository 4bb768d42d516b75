package discover

import (
	"regexp"
	"slices"
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

// ownAccount are calls of clouds, clusters and container engines by which somebody is told what the account itself holds, costs
// and does: whoever may write that has an account there. What lies in stores, queues and logs, and what happened, is another matter.
var ownAccount = regexp.MustCompile(`^(?:(?:boto3|aioboto3|botocore|aiobotocore)\.(?:\w+\.)*?(?:describe_\w+|list_\w+|get_(?:cost|metric|caller|account|reservation|savings|rightsizing|anomal|dimension|usage|tags|resources|findings|insights|compliance|recommend|policy|role|bucket_)\w*|batch_get_findings)(?:\.|$)|azure\.mgmt\.|docker\.(?:\w+\.)*?(?:list|get|attrs|stats|inspect\w*|top|info|version)(?:\.|$)|kubernetes\.(?:\w+\.)*?(?:read|list|get)_\w+(?:\.|$))`)

// told are the calls among those whose answers hold what somebody else may have written, all the same.
var told = regexp.MustCompile(`(?i)[._](?:\w*log|logs|\w*events?|\w*messages?|\w*records?|custom_object\w*|\w*objects_v?\d?|list_objects\w*)(?:\.|$)`)

// googleService is the call that makes a client of one of Google's services: google.calendar({ version: "v3" }).
var googleService = regexp.MustCompile(`^googleapis\.google\.[a-z]+$`)

// strangersWrite tells of a call that fetches whether what comes back can hold what strangers wrote. A library that searches,
// crawls, or opens mail does; so does an address that the caller names, and one whose words say so. The answer of a service
// of a fixed address is its own as far as anybody can tell from the code, and so is that of a provider's model.
func strangersWrite(r *code.Resolver, c code.Call) bool {
	name := scriptName(c.Callee.Name)
	if _, chat := chatEffects(name); chat || asksModel(name) || ownAnswer.MatchString(name) || ownAccount.MatchString(name) && !told.MatchString(name) || googleService.MatchString(name) {
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

// bringers are libraries whose calls that fetch give what other people wrote: mail, talk, searches, pages, issues.
var bringers = []string{
	"googleapis", "googleapiclient", "imaplib", "imap_tools", "imapflow", "exchangelib", "O365", "msgraph", "@microsoft/microsoft-graph-client",
	"tavily", "@tavily/core", "duckduckgo_search", "ddgs", "serpapi", "googlesearch", "exa_py", "exa-js", "firecrawl", "@mendable/firecrawl-js", "crawl4ai",
	"newspaper", "trafilatura", "feedparser", "rss-parser", "newsapi", "wikipedia", "arxiv", "praw", "tweepy", "twitter-api-v2", "youtube_transcript_api",
	"slack_sdk", "@slack/web-api", "telethon", "github", "gitlab", "@octokit/rest", "octokit", "jira", "atlassian", "notion_client", "@notionhq/client",
	"playwright", "selenium", "puppeteer",
}

// BringsText tells of a call whether it fetches what other people wrote: by its library, or by the address that it asks.
func (p *Pass) BringsText(c code.Call) bool {
	if name := scriptName(c.Callee.Name); !ofLibrary(name, bringers) && !ofLibrary(name, plainClients) {
		return false
	}
	effects, known := effectsOfCall(p.code, c)
	return known && slices.Contains(effects, "net-read") && strangersWrite(p.code, c)
}

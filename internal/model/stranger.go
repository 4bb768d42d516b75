package model

import "regexp"

// Who writes what a service of a fixed address answers cannot be seen: the status of an order is the vendor's own, the page
// behind a search is anybody's. What can be seen are words: those of the address, and those by which a tool is described.

// manyWrite are words of addresses where many people write, or that hand on what they wrote.
var manyWrite = regexp.MustCompile(`(?i)search|serp|tavily|exa\.ai|firecrawl|jina\.ai|duckduckgo|bing\.|brave\.com|wikipedia|wikidata|reddit|twitter|x\.com|ycombinator|hn\.algolia|news|rss|feeds?\b|github|gitlab|bitbucket|arxiv|pubmed|ncbi\.|semanticscholar|crossref|youtube|gmail|graph\.microsoft|outlook|slack\.com|discord|telegram|whatsapp|twilio|mail|notion|atlassian|zendesk|intercom|freshdesk|linear\.app|linkedin|facebook|instagram|tiktok|medium\.com|substack|stackexchange|stackoverflow|reviews?\b|comments?\b|forums?\b|\bocr|transcri|whisper|scrap|crawl|extract|articles?\b|blogs?\b|huggingface|npmjs|pypi\.org|raw\.githubusercontent`)

// WrittenByMany tells of an address whether many people write what stands there, as far as its words say.
func WrittenByMany(address string) bool { return manyWrite.MatchString(address) }

// writings are words for what people write, in what is said of a tool.
var writings = regexp.MustCompile(`(?i)\b(search(es|ing)? (for )?(the |in the |on )?(web|internet|online|google|news|pages|sites)|search (results?|engine)|web ?search|brows(e|es|ing)|crawl(s|ing)?|scrap(e|es|ing)|web ?(pages?|sites?)?|websites?|pages?|html|e-?mails?|inbox|mailbox|gmail|messages?|chats?|conversations?|comments?|issues?|pull requests?|tickets?|work notes?|reviews?|posts?|feeds?|tweets?|news|headlines?|articles?|papers?|abstracts?|publications?|documents?|docs|pdfs?|attachments?|transcripts?|transcri(be|bes|ption)|subtitles?|captions?|ocr|extracts? text|text from|wikis?|wikipedia|blogs?|resumes?|knowledge ?base|forums?|readme|source code|commits?|videos?|podcasts?)\b`)

// changing are the first words of names of tools that change something: what they answer is what they made.
var changing = regexp.MustCompile(`(?i)^(create|update|delete|add|remove|close|send|post|set|save|write|upload|put|patch|insert|append|edit|move|publish|submit|start|stop|cancel|assign|reply|archive|book|order|buy|pay|register|rename|merge|approve|reject|schedule|trigger|generate|make|render)\b`)

// splits are the places where a name written as one falls into words.
var splits = regexp.MustCompile(`([a-z0-9])([A-Z])|[_-]`)

// changes tells by its name whether a tool changes something: what it looks up on the way it need not hand back.
func changes(name string) bool { return changing.MatchString(splits.ReplaceAllString(name, "$1 $2")) }

// bringsWriting tells whether a tool's name and description say that it brings in what people write.
func bringsWriting(name, detail string) bool {
	name = splits.ReplaceAllString(name, "$1 $2")
	return !changing.MatchString(name) && (writings.MatchString(name) || writings.MatchString(detail))
}

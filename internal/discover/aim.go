package discover

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// Where an effect goes. A tool that writes what it is told into a file that the code names, or asks one service whatever
// it is told, is another thing than one whose caller says which file and which address.
const (
	placeFixed = "fixed" // the code decides
	placeGiven = "given" // whoever calls may decide
)

// placeOf tells who decides where a call's effect goes; "" for effects that go nowhere in particular.
func placeOf(effect, name string, c code.Call) string {
	given := false
	switch effect {
	case "fs-write", "fs-read":
		given = c.Driven && choosesFile(effect, name, c)
	case "net-read", "net-write":
		given = c.Driven && choosesAddress(name, c)
	default:
		return ""
	}
	if given {
		return placeGiven
	}
	return placeFixed
}

// choosesFile tells whether the caller of a call's function may choose the file: one outside the folder that the code
// names, and to be written, one that is more than data.
func choosesFile(effect, name string, c code.Call) bool {
	last := name[strings.LastIndexAny(name, "./")+1:]
	switch last {
	case "mkdir", "mkdirs", "makedirs", "mkdirSync", "Mkdir", "MkdirAll", "mkdtemp", "mkdtempSync", "MkdirTemp", "exists", "existsSync", "stat", "statSync", "access", "accessSync":
		return false
	}
	callee := c.Node.Child(0)
	var where syntax.Node
	switch {
	case strings.HasPrefix(name, "zipfile"), strings.HasPrefix(name, "tarfile"):
		return true // the archive says where
	case strings.HasPrefix(name, "pathlib.") && callee.Is(syntax.Attr):
		where = callee.Child(0)
	case last == "Write" || last == "WriteString" || last == "write" || last == "end": // of a file that is open
		where = callee.Child(0)
		if name == "fs.write" {
			where = c.Node.Child(1)
		}
	case effect == "fs-write" && target[last]:
		where = c.Node.Child(2)
	default:
		where = firstOf(c.Node, "path", "file", "filename", "file_path", "filepath", "fname", "fp", "path_or_buf")
	}
	a, held := c.Gets(where)
	return held && a&code.Slashes != 0 && (effect == "fs-read" || a&code.End != 0)
}

// target are calls that name two files, and write the second.
var target = map[string]bool{
	"copy": true, "copy2": true, "copyfile": true, "copytree": true, "move": true, "rename": true, "replace": true, "copyFile": true, "copyFileSync": true,
	"renameSync": true, "cp": true, "cpSync": true, "Rename": true, "symlink": true, "symlinkSync": true, "link": true, "Symlink": true, "Link": true,
}

// fetchers are calls that are told an address; other libraries ask the service that they are made for.
var fetchers = []string{
	"requests", "httpx", "aiohttp", "urllib", "urllib3", "http.client", "socket", "websocket", "websockets", "trafilatura", "newspaper", "feedparser", "crawl4ai",
	"playwright", "selenium", "pyppeteer", "mechanize", "scrapy", "pandas", "firecrawl", "exa_py", "readability", "bs4_fetch", "tavily", "langchain_community.document_loaders", //nolint:misspell // names of libraries
	"builtins.fetch", "node-fetch", "cross-fetch", "undici", "axios", "got", "ky", "superagent", "puppeteer", "puppeteer-core", "cheerio", "jsdom", "http", "https",
	"net/http", "net", "github.com/go-resty/resty", "ws", "builtins.WebSocket", "ftplib", "imaplib", "yt_dlp", "@mendable/firecrawl-js", "exa-js",
	"github.com/PuerkitoBio/goquery", "github.com/gocolly/colly", "github.com/chromedp/chromedp", "paramiko",
}

// asking are the methods of those libraries that ask for words and not for an address.
var asking = map[string]bool{"search": true, "search_and_contents": true, "searchAndContents": true, "qna_search": true, "get_search_context": true}

// answered are the methods of an answer: whom they come from was said where it was asked for.
var answered = map[string]bool{
	"json": true, "text": true, "raise_for_status": true, "read": true, "aread": true, "iter_lines": true, "aiter_lines": true, "iter_bytes": true, "aiter_bytes": true,
	"aiter_text": true, "iter_text": true, "iter_content": true, "arrayBuffer": true, "blob": true, "getheader": true, "close": true, "aclose": true, "decode": true,
}

// ofLibrary tells whether a name is that of one of the libraries, or of a part of it.
func ofLibrary(name string, libraries []string) bool {
	return slices.ContainsFunc(libraries, func(library string) bool {
		rest, ok := strings.CutPrefix(name, library)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '/')
	})
}

// choosesAddress tells whether the caller of a call's function may choose whom it addresses.
func choosesAddress(name string, c code.Call) bool {
	name = scriptName(name)
	last := name[strings.LastIndexAny(name, "./")+1:]
	if !ofLibrary(name, fetchers) || asking[last] || answered[last] {
		return false
	}
	where := firstOf(c.Node, "url", "uri", "endpoint")
	switch {
	case where.Is(syntax.Map):
		for key, value := range where.Pairs() {
			if key.TextIs("url") {
				where = value
			}
		}
	case last == "request" || last == "stream" || strings.HasPrefix(last, "NewRequest"):
		where = firstOf(c.Node, "url")
		for i := 1; i < c.Node.Count(); i++ {
			if n := c.Node.Child(i); n.Is(syntax.String) || n.Is(syntax.Attr) || n.TextIs("method") || n.TextIs("ctx") {
				where = c.Node.Child(i + 1)
				continue
			}
			break
		}
	case where.IsZero() || strings.Contains(last, "Do") && strings.HasPrefix(name, "net/http"):
		return c.Given()&code.Start != 0
	}
	a, held := c.Gets(where)
	return held && a&code.Start != 0
}

// firstOf is the argument of one of the names, else the first one.
func firstOf(call syntax.Node, names ...string) syntax.Node {
	for _, name := range names {
		if n := call.Argument(name); !n.IsZero() {
			return n
		}
	}
	if n := call.Child(1); !n.Is(syntax.Keyword, syntax.Spread) {
		return n
	}
	return syntax.Node{}
}

package discover

import (
	"regexp"
	"strings"
)

// Where a server leads is what somebody agreed to: a package with the folder it is given, a bridge with the address behind
// it, an address. Who changes it under the same name has another server answer. A version is no other place.

// version is what stands behind a package's name where it says no more than which release. An address there is another place.
var version = regexp.MustCompile(`^(?:[\w.+*~^<>=!-]+|sha256:[0-9a-f]+)$`)

// leadsTo is a command line without versions and without what only keeps the runner quiet. It is empty for a program of the
// tree or machine that is handed no address elsewhere.
func (l launch) leadsTo(args []string) string {
	var words []string
	away := l.fetched
	for i, a := range redacted(args) {
		raw := args[i]
		away = away || strings.Contains(raw, "://") && !isLoopback(raw[strings.Index(raw, "://")-1:])
		switch {
		case raw == "-y" || raw == "--yes" || raw == "-q" || raw == "--quiet" || raw == "--silent":
			continue
		case l.name != "" && l.version != "" && version.MatchString(l.version) && versioned(raw, l.name):
			a = l.name
		case i > 0 && (args[i-1] == "--with" || args[i-1] == "--python"):
			if name, of := pythonVersion(raw); version.MatchString(of) {
				a = name
			}
		}
		words = append(words, a)
	}
	if !away {
		return ""
	}
	if len(words) == 0 {
		return l.name
	}
	return strings.Join(words, " ")
}

// versioned tells whether a word is a name with something behind it that says which release.
func versioned(word, name string) bool {
	rest, ok := strings.CutPrefix(word, name)
	return ok && strings.ContainsAny(rest[:min(1, len(rest))], "@=: ")
}

// release is a part of a path that says which release of an interface is spoken, way one that says how, and opaque one that may be a key.
var (
	release = regexp.MustCompile(`^v\d+(?:\.\d+)*$`)
	way     = regexp.MustCompile(`^(?:mcp|sse|messages?|stream|http)$`)
	opaque  = regexp.MustCompile(`^[\w-]{20,}$`)
)

// addressOf is a URL without what is asked for, releases and what may be a key: one host serves many servers by their path.
func addressOf(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		scheme, rest = "", url
	}
	rest, _, _ = strings.Cut(rest, "?")
	rest, _, _ = strings.Cut(rest, "#")
	_, path, _ := strings.Cut(rest, "/")
	address := strings.ToLower(hostOf(url))
	for part := range strings.SplitSeq(path, "/") {
		switch {
		case part == "" || release.MatchString(part) || way.MatchString(part):
		case opaque.MatchString(part) && strings.ContainsAny(part, "0123456789"):
			address += "/[redacted]"
		default:
			address += "/" + part
		}
	}
	if scheme == "http" { // anybody on the way may answer there
		return "http://" + address
	}
	return "https://" + address
}

// Package dotenv finds keys that lie in .env files of a tree with agents.
//
// A .env file is meant to stay out of version control; one that is in the tree that is read has not stayed out, unless
// nothing ignores it yet. Each variable of it that is named like a secret and is set to something that looks like one
// becomes a credential that stands in a file. What it is set to is looked at and never copied. Samples (.env.example
// and the like) are none, whatever they hold; nor are files of a part of the tree in which no agent, tool or tool
// server was found.
package dotenv

import (
	"bytes"
	"path"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
)

// Extractor finds keys in .env files.
var Extractor = &discover.Extractor{
	Name:  "dotenv",
	Doc:   "Files of environment variables. Keys that stand in a .env file of the tree, their values left out.",
	Match: isEnvironment,
	Run:   run,
}

// samples are what names of files that show what to set are made of.
var samples = []string{"example", "sample", "template", "dist", "default", "schema", "tpl", "test", "ci", "mock"}

func isEnvironment(file string) bool {
	base := strings.ToLower(path.Base(file))
	if base != ".env" && !strings.HasPrefix(base, ".env.") && !strings.HasSuffix(base, ".env") {
		return false
	}
	for part := range strings.FieldsFuncSeq(base, func(r rune) bool { return r == '.' || r == '-' || r == '_' }) {
		for _, s := range samples {
			if part == s {
				return false
			}
		}
	}
	return true
}

// mostVariables bounds one file.
const mostVariables = 500

// apart are folders that hold settings of the folder above.
var apart = map[string]bool{"docker": true, "config": true, "configs": true, "env": true, "envs": true, "deploy": true, "deployment": true, "infra": true, "environments": true, ".envs": true}

func run(p *discover.Pass) error {
	group := discover.Local(p.Path(), "variables")
	folder := path.Dir(p.Path())
	if apart[path.Base(folder)] {
		folder = path.Dir(folder)
	}
	defer p.Subject(group)()
	seen := map[string]bool{}
	content := p.File().Content()
	for at := 0; at < len(content); {
		if len(seen) >= mostVariables {
			p.Unresolved("the variables of "+p.Path(), "there are more than are read", p.File().Span(at, at))
			break
		}
		end := len(content)
		if n := bytes.IndexByte(content[at:], '\n'); n >= 0 {
			end = at + n
		}
		name, value, start := variable(string(content[at:end]))
		if name != "" && !seen[name] && discover.LiteralSecret(name, value) {
			seen[name] = true
			span := p.File().Span(at+start, at+start+len(name))
			p.Element(model.Credential, discover.Local(p.Path(), name), name, span).
				FactBecause("plain-text", model.Yes, "its value stands in "+path.Base(p.Path()), span)
		}
		at = end + 1
	}
	if len(seen) > 0 {
		p.Place(discover.Place{Ref: group, Folders: []string{folder}})
	}
	return nil
}

// variable reads one line; the name is "" when it sets nothing.
func variable(line string) (name, value string, start int) {
	rest := strings.TrimLeft(line, " \t\ufeff")
	start = len(line) - len(rest)
	if after, ok := strings.CutPrefix(rest, "export "); ok {
		start += len(rest) - len(after)
		rest = after
	}
	name, value, ok := strings.Cut(rest, "=")
	name = strings.TrimRight(name, " \t")
	if !ok || name == "" || strings.HasPrefix(name, "#") || strings.ContainsAny(name, " \t\"'") {
		return "", "", 0
	}
	value = strings.TrimSpace(value)
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		if n := strings.IndexByte(value[1:], value[0]); n >= 0 {
			return name, value[1 : 1+n], start
		}
	}
	value, _, _ = strings.Cut(value, " #")
	return name, strings.TrimSpace(value), start
}

package codecheck

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// config looks at a file that is no source code.
func (l *look) config(name string, s *seen) {
	base := path.Base(name)
	low := strings.ToLower(base)
	var read func(*configLook)
	switch {
	case low == "dockerfile" || strings.HasPrefix(low, "dockerfile.") || strings.HasSuffix(low, ".dockerfile") || low == "containerfile":
		read = (*configLook).dockerfile
	case low == ".env" || strings.HasPrefix(low, ".env.") || strings.HasSuffix(low, ".env"):
		read = (*configLook).env
	case strings.HasPrefix(low, "requirements") && strings.HasSuffix(low, ".txt"):
		read = (*configLook).requirements
	case low == "package.json":
		read = (*configLook).packageJSON
	case strings.Contains(name, ".github/workflows/") && (strings.HasSuffix(low, ".yml") || strings.HasSuffix(low, ".yaml")):
		read = (*configLook).workflow
	case strings.Contains(low, "compose") && (strings.HasSuffix(low, ".yml") || strings.HasSuffix(low, ".yaml")):
		read = (*configLook).compose
	case low == "mcp.json" || low == ".mcp.json" || low == "claude_desktop_config.json" || low == "mcp_config.json" || low == "mcp-config.json" || low == "mcp_settings.json" || low == "cline_mcp_settings.json" || strings.HasSuffix(name, ".gemini/settings.json"):
		read = (*configLook).mcp
	case strings.HasSuffix(name, ".claude/settings.json") || strings.HasSuffix(name, ".claude/settings.local.json"):
		read = (*configLook).settings
	case strings.HasSuffix(low, ".yaml") || strings.HasSuffix(low, ".yml"):
		read = func(c *configLook) { c.kubernetes(); c.template() }
	default:
		return
	}
	if len(l.in.Asks.Kinds["file"]) == 0 && !l.in.Asks.wants("literal", "secret") {
		return
	}
	file := l.in.Read(name)
	if file == nil || len(file.Content()) > mostBytes {
		return
	}
	s.looked = true
	read(&configLook{look: l, path: name, base: base, scope: source.Scope(name), file: file, seen: s, used: map[string]int{}})
}

// configLook is one configuration file on its way.
type configLook struct {
	*look
	path, base, scope string
	file              *source.File
	seen              *seen
	used              map[string]int
	named             map[naming][]string
}

// naming is a text of a subject that lists names.
type naming struct {
	s     *result.Subject
	field string
}

// mostNamed is how many names such a text holds.
const mostNamed = 5

// name adds to a text that lists names; of many the first are told, and how many more there are.
func (c *configLook) name(s *result.Subject, field, name string) {
	if c.named == nil {
		c.named = map[naming][]string{}
	}
	key := naming{s, field}
	if slices.Contains(c.named[key], name) {
		return
	}
	c.named[key] = append(c.named[key], name)
	all := c.named[key]
	text := strings.Join(all[:min(len(all), mostNamed)], ", ")
	if more := len(all) - mostNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	s.Texts[field] = text
}

// subject begins the subject of a file or a part of it.
func (c *configLook) subject(kind, part string, at source.Span) *result.Subject {
	id := c.path
	if part != "" {
		id += ":" + part
	}
	id = numbered(id+"#"+kind, c.used)
	s := &result.Subject{
		On: "file", Kinds: []string{kind}, ID: id, Place: id, Scope: c.scope, Evidence: []model.Evidence{evidence(at)},
		Flags: map[string]result.Truth{"committed": result.Yes}, Numbers: map[string]int{}, Lists: map[string][]string{}, Spots: map[string]model.Evidence{},
		Texts: map[string]string{"path": c.path, "base": c.base, "part": part},
	}
	s.Element = c.owners.describedAt(c.path, s.Evidence[0].Line)
	if c.in.Asks.wants("file", kind) {
		c.seen.subjects = append(c.seen.subjects, s)
	}
	return s
}

// spot sets a flag with its place.
func spot(s *result.Subject, name string, yes bool, at source.Span) {
	s.Flags[name] = result.Is(yes)
	if !at.IsZero() {
		s.Spots[name] = evidence(at)
	}
}

// sampleEnv are endings of files of variables that show what to set and hold no values of anybody's.
var sampleEnv = map[string]bool{"example": true, "template": true, "sample": true, "dist": true, "tmpl": true, "tpl": true, "defaults": true, "schema": true}

// secret makes a subject of a value in a configuration that looks like a secret.
func (c *configLook) secret(owner *result.Subject, name, value string, at source.Span) {
	shape := secretShape(name, value)
	if shape == "" && !(secretName.MatchString(name) && secretLike(value)) {
		return
	}
	place := holdsPlace(value, shape)
	if owner != nil && !place {
		owner.Flags["holds_secrets"] = result.Yes
		c.name(owner, "secrets", name)
		if _, ok := owner.Spots["holds_secrets"]; !ok {
			owner.Spots["holds_secrets"] = evidence(at)
		}
	}
	if !c.in.Asks.wants("literal", "secret") {
		return
	}
	id := numbered(c.path+":"+name, c.used)
	file := &result.Subject{On: "file", ID: c.path, Place: c.path, Scope: c.scope, Texts: map[string]string{"path": c.path, "base": c.base}, Flags: map[string]result.Truth{"committed": result.Yes}}
	c.seen.subjects = append(c.seen.subjects, &result.Subject{
		On: "literal", Kinds: []string{"secret"}, ID: id, Place: id, Scope: c.scope, Evidence: []model.Evidence{evidence(at)}, File: file,
		Flags:   map[string]result.Truth{"placeholder": result.Is(place), "random": result.Is(entropy(value) >= 3.2 && len(value) >= 16), "default": result.No},
		Texts:   map[string]string{"name": name, "shape": shape, "text": hidden(value)},
		Numbers: map[string]int{"length": len(value), "entropy": int(10 * entropy(value))},
	})
}

// line is a line of the file with where it stands.
type line struct {
	text string
	at   source.Span
}

func (c *configLook) lines() []line {
	var all []line
	content := c.file.Content()
	start := 0
	for start < len(content) {
		end := start
		for end < len(content) && content[end] != '\n' {
			end++
		}
		all = append(all, line{strings.TrimRight(string(content[start:end]), "\r"), c.file.Span(start, end)})
		start = end + 1
	}
	return all
}

var (
	fetched  = regexp.MustCompile(`(?:curl|wget)\b[^|;&]*\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b|(?:ba|z)?sh\s+<\(\s*(?:curl|wget)|(?:ba|z|da)?sh\s+-c\s+"?\$\((?:curl|wget)`)
	setValue = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_]*)[= ]("[^"]*"|'[^']*'|[^\s]+)`)
)

// dockerfile reads a recipe of an image: the last stage is what runs.
func (c *configLook) dockerfile() {
	s := c.subject("dockerfile", "", c.file.Span(0, 0))
	root, userSeen, health, copied := true, false, false, false
	var from, user source.Span
	image := ""
	stages := map[string]bool{}
	joined, at := "", source.Span{}
	for _, l := range c.lines() {
		text := strings.TrimSpace(l.text)
		if joined == "" {
			at = l.at
		}
		if strings.HasPrefix(text, "#") {
			continue
		}
		if strings.HasSuffix(text, "\\") {
			joined += strings.TrimSuffix(text, "\\") + " "
			continue
		}
		text = joined + text
		joined = ""
		word, rest, _ := strings.Cut(text, " ")
		rest = strings.TrimSpace(rest)
		switch strings.ToUpper(word) {
		case "FROM":
			fields := strings.Fields(rest)
			for len(fields) > 0 && strings.HasPrefix(fields[0], "--") {
				fields = fields[1:]
			}
			if len(fields) == 0 {
				continue
			}
			from, image = at, fields[0]
			root, userSeen, user = true, false, source.Span{}
			if stages[image] {
				image = ""
			}
			if len(fields) > 2 && strings.EqualFold(fields[1], "as") {
				stages[fields[2]] = true
			}
		case "USER":
			name, _, _ := strings.Cut(strings.Fields(rest + " root")[0], ":")
			root, userSeen, user = name == "root" || name == "0", true, at
		case "HEALTHCHECK":
			health = !strings.HasPrefix(strings.ToUpper(rest), "NONE")
		case "ENV", "ARG":
			for _, m := range setValue.FindAllStringSubmatch(rest, -1) {
				c.secret(s, m[1], strings.Trim(m[2], `"'`), at)
			}
		case "ADD":
			if strings.Contains(rest, "http://") {
				spot(s, "plain_http", true, at)
			}
		case "COPY":
			words := strings.Fields(rest)
			for _, f := range words[:max(len(words)-1, 0)] { // the last is where it goes
				if b := path.Base(f); b == ".env" || strings.HasPrefix(b, ".env.") && !sampleEnv[strings.TrimPrefix(b, ".env.")] {
					c.name(s, "secrets", f)
					if copied = true; s.Flags["holds_secrets"] != result.Yes {
						spot(s, "holds_secrets", true, at)
					}
				}
			}
		case "RUN":
			if fetched.MatchString(rest) {
				spot(s, "remote_script", true, at)
			}
			if strings.Contains(rest, "--trusted-host") || strings.Contains(rest, "--no-check-certificate") || strings.Contains(rest, "curl -k") {
				spot(s, "plain_http", true, at)
			}
		}
	}
	if from.IsZero() {
		c.seen.subjects = dropLast(c.seen.subjects, s)
		return
	}
	s.Evidence[0] = evidence(from)
	if !userSeen {
		user = from
	}
	if quietUser(image) {
		root = false
	}
	if !userSeen && image == "" || image == "scratch" {
		delete(s.Flags, "root")
	} else {
		spot(s, "root", root, user)
	}
	for _, name := range []string{"remote_script", "plain_http"} {
		if s.Flags[name] == result.Unknown {
			s.Flags[name] = result.No
		}
	}
	if s.Flags["holds_secrets"] == result.Unknown {
		s.Flags["holds_secrets"] = result.Is(copied)
	}
	s.Flags["healthcheck"] = result.Is(health)
	if image != "" && image != "scratch" && !strings.Contains(image, "$") {
		spot(s, "by_digest", byDigest(image), from)
		spot(s, "floating", floating(image), from)
		s.Texts["unfixed"] = image
	}
}

func byDigest(image string) bool { return strings.Contains(image, "@sha256:") }

// floating tells whether the name of an image means another one from day to day.
func floating(image string) bool {
	_, tag, tagged := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
	return !byDigest(image) && (!tagged || tag == "latest")
}

func dropLast(all []*result.Subject, s *result.Subject) []*result.Subject {
	if n := len(all); n > 0 && all[n-1] == s {
		return all[:n-1]
	}
	return all
}

// quietUser tells images that run as somebody else by themselves.
func quietUser(image string) bool {
	for _, w := range []string{"nonroot", "distroless", "chainguard", "cgr.dev", "bitnami/", "jupyter/", "n8nio/", "rootless", "nginx-unprivileged"} {
		if strings.Contains(image, w) {
			return true
		}
	}
	return false
}

// env reads a file of environment variables.
func (c *configLook) env() {
	low := strings.ToLower(c.base)
	for _, w := range []string{"example", "sample", "template", "dist", "default", "schema"} {
		if strings.Contains(low, w) {
			// It is meant to be shared; a real key in it is a mistake all the same.
			for _, l := range c.lines() {
				if name, value, ok := variable(l.text); ok && shapeOf(name, value) != "" {
					c.secret(nil, name, value, l.at)
				}
			}
			return
		}
	}
	s := c.subject("env", "", c.file.Span(0, 0))
	s.Flags["holds_secrets"] = result.No
	for _, l := range c.lines() {
		if name, value, ok := variable(l.text); ok {
			c.secret(s, name, value, l.at)
			if secretName.MatchString(name) && len(value) >= 8 && !placeholder(value) && !strings.HasPrefix(value, "$") {
				c.name(s, "secrets", name)
				if s.Flags["holds_secrets"] == result.No {
					spot(s, "holds_secrets", true, l.at)
				}
			}
		}
	}
}

// variable reads NAME=value.
func variable(text string) (name, value string, ok bool) {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "export "))
	if strings.HasPrefix(text, "#") {
		return "", "", false
	}
	name, value, ok = strings.Cut(text, "=")
	value, _, _ = strings.Cut(strings.TrimSpace(value), " #")
	return strings.TrimSpace(name), strings.Trim(strings.TrimSpace(value), `"'`), ok
}

// fixedSource is an address of a package with the revision or version that is meant.
var fixedSource = regexp.MustCompile(`@[0-9a-f]{7,40}(?:#|$)|@v?[0-9]+\.[0-9]`)

// requirements reads a list of Python packages.
func (c *configLook) requirements() {
	s := c.subject("dependencies", "", c.file.Span(0, 0))
	s.Flags["floating"], s.Flags["plain_http"], s.Flags["remote_script"], s.Flags["second_index"] = result.No, result.No, result.No, result.No
	for _, l := range c.lines() {
		text, _, _ := strings.Cut(l.text, "#")
		text, _, _ = strings.Cut(text, " ;") // for which machines it is meant
		text = strings.TrimSpace(text)
		switch {
		case text == "":
		case strings.HasPrefix(text, "--index-url http://"), strings.HasPrefix(text, "--extra-index-url http://"), strings.HasPrefix(text, "--trusted-host"), strings.HasPrefix(text, "-i http://"):
			first(s, "plain_http", l)
		case strings.HasPrefix(text, "--extra-index-url"):
			first(s, "second_index", l)
		case strings.HasPrefix(text, "-"):
		case strings.Contains(text, "git+") || strings.Contains(text, "@ http"):
			if !fixedSource.MatchString(text) {
				first(s, "remote_script", l)
			}
		case !strings.ContainsAny(text, "=<>~!@"):
			first(s, "floating", l)
			c.name(s, "unfixed", requirementName.FindString(text))
		}
	}
	s.Flags["pinned"] = result.Is(s.Flags["floating"] == result.No)
}

// requirementName is the name of a package at the start of a line, with its extras.
var requirementName = regexp.MustCompile(`^[A-Za-z0-9._-]+(\[[A-Za-z0-9._, -]*\])?`)

// first keeps the first place of a flag, and what stands there where it is about a repository.
func first(s *result.Subject, name string, l line) {
	if s.Flags[name] == result.Yes {
		return
	}
	spot(s, name, true, l.at)
	if name == "remote_script" {
		s.Texts["detail"] = strings.TrimSpace(l.text)
	}
}

// packageJSON reads the dependencies and scripts of a package of npm.
func (c *configLook) packageJSON() {
	root := syntax.Parse(c.file).Root()
	if !root.Is(syntax.Map) {
		return
	}
	s := c.subject("dependencies", "", c.file.Span(0, 0))
	s.Flags["floating"], s.Flags["plain_http"], s.Flags["remote_script"] = result.No, result.No, result.No
	for _, section := range []string{"dependencies", "devDependencies"} {
		for key, value := range root.Argument(section).Pairs() {
			v := value.Text()
			l := line{key.Text() + ": " + v, value.Span()}
			switch {
			case v == "*" || v == "latest" || v == "":
				first(s, "floating", l)
				c.name(s, "unfixed", key.Text())
			case strings.HasPrefix(v, "http://"):
				first(s, "plain_http", l)
			case (strings.HasPrefix(v, "git") || strings.HasPrefix(v, "github:")) && !strings.Contains(v, "#"):
				first(s, "remote_script", l)
			}
		}
	}
	for _, name := range []string{"preinstall", "postinstall", "install"} {
		if v := root.Argument("scripts").Argument(name); fetched.MatchString(v.Text()) {
			first(s, "remote_script", line{v.Text(), v.Span()})
		}
	}
	s.Flags["pinned"] = result.Is(s.Flags["floating"] == result.No)
}

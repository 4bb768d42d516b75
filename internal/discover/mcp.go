package discover

import (
	"path"
	"regexp"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
)

// launch is what a command line says about the program that it starts.
type launch struct {
	name    string // package, image or script
	version string // "" when none is said
	runner  string // npx, uvx, docker, python, node …
	fetched bool   // fetched from a registry by name
	local   bool   // a file of the tree or machine
}

// parseLaunch reads the command lines by which clients start MCP servers.
func parseLaunch(command string, args []string) launch {
	base := strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(command, "\\", "/"))), ".exe")
	base = strings.TrimSuffix(base, ".cmd")
	l := launch{runner: base}
	if base == "cmd" && len(args) > 1 && strings.EqualFold(args[0], "/c") {
		return parseLaunch(args[1], args[2:])
	}
	switch base {
	case "npx", "bunx", "pnpx", "pnpm", "yarn", "bun", "npm":
		l.fetched = true
		for i := 0; i < len(args); i++ {
			a := args[i]
			switch {
			case a == "-p" || a == "--package":
				if i+1 < len(args) {
					l.name, l.version = splitVersion(args[i+1], "@")
					return l
				}
			case strings.HasPrefix(a, "-"), a == "dlx", a == "exec", a == "x", a == "run":
			default:
				l.name, l.version = splitVersion(a, "@")
				return l
			}
		}
	case "uvx", "pipx", "uv":
		l.fetched = true
		for i := 0; i < len(args); i++ {
			a := args[i]
			switch {
			case a == "--from":
				if i+1 < len(args) {
					l.name, l.version = pythonVersion(args[i+1])
					return l
				}
			case a == "--directory" || a == "--project":
				if i+1 < len(args) {
					l.local, l.fetched = true, false
					l.name = args[i+1]
				}
				i++
			case a == "--with" || a == "--python" || a == "-p" || a == "--with-editable":
				i++
			case strings.HasPrefix(a, "-"), a == "run", a == "tool":
			case strings.HasSuffix(a, ".py"):
				l.name, l.local, l.fetched = a, true, false
				return l
			case a == "python" || a == "python3":
				return parseLaunch("python", args[i+1:])
			default:
				if l.local {
					return l
				}
				if base == "uv" { // uv run name: a script of the project
					l.fetched = false
				}
				l.name, l.version = pythonVersion(a)
				return l
			}
		}
	case "docker", "podman":
		skip := map[string]bool{"-e": true, "--env": true, "-v": true, "--volume": true, "--mount": true, "--name": true, "-p": true, "--network": true, "--env-file": true, "-w": true, "--entrypoint": true, "--user": true, "-u": true, "--add-host": true, "--platform": true}
		for i := 0; i < len(args); i++ {
			a := args[i]
			switch {
			case a == "run" || a == "container":
			case skip[a]:
				i++
			case strings.HasPrefix(a, "-"):
			default:
				l.fetched = true
				if name, digest, ok := strings.Cut(a, "@"); ok {
					l.name, l.version = name, digest
					if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
						l.name = name[:i] // the digest says which one; the tag beside it is for people
					}
				} else if i := strings.LastIndexByte(a, ':'); i > strings.LastIndexByte(a, '/') {
					l.name, l.version = a[:i], a[i+1:]
				} else {
					l.name = a
				}
				return l
			}
		}
	case "python", "python3", "py":
		for i := 0; i < len(args); i++ {
			a := args[i]
			if a == "-m" && i+1 < len(args) {
				l.name = args[i+1]
				return l
			}
			if !strings.HasPrefix(a, "-") {
				l.name, l.local = a, true
				return l
			}
		}
	case "node", "deno", "tsx", "ts-node":
		for _, a := range args {
			if !strings.HasPrefix(a, "-") && a != "run" {
				l.name, l.local = a, true
				return l
			}
		}
	}
	if l.name == "" {
		l.name = command
		l.local = strings.ContainsAny(command, "/\\")
		l.fetched = false
	}
	return l
}

func splitVersion(s, sep string) (name, version string) {
	if i := strings.LastIndex(s, sep); i > 0 {
		return s[:i], s[i+len(sep):]
	}
	return s, ""
}

func pythonVersion(s string) (name, version string) {
	for _, sep := range []string{"==", "@"} {
		if name, version, ok := strings.Cut(s, sep); ok {
			return strings.TrimSpace(name), strings.TrimSpace(version)
		}
	}
	return s, ""
}

// exact recognises a version that cannot move.
var exact = regexp.MustCompile(`^(v?\d+\.\d+(\.\d+)?([-.+][0-9A-Za-z.]+)?|sha256:[0-9a-f]{16,}|[0-9a-f]{40})$`)

// mcpServer is [Pass.MCP].
func (p *Pass) mcpServer(s MCPServer) *Element {
	e := p.Element(model.MCPServer, s.Ref, s.Name, s.At).Technology("mcp")
	transport := s.Transport
	if transport == "" {
		switch {
		case s.Command != "":
			transport = "stdio"
		case strings.HasSuffix(strings.TrimSuffix(s.URL, "/"), "/sse"):
			transport = "sse"
		case s.URL != "":
			transport = "http"
		}
	}
	e.Fact("transport", transport, s.At)
	p.fragment.starts = append(p.fragment.starts, start{s.Ref, p.launchNames(s, parseLaunch(s.Command, s.Args))})
	switch {
	case s.Command != "":
		l := parseLaunch(s.Command, s.Args)
		e.Detail(strings.TrimSpace("started as " + strings.Join(append([]string{path.Base(s.Command)}, shown(s.Args)...), " ")))
		if l.fetched && l.name != "" {
			e.Fact("program", l.name, s.At)
		}
		if contained(s.Command, s.Args) {
			p.Control("sandbox", s.Ref, Ref{}, model.Evidenced, s.At)
		}
		if to := l.leadsTo(s.Args); to != "" {
			e.Fact("leads-to", to, s.At)
		}
		if info, ok := ProductNamed(l.name); ok {
			e.Product(info, s.At)
		}
		switch {
		case l.fetched:
			e.Alias(l.name)
			e.FactBecause("third-party", model.Yes, "its program is the package "+l.name, s.At)
			switch {
			case exact.MatchString(l.version):
				e.FactBecause("pinned", model.Yes, "version "+l.version+" is named", s.At)
			default:
				e.FactBecause("pinned", model.No, l.runner+" fetches the version that is newest when it starts", s.At)
			}
		case l.local:
			e.FactBecause("third-party", model.No, "its program is a file: "+path.Base(l.name), s.At)
		}
	case s.URL != "":
		e.Detail("reached at "+hostOf(s.URL)).Fact("program", hostOf(s.URL), s.At)
		if info, ok := ProductNamed(hostOf(s.URL)); ok {
			e.Product(info, s.At)
		}
		if isLoopback(s.URL) {
			e.FactBecause("third-party", model.No, "it is reached on this machine", s.At)
		} else {
			e.Fact("leads-to", addressOf(s.URL), s.At).FactBecause("pinned", model.No, "what a remote server runs can change at any time", s.At)
		}
	}
	for _, v := range s.Env {
		p.serverSecret(s, v)
	}
	return e
}

// serverSecret describes a credential that a server's configuration holds or names.
func (p *Pass) serverSecret(s MCPServer, v EnvVar) {
	if v.At.IsZero() {
		v.At = s.At
	}
	p.Secret(s.Ref, v)
}

// Secret describes a credential that a configuration gives to something, where a variable's name sounds like one.
func (p *Pass) Secret(user Ref, v EnvVar) {
	if !secretName(v.Name) || PlainValue(v.Name, v.Value) || toFillIn(v.Value) {
		return
	}
	ref := Of(user, v.Name)
	e := p.Element(model.Credential, ref, v.Name, v.At)
	switch {
	case isPlaceholder(v.Value):
		e.FactBecause("plain-text", model.No, "only its name stands in the file", v.At)
	case v.Value != "":
		e.FactBecause("plain-text", model.Yes, "its value stands in the file", v.At)
	}
	p.Flow(model.CredentialUse, user, ref, v.At)
}

var secretWords = regexp.MustCompile(`(?i)(api[-_]?key|token|secret|passw|credential|private[-_]?key|access[-_]?key|auth|_pat$|connection[-_]?string|database_url|dsn)`)

func secretName(name string) bool { return secretWords.MatchString(name) }

// authScheme is the word before a credential in a header.
var authScheme = regexp.MustCompile(`(?i)^(?:bearer|basic|token)(?:\s+|$)`)

// isPlaceholder recognises values that stand for a secret without being one.
func isPlaceholder(value string) bool {
	return refers(value) || toFillIn(value)
}

// refers recognises values that name where a secret is kept: "${TOKEN}", "env:TOKEN"; or that are empty, since it is set elsewhere.
func refers(value string) bool {
	lower := bare(value)
	return lower == "" || strings.HasPrefix(lower, "$") || strings.HasPrefix(lower, "{{") || strings.HasPrefix(lower, "env:") || strings.Contains(lower, "${") || strings.Contains(lower, "{env")
}

// bare is a value in lower letters without "Bearer " and what else stands before a credential in a header.
func bare(value string) string {
	return strings.ToLower(strings.TrimSpace(authScheme.ReplaceAllString(strings.TrimSpace(value), "")))
}

// toFillIn recognises values that somebody is to replace by a secret: "your-key-here", "<token>". There is none then.
func toFillIn(value string) bool {
	if refers(value) {
		return false
	}
	lower := bare(value)
	if strings.HasPrefix(lower, "<") || strings.HasSuffix(lower, "_here") || strings.HasSuffix(lower, "-here") {
		return true
	}
	for _, word := range []string{"your", "xxx", "changeme", "change-me", "change_me", "placeholder", "example", "replace", "todo", "insert", "..."} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

// shown cuts a command line to what may be shown: no value that looks like a secret.
func shown(args []string) []string {
	out := redacted(args)
	if len(out) > 12 {
		out = append(out[:12], "…")
	}
	return out
}

// redacted is a command line without values that look like secrets.
func redacted(args []string) []string {
	var out []string
	hide := false
	for _, a := range args {
		switch {
		case hide:
			a, hide = "[redacted]", false
		case strings.HasPrefix(a, "-") && secretName(a):
			if name, _, ok := strings.Cut(a, "="); ok {
				a = name + "=[redacted]"
			} else {
				hide = true
			}
		}
		out = append(out, source.Redact(a))
	}
	return out
}

// hostOf is the host of a URL as written.
func hostOf(url string) string {
	rest := url
	if _, after, ok := strings.Cut(url, "://"); ok {
		rest = after
	}
	rest, _, _ = strings.Cut(rest, "/")
	rest, _, _ = strings.Cut(rest, "?")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	return rest
}

func isLoopback(url string) bool {
	host := hostOf(url)
	return strings.HasPrefix(host, "localhost") || strings.HasPrefix(host, "127.") || strings.HasPrefix(host, "[::1]") || strings.HasPrefix(host, "0.0.0.0")
}

// IsLoopback tells whether a URL is of this machine.
func IsLoopback(url string) bool { return isLoopback(url) }

// SecretName tells whether a variable's or option's name sounds like a secret's.
func SecretName(name string) bool { return secretName(name) }

// Placeholder tells whether a value stands for a secret without being one: "${TOKEN}", "your-key-here".
func Placeholder(value string) bool { return isPlaceholder(value) }

// HostOf is the host of a URL as written, with its port.
func HostOf(url string) string { return hostOf(url) }

// YesNo is a truth value as a fact says it.
func YesNo(b bool) string {
	if b {
		return model.Yes
	}
	return model.No
}

package codecheck

import (
	"fmt"
	"path"
	"regexp"
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
		read = (*configLook).kubernetes
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
}

// subject begins the subject of a file or a part of it.
func (c *configLook) subject(kind, part string, at source.Span) *result.Subject {
	id := c.path
	if part != "" {
		id += ":" + part
	}
	id += "#" + kind
	c.used[id]++
	if n := c.used[id]; n > 1 {
		id += fmt.Sprintf("~%d", n)
	}
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

// secret makes a subject of a value in a configuration that looks like a secret.
func (c *configLook) secret(owner *result.Subject, name, value string, at source.Span) {
	shape := shapeOf(value)
	if m := connection.FindStringSubmatch(value); m != nil && shape == "" && !placeholder(m[1]) && !localAddress(value) && !plainPassword(m[1]) {
		shape = "address with a password"
	}
	if shape == "" && !(secretName.MatchString(name) && secretLike(value)) {
		return
	}
	place := holdsPlace(value, shape)
	if owner != nil && !place {
		owner.Flags["holds_secrets"] = result.Yes
		if _, ok := owner.Spots["holds_secrets"]; !ok {
			owner.Spots["holds_secrets"] = evidence(at)
			owner.Texts["detail"] = name
		}
	}
	if !c.in.Asks.wants("literal", "secret") {
		return
	}
	id := c.path + ":" + name
	c.used[id]++
	if n := c.used[id]; n > 1 {
		id += fmt.Sprintf("~%d", n)
	}
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
			for _, f := range strings.Fields(rest) {
				if b := path.Base(f); b == ".env" || strings.HasPrefix(b, ".env.") && b != ".env.example" {
					if copied = true; s.Flags["holds_secrets"] != result.Yes {
						spot(s, "holds_secrets", true, at)
						s.Texts["detail"] = f
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
		_, tag, tagged := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
		digest := strings.Contains(image, "@sha256:")
		spot(s, "by_digest", digest, from)
		spot(s, "floating", !digest && (!tagged || tag == "latest"), from)
		if s.Texts["detail"] == "" {
			s.Texts["detail"] = image
		}
	}
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
				if name, value, ok := variable(l.text); ok && shapeOf(value) != "" {
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
			if s.Flags["holds_secrets"] == result.No && secretName.MatchString(name) && len(value) >= 8 && !placeholder(value) && !strings.HasPrefix(value, "$") {
				spot(s, "holds_secrets", true, l.at)
				s.Texts["detail"] = name
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

// requirements reads a list of Python packages.
func (c *configLook) requirements() {
	s := c.subject("dependencies", "", c.file.Span(0, 0))
	s.Flags["floating"], s.Flags["plain_http"], s.Flags["remote_script"], s.Flags["second_index"] = result.No, result.No, result.No, result.No
	for _, l := range c.lines() {
		text, _, _ := strings.Cut(l.text, "#")
		text = strings.TrimSpace(text)
		switch {
		case text == "":
		case strings.HasPrefix(text, "--index-url http://"), strings.HasPrefix(text, "--extra-index-url http://"), strings.HasPrefix(text, "--trusted-host"), strings.HasPrefix(text, "-i http://"):
			first(s, "plain_http", l)
		case strings.HasPrefix(text, "--extra-index-url"):
			first(s, "second_index", l)
		case strings.HasPrefix(text, "-"):
		case strings.Contains(text, "git+") || strings.Contains(text, "@ http"):
			if !regexp.MustCompile(`@[0-9a-f]{7,40}(?:#|$)|@v?[0-9]+\.[0-9]`).MatchString(text) {
				first(s, "remote_script", l)
			}
		case !strings.ContainsAny(text, "=<>~!@"):
			first(s, "floating", l)
		}
	}
	s.Flags["pinned"] = result.Is(s.Flags["floating"] == result.No)
}

// first keeps the first place of a flag.
func first(s *result.Subject, name string, l line) {
	if s.Flags[name] != result.Yes {
		spot(s, name, true, l.at)
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

// compose reads the services of a Compose file.
func (c *configLook) compose() {
	root := syntax.Parse(c.file).Root()
	for key, service := range root.Argument("services").Pairs() {
		if !service.Is(syntax.Map) || service.Argument("image").IsZero() && service.Argument("build").IsZero() {
			continue
		}
		s := c.subject("compose-service", key.Text(), key.Span())
		is := func(name, flag string) {
			v := service.Argument(name)
			spot(s, flag, v.TextIs("true"), v.Span())
		}
		is("privileged", "privileged")
		is("read_only", "read_only")
		readOnly := service.Argument("read_only")
		delete(s.Flags, "read_only")
		delete(s.Spots, "read_only")
		spot(s, "writable_root", !readOnly.TextIs("true"), readOnly.Span())
		if u := service.Argument("user"); !u.IsZero() {
			name, _, _ := strings.Cut(u.Text(), ":")
			spot(s, "root", name == "root" || name == "0", u.Span())
		}
		if n := service.Argument("network_mode"); true {
			spot(s, "host_network", n.TextIs("host"), n.Span())
		}
		limits := service.Argument("deploy").Argument("resources").Argument("limits")
		s.Flags["memory_limit"] = result.Is(!service.Argument("mem_limit").IsZero() || !limits.Argument("memory").IsZero())
		s.Flags["cpu_limit"] = result.Is(!service.Argument("cpus").IsZero() || !limits.Argument("cpus").IsZero())
		s.Flags["pids_limit"] = result.Is(!service.Argument("pids_limit").IsZero() || !limits.Argument("pids").IsZero())
		s.Flags["drops_capabilities"] = result.Is(!service.Argument("cap_drop").IsZero())
		s.Flags["new_privileges"] = result.Is(!strings.Contains(service.Argument("security_opt").Source(), "no-new-privileges"))
		s.Flags["docker_socket"], s.Flags["host_files"], s.Flags["open_ports"] = result.No, result.No, result.No
		for v := range service.Argument("volumes").Children() {
			text := v.Text()
			if v.Is(syntax.Map) {
				text = v.Argument("source").Text() + ":" + v.Argument("target").Text()
			}
			host, _, _ := strings.Cut(text, ":")
			switch {
			case strings.HasSuffix(host, "docker.sock") || strings.HasSuffix(host, "podman.sock"):
				spot(s, "docker_socket", true, v.Span())
			case host == "/" || host == "/etc" || host == "/root" || host == "/var" || host == "/home" || host == "~" || host == "~/.ssh" || host == "~/.aws" || host == "/proc" || host == "/sys" || host == "$HOME" || host == "${HOME}":
				spot(s, "host_files", true, v.Span())
				s.Texts["detail"] = host
			}
		}
		for p := range service.Argument("ports").Children() {
			text := p.Text()
			if p.Is(syntax.Map) {
				continue
			}
			parts := strings.Split(text, ":")
			if port := parts[len(parts)-1]; len(parts) == 2 && stores[strings.TrimSuffix(port, "/tcp")] {
				spot(s, "open_ports", true, p.Span())
				s.Texts["detail"] = text
			}
		}
		if image := service.Argument("image"); !image.IsZero() && !strings.Contains(image.Text(), "$") {
			_, tag, tagged := strings.Cut(image.Text()[strings.LastIndexByte(image.Text(), '/')+1:], ":")
			digest := strings.Contains(image.Text(), "@sha256:")
			spot(s, "floating", !digest && (!tagged || tag == "latest"), image.Span())
			if s.Texts["detail"] == "" {
				s.Texts["detail"] = image.Text()
			}
		}
		environment := service.Argument("environment")
		for k, v := range environment.Pairs() {
			c.secret(s, k.Text(), v.Text(), v.Span())
		}
		for item := range environment.Children() {
			if name, value, ok := strings.Cut(item.Text(), "="); ok && item.Is(syntax.String) {
				c.secret(s, name, value, item.Span())
			}
		}
		if s.Flags["holds_secrets"] == result.Unknown {
			s.Flags["holds_secrets"] = result.No
		}
	}
}

// stores are ports of databases and consoles that nobody outside should reach.
var stores = map[string]bool{
	"5432": true, "3306": true, "27017": true, "6379": true, "9200": true, "7474": true, "7687": true, "6333": true, "8123": true, "9000": true, "1433": true, "11211": true, "2375": true, "5984": true, "19530": true, "11434": true, "15672": true,
}

// kubernetes reads the containers of manifests.
func (c *configLook) kubernetes() {
	if !strings.Contains(string(c.file.Content()), "containers:") || !strings.Contains(string(c.file.Content()), "apiVersion:") || strings.Contains(string(c.file.Content()), "{{") {
		return
	}
	root := syntax.Parse(c.file).Root()
	documents := []syntax.Node{root}
	if root.Is(syntax.Module) {
		documents = nil
		for d := range root.Children() {
			documents = append(documents, d)
		}
	}
	for _, d := range documents {
		if d.Is(syntax.Document) {
			d = d.Child(0)
		}
		spec := d.Argument("spec")
		for _, step := range []string{"jobTemplate", "spec", "template", "spec"} {
			if inner := spec.Argument(step); !inner.IsZero() && spec.Argument("containers").IsZero() {
				spec = inner
			}
		}
		for container := range spec.Argument("containers").Children() {
			c.container(d, spec, container)
		}
	}
}

func (c *configLook) container(d, spec, container syntax.Node) {
	name := container.Argument("name")
	if name.IsZero() {
		return
	}
	s := c.subject("kubernetes-container", d.Argument("metadata").Argument("name").Text()+"."+name.Text(), name.Span())
	own, pod := container.Argument("securityContext"), spec.Argument("securityContext")
	either := func(key string) syntax.Node {
		if v := own.Argument(key); !v.IsZero() {
			return v
		}
		return pod.Argument(key)
	}
	nonRoot, user := either("runAsNonRoot"), either("runAsUser")
	if !nonRoot.TextIs("true") && (user.IsZero() || user.TextIs("0")) {
		spot(s, "root", true, user.Span())
	} else {
		s.Flags["root"] = result.No
	}
	spot(s, "privileged", own.Argument("privileged").TextIs("true"), own.Argument("privileged").Span())
	spot(s, "writable_root", !own.Argument("readOnlyRootFilesystem").TextIs("true"), own.Argument("readOnlyRootFilesystem").Span())
	spot(s, "new_privileges", !own.Argument("allowPrivilegeEscalation").TextIs("false"), own.Argument("allowPrivilegeEscalation").Span())
	s.Flags["drops_capabilities"] = result.Is(!own.Argument("capabilities").Argument("drop").IsZero())
	limits := container.Argument("resources").Argument("limits")
	s.Flags["memory_limit"], s.Flags["cpu_limit"] = result.Is(!limits.Argument("memory").IsZero()), result.Is(!limits.Argument("cpu").IsZero())
	spot(s, "host_network", spec.Argument("hostNetwork").TextIs("true"), spec.Argument("hostNetwork").Span())
	s.Flags["host_files"], s.Flags["docker_socket"] = result.No, result.No
	for v := range spec.Argument("volumes").Children() {
		p := v.Argument("hostPath").Argument("path")
		switch {
		case p.IsZero():
		case strings.HasSuffix(p.Text(), ".sock"):
			spot(s, "docker_socket", true, p.Span())
		case p.TextIs("/") || p.TextIs("/etc") || p.TextIs("/root") || p.TextIs("/var/lib"):
			spot(s, "host_files", true, p.Span())
			s.Texts["detail"] = p.Text()
		}
	}
	s.Flags["holds_secrets"] = result.No
	for v := range container.Argument("env").Children() {
		c.secret(s, v.Argument("name").Text(), v.Argument("value").Text(), v.Span())
	}
	if image := container.Argument("image"); !image.IsZero() {
		_, tag, tagged := strings.Cut(image.Text()[strings.LastIndexByte(image.Text(), '/')+1:], ":")
		spot(s, "floating", !strings.Contains(image.Text(), "@sha256:") && (!tagged || tag == "latest"), image.Span())
		if s.Texts["detail"] == "" {
			s.Texts["detail"] = image.Text()
		}
	}
	s.Flags["healthcheck"] = result.Is(!container.Argument("livenessProbe").IsZero())
}

// untrusted are parts of an event that strangers write.
var untrusted = regexp.MustCompile(`\$\{\{\s*(?:github\.event\.(?:issue|pull_request|comment|review|discussion|head_commit)\.(?:title|body|message|head\.ref|head\.label)|github\.head_ref)\s*\}\}`)

// workflow reads the jobs of a GitHub workflow.
func (c *configLook) workflow() {
	root := syntax.Parse(c.file).Root()
	on := root.Argument("on")
	if on.IsZero() {
		on = root.Argument("true")
	}
	foreign := strings.Contains(on.Source(), "pull_request_target") || strings.Contains(on.Source(), "issue_comment") || strings.Contains(on.Source(), "workflow_run")
	for key, job := range root.Argument("jobs").Pairs() {
		s := c.subject("workflow-job", key.Text(), key.Span())
		permissions := job.Argument("permissions")
		if permissions.IsZero() {
			permissions = root.Argument("permissions")
		}
		if permissions.IsZero() {
			delete(s.Flags, "write_token")
		} else {
			spot(s, "write_token", permissions.TextIs("write-all"), permissions.Span())
		}
		s.Flags["script_injection"], s.Flags["untrusted_checkout"], s.Flags["floating"], s.Flags["remote_script"] = result.No, result.No, result.No, result.No
		for step := range job.Argument("steps").Children() {
			run, uses := step.Argument("run"), step.Argument("uses")
			if m := untrusted.FindString(run.Text()); m != "" {
				spot(s, "script_injection", true, run.Span())
				s.Texts["detail"] = m
			}
			if fetched.MatchString(run.Text()) {
				spot(s, "remote_script", true, run.Span())
			}
			if ref := step.Argument("with").Argument("ref"); foreign && strings.HasPrefix(uses.Text(), "actions/checkout") && (strings.Contains(ref.Text(), "head.sha") || strings.Contains(ref.Text(), "head.ref") || strings.Contains(ref.Text(), "head_ref")) {
				spot(s, "untrusted_checkout", true, ref.Span())
			}
			if u := uses.Text(); u != "" && !strings.HasPrefix(u, "./") && !strings.HasPrefix(u, "actions/") && !strings.HasPrefix(u, "github/") {
				_, version, ok := strings.Cut(u, "@")
				if !ok || version == "main" || version == "master" || version == "latest" {
					spot(s, "floating", true, uses.Span())
					s.Texts["detail"] = u
				}
			}
		}
	}
}

// mcp reads the entries of a configuration of tool servers.
func (c *configLook) mcp() {
	root := syntax.Parse(c.file).Root()
	servers := root.Argument("mcpServers")
	if servers.IsZero() {
		servers = root.Argument("servers")
	}
	for key, server := range servers.Pairs() {
		s := c.subject("mcp-config", key.Text(), key.Span())
		command := server.Argument("command")
		var args []string
		var at source.Span
		for a := range server.Argument("args").Children() {
			args = append(args, a.Text())
			if at.IsZero() && !strings.HasPrefix(a.Text(), "-") {
				at = a.Span()
			}
		}
		s.Flags["local_server"] = result.Is(!command.IsZero())
		spot(s, "unpinned_server", unpinned(command.Text(), args), at)
		url := server.Argument("url")
		if url.IsZero() {
			url = server.Argument("serverUrl")
		}
		plain := strings.HasPrefix(url.Text(), "http://") && !strings.Contains(url.Text(), "localhost") && !strings.Contains(url.Text(), "127.0.0.1")
		spot(s, "plain_http", plain, url.Span())
		approve := false
		for _, name := range []string{"autoApprove", "alwaysAllow", "trust"} {
			v := server.Argument(name)
			if v.TextIs("true") || v.Is(syntax.List) && v.Count() > 0 {
				approve = true
				spot(s, "auto_approve", true, v.Span())
			}
		}
		if !approve {
			s.Flags["auto_approve"] = result.No
		}
		s.Flags["holds_secrets"] = result.No
		for _, section := range []string{"env", "headers"} {
			for k, v := range server.Argument(section).Pairs() {
				value := strings.TrimPrefix(v.Text(), "Bearer ")
				c.secret(s, k.Text(), value, v.Span())
			}
		}
		if s.Texts["detail"] == "" {
			s.Texts["detail"] = source.Redact(strings.TrimSpace(command.Text() + " " + strings.Join(args, " ") + url.Text()))
		}
	}
}

// unpinned tells whether a command fetches and runs whatever version of a package is the newest.
func unpinned(command string, args []string) bool {
	base := path.Base(command)
	if base != "npx" && base != "uvx" && base != "bunx" && base != "pipx" && base != "pnpx" {
		return false
	}
	for _, a := range args {
		if strings.HasPrefix(a, "-") || a == "run" || a == "dlx" {
			continue
		}
		if strings.HasPrefix(a, ".") || strings.HasPrefix(a, "/") || strings.HasPrefix(a, "git+") {
			return strings.HasPrefix(a, "git+") && !strings.Contains(strings.TrimPrefix(a, "git+https://"), "@")
		}
		i := strings.LastIndexByte(a, '@')
		return (i <= 0 || a[i+1:] == "latest") && !strings.Contains(a, "==")
	}
	return false
}

// settings reads the settings of a coding assistant.
func (c *configLook) settings() {
	root := syntax.Parse(c.file).Root()
	s := c.subject("agent-settings", "", c.file.Span(0, 0))
	s.Flags["auto_approve"], s.Flags["plain_http"] = result.No, result.No
	mode := root.Argument("permissions").Argument("defaultMode")
	if mode.TextIs("bypassPermissions") {
		spot(s, "auto_approve", true, mode.Span())
		s.Texts["detail"] = "defaultMode: bypassPermissions"
	}
	for item := range root.Argument("permissions").Argument("allow").Children() {
		if t := item.Text(); t == "Bash" || t == "Bash(*)" || t == "Bash(:*)" || t == "*" {
			spot(s, "auto_approve", true, item.Span())
			s.Texts["detail"] = t
		}
	}
	if all := root.Argument("enableAllProjectMcpServers"); all.TextIs("true") {
		spot(s, "unpinned_server", true, all.Span())
	} else {
		s.Flags["unpinned_server"] = result.No
	}
	s.Flags["holds_secrets"] = result.No
	for k, v := range root.Argument("env").Pairs() {
		c.secret(s, k.Text(), v.Text(), v.Span())
	}
}

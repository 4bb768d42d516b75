package codecheck

import (
	"path"
	"regexp"
	"strings"

	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// compose reads the services of a Compose file.
func (c *configLook) compose() {
	root := syntax.Parse(c.file).Root()
	for key, service := range root.Argument("services").Pairs() {
		if !service.Is(syntax.Map) || service.Argument("image").IsZero() && service.Argument("build").IsZero() {
			continue
		}
		s := c.subject("compose-service", key.Text(), key.Span())
		privileged, readOnly, network := service.Argument("privileged"), service.Argument("read_only"), service.Argument("network_mode")
		spot(s, "privileged", privileged.TextIs("true"), privileged.Span())
		spot(s, "writable_root", !readOnly.TextIs("true"), readOnly.Span())
		if u := service.Argument("user"); !u.IsZero() {
			name, _, _ := strings.Cut(u.Text(), ":")
			spot(s, "root", name == "root" || name == "0", u.Span())
		}
		spot(s, "host_network", network.TextIs("host"), network.Span())
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
				c.name(s, "host_folders", host)
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
				c.name(s, "ports", text)
			}
		}
		if image := service.Argument("image"); !image.IsZero() && !strings.Contains(image.Text(), "$") {
			spot(s, "floating", floating(image.Text()), image.Span())
			s.Texts["unfixed"] = image.Text()
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
			c.name(s, "host_folders", p.Text())
		}
	}
	s.Flags["holds_secrets"] = result.No
	for v := range container.Argument("env").Children() {
		c.secret(s, v.Argument("name").Text(), v.Argument("value").Text(), v.Span())
	}
	if image := container.Argument("image"); !image.IsZero() {
		spot(s, "floating", floating(image.Text()), image.Span())
		s.Texts["unfixed"] = image.Text()
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
					c.name(s, "unfixed", u)
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
		s.Texts["detail"] = source.Redact(strings.TrimSpace(command.Text() + " " + strings.Join(args, " ") + url.Text()))
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

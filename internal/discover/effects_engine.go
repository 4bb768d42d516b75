package discover

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// refineEngine tells by its method what a call does to what runs programs: a process, a container engine or a cluster.
// The tables know only that programs can be run by it. To list what runs there runs nothing, and what is asked of an
// answer has been judged where the answer came from.
func refineEngine(r *code.Resolver, c code.Call, name string, effects []string) []string {
	if !slices.Equal(effects, []string{"exec"}) {
		return effects
	}
	switch first, rest, _ := strings.Cut(name, "."); first {
	case "subprocess", "asyncio":
		return processEffects(c, strings.TrimPrefix(rest, "subprocess."), effects)
	case "docker":
		return containerEffects(rest, effects)
	case "kubernetes":
		return clusterEffects(r, c, rest, effects)
	}
	return effects
}

// processEffects are those of a call on what subprocess.run(…) or its like gave: the process was started before. Only what
// is written into it may be a command again.
func processEffects(c code.Call, method string, effects []string) []string {
	_, of, ok := strings.Cut(method, ".")
	if !ok {
		return effects
	}
	switch {
	case strings.Contains(of, "stdin"):
		return effects
	case of == "communicate":
		if c.Node.Child(1).IsZero() || c.Node.Count() == 2 && c.Node.Child(1).Is(syntax.Keyword) && c.Node.Child(1).TextIs("timeout") {
			return nil
		}
		return effects
	}
	return nil
}

// containerAsking and containerChanging are methods of Docker's library that run nothing new.
var (
	containerAsking = wordSet(`list get logs stats top version info ping df events diff port history search inspect_container inspect_image inspect_network
		inspect_volume inspect_service inspect_node inspect_swarm wait reload get_archive data`)
	containerChanging = wordSet(`start stop kill restart pause unpause remove prune prune_containers prune_images prune_networks prune_volumes rename delete tag push
		connect disconnect remove_container remove_image remove_network remove_volume resize`)
)

func containerEffects(path string, effects []string) []string {
	parts := strings.Split(path, ".")
	last := parts[len(parts)-1]
	for _, before := range parts[:len(parts)-1] {
		if before == "logs" || before == "stats" || before == "attrs" || before == "tags" || before == "info" || before == "version" {
			return nil // a part of an answer
		}
	}
	switch {
	case last == "from_env" || last == "DockerClient" || last == "APIClient" || last == "close":
		return nil
	case containerAsking[last]:
		return []string{"net-read"}
	case containerChanging[last]:
		return []string{"net-write"}
	}
	return effects
}

// carriers are the kinds of Kubernetes that say which programs run, as its methods name them; grants those that say who may do what.
var (
	carriers = []string{
		"_pod", "_deployment", "_stateful_set", "_daemon_set", "_replica_set", "_replication_controller", "_job", "_cron_job", "_pod_template", "_pod_ephemeralcontainers",
		"_webhook_configuration",
	}
	grants = []string{"_role", "_role_binding", "_service_account", "_service_account_token", "_certificate_signing_request", "_certificate_signing_request_approval"}
)

func clusterEffects(r *code.Resolver, c code.Call, path string, effects []string) []string {
	parts := strings.Split(path, ".")
	switch parts[0] {
	case "config":
		return nil
	case "watch":
		if parts[len(parts)-1] == "stream" {
			return []string{"net-read"}
		}
		return nil
	case "client":
	default:
		return effects
	}
	at := slices.IndexFunc(parts, func(p string) bool { return strings.HasSuffix(p, "Api") })
	if at < 0 || at == len(parts)-1 { // V1Pod(…), CoreV1Api()
		if first, _ := utf8.DecodeRuneInString(parts[len(parts)-1]); unicode.IsUpper(first) {
			return nil
		}
		return effects
	}
	if parts[at+1] == "api_client" {
		return effects // any request
	}
	if at+2 < len(parts) {
		return nil // of an answer
	}
	method := strings.TrimSuffix(parts[at+1], "_with_http_info")
	verb, _, _ := strings.Cut(method, "_")
	switch verb {
	case "read", "list", "get":
		return []string{"net-read"}
	case "delete":
		return []string{"net-write"}
	case "create", "patch", "replace":
	default: // connect_get_namespaced_pod_exec, and what is not known
		return effects
	}
	of := func(kinds []string) bool {
		return slices.ContainsFunc(kinds, func(k string) bool { return strings.HasSuffix(method, k) })
	}
	switch {
	case of(grants):
		return []string{"identity-admin", "net-write"}
	case strings.HasSuffix(method, "_custom_object"):
		return []string{"exec" + possibly, "net-write"} // its operator may start what it describes
	case of(carriers) && !(verb == "patch" && startsNothing(r, c)):
		return []string{"exec", "net-write"}
	}
	return []string{"net-write"}
}

// startsNothing tells of a change of what runs that the code shows it whole, and that it names no program.
func startsNothing(r *code.Resolver, c code.Call) bool {
	for a := range c.Node.Children() {
		if a == c.Node.Child(0) {
			continue
		}
		if a.Is(syntax.Keyword) {
			if !a.TextIs("body") {
				continue
			}
			a = a.Child(0)
		}
		if v := r.Eval(a); v.Is(code.Dict) {
			return namesNoProgram(v, 0)
		}
	}
	return false
}

func namesNoProgram(v *code.Value, depth int) bool {
	if v.Open || depth > 8 || len(v.Keys()) < len(v.Pairs) {
		return false
	}
	for _, key := range v.Keys() {
		switch key {
		case "containers", "initContainers", "ephemeralContainers", "image", "command", "args", "volumes":
			return false
		}
		switch part := v.Get(key); {
		case part.Is(code.Dict):
			if !namesNoProgram(part, depth+1) {
				return false
			}
		case part.Is(code.String), part.Is(code.Number), part.Is(code.Bool), part.Is(code.Null):
		case key == "spec" || key == "template" || key == "jobTemplate":
			return false
		}
	}
	return true
}

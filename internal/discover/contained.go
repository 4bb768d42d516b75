package discover

import (
	"path"
	"slices"
	"strings"
)

// contained tells whether a command line runs a program in a container that does not hand it the machine: not with all
// rights, not in the machine's own process table or network, and with nothing mounted from which the machine can be changed.
func contained(command string, args []string) bool {
	switch strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(command, "\\", "/"))), ".exe") {
	case "docker", "podman", "nerdctl":
	default:
		return false
	}
	if i := slices.IndexFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") }); i < 0 || args[i] != "run" && (args[i] != "container" || !slices.Contains(args[i+1:], "run")) {
		return false // "docker exec", "docker mcp": what those run in is not said here
	}
	for i, a := range args {
		name, value, joined := strings.Cut(a, "=")
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		switch name {
		case "--privileged":
			if !joined || value != "false" {
				return false
			}
		case "--cap-add", "--device", "--volumes-from", "--security-opt":
			return false
		case "--pid", "--ipc", "--userns", "--network", "--net", "--uts", "--cgroupns":
			if value == "host" {
				return false
			}
		case "-v", "--volume":
			from, to, _ := strings.Cut(value, ":")
			if len(from) == 1 { // C:\notes:/notes
				rest, _, _ := strings.Cut(to, ":")
				from += ":" + rest
			}
			if wholeMachine(from) {
				return false
			}
		case "--mount":
			for part := range strings.SplitSeq(value, ",") {
				key, from, _ := strings.Cut(part, "=")
				if (key == "source" || key == "src") && wholeMachine(from) {
					return false
				}
			}
		default:
			if from, _, _ := strings.Cut(strings.TrimPrefix(a, "-v"), ":"); strings.HasPrefix(a, "-v") && wholeMachine(from) {
				return false
			}
			if len(a) > 2 && a[0] == '-' && a[1] != '-' && strings.HasSuffix(a, "v") { // -iv /:/host
				if from, _, _ := strings.Cut(value, ":"); wholeMachine(from) {
					return false
				}
			}
		}
	}
	return true
}

// wholeMachine tells whether whoever may write in a folder of a machine may do what they like with it: its root, what its
// system is made of, somebody's home, the door of the container engine, or a place that is not known.
func wholeMachine(folder string) bool {
	if folder == "" {
		return false
	}
	if strings.ContainsAny(folder[:1], "~$%") { // which folder, only the machine knows
		inside := strings.HasPrefix(folder, "$PWD") || strings.HasPrefix(folder, "${PWD}") || strings.HasPrefix(folder, "${workspaceFolder")
		return !inside || strings.Contains(folder, "..")
	}
	if strings.Contains(folder, "docker.sock") || strings.Contains(folder, "podman.sock") || strings.Contains(folder, "containerd.sock") {
		return true
	}
	clean := path.Clean(strings.ReplaceAll(folder, "\\", "/"))
	if len(clean) > 1 && clean[1] == ':' { // C:/Users/me
		clean = clean[2:]
	}
	if !strings.HasPrefix(clean, "/") {
		return strings.HasPrefix(clean, "..") // a named volume, or a folder of the project
	}
	parts := strings.Split(strings.Trim(clean, "/"), "/")
	switch parts[0] {
	case "", "etc", "usr", "bin", "sbin", "lib", "boot", "dev", "proc", "sys", "root", "run", "mnt", "media", "private", "c":
		return true
	case "home", "Users", "users":
		return len(parts) < 3
	case "var":
		return len(parts) < 3 || parts[1] == "run" || parts[1] == "lib" && len(parts) < 4
	}
	return len(parts) < 2
}

package docker

import (
	"cmp"
	"crypto/sha256"
	"path"
	"slices"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Many trees hold nearly the same Compose file twice: beside the code and at the top, for development and for the server.
// A service that both files describe alike is one container, and both places are its evidence.

// mostTwins is how many Compose files of a tree are compared.
const mostTwins = 40

// asideKeys say of a service nothing that is told of it.
var asideKeys = map[string]bool{
	"restart": true, "labels": true, "container_name": true, "healthcheck": true, "logging": true, "depends_on": true, "hostname": true, "profiles": true,
	"stdin_open": true, "tty": true, "stop_grace_period": true, "platform": true, "pull_policy": true,
}

type composeFiles struct{}

// homeOf is the first Compose file of the tree that describes a service alike; the file itself where there is none.
func homeOf(p *discover.Pass, key syntax.Node) string {
	files := discover.Told(p, composeFiles{}, func() []string {
		var all []string
		for _, file := range p.Paths(".") {
			if isCompose(file) {
				all = append(all, file)
			}
		}
		slices.SortFunc(all, func(a, b string) int {
			return cmp.Or(strings.Count(a, "/")-strings.Count(b, "/"), len(path.Base(a))-len(path.Base(b)), strings.Compare(a, b))
		})
		return all
	})
	if len(files) < 2 || len(files) > mostTwins {
		return p.Path()
	}
	own, known := describedIn(p, p.Path()).services[key.Text()]
	if !known {
		return p.Path()
	}
	for _, file := range files {
		if file == p.Path() {
			break
		}
		if source.Scope(file) != source.Scope(p.Path()) {
			continue
		}
		if twin, ok := describedIn(p, file).services[key.Text()]; ok && twin == own && related(p, file) {
			return file
		}
	}
	return p.Path()
}

// described is what is compared of a Compose file, by the names of its services.
type described struct {
	services map[string][sha256.Size]byte // what each says, see alike
	builds   map[string]string            // the folders they are built from
	sections string                       // what the file says of networks, secrets, configurations and volumes
}

type describedKey struct{ file string }

// describedIn reads a Compose file once, as each service of each other file asks about it. A file of more services than are
// read is like no other.
func describedIn(p *discover.Pass, file string) described {
	return discover.Told(p, describedKey{file}, func() described {
		d := described{services: map[string][sha256.Size]byte{}, builds: map[string]string{}}
		tree := p.Tree()
		if file != p.Path() {
			if tree = p.Read(file); tree == nil {
				return d
			}
		}
		for _, name := range []string{"networks", "secrets", "configs", "volumes"} {
			d.sections += name + ": " + strings.Join(strings.Fields(tree.Root().Argument(name).Source()), " ") + "\n"
		}
		n, home := 0, path.Dir(file)
		for key, body := range tree.Root().Argument("services").Pairs() {
			if n++; n > mostServices {
				return described{}
			}
			name := strings.Clone(key.Text())
			if _, twice := d.services[name]; twice || !body.Is(syntax.Map) {
				continue
			}
			d.services[name] = sha256.Sum256([]byte(alike(body, home)))
			if build := body.Argument("build"); !build.IsZero() {
				d.builds[name] = strings.Clone(contextFolder(build, home))
			}
		}
		return d
	})
}

type relatedKey struct{ file, other string }

// related tells whether a Compose file is about the same program as this one: it says the same of networks and secrets, and
// stands beside it; or it builds a service of the same name from the same folder, and no service of a name differs. Two
// examples may both have a store that is set up as the manual says, and so may two stages of one program.
func related(p *discover.Pass, file string) bool {
	return discover.Told(p, relatedKey{p.Path(), file}, func() bool {
		own, other := describedIn(p, p.Path()), describedIn(p, file)
		switch {
		case own.sections != other.sections:
			return false
		case path.Dir(file) == path.Dir(p.Path()):
			return true
		}
		built := false
		for name, says := range own.services {
			if there, ok := other.services[name]; ok && there != says {
				return false
			}
			folder, ok := own.builds[name]
			built = built || ok && other.builds[name] == folder
		}
		return built
	})
}

// contextFolder is the folder that a service is built from.
func contextFolder(build syntax.Node, home string) string {
	folder := build.Text()
	if build.Is(syntax.Map) {
		folder = build.Argument("context").Text()
	}
	return path.Join(home, folder)
}

// alike is all that a service says, with its paths as the tree has them: services that are set up alike give the same text.
func alike(body syntax.Node, home string) string {
	var parts []string
	for key, value := range body.Pairs() {
		name := key.Text()
		if asideKeys[name] {
			continue
		}
		var said string
		switch name {
		case "extends": // of a file beside it
			said = home + " " + flat(value, func(_, text string) string { return text })
		case "build":
			said = contextFolder(value, home) + " " + flat(value, func(key, text string) string {
				if key == "context" || key == "" {
					return ""
				}
				return text
			})
		case "env_file":
			for _, item := range discover.Strings(value) {
				said += path.Join(home, item.Text()) + " "
			}
		case "environment": // a map or a list
			continue
		case "volumes":
			said = flat(value, func(_, text string) string {
				if host, rest, ok := strings.Cut(text, ":"); ok && strings.HasPrefix(host, ".") {
					return path.Join(home, host) + ":" + rest
				} else if strings.HasPrefix(text, ".") {
					return path.Join(home, text)
				}
				return text
			})
		default:
			said = flat(value, func(_, text string) string { return text })
		}
		parts = append(parts, name+"="+said)
	}
	for _, v := range environment(body) {
		parts = append(parts, "$"+v.name+"="+v.value)
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n")
}

// flat is a value as one text, each scalar as a function gives it.
func flat(n syntax.Node, each func(key, text string) string) string {
	var walk func(key string, n syntax.Node) string
	walk = func(key string, n syntax.Node) string {
		var parts []string
		switch n.Kind() {
		case syntax.Map:
			for k, value := range n.Pairs() {
				parts = append(parts, k.Text()+":"+walk(k.Text(), value))
			}
			slices.Sort(parts)
			return "{" + strings.Join(parts, ",") + "}"
		case syntax.List:
			for item := range n.Children() {
				parts = append(parts, walk(key, item))
			}
			return "[" + strings.Join(parts, ",") + "]"
		}
		text, ok := n.Scalar()
		if !ok {
			text = n.Source()
		}
		return each(key, text)
	}
	return walk("", n)
}

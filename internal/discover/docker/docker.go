// Package docker reads what agents run in: Dockerfiles and Compose files.
//
// A container that is built from a folder in which agents, tools or tool servers were found becomes a runtime that
// hosts them: with whether it runs as root or is let out of its walls, the image that it starts from and whether that is
// pinned, the secrets in its environment, and the stores and model servers beside it that it can reach. Containers in
// which nothing of that kind was found are left out; most trees have more of those.
//
// # What counts as in a container
//
// What a COPY or ADD of any stage takes, from the folder that the image is built in; of an image that takes all of it and
// starts one program, that program. In Compose also what a service mounts. Where containers lie within each other, the innermost has what is there. A service of Compose that is built
// from a Dockerfile is that container; several services of one Dockerfile are several.
//
// # Guarantees
//
// "privileged" means let out of the container: the privileged flag, a capability that opens the machine, the socket of
// the container service or the machine's own folders. A process that is root in its container has broad permissions.
package docker

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
)

// Extractor finds the containers that agents run in.
var Extractor = &discover.Extractor{
	Name:  "docker",
	Doc:   "Dockerfiles and Compose. Containers that agents run in, with their user, privileges, mounts, secrets, images, and the stores and model servers beside them.",
	Match: func(file string) bool { return isDockerfile(file) || isCompose(file) },
	Run: func(p *discover.Pass) error {
		if isCompose(p.Path()) {
			compose(p)
		} else {
			dockerfile(p)
		}
		return nil
	},
}

func isDockerfile(file string) bool {
	base := strings.ToLower(path.Base(file))
	if strings.HasSuffix(base, ".dockerignore") {
		return false
	}
	return base == "dockerfile" || base == "containerfile" || strings.HasPrefix(base, "dockerfile.") || strings.HasSuffix(base, ".dockerfile")
}

// imageRef names the container that a Dockerfile describes, group all that is said in a file.
func imageRef(file string) discover.Ref { return discover.Local(file, "container") }
func groupRef(file string) discover.Ref { return discover.Local(file, "containers") }

// dockerfile describes the container that the last stage makes.
func dockerfile(p *discover.Pass) {
	f := parseDockerfile(p.File())
	if f == nil {
		return
	}
	ref, group := imageRef(p.Path()), groupRef(p.Path())
	last := f.stages[len(f.stages)-1]
	folders, files := held(p, f, contextOf(p, f))
	p.Place(discover.Place{Ref: ref, Group: group, Folders: folders, Files: files, Flow: model.Hosts, At: last.from.span})
	p.Element(model.Runtime, ref, containerName(p.Path()), last.from.span).Technology("docker")
	defer p.Subject(group)()
	base := f.base(last)
	p.BaseImage(ref, base.image, base.from.span)
	alone := p.Subject(ref) // a deployment of the image may say another user
	describeUser(p, ref, f)
	alone()
	for _, v := range f.variables(last) {
		p.EnvSecret(ref, group, v.name, v.value, v.span)
	}
}

// describeUser says as whom the last stage runs.
func describeUser(p *discover.Pass, ref discover.Ref, f *image) {
	last := f.stages[len(f.stages)-1]
	remark := p.Element(model.Runtime, ref, "")
	switch user := f.user(last); {
	case user.name == "":
		if rootImage(f.base(last).image) {
			remark.FactBecause("broad-permissions", model.Yes, "no USER is set, so it runs as root", last.from.span)
		}
	case isRoot(user.name):
		remark.FactBecause("broad-permissions", model.Yes, "it runs as root", user.span)
	case strings.HasPrefix(user.name, "$"):
		p.Unresolved("the user of a container", "it is known only when the image is built", user.span)
	default:
		remark.FactBecause("broad-permissions", model.No, "it runs as "+user.name, user.span)
		p.Control("least-privilege", ref, discover.Ref{}, model.Evidenced, user.span)
	}
}

// containerName is a name for people: the folder's, or what tells one Dockerfile from the others of a folder.
func containerName(file string) string {
	base := path.Base(file)
	for _, cut := range []string{strings.TrimPrefix(base, "Dockerfile."), strings.TrimSuffix(base, ".Dockerfile"), strings.TrimSuffix(base, ".dockerfile")} {
		if cut != base && cut != "" {
			return cut + " container"
		}
	}
	if dir := path.Base(path.Dir(file)); dir != "." && dir != "/" {
		return dir + " container"
	}
	return "container"
}

func isRoot(user string) bool {
	name, _, _ := strings.Cut(user, ":")
	return name == "root" || name == "0"
}

// rootImage tells whether an image is one of those that run as root unless told otherwise.
func rootImage(i discover.Image) bool {
	if strings.Contains(i.Tag, "nonroot") || i.Hole {
		return false
	}
	name := strings.TrimPrefix(strings.TrimPrefix(i.Name, "docker.io/"), "library/")
	switch name {
	case "python", "node", "debian", "ubuntu", "alpine", "golang", "rust", "ruby", "php", "openjdk", "eclipse-temurin", "amazoncorretto", "fedora", "archlinux", "busybox", "oven/bun", "denoland/deno", "scratch", "nvidia/cuda", "pytorch/pytorch", "tensorflow/tensorflow", "continuumio/miniconda3", "playwright":
		return true
	}
	return strings.HasPrefix(name, "ghcr.io/astral-sh/uv") || strings.HasPrefix(name, "mcr.microsoft.com/playwright") || strings.HasPrefix(name, "public.ecr.aws/docker/library/")
}

// contextOf finds the folder in which an image is built: the nearest one above the Dockerfile that has what it copies.
func contextOf(p *discover.Pass, f *image) string {
	dir := path.Dir(f.file.Path())
	best, most := dir, -1
	for folder := dir; ; folder = path.Dir(folder) {
		there := 0
		for _, c := range f.copies {
			if c.source != "." && there < 64 && has(p, path.Join(folder, fixedPart(c.source))) {
				there++
			}
		}
		if there > most {
			best, most = folder, there
		}
		if folder == "." || folder == "/" {
			break
		}
	}
	return best
}

// copied lists what an image takes from the folder that it is built in.
func copied(p *discover.Pass, f *image, context string) []string {
	var folders []string
	seen := map[string]bool{}
	for _, c := range f.copies {
		folder := path.Join(context, fixedPart(c.source))
		if strings.HasPrefix(folder, "..") || seen[folder] || !has(p, folder) {
			continue
		}
		seen[folder] = true
		folders = append(folders, folder)
	}
	return folders
}

// mostStarted is how many files of the program that a container starts are followed.
const mostStarted = 400

var program = regexp.MustCompile(`(?:^|[\s\[",])(?:python3?|node|tsx|bun|uv run|deno run)["',\s]+(?:-[A-Za-z-]+["',\s]+)*([\w./-]+\.(?:py|js|ts|mjs))\b`)

// held says what of the tree runs in the container. Where an image takes all of its context and starts one program of it,
// that is the program's folder and what it imports: the other programs of the tree lie in the image and do not run.
func held(p *discover.Pass, f *image, context string) (folders, files []string) {
	folders = copied(p, f, context)
	whole := slices.Index(folders, path.Clean(context))
	if whole < 0 {
		return folders, nil
	}
	for _, line := range f.stages[len(f.stages)-1].starts {
		m := program.FindStringSubmatch(line)
		if m == nil || strings.HasPrefix(m[1], "/") {
			continue
		}
		if entry := path.Join(context, m[1]); p.Exists(entry) && path.Dir(entry) != path.Clean(context) {
			folders[whole] = path.Dir(entry)
			return folders, p.Reached(entry, mostStarted)
		}
	}
	return folders, nil
}

// fixedPart is what stands before the first wildcard, as a folder; "." for everything.
func fixedPart(s string) string {
	s = strings.TrimPrefix(s, "/")
	if at := strings.IndexAny(s, "*?[$"); at >= 0 {
		s = path.Dir(s[:at] + "x")
	}
	return path.Clean("./" + s)
}

func has(p *discover.Pass, name string) bool {
	return name == "." || p.Exists(name) || len(p.Paths(name)) > 0
}

// place is something that a file says, with where.
type place struct {
	name string
	span source.Span
}

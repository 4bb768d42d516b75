// Package kubernetes reads the manifests and charts by which agents are deployed.
//
// A container of a workload becomes a runtime where its image is built from a Dockerfile of the tree in which agents
// were found: with whether it is let out of its walls, as whom it runs, the secrets and the service account that it is
// given, whether it can be reached from outside the cluster, and the stores and model servers of the same folder that
// its environment names. Workloads without agents are left out.
//
// # Which image is which Dockerfile
//
// An image's name is that of the Dockerfile's folder, or what tells the Dockerfile from others in its folder; where the
// tree has only one Dockerfile, an image that is none of the usual ones beside it is its image.
//
// # Charts
//
// A template of a Helm chart is read with its holes blanked out; what it takes from values.yaml under the usual names
// (image, securityContext, podSecurityContext, serviceAccount, replicaCount) is looked up there, and the values that an
// image's name is made of, through what _helpers.tpl defines. Kustomize patches are
// not applied.
package kubernetes

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds the workloads that agents run in.
var Extractor = &discover.Extractor{
	Name:   "kubernetes",
	Doc:    "Kubernetes manifests and Helm charts. Workloads that agents run in, with their rights, secrets, service accounts, exposure, network policies and stores.",
	Match:  func(file string) bool { return syntax.LanguageOf(file) == syntax.YAML },
	Traces: []string{"kind: Deployment", "kind: StatefulSet", "kind: DaemonSet", "kind: CronJob", "kind: Job", "kind: Pod", "kind: Service\n", "kind: Secret", "kind: ClusterRoleBinding"},
	Run:    run,
}

// reader describes one file.
type reader struct {
	p      *discover.Pass
	values syntax.Node
	around []syntax.Node // documents of the folder, this file's among them
	group  discover.Ref
}

// mostAround is how many files of a folder are looked at for what belongs to a workload.
const mostAround = 60

func run(p *discover.Pass) error {
	r := &reader{p: p, group: discover.Local(p.Path(), "manifest")}
	if chart := discover.ChartOf(p, p.Path()); chart != "" {
		if tree := p.Read(path.Join(chart, "values.yaml")); tree != nil {
			r.values = tree.Root()
		}
	}
	own := r.documents(p.Path())
	if len(own) == 0 {
		return nil
	}
	for i, file := range siblings(p) {
		if i == mostAround {
			break
		}
		if file == p.Path() {
			r.around = append(r.around, own...)
			continue
		}
		r.around = append(r.around, r.documents(file)...)
	}
	for _, d := range own {
		switch d.Argument("kind").Text() {
		case "Secret":
			r.secret(d)
		case "ClusterRoleBinding":
			r.binding(d)
		default:
			if pod := podOf(d); pod.Is(syntax.Map) {
				r.workload(d, pod)
			}
		}
	}
	return nil
}

// siblings are the YAML files of a folder itself.
func siblings(p *discover.Pass) []string {
	dir := path.Dir(p.Path())
	var all []string
	for _, file := range p.Paths(dir) {
		if path.Dir(file) == dir && syntax.LanguageOf(file) == syntax.YAML && path.Base(file) != "values.yaml" {
			all = append(all, file)
		}
	}
	return all
}

// documents are the manifests of a file, those of lists too.
func (r *reader) documents(file string) []syntax.Node {
	tree := r.p.Read(file)
	if file == r.p.Path() {
		tree = r.p.Tree()
	}
	if tree == nil || tree.File == nil || len(tree.File.Content()) > 1<<20 {
		return nil
	}
	if tree.Root().IsZero() && discover.ChartOf(r.p, file) != "" {
		tree = syntax.ParseAs(source.NewFile(file, blank(tree.File.Content())), syntax.YAML)
	}
	var all []syntax.Node
	add := func(n syntax.Node) {
		if n.Is(syntax.Document) {
			n = n.Child(0)
		}
		if !n.Is(syntax.Map) || n.Argument("kind").IsZero() {
			return
		}
		if n.Argument("kind").TextIs("List") {
			for item := range n.Argument("items").Children() {
				all = append(all, item)
			}
			return
		}
		all = append(all, n)
	}
	root := tree.Root()
	if root.Is(syntax.Module) {
		for c := range root.Children() {
			add(c)
		}
	} else {
		add(root)
	}
	return all
}

// blanked is what is left of a hole in a name.
var blanked = regexp.MustCompile(`x{5,}`)

// wide is a hole that goes over several lines, such as a comment.
var wide = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

var hole = regexp.MustCompile(`\{\{[^\n]*?\}\}`)

// blank replaces the holes of a template by as many letters, and lines of nothing but holes by comments, so that what
// is left is YAML with every character in its place.
func blank(content []byte) []byte {
	var out []byte
	text := string(wide.ReplaceAllFunc(content, func(s []byte) []byte {
		if bytes.IndexByte(s, '\n') < 0 {
			return s
		}
		gap := bytes.Repeat([]byte(" "), len(s))
		for i, c := range s {
			if c == '\n' || c == '\r' {
				gap[i] = c
			}
		}
		return gap
	}))
	for line := range strings.Lines(text) {
		rest := strings.TrimSpace(hole.ReplaceAllString(line, ""))
		switch {
		case rest == "" && strings.Contains(line, "{{"):
			out = append(out, hole.ReplaceAllStringFunc(line, func(s string) string { return "#" + strings.Repeat(" ", len(s)-1) })...)
		default:
			out = append(out, hole.ReplaceAllStringFunc(line, func(s string) string { return strings.Repeat("x", len(s)) })...)
		}
	}
	return out
}

// at is a place in the file as it is, whatever was blanked out for reading it.
func (r *reader) at(n syntax.Node) source.Span {
	s := n.Span()
	if !s.IsZero() && s.File.Path() == r.p.Path() {
		return r.p.File().Span(int(s.Start), int(s.End))
	}
	return s
}

// podOf is the description of a workload's pods.
func podOf(d syntax.Node) syntax.Node {
	spec := d.Argument("spec")
	switch d.Argument("kind").Text() {
	case "Pod":
		return spec
	case "CronJob":
		spec = spec.Argument("jobTemplate").Argument("spec")
		fallthrough
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Service":
		return spec.Argument("template").Argument("spec")
	}
	return syntax.Node{}
}

func labelsOf(d syntax.Node) syntax.Node {
	if d.Argument("kind").TextIs("Pod") {
		return d.Argument("metadata").Argument("labels")
	}
	spec := d.Argument("spec")
	if d.Argument("kind").TextIs("CronJob") {
		spec = spec.Argument("jobTemplate").Argument("spec")
	}
	return spec.Argument("template").Argument("metadata").Argument("labels")
}

func nameOf(d syntax.Node) string { return d.Argument("metadata").Argument("name").Text() }

// workload describes the containers of a workload that may hold what is in the tree.
func (r *reader) workload(d, pod syntax.Node) {
	containers := slices.Collect(pod.Argument("containers").Children())
	for _, c := range containers {
		image := r.image(c)
		if _, known := image.Product(); known {
			continue // described where it is used
		}
		file := dockerfileOf(r.p, image, len(containers) == 1)
		if file == "" {
			continue
		}
		name := nameOf(d)
		if strings.Trim(name, "x") == "" || name == "" {
			name = c.Argument("name").Text()
		}
		if chart := discover.ChartOf(r.p, r.p.Path()); chart != "" {
			name = blanked.ReplaceAllString(name, path.Base(chart))
		}
		if len(containers) > 1 {
			name += "/" + c.Argument("name").Text()
		}
		r.container(d, pod, c, image, name, file)
	}
}

// container describes one container as a runtime.
func (r *reader) container(d, pod, c syntax.Node, image discover.Image, name, file string) {
	p := r.p
	ref := discover.InstanceOf(discover.Local(p.Path(), name), discover.Local(file, "container"))
	at := r.at(c.Argument("image"))
	if at.IsZero() {
		at = r.at(c)
	}
	p.Place(discover.Place{Ref: ref, Group: r.group, Like: discover.Local(file, "container"), Flow: model.Hosts, At: at})
	e := p.Element(model.Runtime, ref, name, at).Technology("kubernetes")
	defer p.Subject(ref)()
	r.walls(ref, e, pod, c)
	for item := range c.Argument("env").Children() {
		n := item.Argument("name")
		value := item.Argument("value").Text()
		if !item.Argument("valueFrom").IsZero() {
			value = ""
			if item.Argument("valueFrom").Argument("secretKeyRef").IsZero() {
				continue
			}
			if discover.SecretVariable(n.Text(), "") {
				p.Control("secret-store", discover.Of(ref, n.Text()), discover.Ref{}, model.Evidenced, r.at(item))
			}
		} else if value == "" || strings.Contains(value, "xxxx") {
			continue
		}
		p.EnvSecret(ref, ref, n.Text(), value, r.at(n))
	}
	for item := range c.Argument("envFrom").Children() {
		if n := item.Argument("secretRef"); !n.IsZero() {
			e.FactBecause("holds-secrets", model.Yes, "its environment is the secret "+n.Argument("name").Text(), r.at(n))
		}
	}
	if n := d.Argument("spec").Argument("replicas"); n.Is(syntax.Number) && n.Text() != "0" && n.Text() != "1" {
		e.FactBecause("replicated", model.Yes, n.Text()+" copies are started", r.at(n))
		p.Control("redundancy", ref, discover.Ref{}, model.Evidenced, r.at(n))
	}
	if n := pod.Argument("runtimeClassName"); strings.Contains(n.Text(), "gvisor") || strings.Contains(n.Text(), "kata") {
		p.Control("sandbox", ref, discover.Ref{}, model.Evidenced, r.at(n))
	}
	r.account(ref, pod)
	r.exposure(ref, e, d)
	r.policies(ref, d)
	r.stores(ref, c)
}

// walls says what lets code out of the container, and what holds it in.
func (r *reader) walls(ref discover.Ref, e *discover.Element, pod, c syntax.Node) {
	p := r.p
	security, podSecurity := c.Argument("securityContext"), pod.Argument("securityContext")
	if !security.Is(syntax.Map) {
		security = r.values.Argument("securityContext")
	}
	if !podSecurity.Is(syntax.Map) {
		podSecurity = r.values.Argument("podSecurityContext")
	}
	var at []source.Span
	opens := func(n syntax.Node, why string) {
		at = append(at, r.at(n))
		e.FactBecause("privileged", model.Yes, why, r.at(n))
	}
	if n := security.Argument("privileged"); n.TextIs("true") {
		opens(n, "it is started as privileged")
	}
	for _, key := range []string{"hostPID", "hostIPC"} {
		if n := pod.Argument(key); n.TextIs("true") {
			opens(n, "it shares the node's "+strings.TrimPrefix(key, "host"))
		}
	}
	for item := range security.Argument("capabilities").Argument("add").Children() {
		if discover.StrongCapability(item.Text()) {
			opens(item, "it has the capability "+item.Text())
		}
	}
	mounted := map[string]bool{}
	for item := range c.Argument("volumeMounts").Children() {
		mounted[item.Argument("name").Text()] = true
	}
	for item := range pod.Argument("volumes").Children() {
		n := item.Argument("hostPath").Argument("path")
		if why := discover.OpensMachine(n.Text()); n.Text() != "" && why != "" && mounted[item.Argument("name").Text()] {
			opens(n, why)
		}
	}
	if len(at) > 0 {
		node := discover.Local(p.Path(), "node")
		p.Element(model.Runtime, node, "the node of the cluster", at[0]).Technology("linux")
		p.Flow(model.Hosts, node, ref, at...)
	} else if discover.ChartOf(p, p.Path()) == "" || security.Is(syntax.Map) {
		e.FactBecause("privileged", model.No, "it is started without further rights", r.at(c.Argument("name")))
	}
	if n := pod.Argument("hostNetwork"); n.TextIs("true") {
		e.FactBecause("broad-permissions", model.Yes, "it shares the node's network", r.at(n))
	}
	hold := func(n syntax.Node) { p.Control("least-privilege", ref, discover.Ref{}, model.Evidenced, r.at(n)) }
	for _, context := range []syntax.Node{security, podSecurity} {
		user, nonRoot := context.Argument("runAsUser"), context.Argument("runAsNonRoot")
		switch {
		case user.TextIs("0"):
			e.FactBecause("broad-permissions", model.Yes, "it runs as root", r.at(user))
		case nonRoot.TextIs("true"):
			e.FactBecause("broad-permissions", model.No, "it may not run as root", r.at(nonRoot))
			hold(nonRoot)
		case user.Is(syntax.Number):
			e.FactBecause("broad-permissions", model.No, "it runs as user "+user.Text(), r.at(user))
			hold(user)
		default:
			continue
		}
		break
	}
	for item := range security.Argument("capabilities").Argument("drop").Children() {
		if strings.EqualFold(item.Text(), "all") {
			hold(item)
		}
	}
	if n := security.Argument("readOnlyRootFilesystem"); n.TextIs("true") {
		hold(n)
	}
}

func accountRef(name string) discover.Ref {
	return discover.Named(model.Credential, "service account "+name)
}

// account is the service account whose token lies in the container.
func (r *reader) account(ref discover.Ref, pod syntax.Node) {
	n := pod.Argument("serviceAccountName")
	if n.IsZero() {
		n = pod.Argument("serviceAccount")
	}
	name := n.Text()
	if strings.Contains(name, "xxxx") {
		return
	}
	if name == "" || pod.Argument("automountServiceAccountToken").TextIs("false") {
		return
	}
	p := r.p
	p.Element(model.Credential, accountRef(name), "service account "+name, r.at(n)).Technology("kubernetes").
		FactBecause("plain-text", model.No, "its token is mounted when the container starts", r.at(n))
	p.Flow(model.CredentialUse, ref, accountRef(name), r.at(n))
}

// binding says which service accounts may do anything in the cluster.
func (r *reader) binding(d syntax.Node) {
	role := d.Argument("roleRef").Argument("name")
	if !role.TextIs("cluster-admin") {
		return
	}
	for item := range d.Argument("subjects").Children() {
		if item.Argument("kind").TextIs("ServiceAccount") {
			name := item.Argument("name")
			r.p.Element(model.Credential, accountRef(name.Text()), "").
				FactBecause("broad-permissions", model.Yes, "it is bound to cluster-admin", r.at(role), r.at(name))
		}
	}
}

// selects tells whether a selector takes pods of these labels; one without labels takes all.
func selects(selector, labels syntax.Node, empty bool) bool {
	count := 0
	for key, value := range selector.Pairs() {
		count++
		if labels.Argument(key.Text()).Text() != value.Text() || value.Text() == "" {
			return false
		}
	}
	return count > 0 || empty
}

// exposure says whether the workload can be reached from outside the cluster.
func (r *reader) exposure(ref discover.Ref, e *discover.Element, d syntax.Node) {
	labels := labelsOf(d)
	for _, s := range r.around {
		if !s.Argument("kind").TextIs("Service") || !selects(s.Argument("spec").Argument("selector"), labels, false) {
			continue
		}
		kind := s.Argument("spec").Argument("type")
		if kind.TextIs("LoadBalancer") || kind.TextIs("NodePort") {
			e.FactBecause("exposed", model.Yes, "a service of type "+kind.Text()+" opens it to the outside", r.at(kind))
		}
		for _, i := range r.around {
			if !i.Argument("kind").TextIs("Ingress") {
				continue
			}
			i.Argument("spec").Walk(func(n syntax.Node) bool {
				if n.Is(syntax.Map) && n.Argument("service").Argument("name").TextIs(nameOf(s)) {
					e.FactBecause("exposed", model.Yes, "an ingress leads to it", r.at(n.Argument("service").Argument("name")))
				}
				return true
			})
		}
	}
}

// policies are network policies that stand around the workload.
func (r *reader) policies(ref discover.Ref, d syntax.Node) {
	labels := labelsOf(d)
	for _, n := range r.around {
		if n.Argument("kind").TextIs("NetworkPolicy") && selects(n.Argument("spec").Argument("podSelector").Argument("matchLabels"), labels, n.Argument("spec").Argument("podSelector").Argument("matchExpressions").IsZero()) {
			r.p.Control("network-isolation", ref, discover.Ref{}, model.Evidenced, r.at(n.Argument("kind")))
		}
	}
}

// stores are the databases and model servers of the folder that the container's environment or arguments name.
func (r *reader) stores(ref discover.Ref, c syntax.Node) {
	p := r.p
	for _, d := range r.around {
		pod := podOf(d)
		if !pod.Is(syntax.Map) {
			continue
		}
		for other := range pod.Argument("containers").Children() {
			info, known := r.image(other).Product()
			name := nameOf(d)
			if !known || name == "" {
				continue
			}
			named := r.names(c, d)
			if named.IsZero() {
				continue
			}
			store := discover.Local(d.Span().File.Path(), name)
			p.Element(info.Kind, store, name, r.at(other.Argument("image"))).Technology(info.Technology).Detail(info.Doc)
			p.Flow(model.Network, ref, store, r.at(named)).Fact("remote", model.Yes, r.at(named))
		}
	}
}

// names is where a container's environment or arguments name a workload, or a service that leads to it.
func (r *reader) names(c, d syntax.Node) syntax.Node {
	hosts := []string{nameOf(d)}
	for _, s := range r.around {
		if s.Argument("kind").TextIs("Service") && selects(s.Argument("spec").Argument("selector"), labelsOf(d), false) {
			hosts = append(hosts, nameOf(s))
		}
	}
	var found syntax.Node
	for _, key := range []string{"env", "args", "command"} {
		c.Argument(key).Walk(func(n syntax.Node) bool {
			if n.Is(syntax.String) && found.IsZero() {
				for _, host := range hosts {
					if host != "" && namesHost(n.Text(), host) {
						found = n
					}
				}
			}
			return true
		})
	}
	return found
}

// namesHost tells whether a value has a host's name as a word of an address.
func namesHost(value, host string) bool {
	i := strings.Index(value, host)
	if i < 0 {
		return false
	}
	before, after := value[:i], value[i+len(host):]
	return (before == "" || strings.HasSuffix(before, "/") || strings.HasSuffix(before, "@") || strings.HasSuffix(before, "=")) &&
		(after == "" || strings.ContainsAny(after[:1], ":/.,"))
}

// secret is a Secret whose values stand in the file.
func (r *reader) secret(d syntax.Node) {
	p := r.p
	var refs []discover.Ref
	place := discover.Local(p.Path(), "secret "+nameOf(d))
	for _, key := range []string{"stringData", "data"} {
		for name, value := range d.Argument(key).Pairs() {
			text := value.Text()
			if key == "data" {
				text = decoded(text)
			}
			if !discover.LiteralSecret(name.Text(), text) || strings.Contains(value.Text(), "xxxx") {
				continue
			}
			ref := discover.Local(p.Path(), nameOf(d), name.Text())
			refs = append(refs, ref)
			done := p.Subject(place)
			p.Element(model.Credential, ref, name.Text(), r.at(name)).
				FactBecause("plain-text", model.Yes, "its value stands in the manifest", r.at(name))
			done()
		}
	}
	if len(refs) > 0 {
		p.Place(discover.Place{Ref: place, Folders: []string{"."}})
	}
}

package docker

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

func isCompose(file string) bool {
	base := strings.ToLower(path.Base(file))
	if !strings.HasSuffix(base, ".yml") && !strings.HasSuffix(base, ".yaml") {
		return false
	}
	return strings.HasPrefix(base, "docker-compose") || strings.HasPrefix(base, "compose.") || strings.HasPrefix(base, "compose-") || strings.Contains(base, ".compose.") || strings.HasPrefix(base, "podman-compose")
}

// service is an entry of a Compose file.
type service struct {
	name    string
	at      syntax.Node // the key
	body    syntax.Node
	ref     discover.Ref
	file    string // that describes it; another one that describes it alike names the same: see homeOf
	own     bool   // it may hold what is in the tree
	product discover.ProductInfo
	store   bool // it is a store or server that is known
}

func compose(p *discover.Pass) {
	root := p.Tree().Root()
	if !root.Argument("services").Is(syntax.Map) {
		return
	}
	group := groupRef(p.Path())
	var services []*service
	for key, value := range root.Argument("services").Pairs() {
		if !value.Is(syntax.Map) {
			continue
		}
		if len(services) >= mostServices {
			p.Unresolved("the services of "+p.Path(), "there are more than are read", key.Span())
			break
		}
		s := &service{name: key.Text(), at: key, body: value, file: homeOf(p, key)}
		s.ref = discover.Local(s.file, key.Text())
		image := discover.ParseImage(value.Argument("image").Text())
		s.product, s.store = image.Product()
		s.own = !value.Argument("build").IsZero() || !s.store
		services = append(services, s)
	}
	for _, s := range services {
		if s.own {
			runs(p, group, s)
		}
	}
	for _, s := range services {
		if s.own {
			continue
		}
		for _, user := range services {
			if user.own && sameNetwork(user, s) {
				reaches(p, user, s)
			}
		}
	}
}

const mostServices = 200

// runs describes a service that may run what is in the tree.
func runs(p *discover.Pass, group discover.Ref, s *service) {
	home := path.Dir(p.Path())
	var built *image
	place := discover.Place{Ref: s.ref, Group: group, Flow: model.Hosts, At: s.at.Span()}
	context, file := buildOf(p, s, home)
	if file == "" && context != "" && has(p, context) {
		place.Folders = []string{context}
	}
	if file != "" {
		place.Like = imageRef(file)
		s.ref = discover.InstanceOf(s.ref, imageRef(file))
		place.Ref = s.ref
		if built = readDockerfile(p, file); built != nil {
			if s.body.Argument("command").IsZero() && s.body.Argument("entrypoint").IsZero() {
				place.Folders, place.Files = held(p, built, context)
			} else {
				place.Folders = copied(p, built, context)
			}
		}
	}
	for _, v := range discover.Strings(s.body.Argument("volumes")) {
		if host, ok := discover.Mounted(v.Text()); ok && strings.HasPrefix(host, ".") {
			if folder := path.Join(home, host); !strings.HasPrefix(folder, "..") && has(p, folder) && folder != "." {
				place.Folders = append(place.Folders, folder)
			} else if folder == "." {
				place.Folders = append(place.Folders, ".")
			}
		}
	}
	p.Place(place)
	p.Element(model.Runtime, s.ref, s.name, s.at.Span()).Technology("docker")
	defer p.Subject(s.ref)()
	if file == "" && s.body.Argument("build").IsZero() {
		if image := s.body.Argument("image"); image.Text() != "" {
			p.BaseImage(s.ref, discover.ParseImage(image.Text()), image.Span())
		}
	}
	walls(p, s)
	if built != nil && s.body.Argument("user").Text() == "" {
		describeUser(p, s.ref, built)
	}
	for _, v := range environment(s.body) {
		p.EnvSecret(s.ref, s.ref, v.name, v.value, v.span)
	}
	for _, key := range []string{"env_file", "secrets"} {
		for _, item := range discover.Strings(s.body.Argument(key)) {
			why := "its environment comes from " + path.Base(item.Text())
			if key == "secrets" {
				why = "the secret " + item.Text() + " is mounted"
				p.Control("secret-store", s.ref, discover.Ref{}, model.Evidenced, item.Span())
			}
			p.Element(model.Runtime, s.ref, "").FactBecause("holds-secrets", model.Yes, why, item.Span())
		}
	}
	if n := s.body.Argument("deploy").Argument("replicas"); n.Is(syntax.Number) && n.Text() != "0" && n.Text() != "1" {
		p.Element(model.Runtime, s.ref, "").FactBecause("replicated", model.Yes, n.Text()+" copies are started", n.Span())
		p.Control("redundancy", s.ref, discover.Ref{}, model.Evidenced, n.Span())
	}
	ports(p, p.Element(model.Runtime, s.ref, ""), s)
}

// buildOf finds the folder and the Dockerfile that a service is built from; the file is "" when it is not in the tree.
func buildOf(p *discover.Pass, s *service, home string) (context, file string) {
	build := s.body.Argument("build")
	if build.IsZero() {
		return "", ""
	}
	name := "Dockerfile"
	context = build.Text()
	if build.Is(syntax.Map) {
		context = build.Argument("context").Text()
		if n := build.Argument("dockerfile"); n.Text() != "" {
			name = n.Text()
		}
	}
	context = path.Join(home, context)
	for _, candidate := range []string{path.Join(context, name), path.Join(home, name), path.Join(context, "Containerfile")} {
		if p.Exists(candidate) {
			return context, candidate
		}
	}
	if !strings.Contains(context, "://") && has(p, context) {
		defer p.Subject(s.ref)()
		p.Unresolved("the container "+s.name, "its Dockerfile is not in the tree", build.Span())
	}
	return context, ""
}

func readDockerfile(p *discover.Pass, file string) *image {
	if tree := p.Read(file); tree != nil && tree.File != nil {
		return parseDockerfile(tree.File)
	}
	return nil
}

// walls says what lets code out of the container, and what holds it in.
func walls(p *discover.Pass, s *service) {
	remark := p.Element(model.Runtime, s.ref, "")
	var opens []place
	if n := s.body.Argument("privileged"); n.TextIs("true") {
		opens = append(opens, place{"it is started as privileged", n.Span()})
	}
	for _, key := range []string{"pid", "ipc", "userns_mode"} {
		if n := s.body.Argument(key); n.TextIs("host") {
			opens = append(opens, place{"it shares the machine's " + strings.TrimSuffix(key, "_mode"), n.Span()})
		}
	}
	for _, n := range discover.Strings(s.body.Argument("cap_add")) {
		if discover.StrongCapability(n.Text()) {
			opens = append(opens, place{"it has the capability " + n.Text(), n.Span()})
		}
	}
	for _, n := range discover.Strings(s.body.Argument("security_opt")) {
		if strings.HasSuffix(strings.ReplaceAll(n.Text(), "=", ":"), ":unconfined") {
			opens = append(opens, place{"it runs " + n.Text(), n.Span()})
		}
	}
	for item := range s.body.Argument("volumes").Children() {
		host, ok := discover.Mounted(item.Text())
		if item.Is(syntax.Map) && !item.Argument("type").TextIs("volume") {
			host, ok = item.Argument("source").Text(), true
		}
		if why := discover.OpensMachine(host); ok && why != "" && (strings.HasPrefix(host, "/") || strings.HasPrefix(host, "$")) {
			opens = append(opens, place{why, item.Span()})
		}
	}
	for _, o := range opens {
		remark.FactBecause("privileged", model.Yes, o.name, o.span)
	}
	if len(opens) > 0 {
		machine := discover.Local(s.file, "machine")
		var at []source.Span
		for _, o := range opens {
			at = append(at, o.span)
		}
		p.Element(model.Runtime, machine, "the machine of the containers", at[0]).Technology("linux")
		p.Flow(model.Hosts, machine, s.ref, at...)
	} else {
		remark.FactBecause("privileged", model.No, "it is started without further rights", s.at.Span())
	}
	switch n := s.body.Argument("network_mode"); n.Text() {
	case "host":
		remark.FactBecause("broad-permissions", model.Yes, "it shares the machine's network", n.Span())
	case "none":
		p.Control("network-isolation", s.ref, discover.Ref{}, model.Evidenced, n.Span())
	}
	if n := s.body.Argument("user"); n.Text() != "" && !strings.HasPrefix(n.Text(), "$") {
		if isRoot(n.Text()) {
			remark.FactBecause("broad-permissions", model.Yes, "it runs as root", n.Span())
		} else {
			remark.FactBecause("broad-permissions", model.No, "it runs as "+n.Text(), n.Span())
			p.Control("least-privilege", s.ref, discover.Ref{}, model.Evidenced, n.Span())
		}
	}
	for _, n := range discover.Strings(s.body.Argument("cap_drop")) {
		if strings.EqualFold(n.Text(), "all") {
			p.Control("least-privilege", s.ref, discover.Ref{}, model.Evidenced, n.Span())
		}
	}
	if n := s.body.Argument("read_only"); n.TextIs("true") {
		p.Control("least-privilege", s.ref, discover.Ref{}, model.Evidenced, n.Span())
	}
	internal(p, s)
}

// internal sees networks without a way out.
func internal(p *discover.Pass, s *service) {
	own := networksOf(s)
	declared := p.Tree().Root().Argument("networks")
	closed := 0
	var at syntax.Node
	for _, name := range own {
		if n := declared.Argument(name).Argument("internal"); n.TextIs("true") {
			closed++
			at = n
		}
	}
	if closed > 0 && closed == len(own) {
		p.Control("network-isolation", s.ref, discover.Ref{}, model.Evidenced, at.Span())
	}
}

func networksOf(s *service) []string {
	var own []string
	networks := s.body.Argument("networks")
	for _, n := range discover.Strings(networks) {
		own = append(own, n.Text())
	}
	for key := range networks.Pairs() {
		own = append(own, key.Text())
	}
	if len(own) == 0 {
		own = []string{"default"}
	}
	return own
}

func sameNetwork(a, b *service) bool {
	if a.body.Argument("network_mode").TextIs("none") {
		return false
	}
	for _, n := range networksOf(a) {
		if slices.Contains(networksOf(b), n) {
			return true
		}
	}
	return false
}

// environment lists what a service's environment sets.
func environment(body syntax.Node) []variable {
	var all []variable
	env := body.Argument("environment")
	for key, value := range env.Pairs() {
		text, _ := value.Scalar()
		all = append(all, variable{key.Text(), text, key.Span()})
	}
	if env.Is(syntax.List) {
		for item := range env.Children() {
			name, value, _ := strings.Cut(item.Text(), "=")
			all = append(all, variable{name, value, item.Span()})
		}
	}
	for key, value := range body.Argument("build").Argument("args").Pairs() {
		text, _ := value.Scalar()
		all = append(all, variable{key.Text(), text, key.Span()})
	}
	return all
}

// ports says whether what a service listens on can be reached from outside the machine. A store that asks for a password
// is not reached without an account, whatever is published; where nothing says whether it asks, that stays open.
func ports(p *discover.Pass, e *discover.Element, s *service) {
	open, local := syntax.Node{}, syntax.Node{}
	for item := range s.body.Argument("ports").Children() {
		text := item.Text()
		address := text
		if item.Is(syntax.Map) {
			address = item.Argument("host_ip").Text()
			text = item.Argument("published").Text()
		} else if !strings.Contains(text, ":") {
			continue // a port that the machine chooses
		}
		switch {
		case strings.HasPrefix(address, "127.") || strings.HasPrefix(address, "localhost") || strings.HasPrefix(address, "[::1]"):
			local = item
		case text != "":
			open = item
		}
	}
	switch {
	case !open.IsZero() && s.store:
		asked, where := asks(s)
		switch {
		case asked == model.Yes:
			e.FactBecause("exposed", model.No, "its port is published, and it asks for a password or key", where, open.Span())
		case asked == model.No:
			e.FactBecause("exposed", model.Yes, "its port is published, and it asks for no password", open.Span(), where)
		case s.product.Kind == model.Service:
			e.FactBecause("exposed", model.Yes, "its port is published on every address of the machine", open.Span())
		}
	case !open.IsZero():
		e.FactBecause("exposed", model.Yes, "its port is published on every address of the machine", open.Span())
	case !local.IsZero():
		e.FactBecause("exposed", model.No, "its port is published on this machine only", local.Span())
	case s.body.Argument("network_mode").IsZero():
		e.FactBecause("exposed", model.No, "none of its ports is published", s.at.Span())
	}
}

// describeStore describes a database, vector store or model server.
func describeStore(p *discover.Pass, s *service) {
	image := s.body.Argument("image")
	e := p.Element(s.product.Kind, s.ref, s.name, s.at.Span()).Technology(s.product.Technology).Detail(s.product.Doc)
	ports(p, e, s)
	if s.product.Kind == model.Service {
		return
	}
	persistent := false
	for _, v := range discover.Strings(s.body.Argument("volumes")) {
		persistent = persistent || strings.Contains(v.Text(), ":")
	}
	if persistent {
		e.FactBecause("persistent", model.Yes, "it keeps its data in a volume", s.body.Argument("volumes").Span())
	}
	if parsed := discover.ParseImage(image.Text()); s.product.Kind == model.Knowledge && parsed.Digest != "" {
		e.FactBecause("pinned", model.Yes, "the digest of its image is named", image.Span())
	}
}

// reaches describes a store that a container can open connections to, and whether the store asks who calls.
func reaches(p *discover.Pass, user, s *service) {
	at := s.at.Span()
	if n := dependency(user, s.name); !n.IsZero() {
		at = n.Span()
	}
	done := p.Subject(user.ref)
	defer done()
	describeStore(p, s)
	flow := p.Flow(model.Network, user.ref, s.ref, at).Fact("remote", model.No, at)
	value, where := asks(s)
	flow.Fact("authenticated", value, where)
}

func dependency(s *service, name string) syntax.Node {
	for _, key := range []string{"depends_on", "links"} {
		n := s.body.Argument(key)
		for _, item := range discover.Strings(n) {
			if item.Text() == name {
				return item
			}
		}
		for k := range n.Pairs() {
			if k.Text() == name {
				return k
			}
		}
	}
	return syntax.Node{}
}

// passwords are the settings that make a store ask, by its technology; the value or file may be set elsewhere.
var passwords = map[string]*regexp.Regexp{
	"postgres": regexp.MustCompile(`^(POSTGRES|POSTGRESQL|PG)(_POSTGRES)?_?PASSWORD(_FILE)?$`),
	"pgvector": regexp.MustCompile(`^(POSTGRES|POSTGRESQL|PG)(_POSTGRES)?_?PASSWORD(_FILE)?$`),
	"mysql":    regexp.MustCompile(`^(MYSQL|MARIADB)_(ROOT_)?PASSWORD(_FILE|_HASH)?$|^(MYSQL|MARIADB)_RANDOM_ROOT_PASSWORD$`),
	"mongodb":  regexp.MustCompile(`^MONGO(DB)?_(INITDB_)?ROOT_PASSWORD(_FILE)?$`),
}

// asks tells whether a store asks for a password or key, as far as its service says. What switches the question off
// goes before a password that is set beside it.
func asks(s *service) (string, source.Span) {
	variables := environment(s.body)
	for _, v := range variables {
		switch name := strings.ToUpper(v.name); {
		case name == "POSTGRES_HOST_AUTH_METHOD" && v.value == "trust", name == "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED" && v.value == "true",
			name == "NEO4J_AUTH" && v.value == "none", name == "XPACK.SECURITY.ENABLED" && v.value == "false":
			return model.No, v.span
		}
	}
	known := passwords[s.product.Technology]
	var empty source.Span
	for _, v := range variables {
		name := strings.ToUpper(v.name)
		switch {
		case known != nil && known.MatchString(name), discover.SecretVariable(v.name, v.value):
			return model.Yes, v.span
		case strings.Contains(v.value, "--requirepass"):
			return model.Yes, v.span
		case strings.HasSuffix(name, "ALLOW_EMPTY_PASSWORD") && !slices.Contains([]string{"", "0", "no", "false"}, strings.ToLower(v.value)):
			empty = v.span
		}
	}
	started := ""
	for _, key := range []string{"command", "entrypoint"} {
		n := s.body.Argument(key)
		text := strings.ToLower(n.Source())
		if strings.Contains(text, "--requirepass") {
			return model.Yes, n.Span()
		}
		started += text
	}
	if !empty.IsZero() {
		return model.No, empty
	}
	if !s.body.Argument("env_file").IsZero() || !s.body.Argument("secrets").IsZero() || !s.body.Argument("extends").IsZero() {
		return "", source.Span{}
	}
	switch s.product.Technology {
	case "ollama", "qdrant", "chroma", "redis", "mongodb":
		// None of these asks unless it is told to.
		if !strings.Contains(started, "requirepass") && !strings.Contains(started, ".conf") && !strings.Contains(started, "--auth") && !strings.Contains(started, "api-key") {
			return model.No, s.at.Span()
		}
	}
	return "", source.Span{}
}

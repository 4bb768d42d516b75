package discover

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// What images, deployments and their environment have in common, whichever file says it.

// Image is an image as it is named.
type Image struct {
	Name   string // without tag and digest
	Tag    string
	Digest string
	Hole   bool // a part of it is only known when it is deployed
}

// ParseImage takes an image's name apart.
func ParseImage(s string) Image {
	s = strings.Trim(strings.TrimSpace(s), `"'`)
	// ${TAG:-1.2} means 1.2 unless somebody says otherwise.
	s = shellDefault.ReplaceAllString(s, "$1")
	i := Image{Hole: strings.ContainsAny(s, "${}")}
	i.Name = s
	if name, digest, ok := strings.Cut(i.Name, "@"); ok {
		i.Name, i.Digest = name, digest
	}
	if at := strings.LastIndexByte(i.Name, ':'); at > strings.LastIndexByte(i.Name, '/') {
		i.Name, i.Tag = i.Name[:at], i.Name[at+1:]
	}
	return i
}

var shellDefault = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*:?-([^{}]*)\}`)

// Product is what is known of an image: a database, a model server.
func (i Image) Product() (ProductInfo, bool) {
	name := strings.TrimPrefix(strings.TrimPrefix(i.Name, "docker.io/"), "index.docker.io/")
	info, ok := ProductNamed(name)
	return info, ok && info.Kind != model.Tool
}

// BaseImage says from which image a runtime is started: who delivers it, and whether it is always the same.
func (p *Pass) BaseImage(runtime Ref, i Image, at source.Span) {
	if i.Name == "" || i.Name == "scratch" {
		return
	}
	if i.Hole {
		p.Unresolved("the image of a container", "its name is known only when it is built or deployed", at)
		return
	}
	name := i.Name
	if i.Tag != "" {
		name += ":" + i.Tag
	}
	from := Named(model.External, "image "+name)
	p.Element(model.External, from, "image "+name, at).Technology("image").
		FactBecause("role", "package", "an image of a registry", at)
	flow := p.Flow(model.Supply, from, runtime, at)
	pinned, why := model.No, "the tag can be moved to another image"
	switch {
	case i.Digest != "":
		pinned, why = model.Yes, "the digest is named"
	case i.Tag == "" || i.Tag == "latest":
		why = "whatever is newest when it is built"
	}
	flow.Fact("pinned", pinned, at)
	p.Element(model.Runtime, runtime, "").FactBecause("pinned", pinned, why, at)
}

// EnvSecret describes a variable that holds a credential in the environment of a runtime; value is what stands in the file,
// if anything does. It is passed over when the name is none of a secret.
func (p *Pass) EnvSecret(runtime Ref, owner Ref, name, value string, at source.Span) {
	known := everybodyKnows(name, value)
	value = shellDefault.ReplaceAllString(value, "$1") // a default that stands in the file
	if !SecretVariable(name, value) {
		return
	}
	ref := Of(owner, name)
	e := p.Element(model.Credential, ref, name, at)
	switch {
	case known:
		e.FactBecause("plain-text", model.No, "what stands in the file is the default that everybody knows", at)
	case namesake(name, value) && showsOnly(p.Path()):
		e.FactBecause("plain-text", model.No, "what stands in the file is its own name: a sample that somebody is to replace", at)
	case strings.EqualFold(name, value) && passwordName.MatchString(name):
		e.FactBecause("plain-text", model.Yes, "its value stands in the file, and is no more than its own name", at)
	case LiteralSecret(name, value):
		e.FactBecause("plain-text", model.Yes, "its value stands in the file", at)
	default:
		e.FactBecause("plain-text", model.No, "only its name stands in the file", at)
	}
	p.Element(model.Runtime, runtime, "").FactBecause("holds-secrets", model.Yes, "its environment has "+name, at)
	p.Flow(model.CredentialUse, runtime, ref, at)
}

// everybodyKnows tells whether the password of a store, or that in its address, is left to a variable whose default is what a
// product or its user is called: postgresql://app:${PASSWORD:-postgres}@db, POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-postgres}.
// Nothing leaks with it; whoever leaves it so has no password. An account of people with such a default is another matter.
func everybodyKnows(name, value string) bool {
	marked := shellDefault.ReplaceAllString(strings.Trim(value, `"'`), "\x00$1\x01")
	word := ""
	if m := urlPassword.FindStringSubmatch(marked); m != nil {
		word = m[1]
	} else if storeVariable.MatchString(name) {
		word = marked
	}
	word, left := strings.CutPrefix(word, "\x00")
	word, ends := strings.CutSuffix(word, "\x01")
	return left && ends && commonPassword[strings.ToLower(word)]
}

// namesake tells whether a value only says what its variable is called, SECRET_SALT=secret_salt. In a sample somebody is to
// replace it; in a file that is run it is the secret, and everybody can guess it. The password of a store is told apart by
// what everybody tries first.
func namesake(name, value string) bool {
	words := wordsOf(value)
	return len(words) > 1 && !storeVariable.MatchString(name) && !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(wordsOf(name), w) })
}

// forShow are parts of names of files that show what to set, and are run by nobody as they are.
var forShow = []string{"example", "sample", "template", "dist", "tpl", "tmpl"}

// showsOnly tells by its name whether a file shows what to set: compose.example.yml, or what lies among the documentation.
func showsOnly(file string) bool {
	for folder := range strings.SplitSeq(strings.ToLower(path.Dir(file)), "/") {
		if folder == "doc" || folder == "docs" {
			return true
		}
	}
	for part := range strings.FieldsFuncSeq(strings.ToLower(path.Base(file)), func(r rune) bool { return r == '.' || r == '-' || r == '_' }) {
		if slices.Contains(forShow, part) {
			return true
		}
	}
	return false
}

// wordsOf are the words of a name or value that are set apart by something other than letters.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r < 'a' || r > 'z' })
}

// storeVariable are the names of variables that hold the password of a store.
var storeVariable = regexp.MustCompile(`(?i)^(postgres|pg|mysql|mariadb|mongo(db)?|redis|rabbitmq|db|database|neo4j|minio|clickhouse|qdrant)_`)

var commonPassword = map[string]bool{
	"postgres": true, "password": true, "passwd": true, "admin": true, "root": true, "user": true, "mysql": true, "redis": true, "mongo": true, "mongodb": true,
	"secret": true, "changeme": true, "example": true, "test": true, "guest": true, "default": true, "rabbitmq": true, "neo4j": true, "minio": true, "minioadmin": true,
}

// noSecret are words of names that sound like a secret's and are none.
var noSecret = regexp.MustCompile(`(?i)(tokenizer|max_?tokens|tokens?_?(limit|count|budget|max|expir|ttl|type|url|endpoint)|auth_?(type|mode|enabled|method|url|provider|domain|issuer|disabled)|_(enabled|disabled|url|uri|endpoint|file|path|dir|ttl|expiry|expires?|type|name|length|timeout|id|host|port|user|username|algorithm|rotation|region)$|^(auth|token)_?(host|port|ttl)|author|no_auth|public_key|publishable)`)

// SecretVariable tells whether a variable holds a credential, by its name and what it is set to.
func SecretVariable(name, value string) bool {
	if hasPassword(value) {
		return true
	}
	if !secretName(name) || noSecret.MatchString(name) {
		return false
	}
	return !PlainValue(name, value)
}

// PlainValue tells whether what a variable is set to cannot be a secret, whatever its name sounds like: a switch, a small
// number, or plain words as modes and methods are called by ("claude-code", "oauth2"). Of a password a word may be the
// very thing.
func PlainValue(name, value string) bool {
	v := strings.Trim(strings.TrimSpace(value), `"'`)
	switch strings.ToLower(v) {
	case "":
		return false // it is set elsewhere
	case "true", "false", "yes", "no", "on", "off", "none", "null", "0", "1", "local", "enabled", "disabled", "auto", "default":
		return true
	}
	if onlyNumber.MatchString(v) {
		return true
	}
	if strings.EqualFold(name, "authorization") {
		return false // a header of this name carries a credential, whatever the source shows of it
	}
	if len(v) > 32 || isPlaceholder(v) || !plainWords.MatchString(v) || passwordName.MatchString(name) || keyPrefix.MatchString(v) {
		return false
	}
	if fills(v) {
		return false
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(v), func(r rune) bool { return r < 'a' || r > 'z' }) {
		if len(word) > 14 || len(word) > 4 && !strings.ContainsAny(word, "aeiouy") || hardToSay.MatchString(word) {
			return false
		}
	}
	return true
}

var (
	plainWords   = regexp.MustCompile(`^(?:[A-Z]?[a-z]+|[A-Z]+)[0-9]?(?:[-_ .](?:[A-Z]?[a-z]+|[A-Z]+)[0-9]?){0,3}$`)
	passwordName = regexp.MustCompile(`(?i)(passw|pwd|secret)`)
	keyPrefix    = regexp.MustCompile(`^(?:sk|pk|rk|gh[a-z]|glpat|xox[a-z]|xapp|hf|pat|npm|dop|lin|key|nvapi|gsk|tvly|fc|pcsk|shpat)[-_]`)
	hardToSay    = regexp.MustCompile(`[bcdfghjklmnpqrstvwxz]{6}`)
)

var (
	onlyNumber  = regexp.MustCompile(`^[0-9.]{1,6}$`)
	urlPassword = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://[^\s/:@]*:([^\s/@]+)@`)
)

func hasPassword(value string) bool {
	m := urlPassword.FindStringSubmatch(strings.Trim(value, `"'`))
	return m != nil && !isPlaceholder(m[1])
}

// LiteralSecret tells whether a value is a credential that stands in the file: not a reference, a blank or a filler.
func LiteralSecret(name, value string) bool {
	value = strings.Trim(strings.TrimSpace(value), `"'`)
	if hasPassword(value) {
		return true
	}
	if len(value) < 4 || !SecretVariable(name, value) || isPlaceholder(value) || fills(value) || strings.ContainsAny(value, " \t<>()") {
		return false
	}
	lower := strings.ToLower(value)
	if stem := strings.Trim(lower, "*x.-_0"); stem == "" || lower == strings.ToLower(name) {
		return false
	}
	return !strings.Contains(value, "://") && !strings.HasPrefix(value, "/")
}

// fills tells whether a value holds a word that stands in examples where a key goes.
func fills(value string) bool {
	lower := strings.ToLower(value)
	return slices.ContainsFunc(fillers, func(word string) bool { return strings.Contains(lower, word) })
}

// fillers are those words.
var fillers = []string{"redacted", "dummy", "sample", "fake", "mock", "secret-here", "key-here", "token-here", "_here", "my-", "my_", "enter", "fill", "abc123", "123456", "paste", "not-needed", "notneeded", "not-used", "unused", "empty", "none", "some-", "test-key", "test_key"}

// Mounted reads a volume as Compose and docker run write it: what of the machine is mounted, if it is of the machine.
func Mounted(volume string) (host string, ok bool) {
	host, _, ok = strings.Cut(volume, ":")
	if !ok || host == "" {
		return "", false
	}
	return host, strings.HasPrefix(host, "/") || strings.HasPrefix(host, ".") || strings.HasPrefix(host, "~") || strings.HasPrefix(host, "$")
}

// OpensMachine says what a mounted path of the machine gives whoever runs code in the container; "" for nothing much.
func OpensMachine(host string) string {
	switch clean := path.Clean(host); {
	case strings.HasSuffix(clean, "docker.sock"), strings.HasSuffix(clean, "podman.sock"), strings.HasSuffix(clean, "containerd.sock"):
		return "the socket of the machine's container service is mounted"
	case clean == "/", clean == "/etc", clean == "/root", clean == "/proc", clean == "/sys", clean == "/dev", clean == "/var/lib/docker", clean == "/var/lib/kubelet":
		return "the machine's " + clean + " is mounted"
	}
	return ""
}

// strong are Linux capabilities that open the machine.
var strong = map[string]bool{"ALL": true, "SYS_ADMIN": true, "SYS_PTRACE": true, "SYS_MODULE": true, "DAC_READ_SEARCH": true, "SYS_RAWIO": true, "BPF": true, "SYS_BOOT": true}

// StrongCapability tells whether a Linux capability lets code out of its container.
func StrongCapability(name string) bool {
	return strong[strings.TrimPrefix(strings.ToUpper(name), "CAP_")]
}

// Strings lists the texts of a list, or the one text that stands in its place.
func Strings(n syntax.Node) []syntax.Node {
	if n.Is(syntax.List) {
		var all []syntax.Node
		for item := range n.Children() {
			all = append(all, item)
		}
		return all
	}
	if _, ok := n.Scalar(); ok {
		return []syntax.Node{n}
	}
	return nil
}

// ChartOf is the folder of the Helm chart whose template a file is; "" for other files.
func ChartOf(p *Pass, file string) string { return p.run.chartOf(file) }

// chartOf is [ChartOf]. A template is no YAML before its holes are filled, so it is not read as YAML.
func (r *run) chartOf(file string) string {
	at := strings.LastIndex("/"+file, "/templates/")
	if at < 0 {
		return ""
	}
	chart := strings.Trim(("/" + file)[:at], "/")
	if r.exists(path.Join(chart, "Chart.yaml")) {
		if chart == "" {
			return "."
		}
		return chart
	}
	return ""
}

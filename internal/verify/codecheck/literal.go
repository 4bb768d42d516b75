package codecheck

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"regexp"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/syntax"
	"fermata/internal/verify/secret"
)

type evidenceT = model.Evidence

func evidence(at source.Span) model.Evidence { return model.EvidenceAt(at) }

// firstLine is a place without what stands on the lines after its first.
func firstLine(n syntax.Node) source.Span {
	at := n.Span()
	content := at.File.Content()
	for i := at.Start; i < at.End && int(i) < len(content); i++ {
		if content[i] == '\n' {
			at.End = i
			break
		}
	}
	return at
}

// shapes are forms of keys that package secret does not know, or knows only with a checksum or a length of today.
var shapes = []struct {
	name, begins string
	form         *regexp.Regexp
}{
	{"Anthropic key", "sk-ant-", regexp.MustCompile(`^sk-ant-[A-Za-z0-9_-]{20,}$`)},
	{"OpenAI key", "sk-", regexp.MustCompile(`^sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}$`)},
	{"AWS access key", "AKIA", regexp.MustCompile(`^(?:AKIA|ASIA)[A-Z0-9]{16}$`)},
	{"AWS access key", "ASIA", regexp.MustCompile(`^ASIA[A-Z0-9]{16}$`)},
	{"GitHub token", "gh", regexp.MustCompile(`^gh[pousr]_[A-Za-z0-9]{36,}$`)},
	{"GitHub token", "github_pat_", regexp.MustCompile(`^github_pat_[A-Za-z0-9_]{40,}$`)},
	{"Slack token", "xox", regexp.MustCompile(`^xox[abeoprs]-[A-Za-z0-9-]{20,}$`)},
	{"Slack webhook", "https://hooks.slack.com/", regexp.MustCompile(`^https://hooks\.slack\.com/services/T[A-Za-z0-9]{6,}/B[A-Za-z0-9]{6,}/[A-Za-z0-9]{16,}$`)},
	{"Discord webhook", "https://discord", regexp.MustCompile(`^https://discord(?:app)?\.com/api/webhooks/[0-9]{12,}/[A-Za-z0-9_-]{40,}$`)},
	{"Hugging Face token", "hf_", regexp.MustCompile(`^hf_[A-Za-z0-9]{30,}$`)},
	{"Groq key", "gsk_", regexp.MustCompile(`^gsk_[A-Za-z0-9]{40,}$`)},
	{"Replicate token", "r8_", regexp.MustCompile(`^r8_[A-Za-z0-9]{30,}$`)},
	{"Perplexity key", "pplx-", regexp.MustCompile(`^pplx-[A-Za-z0-9]{30,}$`)},
	{"NVIDIA key", "nvapi-", regexp.MustCompile(`^nvapi-[A-Za-z0-9_-]{40,}$`)},
	{"Tavily key", "tvly-", regexp.MustCompile(`^tvly-[A-Za-z0-9-]{20,}$`)},
	{"xAI key", "xai-", regexp.MustCompile(`^xai-[A-Za-z0-9]{40,}$`)},
	{"Pinecone key", "pcsk_", regexp.MustCompile(`^pcsk_[A-Za-z0-9_]{30,}$`)},
	{"LangSmith key", "lsv2_", regexp.MustCompile(`^lsv2_(?:pt|sk)_[a-f0-9]{20,}`)},
	{"Notion token", "ntn_", regexp.MustCompile(`^ntn_[A-Za-z0-9]{40,}$`)},
	{"Shopify token", "shpat_", regexp.MustCompile(`^shpat_[a-fA-F0-9]{32}$`)},
	{"JSON web token", "eyJ", regexp.MustCompile(`^eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}$`)},
	{"private key", "-----BEGIN", regexp.MustCompile(`^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{40,}`)},
}

// shapeOf is the kind of key that a text has the form of, by the name it goes by; "" for none.
func shapeOf(name, text string) string {
	if kind := secret.Kind(name, text); kind != "" {
		return kind
	}
	text = strings.TrimSpace(text)
	for i := range shapes {
		if strings.HasPrefix(text, shapes[i].begins) && shapes[i].form.MatchString(text) {
			return shapes[i].name
		}
	}
	return ""
}

// secretShape is shapeOf, and knows addresses that lead elsewhere with a password of somebody's own.
func secretShape(name, text string) string {
	if shape := shapeOf(name, text); shape != "" {
		return shape
	}
	if !strings.Contains(text, "://") || !strings.Contains(text, "@") { // most texts: the expression need not be asked
		return ""
	}
	if m := connection.FindStringSubmatch(text); m != nil && !placeholder(m[1]) && !localAddress(text) && !plainPassword(m[1]) && !ownName(text, m[1]) {
		return "address with a password"
	}
	return ""
}

// connection is an address with a password in it.
var connection = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://[^\s/:@]+:([^\s/@]{3,})@[^\s]+$`)

// secretName is the end of a name whose value is a secret.
var secretName = regexp.MustCompile(`(?i)(?:(?:^|[_.-]|[a-z])(?:passwd|password|passphrase|pwd|secret|api_?-?key|apikey|access_?-?key|secret_?-?key|private_?-?key|signing_?-?key|encryption_?-?key|auth_?-?token|access_?-?token|refresh_?-?token|bot_?-?token|client_?-?secret|jwt_?-?secret|token)|[_-]pass)$`)

// publicToken tells whether a text is a web token that is made to be handed to everybody: it says of itself that whoever
// shows it is nobody in particular.
func publicToken(text string) bool {
	if !strings.HasPrefix(text, "eyJ") {
		return false
	}
	_, rest, _ := strings.Cut(text, ".")
	payload, _, ok := strings.Cut(rest, ".")
	if !ok {
		return false
	}
	content, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(payload, "="))
	if err != nil {
		return false
	}
	var claims struct{ Role string }
	return json.Unmarshal(content, &claims) == nil && (claims.Role == "anon" || claims.Role == "anonymous")
}

// placeholders are words in texts that somebody is to replace.
var placeholders = []string{
	"your", "example", "changeme", "change-me", "change_me", "placeholder", "xxx", "dummy", "fake", "test", "todo", "<", "{", "...", "insert", "replace", "sample", "mock", "none", "null", "redacted", "12345", "abcdef",
	"***", "env:", "secretsmanager", "vault:", "not-needed", "not_needed", "no-key", "notneeded", "lm-studio", "ollama", "empty", "local", "foo", "bar", "enter", "here", "demo", "default", "unused", "na-key", "sk-no-", "sk-proj-...", "put_", "n/a", "my-", "my_", "key-", "some", "secret_name",
	"password", "api_key", "api-key", "apikey", "token", "secret", "credential", "header", "bearer", "string",
}

func placeholder(text string) bool {
	if publicToken(text) {
		return true
	}
	low := strings.ToLower(text)
	for _, w := range placeholders {
		if strings.Contains(low, w) {
			return true
		}
	}
	return strings.Count(low, string(low[0])) > len(low)*2/3
}

// entropy is the bits of each letter of a text.
func entropy(text string) float64 {
	var counts [256]int
	for i := range len(text) {
		counts[text[i]]++
	}
	bits := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(text))
			bits -= float64(p * math.Log2(p))
		}
	}
	return bits
}

// literal makes a subject of a text that looks like a secret.
func (f *fileLook) literal(n syntax.Node) {
	text := n.Text()
	if len(text) < 6 || len(text) > 4096 || strings.ContainsAny(text[:6], "\n") {
		return
	}
	name, isDefault := "", false
	parent := n.Parent()
	switch parent.Kind() {
	case syntax.Assign, syntax.AnnAssign:
		if parent.Child(-1) == n {
			name = targetName(parent.Child(0))
		}
	case syntax.Keyword:
		name = parent.Text()
	case syntax.Pair:
		if parent.Child(1) == n {
			name = parent.Child(0).Text()
		}
	case syntax.Default:
		name = parent.Parent().Text()
	case syntax.Call: // os.getenv("KEY", "default")
		if c := parent.Child(0); parent.Child(2) == n && parent.Child(1).Is(syntax.String) && (c.TextIs("getenv") || c.TextIs("get")) && strings.Contains(c.Source(), "env") {
			name, isDefault = parent.Child(1).Text(), true
		}
	case syntax.Logic: // process.env.KEY || "default"
		if left := parent.Child(0); parent.Child(1) == n && strings.Contains(left.Source(), "env") {
			name, isDefault = left.Text(), true
		}
	}
	shape := secretShape(name, text)
	if shape == "" && !(name != "" && secretLike(text) && secretName.MatchString(name)) {
		return
	}
	what := name
	if what == "" {
		what = "text"
	}
	s := f.newSubject("literal", f.id(n, strings.ReplaceAll(what, ".", "-")))
	s.Evidence = []model.Evidence{model.EvidenceAt(n.Span())}
	s.Kinds = []string{"secret"}
	s.SetText("name", name)
	s.SetText("shape", shape)
	s.SetText("text", hidden(text))
	random := entropy(text) >= 3.2 && len(text) >= 16 && mixed(text)
	s.SetFlag("random", result.Is(random))
	s.SetFlag("default", result.Is(isDefault))
	s.SetFlag("placeholder", result.Is(holdsPlace(text, shape)))
	s.SetNumber("length", len(text))
	s.SetNumber("entropy", int(10*entropy(text)))
	if fn := f.around(n); fn != nil {
		s.Function = fn.about()
	}
	s.Element = f.owners.around(f.path, n)
	s.Late = func(string) {}
	f.add(s)
}

// holdsPlace tells whether a text stands for a key that somebody is to fill in. A form that only real keys have is
// doubted only where it says so itself.
func holdsPlace(text, shape string) bool {
	switch shape {
	case "":
		return placeholder(text)
	case "JSON web token":
		return publicToken(text)
	case "private key", "address with a password":
		return false
	}
	low := strings.ToLower(text)
	for _, w := range []string{"your", "example", "xxxx", "placeholder", "dummy", "fake", "replace", "...", "1234567890", "abcdef", "<", "test", "demo", "insert", "changeme", "here"} {
		if strings.Contains(low, w) {
			return true
		}
	}
	return entropy(text) < 3
}

// plainPassword tells the passwords of local databases that examples are full of.
func plainPassword(p string) bool {
	switch strings.ToLower(p) {
	case "postgres", "password", "root", "admin", "secret", "pass", "user", "mysql", "guest", "neo4j", "postgresql", "pwd", "ai", "mongo":
		return true
	}
	return strings.ContainsAny(p, "{<[%$")
}

// ownName tells whether the password of an address is its user's name, as in the addresses of services that only their own
// network reaches.
func ownName(text, password string) bool {
	_, rest, _ := strings.Cut(text, "://")
	user, _, _ := strings.Cut(rest, ":")
	_, host, _ := strings.Cut(rest, "@")
	host, _, _ = strings.Cut(host, ":")
	host, _, _ = strings.Cut(host, "/")
	return user == password && !strings.Contains(host, ".")
}

func localAddress(text string) bool {
	return strings.Contains(text, "@localhost") || strings.Contains(text, "@127.0.0.1") || strings.Contains(text, "example.com") || strings.Contains(text, "@host")
}

// secretLike tells whether a text could be the value of something called a secret.
func secretLike(text string) bool {
	if len(text) < 8 || strings.ContainsAny(text, " \t\n{}<>()$,;") {
		return false
	}
	if strings.HasPrefix(text, "http") || strings.HasPrefix(text, "/") || strings.HasPrefix(text, "./") || strings.Contains(text, "::") {
		return false
	}
	return mixed(text)
}

// mixed tells whether a text has letters and digits, or letters of both sizes and signs.
func mixed(text string) bool {
	digit, lower, upper, sign := false, false, false, false
	for _, c := range []byte(text) {
		switch {
		case c >= '0' && c <= '9':
			digit = true
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= 'A' && c <= 'Z':
			upper = true
		case c == '!' || c == '@' || c == '#' || c == '%' || c == '^' || c == '*' || c == '+' || c == '=' || c == '~':
			sign = true
		}
	}
	return digit && (lower || upper) || sign && (lower || upper) && !strings.HasSuffix(text, "=")
}

// hidden shows the beginning of a secret only.
func hidden(text string) string {
	if len(text) <= 8 {
		return "****"
	}
	return text[:4] + "…"
}

func targetName(n syntax.Node) string {
	switch n.Kind() {
	case syntax.Name, syntax.Attr:
		return n.Text()
	case syntax.Subscript:
		return n.Child(1).Text()
	}
	return ""
}

// class makes the subject of a class.
func (f *fileLook) class(n syntax.Node) {
	s := f.newSubject("class", f.id(n, n.Text()))
	s.Late = func(field string) {
		if field == "" {
			s.Evidence = []model.Evidence{evidence(firstLine(n))}
		}
	}
	s.SetText("name", n.Text())
	s.Kinds = []string{"class"}
	schema := false
	var bases, decorators, methods []string
	for base := range n.All(syntax.Base) {
		ref := f.r.Resolve(base.Child(0))
		name := ref.Name
		if name == "" {
			name = base.Child(0).Source()
		}
		bases = append(bases, name)
		if f.r.Derives(ref, "pydantic.BaseModel", "typing.TypedDict", "typing_extensions.TypedDict", "pydantic.main.BaseModel") {
			schema = true
			bases = append(bases, "pydantic.BaseModel")
		}
	}
	for d := range n.All(syntax.Decorator) {
		e := d.Child(0)
		if e.Is(syntax.Call) {
			e = e.Child(0)
		}
		ref := f.r.Resolve(e)
		decorators = append(decorators, ref.Name)
		schema = schema || ref.Is("dataclasses.dataclass")
	}
	fields, typed, open := 0, true, false
	for statement := range n.First(syntax.Block).Children() {
		switch statement.Kind() {
		case syntax.AnnAssign:
			fields++
			a := strings.Trim(statement.First(syntax.Annotation).Child(0).Source(), `"'`)
			typed = typed && !plainTypes[a]
		case syntax.Assign:
			if statement.Child(0).TextIs("model_config") && strings.Contains(statement.Source(), "extra") && strings.Contains(statement.Source(), "allow") {
				open = true
			}
		case syntax.FuncDef:
			methods = append(methods, statement.Text())
		case syntax.ClassDef:
			if statement.TextIs("Config") && strings.Contains(statement.Source(), "extra") && strings.Contains(statement.Source(), "allow") {
				open = true
			}
		}
	}
	if schema {
		s.Kinds = append(s.Kinds, "schema")
	}
	s.Element = f.owners.bySymbol[f.path+":"+qualified(n)]
	s.SetFlag("tool", result.Is(s.Element != ""))
	s.SetFlag("typed", result.Is(typed && fields > 0))
	s.SetFlag("open", result.Is(open))
	s.SetNumber("fields", fields)
	s.SetList("bases", bases)
	s.SetList("decorators", decorators)
	s.SetList("methods", methods)
	f.add(s)
}

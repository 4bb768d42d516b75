package source

import (
	"regexp"
	"strings"
)

// redacted stands for a secret in excerpts. A secret that is shorter becomes asterisks, so that no text grows.
const redacted = "[redacted]"

// Redact takes secrets out of an excerpt: keys of known shapes, private keys, values assigned to names like password
// or api_key, passwords in URLs, and long tokens that look random. It errs towards taking out too much: a reader can
// open the file, but a report is passed on. The result is never longer than the text, and redacting it again changes
// nothing.
func Redact(text string) string {
	// What one rule leaves may be what another is about; every change shortens the text or is a change to asterisks, so
	// this ends.
	for range 16 {
		next := redactOnce(text)
		if next == text {
			break
		}
		text = next
	}
	return text
}

func redactOnce(text string) string {
	// Most excerpts have none of these; looking for the words first is many times cheaper than the expressions.
	lower := strings.ToLower(text)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(lower, w) {
				return true
			}
		}
		return false
	}
	if has("-----begin") {
		text = privateKey.ReplaceAllStringFunc(text, hide)
	}
	token := hasToken(text)
	if (token || has("hooks")) && mayHoldKey(text) {
		text = knownKeys.ReplaceAllStringFunc(text, hide)
	}
	if has("bearer", "basic") {
		text = hideGroup(text, bearer, nil)
	}
	if has("://") {
		text = hideGroup(text, urlPassword, nil)
	}
	if has("passw", "passphrase", "pwd", "secret", "key", "token", "credential", "connection") {
		text = hideGroup(text, quotedAssignment, func(m []string) bool { return !isReference(m[1]) })
		text = hideGroup(text, plainAssignment, func(m []string) bool { return isPlainSecret(m[0], m[1]) })
		text = hideGroup(text, plainLine, func(m []string) bool { return !plainWords[strings.ToLower(m[1])] && !isReference(m[1]) })
	}
	if token {
		text = hideTokens(text)
	}
	return text
}

// hasToken tells whether the text has a run of letters, digits and their joints that may be a key: long enough, and
// with a digit or capital in it.
func hasToken(text string) bool {
	run, mixed := 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z', c == '_', c == '-', c == '+', c == '/', c == '=', c == '.', c == ':':
			run++
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			run++
			mixed = true
		default:
			run, mixed = 0, false
		}
		if run >= 13 && mixed {
			return true
		}
	}
	return false
}

// hide is what stands for a secret.
func hide(secret string) string {
	if len(secret) < len(redacted) {
		return strings.Repeat("*", len(secret))
	}
	return redacted
}

// hideGroup hides the first group of each match for which wanted is true (nil: of all).
func hideGroup(text string, re *regexp.Regexp, wanted func(groups []string) bool) string {
	matches := re.FindAllStringSubmatchIndex(text, -1)
	if matches == nil {
		return text
	}
	var b strings.Builder
	last := 0
	for _, m := range matches {
		if m[2] < 0 {
			continue
		}
		if wanted != nil && !wanted([]string{text[m[0]:m[1]], text[m[2]:m[3]]}) {
			continue
		}
		b.WriteString(text[last:m[2]])
		b.WriteString(hide(text[m[2]:m[3]]))
		last = m[3]
	}
	b.WriteString(text[last:])
	return b.String()
}

// An excerpt may hold only the beginning of a key block, so the end is optional.
var privateKey = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE|MESSAGE)[A-Z ]*-----(?s:.*?)(?:-----END [A-Z0-9 ]*-----|\z)`)

// knownKeys are shapes that services give to their keys, so that scanners like this one can know them.
var knownKeys = regexp.MustCompile(strings.Join([]string{
	`\b(?:sk|pk|rk)-[A-Za-z0-9_-]{12,}`,                              // model providers
	`\b(?:sk|pk|rk|whsec)_(?:(?:live|test)_)?[A-Za-z0-9]{12,}`,       // payment
	`\bgh[pousr]_[A-Za-z0-9]{16,}`, `\bgithub_pat_[A-Za-z0-9_]{16,}`, // code hosts
	`\bglpat-[A-Za-z0-9_-]{12,}`,
	`\b(?:AKIA|ASIA|AGPA|AROA|AIDA|ANPA|ABIA)[A-Z0-9]{12,}`, // clouds
	`\bAIza[A-Za-z0-9_-]{16,}`, `\bya29\.[A-Za-z0-9_-]{16,}`, `\bdop_v1_[a-f0-9]{16,}`,
	`\bxox[a-z]-[A-Za-z0-9-]{8,}`, `\bxapp-[A-Za-z0-9-]{8,}`, // chat
	`https://hooks\.slack\.com/services/[A-Za-z0-9/]+`, `https://discord(?:app)?\.com/api/webhooks/[A-Za-z0-9/_-]+`,
	`\b[0-9]{8,10}:[A-Za-z0-9_-]{30,}`,
	`\b(?:hf|gsk|npm|r8|pplx|nvapi|tvly|jina|pcsk|xai|secret|ntn|shpat)[_-][A-Za-z0-9]{20,}`, `\b(?:lsv2|dckr)_(?:[a-z]{2,3})_[A-Za-z0-9_-]{16,}`, // tools
	`\bpypi-[A-Za-z0-9_-]{40,}`, `\btvly-(?:dev|prod)-[A-Za-z0-9]{16,}`,
	`\bSG\.[A-Za-z0-9_-]{12,}\.[A-Za-z0-9_-]{12,}`,
	`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?`, // JSON web tokens
}, "|"))

// keyWords are texts of which each of knownKeys has one, but for a bot's token, which begins with digits and a colon.
var keyWords = func() []string {
	words := []string{
		"sk-", "pk-", "rk-", "sk_", "pk_", "rk_", "whsec_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-",
		"AKIA", "ASIA", "AGPA", "AROA", "AIDA", "ANPA", "ABIA", "AIza", "ya29.", "dop_v1_", "xox", "xapp-", "hooks.slack.com", "discord",
		"lsv2_", "dckr_", "pypi-", "SG.", "eyJ",
	}
	for _, service := range []string{"hf", "gsk", "npm", "r8", "pplx", "nvapi", "tvly", "jina", "pcsk", "xai", "secret", "ntn", "shpat"} {
		words = append(words, service+"_", service+"-")
	}
	return words
}()

// mayHoldKey tells cheaply whether knownKeys could match: the expression is slow, and hardly any line holds a key.
func mayHoldKey(text string) bool {
	for _, w := range keyWords {
		if strings.Contains(text, w) {
			return true
		}
	}
	digits := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == ':' && digits >= 8:
			return true
		default:
			digits = 0
		}
	}
	return false
}

var bearer = regexp.MustCompile(`(?i)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{12,})`)

var urlPassword = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@'"]*:([^\s/@'"]+)@`)

// secretName is the end of a name whose value is a secret.
const secretName = `(?:passwd|password|passphrase|pwd|secret|api[_-]?key|apikey|access[_-]?key(?:[_-]?id)?|secret[_-]?key|private[_-]?key|` +
	`signing[_-]?key|encryption[_-]?key|account[_-]?key|auth[_-]?token|access[_-]?token|refresh[_-]?token|bot[_-]?token|token|credentials?|connection[_-]?string)`

var (
	quotedAssignment = regexp.MustCompile(`(?i)` + secretName + `["'\x60]?\]?\s*(?::=|=>|=|:)\s*(?:[bru]{1,2})?["'\x60]([^"'\x60\r\n]{4,})`)
	plainAssignment  = regexp.MustCompile(`(?i)` + secretName + `["']?(?:=|:)[ \t]*([^\s"'\x60,;&(){}\[\]<>$]{4,})`)
	plainLine        = regexp.MustCompile(`(?im)^[ \t]*(?:-[ \t]+|export[ \t]+)?[a-z0-9_.-]*` + secretName + `:[ \t]+([^\s"'\x60,;(){}\[\]<>$#|&*!][^\s,;(){}\[\]<>$]{2,})[ \t]*$`)
)

// plainWords are types and literals that stand after a colon in code.
var plainWords = map[string]bool{
	"str": true, "string": true, "bytes": true, "int": true, "bool": true, "boolean": true, "any": true, "none": true, "null": true,
	"undefined": true, "true": true, "false": true, "optional": true, "secretstr": true, "number": true, "object": true,
	"required": true, "unknown": true, "yes": true, "env": true,
}

// isReference tells a value that names a secret instead of holding one.
func isReference(value string) bool {
	return strings.HasPrefix(value, "${") || strings.HasPrefix(value, "{{") || strings.HasPrefix(value, "$") && len(value) > 1 && value[1] >= 'A' && value[1] <= 'Z' ||
		strings.HasPrefix(value, "env:") || strings.HasPrefix(value, "secrets.") || strings.HasPrefix(value, "process.env.") || strings.HasPrefix(value, "os.environ")
}

// isPlainSecret tells a value without quotes from code: a secret has digits or punctuation, or the name is written as
// those of environment variables are.
func isPlainSecret(whole, value string) bool {
	if isReference(value) || plainWords[strings.ToLower(value)] {
		return false
	}
	name, _, _ := strings.Cut(whole, "=")
	if name != whole && name == strings.ToUpper(name) {
		return true
	}
	digits, odd := 0, 0
	for _, c := range []byte(value) {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '!' || c == '@' || c == '#' || c == '%' || c == '^' || c == '&' || c == '*' || c == '~' || c == '+' || c == '?':
			odd++
		}
	}
	return digits+odd >= 2 || odd > 0 && digits > 0 || digits > 0 && len(value) >= 6 && !strings.Contains(value, ".")
}

var tokenRun = regexp.MustCompile(`[A-Za-z0-9_+/=-]{32,}`)

// hideTokens hides long runs of letters and digits that change between the two more often than words do. Digests that
// say they are digests, commits after an @, and UUIDs stay: they are references.
func hideTokens(text string) string {
	matches := tokenRun.FindAllStringIndex(text, -1)
	if matches == nil {
		return text
	}
	var b strings.Builder
	last := 0
	for _, m := range matches {
		token := text[m[0]:m[1]]
		if !looksRandom(token) || isDigest(text[:m[0]]) {
			continue
		}
		b.WriteString(text[last:m[0]])
		b.WriteString(hide(token))
		last = m[1]
	}
	b.WriteString(text[last:])
	return b.String()
}

var digestName = regexp.MustCompile(`(?:(?:sha|md)[0-9]{1,3}[:=-]|@)$`)

func isDigest(before string) bool { return digestName.MatchString(before) }

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// looksRandom tells by how often letters, capitals and digits take turns.
func looksRandom(token string) bool {
	if uuid.MatchString(token) || strings.HasPrefix(token, "sha") && strings.Contains(token[:min(len(token), 7)], "-") {
		return false
	}
	turns, length, digits := 0, 0, 0
	class := byte(0)
	for i := range len(token) {
		var own byte
		switch c := token[i]; {
		case c >= '0' && c <= '9':
			own = '0'
			digits++
		case c >= 'a' && c <= 'z':
			own = 'a'
		case c >= 'A' && c <= 'Z':
			own = 'A'
		default:
			continue
		}
		if own != class && class != 0 {
			turns++
		}
		class = own
		length++
	}
	return length >= 24 && digits >= 3 && 3*turns >= length
}

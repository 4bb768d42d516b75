package source

import (
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"testing"
	"unicode/utf8"
)

// made makes a value that looks like a secret and is none; no literal of this repository does.
func made(random *rand.Rand, n int, alphabet string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[random.IntN(len(alphabet))]
	}
	return string(b)
}

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	capital = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	hex     = "0123456789abcdef"
)

func TestRedact(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	any20, any40 := made(random, 20, letters), made(random, 40, letters)
	short := "hun" + "ter" + "2x"
	block := "-----BEGIN RSA PRIVATE" + " KEY-----\n" + made(random, 60, letters) + "\n-----END RSA PRIVATE" + " KEY-----"
	cases := []struct{ text, secret string }{
		{"key = 'sk" + "-proj-" + any20 + "'", any20},
		{"x sk" + "-ant-api03-" + any40 + " y", any40},
		{"gh" + "p_" + any40, any40},
		{"github" + "_pat_" + any20 + "_" + any40, any40},
		{"id: AK" + "IA" + made(random, 16, capital), "AK" + "IA"},
		{"xox" + "b-12345-" + any20, any20},
		{"AI" + "za" + any40, any40},
		{"h" + "f_" + any40, any40},
		{"auth eyJ" + any20 + "." + any20 + "." + any40, any40},
		{block, "BEGIN"},
		{block[:70], "BEGIN"},
		{`password="` + short + `"`, short},
		{`"api_key": "` + any20 + `"`, any20},
		{"apiKey: '" + any20 + "',", any20},
		{"client_secret => \"" + any20 + `"`, any20},
		{"os.environ[\"OPENAI_API_KEY\"] = \"" + any20 + `"`, any20},
		{"OPENAI_API_KEY=" + any20, any20},
		{"DB_PASSWORD=" + "correcthorse", "correcthorse"},
		{"  password: " + short, short},
		{"  password: " + "plainword", "plainword"},
		{"postgres://user:" + short + "@host/db", short},
		{"Authorization: Bearer " + any20, any20},
		{"value " + any40 + " end", any40},
		{"value " + made(random, 64, hex) + "a1b2c3 end", "a1b2c3"},
		{"curl -H 'X-Api-Key: " + any20 + "'", any20},
		{"https://hooks.slack" + ".com/services/T0/B0/" + any20, any20},
	}
	for _, c := range cases {
		got := Redact(c.text)
		if strings.Contains(got, c.secret) {
			t.Errorf("%q is still in %q", c.secret, got)
		}
		if !strings.Contains(got, redacted) && !strings.Contains(got, "***") {
			t.Errorf("%q does not say that something was taken out", got)
		}
		if len(got) > len(c.text) || Redact(got) != got {
			t.Errorf("%q became %q, then %q", c.text, got, Redact(got))
		}
	}
	for text, want := range map[string]string{
		`client = OpenAI(api_key="` + any20 + `", timeout=3)`: `client = OpenAI(api_key="[redacted]", timeout=3)`,
		"postgres://user:" + any20 + "@host/db":               "postgres://user:[redacted]@host/db",
	} {
		if got := Redact(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestRedactKeeps holds code and references as they are: a report of nothing but [redacted] is no report.
func TestRedactKeeps(t *testing.T) {
	for _, text := range []string{
		`api_key=os.getenv("OPENAI_API_KEY")`, "apiKey: process.env.OPENAI_API_KEY,", "def login(user: str, password: str) -> bool:",
		"token = get_token()", "password: ${DB_PASSWORD}", `"api_key": "{{ secrets.KEY }}"`, "tokens = 4096", "max_tokens: 8192",
		"from langchain_openai import ChatOpenAI", "agent = Agent(name='planner', tools=[search])", "https://example.com/a/b?c=d",
		"llm = ChatOpenAI(model='claude-3-5-sonnet-20241022-v2-0-extended')", "uses: actions/checkout@" + strings.Repeat("0a1b2", 8),
		"sha256:" + strings.Repeat("0a1b2c3d", 8), "/usr/lib/python3/dist-packages/some/long/path/module_name.py",
		"id: 123e4567-e89b-12d3-a456-426614174000", "createOpenAIFunctionsAgentWithManyTools(executor)", "token: Optional[str] = None",
		"self.password = password", "token=token", "password:", "secret_name = 'x'", "SKIP-ALL-THE-THINGS-THAT-ARE-LONG",
		"apiKey: string;", "client = secret_manager_service_client_factory()", "npm-run-all-of-the-long-scripts-here", "async refreshToken(token: AccessToken)",
	} {
		if got := Redact(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("password = \"a\" https://a:b@c sk" + "-aaaaaaaaaaaaaaaaaaaa token: 12345")
	f.Add("Bearer basic bearer aaaaaaaaaaaaaa secret=====x")
	f.Fuzz(func(t *testing.T, text string) {
		got := Redact(text)
		if len(got) > len(text) {
			t.Fatalf("%q grew to %q", text, got)
		}
		if again := Redact(got); again != got {
			t.Fatalf("%q became %q, then %q", text, got, again)
		}
		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	text := "agent = Agent(name='planner', model='gpt', tools=[search_tool, mail_tool], instructions=\"Plan the week\")"
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Redact(text)
	}
}

// sample makes texts that an expression matches: one for each alternative.
func sample(re *syntax.Regexp) []string {
	join := func(parts [][]string) []string {
		all := []string{""}
		for _, options := range parts {
			var next []string
			for _, before := range all {
				for _, o := range options {
					next = append(next, before+o)
				}
			}
			all = next
		}
		return all
	}
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}
	case syntax.OpCharClass:
		return []string{string(re.Rune[0]), string(re.Rune[len(re.Rune)-1])}
	case syntax.OpCapture:
		return sample(re.Sub[0])
	case syntax.OpPlus:
		return sample(re.Sub[0])
	case syntax.OpRepeat:
		var all []string
		for _, one := range sample(re.Sub[0]) {
			all = append(all, strings.Repeat(one, max(re.Min, 1)))
		}
		return all
	case syntax.OpConcat:
		var parts [][]string
		for _, sub := range re.Sub {
			parts = append(parts, sample(sub))
		}
		return join(parts)
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			all = append(all, sample(sub)...)
		}
		return all
	}
	return []string{""} // a border, and what may be missing
}

// TestMayHoldKey holds that the cheap look passes over no key of a known shape.
func TestMayHoldKey(t *testing.T) {
	re, err := syntax.Parse(knownKeys.String(), syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	matched := 0
	for _, text := range sample(re) {
		if !knownKeys.MatchString(text) {
			continue
		}
		matched++
		if !mayHoldKey("x = " + text) {
			t.Errorf("%q may hold a key", text)
		}
	}
	if matched < 100 {
		t.Errorf("only %d samples", matched)
	}
	if mayHoldKey(`agent = Agent(name="Researcher", model=OpenAIChat(id="gpt-4o-mini"))`) {
		t.Error("an ordinary line may hold a key")
	}
}

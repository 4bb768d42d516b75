package discover_test

import (
	"fmt"
	"strings"
	"testing"

	"fermata/internal/discover"
	"fermata/internal/model"
)

// box says that a file called BOX builds a container from the folders that it lists, one a line.
var box = &discover.Extractor{
	Name: "box", Doc: "Containers for tests.",
	Match: func(path string) bool { return strings.HasSuffix(path, "BOX") },
	Run: func(p *discover.Pass) error {
		ref := discover.Local(p.Path(), "box")
		at := p.File().Span(0, len(p.File().Content()))
		group := discover.Local(p.Path(), "stack")
		p.Place(discover.Place{Ref: ref, Group: group, Folders: strings.Fields(string(p.File().Content())), Flow: model.Hosts, At: at})
		p.Element(model.Runtime, ref, "box", at)
		defer p.Subject(group)()
		p.Element(model.Datastore, discover.Local(p.Path(), "db"), "db", at)
		p.Flow(model.Network, ref, discover.Local(p.Path(), "db"), at)
		return nil
	},
}

// TestPlaces: a runtime hosts what is below its folders unless another is nearer, and is not there at all where nothing
// is.
func TestPlaces(t *testing.T) {
	out := scan(t, `
-- BOX --
.
-- a/BOX --
a
-- web/BOX --
web
-- both/BOX --
b c
-- tests/BOX --
tests
-- a/one.py --
from toy import Agent
a = Agent("one")
-- b/two.py --
from toy import Agent
a = Agent("two")
-- three.py --
from toy import Agent
a = Agent("three")
-- web/page.py --
print("no agent")
-- tests/BOX2 --
x
-- tests/four.py --
from toy import Agent
a = Agent("four")
`, toy, box)
	var got []string
	for _, e := range out.System.Elements {
		if e.Kind != model.Agent {
			got = append(got, e.ID)
		}
	}
	for _, f := range out.System.Flows {
		got = append(got, fmt.Sprintf("%s %s -> %s", f.Kind, f.From, f.To))
	}
	want := `BOX:box
BOX:db
a/BOX:box
a/BOX:db
both/BOX:box
both/BOX:db
tests/BOX:box
tests/BOX:db
hosts BOX:box -> three.py:a
hosts a/BOX:box -> a/one.py:a
hosts both/BOX:box -> b/two.py:a
hosts tests/BOX:box -> tests/four.py:a
network BOX:box -> BOX:db
network a/BOX:box -> a/BOX:db
network both/BOX:box -> both/BOX:db
network tests/BOX:box -> tests/BOX:db`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	for _, e := range out.System.Elements {
		if e.ID == "a/BOX:box" && e.System != out.System.Element("a/one.py:a").System {
			t.Errorf("the box is of system %q, what it holds of %q", e.System, out.System.Element("a/one.py:a").System)
		}
	}
}

// TestSecretVariable: names that sound like a secret's and are none, and values that stand for one.
func TestSecretVariable(t *testing.T) {
	for _, c := range []struct {
		name, value     string
		secret, literal bool
	}{
		{"OPENAI_API_KEY", "sk-proj-4f9a8b7c6d5e4f3a2b1c", true, true},
		{"OPENAI_API_KEY", "${OPENAI_API_KEY}", true, false},
		{"OPENAI_API_KEY", "sk-your-key", true, false},
		{"OPENAI_API_KEY", "", true, false},
		{"OPENAI_API_KEY", "xxxxxxxx", true, false},
		{"POSTGRES_PASSWORD", "hunter22", true, true},
		{"TOKENIZERS_PARALLELISM", "false", false, false},
		{"MAX_TOKENS", "4096", false, false},
		{"DB", "postgres://app:s3cr3tpw@db:5432/x", true, true},
		{"DB", "postgres://app:${PW}@db:5432/x", false, false},
		{"AUTH_URL", "https://a.b", false, false},
		{"JWT_SECRET_FILE", "/run/secrets/jwt", false, false},
		{"AUTH", "true", false, false},
		{"DEBUG", "sk-proj", false, false},
		{"ASKLEPIOS_AUTH", "claude-code", false, false},
		{"SERVICE_TOKEN", "oauth2", false, false},
		{"SERVICE_TOKEN", "qzjxkvbwpt", true, true},
		{"SERVICE_TOKEN", "a8Kd02mXq1Lz", true, true},
		{"ADMIN_PASSWORD", "letmein", true, true},
		{"API_KEY", "hf_aBcDeFgHiJkLmN", true, true},
		{"API_KEY", "placeholder", true, false},
		{"DB_PASSWORD", "monitoring_password_change_me", true, false},
		{"DB_PASSWORD", "password", true, true},
		{"API_KEY", "ANTHROPIC_API_KEY_HERE", true, false},
	} {
		if got := discover.SecretVariable(c.name, c.value); got != c.secret {
			t.Errorf("%s=%s: secret %v, want %v", c.name, c.value, got, c.secret)
		}
		if got := discover.LiteralSecret(c.name, c.value); got != c.literal {
			t.Errorf("%s=%s: literal %v, want %v", c.name, c.value, got, c.literal)
		}
	}
}

func TestParseImage(t *testing.T) {
	for text, want := range map[string]string{
		"python:3.12-slim":               "python 3.12-slim  false",
		"ghcr.io:443/a/b":                "ghcr.io:443/a/b   false",
		"a/b@sha256:0123":                "a/b  sha256:0123 false",
		"a/b:1@sha256:0123":              "a/b 1 sha256:0123 false",
		"redis:${TAG:-7}":                "redis 7  false",
		"${REGISTRY}/app:${TAG:-latest}": "${REGISTRY}/app latest  true",
	} {
		i := discover.ParseImage(text)
		if got := fmt.Sprint(i.Name, " ", i.Tag, " ", i.Digest, " ", i.Hole); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

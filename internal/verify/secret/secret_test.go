package secret

import (
	"strings"
	"testing"
)

// random is a text of n characters of an alphabet, the same each time: no key of anybody's stands in this file.
func random(n int, alphabet string) string {
	var out strings.Builder
	x := uint32(7)
	for range n {
		x = x*1664525 + 1013904223
		out.WriteByte(alphabet[int(x>>16)%len(alphabet)])
	}
	return out.String()
}

const (
	hex   = "0123456789abcdef"
	alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// TestKind holds that forms of several services are known, and that texts which only look busy are not.
func TestKind(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"", "sk-ant-api03-" + random(93, alnum) + "AA", "Anthropic key"},
		{"client", "sk-" + random(20, alnum) + "T3BlbkFJ" + random(20, alnum), "OpenAI key"},
		{"", "sk-or-v1-" + random(64, hex), "OpenRouter key"},
		{"", "ghp_" + random(36, alnum), ""}, // its checksum is wrong
		{"", "glpat-" + random(20, alnum), "GitLab token"},
		{"", "dop_v1_" + random(64, hex), "DigitalOcean token"},
		{"", "hf_" + random(34, alnum[:52]), ""}, // letters only: no digit
		{"", "key_" + random(64, hex), "Cursor key"},
		{"", "sbp_" + random(40, hex), "Supabase token"},
		{"TELEGRAM_TOKEN", "123456789:" + random(35, alnum), "Telegram bot token"},
		{"when", "123456789:" + random(35, alnum), ""},
		{"", random(40, hex), ""},
		{"", "550e8400-e29b-41d4-a716-446655440000", ""},
		{"url", "https://example.org/a/b?c=1234567890abcdef", ""},
		{"", "the quick brown fox 123456789 jumps", ""},
		{"", "sk-ant-", ""},
	} {
		if got := Kind(c.name, c.text); got != c.want {
			t.Errorf("Kind(%q, %.12q…) = %q, not %q", c.name, c.text, got, c.want)
		}
	}
}

// FuzzKind holds that no text makes a detector fail.
func FuzzKind(f *testing.F) {
	f.Add("k", `{"type": "service_account", "private_key": "x", "private_key_id": "1"}`)
	f.Add("telegram", "123456789:"+random(35, alnum))
	f.Add("", "eyJ0eXAiOiJKV1QifQ.eyJyb2xlIjoic2VydmljZV9yb2xlIn0."+random(43, alnum))
	f.Fuzz(func(t *testing.T, name, text string) {
		if Kind(name, text) != "" && len(strings.TrimSpace(text)) < shortest {
			t.Error("too short for a key")
		}
	})
}

// BenchmarkKind asks about a text that is no key.
func BenchmarkKind(b *testing.B) {
	for b.Loop() {
		Kind("identifier", "550e8400-e29b-41d4-a716-446655440000")
	}
}

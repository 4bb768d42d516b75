package codecheck

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestPublicToken holds that a token for nobody in particular is no secret, and that all others are. Tokens are made here, so
// that none stands in the repository.
func TestPublicToken(t *testing.T) {
	token := func(payload string) string {
		part := base64.RawURLEncoding.EncodeToString
		return part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part([]byte(payload)) + "." + strings.Repeat("aB3x", 10)
	}
	for text, want := range map[string]bool{
		token(`{"iss":"supabase","ref":"q","role":"anon"}`):         true,
		token(`{"iss":"supabase","ref":"q","role":"service_role"}`): false,
		token(`{"sub":"1"}`):   false,
		token(`{"role":7}`):    false,
		"eyJhbGciOiJIUzI1NiJ9": false,
		"eyJ.%%%.x":            false,
		"":                     false,
	} {
		shape := secretShape("key", text)
		if text != "" && strings.Count(text, ".") == 2 && len(text) > 40 && shape == "" {
			t.Errorf("%.30s…: its form is not known", text)
		}
		if got := publicToken(text); got != want {
			t.Errorf("publicToken(%.40s…) = %v", text, got)
		}
		if shape != "" && holdsPlace(text, shape) != want {
			t.Errorf("%s of %.40s… counts as a placeholder: %v", shape, text, !want)
		}
	}
}

// TestOwnName holds which addresses with a password are those of a network of their own.
func TestOwnName(t *testing.T) {
	for text, want := range map[string]string{
		"postgresql://crawl:crawl@crawl-db:5432/x":              "",
		"postgresql://crawl:" + "Zq8vT2mN" + "@crawl-db:5432/x": "address with a password",
		"postgresql://crawl:crawl@db.example.net:5432/x":        "address with a password",
	} {
		if got := secretShape("url", text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

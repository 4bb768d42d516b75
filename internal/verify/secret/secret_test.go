package secret

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash/crc32"
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
		{"", "hf_" + random(34, alnum[:52]), "Hugging Face token"}, // letters only
		{"", "hf_" + random(12, alnum[:52]), ""},
		{"", "key_" + random(64, hex), "Cursor key"},
		{"", "sbp_" + random(40, hex), "Supabase token"},
		{"TELEGRAM_TOKEN", "123456789:" + random(35, alnum), "Telegram bot token"},
		{"when", "123456789:" + random(35, alnum), ""},
		{"", random(40, hex), ""},
		{"", "550e8400-e29b-41d4-a716-446655440000", ""},
		{"url", "https://example.org/a/b?c=1234567890abcdef", ""},
		{"", "the quick brown fox 123456789 jumps", ""},
		{"", "sk-ant-", ""},
		{"", "EAAA" + random(60, alnum), "Square token"},
		{"picture", "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB" + random(80, alnum), ""},
	} {
		if got := Kind(c.name, c.text); got != c.want {
			t.Errorf("Kind(%q, %.12q…) = %q, not %q", c.name, c.text, got, c.want)
		}
	}
}

// summed appends the checksum that GitHub's tokens carry.
func summed(text string) string {
	_, content, _ := strings.Cut(text, "_")
	sum := crc32.ChecksumIEEE([]byte(content))
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	tail := make([]byte, 6)
	for i := 5; i >= 0; i-- {
		tail[i] = digits[sum%62]
		sum /= 62
	}
	return text + string(tail)
}

// account is the document of a service account, with a key that is made for it.
func account(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	document, err := json.Marshal(map[string]string{
		"type": "service_account", "private_key_id": random(40, hex), "private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"client_email": "robot@example.iam.gserviceaccount.com", "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
}

// TestEveryKind shows a text of each kind, in the order of the table: made here, so that no text of this file has the form of a
// key. The detector of the row has to know it, and [Kind] has to name it by the name it goes by.
func TestEveryKind(t *testing.T) {
	base64url := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	role := base64url(`{"alg":"HS256","typ":"JWT"}`) + "." + base64url(`{"iss":"supabase","ref":"x1","role":"service_role"}`) + "." + random(43, alnum)
	value := base64.StdEncoding.EncodeToString(append([]byte{0x1a, 16}, random(16, alnum)...))
	keyset := fmt.Sprintf(`{"primaryKeyId": 7, "key": [{"keyData": {"typeUrl": "type.googleapis.com/google.crypto.tink.AesGcmKey", "value": %q, "keyMaterialType": "SYMMETRIC"}, "status": "ENABLED", "keyId": 7, "outputPrefixType": "TINK"}]}`, value)
	upper, lower := alnum[:26]+"0123456789", "abcdefghijklmnopqrstuvwxyz0123456789"
	samples := []struct{ name, text string }{
		{"k", "sk-ant-" + "api03-" + random(93, alnum) + "AA"},
		{"k", "sk-" + random(20, alnum) + "T3Blb" + "kFJ" + random(20, alnum)},
		{"k", "sk-or-" + "v1-" + random(64, hex)},
		{"k", "AIza" + "SyA" + random(32, alnum)},
		{"k", "AQ." + "Ab8R" + random(46, alnum)},
		{"k", "ya29" + "." + random(120, alnum)},
		{"k", "GOCS" + "PX-" + random(28, alnum)},
		{"k", account(t)},
		{"k", summed("gh" + "p_" + random(30, alnum))},
		{"k", summed("github" + "_pat_" + random(22, alnum) + "_" + random(53, alnum))},
		{"k", summed("gh" + "o_" + random(30, alnum))},
		{"k", summed("gh" + "u_" + random(30, alnum))},
		{"k", summed("gh" + "s_" + random(30, alnum))},
		{"k", summed("gh" + "r_" + random(70, alnum))},
		{"k", "gl" + "pat-" + random(20, alnum)},
		{"k", "xoxe" + ".xoxp-1-" + random(166, alnum)},
		{"k", "xoxe" + "-1-" + random(147, alnum)},
		{"k", "xapp" + "-1-" + random(11, alnum) + "-" + random(13, "123456789") + "-" + random(64, hex)},
		{"DISCORD_TOKEN", "M" + random(23, alnum) + "." + random(6, alnum) + "." + random(27, alnum)},
		{"TELEGRAM_TOKEN", "123456789:" + random(35, alnum)},
		{"k", "sk_" + "live_" + random(24, alnum)},
		{"k", "rk_" + "live_" + random(24, alnum)},
		{"k", "wh" + "sec_" + random(32, alnum)},
		{"k", "EA" + "AA" + random(60, alnum)},
		{"k", "sq0" + "csp-" + random(43, alnum)},
		{"k", "sk_" + "test_" + random(40, lower)},
		{"AZURE_STORAGE_KEY", random(86, alnum) + "=="},
		{"k", "CCI" + "PAT_" + random(22, alnum) + "_" + random(40, hex)},
		{"k", "CCI" + "PRJ_" + random(22, alnum) + "_" + random(40, hex)},
		{"CLOUDFLARE_API_TOKEN", random(40, alnum)},
		{"CF_API_TOKEN", random(40, alnum)},
		{"k", "ci" + "o" + random(32, alnum)},
		{"k", "key" + "_" + random(64, lower)},
		{"k", "dd" + "p_" + random(36, alnum)},
		{"k", "dd" + "o_" + random(36, alnum)},
		{"k", "dop" + "_v1_" + random(64, hex)},
		{"k", "dckr" + "_pat_" + random(27, alnum)},
		{"k", "es" + "su_" + random(91, alnum) + "="},
		{"k", "xai" + "-" + random(80, alnum)},
		{"k", "xai" + "-token-" + random(80, alnum)},
		{"k", "hv" + "s." + random(90, alnum)},
		{"k", "HR" + "KU-" + random(60, alnum)},
		{"k", "hf" + "_" + random(34, alnum[:52])},
		{"MISTRAL_API_KEY", random(32, alnum)},
		{"k", "np" + "m_" + random(36, alnum)},
		{"k", "A3" + "-" + random(6, upper) + "-" + random(6, upper) + "-" + random(5, upper) + "-" + random(5, upper) + "-" + random(5, upper) + "-" + random(5, upper)},
		{"k", "ops" + "_eyJ" + random(250, alnum)},
		{"k", "1PRK" + strings.Repeat("-"+random(4, upper), 13)},
		{"k", "packagist" + "_ort_" + random(68, hex)},
		{"k", "packagist" + "_out_" + random(68, hex)},
		{"k", "packagist" + "_uut_" + random(68, hex)},
		{"k", "packagist" + "_cut_" + random(68, hex)},
		{"k", "pp" + "lx-" + random(48, alnum)},
		{"k", "PM" + "AK-" + random(24, hex) + "-" + random(34, hex)},
		{"k", "PM" + "AT-" + random(26, alnum)},
		{"k", "py" + "pi-" + random(120, alnum)},
		{"k", "ruby" + "gems_" + random(48, hex)},
		{"k", "S" + "G." + random(22, alnum) + "." + random(43, alnum)},
		{"k", "sb" + "p_" + random(40, hex)},
		{"k", "sb" + "_secret_" + random(31, alnum)},
		{"k", role},
		{"k", keyset},
	}
	if len(samples) != len(kinds) {
		t.Fatalf("%d samples for %d kinds", len(samples), len(kinds))
	}
	for i, s := range samples {
		k := &kinds[i]
		whole := s.name + ` = "` + s.text + `"`
		if found, _ := k.detector.Detect([]byte(k.beside + "\n" + whole)); len(found) == 0 {
			t.Errorf("row %d, %s (%s): its detector does not know %.14q…", i, k.name, k.part, s.text)
		}
		if !strings.Contains(strings.ToLower(whole), k.part) {
			t.Errorf("row %d, %s: the text has no %q", i, k.name, k.part)
		}
		if got := Kind(s.name, s.text); got != k.name {
			t.Errorf("row %d: %.14q… is named %q, not %q", i, s.text, got, k.name)
		}
		// One that is cut in half is no key.
		if got := Kind("k", s.text[:len(s.text)/4]); got == k.name && k.name != "Anthropic key" && !strings.HasPrefix(k.name, "Google OAuth token") {
			t.Errorf("row %d: a quarter of it is named %q", i, got)
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

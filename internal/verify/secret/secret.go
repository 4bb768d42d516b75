// Package secret tells by its form whether a text is a key or token of a known service.
//
// The forms are those of the detectors of osv-scalibr, which its authors keep up with the services. A text is only looked
// at: nothing asks a service whether a key is valid.
//
// # What it does not do
//
// It knows forms and no words: that something is called a password is for others to judge. Forms that a service shares
// with much else (a bare hash, an identifier) are left out.
package secret

import (
	"strings"

	"github.com/google/osv-scalibr/veles"
	"github.com/google/osv-scalibr/veles/secrets/anthropicapikey"
	"github.com/google/osv-scalibr/veles/secrets/azurestorageaccountaccesskey"
	"github.com/google/osv-scalibr/veles/secrets/circleci"
	"github.com/google/osv-scalibr/veles/secrets/cloudflareapitoken"
	"github.com/google/osv-scalibr/veles/secrets/cratesioapitoken"
	"github.com/google/osv-scalibr/veles/secrets/cursorapikey"
	"github.com/google/osv-scalibr/veles/secrets/denopat"
	"github.com/google/osv-scalibr/veles/secrets/digitaloceanapikey"
	"github.com/google/osv-scalibr/veles/secrets/discordbottoken"
	"github.com/google/osv-scalibr/veles/secrets/dockerhubpat"
	"github.com/google/osv-scalibr/veles/secrets/elasticcloudapikey"
	"github.com/google/osv-scalibr/veles/secrets/gcpapikey"
	"github.com/google/osv-scalibr/veles/secrets/gcpexpressmode"
	"github.com/google/osv-scalibr/veles/secrets/gcpoauth2access"
	"github.com/google/osv-scalibr/veles/secrets/gcpoauth2client"
	"github.com/google/osv-scalibr/veles/secrets/gcpsak"
	"github.com/google/osv-scalibr/veles/secrets/github"
	"github.com/google/osv-scalibr/veles/secrets/gitlabpat"
	"github.com/google/osv-scalibr/veles/secrets/grokxaiapikey"
	"github.com/google/osv-scalibr/veles/secrets/hashicorpvault"
	"github.com/google/osv-scalibr/veles/secrets/herokuplatformkey"
	"github.com/google/osv-scalibr/veles/secrets/huggingfaceapikey"
	"github.com/google/osv-scalibr/veles/secrets/mistralapikey"
	"github.com/google/osv-scalibr/veles/secrets/npmjsaccesstoken"
	"github.com/google/osv-scalibr/veles/secrets/onepasswordkeys"
	"github.com/google/osv-scalibr/veles/secrets/openai"
	"github.com/google/osv-scalibr/veles/secrets/openrouter"
	"github.com/google/osv-scalibr/veles/secrets/packagist"
	"github.com/google/osv-scalibr/veles/secrets/paystacksecretkey"
	"github.com/google/osv-scalibr/veles/secrets/perplexityapikey"
	"github.com/google/osv-scalibr/veles/secrets/postmanapikey"
	"github.com/google/osv-scalibr/veles/secrets/pypiapitoken"
	"github.com/google/osv-scalibr/veles/secrets/rubygemsapikey"
	"github.com/google/osv-scalibr/veles/secrets/sendgrid"
	"github.com/google/osv-scalibr/veles/secrets/slacktoken"
	"github.com/google/osv-scalibr/veles/secrets/squareapikey"
	"github.com/google/osv-scalibr/veles/secrets/stripeapikeys"
	"github.com/google/osv-scalibr/veles/secrets/supabase"
	"github.com/google/osv-scalibr/veles/secrets/telegrambotapitoken"
	"github.com/google/osv-scalibr/veles/secrets/tinkkeyset"
)

// kind is a kind of secret with what finds it.
type kind struct {
	name     string
	part     string // what each of them, or the name it goes by, holds, in small letters: asked first
	detector veles.Detector
	beside   string // what the detector wants to see near it, where it looks for a pair: made up, since one text is asked about alone
}

// kinds are asked in this order; the first that knows a text names it.
var kinds = []kind{
	{"Anthropic key", "sk-ant-", anthropicapikey.NewDetector(), ""},
	{"OpenAI key", "t3blbkfj", openai.NewDetector(), ""},
	{"OpenRouter key", "sk-or-", openrouter.NewDetector(), ""},
	{"Google API key", "aiza", gcpapikey.NewDetector(), ""},
	{"Google API key", "aq.ab8r", gcpexpressmode.NewDetector(), ""},
	{"Google OAuth token", "ya29.", gcpoauth2access.NewDetector(), ""},
	{"Google OAuth client", "gocspx-", gcpoauth2client.NewDetector(), "123456789012-client.apps.googleusercontent.com"},
	{"Google service account key", "private_key", gcpsak.NewDetector(), ""},
	{"GitHub token", "ghp_", github.NewClassicPATDetector(), ""},
	{"GitHub token", "github_pat_", github.NewFineGrainedPATDetector(), ""},
	{"GitHub token", "gho_", github.NewOAuthTokenDetector(), ""},
	{"GitHub token", "ghu_", github.NewAppU2SDetector(), ""},
	{"GitHub token", "ghs_", github.NewAppS2STokenDetector(), ""},
	{"GitHub token", "ghr_", github.NewAppRefreshTokenDetector(), ""},
	{"GitLab token", "glpat-", gitlabpat.NewDetector(), ""},
	{"Slack token", "xoxe", slacktoken.NewAppConfigAccessTokenDetector(), ""},
	{"Slack token", "xoxe", slacktoken.NewAppConfigRefreshTokenDetector(), ""},
	{"Slack app token", "xapp-", slacktoken.NewAppLevelTokenDetector(), ""},
	{"Discord bot token", "discord", discordbottoken.NewDetector(), ""},
	{"Telegram bot token", "gram", telegrambotapitoken.NewDetector(), ""},
	{"Stripe key", "sk_live_", stripeapikeys.NewSecretKeyDetector(), ""},
	{"Stripe key", "rk_live_", stripeapikeys.NewRestrictedKeyDetector(), ""},
	{"Stripe webhook secret", "whsec_", stripeapikeys.NewWebhookSecretDetector(), ""},
	{"Square token", "eaaa", squareapikey.NewPersonalAccessTokenDetector(), ""},
	{"Square secret", "sq0csp-", squareapikey.NewOAuthApplicationSecretDetector(), ""},
	{"Paystack key", "sk_", paystacksecretkey.NewSecretKeyDetector(), ""},
	{"Azure storage key", "azure", azurestorageaccountaccesskey.NewDetector(), ""},
	{"CircleCI token", "ccipat_", circleci.NewPersonalAccessTokenDetector(), ""},
	{"CircleCI token", "cciprj_", circleci.NewProjectTokenDetector(), ""},
	{"Cloudflare token", "cloudflare", cloudflareapitoken.NewDetector(), ""},
	{"Cloudflare token", "cf_", cloudflareapitoken.NewDetector(), ""},
	{"crates.io token", "cio", cratesioapitoken.NewDetector(), ""},
	{"Cursor key", "key_", cursorapikey.NewDetector(), ""},
	{"Deno token", "ddp_", denopat.NewUserTokenDetector(), ""},
	{"Deno token", "ddo_", denopat.NewOrgTokenDetector(), ""},
	{"DigitalOcean token", "dop_v1_", digitaloceanapikey.NewDetector(), ""},
	{"Docker token", "dckr_pat_", dockerhubpat.NewDetector(), ""},
	{"Elastic Cloud key", "essu_", elasticcloudapikey.NewDetector(), ""},
	{"xAI key", "xai-", grokxaiapikey.NewAPIKeyDetector(), ""},
	{"xAI key", "xai-token-", grokxaiapikey.NewManagementKeyDetector(), ""},
	{"Vault token", "hv", hashicorpvault.NewTokenDetector(), ""},
	{"Heroku key", "hrku-", herokuplatformkey.NewSecretKeyDetector(), ""},
	{"Hugging Face token", "hf_", huggingfaceapikey.NewDetector(), ""},
	{"Mistral key", "mistral", mistralapikey.NewDetector(), ""},
	{"npm token", "npm_", npmjsaccesstoken.NewDetector(), ""},
	{"1Password key", "a3-", onepasswordkeys.NewSecretKeyDetector(), ""},
	{"1Password token", "ops_", onepasswordkeys.NewServiceTokenDetector(), ""},
	{"1Password recovery code", "1prk-", onepasswordkeys.NewRecoveryTokenDetector(), ""},
	{"Packagist token", "packagist_", packagist.NewOrgReadTokenDetector(), ""},
	{"Packagist token", "packagist_", packagist.NewOrgUpdateTokenDetector(), ""},
	{"Packagist token", "packagist_", packagist.NewUserUpdateTokenDetector(), ""},
	{"Packagist token", "packagist_", packagist.NewConductorUpdateTokenDetector(), ""},
	{"Perplexity key", "pplx-", perplexityapikey.NewDetector(), ""},
	{"Postman key", "pmak-", postmanapikey.NewAPIKeyDetector(), ""},
	{"Postman token", "pmat-", postmanapikey.NewCollectionTokenDetector(), ""},
	{"PyPI token", "pypi-", pypiapitoken.NewDetector(), ""},
	{"RubyGems key", "rubygems_", rubygemsapikey.NewDetector(), ""},
	{"SendGrid key", "sg.", sendgrid.NewDetector(), ""},
	{"Supabase token", "sbp_", supabase.NewPATDetector(), ""},
	{"Supabase key", "sb_secret_", supabase.NewProjectSecretKeyDetector(), "https://abcdefghijklmnopqrst.supabase.co"},
	{"Supabase service role", ".eyj", supabase.NewServiceRoleJWTDetector(), ""},
	{"Tink keyset", "primarykeyid", tinkkeyset.NewDetector(), ""},
}

// shortest and longest bound what can be a key; a service account's is a JSON document.
const (
	shortest = 16
	longest  = 8 << 10
)

// Kind names the kind of secret that a text is, "" for none. The name that the text goes by in code or configuration helps
// where a form alone says too little.
func Kind(name, text string) string {
	text = strings.TrimSpace(text)
	if len(text) < shortest || len(text) > longest || !telling(text) {
		return ""
	}
	whole := name + ` = "` + text + `"`
	small, data := strings.ToLower(whole), []byte(whole)
	for i := range kinds {
		if !strings.Contains(small, kinds[i].part) {
			continue
		}
		asked := data
		if kinds[i].beside != "" {
			asked = []byte(kinds[i].beside + "\n" + whole)
		}
		if kinds[i].part == "eaaa" && !begins(text, "EAAA") {
			continue // within a picture or another file that is written as text these letters are a run of zeros
		}
		if found, _ := kinds[i].detector.Detect(asked); len(found) > 0 {
			return kinds[i].name
		}
	}
	return ""
}

// begins tells whether a word of a text begins with some letters.
func begins(text, letters string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], letters)
		if i < 0 {
			return false
		}
		if at := from + i; at == 0 || strings.IndexByte("=:'\"?&", text[at-1]) >= 0 {
			return true
		}
		from += i + 1
	}
}

// telling tells whether a text may be a key: one word with digits and letters, one of the keys that are letters only, or a
// document of keys. What is left is asked of dozens of expressions.
func telling(text string) bool {
	if strings.HasPrefix(text, "{") {
		return strings.Contains(text, "private_key") || strings.Contains(text, "primaryKeyId")
	}
	digit, letter := strings.HasPrefix(text, "hf_"), false
	for i := range len(text) {
		switch c := text[i]; {
		case c <= ' ' || c >= 0x7f:
			return false
		case c >= '0' && c <= '9':
			digit = true
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letter = true
		}
	}
	return digit && letter
}

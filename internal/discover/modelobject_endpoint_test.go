package discover

import "testing"

func TestModelEndpoint(t *testing.T) {
	for url, want := range map[string]bool{
		"https://api.openai.com/v1/chat/completions":                     true,
		"https://models.example.org/v1/chat/completions?x=1":             true,
		"https://api.anthropic.com/v1/messages":                          true,
		"https://api.anthropic.com/v1/messages/batches":                  false,
		"https://phone.example.org/v1/messages":                          false,
		"http://localhost:11434/api/chat":                                true,
		"http://ollama:11434/api/generate":                               true,
		"{base}/api/chat":                                                true,
		"/api/chat":                                                      false,
		"https://chat.example.com/api/chat.postMessage":                  false,
		"https://generativelanguage.googleapis.com/m/x:generateContent":  true,
		"https://generativelanguage.googleapis.com/m/x:generateContent2": false,
	} {
		if _, got := ModelEndpoint(url); got != want {
			t.Errorf("%s: got %v, want %v", url, got, want)
		}
	}
}

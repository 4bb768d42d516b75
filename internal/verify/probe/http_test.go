package probe

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fermata/internal/model"
)

// web is a server of streamable HTTP with one fault; the sound one asks nobody who they are, since the probe has no
// credentials, and is right in everything else.
type web struct {
	fault string
	host  string
	mu    sync.Mutex
	next  int
	open  map[string]bool
}

func (s *web) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	origin := q.Header.Get("Origin")
	switch {
	case s.fault == "token" && q.Header.Get("Authorization") != "Bearer "+token:
		http.Error(w, "who are you? you said "+q.Header.Get("Authorization"), http.StatusUnauthorized)
		return
	case s.fault == "asks":
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	case origin != "" && s.fault != "origin":
		http.Error(w, "not from there", http.StatusForbidden)
		return
	case q.Host != s.host && s.fault != "host":
		http.Error(w, "not under this name", http.StatusForbidden)
		return
	case q.Method != http.MethodPost:
		delete(s.open, q.Header.Get("Mcp-Session-Id"))
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if s.fault == "origin" {
		w.Header().Set("Access-Control-Allow-Origin", "*")
	}
	content, _ := io.ReadAll(q.Body)
	var m object
	if json.Unmarshal(content, &m) != nil {
		http.Error(w, "no JSON", http.StatusBadRequest)
		return
	}
	id := q.Header.Get("Mcp-Session-Id")
	if m["method"] == "initialize" { //nolint:misspell // the protocol spells it so
		if s.fault != "fixation" || id == "" {
			id = s.id()
		}
		s.open[id] = true
		w.Header().Set("Mcp-Session-Id", id)
	} else if !s.open[id] && s.fault != "any-session" {
		http.Error(w, "no such session", http.StatusNotFound)
		return
	}
	if m["id"] == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	var b strings.Builder
	f := &faulty{fault: "none", out: json.NewEncoder(&b)}
	f.answer(m)
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = fmt.Fprintf(w, "event: message\ndata: %s\n\n", strings.TrimSpace(b.String()))
}

func (s *web) id() string {
	s.next++
	switch s.fault {
	case "count":
		return fmt.Sprintf("session-of-this-server-%06d", s.next)
	case "short":
		return fmt.Sprintf("%x", rand.Text()[:4])
	}
	return rand.Text()
}

func TestHTTPFaults(t *testing.T) {
	for fault, want := range map[string][]string{
		"none":        {"no-auth"},
		"origin":      {"any-origin", "cross-origin-read", "no-auth"},
		"host":        {"any-host", "no-auth"},
		"count":       {"no-auth", "session-predictable"},
		"short":       {"no-auth", "session-predictable"},
		"fixation":    {"no-auth", "session-fixation"},
		"any-session": {"no-auth", "session-fixation"},
		"asks":        nil,
	} {
		t.Run(fault, func(t *testing.T) {
			handler := &web{fault: fault, open: map[string]bool{}}
			server := httptest.NewServer(handler)
			defer server.Close()
			handler.host = strings.TrimPrefix(server.URL, "http://")
			t.Setenv("TMPDIR", t.TempDir())
			out := probed(t, Options{URL: server.URL + "/mcp", Name: "web", Timeout: 2 * time.Second, Total: 30 * time.Second, Version: "0"})
			if got := found(out.Probe); !slices.Equal(got, want) {
				t.Errorf("found %q, want %q", got, want)
			}
			if fault == "asks" {
				if len(out.Probe.Incomplete) != 1 || len(out.Shown) != 0 {
					t.Errorf("%q %+v", out.Probe.Incomplete, out.Shown)
				}
				return
			}
			if len(out.Probe.Incomplete) > 0 || len(out.Probe.Tools) != 3 {
				t.Errorf("incomplete: %q, tools: %d", out.Probe.Incomplete, len(out.Probe.Tools))
			}
			if len(out.Shown) != 1 || out.Shown[0].Control != "access-control" || out.Shown[0].State != model.Refuted {
				t.Errorf("shown: %+v", out.Shown)
			}
			handler.mu.Lock()
			defer handler.mu.Unlock()
			if fault == "none" && len(handler.open) > 0 {
				t.Errorf("%d sessions were left open", len(handler.open))
			}
		})
	}
}

const token = "the-token-of-a-test-0123456789"

// TestToken holds that a token opens what asks for one, that a request without it is tried all the same, and that it
// stands nowhere in what is told.
func TestToken(t *testing.T) {
	for given, complete := range map[string]bool{token: true, "another-token-of-a-test": false} {
		handler := &web{fault: "token", open: map[string]bool{}}
		server := httptest.NewServer(handler)
		defer server.Close()
		handler.host = strings.TrimPrefix(server.URL, "http://")
		t.Setenv("TMPDIR", t.TempDir())
		out := probed(t, Options{URL: server.URL + "/mcp", Token: given, Name: "web", Active: true, Timeout: 2 * time.Second, Total: 30 * time.Second, Version: "0"})
		if got := found(out.Probe); slices.Contains(got, "no-auth") || slices.Contains(got, "any-origin") {
			t.Errorf("found %q", got)
		}
		if (len(out.Probe.Incomplete) == 0) != complete || complete != (len(out.Probe.Tools) == 3) {
			t.Errorf("incomplete: %q, tools: %d", out.Probe.Incomplete, len(out.Probe.Tools))
		}
		if complete && (len(out.Shown) == 0 || out.Shown[0].Control != "access-control" || out.Shown[0].State != model.Tested) {
			t.Errorf("shown: %+v", out.Shown)
		}
		content, err := json.Marshal(out)
		if err != nil || strings.Contains(string(content), given) {
			t.Errorf("the token is told: %v %s", err, content)
		}
	}
}

// TestGuarded holds that only the host of the address is connected to, and only when it may be.
func TestGuarded(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirection was followed") }))
	defer elsewhere.Close()
	away := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer away.Close()
	t.Setenv("TMPDIR", t.TempDir())
	if _, err := Run(t.Context(), Options{URL: away.URL, Timeout: time.Second, Total: 10 * time.Second, Version: "0"}); err == nil {
		t.Error("a server that only redirects was probed")
	}
	for address, fine := range map[string]bool{
		"http://127.0.0.1:3001/mcp": true, "http://[::1]:3001/mcp": true, "http://localhost:3001": true, "https://ours.example/mcp": true,
		"http://127.0.0.1.example/": false, "http://10.0.0.1/": false, "http://0.0.0.0/": false, "file:///etc/passwd": false, "http://": false, "mcp": false,
	} {
		if err := CheckAddress(address, []string{"ours.example"}); (err == nil) != fine {
			t.Errorf("%s: %v", address, err)
		}
	}
}

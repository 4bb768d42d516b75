package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// AddressError is an address that may not be asked.
type AddressError struct{ Message, Hint string }

// Error says why.
func (e *AddressError) Error() string { return e.Message }

// CheckAddress refuses an address that is none, or that names a host that nobody allowed.
func CheckAddress(address string, hosts []string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return &AddressError{fmt.Sprintf("%q is no address of a server", address), "write it as http://127.0.0.1:3001/mcp"}
	}
	if u.User != nil {
		return &AddressError{"the address holds a user or a password", "pass credentials by the server's own means"}
	}
	if !loopback(u.Hostname()) && !slices.Contains(hosts, u.Hostname()) {
		return &AddressError{fmt.Sprintf("%s is not this machine", u.Hostname()), "only probe what is yours; --allow-host " + u.Hostname() + " says that it is"}
	}
	return nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// guarded is a client that connects to the host of the address and to no other, follows no redirection, and takes no
// proxy; a name for this machine must lead to this machine.
func guarded(address string, hosts []string) (*http.Client, error) {
	if address == "" {
		return nil, nil //nolint:nilnil // over stdio nothing is connected to
	}
	if err := CheckAddress(address, hosts); err != nil {
		return nil, err
	}
	u, _ := url.Parse(address)
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(to)
			if err != nil || host != u.Hostname() {
				return nil, fmt.Errorf("%s is not the host of the address", to)
			}
			c, err := dialer.DialContext(ctx, network, to)
			if err != nil {
				return nil, err
			}
			if tcp, ok := c.RemoteAddr().(*net.TCPAddr); loopback(u.Hostname()) && (!ok || !tcp.IP.IsLoopback()) {
				return nil, errors.Join(fmt.Errorf("%s does not lead to this machine", host), c.Close())
			}
			return c, nil
		},
		ResponseHeaderTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
	}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

// bearer sends a token with each request, but for those that are to be without credentials.
type bearer struct {
	token string
	next  http.RoundTripper
}

// anonymous is the key of a context in which no token is sent.
type anonymous struct{}

func (b *bearer) RoundTrip(q *http.Request) (*http.Response, error) {
	if q.Context().Value(anonymous{}) == nil {
		q = q.Clone(q.Context())
		q.Header.Set("Authorization", "Bearer "+b.token)
	}
	return b.next.RoundTrip(q)
}

// tells is whether a text stands in what a server lists.
func (l *Listing) tells(text string) bool {
	content, err := json.Marshal(l)
	return err == nil && strings.Contains(string(content), text)
}

// answer is what a request of HTTP brought.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

// line is an answer for people.
func (a *answer) line() string {
	out := fmt.Sprintf("%d %s", a.status, http.StatusText(a.status))
	for _, name := range []string{"Mcp-Session-Id", "Access-Control-Allow-Origin", "Www-Authenticate"} {
		if v := a.header.Get(name); v != "" {
			if name == "Mcp-Session-Id" && v != chosen {
				v = "{session}" // another one each time, and whoever has it takes part
			}
			out += "\n" + name + ": " + v
		}
	}
	return out + "\n" + a.body
}

const (
	attacker  = "attacker.example"
	chosen    = "chosen-by-the-probe-0001"                                                                                                                                       // a session id
	sayHello  = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"fermata-probe","version":"1"}}}` //nolint:misspell // the protocol spells it so
	listTools = `{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{}}`
)

// post makes one raw request: the library's client would not make those that a server should refuse.
func (r *run) post(ctx context.Context, body string, change func(*http.Request)) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, r.o.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.o.URL, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	req.Header.Set("Mcp-Protocol-Version", "2025-11-25")
	if change != nil {
		change(req)
	}
	res, err := r.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	a := &answer{status: res.StatusCode, header: res.Header}
	if id := res.Header.Get("Mcp-Session-Id"); id != "" {
		r.opened[id] = true
	}
	// A stream of events stays open: its first event is enough.
	chunk := make([]byte, 4096)
	for len(a.body) < 64<<10 && !strings.Contains(a.body, "\n\n") && !strings.Contains(a.body, "\r\n\r\n") {
		n, err := res.Body.Read(chunk)
		a.body += string(chunk[:n])
		if err != nil {
			break
		}
	}
	return a, nil
}

// overHTTP asks what only servers of HTTP are asked: who is let in, from where, under which name, and by which session.
func (r *run) overHTTP(ctx context.Context) {
	u, err := url.Parse(r.o.URL)
	if err != nil {
		return
	}
	defer r.leave(ctx)
	local := loopback(u.Hostname())
	if u.Scheme == "http" && !local {
		r.add("cleartext", "", u.Host+" is asked over http", exchange("POST "+r.o.URL, "the answer came without encryption"))
	}
	ask := func(what string, change func(*http.Request)) *answer {
		a, err := r.post(ctx, sayHello, change)
		if err != nil {
			r.incomplete = append(r.incomplete, what+" could not be tried: "+sentence(err))
			return nil
		}
		return a
	}
	stranger := context.WithValue(ctx, anonymous{}, true)
	plainly, err := r.post(stranger, sayHello, nil)
	if err != nil {
		r.incomplete = append(r.incomplete, "a request without credentials could not be tried: "+sentence(err))
		return
	}
	switch {
	case plainly.ok():
		r.add("no-auth", "", "a session was opened without credentials", exchange("POST "+u.Path+"\n"+sayHello, plainly.line()))
		if !local {
			r.raise("no-auth", "high")
		}
	case plainly.status == http.StatusUnauthorized || plainly.status == http.StatusForbidden:
		r.refused = true
		if r.o.Token == "" {
			r.remark("the server asks for credentials, and the probe has none: Origin, Host and sessions were not tried; --token-env names a variable with a token")
			return
		}
	default:
		r.incomplete = append(r.incomplete, fmt.Sprintf("a plain request was answered with %d; Origin, Host and sessions were not tried", plainly.status))
		return
	}
	if a := ask("a foreign Origin", func(q *http.Request) { q.Header.Set("Origin", "https://"+attacker) }); a != nil {
		shown := exchange("POST "+u.Path+"\nOrigin: https://"+attacker+"\n"+sayHello, a.line())
		if a.ok() {
			r.add("any-origin", "", "a request with the Origin https://"+attacker+" was answered", shown)
		}
		if allow := a.header.Get("Access-Control-Allow-Origin"); allow == "*" || allow == "https://"+attacker {
			r.add("cross-origin-read", "", "Access-Control-Allow-Origin is "+allow, shown)
		}
	}
	if local {
		if a := ask("a foreign host name", func(q *http.Request) { q.Host = attacker }); a != nil && a.ok() {
			r.add("any-host", "", "a request for the host "+attacker+" was answered", exchange("POST "+u.Path+"\nHost: "+attacker+"\n"+sayHello, a.line()))
		}
	}
	r.sessions(ctx, u)
}

// sessions looks at the ids that a server gives out, and whether it takes others.
func (r *run) sessions(ctx context.Context, u *url.URL) {
	var ids []string
	for range 5 {
		a, err := r.post(ctx, sayHello, nil)
		if err != nil || !a.ok() {
			return
		}
		if id := a.header.Get("Mcp-Session-Id"); id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return // without sessions there is nothing to guess or to fix
	}
	if why := guessable(ids); why != "" {
		r.add("session-predictable", "", why, exchange("POST "+u.Path+", five times\n"+sayHello, "Mcp-Session-Id: "+strings.Join(ids, ", ")))
	}
	with := func(q *http.Request) { q.Header.Set("Mcp-Session-Id", chosen) }
	if a, err := r.post(ctx, sayHello, with); err == nil && a.ok() && a.header.Get("Mcp-Session-Id") == chosen {
		r.add("session-fixation", "", "a session was opened under an id that the probe chose", exchange("POST "+u.Path+"\nMcp-Session-Id: "+chosen+"\n"+sayHello, a.line()))
	}
	if a, err := r.post(ctx, listTools, with); err == nil && a.ok() && strings.Contains(a.body, `"tools"`) {
		r.add("session-fixation", "", "a request with an invented session id was answered", exchange("POST "+u.Path+"\nMcp-Session-Id: "+chosen+"\n"+listTools, a.line()))
	}
}

// leave closes the sessions that raw requests opened.
func (r *run) leave(ctx context.Context) {
	for _, id := range slices.Sorted(maps.Keys(r.opened)) {
		limited, cancel := context.WithTimeout(ctx, time.Second)
		if q, err := http.NewRequestWithContext(limited, http.MethodDelete, r.o.URL, http.NoBody); err == nil {
			q.Header.Set("Mcp-Session-Id", id)
			if res, err := r.http.Do(q); err == nil {
				_ = res.Body.Close()
			}
		}
		cancel()
	}
}

// guessable says why ids that were made one after the other can be guessed; empty when nothing speaks for it. An id of
// random bits differs from the next in nearly every place.
func guessable(ids []string) string {
	least := 1 << 30
	for i := 1; i < len(ids); i++ {
		if ids[i] == ids[i-1] {
			return "two sessions have one id"
		}
		n := max(len(ids[i]), len(ids[i-1])) - min(len(ids[i]), len(ids[i-1]))
		for j := range min(len(ids[i]), len(ids[i-1])) {
			if ids[i][j] != ids[i-1][j] {
				n++
			}
		}
		least = min(least, n)
	}
	switch {
	case len(ids[0]) < 16:
		return fmt.Sprintf("ids have %d characters", len(ids[0]))
	case least < 10:
		return fmt.Sprintf("ids that follow each other differ in %d of %d characters", least, len(ids[0]))
	}
	return ""
}

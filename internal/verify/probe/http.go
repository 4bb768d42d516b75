package probe

import (
	"context"
	"errors"
	"fmt"
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

// overHTTP asks what only servers of HTTP are asked.
func (r *run) overHTTP(context.Context) {}

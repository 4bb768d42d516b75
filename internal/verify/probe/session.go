package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sort"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	maxListed = 2000    // tools, prompts or resources
	maxListAt = 8 << 20 // bytes of all their descriptions
)

// Listing is what a server says about itself.
type Listing struct {
	Title, Version, Protocol string
	Instructions             string
	Capabilities             []string
	Tools                    []Tool
	Prompts, Resources       []Item
}

// Tool is a tool as it was listed.
type Tool struct {
	Name, Title, Description string
	Schema                   any            // the input schema; nil when there is none
	Output                   any            // the output schema
	Annotations              map[string]any // nil when there are none
}

// Item is a prompt or a resource as it was listed.
type Item struct{ Kind, Name, Title, Description string }

// session is one connection.
type session struct {
	client  *mcp.ClientSession
	timeout time.Duration
}

// connect opens a session. The handshake that most servers know is tried first: some that do not know the other
// neither answer nor refuse it.
func connect(ctx context.Context, version string, timeout time.Duration, transport func() (mcp.Transport, error)) (*session, error) {
	var failed error
	for _, protocol := range []string{"2025-11-25", ""} {
		t, err := transport()
		if err != nil {
			return nil, err
		}
		// No capability is offered: a server that is probed gets no say in what the probe does.
		client := mcp.NewClient(&mcp.Implementation{Name: "fermata-probe", Version: version},
			&mcp.ClientOptions{Capabilities: &mcp.ClientCapabilities{}, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
		limited, cancel := context.WithTimeout(ctx, timeout)
		cs, err := within(limited, func() (*mcp.ClientSession, error) {
			return client.Connect(limited, t, &mcp.ClientSessionOptions{ProtocolVersion: protocol})
		})
		cancel()
		if err == nil {
			return &session{client: cs, timeout: timeout}, nil
		}
		if failed == nil {
			failed = err
		}
		if ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
			break
		}
	}
	return nil, failed
}

func (s *session) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _ = within(ctx, func() (int, error) { return 0, s.client.Close() })
}

// list asks for everything that the server says it has.
func (s *session) list(ctx context.Context) (*Listing, []string) {
	l := &Listing{Capabilities: []string{}}
	var missing []string
	init := s.client.InitializeResult()
	if init == nil {
		return l, []string{"the server did not say what it is"}
	}
	if init.ServerInfo != nil {
		l.Title, l.Version = init.ServerInfo.Name, init.ServerInfo.Version
	}
	l.Protocol, l.Instructions = init.ProtocolVersion, init.Instructions
	capabilities, _ := plain(init.Capabilities).(map[string]any)
	for name := range capabilities {
		l.Capabilities = append(l.Capabilities, name)
	}
	sort.Strings(l.Capabilities)
	has := func(name string) bool { _, ok := capabilities[name]; return ok }
	if has("tools") {
		tools, err := listed(ctx, s.timeout, "tools", func(ctx context.Context, cursor string) ([]*mcp.Tool, string, error) {
			r, err := s.client.ListTools(ctx, &mcp.ListToolsParams{Cursor: cursor})
			if err != nil {
				return nil, "", err
			}
			return r.Tools, r.NextCursor, nil
		})
		missing = append(missing, err...)
		for _, t := range tools {
			tool := Tool{Name: t.Name, Title: t.Title, Description: t.Description, Schema: plain(t.InputSchema), Output: plain(t.OutputSchema)}
			if t.Annotations != nil {
				tool.Annotations, _ = plain(t.Annotations).(map[string]any)
			}
			l.Tools = append(l.Tools, tool)
		}
	}
	if has("prompts") {
		prompts, err := listed(ctx, s.timeout, "prompts", func(ctx context.Context, cursor string) ([]*mcp.Prompt, string, error) {
			r, err := s.client.ListPrompts(ctx, &mcp.ListPromptsParams{Cursor: cursor})
			if err != nil {
				return nil, "", err
			}
			return r.Prompts, r.NextCursor, nil
		})
		missing = append(missing, err...)
		for _, p := range prompts {
			l.Prompts = append(l.Prompts, Item{"prompt", p.Name, p.Title, p.Description})
		}
	}
	if has("resources") {
		resources, err := listed(ctx, s.timeout, "resources", func(ctx context.Context, cursor string) ([]*mcp.Resource, string, error) {
			r, err := s.client.ListResources(ctx, &mcp.ListResourcesParams{Cursor: cursor})
			if err != nil {
				return nil, "", err
			}
			return r.Resources, r.NextCursor, nil
		})
		missing = append(missing, err...)
		for _, r := range resources {
			l.Resources = append(l.Resources, Item{"resource", r.URI, r.Name, r.Description})
		}
		templates, _ := listed(ctx, s.timeout, "resource templates", func(ctx context.Context, cursor string) ([]*mcp.ResourceTemplate, string, error) {
			r, err := s.client.ListResourceTemplates(ctx, &mcp.ListResourceTemplatesParams{Cursor: cursor})
			if err != nil {
				return nil, "", err
			}
			return r.ResourceTemplates, r.NextCursor, nil
		}) // many servers with resources have no templates and say so with an error
		for _, r := range templates {
			l.Resources = append(l.Resources, Item{"resource", r.URITemplate, r.Name, r.Description})
		}
	}
	sort.SliceStable(l.Tools, func(i, j int) bool { return l.Tools[i].Name < l.Tools[j].Name })
	for _, items := range [][]Item{l.Prompts, l.Resources} {
		sort.SliceStable(items, func(i, j int) bool { return items[i].Name < items[j].Name })
	}
	return l, missing
}

// listed asks page after page, up to the bounds.
func listed[T any](ctx context.Context, timeout time.Duration, what string, page func(context.Context, string) ([]T, string, error)) (all []T, missing []string) {
	cursor, size := "", 0
	for range 200 {
		limited, cancel := context.WithTimeout(ctx, timeout)
		type answer struct {
			items []T
			next  string
		}
		a, err := within(limited, func() (answer, error) {
			items, next, err := page(limited, cursor)
			return answer{items, next}, err
		})
		cancel()
		if err != nil {
			return all, []string{fmt.Sprintf("the list of %s could not be read: %s", what, sentence(err))}
		}
		for _, item := range a.items {
			size += len(text(plain(item)))
			if all = append(all, item); len(all) >= maxListed || size > maxListAt {
				return all, []string{fmt.Sprintf("the list of %s is longer than the probe reads; %d were looked at", what, len(all))}
			}
		}
		if a.next == "" || a.next == cursor {
			return all, nil
		}
		cursor = a.next
	}
	return all, []string{fmt.Sprintf("the list of %s goes on without end; %d were looked at", what, len(all))}
}

// plain is a value as JSON has it.
func plain(v any) any {
	content, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var out any
	if json.Unmarshal(content, &out) != nil {
		return nil
	}
	return out
}

// text is a JSON value with its keys in order.
func text(v any) string {
	if v == nil {
		return ""
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

// sentence is an error in one line.
func sentence(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer within the time limit"
	case errors.Is(err, context.Canceled):
		return "stopped"
	case errors.Is(err, mcp.ErrConnectionClosed), errors.Is(err, io.EOF):
		return "the connection was closed"
	}
	var wire interface{ Error() string } = err
	line := strings.Join(strings.Fields(wire.Error()), " ")
	return line[:min(len(line), 300)]
}

// httpTransport speaks streamable HTTP with a client of our own.
func httpTransport(url string, client *http.Client) func() (mcp.Transport, error) {
	return func() (mcp.Transport, error) {
		return &mcp.StreamableClientTransport{Endpoint: url, HTTPClient: client, MaxRetries: -1, DisableStandaloneSSE: true, MaxEventSize: maxLine}, nil
	}
}

package probe

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
	"strings"
)

// LockFile is the usual name of the file that holds what was approved.
const LockFile = "fermata.lock.yaml"

// Lock is what was approved: servers with the tools that they had.
type Lock struct{ Servers []LockedServer }

// LockedServer is a server as it was approved.
type LockedServer struct {
	Name, Calls, Version, Instructions string
	Tools                              []Tool
}

// Server finds a server by its name in the lock; nil when it is not there.
func (l *Lock) Server(name string) *LockedServer {
	if l == nil {
		return nil
	}
	for i := range l.Servers {
		if l.Servers[i].Name == name {
			return &l.Servers[i]
		}
	}
	return nil
}

// With gives a lock in which a server is as it was listed; the others stay.
func (l *Lock) With(name string, listing *Listing) *Lock {
	out := &Lock{}
	if l != nil {
		for _, s := range l.Servers {
			if s.Name != name {
				out.Servers = append(out.Servers, s)
			}
		}
	}
	tools := append([]Tool(nil), listing.Tools...)
	sort.SliceStable(tools, func(i, j int) bool { return tools[i].Name < tools[j].Name })
	out.Servers = append(out.Servers, LockedServer{Name: name, Calls: listing.Title, Version: listing.Version, Instructions: listing.Instructions, Tools: tools})
	sort.Slice(out.Servers, func(i, j int) bool { return out.Servers[i].Name < out.Servers[j].Name })
	return out
}

// Write prints the lock as YAML. Texts stand in full, so that a change can be read where it is reviewed; each is
// quoted as JSON does, so that nothing in it can be taken for YAML, and hidden characters are written as their numbers.
func (l *Lock) Write(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Tools of MCP servers as somebody approved them. fermata probe mcp --lock compares with this file;\n# --update-lock writes it anew. Review changes here as you review code.\nversion: 1\nservers:\n")
	if len(l.Servers) == 0 {
		b.WriteString("  []\n")
	}
	for _, s := range l.Servers {
		fmt.Fprintf(&b, "  - name: %s\n", quoted(s.Name))
		line(&b, "    ", "calls", s.Calls)
		line(&b, "    ", "version", s.Version)
		line(&b, "    ", "instructions", s.Instructions)
		if len(s.Tools) == 0 {
			b.WriteString("    tools: []\n")
			continue
		}
		b.WriteString("    tools:\n")
		for _, t := range s.Tools {
			fmt.Fprintf(&b, "      - name: %s\n", quoted(t.Name))
			line(&b, "        ", "title", t.Title)
			line(&b, "        ", "description", t.Description)
			line(&b, "        ", "schema", text(t.Schema))
			line(&b, "        ", "output", text(t.Output))
			if t.Annotations != nil {
				line(&b, "        ", "annotations", text(plain(t.Annotations)))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func line(b *strings.Builder, indent, key, value string) {
	if value != "" {
		fmt.Fprintf(b, "%s%s: %s\n", indent, key, quoted(value))
	}
}

// quoted is a string of JSON, which YAML reads alike, in plain ASCII.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		case r >= 0xa1 && r < 0x10000 && !invisible(r) && visible(string(r)) == string(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// locked compares with what was approved.
func (r *run) locked(lock *Lock, name string, l *Listing) {
	if lock == nil {
		return
	}
	is := byName(l.Tools)
	for _, other := range lock.Servers {
		if other.Name == name {
			continue
		}
		for _, t := range byNameSorted(other.Tools) {
			if now := is[t.Name]; now != nil {
				r.add("shadowed-tool", t.Name, "the lock file has it for "+other.Name, exchange("tools/list", text(map[string]any{"name": now.Name, "description": now.Description})))
			}
		}
	}
	s := lock.Server(name)
	if s == nil {
		r.remark(fmt.Sprintf("the lock file does not know %s; --update-lock adds it", name))
		return
	}
	if s.Calls != l.Title || s.Version != l.Version || s.Instructions != l.Instructions {
		r.add("changed-server", "", fmt.Sprintf("approved was %s %s, it says %s %s", s.Calls, s.Version, l.Title, l.Version)+map[bool]string{true: ", with other instructions"}[s.Instructions != l.Instructions],
			exchange("initialize", text(map[string]any{"name": l.Title, "version": l.Version, "instructions": l.Instructions}))) //nolint:misspell // the protocol spells it so
	}
	was := byName(s.Tools)
	for _, tool := range slices.Sorted(maps.Keys(was)) {
		now := is[tool]
		if now == nil {
			r.add("vanished-tool", tool, "the server does not list it", exchange("tools/list", "approved: "+text(map[string]any{"name": tool, "description": was[tool].Description})))
			continue
		}
		for _, part := range differs(was[tool], now) {
			before, after := was[tool].Description, now.Description
			switch part {
			case "schema":
				before, after = text(was[tool].Schema), text(now.Schema)
			case "annotations":
				before, after = text(plain(was[tool].Annotations)), text(plain(now.Annotations))
			}
			before, after = apart(before, after)
			r.add("changed-"+part, tool, "it is not what was approved", exchange("tools/list", fmt.Sprintf("approved: %s\nnow: %s", visible(before), visible(after))))
		}
	}
	for _, tool := range slices.Sorted(maps.Keys(is)) {
		if was[tool] == nil {
			r.add("new-tool", tool, "it was not there when the server was approved", exchange("tools/list", text(map[string]any{"name": tool, "description": is[tool].Description})))
		}
	}
}

func byNameSorted(tools []Tool) []*Tool {
	m := byName(tools)
	var out []*Tool
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}

// apart cuts the beginning that two texts share, so that the change is shown and not the lead.
func apart(a, b string) (string, string) {
	x, y := []rune(a), []rune(b)
	same := 0
	for same < len(x) && same < len(y) && x[same] == y[same] {
		same++
	}
	if same <= 60 {
		return a, b
	}
	return "…" + string(x[same-40:]), "…" + string(y[same-40:])
}

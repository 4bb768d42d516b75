package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	maxRestarts = 8   // of a server that input ends
	maxHangs    = 3   // of one tool
	atOnce      = 8   // calls, to see whether answers are mixed up
	unread      = 400 // answers that wait while nobody reads
)

// reply is what a call brought.
type reply struct {
	text    string
	refused bool // an error of the call or of the protocol
	late    bool
	dead    bool
	took    time.Duration
}

// active calls the tools that may be called.
func (r *run) active(ctx context.Context, l *Listing) {
	for _, name := range r.o.Call {
		if byName(l.Tools)[name] == nil {
			hint := ""
			if near := source.Suggest(name, slices.Sorted(maps.Keys(byName(l.Tools)))); near != "" {
				hint = "; did you mean " + near + "?"
			}
			r.incomplete = append(r.incomplete, fmt.Sprintf("--call: the server has no tool %q%s", name, hint))
		}
	}
	for i := range l.Tools {
		t := &l.Tools[i]
		if kind, _ := effect(t); kind != reads && !slices.Contains(r.o.Call, t.Name) {
			continue
		}
		if !r.tool(ctx, t) {
			return
		}
	}
	if r.o.URL == "" && r.alive(ctx) {
		r.slowly(ctx)
	}
}

// tool tries one tool; false when nothing more can be tried.
func (r *run) tool(ctx context.Context, t *Tool) bool {
	c := r.box.canaries()
	inputs := Inputs(t.Schema, c)
	hangs, works, quick := 0, false, false
	for i := range inputs {
		in := &inputs[i]
		if !r.alive(ctx) {
			return false
		}
		r.calls[t.Name]++
		a := r.call(ctx, t.Name, in.Arguments)
		if ctx.Err() != nil {
			return false
		}
		e := exchange(request(t.Name, in.Arguments), a.shown())
		if _, err := os.Stat(c.Mark); err == nil {
			_ = os.Remove(c.Mark) // so that the next call is judged by itself
			r.add("command-injection", t.Name, in.Parameter+" reaches a shell: it made a file", e)
		}
		if in.Kind == sound {
			works, quick = !a.refused && !a.late && !a.dead, a.took < 300*time.Millisecond
		}
		switch {
		case a.dead:
			r.add("crash", t.Name, why(in)+" ended the server", e)
			r.drop()
			continue
		case a.late:
			r.add("hang", t.Name, fmt.Sprintf("%s got no answer in %s", why(in), r.o.Timeout), e)
			if hangs++; hangs >= maxHangs {
				return true
			}
			continue
		}
		r.judge(t, in, a, e)
	}
	if works && quick && r.alive(ctx) {
		r.together(ctx, t, inputs[0].Arguments)
		r.growth(ctx, t, inputs[0].Arguments)
	}
	return true
}

func why(in *Input) string {
	what := map[string]string{
		sound: "a sound call", wrongType: "a value of a wrong type", missing: "a call without a required parameter", extra: "a parameter that is not in the schema",
		outOf: "a value out of range", huge: "a text of 256 KB", deep: "a value of 200 levels", traversal: "a path", shell: "a text for shells", template: "a text for templates",
	}[in.Kind]
	if in.Parameter != "" {
		what += " (" + in.Parameter + ")"
	}
	return what
}

// judge looks at an answer.
func (r *run) judge(t *Tool, in *Input, a reply, e result.Exchange) {
	ids := map[string]string{wrongType: "wrong-type-accepted", missing: "missing-accepted", extra: "extra-accepted", outOf: "range-ignored", huge: "range-ignored"}
	if in.Breaks {
		r.checked++
		if !a.refused {
			r.add(ids[in.Kind], t.Name, why(in)+" was taken", e)
		}
	}
	switch in.Kind {
	case huge:
		if !in.Breaks && !a.refused {
			r.add("no-size-limit", t.Name, why(in)+" was taken", e)
		}
	case traversal:
		if strings.Contains(a.text, r.box.canary) {
			r.add("path-traversal", t.Name, in.Parameter+" led to a file outside the working folder", e)
		}
	case shell:
		if computed(a.text) {
			r.add("command-injection", t.Name, in.Parameter+" reaches a shell: it computed", e)
		}
	case template:
		if computed(a.text) {
			r.add("template-injection", t.Name, in.Parameter+" is evaluated", e)
		}
	}
	r.leaks(t, in, a, e)
}

func computed(text string) bool {
	return strings.Contains(strings.NewReplacer(",", "", "_", "", "'", "").Replace(text), product)
}

var (
	traces = regexp.MustCompile(`Traceback \(most recent call last\)|File "[^"\n]+", line \d+|\bat [\w.$<> \[\]]+ \(?(file://)?[^()\s]+:\d+:\d+\)?|\bgoroutine \d+ \[|\bpanic: |\bat (java|com|org|net)\.[\w.$]+\([\w.]+\.java:\d+\)|stack backtrace:|\.rb:\d+:in `)
	places = regexp.MustCompile(`(^|[\s'"(=:])((/(home|root|usr|opt|srv|var|Users|app|etc|tmp|work|mnt)/[\w.@+-]+(/[\w.@+-]+)+)|[A-Z]:\\[\w.@+-]+(\\[\w.@+-]+)+)`)
)

// leaks looks for what an answer should not tell. What the probe sent, or where it put the server, is no leak.
func (r *run) leaks(t *Tool, in *Input, a reply, e result.Exchange) {
	if len(a.text) > 64<<10 {
		return
	}
	if strings.Contains(a.text, r.box.mark) {
		r.add("leaks-environment", t.Name, why(in)+" brought a variable that only the server's environment holds", e)
	}
	told := regexp.MustCompile(regexp.QuoteMeta(r.box.root)+`[^\s'"]*`).ReplaceAllString(a.text, "")
	for _, s := range append(stringsOf(plain(in.Arguments), nil), r.box.canary, r.box.mark) {
		if s != "" && len(s) > 3 {
			told = strings.ReplaceAll(told, s, "")
		}
	}
	if a.refused && traces.MatchString(told) {
		r.add("leaks-trace", t.Name, why(in)+" brought a trace", e)
	} else if at := places.FindStringSubmatch(told); a.refused && at != nil {
		r.add("leaks-path", t.Name, why(in)+" brought "+at[2], e)
	}
	if a.refused || len(told) < 4096 {
		if source.Redact(told) != told {
			r.add("leaks-secret", t.Name, why(in)+" brought what looks like a secret", e)
		}
	}
}

// together makes several calls at once, each with a text of its own, and looks whose text comes back.
func (r *run) together(ctx context.Context, t *Tool, base map[string]any) {
	root, _ := t.Schema.(map[string]any)
	properties, _ := root["properties"].(map[string]any)
	name := ""
	for _, n := range slices.Sorted(maps.Keys(base)) {
		p := resolved(properties[n], root, 0)
		if _, listed := p["enum"]; p["type"] == "string" && !listed && !isPath(n) && name == "" {
			if high, ok := p["maxLength"].(float64); !ok || high >= 32 {
				name = n
			}
		}
	}
	if name == "" {
		return
	}
	marks, answers := make([]string, atOnce), make([]reply, atOnce)
	done := make(chan int, atOnce)
	for i := range atOnce {
		arguments := map[string]any{}
		for k, v := range base {
			arguments[k] = v
		}
		marks[i] = "mark-" + random()
		arguments[name] = marks[i]
		r.calls[t.Name]++
		go func() {
			answers[i] = r.call(ctx, t.Name, arguments)
			done <- i
		}()
	}
	for range atOnce {
		<-done
	}
	for i, a := range answers {
		for j, other := range marks {
			if i != j && strings.Contains(a.text, other) {
				r.add("mixed-up", t.Name, fmt.Sprintf("of %d calls at once, one got the text of another", atOnce), exchange(request(t.Name, map[string]any{name: "{text of this call}"}), strings.ReplaceAll(a.shown(), other, "{text of another call}")))
				return
			}
		}
	}
}

// growth repeats a sound call and looks at the memory. What a first series takes may be a cache; what a second, longer
// one takes on top is growth.
func (r *run) growth(ctx context.Context, t *Tool, arguments map[string]any) {
	if r.process == nil {
		return
	}
	series := func(n int) (int64, bool) {
		for range n {
			r.calls[t.Name]++
			if a := r.call(ctx, t.Name, arguments); a.dead || a.late {
				return 0, false
			}
		}
		return r.process.watch.look(), true
	}
	first, ok1 := series(10)
	second, ok2 := series(20)
	if !ok1 || !ok2 || first == 0 || second-first < 32<<20 {
		return
	}
	if third, ok := series(20); ok && third-second >= 32<<20 {
		r.add("memory-growth", t.Name, "each of three series of the same call took more memory, the last more than 32 MB for 20 calls", exchange(request(t.Name, arguments), "the answers are as before; the server's memory grows"))
	}
}

// slowly lets answers wait unread for a moment. Lists are asked for, since they change nothing.
func (r *run) slowly(ctx context.Context) {
	p := r.process
	if p == nil {
		return
	}
	limited, cancel := context.WithTimeout(ctx, max(r.o.Timeout, 3*time.Second))
	defer cancel()
	p.out.pause(true)
	done := make(chan bool, unread)
	for range unread {
		go func() {
			_, err := within(limited, func() (*mcp.ListToolsResult, error) {
				return r.session.client.ListTools(limited, &mcp.ListToolsParams{})
			})
			done <- err == nil
		}()
	}
	time.Sleep(800 * time.Millisecond)
	p.out.pause(false)
	answered := 0
	for range unread {
		if <-done {
			answered++
		}
	}
	if ctx.Err() == nil && answered < unread {
		r.add("slow-reader", "", fmt.Sprintf("of %d requests whose answers waited, %d were answered", unread, answered), exchange("tools/list, many times, without reading for 0.8 s", map[bool]string{true: "the server ended", false: "answers are missing"}[p.ended(0)]))
	}
}

// call makes one call and waits no longer than the limit.
func (r *run) call(ctx context.Context, name string, arguments map[string]any) reply {
	limited, cancel := context.WithTimeout(ctx, r.o.Timeout)
	defer cancel()
	begun := time.Now()
	res, err := within(limited, func() (*mcp.CallToolResult, error) {
		return r.session.client.CallTool(limited, &mcp.CallToolParams{Name: name, Arguments: arguments})
	})
	a := reply{took: time.Since(begun)}
	var wire *jsonrpc.Error
	switch {
	case err == nil:
		a.text, a.refused = contentOf(res), res.IsError
		a.refused = a.refused || refusal.MatchString(a.text)
	case errors.As(err, &wire) && !errors.Is(err, mcp.ErrConnectionClosed):
		a.text, a.refused = wire.Message+" "+string(wire.Data), true
	case r.process != nil && r.process.ended(300*time.Millisecond), errors.Is(err, mcp.ErrConnectionClosed), errors.Is(err, io.EOF):
		a.dead = true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		a.late = true
	default:
		a.text, a.refused = sentence(err), true
	}
	return a
}

// refusal is how servers say no without marking the answer as an error.
var refusal = regexp.MustCompile(`(?i)^\W*(mcp )?(error|invalid|expected|failed|cannot|could not|unknown|unexpected|missing|bad request|denied|access denied|not allowed|forbidden)\b`)

func contentOf(res *mcp.CallToolResult) string {
	var parts []string
	for _, c := range res.Content {
		switch c := c.(type) {
		case *mcp.TextContent:
			parts = append(parts, c.Text)
		case *mcp.EmbeddedResource:
			if c.Resource != nil {
				parts = append(parts, c.Resource.Text, string(c.Resource.Blob))
			}
		}
	}
	if res.StructuredContent != nil && len(parts) == 0 {
		parts = append(parts, text(plain(res.StructuredContent)))
	}
	return strings.Join(parts, "\n")
}

func (a *reply) shown() string {
	switch {
	case a.dead:
		return "the server ended"
	case a.late:
		return "no answer"
	case a.text == "":
		return "(an empty answer)"
	}
	return a.text
}

func request(name string, arguments map[string]any) string {
	for key, v := range arguments { // a long text is told, not shown
		if s, ok := v.(string); ok && len(s) > 1000 {
			shorter := map[string]any{}
			for k, w := range arguments {
				shorter[k] = w
			}
			shorter[key] = fmt.Sprintf("%s… (%d characters)", s[:20], len(s))
			arguments = shorter
		}
	}
	content, err := json.Marshal(arguments)
	if err != nil {
		content = nil
	}
	if s := text(arguments); s != "" {
		content = []byte(s)
	}
	return "tools/call " + name + " " + string(content)
}

// drop gives up a connection whose server is gone.
func (r *run) drop() {
	if r.session != nil {
		r.session.close()
	}
	r.session = nil
	r.stop()
}

// alive makes sure that there is a connection; false when there can be none.
func (r *run) alive(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	if r.process != nil && r.process.ended(0) {
		r.drop()
	}
	if r.session != nil {
		return true
	}
	if r.restarts++; r.restarts > maxRestarts {
		r.incomplete = append(r.incomplete, fmt.Sprintf("the server ended %d times; the rest was not tried", maxRestarts))
		return false
	}
	if err := r.open(ctx); err != nil {
		if ctx.Err() == nil {
			r.incomplete = append(r.incomplete, "the server ended and could not be reached again: "+sentence(err))
		}
		return false
	}
	return true
}

// enoughRefused is how many calls that break the schema have to be refused before the check of arguments counts as
// tested.
const enoughRefused = 3

// shown is what the probe showed about controls: refuted by a finding, tested where enough was refused and nothing was
// found.
func (r *run) shown(p *result.Probe) []Shown {
	states := map[string]*Shown{}
	for i := range p.Findings {
		c := lookup(strings.TrimPrefix(p.Findings[i].Check, "probe:"))
		if c.control == "" {
			continue
		}
		if s := states[c.control]; s == nil {
			states[c.control] = &Shown{Control: c.control, State: model.Refuted, Note: p.Findings[i].ID}
		} else if len(s.Note) < 300 {
			s.Note += ", " + p.Findings[i].ID
		}
	}
	tested := func(control, note string) {
		if states[control] == nil && len(p.Incomplete) == 0 {
			states[control] = &Shown{Control: control, State: model.Tested, Note: note}
		}
	}
	if r.checked >= enoughRefused {
		tested("argument-policy", fmt.Sprintf("%d calls that break the schema were refused", r.checked))
	}
	if r.refused {
		tested("access-control", "a request without credentials was refused")
	}
	var out []Shown
	for _, control := range slices.Sorted(maps.Keys(states)) {
		out = append(out, *states[control])
	}
	return out
}

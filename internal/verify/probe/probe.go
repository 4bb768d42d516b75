package probe

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Options say what to probe and within which bounds.
type Options struct {
	Command []string      // the server to start; empty: it runs already, and URL says where
	URL     string        // where it speaks streamable HTTP; empty: stdio
	Token   string        // sent as a bearer token over HTTP, but where a request without credentials is tried; never told
	Hosts   []string      // hosts besides the loopback address that URL may name
	Env     []string      // names of variables that the server gets from the environment of this program
	Name    string        // in the lock file; empty: made from the command or the address
	Active  bool          // call tools
	Call    []string      // tools that may be called although they may change something
	Timeout time.Duration // of one request
	Total   time.Duration // of everything
	Memory  int64         // bytes that the server's processes may hold together
	Lock    *Lock         // what was approved; nil: nothing is compared
	Version string        // of this program
}

// Outcome is the report with what a new lock file is made of.
type Outcome struct {
	Probe   *result.Probe
	Listing *Listing
	Remarks []string
	Shown   []Shown // by control
}

// Shown is a control that the probe tested or refuted, by what it saw.
type Shown struct {
	Control string // id of the catalogue
	State   model.State
	Note    string // what was seen: a count, or the ids of the findings
}

// Run probes one server. An error means that there was nothing to look at; what could not be finished stands in the
// report.
func Run(ctx context.Context, o Options) (*Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Total)
	defer cancel()
	client, err := guarded(o.URL, o.Hosts)
	if err != nil {
		return nil, err
	}
	if client != nil && o.Token != "" {
		client.Transport = &bearer{o.Token, client.Transport}
	}
	s, err := newSandbox()
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.remove() }() // a folder of temporary files; the report does not depend on it
	r := &run{o: o, box: s, http: client, found: map[string]*result.ProbeFinding{}, calls: map[string]int{}, opened: map[string]bool{}}
	r.name = o.Name
	if r.name == "" {
		r.name = NameOf(o.Command, o.URL)
	}
	defer r.stop()
	if err := r.open(ctx); err != nil {
		if o.URL != "" && ctx.Err() == nil { // a server that lets nobody in has passed at least that
			r.overHTTP(ctx)
		}
		r.stop()
		if !r.refused {
			return nil, r.unreachable(err)
		}
		why := "the server asks for credentials"
		if o.Token != "" {
			why = "the server does not take the token"
		}
		r.incomplete = append(r.incomplete[:0], why+": its lists and tools were not looked at")
		return r.outcome(&Listing{Capabilities: []string{}}), nil
	}
	listing, missing := r.session.list(ctx)
	again, _ := r.session.list(ctx)
	if o.Token != "" && listing.tells(o.Token) {
		return nil, &StartError{Command: o.URL, Reason: "it repeats the token in what it lists, which no report should hold"}
	}
	r.incomplete = append(r.incomplete, missing...)
	r.passive(listing)
	if len(missing) == 0 {
		r.compare(listing, again)
	}
	r.locked(o.Lock, r.name, listing)
	if o.URL != "" {
		r.overHTTP(ctx)
	}
	if o.Active {
		r.active(ctx, listing)
	}
	if r.session != nil {
		r.session.close()
	}
	r.noise()
	r.stop()
	if ctx.Err() != nil {
		r.incomplete = append(r.incomplete, "the time for the whole probe ran out; --total gives it more")
	}
	return r.outcome(listing), nil
}

// run is one probe on its way.
type run struct {
	o       Options
	name    string
	box     *sandbox
	http    *http.Client // nil without an address
	process *process     // nil when nothing runs
	session *session

	found      map[string]*result.ProbeFinding
	calls      map[string]int
	checked    int // calls that a server should refuse
	refused    bool
	incomplete []string
	remarks    []string
	started    int
	restarts   int
	opened     map[string]bool // sessions of raw requests
	stopped    result.Stopped
}

func (r *run) remark(text string) { r.remarks = append(r.remarks, text) }

// open starts the server, when there is a command, and connects.
func (r *run) open(ctx context.Context) error {
	var transport func() (mcp.Transport, error)
	fresh := func() error {
		r.stop()
		p, err := start(r.o.Command, r.o.Env, r.box, r.o.Memory)
		if err == nil {
			r.process = p
			r.started++
		}
		return err
	}
	switch {
	case r.o.URL == "":
		transport = func() (mcp.Transport, error) {
			if err := fresh(); err != nil {
				return nil, err
			}
			return &mcp.IOTransport{Reader: r.process.out, Writer: r.process.stdin, MaxLineLength: maxLine}, nil
		}
	default:
		if len(r.o.Command) > 0 {
			if err := fresh(); err != nil {
				return err
			}
			if err := r.listening(ctx); err != nil {
				return err
			}
		}
		transport = httpTransport(r.o.URL, r.http)
	}
	s, err := connect(ctx, r.o.Version, max(r.o.Timeout, 10*time.Second), transport)
	if err != nil {
		return err
	}
	r.session = s
	return nil
}

// listening waits until a server that was started answers at its address.
func (r *run) listening(ctx context.Context) error {
	limit := time.Now().Add(15 * time.Second)
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.o.URL, http.NoBody)
		if err != nil {
			return err
		}
		probe := *r.http
		probe.Timeout = time.Second
		res, err := probe.Do(req)
		if err == nil {
			return res.Body.Close()
		}
		if r.process.ended(100*time.Millisecond) || time.Now().After(limit) || ctx.Err() != nil {
			return fmt.Errorf("nothing answers at %s", r.o.URL)
		}
	}
}

// stop ends what was started and adds up what was seen of it.
func (r *run) stop() {
	if r.process == nil {
		return
	}
	p := r.process
	r.process = nil
	seen, left, lingering, traced := p.stop()
	if p.watch.exceeded() {
		r.add("memory", "", fmt.Sprintf("it was killed at %d MB", r.o.Memory>>20), exchange("the process", "more memory than the limit"))
	}
	if lingering > 0 {
		r.add("left-processes", "", plural(lingering, "one program was still running after the server had ended", "%d programs were still running after the server had ended"), exchange("close standard input", "the server ended; what it had started did not"))
	}
	r.stopped.Processes, r.stopped.Left, r.stopped.Traced = max(r.stopped.Processes, seen), r.stopped.Left+left, traced
}

// unreachable says why there is nothing to look at.
func (r *run) unreachable(err error) error {
	if e, ok := err.(*StartError); ok { //nolint:errorlint // it is made here
		return e
	}
	what := r.o.URL
	if what == "" {
		what = filepath.Base(r.o.Command[0])
	}
	return &StartError{Command: what, Reason: r.clean(sentence(err))}
}

// noise reports what a server printed where messages belong.
func (r *run) noise() {
	if r.process == nil || r.o.URL != "" {
		return
	}
	lines, n, excess := r.process.out.noisy()
	if n > 0 {
		r.add("noisy-output", "", plural(n, "a line that is no message", "%d lines that are no messages"), exchange("standard output", strings.Join(lines, "\n")))
	}
	if excess {
		r.incomplete = append(r.incomplete, "the server wrote more than the probe reads")
	}
}

// NameOf makes a name for the lock file from what is started or asked: the same for everybody who works on a project,
// wherever it lies.
func NameOf(command []string, address string) string {
	if u, err := url.Parse(address); address != "" && err == nil && len(command) == 0 {
		return strings.TrimSuffix(u.Host+u.Path, "/")
	}
	name := ""
	launchers := words("sh bash node python python3 npx uvx uv run deno bun go docker exec tsx ts-node java php ruby -jar")
	for _, arg := range command {
		base := strings.TrimSuffix(filepath.Base(filepath.ToSlash(arg)), ".exe")
		if strings.HasPrefix(arg, "-") || launchers[base] {
			continue
		}
		if strings.Contains(arg, "@") && strings.HasPrefix(arg, "@") { // a package with its scope
			base = arg
		}
		name = base
		break
	}
	if name == "" && len(command) > 0 {
		name = filepath.Base(command[0])
	}
	return name
}

func exchange(request, response string) result.Exchange {
	return result.Exchange{Request: request, Response: response}
}

const maxShown = 600

// uuids are different each time, and a report should be the same.
var uuids = regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)

// collapsed writes a long run of one character as its length.
func collapsed(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		end := i + 1
		for end < len(s) && s[end] == s[i] && s[i] < 0x80 {
			end++
		}
		if n := end - i; n > 100 {
			fmt.Fprintf(&b, "%s… (%d of them)", strings.Repeat(s[i:i+1], 8), n)
		} else {
			b.WriteString(s[i:end])
		}
		i = end
	}
	return b.String()
}

// clean takes out of a text what no report should hold: secrets, the names of the probe's own folders, hidden
// characters, and what is too long.
func (r *run) clean(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	for _, p := range [][2]string{{r.box.work, "{work}"}, {r.box.home, "{home}"}, {r.box.tmp, "{tmp}"}, {r.box.outside, "{outside}"}, {r.box.root, "{probe}"}, {r.box.canary, "{canary}"}, {r.box.mark, "{mark}"}, {os.Getenv("PATH"), "{path}"}, {r.o.Token, "{token}"}} {
		if p[0] == "" {
			continue
		}
		s = strings.ReplaceAll(s, p[0], p[1])
	}
	if s = collapsed(s); len(s) > 64<<10 {
		s = s[:32<<10] + " … " + s[len(s)-16<<10:]
	}
	s = uuids.ReplaceAllString(strings.ToValidUTF8(s, ""), "{uuid}")
	s = visible(source.Redact(s))
	if runes := []rune(s); len(runes) > maxShown {
		s = string(runes[:maxShown*2/3]) + fmt.Sprintf(" … (%d characters) … ", len(runes)-maxShown) + string(runes[len(runes)-maxShown/3:])
	}
	return s
}

// add notes that a check was not passed. The same about the same tool is one finding with a count.
func (r *run) add(id, tool, message string, e result.Exchange) {
	c := lookup(id)
	if c == nil {
		panic("no check is called " + id)
	}
	key := "probe:" + id + "@" + r.clean(r.name)
	if tool != "" {
		key += "/" + r.clean(tool)
	}
	f := r.found[key]
	if f == nil {
		f = &result.ProbeFinding{ID: key, Check: "probe:" + id, Title: c.title, Message: r.clean(message), Severity: c.severity, Layers: c.layers, Maps: c.maps(), Tool: r.clean(tool), Exchanges: []result.Exchange{}}
		r.found[key] = f
	}
	f.Count++
	if len(f.Exchanges) < 3 {
		f.Exchanges = append(f.Exchanges, result.Exchange{Request: r.clean(e.Request), Response: r.clean(e.Response)})
	}
}

// raise makes a finding about the server graver than its check is by itself.
func (r *run) raise(id, severity string) {
	if f := r.found["probe:"+id+"@"+r.clean(r.name)]; f != nil {
		f.Severity = severity
	}
}

func (r *run) outcome(l *Listing) *Outcome {
	p := &result.Probe{
		Schema: result.ProbeSchema, Tool: result.Tool{Name: "fermata", Version: r.o.Version, Rules: len(checks)}, Active: r.o.Active,
		Server: result.ProbedServer{Name: r.clean(r.name), Calls: r.clean(l.Title), Version: r.clean(l.Version), Protocol: r.clean(l.Protocol), Transport: "stdio", Capabilities: l.Capabilities},
		Tools:  []result.ProbedTool{}, Resources: []string{}, Prompts: []string{}, Findings: []result.ProbeFinding{}, Checks: []result.Rule{}, Incomplete: []string{},
	}
	if r.o.URL != "" {
		p.Server.Transport = "http"
	}
	for i := range l.Tools {
		kind, why := effect(&l.Tools[i])
		p.Tools = append(p.Tools, result.ProbedTool{Name: r.clean(l.Tools[i].Name), Effect: kind, Why: r.clean(why), Calls: r.calls[l.Tools[i].Name]})
	}
	for _, i := range l.Prompts {
		p.Prompts = append(p.Prompts, r.clean(i.Name))
	}
	for _, i := range l.Resources {
		p.Resources = append(p.Resources, r.clean(i.Name))
	}
	made := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(r.found)) {
		p.Findings = append(p.Findings, *r.found[key])
		made[strings.TrimPrefix(r.found[key].Check, "probe:")] = true
	}
	rank := func(f *result.ProbeFinding) int { return slices.Index(result.Severities, f.Severity) }
	slices.SortStableFunc(p.Findings, func(a, b result.ProbeFinding) int {
		return cmp.Or(cmp.Compare(rank(&a), rank(&b)), cmp.Compare(a.ID, b.ID))
	})
	for i := range checks {
		if made[checks[i].id] {
			p.Checks = append(p.Checks, checks[i].rule())
		}
	}
	for _, text := range r.incomplete {
		if text = r.clean(text); !slices.Contains(p.Incomplete, text) {
			p.Incomplete = append(p.Incomplete, text)
		}
	}
	if r.started > 0 {
		stopped := r.stopped
		p.Stopped = &stopped
	}
	return &Outcome{Probe: p, Listing: l, Remarks: r.remarks, Shown: r.shown(p)}
}

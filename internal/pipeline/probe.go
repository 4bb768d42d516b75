package pipeline

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/verify/evidence"
	"fermata/internal/verify/probe"
)

// This file is the only one that names the package that starts programs and opens connections; a test holds that.

// probeQuery leads the id of a probe's check in explanations.
const probeQuery = "probe:"

// LockFile is the usual name of the file that holds approved tools.
const LockFile = probe.LockFile

// ProbeOptions say what to probe and within which bounds.
type ProbeOptions struct {
	Command, Hosts, Env, Call []string
	URL, Name                 string
	Token                     string // sent as a bearer token with --url; told nowhere
	Active                    bool
	Timeout, Total            time.Duration // of one request, and of everything
	Memory                    int64         // bytes
	Lock                      string        // a lock file to compare with; empty: none
	UpdateLock                bool          // write it anew; it may be missing then
}

// ProbeAnswer is what a probe brings.
type ProbeAnswer struct {
	Probe   *result.Probe
	Remarks []string
	shown   []probe.Shown
}

// ProbeMCP talks to an MCP server, on the command of a person.
func ProbeMCP(ctx context.Context, o ProbeOptions) (*ProbeAnswer, error) {
	lock, err := readLock(o.Lock, o.UpdateLock)
	if err != nil {
		return nil, err
	}
	out, err := probe.Run(ctx, probe.Options{
		Command: o.Command, URL: o.URL, Token: o.Token, Hosts: o.Hosts, Env: o.Env, Name: o.Name, Active: o.Active, Call: o.Call,
		Timeout: o.Timeout, Total: o.Total, Memory: o.Memory, Lock: lock, Version: Version,
	})
	if err != nil {
		return nil, err
	}
	if o.UpdateLock {
		if len(out.Probe.Incomplete) > 0 {
			return nil, &InputError{Message: o.Lock + " was left as it is: the probe is incomplete, and a lock must hold everything; " + out.Probe.Incomplete[0]}
		}
		if err := WriteAside(o.Lock, lock.With(out.Probe.Server.Name, out.Listing).Write); err != nil {
			return nil, err
		}
	}
	return &ProbeAnswer{Probe: out.Probe, Remarks: out.Remarks, shown: out.Shown}, nil
}

// Evidence is what the probe showed about controls, as a document for [Input.Evidence]: on the element of that name, on that
// day (YYYY-MM-DD).
func (a *ProbeAnswer) Evidence(on, day string) ([]byte, error) {
	entries := make([]evidence.Entry, 0, len(a.shown))
	for _, s := range a.shown {
		entries = append(entries, evidence.Entry{Control: s.Control, On: on, State: string(s.State), Date: day, By: "fermata probe mcp", Note: s.Note})
	}
	return evidence.Write(entries)
}

func readLock(name string, maybe bool) (*probe.Lock, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // nothing is compared
	}
	if _, err := os.Stat(name); maybe && errors.Is(err, fs.ErrNotExist) {
		return &probe.Lock{}, nil
	}
	file, err := readFile(name)
	if err != nil {
		return nil, &InputError{Message: err.Error()}
	}
	lock, diagnostics := probe.ReadLock(file)
	if failed := errorsOf(diagnostics); len(failed) > 0 {
		return nil, &InputError{Message: name + " has mistakes", Diagnostics: failed}
	}
	return lock, nil
}

// CheckProbeAddress refuses an address that a probe may not ask, with what to do about it.
func CheckProbeAddress(address string, hosts []string) (message, hint string) {
	var wrong *probe.AddressError
	if err := probe.CheckAddress(address, hosts); errors.As(err, &wrong) {
		return wrong.Message, wrong.Hint
	}
	return "", ""
}

// ProbeResult shows a probe as a result, for formats that know nothing of probes: the server and its tools are the
// system, and a finding is live, since it was seen to happen.
func ProbeResult(p *result.Probe) *result.Result {
	r := newResult(DefaultScheme)
	r.Tool, r.Layers, r.Rules, r.Patterns = p.Tool, []result.Layer{}, p.Checks, []result.Pattern{}
	r.Tool.Failed = len(p.Incomplete)
	server := "mcp:" + p.Server.Name
	add := func(id, name string, kind model.Kind) {
		r.System.Elements = append(r.System.Elements, &model.Element{ID: id, Kind: kind, Name: name, Layer: "L3", Scope: source.ScopeMain, Origin: model.Observed})
	}
	add(server, p.Server.Name, model.MCPServer)
	for _, t := range p.Tools {
		add(server+"/"+t.Name, t.Name, model.Tool)
	}
	for i := range p.Findings {
		f := &p.Findings[i]
		on := server
		if f.Tool != "" {
			on += "/" + f.Tool
		}
		r.Findings = append(r.Findings, result.Finding{
			ID: f.ID, Rule: f.Check, Title: f.Title, Message: ProbeWords(p, f), Status: result.Live, Severity: f.Severity, Layers: f.Layers, Maps: f.Maps,
			Elements: []string{on}, Flows: []string{}, Evidence: []model.Evidence{}, Requires: []string{}, Grants: []string{}, Controls: []result.Control{},
		})
	}
	for _, text := range p.Incomplete {
		r.Diagnostics = append(r.Diagnostics, result.Diagnostic{Severity: string(source.Warning), Code: "probe-incomplete", Message: text})
	}
	return r
}

// ProbeWords is a finding of a probe in one sentence.
func ProbeWords(p *result.Probe, f *result.ProbeFinding) string {
	about := p.Server.Name
	if f.Tool != "" {
		about += ", " + f.Tool
	}
	return f.Title + " (" + about + "): " + f.Message
}

// explainCheck answers about a check of the probe; nil when the query is none.
func explainCheck(query string) []Explanation {
	if !strings.HasPrefix(query, probeQuery) {
		return nil
	}
	for _, c := range probe.About() {
		if c.ID == query {
			x := Explanation{Kind: "check", ID: c.ID, Title: c.Title}
			x.section("What it is", []string{c.Doc}, nil)
			x.section("What to do", []string{c.Prefer}, nil)
			var items []string
			for _, framework := range []string{"owasp-mcp", "owasp-agentic", "cwe"} {
				for _, id := range c.Maps[framework] {
					items = append(items, framework+" "+id)
				}
			}
			x.section("In other frameworks", nil, items)
			return []Explanation{x}
		}
	}
	return nil
}

// checkNames are the ids of the probe's checks.
func checkNames() []string {
	var names []string
	for _, c := range probe.About() {
		names = append(names, c.ID)
	}
	return names
}

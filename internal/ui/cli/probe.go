package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

// probeFormats are those of a probe.
var probeFormats = []string{"text", "markdown", "json", "sarif"}

// probing is what the flags of probe mcp say.
type probing struct {
	pipeline.ProbeOptions
	memory           int
	failOn, save, on string
	asOf, tokenEnv   string
	format, output   string
}

func (a *app) probe() *cobra.Command {
	cmd := &cobra.Command{
		Use: "probe", Short: "talk to a running server and say what it should not do", Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.probeMCP())
	return cmd
}

func (a *app) probeMCP() *cobra.Command {
	var o probing
	cmd := &cobra.Command{
		Use:   "mcp -- COMMAND…",
		Short: "probe an MCP server that it starts, or one that runs at --url",
		Long: `Probe mcp starts the server that COMMAND names, or asks the one at --url, lists its
tools, prompts and resources, and checks what it says: hidden characters, orders to
the model, annotations that contradict, schemas without bounds, what differs from
the lock file; over HTTP also who is let in.

With --active it calls tools with input made from their schemas. A tool that may
change something is called only when --call names it.

This is the one command that runs what it is given. The server gets a folder of its
own ({work} in COMMAND stands for it), a bare environment, and limits on time and
memory; what was started is killed. It is no sandbox: probe a server that you do not
trust in a container. docs/probe.md says what a probe can show and what it cannot.`,
		Example: `  fermata probe mcp -- npx -y @modelcontextprotocol/server-everything
  fermata probe mcp --lock fermata.lock.yaml -- node server.js
  fermata probe mcp --active --fail-on high -- mcp-server-filesystem '{work}'
  fermata probe mcp --url http://127.0.0.1:3001/mcp -o probe.sarif`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd, args); err != nil {
				return err
			}
			form, err := formatFor(o.format, o.output, probeFormats)
			if err != nil {
				return err
			}
			o.Command, o.Memory = args, int64(o.memory)<<20
			answer, err := pipeline.ProbeMCP(cmd.Context(), o.ProbeOptions)
			if err != nil {
				return err
			}
			p := answer.Probe
			if !a.shared.quiet {
				for _, text := range answer.Remarks {
					fmt.Fprintf(a.err, "fermata: %s\n", clean(text))
				}
			}
			err = a.document(o.output, func(w io.Writer) error {
				switch form {
				case "json":
					return writeJSON(w, p)
				case "sarif":
					f, err := formatNamed("sarif")
					if err != nil {
						return err
					}
					return f.Write(w, pipeline.ProbeResult(p), report.Options{})
				case "markdown":
					return probeMarkdown(w, p)
				}
				a.probeText(a.pageOn(w, o.output), p)
				return nil
			})
			if err != nil {
				return err
			}
			if o.UpdateLock && !a.shared.quiet {
				fmt.Fprintf(a.err, "fermata: wrote %s\n", o.Lock)
			}
			if o.save != "" {
				if err := a.saveShown(answer, &o); err != nil {
					return err
				}
			}
			a.judgeProbe(p, o.failOn)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.URL, "url", "", "the `ADDRESS` of a server over HTTP; with COMMAND, that is started first")
	f.StringArrayVar(&o.Hosts, "allow-host", nil, "a `HOST` that --url may name although it is not this machine (may be repeated)")
	f.StringVar(&o.tokenEnv, "token-env", "", "with --url, send what the environment variable `NAME` holds as a bearer token; it is told nowhere")
	f.StringArrayVar(&o.Env, "env", nil, "pass the environment variable `NAME` to the server (may be repeated)")
	f.StringVar(&o.Name, "name", "", "the server's `NAME` in the lock file; made from COMMAND or the address if not given")
	f.StringVar(&o.Lock, "lock", "", "compare with the approved tools in a `FILE`")
	f.BoolVar(&o.UpdateLock, "update-lock", false, "write what the server lists into the lock file: "+pipeline.LockFile+", or that of --lock")
	f.BoolVar(&o.Active, "active", false, "call tools that only read, with input made from their schemas")
	f.StringArrayVar(&o.Call, "call", nil, "with --active, call this `TOOL` although it may change something (may be repeated)")
	f.DurationVar(&o.Timeout, "timeout", 5*time.Second, "how long to wait for one answer (`TIME`)")
	f.DurationVar(&o.Total, "total", 2*time.Minute, "how long the probe may take (`TIME`)")
	f.IntVar(&o.memory, "memory", 1024, "how much memory the server may hold, in `MB`")
	f.StringVar(&o.failOn, "fail-on", "", "exit with 3 when there is a finding at or above a `SEVERITY`: "+strings.Join(result.Severities, ", "))
	f.StringVar(&o.save, "save", "", "write what was shown about controls to a `FILE`, for scan --evidence")
	f.StringVar(&o.on, "on", "", "the `ELEMENT` of a scan that --save speaks about; the server's name if not given")
	f.StringVar(&o.asOf, "as-of", "", "the `DAY` (YYYY-MM-DD) that --save writes; today if not given")
	documentFlags(cmd, &o.format, &o.output, probeFormats)
	completes(cmd, "fail-on", result.Severities...)
	a.terminal(cmd)
	return cmd
}

// check refuses flags that contradict each other or say nothing.
func (o *probing) check(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0 && o.URL == "":
		return &usageError{message: "probe mcp needs the command that starts a server, behind --, or --url", hint: "fermata probe mcp -- npx -y @modelcontextprotocol/server-everything"}
	case len(args) > 0 && cmd.ArgsLenAtDash() != 0:
		return &usageError{message: fmt.Sprintf("the command of the server belongs behind --, and %q stands before it", args[0]), hint: "fermata probe mcp -- " + strings.Join(args, " ")}
	case len(o.Call) > 0 && !o.Active:
		return usage("--call: tools are called only with --active")
	case o.tokenEnv != "" && o.URL == "":
		return usage("--token-env: there is no --url to send a token to")
	case o.tokenEnv != "" && os.Getenv(o.tokenEnv) == "":
		return &usageError{message: "--token-env: the environment has no variable of that name, or it is empty", hint: "give the name of a variable, not the token: export TOKEN=… and --token-env TOKEN"}
	case len(o.Hosts) > 0 && o.URL == "":
		return usage("--allow-host: there is no --url")
	case o.Timeout < 100*time.Millisecond || o.Total < o.Timeout:
		return usage("--timeout and --total: one answer needs at least 100ms, and everything at least as long as one answer")
	case o.memory < 16:
		return usage("--memory: no server runs with less than 16 MB")
	case o.on != "" && o.save == "":
		return usage("--on: it is for --save, which is not there")
	}
	if o.failOn != "" {
		if err := oneOf("--fail-on", "severity", o.failOn, result.Severities); err != nil {
			return err
		}
	}
	if o.URL != "" {
		if message, hint := pipeline.CheckProbeAddress(o.URL, o.Hosts); message != "" {
			return &usageError{message: "--url: " + message, hint: hint}
		}
	}
	for _, name := range o.Env {
		if name == "" || strings.Contains(name, "=") {
			return &usageError{message: fmt.Sprintf("--env: %q is no name of a variable", name), hint: "set it before the command: NAME=value fermata probe mcp --env NAME …"}
		}
	}
	if o.asOf != "" {
		if _, err := time.Parse(time.DateOnly, o.asOf); err != nil {
			return usage("--as-of: %q is not a day; write it as 2027-01-31", o.asOf)
		}
	}
	if o.UpdateLock && o.Lock == "" {
		o.Lock = pipeline.LockFile
	}
	if o.tokenEnv != "" {
		if strings.HasPrefix(o.URL, "http:") && len(o.Hosts) > 0 {
			return &usageError{message: "--token-env: a token is not sent over http to another machine", hint: "give an address that begins with https"}
		}
		o.Token = os.Getenv(o.tokenEnv)
	}
	return nil
}

// judgeProbe sets the exit code: what could not be looked at wins over what was found.
func (a *app) judgeProbe(p *result.Probe, failOn string) {
	if failOn != "" {
		n := 0
		for i := range p.Findings {
			if report.Rank(p.Findings[i].Severity) <= report.Rank(failOn) {
				n++
			}
		}
		if n > 0 {
			a.code = exitFindings
			if !a.shared.quiet {
				fmt.Fprintf(a.err, "fermata: %s at or above %s\n", report.Plural(n, "finding", "findings"), failOn)
			}
		}
	}
	if len(p.Incomplete) > 0 {
		a.code = exitIncomplete
		for _, text := range p.Incomplete {
			a.say("warning", text)
		}
	}
	if p.Stopped != nil && p.Stopped.Left > 0 {
		a.code = exitIncomplete
		a.say("warning", report.Plural(p.Stopped.Left, "program that the server started", "programs that the server started")+" could not be killed")
	}
}

func (a *app) saveShown(answer *pipeline.ProbeAnswer, o *probing) error {
	on, day := o.on, o.asOf
	if on == "" {
		on = answer.Probe.Server.Name
	}
	if day == "" {
		day = time.Now().UTC().Format(time.DateOnly)
	}
	content, err := answer.Evidence(on, day)
	if err != nil {
		return err
	}
	return a.document(o.save, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// offered is "3 tools, 1 prompt and 2 resources".
func offered(p *result.Probe) string {
	return fmt.Sprintf("%s, %s and %s", report.Plural(len(p.Tools), "tool", "tools"), report.Plural(len(p.Prompts), "prompt", "prompts"), report.Plural(len(p.Resources), "resource", "resources"))
}

// called says which tools were called and which were not.
func called(p *result.Probe) string {
	if !p.Active {
		return "no tool was called; --active calls those that only read"
	}
	var yes int
	var not []string
	for _, t := range p.Tools {
		if t.Calls > 0 {
			yes++
		} else {
			not = append(not, t.Name)
		}
	}
	out := report.Plural(yes, "tool was", "tools were") + " called"
	if len(not) > 0 {
		out += "; not called, because they may change something: " + strings.Join(not, ", ")
	}
	return out
}

func (a *app) probeText(page *page, p *result.Probe) {
	page.line("%s", page.bold(p.Server.Name))
	page.wrap("  ", fmt.Sprintf("says it is %s %s, MCP %s over %s, with %s", p.Server.Calls, p.Server.Version, p.Server.Protocol, p.Server.Transport, offered(p)))
	page.wrap("  ", called(p))
	if s := p.Stopped; s != nil && s.Left == 0 {
		page.wrap("  ", "what was started is gone"+map[bool]string{false: ", as far as its process group tells"}[s.Traced])
	}
	for i := range p.Findings {
		f := &p.Findings[i]
		page.line("")
		page.line("%s  %s", page.bold(strings.ToUpper(f.Severity)), f.Title)
		on := p.Server.Name
		if f.Tool != "" {
			on = f.Tool
		}
		page.wrap("  ", on+": "+f.Message+times(f.Count))
		for _, e := range f.Exchanges[:min(1, len(f.Exchanges))] {
			page.wrap("  > ", e.Request)
			page.wrap("  < ", e.Response)
		}
		page.line("  fermata explain %s", f.Check)
	}
	page.line("")
	if len(p.Findings) == 0 {
		page.wrap("", "Nothing was found. That is no proof: a probe shows what went wrong and not that nothing can.")
		return
	}
	page.line("%s", tally(p))
}

func times(n int) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf(" (%d times)", n)
}

func tally(p *result.Probe) string {
	var parts []string
	for _, severity := range result.Severities {
		n := 0
		for i := range p.Findings {
			if p.Findings[i].Severity == severity {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, severity))
		}
	}
	return report.Plural(len(p.Findings), "finding", "findings") + ": " + strings.Join(parts, ", ")
}

// probeMarkdown writes a probe as a page. What a server said stands in code blocks that it cannot end.
func probeMarkdown(w io.Writer, p *result.Probe) error {
	var b strings.Builder
	code := report.MarkdownCode
	fmt.Fprintf(&b, "# Probe of %s\n\nIt says it is %s %s, MCP %s over %s, with %s. %s.\n", code(p.Server.Name), code(p.Server.Calls), code(p.Server.Version), code(p.Server.Protocol), p.Server.Transport, offered(p), report.Capital(report.Markdown(called(p))))
	for _, text := range p.Incomplete {
		fmt.Fprintf(&b, "\nIncomplete: %s.\n", report.Markdown(text))
	}
	if len(p.Findings) == 0 {
		b.WriteString("\nNothing was found. That is no proof: a probe shows what went wrong and not that nothing can.\n")
	}
	for i := range p.Findings {
		f := &p.Findings[i]
		about := code(p.Server.Name)
		if f.Tool != "" {
			about = code(f.Tool)
		}
		fmt.Fprintf(&b, "\n## %s: %s\n\n%s: %s%s.\n", report.Capital(f.Severity), f.Title, about, report.Markdown(f.Message), times(f.Count))
		var names []string
		for _, framework := range []string{"owasp-mcp", "owasp-agentic", "cwe"} {
			names = append(names, f.Maps[framework]...)
		}
		fmt.Fprintf(&b, "Layers %s; %s. `%s`\n", strings.Join(f.Layers, ", "), strings.Join(names, ", "), f.Check)
		for _, e := range f.Exchanges {
			fmt.Fprintf(&b, "\n    > %s\n    < %s\n", indented(e.Request), indented(e.Response))
		}
		if at := slices.IndexFunc(p.Checks, func(c result.Rule) bool { return c.ID == f.Check }); at >= 0 {
			fmt.Fprintf(&b, "\n%s\n\n%s\n", p.Checks[at].Doc, p.Checks[at].Prefer)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func indented(text string) string {
	return strings.ReplaceAll(report.Plain(text), "\n", "\n      ")
}

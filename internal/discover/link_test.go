package discover

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"fermata/internal/model"
	"fermata/internal/source"
)

// TestLinkOrder holds that what linking gives does not depend on the order of fragments: what a file defines, what
// others add, what a factory's stand-in gives way to.
func TestLinkOrder(t *testing.T) {
	var fragments []fragment
	for i := range 6 {
		path := fmt.Sprintf("f%d.py", i)
		file := source.NewFile(path, []byte("a = 1\nb = 2\nc = 3\n"))
		p := &Pass{extractor: &Extractor{Name: "x"}, file: file, fragment: fragment{extractor: "x", path: path}}
		at := file.Span(i%5, i%5+1)
		own := Local(path, "thing")
		shared := Named(model.Model, "gpt")
		p.Element(model.Agent, own, fmt.Sprintf("agent %d", i), at).Fact("autonomous", []string{model.Yes, model.No}[i%2], at)
		p.Element(model.Model, shared, "gpt", at).Fact("pinned", []string{model.Yes, model.No}[i%2], at).Alias(fmt.Sprintf("alias%d", i))
		p.Flow(model.PromptFlow, own, shared, at).Label(fmt.Sprintf("label %d", i))
		p.Flow(model.Handoff, own, Local(fmt.Sprintf("f%d.py", (i+1)%6), "thing"), at)
		p.Flow(model.Handoff, own, Local("nowhere.py", "thing"), at)
		made := InstanceOf(Ref{key: fmt.Sprintf("made%d", i/2), path: path, symbol: "made"}, Ref{key: "stand-in"})
		p.Element(model.Tool, made, fmt.Sprintf("made %d", i/2), at).Effect("exec", model.Yes, "", at)
		done := p.Subject(Ref{key: "stand-in"})
		p.Element(model.Tool, Ref{key: "stand-in", path: "f0.py", symbol: "stand"}, "stand-in", at)
		p.Unresolved("a thing of the stand-in", "nobody knows", at)
		done()
		p.Flow(model.ToolCall, own, Ref{key: "stand-in"}, at)
		p.Control("human-approval", FlowRef(model.ToolCall, own, made), Ref{}, model.Evidenced, at)
		p.Control("timeout", made, own, model.Evidenced, at)
		fragments = append(fragments, p.fragment)
	}
	first := ""
	for round := range 20 {
		mixed := append([]fragment(nil), fragments...)
		rand.New(rand.NewPCG(1, uint64(round))).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		l := link(mixed, nil)
		text := ""
		for _, e := range l.system.Elements {
			text += fmt.Sprintf("%+v\n", *e)
			if e.Name == "stand-in" {
				t.Error("the stand-in is still there")
			}
		}
		for _, f := range l.system.Flows {
			text += fmt.Sprintf("%+v\n", *f)
		}
		text += fmt.Sprintf("%+v\n%+v\n", l.system.Controls, l.gaps)
		if len(l.system.Elements) != 6+1+3 || len(l.gaps) != 6 {
			t.Fatalf("%d elements, %d gaps:\n%s", len(l.system.Elements), len(l.gaps), text)
		}
		if round == 0 {
			first = text
		} else if text != first {
			t.Fatalf("another order gives another answer:\n%s\n%s", first, text)
		}
	}
}

func TestLaunch(t *testing.T) {
	cases := []struct {
		command string
		args    []string
		want    string
	}{
		{"npx", []string{"-y", "@scope/server@1.2.3", "/data"}, "@scope/server 1.2.3 true false"},
		{"npx", []string{"-y", "@scope/server"}, "@scope/server  true false"},
		{"npx", []string{"--package", "thing@latest", "cmd"}, "thing latest true false"},
		{"cmd", []string{"/c", "npx", "-y", "mcp-remote", "https://x"}, "mcp-remote  true false"},
		{"uvx", []string{"--from", "pkg==0.3.0", "tool"}, "pkg 0.3.0 true false"},
		{"uvx", []string{"mcp-server-git@1.0.1"}, "mcp-server-git 1.0.1 true false"},
		{"uv", []string{"run", "--directory", "/srv", "server.py"}, "server.py  false true"},
		{"uv", []string{"--directory", "./srv", "run", "main"}, "./srv  false true"},
		{"/usr/bin/python3", []string{"server.py"}, "server.py  false true"},
		{"python", []string{"-m", "my.server"}, "my.server  false false"},
		{"docker", []string{"run", "-i", "--rm", "-e", "KEY", "ghcr.io/x/server:1.4.0"}, "ghcr.io/x/server 1.4.0 true false"},
		{"docker", []string{"run", "img@sha256:0123456789abcdef0123"}, "img sha256:0123456789abcdef0123 true false"},
		{"docker", []string{"run", "reg:5000/img:1.2@sha256:0123456789abcdef0123"}, "reg:5000/img sha256:0123456789abcdef0123 true false"},
		{"node", []string{"--inspect", "dist/index.js"}, "dist/index.js  false true"},
		{"./bin/server", nil, "./bin/server  false true"},
		{"my-server", nil, "my-server  false false"},
		{"npx", nil, "npx  false false"},
		{"docker", []string{"run", "-e"}, "docker  false false"},
	}
	for _, c := range cases {
		l := parseLaunch(c.command, c.args)
		if got := fmt.Sprint(l.name, " ", l.version, " ", l.fetched, " ", l.local); got != c.want {
			t.Errorf("%s %v: got %q, want %q", c.command, c.args, got, c.want)
		}
	}
}

func TestLeadsTo(t *testing.T) {
	cases := []struct {
		command string
		args    []string
		want    string
	}{
		{"npx", []string{"-y", "mcp-remote@1.2.3", "https://good.example/mcp"}, "mcp-remote https://good.example/mcp"},
		{"cmd", []string{"/c", "npx", "-y", "files@latest", "/"}, "/c npx files /"},
		{"uvx", []string{"--from", "git+ssh://git@good.example/x", "x"}, "--from git+ssh://git@good.example/x x"},
		{"uvx", []string{"--with", "extra==1.0", "tool==2.0"}, "--with extra tool"},
		{"uvx", []string{"pkg@git+https://evil.example/x"}, "pkg@git+https://evil.example/x"},
		{"npx", []string{"files@npm:other@1.0.0"}, "files@npm:other"},
		{"docker", []string{"run", "-e", "API_KEY=abc", "img:1.0"}, "run -e API_KEY=abc img"},
		{"mcp-proxy", []string{"https://good.example/sse"}, "https://good.example/sse"},
		{"mcp-proxy", []string{"http://localhost:8000/sse"}, ""},
		{"node", []string{"server.js", "/data"}, ""},
	}
	for _, c := range cases {
		if got := parseLaunch(c.command, c.args).leadsTo(c.args); got != c.want {
			t.Errorf("%s %v: got %q, want %q", c.command, c.args, got, c.want)
		}
	}
	for url, want := range map[string]string{
		"https://Good.example/v1/mcp":                            "https://good.example",
		"https://a.example/@good/files/mcp?key=abc":              "https://a.example/@good/files",
		"https://user:word@a.example/s/0a1b2c3d4e5f6a7b8c9d0e/x": "https://a.example/s/[redacted]/x",
		"http://a.example":                                       "http://a.example",
	} {
		if got := addressOf(url); got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
}

func TestModelNames(t *testing.T) {
	cases := []struct{ name, bare, provider string }{
		{"gpt-4o", "gpt-4o", ""},
		{"openai/gpt-4o", "gpt-4o", "openai"},
		{"anthropic:claude-3", "claude-3", "anthropic"},
		{"litellm/anthropic/claude-3", "claude-3", "anthropic"},
		{"ollama/llama3:8b", "llama3:8b", "ollama"},
		{"meta-llama/Llama-3", "meta-llama/Llama-3", ""},
		{"openrouter/meta/llama", "meta/llama", "openrouter"},
		{"gemini/", "gemini/", "google"},
	}
	for _, c := range cases {
		if bare, provider := splitProvider(c.name); bare != c.bare || provider != c.provider {
			t.Errorf("%s: got %q %q, want %q %q", c.name, bare, provider, c.bare, c.provider)
		}
	}
	for name, want := range map[string]bool{"gpt-4o": false, "gpt-4o-2024-08-06": true, "claude-3-5-sonnet-20241022": true, "gpt-4-0613": true, "gemini-1.5-pro-002": true, "o3-mini": false} {
		if got := dated.MatchString(name); got != want {
			t.Errorf("%s: dated %v", name, got)
		}
	}
}

// TestTables holds the technology tables to the words of package model.
func TestTables(t *testing.T) {
	effects := map[string]bool{}
	for _, e := range model.Effects {
		effects[e.Name] = true
	}
	for _, table := range []map[string][]string{effectTable(), addressTable()} {
		for name, list := range table {
			for _, e := range list {
				if !effects[e] {
					t.Errorf("%s has the unknown effect %q", name, e)
				}
			}
		}
	}
	if len(effectTable()) < 200 || len(addressTable()) < 30 || len(productTable()) < 40 {
		t.Errorf("%d calls and %d products: a table was not read", len(effectTable()), len(productTable()))
	}
	facts, kinds := map[string]bool{}, map[model.Kind]bool{}
	for _, f := range model.Facts {
		facts[f.Name] = true
	}
	for _, k := range model.Kinds {
		kinds[k.Kind] = true
	}
	for name, p := range productTable() {
		if p.Name == "" || !kinds[p.Kind] {
			t.Errorf("product %s: name %q, kind %q", name, p.Name, p.Kind)
		}
		for e := range p.Effects {
			if !effects[e] {
				t.Errorf("product %s: unknown effect %q", name, e)
			}
		}
		for f := range p.Facts {
			if !facts[f] {
				t.Errorf("product %s: unknown fact %q", name, f)
			}
		}
	}
}

// TestLinkCovers holds that what asks for something else gives way to it, with what is said of it; and stays where it is
// more than a question, or where nobody describes the other.
func TestLinkCovers(t *testing.T) {
	file := source.NewFile("a.py", []byte("a = 1\nb = 2\nc = 3\n"))
	at := file.Span(0, 1)
	p := &Pass{extractor: &Extractor{Name: "x"}, file: file, fragment: fragment{extractor: "x", path: "a.py"}}
	gpt := Named(model.Model, "gpt")
	p.Element(model.Model, gpt, "gpt", at)
	caller, wrapper, loop, alone, tool := Local("a.py", "caller"), Local("a.py", "wrapper"), Local("a.py", "loop"), Local("a.py", "alone"), Local("a.py", "tool")
	p.Element(model.Agent, caller, "caller", at).OneQuestion(at)
	p.Element(model.Agent, wrapper, "wrapper", at).OneQuestion(at)
	p.Element(model.Agent, loop, "loop", at)
	p.Element(model.Agent, alone, "alone", at).OneQuestion(at)
	p.Element(model.Agent, tool, "tool", at).OneQuestion(at)
	p.Element(model.Tool, tool, "tool", at)
	p.Flow(model.PromptFlow, wrapper, gpt, at)
	p.Flow(model.PromptFlow, tool, gpt, at)
	p.Flow(model.PromptFlow, caller, gpt, at)
	p.Flow(model.Delegation, loop, wrapper, at)
	p.Covers(caller, wrapper)
	p.Covers(caller, loop)
	p.Covers(Local("a.py", "nobody"), alone)
	l := link([]fragment{p.fragment}, nil)
	text := ""
	for _, e := range l.system.Elements {
		text += fmt.Sprintf("%s %s\n", e.Kind, e.Name)
	}
	for _, f := range l.system.Flows {
		text += fmt.Sprintf("%s %s -> %s\n", f.Kind, f.From, f.To)
	}
	want := "agent alone\nagent caller\nagent loop\ntool tool\nmodel gpt\nprompt a.py:caller -> model:gpt\n"
	if text != want || len(l.gaps) != 0 {
		t.Errorf("got\n%swant\n%s%v", text, want, l.gaps)
	}
}

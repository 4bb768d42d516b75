package discover_test

import (
	"fmt"
	"strings"
	"testing"

	"fermata/internal/discover"
	"fermata/internal/source"
)

// covering is an extractor that models what it imports.
func covering(imports ...string) *discover.Extractor {
	return &discover.Extractor{
		Name: "covering", Doc: "A framework for tests.", Match: discover.SourceCode, Imports: imports,
		Run: func(*discover.Pass) error { return nil },
	}
}

func unsupportedOf(out *discover.Outcome) string {
	var lines []string
	for _, u := range out.Unsupported {
		lines = append(lines, fmt.Sprintf("%s %s:%d:%d x%d", u.Name, u.Evidence.File, u.Evidence.Line, u.Evidence.Col, u.Files))
	}
	return strings.Join(lines, "\n")
}

// TestUnsupported: frameworks of any language are listed by name, by import where there is one and by manifest where
// there is none, and never when an extractor models them.
func TestUnsupported(t *testing.T) {
	archive := `
-- api/Program.cs --
// using ModelContextProtocol;
using System;
using Microsoft.SemanticKernel.ChatCompletion;
using SemanticKernelish;
-- api/Other.cs --
global using static Microsoft.SemanticKernel.Kernel;
-- api/api.csproj --
<Project><ItemGroup>
  <PackageReference Include="Microsoft.SemanticKernel" Version="1.4.0" />
  <PackageReference Include="ModelContextProtocol" Version="0.3.0-preview" />
  <PackageReference Include="ModelContextProtocolNot" Version="0.3.0-preview" />
</ItemGroup></Project>
-- jvm/Main.kt --
import ai.koog.agents.core.agent.AIAgent
import ai.koogle.Nothing
-- jvm/pom.xml --
<dependency><groupId>dev.langchain4j</groupId><artifactId>langchain4j</artifactId></dependency>
-- native/main.rs --
use rig::providers::openai;
use rigid::body;
-- native/Cargo.toml --
[package]
name = "swarms-rs"
[dependencies]
rmcp = { version = "0.2" }
-- web/Gemfile --
gem "ruby_llm"
-- web/app.rb --
require "mcp"
-- php/composer.json --
{"require": {"php": ">=8", "inspector-apm/neuron-ai": "^2"}}
-- el/mix.exs --
defp deps, do: [{:langchain, "~> 0.3"}]
-- go/main.go --
package main

import (
	"fmt"
	sw "github.com/prathyushnallamothu/swarmgo"
)
-- go/go.mod --
module x
require (
	github.com/teilomillet/gollm v0.1.9
)
-- py/requirements-dev.txt --
# langroid
langroid[all]>=0.1
letta_client==1.0
crewai
not-marvin==1
-- py/pyproject.toml --
[project]
name = "griptape"
keywords = ["marvin"]
dependencies = [
  "Agency_Swarm>=1", "requests",
  "burr[start]",
]
-- py/app.py --
import letta
-- ts/package.json --
{"name": "mastra", "keywords": ["ai"], "dependencies": {"@voltagent/core": "^1.0.0", "aim": "1"}}
`
	out := scan(t, archive, covering("crewai", "mcp"))
	want := `Agency Swarm py/pyproject.toml:5:4 x1
Burr py/pyproject.toml:6:4 x1
Koog jvm/Main.kt:1:8 x1
LangChain (Elixir) el/mix.exs:1:19 x1
LangChain4j jvm/pom.xml:1:22 x1
Langroid py/requirements-dev.txt:2:1 x1
Letta py/app.py:1:8 x1
MCP SDK (C#) api/api.csproj:3:30 x1
MCP SDK (Ruby) web/app.rb:1:10 x1
Neuron AI php/composer.json:1:29 x1
Rig native/main.rs:1:5 x1
RubyLLM web/Gemfile:1:6 x1
Semantic Kernel (C#) api/Other.cs:1:21 x2
VoltAgent ts/package.json:1:58 x1
gollm go/go.mod:3:2 x1
rmcp native/Cargo.toml:4:1 x1
swarmgo go/main.go:5:6 x1`
	if got := unsupportedOf(out); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if sum := out.Parsed + out.Passed + len(out.Skipped); sum != out.Seen || out.Passed != 17 {
		t.Errorf("the ledger does not add up: seen %d, parsed %d, passed %d, skipped %d", out.Seen, out.Parsed, out.Passed, len(out.Skipped))
	}
}

// TestUnsupportedCovered: an extractor for one module of a framework models the framework.
func TestUnsupportedCovered(t *testing.T) {
	archive := `
-- a.py --
from google.adk import runners
import swarms.agents
-- requirements.txt --
google-adk==1.0
swarms
`
	if got, want := unsupportedOf(scan(t, archive, covering("google.adk.agents", "swarms"))), ""; got != want {
		t.Errorf("got %s, want nothing", got)
	}
	if got, want := unsupportedOf(scan(t, archive)), "Google ADK a.py:1:6 x1\nSwarms a.py:2:8 x1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestUnsupportedBounds: what stands behind the searched part of a file costs nothing and says nothing.
func TestUnsupportedBounds(t *testing.T) {
	long := "import a.b.C;\n" + strings.Repeat("// dev.langchain4j is not imported here, this only says so\n", 6000) + "import dev.langchain4j.Late;\n"
	if got := unsupportedOf(scan(t, "-- A.java --\n"+long)); got != "" {
		t.Errorf("got %s", got)
	}
	if got := unsupportedOf(scan(t, "-- A.java --\n"+strings.Repeat("x", 1<<20)+"\n")); got != "" {
		t.Errorf("got %s", got)
	}
}

func FuzzUnsupported(f *testing.F) {
	f.Add("use rig::x;", "Cargo.toml")
	f.Add("gem \"mcp\"", "Gemfile")
	f.Add("import dev.langchain4j.A", "A.kt")
	f.Add("letta_client[x] ; y\xff\xc4\xb0", "requirements.txt")
	f.Fuzz(func(t *testing.T, text, name string) {
		if strings.ContainsAny(name, "/\\\x00") || name == "" || len(name) > 40 || strings.Trim(name, ".") == "" {
			return
		}
		_ = source.Redact(text)
		out := scan(t, "-- "+strings.TrimSpace(strings.ReplaceAll(name, "\n", ""))+" --\n"+text)
		if out.Parsed+out.Passed+len(out.Skipped) != out.Seen {
			t.Errorf("the ledger does not add up: %+v", out)
		}
	})
}

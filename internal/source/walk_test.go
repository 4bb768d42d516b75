package source

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestIgnore(t *testing.T) {
	cases := []struct {
		lines, path string
		folder      bool
		want        bool
	}{
		{"*.log", "a.log", false, true},
		{"*.log", "x/y/a.log", false, true},
		{"*.log\n!keep.log", "keep.log", false, false},
		{"!keep.log\n*.log", "keep.log", false, true},
		{"/a.txt", "a.txt", false, true},
		{"/a.txt", "x/a.txt", false, false},
		{"x/a.txt", "x/a.txt", false, true},
		{"x/a.txt", "y/x/a.txt", false, false},
		{"build/", "build", true, true},
		{"build/", "build", false, false},
		{"build/", "x/build", true, true},
		{"**/foo", "foo", false, true},
		{"**/foo", "a/b/foo", false, true},
		{"**/foo/bar", "a/foo/bar", false, true},
		{"a/**", "a", true, false},
		{"a/**", "a/b/c", false, true},
		{"a/**/b", "a/b", false, true},
		{"a/**/b", "a/x/y/b", false, true},
		{"a/**/b", "x/a/b", false, false},
		{"a/**/b/**/c", "a/1/b/2/3/c", false, true},
		{"a/**/b/**/c", "a/1/2/3/c", false, false},
		{"a/*/b", "a/x/b", false, true},
		{"a/*/b", "a/x/y/b", false, false},
		{"foo*", "foobar", false, true},
		{"f*o*r", "foobar", false, true},
		{"f?o", "fxo", false, true},
		{"f?o", "f/o", false, false},
		{"[a-c]x", "bx", false, true},
		{"[!a-c]x", "bx", false, false},
		{"[^a-c]x", "dx", false, true},
		{"[]x]", "]", false, true},
		{"[[:digit:]]*", "7up", false, true},
		{"[[:digit:]]*", "up", false, false},
		{`\#x`, "#x", false, true},
		{"#x", "#x", false, false},
		{`\!x`, "!x", false, true},
		{"x  ", "x", false, true},
		{`x\ `, "x ", false, true},
		{"x\r\ny\r\n", "x", false, true},
		{"[open", "[open", false, false},
		{"\ufeff*.log", "a.log", false, true},
		{"/**", "a", false, true},
		{"**", "a/b", false, true},
		{"/", "a", true, false},
		{"doc/frotz/", "doc/frotz", true, true},
		{"doc/frotz/", "a/doc/frotz", true, false},
		{"*/x", "a/x", false, true},
		{"*/x", "x", false, false},
		{"a**b", "axxb", false, true},
	}
	for _, c := range cases {
		patterns, _ := parseIgnore([]byte(c.lines))
		if got := ignored([]ignoreFile{{patterns: patterns}}, c.path, c.folder); got != c.want {
			t.Errorf("%q about %q (folder %v): %v, want %v", c.lines, c.path, c.folder, got, c.want)
		}
	}
}

func TestIgnoreNested(t *testing.T) {
	outer, _ := parseIgnore([]byte("*.txt\n/only\n"))
	inner, _ := parseIgnore([]byte("!keep.txt\n/only\n"))
	rules := []ignoreFile{{patterns: outer}, {dir: "a/b", patterns: inner}}
	for path, want := range map[string]bool{
		"x.txt": true, "a/b/x.txt": true, "a/b/keep.txt": false, "a/b/only": true, "only": true, "a/b/c/only": false,
	} {
		if got := ignored(rules[:1+strings.Count(path, "a/b/")], path, false); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func TestGlobs(t *testing.T) {
	for _, c := range []struct {
		glob, path string
		want       bool
	}{
		{"*.py", "a/b.py", true},
		{"src/**/*.{ts,tsx}", "src/a/b/c.tsx", true},
		{"src/**/*.{ts,tsx}", "src/c.ts", true},
		{"src/**/*.{ts,tsx}", "lib/c.ts", false},
		{"./src", "src/a.py", true},
		{"src/", "src/a/b.py", true},
		{"{a,b{c,d}}/x", "bd/x", true},
		{`src\a.py`, "src/a.py", true},
		{"!x", "!x", true},
	} {
		patterns, err := parseGlobs([]string{c.glob})
		if err != nil {
			t.Fatal(err)
		}
		if got := included(patterns, c.path); got != c.want {
			t.Errorf("%s about %s: %v, want %v", c.glob, c.path, got, c.want)
		}
	}
	for _, bad := range []string{"[a", "{a,b", "", strings.Repeat("{a,b}", 20)} {
		if _, err := parseGlobs([]string{bad}); err == nil {
			t.Errorf("glob %.20q was taken", bad)
		}
	}
}

func FuzzIgnore(f *testing.F) {
	f.Add("*.log\n!a/**/b\n[a-z]*\\ \n", "a/x/b.log")
	f.Add("[[:alpha:]-]**/?\n", "x")
	f.Fuzz(func(t *testing.T, lines, path string) {
		patterns, _ := parseIgnore([]byte(lines))
		rules := []ignoreFile{{patterns: patterns}}
		ignored(rules, path, false)
		ignored(rules, path, true)
		if globs, err := parseGlobs([]string{lines}); err == nil {
			included(globs, strings.Trim(path, "/"))
		}
	})
}

// TestMatchHostile holds the matcher to less than exponential time: without that this test does not end.
func TestMatchHostile(t *testing.T) {
	patterns, _ := parseIgnore([]byte(strings.Repeat("a*", 200) + "b\n" + strings.Repeat("**/a/", 200) + "b\n"))
	if ignored([]ignoreFile{{patterns: patterns}}, strings.Repeat("a", 2000), false) {
		t.Error("matched")
	}
	if ignored([]ignoreFile{{patterns: patterns}}, strings.Repeat("a/", 2000)+"a", false) {
		t.Error("matched")
	}
}

func TestScope(t *testing.T) {
	for path, want := range map[string]string{
		"agent.py": ScopeMain, "src/app/agent.py": ScopeMain, "notebooks/a.ipynb": ScopeMain,
		"tests/agent.py": ScopeTest, "app/test_agent.py": ScopeTest, "conftest.py": ScopeTest, "a/b_test.go": ScopeTest,
		"a/b.test.ts": ScopeTest, "a/b.spec.tsx": ScopeTest, "a/__tests__/b.js": ScopeTest, "fixtures/x.json": ScopeTest,
		"examples/a.py": ScopeExample, "docs/conf.py": ScopeExample, "examples/tests/a.py": ScopeTest,
		"Samples/a.py": ScopeExample, "sample_files/a.py": ScopeExample, "src/test_resources/a.ts": ScopeTest, "vendor/a/b.go": ScopeVendored, "x/node_modules/y/index.js": ScopeVendored,
		"dist/a.js": ScopeVendored, "src/build/plan.py": ScopeMain, "a.min.js": ScopeVendored, "a_pb2.py": ScopeVendored,
		"third_party/examples/a.py": ScopeVendored, "package-lock.json": ScopeVendored, "latest.py": ScopeMain,
		"scripts/testPayments.js": ScopeTest, "src/testAccount.ts": ScopeMain, "scripts/testimony.js": ScopeMain,
		"test_final_api.js": ScopeTest, "test-chat.mjs": ScopeTest, "chat_test.ts": ScopeTest, "test-questions.service.js": ScopeMain, "testimonials.tsx": ScopeMain, "contest.ts": ScopeMain,
		"scripts/smoke.py": ScopeTest, "agents/smoke_import.py": ScopeTest, "app/mail_smoke.py": ScopeTest, "e2e.mjs": ScopeTest, "run-e2e.ts": ScopeTest, "bench.py": ScopeTest, "bench_recall.py": ScopeTest,
		"src/benchmark.ts": ScopeTest, "benchmarks/agents.py": ScopeTest, "test/app.e2e-spec.ts": ScopeTest, "src/loop.bench.ts": ScopeTest, "scripts/check_access.py": ScopeTest, "scripts/verify-keys.mjs": ScopeTest,
		"tools/check_balance.py": ScopeMain, "check.py": ScopeMain, "benchmark_returns.py": ScopeMain, "smokehouse.py": ScopeMain, "workbench.py": ScopeMain, "src/bench.service.ts": ScopeMain,
		"skills/review/scripts/check_style.py": ScopeMain, "scripts/serve.py": ScopeMain, "checks/stock.py": ScopeMain,
	} {
		if got := Scope(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestFinder compares the Finder with one search for each needle, on random texts made of the needles' own letters.
func TestFinder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := func(most int) string {
		b := make([]byte, 1+random.IntN(most))
		for i := range b {
			b[i] = "abcAB_"[random.IntN(6)]
		}
		return string(b)
	}
	found := 0
	for range 3000 {
		var needles []string
		for range 1 + random.IntN(5) {
			needles = append(needles, word(12))
		}
		text := word(60)
		want := false
		for _, n := range needles {
			want = want || strings.Contains(text, n)
		}
		needle, offset := NewFinder(needles...).First([]byte(text))
		if (offset >= 0) != want {
			t.Fatalf("%q in %q: found %v, want %v", needles, text, offset >= 0, want)
		}
		if offset >= 0 {
			found++
			if !strings.HasPrefix(text[offset:], needle) {
				t.Fatalf("%q does not stand at %d of %q", needle, offset, text)
			}
		}
	}
	if found < 300 || found > 2700 {
		t.Errorf("the texts test little: %d of 3000 hold a needle", found)
	}
	if NewFinder().ContainsAny([]byte("x")) || NewFinder("").ContainsAny([]byte("x")) {
		t.Error("nothing was found")
	}
	if long := strings.Repeat("x", 1000); !NewFinder(long).ContainsAny([]byte("a" + long + "b")) {
		t.Error("a long needle was not found")
	}
}

// finderNeedles are as many and of the kind that extractors will ask for.
func finderNeedles() []string {
	needles := strings.Fields("langgraph langchain crewai autogen openai anthropic mcpServers modelcontextprotocol FastMCP llama_index " +
		"llamaindex haystack pydantic_ai smolagents semantic_kernel google.adk google.genai bedrock-agent strands agno mastra " +
		"ai-sdk generateText streamText createReactAgent AgentExecutor StateGraph ChatOpenAI litellm ollama chromadb pinecone " +
		"weaviate qdrant_client faiss elizaos dspy a2a-sdk AgentCard tool_choice function_call embeddings vectorstore")
	for _, n := range needles {
		needles = append(needles, "from "+n, "import "+n, "@"+n+"/")
	}
	return needles
}

// finderText is source without a trace of agents, as most of any repository is.
func finderText() []byte {
	return []byte(strings.Repeat(`def handle_request(self, request, *args, **kwargs):
    """Return the response for one request, or raise an error."""
    from django.http import HttpResponse
    import_path = self.settings.get("import_path", default=None)
    for item in request.items():
        if item.status != "done" and not item.is_open(key=item.name):
            self.logger.info("processing %s of %d", item.name, len(items))
            result = [convert(value) for value in item.values if value]
    return HttpResponse(status=200, content=json.dumps(result, indent=2))

`, 2000))
}

func BenchmarkFinder(b *testing.B) {
	f := NewFinder(finderNeedles()...)
	text := finderText()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if f.ContainsAny(text) {
			b.Fatal("found")
		}
	}
}

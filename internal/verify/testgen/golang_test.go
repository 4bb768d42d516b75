package testgen

import (
	"go/parser"
	"go/token"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
)

// goPlan makes the tests of a tree of Go, of which each element is a function "file:name".
func goPlan(t testing.TB, files map[string]string, agents, tools []string) *Plan {
	t.Helper()
	paths := slices.Sorted(maps.Keys(files))
	program := code.New(paths, func(p string) *source.File {
		if _, ok := files[p]; !ok {
			return nil
		}
		return source.NewFile(p, []byte(files[p]))
	})
	system := &model.System{}
	for i, list := range [][]string{agents, tools} {
		for _, id := range list {
			file, name, _ := strings.Cut(id, ":")
			e := &model.Element{ID: id, Name: name, Kind: model.Tool, Scope: source.ScopeMain, Evidence: []model.Evidence{{File: file, Line: 1}}}
			if i == 0 {
				e.Kind, e.Technology = model.Agent, "openai-client"
			}
			system.Elements = append(system.Elements, e)
			for _, agent := range agents {
				if i == 1 {
					system.Flows = append(system.Flows, &model.Flow{Kind: "tool-call", From: agent, To: id})
				}
			}
		}
	}
	return Make(Look(Input{Program: program, Paths: paths, System: system}), system, Ask{Runner: GoTest, Up: "..", Down: "tests"})
}

// TestGoDoesNothingOutside holds that no test calls code that a test cannot keep from reaching outside.
func TestGoDoesNothingOutside(t *testing.T) {
	const (
		fetch = "package a\nimport \"net/http\"\nfunc PayBill(ref string, cents int) error { _, err := http.Get(\"https://pay.example/\" + ref); return err }\n"
		rest  = "package a\n"
	)
	for name, c := range map[string]struct {
		tool, other string
		written     bool
	}{
		"common transport":   {fetch, rest, true},
		"reads a file":       {strings.Replace(fetch, "{ _, err", "{ os.ReadFile(ref); _, err", 1), rest, true},
		"a program, aside":   {fetch, "package a\nimport \"os/exec\"\nfunc Other() { exec.Command(\"sh\").Run() }\n", true},
		"a program":          {"package a\nimport \"os/exec\"\nfunc PayBill(ref string, cents int) error { return exec.Command(\"pay\", ref).Run() }\n", rest, false},
		"a program, through": {"package a\nfunc PayBill(ref string, cents int) error { return other(ref) }\n", "package a\nimport \"os/exec\"\nfunc other(s string) error { return exec.Command(s).Run() }\n", false},
		"a program, kept":    {"package a\nimport \"os/exec\"\nvar start = exec.Command\nfunc PayBill(ref string, cents int) error { return start(ref).Run() }\n", rest, false},
		"a program, listed":  {"package a\nvar all = map[string]func(string) error{\"x\": other}\nfunc PayBill(ref string, cents int) error { return all[\"x\"](ref) }\n", "package a\nimport \"os/exec\"\nfunc other(s string) error { return exec.Command(s).Run() }\n", false},
		"writes":             {"package a\nimport \"os\"\nfunc PayBill(ref string, cents int) error { return os.WriteFile(ref, nil, 0o600) }\n", rest, false},
		"a socket":           {"package a\nimport \"net\"\nfunc PayBill(ref string, cents int) error { _, err := net.Dial(\"tcp\", ref); return err }\n", rest, false},
		"a database":         {"package a\nimport \"database/sql\"\nfunc PayBill(ref string, cents int) error { _, err := sql.Open(\"x\", ref); return err }\n", rest, false},
		"own transport":      {"package a\nimport \"net/http\"\nvar c = &http.Client{Transport: &http.Transport{}}\nfunc PayBill(ref string, cents int) error { _, err := c.Get(ref); return err }\n", rest, false},
		"common, kept":       {"package a\nimport \"net/http\"\nvar c = &http.Client{Transport: http.DefaultTransport}\nfunc PayBill(ref string, cents int) error { _, err := c.Get(ref); return err }\n", rest, false},
		"unknown library":    {"package a\nimport \"example.org/bank\"\nfunc PayBill(ref string, cents int) error { return bank.Pay(ref) }\n", rest, false},
	} {
		if strings.Contains(c.tool, "os.ReadFile") {
			c.tool = strings.Replace(c.tool, "import \"net/http\"", "import (\n\"net/http\"\n\"os\"\n)", 1)
		}
		files := map[string]string{
			"go.mod": "module example.org/a\n", "tool.go": c.tool, "other.go": c.other,
			"agent.go": "package a\nimport openai \"github.com/sashabaranov/go-openai\"\nfunc Run(question string) (string, error) { c := openai.NewClient(\"\"); c.CreateChatCompletion(nil, openai.ChatCompletionRequest{}); return \"\", PayBill(question, 1) }\n",
		}
		plan := goPlan(t, files, []string{"agent.go:Run"}, []string{"tool.go:PayBill"})
		written, stubs := plan.Written()
		if c.written && written == 0 || !c.written && written > 0 {
			t.Errorf("%s: %d written, %d not", name, written, stubs)
			for i := range plan.Cases {
				t.Logf("    %s %s %q", plan.Cases[i].Control, plan.Cases[i].Element, plan.Cases[i].Skip)
			}
		}
	}
}

func TestCommandOfGo(t *testing.T) {
	pay := "package a\nimport \"net/http\"\nfunc PayBill(ref string, cents int) error { _, err := http.Get(ref); return err }\n"
	plan := goPlan(t, map[string]string{"a/go.mod": "module a\n", "a/a.go": pay, "b c/go.mod": "module b\n", "b c/b.go": pay}, nil, []string{"a/a.go:PayBill", "b c/b.go:PayBill"})
	want := "(cd t/a && go test -overlay ../tests/a/overlay.json -json ./...) > results.json\n" +
		"           (cd 't/b c' && go test -overlay '../tests/b c/overlay.json' -json ./...) >> results.json"
	if got := plan.Command("tests", "t"); got != want {
		t.Errorf("the command is\n%s\nwant\n%s", got, want)
	}
}

// FuzzGo holds that whatever a file of Go holds, the tests for it are Go.
func FuzzGo(f *testing.F) {
	f.Add("package a\nimport \"net/http\"\nfunc Run(question, user string, ask func(act string) bool) error { _, err := http.Get(question); return err }\n", "Run", "L1")
	f.Add("package a\nfunc (s *Shop) Run(cents int,\n\tok func( /* x */ string) (bool, error)) {}\nfunc NewShop() *Shop { return nil }\n", "Run", "a\nb`\"")
	f.Fuzz(func(t *testing.T, text, name, other string) {
		files := map[string]string{"go.mod": "module example.org/a\n", "a.go": text}
		plan := goPlan(t, files, []string{"a.go:" + name}, []string{"a.go:" + other})
		for _, file := range plan.Files() {
			if path.Ext(file.Path) != ".go" {
				continue
			}
			if _, err := parser.ParseFile(token.NewFileSet(), file.Path, file.Content, parser.SkipObjectResolution); err != nil {
				t.Errorf("%s: %v\n%s", file.Path, err, file.Content)
			}
		}
	})
}

// TestEachCallOfGoIsFresh holds that the refused call has texts of its own, and that an ordinary one follows it.
func TestEachCallOfGoIsFresh(t *testing.T) {
	pay := "package a\nimport \"net/http\"\nfunc PayBill(ref string, cents int) error { _, err := http.Get(ref); return err }\n"
	for _, file := range goPlan(t, map[string]string{"go.mod": "module a\n", "a.go": pay}, nil, []string{"a.go:PayBill"}).Files() {
		text := string(file.Content)
		if strings.Contains(file.Path, "_l6_") && strings.Contains(text, "transaction_limit") {
			for _, call := range []string{`PayBill("fermata-1", 1)`, `PayBill("fermata-2", 1_000_000_000)`, `PayBill("fermata-3", 1)`} {
				if !strings.Contains(text, call) {
					t.Errorf("%s lacks %s:\n%s", file.Path, call, text)
				}
			}
			return
		}
	}
	t.Error("no test of an amount was written")
}

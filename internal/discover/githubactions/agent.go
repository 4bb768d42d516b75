package githubactions

import (
	"regexp"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// action is a row of the table of actions that run agents.
type action struct {
	uses, technology, name string
	checksActor            bool // it refuses whoever cannot write to the repository, unless told otherwise
}

var actions = []action{
	{"anthropics/claude-code-action", "claude-code", "Claude Code", true},
	{"anthropics/claude-code-base-action", "claude-code", "Claude Code", false},
	{"anthropics/claude-code-security-review", "claude-code", "Claude Code", false},
	{"openai/codex-action", "codex", "Codex", true},
	{"google-github-actions/run-gemini-cli", "gemini-cli", "Gemini CLI", false},
	{"google-gemini/gemini-cli-action", "gemini-cli", "Gemini CLI", false},
	{"sst/opencode/github", "opencode", "opencode", true},
	{"anomalyco/opencode/github", "opencode", "opencode", true},
	{"qodo-ai/pr-agent", "pr-agent", "PR-Agent", false},
	{"codium-ai/pr-agent", "pr-agent", "PR-Agent", false},
	{"coderabbitai/ai-pr-reviewer", "coderabbit", "CodeRabbit", false},
	{"all-hands-ai/openhands/.github/workflows/openhands-resolver.yml", "openhands", "OpenHands", false},
	{"augmentcode/augment-agent", "augment", "Augment", false},
	{"augmentcode/review-pr", "augment", "Augment", false},
	{"factory-ai/droid-action", "droid", "Droid", false},
	{"qwenlm/qwen-code-action", "qwen-code", "Qwen Code", false},
	{"docker/cagent-action", "cagent", "cagent", false},
	{"actions/ai-inference", "github-models", "GitHub Models", false},
}

func actionOf(uses string) *action {
	name, _, _ := strings.Cut(strings.ToLower(uses), "@")
	for i := range actions {
		if name == actions[i].uses {
			return &actions[i]
		}
	}
	return nil
}

// assistants are the words in the names of actions by which people say what theirs runs: copies of the makers' actions,
// and their own around a command line.
var assistants = []struct{ word, technology, name string }{
	{"opencode", "opencode", "opencode"},
	{"claude", "claude-code", "Claude Code"},
	{"codex", "codex", "Codex"},
	{"gemini", "gemini-cli", "Gemini CLI"},
	{"aider", "aider", "Aider"},
	{"openhands", "openhands", "OpenHands"},
	{"goose", "goose", "Goose"},
	{"qwen", "qwen-code", "Qwen Code"},
}

// modelKey is an input or variable that holds the key of a model's provider.
var modelKey = regexp.MustCompile(`(?i)^(openai|anthropic|claude|gemini|google|mistral|groq|openrouter|deepseek|xai|azure_?openai|llm|ai|opencode|cohere)[\w-]*(api[_-]?key|token)$`)

// likeAction tells whether an action that is not in the table runs an agent, by what it is called and given: instructions
// with the name of an agent, a model or the key of one's provider.
func likeAction(step syntax.Node) *action {
	name, _, _ := strings.Cut(strings.ToLower(step.Argument("uses").Text()), "@")
	words := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("/-_.", r) })
	for _, w := range words {
		if w == "setup" || w == "install" || w == "installer" {
			return nil
		}
	}
	with := step.Argument("with")
	told, model, key := false, !with.Argument("model").IsZero(), false
	for _, one := range []string{"prompt", "direct_prompt", "system-prompt", "system_prompt", "instructions", "custom_instructions"} {
		told = told || !with.Argument(one).IsZero()
	}
	for _, table := range []syntax.Node{with, step.Argument("env")} {
		for k := range table.Pairs() {
			key = key || modelKey.MatchString(k.Text())
		}
	}
	for _, a := range assistants {
		for _, w := range words {
			if w == a.word && (told || model && key) {
				return &action{technology: a.technology, name: a.name}
			}
		}
	}
	if told && key && len(words) > 0 && (model || strings.Contains(name, "ai") || strings.Contains(name, "llm") || strings.Contains(name, "gpt") || strings.Contains(name, "agent")) {
		return &action{technology: "github-actions", name: words[len(words)-1]}
	}
	return nil
}

// commands are how scripts start an agent that works without a person.
var commands = []struct {
	pattern          *regexp.Regexp
	technology, name string
}{
	{regexp.MustCompile(`(?m)(?:^|[\s;&|(])(?:npx (?:-y |--yes )?@anthropic-ai/claude-code(?:@\S+)?|claude)\s(?:[^\n]*\s)?(?:-p|--print|--dangerously-skip-permissions)\b`), "claude-code", "Claude Code"},
	{regexp.MustCompile(`(?m)(?:^|[\s;&|(])(?:npx (?:-y |--yes )?@openai/codex(?:@\S+)?|codex)\s+(?:[^\n]*\s)?(?:exec|e|--full-auto|-q|--quiet)\b`), "codex", "Codex"},
	{regexp.MustCompile(`(?m)(?:^|[\s;&|(])(?:npx (?:-y |--yes )?@google/gemini-cli(?:@\S+)?|gemini)\s(?:[^\n]*\s)?(?:-p|--prompt|-y|--yolo)\b`), "gemini-cli", "Gemini CLI"},
	{regexp.MustCompile(`(?m)(?:^|[\s;&|(])aider\s[^\n]*(?:--message|-m\b|--yes|--message-file)`), "aider", "Aider"},
	{regexp.MustCompile(`(?m)(?:^|[\s;&|(])(?:npx (?:-y |--yes )?@github/copilot(?:@\S+)?|copilot)\s(?:[^\n]*\s)?(?:-p|--prompt|--allow-all-tools)\b`), "copilot-cli", "Copilot"},
	{regexp.MustCompile(`(?m)(?:^|[\s;&|(])opencode\s+run\b`), "opencode", "opencode"},
	{regexp.MustCompile(`(?m)(?:^|[\s;&|(])goose\s+run\b`), "goose", "Goose"},
	{regexp.MustCompile(`(?m)(?:^|[\s;&|(])cursor-agent\s[^\n]*(?:-p|--print)\b`), "cursor", "Cursor"},
	{regexp.MustCompile(`(?m)(?:^|[\s;&|(])amp\s[^\n]*(?:-x|--execute)\b`), "amp", "Amp"},
	{regexp.MustCompile(`(?m)(?:^|[\s;&|(])q\s+chat\s[^\n]*--no-interactive\b`), "amazon-q", "Amazon Q"},
}

// started is an agent that a step starts.
type started struct {
	technology, name string
	checksActor      bool
	at               syntax.Node // the action's name or the script
	uses             syntax.Node
	step             syntax.Node
	script           string // what the command line says, for scripts
}

// startedBy is the agent that a step starts; nil when it starts none.
func startedBy(step syntax.Node) *started {
	if uses := step.Argument("uses"); uses.Text() != "" {
		if row := actionOf(uses.Text()); row != nil {
			return &started{technology: row.technology, name: row.name, checksActor: row.checksActor, at: uses, uses: uses, step: step}
		}
		if row := likeAction(step); row != nil {
			return &started{technology: row.technology, name: row.name, at: uses, uses: uses, step: step}
		}
		return nil
	}
	script := step.Argument("run")
	if script.IsZero() {
		return nil
	}
	text := strings.ReplaceAll(script.Text(), "\\\n", " ")
	for _, c := range commands {
		at := c.pattern.FindStringIndex(text)
		if at == nil || strings.HasPrefix(strings.TrimSpace(lineAround(text, at[0])), "#") {
			continue
		}
		return &started{technology: c.technology, name: c.name, at: script, step: step, script: text}
	}
	return nil
}

// lineAround is the line that a match begins in.
func lineAround(text string, at int) string {
	if at < len(text) && text[at] == '\n' {
		at++
	}
	start := strings.LastIndexByte(text[:at], '\n') + 1
	end := strings.IndexByte(text[at:], '\n')
	if end < 0 {
		return text[start:]
	}
	return text[start : at+end]
}

// with is the first input that the step gives of some names.
func (a *started) with(names ...string) syntax.Node {
	for _, name := range names {
		if n := a.step.Argument("with").Argument(name); !n.IsZero() {
			return n
		}
	}
	return syntax.Node{}
}

// option is where an option of the agent is given: an input of its own, or a word among its arguments.
func (a *started) option(words ...string) syntax.Node {
	if n := a.with(words...); !n.IsZero() {
		return n
	}
	for _, name := range []string{"claude_args", "codex-args", "settings", "args", "claude_env"} {
		n := a.with(name)
		for _, word := range words {
			if strings.Contains(n.Text(), word) {
				return n
			}
		}
	}
	for _, word := range words {
		if a.script != "" && strings.Contains(a.script, word) {
			return a.at
		}
	}
	return syntax.Node{}
}

func (a *started) prompt() syntax.Node {
	if a.script != "" {
		return a.at
	}
	return a.with("prompt", "direct_prompt", "override_prompt", "custom_instructions", "PROMPT", "system-prompt")
}

var modelOption = regexp.MustCompile(`(?:--model|-m)[ =]["']?([A-Za-z0-9][\w./:-]+)`)

// model is the model that the step names.
func (a *started) model() (string, syntax.Node) {
	if n := a.with("model", "anthropic_model", "gemini_model"); n.Text() != "" && !strings.Contains(n.Text(), "${{") {
		return n.Text(), n
	}
	for _, n := range []syntax.Node{a.with("claude_args"), a.with("codex-args"), a.at} {
		text := n.Text()
		if n == a.at {
			text = a.script
		}
		if m := modelOption.FindStringSubmatch(text); m != nil && !strings.Contains(m[1], "${{") {
			return m[1], n
		}
	}
	return "", syntax.Node{}
}

func (a *started) provider() string {
	switch a.technology {
	case "claude-code":
		return "anthropic"
	case "codex":
		return "openai"
	case "gemini-cli":
		return "google"
	}
	return ""
}

// tools describes what the agent can do: run commands on the runner, and change the repository or write in it with
// the job's token.
func (w *workflow) tools(ref, runner discover.Ref, job syntax.Node, a *started) {
	p := w.p
	if n, why := a.shell(); why != "" {
		shell := discover.Of(ref, "shell")
		e := p.Element(model.Tool, shell, "shell", n.Span()).Technology(a.technology).Detail("runs commands on the runner").
			Effect("exec", model.Yes, why, n.Span())
		if a.wholeShell(n) { // whatever a command line can do, with nobody to ask in a job
			if info, ok := discover.ProductNamed("claude_code.Bash"); ok {
				e.Product(info, n.Span())
			}
		}
		call := p.Flow(model.ToolCall, ref, shell, n.Span()).Fact("remote", model.No, n.Span())
		p.Flow(model.Hosts, runner, shell, n.Span())
		p.Control("human-approval", call.Ref(), discover.Ref{}, model.Absent, n.Span())
		if list := a.option("--allowedTools", "--allowed-tools", "allowed_tools", "coreTools"); !list.IsZero() && !strings.Contains(why, "without asking") && !a.wholeShell(list) {
			p.Control("tool-allow-list", call.Ref(), discover.Ref{}, model.Evidenced, list.Span())
		}
	}
	rights, at := w.rights(job)
	if at.IsZero() {
		return // what the token may do is set in the repository, not here
	}
	repository := discover.Of(ref, "repository")
	e := p.Element(model.Tool, repository, "repository", at).Technology("github").Detail("changes the repository and writes in its issues with the job's token")
	yes := func(effect string, on bool, what string) {
		if on {
			e.Effect(effect, model.Yes, "the job's token may write "+what, at)
		} else {
			e.Effect(effect, model.No, "the job's token may not write "+what, at)
		}
	}
	yes("code-change", rights["contents"] || rights["workflows"] || rights["packages"] || rights["all"], "contents")
	yes("message-send", rights["issues"] || rights["pull-requests"] || rights["discussions"] || rights["all"], "issues and pull requests")
	if rights["all"] {
		e.FactBecause("broad-permissions", model.Yes, "the job's token may write everything", at)
	}
	p.Flow(model.ToolCall, ref, repository, at)
	p.Flow(model.Hosts, runner, repository, at)
}

// shell tells whether the agent runs commands, and where that is said.
func (a *started) shell() (syntax.Node, string) {
	for _, word := range []string{"--dangerously-skip-permissions", "bypassPermissions", "--dangerously-bypass-approvals-and-sandbox", "danger-full-access", "--yolo", "--allow-all-tools", "--yes-always", "--full-auto"} {
		if n := a.option(word); !n.IsZero() {
			return n, word + " lets it run commands without asking"
		}
	}
	for _, list := range []syntax.Node{a.option("--allowedTools", "--allowed-tools", "allowed_tools"), a.option("coreTools")} {
		if strings.Contains(list.Text(), "Bash") || strings.Contains(list.Text(), "run_shell_command") || strings.Contains(list.Text(), "ShellTool") {
			return list, "its allowed tools run commands"
		}
	}
	switch a.technology {
	case "codex", "aider", "openhands", "goose", "opencode", "cursor", "amp":
		return a.at, a.name + " runs commands"
	case "gemini-cli":
		if a.script == "" {
			return a.at, "the action starts it with --yolo"
		}
	}
	return syntax.Node{}, ""
}

// wholeBash is Bash in a list of allowed tools without a pattern that narrows it.
var wholeBash = regexp.MustCompile(`(?:^|[\s,"'=\[])Bash(?:\((?::?\*)?\))?(?:$|[\s,"'\]])`)

// listOption is a list of tools among the arguments of a command line, up to the next option.
var listOption = regexp.MustCompile(`--allowed-?[tT]ools[= ]+(?:"[^"\n]*"|'[^'\n]*'|[^\s]+(?:[ ,]+[A-Z][^\s]*)*)`)

// wholeShell tells whether Claude Code may run any command: its questions are switched off, or Bash is allowed as a whole.
func (a *started) wholeShell(list syntax.Node) bool {
	if a.technology != "claude-code" {
		return false
	}
	text := list.Text()
	if a.script != "" {
		text = a.script
	}
	if strings.Contains(text, "--dangerously-skip-permissions") || strings.Contains(text, "bypassPermissions") {
		return true
	}
	if list == a.with("allowed_tools") {
		return wholeBash.MatchString(text)
	}
	for _, said := range listOption.FindAllString(text, -1) {
		if wholeBash.MatchString(said) {
			return true
		}
	}
	return false
}

// rights are what the job's token may write, and where that is said; the span is zero when nothing says so.
func (w *workflow) rights(job syntax.Node) (map[string]bool, source.Span) {
	n := job.Argument("permissions")
	if n.IsZero() {
		n = w.root.Argument("permissions")
	}
	rights := map[string]bool{}
	switch {
	case n.IsZero():
		return rights, source.Span{}
	case n.TextIs("write-all"):
		rights["all"] = true
	}
	for key, value := range n.Pairs() {
		if value.TextIs("write") {
			rights[key.Text()] = true
		}
	}
	return rights, n.Span()
}

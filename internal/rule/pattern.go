package rule

import "fermata/internal/source"

// Pattern is what people read about a control: why it is needed, how it is built, what it costs, how its presence is
// shown. It stands in pattern.yaml beside control.yaml. A scan needs none of it, so it is read when somebody asks.
type Pattern struct {
	Control       string   // the control's id
	Problem       string   // what goes wrong without it
	Forces        []string // what pulls in different directions
	Form          string   // the parts and who enforces them
	Costs         Costs
	Breaks        []string // what stops working, or works worse
	Preconditions []string // what must hold for it to be worth anything
	DoesNotStop   []string
	Evidence      []Measured // rows of the evidence table; empty: the efficacy is judgement
	Verify        []Check
	Build         []Snippet
	BuildWhy      string       // why there is no snippet
	File          *source.File // pattern.yaml
}

// Costs says what a control costs, each as one of [CostWords].
type Costs struct {
	Latency, Tokens, Friction, Effort string
}

// CostWords are the grades of a cost, least first.
var CostWords = []string{"none", "low", "medium", "high"}

// Measured is a row of the evidence table with what it says about this control. The figures stand in the row only.
type Measured struct {
	Row      string
	Attacker string // one of [Adversaries]
	About    string // what the row has to do with the control
	Shared   bool   // it was measured for several controls together, and says of none how much it does alone
}

// Adversaries say against whom a figure was measured, and what that is worth.
var Adversaries = []Word{
	{"static", "attacks that were made without knowledge of the control; such figures are optimistic"},
	{"adaptive", "attacks that were made against the control, or tried until one worked"},
	{"none", "no attacker: what people do, what faults do, what it costs"},
}

// Check is one way to show that a control is there and works.
type Check struct {
	How  string // one of [CheckWords]
	Text string
}

// CheckWords say how the presence of a control is shown, the firmest last but one.
var CheckWords = []Word{
	{"code-check", "read in code or configuration, by a person or by Fermata"},
	{"probe", "tried from outside on the running system"},
	{"test", "an automatic test that fails when the control is gone"},
	{"attestation", "somebody signs for it, with a date at which it ends"},
}

// Snippet is a short example in one framework.
type Snippet struct {
	Framework string // one of [BuildKits]
	Language  string // one of [SnippetLanguages]
	Install   string // what the code needs
	Code      string
	Seen      bool // discovery finds the control in it
	Span      source.Span
}

// Word is an entry of a closed list, with what it means.
type Word struct{ Name, Doc string }

// SnippetLanguages are the languages of snippets. Those that this program has readers for must parse.
var SnippetLanguages = []string{"python", "typescript", "go", "yaml", "json", "toml", "dockerfile", "rego", "sql", "shell"}

// BuildKit is a framework or platform that snippets are written for.
type BuildKit struct {
	ID, Title    string
	Technologies []string // what discovery calls it on elements; a name ending in * is a beginning
}

// BuildKits are the frameworks and platforms that snippets are written for, in the order in which they are shown.
var BuildKits = []BuildKit{
	{"openai-agents", "OpenAI Agents SDK", []string{"openai-agents"}},
	{"langgraph", "LangChain and LangGraph", []string{"langgraph", "langchain"}},
	{"crewai", "CrewAI", []string{"crewai"}},
	{"google-adk", "Google Agent Development Kit", []string{"google-adk"}},
	{"autogen", "AutoGen", []string{"autogen", "agent-framework"}},
	{"pydantic-ai", "Pydantic AI", []string{"pydantic-ai"}},
	{"llamaindex", "LlamaIndex", []string{"llamaindex"}},
	{"claude-agent-sdk", "Claude Agent SDK", []string{"claude-agent-sdk"}},
	{"claude-code", "Claude Code settings", []string{"claude-code"}},
	{"vercel-ai", "Vercel AI SDK", []string{"vercel-ai"}},
	{"mastra", "Mastra", []string{"mastra"}},
	{"mcp", "Model Context Protocol", []string{"mcp", "docker-mcp"}},
	{"a2a", "Agent2Agent protocol", []string{"a2a"}},
	{"kubernetes", "Kubernetes", []string{"kubernetes"}},
	{"docker", "Docker", []string{"docker", "docker-*"}},
	{"github-actions", "GitHub Actions", []string{"github-actions"}},
	{"postgres", "PostgreSQL", []string{"postgres", "postgresql", "pgvector"}},
	{"opa", "Open Policy Agent", []string{"opa"}},
	{"plain", "without a framework", nil},
}

// Kit finds a framework of snippets by its id; nil when there is none.
func Kit(id string) *BuildKit {
	for i := range BuildKits {
		if BuildKits[i].ID == id {
			return &BuildKits[i]
		}
	}
	return nil
}

func wordNames(list []Word) []string {
	all := make([]string, len(list))
	for i := range list {
		all[i] = list[i].Name
	}
	return all
}

func kitIDs() []string {
	all := make([]string, len(BuildKits))
	for i := range BuildKits {
		all[i] = BuildKits[i].ID
	}
	return all
}

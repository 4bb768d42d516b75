package result

// ProbeSchema names the document of a probe.
const ProbeSchema = "fermata/probe/v1"

// Probe is what was learnt by talking to a running MCP server.
type Probe struct {
	Schema     string         `json:"schema"` // always [ProbeSchema]
	Tool       Tool           `json:"tool"`
	Server     ProbedServer   `json:"server"`
	Active     bool           `json:"active"` // whether tools were called
	Tools      []ProbedTool   `json:"tools"`  // in the order of their names
	Resources  []string       `json:"resources"`
	Prompts    []string       `json:"prompts"`
	Findings   []ProbeFinding `json:"findings"`          // worst first, then by id
	Checks     []Rule         `json:"checks"`            // those that made a finding, by id
	Incomplete []string       `json:"incomplete"`        // what could not be looked at, and why
	Stopped    *Stopped       `json:"stopped,omitempty"` // nil when nothing was started
}

// ProbedServer says what was talked to.
type ProbedServer struct {
	Name         string   `json:"name"`         // the name in the lock file
	Calls        string   `json:"calls"`        // what the server calls itself
	Version      string   `json:"version"`      // what the server says
	Protocol     string   `json:"protocol"`     // the version that was agreed on
	Transport    string   `json:"transport"`    // stdio or http
	Capabilities []string `json:"capabilities"` // sorted
}

// ProbedTool is a tool and whether it was called.
type ProbedTool struct {
	Name   string `json:"name"`
	Effect string `json:"effect"` // reads, changes or unknown: judged by annotations, name and description
	Why    string `json:"why"`    // what the effect was judged by
	Calls  int    `json:"calls"`  // how often it was called
}

// ProbeFinding is a check that a server did not pass.
type ProbeFinding struct {
	ID        string              `json:"id"`    // probe:CHECK@SERVER or probe:CHECK@SERVER/TOOL
	Check     string              `json:"check"` // probe:CHECK
	Title     string              `json:"title"`
	Message   string              `json:"message"`
	Severity  string              `json:"severity"`
	Layers    []string            `json:"layers"`
	Maps      map[string][]string `json:"maps"`
	Tool      string              `json:"tool,omitempty"` // empty: the whole server
	Exchanges []Exchange          `json:"exchanges"`      // the first that showed it, at most three
	Count     int                 `json:"count"`          // how many showed it
}

// Exchange is a request and what came back, both cut short and with secrets taken out.
type Exchange struct {
	Request  string `json:"request"`
	Response string `json:"response"`
}

// Stopped says what became of the processes that a probe started.
type Stopped struct {
	Processes int  `json:"processes"` // the most that were seen at once, those that the server started among them
	Left      int  `json:"left"`      // still running after everything was killed; 0 is what should be here
	Traced    bool `json:"traced"`    // whether processes that left the group could be found; false: only the group was looked at
}

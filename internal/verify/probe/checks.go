package probe

import (
	"sort"

	"fermata/internal/result"
)

// check is one thing that a server should pass.
type check struct {
	id, title, severity string
	layers              []string
	mcp, asi, cwe       []string // ids of OWASP MCP Top 10, OWASP Agentic Top 10 and CWE
	doc, prefer         string
	control             string // the control of the catalogue that a failure refutes; empty: none
}

// checks are all of them, by id.
var checks = []check{
	{
		id: "annotation-contradicts", title: "A tool is called harmless and named as if it were not", severity: "medium", layers: []string{"L3"}, mcp: []string{"MCP02:2025", "MCP03:2025"}, asi: []string{"ASI02"},
		doc:    "A client may let tools marked as read-only run without asking anybody. An annotation is the server's own claim, and here name or description say the opposite.",
		prefer: "Correct the annotation, and never let a client skip the question because of one.",
	},
	{
		id: "any-host", title: "The server answers under any host name", severity: "medium", layers: []string{"L4"}, mcp: []string{"MCP07:2025"}, asi: []string{"ASI03"}, cwe: []string{"CWE-346"}, control: "access-control",
		doc:    "A request for a foreign host name was answered. With DNS rebinding, a name of an attacker leads to the loopback address, and the browser takes the server for the attacker's own site.",
		prefer: "Answer only to the host names under which the server is meant to be reached.",
	},
	{
		id: "any-origin", title: "A page of any site may talk to the server", severity: "high", layers: []string{"L4", "L6"}, mcp: []string{"MCP07:2025"}, asi: []string{"ASI03"}, cwe: []string{"CWE-346"}, control: "access-control",
		doc:    "A request with the Origin of a foreign site was answered. A web page that the user opens can then call the tools of a server on the user's machine.",
		prefer: "Refuse requests whose Origin is not on a list; the MCP specification asks for that.",
	},
	{
		id: "changed-annotations", title: "The annotations of a tool changed after it was approved", severity: "medium", layers: []string{"L7", "L3"}, mcp: []string{"MCP03:2025"}, asi: []string{"ASI04"},
		doc:    "The lock file holds other annotations. A tool that becomes read-only by its own word may no longer be asked about.",
		prefer: "Read the change; accept it with --update-lock only when it is meant.",
	},
	{
		id: "changed-description", title: "The description of a tool changed after it was approved", severity: "high", layers: []string{"L7", "L3"}, mcp: []string{"MCP03:2025"}, asi: []string{"ASI04", "ASI01"},
		doc:    "The lock file holds another description. What a model reads about a tool is what it does with it: a change after approval is how a tool is turned against its user (rug pull).",
		prefer: "Read the change; accept it with --update-lock only when it is meant. Pin the server's version.",
	},
	{
		id: "changed-schema", title: "The schema of a tool changed after it was approved", severity: "medium", layers: []string{"L7", "L3"}, mcp: []string{"MCP03:2025"}, asi: []string{"ASI04"},
		doc:    "The lock file holds another schema. New parameters can ask the model for content that the tool did not get before.",
		prefer: "Read the change; accept it with --update-lock only when it is meant.",
	},
	{
		id: "changed-server", title: "The server says that it is another one than was approved", severity: "low", layers: []string{"L7"}, mcp: []string{"MCP04:2025"}, asi: []string{"ASI04"},
		doc:    "Name, version or instructions differ from the lock file.",
		prefer: "Pin the version of the server; look at what changed before the lock is updated.",
	},
	{
		id: "cleartext", title: "The server is reached over the network without encryption", severity: "high", layers: []string{"L4"}, mcp: []string{"MCP07:2025"}, asi: []string{"ASI07"}, cwe: []string{"CWE-319"}, control: "encryption-in-transit",
		doc:    "The address is not on this machine and begins with http. Whoever is on the way reads and changes every call.",
		prefer: "Use https, with certificates that are checked.",
	},
	{
		id: "command-injection", title: "Input of a tool reached a shell", severity: "critical", layers: []string{"L4", "L3"}, mcp: []string{"MCP05:2025"}, asi: []string{"ASI05"}, cwe: []string{"CWE-78"}, control: "argument-policy",
		doc:    "A sum that only a shell computes came back computed, or a file appeared that only a shell would make. Whoever steers the model runs commands as the server's user.",
		prefer: "Start programs with a list of arguments and never through a shell; allow only known values.",
	},
	{
		id: "crash", title: "Input of a tool ends the server", severity: "high", layers: []string{"L4", "L3"}, asi: []string{"ASI08"}, cwe: []string{"CWE-755"}, control: "argument-policy",
		doc:    "The server was gone after a call. One odd argument takes the tools away from everybody who uses them.",
		prefer: "Check arguments against the schema before they are used, and turn failures into errors of the call.",
	},
	{
		id: "cross-origin-read", title: "A page of any site may read what the server answers", severity: "medium", layers: []string{"L4", "L6"}, mcp: []string{"MCP07:2025", "MCP10:2025"}, asi: []string{"ASI03"}, cwe: []string{"CWE-346"}, control: "access-control",
		doc:    "The answer to a foreign Origin permits that site to read it (Access-Control-Allow-Origin).",
		prefer: "Name the origins that may read, or none.",
	},
	{
		id: "duplicate-tool", title: "Two tools of the server have one name", severity: "medium", layers: []string{"L3"}, mcp: []string{"MCP03:2025"}, asi: []string{"ASI02"},
		doc:    "Which of the two a client calls is left to chance; an approval of one may be used for the other.",
		prefer: "Give every tool a name of its own.",
	},
	{
		id: "extra-accepted", title: "A tool takes parameters that its schema forbids", severity: "low", layers: []string{"L3"}, mcp: []string{"MCP05:2025"}, asi: []string{"ASI02"}, cwe: []string{"CWE-20"}, control: "argument-policy",
		doc:    "The schema says additionalProperties: false, and a call with one more was carried out. The schema is not what the server checks.",
		prefer: "Check arguments against the schema before they are used.",
	},
	{
		id: "hang", title: "A call of a tool gets no answer", severity: "medium", layers: []string{"L4"}, asi: []string{"ASI08"}, cwe: []string{"CWE-400"},
		doc:    "The time limit of the probe passed without an answer. An agent without a limit of its own waits for ever.",
		prefer: "Bound the time of each call, in the server and in its clients.",
	},
	{
		id: "hidden-unicode", title: "Text for the model holds characters that people do not see", severity: "high", layers: []string{"L3", "L7"}, mcp: []string{"MCP03:2025"}, asi: []string{"ASI01", "ASI04"}, cwe: []string{"CWE-1427"},
		doc:    "Invisible characters, tag characters or marks that turn the direction of text stand in what the server says about itself. They carry instructions past a person who reads and approves.",
		prefer: "Refuse servers that use them; strip them before text reaches a model or a reviewer.",
	},
	{
		id: "instruction-in-description", title: "A description tells the model what to do besides calling the tool", severity: "high", layers: []string{"L3", "L7"}, mcp: []string{"MCP03:2025", "MCP06:2025"}, asi: []string{"ASI01", "ASI04"}, cwe: []string{"CWE-1427"},
		doc:    "What a server says about its tools enters the context of every conversation. Orders in it (ignore other instructions, do not tell the user, read a key file first) are how a server steers an agent without being called.",
		prefer: "Do not connect the server; descriptions say what a tool does, and nothing about secrets, other tools or the user.",
	},
	{
		id: "leaks-environment", title: "A tool hands out the environment of the server", severity: "high", layers: []string{"L6", "L3"}, mcp: []string{"MCP01:2025", "MCP10:2025"}, asi: []string{"ASI03"}, cwe: []string{"CWE-200"},
		doc:    "A variable that the probe had put into the server's environment came back. Keys and tokens of servers stand in the same place.",
		prefer: "Remove the tool, or let it name the few variables that it may show.",
	},
	{
		id: "leaks-path", title: "Errors name files of the server's machine", severity: "low", layers: []string{"L3", "L6"}, mcp: []string{"MCP10:2025"}, asi: []string{"ASI03"}, cwe: []string{"CWE-209"},
		doc:    "An error shows where the server is installed. That goes to the model, and on to whoever talks with it.",
		prefer: "Answer with what the caller did wrong; keep the rest in the log.",
	},
	{
		id: "leaks-secret", title: "An answer holds what looks like a secret", severity: "high", layers: []string{"L6", "L3"}, mcp: []string{"MCP01:2025"}, asi: []string{"ASI03"}, cwe: []string{"CWE-209", "CWE-532"},
		doc:    "A key, token or password stands in what came back, and it was not in what was sent.",
		prefer: "Take secrets out of errors and answers; give the server only those that it needs.",
	},
	{
		id: "leaks-trace", title: "Errors show a stack trace", severity: "medium", layers: []string{"L3", "L6"}, mcp: []string{"MCP10:2025"}, asi: []string{"ASI03"}, cwe: []string{"CWE-209"},
		doc:    "A trace tells which libraries, versions and paths the server has, and enters the model's context.",
		prefer: "Answer with what the caller did wrong; keep the trace in the log.",
	},
	{
		id: "left-processes", title: "The server leaves programs running when it ends", severity: "medium", layers: []string{"L4"}, mcp: []string{"MCP09:2025"}, asi: []string{"ASI10"}, cwe: []string{"CWE-772"},
		doc:    "The server ended when it was asked to, and something that it had started was still there. The probe killed it. Clients that kill only the first process leave it behind.",
		prefer: "End children with the server.",
	},
	{
		id: "list-changes", title: "The list of tools is another one when it is asked for again", severity: "high", layers: []string{"L7", "L3"}, mcp: []string{"MCP03:2025"}, asi: []string{"ASI04"},
		doc:    "Two lists in one session differ, and nobody did anything between. What is shown for approval need not be what the model gets later.",
		prefer: "Pin descriptions in the client, and ask again when one changes.",
	},
	{
		id: "memory", title: "The server takes more memory than the limit", severity: "medium", layers: []string{"L4"}, asi: []string{"ASI08"}, cwe: []string{"CWE-400"},
		doc:    "The server was killed because it held more memory than the probe allows.",
		prefer: "Bound what one call may take; run the server with a limit.",
	},
	{
		id: "memory-growth", title: "Calls make the server's memory grow", severity: "medium", layers: []string{"L4"}, asi: []string{"ASI08"}, cwe: []string{"CWE-400"},
		doc:    "The same call, repeated, took more memory each time, far more than was sent.",
		prefer: "Release what a call took; bound caches and histories.",
	},
	{
		id: "missing-accepted", title: "A tool runs without a parameter that its schema requires", severity: "medium", layers: []string{"L3"}, mcp: []string{"MCP05:2025"}, asi: []string{"ASI02"}, cwe: []string{"CWE-20"}, control: "argument-policy",
		doc:    "A call without a required parameter was carried out. The schema is not what the server checks.",
		prefer: "Check arguments against the schema before they are used.",
	},
	{
		id: "mixed-up", title: "Answers of calls at one time are mixed up", severity: "high", layers: []string{"L3", "L4"}, mcp: []string{"MCP10:2025"}, asi: []string{"ASI03"}, cwe: []string{"CWE-362"}, control: "tenant-isolation",
		doc:    "Of several calls at once, one got the content of another. What one user asked reaches another.",
		prefer: "Keep nothing of a call where another call finds it.",
	},
	{
		id: "new-tool", title: "A tool is new since the server was approved", severity: "medium", layers: []string{"L7"}, mcp: []string{"MCP03:2025", "MCP09:2025"}, asi: []string{"ASI04"},
		doc:    "The lock file does not know the tool.",
		prefer: "Read what it does; accept it with --update-lock when it is meant.",
	},
	{
		id: "no-auth", title: "The server answers to whoever reaches it", severity: "medium", layers: []string{"L6", "L4"}, mcp: []string{"MCP07:2025"}, asi: []string{"ASI03"}, cwe: []string{"CWE-306"}, control: "access-control",
		doc:    "A session was opened without any credential. On the loopback address every program and every user of the machine can do so; elsewhere everybody on the network.",
		prefer: "Ask for a token that was issued for this server; on one machine prefer stdio or a socket with permissions.",
	},
	{
		id: "no-size-limit", title: "A tool takes text of any size", severity: "low", layers: []string{"L4", "L3"}, asi: []string{"ASI08"}, cwe: []string{"CWE-770"}, control: "argument-policy",
		doc:    "A quarter of a megabyte was taken where a few words are meant, and the schema sets no limit.",
		prefer: "Give strings a maxLength, and refuse what is longer.",
	},
	{
		id: "noisy-output", title: "The server prints text where messages belong", severity: "low", layers: []string{"L3"},
		doc:    "Over stdio, standard output carries messages and nothing else. Clients that are strict end the session; what is printed may hold more than is meant for them.",
		prefer: "Print to standard error.",
	},
	{
		id: "path-traversal", title: "A path leads a tool out of its folder", severity: "high", layers: []string{"L4", "L2"}, mcp: []string{"MCP05:2025"}, asi: []string{"ASI02", "ASI05"}, cwe: []string{"CWE-22"}, control: "argument-policy",
		doc:    "The content of a file that lies outside the server's working folder came back. If the folder is meant as a border, it is none.",
		prefer: "Resolve the path with its links, and refuse it unless it lies within the folder; better, open it relative to a folder handle.",
	},
	{
		id: "range-ignored", title: "A tool takes values outside the range of its schema", severity: "medium", layers: []string{"L3"}, mcp: []string{"MCP05:2025"}, asi: []string{"ASI02"}, cwe: []string{"CWE-1284"}, control: "argument-policy",
		doc:    "A value that the schema rules out (too large, too small, too long, not of the list) was taken. Bounds that hold only in the schema hold for nobody who does not keep to it.",
		prefer: "Check arguments against the schema before they are used.",
	},
	{
		id: "session-fixation", title: "The server takes session ids that somebody else chose", severity: "high", layers: []string{"L4", "L6"}, mcp: []string{"MCP07:2025"}, asi: []string{"ASI03"}, cwe: []string{"CWE-287"}, control: "access-control",
		doc:    "A request with an invented session id was answered as if the session existed. An attacker who gets a victim to use a known id shares the session.",
		prefer: "Make ids in the server, and answer 404 to those that it did not make.",
	},
	{
		id: "session-predictable", title: "Session ids can be guessed", severity: "high", layers: []string{"L4", "L6"}, mcp: []string{"MCP07:2025"}, asi: []string{"ASI03"}, cwe: []string{"CWE-330"}, control: "access-control",
		doc:    "Ids of sessions that were opened one after the other are short, equal, or differ by a count. Who guesses one takes part in a session.",
		prefer: "Use at least 128 random bits, and bind the session to who opened it.",
	},
	{
		id: "shadowed-tool", title: "A tool has the name of a tool of another server", severity: "high", layers: []string{"L7", "L3"}, mcp: []string{"MCP03:2025", "MCP09:2025"}, asi: []string{"ASI04", "ASI02"},
		doc:    "The lock file lists a tool of this name for another server. In a client with both, one takes the other's calls, with their arguments.",
		prefer: "Prefix names by server, and decide which server may have the name.",
	},
	{
		id: "slow-reader", title: "A slow client brings the server down", severity: "medium", layers: []string{"L4"}, asi: []string{"ASI08"}, cwe: []string{"CWE-400"},
		doc:    "While answers were not read for a moment, the server ended or stopped answering.",
		prefer: "Bound what is queued, and let a call wait rather than fail.",
	},
	{
		id: "template-injection", title: "Input of a tool is evaluated as a template", severity: "critical", layers: []string{"L3", "L4"}, mcp: []string{"MCP05:2025"}, asi: []string{"ASI05"}, cwe: []string{"CWE-1336"}, control: "argument-policy",
		doc:    "A sum inside the marks of a template language came back computed. Such languages lead on to running code.",
		prefer: "Hand input to templates as values, never as a part of their text.",
	},
	{
		id: "unbounded-parameter", title: "Parameters have a type and no bounds", severity: "info", layers: []string{"L3"}, mcp: []string{"MCP05:2025"}, asi: []string{"ASI02"}, cwe: []string{"CWE-20"},
		doc:    "A string without a longest length, pattern or list, a number without a range, or a list without a largest count lets a model send anything of the type.",
		prefer: "Say the bounds in the schema, and check them in the server.",
	},
	{
		id: "untyped-parameter", title: "Parameters have no type", severity: "low", layers: []string{"L3"}, mcp: []string{"MCP05:2025"}, asi: []string{"ASI02"}, cwe: []string{"CWE-20"},
		doc:    "A parameter may be anything, or the tool says nothing about what it takes. Neither the client nor a person can tell what is asked for.",
		prefer: "Give every parameter a type, and close objects with additionalProperties: false.",
	},
	{
		id: "vanished-tool", title: "A tool is gone since the server was approved", severity: "low", layers: []string{"L7"}, mcp: []string{"MCP04:2025"}, asi: []string{"ASI04"},
		doc:    "The lock file has a tool that the server no longer lists. Another server may take its name.",
		prefer: "Ask why it is gone; accept it with --update-lock.",
	},
	{
		id: "wrong-type-accepted", title: "A tool takes values of another type than its schema says", severity: "medium", layers: []string{"L3"}, mcp: []string{"MCP05:2025"}, asi: []string{"ASI02"}, cwe: []string{"CWE-1287", "CWE-20"}, control: "argument-policy",
		doc:    "A call with a value of a wrong type was carried out. The schema is not what the server checks.",
		prefer: "Check arguments against the schema before they are used.",
	},
}

func lookup(id string) *check {
	i := sort.Search(len(checks), func(i int) bool { return checks[i].id >= id })
	if i < len(checks) && checks[i].id == id {
		return &checks[i]
	}
	return nil
}

func (c *check) maps() map[string][]string {
	out := map[string][]string{}
	for framework, ids := range map[string][]string{"owasp-mcp": c.mcp, "owasp-agentic": c.asi, "cwe": c.cwe} {
		if len(ids) > 0 {
			out[framework] = ids
		}
	}
	return out
}

// About lists all checks, by id, for explanations and reports.
func About() []result.Rule {
	out := make([]result.Rule, 0, len(checks))
	for i := range checks {
		out = append(out, checks[i].rule())
	}
	return out
}

func (c *check) rule() result.Rule {
	return result.Rule{ID: "probe:" + c.id, Title: c.title, Doc: c.doc, Prefer: c.prefer, Maps: c.maps()}
}

package result

import (
	"slices"

	"fermata/internal/model"
)

// Subject is a place in code or configuration that rules may visit: a call, a function, a class, a literal or a file.
// It is no part of the document: whoever reads code hands subjects to whoever asks rules, and neither knows the other.
// Which fields a subject of each sort has is said by [SubjectFields], which kinds there are by [SubjectKinds].
type Subject struct {
	On       string   // call, function, class, literal or file
	Kinds    []string // the index: words of SubjectKinds, and for calls the patterns of names that rules asked for
	ID       string   // path and symbol, stable while lines move: "desk/tools.py:refund.run~2"
	Place    string   // ID without the element, where one place is a subject of several elements
	Scope    string   // main, test, example or vendored
	Element  string   // id of the model's element whose body it is part of; "" when there is none
	Evidence []model.Evidence
	Trail    []Trace // from where a value comes to where it ends; empty when nothing flows
	Flags    map[string]Truth
	Texts    map[string]string
	Numbers  map[string]int
	Lists    map[string][]string       // what the functions of rules look names up in: names, calls, decorators, bases, imports, methods
	Spots    map[string]model.Evidence // where a flag was seen, when that is not the subject's own place
	Args     []Argument
	Function *Subject // the function around it; nil at the level of the file
	File     *Subject // the file that it stands in; nil for a file

	// Late finds out a field by its name that is not there yet, "args" and "kinds" among them, and "" whatever is left:
	// most places are of interest to no rule, and what nobody asks need not be found. nil where all is there.
	Late func(field string)
}

// Settle finds out all that is not there yet, of the function around it and its file too.
func (s *Subject) Settle() {
	if s == nil || s.Late == nil {
		return
	}
	late := s.Late
	late("")
	s.Late = nil
	for i := range s.Args {
		s.Args[i].settle()
	}
	s.Function.Settle()
	s.File.Settle()
}

// Flag is a fact by its name.
func (s *Subject) Flag(name string) Truth {
	t, ok := s.Flags[name]
	if ok || s.Late == nil {
		return t
	}
	s.Late(name)
	return s.Flags[name]
}

// Say is a text by its name.
func (s *Subject) Say(name string) string {
	t, ok := s.Texts[name]
	if ok || s.Late == nil {
		return t
	}
	s.Late(name)
	return s.Texts[name]
}

// Number is a number by its name.
func (s *Subject) Number(name string) int {
	n, ok := s.Numbers[name]
	if ok || s.Late == nil {
		return n
	}
	s.Late(name)
	return s.Numbers[name]
}

// List is what a function of rules looks names up in.
func (s *Subject) List(name string) []string {
	list, ok := s.Lists[name]
	if ok || s.Late == nil {
		return list
	}
	s.Late(name)
	return s.Lists[name]
}

// Is tells whether the subject is of a kind.
func (s *Subject) Is(kind string) bool {
	if s.Late != nil {
		s.Late("kinds")
	}
	return slices.Contains(s.Kinds, kind)
}

// Given are the arguments of a call.
func (s *Subject) Given() []Argument {
	if s.Args == nil && s.Late != nil {
		s.Late("args")
	}
	return s.Args
}

// Around is the function around a place; nil at the level of the file.
func (s *Subject) Around() *Subject {
	if s.Function == nil && s.Late != nil {
		s.Late("function")
	}
	return s.Function
}

// SetFlag notes a fact.
func (s *Subject) SetFlag(name string, t Truth) { set(&s.Flags, name, t) }

// SetText notes a text.
func (s *Subject) SetText(name, text string) { set(&s.Texts, name, text) }

// SetNumber notes a number.
func (s *Subject) SetNumber(name string, n int) { set(&s.Numbers, name, n) }

// SetList notes names.
func (s *Subject) SetList(name string, names []string) { set(&s.Lists, name, names) }

func set[V any](fields *map[string]V, name string, value V) {
	if *fields == nil {
		*fields = map[string]V{}
	}
	(*fields)[name] = value
}

// Trace is a place on the way of a value.
type Trace struct {
	What     string         `json:"what"`
	Evidence model.Evidence `json:"evidence"`
}

// Truth is a fact of a subject. The zero Truth is a fact that nobody knows.
type Truth uint8

// The truths.
const (
	Unknown Truth = iota
	No
	Yes
)

// Is is the truth of what is known.
func Is(b bool) Truth {
	if b {
		return Yes
	}
	return No
}

// Argument is an argument of a call.
type Argument struct {
	Name     string // keyword; "" for one by its place
	Place    int    // from 0; -1 for a keyword
	Kind     string // string, number, bool, null, list, map, call, name or unknown
	Text     string // a constant's text, or the expression as written
	Constant bool

	Late func(*Argument)        // finds out Kind, Text and Constant; nil where they are there
	May  func(kind string) bool // tells by its form whether it may be of a kind, as long as Late is there; nil: of any
}

func (a *Argument) settle() {
	if late := a.Late; late != nil {
		a.Late, a.May = nil, nil
		late(a)
	}
}

// IsKind tells whether the argument is of a kind, and finds out no more than that takes.
func (a *Argument) IsKind(kind string) bool {
	if a.Late != nil && a.May != nil && !a.May(kind) {
		return false
	}
	return a.Settled().Kind == kind
}

// Settled is the argument with all that can be known of it.
func (a *Argument) Settled() *Argument {
	a.settle()
	return a
}

// Code says which place in code a finding is about, and how a value got there.
type Code struct {
	On      string  `json:"on"`    // call, function, class, literal or file
	Scope   string  `json:"scope"` // main, test, example or vendored
	Name    string  `json:"name"`  // what is there, for people
	Source  string  `json:"source,omitempty"`
	Trail   []Trace `json:"trail,omitempty"` // from the source to the place; empty when nothing flows
	Element string  `json:"element,omitempty"`
}

// SubjectField is a field that rules may ask of a sort of subject.
type SubjectField struct {
	Name string
	Type string // flag (yes, no or unknown), text, number, function, file or element
	Doc  string
}

// SubjectKind is a word of the index of a sort of subject.
type SubjectKind struct{ Name, Doc string }

// SubjectSorts are the sorts of subject, in the order of the documentation.
var SubjectSorts = []string{"call", "function", "class", "literal", "file"}

// SubjectFields are the fields of each sort. Both sides are checked against it.
var SubjectFields = map[string][]SubjectField{
	"call": {
		{"name", "text", "the last part of what is called"},
		{"full", "text", "what is called, by the name it is imported by; as written where that is not known"},
		{"text", "text", "the call as written, shortened"},
		{"source", "text", "who controls the value: tool, message, request, retrieved, model, user, argument; empty when nobody is known to"},
		{"source_name", "text", "the parameter or call that the value comes from"},
		{"source_text", "text", "the same as a sentence: an argument that a model chooses"},
		{"sink", "text", "what the value decides there: a command line that a shell reads"},
		{"tainted", "flag", "a value that somebody else controls reaches an argument that counts"},
		{"constant", "flag", "the arguments that count are fixed in the code"},
		{"in_loop", "flag", "it stands in a loop of its function"},
		{"in_try", "flag", "a try around it in its function catches what it raises"},
		{"awaited", "flag", "it is awaited"},
		{"used", "flag", "its answer is used"},
		{"switched", "flag", "it runs only where a switch for development or tests is set, as an if around it says"},
		{"by_hand", "flag", "it runs only where somebody starts its file by hand: it stands below the main guard, files of the tree start the same application by a server such as gunicorn, and none starts the file"},
		{"unasked", "flag", "it starts a coding assistant with an option that has it run commands without asking"},
		{"refusing", "flag", "it runs only on the way to a refusal: in a handler of an error that raises at its end, or in functions that only such handlers call"},
		{"only", "text", "the keys of its answer that are asked for, in order, with a space between; empty where anything else is done with the answer"},
		{"module_level", "flag", "it runs when the file is loaded"},
		{"arguments", "number", "how many arguments it has"},
		{"function", "function", "the function around it"},
		{"file", "file", "the file it stands in"},
		{"element", "element", "the element of the model whose body it is part of, or that its value comes from"},
	},
	"function": {
		{"name", "text", "its own name"},
		{"class", "text", "the class it is a method of; empty for none"},
		{"present", "flag", "there is a function (a call at the level of the file has none)"},
		{"tool", "flag", "a model may call it"},
		{"route", "flag", "a client of a service calls it"},
		{"async", "flag", "it is async"},
		{"typed", "flag", "every parameter has a type"},
		{"returns_typed", "flag", "what it returns has a type"},
		{"takes_dict", "flag", "a parameter is a plain dictionary or of any type"},
		{"returns_dict", "flag", "it returns a plain dictionary, or something of any type"},
		{"documented", "flag", "it has a description"},
		{"recursive", "flag", "it calls itself"},
		{"depth_limited", "flag", "it calls itself and passes on or tests a depth or count"},
		{"endless_loop", "flag", "a loop in it has no condition and nothing that leaves it"},
		{"open_loop", "flag", "a loop in it has no condition, and what leaves it is not counted"},
		{"asks_model_in_loop", "flag", "such a loop asks a model or runs an agent"},
		{"grows_in_loop", "flag", "such a loop puts things into a collection that nothing empties"},
		{"swallows", "flag", "it catches every error and goes on as if nothing had happened"},
		{"leaks_errors", "flag", "it returns the text of an error or a trace to its caller"},
		{"catches", "flag", "it has a try around what it does"},
		{"logs", "flag", "it logs something"},
		{"retries_forever", "flag", "a loop without a count tries again after an error"},
		{"checks_path", "flag", "it tests that a path stays inside a folder"},
		{"asks_person", "flag", "it asks a person before it goes on"},
		{"confirms", "text", "the yes-or-no parameter by which its caller says that a person agreed; empty for none"},
		{"parameters", "number", "how many parameters it has, what a framework fills in not counted"},
		{"free_text", "number", "how many of them take free text without a limit"},
		{"lines", "number", "how many lines it has"},
		{"file", "file", "the file it stands in"},
		{"element", "element", "the element of the model whose body it is"},
	},
	"class": {
		{"name", "text", "its own name"},
		{"tool", "flag", "a model may call it"},
		{"typed", "flag", "every field has a type"},
		{"open", "flag", "it takes fields that it does not declare"},
		{"fields", "number", "how many fields it declares"},
		{"file", "file", "the file it stands in"},
		{"element", "element", "the element of the model that it makes"},
	},
	"literal": {
		{"name", "text", "what it is assigned to, or passed as"},
		{"shape", "text", "what kind of key it looks like; empty when it is known by its name only"},
		{"text", "text", "the text with the secret taken out"},
		{"placeholder", "flag", "it stands for a value that somebody is to fill in"},
		{"random", "flag", "it looks like a random key"},
		{"default", "flag", "it is what is taken when a variable of the environment is not set"},
		{"refused", "flag", "of a signing key: the program names it again and stops where it is still set"},
		{"idle", "flag", "of a signing key: only functions that sign or check with it name it, and nobody in the program calls them"},
		{"length", "number", "how long it is"},
		{"entropy", "number", "bits for each letter, times ten"},
		{"function", "function", "the function around it"},
		{"file", "file", "the file it stands in"},
		{"element", "element", "the element of the model whose body it is part of"},
	},
	"file": {
		{"path", "text", "where it stands"},
		{"base", "text", "its name without folders"},
		{"part", "text", "the part of it that is meant: a service, a container, a job; empty for the whole"},
		{"detail", "text", "what was seen, for people"},
		{"secrets", "text", "what holds the secrets: names of variables, files; the first five, as with the next three"},
		{"unfixed", "text", "images, actions or packages whose version is left open"},
		{"host_folders", "text", "folders of the host that are mounted into it"},
		{"ports", "text", "ports that it opens on every interface"},
		{"committed", "flag", "it is under version control, as far as .gitignore tells"},
		{"holds_secrets", "flag", "it holds values that look like secrets"},
		{"root", "flag", "what it describes runs as root"},
		{"writable_root", "flag", "the file system of what it describes can be written"},
		{"memory_limit", "flag", "memory is limited"},
		{"cpu_limit", "flag", "processor time is limited"},
		{"pids_limit", "flag", "the number of processes is limited"},
		{"privileged", "flag", "it has all rights over its host"},
		{"host_network", "flag", "it shares the network of its host"},
		{"host_files", "flag", "folders of the host that matter are mounted into it"},
		{"docker_socket", "flag", "it can command the container engine"},
		{"open_ports", "flag", "it opens a port on every interface"},
		{"asks_nobody", "flag", "whoever calls the address that it describes is let in"},
		{"drops_capabilities", "flag", "rights of the kernel are taken away"},
		{"new_privileges", "flag", "programs in it may gain rights"},
		{"pinned", "flag", "versions are fixed"},
		{"by_digest", "flag", "the image is named by its digest"},
		{"remote_script", "flag", "a script is fetched and run"},
		{"healthcheck", "flag", "its health is checked"},
		{"restarts", "flag", "it is started again without end"},
		{"debug", "flag", "it runs in a mode for finding mistakes"},
		{"floating", "flag", "a version is left open"},
		{"second_index", "flag", "packages may come from a second index"},
		{"write_token", "flag", "its token may write"},
		{"untrusted_checkout", "flag", "it runs code of strangers with its own rights"},
		{"script_injection", "flag", "text of strangers is put into a script"},
		{"unpinned_server", "flag", "it starts a tool server whose version is not fixed"},
		{"auto_approve", "flag", "tool calls are approved without asking"},
		{"plain_http", "flag", "it names an address without encryption"},
		{"local_server", "flag", "it starts a tool server on this machine"},
		{"element", "element", "the element of the model that it describes"},
	},
	"argument": {
		{"given", "flag", "it is there"},
		{"constant", "flag", "it is fixed in the code"},
		{"kind", "text", "string, number, bool, null, list, map, call, name or unknown; empty when it is not there"},
		{"text", "text", "a constant's text, or the expression as written"},
	},
}

// SubjectKinds are the words of the index of each sort.
var SubjectKinds = map[string][]SubjectKind{
	"call": {
		{"prompt", "sets instructions of a model"},
		{"shell", "has a shell read a command line"},
		{"command", "starts a program that an argument names"},
		{"argument", "starts a fixed program with arguments"},
		{"eval", "runs code"},
		{"sql", "sends a statement to a database"},
		{"query", "queries a store that is not SQL"},
		{"path", "opens, writes or removes a file"},
		{"url", "sends a request"},
		{"deserialise", "turns data into objects"},
		{"template", "renders a template"},
		{"log", "writes to a log"},
		{"html", "makes markup of a page"},
		{"import", "loads a module by name"},
		{"header", "sets a header of an answer"},
		{"memory", "stores what an agent remembers"},
		{"message", "sends a message to people or systems"},
		{"model", "asks a model"},
		{"agent", "runs an agent"},
		{"network", "asks a service over a network, the model's among them"},
		{"listen", "opens a port"},
		{"crypto", "hashes, encrypts or draws random numbers"},
		{"client", "makes a client of a service"},
		{"agent-made", "makes an agent"},
		{"register", "registers tools, agents or servers"},
	},
	"function": {
		{"function", "every function and method"},
		{"tool", "one that a model may call"},
		{"route", "one that a client of a service calls"},
		{"agent", "one in whose body agents are made or run"},
	},
	"class":   {{"class", "every class"}, {"schema", "one that describes data"}, {"tool", "one that is a tool"}},
	"literal": {{"secret", "a text that looks like a key or password"}, {"signing-key", "a text that signs tokens, sessions or calls where no key is set"}, {"address", "an address of a service"}},
	"file": {
		{"source", "source code"},
		{"dockerfile", "a recipe of a container image"},
		{"compose-service", "a service of a Compose file"},
		{"kubernetes-container", "a container of a Kubernetes manifest"},
		{"cloud-entrance", "an address of a function, or a method or route of an API, of a CloudFormation or SAM template"},
		{"env", "a file of environment variables"},
		{"dependencies", "a list of dependencies"},
		{"workflow-job", "a job of a GitHub workflow"},
		{"mcp-config", "an entry of a configuration of tool servers"},
		{"agent-settings", "settings of a coding assistant"},
	},
}

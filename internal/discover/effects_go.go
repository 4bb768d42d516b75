package discover

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// goTable is effects-go.yaml: names of Go are import paths.
var goTable = sync.OnceValue(func() map[string][]string { return readEffects("effects-go.yaml") })

// madeClient matches how a client of GitHub is made, where its methods are called on what was made: it is a Client.
var madeClient = regexp.MustCompile(`^(github\.com/google/go-github/github\.)New\w*\.(With\w+\.)*`)

// goEffects gives what a call of Go to an outside function does; false when the table does not know it.
func goEffects(r *code.Resolver, c code.Call) ([]string, bool) {
	for _, name := range append([]string{c.Callee.Name}, c.Callee.Names...) {
		name = madeClient.ReplaceAllString(name, "${1}Client.")
		switch name {
		case "net/http.NewRequest", "net/http.NewRequestWithContext":
			position := 0
			if strings.HasSuffix(name, "Context") {
				position = 1
			}
			return requestEffects(r, c, c.Node.Child(1+position)), true
		case "os.OpenFile":
			return openFileEffects(c.Node.Child(2)), true
		}
		if asksServer(name) {
			return []string{"net-read"}, false
		}
		if strings.HasPrefix(name, "builtins.") {
			return nil, true
		}
		if effects, ok := prefixIn(goTable(), name); ok {
			if strings.HasPrefix(name, "net/http.") && strings.Contains(name[strings.LastIndexByte(name, '.'):], ".Post") {
				return sending(c.Node), true
			}
			return refineGoStore(r, c, name, sends(name, effects)), true
		}
	}
	return nil, false
}

// sends adds to what a service's client reads that it also writes, where its method says so.
func sends(name string, effects []string) []string {
	if len(effects) != 1 || effects[0] != "net-read" {
		return effects
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	for _, verb := range []string{
		"Create", "Update", "Delete", "Edit", "Add", "Remove", "Merge", "Put", "Post", "Set", "Patch", "Send", "Submit", "Lock",
		"Unlock", "Star", "Unstar", "Request", "Dismiss", "Assign", "Mark", "Rerun", "Cancel", "Fork", "Push", "Apply", "Publish",
		"Terminate", "Start", "Stop", "Invoke", "Replace", "Upload", "Enable", "Disable", "Move", "Transition", "Mutate",
	} {
		if rest, ok := strings.CutPrefix(last, verb); ok && (rest == "" || rest[0] >= 'A' && rest[0] <= 'Z') {
			return []string{"net-read", "net-write"}
		}
	}
	return effects
}

// requestEffects tells by the method of a request whether it also sends.
func requestEffects(r *code.Resolver, c code.Call, method syntax.Node) []string {
	methods, fixed := methodsIn(r, c, method)
	if !fixed && method.Is(syntax.Attr) { // http.MethodGet
		methods, fixed = []string{strings.TrimPrefix(method.Text(), "Method")}, true
	}
	effects := methodEffects(methods, fixed, c.Node)
	if slices.Contains(effects, "net-write") {
		return []string{"net-read", "net-write"}
	}
	return effects
}

// openFileEffects reads the flags of os.OpenFile.
func openFileEffects(flags syntax.Node) []string {
	text := flags.Source()
	switch {
	case text == "os.O_RDONLY" || text == "0":
		return []string{"fs-read"}
	case strings.Contains(text, "O_WRONLY"):
		return []string{"fs-write"}
	}
	return []string{"fs-read", "fs-write"}
}

// refineGoStore is refineStore with the words of Go's drivers.
func refineGoStore(r *code.Resolver, c code.Call, name string, effects []string) []string {
	if len(effects) != 1 || effects[0] != "db-read" {
		return effects
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	switch last {
	case "Open", "New", "NewClient", "Connect", "ConnectConfig", "ParseConfig", "Close", "Ping", "PingContext", "Err", "Scan",
		"Next", "Begin", "BeginTx", "Commit", "Rollback", "Where", "Model", "Order", "Limit", "Offset", "Preload", "Joins", "Table",
		"WithContext", "Session", "Debug", "Select", "Group", "Having", "Error", "RowsAffected", "Collection", "Database", "Columns",
		"StructScan", "Decode", "MapScan", "Result", "Val", "Text", "ColumnTypes", "Prepare", "PrepareContext", "Config", "MustConnect":
		return nil
	case "Exec", "ExecContext", "NamedExec", "NamedExecContext", "MustExec", "Query", "QueryContext", "QueryRow", "QueryRowContext",
		"Queryx", "QueryxContext", "QueryRowx", "Raw", "Get", "GetContext", "SelectContext":
		return statementEffects(r, c.Node, strings.Contains(last, "Exec"))
	}
	for _, word := range []string{
		"Create", "Save", "Update", "Delete", "Insert", "Replace", "Upsert", "Migrate", "Set", "HSet", "LPush", "RPush",
		"SAdd", "ZAdd", "Del", "Incr", "Expire", "Put", "Add", "Drop", "BulkWrite", "CopyFrom", "SendBatch", "Publish", "XAdd", "Index",
	} {
		if strings.Contains(last, word) {
			return []string{"db-write"}
		}
	}
	return effects
}

// statementEffects reads the statement among a call's arguments. One that is made when the program runs may be any.
func statementEffects(r *code.Resolver, call syntax.Node, writes bool) []string {
	for i := 1; i <= 3; i++ {
		v := r.Eval(call.Child(i))
		if !v.Is(code.String) {
			continue
		}
		word, _, _ := strings.Cut(strings.TrimSpace(strings.ToUpper(v.Text))+" ", " ")
		switch strings.TrimSpace(strings.SplitN(word+"\n", "\n", 2)[0]) {
		case "SELECT", "WITH", "SHOW", "EXPLAIN", "PRAGMA", "DESCRIBE", "MATCH":
			return sqlEffects(v.Text, false)
		case "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "MERGE", "REPLACE", "TRUNCATE", "UPSERT", "CALL":
			return []string{"db-write"}
		}
	}
	if writes {
		return []string{"db-write"}
	}
	for i := 1; i <= 2; i++ {
		if n := call.Child(i); n.Is(syntax.Name, syntax.Call, syntax.Binary) && r.Eval(n).Is(code.Unknown) && !n.TextIs("ctx") {
			return []string{"db-read", "db-write"}
		}
	}
	return []string{"db-read"}
}

// EffectsOfFunctions is [Pass.EffectsOf] for a value that is a function, by name or not, or a call that wraps one; false when
// it holds none that is in the program.
func (p *Pass) EffectsOfFunctions(v *code.Value) (effects []Effect, ok bool) {
	var all [][]Effect
	for _, fn := range FunctionsIn(v) {
		if fn.Ref.Def != nil {
			all = append(all, p.EffectsOf(fn.Ref.Def))
		} else {
			all = append(all, p.EffectsAt(fn.Node))
		}
	}
	return JoinEffects(all), len(all) > 0
}

// FunctionsIn gives the functions of the program that a value is, or that the calls are given which made it: those that
// http.HandlerFunc(f) and withTimeout(f, time.Second) hand on.
func FunctionsIn(v *code.Value) []*code.Value {
	var all []*code.Value
	for _, one := range v.Each() {
		switch {
		case one.Is(code.Function) && !one.Node.Is(syntax.FuncDef, syntax.Lambda):
		case one.Is(code.Function):
			all = append(all, one)
		case one.Is(code.Instance) && !one.Typed():
			for _, a := range one.Args() {
				for _, inner := range a.Value.Each() {
					if inner.Is(code.Function) && inner.Node.Is(syntax.FuncDef, syntax.Lambda) {
						all = append(all, inner)
					}
				}
			}
		}
	}
	return all
}

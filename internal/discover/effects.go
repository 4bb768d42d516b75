package discover

import (
	"embed"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// technologyFiles are the tables of what libraries and products do: effects.yaml for calls, the other files for
// products.
//
//go:embed technology/*.yaml
var technologyFiles embed.FS

// technologyTree reads one of the tables.
func technologyTree(name string) syntax.Node {
	content, err := technologyFiles.ReadFile("technology/" + name)
	if err != nil {
		return syntax.Node{}
	}
	return syntax.Parse(source.NewFile("technology/"+name, content)).Root()
}

// effectTable gives the effects of calls by dotted prefix; an empty list says that there are none.
var effectTable = sync.OnceValue(func() map[string][]string { return readEffects("effects.yaml") })

func readEffects(file string) map[string][]string {
	table := map[string][]string{}
	for key, list := range technologyTree(file).Pairs() {
		effect := key.Text()
		for item := range list.Children() {
			name := item.Text()
			if effect == "none" {
				if _, ok := table[name]; !ok {
					table[name] = nil
				}
				continue
			}
			table[name] = append(table[name], effect)
		}
	}
	return table
}

// effectsOfCall gives what a call to an outside function does; false when the tables do not know it.
func effectsOfCall(r *code.Resolver, c code.Call) ([]string, bool) {
	if t := c.Node.Tree(); t != nil && t.Language == syntax.TypeScript {
		return scriptEffects(r, c)
	} else if t != nil && t.Language == syntax.Go {
		return goEffects(r, c)
	}
	for _, name := range append([]string{c.Callee.Name}, c.Callee.Names...) {
		switch {
		case name == "builtins.open" || name == "io.open" || name == "codecs.open" || name == "aiofiles.open":
			return openEffects(r.Eval(modeOf(c.Node, 1))), true
		case sessionName(name) == "pathlib.Path.open":
			return openEffects(r.Eval(modeOf(c.Node, 0))), true
		case name == "builtins.input":
			return nil, true
		case name == "urllib.request.urlopen" || name == "urllib.request.Request":
			return urllibEffects(r, c.Node), true
		case asksServer(name):
			return []string{"net-read"}, false
		}
		if effects, ok := httpEffects(r, c, sessionName(name)); ok {
			return delivered(r, c.Node, effects), true
		}
		if effects, ok := chatEffects(name); ok {
			return effects, true
		}
		if i, ok := product(name, nil); ok {
			var effects []string
			for effect, value := range i.Effects {
				if value == model.Yes {
					effects = append(effects, effect)
				}
			}
			sort.Strings(effects)
			return effects, true
		}
		if effects, ok := prefixEffects(sessionName(name)); ok {
			return refineEngine(r, c, name, refineClient(r, c, name, refineStore(r, c, name, effects))), true
		}
	}
	if callee := c.Node.Child(0); c.Callee.Def == nil && callee.Is(syntax.Attr) {
		if effect := byMethod[callee.Text()]; effect != "" {
			return []string{effect}, true
		}
	}
	return nil, false
}

// byMethod are methods of collections of MongoDB's drivers by names that nothing else has: they say what a call does where
// the object that it is on could not be followed.
var byMethod = map[string]string{
	"insert_many": "db-write", "update_many": "db-write", "delete_many": "db-write", "insert_one": "db-write", "update_one": "db-write", "delete_one": "db-write",
	"replace_one": "db-write", "find_one_and_update": "db-write", "find_one_and_delete": "db-write", "find_one_and_replace": "db-write",
	"count_documents": "db-read", "estimated_document_count": "db-read", "list_collection_names": "db-read",
}

// sessionName is the name of a method of a session of requests, or of a path, as the tables write it.
func sessionName(name string) string {
	for _, other := range []string{"requests.session.", "requests.sessions.Session.", "requests.sessions.session."} {
		if rest, ok := strings.CutPrefix(name, other); ok {
			return "requests.Session." + rest
		}
	}
	if rest, ok := strings.CutPrefix(name, "pathlib.Path."); ok { // what a method of a path gives is a path
		for {
			first, more, ok := strings.Cut(rest, ".")
			if !ok || !givesPath[first] {
				return "pathlib.Path." + rest
			}
			rest = more
		}
	}
	return name
}

// givesPath are the attributes and methods of a path that are paths again.
var givesPath = map[string]bool{
	"resolve": true, "absolute": true, "expanduser": true, "parent": true, "joinpath": true, "with_suffix": true, "with_name": true, "with_stem": true, "relative_to": true, "cwd": true, "home": true,
}

func modeOf(call syntax.Node, position int) syntax.Node {
	if m := call.Argument("mode"); !m.IsZero() {
		return m
	}
	if m := call.Child(1 + position); !m.Is(syntax.Keyword, syntax.Spread) {
		return m
	}
	return syntax.Node{}
}

func openEffects(mode *code.Value) []string {
	if mode == nil {
		return []string{"fs-read"}
	}
	s, ok := mode.Constant()
	switch {
	case !ok:
		return []string{"fs-read", "fs-write"}
	case strings.ContainsAny(s, "+"):
		return []string{"fs-read", "fs-write"}
	case strings.ContainsAny(s, "wax"):
		return []string{"fs-write"}
	}
	return []string{"fs-read"}
}

// prefixEffects looks a name up by its longest prefix.
func prefixEffects(name string) ([]string, bool) { return prefixIn(effectTable(), name) }

func prefixIn(table map[string][]string, name string) ([]string, bool) {
	for {
		if effects, ok := table[name]; ok {
			return effects, true
		}
		i := strings.LastIndexAny(name, "./")
		if i <= 0 {
			return nil, false
		}
		name = name[:i]
	}
}

// refineStore tells reading from writing where a store's method or statement says which.
func refineStore(r *code.Resolver, c code.Call, name string, effects []string) []string {
	if len(effects) != 1 || effects[0] != "db-read" {
		return effects
	}
	if strings.Contains(name, ".execute.") || strings.Contains(name, ".add.") {
		return nil // a row of a result: the statement was judged where it was executed
	}
	if strings.HasSuffix(name, ".pipeline.execute") {
		return nil // the commands that a pipeline gathered were judged where they were given
	}
	if library, _, _ := strings.Cut(name, "."); pooled[library] && handsOut[name[strings.LastIndexByte(name, '.')+1:]] {
		return nil // a connection that nothing has been asked of
	}
	switch last := name[strings.LastIndexByte(name, '.')+1:]; last {
	case "commit", "add", "add_all", "delete", "insert", "insert_one", "insert_many", "update_one", "update_many",
		"delete_one", "delete_many", "delete_all", "replace_one", "upsert", "set", "hset", "lpush", "rpush", "sadd", "merge", "bulk_write",
		"add_documents", "add_texts", "executemany", "executescript", "to_sql", "drop", "create_collection", "save", "index",
		"set_secret", "begin_delete_secret", "purge_deleted_secret", "create_secret", "add_secret_version", "destroy_secret_version",
		"create_or_update_secret", "upsert_item", "create_item", "delete_item", "replace_item", "upload_documents", "merge_documents",
		"merge_or_upload_documents", "delete_documents", "upsert_entity", "create_entity", "delete_entity", "update_entity",
		"insert_rows_json", "insert_rows", "load_table_from_json", "load_table_from_dataframe", "delete_table", "create_table":
		return []string{"db-write"}
	case "desc", "asc", "label", "in_", "notin_", "like", "ilike", "is_", "is_not", "isnot", "between", "startswith", "endswith", "nullslast", "nullsfirst":
		return nil // a part of a statement, which is judged where it is executed
	case "pipeline", "zcard", "zcount", "scard", "llen", "hlen", "strlen", "ttl", "pttl", "exists", "dbsize", "ping":
		return nil // numbers about what is kept, and what gathers commands
	case "zadd", "zrem", "zremrangebyscore", "zremrangebyrank", "zincrby", "incr", "incrby", "decr", "decrby", "hincrby", "expire", "expireat", "pexpire", "persist", "setex", "setnx", "psetex", "mset", "hmset", "srem", "lrem", "ltrim", "hdel", "flushdb", "flushall", "xadd", "xdel":
		return []string{"db-write"}
	case "getdel", "getset", "lpop", "rpop", "spop", "blpop", "brpop", "zpopmin", "zpopmax", "rpoplpush", "eval", "evalsha", "fcall", "execute_command", "rename", "renamenx":
		return []string{"db-read", "db-write"} // what is taken out is gone, and a script or a command by its name may be any
	case "connect", "from_url", "create_engine", "sessionmaker", "Session", "close", "cursor", "Client", "MongoClient", "AsyncMongoClient", "AsyncIOMotorClient", "MotorClient", "Redis",
		"PersistentClient", "EphemeralClient", "HttpClient", "AsyncHttpClient", "ThreadedConnectionPool", "SimpleConnectionPool", "ConnectionPool", "AsyncConnectionPool",
		"create_pool", "create_async_engine", "async_sessionmaker", "SecretClient", "SecretManagerServiceClient", "CosmosClient", "get_database_client", "get_container_client",
		"Memory", "AsyncMemory", "MemoryClient", "AsyncMemoryClient", "from_config", "Zep", "AsyncZep":
		return nil
	case "execute", "fetch", "fetchrow", "fetchval", "run", "query":
		if said := chained(r, c); said != nil {
			return said
		}
		statement := r.Eval(c.Node.Child(1))
		if statement.Is(code.Instance) { // sqlalchemy.text("…"), select(…)
			if inner := statement.Arg("text", 0); inner.Is(code.String) {
				statement = inner
			}
		}
		if statement.Is(code.String) {
			return sqlEffects(statement.Text, last == "query")
		}
		if said := builtEffects(statement); said != nil {
			return said
		}
		if last == "execute" || last == "run" {
			return []string{"db-read", "db-write"} // the statement is made when the program runs: either
		}
	}
	return effects
}

// pooled are libraries of databases whose pools and engines hand out connections, and handsOut the methods that do so, that
// give one back, or that begin and end what belongs together. What is then asked over the connection is judged by itself.
var (
	pooled   = wordSet(`psycopg psycopg2 psycopg_pool asyncpg sqlalchemy`)
	handsOut = wordSet(`connection getconn putconn acquire release begin begin_nested transaction rollback open wait NullConnectionPool AsyncNullConnectionPool`)
)

// chained tells what a query does that is built by methods and executed at the end: table("x").select("*").execute().
func chained(r *code.Resolver, c code.Call) []string {
	if c.Node.Count() > 1 || !c.Node.Child(0).Is(syntax.Attr) {
		return nil
	}
	reads := false
	for _, v := range r.Eval(c.Node.Child(0).Child(0)).Each() {
		for ; v.Is(code.Instance); v = v.Base {
			switch v.Ref.Last() {
			case "insert", "update", "upsert", "delete":
				return []string{"db-write"}
			case "select":
				reads = true
			}
		}
	}
	if reads {
		return []string{"db-read"}
	}
	return nil
}

// effectsOf is [Pass.EffectsOf].
func (p *Pass) effectsOf(def *code.Def) []Effect {
	if p.code == nil || def == nil {
		return nil
	}
	return slices.Clone(p.doesOf(def).effects)
}

// does is what a function can do, and the stores that it does it to.
type does struct {
	effects []Effect
	stores  []touched
}

// touched is a store, and a call that asks it.
type touched struct {
	kind model.Kind
	ref  Ref
	at   source.Span
}

type doesKey struct{ codePlace }

// doesOf finds what a function does. Whoever asks, a resolver of the function's own file answers: many files use one
// toolkit, and what it does must not depend on which of them asked first.
func (p *Pass) doesOf(def *code.Def) *does {
	told := Told(p, doesKey{definitionPlace(def)}, func() *does {
		r := p.run.program.Resolver(def.Module.Path)
		own := r.DefinitionOf(r.Tree().At(def.Node.Index()))
		if own == nil {
			return nil
		}
		return doesIn(r, r.BodyOf(own))
	})
	if told == nil { // a function without a name
		return doesIn(p.code, p.code.BodyOf(def))
	}
	return told
}

func doesIn(r *code.Resolver, body code.Body) *does {
	d := &does{effects: effectsIn(r, body)}
	if !slices.ContainsFunc(d.effects, func(e Effect) bool {
		return e.Value == model.Yes && (e.Name == "db-read" || e.Name == "db-write")
	}) {
		return d
	}
	k := keeper{}
	for _, c := range body.Calls {
		if s, ok := storeOf(r.Eval(c.Node)); ok && !slices.ContainsFunc(d.stores, func(t touched) bool { return t.ref.key == s.Ref.key }) {
			k.ref(&s.Ref)
			d.stores = append(d.stores, touched{s.Kind, s.Ref, c.Node.Span()})
		}
	}
	return d
}

// knocking are commands and statements that only ask a store whether it is there.
var knocking = regexp.MustCompile(`(?i)^\s*(ping|hello|ismaster|buildinfo|connectionstatus|select\s+1)\s*;?\s*$`)

// knocks tells whether a call only asks a store whether it is there: db.command("ping"), cursor.execute("SELECT 1").
func knocks(call syntax.Node) bool {
	callee := call.Child(0)
	if !callee.Is(syntax.Attr) || call.Count() != 2 {
		return false
	}
	switch callee.Text() {
	case "command", "execute", "fetchval", "fetch", "query", "scalar", "runCommand":
		n := call.Child(1)
		if n.Is(syntax.Call) && n.Child(0).TextIs("text") { // SQLAlchemy
			n = n.Child(1)
		}
		return n.Is(syntax.String) && knocking.MatchString(n.Text())
	}
	return false
}

// effectsIn says what the calls of a body can do; the resolver is the one that found them.
func effectsIn(r *code.Resolver, body code.Body) []Effect {
	found := map[string]*Effect{}
	open := map[string]bool{} // effects that a call may have
	told := map[string]bool{} // effects of which a call has said whose rows it is about
	complete := body.Complete
	writes := false // what it is given stands in a file afterwards, and a command without a part of it may run that file
	for _, c := range body.Calls {
		effects, _ := effectsOfCall(r, c)
		writes = writes || slices.Contains(effects, "fs-write")
	}
	calls := slices.Clone(body.Calls)
	for _, c := range body.Unknown {
		if callee := c.Node.Child(0); callee.Is(syntax.Attr) && byMethod[callee.Text()] != "" {
			c.Callee.Name = callee.Text()
			calls = append(calls, c)
		}
	}
	for _, c := range calls {
		if knocks(c.Node) {
			continue
		}
		effects, known := effectsOfCall(r, c)
		var start started
		starts := false
		if c.Driven && slices.Contains(effects, "exec") {
			if !startsNew(r, c) {
				continue
			}
			if start, starts = startedBy(r, c); starts {
				known = known && start.free // what else its words and options make of it is in no table
				effects = slices.Concat(effects, start.effects)
				if start.file {
					effects = append(effects, "fs-write")
				}
			}
		}
		if !known {
			complete = false
		}
		for _, name := range effects {
			if sure, ok := strings.CutSuffix(name, possibly); ok {
				if c.Driven || c.Depth == 0 {
					open[sure] = true
				}
				continue
			}
			// What a function does deep inside with values of its own (it makes its folder, installs its package) is
			// not something that its caller can turn against anybody. What it fetches, it still brings in.
			if !c.Driven && c.Depth > 0 && !brings[name] {
				continue
			}
			e := found[name]
			if e == nil {
				e = &Effect{Name: name, Value: model.Yes, Reason: "it calls " + shortName(c.Callee.Name), Fixed: true}
				found[name] = e
			}
			method := c.Callee.Name[strings.LastIndexByte(c.Callee.Name, '.')+1:]
			if !settles[method] && !prepares[method] {
				e.Own = c.Own && (e.Own || !told[name])
				e.Anybodys = e.Anybodys || c.Driven && !c.Bound
				told[name] = true
			}
			if name == "net-read" {
				e.Known = e.Known || starts && start.told || !starts && strangersWrite(r, c)
			}
			place := placeOf(name, c.Callee.Name, c)
			if starts && place != "" {
				if place = start.files; strings.HasPrefix(name, "net") {
					place = start.whom
				}
			}
			if e.Place != placeGiven {
				if place == placeGiven {
					e.Where = nil
				}
				e.Place = place
			}
			if c.Driven && e.Place == place && len(e.Where) < 3 {
				e.Where = append(e.Where, c.Node.Span())
			}
			driven := c.Driven && !prepares[method]
			if driven && name == "exec" && computes(c) && (!writes || interpreters[scriptName(c.Callee.Name)]) {
				driven = false
				if e.Fixed && e.Check.IsZero() && !c.Check().IsZero() {
					e.Check = c.Check().Span()
				}
			}
			if driven && name == "exec" && starts && !start.free {
				driven = false
				if !start.known && e.Open == "" {
					e.Open = start.why
				}
				if e.Program == "" {
					e.Program = start.why
				}
			}
			if driven && e.Fixed {
				e.Fixed, e.Reason, e.At = false, "it calls "+shortName(c.Callee.Name)+" with what it is given", nil
				if name == "exec" && start.why != "" { // an option runs a program
					e.Reason += start.why
					e.Program = e.Reason
				}
			}
			if len(e.At) < 3 && (driven || e.Fixed) {
				e.At = append(e.At, c.Node.Span())
			}
		}
	}
	var all []Effect
	for _, info := range model.Effects {
		switch e := found[info.Name]; {
		case e != nil:
			all = append(all, *e)
		case complete && !open[info.Name]:
			all = append(all, Effect{Name: info.Name, Value: model.No, Reason: "every call in its body was followed, and none does so with what it is given"})
		}
	}
	return all
}

// settles are methods by which what was asked for before is settled: they name nobody's rows.
var settles = map[string]bool{"commit": true, "flush": true, "refresh": true, "rollback": true, "begin": true, "scalars": true, "scalar_one_or_none": true}

// prepares are methods that look for a store's index or collection, or make it: they name nobody's rows, and hold nothing of
// what a tool is asked.
var prepares = map[string]bool{
	"has_index": true, "create_index": true, "describe_index": true, "list_indexes": true, "IndexAsyncio": true,
	"has_collection": true, "collection_exists": true, "create_collection": true, "load_collection": true, "list_collections": true,
}

// interpreters are calls that run a text as a program.
var interpreters = map[string]bool{
	"builtins.eval": true, "builtins.exec": true, "builtins.compile": true, "builtins.Function": true, "eval": true, "Function": true,
	"vm.runInNewContext": true, "vm.runInThisContext": true, "vm.runInContext": true, "numexpr.evaluate": true,
}

// computes tells whether what runs can only be made of what a check lets through: an interpreter that is given no letters
// computes with numbers, and a command without marks does what the code says to a word that it is given.
func computes(c code.Call) bool {
	if interpreters[scriptName(c.Callee.Name)] {
		return c.Given()&code.Letters == 0
	}
	first := c.Node.Child(1)
	if first.Is(syntax.List, syntax.Tuple) {
		first = first.Child(0)
	}
	return c.Given()&code.Marks == 0 && (c.Given()&(code.Letters|code.Slashes) == 0 || !first.Is(syntax.Name))
}

// brings are the effects by which content comes in.
var brings = map[string]bool{"net-read": true, "db-read": true}

// shortName is a qualified name as people say it.
func shortName(name string) string { return strings.TrimPrefix(name, "builtins.") }

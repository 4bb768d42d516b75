package code

import (
	"path"
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// builtin knows what a few functions of the language and its standard library do to values. Nil means that it knows
// nothing: the call is then an object of what was called.
func (r *Resolver) builtin(v *Value, n syntax.Node, f *frame) *Value {
	if !n.Is(syntax.Call) {
		return nil
	}
	name := v.Ref.Name
	if inGo(n) {
		return r.goCall(v, n, f)
	}
	if got := r.configured(name, n, f); got != nil {
		return got
	}
	if strings.HasPrefix(name, "builtins.") {
		if v.Base != nil {
			return r.methodCall(v.Base, name[strings.LastIndexByte(name, '.')+1:], n, f)
		}
		return r.builtinCall(name[len("builtins."):], n, f)
	}
	if v.Base.Is(Function) && strings.HasSuffix(name, ".bind") && r.at(n).module.language == syntax.TypeScript {
		return r.boundTo(v.Base, n, f)
	}
	if v.Base.Is(Class) {
		if made := r.validated(v.Base, v.Ref.Last(), n, f); made != nil {
			return made
		}
	}
	arg := func(i int) *Value { return r.eval(n.Child(i+1), f) }
	switch name {
	case "tsyringe.container.resolve", "typedi.Container.get", "typedi.default.get", "inversify.Container.get", "@nestjs/core.ModuleRef.get", "@nestjs/core.ModuleRef.resolve", "injector.Injector.get":
		if class := arg(0); class.Is(Class) { // a container of objects makes it, of parts that it knows by their types
			return r.contained(class, n)
		}
	case "os.getenv", "os.environ.get", "environ.get", "decouple.config", "os.environ.setdefault":
		var without *Value // what it is where the variable is not set
		if d := n.Child(2); !d.IsZero() {
			if d.Is(syntax.Keyword) {
				d = d.Child(0)
			}
			if value := r.eval(d, f); value.Kind != Null {
				without = value
			}
		}
		key, ok := arg(0).Constant()
		if !ok {
			// Whatever the variable is called, the code says what holds without it.
			computed := unknown(n, "an environment variable whose name is computed")
			if without == nil {
				return computed
			}
			return choice(n, without, computed)
		}
		e := &Value{Kind: Env, Node: n, Text: key}
		if without != nil {
			e.Items = []*Value{without}
		}
		return e
	case "functools.partial":
		a := r.arguments(n, f, nil)
		if len(a.positional) == 0 {
			return nil
		}
		fn := *a.at(0)
		bound := slices.Clip(fn.extras())
		for i := range a.positional[1:] {
			bound = append(bound, extra{"", a.at(i + 1)})
		}
		for c := range n.All(syntax.Keyword) {
			bound = append(bound, extra{c.Text(), a.named(c.Text())})
		}
		fn.more = &more{extra: bound}
		return &fn
	case "asyncio.to_thread", "anyio.to_thread.run_sync", "starlette.concurrency.run_in_threadpool", "fastapi.concurrency.run_in_threadpool",
		"asyncio.get_running_loop.run_in_executor", "asyncio.get_event_loop.run_in_executor", "asyncio.new_event_loop.run_in_executor":
		return r.handedCall(n, f, strings.HasSuffix(name, "run_in_executor"))
	case "concurrent.futures.ThreadPoolExecutor.submit.result", "concurrent.futures.thread.ThreadPoolExecutor.submit.result", "concurrent.futures.ProcessPoolExecutor.submit.result":
		if future := v.Base; future != nil && future.Call.Is(syntax.Call) {
			return r.handedCall(future.Call, future.frame, false)
		}
	case "@langchain/langgraph.task": // task("name", f) is f, remembered
		if fn := arg(1); fn.Is(Function) {
			return fn
		}
	case "textwrap.dedent", "inspect.cleandoc":
		if s := arg(0); s.Kind == String {
			c := *s
			c.Text = dedent(s.Text)
			if name == "inspect.cleandoc" {
				c.Text = strings.TrimSpace(c.Text)
			}
			return &c
		}
		return arg(0)
	case "typing.cast", "cast":
		return arg(1)
	case "copy.copy", "copy.deepcopy", "asyncio.run", "asyncio.create_task", "asyncio.ensure_future", "asyncio.wait_for",
		"functools.cache", "functools.lru_cache", "anyio.run", "nest_asyncio.apply", "contextlib.closing", "contextlib.aclosing",
		"itertools.cycle", "Object.freeze", "builtins.Object.freeze", "langsmith/traceable.traceable", "langsmith.traceable", "react.cache":
		if n.Count() > 1 {
			return arg(0)
		}
	case "asyncio.gather", "itertools.chain", "Promise.all":
		out := &Value{Kind: List, Node: n}
		for c := range n.Children() {
			if c != n.Child(0) && !c.Is(syntax.Keyword) {
				out.extend(r.eval(c, f))
			}
		}
		return out
	case "dataclasses.replace":
		return arg(0)
	case "importlib.import_module":
		return r.moduleNamed(n, f)
	case "pydoc.locate", "pkgutil.resolve_name", "django.utils.module_loading.import_string", "werkzeug.utils.import_string",
		"hydra.utils.get_class", "hydra.utils.get_method", "hydra.utils.get_object":
		return r.objectNamed(arg(0), n)
	case "hydra.utils.instantiate", "hydra.utils.call":
		return r.instantiated(n, f)
	case "glob.glob", "glob.iglob", "os.listdir", "pathlib.Path.glob", "pathlib.Path.rglob", "pathlib.Path.iterdir", "glob.globSync",
		"fs.readdirSync", "node:fs.readdirSync", "fs.default.readdirSync", "fs.promises.readdir", "fs/promises.readdir", "node:fs/promises.readdir":
		return r.listedBy(v, n, f)
	case "contextlib.AsyncExitStack.enter_async_context", "contextlib.ExitStack.enter_context":
		return r.entered(n.Child(1), f)
	case "os.path.dirname", "os.path.abspath", "os.path.realpath", "os.path.normpath", "path.dirname", "path.resolve":
		if v := arg(0); v.Kind == String && len(v.Holes) == 0 {
			c := *v
			c.Node = n
			if strings.HasSuffix(name, "dirname") {
				c.Text = path.Dir(v.Text)
			}
			return &c
		}
	case "os.path.join", "path.join", "node:path.join":
		out := &Value{Kind: String, Node: n}
		var b strings.Builder
		for c := range n.Children() {
			if c == n.Child(0) {
				continue
			}
			if b.Len() > 0 && !strings.HasSuffix(b.String(), "/") {
				b.WriteByte('/')
			}
			r.write(&b, out, c, r.eval(c, f))
		}
		out.Text = b.String()
		return out
	}
	return nil
}

// builtinCall is a call of a builtin function.
func (r *Resolver) builtinCall(name string, n syntax.Node, f *frame) *Value {
	first := n.Child(1)
	arg := func() *Value { return r.eval(first, f) }
	switch name {
	case "Proxy":
		if v := r.behind(r.eval(n.Child(2), f)); v != nil {
			return v
		}
		if v := arg(); !v.Is(Dict) || len(v.Pairs) > 0 {
			return v
		}
	case "list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "filter":
		if name == "filter" {
			first = n.Child(2)
		}
		if first.IsZero() || first.Is(syntax.Keyword) {
			return &Value{Kind: List, Node: n}
		}
		v := arg()
		switch v.Kind {
		case List:
			return v
		case Dict, Choice:
			out := &Value{Kind: List, Node: n}
			out.extend(v)
			return out
		case Unknown:
			return &Value{Kind: List, Node: n, Open: true, Text: v.Text}
		}
		return v
	case "Object.values", "Object.keys", "Object.entries":
		v := arg()
		method := map[string]string{"Object.values": "values", "Object.keys": "keys", "Object.entries": "items"}[name]
		switch v.Kind {
		case Dict:
			return r.methodCall(v, method, n, f)
		case List:
			if name == "Object.values" {
				return v
			}
		case Choice: // all that any of them holds
			out := &Value{Kind: List, Node: n}
			for _, one := range v.Each() {
				if one.Kind == Dict {
					part := r.methodCall(one, method, n, f)
					out.Items, out.Open = append(out.Items, part.Items...), out.Open || part.Open
				} else if one.Kind != Null {
					out.Open = true
				}
			}
			return out
		case Unknown:
			return unknown(n, "what it lists could not be followed: %s", v.Text)
		}
		return nil
	case "Object.fromEntries":
		v := arg()
		if held := r.mapHolds(v); held != nil {
			return held
		}
		var all []*Value
		for one := range v.alternatives() {
			all = append(all, fromEntries(one, n))
		}
		return choice(n, all...)
	case "Array.from":
		v := arg()
		if held := r.mapHolds(v); held != nil {
			v = r.methodCall(held, "items", n, f)
		}
		if v.Kind == List {
			switch n.Count() {
			case 2:
				return v
			case 3: // with what is made of each
				return r.mapped(v, r.eval(n.Child(2), f), n)
			}
		}
		return nil
	case "dict":
		out := &Value{Kind: Dict, Node: n}
		for c := range n.Children() {
			if c == n.Child(0) {
				continue
			}
			switch {
			case c.Is(syntax.Keyword):
				out.Pairs = append(out.Pairs, Entry{&Value{Kind: String, Node: c, Text: c.Text()}, r.eval(c.Child(0), f)})
			case c.Is(syntax.Spread):
				out.update(r.eval(c.Child(0), f))
			default:
				v := r.eval(c, f)
				if v.Kind == List {
					for _, item := range v.Items {
						if item.Kind == List && len(item.Items) == 2 {
							out.Pairs = append(out.Pairs, Entry{item.Items[0], item.Items[1]})
						}
					}
					out.Open = out.Open || v.Open
				} else {
					out.update(v)
				}
			}
		}
		return out
	case "enumerate":
		v := arg()
		if v.Kind != List {
			return unknown(n, "it is computed")
		}
		out := &Value{Kind: List, Node: n, Open: v.Open}
		for _, item := range v.Items {
			out.Items = append(out.Items, &Value{Kind: List, Node: n, Items: []*Value{unknown(n, "a counter"), item}})
		}
		return out
	case "zip":
		var columns [][]*Value
		least := maxUnroll
		for c := range n.Children() {
			if c == n.Child(0) || c.Is(syntax.Keyword) {
				continue
			}
			v := r.eval(c, f)
			if v.Kind != List || v.Open {
				return unknown(n, "it is computed")
			}
			columns = append(columns, v.Items)
			least = min(least, len(v.Items))
		}
		out := &Value{Kind: List, Node: n}
		for i := 0; i < least && len(columns) > 0; i++ {
			row := &Value{Kind: List, Node: n}
			for _, column := range columns {
				row.Items = append(row.Items, column[i])
			}
			out.Items = append(out.Items, row)
		}
		return out
	case "map":
		fn, over := arg(), r.eval(n.Child(2), f)
		if over.Kind != List || len(over.Items) > maxUnroll {
			return unknown(n, "it is computed")
		}
		out := &Value{Kind: List, Node: n, Open: over.Open}
		for i, item := range over.Items {
			if fn.Kind == Function && fn.Node.Is(syntax.Lambda, syntax.FuncDef) {
				params := paramsOf(fn.Node)
				if len(params) > 0 && !fn.frame.running(fn.Node) {
					g := r.round(fn.Node, fn.frame.at(fn.Node), i, slots{list: []slot{{name: params[0].Name, value: item}}})
					out.Items = append(out.Items, r.result(fn.Node, g, n))
				}
			}
		}
		return out
	case "str", "repr", "String":
		v := arg()
		if s, ok := v.Constant(); ok {
			return &Value{Kind: String, Node: n, Text: s}
		}
		if v.Kind == String || v.Kind == Env {
			return v
		}
		if _, ok := v.FilePath(); ok {
			return v // a path as text is the path
		}
		return unknown(n, "it is computed")
	case "int", "float", "bool", "Number", "Boolean":
		v := arg()
		if s, ok := v.Constant(); ok && v.Kind != Env {
			return &Value{Kind: Number, Node: n, Text: s}
		}
		return v
	case "getattr":
		object, key := arg(), r.eval(n.Child(2), f)
		if got := eachText(n, key, func(name string) *Value { return r.attribute(object, name, n) }); got != nil {
			return got
		}
		return unknown(n, "an attribute whose name is computed")
	case "next", "min", "max":
		if v := arg(); v.Kind == List && len(v.Items) > 0 {
			return v.memberOr(choice(n, v.Items...))
		} else if member := v.anyMember(); member != nil && v.Kind == List {
			return member
		} else if v.Kind == Instance || v.Kind == Choice {
			return v
		}
		return unknown(n, "it is computed")
	case "vars":
		return arg()
	case "type":
		if v := arg(); v.Kind == Instance && v.Ref.Def != nil && n.Count() == 2 {
			return r.definition(v.Ref.Def.Node, nil)
		}
		return unknown(n, "it is computed")
	case "super":
		return &Value{Kind: Instance, Node: n, Call: n, Ref: Ref{Name: "builtins.super"}, in: r, frame: f}
	case "require":
		if s, ok := arg().Constant(); ok {
			t := r.importTarget(r.at(n).module, 0, s)
			if v := r.required(t); v != nil {
				return v
			}
			return r.packageValue(t)
		}
	case "len", "sum", "abs", "round", "hash", "id", "ord", "isinstance", "issubclass", "callable", "hasattr", "any", "all", "bin", "hex", "print":
		return unknown(n, "it is computed")
	}
	return nil
}

// fromEntries is the dictionary of a list of pairs.
func fromEntries(v *Value, n syntax.Node) *Value {
	if v.Kind != List {
		return &Value{Kind: Dict, Node: n, Open: true, Text: v.Reason()}
	}
	out := &Value{Kind: Dict, Node: n, Open: v.Open}
	for _, item := range v.Items {
		if item.Kind == List && len(item.Items) == 2 {
			out.Pairs = append(out.Pairs, Entry{item.Items[0], item.Items[1]})
		} else {
			out.Open = true
		}
	}
	return out
}

// behind is the object that a proxy's handler takes everything from, as programs write it that make a client only when it is
// used: new Proxy({}, {get: (_, name) => Reflect.get(client(), name)}); nil when it does not.
func (r *Resolver) behind(handler *Value) *Value {
	get := handler.Get("get")
	if !get.Is(Function) {
		return nil
	}
	var found syntax.Node
	property := "" // the second parameter
	for p := range get.Node.All(syntax.Param) {
		if p != get.Node.First(syntax.Param) && property == "" {
			property = p.Text()
		}
	}
	get.Node.Walk(func(n syntax.Node) bool {
		callee := n.Child(0)
		switch {
		case n.Is(syntax.Call) && callee.Is(syntax.Attr) && callee.TextIs("get") && callee.Child(0).TextIs("Reflect"):
			found = n.Child(1)
		case n.Is(syntax.Subscript) && property != "" && n.Child(1).Is(syntax.Name) && n.Child(1).TextIs(property):
			found = callee
		}
		return found.IsZero()
	})
	if found.IsZero() {
		return nil
	}
	return r.eval(found, nil)
}

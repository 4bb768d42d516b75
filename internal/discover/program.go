package discover

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// A program that the code names, started without a shell, does what the code says to the words that it is given. What else
// they can make of it depends on the program: whether it runs what it is told, whether an option of it does, and whether a
// word may be an option.

// programTable is programs.yaml: what is known of programs, and of parts of them.
var programTable = sync.OnceValue(func() map[string][]string { return readEffects("programs.yaml") })

// started is what a call that starts a program which the code names can do with what it is given.
type started struct {
	program string
	free    bool     // what is given can make it run anything: it is code, or an option that names a program
	why     string   // in words, of a free one an addition to what is called
	known   bool     // it is known what the program does
	effects []string // what else it does
	files   string   // who decides on which files
	whom    string   // and whom it asks or sends to
	file    bool     // an option may name a file that it writes
	told    bool     // what it prints holds what strangers write
}

// startedBy judges a driven call that starts a program; false where a shell reads its words, where the code does not name
// the program, and for calls that start none.
func startedBy(r *code.Resolver, c code.Call) (started, bool) {
	single, list, options, ok := commandOf(r, c)
	if !ok || !written(c.Node, single, list, options) {
		return started{}, false
	}
	all := c.Words(single, list)
	if len(all) == 0 {
		return started{}, false
	}
	fed := settingGiven(c, options, "input", "stdin")
	moved := settingGiven(c, options, "cwd")
	ruled := settingGiven(c, options, "env")
	var worst started
	for i, words := range all {
		if len(words) == 0 || !words[0].Whole || words[0].Many || !operands(words) {
			return started{}, false
		}
		s := judged(words, fed)
		if moved {
			s.files = placeGiven
		}
		if ruled && !s.free {
			s.known, s.why = false, "it starts "+s.program+" in an environment that holds what it is given"
		}
		if i == 0 {
			worst = s
			continue
		}
		worst = worse(worst, s)
	}
	return worst, true
}

// worse joins what two ways to start a program can do.
func worse(a, b started) started {
	if b.free && !a.free || a.free == b.free && a.known && !b.known {
		a, b = b, a
	}
	for _, effect := range b.effects {
		if !slices.Contains(a.effects, effect) {
			a.effects = append(slices.Clone(a.effects), effect)
		}
	}
	if b.files == placeGiven {
		a.files = placeGiven
	}
	if b.whom == placeGiven {
		a.whom = placeGiven
	}
	a.known, a.file, a.told = a.known && b.known, a.file || b.file, a.told || b.told
	return a
}

// judged tells what the words of a command can do.
func judged(words []code.Word, fed bool) started {
	name := programName(words[0].Text)
	if name == "sudo" && len(words) > 1 && words[1].Whole && !strings.HasPrefix(words[1].Text, "-") {
		return judged(words[1:], fed)
	}
	part, rest := partOf(name, words[1:])
	s := started{program: part}
	class := ""
	if class, s.effects = listed(part); class == "" && part != name {
		whole, effects := listed(name)
		if class = whole; len(s.effects) == 0 {
			s.effects = effects
		}
	}
	s.told = slices.Contains(programTable()[part], "strangers")
	option := mayBeOption(part, rest)
	s.files, s.whom = placesOf(name, part, words[1:], rest)
	given := fed || slices.ContainsFunc(words, func(w code.Word) bool { return w.Given })
	switch {
	case class == "":
		s.why = "it starts " + part + ", and what that does with what it is given is not known"
	case class == "interprets" && scripted(words[1:]):
		s.why = "it starts " + part + " with a program that the code names, and what that does with what it is given is not known"
	case class == "interprets", class == "runs":
		if s.free, s.known = given, true; !given {
			s.why = "it starts " + part + " with words of the code"
		}
	case class == "option" && option:
		s.free, s.known, s.why = true, true, ", and an option of "+part+" can run a program"
	case option:
		if s.known, s.file = true, class == "writes"; s.file {
			s.files = placeGiven
		}
		s.why = "it starts " + part + ", and no option of that runs a program"
	default:
		s.known = true
		s.why = "it starts " + part + ", and what it is given cannot be an option of that"
	}
	return s
}

// partOf finds the part of a program that its words name, and the words behind it: git log, of git -C folder log.
func partOf(name string, words []code.Word) (part string, rest []code.Word) {
	for i := 0; i < len(words) && words[i].Whole; i++ {
		if text := words[i].Text; !strings.HasPrefix(text, "-") {
			if programTable()[name+" "+text] != nil {
				return partOf(name+" "+text, words[i+1:])
			}
			break
		}
		if takesWord(name, words[i]) {
			i++
		}
	}
	return name, words
}

// placesOf tells who decides which files the words of a command are about, and whom it asks. Git keeps to its folder, and an
// engine or a cluster is the one that the program is set to.
func placesOf(name, part string, words, rest []code.Word) (files, whom string) {
	files, whom = placeFixed, placeFixed
	switch name {
	case "docker", "kubectl":
		return files, whom
	case "git":
		for i, w := range words[:len(words)-len(rest)] {
			if w.Whole && w.Text == "-C" && words[i+1].Given {
				files = placeGiven
			}
		}
		for _, w := range rest {
			if w.Whole && strings.HasPrefix(w.Text, "-") {
				continue
			}
			if w.Given && w.Holds&code.Start != 0 {
				whom = placeGiven
			}
			break
		}
		return files, whom
	}
	for i := 0; i < len(rest); i++ {
		w := rest[i]
		if takesWord(part, w) && i+1 < len(rest) && !rest[i+1].Many && !naming.MatchString(w.Text) {
			i++
			continue
		}
		if !w.Given || strings.HasPrefix(w.Text, "-") && !naming.MatchString(w.Text) {
			continue
		}
		if w.Holds&code.Slashes != 0 {
			files = placeGiven
		}
		if w.Holds&code.Start != 0 {
			whom = placeGiven
		}
	}
	return files, whom
}

// naming are options whose value names a file or an address.
var naming = regexp.MustCompile(`(?i)^-[fioCOT]$|file|path|dir|out|input|url|config|root`)

// mayBeOption tells whether what is given can be an option of a program.
func mayBeOption(part string, words []code.Word) bool {
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w.Whole && w.Text == "--":
			return false
		case takesWord(part, w) && i+1 < len(words) && !words[i+1].Many:
			i++
		case w.Option() && strings.Trim(w.Text, "-") == "":
			return true
		}
	}
	return false
}

// takesWord tells whether a word is an option whose value is the next word.
func takesWord(program string, w code.Word) bool {
	return w.Whole && slices.Contains(programTable()[program+" "+w.Text], "takes")
}

// programName is a program's name without its folder.
func programName(text string) string {
	return strings.TrimSuffix(text[strings.LastIndexAny(text, `/\`)+1:], ".exe")
}

// listed is the list of programs that a program, or a part of one, stands in, and what it does besides.
func listed(program string) (class string, effects []string) {
	for _, said := range programTable()[program] {
		switch said {
		case "interprets", "runs", "option", "writes", "plain":
			class = said
		case "takes", "strangers":
		default:
			effects = append(effects, said)
		}
	}
	slices.Sort(effects)
	return class, effects
}

// scripted tells whether the words of an interpreter name what it runs before anything that is given.
func scripted(words []code.Word) bool {
	for i, w := range words {
		switch {
		case !w.Whole:
			return false
		case slices.Contains([]string{"-c", "-lc", "-e", "-m", "-Command", "--eval", "/c", "/C"}, w.Text):
			return i+1 < len(words) && words[i+1].Whole
		case !strings.HasPrefix(w.Text, "-"):
			return true
		}
	}
	return false
}

// commandOf takes a call that starts a program without a shell apart: expressions of one word each, a list of words, and
// where its settings stand.
func commandOf(r *code.Resolver, c code.Call) (single []syntax.Node, list, options syntax.Node, ok bool) {
	var args []syntax.Node
	for a := range c.Node.Children() {
		if a != c.Node.Child(0) && !a.Is(syntax.Keyword) {
			args = append(args, a)
		}
	}
	for _, name := range append([]string{c.Callee.Name}, c.Callee.Names...) {
		switch name = scriptName(name); name {
		case "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen":
			list = c.Node.Argument("args")
			if list.IsZero() && len(args) > 0 {
				list = args[0]
			}
			if list.IsZero() || list.Is(syntax.String, syntax.FString, syntax.Spread) || switched(r, c.Node.Argument("shell")) || !c.Node.Argument("executable").IsZero() {
				return nil, list, options, false
			}
			return nil, list, c.Node, true
		case "asyncio.create_subprocess_exec", "asyncio.subprocess.create_subprocess_exec":
			return args, list, c.Node, len(args) > 0
		case "os/exec.Command":
			return args, list, options, len(args) > 0
		case "os/exec.CommandContext":
			if len(args) < 2 {
				return nil, list, options, false
			}
			return args[1:], list, options, true
		case "child_process.execFile", "child_process.execFileSync", "child_process.spawn", "child_process.spawnSync", "child_process.promises.execFile",
			"execa", "execa.execa", "execa.execaSync", "cross-spawn", "cross-spawn.sync", "cross-spawn.spawn":
			return scriptCommand(r, args)
		case "util.promisify":
			for v := c.Value; v != nil; v = v.Base {
				if inner := v.Arg("", 0); inner != nil && scriptName(inner.Ref.Name) == "child_process.execFile" {
					return scriptCommand(r, args)
				}
			}
		}
	}
	return nil, list, options, false
}

// scriptCommand is commandOf for execFile(program, [words], options).
func scriptCommand(r *code.Resolver, args []syntax.Node) (single []syntax.Node, list, options syntax.Node, ok bool) {
	if len(args) == 0 || args[0].Is(syntax.Spread) {
		return nil, list, options, false
	}
	single = args[:1]
	for _, a := range args[1:] {
		v := r.Eval(a)
		switch {
		case a.Is(syntax.Lambda, syntax.FuncDef), v.Is(code.Function):
		case a.Is(syntax.Map), v.Is(code.Dict):
			options = a
			if shell := v.Get("shell"); shell != nil && !shell.Is(code.Null) {
				if text, fixed := shell.Constant(); !fixed || text != "false" {
					return nil, list, options, false
				}
			}
		case list.IsZero() && options.IsZero():
			list = a
		default:
			return nil, list, options, false // it may ask for a shell
		}
	}
	return single, list, options, true
}

// switched tells whether a setting may be on.
func switched(r *code.Resolver, n syntax.Node) bool {
	if n.IsZero() {
		return false
	}
	text, fixed := r.Eval(n).Constant()
	return !fixed || !strings.EqualFold(text, "false") && text != "0"
}

// settingGiven tells whether one of the settings of a start holds what is given. Of an environment only its names count.
func settingGiven(c code.Call, options syntax.Node, names ...string) bool {
	for _, name := range names {
		n := options.Argument(name)
		if options.Is(syntax.Map) {
			for key, value := range options.Pairs() {
				if key.TextIs(name) {
					n = value
				}
			}
		}
		if n.Is(syntax.Map) && name == "env" {
			for part := range n.Children() {
				if _, held := c.Gets(part.Child(0)); held && (!part.Is(syntax.Pair) || !part.Child(0).Is(syntax.String)) {
					return true
				}
			}
			continue
		}
		if _, held := c.Gets(n); held {
			return true
		}
	}
	return false
}

// starters are the calls that start a program and give an object for it.
var starters = []string{
	"subprocess.Popen", "subprocess.run", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "asyncio.subprocess.create_subprocess_exec",
	"os/exec.CommandContext", "os/exec.Command", "child_process.spawn", "child_process.spawnSync", "child_process.exec", "child_process.execSync", "child_process.execFile",
	"child_process.execFileSync", "child_process.fork", "execa", "execa.execa", "cross-spawn",
}

// startsNew tells whether a call starts a program, or hands one what it runs: one on the object of a program that was started
// before does neither, but where it writes to a program that runs what it reads.
func startsNew(r *code.Resolver, c code.Call) bool {
	for _, starter := range starters {
		method, ok := strings.CutPrefix(scriptName(c.Callee.Name), starter+".")
		if !ok {
			continue
		}
		inGo := strings.HasPrefix(starter, "os/")
		if !inGo && !strings.Contains(method, "stdin") && method != "communicate" {
			return false
		}
		for v := c.Value; v != nil; v = v.Base {
			if !v.Is(code.Instance) || scriptName(v.Ref.Name) != starter {
				continue
			}
			at := c
			at.Node, at.Callee, at.Value = v.Call, v.Ref, v
			single, list, _, ok := commandOf(r, at)
			if !ok {
				return true
			}
			all := at.Words(single, list)
			return len(all) == 0 || slices.ContainsFunc(all, func(words []code.Word) bool {
				if len(words) == 0 || !words[0].Whole {
					return true
				}
				name := programName(words[0].Text)
				part, _ := partOf(name, words[1:])
				class, _ := listed(part)
				if class == "" {
					class, _ = listed(name)
				}
				return class != "plain" && class != "writes" && !inGo || class == "interprets" || class == "runs"
			})
		}
		return true
	}
	return true
}

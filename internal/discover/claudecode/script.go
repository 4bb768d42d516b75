package claudecode

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// A script of a skill is no shell where whoever starts it has no say in what it runs. That is said only of what is known
// whole: programs of a closed list that take neither commands nor code from what they are given, with words that stand in
// the script. A word from elsewhere, a program that is not on the list, and any part of a language that is not named here:
// it is not said.

// programs are those that a fixed script may start: none runs what it is given, reads or prints.
var programs = set("[ basename cat cd chmod cmp cp cut date df diff dirname du echo exit false git head ls mkdir mv printf pwd rm rmdir sha256sum sleep sort stat tail test touch tr true umask uname uniq wc")

// looking are the parts of git that run nothing of the repository they look at.
var looking = set("add blame branch describe diff fetch log ls-files rev-parse show status tag")

// taking are the programs for which a text that does not stand in the script is no option by which they do something else.
var taking = set("basename cd dirname echo mkdir printf touch")

// elsewhere marks a word that holds what a program printed.
const elsewhere = "\x00"

// handing are words by which a listed program starts another one after all, or sets what another one reads.
var handing = regexp.MustCompile(`^(?:-c|-v|-O.*|--.*(?:exec|program|config|ext-diff|textconv|open|pager|upload|receive).*)$`)

// plain is a word that a shell takes as it stands.
var plain = regexp.MustCompile(`^[\w./:@%=+,~^-]*$`)

// ownNames are variables of a shell script that no program takes its settings from; others are what a machine sets.
var (
	ownNames  = regexp.MustCompile(`^(?:[a-z_][a-z0-9_]*|OUT|OUTPUT|DIR|ROOT|FILE|NAME|TARGET|DEST|SRC|LOG)$`)
	madeKnown = set("CLAUDE_PLUGIN_ROOT CLAUDE_PROJECT_DIR CLAUDE_SKILL_DIR HOME PWD")
)

func set(words string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		all[word] = true
	}
	return all
}

// takesNothing tells whether a script runs the same whoever starts it. It says false where it cannot tell.
func (x *pass) takesNothing(file string) bool {
	tree := x.Read(file)
	if tree == nil || tree.File == nil {
		return false
	}
	switch path.Ext(file) {
	case ".sh", ".bash", ".zsh":
		return shellIsFixed(string(tree.File.Content()))
	case ".py", ".js", ".mjs", ".cjs", ".ts":
		return len(tree.Diagnostics) == 0 && tree.Language != "" && x.codeIsFixed(tree, path.Dir(file))
	}
	return false
}

// leading are the words of a shell behind which a command stands.
var leading = set("if then else elif do !")

// shellIsFixed tells whether each line of a shell script is listed programs with words that stand in it.
func shellIsFixed(text string) bool {
	sets := map[string]bool{} // whether it may hold what a program printed
	for line := range strings.Lines(text) {
		commands, ok := fixedWords(strings.TrimSpace(line), sets)
		if !ok {
			return false
		}
		for _, words := range commands {
			for len(words) > 0 && leading[words[0]] {
				words = words[1:]
			}
			if len(words) > 3 && words[0] == "for" && words[2] == "in" && ownNames.MatchString(words[1]) {
				if strings.Contains(strings.Join(words, " "), elsewhere) {
					return false
				}
				keepSet(sets, words[1])
				continue
			}
			if len(words) == 0 || len(words) == 1 && (words[0] == "fi" || words[0] == "done") {
				continue
			}
			if name, value, ok := strings.Cut(words[0], "="); ok {
				if len(words) > 1 || !ownNames.MatchString(name) || strings.HasSuffix(strings.ToLower(name), "proxy") {
					return false
				}
				sets[name] = sets[name] || strings.Contains(value, elsewhere)
				continue
			}
			if words[0] == "set" && (len(words) == 2 && words[1] != "" && strings.Trim(words[1], "-eux") == "" || strings.Join(words[1:], " ") == "-euo pipefail") {
				continue
			}
			if !harmless(words) {
				return false
			}
		}
	}
	return true
}

// harmless tells whether a command line is a listed program with words by which it starts nothing else.
func harmless(words []string) bool {
	if len(words) == 0 || !programs[words[0]] || words[0] == "git" && (len(words) < 2 || !looking[words[1]]) {
		return false
	}
	for i, word := range words[1:] {
		if strings.Contains(word, elsewhere) && (!taking[words[0]] || words[0] == "printf" && i == 0) {
			return false
		}
		if handing.MatchString(word) && (word != "-c" && word != "-v" || words[0] == "git" || words[0] == "printf") || i == 0 && words[0] == "cd" && word == "-" {
			return false
		}
	}
	return true
}

// fixedWords cuts a line into its commands and their words. It says false at anything but plain and quoted words,
// variables inside double quotes that were set above, what joins commands, and output that goes to a file.
func fixedWords(line string, sets map[string]bool) (commands [][]string, ok bool) {
	var words []string
	var word strings.Builder
	in := false
	end := func() {
		if in {
			words = append(words, word.String())
			word.Reset()
			in = false
		}
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case '#':
			if !in {
				i = len(line)
				continue
			}
			return nil, false
		case ' ', '\t':
			end()
		case '\'':
			to := strings.IndexByte(line[i+1:], '\'')
			if to < 0 {
				return nil, false
			}
			word.WriteString(line[i+1 : i+1+to])
			in, i = true, i+1+to
		case '"':
			to := strings.IndexByte(line[i+1:], '"')
			if to < 0 || escaped.MatchString(line[i+1:i+1+to]) || len(words) == 0 && !strings.Contains(word.String(), "=") {
				return nil, false
			}
			inner, ok := known(line[i+1:i+1+to], sets)
			if !ok {
				return nil, false
			}
			word.WriteString(inner)
			in, i = true, i+1+to
		case ';', '|', '&':
			if c == '&' && !strings.HasPrefix(line[i:], "&&") || strings.HasPrefix(line[i:], ";;") || strings.HasPrefix(line[i:], "|&") {
				return nil, false
			}
			if c != ';' && strings.HasPrefix(line[i+1:], string(c)) {
				i++
			}
			end()
			if len(words) > 2 && words[0] == "for" && words[2] == "in" { // it is read in the same line
				keepSet(sets, words[1])
			}
			commands, words = append(commands, words), nil
		case '>':
			if in && strings.Trim(word.String(), "12") == "" { // 2>
				word.Reset()
				in = false
			}
			end()
			for i+1 < len(line) && line[i+1] == '>' {
				i++
			}
			if strings.HasPrefix(line[i+1:], "&1") || strings.HasPrefix(line[i+1:], "&2") {
				i += 2
			}
		default:
			if !plain.MatchString(string(c)) && c != '[' && c != ']' || (c == '[' || c == ']') && in {
				return nil, false
			}
			word.WriteByte(c)
			in = true
		}
	}
	end()
	return append(commands, words), true
}

// In double quotes: what a shell reads there in a way of its own, a variable, and a command whose output is put there.
var (
	escaped  = regexp.MustCompile("`|\\\\(?:[^a-z]|$)")
	variable = regexp.MustCompile(`\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})`)
	printed  = regexp.MustCompile(`\$\(([\w ./:@%=+,~^-]*)\)`)
)

// known is a text in double quotes, with what it holds from elsewhere marked. It says false unless each variable was set
// above or leads to the project, and each command in it is a listed one.
func known(text string, sets map[string]bool) (string, bool) {
	ok := true
	text = printed.ReplaceAllStringFunc(text, func(part string) string {
		ok = ok && harmless(strings.Fields(part[2:len(part)-1]))
		return elsewhere
	})
	text = variable.ReplaceAllStringFunc(text, func(part string) string {
		name := strings.Trim(part, "${}")
		marked, set := sets[name]
		ok = ok && (set || madeKnown[name])
		if marked {
			return elsewhere
		}
		return "x"
	})
	return text, ok && !strings.Contains(text, "$")
}

// bringing are the modules that a fixed script may bring in, and launching how it starts a program with a list of words.
var (
	bringing  = set("json os subprocess sys time child_process node:child_process")
	launching = set("subprocess.run subprocess.call subprocess.check_call execSync execFileSync execFile spawnSync spawn")
	saying    = set("print len str sorted json.dumps os.listdir os.getcwd os.path.join os.path.basename sys.exit time.sleep console.log console.error Date.now")
	options   = set("check timeout capture_output text stdio encoding")
	roots     = set("print len str sorted json os subprocess sys time console Date execSync execFileSync execFile spawnSync spawn")
)

// codeIsFixed tells whether a program only starts listed programs with lists of words that stand in it, and says so.
func (x *pass) codeIsFixed(tree *syntax.Tree, dir string) bool {
	for _, file := range x.Paths(dir) { // a module of the folder comes before one of the language
		if bringing[strings.TrimSuffix(path.Base(file), path.Ext(file))] {
			return false
		}
	}
	own := map[string]bool{}
	for def := range tree.Root().All(syntax.FuncDef) {
		own[def.Text()] = true
	}
	fixed := true
	tree.Root().Walk(func(n syntax.Node) bool {
		fixed = fixed && fixedNode(n, own)
		return fixed
	})
	return fixed
}

// fixedNode tells whether one node of a program may stand in a fixed script, whatever stands in it.
func fixedNode(n syntax.Node, own map[string]bool) bool {
	switch n.Kind() {
	case syntax.Module, syntax.Block, syntax.Import, syntax.ExprStmt, syntax.If, syntax.Else, syntax.Return, syntax.Returns, syntax.Annotation,
		syntax.Compare, syntax.Unary, syntax.Logic, syntax.String, syntax.Number, syntax.Bool, syntax.Null, syntax.List, syntax.Tuple, syntax.Keyword,
		syntax.Map, syntax.Pair, syntax.FString, syntax.Interp, syntax.Binary, syntax.Assign:
		return true
	case syntax.ImportFrom: // of JavaScript only: what Python takes from a module by name may be anything in it
		return n.Tree().Language == syntax.TypeScript && bringing[n.Text()]
	case syntax.Alias:
		if n.Parent().Is(syntax.ImportFrom) {
			return n.Child(0).IsZero() && launching[n.Text()]
		}
		return n.Child(0).IsZero() && bringing[n.Text()]
	case syntax.FuncDef:
		name := n.Text()
		return n.Op() == 0 && !roots[name] && n.First(syntax.Decorator).IsZero() && n.First(syntax.Param).IsZero()
	case syntax.Name: // what is called is not set to anything else, nor handed on
		return !own[n.Text()] && !roots[n.Text()] || called(n)
	case syntax.Attr:
		return called(n)
	case syntax.Call:
		callee := n.Child(0).Source()
		return own[callee] && n.Count() == 1 || saying[callee] || launching[callee] && fixedStart(n)
	case syntax.Simple:
		return n.TextIs("pass")
	}
	return false
}

// called tells whether a name or attribute is what a call calls, or stands in front of that.
func called(n syntax.Node) bool {
	p := n.Parent()
	return p.Child(0) == n && (p.Is(syntax.Call) || p.Is(syntax.Attr) && called(p))
}

// fixedStart tells whether a call starts a listed program with a list of words, and options that change nothing of it.
func fixedStart(call syntax.Node) bool {
	var words []string
	for arg := range call.Children() {
		switch {
		case arg == call.Child(0):
		case arg.Is(syntax.Map) && len(words) > 0 && call.Tree().Language == syntax.TypeScript:
			for key, value := range arg.Pairs() {
				if !options[key.Text()] || !value.Is(syntax.String, syntax.Number, syntax.Bool) {
					return false
				}
			}
			if arg.Count() != len(slices.Collect(arg.All(syntax.Pair))) {
				return false
			}
		case arg.Is(syntax.Keyword):
			if !options[arg.Text()] || !arg.Child(0).Is(syntax.Bool, syntax.Number) {
				return false
			}
		case arg.Is(syntax.String) && len(words) == 0 && call.Tree().Language == syntax.TypeScript:
			words = append(words, arg.Text())
		case arg.Is(syntax.List) && len(words) <= 1 && (len(words) == 1) == (call.Tree().Language == syntax.TypeScript):
			for word := range arg.Children() {
				if !word.Is(syntax.String) {
					return false
				}
				words = append(words, word.Text())
			}
		default:
			return false
		}
	}
	if call.Child(0).TextIs("execSync") {
		return len(words) == 1 && shellIsFixed(words[0])
	}
	return harmless(words)
}

// keepSet notes that a loop gives a variable its values: it is set from now on, and comes no less from elsewhere than before.
func keepSet(sets map[string]bool, name string) {
	if _, known := sets[name]; !known {
		sets[name] = false
	}
}

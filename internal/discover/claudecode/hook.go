package claudecode

import (
	"regexp"
	"strings"
)

// A hook that is asked before a call may refuse it. What it is worth turns on what it does with a call that it has no
// word about. One that ends in a refusal lets through only what it names: a policy. One that ends in "go on" refuses
// what it names (a commit with a secret in it, "rm -rf") and lets through whatever else a steered agent comes up with.
// That is a check of something, and no policy for the calls: nobody can tell from it which calls are held up.

var (
	refusing = regexp.MustCompile(`exit 2\b|sys\.exit\(2\)|exit\(2\)|["']?(permissionDecision|decision|behavior)\\?["']?\s*[:=]\s*\\?["'](deny|block|ask)|"deny"|"block"|'deny'|'block'`)
	denying  = regexp.MustCompile(`["']?(permissionDecision|decision|behavior)\\?["']?\s*[:=]\s*\\?["'](deny|block|ask)`)
	allowing = regexp.MustCompile(`["']?(permissionDecision|decision|behavior)\\?["']?\s*[:=]\s*\\?["'](allow|approve)`)
	fetching = regexp.MustCompile(`(^|[\s;|&(])(curl|wget)\s`)

	// aside is a line of a script that is no statement.
	aside = regexp.MustCompile(`^\s*(#|//|/\*|\*|"""|''')`)
	// leaving is a statement that ends a script and says nothing against the call.
	leaving = regexp.MustCompile(`^(exit 0|exit|sys\.exit\((0|None)?\)|exit\(0\)|process\.exit\((0)?\);?|return;?)$`)
	// onlySome is a way past a refusal at the end for all that the script does not name: the branch for anything else
	// of a case, and a way out where nothing was found or where the call is not of the kind that is looked at.
	onlySome = regexp.MustCompile(`(^|\s)\*\)\s*(exit 0|:)|(-z\s|!=|!\s|\bnot\b|!\w|\|\|)[^#]*(exit 0|sys\.exit\((0|None)?\)|process\.exit\(0?\)|return\b)`)
	// given is how a script reads the call that it is asked about, and looks is what a condition says that looks into it.
	given = regexp.MustCompile(`tool_input|toolInput|tool_name`)
	looks = regexp.MustCompile(`grep|=~|==|\bin\b|\bstart[sS]?[wW]ith|\bends[wW]ith|match|includes|\.test\(|\)\s*exit 0`)
	// passes is a way out that lets the call pass, and inverted a search for what is not there.
	passes   = regexp.MustCompile(`\bexit 0\b|sys\.exit\((0|None)?\)|process\.exit\(0?\)`)
	inverted = regexp.MustCompile(`grep\s+(-\S+\s+)*-\w*v`)
	// turned is a check that holds for what it does not name.
	turned = regexp.MustCompile(`!|\bnot\b`)
	// blockOpens is a line that opens a branch whose body stands below it.
	blockOpens = regexp.MustCompile(`^\s*(if|elif|else\b).*(:|\bthen|\{)\s*$`)
)

// refusesByDefault tells whether a hook's program refuses each call that it does not name as one that may pass.
func refusesByDefault(said string) bool {
	var lines []string
	for line := range strings.Lines(said) {
		line = strings.TrimRight(line, " \t\r\n;")
		if strings.TrimSpace(line) != "" && !aside.MatchString(line) {
			lines = append(lines, line)
		}
	}
	for i, line := range lines {
		if passes.MatchString(line) && (line != strings.TrimLeft(line, " \t") || !leaving.MatchString(line)) {
			if on := condition(lines, i); !given.MatchString(said) || !looks.MatchString(on) || inverted.MatchString(on) {
				return false // what lets it pass is not what is asked for: a scan, a switch
			}
		}
		if onlySome.MatchString(line) {
			return false
		}
		if blockOpens.MatchString(line) && i+1 < len(lines) && onlySome.MatchString(line+" "+strings.TrimSpace(lines[i+1])) {
			return false
		}
	}
	for len(lines) > 0 && leaving.MatchString(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1] // a decision that is printed rides on an exit of 0
	}
	if len(lines) == 0 {
		return false
	}
	return closes(lines)
}

// condition is the line of a way out, with the line above it that opens its branch.
func condition(lines []string, i int) string {
	indent := func(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }
	for j := i - 1; j >= 0 && indent(lines[i]) > 0; j-- {
		if indent(lines[j]) < indent(lines[i]) {
			return lines[j] + "\n" + lines[i]
		}
	}
	return lines[i]
}

// closes tells whether the last statement, which begins at the last line without an indent, refuses whatever comes to it.
// What is printed may take several lines.
func closes(lines []string) bool {
	for i := len(lines) - 1; i >= 0; i-- {
		if lines[i] == strings.TrimLeft(lines[i], " \t") && !strings.HasPrefix(lines[i], "}") && !strings.HasPrefix(lines[i], ")") {
			first := lines[i]
			if check, last, two := strings.Cut(first, "||"); two {
				// What the check does not find in the call is refused.
				return given.MatchString(check) && looks.MatchString(check) && !turned.MatchString(check) && !inverted.MatchString(check) &&
					!strings.Contains(first, "&&") && i == len(lines)-1 && strings.TrimSpace(last) == "exit 2"
			}
			if strings.Contains(first, "&&") {
				return false
			}
			return refusing.MatchString(first) && ends.MatchString(first) || says.MatchString(first) && denying.MatchString(strings.Join(lines[i:], "\n"))
		}
	}
	return false
}

// ends is how a script ends with a number, and says how it prints.
var (
	ends = regexp.MustCompile(`^(exit|sys\.exit|process\.exit)\b`)
	says = regexp.MustCompile(`^(jq|echo|printf|cat|print|console\.log|process\.stdout\.write|sys\.stdout\.write|json\.dump)\b`)
)

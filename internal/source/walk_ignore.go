package source

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// This file is a small reader of .gitignore files, as git's documentation describes them. It is ours because the
// modules that do it differ from git in one point or another (negation under an ignored folder, "**" in the middle,
// escaped spaces), and because the globs of --include and --exclude share the matcher.
//
// Only .gitignore files inside the root count. A user's global excludes and those of folders above the root are not
// part of the input: the same tree must give the same answer on every machine.

// maxIgnoreSize is how much of one .gitignore is read.
const maxIgnoreSize = 1 << 20

// pattern is one line of a .gitignore, or one glob.
type pattern struct {
	segments []string // "**" stands for any number of folders
	negated  bool
	folder   bool // matches folders only
	rooted   bool // matches from the folder of the file; otherwise the last segments of a path
}

// ignoreFile is one .gitignore: the folder that it stands in ("" for the root) and its lines.
type ignoreFile struct {
	dir      string
	patterns []pattern
}

// gitignore adds the rules of the folder's own .gitignore. The slice of the caller is not changed.
func (w *walk) gitignore(dir string, found []fs.DirEntry, rules []ignoreFile) []ignoreFile {
	for _, e := range found {
		if e.Name() != ".gitignore" || !e.Type().IsRegular() {
			continue
		}
		name := path.Join(dir, ".gitignore")
		content, skip := w.root.read(name)
		if skip != nil {
			w.skip(*skip)
			return rules
		}
		file := ignoreFile{dir: dir}
		if dir == "." {
			file.dir = ""
		}
		patterns, bad := parseIgnore(content[:min(len(content), maxIgnoreSize)])
		for _, line := range bad {
			w.skip(Skip{Path: name, Reason: BadPattern, Detail: line})
		}
		file.patterns = patterns
		return append(rules[:len(rules):len(rules)], file)
	}
	return rules
}

// parseIgnore reads the lines of a .gitignore; bad are those that mean nothing.
func parseIgnore(content []byte) (patterns []pattern, bad []string) {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line == "" || line[0] == '#' {
			continue
		}
		line = trimTrailingSpaces(line)
		if line == "" {
			continue
		}
		p, err := parsePattern(line)
		if err != nil {
			bad = append(bad, line)
			continue
		}
		patterns = append(patterns, p)
	}
	return patterns, bad
}

// trimTrailingSpaces takes away spaces at the end unless a backslash holds them.
func trimTrailingSpaces(s string) string {
	for strings.HasSuffix(s, " ") {
		slashes := 0
		for i := len(s) - 2; i >= 0 && s[i] == '\\'; i-- {
			slashes++
		}
		if slashes%2 == 1 {
			return s
		}
		s = s[:len(s)-1]
	}
	return s
}

func parsePattern(line string) (pattern, error) {
	var p pattern
	if strings.HasPrefix(line, "!") {
		p.negated, line = true, line[1:]
	}
	if strings.HasSuffix(line, "/") {
		p.folder, line = true, strings.TrimRight(line, "/")
	}
	if strings.Contains(line, "/") {
		p.rooted, line = true, strings.TrimLeft(line, "/")
	}
	if line == "" {
		return p, fmt.Errorf("empty pattern")
	}
	for segment := range strings.SplitSeq(line, "/") {
		if segment == "" {
			continue
		}
		if segment == "**" && len(p.segments) > 0 && p.segments[len(p.segments)-1] == "**" {
			continue
		}
		if err := checkSegment(segment); err != nil {
			return p, err
		}
		p.segments = append(p.segments, segment)
	}
	if len(p.segments) == 0 {
		return p, fmt.Errorf("empty pattern")
	}
	return p, nil
}

// checkSegment refuses an open bracket and a backslash at the end, with which git matches nothing.
func checkSegment(s string) error {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i == len(s) {
				return fmt.Errorf("a backslash at the end escapes nothing")
			}
		case '[':
			end := classEnd(s, i)
			if end < 0 {
				return fmt.Errorf("[ is not closed")
			}
			i = end
		}
	}
	return nil
}

// parseGlobs reads the globs of the user, with {a,b} expanded. "./" at the beginning is allowed, a "!" is a letter.
func parseGlobs(globs []string) ([]pattern, error) {
	var patterns []pattern
	for _, glob := range globs {
		expanded, err := expandBraces(strings.TrimPrefix(strings.ReplaceAll(glob, "\\", "/"), "./"))
		if err != nil {
			return nil, fmt.Errorf("glob %q: %w", glob, err)
		}
		for _, g := range expanded {
			if strings.HasPrefix(g, "!") {
				g = "\\" + g
			}
			p, err := parsePattern(g)
			if err != nil {
				return nil, fmt.Errorf("glob %q: %w", glob, err)
			}
			patterns = append(patterns, p)
		}
	}
	return patterns, nil
}

// CheckGlob says what is wrong with a glob of the user, before any file is looked for.
func CheckGlob(glob string) error {
	_, err := parseGlobs([]string{glob})
	return err
}

// maxAlternatives is how many globs one glob with braces may stand for.
const maxAlternatives = 256

func expandBraces(glob string) ([]string, error) {
	open := strings.IndexByte(glob, '{')
	if open < 0 {
		return []string{glob}, nil
	}
	depth, start := 0, open+1
	var parts []string
	for i := open; i < len(glob); i++ {
		switch glob[i] {
		case '{':
			depth++
		case ',':
			if depth == 1 {
				parts, start = append(parts, glob[start:i]), i+1
			}
		case '}':
			if depth--; depth > 0 {
				continue
			}
			parts = append(parts, glob[start:i])
			var all []string
			for _, part := range parts {
				expanded, err := expandBraces(glob[:open] + part + glob[i+1:])
				if err != nil {
					return nil, err
				}
				if all = append(all, expanded...); len(all) > maxAlternatives {
					return nil, fmt.Errorf("too many alternatives")
				}
			}
			return all, nil
		}
	}
	return nil, fmt.Errorf("{ is not closed")
}

// ignored tells whether the .gitignore files leave a path out. The caller does not enter a folder that is left out,
// so a negation below one has no effect, as in git.
func ignored(rules []ignoreFile, name string, folder bool) bool {
	for i := len(rules) - 1; i >= 0; i-- {
		r := &rules[i]
		relative := name
		if r.dir != "" {
			relative = name[len(r.dir)+1:]
		}
		for j := len(r.patterns) - 1; j >= 0; j-- {
			if p := &r.patterns[j]; p.match(relative, folder) {
				return !p.negated
			}
		}
	}
	return false
}

func matchPatterns(patterns []pattern, name string, folder bool) bool {
	for i := range patterns {
		if patterns[i].match(name, folder) {
			return true
		}
	}
	return false
}

// match tells whether the pattern is about the path, which is relative to the pattern's folder.
func (p *pattern) match(name string, folder bool) bool {
	if p.folder && !folder {
		return false
	}
	if !p.rooted {
		// One segment: the base name alone counts.
		return p.segments[0] == "**" || matchSegment(p.segments[0], name[strings.LastIndexByte(name, '/')+1:])
	}
	return matchPath(p.segments, name)
}

// matchPath matches segments with a path. It goes back only to the last "**", so its time is at most the product of
// the lengths.
func matchPath(segments []string, name string) bool {
	star, starName := -1, "" // the last "**" and the path that it has not yet swallowed
	i, started := 0, false
	rest := name
	done := false // the whole path is used up
	for {
		switch {
		case i < len(segments) && segments[i] == "**":
			if i == len(segments)-1 {
				// "a/**" is everything below a, not a itself; "**" alone is everything.
				return !done || !started
			}
			star, starName = i, rest
			i++
			continue
		case !done && i < len(segments):
			head, tail, more := strings.Cut(rest, "/")
			if matchSegment(segments[i], head) {
				i, rest, done, started = i+1, tail, !more, true
				continue
			}
		case done && i == len(segments):
			return true
		}
		if star < 0 {
			return false
		}
		_, tail, more := strings.Cut(starName, "/")
		if !more {
			return false
		}
		i, rest, starName, done, started = star+1, tail, tail, false, true
	}
}

// matchSegment matches one part of a path with "*", "?", "[...]" and escapes, going back only to the last "*".
func matchSegment(p, s string) bool {
	i, j, star, mark := 0, 0, -1, 0
	for j < len(s) {
		if i < len(p) {
			if p[i] == '*' {
				star, mark = i, j
				i++
				continue
			}
			if next, ok := matchOne(p, i, s[j]); ok {
				i, j = next, j+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// matchOne matches one byte with the element of the pattern at i; next is the element after it. Bytes, not
// characters: "?" for a letter beyond ASCII needs as many as it has bytes, as in git.
func matchOne(p string, i int, c byte) (next int, ok bool) {
	switch p[i] {
	case '?':
		return i + 1, true
	case '\\':
		return i + 2, i+1 < len(p) && p[i+1] == c
	case '[':
		if end := classEnd(p, i); end > 0 {
			return end + 1, matchClass(p[i+1:end], c)
		}
	}
	return i + 1, p[i] == c
}

// classEnd is the index of the bracket that closes the one at i, or -1. A bracket right after the opening is a
// member.
func classEnd(p string, i int) int {
	j := i + 1
	if j < len(p) && (p[j] == '!' || p[j] == '^') {
		j++
	}
	if j < len(p) && p[j] == ']' {
		j++
	}
	for ; j < len(p); j++ {
		switch p[j] {
		case '\\':
			j++
		case '[':
			if j+1 < len(p) && p[j+1] == ':' {
				if k := strings.Index(p[j:], ":]"); k > 0 {
					j += k + 1
				}
			}
		case ']':
			return j
		}
	}
	return -1
}

// matchClass matches the inside of a bracket expression.
func matchClass(class string, c byte) bool {
	negated := false
	if class != "" && (class[0] == '!' || class[0] == '^') {
		negated, class = true, class[1:]
	}
	found := false
	for i := 0; i < len(class); i++ {
		if strings.HasPrefix(class[i:], "[:") {
			if k := strings.Index(class[i:], ":]"); k > 0 {
				found = found || inNamedClass(class[i+2:i+k], c)
				i += k + 1
				continue
			}
		}
		low := class[i]
		if low == '\\' && i+1 < len(class) {
			i++
			low = class[i]
		}
		high := low
		if i+2 < len(class) && class[i+1] == '-' {
			i += 2
			if high = class[i]; high == '\\' && i+1 < len(class) {
				i++
				high = class[i]
			}
		}
		found = found || low <= c && c <= high
	}
	return found != negated
}

func inNamedClass(name string, c byte) bool {
	lower, upper, digit := c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9'
	switch name {
	case "alpha":
		return lower || upper
	case "digit":
		return digit
	case "alnum":
		return lower || upper || digit
	case "lower":
		return lower
	case "upper":
		return upper
	case "space":
		return c == ' ' || c >= '\t' && c <= '\r'
	case "blank":
		return c == ' ' || c == '\t'
	case "punct":
		return c > ' ' && c < 0x7f && !lower && !upper && !digit
	case "xdigit":
		return digit || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
	}
	return false
}

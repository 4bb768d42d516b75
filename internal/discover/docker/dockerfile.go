package docker

import (
	"encoding/json"
	"regexp"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/source"
)

// image is a Dockerfile.
type image struct {
	file   *source.File
	args   map[string]string // before the first FROM
	stages []*stage
	copies []copyOf // of all stages
}

type stage struct {
	name      string
	from      place // as written
	image     discover.Image
	user      place
	starts    []string // what its command line and entry point say
	variables []variable
}

type variable struct {
	name, value string
	span        source.Span
}

type copyOf struct {
	source string
	span   source.Span
}

// Bounds of reading a Dockerfile.
const (
	mostInstructions = 2000
	mostCopies       = 400
)

var (
	heredoc  = regexp.MustCompile(`<<-?\s*["']?([A-Za-z_][A-Za-z0-9_]*)["']?`)
	fromLine = regexp.MustCompile(`(?i)^(?:--[a-z]+=\S+\s+)*(\S+)(?:\s+as\s+(\S+))?\s*$`)
)

// parseDockerfile reads a Dockerfile; nil when it has no stage.
func parseDockerfile(file *source.File) *image {
	f := &image{file: file, args: map[string]string{}}
	count := 0
	instructions(file.Content(), func(word, rest string, start, end int) bool {
		count++
		span := file.Span(start, end)
		var now *stage
		if len(f.stages) > 0 {
			now = f.stages[len(f.stages)-1]
		}
		switch word {
		case "FROM":
			if m := fromLine.FindStringSubmatch(rest); m != nil {
				name := expand(m[1], f.args)
				f.stages = append(f.stages, &stage{name: strings.ToLower(m[2]), from: place{name, span}, image: discover.ParseImage(name)})
			}
		case "ARG":
			name, value, has := strings.Cut(rest, "=")
			name = strings.TrimSpace(name)
			switch {
			case now == nil && has:
				f.args[name] = strings.Trim(strings.TrimSpace(value), `"'`)
			case now != nil:
				now.variables = append(now.variables, variable{name, value, span})
			}
		case "ENV":
			if now != nil {
				for _, v := range pairs(rest) {
					v.span = span
					now.variables = append(now.variables, v)
				}
			}
		case "USER":
			if now != nil {
				now.user = place{strings.Trim(rest, `"'`), span}
			}
		case "CMD", "ENTRYPOINT":
			if now != nil {
				now.starts = append(now.starts, rest)
			}
		case "COPY", "ADD":
			if now != nil && len(f.copies) < mostCopies {
				for _, s := range sources(rest) {
					f.copies = append(f.copies, copyOf{s, span})
				}
			}
		}
		return count < mostInstructions
	})
	if len(f.stages) == 0 {
		return nil
	}
	return f
}

// instructions visits the instructions of a Dockerfile, with continued lines joined and comments left out.
func instructions(content []byte, visit func(word, rest string, start, end int) bool) {
	text := string(content)
	for at := 0; at < len(text); {
		start := at
		var line strings.Builder
		end := at
		for at < len(text) {
			stop := strings.IndexByte(text[at:], '\n')
			if stop < 0 {
				stop = len(text) - at
			}
			part := strings.TrimRight(text[at:at+stop], " \t\r")
			at = min(at+stop+1, len(text))
			if trimmed := strings.TrimSpace(part); strings.HasPrefix(trimmed, "#") || trimmed == "" && line.Len() > 0 {
				if line.Len() == 0 {
					start = at
					break
				}
				continue
			}
			end = at
			if strings.HasSuffix(part, "\\") || strings.HasSuffix(part, "`") && line.Len() > 0 {
				line.WriteString(strings.TrimRight(part, "\\`"))
				line.WriteByte(' ')
				continue
			}
			line.WriteString(part)
			break
		}
		whole := strings.TrimSpace(line.String())
		if whole == "" {
			continue
		}
		word, rest, _ := strings.Cut(whole, " ")
		word = strings.ToUpper(word)
		if word == "RUN" || word == "COPY" || word == "ADD" {
			for _, m := range heredoc.FindAllStringSubmatch(whole, 4) {
				if stop := strings.Index(text[at:], "\n"+m[1]); stop >= 0 {
					at += stop + 1 + len(m[1])
				}
			}
		}
		for start < end && (text[start] == ' ' || text[start] == '\t' || text[start] == '\n' || text[start] == '\r') {
			start++
		}
		for end > start && (text[end-1] == '\n' || text[end-1] == '\r') {
			end--
		}
		if !visit(word, strings.TrimSpace(rest), start, end) {
			return
		}
	}
}

var (
	holeName = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^{}]*))?\}|\$([A-Za-z_][A-Za-z0-9_]*)`)
	envPair  = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_]*)=("(?:[^"\\]|\\.)*"|'[^']*'|(?:\\.|\S)*)`)
)

// expand puts the defaults of build arguments into a text.
func expand(s string, args map[string]string) string {
	return holeName.ReplaceAllStringFunc(s, func(hole string) string {
		m := holeName.FindStringSubmatch(hole)
		name := m[1] + m[3]
		if v, ok := args[name]; ok {
			return v
		}
		if m[2] != "" {
			return m[2]
		}
		return hole
	})
}

// pairs reads "A=1 B=2" and the old "A 1".
func pairs(rest string) []variable {
	var all []variable
	for _, m := range envPair.FindAllStringSubmatch(rest, 200) {
		all = append(all, variable{name: m[1], value: m[2]})
	}
	if len(all) == 0 || !strings.HasPrefix(rest, all[0].name+"=") {
		if name, value, ok := strings.Cut(rest, " "); ok {
			return []variable{{name: name, value: strings.TrimSpace(value)}}
		}
	}
	return all
}

// sources lists what a COPY or ADD takes from the folder that the image is built in.
func sources(rest string) []string {
	var words []string
	for strings.HasPrefix(rest, "--") {
		flag, after, _ := strings.Cut(rest, " ")
		if strings.HasPrefix(flag, "--from=") {
			return nil
		}
		rest = strings.TrimSpace(after)
	}
	if strings.HasPrefix(rest, "[") {
		if json.Unmarshal([]byte(rest), &words) != nil {
			return nil
		}
	} else {
		words = strings.Fields(rest)
	}
	if len(words) < 2 {
		return nil
	}
	var list []string
	for _, w := range words[:len(words)-1] {
		w = strings.Trim(w, `"'`)
		if !strings.Contains(w, "://") && !strings.HasPrefix(w, "<<") {
			list = append(list, w)
		}
	}
	return list
}

// base is the stage that names an image of a registry, from which a stage is made.
func (f *image) base(s *stage) *stage {
	for range f.stages {
		under := f.named(s.from.name, s)
		if under == nil {
			return s
		}
		s = under
	}
	return s
}

// named is the earlier stage of a name.
func (f *image) named(name string, before *stage) *stage {
	name = strings.ToLower(name)
	var found *stage
	for _, other := range f.stages {
		if other == before {
			break
		}
		if other.name != "" && other.name == name {
			found = other
		}
	}
	return found
}

// user is the user that a stage ends with, its own or that of the stage that it is made from.
func (f *image) user(s *stage) place {
	for range f.stages {
		if s.user.name != "" {
			return s.user
		}
		under := f.named(s.from.name, s)
		if under == nil {
			break
		}
		s = under
	}
	return place{}
}

// variables are those that a stage ends with, each once, the last as it counts.
func (f *image) variables(s *stage) []variable {
	var all []variable
	for range f.stages {
		all = append(append([]variable(nil), s.variables...), all...)
		under := f.named(s.from.name, s)
		if under == nil {
			break
		}
		s = under
	}
	index := map[string]int{}
	var kept []variable
	for _, v := range all {
		if i, ok := index[v.name]; ok {
			if !discover.LiteralSecret(kept[i].name, kept[i].value) {
				kept[i] = v
			}
			continue
		}
		index[v.name] = len(kept)
		kept = append(kept, v)
	}
	return kept
}

package discover

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/source"
)

// A script that is called test and that nothing imports tries the program out. A module of that name that others import may be
// a part of it, such as a double of a model that a library offers: its path alone does not tell.

var trialName = regexp.MustCompile(`^(tests?|test[0-9]+|test-.+)$`)

// callsItselfTrial tells whether a file is called as a script is that tries something out.
func callsItselfTrial(file string) bool {
	base := strings.ToLower(path.Base(file))
	switch ext := path.Ext(base); ext {
	case ".py", ".ts", ".mts", ".js", ".mjs", ".cjs":
		return trialName.MatchString(strings.TrimSuffix(base, ext)) && source.Scope(file) == source.ScopeMain
	}
	return false
}

// trials lists the scripts that try something out.
func trials(files []*seen) []string {
	var all []string
	for _, s := range files {
		if callsItselfTrial(s.entry.Path) {
			all = append(all, s.entry.Path)
		}
	}
	if len(all) == 0 {
		return nil
	}
	for _, s := range files {
		for _, target := range s.imported {
			if i := slices.Index(all, target); i >= 0 && target != s.entry.Path {
				all = slices.Delete(all, i, i+1)
			}
		}
	}
	return all
}

// scopeOf tells what part of the tree a file belongs to.
func (p *Pass) scopeOf(file string) string {
	if p.run == nil || p.run.program == nil {
		return source.Scope(file)
	}
	return p.run.program.Scope(file)
}

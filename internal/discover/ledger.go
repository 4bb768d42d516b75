package discover

import (
	"sort"
	"strings"

	"fermata/internal/source"
)

// account makes the ledger: every file is counted once.
func (r *run) account(out *Outcome, files []*seen) {
	for _, s := range files {
		switch {
		case !s.wants.empty():
			out.Parsed++
			language := string(s.language)
			if language == "" {
				language = "text" // Dockerfiles, .env, lists of requirements: what an extractor reads by itself
			}
			out.Languages[language]++
		case r.unread[s.entry.Path]: // counted among the skips
		case s.read:
			out.Passed++
		default:
			r.skips = append(r.skips, source.Skip{Path: s.entry.Path, Reason: source.NoReader, Files: 1})
		}
	}
	out.Skipped = r.skips
	sort.SliceStable(out.Skipped, func(i, j int) bool {
		if out.Skipped[i].Path != out.Skipped[j].Path {
			return out.Skipped[i].Path < out.Skipped[j].Path
		}
		return out.Skipped[i].Reason < out.Skipped[j].Reason
	})
	out.Seen = out.Parsed + out.Passed
	for _, s := range out.Skipped {
		switch {
		case s.Reason == source.BadPattern:
		case strings.HasSuffix(s.Path, "/"):
			out.Seen += s.Files
		default:
			out.Seen++
		}
	}
}

func (r *run) stats(fragments []fragment, stats []Stat) []Stat {
	index := map[string]*Stat{}
	for i := range stats {
		index[stats[i].Name] = &stats[i]
	}
	for _, f := range fragments {
		s := index[f.extractor]
		if len(f.elements)+len(f.flows)+len(f.controls)+len(f.unresolved) > 0 {
			s.Files++
		}
		s.Elements += len(f.elements)
		s.Flows += len(f.flows)
	}
	return stats
}

// unsupported lists the frameworks that nobody models: by the files that import them, and where none does, by the
// manifests that depend on them.
func (r *run) unsupported(out *Outcome, files []*seen) {
	index := map[string]int{}
	list := func(manifests bool) {
		imported := len(out.Unsupported)
		for _, s := range files { // in the order of paths
			once := map[string]bool{}
			for _, u := range s.unknown {
				if u.manifest != manifests || once[u.name] {
					continue
				}
				if !u.foreign && len(r.program.Imported(s.entry.Path, firstPart(u.mention))) > 0 {
					continue // a module of the tree that happens to be called so
				}
				once[u.name] = true
				i, ok := index[u.name]
				if manifests && ok && i < imported {
					continue // the files that import it say where it is used
				}
				if !ok {
					i = len(out.Unsupported)
					index[u.name] = i
					out.Unsupported = append(out.Unsupported, Unsupported{Name: u.name, Evidence: u.at})
				}
				out.Unsupported[i].Files++
				out.Unsupported[i].Paths = append(out.Unsupported[i].Paths, s.entry.Path)
			}
		}
	}
	list(false)
	list(true)
	sort.Slice(out.Unsupported, func(i, j int) bool { return out.Unsupported[i].Name < out.Unsupported[j].Name })
}

func firstPart(name string) string {
	if i := strings.IndexByte(name, '.'); i > 0 && !strings.ContainsAny(name, "/@") {
		return name[:i]
	}
	return name
}

func sortGaps(out *Outcome) {
	sort.SliceStable(out.Unresolved, func(i, j int) bool {
		a, b := out.Unresolved[i], out.Unresolved[j]
		switch {
		case a.Evidence.File != b.Evidence.File:
			return a.Evidence.File < b.Evidence.File
		case a.Evidence.Line != b.Evidence.Line:
			return a.Evidence.Line < b.Evidence.Line
		case a.Evidence.Col != b.Evidence.Col:
			return a.Evidence.Col < b.Evidence.Col
		case a.Why != b.Why:
			return a.Why < b.Why
		}
		return a.What < b.What
	})
	// One place that cannot be followed for one reason is one gap, however many objects it is about.
	kept := out.Unresolved[:0]
	for i, g := range out.Unresolved {
		if i == 0 || g.Why != kept[len(kept)-1].Why || g.Evidence != kept[len(kept)-1].Evidence {
			kept = append(kept, g)
			continue
		}
		kept[len(kept)-1].Tools = kept[len(kept)-1].Tools || g.Tools
	}
	out.Unresolved = kept
}

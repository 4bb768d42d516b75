package discover

import (
	"path"
	"sort"
)

// untied lists the files of source code that nothing ties to what was found, sorted. A file is tied where an extractor says
// anything in it, or a framework that is not modelled is used in it, and so are those that imports join to it, in either
// direction and through others, and those in one folder with any of these.
//
// It ties more than a system holds (see [run.systems]): a module that everybody imports ties its users here.
func (r *run) untied(files []*seen, fragments []fragment) []string {
	g := &programs{parent: map[string]string{}}
	for _, s := range files {
		g.join(s.entry.Path, "folder:"+path.Dir(s.entry.Path))
		for _, target := range s.imported {
			g.join(s.entry.Path, target)
		}
	}
	tied := map[string]bool{}
	for i := range fragments {
		if !fragments[i].empty() {
			tied[g.find(fragments[i].path)] = true
		}
	}
	for _, s := range files {
		if len(s.unknown) > 0 {
			tied[g.find(s.entry.Path)] = true
		}
	}
	var apart []string
	for _, s := range files {
		if name := s.entry.Path; SourceCode(name) && !tied[g.find(name)] {
			apart = append(apart, name)
		}
	}
	sort.Strings(apart)
	return apart
}

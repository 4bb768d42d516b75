package pipeline

import (
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// layers names the layers of the scheme in use.
func (s *scan) layers() {
	s.r.Layers = []result.Layer{}
	if s.in.Scheme == DefaultScheme {
		for _, l := range model.Layers {
			s.r.Layers = append(s.r.Layers, result.Layer{ID: l.Name, Name: l.Doc})
		}
		return
	}
	for _, l := range s.engine.Catalog().Scheme(s.in.Scheme).Layers {
		s.r.Layers = append(s.r.Layers, result.Layer{ID: shortLayer(l.ID), Name: l.Title})
	}
}

// relayer names layers by another scheme, where that scheme has a counterpart; a layer without one keeps its own name
// with the scheme before it.
func (s *scan) relayer() {
	catalog := s.engine.Catalog()
	rename := func(layer string) string {
		near := catalog.NearLayers(DefaultScheme, layer, s.in.Scheme)
		if len(near) == 0 {
			return DefaultScheme + ":" + layer
		}
		return shortLayer(near[0].ID)
	}
	for _, e := range s.r.System.Elements {
		e.Layer = rename(e.Layer)
	}
	for i := range s.r.Findings {
		f := &s.r.Findings[i]
		for j, l := range f.Layers {
			f.Layers[j] = rename(l)
		}
	}
	for i := range s.r.Paths {
		p := &s.r.Paths[i]
		for j, l := range p.Layers {
			p.Layers[j] = rename(l)
		}
		for j := range p.Steps {
			p.Steps[j].Layer = rename(p.Steps[j].Layer)
		}
	}
	for i := range s.r.Blast {
		byLayer := map[string]int{}
		for l, n := range s.r.Blast[i].ByLayer {
			byLayer[rename(l)] += n
		}
		s.r.Blast[i].ByLayer = byLayer
	}
}

func shortLayer(id string) string { return id[strings.IndexByte(id, ':')+1:] }

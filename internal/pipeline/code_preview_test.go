package pipeline

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
)

// TestPreview holds that looking at files while discovery has them at hand changes nothing of what is found in them, and not
// how many places are counted.
func TestPreview(t *testing.T) {
	e := shipped(t)
	trees := []string{toolTree(t, 200), everyExample(t, e)}
	for _, name := range examples(t) {
		trees = append(trees, filepath.Join(examplesFolder, name))
	}
	told := 0
	for _, tree := range trees {
		checked := func(previewed bool) *scan {
			s := &scan{engine: e, in: Input{Path: tree, Workers: 1}, r: &result.Result{}}
			preview, err := s.preview()
			if err != nil {
				t.Fatal(err)
			}
			options := discover.Options{Extractors: e.extractors, Workers: 1}
			if previewed {
				options.Seen = func(program *code.Program, path string, kinds []model.Kind) bool {
					told++
					return preview.Look(program, path, kinds)
				}
			} else {
				preview = nil
			}
			root, err := source.Open(tree, source.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = root.Close() }()
			outcome, err := discover.Run(context.Background(), root, options)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.check(context.Background(), outcome, preview); err != nil {
				t.Fatal(err)
			}
			return s
		}
		with, without := checked(true), checked(false)
		if diff := cmp.Diff(without.r.Coverage.Code, with.r.Coverage.Code); diff != "" {
			t.Errorf("%s: %s", tree, diff)
		}
		ids := func(s *scan) []string {
			var all []string
			for _, one := range s.subjects {
				all = append(all, one.ID)
			}
			return all
		}
		if diff := cmp.Diff(ids(without), ids(with)); diff != "" {
			t.Errorf("%s: %s", tree, diff)
		}
	}
	if told < 250 {
		t.Errorf("%d files were looked at early: too few to show anything", told)
	}
}

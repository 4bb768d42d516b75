package advisory

import (
	"slices"

	"github.com/google/osv-scalibr/semantic"
)

// covers tells whether a record affects the version of a package, and the version that mends it.
func (a *affected) covers(p *Package) (fixed string, hit bool) {
	v, err := semantic.Parse(p.Version, p.Ecosystem)
	if err != nil {
		return "", slices.Contains(a.Versions, p.Version)
	}
	compare := func(other string) (int, bool) {
		d, err := v.CompareStr(other)
		return d, err == nil
	}
	listed := slices.ContainsFunc(a.Versions, func(other string) bool {
		d, ok := compare(other)
		return ok && d == 0
	})
	hit = listed
	for _, r := range a.Ranges {
		if r.Type == "GIT" {
			continue // commits of a repository are no versions of a registry
		}
		if inside, mended := within(compare, r.Events, p.Ecosystem); inside || listed {
			hit = true
			if fixed == "" {
				fixed = mended
			}
		}
	}
	return fixed, hit
}

// within follows the events of a range up to a version: the last one before it says whether it is affected.
func within(compare func(string) (int, bool), events []event, ecosystem string) (inside bool, fixed string) {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b event) int {
		x, y := a.version(), b.version()
		switch {
		case x == y:
			return 0
		case x == "0":
			return -1
		case y == "0":
			return 1
		}
		v, err := semantic.Parse(x, ecosystem)
		if err != nil {
			return 0
		}
		d, err := v.CompareStr(y)
		if err != nil {
			return 0
		}
		return d
	})
	for _, e := range events {
		at := e.version()
		d, ok := compare(at)
		switch {
		case at == "0" && e.Introduced != "":
			inside = true
		case !ok:
		case e.Introduced != "" && d >= 0:
			inside = true
		case e.Fixed != "" && d >= 0:
			inside = false
		case e.LastAffected != "" && d > 0:
			inside = false
		case e.Fixed != "" && fixed == "" && d < 0:
			fixed = e.Fixed
		}
	}
	return inside, fixed
}

func (e event) version() string {
	switch {
	case e.Introduced != "":
		return e.Introduced
	case e.Fixed != "":
		return e.Fixed
	}
	return e.LastAffected
}

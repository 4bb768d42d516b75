package report

import (
	"fmt"

	"fermata/internal/result"
)

// Held says, under a list of ways, that controls which stand are taken as holding there, and who counts that they may fail. It
// is "" where nothing is blocked.
func (v *View) Held() string {
	n := 0
	for i := range v.Result.Findings {
		if v.Result.Findings[i].Status == result.Blocked {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("Ways through %s are left out: what blocks, holds here. fermata risk counts how often it fails.", Plural(n, "finding that a control blocks", "findings that controls block"))
}

// unlisted says how many of the losses that are reckoned in a unit have no way in the list of ways, and why; nothing where all
// have one, or nothing is blocked.
func (v *View) unlisted(unit string) []string {
	reached, blocked, n := map[string]bool{}, false, 0
	for i := range v.Result.Paths {
		reached[v.Result.Paths[i].Goal.Asset] = true
	}
	for i := range v.Result.Findings {
		blocked = blocked || v.Result.Findings[i].Status == result.Blocked
	}
	for i := range v.Result.Risks {
		if x := &v.Result.Risks[i]; x.Of == result.RiskAsset && x.Unit == unit && x.Annual.Mean > 0 && !reached[x.Name] {
			n++
		}
	}
	if !blocked || n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("To %s below fermata paths lists no way: there a control that blocks holds, and here it fails with its chance to.", Plural(n, "loss", "of the losses"))}
}

package text

import (
	"regexp"
	"strings"
	"testing"

	"fermata/internal/report"
	"fermata/internal/report/reporttest"
	"fermata/internal/result"

	"charm.land/lipgloss/v2"
)

func TestGolden(t *testing.T) {
	for name, o := range map[string]report.Options{
		"w80": {Width: 80}, "w100": {Width: 100}, "w140.all": {Width: 140, All: true}, "colour": {Width: 80, Colour: true},
	} {
		reporttest.Variant(t, Format, name, o)
	}
}

func TestProperties(t *testing.T) { reporttest.Properties(t, Format, false) }

// TestGravest holds that what is grave is shown before what is not, in the order of the list.
func TestGravest(t *testing.T) {
	var groups []report.Group
	for _, severity := range []string{"high", "low", "low", "medium", "low", "low", "low", "high", "medium"} {
		groups = append(groups, report.Group{Severity: severity, Findings: []*result.Finding{{}, {}}, Sharing: 1})
	}
	shown, cut := gravest(groups)
	var got []string
	for _, g := range shown {
		got = append(got, g.Severity)
	}
	if want := "high low low medium high medium"; strings.Join(got, " ") != want || cut != 9 {
		t.Errorf("got %v and %d cut, want %s and 9", got, cut, want)
	}
	if shown, cut := gravest(groups[:3]); len(shown) != 3 || cut != 0 {
		t.Errorf("of three: %d and %d cut", len(shown), cut)
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestColour holds that colour adds marks and nothing else: no text from a tree reaches the terminal as a command, and
// without the marks the words are the same.
func TestColour(t *testing.T) {
	results := reporttest.Results(t)
	results["alien"] = reporttest.Alien(results["written"])
	for name, r := range results {
		plain := string(reporttest.Write(t, Format, r, report.Options{Width: 80, All: true}))
		coloured := string(reporttest.Write(t, Format, r, report.Options{Width: 80, All: true, Colour: true}))
		if !strings.Contains(coloured, "\x1b[") {
			t.Errorf("%s: no colour where it was asked for", name)
		}
		if sgr.ReplaceAllString(coloured, "") != plain {
			t.Errorf("%s: colour changes the words", name)
		}
	}
}

// TestWidth holds that no line is wider than asked, but for commands, which are copied whole.
func TestWidth(t *testing.T) {
	for name, r := range reporttest.Results(t) {
		for _, width := range []int{60, 80, 100, 140} {
			for _, line := range strings.Split(string(reporttest.Write(t, Format, r, report.Options{Width: width, All: true})), "\n") {
				if lipgloss.Width(line) > width && !strings.HasPrefix(line, "  fermata ") {
					t.Errorf("%s at %d: %d columns: %s", name, width, lipgloss.Width(line), line)
				}
			}
		}
	}
}

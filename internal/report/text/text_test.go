package text

import (
	"regexp"
	"strings"
	"testing"

	"fermata/internal/report"
	"fermata/internal/report/reporttest"

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
				if lipgloss.Width(line) > width && !strings.HasPrefix(line, "  fermata ") && !strings.HasPrefix(line, "  put ") {
					t.Errorf("%s at %d: %d columns: %s", name, width, lipgloss.Width(line), line)
				}
			}
		}
	}
}

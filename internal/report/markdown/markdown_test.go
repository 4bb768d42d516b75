package markdown

import (
	"regexp"
	"strings"
	"testing"

	"fermata/internal/report"
	"fermata/internal/report/reporttest"
)

func TestGolden(t *testing.T) { reporttest.Run(t, Format) }

func TestProperties(t *testing.T) { reporttest.Properties(t, Format, true) }

var entity = regexp.MustCompile(`&#?\w+;|\\.`)

// TestInert holds that text from a tree cannot act: with escapes, entities and code spans taken away, none of the
// characters that make links, images or HTML is left but those that the page writes itself.
func TestInert(t *testing.T) {
	own := strings.NewReplacer("[what was read](#what-was-read)", "", "<code>", "", "</code>", "")
	code := regexp.MustCompile("`[^`\n]*`")
	results := reporttest.Results(t)
	results["alien"] = reporttest.Alien(results["written"])
	for name, r := range results {
		page := string(reporttest.Write(t, Format, r, report.Options{All: true}))
		before, after, found := strings.Cut(page, "```mermaid\n")
		if found {
			_, after, _ = strings.Cut(after, "\n```\n")
		}
		for _, line := range strings.Split(before+after, "\n") {
			bare := code.ReplaceAllString(own.Replace(entity.ReplaceAllString(line, "")), "")
			if strings.ContainsAny(bare, "[]<`@$~!") && !strings.HasPrefix(bare, "> ") {
				t.Errorf("%s: markup is left in %q", name, line)
			}
		}
	}
}

// TestMermaid holds that every line of a diagram is of a form that the page writes: no label can open another.
func TestMermaid(t *testing.T) {
	text := `(?:[\p{L}\p{Nd} ,._…-]|#\d+;)*`
	form := regexp.MustCompile(`^(?:flowchart LR|  subgraph lane\d+\["` + text + `"\]|  end|` +
		`    n\d+[\[({/>]+"` + text + `<br>` + text + `"[\])}/]+|` +
		`  n\d+ (?:-->|<-->|-\.->|<-\.->)\|"` + text + `"\| n\d+|` +
		`  classDef \w+ [\w:#,. -]+|  class [n\d,]+ \w+|  linkStyle [\d,]+ [\w:#,-]+)$`)
	results := reporttest.Results(t)
	results["alien"] = reporttest.Alien(results["written"])
	results["large"] = reporttest.Large(600)
	for name, r := range results {
		_, diagram, found := strings.Cut(string(reporttest.Write(t, Format, r, report.Options{})), "```mermaid\n")
		if !found {
			if name != "empty" && name != "alien" { // nothing to draw, and parts of the tree that nobody asked for

				t.Errorf("%s: no diagram", name)
			}
			continue
		}
		diagram, _, _ = strings.Cut(diagram, "\n```\n")
		nodes := 0
		for _, line := range strings.Split(diagram, "\n") {
			if !form.MatchString(line) {
				t.Errorf("%s: %q is no line of ours", name, line)
			}
			if strings.HasPrefix(line, "    n") {
				nodes++
			}
		}
		if nodes > topNodes {
			t.Errorf("%s: %d elements are drawn, at most %d are readable", name, nodes, topNodes)
		}
	}
}

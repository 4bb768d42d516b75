package html

import (
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"

	"fermata/internal/report"
	"fermata/internal/report/reporttest"
	"fermata/internal/result"
)

func TestGolden(t *testing.T) { reporttest.Run(t, Format) }

func TestProperties(t *testing.T) { reporttest.Properties(t, Format, true) }

// odd gives the shared results and those that are odd on purpose.
func odd(t *testing.T) map[string]*result.Result {
	t.Helper()
	results := reporttest.Results(t)
	results["alien"] = reporttest.Alien(results["written"])
	results["large"] = reporttest.Large(1200)
	return results
}

// TestAlone holds that the page needs nothing and does nothing: its policy forbids all but its style, and no element or
// attribute of it fetches, runs or submits.
func TestAlone(t *testing.T) {
	tag := regexp.MustCompile(`<[a-zA-Z/][^>]*>`)
	bad := regexp.MustCompile(`(?i)^<(script|img|iframe|object|embed|link|base|form|input|audio|video|image|use|foreignObject|animate)\b|\s(on\w+|src|srcset|action|formaction|xlink:href|background|ping)\s*=|javascript:|url\(\s*['"]?[^#]|@import`)
	link := regexp.MustCompile(`\bhref="([^"]*)"`)
	for name, r := range odd(t) {
		page := string(reporttest.Write(t, Format, r, report.Options{All: true}))
		if !strings.Contains(page, `content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`) {
			t.Errorf("%s: the page has no policy", name)
		}
		for _, element := range tag.FindAllString(page, -1) {
			if bad.MatchString(element) {
				t.Errorf("%s: %s", name, element)
			}
			if to := link.FindStringSubmatch(element); to != nil && !strings.HasPrefix(to[1], "#") {
				t.Errorf("%s: %s leaves the page", name, element)
			}
		}
	}
}

// TestLinks holds that every link within the page arrives.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`href="#([^"]*)"|url\(#([^)]*)\)|aria-labelledby="([^"]*)"`)
	for name, r := range odd(t) {
		page := string(reporttest.Write(t, Format, r, report.Options{}))
		for _, m := range link.FindAllStringSubmatch(page, -1) {
			for _, id := range strings.Fields(m[1] + " " + m[2] + " " + m[3]) {
				if !strings.Contains(page, `id="`+id+`"`) {
					t.Errorf("%s: nothing has the id %s", name, id)
				}
			}
		}
	}
}

// TestWellFormed holds that elements are closed in the order in which they were opened, whatever a result says.
func TestWellFormed(t *testing.T) {
	for name, r := range odd(t) {
		page := string(reporttest.Write(t, Format, r, report.Options{All: true}))
		decoder := xml.NewDecoder(strings.NewReader(page))
		decoder.Strict = true
		decoder.Entity = xml.HTMLEntity
		for {
			_, err := decoder.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
}

// TestLayout holds what makes a diagram readable: no two boxes touch, none leaves the page, a flow that passes a row
// does not pass through a box, and no more is drawn than fits.
func TestLayout(t *testing.T) {
	for name, r := range odd(t) {
		v := report.NewView(r)
		d := v.Diagram(report.Options{}, v.TopPaths(report.Options{}, topPaths), topNodes)
		l := arrange(d)
		drawn := 0
		for i, row := range l.rows {
			drawn += len(row.boxes)
			for j, b := range row.boxes {
				if b.x-nodeWidth/2 < labelWidth-nodeGap || b.x+nodeWidth/2 > pageWidth {
					t.Errorf("%s: row %d: a box at %d leaves the page", name, i, b.x)
				}
				if j > 0 && b.x-row.boxes[j-1].x < nodeWidth+nodeGap {
					t.Errorf("%s: row %d: boxes at %d and %d touch", name, i, row.boxes[j-1].x, b.x)
				}
			}
		}
		if drawn > topNodes {
			t.Errorf("%s: %d elements are drawn", name, drawn)
		}
		for _, w := range l.wires {
			if len(w.through) != max(w.b.row-w.a.row-1, 0) {
				t.Errorf("%s: a flow over %d rows passes %d", name, w.b.row-w.a.row, len(w.through))
			}
			for r, x := range w.through {
				for _, b := range l.rows[r].boxes {
					if abs(x-b.x) < nodeWidth/2 {
						t.Errorf("%s: a flow passes through the box at %d", name, b.x)
					}
				}
			}
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	r := reporttest.Large(1200)
	for b.Loop() {
		if err := Write(io.Discard, r, report.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTallyOfNothing holds the large figure to what the text says: findings that lead to no loss are live all the same.
func TestTallyOfNothing(t *testing.T) {
	r := reporttest.Results(t)["desk"]
	for i := range r.Findings {
		if r.Findings[i].Status == result.Live {
			r.Findings[i].Severity = "info"
		}
	}
	page := string(reporttest.Write(t, Format, r, report.Options{}))
	if !strings.Contains(page, "<dd>0</dd><dt>live findings lead to a loss</dt>") {
		t.Error("the page counts no live finding and does not say which kind")
	}
	for i := range r.Findings {
		r.Findings[i].Status = result.Blocked
	}
	page = string(reporttest.Write(t, Format, r, report.Options{}))
	if !strings.Contains(page, "<dd>0</dd><dt>live findings</dt>") {
		t.Error("the page does not say that nothing is live")
	}
}

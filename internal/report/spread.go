package report

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"

	"fermata/internal/result"
)

// Measures of a chart of curves, in pixels.
const (
	chartWidth, chartHeight         = 860, 420
	chartLeft, chartTop             = 64, 56
	chartRight, chartBottom         = 230, 48
	chartInnerWidth, chartInnerHigh = chartWidth - chartLeft - chartRight, chartHeight - chartTop - chartBottom
)

// chartInks are the colours of curves, which differ in lightness too, for those who do not see colours.
var chartInks = []string{"#b3261e", "#1b5e9b", "#2e7d32", "#8a5a00", "#6a3d9a", "#00796b", "#444444"}

// SpreadSVG draws the curves of a simulation: the mean of every variant, and the band between 5 and 95 of 100 runs of the
// first.
func SpreadSVG(w io.Writer, doc *result.Simulation) error {
	s := &strings.Builder{}
	add := func(format string, args ...any) {
		for i, a := range args {
			if text, ok := a.(string); ok {
				args[i] = html.EscapeString(Plain(text))
			}
		}
		fmt.Fprintf(s, format+"\n", args...)
	}
	first := &doc.Variants[0]
	rounds := Calm(doc.Variants)
	top := 1.0
	for _, p := range first.Curve {
		top = max(top, float64(p.P95))
	}
	for _, v := range doc.Variants {
		for _, p := range v.Curve {
			top = max(top, p.Mean)
		}
	}
	step := tick(top, 5)
	top = math.Ceil(top/step) * step
	x := func(round int) float64 {
		return chartLeft + float64(float64(round)*chartInnerWidth)/float64(max(rounds, 1))
	}
	y := func(agents float64) float64 {
		return chartTop + chartInnerHigh - float64(agents*chartInnerHigh)/top
	}
	what := "agents contaminated so far"
	if doc.Measure == "now" {
		what = "agents contaminated at the time"
	}
	title := SpreadTitle(doc)
	add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="12">`, chartWidth, chartHeight, chartWidth, chartHeight)
	add(`<title id="t">%s</title>`, title)
	add(`<desc id="d">%s</desc>`, describeSpread(doc, what))
	add(`<rect width="100%%" height="100%%" fill="#ffffff"/>`)
	add(`<text x="%d" y="22" font-size="15" font-weight="600" fill="#111">%s</text>`, chartLeft, title)
	add(`<text x="%d" y="40" fill="#555">%s</text>`, chartLeft, fmt.Sprintf("%s, %s; %s by round, mean of %d runs", Plural(doc.Net.Agents, "agent", "agents"), Plural(doc.Net.Links, "link", "links"), what, doc.Runs))
	for v := 0.0; v <= top+step/2; v += step {
		add(`<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#e3e3e3"/>`, chartLeft, chartLeft+chartInnerWidth, y(v), y(v))
		add(`<text x="%d" y="%.1f" text-anchor="end" fill="#555">%.6g</text>`, chartLeft-8, y(v)+4, v)
	}
	every := int(max(tick(float64(rounds), 8), 1))
	for r := 0; r <= rounds; r += every {
		add(`<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#999"/>`, x(r), x(r), chartTop+chartInnerHigh, chartTop+chartInnerHigh+4)
		add(`<text x="%.1f" y="%d" text-anchor="middle" fill="#555">%d</text>`, x(r), chartTop+chartInnerHigh+18, r)
	}
	add(`<text x="%.1f" y="%d" text-anchor="middle" fill="#555">round</text>`, chartLeft+chartInnerWidth/2.0, chartTop+chartInnerHigh+36)
	band := ""
	for _, p := range first.Curve[:rounds+1] {
		band += fmt.Sprintf("%.1f,%.1f ", x(p.Round), y(float64(p.P95)))
	}
	for r := rounds; r >= 0; r-- {
		band += fmt.Sprintf("%.1f,%.1f ", x(r), y(float64(first.Curve[r].P5)))
	}
	add(`<polygon points="%s" fill="%s" fill-opacity="0.13"/>`, strings.TrimSpace(band), chartInks[0])
	for i := len(doc.Variants) - 1; i >= 0; i-- { // the first lies on top
		line := ""
		for _, p := range doc.Variants[i].Curve[:rounds+1] {
			line += fmt.Sprintf("%.1f,%.1f ", x(p.Round), y(p.Mean))
		}
		add(`<polyline points="%s" fill="none" stroke="%s" stroke-width="%s"%s/>`, strings.TrimSpace(line), chartInks[i%len(chartInks)], thick(i), dashes(i))
	}
	for i, v := range doc.Variants {
		top := chartTop + 6 + i*40
		left := chartLeft + chartInnerWidth + 20
		add(`<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="%s" stroke-width="%s"%s/>`, left, left+22, top, top, chartInks[i%len(chartInks)], thick(i), dashes(i))
		add(`<text x="%d" y="%d" fill="#111">%s</text>`, left+30, top+4, v.Name)
		note := fmt.Sprintf("%s of %d", Agents(v.Final.Mean), doc.Net.Agents)
		if v.Saved != nil {
			note += fmt.Sprintf(", %s fewer", Agents(v.Saved.Mean))
		}
		add(`<text x="%d" y="%d" fill="#555" font-size="11">%s</text>`, left+30, top+19, note)
	}
	add(`<text x="%d" y="%d" fill="#555" font-size="11">band: 5 to 95 of 100 runs</text>`, chartLeft+chartInnerWidth+50, chartTop+6+len(doc.Variants)*40)
	add(`</svg>`)
	_, err := io.WriteString(w, s.String())
	return err
}

// SpreadTitle says what spreads over what.
func SpreadTitle(doc *result.Simulation) string {
	what, over := doc.Technique, doc.System
	if what == "own" {
		what = "contamination"
	}
	switch t := doc.Net.Topology; t {
	case "":
	case "random", "small-world", "scale-free":
		over = "a made-up " + t + " net"
	default:
		over = "a made-up " + t
	}
	return "Spread of " + what + " over " + over
}

// Agents is a mean number of agents: with a decimal while that says something.
func Agents(x float64) string {
	if x >= 1000 || x <= -1000 || x == math.Trunc(x) {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.1f", x)
}

func thick(i int) string {
	if i == 0 {
		return "2.5"
	}
	return "1.8"
}

// dashes keep curves apart without colours.
func dashes(i int) htmlRaw {
	return htmlRaw([]string{"", ` stroke-dasharray="7 3"`, ` stroke-dasharray="2 3"`, ` stroke-dasharray="9 3 2 3"`, ` stroke-dasharray="12 4"`, ` stroke-dasharray="4 4"`, ""}[i%7])
}

// htmlRaw is markup of ours, which is not escaped.
type htmlRaw string

// Calm is the last round in which any curve still moves, and one more to show it.
func Calm(variants []result.Variant) int {
	last := 1
	for _, v := range variants {
		for i := 1; i < len(v.Curve); i++ {
			if a, b := v.Curve[i-1], v.Curve[i]; math.Abs(a.Mean-b.Mean) > 0.001*max(b.Mean, 1) || a.P5 != b.P5 || a.P95 != b.P95 {
				last = max(last, i)
			}
		}
	}
	return min(last+1, len(variants[0].Curve)-1)
}

// tick is a round step of which about so many reach a number.
func tick(top float64, parts float64) float64 {
	unit := 1.0
	for unit*10 <= top/parts {
		unit *= 10
	}
	for _, m := range []float64{1, 2, 5} {
		if unit*m >= top/parts {
			return unit * m
		}
	}
	return unit * 10
}

func describeSpread(doc *result.Simulation, what string) string {
	var parts []string
	for _, v := range doc.Variants {
		parts = append(parts, fmt.Sprintf("%s: %s of %d at the end", v.Name, Agents(v.Final.Mean), doc.Net.Agents))
	}
	return Capital(what) + " by round. " + strings.Join(parts, "; ") + "."
}

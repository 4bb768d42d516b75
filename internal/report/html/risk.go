package html

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"

	"fermata/internal/report"
	"fermata/internal/result"
)

// Of the lists of risks this much is shown; with Options.All everything is.
const (
	topLosses  = 15
	topDrivers = 10
	topCuts    = 8
)

// riskPart is the section about risk.
type riskPart struct {
	Totals    []riskTotal
	Assets    []report.RiskLine
	MoreRisks int
	Sources   []report.RiskLine
	Layers    []report.RiskLine
	Tornado   template.HTML
	Standing  []report.RiskLine
	Missing   []report.RiskLine
	Method    []string
	Notes     []string
}

type riskTotal struct {
	Text    []string
	Curve   template.HTML
	Planned bool
}

// newRisk prepares the section; nil when nobody reckoned.
func newRisk(v *report.View, o report.Options) *riskPart {
	s := v.Risk()
	if s == nil {
		return nil
	}
	few := func(list []report.RiskLine, most int) []report.RiskLine {
		if o.All || len(list) <= most {
			return list
		}
		return list[:most]
	}
	p := &riskPart{
		Assets: few(s.Assets, topLosses), Sources: s.Sources, Layers: s.Layers, Standing: few(s.Standing, topCuts), Missing: few(s.Missing, topCuts),
		Method: s.Method, Notes: s.Notes,
	}
	p.MoreRisks = len(s.Assets) - len(p.Assets)
	for i := range s.Totals {
		t := &s.Totals[i]
		p.Totals = append(p.Totals, riskTotal{t.Text, curve(t.Risk, i), t.Planned != nil})
	}
	drivers := s.Drivers
	if !o.All && len(drivers) > topDrivers {
		drivers = drivers[:topDrivers]
	}
	for i := range s.Totals {
		p.Tornado += tornado(drivers, s.Totals[i].Risk)
	}
	return p
}

// The size of the charts.
const (
	chartWidth  = 760
	chartHeight = 300
	chartLeft   = 56
	chartRight  = 20
	chartTop    = 14
	chartBottom = 46
)

// curve draws the chance that a year costs more than an amount, as a share over a scale of decades.
func curve(x *result.Risk, n int) template.HTML {
	if len(x.Curve) < 2 {
		return ""
	}
	var b strings.Builder
	low, high := math.Log10(x.Curve[0].Loss), math.Log10(x.Curve[len(x.Curve)-1].Loss)
	px := func(loss float64) float64 {
		return chartLeft + (math.Log10(loss)-low)/(high-low)*(chartWidth-chartLeft-chartRight)
	}
	py := func(share float64) float64 { return chartTop + (1-share)*(chartHeight-chartTop-chartBottom) }
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %d %d" role="img" aria-labelledby="curve-%d-title curve-%d-desc">`, chartWidth, chartHeight, n, n)
	fmt.Fprintf(&b, `<title id="curve-%d-title">Chance that a year costs more than an amount</title><desc id="curve-%d-desc">`, n, n)
	for i := 0; i < len(x.Curve); i += 4 {
		fmt.Fprintf(&b, "More than %s: %s. ", html.EscapeString(result.Money(x.Curve[i].Loss, x.Unit)), result.Share(x.Curve[i].Chance.Mean))
	}
	b.WriteString(`</desc>`)
	for _, share := range []float64{0, 0.25, 0.5, 0.75, 1} {
		fmt.Fprintf(&b, `<line class="grid" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/><text x="%d" y="%.1f" text-anchor="end">%.0f %%</text>`,
			chartLeft, py(share), chartWidth-chartRight, py(share), chartLeft-8, py(share)+4, 100*share)
	}
	for d := math.Ceil(low); d <= high; d++ {
		at := px(math.Pow(10, d))
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`,
			at, chartTop, at, chartHeight-chartBottom, at, chartHeight-chartBottom+18, html.EscapeString(result.Figure(math.Pow(10, d))))
	}
	fmt.Fprintf(&b, `<text class="axis" x="%d" y="%d" text-anchor="end">a year's loss in %s</text>`, chartWidth-chartRight, chartHeight-6, html.EscapeString(x.Unit))
	var band []string
	for _, p := range x.Curve {
		band = append(band, fmt.Sprintf("%.1f,%.1f", px(p.Loss), py(p.Chance.High)))
	}
	for i := len(x.Curve) - 1; i >= 0; i-- {
		band = append(band, fmt.Sprintf("%.1f,%.1f", px(x.Curve[i].Loss), py(x.Curve[i].Chance.Low)))
	}
	fmt.Fprintf(&b, `<polygon class="band" points="%s"/>`, strings.Join(band, " "))
	line := func(class string, share func(*result.Exceedance) float64) {
		var points []string
		for i := range x.Curve {
			points = append(points, fmt.Sprintf("%.1f,%.1f", px(x.Curve[i].Loss), py(share(&x.Curve[i]))))
		}
		fmt.Fprintf(&b, `<polyline class="%s" points="%s"/>`, class, strings.Join(points, " "))
	}
	line("bare", func(p *result.Exceedance) float64 { return p.Inherent })
	if x.Planned != nil {
		line("plan", func(p *result.Exceedance) float64 {
			if p.Planned == nil {
				return 0
			}
			return *p.Planned
		})
	}
	line("now", func(p *result.Exceedance) float64 { return p.Chance.Mean })
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// tornado draws what each input alone does to the mean.
func tornado(drivers []report.RiskDriver, total *result.Risk) template.HTML {
	var list []report.RiskDriver
	least, most := total.Annual.Mean, total.Annual.Mean
	for _, d := range drivers {
		if d.Unit == total.Unit {
			list = append(list, d)
			least, most = min(least, d.Low, d.High), max(most, d.Low, d.High)
		}
	}
	if len(list) == 0 || most <= least {
		return ""
	}
	const row, label = 38, 20
	height := len(list)*row + 26
	px := func(x float64) float64 { return 60 + (x-least)/(most-least)*(chartWidth-120) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart tornado" viewBox="0 0 %d %d" role="img" aria-label="Expected loss a year where one input is low and where it is high">`, chartWidth, height)
	middle := px(total.Annual.Mean)
	fmt.Fprintf(&b, `<line class="middle" x1="%.1f" y1="0" x2="%.1f" y2="%d"/><text class="axis" x="%.1f" y="%d" text-anchor="middle">mean %s</text>`, middle, middle, height-22, middle, height-6, html.EscapeString(result.Money(total.Annual.Mean, total.Unit)))
	for i, d := range list {
		y := i * row
		from, to := min(d.Low, d.High), max(d.Low, d.High)
		class := "up"
		if d.High < d.Low {
			class = "down"
		}
		fmt.Fprintf(&b, `<text class="name" x="6" y="%d">%s</text>`, y+13, html.EscapeString(report.Plain(d.Name)))
		fmt.Fprintf(&b, `<rect class="%s" x="%.1f" y="%d" width="%.1f" height="10" rx="2"/>`, class, px(from), y+label, max(px(to)-px(from), 1))
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="end">%s</text><text x="%.1f" y="%d">%s</text>`, px(from)-6, y+label+9, html.EscapeString(result.Figure(from)), px(to)+6, y+label+9, html.EscapeString(result.Figure(to)))
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

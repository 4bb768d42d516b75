package result

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Figure writes an amount of money or units as people do: two digits that count, and commas.
func Figure(x float64) string {
	switch {
	case x == 0:
		return "0"
	case math.Abs(x) < 0.001:
		return strconv.FormatFloat(x, 'g', 1, 64)
	case math.Abs(x) < 10:
		return strconv.FormatFloat(x, 'g', 2, 64)
	}
	unit := 1.0
	for math.Abs(x)/unit >= 100 {
		unit *= 10
	}
	return commas(strconv.FormatFloat(math.Round(x/unit)*unit, 'f', 0, 64))
}

func commas(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Money is an amount with its unit: "EUR 12,000" or "12 units".
func Money(x float64, unit string) string {
	if unit == "units" {
		return Figure(x) + " units"
	}
	return unit + " " + Figure(x)
}

// Share is a chance or share in percent: two digits that count, and neither 0 nor 100 unless it is.
func Share(p float64) string {
	switch {
	case p == 0 || p == 1:
		return fmt.Sprintf("%.0f %%", 100*p)
	case p >= 0.995:
		return "over 99 %"
	case p < 0.001:
		return "under 0.1 %"
	case p < 0.0995:
		return strconv.FormatFloat(100*p, 'g', 2, 64) + " %"
	}
	return fmt.Sprintf("%.0f %%", 100*p)
}

// Odds is a chance as people say odds, with as many digits as are known of it: "about 1 in 50".
func Odds(p float64) string {
	switch n := 1 / math.Max(p, 1e-21); {
	case n < 1.5:
		return "almost certain"
	case n < 10:
		return fmt.Sprintf("about 1 in %.0f", n)
	case n < 1000:
		return fmt.Sprintf("about 1 in %.0f", oddsOf(n))
	default:
		return "less than 1 in 1000"
	}
}

// oddsOf keeps one leading digit and a half of it, since no chance here is known better: 10, 15, 20, 30, 50, 80 …
func oddsOf(n float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(n)))
	for _, step := range []float64{1, 1.5, 2, 3, 5, 8} {
		if n <= step*unit*1.2 {
			return step * unit
		}
	}
	return 10 * unit
}

// Span is the width of a band of amounts: "9 to 120".
func (b Band) Span() string { return Figure(b.Low) + " to " + Figure(b.High) }

// Shares is the width of a band of chances: "9 % to 40 %".
func (b Band) Shares() string { return Share(b.Low) + " to " + Share(b.High) }

// Years is a time given in years, in the unit that people would use.
func Years(years float64) string {
	switch {
	case years >= 1e6:
		return "more than a million years"
	case years >= 1.5:
		return Figure(years) + " years"
	case years >= 1.5/12:
		return Figure(12*years) + " months"
	case years >= 1.5/52:
		return Figure(52*years) + " weeks"
	case years >= 1.5/365:
		return Figure(365*years) + " days"
	}
	return "a day"
}

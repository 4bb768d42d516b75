package score

import (
	"math"
	"strings"

	gocvss20 "github.com/pandatix/go-cvss/20"
	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"
)

// mostVector is how long a vector may be; the longest of any version is shorter.
const mostVector = 400

// Published gives the base score of a vector that somebody published, of whichever version of CVSS it is, in tenths, and its
// grade: critical, high, medium or low. It is not comparable with scores of another version; advisories carry what was
// current when they were written. ok is false for what is no sound vector.
func Published(vector string) (tenths int, severity string, ok bool) {
	vector = strings.TrimSpace(vector)
	if len(vector) > mostVector {
		return 0, "", false
	}
	var score float64
	two := false
	switch {
	case strings.HasPrefix(vector, "CVSS:4.0/"):
		v, err := gocvss40.ParseVector(vector)
		if err != nil {
			return 0, "", false
		}
		score = v.Score()
	case strings.HasPrefix(vector, "CVSS:3.1/"):
		v, err := gocvss31.ParseVector(vector)
		if err != nil {
			return 0, "", false
		}
		score = v.BaseScore()
	case strings.HasPrefix(vector, "CVSS:3.0/"):
		v, err := gocvss30.ParseVector(vector)
		if err != nil {
			return 0, "", false
		}
		score = v.BaseScore()
	default:
		v, err := gocvss20.ParseVector(vector)
		if err != nil {
			return 0, "", false
		}
		score, two = v.BaseScore(), true
	}
	tenths = int(math.Round(score * 10))
	switch {
	case tenths >= 90 && !two: // version 2 knows no critical
		severity = "critical"
	case tenths >= 70:
		severity = "high"
	case tenths >= 40:
		severity = "medium"
	default:
		severity = "low"
	}
	return tenths, severity, true
}

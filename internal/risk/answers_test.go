package risk

import "testing"

// TestAnswersCompareDrawByDraw: the figures of two answers whose draws are known.
func TestAnswersCompareDrawByDraw(t *testing.T) {
	now := Sketch{Units: {1, 3}}
	got := Answers(now, []string{"yes", "no"}, []Sketch{{Units: {5, 7}, "EUR": {2, 2}}, {Units: {1, 3}}})
	if len(got) != 2 || got[0].Unit != "EUR" || got[1].Unit != Units {
		t.Fatalf("units are not money first: %+v", got)
	}
	if x := got[0]; x.Now.Mean != 0 || x.Difference.Mean != 2 || x.Share != 1 {
		t.Errorf("what only one answer brings about explains everything: %+v", x)
	}
	// Means 6 and 2 have the variance 4; all four draws (5, 7, 1, 3) have 5.
	if x := got[1]; x.Now.Mean != 2 || x.Answers[0].Annual.Mean != 6 || x.Difference.Mean != 4 || x.Difference.Low != 4 || x.Share != 0.8 {
		t.Errorf("figures are %+v", x)
	}
	if x := Answers(now, []string{"no", "yes"}, []Sketch{now, now})[0]; x.Difference.Mean != 0 || x.Share != 0 {
		t.Errorf("answers that change nothing differ: %+v", x)
	}
}

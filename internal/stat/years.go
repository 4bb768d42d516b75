package stat

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	yearBlock   = 1 << 14 // years that are added up together
	yearsMost   = 1 << 32
	mantissa    = 10 // bits of a total that tell its bin: bins are a thousandth wide
	eventsMost  = 1 << 20
	expectsMost = 1e5 // events a year that can be drawn one by one
)

// Years draws so many years, on all processors. What a loss does in a year depends on the seed, the loss's name and the
// year alone, and a lower rate or size never makes any year dearer: two sets of losses under one seed are compared year by
// year. Totals are kept in bins a thousandth wide, and quantiles are the middle of their bin.
func (ls Losses) Years(ctx context.Context, n int, seed uint64) (*Curve, error) {
	if err := ls.Check(); err != nil {
		return nil, err
	}
	if n < 1 || uint64(n) > yearsMost {
		return nil, fmt.Errorf("%d years are not from 1 to 2^32", n)
	}
	if r := ls.Rate(); r > expectsMost {
		return nil, fmt.Errorf("%v events a year are too many to draw, at most %v", r, float64(expectsMost))
	}
	draw := make([]drawer, 0, len(ls))
	for _, l := range ls {
		if l.Rate > 0 {
			draw = append(draw, newDrawer(l))
		}
	}
	blocks := (n + yearBlock - 1) / yearBlock
	sums, squares := make([]float64, blocks), make([]float64, blocks)
	h := &histogram{n: n}
	var (
		next atomic.Int64
		wg   sync.WaitGroup
		mu   sync.Mutex
	)
	key := [2]uint32{uint32(seed), uint32(seed >> 32)}
	for range min(blocks, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			own := &histogram{}
			totals := make([]float64, yearBlock)
			for b := int(next.Add(1)) - 1; b < blocks && ctx.Err() == nil; b = int(next.Add(1)) - 1 {
				t := totals[:min(n-b*yearBlock, yearBlock)]
				clear(t)
				for i := range draw {
					draw[i].add(t, uint64(b*yearBlock), key)
				}
				sums[b], squares[b] = own.count(t)
			}
			mu.Lock()
			defer mu.Unlock()
			h.merge(own)
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h.sum, h.squares = Sum(sums), Sum(squares)
	if math.IsInf(h.squares, 0) {
		return nil, fmt.Errorf("the totals are too large to square")
	}
	return &Curve{Method: Sampled, Years: n, law: h}, nil
}

// drawer draws one loss.
type drawer struct {
	stream uint64
	size   Dist
	log    *logNormal // if it is one: a call through the interface takes as long as the draw
	below  []uint64   // below[k]: the chance of at most k events, in units of 2^-64
}

func newDrawer(l Loss) drawer {
	d := drawer{stream: Stream(l.Name), size: l.Size}
	if ln, ok := l.Size.(logNormal); ok {
		d.log = &ln
	}
	p := poisson{l.Rate}
	for k := 0.0; k < eventsMost; k++ {
		c := p.CDF(k)
		if c >= 1-1e-16 {
			break
		}
		d.below = append(d.below, uint64(c*(1<<32)*(1<<32)))
	}
	return d
}

// events returns the number of events for a random word.
func (d *drawer) events(word uint64) int {
	if len(d.below) > 16 {
		k, _ := slices.BinarySearchFunc(d.below, word, func(e, word uint64) int {
			if e <= word {
				return -1
			}
			return 1
		})
		return k
	}
	for k, b := range d.below {
		if word < b {
			return k
		}
	}
	return len(d.below)
}

// add draws the years from first on. A counter is half a year's number, which of the two years, and which pair of words of
// it: the first word is the number of events, the others are one event each.
func (d *drawer) add(totals []float64, first uint64, key [2]uint32) {
	c, e := uint32(d.stream), uint32(d.stream>>32)
	for i := 0; i < len(totals); i += 2 {
		a := uint32((first + uint64(i)) >> 1)
		n0, s0, n1, s1 := PhiloxPair(a, 0, 1, c, e, key)
		if k := d.events(n0); k > 0 {
			totals[i] += d.year(k, s0, a, 0, c, e, key)
		}
		if i+1 == len(totals) {
			break
		}
		if k := d.events(n1); k > 0 {
			totals[i+1] += d.year(k, s1, a, 1, c, e, key)
		}
	}
}

// year adds up k events, of which the first has its word already.
func (d *drawer) year(k int, word uint64, a, which, c, e uint32, key [2]uint32) float64 {
	total := d.quantile(word)
	for j := 1; j < k; j += 2 {
		r := Philox([4]uint32{a, which + uint32(j+1), c, e}, key)
		total += d.quantile(uint64(r[1])<<32 | uint64(r[0]))
		if j+1 < k {
			total += d.quantile(uint64(r[3])<<32 | uint64(r[2]))
		}
	}
	return total
}

func (d *drawer) quantile(word uint64) float64 {
	u := uniform(word)
	if d.log != nil {
		return d.log.Quantile(u)
	}
	return d.size.Quantile(u)
}

// histogram is a law of counts in bins that are as wide as their place is large. Totals of 0 have a bin of their own.
type histogram struct {
	n            int
	zero         int
	pages        [2048]*[1 << mantissa]uint32 // by the exponent
	sum, squares float64
}

// count takes totals in and returns their sum and the sum of their squares, in order.
func (h *histogram) count(totals []float64) (sum, squares float64) {
	for _, x := range totals {
		if x == 0 {
			h.zero++
			continue
		}
		sum += x
		squares += float64(x * x)
		b := math.Float64bits(x)
		page := h.pages[b>>52]
		if page == nil {
			page = new([1 << mantissa]uint32)
			h.pages[b>>52] = page
		}
		page[b>>(52-mantissa)&(1<<mantissa-1)]++
	}
	return sum, squares
}

func (h *histogram) merge(o *histogram) {
	h.zero += o.zero
	for e, page := range o.pages {
		switch {
		case page == nil:
		case h.pages[e] == nil:
			h.pages[e] = page
		default:
			for i, c := range page {
				h.pages[e][i] += c
			}
		}
	}
}

// bin is the range of the totals of a bin, and their number.
type bin struct {
	low, high float64
	count     int
}

func (b bin) middle() float64 { return float64(0.5 * (b.low + b.high)) }

// each calls f for every bin that is not empty, in ascending order, until it returns false.
func (h *histogram) each(f func(b bin) bool) {
	if h.zero > 0 && !f(bin{0, 0, h.zero}) {
		return
	}
	for e, page := range h.pages {
		if page == nil {
			continue
		}
		for i, c := range page {
			if c == 0 {
				continue
			}
			key := uint64(e)<<mantissa | uint64(i)
			if !f(bin{math.Float64frombits(key << (52 - mantissa)), math.Float64frombits((key + 1) << (52 - mantissa)), int(c)}) {
				return
			}
		}
	}
}

func (h *histogram) mean() Estimate {
	return MeanOf(h.n, h.sum, h.squares)
}

// exceed counts a total as above x if the middle of its bin is; the bin that x lies in widens the interval by what it holds.
func (h *histogram) exceed(x float64) Estimate {
	sure, maybe, middle := 0, 0, 0
	h.each(func(b bin) bool {
		switch {
		case b.low > x:
			sure += b.count
		case b.high > x:
			maybe += b.count
		}
		if b.middle() > x {
			middle += b.count
		}
		return true
	})
	low, _ := Wilson(sure, h.n)
	_, high := Wilson(sure+maybe, h.n)
	return Estimate{float64(middle) / float64(h.n), low, high}
}

func (h *histogram) quantile(u float64) Estimate {
	low, at, high := ranks(h.n, u)
	e := Estimate{High: math.Inf(1)}
	seen := 0
	h.each(func(b bin) bool {
		before := seen
		seen += b.count
		if before < low && low <= seen {
			e.Low = b.low
		}
		if before < at && at <= seen {
			e.Value = b.middle()
		}
		if before < high && high <= seen {
			e.High = b.high
		}
		return seen < high
	})
	return e
}

func (h *histogram) tailMean(u float64) Estimate {
	q := h.quantile(u).Value
	var sum, squares float64
	h.each(func(b bin) bool {
		if d := b.middle() - q; d > 0 {
			sum += float64(float64(b.count) * d)
			squares += float64(float64(b.count) * float64(d*d))
		}
		return true
	})
	e := tail(h.n, u, q, sum, squares)
	// What lies in a bin is known to half its width.
	const width = 1.0 / (2 << mantissa)
	e.Low, e.High = e.Low-float64(e.Low*width), e.High+float64(e.High*width)
	return e
}

package stat

import "math"

// sincos returns sine and cosine, the same bits on every processor, for |x| below 2^30. The argument is reduced by a multiple
// of a quarter turn in three parts; the polynomials are those of the Cephes library.
func sincos(x float64) (sin, cos float64) {
	const (
		part1 = 7.85398125648498535156e-1 // an eighth of a turn, in three parts of which products with k are exact
		part2 = 3.77489470793079817668e-8
		part3 = 2.69515142907905952645e-15
	)
	negative := x < 0
	if negative {
		x = -x
	}
	k := uint64(x * (4 / math.Pi))
	k += k & 1
	y := float64(k)
	z := ((x - float64(y*part1)) - float64(y*part2)) - float64(y*part3)
	zz := float64(z * z)
	c := 1 - float64(0.5*zz) + float64(float64(zz*zz)*horner(zz, cosine[:]))
	s := z + float64(float64(z*zz)*horner(zz, sine[:]))
	if k&2 != 0 {
		s, c = c, s
	}
	if k&4 != 0 {
		s = -s
	}
	if (k+2)&4 != 0 {
		c = -c
	}
	if negative {
		s = -s
	}
	return s, c
}

var (
	sine   = [...]float64{-1.66666666666666307295e-1, 8.33333333332211858878e-3, -1.98412698295895385996e-4, 2.75573136213857245213e-6, -2.50507477628578072866e-8, 1.58962301576546568060e-10}
	cosine = [...]float64{4.16666666666665929218e-2, -1.38888888888730564116e-3, 2.48015872888517045348e-5, -2.75573141792967388112e-7, 2.08757008419747316778e-9, -1.13585365213876817300e-11}
)

// transformer does Fourier transforms of one length, a power of two.
type transformer struct {
	n    int
	wRe  []float64 // cos and -sin of i/n of a turn, for i below n/2
	wIm  []float64
	swap [][2]int32
}

func newTransformer(n int) *transformer {
	f := &transformer{n: n, wRe: make([]float64, n/2), wIm: make([]float64, n/2)}
	for i := range f.wRe {
		s, c := sincos(float64(2 * math.Pi * (float64(i) / float64(n))))
		f.wRe[i], f.wIm[i] = c, -s
	}
	for i, j := 0, 0; i < n; i++ {
		if i < j {
			f.swap = append(f.swap, [2]int32{int32(i), int32(j)})
		}
		bit := n >> 1
		for ; j&bit != 0; bit >>= 1 {
			j ^= bit
		}
		j |= bit
	}
	return f
}

// forward transforms in place; backward with the parts given in the other order is the inverse but for the factor n.
func (f *transformer) forward(re, im []float64) {
	for _, p := range f.swap {
		re[p[0]], re[p[1]] = re[p[1]], re[p[0]]
		im[p[0]], im[p[1]] = im[p[1]], im[p[0]]
	}
	for size := 2; size <= f.n; size *= 2 {
		half, step := size/2, f.n/size
		for begin := 0; begin < f.n; begin += size {
			aRe, aIm := re[begin:begin+half], im[begin:begin+half]
			bRe, bIm := re[begin+half:begin+size], im[begin+half:begin+size]
			bRe, bIm, aIm = bRe[:len(aRe)], bIm[:len(aRe)], aIm[:len(aRe)]
			for i, w := 0, 0; i < len(aRe); i, w = i+1, w+step {
				c, s := f.wRe[w], f.wIm[w]
				xRe := float64(bRe[i]*c) - float64(bIm[i]*s)
				xIm := float64(bRe[i]*s) + float64(bIm[i]*c)
				bRe[i], bIm[i] = aRe[i]-xRe, aIm[i]-xIm
				aRe[i], aIm[i] = aRe[i]+xRe, aIm[i]+xIm
			}
		}
	}
}

package stat

import "math"

// The algorithms of this file are those of FreeBSD's libm, as Go's own pure functions use them, with every product rounded.

const (
	ln2Hi = 6.93147180369123816490e-01
	ln2Lo = 1.90821492927058770002e-10
)

// Exp returns e^x, the same bits on every processor.
func Exp(x float64) float64 {
	const (
		p1 = 1.66666666666666657415e-01
		p2 = -2.77777777770155933842e-03
		p3 = 6.61375632143793436117e-05
		p4 = -1.65339022054652515390e-06
		p5 = 4.13813679705723846039e-08
	)
	switch {
	case x != x || x == math.Inf(1):
		return x
	case x > 7.09782712893383973096e+02:
		return math.Inf(1)
	case x < -7.45133219101941108420e+02:
		return 0
	}
	// x = k·ln2 + r with |r| at most half of ln2.
	k := math.Floor(float64(x*math.Log2E) + 0.5)
	hi := x - float64(k*ln2Hi)
	lo := float64(k * ln2Lo)
	r := hi - lo
	t := float64(r * r)
	c := r - float64(t*(p1+float64(t*(p2+float64(t*(p3+float64(t*(p4+float64(t*p5)))))))))
	y := 1 - ((lo - float64(r*c)/(2-c)) - hi)
	return scale(y, int(k))
}

// scale returns y·2^k for y near 1; results below the normal range are rounded once.
func scale(y float64, k int) float64 {
	if k > -1000 && k < 1000 {
		return math.Float64frombits(math.Float64bits(y) + uint64(int64(k)<<52))
	}
	return math.Ldexp(y, k)
}

// Log returns the natural logarithm, the same bits on every processor; -Inf of 0.
func Log(x float64) float64 {
	const (
		l1 = 6.666666666666735130e-01
		l2 = 3.999999999940941908e-01
		l3 = 2.857142874366239149e-01
		l4 = 2.222219843214978396e-01
		l5 = 1.818357216161805012e-01
		l6 = 1.531383769920937332e-01
		l7 = 1.479819860511658591e-01
	)
	switch {
	case x != x || x == math.Inf(1):
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	f, ki := math.Frexp(x)
	if f < math.Sqrt2/2 {
		f *= 2
		ki--
	}
	f--
	k := float64(ki)
	s := f / (2 + f)
	s2 := float64(s * s)
	s4 := float64(s2 * s2)
	t1 := float64(s2 * (l1 + float64(s4*(l3+float64(s4*(l5+float64(s4*l7)))))))
	t2 := float64(s4 * (l2 + float64(s4*(l4+float64(s4*l6)))))
	r := t1 + t2
	half := float64(float64(0.5*f) * f)
	return float64(k*ln2Hi) - ((half - (float64(s*(half+r)) + float64(k*ln2Lo))) - f)
}

// log1p returns ln(1+x) for x above -1 without loss near 0.
func log1p(x float64) float64 {
	y := 1 + x
	if y == 1 {
		return x
	}
	// The rounding of 1+x is known, and its effect on the logarithm is its share of y.
	return Log(y) + (x-(y-1))/y
}

// expm1 returns e^x - 1 without loss near 0.
func expm1(x float64) float64 {
	if math.Abs(x) > 0.3 {
		return Exp(x) - 1
	}
	// x + x²/2 + …: 16 terms are below the last bit at 0.3.
	sum := 0.0
	for n := 16; n >= 1; n-- {
		sum = float64((1 + sum) * x / float64(n))
	}
	return sum
}

// horner evaluates c[0] + c[1]·x + …
func horner(x float64, c []float64) float64 {
	y := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		y = c[i] + float64(y*x)
	}
	return y
}

// NormalQuantile returns the number below which a standard normal variable falls with chance u, by Wichura's algorithm
// AS 241; -Inf at 0 and +Inf at 1.
func NormalQuantile(u float64) float64 {
	q := u - 0.5
	if math.Abs(q) <= 0.425 {
		r := 0.180625 - float64(q*q)
		return q * horner(r, normalA[:]) / horner(r, normalB[:])
	}
	r := u
	if q > 0 {
		r = 1 - u
	}
	switch {
	case !(u >= 0 && u <= 1):
		return math.NaN()
	case r == 0:
		return math.Inf(int(math.Copysign(1, q)))
	}
	r = math.Sqrt(-Log(r))
	var z float64
	if r <= 5 {
		r -= 1.6
		z = horner(r, normalC[:]) / horner(r, normalD[:])
	} else {
		r -= 5
		z = horner(r, normalE[:]) / horner(r, normalF[:])
	}
	return math.Copysign(z, q)
}

var (
	normalA = [...]float64{3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3}
	normalB = [...]float64{1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3}
	normalC = [...]float64{1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4}
	normalD = [...]float64{1, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9}
	normalE = [...]float64{6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7}
	normalF = [...]float64{1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15}
)

// normalUpper returns the chance that a standard normal variable exceeds z, with full relative accuracy in the tail.
func normalUpper(z float64) float64 {
	if z < 0 {
		return 1 - normalUpper(-z)
	}
	x := z / math.Sqrt2
	switch {
	case x < 0.84375:
		return 0.5 - float64(0.5*erfSmall(x))
	case x < 1.25:
		s := x - 1
		return float64(0.5 * (1 - 8.45062911510467529297e-01 - horner(s, erfPa[:])/horner(s, erfQa[:])))
	case x > 28:
		return 0
	}
	s := 1 / float64(x*x)
	var r float64
	if x < 1/0.35 {
		r = horner(s, erfRa[:]) / horner(s, erfSa[:])
	} else {
		r = horner(s, erfRb[:]) / horner(s, erfSb[:])
	}
	y := math.Float64frombits(math.Float64bits(x) & 0xffffffff00000000) // x without its lower half, so that y·y is exact
	return float64(0.5*float64(Exp(-float64(y*y)-0.5625)*Exp(float64((y-x)*(y+x))+r))) / x
}

func erfSmall(x float64) float64 {
	if x < 1e-9 {
		return float64(x * (2 / math.SqrtPi))
	}
	z := float64(x * x)
	return x + float64(x*(horner(z, erfPp[:])/horner(z, erfQq[:])))
}

var (
	erfPp = [...]float64{1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02, -5.77027029648944159157e-03, -2.37630166566501626084e-05}
	erfQq = [...]float64{1, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03, 1.32494738004321644526e-04, -3.96022827877536812320e-06}
	erfPa = [...]float64{-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01, 3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03}
	erfQa = [...]float64{1, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02, 1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02}
	erfRa = [...]float64{-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01, -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02, -8.12874355063065934246e+01, -9.81432934416914548592e+00}
	erfSa = [...]float64{1, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02, 6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02, 6.57024977031928170135e+00, -6.04244152148580987438e-02}
	erfRb = [...]float64{-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01, -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03, -4.83519191608651397019e+02}
	erfSb = [...]float64{1, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03, 3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02, -2.24409524465858183362e+01}
)

// lnGamma returns ln Γ(x) for x above 0, by Stirling's series from 10 on.
func lnGamma(x float64) float64 {
	product := 1.0
	for x < 10 {
		product *= x
		x++
	}
	s := 1 / float64(x*x)
	series := horner(s, stirling[:]) / x
	return float64((x-0.5)*Log(x)) - x + 0.91893853320467274178 + series - Log(product)
}

var stirling = [...]float64{1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156, -3617.0 / 122400}

// betaRatio is the incomplete beta function I_x(a,b), given ln B(a,b), by the modified Lentz method on its continued fraction.
func betaRatio(a, b, x, lnBeta float64) float64 {
	if x <= 0 {
		return 0
	}
	if x >= 1 {
		return 1
	}
	if x > (a+1)/(a+b+2) {
		return 1 - betaFraction(b, a, 1-x, lnBeta)
	}
	return betaFraction(a, b, x, lnBeta)
}

func betaFraction(a, b, x, lnBeta float64) float64 {
	front := Exp(float64(a*Log(x))+float64(b*log1p(-x))-lnBeta) / a
	const tiny = 1e-300
	away := func(y float64) float64 {
		if math.Abs(y) < tiny {
			return tiny
		}
		return y
	}
	c, d := 1.0, 1/away(1-float64((a+b)*x)/(a+1))
	h := d
	for i := 1; i < 20_000; i++ {
		m := float64(i)
		step := float64(float64(m*(b-m))*x) / float64((a+2*m-1)*(a+2*m))
		d = 1 / away(1+float64(step*d))
		c = away(1 + step/c)
		h = float64(float64(h*d) * c)
		step = -float64(float64((a+m)*(a+b+m))*x) / float64((a+2*m)*(a+2*m+1))
		d = 1 / away(1+float64(step*d))
		c = away(1 + step/c)
		delta := float64(d * c)
		h = float64(h * delta)
		if math.Abs(delta-1) < 1e-15 {
			break
		}
	}
	return min(float64(front*h), 1)
}

// gammaRatios returns the regularised incomplete gamma functions P(a,x) and Q(a,x) = 1 - P(a,x).
func gammaRatios(a, x, lnGammaA float64) (lower, upper float64) {
	if x <= 0 {
		return 0, 1
	}
	front := Exp(float64(a*Log(x)) - x - lnGammaA)
	if x < a+1 {
		term, sum := 1/a, 1/a
		for n := 1.0; n < 1e6 && term > float64(sum*1e-17); n++ {
			term = float64(term*x) / (a + n)
			sum += term
		}
		p := min(float64(front*sum), 1)
		return p, 1 - p
	}
	b := x + 1 - a
	c, d := 1e300, 1/b
	h := d
	for i := 1.0; i < 1e6; i++ {
		an := float64(i * (a - i))
		b += 2
		d = 1 / (float64(an*d) + b)
		c = b + an/c
		delta := float64(d * c)
		h = float64(h * delta)
		if math.Abs(delta-1) < 1e-15 {
			break
		}
	}
	q := min(float64(front*h), 1)
	return 1 - q, q
}

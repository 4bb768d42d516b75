package stat

import (
	"fmt"
	"math"
)

// Dist is a distribution. Quantile gives, for u strictly between 0 and 1, the smallest number that is exceeded with chance
// 1-u at most; it never falls with u. At 0 and 1 it gives the ends, which may be infinite.
type Dist interface {
	Mean() float64
	Quantile(u float64) float64
}

// Cumulative is a distribution that also knows the chance of a number not above x. Every distribution of this package does.
type Cumulative interface {
	Dist
	CDF(x float64) float64
}

// finite returns an error that names the first number which is not finite.
func finite(what string, names []string, x ...float64) error {
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s: %s is %v, must be a finite number", what, names[i], v)
		}
	}
	return nil
}

// shapeMost bounds shapes: beyond it a distribution is a point for every purpose, and its functions converge slowly.
const shapeLeast, shapeMost = 1e-3, 1e7

type point float64

// Point is the distribution of a number that is known.
func Point(x float64) (Dist, error) {
	if err := finite("point", []string{"the number"}, x); err != nil {
		return nil, err
	}
	return point(x), nil
}

func (p point) Mean() float64            { return float64(p) }
func (p point) Quantile(float64) float64 { return float64(p) }
func (p point) CDF(x float64) float64 {
	if x < float64(p) {
		return 0
	}
	return 1
}

type flat struct{ low, high float64 }

// Uniform is the distribution in which all numbers from low to high are alike.
func Uniform(low, high float64) (Dist, error) {
	if err := finite("uniform", []string{"low", "high"}, low, high); err != nil {
		return nil, err
	}
	switch {
	case low > high:
		return nil, fmt.Errorf("uniform: low %v is above high %v", low, high)
	case low == high:
		return Point(low)
	case math.IsInf(high-low, 0):
		return nil, fmt.Errorf("uniform: from %v to %v is too wide", low, high)
	}
	return flat{low, high}, nil
}

func (d flat) Mean() float64 { return d.low + float64(0.5*(d.high-d.low)) }

func (d flat) Quantile(u float64) float64 {
	return min(d.low+float64(u*(d.high-d.low)), d.high)
}

func (d flat) CDF(x float64) float64 {
	return min(max((x-d.low)/(d.high-d.low), 0), 1)
}

// beta is a beta distribution on [low, low+width].
type beta struct {
	a, b       float64
	low, width float64
	lnBeta     float64
	half       float64 // I at 1/2
	mean       float64
}

// Beta is the beta distribution on 0 to 1 with the given shapes.
func Beta(a, b float64) (Dist, error) {
	if err := finite("beta", []string{"a", "b"}, a, b); err != nil {
		return nil, err
	}
	for i, x := range []float64{a, b} {
		if x < shapeLeast || x > shapeMost {
			return nil, fmt.Errorf("beta: %s is %v, must be from %v to %v", []string{"a", "b"}[i], x, shapeLeast, shapeMost)
		}
	}
	return newBeta(a, b, 0, 1, a/(a+b)), nil
}

// PERT is the beta distribution from low to high that is customary for judgements: the mode counts four times in the mean.
func PERT(low, mode, high float64) (Dist, error) {
	if err := finite("pert", []string{"low", "mode", "high"}, low, mode, high); err != nil {
		return nil, err
	}
	width := high - low
	switch {
	case low > high:
		return nil, fmt.Errorf("pert: low %v is above high %v", low, high)
	case mode < low || mode > high:
		return nil, fmt.Errorf("pert: mode %v is not from %v to %v", mode, low, high)
	case low == high:
		return Point(low)
	case math.IsInf(width, 0):
		return nil, fmt.Errorf("pert: from %v to %v is too wide", low, high)
	}
	// (low + 4·mode + high) / 6, such that it cannot overflow.
	mean := low + float64((float64(4*((mode-low)/width))+1)/6*width)
	return newBeta(1+float64(4*((mode-low)/width)), 1+float64(4*((high-mode)/width)), low, width, mean), nil
}

func newBeta(a, b, low, width, mean float64) beta {
	d := beta{a: a, b: b, low: low, width: width, mean: mean, lnBeta: lnGamma(a) + lnGamma(b) - lnGamma(a+b)}
	d.half = betaRatio(a, b, 0.5, d.lnBeta)
	return d
}

func (d beta) Mean() float64 { return d.mean }

func (d beta) CDF(x float64) float64 {
	return betaRatio(d.a, d.b, (x-d.low)/d.width, d.lnBeta)
}

func (d beta) Quantile(u float64) float64 {
	return min(d.low+float64(d.width*d.unit(u)), d.low+d.width)
}

// unit solves I_x(a,b) = u. The half of the interval in which x lies is measured from its outer end, in logarithms, since x may
// be many powers of ten away from it.
func (d beta) unit(u float64) float64 {
	switch {
	case u <= 0:
		return 0
	case u >= 1:
		return 1
	case u <= d.half:
		return d.fromZero(d.a, d.b, u)
	}
	return 1 - d.fromZero(d.b, d.a, 1-u)
}

func (d beta) fromZero(a, b, u float64) float64 {
	low, high := -745.0, -math.Ln2
	// Near zero I is x^a / (a·B); for large shapes a normal variable is nearer.
	w := (Log(u) + Log(a) + d.lnBeta) / a
	if a > 2 && b > 2 {
		mean := a / (a + b)
		sd := math.Sqrt(float64(mean*(1-mean)) / (a + b + 1))
		if x := mean + float64(sd*NormalQuantile(u)); x > float64(0.2*mean) {
			w = Log(x)
		}
	}
	return Exp(solve(w, low, high, func(w float64) (float64, float64) {
		x := Exp(w)
		slope := Exp(float64(a*w) + float64((b-1)*log1p(-x)) - d.lnBeta) // of I in w
		return betaRatio(a, b, x, d.lnBeta) - u, slope
	}))
}

// solve finds where a rising function crosses zero between low and high, by Newton's method within a bracket that shrinks.
func solve(x, low, high float64, f func(x float64) (value, slope float64)) float64 {
	if !(x > low && x < high) {
		x = float64(0.5 * (low + high))
	}
	for range 200 {
		y, slope := f(x)
		switch {
		case y > 0:
			high = x
		case y < 0:
			low = x
		default:
			return x
		}
		next := x - y/slope
		if !(next > low && next < high) {
			next = float64(0.5 * (low + high))
		}
		if math.Abs(next-x) <= float64(1e-15*max(math.Abs(x), 1e-3)) {
			return next
		}
		x = next
	}
	return x
}

type logitNormal struct{ mu, sigma, mean float64 }

// LogitNormal is the distribution of a chance whose log-odds are normal with mean mu and standard deviation sigma.
func LogitNormal(mu, sigma float64) (Dist, error) {
	if err := finite("logit-normal", []string{"mu", "sigma"}, mu, sigma); err != nil {
		return nil, err
	}
	switch {
	case sigma < 0 || sigma > 100:
		return nil, fmt.Errorf("logit-normal: sigma is %v, must be from 0 to 100", sigma)
	case math.Abs(mu) > 700:
		return nil, fmt.Errorf("logit-normal: mu is %v, must be from -700 to 700", mu)
	case sigma == 0:
		return Point(expit(mu))
	}
	// The trapezoid rule converges exponentially for what is analytic and falls like a normal density; the poles of the
	// logistic function, pi/sigma from the axis, ask for steps in proportion.
	step := min(0.25, 0.45/sigma)
	n := int(9.5 / step)
	sum, weight := 0.0, 0.0
	for i := -n; i <= n; i++ {
		z := float64(float64(i) * step)
		w := Exp(float64(-0.5 * z * z))
		sum += float64(w * expit(mu+float64(sigma*z)))
		weight += w
	}
	return logitNormal{mu, sigma, sum / weight}, nil
}

func expit(x float64) float64 {
	if x < 0 {
		e := Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + Exp(-x))
}

func (d logitNormal) Mean() float64 { return d.mean }

func (d logitNormal) Quantile(u float64) float64 {
	return expit(d.mu + float64(d.sigma*NormalQuantile(u)))
}

func (d logitNormal) CDF(x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	}
	return normalUpper((d.mu - Log(x) + log1p(-x)) / d.sigma)
}

type logNormal struct{ mu, sigma float64 }

// z90 is the 95 % quantile of a standard normal variable.
const z90 = 1.6448536269514722

// LogNormal90 is the lognormal distribution that lies below low with chance 5 % and above high with chance 5 %.
func LogNormal90(low, high float64) (Dist, error) {
	if err := finite("lognormal", []string{"low", "high"}, low, high); err != nil {
		return nil, err
	}
	switch {
	case low <= 0:
		return nil, fmt.Errorf("lognormal: low is %v, must be above 0", low)
	case low > high:
		return nil, fmt.Errorf("lognormal: low %v is above high %v", low, high)
	}
	a, b := Log(low), Log(high)
	return LogNormal(float64(0.5*(a+b)), (b-a)/(2*z90))
}

// LogNormal is the distribution of a number whose logarithm is normal with mean mu and standard deviation sigma.
func LogNormal(mu, sigma float64) (Dist, error) {
	if err := finite("lognormal", []string{"mu", "sigma"}, mu, sigma); err != nil {
		return nil, err
	}
	switch {
	case sigma < 0:
		return nil, fmt.Errorf("lognormal: sigma is %v, must not be negative", sigma)
	case mu+float64(0.5*sigma*sigma) > 700 || mu < -700:
		return nil, fmt.Errorf("lognormal: mu %v with sigma %v is too large to compute with", mu, sigma)
	case sigma == 0:
		return Point(Exp(mu))
	}
	return logNormal{mu, sigma}, nil
}

func (d logNormal) Mean() float64 { return Exp(d.mu + float64(0.5*float64(d.sigma*d.sigma))) }

func (d logNormal) Quantile(u float64) float64 {
	return Exp(d.mu + float64(d.sigma*NormalQuantile(u)))
}

func (d logNormal) CDF(x float64) float64 {
	if x <= 0 {
		return 0
	}
	return normalUpper((d.mu - Log(x)) / d.sigma)
}

type gamma struct{ shape, rate, lnGamma float64 }

// Gamma is the gamma distribution with the given shape and rate; its mean is shape/rate.
func Gamma(shape, rate float64) (Dist, error) {
	if err := finite("gamma", []string{"shape", "rate"}, shape, rate); err != nil {
		return nil, err
	}
	switch {
	case shape < shapeLeast || shape > shapeMost:
		return nil, fmt.Errorf("gamma: shape is %v, must be from %v to %v", shape, shapeLeast, shapeMost)
	case rate <= 0 || math.IsInf(shape/rate, 0):
		return nil, fmt.Errorf("gamma: rate is %v, must be above 0 and not vanishing", rate)
	}
	return gamma{shape, rate, lnGamma(shape)}, nil
}

func (d gamma) Mean() float64 { return d.shape / d.rate }

func (d gamma) CDF(x float64) float64 {
	p, _ := gammaRatios(d.shape, float64(x*d.rate), d.lnGamma)
	return p
}

func (d gamma) Quantile(u float64) float64 {
	switch {
	case u <= 0:
		return 0
	case u >= 1:
		return math.Inf(1)
	}
	// Wilson and Hilferty's start, or the leading term near zero.
	w := (Log(u) + Log(d.shape) + d.lnGamma) / d.shape
	if d.shape > 0.5 {
		c := 1 / float64(9*d.shape)
		if y := 1 - c + float64(NormalQuantile(u)*math.Sqrt(c)); y > 0.2 {
			w = Log(float64(d.shape * float64(float64(y*y)*y)))
		}
	}
	return Exp(solve(w, -745, Log(d.shape+800+float64(40*math.Sqrt(d.shape))), func(w float64) (float64, float64) {
		x := Exp(w)
		p, q := gammaRatios(d.shape, x, d.lnGamma)
		slope := Exp(float64(d.shape*w) - x - d.lnGamma)
		if u > 0.5 {
			return (1 - u) - q, slope
		}
		return p - u, slope
	})) / d.rate
}

type poisson struct{ rate float64 }

// rateMost bounds the number of events a year.
const rateMost = 1e9

// Poisson is the distribution of the number of independent events of which so many are expected.
func Poisson(rate float64) (Dist, error) {
	if err := finite("poisson", []string{"the rate"}, rate); err != nil {
		return nil, err
	}
	if rate < 0 || rate > rateMost {
		return nil, fmt.Errorf("poisson: the rate is %v, must be from 0 to %v", rate, rateMost)
	}
	return poisson{rate}, nil
}

func (d poisson) Mean() float64 { return d.rate }

func (d poisson) CDF(x float64) float64 {
	switch {
	case x < 0:
		return 0
	case d.rate == 0:
		return 1
	}
	k := math.Floor(x) + 1
	_, q := gammaRatios(k, d.rate, lnGamma(k))
	return q
}

func (d poisson) Quantile(u float64) float64 {
	switch {
	case u <= 0 || d.rate == 0:
		return 0
	case u >= 1:
		return math.Inf(1)
	}
	k := math.Floor(max(d.rate+float64(math.Sqrt(d.rate)*NormalQuantile(u)), 0))
	for d.CDF(k) < u {
		k++
	}
	for k > 0 && d.CDF(k-1) >= u {
		k--
	}
	return k
}

package cascade

import "math/bits"

// lanes simulates 64 runs at once, one bit each.
type lanes struct {
	*plan
	tables [][]float64
	odds   []odds // by kind, in the runs of the block
	chance [][64]float64
	rest   [2]odds // cleaned, alarm

	open    []uint64 // agents that can be contaminated
	holds   []uint64 // agents that are contaminated and pass it on
	ever    []uint64
	fresh   []uint64 // contaminated in this round
	alarmed [4][]uint64
	busy    []uint64 // bit set of agents that may reach somebody
	touched []int32
	live    []int32 // agents that hold it in some run; kept only where they may lose it
	alive   []bool
	met     [][64]int32 // for mixed nets: by segment, agents that hold it
	meet    []odds      // by segment and kind

	count [64]int32 // by run: what the curve shows
	now   [64]int32

	fallen, when, passed []int // by agent, over all blocks of this worker
}

func newLanes(p *plan, tables [][]float64) *lanes {
	n := p.net.Agents
	l := &lanes{
		plan: p, tables: tables, odds: make([]odds, len(p.kinds)), chance: make([][64]float64, len(p.kinds)),
		rest: [2]odds{same(p.clean), same(p.alarm)},
		open: make([]uint64, n), holds: make([]uint64, n), ever: make([]uint64, n), fresh: make([]uint64, n),
		busy: make([]uint64, (n+63)/64), alive: make([]bool, n),
		fallen: make([]int, n), when: make([]int, n), passed: make([]int, n),
	}
	if p.alarm > 0 {
		for i := range bits.Len(uint(p.alarms)) {
			l.alarmed[i] = make([]uint64, n)
		}
	}
	if p.pool != nil {
		l.met, l.meet = make([][64]int32, p.pools), make([]odds, p.pools*len(p.kinds))
	}
	return l
}

// block runs runs 64·b to 64·b+63, of which those in valid count, and writes what the curve shows after each round.
func (l *lanes) block(b uint32, valid uint64, curve func(round int, count, now *[64]int32)) {
	l.begin(b, valid)
	curve(0, &l.count, &l.now)
	for round := 1; round <= l.course.Rounds; round++ {
		if l.pool != nil {
			l.mix(b, round)
		} else {
			l.pass(b, round)
		}
		l.lose(b, round)
		l.settle(round)
		curve(round, &l.count, &l.now)
	}
	for v, x := range l.ever {
		l.fallen[v] += bits.OnesCount64(x)
	}
}

// begin draws what does not change within a run: how open each model is, and where it starts.
func (l *lanes) begin(b uint32, valid uint64) {
	for i, k := range l.kinds {
		for lane := range l.chance[i] {
			l.chance[i][lane] = float64(l.tables[k.class][l.luck(b*64+uint32(lane), k.model)] * k.open)
		}
		l.odds[i] = turn(&l.chance[i])
	}
	for i := range l.open {
		l.open[i] = valid
	}
	clear(l.holds)
	clear(l.ever)
	clear(l.busy)
	clear(l.alive)
	clear(l.met)
	for i := range l.alarmed {
		clear(l.alarmed[i])
	}
	l.live, l.touched = l.live[:0], l.touched[:0]
	l.count, l.now = [64]int32{}, [64]int32{}
	starts := l.course.Starts
	among := uint32(len(starts))
	if starts == nil {
		among = uint32(l.net.Agents)
	}
	for lane := range 64 {
		bit := uint64(1) << lane
		if valid&bit == 0 {
			continue
		}
		for found, try := 0, uint32(0); found < l.course.First; try++ {
			v := int32(uint64(word(b*64+uint32(lane), try, 0, stream(drawStart, 0), l.key)) * uint64(among) >> 32)
			if starts != nil {
				v = starts[v]
			}
			if l.open[v]&bit != 0 {
				l.take(v, bit)
				found++
			}
		}
	}
	l.settle(0)
}

// luck draws how open a model is in a run, as a place in the tables. For the first model the runs divide the range of
// chances evenly among them, in order: figures then vary less than with free draws, and the runs of one block spread at
// about one speed, which makes them cheap to simulate together.
func (l *lanes) luck(run uint32, model int32) int {
	u := uint64(word(run, uint32(model), 0, stream(drawModel, 0), l.key))
	if model == 0 {
		runs := uint64(l.course.Runs)
		u = (min(uint64(run), runs-1)<<32 + u) / runs
	}
	return int(u * steps >> 32)
}

// take contaminates an agent in this round; from the next it passes it on.
func (l *lanes) take(v int32, runs uint64) {
	l.open[v] &^= runs
	if l.fresh[v] == 0 {
		l.touched = append(l.touched, v)
	}
	l.fresh[v] |= runs
}

// reach is how many links are looked at before those that may carry something are tried: what loads from memory is then
// waited for once and not link by link.
const reach = 128

// pass tries every link of every contaminated agent once, in the order of the agents, so that memory is read in order.
func (l *lanes) pass(b uint32, round int) {
	last := stream(drawLink, round)
	for at, set := range l.busy {
		for ; set != 0; set &= set - 1 {
			u := int32(at<<6 + bits.TrailingZeros64(set))
			// Who reaches nobody that is open never will again, unless agents become open again or it is contaminated in more runs.
			if !l.try(u, b, last) && (!l.course.Relapse || l.holds[u] == 0) {
				l.busy[at] &^= set & -set
			}
		}
	}
}

// try tries the links of one agent, and says whether any reaches somebody who is open.
func (l *lanes) try(u int32, b, last uint32) (reaches bool) {
	var found [reach]int32
	x := l.holds[u]
	for from, end := l.off[u], l.off[u+1]; from < end; from += reach {
		k := 0
		links := l.to[from:min(from+reach, end)]
		for i, v := range links {
			w := x & l.open[v]
			found[k&(reach-1)] = int32(i)
			k += int((w | -w) >> 63) // one more if there is any
		}
		reaches = reaches || k > 0
		for _, i := range found[:k] {
			v, i := links[i], from+i
			want := x & l.open[v]
			if want == 0 {
				continue
			}
			if hit := l.odds[l.kind[i]].toss(want, b, l.id[i], last, l.key); hit != 0 {
				l.passed[u] += bits.OnesCount64(hit)
				l.take(v, hit)
			}
		}
	}
	return reaches
}

// mix lets every agent meet every other of its segment.
func (l *lanes) mix(b uint32, round int) {
	last := stream(drawMeeting, round)
	var some uint64
	for pool := range l.met {
		for k := range l.kinds {
			var chances [64]float64
			for lane, met := range l.met[pool] {
				if met > 0 {
					some |= 1 << lane
					chances[lane] = 1 - power(1-l.chance[k][lane], met)
				}
			}
			l.meet[pool*len(l.kinds)+k] = turn(&chances)
		}
	}
	if some == 0 {
		return
	}
	for v, pool := range l.pool {
		if pool < 0 {
			continue
		}
		if want := l.open[v] & some; want != 0 {
			if hit := l.meet[int(pool)*len(l.kinds)+int(l.taken[v])].toss(want, b, uint32(v), last, l.key); hit != 0 {
				l.take(int32(v), hit)
			}
		}
	}
}

// lose cleans agents and cuts them off. Those contaminated in this round have had no turn yet and stay.
func (l *lanes) lose(b uint32, round int) {
	if l.clean == 0 && l.alarm == 0 {
		return
	}
	keep := l.live[:0]
	for _, v := range l.live {
		x := l.holds[v]
		gone := l.rest[0].toss(x, b, uint32(v), stream(drawRecovery, round), l.key)
		again := gone
		if l.alarm > 0 {
			gone |= l.trip(v, l.rest[1].toss(x&^gone, b, uint32(v), stream(drawAlarm, round), l.key))
		}
		l.holds[v] = x &^ gone
		l.less(v, gone)
		if l.course.Relapse {
			l.open[v] |= again
		}
		if l.holds[v] != 0 {
			keep = append(keep, v)
		} else {
			l.alive[v] = false
		}
	}
	l.live = keep
}

// trip counts an alarm in the given runs and returns those in which it was the last that is borne. Counts are kept in
// binary, a digit of all runs to a word.
func (l *lanes) trip(v int32, runs uint64) uint64 {
	carry, full := runs, runs
	for i := range bits.Len(uint(l.alarms)) {
		w := l.alarmed[i][v]
		l.alarmed[i][v], carry = w^carry, w&carry
		if l.alarms>>i&1 == 1 {
			full &= l.alarmed[i][v]
		} else {
			full &^= l.alarmed[i][v]
		}
	}
	return full
}

// less counts runs in which an agent no longer passes anything on.
func (l *lanes) less(v int32, runs uint64) {
	for m := runs; m != 0; m &= m - 1 {
		lane := bits.TrailingZeros64(m)
		l.now[lane]--
		if l.course.Relapse {
			l.count[lane]--
		}
		if l.pool != nil && l.pool[v] >= 0 {
			l.met[l.pool[v]][lane]--
		}
	}
}

// settle makes what was contaminated in this round pass it on from the next.
func (l *lanes) settle(round int) {
	for _, v := range l.touched {
		runs := l.fresh[v]
		l.fresh[v] = 0
		first := runs &^ l.ever[v]
		l.when[v] += round * bits.OnesCount64(first)
		l.ever[v] |= runs
		l.holds[v] |= runs
		for m := runs; m != 0; m &= m - 1 {
			lane := bits.TrailingZeros64(m)
			l.now[lane]++
			l.count[lane]++
			if l.pool != nil && l.pool[v] >= 0 {
				l.met[l.pool[v]][lane]++
			}
		}
		if l.pool == nil {
			l.busy[v>>6] |= 1 << (v & 63)
		}
		if !l.alive[v] && (l.clean > 0 || l.alarm > 0) {
			l.alive[v] = true
			l.live = append(l.live, v)
		}
	}
	l.touched = l.touched[:0]
}

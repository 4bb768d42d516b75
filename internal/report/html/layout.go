package html

import (
	"slices"
	"sort"

	"fermata/internal/model"
	"fermata/internal/report"
)

// The layout puts layers into lanes and elements into rows, orders each row so that flows are short, and leads flows
// through the gaps between elements. All of it is whole numbers, so the picture is the same on every machine.
//
// A layout library was measured and left: the WebAssembly build of Graphviz costs every command of the binary 0.9 s of
// start, because it is compiled when the package is loaded, and it knows no lanes.
const (
	pageWidth  = 1120
	labelWidth = 124
	nodeWidth  = 118
	nodeHeight = 52 // two lines of a name and the kind
	nodeGap    = 18
	rowGap     = 40 // between rows, for flows to bend in
	lanePad    = 24
	emptyLane  = 26
	perRow     = (pageWidth - labelWidth - nodeGap) / (nodeWidth + nodeGap)
	sweeps     = 8
)

// box is a placed element.
type box struct {
	node report.Node
	x    int // middle
	row  int
	up   []*wire // flows that leave by the top edge
	down []*wire
}

// row is a line of boxes from left to right.
type row struct {
	boxes []*box
	y     int // top
}

// band is a placed lane.
type band struct {
	lane    report.Lane
	y, high int
}

// wire is a placed flow: from the box above to the box below, or between two boxes of one row.
type wire struct {
	edge    report.Edge
	a, b    *box        // a is above b, or left of it in the same row
	forward bool        // the edge goes from a to b
	ax, bx  int         // where it leaves a and reaches b
	through map[int]int // where it passes a row, by row
}

type layout struct {
	bands  []band
	rows   []*row
	wires  []*wire
	height int
}

// arrange places a diagram, the highest layer on top.
func arrange(d report.Diagram) *layout {
	l := &layout{}
	boxes := map[string]*box{}
	var groups [][]*box // boxes that are ordered together; one or more rows
	var laneOf []int    // lane of each group
	for i := len(d.Lanes) - 1; i >= 0; i-- {
		for _, nodes := range groupsOf(d.Lanes[i].Nodes) {
			group := make([]*box, len(nodes))
			for j, n := range nodes {
				group[j] = &box{node: n}
				boxes[n.Element.ID] = group[j]
			}
			groups, laneOf = append(groups, group), append(laneOf, i)
		}
	}
	near := map[*box][]*box{}
	for _, e := range d.Edges {
		a, b := boxes[e.From], boxes[e.To]
		near[a], near[b] = append(near[a], b), append(near[b], a)
	}
	order(groups, near)
	l.place(d.Lanes, groups, laneOf)
	for range 4 {
		for _, r := range l.rows {
			settle(r, near)
		}
	}
	l.squeeze()
	l.connect(d.Edges, boxes)
	return l
}

// groupsOf splits a lane into what is drawn in rows of its own: agents below what they call, so that flows from the
// outside meet the tools first and flows to models and memories leave the agents downwards.
func groupsOf(nodes []report.Node) [][]report.Node {
	var agents, others []report.Node
	for _, n := range nodes {
		if n.Element.Kind == model.Agent || n.Element.Kind == model.Orchestrator {
			agents = append(agents, n)
		} else {
			others = append(others, n)
		}
	}
	var out [][]report.Node
	for _, group := range [][]report.Node{others, agents} {
		if len(group) > 0 {
			out = append(out, group)
		}
	}
	return out
}

// order moves each box towards the middle of its neighbours, up and down over all groups, and keeps the best order.
func order(groups [][]*box, near map[*box][]*box) {
	spread := func() {
		for _, g := range groups {
			columns := (len(g) + rowsOf(len(g)) - 1) / rowsOf(len(g))
			for i, b := range g {
				b.x = labelWidth + (i/rowsOf(len(g))*2+1)*(pageWidth-labelWidth)/(2*columns)
			}
		}
	}
	length := func() int {
		sum := 0
		for _, g := range groups {
			for _, b := range g {
				for _, n := range near[b] {
					sum += abs(b.x - n.x)
				}
			}
		}
		return sum
	}
	spread()
	best, kept := length(), copyGroups(groups)
	for s := range sweeps {
		for i := range groups {
			g := groups[i]
			if s%2 == 1 {
				g = groups[len(groups)-1-i]
			}
			middle := map[*box]int{}
			for _, b := range g {
				middle[b] = mean(b, near)
			}
			sort.SliceStable(g, func(i, j int) bool { return middle[g[i]] < middle[g[j]] })
			spread()
		}
		if n := length(); n < best {
			best, kept = n, copyGroups(groups)
		}
	}
	for i := range groups {
		copy(groups[i], kept[i])
	}
	spread()
}

func copyGroups(groups [][]*box) [][]*box {
	out := make([][]*box, len(groups))
	for i, g := range groups {
		out[i] = slices.Clone(g)
	}
	return out
}

func rowsOf(n int) int { return (n + perRow - 1) / perRow }

// mean is the middle of a box's neighbours, or its own place when it has none.
func mean(b *box, near map[*box][]*box) int {
	list := near[b]
	if len(list) == 0 {
		return b.x
	}
	sum := 0
	for _, n := range list {
		sum += n.x
	}
	return sum / len(list)
}

// place cuts groups into rows and gives rows and lanes their heights. A group of several rows is filled column by
// column, so that boxes keep their place from left to right.
func (l *layout) place(lanes []report.Lane, groups [][]*box, laneOf []int) {
	y, g := 0, 0
	for i := len(lanes) - 1; i >= 0; i-- {
		top := y
		if g >= len(groups) || laneOf[g] != i {
			y += emptyLane
			l.bands = append(l.bands, band{lanes[i], top, y - top})
			continue
		}
		y += lanePad
		for ; g < len(groups) && laneOf[g] == i; g++ {
			n := rowsOf(len(groups[g]))
			for k := range n {
				r := &row{y: y}
				for j := k; j < len(groups[g]); j += n {
					b := groups[g][j]
					b.row = len(l.rows)
					r.boxes = append(r.boxes, b)
				}
				l.rows = append(l.rows, r)
				y += nodeHeight + rowGap
			}
		}
		y += lanePad - rowGap
		l.bands = append(l.bands, band{lanes[i], top, y - top})
	}
	l.height = y
}

// settle moves the boxes of a row to where their flows are shortest, in the same order and without touching. With the
// least distance taken off, this is a regression on a rising sequence: pools of neighbours that would overlap share
// their mean.
func settle(r *row, near map[*box][]*box) {
	const step = nodeWidth + nodeGap
	type pool struct{ sum, count int }
	var pools []pool
	for i, b := range r.boxes {
		pools = append(pools, pool{mean(b, near) - i*step, 1})
		for n := len(pools); n > 1 && pools[n-2].sum*pools[n-1].count >= pools[n-1].sum*pools[n-2].count; n = len(pools) {
			pools[n-2].sum += pools[n-1].sum
			pools[n-2].count += pools[n-1].count
			pools = pools[:n-1]
		}
	}
	least := labelWidth + nodeWidth/2
	most := pageWidth - nodeGap - nodeWidth/2 - (len(r.boxes)-1)*step
	i := 0
	for _, p := range pools {
		for range p.count {
			r.boxes[i].x = min(max(p.sum/p.count, least), most) + i*step
			i++
		}
	}
}

// squeeze takes out upright stripes that no row uses and puts the whole in the middle, so that a small system is not
// strewn over the page. Boxes of one row keep their order and stay apart.
func (l *layout) squeeze() {
	const far = nodeWidth + 3*nodeGap
	var all []*box
	for _, r := range l.rows {
		all = append(all, r.boxes...)
	}
	if len(all) == 0 {
		return
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].x < all[j].x })
	shift, last := 0, all[0].x
	for _, b := range all {
		if gap := b.x - last; gap > far {
			shift += gap - far
		}
		last = b.x
		b.x -= shift
	}
	left, right := all[0].x-nodeWidth/2-labelWidth, pageWidth-nodeGap-nodeWidth/2-all[len(all)-1].x
	for _, b := range all {
		b.x += (right - left) / 2
	}
}

// connect leads the flows: out of the edges of boxes side by side, and through the gaps of the rows between.
func (l *layout) connect(edges []report.Edge, boxes map[string]*box) {
	for _, e := range edges {
		w := &wire{edge: e, a: boxes[e.From], b: boxes[e.To], forward: true, through: map[int]int{}}
		if w.a.row > w.b.row || w.a.row == w.b.row && w.a.x > w.b.x {
			w.a, w.b, w.forward = w.b, w.a, false
		}
		if w.a.row == w.b.row {
			w.a.up = append(w.a.up, w)
		} else {
			w.a.down = append(w.a.down, w)
		}
		w.b.up = append(w.b.up, w)
		l.wires = append(l.wires, w)
	}
	for _, r := range l.rows {
		for _, b := range r.boxes {
			ports(b, b.up)
			ports(b, b.down)
		}
	}
	l.pass()
}

// pass leads the wires that cross a row through its gaps, side by side where several take the same.
func (l *layout) pass() {
	passing := make([]map[int][]*wire, len(l.rows)) // by row and gap
	wanted := func(w *wire, r int) int { return w.ax + (w.bx-w.ax)*(r-w.a.row)/(w.b.row-w.a.row) }
	for _, w := range l.wires {
		for r := w.a.row + 1; r < w.b.row; r++ {
			gap := l.rows[r].gap(wanted(w, r))
			if passing[r] == nil {
				passing[r] = map[int][]*wire{}
			}
			passing[r][gap] = append(passing[r][gap], w)
		}
	}
	for r, gaps := range passing {
		for gap, wires := range gaps {
			from, to := l.rows[r].limits(gap)
			sort.SliceStable(wires, func(i, j int) bool { return wanted(wires[i], r) < wanted(wires[j], r) })
			apart := min(4, (to-from)/len(wires))
			at := from - apart
			for i, w := range wires {
				at = max(at+apart, min(wanted(w, r), to-apart*(len(wires)-1-i)))
				w.through[r] = at
			}
		}
	}
}

// ports spreads the flows along one edge of a box, in the order of their other ends so that they do not cross there.
func ports(b *box, list []*wire) {
	other := func(w *wire) int {
		if w.a == b {
			return w.b.x
		}
		return w.a.x
	}
	sort.SliceStable(list, func(i, j int) bool { return other(list[i]) < other(list[j]) })
	width := min(nodeWidth*7/10, 16*(len(list)-1))
	for i, w := range list {
		x := b.x
		if len(list) > 1 {
			x += width*i/(len(list)-1) - width/2
		}
		if w.a == b {
			w.ax = x
		} else {
			w.bx = x
		}
	}
}

// gap is the gap of a row that is nearest to x: gap i is left of box i, the last right of all.
func (r *row) gap(x int) int {
	best, least := 0, pageWidth*2
	for i := 0; i <= len(r.boxes); i++ {
		from, to := r.limits(i)
		if away := max(from-x, x-to, 0); to >= from && away < least {
			best, least = i, away
		}
	}
	return best
}

// limits are the ends of a gap, with room for a wire on both sides.
func (r *row) limits(gap int) (from, to int) {
	const room = 4
	from, to = labelWidth-nodeGap, pageWidth-2
	if gap > 0 {
		from = r.boxes[gap-1].x + nodeWidth/2
	}
	if gap < len(r.boxes) {
		to = r.boxes[gap].x - nodeWidth/2
	}
	return from + room, to - room
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

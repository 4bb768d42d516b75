package source

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// Finder looks for any of many short texts at once. It is how files without a trace of agent code are passed over
// before any parse, so it must run at the speed of memory rather than of a reader.
//
// A needle of n bytes holds n-3 groups of four bytes. Looking at every (n-3)th group of the content is enough to meet
// one of them, wherever the needle stands: most bytes are never looked at. The groups are kept in a small bit table
// that stays in the processor's nearest cache; only where it says "perhaps" is the needle compared. Of a long needle
// only that part is used which ordinary source has least.
//
// Needles of eight bytes and more are nearly free, those of four to seven cost a second pass with groups of three
// bytes, and shorter ones a pass each.
type Finder struct {
	classes []finderClass
	short   [][]byte
}

// finderClass holds needles of like length; each class is one pass over the content.
type finderClass struct {
	group   int                      // bytes of a group: four, or three for short needles
	mask    uint32                   // what of four loaded bytes is the group
	step    int                      // distance of the groups that are looked at
	table   [finderTable / 64]uint64 // bit table of hashes of groups
	needles map[uint32][]finderPlace // by hash
}

// finderPlace is a needle that holds a group at an offset.
type finderPlace struct {
	needle []byte
	offset int
}

const (
	finderBits  = 16
	finderTable = 1 << finderBits
	finderLoad  = 4
	finderSteps = 8 // a longer stride gains little and needs more groups in the table
)

func finderHash(group uint32) uint32 { return group * 0x9E3779B1 >> (32 - finderBits) }

// NewFinder makes a Finder; it may be used by many goroutines. Empty needles are left out. The search minds case.
func NewFinder(needles ...string) *Finder {
	f := &Finder{}
	var medium, long [][]byte
	for _, n := range leastNeedles(needles) {
		switch {
		case len(n) < 4:
			f.short = append(f.short, []byte(n))
		case len(n) < 8:
			medium = append(medium, []byte(n))
		default:
			long = append(long, []byte(n))
		}
	}
	if len(long) > 0 {
		f.classes = append(f.classes, newFinderClass(long, 4))
	}
	if len(medium) > 0 {
		f.classes = append(f.classes, newFinderClass(medium, 3))
	}
	return f
}

// leastNeedles drops needles that cannot change the answer, because a shorter one is part of them.
func leastNeedles(needles []string) []string {
	sorted := slices.Compact(slices.SortedFunc(slices.Values(needles), func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	}))
	var least []string
	for _, n := range sorted {
		if n != "" && !slices.ContainsFunc(least, func(shorter string) bool { return strings.Contains(n, shorter) }) {
			least = append(least, n)
		}
	}
	return least
}

func newFinderClass(needles [][]byte, group int) finderClass {
	c := finderClass{group: group, mask: 1<<(8*group) - 1, step: finderSteps, needles: map[uint32][]finderPlace{}}
	for _, n := range needles {
		c.step = min(c.step, len(n)-group+1)
	}
	for _, n := range needles {
		start := rarestPart(n, c.step+group-1, group)
		for offset := start; offset < start+c.step; offset++ {
			var loaded [finderLoad]byte
			copy(loaded[:], n[offset:])
			h := finderHash(binary.LittleEndian.Uint32(loaded[:]) & c.mask)
			c.table[h/64] |= 1 << (h % 64)
			c.needles[h] = append(c.needles[h], finderPlace{n, offset})
		}
	}
	return c
}

// commonSource is made of the words that most source has in most lines. Parts of needles that share groups of four
// with it are looked for last.
const commonSource = " import from return function const export default class self. this. None null true false async await " +
	"print(string )number value values name names data list type types object error errors test tests result results config " +
	"settings options request response message messages model models content context user users index length item items key keys " +
	"public private static void interface extends require( undefined console.log( for if else elif while with try except " +
	"raise def __init__(self, *args **kwargs) -> str int: bool dict Optional[ .append( .get( .join( .format( len( range( " +
	"the and not is in of to a it be this that are was as on by or an will can use used when which should file files path " +
	"https://www. github.com description version author license code client server service session create update delete " +
	"output input handle event state store action agent tool tools call _call _tool prompt chain generate stream text Text"

// rarestPart is the offset of the part of n, size bytes long, that ordinary source has least.
func rarestPart(n []byte, size, group int) int {
	best, bestScore := 0, 1<<30
	for start := 0; start+size <= len(n); start++ {
		score := 0
		for i := start; i+group <= start+size; i++ {
			if strings.Contains(commonSource, string(n[i:i+group])) {
				score += 4
			}
			if bytes.IndexByte([]byte("etaoinsrhlcdump \t\n"), n[i]) >= 0 {
				score++
			}
		}
		if score < bestScore {
			best, bestScore = start, score
		}
	}
	return best
}

// ContainsAny tells whether any needle is in the content.
func (f *Finder) ContainsAny(content []byte) bool {
	_, offset := f.First(content)
	return offset >= 0
}

// First is a needle that is in the content and where, or an offset of -1. Of several needles in the content it is any
// one, but always the same.
func (f *Finder) First(content []byte) (needle string, offset int) {
	for i := range f.classes {
		if needle, offset := f.classes[i].first(content); offset >= 0 {
			return needle, offset
		}
	}
	for _, n := range f.short {
		if i := bytes.Index(content, n); i >= 0 {
			return string(n), i
		}
	}
	return "", -1
}

func (c *finderClass) first(content []byte) (needle string, offset int) {
	step, mask, table := c.step, c.mask, &c.table
	// The last few bytes are looked at in a copy with room behind them, so that the loop may load four at once.
	whole := len(content) - finderLoad
	pos := 0
	for ; pos <= whole; pos += step {
		h := finderHash(binary.LittleEndian.Uint32(content[pos:pos+finderLoad:pos+finderLoad]) & mask)
		if table[h/64]&(1<<(h%64)) != 0 {
			if needle, offset := c.compare(content, pos, h); offset >= 0 {
				return needle, offset
			}
		}
	}
	for ; pos < len(content); pos += step {
		var last [finderLoad]byte
		copy(last[:], content[pos:])
		if needle, offset := c.compare(content, pos, finderHash(binary.LittleEndian.Uint32(last[:])&mask)); offset >= 0 {
			return needle, offset
		}
	}
	return "", -1
}

// compare looks for the needles that have a group of this hash at pos.
func (c *finderClass) compare(content []byte, pos int, hash uint32) (needle string, offset int) {
	for _, p := range c.needles[hash] {
		if start := pos - p.offset; start >= 0 && bytes.HasPrefix(content[start:], p.needle) {
			return string(p.needle), start
		}
	}
	return "", -1
}

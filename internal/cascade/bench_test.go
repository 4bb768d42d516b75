package cascade

import (
	"fmt"
	"testing"
)

// BenchmarkSimulate is a thousand runs on nets of growing size, as most questions need.
func BenchmarkSimulate(b *testing.B) {
	class, err := Judged(0.2, 0.5, 0.8)
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range []Shape{
		{Topology: "random", Agents: 100, Degree: 6},
		{Topology: "random", Agents: 10_000, Degree: 6},
		{Topology: "random", Agents: 100_000, Degree: 6},
		{Topology: "scale-free", Agents: 100_000, Degree: 6},
		{Topology: "hierarchy", Agents: 100_000},
		{Topology: "mesh", Agents: 100_000},
	} {
		b.Run(fmt.Sprintf("%s/%d", s.Topology, s.Agents), func(b *testing.B) {
			n, err := s.Make(class)
			if err != nil {
				b.Fatal(err)
			}
			if s.Topology == "mesh" {
				n.Classes[0].Low, n.Classes[0].High = n.Classes[0].Low/100_000, n.Classes[0].High/100_000
			}
			for b.Loop() {
				if _, err := Simulate(b.Context(), n, Course{Seed: 1}, Defence{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

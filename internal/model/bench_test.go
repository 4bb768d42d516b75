package model_test

import (
	"fmt"
	"strings"
	"testing"

	"fermata/internal/model"
	"fermata/internal/source"
)

// large writes a system of n elements and about four times as many flows.
func large(n int) string {
	var b strings.Builder
	b.WriteString("elements:\n")
	for i := range n {
		if i%10 == 0 {
			fmt.Fprintf(&b, "  - {id: agent%d, kind: agent, facts: {loops: yes}}\n", i)
		} else {
			fmt.Fprintf(&b, "  - {id: tool%d, kind: tool, effects: {exec: yes, net-read: no}, facts: {third-party: no}, controls: [sandbox]}\n", i)
		}
	}
	b.WriteString("flows:\n")
	for i := range n {
		if i%10 == 0 {
			continue
		}
		for j := range 4 {
			fmt.Fprintf(&b, "  - {kind: tool-call, from: agent%d, to: tool%d, facts: {principal: own}}\n", (i/10+j*3)%(n/10)*10, i)
		}
	}
	return b.String()
}

func BenchmarkReadSystem(b *testing.B) {
	for _, n := range []int{140, 1400, 14000} {
		text := []byte(large(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, diagnostics := model.ReadSystem(source.NewFile("fermata.yaml", text)); len(diagnostics) > 0 {
					b.Fatal(diagnostics[0])
				}
			}
		})
	}
}

func BenchmarkAssemble(b *testing.B) {
	text := []byte(large(14000))
	document, _ := model.Read(source.NewFile("fermata.yaml", text))
	b.ReportAllocs()
	for b.Loop() {
		model.Assemble(nil, document)
	}
}

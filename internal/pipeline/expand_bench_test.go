package pipeline

import (
	"context"
	"testing"

	"fermata/internal/attack"
	"fermata/internal/model"
	"fermata/internal/rule"
)

// BenchmarkExpand makes the attack graph of a written model with 14,000 elements from its findings: the graph that risk reckons on, with a node
// for the chance of each step. The rules are asked beforehand; what they cost is in BenchmarkAnalysis.
func BenchmarkExpand(b *testing.B) {
	e, _, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	system := written(14000)
	model.Complete(system, nil)
	outcome, err := rule.Evaluate(context.Background(), e.rules, system, rule.EvaluateOptions{})
	if err != nil {
		b.Fatal(err)
	}
	in := attack.Input{System: system, Findings: outcome.Findings, Controls: e.controls}
	b.ReportAllocs()
	for b.Loop() {
		scene, err := attack.Expose(in, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(scene.Graph.Len()), "nodes")
		b.ReportMetric(float64(scene.Graph.Edges()), "edges")
	}
}

package pipeline

import (
	"context"

	"fermata/internal/result"
	"fermata/internal/risk"
)

// comparedFindings is the number of findings above which risk is not sketched beside another answer: it must not make that
// wait.
const comparedFindings = 1500

// tooLarge notes that risk was not compared.
const tooLarge = "the system is too large to compare its risk beside this; fermata risk reckons it"

// compareRisk says what changed findings do to the expected loss a year. What it says of the present is what fermata risk says.
func (t *trial) compareRisk(ctx context.Context, doc *result.WhatIf, findings []result.Finding, scopes []string) error {
	if len(findings) > comparedFindings {
		doc.Notes = append(doc.Notes, tooLarge)
		return nil
	}
	if err := t.engine.checkRisk(t.r); err != nil {
		return err
	}
	var sketches [2]risk.Sketch
	for i, list := range [][]result.Finding{t.findings, findings} {
		in, err := t.riskInput(&t.r.System, list, RiskOptions{Seed: 1, Scopes: scopes}, true)
		if err != nil {
			return err
		}
		if sketches[i], err = risk.Means(ctx, *in); err != nil {
			return err
		}
	}
	doc.Risk = risk.Change(sketches[0], sketches[1])
	return nil
}

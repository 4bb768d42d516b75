package probe

import (
	"context"

	"fermata/internal/result"
)

// active calls tools.
func (r *run) active(context.Context, *Listing) {}

// shown is what the probe showed about controls.
func (r *run) shown(*result.Probe) []result.ShownControl { return nil }

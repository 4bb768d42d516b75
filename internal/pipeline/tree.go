package pipeline

import "context"

// discover is not joined to the stages yet: only written models are analysed.
func (s *scan) discover(_ context.Context) error {
	if exists(s.in.Path + "/" + ModelFile) {
		return nil
	}
	return &InputError{Message: s.in.Path + " holds no " + ModelFile + ", and reading source is not joined in yet"}
}

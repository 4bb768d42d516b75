// Package testgen writes tests of the controls of a system: for each tool and each loop that asks a model, tests that call
// the project's own function with made-up arguments and look at what it does.
//
// [Look] finds, while a tree is open, the functions behind elements of the model and how they are called. [Make] decides
// which tests each control gets, and [Plan.Files] writes them for one runner: pytest, vitest or go test. A test brings a
// model that says what the test wants, and an outside that records what is tried and refuses it; so it needs no key, no
// network and no library that reaches outside.
//
// # What a test may say
//
// A test passes only when the code was seen to come as far as where the control matters, and the control held; it fails
// only by its own assertion about behaviour. Everything else (a module that cannot be imported, an ordinary argument that
// already reaches nothing) skips the test with the reason, since a test that shows nothing must not look like one that
// shows something. What cannot be written at all becomes a skipped test with its reason, too, and is listed.
//
// The name of a test carries the layer, the control and the element (package evidence reads it back).
//
// # What it does not do
//
// It runs nothing and reads no file by itself. It does not stand in for a framework's loop: where a library asks the model,
// the tests say so and skip.
//
// # Guarantees
//
// Files depend on the tree, the model and the way between the tree and the folder of the tests only. Where that folder lies in
// the tree, no path of this machine stands in them; where it lies elsewhere, the relative way does, with the names of the
// folders on it.
package testgen

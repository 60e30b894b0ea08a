// Package plan holds what a provisioning stage is about to do: a list of steps
// that can be shown, written as JSON, or applied.
//
// Every stage of package provision first makes a [Plan] by looking, then applies
// it; a dry run is the same code without the second half.
package plan

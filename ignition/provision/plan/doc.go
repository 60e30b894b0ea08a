// Package plan holds what a provisioning stage is about to do: a list of steps
// that can be shown, written as JSON, or applied.
//
// Every stage of package provision first makes a [Plan] by looking, then applies
// it; a dry run is the same code without the second half. Who reads the result of
// provision.MakePlan meets its [Step] values and their [Verb]; the rest is for
// stages.
//
//	for _, stage := range dry.Stages { // dry is a *provision.DryRun
//		for _, step := range stage.Steps {
//			fmt.Println(step.Verb, step.Kind, step.Name, step.Detail)
//		}
//	}
//
// As JSON a step is
//
//	{"verb": "format", "kind": "filesystem", "name": "/dev/vda4", "detail": "xfs",
//	 "entry": "$.storage.filesystems.0", "destroys": true}
//
// in which detail, entry and destroys are there only if they say something. How a step is
// done is not part of it, so a plan that was read back can be shown but not applied: it
// would do nothing.
//
// Steps hold no secrets. A plan is for one goroutine; [Plan.Apply] itself runs the
// steps of a group at the same time.
package plan

package plan

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// Verb is what a step does to its object.
type Verb string

// The verbs. Format and Delete lose data if there are some, see [Step.Destroys].
const (
	Keep   Verb = "keep"   // it is already what the config says
	Create Verb = "create" // nothing is there
	Change Verb = "change" // something is there and is altered; its data stays
	Append Verb = "append" // bytes are added at the end
	Format Verb = "format" // a file system, array or encrypted device is made; what was there is lost
	Delete Verb = "delete" // something is there and is removed
	Mount  Verb = "mount"  // a file system is mounted or unmounted
	Run    Verb = "run"    // a program does something that has no other verb
	Skip   Verb = "skip"   // the config asks for it, and it is left out: see provision.ApplyOptions.IgnoreUnsupported
	Fail   Verb = "fail"   // this step cannot succeed: the stage would fail here
)

// Step is one thing to do.
type Step struct {
	// Verb is what is done.
	Verb Verb `json:"verb"`
	// Kind is the sort of object: "partition table", "partition", "raid", "luks",
	// "filesystem", "directory", "file", "link", "group", "user", "unit", …
	Kind string `json:"kind"`
	// Name is the object: a path, a device, a name.
	Name string `json:"name"`
	// Detail says more in one line, without secrets.
	Detail string `json:"detail,omitempty"`
	// Entry is the place in the merged config, as in "$.storage.files.3"; empty if none.
	Entry string `json:"entry,omitempty"`
	// Destroys is set when data that exists now will be lost.
	Destroys bool `json:"destroys,omitempty"`
	// Group, when not 0, is shared by neighbouring steps that may run at the same time.
	Group int `json:"-"`
	// Do does it; nil for Keep, and in plans that are only to be shown.
	Do func(ctx context.Context) error `json:"-"`
	// Err is why a step with the verb Fail cannot be done; Apply returns it.
	Err error `json:"-"`
}

// Plan is what a stage, or a part of it, will do, in order.
type Plan struct {
	// Steps are done one after the other, apart from groups.
	Steps []Step `json:"steps"`
}

// Add appends steps.
func (p *Plan) Add(steps ...Step) { p.Steps = append(p.Steps, steps...) }

// Destroys reports whether a step loses data that exists now.
func (p *Plan) Destroys() bool {
	for _, s := range p.Steps {
		if s.Destroys {
			return true
		}
	}
	return false
}

// StepError is a step that failed.
type StepError struct {
	// Step is the step; only its Entry is set if the failure came before it was made.
	Step Step
	// Err is the cause.
	Err error
}

// Error is the cause alone: the texts of stages are complete without the step.
func (e *StepError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }

// Apply does the steps in order. Neighbours with the same Group run at the same
// time, as many as there are processors; all of them end before the next begins.
// The first failure ends it and is a *[StepError]; of several in one group the
// errors are joined in the order of the steps. What was done before stays done. Once
// ctx is done no further step begins, and the error is that of ctx alone.
func (p *Plan) Apply(ctx context.Context) error {
	for i := 0; i < len(p.Steps); {
		n := 1
		for p.Steps[i].Group != 0 && i+n < len(p.Steps) && p.Steps[i+n].Group == p.Steps[i].Group {
			n++
		}
		if err := applyGroup(ctx, p.Steps[i:i+n]); err != nil {
			return err
		}
		i += n
	}
	return nil
}

func applyGroup(ctx context.Context, steps []Step) error {
	if len(steps) == 1 {
		return steps[0].apply(ctx)
	}
	errs := make([]error, len(steps))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range steps {
		g.Go(func() error {
			errs[i] = steps[i].apply(ctx)
			return nil
		})
	}
	_ = g.Wait()
	return errors.Join(errs...)
}

func (s Step) apply(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.Err
	if s.Verb == Fail && err == nil {
		err = fmt.Errorf("%s %s: %s", s.Kind, s.Name, s.Detail)
	}
	if err == nil && s.Do != nil {
		err = s.Do(ctx)
	}
	if err != nil {
		return &StepError{Step: s, Err: err}
	}
	return nil
}

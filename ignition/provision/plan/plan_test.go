package plan_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/provision/plan"
)

func TestApplyRunsInOrderAndStops(t *testing.T) {
	var done []string
	step := func(name string, err error) plan.Step {
		return plan.Step{Verb: plan.Create, Kind: "file", Name: name, Do: func(context.Context) error {
			done = append(done, name)
			return err
		}}
	}
	boom := errors.New("boom")
	p := &plan.Plan{}
	p.Add(step("a", nil), plan.Step{Verb: plan.Keep}, step("b", boom), step("c", nil))
	err := p.Apply(t.Context())
	require.Equal(t, []string{"a", "b"}, done)
	require.ErrorIs(t, err, boom)
	failed, ok := errors.AsType[*plan.StepError](err)
	require.True(t, ok)
	require.Equal(t, "b", failed.Step.Name)
	require.Equal(t, "boom", err.Error())
}

func TestApplyGroupRunsTogetherAndJoinsErrorsInOrder(t *testing.T) {
	const n = 2 // no more than every machine's processors would serialize
	var running atomic.Int32
	var both sync.WaitGroup
	both.Add(n)
	p := &plan.Plan{}
	for i := range n {
		p.Add(plan.Step{Verb: plan.Format, Group: 1, Do: func(context.Context) error {
			running.Add(1)
			return fmt.Errorf("error %d", i)
		}})
	}
	after := false
	p.Add(plan.Step{Verb: plan.Create, Do: func(context.Context) error { after = true; return nil }})
	err := p.Apply(t.Context())
	require.EqualError(t, err, "error 0\nerror 1")
	require.EqualValues(t, n, running.Load())
	require.False(t, after, "a step ran after a group that failed")
}

func TestApplyFailAndCancel(t *testing.T) {
	p := &plan.Plan{}
	p.Add(plan.Step{Verb: plan.Fail, Kind: "file", Name: "/x", Detail: "is there"})
	require.EqualError(t, p.Apply(t.Context()), "file /x: is there")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p = &plan.Plan{}
	p.Add(plan.Step{Verb: plan.Create, Do: func(context.Context) error { t.Error("ran"); return nil }})
	require.ErrorIs(t, p.Apply(ctx), context.Canceled)
}

func TestJSONHasNoFunctions(t *testing.T) {
	p := plan.Plan{Steps: []plan.Step{{Verb: plan.Format, Kind: "filesystem", Name: "/dev/x", Destroys: true,
		Entry: "$.storage.filesystems.0", Group: 3, Do: func(context.Context) error { return nil }}}}
	data, err := json.Marshal(p)
	require.NoError(t, err)
	require.JSONEq(t, `{"steps":[{"verb":"format","kind":"filesystem","name":"/dev/x","entry":"$.storage.filesystems.0","destroys":true}]}`, string(data))
	require.True(t, p.Destroys())
}

func ExamplePlan_Apply() {
	var p plan.Plan
	p.Add(plan.Step{
		Verb: plan.Create, Kind: "file", Name: "/etc/motd", Entry: "$.storage.files.0",
		Do: func(context.Context) error { return errors.New("no space left on device") },
	})
	for _, s := range p.Steps {
		fmt.Println(s.Verb, s.Kind, s.Name)
	}
	err := p.Apply(context.Background())
	if failed, ok := errors.AsType[*plan.StepError](err); ok {
		fmt.Println(failed.Step.Entry, err)
	}
	// Output:
	// create file /etc/motd
	// $.storage.files.0 no space left on device
}

package platform_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/platform"
)

type runnerFunc func(p platform.Program) (platform.ProgramResult, error)

func (f runnerFunc) RunProgram(_ context.Context, p platform.Program) (platform.ProgramResult, error) {
	return f(p)
}

// TestRunnerResults: a status other than 0 and a program that did not run are failures both.
func TestRunnerResults(t *testing.T) {
	m := newMachine(t)
	missing := errors.New("no such program")
	for name, c := range map[string]struct {
		exit int
		err  error
		want string
	}{
		"status":   {3, nil, "exit status 3: Cmd: "},
		"not run":  {0, missing, missing.Error()},
		"finished": {0, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var ran []string
			m.opt.Runner = runnerFunc(func(p platform.Program) (platform.ProgramResult, error) {
				ran = append(ran, p.Name)
				return platform.ProgramResult{Exit: c.exit, Stderr: []byte("bad luck")}, c.err
			})
			_, err := platform.Fetch(t.Context(), "qemu", m.opt)
			require.Contains(t, ran, "modprobe")
			if c.want == "" {
				require.NotErrorIs(t, err, missing)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

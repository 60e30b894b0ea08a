package oplog_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/internal/run"
)

// lines collects messages with their levels.
type lines struct{ bytes.Buffer }

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) Handle(_ context.Context, r slog.Record) error {
	_, err := l.WriteString(r.Level.String() + " " + r.Message + "\n")
	return err
}
func (l *lines) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l *lines) WithGroup(string) slog.Handler      { return l }

func TestOperationsNest(t *testing.T) {
	var out lines
	log := oplog.New(slog.New(&out)).With("files")
	err := log.Op("outer", func(l *oplog.Logger) error {
		return l.With("sub").Op("inner", func(l *oplog.Logger) error {
			l.Notice("100%")
			return errors.New("two\nlines")
		})
	})
	require.EqualError(t, err, "two\nlines")
	require.Equal(t, `INFO files: op(1): [started]  outer
INFO files: op(1): sub: op(2): [started]  inner
INFO+2 files: op(1): sub: op(2): 100%
ERROR+4 files: op(1): sub: op(2): [failed]   inner: two; lines
ERROR+4 files: op(1): [failed]   outer: two; lines
`, out.String())
}

func TestNilAndZeroDiscard(t *testing.T) {
	var nilLog *oplog.Logger
	for _, log := range []*oplog.Logger{nilLog, {}, oplog.New(nil)} {
		log.With("x").Info("y")
		require.NoError(t, log.Op("x", func(l *oplog.Logger) error { l.Crit("z"); return nil }))
	}
}

func TestCmdHidesSecrets(t *testing.T) {
	var out lines
	log := oplog.New(slog.New(&out))
	r := &run.Recorder{Handler: func(context.Context, run.Cmd) run.Reply {
		return run.Reply{Exit: 3, Stderr: "bad hash $y$1\n"}
	}}
	_, err := log.Cmd(t.Context(), r, `creating user "u"`, run.Command("useradd", "--password", "$y$1", "u"), "$y$1")
	require.EqualError(t, err, `exit status 3: Cmd: "useradd" "--password" "<redacted>" "u" Stdout: "" Stderr: "bad hash <redacted>\n"`)
	require.Equal(t, 3, oplog.Exit(err))
	require.NotContains(t, out.String(), "$y$1")
	require.Equal(t, []string{"useradd --password '$y$1' u"}, r.Lines(), "the program itself gets the secret")
}

// cut is a runner whose program said more than was kept.
type cut struct{}

func (cut) Run(_ context.Context, c run.Cmd) (run.Result, error) {
	return run.Result{Stdout: []byte("secr"), Stderr: []byte("se"), Truncated: true}, &run.ExitError{Cmd: c, Exit: 1}
}

func TestHalfASecretIsHiddenToo(t *testing.T) {
	_, err := oplog.New(nil).Try(t.Context(), cut{}, run.Command("x"), "secret")
	require.EqualError(t, err, `exit status 1: Cmd: "x" Stdout: "<redacted>" Stderr: "<redacted>"`)
	_, err = oplog.New(nil).Try(t.Context(), cut{}, run.Command("x"))
	require.ErrorContains(t, err, `Stdout: "secr"`)
}

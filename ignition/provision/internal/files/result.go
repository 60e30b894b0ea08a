//go:build unix

package files

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/run"
)

// maxReport bounds the result file of an earlier run, which has those before it inside.
const maxReport = 4 << 20

// result is the content of the result file; the order of the fields is part of the format.
type result struct {
	ProvisioningBootID string `json:"provisioningBootID"`
	ProvisioningDate   string `json:"provisioningDate"`
	UserConfigProvided bool   `json:"userConfigProvided"`
	PreviousReport     any    `json:"previousReport,omitempty"`
}

// planProvider returns the steps for the files that the platform wants.
func (s *stage) planProvider() (*plan.Plan, error) {
	var entries []entry
	for _, f := range s.h.State.ProviderOutputFiles {
		p, err := s.t.Resolve(f.Path)
		if err != nil {
			return nil, fmt.Errorf("calculating path for %q: %w", f.Path, err)
		}
		e := fileEntry(f)
		e.path, e.shown = p, s.t.Path(p)
		entries = append(entries, e)
	}
	return s.writer(s.h.Log.With("createFiles")).plan(entries), nil
}

// planResult returns the step for the result file.
func (s *stage) planResult() (*plan.Plan, error) {
	name := s.h.Settings.ResultFile
	if name == "" {
		return &plan.Plan{}, nil
	}
	e, err := s.implied(file, name, 0o600)
	if err != nil {
		return nil, fmt.Errorf("building result file path: %w", err)
	}
	step := plan.Step{Verb: plan.Create, Kind: "result file", Name: e.path, Do: func(ctx context.Context) error { return s.writeResult(ctx, e) }}
	if s.guess != nil {
		there, err := s.guess.Lstat(e.path)
		switch {
		case err == nil && there.Directory():
			err = fmt.Errorf("%s: %w", e.shown, confine.ErrNotRegular)
		case err == nil:
			step.Verb, step.Destroys = plan.Change, !there.Regular()
		case tree.Missing(err):
			err = s.guess.Make(e.path, unix.S_IFREG, "")
		}
		if err != nil {
			step.Verb, step.Err = plan.Fail, fmt.Errorf("creating result file: reading previous report: %w", err)
			step.Detail = step.Err.Error()
		}
	}
	return &plan.Plan{Steps: []plan.Step{step}}, nil
}

func (s *stage) writeResult(ctx context.Context, e entry) error {
	log := s.h.Log.With("createResultFile")
	previous, err := s.previousReport(ctx, log, e.path)
	if err != nil {
		return err
	}
	bootID, err := os.ReadFile(s.h.Settings.BootIDFile)
	if err != nil {
		return fmt.Errorf("reading boot ID: %w", err)
	}
	data, err := json.MarshalIndent(result{
		ProvisioningBootID: strings.TrimSpace(string(bootID)),
		ProvisioningDate:   time.Now().Format(time.RFC3339),
		UserConfigProvided: s.h.State.UserConfigProvided(),
		PreviousReport:     previous,
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("marshaling result file: %w", err)
	}
	e.overwrite, e.contents = true, &content{inline: append(data, '\n')}
	if err := s.apply(ctx, s.writer(log.With("createFiles")), []entry{e}); err != nil {
		return fmt.Errorf("adding result file: %w", err)
	}
	return nil
}

// previousReport returns the result of an earlier run on this root. A live system has
// none that counts: its root is the image's.
func (s *stage) previousReport(ctx context.Context, log *oplog.Logger, p string) (any, error) {
	there, err := s.t.Lstat(p)
	if tree.Missing(err) || err == nil && !there.Regular() && !there.Directory() {
		return nil, nil // links and the like are replaced, not followed
	}
	var data []byte
	if err == nil {
		data, err = s.t.ReadSmall(p, maxReport)
	}
	if err != nil {
		return nil, fmt.Errorf("reading previous report: %w", err)
	}
	_, err = log.Try(ctx, s.h.Run, run.Command("is-live-image"))
	if err == nil {
		return nil, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if exit, ok := errors.AsType[*run.ExitError](err); !ok {
		var cause *oplog.CmdError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		log.Notice("failed to run is-live-image hook: %v", err)
	} else if exit.Signal != "" {
		log.Debug("is-live-image hook ended by signal %s", exit.Signal)
	}
	log.Warning("Ignition has already run on this system. Unexpected behavior may occur. Ignition is not designed to run more than once per system.")
	// The decoder alone would accept more after the value.
	var report any
	err = json.Unmarshal(data, new(json.RawMessage))
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		err = d.Decode(&report)
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't unmarshal previous report output: %w", err)
	}
	return report, nil
}

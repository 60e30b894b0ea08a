package native

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
)

// Options adjust a [Driver]. Nil and the zero value are right for the running system.
type Options struct {
	// System adjusts the work on the sysroot.
	System *rpmostree.Options
	// Reboot is called when a release is finalized, to boot it; nil leaves that to the caller of Finalize. If it
	// fails Finalize does, and may be called again.
	Reboot func(ctx context.Context) error
	// Unit is the systemd unit that drives updates; empty means "zincati.service".
	Unit string
	// Meter receives the counters of [driver.Driver]; nil discards them. There is no cache: each request misses.
	Meter driver.Meter
	// Logger is told what is noteworthy; nil discards it.
	Logger *slog.Logger
}

// Driver changes the deployments of a sysroot in process. Its methods may be called concurrently; they work one after
// the other. When the context ends, work that is going on is given up; what was deployed before stays as it was.
type Driver struct {
	sys   *rpmostree.System
	opts  Options
	meter driver.Meter
	turn  chan struct{} // holds a token while nothing runs

	staged    *staged // on a sysroot that does not run
	finalized string  // the payload that only waits for the reboot
}

var _ driver.Driver = (*Driver)(nil)

// staged is a release that is in the repository and deployed when it is finalized.
type staged struct {
	payload cincinnati.Payload
	change  *rpmostree.Change
}

type noMeter struct{}

func (noMeter) Inc(string, ...string)          {}
func (noMeter) Set(string, float64, ...string) {}

// Open opens a sysroot: "/" is the running system, anything else a mounted one or a plain directory. It is a
// [rpmostree.ErrNoMain] if the program did not call [rpmostree.Main], which it needs as soon as somebody layers a
// package.
func Open(ctx context.Context, path string, o *Options) (*Driver, error) {
	if err := rpmostree.CheckMain(); err != nil {
		return nil, err
	}
	d := &Driver{turn: make(chan struct{}, 1), meter: noMeter{}}
	if o != nil {
		d.opts = *o
	}
	if d.opts.Meter != nil {
		d.meter = d.opts.Meter
	}
	if d.opts.Unit == "" {
		d.opts.Unit = "zincati.service"
	}
	if d.opts.Logger == nil {
		d.opts.Logger = slog.New(slog.DiscardHandler)
	}
	var err error
	if d.sys, err = rpmostree.Open(ctx, path, d.opts.System); err != nil {
		return nil, err
	}
	d.turn <- struct{}{}
	return d, nil
}

// Close releases the sysroot, after the work that is going on.
func (d *Driver) Close() error {
	<-d.turn
	return d.sys.Close()
}

// begin waits for the turn of a method; end lets the next one begin.
func (d *Driver) begin(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case <-d.turn:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (d *Driver) end() { d.turn <- struct{}{} }

// Booted implements [driver.Driver].
func (d *Driver) Booted(ctx context.Context) (driver.Deployment, error) {
	if err := d.begin(ctx); err != nil {
		return driver.Deployment{}, err
	}
	defer d.end()
	s, err := d.status(ctx)
	if err != nil {
		return driver.Deployment{}, err
	}
	return s.Booted()
}

// Deployments implements [driver.Driver].
func (d *Driver) Deployments(ctx context.Context, omitStaged bool) ([]driver.Deployment, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	defer d.end()
	d.meter.Inc(driver.MetricCacheRequests)
	d.meter.Inc(driver.MetricCacheMisses)
	s, err := d.status(ctx)
	if err != nil {
		return nil, err
	}
	list, skipped, err := s.Deployments(omitStaged)
	if skipped > 0 {
		d.opts.Logger.WarnContext(ctx, "deployments that cannot be understood are ignored", "count", skipped)
	}
	return list, err
}

// Staged implements [driver.Driver].
func (d *Driver) Staged(ctx context.Context) (*driver.Deployment, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	defer d.end()
	s, err := d.status(ctx)
	if err != nil {
		return nil, err
	}
	return s.Staged()
}

// status describes the system in the form that rpm-ostree prints, and reads that as the command line's driver does:
// so both have one idea of what a deployment is.
func (d *Driver) status(ctx context.Context) (s *driver.Status, err error) {
	d.meter.Inc(driver.MetricStatusAttempts)
	defer func() {
		if err != nil {
			d.meter.Inc(driver.MetricStatusFailures)
		}
	}()
	st, err := d.sys.Status(ctx)
	if err != nil {
		return nil, err
	}
	if !d.sys.IsBooted() {
		return d.elsewhere(st)
	}
	data, err := json.Marshal(st)
	if err != nil {
		return nil, err
	}
	return driver.ParseStatus(data)
}

// elsewhere is the status of a sysroot that does not run: of its stateroot, with what is downloaded as staged.
func (d *Driver) elsewhere(st *rpmostree.Status) (*driver.Status, error) {
	stateroot, err := d.sys.Stateroot()
	if err != nil {
		return nil, err
	}
	var list []any
	for _, i := range st.Deployments {
		if i.Text("osname") == stateroot {
			list = append(list, i)
		}
	}
	own := len(list)
	if d.staged != nil {
		i, err := d.describe(d.staged.payload)
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	data, err := json.Marshal(map[string]any{"deployments": list})
	if err != nil {
		return nil, err
	}
	s, err := driver.ParseStatus(data)
	if err == nil && own > 0 {
		s.AssumeBooted()
	}
	return s, err
}

// describe is the description of a commit that is not deployed.
func (d *Driver) describe(p cincinnati.Payload) (map[string]any, error) {
	sum, err := object.ParseChecksum(p.Text)
	if err != nil {
		return nil, err
	}
	c, err := d.sys.Repo().LoadCommit(sum)
	if err != nil {
		return nil, err
	}
	meta := map[string]string{}
	for _, key := range []string{"fedora-coreos.stream", "ostree.manifest", "ostree.container.image-config"} {
		if v, ok := c.Metadata.LookupType(key, "s"); ok {
			meta[key] = v.Str()
		}
	}
	version := ""
	if v, ok := c.Metadata.LookupType("version", "s"); ok {
		version = v.Str()
	}
	return map[string]any{"booted": false, "staged": true, "checksum": p.Text, "version": version, "base-commit-meta": meta}, nil
}

// Register implements [driver.Driver]. On a sysroot that does not run there is nobody to drive.
func (d *Driver) Register(ctx context.Context) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	defer d.end()
	if !d.sys.IsBooted() {
		return nil
	}
	err := d.sys.RegisterDriver(ctx, rpmostree.UpdateDriver{Name: "Zincati", Unit: d.opts.Unit})
	if err != nil {
		d.meter.Inc(driver.MetricRegisterFailures)
	}
	return err
}

// Stage implements [driver.Driver]. Images are not supported.
func (d *Driver) Stage(ctx context.Context, r cincinnati.Release, allowDowngrade bool) error {
	if err := checkPayload(r.Payload); err != nil {
		return err
	}
	if err := d.begin(ctx); err != nil {
		return err
	}
	defer d.end()
	d.meter.Inc(driver.MetricDeployAttempts)
	err := d.stage(ctx, r.Payload, allowDowngrade)
	if err != nil {
		d.meter.Inc(driver.MetricDeployFailures)
	}
	return err
}

// checkPayload says what cannot be deployed.
func checkPayload(p cincinnati.Payload) error {
	if p.Scheme == cincinnati.OCI {
		return fmt.Errorf("deploying the container image %.200q in process: not supported", p.Text)
	}
	if p.Scheme != cincinnati.Checksum || !object.IsChecksum(p.Text) {
		return fmt.Errorf("payload %.200q is not a checksum", p.Text)
	}
	return nil
}

func (d *Driver) stage(ctx context.Context, p cincinnati.Payload, allowDowngrade bool) error {
	change := &rpmostree.Change{Revision: "revision=" + p.Text, SkipBranchCheck: true, AllowDowngrade: allowDowngrade, LockFinalization: true}
	d.finalized = ""
	if d.sys.IsBooted() {
		_, err := d.sys.Apply(ctx, change)
		return err
	}
	d.staged = nil
	now := *change
	now.LockFinalization, now.DownloadOnly = false, true
	if _, err := d.sys.Apply(ctx, &now); err != nil {
		return err
	}
	now.DownloadOnly = false
	d.staged = &staged{payload: p, change: &now}
	return nil
}

// Finalize implements [driver.Driver], and calls the callback to reboot.
func (d *Driver) Finalize(ctx context.Context, p cincinnati.Payload) error {
	if err := checkPayload(p); err != nil {
		return err
	}
	if err := d.begin(ctx); err != nil {
		return err
	}
	defer d.end()
	d.meter.Inc(driver.MetricFinalizeAttempts)
	err := d.finalize(ctx, p)
	if err != nil {
		d.meter.Inc(driver.MetricFinalizeFailures)
	}
	return err
}

func (d *Driver) finalize(ctx context.Context, p cincinnati.Payload) error {
	if d.finalized != p.Text || d.sys.IsBooted() {
		if err := d.release(ctx, p); err != nil {
			return err
		}
		d.finalized = p.Text
	}
	if d.opts.Reboot == nil {
		return nil
	}
	if err := d.opts.Reboot(ctx); err != nil {
		return fmt.Errorf("reboot: %w", err)
	}
	return nil
}

// release lets the staged release be what boots next.
func (d *Driver) release(ctx context.Context, p cincinnati.Payload) error {
	if d.sys.IsBooted() {
		return d.sys.FinalizeDeployment(ctx, &rpmostree.FinalizeOptions{Checksum: p.Text, AllowUnlocked: d.finalized == p.Text})
	}
	switch {
	case d.staged == nil:
		return errors.New("No pending staged deployment found")
	case d.staged.payload != p:
		return fmt.Errorf("Expected staged base checksum %s, but found %s", p, d.staged.payload)
	}
	if _, err := d.sys.Apply(ctx, d.staged.change); err != nil {
		return err
	}
	d.staged = nil
	return nil
}

// Cleanup implements [driver.Driver].
func (d *Driver) Cleanup(ctx context.Context) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	defer d.end()
	d.staged, d.finalized = nil, ""
	if !d.sys.IsBooted() {
		return nil
	}
	return d.sys.Cleanup(ctx, &rpmostree.CleanupOptions{Pending: true})
}

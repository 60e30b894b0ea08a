package driver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"syscall"
	"time"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

const (
	program = "rpm-ostree"
	// clientID tells rpm-ostree's journal and status who asked.
	clientID = "RPMOSTREE_CLIENT_ID=zincati"
	// driverName is how "rpm-ostree status" names the one that drives updates.
	driverName = "Zincati"
	// maxStatus bounds a status in bytes. That of a system with ten deployments has less than 1 MiB.
	maxStatus = 8 << 20

	overridePath = "run/zincati/booted-status-override.json"
	deployPath   = "ostree/deploy"
)

// Options adjust a [CLI]. Nil and the zero value are right for the running system.
type Options struct {
	// Runner runs rpm-ostree; nil means this machine does.
	Runner Runner
	// Root is the directory below which run/zincati and ostree/deploy are; empty means "/".
	Root string
	// Meter receives the counters; nil discards them.
	Meter Meter
	// Logger is told what was skipped and what runs; nil discards it.
	Logger *slog.Logger
}

// CLI is a [Driver] that runs the command rpm-ostree.
type CLI struct {
	runner Runner
	root   string
	meter  Meter
	log    *slog.Logger
	turn   chan struct{} // holds a token while nothing runs
	cache  *cachedStatus // guarded by turn
}

var _ Driver = (*CLI)(nil)

// cachedStatus is a status with the modification time that the directory of the deployments had before it was asked.
type cachedStatus struct {
	status *Status
	mtime  time.Time
}

// NewCLI makes a CLI.
func NewCLI(o *Options) *CLI {
	if o == nil {
		o = &Options{}
	}
	c := &CLI{runner: o.Runner, root: o.Root, meter: o.Meter, log: o.Logger, turn: make(chan struct{}, 1)}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.runner == nil {
		c.runner = execRunner{&run.Exec{Logger: o.Logger}}
	}
	if c.root == "" {
		c.root = "/"
	}
	if c.meter == nil {
		c.meter = noMeter{}
	}
	c.turn <- struct{}{}
	return c
}

// inTurn does some work when its turn comes. When the context ends before the work does, the caller gets its error;
// whoever is next waits for the work.
func inTurn[T any](ctx context.Context, c *CLI, work func() (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, context.Cause(ctx)
	}
	select {
	case <-c.turn:
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		v, err := work()
		c.turn <- struct{}{}
		done <- outcome{v, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		select {
		case o := <-done: // both at once: what was done counts
			return o.value, o.err
		default:
			return none, context.Cause(ctx)
		}
	}
}

type nothing = struct{}

// Booted implements [Driver] with "status --booted --json".
func (c *CLI) Booted(ctx context.Context) (Deployment, error) {
	return inTurn(ctx, c, func() (Deployment, error) {
		s, err := c.status(ctx, "--booted", "--json")
		if err != nil {
			return Deployment{}, err
		}
		return s.Booted()
	})
}

// Deployments implements [Driver] with "status --json", kept as long as the modification time of /ostree/deploy
// stays the same.
func (c *CLI) Deployments(ctx context.Context, omitStaged bool) ([]Deployment, error) {
	return inTurn(ctx, c, func() ([]Deployment, error) {
		s, err := c.cached(ctx)
		if err != nil {
			return nil, err
		}
		list, skipped, err := s.Deployments(omitStaged)
		if skipped > 0 {
			c.log.WarnContext(ctx, "deployments that cannot be understood are ignored", "count", skipped)
		}
		return list, err
	})
}

// Staged implements [Driver] with "status --json".
func (c *CLI) Staged(ctx context.Context) (*Deployment, error) {
	return inTurn(ctx, c, func() (*Deployment, error) {
		s, err := c.status(ctx, "--json")
		if err != nil {
			return nil, err
		}
		return s.Staged()
	})
}

// Register implements [Driver] with an empty revision to deploy.
func (c *CLI) Register(ctx context.Context) error {
	_, err := inTurn(ctx, c, func() (nothing, error) {
		err := c.change(ctx, "deploy --register-driver", []string{clientID}, "deploy", "", "--register-driver="+driverName)
		if err != nil {
			c.meter.Inc(MetricRegisterFailures)
		}
		return nothing{}, err
	})
	return err
}

// Stage implements [Driver] with "deploy" or "rebase"; see [StageImage] for the choice.
func (c *CLI) Stage(ctx context.Context, r cincinnati.Release, allowDowngrade bool) error {
	if err := checkPayload(r.Payload); err != nil {
		return err
	}
	_, err := inTurn(ctx, c, func() (nothing, error) {
		args, err := c.stageArgs(ctx, r.Payload)
		if err != nil {
			if errors.Is(err, errNoDigest) { // the release is to blame, not the system
				c.meter.Inc(MetricDeployAttempts)
				c.meter.Inc(MetricDeployFailures)
			}
			return nothing{}, err
		}
		if !allowDowngrade {
			args = append(args, "--disallow-downgrade")
		}
		c.meter.Inc(MetricDeployAttempts)
		if err = c.change(ctx, "deploy", []string{clientID}, args...); err != nil {
			c.meter.Inc(MetricDeployFailures)
		}
		return nothing{}, err
	})
	return err
}

func (c *CLI) stageArgs(ctx context.Context, p cincinnati.Payload) ([]string, error) {
	if p.Scheme == cincinnati.Checksum {
		return []string{"deploy", "--lock-finalization", "--skip-branch-check", "revision=" + p.Text}, nil
	}
	s, err := c.status(ctx, "--json")
	if err != nil {
		return nil, err
	}
	local, err := s.Local()
	if err != nil {
		return nil, err
	}
	ref, rebase, digest, err := StageImage(local, p)
	switch {
	case err != nil:
		return nil, err
	case rebase:
		return []string{"rebase", "--lock-finalization", ref.String(), digest}, nil
	}
	return []string{"deploy", "--lock-finalization", digest}, nil
}

// Finalize implements [Driver] with "finalize-deployment".
func (c *CLI) Finalize(ctx context.Context, p cincinnati.Payload) error {
	if err := checkPayload(p); err != nil {
		return err
	}
	id, err := FinalizeID(p)
	if err != nil {
		return err
	}
	_, err = inTurn(ctx, c, func() (nothing, error) {
		c.meter.Inc(MetricFinalizeAttempts)
		err := c.change(ctx, "finalize-deployment", []string{clientID}, "finalize-deployment", id)
		if err != nil {
			c.meter.Inc(MetricFinalizeFailures)
		}
		return nothing{}, err
	})
	return err
}

// Cleanup implements [Driver] with "cleanup -p".
func (c *CLI) Cleanup(ctx context.Context) error {
	_, err := inTurn(ctx, c, func() (nothing, error) {
		return nothing{}, c.change(ctx, "cleanup", nil, "cleanup", "-p")
	})
	return err
}

// change runs a command that changes something: once it runs, nothing here stops it.
func (c *CLI) change(ctx context.Context, verb string, env []string, args ...string) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	res, err := c.runner.Run(context.WithoutCancel(ctx), Command{Name: program, Args: args, Env: env})
	return outcomeOf(verb, res, err)
}

func outcomeOf(verb string, res Result, err error) error {
	if err != nil {
		return fmt.Errorf("failed to run '%s' binary: %w", program, err)
	}
	if res.Exit != 0 {
		return newCommandError(verb, res.Exit, res.Stderr)
	}
	return nil
}

// status asks for the status and lays the override over it.
func (c *CLI) status(ctx context.Context, args ...string) (*Status, error) {
	c.meter.Inc(MetricStatusAttempts)
	res, err := c.runner.Run(ctx, Command{Name: program, Args: append([]string{"status"}, args...), Env: []string{clientID}, Limit: maxStatus})
	if err := outcomeOf("status", res, err); err != nil {
		c.meter.Inc(MetricStatusFailures)
		return nil, err
	}
	if res.Truncated || len(res.Stdout) > maxStatus {
		return nil, fmt.Errorf("status is larger than %d bytes", maxStatus)
	}
	s, err := ParseStatus(res.Stdout)
	if err != nil {
		return nil, err
	}
	override, err := c.readOverride()
	if err != nil {
		return nil, fmt.Errorf("reading /%s: %w", overridePath, err)
	}
	if override != nil {
		if err := s.Override(override); err != nil {
			return nil, fmt.Errorf("/%s: %w", overridePath, err)
		}
	}
	return s, nil
}

// cached returns the status that was kept, or a new one.
func (c *CLI) cached(ctx context.Context) (*Status, error) {
	c.meter.Inc(MetricCacheRequests)
	mtime, err := c.deployTime()
	if err != nil {
		return nil, fmt.Errorf("failed to query directory /%s: %w", deployPath, err)
	}
	if c.cache != nil && c.cache.mtime.Equal(mtime) {
		return c.cache.status, nil
	}
	c.meter.Inc(MetricCacheMisses)
	s, err := c.status(ctx, "--json")
	if err != nil {
		return nil, err
	}
	c.cache = &cachedStatus{s, mtime}
	return s, nil
}

func (c *CLI) deployTime() (time.Time, error) {
	root, err := confine.OpenRoot(c.root)
	if err != nil {
		return time.Time{}, err
	}
	defer root.Close()
	st, err := root.Stat(deployPath)
	if err != nil {
		return time.Time{}, err
	}
	return st.ModTime(), nil
}

// readOverride reads the file that stands in for the booted deployment, nil if there is none. Waiting for the writer
// of a FIFO would be waiting for ever.
func (c *CLI) readOverride() ([]byte, error) {
	root, err := confine.OpenRoot(c.root)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.OpenFile(overridePath, syscall.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return confine.ReadRegular(f, maxStatus)
}

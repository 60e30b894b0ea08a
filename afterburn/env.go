package afterburn

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/nestos-dev/nestos/afterburn/internal/dhcp"
	"github.com/nestos-dev/nestos/afterburn/internal/drive"
	"github.com/nestos-dev/nestos/afterburn/internal/web"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/guestinfo"
	"github.com/nestos-dev/nestos/internal/run"
)

// env is what a provider works with.
type env struct {
	web    *web.Client
	drives *drive.Finder
	dhcp   *dhcp.Client
	log    *slog.Logger
	root   *confine.Root // the system
	random io.Reader
	now    func() time.Time
	sleep  func(ctx context.Context, d time.Duration) error
	runner run.Runner
	uid    int    // of this process
	arch   string // as Go names it

	rpc      func(command string) (string, bool, error)
	isVMware func() (bool, error)
}

// env makes the surroundings of one provider.
func (o *Options) env() (*env, error) {
	if o == nil {
		o = &Options{}
	}
	e := &env{
		log: o.logger(), random: rand.Reader, now: time.Now, sleep: o.Sleep, uid: os.Getuid(), arch: runtime.GOARCH,
		rpc: o.RPC, isVMware: o.IsVMware,
	}
	if e.sleep == nil {
		e.sleep = web.Sleep
	}
	if e.rpc == nil {
		e.rpc = guestinfo.Backdoor
	}
	if e.isVMware == nil {
		e.isVMware = guestinfo.Here
	}
	if e.runner = run.Runner(absentPrograms{}); o.here() {
		e.runner = &run.Exec{Logger: o.Logger}
	}
	var err error
	if e.root, err = confine.OpenRoot(o.root()); err != nil {
		return nil, err
	}
	e.web, err = web.New(&web.Options{Dial: o.Dial, RootCAs: o.RootCAs, Sleep: o.Sleep, Timeout: o.Timeout, Logger: o.Logger})
	if err != nil {
		e.root.Close()
		return nil, err
	}
	e.drives = &drive.Finder{Root: o.root(), TempDir: o.TempDir, Runner: e.runner, Sleep: e.sleep, Logger: e.log}
	e.dhcp = &dhcp.Client{Root: o.root(), Sleep: e.sleep, Logger: e.log}
	return e, nil
}

// absentPrograms stands for the programs of a system that is not the running one: those of this system would do something
// to this system.
type absentPrograms struct{}

func (absentPrograms) Run(context.Context, run.Cmd) (run.Result, error) { return run.Result{}, nil }

// Close gives back the connections and the root. A provider embeds its env for this, or calls it in a Close of its own.
func (e *env) Close() error {
	e.web.Close()
	return e.root.Close()
}

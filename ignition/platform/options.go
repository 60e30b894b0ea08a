package platform

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/platform/internal/guestprop"
	"github.com/nestos-dev/nestos/ignition/platform/internal/kvp"
	"github.com/nestos-dev/nestos/ignition/platform/internal/optical"
	"github.com/nestos-dev/nestos/ignition/resource"
	"github.com/nestos-dev/nestos/internal/guestinfo"
	"github.com/nestos-dev/nestos/internal/run"
)

// Fetcher gets what comes by URL. [resource.Fetcher] is one; it is what decides
// about attempts, timeouts and proxies.
type Fetcher interface {
	// Get asks a metadata service.
	Get(ctx context.Context, url string, opt *resource.GetOptions) ([]byte, error)
	// FetchBytes gets the config that the kernel command line names.
	FetchBytes(ctx context.Context, res types.Resource) ([]byte, error)
}

// Options of the functions of this package. Nil options are the zero value, which is
// this machine without a Fetcher: what needs one fails.
type Options struct {
	// Fetcher gets what comes by URL.
	Fetcher Fetcher
	// Logger gets the log; nil discards it.
	Logger *slog.Logger
	// Runner runs programs (modprobe, mount, chccwdev, cio_ignore, udevadm, vmur);
	// nil runs them on this machine.
	Runner Runner
	// Root is the directory in which dev, proc, run and sys are; empty is "/".
	Root string
	// TempDir is where mount points are made; empty is os.TempDir.
	TempDir string
	// Cmdline is the file with the kernel command line; empty is proc/cmdline in Root.
	Cmdline string
	// ByLabel is the directory of block devices by label; empty is
	// dev/disk/by-label in Root.
	ByLabel string
	// ConfigFile is the config of platform "file"; empty is config.ign in the
	// working directory.
	ConfigFile string
	// Offline refuses platforms that need the network.
	Offline bool

	seams seams
}

// seams are replaced by tests; nil is this machine.
type seams struct {
	arch        string // GOARCH
	mount       func(source, target, fstype string) error
	unmount     func(target string) error
	driveStatus func(device string) (int, error)
	interfaces  func() ([]netInterface, error)
	vsock       func(ctx context.Context, cid, port uint32) (net.Conn, error)
	properties  func(device string) (guestprop.Device, error)
	pairs       func(device string) (*os.File, error)
	vmware      func() (bool, error)
	rpc         guestinfo.RPC
}

// env is what the providers work with: complete Options.
type env struct {
	Options
	seams
	log *oplog.Logger
	run run.Runner
}

func newEnv(opt *Options) *env {
	e := &env{}
	if opt != nil {
		e.Options = *opt
	}
	e.seams = e.Options.seams
	e.log = oplog.New(e.Logger)
	e.run = runner(e.Runner)
	e.Root = or(e.Root, "/")
	e.TempDir = or(e.TempDir, os.TempDir())
	e.Cmdline = or(e.Cmdline, e.path("/proc/cmdline"))
	e.ByLabel = or(e.ByLabel, e.path("/dev/disk/by-label"))
	e.seams.complete()
	if e.Fetcher == nil {
		e.Fetcher = noFetcher{}
	}
	return e
}

// complete makes what is not replaced this machine's.
func (e *seams) complete() {
	e.arch = or(e.arch, runtime.GOARCH)
	if e.mount == nil {
		e.mount = mountReadOnly
	}
	if e.unmount == nil {
		e.unmount = unmount
	}
	if e.driveStatus == nil {
		e.driveStatus = optical.DriveStatus
	}
	if e.interfaces == nil {
		e.interfaces = interfaces
	}
	if e.vsock == nil {
		e.vsock = dialVsock
	}
	if e.properties == nil {
		e.properties = guestprop.Open
	}
	if e.pairs == nil {
		e.pairs = kvp.Open
	}
	if e.vmware == nil {
		e.vmware = guestinfo.Here
	}
	if e.rpc == nil {
		e.rpc = guestinfo.Backdoor
	}
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// path returns the place of a file of the machine.
func (e *env) path(absolute string) string { return filepath.Join(e.Root, absolute) }

// cmd runs a program as an operation of the log.
func (e *env) cmd(ctx context.Context, text, name string, args ...string) error {
	_, err := e.log.Cmd(ctx, e.run, text, run.Command(name, args...))
	return err
}

// modprobe loads a module unless a path, which it would bring, exists.
func (e *env) modprobe(ctx context.Context, unless, module, text string) error {
	if exists(e.path(unless)) {
		return nil
	}
	return e.cmd(ctx, text, "modprobe", module)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// pause waits, or returns why ctx ended.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

var errNoFetcher = errors.New("platform needs a Fetcher")

type noFetcher struct{}

func (noFetcher) Get(context.Context, string, *resource.GetOptions) ([]byte, error) {
	return nil, errNoFetcher
}

func (noFetcher) FetchBytes(context.Context, types.Resource) ([]byte, error) {
	return nil, errNoFetcher
}

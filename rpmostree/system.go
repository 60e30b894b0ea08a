package rpmostree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/internal/assemble"
	"github.com/nestos-dev/nestos/rpmostree/internal/scripts"
)

// Options adjust work on a system. Nil and the zero value are right for most callers.
type Options struct {
	// Stateroot is the one to work on; empty means the booted one, or the only one there is.
	Stateroot string
	// Progress receives events of the steps, as "Importing packages"; Message receives the lines that are
	// not steps. Nil discards them.
	Progress ostree.Progress
	Message  func(line string)
	// Log is told what is noteworthy; nil discards it.
	Logger *slog.Logger
	// Sysroot adjusts the work on deployments. Its Message and Progress default to those above.
	Sysroot sysroot.Options

	// Config is that of the service, see [ParseConfig].
	Config Config
	// Epoch, unless zero, stands for the present time in everything that is stored, so that the same input
	// gives the same commit (SOURCE_DATE_EPOCH).
	Epoch time.Time
	// Machine is the processor, as uname -m prints it; empty means this one's.
	Machine string
	// Lang is the language of scripts' messages; empty means C.
	Lang string
	// ScriptOutput receives the output of scripts, each line as "package.script: line"; nil discards it.
	ScriptOutput io.Writer
	// ScriptDebug names a script, "package.script", that is run on Terminal.
	ScriptDebug string
	Terminal    *os.File
	// SkipSanityCheck leaves out running /usr/bin/true in the new tree.
	SkipSanityCheck bool
	// DownloadFilelists has the lists of all files downloaded also when no request is a path.
	DownloadFilelists bool
	// ProxyEnv looks up http_proxy and its kin; nil means that the environment has no say.
	ProxyEnv func(name string) string
	// UserAgent is sent with requests.
	UserAgent string
	// RunDir is where the state of the running system is; empty means /run.
	RunDir string
	// CommandLine and Agent are recorded with new deployments.
	CommandLine, Agent, AgentUnit string
}

// System is a sysroot whose deployments are made by this package. It must not be used by several
// goroutines at the same time; several processes may.
type System struct {
	root      *sysroot.Sysroot
	opts      Options
	held      bool          // the lock
	exclusive *exclusion    // between Begin and End
	keys      *confine.Root // where keys of repositories are read from; open until Close
}

// ErrNotBooted is returned for what only a running system has.
var ErrNotBooted = errors.New("This system was not booted via libostree.")

// Open opens a sysroot: "/" is the running system, anything else a mounted one or a plain directory.
func Open(ctx context.Context, path string, opts *Options) (*System, error) {
	s := &System{}
	if opts != nil {
		s.opts = *opts
	}
	if s.opts.Logger == nil {
		s.opts.Logger = slog.New(slog.DiscardHandler)
	}
	so := s.opts.Sysroot
	if so.Message == nil {
		so.Message = s.opts.Message
	}
	if so.Progress == nil {
		so.Progress = s.opts.Progress
	}
	if so.Logger == nil {
		so.Logger = s.opts.Logger
	}
	var err error
	if s.root, err = sysroot.Open(path, &so); err != nil {
		return nil, err
	}
	if err := s.root.Load(ctx); err != nil {
		return nil, errors.Join(err, s.root.Close())
	}
	if s.root.IsBootedRoot() || s.IsBooted() || so.RunDir != "" {
		return s, nil
	}
	// What is prepared for a system that does not run has no business in /run of this machine.
	so.RunDir = filepath.Join(s.root.Repo().Path(), "extensions/rpmostree/run")
	if err := s.root.Close(); err != nil {
		return nil, err
	}
	if s.root, err = sysroot.Open(path, &so); err != nil {
		return nil, err
	}
	if err := s.root.Load(ctx); err != nil {
		return nil, errors.Join(err, s.root.Close())
	}
	return s, nil
}

// Close ends what [System.Begin] began and releases the sysroot.
func (s *System) Close() error {
	s.unlock()
	err := s.End()
	if s.keys != nil {
		s.keys.Close()
	}
	return errors.Join(err, s.root.Close())
}

// Sysroot returns the sysroot, for what this package does not cover.
func (s *System) Sysroot() *sysroot.Sysroot { return s.root }

// Repo returns the repository of the sysroot.
func (s *System) Repo() *ostree.Repo { return s.root.Repo() }

// IsBooted tells whether the sysroot is that of the running system, booted from one of its deployments.
func (s *System) IsBooted() bool { return s.root.Booted() != nil }

// lock takes the sysroot's lock and reads the deployments anew. Operations that call others hold it once.
func (s *System) lock(ctx context.Context) error {
	if err := s.root.Lock(ctx); err != nil {
		return err
	}
	s.held = true
	if _, err := s.root.LoadIfChanged(ctx); err != nil {
		s.unlock()
		return err
	}
	return nil
}

func (s *System) unlock() {
	if s.held {
		s.held = false
		s.root.Unlock()
	}
}

func (s *System) message(line string) {
	if s.opts.Message != nil {
		s.opts.Message(line)
	}
}

// now is the time that is stored.
func (s *System) now() time.Time {
	if !s.opts.Epoch.IsZero() {
		return s.opts.Epoch
	}
	return time.Now()
}

// Stateroot returns the stateroot that is worked on.
func (s *System) Stateroot() (string, error) {
	if s.opts.Stateroot != "" {
		return s.opts.Stateroot, nil
	}
	if b := s.root.Booted(); b != nil {
		return b.Stateroot, nil
	}
	names, err := s.stateroots()
	if err != nil {
		return "", err
	}
	if len(names) != 1 {
		return "", errors.New("Not currently booted into an OSTree system and no OS specified")
	}
	return names[0], nil
}

// stateroots lists the directories below ostree/deploy.
func (s *System) stateroots() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.root.Path(), "ostree/deploy"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// current returns the deployment whose origin an operation starts from: the first of the stateroot, also
// if another one is booted.
func (s *System) current() (*sysroot.Deployment, error) {
	stateroot, err := s.Stateroot()
	if err != nil {
		return nil, err
	}
	for _, d := range s.root.Deployments() {
		if d.Stateroot == stateroot {
			return d, nil
		}
	}
	return nil, fmt.Errorf("No previous deployment for OS '%s'", stateroot)
}

// workdir is the private area for trees that are being assembled: on the file system of the repository.
func (s *System) workdir() string {
	return filepath.Join(s.root.Repo().Path(), "extensions/rpmostree/private/commit")
}

// prepareWorkdir makes the directories above the private area: only that itself is not for everybody's eyes.
func (s *System) prepareWorkdir() error {
	dir := filepath.Join(s.root.Repo().Path(), "extensions/rpmostree")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.MkdirAll(filepath.Join(dir, "private"), 0o700)
}

// cacheDir is where metadata of rpm-md repositories are kept.
func (s *System) cacheDir() (string, error) {
	if s.IsBooted() {
		return "/var/cache/rpm-ostree", nil
	}
	stateroot, err := s.Stateroot()
	return filepath.Join(s.root.Path(), "ostree/deploy", stateroot, "var/cache/rpm-ostree"), err
}

// scriptOptions say how the scripts of packages run.
func (s *System) scriptOptions() assemble.ScriptOptions {
	o := assemble.ScriptOptions{
		Dir: s.workdir(), Output: s.opts.ScriptOutput, SkipSanityCheck: s.opts.SkipSanityCheck, Progress: s.opts.Progress, Logger: s.opts.Logger,
		Run: scripts.RunOptions{
			Lang: s.opts.Lang, Output: s.opts.ScriptOutput, Logger: s.opts.Logger, Sysusers: scripts.SysusersByMacro,
			Debug: s.opts.ScriptDebug, Terminal: s.opts.Terminal,
		},
	}
	if !s.opts.Epoch.IsZero() {
		epoch := s.opts.Epoch.Unix()
		o.Run.SourceDateEpoch = &epoch
	}
	return o
}

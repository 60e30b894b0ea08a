package compose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/filelock"
	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/rpmostree/internal/assemble"
	"github.com/nestos-dev/nestos/rpmostree/internal/scripts"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// composer is a composition with its cache. The cache has a repository of its own, in which packages are
// unpacked and the tree is assembled: of mode bare-user, so that nobody has to be root.
type composer struct {
	tf   *treefile.Treefile
	opts *Options
	dir  string // of the cache
	temp bool   // it is deleted at the end
	repo *ostree.Repo
	lock *filelock.Held
	at   *os.File // dir, open
	now  time.Time
}

// cacheRepo is the name of the repository in the cache.
const cacheRepo = "pkgcache-repo"

// errNotSupported is what errors about features that are left out say.
var errNotSupported = errors.New("not supported")

// newComposer checks the treefile and opens the cache. tf is nil for operations without one.
func newComposer(ctx context.Context, tf *treefile.Treefile, o *Options) (*composer, error) {
	c := &composer{tf: tf, opts: o, now: o.Epoch}
	if c.now.IsZero() {
		c.now = time.Now()
	}
	if c.opts.Logger == nil {
		copied := *o
		copied.Logger = slog.New(slog.DiscardHandler)
		c.opts = &copied
	}
	if tf != nil {
		if err := c.checkTreefile(); err != nil {
			return nil, err
		}
	}
	if err := c.open(ctx); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *composer) open(ctx context.Context) (err error) {
	if err := c.openCache(ctx); err != nil {
		return err
	}
	c.repo, err = openCacheRepo(filepath.Join(c.dir, cacheRepo), c.opts.Logger)
	return err
}

func (c *composer) checkTreefile() error {
	if keys := c.tf.Unsupported(); len(keys) > 0 {
		return fmt.Errorf("treefile: %s: %w", strings.Join(keys, ", "), errNotSupported)
	}
	if err := c.tf.CheckExternals(); err != nil {
		return err
	}
	for _, w := range c.tf.Warnings() {
		c.message("%s", w)
	}
	return nil
}

func (c *composer) openCache(ctx context.Context) (err error) {
	if c.opts.CacheDir == "" {
		c.temp = true
		c.dir, err = os.MkdirTemp(c.tempBase(), "rpm-ostree-compose.")
		return err
	}
	if c.dir, err = filepath.Abs(c.opts.CacheDir); err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	if c.at, err = os.Open(c.dir); err != nil {
		return err
	}
	c.lock, err = filelock.Lock(ctx, c.at, "compose.lock", func() { c.message("Waiting for %s", c.dir) })
	return err
}

// tempBase is where a cache is made that nobody keeps: not in memory, where it may be too large.
func (c *composer) tempBase() string {
	if c.opts.WorkDir != "" {
		return c.opts.WorkDir
	}
	if st, err := os.Stat("/var/tmp"); err == nil && st.IsDir() {
		return "/var/tmp"
	}
	return ""
}

func openCacheRepo(path string, log *slog.Logger) (*ostree.Repo, error) {
	opts := ostree.Options{Logger: log}
	repo, err := ostree.Open(path, &opts)
	if errors.Is(err, fs.ErrNotExist) {
		return newCacheRepo(path, opts)
	}
	if err != nil {
		return nil, fmt.Errorf("package cache: %w", err)
	}
	if repo.Mode() != ostree.ModeBareUser {
		mode := repo.Mode()
		repo.Close()
		return nil, fmt.Errorf("package cache %s is of mode %s, not bare-user", path, mode)
	}
	return repo, nil
}

// newCacheRepo makes a repository for what can be made again. That a file system is nearly full is no reason to write
// nothing there: on a large one the part that repositories keep free is a lot.
func newCacheRepo(path string, opts ostree.Options) (*ostree.Repo, error) {
	repo, err := ostree.Init(path, &ostree.InitOptions{Mode: ostree.ModeBareUser, Options: opts})
	if err != nil {
		return nil, err
	}
	config, err := repo.EditConfig()
	if err == nil {
		err = config.Set("core", "min-free-space-percent", "0")
	}
	if err == nil {
		err = repo.SetConfig(config)
	}
	if err != nil {
		return nil, errors.Join(err, repo.Close())
	}
	return repo, nil
}

func (c *composer) close() error {
	var err error
	if c.repo != nil {
		err = c.repo.Close()
	}
	if c.lock != nil {
		c.lock.Unlock()
	}
	if c.at != nil {
		c.at.Close()
	}
	if c.temp && c.dir != "" {
		err = errors.Join(err, os.RemoveAll(c.dir))
	}
	return err
}

func (c *composer) message(format string, args ...any) {
	if c.opts.Message != nil {
		c.opts.Message(fmt.Sprintf(format, args...))
	}
}

func (c *composer) task(name, text string) *progress.Task {
	return progress.Start(c.opts.Progress, progress.Event{Task: name, Text: text})
}

// useSELinux tells whether the tree gets labels.
func (c *composer) useSELinux() bool {
	return c.tf != nil && c.tf.UseSELinux() && !c.opts.DisableSELinux
}

// workdir is where trees are while programs run in them: on the file system of the repository, whose
// objects they are hard links to.
func (c *composer) workdir() string {
	return filepath.Join(c.repo.Path(), "extensions/rpmostree/private/commit")
}

func (c *composer) scriptOptions() assemble.ScriptOptions {
	o := assemble.ScriptOptions{
		Dir: c.workdir(), Output: c.opts.ScriptOutput, SkipSanityCheck: c.opts.SkipSanityCheck, Scratch: true,
		Progress: c.opts.Progress, Logger: c.opts.Logger,
		Run: scripts.RunOptions{
			Lang: c.opts.Lang, Output: c.opts.ScriptOutput, Logger: c.opts.Logger, Sysusers: scripts.SysusersByMacro,
			Debug: c.opts.ScriptDebug, Terminal: c.opts.Terminal,
		},
	}
	if c.tf != nil {
		if c.tf.ForceSysusers() {
			o.Run.Sysusers = scripts.SysusersAlways
		}
		o.Plan.NoDocs = !c.tf.WantDocumentation()
	}
	if !c.opts.Epoch.IsZero() {
		epoch := c.opts.Epoch.Unix()
		o.Run.SourceDateEpoch = &epoch
	}
	return o
}

package filestore

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/nestos-dev/nestos/internal/filelock"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

var (
	_ semaphore.Store      = (*Store)(nil)
	_ semaphore.GrantTimer = (*Store)(nil)
)

// Open opens the store in the directory path, which is made with mode 0700 if
// it is missing, and creates the groups that it does not have yet with their
// configured slots. The slots of groups that it has stay as they are; groups
// that are not configured keep their holders.
//
// The errors are a [*CorruptError], one that wraps [ErrInUse], or those of the
// file system.
func Open(path string, groups semaphore.Groups, o *Options) (*Store, error) {
	if o == nil {
		o = &Options{}
	}
	dir, free, err := take(path)
	if err != nil {
		return nil, err
	}
	dir.hook = o.Sync
	s, err := open(dir, groups, o, free, roomUsual)
	if err != nil {
		if corrupt, ok := errors.AsType[*CorruptError](err); ok {
			corrupt.Path = filepath.Join(path, stateName)
		}
		return nil, errors.Join(fmt.Errorf("opening the lock store %s: %w", path, err), free())
	}
	return s, nil
}

// take opens the directory and locks it.
func take(path string) (*osLayer, func() error, error) {
	abs, err := filepath.Abs(path)
	if err == nil {
		err = makeDir(abs)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("opening the lock store: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the lock store: %w", err)
	}
	dir, err := root.Open(".")
	if err != nil {
		return nil, nil, errors.Join(err, root.Close())
	}
	closeBoth := func() error { return errors.Join(dir.Close(), root.Close()) }
	held, ok, err := filelock.TryLock(dir, lockName)
	if err == nil && !ok {
		err = fmt.Errorf("the lock store %s is %w", path, ErrInUse)
	}
	if err != nil {
		return nil, nil, errors.Join(err, closeBoth())
	}
	free := func() error { return errors.Join(held.Unlock(), closeBoth()) }
	return &osLayer{path: abs, root: root, dir: dir}, free, nil
}

// makeDir makes the directory, an absolute path, durably, with those above it: the state file is
// of no use if the way to it is lost.
func makeDir(path string) error {
	// An earlier start may have made the innermost and crashed.
	parents := []string{filepath.Dir(path)} // of what is missing
	for at := path; ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		parents = append(parents, filepath.Dir(at))
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	for _, parent := range parents {
		if err := syncDir(parent); err != nil {
			return err
		}
	}
	return nil
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// open reads what the layer has and begins a new file, which makes durable
// whatever was read: the old one may hold changes that nobody has synced.
func open(dir layer, groups semaphore.Groups, o *Options, free func() error, room int64) (*Store, error) {
	found, err := load(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{
		logger: o.Logger, now: o.Now, groups: maps.Clone(groups), free: free,
		entries: map[string]*entry{}, durable: found.groups,
		ended: make(chan struct{}), pause: usualPause, log: &log{layer: dir, seq: found.seq, room: room},
	}
	s.wake.L = &s.mu
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if found.missing {
		s.logger.Warn("no lock store was found, beginning with empty semaphores")
	}
	if found.dropped > 0 {
		s.logger.Warn("dropped an interrupted write at the end of the lock store", "bytes", found.dropped)
	}
	if found.foreign > 0 {
		s.logger.Warn("ignored what somebody else has put behind the lock store's file", "bytes", found.foreign)
	}
	for _, name := range groups.Names() {
		if len(name) > maxName {
			return nil, fmt.Errorf("a group name of %d bytes is not supported", len(name))
		}
		if _, known := s.durable[name]; !known {
			s.durable[name] = groupState{sem: semaphore.Semaphore{TotalSlots: groups[name], Holders: []string{}}}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.durable)) {
		if _, ok := groups[name]; !ok && len(s.durable[name].sem.Holders) > 0 {
			s.logger.Warn("a group that is not configured has lock holders", "group", name, "holders", len(s.durable[name].sem.Holders))
		}
	}
	for name, g := range s.durable {
		s.entries[name] = &entry{groupState: g}
	}
	if err := s.log.begin(s.durable, 0); err != nil {
		return nil, err
	}
	go s.run()
	return s, nil
}

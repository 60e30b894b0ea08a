package rpmostree

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/filelock"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// The files below RunDir/rpm-ostree that keep those apart who change the running system. The lock decides; the record
// says who has it, and the request asks that one to give up.
const (
	transactionLock    = "transaction.lock"
	transactionRecord  = "transaction.json"
	transactionRequest = "transaction.cancel"
)

// maxRecord bounds the record, which names a command line.
const maxRecord = 1 << 20

// cancelPoll is how often whoever changes the system looks for a request to give up.
const cancelPoll = 200 * time.Millisecond

// ErrCancelled is returned by an operation that [ActiveTransaction.Cancel] ended. It is a [context.Canceled], too.
var ErrCancelled = fmt.Errorf("the transaction was cancelled: %w", context.Canceled)

// BusyError refuses to change the running system while somebody else does.
type BusyError struct {
	// Active is who; nil if that cannot be told.
	Active *ActiveTransaction
}

// Error returns the reference program's text.
func (e *BusyError) Error() string {
	title := ""
	if e.Active != nil {
		title = e.Active.Title
	}
	return fmt.Sprintf("Transaction in progress: %s\n You can cancel the current transaction with `rpm-ostree cancel`", title)
}

// ActiveTransaction says who changes the running system.
type ActiveTransaction struct {
	// ID tells transactions apart.
	ID string `json:"id"`
	// PID and UID are those of the process.
	PID int `json:"pid"`
	UID int `json:"uid"`
	// Title is what people know it by: Options.CommandLine, or the method.
	Title string `json:"title"`
	// Method is the operation, "upgrade" or "kargs".
	Method string `json:"method"`
	// Agent and Unit are those of Options.
	Agent string `json:"agent"`
	Unit  string `json:"unit"`

	dir string
}

// Initiator describes who began, as the reference program does: "client(id:cli unit:session-1.scope uid:0)".
func (a *ActiveTransaction) Initiator() string {
	var parts []string
	if a.Agent != "" {
		parts = append(parts, "id:"+a.Agent)
	}
	if a.Unit != "" {
		parts = append(parts, "unit:"+a.Unit)
	}
	return "client(" + strings.Join(append(parts, "uid:"+strconv.Itoa(a.UID)), " ") + ")"
}

// Cancel asks for the end of a transaction, and waits for it. The operation fails with [ErrCancelled], or succeeds if
// it was past the point at which it can be given up; the process goes on.
func (a *ActiveTransaction) Cancel(ctx context.Context) error {
	tick := time.NewTicker(cancelPoll / 2)
	defer tick.Stop()
	for asked := false; ; asked = true {
		now, err := activeIn(a.dir)
		if err != nil || now == nil || now.ID != a.ID {
			return err
		}
		if !asked {
			if err := atomicfile.WriteFile(filepath.Join(a.dir, transactionRequest), []byte(a.ID), 0o644, nil); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// Active returns who changes the running system whose volatile state is in runDir, /run if that is empty; nil if nobody
// does. Processes other than root's may see one that has just ended.
func Active(runDir string) (*ActiveTransaction, error) {
	if runDir == "" {
		runDir = defaultRunDir
	}
	return activeIn(filepath.Join(runDir, "rpm-ostree"))
}

func activeIn(path string) (*ActiveTransaction, error) {
	dir, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	held, free, err := filelock.TryLock(dir, transactionLock)
	switch {
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return alive(readActive(path)), nil // not root: the lock cannot be asked
	case err != nil:
		return nil, err
	case free:
		return nil, held.Unlock()
	}
	// Not only whoever changes the system holds the lock: also, for a moment, another one who asks, and the record may be
	// that of a process that was killed.
	return alive(readActive(path)), nil
}

// readActive returns what the record says; nil if there is none that can be read.
func readActive(dir string) *ActiveTransaction {
	data, err := readSmall(filepath.Join(dir, transactionRecord))
	if err != nil {
		return nil
	}
	a := &ActiveTransaction{dir: dir}
	if json.Unmarshal(data, a) != nil || a.PID <= 0 {
		return nil
	}
	return a
}

// readSmall reads a regular file. Nobody may wait for the writer of a pipe in its place.
func readSmall(name string) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return confine.ReadRegular(f, maxRecord)
}

// alive drops the trace of a process that is gone.
func alive(a *ActiveTransaction) *ActiveTransaction {
	if a == nil || errors.Is(syscall.Kill(a.PID, 0), syscall.ESRCH) {
		return nil
	}
	return a
}

// exclusion is the right to change the running system.
type exclusion struct {
	dir       string
	id        string
	lock      *filelock.Held
	cancelled chan struct{} // closed when a request comes
	end       chan struct{}
	ended     chan struct{}
}

// Begin makes the caller the only one that changes the running system, until [System.End] or [System.Close]. method
// names the operation to others. If somebody else does it is a [*BusyError]. Operations that change a running system
// do this themselves, each for its time; Begin is for those that look at the system before, or do several.
//
// On a system that does not run it does nothing: there the lock of the sysroot is what operations wait for.
func (s *System) Begin(ctx context.Context, method string) error {
	if s.exclusive != nil {
		return errors.New("a transaction has begun already")
	}
	if !s.IsBooted() {
		return nil
	}
	path := filepath.Join(s.runDir(), "rpm-ostree")
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	held, err := takeTransaction(ctx, dir, path)
	if err != nil {
		return err
	}
	x := &exclusion{
		dir: path, id: fmt.Sprintf("%d.%d", os.Getpid(), time.Now().UnixNano()), lock: held,
		cancelled: make(chan struct{}), end: make(chan struct{}), ended: make(chan struct{}),
	}
	if err := x.record(s, method); err != nil {
		return errors.Join(err, held.Unlock())
	}
	go x.watch()
	s.exclusive = x
	// Somebody else may have been at work since the system was opened.
	if _, err := s.root.LoadIfChanged(ctx); err != nil {
		return errors.Join(err, s.End())
	}
	return nil
}

// takeTransaction takes the lock. Whoever asks if somebody has it holds it for a moment; such a holder has no record.
func takeTransaction(ctx context.Context, dir *os.File, path string) (*filelock.Held, error) {
	for tries := 0; ; tries++ {
		held, free, err := filelock.TryLock(dir, transactionLock)
		if err != nil || free {
			return held, err
		}
		a := alive(readActive(path))
		if a != nil || tries == 50 {
			return nil, &BusyError{a}
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// record tells others who has the lock.
func (x *exclusion) record(s *System, method string) error {
	a := &ActiveTransaction{
		ID: x.id, PID: os.Getpid(), UID: os.Getuid(), Title: s.opts.CommandLine, Method: method, Agent: s.opts.Agent, Unit: s.opts.AgentUnit,
	}
	if a.Title == "" {
		a.Title = method
	}
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(filepath.Join(x.dir, transactionRecord), data, 0o644, nil)
}

// watch waits for a request to give up. One that a predecessor left is not for this transaction.
func (x *exclusion) watch() {
	defer close(x.ended)
	tick := time.NewTicker(cancelPoll)
	defer tick.Stop()
	for {
		select {
		case <-x.end:
			return
		case <-tick.C:
		}
		if id, err := readSmall(filepath.Join(x.dir, transactionRequest)); err == nil && string(id) == x.id {
			close(x.cancelled)
			return
		}
	}
}

// End lets others change the running system again. Without a Begin it does nothing.
func (s *System) End() error {
	x := s.exclusive
	if x == nil {
		return nil
	}
	s.exclusive = nil
	close(x.end)
	<-x.ended
	var errs []error
	for _, name := range []string{transactionRecord, transactionRequest} {
		if err := os.Remove(filepath.Join(x.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, x.lock.Unlock())...)
}

// change begins an operation that changes the system: it excludes others, and takes the lock of the sysroot. done ends
// it, and makes an error that is due to a request to give up an [ErrCancelled]. The context ends with such a request.
func (s *System) change(ctx context.Context, method string) (_ context.Context, done func(err *error), err error) {
	own := s.exclusive == nil
	if own {
		if err := s.Begin(ctx, method); err != nil {
			return nil, nil, err
		}
	}
	end := func() error {
		if own {
			return s.End()
		}
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	if x := s.exclusive; x != nil {
		finished := make(chan struct{})
		stop := cancel
		cancel = func(cause error) { close(finished); stop(cause) }
		go func() {
			select {
			case <-x.cancelled:
				stop(ErrCancelled)
			case <-finished:
			}
		}()
	}
	if err := s.lock(ctx); err != nil {
		cancel(nil)
		return nil, nil, errors.Join(asCancelled(ctx, err), end())
	}
	return ctx, func(err *error) {
		*err = asCancelled(ctx, *err)
		cancel(nil)
		s.unlock()
		*err = errors.Join(*err, end())
	}, nil
}

// asCancelled is an error as an ErrCancelled if it comes from a request. One of a change that is in force does not.
func asCancelled(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, sysroot.ErrInForce) || !errors.Is(context.Cause(ctx), ErrCancelled) || errors.Is(err, ErrCancelled) {
		return err
	}
	return fmt.Errorf("%w (%v)", ErrCancelled, err)
}

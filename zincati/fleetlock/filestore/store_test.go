package filestore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/fleetlock/filestore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore/storetest"
)

func open(t *testing.T, dir string, groups semaphore.Groups, o *filestore.Options) *filestore.Store {
	t.Helper()
	s, err := filestore.Open(dir, groups, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustLock(t *testing.T, s *filestore.Store, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if _, err := s.Lock(t.Context(), "g", id); err != nil {
			t.Fatalf("Lock(%s): %v", id, err)
		}
	}
}

func wantHolders(t *testing.T, s *filestore.Store, want ...string) {
	t.Helper()
	sem, err := s.Get(t.Context(), "g")
	if err != nil || !slices.Equal(sem.Holders, want) {
		t.Fatalf("holders %q, %v; want %q", sem.Holders, err, want)
	}
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, groups semaphore.Groups) semaphore.Store {
		s, err := filestore.Open(filepath.Join(t.TempDir(), "a", "state"), groups, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestStateOutlivesTheProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	at := time.UnixMilli(1_795_406_385_123)
	s := open(t, dir, semaphore.Groups{"g": 2, "old": 1}, &filestore.Options{Now: func() time.Time { return at }})
	mustLock(t, s, "b", "a")
	if _, err := s.Lock(t.Context(), "old", "x"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lock(t.Context(), "g", "a"); !errors.Is(err, filestore.ErrClosed) {
		t.Errorf("Lock of a closed store: %v", err)
	}
	var text bytes.Buffer
	s = open(t, dir, semaphore.Groups{"g": 7, "new": 1}, &filestore.Options{Logger: slog.New(slog.NewTextHandler(&text, nil))})
	if want := "a group that is not configured has lock holders\" group=old holders=1\n"; strings.Count(text.String(), "\n") != 1 || !strings.HasSuffix(text.String(), want) {
		t.Errorf("logged: %s", text.String())
	}
	wantHolders(t, s, "a", "b")
	if sem, _ := s.Get(t.Context(), "g"); sem.TotalSlots != 2 {
		t.Errorf("%d slots: those of the store count, not the configured ones", sem.TotalSlots)
	}
	if got := s.Granted("g")["b"]; !got.Equal(at) {
		t.Errorf("granted at %v, want %v", got, at)
	}
	if sem, err := s.Unlock(t.Context(), "old", "x"); err != nil || len(sem.Holders) != 0 {
		t.Errorf("a group that is not configured any more cannot be released: %v, %v", sem, err)
	}
	if _, err := s.Lock(t.Context(), "old", "x"); !errors.Is(err, semaphore.ErrUnknownGroup) {
		t.Errorf("a group that is not configured any more can be locked: %v", err)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, semaphore.Groups{"g": 1}, nil)
	if _, err := filestore.Open(dir, semaphore.Groups{"g": 1}, nil); !errors.Is(err, filestore.ErrInUse) {
		t.Fatalf("the second Open: %v", err)
	}
	s.Close()
	open(t, dir, semaphore.Groups{"g": 1}, nil)
}

// Acknowledgements wait for the sync; what comes meanwhile shares the next
// one; refusals wait for nothing.
func TestGroupCommit(t *testing.T) {
	var mu sync.Mutex
	syncs, hold := 0, make(chan struct{})
	armed := false
	o := &filestore.Options{Sync: func(*os.File) error {
		mu.Lock()
		syncs++
		wait := armed
		mu.Unlock()
		if wait {
			<-hold
		}
		return nil
	}}
	s := open(t, t.TempDir(), semaphore.Groups{"g": 20, "full": 0}, o)
	mu.Lock()
	armed, syncs = true, 0
	mu.Unlock()
	done := make(chan error)
	for i := range 20 {
		go func() {
			_, err := s.Lock(context.Background(), "g", fmt.Sprint(i))
			done <- err
		}()
	}
	for sem, _ := s.Get(t.Context(), "g"); len(sem.Holders) < 20; sem, _ = s.Get(t.Context(), "g") {
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-done:
		t.Fatalf("acknowledged before the sync: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if _, err := s.Lock(t.Context(), "full", "a"); !errors.Is(err, semaphore.ErrFull) {
		t.Errorf("refusal: %v", err)
	}
	// The lock of "0" is not durable yet: neither is the repeated one.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Lock(ctx, "g", "0"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a repeated lock is acknowledged before the first: %v", err)
	}
	close(hold)
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if syncs > 3 {
		t.Errorf("%d syncs for 20 locks at once", syncs)
	}
}

// A failed sync fails everybody who waits for it, grants nothing, and the file
// is not used again.
func TestFailedSync(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	broken := false
	o := &filestore.Options{Sync: func(f *os.File) error {
		mu.Lock()
		defer mu.Unlock()
		if broken {
			return syscall.EIO
		}
		return f.Sync()
	}}
	s := open(t, dir, semaphore.Groups{"g": 2}, o)
	mustLock(t, s, "a")
	before, err := os.Stat(filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	broken = true
	mu.Unlock()
	if _, err := s.Lock(t.Context(), "g", "b"); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Lock: %v", err)
	}
	if _, err := s.Unlock(t.Context(), "g", "a"); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Unlock: %v", err)
	}
	wantHolders(t, s, "a")
	if s.Health() == nil {
		t.Error("the store says that it is well")
	}
	// The unlock that failed may be on the disk: nobody can say that a holds
	// the lock.
	if _, err := s.Lock(t.Context(), "g", "a"); !errors.Is(err, syscall.EIO) {
		t.Errorf("a repeated lock in doubt: %v", err)
	}
	mu.Lock()
	broken = false
	mu.Unlock()
	for deadline := time.Now().Add(2 * time.Minute); s.Health() != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the store does not recover by itself")
		}
	}
	mustLock(t, s, "c")
	wantHolders(t, s, "a", "c")
	after, err := os.Stat(filepath.Join(dir, "state"))
	if err != nil || os.SameFile(before, after) {
		t.Errorf("the file that could not be synced is still in use (%v)", err)
	}
}

func TestFullDisk(t *testing.T) {
	dir := testutil.Tmpfs(t, "size=256k")
	s := open(t, filepath.Join(dir, "state"), semaphore.Groups{"g": 1000}, nil)
	mustLock(t, s, "first")
	filler, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer filler.Close()
	for {
		if _, err := filler.Write(make([]byte, 4096)); err != nil {
			break
		}
	}
	granted, failed := 0, ""
	long := strings.Repeat("x", 1000)
	for i := 0; failed == "" && i < 1000; i++ {
		id := fmt.Sprint(long, i)
		switch _, err := s.Lock(t.Context(), "g", id); {
		case err == nil:
			granted++
		case errors.Is(err, syscall.ENOSPC):
			failed = id
		default:
			t.Fatal(err)
		}
	}
	if failed == "" || granted == 0 {
		t.Fatalf("%d granted, then %q; the space that was reserved should serve some, the full disk should stop it", granted, failed)
	}
	sem, err := s.Get(t.Context(), "g")
	if err != nil || len(sem.Holders) != granted+1 || sem.Holds(failed) {
		t.Fatalf("%d holders after %d grants (%v)", len(sem.Holders), granted+1, err)
	}
	if _, err := s.Unlock(t.Context(), "g", "first"); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Unlock on a full disk: %v", err)
	}
	mustLock(t, s, "first") // the file is full, but good
	if err := os.Remove(filler.Name()); err != nil {
		t.Fatal(err)
	}
	filler.Close()
	time.Sleep(250 * time.Millisecond)
	mustLock(t, s, "last")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, filepath.Join(dir, "state"), semaphore.Groups{"g": 1}, nil)
	if sem, _ := s.Get(t.Context(), "g"); len(sem.Holders) != granted+2 || !sem.Holds("first") || !sem.Holds("last") {
		t.Errorf("%d holders after opening again, want %d", len(sem.Holders), granted+2)
	}
}

// crashed returns the bytes of a state file as kill -9 leaves it: three grants
// in three frames, then zeros.
func crashed(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir, semaphore.Groups{"g": 9}, nil)
	mustLock(t, s, "aaaa", "bbbb", "cccc")
	data, err := os.ReadFile(filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDamage(t *testing.T) {
	whole := crashed(t)
	a, b, c := bytes.Index(whole, []byte("aaaa")), bytes.Index(whole, []byte("bbbb")), bytes.Index(whole, []byte("cccc"))
	end := c + 4
	for name, test := range map[string]struct {
		change func(data []byte) []byte
		want   []string // nil: the store must not open
	}{
		"nothing":                  {func(d []byte) []byte { return d }, []string{"aaaa", "bbbb", "cccc"}},
		"the zeros are gone":       {func(d []byte) []byte { return d[:end+48] }, []string{"aaaa", "bbbb", "cccc"}},
		"the last frame is cut":    {func(d []byte) []byte { return d[:end-2] }, nil},
		"cut between frames":       {func(d []byte) []byte { return d[:c-32-4-(c-32-4)%8] }, nil},
		"cut just behind the last": {func(d []byte) []byte { return d[:end+8] }, nil},
		"something appended":       {func(d []byte) []byte { return append(d, "torn"...) }, []string{"aaaa", "bbbb", "cccc"}},
		"the last frame is torn":   {func(d []byte) []byte { clear(d[c : c+16]); return d }, []string{"aaaa", "bbbb"}},
		"a flip in the last":       {func(d []byte) []byte { d[c] ^= 1; return d }, nil},
		"a flip in the last magic": {func(d []byte) []byte { d[c-36] ^= 1; return d }, nil},
		"noise after the last":     {func(d []byte) []byte { d[end+10] = 1; return d }, nil},
		"the last header is lost":  {func(d []byte) []byte { clear(d[c-38 : c]); return d }, []string{"aaaa", "bbbb"}},
		"a flip in the first":      {func(d []byte) []byte { d[a] ^= 1; return d }, nil},
		"a flip in the second":     {func(d []byte) []byte { d[b] ^= 1; return d }, nil},
		"the second is zeros":      {func(d []byte) []byte { clear(d[b-16 : b+4]); return d }, nil},
		"a flip in the snapshot":   {func(d []byte) []byte { d[50] ^= 1; return d }, nil},
		"a flip in the salt":       {func(d []byte) []byte { d[18] ^= 1; return d }, nil},
		"a flip in the first line": {func(d []byte) []byte { d[2] ^= 1; return d }, nil},
		"a flip far away":          {func(d []byte) []byte { d[len(d)/2] ^= 1; return d }, nil},
		"empty":                    {func([]byte) []byte { return nil }, nil},
		"zeros":                    {func(d []byte) []byte { clear(d); return d }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "state")
			data := test.change(bytes.Clone(whole))
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			var warned bytes.Buffer
			s, err := filestore.Open(dir, semaphore.Groups{"g": 1}, &filestore.Options{Logger: slog.New(slog.NewTextHandler(&warned, nil))})
			if test.want != nil {
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				wantHolders(t, s, test.want...)
				if dropped := len(test.want) < 3; dropped != strings.Contains(warned.String(), "interrupted write") {
					t.Errorf("the log says %q", warned.String())
				}
				return
			}
			corrupt, ok := errors.AsType[*filestore.CorruptError](err)
			if !ok || corrupt.Path != path || !strings.Contains(err.Error(), "move it away") {
				t.Fatalf("Open: %v", err)
			}
			if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, data) {
				t.Errorf("the damaged file was touched (%v)", err)
			}
		})
	}
}

// A bit that flipped anywhere is not taken for a write that did not get to its
// end, not even in the frame that was written last.
func TestFlips(t *testing.T) {
	whole := crashed(t)
	end := bytes.Index(whole, []byte("cccc")) + 4
	dir := t.TempDir()
	for i := range end {
		for _, flip := range []byte{1, 0x80, whole[i]} {
			if flip == 0 || flip == whole[i] && i >= end-4 { // zeros at the end are what a torn write leaves
				continue
			}
			data := bytes.Clone(whole)
			data[i] ^= flip
			if err := os.WriteFile(filepath.Join(dir, "state"), data, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := filestore.Open(dir, semaphore.Groups{"g": 1}, nil)
			if _, ok := errors.AsType[*filestore.CorruptError](err); !ok {
				t.Errorf("byte %d of %d, flipped by %#x: %v", i, end, flip, err)
				if s != nil {
					s.Close()
				}
			}
		}
	}
}

// A grant in a file that the next start will not find is none.
func TestStateTakenAway(t *testing.T) {
	for name, away := range map[string]func(t *testing.T, dir string) (back func() error){
		"removed": func(t *testing.T, dir string) func() error {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			return nil
		},
		"moved": func(t *testing.T, dir string) func() error {
			if err := os.Rename(dir, dir+".bak"); err != nil {
				t.Fatal(err)
			}
			return func() error { return os.Rename(dir+".bak", dir) }
		},
		"replaced": func(t *testing.T, dir string) func() error {
			if err := errors.Join(os.Rename(dir, dir+".bak"), os.Mkdir(dir, 0o700), os.WriteFile(dir+"/state", nil, 0o600)); err != nil {
				t.Fatal(err)
			}
			return func() error { return errors.Join(os.RemoveAll(dir), os.Rename(dir+".bak", dir)) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state")
			s := open(t, dir, semaphore.Groups{"g": 5}, nil)
			mustLock(t, s, "a")
			back := away(t, dir)
			if _, err := s.Lock(t.Context(), "g", "b"); err == nil || !strings.Contains(err.Error(), dir) && name != "removed" {
				t.Fatalf("a lock was granted, or refused without saying why: %v", err)
			}
			if _, err := s.Unlock(t.Context(), "g", "a"); err == nil {
				t.Fatal("a lock was released")
			}
			wantHolders(t, s, "a")
			if back == nil {
				return
			}
			if err := back(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(300 * time.Millisecond) // the pause after a failure
			mustLock(t, s, "b")
			s.Close()
			wantHolders(t, open(t, dir, semaphore.Groups{"g": 5}, nil), "a", "b")
		})
	}
	t.Run("file removed", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "state")
		s := open(t, dir, semaphore.Groups{"g": 5}, nil)
		mustLock(t, s, "a")
		if err := os.Remove(dir + "/state"); err != nil {
			t.Fatal(err)
		}
		mustLock(t, s, "b") // in a new file
		data, err := os.ReadFile(dir + "/state")
		if err != nil || len(data) == 0 {
			t.Fatal(err)
		}
		s.Close()
		wantHolders(t, open(t, dir, semaphore.Groups{"g": 5}, nil), "a", "b")
	})
}

func TestSealedFileMustBeWhole(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, semaphore.Groups{"g": 9}, nil)
	mustLock(t, s, "aaaa", "bbbb")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "state")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	opens := func(data []byte) bool {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := filestore.Open(dir, semaphore.Groups{"g": 9}, nil)
		if err != nil {
			return false
		}
		defer s.Close()
		wantHolders(t, s, "aaaa", "bbbb")
		return true
	}
	for i := range whole {
		data := bytes.Clone(whole)
		data[i] ^= 0x10
		if opens(data) {
			t.Errorf("a flip at %d was not noticed", i)
		}
		if opens(whole[:i]) {
			t.Errorf("a cut at %d was not noticed", i)
		}
	}
	if !opens(append(whole, "appended"...)) {
		t.Error("what was appended makes the state unreadable")
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "locks")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	store, err := filestore.Open(filepath.Join(dir, "state"), semaphore.Groups{"default": 1}, nil)
	if err != nil {
		panic(err)
	}
	defer store.Close()
	_, err = store.Lock(context.Background(), "default", "node-1")
	fmt.Println(err)
	_, err = store.Lock(context.Background(), "default", "node-2")
	fmt.Println(err)
	// Output:
	// <nil>
	// all 1 semaphore slots currently locked
}

func BenchmarkLockUnlock(b *testing.B) {
	s, err := filestore.Open(filepath.Join(b.TempDir(), "state"), semaphore.Groups{"g": 1000}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.SetParallelism(16)
	var mu sync.Mutex
	n := 0
	b.RunParallel(func(pb *testing.PB) {
		mu.Lock()
		n++
		id := fmt.Sprint(n)
		mu.Unlock()
		for pb.Next() {
			if _, err := s.Lock(context.Background(), "g", id); err != nil {
				b.Error(err)
			}
			if _, err := s.Unlock(context.Background(), "g", id); err != nil {
				b.Error(err)
			}
		}
	})
}

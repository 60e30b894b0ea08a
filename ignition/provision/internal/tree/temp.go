//go:build unix

package tree

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

// TempPrefix begins the name of every file that is not in its place yet.
const TempPrefix = ".tmp-ignition."

// tempDigits is how many hexadecimal digits follow the prefix.
const tempDigits = 16

// TempName returns a random name for a file that is not in its place yet.
func TempName() string { return tempName(rand.Uint64()) }

func tempName(n uint64) string { return fmt.Sprintf("%s%0*x", TempPrefix, tempDigits, n) }

// tempNumber is the inverse of tempName, for names of exactly its form.
func tempNumber(name string) (uint64, bool) {
	digits, ok := strings.CutPrefix(name, TempPrefix)
	if !ok || len(digits) != tempDigits {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	return n, err == nil && tempName(n) == name
}

// Protect keeps what has the last component of a path as its name, wherever it is:
// [Options.RemoveStale] does not take it for the temporary file of another run.
func (t *Tree) Protect(name string) {
	if base := path.Base(name); strings.HasPrefix(base, TempPrefix) {
		t.protected[base] = true
	}
}

// stale reports whether a name has the form of a temporary file, is none of this run
// and not protected.
func (t *Tree) stale(name string) bool {
	n, ok := tempNumber(name)
	return ok && !t.protected[name] && n-t.firstTemp >= t.temps
}

// removeStale removes the temporary files of a run that was killed. Their modes may
// be any already.
func (t *Tree) removeStale(d *Dir, name string) error {
	r, err := confine.FromFile(d.f)
	if err != nil {
		return t.outside(err)
	}
	defer r.Close()
	names, err := r.Dir().Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, n := range names {
		if !t.stale(n) {
			continue
		}
		st, err := d.stat(n)
		if err != nil || !st.Regular() && !st.Symlink() || st.UID != os.Geteuid() {
			continue
		}
		if err := unix.Unlinkat(d.fd(), n, 0); err != nil && !errors.Is(err, unix.ENOENT) {
			return t.pathError("unlink", path.Join(name, n), err)
		}
	}
	return nil
}

// withTemp calls create with temporary names until one is free.
func (t *Tree) withTemp(create func(name string) error) (string, error) {
	for range 100 {
		name := tempName(t.firstTemp + t.temps)
		t.temps++
		err := create(name)
		if !errors.Is(err, unix.EEXIST) && !errors.Is(err, unix.EINTR) {
			return name, err
		}
	}
	return "", unix.EEXIST
}

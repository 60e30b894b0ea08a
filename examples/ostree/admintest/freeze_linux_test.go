package admintest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestKillFreezer kills whichever process of the program is about to make its n-th ioctl, helpers included, so
// that each of them dies between freezing and thawing /boot once. The file system must not stay frozen.
func TestKillFreezer(t *testing.T) {
	strace := testutil.Tool(t, "strace")
	l := newLab(t, killCases[0])
	killed := 0
	for n := 1; n <= 8; n++ {
		func() {
			unmount := l.copy()
			defer unmount()
			args := append([]string{"-f", "-qq", "-o", "/dev/null", "-e", "trace=ioctl", "-e", fmt.Sprintf("inject=ioctl:signal=KILL:when=%d", n), l.p.path, "admin"}, l.expand(l.c.command)...)
			r := testutil.Run(t, &testutil.RunOptions{Env: l.env, Dir: l.dir}, strace, args...)
			if r.Exit != 0 {
				killed++
			}
			if !writable(l.root) {
				t.Errorf("frozen after a kill at ioctl %d", n)
				_, err := thaw(l.root)
				require.NoError(t, err)
			}
		}()
	}
	require.Positive(t, killed)
}

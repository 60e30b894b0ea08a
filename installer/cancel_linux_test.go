package installer_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer"
	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestCancelLate: who interrupts an installation that has read all of its image does not get
// a disk that boots.
func TestCancelLate(t *testing.T) {
	testutil.Root(t)
	w := newWorld(t, 512)
	d := newDevice(t, 512, diskSize)
	for name, platform := range map[string]string{"plain": "", "boot file system": "qemu"} {
		t.Run(name, func(t *testing.T) {
			w.notes.Reset()
			stop := errors.New("stop")
			ctx, cancel := context.WithCancelCause(t.Context())
			_, err := installer.Install(ctx, &installer.Options{
				Common: installer.Common{
					Message: func(s string) { w.notes.WriteString(s + "\n") },
					Progress: progress.Func(func(e progress.Event) {
						if e.State.Final() {
							cancel(stop)
						}
					}),
				},
				Config: config.Config{DestDevice: d.path, ImageFile: w.image.Path, Insecure: true, Platform: platform},
				Root:   w.path("root"),
			})
			require.ErrorIs(t, err, stop, w.notes.String())
			var failed *installer.FailedError
			require.ErrorAs(t, err, &failed)
			require.NotContains(t, w.notes.String(), "Install complete.")
			d.requireDead(map[int]string{})
		})
	}
}

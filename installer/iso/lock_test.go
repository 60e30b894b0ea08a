package iso_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/iso"
	"github.com/nestos-dev/nestos/installer/kargs"
)

// TestConcurrentChanges: no change in place is lost.
func TestConcurrentChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "live.iso")
	require.NoError(t, os.WriteFile(path, fixture(t, "2023-07.x86_64"), 0o600))
	var group sync.WaitGroup
	for n := range 12 {
		group.Go(func() {
			img, err := iso.Open(path, nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer img.Close()
			if err := img.ModifyKargs(&kargs.Edit{Append: []string{fmt.Sprintf("change=%d", n)}}); err != nil {
				t.Error(err)
			}
			if err := img.Save(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	img, err := iso.Open(path, &iso.Options{ReadOnly: true})
	require.NoError(t, err)
	defer img.Close()
	text, err := img.Kargs()
	require.NoError(t, err)
	require.Equal(t, 12, strings.Count(text, "change="))
}

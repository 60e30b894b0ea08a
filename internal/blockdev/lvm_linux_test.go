package blockdev_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestLVMAndOthersLikeBlkid makes a physical volume on what others left behind, and the other way round: whether
// the label counts depends on what else is at the beginning of the device.
func TestLVMAndOthersLikeBlkid(t *testing.T) {
	testutil.Tool(t, "blkid")
	byName := map[string]maker{}
	for _, m := range makers {
		byName[m.name] = m
	}
	img := filepath.Join(t.TempDir(), "img")
	for _, m := range makers {
		for _, pair := range [][2]maker{{byName["lvm"], m}, {m, byName["lvm"]}} {
			os.Remove(img)
			if !makeImage(t, pair[0], img) || !makeImage(t, pair[1], img) {
				continue
			}
			if want, got := blkid(t, img), describe(t, img); got != want {
				t.Errorf("%s over %s:\n got %s\nwant %s", pair[1].name, pair[0].name, got, want)
			}
		}
	}
}

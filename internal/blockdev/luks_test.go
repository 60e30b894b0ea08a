package blockdev_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func luksImage(t *testing.T, args ...string) (*blockdev.Device, string) {
	t.Helper()
	testutil.Root(t) // cryptsetup locks headers in a folder of root's
	path, key := filepath.Join(t.TempDir(), "img"), filepath.Join(t.TempDir(), "key")
	if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 32<<20), os.WriteFile(key, []byte("k"), 0o600)); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"-q", "luksFormat", "--pbkdf-force-iterations", "1000", "--key-file", key}, append(args, path)...)
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "cryptsetup"), args...)
	d, err := blockdev.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, path
}

const luksUUID = "11111111-2222-4333-8444-555555555555"

func TestReadLUKS(t *testing.T) {
	show := func(d *blockdev.Device) string {
		h, err := d.LUKSAt(0, d.Size)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(h.Version, " ", h.UUID, " ", h.Label, " ", h.Flags)
	}
	d, _ := luksImage(t, "--type", "luks1", "--uuid", luksUUID)
	if got := show(d); got != "1 "+luksUUID+"  []" {
		t.Errorf("%s", got)
	}
	d, path := luksImage(t, "--type", "luks2", "--pbkdf", "pbkdf2", "--uuid", luksUUID, "--label", "l b")
	want := "2 " + luksUUID + " l b []"
	if got := show(d); got != want {
		t.Errorf("%s", got)
	}
	put(t, path, 4096, []byte("{damaged")) // the other header counts
	if got := show(d); got != want {
		t.Errorf("%s", got)
	}
	put(t, path, 0x4000+4096, []byte("{damaged"))
	if got := show(d); got != blockdev.ErrNoLUKS.Error() {
		t.Errorf("%s", got)
	}
	if _, err := d.LUKSAt(1<<20, d.Size); err == nil {
		t.Error("a piece beyond the end was read")
	}
}

func TestOpenRefusesWhatIsNoDevice(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fifo, "/dev/null", t.TempDir()} {
		if _, err := blockdev.Open(path); !errors.Is(err, blockdev.ErrNotDevice) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func FuzzReadLUKS(f *testing.F) {
	f.Add([]byte("LUKS\xba\xbe\x00\x01"), []byte("{}"), int64(0))
	f.Add([]byte("LUKS\xba\xbe\x00\x02\x00\x00\x00\x00\x00\x00\x40\x00"), []byte(`{"config":{"flags":["allow-discards"]}}`), int64(0))
	f.Add([]byte("SKUL\xba\xbe\x00\x02\x00\x00\x00\x00\x00\x00\x40\x00"), []byte("{"), int64(0x4000))
	f.Fuzz(func(t *testing.T, head, text []byte, at int64) {
		if len(head) > 4096 || len(text) > 1<<16 || at < 0 || at > 0x400000 {
			return
		}
		b := append(append(head[:len(head):len(head)], make([]byte, 4096-len(head))...), text...)
		h, err := blockdev.ReadLUKS(sparse{head: b, at: at}, sparseSize)
		if (h == nil) == (err == nil) || h != nil && h.Version != 1 && h.Version != 2 {
			t.Errorf("%v, %v", h, err)
		}
	})
}

package blockdev_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/testutil"
)

const (
	typeLinux = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
	typeEFI   = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
)

func gptImage(t *testing.T, args ...string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	f.Truncate(64 * mib)
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "sgdisk"), append(args, path)...)
	return f
}

func TestReadGPT(t *testing.T) {
	f := gptImage(t, "--new=1:2048:+4096", "--typecode=1:"+typeEFI, "--change-name=1:EFI-SYSTEM ü",
		"--partition-guid=1:11111111-2222-4333-8444-555555555555", "--new=9:0:+0", "--change-name=9:root")
	check := func(backup bool) {
		t.Helper()
		g, err := blockdev.ReadGPT(f, 64*mib, 512)
		if err != nil {
			t.Fatal(err)
		}
		if g.Backup != backup || len(g.Partitions) != 2 || g.Slots != 128 || g.First != 34 || g.Last != 131038 {
			t.Fatalf("%+v", g)
		}
		p := g.Partitions[0]
		want := blockdev.Partition{Number: 1, Type: typeEFI, GUID: "11111111-2222-4333-8444-555555555555", Name: "EFI-SYSTEM ü", Start: 2048, Size: 4096}
		if p != want {
			t.Errorf("%+v", p)
		}
		if q, ok := g.Partition(9); !ok || q.Start != 6144 || q.Start+q.Size-1 != 131038 || q.Name != "root" || q.Type != typeLinux {
			t.Errorf("%+v", q)
		}
	}
	check(false)
	f.WriteAt([]byte{1}, 512+60) // the header's checksum is wrong now
	check(true)
	f.WriteAt([]byte{1}, 64*mib-512+60)
	if _, err := blockdev.ReadGPT(f, 64*mib, 512); !errors.Is(err, blockdev.ErrBroken) {
		t.Errorf("both damaged: %v", err)
	}
	f.WriteAt(make([]byte, 512), 0)
	if _, err := blockdev.ReadGPT(f, 64*mib, 512); !errors.Is(err, blockdev.ErrNoTable) {
		t.Errorf("no MBR: %v", err)
	}
}

func TestReadGPTOfLargeSectors(t *testing.T) {
	b := table(nil, 4096)
	g, err := blockdev.ReadGPT(sparse{head: b}, sparseSize, 4096)
	if err != nil || g.First != 6 || len(g.Partitions) != 0 {
		t.Errorf("%+v, %v", g, err)
	}
	if _, err := blockdev.ReadGPT(sparse{head: b}, sparseSize, 512); !errors.Is(err, blockdev.ErrBroken) {
		t.Errorf("with the wrong size of sectors: %v", err)
	}
}

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestErrorsOfReadingAreReported(t *testing.T) {
	if _, err := blockdev.Probe(broken{}, 64*mib, 512); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Probe: %v", err)
	}
	if _, err := blockdev.ReadGPT(broken{}, 64*mib, 512); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("ReadGPT: %v", err)
	}
}

func TestProbeOfEmptyAndTinyDevices(t *testing.T) {
	for _, size := range []int64{0, 1, 511, 512, 1024, 1025, 4096, 65536, 1 << 20} {
		res, err := blockdev.Probe(strings.NewReader(strings.Repeat("\x00", int(size))), size, 512)
		if err != nil || res.Type != "" || res.Table != "" || res.Ambivalent {
			t.Errorf("%d: %+v, %v", size, res, err)
		}
	}
}

func TestImageOfLargeSectors(t *testing.T) {
	for _, sector := range []int{512, 4096} {
		path := filepath.Join(t.TempDir(), "image")
		if err := os.WriteFile(path, table(nil, sector), 0o600); err != nil {
			t.Fatal(err)
		}
		os.Truncate(path, sparseSize)
		d, err := blockdev.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.GPT(); err != nil || d.SectorSize != sector || d.Size != sparseSize {
			t.Errorf("%+v, %v", d, err)
		}
		d.Close()
	}
	if _, err := blockdev.Open(t.TempDir()); err == nil {
		t.Error("a folder is no device")
	}
	if _, err := blockdev.Open("/dev/null"); err == nil {
		t.Error("/dev/null is no block device")
	}
}

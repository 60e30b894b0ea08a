package boottest_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

var accel = flag.String("accel", "tcg", "QEMU's accelerator")

func TestMain(m *testing.M) { os.Exit(testutil.MainInMemory(m)) }

// programs are what the test and its guest run.
type programs struct {
	installer, ignition, init, guest string // of this module
	kernel, modules                  string // Debian's kernel for virtual machines, and the folder of its modules
}

func newPrograms(t *testing.T, dir string) *programs {
	t.Helper()
	p := &programs{
		installer: filepath.Join(dir, "nestos-installer"), ignition: filepath.Join(dir, "ignition"),
		init: filepath.Join(dir, "init"), guest: filepath.Join(dir, "guest"),
	}
	kernel := testutil.GuestKernel(t)
	p.kernel, p.modules = kernel.Image, kernel.Modules
	needGRUB(t)

	testutil.Tool(t, "go")
	require.NoError(t, testutil.GoBuild(t.Context(), "-o", dir+"/", "..", "../../ignition", "../../../internal/boottest/init", "./guest"))
	return p
}

// compressed is data in a form that kernels take for an initramfs.
func compressed(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	require.NoError(t, err)
	_, err = w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

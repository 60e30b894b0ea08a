package boottest_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	kernels, err := filepath.Glob("/boot/vmlinuz-*-cloud-amd64")
	if err != nil || len(kernels) == 0 {
		testutil.Missing(t, "needs the package linux-image-cloud-amd64")
	}
	p.kernel = kernels[len(kernels)-1]
	p.modules = "/lib/modules/" + strings.TrimPrefix(p.kernel, "/boot/vmlinuz-")
	needGRUB(t)

	cmd := exec.CommandContext(t.Context(), testutil.Tool(t, "go"), "build", "-trimpath", "-ldflags", "-s -w", "-o", dir+"/",
		"..", "../../ignition", "../../../internal/boottest/init", "./guest")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
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

package platform_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/platform"
)

const fwCfg = "sys/firmware/qemu_fw_cfg/by_name/opt/com.coreos/config/"

func TestQEMUFirmware(t *testing.T) {
	m := newMachine(t)
	m.seams(platform.Seams{Arch: "amd64"})
	m.programs["modprobe"] = succeed
	require.Empty(t, m.config("qemu"))
	require.Equal(t, []string{"modprobe qemu_fw_cfg"}, m.commands())
	require.Contains(t, m.log(), "INFO QEMU firmware config was not found. Ignoring...")
	require.Contains(t, m.log(), "INFO op(1): [started]  loading QEMU firmware config module")

	m.file(fwCfg+"size", "32\n")
	_, err := m.fetch("qemu")
	require.ErrorIs(t, err, fs.ErrNotExist)
	m.file(fwCfg+"raw", config)
	require.Equal(t, config, m.config("qemu"))
	require.Len(t, m.commands(), 1, "the module is there")

	for size, want := range map[string]string{
		"31": "missing EOF", "33": "unexpected EOF", "67108865": "config is too large",
		"x": `strconv.Atoi: parsing "x": invalid syntax`,
	} {
		m.file(fwCfg+"size", size)
		_, err := m.fetch("qemu")
		require.EqualError(t, err, want)
	}
	m.file(fwCfg+"size", "0")
	m.file(fwCfg+"raw", "")
	require.Empty(t, m.config("qemu"))
}

func TestQEMUModuleIsMissing(t *testing.T) {
	m := newMachine(t)
	m.seams(platform.Seams{Arch: "arm64"})
	_, err := m.fetch("qemu")
	require.ErrorContains(t, err, `modprobe: not found: Cmd: "modprobe" "qemu_fw_cfg" Stdout: "" Stderr: "no such program"`)
}

func TestQEMUDisk(t *testing.T) {
	const disk = "dev/disk/by-id/virtio-ignition"
	for _, arch := range []string{"s390x", "ppc64le"} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t)
			m.seams(platform.Seams{Arch: arch})
			m.programs["modprobe"] = succeed
			start := time.Now()
			time.AfterFunc(12*time.Second, func() { m.file(disk, config+strings.Repeat("\x00", 5000)) })
			require.Equal(t, config, m.config("qemu"))
			require.Equal(t, 15*time.Second, time.Since(start))
			require.Equal(t, []string{"modprobe virtio_blk"}, m.commands())
			require.Contains(t, m.log(), `DEBUG block device ("/dev/disk/by-id/virtio-ignition") not found. Waiting...`)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.seams(platform.Seams{Arch: "s390x"})
		m.file("sys/bus/virtio/drivers/virtio_blk/bind", "")
		start := time.Now()
		_, err := m.fetch("qemu")
		require.EqualError(t, err, `timed out after 5m0s waiting for block device "/dev/disk/by-id/virtio-ignition" to appear`)
		require.Equal(t, 5*time.Minute, time.Since(start))
		require.Empty(t, m.commands())

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = platform.Fetch(ctx, "qemu", m.opt)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestReadPadded(t *testing.T) {
	for name, s := range map[string]string{
		"nothing": "", "zeros": strings.Repeat("\x00", 3<<20), "no padding": "abc", "inside": "a\x00\x00b",
		"across reads": "a" + strings.Repeat("\x00", 2<<20) + "b" + strings.Repeat("\x00", 2<<20),
		"leading":      "\x00a",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := platform.ReadPadded(t.Context(), strings.NewReader(s))
			require.NoError(t, err)
			require.True(t, bytes.Equal(bytes.TrimRight([]byte(s), "\x00"), got))
		})
	}
	_, err := platform.ReadPadded(t.Context(), io.MultiReader(strings.NewReader("a"), iotest.ErrReader(io.ErrNoProgress)))
	require.ErrorIs(t, err, io.ErrNoProgress)
	_, err = platform.ReadPadded(t.Context(), io.LimitReader(endless{}, platform.MaxConfigSize+1))
	require.ErrorIs(t, err, platform.ErrTooLarge)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = platform.ReadPadded(ctx, endless{})
	require.ErrorIs(t, err, context.Canceled)
}

// endless has no end and no NUL.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for n := range p {
		p[n] = 'x'
	}
	return len(p), nil
}

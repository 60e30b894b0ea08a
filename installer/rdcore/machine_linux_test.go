package rdcore

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// machine is a made-up one: folders in place of /sys, /proc and /dev, files in place of devices.
type machine struct {
	t      *testing.T
	dir    string
	minor  int
	mounts strings.Builder
	number map[string]string // of devices
	calls  []string
}

func newMachine(t *testing.T) *machine {
	m := &machine{t: t, dir: t.TempDir(), number: make(map[string]string)}
	for _, d := range []string{"sys/class/block", "sys/dev/block", "proc/self", "dev/mapper", "run", "mnt"} {
		require.NoError(t, os.MkdirAll(filepath.Join(m.dir, d), 0o755))
	}
	return m
}

// system runs no programs; that for mount options prints what is given here.
func (m *machine) system(rootflags string) *System {
	return &System{
		Root: m.dir, TempDir: m.t.TempDir(),
		Command: func(_ context.Context, name string, args ...string) ([]byte, error) {
			m.calls = append(m.calls, strings.Join(append([]string{name}, args...), " "))
			if name == "mdadm" {
				return []byte("MD_LEVEL=raid1\nMD_UUID=11111111:22222222:33333333:44444444\n"), nil
			}
			return []byte(rootflags), nil
		},
	}
}

func (m *machine) write(name, content string) {
	path := filepath.Join(m.dir, name)
	require.NoError(m.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(m.t, os.WriteFile(path, []byte(content), 0o644))
}

// device adds a device with its attributes ("dm/name=root"), the devices that it is made of, and
// its content. A name such as vda/vda3 is a partition.
func (m *machine) device(name string, content []byte, slaves []string, attributes ...string) {
	m.minor++
	disk, part, isPart := strings.Cut(name, "/")
	real := "sys/devices/" + disk
	if isPart {
		real, name = "sys/devices/"+disk+"/"+part, part
	}
	m.number[name] = fmt.Sprintf("8:%d", m.minor)
	m.write(real+"/dev", m.number[name]+"\n")
	for _, a := range attributes {
		k, v, _ := strings.Cut(a, "=")
		m.write(real+"/"+k, v+"\n")
	}
	if !isPart {
		require.NoError(m.t, os.MkdirAll(filepath.Join(m.dir, real, "slaves"), 0o755))
	}
	for _, s := range slaves {
		target, err := filepath.EvalSymlinks(filepath.Join(m.dir, "sys/class/block", s))
		require.NoError(m.t, err)
		require.NoError(m.t, os.Symlink(target, filepath.Join(m.dir, real, "slaves", s)))
		require.NoError(m.t, os.MkdirAll(filepath.Join(target, "holders"), 0o755))
		require.NoError(m.t, os.Symlink(filepath.Join(m.dir, real), filepath.Join(target, "holders", name)))
	}
	require.NoError(m.t, os.Symlink(filepath.Join(m.dir, real), filepath.Join(m.dir, "sys/class/block", name)))
	require.NoError(m.t, os.Symlink(filepath.Join(m.dir, real), filepath.Join(m.dir, "sys/dev/block", m.number[name])))
	m.write("dev/"+name, string(content))
}

// mount adds a line to the mount table.
func (m *machine) mount(number, source, target, fstype string) {
	escaped := strings.NewReplacer(" ", `\040`, `\`, `\134`).Replace(target)
	fmt.Fprintf(&m.mounts, "30 20 %s / %s rw,relatime shared:1 - %s %s rw\n", number, escaped, fstype, source)
	m.write("proc/self/mountinfo", m.mounts.String())
}

// mountRoot mounts a device at root/sysroot and returns root, which is another mount.
func (m *machine) mountRoot(name string) string {
	root := filepath.Join(m.dir, "mnt/root")
	require.NoError(m.t, os.MkdirAll(filepath.Join(root, "sysroot"), 0o755))
	m.mount("0:33", "overlay", root, "overlay")
	m.mount(m.number[name], "/dev/"+name, root+"/sysroot", "ext4")
	return root
}

// Contents of devices, 2 MiB each: smaller ones are taken for floppies.

const someSize = 2 << 20

func ext4(uuid string) []byte {
	b := make([]byte, someSize)
	binary.LittleEndian.PutUint32(b[1024+24:], 0) // blocks of 1024 bytes
	binary.LittleEndian.PutUint16(b[1024+56:], 0xef53)
	binary.LittleEndian.PutUint32(b[1024+76:], 1)
	binary.LittleEndian.PutUint32(b[1024+92:], 0x4)  // has a journal
	binary.LittleEndian.PutUint32(b[1024+96:], 0x40) // extents
	copy(b[1024+104:], rawUUID(uuid))
	return b
}

func luks1(uuid string) []byte {
	b := make([]byte, someSize)
	copy(b, "LUKS\xba\xbe\x00\x01")
	copy(b[168:], uuid)
	return b
}

func raid12(uuid string) []byte {
	b := make([]byte, someSize)
	binary.LittleEndian.PutUint32(b[4096:], 0xa92b4efc)
	binary.LittleEndian.PutUint32(b[4096+4:], 1)
	copy(b[4096+16:], rawUUID(uuid))
	binary.LittleEndian.PutUint64(b[4096+144:], 8)
	return b
}

// raid090 has the UUID as four numbers in the machine's order.
func raid090(words ...uint32) []byte {
	b := make([]byte, someSize)
	sb := b[someSize-65536:]
	for i, v := range []uint32{0xa92b4efc, 0, 90, 0, 0, words[0], 0, 1, 65536, 2, 2, 0, 0, words[1], words[2], words[3]} {
		binary.LittleEndian.PutUint32(sb[4*i:], v)
	}
	return b
}

func rawUUID(uuid string) []byte {
	var out []byte
	_, err := fmt.Sscanf(strings.ReplaceAll(uuid, "-", ""), "%x", &out)
	if err != nil {
		panic(err)
	}
	return out
}

const (
	fsUUID   = "44444444-2222-3333-4444-555555555555"
	luksUUID = "33333333-2222-3333-4444-555555555555"
	mdUUID   = "b8432151-fd82-f4bf-1069-407555f2cd00"
)

package admintest_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/powercut"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// disk is a file system of a power cut test.
type disk struct {
	fstype, target string // where it is mounted below the root
}

// options allow copies of a file system that is still in use somewhere.
func (d disk) options() string {
	if d.fstype == "xfs" {
		return "nouuid"
	}
	return ""
}

var fsSizes = map[string]int64{"ext4": 64 << 20, "xfs": 300 << 20}

// cutCase is a machine whose power fails during an operation.
type cutCase struct {
	name  string
	disks []disk // the root first; the last one has /boot
}

var cutCases = []cutCase{
	{"ext4", []disk{{"ext4", ""}}},
	{"xfs", []disk{{"xfs", ""}}},
	{"ext4-boot", []disk{{"ext4", ""}, {"ext4", "/boot"}}},
	{"xfs-boot", []disk{{"xfs", ""}, {"xfs", "/boot"}}},
}

// cutOperations are the lines that the power cut interrupts, after the prologue. All of them run with
// NESTOS_POWERCUT_ALL, else the first.
var cutOperations = []struct {
	name    string
	prepare []string
	command string
}{
	{"upgrade-kernel", []string{ref("C1"), "ostree admin deploy --os=demo origin:demo/x86_64", ref("C3")}, "ostree admin upgrade --os=demo --deploy-only"},
	{"redeploy", []string{"ostree admin deploy --os=demo $C1"}, "ostree admin deploy --os=demo $C1"},
	{"undeploy", []string{"ostree admin deploy --os=demo $C3"}, "ostree admin undeploy 0"},
	{"set-kargs", []string{"ostree admin deploy --os=demo $C3"}, "ostree admin instutil set-kargs --merge --append=new=1"},
}

// machine is a set of disks in a directory.
type machine struct {
	t     *testing.T
	disks []disk
	dir   string
	root  string
	env   []string
}

func newMachine(t *testing.T, disks []disk) *machine {
	t.Helper()
	testutil.Loop(t)
	src, p := sourceRepo(t), ours(t)
	m := &machine{t: t, disks: disks, dir: testutil.Tmpfs(t, "mode=0755")}
	m.root = m.dir + "/M"
	m.env = append([]string{"PATH=" + p.bin + ":" + os.Getenv("PATH"), "OSTREE_SYSROOT=" + m.root, "M=" + m.root, "SRC=" + src.path, "TESTDATA=" + testdata(t)}, src.vars...)
	for _, d := range []string{m.root, m.dir + "/fuse", m.dir + "/check"} {
		require.NoError(t, os.Mkdir(d, 0o755))
	}
	for i, d := range disks {
		require.NoError(t, os.WriteFile(m.image(i), nil, 0o600))
		require.NoError(t, os.Truncate(m.image(i), fsSizes[d.fstype]))
		args := []string{"-q", "-F"}
		if d.fstype == "xfs" {
			args = []string{"-q", "-f"}
		}
		testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "mkfs."+d.fstype), append(args, m.image(i))...)
	}
	return m
}

func (m *machine) image(i int) string { return fmt.Sprintf("%s/disk%d.img", m.dir, i) }

// mountAll mounts images, named by a function, at a directory. What it returns undoes it.
func (m *machine) mountAll(at string, image func(i int) string) (func() error, error) {
	var undo []func() error
	stop := func() error {
		var first error
		for _, f := range slices.Backward(undo) {
			if err := f(); err != nil && first == nil {
				first = err
			}
		}
		return first
	}
	for i, d := range m.disks {
		if err := os.MkdirAll(at+d.target, 0o755); err != nil {
			return stop, err
		}
		f, err := powercut.Mount(image(i), at+d.target, d.fstype, d.options())
		if err != nil {
			return stop, err
		}
		undo = append(undo, f)
	}
	return stop, nil
}

func (m *machine) sh(line string) {
	m.t.Helper()
	testutil.Run(m.t, &testutil.RunOptions{Env: m.env, Must: true, Dir: m.dir}, "sh", "-c", "set -e; "+line)
}

// record runs a command on recorded devices.
func (m *machine) record(command string) []powercut.Event {
	m.t.Helper()
	var images []string
	for i := range m.disks {
		images = append(images, m.image(i))
	}
	rec, err := powercut.Record(m.t.Context(), m.dir+"/fuse", images...)
	require.NoError(m.t, err)
	for i, d := range m.disks {
		require.NoError(m.t, unix.Mount(rec.Device(i), m.root+d.target, d.fstype, unix.MS_NOATIME, d.options()))
	}
	m.sh(command)
	for _, d := range slices.Backward(m.disks) {
		require.NoError(m.t, unix.Unmount(m.root+d.target, 0))
	}
	log, err := rec.Close()
	require.NoError(m.t, err)
	return log
}

// TestPowerCut looks at every state that a power cut leaves of an operation. A boot loader, which replays no
// journal, must find the old entries or the new ones with all their files; what they lead to must be complete
// once the kernel has mounted the root.
func TestPowerCut(t *testing.T) {
	for _, c := range cutCases {
		for i, op := range cutOperations {
			if i > 0 && os.Getenv("NESTOS_POWERCUT_ALL") == "" {
				continue
			}
			t.Run(c.name+"/"+op.name, func(t *testing.T) {
				m := newMachine(t, c.disks)
				stop, err := m.mountAll(m.root, m.image)
				require.NoError(t, err)
				for _, line := range slices.Concat(prologue, op.prepare) {
					m.sh(line)
				}
				old, err := observe(m.root)
				require.NoError(t, err)
				require.NoError(t, stop())
				before := func(i int) string { return m.image(i) + ".before" }
				for i := range m.disks {
					f, err := os.Open(m.image(i))
					require.NoError(t, err)
					require.NoError(t, powercut.CopyImage(f, before(i)))
					f.Close()
				}
				log := m.record(op.command)
				stop, err = m.mountAll(m.root, m.image)
				require.NoError(t, err)
				next, err := observe(m.root)
				require.NoError(t, err)
				require.NoError(t, stop())
				require.NotEqual(t, old.list, next.list)
				m.replay(log, before, old, next)
			})
		}
	}
}

// cutCheck judges points of a replay.
type cutCheck struct {
	m      *machine
	want   *deployments
	lists  []string // that are allowed
	prefix string   // of /boot on its disk
	every  int      // the root is mounted at every so many points
	lost   []string
	counts struct{ points, subsets, loader, root, old, new int }
	last   string // the entries at the point before
}

func (m *machine) replay(log []powercut.Event, before func(int) string, old, next *state) {
	m.t.Helper()
	var images []string
	for i := range m.disks {
		images = append(images, before(i))
	}
	r, err := powercut.NewReplay(m.dir, images, log)
	require.NoError(m.t, err)
	defer func() { require.NoError(m.t, r.Close()) }()
	c := &cutCheck{m: m, want: union(old, next), lists: []string{old.list, next.list}, every: max(1, len(log)/100)}
	opts := &powercut.RunOptions{Subsets: 3, Seed: testutil.Seed(m.t)}
	if os.Getenv("NESTOS_POWERCUT_ALL") != "" {
		c.every, opts.Subsets, opts.Every = 1, 20, 10
	}
	if len(m.disks) == 1 {
		c.prefix = "boot/"
	}
	require.NoError(m.t, r.Run(opts, c.point))
	n := c.counts
	m.t.Logf("%d events, %d points of which %d subsets, root mounted at %d (%d old, %d new), %d lost", len(log), n.points, n.subsets, n.root, n.old, n.new, len(c.lost))
	require.Positive(m.t, n.old)
	require.Positive(m.t, n.new)
	if len(c.lost) > 0 {
		m.t.Errorf("%d of %d points lost:\n%s", len(c.lost), n.points, strings.Join(c.lost[:min(8, len(c.lost))], "\n"))
	}
}

func (c *cutCheck) point(p *powercut.Point) error {
	c.counts.points++
	if p.Subset > 0 {
		c.counts.subsets++
	}
	loader, err := c.loaderView(p)
	if err != nil {
		c.lost = append(c.lost, fmt.Sprintf("%v: boot loader: %v", p, err))
		return nil
	}
	var seen strings.Builder
	for _, e := range loader {
		seen.WriteString(e.name + "\n" + e.text)
	}
	changed := seen.String() != c.last
	c.last = seen.String()
	if p.Events > 0 && !changed && c.counts.points%c.every != 0 {
		return nil
	}
	c.counts.root++
	if err := c.rootView(p, loader); err != nil {
		c.lost = append(c.lost, fmt.Sprintf("%v: root: %v", p, err))
	}
	return nil
}

// loaderView is what a boot loader finds: the entries and complete files.
func (c *cutCheck) loaderView(p *powercut.Point) ([]bootEntry, error) {
	v, err := p.Volume(len(c.m.disks) - 1)
	if err != nil {
		return nil, err
	}
	entries, err := readEntries(v, c.prefix)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("no entries")
	}
	for _, e := range entries {
		for _, file := range append([]string{e.linux}, e.initrds...) {
			data, err := v.ReadFile(c.prefix + strings.TrimPrefix(file, "/"))
			if err != nil {
				return nil, err
			}
			if string(data) != string(c.want.kernels[file]) {
				return nil, fmt.Errorf("%s has wrong content (%d bytes)", file, len(data))
			}
		}
	}
	return entries, nil
}

// rootView mounts copies of the disks, which replays their journals, and follows the entries that the boot
// loader has seen, and those that are there now.
func (c *cutCheck) rootView(p *powercut.Point, loader []bootEntry) (err error) {
	name := func(i int) string { return fmt.Sprintf("%s/check%d.img", c.m.dir, i) }
	for i := range c.m.disks {
		if err := p.Copy(i, name(i)); err != nil {
			return err
		}
	}
	root := c.m.dir + "/check"
	stop, err := c.m.mountAll(root, name)
	defer func() {
		if stopErr := stop(); err == nil {
			err = stopErr
		}
	}()
	if err != nil {
		return err
	}
	boot := dirReader(root + "/boot")
	now, err := readEntries(boot, "")
	if err != nil {
		return err
	}
	for _, entries := range [][]bootEntry{loader, now} {
		list, err := bootable(root, "", boot, entries, c.want)
		if err != nil {
			return err
		}
		switch list {
		case c.lists[0]:
			c.counts.old++
		case c.lists[1]:
			c.counts.new++
		default:
			return fmt.Errorf("neither the old nor the new list:\n%s", list)
		}
	}
	return nil
}

package powercut_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/powercut"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// kinds are the file systems and how to make them.
var kinds = map[string]struct {
	size int64
	mkfs []string
}{
	"ext4": {48 << 20, []string{"mkfs.ext4", "-q", "-F"}},
	"xfs":  {300 << 20, []string{"mkfs.xfs", "-q", "-f"}},
}

func makeImage(t *testing.T, kind, path string) {
	t.Helper()
	k := kinds[kind]
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, os.Truncate(path, k.size))
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, k.mkfs[0]), append(k.mkfs[1:], path)...)
}

// record runs work on a fresh file system and returns its image as it was before and the log.
func record(t *testing.T, kind string, prepare, work func(dir string)) (before string, after string, log []powercut.Event) {
	t.Helper()
	testutil.Loop(t)
	dir := testutil.Tmpfs(t, "")
	before, after = dir+"/before.img", dir+"/disk.img"
	makeImage(t, kind, after)
	for _, d := range []string{"/fuse", "/mnt"} {
		require.NoError(t, os.Mkdir(dir+d, 0o700))
	}
	unmount, err := powercut.Mount(after, dir+"/mnt", kind)
	require.NoError(t, err)
	prepare(dir + "/mnt")
	require.NoError(t, unmount())
	f, err := os.Open(after)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, powercut.CopyImage(f, before))

	rec, err := powercut.Record(t.Context(), dir+"/fuse", after)
	require.NoError(t, err)
	require.NoError(t, unix.Mount(rec.Device(0), dir+"/mnt", kind, 0, ""))
	work(dir + "/mnt")
	require.NoError(t, unix.Unmount(dir+"/mnt", 0))
	log, err = rec.Close()
	require.NoError(t, err)
	return before, after, log
}

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

func syncfs(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Open(dir)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, unix.Syncfs(int(f.Fd())))
}

// TestVolume compares the readers with the kernel's view of the same file system.
func TestVolume(t *testing.T) {
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			big := strings.Repeat("0123456789abcdef", 40000)
			_, after, _ := record(t, kind, func(string) {}, func(dir string) {
				write(t, dir+"/a/b/file", big)
				write(t, dir+"/a/empty", "")
				require.NoError(t, os.Symlink("/a/b", dir+"/absolute"))
				require.NoError(t, os.Symlink("../a/b/file", dir+"/a/up"))
				require.NoError(t, os.Symlink("loop", dir+"/loop"))
				for i := range 300 { // several blocks of a directory
					write(t, fmt.Sprintf("%s/many/name-%03d", dir, i), fmt.Sprint(i))
				}
				for i := range 20 { // one block
					write(t, fmt.Sprintf("%s/some/name-%03d", dir, i), fmt.Sprint(i))
				}
				f, err := os.Create(dir + "/sparse")
				require.NoError(t, err)
				_, err = f.WriteAt([]byte("end"), 1<<20)
				require.NoError(t, err)
				require.NoError(t, f.Close())
			})
			f, err := os.Open(after)
			require.NoError(t, err)
			defer f.Close()
			v, err := powercut.Open(f)
			require.NoError(t, err)
			for path, want := range map[string]string{
				"/a/b/file": big, "a/empty": "", "/absolute/file": big, "a/up": big, "a/b/../../a/./b/file": big, "sparse": strings.Repeat("\x00", 1<<20) + "end",
				"many/name-299": "299", "some/name-007": "7",
			} {
				got, err := v.ReadFile(path)
				require.NoError(t, err, path)
				require.True(t, want == string(got), path)
			}
			for _, path := range []string{"missing", "a", "loop", "a/b/file/x"} {
				_, err := v.ReadFile(path)
				require.Error(t, err, path)
			}
			for dir, want := range map[string]int{"many": 300, "some": 20, "a": 0, "absolute": 0} {
				names, err := v.Glob(dir, "name-*")
				require.NoError(t, err)
				require.Len(t, names, want, dir)
			}
			target, err := v.ReadLink("a/up")
			require.NoError(t, err)
			require.Equal(t, "../a/b/file", target)
		})
	}
}

// TestReplayEnd proves that nothing is lost on the way: the log applied to the old image gives the new one.
func TestReplayEnd(t *testing.T) {
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			before, after, log := record(t, kind, func(dir string) { write(t, dir+"/f", "old") }, func(dir string) {
				write(t, dir+"/f.new", "new")
				syncfs(t, dir)
				require.NoError(t, os.Rename(dir+"/f.new", dir+"/f"))
				syncfs(t, dir)
			})
			flushes := 0
			for _, e := range log {
				if e.Flush() {
					flushes++
				}
			}
			require.GreaterOrEqual(t, flushes, 2, "flushes do not reach the log")
			require.Greater(t, len(log), flushes)

			dir := testutil.Tmpfs(t, "")
			replay, err := powercut.NewReplay(dir, []string{before}, log)
			require.NoError(t, err)
			defer func() { require.NoError(t, replay.Close()) }()
			points, subsets := 0, 0
			require.NoError(t, replay.Run(&powercut.RunOptions{Subsets: 3, Every: 2, Seed: testutil.Seed(t)}, func(p *powercut.Point) error {
				points++
				if p.Subset > 0 {
					subsets++
				}
				return nil
			}))
			require.Equal(t, 1+len(log)-flushes, points-subsets)
			require.Positive(t, subsets)
			got, err := os.ReadFile(dir + "/replay0.img")
			require.NoError(t, err)
			want, err := os.ReadFile(after)
			require.NoError(t, err)
			require.True(t, bytes.Equal(got, want))
		})
	}
}

// TestFindsLoss proves that the replay shows the faults it is made for.
func TestFindsLoss(t *testing.T) {
	cases := []struct {
		name string
		work func(t *testing.T, dir string)
		safe bool
		kind string // empty means all
	}{
		{"gap between unlink and link", func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(dir+"/boot/loader"))
			freeze(t, dir)
			require.NoError(t, os.Symlink("two", dir+"/boot/loader"))
		}, false, ""},
		{"rename before the data", func(t *testing.T, dir string) {
			write(t, dir+"/boot/three/entry", "late")
			require.NoError(t, os.Symlink("three", dir+"/boot/tmp"))
			require.NoError(t, unix.Renameat2(unix.AT_FDCWD, dir+"/boot/tmp", unix.AT_FDCWD, dir+"/boot/loader", unix.RENAME_EXCHANGE))
		}, false, "ext4"}, // XFS happens to write all of it with one block
		{"exchange between flushes", func(t *testing.T, dir string) {
			require.NoError(t, os.Symlink("two", dir+"/boot/tmp"))
			freeze(t, dir)
			require.NoError(t, unix.Renameat2(unix.AT_FDCWD, dir+"/boot/tmp", unix.AT_FDCWD, dir+"/boot/loader", unix.RENAME_EXCHANGE))
			freeze(t, dir)
			require.NoError(t, os.Remove(dir+"/boot/tmp"))
		}, true, ""},
	}
	for kind := range kinds {
		for _, c := range cases {
			if c.kind != "" && c.kind != kind {
				continue
			}
			t.Run(kind+"/"+c.name, func(t *testing.T) {
				before, _, log := record(t, kind, func(dir string) {
					write(t, dir+"/boot/one/entry", "one")
					write(t, dir+"/boot/two/entry", "two")
					require.NoError(t, os.Symlink("one", dir+"/boot/loader"))
				}, func(dir string) { c.work(t, dir) })
				replay, err := powercut.NewReplay(testutil.Tmpfs(t, ""), []string{before}, log)
				require.NoError(t, err)
				defer func() { require.NoError(t, replay.Close()) }()
				points, lost := 0, 0
				require.NoError(t, replay.Run(&powercut.RunOptions{Subsets: 12, Every: 1, Seed: 1}, func(p *powercut.Point) error {
					points++
					v, err := p.Volume(0)
					if err != nil {
						return err
					}
					if entry, err := v.ReadFile("boot/loader/entry"); err != nil || len(entry) < 3 || entry[0] == 0 {
						lost++
					}
					return nil
				}))
				t.Logf("%d points, %d lost", points, lost)
				require.Equal(t, c.safe, lost == 0)
			})
		}
	}
}

func freeze(t *testing.T, dir string) {
	t.Helper()
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "fsfreeze"), "--freeze", dir)
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "fsfreeze"), "--unfreeze", dir)
}

// TestCopyMounts proves that a state can be mounted with its journal.
func TestCopyMounts(t *testing.T) {
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			before, _, log := record(t, kind, func(string) {}, func(dir string) {
				write(t, dir+"/f", "content")
				f, err := os.Open(dir + "/f")
				require.NoError(t, err)
				require.NoError(t, f.Sync()) // in the journal only
				require.NoError(t, f.Close())
			})
			dir := testutil.Tmpfs(t, "")
			require.NoError(t, os.Mkdir(dir+"/mnt", 0o700))
			replay, err := powercut.NewReplay(dir, []string{before}, log)
			require.NoError(t, err)
			defer func() { require.NoError(t, replay.Close()) }()
			journal := false // a state was seen whose file only the journal has
			require.NoError(t, replay.Run(nil, func(p *powercut.Point) error {
				v, err := p.Volume(0)
				require.NoError(t, err)
				_, inPlace := v.ReadFile("f")
				require.NoError(t, p.Copy(0, dir+"/copy.img"))
				unmount, err := powercut.Mount(dir+"/copy.img", dir+"/mnt", kind)
				require.NoError(t, err, p)
				_, replayed := os.Stat(dir + "/mnt/f")
				journal = journal || inPlace != nil && replayed == nil
				return unmount()
			}))
			require.True(t, journal)
		})
	}
}

func TestNewReplayRejects(t *testing.T) {
	image := filepath.Join(t.TempDir(), "image")
	require.NoError(t, os.WriteFile(image, make([]byte, 4096), 0o600))
	for _, e := range []powercut.Event{{Disk: 1, Data: []byte{1}}, {Disk: -1}, {Offset: 4096, Data: []byte{1}}, {Offset: -1, Data: []byte{1}}} {
		_, err := powercut.NewReplay(t.TempDir(), []string{image}, []powercut.Event{e})
		require.Error(t, err)
	}
}

func fuzzVolume(f *testing.F, kind string, open func(data []byte) (*powercut.Volume, error)) {
	f.Add(make([]byte, 4096))
	if path, err := exec.LookPath(kinds[kind].mkfs[0]); err == nil && kind == "ext4" { // the smallest XFS is too big for a seed
		image := filepath.Join(f.TempDir(), "seed")
		if os.WriteFile(image, nil, 0o600) == nil && os.Truncate(image, 128<<10) == nil &&
			exec.Command(path, "-q", "-F", "-O", "^has_journal", image).Run() == nil {
			if data, err := os.ReadFile(image); err == nil {
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := open(data)
		if err != nil {
			return
		}
		names, err := v.Glob("/", "*")
		if err != nil {
			return
		}
		for _, name := range names {
			if content, err := v.ReadFile(name); err == nil {
				require.LessOrEqual(t, len(content), 256<<20)
			}
			_, _ = v.Glob(name, "*")
		}
	})
}

func FuzzExt4(f *testing.F) {
	fuzzVolume(f, "ext4", func(data []byte) (*powercut.Volume, error) { return powercut.OpenExt4(bytes.NewReader(data)) })
}

func FuzzXFS(f *testing.F) {
	f.Add(tinyXFS())
	fuzzVolume(f, "xfs", func(data []byte) (*powercut.Volume, error) { return powercut.OpenXFS(bytes.NewReader(data)) })
}

// tinyXFS is a superblock and a root directory with one name, in the bytes of the format.
func tinyXFS() []byte {
	b := make([]byte, 8192)
	copy(b, "XFSB")
	b[6], b[7] = 0x10, 0  // block size 4096
	b[63] = 8             // root inode: block 1
	b[87], b[91] = 2, 1   // one group of two blocks
	b[101] = 5            // version
	b[104], b[123] = 2, 3 // inodes of 512 bytes, eight in a block
	b[124] = 1            // log2 of the group's blocks
	b[219] = 1            // file types in directories
	inode := b[4096:]     //
	copy(inode, "IN")     //
	inode[2], inode[3] = 0x41, 0xed
	inode[4], inode[5], inode[19] = 3, 1, 2
	copy(inode[176:], []byte{1, 0, 0, 0, 0, 8, 1, 0, 0x60, 'a', 2, 0, 0, 0, 8})
	return b
}

func TestTinyXFS(t *testing.T) {
	v, err := powercut.OpenXFS(bytes.NewReader(tinyXFS()))
	require.NoError(t, err)
	names, err := v.Glob("/", "*")
	require.NoError(t, err)
	require.Equal(t, []string{"/a"}, names)
}

package iso

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/installer/initrd"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/internal/xz"
)

func loadFixture(t testing.TB, name string) []byte {
	packed, err := os.Open("testdata/embed-areas-" + name + ".iso.xz")
	require.NoError(t, err)
	defer packed.Close()
	r, err := xz.NewReader(packed, nil)
	require.NoError(t, err)
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	return data
}

func openImage(t testing.TB, data []byte) *Image {
	image, err := New(bytes.NewReader(data), int64(len(data)), &Options{Default: flavour.CoreOS()})
	require.NoError(t, err)
	return image
}

func rewritten(t testing.TB, image *Image) []byte {
	var b bytes.Buffer
	_, err := image.WriteTo(&b)
	require.NoError(t, err)
	return b.Bytes()
}

// disk is a target that remembers what it was told.
type disk struct {
	data []byte
	log  []step
	fail int // the step that fails, from 1
}

// step is a write, or without data a sync.
type step struct {
	offset int64
	data   []byte
}

var errBroken = errors.New("broken disk")

func (d *disk) ReadAt(b []byte, offset int64) (int, error) {
	return bytes.NewReader(d.data).ReadAt(b, offset)
}

func (d *disk) WriteAt(b []byte, offset int64) (int, error) {
	d.log = append(d.log, step{offset, bytes.Clone(b)})
	if len(d.log) == d.fail {
		n := copy(d.data[offset:], b[:len(b)/2])
		return n, errBroken
	}
	return copy(d.data[offset:], b), nil
}

func (d *disk) Sync() error {
	d.log = append(d.log, step{})
	if len(d.log) == d.fail {
		return errBroken
	}
	return nil
}

// crashes calls f with states that a power failure may leave: all writes before a sync, and
// some sectors of those up to the next.
func crashes(before []byte, log []step, f func(state []byte)) {
	base := bytes.Clone(before)
	for start := 0; start < len(log); {
		end := start
		for end < len(log) && log[end].data != nil {
			end++
		}
		writes := sectors(base, log[start:end])
		for n := range writes {
			f(applied(base, writes[:n]))                                          // in order
			f(applied(base, writes[n:]))                                          // in the opposite order
			f(applied(base, writes[n:n+1]))                                       // a single one
			f(applied(applied(base, writes[:n]), writes[min(n+1, len(writes)):])) // all but one
		}
		base = applied(base, writes)
		f(bytes.Clone(base))
		start = end + 1
	}
}

// sectors cuts writes into what a disk writes as a whole, without what changes nothing.
func sectors(base []byte, log []step) []step {
	var cut []step
	for _, s := range log {
		for len(s.data) > 0 {
			n := min(int64(len(s.data)), sectorSize-s.offset%sectorSize)
			if !bytes.Equal(base[s.offset:s.offset+n], s.data[:n]) {
				cut = append(cut, step{s.offset, s.data[:n]})
			}
			s = step{s.offset + n, s.data[n:]}
		}
	}
	return cut
}

func applied(base []byte, log []step) []byte {
	state := bytes.Clone(base)
	for _, s := range log {
		copy(state[s.offset:], s.data)
	}
	return state
}

// changes are what is done to an image in place.
var changes = map[string]func(t testing.TB, image *Image){
	"embed": func(t testing.TB, image *Image) {
		require.NoError(t, image.EmbedIgnition(pseudorandom(3000), true))
	},
	"replace": func(t testing.TB, image *Image) {
		require.NoError(t, image.EmbedIgnition([]byte("short"), true))
	},
	"kargs": func(t testing.TB, image *Image) { require.NoError(t, image.SetKargs("some other arguments")) },
	"all": func(t testing.TB, image *Image) {
		require.NoError(t, image.EmbedIgnition(pseudorandom(3000), true))
		require.NoError(t, image.SetKargs("some other arguments"))
	},
	"reset": func(t testing.TB, image *Image) { require.NoError(t, image.Reset()) },
}

func pseudorandom(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for k := range b {
		x = x*1664525 + 1013904223
		b[k] = byte(x >> 24)
	}
	return b
}

// customizedFixture has an Ignition config and other kernel arguments.
func customizedFixture(t testing.TB, name string) []byte {
	image := openImage(t, loadFixture(t, name))
	require.NoError(t, image.EmbedIgnition(pseudorandom(2000), false))
	text, err := image.Kargs()
	require.NoError(t, err)
	require.NoError(t, image.SetKargs(text+" custom=1"))
	return rewritten(t, image)
}

// checkState demands that an image is the old one, the new one, or known as damaged; and
// that it can be reset.
func checkState(t testing.TB, state, before, after, pristine []byte) {
	image := openImage(t, state)
	_, initrdErr := image.Initrd()
	_, kargsErr := image.Kargs()
	if initrdErr == nil && kargsErr == nil && !bytes.Equal(state, before) && !bytes.Equal(state, after) {
		// Padding that differs is as good.
		same := rewritten(t, rewriteAll(t, image))
		if !bytes.Equal(same, rewritten(t, rewriteAll(t, openImage(t, before)))) &&
			!bytes.Equal(same, rewritten(t, rewriteAll(t, openImage(t, after)))) {
			t.Fatal("image is neither as before nor as after, and nobody knows")
		}
	}
	require.NoError(t, image.Reset())
	require.True(t, bytes.Equal(rewritten(t, image), pristine), "reset gives another image")
}

func rewriteAll(t testing.TB, image *Image) *Image {
	archive, err := image.Initrd()
	require.NoError(t, err)
	require.NoError(t, image.SetInitrd(archive))
	text, err := image.Kargs()
	require.NoError(t, err)
	require.NoError(t, image.SetKargs(text))
	return image
}

func TestPowerFailure(t *testing.T) {
	for _, fixture := range []string{"2021-01", "2023-07.x86_64", "2023-07.s390x"} {
		pristine := loadFixture(t, fixture)
		before := customizedFixture(t, fixture)
		for name, change := range changes {
			if fixture == "2023-07.s390x" && name == "kargs" {
				continue // a single area, see TestSingleKargArea
			}
			t.Run(fixture+" "+name, func(t *testing.T) {
				image := openImage(t, before)
				change(t, image)
				after := rewritten(t, image)
				log := recorded(t, image, before, after)
				seen := map[string]bool{}
				crashes(before, log, func(state []byte) {
					// Most states differ in zeros that were zeros before.
					key := string(diff(before, state))
					if !seen[key] {
						seen[key] = true
						checkState(t, state, before, after, pristine)
					}
				})
				require.Greater(t, len(seen), 2)
			})
		}
	}
}

// recorded returns the steps of a change in place.
func recorded(t testing.TB, image *Image, before, after []byte) []step {
	list, err := image.regions()
	require.NoError(t, err)
	d := &disk{data: bytes.Clone(before)}
	require.NoError(t, changeAll(d, list))
	require.True(t, bytes.Equal(d.data, after))
	return d.log
}

func changeAll(d *disk, list []region) error { return change(d, list) }

// diff is what identifies a state.
func diff(a, b []byte) []byte {
	var out []byte
	for n := 0; n < len(a); n += sectorSize {
		end := min(n+sectorSize, len(a))
		if !bytes.Equal(a[n:end], b[n:end]) {
			out = fmt.Appendf(out, "%d:%x ", n, b[n:end])
		}
	}
	return out
}

// One area for kernel arguments alone is written at once; a disk that tears it leaves a mix
// that can be reset.
func TestSingleKargArea(t *testing.T) {
	before := customizedFixture(t, "2023-07.s390x")
	image := openImage(t, before)
	require.NoError(t, image.SetKargs("some other arguments"))
	log := recorded(t, image, before, rewritten(t, image))
	require.Len(t, log, 2)
	crashes(before, log, func(state []byte) {
		image := openImage(t, state)
		require.NoError(t, image.Reset())
		require.True(t, bytes.Equal(rewritten(t, image), loadFixture(t, "2023-07.s390x")))
	})
}

// If the disk fails at any step, what was there is written back.
func TestWriteError(t *testing.T) {
	before := customizedFixture(t, "2023-07.x86_64")
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			image := openImage(t, before)
			change(t, image)
			list, err := image.regions()
			require.NoError(t, err)
			for fail := 1; ; fail++ {
				d := &disk{data: bytes.Clone(before), fail: fail}
				err := changeAll(d, list)
				if err == nil {
					require.Greater(t, fail, 4)
					return
				}
				require.ErrorIs(t, err, errBroken)
				require.True(t, bytes.Equal(d.data, before), "step %d", fail)
			}
		})
	}
}

// Kernel arguments may have been changed or not when an image says that it was interrupted,
// so that setting the rest does not make it sound.
func TestInterrupted(t *testing.T) {
	data := loadFixture(t, "2023-07.s390x")
	copy(data[203776:], changeMark)
	image := openImage(t, data)
	err := image.EmbedIgnition(nil, true)
	require.ErrorIs(t, err, ErrInterrupted)
	require.EqualError(t, err, "an earlier change of this ISO image was interrupted; reset it with `coreos-installer iso reset`")
	require.NoError(t, image.SetInitrd(initrd.New()))
	_, err = image.WriteTo(io.Discard)
	require.ErrorIs(t, err, ErrInterrupted)
	require.NoError(t, image.SetKargs("a"))
	_, err = image.WriteTo(io.Discard)
	require.NoError(t, err)
}

func TestNothingToWrite(t *testing.T) {
	data := loadFixture(t, "2023-07.x86_64")
	image := openImage(t, data)
	require.NoError(t, image.Reset())
	require.Empty(t, recorded(t, image, data, data))
}

// The same with a real program that is killed.
func TestKill(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	pristine := loadFixture(t, "2023-07.x86_64")
	before := customizedFixture(t, "2023-07.x86_64")
	image := openImage(t, before)
	changes["all"](t, image)
	after := rewritten(t, image)
	path := t.TempDir() + "/image.iso"
	run := func(n int) *testutil.Result {
		require.NoError(t, os.WriteFile(path, before, 0o644))
		opts := &testutil.RunOptions{Env: []string{killedVar + "=" + path}}
		res, _ := testutil.KillAt(t, opts, n, self, "-test.run=^TestKilledChild$")
		return res
	}
	interrupted := 0
	for n := 1; ; n++ {
		res := run(n)
		state, err := os.ReadFile(path)
		require.NoError(t, err)
		checkState(t, state, before, after, pristine)
		if _, err := openImage(t, state).Initrd(); errors.Is(err, ErrInterrupted) {
			interrupted++
		}
		if res.Exit == 0 {
			require.True(t, bytes.Equal(state, after))
			break
		}
	}
	require.Greater(t, interrupted, 2)
}

const killedVar = "NESTOS_TEST_KILLED_IMAGE"

func TestKilledChild(t *testing.T) {
	path := os.Getenv(killedVar)
	if path == "" {
		t.Skip("for TestKill")
	}
	image, err := Open(path, &Options{Default: flavour.CoreOS()})
	require.NoError(t, err)
	changes["all"](t, image)
	require.NoError(t, image.Save())
}

package powercut

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Replay goes through the states that a power cut could have left of a recorded workload.
type Replay struct {
	dir    string
	log    []Event
	images [][]byte // mapped working copies of the disks
	undo   []Event  // what applied writes have replaced, oldest first
}

// RunOptions selects the states of [Replay.Run]. The zero value, and nil, mean each prefix of the log.
type RunOptions struct {
	// Subsets is the number of random choices out of the writes since the last flush that are tried
	// before each flush and at each Every-th write.
	Subsets int
	// Every is the distance of the writes at which subsets are tried besides flushes; 0 means only at flushes.
	Every int
	// Seed makes the random choices repeatable.
	Seed uint64
}

// Point is one state of the disks. It is valid during the call that it was given to.
type Point struct {
	// Events is the number of events of the log that have happened.
	Events int
	// Subset is the number of a random choice among the writes that were not durable, counted from 1; 0
	// means that all of them have reached the disk.
	Subset int
	// Changed tells for each disk whether the event before this point has written to it.
	Changed []bool

	replay *Replay
}

// NewReplay prepares a replay of log onto copies, made in dir, of the images as they were before.
func NewReplay(dir string, images []string, log []Event) (*Replay, error) {
	r := &Replay{dir: dir, log: log}
	for i, path := range images {
		m, err := mapCopy(path, filepath.Join(dir, fmt.Sprintf("replay%d.img", i)))
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		r.images = append(r.images, m)
	}
	for _, e := range log {
		if e.Disk < 0 || e.Disk >= len(images) || e.Offset < 0 || e.Offset+int64(len(e.Data)) > int64(len(r.images[e.Disk])) {
			return nil, errors.Join(errors.New("log does not fit the images"), r.Close())
		}
	}
	return r, nil
}

func mapCopy(from, to string) ([]byte, error) {
	in, err := os.Open(from)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if err := CopyImage(in, to); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(to, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	st, err := out.Stat()
	if err != nil {
		return nil, err
	}
	return unix.Mmap(int(out.Fd()), 0, int(st.Size()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

// Close frees the copies.
func (r *Replay) Close() error {
	var errs []error
	for i, m := range r.images {
		errs = append(errs, unix.Munmap(m), os.Remove(filepath.Join(r.dir, fmt.Sprintf("replay%d.img", i))))
	}
	r.images = nil
	return errors.Join(errs...)
}

// Run calls check with each prefix of the log, beginning with the empty one, and with random subsets, as
// opts say. The first error of check ends it. A replay can run once.
func (r *Replay) Run(opts *RunOptions, check func(*Point) error) error {
	if opts == nil {
		opts = &RunOptions{}
	}
	random := rand.New(rand.NewPCG(opts.Seed, 0))
	p := &Point{Changed: make([]bool, len(r.images)), replay: r}
	if err := check(p); err != nil {
		return err
	}
	var pending []Event // of all disks, written since the last flush of their disk
	for i, e := range r.log {
		if e.Flush() || opts.Every > 0 && i%opts.Every == 0 {
			if err := r.subsets(p, pending, opts.Subsets, random, check); err != nil {
				return err
			}
		}
		p.Events, p.Subset = i+1, 0
		clear(p.Changed)
		if e.Flush() {
			pending = r.settle(pending, e.Disk)
			continue
		}
		r.apply(e)
		pending = append(pending, split(e)...)
		p.Changed[e.Disk] = true
		if err := check(p); err != nil {
			return err
		}
	}
	return nil
}

// settle makes the writes to one disk durable and returns the others.
func (r *Replay) settle(pending []Event, disk int) []Event {
	keep := func(events []Event) []Event {
		var rest []Event
		for _, e := range events {
			if e.Disk != disk {
				rest = append(rest, e)
			}
		}
		return rest
	}
	r.undo = keep(r.undo)
	return keep(pending)
}

// subsets shows states in which only some of the pending writes have reached the disks.
func (r *Replay) subsets(p *Point, pending []Event, n int, random *rand.Rand, check func(*Point) error) error {
	if len(pending) < 2 {
		return nil // all or nothing: both are prefixes
	}
	for s := range n {
		r.revert()
		keep := []float64{0.5, 0.9, 0.1}[s%3] // few lost ones and few kept ones are the telling cases
		for _, e := range pending {
			if random.Float64() < keep {
				r.apply(e)
			}
		}
		p.Subset = s + 1
		for i := range p.Changed {
			p.Changed[i] = true
		}
		if err := check(p); err != nil {
			return err
		}
	}
	r.revert()
	for _, e := range pending {
		r.apply(e)
	}
	return nil
}

func (r *Replay) apply(e Event) {
	at := r.images[e.Disk][e.Offset : e.Offset+int64(len(e.Data))]
	r.undo = append(r.undo, Event{e.Disk, e.Offset, bytes.Clone(at)})
	copy(at, e.Data)
}

// revert takes back every write that is not durable.
func (r *Replay) revert() {
	for i := len(r.undo) - 1; i >= 0; i-- {
		e := r.undo[i]
		copy(r.images[e.Disk][e.Offset:], e.Data)
	}
	r.undo = r.undo[:0]
}

// String names the point for messages.
func (p *Point) String() string {
	if p.Subset == 0 {
		return fmt.Sprintf("after event %d", p.Events)
	}
	return fmt.Sprintf("after event %d, subset %d", p.Events, p.Subset)
}

// Volume opens a disk as a boot loader does, without replaying its journal.
func (p *Point) Volume(disk int) (*Volume, error) {
	image := bytes.NewReader(p.replay.images[disk])
	return Open(image)
}

// Copy makes a copy of a disk at path that can be mounted and changed.
func (p *Point) Copy(disk int, path string) error {
	return CopyImage(bytes.NewReader(p.replay.images[disk]), path)
}

// CopyImage writes the contents of an image to a new file at path, leaving holes where there are only zeros.
// A file that is there is replaced, not changed, as a device may still be using it.
func CopyImage(image io.ReaderAt, path string) (err error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	const chunk = 64 << 10
	buf, zeros := make([]byte, chunk), make([]byte, chunk)
	size := int64(0)
	for {
		n, err := image.ReadAt(buf, size)
		if n > 0 && !bytes.Equal(buf[:n], zeros[:n]) {
			if _, err := out.WriteAt(buf[:n], size); err != nil {
				return err
			}
		}
		size += int64(n)
		if err == io.EOF {
			return out.Truncate(size)
		}
		if err != nil {
			return err
		}
	}
}

package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

const (
	stateName = "state"
	asideName = "state.new"
	lockName  = "lock"

	roomUsual = 4 << 20 // about 50,000 changes
	roomSmall = 64 << 10
)

// CorruptError reports a state file that is damaged in a way that no
// interrupted write explains. Going on could forget a holder, so the store is
// not opened.
type CorruptError struct {
	Path    string // the file
	Offset  int64  // where in it
	Problem string // what is wrong there
}

// Error says what is wrong, where, and what an operator can do.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is damaged at byte %d: %s; restore the file from a backup, or move it away and start with empty "+
		"semaphores once it is certain that no node that held a lock is still going to reboot", e.Path, e.Offset, e.Problem)
}

// loaded is what a state file says.
type loaded struct {
	groups  map[string]groupState
	seq     uint64 // of the last good frame
	dropped int    // bytes of a torn frame at the end, zeros not counted
	foreign int    // bytes after the end of the file as it was made
	missing bool   // there was no file
}

// parse reads a state file.
func parse(data []byte) (*loaded, *CorruptError) {
	if len(data) < fileHeader || string(data[:len(fileMagic)]) != fileMagic {
		return nil, &CorruptError{Problem: fmt.Sprintf("it does not begin with %q", fileMagic)}
	}
	off := fileHeader
	s := salt(data[len(fileMagic):off])
	first, problem := s.readFrame(data[off:])
	if problem == "" && first.kind != kindSnapshot && first.kind != kindFinal {
		problem = "the first frame is not a snapshot"
	}
	if problem != "" {
		return nil, &CorruptError{Offset: int64(off), Problem: problem}
	}
	groups, err := readSnapshot(first.payload)
	if err != nil {
		return nil, &CorruptError{Offset: int64(off), Problem: err.Error()}
	}
	l := &loaded{groups: groups, seq: first.seq}
	off += first.size
	if end := s.size(); uint64(len(data)) > end && uint64(off) <= end {
		l.foreign = len(data) - int(end)
		data = data[:end]
	}
	if first.kind == kindFinal {
		return l, complete(s, data)
	}
	return l, l.replay(s, data, off)
}

// complete refuses a file that is shorter than it was made.
func complete(s salt, data []byte) *CorruptError {
	if uint64(len(data)) < s.size() {
		return &CorruptError{Offset: int64(len(data)), Problem: fmt.Sprintf("it ends here, but was made with %d bytes", s.size())}
	}
	return nil
}

// replay carries out the frames of changes that begin at off.
func (l *loaded) replay(s salt, data []byte, off int) *CorruptError {
	for off < len(data) {
		f, problem := s.readFrame(data[off:])
		if problem != "" || f.seq != l.seq+1 {
			break
		}
		if f.kind != kindChanges {
			return &CorruptError{Offset: int64(off), Problem: fmt.Sprintf("unknown kind of frame %d", f.kind)}
		}
		if err := apply(l.groups, f.payload); err != nil {
			return &CorruptError{Offset: int64(off), Problem: err.Error()}
		}
		l.seq = f.seq
		off += f.size
	}
	rest := data[off:]
	// Zeros where the next frame would begin prove that there was none, so a
	// file that is cut there has lost nothing.
	if len(rest) < frameHeader || !allZero(rest) {
		if cut := complete(s, data); cut != nil {
			return cut
		}
	}
	torn, damage, at := s.tail(rest, off)
	if damage != "" {
		return &CorruptError{Offset: int64(off + at), Problem: damage}
	}
	if torn {
		l.dropped = significant(rest)
	}
	return nil
}

// significant is the length of data without the zeros at its end.
func significant(data []byte) int {
	for i, b := range slices.Backward(data) {
		if b != 0 {
			return i + 1
		}
	}
	return 0
}

// log writes a state file. It belongs to one goroutine.
type log struct {
	layer layer
	file  logFile // nil: the file cannot be trusted, begin a new one
	off   int64
	size  int64
	room  int64 // that a new file should have
	salt  salt
	seq   uint64 // of the last frame in the file
	buf   []byte // zeros
	// doubtful is set when a frame could not be written: the file on the disk
	// may or may not have it, until another file is in its place.
	doubtful bool
}

// commit makes one frame of changes durable. buf was begun by beginFrame; if
// nothing follows, there is nothing to write, and what counts is that the file
// can be trusted. durable is the state without these changes: what a new file
// starts with, when the current one is full or cannot be trusted.
func (l *log) commit(buf []byte, durable map[string]groupState) error {
	need := int64(padded(len(buf)))
	if l.file != nil && l.off+need <= l.size {
		err := l.write(buf)
		if err == nil {
			return nil
		}
		l.giveUp()
		// Perhaps it was this one file: a new one may do.
		if again := l.begin(durable, need); again != nil {
			return errors.Join(err, again)
		}
		return l.writeOrGiveUp(buf)
	}
	if err := l.begin(durable, need); err != nil {
		return err
	}
	return l.writeOrGiveUp(buf)
}

func (l *log) writeOrGiveUp(buf []byte) error {
	if err := l.write(buf); err != nil {
		l.giveUp()
		return err
	}
	return nil
}

func (l *log) write(buf []byte) error {
	if len(buf) == frameHeader {
		return nil
	}
	l.doubtful = true
	buf = l.salt.finishFrame(buf, kindChanges, l.seq+1)
	if _, err := l.file.WriteAt(buf, l.off); err != nil {
		return fmt.Errorf("writing the log: %w", err)
	}
	if err := l.file.sync(); err != nil {
		return fmt.Errorf("syncing the log: %w", err)
	}
	// What was written to a file that nobody will find is lost.
	if err := l.layer.inPlace(stateName, l.file); err != nil {
		return err
	}
	l.doubtful = false
	l.seq++
	l.off += int64(len(buf))
	return nil
}

// giveUp forgets the file; what it holds beyond the acknowledged changes is
// unknown.
func (l *log) giveUp() {
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
}

// begin puts a new file in the place of the old one: a snapshot and room for
// at least need bytes. With little space on the disk it takes less room.
func (l *log) begin(groups map[string]groupState, need int64) error {
	l.giveUp()
	payload := appendSnapshot(beginFrame(nil), groups)
	used := int64(fileHeader + padded(len(payload)))
	last, first := maxFile-used, error(nil)
	for _, room := range []int64{max(l.room, used, need), need + roomSmall, need} {
		if room >= last {
			continue
		}
		last = room
		f, err := l.put(kindSnapshot, payload, room)
		if err == nil {
			l.file, l.off, l.size, l.doubtful = f, used, used+room, false
			return nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = errors.New("too many holders")
	}
	return fmt.Errorf("beginning a new log: %w", first)
}

// put writes a file aside and renames it into place, all of it durable.
func (l *log) put(kind frameKind, payload []byte, room int64) (_ logFile, err error) {
	l.salt = newSalt()
	l.salt.setSize(int64(fileHeader+padded(len(payload))) + room)
	head := append([]byte(fileMagic), l.salt[:]...)
	head = append(head, l.salt.finishFrame(payload, kind, l.seq)...)
	f, err := l.layer.create(asideName)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
			_ = l.layer.remove(asideName) // best effort: it is overwritten by the next attempt
		}
	}()
	if _, err := f.WriteAt(head, 0); err != nil {
		return nil, err
	}
	if err := l.fill(f, int64(len(head)), room); err != nil {
		return nil, err
	}
	if err := f.sync(); err != nil {
		return nil, err
	}
	if err := l.layer.rename(asideName, stateName); err != nil {
		return nil, err
	}
	if err := l.layer.syncDir(); err != nil {
		return nil, err
	}
	return f, l.layer.inPlace(stateName, f)
}

func (l *log) fill(f logFile, off, n int64) error {
	if l.buf == nil {
		l.buf = make([]byte, 128<<10)
	}
	for n > 0 {
		part := min(n, int64(len(l.buf)))
		if _, err := f.WriteAt(l.buf[:part], off); err != nil {
			return err
		}
		off, n = off+part, n-part
	}
	return nil
}

// seal replaces the file by a snapshot that is marked as complete.
func (l *log) seal(groups map[string]groupState) error {
	l.giveUp()
	f, err := l.put(kindFinal, appendSnapshot(beginFrame(nil), groups), 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// load reads the state file of a directory; a missing one is an empty store.
func load(dir layer) (*loaded, error) {
	data, err := dir.read(stateName)
	if errors.Is(err, fs.ErrNotExist) {
		return &loaded{groups: map[string]groupState{}, missing: true}, nil
	}
	if err != nil {
		return nil, err
	}
	l, corrupt := parse(data)
	if corrupt != nil {
		return nil, corrupt
	}
	return l, nil
}

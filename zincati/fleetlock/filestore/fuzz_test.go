package filestore

import (
	"bytes"
	"testing"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// seedFile writes a file with two groups and two frames of changes.
func seedFile(tb testing.TB) []byte {
	r := newRecorder()
	s, err := open(r, semaphore.Groups{"g": 2, "h": 0}, &Options{}, func() error { return nil }, 512)
	if err != nil {
		tb.Fatal(err)
	}
	for _, id := range []string{"a", "b"} {
		if _, err := s.Lock(tb.Context(), "g", id); err != nil {
			tb.Fatal(err)
		}
	}
	if _, err := s.Unlock(tb.Context(), "g", "a"); err != nil {
		tb.Fatal(err)
	}
	data, err := r.read(stateName)
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return data
}

// FuzzParse reads a damaged file: what is accepted must be a state that a
// snapshot can hold and give back.
func FuzzParse(f *testing.F) {
	data := seedFile(f)
	f.Add(data)
	f.Add(data[:len(data)-500])
	f.Add([]byte(fileMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, corrupt := parse(data)
		if corrupt != nil {
			if corrupt.Offset < 0 || corrupt.Offset > int64(len(data)) {
				t.Fatalf("offset %d of %d", corrupt.Offset, len(data))
			}
			return
		}
		sameSnapshot(t, l.groups)
	})
}

// FuzzFrames repairs the checksums, so that what is behind them is reached.
func FuzzFrames(f *testing.F) {
	f.Add(appendSnapshot(nil, map[string]groupState{}), []byte{})
	f.Add(appendSnapshot(nil, map[string]groupState{"g": {sem: semaphore.Semaphore{TotalSlots: 2, Holders: []string{"a"}}, granted: []int64{5}}}),
		record{op: opLock, group: "g", id: "b", value: 7}.append(record{op: opUnlock, group: "g", id: "a"}.append(nil)))
	f.Fuzz(func(t *testing.T, snapshot, changes []byte) {
		var s salt
		s.setSize(int64(fileHeader + padded(frameHeader+len(snapshot)) + padded(frameHeader+len(changes))))
		data := append([]byte(fileMagic), s[:]...)
		data = append(data, s.finishFrame(append(beginFrame(nil), snapshot...), kindSnapshot, 1)...)
		data = append(data, s.finishFrame(append(beginFrame(nil), changes...), kindChanges, 2)...)
		l, corrupt := parse(data)
		if corrupt != nil {
			return
		}
		if l.seq != 2 {
			t.Fatal("the frame of changes was skipped")
		}
		sameSnapshot(t, l.groups)
	})
}

func sameSnapshot(t *testing.T, groups map[string]groupState) {
	t.Helper()
	once := appendSnapshot(nil, groups)
	back, err := readSnapshot(once)
	if err != nil {
		t.Fatalf("the snapshot of an accepted state: %v", err)
	}
	if !bytes.Equal(once, appendSnapshot(nil, back)) {
		t.Fatal("a snapshot that does not give back what it was given")
	}
}

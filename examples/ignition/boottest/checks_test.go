package boottest_test

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/nestos-dev/nestos/internal/boottest"
)

func (m *machine) wantFile(path, want string) {
	m.t.Helper()
	reply := m.call(boottest.Request{Read: path})
	if reply.Output != want || reply.Error != "" {
		m.t.Errorf("%s is %.200q, want %.200q %s", path, reply.Output, want, reply.Error)
	}
}

func (m *machine) wantNoFile(path string) {
	m.t.Helper()
	if reply := m.call(boottest.Request{Read: path}); !strings.Contains(reply.Error, "no such file") {
		m.t.Errorf("%s exists: %.200q %s", path, reply.Output, reply.Error)
	}
}

func (m *machine) wantContains(what, text string, parts ...string) {
	m.t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			m.t.Errorf("%s lacks %q and ends:\n%s", what, part, text[max(0, len(text)-2000):])
		}
	}
}

// wantOwner checks mode and owner.
func (m *machine) wantOwner(path string, mode fs.FileMode, uid, gid int) {
	m.t.Helper()
	reply := m.call(boottest.Request{Stat: path})
	if want := fmt.Sprintf("%v %d %d", mode, uid, gid); reply.Output != want || reply.Error != "" {
		m.t.Errorf("%s is %q, want %q %s", path, reply.Output, want, reply.Error)
	}
}

// wantMount checks type and device of what is mounted at a path.
func (m *machine) wantMount(path, kind, device string) {
	m.t.Helper()
	want := kind + " " + m.must(boottest.Request{Resolve: device})
	var got string
	for line := range strings.Lines(m.must(boottest.Request{Read: "/proc/mounts"})) {
		if f := strings.Fields(line); len(f) > 2 && f[1] == path {
			got = f[2] + " " + m.must(boottest.Request{Resolve: f[0]})
		}
	}
	if got != want {
		m.t.Errorf("mount at %s is %q, want %q", path, got, want)
	}
}

// wantRequests checks how often each path was asked for since the last time.
func (m *machine) wantRequests(want int) {
	m.t.Helper()
	for path := range contents {
		if n := m.server.requests(path); n != want {
			m.t.Errorf("%d requests for %s, want %d", n, path, want)
		}
	}
}

// settled waits until systemd has no jobs left and reports failed units.
func (m *machine) settled() {
	m.t.Helper()
	m.try("systemctl", "is-system-running", "--wait")
	out := m.run("systemctl", "--failed", "--plain", "--no-legend", "--no-pager")
	for line := range strings.Lines(out) {
		unit := strings.Fields(line)[0]
		status, _ := m.try("systemctl", "status", "--no-pager", "--full", "--lines=30", unit)
		m.t.Errorf("failed unit %s:\n%s", unit, status)
	}
}

// unitState returns whether a unit is active.
func (m *machine) unitState(unit string) string {
	m.t.Helper()
	out, _ := m.try("systemctl", "is-active", unit)
	return out
}

// journal returns the lines of Ignition in the journal of this boot.
func (m *machine) journal() string {
	m.t.Helper()
	return m.run("journalctl", "--no-pager", "--output=cat", "--identifier=ignition")
}

// A partition is an entry of a GPT.
type partition struct {
	number, startMiB, sizeMiB int
	label                     string
}

// partitions reads the GPT of the second disk; nil if it has none.
func (m *machine) partitions() []partition {
	m.t.Helper()
	f, err := os.Open(m.data)
	m.check(err)
	defer f.Close()
	table := make([]byte, 34*512)
	if _, err := f.ReadAt(table, 0); err != nil {
		m.t.Fatal(err)
	}
	if string(table[512:520]) != "EFI PART" {
		return nil
	}
	var list []partition
	for i, entry := range slices.Collect(slices.Chunk(table[1024:], 128)) {
		first, last := binary.LittleEndian.Uint64(entry[32:]), binary.LittleEndian.Uint64(entry[40:])
		if first == 0 {
			continue
		}
		var name []uint16
		for unit := range slices.Chunk(entry[56:], 2) {
			if u := binary.LittleEndian.Uint16(unit); u != 0 {
				name = append(name, u)
			}
		}
		list = append(list, partition{i + 1, int(first >> 11), int((last + 1 - first) >> 11), string(utf16.Decode(name))})
	}
	return list
}

func (m *machine) wantPartitions(want ...partition) {
	m.t.Helper()
	if got := m.partitions(); !slices.Equal(got, want) {
		m.t.Errorf("partitions are\n%v, want\n%v", got, want)
	}
}

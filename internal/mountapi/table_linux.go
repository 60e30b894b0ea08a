package mountapi

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
)

// Entry is a mount of this process's namespace.
type Entry struct {
	ID, Parent int
	Device     string   // major:minor
	Root       string   // what of the file system is visible
	Target     string   // where
	Flags      []string // of the mount
	Tags       []string // how it shares events: shared:N, master:N, …
	Type       string   // of the file system
	Source     string
	Options    []string // of the file system
}

// Table reads the mount table of the calling thread's namespace, in the order
// of the kernel.
func Table() ([]Entry, error) {
	f, err := os.Open("/proc/thread-self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadTable(f)
}

// ReadTable reads a mount table in the format of /proc/self/mountinfo. Lines that
// are not of it are left out.
func ReadTable(r io.Reader) ([]Entry, error) {
	var list []Entry
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		if e, ok := parseEntry(s.Text()); ok {
			list = append(list, e)
		}
	}
	return list, s.Err()
}

// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
func parseEntry(line string) (e Entry, ok bool) {
	left, right, ok := strings.Cut(line, " - ")
	head, tail := strings.Fields(left), strings.Split(right, " ")
	if !ok || len(head) < 6 || len(tail) < 3 {
		return e, false
	}
	id, err1 := strconv.Atoi(head[0])
	parent, err2 := strconv.Atoi(head[1])
	return Entry{
		ID: id, Parent: parent, Device: head[2], Root: unescape(head[3]), Target: unescape(head[4]),
		Flags: strings.Split(head[5], ","), Tags: head[6:],
		Type: tail[0], Source: unescape(tail[1]), Options: strings.Split(unescape(tail[2]), ","),
	}, err1 == nil && err2 == nil
}

// unescape undoes the kernel's \ooo for blanks and backslashes.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

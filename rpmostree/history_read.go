package rpmostree

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strconv"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

// HistoryEntry is a deployment that was booted, once or several times in a row.
type HistoryEntry struct {
	// Deployment is its description; nil if it was not kept.
	Deployment *DeploymentInfo
	// Created is when it was deployed, in seconds since 1970, CommandLine by which command, if that is known.
	Created     uint64
	CommandLine string
	// Boots counts the boots; FirstBoot and LastBoot are when the first and the last of them were.
	Boots               uint64
	FirstBoot, LastBoot uint64
}

// MarshalJSON returns the object that "ex history --json" prints.
func (e *HistoryEntry) MarshalJSON() ([]byte, error) {
	var o ordered
	if e.Deployment != nil {
		o = append(o, member{"deployment", e.Deployment})
	}
	o = append(o, member{"deployment-create-timestamp", e.Created})
	if e.CommandLine != "" {
		o = append(o, member{"deployment-create-command-line", e.CommandLine})
	}
	o = append(o, member{"boot-count", e.Boots}, member{"first-boot-timestamp", e.FirstBoot}, member{"last-boot-timestamp", e.LastBoot})
	return marshal(o)
}

// marker is a message of the journal.
type marker struct {
	boot          bool
	time          uint64 // of the boot, or of the deployment
	path          string
	device, inode uint64
	command       string
}

// History returns the deployments that were booted, the last boot first, by the messages with [DeployMessageID] and
// [BootMessageID] in the journal, which is read as "journalctl --output=json --reverse" prints it, and by the
// descriptions in dir ([HistoryDir] as a file system). The journal is not read further than is needed.
//
// A boot is matched with the next older message about a deployment at the same path. If that turns out to have been
// another directory the boot is passed over: no history is better than a wrong one.
func History(journal io.Reader, dir fs.FS) iter.Seq2[*HistoryEntry, error] {
	return func(yield func(*HistoryEntry, error) bool) {
		h := &historyReader{in: bufio.NewReaderSize(journal, 1<<16)}
		var current *HistoryEntry
		emit := func() bool {
			if current == nil {
				return true
			}
			err := current.load(dir)
			return yield(current, err)
		}
		for {
			next, err := h.next()
			if err != nil && !errors.Is(err, io.EOF) {
				yield(nil, err)
				return
			}
			if err != nil {
				emit()
				return
			}
			if current != nil && current.Created == next.Created {
				current.Boots++
				current.FirstBoot = next.FirstBoot
				continue
			}
			if !emit() {
				return
			}
			current = next
		}
	}
}

// load reads the description of the deployment.
func (e *HistoryEntry) load(dir fs.FS) error {
	data, err := fs.ReadFile(dir, strconv.FormatUint(e.Created, 10))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	v := gvariant.FromBytes("a{sv}", data)
	if !v.IsNormal() {
		return fmt.Errorf("history of %d: damaged description", e.Created)
	}
	d := gvariant.DictFromValue(v)
	e.Deployment = &DeploymentInfo{Dict: (*object.Dict)(d)}
	return nil
}

// historyReader reads the journal backwards, and keeps what was read too early.
type historyReader struct {
	in    *bufio.Reader
	queue []marker
}

// next returns the next older boot whose deployment is known.
func (h *historyReader) next() (*HistoryEntry, error) {
	for {
		boot, err := h.nextBoot()
		if err != nil {
			return nil, err
		}
		d, err := h.deploymentAt(boot.path)
		if err != nil {
			return nil, err
		}
		if d.device == boot.device && d.inode == boot.inode {
			return &HistoryEntry{Created: d.time, CommandLine: d.command, Boots: 1, FirstBoot: boot.time, LastBoot: boot.time}, nil
		}
	}
}

func (h *historyReader) nextBoot() (marker, error) {
	for len(h.queue) > 0 {
		m := h.queue[0]
		h.queue = h.queue[1:]
		if m.boot {
			return m, nil
		}
	}
	for {
		m, err := h.read()
		if err != nil || m.boot {
			return m, err
		}
	}
}

// deploymentAt finds the next older message about a deployment at a path.
func (h *historyReader) deploymentAt(path string) (marker, error) {
	wanted := func(m marker) bool { return !m.boot && m.path == path }
	if i := slices.IndexFunc(h.queue, wanted); i >= 0 {
		return h.queue[i], nil
	}
	for {
		m, err := h.read()
		if err != nil {
			return m, err
		}
		h.queue = append(h.queue, m)
		if wanted(m) {
			return m, nil
		}
	}
}

// maxJournalLine bounds an entry of the journal.
const maxJournalLine = 1 << 20

// read returns the next message; those that lack something are passed over.
func (h *historyReader) read() (marker, error) {
	for {
		line, err := readLine(h.in, maxJournalLine)
		if err != nil {
			return marker{}, err
		}
		if m, ok := parseMarker(line); ok {
			return m, nil
		}
	}
}

// readLine reads a line of bounded length; a longer one is returned empty.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line) <= limit {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (len(line) == 0 || !errors.Is(err, io.EOF)):
			return nil, err
		}
		if len(line) > limit {
			line = nil
		}
		return line, nil
	}
}

// parseMarker reads an entry of the journal in JSON.
func parseMarker(line []byte) (m marker, ok bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(line, &fields) != nil {
		return m, false
	}
	text := func(key string) (s string) {
		if json.Unmarshal(fields[key], &s) != nil {
			return ""
		}
		return s
	}
	complete := true
	num := func(key string) uint64 {
		n, err := strconv.ParseUint(text(key), 10, 64)
		complete = complete && err == nil
		return n
	}
	m.path, m.device, m.inode = text("DEPLOYMENT_PATH"), num("DEPLOYMENT_DEVICE"), num("DEPLOYMENT_INODE")
	switch text("MESSAGE_ID") {
	case BootMessageID:
		m.boot, m.time = true, num("__REALTIME_TIMESTAMP")/1e6
	case DeployMessageID:
		m.time, m.command = num("DEPLOYMENT_TIMESTAMP"), text("COMMAND_LINE")
	default:
		return m, false
	}
	return m, complete && m.path != ""
}

// OldestDeployment returns the time of the first message about a deployment in a journal that is read as
// "journalctl --output=json" prints it; ok is false if there is none.
func OldestDeployment(journal io.Reader) (seconds uint64, ok bool, err error) {
	in := bufio.NewReaderSize(journal, 1<<16)
	for {
		line, err := readLine(in, maxJournalLine)
		if errors.Is(err, io.EOF) {
			return 0, false, nil
		}
		if err != nil {
			return 0, false, err
		}
		if m, ok := parseMarker(line); ok && !m.boot {
			return m.time, true, nil
		}
	}
}

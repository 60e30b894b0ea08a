package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"strings"

	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/ostree"
)

// journalSocket is where the journal takes messages in its own protocol.
const journalSocket = "/run/systemd/journal/socket"

// pullCompleteID is the message id of finished pulls, by which they are found in the journal.
const pullCompleteID = "75ba3deb0af041a9a46272ff85d9e73e"

// journal tells the system's journal, where there is one, of a finished pull.
func (c *command) journal(remote string, s *ostree.PullStats) {
	err := sendJournal(journalSocket, [][2]string{
		{"MESSAGE", s.Message(remote)}, {"MESSAGE_ID", pullCompleteID}, {"PRIORITY", "6"}, {"SYSLOG_IDENTIFIER", "ostree"},
		{"OSTREE_REMOTE", remote}, {"OSTREE_SIGN", s.Sign}, {"OSTREE_GPG", s.GPG},
		{"OSTREE_SECONDS", fmt.Sprint(int(s.Duration.Seconds()))}, {"OSTREE_XFER_SIZE", humansize.Format(uint64(s.BytesTransferred))},
	})
	if err != nil && c.verbose {
		fmt.Fprintf(c.env.Stderr, "OT: no journal: %v\n", err)
	}
}

// sendJournal sends one entry.
func sendJournal(socket string, fields [][2]string) error {
	conn, err := net.Dial("unixgram", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Write(journalEntry(fields))
	return err
}

// journalEntry serializes fields: NAME=VALUE lines, or, of values with several lines, the name, a newline, the length in 64
// bits and the value.
func journalEntry(fields [][2]string) []byte {
	var b bytes.Buffer
	for _, f := range fields {
		name, value := f[0], f[1]
		if strings.Contains(value, "\n") {
			b.WriteString(name + "\n")
			b.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(value))))
			b.WriteString(value + "\n")
			continue
		}
		b.WriteString(name + "=" + value + "\n")
	}
	return b.Bytes()
}

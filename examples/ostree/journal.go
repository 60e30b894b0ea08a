package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/ostree"
)

// journalSocket is where the journal takes messages in its own protocol.
const journalSocket = "/run/systemd/journal/socket"

// The message ids of finished pulls and of failed transfers, by which they are found in the journal.
const (
	pullCompleteID = "75ba3deb0af041a9a46272ff85d9e73e"
	httpFailureID  = "f02bce89a54e4efab3a94a797d26204a"
)

// journal tells the system's journal, where there is one, of a finished pull.
func (c *command) journal(remote string, s *ostree.PullStats) {
	c.send(s.Message(remote), pullCompleteID, "6", remote, [2]string{"OSTREE_SIGN", s.Sign}, [2]string{"OSTREE_GPG", s.GPG},
		[2]string{"OSTREE_SECONDS", fmt.Sprint(int(s.Duration.Seconds()))},
		[2]string{"OSTREE_XFER_SIZE", humansize.Format(uint64(s.BytesTransferred))})
}

// journalFailure tells it of a transfer that failed for good; other errors are only the user's.
func (c *command) journalFailure(remote string, err error) {
	if failure, ok := errors.AsType[*fetch.Error](err); ok {
		c.send(fmt.Sprintf("libostree HTTP error from remote %s for <%s>: %s", remote, failure.URL, cli.Message(failure)), httpFailureID, "3", remote)
	}
}

func (c *command) send(message, id, priority, remote string, more ...[2]string) {
	fields := append([][2]string{{"MESSAGE", message}, {"MESSAGE_ID", id}, {"PRIORITY", priority},
		{"SYSLOG_IDENTIFIER", "ostree"}, {"OSTREE_REMOTE", remote}}, more...)
	if err := sendJournal(journalSocket, fields); err != nil && c.verbose {
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

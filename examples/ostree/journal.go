package main

import (
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/internal/journal"
	"github.com/nestos-dev/nestos/ostree"
)

// The message ids of finished pulls and of failed transfers, by which they are found in the journal.
const (
	pullCompleteID = "75ba3deb0af041a9a46272ff85d9e73e"
	httpFailureID  = "f02bce89a54e4efab3a94a797d26204a"
)

// journal tells the system's journal, where there is one, of a finished pull.
func (c *command) journal(remote string, s *ostree.PullStats) {
	c.send(s.Message(remote), pullCompleteID, "6", remote, journal.Field{Name: "OSTREE_SIGN", Value: s.Sign}, journal.Field{Name: "OSTREE_GPG", Value: s.GPG},
		journal.Field{Name: "OSTREE_SECONDS", Value: fmt.Sprint(int(s.Duration.Seconds()))},
		journal.Field{Name: "OSTREE_XFER_SIZE", Value: humansize.Format(uint64(s.BytesTransferred))})
}

// journalFailure tells it of a transfer that failed for good; other errors are only the user's.
func (c *command) journalFailure(remote string, err error) {
	if failure, ok := errors.AsType[*fetch.Error](err); ok {
		c.send(fmt.Sprintf("libostree HTTP error from remote %s for <%s>: %s", remote, failure.URL, cli.Message(failure)), httpFailureID, "3", remote)
	}
}

func (c *command) send(message, id, priority, remote string, more ...journal.Field) {
	fields := append([]journal.Field{{Name: "MESSAGE", Value: message}, {Name: "MESSAGE_ID", Value: id}, {Name: "PRIORITY", Value: priority},
		{Name: "SYSLOG_IDENTIFIER", Value: "ostree"}, {Name: "OSTREE_REMOTE", Value: remote}}, more...)
	if err := journal.Send("", fields...); err != nil && c.verbose {
		fmt.Fprintf(c.env.Stderr, "OT: no journal: %v\n", err)
	}
}

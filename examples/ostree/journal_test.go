package main

import (
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/stretchr/testify/require"
)

func TestJournalEntry(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "socket")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	require.NoError(t, err)
	defer l.Close()
	require.NoError(t, sendJournal(socket, [][2]string{{"MESSAGE", "two\nlines"}, {"A", "b=c"}}))
	buf := make([]byte, 1000)
	require.NoError(t, l.SetDeadline(time.Now().Add(10*time.Second)))
	n, err := l.Read(buf)
	require.NoError(t, err)
	require.Equal(t, "MESSAGE\n\x09\x00\x00\x00\x00\x00\x00\x00two\nlines\nA=b=c\n", string(buf[:n]))
	require.Error(t, sendJournal(socket+"x", nil))
}

func TestPullMessage(t *testing.T) {
	s := &ostree.PullStats{Refs: []ostree.CollectionRef{{Ref: "main"}}, GPG: "commit", Sign: "disabled", Transport: "TLS",
		MetadataFetched: 3, ContentFetched: 4, BytesTransferred: 1234, Duration: 2 * time.Second}
	require.Equal(t, "libostree pull from 'o' for main complete\nsecurity: GPG: commit \nsecurity: SIGN: disabled http: TLS\n"+
		"non-delta: meta: 3 content: 4\ntransfer: secs: 2 size: 1.2\u00a0kB", s.Message("o"))
	s.Refs, s.DeltaParts, s.Transport = nil, 5, ""
	require.Contains(t, s.Message("o"), "for 0 refs complete\n")
	require.Contains(t, s.Message("o"), "\ndelta: parts: 5 loose: 7\n")
}

//go:build unix

package journal

import (
	"net"
	"path/filepath"
	"testing"
)

func TestSend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := Send(path, Field{"MESSAGE", "one line"}, Field{"OTHER", "a\nb"}); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1000)
	n, err := conn.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(b[:n]), "MESSAGE=one line\nOTHER\n\x03\x00\x00\x00\x00\x00\x00\x00a\nb\n"; got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
}

func TestNoJournal(t *testing.T) {
	if err := Send(filepath.Join(t.TempDir(), "none"), Field{"MESSAGE", "x"}); err == nil {
		t.Error("sent into nothing")
	}
}

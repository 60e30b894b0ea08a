//go:build unix

// Package journal sends entries with structured fields to the system's journal.
//
// [Send] is all there is. The format is that of the journal's native protocol: a datagram of lines
// NAME=VALUE, or, for values of several lines, the name, a newline, the length and the value. The package
// does without package net, so that small programs stay small.
package journal

import (
	"encoding/binary"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Socket is where the journal takes entries.
const Socket = "/run/systemd/journal/socket"

// Field is one field of an entry.
type Field struct{ Name, Value string }

// Send sends one entry to the journal at socket ([Socket] if empty). It fails without a journal, and rather
// than wait for one that is busy.
func Send(socket string, fields ...Field) error {
	if socket == "" {
		socket = Socket
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	return os.NewSyscallError("sendto", unix.Sendto(fd, entry(fields), unix.MSG_DONTWAIT, &unix.SockaddrUnix{Name: socket}))
}

func entry(fields []Field) []byte {
	var b []byte
	for _, f := range fields {
		if strings.Contains(f.Value, "\n") {
			b = append(append(b, f.Name...), '\n')
			b = binary.LittleEndian.AppendUint64(b, uint64(len(f.Value)))
		} else {
			b = append(append(b, f.Name...), '=')
		}
		b = append(append(b, f.Value...), '\n')
	}
	return b
}

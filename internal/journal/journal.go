// Package journal sends entries with structured fields to the system's journal.
//
// [Send] is all there is. The format is that of the journal's native protocol: a datagram of lines
// NAME=VALUE, or, for values of several lines, the name, a newline, the length and the value.
package journal

import (
	"bytes"
	"encoding/binary"
	"net"
	"strings"
)

// Socket is where the journal takes entries.
const Socket = "/run/systemd/journal/socket"

// Field is one field of an entry.
type Field struct{ Name, Value string }

// Send sends one entry to the journal at socket ([Socket] if empty). Without a journal it fails.
func Send(socket string, fields ...Field) error {
	if socket == "" {
		socket = Socket
	}
	conn, err := net.Dial("unixgram", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Write(entry(fields))
	return err
}

func entry(fields []Field) []byte {
	var b bytes.Buffer
	for _, f := range fields {
		if !strings.Contains(f.Value, "\n") {
			b.WriteString(f.Name + "=" + f.Value + "\n")
			continue
		}
		b.WriteString(f.Name + "\n")
		b.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(f.Value))))
		b.WriteString(f.Value + "\n")
	}
	return b.Bytes()
}

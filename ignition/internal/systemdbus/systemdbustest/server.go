// Package systemdbustest plays systemd on a socket, for tests of programs that wait
// for devices.
package systemdbustest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

// Server answers StartUnit. Every unit's job ends at once.
type Server struct {
	// Result decides how a unit's job ends: "done", "timeout", …; empty refuses the
	// start. Nil is always "done".
	Result func(unit string) string
	// Early sends the end of the job before the answer that names it.
	Early bool
	// Silent sends no end at all.
	Silent bool
	// HangUp closes the connection instead of answering.
	HangUp bool

	mu      sync.Mutex
	started []string
	serial  uint32
	conns   map[net.Conn]bool
}

// Started are the names of the units so far, in order, each with its mode.
func (s *Server) Started() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.started...)
}

// Serve listens on a Unix socket until the end of the test.
func (s *Server) Serve(t testing.TB, path string) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
}

func (s *Server) talk(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	if !handshake(in, c) {
		return
	}
	s.mu.Lock()
	if s.conns == nil {
		s.conns = make(map[net.Conn]bool)
	}
	s.conns[c] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	for {
		m, err := dbus.DecodeMessage(in)
		if err != nil || s.HangUp {
			return
		}
		if m.Type != dbus.TypeMethodCall {
			continue
		}
		for _, r := range s.answer(m) {
			s.deliver(c, r)
		}
	}
}

// deliver sends a reply to its caller and a signal to everybody.
func (s *Server) deliver(caller net.Conn, m *dbus.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	if m.Type != dbus.TypeSignal {
		send(caller, m, s.serial)
		return
	}
	for c := range s.conns {
		send(c, m, s.serial)
	}
}

const manager = "org.freedesktop.systemd1.Manager"

// answer returns the reply to a call, and the signal that the job has ended.
func (s *Server) answer(m *dbus.Message) []*dbus.Message {
	reply := &dbus.Message{Type: dbus.TypeMethodReply, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldReplySerial: dbus.MakeVariant(m.Serial()),
	}}
	if member, _ := m.Headers[dbus.FieldMember].Value().(string); member != "StartUnit" || len(m.Body) != 2 {
		return []*dbus.Message{refuse(reply, "unknown call")}
	}
	unit := fmt.Sprint(m.Body[0])
	s.mu.Lock()
	s.started = append(s.started, fmt.Sprint(unit, " ", m.Body[1]))
	id := uint32(len(s.started))
	s.mu.Unlock()
	result := "done"
	if s.Result != nil {
		result = s.Result(unit)
	}
	if result == "" {
		return []*dbus.Message{refuse(reply, "Unit "+unit+" not found.")}
	}
	job := dbus.ObjectPath(fmt.Sprint("/org/freedesktop/systemd1/job/", id))
	withBody(reply, job)
	signal := &dbus.Message{Type: dbus.TypeSignal, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldPath:      dbus.MakeVariant(dbus.ObjectPath("/org/freedesktop/systemd1")),
		dbus.FieldInterface: dbus.MakeVariant(manager),
		dbus.FieldMember:    dbus.MakeVariant("JobRemoved"),
	}}
	withBody(signal, id, job, unit, result)
	switch {
	case s.Silent:
		return []*dbus.Message{reply}
	case s.Early:
		return []*dbus.Message{signal, reply}
	}
	return []*dbus.Message{reply, signal}
}

func withBody(m *dbus.Message, body ...any) {
	m.Body = body
	m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(body...))
}

func refuse(m *dbus.Message, text string) *dbus.Message {
	m.Type = dbus.TypeError
	m.Headers[dbus.FieldErrorName] = dbus.MakeVariant("org.freedesktop.systemd1.NoSuchUnit")
	withBody(m, text)
	return m
}

// send puts the serial number into the fixed part of the header, where the library
// leaves it zero.
func send(w io.Writer, m *dbus.Message, serial uint32) {
	var b bytes.Buffer
	if err := m.EncodeTo(&b, binary.LittleEndian); err != nil {
		panic(err) // a message of ours
	}
	binary.LittleEndian.PutUint32(b.Bytes()[8:], serial)
	w.Write(b.Bytes()) // who has gone gets nothing
}

// handshake is the server's side of SASL with the mechanism EXTERNAL.
func handshake(in *bufio.Reader, c net.Conn) bool {
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		word, rest, _ := strings.Cut(strings.TrimLeft(strings.TrimRight(line, "\r\n"), "\x00"), " ")
		switch {
		case word == "AUTH" && strings.HasPrefix(rest, "EXTERNAL"):
			fmt.Fprint(c, "OK 0123456789abcdef0123456789abcdef\r\n")
		case word == "AUTH":
			fmt.Fprint(c, "REJECTED EXTERNAL\r\n")
		case word == "BEGIN":
			return true
		default:
			fmt.Fprint(c, "ERROR\r\n")
		}
	}
}

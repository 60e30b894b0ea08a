// Package tftp reads files from TFTP servers (RFC 1350), with contexts.
//
// Open sends the read request and waits for the first block; reading the Reader
// acknowledges one block after the other. Only octet mode is spoken and no option is
// asked for, as Ignition does, so a block has 512 bytes and the server is not
// asked for a size: the file ends with a short block, and may be of any length (block
// numbers wrap). A lost packet is repeated after five seconds, five times.
package tftp

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Defaults of Options.
const (
	DefaultTimeout = 5 * time.Second
	DefaultRetries = 5
)

const (
	opRead  = 1
	opData  = 3
	opAck   = 4
	opError = 5

	blockSize  = 512
	maxName    = 500 // the request has to fit in a block
	headerSize = 4
	// maxDatagram is larger than any valid packet, so that longer ones are seen.
	maxDatagram = 2048
)

// Options of Open. The zero value is RFC 1350 with the defaults.
type Options struct {
	Timeout time.Duration        // for an answer; 0 is DefaultTimeout
	Retries int                  // after the first time; 0 is DefaultRetries
	Backoff func() time.Duration // before a repetition; nil is random below one second
}

// Error is an error packet of a server.
type Error struct {
	Code    uint16
	Message string
}

// Error has the form: code: 1, message: File not found
func (e *Error) Error() string { return fmt.Sprintf("code: %d, message: %s", e.Code, e.Message) }

// Reader reads a file. It is not safe for concurrent use.
type Reader struct {
	ctx    context.Context
	opt    Options
	conn   *net.UDPConn
	peer   netip.AddrPort
	known  bool   // peer has the port of the transfer, not of the request
	sent   []byte // last packet, for repetition
	block  uint16 // last block received
	packet [maxDatagram]byte
	rest   []byte // of packet: data not yet handed out
	last   bool   // no block follows
	err    error
	unhook func() bool
}

// Open asks the server at address (host:port) for a file. Reading, too, ends with an
// error when ctx is done. An error packet of the server is an *[Error].
func Open(ctx context.Context, address, file string, opt *Options) (*Reader, error) {
	if strings.Contains(file, "\x00") || len(file) > maxName {
		return nil, errors.New("invalid file name")
	}
	r := &Reader{ctx: ctx}
	if opt != nil {
		r.opt = *opt
	}
	r.opt.fill()
	var err error
	if r.peer, err = resolve(ctx, address); err != nil {
		return nil, err
	}
	if r.conn, err = net.ListenUDP("udp", nil); err != nil {
		return nil, err
	}
	// A deadline in the past ends a pending read. The function may still run, or start,
	// while Close forgets the connection.
	conn := r.conn
	r.unhook = context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) })
	r.sent = binary.BigEndian.AppendUint16(nil, opRead)
	r.sent = append(r.sent, file+"\x00octet\x00"...)
	if err := r.next(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (o *Options) fill() {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Retries <= 0 {
		o.Retries = DefaultRetries
	}
	if o.Backoff == nil {
		o.Backoff = func() time.Duration { return rand.N(time.Second) }
	}
}

// resolve uses Go's own resolver.
func resolve(ctx context.Context, address string) (netip.AddrPort, error) {
	if peer, err := netip.ParseAddrPort(address); err == nil {
		return peer, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	resolver := net.Resolver{PreferGo: true}
	number, err := resolver.LookupPort(ctx, "udp", port)
	if err != nil {
		return netip.AddrPort{}, err
	}
	addrs, err := resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	best := addrs[0]
	for _, a := range addrs { // IPv4 first, as Go's resolver of UDP addresses
		if a.Unmap().Is4() {
			best = a.Unmap()
			break
		}
	}
	return netip.AddrPortFrom(best, uint16(number)), nil
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		if r.last {
			r.err = io.EOF
			return 0, r.err
		}
		if err := r.next(); err != nil {
			r.err = err
			return 0, err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Close ends the transfer; the server is told if it is not complete.
func (r *Reader) Close() error {
	if r.conn == nil {
		return nil
	}
	if r.known && !r.last {
		r.send([]byte("\x00\x05\x00\x00canceled\x00"))
	}
	r.unhook()
	err := r.conn.Close()
	r.conn, r.last, r.rest = nil, true, nil
	if r.err == nil {
		r.err = net.ErrClosed
	}
	return err
}

// next sends the pending packet until the next block is there, and acknowledges that
// one if it is the last.
func (r *Reader) next() error {
	for retry := 0; ; retry++ {
		err := r.send(r.sent)
		if err == nil {
			err = r.receive()
		}
		if r.ctx.Err() != nil {
			return context.Cause(r.ctx)
		}
		var netErr net.Error
		if err != nil && errors.As(err, &netErr) && retry < r.opt.Retries {
			r.pause()
			continue
		}
		if err == nil && r.last {
			r.send(r.sent)
		}
		return err
	}
}

func (r *Reader) pause() {
	timer := time.NewTimer(r.opt.Backoff())
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.ctx.Done():
	}
}

func (r *Reader) send(packet []byte) error {
	_, err := r.conn.WriteToUDPAddrPort(packet, r.peer)
	return err
}

// receive waits for the next block. Packets of others and repeated blocks do not
// prolong the waiting.
func (r *Reader) receive() error {
	r.conn.SetReadDeadline(time.Now().Add(r.opt.Timeout))
	if r.ctx.Err() != nil { // after the hook ran, the deadline above undid it
		return context.Cause(r.ctx)
	}
	for {
		n, from, err := r.conn.ReadFromUDPAddrPort(r.packet[:])
		if err != nil {
			return err
		}
		if !r.isPeer(from) {
			continue
		}
		done, err := r.parse(r.packet[:n])
		if err != nil {
			return err
		}
		if done {
			r.peer, r.known = netip.AddrPortFrom(r.peer.Addr(), from.Port()), true
			return nil
		}
	}
}

func (r *Reader) isPeer(from netip.AddrPort) bool {
	same := from.Addr().Unmap().WithZone("") == r.peer.Addr().Unmap().WithZone("")
	return same && (!r.known || from.Port() == r.peer.Port())
}

// parse takes the next block from a packet; false means that it is an old one.
func (r *Reader) parse(packet []byte) (bool, error) {
	if len(packet) < headerSize {
		return false, errors.New("packet is too short")
	}
	number := binary.BigEndian.Uint16(packet[2:])
	switch binary.BigEndian.Uint16(packet) {
	case opData:
		if number != r.block+1 {
			return false, nil
		}
		data := packet[headerSize:]
		if len(data) > blockSize {
			return false, fmt.Errorf("block of more than %d bytes", blockSize)
		}
		r.block, r.rest, r.last = number, data, len(data) < blockSize
		r.sent = binary.BigEndian.AppendUint16([]byte{0, opAck}, number)
		return true, nil
	case opError:
		message, _, _ := bytes.Cut(packet[headerSize:], []byte{0})
		return false, &Error{number, strings.ToValidUTF8(string(message), "\ufffd")}
	}
	return false, errors.New("unexpected packet")
}
